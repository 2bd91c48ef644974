#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# ThreadSanitizer over 16 threads that look up while children are forked, links
# change and settings are written. It is built here, in BUILD/tsan, by clang.
# CAMPAIGN=1: five minutes. helgrind and drd take every atomic word of
# resolver/shelf.c for a race, a million times in three seconds.

import os
import shutil
import subprocess
import threading

from surroundings import CAMPAIGN, TESTS, number, run, served
from surroundings import with_and_without
from lab import BUILD, Failure, Lab, Skip, check, main, test

SECONDS = 150 if CAMPAIGN else 4
# A child ends with its parent's threads still on the books.
OPTIONS = "halt_on_error=1:report_thread_leaks=0"
FOLDER = os.path.join(BUILD, "tsan")


def step(*argv):
    done = subprocess.run(argv, cwd=FOLDER, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=240)
    if done.returncode:
        raise Failure(f"{' '.join(argv)}: {done.stdout[-2000:]}")


def built():
    """The program threads with all of the module in it, instrumented."""
    if not shutil.which("clang"):
        raise Skip("no clang here")
    os.makedirs(FOLDER, exist_ok=True)
    if not os.path.exists(os.path.join(FOLDER, "Makefile")):
        step(os.path.abspath(os.path.join(TESTS, "..", "configure")), "-q",
             "CC=clang", "CFLAGS=-O1 -g -fsanitize=thread",
             "--disable-helper", "--disable-lookup")
    step("make", "-s", "tests/process/threads")
    return os.path.join(FOLDER, "tests", "process", "threads")


def unrest(client, stop):
    """What makes lookups write what all threads share."""
    for i in range(10 ** 6):
        if stop.wait(0.2):
            return
        client.write("/etc/dotlocal.conf", f"# {i}\n")
        client.ip(f"addr {'del' if i % 2 else 'add'} 10.0.0.7/24 dev eth0")


@test
def no_data_race():
    binary = built()

    def raced(helper):
        with Lab() as lab:
            client = served(lab, helper)
            stop = threading.Event()
            thread = threading.Thread(target=unrest, args=(client, stop))
            thread.start()
            try:
                lines = run(client, binary, 16, SECONDS, folder="",
                            timeout=SECONDS + 60,
                            TSAN_OPTIONS=OPTIONS)
            finally:
                stop.set()
                thread.join()
            check(number(lines, "lookups") > 100 * SECONDS, lines)
    with_and_without(raced)


if __name__ == "__main__":
    main()
