"""docs/openapi.json says what the server takes and answers: real answers, good and bad, are held against it."""

import json
import os
import pathlib
import random
import re
import subprocess
import urllib.parse

import jsonschema
import npm
import pytest
from amounts import amount, random_seed
from harness import TOP, exchange

DESCRIPTION = json.loads((TOP / "docs/openapi.json").read_text())
SEARCH = DESCRIPTION["paths"]["/api/tailors"]["get"]
SHOW = DESCRIPTION["paths"]["/api/tailors/{id}"]["get"]
PARAMETERS = {each["name"]: each for each in SEARCH["parameters"] if each.get("in") == "query"}
PLACE = {"lat": 12.9716, "lng": 77.5946}
OF_THE_CONNECTION = {"connection", "content-length", "content-type", "date", "keep-alive"}
INT_MAX = 2**31 - 1
OPAQUE = {"after"}  # the server makes its values


def resolved(item):
    """What a reference stands for."""
    while "$ref" in item:
        *path, name = item["$ref"].removeprefix("#/").split("/")
        item = DESCRIPTION
        for each in [*path, name]:
            item = item[each]
    return item


def validate(value, schema):
    resolver = jsonschema.RefResolver("", DESCRIPTION)
    jsonschema.Draft202012Validator(schema, resolver=resolver, format_checker=jsonschema.FormatChecker()).validate(value)


def described(status, headers, body, operation):
    """Checks that an answer is one of those that the operation describes."""
    answer = resolved(operation["responses"][str(status)])
    names = {name.lower() for name in answer.get("headers", {})}
    assert {name.lower() for name in headers} - OF_THE_CONNECTION <= names, (status, headers)
    for name, header in answer.get("headers", {}).items():
        schema = resolved(header)["schema"]
        if name in headers:
            value = int(headers[name]) if schema["type"] == "integer" else headers[name]
            validate(value, schema)
    content = answer.get("content")
    if content:
        validate(json.loads(body), content[headers["Content-Type"]]["schema"])
    else:
        assert body == ""


def ask(frontend, parameters, operation=SEARCH, path="/api/tailors", **options):
    response = frontend.get(path, params=parameters, **options)
    described(response.status_code, response.headers, response.text, operation)
    return response


def refused(frontend, parameters, name):
    response = ask(frontend, parameters)
    assert (response.status_code, response.json()["parameter"]) == (400, name), (parameters, response.text)


def text(value, parameter):
    """A value as it stands in a query."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) and not parameter.get("explode", True) else value


def with_place(name, value):
    """A request with this parameter, and with a place if it is none."""
    if name == "location":
        return {name: value}
    if name == "zoom":  # of a small area, which has few cells at any zoom
        return {**PLACE, "maxDistance": "0.0001", name: value}
    return {**PLACE, name: value}


def values_within(schema):
    """The bounds, the choices, or some value."""
    kind = schema["type"]
    if "enum" in schema:
        return schema["enum"]
    if "minItems" in schema:
        return ["60,0,95,30", "77.59,12.97,77.59,12.97"]
    if kind == "boolean":
        return ["true", "false"]
    if kind == "integer":
        return [schema["minimum"], schema.get("maximum", INT_MAX)]
    if kind == "number":
        least = schema.get("minimum", 0.001)
        return [least, schema.get("maximum", least + 1)]
    return [["x"], ["x" * schema["items"]["maxLength"]], [str(i) for i in range(schema["maxItems"])]] if kind == "array" else []


def values_without(schema):
    """Values just outside, and of another kind."""
    kind = schema["type"]
    if "enum" in schema:
        return ["", schema["enum"][0] + "x"]
    if "minItems" in schema:
        return ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,-91,1,1", "-180.1,0,1,1", "0,1,1,0", "-180,-90,180,90"]
    if kind == "boolean":
        return ["", "1", "True"]
    if kind == "array":
        return ["", ["x" * (schema["items"]["maxLength"] + 1)], [str(i) for i in range(schema["maxItems"] + 1)]]
    if kind == "string":
        return [""]
    found = ["", "x", "1 ", "0x1", "NaN", "1e400"]
    if kind == "integer":
        found += ["1.5", str(INT_MAX + 1), *[schema[bound] + step for bound, step in (("minimum", -1), ("maximum", 1)) if bound in schema]]
    else:
        found += ["inf", *[schema[bound] + step for bound, step in (("minimum", -0.001), ("maximum", 0.001)) if bound in schema]]
        found += [schema["exclusiveMinimum"]] if "exclusiveMinimum" in schema else []
    return found


def test_it_is_served_as_it_is_documented(shared_frontend):
    operation = DESCRIPTION["paths"]["/openapi.json"]["get"]
    response = ask(shared_frontend, None, operation, "/openapi.json")
    assert response.json() == DESCRIPTION
    tag = {"If-None-Match": response.headers["ETag"]}
    assert ask(shared_frontend, None, operation, "/openapi.json", headers=tag).status_code == 304


def test_all_parameters_are_described():
    table = (TOP / "frontend/src/postgres/search_parameters.hpp").read_text()
    assert set(re.findall(r'^    \{"(\w+)", "\w*", "', table, re.MULTILINE)) == set(PARAMETERS)
    documented = re.search(r"\| parameter \| value .*?\n\n", (TOP / "docs/http.md").read_text(), re.DOTALL)[0]
    assert {name for row in documented.strip().splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])} == set(PARAMETERS)


def test_all_codes_are_described():
    table = re.findall(r"^\| (\d{3}) \| `(\w+)` \|", (TOP / "docs/http.md").read_text(), re.MULTILINE)
    documented = {(int(status), code) for status, code in table if code != "client_left"}
    answers = DESCRIPTION["components"]["responses"]
    schemas = [answer["content"]["application/problem+json"]["schema"] for name, answer in answers.items() if name.startswith("Problem")]
    status_and_codes = [schema["allOf"][1]["properties"] for schema in schemas]
    assert {(each["status"]["const"], code) for each in status_and_codes for code in each["code"]["enum"]} == documented
    assert set(DESCRIPTION["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == {code for _, code in documented}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameter(shared_frontend, name):
    """Examples and bounds are taken; what is outside, empty or repeated is not."""
    parameter = PARAMETERS[name]
    schema = parameter["schema"]
    examples = [each["value"] for each in parameter["examples"].values()]
    assert examples
    for value in [] if name in OPAQUE else [*examples, *values_within(schema)]:
        value = text(value, parameter)
        assert ask(shared_frontend, with_place(name, value)).status_code == 200, (name, value)
    for value in values_without(schema):
        refused(shared_frontend, with_place(name, value), name)
    if not parameter.get("explode"):
        value = text(examples[0], parameter)
        refused(shared_frontend, with_place(name, [value, value]), name)
    if "default" in schema:
        given = with_place(name, text(schema["default"], parameter))
        assert ask(shared_frontend, given).json() == ask(shared_frontend, PLACE).json()


def test_one_place(shared_frontend):
    box = {"bbox": "77,12,78,14"}
    for parameters in ({}, {**box, "maxDistance": 5}, {**box, "nearest": 3}, {"lat": 1}, {"lng": 1}, {"lat": 1, "lng": 1, "location": "MG_ROAD"}):
        assert ask(shared_frontend, parameters).status_code == 400
    assert ask(shared_frontend, {**PLACE, "nothing": 1}).json()["code"] == "unknown_parameter"


def test_cursor(shared_frontend):
    first = ask(shared_frontend, {**PLACE, "limit": 2}).json()
    cursor = first["pagination"]["next"]
    second = ask(shared_frontend, {**PLACE, "limit": 2, "after": cursor}).json()
    assert second["data"] == ask(shared_frontend, {**PLACE, "limit": 2, "page": 2}).json()["data"]
    refused(shared_frontend, {**PLACE, "limit": 2, "minRating": 1, "after": cursor}, "after")
    assert "radius" in ask(shared_frontend, {**PLACE, "nearest": 3}).json()


def test_random_requests(shared_frontend):
    """Requests made of the description, most of them with a fault: each answer is described, and good ones are good."""
    rng = random.Random(random_seed())
    optional = [name for name in PARAMETERS if name not in ("lat", "lng", "location", *OPAQUE)]
    for _ in range(amount("TAILOR_OPENAPI_REQUESTS", 300, 30_000)):
        parameters, bad = dict(PLACE), False
        for name in rng.sample(optional, rng.randrange(len(optional))):
            schema = PARAMETERS[name]["schema"]
            wrong = rng.random() < 0.2
            parameters[name] = rng.choice((values_without if wrong else values_within)(schema))
            bad |= wrong
        status = ask(shared_frontend, parameters).status_code
        assert status == 400 if bad else status in (200, 400), parameters  # 400: in conflict with another one


def test_geojson(shared_frontend):
    for more in ({}, {"includeUnlocated": "true", "facets": "true", "zoom": "9"}, {"nearest": 2}):
        response = ask(shared_frontend, {**PLACE, **more}, headers={"Accept": "application/geo+json"})
        assert response.headers["Content-Type"] == "application/geo+json"


def test_one_tailor(shared_frontend):
    for path, status in (("t1", 200), ("none", 404), ("x" * 8193, 400), ("t1?page=1", 400), ("%ff", 400)):
        assert ask(shared_frontend, None, SHOW, f"/api/tailors/{path}").status_code == status


@pytest.mark.parametrize("method, status", [("POST", 405), ("DELETE", 405)])
def test_other_methods(shared_frontend, method, status):
    assert ask(shared_frontend, PLACE, method=method).status_code == status


def test_conditions(shared_frontend):
    tag = ask(shared_frontend, PLACE).headers["ETag"]
    assert ask(shared_frontend, PLACE, headers={"If-None-Match": tag}).status_code == 304
    assert ask(shared_frontend, PLACE, headers={"If-Match": '"another"'}).status_code == 412


HEAD = "GET /api/tailors?location=MG_ROAD HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
RAW = {
    400: HEAD.replace("Host: x", "Host : x"),
    413: HEAD + "Content-Length: 1\r\n",
    414: HEAD.replace("MG_ROAD", "x" * 17000),
    417: HEAD + "Expect: tea\r\n",
    421: HEAD.replace("GET /", "GET https://x/"),
    431: HEAD + f"X: {'x' * 17000}\r\n",
    501: HEAD.replace("GET", "BREW"),
    505: HEAD.replace("HTTP/1.1", "HTTP/2.0"),
}


@pytest.mark.parametrize("status", RAW)
def test_faults_of_the_head(shared_frontend, status):
    head, _, body = exchange(shared_frontend, (RAW[status] + "\r\n").encode()).partition("\r\n\r\n")
    line, *fields = head.split("\r\n")
    assert int(line.split()[1]) == status
    described(status, dict(field.split(": ", 1) for field in fields), body, SEARCH)


def test_engines(shared_frontend, database, frontend):
    operation = DESCRIPTION["paths"]["/explorer/engine/{engine}"]["get"]
    engines = operation["parameters"][0]["schema"]["enum"]
    files = os.environ.get("TAILOR_EXPLORER_FILES", TOP / "build/frontend/explorer")
    with_explorer = frontend(database.url(), explorer="true", explorer_files=files)
    for engine in engines:
        path = f"/explorer/engine/{engine}"
        assert ask(with_explorer, PLACE, operation, path).json() == ask(shared_frontend, PLACE).json()
        assert ask(with_explorer, {**PLACE, "limit": 0}, operation, path).status_code == 400
        assert ask(with_explorer, PLACE, operation, path, method="POST").status_code == 405
        assert ask(shared_frontend, PLACE, operation, path).status_code == 404


def test_busy(database, frontend):
    served = frontend(database.url(), query_timeout=0.2)
    with database.session() as session, session.cursor() as cursor:
        cursor.execute('LOCK TABLE "Tailor" IN ACCESS EXCLUSIVE MODE')
        response = ask(served, PLACE)
    session.close()
    assert (response.status_code, response.json()["code"]) == (503, "query_timeout")


def test_lint():
    """Spectral's rules for OpenAPI, warnings included."""
    place = npm.installed(pathlib.Path(__file__).with_name("openapi"))
    command = ["npx", "--no-install", "spectral", "lint", "--ruleset=.spectral.yaml", "--fail-severity=warn", TOP / "docs/openapi.json"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_urls_of_the_description_are_of_this_server():
    assert all(not urllib.parse.urlsplit(server["url"]).netloc for server in DESCRIPTION["servers"])
