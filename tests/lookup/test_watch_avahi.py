#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --watch and avahi, on one host and on two.

import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import peer
import wire
from lab import Lab, between, check, equal, main, pair, test
from scripted import Responder, Say
from watching import LATE, Records, Watch, a, asked, each_answer


def goodbye(tap, rtype):
    """When a record of that type with TTL 0 was last on the wire."""
    seen = [p.time for p in tap.mdns() if not p.out and not p.is_query
            for record in each_answer(p.data)
            if record.ttl == 0 and record.rdtype == rtype]
    check(seen, "no goodbye on the wire")
    return max(seen)


@test
def avahi_comes_dies_and_leaves():
    with Lab() as lab:
        client, server = pair(lab)
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24")
        asker = lab.use(Responder(other, "eth0", lambda query: ()))
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "me.local")
        daemon = peer.avahi(server, name="me")
        for address in ("10.0.0.2", "fd00::2"):
            watch.wait("+", address, 3)

        # It dies: nobody says so, but others ask in vain (10.5).
        daemon.kill()
        daemon.wait(2)
        for _ in range(2):
            # Within a second nobody would answer (6).
            time.sleep(1.1)
            sent = time.time()
            asker.send(Say(wire.message(flags=0, questions=[
                wire.question("me.local", wire.A)]), to="group", via=4), None)
        gone = watch.wait("-", "10.0.0.2", 12)
        between(gone.time - sent, 10, 10 + LATE, "after the second question")
        equal([row for row in watch.rows if row[2:5:2] == ("-", "fd00::2")],
              [], "an address that nobody asked for in vain")

        # Back again, and then it leaves in good order.
        place = len(watch.rows)
        daemon = peer.avahi(server, name="me")
        watch.wait("+", "10.0.0.2", 4, place)
        time.sleep(1.1)
        place = len(watch.rows)
        daemon.terminate()
        gone = [watch.wait("-", address, 3, place)
                for address in ("10.0.0.2", "fd00::2")]
        between(gone[0].time - goodbye(tap, wire.A), 1, 1 + LATE,
                "from the goodbye to the line")
        equal(watch.interrupt(), 0, "exit status")
        equal([row.sign for row in watch.rows if row.data == "10.0.0.2"],
              list("+-+-"), "lines")


@test
def beside_avahi_on_one_host():
    """They share the port: no QU (15.1), as the answer might go to the other;
    and what avahi itself publishes is found too."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(a("far.local", "10.0.0.2"))))
        peer.avahi(client, name="me")
        time.sleep(2.5)  # announced
        tap = lab.use(client.capture("eth0"))
        watches = [Watch(client, "--watch", name)
                   for name in ("far.local", "me.local")]
        for watch, address in zip(watches, ("10.0.0.2", "10.0.0.1")):
            between(watch.wait("+", address, 2.5).time - watch.start, 0.02,
                    1.5, address)
        time.sleep(1)
        for watch in watches:
            equal(watch.interrupt(), 0, "exit status")
            equal({row.link for row in watch.rows}, {"eth0"}, "interfaces")
        ours = [p for p in tap.asked() if ("far.local", "AAAA") in
                {q[:2] for q in p.questions}]
        check(len(ours) >= 4, "queries", ours)
        for packet in ours:
            equal(packet.sport, 5353, "source port")
            equal({q[2] for q in packet.questions}, {1}, "class")

        # It still answers others itself.
        watch = Watch(server, "--watch", "-w", "1.5", "me.local")
        equal(watch.end(3), 0, "exit status")
        check(("+", "10.0.0.1") in watch.seen(), watch.rows)


if __name__ == "__main__":
    main()
