"""snap-km: near-by users are given one answer, and told where it was searched."""

import re

from harness import problem
from metric_values import value
from reloading import Settings, reload

HERE, NEAR, FAR = ({"lat": str(lat), "lng": str(lng)} for lat, lng in ((12.9716, 77.5946), (12.9712, 77.5949), (12.9833, 77.6089)))


def queries(served):
    return value(served, "query_duration_seconds_count")


def test_neighbours_share_an_answer(frontend, database):
    served = frontend(database.url(), cache_bytes="1MiB", snap_km=1)
    before = queries(served)
    one, other = (served.get(params=place) for place in (HERE, NEAR))
    assert one.status_code == other.status_code == 200 and one.json()["pagination"]["total"] == 7
    assert one.content == other.content and one.headers["ETag"] == other.headers["ETag"]
    assert one.headers["Snapped-To"] == other.headers["Snapped-To"]
    assert served.get(params=NEAR, headers={"If-None-Match": one.headers["ETag"]}).status_code == 304
    assert queries(served) == before + 1
    away = served.get(params=FAR)
    assert away.headers["Snapped-To"] != one.headers["Snapped-To"] and queries(served) == before + 2


def test_the_answer_is_that_of_the_place_it_names(frontend, database):
    snapping, exact = frontend(database.url(), snap_km=2.5), frontend(database.url())
    snapped = snapping.get(params=HERE)
    lat, lng, metres = re.fullmatch(r"geo:([\d.]+),([\d.]+);u=(\d+)", snapped.headers["Snapped-To"]).groups()
    assert metres == "1775" and {"lat": lat, "lng": lng} != HERE
    there, here = exact.get(params={"lat": lat, "lng": lng}), exact.get(params=HERE)
    assert snapped.content == there.content != here.content
    distances = [{each["id"]: each["distance"] for each in answer.json()["data"]} for answer in (snapped, here)]
    assert all(abs(distance - distances[1][tailor]) <= 1.775 for tailor, distance in distances[0].items())
    assert "Snapped-To" not in there.headers
    assert snapping.get(params={"lat": lat, "lng": lng}).headers["Snapped-To"] == snapped.headers["Snapped-To"]


def test_what_is_not_snapped(frontend, database):
    served = frontend(database.url(), snap_km=1)
    for answer in (served.search(), served.get("/api/tailors/t1")):
        assert answer.status_code == 200 and "Snapped-To" not in answer.headers
    problem(served.get(params={"lat": "90.1", "lng": "0"}), 400, "invalid_parameter", "lat")
    problem(served.get(params={"lat": "0", "lng": "NaN"}), 400, "invalid_parameter", "lng")
    for edge in ({"lat": "90", "lng": "180"}, {"lat": "-90", "lng": "-180"}, {"lat": "0", "lng": "180"}):
        answer = served.get(params=edge)
        assert answer.status_code == 200 and answer.headers["Snapped-To"]


def test_it_can_be_switched_off_while_it_serves(frontend, database, tmp_path):
    settings = Settings(tmp_path / "settings.toml", database.url(connection_limit=1))
    settings.write(snap_km=1)
    served = frontend("", config=settings.file)
    assert "Snapped-To" in served.get(params=HERE).headers
    settings.write()
    reload(served)
    assert "Snapped-To" not in served.get(params=HERE).headers
