-- Every bad value of every argument is refused: SQLSTATE, the argument's name first in the message and in the error's
-- column field, and a hint. Every value on a bound is accepted.
\ir include/tables.psql
SELECT * FROM no_plan();

CREATE TABLE bad_centre (value text, code text, argument text);
INSERT INTO bad_centre VALUES
  ('',                            '22004', 'lat'),
  ('NULL::float8, 77.6',          '22004', 'lat'),
  ('NULL, 77.6, west => 1, south => 2, east => 3, north => 4', '22004', 'lat'),
  ('12.97, west => 1, south => 2, east => 3, north => 4',      '22004', 'lng'),
  ($$'NaN', 77.6$$,               '22023', 'lat'),
  ($$'Infinity', 77.6$$,          '22023', 'lat'),
  ($$'-Infinity', 77.6$$,         '22023', 'lat'),
  ('90.00000000000001, 77.6',     '22023', 'lat'),
  ('-90.00000000000001, 77.6',    '22023', 'lat'),
  ('1e300, 77.6',                 '22023', 'lat'),
  ('12.97, NULL::float8',         '22004', 'lng'),
  ($$12.97, 'NaN'$$,              '22023', 'lng'),
  ($$12.97, 'Infinity'$$,         '22023', 'lng'),
  ($$12.97, '-Infinity'$$,        '22023', 'lng'),
  ('12.97, 180.0000000000001',    '22023', 'lng'),
  ('12.97, -180.0000000000001',   '22023', 'lng'),
  ('NULL::geography',                                     '22004', 'near'),
  ($$'POINT EMPTY'::geography$$,                          '22023', 'near'),
  ($$'LINESTRING(77 12, 78 13)'::geography$$,             '22023', 'near'),
  ($$'POLYGON((77 12, 78 13, 78 12, 77 12))'::geography$$, '22023', 'near'),
  ($$'MULTIPOINT((77 12))'::geography$$,                  '22023', 'near'),
  ($$'GEOMETRYCOLLECTION(POINT(77 12))'::geography$$,     '22023', 'near'),
  ($$'SRID=4267;POINT(77 12)'::geography$$,               '22023', 'near'),
  ($$ST_MakePoint('NaN', 12)::geography$$,                '22023', 'near'),
  ($$ST_MakePoint(77, 'NaN')::geography$$,                '22023', 'near'),
  ($$ST_MakePoint('Infinity', 12)::geography$$,           '22023', 'near'),
  ($$ST_MakePoint(77, '-Infinity')::geography$$,          '22023', 'near'),
  ($$ST_Buffer('POINT(77 12)'::geography, 1, 100000)$$,   '22023', 'near');

CREATE TABLE bad_option (value text, code text, argument text);
INSERT INTO bad_option VALUES
  ('max_distance_km => 0',             '22023', 'max_distance_km'),
  ($$max_distance_km => '-0'$$,        '22023', 'max_distance_km'),
  ('max_distance_km => -1',            '22023', 'max_distance_km'),
  ($$max_distance_km => 'NaN'$$,       '22023', 'max_distance_km'),
  ($$max_distance_km => 'Infinity'$$,  '22023', 'max_distance_km'),
  ($$max_distance_km => '-Infinity'$$, '22023', 'max_distance_km'),
  ('max_distance_km => 100.00000000000001', '22023', 'max_distance_km'),
  ($$skills => ARRAY['A', NULL]$$,     '22023', 'skills'),
  ('skills => ARRAY[NULL::text]',      '22023', 'skills'),
  ($$skills => '{{A,B},{C,NULL}}'$$,   '22023', 'skills'),
  ($$skills => array_fill('A'::text, ARRAY[101])$$,     '22023', 'skills'),
  ($$skills => array_fill('A'::text, ARRAY[11, 10])$$,  '22023', 'skills'),
  ($$skills => array_fill(NULL::text, ARRAY[101])$$,    '22023', 'skills'),
  ($$skills => array_fill('A'::text, ARRAY[1000000])$$, '22023', 'skills'),
  ($$skills => ARRAY['A', repeat('x', 1025)]$$,         '22023', 'skills'),
  ($$skills => ARRAY[repeat(U&'\00E9', 513)]$$,         '22023', 'skills'),
  ($$skills => ARRAY[repeat('x', 1000000)]$$,           '22023', 'skills'),
  ('min_experience => -1',             '22023', 'min_experience'),
  ('max_experience => -1',             '22023', 'max_experience'),
  ('min_experience => -2147483648',    '22023', 'min_experience'),
  ('min_experience => 5, max_experience => 4', '22023', 'min_experience'),
  ($$min_rating => 'NaN'$$,            '22023', 'min_rating'),
  ($$min_rating => 'Infinity'$$,       '22023', 'min_rating'),
  ($$min_rating => '-Infinity'$$,      '22023', 'min_rating'),
  ('sort_by => NULL',                  '22004', 'sort_by'),
  ($$sort_by => ''$$,                  '22023', 'sort_by'),
  ($$sort_by => 'price'$$,             '22023', 'sort_by'),
  ($$sort_by => 'Distance'$$,          '22023', 'sort_by'),
  ($$sort_by => 'distance '$$,         '22023', 'sort_by'),
  ($$sort_by => repeat('x', 100000)$$, '22023', 'sort_by'),
  ('skill_match => NULL',              '22004', 'skill_match'),
  ($$skill_match => 'All'$$,           '22023', 'skill_match'),
  ('page => NULL',                     '22004', 'page'),
  ('page => 0',                        '22023', 'page'),
  ('page => -2147483648',              '22023', 'page'),
  ('page_size => 0',                   '22023', 'page_size'),
  ('page_size => -1',                  '22023', 'page_size'),
  ('page_size => 101',                 '22023', 'page_size'),
  ('sample_works => NULL',             '22004', 'sample_works'),
  ('sample_works => -1',               '22023', 'sample_works'),
  ('sample_works => 101',              '22023', 'sample_works'),
  ('include_unlocated => NULL',        '22004', 'include_unlocated'),
  ('west => 1, south => 2, east => 3', '22004', 'north'),
  ('north => 1',                       '22004', 'west'),
  ('west => -180.0000000000001, south => 2, east => 3, north => 4', '22023', 'west'),
  ($$west => 1, south => 'NaN', east => 3, north => 4$$, '22023', 'south'),
  ($$west => 1, south => 2, east => 'Infinity', north => 4$$, '22023', 'east'),
  ('west => 1, south => 2, east => 3, north => 90.00000000000001', '22023', 'north'),
  ('west => 1, south => 4, east => 3, north => 2', '22023', 'south'),
  ('west => -180, south => -90, east => 180, north => 90', '22023', 'west'), ('west => -100, south => -20, east => -99, north => -19', '22023', 'west'),
  ('west => 1, south => 2, east => 3, north => 4, max_distance_km => 10', '22023', 'max_distance_km'),
  ('nearest => 0',                     '22023', 'nearest'),
  ('nearest => 101',                   '22023', 'nearest'),
  ('nearest => 5, west => 1, south => 2, east => 3, north => 4', '22023', 'nearest'),
  ($$nearest => 5, sort_by => 'rating'$$, '22023', 'sort_by'),
  ('nearest => 5, page => 2',          '22023', 'page'),
  ('nearest => 5, page_size => 12',    '22023', 'page_size'),
  ('nearest => 5, include_unlocated => true', '22023', 'include_unlocated'),
  ('nearest => 5, max_distance_km => 101', '22023', 'max_distance_km'),
  ($$nearest => 5, after => '00'$$,    '22023', 'after'),
  ($$after => ''$$,                    '22023', 'after'),
  ($$after => 'x'$$,                   '22023', 'after'),
  ($$after => '0'$$,                   '22023', 'after'),
  ($$after => repeat('00', 32)$$,      '22023', 'after'),
  ($$after => repeat('0', 64) || U&'\00E9'$$, '22023', 'after'),
  ($$after => repeat('0', 65538)$$,    '22023', 'after'),
  ($$after => '00', page => 2$$,       '22023', 'page');

CREATE TABLE good_call (value text);
INSERT INTO good_call VALUES
  ('90, 180'), ('-90, -180'), ($$'-0'::float8, '-0'::float8$$), ('12, 77'),
  ($$'POINT(180 90)'::geography$$), ($$'POINT Z (77 12 900)'::geography$$), ($$'POINT ZM (77 12 900 1)'::geography$$),
  ('12, 77, max_distance_km => NULL'), ('12, 77, max_distance_km => 100'), ('12, 77, max_distance_km => 1e-300'),
  ($$12, 77, skills => '{}'$$), ($$12, 77, skills => '{{A,B},{C,D}}'$$), ('12, 77, skills => NULL'),
  ($$12, 77, skills => '{""}'$$), ($$12, 77, skills => array_fill(repeat('x', 1024), ARRAY[100])$$),
  ($$12, 77, skills => array_fill('A'::text, ARRAY[10, 10])$$), ($$12, 77, skills => '[5:6]={A,B}'$$),
  ('12, 77, min_experience => 0, max_experience => 2147483647'), ('12, 77, min_experience => 5, max_experience => 5'),
  ('12, 77, min_experience => NULL, max_experience => NULL, min_rating => NULL'), ('12, 77, min_rating => -1'),
  ('12, 77, nearest => 1'), ('12, 77, nearest => 100, max_distance_km => 100'), ('12, 77, nearest => NULL, after => NULL, page_size => NULL'),
  ('12, 77, page => 2147483647, page_size => 100'), ('12, 77, page_size => 1'),
  ('west => 77, south => 12, east => 78, north => 13'), ('west => 170, south => -90, east => -170, north => 90'),
  ('12, 77, west => 180, south => 12, east => -180, north => 12'), ($$'POINT(77 12)'::geography, west => 77, south => 12, east => 78, north => 13$$),
  ('west => -180, south => -90, east => 180, north => 90, page => 3'),
  ('12, 77, sample_works => 0'), ('12, 77, sample_works => 100');

CREATE VIEW bad_call AS
  SELECT value AS arguments, code, argument FROM bad_centre
  UNION ALL
  SELECT concat_ws(', ', centre, value), code, argument
  FROM bad_option, (VALUES ('12, 77'), ($$'POINT(77 12)'::geography$$)) centres (centre);

-- The form for a geography has a name of its own.
CREATE FUNCTION call(query text, arguments text) RETURNS text LANGUAGE sql
  RETURN format(query, CASE WHEN arguments LIKE '%geography%' THEN '_near' ELSE '' END, arguments);

CREATE VIEW form AS
  SELECT * FROM (VALUES ('SELECT count(*) FROM tailor_search%s(%s)'), ('SELECT tailor_search_json%s(%s)'),
                        ('SELECT engine FROM tailor_search_explain%s(%s)')) forms (query);

SELECT is((o.code, o.argument, o.message LIKE bad_call.argument || ' must %', o.hint <> '', length(o.message) < 300)::text,
          (bad_call.code, bad_call.argument, true, true, true)::text,
          left('refused: ' || call(query, arguments), 120) || ' ' || coalesce(left(o.message, 120), ''))
FROM bad_call, form, outcome_of(call(query, arguments)) o;

-- Facets: the same arguments but for order and pages, and what cannot be combined.
CREATE VIEW facets_form AS SELECT * FROM (VALUES ('SELECT count(*) FROM tailor_search_facets%s(%s)')) forms (query);
SELECT is((o.code, o.argument, o.message LIKE bad_call.argument || ' must %', o.hint <> '')::text, (bad_call.code, bad_call.argument, true, true)::text,
          left('refused: ' || call(query, arguments), 120))
FROM bad_call, facets_form, outcome_of(call(query, arguments)) o WHERE arguments !~ '(sort_by|page|page_size|sample_works|nearest|after) =>';
SELECT is((o.code, o.argument, o.hint <> '')::text, (expected.code, 'facets', true)::text, 'refused: ' || arguments)
FROM (VALUES ('facets => NULL', '22004'), ('nearest => 5, facets => true', '22023')) expected (arguments, code),
     (VALUES ('SELECT tailor_search_json(0, 0, %s)'), ('SELECT (tailor_search_page(0, 0, %s)).json'), ('SELECT engine FROM tailor_search_explain(0, 0, %s)')) f (query),
     outcome_of(format(query, arguments)) o;

-- Clusters: the area and the filters alike, and the zoom.
CREATE VIEW clusters_form AS SELECT * FROM (VALUES ('SELECT count(*) FROM tailor_search_clusters%s(%s, zoom => 1)')) forms (query);
SELECT is((o.code, o.argument, o.message LIKE bad_call.argument || ' must %', o.hint <> '')::text, (bad_call.code, bad_call.argument, true, true)::text,
          left('refused: ' || call(query, arguments), 120))
FROM bad_call, clusters_form, outcome_of(call(query, arguments)) o
WHERE arguments !~ '(sort_by|page|page_size|sample_works|include_unlocated|nearest|after) =>' AND arguments <> '';
CREATE VIEW bad_zoom AS SELECT * FROM (VALUES ('zoom => -1', '22023'), ('zoom => 31', '22023'), ('12, 77, zoom => 30', '22023'),
  ('west => 77, south => 12, east => 78, north => 13, zoom => 14', '22023')) bad (arguments, code);
SELECT is((o.code, o.argument, o.message LIKE 'zoom must %', o.hint <> '')::text, (expected.code, 'zoom', true, true)::text, 'refused: ' || query || arguments)
FROM (TABLE bad_zoom UNION ALL VALUES ('nearest => 5, zoom => 1', '22023')) expected (arguments, code),
     (VALUES ('SELECT tailor_search_json(%s)'), ('SELECT (tailor_search_page(%s)).json'), ('SELECT engine FROM tailor_search_explain(%s)')) f (query),
     outcome_of(format(query, CASE WHEN arguments ~ '12' THEN '' ELSE '0, 0, ' END || arguments)) o;
SELECT is((o.code, o.argument, o.message LIKE 'zoom must %', o.hint <> '')::text, (expected.code, 'zoom', true, true)::text, 'refused: ' || arguments)
FROM (TABLE bad_zoom UNION ALL VALUES ('zoom => NULL', '22004'), ('0, 0', '22004')) expected (arguments, code),
     outcome_of(format('SELECT count(*) FROM tailor_search_clusters(%s)', CASE WHEN arguments ~ '12|0, 0' THEN '' ELSE '0, 0, ' END || arguments)) o;
SELECT is((o.message, o.hint)::text, ('zoom must be at most 13 for this area, not 14: it has about 38837 cells then, of at most 10000', 'Give a smaller zoom, or a smaller area.')::text,
          'the message says what the area allows')
FROM outcome_of('SELECT count(*) FROM tailor_search_clusters(west => 77, south => 12, east => 78, north => 13, zoom => 14)') o;

SET tailor_search.max_box_km = 20037.6;
SELECT is(error_code(call(query, value)), NULL, 'accepted: ' || call(query, value)) FROM good_call, facets_form
WHERE value !~ '(sort_by|page|page_size|sample_works|nearest|after) =>';
SELECT is(error_code(call(query, value)), NULL, 'accepted: ' || call(query, value)) FROM good_call, clusters_form
WHERE value !~ '(sort_by|page|page_size|sample_works|include_unlocated|nearest|after) =>';
SELECT is(error_code(call(query, value)), NULL, 'accepted: ' || call(query, value)) FROM good_call, form;
SELECT is(error_code(format('SELECT count(*) FROM tailor_search_clusters(%s)', value)), NULL, 'accepted: ' || value) FROM (VALUES
  ('0, 0, zoom => 0'), ('0, 0, 0.00001, zoom => 30'), ('west => 1, south => 1, east => 1, north => 1, zoom => 30'),
  ('west => -180, south => -90, east => 180, north => 90, zoom => 5')) good (value);

-- An argument is checked before the tables are looked for: a bad request is a bad request whatever the binding.
SET tailor_search.tailor_table = 'nowhere';
SELECT is(error_code('SELECT tailor_search_json(91, 0)'), '22023', 'a bad argument comes before a missing table');
RESET tailor_search.tailor_table;

SELECT is((outcome_of('SELECT tailor_search_json(0, 0, max_distance_km => 101)')).message,
          'max_distance_km must be greater than 0 and at most 100, not 101', 'the message says bound and value');
SET tailor_search.max_distance_km = 101;
SELECT is(error_code('SELECT tailor_search_json(0, 0, max_distance_km => 101)'), NULL, 'the bound is a setting');

-- How many skills a search may name is a setting, for those who run the server.
SELECT is((o.message, o.hint)::text, ('skills must have at most 100 values, not 101', 'The upper bound is the setting tailor_search.max_skills.')::text,
          'the message says bound and number, the hint the setting')
FROM outcome_of($$SELECT tailor_search_json(0, 0, skills => array_fill('A'::text, ARRAY[101]))$$) o;
SELECT is((outcome_of($$SELECT tailor_search_json(0, 0, skills => ARRAY['A', repeat('x', 1025)])$$)).message,
          'skills must have values of at most 1024 bytes, not 1025', 'the message says bound and size');
SET tailor_search.max_skills = 2;
SELECT is((outcome_of($$SELECT tailor_search_json(0, 0, skills => '{A,A,A}')$$)).message, 'skills must have at most 2 values, not 3', 'a smaller bound; repeated values count');
SELECT is(error_code($$SELECT tailor_search_json(0, 0, skills => '{A,B}')$$), NULL, '… has room for two');
SET tailor_search.max_skills = 5000;
SELECT is(error_code($$SELECT tailor_search_json(0, 0, skills => array_fill('A'::text, ARRAY[5000]))$$), NULL, 'a larger bound');
RESET tailor_search.max_skills;
SELECT is(error_code('SET tailor_search.max_skills = ' || value), '22023', 'no bound: ' || value) FROM (VALUES (0), (-1), (10001)) bad (value);
CREATE ROLE tailor_test_anybody;
SELECT is(error_code('SET tailor_search.max_skills = 1000', 'tailor_test_anybody'), '42501', 'the bound is not the caller''s to change');
DROP ROLE tailor_test_anybody;

SELECT is(error_code(format('SELECT tailor_by_id_json(repeat(%L, %s))', 'x', bytes)), code, format('an id of %s bytes', bytes))
FROM (VALUES (8192, NULL), (8193, '22023'), (100000000, '22023')) ids (bytes, code);
SELECT is((o.message, o.argument, o.hint)::text, ('id must have at most 8192 bytes, not 8193', 'id', 'Check where the id comes from: no tailor has such a long one.')::text,
          'the message of a long id')
FROM outcome_of($$SELECT tailor_by_id_json(repeat('x', 8193))$$) o;
SELECT is(tailor_by_id_json(NULL)::text, NULL, 'no id, no tailor');
SELECT is(tailor_by_id_json('nobody')::text, NULL, 'an unknown id is no error');
SELECT * FROM finish();
