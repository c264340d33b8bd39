-- One scan of the circle, then three groupings. That no tailor names a skill twice is known here, so nothing is made distinct.
WITH near AS MATERIALIZED (
  SELECT skills, rating, "yearsExperience" AS years, skills && ARRAY['BRIDAL_WORK'] AS asked FROM "Tailor"
  WHERE ST_DWithin("locationPoint", (SELECT ST_SetSRID(ST_MakePoint(:lng::float8, :lat::float8), 4326)::geography), :km::float8 * 1000)
), stars AS (
  SELECT ARRAY[count(*) FILTER (WHERE rating >= 1), count(*) FILTER (WHERE rating >= 2), count(*) FILTER (WHERE rating >= 3),
               count(*) FILTER (WHERE rating >= 4), count(*) FILTER (WHERE rating >= 5)] AS counts FROM near WHERE asked
)
SELECT 'skill' AS facet, skill AS value, count(*) AS count FROM near, unnest(skills) AS skill WHERE rating >= 4 GROUP BY skill
UNION ALL
SELECT 'rating', star::text, counts[star] FROM stars, generate_series(1, 5) AS star WHERE counts[star] > 0
UNION ALL
SELECT 'experience', (least(years, 50) / 5 * 5)::text, count(*) FROM near WHERE asked AND rating >= 4 AND years >= 0 GROUP BY least(years, 50) / 5;
