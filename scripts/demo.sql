-- The demo's database, at every start: the extension as it was just built, and the role that the front end logs in with.
\getenv password TAILOR_WEB_PASSWORD
BEGIN;
DROP EXTENSION IF EXISTS tailor_search CASCADE;
CREATE EXTENSION tailor_search CASCADE;
CALL tailor_search_setup(notify_changes => true);

SELECT 'CREATE ROLE tailor_web LOGIN' WHERE to_regrole('tailor_web') IS NULL \gexec
ALTER ROLE tailor_web PASSWORD :'password';

-- All that a search needs, and no more: "User".password stays out of reach.
REVOKE ALL ON DATABASE tailors FROM PUBLIC;
GRANT CONNECT ON DATABASE tailors TO tailor_web;
GRANT SELECT (id, name, email, "createdAt") ON "User" TO tailor_web;
GRANT SELECT ON "Tailor", "SampleWork" TO tailor_web;
-- Half the equator: the map may show all of the world.
ALTER ROLE tailor_web IN DATABASE tailors SET tailor_search.max_box_km = 20037.6;
COMMIT;
