#!/bin/sh
# Installs the Debian packages that real guests need, or a real network. Runs as root or with sudo, any number of times, also at once.
#
#   sandbox/tools/debian.sh                     install what is missing for guests
#   sandbox/tools/debian.sh network             install what is missing for a network of Open vSwitch and OVN; none of their services starts
#   sandbox/tools/debian.sh --check [network]   install nothing, only say by the exit status whether all is there
#
# Exit status: 0 all is there, 69 the packages can't be had here (the sandbox then does without), 64 wrong usage.
set -eu

unavailable=69

# Only commands are looked for, not packages, so that a QEMU from elsewhere does as well and a second run costs nothing.
missing_packages() {
  [ "$set" = guests ] || { missing_network_packages; return; }
  command -v qemu-system-x86_64 >/dev/null || printf 'qemu-system-x86 '
  command -v qemu-img >/dev/null || printf 'qemu-utils '
  command -v xz >/dev/null || printf 'xz-utils '
  { command -v ssh >/dev/null && command -v ssh-keygen >/dev/null; } || printf 'openssh-client '
}

missing_network_packages() {
  { command -v ovsdb-server && command -v ovs-vswitchd; } >/dev/null || printf 'openvswitch-switch '
  command -v ovn-northd >/dev/null || printf 'ovn-central '
  command -v ovn-controller >/dev/null || printf 'ovn-host '
  command -v ip >/dev/null || printf 'iproute2 '
  command -v ping >/dev/null || printf 'iputils-ping '
  [ -x /usr/bin/python3 ] || printf 'python3 '
}

give_up() {
  echo "debian.sh: $1" >&2
  exit "$unavailable"
}

check='' set=guests why='qemu-system-x86 runs the guests, qemu-utils makes their disks, xz-utils unpacks images, openssh-client logs in'
if [ "${1:-}" = --check ]; then check=yes; shift; fi
case "$#:${1:-}" in
  0:) ;;
  1:network) set=network why='the sandbox runs them itself, in namespaces of its own; their services are neither started nor enabled' ;;
  *) echo 'usage: debian.sh [--check] [network]' >&2; exit 64 ;;
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

echo "Installing Debian packages: $packages($why)"
export DEBIAN_FRONTEND=noninteractive
install() {
  # shellcheck disable=SC2086 # both are lists of words
  $as_root apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $packages >"$log" 2>&1 </dev/null
}
# Debian asks this file whether a package may start its services. One that is there already is left as it is.
policy=/usr/sbin/policy-rc.d
keep_services_down() {
  [ "$set" = network ] || return 0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 755 "$policy"
    own_policy=yes
  fi
}
# What is enabled would start with the machine, and Open vSwitch then takes part in the machine's own network.
disable_services() {
  [ "$set" = network ] && command -v systemctl >/dev/null || return 0
  for service in openvswitch-switch ovn-central ovn-host; do
    case " $packages" in *" $service "*) $as_root systemctl disable "$service" >/dev/null 2>&1 || true ;; esac
  done
}
own_policy=
log=$(mktemp)
trap 'rm -f "$log"; [ -z "$own_policy" ] || $as_root rm -f "$policy"' EXIT
keep_services_down
# The lists are fetched only when the installation fails without: on most machines they are there and fresh enough.
if ! install; then
  $as_root apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 </dev/null || { tail -n 5 "$log" >&2; give_up 'the Debian package lists can not be fetched'; }
  install || { tail -n 5 "$log" >&2; give_up "apt-get could not install $packages"; }
fi
disable_services
packages=$(missing_packages)
[ -z "$packages" ] || give_up "still missing after the installation: $packages"
