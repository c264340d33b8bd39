"""The values of Cache-Status, and requests that are cached."""

from harness import HANG

HERE = {"lat": "12.97", "lng": "77.59"}
MISS, COLLAPSED, HIT, SHARED, REPLACED = (
    f"tailor-frontend; {what}"
    for what in ("fwd=miss; stored", "fwd=miss; collapsed", "hit", "hit; detail=redis", "fwd=stale; stored")
)
SECONDS_TO_SEE = HANG  # far less than what an answer lives for where changes are not notified


def status(response):
    assert response.status_code == 200, response.text
    return response.headers["Cache-Status"]


def whole(connection):
    answer = b""
    while part := connection.recv(65536):
        answer += part
    return answer.decode()
