#!/bin/sh
# Builds the guest image that the sandbox serves: a disk that boots by its own boot loader (BIOS), as a cloud image does, with
# Debian's cloud kernel, busybox and dropbear. Needs apt (packages are downloaded and unpacked, none is installed) and qemu-img; no root.
#
#   sandbox/guest/build.sh [cache directory]     prints the path of disk.qcow2 as its last line
#
# Exit status: 0 built or there already, 69 the packages can't be had here.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${1:-$here/../../.cache/guest}
mkdir -p "$cache"
cache=$(CDPATH='' cd -- "$cache" && pwd)

# Same inputs, same directory: what is there is whole, since it came by a rename.
inputs=$(cd "$here" && find build.sh initramfs rootfs -type f -exec sha256sum {} + | LC_ALL=C sort -k 2 | sha256sum | cut -c 1-16)
out=$cache/$inputs
if [ -f "$out/disk.qcow2" ]; then echo "$out/disk.qcow2"; exit 0; fi

exec 9>"$cache/lock"
flock 9
if [ -f "$out/disk.qcow2" ]; then echo "$out/disk.qcow2"; exit 0; fi

give_up() { echo "build.sh: $1" >&2; exit 69; }
step() { echo "guest image: $1" >&2; }

[ "$(uname -m)" = x86_64 ] || give_up 'guests are x86_64: the kernel and the boot loader can only be had on an x86_64 machine'
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || give_up 'needs apt-get and dpkg-deb: the parts come from Debian packages'
command -v qemu-img >/dev/null || give_up 'needs qemu-img: run sandbox/tools/debian.sh'

work=$cache/.work
rm -rf "$work"
mkdir -p "$work/debs" "$work/parts" "$work/initramfs" "$work/rootfs"
trap 'rm -rf "$work"' EXIT

# --- the parts --------------------------------------------------------------------------------------------------------------------
as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
update_lists() { step 'fetching the package lists'; $as_root apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null 2>&1 || give_up 'the Debian package lists can not be fetched'; }
newest_kernel() { apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' | head -n 1; }
closure() { apt-cache depends --recurse --important -i "$@" | grep '^[a-z0-9]' | LC_ALL=C sort -u; }
download() {
  kernel=$(newest_kernel)
  [ -n "$kernel" ] || return 1
  # shellcheck disable=SC2046 # a list of words
  (cd "$work/debs" && apt-get -q download "$kernel" busybox-static syslinux syslinux-common mtools $(closure dropbear-bin e2fsprogs) >/dev/null 2>&1)
}
step 'downloading kernel, busybox, dropbear and their libraries (about 35 MB)'
download || { update_lists; download || give_up 'the packages linux-image-cloud-amd64, busybox-static, dropbear-bin, e2fsprogs, syslinux, mtools can not be downloaded'; }
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$work/parts"; done

parts=$work/parts
version=$(basename "$parts"/lib/modules/*)
busybox=$(find "$parts/bin" "$parts/usr/bin" -name busybox 2>/dev/null | head -n 1)
[ -x "$busybox" ] && [ -f "$parts/boot/vmlinuz-$version" ] || give_up 'the packages do not hold what this script knows them to hold'

# --- modules ----------------------------------------------------------------------------------------------------------------------
"$busybox" depmod -b "$parts" "$version"
# A module and all that it needs, as paths below lib/modules/<version>.
needs() {
  awk -v names="$*" 'BEGIN { count = split(names, list, " ") }
    { file = $1; sub(/:$/, "", file); name = file; sub(/.*\//, "", name); sub(/\.ko.*/, "", name); gsub(/-/, "_", name)
      path[name] = file; sub(/^[^:]*:/, ""); deps[name] = $0 }
    END { for (i = 1; i <= count; i++) { gsub(/-/, "_", list[i]); if (list[i] in path) print path[list[i]] deps[list[i]] } }' \
    "$parts/lib/modules/$version/modules.dep" | tr ' ' '\n' | grep . | LC_ALL=C sort -u
}
copy_modules() {
  target=$1/lib/modules/$version
  shift
  for file in $(needs "$@"); do mkdir -p "$target/$(dirname "$file")"; cp "$parts/lib/modules/$version/$file" "$target/$file"; done
  for list in order builtin builtin.modinfo; do cp "$parts/lib/modules/$version/modules.$list" "$target/"; done
  "$busybox" depmod -b "${target%/lib/modules/*}" "$version"
}
boot_modules='virtio_pci virtio_blk virtio_scsi sd_mod'
copy_modules "$work/initramfs" $boot_modules
copy_modules "$work/rootfs" $boot_modules virtio_net virtio_console virtio-rng button evdev pvpanic-pci sr_mod isofs vfat nls_cp437 nls_ascii nls_utf8 fuse overlay loop

# --- initramfs --------------------------------------------------------------------------------------------------------------------
step 'making the initial file system'
mkdir -p "$work/initramfs/bin"
cp "$busybox" "$work/initramfs/bin/busybox"
cp "$here/initramfs/init" "$work/initramfs/init"
epoch=1700000000
find "$work/initramfs" -exec touch -h -d "@$epoch" {} +
(cd "$work/initramfs" && find . | LC_ALL=C sort | "$busybox" cpio -o -H newc 2>/dev/null | gzip -9n) >"$work/initrd"

# --- root file system -------------------------------------------------------------------------------------------------------------
step 'making the root file system'
root=$work/rootfs
cp -r "$here/rootfs/." "$root/"
for directory in bin sbin usr/bin usr/sbin lib/x86_64-linux-gnu lib64 dev proc sys run tmp root var/lib/cloud var/log home mnt etc/dropbear usr/local/bin; do
  mkdir -p "$root/$directory"
done
cp "$busybox" "$root/bin/busybox"
for name in $("$busybox" --list); do [ "$name" = busybox ] || ln -s busybox "$root/bin/$name"; done
# The kernel and init expect these at their own places; everything else is found by PATH.
for name in init getty poweroff reboot halt acpid nologin; do ln -s ../bin/busybox "$root/sbin/$name"; done
find_part() { for directory in usr/sbin sbin usr/bin bin; do [ -f "$parts/$directory/$1" ] && { echo "$parts/$directory/$1"; return; }; done; give_up "no $1 in the packages"; }
for name in dropbear dropbearkey resize2fs mke2fs e2fsck; do cp "$(find_part "$name")" "$root/usr/sbin/$name"; rm -f "$root/bin/$name"; done
ln -s mke2fs "$root/usr/sbin/mkfs.ext4"
ln -s e2fsck "$root/usr/sbin/fsck.ext4"
# Their libraries, by what the binaries themselves name, until nothing is new.
libraries=
copy_libraries() {
  for file in "$@"; do
    for name in $(LC_ALL=C grep -a -o 'lib[A-Za-z0-9_+-]*\.so\.[0-9][0-9.]*' "$file" | LC_ALL=C sort -u); do
      case " $libraries " in *" $name "*) continue ;; esac
      libraries="$libraries $name"
      from=$(find "$parts/lib" "$parts/usr/lib" -name "$name" \( -type f -o -type l \) | head -n 1)
      [ -n "$from" ] || continue
      cp -L "$from" "$root/lib/x86_64-linux-gnu/$name"
      copy_libraries "$root/lib/x86_64-linux-gnu/$name"
    done
  done
}
copy_libraries "$root"/usr/sbin/dropbear "$root"/usr/sbin/dropbearkey "$root"/usr/sbin/mke2fs "$root"/usr/sbin/e2fsck "$root"/usr/sbin/resize2fs
cp -L "$(find "$parts/lib" "$parts/lib64" "$parts/usr/lib" -name 'ld-linux-x86-64.so.2' 2>/dev/null | head -n 1)" "$root/lib64/ld-linux-x86-64.so.2"
chmod 700 "$root/root"
chmod 600 "$root/etc/shadow"
printf '/dev/root / ext4 noatime 0 1\n' >"$root/etc/fstab"
find "$root" -exec touch -h -d "@$epoch" {} +

# --- the disk: MBR | boot partition (FAT: boot loader, kernel) | root partition (ext4, last, so that it can grow) -----------------------
step 'putting the disk together'
export MTOOLS_SKIP_CHECK=1 PATH="$parts/usr/bin:$parts/bin:$PATH"
disk=$work/disk.raw
boot_start=2048
boot_sectors=40960
root_start=$((boot_start + boot_sectors))
root_sectors=57344
truncate -s $(((root_start + root_sectors) * 512)) "$disk"

boot_bytes=$((boot_start * 512))
mformat -i "$disk@@$boot_bytes" -T "$boot_sectors" -h 64 -s 32 -H "$boot_start" -N 4755454d -v GUESTBOOT ::
# What the kernel checks and hardens at its start costs seconds where every instruction is emulated.
quick='tsc=reliable cryptomgr.notests init_on_alloc=0 mitigations=off nokaslr audit=0 apparmor=0 rcupdate.rcu_expedited=1'
cat >"$work/syslinux.cfg" <<CONFIG
DEFAULT linux
PROMPT 0
TIMEOUT 0
LABEL linux
  LINUX /vmlinuz
  INITRD /initrd
  APPEND console=tty0 console=ttyS0,115200 quiet loglevel=4 net.ifnames=0 random.trust_cpu=on panic=10 $quick
CONFIG
find "$work/syslinux.cfg" "$work/initrd" "$parts/boot/vmlinuz-$version" -exec touch -d "@$epoch" {} +
mcopy -m -i "$disk@@$boot_bytes" "$parts/boot/vmlinuz-$version" ::/vmlinuz
mcopy -m -i "$disk@@$boot_bytes" "$work/initrd" ::/initrd
mcopy -m -i "$disk@@$boot_bytes" "$work/syslinux.cfg" ::/syslinux.cfg
syslinux --install --offset "$boot_bytes" "$disk"

# meta_bg instead of resize_inode: grows to any size while mounted, whatever it began with.
truncate -s $((root_sectors * 512)) "$work/root.img"
E2FSPROGS_FAKE_TIME=$epoch mke2fs -q -F -t ext4 -b 4096 -i 16384 -m 1 -J size=4 -O '^resize_inode,meta_bg' -L guest-root \
  -U 67756573-7400-4000-8000-000000000001 -E hash_seed=67756573-7400-4000-8000-000000000002,root_owner=0:0 -d "$root" "$work/root.img"
dd if="$work/root.img" of="$disk" bs=1M seek=$((root_start * 512)) oflag=seek_bytes conv=notrunc,sparse status=none

# Boot code, then the two partitions (first active), then the signature.
dd if="$(find "$parts/usr/lib" -path '*mbr/mbr.bin' | head -n 1)" of="$disk" bs=440 count=1 conv=notrunc status=none
le32() { printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)); }
entry() { printf "\\$1\\376\\377\\377\\$2\\376\\377\\377$(le32 "$3")$(le32 "$4")"; }
{ entry 200 016 $boot_start $boot_sectors; entry 000 203 $root_start $root_sectors; } | dd of="$disk" bs=1 seek=446 conv=notrunc status=none
printf '\125\252' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none

mkdir -p "$work/out"
qemu-img convert -c -f raw -O qcow2 "$disk" "$work/out/disk.qcow2"
(cd "$work/out" && sha256sum disk.qcow2 >disk.qcow2.sha256)
(cd "$work/debs" && ls) >"$work/out/packages"
rm -rf "$out"
mv "$work/out" "$out"
step "$(du -h "$out/disk.qcow2" | cut -f 1) $out/disk.qcow2"
echo "$out/disk.qcow2"
