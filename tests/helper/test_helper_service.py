#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# What else mdns-helper does for its clients: watch, browse, reconfirm, flush,
# status; and how it is started, idles and ends.

import os
import re
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import peer
import wire
from calls import module, module_stepwise
from helper import BROWSE, DENIED, DONE, FLUSH, FOLDER, KINDS, OTHER_USER
from helper import NOT_FOUND, RECONFIRM, RESOLVE, SOCKET, WAIT, WATCH, Client
from helper import Helper, Units, Watch, binary, fds_of
from hosts import Hosts, multicast
from lab import Failure, Lab, between, check, equal, main, pair, test, until
from scripted import Responder

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
ASKED = 300
SOON = 60
LATE = 0.25
IPP = "_ipp._tcp.local"
HOST = {"nas.local": ["10.0.0.2", "fd00::2"]}
NAS4, NAS6 = b"\x0a\0\0\2", b"\xfd\0" + bytes(13) + b"\2"


# -- watch and browse ------------------------------------------------------

@test
def watched_records_come_and_go():
    with Lab() as lab:
        client, server = pair(lab)
        script = Hosts(HOST)
        responder = lab.use(Responder(server, "eth0", script))
        lab.use(Helper(client))
        tap = lab.use(client.capture("eth0"))
        watch = lab.use(Watch(client, WATCH, "nas.local", wire.A))
        event = watch.wait("+", NAS4, 1)
        equal((event.name, event.type, event.link),
              ("nas.local", wire.A, client.ifindex("eth0")), "event")
        between(event.ttl, 118, 120, "ttl")
        # Who comes later is told what is there, and nobody is asked.
        tap.forget()
        late = lab.use(Watch(client, WATCH, "nas.local", wire.A))
        late.wait("+", NAS4, 0.3)
        sent = time.time()
        multicast(responder, wire.address("nas.local", "10.0.0.2", ttl=0))
        for each in (watch, late):
            between(each.wait("-", NAS4, 1.6).time - sent, 1, 1 + LATE,
                    "from the goodbye to the event")
        equal([e.sign for e in watch.events], ["+", "-"], "events")


@test
def browsing_beside_avahi_that_publishes_and_withdraws():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Helper(client))
        watch = lab.use(Watch(client, BROWSE, IPP))
        daemon = peer.avahi(server, name="me")
        service = "/etc/avahi/services/printer.service"
        target = wire.name([b"My Printer", b"_ipp", b"_tcp", b"local"])
        place = 0
        for _ in range(2):
            server.write(service, """<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name>My Printer</name>
<service><type>_ipp._tcp</type><port>631</port></service></service-group>
""")
            daemon.send_signal(signal.SIGHUP)
            watch.wait("+", target, 4, place)
            os.remove(server.path(service))
            daemon.send_signal(signal.SIGHUP)
            watch.wait("-", target, 3, place)
            place = len(watch.events)
        equal([e.sign for e in watch.events], ["+", "-"] * 2, "events")


@test
def a_watch_ends_with_its_client():
    """And its questions with it."""
    with Lab() as lab:
        client, _ = pair(lab)
        helper = lab.use(Helper(client))
        time.sleep(0.2)
        before = fds_of(helper.pid)
        tap = lab.use(client.capture("eth0"))
        watch = Watch(client, WATCH, "nobody.local", wire.A)
        until(tap.asked, 2, "the first question")
        watch.close()
        time.sleep(0.2)
        tap.forget()
        time.sleep(3.5)
        equal(tap.asked(), [], "queries for nobody")
        between(fds_of(helper.pid), 0, before, "descriptors of the helper")


# -- who waits for one name ------------------------------------------------

@test
def who_comes_second_is_invited_when_the_first_has_gone():
    """One of those who wait asks by itself as well: one at a time."""
    with Lab() as lab:
        client, _ = pair(lab)
        lab.use(Helper(client))
        first, second = (lab.use(Client(client)) for _ in range(2))
        for each in (first, second):
            each.send(RESOLVE, "nobody.local")
            equal(KINDS[each.receive().kind], "WAIT")
        first.close()
        got = second.receive()
        while (got.kind, got.status) == (WAIT, 0):
            got = second.receive()
        equal((got.kind, got.status), (WAIT, NOT_FOUND), "not invited")


# -- reconfirm, flush, status ----------------------------------------------

@test
def a_doubted_record_is_asked_for_and_goes():
    with Lab() as lab:
        client, server = pair(lab)
        script = Hosts({**HOST, "fine.local": ["10.0.0.3", "fd00::3"]})
        lab.use(Responder(server, "eth0", script))
        lab.use(Helper(client))
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 3))
        equal(step.next(first=True).verdict, FOUND)
        equal(module(client, ENTRY, "fine.local").verdict, FOUND)
        tap = lab.use(client.capture("eth0"))
        ask = lab.use(Client(client))
        # It is there: asked for, and stays.
        got = ask.ask(RECONFIRM, "fine.local", type=wire.A)
        equal(got.kind, DONE, f"reply ({got})")
        # This one is not there any more.
        del script.hosts["nas.local"]
        for kind in (wire.A, wire.AAAA):
            got = ask.ask(RECONFIRM, "nas.local", type=kind)
            equal(got.kind, DONE, f"reply ({got})")
        time.sleep(11)
        equal(step.next().verdict, SILENCE, "the one that is gone")
        call = module(client, ENTRY, "fine.local")
        equal((call.verdict, sorted(call.addrs)),
              (FOUND, ["10.0.0.3", "fd00::3"]), "the one that is there")
        between(call.ms, 0, SOON)
        times = {}
        for packet in tap.asked():
            for name, kind, _ in packet.questions:
                if packet.family == 4 and kind == "A":
                    times.setdefault(name, []).append(packet.time)
        check(len(times["nas.local"]) >= 2, "asked", times)
        check(len(times["fine.local"]) >= 1, "asked", times)


@test
def a_flush_forgets_everything():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Hosts(HOST)))
        lab.use(Helper(client))
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 3))
        equal(step.next(first=True).verdict, FOUND)
        tap = lab.use(client.capture("eth0"))
        time.sleep(1.1)  # the responder says it once a second only
        got = lab.use(Client(client, OTHER_USER)).ask(FLUSH)
        equal((KINDS[got.kind], got.status), ("REFUSED", DENIED),
              "flush by another user")
        step.next()
        equal(tap.asked(), [], "queries after a flush that was refused")
        equal(KINDS[lab.use(Client(client)).ask(FLUSH).kind], "DONE", "flush")
        call = step.next()
        equal(call.verdict, FOUND, "after the flush")
        check(tap.asked(), "no query after the flush")


@test
def status_counts():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Hosts(HOST)))
        lab.use(Helper(client))
        ask = lab.use(Client(client))
        links, before = ask.status()
        equal(list(links), ["eth0"], "links")
        equal({k: links["eth0"][k] for k in
               ("ifindex", "mtu", "has4", "has6", "joined4", "joined6",
                "records", "questions")},
              dict(ifindex=client.ifindex("eth0"), mtu=1500, has4=1, has6=1,
                   joined4=1, joined6=1, records=0, questions=0), "eth0")
        equal((before["clients"], before["names"], before["published"],
               before["asked"]), (1, 0, 0, 0), "clients, names, asked")
        uptime = time.clock_gettime(time.CLOCK_BOOTTIME)
        between(uptime - before["started"] / 1e9, 0, 5, "age")
        for _ in range(3):
            module(client, ENTRY, "nas.local")
        watch = lab.use(Watch(client, WATCH, "nas.local", wire.A))
        watch.wait("+", NAS4, 0.5)
        links, after = ask.status()
        equal({k: after[k] for k in ("clients", "names", "published",
                                     "waiting", "watches", "asked", "hits",
                                     "refused", "dropped")},
              dict(clients=2, names=1, published=1, waiting=0, watches=1,
                   asked=1, hits=2, refused=0, dropped=0), "status")
        check(after["requests"] >= before["requests"] + 4, "requests", after)
        check(after["memory"] > 0, "memory", after)
        check(links["eth0"]["records"] >= 2, "records", links)
        between(links["eth0"]["sent"], 2, 6, "packets sent")
        check(links["eth0"]["received"] >= 2, "packets received", links)


# -- how it starts, idles and ends -----------------------------------------

@test
def an_idle_helper_is_silent_and_asleep():
    """Once what it knew has expired: no packet, and at most one wake a
    minute. The packets of others wake it, of course."""
    with Lab() as lab:
        client, server = pair(lab)
        script = Hosts(HOST, ttl=2)
        lab.use(Responder(server, "eth0", script))
        helper = lab.use(Helper(client))
        equal(module(client, ENTRY, "nas.local").verdict, FOUND)
        equal(module(client, ENTRY, "nobody.local").verdict, SILENCE)
        script.mute = True
        time.sleep(12)
        tap = lab.use(client.capture("eth0"))
        before, cpu = wakes(helper.pid), helper.cpu()
        time.sleep(62)
        between(wakes(helper.pid) - before, 0, 2, "wakes in 62 s")
        equal(helper.cpu() - cpu, 0, "seconds of processor time")
        equal([p for p in tap.mdns() if p.out], [], "packets sent")


def wakes(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)",
                             file.read(), re.M).group(1))


@test
def the_watchdog_is_fed():
    """Or systemd would kill it every 30 s."""
    with Lab() as lab:
        client = lab.host("client")
        os.makedirs(client.path(FOLDER), 0o755)
        path = client.path("/run/notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            os.chmod(path, 0o777)
            notify.settimeout(10)
            client.popen(binary(), env={"NOTIFY_SOCKET": "/run/notify",
                                        "WATCHDOG_USEC": "1000000"})
            said = []
            while said.count("WATCHDOG=1") < 2:
                try:
                    said += notify.recv(4096).decode().split("\n")
                except socket.timeout:
                    raise Failure(f"it only said {said}") from None


@test
def ends_in_good_order():
    """The socket goes with it, and so does what others read in the map."""
    with Lab() as lab:
        client, server = pair(lab)
        script = Hosts(HOST)
        lab.use(Responder(server, "eth0", script))
        for number in (signal.SIGTERM, signal.SIGINT):
            helper = lab.use(Helper(client))
            step = lab.use(module_stepwise(client, ENTRY,
                                           *["nas.local"] * 3))
            step.next(first=True)
            between(step.next().ms, 0, SOON)
            helper.signal(number)
            equal(helper.process.wait(5), 0, "exit status")
            script.hosts["nas.local"] = ["10.0.0.66", "fd00::66"]
            call = step.next()
            equal((call.verdict, sorted(call.addrs)),
                  (FOUND, ["10.0.0.66", "fd00::66"]), "without the helper")
            script.hosts["nas.local"] = HOST["nas.local"]
            time.sleep(1.1)


@test
def a_second_helper_does_not_take_the_socket():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Hosts(HOST)))
        helper = lab.use(Helper(client))
        done = client.run(binary(), timeout=10)
        check(done.returncode > 0, "exit status", done.returncode)
        check(done.stderr.strip(), "it says nothing")
        helper.lives()
        lab.use(Client(client)).status()


@test
def exits_when_idle_and_is_started_again():
    """By the units; a packet on the link alone does not start it."""
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", Hosts(HOST, ttl=2)))
        units = lab.use(Units(client, "--exit-idle-time=1"))
        for count in (1, 2):
            equal(len(units.started()), count - 1, "starts before anybody "
                  f"asks ({units.lines}, {units.said()})")
            call = module(client, ENTRY, "nas.local")
            equal((call.verdict, sorted(call.addrs)),
                  (FOUND, ["10.0.0.2", "fd00::2"]))
            equal(len(units.started()), count, "starts after a lookup")
            ask = Client(client)
            equal(ask.addresses("nas.local"), ["10.0.0.2", "fd00::2"])
            ask.close()
            until(lambda: units.count("ended") == count, 25, "its end")
            equal(units.lines[-1], ["ended", "0"], "how it ended")
            multicast(responder, wire.address("other.local", "10.0.0.9"))
            time.sleep(1.1)


@test
def activated_by_systemd_socket_activate():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Hosts(HOST, ttl=2)))
        os.makedirs(client.path(FOLDER), 0o755)
        process = peer.start(client, "systemd-socket-activate", "--seqpacket",
                             "-l", SOCKET, binary(), "--exit-idle-time=1")
        until(lambda: os.path.exists(client.path(SOCKET)), 5, "the socket")
        tap = lab.use(client.capture("eth0"))
        call = module(client, ENTRY, "nas.local")
        equal(call.verdict, FOUND)
        ask = Client(client)
        equal(ask.addresses("nas.local"), ["10.0.0.2", "fd00::2"])
        check(any(p.sport == 5353 for p in tap.asked()), tap.asked())
        ask.close()
        equal(process.wait(25), 0, "exit status")
        equal(module(client, ENTRY, "nas.local").verdict, FOUND, "without it")


@test
def sealed_by_its_units():
    """As nobody, in a network namespace that has nothing, it does its work
    on the links of the sockets that it was given."""
    with Lab() as lab:
        client, server = pair(lab)
        script = Hosts(HOST)
        responder = lab.use(Responder(server, "eth0", script))
        units = lab.use(Units(client))
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 3))
        equal(step.next(first=True).verdict, FOUND)
        lab.use(Client(client)).status()  # it is ready
        pid = units.started()[-1]
        with open(f"/proc/{pid}/status") as file:
            status = dict(line.rstrip("\n").split(":\t", 1) for line in file
                          if ":\t" in line)
        equal(set(status["Uid"].split()), {"65534"}, "uid")
        for kind in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            equal(int(status[kind], 16), 0, kind)
        equal(status["NoNewPrivs"], "1", "no_new_privs")
        equal(status["Seccomp"], "2", "seccomp mode")
        check(os.stat(f"/proc/{pid}/ns/net").st_ino != os.stat(
            f"/proc/{client.holder.pid}/ns/net").st_ino, "the same namespace")
        tap = lab.use(client.capture("eth0"))
        call = module(client, ENTRY, "nas.local")
        equal((call.verdict, tap.asked()), (FOUND, []), "another process")
        links, _ = lab.use(Client(client)).status()
        equal((links["eth0"]["joined4"], links["eth0"]["joined6"]), (1, 1))
        # A link that comes later.
        other = lab.new_link()
        far = lab.host("far")
        far.link(other, "eth0", "10.1.0.2/24")
        lab.use(Responder(far, "eth0", Hosts({"far.local": ["10.1.0.2"]})))
        client.link(other, "eth1", "10.1.0.1/24")
        time.sleep(0.3)
        call = module(client, ENTRY, "far.local")
        equal((call.verdict, call.addrs), (FOUND, ["10.1.0.2"]))
        script.mute = True
        multicast(responder, *(wire.address("nas.local", each, ttl=0)
                               for each in HOST["nas.local"]))
        time.sleep(1.3)
        equal(step.next().verdict, SILENCE, "after a goodbye")


if __name__ == "__main__":
    main()
