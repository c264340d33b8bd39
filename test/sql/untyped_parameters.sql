-- Programs send parameters without types (node-postgres, Prisma's $queryRaw): each public function can be prepared so.
\ir include/tables.psql
SELECT * FROM no_plan();
SELECT add_tailor('a', 12, 77, '{HEMMING}') \g /dev/null

SELECT lives_ok(format('PREPARE s%s AS %s', n, query), query) FROM (VALUES
  (1, 'SELECT * FROM tailor_search($1, $2)'),
  (2, 'SELECT * FROM tailor_search($1, $2, max_distance_km => $3, skills => $4)'),
  (3, 'SELECT * FROM tailor_search($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)'),
  (4, 'SELECT * FROM tailor_search_near($1)'),
  (5, 'SELECT * FROM tailor_search_near($1, $2)'),
  (6, 'SELECT * FROM tailor_search_near($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)'),
  (7, 'SELECT tailor_search_json($1, $2)'),
  (8, 'SELECT tailor_search_json($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)'),
  (9, 'SELECT tailor_search_json_near($1, $2)'),
  (10, 'SELECT * FROM tailor_search_explain($1, $2)'),
  (11, 'SELECT * FROM tailor_search_explain_near($1, $2)'),
  (12, 'SELECT tailor_by_id_json($1)'),
  (13, 'SELECT tailor_cell($1)'),
  (14, 'SELECT tailor_search_setup_sql($1)'),
  (16, 'SELECT * FROM tailor_search($1, $2, nearest => $3)'), (17, 'SELECT tailor_search_json($1, $2, after => $3)'),
  (20, 'SELECT * FROM tailor_search_clusters(west => $1, south => $2, east => $3, north => $4, zoom => $5)'), (21, 'SELECT tailor_search_json($1, $2, zoom => $3)'),
  (18, 'SELECT * FROM tailor_search_facets($1, $2, skills => $3)'), (19, 'SELECT * FROM tailor_search_facets_near($1, $2)'),
  (15, 'SELECT * FROM tailor_search(west => $1, south => $2, east => $3, north => $4)')) q (n, query);

PREPARE by_degrees AS SELECT id FROM tailor_search($1, $2, max_distance_km => $3, skills => $4);
SELECT results_eq($$EXECUTE by_degrees(12, 77, 1, '{HEMMING}')$$, $$VALUES ('a')$$, 'a search by degrees finds');
PREPARE by_point AS SELECT id FROM tailor_search_near($1, $2);
SELECT results_eq($$EXECUTE by_point('POINT(77 12)', 1)$$, $$VALUES ('a')$$, 'a search by a point finds');
SELECT * FROM finish();
