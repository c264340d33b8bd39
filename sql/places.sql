-- Named places: a table that anybody may read and the owner may edit.
SET search_path = public, search;
SELECT * FROM tailor_place ORDER BY name;
SELECT s.id FROM tailor_place p, tailor_search(p.latitude, p.longitude, 1) s WHERE p.name = 'COMMERCIAL_STREET';
INSERT INTO tailor_place VALUES ('CHENNAI', 13.0827, 80.2707);
INSERT INTO tailor_place VALUES ('CHENNAI', 0, 0);
INSERT INTO tailor_place VALUES ('NOWHERE', 91, 0);
-- What a restore does after CREATE EXTENSION: the dumped row takes the place of the built-in one.
INSERT INTO tailor_place VALUES ('MG_ROAD', 12.97, 77.59, true);
SELECT * FROM tailor_place ORDER BY name;
SELECT has_table_privilege('public', 'search.tailor_place', 'SELECT') AS readable, has_table_privilege('public', 'search.tailor_place', 'INSERT') AS writable;
