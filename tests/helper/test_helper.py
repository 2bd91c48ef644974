#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Lookups with mdns-helper: one question for all who ask, then none; and what a
# process reads in the map is what the network said last.

import os
import re
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from calls import glibc, module, module_stepwise
from helper import KINDS, REFUSED, RESOLVE, Client, Helper
from hosts import Hosts, multicast
from lab import MODULE, Lab, between, check, equal, good_query, main, pair
from lab import program, test
from scripted import Responder

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
PASSED_ON = ("UNAVAIL", "NO_RECOVERY")
NO_DATA = ("NOTFOUND", "NO_DATA")
ASKED = 300  # ms, for a question and its answer on a busy machine
SOON = 60    # ms, for an answer that the helper has
HIT = 5      # ms, for one in the map
HOST = {"nas.local": ["10.0.0.2", "fd00::2"], "four.local": ["10.0.0.2"],
        "dual.local": ["10.0.0.2", "fd00::2"]}


def served(lab, hosts=HOST, families=(4, 6), **options):
    """A client with a helper, and a server that knows the hosts."""
    client, server = pair(lab)
    script = Hosts(hosts, **options)
    responder = lab.use(Responder(server, "eth0", script, families))
    helper = lab.use(Helper(client))
    return client, responder, script, helper


def load(client, *words, timeout=60):
    """What tests/helper/load says, as a dictionary."""
    done = client.run(program("tests/helper", "load"), MODULE,
                      *[str(word) for word in words], timeout=timeout)
    equal(done.returncode, 0, f"exit status of load ({done.stdout} "
          f"{done.stderr})")
    said = dict(line.split(" ") for line in done.stdout.splitlines()
                if line.count(" ") == 1)
    equal((said["failed"], said["wrong"]), ("0", "0"),
          f"failed and wrong ones ({done.stdout})")
    return {word: int(value) for word, value in said.items()}


def one_question(tap, name, types=("A", "AAAA")):
    """One message a transport, as a continuous querier asks that shares its
    port with others."""
    asked = tap.asked()
    equal(sorted(p.family for p in asked), [4, 6], f"queries ({asked[:8]})")
    for packet in asked:
        good_query(packet, name, types)
        equal(packet.sport, 5353, "source port")
        equal({q[2] for q in packet.questions}, {1}, "class")


# -- one question, many who ask --------------------------------------------

@test
def first_lookup_asks_and_the_next_process_does_not():
    with Lab() as lab:
        client, _, _, _ = served(lab)
        tap = lab.use(client.capture("eth0"))
        call = module(client, ENTRY, "nas.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        between(call.ms, 0, ASKED)
        one_question(tap, "nas.local")
        tap.forget()
        for entry in (ENTRY, "gethostbyname3_r", "gethostbyname_r"):
            call = module(client, entry, "NAS.local")
            equal(call.verdict, FOUND, entry)
            between(call.ms, 0, SOON, entry)
        equal(sorted(glibc(client, "getaddrinfo", "nas.local").addrs),
              ["10.0.0.2", "fd00::2"])
        equal(tap.asked(), [], "queries for what is known")


@test
def a_crowd_costs_one_question():
    for crowd in (2, 100):
        with Lab() as lab:
            # So long that all of them wait; not so long that one of them
            # is to ask by itself as well (test_helper_loss.py).
            client, responder, _, helper = served(lab, delay=0.24)
            tap = lab.use(client.capture("eth0"))
            said = load(client, "crowd", "nas.local", 2, crowd)
            equal(said["lookups"], crowd, "lookups")
            between(said["max"] / 1000, 0, 900, "the slowest")
            one_question(tap, "nas.local")
            _, status = Client(client).status()
            equal(status["asked"], 1, "asked, of the status")
            equal(status["joined"], crowd - 1, "joined, of the status")
            helper.lives()


@test
def hits_cost_no_packet_and_no_system_call():
    with Lab() as lab:
        client, _, _, _ = served(lab)
        tap = lab.use(client.capture("eth0"))
        client.run("strace", "-f", "-o", "/run/trace",
                   program("tests/helper", "load"), MODULE, "hits",
                   "nas.local", "2", "20")
        lines = client.read("/run/trace").splitlines()
        marks = [i for i, line in enumerate(lines)
                 if 'write(1, "begin' in line or 'write(1, "end' in line]
        equal(len(marks), 2, "marks in the trace")
        check(any("connect(" in line for line in lines[:marks[0]]),
              "the first lookup did not ask the helper")
        equal(lines[marks[0] + 1:marks[1]], [], "system calls of 20 hits")
        one_question(tap, "nas.local")
        said = load(client, "hits", "nas.local", 2, 100000)
        between(said["p50"], 0, 10, "microseconds of a hit")


@test
def glibc_makes_no_socket_for_a_hit():
    with Lab() as lab:
        client, _, _, _ = served(lab)
        client.run("strace", "-f", "-o", "/run/trace", "-e",
                   "trace=socket,sendto,sendmsg,recvmsg,connect,mmap,write",
                   program("tests/nss", "glibc"), "-n", "21",
                   "gethostbyname", "nas.local")
        lines = client.read("/run/trace").splitlines()
        first = [i for i, line in enumerate(lines)
                 if 'write(1, "us' in line][0]
        check(any("AF_UNIX" in line for line in lines[:first]), "first call")
        later = [line for line in lines[first:]
                 if "write(1" not in line and "+++" not in line]
        equal(later, [], "sockets and maps of 20 more")


def wakes(trace):
    """Of each wake of a program with an event loop: its system calls."""
    calls = []
    for line in trace.splitlines():
        if re.search(r"epoll_wait\(.*, -1\)", line):
            yield calls
            calls = []
        else:
            calls.append(re.sub(r"^\d+ +|\(.*", "", line))


@test
def the_first_lookup_of_a_process_costs_the_helper_few_system_calls():
    """Whoever has been answered may wait for the processor that it has."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Hosts(HOST), (4, 6)))
        lab.use(Helper(client, under=("strace", "-o", "/run/trace")))
        for _ in range(6):
            equal(module(client, ENTRY, "nas.local").verdict, FOUND)
            time.sleep(0.2)
        seen = [[call for call in calls if call != "getsockopt"]
                for calls in wakes(client.read("/run/trace"))
                if "sendmsg" in calls and "accept4" in calls]
        # Once or the other it is faster than the process that asks.
        check(["accept4", "recvmsg", "sendmsg", "close"] in seen, seen)


# -- an answer and its life ------------------------------------------------

@test
def ttl_counts_down_and_ends():
    with Lab() as lab:
        client, _, script, _ = served(lab, ttl=4)
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 4))
        first = step.next(first=True)
        start = time.monotonic()
        equal(first.verdict, FOUND)
        between(first.ttl, 3, 4, "ttl")
        script.mute = True
        time.sleep(1.2)
        second = step.next()
        between(second.ttl, 1, 2, "ttl after 1.2 s")
        between(second.ms, 0, HIT)
        time.sleep(max(0, 4.3 - (time.monotonic() - start)))
        equal(step.next().verdict, SILENCE, "after its end")
        equal(module(client, ENTRY, "nas.local").verdict, SILENCE,
              "in another process")


@test
def goodbye_is_seen_by_who_reads_the_map():
    with Lab() as lab:
        client, responder, script, _ = served(lab)
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 3))
        equal(step.next(first=True).verdict, FOUND)
        equal(step.next().verdict, FOUND)
        script.mute = True
        multicast(responder, wire.address("nas.local", "10.0.0.2", ttl=0),
                  wire.address("nas.local", "fd00::2", ttl=0))
        time.sleep(1.3)
        call = step.next()
        equal(call.verdict, SILENCE, "1.3 s after the goodbye")


@test
def another_address_takes_the_place_of_the_old_one():
    with Lab() as lab:
        client, responder, _, _ = served(lab)
        tap = lab.use(client.capture("eth0"))
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 3))
        equal(sorted(step.next(first=True).addrs), ["10.0.0.2", "fd00::2"])
        time.sleep(1.2)  # what is younger than a second would stay (10.2)
        tap.forget()
        multicast(responder, wire.address("nas.local", "10.0.0.77"))
        time.sleep(0.1)
        call = step.next()
        check("10.0.0.77" in call.addrs, "0.1 s later:", call)
        between(call.ms, 0, SOON)
        time.sleep(1.2)
        call = step.next()
        equal(sorted(call.addrs), ["10.0.0.77", "fd00::2"], "1.3 s later")
        between(call.ms, 0, SOON)
        equal(tap.asked(), [], "queries")


@test
def silence_is_shared_and_forgotten():
    with Lab() as lab:
        client, _, _, _ = served(lab)
        tap = lab.use(client.capture("eth0"))
        for name, verdict in (("nobody.local", SILENCE),
                              ("nobody.deep.local", PASSED_ON)):
            call = module(client, ENTRY, name)
            equal(call.verdict, verdict, name)
            between(call.ms, 1200, 1250 + ASKED, name)
            tap.forget()
            for _ in range(3):
                call = module(client, ENTRY, name)
                equal(call.verdict, verdict, f"{name} again")
                between(call.ms, 0, SOON, f"{name} again")
            equal(tap.asked(), [], "queries for what nobody has")
        time.sleep(5)
        call = module(client, ENTRY, "nobody.local")
        between(call.ms, 1200, 1250 + ASKED, "after it was forgotten")
        check(tap.asked(), "no query after it was forgotten")


@test
def who_announces_itself_ends_the_silence():
    with Lab() as lab:
        client, responder, _, _ = served(lab)
        step = lab.use(module_stepwise(client, ENTRY, *["new.local"] * 2))
        equal(step.next(first=True).verdict, SILENCE)
        multicast(responder, wire.address("new.local", "10.0.0.9"),
                  wire.address("new.local", "fd00::9"))
        time.sleep(0.1)
        for call in (module(client, ENTRY, "new.local"), step.next()):
            equal(call.verdict, FOUND, "after it announced itself")
            equal(sorted(call.addrs), ["10.0.0.9", "fd00::9"])
            between(call.ms, 0, SOON)


@test
def one_family_with_a_denial_and_without():
    """Without, whoever has answered over both transports has said all; who is
    silent over one may say more."""
    with Lab() as lab:
        client, _, script, _ = served(lab, nsec=True)
        call = module(client, ENTRY, "four.local")
        equal((call.verdict, call.addrs), (FOUND, ["10.0.0.2"]))
        between(call.ms, 0, 95, "with NSEC")
        call = module(client, "gethostbyname2_r", "four.local",
                      options=["-6"])
        equal(call.verdict, NO_DATA, "the other family")
        between(call.ms, 0, SOON, "the other family")
    for families, least, most in (((4, 6), 0, 95), ((4,), 95, 100 + ASKED)):
        with Lab() as lab:
            client, _, script, _ = served(lab, families=families)
            call = module(client, ENTRY, "four.local")
            equal((call.verdict, call.addrs), (FOUND, ["10.0.0.2"]))
            between(call.ms, least, most, f"host on {families}")
            tap = lab.use(client.capture("eth0"))
            call = module(client, ENTRY, "four.local")
            equal((call.verdict, call.addrs), (FOUND, ["10.0.0.2"]))
            between(call.ms, 0, SOON, "shared")
            call = module(client, "gethostbyname2_r", "four.local",
                          options=["-6"])
            equal(call.verdict, NO_DATA, "the other family")
            equal(tap.asked(), [], "queries of the second")


@test
def a_host_with_a_over_ipv4_and_aaaa_over_ipv6_has_both():
    with Lab() as lab:
        client, _, _, _ = served(lab, split=True)
        call = module(client, ENTRY, "dual.local")
        equal((call.verdict, sorted(call.addrs)),
              (FOUND, ["10.0.0.2", "fd00::2"]))


@test
def reverse():
    with Lab() as lab:
        client, _, _, _ = served(
            lab, {}, names={"169.254.3.4": "nas.local",
                            "fe80::1234": "six.local"})
        tap = lab.use(client.capture("eth0"))
        for address, name in (("169.254.3.4", "nas.local"),
                              ("fe80::1234", "six.local")):
            tap.forget()
            call = module(client, "gethostbyaddr_r", address)
            equal((call.verdict, call.name), (FOUND, name))
            between(call.ms, 0, ASKED, address)
            one_question(tap, wire.reverse_name(address), ("PTR",))
            tap.forget()
            calls = module(client, "gethostbyaddr_r", address, address)
            for call in calls:
                equal((call.verdict, call.name), (FOUND, name))
                between(call.ms, 0, SOON, address)
            equal(tap.asked(), [], "queries for what is known")


# -- keeping warm ----------------------------------------------------------

@test
def what_goes_on_being_asked_for_never_goes_cold():
    """Refreshed at 80 to 95 % of its life; nothing is asked for what nobody
    asks for any more, nor for what was asked for once."""
    with Lab() as lab:
        client, _, _, _ = served(lab, ttl=6)
        equal(module(client, ENTRY, "dual.local").verdict, FOUND)
        tap = lab.use(client.capture("eth0"))
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 9))
        equal(step.next(first=True).verdict, FOUND)
        start = time.time()
        for i in range(1, 9):  # until 14.4 s
            time.sleep(max(0, start + i * 1.8 - time.time()))
            call = step.next()
            equal(call.verdict, FOUND, f"after {i * 1.8} s")
            between(call.ms, 0, 20, f"milliseconds after {i * 1.8} s")
        last = time.time()
        time.sleep(7)
        asked = {}
        for packet in tap.asked():
            for name, kind, _ in packet.questions:
                asked.setdefault((name, kind, packet.family), []).append(
                    packet.time)
        equal({name for name, _, _ in asked}, {"nas.local"}, "names asked")
        for key, times in asked.items():
            check(len(times) >= 3, "queries for", key, times)
            for x, y in zip(times, times[1:]):
                between(y - x, 0.8 * 6 - 0.2, 0.97 * 6 + 0.5,
                        f"gap between queries for {key}")
            check(times[-1] < last + 6, "queries after the asking stopped")


# -- settings of the request -----------------------------------------------

@test
def a_deadline_is_kept():
    with Lab() as lab:
        client, _, _, _ = served(lab)
        ask = lab.use(Client(client))
        for seconds in (0.2, 0.5):
            start = time.monotonic()
            now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            got = ask.ask(RESOLVE, f"late{seconds}.local".replace(".", "", 1),
                          deadline=now + int(seconds * 1e9))
            between(time.monotonic() - start, 0, seconds + 0.1,
                    f"reply ({got}) to a request with {seconds} s")
            check(got.status < 0, got)


@test
def foreign_names_are_refused():
    with Lab() as lab:
        client, _, _, _ = served(lab)
        tap = lab.use(client.capture("eth0"))
        ask = lab.use(Client(client))
        for name in ("www.example.com", "local", "1.0.0.10.in-addr.arpa"):
            got = ask.ask(RESOLVE, name)
            check(got.kind == REFUSED or got.status < 0, name, KINDS[got.kind],
                  got)
        equal(tap.asked(), [], "queries")


if __name__ == "__main__":
    main()
