-- A search sees what a plain SELECT in its place would see.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;
SELECT dblink_connect('other', format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                                      current_setting('port'), session_user, current_database())) \g /dev/null
SELECT add_tailor('a', 0, 0), add_tailor('b', 0, 0), add_work('a', 'w') \g /dev/null
CREATE FUNCTION seen_by_other() RETURNS text LANGUAGE sql AS $$
  SELECT ids FROM dblink('other', 'SELECT string_agg(id || "sampleWorks"::text, '' '') FROM tailor_search(0, 0, sample_works => 0)') t (ids text)
$$;

-- One's own changes at once, another's once committed.
BEGIN;
SELECT is(found('0, 0'), 'a b', 'before');
SELECT add_tailor('c', 0, 0) \g /dev/null
SELECT is(found('0, 0'), 'a b c', 'own row, not committed');
SELECT is(tailor_by_id_json('c')#>>'{data,id}', 'c', '… by id');
DELETE FROM "Tailor" WHERE id = 'b';
SELECT is(found('0, 0'), 'a c', 'own deletion, not committed');
UPDATE "Tailor" SET "locationPoint" = 'POINT(9 9)' WHERE id = 'a';
SELECT is(found('0, 0'), 'c', 'own move, not committed');
SELECT is(seen_by_other(), 'a[] b[]', 'the other session sees none of it');
SAVEPOINT s;
SELECT add_tailor('d', 0, 0) \g /dev/null
SELECT is(found('0, 0'), 'c d', 'in a subtransaction');
ROLLBACK TO s;
SELECT is(found('0, 0'), 'c', '… rolled back');
COMMIT;
SELECT is(seen_by_other(), 'c[]', 'the other session sees what is committed');

SELECT is(found('9, 9'), 'a', 'moved');
SELECT dblink_exec('other', $$UPDATE "Tailor" SET "locationPoint" = 'POINT(0 0)' WHERE id = 'a'$$) \g /dev/null
SELECT is(found('0, 0'), 'a c', 'READ COMMITTED: the next statement sees it');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(found('0, 0'), 'a c', 'REPEATABLE READ: the snapshot is taken');
SELECT dblink_exec('other', $$UPDATE "Tailor" SET "locationPoint" = 'POINT(9 9)', rating = 5$$) \g /dev/null
SELECT dblink_exec('other', $$DELETE FROM "SampleWork"$$) \g /dev/null
SELECT is(found('0, 0'), 'a c', '… and kept');
SELECT is(found('0, 0, min_rating => 1'), '', '… for every column');
SELECT is((SELECT "sampleWorks"#>>'{0,id}' FROM tailor_search(0, 0, page_size => 1)), 'w', '… and every table');
SELECT add_tailor('own', 0, 0) \g /dev/null
SELECT is(found('0, 0'), 'a c own', '… with one''s own rows');
COMMIT;
SELECT is(found('9, 9'), 'a c', 'after it the others'' changes are there');

-- One statement, one snapshot: what it does itself comes after.
WITH moved AS (UPDATE "Tailor" SET "locationPoint" = 'POINT(1 1)' RETURNING id), searched AS (SELECT id FROM tailor_search(9, 9))
SELECT is((SELECT string_agg(id, ' ') FROM searched) || (SELECT count(*) FROM moved), 'a c3', 'a search beside an UPDATE of the same statement');
CREATE FUNCTION stable_count() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM tailor_search(2, 2)';
CREATE FUNCTION volatile_count() RETURNS bigint VOLATILE LANGUAGE plpgsql AS 'BEGIN RETURN count(*) FROM tailor_search(2, 2); END';
CREATE FUNCTION insert_then_count(counter regproc) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE result bigint;
BEGIN
  PERFORM add_tailor('x' || clock_timestamp(), 2, 2);
  EXECUTE format('SELECT %s()', counter) INTO result;
  RETURN result;
END $$;
SELECT is(insert_then_count('stable_count'), 1::bigint, 'in a function, after its INSERT');
SELECT is(insert_then_count('volatile_count'), 2::bigint, '… through another function');
BEGIN READ ONLY;
SELECT is(found('1, 1'), 'a c own', 'in a read-only transaction');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
SELECT is(found('1, 1'), 'a c own', 'in a deferrable one');
COMMIT;
SELECT * FROM finish();
