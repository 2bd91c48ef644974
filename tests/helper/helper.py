# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-helper for the tests in namespaces: its messages, a client that speaks
# them octet by octet, the helper itself by hand and by units, and fakes of it.

import array
import collections
import contextlib
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

import wire
from lab import Failure, Skip, check, end, equal, program, until

FOLDER = "/run/mdns-helper"
SOCKET = FOLDER + "/socket"
OTHER_USER = 12345  # nobody has it

# -- messages (resolver/protocol.h) ----------------------------------------

PROTOCOL = 0x6D680001
REQUEST = struct.Struct("=IHHQQqIHH256s")
HEAD = struct.Struct("=IHHQqQiI")
ANSWER = struct.Struct("=I2BBBH6x256s")  # and the addresses
ADDRESS = struct.Struct("=16sI3Bx")
ADDRESSES = 32
EVENT = struct.Struct("=IIHHHH256s1536s")
LINK = struct.Struct("=IIIIQQQ2B2B4x16s")
STATUS = struct.Struct("=q6I8Q")
RESOLVE, WATCH, BROWSE, RECONFIRM, FLUSH, STATUS_OP = range(1, 7)
KINDS = "nothing WAIT ANSWER DONE EVENT LINK STATUS REFUSED".split()
WAIT, ANSWERED, DONE, EVENTS, LINKS, STATUSES, REFUSED = range(1, 8)
SIZES = {WAIT: HEAD.size, DONE: HEAD.size, REFUSED: HEAD.size,
         ANSWERED: HEAD.size + ANSWER.size + ADDRESSES * ADDRESS.size,
         EVENTS: HEAD.size + EVENT.size, LINKS: HEAD.size + LINK.size,
         STATUSES: HEAD.size + STATUS.size}
FORMAT, NOT_FOUND, PASS_ON, NO_DATA, NO_LINK, DENIED, RESOURCE = \
    -2, -5, -6, -7, -8, -9, -10
MAP_SIZE = 4096 + 16384 * 4 + 16384 * 256

Reply = collections.namedtuple("Reply", "kind id map status fds fields")
Event = collections.namedtuple("Event", "time sign name type rdata ttl link")


def request(op, name=None, type=0, id=1, map=0, deadline=0, ifindex=0,
            protocol=PROTOCOL):
    octets = wire.name(name) if name is not None else b""
    return REQUEST.pack(protocol, op, type, id, map, deadline, ifindex, 0,
                        len(octets), octets)


def reply(kind, id=1, map=0, status=0, body=b"", protocol=PROTOCOL):
    """What a fake says, of the size that it should have."""
    head = HEAD.pack(protocol, kind, 0, id,
                     time.clock_gettime_ns(time.CLOCK_BOOTTIME), map, status,
                     0)
    return (head + body).ljust(SIZES.get(kind, HEAD.size), b"\0")


def answer(name, *addresses, ttl=60, count=None, name_len=None, presence=None,
           ifindex=1):
    """The body of an ANSWER."""
    octets = wire.name(name)
    packed = [socket.inet_pton(socket.AF_INET6 if ":" in each
                               else socket.AF_INET, each)
              for each in addresses]
    if presence is None:
        presence = [1 if any(len(each) == size for each in packed) else 0
                    for size in (4, 16)]
    return ANSWER.pack(
        ttl, *presence, len(packed) if count is None else count, 0,
        len(octets) if name_len is None else name_len, octets) + b"".join(
            ADDRESS.pack(each, ifindex, len(each) == 16, 0, 1)
            for each in packed)


def address_text(octets, family):
    return socket.inet_ntop(socket.AF_INET6 if family else socket.AF_INET,
                            octets[:16 if family else 4])


def decode(octets, fds=()):
    check(len(octets) >= HEAD.size, "a reply of", len(octets), "octets")
    protocol, kind, _, id, _, map, status, _ = HEAD.unpack_from(octets)
    equal(protocol, PROTOCOL, "protocol of a reply")
    check(kind in SIZES, "a reply of kind", kind)
    equal(len(octets), SIZES[kind], f"size of {KINDS[kind]}")
    body = octets[HEAD.size:]
    fields = {}
    if kind == ANSWERED:
        ttl, four, six, count, dropped, length, name = ANSWER.unpack_from(body)
        seen = []
        for i in range(count):
            octets, link, family, _, _ = ADDRESS.unpack_from(
                body, ANSWER.size + i * ADDRESS.size)
            seen.append((address_text(octets, family), link))
        fields = dict(ttl=ttl, presence=(four, six), dropped=dropped,
                      name=name[:length], addresses=[each[0] for each in seen],
                      links=dict(seen))
    elif kind == EVENTS:
        names = ("ifindex", "ttl", "change", "type", "name_len", "rdlength",
                 "name", "rdata")
        fields = dict(zip(names, EVENT.unpack(body)))
    elif kind == LINKS:
        names = ("ifindex", "records", "questions", "mtu", "sent", "received",
                 "malformed", "has4", "has6", "joined4", "joined6", "name")
        fields = dict(zip(names, LINK.unpack(body)))
        fields["name"] = fields["name"].rstrip(b"\0").decode()
    elif kind == STATUSES:
        names = ("started", "links", "clients", "names", "published",
                 "waiting", "watches", "requests", "hits", "asked", "joined",
                 "refused", "dropped", "memory", "evicted")
        fields = dict(zip(names, STATUS.unpack(body)))
    return Reply(kind, id, map, status, list(fds), fields)


# -- a client --------------------------------------------------------------

@contextlib.contextmanager
def as_user(uid):
    """What connects in here is somebody else's."""
    if uid == 0:
        yield
        return
    with open("/proc/self/uid_map") as file:
        if int(file.read().split()[2]) <= uid:
            raise Skip("only root has other users' ids to test with")
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)


class Client:
    """One connection to the helper of a host, as user uid."""

    def __init__(self, host, uid=0, timeout=5):
        # The helper sees in which network namespace it was made.
        self.socket = host.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(timeout)
        self.last = 0
        folder = os.open(host.path(FOLDER), os.O_PATH)
        try:
            with as_user(uid):
                self.socket.connect(f"/proc/self/fd/{folder}/socket")
        except BaseException:
            self.socket.close()
            raise
        finally:
            os.close(folder)

    def send(self, op, name=None, **fields):
        self.last += 1
        fields.setdefault("id", self.last)
        self.socket.send(request(op, name, **fields))
        return fields["id"]

    def receive(self, timeout=None):
        """The next reply; None: the helper hung up."""
        if timeout is not None:
            self.socket.settimeout(timeout)
        try:
            octets, control, flags, _ = self.socket.recvmsg(
                8192, socket.CMSG_SPACE(64))
        except ConnectionResetError:
            return None
        except socket.timeout:
            raise Failure("no reply from the helper in "
                          f"{self.socket.gettimeout()} s") from None
        if not octets:
            return None
        fds = array.array("i")
        for _, kind, data in control:
            check(kind == socket.SCM_RIGHTS, "control message", kind)
            fds.frombytes(data)
        check(not flags & socket.MSG_CTRUNC, "too many descriptors")
        return decode(octets, fds)

    def ask(self, op, name=None, timeout=None, **fields):
        """The last reply to a request, without the WAIT before it."""
        id = self.send(op, name, **fields)
        while True:
            got = self.receive(timeout)
            check(got, "the helper hung up")
            equal(got.id, id, f"id of {KINDS[got.kind]}")
            if got.kind != WAIT:
                return got

    def resolve(self, name, **fields):
        """An ANSWER; its descriptors are closed."""
        got = self.ask(RESOLVE, name, **fields)
        for fd in got.fds:
            os.close(fd)
        equal(KINDS[got.kind], "ANSWER", f"reply for {name} ({got})")
        return got

    def addresses(self, name, **fields):
        got = self.resolve(name, **fields)
        equal(got.status, 0, f"status of {name}")
        return sorted(got.fields["addresses"])

    def status(self):
        """The LINK replies by interface name, and the STATUS."""
        id = self.send(STATUS_OP)
        links = {}
        while True:
            got = self.receive()
            check(got, "the helper hung up")
            equal(got.id, id, "id")
            if got.kind == STATUSES:
                equal(got.fields["links"], len(links), "number of links")
                return links, got.fields
            equal(KINDS[got.kind], "LINK", "reply")
            links[got.fields["name"]] = got.fields

    def close(self):
        self.socket.close()


class Watch:
    """WATCH or BROWSE, and what comes of it."""

    def __init__(self, host, op, name, type=0, ifindex=0):
        self.client = Client(host)
        self.id = self.client.send(op, name, type=type, ifindex=ifindex)
        got = self.client.receive(2)
        equal(KINDS[got.kind], "DONE", f"first reply ({got})")
        self.events = []
        self.client.socket.settimeout(None)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        while True:
            got = self.client.receive()
            if not got:
                return
            fields = got.fields
            self.events.append(Event(
                time.time(), {1: "+", 2: "-"}.get(fields["change"], "?"),
                wire.unescape(fields["name"]), fields["type"],
                fields["rdata"][:fields["rdlength"]], fields["ttl"],
                fields["ifindex"]))

    def wait(self, sign, rdata, seconds, after=0):
        deadline = time.monotonic() + seconds
        while True:
            for event in self.events[after:]:
                if (event.sign, event.rdata) == (sign, rdata):
                    return event
            check(time.monotonic() < deadline, "after", seconds, "s no", sign,
                  rdata, "but", self.events)
            time.sleep(0.005)

    def close(self):
        self.client.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(2)
        self.client.close()


# -- the helper ------------------------------------------------------------

def binary():
    return program("tools/helper", "mdns-helper")


class Helper:
    """mdns-helper started by hand; ready when this returns."""

    def __init__(self, host, *options, under=(), wait=True):
        self.host = host
        self.argv = [*under, binary(), *options]
        self.log = host.path("/run/mdns-helper.log")
        os.makedirs(host.path(FOLDER), 0o755, exist_ok=True)
        self.start(wait)

    def start(self, wait=True):
        path = self.host.path("/run/notify")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, \
                open(self.log, "a") as log:
            notify.bind(path)
            os.chmod(path, 0o777)
            notify.settimeout(0.1)
            self.process = self.host.popen(
                *self.argv, stdout=log, stdin=subprocess.DEVNULL,
                env={"NOTIFY_SOCKET": "/run/notify"})
            deadline = time.monotonic() + 15
            while wait:
                try:
                    if b"READY=1" in notify.recv(4096).split(b"\n"):
                        break
                except socket.timeout:
                    pass
                check(self.process.poll() is None, "mdns-helper ended:",
                      self.said())
                check(time.monotonic() < deadline, "mdns-helper is not ready:",
                      self.said())
        return self

    def said(self):
        with open(self.log) as file:
            return file.read()

    @property
    def pid(self):
        return self.process.pid

    def lives(self):
        check(self.process.poll() is None, "mdns-helper ended with",
              self.process.poll(), self.said()[-2000:])

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait(5)

    def stop(self):
        """Its exit status."""
        self.process.terminate()
        return self.process.wait(5)

    def close(self):
        end(self.process)

    def cpu(self):
        return cpu_of(self.pid)


def cpu_of(pid):
    """Seconds of processor time."""
    with open(f"/proc/{pid}/stat") as file:
        words = file.read().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def fds_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Units:
    """mdns-helper by its units, see run_units.py. started has the process ids
    of the helper so far."""

    def __init__(self, host, *options):
        self.host = host
        self.log = host.path("/run/mdns-helper.log")
        os.makedirs(host.path(FOLDER), 0o755, exist_ok=True)
        with open(self.log, "a") as log:
            self.process = host.popen(
                "/usr/bin/python3", os.path.join(HERE, "run_units.py"),
                binary(), *options, stderr=log)
        self.lines = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        until(lambda: self.count("listening"), 5, "the sockets")

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.split())

    def count(self, word):
        return sum(line[0] == word for line in self.lines)

    def started(self):
        return [int(line[1]) for line in self.lines if line[0] == "started"]

    def said(self):
        with open(self.log) as file:
            return file.read()

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.started()[-1], signal.SIGKILL)

    def close(self):
        end(self.process)
        self.thread.join(2)


class Fake:
    """Something that listens where the helper should be. behave(connection)
    is called for each that is accepted; None: nobody ever accepts."""

    def __init__(self, host, behave=None, uid=0, backlog=100, mode=0o666):
        self.behave = behave
        self.path = host.path(SOCKET)
        self.connections = []
        self.stop = False
        os.makedirs(host.path(FOLDER), 0o755, exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.bind(self.path)
        os.chown(self.path, uid, uid)
        os.chmod(self.path, mode)
        with as_user(uid):
            self.socket.listen(backlog)
        self.socket.settimeout(0.05)
        self.thread = threading.Thread(target=self.run, daemon=True)
        if behave:
            self.thread.start()

    def run(self):
        while not self.stop:
            try:
                connection, _ = self.socket.accept()
            except socket.timeout:
                continue
            connection.settimeout(1)
            self.connections.append(connection)
            with contextlib.suppress(OSError):
                self.behave(connection)

    def close(self):
        self.stop = True
        if self.behave:
            self.thread.join(5)
        for each in [self.socket, *self.connections]:
            each.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
