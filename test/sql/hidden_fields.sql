-- tailor_search.hidden_fields: absent from JSON, NULL in rows, not read; and everything else stays as it was.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE INDEX IF NOT EXISTS tailor_cell_idx ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C");
CREATE INDEX ON "User" (id);
CREATE INDEX ON "SampleWork" ("tailorId");
DROP ROLE IF EXISTS tailor_test_guest;
CREATE ROLE tailor_test_guest;
SELECT add_tailor('a', 0, 0, '{A}', 3, 4), add_tailor('b', 0, 0.01), add_tailor('c'), add_work('a', 'work 1'), add_work('a', 'work 2') \g /dev/null
UPDATE "Tailor" SET "contactEmail" = id || '@example.com', "contactPhone" = '+91 80', location = 'MG Road', "profilePhoto" = 'photo';
UPDATE "SampleWork" SET description = 'a coat';

CREATE TABLE field (name text, place text);  -- as the setting names it, and the function that has it
INSERT INTO field
SELECT unnest('{location,profilePhoto,contactPhone,contactEmail,reviewCount,createdAt,updatedAt}'::text[]), 'tailor'
UNION ALL SELECT unnest('{name,email,createdAt}'::text[]), 'user'
UNION ALL SELECT unnest('{imageUrl,description}'::text[]), 'sampleWorks';
CREATE FUNCTION setting(f field) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN f.place <> 'tailor' THEN f.place || '.' ELSE '' END || f.name $$;
CREATE FUNCTION without(answer jsonb, f field) RETURNS jsonb LANGUAGE sql AS $$
  SELECT CASE WHEN f.place = 'tailor' THEN answer - f.name
              WHEN f.place = 'user' THEN answer || jsonb_build_object('user', (answer -> 'user') - f.name)
              ELSE answer || jsonb_build_object('sampleWorks', (SELECT coalesce(jsonb_agg(w - f.name), '[]') FROM jsonb_array_elements(answer -> 'sampleWorks') AS w)) END
$$;
CREATE FUNCTION answers() RETURNS jsonb LANGUAGE sql AS $$
  SELECT (tailor_search_json(0, 0, include_unlocated => true)::jsonb -> 'data') || (tailor_by_id_json('a')::jsonb -> 'data')
$$;
-- What differs when this field is hidden from what it should be, by this engine.
CREATE FUNCTION wrong_without(f field, engine text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE expected jsonb; found jsonb;
BEGIN
  SELECT jsonb_agg(without(a, f)) INTO expected FROM jsonb_array_elements(answers()) AS a;
  PERFORM set_config('tailor_search.hidden_fields', setting(f), true), set_config('tailor_search.engine', engine, true);
  found := answers();
  PERFORM set_config('tailor_search.hidden_fields', '', true), set_config('tailor_search.engine', 'auto', true);
  RETURN CASE WHEN found IS DISTINCT FROM expected THEN format('%s instead of %s', found, expected) END;
END $$;
SELECT is(wrong_without(f, engine), NULL, format('%s hidden, %s', setting(f), engine)) FROM field AS f, unnest('{native,sql}'::text[]) AS engine;

-- Rows, and several fields at once.
SET tailor_search.hidden_fields = ' contactEmail,contactPhone user.email ';
SELECT results_eq($$SELECT "contactEmail", "contactPhone", "profilePhoto", "user"::jsonb FROM tailor_search(0, 0) WHERE id = 'a'$$,
                  $$VALUES (NULL::text, NULL::text, 'photo', '{"id": "user of a", "name": "Name of a"}'::jsonb)$$, 'NULL in rows, absent from the user');
SELECT is((SELECT count(*) FROM tailor_search(0, 0, skills => '{A}', min_rating => 4, sort_by => 'rating')), 1::bigint, 'filters and order as before');

-- No privilege on the columns.
GRANT SELECT (id, "userId", location, latitude, longitude, skills, "yearsExperience", "profilePhoto", rating, "reviewCount", "createdAt", "updatedAt", "locationPoint")
  ON "Tailor" TO tailor_test_guest;
GRANT SELECT (id, name) ON "User" TO tailor_test_guest;
GRANT SELECT ON "SampleWork" TO tailor_test_guest;
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_guest'), NULL, 'their columns need not be readable');
SET tailor_search.engine = native;
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_guest'), NULL, '… by the native engine');
SET tailor_search.engine = sql;
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_guest'), NULL, '… and by the SQL engine');
RESET tailor_search.engine;
SELECT is(error_code($$SET tailor_search.hidden_fields = ''$$, 'tailor_test_guest'), '42501', 'the caller cannot uncover them');
SET tailor_search.hidden_fields = '';
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_guest'), '42501', 'in the same session, what is shown must be readable');

-- The columns need not exist.
SET tailor_search.hidden_fields = 'contactEmail, user.email';
ALTER TABLE "Tailor" DROP COLUMN "contactEmail";
ALTER TABLE "User" DROP COLUMN email;
SELECT is(found('0, 0'), 'a b', 'nor exist');
SET tailor_search.engine = native;
SELECT is(found('0, 0'), 'a b', '… for the native engine');
RESET tailor_search.engine;
SELECT is_empty($$SELECT need, detail FROM tailor_search_check() WHERE need LIKE 'column%' AND NOT ok$$, 'the check does not ask for them');
RESET tailor_search.hidden_fields;
SELECT is(error_code('SELECT tailor_search_json(0, 0)'), '42703', 'a field that is shown needs its column');

-- Names.
SELECT results_eq($$SELECT code, message, detail, hint FROM outcome_of($q$SET tailor_search.hidden_fields = 'contactEmail, rating'$q$)$$,
  $$VALUES ('22023', 'invalid value for parameter "tailor_search.hidden_fields": "contactEmail, rating"', '"rating" is not a field that can be hidden.',
            'Fields that can be hidden: location, profilePhoto, contactPhone, contactEmail, reviewCount, createdAt, updatedAt, user.name, user.email, user.createdAt, sampleWorks.imageUrl, sampleWorks.description.')$$,
  'what searches need cannot be hidden, and the error names what can');
SELECT is(error_code(format('SET tailor_search.hidden_fields = %L', name)), '22023', format('"%s" is no field', name))
FROM unnest('{contactemail,user.id,tailor.location,user.,"user.email;","user.password"}'::text[]) AS name;
SELECT * FROM finish();
