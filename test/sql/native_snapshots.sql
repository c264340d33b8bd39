-- The native engine in snapshots that are old, and over pages as updates and VACUUM leave them: what the SQL engine finds in the same one.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;
SELECT dblink_connect('other', format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                                      current_setting('port'), session_user, current_database())) \g /dev/null
DROP INDEX IF EXISTS tailor_cell_idx;
\set covering 'CREATE INDEX tailor_cell_idx ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")'
ALTER TABLE "Tailor" SET (autovacuum_enabled = off);

CREATE FUNCTION engine() RETURNS text LANGUAGE sql AS $$SELECT engine || ': ' || reason FROM tailor_search_explain(0, 0)$$;
-- What the engine finds: each id with its rating. Not STABLE, so a snapshot of its own where the isolation level has it so.
CREATE FUNCTION found_by(engine text, arguments text = '0, 0') RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  PERFORM set_config('tailor_search.engine', engine, true);
  EXECUTE format($q$SELECT coalesce(string_agg(id || ' ' || rating, ', '), '') FROM tailor_search(%s)$q$, arguments) INTO result;
  PERFORM set_config('tailor_search.engine', 'auto', true);
  RETURN result;
END $$;
CREATE FUNCTION both_find(expected text, what text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT is(found_by(engine), expected, what || ': ' || engine) FROM unnest('{native,sql}'::text[]) engine
$$;
CREATE FUNCTION tell(command text) RETURNS text LANGUAGE sql AS $$SELECT dblink_exec('other', command)$$;
CREATE FUNCTION for_new_snapshots_only() RETURNS boolean LANGUAGE sql AS $$
  SELECT answer FROM dblink('other', 'SELECT indcheckxmin FROM pg_index WHERE indexrelid = ''tailor_cell_idx''::regclass') t (answer boolean)
$$;
CREATE FUNCTION all_visible() RETURNS boolean LANGUAGE sql AS $$SELECT relallvisible = relpages AND relpages > 0 FROM pg_class WHERE oid = '"Tailor"'::regclass$$;
SELECT add_tailor('a', 0, 0, rating => 1), add_tailor('b', 0, 0.01, rating => 1), add_tailor('c', 0, 0.02, rating => 1) \g /dev/null

-- An index that was built over a broken HOT chain lacks what an older snapshot sees.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(found_by('sql'), 'a 1, b 1, c 1', 'a snapshot');
SELECT tell($$UPDATE "Tailor" SET rating = 5 WHERE id = 'b'$$) \g /dev/null
SELECT tell(:'covering') \g /dev/null
SELECT is(for_new_snapshots_only(), true, 'the new index is not for everybody');
SELECT is(engine(), 'sql: an index is too new for this transaction''s snapshot', 'not for this snapshot');
SELECT is(found_by('auto'), 'a 1, b 1, c 1', '… which still sees what it saw');
SELECT is(error_code($$SELECT found_by('native')$$), '55000', '… and the native engine refuses');
COMMIT;
SELECT matches(engine(), '^native', 'for the next one it is');
SELECT both_find('a 1, b 5, c 1', 'after the chain was broken');

-- An index over whole chains serves a snapshot that is older than it, with the rows deleted before it was built.
DROP INDEX tailor_cell_idx;
VACUUM "Tailor";
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(found_by('sql'), 'a 1, b 5, c 1', 'another snapshot');
SELECT tell($$DELETE FROM "Tailor" WHERE id = 'a'$$), tell(:'covering') \g /dev/null
SELECT is(for_new_snapshots_only(), false, 'the new index is for everybody');
SELECT both_find('a 1, b 5, c 1', 'deleted, then indexed');
COMMIT;
SELECT both_find('b 5, c 1', 'deleted');

-- Index entries that name a chain: heap-only tuples, then the same after VACUUM, whose redirected line pointer is all-visible.
VACUUM "Tailor";
SELECT ok(all_visible(), 'every page is all-visible');
SELECT both_find('b 5, c 1', 'all-visible');
BEGIN;
UPDATE "Tailor" SET location = 'somewhere' WHERE id = 'b';
UPDATE "Tailor" SET location = 'elsewhere' WHERE id = 'b';
SELECT is(pg_stat_get_xact_tuples_hot_updated('"Tailor"'::regclass), 2::bigint, 'heap-only tuples');
SELECT is((SELECT string_agg(DISTINCT location, '') FROM tailor_search(0, 0) WHERE id = 'b'), 'elsewhere', 'own HOT updates');
SELECT both_find('b 5, c 1', 'own HOT updates');
COMMIT;
SELECT both_find('b 5, c 1', 'HOT-updated');
VACUUM "Tailor";
SELECT ok(all_visible(), 'every page is all-visible again');
SELECT both_find('b 5, c 1', 'redirected, all-visible');
SELECT is((SELECT string_agg(location, '') FROM tailor_search(0, 0, min_rating => 5)), 'elsewhere', '… with the last version''s columns');

-- Updates that are not HOT, one after the other, while an older snapshot looks on: every version has an entry.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT both_find('b 5, c 1', 'before');
SELECT tell($$UPDATE "Tailor" SET rating = 2$$), tell($$UPDATE "Tailor" SET rating = 3$$), tell('VACUUM "Tailor"') \g /dev/null
SELECT both_find('b 5, c 1', 'updated twice by another session, and VACUUM');
SELECT add_tailor('own', 0, 0.03, rating => 4) \g /dev/null
SELECT both_find('b 5, c 1, own 4', '… with an own row');
COMMIT;
SELECT both_find('b 3, c 3, own 4', 'after');

-- Subtransactions: what one that was rolled back wrote is nobody's, even to its own transaction.
BEGIN;
SAVEPOINT first;
UPDATE "Tailor" SET rating = 1 WHERE id = 'b';
DELETE FROM "Tailor" WHERE id = 'c';
SELECT both_find('b 1, own 4', 'within a subtransaction');
SAVEPOINT second;
UPDATE "Tailor" SET "locationPoint" = 'POINT(50 50)';
SELECT both_find('', 'within another');
ROLLBACK TO second;
SELECT both_find('b 1, own 4', '… rolled back');
RELEASE first;
SELECT both_find('b 1, own 4', '… the first one kept');
ROLLBACK;
SELECT both_find('b 3, c 3, own 4', 'all rolled back');

-- Rows locked, or with a multixact in the place of the deleter's id, are there.
BEGIN;
SELECT count(*) FROM (SELECT FROM "Tailor" FOR SHARE) t \g /dev/null
SELECT tell('BEGIN'), tell($$DO 'BEGIN PERFORM FROM "Tailor" FOR KEY SHARE; END'$$) \g /dev/null
SELECT both_find('b 3, c 3, own 4', 'locked by two sessions');
SELECT tell('COMMIT') \g /dev/null
COMMIT;
SELECT both_find('b 3, c 3, own 4', 'no longer locked');

-- Entries that are known as dead: of rows that nobody sees any more, deleted, then rolled back, then at the same places again.
DELETE FROM "Tailor" WHERE id = 'own';
SELECT both_find('b 3, c 3', 'deleted');
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT count(*) FROM "Tailor" WHERE tailor_cell("locationPoint") IS NOT NULL \g /dev/null
SELECT both_find('b 3, c 3', 'killed');
VACUUM "Tailor";
SELECT add_tailor('new', 0, 0.03, rating => 2) \g /dev/null
SELECT both_find('b 3, c 3, new 2', 'another row in its place');
SELECT dblink_disconnect('other') \g /dev/null
SELECT * FROM finish();
