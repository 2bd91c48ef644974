#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real responders: avahi-daemon, systemd-resolved and python3-zeroconf. What
# they answer, and how few packets it takes.

import struct
import time

import dns.exception

import peer
import wire
from calls import glibc, module
from lab import Lab, between, check, equal, good_query, main, pair, test

FOUND = ("SUCCESS", "NETDB_SUCCESS")
NO_DATA = ("NOTFOUND", "NO_DATA")
SOON = 60
LONG = "x" * 63 + ".local"


def cold(client, tap, name, wanted, high=SOON, replies=(4, 6)):
    """One lookup, and the packets that it took."""
    tap.forget()
    call = module(client, "gethostbyname4_r", name)
    equal(call.verdict, FOUND, name)
    equal(sorted(call.addrs), sorted(wanted), name)
    between(call.ms, 0, high, name)
    ours = [p for p in tap.asked() if p.sport != 5353]
    equal(sorted(p.family for p in ours), [4, 6], f"queries for {name}")
    for packet in ours:
        good_query(packet, name)
    ports = {p.sport for p in ours}
    back = [p for p in tap.mdns() if not p.out and p.dport in ports]
    equal({p.family for p in back}, set(replies), "replies")
    check(all(p.sport == 5353 for p in back), "replies from", back)
    return call, back


@test
def avahi():
    with Lab() as lab:
        client, server = pair(lab)
        # What is published without IPv6 is so for good: avahi has no NSEC.
        peer.avahi(server, name="dual", hosts=[
            ("four.local", "10.0.0.24"), (LONG, "10.0.0.25"),
            ("both.local", "10.0.0.26"), ("both.local", "fd00::26"),
            ("auto4.local", "169.254.9.9"), ("auto6.local", "fe80::1234")])
        time.sleep(1.2)
        tap = lab.use(client.capture("eth0"))
        cold(client, tap, "dual.local", ["10.0.0.2", "fd00::2"])
        cold(client, tap, "both.local", ["10.0.0.26", "fd00::26"])
        call, _ = cold(client, tap, "four.local", ["10.0.0.24"], 160, (4,))
        between(call.ms, 95, 160, "with the grace")
        cold(client, tap, LONG, ["10.0.0.25"], 160, (4,))
        cold(client, tap, "auto4.local", ["169.254.9.9"], 160, (4,))
        call, _ = cold(client, tap, "auto6.local", ["fe80::1234"], 160)
        equal(call.scopes, {"fe80::1234": client.ifindex("eth0")})

        equal(module(client, "gethostbyname2_r", "four.local",
                     options=["-6"]).verdict, NO_DATA)
        for address, name in (("169.254.9.9", "auto4.local"),
                              ("fe80::1234", "auto6.local")):
            call = module(client, "gethostbyaddr_r", address)
            equal((call.verdict, call.name), (FOUND, name))
            between(call.ms, 0, SOON)
        equal(glibc(client, "getnameinfo", "169.254.9.9").name,
              "auto4.local")
        call = module(client, "gethostbyname4_r", "nobody.local")
        between(call.ms, 1245, 1350)


@test
def avahi_on_the_same_host():
    with Lab() as lab:
        client, _ = pair(lab)
        peer.avahi(client, name="me", hosts=[("four.local", "10.0.0.24")])
        for _ in range(3):
            call = module(client, "gethostbyname4_r", "me.local")
            equal(call.verdict, FOUND)
            check({"10.0.0.1", "fd00::1"} <= set(call.addrs), call.addrs)
            check("127.0.0.1" not in call.addrs, call.addrs)
            between(call.ms, 0, SOON)
        call = module(client, "gethostbyname4_r", "four.local")
        equal(call.addrs, ["10.0.0.24"])


@test
def resolved():
    """A over IPv4 only, AAAA over IPv6 only, and no NSEC."""
    with Lab() as lab:
        client, server = pair(lab)
        peer.resolved(server)
        tap = lab.use(client.capture("eth0"))
        local = server.link_local("eth0")
        call, back = cold(client, tap, "server.local",
                          ["10.0.0.2", "fd00::2", local])
        equal(call.addrs[-1], local, "the last one")
        for packet in back:
            types = {a.rdtype for a in packet.message.answer}
            equal(types, {wire.A if packet.family == 4 else wire.AAAA},
                  f"types over IPv{packet.family}")
        equal(module(client, "gethostbyname2_r", "server.local").addrs,
              ["10.0.0.2"])
        equal(module(client, "gethostbyname2_r", "server.local",
                     options=["-6"]).addrs, ["fd00::2"])
        call = module(client, "gethostbyaddr_r", local)
        equal((call.verdict, call.name), (FOUND, "server.local"))


@test
def resolved_without_ipv6():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0", "10.0.0.1/24", "fd00::1/64")
        server = lab.host("server")
        server.link(link, "eth0", "10.0.0.2/24")
        server.ip("-6 addr flush dev eth0")
        peer.resolved(server, records=1)
        call = module(client, "gethostbyname4_r", "server.local")
        equal(call.verdict, FOUND)
        equal(call.addrs, ["10.0.0.2"])
        between(call.ms, 0, 160)


@test
def zeroconf():
    """Debian 12's sends a malformed NSEC beside a good A, for which
    systemd-resolved throws the whole answer away."""
    with Lab() as lab:
        client, server = pair(lab)
        peer.zeroconf(server, "printer.local", "10.0.0.2")
        time.sleep(0.5)
        tap = lab.use(client.capture("eth0"))
        call = module(client, "gethostbyname4_r", "printer.local")
        equal(call.verdict, FOUND)
        equal(call.addrs, ["10.0.0.2"])
        between(call.ms, 0, 160)
        replies = [p for p in tap.mdns() if not p.out and not p.is_query]
        check(replies, "no reply on the wire")
        check(any(struct.pack("!H", wire.NSEC) in p.data for p in replies),
              "no NSEC in it")
        try:
            for packet in replies:
                packet.message
            print("# this zeroconf's NSEC is well-formed")
        except dns.exception.DNSException as why:
            print(f"# its NSEC, says dnspython: {type(why).__name__}")


@test
def zeroconf_dual_stack():
    with Lab() as lab:
        client, server = pair(lab)
        peer.zeroconf(server, "printer.local", "10.0.0.2", "fd00::2")
        time.sleep(0.5)
        call = module(client, "gethostbyname4_r", "printer.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        between(call.ms, 0, 160)


if __name__ == "__main__":
    main()
