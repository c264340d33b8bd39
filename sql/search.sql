-- The rows of tailor_search(): distance, filters, order, page and total.
SET search_path = public, search;
\pset null '(null)'
-- The nearest first, ties by id.
SELECT id, location, round(distance::numeric, 6) AS km, total FROM tailor_search(12.9716, 77.5946);
-- The distance is PostGIS's own, digit for digit.
SELECT s.id, s.distance = gis.ST_Distance(t."locationPoint", gis.ST_SetSRID(gis.ST_MakePoint(77.5946, 12.9716), 4326)::gis.geography) / 1000 AS same
FROM tailor_search(12.9716, 77.5946) s JOIN "Tailor" t USING (id) ORDER BY id;
-- All columns, and their types.
\x on
SELECT * FROM tailor_search(12.9716, 77.5946, nearest => 1);
\x off
CREATE TEMP VIEW search_columns AS SELECT * FROM tailor_search(0, 0);
SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'search_columns' ORDER BY ordinal_position;
-- The other form: around a geography.
SELECT id, total FROM tailor_search_near(gis.ST_GeogFromText('POINT(77.5946 12.9716)'), 1);
-- Filters.
SELECT id, skills, total FROM tailor_search(12.9716, 77.5946, skills => '{STITCHING,EMBROIDERY}');
SELECT id, skills, total FROM tailor_search(12.9716, 77.5946, skills => '{}');
SELECT id, "yearsExperience", total FROM tailor_search(12.9716, 77.5946, min_experience => 5, max_experience => 10);
SELECT id, rating, total FROM tailor_search(12.9716, 77.5946, min_rating => 4.5);
SELECT id, total FROM tailor_search(12.9716, 77.5946, 3, '{HEMMING}', 0, 5, 1);
-- In a box, around its middle, or from a centre.
SELECT id, latitude, longitude, round(distance::numeric, 3) AS km, total FROM tailor_search(west => 77.59, south => 12.9, east => 77.65, north => 12.98);
SELECT id, round(distance::numeric, 3) AS km, total FROM tailor_search(12.9716, 77.5946, west => 77.59, south => 12.9, east => 77.65, north => 12.98);
SET tailor_search.max_box_km = 20037.6;
SELECT id, total FROM tailor_search(west => 78, south => -90, east => 77.6, north => 90, sort_by => 'rating');
RESET tailor_search.max_box_km;
-- Orders.
SELECT id, "yearsExperience" FROM tailor_search(12.9716, 77.5946, sort_by => 'experience');
SELECT id, rating FROM tailor_search(12.9716, 77.5946, sort_by => 'rating');
-- Pages: the total is always that of all matches.
SELECT id, total FROM tailor_search(12.9716, 77.5946, page => 2, page_size => 3);
SELECT id, total FROM tailor_search(12.9716, 77.5946, page => 3, page_size => 3);
-- Without a point: only on request, last, without a distance.
SELECT id, distance IS NULL AS unlocated, total FROM tailor_search(12.9716, 77.5946, skills => '{STITCHING}', include_unlocated => true);
-- The nearest, within the largest radius. Pages by the cursor of the page before.
SELECT id, total, next FROM tailor_search(12.9716, 77.5946, nearest => 2);
SELECT id, total, next IS NULL AS last FROM tailor_search(12.9716, 77.5946, page_size => 3);
SELECT id, total, next IS NULL AS last FROM tailor_search(12.9716, 77.5946, after => (SELECT min(next) FROM tailor_search(12.9716, 77.5946, page_size => 3)));
-- Facets: each under all filters but its own.
SELECT * FROM tailor_search_facets(12.9716, 77.5946);
SELECT * FROM tailor_search_facets(12.9716, 77.5946, skills => '{HEMMING}', min_rating => 4);
SELECT tailor_search_json(12.9716, 77.5946, page_size => 1, facets => true)->'facets' AS facets;
SELECT * FROM tailor_search_clusters(12.9716, 77.5946, zoom => 9);
SELECT * FROM tailor_search_clusters(12.9716, 77.5946, zoom => 12);
SELECT tailor_search_json(12.9716, 77.5946, page_size => 1, zoom => 12)->'clusters' AS clusters;
-- Sample works: the newest first, as many as asked for.
SELECT id, json_array_length("sampleWorks") FROM tailor_search(12.9716, 77.5946, 1);
SELECT id, json_array_length("sampleWorks") FROM tailor_search(12.9716, 77.5946, 1, sample_works => 0);
SELECT w ->> 'id' AS work FROM tailor_search(12.9716, 77.5946, page_size => 1, sample_works => 5), json_array_elements("sampleWorks") w;
-- The planner knows how many rows a page has.
EXPLAIN SELECT * FROM tailor_search(12.9716, 77.5946);
EXPLAIN SELECT * FROM tailor_search(12.9716, 77.5946, page_size => 50);
