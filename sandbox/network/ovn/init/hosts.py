"""Hosts of a lab: a network namespace each, joined to the lab's own by a veth pair an interface."""
import ctypes
import fcntl
import os
import socket
import struct
import subprocess

from guests import MUTE, QUIET, hush, unwires, wires

CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_STXCSUM = 0x8946, 0x17

MS_BIND, MNT_DETACH = 0x1000, 2
NAMED = '/run/netns'

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), name)


def ip(lines, force=False):
    """Many changes by one process. With force, what can't be done is left out."""
    command = ['ip', *(['-force'] if force else []), '-batch', '-']
    subprocess.run(command, input='\n'.join(lines).encode(), check=not force, capture_output=True)


class Hosts:
    def __init__(self):
        self.own = os.open('/proc/self/ns/net', os.O_RDONLY)
        self.namespaces, self.guests = {}, {}
        hush(MUTE)

    def within(self, name, act):
        """Runs `act` in a host's namespace; sockets made there stay there."""
        call('setns', self.namespaces[name], CLONE_NEWNET)
        try:
            return act()
        finally:
            call('setns', self.own, CLONE_NEWNET)

    def add(self, hosts):
        made = []
        try:
            for host in hosts:
                self.create(host)
                made.append(host['name'])
            ip(line for host in hosts for line in self.wires(host))
            for host in hosts:
                self.within(host['name'], lambda each=host: configure_door(each) if 'guest' in each else configure(each['interfaces']))
        except Exception:
            for name in made:
                self.remove(name)
            raise
        return {}

    def create(self, host):
        name = host['name']
        if name in self.namespaces:
            raise ValueError(f'host {name} is there already')
        call('unshare', CLONE_NEWNET)
        self.namespaces[name] = os.open('/proc/self/ns/net', os.O_RDONLY)
        self.publish(name)
        if 'guest' in host:
            self.guests[name] = host['guest']
        call('setns', self.own, CLONE_NEWNET)

    def publish(self, name):
        """Gives the namespace the name by which `ip netns` finds it within the lab."""
        path = f'{NAMED}/{name.replace("/", ".")}'
        os.makedirs(NAMED, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        call('mount', b'/proc/self/ns/net', path.encode(), b'', MS_BIND, None)

    def wires(self, host):
        namespace = f'/proc/1/fd/{self.namespaces[host["name"]]}'
        if 'guest' in host:
            yield from wires(host, namespace)
            return
        for index, each in enumerate(host['interfaces']):
            yield f'link add {each["device"]} type veth peer name eth{index} address {each["mac"]} netns {namespace}'
            yield f'link set {each["device"]} up'

    def remove(self, name):
        namespace = self.namespaces.pop(name, None)
        if namespace is None:
            return
        # The namespace takes its devices along in its own time; to delete them one by one would cost 40 ms each. Their names are not used again.
        os.close(namespace)
        path = f'{NAMED}/{name.replace("/", ".")}'
        call('umount2', path.encode(), MNT_DETACH)
        os.unlink(path)
        guest = self.guests.pop(name, None)
        if guest is not None:
            ip(unwires(guest), force=True)


# Of source-based routing, as the CNI plugin sbr counts them.
TABLES = 100


def configure(interfaces):
    lines = ['link set lo up']
    for index, each in enumerate(interfaces):
        inner = f'eth{index}'
        lines.append(f'link set {inner} mtu {each["mtu"]} up')
        for address in each['addresses']:
            lines.append(f'addr add {address} dev {inner}' + (' nodad' if ':' in address else ''))
        for route in each['routes']:
            lines.append(f'route add {route["to"]} via {route["via"]} dev {inner}')
        if 'sourceGateway' in each:
            lines.append(f'route add default via {each["sourceGateway"]} dev {inner} table {TABLES + index}')
            lines.extend(f'rule add from {address.split("/")[0]} table {TABLES + index}' for address in each['addresses'])
    ip(lines)
    for index in range(len(interfaces)):
        without_offload(f'eth{index}')


def configure_door(host):
    hush(QUIET)
    ip(['link set lo up', f'link set eth0 mtu {host["interfaces"][0]["mtu"]} up', f'addr add {host["guest"]["address"]} dev eth0'])
    without_offload('eth0')


def without_offload(device):
    """The userspace datapath completes no checksums: a kernel that leaves them to the device loses every TCP and UDP packet."""
    value = ctypes.create_string_buffer(struct.pack('II', ETHTOOL_STXCSUM, 0))
    request = struct.pack('16sP8x', device.encode(), ctypes.addressof(value))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCETHTOOL, request)
