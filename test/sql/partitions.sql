-- The native engine over partitions: one merged answer, the one that the SQL engine gives.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;
SELECT dblink_connect(name, format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                                   current_setting('port'), session_user, current_database()))
FROM unnest('{other,waiting,witness}'::text[]) name \g /dev/null
DROP ROLE IF EXISTS tailor_test_partitions;
CREATE ROLE tailor_test_partitions;

CREATE FUNCTION engine(arguments text = '0, 0', as_role name = NULL) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(o.value, o.code || ' ' || o.message)
  FROM outcome_of(format('SELECT engine || '': '' || reason FROM tailor_search_explain(%s)', arguments), as_role) o;
$$;
CREATE FUNCTION document(arguments text, engine text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  PERFORM set_config('tailor_search.engine', engine, true);
  EXECUTE format('SELECT tailor_search_json(%s)', arguments) INTO result;
  PERFORM set_config('tailor_search.engine', 'auto', true);
  RETURN result;
END $$;
-- Every page in every order, with and without filters: how many documents differ.
CREATE FUNCTION differences(centre text = '0, 0') RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM (
    SELECT format('%s, 90, sort_by => %L, page => %s, page_size => 7, include_unlocated => %L%s', centre, sort_by, page, unlocated, filter) AS arguments
    FROM unnest('{distance,rating,experience}'::text[]) sort_by, generate_series(1, 7) page, unnest('{true,false}'::boolean[]) unlocated,
         unnest(ARRAY['', $f$, skills => '{S1,S2}'$f$, ', min_experience => 2', ', min_rating => 2.5, max_experience => 5']) filter) searches
  WHERE document(arguments, 'native') IS DISTINCT FROM document(arguments, 'sql')
$$;
CREATE PROCEDURE make_covering(relation regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE INDEX %I ON %s (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")', relation || '_cell', relation);
END $$;

-- By hash. One partition has columns in other places, one is itself partitioned, by rating, and one of its partitions again.
ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey";
ALTER TABLE "Tailor" RENAME TO plain;
CREATE TABLE "Tailor" (LIKE plain INCLUDING DEFAULTS) PARTITION BY HASH (id);
SELECT is(engine(), 'sql: "Tailor" has no partitions', 'without partitions');
SELECT is(found('0, 0'), '', '… nobody is found');
CREATE TABLE h0 PARTITION OF "Tailor" FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE h1 (gone int, LIKE plain INCLUDING DEFAULTS, gone_too text);
ALTER TABLE h1 DROP gone, DROP gone_too, DROP skills, DROP "locationPoint", DROP id;
ALTER TABLE h1 ADD "locationPoint" geography(Point, 4326), ADD id text NOT NULL, ADD skills text[];
ALTER TABLE "Tailor" ATTACH PARTITION h1 FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE h2 PARTITION OF "Tailor" FOR VALUES WITH (MODULUS 3, REMAINDER 2) PARTITION BY RANGE (rating);
CREATE TABLE low PARTITION OF h2 FOR VALUES FROM (MINVALUE) TO (2);
CREATE TABLE high PARTITION OF h2 DEFAULT PARTITION BY LIST ("yearsExperience");
CREATE TABLE young PARTITION OF high FOR VALUES IN (0, 1, 2, NULL);
CREATE TABLE old PARTITION OF high DEFAULT;
DROP TABLE plain;

SELECT add_tailor('t' || i, sin(i) / 2, cos(i * i) / 2, ARRAY['S' || i % 3], nullif(i % 7, 6), i % 5) FROM generate_series(1, 60) i \g /dev/null
SELECT add_tailor('same ' || i, 0.1, 0.1, rating => i % 4) FROM generate_series(1, 20) i \g /dev/null
SELECT add_tailor('nowhere ' || i, years => i, rating => i) FROM generate_series(1, 5) i \g /dev/null
SELECT add_work('t' || i % 5, 'w' || i) FROM generate_series(1, 12) i \g /dev/null
SELECT is((SELECT count(DISTINCT tableoid) FROM "Tailor" WHERE "locationPoint" IS NOT NULL), 5::bigint, 'rows in all five partitions');

-- Waits until the condition holds, ten seconds at most.
CREATE PROCEDURE wait_until(condition text) LANGUAGE plpgsql AS $$
DECLARE holds boolean = false;
BEGIN
  FOR i IN 1..1000 LOOP
    EXECUTE 'SELECT ' || condition INTO holds;
    EXIT WHEN holds;
    PERFORM pg_sleep(0.01);
  END LOOP;
  IF NOT holds THEN RAISE EXCEPTION 'never: %', condition; END IF;
END $$;
CREATE FUNCTION backend_of(connection text) RETURNS int LANGUAGE sql AS 'SELECT pid FROM dblink(connection, ''SELECT pg_backend_pid()'') t (pid int)';

-- Indexes that come and go are seen by a session that has searched.
SELECT matches(engine(), '^sql: "h0" has no covering index', 'the partition without an index is named');
CALL make_covering('h0');
CALL make_covering('h1');
CALL make_covering('low');
CALL make_covering('young');
SELECT matches(engine(), '^sql: "old" has no covering index', 'down to the last one');
CALL make_covering('old');
SELECT matches(engine(), '^native', 'an index for each is enough');
SELECT is((SELECT index FROM tailor_search_explain(0, 0)), NULL, '… which are not one index');
SELECT is(differences(), 0::bigint, 'the answers are the SQL engine''s');
SELECT is((SELECT total FROM tailor_search(0, 0, 90, page_size => 1)), (SELECT count(*) FROM "Tailor" WHERE "locationPoint" IS NOT NULL), 'everybody is found');
SELECT cmp_ok((SELECT entries FROM tailor_search_explain(0, 0, 90)), '>=', (SELECT count(*) FROM "Tailor" WHERE "locationPoint" IS NOT NULL), 'the entries of all indexes are counted together');
DROP INDEX young_cell;
SELECT matches(engine(), '^sql: "young" has no covering index', 'an index dropped');
CALL make_covering('young');
SELECT dblink_exec('other', 'DROP INDEX h1_cell') \g /dev/null
SELECT matches(engine(), '^sql: "h1" has no covering index', '… by another session');
SELECT dblink_exec('other', 'CALL make_covering(''h1'')') \g /dev/null
SELECT matches(engine(), '^native', '… and made by it');
BEGIN;
UPDATE h0 SET location = 'HOT';
DROP INDEX h0_cell;
CALL make_covering('h0');
SELECT is(engine(), 'sql: an index is too new for this transaction''s snapshot', 'an index that rows of this snapshot may be missing from');
ROLLBACK;

-- The index on the partitioned table takes them all, and makes those of new partitions.
CREATE INDEX all_cells ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C");
SELECT is((SELECT index::text FROM tailor_search_explain(0, 0)), 'all_cells', 'one index above them');
SELECT is((SELECT count(*) FROM pg_indexes WHERE indexdef ~ 'USING btree .*tailor_cell'), 5 + 3::bigint, '… that made no other on the partitions');
SELECT is(differences(), 0::bigint, 'the same answers');
SET tailor_search.tailor_table = 'high';
SELECT is((SELECT index FROM tailor_search_explain(0, 0)), (SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'high'::regclass), 'a partition that is partitioned');
SELECT is(differences(), 0::bigint, '… searched by itself');
SET tailor_search.tailor_table = 'old';
SELECT is(differences(), 0::bigint, '… and one that is not');
RESET tailor_search.tailor_table;

-- Partitions that come and go, made by another session below a partition of a partition. (Hash decides where an id goes.)
CREATE FUNCTION id_in(remainder int, name text) RETURNS text LANGUAGE sql AS $$
  SELECT name || i FROM generate_series(1, 1000) i WHERE satisfies_hash_partition('"Tailor"'::regclass, 3, remainder, name || i) LIMIT 1
$$;
CREATE FUNCTION at_nine() RETURNS text LANGUAGE sql AS $$ SELECT split_part(engine(), ':', 1) || ' ' || found('9, 9') $$;
SELECT id_in(0, 'a') AS a, id_in(2, 'b') AS b, id_in(2, 'c') AS c \gset
SELECT add_tailor(:'a', 9, 9) \g /dev/null
SELECT is(at_nine(), 'native ' || :'a', 'before');
SELECT dblink_exec('other', 'CREATE TABLE middle PARTITION OF high FOR VALUES IN (77)') \g /dev/null
SELECT is(at_nine(), 'native ' || :'a', 'a partition made, with its index');
SELECT add_tailor(:'b', 9, 9.01, years => 77, rating => 5) \g /dev/null
SELECT is(at_nine(), concat_ws(' ', 'native', :'a', :'b'), '… its row');
SELECT dblink_exec('other', 'ALTER TABLE high DETACH PARTITION middle') \g /dev/null
SELECT is(at_nine(), 'native ' || :'a', 'detached');
SELECT indexrelid::regclass AS middle_index FROM pg_index WHERE indrelid = 'middle'::regclass AND indnatts = 4 \gset
SELECT dblink_exec('other', 'DROP INDEX ' || :'middle_index') \g /dev/null
SELECT dblink_exec('other', 'ALTER TABLE high ATTACH PARTITION middle FOR VALUES IN (77)') \g /dev/null
SELECT is(at_nine(), concat_ws(' ', 'native', :'a', :'b'), 'attached, which makes its index');
TRUNCATE middle;
SELECT is(at_nine(), 'native ' || :'a', 'truncated');
SELECT add_tailor(:'c', 9, 9.02, years => 77, rating => 5) \g /dev/null
SELECT is(at_nine(), concat_ws(' ', 'native', :'a', :'c'), '… and filled');
VACUUM FULL middle;
SELECT is(at_nine(), concat_ws(' ', 'native', :'a', :'c'), '… and rewritten');
REINDEX TABLE CONCURRENTLY middle;
SELECT is(at_nine(), concat_ws(' ', 'native', :'a', :'c'), '… with another index');
SELECT dblink_exec('other', 'ALTER TABLE "Tailor" ADD extra text') \g /dev/null
SELECT is(at_nine(), concat_ws(' ', 'native', :'a', :'c'), 'a column added');
SELECT dblink_exec('other', 'DROP TABLE middle') \g /dev/null
SELECT is(at_nine(), 'native ' || :'a', 'dropped');
CREATE EXTENSION postgres_fdw;
SELECT format('OPTIONS (host %L, port %L, dbname %L)', split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database()) AS place \gset
CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw :place;
CREATE USER MAPPING FOR CURRENT_USER SERVER self OPTIONS (user :'USER');
CREATE TABLE far_away (LIKE "Tailor");
INSERT INTO far_away (id, "userId", "yearsExperience", rating, "reviewCount", "createdAt", "updatedAt", "locationPoint")
VALUES (:'c', 'user of ' || :'c', 88, 5, 0, now(), now(), 'POINT(9.02 9)');
CREATE FOREIGN TABLE far PARTITION OF high FOR VALUES IN (88) SERVER self OPTIONS (table_name 'far_away');
SELECT is(engine(), 'sql: "far" is not a plain table', 'a foreign partition');
SELECT is(at_nine(), concat_ws(' ', 'sql', :'a', :'c'), '… whose rows are found');
DROP FOREIGN TABLE far;
SELECT is(differences(), 0::bigint, 'the same answers after all');

-- What a search waits for changes what it has planned.
CREATE FUNCTION while_waiting(change text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE waiting int = backend_of('waiting'); result text;
BEGIN
  PERFORM * FROM dblink('waiting', 'SELECT at_nine()') t (found text);
  PERFORM dblink_exec('other', 'BEGIN');
  PERFORM dblink_exec('other', change);
  PERFORM dblink_send_query('waiting', 'SELECT at_nine()');
  CALL wait_until(format('EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)', waiting));
  PERFORM dblink_exec('other', 'COMMIT');
  SELECT t.found INTO result FROM dblink_get_result('waiting') t (found text);
  PERFORM * FROM dblink_get_result('waiting') t (found text);
  RETURN result;
END $$;
CREATE TABLE middle PARTITION OF high FOR VALUES IN (77);
INSERT INTO "Tailor" (id, "userId", "yearsExperience", rating, "updatedAt", "locationPoint") VALUES (:'b', 'user of ' || :'b', 77, 5, now(), 'POINT(9.01 9)');
SELECT is(while_waiting('TRUNCATE middle'), 'native ' || :'a', 'a partition truncated');
SELECT is(while_waiting('DROP TABLE middle'), 'native ' || :'a', 'a partition dropped');
SELECT is(while_waiting('DROP INDEX all_cells'), 'sql ' || :'a', 'the indexes dropped');
CREATE INDEX all_cells ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C");
SELECT is(at_nine(), 'native ' || :'a', 'the indexes are back');

-- While a partition is being detached it is there for older snapshots only.
SELECT dblink_exec('waiting', 'BEGIN ISOLATION LEVEL REPEATABLE READ') \g /dev/null
SELECT is(f, 'native ' || :'a', 'a transaction that has searched') FROM dblink('waiting', 'SELECT at_nine()') t (f text);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is(count(*), 1::bigint, 'a transaction that has its snapshot, but has not searched yet') FROM "User" WHERE id = 'user of ' || :'a';
SELECT dblink_send_query('other', 'ALTER TABLE "Tailor" DETACH PARTITION h0 CONCURRENTLY') \g /dev/null
CALL wait_until($$(SELECT pending FROM dblink('witness', 'SELECT EXISTS (SELECT FROM pg_inherits WHERE inhdetachpending)') t (pending boolean))$$);
SELECT is(engine(), 'sql: a partition of "Tailor" is being detached', 'all is left to the SQL engine');
SELECT is(at_nine(), 'sql ' || :'a', '… that finds the rows in the older snapshot');
COMMIT;
SELECT is(at_nine(), 'sql ', '… and in a newer one no more');
SELECT is(f, :'a', 'who has searched goes on finding them') FROM dblink('waiting', $$SELECT found('9, 9')$$) t (f text);
SELECT dblink_exec('waiting', 'COMMIT') \g /dev/null
SELECT status FROM dblink_get_result('other') t (status text) \g /dev/null
SELECT status FROM dblink_get_result('other') t (status text) \g /dev/null
SELECT is(at_nine(), 'native ', 'detached');
ALTER TABLE "Tailor" ATTACH PARTITION h0 FOR VALUES WITH (MODULUS 3, REMAINDER 0);
SELECT is(at_nine(), 'native ' || :'a', 'and back');

-- The rows of the caller's snapshot, in whatever partition they are by then.
SELECT dblink_exec('waiting', 'BEGIN ISOLATION LEVEL REPEATABLE READ') \g /dev/null
SELECT is(f, 'native ' || :'a', 'an older snapshot') FROM dblink('waiting', 'SELECT at_nine()') t (f text);
INSERT INTO "Tailor" (id, "userId", rating, "updatedAt", "locationPoint") VALUES (:'b', 'user of ' || :'b', 1, now(), 'POINT(9.01 9)');
SELECT is((SELECT tableoid::regclass::text FROM "Tailor" WHERE id = :'b'), 'low', 'rated low');
BEGIN;
UPDATE "Tailor" SET rating = 4 WHERE id = :'b';
SELECT is((SELECT tableoid::regclass::text FROM "Tailor" WHERE id = :'b'), 'young', 'rated high: in another partition');
SELECT is(at_nine(), concat_ws(' ', 'native', :'a', :'b'), 'found once');
SELECT is(found('9, 9, min_rating => 3'), :'b', '… as it is now');
SELECT is(f, :'b', 'not committed: elsewhere it is as before') FROM dblink('other', 'SELECT found(''9, 9, min_rating => 1'')') t (f text);
SELECT is(f, '', '… not yet rated high') FROM dblink('other', 'SELECT found(''9, 9, min_rating => 3'')') t (f text);
DELETE FROM "Tailor" WHERE id = :'a';
SELECT is(at_nine(), 'native ' || :'b', 'deleted, not committed');
SELECT is(differences(), 0::bigint, 'the same answers within the transaction');
COMMIT;
SELECT is(f, 'native ' || :'a', 'the older snapshot sees nothing of it') FROM dblink('waiting', 'SELECT at_nine()') t (f text);
SELECT dblink_exec('waiting', 'COMMIT') \g /dev/null
SELECT is(f, 'native ' || :'b', '… and a new one all') FROM dblink('waiting', 'SELECT at_nine()') t (f text);
VACUUM "Tailor";
SELECT is(differences(), 0::bigint, 'the same answers from all-visible pages');

-- Locks are those of a SELECT, on partitions and their indexes.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT at_nine() \g /dev/null
SELECT is((SELECT count(*) FROM pg_partition_tree('"Tailor"') p JOIN pg_locks l ON l.relation = p.relid WHERE l.pid = pg_backend_pid() AND l.mode = 'AccessShareLock'),
  (SELECT count(*) FROM pg_partition_tree('"Tailor"')), 'every partition is locked');
SELECT is((SELECT count(DISTINCT l.relation) FROM pg_partition_tree('all_cells') p JOIN pg_locks l ON l.relation = p.relid WHERE p.isleaf AND l.mode = 'SIReadLock'),
  5::bigint, 'a serializable transaction locks what it read in each index');
COMMIT;

-- Privileges and policies are those of the partitioned table.
SELECT is(engine('0, 0', 'tailor_test_partitions'), '42501 permission denied for table User', 'without privileges');
GRANT SELECT ON "User", "SampleWork" TO tailor_test_partitions;
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_partitions'), '42501', '… on the partitioned table');
GRANT SELECT ON h0, h1, h2, low, high, young, old TO tailor_test_partitions;
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_partitions'), '42501', '… those on partitions do not help');
REVOKE SELECT ON h0, h1, h2, low, high, young, old FROM tailor_test_partitions;
GRANT SELECT (id, "userId", location, latitude, longitude, skills, "yearsExperience", "profilePhoto", "contactPhone", "contactEmail", rating,
  "reviewCount", "createdAt", "updatedAt", "locationPoint") ON "Tailor" TO tailor_test_partitions;
SELECT matches(engine('0, 0', 'tailor_test_partitions'), '^native', 'on columns of the partitioned table, whatever the partitions'' numbers for them');
REVOKE SELECT (skills) ON "Tailor" FROM tailor_test_partitions;
SELECT is(error_code('SELECT tailor_search_json(0, 0)', 'tailor_test_partitions'), '42501', 'one column too few');
GRANT SELECT ON "Tailor" TO tailor_test_partitions;
ALTER TABLE young ENABLE ROW LEVEL SECURITY;
SELECT matches(engine('9, 9', 'tailor_test_partitions'), '^native', 'a partition''s own policies do not apply');
SELECT is(found('9, 9', 'tailor_test_partitions'), :'b', '… as in a SELECT');
ALTER TABLE "Tailor" ENABLE ROW LEVEL SECURITY;
SELECT is(engine('9, 9', 'tailor_test_partitions'), 'sql: row-level security applies', 'those of the partitioned table do');
SELECT is(found('9, 9', 'tailor_test_partitions'), '', '… and hold');
ALTER TABLE "Tailor" DISABLE ROW LEVEL SECURITY;
SELECT * FROM finish();
