-- A grid of degrees, about as coarse. The envelope is a little larger than the box, as its edges are arcs of great circles.
SELECT count(*) AS count, avg(latitude), avg(longitude), min(longitude), min(latitude), max(longitude), max(latitude), min(id)
FROM "Tailor"
WHERE "locationPoint" && (SELECT ST_MakeEnvelope(:lng::float8 - 0.26, :lat::float8 - 0.26, :lng::float8 + 0.26, :lat::float8 + 0.26, 4326)::geography)
  AND latitude BETWEEN :lat::float8 - 0.25 AND :lat::float8 + 0.25 AND longitude BETWEEN :lng::float8 - 0.25 AND :lng::float8 + 0.25
GROUP BY floor(longitude / 0.05), floor(latitude / 0.05);
