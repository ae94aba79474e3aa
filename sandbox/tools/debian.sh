#!/bin/sh
# Installs the Debian packages that real guests need. Runs as root or with sudo, any number of times, also at once.
#
#   sandbox/tools/debian.sh           install what is missing
#   sandbox/tools/debian.sh --check   install nothing, only say by the exit status whether all is there
#
# Exit status: 0 all is there, 69 the packages can't be had here (the sandbox then runs simulated guests), 64 wrong usage.
set -eu

unavailable=69

# Only commands are looked for, not packages, so that a QEMU from elsewhere does as well and a second run costs nothing.
missing_packages() {
  command -v qemu-system-x86_64 >/dev/null || printf 'qemu-system-x86 '
  command -v qemu-img >/dev/null || printf 'qemu-utils '
  { command -v ssh >/dev/null && command -v ssh-keygen >/dev/null; } || printf 'openssh-client '
}

give_up() {
  echo "debian.sh: $1" >&2
  exit "$unavailable"
}

case "${1:-}" in
  '') check= ;;
  --check) check=yes ;;
  *) echo 'usage: debian.sh [--check]' >&2; exit 64 ;;
esac

packages=$(missing_packages)
[ -n "$packages" ] || exit 0
[ -z "$check" ] || give_up "not installed: $packages"

command -v apt-get >/dev/null || give_up "no apt-get on this machine; install these by its own package manager: $packages"
if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root='sudo -n'
else
  give_up "needs root or sudo without a password to install: $packages"
fi

echo "Installing Debian packages: $packages(qemu-system-x86 runs the guests, qemu-utils makes their disks, openssh-client logs in)"
export DEBIAN_FRONTEND=noninteractive
install() {
  # shellcheck disable=SC2086 # both are lists of words
  $as_root apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $packages >"$log" 2>&1 </dev/null
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The lists are fetched only when the installation fails without: on most machines they are there and fresh enough.
if ! install; then
  $as_root apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 </dev/null || { tail -n 5 "$log" >&2; give_up 'the Debian package lists can not be fetched'; }
  install || { tail -n 5 "$log" >&2; give_up "apt-get could not install $packages"; }
fi
packages=$(missing_packages)
[ -z "$packages" ] || give_up "still missing after the installation: $packages"
