-- A search that runs with another role's rights (SECURITY DEFINER, maintenance commands, cascades) reads only tables that
-- this role chose: a caller can point it neither at code of its own nor at other tables of that role.
\ir include/tables.psql
SELECT * FROM no_plan();
DROP ROLE IF EXISTS tailor_test_caller, tailor_test_owner, tailor_test_friend, shop_web;
CREATE ROLE tailor_test_caller LOGIN;
CREATE ROLE tailor_test_owner;   -- of the wrappers and tables
CREATE ROLE tailor_test_friend NOINHERIT;  -- may act as the owner, by SET ROLE
GRANT tailor_test_owner TO tailor_test_friend;
GRANT CREATE ON SCHEMA public TO tailor_test_owner;
SELECT add_tailor('a', 0, 0), add_work('a', 'w') \g /dev/null
ALTER TABLE "Tailor" OWNER TO tailor_test_owner;
ALTER TABLE "User" OWNER TO tailor_test_owner;
ALTER TABLE "SampleWork" OWNER TO tailor_test_owner;
UPDATE "Tailor" SET location = 'public' \g /dev/null

-- Another tenant's tables of the same owner, which the caller may not read.
CREATE SCHEMA tenant AUTHORIZATION tailor_test_owner;
GRANT USAGE ON SCHEMA tenant TO PUBLIC;
SET ROLE tailor_test_owner;
CREATE TABLE tenant."Tailor" AS TABLE public."Tailor";
UPDATE tenant."Tailor" SET location = 'secret of another tenant';
RESET ROLE;

-- The caller's own view, whose function gives away as which role it runs.
CREATE SCHEMA evil AUTHORIZATION tailor_test_caller;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
SET ROLE tailor_test_caller;
CREATE FUNCTION evil.runs_as() RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN RETURN 'runs as ' || current_user; END $$;
RESET ROLE;
GRANT SELECT ON "Tailor", "User", "SampleWork" TO tailor_test_caller;
SET ROLE tailor_test_caller;
CREATE VIEW evil."Tailor" AS SELECT id, "userId", evil.runs_as() AS location, latitude, longitude, skills, "yearsExperience", "profilePhoto",
  "contactPhone", "contactEmail", rating, "reviewCount", "createdAt", "updatedAt", "locationPoint" FROM public."Tailor";
CREATE VIEW evil."User" AS SELECT id, evil.runs_as() AS name, email, "createdAt" FROM public."User";
CREATE VIEW evil."SampleWork" AS SELECT id, "tailorId", "imageUrl", evil.runs_as() AS description, "createdAt" FROM public."SampleWork";
CREATE TEMP VIEW v AS TABLE evil."Tailor";
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA evil TO PUBLIC;

-- Wrappers: with search_path set as PostgreSQL's manual advises, without pg_temp at its end, with none but bound to its
-- functions, one for each public function, and one that names all it reads. (A role that is no superuser may name the
-- settings in a function once the session has loaded the library.)
SET ROLE tailor_test_owner;
SELECT tailor_cell('POINT(0 0)') \g /dev/null
CREATE FUNCTION nearby() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp STABLE LANGUAGE sql
AS $$ SELECT concat_ws(', ', d->>'location', d#>>'{user,name}', d#>>'{sampleWorks,0,description}') FROM (SELECT tailor_search_json(0, 0) #> '{data,0}') t (d) $$;
CREATE FUNCTION nearby_temp_first() RETURNS text SECURITY DEFINER SET search_path = public STABLE LANGUAGE sql
AS $$ SELECT tailor_search_json(0, 0) #>> '{data,0,location}' $$;
CREATE FUNCTION nearby_atomic() RETURNS text SECURITY DEFINER STABLE LANGUAGE sql
BEGIN ATOMIC SELECT tailor_search_json(0, 0) #>> '{data,0,location}'; END;
CREATE FUNCTION nearby_rows() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp STABLE LANGUAGE plpgsql
AS $$ BEGIN RETURN (SELECT location FROM tailor_search(0, 0)); END $$;
CREATE FUNCTION nearby_by_id() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp STABLE LANGUAGE sql
AS $$ SELECT tailor_by_id_json('a') #>> '{data,location}' $$;
CREATE FUNCTION nearby_explain() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp STABLE LANGUAGE sql
AS $$ SELECT 'explained ' || matches FROM tailor_search_explain(0, 0) $$;
CREATE FUNCTION nearby_tables() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp STABLE LANGUAGE sql
AS $$ SELECT string_agg(relation::text, ' ') FROM tailor_search_tables() $$;
CREATE FUNCTION nearby_notifies() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp STABLE LANGUAGE sql
AS $$ SELECT 'notifies ' || tailor_search_notifies_changes() $$;
CREATE FUNCTION nearby_setup() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE plpgsql
AS $$ BEGIN CALL tailor_search_notify_changes(false); RETURN 'off'; END $$;
CREATE FUNCTION nearby_named() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp
  SET tailor_search.tailor_table = 'public."Tailor"' SET tailor_search.user_table = 'public."User"' SET tailor_search.sample_work_table = 'public."SampleWork"'
  STABLE LANGUAGE sql AS $$ SELECT tailor_search_json(0, 0) #>> '{data,0,location}' $$;
CREATE FUNCTION nearby_evil() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp SET tailor_search.tailor_table = 'evil."Tailor"'
  STABLE LANGUAGE sql AS $$ SELECT tailor_search_json(0, 0) #>> '{data,0,location}' $$;
RESET ROLE;
CREATE TABLE wrapper (name text, answer text);
INSERT INTO wrapper VALUES ('nearby', 'public, Name of a'), ('nearby_temp_first', 'public'), ('nearby_atomic', 'public'), ('nearby_rows', 'public'),
  ('nearby_by_id', 'public'), ('nearby_explain', 'explained 1'), ('nearby_tables', '"Tailor" "User" "SampleWork"'), ('nearby_notifies', 'notifies false'),
  ('nearby_setup', 'off'), ('nearby_named', 'public');

-- What a call as the caller gives after the caller's statements, which are then undone.
CREATE FUNCTION answer_after(statements text, call text, as_role name = 'tailor_test_caller') RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE result outcome;
BEGIN
  PERFORM set_config('role', as_role, true);
  EXECUTE statements;
  EXECUTE call INTO result.value;
  RAISE EXCEPTION USING ERRCODE = 'TT000', MESSAGE = '';
EXCEPTION WHEN SQLSTATE 'TT000' THEN
  RETURN result;
WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS result.code = RETURNED_SQLSTATE, result.message = MESSAGE_TEXT, result.detail = PG_EXCEPTION_DETAIL, result.hint = PG_EXCEPTION_HINT;
  RETURN result;
END $$;

SELECT is(o.value, answer, format('%s() reads the tables of its owner for any caller: %s', name, o.message))
FROM wrapper, answer_after('', format('SELECT %I()', name)) o;

-- The caller's settings. nearby_named() has its own, so they make no difference there.
CREATE TABLE attack (statements text, since int); -- before PostgreSQL 15 it is not known which role made a setting
INSERT INTO attack VALUES
  ($$SET LOCAL tailor_search.tailor_table = 'pg_temp.v'$$, 14),
  ($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'$$, 14),
  ($$SET LOCAL tailor_search.user_table = 'evil."User"'$$, 14),
  ($$SET LOCAL tailor_search.sample_work_table = 'evil."SampleWork"'$$, 14),
  ($$SET LOCAL tailor_search.tailor_table = 'tenant."Tailor"'$$, 15),
  ($$SET LOCAL tailor_search.tailor_table = '"Tailor"'$$, 15),
  ($$CREATE TEMP VIEW "Tailor" AS TABLE evil."Tailor"; SET LOCAL tailor_search.tailor_table = 'pg_temp."Tailor"'$$, 14);
SELECT current_setting('server_version_num')::int / 10000 AS version \gset
SELECT is(concat_ws(' ', o.code, o.value), '42501', format('%s: %s() is refused: %s', statements, name, o.message))
FROM attack, wrapper, answer_after(statements, format('SELECT %I()', name)) o WHERE since <= :version AND name <> 'nearby_named';
SELECT is(o.value, 'public', format('%s: a wrapper that names its tables answers', statements))
FROM attack, answer_after(statements, 'SELECT nearby_named()') o WHERE statements NOT LIKE 'CREATE%';
SELECT ok(o.detail LIKE '%' || setting || '%' AND o.detail LIKE '%"tailor_test_caller"%' AND o.hint LIKE '%ALTER FUNCTION%SET ' || setting || '%',
          format('%s names the setting, the role and the cure: %s', o.message, concat_ws(' ', o.detail, o.hint)))
FROM (VALUES ('tailor_search.tailor_table'), ('tailor_search.user_table'), ('tailor_search.sample_work_table')) s (setting),
     answer_after(format('SET LOCAL %s = %L', setting, 'evil."Tailor"'), 'SELECT nearby()') o WHERE :version >= 15;

-- The caller's search_path counts where the wrapper has none of its own.
SELECT is(o.code, '42501', format('search_path of the caller, %s: %s', path, concat_ws(' ', o.message, o.detail, o.hint)))
FROM (VALUES ('evil, public'), ('tenant, public'), ('public')) p (path), answer_after(format('SET LOCAL search_path = %s', path), 'SELECT public.nearby_atomic()') o
WHERE :version >= 15 OR path = 'evil, public';
SELECT is(o.value, answer, format('search_path of the caller: %s() has its own', name))
FROM wrapper, answer_after('SET LOCAL search_path = evil, public', format('SELECT public.%I()', name)) o WHERE name <> 'nearby_atomic';
-- A temporary table stands before all where search_path does not say otherwise.
SELECT is(o.code, '42501', format('a temporary table or view of the caller''s: %s', concat_ws(' ', o.message, o.detail, o.hint)))
FROM (VALUES ('CREATE TEMP VIEW "Tailor" AS TABLE evil."Tailor"'), ('CREATE TEMP TABLE "Tailor" AS TABLE evil."Tailor"')) s (statements),
     answer_after(statements, 'SELECT nearby_temp_first()') o;
SELECT is(o.value, 'public, Name of a', 'search_path with pg_temp at its end: it does not') FROM answer_after('CREATE TEMP VIEW "Tailor" AS TABLE evil."Tailor"', 'SELECT nearby()') o;

-- The owner of a wrapper that names another's view is protected, too.
SELECT is(o.code, '42501', concat_ws(' ', o.message, o.detail, o.hint)) FROM answer_after('', 'SELECT nearby_evil()') o;
SELECT ok(o.message LIKE '%evil."Tailor"%' AND o.detail LIKE '%"tailor_test_caller"%', 'names the relation and its owner') FROM answer_after('', 'SELECT nearby_evil()') o;

-- What was settled before, without a wrapper, does not count in one.
SELECT is(o.value, 'runs as tailor_test_caller', 'the caller searches its own view, as itself')
FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'$$, $$SELECT tailor_search_json(0, 0) #>> '{data,0,location}'$$) o;
SELECT is(o.value, 'runs as tailor_test_caller', '… a temporary one, too') FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'pg_temp.v'$$, $$SELECT tailor_search_json(0, 0) #>> '{data,0,location}'$$) o;
SELECT is(o.code, '42501', 'a binding that was made for the caller serves no wrapper')
FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'; SELECT public.tailor_search_json(0, 0)$$, 'SELECT nearby()') o;

-- Whose settings count: those of a role with the owner's rights, of the database's owner, of configuration files.
SELECT is(o.value, 'secret of another tenant, Name of a', 'settings of ' || as_role)
FROM (VALUES ('tailor_test_owner'), ('tailor_test_friend'), (current_user)) r (as_role),
     answer_after($$SET LOCAL tailor_search.tailor_table = 'tenant."Tailor"'$$, 'SELECT nearby()', as_role) o;
SELECT is(o.value, 'secret of another tenant', 'the owner''s search_path') FROM answer_after('SET LOCAL search_path = tenant, public', 'SELECT nearby_atomic()', 'tailor_test_owner') o;
SELECT is(o.code, '42501', 'settings of another role, called by a superuser')
FROM (SELECT) one, LATERAL (SELECT (answer_after($$SET LOCAL ROLE tailor_test_caller; SET LOCAL tailor_search.tailor_table = 'tenant."Tailor"'; RESET ROLE$$, 'SELECT nearby()', current_user)).*) o WHERE :version >= 15;
-- A function between the two, which runs as the caller.
CREATE FUNCTION evil.sets_and_calls() RETURNS text SECURITY DEFINER SET tailor_search.tailor_table = 'evil."Tailor"' LANGUAGE sql AS 'SELECT public.nearby()';
ALTER FUNCTION evil.sets_and_calls OWNER TO tailor_test_caller;
SELECT is(o.code, '42501', 'settings of a function of the caller''s, called by ' || as_role)
FROM (VALUES ('tailor_test_owner'), ('tailor_test_caller'), (current_user)) r (as_role), answer_after('', 'SELECT evil.sets_and_calls()', as_role) o;
-- Within a wrapper, code of the owner may choose.
CREATE FUNCTION nearby_tenant() RETURNS text SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE plpgsql
AS $$ BEGIN SET LOCAL search_path = tenant, public, pg_temp; RETURN tailor_search_json(0, 0) #>> '{data,0,location}'; END $$;
ALTER FUNCTION nearby_tenant OWNER TO tailor_test_owner;
SELECT is(o.value, 'secret of another tenant', 'a search_path that the wrapper sets by SET LOCAL') FROM answer_after('', 'SELECT nearby_tenant()') o;

-- Settings of the connection, of ALTER ROLE and ALTER DATABASE, in sessions whose first search is the wrapper's.
CREATE EXTENSION dblink;
CREATE FUNCTION in_new_session(call text, role name, options text = '') RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
  SELECT a INTO answer FROM dblink(format('host=%s port=%s user=%s dbname=%s options=%L', split_part(current_setting('unix_socket_directories'), ',', 1),
                                          current_setting('port'), role, current_database(), options), call) AS t (a text);
  RETURN answer;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
\set chooses_tenant '-c tailor_search.tailor_table=tenant."Tailor"'
\set chooses_evil '-c tailor_search.tailor_table=evil."Tailor"'
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller'), 'public, Name of a', 'a new session');
SELECT is(in_new_session('SELECT nearby_named()', 'tailor_test_caller', :'chooses_evil'), 'public', '… of a wrapper that names its tables, whatever the connection''s options');
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller', :'chooses_evil'), '42501', '… the connection''s options choose a view');
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller', :'chooses_tenant'), CASE WHEN :version >= 15 THEN '42501' ELSE 'secret of another tenant, Name of a' END, '… the connection''s options choose a table');
SET ROLE tailor_test_caller;
ALTER ROLE tailor_test_caller SET tailor_search.tailor_table = 'tenant."Tailor"';
RESET ROLE;
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller'), CASE WHEN :version >= 15 THEN '42501' ELSE 'secret of another tenant, Name of a' END, '… ALTER ROLE does');
SELECT is(in_new_session('SELECT nearby_named()', 'tailor_test_caller'), 'public', '… of a wrapper that names its tables');
ALTER ROLE tailor_test_caller RESET tailor_search.tailor_table;
SELECT format('ALTER DATABASE %I', current_database()) AS alter_database \gset
:alter_database SET tailor_search.tailor_table = 'public."Tailor"';
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller'), 'public, Name of a', '… ALTER DATABASE does: that is its owner''s choice');
:alter_database SET tailor_search.tailor_table = 'evil."Tailor"';
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller'), '42501', '… which makes no code of another role''s run');
:alter_database RESET tailor_search.tailor_table;

-- Partitions, inheritance children and what a view reads: planning runs the constant parts of their index expressions.
CREATE FUNCTION evil.folded(int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
  IF current_user = 'tailor_test_owner' THEN
    RAISE EXCEPTION USING ERRCODE = 'TT001', MESSAGE = 'runs as ' || current_user;
  END IF;
  RETURN '';
END $$;
GRANT USAGE, CREATE ON SCHEMA evil TO tailor_test_owner;
SET ROLE tailor_test_owner;
CREATE TABLE evil.split (LIKE public."Tailor") PARTITION BY LIST (id);
CREATE TABLE evil.split_rest PARTITION OF evil.split DEFAULT PARTITION BY LIST (id);
CREATE TABLE evil.partition PARTITION OF evil.split_rest DEFAULT;
CREATE TABLE evil.parent (LIKE public."Tailor");
CREATE TABLE evil.child () INHERITS (evil.parent);
CREATE TABLE evil.grandchild () INHERITS (evil.child);
CREATE TABLE evil.base (LIKE public."Tailor");
CREATE VIEW evil.view AS SELECT * FROM (SELECT * FROM evil.base WHERE id IN (SELECT id FROM public."Tailor")) t;
CREATE VIEW evil.view_of_view AS WITH t AS (SELECT * FROM evil.view) SELECT * FROM t;
CREATE VIEW evil.view_of_parent AS SELECT * FROM public."Tailor" WHERE EXISTS (SELECT FROM evil.parent);
CREATE TABLE evil.guarded AS TABLE public."Tailor";
ALTER TABLE evil.guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON evil.guarded USING (id IN (SELECT id FROM evil.view));
INSERT INTO evil.split TABLE public."Tailor";
INSERT INTO evil.grandchild TABLE public."Tailor";
INSERT INTO evil.base TABLE public."Tailor";
GRANT SELECT ON evil.base TO tailor_test_caller;
CREATE FUNCTION nearby_in(tailors text) RETURNS text SECURITY DEFINER SET search_path = public, pg_temp LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('tailor_search.tailor_table', 'evil.' || tailors, true);
  RETURN (SELECT location FROM tailor_search(0, 0));
END $$;
RESET ROLE;
CREATE TABLE below (named text, owned text, code text, undo text);
INSERT INTO below SELECT named, owned, format('CREATE INDEX poison ON ONLY evil.%I ((evil.folded(1) || location))', owned), 'DROP INDEX evil.poison'
FROM (VALUES ('split', 'partition'), ('split', 'split_rest'), ('parent', 'child'), ('parent', 'grandchild'), ('view', 'base'), ('view_of_view', 'base'),
             ('view_of_parent', 'grandchild'), ('guarded', 'base')) b (named, owned);
INSERT INTO below VALUES ('view_of_view', 'view', $$CREATE OR REPLACE VIEW evil.view AS SELECT * FROM evil.base WHERE evil.folded(1) = ''$$,
                          'CREATE OR REPLACE VIEW evil.view AS TABLE evil.base');
SELECT is(in_new_session(format('SELECT nearby_in(%L)', named), 'tailor_test_caller'), 'public', named || ': all that is read is the owner''s') FROM (SELECT DISTINCT named FROM below) b;
SELECT format('ALTER TABLE evil.%I OWNER TO tailor_test_caller', owned), code,
       format('SELECT is(in_new_session(%L, %L), %L, %L)', format('SELECT nearby_in(%L)', named), 'tailor_test_caller', '42501', named || ' reads ' || owned || ', another role''s'),
       undo, format('ALTER TABLE evil.%I OWNER TO tailor_test_owner', owned) FROM below \gexec
-- The error names the relation that is not the owner's.
ALTER TABLE evil.partition OWNER TO tailor_test_caller;
SELECT ok(o.message LIKE '%evil.split%' AND o.detail LIKE '%evil.partition%"tailor_test_caller"%', concat_ws(' ', o.message, o.detail, o.hint)) FROM answer_after('', 'SELECT nearby_in(''split'')') o;
SELECT is(o.value, '"Tailor" "User" "SampleWork"', 'what only names the tables reads nothing')
FROM answer_after('', 'SELECT nearby_tables()') o;
SELECT is(o.value, 'public', 'the caller reads it as itself')
FROM answer_after('', $$SELECT tailor_search_json(0, 0) #>> '{data,0,location}' FROM set_config('tailor_search.tailor_table', 'evil.partition', true)$$) o;
GRANT tailor_test_owner TO tailor_test_caller;
SELECT is(o.value, 'public', 'a partition of a role that may act as the owner') FROM answer_after('', 'SELECT nearby_in(''split'')') o;
REVOKE tailor_test_owner FROM tailor_test_caller;

-- Not in a wrapper nothing changes: SET ROLE, and views and policies, whose functions run as the caller.
CREATE VIEW view_of_owner AS SELECT tailor_search_json(0, 0) #>> '{data,0,location}' AS location;
ALTER VIEW view_of_owner OWNER TO tailor_test_owner;
GRANT SELECT ON view_of_owner TO PUBLIC;
SELECT is(o.value, 'runs as tailor_test_caller', 'a view of another role''s searches as the caller')
FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'$$, 'SELECT location FROM view_of_owner') o;
CREATE TABLE guarded_row (x int);
INSERT INTO guarded_row VALUES (1);
GRANT SELECT, INSERT ON guarded_row TO PUBLIC;
ALTER TABLE guarded_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON guarded_row USING (nearby() = 'public, Name of a');
SELECT is(o.value, '1', 'a policy that calls a wrapper') FROM answer_after('', 'SELECT x FROM guarded_row') o;
SELECT is(o.code, '42501', '… with the caller''s settings') FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'$$, 'SELECT x FROM guarded_row') o;
ALTER POLICY p ON guarded_row USING (tailor_search_json(0, 0) #>> '{data,0,location}' = 'runs as tailor_test_caller');
SELECT is(o.value, '1', 'a policy that searches does so as the caller') FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'$$, 'SELECT x FROM guarded_row') o;

-- Triggers run as the role that changes the table, but for a cascade, which runs as the table's owner.
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent ON DELETE CASCADE);
CREATE TABLE seen (what text);
CREATE FUNCTION searches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO seen SELECT tailor_search_json(0, 0) #>> '{data,0,location}';
  RETURN old;
END $$;
CREATE TRIGGER searches BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION searches();
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1);
ALTER TABLE child OWNER TO tailor_test_owner;
GRANT SELECT, INSERT ON seen TO PUBLIC;
GRANT SELECT, DELETE ON parent TO tailor_test_caller;
GRANT SELECT ON parent TO tailor_test_owner;
SELECT is(o.value, 'public', 'a cascade') FROM answer_after('DELETE FROM parent', 'SELECT what FROM seen') o;
SELECT is(concat_ws(' ', o.code, o.value), '42501', 'a cascade with the caller''s settings') FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'; DELETE FROM parent$$, 'SELECT what FROM seen') o;

-- Maintenance commands run as the table's owner: of a database's owner, who is no superuser, they make no superuser. From
-- PostgreSQL 17 on they search pg_catalog only, so what they read is named with its schema.
SELECT string_agg(format('SET LOCAL tailor_search.%s_table = %L', kind, 'public.' || relation), '; ') AS named_tables
FROM (VALUES ('tailor', '"Tailor"'), ('user', '"User"'), ('sample_work', '"SampleWork"')) t (kind, relation) \gset
BEGIN;
:named_tables;
CREATE MATERIALIZED VIEW nearby_stored AS SELECT tailor_search_json(0, 0, sample_works => 0) #>> '{data,0,location}' AS location;
COMMIT;
SELECT is((SELECT location FROM nearby_stored), 'public', 'CREATE MATERIALIZED VIEW, as a superuser over another role''s tables');
ALTER MATERIALIZED VIEW nearby_stored OWNER TO tailor_test_owner;
GRANT tailor_test_owner TO tailor_test_caller; -- so that the caller may refresh it; its settings are its own, with the owner's rights
SELECT is(o.value, 'public', 'REFRESH MATERIALIZED VIEW') FROM answer_after(:'named_tables' || '; REFRESH MATERIALIZED VIEW nearby_stored', 'SELECT location FROM nearby_stored') o;
SELECT is(concat_ws(' ', o.code, o.value), CASE WHEN :version < 17 THEN 'public' ELSE '42P01' END, 'REFRESH MATERIALIZED VIEW where the settings name no schemas')
FROM answer_after('REFRESH MATERIALIZED VIEW nearby_stored', 'SELECT location FROM nearby_stored') o;
REVOKE tailor_test_owner FROM tailor_test_caller;
SELECT is(concat_ws(' ', o.code, o.value), '42501', 'REFRESH MATERIALIZED VIEW with settings of another role')
FROM (SELECT (answer_after($$SET LOCAL ROLE tailor_test_caller; SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'; RESET ROLE; REFRESH MATERIALIZED VIEW nearby_stored$$,
                           'SELECT location FROM nearby_stored', current_user)).*) o;
CREATE FUNCTION lies(x int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE location text := public.tailor_search_json(0, 0) #>> '{data,0,location}';
BEGIN
  IF location LIKE 'runs as%' THEN
    RAISE EXCEPTION '%', location;
  END IF;
  RETURN location;
END $$;
CREATE TABLE analyzed (x int);
INSERT INTO analyzed VALUES (1), (2);
BEGIN;
:named_tables;
CREATE INDEX analyzed_idx ON analyzed (lies(x));
COMMIT;
:alter_database OWNER TO tailor_test_caller;
SELECT is(o.code, '42501', 'ANALYZE of a superuser''s index, by the database''s owner: ' || coalesce(o.message, o.value))
FROM answer_after($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'; ANALYZE public.analyzed$$, 'SELECT 1') o;
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller', :'chooses_evil'), 'runs as tailor_test_owner, Name of a', 'the database''s owner is trusted by all but superusers');
ALTER FUNCTION nearby OWNER TO CURRENT_USER;
SELECT is(in_new_session('SELECT nearby()', 'tailor_test_caller', :'chooses_evil'), '42501', '… and not by these');
:alter_database OWNER TO CURRENT_USER;
SELECT ok(o.code = '42501' AND o.detail LIKE '%"tailor_test_owner"%' AND o.hint LIKE '%ALTER FUNCTION % OWNER TO tailor_test_owner%',
          'a superuser''s wrapper over tables of another role: ' || concat_ws(' ', o.message, o.detail, o.hint)) FROM answer_after('', 'SELECT nearby()') o;

-- The example of docs/sql.md, as it stands there.
\set example `sed -n '/^### Wrappers/,/^##* [^W]/s/^    //p' docs/sql.md`
SELECT ok(:'example' LIKE '%CREATE FUNCTION public.nearby(lat float8, lng float8)%', 'docs/sql.md has an example');
CREATE ROLE shop_web;
SET ROLE tailor_test_owner;
:example
RESET ROLE;
SELECT is(o.value, 'public', 'the example answers: ' || statements)
FROM (VALUES (''), ($$SET LOCAL tailor_search.tailor_table = 'evil."Tailor"'; SET LOCAL search_path = evil, public$$)) s (statements),
     answer_after(statements, $$SELECT public.nearby(0, 0) #>> '{data,0,location}'$$, 'shop_web') o;
SELECT is(o.code, '42501', '… to the role that it is for') FROM answer_after('', 'SELECT public.nearby(0, 0)') o;

SELECT * FROM finish();
DROP OWNED BY tailor_test_caller, tailor_test_owner, tailor_test_friend, shop_web CASCADE;
DROP ROLE tailor_test_caller, tailor_test_owner, tailor_test_friend, shop_web;
