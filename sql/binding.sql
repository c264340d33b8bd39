-- The tables belong to the application: which ones are meant is a setting, what is wrong with them is told.
SET search_path = public, search;
\set SHOW_CONTEXT never
SET tailor_search.tailor_table = '"Nobody"';
SELECT count(*) FROM tailor_search(0, 0);
SET tailor_search.tailor_table = 'a.b.c.d';
SELECT count(*) FROM tailor_search(0, 0);
SET tailor_search.tailor_table = '"SampleWork_pkey"';
SELECT count(*) FROM tailor_search(0, 0);
RESET tailor_search.tailor_table;
-- A column is missing, or cannot serve.
BEGIN;
ALTER TABLE "SampleWork" DROP COLUMN description;
SAVEPOINT s;
SELECT count(*) FROM tailor_search(0, 0);
ROLLBACK TO s;
ALTER TABLE "SampleWork" ADD COLUMN description jsonb;
SAVEPOINT s;
SELECT count(*) FROM tailor_search(0, 0);
ROLLBACK;
BEGIN;
ALTER TABLE "Tailor" RENAME "locationPoint" TO point;
SELECT count(*) FROM tailor_search(0, 0);
ROLLBACK;
-- A change of the tables is seen at once, in the session that has searched before.
SELECT id FROM tailor_search(12.9716, 77.5946, 1);
ALTER TABLE "Tailor" RENAME TO "Atelier";
SET tailor_search.tailor_table = 'public."Atelier"';
SELECT id FROM tailor_search(12.9716, 77.5946, 1);
ALTER TABLE "Atelier" RENAME TO "Tailor";
SELECT id FROM tailor_search(12.9716, 77.5946, 1);
RESET tailor_search.tailor_table;
-- A view serves as well as a table.
CREATE VIEW good_tailors AS SELECT * FROM "Tailor" WHERE rating > 4;
SET tailor_search.tailor_table = 'good_tailors';
SELECT id FROM tailor_search(12.9716, 77.5946);
RESET tailor_search.tailor_table;
DROP VIEW good_tailors;
SELECT id FROM tailor_search(12.9716, 77.5946);
