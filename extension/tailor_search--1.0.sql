\echo Use "CREATE EXTENSION tailor_search CASCADE" to load this file. \quit

-- Planner support: the number of rows is the page size that the call asks for.
CREATE FUNCTION tailor_search_support(internal) RETURNS internal
  LANGUAGE c STRICT AS 'MODULE_PATHNAME';

-- tailor_search_version: the version of the library that this session has loaded.
CREATE FUNCTION tailor_search_version() RETURNS text
  LANGUAGE c STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'tailor_search_version';

-- tailor_cell: the S2 leaf cell (about 1 cm) of a point, the key of the covering index; NULL without a point.
CREATE FUNCTION tailor_cell(geography) RETURNS bigint
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE COST 10
  AS 'MODULE_PATHNAME', 'tailor_cell';

-- tailor_indexed_skills: the skills of a tailor for the covering index; '{NULL}' in place of those that are too long for an entry
-- of a B-tree, so that no INSERT fails for them: a search reads them from the table.
CREATE FUNCTION tailor_indexed_skills(text[]) RETURNS text[]
  LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE
  AS 'MODULE_PATHNAME', 'tailor_indexed_skills';

-- tailor_search: one page of the tailors within max_distance_km of a point, with the exact total.
--
-- The functions are STABLE: they read in the caller's snapshot and with the caller's privileges.
-- They are PARALLEL RESTRICTED: the tables may be temporary, and row-level security policies may
-- call anything, so a worker must not run them.
CREATE FUNCTION tailor_search(
    lat float8 DEFAULT NULL, lng float8 DEFAULT NULL,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT NULL,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any',
    OUT id text, OUT "userId" text, OUT location text,
    OUT latitude float8, OUT longitude float8, OUT skills text[],
    OUT "yearsExperience" int, OUT "profilePhoto" text,
    OUT "contactPhone" text, OUT "contactEmail" text,
    OUT rating float8, OUT "reviewCount" int,
    OUT "createdAt" timestamp(3), OUT "updatedAt" timestamp(3),
    OUT distance float8, OUT "user" json, OUT "sampleWorks" json, OUT total bigint, OUT next text)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 12
  SUPPORT tailor_search_support
  AS 'MODULE_PATHNAME', 'tailor_search_lat_lng';

-- The form for a geography has a name of its own: tailor_search($1, $2) of parameters without a type would be ambiguous.
CREATE FUNCTION tailor_search_near(
    near geography,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT NULL,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any',
    OUT id text, OUT "userId" text, OUT location text,
    OUT latitude float8, OUT longitude float8, OUT skills text[],
    OUT "yearsExperience" int, OUT "profilePhoto" text,
    OUT "contactPhone" text, OUT "contactEmail" text,
    OUT rating float8, OUT "reviewCount" int,
    OUT "createdAt" timestamp(3), OUT "updatedAt" timestamp(3),
    OUT distance float8, OUT "user" json, OUT "sampleWorks" json, OUT total bigint, OUT next text)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 12
  SUPPORT tailor_search_support
  AS 'MODULE_PATHNAME', 'tailor_search_near';

-- tailor_search_json: the same page as one document, {"data":[...],"pagination":{...}}.
CREATE FUNCTION tailor_search_json(
    lat float8 DEFAULT NULL, lng float8 DEFAULT NULL,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT NULL,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any', facets boolean DEFAULT false,
    zoom int DEFAULT NULL)
  RETURNS json
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_json_lat_lng';

CREATE FUNCTION tailor_search_json_near(
    near geography,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT NULL,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any', facets boolean DEFAULT false,
    zoom int DEFAULT NULL)
  RETURNS json
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_json_near';

-- tailor_search_page: the same document, and the ids of the tailors and users that it shows, for a cache of documents.
-- The ids are NULL when a tailor has none.
CREATE FUNCTION tailor_search_page(
    lat float8 DEFAULT NULL, lng float8 DEFAULT NULL,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT NULL,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any', facets boolean DEFAULT false,
    zoom int DEFAULT NULL,
    OUT "json" json, OUT shown json)
  RETURNS record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_page';

-- tailor_search_facets: how many tailors by skill, by least rating in stars and by band of five years, each under all
-- filters but its own.
CREATE FUNCTION tailor_search_facets(
    lat float8 DEFAULT NULL, lng float8 DEFAULT NULL,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    skill_match text DEFAULT 'any',
    OUT facet text, OUT value text, OUT count bigint, OUT others bigint)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 50
  AS 'MODULE_PATHNAME', 'tailor_search_facets_lat_lng';

CREATE FUNCTION tailor_search_facets_near(
    near geography,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    skill_match text DEFAULT 'any',
    OUT facet text, OUT value text, OUT count bigint, OUT others bigint)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 50
  AS 'MODULE_PATHNAME', 'tailor_search_facets_near';

-- tailor_search_clusters: how many tailors are in each cell of a web map of that zoom, where they are on average, the
-- bounds that contain them, and the id of one that is alone.
CREATE FUNCTION tailor_search_clusters(
    lat float8 DEFAULT NULL, lng float8 DEFAULT NULL,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    skill_match text DEFAULT 'any', zoom int DEFAULT NULL,
    OUT count bigint, OUT latitude float8, OUT longitude float8,
    OUT west float8, OUT south float8, OUT east float8, OUT north float8, OUT id text)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 200
  AS 'MODULE_PATHNAME', 'tailor_search_clusters_lat_lng';

CREATE FUNCTION tailor_search_clusters_near(
    near geography,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    skill_match text DEFAULT 'any', zoom int DEFAULT NULL,
    OUT count bigint, OUT latitude float8, OUT longitude float8,
    OUT west float8, OUT south float8, OUT east float8, OUT north float8, OUT id text)
  RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 ROWS 200
  AS 'MODULE_PATHNAME', 'tailor_search_clusters_near';

-- tailor_search_explain: what a search does: engine and why, what it reads, and the time of each phase.
CREATE FUNCTION tailor_search_explain(
    lat float8 DEFAULT NULL, lng float8 DEFAULT NULL,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT NULL,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any', facets boolean DEFAULT false,
    zoom int DEFAULT NULL,
    OUT engine text, OUT reason text, OUT index regclass,
    OUT ranges bigint, OUT entries bigint, OUT heap_fetches bigint, OUT exact_distances bigint,
    OUT distances_by text, OUT matches bigint,
    OUT cover_ms float8, OUT scan_ms float8, OUT rank_ms float8, OUT rows_ms float8, OUT radius_km float8,
    OUT faceted bigint, OUT facets_ms float8, OUT clusters bigint, OUT clusters_ms float8)
  RETURNS record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_explain_lat_lng';

CREATE FUNCTION tailor_search_explain_near(
    near geography,
    max_distance_km float8 DEFAULT NULL,
    skills text[] DEFAULT NULL,
    min_experience int DEFAULT NULL,
    max_experience int DEFAULT NULL,
    min_rating float8 DEFAULT NULL,
    sort_by text DEFAULT 'distance',
    page int DEFAULT 1,
    page_size int DEFAULT NULL,
    sample_works int DEFAULT 4,
    include_unlocated boolean DEFAULT false,
    west float8 DEFAULT NULL, south float8 DEFAULT NULL, east float8 DEFAULT NULL, north float8 DEFAULT NULL,
    nearest int DEFAULT NULL, after text DEFAULT NULL, skill_match text DEFAULT 'any', facets boolean DEFAULT false,
    zoom int DEFAULT NULL,
    OUT engine text, OUT reason text, OUT index regclass,
    OUT ranges bigint, OUT entries bigint, OUT heap_fetches bigint, OUT exact_distances bigint,
    OUT distances_by text, OUT matches bigint,
    OUT cover_ms float8, OUT scan_ms float8, OUT rank_ms float8, OUT rows_ms float8, OUT radius_km float8,
    OUT faceted bigint, OUT facets_ms float8, OUT clusters bigint, OUT clusters_ms float8)
  RETURNS record
  LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000
  AS 'MODULE_PATHNAME', 'tailor_search_explain_near';

-- tailor_by_id_json: one tailor with user and all sample works as {"data":{...}}; NULL when there is none.
CREATE FUNCTION tailor_by_id_json(id text) RETURNS json
  LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 10000
  AS 'MODULE_PATHNAME', 'tailor_by_id_json';

-- tailor_by_id_page: the same for one tailor; both NULL when there is none.
CREATE FUNCTION tailor_by_id_page(id text, OUT "json" json, OUT shown json) RETURNS record
  LANGUAGE c STABLE STRICT PARALLEL RESTRICTED COST 10000
  AS 'MODULE_PATHNAME', 'tailor_by_id_page';

-- The tables that the settings name; NULL where there is none.
CREATE FUNCTION tailor_search_tables(OUT kind text, OUT relation regclass) RETURNS SETOF record
  LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 3 AS 'MODULE_PATHNAME', 'tailor_search_tables';

-- The same, as statements name them. Functions whose body is BEGIN ATOMIC are bound to what they use right here,
-- whatever the caller's search_path.
CREATE FUNCTION tailor_search_subjects(OUT kind text, OUT relation regclass, OUT name text, OUT relkind "char")
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT t.kind, t.relation, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind
  FROM tailor_search_tables() AS t
  LEFT JOIN pg_class AS c ON c.oid = t.relation LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace;
END;

-- Where their rows are: in these tables themselves, or in their partitions, however deep.
CREATE FUNCTION tailor_search_heaps(OUT kind text, OUT relation regclass, OUT name text, OUT partition boolean)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT s.kind, c.oid::regclass, quote_ident(n.nspname) || '.' || quote_ident(c.relname), s.relkind = 'p'
  FROM tailor_search_subjects() AS s
  LEFT JOIN LATERAL pg_partition_tree(s.relation) AS p ON s.relkind = 'p'
  JOIN pg_class AS c ON c.oid = coalesce(p.relid, s.relation)::oid AND c.relkind = 'r' JOIN pg_namespace AS n ON n.oid = c.relnamespace;
END;

-- Every column or table that cannot serve a search, in the words of the error that a search raises for the first one.
CREATE FUNCTION tailor_search_problems(OUT kind text, OUT relation regclass, OUT "column" text, OUT code text,
                                       OUT message text, OUT detail text, OUT hint text, OUT statement text)
  RETURNS SETOF record LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 10
  AS 'MODULE_PATHNAME', 'tailor_search_problems';

-- Change notification: listeners on the channel tailor_search learn, at commit, where something changed that a search shows.
CREATE FUNCTION tailor_search_changed() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'tailor_search_changed';

-- Is it on, for all tables that the settings name and all their partitions, by triggers that are ENABLE ALWAYS?
CREATE FUNCTION tailor_search_notifies_changes() RETURNS boolean
  LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'tailor_search_notifies_changes';

-- Listeners take everything to have changed: tables were made, or made anew, whose rows no trigger has reported.
CREATE PROCEDURE tailor_search_all_changed() LANGUAGE sql
BEGIN ATOMIC
  SELECT pg_notify('tailor_search', format('{"v":1,"x":%s,"all":true}', pg_current_xact_id()));
END;

-- The tables on which a trigger of this name calls another function than the one expected.
CREATE FUNCTION tailor_search_foreign_triggers(trigger name, function regproc, OUT kind text, OUT relation regclass,
                                               OUT code text, OUT message text, OUT hint text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT s.kind, s.relation, '42710', format('table %s has a trigger %I that is not tailor_search''s', s.name, $1),
         format('Give it another name: ALTER TRIGGER %I ON %s RENAME TO ...', $1, s.name)
  FROM tailor_search_subjects() AS s
  JOIN pg_trigger AS t ON t.tgrelid = s.relation::oid AND t.tgname = $1 AND t.tgfoid <> $2::oid;
END;

-- What keeps changes of the tables from being notified.
CREATE FUNCTION tailor_search_notify_obstacles(OUT kind text, OUT relation regclass, OUT code text, OUT message text, OUT hint text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT s.kind, s.relation, '42P01', format('relation %s does not exist, or is not on the search_path',
                                             current_setting(format('tailor_search.%s_table', s.kind))),
         format('Set tailor_search.%s_table.', s.kind)
  FROM tailor_search_subjects() AS s WHERE s.relation IS NULL
  UNION ALL
  SELECT s.kind, s.relation, '42809',
         format('changes of %s cannot be notified: it is not a table, or has inheritance children', s.relation),
         'Without notifications, cached answers live until their time is over.'
  FROM tailor_search_subjects() AS s JOIN pg_class AS c ON c.oid = s.relation
  WHERE c.relkind <> 'p' AND (c.relkind <> 'r' OR c.relhassubclass)
  UNION ALL
  SELECT s.kind, s.relation, '42809',
         format('changes of %s cannot be notified: rows of its partition %s are on another server', s.relation, min(c.oid::regclass::text)),
         'Without notifications, cached answers live until their time is over.'
  FROM tailor_search_subjects() AS s, pg_partition_tree(s.relation) AS p JOIN pg_class AS c ON c.oid = p.relid::oid
  WHERE s.relkind = 'p' AND c.relkind = 'f' GROUP BY s.kind, s.relation
  UNION ALL
  SELECT f.* FROM tailor_search_foreign_triggers('tailor_search_changed', 'tailor_search_changed'::regproc) AS f
  UNION ALL
  SELECT f.* FROM tailor_search_foreign_triggers('tailor_search_truncated', 'tailor_search_changed'::regproc) AS f;
END;

-- Turns it on or off for those tables, by their owner's privileges. The triggers belong to the tables and travel with
-- them. ENABLE ALWAYS: also for a session_replication_role other than origin, as apply workers have it.
CREATE PROCEDURE tailor_search_notify_changes(enable boolean DEFAULT true)
  LANGUAGE plpgsql AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
  obstacle record;
  bound record;
BEGIN
  FOR obstacle IN EXECUTE pg_catalog.format('SELECT * FROM %I.tailor_search_notify_obstacles()', home) LOOP
    IF enable OR obstacle.relation IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = obstacle.code, MESSAGE = obstacle.message, HINT = obstacle.hint;
    END IF;
  END LOOP;
  FOR bound IN EXECUTE pg_catalog.format(
    'SELECT s.kind, s.name, t.tgname FROM %I.tailor_search_subjects() AS s
     LEFT JOIN pg_catalog.pg_trigger AS t ON NOT $1 AND t.tgrelid OPERATOR(pg_catalog.=) s.relation::pg_catalog.oid
       AND t.tgfoid OPERATOR(pg_catalog.=) %2$L::pg_catalog.regproc::pg_catalog.oid',
    home, pg_catalog.format('%I.tailor_search_changed', home)) USING enable
  LOOP
    IF enable THEN
      EXECUTE pg_catalog.format(
        'CREATE OR REPLACE TRIGGER tailor_search_changed AFTER INSERT OR UPDATE OR DELETE ON %s
           FOR EACH ROW EXECUTE FUNCTION %I.tailor_search_changed(%L);
         CREATE OR REPLACE TRIGGER tailor_search_truncated AFTER TRUNCATE ON %1$s
           FOR EACH STATEMENT EXECUTE FUNCTION %2$I.tailor_search_changed(%3$L);
         ALTER TABLE %1$s ENABLE ALWAYS TRIGGER tailor_search_changed, ENABLE ALWAYS TRIGGER tailor_search_truncated',
        bound.name, home, bound.kind);
    ELSIF bound.tgname IS NOT NULL THEN
      EXECUTE pg_catalog.format('DROP TRIGGER %I ON %s', bound.tgname, bound.name);
    END IF;
  END LOOP;
  EXECUTE pg_catalog.format('CALL %I.tailor_search_all_changed()', home);
END $$;

-- The point of a tailor from its latitude and longitude, which are all that the application writes.
CREATE FUNCTION tailor_search_point() RETURNS trigger
  LANGUAGE c AS 'MODULE_PATHNAME', 'tailor_search_point';

-- The indexes that a table should have: one that begins with the first column and has the others serves, whatever its name
-- and what else it has. %s is the schema of the extension.
CREATE FUNCTION tailor_search_indexes(OUT kind text, OUT method name, OUT columns text[], OUT use text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  VALUES ('tailor', 'btree'::name, ARRAY['%stailor_cell("locationPoint")', '"yearsExperience"', 'rating', '%stailor_indexed_skills(skills) COLLATE "C"'],
          'the native engine'),
         ('tailor', 'gist', ARRAY['"locationPoint"'], 'the SQL engine, which answers where the native one cannot'),
         ('user', 'btree', ARRAY['id'], 'users of the tailors found'),
         ('sample_work', 'btree', ARRAY['"tailorId"'], 'sample works of the tailors found');
END;

-- Does the column exist, and is it generated?
CREATE FUNCTION tailor_search_is_generated(relation regclass, "column" name) RETURNS boolean LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = $1::oid AND a.attname = $2 AND a.attgenerated <> '');
END;

-- What keeps setup from beginning, all of it: what keeps a search from being answered, but for the column that setup adds,
-- and what its triggers and indexes cannot work with.
CREATE FUNCTION tailor_search_obstacles(notify_changes boolean, OUT kind text, OUT relation regclass, OUT "column" text, OUT code text,
                                        OUT message text, OUT detail text, OUT hint text, OUT statement text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH subject AS (SELECT s.*, s.relkind IN ('r', 'p') AS is_table, c.relhassubclass
                   FROM tailor_search_subjects() AS s LEFT JOIN pg_class AS c ON c.oid = s.relation)
  SELECT s.kind, s.relation, NULL::text, '42P01', format('%s does not exist, or is not on the search_path: set tailor_search.%s_table',
                                                         current_setting(format('tailor_search.%s_table', s.kind)), s.kind), NULL, NULL, NULL
  FROM subject AS s WHERE s.relation IS NULL
  UNION ALL
  SELECT p.* FROM tailor_search_problems() AS p JOIN subject AS s ON s.kind = p.kind
  WHERE NOT (s.kind = 'tailor' AND s.is_table AND p.code = '42703' AND p."column" = 'locationPoint')
  UNION ALL
  SELECT s.kind, s.relation, g.name::text, '42809', format('column "%s" of table %s is generated, which a trigger cannot read', g.name, s.name),
         'The trigger makes "locationPoint" of latitude and longitude before the row has its generated columns.',
         'Have "locationPoint" generated as well, of the columns that latitude and longitude are made of.', NULL
  FROM subject AS s, (VALUES ('latitude'::name), ('longitude')) AS g (name)
  WHERE s.kind = 'tailor' AND s.is_table AND tailor_search_is_generated(s.relation, g.name)
    AND NOT tailor_search_is_generated(s.relation, 'locationPoint')
  UNION ALL
  SELECT s.kind, s.relation, NULL, '42809', format('table %s has inheritance children, which triggers and indexes of its own do not reach', s.name),
         NULL, 'Searches of it are answered by the SQL engine without setup; partitions can be set up.', NULL
  FROM subject AS s WHERE s.kind = 'tailor' AND s.relkind = 'r' AND s.relhassubclass
  UNION ALL
  SELECT f.kind, f.relation, NULL, f.code, f.message, NULL, f.hint, NULL
  FROM tailor_search_foreign_triggers('tailor_search_point', 'tailor_search_point'::regproc) AS f WHERE f.kind = 'tailor'
  UNION ALL
  SELECT o.kind, o.relation, NULL, o.code, o.message, NULL, o.hint, NULL
  FROM tailor_search_notify_obstacles() AS o JOIN subject AS s ON s.kind = o.kind
  WHERE notify_changes AND o.relation IS NOT NULL AND NOT (s.kind = 'tailor' AND s.relkind = 'r' AND s.relhassubclass)
    AND NOT EXISTS (SELECT FROM tailor_search_problems() AS p WHERE p.kind = o.kind AND p.code = '42809');
END;

-- Raises them, in one error.
CREATE FUNCTION tailor_search_refuse_obstacles(notify_changes boolean) RETURNS void
  LANGUAGE plpgsql STABLE AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
  found record;
BEGIN
  EXECUTE pg_catalog.format(
    'SELECT pg_catalog.count(*) AS count, pg_catalog.min(code) AS code, pg_catalog.min(message) AS message, pg_catalog.min(detail) AS detail,
            pg_catalog.string_agg(pg_catalog.concat_ws('': '', message, detail), E''\n'') AS messages,
            pg_catalog.string_agg(hint, E''\n'') AS hints,
            pg_catalog.min(code) FILTER (WHERE code OPERATOR(pg_catalog.=) ''42804'') AS type_code
     FROM %I.tailor_search_obstacles($1)', home) INTO found USING notify_changes;
  IF found.count OPERATOR(pg_catalog.>) 1 THEN
    RAISE EXCEPTION USING ERRCODE = COALESCE(found.type_code, found.code), DETAIL = found.messages, HINT = COALESCE(found.hints, ''),
      MESSAGE = pg_catalog.format('%s columns or tables cannot serve searches', found.count);
  ELSIF found.count OPERATOR(pg_catalog.=) 1 THEN
    RAISE EXCEPTION USING ERRCODE = found.code, MESSAGE = found.message, DETAIL = COALESCE(found.detail, ''), HINT = COALESCE(found.hints, '');
  END IF;
END $$;

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

-- The statement that has the point's trigger on a table fire for every change, an apply worker's, too; NULL if it does. On a
-- partition it can only be enabled: it is made on the partitioned table.
CREATE FUNCTION tailor_search_point_trigger(relation regclass, name text, home text, partition boolean) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE WHEN bool_or(t.tgenabled = 'A') THEN NULL
              WHEN count(*) > 0 THEN format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', $2, min(t.tgname))
              WHEN NOT $4 THEN format('CREATE OR REPLACE TRIGGER tailor_search_point BEFORE INSERT OR UPDATE ON %s '
                                      'FOR EACH ROW EXECUTE FUNCTION %s.tailor_search_point(); '
                                      'ALTER TABLE %1$s ENABLE ALWAYS TRIGGER tailor_search_point', $2, $3) END
  FROM pg_trigger AS t
  -- tgtype: BEFORE INSERT OR UPDATE FOR EACH ROW
  WHERE t.tgrelid = $1::oid AND t.tgfoid = 'tailor_search_point'::regproc::oid AND t.tgtype = 1 + 2 + 4 + 16
    AND t.tgqual IS NULL AND t.tgattr = '';
END;

-- The columns of an index, those that are only included, too; without the schema of the extension's functions, and without
-- the cast of a domain to its type.
CREATE FUNCTION tailor_search_index_columns(index oid, home text) RETURNS text[] LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT array_agg(CASE WHEN d.definition LIKE '%(%' THEN regexp_replace(replace(d.definition, $2 || '.tailor_', 'tailor_'), '\(([^():]+)::[^()]+\)$', '(\1)')
                        ELSE d.definition END ORDER BY n)
  FROM pg_index AS i, generate_series(1, i.indnatts) AS n, pg_get_indexdef($1, n, true) AS d (definition) WHERE i.indexrelid = $1;
END;

-- The index of a table that begins with the first of the columns and has the others, or NULL: a valid one, or one that was
-- left invalid (by CREATE INDEX CONCURRENTLY that failed) and could be mended.
CREATE FUNCTION tailor_search_index(relation regclass, method name, columns text[], home text, valid boolean)
  RETURNS regclass LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT min(i.indexrelid)::regclass
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam,
       tailor_search_index_columns(i.indexrelid, $4) AS has
  WHERE i.indrelid = $1::oid AND a.amname = $2 AND i.indpred IS NULL AND (i.indisvalid AND i.indisready) = $5 AND ($5 OR c.relkind = 'i')
    AND has[1] = $3[1] AND $3 <@ has;
END;

-- The one list behind setup, setup_sql and check: what there should be, in the order to make it, and how. Of a table that
-- has an obstacle only that is listed.
CREATE FUNCTION tailor_search_needs(notify_changes boolean, live boolean,
                                    OUT step int, OUT relation regclass, OUT need text, OUT met boolean, OUT detail text, OUT statement text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH home (name, postgis) AS (
    SELECT max(quote_ident(n.nspname)) FILTER (WHERE e.extname = 'tailor_search'),
           max(quote_ident(n.nspname)) FILTER (WHERE e.extname = 'postgis')
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace),
  obstacle AS MATERIALIZED (SELECT * FROM tailor_search_obstacles(notify_changes)),
  subject AS (SELECT s.*, NOT EXISTS (SELECT FROM obstacle AS o WHERE o.kind = s.kind) AS able FROM tailor_search_subjects() AS s),
  heap AS (SELECT h.* FROM tailor_search_heaps() AS h JOIN subject AS s ON s.kind = h.kind AND s.able),
  tailor AS MATERIALIZED (
    SELECT s.*, tailor_search_is_generated(s.relation, 'locationPoint') AS generated
    FROM subject AS s WHERE s.kind = 'tailor' AND s.relkind IN ('r', 'p') AND s.able),
  -- An index on a partitioned table takes those that its partitions have already, which need not be made under its lock.
  indexed AS (SELECT 6 AS step, kind, relation, name, CASE WHEN live THEN 'CONCURRENTLY ' END AS how FROM heap WHERE live OR NOT partition
              UNION ALL SELECT 7, kind, relation, name, NULL FROM subject WHERE relkind = 'p' AND able),
  index AS (SELECT t.*, i.method, i.use, i.columns, named.plain
            FROM indexed AS t JOIN tailor_search_indexes() AS i ON i.kind = t.kind,
                 LATERAL (SELECT array_agg(replace(format(c, ''), ' COLLATE "C"', '') ORDER BY n) FROM unnest(i.columns) WITH ORDINALITY AS u (c, n)) AS named (plain))
  SELECT 1 AS step, s.relation, 'table of kind ' || s.kind, s.relation IS NOT NULL,
         CASE WHEN s.relation IS NULL THEN (SELECT o.message FROM obstacle AS o WHERE o.kind = s.kind AND o.code = '42P01')
              WHEN s.relkind IN ('r', 'p') THEN s.name
              ELSE s.name || ' is no table: nothing is set up there, and the SQL engine answers' END,
         NULL::text
  FROM subject AS s
  UNION ALL
  SELECT 1, o.relation, CASE WHEN o."column" IS NOT NULL THEN format('column "%s" of %s', o."column", s.name) ELSE 'setup of ' || s.name END,
         false, concat_ws(': ', o.message, o.detail, o.hint), o.statement
  FROM obstacle AS o JOIN subject AS s ON s.kind = o.kind WHERE o.relation IS NOT NULL
  UNION ALL
  SELECT 2, t.relation, 'column "locationPoint"',
         EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = t.relation::oid AND a.attname = 'locationPoint'),
         'where a tailor is, for searches',
         format('ALTER TABLE %s ADD COLUMN "locationPoint" %s.geography(Point,4326)', t.name, h.postgis)
  FROM tailor AS t, home AS h
  UNION ALL
  SELECT 3, t.relation, 'trigger for "locationPoint"' || CASE WHEN t.partition THEN ' of ' || t.name ELSE '' END, p.statement IS NULL,
         'keeps the point in step with latitude and longitude, which are all that the application writes; also of rows that are replicated',
         p.statement
  FROM (SELECT s.relation, s.name, false FROM tailor AS s WHERE NOT s.generated
        UNION ALL SELECT x.relation, x.name, true FROM tailor AS s JOIN heap AS x ON x.kind = s.kind AND x.partition WHERE NOT s.generated)
       AS t (relation, name, partition), home AS h, tailor_search_point_trigger(t.relation, t.name, h.name, t.partition) AS p (statement)
  UNION ALL
  SELECT 4, t.relation, 'points', t.generated OR NOT tailor_search_lacks_points(t.name), 'tailors with latitude and longitude have a point',
         format('UPDATE %s SET latitude = latitude WHERE "locationPoint" IS NULL AND latitude IS NOT NULL AND longitude IS NOT NULL',
                t.name)
  FROM tailor AS t
  UNION ALL
  SELECT i.step, i.relation, format('index on %s (%s)', i.name, i.plain[1]),
         tailor_search_index(i.relation, i.method, i.plain, h.name, true) IS NOT NULL,
         'for ' || i.use,
         coalesce('REINDEX INDEX ' || concat(i.how) || tailor_search_index(i.relation, i.method, i.plain, h.name, false),
                  format('CREATE INDEX %sON %s USING %s (%s)', i.how, i.name, i.method,
                         replace(array_to_string(i.columns, ', '), '%s', h.name || '.')))
  FROM index AS i, home AS h
  UNION ALL
  SELECT 8, t.relation, format('no plain skills in the index %s', x.name), false,
         'a row whose skills do not fit into the index (2,700 bytes) is refused',
         format('DROP INDEX %s%s', CASE WHEN live AND x.relkind = 'i' THEN 'CONCURRENTLY ' END, x.name)
  FROM tailor AS t, home AS h,
       LATERAL (SELECT c.relkind, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
                FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
                JOIN pg_attribute AS b ON b.attrelid = i.indrelid AND b.attname = 'skills' AND b.attnum = ANY (i.indkey::int2[])
                WHERE NOT c.relispartition AND (i.indrelid = t.relation::oid OR i.indrelid IN (SELECT x.relation::oid FROM heap AS x WHERE x.kind = 'tailor'))
                  AND (tailor_search_index_columns(i.indexrelid, h.name))[1] = 'tailor_cell("locationPoint")')
       AS x (relkind, name)
  UNION ALL
  SELECT 9, NULL, 'notification of changes', tailor_search_notifies_changes() OR NOT notify_changes,
         CASE WHEN tailor_search_notifies_changes() THEN 'cached answers are gone at once when something changes in their area'
              ELSE 'not on: cached answers live for a short time only' END,
         format('CALL %s.tailor_search_notify_changes()', h.name)
  FROM home AS h
  UNION ALL
  SELECT 10, t.relation, 'vacuumed ' || t.name, c.reltuples >= 0 AND c.relallvisible >= 0.9 * c.relpages,
         'at least 90 % of its pages are all-visible, so that what is in an index need not be looked up in the table',
         format('VACUUM (ANALYZE) %s', t.name)
  FROM heap AS t JOIN pg_class AS c ON c.oid = t.relation::oid
  ORDER BY 1, 3;
END;

-- What the next migration of Prisma Migrate would drop, where its table of migrations stands beside the tables: it knows tables,
-- columns and plain indexes of its schema, and drops those that schema.prisma does not describe.
CREATE FUNCTION tailor_search_prisma(OUT need text, OUT met boolean, OUT detail text, OUT statement text)
  RETURNS SETOF record LANGUAGE sql STABLE
BEGIN ATOMIC
  WITH subject AS MATERIALIZED (
    SELECT s.relation, s.name, c.relnamespace AS schema
    FROM tailor_search_subjects() AS s JOIN pg_class AS c ON c.oid = s.relation::oid
    WHERE EXISTS (SELECT FROM pg_class AS p WHERE p.relname = '_prisma_migrations' AND p.relnamespace = c.relnamespace))
  SELECT 'the extension apart from Prisma''s schema', NOT EXISTS (SELECT FROM subject AS s WHERE s.schema = e.extnamespace),
         'in the schema of the tables, Prisma Migrate would drop the table tailor_place (docs/prisma.md)',
         'CREATE SCHEMA IF NOT EXISTS tailor_search; ALTER EXTENSION tailor_search SET SCHEMA tailor_search'
  FROM pg_extension AS e WHERE e.extname = 'tailor_search' AND EXISTS (SELECT FROM subject)
  UNION ALL
  SELECT format('no INCLUDE in the index %s.%s', quote_ident(n.nspname), quote_ident(c.relname)), false,
         'schema.prisma cannot describe INCLUDE, so Prisma Migrate would drop it: an index with all columns as keys serves as well',
         format('DROP INDEX %s.%s; CREATE INDEX ON %s (%s)', quote_ident(n.nspname), quote_ident(c.relname), s.name,
                (SELECT string_agg(pg_get_indexdef(i.indexrelid, k::int, false) ||
                                   CASE WHEN k <= i.indnkeyatts AND (i.indoption::int2[])[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END, ', ' ORDER BY k)
                 FROM generate_series(1, i.indnatts) AS k))
  FROM subject AS s JOIN pg_index AS i ON i.indrelid = s.relation::oid JOIN pg_class AS c ON c.oid = i.indexrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE i.indnatts > i.indnkeyatts AND i.indexprs IS NULL AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conindid = i.indexrelid);
END;

-- The migration for Prisma Migrate: all of it may run in a transaction, and again. The indexes have the names that Prisma gives them.
CREATE FUNCTION tailor_search_migration_sql(notify_changes boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
  postgis name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                   JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                   WHERE e.extname OPERATOR(pg_catalog.=) 'postgis');
  tailor name; users name; work name; beside boolean;
BEGIN
  EXECUTE pg_catalog.format(
    'SELECT max(c.relname) FILTER (WHERE t.kind OPERATOR(pg_catalog.=) ''tailor''),
            max(c.relname) FILTER (WHERE t.kind OPERATOR(pg_catalog.=) ''user''),
            max(c.relname) FILTER (WHERE t.kind OPERATOR(pg_catalog.=) ''sample_work''),
            coalesce(bool_or(n.nspname OPERATOR(pg_catalog.=) %L), false)
     FROM %I.tailor_search_tables() AS t JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.relation
     JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace', home, home)
    INTO tailor, users, work, beside;
  IF beside THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = pg_catalog.format('the extension is in the schema of the tables, %I: Prisma Migrate would drop its table tailor_place', home),
      HINT = 'CREATE SCHEMA IF NOT EXISTS tailor_search; ALTER EXTENSION tailor_search SET SCHEMA tailor_search;';
  END IF;
  tailor := coalesce(tailor, 'Tailor');
  users := coalesce(users, 'User');
  work := coalesce(work, 'SampleWork');
  RETURN QUERY VALUES
    (pg_catalog.format('CREATE SCHEMA IF NOT EXISTS %I;', home)),
    (pg_catalog.format('CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA %I;', postgis)),
    (pg_catalog.format('CREATE EXTENSION IF NOT EXISTS tailor_search WITH SCHEMA %I;', home)),
    (pg_catalog.format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS "locationPoint" %I.geography(Point, 4326);', tailor, postgis)),
    (pg_catalog.format('CREATE INDEX IF NOT EXISTS %I ON %I USING GIST ("locationPoint");', tailor OPERATOR(pg_catalog.||) '_locationPoint_idx', tailor)),
    (pg_catalog.format('CREATE INDEX IF NOT EXISTS %I ON %I ("id", "name", "email");', users OPERATOR(pg_catalog.||) '_id_name_email_idx', users)),
    (pg_catalog.format('CREATE INDEX IF NOT EXISTS %I ON %I ("tailorId", "createdAt" DESC, "id", "imageUrl", "description");',
                       work OPERATOR(pg_catalog.||) '_tailorId_createdAt_id_imageUrl_description_idx', work)),
    (pg_catalog.format('CALL %I.tailor_search_setup(notify_changes => %s);', home, CASE WHEN notify_changes THEN 'true' ELSE 'false' END));
END $$;

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
    'SELECT need, met, detail, CASE WHEN NOT met THEN statement END FROM %1$I.tailor_search_needs($1, true)
     UNION ALL SELECT need, met, detail, CASE WHEN NOT met THEN statement END FROM %1$I.tailor_search_prisma()', home) USING notify_changes;
  need := 'functions, library and files of one version';
  EXECUTE pg_catalog.format(
    'SELECT e.extversion OPERATOR(pg_catalog.=) l.version AND e.extversion OPERATOR(pg_catalog.=) f.version,
            pg_catalog.format(''functions of %%s, library of this session of %%s, files on the server of %%s%%s'', e.extversion, l.version, f.version,
                              CASE WHEN l.version OPERATOR(pg_catalog.<>) f.version THEN '': connect again'' END),
            CASE WHEN e.extversion OPERATOR(pg_catalog.<>) f.version THEN ''ALTER EXTENSION tailor_search UPDATE'' END
     FROM pg_catalog.pg_extension AS e CROSS JOIN %I.tailor_search_version() AS l (version)
     LEFT JOIN pg_catalog.pg_available_extensions AS a ON a.name OPERATOR(pg_catalog.=) e.extname
     CROSS JOIN LATERAL (SELECT coalesce(a.default_version, l.version)) AS f (version)
     WHERE e.extname OPERATOR(pg_catalog.=) ''tailor_search''', home) INTO ok, detail, statement;
  RETURN NEXT;
  statement := NULL;
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
CREATE FUNCTION tailor_search_setup_sql(notify_changes boolean DEFAULT false)
  RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
BEGIN
  EXECUTE pg_catalog.format('SELECT %I.tailor_search_refuse_obstacles($1)', home) USING notify_changes;
  RETURN QUERY EXECUTE pg_catalog.format(
    'SELECT pg_catalog.concat(statement, '';'') FROM %I.tailor_search_needs($1, true)
     WHERE NOT met AND statement IS NOT NULL ORDER BY step, need', home) USING notify_changes;
END $$;

-- Makes what is missing, in one transaction, after all has been checked that could keep it from that. Changes of the tables
-- wait until it is done.
CREATE PROCEDURE tailor_search_setup(notify_changes boolean DEFAULT false)
  LANGUAGE plpgsql AS $$
DECLARE
  home name := (SELECT n.nspname FROM pg_catalog.pg_extension AS e
                JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) e.extnamespace
                WHERE e.extname OPERATOR(pg_catalog.=) 'tailor_search');
  needs text := pg_catalog.format('%I.tailor_search_needs($1, false) WHERE NOT met', home);
  of_others text[];
  missing record;
BEGIN
  EXECUTE pg_catalog.format('SELECT %I.tailor_search_refuse_obstacles($1)', home) USING notify_changes;
  EXECUTE pg_catalog.format(
    'SELECT pg_catalog.array_agg(name ORDER BY name) FROM (
       SELECT s.name FROM %I.tailor_search_subjects() AS s JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) s.relation
       WHERE NOT pg_catalog.pg_has_role(c.relowner, ''USAGE'')
         AND EXISTS (SELECT FROM %s AND step OPERATOR(pg_catalog.<) 10
                     AND (relation OPERATOR(pg_catalog.=) s.relation OR step OPERATOR(pg_catalog.=) 9))) AS of_others', home, needs)
    INTO of_others USING notify_changes;
  IF pg_catalog.cardinality(of_others) OPERATOR(pg_catalog.>) 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', HINT = 'Call it as the owner, or hand him the script of tailor_search_setup_sql().',
      MESSAGE = pg_catalog.concat(CASE WHEN pg_catalog.cardinality(of_others) OPERATOR(pg_catalog.>) 1 THEN 'only their owner can set up these tables: '
                                       ELSE 'only its owner can set up this table: ' END, pg_catalog.array_to_string(of_others, ', '));
  END IF;
  FOR missing IN EXECUTE pg_catalog.concat('SELECT * FROM ', needs) USING notify_changes
  LOOP
    IF pg_catalog.starts_with(missing.statement, 'VACUUM') THEN
      RAISE NOTICE 'still to do, which no transaction can: %', missing.statement;
    ELSE
      EXECUTE missing.statement;
    END IF;
  END LOOP;
  EXECUTE pg_catalog.format('CALL %I.tailor_search_all_changed()', home);
END $$;

-- Named places, for searches "near MG_ROAD". The rows belong to the database: pg_dump takes them along.
CREATE TABLE tailor_place (
  name text PRIMARY KEY CHECK (name <> ''),
  latitude float8 NOT NULL CHECK (latitude BETWEEN -90 AND 90),
  longitude float8 NOT NULL CHECK (longitude BETWEEN -180 AND 180),
  built_in boolean NOT NULL GENERATED ALWAYS AS (name IN ('MG_ROAD', 'COMMERCIAL_STREET')) STORED
);
GRANT SELECT ON tailor_place TO PUBLIC;

INSERT INTO tailor_place (name, latitude, longitude) VALUES
  ('MG_ROAD', 12.9716, 77.5946),
  ('COMMERCIAL_STREET', 12.9833, 77.6089);

-- A restore begins with CREATE EXTENSION, which brings the built-in places. So a dump has the other places, and of the
-- built-in ones what was done to them: where they were put; no coordinates: deleted.
CREATE TABLE tailor_place_edit (
  name text PRIMARY KEY,
  latitude float8,
  longitude float8
);

-- Records what is done to built-in places, by whatever role: so with its owner's rights, and for the table above alone.
CREATE FUNCTION tailor_place_edited() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  record text := format('INSERT INTO %I.tailor_place_edit AS e VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE
                           SET latitude = excluded.latitude, longitude = excluded.longitude
                           WHERE (e.latitude, e.longitude) IS DISTINCT FROM (excluded.latitude, excluded.longitude)', TG_TABLE_SCHEMA);
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    EXECUTE format('DELETE FROM %I.tailor_place WHERE built_in', TG_TABLE_SCHEMA);  -- which is recorded row by row
    RETURN NULL;
  END IF;
  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND NEW.name <> OLD.name THEN
    IF OLD.built_in THEN
      EXECUTE record USING OLD.name, NULL::float8, NULL::float8;
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    IF NEW.built_in THEN
      EXECUTE record USING NEW.name, NEW.latitude, NEW.longitude;
    END IF;
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION tailor_place_edited() FROM PUBLIC;

-- Does it again, when a restore copies the record.
CREATE FUNCTION tailor_place_restore() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.latitude IS NULL THEN
    EXECUTE format('DELETE FROM %I.tailor_place WHERE name = $1', TG_TABLE_SCHEMA) USING NEW.name;
  ELSE
    EXECUTE format('INSERT INTO %I.tailor_place (name, latitude, longitude) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE
                      SET latitude = excluded.latitude, longitude = excluded.longitude', TG_TABLE_SCHEMA)
      USING NEW.name, NEW.latitude, NEW.longitude;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER tailor_search_edited AFTER INSERT OR UPDATE OR DELETE ON tailor_place
  FOR EACH ROW EXECUTE FUNCTION tailor_place_edited();
CREATE TRIGGER tailor_search_emptied BEFORE TRUNCATE ON tailor_place
  FOR EACH STATEMENT EXECUTE FUNCTION tailor_place_edited();
-- A restore's INSERT or COPY is in no trigger; the record of an edit is made in one.
CREATE TRIGGER tailor_search_restore AFTER INSERT ON tailor_place_edit
  FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION tailor_place_restore();
-- The owner of the application's tables need not own this one, so it always notifies of its changes.
CREATE TRIGGER tailor_search_changed AFTER INSERT OR UPDATE OR DELETE ON tailor_place
  FOR EACH ROW EXECUTE FUNCTION tailor_search_changed('place');
CREATE TRIGGER tailor_search_truncated AFTER TRUNCATE ON tailor_place
  FOR EACH STATEMENT EXECUTE FUNCTION tailor_search_changed('place');
ALTER TABLE tailor_place ENABLE ALWAYS TRIGGER tailor_search_edited, ENABLE ALWAYS TRIGGER tailor_search_emptied,
  ENABLE ALWAYS TRIGGER tailor_search_changed, ENABLE ALWAYS TRIGGER tailor_search_truncated;
ALTER TABLE tailor_place_edit ENABLE ALWAYS TRIGGER tailor_search_restore;

SELECT pg_catalog.pg_extension_config_dump('tailor_place', 'WHERE NOT built_in');
SELECT pg_catalog.pg_extension_config_dump('tailor_place_edit', '');

-- What front ends have cached may be of tables and places that were here before.
CALL tailor_search_all_changed();

COMMENT ON FUNCTION tailor_search(float8, float8, float8, text[], int, int, float8, text, int, int, int, boolean, float8, float8, float8, float8, int, text, text)
  IS 'tailors within max_distance_km of a latitude and longitude (degrees), or within a box: one page, with the exact total';
COMMENT ON FUNCTION tailor_search_near(geography, float8, text[], int, int, float8, text, int, int, int, boolean, float8, float8, float8, float8, int, text, text)
  IS 'tailors within max_distance_km of a point: one page, with the exact total';
COMMENT ON FUNCTION tailor_search_json(float8, float8, float8, text[], int, int, float8, text, int, int, int, boolean, float8, float8, float8, float8, int, text, text, boolean, int)
  IS 'the page of tailor_search as one JSON document';
COMMENT ON FUNCTION tailor_search_json_near(geography, float8, text[], int, int, float8, text, int, int, int, boolean, float8, float8, float8, float8, int, text, text, boolean, int)
  IS 'the page of tailor_search as one JSON document';
COMMENT ON FUNCTION tailor_search_page(float8, float8, float8, text[], int, int, float8, text, int, int, int, boolean, float8, float8, float8, float8, int, text, text, boolean, int)
  IS 'the same, and the ids of the tailors and users that it shows';
COMMENT ON FUNCTION tailor_search_version() IS 'the version of the library that this session has loaded';
COMMENT ON FUNCTION tailor_search_facets(float8, float8, float8, text[], int, int, float8, boolean, float8, float8, float8, float8, text)
  IS 'how many tailors by skill, rating and experience, each under all other filters but its own';
COMMENT ON FUNCTION tailor_search_facets_near(geography, float8, text[], int, int, float8, boolean, float8, float8, float8, float8, text)
  IS 'how many tailors by skill, rating and experience, each under all other filters but its own';
COMMENT ON FUNCTION tailor_search_clusters(float8, float8, float8, text[], int, int, float8, float8, float8, float8, float8, text, int)
  IS 'how many tailors are in each cell of a map, and where';
COMMENT ON FUNCTION tailor_search_clusters_near(geography, float8, text[], int, int, float8, float8, float8, float8, float8, text, int)
  IS 'how many tailors are in each cell of a map, and where';
COMMENT ON FUNCTION tailor_cell(geography) IS 'S2 leaf cell of a point, the key of the covering index';
COMMENT ON FUNCTION tailor_indexed_skills(text[]) IS 'the skills for the covering index; {NULL} if they are too long for it';
COMMENT ON FUNCTION tailor_search_explain(float8, float8, float8, text[], int, int, float8, text, int, int, int, boolean, float8, float8, float8, float8, int, text, text, boolean, int)
  IS 'what tailor_search does with these arguments: engine, reads, milliseconds';
COMMENT ON FUNCTION tailor_search_explain_near(geography, float8, text[], int, int, float8, text, int, int, int, boolean, float8, float8, float8, float8, int, text, text, boolean, int)
  IS 'what tailor_search does with these arguments: engine, reads, milliseconds';
COMMENT ON FUNCTION tailor_by_id_json(text) IS 'one tailor with user and all sample works as JSON';
COMMENT ON FUNCTION tailor_by_id_page(text) IS 'the same, and the ids of the tailor and user that it shows';
COMMENT ON PROCEDURE tailor_search_notify_changes(boolean) IS 'notify listeners where tailors, users and sample works change, or no longer';
COMMENT ON FUNCTION tailor_search_notifies_changes() IS 'are changes of the tables that the settings name notified?';
COMMENT ON FUNCTION tailor_search_tables() IS 'the tables that the settings name';
COMMENT ON PROCEDURE tailor_search_setup(boolean) IS 'make what is missing: the point column and its trigger, points, indexes, notification of changes';
COMMENT ON FUNCTION tailor_search_setup_sql(boolean) IS 'the same as statements for a live table';
COMMENT ON FUNCTION tailor_search_migration_sql(boolean) IS 'a migration for Prisma Migrate that makes all that a search wants';
COMMENT ON FUNCTION tailor_search_check(boolean) IS 'the doctor: what there should be, whether it is, and what mends it';
COMMENT ON TABLE tailor_place IS 'named places to search around; latitude and longitude in degrees, WGS 84';
COMMENT ON TABLE tailor_place_edit IS 'what was done to built-in places, for pg_dump; edit tailor_place instead';
