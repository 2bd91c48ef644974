#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# How mdns-helper starts where things are not as they should be, what a reload
# does, and what somebody can do to the others by asking for names nobody has.

import os
import signal
import socket
import stat
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

from helper import FOLDER, KINDS, OTHER_USER, REFUSED, RESOLVE, RESOURCE
from helper import WAIT, Client, Fake, Helper, binary
from hosts import Hosts
from lab import Lab, check, equal, main, pair, test, until
from scripted import Responder

HOSTS = {"nas.local": ["10.0.0.2", "fd00::2"]}
ASKS_MAX, ASKS_SECOND = 2000, 200  # CLIENTS_ASKS_UID_


def served(lab):
    client, server = pair(lab)
    lab.use(Responder(server, "eth0", Hosts(HOSTS)))
    return client


def links_of(client):
    ask = Client(client)
    links, _ = ask.status()
    ask.close()
    return sorted(links)


@test
def what_cannot_be_read_changes_nothing():
    with Lab() as lab:
        client = served(lab)
        client.write("/etc/dotlocal.conf", "deny-interfaces = eth0\n")
        helper = lab.use(Helper(client))
        equal(links_of(client), [], "links")
        # A link to where the sandbox does not let it look.
        os.makedirs(client.path("/run/elsewhere"), exist_ok=True)
        client.write("/run/elsewhere/conf", "")
        os.unlink(client.path("/etc/dotlocal.conf"))
        os.symlink("/run/elsewhere/conf", client.path("/etc/dotlocal.conf"))
        helper.signal(signal.SIGHUP)
        until(lambda: "cannot be read" in helper.said(), 5, "a word of it")
        equal(links_of(client), [], "links after the reload")
        # And one that can be read.
        os.unlink(client.path("/etc/dotlocal.conf"))
        client.write("/etc/dotlocal.conf", "interfaces = eth*\n")
        helper.signal(signal.SIGHUP)
        until(lambda: links_of(client) == ["eth0"], 5, "eth0")
        os.unlink(client.path("/etc/dotlocal.conf"))
        client.write("/etc/dotlocal.conf", "deny-interfaces = eth0\n")
        helper.signal(signal.SIGHUP)
        until(lambda: links_of(client) == [], 5, "eth0 to go")


@test
def everybody_reaches_the_folder_that_it_makes():
    with Lab() as lab:
        client = served(lab)
        helper = Helper(client, under=("sh", "-c", "umask 077; rmdir "
                                       f"{FOLDER}; exec \"$@\"", "sh"))
        lab.use(helper)
        mode = stat.S_IMODE(os.stat(client.path(FOLDER)).st_mode)
        equal(oct(mode), oct(0o755), "mode of the folder")
        ask = Client(client, OTHER_USER)
        equal(ask.addresses("nas.local"), sorted(HOSTS["nas.local"]))


@test
def another_one_is_there_and_hangs():
    with Lab() as lab:
        client = served(lab)
        fake = lab.use(Fake(client, None, backlog=0))
        full = []
        while len(full) < 10:
            one = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            one.setblocking(False)
            full.append(one)
            try:
                one.connect(fake.path)
            except BlockingIOError:
                break
        check(len(full) < 10, "its queue does not fill")
        start = time.monotonic()
        done = client.run(binary(), timeout=10)
        check(time.monotonic() - start < 5, "it waited for the other one")
        equal(done.returncode, 1, "exit status")
        check("another mdns-helper" in done.stdout + (done.stderr or ""),
              done.stdout, done.stderr)
        for one in full:
            one.close()


@test
def nobody_listens_to_what_it_says():
    with Lab() as lab:
        client = served(lab)
        helper = Helper(client, "-d", under=(
            "sh", "-c", "\"$@\" 2>&1 | true", "sh"))
        lab.use(helper)
        time.sleep(0.2)
        client.run("ip", "link", "set", "eth0", "down")
        client.run("ip", "link", "set", "eth0", "up")
        time.sleep(0.5)
        check(Client(client).status(), "it has gone")


@test
def names_that_nobody_has_push_out_none_that_somebody_has():
    with Lab() as lab:
        client = served(lab)
        lab.use(Helper(client))
        Client(client).resolve("nas.local")
        started = time.monotonic()
        asks = [Client(client, OTHER_USER) for _ in range(8)]
        sent = refused = 0
        while sent < 6000 and time.monotonic() - started < 20:
            deadline = time.clock_gettime_ns(time.CLOCK_BOOTTIME) + 10 ** 7
            for ask in asks:
                for _ in range(16):
                    sent += 1
                    ask.send(RESOLVE, f"junk{sent}.local", deadline=deadline)
            for ask in asks:
                left = 16
                while left:
                    got = ask.receive()
                    check(got, "the helper hung up")
                    left -= got.kind != WAIT
                    refused += (got.kind, got.status) == (REFUSED, RESOURCE)
        seconds = time.monotonic() - started
        _, status = Client(client).status()
        check(refused > 0, "of", sent, "nothing was refused")
        check(status["asked"] <= ASKS_MAX + ASKS_SECOND * (seconds + 1) + 2,
              status["asked"], "names in", seconds, "s")
        # It is limited, not the others.
        hits = status["hits"]
        got = Client(client).resolve("nas.local")
        equal(sorted(got.fields["addresses"]), sorted(HOSTS["nas.local"]))
        _, status = Client(client).status()
        equal(status["hits"], hits + 1, "hits")


main()
