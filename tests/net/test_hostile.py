#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Hostile hosts and bad links, for a process by itself and for mdns-helper: lies
# before, behind and together with the truth; floods; what is late, doubled, out
# of order or spoilt. A wrong answer never takes the place of a right one, and
# the end comes when it should. CAMPAIGN=1 in the environment: floods of a
# million packets, not 200,000.

import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "helper"))

import wire
from calls import finish, module, start_module
from helper import Client, Helper, Watch, BROWSE
from hostile import LIES, TO_GROUP, part, to_group
from lab import Failure, Lab, between, check, equal, main, pair, program
from lab import test
from scripted import Honest, Responder, Say, answer_name
from test_trust import LIE, OFF_LINK, TRUTH, a, says

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
TOTAL = 1250
LATE = 500  # ms more than it should be, on a machine that does other things
CAMPAIGN = bool(os.environ.get("CAMPAIGN"))
COUNT = 1000000 if CAMPAIGN else 200000
MEGABYTE = 1 << 20

ALONE, BEFORE, BEHIND, BURST = "alone", "before", "behind", "burst"


def truth(query):
    """Complete: there is no IPv6 address to wait for."""
    return answer_name(query, [a(query, address=TRUTH)], nsec=[
        wire.nsec(query.questions[0][0], [wire.A], ttl=10, rclass=wire.IN)])


def liar(lies, where, group):
    """The script of a host that lies about each name in a way of its own, and
    of one that tells the truth. group: they answer what comes from 5353, to
    the group, and one-shots not at all."""
    told = {}

    def script(query):
        # mdns-helper asks for all that it was asked for at once.
        for name in query.names:
            yield from about(name, part(query, name))

    def about(name, query):
        if name not in lies or query.legacy == group:
            return
        # Some lies are queries, which come back by multicast loopback.
        key = name, query.family
        if group and query.time - told.get(key, -9) < 0.5:
            return
        told[key] = query.time
        lie = says(lies[name](query))
        right = Say(truth(query))
        if group:
            lie, right = to_group(lie), to_group(right)
        if where == BEFORE:
            right.delay = 0.03
        elif where == BEHIND:
            lie.delay += 0.03
        said = [lie] * 20 if where == BURST else [lie]
        if where == BEHIND:
            said.insert(0, right)
        elif where != ALONE:
            said.append(right)
        yield from said

    return script


def judged(lies, where, group):
    """All names at once, a dozen processes at a time."""
    with Lab() as lab:
        client, server = pair(lab)
        server.ip(f"addr add {OFF_LINK[4]}/32 dev lo")
        server.ip(f"addr add {OFF_LINK[6]}/128 dev lo nodad")
        lab.use(Responder(server, "eth0", liar(lies, where, group)))
        helper = lab.use(Helper(client)) if group else None
        wrong, names = [], list(lies)
        for at in range(0, len(names), 12):
            running = [(name, start_module(client, ENTRY, name))
                       for name in names[at:at + 12]]
            for name, process in running:
                try:
                    call = finish(process)[0]
                    if where == ALONE:
                        equal(call.verdict, SILENCE)
                    else:
                        equal(call.verdict, FOUND)
                        equal(call.addrs, [TRUTH])
                    between(call.ms, 0, TOTAL + LATE)
                except Failure as why:
                    wrong.append(f"{name}: {why}")
        if helper:
            helper.lives()
        if wrong:
            raise Failure("; ".join(wrong))


# -- lies ------------------------------------------------------------------

@test
def lies_alone():
    judged(LIES, ALONE, False)


@test
def lies_before_the_truth():
    judged(LIES, BEFORE, False)


@test
def lies_behind_the_truth():
    judged(LIES, BEHIND, False)


@test
def lies_in_one_burst_with_the_truth():
    judged(LIES, BURST, False)


@test
def lies_to_the_helper_alone():
    judged(TO_GROUP, ALONE, True)


@test
def lies_to_the_helper_before_the_truth():
    judged(TO_GROUP, BEFORE, True)


@test
def lies_to_the_helper_behind_the_truth():
    judged(TO_GROUP, BEHIND, True)


@test
def lies_to_the_helper_in_one_burst_with_the_truth():
    judged(TO_GROUP, BURST, True)


# -- floods ----------------------------------------------------------------

def flood(host, kind, count, rate):
    return host.popen(program("tests/net", "flood"), "eth0", kind, str(count),
                      str(rate))


def sent(process, timeout=120):
    output, _ = process.communicate(timeout=timeout)
    equal(process.returncode, 0, f"exit status of flood ({output})")
    print("#", output.strip(), flush=True)


def under_flood(with_helper):
    """A hundred thousand packets a second; names that are there, and not."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(
            {"host.local": [TRUTH, "fd00::2"]})))
        helper = lab.use(Helper(client)) if with_helper else None
        for kind in ("unique", "noise"):
            process = flood(server, kind, 1000000, 100000)
            time.sleep(0.5)
            for _ in range(3):
                call = module(client, ENTRY, "host.local")
                equal(call.verdict, FOUND, f"in a flood of {kind}")
                equal(sorted(call.addrs), sorted([TRUTH, "fd00::2"]))
                between(call.ms, 0, TOTAL + LATE)
            call = module(client, ENTRY, f"nobody-{kind}.local")
            equal(call.verdict, SILENCE, f"in a flood of {kind}")
            between(call.ms, TOTAL - 10, TOTAL + LATE)
            check(process.poll() is None, "the flood was over")
            process.terminate()
            process.wait(5)
        if helper:
            helper.lives()


@test
def a_flood_during_a_lookup():
    under_flood(False)


@test
def a_flood_during_a_lookup_with_the_helper():
    under_flood(True)


def resident(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise Failure(f"no VmRSS of {pid}")


@test
def a_million_answers_do_not_make_the_helper_grow():
    """Of names that nobody has asked for, of one that is asked for, each time
    with another TTL, and of instances of a service that somebody browses;
    while lookups are answered."""
    hosts = {f"host{i}.local": ["10.0.0.3", "fd00::3"] for i in range(400)}
    hosts["shifter.local"] = [TRUTH, "fd00::2"]
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(hosts)))
        helper = lab.use(Helper(client))
        for name in ("shifter.local", "host0.local"):
            equal(module(client, ENTRY, name).verdict, FOUND, name)
        lab.use(Watch(client, BROWSE, "_junk._tcp.local"))
        before = resident(helper.pid)
        asked = 1
        for kind in ("unique", "ttls", "services"):
            process = flood(server, kind, COUNT, 100000)
            while process.poll() is None:
                call = module(client, ENTRY, f"host{asked % 400}.local")
                equal(call.verdict, FOUND, f"lookup {asked} among {kind}")
                between(call.ms, 0, TOTAL + LATE)
                asked += 1
                time.sleep(0.2)
            sent(process)
            moved = resident(helper.pid) - before
            links, _ = Client(client).status()
            print(f"# {kind}: {moved >> 10} KB more, "
                  f"{links['eth0']['received']} packets read", flush=True)
            between(moved, -64 * MEGABYTE, 4 * MEGABYTE, "octets more")
        helper.lives()
        check(asked > COUNT // 50000, "only", asked, "lookups")


# -- bad links -------------------------------------------------------------

@test
def late_but_in_time():
    """Twice as late as anything should be; and just too late."""
    with Lab() as lab:
        client, server = pair(lab)
        for delay, verdict in ((0.6, FOUND), (1.1, FOUND), (1.6, SILENCE)):
            responder = Responder(server, "eth0", Honest(
                {"host.local": [TRUTH, "fd00::2"]}, delay=delay))
            call = module(client, ENTRY, "host.local")
            equal(call.verdict, verdict, f"{delay} s late")
            between(call.ms, delay * 1000 if verdict == FOUND else TOTAL - 10,
                    TOTAL + LATE)
            responder.close()


@test
def the_same_fifty_times():
    for with_helper in (False, True):
        with Lab() as lab:
            client, server = pair(lab)
            honest = Honest({"host.local": [TRUTH, "fd00::2"]})

            def script(query):
                for say in honest(query):
                    yield from [say] * 50

            lab.use(Responder(server, "eth0", script))
            if with_helper:
                lab.use(Helper(client))
            for _ in range(2):
                call = module(client, ENTRY, "host.local")
                equal(sorted(call.addrs), sorted([TRUTH, "fd00::2"]))


@test
def two_hosts_with_different_answers():
    """Neither is known to lie: both addresses, each once. Over IPv6 they say
    nothing, so that neither has said all there is (direct.h)."""
    for with_helper in (False, True):
        with Lab() as lab:
            client, server = pair(lab)
            other = lab.host("other")
            other.link(lab.links[0], "eth0", "10.0.0.3/24", "fd00::3/64")
            for host, address in ((server, TRUTH), (other, "10.0.0.3")):
                lab.use(Responder(host, "eth0", Honest(
                    {"host.local": [address]}), families=(4,)))
            if with_helper:
                lab.use(Helper(client))
            call = module(client, ENTRY, "host.local")
            equal(call.verdict, FOUND)
            check(call.addrs and set(call.addrs) <= {TRUTH, "10.0.0.3"},
                  call.addrs)
            equal(len(call.addrs), len(set(call.addrs)), "each once")
            equal(sorted(call.addrs), [TRUTH, "10.0.0.3"])


def relayed(lab, *words):
    """A client and a server on two links, and a relay between them."""
    links = lab.new_link(), lab.new_link()
    client, server, relay = (lab.host(n) for n in ("client", "server", "relay"))
    client.link(links[0], "eth0", "10.0.0.1/24", "fd00::1/64")
    server.link(links[1], "eth0", "10.0.0.2/24", "fd00::2/64")
    for i, link in enumerate(links):
        relay.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")
        relay.link(link, f"eth{i}")
    process = relay.popen(program("tests/net", "relay"), "eth0", "eth1",
                          *(str(word) for word in words))
    equal(process.stdout.readline().strip(), "ready", "the relay")
    return client, server


NAMES = {f"host{i}.local": [f"10.0.0.{i + 20}", f"fd00::{i + 20}"]
         for i in range(40)}


def over_the_relay(words, with_helper, judge):
    with Lab() as lab:
        client, server = relayed(lab, *words)
        lab.use(Responder(server, "eth0", Honest(NAMES)))
        helper = lab.use(Helper(client)) if with_helper else None
        found, names = 0, list(NAMES)
        for at in range(0, len(names), 10):
            running = [(name, start_module(client, ENTRY, name))
                       for name in names[at:at + 10]]
            for name, process in running:
                call = finish(process)[0]
                check(call.verdict in (FOUND, SILENCE), name, call)
                between(call.ms, 0, TOTAL + LATE, name)
                found += judge(name, call)
        if helper:
            helper.lives()
        print(f"# {found} of {len(names)} right", flush=True)
        return found


def is_right(name, call):
    return call.verdict == FOUND and sorted(call.addrs) == sorted(NAMES[name])


def right_or_nothing(name, call):
    if call.verdict == FOUND:
        check(set(call.addrs) <= set(NAMES[name]), name, "is", call.addrs)
    return call.verdict == FOUND


@test
def delayed_doubled_and_out_of_order():
    """0 to 450 ms each way, so up to 900 ms in all; a third of it twice."""
    for with_helper in (False, True):
        equal(over_the_relay((0, 450, 33), with_helper, right_or_nothing),
              len(NAMES), "found")


@test
def so_late_that_the_first_try_is_given_up():
    """450 ms each way."""
    for with_helper in (False, True):
        equal(over_the_relay((450,), with_helper, right_or_nothing),
              len(NAMES), "found")


@test
def octets_spoilt_on_the_way():
    """In half of the packets each way one octet is another one, and the
    checksum fits. Nobody can tell a spoilt address from a right one; but many
    questions have their answer, and nothing breaks."""
    for with_helper in (False, True):
        found = over_the_relay((0, 20, 0, 50), with_helper, is_right)
        between(found, len(NAMES) // 4, len(NAMES), "right ones")


if __name__ == "__main__":
    main()
