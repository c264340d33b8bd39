-- As the expert's search, with the box in place of the circle. The envelope is a little larger than the box, as its edges are arcs
-- of great circles.
SELECT p.*, json_build_object('id', u.id, 'name', u.name, 'email', u.email) AS "user", w.works AS "sampleWorks"
FROM (
  SELECT n.*, ST_Distance(n."locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)) / 1000 AS distance
  FROM (
    SELECT * FROM "Tailor" WHERE "locationPoint" && (SELECT ST_MakeEnvelope(:lng::float8 - 0.11, :lat::float8 - 0.11, :lng::float8 + 0.11, :lat::float8 + 0.11, 4326)::geography)
      AND latitude BETWEEN :lat::float8 - 0.1 AND :lat::float8 + 0.1 AND longitude BETWEEN :lng::float8 - 0.1 AND :lng::float8 + 0.1
    ORDER BY "locationPoint" <-> (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography) LIMIT {fetch}) n
  ORDER BY distance, id LIMIT 12) p
JOIN "User" u ON u.id = p."userId"
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(json_build_object('id', s.id, 'imageUrl', s."imageUrl", 'description', s.description, 'createdAt', s."createdAt")), '[]') AS works
  FROM (SELECT * FROM "SampleWork" WHERE "tailorId" = p.id ORDER BY "createdAt" DESC, id LIMIT 4) s) w
ORDER BY p.distance, p.id;

SELECT count(*) AS total FROM "Tailor" WHERE "locationPoint" && (SELECT ST_MakeEnvelope(:lng::float8 - 0.11, :lat::float8 - 0.11, :lng::float8 + 0.11, :lat::float8 + 0.11, 4326)::geography)
  AND latitude BETWEEN :lat::float8 - 0.1 AND :lat::float8 + 0.1 AND longitude BETWEEN :lng::float8 - 0.1 AND :lng::float8 + 0.1;
