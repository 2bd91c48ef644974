#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where mdns-helper says what it has to say (tools/helper/log.c): to the
# journal, here a socket of ours in its place, or to stderr.

import os
import socket
import sys

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

from lab import Lab, check, equal, main, program, test

JOURNAL = "/run/systemd/journal/socket"


def journal(lab, host):
    os.makedirs(os.path.dirname(host.path(JOURNAL)))
    made = lab.use(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    made.bind(host.path(JOURNAL))
    made.setblocking(False)
    return made


def entries(sock):
    """The fields of each entry (systemd's Native Journal Protocol), but for
    the one that opens it."""
    found = []
    while True:
        try:
            text = sock.recv(65536).decode()
        except BlockingIOError:
            break
        found.append(dict(line.split("=", 1)
                          for line in text.splitlines() if "=" in line))
    return [each for each in found if each["MESSAGE"] != "starting"]


def say(host, *words, stream="{0.st_dev}:{0.st_ino}"):
    """What came to stderr; stream: what systemd says of it, "": nothing."""
    read, write = os.pipe()
    stream = stream.format(os.fstat(write))
    env = {"JOURNAL_STREAM": stream} if stream else {}
    process = host.popen(program("tests/helper", "log_say"), *words,
                         stderr=write, env=env)
    os.close(write)
    with os.fdopen(read) as file:
        text = file.read()
    equal(process.wait(5), 0, "exit status")
    return text


@test
def to_the_journal_with_fields():
    with Lab() as lab:
        host = lab.host("host")
        sock = journal(lab, host)
        equal(say(host, "4", "eth0", "it is full"), "", "stderr")
        equal(entries(sock), [{
            "MESSAGE": "eth0: it is full", "PRIORITY": "4",
            "MDNS_LINK": "eth0", "SYSLOG_IDENTIFIER": "log_say"}])
        equal(say(host, "6", "-", "ready"), "", "stderr")
        equal(entries(sock), [{"MESSAGE": "ready", "PRIORITY": "6",
                               "SYSLOG_IDENTIFIER": "log_say"}])


@test
def to_stderr():
    with Lab() as lab:
        host = lab.host("host")
        sock = journal(lab, host)
        # Not said at all, not a pair of numbers, another file.
        for stream in ("", "x", "1:", "{0.st_dev}:1", "1:{0.st_ino}"):
            equal(say(host, "4", "eth0", "it is full", stream=stream),
                  "mdns-helper: eth0: it is full\n", stream)
            equal(say(host, "6", "-", "ready", stream=stream),
                  "mdns-helper: ready\n", stream)
        equal(entries(sock), [], "in the journal")


@test
def a_journal_that_is_not_there():
    with Lab() as lab:
        host = lab.host("host")
        # libsystemd takes that for nothing to do.
        equal(say(host, "6", "-", "ready"), "")
        sock = journal(lab, host)
        equal(say(host, "6", "-", "ready"), "")
        equal(len(entries(sock)), 1, "entries")


@test
def what_is_not_said():
    with Lab() as lab:
        host = lab.host("host")
        equal(say(host, "7", "-", "detail", stream=""), "")
        equal(say(host, "--debug", "7", "-", "detail", stream=""),
              "mdns-helper: detail\n")
        text = say(host, "4", "e\x1bth0", "two\nlines\x7f\t\x1b[2J", stream="")
        equal(text, "mdns-helper: e?th0: two?lines???[2J\n")
        text = say(host, "4", "eth0", "x" * 5000, stream="")
        check(500 < len(text) < 600 and text.endswith("x\n"), len(text))


if __name__ == "__main__":
    main()
