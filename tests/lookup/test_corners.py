#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup and what is rare: answers of odd shape or too many, links that are
# of no use, settings that are seldom made; what is said of them.

import json
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from asking import FAST, Done, Records, serve
from lab import Lab, check, equal, main, pair, program, test
from packets import join
from schema import check_lines
from scripted import Honest, Responder, Say, answer_name
from services import PRINTER, a, nsec, run, service, srv, txt
from services import Records as Services

HOST = "host.local"
TEXT = (HOST, wire.TXT, b"\3a=b")
A4 = (HOST, wire.A, bytes([10, 0, 0, 7]))
A6 = (HOST, wire.AAAA, bytes([0xfd]) + bytes(14) + b"\7")


# -- one lookup -------------------------------------------------------------

@test
def an_alias_is_no_address():
    """The record that leads there is not printed; where it leads is said."""
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            owner = query.questions[0][0]
            options = dict(ttl=10, rclass=wire.IN)
            if query.questions[0][1] == wire.PTR:
                answers = [wire.cname(owner, "by.local", **options),
                           wire.ptr("by.local", HOST, **options)]
            else:
                answers = [wire.cname(owner, HOST, **options),
                           wire.address(HOST, "10.0.0.7", **options),
                           wire.address(HOST, "fd00::7", **options)]
            yield Say(answer_name(query, answers))

        lab.use(Responder(server, "eth0", script, families=(4,)))
        for way in ("--all", "--unicast=10.0.0.2"):
            done = Done(client, "-4", *FAST, way, "www.local")
            equal((done.status, done.err), (0, ""), f"{way} {done}")
            equal([row[:3] + row[6:] for row in done.rows],
                  [["www.local", "10.0.0.7", "eth0", "is", HOST],
                   ["www.local", "fd00::7", "eth0", "is", HOST]], way)
            done = Done(client, "-4", *FAST, way, "169.254.7.1")
            equal((done.status, done.err), (0, ""), f"{way} {done}")
            equal([row[:3] for row in done.rows],
                  [["169.254.7.1", HOST, "eth0"]], way)


@test
def a_family_that_is_denied_is_said():
    for record, family, other in ((A6, "IPv4", "IPv6"), (A4, "IPv6", "IPv4")):
        with Lab() as lab:
            client, _, _ = serve(lab, record, nsec=True)
            for way in ((), ("--one-shot",), ("--unicast=10.0.0.2",),
                        ("--all",)):
                done = Done(client, "-v", *FAST, *way, HOST)
                equal(done.status, 0, f"{way} {done}")
                done.says(f"{HOST}: says that it has no {family} address")
                check(f"no {other} address" not in done.err, way, done)
            equal(Done(client, *FAST, "--all", HOST).err, "", "without -v")


@test
def types_of_which_one_is_denied():
    """The host is there: so nobody is said to be silent."""
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            owner = query.questions[0][0]
            yield Say(answer_name(query, [], nsec=[wire.nsec(
                owner, [wire.A, wire.PTR], ttl=10, rclass=wire.IN)]))

        lab.use(Responder(server, "eth0", script, families=(4,)))
        done = Done(client, "-4", *FAST, "--one-shot", "-t", "TXT,PTR", HOST)
        equal((done.status, done.out, done.err), (
            1, "", f"mdns-lookup: {HOST}: is there, but has no TXT record\n"
            f"mdns-lookup: {HOST}: no PTR record was heard on eth0 within "
            "0.3 s\n"))


@test
def replies_without_the_question():
    """RFC 6762 6.7 wants it repeated; some do not."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", lambda query: [Say(answer_name(
            query, [wire.record(HOST, wire.TXT, b"\3a=b", ttl=10,
                                rclass=wire.IN)], question=False))],
            families=(4,)))
        done = Done(client, "-4", *FAST, "--one-shot", "-t", "TXT", HOST)
        equal((done.status, done.err, done.lines),
              (0, "", [f'{HOST}.  10  IN  TXT  "a=b"']))


@test
def more_addresses_than_an_answer_keeps():
    """32; the rest is counted."""
    with Lab() as lab:
        client, server = pair(lab)
        many = [f"10.0.0.{i}" for i in range(100, 140)]
        lab.use(Responder(server, "eth0", Honest({HOST: many})))
        for way in ((), ("--all",)):
            done = Done(client, "-4", *FAST, *way, HOST)
            equal(done.status, 0, f"{way} {done}")
            equal(len(done.rows), 32, f"addresses {way}")
            check({row[1] for row in done.rows} <= set(many), way, done)
            equal(done.err, f"mdns-lookup: {HOST}: 8 more addresses left "
                  "out\n", way)


@test
def more_records_than_are_kept():
    """4096; that there are more is said once."""
    def script(query):
        for first in range(0, 4200, 100):
            yield Say(answer_name(query, [wire.record(
                HOST, wire.TXT, b"\4%04d" % i, ttl=10, rclass=wire.IN)
                for i in range(first, first + 100)]), delay=first / 20000)

    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", script, families=(4,)))
        done = Done(client, "-4", "--one-shot", "--all", "-t", "TXT", HOST)
        equal(done.status, 0, done.err)
        equal(len(set(done.lines)), 4096, "records")
        equal(done.err, "mdns-lookup: more answers than there is room for; "
              "some are not shown\n")


@test
def one_way_if_the_second_is_off():
    with Lab() as lab:
        client, _, responder = serve(lab)
        client.write("/etc/dotlocal.conf", "second-way = off\n")
        for args in (("-t", "TXT"), ()):
            responder.queries.clear()
            equal(Done(client, "-4", *FAST, *args, HOST).status, 1)
            equal([query.legacy for query in responder.queries], [True], args)
        responder.queries.clear()
        equal(Done(client, "-4", *FAST, "--qm", HOST).status, 1)
        equal([query.legacy for query in responder.queries], [False], "--qm")


# -- one host ---------------------------------------------------------------

@test
def the_one_host_by_its_name():
    """However long the name is, or if it is an alias; with -v also how it was
    found."""
    long = f"{'x' * 50}.local"
    with Lab() as lab:
        client, server = pair(lab)
        near = server.link_local("eth0")
        lab.use(Responder(server, "eth0", Records(
            TEXT, (long, wire.A, bytes([10, 0, 0, 2])),
            ("link.local", wire.AAAA, socket.inet_pton(
                socket.AF_INET6, near)))))
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24")

        def alias(query):
            if "www.local" in query.names:
                options = dict(ttl=10, rclass=wire.IN)
                yield Say(answer_name(query, [
                    wire.cname("www.local", "real.local", **options),
                    wire.address("real.local", "10.0.0.2", **options)]))

        lab.use(Responder(other, "eth0", alias))
        # There it has a link-local address as well, and nobody is asked.
        client.link(lab.new_link(), "wlan0", "10.1.0.1/24")
        for target, to in ((long, "10.0.0.2"), ("www.local", "10.0.0.2"),
                           ("link.local", near)):
            done = Done(client, "-v", *FAST, "--unicast", target, "-t", "TXT",
                        HOST)
            equal(done.status, 0, f"{target} {done}")
            check(done.out.startswith(f'{HOST}.  10  IN  TXT  "a=b"'), done)
            check(f"; from {to} on eth0" in done.out, done)
            sent = [(line.split()[2], line.split()[7])
                    for line in done.err.splitlines() if "  sent  " in line]
            host = f"{to}:5353" if "." in to else f"[{to}]:5353"
            equal([link for link, target in sent if target == host], ["eth0"],
                  done)
            check(("eth0", "224.0.0.251:5353") in sent,
                  "not how it was found:", done)


@test
def the_one_host_behind_a_firewall():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT)
        client.nft("add table inet t\n"
                   "add chain inet t c { type filter hook output priority 0; "
                   "}\nadd rule inet t c ip daddr 10.0.0.2 udp dport 5353 "
                   "drop\n")
        done = Done(client, "--json", *FAST, "--unicast", "10.0.0.2", "-t",
                    "TXT", HOST)
        equal(done.status, 3, done)
        missing, = check_lines(done.out, "missing")
        equal(missing["reason"], "denied", done)
        equal(done.err, f"mdns-lookup: {HOST}: {missing['text']}\n")


# -- links that are of no use -----------------------------------------------

def reason(done, link):
    """What is said of that link."""
    found = [line.split(None, 1)[1] for line in done.err.splitlines()
             if line.split()[0] == link]
    equal(len(found), 1, f"lines of {link} in {done}")
    return found[0]


@test
def links_of_no_use_are_explained():
    with Lab() as lab:
        client = lab.host("client")
        client.link(lab.new_link(), "eth0")
        client.link(lab.new_link(), "eth1", "10.1.0.1/24")
        client.ip("addr flush dev eth0")
        client.ip("link set eth1 multicast off")
        done = Done(client, HOST)
        equal((done.status, done.out), (3, ""), done)
        equal(reason(done, "eth0"), "has no address to ask from")
        equal(reason(done, "eth1"), "cannot multicast")
        client.ip("addr add fd00::1/64 dev eth0 nodad")
        equal(reason(Done(client, "-4", HOST), "eth0"),
              "has no IPv4 address to ask from")
        client.ip("-6 addr flush dev eth0")
        equal(reason(Done(client, "-6", HOST), "eth0"),
              "has no IPv6 address to ask from")


@test
def part_of_a_bridge():
    with Lab() as lab:
        client = lab.host("client")
        client.run("mount", "-t", "sysfs", "sysfs", "/sys")
        for words in ("link add br7 type bridge", "link set br7 up",
                      "link add v0 type veth peer name w0",
                      "link set v0 master br7 up", "link set w0 up"):
            client.ip(words)
        client.ip("addr flush dev v0")
        done = Done(client, "-i", "v0", HOST)
        equal((done.status, done.out), (3, ""), done)
        equal(reason(done, "v0"),
              "part of a bridge or bond, which is asked instead")
        equal(reason(done, "br7"), "not named on the command line")


@test
def what_the_doctor_heard_is_kept():
    """In a file without a word of it, as -v says it."""
    with Lab() as lab:
        client, _ = pair(lab)
        client.write("/etc/dotlocal.conf", "timeout = 150ms\n")
        path = "/run/doctor.pcap"
        done = Done(client, "--doctor", "-w", "0.3", "--pcap", path)
        check("octets" not in done.err, "said although nobody wanted it:",
              done)
        kept = Done(client, "--read", path)
        equal(kept.status, 0, kept)
        check("_services._dns-sd._udp.local" in kept.out, kept)


# -- services ---------------------------------------------------------------

@test
def more_servers_than_are_shown():
    """Four, and with the same priority and weight by their names and ports: so
    that it is the same each time."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Services(
            *(srv(PRINTER, port, f"{name}.local") for name, port in (
                ("a", 1), ("e", 1), ("c", 2), ("f", 1), ("c", 1), ("a", 2),
                ("d", 1))), txt(PRINTER),
            *(each for name in "acdef" for each in (
                a(f"{name}.local", "10.0.0.7"),
                nsec(f"{name}.local", wire.A))))))
        for _ in range(2):
            status, lines, err = run(client, "--resolve", "--json",
                                     "My Printer 2.0._ipp._tcp")
            equal(status, 0, err)
            seen = [json.loads(line) for line in lines]
            equal([(each["host"], each["port"]) for each in seen],
                  [("a.local", 1), ("a.local", 2), ("c.local", 1),
                   ("c.local", 2)])
            equal(err, "mdns-lookup: a service has more servers or addresses "
                  "than are shown\n")


@test
def services_stand_apart():
    """An empty line between two, and none before the first."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Services(
            *service(), *service("Other", host="other.local"))))
        status, lines, err = run(client, "--resolve",
                                 "My Printer 2.0._ipp._tcp",
                                 "Other._ipp._tcp")
        equal((status, err), (0, ""), lines)
        equal([lines.index(""), lines.count("")], [9, 1], lines)
        equal(sorted([lines[0], lines[10]]),
              ["service:   My Printer 2.0", "service:   Other"], lines)


@test
def domains_of_every_length():
    """What does not fit behind the name of the list of kinds is refused, before
    anything is asked."""
    long = ".".join(["x" * 60] * 3 + ["y" * 43, "local"])
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", lambda query: ()))
        client.write("/etc/dotlocal.conf", "suffixes = home.example\n")
        for more in (), ("home.example",):
            done = Done(client, "-4", *FAST, "--types", *more, long)
            equal((done.status, done.out, done.err), (
                2, "", f"mdns-lookup: {long}: no domain: it is too long\n"))
        equal(responder.queries, [], "asked")
        done = Done(client, "-4", *FAST, "--types", long[1:], "home.example")
        equal(done.status, 1, done)
        equal({name for query in responder.queries for name in query.names},
              {f"_services._dns-sd._udp.{domain}"
               for domain in (long[1:], "home.example")}, "asked")


# -- the command line -------------------------------------------------------

@test
def scopes_that_no_link_has():
    """No link has so long a name: so that is no address."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", lambda query: ()))
        for scope in ("", "a234567890123456"):
            done = Done(client, *FAST, f"fe80::1%{scope}")
            equal((done.status, done.out, done.err), (
                2, "", "mdns-lookup: fe80::1: no interface is called what "
                "stands behind the %\n"))
        equal(responder.queries, [], "asked")
        done = Done(client, *FAST, "fe80::1%a23456789012345")
        equal(done.status, 3, done)


def ip_frame(message):
    """A message from 10.0.0.2 to the group, as IPv4."""
    return struct.pack("!BBHHHBBH4s4s4H", 0x45, 0, 28 + len(message), 0, 0,
                       255, 17, 0, b"\12\0\0\2", b"\340\0\0\373", 5353, 5353,
                       8 + len(message), 0) + message


@test
def a_full_disk_ends_it():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT, A4)
        path = "/run/it.pcap"
        equal(Done(client, "-4", "--pcap", path, "-t", "TXT", HOST).status, 0)
        for args in (("--read", path), ("-v", "--read", path),
                     ("--json", "--read", path)):
            done = client.run("sh", "-c", '"$@" > /dev/full', "sh",
                              program("", "mdns-lookup"), *args)
            equal((done.returncode, done.stderr), (
                2, "mdns-lookup: standard output: cannot be written\n"), args)
        # It does not wait for the end of what goes on.
        query = wire.message(flags=0, questions=[wire.question(HOST, wire.A)])
        process = client.popen(
            "sh", "-c", 'exec "$@" > /dev/full', "sh",
            program("", "mdns-lookup"), "--read", "-")
        process.stdin.buffer.write(join(101, [(1e9, ip_frame(query))] * 300))
        process.stdin.flush()
        equal(process.wait(10), 2, "exit status")


if __name__ == "__main__":
    main()
