-- What makes searches fast and answers fresh: what is missing is told, made, or given as a script.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE FUNCTION missing() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(need, ', '), '') FROM tailor_search_check(true) WHERE NOT ok
$$;
-- As the application's tables were before anything was made for searches.
DROP INDEX IF EXISTS tailor_cell_idx;
ALTER TABLE "Tailor" DROP COLUMN "locationPoint";
DROP INDEX "SampleWork_tailorId_idx";
INSERT INTO "User" (id, email, password, "updatedAt") SELECT 'u' || i, i, '', now() FROM generate_series(1, 5) i;
INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") VALUES
  ('t1', 'u1', 12.9716, 77.5946, now()), ('t2', 'u2', NULL, NULL, now()), ('t3', 'u3', 91, 0, now()), ('t4', 'u4', 'NaN', 0, now());
SELECT is(missing(), 'column "locationPoint", trigger for "locationPoint", points, index on public."SampleWork" ("tailorId"), '
  'index on public."Tailor" ("locationPoint"), index on public."Tailor" (tailor_cell("locationPoint")), notification of changes, '
  'vacuumed public."SampleWork", vacuumed public."Tailor", vacuumed public."User", a search by the native engine', 'all that is missing');
SELECT is((SELECT detail || ' | ' || statement FROM tailor_search_check() WHERE need LIKE 'a search%'),
  'table public."Tailor" has no column "locationPoint" | ALTER TABLE public."Tailor" ADD COLUMN "locationPoint" public.geography(Point,4326); or name another table in the settings tailor_search.tailor_table, .user_table and .sample_work_table.', 'why a search fails');

CREATE TABLE script AS SELECT statement, n FROM tailor_search_setup_sql(true) WITH ORDINALITY s (statement, n);
SELECT is((SELECT string_agg(statement, E'\n' ORDER BY n) FROM script), $$ALTER TABLE public."Tailor" ADD COLUMN "locationPoint" public.geography(Point,4326);
CREATE OR REPLACE TRIGGER tailor_search_point BEFORE INSERT OR UPDATE ON public."Tailor" FOR EACH ROW EXECUTE FUNCTION public.tailor_search_point(); ALTER TABLE public."Tailor" ENABLE ALWAYS TRIGGER tailor_search_point;
UPDATE public."Tailor" SET latitude = latitude WHERE "locationPoint" IS NULL AND latitude IS NOT NULL AND longitude IS NOT NULL;
CREATE INDEX CONCURRENTLY ON public."SampleWork" USING btree ("tailorId");
CREATE INDEX CONCURRENTLY ON public."Tailor" USING gist ("locationPoint");
CREATE INDEX CONCURRENTLY ON public."Tailor" USING btree (public.tailor_cell("locationPoint"), "yearsExperience", rating, public.tailor_indexed_skills(skills) COLLATE "C");
CALL public.tailor_search_notify_changes();
VACUUM (ANALYZE) public."SampleWork";
VACUUM (ANALYZE) public."Tailor";
VACUUM (ANALYZE) public."User";$$, 'the script');

-- In one go, twice. (In the transaction that changed its rows an index is too new for the native engine.)
BEGIN;
CALL tailor_search_setup();
SELECT is(missing(), 'notification of changes, vacuumed public."SampleWork", vacuumed public."Tailor", vacuumed public."User", a search by the native engine', 'made, but for what is made by choice');
CALL tailor_search_setup(notify_changes => true);
CALL tailor_search_setup(notify_changes => true);
SELECT is(missing(), 'vacuumed public."SampleWork", vacuumed public."Tailor", vacuumed public."User", a search by the native engine', '… and that');
SELECT is((SELECT string_agg(id, ' ') FROM "Tailor" WHERE "locationPoint" IS NOT NULL), 't1', 'who has a place has a point');
SELECT is((SELECT count(*) FROM pg_indexes WHERE tablename = 'Tailor'), 5::bigint, 'nothing is made twice');
ROLLBACK;

-- By the script, statement by statement, as psql would.
SELECT statement FROM script ORDER BY n \gexec
SELECT is(missing(), '', 'all is well');
SELECT is((SELECT count(*) FROM tailor_search_setup_sql(true)), 0::bigint, 'nothing to do');
SELECT is(found('12.9716, 77.5946'), 't1', 'found');

-- The point keeps in step.
CREATE FUNCTION point_of(id text) RETURNS text LANGUAGE sql AS 'SELECT coalesce(ST_AsEWKT("locationPoint"), ''none'') FROM "Tailor" t WHERE t.id = $1';
INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") VALUES ('t5', 'u5', 1, 2, now());
SELECT is(point_of('t5'), 'SRID=4326;POINT(2 1)', 'of a new one');
UPDATE "Tailor" SET latitude = 3 WHERE id = 't5';
SELECT is(point_of('t5'), 'SRID=4326;POINT(2 3)', 'moved');
UPDATE "Tailor" SET rating = 3 WHERE id = 't5';
SELECT is(point_of('t5'), 'SRID=4326;POINT(2 3)', 'changed in place');
UPDATE "Tailor" SET "locationPoint" = 'POINT(7 8)' WHERE id = 't5';
UPDATE "Tailor" SET rating = 4 WHERE id = 't5';
SELECT is(point_of('t5'), 'SRID=4326;POINT(7 8)', 'a point that is given stays');
UPDATE "Tailor" SET latitude = 5, "locationPoint" = 'POINT(6 5)' WHERE id = 't5';
SELECT is(point_of('t5'), 'SRID=4326;POINT(6 5)', '… with another latitude, too');
UPDATE "Tailor" SET longitude = NULL WHERE id = 't5';
SELECT is(point_of('t5'), 'none', 'nowhere');
UPDATE "Tailor" SET longitude = 180.1 WHERE id = 't5';
SELECT is(point_of('t5'), 'none', 'out of bounds');
UPDATE "Tailor" SET longitude = 180, latitude = -90 WHERE id = 't5';
SELECT is(point_of('t5'), 'SRID=4326;POINT(180 -90)', 'at the bounds');
SELECT throws_ok('CREATE TRIGGER t AFTER UPDATE ON "Tailor" FOR EACH ROW EXECUTE FUNCTION tailor_search_point(); UPDATE "Tailor" SET rating = 1',
  '39P01', NULL, 'used wrongly');

VACUUM "Tailor";

-- Another index serves as well; one that is partial or has less does not.
DROP INDEX "SampleWork_tailorId_idx";
CREATE INDEX ON "SampleWork" ("tailorId") WHERE id > 'a';
SELECT is(missing(), 'index on public."SampleWork" ("tailorId"), a search by the native engine', 'a partial index');
CREATE INDEX ON "SampleWork" ("tailorId", "createdAt" DESC) INCLUDE ("imageUrl");
SELECT is(missing(), '', 'one with more columns');
DROP INDEX "Tailor_tailor_cell_yearsExperience_rating_tailor_indexed_sk_idx";
CREATE INDEX ON "Tailor" (tailor_cell("locationPoint")) INCLUDE (rating);
SELECT is(missing(), 'index on public."Tailor" (tailor_cell("locationPoint")), a search by the native engine', 'not covering');
CALL tailor_search_setup();
VACUUM "Tailor";
ALTER TABLE "Tailor" DISABLE TRIGGER tailor_search_point;
SELECT is(missing(), 'trigger for "locationPoint"', 'a trigger switched off');
-- Apply workers of logical replication fire no trigger that is merely enabled.
ALTER TABLE "Tailor" ENABLE TRIGGER tailor_search_point;
SELECT is((SELECT statement FROM tailor_search_check() WHERE need = 'trigger for "locationPoint"' AND NOT ok), 'ALTER TABLE public."Tailor" ENABLE ALWAYS TRIGGER tailor_search_point', 'a trigger not for replicated rows');
ALTER TRIGGER tailor_search_point ON "Tailor" RENAME TO mine;
CALL tailor_search_setup();
SELECT is((SELECT string_agg(tgname || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = '"Tailor"'::regclass AND tgfoid = 'tailor_search_point'::regproc), 'mineA', '… mended by setup, whatever its name');
ALTER TRIGGER mine ON "Tailor" RENAME TO tailor_search_point;
ALTER TABLE "User" ENABLE TRIGGER tailor_search_changed;
SELECT is(tailor_search_notifies_changes(), false, 'a trigger that does not notify of replicated rows');
CALL tailor_search_setup(true);
SELECT is(tailor_search_notifies_changes(), true, '… mended by setup');
ALTER TABLE "User" ENABLE TRIGGER tailor_search_truncated;
SELECT is(tailor_search_notifies_changes(), false, 'nor of TRUNCATE');
CALL tailor_search_setup(true);

-- Wherever everything lives.
CREATE SCHEMA "a""b";
ALTER EXTENSION tailor_search SET SCHEMA "a""b";
CREATE SCHEMA app;
ALTER TABLE "Tailor" SET SCHEMA app;
SET tailor_search.tailor_table = 'app."Tailor"';
SET search_path = public;
CALL "a""b".tailor_search_setup(true);
VACUUM app."Tailor";
SELECT is((SELECT string_agg(need, ', ') FROM "a""b".tailor_search_check(true) WHERE NOT ok), NULL, 'schemas with quotes');
SET search_path = "a""b", public;
SELECT is(missing(), '', '… on the search_path or not');

-- What cannot be set up.
SET tailor_search.user_table = '"Nobody"';
SELECT throws_ok('CALL tailor_search_setup()', '42P01', '"Nobody" does not exist, or is not on the search_path: set tailor_search.user_table', 'no such table');
SELECT ok(missing() LIKE 'table of kind user, %', '… the doctor says so');
RESET tailor_search.user_table;
CREATE VIEW app."Tailors" AS SELECT * FROM app."Tailor";
SET tailor_search.tailor_table = 'app."Tailors"';
CALL tailor_search_setup();
SELECT is((SELECT string_agg(need || ': ' || detail, ', ') FROM tailor_search_check() WHERE need LIKE 'table of kind tailor' OR NOT ok),
  'table of kind tailor: app."Tailors" is no table: nothing is set up there, and the SQL engine answers, a search by the native engine: "Tailors" is not a plain table', 'a view');
RESET tailor_search.tailor_table;

-- Gone again, with what is ours on the tables.
SELECT count(*) AS rows FROM app."Tailor" \gset
DROP EXTENSION tailor_search CASCADE;
SELECT is((SELECT count(*) FROM app."Tailor"), :rows::bigint, 'DROP EXTENSION leaves every row');
SELECT is((SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal), 0::bigint, '… and no trigger');
UPDATE app."Tailor" SET latitude = 0;
SELECT * FROM finish();
