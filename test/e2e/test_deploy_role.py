"""deploy/role.sql: the role of the front end, and which roles may make temporary tables after it."""

import os
import subprocess

import psycopg2
import pytest
from harness import ROLE, TOP, problem, wait_until


def quoted(identifier):
    return '"' + identifier.replace('"', '""') + '"'


def run_script(database, role, schema="public", user=None):
    """Runs deploy/role.sql: what psql prints."""
    place = [f"--host={database.server.host}", f"--port={database.server.port}", f"--dbname={database.name}"]
    variables = ["-v", f"role={role}", "-v", f"schema={schema}", "-v", "connections=4"]
    command = ["psql", "-X", "-q", *place, f"--username={user or database.server.user}", *variables]
    made = subprocess.run([*command, "-f", TOP / "deploy" / "role.sql"], capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    return made.stdout + made.stderr


class Roles:
    """Roles of one test, by short names."""

    def __init__(self, database):
        self.database = database
        self.made = []

    def name(self, short):
        return f'{short} "{os.getpid()}"'

    def make(self, short, options):
        self.database.execute(f"CREATE ROLE {quoted(self.name(short))} {options}")
        self.made.append(short)

    def may_make_temporary_tables(self, short):
        name = self.name(short).replace("'", "''")
        return self.database.execute(f"SELECT has_database_privilege('{name}', current_database(), 'TEMPORARY')")[0][0]

    def drop(self):
        for short in reversed(self.made):
            role = quoted(self.name(short))
            self.database.execute(
                f"REASSIGN OWNED BY {role} TO CURRENT_USER", f"DROP OWNED BY {role}", f"DROP ROLE {role}"
            )


@pytest.fixture
def private_database(new_database):
    """Makes a database to which no other test's roles may connect."""

    def make(schema="public"):
        database = new_database(schema)
        database.execute(f"REVOKE CONNECT ON DATABASE {quoted(database.name)} FROM PUBLIC")
        return database

    return make


@pytest.fixture
def database(private_database):
    return private_database()


@pytest.fixture
def roles(database):
    roles = Roles(database)
    roles.made.append("web")  # the script does
    yield roles
    roles.drop()


@pytest.mark.parametrize("schema", ["public", 'The "shop"'])
def test_role(frontend, private_database, schema):
    database = private_database(schema)
    roles = Roles(database)
    roles.made.append("web")
    try:
        for _ in range(2):  # it may run again
            assert run_script(database, roles.name("web"), schema) == ""
        check_role(frontend, database, roles.name("web"), schema)
    finally:
        roles.drop()


def check_role(frontend, database, role, schema):
    url = database.url(schema=schema, user=role, connection_limit=2).replace(f"{ROLE}:", ":")
    database.execute(f"SET search_path = {quoted(schema)}, public", "CALL tailor_search_notify_changes()")
    served = frontend(url)
    wait_until(lambda: "event=listening" in served.log())
    assert served.search().json()["pagination"]["total"] == 7
    assert served.get("/api/tailors/t1").json()["data"]["user"]["name"] == "User 1"
    problem(served.get("/api/tailors/nobody"), 404, "not_found")
    session = psycopg2.connect(host=database.server.host, port=database.server.port, user=role, dbname=database.name)
    session.autocommit = True
    with session.cursor() as cursor:
        cursor.execute("SHOW default_transaction_read_only")
        assert cursor.fetchone() == ("on",)
        cursor.execute("SET default_transaction_read_only = off")  # as anybody could: it is not what forbids the rest
        cursor.execute(f"SET search_path = {quoted(schema)}")
        for forbidden in (
            'SELECT password FROM "User"',
            'SELECT * FROM "User"',
            'UPDATE "Tailor" SET rating = 5',
            'DELETE FROM "SampleWork"',
            "CREATE TABLE mine ()",
            "CREATE TEMPORARY TABLE mine ()",
            "CREATE ROLE another",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(forbidden)
    # The pool's two, the listener's, and this one.
    sessions = f"SELECT count(*) FROM pg_stat_activity WHERE usename = $${role}$$"
    wait_until(lambda: database.execute(sessions)[0][0] == 4)
    with pytest.raises(psycopg2.OperationalError, match="too many connections for role"):
        psycopg2.connect(session.dsn)
    session.close()


def test_hidden_fields(frontend, database, roles):
    """The database's setting hides fields from the front end's answers, and the script grants no privilege on them."""
    name, role = quoted(database.name), roles.name("web")
    fields = ["contactEmail", "contactPhone", "user.email", "sampleWorks.description"]
    database.execute(f"ALTER DATABASE {name} SET tailor_search.hidden_fields = '{', '.join(fields)}'")
    assert run_script(database, role) == ""
    url = database.url(user=role, connection_limit=2).replace(f"{ROLE}:", ":")
    served = frontend(url)
    tailor = served.search().json()["data"][0]
    alone = served.get(f"/api/tailors/{tailor['id']}").json()["data"]
    for answer in (tailor, alone):
        assert {"contactEmail", "contactPhone"}.isdisjoint(answer) and answer["reviewCount"] == 0
        assert "email" not in answer["user"] and answer["user"]["name"]
        assert all("description" not in work and work["imageUrl"] for work in answer["sampleWorks"])
    assert tailor["sampleWorks"]
    session = psycopg2.connect(host=database.server.host, port=database.server.port, user=role, dbname=database.name)
    session.autocommit = True
    with session.cursor() as cursor:
        for column in ('"contactEmail" FROM "Tailor"', 'email FROM "User"', 'description FROM "SampleWork"'):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(f"SELECT {column}")
    session.close()
    database.execute(f"ALTER DATABASE {name} RESET tailor_search.hidden_fields")
    assert run_script(database, role) == ""
    assert "contactEmail" in frontend(url).search().json()["data"][0]


def test_fields_that_are_hidden_while_answers_are_cached(frontend, told_database):
    served = frontend(told_database.url(), cache_bytes="1MiB")
    wait_until(lambda: "event=listening" in served.log())
    for _ in range(2):
        assert "contactEmail" in served.search().json()["data"][0]
    told_database.execute(f"ALTER DATABASE {quoted(told_database.name)} SET tailor_search.hidden_fields = 'contactEmail'")
    wait_until(lambda: "contactEmail" not in served.search().json()["data"][0])


def test_no_temporary_tables_where_no_other_role_depends_on_them(database, roles):
    """The database's owner, a role with a grant of its own and one that may not connect lose nothing."""
    name = quoted(database.name)
    roles.make("owner", "LOGIN")
    roles.make("granted", "LOGIN")
    roles.make("elsewhere", "LOGIN")
    roles.make("group", "NOLOGIN")
    owner, granted = quoted(roles.name("owner")), quoted(roles.name("granted"))
    database.execute(
        f"ALTER DATABASE {name} OWNER TO {owner}",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {granted}",
        f"GRANT {granted} TO {owner}",
    )
    assert run_script(database, roles.name("web")) == ""
    can = {role: roles.may_make_temporary_tables(role) for role in ("web", *roles.made[1:])}
    assert can == {"web": False, "owner": True, "granted": True, "elsewhere": False, "group": False}
    assert run_script(database, roles.name("web")) == ""


def test_other_roles_keep_their_temporary_tables(database, roles):
    """One that may connect, and the group that it may become: the script prints what the owner may run."""
    roles.make("group", "NOLOGIN")
    roles.make("app", "LOGIN NOINHERIT")
    app, group = quoted(roles.name("app")), quoted(roles.name("group"))
    database.execute(f"GRANT CONNECT ON DATABASE {quoted(database.name)} TO {app}", f"GRANT {group} TO {app}")
    printed = run_script(database, roles.name("web"))
    assert [line for line in printed.splitlines() if not line.startswith("--")] == [
        f"GRANT TEMPORARY ON DATABASE {database.name} TO {app};",
        f"GRANT TEMPORARY ON DATABASE {database.name} TO {group};",
        f"REVOKE TEMPORARY ON DATABASE {database.name} FROM PUBLIC;",
    ]
    assert all(roles.may_make_temporary_tables(role) for role in ("web", "app", "group"))
    database.execute(printed)
    can = {role: roles.may_make_temporary_tables(role) for role in ("web", "app", "group")}
    assert can == {"web": False, "app": True, "group": True}
    assert run_script(database, roles.name("web")) == ""


def test_the_databases_owner_is_asked(database, roles):
    """A role that makes the front end's, and owns the tables but not the database."""
    roles.make("maker", "LOGIN CREATEROLE")
    maker = quoted(roles.name("maker"))
    database.execute(
        f"GRANT CONNECT, TEMPORARY ON DATABASE {quoted(database.name)} TO {maker} WITH GRANT OPTION",
        f"GRANT USAGE ON SCHEMA public TO {maker} WITH GRANT OPTION",
        *(f'ALTER TABLE "{table}" OWNER TO {maker}' for table in ("User", "Tailor", "SampleWork")),
    )
    printed = run_script(database, roles.name("web"), user=roles.name("maker"))
    assert printed.endswith(f"-- (no other role needs it)\nREVOKE TEMPORARY ON DATABASE {database.name} FROM PUBLIC;\n")
    assert roles.may_make_temporary_tables("web")
