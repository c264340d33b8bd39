-- The extension never owns the application's tables: dropping it loses no row.
DROP EXTENSION tailor_search;
SELECT (SELECT count(*) FROM "Tailor") AS tailors, (SELECT count(*) FROM "User") AS users, (SELECT count(*) FROM "SampleWork") AS works;
SET client_min_messages = warning;
CREATE EXTENSION tailor_search;
SELECT total FROM tailor_search(12.9716, 77.5946, page_size => 1);
