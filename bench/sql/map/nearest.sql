-- As the expert's search, without a total. Beyond 100 km, the largest radius, no tailor is shown.
SELECT p.*, json_build_object('id', u.id, 'name', u.name, 'email', u.email) AS "user", w.works AS "sampleWorks"
FROM (
  SELECT n.*, ST_Distance(n."locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)) / 1000 AS distance
  FROM (SELECT * FROM "Tailor" ORDER BY "locationPoint" <-> (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography) LIMIT {fetch}) n
  ORDER BY distance, id LIMIT 12) p
JOIN "User" u ON u.id = p."userId"
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(json_build_object('id', s.id, 'imageUrl', s."imageUrl", 'description', s.description, 'createdAt', s."createdAt")), '[]') AS works
  FROM (SELECT * FROM "SampleWork" WHERE "tailorId" = p.id ORDER BY "createdAt" DESC, id LIMIT 4) s) w
WHERE p.distance <= 100
ORDER BY p.distance, p.id;
