-- A bad argument is an error that names the argument and says what to do (its SQLSTATE and fields: test/sql).
SET search_path = public, search;
\set SHOW_CONTEXT never
SELECT count(*) FROM tailor_search(90.1, 0);
SELECT count(*) FROM tailor_search(0, 'NaN');
SELECT count(*) FROM tailor_search(0, '-Infinity');
SELECT count(*) FROM tailor_search(NULL, 0);
SELECT count(*) FROM tailor_search(0, 0, 0);
SELECT count(*) FROM tailor_search(0, 0, 100.5);
SELECT count(*) FROM tailor_search();
SELECT count(*) FROM tailor_search(west => 77, south => 13, east => 78, north => 12);
SELECT count(*) FROM tailor_search(west => 77, south => 12, east => 78);
SELECT count(*) FROM tailor_search(0, 0, nearest => 5, page => 2);
SELECT count(*) FROM tailor_search(0, 0, after => '0123');
SELECT count(*) FROM tailor_search(max_distance_km => 5, west => 77, south => 12, east => 78, north => 13);
SELECT count(*) FROM tailor_search(0, 0, skills => '{HEMMING,NULL}');
SELECT count(*) FROM tailor_search(0, 0, skills => array_fill('HEMMING'::text, ARRAY[101]));
SELECT count(*) FROM tailor_search(0, 0, skills => ARRAY[repeat('x', 1025)]);
SELECT count(*) FROM tailor_search(0, 0, min_experience => -1);
SELECT count(*) FROM tailor_search(0, 0, min_experience => 6, max_experience => 5);
SELECT count(*) FROM tailor_search(0, 0, min_rating => 'Infinity');
SELECT count(*) FROM tailor_search(0, 0, sort_by => 'price');
SELECT count(*) FROM tailor_search(0, 0, page => 0);
SELECT count(*) FROM tailor_search(0, 0, page_size => 101);
SELECT count(*) FROM tailor_search(0, 0, sample_works => 101);
SELECT count(*) FROM tailor_search(0, 0, include_unlocated => NULL);
SELECT count(*) FROM tailor_search_near(NULL::gis.geography);
SELECT count(*) FROM tailor_search_near(gis.ST_GeogFromText('POINT EMPTY'));
SELECT count(*) FROM tailor_search_near(gis.ST_GeogFromText('LINESTRING(0 0, 1 1)'));
SELECT count(*) FROM tailor_search_near(gis.ST_GeogFromText('SRID=4267;POINT(0 0)'));
SELECT tailor_by_id_json(repeat('x', 8193));
-- The bound of the distance is a setting, for those who run the server.
SET tailor_search.max_distance_km = 500;
SELECT id, round(distance) FROM tailor_search(12.9716, 77.5946, 400, sort_by => 'experience');
RESET tailor_search.max_distance_km;
