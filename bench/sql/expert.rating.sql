-- By rating there is no nearest neighbour to begin with: all matches are ranked, and only the page gets its relations.
SELECT p.*, json_build_object('id', u.id, 'name', u.name, 'email', u.email) AS "user", w.works AS "sampleWorks"
FROM (
  SELECT t.*, ST_Distance(t."locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography)) / 1000 AS distance
  FROM "Tailor" t
  WHERE ST_DWithin("locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter}
  ORDER BY rating DESC, distance, id LIMIT 12 OFFSET {skip}) p
JOIN "User" u ON u.id = p."userId"
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(json_build_object('id', s.id, 'imageUrl', s."imageUrl", 'description', s.description, 'createdAt', s."createdAt")), '[]') AS works
  FROM (SELECT * FROM "SampleWork" WHERE "tailorId" = p.id ORDER BY "createdAt" DESC, id LIMIT 4) s) w
ORDER BY p.rating DESC, p.distance, p.id;

SELECT count(*) AS total FROM "Tailor" t
WHERE ST_DWithin("locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000) {filter};
