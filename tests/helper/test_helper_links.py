#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-helper on links that are many, that come and go, and that it shares with
# avahi-daemon and systemd-resolved.

import os
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import peer
import wire
from calls import module, module_stepwise
from helper import DONE, NO_LINK, REFUSED, WATCH, Client, Helper, Watch
from hosts import Hosts, multicast
from lab import Lab, between, check, equal, main, pair, program, test, until
from scripted import Responder

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
ASKED = 300
SOON = 60
NOTICE = 0.3  # seconds until a change of the links is seen
FLAPS = int(os.environ.get("HELPER_FLAPS", 1000))
HOST = {"nas.local": ["10.0.0.2", "fd00::2"]}


def two_links(lab, **options):
    """A client on two links, with a server on each that knows these hosts."""
    links = lab.new_link(), lab.new_link()
    client = lab.host("client")
    for i, link in enumerate(links):
        client.link(link, f"eth{i}", f"10.{i}.0.1/24", f"fd0{i}::1/64")
    scripts, responders = [], []
    for i, link in enumerate(links):
        server = lab.host(f"server{i}")
        server.link(link, "eth0", f"10.{i}.0.2/24", f"fd0{i}::2/64")
        scripts.append(Hosts({
            "both.local": [f"10.{i}.0.2", "fe80::99"],
            f"only{i}.local": [f"10.{i}.0.2", f"fd0{i}::2"]}, **options))
        responders.append(lab.use(Responder(server, "eth0", scripts[i])))
    return client, scripts, responders


@test
def two_links_are_asked_and_told_apart():
    with Lab() as lab:
        client, _, _ = two_links(lab)
        lab.use(Helper(client))
        taps = [lab.use(client.capture(f"eth{i}")) for i in (0, 1)]
        # The first who asks has what came first; it is one host or two.
        call = module(client, ENTRY, "both.local")
        equal(call.verdict, FOUND)
        between(call.ms, 0, ASKED)
        time.sleep(0.1)
        call = module(client, ENTRY, "both.local")
        equal(sorted(call.pairs), [
            ("10.0.0.2", 0), ("10.1.0.2", 0),
            *(("fe80::99", client.ifindex(f"eth{i}")) for i in (0, 1))])
        between(call.ms, 0, SOON)
        for i, tap in enumerate(taps):
            equal(sorted(p.family for p in tap.asked()), [4, 6],
                  f"queries on eth{i}")
        got = lab.use(Client(client)).resolve("both.local")
        equal(got.fields["links"]["10.1.0.2"], client.ifindex("eth1"), "link")
        for i in (0, 1):
            call = module(client, ENTRY, f"only{i}.local")
            equal(sorted(call.addrs), [f"10.{i}.0.2", f"fd0{i}::2"])


@test
def addresses_go_with_their_link():
    with Lab() as lab:
        client, _, _ = two_links(lab)
        lab.use(Helper(client))
        both = lab.use(module_stepwise(client, ENTRY, *["both.local"] * 9))
        one = lab.use(module_stepwise(client, ENTRY, *["only1.local"] * 9))
        both.next(first=True)
        equal(one.next(first=True).verdict, FOUND)
        equal(len(both.next().addrs), 4)
        for word, back in (("link set eth1 down", "link set eth1 up"),
                           ("link del eth1", None)):
            client.ip(word)
            time.sleep(NOTICE)
            call = both.next()
            equal(sorted(call.pairs), [
                ("10.0.0.2", 0), ("fe80::99", client.ifindex("eth0"))], word)
            between(call.ms, 0, SOON, word)
            check(one.next().verdict != FOUND, word, "but found only1.local")
            if back:
                client.ip(back)
                client.ip("addr replace fd01::1/64 dev eth1 nodad")
                until(lambda: "state UP" in client.ip("link show eth1"), 5,
                      "eth1")
                time.sleep(1.1)  # a responder says it once a second
                equal(one.next().verdict, FOUND, back)
                time.sleep(1.1)
                equal(len(both.next().addrs), 4, back)


@test
def links_and_addresses_that_come_later():
    with Lab() as lab:
        client = lab.host("client")
        lab.use(Helper(client))
        equal(module(client, ENTRY, "nas.local").status, "UNAVAIL",
              "without a link")
        link = lab.new_link()
        server = lab.host("server")
        server.link(link, "eth0", "10.0.0.2/24", "fd00::2/64")
        lab.use(Responder(server, "eth0", Hosts(HOST)))
        client.link(link, "eth0", "10.0.0.1/24", "fd00::1/64")
        time.sleep(NOTICE)
        tap = lab.use(client.capture("eth0"))
        call = module(client, ENTRY, "nas.local")
        equal((call.verdict, sorted(call.addrs)),
              (FOUND, ["10.0.0.2", "fd00::2"]))
        equal({p.sport for p in tap.asked()}, {5353}, "asked from")

        # One that has no address at first.
        second = lab.new_link()
        far = lab.host("far")
        far.link(second, "eth0", "10.1.0.2/24", "fd01::2/64")
        lab.use(Responder(far, "eth0", Hosts({"far.local": ["10.1.0.2"]})))
        client.link(second, "wlan0")
        client.ip("-6 addr flush dev wlan0")
        time.sleep(NOTICE)
        client.ip("addr add 10.1.0.1/24 dev wlan0")
        time.sleep(NOTICE)
        call = module(client, ENTRY, "far.local")
        equal((call.verdict, call.addrs), (FOUND, ["10.1.0.2"]))
        links, _ = lab.use(Client(client)).status()
        equal(sorted(links), ["eth0", "wlan0"], "links of the status")


@test
def a_new_link_ends_the_silence():
    """What was not there before may be on the link that has come."""
    with Lab() as lab:
        client, _ = pair(lab)
        lab.use(Helper(client))
        step = lab.use(module_stepwise(client, ENTRY, *["far.local"] * 2))
        equal(step.next(first=True).verdict, SILENCE)
        second = lab.new_link()
        far = lab.host("far")
        far.link(second, "eth0", "10.1.0.2/24")
        lab.use(Responder(far, "eth0", Hosts({"far.local": ["10.1.0.2"]})))
        client.link(second, "wlan0", "10.1.0.1/24")
        time.sleep(NOTICE)
        equal(step.next().verdict, FOUND, "on the link that has come")


@test
def a_watch_of_one_link_ends_with_it():
    with Lab() as lab:
        client, _ = pair(lab)
        lab.use(Helper(client))
        ask = lab.use(Client(client))
        ask.send(WATCH, "nas.local", type=wire.A,
                 ifindex=client.ifindex("eth0"))
        equal(ask.receive().kind, DONE, "reply")
        client.ip("link set eth0 down")
        got = ask.receive()
        equal((got.kind, got.status), (REFUSED, NO_LINK))


# -- many ------------------------------------------------------------------

def many_links(lab, count):
    """A client and a server with so many links between them."""
    client, server = lab.host("client"), lab.host("server")
    lines = []
    for i in range(count):
        lines.append(f"link add w{i} netns {client.holder.pid} type veth "
                     f"peer name w{i} netns {server.holder.pid}")
    batch([], lines)
    for host, last in ((client, 1), (server, 2)):
        batch(host.argv([]), [
            line for i in range(count) for line in (
                f"addr add 10.9.{i}.{last}/24 dev w{i}",
                f"link set w{i} up")])
    until(lambda: client.ip("-o link show").count("state UP") == count, 10,
          "the links")
    until(lambda: "tentative" not in client.ip("addr show"), 10, "IPv6")
    return client, server


def batch(under, lines):
    done = subprocess.run([*under, "ip", "-batch", "-"], text=True,
                          input="\n".join(lines) + "\n", timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    equal(done.returncode, 0, f"ip -batch ({done.stdout})")


@test
def thirty_and_sixty_links():
    """The kernel lets a socket join 20 IPv4 groups, so one is not enough."""
    for count in (30, 60):
        with Lab() as lab:
            client, server = many_links(lab, count)
            where = sorted({0, 19, 20, 40, count - 1} & set(range(count)))
            for i in where:
                lab.use(Responder(server, f"w{i}", Hosts(
                    {f"on{i}.local": [f"10.9.{i}.2"]}, nsec=True),
                    families=(4,)))
            helper = lab.use(Helper(client))
            links, _ = lab.use(Client(client)).status()
            equal(len(links), count, "links")
            equal([name for name, link in links.items()
                   if not link["joined4"] or not link["joined6"]], [],
                  "links where a group was not joined")
            for i in where:
                call = module(client, ENTRY, f"on{i}.local")
                equal((call.verdict, call.addrs), (FOUND, [f"10.9.{i}.2"]),
                      f"a host on link {i} of {count}")
                between(call.ms, 0, 2 * ASKED, f"on link {i} of {count}")
            helper.lives()


@test
def a_link_that_flaps_costs_the_others_nothing():
    """Down and up, renamed and readdressed 1,000 times, while names on another
    link are asked for."""
    with Lab() as lab:
        client, scripts, _ = two_links(lab)
        for i in range(200):
            scripts[0].hosts[f"n{i}.local"] = ["10.0.0.2", "fd00::2"]
        helper = lab.use(Helper(client))
        tap = lab.use(client.capture("eth0"))
        watch = lab.use(Watch(client, WATCH, "only0.local", wire.A))
        watch.wait("+", b"\x0a\0\0\2", 1)
        ask = lab.use(Client(client))
        ask.addresses("only0.local")
        lines = ["link set eth1 down", "link set eth1 name weth1",
                 "addr add 10.3.0.1/24 dev weth1", "link set weth1 up",
                 "addr del 10.3.0.1/24 dev weth1",
                 "link set weth1 down", "link set weth1 name eth1",
                 "link set eth1 up"]
        flapping = threading.Thread(target=batch, args=(
            client.argv([]), lines * (FLAPS // 2)))
        cpu, start = helper.cpu(), time.monotonic()
        flapping.start()
        slow, count = [], 0
        while flapping.is_alive() and count < 200:
            since = time.monotonic()
            equal(ask.addresses(f"n{count}.local"), ["10.0.0.2", "fd00::2"])
            slow.append(time.monotonic() - since)
            since = time.monotonic()
            equal(ask.addresses("only0.local"), ["10.0.0.2", "fd00::2"])
            between(time.monotonic() - since, 0, 0.3, "a name that is known")
            count += 1
            time.sleep(0.02)
        during = not flapping.is_alive() or count == 200
        flapping.join(60)
        took = time.monotonic() - start
        check(during and count > 10, "lookups while it flapped:", count)
        slow.sort()
        between(slow[len(slow) // 2], 0, 0.15, "the median of new names")
        between(slow[-1], 0, 0.5, "the slowest of new names")
        between((helper.cpu() - cpu) / took, 0, 0.5,
                "processor time of each second")
        # The other link is not asked again for what is known there.
        again = [p for p in tap.asked()
                 if any(q[0] == "only0.local" for q in p.questions)]
        check(len(again) <= 3 * 2, "only0.local was asked for", len(again),
              "times")
        equal([e.sign for e in watch.events], ["+"], "events of the other")
        time.sleep(1)
        call = module(client, ENTRY, "only1.local")
        equal((call.verdict, call.addrs[:1] and call.addrs[0]),
              (FOUND, "10.1.0.2"), "on the link itself afterwards")
        helper.lives()


# -- beside others ---------------------------------------------------------

@test
def beside_avahi_and_resolved_on_one_host():
    """All three share port 5353, and each goes on working."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Hosts(HOST)))
        peer.avahi(client, name="me")
        peer.resolved(client)
        helper = lab.use(Helper(client))
        time.sleep(1)
        tap = lab.use(client.capture("eth0"))
        call = module(client, ENTRY, "nas.local")
        equal((call.verdict, sorted(call.addrs)),
              (FOUND, ["10.0.0.2", "fd00::2"]), "a host on the link")
        ours = [p for p in tap.asked() if p.is_query
                and any(q[0] == "nas.local" for q in p.questions)]
        equal({p.sport for p in ours}, {5353}, "asked from")
        call = module(client, ENTRY, "me.local")
        equal(call.verdict, FOUND, "avahi's own name, on its own host")
        check("10.0.0.1" in call.addrs, call)
        # resolved does not answer its own host, whoever asks there.

        # The others still answer the link, one-shots and the group.
        for name in ("me.local", "client.local"):
            call = module(server, ENTRY, name)
            equal(call.verdict, FOUND, f"{name} from the link")
            check("10.0.0.1" in call.addrs, call)
        lab.use(Helper(server))
        for name in ("me.local", "client.local"):
            equal(module(server, ENTRY, name).verdict, FOUND,
                  f"{name} by a helper on the link")
        helper.lives()


@test
def avahi_that_starts_later_and_withdraws():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Helper(client))
        daemon = peer.avahi(client, name="me")
        remote = peer.avahi(server, name="far", hosts=[
            ("both.local", "10.0.0.26"), ("both.local", "fd00::26")])
        time.sleep(1.2)
        step = lab.use(module_stepwise(client, ENTRY, *["far.local"] * 3))
        call = step.next(first=True)
        equal((call.verdict, sorted(call.addrs)),
              (FOUND, ["10.0.0.2", "fd00::2"]), "a host on the link")
        equal(sorted(module(client, ENTRY, "both.local").addrs),
              ["10.0.0.26", "fd00::26"])
        check("10.0.0.1" in module(client, ENTRY, "me.local").addrs,
              "avahi's own name")
        check("10.0.0.1" in module(server, ENTRY, "me.local").addrs,
              "avahi's name from the link")
        remote.terminate()
        remote.wait(5)
        time.sleep(1.3)
        equal(step.next().verdict, SILENCE, "after its goodbye")
        equal(daemon.poll(), None, "the avahi beside us")


@test
def resumes_with_the_truth():
    """A responder that was replaced while nobody listened: what it announces
    is what counts (RFC 6762 10.2)."""
    with Lab() as lab:
        client, server = pair(lab)
        script = Hosts(HOST)
        responder = lab.use(Responder(server, "eth0", script))
        lab.use(Helper(client))
        step = lab.use(module_stepwise(client, ENTRY, *["nas.local"] * 3))
        step.next(first=True)
        client.ip("link set eth0 down")
        script.hosts["nas.local"] = ["10.0.0.55", "fd00::55"]
        client.ip("link set eth0 up")
        client.ip("addr replace fd00::1/64 dev eth0 nodad")
        until(lambda: "state UP" in client.ip("link show eth0"), 5, "eth0")
        time.sleep(1.1)
        multicast(responder, wire.address("nas.local", "10.0.0.55"),
                  wire.address("nas.local", "fd00::55"))
        time.sleep(0.2)
        equal(sorted(step.next().addrs), ["10.0.0.55", "fd00::55"])


@test
def woken_up_somewhere_else():
    """After a suspend nothing of before is believed."""
    with Lab() as lab:
        client, server = pair(lab)
        script = Hosts(HOST, ttl=7200)
        lab.use(Responder(server, "eth0", script))
        client.write("/run/asleep", "\0")
        lab.use(Helper(client, under=(  # in place of mdns-helper
            "sh", "-c", "exec $0", program("tests/helper", "asleep"))))
        ask = lab.use(Client(client))
        for name in ("nas.local", "nobody.local"):
            ask.resolve(name)
        equal(ask.status()[1]["names"], 2, "names before")
        script.hosts["nas.local"] = ["10.0.0.55", "fd00::55"]
        time.sleep(1.1)  # a responder says it once a second
        client.write("/run/asleep", "$")  # 3600 s
        equal(ask.status()[1]["names"], 0, "names after")
        equal(ask.addresses("nas.local"), ["10.0.0.55", "fd00::55"])


if __name__ == "__main__":
    main()
