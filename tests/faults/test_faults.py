#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every call to the kernel fails once, in each way, in each entry point and in
# mdns-helper; then 300 random pairs. CAMPAIGN=1: 10,000; FAULTS_SEED=N: others.

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))
sys.path.insert(0, os.path.join(HERE, "..", "helper"))

from helper import Helper
from lab import Failure, Lab, check, equal, main, pair, program, test

CAMPAIGN = os.environ.get("CAMPAIGN", "") not in ("", "0")
PAIRS = int(os.environ.get("FAULTS_PAIRS", 10000 if CAMPAIGN else 300))
SEED = os.environ.get("FAULTS_SEED", "1")
SECONDS = 3600 if CAMPAIGN else 240
HOSTS = """
dual.local 10.0.0.2 fd00::2
four.local 10.0.0.2 nsec
lonely.local 169.254.7.7 fe80::7:7
nas.home.example 10.0.0.2 fd00::2
"""
ALWAYS = {"clock_gettime", "close", "getrandom", "ioctl", "mmap", "open",
          "ppoll", "read", "recvmsg", "sendmsg", "setsockopt", "socket",
          "stat", "bind", "fcntl"}
WITH_HELPER = {"connect", "getsockopt", "lseek"}


def world(lab):
    """Two links, so that no path is left out: the second has no IPv4. And a
    file of settings."""
    client, server = pair(lab)
    link = lab.new_link()
    client.link(link, "eth1", "fd01::1/64")
    server.link(link, "eth1", "fd01::2/64")
    client.write("/etc/dotlocal.conf", "suffixes = home.example\n")
    server.write("/run/hosts", HOSTS)
    responder = server.popen(program("tests", "mdns-test-responder"),
                             "/run/hosts")
    equal(responder.stdout.readline(), "ready\n", "the responder")
    return client


def run(client, name, *options):
    """Runs a program; all that it prints is worth to be read."""
    process = client.popen(program("tests/faults", name), *options)
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failure(f"no end after {SECONDS} s") from None
    for line in output.splitlines():
        print("#", line, flush=True)
    equal(process.returncode, 0, "exit status")
    return output


def walk(client, *options):
    """The calls that have failed at least once."""
    output = run(client, "faults", "-p", str(PAIRS // 2), "-s", SEED, *options)
    return set(output.split("\nmet ")[1].split("\n")[0].split())


@test
def every_call_fails_without_a_helper():
    with Lab() as lab:
        missed = ALWAYS - walk(world(lab))
        check(not missed, "calls that never failed:", missed)


@test
def every_call_fails_with_a_helper():
    with Lab() as lab:
        client = world(lab)
        helper = lab.use(Helper(client))
        missed = (ALWAYS | WITH_HELPER) - walk(client, "-H")
        check(not missed, "calls that never failed:", missed)
        helper.lives()


@test
def every_call_of_the_helper_fails():
    with Lab() as lab:
        run(world(lab), "daemon")


if __name__ == "__main__":
    main()
