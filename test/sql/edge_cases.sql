-- Places and values that break naive searches.
\ir include/tables.psql
SELECT * FROM no_plan();

SELECT is(found('12, 77'), '', 'an empty table');
SELECT is(found('12, 77, include_unlocated => true'), '', 'an empty table, unlocated too');

-- Poles: every longitude is the same place. ±180° is one meridian.
SELECT add_tailor('north', 90, 0), add_tailor('north-w', 89.99, -179), add_tailor('north-e', 89.98, 1),
       add_tailor('south', -90, 45), add_tailor('south-e', -89.99, 135),
       add_tailor('date-w', 5, -179.99), add_tailor('date-e', 5, 179.99), add_tailor('date+', 5, 180), add_tailor('date-', 5, -180);
SELECT is(found(centre), ids, 'found at ' || centre) FROM (VALUES
  ('90, 0',       'north north-w north-e'),
  ('90, 123.4',   'north north-w north-e'),
  ('90, -180',    'north north-w north-e'),
  ('89.99, 1',    'north-e north north-w'),
  ('-90, 0',      'south south-e'),
  ('-90, 180',    'south south-e'),
  ('5, 180',      'date+ date- date-e date-w'),
  ('5, -180',     'date+ date- date-e date-w'),
  ('5, 179.999',  'date+ date- date-e date-w'),
  ('5, -179.999', 'date+ date- date-w date-e')) cases (centre, ids);
SELECT is(distance, 0::float8, 'no distance between +180 and -180: ' || id) FROM tailor_search(5, 180, 0.5);
TRUNCATE "User" CASCADE;

-- Many at one point: every one on exactly one page, in the order of the ids.
SELECT count(add_tailor('t' || lpad(i::text, 3, '0'), 12.9716, 77.5946)) > 0 AS added FROM generate_series(1, 250) i \gset
SELECT is((SELECT string_agg(id, ' ') FROM generate_series(1, 37) page, tailor_search(12.9716, 77.5946, 1e-9, page => page, page_size => 7)),
          (SELECT string_agg(id, ' ' ORDER BY id) FROM "Tailor"), 'pages neither repeat nor skip a row of equal distance');
TRUNCATE "User" CASCADE;

-- On the radius: ST_DWithin decides, though ST_Distance is rounded.
SELECT count(add_tailor('r' || i, 12.9716 + sin(i) / 20, 77.5946 + cos(i * i) / 20)) AS added FROM generate_series(1, 100) i \gset
CREATE VIEW answer AS
SELECT ST_DWithin(t."locationPoint", c, km * 1000) AS expected,
       EXISTS (SELECT FROM tailor_search_near(c, km, page_size => 100) s WHERE s.id = t.id) AS inside
FROM (VALUES ('POINT(77.5946 12.9716)'::geography)) centre (c), "Tailor" t,
     LATERAL (SELECT ST_Distance(t."locationPoint", c) / 1000) d (exactly),
     LATERAL (VALUES (exactly), (exactly - 1e-11), (exactly + 1e-11), (exactly - 1e-14), (exactly + 1e-14)) r (km);
SELECT is(count(*), 0::bigint, 'on the radius: as ST_DWithin says') FROM answer WHERE inside <> expected;
SELECT cmp_ok(count(*), '>', 100::bigint, '… which is ' || expected || ' for many') FROM answer GROUP BY expected;
TRUNCATE "User" CASCADE;

-- The nearest, where ST_Distance, which is rounded, and ST_DWithin, which is not, disagree on which rows are in the first circle: a row
-- that it does not contain may precede one that it does. Ten rows are a nanometre apart, and their ids descend outwards.
SELECT count(add_tailor('n' || 9 - i, 0, 0.001 + i * 1e-14)) AS added FROM generate_series(0, 9) i \gset
CREATE VIEW nearest AS
SELECT id, ST_Distance("locationPoint", 'POINT(0 0)') AS metres, ST_DWithin("locationPoint", 'POINT(0 0)', r) AS inside, r
FROM "Tailor", (SELECT ST_Distance(ST_MakePoint(0.001 + 5e-14, 0)::geography, 'POINT(0 0)')) radius (r);
SELECT ok(count(DISTINCT inside) > 1, 'rows of the same distance on both sides of the circle') FROM nearest WHERE metres = r;
SELECT is((SELECT string_agg(id, ' ' ORDER BY distance, id) FROM tailor_search(0, 0, r * 243 / 1000, nearest => n)),
          (SELECT string_agg(id, ' ' ORDER BY metres, id) FROM (SELECT * FROM nearest ORDER BY metres, id LIMIT n) first), 'the nearest ' || n)
FROM generate_series(1, 10) n, (SELECT r FROM nearest LIMIT 1) circle;

-- At a pole, with a radius that PostGIS's boxes cannot express.
TRUNCATE "User" CASCADE;
SELECT count(add_tailor('p' || i, -90, 180 - i * 20)) AS added FROM generate_series(0, 9) i \gset
SELECT is((SELECT id FROM tailor_search(-90, longitude, 1e-11, nearest => 1)), 'p0', 'the nearest at the pole, seen from ' || longitude)
FROM generate_series(-180, 180, 40) longitude;
TRUNCATE "User" CASCADE;
TRUNCATE "User" CASCADE;

-- Numbers that JSON does not know.
SELECT add_tailor('inf', 0, 0, rating => 'Infinity'), add_tailor('minus', 0, 0, rating => '-Infinity'),
       add_tailor('nan', 0, 0, rating => 'NaN'), add_tailor('tiny', 0, 0, rating => 1e-300), add_tailor('third', 0, 0, rating => 1/3.0);
UPDATE "Tailor" SET latitude = 'NaN', longitude = '-Infinity' WHERE id = 'nan';
SELECT is(string_agg(concat(d->>'id', ' ', d->'rating'), ', '), 'inf null, minus null, nan null, third 0.3333333333333333, tiny 1e-300',
          'no NaN and no infinity in JSON') FROM json_array_elements(tailor_search_json(0, 0)->'data') d;
SELECT is(tailor_by_id_json('nan')#>>'{data,latitude}', NULL, 'a latitude that is no number is null');
SELECT is(found($$0, 0, sort_by => 'rating'$$), 'nan inf third tiny minus', 'NaN is above all numbers, as in SQL');
SELECT is(found('0, 0, min_rating => 0'), 'inf nan third tiny', '… for the filter, too');
SELECT is((SELECT array_agg(rating) FROM tailor_search(0, 0)), '{Infinity,-Infinity,NaN,0.3333333333333333,1e-300}'::float8[],
          'SQL callers get the numbers');
TRUNCATE "User" CASCADE;

-- Texts of every kind come out as they went in.
CREATE TABLE sample (name text PRIMARY KEY, text text);
INSERT INTO sample VALUES
  ('quotes', $t$"double" 'single' `back` \backslash\ /slash/$t$), ('control', E'tab\tnewline\nreturn\rbell\u0007del\u007f\u0001'),
  ('kannada', 'ಬೆಂಗಳೂರು'), ('emoji', '🧵✂️'), ('separators', E'\u2028\u2029\ufeff'), ('empty', ''), ('json', '{"a":[1]}'), ('html', '</script>&'),
  ('dollar', '$1 %s \u0041'), ('long', repeat('ಠ"\', 40000));
SELECT add_tailor(name, 0, 0, ARRAY[text, 'NULL', '{}']), add_work(name, 'work of ' || name) FROM sample \g /dev/null
UPDATE "Tailor" t SET location = text, "profilePhoto" = text, "contactPhone" = text, "contactEmail" = text FROM sample s WHERE s.name = t.id;
UPDATE "User" SET name = text FROM sample s WHERE id = 'user of ' || s.name;
UPDATE "SampleWork" SET description = text, "imageUrl" = text FROM sample s WHERE id = 'work of ' || s.name;
SELECT is(ARRAY[d->>'location', d->>'profilePhoto', d->>'contactPhone', d->>'contactEmail', d#>>'{skills,0}', d#>>'{user,name}',
                d#>>'{sampleWorks,0,description}', d#>>'{sampleWorks,0,imageUrl}'], array_fill(text, '{8}'), source || ': text ' || name)
FROM sample, LATERAL (
  SELECT 'page', d FROM json_array_elements(tailor_search_json(0, 0)->'data') d WHERE d->>'id' = name
  UNION ALL SELECT 'single', tailor_by_id_json(name)->'data'
  UNION ALL SELECT 'row', to_json(s) FROM tailor_search(0, 0) s WHERE id = name) answers (source, d);
SELECT is(found(format('0, 0, skills => ARRAY[%L]', text)), name, 'skill ' || name) FROM sample WHERE octet_length(text) <= 1024;
SELECT is((tailor_by_id_json('quotes')#>'{data,skills}')::text, $t$["\"double\" 'single' `back` \\backslash\\ /slash/","NULL","{}"]$t$, 'a skill may be called NULL');
TRUNCATE "User" CASCADE;

-- Nulls and empty arrays.
SELECT add_tailor('bare', 0, 0, NULL), add_tailor('no skills', 0, 0, '{}'), add_tailor('null skill', 0, 0, '{NULL,A}'), add_tailor('2d', 0, 0, '{{A,B},{C,D}}');
UPDATE "User" SET name = NULL;
SELECT is(string_agg(concat(d->>'id', ' ', d->'skills'), ', '), '2d ["A","B","C","D"], bare null, no skills [], null skill [null,"A"]', 'skills as JSON')
FROM json_array_elements(tailor_search_json(0, 0)->'data') d;
SELECT is((SELECT string_agg(concat(id, ' ', skills), ', ') FROM tailor_search(0, 0)), '2d {{A,B},{C,D}}, bare , no skills {}, null skill {NULL,A}', 'skills as SQL');
SELECT is((SELECT "user"::text FROM tailor_search(0, 0) WHERE id = 'bare'), '{"id":"user of bare","name":null,"email":"bare@example.com"}', 'a user without a name');
SELECT ok(tailor_search_json(0, 0)::text LIKE '{"data":[{"id":"2d","userId":"user of 2d","location":null,%"profilePhoto":null,"contactPhone":null,"contactEmail":null,"rating":0,"reviewCount":0,%',
          'null columns are there, as null');
SELECT ok(tailor_search_json(0, 0)::text !~ '[\n\t]|": |, "', 'no white space between the members');

-- Times as JavaScript's toISOString() writes them.
CREATE FUNCTION iso(t timestamp) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Tailor" SET "createdAt" = t WHERE id = 'bare';
  RETURN tailor_by_id_json('bare')#>>'{data,createdAt}';
END $$;
SELECT is(iso(t::timestamp), expected, 'time ' || t) FROM (VALUES
  ('2024-02-29 23:59:59.999', '2024-02-29T23:59:59.999Z'), ('1969-12-31 23:59:59.999', '1969-12-31T23:59:59.999Z'),
  ('2000-01-01', '2000-01-01T00:00:00.000Z'), ('0001-01-01', '0001-01-01T00:00:00.000Z'), ('9999-12-31 23:59:59.001', '9999-12-31T23:59:59.001Z'),
  ('0001-01-01 BC', '0000-01-01T00:00:00.000Z'), ('0002-12-31 BC', '-000001-12-31T00:00:00.000Z'), ('10000-01-01', '+010000-01-01T00:00:00.000Z'),
  ('infinity', NULL), ('-infinity', NULL)) cases (t, expected);
SET timezone = 'Asia/Kolkata';
SET datestyle = 'German';
SET extra_float_digits = -15;
SET intervalstyle = 'sql_standard';
SELECT is(iso('2024-01-31 10:00'), '2024-01-31T10:00:00.000Z', 'the session''s time zone and style have no say');
UPDATE "Tailor" SET rating = 0.1::float8 + 0.2 WHERE id = 'bare';
SELECT is(tailor_by_id_json('bare')#>>'{data,rating}', '0.30000000000000004', 'nor have extra_float_digits');
SELECT * FROM finish();
