#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# How mdns-helper follows the links of its host (tools/helper/links.c): what is
# told of which link when the kernel says something, or too much to be read.

import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from watcher import Watcher

from lab import Lab, between, check, equal, main, shell, test

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_NEWADDR = 16, 17, 18, 20
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
IFF_UP_RUNNING_MULTICAST = 0x1 | 0x40 | 0x1000
GROUPS = 0x1 | 0x10 | 0x100  # links, IPv4 and IPv6 addresses


class Watch(Watcher):
    def __init__(self, host, *args, fds=()):
        super().__init__(host, "links_watch", *args, fds=fds)
        self.port_id = int(self.wait("ready").split()[1])
        self.first = [self.short(line) for line in self.new()
                      if not line.startswith("ready")]

    @staticmethod
    def short(line):
        """came eth0 46"""
        words = line.split()
        return " ".join([*words[:2], *(word[4:] for word in words
                                       if word.startswith("has="))]).strip()

    def told(self):
        """What it has told since the last call, with all read that the kernel
        has said."""
        self.command("sync")
        return [self.short(line) for line in self.new()]

    def status(self):
        """Numbers, and the state of each link."""
        after = len(self.lines)
        self.command("status", answer="done status")
        lines = self.lines[after:]
        self.new()
        numbers = {}
        for line in lines:
            if line.startswith("status"):
                for word in line.split()[1:]:
                    key, value = word.split("=")
                    numbers[key] = int(value)
        return numbers, {line.split()[1]: line for line in lines
                         if line.startswith("link ")}


def one(lab, *addresses):
    """A host with one link, and the port behind it."""
    link = lab.new_link()
    host = lab.host("host")
    port = host.link(link, "eth0", *addresses)
    return host, link, port


def batch(host, lines):
    """Many changes by one process."""
    done = host.run("ip", "-batch", "-", input="\n".join(lines) + "\n",
                    timeout=60)
    equal(done.returncode, 0, done.stderr)


def port_of(host, name):
    """A link that needs no bridge: its other end is in the lab's namespace."""
    shell("ip", "link", "add", f"x{name}", "type", "veth", "peer", "name", name,
          "netns", str(host.holder.pid))
    shell("ip", "link", "set", f"x{name}", "addrgenmode", "none")
    shell("ip", "link", "set", f"x{name}", "up")


@test
def links_that_are_there():
    with Lab() as lab:
        host, link, _ = one(lab, "10.0.0.1/24", "fd00::1/64")
        host.link(link, "six")
        host.link(link, "none")
        host.ip("-6 addr flush dev none")
        host.link(link, "off", "10.0.0.3/24")
        host.ip("link set off down")
        host.link(link, "single", "10.0.0.4/24")
        host.ip("link set single multicast off")
        watch = Watch(host)
        equal(sorted(watch.first), ["came eth0 46", "came six 6"])
        _, links = watch.status()
        equal(sorted(links), ["eth0", "none", "off", "single", "six"],
              "links that are known")
        check("mtu=1500" in links["eth0"], links)
        check(f"index={host.ifindex('eth0')} " in links["eth0"], links)


@test
def links_come_and_go():
    with Lab() as lab:
        host, link, _ = one(lab, "10.0.0.1/24")
        watch = Watch(host)
        host.link(link, "eth1", "10.0.1.1/24")
        told = watch.told()
        # Which address is first is the kernel's choice.
        check(told in (["came eth1 6", "gained eth1 46"],
                       ["came eth1 4", "gained eth1 46"],
                       ["came eth1 46"]), told)
        host.ip("link del eth1")
        # Its addresses may go before it does.
        told = watch.told()
        equal(told[-1].split()[:2], ["went", "eth1"])
        equal(sum(line.startswith("went") for line in told), 1, told)
        check(all("eth1" in line for line in told), told)
        equal(sorted(watch.status()[1]), ["eth0"], "links that are known")


@test
def up_and_down():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        watch = Watch(host)
        for _ in range(2):
            host.ip("link set eth0 down")
            told = watch.told()
            equal(told[-1].split()[:2], ["went", "eth0"])
            equal(len([line for line in told if "went" in line]), 1, told)
            host.ip("link set eth0 up")
            watch.wait("came eth0", after=watch.at)
            time.sleep(0.1)
            told = watch.told()
            check("dirty" not in told, "the caller's part", told)
            equal(told[0].split()[:2], ["came", "eth0"])
            equal(told[-1].split()[2], "46", "what it has in the end")


@test
def carrier_lost_and_back():
    with Lab() as lab:
        host, _, port = one(lab, "10.0.0.1/24")
        watch = Watch(host)
        shell("ip", "link", "set", port, "down")
        watch.wait("went eth0")
        shell("ip", "link", "set", port, "up")
        watch.wait("came eth0 has=46", after=len(watch.first) + 1)


@test
def carrier_lost_and_back_between_two_tellings():
    with Lab() as lab:
        host, _, port = one(lab, "10.0.0.1/24")
        watch = Watch(host)

        def flap():
            shell("ip", "link", "set", port, "down")
            time.sleep(1.2)  # the kernel says so once a second
            shell("ip", "link", "set", port, "up")
            time.sleep(1.2)

        watch.command("hold")
        flap()
        equal(watch.told(), [], "while it does something else")
        watch.command("go")
        equal(watch.told(), ["gained eth0 46"])

        # The same by the count that the kernel keeps, if its words are lost.
        watch = Watch(host, "--rcvbuf", "1")
        watch.command("hold")
        batch(host, [f"addr {what} 10.1.0.{i}/32 dev eth0"
                     for i in range(1, 60) for what in ("add", "del")])
        flap()
        watch.command("go")
        equal(watch.told(), ["gained eth0 46"])
        check(watch.status()[0]["overruns"] > 0, "no overrun")


@test
def down_and_up_between_two_tellings():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24", "fd00::1/64")
        watch = Watch(host)
        watch.command("hold")
        host.ip("link set eth0 down")
        host.ip("link set eth0 up")
        time.sleep(0.3)
        watch.command("go")
        equal(watch.told(), ["gained eth0 46"])
        host.ip("link set eth0 mtu 1400")
        equal(watch.told(), ["changed eth0 46"], "what came later")


@test
def addresses():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        host.ip("-6 addr flush dev eth0")
        watch = Watch(host)
        equal(watch.first, ["came eth0 4"])
        number = host.ifindex("eth0")
        for words, wanted in (
                ("add 10.0.0.9/24", ["changed eth0 4"]),
                ("del 10.0.0.9/24", ["changed eth0 4"]),
                ("add fd00::1/64 nodad", ["gained eth0 46"]),
                ("change fd00::1/64 preferred_lft 100 valid_lft 200", []),
                ("del 10.0.0.1/24", ["changed eth0 6"]),
                ("add 10.0.0.2 peer 10.0.0.3", ["gained eth0 46"]),
                ("del 10.0.0.2 peer 10.0.0.3", ["changed eth0 6"]),
                ("del fd00::1/64", ["went eth0"]),
                ("add 10.0.0.1/24", ["came eth0 4"])):
            host.ip(f"addr {words} dev eth0")
            equal(watch.told(), wanted, words)
            if words == "add 10.0.0.2 peer 10.0.0.3":
                equal(watch.command("owner 10.0.0.2", "owner"),
                      f"owner {number}")
                equal(watch.command("owner 10.0.0.3", "owner"), "owner 0")
                equal(watch.command("owner fd00::1", "owner"),
                      f"owner {number}")
                watch.told()
        equal(watch.command("owner fd00::1", "owner"), "owner 0")


@test
def more_addresses_than_there_is_room_for():
    with Lab() as lab:
        host, _, _ = one(lab)
        host.ip("-6 addr flush dev eth0")
        watch = Watch(host)
        addresses = [f"10.0.0.{i}/32" for i in range(1, 41)]
        batch(host, [f"addr add {each} dev eth0" for each in addresses])
        host.ip("addr add fd00::1/64 dev eth0 nodad")
        told = watch.told()
        equal((told[0], told[-1]), ("came eth0 4", "gained eth0 46"))
        check("addresses=17" in watch.status()[1]["eth0"], watch.status()[1])
        # All but the one that was added last, and so is not in the list.
        batch(host, [f"addr del {each} dev eth0" for each in addresses[:-1]])
        watch.told()
        links = watch.status()[1]
        check("has=46" in links["eth0"] and "addresses=2" in links["eth0"],
              links)
        host.ip(f"addr del {addresses[-1]} dev eth0")
        equal(watch.told(), ["changed eth0 6"])


@test
def an_address_that_is_still_probed():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        host.ip("-6 addr flush dev eth0")
        host.run("sh", "-c", "cd /proc/sys/net/ipv6/conf/eth0; "
                 "echo 1 > accept_dad; echo 1 > dad_transmits")
        watch = Watch(host)
        host.ip("addr add fd00::7/64 dev eth0")
        check("tentative" in host.ip("addr show eth0"), "it is not probed")
        equal(watch.told(), [], "while it is tentative")
        another = Watch(host)
        if "tentative" in host.ip("addr show eth0"):
            equal(another.first, ["came eth0 4"], "who starts meanwhile")
        watch.wait("gained eth0 has=46")
        equal(watch.told(), ["gained eth0 46"])


@test
def renamed():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        watch = Watch(host)
        watch.command("settings deny-interfaces = lab*")
        host.ip("link set eth0 name wan0")
        equal(watch.told(), ["changed wan0 46"])
        host.ip("link set wan0 name lab0")
        equal(watch.told(), ["went lab0 46"], "a name that is denied")
        host.ip("link set lab0 name wan1")
        equal(watch.told(), ["came wan1 46"])


@test
def mtu():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        watch = Watch(host)
        host.ip("link set eth0 mtu 1280")
        watch.command("sync")
        line = watch.wait("changed eth0")
        check("mtu=1280" in line, line)
        equal(watch.told(), ["changed eth0 46"])
        host.ip("link set eth0 mtu 1280")
        host.ip("link set eth0 alias other")
        equal(watch.told(), [], "for what is nothing to us")


@test
def bridge_ports():
    with Lab() as lab:
        host, _, _ = one(lab)
        watch = Watch(host)
        equal(watch.first, ["came eth0 6"])
        host.ip("link add br0 type bridge")
        host.ip("link set eth0 master br0")
        equal(watch.told(), ["went eth0 6"])
        check("state=5" in watch.status()[1]["eth0"], watch.status()[1])
        equal(Watch(host).first, [], "who starts now")
        watch.command("settings interfaces = eth*")
        equal(watch.told(), ["came eth0 6"], "allowed by name")
        watch.command("settings grace = 100")
        equal(watch.told(), ["went eth0 6"])
        host.ip("addr add 10.0.0.1/24 dev eth0")
        equal(watch.told(), ["came eth0 46"], "with an IPv4 address")
        host.ip("addr del 10.0.0.1/24 dev eth0")
        equal(watch.told(), ["went eth0 6"])
        host.ip("link set eth0 nomaster")
        equal(watch.told(), ["came eth0 6"])
        # The bridge says in its own family that the port has gone.
        equal(sorted(watch.status()[1]), ["br0", "eth0"])


@test
def settings():
    with Lab() as lab:
        host, link, _ = one(lab, "10.0.0.1/24")
        host.link(link, "wan0", "10.1.0.1/24")
        watch = Watch(host)
        for text, wanted in (
                ("deny-interfaces = eth*", ["went eth0 46"]),
                ("deny-interfaces = wan0", ["went wan0 46", "came eth0 46"]),
                ("interfaces = wan0", ["went eth0 46", "came wan0 46"]),
                ("interfaces = nothing", ["went wan0 46"])):
            watch.command(f"settings {text}")
            equal(watch.told(), wanted, text)
        host.ip("link set wan0 mtu 1400")
        equal(watch.told(), [], "a link that is not allowed")


@test
def sixty_links_at_once():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        watch = Watch(host)
        names = [f"many{i}" for i in range(60)]
        for name in names:
            port_of(host, name)
        batch(host, [f"link set {name} up" for name in names] + [
            f"addr add 10.9.{i}.1/24 dev {name}"
            for i, name in enumerate(names)])
        time.sleep(0.5)
        told = watch.told()
        equal(sorted(line.split()[1] for line in told if "came" in line),
              sorted(names), "that came")
        equal(watch.status()[0]["count"], 61, "links that are known")
        equal(len(Watch(host).first), 61, "for one who starts now")
        batch(host, [f"link del {name}" for name in names])
        told = watch.told()
        equal(sorted(line.split()[1] for line in told if "went" in line),
              sorted(names), "that went")
        check(not any("eth0" in line for line in told), told)
        equal(watch.status()[0]["count"], 1, "links that are known")


@test
def a_link_that_flaps_a_thousand_times():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        port_of(host, "bad0")
        host.ip("link set bad0 addrgenmode none")
        watch = Watch(host)
        watch.told()
        before = watch.status()[0]["cpu"]
        batch(host, ["link set bad0 up", "addr add 10.9.0.1/24 dev bad0",
                     "addr del 10.9.0.1/24 dev bad0", "link set bad0 down"]
              * 1000)
        told = watch.told()
        now = watch.status()[0]
        check(not any("eth0" in line for line in told), "of another link",
              [line for line in told if "eth0" in line][:5])
        between(len(told), 0, 2000, "times told")
        between((now["cpu"] - before) / 1e6, 0, 2, "seconds of CPU")
        # Nor if it has something else to do meanwhile.
        watch.command("hold")
        batch(host, ["link set bad0 up", "link set bad0 down"] * 100)
        host.ip("link set bad0 up")
        host.ip("addr add 10.9.0.1/24 dev bad0")
        watch.command("go")
        equal(watch.told(), ["came bad0 4"])


def message(kind, body, flags=0):
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 0, 0) + body


def attribute(kind, octets):
    pad = b"\0" * (-len(octets) % 4)
    return struct.pack("=HH", 4 + len(octets), kind) + octets + pad


@test
def messages_of_other_processes():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        watch = Watch(host)
        number = host.ifindex("eth0")
        link = "=BBHiII"
        forged = [
            message(RTM_DELLINK, struct.pack(link, 0, 0, 1, number, 0, 0)),
            message(RTM_NEWLINK, struct.pack(link, 0, 0, 1, number, 0, 0)),
            message(RTM_NEWLINK, struct.pack(
                link, 0, 0, 1, 99, IFF_UP_RUNNING_MULTICAST, 0) +
                attribute(3, b"evil0\0")),
            message(RTM_NEWADDR, struct.pack("=BBBBI", 2, 24, 0, 0, number) +
                    attribute(1, socket.inet_aton("10.6.6.6"))),
            message(RTM_NEWADDR, b""), b"\xff" * 40]
        sender = lab.use(host.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
        sender.bind((0, 0))
        for octets in forged:
            sender.sendto(octets, (watch.port_id, 0))
        equal(watch.told(), [])
        equal(watch.command("owner 10.6.6.6", "owner"), "owner 0")
        equal(sorted(watch.status()[1]), ["eth0"])
        host.ip("link set eth0 mtu 1400")
        equal(watch.told(), ["changed eth0 46"], "of the kernel")


@test
def more_than_can_be_read():
    with Lab() as lab:
        host, link, _ = one(lab, "10.0.0.1/24")
        host.link(link, "eth1", "10.1.0.1/24")
        host.link(link, "eth2", "10.2.0.1/24")
        watch = Watch(host, "--rcvbuf", "1")
        equal(len(watch.first), 3, watch.first)
        watch.command("hold")
        batch(host, [f"addr {what} 10.9.0.{i}/32 dev eth0"
                     for i in range(1, 100) for what in ("add", "del")])
        host.ip("addr del 10.0.0.1/24 dev eth0")
        host.ip("link del eth1")
        port_of(host, "new0")
        host.ip("link set new0 up")
        host.ip("addr add 10.7.0.1/24 dev new0")
        time.sleep(0.3)
        watch.command("go")
        told = watch.told()
        check(watch.status()[0]["overruns"] > 0, "no overrun")
        equal(sorted(told), ["came new0 46", "changed eth0 6", "went eth1 46"])
        equal(sorted(watch.status()[1]), ["eth0", "eth2", "new0"])
        host.ip("link set eth2 mtu 1400")
        equal(watch.told(), ["changed eth2 46"], "after it")


@test
def another_link_of_the_same_number():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        number = host.ifindex("eth0")
        watch = Watch(host)
        watch.command("hold")
        host.ip("link del eth0")
        host.ip(f"link add eth0 index {number} type veth peer name other0")
        host.ip("link set other0 up")
        host.ip("link set eth0 up")
        host.ip("addr add 10.0.0.1/24 dev eth0")
        time.sleep(0.3)
        watch.command("go")
        told = [line for line in watch.told() if "eth0" in line]
        equal([line.split()[0] for line in told], ["went", "came"])


def netlink(host):
    """A socket as systemd would pass it in."""
    made = host.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    made.bind((0, GROUPS))
    return made


@test
def a_socket_of_another_namespace():
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        passed = lab.use(netlink(host))
        watch = Watch(host, "--passed", fds=(passed.fileno(),))
        equal(watch.first, ["came eth0 46"])
        equal(watch.port_id, passed.getsockname()[0], "port id")
        host.ip("link set eth0 mtu 1400")
        equal(watch.told(), ["changed eth0 46"])
        host.ip("link set eth0 down")
        equal(watch.told()[-1].split()[:2], ["went", "eth0"])


@test
def a_socket_with_an_answer_half_read():
    """As one that was killed leaves it behind: the kernel is busy with it."""
    with Lab() as lab:
        host, _, _ = one(lab, "10.0.0.1/24")
        for i in range(40):
            port_of(host, f"many{i}")
        passed = lab.use(netlink(host))
        passed.sendto(message(RTM_GETLINK, struct.pack("=BBHiII", *[0] * 6),
                              NLM_F_REQUEST | NLM_F_DUMP), (0, 0))
        passed.recv(65536)
        host.ip("link set eth0 mtu 1400")
        watch = Watch(host, "--passed", fds=(passed.fileno(),))
        equal(watch.first, ["came eth0 46"])
        equal(watch.status()[0]["count"], 41, "links that are known")
        host.ip("link set eth0 mtu 1300")
        equal(watch.told(), ["changed eth0 46"])


if __name__ == "__main__":
    main()
