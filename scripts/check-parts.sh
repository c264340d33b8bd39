# Sourced by check and sanitize-suite: the parts that both run, against the server that PGHOST and PGPORT name. $scratch is where
# its cluster and the tests' own are.
# shellcheck shell=bash

regress() {
  make --no-print-directory -C "$TOP/extension" PG_CONFIG="$PG_CONFIG" installcheck || {
    cat "$BUILD/regress/regression.diffs" 2>/dev/null
    return 1
  }
}

# Every file gets a database of its own, a copy of this one.
pgtap() {
  createdb pgtap_template &&
    PGOPTIONS='-c client_min_messages=warning' psql --no-psqlrc --quiet -d pgtap_template \
      -c 'CREATE EXTENSION tailor_search CASCADE' -c 'CREATE EXTENSION pgtap' || return
  # Once over the tables as Prisma makes them, once with the covering index, for the native engine.
  local status=0
  (cd "$TOP" && prove --exec scripts/pgtap-file test/sql/*.sql) || status=1
  (cd "$TOP" && TAILOR_COVERING_INDEX=1 prove --exec scripts/pgtap-file test/sql/*.sql) || status=1
  return "$status"
}

# Makes an empty cluster and starts it. Descriptor 8 is the check's lock, which no server may
# keep.
new_cluster() {
  "$TOP/scripts/cluster.sh" remove "$1" 8>&-
  "$TOP/scripts/cluster.sh" init "$1" --unsafe 8>&-
  "$TOP/scripts/cluster.sh" start "$1" 8>&-
}

# All tests in two processes, each with a server of its own, because tests end sessions and count them. The second
# server is in $scratch/cluster-gw1.
pytest_side_by_side() {
  local environment
  environment=$("$TOP/scripts/cluster.sh" env "$scratch/cluster-gw1") || return
  (
    # shellcheck disable=SC2030  # for the subshell alone
    eval "$(sed -nE 's/^export (PGHOST|PGPORT)=/export \1_gw1=/p' <<<"$environment")"
    export PGHOST_gw0=$PGHOST PGPORT_gw0=$PGPORT
    pytest --numprocesses=2 --dist=loadfile test
  )
}

# All tests, or those that are named.
pytest() {
  (($#)) || set -- test
  (cd "$TOP" && PYTHONDONTWRITEBYTECODE=1 "$PYTHON" -m pytest -p no:cacheprovider --basetemp="$scratch/pytest" "$@")
}

# What no test may leave in a server's log.
no_crash() {
  ! grep -rE --include=server.log 'PANIC: |TRAP: |was terminated by signal' "$scratch"
}
