-- Setup checks all that a search needs before it changes anything, and names everything that cannot serve at once.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;
-- As the application's migrations leave them; the last trigger of setup's is the point's.
DROP INDEX IF EXISTS tailor_cell_idx;

-- What the catalog has of the three tables: equal before and after a setup that fails.
CREATE FUNCTION catalog_state() RETURNS text LANGUAGE sql AS $$
  SELECT concat((SELECT string_agg(indexdef, ' ' ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'public'),
                (SELECT string_agg(tgrelid::regclass::text || tgname || tgenabled::text, ' ' ORDER BY tgrelid::regclass::text, tgname) FROM pg_trigger WHERE NOT tgisinternal),
                (SELECT string_agg(attrelid::regclass::text || attname, ' ' ORDER BY attrelid, attnum) FROM pg_attribute
                 WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')) AND attnum > 0))
$$;
-- The error of setup() and of setup_sql(), the doctor's rows and a search's error after the change, which is then undone.
CREATE TYPE refusal AS (setup outcome, script outcome, doctor text, search outcome, unchanged boolean);
CREATE FUNCTION refused(change text) RETURNS refusal LANGUAGE plpgsql AS $$
DECLARE
  result refusal;
  state text;
BEGIN
  EXECUTE change;
  state := catalog_state();
  result.setup := outcome_of('CALL tailor_search_setup(true)');
  result.unchanged := catalog_state() = state;
  result.script := outcome_of('SELECT string_agg(s, '' '') FROM tailor_search_setup_sql(true) s');
  result.doctor := (SELECT string_agg(concat_ws(' | ', need, detail, statement), E'\n') FROM tailor_search_check(true) WHERE NOT ok);
  result.search := outcome_of('SELECT tailor_search_json(0, 0)');
  RAISE EXCEPTION USING ERRCODE = 'TT000', MESSAGE = '';
EXCEPTION WHEN SQLSTATE 'TT000' THEN
  RETURN result;
END $$;

-- One column that cannot serve: the same words everywhere.
CREATE TEMPORARY TABLE refusals AS
SELECT label, type, r.*, 'column "' || label || '" of table ' || relation || ' has type ' || type || ', which cannot serve' AS message
FROM (VALUES
  ('locationPoint', 'public."Tailor"', 'geography(PointZ,4326)', 'ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" geography(PointZ,4326)'),
  ('locationPoint', 'public."Tailor"', 'geography(PointM,4326)', 'ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" geography(PointM,4326)'),
  ('locationPoint', 'public."Tailor"', 'geography(LineString,4326)', 'ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" geography(LineString,4326)'),
  ('locationPoint', 'public."Tailor"', 'geography(Point,4267)', 'ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" geography(Point,4267)'),
  ('locationPoint', 'public."Tailor"', 'geometry(Point,4326)', 'ALTER TABLE "Tailor" ALTER "locationPoint" TYPE geometry(Point,4326) USING "locationPoint"::geometry'),
  ('locationPoint', 'public."Tailor"', 'place', 'CREATE DOMAIN place AS geography(PointZ,4326); ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" place'),
  ('latitude', 'public."Tailor"', 'numeric', 'ALTER TABLE "Tailor" ALTER latitude TYPE numeric'),
  ('longitude', 'public."Tailor"', 'numeric(9,6)', 'ALTER TABLE "Tailor" ALTER longitude TYPE numeric(9,6)'),
  ('id', 'public."User"', 'uuid', 'ALTER TABLE "Tailor" DROP CONSTRAINT "Tailor_userId_fkey"; ALTER TABLE "User" ALTER id TYPE uuid USING id::uuid'),
  ('tailorId', 'public."SampleWork"', 'uuid', 'ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey"; ALTER TABLE "SampleWork" ALTER "tailorId" TYPE uuid USING "tailorId"::uuid'),
  ('skills', 'public."Tailor"', 'jsonb', 'ALTER TABLE "Tailor" DROP skills, ADD skills jsonb')) c (label, relation, type, change), refused(change) r;
SELECT is(((setup).code, (setup).message)::text, ('42804', message)::text, 'setup: ' || message) FROM refusals;
SELECT ok(unchanged, 'nothing is left behind: ' || type) FROM refusals;
SELECT is(((script).code, (script).message)::text, ('42804', message)::text, 'the script: ' || message) FROM refusals;
SELECT ok(position(message IN doctor) > 0, 'the doctor: ' || message) FROM refusals;
SELECT is(((search).code, (search).message)::text, ('42804', message)::text, 'a search: ' || message) FROM refusals;
SELECT ok(coalesce((setup).detail LIKE '%tailor_search needs type %' AND (setup).hint <> '', false), format('what is needed, and what to do: %s %s', (setup).detail, (setup).hint)) FROM refusals;
SELECT ok(coalesce((setup).hint LIKE '%ALTER TABLE public."Tailor" ALTER COLUMN "locationPoint" TYPE public.geography(Point,4326) USING public.ST_Force2D("locationPoint"::public.geometry)::public.geography%', false),
          'mends: ' || (setup).hint) FROM refusals WHERE type = 'geography(PointZ,4326)';

-- Columns that are missing; setup makes the point's alone.
SELECT is(((r.setup).code, (r.setup).message)::text, '(42703,"table public.""Tailor"" has no column ""skills""")', 'a missing column')
FROM refused('ALTER TABLE "Tailor" DROP skills') r;
SELECT ok(unchanged, 'nothing is left behind') FROM refused('ALTER TABLE "Tailor" DROP skills');
SELECT ok(position('table public.tailors has no column "locationPoint"' IN (setup).detail) > 0, 'but not in a view')
FROM refused('CREATE VIEW tailors AS SELECT id, "userId", location, latitude, longitude, skills, "yearsExperience", "profilePhoto", "contactPhone",
  "contactEmail", rating, "reviewCount", "createdAt", "updatedAt" FROM "Tailor"; SET LOCAL tailor_search.tailor_table = tailors');

-- All at once, of all tables.
CREATE TEMPORARY TABLE several AS SELECT * FROM refused('
  ALTER TABLE "Tailor" DROP CONSTRAINT "Tailor_userId_fkey"; ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey";
  ALTER TABLE "Tailor" ALTER id TYPE uuid USING id::uuid, ALTER latitude TYPE numeric, DROP rating;
  ALTER TABLE "SampleWork" ALTER "tailorId" TYPE uuid USING "tailorId"::uuid');
SELECT is(((setup).code, (setup).message)::text, '(42804,"4 columns or tables cannot serve searches")', 'several: counted') FROM several;
SELECT is((setup).detail, 'column "id" of table public."Tailor" has type uuid, which cannot serve: tailor_search needs type text.
column "latitude" of table public."Tailor" has type numeric, which cannot serve: tailor_search needs type double precision.
table public."Tailor" has no column "rating": tailor_search needs it, of type double precision.
column "tailorId" of table public."SampleWork" has type uuid, which cannot serve: tailor_search needs type text.', '… and named') FROM several;
SELECT ok(coalesce((setup).hint LIKE '%ALTER TABLE public."Tailor" ALTER COLUMN latitude TYPE double precision%ADD COLUMN "rating" double precision%', false), 'what to do: ' || (setup).hint) FROM several;
SELECT is((SELECT count(*) FROM regexp_matches(doctor, 'cannot serve|has no column', 'g')), 5::bigint, 'the doctor: a row each, and the search''s own') FROM several;
SELECT ok(unchanged, 'nothing is left behind') FROM several;

-- What is no table at all.
SELECT is(((setup).code, (setup).message)::text, '(42809,"public.""Tailor_id_seq"" is not a table or view")', 'a sequence')
FROM refused('CREATE SEQUENCE "Tailor_id_seq"; SET LOCAL tailor_search.user_table = ''"Tailor_id_seq"''');
SELECT is((setup).code, '42P01', 'no such table') FROM refused('SET LOCAL tailor_search.user_table = nobody');

-- What only setup's own triggers cannot work with.
SELECT is(((setup).code, (setup).message)::text, '(42809,"column ""latitude"" of table public.""Tailor"" is generated, which a trigger cannot read")', 'a generated latitude')
FROM refused('ALTER TABLE "Tailor" DROP latitude, ADD lat numeric, ADD latitude float8 GENERATED ALWAYS AS (lat::float8) STORED');
SELECT is((search).code, NULL, '… which a search can') FROM refused('ALTER TABLE "Tailor" DROP latitude, ADD lat numeric, ADD latitude float8 GENERATED ALWAYS AS (lat::float8) STORED');
CREATE FUNCTION foreign_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
SELECT is(((setup).code, (setup).message)::text, format('(42710,"table public.""Tailor"" has a trigger %s that is not tailor_search''s")', name), 'a foreign trigger: ' || name)
FROM (VALUES ('tailor_search_point'), ('tailor_search_changed'), ('tailor_search_truncated')) t (name),
     refused(format('CREATE TRIGGER %I AFTER UPDATE ON "Tailor" FOR EACH STATEMENT EXECUTE FUNCTION foreign_trigger()', name));
SELECT ok(unchanged, 'it stays as it is') FROM refused('CREATE TRIGGER tailor_search_changed AFTER UPDATE ON "User" FOR EACH STATEMENT EXECUTE FUNCTION foreign_trigger()');
SELECT is(((setup).code, (setup).message)::text, '(42809,"table public.""Tailor"" has inheritance children, which triggers and indexes of its own do not reach")', 'inheritance children')
FROM refused('CREATE TABLE child () INHERITS ("Tailor")');

-- By its owner alone.
CREATE ROLE tailor_test_setup;
GRANT SELECT ON "Tailor", "User", "SampleWork" TO tailor_test_setup;
GRANT CREATE ON SCHEMA public TO tailor_test_setup;
ALTER TABLE "User" OWNER TO tailor_test_setup;
SELECT is((o.code, o.message, o.detail)::text, '(42501,"only their owner can set up these tables: public.""SampleWork"", public.""Tailor""","")', 'not the owner')
FROM outcome_of('CALL tailor_search_setup(true)', 'tailor_test_setup') o;
SELECT is((o.code, o.message)::text, '(42501,"only its owner can set up this table: public.""Tailor""")', '… of one')
FROM outcome_of('CALL tailor_search_setup()', 'tailor_test_setup') o;
SELECT ok(o.code IS NULL AND o.value LIKE 'CREATE OR REPLACE TRIGGER%', 'the script may be had by whoever may read') FROM outcome_of('SELECT string_agg(s, '' '') FROM tailor_search_setup_sql() s', 'tailor_test_setup') o;
ALTER TABLE "User" OWNER TO CURRENT_USER;
DROP OWNED BY tailor_test_setup;
DROP ROLE tailor_test_setup;

-- What serves, though it is not just as the application's migration has it.
CREATE FUNCTION served(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  indexes bigint;
  result text;
BEGIN
  EXECUTE change;
  INSERT INTO "User" (id, email, password, "updatedAt") VALUES ('u', 'u', '', now());
  INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") VALUES ('t', 'u', 1, 2, now());
  CALL tailor_search_setup(true);
  indexes := (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public');
  CALL tailor_search_setup(true);
  CALL tailor_search_setup(true);
  UPDATE "Tailor" SET latitude = 3;
  result := concat_ws(' ', (SELECT string_agg(need, ', ') FROM tailor_search_check(true) WHERE NOT ok AND need NOT LIKE 'vacuumed%' AND need NOT LIKE 'a search%'),
                      (SELECT count(*) FROM pg_indexes WHERE schemaname = 'public') - indexes, found('3, 2'));
  RAISE EXCEPTION USING ERRCODE = 'TT000', MESSAGE = '';
EXCEPTION WHEN SQLSTATE 'TT000' THEN
  RETURN result;
END $$;
SELECT is(served(change), '0 t', 'serves: ' || change) FROM (VALUES
  ('SELECT'), ('ALTER TABLE "Tailor" DROP "locationPoint"'), ('ALTER TABLE "Tailor" ALTER "locationPoint" TYPE geography'), ('ALTER TABLE "Tailor" ALTER "locationPoint" TYPE geography(Point)'),
  ('ALTER TABLE "Tailor" ALTER "locationPoint" TYPE geography(Geometry,4326)'),
  ('CREATE DOMAIN place AS geography(Point,4326); ALTER TABLE "Tailor" ALTER "locationPoint" TYPE place'),
  ('CREATE DOMAIN degrees AS float8; ALTER TABLE "Tailor" ALTER latitude TYPE degrees'),
  ('ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" geography(Point,4326) GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography) STORED')) c (change);
-- A domain's own constraint holds for the point that the trigger makes.
CREATE DOMAIN north AS geography(Point,4326) CHECK (ST_Y(VALUE::geometry) > 0);
ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" north;
CALL tailor_search_setup();
INSERT INTO "User" (id, email, password, "updatedAt") VALUES ('u', 'u', '', now());
SELECT is(error_code($$INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") VALUES ('t', 'u', -1, 2, now())$$), '23514', 'a domain''s constraint holds');
-- A table whose column was changed afterwards: no point that its type cannot hold, so that a dump restores.
ALTER TABLE "Tailor" DROP "locationPoint", ADD "locationPoint" geography(PointZ,4326);
INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") VALUES ('t', 'u', 1, 2, now());
SELECT is((SELECT "locationPoint" FROM "Tailor" WHERE id = 't'), NULL, 'no point of another type than the column''s');
SELECT * FROM finish();
