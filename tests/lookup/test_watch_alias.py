#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --watch where the name is an alias (CNAME): what it leads to is
# watched as well, over a few of them, and no longer than it does.

import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from lab import Lab, between, equal, main, pair, test
from scripted import Responder
from watching import LATE, Records, Watch, a, asked, multicast, speaker


def questions(tap):
    return {q[:2] for packet in asked(tap) for q in packet.questions}


def lines(watch):
    return [(row.sign, row.asked, row.data, row.owner) for row in watch.rows]


@test
def it_is_followed_while_it_is_there():
    with Lab() as lab:
        client, server = pair(lab)
        responder = speaker(lab, server)
        watch = Watch(client, "--watch", "www.local")
        time.sleep(0.3)
        multicast(responder, wire.address("box.local", "10.0.0.66"))
        time.sleep(0.2)
        equal(watch.rows, [], "lines before it leads there")
        # Some know the target already, some hear of it in the same message.
        multicast(responder, wire.cname("www.local", "box.local"),
                  wire.address("box.local", "fe80::2"))
        for address in ("10.0.0.66", "fe80::2%eth0"):
            row = watch.wait("+", address, 0.3)
            equal((row.asked, row.link, row.owner),
                  ("www.local", "eth0", "box.local"), "the line")
        place = len(watch.rows)
        multicast(responder, wire.address("box.local", "10.0.0.9",
                                          rclass=wire.IN))
        watch.wait("+", "10.0.0.9", 0.3, place)

        # It leads elsewhere now: what it has led to goes with it.
        time.sleep(1.1)
        place = len(watch.rows)
        sent = time.time()
        multicast(responder, wire.cname("www.local", "new.local"),
                  wire.address("new.local", "10.0.0.7"))
        between(watch.wait("+", "10.0.0.7", 0.3, place).time - sent, 0, LATE)
        for address in ("10.0.0.66", "10.0.0.9", "fe80::2%eth0"):
            gone = watch.wait("-", address, 1.5, place)
            between(gone.time - sent, 1, 1 + LATE)
            equal(gone.owner, "box.local", "whose it was")
        place = len(watch.rows)
        multicast(responder, wire.address("box.local", "10.0.0.10"))
        multicast(responder, wire.cname("www.local", "new.local", ttl=0))
        watch.wait("-", "10.0.0.7", 1.5, place)
        # And now the name is one itself.
        multicast(responder, wire.address("www.local", "10.0.0.8"))
        equal(watch.wait("+", "10.0.0.8", 0.3).owner, None, "whose it is")
        equal(watch.interrupt(), 0, "exit status")
        equal([row.data for row in watch.rows[place:]],
              ["10.0.0.7", "10.0.0.8"], "the last lines")


@test
def what_it_leads_to_is_asked_for():
    """And no longer than it leads there."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = speaker(lab, server)
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "www.local")
        time.sleep(0.3)
        multicast(responder, wire.cname("www.local", "box.local"))
        time.sleep(0.3)
        equal(questions(tap), {("www.local", "A"), ("www.local", "AAAA"),
                               ("box.local", "A"), ("box.local", "AAAA")})
        multicast(responder, wire.cname("www.local", "box.local", ttl=0))
        time.sleep(1.1)
        tap.forget()
        time.sleep(3.2)
        equal(questions(tap), {("www.local", "A"), ("www.local", "AAAA")},
              "questions when it has gone")
        equal(watch.interrupt(), 1, "exit status")
        equal(watch.rows, [], "lines")


@test
def a_chain_has_an_end():
    """Four of them are followed, a circle is left, and so is what is not of
    this network."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = speaker(lab, server)
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, "--watch", "n0.local", "c0.local", "far.local")
        time.sleep(0.3)
        for i in range(6):
            multicast(responder, wire.cname(f"n{i}.local", f"n{i + 1}.local"),
                      wire.address(f"n{i}.local", f"10.0.1.{i}"))
        for i in range(2):
            multicast(responder,
                      wire.cname(f"c{i}.local", f"c{(i + 1) % 2}.local"))
        multicast(responder, wire.address("c1.local", "10.0.2.1"),
                  wire.cname("far.local", "www.example.com"))
        time.sleep(1.5)
        equal(watch.interrupt(), 0, "exit status")
        equal(sorted(lines(watch)), sorted(
            [("+", "c0.local", "10.0.2.1", "c1.local"),
             ("+", "n0.local", "10.0.1.0", None)] +
            [("+", "n0.local", f"10.0.1.{i}", f"n{i}.local")
             for i in range(1, 5)]), "lines")
        equal({name for name, _ in questions(tap)} -
              {f"n{i}.local" for i in range(5)},
              {"c0.local", "c1.local", "far.local"}, "who else is asked for")


@test
def it_is_refreshed():
    """One that stays is not gone in between, though nobody asks for the
    addresses of its own name any more by then."""
    with Lab() as lab:
        client, server = pair(lab)

        def alias(rtype):
            return "www.local", rtype, wire.cname("www.local", "box.local",
                                                  ttl=3)

        lab.use(Responder(server, "eth0", Records(
            alias(wire.A), alias(wire.AAAA), alias(wire.CNAME),
            a("box.local", "10.0.0.2"), a("box.local", "fd00::2"))))
        tap = lab.use(client.capture("eth0"))
        # By the series it is asked for at 1, 3 and 7 s.
        watch = Watch(client, "--watch", "-w", "6.9", "www.local")
        equal(watch.end(9), 0, "exit status")
        equal(sorted(watch.seen()), [("+", "10.0.0.2"), ("+", "fd00::2")],
              "lines")
        equal(("www.local", "CNAME") in questions(tap), True,
              f"asked whether it still is one: {questions(tap)}")


@test
def on_whichever_link_it_is():
    with Lab() as lab:
        client, server = pair(lab)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24")
        watch = Watch(client, "--watch", "near.local", "far.local")
        time.sleep(0.3)
        for host, name, address in ((server, "near", "10.0.0.2"),
                                    (other, "far", "10.1.0.2")):
            multicast(speaker(lab, host),
                      wire.cname(f"{name}.local", "box.local"),
                      wire.address("box.local", address))
        for _ in range(2):
            watch.wait("+", "10.0.0.2", 0.3)
            watch.wait("+", "10.1.0.2", 0.3)
        time.sleep(0.1)
        equal(watch.interrupt(), 0, "exit status")
        equal(sorted((row.asked, row.data, row.link) for row in watch.rows),
              [(name, address, link) for name in ("far.local", "near.local")
               for address, link in (("10.0.0.2", "eth0"),
                                     ("10.1.0.2", "wlan0"))], "lines")


@test
def it_goes_with_its_link():
    with Lab() as lab:
        client, server = pair(lab)
        responder = speaker(lab, server)
        watch = Watch(client, "--watch", "www.local", "box.local")
        time.sleep(0.3)
        multicast(responder, wire.cname("www.local", "box.local"),
                  wire.address("box.local", "10.0.0.2"))
        watch.wait("+", "10.0.0.2", 0.3)
        time.sleep(0.2)
        client.ip("link set eth0 down")
        watch.wait("-", "10.0.0.2", 3)
        time.sleep(0.2)
        client.ip("link set eth0 up")
        time.sleep(3)
        multicast(responder, wire.address("box.local", "10.0.0.2"))
        time.sleep(0.3)
        equal(watch.interrupt(), 0, "exit status")
        both = [("www.local", "box.local"), ("box.local", None)]
        equal(sorted(lines(watch)[:4]), sorted(
            (sign, name, "10.0.0.2", owner)
            for sign in "+-" for name, owner in both), "lines of both")
        equal(lines(watch)[4:], [("+", "box.local", "10.0.0.2", None)],
              "lines when it is back, and no alias any more")


if __name__ == "__main__":
    main()
