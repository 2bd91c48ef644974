#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --monitor: every packet on the links is shown, as another program
# sees it, once; and none is sent.

import json
import os
import re
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import peer
import wire
from lab import (GROUP, Lab, between, check, equal, main, pair, program, test,
                 until)
from packets import by_json, by_tshark, packets, record_by_tshark, same
from scripted import Honest, Responder, Say

LATE = 0.3  # seconds that a busy machine may be late by
QUIET = "not what others send to one another: that needs root or CAP_NET_RAW"


class Monitor:
    """mdns-lookup --monitor while it runs."""

    def __init__(self, host, *args, words=(), settle=0.3):
        self.process = host.popen(*words, program("", "mdns-lookup"),
                                  "--monitor", *args, stderr=subprocess.PIPE)
        time.sleep(settle)
        if settle:
            until(self.waits, 5, "the monitor to listen")

    def waits(self):
        """It has begun, and sleeps until there is something to read; or it has
        ended."""
        if self.process.poll() is not None:
            return True
        with open(f"/proc/{self.process.pid}/stat") as file:
            name, _, rest = file.read().rpartition(") ")
        return name.endswith("(mdns-lookup") and rest.startswith("S")

    def end(self, number=signal.SIGINT):
        if number:
            self.process.send_signal(number)
        self.out, self.err = self.process.communicate(timeout=5)
        self.status = self.process.returncode
        self.lines = self.out.splitlines()
        return self

    def __repr__(self):
        return f"exit {self.status}, {self.out!r}, {self.err!r}"


def without_rights():
    """The words in front of a program that may not listen from below."""
    if os.getuid() == 0 and open("/proc/self/uid_map").read().split()[:2] \
            == ["0", "0"]:
        return ("setpriv", "--reuid", "65534", "--clear-groups")
    return ("setpriv", "--inh-caps=-net_raw", "--bounding-set=-net_raw")


def multicast(responder, message, **options):
    responder.send(Say(message, to="group", **options), None)


def mute(lab, host, ifname="eth0"):
    """One that speaks only when it is told to."""
    return lab.use(Responder(host, ifname, lambda query: ()))


def busy_pair(lab):
    """Avahi comes and goes on one host, the other asks."""
    client, server = pair(lab)

    def traffic():
        daemon = peer.avahi(server, [("static.local", "10.0.0.9")])
        client.run(program("", "mdns-lookup"), "static.local",
                   "avahi-host.local")
        client.run(program("", "mdns-lookup"), "-w", "0.3", "nobody.local")
        daemon.terminate()  # goodbyes
        daemon.wait(5)
        time.sleep(0.3)

    return client, server, traffic


@test
def every_packet_is_shown():
    with Lab() as lab:
        client, _, traffic = busy_pair(lab)
        record = lab.use(record_by_tshark(client, "/run/seen.pcapng"))
        monitor = Monitor(client, "--json")
        traffic()
        record.close()
        monitor.end()
        equal((monitor.status, monitor.err), (0, ""), monitor)
        theirs = packets(20, by_tshark(record.path))
        same(by_json(monitor.out), theirs)
        for line in monitor.lines:
            packet = json.loads(line)
            check("verdict" not in packet, "a verdict:", packet)
            equal(packet["interface"], "eth0")
            own = packet["from"] in ("10.0.0.1", "fd00::1",
                                     client.link_local("eth0"))
            equal(packet["direction"], "sent" if own else "received", packet)
            equal(packet["transport"],
                  "IPv6" if ":" in packet["from"] else "IPv4")


@test
def multicast_is_shown_without_rights():
    with Lab() as lab:
        client, _, traffic = busy_pair(lab)
        record = lab.use(record_by_tshark(client, "/run/seen.pcapng"))
        monitor = Monitor(client, "--json", words=without_rights())
        traffic()
        record.close()
        monitor.end()
        equal(monitor.status, 0, monitor)
        equal(monitor.err, "mdns-lookup: only what comes to port 5353 is "
              f"shown, {QUIET}\n")
        theirs = [packet for packet in by_tshark(record.path)
                  if packet.destination in GROUP.values()]
        same(by_json(monitor.out), packets(20, theirs))
        check(all("verdict" not in json.loads(line)
                  for line in monitor.lines), "verdicts")


@test
def nothing_is_sent():
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        tap = lab.use(client.capture("eth0"))
        for words in ((), without_rights()):
            tap.forget()
            monitor = Monitor(client, "-w", "1.5", words=words)
            multicast(other, wire.message(flags=0, questions=[
                wire.question("a.local", wire.A)]), via=4)
            monitor.end(None)
            equal((monitor.status, len(monitor.lines)), (0, 1), monitor)
            equal([p for p in tap.mdns() if p.out], [], "packets sent")


@test
def lines():
    """One for each packet, or all that is in it."""
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        monitor = Monitor(client)
        full = Monitor(client, "-v")
        multicast(other, wire.message(flags=wire.TC, questions=[
            wire.question("_ipp._tcp.local", wire.PTR),
            wire.question("a.local", wire.ANY, wire.IN | wire.FLUSH)],
            answers=[wire.ptr("_ipp._tcp.local", "b._ipp._tcp.local",
                              rclass=wire.IN)]), via=4)
        multicast(other, wire.message(answers=[
            wire.address("a.local", "10.0.0.2"),
            wire.address("gone.local", "10.0.0.3", ttl=0),
            wire.address("a.example.com", "10.0.0.4")]), via=6)
        multicast(other, b"\0\0\x80\0\0", via=4)
        multicast(other, wire.message(counts=[0, 2, 0, 0], answers=[
            wire.address("a.local", "10.0.0.2")]), via=4)
        monitor.end()
        clock = r"\d\d:\d\d:\d\d\.\d{3}  eth0  "
        local = server.link_local("eth0")
        for line, wanted in zip(monitor.lines, (
                r"10\.0\.0\.2 +QU +TC, PTR\? _ipp\._tcp\.local, "
                r"ANY\? a\.local, 1 known",
                r"(fd00::2|" + local + r") +response +A a\.local 10\.0\.0\.2 "
                r"\(120 s\), A gone\.local 10\.0\.0\.3 \(goodbye\), "
                r"A a\.example\.com 10\.0\.0\.4 \(120 s\)",
                r"10\.0\.0\.2 +malformed +",
                r"10\.0\.0\.2 +response +A a\.local 10\.0\.0\.2 \(120 s\), "
                "the rest is malformed")):
            check(re.fullmatch(clock + wanted, line), repr(line), wanted)
        equal(len(monitor.lines), 4, monitor)
        full.end()
        dropped = "  -- dropped"
        to = "10.0.0.2:5353 -> 224.0.0.251:5353"
        text = re.sub(clock, "eth0  ", full.out).replace(local, "fd00::2")
        equal(text.splitlines(), f"""
eth0  IPv4  got   {to}  QU  92 octets
    header      id 0  TC
    question    _ipp._tcp.local.  IN  PTR
    question    a.local.  IN  ANY  QU
    answer      _ipp._tcp.local.  120  IN  PTR  b._ipp._tcp.local.
eth0  IPv6  got   [fd00::2]:5353 -> [ff02::fb]:5353  response  90 octets
    answer      a.local.  120  IN  A  10.0.0.2  cache-flush
    answer      gone.local.  0  IN  A  10.0.0.3  cache-flush{dropped}: goodbye
    answer      a.example.com.  120  IN  A  10.0.0.4  cache-flush{dropped}: not a .local name
eth0  IPv4  got   {to}  malformed  5 octets
    -- not even a header
eth0  IPv4  got   {to}  response  35 octets
    answer      a.local.  120  IN  A  10.0.0.2  cache-flush
    -- cut short after 0 questions and 1 record
""".strip().splitlines())


@test
def names_are_chosen():
    with Lab() as lab:
        client, server = pair(lab)
        client.write("/etc/dotlocal.conf", "suffixes = home.example\n")
        other = mute(lab, server)
        monitor = Monitor(client, "A.local", "nas.home.example", "169.254.1.2")
        srv = wire.record("s._x._tcp.local", 33, struct_srv("a.local"))
        shown = [
            wire.message(flags=0, questions=[wire.question("a.local", 1)]),
            wire.message(answers=[wire.address("x.a.local", "10.0.0.1")]),
            wire.message(answers=[wire.ptr("b.local", "a.local")]),
            wire.message(answers=[srv]),
            wire.message(additional=[wire.address("nas.home.example",
                                                  "10.0.0.2")]),
            wire.message(answers=[wire.ptr(
                wire.reverse_name("169.254.1.2"), "q.local")])]
        hidden = [
            wire.message(flags=0, questions=[wire.question("aa.local", 1)]),
            wire.message(answers=[wire.address("local", "10.0.0.1")]),
            wire.message(answers=[wire.ptr("b.local", "c.local")]),
            wire.message(answers=[wire.record("b.local", wire.TXT,
                                              b"\7a.local")]),
            b"\0\0\x80"]
        for message in shown + hidden:
            multicast(other, message, via=4)
        monitor.end()
        equal(len(monitor.lines), len(shown), monitor)
        text = monitor.out
        for word in ("A? a.local", "x.a.local", "b.local a.local",
                     "s._x._tcp.local", "nas.home.example", "q.local"):
            check(word in text, "no", word, monitor)


def struct_srv(target):
    return b"\0\0\0\0\0\x50" + wire.name(target)


@test
def links_and_transports_are_chosen():
    with Lab() as lab:
        client, server = pair(lab)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24", "fd01::1/64")
        far = lab.host("far")
        far.link(second, "eth0", "10.1.0.2/24", "fd01::2/64")
        speakers = {"eth0": mute(lab, server), "wlan0": mute(lab, far)}
        for words in ((), without_rights()):
            monitors = {args: Monitor(client, *args, words=words, settle=0)
                        for args in ((), ("-4",), ("-6", "-i", "w*"))}
            time.sleep(0.5)
            for name, speaker in speakers.items():
                for family in (4, 6):
                    multicast(speaker, wire.message(flags=0, questions=[
                        wire.question(f"on-{name}-{family}.local", wire.A)]),
                        via=family)
            for args, wanted in (
                    ((), {"eth0-4", "eth0-6", "wlan0-4", "wlan0-6"}),
                    (("-4",), {"eth0-4", "wlan0-4"}),
                    (("-6", "-i", "w*"), {"wlan0-6"})):
                monitor = monitors[args].end()
                found = re.findall(r"  (\w+) .*on-(\S+)\.local", monitor.out)
                equal({name for _, name in found}, wanted, monitor)
                equal(len(found), len(wanted), monitor)
                check(all(link == name[:-2] for link, name in found), monitor)


@test
def what_is_sent_to_others_is_shown():
    """As far as it gets here, and the interface is told to let it in."""
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        server.ip("neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0 nud "
                  "permanent")

        def promiscuous():
            words = client.ip("-d link show eth0").split()
            return words[words.index("promiscuity") + 1]

        monitor = Monitor(client)
        other.send(Say(wire.message(answers=[
            wire.address("a.local", "10.0.0.2")]), to=("10.0.0.77", 40000),
            via=4), None)
        equal(promiscuous(), "1", "promiscuity")
        monitor.end()
        equal((monitor.status, len(monitor.lines)), (0, 1), monitor)
        equal(promiscuous(), "0", "promiscuity")


@test
def links_come_and_go():
    with Lab() as lab:
        client, _ = pair(lab)
        second = lab.new_link()
        far = lab.host("far")
        far.link(second, "eth0", "10.1.0.2/24")
        speaker = mute(lab, far)
        monitor = Monitor(client)

        def say(name):
            multicast(speaker, wire.message(flags=0, questions=[
                wire.question(name, wire.A)]), via=4)

        say("before.local")
        client.link(second, "wlan0", "10.1.0.1/24")
        time.sleep(1 + LATE)
        say("here.local")
        client.ip("link set wlan0 down")
        time.sleep(1 + LATE)
        say("down.local")
        client.ip("link set wlan0 up")
        until(lambda: "state UP" in client.ip("addr show wlan0"), 3, "wlan0")
        time.sleep(1 + LATE)
        say("again.local")
        client.ip("link del wlan0")
        time.sleep(0.2)
        monitor.end()
        names = re.findall(r"wlan0 .* A\? (\w+)", monitor.out)
        equal(names, ["here", "again"], monitor)
        equal(monitor.err, "")


@test
def bridge_and_port_show_one():
    """The same datagram passes both, and is one."""
    with Lab() as lab:
        client, server = pair(lab)
        client.ip("addr flush dev eth0")
        client.ip("link add br0 type bridge mcast_snooping 0")
        client.ip("link set eth0 master br0")
        client.ip("link set br0 up")
        client.ip("addr add 10.0.0.1/24 dev br0")
        # A port may have one of its own, and is a port all the same.
        client.ip("addr add fe80::77/64 dev eth0 nodad")
        time.sleep(0.2)
        other = mute(lab, server)
        monitor = Monitor(client)
        for i in range(3):
            multicast(other, wire.message(flags=0, questions=[
                wire.question(f"n{i}.local", wire.A)]), via=4)
        monitor.end()
        equal([(line.split()[1], line.split()[-1]) for line in monitor.lines],
              [("br0", f"n{i}.local") for i in range(3)], monitor)


@test
def a_burst_is_shown_whole():
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        monitor = Monitor(client)
        record = wire.record("b.local", wire.TXT, (b"\xff" + b"x" * 255) * 4)
        for i in range(500):
            multicast(other, wire.message(answers=[
                wire.address(f"n{i}.local", "10.0.0.1"), record]), via=4)
        time.sleep(0.5)
        monitor.end()
        equal(re.findall(r"A (n\d+)\.local", monitor.out),
              [f"n{i}" for i in range(500)], "names")
        equal(monitor.err, "")


@test
def its_end():
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        query = wire.message(flags=0, questions=[
            wire.question("a.local", wire.A)])
        for words in ((), without_rights()):
            said = "" if not words else \
                f"mdns-lookup: only what comes to port 5353 is shown, {QUIET}\n"
            for number in (signal.SIGINT, signal.SIGTERM):
                monitor = Monitor(client, words=words)
                since = time.monotonic()
                monitor.end(number)
                between(time.monotonic() - since, 0, LATE, "time to end")
                equal((monitor.status, monitor.out, monitor.err),
                      (1, "", said), monitor)
            since = time.monotonic()
            monitor = Monitor(client, "-w", "0.6", words=words).end(None)
            between(time.monotonic() - since, 0.6, 0.6 + 2 * LATE)
            equal((monitor.status, monitor.out, monitor.err),
                  (1, "", said + "mdns-lookup: nothing was heard on eth0 "
                   "within 0.6 s\n"), monitor)
            # Nor does it go on for a reader that has left.
            since = time.monotonic()
            client.run("sh", "-c", '"$@" --monitor -w 3 | sleep 0.3', "sh",
                       *words, program("", "mdns-lookup"))
            between(time.monotonic() - since, 0.3, 0.3 + 2 * LATE, "time")
            # What was heard at the last moment is there.
            monitor = Monitor(client, words=words)
            multicast(other, query, via=4)
            monitor.end()
            equal((monitor.status, len(monitor.lines)), (0, 1), monitor)


@test
def no_network_is_explained():
    with Lab() as lab:
        client = lab.host("client")
        for words in ((), without_rights()):
            monitor = Monitor(client, words=words, settle=0).end(None)
            equal((monitor.status, monitor.out), (3, ""), monitor)
            check("no interface can be listened to:" in monitor.err
                  and "loopback" in monitor.err, monitor)
        # With -6 what has IPv4 only is of no use.
        client.link(lab.new_link(), "eth0", "10.0.0.1/24")
        client.ip("-6 addr flush dev eth0")
        monitor = Monitor(client, "-6", settle=0).end(None)
        equal((monitor.status, monitor.out), (3, ""), monitor)
        check(re.search("eth0 +has no IPv6 address to ask from", monitor.err),
              monitor)


@test
def what_is_odd_is_told_in_full():
    """An address of elsewhere, a class that is none, and more than fits."""
    # Written, each octet of the name is four and each record has it twice.
    label = b"\1" * 63
    owner = wire.name([label, label, label, b"local"])
    pointer = b"\xc0\x0c"
    records = [pointer + struct.pack("!HHIHH", wire.PTR, wire.IN, 120, 2,
                                     0xc00c) for _ in range(90)]
    records[0] = owner + records[0][2:]
    with Lab() as lab:
        client, server = pair(lab)
        server.ip("addr add 192.0.2.9/32 dev eth0")
        other = mute(lab, server)
        monitor = Monitor(client, "-v")
        query = wire.message(flags=0, questions=[
            wire.question("a.local", wire.A, 255)])
        multicast(other, query, via=4)
        multicast(other, query, via=4, src="192.0.2.9")
        multicast(other, wire.message(answers=records), via=4)
        monitor.end()
        equal(monitor.status, 0, monitor.err)
        heads = [line for line in monitor.lines if "  got   " in line]
        equal([(line.split()[4], line.rpartition(" octets")[2])
               for line in heads],
              [("10.0.0.2:5353", ""),
               ("192.0.2.9:5353", ": from an address that is not on the link"),
               ("10.0.0.2:5353", "")], "heads")
        equal(monitor.lines.count("    question    a.local.  ANY  A"), 2)
        shown = sum(line.startswith("    answer ") for line in monitor.lines)
        check(30 < shown < 60, "records shown:", shown)
        equal(monitor.lines[-1], f"    -- and {90 - shown} more")
        # That holds for questions as well.
        monitor = Monitor(client, "-v")
        multicast(other, wire.message(flags=0, questions=[owner + b"\0\1\0\1"]
                                      + [pointer + b"\0\1\0\1"] * 150),
                  via=4)
        monitor.end()
        shown = sum(line.startswith("    question ") for line in monitor.lines)
        check(60 < shown < 120, "questions shown:", shown)
        equal(monitor.lines[-1], f"    -- and {151 - shown} more")


@test
def what_came_too_fast_is_counted():
    """Nobody is told that he has seen all if he has not."""
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        monitor = Monitor(client, words=(
            "sh", "-c", 'exec "$@" > /run/shown', "sh"))
        monitor.process.send_signal(signal.SIGSTOP)
        record = wire.record("b.local", wire.TXT, (b"\xff" + b"x" * 255) * 5)
        count = 6000
        for i in range(count):
            multicast(other, wire.message(answers=[
                wire.address(f"n{i}.local", "10.0.0.1"), record]), via=4)
        monitor.process.send_signal(signal.SIGCONT)
        time.sleep(0.2)
        until(monitor.waits, 5, "the monitor to have shown what there is")
        monitor.end()
        lost = re.fullmatch(r"mdns-lookup: (\d+) messages came too fast to be "
                            r"read and are not shown\n", monitor.err)
        check(lost, "complaint:", monitor.err)
        shown = re.findall(r"A (n\d+)\.local", client.read("/run/shown"))
        equal(shown, [f"n{i}" for i in range(len(shown))], "names")
        # The kernel counts what else has headers in front, such as reports of
        # groups (MLD).
        between(len(shown) + int(lost.group(1)), count, count + 50, "messages")


@test
def a_port_that_another_has_alone():
    """Without rights there is no other way."""
    hog = ("import socket\n"
           "for f in socket.AF_INET, socket.AF_INET6:\n"
           "    it = socket.socket(f, socket.SOCK_DGRAM)\n"
           "    if f == socket.AF_INET6:\n"
           "        it.setsockopt(socket.IPPROTO_IPV6, "
           "socket.IPV6_V6ONLY, 1)\n"
           "    it.bind(('', 5353))\n"
           "    globals()[f'kept{f}'] = it\n"
           "print('ready', flush=True)\n"
           "input()\n")
    with Lab() as lab:
        client, _ = pair(lab)
        process = client.popen("/usr/bin/python3", "-c", hog)
        equal(process.stdout.readline(), "ready\n")
        monitor = Monitor(client, "-w", "5", words=without_rights(),
                          settle=0).end(None)
        equal((monitor.status, monitor.out), (3, ""), monitor)
        check("another program has UDP port 5353 for itself; try: "
              "mdns-lookup --doctor\n" in monitor.err, monitor)


@test
def others_are_not_silence():
    """What was not wanted was heard all the same."""
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        for words in ((), without_rights()):
            monitor = Monitor(client, "-w", "1.5", "wanted.local", words=words)
            multicast(other, wire.message(answers=[
                wire.address("other.local", "10.0.0.2")]), via=4)
            monitor.end(None)
            equal((monitor.status, monitor.out), (1, ""), monitor)
            equal(monitor.err.splitlines()[-1], "mdns-lookup: nothing about "
                  "that was heard on eth0 within 1.5 s", monitor)


@test
def standard_output_is_closed():
    """It ends when there is something to print, and says why."""
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        for i, words in enumerate(((), without_rights())):
            path = f"/tmp/closed-{os.getpid()}-{i}.pcap"
            try:
                process = client.popen(
                    *words, "sh", "-c", 'exec "$@" >&-', "sh",
                    program("", "mdns-lookup"), "--monitor", "-w", "5",
                    "--pcap", path, stderr=subprocess.PIPE)
                time.sleep(0.8)
                equal(process.poll(), None, "it has ended")
                multicast(other, wire.message(answers=[
                    wire.address("other.local", "10.0.0.2")]), via=4)
                err = process.communicate(timeout=4)[1]
                equal(process.returncode, 2, err)
                check("standard output: cannot be written" in err, err)
                check(os.path.getsize(path) > 100, "no packet is written")
            finally:
                if os.path.exists(path):
                    os.unlink(path)


@test
def what_is_heard_is_written():
    """--pcap has the same packets, and --read shows them again."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest({"a.local": ["10.0.0.2"]})))
        for i, words in enumerate(((), without_rights())):
            path = f"/tmp/monitor-{os.getpid()}-{i}.pcap"
            monitor = Monitor(client, "--json", "--pcap", path, words=words)
            for name in ("a.local", "nobody.local"):
                client.run(program("", "mdns-lookup"), "-w", "0.3", name)
            monitor.end()
            try:
                equal(monitor.status, 0, monitor)
                same(by_tshark(path), packets(5, by_json(monitor.out)))
                again = client.run(program("", "mdns-lookup"), "--json",
                                   "--read", path)
            finally:
                os.remove(path)
            equal((again.returncode, again.stderr), (0, ""))
            index = str(client.ifindex("eth0"))
            for ours, read in zip(monitor.lines, again.stdout.splitlines()):
                ours, read = json.loads(ours), json.loads(read)
                equal(read.pop("interface"), index, "interface")
                equal(ours.pop("interface"), "eth0", "interface")
                equal(read, ours, "packet")
            equal(len(again.stdout.splitlines()), len(monitor.lines), "lines")


@test
def terminal_is_out_of_reach():
    with Lab() as lab:
        client, server = pair(lab)
        other = mute(lab, server)
        evil = wire.name([b"\x1b]0;x\x07\x9b2J\xc2\x9bq 'x", b"local"])
        monitors = [Monitor(client, *args) for args in ((), ("-v",),
                                                        ("--json",))]
        multicast(other, wire.message(
            flags=0, questions=[wire.question(evil, wire.A)]), via=4)
        multicast(other, wire.message(answers=[
            wire.ptr(evil, evil),
            wire.record("t.local", wire.TXT, b"\x05\x1b[2J\x9b")]), via=4)
        for monitor in monitors:
            monitor.end()
            check("\\027" in monitor.out, monitor)
            for line in monitor.lines:
                check(line.isprintable() and line.isascii(), repr(line))
        for line in monitors[2].lines:
            json.loads(line)


if __name__ == "__main__":
    main()
