"""How much a test does: what its variable in the environment says; else less in `make check` than in `make check-long`."""

import os
import random

LONG = bool(os.environ.get("TAILOR_LONG"))


def amount(name, usual, long):
    return type(usual)(os.environ.get(name) or (long if LONG else usual))


def random_seed():
    """TAILOR_SEED if it is set. Else `make check` has the same seed each time, so that only a change can turn it red, and
    `make check-long` another one each time."""
    return int(os.environ.get("TAILOR_SEED") or (random.SystemRandom().randrange(2**31) if LONG else 1))
