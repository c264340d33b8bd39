-- The strongest that can be done by hand: every tailor's JSON built beforehand, neighbours on the earth neighbours on disk,
-- and a slim copy for the count. Nothing keeps these in step with the application's tables: triggers on all three would have to.
DROP TABLE IF EXISTS prebuilt_tailor, prebuilt_slim;

CREATE TABLE prebuilt_tailor AS
SELECT row_number() OVER (ORDER BY ST_GeoHash(t."locationPoint"::geometry, 10), t.id)::int AS n, t.id, t."locationPoint" AS point,
       (SELECT sum(1 << (array_position(skill_names, skill) - 1)) FROM unnest(t.skills) skill)::int AS skills,
       t."yearsExperience" AS years, t.rating,
       -- Open at the end: a search adds the distance and the brace.
       left(json_build_object(
         'id', t.id, 'userId', t."userId", 'location', t.location, 'latitude', t.latitude, 'longitude', t.longitude,
         'skills', t.skills, 'yearsExperience', t."yearsExperience", 'profilePhoto', t."profilePhoto",
         'contactPhone', t."contactPhone", 'contactEmail', t."contactEmail", 'rating', t.rating, 'reviewCount', t."reviewCount",
         'createdAt', t."createdAt", 'updatedAt', t."updatedAt",
         'user', json_build_object('id', u.id, 'name', u.name, 'email', u.email), 'sampleWorks', w.works)::text, -1)
         || ',"distance":' AS body
FROM (SELECT ARRAY['ALTERATIONS', 'STITCHING', 'EMBROIDERY', 'BUTTON_WORK', 'ZIPPER_REPAIR', 'HEMMING', 'CUSTOM_FITTING',
                   'BRIDAL_WORK', 'ETHNIC_WEAR', 'WESTERN_WEAR'] AS skill_names) names,
     "Tailor" t
JOIN "User" u ON u.id = t."userId"
CROSS JOIN LATERAL (
  SELECT coalesce(json_agg(json_build_object('id', s.id, 'imageUrl', s."imageUrl", 'description', s.description, 'createdAt', s."createdAt")), '[]') AS works
  FROM (SELECT * FROM "SampleWork" WHERE "tailorId" = t.id ORDER BY "createdAt" DESC, id LIMIT 4) s) w
WHERE t."locationPoint" IS NOT NULL
ORDER BY n;

CREATE TABLE prebuilt_slim AS SELECT point, n, skills, years, rating FROM prebuilt_tailor ORDER BY n;

ALTER TABLE prebuilt_tailor ADD PRIMARY KEY (n);
CREATE INDEX ON prebuilt_tailor USING gist (point);
CREATE INDEX ON prebuilt_slim USING gist (point);
