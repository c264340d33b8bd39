-- What matches, in which order, on which page.
\ir include/tables.psql
SET tailor_search.max_box_km = 20037.6;
SELECT * FROM no_plan();

-- On the equator, 0.01° (1.1 km) apart, east of (0, 0); ids do not follow the distance.
SELECT add_tailor('e', 0, 0.00, '{HEMMING}',           NULL, 4.5),
       add_tailor('d', 0, 0.01, '{HEMMING,STITCHING}', 5,    4.5),
       add_tailor('c', 0, 0.02, '{STITCHING}',         10,   5.0),
       add_tailor('b', 0, 0.03, '{}',                  10,   0.0),
       add_tailor('a', 0, 0.03, NULL,                  0,    4.499999999999999),
       add_tailor('far', 0, 0.5, '{HEMMING}',          10,   5.0),
       add_tailor('null', NULL, NULL, '{HEMMING}',     10,   5.0),
       add_tailor('empty', NULL, NULL, '{STITCHING}',  5,    4.0);
UPDATE "Tailor" SET "locationPoint" = 'POINT EMPTY' WHERE id = 'empty';

CREATE TABLE expected (arguments text, ids text, why text);
INSERT INTO expected VALUES
  ('', 'e d c a b', 'no filter: all in the radius, by distance, then by id'),
  ('max_distance_km => 2', 'e d', 'radius'),
  ('max_distance_km => 100', 'e d c a b far', 'largest radius'),
  ('west => 0.01, south => 0, east => 0.5, north => 0', 'd c a b far', 'a box, whose edges are inclusive, whatever the distance'),
  ('west => 0.01, south => -90, east => 0.499999999999999, north => 90', 'd c a b', '… to the last bit'),
  ('west => 0.5, south => -1, east => 0, north => 1', 'e far', 'a box across the antimeridian'),
  ($$west => 0.01, south => 0, east => 0.5, north => 0, sort_by => 'rating', min_experience => 6$$, 'c far b', 'a box, and the rest alike'),
  ('west => 0.4, south => 0, east => 1, north => 0, include_unlocated => true', 'far empty null', 'the unlocated beside a box'),
  ($$skills => '{HEMMING}'$$, 'e d', 'one skill'),
  ($$skills => '{HEMMING,STITCHING}'$$, 'e d c', 'any of the skills'),
  ($$skills => '{{HEMMING,X},{Y,STITCHING}}'$$, 'e d c', 'any of the skills, however the array is shaped'),
  ($$skills => '{HEMMING,STITCHING}', skill_match => 'all'$$, 'd', 'all of the skills'),
  ($$skills => '{STITCHING,STITCHING}', skill_match => 'all'$$, 'd c', '… one given twice'),
  ($$skills => '{}', skill_match => 'all'$$, 'e d c b', 'all of no skills, for which skills must not be NULL'),
  ($$skill_match => 'all'$$, 'e d c a b', '… without a filter'),
  ($$skills => '{hemming}'$$, '', 'skills are compared as they are written'),
  ($$skills => '{}'$$, '', 'none of no skills'),
  ($$skills => '{""}'$$, '', 'an empty skill is a skill like any other'),
  ($$skills => '{"",HEMMING}'$$, 'e d', '… and matches none but its like'),
  ($$skills => '[7:8]={HEMMING,HEMMING}'$$, 'e d', 'a skill given twice, with subscripts from 7'),
  ('min_experience => 0', 'd c a b', 'an unknown experience matches no lower bound, not even 0'),
  ('max_experience => 2147483647', 'd c a b', '… and no upper bound'),
  ('min_experience => 5', 'd c b', 'the lower bound is inclusive'),
  ('max_experience => 5', 'd a', 'the upper bound is inclusive'),
  ('min_experience => 5, max_experience => 5', 'd', 'both bounds are'),
  ('min_rating => 4.5', 'e d c', 'at least this rating, to the last bit'),
  ('min_rating => -1', 'e d c a b', 'a rating below all'),
  ($$skills => '{STITCHING}', min_experience => 6, min_rating => 5, max_experience => 10$$, 'c', 'all filters at once'),
  ($$sort_by => 'rating'$$, 'c e d a b', 'best rating first, then the distance'),
  ($$sort_by => 'experience'$$, 'c b d a e', 'most experience first, unknown last, then distance'),
  ('include_unlocated => true', 'e d c a b empty null', 'without a point: last, by id'),
  ($$include_unlocated => true, sort_by => 'rating'$$, 'c null e d a empty b', '… among equal ratings after the located'),
  ($$include_unlocated => true, sort_by => 'experience'$$, 'c b null d empty a e', '… among equal experience too'),
  ($$include_unlocated => true, skills => '{HEMMING}'$$, 'e d null', 'filters hold for the unlocated too'),
  ('include_unlocated => true, max_experience => 5', 'd a empty', '… the upper bound'),
  ('include_unlocated => true, min_experience => 6', 'c b null', '… the lower bound'),
  ('include_unlocated => true, min_rating => 4.5', 'e d c null', '… the rating'),
  ('page_size => 2', 'e d', 'first page'),
  ('page_size => 2, page => 2', 'c a', 'second page, cut between equal distances'),
  ('page_size => 2, page => 3', 'b', 'last page'),
  ('page_size => 2, page => 4', '', 'beyond the end'),
  ('page_size => 100, page => 2147483647', '', 'far beyond the end'),
  ('page_size => 6, page => 2, include_unlocated => true', 'null', 'the unlocated are on pages as well');

CREATE FUNCTION total(arguments text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
  EXECUTE format('SELECT (tailor_search_json(%s)#>>''{pagination,total}'')::bigint', arguments) INTO result;
  RETURN result;
END $$;

SELECT is(found(concat_ws(', ', '0, 0', nullif(arguments, ''))), ids, why || ': ' || arguments) FROM expected;
SELECT is(found_near(concat_ws(', ', '''POINT(0 0)''', nullif(arguments, ''))), ids, why || ', near a geography: ' || arguments) FROM expected;

-- Without a centre distances are from the middle of the box.
SELECT is(found('west => 0.02, south => 0, east => 0.06, north => 0'), 'a b c', 'a box alone');
SELECT is((SELECT array_agg(distance) FROM tailor_search(west => 0.02, south => -2, east => 0.06, north => 2)),
          (SELECT array_agg(distance) FROM tailor_search(0, 0.04, west => 0.02, south => -2, east => 0.06, north => 2)),
          'the middle of the box is the centre');
-- A point is compared, not where it is on the globe: 180 is not -180, and a pole has a longitude.
SELECT add_tailor('180', 0, 180), add_tailor('-180', 0, -180), add_tailor('pole', 90, 50) \g /dev/null
SELECT is(found('west => 179, south => -1, east => 180, north => 1'), '180', 'east of 179');
SELECT is(found('west => -180, south => -1, east => -179, north => 1'), '-180', 'west of -179');
SELECT is(found('west => 179, south => -1, east => -179, north => 1'), '-180 180', 'both, across');
SELECT is(found('west => 180, south => -1, east => -180, north => 1'), '-180 180', 'on the antimeridian');
SELECT is(found('west => 49, south => 89, east => 50, north => 90'), 'pole', 'a pole by its longitude');
SELECT is(found('west => -180, south => 90, east => 49, north => 90'), '', '… and by no other');
DELETE FROM "Tailor" WHERE id IN ('180', '-180', 'pole');

-- The total counts all pages: it is how many ids the search finds without a page.
SELECT is(total(concat_ws(', ', '0, 0', nullif(arguments, ''))), cardinality(string_to_array(ids, ' '))::bigint,
          'total: ' || arguments)
FROM expected WHERE arguments !~ 'page';
SELECT is(total('0, 0, page_size => 2, page => ' || page), 5::bigint, 'total on page ' || page)
FROM (VALUES (1), (3), (4), (2147483647)) pages (page);
SELECT is((SELECT array_agg(DISTINCT total) FROM tailor_search(0, 0, page_size => 2)), '{5}', 'total in every row');

SELECT is(tailor_search_json(0, 0, page_size => 2, page => 4)::text,
          '{"data":[],"pagination":{"page":4,"limit":2,"total":5,"totalPages":3}}', 'a page beyond the end, as JSON');
SELECT is(tailor_search_json(0, 0, max_distance_km => 100, page_size => 2)#>>'{pagination,totalPages}', '3',
          'a full last page makes no further one');
SELECT is(tailor_search_json(50, 50)::text,
          '{"data":[],"pagination":{"page":1,"limit":12,"total":0,"totalPages":0}}', 'nobody near');

-- The nearest, and the radius that they took; where there are fewer, all, and the largest radius.
SELECT is(found('0, 0, nearest => 3'), 'e d c', 'the nearest three');
SELECT is(found('0, 0.03, nearest => 2'), 'a b', 'ties by id');
SELECT is(found('0, 0, nearest => 5, min_rating => 4.6'), 'c far', 'the filters hold, whatever it takes to find enough');
SELECT is(found_near('''POINT(0 0)'', nearest => 1'), 'e', 'near a geography');
SELECT results_eq($$SELECT total, next FROM tailor_search(0, 0, nearest => 3) LIMIT 1$$, $$VALUES (3::bigint, NULL)$$, 'their number is the total');
SELECT is(tailor_search_json(0, 0, nearest => 2)->>'radius', (SELECT to_json(distance)::text FROM tailor_search(0, 0) WHERE id = 'd'), 'the radius reaches the last');
SELECT is(tailor_search_json(0, 0, nearest => 100, max_distance_km => 3)->>'radius', '3', 'no more within the radius');
SELECT is((SELECT radius_km FROM tailor_search_explain(0, 0, nearest => 100)), 100::float8, 'no more within the largest radius');
SELECT is((SELECT radius_km FROM tailor_search_explain(0, 0)), NULL, 'a radius that was given is not reported');

-- Pages by cursor: each answer has the next one's, the last has none.
CREATE FUNCTION walk(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text := '';
  cursor_text text;
  pages int := 0;
  ids text;
BEGIN
  LOOP
    EXECUTE format('SELECT string_agg(id, '' ''), max(next) FROM tailor_search(%s, after => $1)', arguments) INTO ids, cursor_text USING cursor_text;
    result := concat_ws(' | ', nullif(result, ''), ids);
    pages := pages + 1;
    EXIT WHEN cursor_text IS NULL OR pages > 20;
  END LOOP;
  RETURN result;
END $$;
SELECT is(walk('0, 0, page_size => 2'), 'e d | c a | b', 'by distance, cut between equal distances');
SELECT is(walk('0, 0, page_size => 5'), 'e d c a b', 'a full last page has no next');
SELECT is(walk($$0, 0, page_size => 1, sort_by => 'rating'$$), 'c | e | d | a | b', 'by rating');
SELECT is(walk($$0, 0, page_size => 1, sort_by => 'experience', include_unlocated => true$$), 'c | b | null | d | empty | a | e', 'by experience, with NULL and the unlocated');
SELECT is(walk('0, 0, page_size => 1, include_unlocated => true, min_experience => 5'), 'd | c | b | empty | null', 'from the located to the unlocated');
SELECT is(walk('west => 0, south => 0, east => 0.03, north => 0, page_size => 2'), 'c d | a b | e', 'in a box');
SELECT is(tailor_search_json(0, 0, page_size => 1, after => tailor_search_json(0, 0, page_size => 2)#>>'{pagination,next}')#>>'{pagination,page}', '2',
          'the page number counts the pages that were read');
-- The row that ends a page may change or go: the position stays.
SELECT max(next) AS cursor FROM tailor_search(0, 0, page_size => 2) \gset
BEGIN;
DELETE FROM "Tailor" WHERE id = 'd';
SELECT is(found(format('0, 0, after => %L', :'cursor')), 'c a b', 'after a row that is gone');
UPDATE "Tailor" SET "locationPoint" = 'POINT(0.001 0)', longitude = 0.001 WHERE id = 'b';
SELECT is(found(format('0, 0, after => %L', :'cursor')), 'c a', 'a row that moved before the position');
ROLLBACK;
-- … of the same search, unchanged.
SELECT is(error_code(format('SELECT count(*) FROM tailor_search(%s, after => %L)', arguments, :'cursor')), '22023', 'another search: ' || arguments)
FROM (VALUES ('0, 1e-300'), ('0, 0, 9'), ($$0, 0, skills => '{HEMMING}'$$), ('0, 0, min_rating => 0'), ($$0, 0, sort_by => 'rating'$$),
             ('0, 0, include_unlocated => true'), ('0, 0, west => -1, south => -1, east => 1, north => 1')) other (arguments);
SELECT is(error_code(format('SELECT count(*) FROM tailor_search(0, 0, after => %L)', overlay(:'cursor' placing digit from n))), '22023', 'tampered with: ' || n)
FROM generate_series(1, length(:'cursor')) n, LATERAL (SELECT CASE substr(:'cursor', n, 1) WHEN '0' THEN '1' ELSE '0' END) changed (digit);
SELECT is(found(format('0, 0, page_size => 1, sample_works => 0, after => %L', :'cursor')), 'c', 'page_size and sample_works may change');

-- Works: the newest first, ties by id, at most sample_works.
SELECT add_work('e', 'w1', '2024-01-01'), add_work('e', 'w3', '2024-01-02'), add_work('e', 'w2', '2024-01-02'),
       add_work('e', 'w4', '2023-01-01'), add_work('e', 'w5', '2022-01-01'), add_work('c', 'w6');
CREATE FUNCTION works(arguments text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  EXECUTE format($q$
    SELECT string_agg(id || '=' || (SELECT coalesce(string_agg(w->>'id', '+'), '') FROM json_array_elements("sampleWorks") w), ' ')
    FROM tailor_search(0, 0, max_distance_km => 3%s)$q$, arguments) INTO result;
  RETURN result;
END $$;
SELECT is(works(''), 'e=w2+w3+w1+w4 d= c=w6', 'four works by default, newest first, ties by id');
SELECT is(works(', sample_works => 100'), 'e=w2+w3+w1+w4+w5 d= c=w6', 'all works');
SELECT is(works(', sample_works => 1'), 'e=w2 d= c=w6', 'one work');
SELECT is(works(', sample_works => 0'), 'e= d= c=', 'no works');
SELECT is((SELECT string_agg("sampleWorks"::text, ' ') FROM tailor_search(0, 0, 0.5, sample_works => 0)), '[]', 'none is []');
SELECT is(json_array_length(tailor_by_id_json('e')#>'{data,sampleWorks}'), 5, 'a single tailor has all works');

-- What a row holds.
SELECT results_eq(
  $$SELECT id, "userId", location, latitude, longitude, skills, "yearsExperience", "profilePhoto", "contactPhone",
           "contactEmail", rating, "reviewCount", "createdAt", "updatedAt", distance, "user"::text, total
    FROM tailor_search(0, 0, 2)$$,
  $$SELECT t.id, t."userId", t.location, t.latitude, t.longitude, t.skills, t."yearsExperience", t."profilePhoto",
           t."contactPhone", t."contactEmail", t.rating, t."reviewCount", t."createdAt", t."updatedAt",
           ST_Distance(t."locationPoint", 'POINT(0 0)') / 1000,
           format('{"id":"%s","name":"%s","email":"%s"}', u.id, u.name, u.email), 2::bigint
    FROM "Tailor" t JOIN "User" u ON u.id = t."userId" WHERE t.id IN ('e', 'd') ORDER BY t.id DESC$$,
  'every column of the row');
SELECT is((SELECT string_agg(key, ' ') FROM json_object_keys(tailor_search_json(0, 0)#>'{data,0}') key),
  'id userId location latitude longitude skills yearsExperience profilePhoto contactPhone contactEmail rating '
  'reviewCount createdAt updatedAt distance user sampleWorks', 'the members of a tailor in JSON, in order');
SELECT is((SELECT string_agg(key, ' ') FROM json_object_keys(tailor_by_id_json('e')->'data') key),
  'id userId location latitude longitude skills yearsExperience profilePhoto contactPhone contactEmail rating '
  'reviewCount createdAt updatedAt user sampleWorks', 'a single tailor has no distance');
SELECT is((SELECT string_agg(key, ' ') FROM json_object_keys(tailor_by_id_json('e')#>'{data,user}') key),
  'id name email createdAt', 'a single tailor''s user');
SELECT is((SELECT string_agg(key, ' ') FROM json_object_keys(tailor_by_id_json('e')#>'{data,sampleWorks,0}') key),
  'id imageUrl description createdAt', 'a work');
SELECT * FROM finish();
