#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup by its ways of asking: what goes over the wire, and who is
# believed.

import os
import sys

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from asking import FAST, Done, Records, serve
from lab import GROUP, Lab, between, check, equal, main, pair, test
from schema import check_lines
from scripted import Honest, Responder, Say, answer_name

HOST = "host.local"
TEXT = (HOST, wire.TXT, b"\3a=b")
A4 = (HOST, wire.A, bytes([10, 0, 0, 7]))
A6 = (HOST, wire.AAAA, bytes([0xfd]) + bytes(14) + b"\7")
LINE = f'{HOST}.  10  IN  TXT  "a=b"'


def asked_by(tap, *args):
    tap.forget()
    done = Done(tap.client, *args)
    return done, tap.asked()


def tap_of(lab, client):
    tap = lab.use(client.capture("eth0"))
    tap.client = client
    return tap


# -- the ways -------------------------------------------------------------

@test
def each_way_on_the_wire():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT)
        tap = tap_of(lab, client)
        for way, from_group, rclass, to in (
                ((), False, 1, GROUP), (("--one-shot",), False, 1, GROUP),
                (("--qm",), True, 1, GROUP), (("--qu",), True, 0x8001, GROUP),
                (("--unicast", "10.0.0.2"), False, 1, {4: "10.0.0.2"})):
            done, asked = asked_by(tap, *way, "-t", "TXT", HOST)
            equal(done.status, 0, f"{way} {done}")
            equal(done.lines, [LINE.replace("10", "120") if from_group
                               else LINE], way)
            equal({p.family for p in asked}, set(to), f"families of {way}")
            for p in asked:
                equal((p.dst, p.dport), (to[p.family], 5353), way)
                equal(p.sport == 5353, from_group, f"from 5353 by {way}")
                equal(p.questions, [(HOST, "TXT", rclass)], way)
                equal(p.flags, 0, way)
                equal(p.id == 0, from_group, f"id by {way}")


@test
def transports_are_chosen():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT)
        tap = tap_of(lab, client)
        for way in ("--one-shot", "--qm", "--qu", "--all"):
            for option, family in (("-4", 4), ("-6", 6)):
                done, asked = asked_by(tap, option, way, *FAST, "-t", "TXT",
                                       HOST)
                equal(done.status, 0, f"{way} {option}")
                equal({p.family for p in asked}, {family}, f"{way} {option}")


@test
def silence_is_asked_again():
    """The default goes both ways; from 5353 at least a second apart (RFC 6762
    5.2)."""
    with Lab() as lab:
        client, _ = pair(lab)
        tap = tap_of(lab, client)
        for way, one_shots, group in (
                ((), (0, 0.4, 0.9), (0.1, 1.1)),
                (("--one-shot",), (0, 0.4, 0.9), ()),
                (("--qu",), (), (0, 1)),
                (("--qm", "-w", "3.5"), (), (0, 1, 3)),
                (("--unicast", "10.0.0.2"), (0, 0.4, 0.9), ())):
            done, asked = asked_by(tap, "-4", *way, "-t", "TXT", HOST)
            equal(done.status, 1, way)
            start = asked[0].time
            for from_group, wanted in ((False, one_shots), (True, group)):
                times = [p.time - start for p in asked
                         if (p.sport == 5353) == from_group]
                equal(len(times), len(wanted), f"{way} {from_group} {times}")
                for seen, due in zip(times, wanted):
                    between(seen, due - 0.02, due + 0.2, f"{way} asked at")
        _, asked = asked_by(tap, "-4", "--one-shot", HOST)
        equal([p.sport == 5353 for p in asked], [False] * 3, "addresses")


@test
def only_what_is_open_is_asked_again():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT)
        tap = tap_of(lab, client)
        _, asked = asked_by(tap, "-4", "--one-shot", "-t", "TXT,SRV", HOST)
        equal([[q[1] for q in p.questions] for p in asked],
              [["TXT", "SRV"], ["SRV"], ["SRV"]])
        _, asked = asked_by(tap, "-4", "--one-shot", "--all", "-t", "TXT",
                            HOST)
        equal(len(asked), 3, "asked with --all")


@test
def an_alias_leaves_the_others_their_time():
    """Where it leads is asked at once, all else not within the same second (RFC
    6762 5.2)."""
    leads = {"a.local": "b.local", "b.local": "c.local"}

    def aliases(query):
        for name in query.names & set(leads):
            yield Say(wire.message(answers=[wire.cname(name, leads[name])]),
                      to="group", delay=0.1)

    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", aliases))
        Done(client, "-4", "--qm", "-t", "A", "-w", "0.9", "a.local",
             "nobody.local")
        equal([sorted(query.names) for query in responder.queries],
              [["a.local", "nobody.local"], ["b.local"], ["c.local"]])


@test
def many_questions_are_several_messages():
    with Lab() as lab:
        client, _ = pair(lab)
        tap = tap_of(lab, client)
        names = [f"{'x' * 50}{i}.{'y' * 60}.local" for i in range(24)]
        _, asked = asked_by(tap, "-4", "--qm", *FAST, "-t", "A,TXT", *names)
        check(1 < len(asked) < 5, "messages:", len(asked))
        check(max(len(p.data) for p in asked) <= 1232, "too long")
        questions = [q[:2] for p in asked for q in p.questions]
        equal(questions, [(name, rtype) for name in names
                          for rtype in ("A", "TXT")])


@test
def addresses_by_each_way():
    """The same lines as without."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(
            {HOST: ["10.0.0.7", "fe80::7", "fd00::7"]},
            names={"169.254.7.1": HOST})))
        for way in ("--one-shot", "--qm", "--qu", "--unicast=10.0.0.2",
                    "--all"):
            done = Done(client, *FAST, way, HOST, "169.254.7.1")
            equal((done.status, done.err), (0, ""), f"{way} {done}")
            plain = Done(client, HOST, "169.254.7.1")
            equal(sorted(row[:3] for row in done.rows),
                  sorted(row[:3] for row in plain.rows), way)
            equal(done.rows[2][1], "fe80::7%eth0", f"last by {way}")
        done = Done(client, "--qu", "169.254.7.2", *FAST)
        equal(done.status, 1, done)
        done.says("169.254.7.2: nobody answered on eth0 within 0.3 s")


@test
def the_other_family_has_a_grace():
    with Lab() as lab:
        client, _, responder = serve(lab, A4)
        both = responder.script
        responder.script = lambda query: (
            both(query) if query.family == 4 else ())
        for way in ("--one-shot", "--qm", "--qu"):
            done = Done(client, way, HOST)
            equal(done.status, 0, done)
            between(done.seconds, 0.05, 0.5, f"seconds of {way}")
        responder.script = both
        done = Done(client, "--one-shot", HOST)
        between(done.seconds, 0, 0.09, "seconds when both transports said it")
        responder.script = Records(A4, nsec=True)
        done = Done(client, "--qu", HOST)
        between(done.seconds, 0, 0.09, "seconds when all is known")


@test
def qu_on_a_shared_port_is_said():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT)
        equal(Done(client, "--qu", "-t", "TXT", HOST).err, "", "alone")
        lab.use(Responder(client, "eth0", lambda query: ()))
        done = Done(client, *FAST, "--qu", "-t", "TXT", HOST, "x.local")
        equal(done.err.count("another program here has port 5353"), 1, done)
        done = Done(client, *FAST, "--qm", "-t", "TXT", HOST)
        equal((done.status, done.err), (0, ""), done)


# -- one host -------------------------------------------------------------

@test
def unicast_to_one_host():
    with Lab() as lab:
        client, server = pair(lab)
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24", "fd00::3/64")
        lab.use(Responder(server, "eth0", Records(
            TEXT, ("server.local", wire.A, bytes([10, 0, 0, 2])))))
        lab.use(Responder(other, "eth0", Records(
            (HOST, wire.TXT, b"\3c=d"))))
        scoped = server.link_local("eth0") + "%eth0"
        index = client.ifindex("eth0")
        tap = tap_of(lab, client)
        for target, to in (("10.0.0.2", "10.0.0.2"), ("fd00::2", "fd00::2"),
                           (scoped, scoped[:-5]),
                           (scoped[:-4] + str(index), scoped[:-5]),
                           (scoped[:-5], scoped[:-5]),
                           ("server.local", "10.0.0.2")):
            done, asked = asked_by(tap, "--unicast", target, "-t", "TXT", HOST)
            equal((done.status, done.lines), (0, [LINE]), f"{target} {done}")
            asked = [p for p in asked if p.questions[0][1] == "TXT"]
            equal([p.dst for p in asked], [to], target)
            check(asked[0].sport != 5353, "from 5353")
        for target in ("10.0.0.3", "fd00::3"):
            equal(Done(client, "--unicast", target, "--short", "-t", "TXT",
                       HOST).out, '"c=d"\n', target)


@test
def unicast_to_nobody():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT, ("six.local", *A6[1:]))
        tap = tap_of(lab, client)
        for target, word, status in (
                ("192.0.2.1", "192.0.2.1 is on no interface", 3),
                ("fe80::1%nosuch0", "is on no interface", 3),
                ("127.0.0.1", "is on no interface", 3),
                ("nosuch.local", "--unicast, nosuch.local, is not known", 1),
                ("10.0.0.77", "nobody answered", 1)):
            done, asked = asked_by(tap, *FAST, "--unicast", target, "-t",
                                   "TXT", HOST)
            equal((done.status, done.out), (status, ""), f"{target} {done}")
            done.says(word)
            check(all(p.dst in GROUP.values() for p in asked), target, asked)
        # What cannot be a host is refused before anybody is asked.
        done, asked = asked_by(tap, *FAST, "--unicast", "www.example", "-t",
                               "TXT", HOST)
        equal((done.status, asked), (2, []), done)
        done.says("www.example is neither an address nor")
        done = Done(client, "-6", "--unicast", "10.0.0.2", "-t", "TXT", HOST)
        equal(done.status, 3, done)
        done = Done(client, *FAST, "-4", "--unicast", "six.local", HOST)
        equal(done.status, 1, done)


# -- who is believed ------------------------------------------------------

@test
def others_are_not_believed():
    with Lab() as lab:
        client, server = pair(lab)
        server.ip("addr add 192.0.2.9/32 dev eth0")
        server.ip("addr add 10.0.0.9/24 dev eth0")
        answers = [wire.record(HOST, wire.TXT, b"\3a=b", ttl=10,
                               rclass=wire.IN)]
        cases = {
            "another id": lambda good: Say(b"\x12\x34" + good[2:]),
            "not from port 5353": lambda good: Say(good, sport=9999),
            "not on the link": lambda good: Say(good, src="192.0.2.9"),
            "rcode is not 0": lambda good: Say(
                good[:3] + bytes([good[3] | 5]) + good[4:]),
            "not a response": lambda good: Say(
                good[:2] + bytes([good[2] & 0x7f]) + good[3:]),
        }
        case = None

        def script(query):
            if query.legacy:
                yield cases[case](answer_name(query, answers))

        responder = lab.use(Responder(server, "eth0", script, families=(4,)))
        for case in cases:
            for way in ((), ("--unicast", "10.0.0.2")):
                done = Done(client, "-4", *FAST, *way, "-v", "-t", "TXT",
                            HOST)
                equal((done.status, done.out), (1, ""), f"{case} {way}")
                done.says(case)

        def other_question(query):
            yield Say(wire.message(
                id=query.id, answers=answers,
                questions=[wire.question("else.local", wire.TXT)]))

        responder.script = other_question
        done = Done(client, "-4", *FAST, "--one-shot", "-v", "-t", "TXT", HOST)
        equal((done.status, done.out), (1, ""), done)
        done.says("answers another question")

        # Of another host, to which nobody has turned.
        responder.script = lambda query: [
            Say(answer_name(query, answers), src="10.0.0.9")]
        done = Done(client, "-4", *FAST, "-t", "TXT", HOST)
        equal((done.status, done.lines), (0, [LINE]), done)
        done = Done(client, "-4", *FAST, "-v", "--unicast", "10.0.0.2", "-t",
                    "TXT", HOST)
        equal((done.status, done.out), (1, ""), done)
        done.says("not asked for")

        # Unicast to 5353, but a QU question was not asked.
        responder.script = lambda query: [Say(wire.message(answers=answers))]
        done = Done(client, "-4", *FAST, "-v", "--qm", "-t", "TXT", HOST)
        equal((done.status, done.out), (1, ""), done)
        done.says("not asked for")
        equal(Done(client, "-4", "--qu", "-t", "TXT", HOST).status, 0)


@test
def names_that_no_host_has():
    """An address is not called so; who wants to see it asks for the PTR, and
    even then no octet of it reaches the terminal."""
    with Lab() as lab:
        client, server = pair(lab)
        evil = wire.name([b"\x1b]0;x\x07\x9b2J q", b"local"])
        targets = [evil, wire.name("www.example"), wire.name("1.254.169.in-"
                                                             "addr.arpa")]
        target = None

        def script(query):
            yield Say(answer_name(query, [wire.ptr(
                query.questions[0][0], target, ttl=10, rclass=wire.IN)]))

        lab.use(Responder(server, "eth0", script, families=(4,)))
        for target in targets:
            for way in ((), ("--all",), ("--unicast", "10.0.0.2")):
                done = Done(client, "-4", *FAST, *way, "169.254.7.1")
                equal((done.status, done.out), (1, ""), f"{target} {way}")
        target = evil
        for form in ((), ("--short",), ("--json",), ("-v",)):
            done = Done(client, "-4", *form, "-t", "PTR", "169.254.7.1")
            equal(done.status, 0, done)
            for line in (done.out + done.err).splitlines():
                check(line.isprintable() and line.isascii(), repr(line))


@test
def a_second_way_where_replies_are_dropped():
    """A firewall that lets only 5353 in: the default finds it there."""
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT)
        client.nft("add table inet t\n"
                   "add chain inet t c { type filter hook input priority 0; "
                   "policy drop; }\n"
                   "add rule inet t c ct state established accept\n"
                   "add rule inet t c meta l4proto icmpv6 accept\n"
                   "add rule inet t c udp dport 5353 accept\n")
        done = Done(client, "--json", "-t", "TXT", HOST)
        equal(done.status, 0, done)
        equal({line["way"] for line in check_lines(done.out, "record")},
              {"group"})
        equal(Done(client, "--one-shot", "-t", "TXT", HOST).status, 1)


if __name__ == "__main__":
    main()
