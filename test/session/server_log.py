"""What no test may leave in the server's log."""


def assert_quiet(log):
    """PostgreSQL warns of leaked snapshots, relations, plans, buffers."""
    text = log.text()
    assert "leak" not in text and "WARNING" not in text and "still referenced" not in text, text[-2000:]
