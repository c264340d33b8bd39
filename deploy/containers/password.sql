-- The password of the role of deploy/role.sql, from the container's environment.
\getenv password TAILOR_WEB_PASSWORD
ALTER ROLE tailor_web PASSWORD :'password';
