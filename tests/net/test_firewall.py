#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The second way in: behind a stateful firewall that opens port 5353 only, and
# with another daemon on that port.

import errno
import time

import peer
from calls import finish, module, module_stepwise, start_module
from lab import Lab, between, check, equal, good_query, main, pair, test
from scripted import Honest, Responder

FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
SOON = 60
HOST = {"dual.local": ["10.0.0.2", "fd00::2"],
        "other.local": ["10.0.0.3", "fd00::3"]}

# What a workstation has: the reply to a query that left by multicast is not
# "established" for it, as it comes from another address.
RULES = """
table inet filter {
    chain in {
        type filter hook input priority 0; policy drop;
        iif lo accept
        ct state established,related accept
        meta l4proto icmpv6 accept
        udp dport 5353 accept
    }
}
"""

OUT = """
table inet filter {
    chain out {
        type filter hook output priority 0; policy accept;
        udp dport 5353 reject
    }
}
"""


def walled(lab):
    client, server = pair(lab)
    client.nft(RULES)
    return client, server


def dual(call, high, low=0):
    equal(call.verdict, FOUND)
    equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
    between(call.ms, low, high)


@test
def the_firewall_does_drop_the_one_shot():
    """Else these tests would prove nothing."""
    with Lab() as lab:
        client, server = walled(lab)
        lab.use(Responder(server, "eth0", lambda query: (
            Honest(HOST)(query) if query.legacy else ())))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, SILENCE)


@test
def found_behind_the_firewall():
    with Lab() as lab:
        client, server = walled(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        tap = lab.use(client.capture("eth0"))
        dual(module(client, "gethostbyname4_r", "dual.local"), 150, 95)
        group = [p for p in tap.asked() if p.sport == 5353]
        equal(sorted(p.family for p in group), [4, 6], "queries from 5353")
        for packet in group:
            good_query(packet, "dual.local")
            # Alone on the port a unicast answer reaches us, and no rate limit
            # of the responder holds it back.
            equal({q[2] for q in packet.questions}, {0x8001}, "QU")


@test
def second_process_half_a_second_later():
    """The responder may not multicast the same again within a second."""
    with Lab() as lab:
        client, server = walled(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for _ in range(3):
            dual(module(client, "gethostbyname4_r", "dual.local"), 150)
            time.sleep(0.5)


@test
def two_processes_at_once():
    with Lab() as lab:
        client, server = walled(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        running = [start_module(client, "gethostbyname4_r", "dual.local")
                   for _ in range(4)]
        for process in running:
            call = finish(process)[0]
            equal(call.verdict, FOUND)
            between(call.ms, 0, 1250)


@test
def what_is_forbidden_after_it_was_learnt():
    """The settings count in programs that run already."""
    with Lab() as lab:
        client, server = walled(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       "dual.local", "other.local"))
        dual(step.next(first=True), 150, 95)
        client.write("/etc/dotlocal.conf", "second-way = off\n")
        time.sleep(1.1)
        tap = lab.use(client.capture("eth0"))
        equal(step.next().verdict, SILENCE)
        ports = {packet.sport for packet in tap.asked()}
        check(ports and 5353 not in ports, "asked from", ports)


@test
def a_process_that_has_learnt_it_does_not_wait():
    with Lab() as lab:
        client, server = walled(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       "dual.local", "other.local"))
        dual(step.next(first=True), 150, 95)
        call = step.next()
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.3", "fd00::3"])
        between(call.ms, 0, SOON, "the second name")


@test
def a_firewall_that_lets_no_query_out():
    """At once, and errno says why."""
    with Lab() as lab:
        client, server = pair(lab)
        client.nft(OUT)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, ("UNAVAIL", "TRY_AGAIN"))
        equal(call.errno, errno.EACCES)
        between(call.ms, 0, SOON)


@test
def missing_name_behind_the_firewall():
    with Lab() as lab:
        client, server = walled(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        tap = lab.use(client.capture("eth0"))
        call = module(client, "gethostbyname4_r", "nobody.local")
        equal(call.verdict, SILENCE)
        between(call.ms, 1245, 1350)
        between(len(tap.asked()), 4, 8, "packets")


@test
def avahi_as_the_responder():
    with Lab() as lab:
        client, server = walled(lab)
        peer.avahi(server, name="dual")
        for _ in range(3):
            dual(module(client, "gethostbyname4_r", "dual.local"), 150, 95)
            time.sleep(0.5)


@test
def beside_avahi():
    """avahi-daemon has 5353 too, in the client's own namespace: whoever asks
    half a second after another is answered within the total."""
    with Lab() as lab:
        client, server = walled(lab)
        daemon = peer.avahi(client)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        time.sleep(1.1)
        tap = lab.use(client.capture("eth0"))
        dual(module(client, "gethostbyname4_r", "dual.local"), 150, 95)
        ours = [p for p in tap.asked() if p.sport == 5353
                and p.questions and p.questions[0][0] == "dual.local"]
        check(ours, "5353 was not asked from")
        for packet in ours:
            equal({q[2] for q in packet.questions}, {1}, "class (QM)")
        time.sleep(0.5)
        dual(module(client, "gethostbyname4_r", "dual.local"), 1250)
        equal(daemon.poll(), None, "avahi-daemon's end")


@test
def beside_resolved():
    with Lab() as lab:
        client, server = walled(lab)
        daemon = peer.resolved(client)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        time.sleep(1.1)
        dual(module(client, "gethostbyname4_r", "dual.local"), 150, 95)
        time.sleep(0.5)
        dual(module(client, "gethostbyname4_r", "dual.local"), 1250)
        equal(daemon.poll(), None, "systemd-resolved's end")


@test
def without_a_firewall_beside_avahi_and_resolved():
    for daemon in (peer.avahi, peer.resolved):
        with Lab() as lab:
            client, server = pair(lab)
            daemon(client)
            lab.use(Responder(server, "eth0", Honest(HOST)))
            for _ in range(3):
                dual(module(client, "gethostbyname4_r", "dual.local"), SOON)
            call = module(client, "gethostbyname4_r", "nobody.local")
            equal(call.verdict, SILENCE)
            between(call.ms, 1245, 1350)


@test
def port_5353_taken_for_itself():
    """Somebody holds the port and shares it with nobody."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        client.popen("/usr/bin/python3", "-c", """
import socket, time
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("", 5353))
b = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
b.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
b.bind(("::", 5353)); time.sleep(60)""")
        time.sleep(0.3)
        dual(module(client, "gethostbyname4_r", "dual.local"), SOON)
        call = module(client, "gethostbyname4_r", "nobody.local")
        equal(call.verdict, SILENCE)
        between(call.ms, 1245, 1350)


if __name__ == "__main__":
    main()
