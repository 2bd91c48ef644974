#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-helper killed, stopped, starved or replaced by something else: not one
# lookup fails, none is wrong, and none waits for long.

import collections
import os
import re
import select
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

from calls import finish, module, module_stepwise, start_module
from helper import FOLDER, KINDS, OTHER_USER, RESOLVE, WATCH, Client, Helper
from helper import Units, as_user, binary, fds_of, request
from hosts import Hosts
from lab import MODULE, Lab, between, check, end, equal, main, pair, program
from lab import test, until
from scripted import Responder

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SOON = 60
HUNG = 500   # ms: what a hung helper may cost once, on a busy machine
KILLS = int(os.environ.get("HELPER_KILLS", 100))
EVERY = 0.2  # seconds
NAMES = {f"n{i}.local": ["10.0.0.2", "fd00::2"] for i in range(40)}
ADDRESSES = ["10.0.0.2", "fd00::2"]


def served(lab, **options):
    client, server = pair(lab)
    script = Hosts(NAMES, **options)
    lab.use(Responder(server, "eth0", script))
    return client, script


def good(call, high=SOON, what=""):
    equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES),
          f"{call.text} {what}")
    between(call.ms, 0, high, f"milliseconds for {call.text} {what}")


# -- killed ----------------------------------------------------------------

def pool(lab):
    """A client, and a fast responder with 64 hosts."""
    client, server = pair(lab)
    server.write("/run/hosts", "".join(
        f"pool{i}.local 10.0.1.{i} fd00::1:{i}\n" for i in range(64)))
    responder = server.popen(program("tests", "mdns-test-responder"), "-i",
                             "eth0", "/run/hosts")
    equal(responder.stdout.readline(), "ready\n", "the responder")
    return client


def storm(client, seconds):
    """Eight processes of eight threads; a fresh one each second for each."""
    return client.popen(program("tests/helper", "load"), MODULE, "storm", "8",
                        "8", str(seconds))


def calm(process, lookups):
    output, _ = process.communicate(timeout=60)
    equal(process.returncode, 0, f"exit status of load ({output})")
    said = dict(re.findall(r"^(\w+) (\d+)$", output, re.M))
    equal((said["failed"], said["wrong"]), ("0", "0"),
          f"failed and wrong of {said['lookups']} ({output})")
    between(int(said["p999"]) / 1e6, 0, 1, "the slowest of 1,000, in seconds")
    check(int(said["lookups"]) > lookups, "only so many lookups:", said)
    print("#", " ".join(f"{word} {said[word]}" for word in said), flush=True)


def kill_often(client, kills, kill, restart):
    """Under load; each time after EVERY seconds."""
    load = storm(client, kills * EVERY + 1)
    due = time.monotonic()
    for _ in range(kills):
        due += EVERY
        time.sleep(max(0, due - time.monotonic()))
        kill()
        restart()
    calm(load, kills * EVERY * 64 * 5)


@test
def killed_under_load_when_started_by_hand():
    with Lab() as lab:
        client = pool(lab)
        helper = lab.use(Helper(client))
        kill_often(client, KILLS // 2, helper.kill,
                   lambda: helper.start(wait=False))
        helper.lives()


@test
def killed_under_load_when_started_by_its_units():
    """The socket stays, so that who asks in between waits in its queue."""
    with Lab() as lab:
        client = pool(lab)
        units = lab.use(Units(client))
        module(client, ENTRY, "pool1.local")
        kill_often(client, KILLS // 2, units.kill, lambda: None)
        check(len(units.started()) > KILLS // 2 * 0.9, "it was started",
              len(units.started()), "times")


CALL = re.compile(r"^(?:\d+ +)?([a-z_0-9]+)\(")


@test
def killed_at_each_system_call_until_it_is_ready():
    """And a lookup after each."""
    with Lab() as lab:
        client, _ = served(lab)
        trace = "/run/trace"
        helper = lab.use(Helper(client, under=("strace", "-f", "-o", trace)))
        time.sleep(0.2)
        helper.kill()
        seen, points = collections.Counter(), []
        for line in client.read(trace).splitlines():
            match = CALL.match(line)
            if match and match.group(1) not in ("execve", "exit_group"):
                seen[match.group(1)] += 1
                points.append((match.group(1), seen[match.group(1)]))
        check(len(points) > 100, "system calls", len(points))
        # Before its own code runs they are all alike.
        first = [i for i, (name, _) in enumerate(points)
                 if name in ("prlimit64", "rseq")]
        points = points[first[0] if first else 0:]
        killed = 0
        for i, (name, count) in enumerate(points):
            process = client.popen(
                "strace", "-f", "-o", "/dev/null", "-e",
                f"inject={name}:signal=KILL:when={count}", binary(),
                stdin=subprocess.DEVNULL)
            try:
                process.wait(0.4)
                killed += 1
            except subprocess.TimeoutExpired:
                pass  # with this one it goes on
            good(module(client, ENTRY, f"n{i % 40}.local"), HUNG,
                 f"when it was killed in {name} {count}")
            end(process)
        print(f"# {len(points)} system calls, killed in {killed}", flush=True)
        check(killed > len(points) * 0.8, "killed", killed, "of", len(points))


# -- stopped ---------------------------------------------------------------

@test
def stopped_it_costs_a_process_little_and_once():
    with Lab() as lab:
        client, _ = served(lab)
        helper = lab.use(Helper(client))
        names = [f"n{i}.local" for i in range(12)]
        knows = lab.use(module_stepwise(client, ENTRY, *names, "n0.local"))
        good(knows.next(first=True), HUNG)
        helper.signal(signal.SIGSTOP)
        fresh = lab.use(module_stepwise(client, ENTRY, *names))
        for step, first in ((knows, False), (fresh, True)):
            good(step.next(first), HUNG, "the first one")
            later = [step.next() for _ in range(10)]
            for call in later:
                good(call, HUNG, "later")
            later = sorted(call.ms for call in later)
            between(later[5], 0, 30, "the median of later ones")
        helper.signal(signal.SIGCONT)
        lab.use(Client(client)).status()


@test
def stopped_in_the_middle_of_a_lookup():
    """It had said that it asks, and then it says nothing any more."""
    for stop in (0.01, 0.1, 0.25):
        with Lab() as lab:
            client, _ = served(lab, delay=0.3)
            helper = lab.use(Helper(client))
            process = start_module(client, ENTRY, "n0.local", "n1.local")
            time.sleep(stop)
            helper.signal(signal.SIGSTOP)
            for call in finish(process):
                good(call, 1500, f"stopped after {stop} s")


@test
def killed_in_the_middle_of_a_lookup():
    with Lab() as lab:
        client, _ = served(lab, delay=0.3)
        helper = lab.use(Helper(client))
        process = start_module(client, ENTRY, "n0.local")
        time.sleep(0.15)
        helper.kill()
        good(finish(process)[0], 1000, "killed while it asked")


@test
def stopped_its_map_is_believed_for_five_seconds():
    with Lab() as lab:
        client, script = served(lab)
        helper = lab.use(Helper(client))
        step = lab.use(module_stepwise(client, ENTRY, *["n0.local"] * 3))
        good(step.next(first=True), HUNG)
        helper.signal(signal.SIGSTOP)
        script.hosts["n0.local"] = ["10.0.0.55", "fd00::55"]
        good(step.next(), SOON, "by the map")
        time.sleep(5.5)
        equal(sorted(step.next().addrs), ["10.0.0.55", "fd00::55"], "later")


# -- the socket ------------------------------------------------------------

def as_other(client, *names):
    """As a user who is not root."""
    return module(client, ENTRY, *names, under=(
        "setpriv", f"--reuid={OTHER_USER}", f"--regid={OTHER_USER}",
        "--clear-groups"))


@test
def socket_and_folder_that_are_not_there_or_not_right():
    with Lab() as lab:
        client, _ = served(lab)
        with as_user(OTHER_USER):
            pass  # skips where there is no other user
        helper = lab.use(Helper(client))
        good(module(client, ENTRY, "n0.local"), HUNG)
        tap = lab.use(client.capture("eth0"))
        cases = (
            ("mode 000", "chmod 000 socket"),
            ("folder of mode 000", "chmod 666 socket; chmod 000 ."),
            ("socket gone", "chmod 755 .; rm socket"),
            ("a file", "rm -f socket; echo x >socket"),
            ("a folder", "rm socket; mkdir socket"),
            ("a link to itself", "rmdir socket; ln -s socket socket"),
            ("a pipe", "rm socket; mkfifo socket; chmod 666 socket"),
            ("folder of another user", "rm socket; chown 1 ."),
            ("folder gone", f"cd /; rmdir {FOLDER}"),
            ("a file for a folder", f"echo x >{FOLDER}"),
        )
        for i, (what, command) in enumerate(cases):
            done = client.run(
                "sh", "-ec", f"[ ! -d {FOLDER} ] || cd {FOLDER}; {command}")
            equal(done.returncode, 0, f"{what}: {done.stderr}")
            tap.forget()
            good(as_other(client, f"n{i + 1}.local"), SOON, what)
            check([p for p in tap.asked() if p.sport != 5353],
                  "not by the direct way:", what)
        helper.lives()


@test
def looked_for_once_a_second_where_there_is_none():
    """And found soon after it has come."""
    with Lab() as lab:
        client, _ = served(lab)
        names = [f"n{i}.local" for i in range(10)]
        trace = client.path("/run/trace")
        for call in module(client, ENTRY, *names, under=(
                "strace", "-o", trace, "-e", "trace=connect")):
            good(call, HUNG)
        with open(trace) as file:
            looked = file.read().count("mdns-helper/socket")
        between(looked, 1, 3, "looks at its socket")
        step = lab.use(module_stepwise(client, ENTRY, *names))
        good(step.next(first=True), HUNG)
        since = time.monotonic()
        lab.use(Helper(client))
        time.sleep(max(0, since + 1.05 - time.monotonic()))
        tap = lab.use(client.capture("eth0"))
        good(step.next(), HUNG, "with a helper")
        equal({p.sport for p in tap.asked()}, {5353}, "asked from")


# -- short of something ----------------------------------------------------

@test
def out_of_descriptors():
    """It turns away who comes, does not spin, and is well again later."""
    with Lab() as lab:
        client, _ = served(lab)
        helper = lab.use(Helper(client, under=("prlimit", "--nofile=40:40")))
        before = fds_of(helper.pid)
        clients = []
        for i in range(60):
            clients.append(lab.use(Client(client)))
            # Without it the oldest would make way.
            clients[i].send(WATCH, f"w{i}.local", type=1)
        time.sleep(0.3)
        check(fds_of(helper.pid) > 36, "descriptors", fds_of(helper.pid))
        for i in range(3):
            good(module(client, ENTRY, f"n{i}.local"), HUNG, "without one")
        cpu = helper.cpu()
        time.sleep(1)
        between(helper.cpu() - cpu, 0, 0.2, "processor time of a second")
        for each in clients:
            each.close()
        until(lambda: fds_of(helper.pid) <= before, 5, "what was closed")
        tap = lab.use(client.capture("eth0"))
        good(module(client, ENTRY, "n9.local"), HUNG, "afterwards")
        equal({p.sport for p in tap.asked()}, {5353}, "asked from")


@test
def more_maps_on_their_way_than_may_be():
    """The kernel counts descriptors that have been sent and not received. An
    answer without the map is an answer as well."""
    with Lab() as lab:
        client, _ = served(lab)
        lab.use(Helper(client, under=("prlimit", "--nofile=40:40")))
        good(module(client, ENTRY, "n0.local"), HUNG)
        once = bytearray(request(RESOLVE, "n0.local"))
        struct.pack_into("=H", once, 36, 1)  # it hangs up when it has answered
        clients = []
        for _ in range(60):
            clients.append(lab.use(Client(client)))
            clients[-1].socket.send(once)
            select.select([clients[-1].socket], [], [], 5)
        maps = 0
        for i, each in enumerate(clients):
            got = each.receive()
            equal(got and KINDS[got.kind], "ANSWER", f"reply {i}")
            maps += len(got.fds)
            for fd in got.fds:
                os.close(fd)
        between(maps, 1, 59, "maps passed")


@test
def without_a_map_it_goes_on():
    with Lab() as lab:
        client, _ = served(lab)
        helper = lab.use(Helper(client, under=(
            "strace", "-f", "-o", "/dev/null", "-e",
            "inject=memfd_create:error=ENFILE")))
        tap = lab.use(client.capture("eth0"))
        for _ in range(2):
            good(module(client, ENTRY, "n0.local"), HUNG)
        equal({p.sport for p in tap.asked()}, {5353}, "asked from")
        helper.lives()


@test
def disk_full_and_no_memory_for_the_map():
    """It ends and says why, or works without; lookups go on either way."""
    with Lab() as lab:
        client, _ = served(lab)
        client.run("sh", "-c", f"mkdir -p {FOLDER}; "
                   "dd if=/dev/zero of=/run/full bs=1M count=1 2>&1; "
                   "mount -t tmpfs -o size=4k,nr_inodes=1 tmpfs " + FOLDER)
        for i, under in enumerate((
                (), ("prlimit", "--nofile=8:8"), ("prlimit", "--memlock=0:0"),
                ("prlimit", "--as=20000000"), ("prlimit", "--fsize=0:0"))):
            helper = lab.use(Helper(client, under=under, wait=False))
            time.sleep(0.5)
            if helper.process.poll() is not None:
                check(helper.process.returncode > 0 and helper.said(),
                      under, "ended it with", helper.process.returncode)
            calls = module(client, ENTRY, f"n{i}.local", f"n{i + 20}.local")
            for call in calls:
                good(call, HUNG, f"with {under or 'a full disk'}")
            helper.close()
            os.truncate(helper.log, 0)
            if i == 0:
                client.run("umount", FOLDER)


if __name__ == "__main__":
    main()
