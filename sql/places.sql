-- Named places: a table that anybody may read and the owner may edit.
SET search_path = public, search;
SELECT * FROM tailor_place ORDER BY name;
SELECT s.id FROM tailor_place p, tailor_search(p.latitude, p.longitude, 1) s WHERE p.name = 'COMMERCIAL_STREET';
INSERT INTO tailor_place VALUES ('CHENNAI', 13.0827, 80.2707);
INSERT INTO tailor_place VALUES ('CHENNAI', 0, 0);
INSERT INTO tailor_place VALUES ('NOWHERE', 91, 0);
-- Of a built-in place a statement does what it says, as of any row.
INSERT INTO tailor_place VALUES ('MG_ROAD', 0, 0);
INSERT INTO tailor_place VALUES ('MG_ROAD', 0, 0) ON CONFLICT DO NOTHING;
SELECT * FROM tailor_place ORDER BY name;
INSERT INTO tailor_place VALUES ('MG_ROAD', 12.97, 77.59) ON CONFLICT (name) DO UPDATE SET latitude = excluded.latitude RETURNING *;
UPDATE tailor_place SET longitude = 77.6 WHERE built_in;
DELETE FROM tailor_place WHERE name = 'COMMERCIAL_STREET';
SELECT * FROM tailor_place ORDER BY name;
INSERT INTO tailor_place VALUES ('COMMERCIAL_STREET', 12.98, 77.61) RETURNING *;
UPDATE tailor_place SET name = 'MAHATMA_GANDHI_ROAD' WHERE name = 'MG_ROAD' RETURNING *;
-- What a dump has of the built-in places.
SELECT * FROM tailor_place_edit ORDER BY name;
SELECT has_table_privilege('public', 'search.tailor_place', 'SELECT') AS readable, has_table_privilege('public', 'search.tailor_place', 'INSERT') AS writable;
-- A role that may insert needs no more for a name that is free, be it that of a built-in place.
CREATE ROLE tailor_regress_places;
GRANT USAGE ON SCHEMA search TO tailor_regress_places;
GRANT INSERT ON tailor_place TO tailor_regress_places;
SET ROLE tailor_regress_places;
INSERT INTO tailor_place VALUES ('HOSUR', 12.7409, 77.8253);
INSERT INTO tailor_place VALUES ('MG_ROAD', 12.97, 77.59);
RESET ROLE;
DROP OWNED BY tailor_regress_places;
DROP ROLE tailor_regress_places;
