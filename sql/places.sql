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
-- Who may insert needs no more for a name that is free.
CREATE ROLE tailor_regress_places;
GRANT USAGE ON SCHEMA search TO tailor_regress_places;
GRANT INSERT ON tailor_place TO tailor_regress_places;
SET ROLE tailor_regress_places;
INSERT INTO tailor_place VALUES ('HOSUR', 12.7409, 77.8253);
RESET ROLE;
DROP OWNED BY tailor_regress_places;
DROP ROLE tailor_regress_places;
