-- By rating the slim copy gives the page as well as the total; only the page's rows are read from the prebuilt table.
SELECT '{"data":[' || coalesce(string_agg(f.body || p.distance || '}', ',' ORDER BY p.rating DESC, p.distance, f.id), '') || ']}' AS document
FROM (
  SELECT t.n, t.rating, ST_Distance(t.point, (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)) / 1000 AS distance
  FROM prebuilt_slim t
  WHERE ST_DWithin(point, (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter}
  ORDER BY rating DESC, distance LIMIT 12 OFFSET {skip}) p
JOIN prebuilt_tailor f ON f.n = p.n;

SELECT count(*) AS total FROM prebuilt_slim t
WHERE ST_DWithin(point, (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter};
