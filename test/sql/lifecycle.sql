-- From CREATE EXTENSION to DROP EXTENSION, and what the planner is told.
\ir include/tables.psql
SELECT * FROM no_plan();

-- The functions as the catalog and the planner see them.
SELECT is(string_agg(DISTINCT concat_ws(' ', provolatile, proparallel, prosecdef, proleakproof), ', '), 's r f f',
          'stable, parallel restricted, with the caller''s rights')
FROM pg_proc WHERE proname IN ('tailor_search', 'tailor_search_json', 'tailor_by_id_json');
CREATE FUNCTION planned_rows(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
  RETURN plan#>>'{0,Plan,"Plan Rows"}';
END $$;
SELECT is(planned_rows(query), rows::float8, 'rows planned: ' || query) FROM (VALUES
  ('SELECT * FROM tailor_search(0, 0)', 12), ('SELECT * FROM tailor_search(0, 0, page_size => 1)', 1),
  ('SELECT * FROM tailor_search(0, 0, page_size => 77)', 77), ('SELECT * FROM tailor_search(page_size => 33, lng => 0, lat => 0)', 33),
  ($$SELECT * FROM tailor_search_near('POINT(0 0)'::geography, page_size => 50)$$, 50), ('SELECT * FROM tailor_search(0, 0, page_size => 40 + 4)', 44),
  ('SELECT * FROM tailor_search(0, 0, page_size => (random() * 10)::int + 1)', 12), ('SELECT * FROM tailor_search(0, 0, page_size => NULL)', 12),
  ('SELECT * FROM tailor_search(0, 0, page_size => -5)', 1), ('SELECT tailor_search(0, 0, page_size => 9)', 9),
  ('SELECT tailor_search(0, 0, page_size => 9) UNION SELECT tailor_search(page_size => 8, lat => 0, lng => 0)', 17),
  ('SELECT s.id FROM generate_series(1, 10) n, LATERAL tailor_search(n, 0, page_size => 6) s', 60)) queries (query, rows);
SELECT is(planned_rows('SELECT DISTINCT (tailor_search(lng => 0, lat => 0)).id') > 0, true, 'defaults filled in or not, the planner gets a number');
SELECT ok(NOT pg_get_functiondef(oid) ~ 'IMMUTABLE', proname || ' is not folded to a constant') FROM pg_proc WHERE proname LIKE 'tailor\_search%';

-- Both extensions in schemas of their own, off the search_path.
DROP EXTENSION tailor_search CASCADE;
DROP TABLE "Tailor", "User", "SampleWork" CASCADE;
DROP TYPE "Role";
DROP EXTENSION postgis CASCADE;
CREATE SCHEMA "G I S";
CREATE SCHEMA "ext""s";
SET search_path = public, "G I S";
CREATE EXTENSION postgis SCHEMA "G I S";
CREATE EXTENSION tailor_search SCHEMA "ext""s";
\ir ../../data/schema.sql
SET search_path = public;
INSERT INTO "User" VALUES ('u', 'u@example.com', 'secret', 'TAILOR', 'U', '2024-01-01', '2024-01-01');
INSERT INTO "Tailor" (id, "userId", "updatedAt", "locationPoint") VALUES ('t', 'u', '2024-01-01', 'POINT(0 0)');
SELECT is((SELECT string_agg(id, ' ') FROM "ext""s".tailor_search(0, 0.01, include_unlocated => true, skills => NULL)), 't', 'rows');
SELECT is("ext""s".tailor_search_json_near('POINT(0 0)'::"G I S".geography)#>>'{data,0,id}', 't', 'JSON, by a point');
SELECT is("ext""s".tailor_by_id_json('t')#>>'{data,user,name}', 'U', 'one tailor');
SELECT is((SELECT count(*) FROM "ext""s".tailor_place WHERE built_in), 2::bigint, 'named places');
INSERT INTO "ext""s".tailor_place VALUES ('HOME', 3, 4);
SELECT throws_ok($$INSERT INTO "ext""s".tailor_place VALUES ('HOME', 5, 6)$$, '23505', NULL, 'a name is taken once');
SELECT throws_ok($$INSERT INTO "ext""s".tailor_place VALUES ('MG_ROAD', 5, 6)$$, '23505', NULL, '… a built-in one, too');
INSERT INTO "ext""s".tailor_place VALUES ('MG_ROAD', 5, 6) ON CONFLICT DO NOTHING;
SELECT is((SELECT latitude FROM "ext""s".tailor_place WHERE name = 'MG_ROAD'), 12.9716::float8, '… and then nothing is done where nothing is to be done');
SELECT throws_ok(format($$INSERT INTO "ext""s".tailor_place VALUES (%s)$$, bad), code, NULL, 'no place: ' || bad) FROM (VALUES
  ($$'', 0, 0$$, '23514'), ($$'X', 91, 0$$, '23514'), ($$'X', 0, -181$$, '23514'), ($$'X', 'NaN', 0$$, '23514'), ($$'X', 0, 'NaN'$$, '23514'),
  ($$NULL, 0, 0$$, '23502'), ($$'X', NULL, 0$$, '23502'), ($$'X', 0, NULL$$, '23502')) bad_places (bad, code);

-- Moved while it is in use.
ALTER EXTENSION tailor_search SET SCHEMA public;
SELECT is(tailor_search_json(0, 0)#>>'{data,0,id}', 't', 'ALTER EXTENSION SET SCHEMA');
UPDATE tailor_place SET latitude = 1 WHERE name = 'COMMERCIAL_STREET';
SELECT is((SELECT latitude FROM tailor_place_edit WHERE name = 'COMMERCIAL_STREET'), 1::float8, '… the places'' trigger has moved along');

-- Removed: the application's tables are none of its business.
CREATE VIEW rows_before AS SELECT t, u, w FROM "Tailor" t LEFT JOIN "User" u ON true LEFT JOIN "SampleWork" w ON true;
SELECT rows_before::text AS before FROM rows_before \gset
SELECT count(*) AS objects FROM pg_depend WHERE refobjid IN ('"Tailor"'::regclass, '"User"'::regclass, '"SampleWork"'::regclass) \gset
DROP EXTENSION tailor_search CASCADE;
SELECT is((SELECT rows_before::text FROM rows_before), :'before'::text, 'DROP EXTENSION leaves every row');
SELECT is((SELECT count(*) FROM pg_depend WHERE refobjid IN ('"Tailor"'::regclass, '"User"'::regclass, '"SampleWork"'::regclass)), :objects::bigint,
          '… and every index, default and constraint');
SELECT is((SELECT count(*) FROM pg_proc WHERE proname LIKE 'tailor\_%') + (SELECT count(*) FROM pg_class WHERE relname LIKE 'tailor\_%'), 0::bigint, '… and nothing of its own');
SELECT throws_ok('CREATE EXTENSION tailor_search VERSION ''0.0''', '22023', NULL, 'an unknown version');
SELECT * FROM finish();
