"""SQLsmith: random SQL that calls the extension's functions in odd contexts. It crashes no server and meets no internal error.

TAILOR_SQLSMITH_QUERIES: how many in each of the sessions below; usually a few in the first, so that the test itself works.
A failure prints the seed, what the server logged and the last of SQLsmith's report.
"""

import os
import subprocess

import psycopg2
import pytest
from amounts import LONG, amount, random_seed
from psycopg2.extensions import make_dsn

QUERIES = amount("TAILOR_SQLSMITH_QUERIES", 60, 4000)
HANG = 3600  # seconds: SQLsmith waits for a server that does not come back
ROLE = f"tailor_smith_{os.getpid()}"

# A search finds something wherever it is made, and all that triggers do is done.
TABLES = """
INSERT INTO "User" (id, email, password, name, "updatedAt")
  SELECT 'u' || i, i || '@example.com', 'secret', nullif('Name ' || i, 'Name 7'), '2024-01-01' FROM generate_series(1, 200) i;
INSERT INTO "Tailor" (id, "userId", location, latitude, longitude, skills, "yearsExperience", rating, "updatedAt")
  SELECT 't' || i, 'u' || i, repeat('x', i), i % 90, i % 180, ARRAY['HEMMING', 'skill ' || i % 7], nullif(i % 20, 3), i % 6, '2024-01-01'
  FROM generate_series(1, 200) i;
INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") SELECT 'w' || i, 't' || 1 + i % 50, 'url', '2024-01-01' FROM generate_series(1, 300) i;
CALL tailor_search_setup(notify_changes => true);
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET tailor_search.max_box_km = 20037.6', current_database()); END $$;
CREATE TABLE guarded AS SELECT id, rating FROM "Tailor";
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY searching ON guarded USING (rating < (tailor_search_json(1, 1, 100) #>> '{pagination,total}')::float8);
"""

# Arguments that SQLsmith makes are NULL or out of bounds more often than not. These take any, some of them inlined.
FUNCTIONS = """
CREATE SCHEMA smith;
CREATE FUNCTION smith.within(x float8, most float8) RETURNS float8 IMMUTABLE LANGUAGE sql
  RETURN least(greatest(coalesce(nullif(x, 'NaN'), 1), -most), most);
CREATE FUNCTION smith.number(x int, most int) RETURNS int IMMUTABLE LANGUAGE sql RETURN 1 + abs(coalesce(x, 1) % most);
CREATE FUNCTION smith.sort(x bool) RETURNS text IMMUTABLE LANGUAGE sql RETURN CASE WHEN x THEN 'rating' WHEN NOT x THEN 'experience' ELSE 'distance' END;
CREATE FUNCTION smith.page(lat float8, lng float8, skills text[], years int, rating float8, sort bool, page int) RETURNS json STABLE LANGUAGE sql
  RETURN tailor_search_json(smith.within(lat, 90), smith.within(lng, 180), 100, array_remove(skills, NULL), nullif(smith.number(years, 9), 1), NULL,
    nullif(smith.within(rating, 5), 5), smith.sort(sort), smith.number(page, 3), 5, 2, sort);
CREATE FUNCTION smith.page_near(lat float8, lng float8, km float8) RETURNS json STABLE LANGUAGE sql
  RETURN tailor_search_json_near(ST_MakePoint(smith.within(lng, 180), smith.within(lat, 90))::geography, 1 + abs(smith.within(km, 99)));
CREATE FUNCTION smith.in_box(lat float8, lng float8, other_lat float8, other_lng float8, sort bool) RETURNS json STABLE LANGUAGE sql
  RETURN tailor_search_json(west => smith.within(lng, 180), east => smith.within(other_lng, 180),
    south => least(smith.within(lat, 90), smith.within(other_lat, 90)), north => greatest(smith.within(lat, 90), smith.within(other_lat, 90)),
    sort_by => smith.sort(sort), page_size => 5);
CREATE FUNCTION smith.nearest(lat float8, lng float8, count int) RETURNS json STABLE LANGUAGE sql
  RETURN tailor_search_json(smith.within(lat, 90), smith.within(lng, 180), nearest => smith.number(count, 20));
CREATE FUNCTION smith.counted(lat float8, lng float8, skills text[], rating float8) RETURNS json STABLE LANGUAGE sql
  RETURN tailor_search_json(smith.within(lat, 90), smith.within(lng, 180), 100, array_remove(skills, NULL),
    min_rating => nullif(smith.within(rating, 5), 5), facets => true);
CREATE FUNCTION smith.counts(lat float8, lng float8, skills text[]) RETURNS bigint STABLE LANGUAGE sql
  RETURN (SELECT sum(count) FROM tailor_search_facets(smith.within(lat, 90), smith.within(lng, 180), 100, array_remove(skills, NULL)));
CREATE FUNCTION smith.clusters(lat float8, lng float8, skills text[], number int) RETURNS json STABLE LANGUAGE sql
  RETURN tailor_search_json(smith.within(lat, 90), smith.within(lng, 180), 100, array_remove(skills, NULL), zoom => smith.number(number, 12));
CREATE FUNCTION smith.world(number int) RETURNS text STABLE LANGUAGE sql
  RETURN (SELECT max(id) FROM tailor_search_clusters(west => -180, south => -90, east => 180, north => 90, zoom => smith.number(number, 5)));
CREATE FUNCTION smith.second_page(lat float8, lng float8, sort bool) RETURNS json STABLE LANGUAGE sql
  RETURN (SELECT tailor_search_json(smith.within(lat, 90), smith.within(lng, 180), 100, sort_by => smith.sort(sort), page_size => 2, after => s.next)
          FROM tailor_search(smith.within(lat, 90), smith.within(lng, 180), 100, sort_by => smith.sort(sort), page_size => 2) s LIMIT 1);
CREATE FUNCTION smith.first(lat float8, lng float8) RETURNS text STABLE LANGUAGE sql
  RETURN (SELECT id FROM tailor_search(smith.within(lat, 90), smith.within(lng, 180), 100) LIMIT 1);
CREATE FUNCTION smith.distance(lat float8, lng float8, number int) RETURNS float8 STABLE LANGUAGE sql
  RETURN (SELECT distance FROM tailor_search(smith.within(lat, 90), smith.within(lng, 180), 100) OFFSET smith.number(number, 5) LIMIT 1);
CREATE FUNCTION smith.total(lat float8, lng float8) RETURNS bigint STABLE LANGUAGE sql
  RETURN (SELECT count(*) + max(total) FROM tailor_search(smith.within(lat, 90), smith.within(lng, 180), 100, include_unlocated => true));
CREATE FUNCTION smith.skills(lat float8, lng float8) RETURNS text[] STABLE LANGUAGE plpgsql
  AS $$ BEGIN RETURN (SELECT array_agg(DISTINCT s.skills[1]) FROM tailor_search(smith.within(lat, 90), smith.within(lng, 180), 100) s); END $$;
CREATE FUNCTION smith.engine(lat float8, lng float8) RETURNS text VOLATILE LANGUAGE plpgsql
  AS $$ BEGIN RETURN (SELECT engine FROM tailor_search_explain(smith.within(lat, 90), smith.within(lng, 180), 100)); END $$;
CREATE FUNCTION smith.wrapper(lat float8, lng float8) RETURNS json STABLE SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE sql
  AS $$ SELECT tailor_search_json(smith.within(lat, 90), smith.within(lng, 180), 100) $$;
CREATE FUNCTION smith.handler(lat float8, lng float8) RETURNS text VOLATILE LANGUAGE plpgsql
  AS $$ BEGIN RETURN tailor_search_json(lat, lng)::text; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END $$;
CREATE VIEW smith.nearby AS SELECT id, "userId" AS user_id, skills, rating, distance, "user" AS owner, total FROM tailor_search(1, 1, 100);
CREATE VIEW smith.near_places AS SELECT p.name, s.id, s.distance, s.rating FROM tailor_place p, tailor_search(p.latitude, p.longitude, 100) s;
CREATE VIEW smith.documents AS SELECT id, rating, tailor_by_id_json(id) AS document FROM "Tailor";
"""

# SQLsmith quotes no names, and would call our functions once in a thousand statements: it reads its catalogue through these.
CATALOGUE = """
CREATE VIEW smith.pg_class AS SELECT oid, quote_ident(relname) AS relname, relnamespace FROM pg_catalog.pg_class;
CREATE VIEW smith.pg_attribute AS SELECT attrelid, quote_ident(attname) AS attname, atttypid, attisdropped FROM pg_catalog.pg_attribute WHERE attnum > 0;
CREATE VIEW smith.pg_constraint AS SELECT quote_ident(conname) AS conname, conrelid, contype FROM pg_catalog.pg_constraint;
CREATE VIEW smith.pg_proc AS
  WITH kept AS (SELECT unnest('{bool,int4,int8,float8,text,json,jsonb,text[],timestamp}'::regtype[]) AS type)
  SELECT p.* FROM pg_catalog.pg_proc p
  WHERE (proname LIKE 'tailor_%' AND prokind <> 'p') OR pronamespace = 'smith'::regnamespace
     OR (pronamespace = 'pg_catalog'::regnamespace AND provolatile <> 'v' AND prorettype IN (SELECT type FROM kept) AND oid::bigint % 20 = 0
         AND NOT EXISTS (SELECT FROM unnest(proargtypes) a WHERE a NOT IN (SELECT type FROM kept)));
ALTER VIEW information_schema.tables RENAME TO all_tables;
CREATE VIEW information_schema.tables AS SELECT quote_ident(table_name) AS table_name, table_schema, is_insertable_into, table_type
  FROM information_schema.all_tables WHERE table_name IN ('Tailor', 'User', 'SampleWork', 'tailor_place', 'guarded', 'nearby', 'near_places', 'documents');
"""

# It may read and change what the application may, no more. Its own statement_timeout is a second.
RIGHTS = f"""
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA smith TO {ROLE};
GRANT SELECT ON ALL TABLES IN SCHEMA smith, information_schema TO {ROLE};
GRANT SELECT, INSERT, UPDATE, DELETE ON "Tailor", "User", "SampleWork", guarded TO {ROLE};
ALTER ROLE {ROLE} SET search_path = smith, public, pg_catalog;
ALTER ROLE {ROLE} SET log_error_verbosity = verbose;
ALTER ROLE {ROLE} SET log_min_error_statement = error;
ALTER ROLE {ROLE} SET track_functions = 'all';
"""

SESSIONS = {
    "native": "",
    "sql": "-c tailor_search.engine=sql",
    "parallel": "-c parallel_setup_cost=0 -c parallel_tuple_cost=0 -c min_parallel_table_scan_size=0",
}
if not LONG and "TAILOR_SQLSMITH_QUERIES" not in os.environ:
    del SESSIONS["sql"], SESSIONS["parallel"]


@pytest.fixture(scope="module")
def forge(new_database):
    database = new_database()
    database.execute(f"CREATE ROLE {ROLE} LOGIN")
    try:
        database.execute(TABLES, FUNCTIONS, CATALOGUE, RIGHTS)
        yield database
    finally:
        database.execute(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


def findings(log):
    """What the server's log has of crashes, and of internal errors (SQLSTATE XX000 and XX001) with their place and statement."""
    lines = log.splitlines()
    signs = ("PANIC: ", "TRAP: ", "was terminated by signal", "ERROR:  XX00")
    return ["\n".join(lines[at : at + 12]) for at, line in enumerate(lines) if any(sign in line for sign in signs)]


def test_an_internal_error_is_found(forge, log):
    session = forge.connect(user=ROLE)
    with pytest.raises(psycopg2.errors.InternalError_):
        session.cursor().execute("DO $$ BEGIN RAISE SQLSTATE 'XX000' USING MESSAGE = 'seen'; END $$")
    session.close()
    assert len(findings(log.text())) == 1


@pytest.mark.parametrize("options", list(SESSIONS.values()), ids=list(SESSIONS))
def test_random_sql(forge, log, options):
    seed = random_seed()
    target = make_dsn(forge.connect().dsn, user=ROLE, options=options)
    command = ["sqlsmith", f"--target={target}", "--exclude-catalog", f"--seed={seed}", f"--max-queries={QUERIES}", "--verbose"]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=HANG, check=False)
    report = f"seed {seed}: {run.stderr[-3000:]}"
    assert findings(log.text()) == [], report
    assert run.returncode == 0, report
    if QUERIES >= 1000:  # of a few statements, none may have called it
        assert forge.execute("SELECT calls > 0 FROM pg_stat_user_functions WHERE funcname = 'tailor_search_json'") == [(True,)], report
