"""Sends or counts datagrams in a network namespace of the sandbox. Ends with its standard input.

listen COUNT FIRST   binds COUNT ports from FIRST on and prints `PORT MILLISECONDS` for the first datagram that comes to each
send ADDRESS         sends a datagram a millisecond to the port that standard input named last
"""
import select
import socket
import sys
import time


def listen(count, first):
    waiting = {}
    for port in range(first, first + count):
        listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        listener.bind(("0.0.0.0", port))
        waiting[listener] = port
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([sys.stdin, *waiting], [], [])
        now = time.time() * 1000
        for each in readable:
            if each is sys.stdin:
                if not sys.stdin.readline():
                    return
                continue
            print(waiting.pop(each), now, flush=True)


def send(address):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port = None
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], None if port is None else 0.001)
        if readable:
            line = sys.stdin.readline()
            if not line:
                return
            port = int(line)
        try:
            sender.sendto(b"x", (address, port))
        except OSError:
            # While its own rule is being made a sender may be told that nobody is there.
            pass


if sys.argv[1] == "listen":
    listen(int(sys.argv[2]), int(sys.argv[3]))
else:
    send(sys.argv[2])
