-- How many tailors by skill, rating and experience: each under all filters but its own.
\ir include/tables.psql
SELECT * FROM no_plan();

SELECT add_tailor('a', 0, 0.01, '{HEMMING,STITCHING}', 0, 0.5),
       add_tailor('b', 0, 0.02, '{HEMMING,HEMMING,NULL}', 4, 1),
       add_tailor('c', 0, 0.03, '{STITCHING,""}', 5, 4.999),
       add_tailor('d', 0, 0.04, '{}', NULL, 5),
       add_tailor('e', 0, 0.05, '{{HEMMING,a},{b,STITCHING}}', 50, 9.5),
       add_tailor('f', 0, 0.06, NULL, 1000, 'NaN'),
       add_tailor('g', 0, 0.07, '{B,a}', -1, -1),
       add_tailor('h', 0, 0.08, '{B}', 12, 'Infinity'),
       add_tailor('far', 0, 5, '{HEMMING}', 4, 1),
       add_tailor('nowhere', NULL, NULL, '{HEMMING}', 4, 1) \g /dev/null

-- All of a facet in one text.
CREATE FUNCTION facets(arguments text, as_role name = NULL) RETURNS TABLE (skill text, rating text, experience text, others bigint) LANGUAGE plpgsql AS $$
DECLARE
  before text := current_setting('role');
BEGIN
  IF as_role IS NOT NULL THEN
    PERFORM set_config('role', as_role, true);
  END IF;
  RETURN QUERY EXECUTE format($q$
    SELECT string_agg(value || ' ' || count, ', ') FILTER (WHERE facet = 'skill'), string_agg(value || ' ' || count, ', ') FILTER (WHERE facet = 'rating'),
           string_agg(value || ' ' || count, ', ') FILTER (WHERE facet = 'experience'), max(others) FROM tailor_search_facets(%s)$q$, arguments);
  PERFORM set_config('role', before, true);
END $$;

SELECT is(f::text, ROW(e.skill, e.rating, e.experience, 0)::text, why || ': ' || arguments) FROM (VALUES
  ('0, 0', 'HEMMING 3, STITCHING 3, B 2, a 2,  1, b 1', '1 6, 2 5, 3 5, 4 5, 5 4', '0 2, 5 1, 10 1, 50 2', 'each tailor once a skill; ties by bytes; NaN is above all'),
  ($$0, 0, skills => '{B}'$$, 'HEMMING 3, STITCHING 3, B 2, a 2,  1, b 1', '1 1, 2 1, 3 1, 4 1, 5 1', '10 1', 'skills count without their own filter'),
  ($$0, 0, skills => '{a,B}', skill_match => 'all'$$, 'HEMMING 3, STITCHING 3, B 2, a 2,  1, b 1', NULL, NULL, 'a negative experience is in no band'),
  ('0, 0, min_rating => 5', 'B 1, HEMMING 1, STITCHING 1, a 1, b 1', '1 6, 2 5, 3 5, 4 5, 5 4', '10 1, 50 2', 'ratings count without their own'),
  ('0, 0, min_experience => 5, max_experience => 12', ' 1, B 1, STITCHING 1', '1 2, 2 2, 3 2, 4 2, 5 1', '0 2, 5 1, 10 1, 50 2', 'experience counts without its own'),
  ($$0, 0, skills => '{HEMMING}', min_rating => 1, max_experience => 10$$, ' 1, HEMMING 1, STITCHING 1', '1 1', '0 1, 50 1', 'each under the other two'),
  ('0, 0, 2.5', 'HEMMING 2, STITCHING 1', '1 1', '0 2', 'within the radius'),
  ('west => 0.015, south => 0, east => 0.035, north => 0', ' 1, HEMMING 1, STITCHING 1', '1 2, 2 1, 3 1, 4 1', '0 1, 5 1', 'in a box'),
  ('0, 5, include_unlocated => true', 'HEMMING 2', '1 2', '0 2', 'also without a point')) e (arguments, skill, rating, experience, why), facets(arguments) f;
SELECT is_empty('SELECT * FROM tailor_search_facets(50, 50)', 'no rows where nobody is');
SELECT is((SELECT array_agg(f::text) FROM tailor_search_facets_near('POINT(0 0)') f), (SELECT array_agg(f::text) FROM tailor_search_facets(0, 0) f), 'near a geography');

-- The document: beside each count the filters that find these tailors.
SELECT is((tailor_search_json(0, 0, 4.5, page_size => 1, page => 9, facets => true)->'facets')::text,
          '{"skill":[{"skill":"HEMMING","count":2},{"skill":"STITCHING","count":2},{"skill":"","count":1}],"otherSkills":0,'
          '"rating":[{"minRating":1,"count":3},{"minRating":2,"count":2},{"minRating":3,"count":2},{"minRating":4,"count":2},{"minRating":5,"count":1}],'
          '"experience":[{"minExperience":0,"maxExperience":4,"count":2},{"minExperience":5,"maxExperience":9,"count":1}]}', 'as JSON, on any page');
SELECT is(tailor_search_json(0, 0, 6, min_experience => 45, facets => true)#>>'{facets,experience,2}', '{"minExperience":50,"count":1}', 'the last band has no end');
SELECT is((tailor_search_page(0, 0, 4.5, facets => true)).json::text, tailor_search_json(0, 0, 4.5, facets => true)::text, 'as the front end reads it');
SELECT is(tailor_search_json(0, 0)->>'facets', NULL, 'none by default');
SELECT is(tailor_search_json(0, 0, page_size => 2, after => tailor_search_json(0, 0, page_size => 2)#>>'{pagination,next}', facets => true)#>>'{facets,skill,0,count}', '3',
          'with a cursor, which counts all pages');
SELECT add_tailor('q', 10, 10, ARRAY[E'"\\\n', 'é']) \g /dev/null
SELECT is(tailor_search_json(10, 10, facets => true)#>>'{facets,skill,0,skill}', E'"\\\n', 'skills are escaped');

-- What was done for them.
SELECT results_eq($$SELECT faceted, facets_ms >= 0, matches FROM tailor_search_explain(0, 0, skills => '{B}', facets => true)$$,
                  $$SELECT CASE WHEN engine = 'native' THEN 8::bigint END, true, 2::bigint FROM tailor_search_explain(0, 0)$$, 'explained');
SELECT results_eq('SELECT faceted, facets_ms FROM tailor_search_explain(0, 0)', 'SELECT NULL::bigint, NULL::float8', '… where they are wanted');

-- The caller's snapshot, privileges and policies.
BEGIN;
SELECT add_tailor('new', 0, 0.01, '{NEW}') \g /dev/null
SELECT is((SELECT count FROM tailor_search_facets(0, 0) WHERE value = 'NEW'), 1::bigint, 'own uncommitted rows count');
ROLLBACK;
DROP ROLE IF EXISTS facets_reader;
CREATE ROLE facets_reader;
SELECT is(error_code('SELECT count(*) FROM tailor_search_facets(0, 0)', 'facets_reader'), '42501', 'without privileges');
GRANT SELECT ON "Tailor", "User", "SampleWork" TO facets_reader;
SELECT is((facets('0, 0, 4.5', 'facets_reader')).skill, 'HEMMING 2, STITCHING 2,  1', 'with them');
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
CREATE POLICY first_ones ON "Tailor" USING (id < 'c');
SELECT is((facets('0, 0, 4.5', 'facets_reader')).skill, 'HEMMING 2, STITCHING 1', 'under a policy');
DROP OWNED BY facets_reader;
DROP ROLE facets_reader;
SELECT * FROM finish();
