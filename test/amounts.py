"""How much a test does: what its variable in the environment says; else less in `make check` than in `make check-long`."""

import os

LONG = bool(os.environ.get("TAILOR_LONG"))


def amount(name, usual, long):
    return type(usual)(os.environ.get(name) or (long if LONG else usual))
