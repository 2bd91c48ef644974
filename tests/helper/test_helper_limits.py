#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Clients of mdns-helper that mean no good: too many, too much, malformed, and
# gone. It goes on, and the others notice nothing.

import array
import contextlib
import os
import random
import resource
import signal
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from helper import ANSWERED, BROWSE, FLUSH, FORMAT, KINDS, OTHER_USER, PROTOCOL
from helper import RECONFIRM, REFUSED, REQUEST, RESOLVE, RESOURCE, STATUS_OP
from helper import WATCH, Client, Helper, fds_of, request
from hosts import Hosts
from lab import Lab, between, check, equal, main, pair, test, until
from scripted import Responder

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
ASKED = 0.4  # seconds
SOON = 0.1
UID_MAX = 512     # CLIENTS_UID_MAX
WAITING_MAX = 256  # CLIENTS_WAITING_UID_MAX
WATCHES_MAX = 128  # CLIENTS_WATCHES_UID_MAX
THIRD_USER = OTHER_USER + 1
HOSTS = {f"n{i}.local": ["10.0.0.2", "fd00::2"] for i in range(300)}
ADDRESSES = ["10.0.0.2", "fd00::2"]


def served(lab, **options):
    client, server = pair(lab)
    script = Hosts(HOSTS, **options)
    lab.use(Responder(server, "eth0", script))
    return client, lab.use(Helper(client))


def untouched(client, numbers, what):
    """Lookups of another user, of names that are new."""
    for i in numbers:
        start = time.monotonic()
        ask = Client(client, THIRD_USER)
        equal(ask.addresses(f"n{i}.local"), ADDRESSES, what)
        between(time.monotonic() - start, 0, ASKED, f"seconds {what}")
        start = time.monotonic()
        equal(ask.addresses(f"n{i}.local"), ADDRESSES, what)
        between(time.monotonic() - start, 0, SOON, f"seconds again {what}")
        ask.close()


def many_descriptors(count):
    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    if low < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, high)))


# -- too many --------------------------------------------------------------

@test
def ten_thousand_connections():
    """What is over the limit is told so; another user notices nothing."""
    many_descriptors(12000)
    with Lab() as lab:
        client, helper = served(lab)
        kept, refused = [], 0
        untouched(client, [0], "before the flood")
        for i in range(10000):
            each = Client(client, OTHER_USER)
            kept.append(each)
            if i % 2500 == 2400:
                untouched(client, [i // 2500 + 1], "in the flood")
        untouched(client, [10, 11], "with 10,000 connections")
        _, status = Client(client).status()
        between(status["clients"], UID_MAX, UID_MAX + 3, "connections now")
        between(fds_of(helper.pid), UID_MAX, UID_MAX + 50, "descriptors")
        for each in kept[-50:]:
            got = each.receive(1)
            equal((got.kind, got.status), (REFUSED, RESOURCE), "the last")
            equal(each.receive(1), None, "after it was refused")
            refused += 1
        for each in kept:
            each.close()
        until(lambda: Client(client).status()[1]["clients"] < 5, 5,
              "the others to go")
        untouched(client, [12], "after the flood")
        helper.lives()


@test
def a_flood_of_requests():
    """Of names that nobody has, as fast as one user can."""
    with Lab() as lab:
        client, helper = served(lab)
        stop, sent = threading.Event(), [0]

        def pour(each):
            each.socket.setblocking(False)
            while not stop.is_set():
                sent[0] += 1
                try:
                    each.socket.send(request(
                        RESOLVE, f"x{sent[0]}.local", id=sent[0]))
                    while each.socket.recv(4096):
                        pass
                    return
                except BlockingIOError:
                    time.sleep(0.001)
                except OSError:
                    return

        clients = [Client(client, OTHER_USER) for _ in range(30)]
        threads = [threading.Thread(target=pour, args=(each,))
                   for each in clients]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        try:
            untouched(client, range(20, 30), "in a flood of requests")
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        check(sent[0] > 500, "requests of the flood", sent)
        _, status = lab.use(Client(client)).status()
        check(status["refused"] > 0, "nothing was refused", status)
        between(status["waiting"], 0, WAITING_MAX, "waiting requests")
        for each in clients:
            each.close()
        helper.lives()


@test
def limits_of_a_user_and_of_a_connection():
    with Lab() as lab:
        client, _ = served(lab)
        # 16 of each connection, 256 of each user.
        kept = []
        kinds = []
        for c in range(20):
            each = Client(client, OTHER_USER)
            kept.append(each)
            for i in range(20 if c == 0 else 16):
                each.send(RESOLVE, f"y{c}-{i}.local")
                got = each.receive(1)
                kinds.append((c, i, KINDS[got.kind], got.status))
        over = [each[:2] for each in kinds if each[2] == "REFUSED"]
        equal({each[3] for each in kinds if each[2] == "REFUSED"}, {RESOURCE},
              "why")
        equal([each for each in over if each[0] == 0],
              [(0, i) for i in range(16, 20)], "over the limit of one")
        equal(len(kinds) - len(over), WAITING_MAX, "requests that wait")
        untouched(client, [31], "with as many as one user may have")
        for each in kept:
            each.close()
        time.sleep(0.2)
        kept = [Client(client, OTHER_USER) for _ in range(WATCHES_MAX + 4)]
        said = [each.ask(WATCH, f"w{i}.local", type=wire.A).kind
                for i, each in enumerate(kept)]
        equal([KINDS[kind] for kind in said].count("DONE"), WATCHES_MAX,
              "watches")
        equal({KINDS[kind] for kind in said[WATCHES_MAX:]}, {"REFUSED"},
              "what is over it")
        for each in kept:
            each.close()
        untouched(client, [32], "afterwards")


# -- malformed -------------------------------------------------------------

def refused(client, octets, what):
    """It is told so, or hung up on; and in any case it is gone then."""
    ask = Client(client, OTHER_USER)
    try:
        ask.socket.send(octets)
        got = ask.receive(2)
        if got:
            equal((KINDS[got.kind], got.status), ("REFUSED", FORMAT), what)
            equal(ask.receive(2), None, f"after {what}")
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        ask.close()


@test
def every_length():
    with Lab() as lab:
        client, helper = served(lab)
        whole = request(RESOLVE, "n1.local")
        for size in [*range(len(whole)), *range(len(whole) + 1, 400), 1848,
                     4096, 65536, 100000]:
            refused(client, whole.ljust(size, b"\0")[:size],
                    f"a request of {size} octets")
        helper.lives()
        untouched(client, [40], "afterwards")


@test
def every_field():
    with Lab() as lab:
        client, helper = served(lab)
        good = dict(protocol=PROTOCOL, op=RESOLVE, type=0, id=1, map=0,
                    deadline=0, ifindex=0, once=0, name_len=10,
                    name=wire.name("n2.local"))

        def pack(**fields):
            return REQUEST.pack(*{**good, **fields}.values())

        ask = lab.use(Client(client))
        ask.socket.send(pack())
        while ask.receive(2).kind != ANSWERED:
            pass
        for fields in (
                dict(protocol=PROTOCOL + 1), dict(protocol=0), dict(op=0),
                dict(op=7), dict(op=65535), dict(name_len=0),
                dict(name_len=257), dict(name_len=65535),
                dict(name_len=9), dict(name=b"\xc0\x0c" + bytes(8)),
                dict(name=b"\x40" + b"x" * 64 + b"\0", name_len=66),
                dict(name=b"\x01x" * 127 + b"\0\0", name_len=256),
                dict(op=STATUS_OP), dict(op=FLUSH), dict(once=2)):
            refused(client, pack(**fields), f"a request with {fields}")
        helper.lives()
        # These are no good either, but how it says so is its own affair.
        for fields in (dict(type=1), dict(ifindex=9999),
                       dict(deadline=-1), dict(deadline=-2 ** 63),
                       dict(deadline=2 ** 63 - 1), dict(map=2 ** 64 - 1),
                       dict(op=WATCH, type=65535), dict(op=WATCH, type=0),
                       dict(op=WATCH, type=1, ifindex=4000000000),
                       dict(op=BROWSE, ifindex=77),
                       dict(op=RECONFIRM, type=255)):
            each = Client(client)
            each.socket.send(pack(**fields))
            each.receive(3)
            each.close()
        helper.lives()
        untouched(client, [41], "afterwards")


@test
def noise():
    with Lab() as lab:
        client, helper = served(lab)
        rand = random.Random(5)
        whole = bytearray(request(RESOLVE, "n3.local"))
        each = None
        for i in range(4000):
            if i % 4 == 0:
                octets = rand.randbytes(rand.randrange(600))
            elif i % 4 == 1:
                octets = rand.randbytes(REQUEST.size)
            else:  # one octet, or one bit, that is not right
                octets = bytearray(whole)
                at = rand.randrange(60)
                octets[at] ^= rand.randrange(1, 256) if i % 4 == 2 \
                    else 1 << rand.randrange(8)
            if each is None:
                each = Client(client, OTHER_USER)
                each.socket.setblocking(False)
            try:
                each.socket.send(octets)
                each.socket.recv(8192)
            except BlockingIOError:
                continue  # it is not said yet
            except OSError:
                pass
            each.close()
            each = None
        helper.lives()
        untouched(client, [42], "afterwards")


def send_along(ask, fds):
    """A question with descriptors; since Linux 6.16 it does not even leave."""
    try:
        ask.socket.sendmsg(
            [request(RESOLVE, "n4.local")],
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
    except PermissionError:
        pass


@test
def descriptors_that_nobody_wants():
    with Lab() as lab:
        client, helper = served(lab)
        before = fds_of(helper.pid)
        for _ in range(50):
            ask = Client(client, OTHER_USER)
            send_along(ask, [0] * 200)
            ask.close()
        until(lambda: fds_of(helper.pid) <= before, 2, "the helper to have "
              f"{before} descriptors again, not {fds_of(helper.pid)}")
        helper.lives()
        untouched(client, [4], "afterwards")


def slow_to_close(host):
    """A socket with octets that nobody reads: whoever closes it last waits for
    that, half a minute."""
    sock = host.socket(socket.AF_INET, socket.SOCK_STREAM)
    with host.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.bind(("10.0.0.1", 0))
        server.listen()
        sock.connect(server.getsockname())
        other, _ = server.accept()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 30))
    sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.send(bytes(65536))
    return sock, other


def hang_with(client, sock):
    """So many before it that we are done with it first."""
    asks = [Client(client, OTHER_USER) for _ in range(100)]
    send_along(asks[-1], [sock.fileno()])
    return asks


# With strace: a kernel older than Linux 6.16, which has no SO_PASSRIGHTS.
OLD = ("strace", "-f", "-o", "/dev/null", "-e", "trace=setsockopt", "-e",
       "inject=setsockopt:error=ENOPROTOOPT:when=1")


@test
def descriptors_that_take_long_to_close():
    for under in (), OLD:
        with Lab() as lab:
            client, server = pair(lab)
            client.run("ip", "link", "set", "lo", "up")
            lab.use(Responder(server, "eth0", Hosts(HOSTS)))
            helper = lab.use(Helper(client, under=under))
            for _ in range(3):
                sock, other = slow_to_close(client)
                os.kill(helper.pid, signal.SIGSTOP)
                asks = hang_with(client, sock)
                # Nobody but the helper has it from here on.
                threading.Thread(target=sock.close).start()
                time.sleep(0.1)
                os.kill(helper.pid, signal.SIGCONT)
                start = time.monotonic()
                ask = Client(client, THIRD_USER)
                equal(ask.addresses("n5.local"), ADDRESSES)
                between(time.monotonic() - start, 0, 3, f"seconds {under}")
                for each in (ask, *asks):
                    each.close()
                other.close()
            helper.lives()


# -- gone, or asleep -------------------------------------------------------

@test
def hanging_up_in_the_middle_costs_nothing():
    with Lab() as lab:
        client, helper = served(lab)
        before = fds_of(helper.pid)
        for i in range(2000):
            ask = Client(client, OTHER_USER)
            ask.socket.send(request(RESOLVE, f"z{i % 200}.local"))
            ask.close()
        kept = Client(client, OTHER_USER)
        kept.socket.send(request(RESOLVE, "z-last.local"))
        kept.socket.shutdown(socket.SHUT_RDWR)
        time.sleep(2.5)
        cpu = helper.cpu()
        time.sleep(2)
        between(helper.cpu() - cpu, 0, 0.05, "processor time of 2 s")
        between(fds_of(helper.pid), 0, before, "descriptors")
        _, status = lab.use(Client(client)).status()
        equal((status["clients"], status["waiting"]), (1, 0), "left of them")
        untouched(client, [50], "afterwards")
        kept.close()


@test
def who_does_not_read_is_dropped():
    """And so is who does nothing for ten seconds."""
    with Lab() as lab:
        client, helper = served(lab)
        idle = Client(client, OTHER_USER)
        half = Client(client, OTHER_USER)
        half.addresses("n60.local")
        watch = Client(client, OTHER_USER)
        equal(KINDS[watch.ask(WATCH, "n61.local", type=1).kind], "DONE")
        start = time.monotonic()
        deaf = Client(client, OTHER_USER)
        deaf.socket.setblocking(False)
        sent = 0
        while True:
            try:
                deaf.socket.send(request(STATUS_OP))
                sent += 1
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                break
            check(time.monotonic() - start < 15, "it was not dropped after",
                  sent, "requests")
        untouched(client, [62], "meanwhile")
        for each, what in ((idle, "says nothing"), (half, "says no more")):
            equal(each.receive(14), None, f"one that {what}")
            between(time.monotonic() - start, 8, 14, f"one that {what}")
        # One that watches has something under way.
        got = watch.receive(1)
        equal(KINDS[got.kind], "EVENT", "one that watches")
        watch.send(STATUS_OP)
        _, status = lab.use(Client(client)).status()
        check(status["dropped"] >= 3, "dropped", status)
        helper.lives()


if __name__ == "__main__":
    main()
