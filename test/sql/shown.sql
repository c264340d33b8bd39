-- tailor_search_page() and tailor_by_id_page(): the same documents, and the ids that they show.
\ir include/tables.psql
SELECT * FROM no_plan();
CREATE INDEX IF NOT EXISTS tailor_cell_idx ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C");
CREATE INDEX ON "User" (id);
CREATE INDEX ON "SampleWork" ("tailorId");
SELECT add_tailor('a', 0, 0), add_tailor('b', 0, 0.01), add_tailor(E'\\ "c" \n é', 0, 0.02), add_tailor('far', 40, 40), add_work('a', 'work 1') \g /dev/null

-- The ids by the document itself: of each tailor, and of its user.
CREATE FUNCTION ids(document json) RETURNS text[] LANGUAGE sql AS $$
  SELECT coalesce(array_agg(id ORDER BY n, what) FILTER (WHERE id IS NOT NULL), '{}')
  FROM json_array_elements(CASE json_typeof(document -> 'data') WHEN 'array' THEN document -> 'data' ELSE json_build_array(document -> 'data') END)
         WITH ORDINALITY AS t (tailor, n),
       LATERAL (VALUES (1, tailor ->> 'id'), (2, tailor ->> 'userId')) AS v (what, id)
$$;
CREATE FUNCTION listed(shown json) RETURNS text[] LANGUAGE sql AS $$
  SELECT coalesce(array_agg(id ORDER BY n), '{}') FROM json_array_elements_text(shown) WITH ORDINALITY AS t (id, n)
$$;
PREPARE pages AS
  SELECT p.json::text, listed(p.shown) FROM (VALUES (1, 12), (1, 2), (2, 2), (9, 12)) AS v (page, size), tailor_search_page(0, 0, page => v.page, page_size => v.size) AS p;
PREPARE documents AS
  SELECT d::text, ids(d) FROM (VALUES (1, 12), (1, 2), (2, 2), (9, 12)) AS v (page, size), tailor_search_json(0, 0, page => v.page, page_size => v.size) AS d;
SET tailor_search.engine = native;
SELECT results_eq('pages', 'documents', 'the document, and the ids that it shows');
SET tailor_search.engine = sql;
SELECT results_eq('pages', 'documents', '… by the SQL engine');
RESET tailor_search.engine;
SELECT results_eq($$SELECT json::text, listed(shown) FROM "Tailor" AS t, tailor_by_id_page(t.id) ORDER BY t.id$$,
                  $$SELECT d::text, ids(d) FROM "Tailor" AS t, tailor_by_id_json(t.id) AS d ORDER BY t.id$$, '… of one tailor');
SELECT is(shown::text, '[]', 'a page without tailors shows none') FROM tailor_search_page(-40, 0);
SELECT ok(json IS NULL AND shown IS NULL, 'no tailor, no ids') FROM tailor_by_id_page('nobody');
SELECT ok(json IS NULL AND shown IS NULL, '… nor of NULL') FROM tailor_by_id_page(NULL);

-- What a cache cannot know, it must not believe to know.
ALTER TABLE "Tailor" DROP CONSTRAINT IF EXISTS "Tailor_pkey" CASCADE;
ALTER TABLE "Tailor" ALTER id DROP NOT NULL, ALTER "userId" DROP NOT NULL;
UPDATE "Tailor" SET "userId" = NULL WHERE id = 'b';
SELECT is(shown::text, '["a","' || (SELECT "userId" FROM "Tailor" WHERE id = 'a') || '","b"]', 'a tailor without a user') FROM tailor_search_page(0, 0, page_size => 2);
UPDATE "Tailor" SET id = NULL WHERE id = 'b';
SELECT ok(json IS NOT NULL AND shown IS NULL, 'with a tailor without an id the ids are unknown') FROM tailor_search_page(0, 0);
SELECT * FROM finish();
