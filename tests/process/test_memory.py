#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# malloc that fails, and memcheck of lookups in many threads and by every entry.
# CAMPAIGN=1: a minute of threads.

import shutil
import tempfile

from surroundings import CAMPAIGN, REVERSE, number, run, served
from surroundings import with_and_without
from lab import MODULE, Lab, Skip, check, equal, main, test

SECONDS = 60 if CAMPAIGN else 4
ENTRIES = ("gethostbyname4_r", "gethostbyname3_r", "gethostbyname2_r",
           "gethostbyname_r", "getcanonname_r")


@test
def the_module_never_calls_malloc():
    """Every one of them would fail, and the lookups go well."""
    def failing(helper):
        with Lab() as lab:
            lines = run(served(lab, helper), "allocate", "module", MODULE,
                        "dual.local", "nobody.local", "four.local",
                        "dual.local")
            equal([words[1] for words in lines],
                  ["found", "not-found", "found", "found"])
    with_and_without(failing)


@test
def malloc_fails_at_the_nth_call_of_getaddrinfo():
    def failing(helper):
        with Lab() as lab:
            client = served(lab, helper)
            client.nsswitch("files dotlocal")
            for state, least in (("cold", 20), ("warm", 2)):
                lines = run(client, "allocate", state, "dual.local")
                check(number(lines, "calls") >= least, state, lines)
                equal(number(lines, "found") + number(lines, "not-found"),
                      number(lines, "calls"), f"ends, {state}")
    with_and_without(failing)


def memcheck(client, name, *words, folder="tests/process"):
    """Runs it under valgrind: no error, nothing lost, no descriptor of the
    module's left."""
    if not shutil.which("valgrind"):
        raise Skip("no valgrind here")
    with tempfile.NamedTemporaryFile("r", suffix=".valgrind") as log:
        # A child has what other threads had open when it was forked.
        lines = run(client, name, *words, folder=folder,
                    timeout=60 + 2 * SECONDS, under=(
                        "valgrind", "-q", "--leak-check=full",
                        "--show-leak-kinds=all", "--child-silent-after-fork="
                        "yes", "--error-exitcode=9", "--fair-sched=yes",
                        "--track-fds=yes", f"--log-file={log.name}"))
        left = [line for line in log.read().splitlines()
                if "lost in" in line or "socket" in line or "mdns_" in line]
        equal(left, [], "what valgrind says")
    return lines


@test
def memcheck_of_threads():
    def checked(helper):
        with Lab() as lab:
            lines = memcheck(served(lab, helper), "threads", 8, SECONDS)
            check(number(lines, "lookups") > 100 * SECONDS, lines)
    with_and_without(checked)


@test
def memcheck_of_every_entry():
    """The module itself, as it is installed."""
    def checked(helper):
        with Lab() as lab:
            client = served(lab, helper)
            for entry in ENTRIES:
                memcheck(client, "nsscall", MODULE, entry, "dual.local",
                         "four.local", "dual.local", "www.example.com",
                         "bad..local", folder="tests/nss")
            memcheck(client, "nsscall", MODULE, "gethostbyaddr2_r", REVERSE,
                     REVERSE, folder="tests/nss")
    with_and_without(checked)


if __name__ == "__main__":
    main()
