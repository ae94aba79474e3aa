"""Frames as they are, from and to the first interface of a host: for what no honest host would send, and for what should never arrive."""
import collections
import selectors
import socket

KEPT = 10_000
EVERY_PROTOCOL = 3
OUTGOING = 4


class Frames:
    def __init__(self, selector, hosts):
        self.selector, self.hosts, self.sniffers = selector, hosts, {}

    def inject(self, host, frames):
        """Frames as they are, with whatever addresses they claim."""
        with self.hosts.within(host, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)) as raw:
            raw.bind(('eth0', 0))
            for frame in frames:
                raw.send(bytes.fromhex(frame))
        return {}

    def sniff(self, host):
        """The frames that arrived at a host since it was first or last asked."""
        if host not in self.sniffers:
            raw = self.hosts.within(host, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL)))
            raw.bind(('eth0', EVERY_PROTOCOL))
            raw.setblocking(False)
            self.sniffers[host] = (raw, collections.deque(maxlen=KEPT))
            self.selector.register(raw, selectors.EVENT_READ, lambda _events: self.sniffed(host))
        self.sniffed(host)
        frames = list(self.sniffers[host][1])
        self.sniffers[host][1].clear()
        return frames

    def sniffed(self, host):
        raw, frames = self.sniffers[host]
        while True:
            try:
                frame, (_, _, kind, *_) = raw.recvfrom(65536)
            except BlockingIOError:
                return
            if kind != OUTGOING:
                frames.append(frame.hex())

    def forget(self, host):
        if host in self.sniffers:
            raw, _ = self.sniffers.pop(host)
            self.selector.unregister(raw)
            raw.close()
