-- A round trip that does nothing.
SELECT 1 AS nothing;
