"""The work: centres by city-zipf, the variants of a search, and how each is asked by SQL and by HTTP."""

import csv
import itertools
import random
from dataclasses import dataclass
from urllib.parse import urlencode

import cluster
from places import BUILD, TOP

CITIES = 1000
ZIPF_S = 1.1
JITTER = 0.05  # degrees
PAGE_SIZE = 12
SEED = "tailor_search bench 1"
DRAWN = 20_000  # centres drawn beforehand, for the load generators that read them from a file
BENGALURU = (12.97194, 77.59369)


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    km: float = 10
    skill: str | None = None
    sort_by: str = "distance"
    page: int = 1
    dense: bool = False
    after: str = ""  # the cursor of the page before
    many: bool = False  # thousands of matches: planning every search anew pays for the hand-made SQL

    @property
    def skip(self):
        return (self.page - 1) * PAGE_SIZE

    @property
    def fetch(self):
        """Rows that a scan in the order of the sphere must give for the page to be right in the spheroid's."""
        return (self.skip + PAGE_SIZE) * 105 // 100 + PAGE_SIZE


BASE = Workload("city-zipf", "10 km, 12 a page, 4 works, exact total")
VARIANTS = (
    Workload("skill", "with one skill of ten", skill="BRIDAL_WORK"),
    Workload("rating", "by rating", sort_by="rating"),
    Workload("2km", "radius 2 km", km=2),
    Workload("50km", "radius 50 km", km=50),
    Workload("page20", "page 20", page=20),
    Workload("dense", "all tailors in Bengaluru", dense=True, many=True),
)


# --- Centres ---------------------------------------------------------------------------------------------------------


def _coordinates():
    """By name and country, of the most populous place of that name."""
    places = {}
    with open(TOP / "data" / "cities.csv", encoding="utf-8", newline="") as file:
        for name, country, latitude, longitude, _ in itertools.islice(csv.reader(file), 1, None):
            places.setdefault(f"{name}, {country}", (float(latitude), float(longitude)))
    return places


def top_cities(database):
    """The cities with most tailors, most first."""
    places = _coordinates()
    found = cluster.rows(
        database,
        "SELECT substr(location, strpos(location, ', ') + 2) AS city, count(*) FROM \"Tailor\""
        " GROUP BY city ORDER BY count(*) DESC, city LIMIT %s",
        CITIES,
    )
    return [places[city] for city, _ in found]


def weights(count):
    return [rank**-ZIPF_S for rank in range(1, count + 1)]


def draw(cities, count, purpose, jitter=JITTER):
    rng = random.Random(f"{SEED} {purpose}")
    chosen = rng.choices(cities, weights(len(cities)), k=count)
    return [(round(lat + rng.uniform(-jitter, jitter), 6), round(lng + rng.uniform(-jitter, jitter), 6)) for lat, lng in chosen]


def write_lines(name, lines):
    path = BUILD / "work" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


# --- Asking by HTTP --------------------------------------------------------------------------------------------------


def target(lat, lng, **more):
    return "/api/tailors?" + urlencode({"lat": lat, "lng": lng, "maxDistance": 10, **more})


def named_target(place, **more):
    return "/api/tailors?" + urlencode({"location": place, "maxDistance": 10, **more})
