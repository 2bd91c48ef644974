# SPDX-License-Identifier: LGPL-2.1-or-later
# The systems that the benchmark compares: each with its module, its daemon and
# its configuration in a namespace of its own, all beside one responder.

import glob
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "net"),
                os.path.join(HERE, "..", "helper")]

import helper
import peer
import lab
from lab import BUILD, MODULE, Failure, Skip, end, program, shell, until

MODULES = "/run/nss"  # in each client: its module and no other
ADDRESSES = ("192.0.2.10", "2001:db8::10")  # of every dual-N.local
REFUSED = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"


class System:
    """A module and its daemon. start() gives the daemon's process or None.
    wanted: what a lookup of a host with both families has to give."""
    id = title = service = hosts = configuration = ""
    package = daemon_package = None
    resolv = REFUSED
    wanted = "both"

    def module(self):
        name = f"libnss_{self.service}.so.2"
        # Each architecture has a folder of its own.
        return peer.find(*(os.path.relpath(path, peer.ROOT) for path in
                           glob.glob(f"{peer.ROOT}/**/{name}",
                                     recursive=True)), name)

    def start(self, host):
        return None

    def version(self):
        return package_version(self.package)

    def daemon(self):
        if not self.daemon_package:
            return None
        return f"{self.daemon_package} {package_version(self.daemon_package)}"


def package_version(package):
    files = glob.glob(os.path.join(peer.ROOT, "..", "deb", f"{package}_*.deb"))
    if not files:
        return "unknown"
    version = os.path.basename(sorted(files)[-1]).split("_")[1]
    return version.replace("%3a", ":")


class Dotlocal(System):
    id = "dotlocal"
    title = "nss-dotlocal"
    service = "dotlocal"
    hosts = "files dotlocal [NOTFOUND=return] dns"
    configuration = "no dotlocal.conf, no daemon"

    def module(self):
        return MODULE

    def version(self):
        with open(os.path.join(BUILD, "config.h")) as file:
            for line in file:
                if line.startswith("#define PACKAGE_VERSION "):
                    return line.split('"')[1]
        return "unknown"


class DotlocalHelper(Dotlocal):
    id = "dotlocal+helper"
    title = "nss-dotlocal, mdns-helper"
    configuration = "no dotlocal.conf, mdns-helper without options"

    def daemon(self):
        return f"mdns-helper {self.version()}"

    def start(self, host):
        return helper.Helper(host).process


class Avahi(System):
    package = "libnss-mdns"
    daemon_package = "avahi-daemon"
    configuration = ("the package's avahi-daemon.conf, without D-Bus; "
                     "the nameserver refuses at once")

    def start(self, host):
        with open(peer.find("etc/avahi/avahi-daemon.conf")) as file:
            text = file.read()
        host.write("/etc/avahi/avahi-daemon.conf", text.replace(
            "[server]", "[server]\nenable-dbus=no", 1))
        os.makedirs(host.path("/etc/avahi/services"), exist_ok=True)
        peer.add_user(host, "avahi")
        process = peer.start(
            host, peer.find("usr/sbin/avahi-daemon"), "--no-drop-root",
            "--no-chroot", "--no-rlimits", env=peer.environment())
        peer.wait_ready(process, lambda: peer.said(
            process, "Server startup complete"), "avahi-daemon")
        return process


class Avahi4(Avahi):
    id = "mdns4_minimal+avahi"
    title = "nss-mdns (mdns4_minimal), avahi-daemon"
    service = "mdns4_minimal"
    hosts = "files mdns4_minimal [NOTFOUND=return] dns"
    wanted = "IPv4"


class Avahi46(Avahi):
    id = "mdns_minimal+avahi"
    title = "nss-mdns (mdns_minimal), avahi-daemon"
    service = "mdns_minimal"
    hosts = "files mdns_minimal [NOTFOUND=return] dns"


class Resolved(System):
    id = "resolve+resolved"
    title = "nss-resolve, systemd-resolved"
    service = "resolve"
    hosts = "resolve [!UNAVAIL=return] files dns"
    package = "libnss-resolve"
    daemon_package = "systemd-resolved"
    configuration = ("MulticastDNS=yes in resolved.conf and for the link, "
                     "no DNS servers")
    resolv = "nameserver 127.0.0.53\noptions edns0 trust-ad\n"

    def start(self, host):
        host.write("/etc/systemd/resolved.conf", "[Resolve]\nDNS=\n"
                   "FallbackDNS=\nMulticastDNS=yes\n")
        peer.add_user(host, "systemd-resolve")
        host.write(f"/run/systemd/resolve/netif/{host.ifindex('eth0')}",
                   "MDNS=yes\n")
        process = peer.start(
            host, peer.find("lib/systemd/systemd-resolved",
                            "usr/lib/systemd/systemd-resolved"),
            env={**peer.environment(), "SYSTEMD_LOG_TARGET": "console"})
        socket = host.path("/run/systemd/resolve/io.systemd.Resolve")
        peer.wait_ready(process, lambda: os.path.exists(socket),
                        "systemd-resolved")
        return process


SYSTEMS = [Dotlocal(), DotlocalHelper(), Avahi4(), Avahi46(), Resolved()]


class Client:
    """The host of one system. process is its daemon, or None."""

    def __init__(self, lab, system, number, responder):
        self.system = system
        self.number = number
        self.process = None
        host = self.host = lab.host(f"client{number}", system.hosts)
        connect(host, responder, number)
        host.write("/etc/resolv.conf", system.resolv)
        os.makedirs(host.path(MODULES), exist_ok=True)
        self.path = f"{MODULES}/libnss_{system.service}.so.2"
        if system.service:
            # As a package has it: without what is for a debugger only.
            shutil.copy(system.module(), host.path(self.path))
            shell("strip", "--strip-unneeded", host.path(self.path))

    def start(self):
        self.process = self.system.start(self.host)
        return self

    @property
    def pid(self):
        return self.process.pid if self.process else None

    def stop(self):
        if self.process:
            end(self.process)
            self.process = None

    def environment(self):
        """For programs that find the module by themselves."""
        return {"LD_LIBRARY_PATH": MODULES}

    def argv(self, *argv):
        return self.host.argv(list(argv))

    def popen(self, *argv, **options):
        return subprocess.Popen(
            self.argv(*argv), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C",
                 "LD_LIBRARY_PATH": MODULES}, **options)

    def sent(self):
        """Datagrams that have left it so far, mDNS or DNS: of its daemon and
        of those who look up."""
        total = 0
        for name, word in (("snmp", "Udp:"), ("snmp6", "Udp6OutDatagrams")):
            with open(f"/proc/{self.host.holder.pid}/net/{name}") as file:
                found = [line.split() for line in file
                         if line.startswith(word)]
            if name == "snmp":
                total += int(found[1][found[0].index("OutDatagrams")])
            else:
                total += int(found[0][1])
        return total

    def cpu(self):
        """Seconds of processor time that its daemon has used."""
        # The clock of another process, as clock_getcpuclockid makes it.
        try:
            return time.clock_gettime(~self.pid << 3 | 2) if self.pid else 0.0
        except OSError:
            raise Failure("its daemon has ended") from None

    def memory(self):
        """KiB of its daemon: resident."""
        if not self.pid:
            return 0
        try:
            with open(f"/proc/{self.pid}/smaps_rollup") as file:
                for line in file:
                    if line.startswith("Rss:"):
                        return int(line.split()[1])
        except OSError:
            pass
        raise Failure("its daemon has ended")


def enter(name):
    """In a namespace of its own, once."""
    if lab.INSIDE in os.environ:
        return
    words = ["unshare", "-n", "-m", "true"]
    if os.geteuid():
        words.insert(1, "-r")
    if subprocess.run(words, stderr=subprocess.DEVNULL).returncode:
        sys.exit(f"{name}: no namespaces here: try it as root")
    lab.enter()


def connect(host, responder, number, ifname="eth0"):
    """A cable of its own to the responder: what one system asks, and what it
    is answered, the others do not hear."""
    shell("ip", "link", "add", f"wire{number}", "type", "veth", "peer", "name",
          ifname, "netns", str(host.holder.pid))
    shell("ip", "link", "set", f"wire{number}", "netns",
          str(responder.holder.pid))
    for each, name, last in ((host, ifname, 1), (responder, f"wire{number}",
                                                 2)):
        each.ip(f"link set {name} addrgenmode none")
        each.ip(f"link set {name} up")
        each.ip(f"addr add 10.9.{number}.{last}/24 dev {name}")
        each.ip(f"addr add 2001:db8:9:{number:x}::{last}/64 dev {name} nodad")
        each.ip(f"addr add fe80::{number:x}:{last}/64 dev {name} nodad")
    # The hosts that the responder speaks for are on the link as well.
    host.ip(f"route add 192.0.2.0/24 dev {ifname}")
    host.ip(f"-6 route add 2001:db8::/64 dev {ifname}")
    host.ip(f"route add 224.0.0.0/4 dev {ifname}")
    until(lambda: "state UP" in host.ip(f"addr show {ifname}"), 5,
          f"{ifname} of {host.name}")


def respond(responder, lines, interfaces):
    """mdns-test-responder for these lines, on these interfaces."""
    responder.write("/run/hosts", "".join(line + "\n" for line in lines))
    options = [word for each in interfaces for word in ("-i", each)]
    process = responder.popen(program("tests", "mdns-test-responder"),
                              *options, "/run/hosts")
    line = process.stdout.readline().strip()
    if line != "ready":
        raise Skip(f"the responder says: {line}")
    return process
