#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest in every process: descriptors, stacks, cancellation, forks, signals,
# and a process cache that is right.

import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "helper"))

import peer
import wire
from calls import glibc, module, module_stepwise
from helper import Helper
from lab import MODULE, Failure, Lab, Skip, between, check, equal, main, pair
from lab import program, test, until
from scripted import Honest, Responder, Say, answer_name

FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
SUCCESS, NOTFOUND, UNAVAIL, TRYAGAIN = "1", "0", "-1", "-2"
SOON = 60
NOTICE = 0.3  # see test_direct.py
HOST = {"dual.local": ["10.0.0.2", "fd00::2"], "four.local": ["10.0.0.2"],
        "deep.local": ["10.0.0.2", "fd00::2"],
        "after.local": ["10.0.0.2", "fd00::2"],
        **{f"pool{n}.local": [f"10.0.1.{n}", f"fd00::1:{n}"]
           for n in range(64)}}


def storm(client, mode, timeout=30):
    """Lines of `what status h_errno microseconds` as lists of words."""
    done = client.run(program("tests/nss", "storm"), MODULE, mode,
                      "dual.local", "nobody.local", timeout=timeout)
    lines = [line.split(" ") for line in done.stdout.splitlines()]
    for words in lines:
        if words[0] == "skip":
            raise Skip(" ".join(words[1:]))
        if words[0] == "bad":
            raise Failure(" ".join(words[1:]))
    equal(done.returncode, 0, f"exit status of storm {mode} ({done.stderr})")
    return lines


def one(lines, what, status, low, high):
    found = [words for words in lines if words[0] == what]
    check(found, what, "is missing in", lines)
    for words in found:
        equal(words[1], status, f"status of {what}")
        between(int(words[3]) / 1000, low, high, f"time of {what}")


def both(lines):
    one(lines, "found", SUCCESS, 0, SOON)
    one(lines, "missing", NOTFOUND, 1245, 1350)


@test
def descriptors_0_to_2_closed():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        both(storm(client, "closed"))


@test
def descriptors_in_use_are_cloexec_and_above_2():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        one(storm(client, "watch"), "missing", NOTFOUND, 1245, 1350)


@test
def a_map_of_the_helper_is_cloexec_as_it_comes():
    """With the answer at once, and with one that was waited for."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, delay=0.1)))
        lab.use(Helper(client))
        for _ in range(2):
            module(client, "gethostbyname4_r", "dual.local", under=(
                "strace", "-o", "/run/trace", "-e", "trace=recvmsg"))
            passed = [line for line in client.read("/run/trace").splitlines()
                      if "SCM_RIGHTS" in line]
            check(passed, "no map has come")
            for line in passed:
                check("MSG_CMSG_CLOEXEC" in line.rpartition("}")[2], line)


CLOSED = f"""
import ctypes, os, threading, time
module = ctypes.CDLL({MODULE!r})
said = []
def run():
    none = [ctypes.byref(ctypes.c_int()) for _ in range(2)]
    said.append(module._nss_dotlocal_gethostbyname4_r(
        b"nobody.local", ctypes.byref(ctypes.c_void_p()),
        ctypes.create_string_buffer(1024), 1024, *none, None))
thread = threading.Thread(target=run)
thread.start()
time.sleep(0.5)
os.closerange(3, 40)
began = time.monotonic()
thread.join()
print(said[0], round(time.monotonic() - began))
"""


@test
def its_descriptors_are_closed_by_the_host():
    """It ends at once, and does not spin until its time is over."""
    with Lab() as lab:
        client, _ = pair(lab)
        client.write("/etc/dotlocal.conf", "timeout = 10s\n")
        done = client.run("/usr/bin/python3", "-c", CLOSED)
        equal(done.stdout, f"{UNAVAIL} 0\n", done.stderr)


@test
def two_thousand_descriptors_open():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        both(storm(client, "many"))


@test
def no_descriptor_left():
    """However many are free, the lookup ends at once or does its work."""
    with Lab() as lab:
        client, server = pair(lab)
        honest = Honest({f"spare{n}.local": ["10.0.0.2", "fd00::2"]
                         for n in range(8)})
        lab.use(Responder(server, "eth0", honest))
        lines = storm(client, "exhausted")
        equal(lines[0][1], UNAVAIL, "status without any")
        one(lines[-2:], "spare", SUCCESS, 0, SOON)
        for words in lines:
            check(words[1] in (UNAVAIL, SUCCESS), words)
            between(int(words[3]) / 1000, 0, SOON)


@test
def no_memory():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        one(storm(client, "nomem"), "nomem", UNAVAIL, 0, SOON)


@test
def small_stack():
    """A thread of 16 KB; and the whole call in 8 KB."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        lines = storm(client, "stack")
        both(lines)
        depth = [int(words[1]) for words in lines if words[0] == "depth"][0]
        between(depth, 1, 8192, "stack of a call")


@test
def cancelled_threads_leave_nothing():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        one(storm(client, "cancel"), "found", SUCCESS, 0, SOON)


@test
def fork_storm():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        equal(storm(client, "fork", 60)[-1], ["children", "200"])


@test
def many_threads_at_once():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        one(storm(client, "threads"), "found", SUCCESS, 0, SOON)


@test
def signal_storm():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, split=True)))
        lines = storm(client, "signals")
        both(lines)
        one(lines, "grace", SUCCESS, 95, 100 + SOON)
        check(int(lines[-1][1]) > 300, "signals", lines[-1])


@test
def getent_hosts_costs_one_exchange():
    """It asks for AAAA, then for A: the first answer holds both."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        tap = lab.use(client.capture("eth0"))
        done = client.run("getent", "hosts", "four.local")
        equal(done.stdout.split(), ["10.0.0.2", "four.local"])
        asked = [p for p in tap.asked() if p.sport != 5353]
        equal(sorted(p.family for p in asked), [4, 6], "queries")


def with_ttl(ttl):
    """The script of a responder that gives every name one address."""
    def script(query):
        if query.legacy:
            yield Say(answer_name(query, [
                wire.address(query.questions[0][0], "10.0.0.2", ttl=ttl,
                             rclass=wire.IN)]))
    return script


@test
def answers_are_kept_ten_seconds_at_most():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", with_ttl(3600)))
        tap = lab.use(client.capture("eth0"))
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       *["kept.local"] * 4))
        step.next(first=True)
        one_lookup = len(tap.asked())
        time.sleep(1.2)
        second = step.next()
        between(second.ttl, 5, 9, "ttl, a second older")
        time.sleep(7.5)
        third = step.next()
        equal(len(tap.asked()), one_lookup, "packets of three lookups")
        equal([second.addrs, third.addrs], [["10.0.0.2"]] * 2)
        time.sleep(1.4)
        equal(step.next().verdict, FOUND)
        check(len(tap.asked()) > one_lookup, "no packet after 10 s")


@test
def short_ttl_is_kept_no_longer():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", with_ttl(1)))
        tap = lab.use(client.capture("eth0"))
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       *["brief.local"] * 3))
        step.next(first=True)
        one_lookup = len(tap.asked())
        step.next()
        equal(len(tap.asked()), one_lookup, "packets within the second")
        time.sleep(1.1)
        step.next()
        check(len(tap.asked()) > one_lookup, "no packet after the second")


@test
def missing_is_forgotten_after_two_seconds():
    with Lab() as lab:
        client, server = pair(lab)
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       *["dual.local"] * 3))
        equal(step.next(first=True).verdict, SILENCE)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        between(step.next().ms, 0, 5, "again at once")
        time.sleep(2.1)
        equal(step.next().verdict, FOUND, "after it has come")


@test
def no_data_is_forgotten_after_two_seconds():
    """However long the host says that this holds."""
    def script(query):
        owner = query.questions[0][0]
        if query.legacy and hosts:
            yield from Honest(hosts)(query)
        elif query.legacy:
            yield Say(answer_name(query, [], nsec=[wire.nsec(
                owner, [wire.TXT], ttl=10, rclass=wire.IN)]))

    with Lab() as lab:
        client, server = pair(lab)
        hosts = {}
        lab.use(Responder(server, "eth0", script))
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       *["dual.local"] * 2))
        equal(step.next(first=True).verdict, ("NOTFOUND", "NO_DATA"))
        hosts.update(HOST)
        time.sleep(2.1)
        equal(step.next().verdict, FOUND, "after it has come")


@test
def change_of_interfaces_empties_the_cache():
    with Lab() as lab:
        left, right = lab.new_link(), lab.new_link()
        client = lab.host("client")
        client.link(left, "eth0", "10.0.0.1/24")
        for at, link in enumerate((left, right)):
            host = lab.host(f"server{at}")
            host.link(link, "eth0", f"10.{at}.0.2/24")
            lab.use(Responder(host, "eth0", Honest(
                {"roams.local": [f"10.{at}.0.2"]})))
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       *["roams.local"] * 5))
        equal(step.next(first=True).addrs, ["10.0.0.2"])
        client.ip("link set eth0 down")
        client.link(right, "eth1", "10.1.0.1/24")
        time.sleep(NOTICE)
        equal(step.next().addrs, ["10.1.0.2"], "on another link")
        client.ip("link set eth0 up")
        time.sleep(NOTICE)
        equal(sorted(step.next().addrs), ["10.0.0.2", "10.1.0.2"],
              "on both")
        tap = lab.use(client.capture("eth1"))
        equal(len(step.next().addrs), 2)
        equal(tap.asked(), [], "packets while nothing changes")
        client.ip("addr del 10.1.0.1/24 dev eth1")
        client.ip("addr add 10.1.0.7/24 dev eth1")
        time.sleep(NOTICE)
        step.next()
        check(tap.asked(), "another address is another link, too")


@test
def a_fresh_lookup_tells_the_kept_ones_of_a_change():
    """What one lookup sees of the links holds for all at once."""
    with Lab() as lab:
        left, right = lab.new_link(), lab.new_link()
        client = lab.host("client")
        client.link(left, "eth0", "10.0.0.1/24")
        client.link(right, "eth1", "10.1.0.1/24")
        for at, link in enumerate((left, right)):
            host = lab.host(f"server{at}")
            host.link(link, "eth0", f"10.{at}.0.2/24")
            lab.use(Responder(host, "eth0", Honest({
                name: [f"10.{at}.0.2"] for name in ("roams.local",
                                                    "fresh.local")})))
        client.ip("link set eth1 down")
        step = lab.use(module_stepwise(
            client, "gethostbyname4_r", "roams.local", "fresh.local",
            "roams.local"))
        equal(step.next(first=True).addrs, ["10.0.0.2"])
        client.ip("link set eth0 down")
        client.ip("link set eth1 up")
        until(lambda: "state UP" in client.ip("link show eth1"), 5, "eth1")
        equal(step.next().addrs, ["10.1.0.2"], "another name")
        equal(step.next().addrs, ["10.1.0.2"], "the first one again")


@test
def network_namespace_changed_by_the_process():
    """A process that moves (unshare, setns) leaves its links behind."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        done = client.run("/usr/bin/python3", "-c", """
import ctypes, socket, time
print(sorted({a[4][0] for a in socket.getaddrinfo("dual.local", 1)}))
assert ctypes.CDLL(None).unshare(0x40000000) == 0
time.sleep(0.3)
try:
    print(socket.getaddrinfo("dual.local", 1))
except socket.gaierror as why:
    print(why.errno == socket.EAI_AGAIN)
""")
        equal(done.stdout.split("\n")[:2],
              ["['10.0.0.2', 'fd00::2']", "True"], done.stderr)


@test
def under_nscd():
    """nscd presets *pat and wants a ttl; programs get what it says."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        peer.nscd(client)
        tap = lab.use(client.capture("eth0"))
        # This program cannot load the module itself.
        done = client.run("getent", "ahosts", "dual.local",
                          env={"LD_LIBRARY_PATH": "/nowhere"})
        equal({line.split()[0] for line in done.stdout.splitlines()},
              {"10.0.0.2", "fd00::2"}, done.stderr)
        equal(len(tap.asked()), 2, "packets")
        call = glibc(client, "gethostbyname", "four.local")
        equal(call.addrs, ["10.0.0.2"])


@test
def descriptors_errno_and_guards_by_every_entry():
    """nsscall compares by itself; this is about the ways of failing."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, nsec=True)))
        for entry in ("gethostbyname4_r", "gethostbyname3_r",
                      "gethostbyname2_r", "gethostbyname_r",
                      "getcanonname_r"):
            for align in range(8):
                calls = module(client, entry, "dual.local", "four.local",
                               "www.example.com", "", "bad..local",
                               options=["-a", str(align)])
                equal(calls[0].verdict, FOUND, entry)
        for size in ("0", "1", "16"):
            for entry in ("gethostbyname4_r", "gethostbyname2_r"):
                call = module(client, entry, "dual.local",
                              options=["-b", size])
                equal(call.verdict, ("TRYAGAIN", "NETDB_INTERNAL"), size)


if __name__ == "__main__":
    main()
