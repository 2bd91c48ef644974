# SPDX-License-Identifier: LGPL-2.1-or-later
# Responders for a helper: what they say lives as long as the test likes, and
# may change while they run.

import os
import struct
import sys

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from scripted import Honest, Say


class Hosts(Honest):
    """An honest responder whose records live as long as the test likes. Its
    hosts may be changed while it runs; mute: it says nothing."""

    def __init__(self, hosts, ttl=120, **options):
        super().__init__(hosts, **options)
        self.ttl = ttl
        self.mute = False

    def records(self, query, legacy):
        answers, extra = super().records(query, legacy)
        return ([self.live(each, legacy) for each in answers],
                [self.live(each, legacy) for each in extra])

    def live(self, record, legacy):
        """The same with our TTL (RFC 6762 6.7: 10 s for one-shots)."""
        at = 0
        while record[at]:
            at += 1 + record[at]
        at += 5
        ttl = min(self.ttl, 10) if legacy else self.ttl
        return record[:at] + struct.pack("!I", ttl) + record[at + 4:]

    def __call__(self, query):
        if self.mute:
            return
        if query.legacy:
            yield from super().__call__(query)
            return
        # Each record once a second (RFC 6762 6).
        answers, extra = (
            [each for each in part
             if query.time - self.last.get((query.family, each), -9) >= 1]
            for part in self.records(query, False))
        if not answers and not extra:
            return
        for each in answers + extra:
            self.last[query.family, each] = query.time
        yield Say(wire.message(answers=answers, additional=extra),
                  to=None if query.unicast else "group", delay=self.delay)


def multicast(responder, *octets, via=4):
    """Says something that nobody has asked for."""
    responder.send(Say(wire.message(answers=octets), to="group", via=via),
                   None)
