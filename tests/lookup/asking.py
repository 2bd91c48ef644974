# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of mdns-lookup NAME share: what one run said, and hosts that
# answer it with records of any type.

import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from lab import Failure, check, pair, program
from scripted import Responder, Say, answer_name

FAST = ("-w", "0.3")  # to wait for nobody

# In the background it may be ignored, and the tool would ignore it as well.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Done:
    """What one run of mdns-lookup said."""

    def __init__(self, host, *args):
        start = time.monotonic()
        done = host.run(program("", "mdns-lookup"), *args)
        self.seconds = time.monotonic() - start
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        # Columns: asked, found, interface, transport, time, unit, more.
        self.rows = [line.split() for line in self.out.splitlines()]
        self.lines = self.out.splitlines()

    def __repr__(self):
        return f"exit {self.status}, {self.out!r}, {self.err!r}"

    def says(self, *words):
        for word in words:
            check(word in self.err, "does not say", repr(word), self)


class Running:
    """mdns-lookup until it is interrupted."""

    def __init__(self, host, *args, **options):
        options.setdefault("stderr", subprocess.PIPE)
        self.process = host.popen(program("", "mdns-lookup"), *args, **options)

    def interrupt(self, number=signal.SIGINT):
        self.process.send_signal(number)
        start = time.monotonic()
        try:
            self.out, self.err = self.process.communicate(timeout=3)
        except subprocess.TimeoutExpired:
            raise Failure("it still runs after 3 s") from None
        self.seconds = time.monotonic() - start
        self.status = self.process.returncode
        return self


class Records:
    """The script of a host with these records: (owner, type, rdata). It answers
    by the rules, a one-shot with short TTLs and without cache-flush, and denies
    what it has not if nsec is set."""

    def __init__(self, *records, nsec=False, delay=0, unique=True):
        self.records = records
        self.nsec = nsec
        self.delay = delay
        self.unique = unique

    def __call__(self, query):
        options = dict(ttl=10, rclass=wire.IN) if query.legacy else dict(
            ttl=120, rclass=wire.IN | (wire.FLUSH if self.unique else 0))
        answers, extra = [], []
        for owner, rtype, _ in query.questions:
            mine = [(kind, rdata) for name, kind, rdata in self.records
                    if wire.unescape(wire.name(name)) == wire.unescape(owner)]
            fits = [(kind, rdata) for kind, rdata in mine
                    if rtype in (kind, wire.ANY)]
            answers += [wire.record(owner, kind, rdata, **options)
                        for kind, rdata in fits]
            if mine and not fits and self.nsec and not extra:
                extra = [wire.nsec(owner, sorted({kind for kind, _ in mine}),
                                   **options)]
        if not answers and not extra:
            return
        if query.legacy:
            yield Say(answer_name(query, answers, nsec=extra),
                      delay=self.delay)
        else:
            yield Say(wire.message(answers=answers, additional=extra),
                      to=None if query.unicast else "group", delay=self.delay)


def serve(lab, *records, **options):
    """A client, and a host that answers it."""
    client, server = pair(lab)
    responder = lab.use(Responder(
        server, "eth0", Records(*records, **options)))
    return client, server, responder
