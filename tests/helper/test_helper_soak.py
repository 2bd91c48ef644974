#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-helper on a link that is never quiet, with clients that never rest: what
# it holds after a while is what it held at first. CAMPAIGN=1: ten minutes.

import itertools
import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from calls import module
from helper import RESOLVE, WATCH, Client, Helper, fds_of
from hosts import Hosts, multicast
from lab import TESTS, Lab, between, check, equal, main, pair, program, test
from lab import until
from scripted import Responder
from test_helper_failure import calm, storm

TESTS.clear()  # those of test_helper_failure are run there

CAMPAIGN = bool(os.environ.get("CAMPAIGN"))
SECONDS = 600 if CAMPAIGN else 16
ENTRY = "gethostbyname4_r"
MISSING = ("NOTFOUND", "HOST_NOT_FOUND")
# KiB that it may hold more at the end: an allocator is no exact thing.
GROWTH = 512


def held(pid):
    """KiB that are its own, in memory; what it publishes counts as well."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            if line.startswith("Rss:"):
                return int(line.split()[1])
    return 0


def pool_and_noise(lab):
    """A client with two links; a fast responder for 64 hosts on one of them,
    and somebody who says what nobody wants to know."""
    client, server = pair(lab)
    server.write("/run/hosts", "".join(
        f"pool{i}.local 10.0.1.{i} fd00::1:{i}\n" for i in range(64)))
    responder = server.popen(program("tests", "mdns-test-responder"), "-i",
                             "eth0", "/run/hosts")
    equal(responder.stdout.readline(), "ready\n", "the responder")
    other = lab.new_link()
    client.link(other, "eth1", "10.1.0.1/24", "fd01::1/64")
    neighbour = lab.host("neighbour")
    neighbour.link(other, "eth1", "10.1.0.2/24", "fd01::2/64")
    noise = lab.use(Responder(neighbour, "eth1", Hosts({})))
    return client, noise


def strangers(noise, number):
    """Hosts that nobody has asked for, then their goodbye."""
    names = [f"stranger{number}-{i}.local" for i in range(20)]
    for ttl in (120, 0):
        multicast(noise, *(wire.address(name, "10.1.0.77", ttl=ttl)
                           for name in names))


def changes(noise, number):
    """A host of the pool, by another who is wrong about the other link."""
    multicast(noise, wire.address("spare.local", f"10.1.0.{number % 200 + 1}",
                                  ttl=120))


def comes_and_goes(client, number):
    """Clients that watch, ask for nobody, and hang up in the middle."""
    for op, name in ((WATCH, "spare.local"), (RESOLVE, f"no{number}.local")):
        peer = Client(client)
        peer.send(op, name)
        peer.close()


def flaps(client, number):
    client.ip(f"link set eth1 {'down' if number % 2 else 'up'}")


@test
def it_holds_what_it_held():
    with Lab() as lab:
        client, noise = pool_and_noise(lab)
        helper = lab.use(Helper(client))
        pid = helper.pid
        for number in range(64):
            module(client, ENTRY, f"pool{number}.local")
        descriptors = fds_of(pid)
        load = storm(client, SECONDS)
        end = time.monotonic() + SECONDS
        sizes = []
        for number in itertools.count():
            left = end - time.monotonic()
            if left < 1:
                break
            strangers(noise, number)
            changes(noise, number)
            comes_and_goes(client, number)
            if number % 10 == 5:
                flaps(client, number // 10)
            if number % 50 == 7:
                equal(module(client, ENTRY, f"gone{number}.local").verdict,
                      MISSING)
            sizes.append(held(pid))
            time.sleep(0.1)
        calm(load, SECONDS * 64 * 5)
        helper.lives()
        equal(helper.pid, pid, "its process")
        early = max(sizes[len(sizes) // 4:len(sizes) // 2])
        late = max(sizes[len(sizes) // 2:])
        print(f"# {len(sizes)} rounds, {early} KiB early, {late} KiB late",
              flush=True)
        check(len(sizes) > SECONDS, "only", len(sizes), "rounds")
        between(late, 0, early + GROWTH, "KiB in the second half")
        until(lambda: fds_of(pid) <= descriptors, 5,
              f"its {fds_of(pid)} descriptors to be {descriptors} again")


if __name__ == "__main__":
    main()
