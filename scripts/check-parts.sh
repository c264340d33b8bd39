# Sourced by check and sanitize-suite: the parts that both run, against the server that PGHOST and PGPORT name. $scratch is where
# its cluster and the tests' own are.
# shellcheck shell=bash

PYTEST_PROCESSES=${PYTEST_PROCESSES:-3} # one more than two processors, as many tests wait for something

regress() {
  make --no-print-directory -C "$TOP/extension" PG_CONFIG="$PG_CONFIG" installcheck || {
    cat "$BUILD/regress/regression.diffs" 2>/dev/null
    return 1
  }
}

# Once over the tables as Prisma makes them, once with the covering index, for the native engine.
pgtap() {
  local status=0
  pgtap_template || return
  pgtap_files || status=1
  TAILOR_COVERING_INDEX=1 pgtap_files || status=1
  return "$status"
}

pgtap_template() {
  createdb pgtap_template &&
    PGOPTIONS='-c client_min_messages=warning' psql --no-psqlrc --quiet -d pgtap_template \
      -c 'CREATE EXTENSION tailor_search CASCADE' -c 'CREATE EXTENSION pgtap'
}

# Every file has a copy of the template, and the server to itself: while another file's transaction runs, an index cannot
# be used at once, and rows that were deleted stay.
pgtap_files() {
  (cd "$TOP" && prove --exec scripts/pgtap-file test/sql/*.sql)
}

# The same at the same time, with the covering index in a server of its own.
pgtap_side_by_side() {
  local status=0 environment covering
  environment=$("$TOP/scripts/cluster.sh" env "$scratch/cluster-covering") || return
  (eval "$environment" && pgtap_template && TAILOR_COVERING_INDEX=1 pgtap_files) >"$scratch/covering.log" 2>&1 &
  covering=$!
  { pgtap_template && pgtap_files; } || status=1
  wait "$covering" || status=1
  cat "$scratch/covering.log"
  return "$status"
}

# Makes an empty cluster and starts it. Descriptor 8 is the check's lock, which no server may keep. Autovacuum runs in
# check-long only, because its transactions come at any time.
new_cluster() {
  "$TOP/scripts/cluster.sh" remove "$1" 8>&-
  "$TOP/scripts/cluster.sh" init "$1" --unsafe 8>&-
  [[ -n ${TAILOR_LONG:-} ]] || echo 'autovacuum = off' >>"$1/data/postgresql.conf"
  "$TOP/scripts/cluster.sh" start "$1" 8>&-
}

# The clusters of pytest's processes but for the first, which has the check's own.
pytest_clusters() {
  local number
  for ((number = 1; number < PYTEST_PROCESSES; number++)); do echo "$scratch/cluster-gw$number"; done
}

# All tests in several processes, each with a server of its own, because tests end sessions and count them.
pytest_side_by_side() {
  (
    export PGHOST_gw0=$PGHOST PGPORT_gw0=$PGPORT
    while read -r each; do
      environment=$("$TOP/scripts/cluster.sh" env "$each") || exit
      eval "$(sed -nE "s/^export (PGHOST|PGPORT)=/export \\1_${each##*-}=/p" <<<"$environment")"
    done < <(pytest_clusters)
    pytest --numprocesses="$PYTEST_PROCESSES" --dist=loadfile test
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
