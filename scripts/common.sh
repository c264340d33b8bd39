# Sourced by the scripts: where things are, and how they speak.
# shellcheck shell=bash disable=SC2034  # the variables are for those who source this

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=$TOP/build
STAGE=$BUILD/stage                        # the extension is installed below this, never into the system
FRONTEND=$BUILD/frontend/tailor-frontend
PYTHON=/usr/bin/python3                   # Debian's: its modules are packages of ours, another python's are not

PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}
export PG_CONFIG

# What the caller exported for another server must not lead us to it.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGPASSFILE PGDATABASE PGSERVICE PGSERVICEFILE \
  PGOPTIONS PGSSLMODE PGTARGETSESSIONATTRS PGCLIENTENCODING PGTZ PGDATESTYLE PGDATA DATABASE_URL

say() {
  printf '\n== %s\n' "$*"
}

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}
