"""An application with Prisma: its folder, its databases, and the real CLI and schema engine."""

import os
import pathlib
import re
import shutil
import subprocess

import psycopg2

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
PASSWORD = "prisma"
CONFIG = """import { defineConfig } from 'prisma/config';
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL },
});
"""


def on_server(statement, database="postgres"):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None
    finally:
        connection.close()


def documented(kind):
    """The blocks of docs/prisma.md in a language, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", (TOP / "docs/prisma.md").read_text(), re.MULTILINE | re.DOTALL)


def documented_with(text, kind):
    """The one block in a language that contains a text."""
    [block] = [block for block in documented(kind) if text in block]
    return block


class Application:
    """A folder with schema.prisma and migrations, and a database."""

    def __init__(self, folder, modules, role, database):
        self.folder, self.modules, self.role = folder, modules, role
        (folder / "prisma").mkdir()
        (folder / "prisma.config.mjs").write_text(CONFIG)
        (folder / "node_modules").symlink_to(modules)
        shutil.copy(HERE / "schema.prisma", self.schema)
        self.databases = []
        self.use(database)

    @property
    def schema(self):
        return self.folder / "prisma/schema.prisma"

    def use(self, database, owner=None):
        """Another empty database."""
        self.database = database
        on_server(f"CREATE DATABASE {database} OWNER {owner or self.role}")
        self.databases.append(database)

    def environment(self):
        host = f"127.0.0.1:{os.environ['PGPORT']}"
        [node] = (self.modules.parent / "node_modules").glob("node-linux-*/bin")
        return os.environ | {
            "PATH": f"{node}:{os.environ['PATH']}",
            "DATABASE_URL": f"postgresql://{self.role}:{PASSWORD}@{host}/{self.database}?schema=public",
            "PRISMA_APP": str(self.modules.parent),
            "PRISMA_SCHEMA_ENGINE_BINARY": str(HERE / "engine/schema-engine.mjs"),
            "CHECKPOINT_DISABLE": "1",
        }

    def prisma(self, *arguments):
        """What the CLI prints; an error fails the test."""
        done = subprocess.run([self.modules / ".bin/prisma", *arguments], cwd=self.folder, env=self.environment(), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"prisma {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def node(self, script):
        """What a script of the application prints."""
        done = subprocess.run(["node", script], cwd=self.folder, env=self.environment(), check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def migration(self, name):
        [file] = self.folder.glob(f"prisma/migrations/*_{name}/migration.sql")
        return file

    def change_schema(self, before, after):
        text = self.schema.read_text()
        assert before in text
        self.schema.write_text(text.replace(before, after, 1))

    def add_documented_fields(self):
        """What docs/prisma.md adds to schema.prisma: each block names its model."""
        for block in documented("prisma"):
            model, added = re.match(r"model (\w+) \{\n(?:  // …\n)?(.*)\}", block, re.DOTALL).groups()
            text = self.schema.read_text()
            self.schema.write_text(re.sub(rf"(model {model} \{{.*?)\}}", lambda found: f"{found[1]}{added}}}", text, count=1, flags=re.DOTALL))

    def add_model(self, name):
        with open(self.schema, "a", encoding="utf-8") as file:
            file.write(f"\nmodel {name} {{\n  id   Int    @id @default(autoincrement())\n  text String\n}}\n")

    def execute(self, statement):
        return on_server(f"SET search_path = public; {statement}", self.database)

    def configure(self, settings):
        """Adds settings to the file that names the schema."""
        (self.folder / "prisma.config.mjs").write_text(CONFIG.replace("});", f"{settings}}});"))

    def engine(self, schema="tailor_search"):
        return self.execute(f"SELECT engine || ': ' || reason FROM {schema}.tailor_search_explain(0, 0)")[0][0]

    def drop(self):
        for database in self.databases:
            on_server(f"DROP DATABASE {database} WITH (FORCE)")
