-- The native engine: chosen where it is sure to give the SQL engine's answer, with the reason told where it is not.
\ir include/tables.psql
SELECT * FROM no_plan();
DROP ROLE IF EXISTS tailor_test_native;
CREATE ROLE tailor_test_native;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO tailor_test_native;
DROP INDEX IF EXISTS tailor_cell_idx;

CREATE FUNCTION engine(arguments text = '0, 0', as_role name = NULL) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(o.value, o.code || ' ' || o.message)
  FROM outcome_of(format('SELECT engine || '': '' || reason FROM tailor_search_explain(%s)', arguments), as_role) o;
$$;
CREATE FUNCTION documents_differ(arguments text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE native text; am text; sql text;
BEGIN
  SET LOCAL tailor_search.engine = native;
  EXECUTE format('SELECT tailor_search_json(%s)', arguments) INTO native;
  SET LOCAL tailor_search.index_access = am;
  EXECUTE format('SELECT tailor_search_json(%s)', arguments) INTO am;
  SET LOCAL tailor_search.index_access = auto;
  SET LOCAL tailor_search.engine = sql;
  EXECUTE format('SELECT tailor_search_json(%s)', arguments) INTO sql;
  SET LOCAL tailor_search.engine = auto;
  RETURN native IS DISTINCT FROM sql OR am IS DISTINCT FROM sql;
END $$;

-- The cell of a point.
SELECT is(tailor_cell(ST_GeogFromText('POINT EMPTY')), NULL, 'an empty point has no cell');
SELECT is(tailor_cell(NULL), NULL, 'no point, no cell');
SELECT is(tailor_cell(ST_GeogFromText('POINT(77.5946 12.9716)')), tailor_cell(ST_GeogFromText('POINT Z (77.5946 12.9716 900)')), 'Z is left out of account');
SELECT isnt(tailor_cell(ST_GeogFromText('POINT(77.5946 12.9716)')), tailor_cell(ST_GeogFromText('POINT(77.5946 12.9717)')), 'eleven metres are another cell');
SELECT is(error_code($$SELECT tailor_cell(ST_GeogFromText('LINESTRING(0 0, 1 1)'))$$), '22023', 'a line has no cell');

-- Which engine, and why.
SELECT add_tailor('a', 0, 0, '{HEMMING}', 5, 4), add_tailor('b', 0, 0.01, '{STITCHING}', NULL, 5), add_tailor('c', 0, 0.02), add_tailor('none');
SELECT add_work('a', 'w1', '2024-01-01'), add_work('a', 'w2', '2024-01-03'), add_work('a', 'w3', '2024-01-02'), add_work('a', 'w0', '2024-01-03');
SELECT is(engine(), 'sql: "Tailor" has no covering index on tailor_cell("locationPoint")', 'without the index');
CREATE INDEX not_covering ON "Tailor" (tailor_cell("locationPoint"));
SELECT matches(engine(), 'no covering index', 'an index without the filters'' columns does not cover');
CREATE INDEX partial ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C") WHERE rating > 1;
SELECT matches(engine(), 'no covering index', 'nor does a partial one');
CREATE INDEX tailor_cell_idx ON "Tailor" (tailor_cell("locationPoint")) INCLUDE (skills, rating, "yearsExperience", id);
SELECT matches(engine(), '^native', 'an index made in the session is used at once, whatever the order of its columns');
SET tailor_search.engine = sql;
SELECT is(engine(), 'sql: tailor_search.engine is sql', 'as demanded');
SET tailor_search.engine = native;
DROP INDEX "SampleWork_tailorId_idx";
SELECT matches(engine(), '^55000 .*"SampleWork" has no B-tree index that begins with "tailorId"', 'demanded, but it cannot');
RESET tailor_search.engine;
CREATE INDEX "SampleWork_tailorId_idx" ON "SampleWork" ("tailorId", "createdAt" DESC);
SELECT matches(engine(), '^native', 'any index that begins with the key');
SET tailor_search.index_access = am;
SELECT is(engine(), 'native: the tables have what it needs; access methods read the indexes', 'the other way to read indexes, as demanded');
RESET tailor_search.index_access;
SELECT throws_ok('SET tailor_search.index_access = btree', '22023', NULL, 'a way that does not exist');
SET tailor_search.max_distance_km = 2000;
SELECT matches(engine('0, 0, 501'), '^sql: the radius', 'beyond the radius that the bounds hold for');
RESET tailor_search.max_distance_km;

-- Privileges and policies are those of a SELECT.
SELECT matches(engine('0, 0', 'tailor_test_native'), '^native', 'with the privileges');
REVOKE SELECT ON "User" FROM tailor_test_native;
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_native'), '42501', 'without one: PostgreSQL''s own error');
GRANT SELECT (id, name, email) ON "User" TO tailor_test_native;
SELECT matches(engine('0, 0', 'tailor_test_native'), '^native', 'privileges on the columns suffice');
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_b ON "Tailor" USING (id = 'b');
SELECT is(engine('0, 0', 'tailor_test_native'), 'sql: row-level security applies', 'policies are the SQL engine''s');
SELECT is(found('0, 0', 'tailor_test_native'), 'b', '… and hold');
SELECT matches(engine(), '^native', 'they do not apply to the owner');
ALTER TABLE "Tailor" DISABLE ROW LEVEL SECURITY;
CREATE TABLE child () INHERITS ("Tailor");
SELECT is(engine(), 'sql: "Tailor" has inheritance children', 'children are the SQL engine''s');
DROP TABLE child;
ANALYZE "Tailor";

-- The rows of the caller's snapshot, whatever the visibility map says.
SELECT is(found('0, 0'), 'a b c', 'before');
SELECT add_tailor('d', 0, 0.005);
SELECT is(found('0, 0'), 'a d b c', 'own uncommitted row');
UPDATE "Tailor" SET rating = 3 WHERE id = 'd';
UPDATE "Tailor" SET location = 'HOT' WHERE id = 'b';
UPDATE "Tailor" SET "locationPoint" = ST_SetSRID(ST_MakePoint(0.03, 0), 4326)::geography WHERE id = 'a';
DELETE FROM "Tailor" WHERE id = 'c';
SELECT is(found('0, 0'), 'd b a', 'updated, moved and deleted rows');
SELECT is(found('0, 0, min_rating => 3'), 'd b a', 'filters see the updated values');
SELECT ok(NOT documents_differ('0, 0'), 'the same document');
SELECT ok(NOT documents_differ('0, 0, include_unlocated => true, page_size => 2, page => 2'), '… with unlocated rows');

-- Rows that the bounds cannot tell apart: many at one point, a centimetre apart, and on the circle.
SELECT add_tailor('same ' || n, 10, 10, rating => n % 3) FROM generate_series(1, 40) n;
SELECT add_tailor('near ' || n, 10, 10 + n * 1e-7) FROM generate_series(1, 40) n;
SELECT ok(NOT documents_differ(format('10, 10, %s, sort_by => %L, page => %s, page_size => 7', radius, sort_by, page)), format('near ties: %s km by %s, page %s', radius, sort_by, page))
FROM unnest('{1e-12, 1e-5, 1.1e-4, 1}'::float8[]) radius, unnest('{distance,rating}'::text[]) sort_by, generate_series(1, 13, 4) page;
SELECT ok(NOT documents_differ(format('10, 10, %s, page_size => 100', ST_Distance("locationPoint", ST_MakePoint(10, 10)::geography) / 1000)), 'the radius is the distance of ' || id)
FROM "Tailor" WHERE id ~ '^near .5$';

-- Circles over poles and the date line.
SELECT add_tailor('pole ' || n, 89.99, n * 30 - 180), add_tailor('south ' || n, -89.99, n * 30 - 180), add_tailor('line ' || n, n - 6, CASE WHEN n % 2 = 0 THEN 179.99 ELSE -179.99 END)
FROM generate_series(0, 12) n;
SELECT ok(NOT documents_differ(centre || ', 100, page_size => 50'), 'around ' || centre)
FROM unnest(ARRAY['90, 0', '90, 180', '89.99, -180', '-90, 17', '-89.995, 90', '0, 180', '0, -180', '1, 179.999', '-0.5, -179.98']) centre;
SELECT is((SELECT total FROM tailor_search(90, 0, 100) LIMIT 1), 13::bigint, 'all around the pole');

-- Falling back to PostGIS's own function would be slower, and nothing else would tell.
SELECT is((SELECT distances_by FROM tailor_search_explain(0, 0)), CASE WHEN postgis_lib_version() LIKE '3.2.%' THEN 'ST_Distance' ELSE 'PROJ' END,
          'PostGIS gives the digits of PROJ; that of Ubuntu 22.04 does not');
SELECT is((SELECT distances_by FROM tailor_search_explain(-40, -30)), NULL, '… which nobody needs where nobody is');
SELECT * FROM finish();
