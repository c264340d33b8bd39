-- What the analysis of the application proposed: one query with JOIN and GROUP BY, and its count.
SELECT t.*, ST_Distance(t."locationPoint", ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography) / 1000 AS distance,
       json_build_object('id', u.id, 'name', u.name, 'email', u.email) AS "user",
       (array_agg(json_build_object('id', s.id, 'imageUrl', s."imageUrl", 'description', s.description, 'createdAt', s."createdAt")
                  ORDER BY s."createdAt" DESC, s.id) FILTER (WHERE s.id IS NOT NULL))[1:4] AS "sampleWorks"
FROM "Tailor" t
JOIN "User" u ON u.id = t."userId"
LEFT JOIN "SampleWork" s ON s."tailorId" = t.id
WHERE ST_DWithin(t."locationPoint", ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography, :km::float8 * 1000) {filter}
GROUP BY t.id, u.id
ORDER BY {order} LIMIT 12 OFFSET {skip};

SELECT count(*) AS total FROM "Tailor" t
WHERE ST_DWithin(t."locationPoint", ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography, :km::float8 * 1000) {filter};
