#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --watch and --browse in real time: what they print when hosts and
# services come and go, and what they send meanwhile (RFC 6762 5.2, 7, 10).

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

import peer
import wire
from lab import (GROUP, Failure, Lab, between, check, equal, good_query, main,
                 pair, program, test)
from scripted import Responder, Say

IPP = "_ipp._tcp.local"
LATE = 0.25  # seconds that a busy machine may be late by
SLACK = 0.02  # and then what follows looks too early by as much as this

# In the background it may be ignored, and the tool would ignore it as well.
signal.signal(signal.SIGINT, signal.default_int_handler)

Row = collections.namedtuple("Row", "time clock sign asked data link")


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
                                 r"(\S+)  (\S+)\n", line)
            self.rows.append(Row(now, *match.groups()) if match
                             else Row(now, "", "", "", line, ""))

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


def instance(label, ttl=120):
    """A service of the kind that is browsed; shared, so without flush."""
    target = wire.name([label, "_ipp".encode(), b"_tcp", b"local"])
    return IPP, wire.PTR, wire.ptr(IPP, target, ttl=ttl, rclass=wire.IN)


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


# -- what is sent -----------------------------------------------------------

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
            instance(b"long", 120), instance(b"short", 8))))
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--browse", "-w", "8.3", "_ipp._tcp")
        equal(watch.end(10), 0, "exit status")
        equal(sorted(watch.seen()), [("+", f"long.{IPP}"),
                                     ("+", f"short.{IPP}")], "lines")
        both = {f"long.{IPP}.", f"short.{IPP}."}
        packets = asked(tap)
        # By the series, for the refresh of the short one, by the series.
        equal(len(packets), 5, f"queries ({times(packets)})")
        at(times(packets)[:3], (0, 1, 3), "queries")
        between(times(packets)[3], 6.4 - SLACK, 6.56 + LATE, "the refresh")
        between(times(packets)[4], times(packets)[3] + 1 - SLACK, 8.2,
                "the next one")
        for packet, wanted in zip(packets, (
                set(), both, both, {f"long.{IPP}."}, both)):
            equal(packet.questions[0][:2], (IPP, "PTR"), "question")
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


# -- what is believed -------------------------------------------------------

@test
def only_port_5353_is_believed():
    with Lab() as lab:
        client, server = pair(lab)
        server.ip("addr add 192.0.2.1/32 dev eth0")
        client.ip("route add 192.0.2.0/24 dev eth0")

        def says(text, **options):
            return wire.message(answers=[
                wire.address("v.local", text)], **options)

        count = 0

        def script(query):
            nonlocal count
            if query.family == 6 or not query.questions:
                return  # the latter is what it says itself, below
            count += 1
            yield Say(says("10.6.6.1"), sport=9999)
            yield Say(says("10.6.6.2"), sport=9999, to="group")
            yield Say(says("10.6.6.3"), src="192.0.2.1")
            yield Say(says("10.6.6.4", flags=wire.QR | 3), to="group")
            yield Say(says("10.6.6.5", flags=wire.QR | 0x800), to="group")
            yield Say(says("10.6.6.6", flags=0), to="group")
            if count == 3:  # 3 s after the only QU
                yield Say(says("10.6.6.7"))
                yield Say(says("10.0.0.7"), to="group", delay=0.3)

        lab.use(Responder(server, "eth0", script))
        watch = Watch(client, "--watch", "v.local")
        watch.wait("+", "10.0.0.7", 4.5)
        time.sleep(0.2)
        equal(watch.interrupt(), 0, "exit status")
        equal(watch.seen(), [("+", "10.0.0.7")], "what was believed")


@test
def announcements_and_changes_of_address():
    """Unasked ones are believed; what a flush leaves out goes a second later,
    and a goodbye that is taken back shows nothing."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", lambda query: ()))
        watch = Watch(client, "--watch", "NAS.local", "169.254.3.4")
        time.sleep(0.5)
        owner = wire.reverse_name("169.254.3.4")
        multicast(responder, wire.address("nas.local", "10.0.0.7"),
                  wire.address("other.local", "10.0.0.66"),
                  wire.ptr(owner, "nas.local"))
        first = watch.wait("+", "10.0.0.7", 0.3)
        equal((first.asked, first.link), ("NAS.local", "eth0"), "the line")
        day = time.localtime(first.time)
        clock = first.clock.split(":")
        off = (int(clock[0]) - day.tm_hour) * 3600 \
            + (int(clock[1]) - day.tm_min) * 60 \
            + float(clock[2]) - day.tm_sec - first.time % 1
        between(off, -LATE, 0.01, "time of day, off by")
        row = watch.wait("+", "nas.local", 0.3)
        equal((row.asked, row.link), ("169.254.3.4", "eth0"), "the line")

        time.sleep(1.1)
        sent = time.time()
        multicast(responder, wire.address("nas.local", "fe80::8"),
                  wire.address("nas.local", "10.0.0.8"),
                  wire.ptr(owner, "box.local"))
        for new in ("10.0.0.8", "fe80::8%eth0", "box.local"):
            between(watch.wait("+", new, 0.3).time - sent, 0, LATE)
        for old in ("10.0.0.7", "nas.local"):
            between(watch.wait("-", old, 1.5).time - sent, 1, 1 + LATE)

        place = len(watch.rows)
        multicast(responder, wire.address("nas.local", "10.0.0.8", ttl=0))
        time.sleep(0.5)
        multicast(responder, wire.address("nas.local", "10.0.0.8"))
        time.sleep(1)
        equal(watch.rows[place:], [], "lines about a goodbye taken back")
        sent = time.time()
        multicast(responder, wire.address("nas.local", "10.0.0.8", ttl=0))
        between(watch.wait("-", "10.0.0.8", 1.5).time - sent, 1, 1 + LATE)
        equal(watch.interrupt(signal.SIGTERM), 0, "exit status")


@test
def names_cannot_reach_the_terminal():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            instance(b"\x1b]0;x\x07 my.printer\n+ $(id)"))))
        watch = Watch(client, "--browse", "-w", "0.5", "-v", IPP)
        equal(watch.end(3), 0, "exit status")
        equal(watch.seen(), [("+", "\\027\\0930\\059x\\007\\032my\\046printer"
                              f"\\010\\043\\032\\036\\040id\\041.{IPP}")])
        equal(watch.rows[0].asked, IPP, "what was asked")
        check(any("sent group" in line for line in watch.err) and
              any("got  group" in line and line.endswith(": taken\n")
                  for line in watch.err), "-v says", watch.err)


@test
def what_has_no_room_is_said():
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", lambda query: ()))
        watch = Watch(client, "--browse", "_ipp._tcp")
        time.sleep(0.5)
        for first in range(0, 1100, 20):
            multicast(responder, *(instance(b"n%d" % i)[2]
                                   for i in range(first, first + 20)))
            time.sleep(0.001)
        time.sleep(1.2)
        equal(watch.interrupt(), 0, "exit status")
        equal(len(watch.rows), 1024, "lines")
        equal(watch.err, ["mdns-lookup: eth0: more answers than there is "
                          "room for; some are not shown\n"])


# -- beside avahi -----------------------------------------------------------

SERVICE = """<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>My Printer</name>
<service><type>_ipp._tcp</type><port>631</port></service></service-group>
"""
PRINTER = f"My\\032Printer.{IPP}"


def publish(host, daemon):
    host.write("/etc/avahi/services/printer.service", SERVICE)
    daemon.send_signal(signal.SIGHUP)


def goodbye(tap, rtype):
    """When a record of that type with TTL 0 was first on the wire."""
    seen = [p.time for p in tap.mdns() if not p.out and not p.is_query
            for record in each_answer(p.data)
            if record.ttl == 0 and record.rdtype == rtype]
    check(seen, "no goodbye on the wire")
    return min(seen)


@test
def avahi_publishes_withdraws_and_dies():
    with Lab() as lab:
        client, server = pair(lab)
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24")
        asker = lab.use(Responder(other, "eth0", lambda query: ()))
        hosts = lab.host("hosts")
        hosts.link(lab.links[0], "eth0", "10.0.0.4/24", "fd00::4/64")
        tap = lab.use(client.capture("eth0"))
        browse = Watch(client, "--browse", "_ipp._tcp")
        watch = Watch(hosts, "--watch", "me.local")
        daemon = peer.avahi(server, name="me")
        for address in ("10.0.0.2", "fd00::2"):
            watch.wait("+", address, 3)
        equal(browse.rows, [], "services before there is one")

        publish(server, daemon)
        browse.wait("+", PRINTER, 3)
        os.remove(server.path("/etc/avahi/services/printer.service"))
        daemon.send_signal(signal.SIGHUP)
        gone = browse.wait("-", PRINTER, 3)
        between(gone.time - goodbye(tap, wire.PTR), 1, 1 + LATE,
                "from the goodbye to the line")

        # It dies: nobody says so, but others ask in vain (10.5).
        place = len(browse.rows)
        publish(server, daemon)
        browse.wait("+", PRINTER, 3, place)
        daemon.kill()
        daemon.wait(2)
        for _ in range(2):
            # Within a second nobody would answer (6).
            time.sleep(1.1)
            sent = time.time()
            asker.send(Say(wire.message(flags=0, questions=[
                wire.question(IPP, wire.PTR)]), to="group", via=4), None)
        gone = browse.wait("-", PRINTER, 12, place)
        between(gone.time - sent, 10, 10 + LATE, "after the second question")
        equal([row for row in watch.rows if row.sign == "-"], [],
              "addresses that nobody asked for in vain")

        # Back again, and then it leaves in good order.
        place = len(browse.rows)
        daemon = peer.avahi(server, name="me")
        browse.wait("+", PRINTER, 4, place)
        daemon.terminate()
        browse.wait("-", PRINTER, 3, place)
        for address in ("10.0.0.2", "fd00::2"):
            watch.wait("-", address, 2)
        equal(browse.interrupt(), 0, "exit status")
        equal([row.sign for row in browse.rows], list("+-+-+-"), "lines")
        equal(sorted(watch.seen()), sorted(
            (sign, address) for sign in "+-"
            for address in ("10.0.0.2", "fd00::2")), "lines")


@test
def beside_avahi_on_one_host():
    """They share the port: no QU (15.1), as the answer might go to the other;
    and what avahi itself publishes is found too."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(instance(b"far"))))
        daemon = peer.avahi(client, name="me")
        publish(client, daemon)
        time.sleep(2.5)  # announced
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--browse", "_ipp._tcp")
        for name in (f"far.{IPP}", PRINTER):
            between(watch.wait("+", name, 2.5).time - watch.start, 0.02, 1.5,
                    name)
        time.sleep(1)
        equal(watch.interrupt(), 0, "exit status")
        ours = [p for p in tap.asked() if (IPP, "PTR") in
                {q[:2] for q in p.questions}]
        check(len(ours) >= 4, "queries", ours)
        for packet in ours:
            equal(packet.sport, 5353, "source port")
            equal({q[2] for q in packet.questions}, {1}, "class")
        equal({row.link for row in watch.rows}, {"eth0"}, "interfaces")

        # It still answers others itself.
        tap = lab.use(server.capture("eth0"))
        watch = Watch(server, "--watch", "-w", "1.5", "me.local")
        equal(watch.end(3), 0, "exit status")
        check(("+", "10.0.0.1") in watch.seen(), watch.rows)


# -- interfaces -------------------------------------------------------------

@test
def interfaces_come_and_go():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(instance(b"near"))))
        second = lab.new_link()
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24", "fd01::2/64")
        far = lab.use(Responder(other, "eth0", Records(instance(b"far"))))
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--browse", "_ipp._tcp")
        equal(watch.wait("+", f"near.{IPP}", 1).link, "eth0")

        client.link(second, "wlan0", "10.1.0.1/24")
        wlan = lab.use(client.capture("wlan0"))
        since = time.time()
        row = watch.wait("+", f"far.{IPP}", 3)
        equal(row.link, "wlan0", "interface")
        between(row.time - since, 0, 1.12 + LATE, "until it is asked")
        equal(asked(wlan)[0].questions, [(IPP, "PTR", 0x8001)],
              "the first question there")
        multicast(far, instance(b"late")[2])
        equal(watch.wait("+", f"late.{IPP}", 0.3).link, "wlan0")

        since = time.time()
        place = len(watch.rows)
        client.ip("link set wlan0 down")
        row = watch.wait("-", f"far.{IPP}", 3, place)
        equal(row.link, "wlan0", "interface")
        between(row.time - since, 0, 1 + LATE, "until it is seen")
        client.ip("link set wlan0 up")
        watch.wait("+", f"far.{IPP}", 4, place)
        place = len(watch.rows)
        client.ip("link del wlan0")
        equal(watch.wait("-", f"far.{IPP}", 3, place).link, "wlan0")

        equal(watch.interrupt(), 0, "exit status")
        equal([row for row in watch.rows if row.link == "eth0"],
              watch.rows[:1], "lines about the other one")
        gaps = times(asked(tap))
        equal(gaps[:3], sorted(gaps[:3]), "order")
        at(gaps[:3], (0, 1, 3), "queries on the other one")


@test
def a_transport_that_comes_later_is_used():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0", "10.0.0.1/24")
        client.ip("-6 addr flush dev eth0")
        server = lab.host("server")
        server.link(link, "eth0", "fd00::2/64")
        lab.use(Responder(server, "eth0", Records(
            a("six.local", "fd00::2")), families=(6,)))
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "six.local")
        time.sleep(3.5)  # the next question by the series is at 7
        equal(asked(tap, 6), [], "queries over IPv6 without an address")
        since = time.time()
        client.ip("addr add fd00::1/64 dev eth0 nodad")
        row = watch.wait("+", "fd00::2", 3)
        between(row.time - since, 0, 1.12 + LATE, "until it is asked")
        equal(watch.interrupt(), 0, "exit status")


@test
def interfaces_and_transports_are_chosen():
    with Lab() as lab:
        client, _ = pair(lab)
        client.link(lab.new_link(), "wlan0", "10.1.0.1/24", "fd01::1/64")
        taps = {name: lab.use(client.capture(name))
                for name in ("eth0", "wlan0")}
        for options, links, families in (
                (("--watch", "x.local"), {"eth0", "wlan0"}, {4, 6}),
                (("--watch", "-4", "-i", "w*", "x.local"), {"wlan0"}, {4}),
                (("--watch", "-6", "fe80::1%eth0"), {"eth0"}, {6}),
                (("--browse", "-i", "eth0", "_x._udp"), {"eth0"}, {4, 6})):
            for tap in taps.values():
                tap.forget()
            watch = Watch(client, "-w", "0.3", *options)
            equal(watch.end(3), 1, f"exit status with {options}")
            seen = [(name, p.family) for name, tap in taps.items()
                    for p in tap.asked()]
            equal({name for name, _ in seen}, links, f"asked with {options}")
            equal({family for _, family in seen}, families, options)
        # What cannot be asked is not complained of where another one can.
        client.ip("-6 addr flush dev eth0")
        watch = Watch(client, "-w", "0.3", "-6", "--watch", "x.local")
        equal(watch.end(3), 1, "exit status")
        equal("".join(watch.err), "mdns-lookup: x.local: nobody answered on "
              "wlan0 within 0.3 s\n")


@test
def exit_status():
    with Lab() as lab:
        client = lab.host("client")
        watch = Watch(client, "--watch", "x.local")
        equal(watch.end(1), 3, "without an interface")
        check("no interface can be asked:" in watch.err[0], watch.err)
        check(any("lo " in line and "loopback" in line for line in watch.err),
              watch.err)

        link = lab.new_link()
        client.link(link, "eth0", "10.0.0.1/24")
        client.ip("-6 addr flush dev eth0")
        watch = Watch(client, "--watch", "-6", "x.local")
        equal(watch.end(1), 3, "without IPv6")
        check(any("has no IPv6 address" in line for line in watch.err),
              watch.err)
        for number in (signal.SIGINT, signal.SIGTERM):
            watch = Watch(client, "--watch", "x.local")
            time.sleep(0.3)
            since = time.monotonic()
            equal(watch.interrupt(number), 1, f"nothing found, {number}")
            between(time.monotonic() - since, 0, LATE, "time to end")
            equal(watch.err, [], "standard error")

        # Whoever starts it in the background wants Ctrl-C to leave it alone.
        since = time.monotonic()
        client.run("sh", "-c", "trap '' INT; \"$1\" --watch -w 0.6 x.local & "
                   "sleep 0.2; kill -INT $!; wait", "sh",
                   program("", "mdns-lookup"))
        between(time.monotonic() - since, 0.6, 0.6 + LATE, "time it ran")

        # Nor does it go on for a reader that has left.
        since = time.monotonic()
        client.run("sh", "-c", '"$1" --watch -w 2 x.local | sleep 0.3', "sh",
                   program("", "mdns-lookup"))
        between(time.monotonic() - since, 0.3, 0.3 + LATE, "time it ran")

        client.nft("add table inet t\n"
                   "add chain inet t c { type filter hook output priority 0; "
                   "}\nadd rule inet t c udp dport 5353 drop\n")
        watch = Watch(client, "--watch", "-w", "0.5", "x.local")
        equal(watch.end(3), 3, "behind a firewall that refuses")
        check("eth0: cannot send: a firewall" in watch.err[0], watch.err)
        equal(sum("cannot send" in line for line in watch.err), 2,
              f"complaints ({watch.err})")


if __name__ == "__main__":
    main()
