"""Connection strings as Prisma, its users and providers write them: docs/configuration.md says what becomes of each."""

import re
import subprocess

import pytest
from harness import BINARY, PASSWORD, TOP

PLACE = f"postgresql://web:{PASSWORD}@127.0.0.1:1/shop"  # a port without a server
ACCEPTED = "accepted"
IGNORED = "accepted; ignored with a warning: "
REFUSED = "refused: "


def documented():
    """The rows of the table: where a string is from, the URL or its parameters, and what becomes of it."""
    text = (TOP / "docs" / "configuration.md").read_text()
    table = text.partition("### Connection strings of Prisma and of providers")[2].partition("\n#")[0]
    rows = re.findall(r"^\| ([^|]+) \| `([^`|]+)` \| ([^|]+) \|$", table, re.MULTILINE)
    assert len(rows) >= 30
    return rows


def outcome(url):
    """What the front end makes of a URL, in the words of the table."""
    result = subprocess.Popen(
        [BINARY, "--port=0", "--admin-port=0"], env={"DATABASE_URL": url}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if not result.stdout.readline():
        _, error = result.communicate()
        assert result.returncode == 2 and PASSWORD not in error
        return REFUSED + error.removeprefix("tailor-frontend: DATABASE_URL").removeprefix(":").strip()
    result.terminate()
    _, log = result.communicate()
    ignored = re.findall(r"event=parameter_ignored setting=DATABASE_URL parameter=(\S+)", log)
    return IGNORED + ", ".join(f"`{name}`" for name in ignored) if ignored else ACCEPTED


@pytest.mark.parametrize("source, given, said", documented())
def test_what_becomes_of_a_connection_string(source, given, said):
    assert outcome(given if "://" in given else f"{PLACE}?{given}") == said
