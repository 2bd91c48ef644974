#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that are not like others: setuid, behind nscd, in sandboxes without a
# network. tests/net/test_guest.py and tests/helper/test_helper_map.py have some
# of these with mdns-helper or without; here is the other half.

import os
import shutil

from surroundings import HOST, served
import peer
from calls import module, parse
from helper import OTHER_USER, as_user
from lab import MODULE, Lab, between, equal, main, program, test

ENTRY = "gethostbyname4_r"
SOON = 100
FOUND = ("SUCCESS", "NETDB_SUCCESS")


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


# What `bwrap --unshare-all` does, too.
UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid",
           "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc")


@test
def sandbox_without_network():
    """Nothing can be asked, so nothing is waited for: UNAVAIL, and the next
    service has its turn. The helper's links are not this process's."""
    for helper in (False, True):
        with Lab() as lab:
            client = served(lab, helper)
            equal(module(client, ENTRY, "dual.local").verdict, FOUND)
            said = client.run(*UNSHARE, "ip", "-o", "addr")
            equal((said.returncode, "10.0.0.1" in said.stdout), (0, False),
                  f"a network namespace of its own ({said.stderr})")
            for call in module(client, ENTRY, "dual.local", "nobody.local",
                               under=UNSHARE):
                equal(call.status, "UNAVAIL", f"without network {call}")
                between(call.ms, 0, SOON, f"time without network {call}")
            done = client.run(*UNSHARE, program("tests/nss", "glibc"),
                              "getaddrinfo", "dual.local")
            call = parse(done.stdout)[0]
            equal((call.result, call.addrs), ("EAI_AGAIN", []), done.stderr)
            between(call.ms, 0, SOON, "getaddrinfo")


if __name__ == "__main__":
    main()
