-- Which tables are searched: settings, search_path, every kind of relation, and what is said when it cannot be.
\ir include/tables.psql
SELECT * FROM no_plan();
SELECT add_tailor('public', 0, 0);

-- A second set of tables, with names that need quoting, and one row more.
CREATE SCHEMA "the ""other"" app";
SET search_path = "the ""other"" app", public;
\set quoted '"the ""other"" app"'
CREATE TABLE "People" (LIKE public."User" INCLUDING ALL);
CREATE TABLE "Tai'lor ""s$$" (LIKE public."Tailor" INCLUDING ALL);
CREATE TABLE works (LIKE public."SampleWork" INCLUDING ALL, extra json);
INSERT INTO "People" VALUES ('u', 'u@example.com', 'secret', 'CUSTOMER', 'U', '2024-01-01', '2024-01-01');
INSERT INTO "Tai'lor ""s$$" (id, "userId", "updatedAt", "locationPoint") VALUES ('other', 'u', '2024-01-01', 'POINT(0 0)');
INSERT INTO works VALUES ('w', 'other', 'url', NULL, '2024-01-01', '2024-01-01');
SELECT is(found('0, 0'), 'public', 'found on the search_path');
SET tailor_search.tailor_table = '"Tai''lor ""s$$"';
SET tailor_search.user_table = '"People"';
SET tailor_search.sample_work_table = 'WORKS';
SELECT is(tailor_search_json(0, 0)#>>'{data,0,id}', 'other', 'the tables that the settings name');
SELECT is(tailor_search_json(0, 0)#>>'{data,0,user,name}', 'U', '… users');
SELECT is(tailor_search_json(0, 0)#>>'{data,0,sampleWorks,0,id}', 'w', '… works; a name without quotes is folded');
SET search_path = public;
SELECT is(error_code('SELECT tailor_search_json(0, 0)'), '42P01', 'not on the search_path');
SET tailor_search.tailor_table = '"the ""other"" app"."Tai''lor ""s$$"';
SET tailor_search.user_table = '"the ""other"" app"."People"';
SET tailor_search.sample_work_table = '"the ""other"" app".works';
SELECT is(found('0, 0'), 'other', 'qualified names need no search_path');
SET search_path = '';
SELECT public.tailor_search_json(0, 0)#>>'{data,0,id}' AS id \gset
RESET search_path;
SELECT is(:'id'::text, 'other', '… not even one of public');
RESET tailor_search.tailor_table;
RESET tailor_search.user_table;
RESET tailor_search.sample_work_table;

-- Names that are none, or would be more than a name.
CREATE TABLE name (value text, code text);
INSERT INTO name VALUES
  ('', '42602'), (' ', '42602'), ('.', '42602'), ('"', '42602'), ('""', '42P01'), ('a b', '42602'), ('a.', '42602'), ('a..b', '42602'),
  ('Tailor', '42P01'), ('nowhere."Tailor"', '42P01'), ('"Tailor" t', '42602'), ('"Tailor";DROP TABLE "Tailor"', '42602'), ('(SELECT 1)', '42602'),
  ('"Tailor" WHERE false --', '42602'), ('"Tailor""; DROP TABLE ""User"', '42P01'), ('a.b.c.d', '42602'), ('wrong_database.public."Tailor"', '42602'),
  (repeat('x', 1000), '42P01'), ('Tailor_pkey', '42P01'), ('"Tailor_pkey"', '42809'), ('"Tailor_locationPoint_idx"', '42809');
-- What a search says after the change, which is then undone.
CREATE FUNCTION after_change(change text) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE result outcome;
BEGIN
  EXECUTE change;
  result := outcome_of('SELECT tailor_search_json(0, 0)');
  RAISE EXCEPTION USING ERRCODE = 'TT000', MESSAGE = '';
EXCEPTION WHEN SQLSTATE 'TT000' THEN
  RETURN result;
END $$;
SELECT is(o.code, name.code, format('%s = %s: %s', setting, left(name.value, 80), o.message))
FROM name, (VALUES ('tailor_table'), ('user_table'), ('sample_work_table')) s (setting), after_change(format('SET LOCAL tailor_search.%s = %L', setting, name.value)) o;
SELECT ok(concat(o.message, o.detail, o.hint) LIKE '%tailor_search.' || setting || '%', format('the error of %s = "%s" names the setting: %s', setting, left(name.value, 30), o.message))
FROM name, (VALUES ('tailor_table'), ('user_table'), ('sample_work_table')) s (setting), after_change(format('SET LOCAL tailor_search.%s = %L', setting, name.value)) o WHERE name.code NOT IN ('42809');
SELECT ok(o.detail <> '' AND o.hint <> '', 'detail and hint') FROM after_change('SET LOCAL tailor_search.tailor_table = nowhere') o;
SELECT is((SELECT count(*) FROM "Tailor"), 1::bigint, 'nothing was dropped');

-- A column that is missing or has the wrong type: table, column, what is needed, what was found.
CREATE VIEW bound_column AS
  SELECT relname, attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
  WHERE relname IN ('Tailor', 'User', 'SampleWork') AND relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0
    AND (relname, attname) NOT IN (('User', 'password'), ('User', 'role'), ('User', 'updatedAt'), ('SampleWork', 'updatedAt'));
SELECT is((o.code, o.message)::text, ('42703', format('table public.%I has no column "%s"', relname, attname))::text, 'missing: ' || o.message)
FROM bound_column, after_change(format('ALTER TABLE %I DROP COLUMN %I CASCADE', relname, attname)) o;
SELECT ok(o.detail LIKE '%' || split_part(type, '(', 1) || '%' AND o.hint LIKE format('ALTER TABLE public.%I ADD COLUMN "%s" %%', relname, attname), 'mends: ' || o.hint)
FROM bound_column, after_change(format('ALTER TABLE %I RENAME COLUMN %I TO renamed', relname, attname)) o;
SELECT is((o.code, o.message)::text, ('42804', format('column "%s" of table public.%I has type xml, which cannot serve', attname, relname))::text, 'type: ' || o.message)
FROM bound_column, after_change(format('ALTER TABLE %1$I DROP COLUMN %2$I CASCADE; ALTER TABLE %1$I ADD COLUMN %2$I xml', relname, attname)) o;
SELECT ok(o.detail LIKE '%' || split_part(type, '(', 1) || '%' AND o.hint <> '', 'needs: ' || o.detail)
FROM bound_column, after_change(format('ALTER TABLE %1$I DROP COLUMN %2$I CASCADE; ALTER TABLE %1$I ADD COLUMN %2$I money', relname, attname)) o;
SELECT is((after_change(ddl)).code, code, ddl) FROM (VALUES
  ('ALTER TABLE "Tailor" ALTER rating TYPE numeric', '42804'), ('ALTER TABLE "Tailor" ALTER rating TYPE real', '42804'),
  ('ALTER TABLE "Tailor" ALTER "yearsExperience" TYPE bigint', '42804'), ('ALTER TABLE "Tailor" ALTER "createdAt" TYPE timestamptz', '42804'),
  ('ALTER TABLE "Tailor" ALTER "locationPoint" TYPE geometry USING "locationPoint"::geometry', '42804'),
  ('ALTER TABLE "Tailor" ALTER location TYPE varchar(50)', NULL), ('ALTER TABLE "Tailor" ALTER "locationPoint" TYPE geography', NULL),
  ('CREATE DOMAIN stars AS float8 CHECK (VALUE BETWEEN 0 AND 5); ALTER TABLE "Tailor" ALTER rating TYPE stars', NULL),
  ('CREATE DOMAIN label AS text; ALTER TABLE "Tailor" ALTER skills DROP DEFAULT, ALTER location TYPE label', NULL),
  ('ALTER TABLE "Tailor" ADD extra xml; ALTER TABLE "User" DROP password; ALTER TABLE "SampleWork" DROP "updatedAt"', NULL)) cases (ddl, code);

-- Every kind of relation gives the same answer as the table.
SELECT add_tailor('t' || i, sin(i) / 20, cos(i * i) / 20, ARRAY['S' || i % 3], i % 7, i % 5) FROM generate_series(1, 30) i \g /dev/null
SELECT add_work('t' || i % 5, 'w' || i) FROM generate_series(1, 12) i WHERE i % 5 > 0 \g /dev/null
CREATE TABLE answer AS SELECT * FROM tailor_search(0, 0, skills => '{S1,S2}', sort_by => 'rating', page_size => 8);
CREATE SCHEMA views;
CREATE VIEW views."Tailor" AS SELECT * FROM public."Tailor";
CREATE VIEW views."User" AS SELECT id, name, email, "createdAt" FROM public."User";
CREATE MATERIALIZED VIEW views."SampleWork" AS SELECT * FROM public."SampleWork";
CREATE SCHEMA partitions;
CREATE TABLE partitions."Tailor" (LIKE public."Tailor" INCLUDING DEFAULTS) PARTITION BY HASH (id);
CREATE TABLE partitions.t0 PARTITION OF partitions."Tailor" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE partitions.t1 PARTITION OF partitions."Tailor" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO partitions."Tailor" SELECT * FROM public."Tailor";
CREATE SCHEMA inherited;
CREATE TABLE inherited."Tailor" (LIKE public."Tailor" INCLUDING DEFAULTS);
CREATE TABLE inherited.child (more int) INHERITS (inherited."Tailor");
INSERT INTO inherited."Tailor" SELECT * FROM ONLY public."Tailor" WHERE rating > 2;
INSERT INTO inherited.child SELECT * FROM ONLY public."Tailor" WHERE rating <= 2;
CREATE EXTENSION postgres_fdw;
SELECT format('OPTIONS (host %L, port %L, dbname %L)', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) AS place \gset
CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw :place;
CREATE USER MAPPING FOR CURRENT_USER SERVER self OPTIONS (user :'USER');
CREATE SCHEMA remote;
IMPORT FOREIGN SCHEMA public LIMIT TO ("Tailor", "User", "SampleWork") FROM SERVER self INTO remote;
CREATE FUNCTION same_under(path text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE differences bigint;
BEGIN
  PERFORM set_config('search_path', path, true);
  SELECT count(*) INTO differences
  FROM (SELECT row_number() OVER (), s::text FROM tailor_search(0, 0, skills => '{S1,S2}', sort_by => 'rating', page_size => 8) s) now (n, s)
  FULL JOIN (SELECT row_number() OVER (), a::text FROM answer a) before (n, a) USING (n) WHERE s IS DISTINCT FROM a;
  RETURN differences;
END $$;
SELECT is(same_under(path || ', public'), 0::bigint, 'the same answer from ' || path)
FROM (VALUES ('views'), ('partitions'), ('inherited'), ('remote'), ('public')) paths (path);
SELECT is((after_change('CREATE SEQUENCE views.s; SET LOCAL tailor_search.user_table = ''views.s''')).code, '42809', 'a sequence is no table');
SELECT is((after_change('CREATE TYPE views.c AS (id text); SET LOCAL tailor_search.user_table = ''views.c''')).code, '42809', 'nor is a type');
-- PostgreSQL 15 brought prefixes that are reserved.
\if :since_15
SELECT is(error_code('SET tailor_search.no_such_setting = 1'), '42602', 'a setting that is none');
\endif
SELECT * FROM finish();
