"""Values of /metrics."""

from harness import HANG, wait_until
from prometheus_client.parser import text_string_to_metric_families

PREFIX = "tailor_frontend_"


def families(frontend):
    response = frontend.http.get(frontend.admin + "/metrics", timeout=HANG)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return list(text_string_to_metric_families(response.text))


def value(frontend, name, **labels):
    """The one sample of this name and these labels."""
    samples = [sample for family in families(frontend) for sample in family.samples]
    found = [s.value for s in samples if s.name == PREFIX + name and labels.items() <= s.labels.items()]
    assert len(found) == 1, (name, labels, found)
    return found[0]


def counted(frontend, count, name, **labels):
    """Waits until it is; an answer is read before it is counted."""
    wait_until(lambda: value(frontend, name, **labels) >= count)
    assert value(frontend, name, **labels) == count
