-- What a careless or hostile neighbour may do to a search.
\ir include/tables.psql
SELECT * FROM no_plan();
DROP ROLE IF EXISTS tailor_test_hostile;
CREATE ROLE tailor_test_hostile;
SELECT add_tailor('a', 0, 0, '{A}', 1, 1), add_tailor('b', 0, 0.01, '{B}', 2, 2), add_tailor('c', NULL, NULL, '{C}', 3, 3) \g /dev/null
SELECT add_work('a', 'w1', '2024-01-01'), add_work('a', 'w2', '2024-01-02') \g /dev/null
\set all_filters '0, 0, skills => \'{A,C}\', min_experience => 1, max_experience => 9, min_rating => 0, sort_by => \'rating\', include_unlocated => true'
SELECT is(found(:'all_filters'), 'c a', 'undisturbed');

-- Operators, functions, casts and types of the same names, before and after pg_catalog on the search_path.
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.fail() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hostile'; END $$;
CREATE PROCEDURE hostile.make(operator text, argument text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE FUNCTION hostile.fail(%1$s, %1$s) RETURNS boolean LANGUAGE sql AS ''SELECT hostile.fail()'';
                  CREATE OPERATOR hostile.%2$s (FUNCTION = hostile.fail, LEFTARG = %1$s, RIGHTARG = %1$s)', argument, operator);
END $$;
SELECT format('CALL hostile.make(%L, %L)', operator, argument)
FROM (VALUES ('&&', 'text[]'), ('&&', 'anyarray'), ('&&', 'geography'), ('=', 'text'), ('=', 'oid'), ('=', 'name'), ('>=', 'integer'), ('<=', 'integer'),
             ('>=', 'float8'), ('/', 'float8'), ('=', 'boolean'), ('<', 'text'), ('>', 'text'), ('<', 'float8'), ('~~', 'text')) o (operator, argument) \gexec
CREATE FUNCTION hostile.row_number() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint FROM (SELECT hostile.fail()) f';
CREATE FUNCTION hostile.count(text) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint FROM (SELECT hostile.fail()) f';
CREATE FUNCTION hostile.st_distance(geography, geography) RETURNS float8 LANGUAGE sql AS 'SELECT 0::float8 FROM (SELECT hostile.fail()) f';
CREATE FUNCTION hostile.st_dwithin(geography, geography, float8) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.fail()';
CREATE FUNCTION hostile.st_isempty(geometry) RETURNS boolean LANGUAGE sql AS 'SELECT hostile.fail()';
CREATE FUNCTION hostile.st_makepoint(float8, float8) RETURNS geometry LANGUAGE sql AS 'SELECT NULL::geometry FROM (SELECT hostile.fail()) f';
CREATE DOMAIN hostile.float8 AS text CHECK (hostile.fail());
CREATE DOMAIN hostile.timestamp AS text CHECK (hostile.fail());
CREATE DOMAIN hostile.geography AS text CHECK (hostile.fail());
CREATE TABLE hostile.pg_type (oid int, typname name, typnamespace int);
CREATE TABLE hostile.pg_extension (oid int, extname name, extnamespace int);
CREATE FUNCTION found_under(path text, arguments text) RETURNS outcome LANGUAGE plpgsql AS $$
DECLARE result outcome;
BEGIN
  PERFORM pg_catalog.set_config('search_path', path, true);
  EXECUTE 'SELECT public.tailor_search_json(' operator(pg_catalog.||) arguments operator(pg_catalog.||) ')#>>''{data}''' INTO result.value;
  PERFORM pg_catalog.set_config('search_path', 'public', true);
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS result.code = RETURNED_SQLSTATE, result.message = MESSAGE_TEXT;
  RETURN result;
END $$;
SELECT tailor_search_json(:all_filters)#>>'{data}' AS undisturbed \gset
SELECT is((o.value, o.message)::text, (:'undisturbed', NULL)::text, 'with search_path ' || path)
FROM (VALUES ('hostile, public'), ('hostile, pg_catalog, public'), ('pg_catalog, hostile, public'), ('public, hostile')) paths (path),
     found_under(path, :'all_filters') o;
-- The first search of a session is the one that looks for PostGIS.
CREATE EXTENSION dblink;
SELECT dblink_connect(format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                             current_setting('port'), session_user, current_database())) \g /dev/null
-- PostGIS 3.7 has a look-up of its own, by operators of the search_path, in its first call.
SELECT * FROM dblink($$SELECT ST_Distance(geography 'POINT(0 0)', geography 'POINT(0 1)')$$) AS t (metres float8) \g /dev/null
SELECT dblink_exec('SET search_path = hostile, pg_catalog, public') \g /dev/null
SELECT is(answer, :'undisturbed', 'the first search of a session')
FROM dblink(format($$SELECT public.tailor_search_json(%s) OPERATOR(pg_catalog.#>>) '{data}'$$, :'all_filters')) AS t (answer text);
SELECT dblink_disconnect() \g /dev/null

-- Texts that would be SQL if they were pasted.
SELECT is(found(format('0, 0, skills => ARRAY[%L]', bad)), '', 'skill ' || bad) FROM (VALUES ($$'; DROP TABLE "User"; --$$), ($$") OR true --$$), ('$1'), ('}')) texts (bad);
SELECT is(tailor_by_id_json(bad)::text, NULL, 'id ' || bad) FROM (VALUES ($$' OR true --$$), ($$a'$$), ('$1'), ('')) texts (bad);
SELECT is(found(:'all_filters'), 'c a', 'all tables are there');

-- A temporary table stands before all others, for its own session, as in any query.
CREATE TEMP TABLE "Tailor" AS SELECT * FROM public."Tailor" WHERE id = 'b';
SELECT is(found('0, 0'), 'b', 'a temporary table shadows');
DROP TABLE pg_temp."Tailor";
SELECT is(found('0, 0'), 'a b', '… until it is dropped');
CREATE TEMP TABLE "Tailor" AS SELECT * FROM public."Tailor" WHERE id = 'b';
SET search_path = public, pg_temp;
SELECT is(found('0, 0'), 'a b', 'pg_temp last: it does not');
RESET search_path;
DROP TABLE pg_temp."Tailor";

-- Everywhere that a query may call a function.
SELECT is((SELECT string_agg(n || id, ' ') FROM generate_series(0, 2) n, LATERAL tailor_search(0, n * 0.01, 0.5)), '0a 1b', 'LATERAL: a centre a row');
SELECT is((SELECT count(*) FROM generate_series(1, 3000) n, LATERAL tailor_search(0, n % 3 * 0.01, 0.5)), 2000::bigint, '… for many rows');
SELECT is((SELECT string_agg((s).id, ' ') FROM (SELECT tailor_search(0, 0)) r (s)), 'a b', 'in the select list');
SELECT is((SELECT string_agg(id || ordinality, ' ') FROM tailor_search(0, 0) WITH ORDINALITY), 'a1 b2', 'WITH ORDINALITY');
SELECT is((SELECT string_agg(a.id || b.id, ' ') FROM ROWS FROM (tailor_search(0, 0)) a JOIN tailor_search(0, 0.01) b USING (id)), 'aa bb', 'joined with itself');
SELECT is((SELECT string_agg(id, ' ') FROM (SELECT id FROM tailor_search(0, 0) LIMIT 1) s), 'a', 'LIMIT');
SELECT is((SELECT string_agg(id, ' ') FROM tailor_search(0, 0) WHERE distance > 1), 'b', 'WHERE on its result');
SELECT is((SELECT count(*) FROM "Tailor" t WHERE EXISTS (SELECT FROM tailor_search_near(t."locationPoint", 0.5) s WHERE s.id = t.id) AND t."locationPoint" IS NOT NULL), 2::bigint, 'correlated');
PREPARE prepared (float8, text[], text, int) AS SELECT string_agg(id, ' ') FROM tailor_search(0, $1, skills => $2, sort_by => $3, page_size => $4);
CREATE FUNCTION prepared(arguments text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN EXECUTE format('EXECUTE prepared (%s)', arguments) INTO r; RETURN r; END $$;
SET plan_cache_mode = force_generic_plan;
SELECT is(prepared(arguments), ids, 'prepared: ' || arguments) FROM (VALUES
  ($$0, '{A,B}', 'rating', 9$$, 'b a'), ($$0, NULL, 'distance', 1$$, 'a'), ($$0.01, NULL, 'distance', 9$$, 'b a')) calls (arguments, ids);
ALTER TABLE "Tailor" ADD COLUMN more int;
SELECT is(prepared($$0, '{A,B}', 'rating', 9$$), 'b a', 'prepared, over DDL');
RESET plan_cache_mode;

-- In a cursor: the rows of when it was opened.
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT id, total FROM tailor_search(0, 0, include_unlocated => true);
UPDATE "Tailor" SET rating = 5;
DELETE FROM "Tailor" WHERE id = 'a';
FETCH ALL c \g /dev/null
MOVE ABSOLUTE 0 c \g /dev/null
FETCH 1 FROM c \gset
SELECT is(:'id'::text || :total, 'a3', 'a cursor shows what was there when it was opened');
ROLLBACK;

-- Under parallel query.
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query') \g /dev/null
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT is(found('0, 0'), 'a b', 'parallel mode forced');
SELECT is((SELECT string_agg(id, ' ') FROM tailor_search(0, 0) WHERE id IN (SELECT id FROM "Tailor")), 'a b', 'beside a parallel scan');
RESET ALL;
SET client_min_messages = warning;

-- A policy that itself searches: what it finds is under the same policy, so it never ends, and must end well.
GRANT SELECT ON "Tailor", "User", "SampleWork" TO tailor_test_hostile;
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION searches(tailor text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN EXISTS (SELECT FROM tailor_search(0, 0) s WHERE s.id = tailor); END $$;
CREATE POLICY endless ON "Tailor" TO tailor_test_hostile USING (searches(id));
SET max_stack_depth = '1MB';
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_hostile'), '54001', 'an endless policy: stack depth exceeded');
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_hostile'), '54001', '… again');
RESET max_stack_depth;
SELECT is(found('0, 0'), 'a b', '… and the session goes on');
-- One that ends: it searches as its owner, who is above policies; on the way it changes other tables and tenants.
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere."Tailor" AS TABLE "Tailor";
DROP POLICY endless ON "Tailor";
CREATE FUNCTION nested(tailor text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE answer boolean;
BEGIN
  CREATE TEMP TABLE IF NOT EXISTS scratch (x int) ON COMMIT DROP;
  ALTER TABLE elsewhere."Tailor" ADD COLUMN IF NOT EXISTS churn int;
  ALTER TABLE elsewhere."Tailor" DROP COLUMN churn;
  CREATE SCHEMA churn; -- which makes every plan that is kept suspect, that of the search around this one, too
  DROP SCHEMA churn;
  PERFORM set_config('search_path', 'elsewhere, public', true);
  PERFORM tailor_search_json(0, 0);
  PERFORM set_config('search_path', 'public', true);
  SELECT count(*) = 1 INTO answer FROM tailor_search(0, 0) s WHERE s.id = tailor AND s.id <> 'a';
  RETURN answer;
END $$;
CREATE POLICY nested ON "Tailor" TO tailor_test_hostile USING (nested(id));
SELECT is(found('0, 0', 'tailor_test_hostile'), 'b', 'a search within a search, with plans dropped on the way');
SELECT is(found('0, 0', 'tailor_test_hostile'), 'b', '… again');

-- Errors from below arrive as they were raised.
DROP POLICY nested ON "Tailor";
CREATE FUNCTION raises() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'TT123', MESSAGE = 'closed', DETAIL = 'On Sundays.', HINT = 'Come tomorrow.', COLUMN = 'day';
END $$;
CREATE POLICY raises ON "Tailor" TO tailor_test_hostile USING (raises());
SELECT is(outcome_of(query, 'tailor_test_hostile'), (NULL, 'TT123', 'closed', 'On Sundays.', 'Come tomorrow.', 'day')::outcome, 'unchanged: ' || query)
FROM (VALUES ('SELECT id FROM tailor_search(0, 0)'), ('SELECT tailor_search_json(0, 0)'), ($$SELECT tailor_by_id_json('a')$$)) queries (query);
SELECT * FROM finish();
DROP OWNED BY tailor_test_hostile;
DROP ROLE tailor_test_hostile;
