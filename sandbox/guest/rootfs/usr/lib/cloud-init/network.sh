# The network, by network-config version 2 (ethernets: dhcp4, addresses, gateway4, routes to default, nameservers) or DHCP on every card.

network_up() {
  for path in /sys/class/net/*; do
    card=${path##*/}
    [ "$card" = lo ] && continue
    ip link set "$card" up
    if [ "$(field network-config version)" = 2 ] && entry=$(entry_of "$card") && [ -n "$(static_addresses)" ]; then
      static_network
    else
      [ -z "$(field network-config version)" ] || [ "$(field network-config version)" = 2 ] || say 'network-config: only version 2 is known, using DHCP'
      # Answers within a second here; goes on trying in the background where it doesn't.
      udhcpc -q -b -S -t 20 -T 1 -i "$card" -s /usr/lib/cloud-init/udhcpc.sh -x "hostname:$(hostname)" >/dev/null 2>&1
    fi
    say "$card $(cat "$path/address") $(ip -4 -o addr show dev "$card" | awk '{ print $4 }' | tr '\n' ' ')"
  done
}

# The name under `ethernets` that means this card: by match.macaddress, else by being called so.
entry_of() {
  awk -v card="$1" -v mac="$(cat "/sys/class/net/$1/address")" 'BEGIN { FS = "\t" }
    $1 ~ /^ethernets\.[^.]+\.match\.macaddress$/ && tolower($2) == mac { split($1, part, "."); print part[2]; exit }
    $1 ~ "^ethernets\\." card "\\." { print card; exit }' "$flat/network-config"
}

static_addresses() { [ -n "$entry" ] && values network-config "^ethernets\\.$entry\\.addresses\\."; }

static_network() {
  for address in $(static_addresses); do ip addr add "$address" dev "$card"; done
  gateway=$(field network-config "ethernets.$entry.gateway4")
  if [ -z "$gateway" ]; then
    index=$(awk -v entry="$entry" 'BEGIN { FS = "\t" }
      $1 ~ "^ethernets\\." entry "\\.routes\\.[0-9]+\\.to$" && ($2 == "default" || $2 == "0.0.0.0/0") { split($1, part, "."); print part[4]; exit }' \
      "$flat/network-config")
    [ -n "$index" ] && gateway=$(field network-config "ethernets.$entry.routes.$index.via")
  fi
  [ -n "$gateway" ] && ip route add default via "$gateway" dev "$card"
  for server in $(values network-config "^ethernets\\.$entry\\.nameservers\\.addresses\\."); do echo "nameserver $server"; done >/etc/resolv.conf
}
