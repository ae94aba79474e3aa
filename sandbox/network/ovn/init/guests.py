"""What a real machine of a lab has around its network card, as virt-launcher has it around KubeVirt's bridge binding.

In the lab's own namespace a bridge joins the machine's tap with the wire to the switch, and with the host's namespace, which is nothing but a door:
an address of the machine's network that is nobody's, from which DHCP is answered and logins come, past the switch and its rules. Door and wire
are isolated from each other: nothing gets from one to the other, only to the machine and from it.
"""
import os
import selectors
import socket
import struct
import threading

SERVER, CLIENT = 67, 68
MAGIC = b'\x63\x82\x53\x63'
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
# Source: infiniteLease in kubevirt's pkg/network/dhcp/server/server.go.
LEASE = 999 * 24 * 3600
CONNECT_SECONDS = 5

# The door's namespace says nothing that it isn't asked to: it answers no echo and forwards nothing.
QUIET = {'ipv4/ip_forward': '0', 'ipv4/icmp_echo_ignore_all': '1', 'ipv6/conf/all/disable_ipv6': '1'}
# A bridge that is up would make itself known to the machine, and by the wire to all its network.
MUTE = {'ipv6/conf/all/disable_ipv6': '1', 'ipv6/conf/default/disable_ipv6': '1'}


def wires(host, namespace):
    """Lines for `ip` that join a machine to the lab: tap, wire and door on one bridge."""
    guest, each = host['guest'], host['interfaces'][0]
    bridge, tap, wire, door = (guest[key] for key in ('bridge', 'tap', 'wire', 'door'))
    yield f'link add {bridge} type bridge forward_delay 0 mcast_snooping 0'
    yield f'link add {each["device"]} type veth peer name {wire}'
    yield f'link add {door} type veth peer name eth0 netns {namespace}'
    yield f'tuntap add dev {tap} mode tap'
    for device in (tap, wire, door):
        yield f'link set {device} mtu {each["mtu"]} master {bridge}'
    for device in (wire, door):
        yield f'link set {device} type bridge_slave isolated on'
    for device in (bridge, tap, wire, door, each['device']):
        yield f'link set {device} up'


def unwires(guest):
    """What does not go with the host's namespace."""
    return [f'link del {guest[key]}' for key in ('bridge', 'tap', 'wire')]


def hush(settings):
    """Of the namespace that one is in."""
    for name, value in settings.items():
        path = f'/proc/sys/net/{name}'
        if os.path.exists(path):
            with open(path, 'w', encoding='ascii') as file:
                file.write(value)


class Guests:
    def __init__(self, selector, hosts):
        self.selector, self.hosts, self.open = selector, hosts, {}

    def add(self, host):
        name, guest = host['name'], host['guest']
        lessor = Lessor(host)
        dhcp = self.hosts.within(name, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        dhcp.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'eth0')
        dhcp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        dhcp.setblocking(False)
        dhcp.bind(('', SERVER))
        login = socket.socket(socket.AF_UNIX)
        self.open[name] = (dhcp, login, guest['login'])
        login.bind(guest['login'])
        login.listen(16)
        to = (host['interfaces'][0]['addresses'][0].split('/')[0], guest['loginPort'])
        self.selector.register(dhcp, selectors.EVENT_READ, lambda _events: self.lease(dhcp, lessor))
        self.selector.register(login, selectors.EVENT_READ, lambda _events: self.enter(name, login, to))

    def lease(self, dhcp, lessor):
        try:
            request, peer = dhcp.recvfrom(2048)
            answer = lessor.answer(request)
            if answer is not None:
                # Who renews has an address and is heard from there.
                dhcp.sendto(answer, ('255.255.255.255' if peer[0] == '0.0.0.0' else peer[0], CLIENT))
        except OSError:
            pass

    def enter(self, name, login, to):
        """A thread each way: these block, and of logins there are few."""
        try:
            inner, _ = login.accept()
            outer = self.hosts.within(name, lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            threading.Thread(target=connect, args=(inner, outer, to), daemon=True).start()
        except (OSError, RuntimeError):
            # Who came is let go with the sockets, and may come again.
            pass

    def forget(self, name):
        for each in self.open.pop(name, ()):
            if isinstance(each, str):
                os.unlink(each)
                continue
            try:
                self.selector.unregister(each)
            except KeyError:
                pass
            each.close()


def connect(inner, outer, to):
    try:
        outer.settimeout(CONNECT_SECONDS)
        outer.connect(to)
        outer.settimeout(None)
    except OSError:
        inner.close()
        outer.close()
        return
    back = threading.Thread(target=copy, args=(outer, inner), daemon=True)
    back.start()
    copy(inner, outer)
    back.join()
    inner.close()
    outer.close()


def copy(source, target):
    try:
        while chunk := source.recv(65536):
            target.sendall(chunk)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Lessor:
    """Answers one machine what virt-launcher would, whatever it asks for, and nobody else."""

    def __init__(self, host):
        guest, card = host['guest'], host['interfaces'][0]
        address, prefix = card['addresses'][0].split('/')
        self.mac = bytes.fromhex(card['mac'].replace(':', ''))
        self.address, self.own = socket.inet_aton(address), socket.inet_aton(guest['address'].split('/')[0])
        routers = [route['via'] for route in card['routes'] if route['to'] == 'default']
        options = [
            (54, self.own), (51, struct.pack('!I', LEASE)), (1, mask_of(int(prefix))), (26, struct.pack('!H', card['mtu'])),
            (3, b''.join(map(socket.inet_aton, routers))), (6, b''.join(map(socket.inet_aton, guest['nameServers']))),
            (119, b''.join(map(encoded, guest['searchDomains']))),
        ]
        self.options = [(code, value) for code, value in options if 0 < len(value) < 256]

    def answer(self, request):
        if len(request) < 244 or request[0] != 1 or request[28:34] != self.mac or request[236:240] != MAGIC:
            return None
        kind = {DISCOVER: OFFER, REQUEST: ACK}.get(option(request[240:], 53))
        if kind is None:
            return None
        header = b'\x02' + request[1:4] + request[4:8] + bytes(2) + request[10:12] + bytes(4) + self.address + self.own + request[24:44] + bytes(192) + MAGIC
        return header + b''.join(bytes([code, len(value)]) + value for code, value in [(53, bytes([kind])), *self.options]) + b'\xff'


def option(options, wanted):
    """The first byte of an option; None where it is not there, or what is sent is no list of options."""
    at = 0
    while at + 2 < len(options) and options[at] != 255:
        if options[at] == 0:
            at += 1
        elif options[at] == wanted:
            return options[at + 2]
        else:
            at += 2 + options[at + 1]
    return None


def mask_of(prefix):
    return struct.pack('!I', (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF)


def encoded(domain):
    return b''.join(bytes([len(label)]) + label.encode() for label in domain.split('.')) + b'\0'
