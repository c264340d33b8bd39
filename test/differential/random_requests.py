"""Random searches over all arguments, many with a radius that ends at, or just beside, a tailor.

Reusable: what is compared with what is the caller's business.
"""

import math
from dataclasses import dataclass, field

from random_tailors import BENGALURU, SKILLS, degrees

DEFAULTS = {
    "max_distance_km": 10.0, "skills": None, "min_experience": None, "max_experience": None, "min_rating": None,
    "nearest": None, "skill_match": "any", "west": None, "south": None, "east": None, "north": None, "sort_by": "distance", "page": 1, "page_size": 12, "sample_works": 4, "include_unlocated": False,
}
# km. Below it PostGIS with an index and PostGIS without do not agree on tailors at one pole with different longitudes.
LEAST_RADIUS = 1e-11
SPECIAL_CENTRES = [BENGALURU, (90, 0), (90, -77.7), (-90, 180), (-17, 180), (-17, -180), (0, 0), (13, 77.6)]


def literal(value):
    """The value as SQL text that loses no digit."""
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(literal, value))}]::text[]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return f"'{value!r}'::float8" if isinstance(value, float) else repr(value)


@dataclass
class Request:
    lat: float | None  # None: a box without a centre
    lng: float | None
    options: dict = field(default_factory=dict)  # those that are given; the rest have their defaults

    @property
    def values(self):
        """Every argument with its value."""
        nearest = self.options.get("nearest")
        implied = {"max_distance_km": 100.0, "page_size": nearest} if nearest else {}
        return {"lat": self.lat, "lng": self.lng, **DEFAULTS, **implied, **self.options}

    @property
    def centre(self):
        """What distances are from: without a centre the middle of the box."""
        if self.lat is not None:
            return {"lat": self.lat, "lng": self.lng}
        box = self.options
        lng = (box["west"] + box["east"] + (0 if box["west"] <= box["east"] else 360)) / 2
        return {"lat": (box["south"] + box["north"]) / 2, "lng": lng - 360 if lng > 180 else lng}

    def arguments(self, near=False):
        lat, lng = literal(self.lat), literal(self.lng)
        if near:
            lat, lng = map(literal, self.centre.values())
        centre = f"ST_SetSRID(ST_MakePoint({lng}, {lat}), 4326)::geography" if near else f"{lat}, {lng}"
        return ", ".join([centre] + [f"{name} => {literal(value)}" for name, value in self.options.items()])

    def __str__(self):
        return f"SELECT * FROM tailor_search({self.arguments()});"


def random_centre(cursor, rng, located):
    """Special, at a tailor, or beside one; and a tailor to end the radius at."""
    kind = rng.random()
    if not located or kind < 0.2:
        return rng.choice(SPECIAL_CENTRES)
    latitude, longitude = rng.choice(located)
    if kind < 0.4:
        return latitude, longitude
    spread = 10 ** rng.uniform(-8, -0.5)
    return degrees(rng.gauss(latitude, spread), rng.gauss(longitude, spread))


def random_radius(cursor, rng, centre, located):
    """km. Distances are asked of PostGIS: they are rounded, so beside them may be in or out."""
    if located and rng.random() < 0.5:
        there = rng.choice(located)
        cursor.execute("SELECT ST_Distance(ST_MakePoint(%s, %s)::geography, ST_MakePoint(%s, %s)::geography) / 1000",
                       (centre[1], centre[0], there[1], there[0]))
        exactly = cursor.fetchone()[0]
        beside = rng.choice((0, 0, 1e-11, -1e-11, 5e-12, -5e-12, 1e-14, -1e-14)) + exactly
        radius = rng.choice((beside, math.nextafter(exactly, 0), math.nextafter(exactly, 200)))
        if LEAST_RADIUS < radius <= 100:
            return radius
    return rng.choice((10.0, 100.0, 10 ** rng.uniform(-4, 2), LEAST_RADIUS))


def random_box(rng, centre, located):
    """Often with an edge at a tailor, or just beside one; across the antimeridian, to a pole, or all of the world."""
    size = 10 ** rng.uniform(-8, 2.3)
    south, north = sorted(max(-90.0, min(90.0, centre[0] + size * rng.uniform(-1, 1))) for _ in range(2))
    west, east = (degrees(0, max(-359.0, min(359.0, centre[1] + way * min(size, 170) * rng.random())))[1] for way in (-1, 1))
    if located and rng.random() < 0.6:
        latitude, longitude = rng.choice(located)
        beside = rng.choice((latitude, latitude, math.nextafter(latitude, 90), math.nextafter(latitude, -90)))
        south, north = sorted((beside, rng.choice((south, north, 90.0, -90.0))))
        west, east = rng.choice(((longitude, east), (west, longitude), (math.nextafter(longitude, 0), east), (longitude, longitude)))
    if rng.random() < 0.1:
        west, south, east, north = rng.choice(((-180.0, -90.0, 180.0, 90.0), (180.0, -90.0, -180.0, 90.0), (-180.0, 80.0, 180.0, 90.0)))
    return {"west": west, "south": south, "east": east, "north": north}


FILTERS = {
    "skills": lambda rng: rng.choice((None, [], [rng.choice(SKILLS)], rng.sample(SKILLS, 3), ["nobody's"])),
    "skill_match": lambda rng: rng.choice(("any", "all")),
    "min_experience": lambda rng: rng.choice((None, 0, 1, 2, 5)),
    "max_experience": lambda rng: rng.choice((None, 5, 10, 2**31 - 1)),
    "min_rating": lambda rng: rng.choice((None, rng.randint(0, 50) / 10, rng.uniform(0, 5))),
}


def nearest_request(rng, centre, given):
    given = given if rng.random() < 0.3 else {}
    given["nearest"] = rng.choice((1, 2, 12, 100))
    given |= {name: choose(rng) for name, choose in FILTERS.items() if rng.random() < 0.3}
    return Request(*map(float, centre), given)


def random_request(cursor, rng, located):
    """`located`: latitude and longitude of tailors to search around."""
    centre = random_centre(cursor, rng, located)
    if rng.random() < 0.4:
        given = random_box(rng, centre, located)
        centre = centre if rng.random() < 0.5 else (None, None)
    else:
        given = {"max_distance_km": random_radius(cursor, rng, centre, located)}
    if "west" not in given and rng.random() < 0.2:
        return nearest_request(rng, centre, given)
    choices = {
        "sort_by": lambda: rng.choice(("distance", "experience", "rating")),
        "page": lambda: rng.choice((1, 1, 2, 3, rng.randint(1, 20), 2**31 - 1)),
        "page_size": lambda: rng.choice((1, 2, 3, 12, 100)),
        "sample_works": lambda: rng.choice((0, 1, 3, 100)),
        "include_unlocated": lambda: rng.choice((True, False)),
    }
    given |= {name: choose(rng) for name, choose in FILTERS.items() if rng.random() < 0.35}
    for name, choose in choices.items():
        if rng.random() < 0.35:
            given[name] = choose()
    return Request(*(None if degree is None else float(degree) for degree in centre), given)
