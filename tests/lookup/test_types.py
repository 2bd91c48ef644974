#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --type: records of any type as lines of a zone file, compared with
# what dnspython, which shares no code with us, makes of the same octets.

import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

import peer
import wire
from asking import FAST, Done, serve
from lab import Lab, check, equal, main, pair, test
from scripted import Responder, Say, answer_name
from schema import check_lines

HOST = "host.local"
# Type, and text as dnspython prints it.
SAMPLES = [
    ("A", "10.0.0.7"),
    ("AAAA", "fd00::7"),
    ("PTR", "other.local."),
    ("SRV", "0 5 631 host.local."),
    ("TXT", '"a=b c" "" "q=\\"\\\\\\200"'),
    ("HINFO", '"AMD64" "LINUX"'),
    ("NAPTR", '100 10 "U" "E2U+sip" "!^.*$!sip:x@host.local!" .'),
    ("LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 2.00m 300.00m 40.00m"),
    ("CAA", '0 issue "ca.example"'),
    ("URI", '10 1 "ipp://host.local/print"'),
    ("MX", "10 host.local."),
    ("SSHFP", "4 2 123456789abcdef67890123456789abcdef67890"
     "123456789abcdef123456789"),
    ("TYPE65280", "\\# 4 0a000001"),
]


def rdata(rtype, text):
    number = dns.rdatatype.from_text(rtype)
    return number, dns.rdata.from_text("IN", number, text).to_wire()


def samples():
    return [(HOST, *rdata(*sample)) for sample in SAMPLES]


def parsed(rtype, text):
    """The octets that dnspython makes of our text."""
    return dns.rdata.from_text("IN", rtype, text).to_wire()


@test
def each_type_is_a_line_of_a_zone_file():
    with Lab() as lab:
        client, _, _ = serve(lab, *samples())
        for rtype, text in SAMPLES:
            number, octets = rdata(rtype, text)
            done = Done(client, "-t", rtype, HOST)
            equal((done.status, done.err), (0, ""), f"{rtype} ({done})")
            equal(len(done.lines), 1, f"lines of {rtype} ({done})")
            owner, ttl, rclass, kind, data = done.lines[0].split(None, 4)
            equal((owner, ttl, rclass, kind),
                  (HOST + ".", "10", "IN", rtype), done.lines[0])
            equal(parsed(number, data), octets, f"octets of {rtype} {data}")
            wanted = dns.rdata.from_wire(
                dns.rdataclass.IN, number, octets, 0, len(octets)).to_text()
            if rtype not in ("LOC", "SSHFP", "TYPE65280"):
                equal(data, wanted, f"text of {rtype}")
            # Digits behind the point, and the case of hex, are matters of
            # taste.
            equal(data.lower().replace(".00m", "m"),
                  wanted.lower().replace(".00m", "m"), f"text of {rtype}")


@test
def short_is_the_data_alone():
    with Lab() as lab:
        client, _, _ = serve(lab, *samples())
        for rtype, text in SAMPLES:
            line = Done(client, "-t", rtype, HOST).lines[0]
            done = Done(client, "--short", "-t", rtype, HOST)
            equal((done.status, done.err), (0, ""), rtype)
            equal(done.out, line.split("  ", 4)[4] + "\n", rtype)
        done = Done(client, "--short", "-v", "-t", "TXT", HOST)
        equal(done.out, '"a=b c" "" "q=\\"\\\\\\200"\n', "TXT with -v")


@test
def json_has_all_of_it():
    with Lab() as lab:
        client, _, _ = serve(lab, *samples())
        for rtype, text in SAMPLES:
            number, octets = rdata(rtype, text)
            done = Done(client, "--json", "-4", "-t", rtype, HOST)
            equal((done.status, done.err), (0, ""), rtype)
            record, = check_lines(done.out, "record")
            for key, value in (("query", HOST), ("name", HOST),
                               ("type", rtype), ("class", "IN"), ("ttl", 10),
                               ("cache_flush", False), ("interface", "eth0"),
                               ("transport", "IPv4"), ("way", "one-shot"),
                               ("from", "10.0.0.2"), ("from_port", 5353)):
                equal(record[key], value, f"{key} of {rtype}")
            equal(parsed(number, record["data"]), octets, record)
            equal(record.get("rdata"),
                  octets.hex() if rtype == "TYPE65280" else None,
                  f"rdata of {rtype}")
            check(0 < record["elapsed_ms"] < 1000, record)
        for way, word in (("--qm", "group"), ("--unicast=10.0.0.2", "unicast")):
            record, = check_lines(Done(client, "-4", way, "--json", "-t", "A",
                                       HOST).out, "record")
            equal((record["way"], record["cache_flush"]),
                  (word, way == "--qm"))


@test
def any_shows_all_that_is_heard():
    with Lab() as lab:
        client, _, _ = serve(lab, *samples())
        done = Done(client, "-t", "ANY", HOST)
        equal((done.status, done.err), (0, ""), done)
        equal([row[3] for row in done.rows], [rtype for rtype, _ in SAMPLES])
        for rtype, _ in SAMPLES:
            check(Done(client, "-t", rtype, HOST).lines[0] in done.lines,
                  rtype, "is missing or another line")
        done = Done(client, "-v", "-4", "-t", "ANY", HOST)
        check(all("  ; from 10.0.0.2 on eth0, " in line
                  for line in done.lines), "-v without a source", done.out)


@test
def several_types_at_once():
    with Lab() as lab:
        client, _, _ = serve(lab, *samples())
        tap = lab.use(client.capture("eth0"))
        done = Done(client, "-4", "-t", "srv,TYPE16", "-t", "A", HOST)
        equal(done.status, 0, done)
        equal(sorted(row[3] for row in done.rows), ["A", "SRV", "TXT"])
        equal([[q[1] for q in p.questions] for p in tap.asked()],
              [["SRV", "TXT", "A"]], "asked")


@test
def types_that_are_not_there():
    with Lab() as lab:
        client, _, _ = serve(lab, (HOST, *rdata("A", "10.0.0.7")), nsec=True)
        done = Done(client, "-t", "TXT", HOST)
        equal((done.status, done.out, done.err),
              (1, "", f"mdns-lookup: {HOST}: is there, but has no TXT "
               "record\n"))
        check(done.seconds < 0.6, "waited for what is denied", done.seconds)
        # No type above 255 either (RFC 6762 6.1).
        Done(client, "-t", "TYPE65280", HOST).says("has no TYPE65280 record")
        done = Done(client, "-t", "A,SRV,URI", HOST)
        equal((done.status, [row[3] for row in done.rows]), (1, ["A"]), done)
        done.says("has no SRV record", "has no URI record")
        done = Done(client, "--json", "-t", "A,TXT", HOST)
        equal(done.status, 1, done)
        found = check_lines(done.out)
        equal([line["kind"] for line in found if line["kind"] == "missing"],
              ["missing"], done.out)
        equal({key: found[-1].get(key) for key in ("query", "type", "reason")},
              {"query": HOST, "type": "TXT", "reason": "no-data"})


@test
def an_nsec_with_a_type_above_255():
    """Not the restricted form, and it has to be read to the end."""
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            owner = query.questions[0][0]
            # A in block 0, and CAA (257) in block 1.
            blocks = bytes([0, 1, 0x40, 1, 1, 0x40])
            yield Say(answer_name(query, [wire.record(
                owner, wire.NSEC, owner + blocks, ttl=10, rclass=wire.IN)]))

        lab.use(Responder(server, "eth0", script))
        for rtype, word in (("CAA", "no CAA record was heard on eth0 within"),
                            ("A", "no A record was heard"),
                            ("URI", "is there, but has no URI record"),
                            ("TXT", "is there, but has no TXT record"),
                            ("TYPE513", "has no TYPE513 record")):
            done = Done(client, *FAST, "-t", rtype, HOST)
            equal((done.status, done.out), (1, ""), rtype)
            if "heard" in word:
                word = "nobody answered on eth0 within 0.3 s"
            done.says(word)


@test
def an_nsec_of_an_alias():
    """That it has no record of its own says nothing."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", lambda query: [Say(answer_name(
            query, [wire.nsec(query.questions[0][0], [wire.CNAME], ttl=10,
                              rclass=wire.IN)]))]))
        Done(client, *FAST, "-t", "TXT", HOST).says("nobody answered")


@test
def silence_about_some_types():
    with Lab() as lab:
        client, _, _ = serve(lab, (HOST, *rdata("A", "10.0.0.7")))
        done = Done(client, *FAST, "-t", "A,TXT", HOST)
        equal((done.status, [row[3] for row in done.rows]), (1, ["A"]), done)
        equal(done.err, f"mdns-lookup: {HOST}: no TXT record was heard on "
              "eth0 within 0.3 s\n")
        done = Done(client, *FAST, "-t", "A,TXT", "nosuch.local")
        equal((done.status, done.out, done.err),
              (1, "", "mdns-lookup: nosuch.local: nobody answered on eth0 "
               "within 0.3 s\n"))
        done = Done(client, *FAST, "--json", "-t", "A,TXT", "nosuch.local")
        equal([(line["type"], line["reason"]) for line in
               check_lines(done.out, "missing")],
              [("A", "silence"), ("TXT", "silence")])


@test
def bad_records_are_passed_over():
    """Each at its own cost only."""
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            owner = query.questions[0][0]
            good = dict(ttl=10, rclass=wire.IN)
            answers = [
                wire.record(owner, 33, b"\0\0\0", **good),
                wire.record(owner, wire.A, b"\x0a\0\0", **good),
                wire.address(owner, "127.0.0.1", **good),
                wire.address(owner, "10.0.0.8", ttl=0, rclass=wire.IN),
                wire.address(owner, "10.0.0.9", ttl=10, rclass=3),
                wire.address("else.local", "10.0.0.10", **good),
                wire.record(owner, 29, b"\1" + bytes(15), **good),
                wire.address(owner, "10.0.0.7", **good)]
            yield Say(wire.message(
                id=query.id, questions=query.echo(), answers=answers,
                authority=[wire.address(owner, "10.0.0.11", **good)]))

        lab.use(Responder(server, "eth0", script, families=(4,)))
        done = Done(client, "-4", "-t", "ANY", HOST)
        equal(done.lines, [
            f"{HOST}.  10  IN  LOC  \\# 16 01" + "00" * 15,
            f"{HOST}.  10  IN  A  10.0.0.7"], done)
        done = Done(client, "-4", *FAST, "-t", "SRV", HOST)
        equal((done.status, done.out), (1, ""), done)


@test
def aliases_are_followed():
    with Lab() as lab:
        client, server = pair(lab)
        options = dict(ttl=10, rclass=wire.IN)

        def script(query):
            for owner, rtype, _ in query.questions:
                key = wire.unescape(owner)
                if key in ("alias.local", "both.local"):
                    answers = [wire.cname(owner, "target.local", **options)]
                    if key == "both.local":
                        answers.append(wire.record(
                            "target.local", wire.TXT, b"\1x", **options))
                    yield Say(answer_name(query, answers))
                elif key == "target.local" and rtype == wire.TXT:
                    yield Say(answer_name(query, [wire.record(
                        owner, wire.TXT, b"\1x", **options)]))
                elif key == "loop.local":
                    yield Say(answer_name(query, [
                        wire.cname(owner, "pool.local", **options),
                        wire.cname("pool.local", owner, **options)]))
                elif key == "out.local":
                    yield Say(answer_name(query, [
                        wire.cname(owner, "www.example", **options)]))

        lab.use(Responder(server, "eth0", script, families=(4,)))
        for name in ("alias.local", "both.local"):
            done = Done(client, "-4", "--one-shot", "-t", "TXT", name)
            equal((done.status, done.lines),
                  (0, [f"{name}.  10  IN  CNAME  target.local.",
                       'target.local.  10  IN  TXT  "x"']), name)
            check(done.seconds < 0.35, "with the target asked for after",
                  done.seconds)
            done = Done(client, "-4", "-t", "CNAME", name)
            equal((done.status, len(done.lines)), (0, 1), f"CNAME of {name}")
        tap = lab.use(client.capture("eth0"))
        for name in ("loop.local", "out.local"):
            done = Done(client, "-4", *FAST, "-t", "TXT", name)
            equal(done.status, 1, f"{name} ({done})")
            done.says("no TXT record was heard")
        asked = {q[0] for p in tap.asked() for q in p.questions}
        check("www.example" not in asked, asked)


PRINTER = """<service-group><name>My Printer</name><service>
<type>_ipp._tcp</type><port>631</port><txt-record>rp=ipp/print</txt-record>
</service></service-group>"""


@test
def avahi_answers_by_each_way():
    with Lab() as lab:
        client, server = pair(lab)
        server.write("/etc/avahi/services/ipp.service", PRINTER)
        daemon = peer.avahi(server)
        peer.wait_ready(daemon, lambda: peer.said(daemon, '"My Printer"'),
                        "the service")
        name = "My\\032Printer._ipp._tcp.local"
        srv = f"{name}. SRV 0 0 631 avahi-host.local."
        txt = f'{name}. TXT "rp=ipp/print"'
        for way in ((), ("--one-shot",), ("--qm",), ("--qu",),
                    ("--unicast", "10.0.0.2"), ("--unicast", "fd00::2"),
                    ("--unicast", "avahi-host.local")):
            # It multicasts a record once a second at most (RFC 6762 6).
            time.sleep(1.1 if way == ("--qm",) else 0)
            done = Done(client, *way, "-t", "SRV,TXT", name,
                        "avahi-host.local")
            equal(sorted(" ".join([row[0], *row[3:]]) for row in done.rows),
                  [srv, txt], f"{way} {done}")
            equal(done.status, 1, way)
        done = Done(client, "--short", "-t", "PTR", "_ipp._tcp.local")
        equal(done.out, f"{name}.\n", done)
        done = Done(client, "-t", "ANY", "avahi-host.local")
        equal({row[3] for row in done.rows}, {"A", "AAAA"}, done)


@test
def zeroconf_and_resolved_answer():
    with Lab() as lab:
        client, server = pair(lab)
        peer.zeroconf(server, "zero.local", "10.0.0.2")
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24", "fd00::3/64")
        peer.resolved(other)
        name = "a\\032test._test._tcp.local"
        done = Done(client, "-t", "SRV", name)
        equal([row[4:] for row in done.rows],
              [["0", "0", "80", "zero.local."]], done)
        done = Done(client, "-t", "AAAA,A", "zero.local", "other.local")
        equal({(row[0], row[4]) for row in done.rows} -
              {("other.local.", other.link_local("eth0"))},
              {("zero.local.", "10.0.0.2"), ("other.local.", "10.0.0.3"),
               ("other.local.", "fd00::3")}, done)


if __name__ == "__main__":
    main()
