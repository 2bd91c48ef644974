#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that are not like others: setuid, behind nscd, in sandboxes without a
# network. tests/net/test_guest.py and tests/helper/test_helper_map.py have some
# of these with mdns-helper or without; here is the other half.

import os
import shutil
import subprocess

from surroundings import HOST, served
import peer
from calls import module, parse
from helper import OTHER_USER, as_user
from lab import MODULE, Lab, Skip, between, equal, main, program, test

ENTRY = "gethostbyname4_r"
SOON = 100
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")


@test
def setuid_without_helper():
    """glibc takes the module from where the system has it only."""
    with Lab() as lab:
        client = served(lab, False)
        with as_user(OTHER_USER):
            pass  # skips where there is no other user
        os.makedirs(client.path("/run/lib"))
        for path, name, mode in (
                (MODULE, "lib/libnss_dotlocal.so.2", 0o755),
                (program("tests/nss", "glibc"), "suid", 0o4755)):
            shutil.copy(path, client.path(f"/run/{name}"))
            os.chown(client.path(f"/run/{name}"), 0, 0)
            os.chmod(client.path(f"/run/{name}"), mode)
        client.run("ldconfig", "-X", "/run/lib")
        for call in ("getaddrinfo", "gethostbyname"):
            done = client.run(
                "setpriv", f"--reuid={OTHER_USER}", f"--regid={OTHER_USER}",
                "--clear-groups", "/run/suid", call, "dual.local",
                env={"LD_LIBRARY_PATH": "/nowhere"})
            equal({address for said in parse(done.stdout)
                   for address in said.addrs} - {"fd00::2"}, {"10.0.0.2"},
                  f"{call} of a setuid program ({done.stderr})")


@test
def nscd_with_helper():
    with Lab() as lab:
        client = served(lab, True)
        peer.nscd(client)
        tap = lab.use(client.capture("eth0"))
        # These programs cannot load the module themselves.
        for name in ("dual.local", "four.local", "dual.local"):
            done = client.run("getent", "ahosts", name,
                              env={"LD_LIBRARY_PATH": "/nowhere"})
            equal({line.split()[0] for line in done.stdout.splitlines()},
                  set(HOST[name]), f"addresses of {name} ({done.stderr})")
        # One message a transport and name: nscd asked the helper.
        equal({p.sport for p in tap.asked()}, {5353}, "source ports")
        equal(len(tap.asked()), 4, "packets")


UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid",
           "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc")
# As for a Flatpak: without privileges, and whom it does not know is nobody.
BWRAP = ("bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
         "--unshare-all", "--unshare-user", "--uid", "4711", "--gid", "4711")


def nothing_to_ask(client, under):
    """Nothing can be asked, so nothing is waited for: UNAVAIL, and the next
    service has its turn. The helper's links are not this process's."""
    equal(module(client, ENTRY, "dual.local").verdict, FOUND)
    said = client.run(*under, "ip", "-o", "addr")
    equal((said.returncode, "10.0.0.1" in said.stdout), (0, False),
          f"a network namespace of its own ({said.stderr})")
    for call in module(client, ENTRY, "dual.local", "nobody.local",
                       under=under):
        equal(call.status, "UNAVAIL", f"without network {call}")
        between(call.ms, 0, SOON, f"time without network {call}")
    done = client.run(*under, program("tests/nss", "glibc"),
                      "getaddrinfo", "dual.local")
    call = parse(done.stdout)[0]
    equal((call.result, call.addrs), ("EAI_AGAIN", []), done.stderr)
    between(call.ms, 0, SOON, "getaddrinfo")


@test
def sandbox_without_network():
    for helper in (False, True):
        with Lab() as lab:
            nothing_to_ask(served(lab, helper), UNSHARE)


def need_bwrap():
    if not shutil.which("bwrap"):
        raise Skip("no bwrap here (Debian, Ubuntu: bubblewrap)")
    done = subprocess.run([*BWRAP, "true"], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise Skip(f"no namespaces for bwrap: {done.stderr.strip()}")


@test
def bwrap_without_network():
    need_bwrap()
    for helper in (False, True):
        with Lab() as lab:
            nothing_to_ask(served(lab, helper), BWRAP)


@test
def bwrap_with_network():
    """With the helper's socket in it, and without: all as outside. The owner of
    its folder is nobody in there, and so is who serves it."""
    need_bwrap()
    for helper in (False, True):
        with Lab() as lab:
            client = served(lab, helper)
            for more in ((), ("--tmpfs", "/run")):
                tap = lab.use(client.capture("eth0"))
                found, missing = module(client, ENTRY, "dual.local",
                                        "nobody.local", under=(
                                            *BWRAP, "--share-net", *more))
                equal((found.verdict, sorted(found.addrs)),
                      (FOUND, HOST["dual.local"]), f"{helper} {more}")
                equal(missing.verdict, SILENCE, f"{helper} {more}")
                # By itself, or by the helper.
                alone = bool(more) or not helper
                equal(any(p.sport != 5353 for p in tap.asked()
                          if "dual.local" in p.questions[0]),
                      alone, f"one-shots {helper} {more}")


if __name__ == "__main__":
    main()
