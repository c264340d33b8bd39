-- The role of the front end: it can read what a search shows, and nothing else. Run by the tables' owner who may create
-- roles, or a superuser, in the application's database; again whenever the tables were made anew:
--
--   psql --dbname=app -f role.sql [-v role=tailor_web] [-v schema=public] [-v connections=50]
--
-- It sets no password: \password tailor_web in psql sends one that is hashed already.
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
-- All instances' connection_limit together, and some to spare.
ALTER ROLE :"role" LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT :connections;

-- It should never write or wait for long, even if somebody grants too much some day.
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET default_transaction_read_only = on;
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET idle_in_transaction_session_timeout = '10s';
ALTER ROLE :"role" IN DATABASE :"DBNAME" SET statement_timeout = '15s'; -- above query-timeout: the last resort

GRANT CONNECT ON DATABASE :"DBNAME" TO :"role";
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT ON :"schema"."Tailor", :"schema"."SampleWork" TO :"role";
GRANT SELECT (id, name, email, "createdAt") ON :"schema"."User" TO :"role"; -- not the password

-- Where the extension and PostGIS live.
SELECT format('GRANT USAGE ON SCHEMA %s TO %I', extnamespace::regnamespace, :'role')
FROM pg_extension WHERE extname IN ('tailor_search', 'postgis') AND extnamespace::regnamespace <> 'public'::regnamespace \gexec

COMMIT;
