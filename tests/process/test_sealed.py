#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The published list of system calls (nss/syscalls.txt) is enough for every kind
# of lookup, and each line of it is needed. What is refused with an error instead
# costs no more than it has to.

import errno
import os

from surroundings import HOST, REVERSE, TESTS, run, served
from lab import MODULE, Failure, Lab, between, check, equal, main, program
from lab import test

LIST = os.path.join(TESTS, "..", "nss", "syscalls.txt")
KILLED = -31  # by SIGSYS
SOON = 250   # ms; the second way takes 100
RULES = """
table inet filter {
    chain in {
        type filter hook input priority 0; policy drop;
        iif lo accept
        meta l4proto icmpv6 accept
        udp dport 5353 accept
    }
}
"""


def published(seldom=False):
    """The names on the list; seldom: only those that a vDSO spares."""
    with open(LIST) as file:
        text = file.read()
    usual, _, rest = text.partition("# Only where")
    check(rest, "the list has no part for seldom calls")
    return [line.split()[0] for line in (rest if seldom else usual)
            .splitlines()[seldom:] if line and line[0] != "#"]


def sealed(client, *names, options=(), status=0):
    """What was said of each name: status, milliseconds, addresses or name."""
    calls = []
    for word, value, *_ in run(client, "sealed", *options, LIST, MODULE,
                               *names, status=status):
        if word == "call":
            calls.append([None, 0, []])
        elif word == "status":
            calls[-1][0] = value
        elif word == "us":
            calls[-1][1] = int(value) / 1000
        else:
            calls[-1][2].append(value)
    return calls


def prepared(lab, helper):
    client = served(lab, helper)
    client.write("/etc/dotlocal.conf", "# nothing\n")
    return client


def right(calls):
    """Found cold, found again, an address's name, nobody's name."""
    for call in calls[:2]:
        equal((call[0], call[2]), ("SUCCESS", HOST["dual.local"]))
    equal((calls[2][0], calls[2][2]), ("SUCCESS", ["pool1.local"]))
    equal(calls[3][0], "NOTFOUND")


ALL = ("dual.local", "dual.local", REVERSE, "nobody.local")


@test
def every_kind_of_lookup():
    with Lab() as lab:
        right(sealed(prepared(lab, False), *ALL))


@test
def without_stdin():
    with Lab() as lab:
        right(sealed(prepared(lab, False), *ALL, options=["-c"]))


@test
def with_helper_and_its_map():
    with Lab() as lab:
        client = prepared(lab, True)
        right(sealed(client, *ALL))
        right(sealed(client, *ALL, options=["-c"]))


@test
def behind_a_firewall():
    with Lab() as lab:
        client = prepared(lab, False)
        client.nft(RULES)
        call = sealed(client, "dual.local")[0]
        equal((call[0], call[2]), ("SUCCESS", HOST["dual.local"]))
        between(call[1], 95, 100 + SOON, "time of the second way")


@test
def without_a_link():
    with Lab() as lab:
        equal(sealed(lab.host("alone"), "dual.local")[0][0], "UNAVAIL")


def dies(client, call, names):
    """True if it is killed when that call is not on the list. Where the
    helper is late it is not asked for its map: hence three times."""
    for _ in range(3):
        done = client.run(program("tests/process", "sealed"), "-c", "-x",
                          call, LIST, MODULE, *names)
        if done.returncode not in (0, KILLED):
            raise Failure(f"sealed without {call}: {done.stderr}")
        if done.returncode == KILLED:
            return True
    return False


@test
def each_call_is_needed():
    """Which shows as well that the filter does kill."""
    with Lab() as lab:
        client = prepared(lab, True)
        left = [call for call in published()
                if not dies(client, call, ("dual.local",))]
    with Lab() as lab:
        client = prepared(lab, False)
        left = [call for call in left
                if not dies(client, call, ("dual.local", "nobody.local"))]
    equal(left, [], "what is on the list for nothing")
    equal(published(seldom=True), ["clock_gettime"])


# Without these there is no direct lookup; all others it can do without.
VITAL = ("mmap", "socket", "setsockopt", "ioctl", "sendmsg", "ppoll",
         "recvmsg")
# And these take the helper away too: it is asked directly then, or not at all.
VITAL_WITH_HELPER = ("socket", "sendmsg", "recvmsg")


@test
def refused_with_an_error():
    """Never a wrong answer, a "there is no such name", or a long wait."""
    for helper in (False, True):
        vital = VITAL_WITH_HELPER if helper else VITAL
        with Lab() as lab:
            client = prepared(lab, helper)
            for call in published() + published(seldom=True):
                for error in (errno.EPERM, errno.ENOSYS):
                    said = sealed(client, "dual.local", "dual.local",
                                  options=["-x", call, "-e", str(error)])
                    what = (f"without {call} ({os.strerror(error)}), "
                            f"{'with' if helper else 'no'} helper: {said}")
                    for each in said:
                        equal(each[0], "UNAVAIL" if call in vital else
                              "SUCCESS", f"status {what}")
                        equal(each[2], [] if call in vital else
                              HOST["dual.local"], f"addresses {what}")
                        between(each[1], 0, SOON, f"time {what}")


if __name__ == "__main__":
    main()
