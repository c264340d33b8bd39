-- Moves all tailors to Bengaluru: normal about its centre, by 12.6 km as data/generate.py would for a city of that size.
UPDATE "Tailor" t SET latitude = p.latitude, longitude = p.longitude,
       "locationPoint" = ST_SetSRID(ST_MakePoint(p.longitude, p.latitude), 4326)::geography
FROM (
  SELECT id, round((12.97194 + 0.1134 * r * cos(a))::numeric, 6)::float8 AS latitude,
         round((77.59369 + 0.1164 * r * sin(a))::numeric, 6)::float8 AS longitude
  FROM (SELECT id, sqrt(-2 * ln((hashtextextended(id, 1) & 1048575 | 1) / 1048576.0)) AS r,
               2 * pi() * (hashtextextended(id, 2) & 1048575) / 1048576.0 AS a
        FROM "Tailor" WHERE "locationPoint" IS NOT NULL) normal) p
WHERE t.id = p.id;
VACUUM FULL "Tailor";
