-- What a server of the benchmark logs in as: it reads what a search needs, and no more.
\getenv password BENCH_WEB_PASSWORD
SELECT 'CREATE ROLE bench_web LOGIN' WHERE to_regrole('bench_web') IS NULL \gexec
ALTER ROLE bench_web PASSWORD :'password';
GRANT SELECT (id, name, email, "createdAt") ON "User" TO bench_web;
GRANT SELECT ON "Tailor", "SampleWork" TO bench_web;
