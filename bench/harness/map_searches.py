"""What a map asks for: counts beside filters, clusters, boxes, the nearest, pages far behind; ours against SQL by hand."""

import dataclasses
from dataclasses import dataclass

import cluster
import sql_peers
import verify
import workload
from places import Failed, say

CLIENTS = 2
PAGE = 1000
WHOLE_WORLD = "-c tailor_search.max_box_km=20037.6"


@dataclass(frozen=True)
class MapSearch:
    work: workload.Workload
    against: str  # whose SQL is beside ours
    file: str = ""  # of that SQL, where another part has it
    wanted: float | None = None  # how many times as fast ours is to be

    @property
    def ours(self):
        return sql_peers.SqlPeer("ours", "tailor_search", f"map/{self.work.name}.tailor_search", settings=WHOLE_WORLD)

    @property
    def theirs(self):
        return sql_peers.SqlPeer("theirs", self.against, self.file or f"map/{self.work.name}", plans_many="force_custom_plan")


SEARCHES = (
    MapSearch(workload.Workload("facets", "counts by skill, rating and experience under two filters, 10 km"), "SQL by hand", wanted=10),
    MapSearch(workload.Workload("page_facets", "a page with facets, 10 km"), "tailor_search, the page alone", wanted=1 / 1.5),
    MapSearch(workload.Workload("city", "clusters of a city, a box of half a degree", many=True), "a grid by hand", wanted=10),
    MapSearch(workload.Workload("world", "clusters of the world, all tailors in view", many=True), "a grid by hand", wanted=10),
    MapSearch(workload.Workload("box", "a page of a box of 0.2 degrees, with its total"), "expert's SQL"),
    MapSearch(workload.Workload("nearest", "the nearest 12"), "expert's SQL"),
    MapSearch(workload.Workload("cursor", "a page far behind, by cursor, all tailors in Bengaluru", dense=True, many=True), "expert's SQL, OFFSET",
              file="expert"),
)  # fmt: skip


def _with_cursor(search, database):
    """Page 1,000, or the last full one of a smaller table, and the cursor that the page before it gave."""
    lat, lng = workload.BENGALURU

    def pagination(page):
        call = "SELECT tailor_search_json(%s, %s, %s, page => %s) -> 'pagination'"
        return cluster.value(database, call, lat, lng, search.work.km, page)

    page = min(PAGE, pagination(1)["total"] // workload.PAGE_SIZE)
    work = dataclasses.replace(search.work, page=page, after=pagination(page - 1)["next"], title=f"page {page:,} by cursor, all tailors in Bengaluru")
    return dataclasses.replace(search, work=work)


def _answer(results):
    """What both must agree on: of clusters the sum of their counts, of facets each row, else the ids and the total."""
    columns, rows = results[0]
    if "facet" in columns:
        return sorted(rows)
    if columns[0] == "count":
        return sum(row[0] for row in rows)
    return verify.answer_of(results)


def _compare(search, database, centres):
    sessions = [sql_peers.Session(peer, search.work, database) for peer in (search.ours, search.theirs)]
    for lat, lng in centres:
        ours, theirs = (_answer(session.search(lat, lng, float(search.work.km))) for session in sessions)
        if search.work.name == "nearest":
            ours, theirs = ours[0], theirs[0]
        if ours != theirs:
            raise Failed(f"{search.against} and tailor_search differ for {search.work.title} at {lat}, {lng}: {theirs} and {ours}")
    for session in sessions:
        session.close()
    say(f"same answers at {len(centres)} centres: {search.work.title}")


def _measure(search, data, mode):
    database, cities = data.database_of(search.work), data.cities_of(search.work)
    measured = {"ours": [], "theirs": []}
    for number in range(mode.rounds):
        for peer in (search.ours, search.theirs) if number % 2 else (search.theirs, search.ours):
            measured[peer.name].append(sql_peers.run(peer, search.work, database, cities, CLIENTS, mode.variant_seconds, number))
    return measured


def run(data, mode):
    """A list, an entry a search: titles, what was wanted, and the measurements of ours and theirs in turn."""
    results = []
    for search in SEARCHES:
        work = search.work
        if work.name == "cursor":
            search = _with_cursor(search, data.dense)
        centres = [workload.BENGALURU] if work.name in ("cursor", "world") else workload.draw(data.cities, mode.sample, "map")
        _compare(search, data.database_of(work), centres)
        seen = _measure(search, data, mode)
        results.append({"title": search.work.title, "against": search.against, "wanted": search.wanted, **seen})
        say(f"{search.work.title}: {seen['ours'][-1]['tps']:.0f}/s, {search.against} {seen['theirs'][-1]['tps']:.0f}/s")
    return results
