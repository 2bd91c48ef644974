#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --doctor NAME: who answers for the name, and what is odd about it.

import os
import sys
import time

from doctoring import (CHAIN, Doctor, Everybody, Records, addresses,
                       honest_pair, neighbour)
import peer
import wire
from lab import Lab, between, check, equal, main, pair, program, test
from scripted import Honest, Responder, Say, answer_name

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "helper"))

from helper import Helper
from hosts import Hosts


def alone(lab, name, make, **options):
    """A client, and a server that has but this name."""
    client, server = pair(lab, CHAIN)
    client.write("/etc/dotlocal.conf", "timeout = 400ms\n")
    lab.use(Responder(server, "eth0", Records(name, make, **options)))
    return client


@test
def a_line_for_each_link():
    with Lab() as lab:
        client, _ = honest_pair(lab, split=True)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24")
        lab.use(Responder(other, "eth0", Honest({"dual.local": ["10.1.0.2"]})))
        done = Doctor(client, "dual.local")
        found = done.one("name-answers", "good", "dual.local answers on eth0 "
                         "over IPv4 and IPv6 after ", " ms: ", "A 10.0.0.2",
                         "AAAA fd00::2")
        equal(found["text"].count("10.0.0.2"), 1, "of each address")
        done.one("name-answers", "good", "on wlan0 over IPv4 and IPv6 "
                 "after ", " ms: A 10.1.0.2")
        # One host may have other addresses on other links.
        done.none("name-duplicate", "name-dropped", "name-flush", "name-ttl")
        done.one("program", "good", "dual.local")
        done.ends(0)


def lookup_ms(client, name):
    since = time.monotonic()
    check(client.run(program("", "mdns-lookup"), name).stdout, name)
    return (time.monotonic() - since) * 1000


@test
def a_family_is_missing():
    with Lab() as lab:
        client, _ = honest_pair(lab, {"four.local": ["10.0.0.2"],
                                      "six.local": ["fd00::2"]})
        done = Doctor(client, "four.local")
        done.one("name-family", "good", "four.local has no IPv6 address; "
                 "nobody waits for one, as it answers over IPv4 and IPv6")
        done.ends(0)
        Doctor(client, "six.local").one("name-family", "good",
                                        "six.local has no IPv4 address")
        check(lookup_ms(client, "four.local") < 80, "somebody waits")
        # Programs ask on all links, so that what is true of one is not known.
        Doctor(client, "-i", "eth0", "four.local").one("name-family", "note")
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        Doctor(client, "four.local").one("name-family", "note",
                                         "lookups wait 100 ms for it")
    for families in (4,), (6,):
        with Lab() as lab:
            client, server = pair(lab, CHAIN)
            lab.use(Responder(server, "eth0", Everybody(
                {"four.local": ["10.0.0.2"]}), families=families))
            done = Doctor(client, "four.local")
            done.one("name-family", "note", "four.local has no IPv6 address "
                     "and does not say so", "lookups wait 100 ms for it")
            done.ends(0)
            check(lookup_ms(client, "four.local") > 90, "nobody waits")
    with Lab() as lab:
        # Over both transports, but each with one question of the two.
        client, server = pair(lab, CHAIN)

        def short(query):
            if query.legacy and "four.local" in query.names:
                yield Say(wire.message(
                    id=query.id, flags=wire.QR, questions=[wire.question(
                        "four.local", wire.A)], answers=[wire.address(
                            "four.local", "10.0.0.2", ttl=10)]))

        lab.use(Responder(server, "eth0", short))
        Doctor(client, "four.local").one("name-family", "note",
                                         "lookups wait 100 ms for it")
    with Lab() as lab:
        client, _ = honest_pair(lab, {"four.local": ["10.0.0.2"]}, nsec=True)
        done = Doctor(client, "four.local")
        done.one("name-family", "good", "four.local says that it has no IPv6 "
                 "address (NSEC)")


@test
def two_hosts_with_one_name():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        neighbour(lab, "other", "10.0.0.3/24",
                  Records("dual.local", addresses("10.0.0.3")))
        done = Doctor(client, "dual.local")
        equal(len(done.all("name-duplicate")), 1, "findings")
        found = done.one("name-duplicate", "bad", "two hosts on eth0 call "
                         "themselves dual.local", " says 10.0.0.2",
                         " says 10.0.0.3", "rename one of them")
        # Neither of them is this one.
        check("remedy" not in found, found)
        done.ends(1)


@test
def two_that_say_the_same():
    """As a proxy does for a host that sleeps, or with less than all."""
    for first, second in ((0, 0.05), (0.05, 0)):
        with Lab() as lab:
            client, _ = honest_pair(lab, {"dual.local": [
                "10.0.0.2", "10.0.0.4", "fd00::2"]}, delay=first)
            neighbour(lab, "other", "10.0.0.3/24", Records(
                "dual.local", addresses("10.0.0.2"), delay=second))
            done = Doctor(client, "dual.local")
            done.none("name-duplicate")
            done.ends(0)


@test
def link_local_only():
    with Lab() as lab:
        client = alone(lab, "x.local", addresses("fe80::2"))
        done = Doctor(client, "x.local")
        done.one("name-link-local", "note", "x.local has link-local IPv6 "
                 "addresses only")
        done.one("program", "good", "fe80::2")
    with Lab() as lab:
        client = alone(lab, "x.local", addresses("fe80::2", "fd00::2"))
        Doctor(client, "x.local").none("name-link-local")


@test
def odd_ttl():
    def make(ttl):
        return lambda owner, _, rclass: [
            wire.address(owner, "10.0.0.2", ttl=ttl, rclass=rclass)]

    with Lab() as lab:
        client = alone(lab, "x.local", make(200000))
        Doctor(client, "-4", "x.local").one(
            "name-ttl", "note", "10.0.0.2 lets caches keep x.local for 55 "
            "hours (TTL 200000 s")
    with Lab() as lab:
        client = alone(lab, "x.local", make(2))
        Doctor(client, "-4", "x.local").one(
            "name-ttl", "note", "10.0.0.2 lets caches keep x.local for only "
            "2 s")


@test
def no_cache_flush():
    with Lab() as lab:
        client = alone(lab, "x.local", lambda owner, ttl, _: [
            wire.address(owner, "10.0.0.2", ttl=ttl, rclass=wire.IN)])
        done = Doctor(client, "-4", "x.local")
        done.one("name-flush", "note", "10.0.0.2 does not say that x.local is "
                 "its own (no cache-flush bit)")
        done.ends(0)


@test
def alias():
    def make(owner, ttl, rclass):
        return [wire.cname(owner, "real.local", ttl=ttl, rclass=rclass)]

    with Lab() as lab:
        client, server = honest_pair(lab, {"real.local": ["10.0.0.2"]})
        neighbour(lab, "other", "10.0.0.3/24", Records("www.local", make))
        done = Doctor(client, "www.local")
        done.one("name-alias", "note", "www.local is an alias of real.local")
        done.one("name-answers", "good", "real.local answers on eth0",
                 "A 10.0.0.2")
        done.one("program", "good", "www.local", "10.0.0.2")
        done.ends(0)


@test
def alias_that_leads_out_or_in_a_circle():
    def make(target):
        return lambda owner, ttl, rclass: [
            wire.cname(owner, target, ttl=ttl, rclass=rclass)]

    with Lab() as lab:
        client = alone(lab, "www.local", make("www.example.com"))
        done = Doctor(client, "www.local")
        done.one("name-alias", "bad", "www.local is an alias of "
                 "www.example.com, which is not followed")
        done.ends(1)
    with Lab() as lab:
        client = alone(lab, "www.local", make("www.local"))
        Doctor(client, "www.local").one("name-alias", "bad", "of www.local")
    with Lab() as lab:
        # One that is taken back is none.
        client = alone(lab, "www.local", lambda owner, ttl, rclass: [
            wire.cname(owner, "real.local", ttl=0, rclass=rclass)])
        done = Doctor(client, "www.local")
        done.none("name-alias")
        done.one("name-silence", "bad", "nobody answers for www.local")


@test
def terminal_is_out_of_reach():
    """Whatever a peer sends, nothing but plain text comes out."""
    evil = wire.name([b"\x1b]0;x\x07\x9b2J\xc2\x9bq 'x", b"local"])
    with Lab() as lab:
        client = alone(lab, "www.local", lambda owner, ttl, rclass: [
            wire.cname(owner, evil, ttl=ttl, rclass=rclass),
            wire.record(owner, wire.A, b"\x1b[2J!", ttl=ttl, rclass=rclass)])
        done = client.run(*Doctor.argv(), "www.local")
        check("www.local is an alias of \\027\\0930\\059x\\007\\1552J"
              in done.stdout, done)
        for line in (done.stdout + done.stderr).splitlines():
            check(line.isprintable() and line.isascii(), repr(line))


@test
def characters():
    with Lab() as lab:
        name = [b"my printer", b"local"]
        client, server = pair(lab, CHAIN)

        def script(query):
            if wire.name(name) in [q[0] for q in query.questions]:
                yield Say(answer_name(query, [
                    wire.address(name, "10.0.0.2", ttl=10)]))

        lab.use(Responder(server, "eth0", script))
        done = Doctor(client, "my\\032printer.local")
        done.one("name-characters", "note", "my\\032printer.local has "
                 "characters that host names do not have")
        done.one("name-answers", "good", "A 10.0.0.2")
        done.one("program-escape", "note", "programs have to write "
                 "'my\\032printer.local' in this way")
        done.one("program", "good", "my\\032printer.local", "10.0.0.2")
        done.ends(0)
        # What stands there is found, and what the note says is so.
        for word, status in (("my\\032printer.local", 0),
                             ("my printer.local", 2)):
            equal(client.run("getent", "ahosts", word).returncode, status,
                  word)
        client.nsswitch("files")
        done = Doctor(client, "my printer.local")
        done.one("program", "bad", "programs do not find")
        client.nsswitch(CHAIN)
        Doctor(client, "my.printer.local").none("program-escape")


@test
def what_is_typed_reaches_the_shell():
    """A remedy for a name with a backslash has it in quotes."""
    with Lab() as lab:
        name = wire.name([b"o'neil", b"local"])
        client, server = pair(lab, CHAIN)

        def script(query):
            if query.legacy and name in [q[0] for q in query.questions]:
                yield Say(answer_name(query, [
                    wire.address(name, "10.0.0.2", ttl=10)]), sport=9999)

        lab.use(Responder(server, "eth0", script, families=(4,)))
        found = Doctor(client, "-4", "o'neil.local").one(
            "name-dropped", "bad", "not from port 5353",
            remedy="mdns-lookup -v 'o\\039neil.local'")
        typed = found["remedy"].replace("mdns-lookup", '"$0"')
        shown = client.run("sh", "-c", typed, program("", "mdns-lookup"))
        check("not from port 5353" in shown.stderr, shown)


@test
def answers_that_are_dropped():
    cases = (
        (dict(sport=9999), "10.0.0.2 answers for x.local on eth0",
         "not from port 5353"),
        (dict(src="192.168.7.2"), "192.168.7.2 answers for x.local",
         "from an address that is not on the link"),
    )
    for say, *words in cases:
        with Lab() as lab:
            client, server = pair(lab, CHAIN)
            server.ip("addr add 192.168.7.2/32 dev eth0")
            client.ip("route add 192.168.7.2 dev eth0")
            lab.use(Responder(server, "eth0", Records(
                "x.local", addresses("10.0.0.2"), ways=("one-shot",), **say),
                families=(4,)))
            done = Doctor(client, "-4", "x.local")
            done.one("name-dropped", "bad", *words,
                     remedy="mdns-lookup -v x.local")
            # Which shows it.
            shown = client.run(program("", "mdns-lookup"), "-v", "-4",
                               "x.local").stderr
            check(words[-1] in shown, shown)
            done.none("name-answers", "name-silence")
            done.ends(1)


@test
def addresses_that_are_of_no_use():
    with Lab() as lab:
        client = alone(lab, "x.local", addresses("127.0.1.1"))
        done = Doctor(client, "-4", "x.local")
        done.one("name-dropped", "bad", "10.0.0.2 answers for x.local",
                 "an address that is of no use: 127.0.1.1")
        done.ends(1)
    with Lab() as lab:
        client = alone(lab, "x.local", addresses("127.0.1.1", "10.0.0.2"))
        done = Doctor(client, "-4", "x.local")
        done.one("name-dropped", "note", "127.0.1.1")
        done.ends(0)


@test
def error_replies():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)

        def script(query):
            if query.legacy:
                yield Say(wire.message(id=query.id, flags=wire.QR | 3,
                                       questions=query.echo()))

        lab.use(Responder(server, "eth0", script))
        Doctor(client, "-4", "x.local").one(
            "name-dropped", "bad", "10.0.0.2", "rcode is not 0")


@test
def more_records_than_the_doctor_keeps():
    """128; here are 50 addresses of one host by two ways and transports."""
    many = [f"10.0.0.{i}" for i in range(100, 150)]
    with Lab() as lab:
        client, _ = honest_pair(lab, {"many.local": many})
        done = Doctor(client, "many.local")
        done.one("name-answers", "good", "many.local answers on eth0",
                 "A 10.0.0.100, A 10.0.0.101")
        done.none("name-duplicate", "name-dropped")
        done.ends(0)


@test
def more_wrong_answers_than_the_doctor_keeps():
    """Of four hosts it is said, each once."""
    wrong = [f"10.0.0.{i}" for i in range(101, 107)]

    def script(query):
        if query.legacy:
            good = answer_name(query, [wire.address(
                "x.local", "10.0.0.2", ttl=10)])
            for source in wrong:
                for _ in range(2):
                    yield Say(good, sport=9999, src=source)

    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        client.write("/etc/dotlocal.conf", "timeout = 300ms\n")
        for source in wrong:
            server.ip(f"addr add {source}/24 dev eth0")
        lab.use(Responder(server, "eth0", script, families=(4,)))
        done = Doctor(client, "-4", "x.local")
        found = done.all("name-dropped")
        equal([each["text"].split()[0] for each in found], wrong[:4], done)
        done.ends(1)


@test
def what_an_alias_has_not():
    """An NSEC record of an alias does not deny the addresses."""
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        client.write("/etc/dotlocal.conf", "timeout = 300ms\n")
        lab.use(Responder(server, "eth0", Records(
            "www.local", lambda owner, ttl, rclass: [
                wire.nsec(owner, [wire.CNAME], ttl=ttl, rclass=rclass)])))
        done = Doctor(client, "-4", "www.local")
        done.one("name-silence", "bad", "nobody answers for www.local",
                 but=["says that it has no address"])


@test
def no_such_name():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        done = Doctor(client, "nosuch.local")
        done.one("answers", "good", "on eth0 over IPv4")
        done.one("name-silence", "bad", "nobody answers for nosuch.local on "
                 "eth0, though other hosts are heard", "off or asleep",
                 remedy="mdns-lookup --types")
        done.one("program", "note", "programs do not find nosuch.local either")
        done.ends(1)
        between(done.seconds, 2, 6)
        done = Doctor(client, "169.254.7.7")
        done.one("name-silence", "bad", "nobody answers for 169.254.7.7 on")


@test
def there_without_address_or_leaving():
    with Lab() as lab:
        client = alone(lab, "x.local", lambda owner, ttl, rclass: [
            wire.nsec(owner, [wire.TXT], ttl=ttl, rclass=rclass)])
        Doctor(client, "x.local").one(
            "name-silence", "bad",
            "x.local is there and says that it has no address")
    with Lab() as lab:
        client = alone(lab, "x.local", lambda owner, ttl, rclass: [
            wire.address(owner, "10.0.0.2", ttl=0, rclass=rclass)])
        Doctor(client, "x.local").one(
            "name-silence", "bad", "x.local has just said goodbye")


@test
def names_of_addresses():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        lab.use(Responder(server, "eth0", Everybody(
            names={"169.254.7.1": "four.local"})))
        done = Doctor(client, "169.254.7.1")
        done.one("name-answers", "good", "169.254.7.1 answers on eth0",
                 "PTR four.local")
        done.none("name-family", "name-duplicate")
        done.ends(0)


@test
def helper_remembers_what_is_gone():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        script = Hosts({"x.local": ["10.0.0.2"]}, ttl=4000)
        lab.use(Responder(server, "eth0", script))
        lab.use(Helper(client))
        done = Doctor(client, "x.local")
        done.none("name-stale")
        # What it has never heard of it does not remember.
        Doctor(client, "-w", "0.3", "nosuch.local").none("name-stale")
        script.mute = True
        done = Doctor(client, "x.local")
        done.one("name-stale", "bad", "mdns-helper remembers x.local, but "
                 "nobody in the network answers for it",
                 remedy="mdns-lookup --reconfirm x.local")
        done.ends(1)
        script.mute = False
        script.hosts["x.local"] = ["10.0.0.7"]


@test
def real_peers():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        peer.zeroconf(server, "dual.local", "10.0.0.2", "fd00::2")
        done = Doctor(client, "dual.local")
        done.one("answers", "good", "on eth0 over IPv4")
        done.one("name-answers", "good", "A 10.0.0.2", "AAAA fd00::2")
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        peer.avahi(server, name="dual")
        peer.avahi(client, name="client")
        done = Doctor(client, "dual.local")
        done.one("answers", "good", "on eth0 over IPv4")
        done.one("answers", "good", "on eth0 over IPv6")
        done.none("name-duplicate", "way-in", "replies")
        done.ends(0)


@test
def resolved_as_the_peer():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        peer.resolved(server)
        done = Doctor(client, "server.local")
        done.one("answers", "good", "on eth0 over IPv4")
        done.one("name-answers", "good", "server.local", "A 10.0.0.2")
        done.none("name-duplicate", "replies")


if __name__ == "__main__":
    main()
