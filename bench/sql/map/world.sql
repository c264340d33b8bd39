-- A grid of degrees, about as coarse.
SELECT count(*) AS count, avg(latitude), avg(longitude), min(longitude), min(latitude), max(longitude), max(latitude), min(id)
FROM "Tailor" WHERE "locationPoint" IS NOT NULL
GROUP BY floor(longitude / 11.25), floor(latitude / 11.25);
