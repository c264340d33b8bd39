-- Who listens is told, at commit, where something changed that a search shows; and nothing else.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE EXTENSION dblink;
SELECT dblink_connect('listener', format('host=%s port=%s user=%s dbname=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
                                         current_setting('port'), session_user, current_database())) \g /dev/null
SELECT dblink_exec('listener', 'LISTEN tailor_search') \g /dev/null

-- What came since the last call, without the transaction's id; the query makes the listening session take in what is there.
CREATE FUNCTION told() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM * FROM dblink('listener', 'SELECT 1') AS t (one int);
  RETURN (SELECT coalesce(string_agg((extra::jsonb - 'v' - 'x')::text, ' '), '') FROM dblink_get_notify('listener'));
END $$;

SELECT add_tailor('before', 0, 0) \g /dev/null
SELECT is(told(), '', 'not installed unless asked for');
SELECT is(tailor_search_notifies_changes(), false, '… and it can be asked');
CALL tailor_search_notify_changes();
CALL tailor_search_notify_changes();
SELECT is(tailor_search_notifies_changes(), true, 'installed, as often as one likes');
SELECT is(told(), '{"all": true} {"all": true}', '… which says that all may have changed');
SELECT is((SELECT string_agg(kind || '=' || relation, ' ') FROM tailor_search_tables()), 'tailor="Tailor" user="User" sample_work="SampleWork"', 'the tables meant');

-- Tailors: where they were and where they are.
SELECT add_tailor('a', 12.9716, 77.5946) \g /dev/null
SELECT is(told(), '{"user": "user of a"} {"at": [[12.9716, 77.5946]], "tailor": "a"}', 'a new one');
UPDATE "Tailor" SET rating = 4 WHERE id = 'a';
SELECT is(told(), '{"at": [[12.9716, 77.5946]], "tailor": "a"}', 'changed in place');
UPDATE "Tailor" SET "locationPoint" = 'POINT(1.25 -2.5)' WHERE id = 'a';
SELECT is(told(), '{"at": [[12.9716, 77.5946], [-2.5, 1.25]], "tailor": "a"}', 'moved: from where and to where');
UPDATE "Tailor" SET "locationPoint" = NULL WHERE id = 'a';
SELECT is(told(), '{"at": [[-2.5, 1.25], null], "tailor": "a"}', 'moved nowhere');
UPDATE "Tailor" SET "locationPoint" = 'POINT EMPTY' WHERE id = 'a';
SELECT is(told(), '{"at": [null, null], "tailor": "a"}', 'an empty point is nowhere, too');
UPDATE "Tailor" SET rating = rating, "locationPoint" = "locationPoint";
SELECT is(told(), '', 'nothing changed');
UPDATE "Tailor" SET id = 'A' WHERE id = 'a';
SELECT is(told(), '{"at": [null], "tailor": "a"} {"at": [null], "tailor": "A"}', 'another id: both');
DELETE FROM "Tailor" WHERE id = 'A';
SELECT is(told(), '{"at": [null], "tailor": "A"}', 'deleted');
ALTER TABLE "Tailor" ADD COLUMN notes text;
UPDATE "Tailor" SET notes = 'not shown';
SELECT is(told(), '', 'a column that no search shows');

-- Users and works: who shows them.
SELECT add_tailor('b', 1, 2), add_work('b', 'w1') \g /dev/null
SELECT is(told(), '{"user": "user of b"} {"at": [[1, 2]], "tailor": "b"} {"tailor": "b"}', 'a new work');
SELECT add_work('b', 'w2'), add_work('b', 'w3') \g /dev/null
SELECT is(told(), '{"tailor": "b"}', 'several works of one tailor at a time');
UPDATE "SampleWork" SET description = 'x' WHERE id = 'w1';
SELECT is(told(), '{"tailor": "b"}', 'a work changed');
UPDATE "SampleWork" SET "tailorId" = 'before' WHERE id = 'w1';
SELECT is(told(), '{"tailor": "b"} {"tailor": "before"}', 'a work handed on');
UPDATE "SampleWork" SET "updatedAt" = now();
SELECT is(told(), '', 'what is not shown of a work');
DELETE FROM "SampleWork" WHERE id = 'w1';
SELECT is(told(), '{"tailor": "before"}', 'a work deleted');
UPDATE "User" SET name = E'"quoted" \\ \n ಮನೆ' WHERE id = 'user of b';
SELECT is(told(), '{"user": "user of b"}', 'a user changed');
UPDATE "User" SET password = 'other', "updatedAt" = now();
SELECT is(told(), '', 'a password is nobody''s business');
DELETE FROM "User" WHERE id = 'user of b';
SELECT is((SELECT string_agg(t, ' ' ORDER BY t) FROM unnest(regexp_split_to_array(told(), '(?<=}) ')) t),
          '{"at": [[1, 2]], "tailor": "b"} {"tailor": "b"} {"user": "user of b"}', 'a user deleted, and by cascade his tailor and works');

-- Places.
UPDATE tailor_place SET latitude = 12.97 WHERE name = 'MG_ROAD';
SELECT is(told(), '{"place": "MG_ROAD"}', 'a place moved, told without being asked for');

-- The form of a payload.
UPDATE "Tailor" SET rating = 1 WHERE id = 'before' RETURNING pg_current_xact_id() AS xid \gset
SELECT * FROM dblink('listener', 'SELECT 1') AS t (one int) \g /dev/null
SELECT is((SELECT extra FROM dblink_get_notify('listener')), format('{"v":1,"x":%s,"tailor":"before","at":[[0,0]]}', :'xid'), 'compact, with version and transaction');
SET extra_float_digits = -15;
UPDATE "Tailor" SET "locationPoint" = 'POINT(77.594612345678901 0.1)', rating = 2 WHERE id = 'before';
RESET extra_float_digits;
SELECT is((told()::jsonb #>> '{at,1}')::jsonb, '[0.1, 77.5946123456789]'::jsonb, 'all digits, whatever the session prints');

-- Transactions.
BEGIN;
UPDATE "Tailor" SET rating = 3 WHERE id = 'before';
SELECT is(told(), '', 'not before commit');
SAVEPOINT s;
SELECT add_tailor('never', 5, 5) \g /dev/null
ROLLBACK TO s;
COMMIT;
SELECT is(told(), '{"at": [[0.1, 77.5946123456789]], "tailor": "before"}', 'at commit, without what was rolled back');
BEGIN;
DELETE FROM "Tailor";
ROLLBACK;
SELECT is(told(), '', 'a rollback is silent');

-- In bulk: once, and all is meant.
INSERT INTO "User" (id, email, password, "updatedAt") SELECT i, i, '', now() FROM generate_series(1, 256) i;
SELECT is(cardinality(regexp_split_to_array(told(), '(?<=}) ')), 256, 'many rows are told one by one');
INSERT INTO "User" (id, email, password, "updatedAt") SELECT i, i, '', now() FROM generate_series(1001, 11000) i;
SELECT told() AS told \gset
SELECT ok(:'told' LIKE '%{"all": true}', 'too many: the rest in one');
SELECT is(cardinality(regexp_split_to_array(:'told', '(?<=}) ')), 257, '… word');
BEGIN;
UPDATE "User" SET name = 'n' WHERE length(id) = 3;
SAVEPOINT s;
UPDATE "User" SET name = 'm' WHERE length(id) > 3;
ROLLBACK TO s;
UPDATE "User" SET name = 'o' WHERE id IN ('1', '2');
COMMIT;
SELECT ok(told() LIKE '%{"all": true}', 'a count that a rollback has left too high errs on the safe side');
UPDATE "User" SET name = 'p' WHERE id = '1';
SELECT is(told(), '{"user": "1"}', 'the next transaction counts anew');
INSERT INTO "User" (id, email, password, "updatedAt") VALUES (repeat('x', 9000), 'long', '', now());
SELECT is(told(), '{"all": true}', 'an id too long for a payload');
TRUNCATE "SampleWork";
SELECT is(told(), '{"all": true}', 'TRUNCATE');
TRUNCATE "User" CASCADE;
SELECT is(told(), '{"all": true}', '… of all');

-- Wherever the change comes from.
SELECT add_tailor('a', 0, 0) \g /dev/null
SELECT told() \g /dev/null
SET session_replication_role = replica;
UPDATE "Tailor" SET rating = 5;
RESET session_replication_role;
SELECT is(told(), '{"at": [[0, 0]], "tailor": "a"}', 'from a replication worker');
COPY "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") FROM stdin;
w	a	url	2024-01-01
\.
SELECT is(told(), '{"tailor": "a"}', 'by COPY');
\if :since_15
MERGE INTO "Tailor" t USING (VALUES ('a')) v (id) ON t.id = v.id WHEN MATCHED THEN UPDATE SET rating = 2;
SELECT is(told(), '{"at": [[0, 0]], "tailor": "a"}', 'by MERGE');
\endif
CREATE ROLE tailor_test_writer;
GRANT UPDATE (rating), SELECT (id) ON "Tailor" TO tailor_test_writer;
SET ROLE tailor_test_writer;
SET search_path = pg_temp;
UPDATE public."Tailor" SET rating = 3 WHERE id = 'a';
RESET search_path;
RESET ROLE;
SELECT is(told(), '{"at": [[0, 0]], "tailor": "a"}', 'by a role that may write only, with a search_path of its own');
DROP OWNED BY tailor_test_writer;
DROP ROLE tailor_test_writer;

-- Another form of point, or none: all is meant.
DROP INDEX IF EXISTS tailor_cell_idx;
ALTER TABLE "Tailor" ALTER COLUMN "locationPoint" TYPE geography USING "locationPoint";
UPDATE "Tailor" SET "locationPoint" = 'LINESTRING(0 0, 1 1)';
SELECT is(told(), '{"all": true}', 'not a point');
ALTER TABLE "Tailor" RENAME COLUMN "locationPoint" TO spot;
UPDATE "Tailor" SET rating = 1;
SELECT is(told(), '{"all": true}', 'no column to look at');
ALTER TABLE "Tailor" RENAME COLUMN spot TO "locationPoint";

-- What cannot be told is refused; who checks knows.
CREATE TABLE child () INHERITS ("SampleWork");
SELECT is(tailor_search_notifies_changes(), false, 'children''s rows would not be told');
SELECT throws_ok('CALL tailor_search_notify_changes()', '42809', NULL, '… so it is refused');
DROP TABLE child;
VACUUM ANALYZE "SampleWork";
CREATE VIEW "Tailors" AS SELECT * FROM "Tailor";
SET tailor_search.tailor_table = '"Tailors"';
SELECT is(tailor_search_notifies_changes(), false, 'a view');
SELECT throws_ok('CALL tailor_search_notify_changes()', '42809', 'changes of "Tailors" cannot be notified: it is not a table, or has inheritance children', '… is refused');
RESET tailor_search.tailor_table;
SET tailor_search.user_table = '"Nobody"';
SELECT is(tailor_search_notifies_changes(), false, 'no such table');
SELECT is((SELECT string_agg(kind || coalesce('=' || relation, ''), ' ') FROM tailor_search_tables()), 'tailor="Tailor" user sample_work="SampleWork"', '… the others are there');
SELECT throws_ok('CALL tailor_search_notify_changes()', '42P01', 'relation "Nobody" does not exist, or is not on the search_path', '… nothing to tell of');
RESET tailor_search.user_table;
ALTER TABLE "User" DISABLE TRIGGER tailor_search_changed;
SELECT is(tailor_search_notifies_changes(), false, 'switched off on one table');
SELECT throws_ok('SELECT tailor_search_changed()', '39P01', NULL, 'no function to call');
SELECT throws_ok('CREATE TRIGGER t BEFORE UPDATE ON "User" FOR EACH ROW EXECUTE FUNCTION tailor_search_changed(); UPDATE "User" SET name = 1', '39P01', NULL, 'used wrongly');

-- Partitions are told by their parent's trigger.
CREATE TABLE parted (LIKE "SampleWork" INCLUDING DEFAULTS) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF parted DEFAULT;
SET tailor_search.sample_work_table = 'parted';
CALL tailor_search_notify_changes();
SELECT is(tailor_search_notifies_changes(), true, 'a partitioned table');
SELECT is(told(), '{"all": true}', '… which says that all may have changed');
ALTER TABLE part ENABLE TRIGGER tailor_search_changed;
SELECT is(tailor_search_notifies_changes(), false, '… whose partition''s trigger is not for replicated rows');
ALTER TABLE part ENABLE ALWAYS TRIGGER tailor_search_changed;
INSERT INTO part (id, "tailorId", "imageUrl", "updatedAt") VALUES ('w', 'a', 'url', '2024-01-01');
SELECT is(told(), '{"tailor": "a"}', '… its partition');

-- Off again.
CALL tailor_search_notify_changes(false);
SELECT is(tailor_search_notifies_changes(), false, 'off again');
RESET tailor_search.sample_work_table;
CALL tailor_search_notify_changes(false);
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'tailor\_search\_%' AND tgrelid NOT IN ('tailor_place'::regclass, 'tailor_place_edit'::regclass)), 0::bigint, '… nothing is left');
SELECT * FROM finish();
