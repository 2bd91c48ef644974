#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Something else where mdns-helper should be: silent, broken, lying or somebody
# else's. Each lookup is answered by the direct way, soon, and nothing is left.

import array
import fcntl
import os
import random
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from calls import module, module_stepwise
from helper import ANSWERED, DONE, EVENTS, FORMAT, HEAD, MAP_SIZE, NO_DATA
from helper import NO_LINK, NOT_FOUND, OTHER_USER, PROTOCOL, REFUSED, RESOLVE
from helper import RESOURCE, SIZES, SOCKET, WAIT, Client, Fake, Helper, answer
from helper import reply
from hosts import Hosts
from lab import Failure, Lab, between, check, equal, main, pair, test
from scripted import Honest, Responder, Say, answer_name

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SOON = 60
HUNG = 500
NAMES = {f"n{i}.local": ["10.0.0.2", "fd00::2"] for i in range(4)}
ADDRESSES = ["10.0.0.2", "fd00::2"]
LIE = "10.0.0.66"
SEAL, SHRINK, GROW = 1, 2, 4


def served(lab):
    client, server = pair(lab)
    lab.use(Responder(server, "eth0", Hosts(NAMES)))
    return client


def good(call, high, what):
    equal((call.verdict, sorted(call.addrs)), (FOUND, ADDRESSES),
          f"{call.text} with a helper that {what}")
    between(call.ms, 0, high, f"milliseconds with a helper that {what}")


def said(client, what, *names):
    """Lookups of one process, and which fake it was if that is not well."""
    try:
        return module(client, ENTRY, *names)
    except Failure as why:
        raise Failure(f"with a helper that {what}: {why}") from None


def says(*messages, close=False):
    """Answers each request with these messages."""
    def behave(connection):
        connection.recv(4096)
        for message in messages:
            connection.send(message)
        if close:
            connection.close()
    return behave


def name_of(octets):
    """The name that a request is about."""
    return octets[40:40 + int.from_bytes(octets[38:40], sys.byteorder)]


def true_answer(octets, **options):
    return answer(name_of(octets), *ADDRESSES, **options)


def passes(make, close=True, map=77, fds=1):
    """Answers with the truth, and a descriptor of that kind as its map."""
    def behave(connection):
        octets = connection.recv(4096)
        fd = make()
        connection.sendmsg(
            [reply(ANSWERED, map=map, body=true_answer(octets))],
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
              array.array("i", [fd] * fds))])
        if close:
            os.close(fd)
    return behave


def memfd(size, seals=0, octets=b""):
    def make():
        fd = os.memfd_create("fake", os.MFD_ALLOW_SEALING)
        os.truncate(fd, size)
        os.pwrite(fd, octets, 0)
        if seals:
            fcntl.fcntl(fd, 1033, seals)  # F_ADD_SEALS
        return fd
    return make


def flood(connection):
    """WAIT for ever."""
    connection.recv(4096)
    while True:
        connection.send(reply(WAIT))
        time.sleep(0.02)


def noise(size):
    return random.Random(size).randbytes(size)


# What it does, and how long one lookup may take; the next is not slowed.
lie = answer("n0.local", LIE)
BROKEN = [
    ("hangs up at once", lambda c: c.close(), SOON),
    ("hangs up when it has heard", says(close=True), SOON),
    ("says nothing", lambda c: None, HUNG),
    ("says WAIT and no more", says(reply(WAIT)), 1000),
    ("says WAIT and hangs up", says(reply(WAIT), close=True), HUNG),
    ("says WAIT for ever", flood, 3000),
    ("is of another version",
     says(reply(ANSWERED, body=lie, protocol=PROTOCOL + 1)), SOON),
    ("answers another request", says(reply(ANSWERED, id=9, body=lie)), SOON),
    ("says DONE", says(reply(DONE)), SOON),
    ("says EVENT", says(reply(EVENTS)), SOON),
    ("says what is no kind", says(reply(99)), SOON),
    *((f"refuses with {status}", says(reply(REFUSED, status=status)), SOON)
      for status in (FORMAT, RESOURCE, 0, 5, -99)),
    ("has no link",
     says(reply(ANSWERED, status=NO_LINK, body=answer(b""))), SOON),
    *((f"cuts it at {size}", says(reply(ANSWERED, body=lie)[:size]), SOON)
      for size in (1, 4, HEAD.size - 1, HEAD.size, 100,
                   SIZES[ANSWERED] - 1)),
    ("sends an octet more", says(reply(ANSWERED, body=lie) + b"\0"), SOON),
    ("sends 60,000 octets",
     says(reply(ANSWERED, body=lie).ljust(60000, b"\0")), SOON),
    ("sends nothing at all", says(b""), SOON),
    *((f"sends {size} octets of noise", says(noise(size)), SOON)
      for size in (1, HEAD.size, SIZES[ANSWERED], 4000)),
    ("has noise in the answer",
     says(reply(ANSWERED, body=noise(SIZES[ANSWERED] - HEAD.size))), SOON),
    ("names nothing", says(reply(ANSWERED, body=answer(b"", LIE))), SOON),
    ("has a name without an end",
     says(reply(ANSWERED, body=answer(b"\x03nas\x05local", LIE))), SOON),
    ("has a name of 300 octets", says(reply(
        ANSWERED, body=answer("n0.local", LIE, name_len=300))), SOON),
    ("has a compressed name", says(reply(
        ANSWERED, body=answer(b"\xc0\x0c", LIE))), SOON),
    # Such an answer would have getaddrinfo follow a null pointer.
    ("finds no address", says(reply(ANSWERED, body=answer("n0.local"))), SOON),
    ("finds itself", says(reply(ANSWERED, body=answer(
        "n0.local", "127.0.0.1"))), SOON),
    ("has 33 addresses", says(reply(ANSWERED, body=answer(
        "n0.local", *(f"10.0.1.{i}" for i in range(1, 33)), count=33))),
     SOON),
    ("has 255 addresses", says(reply(
        ANSWERED, body=answer("n0.local", LIE, count=255))), SOON),
    ("has a presence of 9", says(reply(
        ANSWERED, body=answer("n0.local", LIE, presence=(9, 200)))), SOON),
    ("has an address of no family", says(reply(
        ANSWERED, body=lie[:-4] + b"\x07\0\0\0")), SOON),
    *((f"answers with status {status}", says(reply(
        ANSWERED, status=status, body=lie)), SOON)
      for status in (1, 5, -1, -99, -2 ** 31)),
]


@test
def broken_helpers():
    with Lab() as lab:
        client = served(lab)
        for what, behave, high in BROKEN:
            fake = Fake(client, behave)
            calls = said(client, what, "n0.local", "n1.local", "n2.local")
            fake.close()
            check(fake.connections, "nobody came to the one that", what)
            for i, call in enumerate(calls):
                good(call, high if i == 0 else max(high, SOON), what)


@test
def names_that_are_no_names_of_hosts():
    """What no host on the link could have said of an address."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(
            names={"169.254.1.1": "nas.local"})))
        for name in ("localhost", "-rf.local", "a b.local", "x.example.com",
                     "local", "1.1.254.169.in-addr.arpa", b"\0"):
            fake = Fake(client, says(reply(ANSWERED, body=answer(name))))
            call = module(client, "gethostbyaddr_r", "169.254.1.1")
            fake.close()
            check(fake.connections, "nobody came to the one that says", name)
            equal((call.verdict, call.name), (FOUND, "nas.local"), name)
        fake = lab.use(Fake(client, says(reply(
            ANSWERED, body=answer("other.local")))))
        call = module(client, "gethostbyaddr_r", "169.254.1.1")
        equal((call.verdict, call.name), (FOUND, "other.local"))


@test
def what_is_no_map():
    """The answer may be true, but what comes with it is not what it should
    be: it is not mapped, or not believed, and no descriptor is left."""
    with Lab() as lab:
        client = served(lab)
        sealed = 1 | 2 | 4 | 16
        cases = [
            ("passes an empty file", passes(memfd(0, sealed))),
            ("passes a short file", passes(memfd(4096, sealed))),
            ("passes a file short by one",
             passes(memfd(MAP_SIZE - 1, sealed))),
            ("passes a file long by one", passes(memfd(MAP_SIZE + 1, sealed))),
            ("passes a file of 1 TB", passes(memfd(1 << 40, sealed))),
            ("passes zeros", passes(memfd(MAP_SIZE, sealed))),
            ("passes noise",
             passes(memfd(MAP_SIZE, sealed, noise(MAP_SIZE)))),
            ("passes noise that may shrink",
             passes(memfd(MAP_SIZE, 0, noise(MAP_SIZE)))),
            ("passes a pipe", passes(lambda: os.pipe()[0])),
            ("passes a socket", passes(lambda: socket.socket().detach())),
            ("passes a folder", passes(lambda: os.open("/", os.O_RDONLY))),
            ("passes a device",
             passes(lambda: os.open("/dev/zero", os.O_RDONLY))),
            ("passes a file on disk",
             passes(lambda: os.open(__file__, os.O_RDONLY))),
            ("passes a map without an id",
             passes(memfd(MAP_SIZE, sealed), map=0)),
            ("passes two descriptors",
             passes(memfd(MAP_SIZE, sealed), fds=2)),
            ("passes 200 descriptors",
             passes(memfd(MAP_SIZE, sealed), fds=200)),
            ("names a map and passes none", lambda c: c.send(reply(
                ANSWERED, map=77, body=true_answer(c.recv(4096))))),
        ]
        for what, behave in cases:
            fake = Fake(client, behave)
            calls = said(client, what, "n0.local", "n1.local", "n0.local",
                         "n2.local")
            fake.close()
            check(fake.connections, "nobody came to the one that", what)
            for call in calls:
                good(call, SOON, what)


@test
def a_map_that_shrinks_under_its_reader():
    """Without seals the one who passed it could: it must not be mapped."""
    with Lab() as lab:
        client = served(lab)
        keep = []

        def make():
            keep.append(memfd(MAP_SIZE, 0, b"\1" * 8192)())
            return keep[-1]

        fake = lab.use(Fake(client, passes(make, close=False)))
        step = lab.use(module_stepwise(client, ENTRY, *["n0.local"] * 3))
        good(step.next(first=True), SOON, "passes what may shrink")
        check(keep, "nothing was passed")
        maps = open(f"/proc/{step.process.pid}/maps").read()
        check("memfd:fake" not in maps, "it was mapped")
        for fd in keep:
            os.truncate(fd, 0)
        good(step.next(), SOON, "passes what has shrunk")
        fake.close()


def true_map(lab, client):
    """What a true helper passes when it knows n0.local, and its id. It stays,
    but its socket goes."""
    lab.use(Helper(client))
    got = lab.use(Client(client)).ask(RESOLVE, "n0.local")
    os.unlink(client.path(SOCKET))
    return got.fds[0], got.map


def mapped(step):
    with open(f"/proc/{step.process.pid}/maps") as file:
        return "memfd:" in file.read()


@test
def a_map_of_another_clock():
    """In another time namespace its times would mean something else."""
    with Lab() as lab:
        client = served(lab)
        fd, map = true_map(lab, client)
        for seconds in (0, 3600, -3600):
            def behave(connection):
                octets = bytearray(reply(
                    ANSWERED, map=map,
                    body=true_answer(connection.recv(4096))))
                now, = struct.unpack_from("=q", octets, 16)
                struct.pack_into("=q", octets, 16, now + seconds * 10 ** 9)
                connection.sendmsg([octets], [(
                    socket.SOL_SOCKET, socket.SCM_RIGHTS,
                    array.array("i", [fd]))])

            fake = Fake(client, behave)
            step = lab.use(module_stepwise(client, ENTRY, *["n1.local"] * 2))
            good(step.next(first=True), SOON, f"is {seconds} s ahead")
            equal(mapped(step), seconds == 0, f"mapped, {seconds} s ahead")
            fake.close()


SLOTS = 4096 + 16384 * 4  # where they begin in a map (resolver/map.c)
SLOT = 256


def sum_of(id, body, used):
    """Of so many words of a slot's body."""
    mask = (1 << 64) - 1
    total = id + used & mask
    for at in range(0, used, 2):
        total ^= struct.unpack_from("=Q", body, 4 * at)[0]
        total = total * 0x9e3779b97f4a7c15 & mask
        total ^= total >> 32
    return total


@test
def a_sound_map_with_an_answer_that_is_not():
    """Its sums are right, but no host can have said that."""
    with Lab() as lab:
        client = served(lab)
        fd, map = true_map(lab, client)
        octets = bytearray(os.pread(fd, MAP_SIZE, 0))
        name = octets.index(wire.name("n0.local"), SLOTS)
        slot = SLOTS + (name - SLOTS) // SLOT * SLOT
        used, = struct.unpack_from("=H", octets, slot + 16)

        def body_sum():
            return sum_of(map, octets[slot + 16:slot + SLOT], used)

        equal(struct.unpack_from("=Q", octets, slot + 8)[0], body_sum(), "sum")
        for believed, address in ((True, LIE), (False, "127.0.0.1")):
            at = octets.index(socket.inet_aton(
                ADDRESSES[0] if believed else LIE), slot)
            octets[at:at + 4] = socket.inet_aton(address)
            struct.pack_into("=Q", octets, slot + 8, body_sum())
            fake = Fake(client, passes(
                memfd(MAP_SIZE, SHRINK | GROW | SEAL, octets), map=map))
            step = lab.use(module_stepwise(client, ENTRY, "n1.local",
                                           "n0.local"))
            good(step.next(first=True), SOON, "passes it")
            check(mapped(step), "it was not mapped")
            equal(address in step.next().addrs, believed, address)
            fake.close()


@test
def somebody_elses_socket():
    """It looks right and answers in the right way, but root is not there."""
    with Lab() as lab:
        client = served(lab)
        lies = lambda c: c.send(reply(ANSWERED, body=answer(
            name_of(c.recv(4096)), LIE)))
        # First that the lie would be believed if it came from root.
        fake = Fake(client, lies)
        equal(module(client, ENTRY, "n0.local").addrs, [LIE],
              "what root says")
        fake.close()
        fake = lab.use(Fake(client, lies, uid=OTHER_USER))
        for call in module(client, ENTRY, "n0.local", "n1.local"):
            good(call, SOON, "is another user's")
        # Nor by that user itself.
        call = module(client, ENTRY, "n0.local", under=(
            "setpriv", f"--reuid={OTHER_USER}", f"--regid={OTHER_USER}",
            "--clear-groups"))
        good(call, SOON, "is another user's")


@test
def a_listener_that_never_accepts():
    with Lab() as lab:
        client = served(lab)
        fake = Fake(client)
        names = [f"n{i}.local" for i in range(4)]
        calls = module(client, ENTRY, *names)
        good(calls[0], HUNG, "never accepts")
        for call in calls[1:]:
            good(call, SOON, "never accepted before")
        between(min(call.ms for call in calls[1:]), 0, 30,
                "milliseconds when it had never accepted before")
        fake.close()

        fake = lab.use(Fake(client, backlog=2))
        waiting = []
        while True:
            each = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            each.setblocking(False)
            waiting.append(each)
            try:
                each.connect(fake.path)
            except BlockingIOError:
                break
        check(len(waiting) > 2, "connections in the queue", len(waiting))
        for call in module(client, ENTRY, *names):
            good(call, SOON, "has a full queue")
        for each in waiting:
            each.close()


@test
def negative_lies_of_root_are_its_own():
    """What a fake says as root counts: the tests above see more than that
    nobody listens."""
    with Lab() as lab:
        client = served(lab)
        for status, verdict in ((NOT_FOUND, ("NOTFOUND", "HOST_NOT_FOUND")),
                                (NO_DATA, ("NOTFOUND", "NO_DATA"))):
            fake = Fake(client, lambda c: c.send(reply(
                ANSWERED, status=status, body=answer(
                    name_of(c.recv(4096))))))
            equal(module(client, ENTRY, "n0.local").verdict, verdict)
            fake.close()


@test
def it_takes_its_time_and_hangs_up():
    """The direct lookup after that has what is left of the time."""
    def behave(connection):
        connection.recv(4096)
        for _ in range(20):
            connection.send(reply(WAIT))
            time.sleep(0.1)
        connection.shutdown(socket.SHUT_RDWR)

    with Lab() as lab:
        client, _ = pair(lab)
        client.write("/etc/dotlocal.conf", "timeout = 3s\n")
        lab.use(Fake(client, behave))
        call = module(client, ENTRY, "n0.local")
        equal(call.verdict, ("NOTFOUND", "HOST_NOT_FOUND"))
        between(call.ms, 2900, 4500)


@test
def it_has_nothing_and_we_have_half():
    """That is more than nothing."""
    heard = threading.Event()

    def script(query):
        if query.legacy and query.family == 4:
            yield Say(answer_name(query, [wire.address(
                query.questions[0][0], "10.0.0.2", ttl=10, rclass=wire.IN)]))
            heard.set()

    def behave(connection):
        connection.recv(4096)
        connection.send(reply(WAIT, status=NOT_FOUND))
        check(heard.wait(5), "it did not ask")
        time.sleep(0.3)
        connection.send(reply(ANSWERED, status=NOT_FOUND, body=answer(b"")))

    with Lab() as lab:
        client, server = pair(lab)
        client.write("/etc/dotlocal.conf", "timeout = 10s\ngrace = 5s\n")
        lab.use(Responder(server, "eth0", script))
        lab.use(Fake(client, behave))
        call = module(client, ENTRY, "n0.local")
        equal((call.verdict, call.addrs), (FOUND, ["10.0.0.2"]))
        between(call.ms, 300, 4000)


if __name__ == "__main__":
    main()
