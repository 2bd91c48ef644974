#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Defects of other daemons that were published (tests/wounds.md): what crashed
# them is told to mdns-helper, which goes on.

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from calls import module
from helper import BROWSE, KINDS, OTHER_USER, RECONFIRM, RESOLVE, WATCH
from helper import Client, Helper, Watch
from hosts import Hosts, multicast
from lab import Lab, between, check, equal, main, pair, test, until
from scripted import GROUP, Responder

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
HOSTS = {"nas.local": ["10.0.0.2", "fd00::2"]}
MISSING = 5  # NAMES_MISSING_TIME
OFF_LINK = {4: "198.51.100.7", 6: "2001:db8:ffff::7"}


def served(lab):
    client, server = pair(lab)
    responder = lab.use(Responder(server, "eth0", Hosts(HOSTS)))
    return client, server, responder, lab.use(Helper(client))


def works(client, helper):
    helper.lives()
    ask = Client(client)
    equal(ask.addresses("nas.local"), HOSTS["nas.local"], "afterwards")
    ask.close()


@test
def badly_formed_names():
    """avahi, CVE-2021-3502: "a", "a..b" and the like ended it; CVE-2023-1981:
    the empty one; CVE-2023-38470 to -38473: some others."""
    with Lab() as lab:
        client, _, _, helper = served(lab)
        texts = ["a", "a.", ".a", "a..b", ".b.c", "a.b..", "", ".", "..",
                 "A\\.B", "\\", "10.0.0.2", "a..local", ".local",
                 "local", "local.", ".local.", "a.local..", "\\.local"]
        calls = module(client, ENTRY, *texts)
        for text, call in zip(texts, calls):
            check(call.verdict != FOUND, f"found {text!r}")
            between(call.ms, 0, 2000, f"time of {text!r}")
        helper.lives()
        wires = [b"\0", b"\1a\0", b"\1a\0\1b\0", b"\0\1a\0", b"\1a\1b\0\0",
                 b"\1.\5local\0", b"\3A.B\5local\0", b"\1\\\5local\0",
                 b"\5local\0", b"\1\0\5local\0", b"\3\0\0\0\5local\0",
                 b"\3\xff\xfe\xfd\5local\0", b"\77" + b"x" * 63 + b"\5local\0",
                 b"\77" + b"\\" * 63 + b"\5local\0", b"\xc0\0", b"\1a\xc0\0"]
        for octets in wires:
            for op, rtype in ((RESOLVE, 0), (WATCH, wire.A), (WATCH, 255),
                              (BROWSE, 0), (RECONFIRM, wire.A)):
                ask = Client(client, OTHER_USER)
                ask.send(op, octets, type=rtype)
                got = ask.receive(3)
                check(got is None or KINDS[got.kind] != "ANSWER"
                      or got.status != 0, "an answer to", octets)
                ask.close()
            helper.lives()
        works(client, helper)


@test
def queries_are_never_answered():
    """avahi, CVE-2017-6519: a query from off the link was answered, with more
    octets than it had. It is no responder, whoever asks."""
    with Lab() as lab:
        client, server, _, helper = served(lab)
        ask = lab.use(Client(client))
        ask.addresses("nas.local")  # it knows something to tell
        for address in OFF_LINK.values():
            server.ip(f"addr add {address} dev lo")
        client.ip("route add 198.51.100.0/24 via 10.0.0.2")
        client.ip("-6 route add 2001:db8:ffff::/48 via fd00::2")
        time.sleep(1.5)
        tap = lab.use(client.capture("eth0"))
        data = [wire.message(flags=0, id=7, questions=[
            wire.question(name, rtype, rclass)])
            for name, rtype in (("nas.local", wire.A), ("nas.local", wire.ANY),
                                ("client.local", wire.A),
                                ("_services._dns-sd._udp.local", wire.PTR))
            for rclass in (1, 0x8001)]
        for family, host, group in ((4, "10.0.0.1", GROUP[4]),
                                    (6, "fd00::1", GROUP[6])):
            for source in (None, OFF_LINK[family]):
                for port in (5353, 0):
                    ask_all(server, family, source, port, (host, group), data)
        time.sleep(1)
        sent = [p for p in tap.mdns() if p.out]
        heard = [p for p in tap.mdns() if not p.out and p.is_query]
        check(len(heard) >= 100, "of its queries", len(heard), "came")
        equal(sent, [], "what was sent")
        works(client, helper)


def ask_all(server, family, source, port, targets, messages):
    af = socket.AF_INET if family == 4 else socket.AF_INET6
    index = server.ifindex("eth0")
    with server.socket(af, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == 4:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                            struct.pack("4s4si", b"", b"", index))
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF,
                            index)
        sock.bind((source or ("" if family == 4 else "::"), port))
        for target in targets:
            for data in messages:
                sock.sendto(data, (target, 5353) if family == 4
                            else (target, 5353, 0, index
                                  if target == GROUP[6] else 0))


def says_alias(responder, *pairs, ttl=120):
    multicast(responder, *[wire.cname(owner, target, ttl=ttl)
                           for owner, target in pairs])


def asked_for(client, lab, *names):
    """Somebody waits for each, and somebody watches each."""
    kept = []
    for name in names:
        kept.append(lab.use(Client(client)))
        kept[-1].send(RESOLVE, name)
        lab.use(Watch(client, WATCH, name, wire.A))
        lab.use(Watch(client, WATCH, name, wire.CNAME))
    return kept


def is_quiet(client, helper, tap):
    """It neither works nor asks without end."""
    tap.forget()
    cpu = helper.cpu()
    time.sleep(1)
    between(helper.cpu() - cpu, 0, 0.1, "processor time of a second")
    between(len(tap.asked()), 0, 12, "queries of a second")


@test
def alias_of_itself():
    """avahi, CVE-2026-24401: h.local CNAME h.local, unasked for. And of two
    names, and a loop that is not the way in."""
    with Lab() as lab:
        client, _, responder, helper = served(lab)
        tap = lab.use(client.capture("eth0"))
        asked_for(client, lab, "h.local", "x.local", "y.local")
        time.sleep(0.1)
        for _ in range(3):
            says_alias(responder, ("h.local", "h.local"))
            says_alias(responder, ("y.local", "p.local"),
                       ("p.local", "y.local"))
            says_alias(responder, ("x.local", "z.local"),
                       ("x.local", "a.local"), ("z.local", "a.local"),
                       ("a.local", "z.local"), ttl=2)
            time.sleep(0.2)
        for name in ("h.local", "x.local", "y.local"):
            between(module(client, ENTRY, name).ms, 0, 2000, f"time of {name}")
        asked_for(client, lab, "h.local", "x.local", "y.local")
        time.sleep(2.5)
        is_quiet(client, helper, tap)
        works(client, helper)


@test
def two_aliases_two_seconds_apart():
    """avahi, CVE-2025-68471: two announcements of an alias."""
    with Lab() as lab:
        client, _, responder, helper = served(lab)
        tap = lab.use(client.capture("eth0"))
        asked_for(client, lab, "h.local")
        time.sleep(0.1)
        says_alias(responder, ("h.local", "one.local"))
        time.sleep(2)
        says_alias(responder, ("h.local", "nas.local"))
        is_quiet(client, helper, tap)
        # What has been missing is that for MISSING seconds.
        until(lambda: module(client, ENTRY, "h.local").verdict == FOUND,
              MISSING + 3, "the second alias")
        works(client, helper)


@test
def alias_outlives_its_target():
    """avahi, CVE-2025-68468: what an alias points to expires first."""
    with Lab() as lab:
        client, _, responder, helper = served(lab)
        tap = lab.use(client.capture("eth0"))
        waiting, = asked_for(client, lab, "h.local")
        time.sleep(0.1)
        multicast(responder, wire.cname("h.local", "t.local", ttl=120),
                  wire.address("t.local", "10.0.0.77", ttl=1),
                  wire.nsec("t.local", [wire.A], ttl=1))
        got = waiting.receive(2)
        while got and KINDS[got.kind] == "WAIT":
            got = waiting.receive(2)
        equal(got.fields["addresses"], ["10.0.0.77"], "while it is there")
        time.sleep(2)
        call = module(client, ENTRY, "h.local")
        check(call.verdict != FOUND, "found after its target went")
        is_quiet(client, helper, tap)
        # And it is heard again when it is there again.
        multicast(responder, wire.cname("h.local", "nas.local", ttl=120))
        until(lambda: module(client, ENTRY, "h.local").verdict == FOUND,
              MISSING + 3, "it to be found again")
        works(client, helper)


if __name__ == "__main__":
    main()
