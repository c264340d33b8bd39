-- What Prisma Migrate would drop is named where its table of migrations stands beside the tables, and the migration that it keeps.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE FUNCTION warnings() RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
  EXECUTE format('SELECT coalesce(string_agg(need, %L ORDER BY need), %L) FROM %s.tailor_search_prisma() WHERE NOT met', ', ', '',
                 (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'tailor_search')) INTO found;
  RETURN found;
END $$;
CREATE FUNCTION cure(wanted text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE home name := (SELECT extnamespace::regnamespace FROM pg_extension WHERE extname = 'tailor_search'); cure text;
BEGIN
  EXECUTE format('SELECT statement FROM %s.tailor_search_prisma() WHERE need = $1', home) INTO STRICT cure USING wanted;
  EXECUTE cure;
END $$;

CREATE INDEX included ON "SampleWork" ("tailorId", "createdAt" DESC) INCLUDE (id, "imageUrl", description);
SELECT is(warnings(), '', 'no warning without Prisma Migrate');
SELECT is_empty($$SELECT FROM tailor_search_prisma()$$, '… nor anything else about it');
CREATE SCHEMA other;
CREATE TABLE other._prisma_migrations (id text);
SELECT is(warnings(), '', 'Prisma''s migrations of another schema are not about these tables');
CREATE TABLE _prisma_migrations (id text);
SELECT is(warnings(), 'no INCLUDE in the index public.included, the extension apart from Prisma''s schema', 'what the next migration would drop');
SELECT ok(bool_or(need ~ 'apart' AND NOT ok AND statement ~ 'SET SCHEMA'), 'the doctor names it, with its cure') FROM tailor_search_check();
SELECT is((outcome_of('SELECT tailor_search_migration_sql()')).code, '55000', 'no migration from the schema that Prisma manages');
SELECT matches((outcome_of('SELECT tailor_search_migration_sql()')).hint, 'ALTER EXTENSION tailor_search SET SCHEMA', '… but how to leave it');

SELECT cure('no INCLUDE in the index public.included');
SELECT is((SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = '"SampleWork"'::regclass AND indnatts = 5),
          'CREATE INDEX "SampleWork_tailorId_createdAt_id_imageUrl_description_idx" ON public."SampleWork" USING btree ("tailorId", "createdAt" DESC, id, "imageUrl", description)',
          'the same columns as keys, under Prisma''s name');
SELECT cure('the extension apart from Prisma''s schema');
SELECT is(warnings(), '', 'nothing is left to warn of');
SELECT add_tailor('a', 0, 0);

CREATE FUNCTION migrate() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE (SELECT string_agg(line, E'\n') FROM tailor_search.tailor_search_migration_sql() AS line);
  RETURN (SELECT total FROM tailor_search.tailor_search(0, 0));
END $$;
SELECT is(migrate(), 1, 'the migration in a transaction');
SELECT is(migrate(), 1, '… and again');
SELECT has_index('User', 'User_id_name_email_idx', ARRAY['id', 'name', 'email'], 'an index has the name that Prisma gives it');
SELECT is((SELECT engine FROM tailor_search.tailor_search_explain(0, 0)), 'native', 'searches are native after it');
SELECT * FROM finish();
