#!/usr/bin/env bash
# A private PostgreSQL cluster in a directory of the checkout. No other cluster, port or file is touched, but for a
# directory of mode 0700 in /tmp that holds the socket: the path of a socket may have 107 bytes, a checkout's more.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<USAGE
usage: scripts/cluster.sh COMMAND DIR
  init DIR [--unsafe]         make a cluster in DIR unless one is there; --unsafe: no fsync, for tests
  start DIR                   start it (again, if it runs) on a free port of 127.0.0.1: the last one if it still is
  stop DIR [fast|immediate]   stop it if it runs
  status DIR                  say whether it runs; exit status 3 if not
  env DIR                     print shell lines that set PGHOST, PGPORT and PGUSER for the superuser
  run DIR COMMAND …           run a command in DIR as the user that runs the server
  remove DIR                  stop it and delete DIR
USAGE
  exit 2
}

(($# >= 2)) || usage
command=$1
dir=$(realpath --canonicalize-missing "$2")
data=$dir/data
bin=$("$PG_CONFIG" --bindir)

# --- Who runs the server -----------------------------------------------------------------------------------------

# PostgreSQL refuses to run as root: then the user postgres runs it, or whoever owns the directory already. Where that
# user may not enter the checkout (below /root, say) the server gets the capability to read what lies in the way; a
# container often grants only the second of the two.
server_user=$(id --user --name)
server_command=()
choose_server_user() {
  if ((EUID != 0)); then
    [[ ! -e $dir || -O $dir ]] || fail "$dir belongs to $(stat --format=%U "$dir"): remove it as that user or root"
    return
  fi
  server_user=$(stat --format=%U "$dir")
  [[ $server_user != root ]] || server_user=postgres
  local plain capability
  plain=(setpriv --reuid="$server_user" --regid="$(id --group "$server_user")" --init-groups)
  server_command=("${plain[@]}")
  for capability in dac_read_search dac_override; do
    if can_reach; then return; fi
    server_command=("${plain[@]}" "--inh-caps=+$capability" "--ambient-caps=+$capability")
  done
  can_reach ||
    fail "the user $server_user cannot enter $dir, and root cannot let it in here: move the checkout, or be another user"
}

as_server() {
  "${server_command[@]}" "$@"
}

# By doing it: `test -x` and access(2) leave capabilities out of account.
can_reach() {
  as_server ls "$dir/" >/dev/null 2>&1 || return 1
  [[ ! -d $STAGE ]] || as_server ls "$STAGE/" >/dev/null 2>&1
}

own() {
  ((EUID != 0)) || chown "$server_user:" "$@"
}

# --- What there is ---------------------------------------------------------------------------------------------------

is_there() {
  [[ -f $data/PG_VERSION ]]
}

recorded() {
  [[ ! -f $dir/$1 ]] || head -n 1 "$dir/$1"
}

# The process that serves this directory, if one does. A number left by a server that was killed may be another
# process's by now: ours works in its data directory.
server_pid() {
  local pid
  [[ -f $data/postmaster.pid ]] || return 0
  pid=$(head -n 1 "$data/postmaster.pid")
  [[ $(readlink "/proc/$pid/cwd" || true) == "$data" ]] && echo "$pid"
  return 0
}

# --- Commands --------------------------------------------------------------------------------------------------------

init() {
  is_there && return
  local unsafe=() fsync=on
  if [[ ${1:-} == --unsafe ]]; then
    unsafe=(--no-sync)
    fsync=off
  fi
  mkdir -p "$dir"
  choose_server_user
  own "$dir"
  rm -rf "$data.new" # the rest of an attempt that was interrupted
  (cd "$dir" && as_server "$bin/initdb" --pgdata="$data.new" --username=postgres --auth-local=trust \
    --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 "${unsafe[@]}" --no-instructions) >/dev/null
  cat >>"$data.new/postgresql.conf" <<CONF

# scripts/cluster.sh
listen_addresses = '127.0.0.1'
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
fsync = $fsync
include 'place.conf'
CONF
  mv "$data.new" "$data"
}

# Where the extension is staged. Until PostgreSQL 18 had a setting for it, Debian's patch of the server had another.
find_extension() {
  local stage=${STAGE//\'/\'\'}
  if ((POSTGRESQL < 18)); then
    echo "extension_destdir = '$stage'"
  else
    echo "extension_control_path = '$stage$("$PG_CONFIG" --sharedir):\$system'"
    echo "dynamic_library_path = '$stage$("$PG_CONFIG" --pkglibdir):\$libdir'"
  fi
}

# What may change from one start to the next: the port, the socket's directory, and where the checkout lies.
write_place() {
  cat >"$data/place.conf" <<CONF
port = $1
unix_socket_directories = '$2'
unix_socket_permissions = 0700
$(find_extension)
CONF
  chmod 644 "$data/place.conf"
  echo "$1" >"$dir/port"
}

# The socket's directory: the recorded one if it can be made again, else a new one.
make_socket_dir() {
  local socket
  socket=$(recorded socket)
  if [[ -z $socket ]] || ! mkdir -m 700 "$socket" 2>/dev/null; then
    socket=$(mktemp -d /tmp/tailor-XXXXXX)
    echo "$socket" >"$dir/socket"
  fi
  own "$socket"
  echo "$socket"
}

remove_socket_dir() {
  local socket
  socket=$(recorded socket)
  [[ $socket != /tmp/tailor-?????? ]] || rm -rf "$socket"
}

# Below the range from which the kernel takes ports for outgoing connections.
random_port() {
  echo $((20000 + RANDOM % 12000))
}

# One attempt. Leaves what the server logged in $log.
launch() {
  local from
  from=$(stat --format=%s "$dir/server.log" 2>/dev/null || echo 0)
  (cd "$dir" && as_server "$bin/pg_ctl" start --silent --wait --timeout=60 --pgdata="$data" --log="$dir/server.log") \
    >/dev/null 2>&1 </dev/null && return
  log=$(tail --bytes="+$((from + 1))" "$dir/server.log")
  return 1
}

start() {
  choose_server_user
  is_there || fail "no cluster in $dir: init it first"
  stop fast
  rm -f "$data/postmaster.pid"
  local port socket log=''
  socket=$(make_socket_dir)
  port=$(recorded port)
  for _ in {1..20}; do
    write_place "${port:=$(random_port)}" "$socket"
    if launch; then return; fi
    case $log in
      *'Address already in use'*) port='' ;;
      *'is still in use'*) sleep 0.5 ;; # backends of a server that was killed are on their way out
      *) break ;;
    esac
  done
  stop immediate
  fail "PostgreSQL does not start in $dir"$'\n'"$log"
}

stop() {
  if [[ -n $(server_pid) ]]; then
    choose_server_user
    (cd "$dir" && as_server "$bin/pg_ctl" stop --silent --wait --timeout=60 --pgdata="$data" --mode="${1:-fast}") ||
      fail "the server in $dir does not stop"
  fi
  remove_socket_dir
}

status() {
  local pid
  pid=$(server_pid)
  if [[ -z $pid ]]; then
    echo "no server in $dir"
    exit 3
  fi
  echo "server $pid in $dir, port $(recorded port)"
}

# For every user of these lines the same server, whatever their environment said before.
print_env() {
  [[ -n $(server_pid) ]] || fail "no server in $dir: start it first"
  echo "unset PGHOSTADDR PGSERVICE PGDATABASE PGOPTIONS PGPASSWORD"
  echo "export PGHOST=$(recorded socket)"
  echo "export PGPORT=$(recorded port)"
  echo "export PGUSER=postgres"
}

# The script becomes the command, so that its process id is that of the command.
run_command() {
  choose_server_user
  cd "$dir"
  exec "${server_command[@]}" "$@"
}

remove() {
  stop immediate
  rm -rf "$dir"
}

case $command in
  init) init "${@:3}" ;;
  start) start ;;
  stop) stop "${@:3}" ;;
  status) status ;;
  env) print_env ;;
  run) run_command "${@:3}" ;;
  remove) remove ;;
  *) usage ;;
esac
