#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --watch in real time: what it believes and prints when hosts and
# interfaces come and go (RFC 6762 10). What it sends is in
# test_watch_traffic.py.

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from lab import Lab, between, check, equal, main, pair, program, test
from scripted import Honest, Responder, Say
from watching import (ADDRESS, LATE, OWNER, Records, Watch, a, asked, at,
                      multicast, named, speaker, times)

# -- its end ----------------------------------------------------------------

@test
def standard_output_is_closed():
    """It says so when there is something to print, or waits for its time."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest({"v.local": ["10.0.0.2"]})))
        for args, status, said in (
                (("--watch", "v.local"), 2, "standard output: cannot be "
                 "written"),
                (("--watch", "x.local"), 1, ""),
                (("--browse", "_ipp._tcp"), 1, "nobody answered on eth0")):
            since = time.monotonic()
            done = client.run("sh", "-c", 'exec "$@" >&-', "sh",
                              program("", "mdns-lookup"), "-w", "1.5", *args)
            equal(done.returncode, status, f"{args} {done}")
            check(said in done.stderr, done)
            if status == 1:
                between(time.monotonic() - since, 1.5, 1.5 + 4 * LATE)


# -- what is believed -------------------------------------------------------

@test
def only_port_5353_is_believed():
    with Lab() as lab:
        client, server = pair(lab)
        server.ip("addr add 192.0.2.1/32 dev eth0")
        client.ip("route add 192.0.2.0/24 dev eth0")

        def says(text, **options):
            return wire.message(answers=[
                wire.address("v.local", text)], **options)

        count = 0

        def script(query):
            nonlocal count
            if query.family == 6 or not query.questions:
                return  # the latter is what it says itself, below
            count += 1
            yield Say(says("10.6.6.1"), sport=9999)
            yield Say(says("10.6.6.2"), sport=9999, to="group")
            yield Say(says("10.6.6.3"), src="192.0.2.1")
            yield Say(says("10.6.6.4", flags=wire.QR | 3), to="group")
            yield Say(says("10.6.6.5", flags=wire.QR | 0x800), to="group")
            yield Say(says("10.6.6.6", flags=0), to="group")
            if count == 3:  # 3 s after the only QU
                yield Say(says("10.6.6.7"))
                yield Say(says("10.0.0.7"), to="group", delay=0.3)

        lab.use(Responder(server, "eth0", script))
        watch = Watch(client, "--watch", "v.local")
        watch.wait("+", "10.0.0.7", 4.5)
        time.sleep(0.2)
        equal(watch.interrupt(), 0, "exit status")
        equal(watch.seen(), [("+", "10.0.0.7")], "what was believed")


@test
def announcements_and_changes_of_address():
    """Unasked ones are believed; what a flush leaves out goes a second later,
    and a goodbye that is taken back shows nothing."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", lambda query: ()))
        watch = Watch(client, "--watch", "NAS.local", "169.254.3.4")
        time.sleep(0.5)
        owner = wire.reverse_name("169.254.3.4")
        multicast(responder, wire.address("nas.local", "10.0.0.7"),
                  wire.address("other.local", "10.0.0.66"),
                  wire.ptr("nas.local", "wrong.local"),
                  wire.address(owner, "10.0.0.67"),
                  wire.ptr(owner, "nas.local"))
        first = watch.wait("+", "10.0.0.7", 0.3)
        equal((first.asked, first.link), ("NAS.local", "eth0"), "the line")
        day = time.localtime(first.time)
        clock = first.clock.split(":")
        off = (int(clock[0]) - day.tm_hour) * 3600 \
            + (int(clock[1]) - day.tm_min) * 60 \
            + float(clock[2]) - day.tm_sec - first.time % 1
        between(off, -LATE, 0.01, "time of day, off by")
        row = watch.wait("+", "nas.local", 0.3)
        equal(len(watch.rows), 2, f"lines ({watch.rows})")
        equal((row.asked, row.link), ("169.254.3.4", "eth0"), "the line")

        time.sleep(1.1)
        sent = time.time()
        multicast(responder, wire.address("nas.local", "fe80::8"),
                  wire.address("nas.local", "10.0.0.8"),
                  wire.ptr(owner, "box.local"))
        for new in ("10.0.0.8", "fe80::8%eth0", "box.local"):
            between(watch.wait("+", new, 0.3).time - sent, 0, LATE)
        for old in ("10.0.0.7", "nas.local"):
            between(watch.wait("-", old, 1.5).time - sent, 1, 1 + LATE)

        place = len(watch.rows)
        multicast(responder, wire.address("nas.local", "10.0.0.8", ttl=0))
        time.sleep(0.5)
        multicast(responder, wire.address("nas.local", "10.0.0.8"))
        time.sleep(1)
        equal(watch.rows[place:], [], "lines about a goodbye taken back")
        sent = time.time()
        multicast(responder, wire.address("nas.local", "10.0.0.8", ttl=0))
        between(watch.wait("-", "10.0.0.8", 1.5).time - sent, 1, 1 + LATE)
        equal(watch.interrupt(signal.SIGTERM), 0, "exit status")


@test
def names_cannot_reach_the_terminal():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            named(b"\x1b]0;x\x07 my.printer\n+ $(id)"))))
        watch = Watch(client, "--watch", "-w", "0.5", "-v", ADDRESS)
        equal(watch.end(3), 0, "exit status")
        equal(watch.seen(), [("+", "\\027\\0930\\059x\\007\\032my\\046printer"
                              "\\010\\043\\032\\036\\040id\\041.local")])
        equal(watch.rows[0].asked, ADDRESS, "what was asked")
        err = "".join(watch.err)
        check("  sent  10.0.0.1:5353 -> 224.0.0.251:5353  QU  " in err and
              "  response  81 octets: taken\n" in err, "-v says", err)
        check(not set(err) & set("\x1b\x07"), "it reached it by -v:", err)


@test
def what_has_no_room_is_said():
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", lambda query: ()))
        watch = Watch(client, "--watch", ADDRESS)
        time.sleep(0.5)
        for first in range(0, 600, 20):
            multicast(responder, *(named(b"n%d" % i)[2]
                                   for i in range(first, first + 20)))
            time.sleep(0.001)
        time.sleep(2.4)  # once, however often it is looked at
        equal(watch.interrupt(), 0, "exit status")
        equal(len(watch.rows), 512, "lines")
        equal(watch.err, ["mdns-lookup: eth0: more answers than there is "
                          "room for; some are not shown\n"])


@test
def who_only_listens_has_room_for_all():
    """--monitor asks for nothing, so nothing is kept."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = speaker(lab, server)
        process = client.popen(
            "setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw",
            program("", "mdns-lookup"), "--monitor", "-w", "2.5",
            stderr=subprocess.PIPE)
        time.sleep(0.5)
        for first in range(0, 1100, 20):
            multicast(responder, *(named(b"n%d" % i)[2]
                                   for i in range(first, first + 20)))
            time.sleep(0.001)
        out, err = process.communicate(timeout=5)
        equal(process.returncode, 0, "exit status")
        equal(len(out.splitlines()), 55, "lines")
        check("room" not in err and "only what comes to port 5353" in err,
              "standard error", err)


@test
def on_a_terminal():
    """Who waits is told so after a second, and the line goes when there is
    something else to read."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = speaker(lab, server)
        mine, its = pty.openpty()
        start = time.monotonic()
        process = client.popen(
            program("", "mdns-lookup"), "--watch", "nas.local",
            stdin=its, stdout=its, stderr=its,
            env={"TERM": "xterm", "TZ": "UTC"}, start_new_session=True)
        os.close(its)
        first = os.read(mine, 1000).decode()
        between(time.monotonic() - start, 1, 2 + LATE, "until it says so")
        equal(first, "\rnobody has answered so far; Ctrl-C ends\x1b[K")
        multicast(responder, wire.address("nas.local", "10.0.0.7"))
        row = ""
        while "\n" not in row:
            row += os.read(mine, 1000).decode()
        row = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", row)
        row = row[row.rindex("\r\x1b[K"):]
        equal(row, "\r\x1b[K\x1b[2mTIME\x1b[0m  \x1b[32m+  nas.local  10.0.0.7"
              "\x1b[0m  eth0\r\n", "the row")
        equal(select.select([mine], [], [], 1.3)[0], [], "more to read")
        process.send_signal(signal.SIGINT)
        equal(process.wait(2), 0, "exit status")
        os.close(mine)


# -- interfaces -------------------------------------------------------------

@test
def interfaces_come_and_go():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(named(b"near"))))
        second = lab.new_link()
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24", "fd01::2/64")
        far = lab.use(Responder(other, "eth0", Records(named(b"far"))))
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", ADDRESS)
        equal(watch.wait("+", "near.local", 1).link, "eth0")

        client.link(second, "wlan0", "10.1.0.1/24")
        wlan = lab.use(client.capture("wlan0"))
        since = time.time()
        row = watch.wait("+", "far.local", 3)
        equal(row.link, "wlan0", "interface")
        between(row.time - since, 0, 1.12 + LATE, "until it is asked")
        equal(asked(wlan)[0].questions, [(OWNER, "PTR", 0x8001)],
              "the first question there")
        multicast(far, named(b"late")[2])
        equal(watch.wait("+", "late.local", 0.3).link, "wlan0")

        since = time.time()
        place = len(watch.rows)
        client.ip("link set wlan0 down")
        row = watch.wait("-", "far.local", 3, place)
        equal(row.link, "wlan0", "interface")
        between(row.time - since, 0, 1 + LATE, "until it is seen")
        client.ip("link set wlan0 up")
        watch.wait("+", "far.local", 4, place)
        place = len(watch.rows)
        client.ip("link del wlan0")
        equal(watch.wait("-", "far.local", 3, place).link, "wlan0")

        equal(watch.interrupt(), 0, "exit status")
        equal([row for row in watch.rows if row.link == "eth0"],
              watch.rows[:1], "lines about the other one")
        gaps = times(asked(tap))
        equal(gaps[:3], sorted(gaps[:3]), "order")
        at(gaps[:3], (0, 1, 3), "queries on the other one")


@test
def a_transport_that_comes_later_is_used():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0", "10.0.0.1/24")
        client.ip("-6 addr flush dev eth0")
        server = lab.host("server")
        server.link(link, "eth0", "fd00::2/64")
        lab.use(Responder(server, "eth0", Records(
            a("six.local", "fd00::2")), families=(6,)))
        client.link(lab.new_link(), "wlan0", "10.1.0.1/24")
        tap = lab.use(client.capture("eth0"))
        other = lab.use(client.capture("wlan0"))
        watch = Watch(client, "--watch", "six.local")
        time.sleep(3.5)  # the next question by the series is at 7
        equal(asked(tap, 6), [], "queries over IPv6 without an address")
        other.forget()
        since = time.time()
        client.ip("addr add fd00::1/64 dev eth0 nodad")
        row = watch.wait("+", "fd00::2", 3)
        between(row.time - since, 0, 1.12 + LATE, "until it is asked")
        time.sleep(0.5)
        equal(asked(other), [], "queries where nothing has changed")
        equal(watch.interrupt(), 0, "exit status")


@test
def interfaces_and_transports_are_chosen():
    with Lab() as lab:
        client, _ = pair(lab)
        client.link(lab.new_link(), "wlan0", "10.1.0.1/24", "fd01::1/64")
        taps = {name: lab.use(client.capture(name))
                for name in ("eth0", "wlan0")}
        for options, links, families in (
                (("--watch", "x.local"), {"eth0", "wlan0"}, {4, 6}),
                (("--watch", "-4", "-i", "w*", "x.local"), {"wlan0"}, {4}),
                (("--watch", "-6", "fe80::1%eth0"), {"eth0"}, {6}),
                (("--watch", "-i", "eth0", "x.local"), {"eth0"}, {4, 6})):
            for tap in taps.values():
                tap.forget()
            watch = Watch(client, "-w", "0.3", *options)
            equal(watch.end(3), 1, f"exit status with {options}")
            seen = [(name, p.family) for name, tap in taps.items()
                    for p in tap.asked()]
            equal({name for name, _ in seen}, links, f"asked with {options}")
            equal({family for _, family in seen}, families, options)
        # What cannot be asked is not complained of where another one can.
        client.ip("-6 addr flush dev eth0")
        watch = Watch(client, "-w", "0.3", "-6", "--watch", "x.local")
        equal(watch.end(3), 1, "exit status")
        equal("".join(watch.err), "mdns-lookup: x.local: nobody answered on "
              "wlan0 within 0.3 s\n")


@test
def exit_status():
    with Lab() as lab:
        client = lab.host("client")
        watch = Watch(client, "--watch", "x.local")
        equal(watch.end(1), 3, "without an interface")
        check("no interface can be asked:" in watch.err[0], watch.err)
        check(any("lo " in line and "loopback" in line for line in watch.err),
              watch.err)

        link = lab.new_link()
        client.link(link, "eth0", "10.0.0.1/24")
        client.ip("-6 addr flush dev eth0")
        watch = Watch(client, "--watch", "-6", "x.local")
        equal(watch.end(1), 3, "without IPv6")
        check(any("has no IPv6 address" in line for line in watch.err),
              watch.err)
        for number in (signal.SIGINT, signal.SIGTERM):
            watch = Watch(client, "--watch", "x.local")
            time.sleep(0.3)
            since = time.monotonic()
            equal(watch.interrupt(number), 1, f"nothing found, {number}")
            between(time.monotonic() - since, 0, LATE, "time to end")
            equal(watch.err, [], "standard error")

        # Whoever starts it in the background wants Ctrl-C to leave it alone.
        since = time.monotonic()
        client.run("sh", "-c", "trap '' INT; \"$1\" --watch -w 0.6 x.local & "
                   "sleep 0.2; kill -INT $!; wait", "sh",
                   program("", "mdns-lookup"))
        between(time.monotonic() - since, 0.6, 0.6 + LATE, "time it ran")

        # Nor does it go on for a reader that has left.
        since = time.monotonic()
        client.run("sh", "-c", '"$1" --watch -w 2 x.local | sleep 0.3', "sh",
                   program("", "mdns-lookup"))
        between(time.monotonic() - since, 0.3, 0.3 + LATE, "time it ran")

        client.nft("add table inet t\n"
                   "add chain inet t c { type filter hook output priority 0; "
                   "}\nadd rule inet t c udp dport 5353 drop\n")
        watch = Watch(client, "--watch", "-w", "1.6", "x.local")
        equal(watch.end(3), 3, "behind a firewall that refuses")
        check("eth0: cannot send: a firewall" in watch.err[0], watch.err)
        equal(sum("cannot send" in line for line in watch.err), 2,
              f"complaints ({watch.err})")


if __name__ == "__main__":
    main()
