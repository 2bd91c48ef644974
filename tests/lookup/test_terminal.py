#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup at a terminal and away from one: colour, and the line that says
# what is waited for.

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))
sys.path.insert(0, os.path.join(HERE, "..", "helper"))

from helper import ANSWERED, Fake, answer, reply
from lab import Lab, check, equal, main, pair, program, test
from scripted import Honest, Responder

HOSTS = {"four.local": ["10.0.0.4"]}


class Pty:
    """A terminal of so many columns, and what comes out of it."""

    def __init__(self, columns=80):
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ,
                    struct.pack("4H", 24, columns, 0, 0))
        self.seen = b""

    def read_from(self, process):
        os.close(self.theirs)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if not select.select([self.ours], [], [], 0.5)[0]:
                continue
            try:
                self.seen += os.read(self.ours, 4096)
            except OSError:  # nobody has the other end any more
                break
        process.wait(5)
        os.close(self.ours)
        return self.seen.decode()


def at_terminal(host, *args, **env):
    """What it writes to a terminal."""
    screen = Pty()
    return screen.read_from(host.popen(
        program("", "mdns-lookup"), *args, stdin=subprocess.DEVNULL,
        stdout=screen.theirs, stderr=subprocess.DEVNULL,
        env={"TERM": "xterm", **env}))


def piped(host, *args, **env):
    return host.run(program("", "mdns-lookup"), *args,
                    env={"TERM": "xterm", **env}).stdout


@test
def colour_at_a_terminal_only():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOSTS)))
        for args in (("four.local",), ("-t", "A", "four.local")):
            has = {
                "terminal": "\x1b[" in at_terminal(client, *args),
                "empty NO_COLOR": "\x1b[" in at_terminal(
                    client, *args, NO_COLOR=""),
                "auto": "\x1b[" in at_terminal(client, "--color=auto", *args),
                "forced": "\x1b[" in piped(client, "--color", *args),
                "forced by word": "\x1b[" in piped(
                    client, *args, "--color=always", NO_COLOR="1",
                    TERM="dumb")}
            equal(has, dict.fromkeys(has, True), f"colour of {args}")
            has = {
                "pipe": "\x1b" in piped(client, *args),
                "pipe, auto": "\x1b" in piped(client, "--color=auto", *args),
                "NO_COLOR": "\x1b" in at_terminal(client, *args, NO_COLOR="1"),
                "dumb": "\x1b" in at_terminal(client, *args, TERM="dumb"),
                "never": "\x1b" in at_terminal(client, *args,
                                               "--color=never")}
            equal(has, dict.fromkeys(has, False), f"colour of {args}")
        for option in ("--json", "--short"):
            check("\x1b" not in piped(client, "--color", option, "four.local"),
                  "colour with", option)


@test
def colours_end():
    """Each one that begins also ends, on its line."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOSTS)))
        for args in (("four.local",), ("--doctor", "four.local"),
                     ("-t", "A", "four.local")):
            for line in piped(client, "--color", *args).splitlines():
                last = line.rfind("\x1b[")
                check(last < 0 or line[last:last + 4] == "\x1b[0m",
                      "colour goes on behind", repr(line))


@test
def colour_is_for_the_one_that_is_a_terminal():
    """What -v says may go into a file at the same time."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOSTS)))
        screen = Pty()
        with open(client.path("/run/said"), "w") as file:
            seen = screen.read_from(client.popen(
                program("", "mdns-lookup"), "-v", "four.local",
                stdin=subprocess.DEVNULL, stdout=screen.theirs, stderr=file,
                env={"TERM": "xterm"}))
        said = client.read("/run/said")
        check("\x1b[" in seen, "no colour:", repr(seen))
        check("  sent  " in said and "  got   " in said, said)
        check("\x1b" not in said, "colour in a file:", repr(said))
        check("\x1b[" in piped(client, "--color", "four.local"))


@test
def a_long_wait_is_one_line():
    """It ends at the end of a character."""
    for first in ("ü" * 30, "x" + "ü" * 30):
        with Lab() as lab:
            client, _ = pair(lab)
            name = ".".join([first, "ü" * 30, "ü" * 31, "local"])
            screen = Pty(1000)
            text = screen.read_from(client.popen(
                program("", "mdns-lookup"), "-4", "-w", "1.4", name,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=screen.theirs, env={"TERM": "xterm"}))
            line = text.split("\x1b[K")[0]
            check(f"\rasking eth0 for {name}".startswith(line), repr(line))
            size = len(line.encode()) - 1
            check(196 <= size <= 199, "octets:", size, repr(line))


def silent(lab):
    """mdns-helper hangs: it takes nothing, and says nothing."""
    client, _ = pair(lab)
    lab.use(Fake(client))
    return client


def waits(host, columns=80, **env):
    """What --helper writes to standard error, a terminal, while standard
    output is a pipe."""
    screen = Pty(columns)
    return screen.read_from(host.popen(
        program("", "mdns-lookup"), "--helper", "-w", "0.1", "four.local",
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=screen.theirs, env={"TERM": "xterm", **env}))


@test
def who_waits_is_told_so():
    with Lab() as lab:
        client = silent(lab)
        words = "mdns-lookup: mdns-helper: does not answer\r\n"
        text = waits(client)
        check(text.startswith("\rwaiting for mdns-helper\x1b[K"), repr(text))
        check(text.endswith("\r\x1b[K" + words), "it stays:", repr(text))
        # As wide as this terminal, whatever standard output is.
        text = waits(client, columns=12)
        check(text.startswith("\rwaiting for\x1b[K"), repr(text))
        equal(waits(client, TERM="dumb"), words, "on a dumb terminal")


def answered_after(lab, seconds):
    """What comes out where both outputs are one terminal."""
    client, _ = pair(lab)

    def behave(connection):
        connection.recv(4096)
        time.sleep(seconds)
        connection.send(reply(ANSWERED, body=answer("four.local", "10.0.0.4")))

    lab.use(Fake(client, behave))
    screen = Pty()
    return screen.read_from(client.popen(
        program("", "mdns-lookup"), "--helper", "-w", "4", "four.local",
        stdin=subprocess.DEVNULL, stdout=screen.theirs, stderr=screen.theirs,
        env={"TERM": "xterm", "NO_COLOR": "1"}))


@test
def the_line_makes_way_for_the_answer():
    with Lab() as lab:
        text = answered_after(lab, 1.4)
        before, _, after = text.rpartition("\r\x1b[K")
        check("waiting for mdns-helper" in before, repr(text))
        check(after.startswith("four.local  10.0.0.4  lo  helper  "),
              repr(text))


@test
def less_than_a_second_is_no_wait():
    with Lab() as lab:
        text = answered_after(lab, 0.6)
        check(text.startswith("four.local  10.0.0.4  lo  helper  "),
              repr(text))


@test
def what_is_quick_says_nothing():
    with Lab() as lab:
        client, _ = pair(lab)
        check("\r\x1b" not in waits(client) and "waiting" not in waits(client),
              "without mdns-helper")


main()
