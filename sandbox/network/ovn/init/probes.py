"""Packets between the hosts of a lab: one process holds sockets in every host's namespace, so a probe costs no process."""
import collections
import errno
import heapq
import itertools
import selectors
import socket
import struct
import time
import zlib

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
IP_PKTINFO = 8
ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}
REFUSALS = {errno.ECONNREFUSED: 'refused', errno.EHOSTUNREACH: 'unreachable', errno.ENETUNREACH: 'unreachable', errno.EACCES: 'unreachable'}
NUMBERS = itertools.count()


def sent_from(source, family):
    """What makes a raw socket that several probes share send one packet from one of its host's addresses."""
    if source is None:
        return []
    address = socket.inet_pton(family, source)
    if family == socket.AF_INET6:
        return [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, address + struct.pack('i', 0))]
    return [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack('i4s4s', 0, address, bytes(4)))]


def family_of(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


class Probe:
    def __init__(self, wanted, batch, index):
        self.wanted, self.batch, self.index = wanted, batch, index
        self.token = f'{batch.number:x}-{index}'
        self.left = wanted['attempts']
        self.timeout = wanted['timeout'] / 1000
        self.socket, self.ended, self.began, self.arrived = None, False, 0, None


class Batch:
    def __init__(self, wanted, window, answer):
        # Never used again: an answer that comes late must not be taken for another probe's.
        self.number = next(NUMBERS)
        self.waiting = collections.deque(Probe(each, self, index) for index, each in enumerate(wanted))
        self.results = [None] * len(wanted)
        self.open, self.running, self.window, self.answer = len(wanted), 0, window, answer
        self.filling = False


class Prober:
    def __init__(self, selector, hosts):
        self.selector, self.hosts = selector, hosts
        self.listeners, self.icmp, self.probes, self.flows, self.accepted = {}, {}, {}, {}, {}
        self.deadlines, self.order = [], itertools.count()

    # What is asked

    def probe(self, wanted, window, answer):
        batch = Batch(wanted, window, answer)
        if not wanted:
            return answer([])
        # Every listener before the first packet: a host that refuses because nobody listens yet would look like one that is not reached.
        for each in wanted:
            if each.get('at') is not None:
                self.listen(each['at'], each['protocol'], family_of(each['to']), each.get('port'))
        return self.fill(batch)

    def flow(self, request, answer):
        """A TCP connection that stays: opened, asked whether its data still passes, closed."""
        name = request['name']
        if request['act'] == 'open':
            if request.get('at') is not None:
                self.listen(request['at'], 'tcp', family_of(request['to']), request['port'])
            one = {'attempts': 1, **request, 'protocol': 'tcp', 'keep': name}
            return self.probe([one], 1, lambda results: answer(results[0]))
        if request['act'] == 'close':
            self.drop(self.flows.pop(name))
            return answer({})
        connection = self.flows[name]
        word = f'{time.monotonic_ns()}\n'.encode()
        state = {'seen': b'', 'done': False}

        def end(passed):
            if not state['done']:
                state['done'] = True
                self.selector.unregister(connection)
                answer({'passed': passed})

        def read(_events):
            try:
                chunk = connection.recv(65536)
            except OSError:
                return end(False)
            state['seen'] += chunk
            if word in state['seen'] or not chunk:
                end(word in state['seen'])

        self.selector.register(connection, READ, read)
        self.after(request['timeout'] / 1000, lambda: end(False))
        try:
            connection.send(word)
        except OSError:
            end(False)

    def forget(self, host):
        for table in (self.listeners, self.icmp):
            for key in [key for key in table if key[0] == host]:
                self.drop(table.pop(key))
        for connection, owner in list(self.accepted.items()):
            if owner == host:
                self.drop(connection)

    # Who listens

    def listen(self, host, protocol, family, port):
        if protocol == 'icmp':
            return self.icmp_of(host, family)
        key = (host, protocol, family, port)
        if key in self.listeners:
            return None
        kind = socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM
        listener = self.hosts.within(host, lambda: socket.socket(family, kind))
        self.listeners[key] = listener
        listener.setblocking(False)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(('', port))
        if protocol == 'tcp':
            listener.listen(512)
            self.selector.register(listener, READ, lambda _events: self.accept(host, listener))
        else:
            level, option = (socket.IPPROTO_IP, IP_PKTINFO) if family == socket.AF_INET else (socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO)
            listener.setsockopt(level, option, 1)
            self.selector.register(listener, READ, lambda _events: self.datagrams(host, listener))
        return None

    def accept(self, host, listener):
        while True:
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            connection.setblocking(False)
            self.accepted[connection] = host
            try:
                connection.send(f'{host} {peer[0]}\n'.encode())
            except OSError:
                pass
            self.selector.register(connection, READ, lambda _events, one=connection: self.echo(one))

    def echo(self, connection):
        try:
            chunk = connection.recv(65536)
            if chunk:
                connection.send(chunk)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self.drop(connection)

    def datagrams(self, host, listener):
        while True:
            try:
                data, control, _, peer = listener.recvmsg(2048, 256)
            except OSError:
                return
            self.arrive(data.decode(errors='replace'), host, peer[0])
            # From the address that was asked, which with several need not be the one that the route would choose.
            back = [(level, kind, answering(level, value)) for level, kind, value in control]
            try:
                listener.sendmsg([data + f' {host} {peer[0]}'.encode()], back, 0, peer)
            except OSError:
                pass

    def icmp_of(self, host, family):
        key = (host, family)
        if key not in self.icmp:
            protocol = socket.IPPROTO_ICMP if family == socket.AF_INET else socket.IPPROTO_ICMPV6
            raw = self.hosts.within(host, lambda: socket.socket(family, socket.SOCK_RAW, protocol))
            raw.setblocking(False)
            self.icmp[key] = raw
            self.selector.register(raw, READ, lambda _events: self.echoes(host, family, raw))
        return self.icmp[key]

    def echoes(self, host, family, raw):
        request, reply = ECHO[family]
        while True:
            try:
                packet, peer = raw.recvfrom(2048)
            except OSError:
                return
            if family == socket.AF_INET:
                packet = packet[(packet[0] & 15) * 4:]
            token = packet[8:].decode(errors='replace')
            if packet[0] == request:
                self.arrive(token, host, peer[0])
            elif packet[0] == reply and token in self.probes and self.probes[token].wanted['from'] == host:
                self.end(self.probes[token], 'passed')

    def arrive(self, token, host, source):
        if token in self.probes:
            self.probes[token].arrived = {'host': host, 'source': source}

    # One probe

    def fill(self, batch):
        # One that ends at once comes back here: without the flag a thousand of these were as many calls within each other.
        if batch.filling:
            return
        batch.filling = True
        while batch.waiting and batch.running < batch.window:
            batch.running += 1
            self.start(batch.waiting.popleft())
        batch.filling = False

    def start(self, probe):
        wanted = probe.wanted
        family = family_of(wanted['to'])
        self.probes[probe.token] = probe
        probe.left -= 1
        probe.began = probe.began or time.monotonic()
        self.after(probe.timeout, lambda left=probe.left: self.late(probe, left))
        try:
            if wanted['protocol'] == 'icmp':
                raw = self.icmp_of(wanted['from'], family)
                raw.sendmsg([echo_request(ECHO[family][0], probe.token.encode())], sent_from(wanted.get('source'), family), 0, (wanted['to'], 0))
                return
            self.connect(probe, family, wanted)
        except OSError as error:
            self.end(probe, REFUSALS.get(error.errno, 'lost'))

    def connect(self, probe, family, wanted):
        kind = socket.SOCK_STREAM if wanted['protocol'] == 'tcp' else socket.SOCK_DGRAM
        probe.socket = self.hosts.within(wanted['from'], lambda: socket.socket(family, kind))
        probe.socket.setblocking(False)
        if wanted.get('source') is not None:
            probe.socket.bind((wanted['source'], 0))
        if wanted['protocol'] == 'udp':
            probe.socket.connect((wanted['to'], wanted['port']))
            probe.socket.send(probe.token.encode())
        else:
            code = probe.socket.connect_ex((wanted['to'], wanted['port']))
            if code not in (0, errno.EINPROGRESS):
                raise OSError(code, 'connect')
        self.selector.register(probe.socket, READ, lambda _events: self.heard(probe))

    def heard(self, probe):
        try:
            data = probe.socket.recv(2048)
        except BlockingIOError:
            return
        except OSError as error:
            return self.end(probe, REFUSALS.get(error.errno, 'lost'))
        words = data.decode(errors='replace').split()
        if len(words) >= 2:
            probe.arrived = {'host': words[-2], 'source': words[-1]}
            self.end(probe, 'passed')
        else:
            self.end(probe, 'lost')

    def late(self, probe, left):
        if probe.ended or probe.left != left:
            return
        if probe.left > 0:
            self.release(probe)
            probe.timeout *= 2
            self.start(probe)
        else:
            self.end(probe, 'lost')

    def end(self, probe, outcome):
        if probe.ended:
            return
        probe.ended = True
        batch, keep = probe.batch, probe.wanted.get('keep')
        if keep is not None and outcome == 'passed':
            self.selector.unregister(probe.socket)
            self.flows[keep], probe.socket = probe.socket, None
        self.release(probe)
        took = round((time.monotonic() - probe.began) * 1000, 2)
        batch.results[probe.index] = {'outcome': outcome, 'ms': took, 'arrived': probe.arrived}
        batch.open -= 1
        batch.running -= 1
        if batch.open == 0:
            batch.answer(batch.results)
        else:
            self.fill(batch)

    def release(self, probe):
        self.probes.pop(probe.token, None)
        if probe.socket is not None:
            # Reset rather than closed, so that thousands of probes leave no connection waiting.
            probe.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            self.drop(probe.socket)
            probe.socket = None

    def drop(self, one):
        self.accepted.pop(one, None)
        try:
            self.selector.unregister(one)
        except (KeyError, ValueError):
            pass
        one.close()

    # Time

    def after(self, seconds, act):
        heapq.heappush(self.deadlines, (time.monotonic() + seconds, next(self.order), act))

    def wait(self):
        return None if not self.deadlines else max(0, self.deadlines[0][0] - time.monotonic())

    def expire(self):
        now = time.monotonic()
        while self.deadlines and self.deadlines[0][0] <= now:
            heapq.heappop(self.deadlines)[2]()


def answering(level, value):
    """What says where a datagram came to, as what says where its answer comes from. The interface is left to the route."""
    if level == socket.IPPROTO_IP:
        _, _, address = struct.unpack('I4s4s', value)
        return struct.pack('I4s4s', 0, address, bytes(4))
    return value


def echo_request(kind, payload):
    """With an identifier of its own: the userspace datapath translates none, so of two senders behind one address that have the same one is lost."""
    identifier = zlib.crc32(payload) & 0xFFFF
    header = struct.pack('!BBHHH', kind, 0, 0, identifier, 1)
    return struct.pack('!BBHHH', kind, 0, checksum(header + payload), identifier, 1) + payload


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
