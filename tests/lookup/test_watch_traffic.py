#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# What mdns-lookup --watch sends, and when (RFC 6762 5.2, 7).

import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from lab import Lab, between, check, equal, good_query, main, pair, test
from scripted import Responder, Say
from watching import (ADDRESS, LATE, OWNER, SLACK, Records, Watch, a, asked,
                      at, each_answer, named, times)


@test
def nobody_is_asked_for_ever_less_often():
    """The first after 20 to 120 ms, then gaps of 1, 2 and 4 s."""
    with Lab() as lab:
        client, _ = pair(lab)
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "-w", "7.6", "nobody.local")
        equal(watch.end(9), 1, "exit status")
        equal("".join(watch.err), "mdns-lookup: nobody.local: nobody answered "
              "on eth0 within 7.6 s\n")
        equal(watch.rows, [], "lines")
        for family in (4, 6):
            packets = asked(tap, family)
            between(packets[0].time - watch.start, 0.02, 0.12 + LATE,
                    "the first query")
            at(times(packets), (0, 1, 3, 7), f"queries over IPv{family}")
            for i, packet in enumerate(packets):
                good_query(packet, "nobody.local")
                equal((packet.sport, packet.id), (5353, 0), "port and id")
                # The port was ours alone (5.4).
                equal({q[2] for q in packet.questions},
                      {0x8001 if i == 0 else 1}, f"class in query {i}")


@test
def first_delay_is_random():
    with Lab() as lab:
        client, _ = pair(lab)
        tap = lab.use(client.capture("eth0"))
        delays = []
        for _ in range(8):
            tap.forget()
            watch = Watch(client, "--watch", "-w", "0.3", "nobody.local")
            equal(watch.end(3), 1, "exit status")
            delays.append(asked(tap)[0].time - watch.start)
        between(min(delays), 0.02, 0.12, "the shortest delay")
        between(max(delays), 0.04, 0.12 + LATE, "the longest delay")
        check(max(delays) - min(delays) > 0.01, "all the same:", delays)


@test
def several_questions_travel_together():
    with Lab() as lab:
        client, _ = pair(lab)
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "-w", "1.5", "a.local", "b.local",
                      "169.254.1.1")
        equal(watch.end(4), 1, "exit status")
        equal(len(watch.err), 3, f"complaints ({watch.err})")
        for family in (4, 6):
            packets = asked(tap, family)
            equal(len(packets), 2, "queries")
            for packet in packets:
                equal(sorted(q[:2] for q in packet.questions), [
                    ("1.1.254.169.in-addr.arpa", "PTR"), ("a.local", "A"),
                    ("a.local", "AAAA"), ("b.local", "A"),
                    ("b.local", "AAAA")], "questions")


@test
def known_answers_are_told():
    """As long as half their time is left; what is due for a refresh is not."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            named(b"long", 120), named(b"short", 8))))
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "-w", "8.3", ADDRESS)
        equal(watch.end(10), 0, "exit status")
        equal(sorted(watch.seen()), [("+", "long.local"),
                                     ("+", "short.local")], "lines")
        both = {"long.local.", "short.local."}
        packets = asked(tap)
        # By the series, for the refresh of the short one, by the series.
        equal(len(packets), 5, f"queries ({times(packets)})")
        at(times(packets)[:3], (0, 1, 3), "queries")
        between(times(packets)[3], 6.4 - SLACK, 6.56 + LATE, "the refresh")
        between(times(packets)[4], times(packets)[3] + 1 - SLACK, 8.2,
                "the next one")
        for packet, wanted in zip(packets, (
                set(), both, both, {"long.local."}, both)):
            equal(packet.questions[0][:2], (OWNER, "PTR"), "question")
            known = {record[0].to_text(): record
                     for record in each_answer(packet.data)}
            equal(set(known), wanted, "known answers")
            for name, record in known.items():
                equal(int(record.rdclass), 1, "class of a known answer")
                if name.startswith("long"):
                    left = 120 - (packet.time - packets[0].time)
                    between(record.ttl, left - 1.1, left + 0.1, "TTL left")


@test
def nothing_is_asked_once_all_is_known():
    """Unique records, and an NSEC that denies the rest; without one the other
    family stays open."""
    with Lab() as lab:
        _, server = pair(lab)
        clients = []
        for i in range(3):
            client = lab.host(f"client{i}")
            client.link(lab.links[0], "eth0", f"10.0.0.{i + 11}/24")
            clients.append(client)
        lab.use(Responder(server, "eth0", Records(
            a("dual.local", "10.0.0.2"), a("dual.local", "fd00::2"),
            a("nsec.local", "10.0.0.3"),
            ("nsec.local", wire.AAAA, wire.nsec("nsec.local", [wire.A])),
            a("four.local", "10.0.0.4"))))
        taps = [lab.use(client.capture("eth0")) for client in clients]
        names = ("dual.local", "nsec.local", "four.local")
        watches = [Watch(client, "--watch", "-w", "3.6", name)
                   for client, name in zip(clients, names)]
        for watch in watches:
            equal(watch.end(6), 0, "exit status")
        equal(sorted(watches[0].seen()), [("+", "10.0.0.2"), ("+", "fd00::2")])
        equal(watches[1].seen(), [("+", "10.0.0.3")])
        equal(watches[2].seen(), [("+", "10.0.0.4")])
        for i in (0, 1):
            at(times(asked(taps[i])), (0,), f"queries for {names[i]}")
        packets = asked(taps[2])
        at(times(packets), (0, 1, 3), "queries for four.local")
        for packet in packets[1:]:
            equal(packet.questions, [("four.local", "AAAA", 1)], "questions")


@test
def refreshed_and_gone_at_the_end():
    """A host with a TTL of 20 s that falls silent is asked for at 80, 85, 90
    and 95 %, and gone at 100 %; one that answers costs a query in 80 % of its
    TTL, and nothing is printed."""
    with Lab() as lab:
        client, server = pair(lab)
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24")
        lab.use(Responder(server, "eth0", Records(
            a("mute.local", "10.0.0.2", 20), a("mute.local", "fd00::2", 20),
            answers=1), families=(4,)))
        answering = lab.host("answering")
        answering.link(lab.links[0], "eth0", "10.0.0.4/24")
        lab.use(Responder(answering, "eth0", Records(
            a("fine.local", "10.0.0.4", 5), a("fine.local", "fd00::4", 5))))
        tap = lab.use(client.capture("eth0"))
        quiet = lab.use(other.capture("eth0"))
        watch = Watch(client, "--watch", "mute.local")
        fine = Watch(other, "--watch", "fine.local")
        rows = [watch.wait("+", address, 1)
                for address in ("10.0.0.2", "fd00::2")]
        heard = rows[0].time
        for address in ("10.0.0.2", "fd00::2"):
            gone = watch.wait("-", address, 21)
            between(gone.time - heard, 20 - 0.1, 20 + LATE, "when it went")
        equal(fine.interrupt(), 0, "exit status")
        equal(sorted(fine.seen()), [("+", "10.0.0.4"), ("+", "fd00::4")])
        # Two records of one host, each with its own jitter of 2 %, are within
        # a second of each other: asked for in one query or in two.
        for family in (4, 6):
            packets = [p for p in asked(tap, family)
                       if p.time < heard + 20 - 0.1]
            for rtype in ("A", "AAAA"):
                sent = [p.time - heard for p in packets
                        if rtype in {q[1] for q in p.questions}]
                check(sent[0] < 0, "asked first after", sent[0])
                equal(len(sent), 5, f"queries for {rtype} ({sent})")
                for i, each in enumerate(sent[1:]):
                    between(each, 16 + i - SLACK, 16.4 + i + LATE,
                            f"refresh {i} of {rtype}")
                gaps = [y - x for x, y in zip(sent, sent[1:])]
                check(min(gaps) > 1 - SLACK, "asked twice in a second:", sent)
            check(all(q[2] == 1 for p in packets[1:] for q in p.questions),
                  "QU in a refresh")
        sent = [p.time for p in asked(quiet)
                if "A" in {q[1] for q in p.questions}]
        for x, y in zip(sent, sent[1:]):
            between(y - x, 4.0 - SLACK, 4.1 + LATE, "gap between refreshes")
        between(len(sent), 5, 6, "queries for a host that answers")


@test
def others_ask_for_us():
    """What another host has just asked need not be asked again (7.3)."""
    with Lab() as lab:
        client, _ = pair(lab)
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24")
        asker = lab.use(Responder(other, "eth0", lambda query: ()))
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "nobody.local")
        time.sleep(2.6)
        first = asked(tap)[0].time
        asker.send(Say(wire.message(flags=0, questions=[
            wire.question("nobody.local", wire.A),
            wire.question("nobody.local", wire.AAAA)]), to="group", via=4),
            None)
        theirs = time.time() - first
        time.sleep(4.5)
        equal(watch.interrupt(), 1, "exit status")
        at(times(asked(tap)), (0, 1, theirs + 4), "queries")


if __name__ == "__main__":
    main()
