#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --doctor, what it says of the interfaces, of port 5353 and of
# mdns-helper. Each finding is caused, and its words, its remedy and the exit
# status are checked.

import contextlib
import os
import socket

import doctoring
from doctoring_system import CONF, FAST, GOOD_LINE, NOWHERE, SOON
from doctoring_system import Doctor, Somebody, mute
from helper import FORMAT, LINK, LINKS, OTHER_USER, REFUSED, RESOURCE, SOCKET
from helper import STATUS, STATUSES, Fake, Helper, reply
from lab import Lab, Skip, check, equal, main, program, shell, test, until

NET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../net")
RESTART = "sudo systemctl restart mdns-helper.service"


# -- interfaces -----------------------------------------------------------

class Sealed(Doctor):
    """The same in a sandbox that refuses every socket."""

    @staticmethod
    def argv():
        return (os.path.join(NET, "sandbox"), "all", "EPERM",
                *doctoring.Doctor.argv())


@test
def a_kernel_that_says_nothing():
    with Lab() as lab:
        doctor = Sealed(mute(lab), *FAST)
        doctor.has("links-unknown", "unknown", "the kernel does not say",
                   "not permitted to use the network")
        doctor.only("link", "links-unknown")
        equal(doctor.status, 3, f"exit status ({doctor})")


@test
def interfaces_and_their_reasons():
    with Lab() as lab:
        client = mute(lab)
        for name in ("down0", "silent0", "bare0", "six0"):
            client.link(lab.links[0], name, "10.1.0.1/24")
        doctor = Doctor(client, *FAST)
        doctor.has("links", "good", *(f"{name} (IPv4, IPv6)" for name in (
            "eth0", "down0", "silent0", "bare0", "six0")))
        doctor.only("link", "links")

        client.ip("link set down0 down")
        client.ip("link set silent0 multicast off")
        client.ip("addr flush dev bare0")
        client.ip("addr flush dev six0")
        client.run("sh", "-c",
                   "echo 1 >/proc/sys/net/ipv6/conf/six0/disable_ipv6")
        shell("ip", "link", "set", client.link(lab.links[0], "cable0"), "down")
        doctor = Doctor(client, *FAST)
        doctor.has("link-down", "note", "down0 is not asked: it is down",
                   remedy="sudo ip link set down0 up")
        doctor.has("link-multicast", "note", "silent0", "is turned off",
                   remedy="sudo ip link set silent0 multicast on")
        doctor.has("link-carrier", "note", "cable0", "nothing is connected")
        equal([(each["level"], each["remedy"]) for each in sorted(
            doctor.all("link-address"), key=lambda each: each["text"])],
            [("note", "sudo dhclient bare0"),
             ("note", "sudo sysctl -w net/ipv6/conf/six0/disable_ipv6=0")])
        doctor.has("links", "good", "asked: eth0 (IPv4, IPv6)")

        client.ip("addr add 10.1.0.1/24 dev six0")
        doctor = Doctor(client, *FAST, "-6", "-i", "six0", "-i", "eth0")
        doctor.has("link-address", "note", "six0", "no IPv6 address",
                   remedy="sudo sysctl -w net/ipv6/conf/six0/disable_ipv6=0")
        # Who says -i is told of those only.
        doctor.only("link", "links", "link-address")
        doctor = Doctor(client, *FAST, "-i", "eth0", "-i", "nosuch0", "-i",
                        "w?an*")
        equal([each["text"] for each in doctor.all("link-absent")],
              [f"there is no interface {name}, which -i names"
               for name in ("nosuch0", "w?an*")], doctor)
        doctor.only("link", "links", "link-absent", "link-absent")


@test
def interfaces_that_are_denied():
    with Lab() as lab:
        client = mute(lab)
        client.link(lab.links[0], "wlan0", "10.1.0.1/24")
        for text, word, new in (
                ("deny-interfaces = wl*\n", "deny-interfaces in",
                 "#deny-interfaces ="),
                ("deny-interfaces = docker* wlan? br0\n", "forbids it",
                 "deny-interfaces = docker* br0"),
                ("interfaces = eth* en*\n", "does not name it",
                 "interfaces = eth* en* wlan0")):
            client.write(CONF, SOON + text)
            doctor = Doctor(client, *FAST)
            doctor.has("link-denied", "note", "wlan0", word, remedy=new)
            client.write(CONF, SOON + new + "\n")
            doctor = Doctor(client, *FAST)
            doctor.none("link-denied", "settings-mistake")
            doctor.has("links", "good", "wlan0", "eth0")


@test
def point_to_point():
    with Lab() as lab:
        client = mute(lab)
        holder = client.popen(
            "/usr/bin/python3", "-c",
            "import fcntl, os, struct\n"
            "fd = os.open('/dev/net/tun', os.O_RDWR)\n"
            "fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH', b'tun0', 1))\n"
            "print('ready', flush=True)\ninput()\n")
        if holder.stdout.readline().strip() != "ready":
            raise Skip("no tun devices here")
        client.ip("link set tun0 up")
        client.ip("addr add 10.9.0.1 peer 10.9.0.2 dev tun0")
        doctor = Doctor(client, *FAST)
        doctor.has("link-point-to-point", "note", "tun0", "VPN",
                   remedy="interfaces = eth0 tun0")
        # So does a lookup, when there is nothing to ask on.
        client.write(CONF, SOON + "deny-interfaces = eth0\n")
        done = client.run(program("", "mdns-lookup"), "a.local")
        check("tun0" in done.stderr and "point-to-point" in done.stderr, done)
        client.write(CONF, SOON + "interfaces = eth0 tun0\n")
        doctor = Doctor(client, *FAST)
        doctor.none("link-point-to-point")
        doctor.has("links", "good", "eth0", "tun0")


@test
def bridge_ports():
    with Lab() as lab:
        client = mute(lab)
        client.run("mount", "-t", "sysfs", "sysfs", "/sys")
        client.ip("link add br7 type bridge")
        client.ip("link set br7 up")
        for i in range(3):
            client.ip(f"link add v{i} type veth peer name w{i}")
            client.ip(f"link set v{i} master br7 up")
            client.ip(f"link set w{i} up")
        until(lambda: "state UP" in client.ip("link show br7"), 5, "br7")
        doctor = Doctor(client, *FAST)
        doctor.has("link-port", "note", "v0, v1, v2")
        doctor.none("link-address")


@test
def too_many_interfaces():
    with Lab() as lab:
        client = lab.host("client")
        batch = "".join(f"link add v{i} type veth peer name w{i}\n"
                        f"link set v{i} up\nlink set w{i} up\n"
                        f"addr add 10.2.{i}.1/24 dev v{i}\n"
                        for i in range(33))
        done = client.run("ip", "-batch", "-", input=batch)
        equal(done.returncode, 0, done)
        doctor = Doctor(client, *FAST, "-4")
        found = doctor.all("link-many")
        equal(len(found), 1, doctor)
        equal(found[0]["level"], "bad")
        check("more than 32 interfaces" in found[0]["text"], found)
        check(found[0]["remedy"].startswith("interfaces = v"), found)


@test
def too_many_addresses():
    with Lab() as lab:
        client = mute(lab)
        done = client.run("ip", "-batch", "-", input="".join(
            f"addr add 10.3.{i // 250}.{i % 250 + 1}/32 dev eth0\n"
            for i in range(130)))
        equal(done.returncode, 0, done)
        Doctor(client, *FAST).has("link-addresses", "note",
                                  "more than 128 addresses", "not looked at")


@test
def no_interface():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client", GOOD_LINE)
        doctor = Doctor(client)
        equal(doctor.status, 3, doctor)
        doctor.has("links", "bad", "no interface that can be asked")
        doctor.only("link", "links")
        Doctor(client, *NOWHERE).has("links", "bad", "that -i names")
        client.link(link, "eth0", "10.0.0.1/24")
        client.ip("link set eth0 down")
        doctor = Doctor(client)
        equal(doctor.status, 3, doctor)
        doctor.has("link-down", "note", "eth0",
                   remedy="sudo ip link set eth0 up")


# -- port 5353 ------------------------------------------------------------

HOLD = """
import os, socket, sys
_, where, how, name = sys.argv
family = socket.AF_INET6 if "6" in where else socket.AF_INET
it = socket.socket(family, socket.SOCK_DGRAM)
if family == socket.AF_INET6:
    it.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, where == "6")
if how == "shared":
    it.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
it.bind((where if "." in where else "", 5353))
with open("/proc/self/comm", "wb") as file:
    file.write(os.fsencode(name))
print("ready", flush=True)
input()
"""


@contextlib.contextmanager
def holds(host, where, how, name):
    """A program of that name that has the port: of IPv4 ("4"), IPv6 ("6"),
    both ("46"), or of an address only."""
    process = host.popen("/usr/bin/python3", "-c", HOLD, where, how, name)
    equal(process.stdout.readline().strip(), "ready", "the holder")
    try:
        yield process.pid  # nsenter and setpriv become what they run
    finally:
        process.terminate()
        process.wait(5)


@test
def without_the_port_all_that_need_it_say_so():
    with Lab() as lab:
        client = mute(lab)
        with holds(client, "46", "alone", "hog"):
            # For root --monitor sees what is on the wire.
            somebody = Somebody(client)
            for words in (["--qm", "nas.local"], ["--monitor"],
                          ["--watch", "nas.local"], ["--types"],
                          ["--browse", "_ipp._tcp"]):
                done = somebody.run(program("", "mdns-lookup"), *words,
                                    "-w", "1")
                equal(done.returncode, 3, words)
                check("another program has UDP port 5353 for itself; try: "
                      "mdns-lookup --doctor\n" in done.stderr,
                      words, done.stderr)


@test
def who_has_the_port():
    with Lab() as lab:
        client = mute(lab)
        with holds(client, "4", "shared", "avahi-daemon") as pid:
            doctor = Doctor(client, *FAST)
            doctor.has("port-shared", "note",
                       f"avahi-daemon (process {pid})")
            doctor.none("port", "port-taken")
        with holds(client, "4", "alone", "hog") as pid:
            doctor = Doctor(client, *FAST)
            doctor.has("port-taken", "bad", f"hog (process {pid})",
                       "of IPv4 for itself", remedy=f"sudo kill {pid}")
            equal(doctor.status, 1, doctor)
            Doctor(client, *FAST, "-6").none("port-taken")
        with holds(client, "6", "alone", "hog\udc9b2J") as pid:
            Doctor(client, *FAST).has(
                "port-taken", "bad", f"hog?2J (process {pid})",
                "of IPv6 for itself", remedy=f"sudo kill {pid}")
        with holds(client, "46", "alone", "hog") as pid:
            Doctor(client, *FAST, "-4").has(
                "port-taken", "bad", f"hog (process {pid})",
                "of IPv4 for itself", remedy=f"sudo kill {pid}")
        # Who shares the port of the other family is not to blame.
        with holds(client, "6", "shared", "good"), \
                holds(client, "4", "alone", "hog") as pid:
            doctor = Doctor(client, *FAST)
            doctor.has("port-taken", "bad", f"hog (process {pid})",
                       "of IPv4 for itself", remedy=f"sudo kill {pid}")
            check("good (" not in doctor.all("port-taken")[0]["text"], doctor)
        # That leaves the group's address to others.
        with holds(client, "10.0.0.1", "alone", "hog") as pid:
            doctor = Doctor(client, *FAST)
            doctor.has("port-shared", "note", f"hog (process {pid})")
            doctor.none("port-taken")
        with holds(client, "4", "alone", "avahi-daemon"):
            Doctor(client, *FAST).has("port-taken", "bad", "avahi-daemon",
                                      remedy="disallow-other-stacks=no")


@test
def root_sees_more():
    with Lab() as lab:
        client = mute(lab)
        user = Somebody(client)
        with holds(client, "4", "shared", "hidden"):
            Doctor(user, *FAST).has(
                "port-shared", "note", "a process of user 0", "root sees",
                remedy="sudo mdns-lookup --doctor")
        with holds(client, "4", "alone", "hidden"):
            Doctor(user, *FAST).has(
                "port-taken", "bad", "a process of user 0",
                remedy="sudo mdns-lookup --doctor")
        with holds(user, "4", "shared", "mine") as pid:
            Doctor(user, *FAST).has(
                "port-shared", "note", f"mine (process {pid})")


@test
def port_is_denied():
    with Lab() as lab:
        client = mute(lab)
        user = Somebody(client)
        if client.run("sh", "-c", "echo 6000 "
                      ">/proc/sys/net/ipv4/ip_unprivileged_port_start"
                      ).returncode:
            raise Skip("no ip_unprivileged_port_start here")
        Doctor(user, *FAST, "-4").has(
            "port-denied", "bad", "port 5353 of IPv4 is refused to this "
            "program: Permission denied")
        Doctor(client, *FAST, "-4").none("port-denied")


# -- mdns-helper ----------------------------------------------------------

def says(*messages, close=False):
    def behave(connection):
        connection.recv(4096)
        for message in messages:
            connection.send(message)
        if close:
            connection.close()
    return behave


def link_reply(name, index, has=(1, 1), joined=(1, 1)):
    return reply(LINKS, body=LINK.pack(index, 0, 0, 1500, 0, 0, 0, *has,
                                       *joined, name.encode()))


def status_reply(links):
    return reply(STATUSES, body=STATUS.pack(0, links, *[0] * 13))


@test
def helper_is_there():
    with Lab() as lab:
        client = mute(lab)
        lab.use(Helper(client))
        doctor = Doctor(client, *FAST)
        doctor.has("helper", "good", "asks on 1 interface")
        doctor.only("helper", "helper")
        doctor.has("port-shared", "note", "mdns-helper (process")


@test
def helper_is_not_right():
    with Lab() as lab:
        client = mute(lab)
        index = client.ifindex("eth0")
        eth0 = link_reply("eth0", index)

        def found(behave, **options):
            fake = Fake(client, behave, **options)
            try:
                doctor = Doctor(client, *NOWHERE)
            finally:
                fake.close()
            return doctor

        doctor = found(says(eth0, status_reply(1)))
        doctor.only("helper", "helper")
        doctor = found(None)
        doctor.has("helper-hung", "bad", "does not answer", "50 ms",
                   remedy=RESTART)
        found(says(close=True)).has("helper-hangs-up", "bad", "hangs up",
                                    remedy=RESTART)
        found(says(reply(REFUSED, status=FORMAT))).has(
            "helper-version", "bad", "another version", remedy=RESTART)
        found(says(reply(STATUSES, protocol=0x6D680009))).has(
            "helper-version", "bad", "another version", remedy=RESTART)
        found(says(reply(REFUSED, status=RESOURCE))).has(
            "helper-busy", "bad", "too much to do", remedy=RESTART)
        doctor = found(says(link_reply("eth0", index, joined=(0, 1)),
                            status_reply(1)))
        doctor.has("helper-deaf", "bad", "eth0 over IPv4:", remedy=RESTART)
        doctor.only("helper", "helper-deaf")
        found(says(link_reply("eth0", index, joined=(0, 0)),
                   status_reply(1))).has(
            "helper-deaf", "bad", "over IPv4 and IPv6", remedy=RESTART)
        doctor = found(says(link_reply("eth0", index, has=(0, 1),
                                       joined=(0, 1)), status_reply(1)))
        doctor.none("helper-deaf")
        found(says(status_reply(0))).has(
            "helper-links", "bad", "does not ask on eth0",
            remedy="sudo systemctl reload mdns-helper.service")


@test
def helper_socket_is_not_right():
    with Lab() as lab:
        client = mute(lab)
        path = client.path(SOCKET)
        restart = "sudo systemctl restart mdns-helper.socket"
        os.makedirs(os.path.dirname(path))
        Doctor(client, *NOWHERE).has(
            "helper-absent", "note", "not running: each program asks the "
            "network itself, which works",
            remedy="sudo systemctl enable --now mdns-helper.socket")
        check("slower" not in str(Doctor(client, *NOWHERE)), "it is not")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
            dead.bind(path)
        Doctor(client, *NOWHERE).has("helper-dead", "bad", "nobody listens",
                                  remedy=restart)
        os.unlink(path)

        user = Somebody(client)
        fake = Fake(client, None, uid=OTHER_USER)
        Doctor(client, *NOWHERE).has(
            "helper-owner", "bad", "somebody else listens",
            remedy=f"sudo rm {SOCKET} && {restart}")
        fake.close()
        fake = Fake(client, None, mode=0o600)
        Doctor(user, *NOWHERE).has(
            "helper-permission", "bad", "not everybody may connect",
            remedy=restart)
        fake.close()
        fake = Fake(client, None, backlog=0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as first:
            first.connect(path)
            Doctor(client, *NOWHERE).has(
                "helper-busy", "bad", "too much to do", remedy=RESTART)
        fake.close()


if __name__ == "__main__":
    main()
