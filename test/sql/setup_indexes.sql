-- The covering index whatever the skills, and indexes that are there already in another form.
\ir include/tables.psql
SELECT * FROM no_plan();
DROP INDEX IF EXISTS tailor_cell_idx;
CREATE FUNCTION covering() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(substring(pg_get_indexdef(i.indexrelid) FROM 'USING btree (.*)'), ' | ' ORDER BY i.indexrelid), 'none')
  FROM pg_index i WHERE i.indrelid = '"Tailor"'::regclass AND pg_get_indexdef(i.indexrelid) ~ 'tailor_cell'
$$;
CREATE FUNCTION missing(pattern text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(': ', need, detail, statement), E'\n' ORDER BY need COLLATE "C") FROM tailor_search_check() WHERE NOT ok AND need ~ pattern
$$;
-- Of skills that do not compress.
CREATE FUNCTION skills(count int) RETURNS text[] LANGUAGE sql AS $$ SELECT array_agg(md5(i::text || count) ORDER BY i) FROM generate_series(1, count) i $$;

-- No skills are too long for an application's INSERT: those that are long are read from the table.
SELECT add_tailor('few', 1, 1, skills(10)), add_tailor('many', 1, 1, skills(5000)) \g /dev/null
CALL tailor_search_setup();
CALL tailor_search_setup();
SELECT is(covering(), '(tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")', 'one covering index');
SELECT is(missing('index|skills'), NULL, '… which is as it should be');
SELECT is((SELECT count(*) FROM tailor_search_setup_sql() s WHERE s !~ 'VACUUM'), 0::bigint, 'nothing more to do');
SELECT is((SELECT string_agg(error_code(format('SELECT add_tailor(''%1$s'', 1, 1, skills(%1$s))', n)), ',') FROM generate_series(40, 90) n), NULL, 'skills of any length fit');
SELECT is((SELECT array_agg(n) FROM generate_series(40, 90) n WHERE tailor_indexed_skills(skills(n)) IS DISTINCT FROM skills(n) AND tailor_indexed_skills(skills(n)) IS DISTINCT FROM '{NULL}'), NULL, 'an entry has them, or says that the row has them');
SELECT is((SELECT array_agg(n) FROM generate_series(40, 90) n WHERE tailor_indexed_skills(skills(n)) = skills(n)), (SELECT array_agg(n) FROM generate_series(40, 54) n), 'up to 2,000 bytes');
SELECT is(found('1, 1, skills => ARRAY[md5(''15000'')]'), 'many', 'found by a skill');
SELECT is((SELECT string_agg(coalesce(found(format('1, 1, skills => ARRAY[md5(''%1$s%1$s'')]', n)), 'none'), ',') FROM generate_series(40, 90) n), (SELECT string_agg(n::text, ',') FROM generate_series(40, 90) n), 'each by its last');
DELETE FROM "Tailor" WHERE id <> 'few';

-- An index that has the skills themselves refuses a row that has too many.
CREATE INDEX plain ON "Tailor" (tailor_cell("locationPoint")) INCLUDE ("yearsExperience", rating, skills);
SELECT is(error_code($$SELECT add_tailor('more', 1, 1, skills(120))$$), '54000', 'with skills themselves, 120 are refused');
SELECT is(missing('index|skills'), 'no plain skills in the index public.plain: a row whose skills do not fit into the index (2,700 bytes) is refused: DROP INDEX CONCURRENTLY public.plain', 'the doctor warns');
CALL tailor_search_setup();
SELECT is(error_code($$SELECT add_tailor('more', 1, 1, skills(120))$$), NULL, 'mended by setup');
DELETE FROM "Tailor" WHERE id = 'more';
CREATE INDEX narrow ON "Tailor" (tailor_cell("locationPoint")) INCLUDE ("yearsExperience", rating);
SELECT is(missing('index|skills'), NULL, 'an index without skills may stay');
SELECT is(error_code('SELECT tailor_search_json(1, 1)'), NULL, 'searched');

-- Of a domain.
CREATE DOMAIN skill_list AS text[];
ALTER TABLE "Tailor" ALTER skills TYPE skill_list;
SELECT is(missing('index|skills'), NULL, 'skills of a domain');
VACUUM "Tailor";
SELECT is((SELECT engine FROM tailor_search_explain(1, 1, skills => ARRAY[md5('110')])), 'native', '… searched natively');
DROP INDEX narrow;

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
SELECT is((SELECT string_agg(indexname, ' ' ORDER BY indexname) FROM pg_indexes WHERE indexdef ~ 'tailor_cell' AND tablename ~ '^part'), 'part_tailor_cell_yearsExperience_rating_tailor_indexed_skil_idx parted_tailor_cell_yearsExperience_rating_tailor_indexed_sk_idx', 'an index for all of them');
CREATE INDEX parted_plain ON parted (tailor_cell("locationPoint")) INCLUDE ("yearsExperience", rating, skills);
SELECT is((SELECT string_agg(s, E'\n' ORDER BY n) FROM tailor_search_setup_sql() WITH ORDINALITY t (s, n) WHERE s ~ 'INDEX'), 'DROP INDEX public.parted_plain;', 'the script for partitions');
CALL tailor_search_setup();
SELECT is(to_regclass('parted_plain'), NULL, '… and setup');
SELECT * FROM finish();
