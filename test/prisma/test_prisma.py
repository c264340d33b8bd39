"""docs/prisma.md, step by step: Prisma Migrate keeps what the extension needs, and every state is served natively."""

import json
import subprocess
import time

from project import HERE, TOP, documented, documented_with

NATIVE = "native: the tables have what it needs"


def set_up(application):
    """The documented steps: the schema, and the migration around setup."""
    application.prisma("migrate", "dev", "--name", "init")
    application.add_documented_fields()
    application.prisma("migrate", "dev", "--name", "tailor_search", "--create-only")
    application.migration("tailor_search").write_text(documented("sql")[0])
    application.prisma("migrate", "dev")


def assert_keeps_everything(application, schema="tailor_search"):
    """An unrelated model is all that the next migration is about."""
    application.add_model("Note")
    application.prisma("migrate", "dev", "--name", "note")
    migration = application.migration("note").read_text()
    assert "DROP" not in migration and "ALTER" not in migration, migration
    assert application.engine(schema) == NATIVE


def test_a_new_database(application):
    set_up(application)
    assert application.engine() == NATIVE
    assert "already in sync" in application.prisma("migrate", "dev").lower()
    assert_keeps_everything(application)
    application.prisma("migrate", "reset", "--force")
    assert application.engine() == NATIVE
    application.use(f"{application.database}_deployed")
    application.prisma("migrate", "deploy")
    assert application.engine() == NATIVE
    assert "No difference" in application.prisma("migrate", "diff", "--from-config-datasource", "--to-schema", "prisma/schema.prisma")


def test_push_and_pull(application):
    application.prisma("db", "push")
    (application.folder / "setup.sql").write_text(documented("sql")[0])
    application.prisma("db", "execute", "--file", "setup.sql")
    application.add_documented_fields()
    assert "already in sync" in application.prisma("db", "push")
    application.add_model("Note")
    application.prisma("db", "push")
    assert application.engine() == NATIVE
    application.prisma("db", "pull", "--force")
    assert 'Unsupported("geography")' in application.schema.read_text()
    assert "No difference" in application.prisma("migrate", "diff", "--from-config-datasource", "--to-schema", "prisma/schema.prisma")
    assert application.engine() == NATIVE


def test_a_database_that_was_set_up_by_hand(application):
    application.prisma("migrate", "dev", "--name", "init")
    application.execute('CREATE EXTENSION tailor_search CASCADE; CALL tailor_search_setup(); CREATE INDEX ON "User" (id) INCLUDE (name, email)')
    warnings = dict(application.execute("SELECT need, statement FROM tailor_search_check() WHERE NOT ok AND statement !~ 'VACUUM'"))
    assert list(warnings) == ["the extension apart from Prisma's schema", "no INCLUDE in the index public.\"User_id_name_email_idx\""]
    for statement in (*warnings.values(), documented("sql")[1]):
        application.execute(statement)
    assert application.execute("SELECT count(*) FROM tailor_search.tailor_search_check() WHERE NOT ok AND statement !~ 'VACUUM'") == [(0,)]
    application.add_documented_fields()
    printed = "\n".join(line for line, in application.execute("SELECT tailor_search.tailor_search_migration_sql()"))
    folder = application.folder / f"prisma/migrations/{time.strftime('%Y%m%d%H%M%S')}_tailor_search"
    folder.mkdir()
    (folder / "migration.sql").write_text(printed)
    application.execute(printed)
    application.prisma("migrate", "resolve", "--applied", folder.name)
    assert_keeps_everything(application)


def test_calling_it(application):
    set_up(application)
    application.prisma("generate")
    query = documented_with("$queryRaw`", "js")
    (application.folder / "calling.mjs").write_text((HERE / "calling.mjs").read_text().replace("QUERY", query))
    assert json.loads(application.node("calling.mjs")) == {
        "id": "string", "rating": 4.5, "distance": 0, "total": "bigint 1", "createdAt": True, "user": "A", "sampleWorks": [],
    }


def compile_strictly(folder, file):
    """TypeScript's compiler accepts the file, and finds each error that it says it expects."""
    tsc = TOP / "build/npm/typescript/node_modules/.bin/tsc"
    options = ["--strict", "--noEmit", "--skipLibCheck", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2022,DOM"]
    done = subprocess.run([tsc, *options, file], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_typed_sql(application, shop):
    """A query in a file becomes a function whose parameters and rows have types."""
    set_up(application)
    application.change_schema("generator client {", 'generator client {\n  previewFeatures = ["typedSql"]')
    (application.folder / "prisma/sql").mkdir()
    (application.folder / "prisma/sql/tailorsNear.sql").write_text(documented_with("@param", "sql"))
    application.prisma("generate", "--sql")
    call = documented_with("$queryRawTyped", "js").partition("\n\n")[2]
    (shop / "typed.mjs").write_text((HERE / "typed.mjs").read_text().replace("CALL", call))
    assert json.loads(application.node("shop/typed.mjs")) == {"total": "bigint 1", "rating": 4.5, "createdAt": True, "user": "A", "far": 0}
    compile_strictly(shop, "typed.ts")


def test_the_clients_extension(application, shop):
    set_up(application)
    application.prisma("generate")
    application.node("shop/near.mjs")
    compile_strictly(shop, "near.ts")


def test_a_role_that_is_no_superuser(extensions_in_template1, plain_role, application):
    """The extensions come from template1: the migration finds them, in the shadow database and after a reset, too."""
    application.role = plain_role
    application.use(f"{application.database}_plain", owner=plain_role)
    set_up(application)
    assert_keeps_everything(application)
    application.prisma("migrate", "reset", "--force")
    assert application.engine() == NATIVE


def test_the_documented_migration_is_what_the_function_prints(application):
    set_up(application)
    printed = [line for line, in application.execute("SELECT tailor_search.tailor_search_migration_sql()")]
    assert [line for line in documented("sql")[0].splitlines() if line and not line.startswith("--")] == printed


def test_the_extension_in_public(application):
    """The configuration names the tables that Prisma would drop."""
    application.configure(documented_with("externalTables", "js"))
    application.prisma("migrate", "dev", "--name", "init")
    application.add_documented_fields()
    application.prisma("migrate", "dev", "--name", "tailor_search", "--create-only")
    migration = documented("sql")[0].replace("CREATE SCHEMA IF NOT EXISTS tailor_search;\n", "")
    migration = migration.replace("SCHEMA tailor_search", "SCHEMA public").replace("tailor_search.", "public.")
    application.migration("tailor_search").write_text(migration)
    application.prisma("migrate", "dev")
    assert_keeps_everything(application, "public")
    application.prisma("migrate", "reset", "--force")
    assert "already in sync" in application.prisma("db", "push")
    assert application.engine("public") == NATIVE
