"""Every parameter of GET /api/tailors, good and bad, and GET /api/tailors/{id}."""

import json
import re

import pytest
from harness import exchange, problem, statuses

HERE = {"lat": "12.97", "lng": "77.59"}
SQL_NAMES = r"\b(max_distance_km|skills|min_experience|max_experience|min_rating|sort_by|page_size|include_unlocated|sample_works|tailor_search)\b"


def ids(response):
    assert response.status_code == 200, response.text
    return [tailor["id"] for tailor in response.json()["data"]]


def test_passes_on_what_the_database_made(shared_frontend, database):
    response = shared_frontend.get(params={**HERE, "maxDistance": "5", "limit": "2"})
    assert response.headers["Content-Type"] == "application/json"
    made = database.execute(
        "SELECT tailor_search_json(12.97, 77.59, max_distance_km => 5, page_size => 2)::text"
    )[0][0]
    assert response.text == '{"success":true,' + made[1:]
    assert response.json()["pagination"] == {"page": 1, "limit": 2, "total": 4, "totalPages": 2, "next": json.loads(made)["pagination"]["next"]}
    assert len(response.json()["data"][0]["sampleWorks"]) == 4


def test_defaults(shared_frontend):
    body = shared_frontend.get(params=HERE).json()
    assert body["success"] is True
    assert body["pagination"] == {"page": 1, "limit": 12, "total": 7, "totalPages": 1}
    assert [tailor["id"] for tailor in body["data"]] == [f"t{i}" for i in range(1, 8)]


def test_named_places(shared_frontend):
    places = [shared_frontend.get(params={"location": name}).json() for name in ("MG_ROAD", "COMMERCIAL_STREET")]
    by_position = shared_frontend.get(params={"lat": "12.9716", "lng": "77.5946"}).json()
    assert places[0] == by_position != places[1]


@pytest.mark.parametrize(
    "parameters, expected",
    [
        ({"maxDistance": "2.5"}, ["t1", "t2"]),
        ({"skill": "skill 3"}, ["t3"]),
        ({"skill": ["skill 3", "skill 5"]}, ["t3", "t5"]),
        ({"skill": ["skill 3", "skill 5"], "skillMatch": "any"}, ["t3", "t5"]),
        ({"skill": ["skill 3", "skill 5"], "skillMatch": "all"}, []),
        ({"skill": ["shirts", "skill 3"], "skillMatch": "all"}, ["t3"]),
        ({"skillMatch": "all", "limit": "2"}, ["t1", "t2"]),
        ({"skill": 'a,"b"\\{}'}, [f"t{i}" for i in range(1, 8)]),
        ({"skill": "NULL"}, []),
        ({"minExperience": "6"}, ["t6", "t7"]),
        ({"maxExperience": "2"}, ["t1", "t2"]),
        ({"minExperience": "2", "maxExperience": "3"}, ["t2", "t3"]),
        ({"minRating": "3.25"}, ["t7"]),
        ({"sortBy": "distance", "limit": "2"}, ["t1", "t2"]),
        ({"sortBy": "experience", "limit": "2"}, ["t7", "t6"]),
        ({"sortBy": "rating", "limit": "1"}, ["t7"]),
        ({"page": "2", "limit": "3"}, ["t4", "t5", "t6"]),
        ({"page": "9"}, []),
        ({"includeUnlocated": "true", "maxDistance": "1.5"}, ["t1", "t8"]),
        ({"includeUnlocated": "false", "maxDistance": "1.5"}, ["t1"]),
    ],
)
def test_good_values(shared_frontend, parameters, expected):
    assert ids(shared_frontend.get(params={**HERE, **parameters})) == expected


def test_a_box(shared_frontend, database):
    view = "77.5,12.9,77.62,13.2"
    made = database.execute("SELECT tailor_search_json(west => 77.5, south => 12.9, east => 77.62, north => 13.2)::text")[0][0]
    assert shared_frontend.get(params={"bbox": view}).text == '{"success":true,' + made[1:]
    here = shared_frontend.get(params={"bbox": view, **HERE}).json()
    assert here["pagination"]["total"] == json.loads(made)["pagination"]["total"] > 0
    assert here["data"][0] == shared_frontend.get(params=HERE).json()["data"][0]
    assert ids(shared_frontend.get(params={"bbox": view, "location": "MG_ROAD", "sortBy": "rating", "limit": "1"})) == ["t7"]
    assert ids(shared_frontend.get(params={"bbox": "170,-10,-170,10"})) == []
    unnamed = problem(shared_frontend.get(params={"bbox": view, "location": "NOWHERE"}), 400, "unknown_location", "location")
    assert unnamed["detail"]


def test_the_nearest(shared_frontend):
    body = shared_frontend.get(params={**HERE, "nearest": "3"}).json()
    assert [tailor["id"] for tailor in body["data"]] == ["t1", "t2", "t3"]
    assert body["pagination"] == {"page": 1, "limit": 3, "total": 3, "totalPages": 1}
    assert body["radius"] == body["data"][-1]["distance"]
    few = shared_frontend.get(params={**HERE, "nearest": "12", "maxDistance": "2.5"}).json()
    assert (len(few["data"]), few["radius"]) == (2, 2.5)
    assert shared_frontend.get(params={**HERE, "nearest": "12"}).json()["radius"] == 100
    for name, value in {"limit": "3", "page": "2", "sortBy": "rating", "includeUnlocated": "true", "after": "00"}.items():
        problem(shared_frontend.get(params={**HERE, "nearest": "3", name: value}), 400, "invalid_parameter", name)
    problem(shared_frontend.get(params={"bbox": "1,2,3,4", "nearest": "3"}), 400, "invalid_parameter", "nearest")


def test_pages_by_cursor(shared_frontend):
    for search in ({**HERE, "sortBy": "rating"}, {**HERE, "skill": ["shirts", "x"], "includeUnlocated": "true"}, {**HERE, "skillMatch": "all"}, {"bbox": "77.5,12.9,77.62,13.2"}):
        found, after = [], {}
        while after is not None:
            body = shared_frontend.get(params={**search, "limit": "3", **after}).json()
            found += [tailor["id"] for tailor in body["data"]]
            after = {"after": body["pagination"]["next"]} if "next" in body["pagination"] else None
        assert (body["pagination"]["page"], body["pagination"]["total"]) == (3, len(found))
        assert found == ids(shared_frontend.get(params=search))


def test_facets(shared_frontend, database):
    search = {**HERE, "skill": ["skill 1", "skill 2"], "minExperience": "2"}
    made = database.execute("SELECT tailor_search_json(12.97, 77.59, skills => '{skill 1,skill 2}', min_experience => 2, facets => true)::text")[0][0]
    assert shared_frontend.get(params={**search, "facets": "true"}).text == '{"success":true,' + made[1:]
    plain = shared_frontend.get(params=search).json()
    assert plain == shared_frontend.get(params={**search, "facets": "false"}).json() and "facets" not in plain
    counted = shared_frontend.get(params={**search, "facets": "true", "limit": "1"}).json()
    assert counted["pagination"]["total"] == 1
    for facet in ("skill", "rating", "experience"):
        for each in counted["facets"][facet]:
            # The facet's own filter is replaced by those that stand beside the count.
            other = {name: value for name, value in search.items() if not name.lower().endswith(facet)}
            filters = {name: value for name, value in each.items() if name != "count"}
            assert shared_frontend.get(params={**other, **filters}).json()["pagination"]["total"] == each["count"] > 0
    problem(shared_frontend.get(params={**HERE, "nearest": "3", "facets": "true"}), 400, "invalid_parameter", "facets")
    cursor = shared_frontend.get(params={**HERE, "limit": "2"}).json()["pagination"]["next"]
    assert "facets" in shared_frontend.get(params={**HERE, "facets": "true", "after": cursor}).json()


def test_geojson(shared_frontend):
    geojson = {"Accept": "application/geo+json"}
    search = {**HERE, "limit": "3", "includeUnlocated": "true", "facets": "true"}
    usual = shared_frontend.get(params=search)
    answer = shared_frontend.get(params=search, headers=geojson)
    assert (usual.headers["Content-Type"], answer.headers["Content-Type"]) == ("application/json", "application/geo+json")
    assert usual.headers["Vary"] == answer.headers["Vary"] == "Accept, Accept-Encoding" and usual.headers["ETag"] != answer.headers["ETag"]
    plain, found = usual.json(), answer.json()
    assert {name: found[name] for name in ("type", "pagination", "facets")} == {"type": "FeatureCollection", **{name: plain[name] for name in ("pagination", "facets")}}
    for feature, tailor in zip(found["features"], plain["data"], strict=True):
        assert feature == {"type": "Feature", "id": tailor["id"], "geometry": {"type": "Point", "coordinates": [tailor.pop("longitude"), tailor.pop("latitude")]},
                           "properties": tailor}
    last = shared_frontend.get(params={**search, "page": "3"}, headers=geojson).json()["features"][-1]
    assert (last["id"], last["geometry"]) == ("t8", None)
    nearest = shared_frontend.get(params={**HERE, "nearest": "2"}, headers=geojson).json()
    assert nearest["radius"] == nearest["features"][1]["properties"]["distance"]
    unchanged = shared_frontend.get(params=search, headers={**geojson, "If-None-Match": answer.headers["ETag"]})
    assert (unchanged.status_code, unchanged.headers["Vary"]) == (304, "Accept, Accept-Encoding")
    assert shared_frontend.get(params=search, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200
    problem(shared_frontend.get(params={**HERE, "limit": "0"}, headers=geojson), 400, "invalid_parameter", "limit")


def test_clusters(shared_frontend, database):
    made = database.execute("SELECT tailor_search_json(12.97, 77.59, skills => '{skill 1,skill 2}', zoom => 12)::text")[0][0]
    assert shared_frontend.get(params={**HERE, "skill": ["skill 1", "skill 2"], "zoom": "12"}).text == '{"success":true,' + made[1:]
    found = shared_frontend.get(params={**HERE, "zoom": "13", "limit": "1"}).json()
    assert sum(each["count"] for each in found["clusters"]) == found["pagination"]["total"] > 1
    for each in found["clusters"]:
        there = shared_frontend.get(params={"bbox": ",".join(map(repr, each["bbox"]))}).json()["pagination"]["total"]
        assert there >= each["count"] and ("id" in each) == (each["count"] == 1)
    assert "clusters" not in shared_frontend.get(params=HERE).json()
    geojson = shared_frontend.get(params={**HERE, "zoom": "13"}, headers={"Accept": "application/geo+json"}).json()
    assert geojson["type"] == "FeatureCollection" and geojson["clusters"] == found["clusters"]
    refused = shared_frontend.get(params={"bbox": "77,12,78,13", "zoom": "14"})
    problem(refused, 400, "invalid_parameter", "zoom")
    assert "at most 13 for this area" in refused.json()["detail"]
    problem(shared_frontend.get(params={**HERE, "nearest": "3", "zoom": "9"}), 400, "invalid_parameter", "zoom")


@pytest.mark.parametrize("change", [{"lat": "12.98"}, {"skill": "shirts"}, {"sortBy": "rating"}, {"minRating": "0"}, {"maxDistance": "11"}])
def test_a_cursor_is_of_one_search(shared_frontend, change):
    cursor = shared_frontend.get(params={**HERE, "limit": "2"}).json()["pagination"]["next"]
    assert ids(shared_frontend.get(params={**HERE, "limit": "3", "after": cursor})) == ["t3", "t4", "t5"]
    body = problem(shared_frontend.get(params={**HERE, **change, "after": cursor}), 400, "invalid_parameter", "after")
    assert body["detail"] == "after must be a cursor of the same search"
    tampered = cursor[:-1] + ("0" if cursor[-1] != "0" else "1")
    problem(shared_frontend.get(params={**HERE, "after": tampered}), 400, "invalid_parameter", "after")


def test_the_edge_that_is_wrong_is_named(shared_frontend):
    body = problem(shared_frontend.get(params={"bbox": "1,4,3,2"}), 400, "invalid_parameter", "bbox")
    assert body["detail"] == "bbox is not valid: south must not exceed north, but 4 > 2"


def test_a_box_that_reaches_too_far(shared_frontend):
    """What it costs is bounded: a small request must not order tailors on the other side of the earth."""
    for search in ({"bbox": "-180,-90,180,90"}, {"bbox": "77,12,78,13", "lat": "-12", "lng": "-102"}):
        body = problem(shared_frontend.get(params=search), 400, "invalid_parameter", "bbox")
        assert re.fullmatch(r"bbox is not valid: west must be an edge of a box that reaches at most 5000 km from the centre, not \d+ km", body["detail"])


def test_a_hundred_skills_and_no_more(shared_frontend):
    hundred = shared_frontend.get(params={**HERE, "skill": [f"skill {i}" for i in range(1, 101)]})
    assert ids(hundred) == [f"t{i}" for i in range(1, 8)]
    for count in (101, 1780):
        query = "&skill=s" * count
        body = problem(shared_frontend.get(f"/api/tailors?lat=12.97&lng=77.59{query}"), 400, "invalid_parameter", "skill")
        assert body["detail"] == "skill must not be given more than 100 times"


@pytest.mark.parametrize("skill", ["x" * 1025, "\u00e9" * 513])
def test_no_skill_is_longer_than_the_extension_takes(shared_frontend, skill):
    body = problem(shared_frontend.get(params={**HERE, "skill": ["shirts", skill]}), 400, "invalid_parameter", "skill")
    assert body["detail"] == f"skill must have values of at most 1024 bytes, not {len(skill.encode())}"
    assert ids(shared_frontend.get(params={**HERE, "skill": "x" * 1024})) == []


BAD_NUMBERS = ["", "x", "1x", "+1", " 1", "1,5", "0x1", "1e999", "é"]
BAD_INTEGERS = ["", "x", "1.5", "1e1", "2147483648", "-2147483649", "+1"]
BAD = {
    "lat": BAD_NUMBERS + ["90.001", "-90.001", "NaN", "inf", "-inf"],
    "lng": BAD_NUMBERS + ["180.001", "-180.001", "nan", "infinity"],
    "maxDistance": BAD_NUMBERS + ["0", "-1", "100.001", "NaN", "inf"],
    "minRating": BAD_NUMBERS + ["NaN", "inf"],
    "minExperience": BAD_INTEGERS + ["-1"],
    "maxExperience": BAD_INTEGERS + ["-1"],
    "page": BAD_INTEGERS + ["0", "-1"],
    "limit": BAD_INTEGERS + ["0", "-1", "101"],
    "sortBy": ["", "price", "DISTANCE", "distance; --"],
    "includeUnlocated": ["", "1", "TRUE", "yes"],
    "skill": [""],
    "skillMatch": ["", "All", "both", "any; --"],
    "facets": ["", "1", "skill", "TRUE"],
    "zoom": BAD_INTEGERS + ["-1", "31", "30"],
    "location": [""],
    "nearest": BAD_INTEGERS + ["0", "101"],
    "after": ["", "x", "00", "00" * 40, "f" * 4000],
    "bbox": ["", "1,2,3", "1,2,3,4,5", "1,2,3,x", "181,2,3,4", "1,-91,3,4", "1,2,nan,4", "1,2,3,inf", "1,4,3,2"],
}


@pytest.mark.parametrize("name, value", [(name, value) for name, values in BAD.items() for value in values])
def test_bad_values(shared_frontend, name, value):
    parameters = {} if name in ("location", "bbox") else dict(HERE)
    response = shared_frontend.get(params={**parameters, name: value})
    body = problem(response, 400, "invalid_parameter", name)
    assert body["detail"].startswith(name + " ")
    assert not re.search(SQL_NAMES, response.text)


def test_bounds_that_contradict_each_other(shared_frontend):
    response = shared_frontend.get(params={**HERE, "minExperience": "3", "maxExperience": "2"})
    body = problem(response, 400, "invalid_parameter", "minExperience")
    assert body["detail"] == "minExperience must not exceed maxExperience, but 3 > 2"


@pytest.mark.parametrize("value", ["max_experience", 'x", "skills"', "sort_by"])
def test_what_the_caller_sent_is_shown_as_it_is(shared_frontend, value):
    body = problem(shared_frontend.get(params={**HERE, "sortBy": value}), 400, "invalid_parameter", "sortBy")
    assert body["detail"] == f'sortBy must be distance, experience or rating, not "{value}"'


@pytest.mark.parametrize("name", list(BAD))
def test_single_values_are_not_repeated(shared_frontend, name):
    good = {"lat": "1", "sortBy": "rating", "skillMatch": "all", "facets": "true", "includeUnlocated": "true", "bbox": "1,2,3,4"}.get(name, "1")
    response = shared_frontend.get("/api/tailors?" + f"{name}={good}&{name}={good}" + ("&lat=1&lng=1" if name == "skill" else ""))
    if name == "skill":
        assert response.status_code == 200
    else:
        problem(response, 400, "invalid_parameter", name)


@pytest.mark.parametrize("text", ["%00", "a%00b", "%ff", "%C0%AF", "%ED%A0%80"])
@pytest.mark.parametrize("name", ["location", "skill", "sortBy", "skillMatch"])
def test_texts_are_utf8(shared_frontend, name, text):
    problem(shared_frontend.get(f"/api/tailors?{name}={text}"), 400, "invalid_parameter", name)


@pytest.mark.parametrize("text", ["%", "%4", "%zz"])
def test_wrong_percent_encoding(shared_frontend, text):
    answer = exchange(shared_frontend, f"GET /api/tailors?skill={text} HTTP/1.0\r\n\r\n".encode())
    assert statuses(answer) == [400] and '"parameter":"skill"' in answer


def test_unknown_parameter(shared_frontend):
    problem(shared_frontend.search(radius="5"), 400, "unknown_parameter", "radius")
    problem(shared_frontend.search(Limit="5"), 400, "unknown_parameter", "Limit")


@pytest.mark.parametrize(
    "query, parameter",
    [
        ("", "location"),
        ("?lat=1", "lng"),
        ("?lng=1", "lat"),
        ("?location=MG_ROAD&lat=1", "location"),
        ("?bbox=1,2,3,4&lng=1", "lat"),
        ("?bbox=1,2,3,4&lat=5&lng=6&maxDistance=3", "maxDistance"),
        ("?location=MG_ROAD&lat=1&lng=1", "location"),
    ],
)
def test_one_place_is_needed(shared_frontend, query, parameter):
    problem(shared_frontend.get("/api/tailors" + query), 400, "invalid_parameter", parameter)


@pytest.mark.parametrize("name", ["NOWHERE", "mg_road", "' OR true --", "MG_ROAD=X"])
def test_unknown_location(shared_frontend, name):
    problem(shared_frontend.get(params={"location": name}), 400, "unknown_location", "location")


def test_one_tailor(shared_frontend):
    body = shared_frontend.get("/api/tailors/t1").json()
    assert body["success"] is True
    assert body["data"]["id"] == "t1"
    assert set(body["data"]["user"]) == {"id", "name", "email", "createdAt"}
    assert [work["id"] for work in body["data"]["sampleWorks"]] == ["w6", "w5", "w4", "w3", "w2", "w1"]
    assert "user-secret" not in json.dumps(body)


@pytest.mark.parametrize("name", ["nobody", "t1'", "%27%3B--", "%E2%9C%82", "T1", "a" * 5000])
def test_no_such_tailor(shared_frontend, name):
    problem(shared_frontend.get("/api/tailors/" + name), 404, "not_found")


def test_no_id_is_longer_than_the_extension_takes(shared_frontend):
    problem(shared_frontend.get("/api/tailors/" + "a" * 8192), 404, "not_found")
    body = problem(shared_frontend.get("/api/tailors/" + "a" * 8193), 400, "invalid_parameter", "id")
    assert body["detail"] == "id must have at most 8192 bytes, not 8193"


def test_ids_are_text(shared_frontend):
    problem(shared_frontend.get("/api/tailors/%00"), 400, "invalid_parameter", "id")
    problem(shared_frontend.get("/api/tailors/%ff"), 400, "invalid_parameter", "id")
    problem(shared_frontend.get("/api/tailors/t1?x=1"), 400, "unknown_parameter")
