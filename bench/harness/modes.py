"""How much is run: everything, the quick cut of it, and the smoke run whose timings decide nothing."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    name: str
    tailors: int
    table_sizes: tuple  # of the cost as the table grows
    dense: int  # tailors in the database whose tailors are all in Bengaluru
    sample: int  # centres at which the peers' answers are compared
    rounds: int
    sql_seconds: int  # 0: a few transactions, however long they take
    variant_rounds: int
    variant_seconds: int
    variant_clients: tuple
    http_rounds: int
    http_pairs: int  # of pgbench and our front end, in a round
    http_seconds: int
    overload_seconds: int  # for a peer that the connections outrun: longer than the time limit of a request
    connections: tuple
    users: tuple
    user_warm_up: int  # seconds in which caches fill
    user_seconds: int
    cost_rounds: int
    cost_seconds: float  # for a peer at a point, in all rounds
    excess_rounds: int  # of ten times the load
    excess_seconds: int
    pool_sizes: tuple  # of connection-limit
    pool_rounds: int
    pool_seconds: int
    write_tailors: int
    write_rounds: int
    write_seconds: int  # 0: a few transactions, however long they take


POOL_SIZES = (1, 2, 3, 4, 8, 20, 50, 100)
LARGE = (5_000_000,) if os.environ.get("BENCH_LARGE") == "1" else ()

MODES = {
    mode.name: mode
    for mode in (
        Mode(
            "full", 1_000_000, (10_000, 100_000, 1_000_000, *LARGE), 100_000, sample=40,
            rounds=5, sql_seconds=3, variant_rounds=2, variant_seconds=1, variant_clients=(1, 2),
            http_rounds=3, http_pairs=3, http_seconds=3, overload_seconds=12, connections=(32, 300, 500, 1000),
            users=(300, 500), user_warm_up=25, user_seconds=15, cost_rounds=9, cost_seconds=1.0,
            excess_rounds=9, excess_seconds=6, pool_sizes=POOL_SIZES, pool_rounds=2, pool_seconds=2,
            write_tailors=100_000, write_rounds=5, write_seconds=2,
        ),
        Mode(
            "quick", 100_000, (10_000, 100_000), 10_000, sample=10,
            rounds=1, sql_seconds=1, variant_rounds=1, variant_seconds=1, variant_clients=(2,),
            http_rounds=1, http_pairs=1, http_seconds=1, overload_seconds=11, connections=(32, 300),
            users=(500,), user_warm_up=3, user_seconds=4, cost_rounds=9, cost_seconds=0.2,
            excess_rounds=1, excess_seconds=3, pool_sizes=POOL_SIZES, pool_rounds=1, pool_seconds=1,
            write_tailors=20_000, write_rounds=1, write_seconds=1,
        ),
        Mode(
            "smoke", 2_000, (500, 2_000), 2_000, sample=10,
            rounds=1, sql_seconds=0, variant_rounds=1, variant_seconds=0, variant_clients=(2,),
            http_rounds=1, http_pairs=1, http_seconds=1, overload_seconds=1, connections=(8,),
            users=(20,), user_warm_up=2, user_seconds=2, cost_rounds=1, cost_seconds=0.02,
            excess_rounds=1, excess_seconds=1, pool_sizes=(1, 4), pool_rounds=1, pool_seconds=1,
            write_tailors=500, write_rounds=1, write_seconds=0,
        ),
    )
}  # fmt: skip
