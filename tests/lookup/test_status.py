#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --status, --flush, --reconfirm and --helper: what they say when
# mdns-helper is hard to reach, refuses, or is no mdns-helper; and what comes of
# each of its answers.

import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))
sys.path.insert(0, os.path.join(HERE, "..", "helper"))

from asking import Done
from helper import (ANSWERED, DENIED, DONE, EVENTS, FORMAT, LINK, LINKS,
                    NO_DATA, NO_LINK, NOT_FOUND, PASS_ON, REFUSED, RESOURCE,
                    STATUS, STATUSES, WAIT, Fake, answer, reply)
from lab import Lab, check, equal, main, test

SECOND = 10**9
VERSION = ("is of another version; type: systemctl restart "
           "mdns-helper.service")


def says(*replies):
    """A fake that gives these replies to the first request."""
    def behave(connection):
        connection.recv(4096)
        for each in replies:
            connection.send(each)
    return behave


def runs(replies, *args, **options):
    with Lab() as lab:
        client = lab.host("client")
        lab.use(Fake(client, says(*replies), **options))
        return Done(client, *args)


def status_reply(age, links=0):
    """Started so many seconds ago; before this machine, perhaps."""
    started = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - age * SECOND
    return reply(STATUSES, body=STATUS.pack(
        started, links, 2, 3, 4, 5, 6, *range(11, 19)))


def link_reply(has, joined):
    return reply(LINKS, body=LINK.pack(
        7, 21, 22, 1500, 31, 32, 33, *has, *joined, b"eth7"))


@test
def what_refuses_says_why():
    for replies, words in (
            ([reply(REFUSED, status=RESOURCE)], "has too much to do"),
            ([reply(REFUSED, status=DENIED)], "only root may do that"),
            ([reply(REFUSED, status=NO_LINK)],
             "refused: no network interface can be asked"),
            ([reply(DONE)], VERSION),
            ([reply(DONE, protocol=1)], VERSION),
            ([], "does not answer")):
        done = runs(replies, "--status")
        equal(done.status, 3, f"exit status ({done})")
        equal(done.err, f"mdns-lookup: mdns-helper: {words}\n")
        equal(done.out, "")


@test
def orders_that_are_not_carried_out():
    for args in ("--flush",), ("--reconfirm", "dual.local"):
        for replies, words in (
                ([reply(REFUSED, status=DENIED)], "only root may do that"),
                ([link_reply((1, 1), (1, 1))], VERSION)):
            done = runs(replies, *args)
            equal(done.status, 3, f"exit status ({done})")
            equal(done.err, f"mdns-lookup: mdns-helper: {words}\n")
        done = runs([reply(WAIT), reply(DONE)], "--flush")
        equal((done.status, done.out, done.err), (0, "", ""), done)


@test
def who_hangs_up():
    with Lab() as lab:
        client = lab.host("client")
        lab.use(Fake(client, lambda connection: connection.close()))
        done = Done(client, "--status")
        equal(done.status, 3, f"exit status ({done})")
        done.says("mdns-helper: has hung up")


@test
def a_socket_of_somebody_else():
    done = runs([status_reply(5)], "--status", uid=12345)
    equal(done.status, 3, f"exit status ({done})")
    done.says("no access to /run/mdns-helper/socket, or somebody else has it")


@test
def how_long_it_has_been_running():
    for age, text in ((0, "0 min 0 s"), (61, "1 min 1 s"),
                      (3599, "59 min 59 s"), (3600, "1 h 0 min"),
                      (86399, "23 h 59 min"), (86400, "1 d 0 h"),
                      (90 * 86400 + 7200, "90 d 2 h")):
        done = runs([status_reply(age)], "--status")
        equal(done.status, 0, f"exit status ({done})")
        # A second may pass meanwhile.
        seen = [line for line in done.lines if line.startswith("running: ")]
        later = {f"running: {text}", "running: 0 min 1 s",
                 "running: 1 min 2 s", "running: 1 h 0 min",
                 "running: 1 d 0 h"}
        check(len(seen) == 1 and seen[0] in later, age, done)
    # And a clock that disagrees is no negative time.
    done = runs([status_reply(-100)], "--status")
    check("running: 0 min 0 s" in done.lines, done)


@test
def links_and_none():
    done = runs([status_reply(5)], "--status")
    check("no interface can be asked" in done.lines, done)
    done = runs([link_reply((1, 1), (1, 0)), status_reply(5, 1)], "--status")
    check("no interface can be asked" not in done.out, done)
    line = [each for each in done.lines if each.startswith("eth7: ")]
    equal(len(line), 1, done)
    check("(hears nothing over IPv6)" in line[0], done)
    check("(hears nothing over IPv4)" not in line[0], done)
    done = runs([link_reply((1, 0), (1, 0)), status_reply(5, 1)], "--status")
    check("hears nothing" not in done.out, "it has no IPv6:", done)
    check("records: 21, questions: 22; packets sent: 31, received: 32, "
          "malformed: 33" in line[0], line)


@test
def each_answer():
    for status, code, words in (
            (0, 0, "10.0.0.2"),
            (NO_LINK, 3, "mdns-helper has no interface to ask on"),
            (NO_DATA, 1, "is there, but has no address"),
            (NOT_FOUND, 1, "mdns-helper says: nobody answered"),
            (PASS_ON, 1,
             "mdns-helper says: nobody answered by Multicast DNS")):
        body = answer("dual.local", *(["10.0.0.2"] if status == 0 else []))
        reply_octets = reply(ANSWERED, status=status, body=body)
        done = runs([reply_octets], "--helper", "dual.local")
        equal(done.status, code, f"exit status for {status} ({done})")
        check(words in done.out + done.err, "no", words, done)
        done = runs([reply(WAIT), reply_octets], "--helper", "--json",
                    "dual.local")
        equal(done.status, code, f"exit status for {status} ({done})")
        equal(json.loads(done.lines[0])["kind"],
              "answer" if status == 0 else "missing")


@test
def answers_that_are_none():
    for octets in (
            reply(ANSWERED, body=answer("dual.local", "10.0.0.2", count=200)),
            reply(ANSWERED, status=RESOURCE, body=answer("dual.local")),
            reply(EVENTS), reply(REFUSED, status=FORMAT)):
        done = runs([octets], "--helper", "dual.local")
        equal(done.status, 3, f"exit status ({done})")
        check("mdns-helper: " in done.err, done)
        equal(done.out, "")


if __name__ == "__main__":
    main()
