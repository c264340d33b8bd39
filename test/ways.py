"""The ways in which a search can be answered, as settings of a session: all give the same document."""

WAYS = {
    "native": {"engine": "native", "index_access": "auto"},
    "native_am": {"engine": "native", "index_access": "am"},
    "sql": {"engine": "sql", "index_access": "auto"},
}


def options_of(way, **changed):
    """The options of a connection."""
    return " ".join(f"-c tailor_search.{name}={value}" for name, value in (WAYS[way] | changed).items())


def choose(cursor, way, local=False):
    """Makes the settings in a session, or in its transaction."""
    for name, value in WAYS[way].items():
        cursor.execute(f"SET {'LOCAL' if local else 'SESSION'} tailor_search.{name} = {value}")
