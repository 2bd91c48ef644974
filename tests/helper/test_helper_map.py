#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The map of mdns-helper in other processes: nobody but the helper can change
# it, and it works, or is done without, wherever a program may be.

import fcntl
import mmap
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

from calls import module, module_stepwise, parse
from helper import MAP_SIZE, OTHER_USER, RESOLVE, Client, Helper, as_user
from hosts import Hosts
from lab import HERE as NET
from lab import MODULE, Lab, between, check, equal, main, pair, program, test
from scripted import Responder

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
ASKED = 300
SOON = 60
HOST = {"nas.local": ["10.0.0.2", "fd00::2"],
        "new.local": ["10.0.0.3", "fd00::3"]}
SEAL, SHRINK, GROW, WRITE, FUTURE_WRITE = 1, 2, 4, 8, 16


def served(lab, **options):
    client, server = pair(lab)
    script = Hosts(HOST, **options)
    lab.use(Responder(server, "eth0", script))
    return client, script, lab.use(Helper(client))


def forbidden(what, function, *args):
    try:
        function(*args)
    except (OSError, ValueError) as why:
        return why
    check(False, "it was allowed to", what)


@test
def nobody_else_can_change_it():
    with Lab() as lab:
        client, _, _ = served(lab)
        ask = lab.use(Client(client))
        got = ask.ask(RESOLVE, "nas.local")
        equal(len(got.fds), 1, "descriptors with the first answer")
        check(got.map, "the map has no id")
        fd = got.fds[0]
        equal(os.fstat(fd).st_size, MAP_SIZE, "size")
        seals = fcntl.fcntl(fd, 1034)  # F_GET_SEALS
        for name, seal in (("SEAL", SEAL), ("SHRINK", SHRINK), ("GROW", GROW)):
            check(seals & seal, f"it is not sealed by {name}: {seals:#x}")
        check(seals & (WRITE | FUTURE_WRITE),
              f"not against writing: {seals:#x}")
        forbidden("shrink it", os.ftruncate, fd, 4096)
        forbidden("grow it", os.ftruncate, fd, MAP_SIZE + 4096)
        forbidden("write to it", os.pwrite, fd, b"x", 0)
        forbidden("map it writable", mmap.mmap, fd, MAP_SIZE, mmap.MAP_SHARED,
                  mmap.PROT_READ | mmap.PROT_WRITE)
        forbidden("undo the seals", fcntl.fcntl, fd, 1033, 0)
        try:
            again = os.open(f"/proc/self/fd/{fd}", os.O_RDWR)
        except PermissionError:
            pass
        else:
            forbidden("write to it, opened anew", os.pwrite, again, b"x", 0)
            forbidden("map it writable, opened anew", mmap.mmap, again,
                      MAP_SIZE, mmap.MAP_SHARED,
                      mmap.PROT_READ | mmap.PROT_WRITE)
            os.close(again)
        view = mmap.mmap(fd, MAP_SIZE, mmap.MAP_SHARED, mmap.PROT_READ)
        check(any(view[:64]), "it is empty")
        view.close()
        os.close(fd)
        # Once is enough.
        got = ask.ask(RESOLVE, "nas.local", map=got.map)
        equal(got.fds, [], "descriptors for who has the map")
        ask = lab.use(Client(client))
        got = ask.ask(RESOLVE, "nas.local", map=got.map)
        equal(got.fds, [], "descriptors for who has had it before")
        ask = lab.use(Client(client))
        got = ask.ask(RESOLVE, "nas.local", map=got.map + 1)
        equal(len(got.fds), 1, "descriptors for who has another map")
        os.close(got.fds[0])


@test
def the_descriptor_is_closed_and_one_map_is_left():
    """nsscall compares the descriptors by itself."""
    with Lab() as lab:
        client, _, helper = served(lab)
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 6))
        equal(step.next(first=True).verdict, FOUND)
        for _ in range(4):
            helper.kill()
            helper.start()
            time.sleep(1.1)
            equal(step.next().verdict, FOUND, "with another helper")
        # One in use, and one that somebody may still be reading.
        maps = [line for line in open(f"/proc/{step.process.pid}/maps")
                if "memfd:" in line]
        between(len(maps), 1, 2, "maps of a process")
        for line in maps:
            equal(line.split()[1], "r--s", "how it is mapped")


@test
def after_a_fork():
    with Lab() as lab:
        client, _, helper = served(lab)
        tap = lab.use(client.capture("eth0"))
        done = client.run(program("tests/helper", "load"), MODULE, "fork",
                          "nas.local", "2", "20", timeout=30)
        equal(done.returncode, 0, done.stdout)
        said = dict(line.split() for line in done.stdout.splitlines())
        equal((said["lookups"], said["failed"], said["wrong"]),
              (str(1 + 20 * 11), "0", "0"), done.stdout)
        equal(len(tap.asked()), 2, "queries")
        _, status = lab.use(Client(client)).status()
        equal(status["asked"] + status["hits"], 1, "requests of all of them")
        helper.lives()


@test
def a_dead_helpers_map_is_not_believed():
    with Lab() as lab:
        client, script, helper = served(lab)
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 5))
        equal(step.next(first=True).addrs[0], "10.0.0.2")
        helper.kill()
        script.hosts["nas.local"] = ["10.0.0.44", "fd00::44"]
        call = step.next()
        equal((call.verdict, sorted(call.addrs)),
              (FOUND, ["10.0.0.44", "fd00::44"]), "when it was killed")
        between(call.ms, 0, SOON, "when it was killed")
        # The next one has a map of its own.
        helper.start()
        script.hosts["nas.local"] = ["10.0.0.55", "fd00::55"]
        time.sleep(1.1)
        equal(sorted(module(client, ENTRY, "nas.local").addrs),
              ["10.0.0.55", "fd00::55"], "another process, new helper")


@test
def with_a_new_helper_it_is_current_again():
    with Lab() as lab:
        client, script, helper = served(lab)
        step = lab.use(module_stepwise(client, ENTRY, "nas.local", "new.local",
                                       "new.local", "new.local"))
        step.next(first=True)
        helper.kill()
        helper.start()
        equal(step.next().verdict, FOUND, "another name")
        tap = lab.use(client.capture("eth0"))
        call = step.next()
        equal(call.verdict, FOUND)
        between(call.ms, 0, 5)
        equal(tap.asked(), [], "queries")


@test
def in_a_setuid_program():
    """glibc as another user: it takes the module from where the system has
    it, and the socket's owner is checked as ever."""
    with Lab() as lab:
        client, _, _ = served(lab)
        tap = lab.use(client.capture("eth0"))
        with as_user(OTHER_USER):
            pass  # skips where there is no other user
        os.makedirs(client.path("/run/lib"))
        shutil.copy(MODULE, client.path("/run/lib/libnss_dotlocal.so.2"))
        shutil.copy(program("tests/nss", "glibc"), client.path("/run/suid"))
        os.chmod(client.path("/run/lib/libnss_dotlocal.so.2"), 0o755)
        os.chown(client.path("/run/suid"), 0, 0)
        os.chmod(client.path("/run/suid"), 0o4755)
        client.run("ldconfig", "-X", "/run/lib")
        equal(sorted(module(client, ENTRY, "nas.local").addrs),
              ["10.0.0.2", "fd00::2"])
        tap.forget()
        for uid in (0, OTHER_USER):
            done = client.run(
                "setpriv", f"--reuid={uid}", f"--regid={uid}",
                "--clear-groups", "/run/suid", "-n", "5", "gethostbyname",
                "nas.local", env={"LD_LIBRARY_PATH": "/nowhere"})
            calls = parse(done.stdout)
            equal([call.addrs for call in calls], [["10.0.0.2"]] * 5,
                  f"answers for uid {uid} ({done.stderr})")
        equal(tap.asked(), [], "queries for what the helper knows")


@test
def in_a_chroot_without_run():
    with Lab() as lab:
        client, _, _ = served(lab)
        equal(module(client, ENTRY, "nas.local").verdict, FOUND)
        done = client.run("sh", "-ec", """
            mkdir /run/root
            for each in usr lib lib64 bin etc; do
                [ -e /$each ] || continue
                mkdir /run/root/$each
                mount --rbind /$each /run/root/$each
            done
            mkdir /run/root/build
            cp "$1" "$2" /run/root/build/
            exec chroot /run/root /build/nsscall \
                /build/libnss_dotlocal.so.2 gethostbyname4_r nas.local \
                nobody.local new.local
            """, "sh", program("tests/nss", "nsscall"), MODULE)
        calls = parse(done.stdout)
        equal([call.verdict for call in calls],
              [FOUND, ("NOTFOUND", "HOST_NOT_FOUND"), FOUND],
              f"in a chroot ({done.stderr})")
        for call in (calls[0], calls[2]):
            between(call.ms, 0, SOON, "in a chroot")


@test
def in_a_sandbox_without_sockets():
    with Lab() as lab:
        client, _, _ = served(lab)
        equal(module(client, ENTRY, "nas.local").verdict, FOUND)
        for error in ("EPERM", "EACCES", "EAFNOSUPPORT"):
            for call in module(client, ENTRY, "nas.local", "new.local",
                               under=(os.path.join(NET, "sandbox"), "all",
                                      error)):
                equal(call.status, "UNAVAIL", f"without sockets: {error}")
                between(call.ms, 0, SOON, error)


@test
def without_internet_sockets_the_helper_still_answers():
    """As in a sandbox that leaves AF_UNIX alone."""
    with Lab() as lab:
        client, _, _ = served(lab)
        call = module(client, ENTRY, "nas.local",
                      under=(os.path.join(NET, "sandbox"), "inet", "EPERM"))
        equal((call.verdict, sorted(call.addrs)),
              (FOUND, ["10.0.0.2", "fd00::2"]))
        between(call.ms, 0, ASKED)


@test
def in_another_network_namespace():
    """What is on the helper's links is nothing for a process that cannot
    reach them."""
    with Lab() as lab:
        client, _, _ = served(lab)
        equal(module(client, ENTRY, "nas.local").verdict, FOUND)
        for call in module(client, ENTRY, "nas.local", "new.local",
                           under=("unshare", "-n")):
            equal(call.status, "UNAVAIL", "without a link")
            between(call.ms, 0, SOON, "without a link")


if __name__ == "__main__":
    main()
