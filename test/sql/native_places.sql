-- What a session remembers of places in indexes, while pages split, are emptied, are used again and are made anew: what the SQL engine finds.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE INDEX IF NOT EXISTS tailor_cell_idx ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C");
CREATE INDEX user_reading ON "User" (id) INCLUDE (name, email);
CREATE INDEX work_reading ON "SampleWork" ("tailorId", "createdAt" DESC) INCLUDE (id, "imageUrl", description);

-- Tailors of these numbers, a kilometre apart and in no order along the curve, with two works each.
CREATE FUNCTION add_tailors(numbers int[], label text) RETURNS void LANGUAGE sql AS $$
  SELECT add_tailor(n || label, (n * 37 % 50) / 100.0, (n / 50) / 100.0), add_work(n || label, n || label || '1'),
         add_work(n || label, n || label || '2', '2024-02-01')
  FROM unnest(numbers) n
$$;
CREATE FUNCTION numbers(first int, last int) RETURNS int[] LANGUAGE sql AS $$SELECT array_agg(n) FROM generate_series(first, last) n$$;
CREATE FUNCTION pages(engine text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  PERFORM set_config('tailor_search.engine', engine, true);
  SELECT string_agg(tailor_search_json(n * 37 % 50 / 100.0, n / 50 / 100.0, 3)::text, '' ORDER BY n) INTO result
  FROM generate_series(0, 2000, 17) n;
  RETURN result;
END $$;
-- Twice: the first time what was remembered meets what has changed, the second time what was remembered since.
CREATE FUNCTION both_find_the_same(what text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT is(md5(pages('native')), md5(pages('sql')), what || ', time ' || n) FROM generate_series(1, 2) n
$$;

SELECT add_tailors(numbers(0, 1999), 'm') \g /dev/null
VACUUM (ANALYZE) "Tailor", "User", "SampleWork";
SELECT both_find_the_same('as loaded');
SELECT add_tailors(numbers(0, 1999), 'a') \g /dev/null
SELECT both_find_the_same('pages split');
BEGIN;
SELECT add_tailors(numbers(0, 1999), 'b') \g /dev/null
SELECT length(pages('native')) \g /dev/null
ROLLBACK;
SELECT both_find_the_same('pages split by a transaction that was rolled back');
DELETE FROM "User" WHERE id ~ '^user of (1?[2-6]..)[ma]$';
SELECT both_find_the_same('most deleted');
VACUUM "Tailor", "User", "SampleWork";
SELECT both_find_the_same('pages emptied');
SELECT txid_current() FROM generate_series(1, 3) \g /dev/null
VACUUM "Tailor", "User", "SampleWork";
SELECT add_tailors(numbers(0, 1999), 'z') \g /dev/null
SELECT both_find_the_same('pages used again');
REINDEX TABLE "Tailor";
REINDEX TABLE "User";
REINDEX TABLE "SampleWork";
SELECT both_find_the_same('made anew');
UPDATE "Tailor" SET "locationPoint" = ST_SetSRID(ST_MakePoint(0.3 - longitude, 0.3 - latitude), 4326)::geography;
SELECT both_find_the_same('moved');

-- The one way for an index to get shorter and keep its file.
BEGIN;
CREATE SCHEMA fresh;
CREATE TABLE fresh."User" (LIKE public."User" INCLUDING ALL);
CREATE TABLE fresh."Tailor" (LIKE public."Tailor" INCLUDING ALL);
CREATE TABLE fresh."SampleWork" (LIKE public."SampleWork" INCLUDING ALL);
SET LOCAL search_path = fresh, public;
SELECT add_tailors(numbers(0, 1999), 'm') \g /dev/null
SELECT both_find_the_same('tables of the transaction''s own');
TRUNCATE "Tailor", "User", "SampleWork";
SELECT add_tailors(numbers(1000, 1020), 'm') \g /dev/null
SELECT both_find_the_same('… truncated');
COMMIT;
SELECT * FROM finish();
