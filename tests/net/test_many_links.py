#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The direct lookup where there is more than it has room for: links, sockets,
# memberships, addresses. What fits is asked, and nothing else happens.

import re
import socket

import wire
from calls import module
from lab import Lab, between, equal, main, test, until
from scripted import Honest, Responder, Say

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
LINKS_MAX = 32  # MDNS_LINKS_MAX
PACKETS = 3     # socket(AF_PACKET): ETH_P_ALL
SO_RCVBUFFORCE = 33


def batch(host, lines):
    done = host.run("ip", "-batch", "-", input="\n".join(lines) + "\n")
    equal(done.returncode, 0, f"ip -batch ({done.stderr})")


def without_ipv6(host):
    host.run("sh", "-c", "cd /proc/sys/net/ipv6/conf; "
             "echo 1 >all/disable_ipv6; echo 1 >default/disable_ipv6")


def wires(host, count):
    """So many links; their other ends lie on the host too, without address."""
    batch(host, [line for i in range(count) for line in (
        f"link add a{i} type veth peer name b{i}", f"link set b{i} up",
        f"link set a{i} up", f"addr add 10.{i}.0.1/24 dev a{i}")])


def asked(sock, text):
    """The links that a packet with that in it has left by."""
    links = set()
    while True:
        try:
            frame, _, _, source = sock.recvmsg(2048)
        except BlockingIOError:
            return links
        if source[2] == socket.PACKET_OUTGOING and text in frame:
            links.add(source[0])


@test
def more_links_than_are_asked():
    with Lab() as lab:
        client = lab.host("client")
        without_ipv6(client)
        client.write("/etc/dotlocal.conf", "timeout = 300ms\n")
        wires(client, LINKS_MAX + 8)
        sock = client.socket(socket.AF_PACKET, socket.SOCK_RAW,
                             socket.htons(PACKETS))
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
        sock.setblocking(False)
        call = module(client, ENTRY, "nobody.local")
        equal(call.verdict, SILENCE)
        equal(len(asked(sock, b"nobody")), LINKS_MAX, "links asked")
        sock.close()


@test
def more_links_than_sockets():
    """On IPv6 each wants one, if another responder has port 5353 already."""
    with Lab() as lab:
        client = lab.host("client")
        held = lab.use(client.socket(socket.AF_INET6, socket.SOCK_DGRAM))
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("", 5353))
        count = LINKS_MAX - 2
        wires(client, count)
        until(lambda: len(set(re.findall(
            r"(a\d+) +inet6 fe80::.* scope link(?! tentative)",
            client.ip("-6 -o addr show")))) == count, 10, "IPv6")
        for call in module(client, ENTRY, "nobody.local", "noone.local"):
            equal(call.verdict, SILENCE)
            between(call.ms, 1245, 5000)


@test
def more_links_than_memberships():
    """Only the last of them, for which there is none left, has an answer, and
    only for the group."""
    def script(query):
        if not query.legacy:
            yield Say(wire.message(answers=[wire.address(
                query.questions[0][0], "10.2.0.2")]), to="group")

    with Lab() as lab:
        client, server = lab.host("client"), lab.host("server")
        without_ipv6(client)
        client.run("sh", "-c",
                   "echo 2 >/proc/sys/net/ipv4/igmp_max_memberships")
        for i in range(3):
            link = lab.new_link()
            client.link(link, f"eth{i}", f"10.{i}.0.1/24")
        server.link(link, "eth0", "10.2.0.2/24")
        lab.use(Responder(server, "eth0", script, families=(4,)))
        call = module(client, ENTRY, "nas.local")
        equal((call.verdict, call.addrs), (FOUND, ["10.2.0.2"]))


@test
def more_addresses_than_are_listed_at_once():
    """The link that matters is the last of them."""
    with Lab() as lab:
        client, server = lab.host("client"), lab.host("server")
        without_ipv6(client)
        batch(client, [f"addr add 10.77.0.{i}/32 dev lo"
                       for i in range(1, 251)])
        link = lab.new_link()
        client.link(link, "eth0", "10.0.0.1/24")
        server.link(link, "eth0", "10.0.0.2/24")
        lab.use(Responder(server, "eth0", Honest({"nas.local": ["10.0.0.2"]})))
        call = module(client, ENTRY, "nas.local")
        equal((call.verdict, call.addrs), (FOUND, ["10.0.0.2"]))


if __name__ == "__main__":
    main()
