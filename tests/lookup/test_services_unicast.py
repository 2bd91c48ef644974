#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --browse, --types and --resolve in domains of unicast DNS (RFC
# 6763): the name servers are asked, and never for names in .local.

import os
import re
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from lab import Lab, between, check, equal, main, test
from schema import check_lines
from services import LATE, SRV, Tool, a, name, run, srv, txt

DOMAIN = "example.com"
IPP = "_ipp._tcp.example.com"
META = "_services._dns-sd._udp.example.com"
HOST = "printer.example.com"
FIRST = "My Printer 2.0"
INSTANCE = FIRST + "._ipp._tcp.example.com"
SILENT = "no name server answers; type: cat /etc/resolv.conf"


def below(label, kind=IPP):
    return [label, *kind.split(".")]


def ptr(owner, target, ttl=120):
    owner = name(owner)
    return owner, wire.PTR, wire.ptr(owner, name(target), ttl=ttl,
                                     rclass=wire.IN)


def cname(owner, target):
    owner = name(owner)
    return owner, wire.CNAME, wire.cname(owner, name(target),
                                         rclass=wire.IN)


def plain(record):
    """Without the bit that unicast DNS does not have."""
    owner, rtype, octets = record
    at = len(owner) + 2
    return owner, rtype, octets[:at] + b"\0\1" + octets[at + 2:]


def printer(label=FIRST, host=HOST, strings=(b"rp=ipp/print",)):
    """All but the PTR record."""
    return [srv(below(label), 631, host), txt(below(label), *strings),
            a(host, "192.0.2.7"), a(host, "2001:db8::7")]


class Server:
    """A name server on 127.0.0.1 that has these records, and remembers what
    it was asked for. A long answer goes over TCP; to names in `mute` there is
    none."""

    def __init__(self, lab, *records):
        self.host = lab.host("client")
        self.set(*records)
        self.asked = []
        self.times = []
        self.mute = set()
        self.tcp = 0
        self.udp = self.host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.stream = self.host.socket(socket.AF_INET, socket.SOCK_STREAM)
        for one in self.udp, self.stream:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(("127.0.0.1", 53))
        self.stream.listen(5)
        for run_one in self.run_udp, self.run_tcp:
            threading.Thread(target=run_one, daemon=True).start()
        lab.use(self)

    def set(self, *records):
        self.records = [(wire.unescape(owner), rtype, octets)
                        for owner, rtype, octets in map(plain, records)]

    def answer(self, data, most):
        query = wire.Query(data, None, 4, 0)
        owner, rtype, _ = query.questions[0]
        key = wire.unescape(owner)
        self.asked.append((key, rtype))
        self.times.append(time.monotonic())
        if key in self.mute or (key, rtype) in self.mute:
            return None
        known = any(r[0] == key for r in self.records)
        answers = []
        for _ in range(9):  # aliases
            mine = [r for r in self.records if r[0] == key]
            found = [r[2] for r in mine if r[1] == rtype]
            alias = [r[2] for r in mine if r[1] == wire.CNAME]
            answers += found or alias
            if found or not alias:
                break
            key = wire.unescape(alias[0][len(mine[0][0]) + 2 + 10:])
        flags = 0x8580 if known else 0x8583
        reply = wire.message(id=query.id, flags=flags, questions=query.echo(),
                             answers=answers)
        if len(reply) > most:
            reply = wire.message(id=query.id, flags=flags | 0x200,
                                 questions=query.echo())
        return reply

    def run_udp(self):
        while True:
            try:
                data, source = self.udp.recvfrom(4096)
            except OSError:
                return
            if not data:  # it is shut down
                return
            reply = self.answer(data, 512)
            if reply:
                self.udp.sendto(reply, source)

    def run_tcp(self):
        while True:
            try:
                connection, _ = self.stream.accept()
            except OSError:
                return
            with connection:
                data = connection.recv(4096)
                self.tcp += 1
                reply = self.answer(data[2:], 65535)
                if reply:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)

    def close(self):
        for one in self.udp, self.stream:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()


def names(lines):
    """"+ My Printer", of lines of text."""
    return [" ".join(re.split(r"  +", line)[1:3]) for line in lines]


# -- --browse ---------------------------------------------------------------

@test
def browse_text_json_and_short():
    with Lab() as lab:
        server = Server(lab, ptr(IPP, below(FIRST)), ptr(IPP, below("Two")))
        status, lines, err = run(server.host, "--browse", "-w", "1", IPP)
        equal((status, err), (0, ""))
        equal(len(lines), 2, f"lines ({lines})")
        check(re.match(r"\d\d:\d\d:\d\d\.\d{3}  \+  My Printer 2\.0 {10}  "
                       r"_ipp\._tcp  example\.com  unicast$", lines[0]),
              "the line is", lines[0])
        equal(set(server.asked), {(IPP, wire.PTR)}, "questions")
        status, lines, err = run(server.host, "--browse", "--json", "-w", "1",
                                 IPP)
        found = check_lines("\n".join(lines) + "\n", "service")
        equal([f["instance"] for f in found], [FIRST, "Two"])
        equal(set(found[0]), {"kind", "time", "change", "name", "instance",
                              "type", "domain"}, "keys")
        equal(found[0]["domain"], DOMAIN)
        status, lines, err = run(server.host, "--browse", "--short", "-w", "1",
                                 IPP, IPP)
        equal((status, lines, err), (0, [FIRST, "Two"], ""))


@test
def browse_resolves():
    with Lab() as lab:
        server = Server(lab, ptr(IPP, below(FIRST)), *printer())
        tool = Tool(server.host, "--browse", "--resolve", IPP)
        tool.wait(r"\+  My Printer 2\.0 {10}  _ipp\._tcp  example\.com  "
                  r"unicast  printer\.example\.com:631  192\.0\.2\.7 "
                  r"2001:db8::7  rp=ipp/print$")
        equal(tool.interrupt(), 0, "exit status")
        equal(tool.err, [], "complaints")
        equal([rtype for _, rtype in server.asked],
              [wire.PTR, SRV, wire.TXT, wire.A, wire.AAAA], "in this order")


@test
def what_comes_and_goes():
    """The TTL says when it is asked again, ten seconds at least."""
    with Lab() as lab:
        server = Server(lab, ptr(IPP, below("One"), ttl=1),
                        ptr(IPP, below("Two"), ttl=11))
        tool = Tool(server.host, "--browse", IPP)
        tool.wait(r"\+  Two")
        server.set(ptr(IPP, below("Two"), ttl=300),
                   ptr(IPP, below("Three"), ttl=300))
        tool.wait(r"\+  Three", 13)
        between(server.times[1] - server.times[0], 9.9, 10.1 + LATE,
                "until it was asked again")
        time.sleep(0.3)
        equal(tool.interrupt(), 0, "exit status")
        equal(names(tool.lines), ["+ One", "+ Two", "- One", "+ Three"])
        equal(len(server.asked), 2, f"questions ({server.asked})")


@test
def aliases_and_what_does_not_belong():
    """The names may be in another domain, not of another kind."""
    with Lab() as lab:
        real = "_ipp._tcp.other.test"
        server = Server(lab, cname(IPP, real), ptr(real, below("Good", real)),
                        ptr(real, below("Bad", "_http._tcp.example.com")),
                        ptr(real, IPP), ptr(real, "host.example.com"))
        status, lines, err = run(server.host, "--browse", "-w", "1", IPP)
        equal((status, names(lines), err), (0, ["+ Good"], ""))


@test
def an_answer_longer_than_mdns_has_them():
    with Lab() as lab:
        labels = [f"printer number {i:03d} of very many" for i in range(300)]
        server = Server(lab, *[ptr(IPP, below(label)) for label in labels])
        status, lines, err = run(server.host, "--browse", "--short", "-w", "2",
                                 IPP)
        equal((status, err), (0, ""))
        equal(lines, labels, "instances")
        equal(server.tcp, 1, "times over TCP")
        # There is room for 1024 of them.
        server.set(*[ptr(IPP, below(f"p{i}")) for i in range(1030)])
        status, lines, err = run(server.host, "--browse", "--short", "-w", "2",
                                 IPP)
        equal((status, len(lines)), (0, 1024))
        check(err.count("more services than there is room for") == 1, err)


# -- --types and --resolve --------------------------------------------------

@test
def types():
    with Lab() as lab:
        server = Server(lab, ptr(META, IPP), ptr(META, "_x._udp.example.com"),
                        ptr(META, below(FIRST)))
        for args in ("--types", DOMAIN), ("--browse", META):
            status, lines, err = run(server.host, "-w", "1", *args)
            equal((status, err), (0, ""))
            equal(len(lines), 2, f"lines ({lines})")
            check(re.search(r"\+  _ipp\._tcp +example\.com  unicast  "
                            r"printer \(IPP\)$", lines[0]), lines[0])
            status, lines, err = run(server.host, "--json", "-w", "1", *args)
            found = check_lines("\n".join(lines) + "\n", "service-type")
            equal([f["type"] for f in found], ["_ipp._tcp", "_x._udp"])
            check("interface" not in found[0], found)


@test
def resolve_one():
    with Lab() as lab:
        server = Server(
            lab, *printer(), srv(below(FIRST), 632, "far.example.com", 9),
            a("far.example.com", "192.0.2.9"),
            # Of no use without a link, or anywhere.
            a("far.example.com", "fe80::9"), a("far.example.com", "127.0.0.1"))
        start = time.monotonic()
        status, lines, err = run(server.host, "--resolve", INSTANCE)
        between(time.monotonic() - start, 0, 1 + LATE, "until it was over")
        equal((status, err), (0, ""))
        equal([line.split(None, 1) for line in lines], [
            ["service:", FIRST], ["type:", "_ipp._tcp"], ["domain:", DOMAIN],
            ["interface:", "unicast"], ["host:", HOST], ["port:", "631"],
            ["address:", "192.0.2.7"], ["address:", "2001:db8::7"],
            ["priority:", "0"], ["weight:", "0"],
            ["host:", "far.example.com"], ["port:", "632"],
            ["address:", "192.0.2.9"], ["priority:", "9"], ["weight:", "0"],
            ["txt:", "rp=ipp/print"]])
        status, lines, err = run(server.host, "--resolve", "--short", INSTANCE)
        equal(lines, [f"{HOST} 631 192.0.2.7", f"{HOST} 631 2001:db8::7",
                      "far.example.com 632 192.0.2.9"])
        status, lines, err = run(server.host, "--resolve", "--json", INSTANCE)
        found = check_lines("\n".join(lines) + "\n", "service")
        equal([f["port"] for f in found], [631, 632])
        equal(found[0]["txt"], [{"key": "rp", "value": "ipp/print"}])
        check("interface" not in found[0], found)


@test
def resolve_some():
    """The worst of them counts; part of it is better than nothing."""
    with Lab() as lab:
        server = Server(lab, *printer(), txt(below("Half"), b"a=b"),
                        *printer("Slow", "slow.example.com"))
        other = "Other._ipp._tcp.example.com"
        status, lines, err = run(server.host, "--resolve", INSTANCE, other)
        equal(status, 1, "exit status")
        check("port:      631" in lines, lines)
        check(f"{other}: no such service in example.com" in err, err)
        status, lines, err = run(server.host, "--resolve", "--json",
                                 "Half._ipp._tcp.example.com")
        equal(status, 1, "exit status")
        equal([f["kind"] for f in check_lines("\n".join(lines) + "\n")],
              ["service", "missing"])
        check("has no SRV record" in err, err)
        server.mute = {"slow.example.com"}
        start = time.monotonic()
        status, lines, err = run(server.host, "--resolve", "-w", "0.5",
                                 "Slow._ipp._tcp.example.com")
        between(time.monotonic() - start, 0.5, 0.6 + LATE, "until it was over")
        equal(status, 1, "exit status")
        check("host:      slow.example.com" in lines, lines)
        check("no name server answered for the rest" in err, err)


@test
def resolve_what_is_not_available():
    """A target of "." says so (RFC 2782): nobody asks for its addresses."""
    with Lab() as lab:
        server = Server(lab, srv(below(FIRST), 0, "."),
                        txt(below(FIRST), b"a=b"))
        status, lines, err = run(server.host, "--resolve", INSTANCE)
        equal((status, err), (0, ""), lines)
        check("host:      . (says that it is not available)" in lines, lines)
        check("txt:       a=b" in lines, lines)
        equal(sorted(rtype for _, rtype in server.asked), [wire.TXT, SRV])


@test
def resolve_a_crowd():
    """Of 4 servers and 16 addresses; that there are more is said."""
    many = [a(HOST, f"192.0.2.{i}") for i in range(1, 21)]
    with Lab() as lab:
        server = Server(lab, srv(below(FIRST), 631, HOST),
                        txt(below(FIRST), b"a=b"), *many)
        status, lines, err = run(server.host, "--resolve", "--short", INSTANCE)
        equal((status, err), (0, "mdns-lookup: a service has more servers or "
                              "addresses than are shown\n"), lines)
        equal(lines, [f"{HOST} 631 192.0.2.{i}" for i in range(1, 17)])


# -- what is not there ------------------------------------------------------

@test
def no_such_service():
    with Lab() as lab:
        server = Server(lab, a(IPP, "192.0.2.1"))
        for kind in IPP, "_none._tcp.example.com":  # no data, no such name
            status, lines, err = run(server.host, "--browse", "-w", "0.5",
                                     kind)
            equal((status, lines), (1, []))
            equal(err, f"mdns-lookup: {kind}: no such service in "
                  "example.com\n")
        status, lines, err = run(server.host, "--browse", "--json", "-w",
                                 "0.5", IPP)
        found = check_lines("\n".join(lines) + "\n", "missing")
        equal([f["reason"] for f in found], ["no-data"])
        status, lines, err = run(server.host, "--types", "-w", "0.5", DOMAIN)
        equal(status, 1, "exit status")
        check("no list of kinds of services in example.com" in err, err)
        # At once, though it goes on.
        tool = Tool(server.host, "--browse", IPP)
        time.sleep(0.5)
        check(tool.err and "no such service" in tool.err[0], tool.err)
        equal(tool.process.poll(), None, "it ended")
        equal(tool.interrupt(), 1, "exit status")


@test
def no_name_server():
    """Nobody there: at once. Nobody who says anything: Ctrl-C and -w end it."""
    with Lab() as lab:
        host = lab.host("alone")
        for args in (["--browse", IPP], ["--types", DOMAIN],
                     ["--resolve", INSTANCE]):
            start = time.monotonic()
            status, lines, err = run(host, *args)
            between(time.monotonic() - start, 0, 0.5 + LATE, "seconds")
            equal((status, lines), (3, []))
            check(re.fullmatch(rf"mdns-lookup: \S.*: {SILENT}\n", err), err)
        status, lines, err = run(host, "--browse", "--json", IPP)
        equal([f["reason"] for f in
               check_lines("\n".join(lines) + "\n", "missing")], ["silence"])

        server = Server(lab)
        server.mute = {IPP, wire.unescape(name(below(FIRST)))}
        server.host.write("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                          "options timeout:30 attempts:5\n")
        for args in ["--browse", IPP], ["--resolve", "-w", "60", INSTANCE]:
            for number in signal.SIGINT, signal.SIGTERM:
                tool = Tool(server.host, *args)
                time.sleep(0.4)
                equal(tool.process.poll(), None, "it ended")
                start = time.monotonic()
                equal(tool.interrupt(number), 1, "exit status")
                between(time.monotonic() - start, 0, 0.2 + LATE, "its end")
                equal((tool.lines, tool.err), ([], []))
        start = time.monotonic()
        status, lines, err = run(server.host, "--browse", "-w", "0.5", IPP)
        between(time.monotonic() - start, 0.5, 0.6 + LATE, "its end")
        equal((status, lines), (3, []))
        check(SILENT in err, err)


# -- where it ends ----------------------------------------------------------

@test
def nothing_in_local_is_asked():
    """Not even if the answers lead there; neither a configured suffix."""
    with Lab() as lab:
        there = "_ipp._tcp.local"
        server = Server(lab, ptr(IPP, below("There", there)),
                        ptr(IPP, below(FIRST)),
                        srv(below(FIRST), 631, "printer.local"),
                        srv(below(FIRST), 632, "local", 1),
                        srv(below(FIRST), 633, "printer.home.arpa", 2))
        server.host.write("/etc/dotlocal.conf", "suffixes = home.arpa\n")
        check(run(server.host, "--check-config")[0] == 0, "the settings")
        status, lines, err = run(server.host, "--browse", "--resolve", "-w",
                                 "1", IPP)
        equal((status, names(lines)), (0, ["+ There", f"+ {FIRST}"]), "lines")
        check("printer.local:631" in lines[1], lines)
        status, lines, err = run(server.host, "--resolve", INSTANCE)
        equal(status, 0, err)
        run(server.host, "--browse", "-w", "0.3", "_ipp._tcp")
        run(server.host, "--types", "-w", "0.3")
        run(server.host, "--browse", "-w", "0.3", "_ipp._tcp.home.arpa")
        run(server.host, "--resolve", "-w", "0.3", FIRST + "._ipp._tcp")
        ours = [asked for asked in server.asked
                if not asked[0].endswith(DOMAIN)]
        equal(ours, [], "questions to the name server")


@test
def both_sorts_are_refused():
    with Lab() as lab:
        server = Server(lab, ptr(IPP, below(FIRST)))
        for args in (["--browse", IPP, "_ipp._tcp"],
                     ["--types", "local", DOMAIN],
                     ["--resolve", INSTANCE, FIRST + "._ipp._tcp"]):
            status, lines, err = run(server.host, *args)
            equal((status, lines), (2, []))
            equal(err, "mdns-lookup: services in .local and in other domains "
                  "need a command each\n")
        status, lines, err = run(server.host, "--watch", IPP)
        equal((status, lines), (2, []))
        equal(server.asked, [], "questions")


main()
