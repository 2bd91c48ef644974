# SPDX-License-Identifier: LGPL-2.1-or-later
# For the tests of mdns-lookup --browse, --types and --resolve: services that a
# scripted responder has, and the tool while it runs.

import json
import re
import signal
import struct
import subprocess
import threading
import time

import dns.message

import wire
from lab import Failure, check, equal, program
from scripted import Say

SRV = 33
IPP = "_ipp._tcp.local"
META = "_services._dns-sd._udp.local"
PRINTER = ["My Printer 2.0", "_ipp", "_tcp", "local"]
LATE = 0.4  # seconds that a busy machine may be late by

# In the background it may be ignored, and the tool would ignore it as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


# -- records ----------------------------------------------------------------

def name(value):
    """Wire form; the first label may be text with dots in it, or octets."""
    if isinstance(value, list):
        value = [label if isinstance(label, bytes) else label.encode()
                 for label in value]
    return wire.name(value)


def below(label, kind=IPP):
    """The name of an instance."""
    return [label, *kind.split(".")]


def ptr(owner, target, ttl=120):
    owner = name(owner)
    return owner, wire.PTR, wire.ptr(owner, name(target), ttl=ttl,
                                     rclass=wire.IN)


def srv(owner, port, target, priority=0, weight=0, **options):
    owner = name(owner)
    rdata = struct.pack("!3H", priority, weight, port) + name(target)
    return owner, SRV, wire.record(owner, SRV, rdata, **options)


def txt(owner, *strings, **options):
    owner = name(owner)
    rdata = b"".join(bytes([len(s)]) + s for s in strings) or b"\0"
    return owner, wire.TXT, wire.record(owner, wire.TXT, rdata, **options)


def a(owner, text, **options):
    owner = name(owner)
    return (owner, wire.AAAA if ":" in text else wire.A,
            wire.address(owner, text, **options))


def nsec(owner, *types):
    """Says what there is, wherever something else is asked for."""
    owner = name(owner)
    return owner, wire.NSEC, wire.nsec(owner, types)


def service(label=PRINTER[0], kind=IPP, host="printer.local", port=631,
            strings=(b"txtvers=1", b"rp=ipp/print"), address="10.0.0.2"):
    """All records of a printer."""
    instance = below(label, kind)
    return [ptr(kind, instance), srv(instance, port, host),
            txt(instance, *strings), a(host, address),
            nsec(host, wire.A)]


def keys(data):
    """What tells the records of the answer section apart."""
    message = dns.message.from_wire(data, one_rr_per_rrset=True)
    return {(r.name, r.rdtype, r[0].to_text()) for r in message.answer}


class Records:
    """The script of a responder that answers just what it is asked, with no
    additional records (RFC 6763 12), and not what the asker knows."""

    def __init__(self, *records):
        self.set(*records)
        self.asked = set()

    def set(self, *records):
        self.records = [(wire.unescape(owner), rtype, octets,
                         keys(wire.message(answers=[octets])))
                        for owner, rtype, octets in records]

    def __call__(self, query):
        known = keys(query.data)
        asked = {(wire.unescape(q[0]), q[1]) for q in query.questions}
        self.asked |= asked
        have = {(owner, rtype) for owner, rtype, _, _ in self.records}
        denied = {owner for owner, rtype in asked
                  if (owner, rtype) not in have}
        answers = [octets for owner, rtype, octets, key in self.records
                   if ((owner, rtype) in asked
                       or (rtype == wire.NSEC and owner in denied))
                   and not key <= known]
        for i in range(0, len(answers), 40):
            yield Say(wire.message(answers=answers[i:i + 40]),
                      to=None if query.unicast else "group")


def multicast(responder, *records):
    """Says something that nobody has asked for."""
    responder.send(Say(wire.message(answers=[r[2] for r in records]),
                       to="group", via=4), None)


# -- the tool ---------------------------------------------------------------

class Tool:
    """mdns-lookup while it runs: its lines, and when each came."""

    def __init__(self, host, *args):
        self.process = host.popen(program("", "mdns-lookup"), *args,
                                  stderr=subprocess.PIPE)
        self.lines = []
        self.times = []
        self.err = []
        self.threads = [threading.Thread(target=self.read, daemon=True),
                        threading.Thread(target=self.read_err, daemon=True)]
        for thread in self.threads:
            thread.start()

    def read(self):
        for line in self.process.stdout:
            self.times.append(time.monotonic())
            self.lines.append(line.rstrip("\n"))

    def read_err(self):
        self.err.extend(self.process.stderr)

    def wait(self, pattern, seconds=3, after=0):
        """The number of the first line that matches."""
        deadline = time.monotonic() + seconds
        while True:
            for i, line in enumerate(self.lines[after:], after):
                if re.search(pattern, line):
                    return i
            check(time.monotonic() < deadline, "after", seconds, "s no",
                  pattern, "but", self.lines, self.err)
            time.sleep(0.005)

    def objects(self):
        return [json.loads(line) for line in self.lines]

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.end(2)

    def end(self, seconds=10):
        """Its exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"it still runs after {seconds} s") from None
        for thread in self.threads:
            thread.join(2)
        return status


def run(host, *args):
    tool = Tool(host, *args)
    status = tool.end()
    return status, tool.lines, "".join(tool.err)


COMMON = {"kind", "time", "change", "name", "instance", "type", "domain",
          "interface"}
KNOWN = {"host", "port", "priority", "weight", "addresses", "txt"}


def good_service(seen, wanted, more=()):
    """These keys, no others, and the values of those that are given."""
    equal(set(seen), COMMON | set(more), f"keys of {seen}")
    equal(seen["kind"], "service")
    check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z",
                       seen["time"]), "time", seen["time"])
    for key, value in wanted.items():
        equal(seen[key], value, key)
