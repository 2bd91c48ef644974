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

from calls import module
from helper import FOLDER, KINDS, OTHER_USER, REFUSED, RESOLVE, RESOURCE
from helper import WAIT, Client, Fake, Helper, as_user, binary
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
def mistakes_of_the_settings_are_said_with_their_lines():
    """And what is right in them holds."""
    with Lab() as lab:
        client = served(lab)
        client.write("/etc/dotlocal.conf", "# mine\ntimeout = soon\n"
                     "deny-interfaces = eth0\nno-such-key = 1\n")
        helper = lab.use(Helper(client))
        equal(links_of(client), [], "links")
        for line in ":2: ", ":4: ":
            check(f"/etc/dotlocal.conf{line}" in helper.said(),
                  f"nothing about{line}", helper.said())
        check("conf:1: " not in helper.said() and
              "conf:3: " not in helper.said(), helper.said())
        client.write("/etc/dotlocal.conf", "#" * 9000 + "\n")
        helper.signal(signal.SIGHUP)
        until(lambda: "too long" in helper.said(), 5, "a word of its size")
        equal(links_of(client), ["eth0"], "links after the reload")


@test
def more_suffixes_in_the_settings():
    with Lab() as lab:
        client, server = pair(lab)
        client.write("/etc/dotlocal.conf", "suffixes = lan\n")
        lab.use(Responder(server, "eth0", Hosts({"nas.lan": ["10.0.0.3"]})))
        lab.use(Helper(client))
        tap = lab.use(client.capture("eth0"))
        call = module(client, "gethostbyname4_r", "nas.lan")
        equal(call.addrs, ["10.0.0.3"])
        equal({p.sport for p in tap.asked()}, {5353}, "asked from")


@test
def by_hand_it_becomes_its_own_user():
    """It opens what it needs as root, and is nobody to speak of then."""
    with Lab() as lab:
        client = served(lab)
        with as_user(OTHER_USER):
            pass  # skips where there is no other user
        client.write("/etc/passwd", client.read("/etc/passwd") +
                     f"mdns-helper:x:{OTHER_USER}:{OTHER_USER}::/:/none\n")
        helper = lab.use(Helper(client, under=(
            "setpriv", f"--groups={OTHER_USER}")))
        with open(f"/proc/{helper.pid}/status") as file:
            status = dict(line.rstrip("\n").split(":", 1) for line in file)
        for what in "Uid", "Gid":
            equal(status[what].split(), [str(OTHER_USER)] * 4, what)
        equal(status["Groups"].split(), [], "groups")
        for what in "CapInh", "CapPrm", "CapEff", "CapAmb":
            equal(int(status[what], 16), 0, what)
        equal(status["NoNewPrivs"].strip(), "1", "no new privileges")
        check("staying root" not in helper.said(), helper.said())
        call = module(client, "gethostbyname4_r", "nas.local")
        equal(sorted(call.addrs), sorted(HOSTS["nas.local"]))
        _, counts = Client(client).status()
        equal(counts["asked"], 1, "asked by the helper")


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
