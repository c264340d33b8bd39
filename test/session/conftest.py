"""A session, seen from outside: its memory, its locks, and what the server's log says of it."""

import pathlib
import re

import pytest

# With the covering index: "auto" is the native engine, but for views.
COVERING_INDEX = 'CREATE INDEX covering ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")'
TABLES = COVERING_INDEX + """;
INSERT INTO "User" (id, email, password, name, "updatedAt") VALUES ('u', 'u@example.com', 'secret', 'U', '2024-01-01');
INSERT INTO "Tailor" (id, "userId", skills, "updatedAt", "locationPoint") VALUES ('t', 'u', '{A}', '2024-01-01', 'POINT(0 0)');
INSERT INTO "SampleWork" (id, "tailorId", "imageUrl", "updatedAt") VALUES ('w', 't', 'url', '2024-01-01');
CREATE FUNCTION raises() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'TT123', MESSAGE = 'closed', DETAIL = 'On Sundays.', HINT = 'Come tomorrow.';
END $$;
CREATE VIEW raising AS SELECT * FROM "Tailor" WHERE raises();
CREATE VIEW endless AS SELECT t.* FROM "Tailor" t, generate_series(1, 1000000000) WHERE length(t.id) > 0;
"""


class Session:
    def __init__(self, database):
        self.connection = database.connect(options="-c jit=off")  # LLVM's memory is not ours
        self.cursor = self.connection.cursor()
        self.pid = self.connection.get_backend_pid()

    def execute(self, statement, values=None):
        self.cursor.execute(statement, values)
        return self.cursor.fetchall() if self.cursor.description else None

    def value(self, statement):
        return self.execute(statement)[0][0]

    def memory(self):
        """Bytes: what its memory contexts hold, but for the cache of the catalog, and what the system gave it."""
        contexts = self.value("SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts WHERE name <> 'CacheMemoryContext'")
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        # Without the pages of shared memory, which it touches one after another.
        resident = int(re.search(r"RssAnon:\s+(\d+) kB", status).group(1)) * 1024
        return contexts, resident

    def locks(self):
        """Besides those of this question."""
        return self.value("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid'"
                          " AND relation IS DISTINCT FROM 'pg_locks'::regclass")


class Log:
    """What the server logs from now on."""

    def __init__(self, database):
        data = pathlib.Path(database.execute("SHOW data_directory")[0][0])
        self.path = data.parent / "server.log"
        self.start = self.path.stat().st_size

    def text(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            file.seek(self.start)
            return file.read()


@pytest.fixture
def database(new_database):
    made = new_database()
    made.execute(TABLES)
    return made


@pytest.fixture
def session(database):
    made = Session(database)
    yield made
    made.connection.close()


@pytest.fixture
def log(database):
    return Log(database)
