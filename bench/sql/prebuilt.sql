-- The page from the nearest neighbours in the prebuilt table, the total from the slim copy.
SELECT '{"data":[' || coalesce(string_agg(body || distance || '}', ',' ORDER BY distance, id), '') || ']}' AS document
FROM (
  SELECT n.id, n.body, ST_Distance(n.point, (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)) / 1000 AS distance
  FROM (
    SELECT id, body, point FROM prebuilt_tailor t
    WHERE ST_DWithin(point, (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter}
    ORDER BY point <-> (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)
    LIMIT {fetch}) n
  ORDER BY distance, id LIMIT 12 OFFSET {skip}) p;

SELECT count(*) AS total FROM prebuilt_slim t
WHERE ST_DWithin(point, (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter};
