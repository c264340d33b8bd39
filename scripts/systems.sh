# Sourced by scripts that build or test on a release of Debian in a system of its own, as root.
# shellcheck shell=bash

# make_system RELEASE FOLDER [MIRROR]: debootstrap's smallest system, unless FOLDER is one.
make_system() {
  ((EUID == 0)) || fail "only root can make a system, and enter it"
  "$TOP/scripts/setup" release
  [[ ! -d $2 ]] || return 0
  say "Making $1 in ${2#"$TOP/"}/"
  rm -rf "$2.new"
  mkdir -p "$(dirname "$2")"
  debootstrap --variant=minbase "$1" "$2.new" ${3:+"$3"}
  mv "$2.new" "$2"
}

# in_system FOLDER COMMAND [ARGUMENT...]: runs a command there. Mounts and processes are in namespaces of their own, so none
# outlives the command.
in_system() {
  # Process 1 of them is a shell that waits for the command, which looks at its parent (jobs.sh).
  # shellcheck disable=SC2016  # the inner shells expand them
  unshare --mount --pid --fork --kill-child --mount-proc="$1/proc" bash -c '
    mount --rbind /dev "$0/dev" && exec chroot "$0" env --ignore-environment HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive bash -c "\"\$@\"; exit" shell "$@"' "$@"
}
