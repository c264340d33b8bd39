"""What our front ends' caches answered, by the front ends' own metrics."""

import threading

from prometheus_client.parser import text_string_to_metric_families

import verify

KEPT = ("tailor_frontend_cache_hits_total", "tailor_frontend_cache_stale_total")
ASKED = "tailor_frontend_http_requests_total"


def _counted(instance):
    """(answers that were kept, all answers to searches) so far."""
    text = verify.fetch(instance.admin_port, "/metrics").decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    kept = sum(sample.value for sample in samples if sample.name in KEPT)
    return kept, sum(sample.value for sample in samples if sample.name == ASKED and sample.labels["route"] == "search")


class CacheWatch:
    """Counts from the end of the warm-up on."""

    def __init__(self, instances, warm_up):
        self._instances = instances
        self._timer = threading.Timer(warm_up, self._begin)
        self._timer.start()

    def _begin(self):
        self._before = self._sum()

    def _sum(self):
        return [sum(counts) for counts in zip(*map(_counted, self._instances))]

    def end(self):
        """The share of requests, once what was measured is over."""
        self._timer.join()
        kept, asked = (after - before for after, before in zip(self._sum(), self._before))
        return kept / asked if asked else 0
