# SPDX-License-Identifier: LGPL-2.1-or-later
# Starts the real peers in hosts of the lab: avahi-daemon, systemd-resolved,
# python3-zeroconf and nscd, unpacked by tests/net/peers.

import glob
import os
import subprocess
import time

import lab

ROOT = os.path.join(lab.BUILD, "peers", "root")


def find(*paths):
    """The first of these files of the peers' packages. They are downloaded
    before, as there is no way out of the lab."""
    for path in paths:
        if os.path.exists(os.path.join(ROOT, path)):
            return os.path.join(ROOT, path)
    raise lab.Skip(f"no {os.path.basename(paths[0])}: tests/net/peers has "
                   "not unpacked it")


def environment():
    """Their own libraries first; ours are not for them."""
    folders = [os.path.dirname(path) for path in
               glob.glob(f"{ROOT}/**/*.so*", recursive=True)]
    return {"LD_LIBRARY_PATH": ":".join(sorted(set(folders)))}


def start(host, *argv, **options):
    log = host.path(f"/run/{os.path.basename(argv[0])}.log")
    with open(log, "w") as file:
        process = host.popen(*argv, stdout=file, stdin=subprocess.DEVNULL,
                             **options)
    process.log = log
    return process


def wait_ready(process, ready, what, seconds=10):
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            with open(process.log) as file:
                raise lab.Failure(f"{what} did not start: {file.read()}")
        time.sleep(0.05)


def said(process, text, times=1):
    with open(process.log) as file:
        return file.read().count(text) >= times


def add_user(host, name):
    """A daemon's own user; it has root's id, as nothing else is there for
    sure inside a user namespace."""
    for file, more in (("passwd", ":x:0:0::/:/bin/false"), ("group", ":x:0:")):
        lines = [line for line in host.read(f"/etc/{file}").splitlines()
                 if not line.startswith(name + ":")]
        host.write(f"/etc/{file}", "\n".join([*lines, name + more]) + "\n")


def avahi(host, hosts=(), name="avahi-host", options=""):
    """avahi-daemon with static hosts: (name, address) pairs. Its own name
    has all addresses of the host."""
    host.write("/etc/avahi/avahi-daemon.conf", f"""[server]
host-name={name}
use-ipv4=yes
use-ipv6=yes
ratelimit-interval-usec=1000000
ratelimit-burst=1000
enable-dbus=no
disallow-other-stacks=no
{options}
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
[rlimits]
""")
    os.makedirs(host.path("/etc/avahi/services"), exist_ok=True)
    host.write("/etc/avahi/hosts", "".join(
        f"{address} {each}\n" for each, address in hosts))
    add_user(host, "avahi")
    process = start(host, find("usr/sbin/avahi-daemon"), "--no-drop-root",
                    "--no-chroot", "--no-rlimits", env=environment())
    wait_ready(process, lambda: said(process, "Server startup complete")
               and said(process, "successfully established", len(hosts)),
               "avahi-daemon")
    return process


def resolved(host, records=3):
    """systemd-resolved; it answers for the host's own name once it has probed
    for that many address records."""
    binary = find("lib/systemd/systemd-resolved",
                  "usr/lib/systemd/systemd-resolved")
    host.write("/etc/systemd/resolved.conf", "[Resolve]\nMulticastDNS=yes\n"
               "LLMNR=no\nDNSStubListener=no\nDNS=\nFallbackDNS=\n")
    add_user(host, "systemd-resolve")
    for line in host.ip("-o link show").splitlines():
        host.write("/run/systemd/resolve/netif/" + line.split(":")[0],
                   "MDNS=yes\n")
    process = start(host, binary, env={**environment(),
                                       "SYSTEMD_LOG_LEVEL": "debug",
                                       "SYSTEMD_LOG_TARGET": "console"})
    wait_ready(process, lambda: said(process, "successfully probed", records),
               "systemd-resolved")
    return process


ZEROCONF = """
import ipaddress, sys, time
from zeroconf import ServiceInfo, Zeroconf
name, *addresses = sys.argv[1:]
zeroconf = Zeroconf()
zeroconf.register_service(ServiceInfo(
    "_test._tcp.local.", "a test._test._tcp.local.", 80, server=name + ".",
    addresses=[ipaddress.ip_address(a).packed for a in addresses]))
print("ready", flush=True)
time.sleep(600)
"""


def zeroconf(host, name, *addresses):
    """python3-zeroconf with one host name."""
    folder = os.path.dirname(find(
        "usr/lib/python3/dist-packages/zeroconf"))
    process = start(host, "/usr/bin/python3", "-c", ZEROCONF, name,
                    *addresses, env={"PYTHONPATH": folder})
    wait_ready(process, lambda: said(process, "ready"), "zeroconf", 20)
    return process


def nscd(host):
    """nscd in front of the module; nothing of it outlives the host."""
    binary = find("usr/sbin/nscd")
    host.write("/run/nscd.conf", "".join(
        f"enable-cache {each} {'yes' if each == 'hosts' else 'no'}\n"
        for each in ("passwd", "group", "hosts", "services", "netgroup"))
        + "positive-time-to-live hosts 5\nnegative-time-to-live hosts 1\n"
        "persistent hosts no\nshared hosts no\n")
    os.makedirs(host.path("/run/nscd"), exist_ok=True)
    process = start(host, binary, "-F", "-f", "/run/nscd.conf")
    wait_ready(process, lambda: os.path.exists(host.path("/run/nscd/socket")),
               "nscd")
    return process
