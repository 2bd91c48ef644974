#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A process that stands still in the middle of a lookup, for longer than one
# takes: by a signal, in a debugger, on a busy machine. What came meanwhile is
# the answer; silence says nothing if nobody was asked.

import os
import re
import signal
import sys
import time
from collections import Counter
from queue import Queue

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "helper"))

import wire
from calls import finish, module, start_module
from helper import ANSWERED, NOT_FOUND, WAIT, Fake, Helper, answer, reply
from hosts import Hosts
from lab import Lab, between, equal, main, pair, test, until
from scripted import Honest, Responder, Say, answer_name

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
NOT_NOW = ("UNAVAIL", "TRY_AGAIN")
NAME = "dual.local"
ADDRESSES = ["10.0.0.2", "fd00::2"]
HOST = {NAME: ADDRESSES}
LATER = 0.4  # seconds until a host answers: the asker stands still by then
STOP = 3     # for so long
SOON = 200   # ms that a process may need that has nothing to wait for
DRAIN = 32   # datagrams that are read of each socket when time is over


def stop_for(process, seconds):
    process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.send_signal(signal.SIGCONT)


def stopped(client, tap, *options, port=None):
    """A lookup that stands still once its question is out, from that port;
    the call, and the milliseconds that it needed after that."""
    process = start_module(client, ENTRY, NAME, options=options)
    until(lambda: [p for p in tap.asked() if port in (None, p.sport)], 5,
          "the question")
    stop_for(process, STOP)
    tap.forget()
    began = time.monotonic()
    call = finish(process)[0]
    return call, (time.monotonic() - began) * 1000


@test
def the_answer_came_while_it_was_stopped():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, delay=LATER)))
        tap = lab.use(client.capture("eth0"))
        call, took = stopped(client, tap)
        equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES))
        between(took, 0, SOON, "ms after it went on")
        equal(tap.asked(), [], "questions when the time was over")


@test
def both_halves_of_an_answer_came():
    """The second one is not left behind when the first is there."""
    def halves(query):
        if query.legacy and query.family == 4:
            for address in ADDRESSES:
                yield Say(answer_name(query, [wire.address(
                    query.questions[0][0], address, ttl=10, rclass=wire.IN)]),
                    delay=LATER)

    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", halves))
        tap = lab.use(client.capture("eth0"))
        call, took = stopped(client, tap)
        equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES))
        between(took, 0, SOON, "ms after it went on")


@test
def answers_of_two_links_came():
    """That of one link, whole as it is, does not hide the other's."""
    with Lab() as lab:
        client = lab.host("client")
        for i in (0, 1):
            link = lab.new_link()
            client.link(link, f"eth{i}", f"10.{i}.0.1/24", f"fd0{i}::1/64")
            server = lab.host(f"server{i}")
            server.link(link, "eth0", f"10.{i}.0.2/24", f"fd0{i}::2/64")
            lab.use(Responder(server, "eth0", Honest(
                {NAME: [f"10.{i}.0.2", f"fd0{i}::2"]}, delay=LATER)))
        call, took = stopped(client, lab.use(client.capture("eth1")))
        equal(sorted(call.addrs),
              ["10.0.0.2", "10.1.0.2", "fd00::2", "fd01::2"])
        between(took, 0, SOON, "ms after it went on")


@test
def the_answer_came_to_5353():
    """By unicast, which is wanted for 2 s only, and was in time."""
    honest = Honest(HOST, delay=LATER)

    def script(query):
        return () if query.legacy else honest(query)

    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", script))
        tap = lab.use(client.capture("eth0"))
        call, took = stopped(client, tap, port=5353)
        equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES))
        between(took, 0, SOON, "ms after it went on")


@test
def nobody_answered_while_it_was_stopped():
    with Lab() as lab:
        client, _ = pair(lab)
        tap = lab.use(client.capture("eth0"))
        call, took = stopped(client, tap)
        equal(call.verdict, SILENCE)
        between(took, 0, SOON, "ms after it went on")
        equal(tap.asked(), [], "questions when the time was over")


def standing_still(call, when, where="exit"):
    """Stands still for 1.5 s as that system call begins or ends, for the
    when-th time."""
    return ("strace", "-f", "-o", "/run/trace", "-e",
            f"trace={call},recvmsg", "-e",
            f"inject={call}:delay_{where}=1500000:when={when}")


@test
def it_stood_still_between_waiting_and_looking():
    """Nothing was there when the wait was over, and then it came."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, delay=LATER)))
        for when in (1, 2):
            call = module(client, ENTRY, NAME,
                          under=standing_still("ppoll", when))
            equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES),
                  f"after wait {when}")


@test
def nobody_was_asked_in_time():
    """That is no silence: the next service has its turn, and nothing of it is
    remembered. What goes out when the time is over does not count."""
    # The first socket is to see whether there is a helper.
    for call, when, packets in (("socket", 2, 0), ("sendmsg", 1, 2)):
        with Lab() as lab:
            client, server = pair(lab)
            tap = lab.use(client.capture("eth0"))
            only = module(client, ENTRY, NAME,
                          under=standing_still(call, when, "enter"))
            equal(only.verdict, NOT_NOW, f"before {call}")
            equal(len(tap.asked()), packets, f"questions, before {call}")
            lab.use(Responder(server, "eth0", Honest(HOST, delay=LATER)))
            first, second = module(client, ENTRY, NAME, NAME,
                                   under=standing_still(call, when, "enter"))
            equal(first.verdict, NOT_NOW, f"before {call}")
            equal((second.verdict, sorted(second.addrs)), (FOUND, ADDRESSES),
                  f"again, after {call}")


@test
def an_alias_came_while_it_stood_still():
    """Nobody has been asked for what it points to: that is not silence."""
    def script(query):
        if not query.legacy:
            return
        owner = query.questions[0][0]
        options = dict(ttl=10, rclass=wire.IN)
        if wire.unescape(owner) == NAME:
            yield Say(answer_name(query, [
                wire.cname(owner, "real.local", **options)]), delay=LATER)
        else:
            yield Say(answer_name(query, [
                wire.address(owner, text, **options) for text in ADDRESSES]))

    for wait in (1, 2):
        with Lab() as lab:
            client, server = pair(lab)
            lab.use(Responder(server, "eth0", script))
            first, second = module(client, ENTRY, NAME, NAME,
                                   under=standing_still("ppoll", wait))
            equal(first.verdict, NOT_NOW, f"wait {wait}")
            equal((second.verdict, sorted(second.addrs)), (FOUND, ADDRESSES))


@test
def a_flood_came_while_it_stood_still():
    """The last look is bounded, whatever waits there."""
    def flood(query):
        if query.legacy:
            for _ in range(200):
                yield Say(wire.message(id=query.id ^ 1), delay=LATER)

    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", flood))
        call = module(client, ENTRY, NAME, under=standing_still("ppoll", 2))
        equal(call.verdict, SILENCE)
        read = re.findall(r"recvmsg\((\d+),.* = \d+$",
                          client.read("/run/trace").split("DELAYED")[1],
                          re.MULTILINE)
        equal(max(Counter(read).values(), default=0), DRAIN,
              "datagrams of one socket")


@test
def the_helper_answered_while_it_was_stopped():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Hosts(HOST, delay=LATER)))
        lab.use(Helper(client))
        tap = lab.use(client.capture("eth0"))
        call, took = stopped(client, tap, port=5353)
        equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES))
        between(took, 0, SOON, "ms after it went on")
        equal({p.sport for p in tap.asked()} - {5353}, set(),
              "ports of questions of its own")


@test
def the_helper_answered_while_its_first_word_was_waited_for():
    """Nobody else knows the name."""
    def behave(connection):
        connection.recv(4096)
        time.sleep(0.008)  # it waits by now, for 20 ms at first
        asker.get().send_signal(signal.SIGSTOP)
        time.sleep(LATER)
        connection.send(reply(ANSWERED, body=answer(NAME, *ADDRESSES)))
        time.sleep(LATER)
        process.send_signal(signal.SIGCONT)

    with Lab() as lab:
        client, _ = pair(lab)
        tap = lab.use(client.capture("eth0"))
        asker = Queue()
        lab.use(Fake(client, behave))
        process = start_module(client, ENTRY, NAME)
        asker.put(process)
        call = finish(process)[0]
        equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES))
        equal(tap.asked(), [], "questions of its own")


@test
def invited_by_the_helper_when_the_time_was_over():
    """There is nothing left to ask for in, and that has an end."""
    def behave(connection):
        connection.recv(4096)
        connection.send(reply(WAIT))
        process = asker.get()
        process.send_signal(signal.SIGSTOP)
        connection.send(reply(WAIT, status=NOT_FOUND))
        time.sleep(STOP)
        process.send_signal(signal.SIGCONT)

    with Lab() as lab:
        client, _ = pair(lab)
        asker = Queue()
        lab.use(Fake(client, behave))
        process = start_module(client, ENTRY, NAME)
        asker.put(process)
        equal(finish(process, 10)[0].verdict, SILENCE)


if __name__ == "__main__":
    main()
