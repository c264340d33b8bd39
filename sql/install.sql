-- CREATE EXTENSION brings PostGIS along, each in a schema of its own that is not on the search_path.
SET client_min_messages = warning;
CREATE SCHEMA gis;
CREATE EXTENSION postgis SCHEMA gis;
CREATE SCHEMA search;
CREATE EXTENSION tailor_search SCHEMA search CASCADE;
RESET client_min_messages;
-- Read with the caller's eyes and snapshot: stable, invoker's rights, never run by a parallel worker.
SELECT p.oid::regprocedure AS function, provolatile AS volatile, proparallel AS parallel, prosecdef AS definer
FROM pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass
JOIN pg_extension e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
WHERE extname = 'tailor_search' ORDER BY p.oid::regprocedure::text COLLATE "C";
-- The application's tables, as Prisma makes them; PostGIS must be found for the migration alone.
\set ECHO none
\set QUIET on
SET client_min_messages = warning;
SET search_path = public, gis;
\ir ../data/schema.sql
\set QUIET off
\set ECHO all
-- Six tailors: four around MG Road, Bengaluru, one far away, one without a point.
INSERT INTO "User" (id, email, password, role, name, "createdAt", "updatedAt")
SELECT 'u' || n, 'tailor' || n || '@example.com', 'secret', 'TAILOR', 'Tailor ' || n, '2024-01-01', '2024-01-01'
FROM generate_series(1, 6) n;
INSERT INTO "Tailor" (id, "userId", location, latitude, longitude, skills, "yearsExperience", rating, "reviewCount", "createdAt", "updatedAt", "locationPoint")
SELECT id, 'u' || right(id, 1), location, lat, lng, skills, years, rating, reviews,
       '2024-02-01 10:00', '2024-03-01 10:00:00.125', ST_SetSRID(ST_MakePoint(lng, lat), 4326)::geography
FROM (VALUES
  ('t1', 'MG Road',           12.9716, 77.5946, '{STITCHING,HEMMING}'::text[], 5,    4.5, 12),
  ('t2', 'Commercial Street', 12.9833, 77.6089, '{EMBROIDERY}',                10,   4.9, 80),
  ('t3', 'MG Road',           12.9716, 77.5946, '{HEMMING}',                   NULL, 0,   0),
  ('t4', 'Indiranagar',       12.9784, 77.6408, '{}',                          25,   3.2, 5),
  ('t5', 'Chennai',           13.0827, 80.2707, '{STITCHING}',                 7,    4.1, 9),
  ('t6', 'somewhere',         NULL,    NULL,    '{STITCHING}',                 3,    5,   1)
) t (id, location, lat, lng, skills, years, rating, reviews);
INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", description, "createdAt", "updatedAt")
SELECT 'w' || n, 't1', 'https://img.example/' || n || '.jpg', CASE WHEN n <> 3 THEN 'work "' || n || '"' END,
       timestamp '2024-01-01' + n * interval '1 day', '2024-01-01'
FROM generate_series(1, 6) n;
