#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup with several operands, several hosts, and somebody who waits: what
# is printed when, in which form, and what Ctrl-C leaves.

import os
import pty
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from asking import FAST, Done, Records, Running, serve
from lab import Lab, between, check, equal, main, pair, test
from schema import check_lines
from scripted import Honest, Responder

HOST = "host.local"
TEXT = (HOST, wire.TXT, b"\3a=b")
A4 = (HOST, wire.A, bytes([10, 0, 0, 7]))
LINE = f'{HOST}.  10  IN  TXT  "a=b"'


@test
def all_waits_for_two_hosts():
    with Lab() as lab:
        client, _, _ = serve(lab, A4, TEXT)
        other = lab.host("other")
        other.link(lab.links[0], "eth0", "10.0.0.3/24")
        lab.use(Responder(other, "eth0", Records(
            (HOST, wire.A, bytes([10, 0, 0, 8])), TEXT, delay=0.5)))
        done = Done(client, HOST)
        equal([row[1] for row in done.rows], ["10.0.0.7"], "without --all")
        done = Done(client, "--all", HOST)
        equal([row[1] for row in done.rows], ["10.0.0.7", "10.0.0.8"], done)
        between(done.seconds, 1.25, 2)
        done = Done(client, "--all", "-t", "A", "--short", HOST)
        equal(done.out, "10.0.0.7\n10.0.0.8\n", done)
        # Who said so, if that is asked for; the same twice is one line.
        done = Done(client, "--all", "-4", "-t", "TXT", HOST)
        equal(done.lines, [LINE], done)
        done = Done(client, "--all", "-4", "--json", "-t", "TXT", HOST)
        equal({line["from"] for line in check_lines(done.out, "record")},
              {"10.0.0.2", "10.0.0.3"})
        done = Done(client, "--all", "-4", "-v", "-t", "TXT", HOST)
        equal(sorted(line.split()[7] for line in done.lines),
              ["10.0.0.2", "10.0.0.3"], done.out)


@test
def two_links_are_both_heard():
    with Lab() as lab:
        client, _, _ = serve(lab, TEXT)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24")
        lab.use(Responder(other, "eth0", Records(
            (HOST, wire.TXT, b"\3c=d"), delay=0.03)))
        # The second may take its time, on a busy machine.
        client.write("/etc/dotlocal.conf", "grace = 400ms\n")
        for way in ("--one-shot", "--qm", "--qu"):
            done = Done(client, way, "--json", "-t", "TXT", HOST)
            equal({(line["interface"], line["data"])
                   for line in check_lines(done.out, "record")},
                  {("eth0", '"a=b"'), ("wlan0", '"c=d"')}, way)
        done = Done(client, "-i", "wlan0", "--short", "-t", "TXT", HOST)
        equal(done.out, '"c=d"\n')
        # One host, heard by two interfaces.
        client.link(lab.links[0], "eth1", "10.0.0.11/24")
        done = Done(client, "-6", "-i", "eth*", "--qm", "--json", "-t", "TXT",
                    HOST)
        lines = check_lines(done.out, "record")
        equal({line["interface"] for line in lines}, {"eth0", "eth1"})
        equal(len({line["from"] for line in lines}), 1, "sources")


@test
def many_operands_take_no_longer_than_one():
    with Lab() as lab:
        client, _, _ = serve(lab, A4, TEXT)
        silent = [f"silent{i}.local" for i in range(10)]
        for options in ((), ("-t", "TXT"), ("--all",)):
            done = Done(client, *options, *silent, HOST)
            equal(done.status, 1, options)
            between(done.seconds, 1.25, 2.2, f"seconds of {options}")
            equal([row[0].rstrip(".") for row in done.rows], [HOST], done)
            equal([line.split(": ")[1] for line in done.err.splitlines()],
                  silent, f"complaints of {options}")
        # More than there are threads.
        silent = [f"silent{i}.local" for i in range(70)]
        done = Done(client, *FAST, *silent)
        equal([line.split(": ")[1] for line in done.err.splitlines()], silent)
        between(done.seconds, 0.9, 2.5)


@test
def operands_keep_their_order():
    """Each is printed when it and those before it are known."""
    with Lab() as lab:
        client, server = pair(lab)
        fast = Records(("a.local", *A4[1:]), ("a.local", wire.TXT, b"\1a"),
                       nsec=True)
        slow = Records(("b.local", *A4[1:]), ("b.local", wire.TXT, b"\1b"),
                       nsec=True, delay=0.5)

        def script(query):
            yield from fast(query)
            yield from slow(query)

        lab.use(Responder(server, "eth0", script))
        for options in (("--one-shot",), ("--one-shot", "-t", "TXT")):
            for names, first in ((("a.local", "b.local", "c.local"), 0.3),
                                 (("b.local", "a.local", "c.local"), 0.9)):
                start = time.monotonic()
                running = Running(client, *options, "-w", "1.5", *names)
                times, seen = [], []
                for line in running.process.stdout:
                    seen.append(line.split()[0].rstrip("."))
                    times.append(time.monotonic() - start)
                equal(seen, list(names[:2]), options)
                between(times[0], first - 0.4, first, "the first")
                between(times[1], 0.45, 0.95, "the second")
                running.process.wait(3)


@test
def scopes_of_their_own():
    with Lab() as lab:
        client, server = pair(lab)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        names = Honest({}, names={"fe80::7": HOST})
        lab.use(Responder(server, "eth0", names))
        taps = {name: lab.use(client.capture(name))
                for name in ("eth0", "wlan0")}
        done = Done(client, *FAST, "--all", "fe80::7%wlan0", "fe80::7%eth0")
        equal(done.status, 1, done)
        equal([row[:3] for row in done.rows],
              [["fe80::7%eth0", HOST, "eth0"]])
        done.says("fe80::7: nobody answered on wlan0 within")
        for name, tap in taps.items():
            check(tap.asked(), "not asked on", name)


@test
def ctrl_c_ends_with_what_was_found():
    with Lab() as lab:
        client, _, _ = serve(lab, A4, TEXT, nsec=True)
        for options in ((), ("-t", "TXT"), ("--all",)):
            running = Running(client, "-w", "30", *options, "nosuch.local",
                              HOST)
            time.sleep(0.5)
            running.interrupt()
            equal(running.status, 1, f"exit status with {options}")
            check(running.seconds < 0.5, "took", running.seconds)
            equal([line.split()[0].rstrip(".") for line in
                   running.out.splitlines()], [HOST], options)
            equal(running.err, "mdns-lookup: nosuch.local: no answer before "
                  "it was interrupted\n")
        running = Running(client, "-w", "30", "--all", "-t", "TXT", HOST)
        line = running.process.stdout.readline()
        equal(line, LINE + "\n", "at once")
        equal(running.interrupt().status, 0, "all had been found")
        running = Running(client, "-w", "30", "--json", "-t", "TXT",
                          "nosuch.local")
        time.sleep(0.3)
        line, = check_lines(running.interrupt().out, "missing")
        equal(line["reason"], "interrupted")
        running = Running(client, "-w", "30", "--unicast", "nosuch.local",
                          HOST)
        time.sleep(0.3)
        equal(running.interrupt().status, 1, "while the host is looked up")


# -- forms ----------------------------------------------------------------

@test
def short_is_the_answer_alone():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(
            {HOST: ["10.0.0.7", "fe80::7"]}, names={"fe80::7": HOST})))
        for way in ((), ("--qu",)):
            done = Done(client, "--short", *way, HOST)
            equal((done.status, done.out), (0, "10.0.0.7\nfe80::7%eth0\n"))
            done = Done(client, "--short", *way, "fe80::7%eth0")
            equal((done.status, done.out), (0, HOST + "\n"))
        done = Done(client, *FAST, "--short", "nosuch.local")
        equal((done.status, done.out), (1, ""))
        done.says("nobody answered")


@test
def json_says_it_all():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(
            {HOST: ["10.0.0.7", "fe80::7"]}, names={"169.254.7.1": HOST})))
        for option, way in ((None, "one-shot"), ("--qu", "group"),
                            ("--unicast=10.0.0.2", "unicast")):
            done = Done(client, "-4", "--json", *filter(None, [option]),
                        HOST, "169.254.7.1")
            equal((done.status, done.err), (0, ""), done)
            lines = check_lines(done.out, "answer")
            equal([(line["query"], line["name"], line["address"])
                   for line in lines],
                  [(HOST, HOST, "10.0.0.7"), (HOST, HOST, "fe80::7%eth0"),
                   ("169.254.7.1", HOST, "169.254.7.1")], option)
            for line in lines:
                equal((line["interface"], line["transport"], line["way"]),
                      ("eth0", "IPv4", way))
                check(0 < line["elapsed_ms"] < 1000, line)
        done = Done(client, *FAST, "--json", "nosuch.local")
        line, = check_lines(done.out, "missing")
        equal((line["query"], line["reason"], line["text"]),
              ("nosuch.local", "silence",
               "nobody answered on eth0 within 0.3 s"))
        done = Done(client, "-4", "-v", "--json", HOST)
        kinds = [line["kind"] for line in check_lines(done.out)]
        equal(kinds, ["packet", "packet", "answer", "answer"])
        check("octets" not in done.err, "packets on standard error", done.err)


@test
def no_network_is_said():
    with Lab() as lab:
        client = lab.host("client")
        for options in (("-t", "TXT"), ("--qu",), ("--qm",), ("--all",),
                        ("--unicast", "10.0.0.2"),
                        ("--unicast", "server.local")):
            done = Done(client, *options, HOST)
            equal((done.status, done.out), (3, ""), f"{options} {done}")
            check(done.seconds < 0.3, "took", done.seconds)
            done.says("lo  ", "loopback")
            done = Done(client, *options, "--json", HOST)
            line, = check_lines(done.out, "missing")
            equal((line["reason"], line["query"]), ("no-network", HOST))
        link = lab.new_link()
        client.link(link, "eth0", "10.0.0.1/24")
        client.nft("add table inet t\n"
                   "add chain inet t c { type filter hook output priority 0; "
                   "}\nadd rule inet t c udp dport 5353 drop\n")
        for options in (("-t", "TXT"), ("--qu",)):
            done = Done(client, *options, HOST)
            equal(done.status, 3, f"{options} {done}")
            check("cannot send: a firewall" in done.err, done)


@test
def a_capture_has_each_message():
    with Lab() as lab:
        client, _, _ = serve(lab, A4, TEXT, nsec=True)
        for options in ((), ("-t", "TXT")):
            path = client.path("/run/x.pcap")
            done = Done(client, "-4", "--pcap", "/run/x.pcap", *options, HOST)
            equal((done.status, done.err), (0, ""), done)
            with open(path, "rb") as file:
                octets = file.read()
            at, count = 24, 0
            while at < len(octets):
                at += 16 + struct.unpack_from("I", octets, at + 8)[0]
                count += 1
            check(count >= 2, options, "wrote", count, "packets")


@test
def patience_is_shown_on_a_terminal():
    with Lab() as lab:
        client, _ = pair(lab)
        for options in ((), ("-t", "TXT")):
            ours, theirs = pty.openpty()
            running = Running(client, "-w", "2.6", *options, "nosuch.local",
                              stderr=theirs, env={"TERM": "xterm"})
            os.close(theirs)
            seen = []

            def read():
                try:
                    while octets := os.read(ours, 4096):
                        seen.append(octets)
                except OSError:  # nobody has the other end any more
                    pass

            reader = threading.Thread(target=read)
            reader.start()
            running.process.wait(5)
            reader.join(5)
            os.close(ours)
            text = b"".join(seen).decode()
            check("\rasking eth0 for nosuch.local ... 1 s" in text, repr(text))
            check("... 2 s" in text, repr(text))
            check(text.endswith("\r\x1b[Kmdns-lookup: nosuch.local: nobody "
                                "answered on eth0 within 2.6 s\r\n"),
                  repr(text))


@test
def colour_is_for_those_who_want_it():
    with Lab() as lab:
        client, _, _ = serve(lab, A4, TEXT, nsec=True)
        done = Done(client, "--color=always", "-t", "TXT", HOST)
        equal(done.out, f"\x1b[1m{HOST}.\x1b[0m" +
              LINE[len(HOST) + 1:] + "\n")
        done = Done(client, "--color=always", HOST)
        check(done.out.startswith(f"\x1b[1m{HOST}\x1b[0m  10.0.0.7  "), done)
        check("\x1b" not in Done(client, "--color=always", "--json", HOST).out)
        check("\x1b" not in Done(client, "--color=always", "--short",
                                 HOST).out)
        check("\x1b" not in Done(client, HOST).out, "into a pipe")


if __name__ == "__main__":
    main()
