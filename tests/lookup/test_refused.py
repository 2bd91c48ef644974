#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup when the system refuses memory, files, sockets or processes: each
# call of its own code fails once, in each mode. It says so or does without; it
# never crashes, hangs or claims to have found what it could not print.
# CAMPAIGN=1: in more modes, and each of the doctor's calls.

import concurrent.futures
import itertools
import json
import os
import sys

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

from lab import Lab, Skip, check, equal, main, pair, program, test
from scripted import Responder
from services import Records, a, service

# tests/coverage wants to see it all, without the long forms of other tests.
ALL = {os.environ.get(name, "") for name in ("CAMPAIGN", "COVERAGE")} - {"", "0"}
AT_ONCE = 6  # most of the time they wait
CALLS_MAX = 3000
NUMBERS = itertools.count()


def world(lab):
    client, server = pair(lab)
    lab.use(Responder(server, "eth0", Records(
        *service(), a("dual.local", "10.0.0.2"), a("dual.local", "fd00::2"))))
    client.write("/etc/dotlocal.conf", "suffixes = home.example\n")
    return client


def one(client, n, args):
    """What failed, or None if there are fewer calls; and what was said."""
    note = f"/run/refused{next(NUMBERS)}"
    done = client.run(program("tests/lookup", "refuse"), *args,
                      env={"REFUSE": str(n), "REFUSED": note,
                           "COLUMNS": "80"})
    if not os.path.exists(client.path(note)):
        return None, done
    what = client.read(note)
    os.unlink(client.path(note))
    return what, done


def walk(client, *args, judge, quiet=True):
    """Each call in turn; the names of those that failed."""
    whole = client.run(program("tests/lookup", "refuse"), *args)
    judge("nothing", whole)
    check("-v" in args or not quiet or not whole.stderr, "with nothing refused:", whole)
    met = set()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for first in range(1, CALLS_MAX, AT_ONCE * 2):
            runs = pool.map(lambda n: (n, *one(client, n, args)),
                            range(first, first + AT_ONCE * 2))
            ended = False
            for n, what, done in runs:
                if what is None:
                    ended = True
                    continue
                met.add(what)
                where = f"{' '.join(args)}: call {n}, {what}: {done}"
                check(0 <= done.returncode <= 3, "exit status of", where)
                check(done.returncode == 0 or done.stderr or done.stdout,
                      "it ends and does not say why:", where)
                judge(where, done)
            if ended:
                return met
    raise Skip(f"more than {CALLS_MAX} calls")


def whole_or_said(*words):
    """Status 0 without a word on standard error: then all of it is there."""
    def judge(where, done):
        if done.returncode == 0 and not done.stderr:
            missing = [word for word in words if word not in done.stdout]
            check(not missing, "not in the output:", missing, where)
    return judge


def json_or_said(*words):
    """Likewise, and each line is whole."""
    plain = whole_or_said(*words)

    def judge(where, done):
        plain(where, done)
        if done.returncode == 0:
            for line in done.stdout.splitlines():
                try:
                    json.loads(line)
                except ValueError:
                    check(False, "no JSON:", line, where)
    return judge


ADDRESSES = ("10.0.0.2", "fd00::2")


@test
def addresses():
    with Lab() as lab:
        met = walk(world(lab), "dual.local", judge=whole_or_said(*ADDRESSES))
        check("socket" in met and "open" in met, "calls that failed:", met)


@test
def addresses_in_json():
    with Lab() as lab:
        met = walk(world(lab), "--json", "dual.local",
                   judge=json_or_said(*ADDRESSES))
        check("json_object_new_object" in met, "calls that failed:", met)


@test
def addresses_with_all_messages():
    with Lab() as lab:
        walk(world(lab), "-v", "-i", "eth*", "dual.local",
             judge=whole_or_said(*ADDRESSES))


@test
def records_of_a_type():
    with Lab() as lab:
        walk(world(lab), "-t", "AAAA", "-w", "0.4", "dual.local",
             judge=whole_or_said("fd00::2"))


@test
def records_in_json():
    with Lab() as lab:
        walk(world(lab), "--json", "-t", "A", "-w", "0.4", "dual.local",
             judge=json_or_said("10.0.0.2"))


@test
def one_service():
    with Lab() as lab:
        walk(world(lab), "--resolve", "My Printer 2.0._ipp._tcp",
             judge=whole_or_said("printer.local", "631"))


@test
def one_service_in_json():
    with Lab() as lab:
        walk(world(lab), "--json", "--resolve", "My Printer 2.0._ipp._tcp",
             judge=json_or_said('"host":"printer.local"', '"port":631',
                                '"10.0.0.2"', '"txtvers"', '"ipp/print"'))


@test
def messages_in_json():
    with Lab() as lab:
        walk(world(lab), "--json", "-v", "dual.local",
             judge=json_or_said('"flags":["qr"', '"data":"fd00::2"'))


@test
def services():
    with Lab() as lab:
        walk(world(lab), "--browse", "--resolve", "-w", "0.5", "_ipp._tcp",
             judge=whole_or_said("My Printer 2.0"))


@test
def services_in_json():
    with Lab() as lab:
        walk(world(lab), "--browse", "--json", "-w", "0.5", "_ipp._tcp",
             judge=json_or_said("My Printer 2.0"))


@test
def watching():
    with Lab() as lab:
        walk(world(lab), "--watch", "-w", "0.5", "dual.local",
             judge=whole_or_said(*ADDRESSES))


@test
def other_modes():
    modes = (
        # A record whose text does not fit into memory is there in hex.
        (("--json", "--watch", "-w", "0.4", "dual.local"), json_or_said()),
        (("--json", "--types", "-w", "0.4"), whole_or_said()),
        (("--pcap", "/run/sent", "dual.local"), whole_or_said(*ADDRESSES)),
        (("--monitor", "-w", "0.4"), whole_or_said()),
        (("--monitor", "--json", "-w", "0.4"), whole_or_said()),
        (("--read", "/run/capture"), whole_or_said("dual.local")),
        (("--unicast", "10.0.0.2", "-w", "0.4", "dual.local"),
         whole_or_said()),
        (("--resolve", "-w", "0.4", "Nobody._ipp._tcp.example.com"),
         whole_or_said()),
        (("-i", "nothing*", "dual.local"), whole_or_said(*ADDRESSES)),
    )
    for args, judge in modes if ALL else modes[2:3]:
        with Lab() as lab:
            client = world(lab)
            client.run(program("", "mdns-lookup"), "--pcap", "/run/capture",
                       "dual.local")
            walk(client, *args, judge=judge, quiet=False)


@test
def status_without_a_helper():
    with Lab() as lab:
        client = world(lab)
        done = client.run(program("tests/lookup", "refuse"), "--status")
        equal(done.returncode, 3, "exit status")
        for n in range(1, 60):
            what, done = one(client, n, ["--status"])
            if what is None:
                return
            check(done.returncode in (2, 3) and done.stderr,
                  "call", n, what, done)


@test
def doctor():
    numbers = range(1, 600) if ALL else range(1, 600, 29)
    with Lab() as lab:
        met = set()
        client = world(lab)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for n, (what, done) in zip(numbers, pool.map(
                    lambda n: one(client, n, ["--doctor", "dual.local"]),
                    numbers)):
                met.add(what)
                check(0 <= done.returncode <= 3, "call", n, what, done)
                check(done.stdout or done.stderr, "call", n, what, done)
        check(None in met, "more calls than that; met:", met)


if __name__ == "__main__":
    main()
