-- Tables without the promises that Prisma's make: NULL and long values in every column, any collation, no primary key. Both engines answer alike.
\ir include/tables.psql
SELECT * FROM no_plan();

CREATE SCHEMA odd;
SET search_path = odd, public;
CREATE TABLE "Tailor" (id text, "userId" text, location text, latitude float8, longitude float8, skills text[], "yearsExperience" int,
  "profilePhoto" text, "contactPhone" text, "contactEmail" text, rating float8, "reviewCount" int, "createdAt" timestamp, "updatedAt" timestamp,
  "locationPoint" geography);
CREATE TABLE "User" (id text, name text, email text, "createdAt" timestamp);
CREATE TABLE "SampleWork" (id text, "tailorId" text, "imageUrl" text, description text, "createdAt" timestamp);
CREATE INDEX ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C");
CREATE INDEX ON "Tailor" USING gist ("locationPoint");
CREATE INDEX users ON "User" (id);
CREATE INDEX works ON "SampleWork" ("tailorId");

-- What a search answers with each engine; `native` alone is demanded, so that a refusal is seen.
CREATE FUNCTION answer(engine text, arguments text) RETURNS outcome LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('tailor_search.engine', answer.engine, true);
  RETURN outcome_of(format('SELECT tailor_search_json(%s)::text', arguments));
END $$;
CREATE FUNCTION same(arguments text, what text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT is(n.value, s.value, what || ': the native engine gives the SQL engine''s answer')
  FROM answer('native', arguments) n, answer('sql', arguments) s
  UNION ALL SELECT is(n.code, s.code, what || ': … or the same error') FROM answer('native', arguments) n, answer('sql', arguments) s
$$;
CREATE FUNCTION works_of(arguments text, engine text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(w ->> 'imageUrl', ' ' ORDER BY n)
  FROM answer(engine, arguments) a, json_array_elements(a.value::json #> '{data,0,sampleWorks}') WITH ORDINALITY t (w, n)
$$;
-- Why the native engine refuses a search, and whether the SQL engine answers it.
CREATE FUNCTION refused(reason text, what text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT is(n.code, '55000', what || ': not by the native engine') FROM answer('native', '0, 0') n
  UNION ALL SELECT matches(n.message, reason, what || ': the reason') FROM answer('native', '0, 0') n
  UNION ALL SELECT is(s.code, NULL, what || ': by the SQL engine') FROM answer('auto', '0, 0') s
$$;

SELECT same('0, 0', 'no row');

-- NULL in every column.
INSERT INTO "Tailor" ("locationPoint") VALUES ('POINT(0 0)');
SELECT is((answer('native', '0, 0')).value::json #>> '{pagination,total}', '1', 'a row of NULLs is found');
SELECT same('0, 0', 'a row of NULLs');
INSERT INTO "User" VALUES (NULL, 'no id', NULL, NULL);
INSERT INTO "SampleWork" VALUES (NULL, NULL, NULL, NULL, NULL);
SELECT same('0, 0', 'NULL is equal to no NULL');
INSERT INTO "Tailor" (id, "userId", "locationPoint") VALUES ('t', 'u', 'POINT(0 0.001)'), (NULL, 'u', 'POINT(0 0.002)'), ('', '', 'POINT(0 0.003)'), ('', NULL, NULL);
INSERT INTO "User" VALUES ('u', NULL, NULL, NULL), ('', '', '', NULL);
INSERT INTO "SampleWork" VALUES (NULL, 't', 'no id', NULL, NULL), ('', 't', 'empty id', NULL, NULL), ('w', 't', 'dated', NULL, '2024-01-01'),
  (NULL, '', 'empty', NULL, '2024-01-01');
SELECT same('0, 0, include_unlocated => true', 'NULL and empty ids');
SELECT same('0, 0, include_unlocated => true, sort_by => ''experience''', 'NULL experience');
SELECT same('0, 0, include_unlocated => true, sort_by => ''rating''', 'NULL rating');
SELECT same('0, 0, skills => ''{}'', min_rating => 0', 'NULL skills and rating');
SELECT is(works_of('0, 0.001', 'sql'), NULL, 'the centre is latitude, longitude');
SELECT is(works_of('0.001, 0', 'sql'), 'empty id no id dated', 'a work without an id is shown, last of its date');
SELECT is(works_of('0.001, 0', 'native'), 'empty id no id dated', '… by the native engine, too');
SELECT same('0.001, 0, sample_works => 1', 'the newest of works with NULL ids');
SELECT is(tailor_by_id_json('t') #>> '{data,sampleWorks,1,imageUrl}', 'no id', '… and for a single tailor');
SELECT is(json_array_length(tailor_by_id_json('t') #> '{data,sampleWorks}'), 3, '… all of them');
SELECT is(count(*)::int, 4, 'as rows') FROM tailor_search(0, 0);
SELECT is(count(*)::int, 4, 'as rows of the native engine') FROM set_config('tailor_search.engine', 'native', false), tailor_search(0, 0);

-- Long values: compressed, and out of line.
TRUNCATE "Tailor", "User", "SampleWork";
CREATE FUNCTION incompressible(bytes int) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(encode(sha256(i::text::bytea), 'hex'), '') FROM generate_series(1, bytes / 64) i
$$;
INSERT INTO "Tailor" (id, "userId", location, "locationPoint") VALUES (repeat('t', 5000), repeat('u', 5000), incompressible(100000), 'POINT(0 0)');
INSERT INTO "User" VALUES (repeat('u', 5000), incompressible(100000), repeat('e', 5000));
INSERT INTO "SampleWork" VALUES (repeat('b', 3000), repeat('t', 5000), 'second', '', '2026-01-01'), (repeat('a', 3000) || 'z', repeat('t', 5000), 'first', '', '2026-01-01');
SELECT same('0, 0', 'long ids');
SELECT is(works_of('0, 0', 'sql'), 'first second', 'compressed ids of works have their order');
SELECT is(works_of('0, 0', 'native'), 'first second', '… in the native engine, too');
DROP INDEX works;
CREATE INDEX works ON "SampleWork" ("tailorId") INCLUDE ("createdAt", id, "imageUrl", description);
DROP INDEX users;
CREATE INDEX users ON "User" (id) INCLUDE (email);
VACUUM (FREEZE) "SampleWork";
SELECT is(works_of('0, 0', 'native'), 'first second', '… out of an index, too');
DROP INDEX users;
CREATE INDEX users ON "User" (id);
DROP INDEX works;
CREATE INDEX works ON "SampleWork" ("tailorId");

-- Collations.
TRUNCATE "Tailor", "User", "SampleWork";
INSERT INTO "Tailor" (id, "userId", "locationPoint") VALUES ('t', 'u', 'POINT(0 0)'), ('B', 'u', 'POINT(0 0.001)'), ('a', 'u', 'POINT(0 0.001)');
INSERT INTO "User" VALUES ('u', 'U', 'u@example.com');
INSERT INTO "SampleWork" VALUES ('B', 't', 'B', '', '2026-01-01'), ('a', 't', 'a', '', '2026-01-01');
SELECT same('0, 0', 'the database''s collation');
ALTER TABLE "SampleWork" ALTER id TYPE text COLLATE "en-x-icu";
SELECT same('0, 0', 'works'' ids in ICU''s order');
SELECT is(works_of('0, 0', 'sql'), 'a B', 'works of a date are in their ids'' order');
SELECT is(works_of('0, 0', 'native'), 'a B', '… of the column''s collation');
SELECT same('0, 0, sample_works => 1', 'the first of works in ICU''s order');
ALTER TABLE "SampleWork" ALTER id TYPE text COLLATE "C";
SELECT same('0, 0', 'works'' ids in the order of bytes');
ALTER TABLE "Tailor" ALTER id TYPE text COLLATE "en-x-icu";
SELECT same('0, 0', 'tailors'' ids in ICU''s order');
ALTER TABLE "SampleWork" ALTER "tailorId" TYPE text COLLATE "C";
SELECT is((answer('auto', '0, 0')).code, '42P22', 'two collations to compare "tailorId" and id by: an error');
SELECT is((answer('native', '0, 0')).code, '55000', '… that the native engine leaves to the SQL engine');
SELECT matches((answer('native', '0, 0')).message, 'collations of "tailorId" and "id" differ', '… and says why');
ALTER TABLE "SampleWork" ALTER "tailorId" TYPE text COLLATE "default";
SELECT same('0, 0', 'the database''s collation gives way');
ALTER TABLE "User" ALTER id TYPE text COLLATE "C", ALTER name TYPE text COLLATE "POSIX";
ALTER TABLE "Tailor" ALTER "userId" TYPE text COLLATE "en-x-icu";
SELECT is((answer('auto', '0, 0')).code, '42P22', 'two collations to compare "userId" and id by: an error');
SELECT matches((answer('native', '0, 0')).message, 'collations of "userId" and "id" differ', '… that the native engine leaves to the SQL engine');
ALTER TABLE "Tailor" ALTER "userId" TYPE text COLLATE "C";
SELECT same('0, 0', 'one collation that is not the database''s');

-- Texts that are equal without being the same.
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
ALTER TABLE "Tailor" ALTER id TYPE text COLLATE loose;
SELECT refused('nondeterministic collation', 'tailors'' ids');
ALTER TABLE "Tailor" ALTER id TYPE text COLLATE "default", ALTER "userId" TYPE text COLLATE loose;
ALTER TABLE "User" ALTER id TYPE text COLLATE "default";
SELECT refused('nondeterministic collation', '"userId"');
ALTER TABLE "Tailor" ALTER "userId" TYPE text COLLATE "default";
ALTER TABLE "User" ALTER id TYPE text COLLATE loose;
CREATE INDEX ON "User" (id COLLATE "C");
SELECT refused('nondeterministic collation', 'users'' ids, whose index is deterministic');
ALTER TABLE "User" ALTER id TYPE text COLLATE "default";
ALTER TABLE "SampleWork" ALTER id TYPE text COLLATE loose;
SELECT refused('nondeterministic collation', 'works'' ids');
ALTER TABLE "SampleWork" ALTER id TYPE text COLLATE "default", ALTER "tailorId" TYPE text COLLATE loose;
CREATE INDEX ON "SampleWork" ("tailorId" COLLATE "C");
SELECT refused('nondeterministic collation', '"tailorId", whose index is deterministic');
ALTER TABLE "SampleWork" ALTER "tailorId" TYPE text COLLATE "default";
ALTER TABLE "Tailor" ALTER skills TYPE text[] COLLATE loose;
UPDATE "Tailor" SET skills = '{hemming}';
SELECT same('0, 0, skills => ''{HEMMING}''', 'skills that are equal without being the same');
SELECT is((answer('native', '0, 0, skills => ''{HEMMING}''')).value::json #>> '{pagination,total}', '3', '… are found');

-- Domains, and types that texts are stored as.
CREATE DOMAIN name_of_a_tailor AS varchar(40) COLLATE "en-x-icu" CHECK (value <> 'x');
ALTER TABLE "Tailor" ALTER id TYPE name_of_a_tailor, ALTER skills TYPE text[] COLLATE "default";
SELECT same('0, 0', 'a domain');

-- Skills that are too long for an index entry, and those that stand for them there.
INSERT INTO "Tailor" (id, "userId", skills, "locationPoint", rating)
  SELECT 'many', 'u', array_agg('skill ' || i), 'POINT(0 0.002)'::geography, 5 FROM generate_series(1, 5000) i UNION ALL VALUES ('null', 'u', '{NULL}'::text[], 'POINT(0 0.003)'::geography, 5);
SELECT same('0, 0', 'long skills');
SELECT same('0, 0, skills => ''{"skill 4999"}''', '… as a filter');
SELECT is((answer('native', '0, 0, skills => ''{"skill 4999"}''')).value::json #>> '{data,0,id}', 'many', '… found by the last of them');
SELECT same('0, 0, skills => ''{"skill 1", "skill 4999"}'', skill_match => ''all''', '… by all');
SELECT same('0, 0, skills => ''{hemming,NULL}'', min_rating => 4', '… beside another filter');
DELETE FROM "Tailor" WHERE id IN ('many', 'null');

-- A covering index without skills.
CREATE INDEX without_skills ON "Tailor" (tailor_cell("locationPoint")) INCLUDE (rating, "yearsExperience");
SELECT indexrelid::regclass AS with_skills FROM pg_index
WHERE indrelid = '"Tailor"'::regclass AND pg_get_indexdef(indexrelid) LIKE '%tailor_cell%skills%' \gset
DROP INDEX :with_skills;
INSERT INTO "Tailor" (id, "userId", skills, "locationPoint", rating)
  SELECT 'many', 'u', array_agg('skill ' || i), 'POINT(0 0.002)', 5 FROM generate_series(1, 5000) i;
SELECT same('0, 0', 'skills that are not in the index');
SELECT same('0, 0, skills => ''{"skill 4999"}''', '… as a filter');
SELECT is((answer('native', '0, 0, skills => ''{"skill 4999"}''')).value::json #>> '{data,0,id}', 'many', '… found by the last of its skills');
SELECT same('0, 0, skills => ''{hemming}'', min_rating => 4', '… beside another filter');

-- An index that has another order than the search asks for.
CREATE INDEX ON "SampleWork" ("tailorId" DESC NULLS LAST, "createdAt" DESC);
CREATE INDEX ON "User" (id DESC);
SELECT same('0, 0', 'descending indexes');

-- A column that is computed when it is read.
SELECT current_setting('server_version_num')::int >= 180000 AS since_18 \gset
\if :since_18
ALTER TABLE "Tailor" DROP COLUMN location;
ALTER TABLE "Tailor" ADD location text GENERATED ALWAYS AS ('near ' || latitude) VIRTUAL;
SELECT refused('virtual generated columns', 'a virtual column');
\endif
SELECT * FROM finish();
