# SPDX-License-Identifier: LGPL-2.1-or-later
# A client with a responder on its link, with mdns-helper and without, and how
# the programs here are run in it.

import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[1:1] = [os.path.join(TESTS, "net"), os.path.join(TESTS, "helper")]

from helper import Helper
from hosts import Hosts
from lab import Failure, Skip, equal, pair, program
from scripted import Responder

# A longer run, of `tests/run --campaign`.
CAMPAIGN = os.environ.get("CAMPAIGN", "") not in ("", "0")

REVERSE = "169.254.1.1"
HOST = {"dual.local": ["10.0.0.2", "fd00::2"], "four.local": ["10.0.0.2"],
        "after.local": ["10.0.0.2", "fd00::2"],
        "deep.local": ["10.0.0.2", "fd00::2"],
        **{f"pool{n}.local": [f"10.0.1.{n}", f"fd00::1:{n}"]
           for n in range(64)},
        **{f"spare{n}.local": ["10.0.0.2", "fd00::2"] for n in range(8)}}


def served(lab, helper):
    """A client; what is there answers for HOST and REVERSE."""
    client, server = pair(lab)
    lab.use(Responder(server, "eth0", Hosts(
        HOST, names={REVERSE: "pool1.local"})))
    if helper:
        lab.use(Helper(client))
    return client


def run(client, name, *words, timeout=60, folder="tests/process", under=(),
        status=0, **env):
    """The lines that a program prints, as lists of words; fails if one of
    them begins with bad."""
    done = client.run(*under, program(folder, name),
                      *[str(word) for word in words], timeout=timeout,
                      env={key: str(value) for key, value in env.items()})
    said = done.stdout + done.stderr
    for line in done.stdout.splitlines():
        if line.startswith("bad "):
            raise Failure(f"{name} {' '.join(map(str, words[1:]))}: "
                          f"{line[4:]} ({said[-600:]})")
        if line.startswith("skip "):
            raise Skip(line[5:])
    equal(done.returncode, status, f"exit status of {name} ({said[-2000:]})")
    return [line.split(" ") for line in done.stdout.splitlines()]


def number(lines, word):
    """The number after the word that begins a line."""
    for line in lines:
        if line[0] == word:
            return int(line[1])
    raise Failure(f"no line {word} in {lines}")


def with_and_without(test):
    """Both ways, each in a lab of its own."""
    for helper in (False, True):
        try:
            test(helper)
        except Failure as why:
            raise Failure(f"with{'' if helper else 'out'} mdns-helper: "
                          f"{why}").with_traceback(why.__traceback__) from None
