-- Setup and check where the table of tailors is partitioned.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE FUNCTION missing() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(need, ', '), '') FROM tailor_search_check(true) WHERE NOT ok
$$;
-- By place, with a partition whose columns have other numbers, below another partition.
ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey";
ALTER TABLE "Tailor" DROP "locationPoint";
ALTER TABLE "Tailor" RENAME TO plain;
CREATE TABLE "Tailor" (LIKE plain INCLUDING DEFAULTS) PARTITION BY LIST (location);
CREATE TABLE here PARTITION OF "Tailor" FOR VALUES IN ('here');
CREATE TABLE elsewhere PARTITION OF "Tailor" DEFAULT PARTITION BY HASH (id);
CREATE TABLE nearby (gone int, LIKE plain INCLUDING DEFAULTS);
ALTER TABLE nearby DROP gone;
ALTER TABLE elsewhere ATTACH PARTITION nearby FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO "User" (id, email, password, "updatedAt") SELECT 'u' || i, i, '', now() FROM generate_series(1, 5) i;
INSERT INTO "Tailor" (id, "userId", location, latitude, longitude, "updatedAt") VALUES
  ('t1', 'u1', 'here', 1, 2, now()), ('t2', 'u2', 'there', 1, 2.01, now()), ('t3', 'u3', NULL, NULL, NULL, now());

-- In one transaction the indexes are made on the partitioned table.
BEGIN;
CALL tailor_search_setup(notify_changes => true);
CALL tailor_search_setup(notify_changes => true);
SELECT is(missing(), 'vacuumed public."SampleWork", vacuumed public."User", vacuumed public.here, vacuumed public.nearby, a search by the native engine', 'made, but for VACUUM');
SELECT is((SELECT count(*) FROM pg_indexes WHERE indexdef ~ 'locationPoint' AND tablename <> 'plain'), 2 * 4::bigint, 'two on each table, nothing twice');
ROLLBACK;

-- The script makes those of the partitions first, without a lock for long. That on the partitioned table takes them then.
CREATE TABLE script AS SELECT statement, n FROM tailor_search_setup_sql(true) WITH ORDINALITY s (statement, n);
SELECT is((SELECT string_agg(statement, E'\n' ORDER BY n) FROM script), $$ALTER TABLE public."Tailor" ADD COLUMN "locationPoint" public.geography(Point,4326);
CREATE OR REPLACE TRIGGER tailor_search_point BEFORE INSERT OR UPDATE ON public."Tailor" FOR EACH ROW EXECUTE FUNCTION public.tailor_search_point(); ALTER TABLE public."Tailor" ENABLE ALWAYS TRIGGER tailor_search_point;
UPDATE public."Tailor" SET latitude = latitude WHERE "locationPoint" IS NULL AND latitude IS NOT NULL AND longitude IS NOT NULL;
CREATE INDEX CONCURRENTLY ON public.here USING gist ("locationPoint");
CREATE INDEX CONCURRENTLY ON public.here USING btree (public.tailor_cell("locationPoint"), "yearsExperience", rating, public.tailor_indexed_skills(skills) COLLATE "C");
CREATE INDEX CONCURRENTLY ON public.nearby USING gist ("locationPoint");
CREATE INDEX CONCURRENTLY ON public.nearby USING btree (public.tailor_cell("locationPoint"), "yearsExperience", rating, public.tailor_indexed_skills(skills) COLLATE "C");
CREATE INDEX ON public."Tailor" USING gist ("locationPoint");
CREATE INDEX ON public."Tailor" USING btree (public.tailor_cell("locationPoint"), "yearsExperience", rating, public.tailor_indexed_skills(skills) COLLATE "C");
CALL public.tailor_search_notify_changes();
VACUUM (ANALYZE) public."SampleWork";
VACUUM (ANALYZE) public."User";
VACUUM (ANALYZE) public.here;
VACUUM (ANALYZE) public.nearby;$$, 'the script');
SELECT statement FROM script ORDER BY n \gexec
SELECT is(missing(), '', 'all is well');
SELECT is((SELECT count(*) FROM tailor_search_setup_sql(true)), 0::bigint, 'nothing to do');
SELECT is((SELECT count(*) FROM pg_indexes WHERE indexdef ~ 'locationPoint' AND tablename <> 'plain'), 2 * 4::bigint, 'two on each table, nothing twice');
SELECT is(found('1, 2'), 't1 t2', 'found');

-- Partitions are changed by themselves, by apply workers for example: their triggers, too, are ENABLE ALWAYS.
ALTER TABLE here ENABLE TRIGGER tailor_search_point;
SELECT is(missing(), 'trigger for "locationPoint" of public.here', 'the trigger of one partition');
ALTER TABLE nearby ENABLE TRIGGER tailor_search_changed;
SELECT is(missing(), 'trigger for "locationPoint" of public.here, notification of changes', '… and of another');
CALL tailor_search_setup(true);
SELECT is(missing(), '', '… are mended');
SET session_replication_role = replica;
INSERT INTO nearby (id, "userId", location, latitude, longitude, "updatedAt") VALUES ('t5', 'u5', 'there', 7, 8, now());
RESET session_replication_role;
SELECT is(found('7, 8'), 't5', 'a row that is replicated into a partition');

-- The point keeps in step in every partition, in new ones, and from one to another.
INSERT INTO "Tailor" (id, "userId", location, latitude, longitude, "updatedAt") VALUES ('t4', 'u4', 'there', 3, 4, now());
SELECT is(found('3, 4'), 't4', 'a new tailor');
UPDATE "Tailor" SET latitude = 5, location = 'here' WHERE id = 't4';
SELECT is(found('5, 4') || found('3, 4'), 't4', 'moved, to another partition');
CREATE TABLE new PARTITION OF "Tailor" FOR VALUES IN ('new');
SELECT is(missing(), 'vacuumed public.new', 'a new partition has its indexes and triggers');
UPDATE "Tailor" SET longitude = 6, location = 'new' WHERE id = 't4';
SELECT is(found('5, 6'), 't4', '… and its point');
VACUUM new;
SELECT is(missing(), '', 'all is well again');
CREATE TABLE attached (LIKE "Tailor");
ALTER TABLE "Tailor" ATTACH PARTITION attached FOR VALUES IN ('attached');
SELECT is(missing(), 'vacuumed public.attached', 'so has one that is attached');
DROP INDEX "Tailor_tailor_cell_yearsExperience_rating_tailor_indexed_sk_idx";
SELECT is((SELECT string_agg(split_part(need, ' ', 3), ' ') FROM tailor_search_check() WHERE NOT ok AND need LIKE '%(tailor_cell%'),
  'public.attached public.here public.nearby public.new public."Tailor"', 'without the indexes: one missing on each');
SELECT is((SELECT detail FROM tailor_search_check() WHERE need LIKE 'a search%'), '"here" has no covering index on tailor_cell("locationPoint")', '… the doctor says so');
SELECT * FROM finish();
