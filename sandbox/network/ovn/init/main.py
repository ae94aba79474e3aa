"""First process of a lab: starts Open vSwitch and OVN, makes hosts and probes, and takes everything with it when it ends.

It is process 1 of a PID namespace of its own, so the kernel ends whatever it started when it ends; and it ends as soon as its standard
input does, which is when the program that started the lab is gone, whatever ended that. Its mount and network namespaces vanish with it.

Requests come as lines of JSON on standard input, `{"id", "do", ...}`, and are answered as `{"id", "result"}` or `{"id", "error"}`.
Only Python's own library is used.
"""
import json
import os
import resource
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time

from frames import Frames
from guests import Guests
from hosts import Hosts
from probes import Prober

DIRECTORY = '/run/ovn'
SCHEMAS = {
    'conf': '/usr/share/openvswitch/vswitch.ovsschema',
    'nb': '/usr/share/ovn/ovn-nb.ovsschema',
    'sb': '/usr/share/ovn/ovn-sb.ovsschema',
}
START_SECONDS = 10


class Lab:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.daemons = {}
        self.hosts = Hosts()
        self.prober = Prober(self.selector, self.hosts)
        self.frames = Frames(self.selector, self.hosts)
        self.guests = Guests(self.selector, self.hosts)
        self.requests = {
            'databases': self.databases,
            'daemons': self.start_daemons,
            'add': self.add,
            'remove': self.remove,
            'report': self.report,
            'inject': lambda request: self.frames.inject(request['host'], request['frames']),
            'sniff': lambda request: self.frames.sniff(request['host']),
        }

    def databases(self, request):
        subprocess.run(['mount', '-t', 'tmpfs', 'tmpfs', '/run'], check=True)
        os.mkdir(DIRECTORY, 0o700)
        # Without these the tools use /var/run; the controller has no other way to be told.
        for program in ('OVS', 'OVN'):
            for kind in ('RUNDIR', 'DBDIR', 'LOGDIR'):
                os.environ[f'{program}_{kind}'] = DIRECTORY
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
        # A node of somebody else's OVN has a database of its own alone.
        self.has_center = request['center']
        names = SCHEMAS if self.has_center else ['conf']
        for name in names:
            subprocess.run(['ovsdb-tool', 'create', f'{DIRECTORY}/{name}.db', SCHEMAS[name]], check=True, capture_output=True)
        self.daemon('ovsdb-server', f'--remote=punix:{DIRECTORY}/db.sock', *(f'{DIRECTORY}/{name}.db' for name in names))
        self.await_socket(f'{DIRECTORY}/db.sock', 'ovsdb-server')
        return {}

    def start_daemons(self, _request):
        database = f'unix:{DIRECTORY}/db.sock'
        self.daemon('ovs-vswitchd', database)
        if self.has_center:
            self.daemon('ovn-northd', f'--ovnnb-db={database}', f'--ovnsb-db={database}')
        self.await_socket(f'{DIRECTORY}/br-int.mgmt', 'ovs-vswitchd')
        self.daemon('ovn-controller', database)
        return {}

    def daemon(self, program, *arguments):
        command = [program, '-vconsole:off', f'--log-file={DIRECTORY}/{program}.log', '--no-chdir', f'--pidfile={DIRECTORY}/{program}.pid']
        if program != 'ovn-controller':
            command.append(f'--unixctl={DIRECTORY}/{program}.ctl')
        self.daemons[program] = subprocess.Popen([*command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=sys.stderr)

    def await_socket(self, path, program):
        # Its file is there a moment before anybody listens.
        for _ in range(START_SECONDS * 200):
            with socket.socket(socket.AF_UNIX) as client:
                if client.connect_ex(path) == 0:
                    return
            if self.daemons[program].poll() is not None:
                break
            time.sleep(0.005)
        raise RuntimeError(f'{program} does not start: {self.last_words(program)}')

    def last_words(self, program):
        try:
            with open(f'{DIRECTORY}/{program}.log', encoding='utf8') as log:
                return ' / '.join(log.read().strip().splitlines()[-3:])
        except OSError:
            return 'it said nothing'

    def report(self, _request):
        """How each daemon is, and what it said last."""
        states = {name: 'runs' if daemon.poll() is None else f'has ended ({daemon.returncode})' for name, daemon in self.daemons.items()}
        return '; '.join(f'{name} {state}: {self.last_words(name)}' for name, state in states.items())

    def add(self, request):
        self.hosts.add(request['hosts'])
        try:
            for host in request['hosts']:
                if 'guest' in host:
                    self.guests.add(host)
        except OSError:
            self.remove({'hosts': [host['name'] for host in request['hosts']]})
            raise
        return {}

    def remove(self, request):
        for name in request['hosts']:
            self.guests.forget(name)
            self.prober.forget(name)
            self.frames.forget(name)
            self.hosts.remove(name)
        return {}

    def serve(self):
        os.set_blocking(0, False)
        self.selector.register(0, selectors.EVENT_READ, self.read)
        self.rest = b''
        while True:
            for key, events in self.selector.select(self.prober.wait()):
                key.data(events)
            self.prober.expire()

    def read(self, _events):
        chunk = os.read(0, 1 << 20)
        if not chunk:
            os._exit(0)
        *lines, self.rest = (self.rest + chunk).split(b'\n')
        for line in lines:
            self.handle(json.loads(line))

    def handle(self, request):
        answer = lambda result: self.answer({'id': request['id'], 'result': result})
        try:
            if request['do'] == 'probe':
                self.prober.probe(request['probes'], request['window'], answer)
            elif request['do'] == 'flow':
                self.prober.flow(request, answer)
            else:
                answer(self.requests[request['do']](request))
        except (OSError, KeyError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
            self.answer({'id': request['id'], 'error': describe(error)})

    def answer(self, message):
        os.set_blocking(1, True)
        sys.stdout.write(json.dumps(message) + '\n')
        sys.stdout.flush()


def describe(error):
    if isinstance(error, subprocess.CalledProcessError):
        return f'{error.cmd[0]} failed: {(error.stderr or b"").decode().strip()}'
    return f'{type(error).__name__}: {error}'


def main():
    # Ctrl-C in the terminal is for the program that started the lab, which then ends it in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    missing = [program for program in ('ovsdb-server', 'ovs-vswitchd', 'ovn-northd', 'ovn-controller', 'ip') if shutil.which(program) is None]
    if missing:
        sys.exit(f'not installed: {" ".join(missing)}')
    # A listener for each host and port that was ever probed is more than the usual limit of 1,024 files.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Lab().serve()


main()
