#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The direct lookup on real links: which packets it sends, how long it takes,
# and which links it asks.

import os
import time

import wire
from calls import finish, module, module_stepwise, start_module
from lab import HERE, Lab, between, check, equal, good_query, main
from lab import pair, shell, test
from scripted import Honest, Responder, Say, answer_name

# What a lookup may take that has nothing to wait for; a veth needs less than
# one millisecond, a busy machine more.
SOON = 60
# What was learnt before may be said so long after the links have changed.
NOTICE = 0.3
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
NO_LINK = ("UNAVAIL", "TRY_AGAIN")
HOST = {"dual.local": ["10.0.0.2", "fd00::2"]}


def sandbox(what, error):
    return os.path.join(HERE, "sandbox"), what, error


@test
def dual_stack_costs_one_packet_a_transport():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        wire_tap = lab.use(client.capture("eth0"))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        equal(set(call.scopes.values()), {0}, "scope ids")
        between(call.ms, 0, SOON)
        time.sleep(0.2)
        asked = wire_tap.asked()
        equal(sorted(p.family for p in asked), [4, 6], "queries by transport")
        for packet in asked:
            good_query(packet, "dual.local")
            check(packet.sport != 5353, "the one-shot left from 5353")
        equal(asked[0].id, asked[1].id, "id over the other transport")


def ends_of_a_tunnel(lab):
    """Two hosts, each with the address of the other one beside its own."""
    link = lab.new_link()
    ends = lab.host("client"), lab.host("server")
    for host, own, other in zip(ends, ("10.9.0.1", "10.9.0.2"),
                                ("10.9.0.2", "10.9.0.1")):
        host.link(link, "eth0")
        host.run("sh", "-c",
                 "echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
        host.ip(f"addr add {own} peer {other}/32 dev eth0")
    return ends


@test
def the_other_end_of_a_tunnel_is_on_the_link():
    for forbidden in ((), sandbox("netlink", "EACCES")):
        with Lab() as lab:
            client, server = ends_of_a_tunnel(lab)
            lab.use(Responder(server, "eth0",
                              Honest({"four.local": ["10.9.0.2"]}),
                              families=(4,)))
            call = module(client, "gethostbyname4_r", "four.local",
                          under=forbidden)
            equal((call.verdict, call.addrs), (FOUND, ["10.9.0.2"]),
                  forbidden)
            between(call.ms, 95, 100 + SOON)
            # And nobody else is.
            server.ip("addr add 10.9.0.3/32 dev eth0")
            server.ip("addr del 10.9.0.2 peer 10.9.0.1/32 dev eth0")
            server.ip("route add 10.9.0.1/32 dev eth0 src 10.9.0.3")
            client.ip("route add 10.9.0.3/32 dev eth0")
            equal(module(client, "gethostbyname4_r", "four.local",
                         under=forbidden).verdict, SILENCE, "from elsewhere")


@test
def an_address_that_comes_during_the_lookup():
    """After resume, or in a new wireless network: the resends have it."""
    with Lab() as lab:
        link = lab.new_link()
        client, server = lab.host("client"), lab.host("server")
        client.link(link, "eth0")
        server.link(link, "eth0", "10.0.0.2/24")
        lab.use(Responder(server, "eth0",
                          Honest({"four.local": ["10.0.0.2"]}),
                          families=(4,)))
        process = start_module(client, "gethostbyname4_r", "four.local")
        time.sleep(0.2)
        client.ip("addr add 10.0.0.1/24 dev eth0")
        call, = finish(process)
        equal((call.verdict, call.addrs), (FOUND, ["10.0.0.2"]))
        between(call.ms, 300, 1250)


@test
def a_host_with_another_family_on_each_of_two_links():
    """What an NSEC record denies, it denies on its own link."""
    with Lab() as lab:
        links = lab.new_link(), lab.new_link()
        client, server = lab.host("client"), lab.host("server")
        client.link(links[0], "eth0", "10.0.0.1/24", "fd00::1/64")
        client.link(links[1], "eth1", "10.1.0.1/24", "fd01::1/64")
        server.link(links[0], "eth0", "fd00::2/64")
        server.link(links[1], "eth1", "10.1.0.2/24")
        lab.use(Responder(server, "eth0", Honest(
            {"x.local": ["fd00::2"]}, nsec=True), families=(6,)))
        lab.use(Responder(server, "eth1", Honest(
            {"x.local": ["10.1.0.2"]}, nsec=True, delay=0.005),
            families=(4,)))
        for entry, addrs in (("gethostbyname4_r", ["10.1.0.2", "fd00::2"]),
                             ("gethostbyname_r", ["10.1.0.2"])):
            call = module(client, entry, "x.local")
            equal((call.verdict, sorted(call.addrs)), (FOUND, addrs), entry)


@test
def link_local_ipv6_hides_no_ipv4():
    """Without its scope it cannot be connected to."""
    with Lab() as lab:
        client, server = pair(lab)
        local = server.link_local("eth0")
        lab.use(Responder(server, "eth0", Honest(
            {"both.local": ["10.0.0.2", local], "six.local": [local]},
            nsec=True)))
        for words, said in ((("hosts", "both.local"), "10.0.0.2"),
                            (("ahostsv6", "both.local"), "::ffff:10.0.0.2"),
                            (("ahosts", "both.local"), local),
                            (("hosts", "six.local"), local)):
            done = client.run("getent", *words)
            equal(done.returncode, 0, words)
            check(said in done.stdout, words, done.stdout)
        done = client.run("getent", "hosts", "both.local")
        check(local not in done.stdout, done.stdout)


@test
def a_responder_on_this_very_host():
    """What it sends by unicast comes in through the loopback, and is of the
    link all the same: a link-local address has its scope."""
    with Lab() as lab:
        client, _ = pair(lab)
        own = client.link_local("eth0")
        names = {"me.local": ["10.0.0.1", "fd00::1", own]}
        for family in (4, 6):
            responder = Responder(client, "eth0", Honest(names),
                                  families=(family,))
            call = module(client, "gethostbyname4_r", "me.local")
            equal(call.verdict, FOUND, f"IPv{family}")
            equal(sorted(call.addrs), sorted(names["me.local"]))
            equal({addr: scope for addr, scope in call.scopes.items()
                   if scope}, {own: client.ifindex("eth0")}, "scope ids")
            between(call.ms, 0, SOON)
            responder.close()


@test
def id_and_port_differ_each_time():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        wire_tap = lab.use(client.capture("eth0"))
        for _ in range(8):
            equal(module(client, "gethostbyname4_r", "dual.local").verdict,
                  FOUND)
        asked = [p for p in wire_tap.asked() if p.family == 4]
        equal(len(asked), 8, "queries over IPv4")
        # Two equal ones among 8 of 65,536 are seen once in 2,300 runs, three
        # practically never.
        check(len({p.id for p in asked}) > 6, "ids", [p.id for p in asked])
        check(len({p.sport for p in asked}) > 5, "ports",
              [p.sport for p in asked])


@test
def ipv4_only_host_with_nsec_needs_no_grace():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(
            {"four.local": ["10.0.0.2"]}, nsec=True)))
        call = module(client, "gethostbyname4_r", "four.local")
        equal(call.verdict, FOUND)
        equal(call.addrs, ["10.0.0.2"])
        between(call.ms, 0, SOON)


@test
def ipv4_only_host_without_nsec_costs_the_grace():
    """Over IPv6 it is silent: it may have lost that query."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest({"four.local":
                                                  ["10.0.0.2"]}),
                          families=(4,)))
        call = module(client, "gethostbyname4_r", "four.local")
        equal(call.verdict, FOUND)
        equal(call.addrs, ["10.0.0.2"])
        between(call.ms, 95, 100 + SOON)


@test
def a_host_that_answers_over_both_transports_has_said_all():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest({"four.local":
                                                  ["10.0.0.2"]})))
        call = module(client, "gethostbyname4_r", "four.local")
        equal(call.verdict, FOUND)
        equal(call.addrs, ["10.0.0.2"])
        between(call.ms, 0, SOON)


@test
def missing_name():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        wire_tap = lab.use(client.capture("eth0"))
        with open("/proc/loadavg") as load:
            load = load.read()
        step = lab.use(module_stepwise(client, "gethostbyname4_r",
                                       *["nobody.local"] * 2))
        call = step.next(first=True)
        equal(call.verdict, SILENCE)
        between(call.ms, 1245, 1300, f"time (load {load.strip()})")
        time.sleep(0.1)
        asked = wire_tap.asked()
        between(len(asked), 6, 8, "packets")
        for packet in asked:
            good_query(packet, "nobody.local")
        # The timetable: the one-shot, 5353 from 100 ms on, and again.
        start = asked[0].time
        group = [p.time - start for p in asked if p.sport == 5353]
        shots = [p.time - start for p in asked if p.sport != 5353]
        check(group, "5353 was never asked from")
        between(min(group), 0.095, 0.14, "first query from 5353")
        between(min(t for t in shots if t > 0.2), 0.395, 0.45, "second one")
        wire_tap.forget()
        call = step.next()
        equal(call.verdict, SILENCE)
        between(call.ms, 0, 5, "time the second time")
        equal(wire_tap.asked(), [], "packets the second time")


def two_links(lab, addresses):
    """A client on two links with a server on each; addresses(at, server) is
    what that one publishes for both.local."""
    client = lab.host("client")
    published = []
    for at in range(2):
        link = lab.new_link()
        client.link(link, f"eth{at}", f"10.{at}.0.1/24", f"fd0{at}::1/64")
        host = lab.host(f"server{at}")
        host.link(link, "eth0", f"10.{at}.0.2/24", f"fd0{at}::2/64")
        published.append(addresses(at, host))
        lab.use(Responder(host, "eth0", Honest({"both.local":
                                                published[-1]})))
    return client, published


@test
def two_links_at_once():
    with Lab() as lab:
        client, published = two_links(lab, lambda at, host: [
            host.link_local("eth0"), f"fd0{at}::2"])
        taps = [lab.use(client.capture(n)) for n in ("eth0", "eth1")]
        call = module(client, "gethostbyname4_r", "both.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), sorted(published[0] + published[1]))
        for at in range(2):
            local = published[at][0]
            equal(call.scopes[local], client.ifindex(f"eth{at}"), "scope")
            equal(call.scopes[f"fd0{at}::2"], 0, "scope of a global one")
            check(local in call.addrs[2:], "link-local addresses are not "
                  "last:", call.addrs)
        between(call.ms, 0, 100 + SOON)
        for tap in taps:
            equal(sorted(p.family for p in tap.asked() if p.sport != 5353),
                  [4, 6], "queries on a link")


@test
def one_family_from_each_link():
    with Lab() as lab:
        client, _ = two_links(lab, lambda at, host: [
            ["10.0.0.2", "fd01::2"][at]])
        call = module(client, "gethostbyname4_r", "both.local")
        equal(sorted(call.addrs), ["10.0.0.2", "fd01::2"])
        between(call.ms, 0, SOON)


@test
def a_complete_answer_waits_for_no_other_link():
    with Lab() as lab:
        client, published = two_links(lab, lambda at, host: [
            f"10.{at}.0.2", f"fd0{at}::2"])
        call = module(client, "gethostbyname4_r", "both.local")
        equal(call.verdict, FOUND)
        check(any(set(each) <= set(call.addrs) for each in published),
              call.addrs)
        check(set(call.addrs) <= set(published[0] + published[1]),
              call.addrs)
        between(call.ms, 0, SOON)


@test
def same_link_local_address_on_two_links():
    """It is two different hosts, and a program is told of both."""
    with Lab() as lab:
        client = lab.host("client")
        for at in range(2):
            link = lab.new_link()
            client.link(link, f"eth{at}", f"10.{at}.0.1/24")
            host = lab.host(f"server{at}")
            host.link(link, "eth0", f"10.{at}.0.2/24", "fe80::77/64")
            lab.use(Responder(host, "eth0", Honest({"twin.local":
                                                    ["fe80::77"]})))
        call = module(client, "gethostbyname4_r", "twin.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.pairs), [("fe80::77", client.ifindex(f"eth{at}"))
                                   for at in range(2)])


@test
def late_second_link_is_merged():
    with Lab() as lab:
        left, right = lab.new_link(), lab.new_link()
        client = lab.host("client")
        client.link(left, "eth0", "10.0.0.1/24")
        client.link(right, "eth1", "10.1.0.1/24")
        for at, link in enumerate((left, right)):
            host = lab.host(f"server{at}")
            host.link(link, "eth0", f"10.{at}.0.2/24")
            lab.use(Responder(host, "eth0", Honest(
                {"both.local": [f"10.{at}.0.2"]}, delay=0.04 * at)))
        call = module(client, "gethostbyname4_r", "both.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "10.1.0.2"])


@test
def each_family_over_its_own_transport():
    """systemd-resolved answers A over IPv4 and AAAA over IPv6 only."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, split=True)))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        between(call.ms, 0, SOON)


@test
def second_family_within_the_grace():
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            slow = 0.05 if query.family == 6 else 0
            for say in Honest(HOST, split=True)(query):
                say.delay = slow
                yield say

        lab.use(Responder(server, "eth0", script))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        between(call.ms, 45, 50 + SOON)


@test
def late_answer():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, delay=0.3)))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        between(call.ms, 295, 300 + SOON)


@test
def lost_first_query():
    with Lab() as lab:
        client, server = pair(lab)
        seen = []

        def script(query):
            if not query.legacy:
                return []
            seen.append(query)
            if len(seen) <= 2:  # one over each transport
                return []
            return Honest(HOST)(query)

        lab.use(Responder(server, "eth0", script))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        between(call.ms, 395, 400 + SOON)


@test
def a_full_queue_is_a_packet_lost():
    with Lab() as lab:
        client, server = pair(lab)
        client.write("/etc/dotlocal.conf", "second-way = off\n")
        client.run("sh", "-c",
                   "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6")
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for error in ("EAGAIN", "ENOBUFS"):
            call = module(client, "gethostbyname4_r", "dual.local", under=(
                "strace", "-o", "/run/trace", "-e", "trace=sendmsg", "-e",
                f"inject=sendmsg:error={error}:when=1"))
            equal(call.verdict, FOUND, error)
            check(error in client.read("/run/trace"), "no", error)


@test
def multicast_answer_through_5353():
    """Only a query from 5353 is answered, and to the group only."""
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            if query.legacy:
                return
            for say in Honest(HOST)(query):
                say.to = "group"
                yield say

        lab.use(Responder(server, "eth0", script))
        wire_tap = lab.use(client.capture("eth0"))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        between(call.ms, 95, 350)  # the next query would be at 400
        for packet in wire_tap.asked():
            good_query(packet, "dual.local")


@test
def link_local_ipv4():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0", "169.254.1.1/16")
        server = lab.host("server")
        server.link(link, "eth0", "169.254.7.7/16")
        lab.use(Responder(server, "eth0", Honest(
            {"auto.local": ["169.254.7.7"]}, nsec=True)))
        call = module(client, "gethostbyname4_r", "auto.local")
        equal(call.verdict, FOUND)
        equal(call.addrs, ["169.254.7.7"])
        equal(call.scopes["169.254.7.7"], 0, "scope")


@test
def ipv6_link_local_only():
    """Both have nothing but the fe80 addresses that every interface has."""
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0")
        server = lab.host("server")
        server.link(link, "eth0")
        address = server.link_local("eth0")
        lab.use(Responder(server, "eth0", Honest({"six.local": [address]},
                                                 nsec=True)))
        call = module(client, "gethostbyname4_r", "six.local")
        equal(call.verdict, FOUND)
        equal(call.scopes, {address: client.ifindex("eth0")})


@test
def interfaces_come_and_go():
    with Lab() as lab:
        left, right = lab.new_link(), lab.new_link()
        client = lab.host("client")
        client.link(left, "eth0", "10.0.0.1/24")
        for at, link in enumerate((left, right)):
            host = lab.host(f"server{at}")
            host.link(link, "eth0", f"10.{at}.0.2/24")
            lab.use(Responder(host, "eth0", Honest(
                {f"x{at}.local": [f"10.{at}.0.2"]}, nsec=True)))
        step = lab.use(module_stepwise(
            client, "gethostbyname4_r", "x0.local", "x1.local", "x0.local",
            "x1.local", "x0.local"))
        equal(step.next(first=True).addrs, ["10.0.0.2"])
        client.link(right, "eth1", "10.1.0.1/24")
        equal(step.next().addrs, ["10.1.0.2"], "after eth1 came")
        client.ip("link set eth0 down")
        time.sleep(NOTICE)
        call = step.next()
        equal(call.verdict, SILENCE, "after eth0 went down")
        equal(step.next().addrs, ["10.1.0.2"], "over eth1")
        client.ip("link del eth1")
        time.sleep(NOTICE)
        equal(step.next().verdict, NO_LINK, "without any link")


@test
def the_only_link_is_another_one_a_moment_later():
    # The links of the lookup before are asked first; these have gone.
    with Lab() as lab:
        left, right = lab.new_link(), lab.new_link()
        client = lab.host("client")
        client.write("/etc/dotlocal.conf", "second-way = off\nresend = off\n")
        client.link(left, "eth0", "10.0.0.1/24")
        client.link(right, "eth1", "10.1.0.1/24")
        client.ip("link set eth1 multicast off")
        for at, link in enumerate((left, right)):
            host = lab.host(f"server{at}")
            host.link(link, "eth0", f"10.{at}.0.2/24")
            lab.use(Responder(host, "eth0", Honest(
                {f"x{at}.local": [f"10.{at}.0.2"]}, nsec=True)))
        step = lab.use(module_stepwise(
            client, "gethostbyname4_r", "x0.local", "x1.local"))
        equal(step.next(first=True).addrs, ["10.0.0.2"])
        client.ip("link set eth1 multicast on")
        client.ip("link set eth0 down")
        equal(step.next().addrs, ["10.1.0.2"], "over eth1")


@test
def no_link():
    with Lab() as lab:
        client = lab.host("client")  # has a loopback interface only
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, NO_LINK)
        between(call.ms, 0, SOON)
        link = lab.new_link()
        client.link(link, "eth0", "10.0.0.1/24")
        tap = lab.use(client.capture("eth0"))
        client.ip("link set eth0 multicast off")
        equal(module(client, "gethostbyname4_r", "dual.local").verdict,
              NO_LINK, "without multicast")
        client.ip("link set eth0 down")
        equal(module(client, "gethostbyname4_r", "dual.local").verdict,
              NO_LINK, "with the interface down")
        equal(tap.asked(), [], "packets")


@test
def a_link_without_carrier_holds_up_nothing():
    with Lab() as lab:
        client, server = pair(lab)
        dead = lab.new_link()
        port = client.link(dead, "eth1", "10.9.0.1/24")
        shell("ip", "link", "set", port, "down")
        lab.use(Responder(server, "eth0", Honest(HOST)))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        between(call.ms, 0, SOON)


@test
def bridge_ports_are_not_asked():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "port0")  # with a fe80 address, as ports have
        client.ip("link add br0 type bridge mcast_snooping 0 forward_delay 0")
        client.ip("link set port0 master br0")
        client.ip("link set br0 up")
        client.ip("addr add 10.0.0.1/24 dev br0")
        server = lab.host("server")
        server.link(link, "eth0", "10.0.0.2/24", "fd00::2/64")
        responder = lab.use(Responder(server, "eth0", Honest(HOST)))
        time.sleep(0.3)
        tap = lab.use(client.capture("port0"))
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        equal(sorted(p.family for p in tap.asked()), [4, 6], "queries")
        equal(sorted(q.family for q in responder.queries), [4, 6], "heard")


@test
def netlink_forbidden():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for error in ("EPERM", "EACCES", "EAFNOSUPPORT"):
            call = module(client, "gethostbyname4_r", "dual.local",
                          under=sandbox("netlink", error))
            equal(call.verdict, FOUND, error)
            check("10.0.0.2" in call.addrs, call.addrs)
            between(call.ms, 0, 100 + SOON)


@test
def ipv6_forbidden():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for error in ("EPERM", "EAFNOSUPPORT"):
            call = module(client, "gethostbyname4_r", "dual.local",
                          under=sandbox("inet6", error))
            equal(call.verdict, FOUND, error)
            equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
            between(call.ms, 0, SOON)


@test
def sockets_forbidden():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for what in ("inet", "all"):
            for error in ("EPERM", "EACCES", "EAFNOSUPPORT"):
                call = module(client, "gethostbyname4_r", "dual.local",
                              under=sandbox(what, error))
                equal(call.verdict, NO_LINK, f"{what} {error}")
                between(call.ms, 0, SOON)


@test
def output_forbidden_by_the_firewall():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for verdict in ("drop", "reject"):
            client.nft(f"""
                flush ruleset
                table inet filter {{
                    chain out {{
                        type filter hook output priority 0;
                        udp dport 5353 {verdict}
                    }}
                }}""")
            call = module(client, "gethostbyname4_r", "dual.local")
            equal(call.verdict, NO_LINK, verdict)
            between(call.ms, 0, SOON)


@test
def one_link_forbidden_the_other_asked():
    with Lab() as lab:
        client, server = pair(lab)
        other = lab.new_link()
        client.link(other, "eth1", "10.9.0.1/24", "fd09::1/64")
        lab.use(Responder(server, "eth0", Honest(HOST)))
        client.nft("""
            table inet filter {
                chain out {
                    type filter hook output priority 0;
                    oifname "eth1" udp dport 5353 reject
                }
            }""")
        call = module(client, "gethostbyname4_r", "dual.local")
        equal(call.verdict, FOUND)
        between(call.ms, 0, SOON)


@test
def responder_on_the_same_host():
    with Lab() as lab:
        client, _ = pair(lab)
        lab.use(Responder(client, "eth0", Honest(
            {"me.local": ["10.0.0.1", "fd00::1"]}, split=True)))
        call = module(client, "gethostbyname4_r", "me.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.1", "fd00::1"])
        between(call.ms, 0, SOON)


@test
def alias_whose_target_comes_in_another_packet():
    with Lab() as lab:
        client, server = pair(lab)
        honest = Honest(HOST)

        def script(query):
            if "alias.local" in query.names:
                yield Say(answer_name(query, [wire.cname(
                    "alias.local", "dual.local", ttl=10, rclass=wire.IN)]))
            else:
                yield from honest(query)

        lab.use(Responder(server, "eth0", script))
        call = module(client, "gethostbyname4_r", "alias.local")
        equal(call.verdict, FOUND)
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        equal(call.name, "dual.local")


if __name__ == "__main__":
    main()
