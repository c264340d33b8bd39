-- An expert's SQL on the application's tables. `<->` is the distance on a sphere: a few rows more than the page are
-- taken from the index and put in the spheroid's order.
SELECT p.*, json_build_object('id', u.id, 'name', u.name, 'email', u.email) AS "user", w.works AS "sampleWorks"
FROM (
  SELECT n.*, ST_Distance(n."locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)) / 1000 AS distance
  FROM (
    SELECT * FROM "Tailor" t
    WHERE ST_DWithin("locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter}
    ORDER BY "locationPoint" <-> (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)
    LIMIT {fetch}) n
  ORDER BY distance, id LIMIT 12 OFFSET {skip}) p
JOIN "User" u ON u.id = p."userId"
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(json_build_object('id', s.id, 'imageUrl', s."imageUrl", 'description', s.description, 'createdAt', s."createdAt")), '[]') AS works
  FROM (SELECT * FROM "SampleWork" WHERE "tailorId" = p.id ORDER BY "createdAt" DESC, id LIMIT 4) s) w
ORDER BY p.distance, p.id;

SELECT count(*) AS total FROM "Tailor" t
WHERE ST_DWithin("locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter};
