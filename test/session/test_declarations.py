"""SQL of one version of the extension and the library of another: what the functions are declared with says which arguments and
columns they have. Later versions append some."""

import re

import psycopg2
import pytest

LIBRARY = "$libdir/tailor_search"
TABLES = """
INSERT INTO "User" (id, email, password, name, "updatedAt") VALUES ('u', 'u@example.com', 'secret', 'U', '2024-01-01');
INSERT INTO "Tailor" (id, "userId", skills, "updatedAt", "locationPoint") VALUES ('t', 'u', '{A}', '2024-01-01', 'POINT(0 0)');
INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") VALUES ('w', 't', 'url', '2024-01-01');
"""
# As the first searches were declared.
ARGUMENTS = """max_distance_km float8 DEFAULT NULL, skills text[] DEFAULT NULL, min_experience int DEFAULT NULL, max_experience int DEFAULT NULL,
min_rating float8 DEFAULT NULL, sort_by text DEFAULT 'distance', page int DEFAULT 1, page_size int DEFAULT NULL, sample_works int DEFAULT 4,
include_unlocated boolean DEFAULT false"""
LATER_ARGUMENTS = """, west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any'"""
COUNTS = ", facets boolean DEFAULT false, zoom int DEFAULT NULL"  # of documents
FACETS_ARGUMENTS = """max_distance_km float8 DEFAULT NULL, skills text[] DEFAULT NULL, min_experience int DEFAULT NULL, max_experience int DEFAULT NULL,
min_rating float8 DEFAULT NULL, include_unlocated boolean DEFAULT false, west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL,
north float8 DEFAULT NULL, skill_match text DEFAULT 'any'"""
CLUSTERS_ARGUMENTS = """max_distance_km float8 DEFAULT NULL, skills text[] DEFAULT NULL, min_experience int DEFAULT NULL, max_experience int DEFAULT NULL,
min_rating float8 DEFAULT NULL, west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
skill_match text DEFAULT 'any', zoom int DEFAULT 9"""
CLUSTERS_COLUMNS = """OUT count bigint, OUT latitude float8, OUT longitude float8, OUT west float8, OUT south float8, OUT east float8, OUT north float8,
OUT id text"""
FACETS_COLUMNS = "OUT facet text, OUT value text, OUT count bigint, OUT others bigint"
COLUMNS = """OUT id text, OUT "userId" text, OUT location text, OUT latitude float8, OUT longitude float8, OUT skills text[],
OUT "yearsExperience" int, OUT "profilePhoto" text, OUT "contactPhone" text, OUT "contactEmail" text, OUT rating float8, OUT "reviewCount" int,
OUT "createdAt" timestamp(3), OUT "updatedAt" timestamp(3), OUT distance float8, OUT "user" json, OUT "sampleWorks" json, OUT total bigint"""
POINTS = {"": "lat float8, lng float8, ", "_near": "near geography, "}
CALLS = {"": "(0, 0)", "_near": "('POINT(0 0)')"}


class Transaction:
    """Of a database that all of these tests have: they change nothing."""

    def __init__(self, database):
        self.connection = database.session()
        self.cursor = self.connection.cursor()

    def execute(self, statement):
        self.cursor.execute(statement)
        return self.cursor.fetchall() if self.cursor.description else None

    def value(self, statement):
        return self.execute(statement)[0][0]


@pytest.fixture(scope="module")
def filled(new_database):
    made = new_database()
    made.execute(TABLES)
    return made


@pytest.fixture
def session(filled):
    transaction = Transaction(filled)
    yield transaction
    transaction.connection.close()


def declare(session, name, arguments, result, symbol, options=""):
    """Another function of the same library, as another version's script would declare it."""
    session.execute(
        f"CREATE FUNCTION {name}({arguments}) RETURNS {result} LANGUAGE c STABLE PARALLEL RESTRICTED {options} AS '{LIBRARY}', '{symbol}'"
    )


def refusal(session, statement):
    session.execute("SAVEPOINT before")
    with pytest.raises(psycopg2.Error) as raised:
        session.execute(statement)
    session.execute("ROLLBACK TO before")
    return raised.value


@pytest.mark.parametrize("form", POINTS)
def test_fewer_arguments_and_columns(session, form):
    """Functions of an earlier version give its answers, by a later library."""
    symbol = "tailor_search_near" if form else "tailor_search_lat_lng"
    declare(session, "earlier", POINTS[form] + ARGUMENTS + ", " + COLUMNS, "SETOF record", symbol, "ROWS 12 SUPPORT tailor_search_support")
    assert session.execute(f"SELECT id, distance, total FROM earlier{CALLS[form]}") == [("t", 0.0, 1)]
    now = session.execute(f"SELECT * FROM tailor_search{form}{CALLS[form]}")
    assert session.execute(f"SELECT * FROM earlier{CALLS[form]}") == [row[:-1] for row in now]
    assert refusal(session, f"SELECT * FROM earlier{CALLS[form][:-1]}, page => 0)").pgcode == "22023"


@pytest.mark.parametrize("form", POINTS)
def test_fewer_arguments_of_a_document(session, form):
    symbol = "tailor_search_json_near" if form else "tailor_search_json_lat_lng"
    declare(session, "earlier", POINTS[form] + ARGUMENTS, "json", symbol)
    assert session.value(f"SELECT earlier{CALLS[form]}::text") == session.value(f"SELECT tailor_search_json{form}{CALLS[form]}::text")


@pytest.mark.parametrize("page_size", [7, 90])
def test_estimate_of_an_earlier_function(session, page_size):
    """The planner's support function finds page_size in each form."""
    for form in POINTS:
        symbol = "tailor_search_near" if form else "tailor_search_lat_lng"
        arguments = POINTS[form] + ARGUMENTS + ", " + COLUMNS
        declare(session, f"earlier{form}", arguments, "SETOF record", symbol, "ROWS 12 SUPPORT tailor_search_support")
        for function in (f"earlier{form}", f"tailor_search{form}"):
            [(plan,), *_] = session.execute(f"EXPLAIN SELECT * FROM {function}{CALLS[form][:-1]}, page_size => {page_size})")
            assert re.search(r"rows=(\d+)", plan)[1] == str(page_size)


LATER = [
    ("", LATER_ARGUMENTS + ", later int DEFAULT NULL, " + COLUMNS + ", OUT next text", "SETOF record", "tailor_search_lat_lng"),
    ("_near", LATER_ARGUMENTS + ", later int DEFAULT NULL, " + COLUMNS + ", OUT next text", "SETOF record", "tailor_search_near"),
    ("", LATER_ARGUMENTS + ", " + COLUMNS + ", OUT next text, OUT later text", "SETOF record", "tailor_search_lat_lng"),
    ("", LATER_ARGUMENTS + COUNTS + ", later int DEFAULT NULL", "json", "tailor_search_json_lat_lng"),
    ("", LATER_ARGUMENTS + COUNTS + ", later int DEFAULT NULL, OUT document json, OUT shown json", "record", "tailor_search_page"),
]


@pytest.mark.parametrize(("form", "more", "result", "symbol"), LATER, ids=range(len(LATER)))
def test_more_arguments_or_columns(session, form, more, result, symbol):
    """A library of an earlier version, as a session has it that is older than an upgrade, does not guess what they mean."""
    declare(session, "later", POINTS[form] + ARGUMENTS + more, result, symbol)
    check_refusal(session, f"SELECT * FROM later{CALLS[form]}")


def test_more_columns_of_a_page(session):
    """Where a row has fewer columns than its function declares, PostgreSQL itself refuses."""
    arguments = POINTS[""] + ARGUMENTS + LATER_ARGUMENTS + ", OUT document json, OUT shown json, OUT later json"
    declare(session, "later", arguments, "record", "tailor_search_page")
    assert refusal(session, "SELECT * FROM later(0, 0)").pgcode == "42804"
    assert refusal(session, "SELECT (later(0, 0)).later").diag.severity == "ERROR"


def check_refusal(session, statement):
    error = refusal(session, statement)
    assert error.pgcode == "42P13"
    assert "is declared by another version of tailor_search than the library of this session" in error.diag.message_primary
    assert "connect again" in error.diag.message_hint.lower() and "ALTER EXTENSION tailor_search UPDATE" in error.diag.message_hint


OF_COUNTS = {"facets": (FACETS_ARGUMENTS, FACETS_COLUMNS, ""), "clusters": (CLUSTERS_ARGUMENTS, CLUSTERS_COLUMNS, ", zoom => 9")}


@pytest.mark.parametrize("kind", OF_COUNTS)
@pytest.mark.parametrize("form", POINTS)
def test_counts_of_another_version(session, form, kind):
    arguments, columns, required = OF_COUNTS[kind]
    symbol = f"tailor_search_{kind}{form or '_lat_lng'}"
    declare(session, "now", f"{POINTS[form]}{arguments}, {columns}", "SETOF record", symbol)
    call = CALLS[form][:-1] + required + ")"
    assert session.execute(f"SELECT * FROM now{CALLS[form]}") == session.execute(f"SELECT * FROM tailor_search_{kind}{form}{call}")
    for number, more in enumerate((f", later int DEFAULT NULL, {columns}", f", {columns}, OUT later text")):
        declare(session, f"later{number}", POINTS[form] + arguments + more, "SETOF record", symbol)
        check_refusal(session, f"SELECT * FROM later{number}{CALLS[form]}")


@pytest.mark.parametrize("form", POINTS)
def test_no_declaration_of_any_version(session, form):
    symbol = "tailor_search_near" if form else "tailor_search_lat_lng"
    declare(session, "odd", POINTS[form] + "max_distance_km float8 DEFAULT NULL, " + COLUMNS, "SETOF record", symbol)
    check_refusal(session, f"SELECT * FROM odd{CALLS[form]}")
    declare(session, "few", POINTS[form] + ARGUMENTS + ", OUT id text, OUT other text", "SETOF record", symbol)
    check_refusal(session, f"SELECT * FROM few{CALLS[form]}")


@pytest.mark.parametrize(
    ("symbol", "columns"),
    [
        ("tailor_search_tables", "OUT kind text, OUT relation regclass, OUT more int"),
        ("tailor_search_problems", "OUT kind text, OUT relation regclass"),
    ],
    ids=["more", "fewer"],
)
def test_columns_of_what_setup_asks(session, symbol, columns):
    declare(session, "asked", columns, "SETOF record", symbol)
    session.execute('ALTER TABLE "Tailor" DROP COLUMN rating CASCADE')
    check_refusal(session, "SELECT * FROM asked()")
