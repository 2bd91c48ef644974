#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Port 5353 as mdns-helper holds it (tools/helper/port.c): memberships on many
# links, beside others who have the port, and with sockets that were passed in.

import contextlib
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from watcher import NET, Watcher

from lab import GROUP, Lab, Skip, check, equal, main, shell, test

PORT = 5353
NO_LINK, DENIED, RESOURCE = "done -8", "done -9", "done -10"
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
IP_MULTICAST_ALL, IPV6_MULTICAST_ALL = 49, 29
SETTLE = 0.2  # seconds that a datagram may take


class Port(Watcher):
    def __init__(self, host, *args, fds=(), under=()):
        super().__init__(host, "port_watch", *args, fds=fds, under=under)
        self.ready = self.wait("ready").split()[1:]
        self.new()

    def ask(self, verb, family, ifindex, text=""):
        return self.command(f"{verb} {family} {ifindex} {text}".strip())

    def heard(self):
        """What it has heard since the last call: family, link, text."""
        time.sleep(SETTLE)
        found = []
        for line in self.new():
            words = dict(word.split("=", 1) for word in line.split()[2:])
            check(line.startswith("heard"), line)
            equal((words["way"], words["on_link"]), ("1", "0"), line)
            found.append((int(line.split()[1]), int(words["index"]),
                          words["text"], words["group"] == "1"))
        return sorted(found)


def bound(host, family, address="", user=0):
    """A socket on 5353 as another responder has it."""
    made = host.socket(FAMILY[family], socket.SOCK_DGRAM)
    if user:
        try:
            os.fchown(made.fileno(), user, user)
        except OSError:
            raise Skip("only root has other users' ids") from None
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == 6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((address, PORT))
    made.setblocking(False)
    return made


def join(sock, family, ifindex):
    group = socket.inet_pton(FAMILY[family], GROUP[family])
    if family == 4:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        group + struct.pack("=4si", b"", ifindex))
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                        group + struct.pack("=I", ifindex))


def say(sock, family, ifindex, text):
    """To the group, out of that link."""
    if family == 4:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                        struct.pack("=4s4si", b"", b"", ifindex))
        sock.sendto(text.encode(), (GROUP[4], PORT))
    else:
        sock.sendto(text.encode(), (GROUP[6], PORT, 0, ifindex))


def drained(sock):
    """All that has come to it."""
    found = []
    time.sleep(SETTLE)
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(sock.recv(2048).decode())
    return sorted(found)


def wires(lab, count):
    """Two hosts and that many links between them; the numbers that these have
    there."""
    near, far = lab.host("near"), lab.host("far")
    words = [f"link add w{i} netns {near.holder.pid} type veth peer name w{i} "
             f"netns {far.holder.pid}" for i in range(count)]
    lab_batch(words)
    for end, host in enumerate((near, far), 1):
        done = host.run("ip", "-batch", "-", input="".join(
            f"link set w{i} up\naddr add 10.{i}.0.{end}/24 dev w{i}\n"
            for i in range(count)))
        equal(done.returncode, 0, done.stderr)
    time.sleep(0.3)
    return near, far, numbers(near, count), numbers(far, count)


def lab_batch(words):
    shell("sh", "-c", 'printf "%s\\n" "$@" | ip -batch -', "sh", *words)


def numbers(host, count):
    rows = [line.split(":") for line in host.ip("-o link").splitlines()]
    found = {row[1].strip().split("@")[0]: int(row[0]) for row in rows}
    return [found[f"w{i}"] for i in range(count)]


@test
def fifty_links():
    with Lab() as lab:
        near, far, ours, theirs = wires(lab, 50)
        port = Port(near)
        equal(port.ready, ["4"] * 4 + ["6"], "sockets")
        sender = {family: lab.use(bound(far, family)) for family in (4, 6)}

        def say_everywhere(text):
            for family in (4, 6):
                for number in theirs:
                    say(sender[family], family, number, text)

        def everywhere(text, chosen):
            return sorted((family, number, text, True)
                          for family in (4, 6) for number in chosen)

        say_everywhere("early")
        equal(port.heard(), [], "before it has joined")
        for family in (4, 6):
            for number in ours:
                equal(port.ask("join", family, number), "done 0")
        say_everywhere("joined")
        equal(port.heard(), everywhere("joined", ours))
        # Joining again must not lead to hearing it twice.
        for number in ours[:30]:
            for family in (4, 6):
                equal(port.ask("join", family, number), "done 0")
        say_everywhere("again")
        equal(port.heard(), everywhere("again", ours))
        for number in ours[::2]:
            for family in (4, 6):
                port.ask("leave", family, number)
        say_everywhere("half")
        equal(port.heard(), everywhere("half", ours[1::2]))
        for number in ours:
            for family in (4, 6):
                port.ask("leave", family, number)
        say_everywhere("left")
        equal(port.heard(), [], "after it has left")
        check("FB0000E0" not in near.run("cat", "/proc/net/igmp").stdout,
              "still a member")


@test
def more_links_than_memberships():
    with Lab() as lab:
        near, far, ours, theirs = wires(lab, 10)
        near.run("sh", "-c",
                 "echo 2 > /proc/sys/net/ipv4/igmp_max_memberships")
        port = Port(near)
        for number in ours[:8]:
            equal(port.ask("join", 4, number), "done 0")
        equal(port.ask("join", 4, ours[8]), RESOURCE, "the ninth")
        equal(port.ask("join", 6, ours[8]), "done 0", "over IPv6")
        # A link that has gone makes room once it is left.
        near.ip("link del w0")
        port.ask("leave", 4, ours[0])
        equal(port.ask("join", 4, ours[8]), "done 0", "in its place")
        equal(port.ask("join", 4, ours[0]), NO_LINK, "one that has gone")
        equal(port.ask("join", 6, ours[0]), NO_LINK, "one that has gone")
        sender = lab.use(bound(far, 4))
        for number in theirs[1:]:
            say(sender, 4, number, "x")
        equal(port.heard(), [(4, number, "x", True) for number in ours[1:9]])


@test
def another_link_of_the_same_number():
    with Lab() as lab:
        near, far, ours, _ = wires(lab, 1)
        port = Port(near)
        for family in (4, 6):
            equal(port.ask("join", family, ours[0]), "done 0")
        near.ip("link del w0")
        lab_batch([f"link add w0 index {ours[0]} netns {near.holder.pid} type "
                   f"veth peer name w0 netns {far.holder.pid}"])
        for end, host in enumerate((near, far), 1):
            host.ip("link set w0 up")
            host.ip(f"addr add 10.0.0.{end}/24 dev w0")
        time.sleep(0.3)
        for family in (4, 6):
            equal(port.ask("join", family, ours[0]), "done 0")
            say(lab.use(bound(far, family)), family, far.ifindex("w0"), "new")
        equal(port.heard(), [(4, ours[0], "new", True),
                             (6, ours[0], "new", True)])


@test
def beside_a_responder_of_another_user():
    with Lab() as lab:
        near, far, ours, theirs = wires(lab, 2)
        before = {family: lab.use(bound(near, family, user=65534))
                  for family in (4, 6)}
        port = Port(near)
        equal(port.ready, ["4"] * 4 + ["6"], "sockets")
        after = {family: lab.use(bound(near, family, user=65534))
                 for family in (4, 6)}
        sender = {family: lab.use(bound(far, family)) for family in (4, 6)}
        for family in (4, 6):
            join(before[family], family, ours[0])
            for number in ours:
                join(after[family], family, number)
            say(sender[family], family, theirs[0], "early")
        equal(port.heard(), [], "what only others have joined")
        for family in (4, 6):
            equal(port.ask("join", family, ours[0]), "done 0")
            say(sender[family], family, theirs[0], "all")
            say(sender[family], family, theirs[1], "others")
        # Who has joined one IPv6 link hears those that others have joined.
        equal(port.heard(), [(4, ours[0], "all", True),
                             (6, ours[0], "all", True),
                             (6, ours[1], "others", True)])
        for family in (4, 6):
            check("all" in drained(before[family]), "who was there before")
            equal(drained(after[family]), ["all", "early", "others"],
                  "who came later")
        # What is unicast is not for us, even if we are the last to come.
        late = Port(near)
        sender[4].sendto(b"unicast", ("10.0.0.1", PORT))
        equal(port.heard() + late.heard(), [])
        equal(drained(after[4]) + drained(before[4]), ["unicast"])


@test
def what_it_sends():
    with Lab() as lab:
        near, far, ours, _ = wires(lab, 3)
        port = Port(near)
        local = {family: lab.use(bound(near, family)) for family in (4, 6)}
        tap = lab.use(far.capture("w1"))
        other = lab.use(far.capture("w0"))
        for family in (4, 6):
            join(local[family], family, ours[1])
            equal(port.ask("send", family, ours[1], f"text{family}"), "done 0")
        packets = [p for p in tap.packets(SETTLE) if p.dport == PORT]
        equal([(p.family, p.dst, p.sport, p.ttl, p.data) for p in packets],
              [(4, GROUP[4], PORT, 255, b"text4"),
               (6, GROUP[6], PORT, 255, b"text6")])
        equal([p for p in other.packets() if p.dport == PORT], [],
              "another link")
        for family in (4, 6):
            equal(drained(local[family]), [f"text{family}"],
                  "a responder on this host")
        equal(port.ask("send", 4, 999, "x"), NO_LINK)
        equal(port.ask("send", 6, 999, "x"), NO_LINK)


def passed_sockets(lab, host):
    """As a systemd socket unit makes them."""
    return [lab.use(bound(host, 4, GROUP[4])) for _ in range(4)] + [
        lab.use(bound(host, 6))]


@test
def sockets_that_are_passed_in():
    """And used in a namespace that has no links at all."""
    with Lab() as lab:
        near, far, ours, theirs = wires(lab, 30)
        fds = passed_sockets(lab, near)
        for sock in fds:
            sock.setblocking(True)
        port = Port(near, "--only", fds=[sock.fileno() for sock in fds])
        equal(port.ready, ["4"] * 4 + ["6"], "sockets")
        for family in (4, 6):
            for number in ours:
                equal(port.ask("join", family, number), "done 0")
            sender = lab.use(bound(far, family))
            for number in theirs:
                say(sender, family, number, "in")
        equal(port.heard(), [(family, number, "in", True)
                             for family in (4, 6) for number in ours])
        tap = lab.use(far.capture("w7"))
        for family in (4, 6):
            equal(port.ask("send", family, ours[7], "out"), "done 0")
        equal([(p.family, p.sport, p.ttl, p.data)
               for p in tap.packets(SETTLE) if p.dport == PORT],
              [(4, PORT, 255, b"out"), (6, PORT, 255, b"out")])

        # The next life of the helper finds them joined already.
        port.process.stdin.close()
        port.process.wait(5)
        port.process.stdin = None
        fds.insert(0, fds.pop(3))
        port = Port(near, "--only", fds=[sock.fileno() for sock in fds])
        for family in (4, 6):
            for number in ours:
                equal(port.ask("join", family, number), "done 0")
            sender = lab.use(bound(far, family))
            for number in theirs:
                say(sender, family, number, "next")
        equal([row for row in port.heard() if row[2] == "next"],
              [(family, number, "next", True)
               for family in (4, 6) for number in ours])


@test
def others_may_have_the_port_beside_what_is_passed_in():
    """Even if who made that socket did not say so."""
    with Lab() as lab:
        near, _, _, _ = wires(lab, 1)
        alone = lab.use(near.socket(socket.AF_INET, socket.SOCK_DGRAM))
        alone.bind((GROUP[4], PORT))
        port = Port(near, "--only", fds=[alone.fileno()])
        equal(port.ready, ["4"], "sockets")
        lab.use(bound(near, 4))  # fails if it may not


@test
def sockets_that_are_none_of_ours():
    with Lab() as lab:
        near, _, _, _ = wires(lab, 1)
        wrong = [lab.use(near.socket(socket.AF_INET, socket.SOCK_DGRAM)),
                 lab.use(near.socket(socket.AF_INET, socket.SOCK_STREAM)),
                 lab.use(near.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
                 lab.use(near.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)),
                 lab.use(open("/dev/null"))]
        wrong[0].bind(("", 5454))
        wrong[1].bind(("", PORT))
        good = lab.use(bound(near, 4, GROUP[4]))
        port = Port(near, "--only",
                    fds=[thing.fileno() for thing in (*wrong, good)])
        equal(port.ready, ["4"], "sockets")
        watcher = Watcher(near, "port_watch", "--only",
                          fds=[thing.fileno() for thing in wrong])
        watcher.wait("failed")
        many = [lab.use(bound(near, 4, GROUP[4])) for _ in range(6)]
        port = Port(near, "--only", fds=[each.fileno() for each in many])
        equal(port.ready, ["4"] * 4, "as many as there is room for")
        # What is missing is opened, if it may be.
        watcher = Watcher(near, "port_watch")
        equal(watcher.wait("ready"), "ready 4 4 4 4 6")


@test
def without_ipv6():
    with Lab() as lab:
        near, far, ours, theirs = wires(lab, 1)
        port = Port(near, under=(os.path.join(NET, "sandbox"), "inet6",
                                 "EAFNOSUPPORT"))
        equal(port.ready, ["4"] * 4, "sockets")
        equal(port.ask("join", 4, ours[0]), "done 0")
        equal(port.ask("join", 6, ours[0]), DENIED)
        equal(port.ask("send", 6, ours[0], "x"), DENIED)
        say(lab.use(bound(far, 4)), 4, theirs[0], "x")
        equal(port.heard(), [(4, ours[0], "x", True)])


if __name__ == "__main__":
    main()
