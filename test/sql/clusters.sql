-- How many tailors are in each cell of a map, and where.
\ir include/tables.psql
SELECT * FROM no_plan();

SELECT add_tailor('a', 10, 10, '{HEMMING}', 1, 5), add_tailor('b', 10.02, 10.06, '{STITCHING}', 5, 3), add_tailor('c', 10.2, 10.1, '{}', NULL, 1),
       add_tailor('east', 5, 179.9999), add_tailor('west', 5, -179.9999), add_tailor('e2', 5, 180), add_tailor('w2', 5, -180),
       add_tailor('north', 89.9999, 12), add_tailor('at the pole', 90, 100), add_tailor('south', -90, -120),
       add_tailor('nowhere', NULL, NULL, '{HEMMING}', 4, 1) \g /dev/null

-- All clusters in one text: count, centre and, in brackets, the id.
CREATE FUNCTION clusters(arguments text, as_role name = NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
  before text := current_setting('role');
BEGIN
  IF as_role IS NOT NULL THEN
    PERFORM set_config('role', as_role, true);
  END IF;
  EXECUTE format($q$SELECT string_agg(count || ' at ' || round(latitude::numeric, 6)::float8 || ' ' || round(longitude::numeric, 6)::float8 || coalesce(' (' || id || ')', ''), ', ')
                    FROM tailor_search_clusters(%s)$q$, arguments) INTO found;
  PERFORM set_config('role', before, true);
  RETURN found;
END $$;

SELECT is(clusters(arguments), expected, why || ': ' || arguments) FROM (VALUES
  ('10, 10, 50, zoom => 5', '3 at 10.073333 10.053333', 'one cell: the mean of their coordinates'),
  ('10, 10, 50, zoom => 9', '2 at 10.01 10.03, 1 at 10.2 10.1 (c)', 'closer: the one that is alone by its id'),
  ('10, 10, 50, zoom => 13', '1 at 10.02 10.06 (b), 1 at 10 10 (a), 1 at 10.2 10.1 (c)', 'closer still'),
  ('10, 10, 5, zoom => 5', '1 at 10 10 (a)', 'within the radius'),
  ($$10, 10, 50, skills => '{HEMMING,STITCHING}', zoom => 5$$, '2 at 10.01 10.03', 'with any of the skills'),
  ('10, 10, 50, min_rating => 4, zoom => 5', '1 at 10 10 (a)', 'with the rating'),
  ('10, 10, 50, max_experience => 5, min_experience => 2, zoom => 5', '1 at 10.02 10.06 (b)', 'with the experience'),
  ('west => 10, south => 10, east => 10.06, north => 10.02, zoom => 5', '2 at 10.01 10.03', 'in a box, edges included'),
  ('west => 179, south => 4, east => -179, north => 6, zoom => 3', '2 at 5 179.99995, 2 at 5 -179.99995', 'across the antimeridian, a side each'),
  ('50, 50, zoom => 3', NULL, 'no rows where nobody is')) e (arguments, expected, why);
SELECT is((SELECT array_agg(c::text) FROM tailor_search_clusters_near('POINT(10 10)', 50, zoom => 9) c),
          (SELECT array_agg(c::text) FROM tailor_search_clusters(10, 10, 50, zoom => 9) c), 'near a geography');
SELECT is((SELECT array_agg(c::text) FROM tailor_search_clusters(10, 10, 50, zoom => 0) c), (SELECT array_agg(c::text) FROM tailor_search_clusters(10, 10, 50, zoom => 1) c),
          'zoom 0 has the cells of zoom 1, of which none lies on both sides of the antimeridian');

-- The bounds contain each tailor, and reach no farther than needed: multiples of a millionth of a degree.
SELECT results_eq('SELECT west, south, east, north FROM tailor_search_clusters(10, 10, 50, zoom => 9) LIMIT 1',
                  'VALUES (9.999999::float8, 9.999999::float8, 10.060001::float8, 10.020001::float8)', 'bounds');
SET tailor_search.max_box_km = 20037.6;
SELECT is((SELECT sum(count) FROM tailor_search_clusters(west => -180, south => -90, east => 180, north => 90, zoom => 4)), 10::numeric, 'all of the world adds up to all that have a place');
SELECT is_empty($$SELECT c FROM tailor_search_clusters(west => -180, south => -90, east => 180, north => 90, zoom => 5) c
                  WHERE (SELECT max(total) FROM tailor_search(west => c.west, south => c.south, east => c.east, north => c.north)) IS DISTINCT FROM c.count$$,
                'a search in the bounds of a cluster finds its tailors, at the poles too');

-- The document has them beside the page, on any page.
SELECT is((tailor_search_json(10, 10, 50, page_size => 1, page => 3, zoom => 9)->'clusters')::text,
          '[{"count":2,"latitude":10.01,"longitude":10.03,"bbox":[9.999999,9.999999,10.060001,10.020001]},'
          '{"count":1,"latitude":10.2,"longitude":10.1,"bbox":[10.099999,10.199999,10.100001,10.200001],"id":"c"}]', 'as JSON');
SELECT is((tailor_search_page(10, 10, 50, zoom => 9)).json::text, tailor_search_json(10, 10, 50, zoom => 9)::text, 'as the front end reads it');
SELECT is(tailor_search_json_near('POINT(10 10)', 50, zoom => 9)::text, tailor_search_json(10, 10, 50, zoom => 9)::text, 'near a geography');
SELECT is(tailor_search_json(10, 10)->>'clusters', NULL, 'none by default');
SELECT is(tailor_search_json(50, 50, zoom => 3)->>'clusters', '[]', 'where nobody is');
SELECT is(tailor_search_json(10, 10, 50, include_unlocated => true, zoom => 3)#>>'{clusters,0,count}', '3', 'who has no place is in none');
SELECT is(tailor_search_json(10, 10, 50, page_size => 2, after => tailor_search_json(10, 10, 50, page_size => 2)#>>'{pagination,next}', zoom => 3)#>>'{clusters,0,count}', '3',
          'with a cursor, which counts all pages');
SELECT add_tailor(E'"\\\n', 20, 20) \g /dev/null
SELECT is(tailor_search_json(20, 20, zoom => 3)#>>'{clusters,0,id}', E'"\\\n', 'ids are escaped');

-- What was done for them.
SELECT results_eq('SELECT clusters, clusters_ms >= 0 FROM tailor_search_explain(10, 10, 50, zoom => 9)', 'SELECT 2::bigint, true', 'explained');
SELECT results_eq('SELECT clusters, clusters_ms FROM tailor_search_explain(10, 10, 50)', 'SELECT NULL::bigint, NULL::float8', '… where they are wanted');

-- Hand-written: a cell's number begins with the numbers of those that contain it.
SELECT results_eq(format($$SELECT count, id FROM tailor_search_clusters(west => -180, south => -90, east => 180, north => 90, zoom => %1$s) ORDER BY 1, 2$$, zoom),
                  format($$SELECT count(*), CASE WHEN count(*) = 1 THEN min(id) END FROM "Tailor" WHERE "locationPoint" IS NOT NULL
                           GROUP BY tailor_cell("locationPoint") >> (61 - 2 * %1$s) ORDER BY 1, 2$$, zoom), 'GROUP BY, zoom ' || zoom)
FROM generate_series(1, 5) zoom;

-- The caller's snapshot, privileges and policies.
BEGIN;
SELECT add_tailor('new', 10, 10.01) \g /dev/null
SELECT is(clusters('10, 10, 50, zoom => 5'), '4 at 10.055 10.0425', 'own uncommitted rows count');
ROLLBACK;
DROP ROLE IF EXISTS clusters_reader;
CREATE ROLE clusters_reader;
SELECT is(error_code('SELECT count(*) FROM tailor_search_clusters(0, 0, zoom => 3)', 'clusters_reader'), '42501', 'without privileges');
GRANT SELECT ON "Tailor", "User", "SampleWork" TO clusters_reader;
SELECT is(clusters('10, 10, 50, zoom => 5', 'clusters_reader'), '3 at 10.073333 10.053333', 'with them');
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
CREATE POLICY first_ones ON "Tailor" USING (id < 'b');
SELECT is(clusters('10, 10, 50, zoom => 5', 'clusters_reader'), '1 at 10 10 (a)', 'under a policy');
DROP OWNED BY clusters_reader;
DROP ROLE clusters_reader;
ALTER TABLE "Tailor" DISABLE ROW LEVEL SECURITY;

-- Rows that a table without a primary key may have.
ALTER TABLE "Tailor" DROP CONSTRAINT "Tailor_pkey" CASCADE;
ALTER TABLE "Tailor" ALTER id DROP NOT NULL;
UPDATE "Tailor" SET id = NULL WHERE id = 'c';
SELECT is(clusters('10, 10, 50, zoom => 9'), '2 at 10.01 10.03, 1 at 10.2 10.1', 'an id that is NULL');
SELECT is(tailor_search_json(10, 10, 50, zoom => 9)#>>'{clusters,1,id}', NULL, '… is left out in JSON');
SELECT * FROM finish();
