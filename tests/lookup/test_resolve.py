#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --resolve, alone and with --browse: host, port, addresses and TXT
# of services (RFC 6763 5, 6), and what it says when some of it is missing.

import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import peer
import wire
from lab import Lab, between, check, equal, main, pair, test
from scripted import Responder
from services import (IPP, KNOWN, LATE, PRINTER, SRV, Records, Tool, a,
                      good_service, multicast, nsec, ptr, run, service, srv,
                      txt)


# -- with --resolve ----------------------------------------------------------

@test
def browse_resolves_without_additionals():
    with Lab() as lab:
        client, server = pair(lab)
        script = Records(*service())
        lab.use(Responder(server, "eth0", script))
        since = time.monotonic()
        tool = Tool(client, "--browse", "--resolve", "--json", "_ipp._tcp")
        tool.wait('"added"')
        # Three rounds of questions, each up to 120 ms late (RFC 6762 5.2).
        between(tool.times[0] - since, 0, 0.36 + LATE, "until it was told")
        equal(tool.interrupt(), 0, "exit status")
        equal(len(tool.lines), 1, f"lines ({tool.lines})")
        good_service(tool.objects()[0], {
            "change": "added", "host": "printer.local", "port": 631,
            "priority": 0, "weight": 0, "addresses": ["10.0.0.2"],
            "txt": [{"key": "txtvers", "value": "1"},
                    {"key": "rp", "value": "ipp/print"}]}, KNOWN)
        tool = Tool(client, "--browse", "--resolve", "_ipp._tcp")
        tool.wait(r"\+  My Printer 2\.0 {10}  _ipp\._tcp  local  eth0  "
                  r"printer\.local:631  10\.0\.0\.2  txtvers=1  rp=ipp/print$")
        equal(tool.interrupt(), 0, "exit status")


@test
def what_changes_is_told():
    """The port, the TXT record, the addresses, and that it goes."""
    with Lab() as lab:
        client, server = pair(lab)
        script = Records(*service())
        responder = lab.use(Responder(server, "eth0", script))
        tool = Tool(client, "--browse", "--resolve", "--json", "_ipp._tcp")
        tool.wait('"added"')
        time.sleep(1.1)  # the records of the last second stay (10.2)

        def step(change, *records):
            before = len(tool.lines)
            script.set(*change)
            multicast(responder, *records)
            tool.wait('"updated"', 3, before)
            time.sleep(1.3)
            equal(len(tool.lines), before + 1, f"lines ({tool.lines})")
            seen = tool.objects()[before]
            good_service(seen, {"change": "updated"}, KNOWN)
            return seen

        seen = step(service(port=632), srv(PRINTER, 632, "printer.local"))
        equal(seen["port"], 632)
        seen = step(service(port=632, strings=(b"a=b",)),
                    txt(PRINTER, b"a=b"))
        equal(seen["txt"], [{"key": "a", "value": "b"}])
        seen = step(service(port=632, strings=(b"a=b",), address="10.0.0.9"),
                    a("printer.local", "10.0.0.9"))
        equal(seen["addresses"], ["10.0.0.9"])
        seen = step(service(port=632, strings=(b"a=b",), host="new.local"),
                    srv(PRINTER, 632, "new.local"))
        equal((seen["host"], seen["addresses"]), ("new.local", ["10.0.0.2"]))
        check(("new.local", wire.A) in script.asked, "new.local not asked for")
        # The same once more is no change.
        before = len(tool.lines)
        multicast(responder, txt(PRINTER, b"a=b"), ptr(IPP, PRINTER))
        time.sleep(0.5)
        equal(tool.lines[before:], [], "lines for nothing")
        script.set()
        multicast(responder, ptr(IPP, PRINTER, ttl=0))
        tool.wait('"removed"', 2, before)
        good_service(tool.objects()[-1], {"change": "removed"})
        equal(tool.interrupt(), 0, "exit status")


@test
def who_has_gone_is_not_asked_for():
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", Records()))
        tool = Tool(client, "--browse", "--resolve", "--json", "_ipp._tcp")
        time.sleep(0.3)
        multicast(responder, ptr(IPP, PRINTER))
        time.sleep(0.5)
        multicast(responder, ptr(IPP, PRINTER, ttl=0))
        tool.wait('"removed"')
        seen = len(responder.queries)
        time.sleep(3)  # the series goes on 3 s after its start

        def asked(queries):
            return [q[1] for query in queries for q in query.questions
                    if q[1] != wire.PTR]

        check(SRV in asked(responder.queries[:seen]), "never asked for")
        equal(asked(responder.queries[seen:]), [], "asked for since")
        equal(tool.interrupt(), 0, "exit status")


@test
def what_cannot_be_resolved_is_told_all_the_same():
    """After a second, and again when the rest comes."""
    with Lab() as lab:
        client, server = pair(lab)
        script = Records(ptr(IPP, PRINTER))
        lab.use(Responder(server, "eth0", script))
        since = time.monotonic()
        tool = Tool(client, "--browse", "--resolve", "--json", "_ipp._tcp")
        tool.wait('"added"')
        between(tool.times[0] - since, 1, 1.25 + LATE, "until it was told")
        good_service(tool.objects()[0], {"change": "added"})
        script.set(*service())
        tool.wait('"updated"', 4)
        good_service(tool.objects()[1], {"addresses": ["10.0.0.2"]}, KNOWN)
        equal(tool.interrupt(), 0, "exit status")
        # At the end nothing is kept back.
        script.set(ptr(IPP, PRINTER))
        tool = Tool(client, "--browse", "--resolve", "-w", "0.5", "_ipp._tcp")
        equal(tool.end(), 0, "exit status")
        equal(len(tool.lines), 1, f"lines ({tool.lines})")
        check(tool.lines[0].endswith("eth0"), tool.lines)


# -- one service ------------------------------------------------------------

@test
def resolve_says_all_about_one():
    with Lab() as lab:
        client, server = pair(lab)
        fe80 = server.link_local("eth0")
        lab.use(Responder(server, "eth0", Records(
            *service(strings=(b"txtvers=1", b"flag", b"empty=", b"=no",
                              b"TXTVERS=2", b"bin=\0\xff", b"s=a=b")),
            a("printer.local", fe80), a("printer.local", "fd00::2"))))
        for _ in range(2):
            tool = Tool(client, "--resolve", "My Printer 2.0._ipp._tcp")
            since = time.monotonic()
            equal(tool.end(), 0, "exit status")
            between(time.monotonic() - since, 0, 0.25 + LATE, "time")
            equal(tool.lines, [
                "service:   My Printer 2.0",
                "type:      _ipp._tcp",
                "domain:    local",
                "interface: eth0",
                "host:      printer.local",
                "port:      631",
                "address:   10.0.0.2",
                "address:   fd00::2",
                f"address:   {fe80}%eth0",
                "txt:       txtvers=1",
                "txt:       flag",
                "txt:       empty=",
                "txt:       bin=0x00ff",
                "txt:       s=a=b"])
            equal(tool.err, [])
        status, lines, err = run(client, "--resolve", "--short",
                                 "My Printer 2.0._ipp._tcp.local")
        equal((status, lines, err), (0, [
            "printer.local 631 10.0.0.2", "printer.local 631 fd00::2",
            f"printer.local 631 {fe80}%eth0"], ""))
        status, lines, err = run(client, "--resolve", "--json",
                                 r"My\ Printer\ 2\.0._ipp._tcp.local.")
        equal((status, len(lines), err), (0, 1, ""))
        good_service(json.loads(lines[0]), {
            "change": "found", "instance": "My Printer 2.0",
            "host": "printer.local", "port": 631,
            "addresses": ["10.0.0.2", "fd00::2", f"{fe80}%eth0"],
            "txt": [{"key": "txtvers", "value": "1"}, {"key": "flag"},
                    {"key": "empty", "value": ""},
                    {"key": "bin", "hex": "00ff"},
                    {"key": "s", "value": "a=b"}]}, KNOWN)


@test
def several_servers_come_in_their_order():
    """By priority, then by weight (RFC 2782)."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            srv(PRINTER, 3, "a.local", 20, 9), srv(PRINTER, 2, "b.local", 10),
            srv(PRINTER, 1, "c.local", 10, 5), txt(PRINTER),
            a("c.local", "10.0.0.11"), a("b.local", "10.0.0.12"),
            a("a.local", "10.0.0.13"), ptr(IPP, PRINTER))))
        # They do not say that they lack IPv6: not for ever is that waited for.
        since = time.monotonic()
        status, lines, _ = run(client, "--resolve", "--json",
                               "My Printer 2.0._ipp._tcp")
        between(time.monotonic() - since, 0.25, 0.3 + LATE, "time")
        equal(status, 0, "exit status")
        seen = [json.loads(line) for line in lines]
        equal([(o["host"], o["port"], o["priority"], o["weight"],
                o["addresses"], o["txt"]) for o in seen],
              [("c.local", 1, 10, 5, ["10.0.0.11"], []),
               ("b.local", 2, 10, 0, ["10.0.0.12"], []),
               ("a.local", 3, 20, 9, ["10.0.0.13"], [])])
        status, lines, _ = run(client, "--resolve",
                               "My Printer 2.0._ipp._tcp")
        equal([line.split()[1] for line in lines if re.match(
            "host|port|priority|weight|address", line)],
              ["c.local", "1", "10.0.0.11", "10", "5",
               "b.local", "2", "10.0.0.12", "10", "0",
               "a.local", "3", "10.0.0.13", "20", "9"])
        tool = Tool(client, "--browse", "--resolve", "-w", "1", "_ipp._tcp")
        equal(tool.end(), 0, "exit status")
        check("c.local:1  10.0.0.11" in tool.lines[0], tool.lines)


@test
def resolve_says_what_is_missing():
    with Lab() as lab:
        client, server = pair(lab)
        script = Records()
        lab.use(Responder(server, "eth0", script))
        for records, missing, lines in (
                ((), "", 0),
                ((srv(PRINTER, 631, "printer.local"),
                  a("printer.local", "10.0.0.2")), " for TXT", 7),
                ((srv(PRINTER, 631, "printer.local"), txt(PRINTER)),
                 " for the address of printer.local", 6),
                ((txt(PRINTER, b"a=b"),), " for SRV", 5),
                ((txt(PRINTER, b"a=b"), nsec(PRINTER, wire.TXT)),
                 " for SRV (it says that it has none)", 5)):
            script.set(*records)
            since = time.monotonic()
            status, seen, err = run(client, "--resolve", "-w", "0.8",
                                    "My Printer 2.0._ipp._tcp")
            between(time.monotonic() - since, 0.8, 0.8 + LATE, "time")
            equal(status, 1, "exit status")
            equal(err, r"mdns-lookup: My Printer 2\.0._ipp._tcp.local: "
                  f"nobody answered on eth0 within 0.8 s{missing}\n")
            equal(len(seen), lines, f"lines ({seen})")
        status, seen, err = run(client, "--resolve", "--json", "-w", "0.5",
                                "My Printer 2.0._ipp._tcp")
        seen = [json.loads(line) for line in seen]
        equal([o["kind"] for o in seen], ["service", "missing"])
        equal(seen[1]["reason"], "no-data")
        # An NSEC for what there is not is as good as an answer.
        script.set(srv(PRINTER, 631, "printer.local"), nsec(PRINTER, SRV),
                   nsec("printer.local", wire.TXT))
        times = []
        for _ in range(4):
            since = time.monotonic()
            status, seen, err = run(client, "--resolve",
                                    "My Printer 2.0._ipp._tcp")
            times.append(time.monotonic() - since)
            equal((status, len(seen), err), (0, 6, ""))
        check(min(times) < 0.2, "waited for nothing:", times)
        # A host outside of .local is not ours to ask for.
        script.set(srv(PRINTER, 631, "printer.example.com"), txt(PRINTER))
        status, seen, err = run(client, "--resolve", "--short",
                                "My Printer 2.0._ipp._tcp")
        equal((status, err), (0, ""))


@test
def who_interrupts_gets_what_there_is():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(txt(PRINTER, b"a=b"))))
        for options, lines in (((), 5), (("--json",), 2)):
            tool = Tool(client, "--resolve", *options,
                        "My Printer 2.0._ipp._tcp")
            time.sleep(0.5)
            equal(tool.interrupt(), 1, "exit status")
            equal((len(tool.lines), tool.err), (lines, []), tool.lines)
        seen = tool.objects()
        equal([o["kind"] for o in seen], ["service", "missing"])
        equal(seen[1]["reason"], "interrupted")
        equal(seen[0]["txt"], [{"key": "a", "value": "b"}])


@test
def resolve_waits_five_seconds():
    with Lab() as lab:
        client, _ = pair(lab)
        since = time.monotonic()
        tool = Tool(client, "--resolve", "x._ipp._tcp", "y._ipp._tcp")
        equal(tool.end(), 1, "exit status")
        between(time.monotonic() - since, 5, 5 + LATE, "time")
        equal(tool.err, [f"mdns-lookup: {each}._ipp._tcp.local: nobody "
                         "answered on eth0 within 5 s\n" for each in "xy"])


@test
def one_that_is_slow_is_waited_for():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(*service("quick"))))
        slow = lab.host("slow")
        slow.link(lab.links[0], "eth0", "10.0.0.3/24")
        records = Records(*service("slow", host="slow.local"))

        def later(query):
            for say in records(query):
                say.delay = 0.6
                yield say

        lab.use(Responder(slow, "eth0", later))
        tool = Tool(client, "--resolve", "--short", "slow._ipp._tcp",
                    "quick._ipp._tcp")
        equal(tool.end(), 0, "exit status")
        equal(tool.lines, ["printer.local 631 10.0.0.2",
                           "slow.local 631 10.0.0.2"])
        check(tool.times[0] + 0.3 < tool.times[1], "the quick one waited")


# -- the others --------------------------------------------------------------

@test
def zeroconf_publishes():
    with Lab() as lab:
        client, server = pair(lab)
        peer.zeroconf(server, "zc.local", "10.0.0.2", "fd00::2")
        tool = Tool(client, "--browse", "--resolve", "--json", "_test._tcp")
        tool.wait('"a test"', 5)
        equal(tool.interrupt(), 0, "exit status")
        good_service(tool.objects()[0], {
            "host": "zc.local", "port": 80,
            "addresses": ["10.0.0.2", "fd00::2"], "txt": []}, KNOWN)
        status, lines, _ = run(client, "--resolve", "--short",
                               "a test._test._tcp")
        equal((status, lines), (0, ["zc.local 80 10.0.0.2",
                                    "zc.local 80 fd00::2"]))


if __name__ == "__main__":
    main()
