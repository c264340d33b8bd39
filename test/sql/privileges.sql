-- A search sees what a plain SELECT by the same role would see, and reads no column that it does not need.
\ir include/tables.psql
SELECT * FROM no_plan();
DROP ROLE IF EXISTS tailor_test_reader, tailor_test_function_owner, tailor_test_nobody;
CREATE ROLE tailor_test_reader;
CREATE ROLE tailor_test_function_owner;
CREATE ROLE tailor_test_nobody;

-- The bounds on radius and skills are the administrator's, even before the library is loaded.
SET ROLE tailor_test_nobody;
SET client_min_messages = error;
SET tailor_search.max_distance_km = 20000;
SET tailor_search.max_skills = 200;
RESET ROLE;
SELECT error_code('SELECT tailor_search_json(0, 0)') \g /dev/null
SET client_min_messages = warning;
SELECT is(error_code('SELECT tailor_search_json(0, 0, max_distance_km => 101)', 'tailor_test_nobody'), '22023', 'a user''s own bound does not count');
SELECT is(error_code($$SELECT tailor_search_json(0, 0, skills => array_fill('A'::text, ARRAY[101]))$$, 'tailor_test_nobody'), '22023', '… nor does that of skills');
SELECT is(error_code('SET tailor_search.max_distance_km = 20000', 'tailor_test_nobody'), '42501', '… and is refused once the library is loaded');
SELECT add_tailor('a', 0, 0), add_tailor('b', 0, 0), add_work('a', 'work 1'), add_work('a', 'work 2');
CREATE TABLE needed (table_name text, column_name text);
INSERT INTO needed
SELECT 'Tailor', unnest('{id,userId,location,latitude,longitude,skills,yearsExperience,profilePhoto,contactPhone,contactEmail,
                          rating,reviewCount,createdAt,updatedAt,locationPoint}'::text[])
UNION ALL SELECT 'User', unnest('{id,name,email}'::text[])
UNION ALL SELECT 'SampleWork', unnest('{id,tailorId,imageUrl,description,createdAt}'::text[]);
CREATE FUNCTION on_column(command text, column_name text, table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(command, column_name, table_name);
END $$;
\set search '''SELECT tailor_search_json(0, 0, include_unlocated => true)'''

-- Columns.
SELECT is(error_code(:search, 'tailor_test_reader'), '42501', 'nothing is readable without a grant');
SELECT on_column('GRANT SELECT (%I) ON %I TO tailor_test_reader', column_name, table_name) FROM needed \g /dev/null
SELECT is(found('0, 0', 'tailor_test_reader'), 'a b', 'the needed columns suffice: no password, no "User"."createdAt"');
SELECT is(error_code(:search, 'tailor_test_reader'), NULL, '… for JSON, too');
SELECT is(error_code($$SELECT tailor_by_id_json('a')$$, 'tailor_test_reader'), '42501', 'a single tailor shows "User"."createdAt"');
GRANT SELECT ("createdAt") ON "User" TO tailor_test_reader;
SELECT is(error_code($$SELECT tailor_by_id_json('a')$$, 'tailor_test_reader'), NULL, '… and needs nothing else');

CREATE FUNCTION without(column_name text, table_name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result outcome;
BEGIN
  PERFORM on_column('REVOKE SELECT (%I) ON %I FROM tailor_test_reader', column_name, table_name);
  result := outcome_of('SELECT tailor_search_json(0, 0)', 'tailor_test_reader');
  PERFORM on_column('GRANT SELECT (%I) ON %I TO tailor_test_reader', column_name, table_name);
  RETURN result.code || ' ' || result.message;
END $$;
SELECT is(without(column_name, table_name), format('42501 permission denied for table %s', table_name), format('without %s.%s', table_name, column_name))
FROM needed;
SELECT is(error_code(:search, 'tailor_test_reader'), NULL, 'all granted again');
SELECT is(error_code(:search, 'tailor_test_nobody'), '42501', 'a plan kept for one role lets no other in');
SELECT is(error_code('SELECT name FROM tailor_place', 'tailor_test_nobody'), NULL, 'everybody may read the named places');
SELECT is(error_code($$INSERT INTO tailor_place VALUES ('X', 0, 0) RETURNING name$$, 'tailor_test_nobody'), '42501', '… but not write them');

-- Row-level security, one policy a table; the superuser who called before is not bound by it.
SELECT add_tailor('c', 0, 0);
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
SELECT is(found('0, 0', 'tailor_test_reader'), '', 'no policy, no rows');
SELECT is(found('0, 0'), 'a b c', '… but for who bypasses it');
CREATE POLICY not_b ON "Tailor" TO tailor_test_reader USING (id <> 'b');
SELECT is(found('0, 0', 'tailor_test_reader'), 'a c', 'a policy on "Tailor"');
SELECT is((outcome_of('SELECT tailor_search_json(0, 0)#>>''{pagination,total}''', 'tailor_test_reader')).value, '2', '… holds for the total');
SELECT is((outcome_of('SELECT tailor_by_id_json(''b'') IS NULL', 'tailor_test_reader')).value, 'true', '… and for a single tailor');
ALTER TABLE "SampleWork" ENABLE ROW LEVEL SECURITY;
CREATE POLICY first ON "SampleWork" TO tailor_test_reader USING (id = 'work 1');
SELECT is((outcome_of('SELECT string_agg(w->>''id'', '' '') FROM tailor_search(0, 0), json_array_elements("sampleWorks") w', 'tailor_test_reader')).value,
          'work 1', 'a policy on "SampleWork"');
ALTER TABLE "User" ENABLE ROW LEVEL SECURITY;
CREATE POLICY not_c ON "User" TO tailor_test_reader USING (id <> 'user of c');
SELECT is((outcome_of('SELECT string_agg(id || coalesce("user"::text, '' NULL''), '' '') FROM tailor_search(0, 0)', 'tailor_test_reader')).value,
          'a{"id":"user of a","name":"Name of a","email":"a@example.com"} cnull', 'a user who cannot be seen is null; the tailor stays');
CREATE POLICY tenant ON "Tailor" AS RESTRICTIVE TO tailor_test_reader USING (id = current_setting('test.tenant', true));
SET test.tenant = 'a';
SELECT is(found('0, 0', 'tailor_test_reader'), 'a', 'a policy by a setting …');
SET test.tenant = 'c';
SELECT is(found('0, 0', 'tailor_test_reader'), 'c', '… that changes between calls');
DROP POLICY tenant ON "Tailor";
SET row_security = off;
SELECT is(error_code(:search, 'tailor_test_reader'), '42501', 'row_security off: an error rather than rows left out');
RESET row_security;

-- A function of the owner's rights is the way to give the search but not the tables.
CREATE FUNCTION search_for_all(lat float8, lng float8) RETURNS json STABLE SECURITY DEFINER SET search_path = public, pg_temp
LANGUAGE sql RETURN tailor_search_json(lat, lng);
ALTER FUNCTION search_for_all OWNER TO tailor_test_function_owner;
GRANT SELECT ON "Tailor", "User", "SampleWork" TO tailor_test_function_owner;
CREATE POLICY all_rows ON "Tailor" TO tailor_test_function_owner USING (true);
SELECT is((outcome_of('SELECT search_for_all(0, 0)#>>''{pagination,total}''', 'tailor_test_nobody')).value, '3', 'SECURITY DEFINER: as its owner');
SELECT is(error_code(:search, 'tailor_test_nobody'), '42501', '… and only through it');

-- A schema without USAGE.
CREATE SCHEMA hidden;
SET tailor_search.tailor_table = 'hidden."Tailor"';
ALTER TABLE "Tailor" SET SCHEMA hidden;
SELECT is(error_code(:search), NULL, 'moved to a schema');
SELECT is((outcome_of(:search, 'tailor_test_reader')).message, 'permission denied for schema hidden', 'without USAGE on it');
GRANT USAGE ON SCHEMA hidden TO tailor_test_reader;
SELECT is(error_code(:search, 'tailor_test_reader'), NULL, 'with USAGE on it');

SELECT * FROM finish();
DROP OWNED BY tailor_test_reader, tailor_test_function_owner, tailor_test_nobody;
DROP ROLE tailor_test_reader, tailor_test_function_owner, tailor_test_nobody;
