#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The table that mdns-lookup --browse and --types draw on a terminal: what a
# terminal shows of it, whatever its size is and whatever the names are.

import fcntl
import os
import pty
import re
import signal
import struct
import sys
import termios
import threading
import time
import unicodedata

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

from lab import Failure, Lab, between, check, equal, main, pair, program, test
from scripted import Responder
from services import (IPP, META, PRINTER, Records, below, multicast, ptr,
                      service, srv)

ELLIPSIS = "\u2026"


def width_of(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    """A terminal as small as can be: what it does not know is a failure, and
    so is a line that does not fit."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [[] for _ in range(rows)]
        self.x = self.y = 0
        self.cursor = True
        self.rest = ""
        self.painted = set()

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            if text[at] != "\033":
                self.put(text[at])
                at += 1
                continue
            match = re.match(r"\033\[(\??)(\d*)([A-Za-z])", text[at:])
            if not match:
                if len(text) - at > 8:
                    raise Failure(f"escape sequence {text[at:at + 20]!r}")
                self.rest = text[at:]
                return
            self.control(*match.groups())
            at += match.end()

    def put(self, char):
        if char == "\r":
            self.x = 0
        elif char == "\n":
            self.y += 1
            if self.y == self.rows:
                self.y -= 1
                self.lines = self.lines[1:] + [[]]
        else:
            check(char.isprintable() or unicodedata.combining(char),
                  "control character", repr(char))
            width = width_of(char)
            line = self.lines[self.y]
            line.extend(" " * (self.x + width - len(line)))
            if width == 0:
                line[self.x - 1] += char
                return
            check(self.x + width < self.columns + 1, "line too long:",
                  "".join(line), char)
            line[self.x:self.x + width] = [char] + [""] * (width - 1)
            self.x += width

    def control(self, private, number, letter):
        n = int(number or 0)
        if private:
            check(n == 25 and letter in "hl", private, number, letter)
            self.cursor = letter == "h"
        elif letter == "A":
            check(n <= self.y, "up by", n, "from line", self.y)
            self.y -= n
        elif letter == "H" and not number:
            self.x = self.y = 0
        elif letter == "J" and n in (0, 2):
            if n == 2:
                self.lines = [[] for _ in range(self.rows)]
            else:
                del self.lines[self.y][self.x:]
                for i in range(self.y + 1, self.rows):
                    self.lines[i] = []
        elif letter == "K" and n == 0:
            del self.lines[self.y][self.x:]
        elif letter == "m":
            self.painted.add(n)
        else:
            raise Failure(f"escape sequence {private}{number}{letter}")

    def resize(self, columns, rows):
        """As xterm does it: what does not fit is lost."""
        self.lines = [line[:columns] for line in self.lines[:rows]]
        self.lines += [[] for _ in range(rows - len(self.lines))]
        self.columns, self.rows = columns, rows
        self.y = min(self.y, rows - 1)
        self.x = min(self.x, columns - 1)

    def text(self):
        return [line for line in
                ("".join(line).rstrip() for line in self.lines) if line]


class Terminal:
    """mdns-lookup on a terminal of that size."""

    def __init__(self, host, columns, rows, *args, env=None):
        self.master, slave = pty.openpty()
        self.screen = Screen(columns, rows)
        self.set_size(columns, rows)
        self.error = None
        self.draws = []  # when
        self.lock = threading.Lock()
        self.process = host.popen(
            program("", "mdns-lookup"), *args, stdin=slave, stdout=slave,
            stderr=slave, env={"TERM": "xterm", **(env or {})})
        os.close(slave)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("4H", rows, columns, 0, 0))

    def read(self):
        rest = b""
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # nobody has it open any more
                return
            data = rest + data
            # A character may come in two parts.
            end = len(data)
            while end > 0 and data[end - 1] & 0xC0 == 0x80:
                end -= 1
            if end > 0 and data[end - 1] >= 0xC0:
                end -= 1
                size = 2 if data[end] < 0xE0 else 3 if data[end] < 0xF0 else 4
                if end + size <= len(data):
                    end = len(data)
            else:
                end = len(data)
            rest = data[end:]
            with self.lock:
                try:
                    text = data[:end].decode()
                    self.draws += [time.monotonic()] * text.count("\033[J")
                    self.screen.feed(text)
                except Exception as why:  # seen by check()
                    self.error = self.error or why

    def text(self):
        with self.lock:
            if self.error:
                raise self.error
            return self.screen.text()

    def wait(self, condition, seconds=4):
        deadline = time.monotonic() + seconds
        while not condition(self.text()):
            check(time.monotonic() < deadline, "after", seconds,
                  "s the screen is", "\n".join(["", *self.text()]))
            time.sleep(0.02)
        return self.text()

    def resize(self, columns, rows):
        with self.lock:
            self.set_size(columns, rows)
            self.screen.resize(columns, rows)

    def close(self):
        """Ctrl-C; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.end(2)

    def end(self, seconds):
        status = self.process.wait(seconds)
        self.thread.join(2)
        os.close(self.master)
        self.text()
        equal(self.screen.cursor, True, "the cursor is there again")
        return status


CLOCK = r"\d\d:\d\d:\d\d"


def rows(text):
    """The cells of the lines below the titles."""
    return [re.split(" {2,}", line) for line in text[1:]]


@test
def rows_come_and_go_in_their_order():
    with Lab() as lab:
        client, server = pair(lab)
        script = Records(*(ptr(IPP, below(name)) for name in
                           ("pear", "Apple", "fig")))
        responder = lab.use(Responder(server, "eth0", script))
        terminal = Terminal(client, 80, 24, "--browse", "_ipp._tcp")
        text = terminal.wait(lambda text: len(text) == 4)
        equal(re.split(" {2,}", text[0]), ["Service", "Type", "On", "Since"])
        equal([row[:3] for row in rows(text)],
              [["Apple", "_ipp._tcp", "eth0"], ["fig", "_ipp._tcp", "eth0"],
               ["pear", "_ipp._tcp", "eth0"]])
        for row in rows(text):
            check(re.fullmatch(CLOCK, row[3]), row)
        equal({line.index("_ipp") for line in text[1:]}, {9}, "columns")
        equal(terminal.screen.cursor, False, "the cursor is there")
        script.set()
        multicast(responder, ptr(IPP, below("fig"), ttl=0),
                  ptr(IPP, below("berry")))
        terminal.wait(lambda text: [row[0] for row in rows(text)]
                      == ["Apple", "berry", "pear"])
        # Empty again: not a line of the old ones stays.
        multicast(responder, *(ptr(IPP, below(name), ttl=0) for name in
                               ("Apple", "berry", "pear")))
        terminal.wait(lambda text: text == ["nobody has answered yet"])
        equal(terminal.close(), 0, "exit status")


@test
def the_last_table_stays():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(*service())))
        terminal = Terminal(client, 80, 24, "--browse", "-w", "0.8",
                            "_ipp._tcp", "_x._tcp")
        equal(terminal.end(4), 0, "exit status")
        text = terminal.text()
        equal(text[1].split("  ")[0], PRINTER[0])
        equal(text[2:], ["mdns-lookup: _x._tcp.local: nobody answered on eth0 "
                         "within 0.8 s"])
        equal(terminal.screen.x, 0, "column of the cursor")
        check({1, 0} <= terminal.screen.painted, "no colour:",
              terminal.screen.painted)
        terminal = Terminal(client, 80, 24, "--browse", "-w", "0.5",
                            "_ipp._tcp", env={"NO_COLOR": "1"})
        equal(terminal.end(4), 0, "exit status")
        equal(terminal.screen.painted, set(), "colours")


NAMES = ["a short one", "x" * 63, "打印机" * 7, "Büro " * 10, "e\u0301" * 20,
         "bad \udcff\udcc0", "esc \033[2J", "two\nlines"]


@test
def it_fits_the_width():
    """And no character is torn."""
    with Lab() as lab:
        client, server = pair(lab)
        fe80 = server.link_local("eth0")
        records = []
        for i, name in enumerate(NAMES):
            records += service(name.encode("utf-8", "surrogateescape"),
                               host=f"host{i}.local", port=1000 + i,
                               strings=(b"note=" + b"y" * 100,))
            records += [service(host=f"host{i}.local", address=fe80)[3]]
        lab.use(Responder(server, "eth0", Records(*records)))
        for columns in (240, 40, 21, 9):
            terminal = Terminal(client, columns, 24, "--browse", "--resolve",
                                "_ipp._tcp")
            text = terminal.wait(
                lambda text: len(text) == len(NAMES) + 1
                and all("%eth0" in line or columns < 100
                        for line in text[1:]))
            if columns < 100:
                time.sleep(0.7)  # nobody can see whether all is there
                text = terminal.text()
            equal(terminal.close(), 0, "exit status")
            for line in text:
                width = sum(map(width_of, line))
                check(width < columns, width, "columns of", columns, line)
            if columns == 240:
                cells = {row[0]: row for row in rows(text)}
                equal(set(cells), {
                    "a short one", "x" * 63, "打印机" * 7,
                    ("Büro " * 10).strip(), "e\u0301" * 20,
                    "bad \\255\\192", "esc \\027[2J", "two\\010lines"})
                row = cells["a short one"]
                equal(row[1:4], ["_ipp._tcp", "host0.local", "1000"])
                check(row[4].startswith("10.0.0.2 fe80::"), row)
                check(re.fullmatch(f"note=y+{ELLIPSIS}", row[5]), row)
                equal(row[6], "eth0")
                # Everything else whole.
                check(fe80 + "%eth0" in row[4], row)
            elif columns == 40:
                check(ELLIPSIS in text[1], text)
                equal(re.split(" {2,}", text[0]),
                      ["Service", "Port", "Address", "On"])
                starts = {sum(map(width_of, line[:line.index("eth0")]))
                          for line in text[1:]}
                equal(len(starts), 1, f"columns are not below each other "
                      f"({text})")
            elif columns == 9:
                equal(text[0], "Service")


@test
def it_fits_the_height():
    with Lab() as lab:
        client, server = pair(lab)
        records = [ptr(IPP, below(f"printer {i:02}")) for i in range(30)]
        lab.use(Responder(server, "eth0", Records(*records)))
        terminal = Terminal(client, 80, 20, "--browse", "_ipp._tcp")
        text = terminal.wait(lambda text: len(text) == 19)
        equal([row[0] for row in rows(text)][:-1],
              [f"printer {i:02}" for i in range(17)])
        equal(text[-1], "and 13 more")
        # It is drawn anew where it was.
        terminal.resize(60, 12)
        text = terminal.wait(lambda text: text[-1] == "and 21 more")
        equal(len(text), 11, f"lines ({text})")
        terminal.resize(120, 50)
        text = terminal.wait(lambda text: len(text) == 31)
        equal([row[0] for row in rows(text)],
              [f"printer {i:02}" for i in range(30)])
        equal(terminal.close(), 0, "exit status")


@test
def not_more_than_five_times_a_second():
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", Records()))
        terminal = Terminal(client, 80, 24, "--browse", "_ipp._tcp")
        terminal.wait(lambda text: text == ["nobody has answered yet"])
        time.sleep(0.3)
        before = len(terminal.draws)
        since = time.monotonic()
        i = 0
        while time.monotonic() - since < 2:
            multicast(responder, ptr(IPP, below(f"{i:03}")))
            i += 1
            time.sleep(0.01)
        draws = [at for at in terminal.draws[before:] if at < since + 2]
        between(len(draws), 6, 11, "times that it was drawn in 2 s")
        gaps = [b - a for a, b in zip(draws, draws[1:])]
        check(min(gaps) > 0.15, "too soon after each other:", gaps)
        # The last one is there as well, and then it is quiet.
        terminal.wait(lambda text: text[-1] == f"and {i - 21} more", 1)
        before = len(terminal.draws)
        time.sleep(1.5)
        equal(len(terminal.draws) - before, 0, "drawn for nothing")
        equal(terminal.close(), 0, "exit status")


@test
def what_is_known_is_filled_in():
    with Lab() as lab:
        client, server = pair(lab)
        script = Records(ptr(IPP, PRINTER))
        responder = lab.use(Responder(server, "eth0", script))
        terminal = Terminal(client, 120, 24, "--browse", "--resolve",
                            "_ipp._tcp")
        text = terminal.wait(lambda text: len(text) == 2)
        equal(re.split(" {2,}", text[0]), ["Service", "Type", "On", "Since"])
        script.set(*service())
        text = terminal.wait(lambda text: "10.0.0.2" in text[-1], 6)
        equal(re.split(" {2,}", text[0]),
              ["Service", "Type", "Host", "Port", "Address", "TXT", "On",
               "Since"])
        check(re.fullmatch(
            r"My Printer 2\.0  _ipp\._tcp  printer\.local  631   10\.0\.0\.2  "
            rf"txtvers=1  rp=ipp/print  eth0  {CLOCK}", text[1]), text)
        time.sleep(1.1)
        script.set(*service(port=632))
        multicast(responder, srv(PRINTER, 632, "printer.local"))
        terminal.wait(lambda text: "  632 " in text[-1])
        equal(terminal.close(), 0, "exit status")


@test
def kinds_have_a_table_too():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            ptr(META, "_ssh._tcp.local"), ptr(META, IPP))))
        for options in (("--types",), ("--browse", "_services._dns-sd._udp")):
            terminal = Terminal(client, 80, 24, *options)
            text = terminal.wait(lambda text: len(text) == 3)
            equal(re.split(" {2,}", text[0]),
                  ["Type", "What it is", "Domain", "On", "Since"])
            equal([row[:4] for row in rows(text)],
                  [["_ipp._tcp", "printer (IPP)", "local", "eth0"],
                   ["_ssh._tcp", "remote login (SSH)", "local", "eth0"]])
            equal(terminal.close(), 0, "exit status")


@test
def no_table_where_it_would_disturb():
    """Lines for a dumb terminal, and with the packets of -v; no escape
    sequence in --short and JSON."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(*service())))
        for options, env in ((("--short",), {}), (("--json",), {}),
                             ((), {"TERM": "dumb"}), (("-v",), {})):
            terminal = Terminal(client, 400, 100, "--browse", "-w", "0.5",
                                *options, "_ipp._tcp", env=env)
            equal(terminal.end(4), 0, "exit status")
            text = terminal.text()
            check(any("My Printer 2.0" in line for line in text), text)
            check(not any("Since" in line for line in text), text)
            equal(terminal.draws, [], f"draws with {options}")


@test
def in_another_locale_it_is_question_marks():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            ptr(IPP, below("Büro 打印机")))))
        terminal = Terminal(client, 80, 24, "--browse", "_ipp._tcp",
                            env={"LC_ALL": "C"})
        text = terminal.wait(lambda text: len(text) == 2)
        equal(rows(text)[0][0], "B?ro ???")
        equal(terminal.close(), 0, "exit status")


if __name__ == "__main__":
    main()
