# SPDX-License-Identifier: LGPL-2.1-or-later
# The lab of the network tests: hosts and links made of namespaces, captures,
# and the runner that says PASS, FAIL or SKIP for each test.

import contextlib
import ctypes
import errno
import itertools
import os
import shlex
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback

import dns.message
import dns.rdatatype

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(
    os.environ.get("BUILD", os.path.join(HERE, "..", "..", "build")))
MODULE = os.path.join(BUILD, ".libs", "libnss_dotlocal.so.2")
GROUP = {4: "224.0.0.251", 6: "ff02::fb"}
CLONE_NEWNET = 0x40000000
INSIDE = "DOTLOCAL_LAB_INSIDE"

libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    """This test cannot run here; the text says why."""


class Failure(Exception):
    """What was seen is not what should be."""


def check(condition, *text):
    if not condition:
        raise Failure(" ".join(str(part) for part in text))


def equal(seen, wanted, what="this"):
    check(seen == wanted, what, "is", repr(seen), "but should be", repr(wanted))


def between(seen, low, high, what="time"):
    check(low <= seen <= high, what, "is", seen, "but should be", low, "to",
          high)


# -- processes ------------------------------------------------------------

def _ends_with_parent():
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def shell(*argv, **options):
    """Runs a set-up command that must work."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=20, **options)
    if done.returncode:
        raise Failure(f"{shlex.join(argv)}: {done.stdout.strip()}")
    return done.stdout


def program(folder, name):
    """A helper program of the build: with automake it lies in its folder."""
    for path in (os.path.join(BUILD, folder, name), os.path.join(BUILD, name)):
        if os.access(path, os.X_OK):
            return path
    raise Failure(f"{name} is not built in {BUILD}")


def end(process):
    """Ends a process by its id and waits for it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(2)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def until(condition, seconds, what):
    """Waits for a set-up step; not for what a test is about."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s for {what}")
        time.sleep(0.02)


# -- hosts and links ------------------------------------------------------

ETC = ("passwd group protocols services ld.so.cache localtime alternatives "
       "gai.conf")

# Each host has a /run and an /etc of its own; the machine's are never touched.
HOLDER = f"""
mount -t tmpfs -o mode=755 tmpfs /run || exit
mkdir /run/etc
for file in {ETC}; do
    [ ! -e /etc/$file ] || cp -dR --preserve=mode /etc/$file /run/etc/
done
mount --bind /run/etc /etc || exit
mkdir -p /run/lock
hostname "$1" || exit
echo ready
exec cat
"""


PORTS = itertools.count()


class Link:
    """One link: a bridge in the lab's own namespace, without address."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        shell("ip", "link", "add", name, "type", "bridge", "mcast_snooping",
              "0", "forward_delay", "0")
        shell("ip", "link", "set", name, "addrgenmode", "none")
        shell("ip", "link", "set", name, "up")


class Host:
    """A network and mount namespace, and the programs that run in it."""

    def __init__(self, lab, name, nsswitch="dotlocal"):
        self.lab = lab
        self.name = name
        self.holder = subprocess.Popen(
            ["unshare", "-n", "-m", "-u", "--propagation", "private",
             "sh", "-c", HOLDER, "holder", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
            preexec_fn=_ends_with_parent)
        line = self.holder.stdout.readline().strip()
        if line != "ready":
            raise Skip(f"no namespace for {name}: {line}")
        self.children = []
        self.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
        self.write("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                   "options timeout:1 attempts:1\n")
        self.nsswitch(nsswitch)
        self.run("sh", "-c", """
            cd /proc/sys/net/ipv6/conf
            for each in all default; do
                echo 0 > $each/accept_dad; echo 0 > $each/dad_transmits
                echo 0 > $each/accept_ra; echo 0 > $each/router_solicitations
            done
            ip link set lo up""")

    def nsswitch(self, hosts):
        self.write("/etc/nsswitch.conf",
                   f"passwd: files\ngroup: files\nhosts: {hosts}\n")

    def path(self, path):
        """Where a file of this host is seen from outside."""
        return f"/proc/{self.holder.pid}/root{path}"

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w") as file:
            file.write(text)

    def read(self, path):
        with open(self.path(path)) as file:
            return file.read()

    def link(self, link, ifname, *addresses):
        """Plugs an interface into a link."""
        # The kernel may still be taking the last lab's ports away.
        port = f"port{next(PORTS)}"
        shell("ip", "link", "add", port, "type", "veth", "peer", "name",
              ifname, "netns", str(self.holder.pid))
        shell("ip", "link", "set", port, "addrgenmode", "none")
        shell("ip", "link", "set", port, "master", link.name, "up")
        self.ip(f"link set {ifname} up")
        for address in addresses:
            nodad = " nodad" if ":" in address else ""
            self.ip(f"addr add {address} dev {ifname}{nodad}")
        until(lambda: "tentative" not in self.ip(f"addr show {ifname}")
              and "state UP" in self.ip(f"addr show {ifname}"), 5,
              f"{ifname} of {self.name}")
        return port

    def ip(self, words):
        return shell(*self.argv(["ip", *words.split()]))

    def nft(self, text):
        done = self.run("nft", "-f", "-", input=text)
        if done.returncode:
            raise Skip(f"no nftables here: {done.stderr.strip()}")

    def ifindex(self, ifname):
        return int(self.ip(f"-o link show {ifname}").split(":")[0])

    def link_local(self, ifname):
        """The fe80 address of an interface."""
        words = self.ip(f"-6 -o addr show dev {ifname} scope link").split()
        return words[words.index("inet6") + 1].split("/")[0]

    def mac(self, ifname):
        words = self.ip(f"-o link show dev {ifname}").split()
        return words[words.index("link/ether") + 1]

    def argv(self, argv):
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", "-u",
                "--", *argv]

    def environment(self, **more):
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
               "LD_LIBRARY_PATH": os.path.join(BUILD, ".libs")}
        env.update(more)
        return env

    def popen(self, *argv, env=None, **options):
        options.setdefault("stdin", subprocess.PIPE)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.STDOUT)
        process = subprocess.Popen(
            self.argv(argv), env=self.environment(**(env or {})), text=True,
            errors="backslashreplace", preexec_fn=_ends_with_parent, **options)
        self.children.append(process)
        return process

    def run(self, *argv, timeout=20, env=None, input=""):
        return subprocess.run(
            self.argv(argv), env=self.environment(**(env or {})), input=input,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="backslashreplace", timeout=timeout)

    def socket(self, family, kind, protocol=0):
        """A socket of this host in our own process."""
        with open("/proc/thread-self/ns/net") as ours, \
                open(f"/proc/{self.holder.pid}/ns/net") as theirs:
            _setns(theirs)
            try:
                return socket.socket(family, kind, protocol)
            finally:
                _setns(ours)

    def capture(self, ifname):
        return Capture(self, ifname)

    def close(self):
        for process in self.children:
            end(process)
        end(self.holder)


def _setns(file):
    if libc.setns(file.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


class Lab:
    """Everything that one test builds; gone at the end of the block."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.links = []

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.stack.close()
        for link in self.links:
            shell("ip", "link", "del", link.name)

    def new_link(self):
        link = Link(self, f"link{len(self.links)}")
        self.links.append(link)
        return link

    def host(self, name, nsswitch="dotlocal"):
        host = Host(self, name, nsswitch)
        self.stack.callback(host.close)
        return host

    def use(self, thing):
        """Closes the thing at the end."""
        self.stack.callback(thing.close)
        return thing


def pair(lab, nsswitch="dotlocal"):
    """The usual lab: a client and a server on one link, both families."""
    link = lab.new_link()
    client = lab.host("client", nsswitch)
    client.link(link, "eth0", "10.0.0.1/24", "fd00::1/64")
    server = lab.host("server")
    server.link(link, "eth0", "10.0.0.2/24", "fd00::2/64")
    return client, server


# -- captures -------------------------------------------------------------

class Packet:
    """A UDP datagram as it was on the wire. message is what dnspython, which
    shares no code with us, makes of it; an exception if it is malformed."""

    def __init__(self, time, out, frame):
        self.time = time
        self.out = out
        self.dst_mac = frame[0:6].hex(":")
        kind = struct.unpack_from("!H", frame, 12)[0]
        ip = frame[14:]
        self.udp = False
        if kind == 0x0800 and ip[9] == 17:
            self.family, at, self.ttl = 4, (ip[0] & 15) * 4, ip[8]
            self.src = socket.inet_ntop(socket.AF_INET, ip[12:16])
            self.dst = socket.inet_ntop(socket.AF_INET, ip[16:20])
            if struct.unpack_from("!H", ip, 6)[0] & 0x1FFF:
                return  # a later fragment
        elif kind == 0x86DD and ip[6] == 17:
            self.family, at, self.ttl = 6, 40, ip[7]
            self.src = socket.inet_ntop(socket.AF_INET6, ip[8:24])
            self.dst = socket.inet_ntop(socket.AF_INET6, ip[24:40])
        else:
            return
        self.udp = True
        self.sport, self.dport, size = struct.unpack_from("!3H", ip, at)
        self.data = ip[at + 8:at + size]

    @property
    def message(self):
        return dns.message.from_wire(self.data)

    @property
    def is_query(self):
        return len(self.data) > 2 and not self.data[2] & 0x80

    @property
    def id(self):
        return struct.unpack_from("!H", self.data)[0]

    @property
    def flags(self):
        return struct.unpack_from("!H", self.data, 2)[0]

    @property
    def questions(self):
        return [(q.name.to_text(omit_final_dot=True),
                 dns.rdatatype.to_text(q.rdtype), int(q.rdclass))
                for q in self.message.question]

    def __repr__(self):
        if not self.udp:
            return "<not UDP>"
        return (f"<{'out' if self.out else 'in'} {self.src} {self.sport} > "
                f"{self.dst} {self.dport}, {len(self.data)} octets>")


class Capture:
    """What passes an interface from now on."""

    def __init__(self, host, ifname):
        self.socket = host.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
        self.socket.bind((ifname, 3))
        self.socket.setblocking(False)
        self.seen = []

    def packets(self, settle=0.01):
        """All UDP so far."""
        time.sleep(settle)
        while True:
            try:
                frame, control, _, source = self.socket.recvmsg(65536, 256)
            except BlockingIOError:
                break
            except OSError as why:  # said once when the interface goes down
                if why.errno != errno.ENETDOWN:
                    raise
                continue
            stamp = struct.unpack("qq", control[0][2])
            packet = Packet(stamp[0] + stamp[1] / 1e9,
                            source[2] == socket.PACKET_OUTGOING, frame)
            if packet.udp:
                self.seen.append(packet)
        return self.seen

    def forget(self):
        self.packets()
        self.seen = []

    def mdns(self):
        return [p for p in self.packets() if 5353 in (p.sport, p.dport)]

    def asked(self):
        """The queries that this interface's host sent."""
        return [p for p in self.mdns() if p.out and p.dport == 5353
                and p.is_query]

    def close(self):
        self.socket.close()


def good_query(packet, name, types=("A", "AAAA")):
    """What every query of ours must be."""
    equal(packet.dst, GROUP[packet.family], "destination")
    equal(packet.dport, 5353, "destination port")
    equal(packet.ttl, 255, "TTL")
    equal(packet.dst_mac, {4: "01:00:5e:00:00:fb", 6: "33:33:00:00:00:fb"}
          [packet.family], "MAC")
    equal(packet.flags, 0, "header flags")
    message = packet.message
    equal((len(message.answer), len(message.authority),
           len(message.additional)), (0, 0, 0), "sections")
    equal(message.edns, -1, "EDNS")
    equal(sorted((q[0].lower(), q[1]) for q in packet.questions),
          sorted((name.lower(), t) for t in types), "questions")
    for q in packet.questions:
        # QU is for those who listen on 5353 (RFC 6762 5.4).
        check(q[2] == 1 or (q[2] == 0x8001 and packet.sport == 5353),
              "class", hex(q[2]), "from port", packet.sport)


# -- the runner -----------------------------------------------------------

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def chosen():
    """The tests named on the command line, or all of them."""
    for name in sys.argv[1:]:
        if name not in [function.__name__ for function in TESTS]:
            sys.exit(f"no test {name} here")
    return [function for function in TESTS
            if not sys.argv[1:] or function.__name__ in sys.argv[1:]]


def say_of_all(word, why):
    for function in chosen():
        print(f"{word} {function.__name__}: {why}", flush=True)
    sys.exit(1 if word == "FAIL" else 0)


def enter():
    """Runs this program again inside namespaces of its own."""
    words = ["unshare", "-n", "-m", "-p", "-f", "--kill-child",
             "--mount-proc", "--propagation", "private"]
    if os.geteuid():
        words.insert(1, "-r")
    why = subprocess.run([*words, "true"], stderr=subprocess.PIPE, text=True)
    if why.returncode:
        say_of_all("SKIP", f"no namespaces: {why.stderr.strip()}")
    os.environ[INSIDE] = "1"
    os.execvp("unshare", [*words, sys.executable, *sys.argv])


def main():
    """Runs the tests in a lab of their own and exits."""
    if not os.path.exists(MODULE):
        say_of_all("FAIL", f"{MODULE} is not built")
    if INSIDE not in os.environ:
        enter()
    shell("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    failed = 0
    mine = os.path.abspath(sys.argv[0])
    for function in chosen():
        name = function.__name__
        try:
            function()
            print(f"PASS {name}", flush=True)
        except Skip as why:
            print(f"SKIP {name}: {why}", flush=True)
        except Failure as why:
            where = traceback.extract_tb(why.__traceback__)
            lines = "/".join(str(f.lineno) for f in where
                             if os.path.abspath(f.filename) == mine)
            print(f"FAIL {name}: {why} (line {lines})", flush=True)
            failed += 1
        except Exception as why:  # a test that breaks has failed
            traceback.print_exc()
            print(f"FAIL {name}: {type(why).__name__} {why}", flush=True)
            failed += 1
    sys.exit(1 if failed else 0)
