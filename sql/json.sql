-- The documents that the front end passes on.
SET search_path = public, search;
\t on
\a
SELECT tailor_search_json(12.9716, 77.5946, page_size => 2);
SELECT tailor_search_json(gis.ST_GeogFromText('POINT(77.5946 12.9716)'), page => 9);
SELECT tailor_search_json(0, 0);
SELECT tailor_search_json(0, 0, skills => '{EMBROIDERY,STITCHING}', min_experience => 3, max_experience => 3, include_unlocated => true);
SELECT tailor_by_id_json('t1');
SELECT tailor_by_id_json('nobody') IS NULL;
SELECT tailor_by_id_json(NULL) IS NULL;
-- What JSON cannot hold, and what it must escape.
BEGIN;
UPDATE "Tailor" SET rating = 'NaN', "createdAt" = 'infinity', "updatedAt" = '12345-01-02 03:04:05.678',
  location = E'tab\t "quote" \\ é 🧵', skills = '{"a\"b",NULL}' WHERE id = 't4';
SELECT tailor_by_id_json('t4');
ROLLBACK;
