"""The peers in SQL: their statements, and pgbench over them."""

import glob
import os
import re
import statistics
from dataclasses import dataclass

import cluster
import workload
from places import BENCH, BUILD, PG_BIN, output_of

VARIABLE = re.compile(r"(?<!:):(lat|lng|km)\b")
FILTERS = {  # by the file's name: how the tables that it reads are asked for a skill
    "prebuilt": lambda skill: f"AND (skills & {1 << SKILLS.index(skill)}) <> 0",
    "": lambda skill: f"AND t.skills && ARRAY['{skill}']",
}
SKILLS = (
    "ALTERATIONS STITCHING EMBROIDERY BUTTON_WORK ZIPPER_REPAIR HEMMING CUSTOM_FITTING BRIDAL_WORK ETHNIC_WEAR WESTERN_WEAR"
).split()
ORDERS = {"distance": "distance, t.id", "rating": "t.rating DESC, distance, t.id"}


@dataclass(frozen=True)
class SqlPeer:
    name: str
    title: str
    file: str
    engine: str = ""  # of ours, where there is a choice
    plans: str = ""  # how its prepared statements are planned
    plans_many: str = ""  # the same, where matches come by the thousand
    settings: str = ""  # more of its session's settings

    def options(self, work):
        """Settings of its session: for each peer what measured fastest."""
        plans = self.plans_many if work.many else self.plans
        options = [
            self.settings,
            f"-c tailor_search.engine={self.engine}" if self.engine else "",
            f"-c plan_cache_mode={plans}" if plans else "",
        ]
        return " ".join(filter(None, options))

    def statements(self, work):
        """What one search sends, with :lat, :lng and :km to be bound."""
        path = BENCH / "sql" / f"{self.file}.{work.sort_by}.sql"
        if not path.exists():
            path = BENCH / "sql" / f"{self.file}.sql"
        make_filter = FILTERS.get(self.file, FILTERS[""])
        text = path.read_text(encoding="utf-8")
        for key, put in {
            "filter": make_filter(work.skill) if work.skill else "",
            "order": ORDERS[work.sort_by],
            "skip": work.skip,
            "fetch": work.fetch,
            "arguments": _arguments(work),
            "after": work.after,
            "latitude": workload.BENGALURU[0],
            "longitude": workload.BENGALURU[1],
        }.items():
            text = text.replace("{" + key + "}", str(put))
        code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
        return [statement.strip() for statement in code.split(";") if statement.strip()]


def _arguments(work):
    """What a call of tailor_search_json says beyond its first three arguments."""
    arguments = ""
    if work.skill:
        arguments += f", skills => ARRAY['{work.skill}']"
    if work.sort_by != "distance":
        arguments += f", sort_by => '{work.sort_by}'"
    if work.page != 1:
        arguments += f", page => {work.page}"
    return arguments


FLOOR = SqlPeer("floor", "SELECT 1", "floor")
HAND_MADE = (
    SqlPeer("prebuilt", "prebuilt JSON by hand", "prebuilt", plans_many="force_custom_plan"),
    SqlPeer("expert", "expert's SQL", "expert", plans_many="force_custom_plan"),
    # Planned for its very circle it joins "User" by a sequential scan a match.
    SqlPeer("single-query", "single query, GROUP BY", "single_query",
            plans="force_generic_plan", plans_many="force_generic_plan"),  # fmt: skip
)


def ours(engines):
    """One peer an engine. Before there is a choice there is no setting to make."""
    return tuple(
        SqlPeer(f"ours-{engine}", f"tailor_search, {engine} engine", "tailor_search", engine if len(engines) > 1 else "")
        for engine in engines
    )


# --- pgbench ---------------------------------------------------------------------------------------------------------


def _tree(values, low, high):
    """The value of rank :rank as nested CASEs: ten comparisons in pgbench, and no work for the server."""
    if high - low == 1:
        return repr(values[low])
    middle = (low + high) // 2
    return f"CASE WHEN :rank <= {middle} THEN {_tree(values, low, middle)} ELSE {_tree(values, middle, high)} END"


def _draw_centre(cities):
    scale = 1_000_000
    jitter = f"random(-{int(workload.JITTER * scale)}, {int(workload.JITTER * scale)}) / {scale}.0"
    rank = f"random_zipfian(1, {len(cities)}, {workload.ZIPF_S})" if len(cities) > 1 else "1"
    lines = [f"\\set rank {rank}"]
    for name, values in zip(("lat", "lng"), zip(*cities)):
        lines.append(f"\\set {name} {_tree(values, 0, len(values))} + {jitter}")
    return lines


def script(peer, work, cities):
    lines = [*_draw_centre(cities), f"\\set km {work.km}"]
    lines += [f"{statement};" for statement in peer.statements(work)]
    return workload.write_lines(f"{peer.name}.{work.name}.pgbench.sql", lines)


def _read_log(prefix, warm_up):
    """(rate, latencies in ms) of the transactions that began after the warm-up."""
    ends = []
    for path in glob.glob(f"{glob.escape(str(prefix))}.*"):
        with open(path, encoding="ascii") as file:
            for line in file:
                _, _, microseconds, _, epoch, fraction, *_ = line.split()
                ends.append((int(epoch) + int(fraction) / 1e6, int(microseconds) / 1e3))
        os.unlink(path)
    first = min(end - ms / 1e3 for end, ms in ends)
    kept = [(end, ms) for end, ms in ends if end - ms / 1e3 >= first + warm_up] or ends
    begun = min(end - ms / 1e3 for end, ms in kept)
    return len(kept) / (max(end for end, _ in kept) - begun), sorted(ms for _, ms in kept)


def run(peer, work, database, cities, clients, seconds, round_number):
    """One measurement: pgbench, prepared, the same centres for every peer of a round."""
    prefix = BUILD / "work" / "pgbench"
    warm_up = min(0.5, seconds / 4)
    output_of(
        PG_BIN / "pgbench", "--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={clients}",
        *([f"--time={seconds}"] if seconds else ["--transactions=5"]), f"--random-seed={1000 + round_number}",
        "--log", f"--log-prefix={prefix}", f"--file={script(peer, work, cities)}", database,
        env={"PGOPTIONS": peer.options(work)}, seconds=seconds + 300,
    )  # fmt: skip
    rate, latencies = _read_log(prefix, warm_up)
    return {
        "tps": rate,
        "mean_ms": statistics.fmean(latencies),
        "p50_ms": statistics.median(latencies),
        "p99_ms": latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))],
    }


# --- Single calls, for comparing answers and for the cost of a search ------------------------------------------------


class Session:
    """A connection on which a peer's statements are prepared."""

    def __init__(self, peer, work, database):
        self._connection = cluster.connect(database, peer.options(work))
        self._cursor = self._connection.cursor()
        self._names = []
        for number, statement in enumerate(peer.statements(work)):
            order = {"lat": "$1", "lng": "$2", "km": "$3"}
            bound = VARIABLE.sub(lambda match: order[match[1]], statement)
            name = f"search_{number}"
            self._cursor.execute(f"PREPARE {name} (float8, float8, float8) AS {bound}")
            self._names.append(name)

    def search(self, lat, lng, km):
        """[(column names, rows)] of every statement."""
        return [([column.name for column in self._cursor.description], self._cursor.fetchall()) for _ in self._answers(lat, lng, km)]

    def ask(self, lat, lng, km):
        """Returns when the answers are there: to read them takes the client's time, not ours."""
        for _ in self._answers(lat, lng, km):
            pass

    def _answers(self, lat, lng, km):
        for name in self._names:
            self._cursor.execute(f"EXECUTE {name} ({lat!r}, {lng!r}, {km!r})")
            yield

    def limit(self, milliseconds):
        self._cursor.execute(f"SET statement_timeout = {milliseconds}")

    def run_on(self, core):
        """The server's process of this session runs on this core only."""
        os.sched_setaffinity(self._connection.info.backend_pid, {core})

    def close(self):
        self._connection.close()
