# Sourced by the scripts: where things are, and how they speak.
# shellcheck shell=bash disable=SC2034  # the variables are for those who source this

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
BUILD=$TOP/build
STAGE=$BUILD/stage                        # the extension is installed below this, never into the system
FRONTEND=$BUILD/frontend/tailor-frontend
PYTHON=/usr/bin/python3                   # Debian's: its modules are packages of ours, another python's are not

# The server's major version: that of PG_CONFIG, if it is set, or the one that the release of Debian or Ubuntu has.
postgresql_version() {
  if [[ ${PG_CONFIG:-} =~ /postgresql/([0-9]+)/ ]]; then
    echo "${BASH_REMATCH[1]}"
    return
  fi
  case $(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release) in
    bookworm) echo 15 ;;
    noble) echo 16 ;;
    trixie) echo 17 ;;
    *) echo 18 ;;
  esac
}
POSTGRESQL=$(postgresql_version)
PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/$POSTGRESQL/bin/pg_config}
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

# What of this checkout is not built, over what is in the directory already.
copy_checkout() {
  mkdir -p "$1"
  tar -C "$TOP" --exclude-vcs --exclude=./build --exclude=./.demo --exclude=./.cluster --exclude='*.o' --exclude='*.so' -c . | tar -C "$1" -x
}
