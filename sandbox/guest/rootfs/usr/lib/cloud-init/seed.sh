# The NoCloud seed: a disk labelled cidata or CIDATA (ISO 9660 or VFAT) with meta-data, user-data and, where it is, network-config.
# It is read at every boot into /run/cloud-init (memory, root only); what was done for an instance is noted under
# /var/lib/cloud/instances/<instance-id>, so that it is done once for it, also when the disk was cloned from another's.

seed=/run/cloud-init/seed
flat=/run/cloud-init/flat

say() { echo "cloud-init: $*" >/dev/console; }

read_seed() {
  mkdir -p -m 700 "$seed" "$flat"
  device=$(seed_device)
  if [ -n "$device" ]; then
    modprobe -q isofs; modprobe -q vfat; modprobe -q nls_cp437; modprobe -q nls_ascii
    mkdir -p /run/cloud-init/mount
    if mount -o ro "$device" /run/cloud-init/mount; then
      for name in meta-data user-data network-config; do
        [ -f "/run/cloud-init/mount/$name" ] && cp "/run/cloud-init/mount/$name" "$seed/$name"
      done
      umount /run/cloud-init/mount
      chmod 600 "$seed"/* 2>/dev/null
    fi
  else
    say 'no seed disk (label cidata) found'
  fi
  for name in meta-data network-config; do
    [ -f "$seed/$name" ] && awk -f /usr/lib/cloud-init/yaml.awk "$seed/$name" >"$flat/$name"
  done
  if is_cloud_config; then awk -f /usr/lib/cloud-init/yaml.awk "$seed/user-data" >"$flat/user-data"; fi
  instance=$(field meta-data instance-id | tr -c 'A-Za-z0-9._\n-' _)
  instance=${instance:-nocloud}
  echo "$instance" >/run/cloud-init/instance-id
  mkdir -p "/var/lib/cloud/instances/$instance"
  ln -sfn "/var/lib/cloud/instances/$instance" /var/lib/cloud/instance
}

# By the label's place in ISO 9660 and in FAT12/16 and FAT32: busybox's findfs does not know the first of them. The seed comes after
# the disks, so the last device is looked at first.
seed_device() {
  for name in $(ls -r /sys/class/block); do
    candidate=/dev/$name
    for place in '32808 6' '43 6' '71 6'; do
      case "$(dd if="$candidate" bs=1 skip="${place% *}" count="${place#* }" 2>/dev/null)" in
        cidata | CIDATA) echo "$candidate"; return ;;
      esac
    done
  done
}

is_cloud_config() { [ -f "$seed/user-data" ] && head -n 1 "$seed/user-data" | grep -q '^#cloud-config'; }

# One value of a seed file: field meta-data local-hostname
field() { [ -f "$flat/$1" ] && awk -v key="$2" 'BEGIN { FS = "\t" } $1 == key { print $2; exit }' "$flat/$1"; }

# Every value whose path matches: values user-data '^users\.1\.ssh_authorized_keys\.'
values() { [ -f "$flat/$1" ] && awk -v re="$2" 'BEGIN { FS = "\t" } $1 ~ re { print $2 }' "$flat/$1"; }

# The true bytes of a value.
unescaped() { printf '%b' "$1"; }

# Runs a step once for an instance. The mark comes first and is made durable: like cloud-init, a step that a crash cut short isn't run again.
once() {
  [ -e "/var/lib/cloud/instance/$1" ] && return 1
  : >"/var/lib/cloud/instance/$1"
  sync
}
