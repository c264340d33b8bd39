-- The role of the front end: it can read what a search shows, and nothing else. Run this script in the application's
-- database, as a superuser or as the tables' owner with CREATEROLE, and again after the tables were recreated:
--
--   psql --dbname=app -f role.sql [-v role=tailor_web] [-v schema=public] [-v connections=50]
--
-- It sets no password. \password tailor_web in psql sets one, and sends it hashed.
\set ON_ERROR_STOP on
\if :{?role}
\else
  \set role tailor_web
\endif
\if :{?schema}
\else
  \set schema public
\endif
\if :{?connections}
\else
  \set connections 50
\endif
BEGIN;

SELECT format('CREATE ROLE %I', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
-- The sum of all instances' connection_limit, and a few more.
ALTER ROLE :"role" LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT :connections;

-- The role should never write or wait for long, even if it is granted too much one day.
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET default_transaction_read_only = on;
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET statement_timeout = '15s'; -- above query-timeout: the last resort

GRANT CONNECT ON DATABASE :"DBNAME" TO :"role";
GRANT USAGE ON SCHEMA :"schema" TO :"role";

-- The tables, but never a user's password, nor the fields that the database's setting tailor_search.hidden_fields hides.
REVOKE SELECT ON :"schema"."Tailor", :"schema"."SampleWork", :"schema"."User" FROM :"role";
WITH subject (name, prefix, columns) AS (
  VALUES ('Tailor', '', NULL::text[]), ('SampleWork', 'sampleWorks.', NULL), ('User', 'user.', '{id,name,email,createdAt}')
), hidden (field) AS (
  SELECT regexp_split_to_table(coalesce(current_setting('tailor_search.hidden_fields', true), ''), '[\s,]+')
), shown AS (
  SELECT s.name, bool_or(h.field IS NOT NULL OR s.columns IS NOT NULL) AS by_column,
         string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE h.field IS NULL) AS columns
  FROM subject s
  JOIN pg_attribute a ON a.attrelid = format('%I.%I', :'schema', s.name)::regclass AND a.attnum > 0 AND NOT a.attisdropped
                     AND a.attname = ANY (coalesce(s.columns, ARRAY[a.attname::text]))
  LEFT JOIN hidden h ON h.field = s.prefix || a.attname
  GROUP BY s.name
)
SELECT format('GRANT SELECT %s ON %I.%I TO %I', CASE WHEN by_column THEN '(' || columns || ')' END, :'schema', name, :'role')
FROM shown \gexec

-- Where the extension and PostGIS live.
SELECT format('GRANT USAGE ON SCHEMA %s TO %I', extnamespace::regnamespace, :'role')
FROM pg_extension WHERE extname IN ('tailor_search', 'postgis') AND extnamespace::regnamespace <> 'public'::regnamespace \gexec

-- The role should not create temporary tables, which a search would read instead of the application's. By default every
-- role may (PUBLIC). That is revoked if no other role depends on it: a role that may connect, or that such a role may become.
WITH holder AS (
  SELECT a.grantee FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  WHERE d.datname = current_database() AND a.privilege_type = 'TEMPORARY'
), session AS (
  SELECT oid FROM pg_roles
  WHERE rolcanlogin AND NOT rolsuper AND rolname <> :'role' AND has_database_privilege(oid, current_database(), 'CONNECT')
), dependent AS (
  SELECT r.rolname FROM pg_roles r
  WHERE NOT r.rolsuper AND r.rolname <> :'role' AND r.rolname NOT LIKE 'pg\_%'
    AND EXISTS (SELECT FROM session s WHERE pg_has_role(s.oid, r.oid, 'MEMBER'))
    AND NOT EXISTS (SELECT FROM holder h WHERE h.grantee <> 0 AND pg_has_role(r.oid, h.grantee, 'USAGE'))
)
SELECT EXISTS (SELECT FROM holder WHERE grantee = 0) AS public_may,
       EXISTS (SELECT FROM dependent) OR NOT pg_has_role(d.datdba, 'USAGE') AS ask,
       (SELECT coalesce(string_agg(format('GRANT TEMPORARY ON DATABASE %I TO %I;', d.datname, rolname), E'\n' ORDER BY rolname),
                        '-- (no other role needs it)') FROM dependent) AS grants,
       format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC;', d.datname) AS revoke
FROM pg_database d WHERE d.datname = current_database() \gset
SELECT :'revoke' WHERE :'public_may' AND NOT :'ask' \gexec

COMMIT;

\if :public_may
\if :ask
\echo -- The role may still create temporary tables, as every role may in this database (PUBLIC). To end that, run these
\echo -- lines as the owner of the database: a GRANT for each role that creates temporary tables, then the last line:
\echo :grants
\echo :revoke
\endif
\endif
