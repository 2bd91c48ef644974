#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup on real links: what it prints, where it asks, its exit status,
# and what it says when there is nothing to print.

import os
import re
import sys

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from asking import FAST, Done
from lab import Lab, between, check, equal, main, pair, test
from scripted import Honest, Responder, Say, answer_name

HOSTS = {"dual.local": ["10.0.0.2", "fd00::2", "fe80::2"],
         "four.local": ["10.0.0.4"],
         "a.b.local": ["10.0.0.5"],
         "bücher.local": ["10.0.0.6"]}
NAMES = {"169.254.7.1": "four.local", "fe80::2": "dual.local"}


def honest_pair(lab, **options):
    client, server = pair(lab)
    lab.use(Responder(server, "eth0", Honest(HOSTS, names=NAMES, **options)))
    return client, server


@test
def a_line_for_each_address():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        done = Done(client, "dual.local")
        equal(done.status, 0, f"exit status ({done})")
        equal(sorted(row[:3] for row in done.rows),
              [["dual.local", "10.0.0.2", "eth0"],
               ["dual.local", "fd00::2", "eth0"],
               ["dual.local", "fe80::2%eth0", "eth0"]])
        for row in done.rows:
            check(row[3] in ("IPv4", "IPv6"), row)
            check(re.fullmatch(r"\d+\.\d+", row[4]) and row[5] == "ms", row)
            between(float(row[4]), 0.001, 200, "milliseconds")
        equal(done.rows[-1][1], "fe80::2%eth0", "the last address")
        equal(done.err, "", "standard error")
        starts = {line.index(" eth0  ") for line in done.out.splitlines()}
        equal(len(starts), 1, "columns of the interface")


@test
def transport_is_chosen():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        tap = lab.use(client.capture("eth0"))
        for option, family in (("-4", 4), ("-6", 6)):
            tap.forget()
            done = Done(client, option, "dual.local")
            equal({row[3] for row in done.rows}, {f"IPv{family}"}, option)
            equal(len(done.rows), 3, option)
            equal({p.family for p in tap.asked()}, {family}, option)
        tap.forget()
        Done(client, "-4", "-6", "dual.local")
        equal({p.family for p in tap.asked()}, {4, 6}, "-4 -6")


@test
def names_of_addresses():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        for asked, found in (("169.254.7.1", "four.local"),
                             ("fe80::2", "dual.local"),
                             ("fe80::2%eth0", "dual.local"),
                             ("FE80:0::2%eth0", "dual.local")):
            done = Done(client, asked)
            equal(done.status, 0, f"exit status of {asked} ({done})")
            shown = "fe80::2%eth0" if ":" in asked else asked
            equal([row[:3] for row in done.rows], [[shown, found, "eth0"]])
        index = client.ifindex("eth0")
        equal(Done(client, f"fe80::2%{index}").status, 0, "a numeric scope")
        owner = wire.reverse_name("169.254.7.1")
        equal(Done(client, owner).rows[0][:2], [owner, "four.local"])
        equal(Done(client, *FAST, "169.254.7.2").status, 1, "nobody's address")


@test
def silence():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        done = Done(client, *FAST, "nosuch.local")
        equal((done.status, done.out), (1, ""), done)
        equal(done.err, "mdns-lookup: nosuch.local: nobody answered on eth0 "
              "within 0.3 s\n")
        between(done.seconds, 0.3, 1.0)
        done = Done(client, *FAST, "x.nosuch.local")
        equal(done.status, 1)
        done.says("nobody answered on eth0 within 0.3 s", "the next service")
        done = Done(client, "nosuch.local")
        done.says("within 1.25 s")
        between(done.seconds, 1.25, 2)


@test
def no_address_is_said():
    with Lab() as lab:
        client, _ = honest_pair(lab, nsec=True)
        done = Done(client, "-v", "four.local")
        equal(done.status, 0, f"exit status ({done})")
        done.says("says that it has no IPv6 address")
        check("says" not in Done(client, "four.local").err, "without -v")

        def script(query):
            owner = query.questions[0][0]
            yield Say(answer_name(query, [
                wire.nsec(owner, [wire.TXT], ttl=10)]))

        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24")
        lab.use(Responder(other, "eth0", script))
        done = Done(client, "bare.local")
        equal((done.status, done.out, done.err), (1, "", "mdns-lookup: "
              "bare.local: is there, but has no address\n"))


@test
def several_operands():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        done = Done(client, "four.local", "169.254.7.1", "a.b.local")
        equal(done.status, 0, f"exit status ({done})")
        equal([row[0] for row in done.rows],
              ["four.local", "169.254.7.1", "a.b.local"])
        done = Done(client, *FAST, "nosuch.local", "four.local")
        equal(done.status, 1, "one missing")
        equal([row[0] for row in done.rows], ["four.local"])
        done = Done(client, *FAST, "fe80::2%nosuch", "four.local")
        equal(done.status, 3, "one that cannot be asked")
        equal([row[0] for row in done.rows], ["four.local"])
        tap = lab.use(client.capture("eth0"))
        equal(Done(client, "four.local", "www.example.com").status, 2)
        equal(tap.mdns(), [], "packets although an operand is wrong")


@test
def names_in_every_spelling():
    with Lab() as lab:
        client, server = pair(lab)
        odd = wire.name([b"my printer.\x1b", b"local"])

        def script(query):
            if query.questions[0][0].lower() == odd:
                yield Say(answer_name(query, [
                    wire.address(odd, "10.0.0.9", ttl=10)]))
            else:
                yield from Honest(HOSTS)(query)

        lab.use(Responder(server, "eth0", script))
        for asked, shown in (("FOUR.Local.", "FOUR.Local"),
                             ("bücher.local", "bücher.local"),
                             ("b\\195\\188cher.local", "bücher.local"),
                             ("my\\032printer\\.\\027.local",
                              "my\\032printer\\046\\027.local")):
            done = Done(client, asked)
            equal(done.status, 0, f"exit status of {asked} ({done})")
            equal(done.rows[0][0], shown)


@test
def terminal_is_out_of_reach():
    """Whatever a peer sends, nothing but plain text comes out."""
    with Lab() as lab:
        client, server = pair(lab)
        evil = wire.name([b"\x1b]0;x\x07\x9b2J\xc2\x9bq 'x", b"local"])

        def script(query):
            owner = query.questions[0][0]
            if query.questions[0][1] == wire.PTR:
                answers = [wire.ptr(owner, evil, ttl=10)]
            else:
                answers = [wire.cname(owner, evil, ttl=10),
                           wire.address(evil, "10.0.0.2", ttl=10),
                           wire.address(evil, "fd00::2", ttl=10)]
            yield Say(answer_name(query, answers))

        lab.use(Responder(server, "eth0", script))
        done = Done(client, *FAST, "-v", "alias.local", "169.254.7.1")
        equal([row[:2] for row in done.rows],
              [["alias.local", "10.0.0.2"], ["alias.local", "fd00::2"]], done)
        for row in done.rows:
            equal(row[6], "is")
            equal(row[7], "\\027\\0930\\059x\\007\\1552J\\194\\155q\\032"
                  "\\039x.local")
        for line in (done.out + done.err).splitlines():
            check(line.isprintable() and line.isascii(), repr(line))


@test
def interface_is_chosen():
    with Lab() as lab:
        client, server = honest_pair(lab)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24")
        lab.use(Responder(other, "eth0", Honest({"far.local": ["10.1.0.2"]})))
        taps = {name: lab.use(client.capture(name))
                for name in ("eth0", "wlan0")}
        for options, wanted in (((), {"eth0", "wlan0"}),
                                (("-i", "wlan0"), {"wlan0"}),
                                (("-i", "w*"), {"wlan0"}),
                                (("-i", "?th0"), {"eth0"}),
                                (("-i", "eth0", "-i", "wlan0"),
                                 {"eth0", "wlan0"})):
            for tap in taps.values():
                tap.forget()
            done = Done(client, *FAST, *options, "far.local")
            asked = {name for name, tap in taps.items() if tap.asked()}
            equal(asked, wanted, f"asked with {options}")
            equal(done.status, 0 if "wlan0" in wanted else 1, options)
            if "wlan0" in wanted:
                equal(done.rows[0][1:3], ["10.1.0.2", "wlan0"])
        done = Done(client, *FAST, "nosuch.local")
        check("on eth0, wlan0 within" in done.err
              or "on wlan0, eth0 within" in done.err, done)
        client.ip("-6 addr flush dev wlan0")
        Done(client, *FAST, "-6", "nosuch.local").says("answered on eth0 with")
        # The scope of an address names the interface, whatever -i says.
        taps["wlan0"].forget()
        equal(Done(client, "-i", "wlan0", "fe80::2%eth0").status, 0)
        equal(taps["wlan0"].asked(), [], "asked on wlan0")


@test
def no_network_is_explained():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        done = Done(client, "x.local")
        equal((done.status, done.out), (3, ""), done)
        done.says("no interface could be asked", "lo  ", "loopback")
        between(done.seconds, 0, 0.2)

        client.link(link, "eth0", "10.0.0.1/24")
        client.ip("link add dead0 type veth peer name dead1")
        done = Done(client, "-i", "nosuch0", "x.local")
        equal(done.status, 3)
        check(re.search("eth0 +not named on the command line", done.err), done)
        client.write("/etc/dotlocal.conf", "deny-interfaces = eth*\n")
        done = Done(client, "x.local")
        equal(done.status, 3)
        check(re.search("eth0 +not allowed by /etc/dotlocal.conf", done.err)
              and re.search("dead0 +down", done.err), done)
        # -i is stronger than the file.
        equal(Done(client, *FAST, "-i", "eth0", "x.local").status, 1)
        client.write("/etc/dotlocal.conf", "")
        client.ip("addr flush dev eth0")
        done = Done(client, "-6", "x.local")
        equal(done.status, 3)
        check(re.search("eth0 +has no IPv6 address", done.err), done)


@test
def firewall_that_refuses_is_named():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        client.nft("add table inet t\n"
                   "add chain inet t c { type filter hook output priority 0; "
                   "}\nadd rule inet t c udp dport 5353 drop\n")
        done = Done(client, "four.local")
        equal(done.status, 3, f"exit status ({done})")
        check(re.search("eth0 +cannot send: a firewall", done.err), done)
        between(done.seconds, 0, 0.5)


@test
def firewall_that_drops_answers_shows():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        client.nft("add table inet t\n"
                   "add chain inet t c { type filter hook input priority 0; "
                   "policy drop; }\n"
                   "add rule inet t c ct state established accept\n"
                   "add rule inet t c meta l4proto icmpv6 accept\n"
                   "add rule inet t c udp dport 5353 accept\n")
        done = Done(client, "-v", "dual.local")
        equal(done.status, 0, f"exit status ({done})")
        done.says("heard through port 5353 only")
        check("firewall" not in Done(client, "nosuch.local", *FAST).err)


@test
def every_message_is_shown():
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            if not query.legacy:
                return
            answers = [wire.address(query.questions[0][0], "10.0.0.2", ttl=10)]
            good = answer_name(query, answers)
            yield Say(b"\x12\x34" + good[2:])
            yield Say(good, sport=9999)
            yield Say(good)

        lab.use(Responder(server, "eth0", script, families=(4,)))
        done = Done(client, "-v", "four.local")
        equal(done.status, 0, f"exit status ({done})")
        lines = done.err.splitlines()
        sent = [line for line in lines if " sent " in line]
        equal(len(sent), 2, "lines of what was sent")
        check(all(re.match(r" +\d+\.\d{3} ms  eth0  IPv[46]  sent  \S+ -> "
                           r"\S+:5353  one-shot  34 octets$", line)
                  for line in sent), sent)
        got = [line for line in lines if " got " in line]
        for line, wanted in zip(got, (
                r"10.0.0.2:5353 -> .*: another id",
                r"10.0.0.2:9999 -> .*: not from port 5353",
                r"10.0.0.2:5353 -> .*: taken")):
            check(re.search(wanted, line), line, "is not", wanted)
        equal(len(got), 3, "lines of what was heard")
        done = Done(client, "-v", "four.local", "four.local")
        for line in done.err.splitlines():
            equal(line.startswith("four.local: "), " octets" in line, line)

        # The ports of each of several are its own.
        tap = lab.use(client.capture("eth0"))
        done = Done(client, "-4", *FAST, "-v", *(
            f"silent{i}.local" for i in range(9)))
        shown = {re.search(r":(\d+) -> .* one-shot", line).group(1)
                 for line in done.err.splitlines() if " one-shot " in line}
        equal(shown, {str(p.sport) for p in tap.asked() if p.sport != 5353})
        equal(len(shown), 9, "ports")
        equal(Done(client, "four.local").err, "", "without -v")


@test
def settings_are_heeded():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(
            {"nas.home.example": ["10.0.0.7"]})))
        equal(Done(client, "nas.home.example").status, 2, "foreign name")
        client.write("/etc/dotlocal.conf", "suffixes = home.example\n"
                     "timeout = 500ms\n")
        done = Done(client, "nas.home.example")
        equal(done.status, 0, f"exit status ({done})")
        done = Done(client, "nosuch.local")
        done.says("within 0.5 s")
        between(done.seconds, 0.5, 1.2)
        client.write("/etc/dotlocal.conf", "tiemout = 1s\n")
        done = Done(client, *FAST, "x.local")
        done.says("has mistakes; type: mdns-lookup --check-config")
        done = Done(client, "--check-config")
        equal((done.status, done.out),
              (1, "/etc/dotlocal.conf:1: unknown key\n"))
        os.remove(client.path("/etc/dotlocal.conf"))
        done = Done(client, "--check-config")
        equal(done.status, 0, f"without a file ({done})")


@test
def patience_asks_again():
    with Lab() as lab:
        client, server = pair(lab)
        tap = lab.use(client.capture("eth0"))
        equal(Done(client, "-4", "-w", "2.5", "x.local").status, 1)
        times = [p.time for p in tap.asked() if p.sport != 5353]
        equal(len(times), 4, "one-shots over IPv4")
        for seen, wanted in zip(times, (0, 0.4, 0.9, 1.8)):
            between(seen - times[0], wanted - 0.01, wanted + 0.3, "asked at")


if __name__ == "__main__":
    main()
