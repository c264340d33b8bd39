-- The covering index where skills are long, and indexes that are there already in another form.
\ir include/tables.psql
SELECT * FROM no_plan();
DROP INDEX IF EXISTS tailor_cell_idx;
CREATE FUNCTION covering() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(substring(pg_get_indexdef(i.indexrelid) FROM 'INCLUDE \((.*)\)'), ' | ' ORDER BY i.indexrelid), 'none')
  FROM pg_index i WHERE i.indrelid = '"Tailor"'::regclass AND pg_get_indexdef(i.indexrelid) ~ 'tailor_cell'
$$;
CREATE FUNCTION missing(pattern text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(': ', need, detail, statement), E'\n' ORDER BY need COLLATE "C") FROM tailor_search_check() WHERE NOT ok AND need ~ pattern
$$;
-- Of skills that do not compress.
CREATE FUNCTION skills(count int) RETURNS text[] LANGUAGE sql AS $$ SELECT array_agg(md5(i::text || count) ORDER BY i) FROM generate_series(1, count) i $$;
SELECT add_tailor('few', 1, 1, skills(10)) \g /dev/null
SELECT add_tailor('many', 1, 1, skills(5000)) \g /dev/null
CALL tailor_search_setup();
SELECT is(covering(), '"yearsExperience", rating', '5,000 skills in one row: without skills');
SELECT is(missing('index|skills'), NULL, '… which is as it should be');
SELECT ok(statement LIKE 'CREATE INDEX CONCURRENTLY % INCLUDE ("yearsExperience", rating, skills);', 'skills can be asked for: ' || statement) FROM tailor_search_setup_sql(skills_in_index => true) s (statement) WHERE statement ~ 'skills';
SELECT is(error_code('CALL tailor_search_setup(skills_in_index => true)'), '54000', '… but do not fit');
SELECT is(found('1, 1, skills => ARRAY[md5(''15000'')]'), 'many', 'found by a skill');
DROP INDEX "Tailor_tailor_cell_yearsExperience_rating_idx";

-- Skills that are short are in the index, until they grow: the doctor warns before an INSERT fails.
DELETE FROM "Tailor" WHERE id = 'many';
CALL tailor_search_setup();
CALL tailor_search_setup();
CALL tailor_search_setup();
SELECT is(covering(), '"yearsExperience", rating, skills', 'short skills are in the index, once');
UPDATE "Tailor" SET skills = skills(36);
SELECT is(missing('skills'), NULL, '36 skills (1,321 bytes) are no reason to warn');
UPDATE "Tailor" SET skills = skills(45);
SELECT is(missing('index|skills'), 'index on public."Tailor" (tailor_cell("locationPoint")): for the native engine, without skills: the longest take 1644 bytes, an index row holds 2,700: '
  'CREATE INDEX CONCURRENTLY ON public."Tailor" USING btree (public.tailor_cell("locationPoint")) INCLUDE ("yearsExperience", rating)
no skills in the index public."Tailor_tailor_cell_yearsExperience_rating_skills_idx": the longest skills take 1644 bytes, and a row that does not fit into the index (2,700 bytes) is refused: '
  'DROP INDEX CONCURRENTLY public."Tailor_tailor_cell_yearsExperience_rating_skills_idx"', '45 are: what mends it, in order');
SELECT is(error_code($$SELECT add_tailor('more', 1, 1, skills(120))$$), '54000', '… as an INSERT of 120 fails');
CALL tailor_search_setup();
SELECT is(covering(), '"yearsExperience", rating', 'setup leaves skills out');
SELECT is(error_code($$SELECT add_tailor('more', 1, 1, skills(120))$$), NULL, '… then 120 fit');
SELECT is((SELECT count(*) FROM tailor_search_setup_sql() s WHERE s !~ 'VACUUM'), 0::bigint, 'nothing more to do');

-- By choice.
DELETE FROM "Tailor" WHERE id = 'more';
UPDATE "Tailor" SET skills = skills(3);
CALL tailor_search_setup();
SELECT is(covering(), '"yearsExperience", rating', 'either form serves');
CALL tailor_search_setup(skills_in_index => true);
SELECT is(covering(), '"yearsExperience", rating | "yearsExperience", rating, skills', 'with skills');
CALL tailor_search_setup(skills_in_index => false);
SELECT is(covering(), '"yearsExperience", rating', 'without');
SELECT is(error_code('SELECT tailor_search_json(1, 1)'), NULL, 'searched');

-- Partial, invalid, and of another form.
SELECT count(*) AS indexes FROM pg_indexes WHERE tablename = 'SampleWork' \gset
DROP INDEX "SampleWork_tailorId_idx";
CREATE INDEX "SampleWork_tailorId_idx" ON "SampleWork" ("tailorId") WHERE id > 'a';
CALL tailor_search_setup();
CALL tailor_search_setup();
SELECT is((SELECT count(*) FROM pg_indexes WHERE tablename = 'SampleWork'), :indexes + 1::bigint, 'a partial index of the same name stays, and one that serves is made, once');
UPDATE pg_index SET indisvalid = false WHERE indexrelid = '"SampleWork_tailorId_idx1"'::regclass;
SELECT is(missing('SampleWork.*tailorId'), 'index on public."SampleWork" ("tailorId"): for sample works of the tailors found: REINDEX INDEX CONCURRENTLY "SampleWork_tailorId_idx1"', 'one that a failed CREATE INDEX CONCURRENTLY left is mended');
CALL tailor_search_setup();
SELECT is((SELECT indisvalid FROM pg_index WHERE indexrelid = '"SampleWork_tailorId_idx1"'::regclass), true, '… by setup, too');
SELECT is((SELECT count(*) FROM pg_indexes WHERE tablename = 'SampleWork'), :indexes + 1::bigint, '… and none is made beside it');

-- Partitions.
CREATE TABLE parted (LIKE "Tailor" INCLUDING DEFAULTS) PARTITION BY HASH (id);
CREATE TABLE part PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
SET tailor_search.tailor_table = parted;
CALL tailor_search_setup();
INSERT INTO parted (id, "userId", "updatedAt", skills) VALUES ('a', 'u', now(), skills(45));
SELECT is((SELECT string_agg(s, E'\n' ORDER BY n) FROM tailor_search_setup_sql() WITH ORDINALITY t (s, n) WHERE s ~ 'INDEX'), $$CREATE INDEX CONCURRENTLY ON public.part USING btree (public.tailor_cell("locationPoint")) INCLUDE ("yearsExperience", rating);
CREATE INDEX ON public.parted USING btree (public.tailor_cell("locationPoint")) INCLUDE ("yearsExperience", rating);
DROP INDEX public."parted_tailor_cell_yearsExperience_rating_skills_idx";$$, 'the script for partitions');
CALL tailor_search_setup();
SELECT is((SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE indexdef ~ 'tailor_cell' AND tablename ~ '^part'), 'part_tailor_cell_yearsExperience_rating_idx parted_tailor_cell_yearsExperience_rating_idx', 'an index for all of them, without skills');
SELECT * FROM finish();
