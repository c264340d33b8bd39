\echo Use "CREATE EXTENSION tailor_search CASCADE" to load this file. \quit

-- Planner support: the number of rows is the page size that the call asks for.
CREATE FUNCTION tailor_search_support(internal) RETURNS internal
  LANGUAGE c STRICT AS 'MODULE_PATHNAME';

-- tailor_cell: the S2 leaf cell (about 1 cm) of a point, the key of the covering index; NULL without a point.
CREATE FUNCTION tailor_cell(geography) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'tailor_cell';

-- tailor_search: one page of the tailors within max_distance_km of a point, with the exact total.
--
-- The functions are STABLE: they read in the caller's snapshot and with the caller's privileges.
-- They are PARALLEL RESTRICTED: the tables may be temporary, and row-level security policies may
-- call anything, so a worker must not run them.
CREATE FUNCTION tailor_search(
    lat float8, lng float8,
    max_distance_km float8 DEFAULT 10,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT 12,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    OUT id text, OUT "userId" text, OUT location text,
    OUT latitude float8, OUT longitude float8, OUT skills text[],
    OUT "yearsExperience" int, OUT "profilePhoto" text,
    OUT "contactPhone" text, OUT "contactEmail" text,
    OUT rating float8, OUT "reviewCount" int,
    OUT "createdAt" timestamp(3), OUT "updatedAt" timestamp(3),
    OUT distance float8, OUT "user" json, OUT "sampleWorks" json, OUT total bigint)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 12
  SUPPORT tailor_search_support
  AS 'MODULE_PATHNAME', 'tailor_search_lat_lng';

CREATE FUNCTION tailor_search(
    near geography,
    max_distance_km float8 DEFAULT 10,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT 12,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    OUT id text, OUT "userId" text, OUT location text,
    OUT latitude float8, OUT longitude float8, OUT skills text[],
    OUT "yearsExperience" int, OUT "profilePhoto" text,
    OUT "contactPhone" text, OUT "contactEmail" text,
    OUT rating float8, OUT "reviewCount" int,
    OUT "createdAt" timestamp(3), OUT "updatedAt" timestamp(3),
    OUT distance float8, OUT "user" json, OUT "sampleWorks" json, OUT total bigint)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 12
  SUPPORT tailor_search_support
  AS 'MODULE_PATHNAME', 'tailor_search_near';

-- tailor_search_json: the same page as one document, {"data":[...],"pagination":{...}}.
CREATE FUNCTION tailor_search_json(
    lat float8, lng float8,
    max_distance_km float8 DEFAULT 10,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT 12,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false)
  RETURNS json
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_json_lat_lng';

CREATE FUNCTION tailor_search_json(
    near geography,
    max_distance_km float8 DEFAULT 10,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT 12,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false)
  RETURNS json
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_json_near';

-- tailor_search_explain: what a search does: engine and why, what it reads, and the time of each phase.
CREATE FUNCTION tailor_search_explain(
    lat float8, lng float8,
    max_distance_km float8 DEFAULT 10,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT 12,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    OUT engine text, OUT reason text, OUT index regclass,
    OUT ranges bigint, OUT entries bigint, OUT heap_fetches bigint, OUT exact_distances bigint,
    OUT matches bigint,
    OUT cover_ms float8, OUT scan_ms float8, OUT rank_ms float8, OUT rows_ms float8)
  RETURNS record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_explain_lat_lng';

CREATE FUNCTION tailor_search_explain(
    near geography,
    max_distance_km float8 DEFAULT 10,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT 12,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    OUT engine text, OUT reason text, OUT index regclass,
    OUT ranges bigint, OUT entries bigint, OUT heap_fetches bigint, OUT exact_distances bigint,
    OUT matches bigint,
    OUT cover_ms float8, OUT scan_ms float8, OUT rank_ms float8, OUT rows_ms float8)
  RETURNS record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_explain_near';

-- tailor_by_id_json: one tailor with user and all sample works as {"data":{...}}; NULL when there is none.
CREATE FUNCTION tailor_by_id_json(id text) RETURNS json
  LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 10000
  AS 'MODULE_PATHNAME', 'tailor_by_id_json';

-- Change notification: whoever LISTENs to tailor_search is told, at commit, where something changed that a search shows.
CREATE FUNCTION tailor_search_changed() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'tailor_search_changed';

-- The tables that the settings name, checked.
CREATE FUNCTION tailor_search_tables(OUT kind text, OUT relation regclass) RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 3 AS 'MODULE_PATHNAME', 'tailor_search_tables';

-- Turns it on or off for those tables, by their owner's privileges. The triggers belong to the tables and travel with
-- them. ENABLE ALWAYS: also for a session_replication_role other than origin, as a replication worker has it.
CREATE PROCEDURE tailor_search_notify_changes(enable boolean DEFAULT true)
  LANGUAGE plpgsql AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
  bound record;
BEGIN
  FOR bound IN EXECUTE pg_catalog.format(
    'SELECT t.kind, t.relation, c.relkind OPERATOR(pg_catalog.=) ''p''
            OR c.relkind OPERATOR(pg_catalog.=) ''r'' AND NOT c.relhassubclass AS serves
     FROM %I.tailor_search_tables() AS t JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.relation', home)
  LOOP
    IF enable AND NOT bound.serves THEN
      RAISE EXCEPTION 'changes of % cannot be told: it is not a table, or has inheritance children', bound.relation
        USING ERRCODE = 'wrong_object_type', HINT = 'Without notifications, what is cached lives until its time is over.';
    ELSIF enable THEN
      EXECUTE pg_catalog.format(
        'CREATE OR REPLACE TRIGGER tailor_search_changed AFTER INSERT OR UPDATE OR DELETE ON %s
           FOR EACH ROW EXECUTE FUNCTION %I.tailor_search_changed(%L);
         CREATE OR REPLACE TRIGGER tailor_search_truncated AFTER TRUNCATE ON %1$s
           FOR EACH STATEMENT EXECUTE FUNCTION %2$I.tailor_search_changed(%3$L);
         ALTER TABLE %1$s ENABLE ALWAYS TRIGGER tailor_search_changed, ENABLE ALWAYS TRIGGER tailor_search_truncated',
        bound.relation, home, bound.kind);
    ELSE
      EXECUTE pg_catalog.format('DROP TRIGGER IF EXISTS tailor_search_changed ON %s;
                                 DROP TRIGGER IF EXISTS tailor_search_truncated ON %1$s', bound.relation);
    END IF;
  END LOOP;
END $$;

-- Is it on, for all tables that the settings name?
CREATE FUNCTION tailor_search_notifies_changes() RETURNS boolean
  LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'tailor_search_notifies_changes';

-- Named places, for searches "near MG_ROAD". The rows belong to the database: pg_dump takes them along.
CREATE TABLE tailor_place (
  name text PRIMARY KEY CHECK (name <> ''),
  latitude float8 NOT NULL CHECK (latitude BETWEEN -90 AND 90),
  longitude float8 NOT NULL CHECK (longitude BETWEEN -180 AND 180),
  built_in boolean NOT NULL DEFAULT false
);
GRANT SELECT ON tailor_place TO PUBLIC;

INSERT INTO tailor_place VALUES
  ('MG_ROAD', 12.9716, 77.5946, true),
  ('COMMERCIAL_STREET', 12.9833, 77.6089, true);

-- A restore runs CREATE EXTENSION first, which brings the built-in places, and then copies the dumped
-- rows: those, perhaps edited, take the place of the built-in ones.
CREATE FUNCTION tailor_place_replace_built_in() RETURNS trigger
  LANGUAGE plpgsql AS $$
DECLARE
  taken boolean;
BEGIN
  -- Looked for first: who may only insert needs no right to delete for a name that is free.
  EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %I.%I WHERE name OPERATOR(pg_catalog.=) $1 AND built_in)',
                            TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO taken USING NEW.name;
  IF taken THEN
    EXECUTE pg_catalog.format('DELETE FROM %I.%I WHERE name OPERATOR(pg_catalog.=) $1 AND built_in',
                              TG_TABLE_SCHEMA, TG_TABLE_NAME) USING NEW.name;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER replace_built_in BEFORE INSERT ON tailor_place
  FOR EACH ROW EXECUTE FUNCTION tailor_place_replace_built_in();
-- Whoever owns the application's tables need not own this one, so it always tells.
CREATE TRIGGER tailor_search_changed AFTER INSERT OR UPDATE OR DELETE ON tailor_place
  FOR EACH ROW EXECUTE FUNCTION tailor_search_changed('place');
CREATE TRIGGER tailor_search_truncated AFTER TRUNCATE ON tailor_place
  FOR EACH STATEMENT EXECUTE FUNCTION tailor_search_changed('place');

SELECT pg_catalog.pg_extension_config_dump('tailor_place', '');

COMMENT ON FUNCTION tailor_search(float8, float8, float8, text[], int, int, float8, text, int, int, int, boolean)
  IS 'tailors within max_distance_km of a latitude and longitude (degrees): one page, with the exact total';
COMMENT ON FUNCTION tailor_search(geography, float8, text[], int, int, float8, text, int, int, int, boolean)
  IS 'tailors within max_distance_km of a point: one page, with the exact total';
COMMENT ON FUNCTION tailor_search_json(float8, float8, float8, text[], int, int, float8, text, int, int, int, boolean)
  IS 'the page of tailor_search as one JSON document';
COMMENT ON FUNCTION tailor_search_json(geography, float8, text[], int, int, float8, text, int, int, int, boolean)
  IS 'the page of tailor_search as one JSON document';
COMMENT ON FUNCTION tailor_cell(geography) IS 'S2 leaf cell of a point, the key of the covering index';
COMMENT ON FUNCTION tailor_search_explain(float8, float8, float8, text[], int, int, float8, text, int, int, int, boolean)
  IS 'what tailor_search does with these arguments: engine, reads, milliseconds';
COMMENT ON FUNCTION tailor_search_explain(geography, float8, text[], int, int, float8, text, int, int, int, boolean)
  IS 'what tailor_search does with these arguments: engine, reads, milliseconds';
COMMENT ON FUNCTION tailor_by_id_json(text) IS 'one tailor with user and all sample works as JSON';
COMMENT ON PROCEDURE tailor_search_notify_changes(boolean) IS 'tell listeners where tailors, users and sample works change, or no longer';
COMMENT ON FUNCTION tailor_search_notifies_changes() IS 'are changes of the tables that the settings name told to listeners?';
COMMENT ON FUNCTION tailor_search_tables() IS 'the tables that the settings name';
COMMENT ON TABLE tailor_place IS 'named places to search around; latitude and longitude in degrees, WGS 84';
