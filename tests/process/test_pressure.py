#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Cancellation and forks at random times, signals, the module loaded and
# unloaded, all with mdns-helper running and without; and with it what
# tests/net/test_guest.py does without. CAMPAIGN=1: a minute of each.

from surroundings import CAMPAIGN, number, run, served, with_and_without
from lab import MODULE, Lab, between, check, equal, main, test

SECONDS = 60 if CAMPAIGN else 3
SUCCESS, NOTFOUND, UNAVAIL = "1", "0", "-1"
SOON = 100      # ms, on a busy machine
FOUND = {"found": (SUCCESS, 0, SOON), "grace": (SUCCESS, 0, 100 + SOON),
         "missing": (NOTFOUND, 1200, 1400), "spare": (SUCCESS, 0, SOON),
         "nomem": (UNAVAIL, 0, SOON)}


def pressure(client, mode, way=MODULE):
    return run(client, "pressure", way, mode, SECONDS, timeout=SECONDS + 30)


@test
def cancelled_at_random():
    """The module only: the C library's own functions lose descriptors when
    they are cancelled, with `hosts: files` too."""
    def cancelled(helper):
        with Lab() as lab:
            lines = pressure(served(lab, helper), "cancel")
            check(number(lines, "cancelled") >= 16 * SECONDS // 3, lines)
    with_and_without(cancelled)


@test
def forked_at_random_from_16_threads():
    """The module only: the C library's own functions take locks that fork
    does not know of. With `hosts: files` one child in 70 hung in them."""
    def forked(helper):
        with Lab() as lab:
            lines = pressure(served(lab, helper), "fork")
            check(number(lines, "children") > 10 * SECONDS, lines)
    with_and_without(forked)


@test
def loaded_10000_times():
    def loaded(helper):
        with Lab() as lab:
            lines = pressure(served(lab, helper), "reload")
            equal(number(lines, "loaded"), 10000)
    with_and_without(loaded)


@test
def signals_in_16_threads():
    def signalled(helper):
        with Lab() as lab:
            client = served(lab, helper)
            for way in (MODULE, "getaddrinfo"):
                lines = pressure(client, "signals", way)
                check(number(lines, "signals") > 300 * SECONDS, lines)
    with_and_without(signalled)


def storm(mode, **wanted):
    """tests/nss/storm with mdns-helper: how often each thing is said, and
    whether with the right status and in time."""
    with Lab() as lab:
        lines = run(served(lab, True), "storm", MODULE, mode, "dual.local",
                    "nobody.local", folder="tests/nss")
    seen = {}
    for words in lines:
        seen.setdefault(words[0], []).append(words)
    for what, times in wanted.items():
        equal(len(seen.get(what, [])), times, f"lines {what} in {lines}")
        status, low, high = FOUND[what]
        for words in seen[what]:
            equal(words[1], status, f"status of {what}")
            between(int(words[3]) / 1000, low, high, f"time of {what}")
    return seen


@test
def helper_and_descriptors_0_to_2_closed():
    storm("closed", found=1, missing=1)


@test
def helper_and_two_thousand_descriptors_open():
    storm("many", found=1, missing=1)


@test
def helper_and_descriptors_are_cloexec_and_above_2():
    storm("watch", missing=2)


@test
def helper_and_no_descriptor_left():
    """At some number of free ones it works, and from then on."""
    with Lab() as lab:
        lines = run(served(lab, True), "storm", MODULE, "exhausted",
                    "dual.local", "nobody.local", folder="tests/nss")
    said = [words[1] for words in lines]
    equal(len(said), 8, "lookups")
    equal(said[0], UNAVAIL, "status without any")
    first = said.index(SUCCESS)
    check(first <= 2, "one for the helper and one for its map are enough:",
          said)
    equal(set(said[first:]), {SUCCESS}, "status from then on")
    for words in lines:
        between(int(words[3]) / 1000, 0, SOON)


@test
def helper_and_no_memory():
    """Without room for its map the helper still answers."""
    with Lab() as lab:
        lines = run(served(lab, True), "storm", MODULE, "nomem", "dual.local",
                    "nobody.local", folder="tests/nss")
    equal((lines[0][0], lines[0][1]), ("nomem", SUCCESS))


@test
def helper_and_small_stack():
    seen = storm("stack", found=2, missing=1)
    between(int(seen["depth"][0][1]), 1, 8192, "stack of a call")


@test
def helper_and_signals():
    seen = storm("signals", found=1, grace=1, missing=1)
    check(int(seen["signals"][0][1]) > 300, "signals", seen["signals"])


if __name__ == "__main__":
    main()
