#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --doctor on the ways to the network: what leaves, what comes back,
# who answers, and the rule to type when a firewall is in the way.

import os
import re
import sys
import time

from doctoring import HOST, CHAIN, Doctor, Everybody, honest_pair, wall
import wire
from lab import Lab, between, check, equal, main, pair, test
from scripted import Responder, Say

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "helper"))

from helper import Helper

OPEN_4 = "ip daddr 224.0.0.251 udp dport 5353 accept"
OPEN_6 = "ip6 daddr ff02::fb udp dport 5353 accept"


def quick_pair(lab):
    """Programs are soon told that nobody has the name that they are asked."""
    client, server = honest_pair(lab)
    client.write("/etc/dotlocal.conf", "timeout = 300ms\n")
    return client, server


@test
def all_is_well():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        done = Doctor(client)
        for transport in ("IPv4", "IPv6"):
            found = done.one("answers", "good", f"on eth0 over {transport} ",
                             "queries leave and answers come back")
            times = re.search(r"to the port that asked after ([\d.]+) ms, "
                              r"through port 5353 after ([\d.]+) ms",
                              found["text"])
            check(times, "no times", found)
            between(float(times[1]), 0.01, 200, "milliseconds")
            check("remedy" not in found, found)
        equal(len(done.all("answers")), 2, "paths")
        done.ends(0)
        check(done.seconds < 3, "took", done.seconds)


@test
def words_for_people():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        done = client.run(*Doctor.argv(), "dual.local")
        equal(done.returncode, 0, f"exit status ({done})")
        check(re.search(r"^ok    on eth0 over IPv4 queries leave",
                        done.stdout, re.M), done)
        check(done.stdout.endswith("\nall is well\n"), done)
        wall(client, "udp dport 5353 accept")
        done = client.run(*Doctor.argv())
        equal(done.returncode, 1, f"exit status ({done})")
        check(re.search(r"^BAD   answers on eth0 over IPv4 come to port 5353 "
                        r"only .*\n      type: sudo ", done.stdout, re.M),
              done)
        equal(done.stderr, "", "standard error")


@test
def packets_are_shown():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        done = Doctor(client, "-v", "-4", "dual.local")
        done.ends(0)
        done = client.run(*Doctor.argv(), "-v", "-4")
        check("one-shot" in done.stderr and "QM" in done.stderr
              and "_test._tcp.local" in done.stderr, done)
        check("one-shot" not in done.stdout, done)


@test
def links_and_transports_are_chosen():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        client.link(lab.new_link(), "wlan0", "10.1.0.1/24")
        taps = {name: lab.use(client.capture(name))
                for name in ("eth0", "wlan0")}
        done = Doctor(client, "-4", "-i", "eth0")
        equal(len(done.all("answers")), 1, done)
        done.none("silence")
        # What programs ask goes everywhere, and is for a name of nobody.
        equal([p for tap in taps.values() for p in tap.asked()
               if p.family == 6 and p.questions[0][0].startswith("_")], [])
        equal([p for p in taps["wlan0"].asked()
               if p.questions[0][0].startswith("_")], [])


@test
def out_is_dropped():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        client.nft("table inet t { chain c { type filter hook output priority "
                   "0; meta nfproto ipv4 udp dport 5353 drop; }; }")
        done = Doctor(client)
        done.one("way-out", "bad", "no query leaves by eth0 over IPv4",
                 "a firewall of this machine drops",
                 remedy="sudo nft insert rule inet t c ip daddr "
                        "224.0.0.251 udp dport 5353 accept")
        done.one("answers", "good", "on eth0 over IPv6")
        done.ends(1)


@test
def nothing_leaves():
    """So nobody is waited for, and nothing is said of who does not answer."""
    with Lab() as lab:
        client, server = quick_pair(lab)
        client.nft("table inet t { chain c { type filter hook output priority "
                   "0; udp dport 5353 drop; }; }")
        done = Doctor(client, "nosuch.local")
        equal(len(done.all("way-out")), 2, done)
        done.one("name-silence", "unknown", "whether anybody answers for "
                 "nosuch.local does not show before what is marked BAD")
        done.ends(1)
        check(done.seconds < 1, "took", done.seconds)


@test
def nothing_comes_in():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        wall(client)
        done = Doctor(client, "nosuch.local")
        equal(len(done.all("way-in")), 2, done)
        done.one("name-silence", "unknown", "whether anybody answers")
        # One way that is open is enough to know.
        client.nft("insert rule inet filter in " + OPEN_6)
        done = Doctor(client, "nosuch.local")
        done.one("name-silence", "bad", "though other hosts are heard")


@test
def interface_of_the_address_is_not_there():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        done = Doctor(client, "fe80::1%nosuch0")
        done.one("ways", "unknown", "nosuch0")
        done.ends(1)


@test
def suffixes_are_believed():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        client.write("/etc/dotlocal.conf", "suffixes = lan\n"
                     "timeout = 300ms\n")
        lab.use(Responder(server, "eth0", Everybody({"x.lan": ["10.0.0.2"]})))
        done = client.run(*Doctor.argv(), "-v", "-4", "x.lan")
        check("10.0.0.2" in done.stderr, done)
        check("dropped" not in done.stderr, done)


@test
def out_has_no_route():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        client.ip("-6 route del multicast ff00::/8 dev eth0 table local")
        done = Doctor(client)
        remedy = ("sudo ip -6 route add multicast ff00::/8 dev eth0 table "
                  "local")
        done.one("way-out", "bad", "no query leaves by eth0 over IPv6",
                 "no route for multicast", remedy=remedy)
        done.ends(1)
        client.ip(remedy[len("sudo ip "):])
        Doctor(client).ends(0)


@test
def in_is_dropped():
    """Even what we say ourselves does not come back, nor do replies."""
    with Lab() as lab:
        client, _ = quick_pair(lab)
        wall(client, OPEN_6)
        done = Doctor(client)
        done.one("way-in", "bad", "multicast to port 5353 does not come in on "
                 "eth0 over IPv4", but=["names are found"],
                 remedy="sudo nft insert rule inet filter in ip daddr "
                        "224.0.0.251 udp dport 5353 accept")
        equal(len(done.all("way-in")), 1, "over IPv6 it does")
        done.ends(1)


@test
def in_is_dropped_and_replies_are_not():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        client.nft("table inet t { chain c { type filter hook input priority "
                   "0; udp dport 5353 drop; }; }")
        done = Doctor(client)
        for transport in ("IPv4", "IPv6"):
            done.one("way-in", "note", f"on eth0 over {transport}",
                     "names are found, but --watch")
        done.ends(0)


@test
def in_is_dropped_beside_the_helper():
    """Which needs to hear, as all programs ask it."""
    with Lab() as lab:
        client, _ = quick_pair(lab)
        lab.use(Helper(client))
        client.nft("table inet t { chain c { type filter hook input priority "
                   "0; udp dport 5353 drop; }; }")
        done = Doctor(client)
        done.one("way-in", "bad", "on eth0 over IPv4", but=["names are found"])
        done.ends(1)


@test
def replies_are_dropped():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        wall(client, "udp dport 5353 accept")
        done = Doctor(client, "dual.local")
        for transport in ("IPv4", "IPv6"):
            found = done.one(
                "replies", "bad", f"on eth0 over {transport} come to port "
                "5353 only", "a firewall", "from port 5353 to the port that "
                "asked", "lookups take 100 ms longer")
            first, last = client.read(
                "/proc/sys/net/ipv4/ip_local_port_range").split()
            equal(found["remedy"], "sudo nft insert rule inet filter in "
                  "iifname eth0 udp sport 5353 udp dport "
                  f"{first}-{last} accept")
        done.ends(1)
        client.write("/etc/dotlocal.conf", "second-way = off\n")
        Doctor(client).one("replies", "bad", "over IPv4",
                           "no name is found as long as second-way is off")
        # What the remedy says does help.
        client.nft(found["remedy"][len("sudo nft "):])
        Doctor(client).ends(0)


@test
def remedies_name_the_chain_that_drops():
    """Others that are there, or are of the other family, have no say."""
    with Lab() as lab:
        client, _ = quick_pair(lab)
        client.nft("table inet first { chain c { type filter hook input "
                   "priority -10; policy accept; }; chain o { type filter "
                   "hook output priority 0; policy accept; }; }")
        client.nft("table ip6 x { chain c { type filter hook input priority "
                   "0; policy drop; meta l4proto icmpv6 accept; }; }")
        client.nft("table ip y { chain d-1 { type filter hook input priority "
                   "0; policy drop; }; }")
        done = Doctor(client)
        for transport, rule in (("IPv4", "ip y d-1 ip daddr 224.0.0.251"),
                                ("IPv6", "ip6 x c ip6 daddr ff02::fb")):
            remedy = f"sudo nft insert rule {rule} udp dport 5353 accept"
            done.one("way-in", "bad", f"on eth0 over {transport}",
                     remedy=remedy)
            client.nft(remedy[len("sudo nft "):])
        Doctor(client).none("way-in")


@test
def remedies_are_for_the_firewall_that_is_here():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        wall(client)

        def install(name, script=""):
            client.write(f"/run/bin/{name}", f"#!/bin/sh\n{script}\n")
            os.chmod(client.path(f"/run/bin/{name}"), 0o755)

        def remedies():
            done = Doctor(client, PATH="/run/bin:" + os.environ["PATH"])
            return sorted(each["remedy"] for each in done.all("way-in"))

        install("firewall-cmd")
        equal(remedies(), 2 * ["sudo firewall-cmd --add-service=mdns "
                               "--permanent && sudo firewall-cmd --reload"])
        install("firewall-cmd", '[ "$*" = --state ] && exit 252')
        check("firewall-cmd" not in remedies()[0], "with firewalld off")
        install("firewall-cmd", '[ "$*" = --state ]')
        install("ufw")
        client.write("/etc/ufw/ufw.conf", "# x\nENABLED=no\n")
        equal(remedies()[0][:18], "sudo firewall-cmd ", "with ufw off")
        client.write("/etc/ufw/ufw.conf", "# x\nENABLED=yes\n")
        equal(remedies(),
              ["sudo ufw allow in proto udp to 224.0.0.251 port 5353",
               "sudo ufw allow in proto udp to ff02::fb port 5353"])


@test
def nobody_is_there():
    with Lab() as lab:
        client, _ = pair(lab, CHAIN)
        done = Doctor(client)
        for transport in ("IPv4", "IPv6"):
            done.one("silence", "unknown",
                     f"nobody answers on eth0 over {transport}",
                     "no other host there offers anything by Multicast DNS",
                     remedy="mdns-lookup --monitor -i eth0")
        done.ends(1)
        # With a name it is asked for as well, and by programs.
        done = Doctor(client, "printer.local")
        done.one("name-silence", "unknown", "nobody answers for printer.local "
                 "on eth0, and no other host is heard at all")
        done.ends(1)
        between(done.seconds, 2.5, 6)


@test
def one_transport_is_enough():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        lab.use(Responder(server, "eth0", Everybody(HOST), families=(4,)))
        done = Doctor(client)
        done.one("answers", "good", "on eth0 over IPv4")
        done.one("silence", "note", "nobody answers on eth0 over IPv6")
        done.ends(0)


@test
def only_ourselves():
    with Lab() as lab:
        client, _ = pair(lab, CHAIN)
        lab.use(Responder(client, "eth0", Everybody(HOST)))
        done = Doctor(client)
        done.one("silence", "unknown", "nobody but this machine itself "
                 "answers on eth0 over IPv4")
        done.none("answers")
        done.ends(1)


@test
def others_are_heard_but_do_not_answer():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)

        def script(query):
            yield Say(wire.message(answers=[
                wire.address("other.local", "10.0.0.9")]), to="group")

        lab.use(Responder(server, "eth0", script))
        done = Doctor(client)
        for transport in ("IPv4", "IPv6"):
            done.one("silence", "note",
                     f"other hosts are heard on eth0 over {transport}, but "
                     "none answered within 1.4 s")
        done.ends(0)


@test
def multicast_of_others_is_lost():
    """As where a switch does IGMP snooping and nobody asks who listens."""
    with Lab() as lab:
        client, server = quick_pair(lab)
        client.nft("table inet t { chain c { type filter hook input priority "
                   "0; ip saddr 10.0.0.2 ip daddr 224.0.0.251 drop; }; }")
        done = Doctor(client)
        done.one("multicast-lost", "note", "on eth0 over IPv4 replies come "
                 "back, but no multicast of another host", "IGMP",
                 remedy="mdns-lookup --monitor -i eth0")
        done.one("answers", "good", "over IPv6")
        done.ends(0)


@test
def multicast_comes_after_a_second():
    """Who has just multicast a record may not do so again (RFC 6762 6)."""
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        honest = Everybody(HOST)
        first = []

        def script(query):
            first.append(query.time)
            if query.legacy or query.time > first[0] + 1:
                yield from honest(query)

        lab.use(Responder(server, "eth0", script))
        done = Doctor(client)
        done.one("answers", "good", "on eth0 over IPv4", "through port 5353")
        done.none("multicast-lost")


@test
def port_is_kept_by_another():
    with Lab() as lab:
        client, _ = quick_pair(lab)
        client.popen("/usr/bin/python3", "-c", """
import socket, time
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("", 5353))
time.sleep(60)""")
        time.sleep(0.3)
        done = Doctor(client)
        done.one("way-in-unknown", "note", "on eth0 over IPv4 replies come "
                 "back", "another program keeps port 5353 for itself")
        done.one("answers", "good", "over IPv6")


if __name__ == "__main__":
    main()
