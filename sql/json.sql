-- The documents that the front end passes on.
SET search_path = public, search;
\t on
\a
SELECT regexp_replace(tailor_search_json(12.9716, 77.5946, page_size => 2)::text, '(?<="next":")\w+', 'cursor');
SELECT tailor_search_json_near(gis.ST_GeogFromText('POINT(77.5946 12.9716)'), page => 9);
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
-- … wherever it stands in a text, which is looked through by eight or sixteen bytes: exactly as PostgreSQL writes it.
BEGIN;
DO $$
DECLARE
  character text;
  written text;
BEGIN
  FOR before IN 0..17 LOOP
    FOREACH character IN ARRAY ARRAY['"', '\', E'\n', E'\x01', E'\x1f', ' ', '!', '#', '[', ']', E'\x7f', 'é', '🧵'] LOOP
      FOR behind IN 0..17 LOOP
        written := repeat('x', before) || character || repeat('~', behind);
        UPDATE "Tailor" SET location = written WHERE id = 't4';
        ASSERT strpos(tailor_by_id_json('t4')::text, '"location":' || to_json(written) || ',"latitude"') > 0, written;
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
ROLLBACK;
