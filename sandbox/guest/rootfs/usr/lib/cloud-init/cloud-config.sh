# User data: a script that begins with #!, or #cloud-config with hostname, fqdn, ssh_authorized_keys, users (name, shell, homedir,
# ssh_authorized_keys), write_files (path, content, encoding b64, base64 or gz+b64, permissions, owner, append) and runcmd. Any other key is
# named on the console and passed over.

set_host_name() {
  name=$(field user-data hostname)
  [ -n "$name" ] || name=$(field user-data fqdn)
  [ -n "$name" ] || name=$(field meta-data local-hostname)
  name=${name:-guest}
  name=${name%%.*}
  hostname "$name"
  echo "$name" >/etc/hostname
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost\n' "$name" >/etc/hosts
}

# Each instance has a host key of its own; a reboot keeps it. One of the kind that every client knows: making more costs seconds under emulation.
make_host_keys() {
  key=/etc/dropbear/dropbear_ed25519_host_key
  if once host-keys || [ ! -s "$key" ]; then
    rm -f /etc/dropbear/dropbear_*_host_key
    dropbearkey -t ed25519 -f "$key" >/run/cloud-init/host-key 2>/dev/null
    sync
  else
    dropbearkey -y -f "$key" >/run/cloud-init/host-key 2>/dev/null
  fi
  say '-----BEGIN SSH HOST KEY FINGERPRINTS-----'
  say "ed25519 $(sed -n 's/^Fingerprint: //p' /run/cloud-init/host-key)"
  say '-----END SSH HOST KEY FINGERPRINTS-----'
}

# `admin` is a second name of root here (there is no sudo in this image), so that the login of an EC2 Debian image works too.
authorize_keys() {
  {
    values meta-data '^public-keys(\.|$)'
    values user-data '^ssh_authorized_keys\.'
    values user-data '^users\.[0-9]+\.ssh_authorized_keys\.'
  } | while read -r key; do unescaped "$key"; echo; done | grep -v '^$' | sort -u >/run/cloud-init/keys
  add_keys root 0 0 /root </run/cloud-init/keys
  user_indexes | while read -r index; do
    name=$(field user-data "users.$index.name")
    # The name becomes a line of /etc/passwd: nothing but a name may be in it.
    case "$name" in '' | root | admin | *[!a-z0-9_-]*) continue ;; esac
    home=$(field user-data "users.$index.homedir")
    shell=$(field user-data "users.$index.shell")
    grep -q "^$name:" /etc/passwd || add_user "$name" "${home:-/home/$name}" "${shell:-/bin/sh}"
    values user-data "^users\\.$index\\.ssh_authorized_keys\\." |
      add_keys "$name" "$(id -u "$name")" "$(id -g "$name")" "$(awk -F: -v name="$name" '$1 == name { print $6 }' /etc/passwd)"
  done
}

user_indexes() {
  [ -f "$flat/user-data" ] && awk 'BEGIN { FS = "[.\t]" } $1 == "users" && $3 == "name" { print $2 }' "$flat/user-data"
}

add_user() {
  case "$2$3" in *[!A-Za-z0-9/._-]*) say "cloud-config: user $1: not a path: passed over"; return ;; esac
  id=$(awk -F: '$3 >= 1000 && $3 < 60000 && $3 > id { id = $3 } END { print id < 1000 ? 1000 : id + 1 }' /etc/passwd)
  echo "$1:x:$id:$id::$2:$3" >>/etc/passwd
  echo "$1:*:20000:0:99999:7:::" >>/etc/shadow
  echo "$1:x:$id:" >>/etc/group
  mkdir -p "$2"
  chown "$id:$id" "$2"
}

# Adds keys to those that are there: what someone put in by hand stays.
add_keys() {
  mkdir -p -m 700 "$4/.ssh"
  touch "$4/.ssh/authorized_keys"
  while read -r key; do grep -qxF "$key" "$4/.ssh/authorized_keys" || echo "$key" >>"$4/.ssh/authorized_keys"; done
  chmod 600 "$4/.ssh/authorized_keys"
  chown -R "$2:$3" "$4/.ssh"
}

run_user_data() {
  [ -s "$seed/user-data" ] || { finished; return; }
  once user-data || { finished; return; }
  case "$(head -n 1 "$seed/user-data" | tr -d '\r')" in
    '#!'*)
      cp "$seed/user-data" /var/lib/cloud/instance/user-data.sh
      chmod 700 /var/lib/cloud/instance/user-data.sh
      logged /var/lib/cloud/instance/user-data.sh
      ;;
    '#cloud-config'*)
      unknown_keys
      write_files
      run_commands
      ;;
    *) say "user data is neither a script (#!) nor #cloud-config: not run" ;;
  esac
  finished
}

# Said when SSH answers too, so that who waits for this line can log in.
finished() {
  tries=0
  until grep -q ':0016 .* 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null || [ "$tries" -ge 100 ]; do tries=$((tries + 1)); usleep 100000; done
  sync
  say "finished after $(cut -d ' ' -f 1 /proc/uptime) s, instance $(cat /run/cloud-init/instance-id)"
  touch /run/cloud-init/finished
}

# Output goes to the log that cloud-init has and to the console, where `kubectl logs` shows it.
logged() {
  "$@" 2>&1 </dev/null | tee -a /var/log/cloud-init-output.log >/dev/console
}

unknown_keys() {
  cut -f 1 "$flat/user-data" | cut -d . -f 1 | sort -u | while read -r key; do
    case "$key" in
      '' | hostname | fqdn | preserve_hostname | ssh_authorized_keys | users | write_files | runcmd) ;;
      *) say "cloud-config: $key is not known to this image: passed over" ;;
    esac
  done
}

write_files() {
  awk 'BEGIN { FS = "[.\t]" } $1 == "write_files" && $3 == "path" { print $2 }' "$flat/user-data" | while read -r index; do
    path=$(unescaped "$(field user-data "write_files.$index.path")")
    mkdir -p "$(dirname "$path")"
    [ "$(field user-data "write_files.$index.append")" = true ] || : >"$path"
    case "$(field user-data "write_files.$index.encoding")" in
      b64 | base64) unescaped "$(field user-data "write_files.$index.content")" | base64 -d >>"$path" ;;
      gz+b64 | gz+base64 | b64+gz | base64+gz) unescaped "$(field user-data "write_files.$index.content")" | base64 -d | gunzip >>"$path" ;;
      gz | gzip) say "cloud-config: write_files $path: encoding gz needs base64: passed over" ;;
      *) unescaped "$(field user-data "write_files.$index.content")" >>"$path" ;;
    esac
    mode=$(field user-data "write_files.$index.permissions")
    chmod "${mode:-0644}" "$path"
    owner=$(field user-data "write_files.$index.owner")
    [ -z "$owner" ] || chown "$owner" "$path"
  done
}

# As cloud-init does it: all commands in one script, a list as the words of one command.
run_commands() {
  [ -n "$(values user-data '^runcmd\.')" ] || return 0
  script=/var/lib/cloud/instance/runcmd.sh
  {
    echo '#!/bin/sh'
    awk 'BEGIN { FS = "\t"; quote = "\047" }
      function words(text) { gsub(quote, quote "\\" quote quote, text); return quote text quote }
      $1 ~ /^runcmd\.[0-9]+$/ { print $2 }
      $1 ~ /^runcmd\.[0-9]+\.[0-9]+$/ { split($1, part, "."); if (part[3] == 0) print ""; printf "%s ", words($2) }
      END { print "" }' "$flat/user-data" | sed 's/^ *$//' | while IFS= read -r command; do unescaped "$command"; echo; done
  } >"$script"
  chmod 700 "$script"
  logged "$script"
}
