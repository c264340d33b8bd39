#!/usr/bin/env bash
# Loads N synthetic tailors into an empty database: PGHOST, PGDATABASE and so on say which. All in one transaction:
# interrupted, it leaves nothing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
count=${1:-}
if [[ ! $count =~ ^[1-9][0-9]{0,8}$ ]]; then
  echo "usage: data/load.sh NUMBER_OF_TAILORS" >&2
  exit 2
fi

# Indexes and foreign keys of the schema, or all that comes before them.
schema() {
  awk -v late="$1" '/^-- (Create|Alter|Add)/ { is_late = /CreateIndex|AddForeignKey/ } is_late == late' "$here/schema.sql"
}

# The COMMIT comes only if everything before it did.
script() {
  echo 'SET client_min_messages = warning; BEGIN;'
  schema 0
  /usr/bin/python3 "$here/generate.py" "$count" || return
  printf '%s\n' "\echo '  indexes and foreign keys'" "SET LOCAL maintenance_work_mem = '256MB';"
  schema 1
  printf '%s\n' 'COMMIT;' "\echo '  statistics'" 'VACUUM (ANALYZE);'
}

script | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --file=-
