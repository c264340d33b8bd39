"""Pages of other origins: which answers a browser lets them read (cors-origins)."""

import signal

import pytest
from harness import wait_until

SHOP = "https://shop.example"
OTHER = "https://other.example"
EXPOSED = "Cache-Status, ETag, Retry-After, Server-Timing, Snapped-To"
PREFLIGHT = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}


def ask(frontend, origin, path="/api/tailors?location=MG_ROAD", method="GET", **fields):
    return frontend.get(path, method=method, headers={**({"Origin": origin} if origin else {}), **fields})


def of_cors(response):
    return {name: value for name, value in response.headers.items() if name.startswith(("Access-Control", "Timing-Allow"))}


@pytest.fixture(scope="module")
def database(new_database):
    return new_database()


def test_none_by_default(frontend, database):
    served = frontend(database.url())
    for response in (ask(served, SHOP), ask(served, SHOP, method="OPTIONS", **PREFLIGHT)):
        assert of_cors(response) == {} and "Origin" not in response.headers.get("Vary", "")


@pytest.mark.parametrize(
    "path, method, status",
    [
        ("/api/tailors?location=MG_ROAD", "GET", 200),
        ("/api/tailors?location=MG_ROAD", "HEAD", 200),
        ("/api/tailors/t1", "GET", 200),
        ("/api/tailors?limit=0&location=MG_ROAD", "GET", 400),
        ("/api/tailors/nobody", "GET", 404),
        ("/nothing", "GET", 404),
        ("/api/tailors", "POST", 405),
    ],
)
def test_every_answer_says_which_origins_may_read_it(frontend, database, path, method, status):
    served = frontend(database.url(), cors_origins=f"{SHOP},http://localhost:3000")
    for origin in (SHOP, "http://localhost:3000"):
        response = ask(served, origin, path, method)
        assert response.status_code == status
        assert of_cors(response) == {"Access-Control-Allow-Origin": origin, "Timing-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}
        assert "Origin" in response.headers["Vary"]
    for origin in (OTHER, "https://shop.example:8443", "null", None):
        response = ask(served, origin, path, method)
        assert response.status_code == status and of_cors(response) == {}
        assert "Origin" in response.headers["Vary"], "a cache must not give it to another origin"


def test_an_answer_that_is_revalidated(frontend, database):
    served = frontend(database.url(), cors_origins=SHOP)
    etag = ask(served, SHOP).headers["ETag"]
    response = ask(served, SHOP, **{"If-None-Match": etag})
    assert response.status_code == 304
    assert response.headers["Access-Control-Allow-Origin"] == SHOP
    assert response.headers["Vary"] == "Accept, Accept-Encoding, Origin"


def test_preflight(frontend, database):
    served = frontend(database.url(), cors_origins=SHOP)
    response = ask(served, SHOP, method="OPTIONS", **PREFLIGHT)
    assert response.status_code == 204 and response.content == b""
    assert of_cors(response) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
        "Access-Control-Allow-Headers": "Cache-Control, If-Match, If-None-Match, Read-After, traceparent",
        "Access-Control-Max-Age": "7200",
    }
    assert of_cors(ask(served, OTHER, method="OPTIONS", **PREFLIGHT)) == {}


def test_any_origin(frontend, database):
    served = frontend(database.url(), cors_origins="*")
    for origin in (SHOP, "null"):
        response = ask(served, origin)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Vary"] == "Accept, Accept-Encoding"


def test_reloading(frontend, database, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text("")
    served = frontend(database.url(), config=file)
    assert of_cors(ask(served, SHOP)) == {}
    file.write_text(f'cors-origins = "{SHOP}"\n')
    served.process.send_signal(signal.SIGHUP)
    wait_until(lambda: of_cors(ask(served, SHOP)))
