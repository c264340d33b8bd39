# Sourced by scripts that run long jobs and must stop them, and the clusters in $cluster and $more_clusters, however
# they end.
# shellcheck shell=bash

set -m # every job is a process group: it is ended as a whole, and Ctrl-C reaches this script alone
cluster=''
more_clusters=()
job=''

# Runs a command as a job. Unlike a command in the foreground it does not keep signals waiting.
run() {
  "$@" </dev/null &
  job=$!
  await_job
}

# The status of the job, once it ends.
await_job() {
  local ended='' status=0 pause
  while true; do
    sleep 1 <&- >&- 2>&- 8>&- &
    pause=$!
    status=0
    wait -n -p ended "$job" "$pause" || status=$?
    [[ ${ended:-} != "$job" ]] || break # unset when a job was stopped, or goes on
    ! parent_left || exit 130
  done
  job=''
  return "$status"
}

# What the process that started this script catches: bit 1 is SIGINT.
parent_catches() {
  local key value
  while read -r key value; do
    [[ $key != SigCgt: ]] || echo "$value"
  done 2>/dev/null <"/proc/$PPID/status"
}
parent_caught=$(parent_catches)

# make passes SIGTERM on, but when it alone is sent SIGINT it only stops catching it, and waits for us to end.
parent_left() {
  local now
  now=$(parent_catches 2>/dev/null) || return 0
  ((16#${parent_caught:-0} & 2)) && ! ((16#${now:-0} & 2))
}

# Ends the job's process group: asks, once more at a second signal, and after 20 seconds does not ask.
end_job() {
  [[ -n $job ]] || return 0
  local group=$job
  job=''
  trap 'kill -TERM -- "-$group" 2>/dev/null' INT TERM
  kill -TERM -- "-$group" 2>/dev/null || return 0
  for _ in {1..200}; do
    kill -0 -- "-$group" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL -- "-$group" 2>/dev/null || true
}

clean_up() {
  local status=$?
  trap '' HUP
  set +e
  end_job 2>/dev/null
  trap '' INT TERM
  for each in ${cluster:+"$cluster"} "${more_clusters[@]}"; do "$TOP/scripts/cluster.sh" stop "$each"; done
  exit "$status"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
