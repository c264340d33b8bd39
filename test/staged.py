"""Files of the extension in a folder of their own: those that are staged, and scripts of other versions beside them."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
STAGE = TOP / "build/stage"
SOURCES = TOP / "extension"
CURRENT = re.search(r"^default_version = '(.*)'", (SOURCES / "tailor_search.control").read_text(), re.M)[1]
SCRIPT = (SOURCES / f"tailor_search--{CURRENT}.sql").read_text()


def pg_config(option):
    return subprocess.run([os.environ.get("PG_CONFIG", "pg_config"), option], check=True, capture_output=True, text=True).stdout.strip()


SHARE = pg_config("--sharedir").lstrip("/")


class Files:
    """The folder, which the server may read, wherever pytest's own are."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="versions-", dir=TOP / "build"))
        shutil.copytree(STAGE, self.root, dirs_exist_ok=True)
        self.root.chmod(0o755)
        self.folder = self.root / SHARE / "extension"

    def add(self, **scripts):
        """Adds scripts: earlier="…" is tailor_search--earlier.sql, earlier__later="…" is tailor_search--earlier--later.sql."""
        for name, text in scripts.items():
            (self.folder / f"tailor_search--{name.replace('__', '--').replace('current', CURRENT)}.sql").write_text(text)

    def use(self, connection):
        """CREATE and ALTER EXTENSION of this session take these files."""
        if connection.server_version < 180000:  # Debian's patch of the server has another name for it
            connection.cursor().execute("SELECT set_config('extension_destdir', %s, false)", [str(self.root)])
        else:
            path = f"{self.root}/{SHARE}:$system"
            connection.cursor().execute("SELECT set_config('extension_control_path', %s, false)", [path])

    def remove(self):
        shutil.rmtree(self.root)


def statements_of(function):
    """The current script's statements that make a function, and its comment."""
    return re.findall(rf"^(?:CREATE|COMMENT ON) FUNCTION {function}\((?:[^$;]|\$\$.*?\$\$)*;\n", SCRIPT, re.M | re.S)


# A version before, as one is: a function less, another with fewer arguments, and one with another body.
EARLIER_PAGE = """CREATE FUNCTION tailor_search_page(
  lat float8, lng float8, max_distance_km float8 DEFAULT NULL, skills text[] DEFAULT NULL, min_experience int DEFAULT NULL,
  max_experience int DEFAULT NULL, min_rating float8 DEFAULT NULL, sort_by text DEFAULT 'distance', page int DEFAULT 1,
  page_size int DEFAULT NULL, sample_works int DEFAULT 4, include_unlocated boolean DEFAULT false, OUT "json" json, OUT shown json)
  RETURNS record LANGUAGE c STABLE PARALLEL RESTRICTED COST 100000 AS 'MODULE_PATHNAME', 'tailor_search_page';
"""
EARLIER_CHECK = """CREATE OR REPLACE FUNCTION tailor_search_check(notify_changes boolean DEFAULT false,
  OUT need text, OUT ok boolean, OUT detail text, OUT statement text) RETURNS SETOF record LANGUAGE plpgsql AS 'BEGIN END';
"""
EARLIER = SCRIPT + "DROP FUNCTION tailor_search_version(), tailor_search_page;\n" + EARLIER_PAGE + EARLIER_CHECK
UPDATE = "".join([
    "DROP FUNCTION tailor_search_page;\n",
    *statements_of("tailor_search_page"),
    *statements_of("tailor_search_version"),
    *statements_of("tailor_search_check"),
]).replace("CREATE FUNCTION tailor_search_check", "CREATE OR REPLACE FUNCTION tailor_search_check")  # fmt: skip


def members(database):
    """The extension as pg_upgrade makes it anew, which is all of its objects with their privileges and comments; and the rows
    of its tables, with what pg_dump dumps of them."""
    command = ["pg_dump", "--binary-upgrade", "--schema-only", database.name]
    script = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines = [line for line in script.splitlines() if not re.match(r"--|SELECT pg_catalog\.(binary_upgrade|set_config)|SET relfrozenxid|WHERE oid = '\d+'|\\(un)?restrict", line)]
    tables = database.execute(
        """SELECT c.relname::text, t.filter, query_to_xml(format('TABLE %s', c.oid::regclass), true, true, '')::text
        FROM pg_extension AS e, unnest(e.extconfig, e.extcondition) AS t (relation, filter) JOIN pg_class AS c ON c.oid = t.relation
        WHERE e.extname = 'tailor_search' ORDER BY 1"""
    )
    return [line for line in lines if line] + tables
