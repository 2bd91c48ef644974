# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of what the doctor says of this host share: its findings with
# their remedies, and hosts on which it is done soon.

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))
sys.path.insert(0, os.path.join(HERE, "..", "helper"))

import doctoring
from helper import OTHER_USER
from lab import Skip, check, equal, program

NOWHERE = ("-i", "none0")  # no network: then the doctor is done at once
FAST = ("-w", "0.3")
GOOD_LINE = "files dotlocal [NOTFOUND=return] dns"


class Doctor(doctoring.Doctor):
    """What one run of mdns-lookup --doctor --json found."""

    def has(self, id, level, *words, remedy=None):
        """There is one such finding; its remedy is that one."""
        found = self.all(id)
        equal(len(found), 1, f"findings of {id} in {self}, their number")
        equal(found[0]["level"], level, f"level of {found[0]}")
        for word in words:
            check(word in found[0]["text"], repr(word), "is not in", found[0])
        equal(found[0].get("remedy"), remedy, f"remedy of {id}")
        equal(set(found[0]) - {"remedy"}, {"kind", "id", "level", "text"})

    def only(self, prefix, *ids):
        """The findings that begin so are these."""
        equal(sorted(each["id"] for each in self.findings
                     if each["id"].split("-")[0].rstrip("s") == prefix),
              sorted(ids), f"findings of {prefix} in {self}")


def text_of(host, *args, **options):
    return host.run(program("", "mdns-lookup"), "--doctor", *args, **options)


CONF = "/etc/dotlocal.conf"
SOON = "timeout = 150ms\nresend = off\nsecond-way = 50ms\n"


def served(lab, settings=SOON):
    """A host with a neighbour that answers; it waits for nobody else."""
    client, _ = doctoring.honest_pair(lab, {"four.local": ["10.0.0.4"]},
                                      GOOD_LINE)
    if settings:
        client.write(CONF, settings)
    return client


def mute(lab):
    """A host that cannot send: so what the doctor asks takes no time."""
    client = served(lab)
    client.nft("add table inet t\n"
               "add chain inet t c { type filter hook output priority 0; }\n"
               "add rule inet t c udp dport 5353 drop\n")
    return client


class Somebody:
    """A host as a user other than root sees it."""

    def __init__(self, host):
        self.host = host
        self.words = ("setpriv", "--reuid", str(OTHER_USER), "--clear-groups")
        if host.run(*self.words, "true").returncode:
            raise Skip("only root has other users' ids to test with")

    def run(self, *argv, **options):
        return self.host.run(*self.words, *argv, **options)

    def popen(self, *argv, **options):
        return self.host.popen(*self.words, *argv, **options)
