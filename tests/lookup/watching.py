# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of mdns-lookup --watch share: the tool while it runs, hosts
# that answer it, and when it asked.

import collections
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import dns.message

import wire
from lab import Failure, between, check, equal, program
from scripted import Responder, Say

LATE = 0.25  # seconds that a busy machine may be late by
SLACK = 0.02  # and then what follows looks too early by as much as this
ADDRESS = "169.254.1.1"
OWNER = wire.reverse_name(ADDRESS)

# In the background it may be ignored, and the tool would ignore it as well.
signal.signal(signal.SIGINT, signal.default_int_handler)

Row = collections.namedtuple("Row", "time clock sign asked data link owner")


class Watch:
    """mdns-lookup while it runs: its lines, and when each came."""

    def __init__(self, host, *args):
        self.start = time.time()
        self.process = host.popen(program("", "mdns-lookup"), *args,
                                  stderr=subprocess.PIPE)
        self.rows = []
        self.err = []
        self.threads = [threading.Thread(target=self.read, daemon=True),
                        threading.Thread(target=self.read_err, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read(self):
        for line in self.process.stdout:
            now = time.time()
            match = re.fullmatch(r"(\d\d:\d\d:\d\d\.\d{3})  ([-+])  (\S+)  "
                                 r"(\S+)  (\S+)(?:  is (\S+))?\n", line)
            self.rows.append(Row(now, *match.groups()) if match
                             else Row(now, "", "", "", line, "", None))

    def read_err(self):
        self.err.extend(self.process.stderr)

    def seen(self):
        return [(row.sign, row.data) for row in self.rows]

    def wait(self, sign, data, seconds, after=0):
        """The row that says so, at or behind a place in the rows."""
        deadline = time.monotonic() + seconds
        while True:
            for row in self.rows[after:]:
                if (row.sign, row.data) == (sign, data):
                    return row
            check(time.monotonic() < deadline, "after", seconds, "s no", sign,
                  data, "but", self.rows, self.err)
            time.sleep(0.005)

    def interrupt(self, number=signal.SIGINT):
        """Its exit status."""
        self.process.send_signal(number)
        return self.end(2)

    def end(self, seconds):
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"it still runs after {seconds} s") from None
        for thread in self.threads:
            thread.join(2)
        return status


def each_answer(data):
    """The records of the answer section, one by one."""
    return dns.message.from_wire(data, one_rr_per_rrset=True).answer


def keys(data):
    """What tells these records apart."""
    return {(record.name, record.rdtype, record[0].to_text())
            for record in each_answer(data)}


class Records:
    """The script of a responder with these records: owner, type, octets. It
    leaves out what the asker knows (RFC 6762 7.1), and is silent once it has
    answered so many queries of each family."""

    def __init__(self, *records, answers=1000):
        self.records = [(wire.unescape(wire.name(owner)), rtype, octets,
                         keys(wire.message(answers=[octets])))
                        for owner, rtype, octets in records]
        self.left = {4: answers, 6: answers}

    def __call__(self, query):
        known = keys(query.data)
        asked = {(wire.unescape(q[0]), q[1]) for q in query.questions}
        answers = [octets for owner, rtype, octets, key in self.records
                   if (owner, rtype) in asked and not key <= known]
        if not answers or not self.left[query.family]:
            return
        self.left[query.family] -= 1
        yield Say(wire.message(answers=answers),
                  to=None if query.unicast else "group")


def a(owner, text, ttl=120, **options):
    octets = wire.address(owner, text, ttl=ttl, **options)
    return owner, wire.AAAA if ":" in text else wire.A, octets


def named(label, ttl=120):
    """A name of ADDRESS; shared, so without flush."""
    target = wire.name([label, b"local"])
    return OWNER, wire.PTR, wire.ptr(OWNER, target, ttl=ttl, rclass=wire.IN)


def speaker(lab, host):
    """One that answers nothing, and says what multicast() has it say."""
    return lab.use(Responder(host, "eth0", lambda query: (), families=()))


def multicast(responder, *octets):
    """Says something that nobody has asked for."""
    responder.send(Say(wire.message(answers=octets), to="group", via=4), None)


def asked(tap, family=4):
    return [p for p in tap.asked() if p.family == family]


def times(packets):
    return [p.time - packets[0].time for p in packets]


def at(seen, wanted, what):
    """These times and no others, each by at most LATE too late."""
    equal(len(seen), len(wanted), f"{what} ({seen}): how many")
    for each, due in zip(seen, wanted):
        between(each, due - SLACK, due + LATE, what)
