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
    OUT distances_by text, OUT matches bigint,
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
    OUT distances_by text, OUT matches bigint,
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

-- The tables that the settings name; NULL where there is none.
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
     FROM %I.tailor_search_tables() AS t LEFT JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.relation', home)
  LOOP
    IF bound.relation IS NULL THEN
      RAISE EXCEPTION 'relation % does not exist, or is not on the search_path',
        pg_catalog.current_setting(pg_catalog.format('tailor_search.%s_table', bound.kind)) USING ERRCODE = 'undefined_table';
    ELSIF enable AND NOT bound.serves THEN
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

-- The point of a tailor from its latitude and longitude, which are all that the application writes.
CREATE FUNCTION tailor_search_point() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'tailor_search_point';

-- Setup. Functions whose body is BEGIN ATOMIC are bound to what they use right here, whatever the caller's search_path.

-- The indexes that a table should have: one that begins with the key and has the other columns serves, whatever its name.
-- %s is the schema of tailor_cell.
CREATE FUNCTION tailor_search_indexes(OUT kind text, OUT method name, OUT key text, OUT others text[], OUT use text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  VALUES ('tailor', 'btree'::name, '%stailor_cell("locationPoint")', '{yearsExperience,rating,skills}'::text[], 'the native engine'),
         ('tailor', 'gist', '"locationPoint"', '{}', 'the SQL engine, which answers where the native one cannot'),
         ('user', 'btree', 'id', '{}', 'users of the tailors found'),
         ('sample_work', 'btree', '"tailorId"', '{}', 'sample works of the tailors found');
END;

-- The tables that the settings name, as statements name them.
CREATE FUNCTION tailor_search_subjects(OUT kind text, OUT relation regclass, OUT name text, OUT relkind "char")
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT t.kind, t.relation, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind
  FROM tailor_search_tables() AS t
  LEFT JOIN pg_class AS c ON c.oid = t.relation LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace;
END;

-- Where their rows are: in these tables themselves, or in partitions of theirs, however deep.
CREATE FUNCTION tailor_search_heaps(OUT kind text, OUT relation regclass, OUT name text, OUT partition boolean)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT s.kind, c.oid::regclass, quote_ident(n.nspname) || '.' || quote_ident(c.relname), s.relkind = 'p'
  FROM tailor_search_subjects() AS s
  LEFT JOIN LATERAL pg_partition_tree(s.relation) AS p ON s.relkind = 'p'
  JOIN pg_class AS c ON c.oid = coalesce(p.relid, s.relation)::oid AND c.relkind = 'r' JOIN pg_namespace AS n ON n.oid = c.relnamespace;
END;

-- Are there tailors with latitude and longitude that have no point?
CREATE FUNCTION tailor_search_lacks_points(name text) RETURNS boolean
  LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
  found boolean;
BEGIN
  EXECUTE pg_catalog.format('SELECT EXISTS (SELECT FROM %s WHERE "locationPoint" IS NULL
      AND latitude OPERATOR(pg_catalog.>=) -90 AND latitude OPERATOR(pg_catalog.<=) 90
      AND longitude OPERATOR(pg_catalog.>=) -180 AND longitude OPERATOR(pg_catalog.<=) 180)', name) INTO found;
  RETURN found;
EXCEPTION WHEN undefined_column THEN
  RETURN true;  -- the column is made first, and has no point in it
END $$;

-- Does the table have a trigger of ours that is not disabled?
CREATE FUNCTION tailor_search_has_trigger(relation regclass, function regproc) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM pg_trigger AS t
                 WHERE t.tgrelid = $1::oid AND t.tgfoid = $2::oid AND t.tgenabled <> 'D' AND t.tgtype & 1 = 1);
END;

-- Does the table have such an index, complete and valid?
CREATE FUNCTION tailor_search_has_index(relation regclass, method name, key text, others text[], home text)
  RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (
    SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
    WHERE i.indrelid = $1::oid AND a.amname = $2 AND i.indisvalid AND i.indisready AND i.indpred IS NULL
      AND pg_get_indexdef(i.indexrelid, 1, true) IN (format($3, ''), format($3, $5 || '.'))
      AND $4 <@ ARRAY(SELECT b.attname::text FROM pg_attribute AS b
                      WHERE b.attrelid = i.indrelid AND b.attnum = ANY (i.indkey::int2[])));
END;

-- The one list behind setup, setup_sql and check: what there should be, in the order to make it, and how.
CREATE FUNCTION tailor_search_needs(notify_changes boolean, live boolean,
                                    OUT step int, OUT need text, OUT met boolean, OUT detail text, OUT statement text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH home (name, postgis) AS (
    SELECT max(quote_ident(n.nspname)) FILTER (WHERE e.extname = 'tailor_search'),
           max(quote_ident(n.nspname)) FILTER (WHERE e.extname = 'postgis')
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace),
  subject AS (SELECT * FROM tailor_search_subjects()),
  heap AS (SELECT * FROM tailor_search_heaps()),
  -- An index on a partitioned table takes those that its partitions have already, which need not be made under its lock.
  indexed AS (SELECT 5 AS step, kind, relation, name, CASE WHEN live THEN 'CONCURRENTLY ' END AS how FROM heap WHERE live OR NOT partition
              UNION ALL SELECT 6, kind, relation, name, NULL FROM subject WHERE relkind = 'p'),
  tailor AS (SELECT * FROM subject WHERE kind = 'tailor' AND relkind IN ('r', 'p'))
  SELECT 1 AS step, 'table of kind ' || s.kind, s.relation IS NOT NULL,
         CASE WHEN s.relation IS NULL THEN format('%s does not exist, or is not on the search_path: set tailor_search.%s_table',
                                                  current_setting(format('tailor_search.%s_table', s.kind)), s.kind)
              WHEN s.relkind IN ('r', 'p') THEN s.name
              ELSE s.name || ' is no table: nothing is set up there, and the SQL engine answers' END,
         NULL::text
  FROM subject AS s
  UNION ALL
  SELECT 2, 'column "locationPoint"',
         EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = t.relation::oid AND a.attname = 'locationPoint'),
         'where a tailor is, for searches',
         format('ALTER TABLE %s ADD COLUMN "locationPoint" %s.geography(Point,4326)', t.name, h.postgis)
  FROM tailor AS t, home AS h
  UNION ALL
  SELECT 3, 'trigger for "locationPoint"', tailor_search_has_trigger(t.relation, 'tailor_search_point'::regproc),
         'keeps the point in step with latitude and longitude, which are all that the application writes',
         format('CREATE TRIGGER tailor_search_point BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s.tailor_search_point()',
                t.name, h.name)
  FROM tailor AS t, home AS h
  UNION ALL
  SELECT 4, 'points', NOT tailor_search_lacks_points(t.name), 'tailors with latitude and longitude have a point',
         format('UPDATE %s SET latitude = latitude WHERE "locationPoint" IS NULL AND latitude IS NOT NULL AND longitude IS NOT NULL',
                t.name)
  FROM tailor AS t
  UNION ALL
  SELECT t.step, format('index on %s (%s)', t.name, format(i.key, '')),
         tailor_search_has_index(t.relation, i.method, i.key, i.others, h.name), 'for ' || i.use,
         format('CREATE INDEX %sON %s USING %s (%s)%s', t.how, t.name, i.method,
                format(i.key, h.name || '.'), ' INCLUDE (' || (SELECT string_agg(quote_ident(o), ', ') FROM unnest(i.others) AS o) || ')')
  FROM tailor_search_indexes() AS i JOIN indexed AS t ON t.kind = i.kind, home AS h
  UNION ALL
  SELECT 7, 'notification of changes', tailor_search_notifies_changes() OR NOT notify_changes,
         CASE WHEN tailor_search_notifies_changes() THEN 'cached answers are gone at once when something changes in their area'
              ELSE 'not on: cached answers live for a short time only' END,
         format('CALL %s.tailor_search_notify_changes()', h.name)
  FROM home AS h
  UNION ALL
  SELECT 8, 'vacuumed ' || t.name, c.reltuples >= 0 AND c.relallvisible >= 0.9 * c.relpages,
         'at least 90 % of its pages are all-visible, so that what is in an index need not be looked up in the table',
         format('VACUUM (ANALYZE) %s', t.name)
  FROM heap AS t JOIN pg_class AS c ON c.oid = t.relation::oid
  ORDER BY 1, 2;
END;

-- The doctor: what there should be, whether it is there, and the statement that mends it.
CREATE FUNCTION tailor_search_check(notify_changes boolean DEFAULT false,
                                    OUT need text, OUT ok boolean, OUT detail text, OUT statement text)
  RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
BEGIN
  RETURN QUERY EXECUTE pg_catalog.format(
    'SELECT need, met, detail, CASE WHEN NOT met THEN statement END FROM %I.tailor_search_needs($1, true)', home) USING notify_changes;
  need := 'a search by the native engine';
  BEGIN
    EXECUTE pg_catalog.format('SELECT engine OPERATOR(pg_catalog.=) ''native'', reason FROM %I.tailor_search_explain(0, 0)', home)
      INTO ok, detail;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = MESSAGE_TEXT, statement = PG_EXCEPTION_HINT;
    ok := false;
  END;
  RETURN NEXT;
END $$;

-- What setup would do, as a script for a live table: searches and changes go on meanwhile.
CREATE FUNCTION tailor_search_setup_sql(notify_changes boolean DEFAULT false) RETURNS SETOF text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT n.statement || ';' FROM tailor_search_needs($1, true) AS n WHERE NOT n.met AND n.statement IS NOT NULL ORDER BY n.step, n.need;
END;

-- Makes what is missing, in one transaction. Changes of the tables wait until it is done.
CREATE PROCEDURE tailor_search_setup(notify_changes boolean DEFAULT false)
  LANGUAGE plpgsql AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
  missing record;
BEGIN
  FOR missing IN EXECUTE pg_catalog.format('SELECT * FROM %I.tailor_search_needs($1, false) WHERE NOT met', home) USING notify_changes
  LOOP
    IF missing.statement IS NULL THEN
      RAISE EXCEPTION '%', missing.detail USING ERRCODE = 'undefined_table';
    ELSIF pg_catalog.starts_with(missing.statement, 'VACUUM') THEN
      RAISE NOTICE 'still to do, which no transaction can: %', missing.statement;
    ELSE
      EXECUTE missing.statement;
    END IF;
  END LOOP;
END $$;

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
COMMENT ON PROCEDURE tailor_search_setup(boolean) IS 'make what is missing: the point column and its trigger, points, indexes, notification of changes';
COMMENT ON FUNCTION tailor_search_setup_sql(boolean) IS 'the same as statements for a live table';
COMMENT ON FUNCTION tailor_search_check(boolean) IS 'the doctor: what there should be, whether it is, and what mends it';
COMMENT ON TABLE tailor_place IS 'named places to search around; latitude and longitude in degrees, WGS 84';
