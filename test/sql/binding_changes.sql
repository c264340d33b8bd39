-- The tables change between two calls of one session, whose plans are kept.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;
SELECT dblink_connect('other', format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                                      current_setting('port'), session_user, current_database())) \g /dev/null

-- Every change is tried after enough calls for the generic plan, in every shape of search.
CREATE FUNCTION search_often() RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text; sort text; i int;
BEGIN
  FOR i IN 1..7 LOOP
    FOREACH sort IN ARRAY '{rating,experience,distance}'::text[] LOOP
      SELECT string_agg(id || coalesce("user"->>'name', '') || "sampleWorks"::text, ' ') INTO answer
      FROM tailor_search(0, 0, sort_by => sort, include_unlocated => i % 2 = 0);
      PERFORM tailor_by_id_json('a');
    END LOOP;
  END LOOP;
  RETURN answer;
END $$;
SELECT add_tailor('a', 0, 0), add_tailor('b', 0, 0.001) \g /dev/null
SELECT is(search_often(), 'aName of a[] bName of b[]', 'before all changes');

\set then 'SELECT is(search_often(), '
ALTER TABLE "Tailor" ADD COLUMN extra text;
:then 'aName of a[] bName of b[]', 'ADD COLUMN');
ALTER TABLE "Tailor" DROP COLUMN extra;
:then 'aName of a[] bName of b[]', 'DROP COLUMN that is not needed');
ALTER TABLE "Tailor" ALTER location TYPE varchar(100);
:then 'aName of a[] bName of b[]', 'ALTER TYPE');
DROP INDEX "Tailor_locationPoint_idx", "Tailor_skills_idx";
:then 'aName of a[] bName of b[]', 'DROP INDEX');
CREATE INDEX "Tailor_locationPoint_idx" ON "Tailor" USING gist ("locationPoint");
:then 'aName of a[] bName of b[]', 'CREATE INDEX');
ANALYZE;
:then 'aName of a[] bName of b[]', 'ANALYZE');
CLUSTER "Tailor" USING "Tailor_pkey";
VACUUM FULL "User";
:then 'aName of a[] bName of b[]', 'CLUSTER and VACUUM FULL');
DISCARD PLANS;
:then 'aName of a[] bName of b[]', 'DISCARD PLANS');

ALTER TABLE "Tailor" RENAME TO old;
SELECT is(error_code('SELECT search_often()'), '42P01', 'RENAME: the name is gone');
CREATE TABLE "Tailor" (LIKE old INCLUDING ALL);
INSERT INTO "Tailor" SELECT * FROM old WHERE id = 'b';
:then 'bName of b[]', '… and stands for another table');
DROP TABLE "Tailor";
ALTER TABLE old RENAME TO "Tailor";
:then 'aName of a[] bName of b[]', '… and for the first again');

CREATE TABLE copy AS TABLE "User";
DROP TABLE "User" CASCADE;
SELECT is(error_code('SELECT search_often()'), '42P01', 'DROP');
CREATE TABLE "User" AS TABLE copy;
:then 'aName of a[] bName of b[]', '… and CREATE');
ALTER TABLE "User" RENAME name TO "fullName";
SELECT is((outcome_of('SELECT search_often()')).message, 'table public."User" has no column "name"', 'RENAME COLUMN');
ALTER TABLE "User" RENAME "fullName" TO name;
:then 'aName of a[] bName of b[]', '… and back');

BEGIN;
ALTER TABLE "Tailor" RENAME rating TO stars;
SELECT is(error_code('SELECT search_often()'), '42703', 'a change within the transaction');
ROLLBACK;
:then 'aName of a[] bName of b[]', '… rolled back');
BEGIN;
DROP TABLE "SampleWork";
CREATE TABLE "SampleWork" (id text, "tailorId" text, "imageUrl" text, description text, "createdAt" timestamp(3));
INSERT INTO "SampleWork" VALUES ('w', 'b', 'url', 'new', '2024-01-01');
:then 'aName of a[] bName of b[{"id":"w","imageUrl":"url","description":"new","createdAt":"2024-01-01T00:00:00.000Z"}]', 'a table made in the transaction');
ROLLBACK;
:then 'aName of a[] bName of b[]', '… rolled back');

-- By another session.
SELECT dblink_exec('other', 'ALTER TABLE "Tailor" RENAME rating TO stars') \g /dev/null
SELECT is((outcome_of('SELECT search_often()')).message, 'table public."Tailor" has no column "rating"', 'another session renames a column');
SELECT dblink_exec('other', 'ALTER TABLE "Tailor" RENAME stars TO rating') \g /dev/null
:then 'aName of a[] bName of b[]', '… and back');
SELECT dblink_exec('other', 'BEGIN; ALTER TABLE "Tailor" RENAME TO old; CREATE VIEW "Tailor" AS SELECT * FROM old WHERE id = ''a''; COMMIT') \g /dev/null
:then 'aName of a[]', '… and puts a view in the table''s place');
SELECT dblink_exec('other', 'BEGIN; DROP VIEW "Tailor"; ALTER TABLE old RENAME TO "Tailor"; COMMIT') \g /dev/null
:then 'aName of a[] bName of b[]', '… and undoes it');
BEGIN;
:then 'aName of a[] bName of b[]', 'within one transaction …');
SELECT dblink_exec('other', 'CREATE OR REPLACE VIEW nothing AS SELECT 1; ALTER TABLE copy RENAME TO copied') \g /dev/null
:then 'aName of a[] bName of b[]', '… others change what it does not read');
COMMIT;

-- Schemas: renamed, swapped, one for each tenant; more of them than plans are kept for.
CREATE SCHEMA shop;
ALTER TABLE "Tailor" SET SCHEMA shop;
SELECT is(error_code('SELECT search_often()'), '42P01', 'SET SCHEMA');
SET search_path = shop, public;
:then 'aName of a[] bName of b[]', '… found on the search_path');
ALTER SCHEMA shop RENAME TO store;
SELECT is(error_code('SELECT search_often()'), '42P01', 'ALTER SCHEMA RENAME');
SET search_path = store, public;
:then 'aName of a[] bName of b[]', '… found under its new name');
BEGIN;
ALTER SCHEMA store RENAME TO other;
CREATE SCHEMA store;
CREATE TABLE store."Tailor" AS SELECT * FROM other."Tailor" WHERE id = 'b';
:then 'bName of b[]', 'two schemas swapped');
ROLLBACK;
:then 'aName of a[] bName of b[]', '… and back');
RESET search_path;

CREATE PROCEDURE make_tenant(n int) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE SCHEMA tenant%1$s; CREATE TABLE tenant%1$s."Tailor" AS SELECT ''t%1$s'' AS id, "userId", location, latitude, longitude, skills,
    "yearsExperience", "profilePhoto", "contactPhone", "contactEmail", rating, "reviewCount", "createdAt", "updatedAt", "locationPoint"
    FROM store."Tailor" WHERE id = ''a''', n);
END $$;
SELECT format('CALL make_tenant(%s)', n) FROM generate_series(1, 70) n \gexec
CREATE FUNCTION wrong_tenants(rounds int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE wrong text; answer text; tenant int;
BEGIN
  FOR tenant IN SELECT n FROM generate_series(1, rounds) r, generate_series(1, 70) n LOOP
    PERFORM set_config('search_path', format('tenant%s, public', tenant), true);
    SELECT string_agg(id, ' ') INTO answer FROM tailor_search(0, 0);
    IF answer IS DISTINCT FROM 't' || tenant THEN wrong := concat_ws(', ', wrong, tenant || ': ' || answer); END IF;
  END LOOP;
  RETURN wrong;
END $$;
SELECT is(wrong_tenants(4), NULL, 'every tenant finds its own rows');

-- The extension itself.
SET search_path = store, public;
DROP EXTENSION tailor_search CASCADE;
SELECT is(error_code('SELECT search_often()'), '42883', 'DROP EXTENSION');
CREATE EXTENSION tailor_search;
:then 'aName of a[] bName of b[]', '… and CREATE EXTENSION');
CREATE SCHEMA "My Ext";
ALTER EXTENSION tailor_search SET SCHEMA "My Ext";
SET search_path = store, public, "My Ext";
:then 'aName of a[] bName of b[]', 'ALTER EXTENSION SET SCHEMA');
UPDATE pg_extension SET extrelocatable = true WHERE extname = 'postgis';
CREATE SCHEMA "Post GIS";
:then 'aName of a[] bName of b[]', 'before PostGIS is moved');
ALTER EXTENSION postgis SET SCHEMA "Post GIS";
:then 'aName of a[] bName of b[]', 'PostGIS moved, as its manual describes');
SELECT * FROM finish();
