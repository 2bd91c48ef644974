#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whom to believe: each lie is told first and the truth after it, which must
# win; told alone, a lie ends in not found. And what is odd but true counts.

import struct

import wire
from calls import finish, module, start_module
from lab import Failure, Lab, between, equal, main, pair, test
from scripted import Honest, Responder, Say, answer_name

FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
TRUTH = "10.0.0.2"
LIE = "10.0.0.66"
# Not on the client's link; the server has them on its loopback interface.
OFF_LINK = {4: "198.51.100.7", 6: "2001:db8:ffff::7"}

LIES = {}
ODD = {}


def lie(function):
    """One-shot queries are answered so; gives octets or Say objects."""
    LIES[function.__name__.replace("_", "-") + ".local"] = function
    return function


def odd(function):
    """Octets that are to be believed although they are not as usual."""
    ODD[function.__name__.replace("_", "-") + ".local"] = function
    return function


def owner(query):
    return query.questions[0][0]


def a(query, address=LIE, **options):
    options.setdefault("ttl", 10)
    options.setdefault("rclass", wire.IN)
    return wire.address(owner(query), address, **options)


def good(query, *more, **options):
    return answer_name(query, [a(query), *more], **options)


# -- lies -----------------------------------------------------------------

@lie
def wrong_id(query):
    data = good(query)
    return struct.pack("!H", query.id ^ 1) + data[2:]


@lie
def id_0(query):
    # What a multicast response has; the one-shot is a plain DNS exchange.
    return b"\0\0" + good(query)[2:]


@lie
def wrong_port(query):
    return Say(good(query), sport=5354)


@lie
def off_link(query):
    return Say(good(query), src=OFF_LINK[query.family])


@lie
def other_question(query):
    return wire.message(id=query.id, answers=[a(query)], questions=[
        wire.question("other.local", wire.A)])


@lie
def other_type_in_question(query):
    return wire.message(id=query.id, answers=[a(query)], questions=[
        wire.question(owner(query), wire.TXT)])


@lie
def not_a_response(query):
    return good(query, flags=0)


@lie
def opcode_update(query):
    return good(query, flags=wire.QR | wire.AA | 5 << 11)


@lie
def rcode_nxdomain(query):
    return good(query, flags=wire.QR | wire.AA | 3)


@lie
def rcode_refused_and_empty(query):
    return answer_name(query, [], flags=wire.QR | wire.AA | 5)


@lie
def ttl_0(query):
    return answer_name(query, [a(query, ttl=0)])


@lie
def ttl_with_top_bit(query):
    return answer_name(query, [a(query, ttl=0x80000000)])


@lie
def class_chaos(query):
    return answer_name(query, [a(query, rclass=3)])


@lie
def three_octets(query):
    return answer_name(query, [wire.record(
        owner(query), wire.A, b"\x0a\0\0", rclass=wire.IN)])


@lie
def five_octets(query):
    return answer_name(query, [wire.record(
        owner(query), wire.A, b"\x0a\0\0\x42\x42", rclass=wire.IN)])


@lie
def fifteen_octets(query):
    return answer_name(query, [wire.record(
        owner(query), wire.AAAA, b"\xfd" + bytes(14), rclass=wire.IN)])


@lie
def cut_short(query):
    return good(query)[:-1]


@lie
def rdlength_beyond_the_end(query):
    return answer_name(query, [wire.record(
        owner(query), wire.A, b"\x0a\0\0\x42", rclass=wire.IN, rdlength=400)])


@lie
def header_only(query):
    return good(query)[:12]


@lie
def eleven_octets(query):
    return good(query)[:11]


@lie
def empty_datagram(query):
    return b""


@lie
def pointer_to_itself(query):
    return wire.message(id=query.id, answers=[
        b"\xc0\x0c" + struct.pack("!HHIH", wire.A, 1, 10, 4)
        + b"\x0a\0\0\x42"])


@lie
def pointer_forward(query):
    return wire.message(id=query.id, answers=[
        b"\xc0\x1c" + struct.pack("!HHIH", wire.A, 1, 10, 4)
        + b"\x0a\0\0\x42" + owner(query)])


@lie
def other_name(query):
    return answer_name(query, [wire.address("other.local", LIE, ttl=10,
                                            rclass=wire.IN)])


@lie
def longer_name(query):
    return answer_name(query, [wire.address(
        b"\1x" + owner(query), LIE, ttl=10, rclass=wire.IN)])


@lie
def alias_to_a_foreign_name(query):
    return answer_name(query, [
        wire.cname(owner(query), "www.example.com", ttl=10, rclass=wire.IN),
        wire.address("www.example.com", LIE, ttl=10, rclass=wire.IN)])


@lie
def dname(query):
    return answer_name(query, [
        wire.record("local", 39, wire.name("example.com"), ttl=10,
                    rclass=wire.IN),
        wire.address("www.example.com", LIE, ttl=10, rclass=wire.IN)])


@lie
def absent_says_a_stranger(query):
    """An NSEC that is off the link must not end the lookup."""
    return Say(wire.message(id=query.id, answers=[wire.nsec(
        owner(query), [wire.TXT], rclass=wire.IN)]),
        src=OFF_LINK[query.family])


@lie
def off_link_to_5353(query):
    """We ask from 5353 too by then, and want unicast answers there."""
    return Say(wire.message(answers=[a(query)]), delay=0.2,
               to=(query.source[0], 5353), src=OFF_LINK[query.family])


@lie
def group_from_wrong_port(query):
    return Say(wire.message(answers=[a(query)]), delay=0.2, to="group",
               sport=5354)


@lie
def group_query_with_an_answer(query):
    """Known answers in somebody's query prove nothing (RFC 6762 7.1)."""
    return Say(wire.message(flags=0, questions=query.echo(),
                            answers=[a(query)]), delay=0.2, to="group")


def bad_address(label, text):
    def function(query):
        return answer_name(query, [a(query, address=text)])
    function.__name__ = "bad_" + label
    lie(function)


bad_address("loopback", "127.0.0.1")
bad_address("loopback_net", "127.3.2.1")
bad_address("unspecified", "0.0.0.0")
bad_address("this_net", "0.1.2.3")
bad_address("multicast", "224.0.0.251")
bad_address("broadcast", "255.255.255.255")
bad_address("six_loopback", "::1")
bad_address("six_unspecified", "::")
bad_address("six_mapped", "::ffff:10.0.0.66")
bad_address("six_multicast", "ff02::fb")


# -- odd, but to be believed ----------------------------------------------

@odd
def no_question_repeated(query):
    return good(query, question=False)


@odd
def only_a_repeated(query):
    return wire.message(id=query.id, answers=[a(query)], questions=[
        wire.question(owner(query), wire.A)])


@odd
def upper_case(query):
    return wire.message(id=query.id, answers=[wire.address(
        owner(query).upper(), LIE, ttl=10, rclass=wire.IN)],
        questions=[wire.question(owner(query).upper(), wire.A)])


@odd
def cache_flush_bit(query):
    return answer_name(query, [a(query, rclass=wire.IN | wire.FLUSH)])


@odd
def ttl_of_a_day(query):
    return answer_name(query, [a(query, ttl=86400)])


@odd
def truncated_flag(query):
    return good(query, flags=wire.QR | wire.AA | wire.TC)


@odd
def other_flags(query):
    # RD, RA, Z, AD, CD, and not AA: ignored (RFC 6762 18).
    return good(query, flags=wire.QR | 0x01F0)


@odd
def in_the_additional_section(query):
    return wire.message(id=query.id, questions=query.echo(),
                        additional=[a(query)])


@odd
def malformed_nsec_beside(query):
    # A bitmap without its length.
    bad = wire.record(owner(query), wire.NSEC, owner(query) + b"\0\x40",
                      ttl=10, rclass=wire.IN)
    return good(query, bad)


@odd
def nsec_of_zeroconf(query):
    # Debian 12's, octet by octet: an empty bitmap, another one, and the bit
    # of a type that the host has not.
    bad = wire.record(owner(query), wire.NSEC, owner(query)
                      + b"\0\0\0\4\0\0\0\x08", ttl=4500, rclass=wire.IN)
    return good(query, bad)


@odd
def malformed_nsec_before(query):
    bad = wire.record(owner(query), wire.NSEC, owner(query) + b"\0\x21"
                      + bytes(33), ttl=10, rclass=wire.IN)
    return answer_name(query, [bad, a(query)])


@odd
def bad_address_beside(query):
    return good(query, a(query, address="127.0.0.1"),
                a(query, address="::ffff:1.2.3.4"), a(query, address="::1"))


@odd
def foreign_name_beside(query):
    return good(query, wire.address("www.example.com", "10.0.0.77"))


@odd
def second_record_cut_short(query):
    return good(query, a(query, address="10.0.0.77")[:-2])


@odd
def unknown_type_before(query):
    return answer_name(query, [wire.record(owner(query), 65280, b"abc",
                                           rclass=wire.IN), a(query)])


@odd
def opt_record(query):
    return wire.message(id=query.id, questions=query.echo(),
                        answers=[a(query)], additional=[
                            b"\0" + struct.pack("!HHIH", wire.OPT, 1440,
                                                0, 0)])


@odd
def trailing_octets(query):
    return good(query) + b"garbage"


@odd
def last_of_a_big_message(query):
    # 9000 octets with the IPv6 and UDP headers (RFC 6762 17): in fragments.
    filler = [wire.record(owner(query), wire.TXT, b"\xfa" + b"x" * 250,
                          ttl=10, rclass=wire.IN)] * 28
    return answer_name(query, [*filler, a(query)])


@odd
def alias_with_its_target(query):
    return answer_name(query, [
        wire.cname(owner(query), "target.local", ttl=10, rclass=wire.IN),
        wire.address("target.local", LIE, ttl=10, rclass=wire.IN)])


@odd
def alias_after_its_target(query):
    return answer_name(query, [
        wire.address("target.local", LIE, ttl=10, rclass=wire.IN),
        wire.cname(owner(query), "target.local", ttl=10, rclass=wire.IN)])


@odd
def three_aliases(query):
    options = dict(ttl=10, rclass=wire.IN)
    return answer_name(query, [
        wire.cname(owner(query), "t1.local", **options),
        wire.cname("t1.local", "t2.local", **options),
        wire.cname("t2.local", "t3.local", **options),
        wire.address("t3.local", LIE, **options)])


@odd
def from_the_group_at_once(query):
    # A responder that multicasts its reply: it never reaches the one-shot's
    # port, and is heard once we have joined.
    return Say(wire.message(answers=[wire.address(owner(query), LIE)]),
               to="group", delay=0.2)


@odd
def multicast_from_off_link(query):
    # To the group: on the link by definition (RFC 6762 11).
    return Say(wire.message(answers=[wire.address(owner(query), LIE)]),
               to="group", delay=0.2, src=OFF_LINK[query.family])


@odd
def late(query):
    return Say(good(query), delay=0.3)


# -- the tests ------------------------------------------------------------

def says(thing):
    return thing if isinstance(thing, Say) else Say(thing)


def network(lab, functions, truth):
    """A server that answers the first one-shot as the name says and, if there
    is a truth, 50 ms later with that."""
    client, server = pair(lab)
    server.ip(f"addr add {OFF_LINK[4]}/32 dev lo")
    server.ip(f"addr add {OFF_LINK[6]}/128 dev lo nodad")

    def script(query):
        name = next(iter(query.names))
        if not query.legacy or name not in functions:
            return
        yield says(functions[name](query))
        if truth:
            yield Say(answer_name(query, [a(query, address=TRUTH)], nsec=[
                wire.nsec(owner(query), [wire.A], ttl=10, rclass=wire.IN)]),
                delay=0.05)

    lab.use(Responder(server, "eth0", script))
    return client


def each(client, functions, judge):
    """All at the same time in processes of their own, a dozen at once."""
    names = list(functions)
    wrong = []
    for at in range(0, len(names), 12):
        running = [(n, start_module(client, "gethostbyname4_r", n))
                   for n in names[at:at + 12]]
        for name, process in running:
            try:
                judge(finish(process)[0])
            except Failure as why:
                wrong.append(f"{name}: {why}")
    if wrong:
        raise Failure("; ".join(wrong))


@test
def the_truth_wins_over_each_lie():
    def judge(call):
        equal(call.verdict, FOUND)
        equal(call.addrs, [TRUTH])

    with Lab() as lab:
        each(network(lab, LIES, True), LIES, judge)


@test
def a_lie_alone_is_not_found():
    def judge(call):
        equal(call.verdict, SILENCE)
        between(call.ms, 1245, 1600)

    with Lab() as lab:
        each(network(lab, LIES, False), LIES, judge)


@test
def odd_but_true():
    def judge(call):
        equal(call.verdict, FOUND)
        equal(call.addrs, [LIE])

    with Lab() as lab:
        each(network(lab, ODD, False), ODD, judge)


@test
def ttl_is_capped():
    """What came one-shot is good for 10 s at most (RFC 6762 6.7), whatever it
    says; a program that keeps answers, like nscd, is told so."""
    with Lab() as lab:
        client = network(lab, ODD, False)
        for name in ("ttl-of-a-day.local", "from-the-group-at-once.local"):
            call = module(client, "gethostbyname4_r", name)
            between(call.ttl, 1, 10, f"ttl of {name}")


@test
def unicast_to_5353_counts_only_when_it_was_asked_for():
    """Within two seconds of a question with QU (RFC 6762 11)."""
    for delay, verdict in ((0.5, FOUND), (2.5, SILENCE)):
        with Lab() as lab:
            client, server = pair(lab)
            client.write("/etc/dotlocal.conf",
                         "timeout = 3s\nresend = off\n")

            def script(query):
                if not query.legacy and query.family == 4:
                    yield Say(wire.message(answers=[a(query)]), delay=delay)

            lab.use(Responder(server, "eth0", script))
            call = module(client, "gethostbyname4_r", "late.local")
            equal(call.verdict, verdict, f"after {delay} s")


@test
def alias_loop_ends():
    """avahi-daemon dies of the first of these."""
    loops = {
        "self.local": {"self.local": "self.local"},
        "ring.local": {"ring.local": "ring2.local",
                       "ring2.local": "ring.local"},
        "three.local": {"three.local": "three2.local",
                        "three2.local": "three3.local",
                        "three3.local": "three.local"},
    }

    def script(query):
        if not query.legacy:
            return
        options = dict(ttl=10, rclass=wire.IN)
        for chain in loops.values():
            for alias in chain:
                if alias in query.names:
                    yield Say(answer_name(query, [
                        wire.cname(o, t, **options)
                        for o, t in chain.items()]))

    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", script))
        for name in loops:
            del responder.queries[:]
            call = module(client, "gethostbyname4_r", name)
            equal(call.verdict[0], "NOTFOUND", name)
            between(call.ms, 0, 1400)
            # What a missing name costs, and one more over both transports
            # for each alias that was followed.
            between(len(responder.queries), 0, 8 + 2 * 5,
                    f"queries for {name}")


@test
def nothing_is_sent_because_a_response_came():
    with Lab() as lab:
        client, server = pair(lab)
        tap = lab.use(client.capture("eth0"))

        def script(query):
            if query.legacy:
                for _ in range(50):
                    yield Say(wrong_id(query))

        lab.use(Responder(server, "eth0", script))
        call = module(client, "gethostbyname4_r", "quiet.local")
        equal(call.verdict, SILENCE)
        between(len(tap.asked()), 1, 8, "queries")


@test
def a_flood_does_not_stretch_the_time():
    """Hundreds of foreign answers a query; the end comes when it should."""
    with Lab() as lab:
        client, server = pair(lab)
        flood = wire.message(answers=[wire.address("other.local", LIE)])

        def script(query):
            for at in range(400):
                yield Say(flood, to="group", via=4, delay=at / 500)

        lab.use(Responder(server, "eth0", script, families=(4,)))
        call = module(client, "gethostbyname4_r", "nobody.local")
        equal(call.verdict, SILENCE)
        between(call.ms, 1245, 1350)


@test
def second_family_of_a_stranger_is_not_merged():
    """A true A and, within the grace, an AAAA from off the link."""
    with Lab() as lab:
        client, server = pair(lab)
        server.ip(f"addr add {OFF_LINK[4]}/32 dev lo")
        honest = Honest({"host.local": [TRUTH]})

        def script(query):
            if query.legacy and query.family == 4:
                yield from honest(query)
                yield Say(answer_name(query, [a(query, address="fd00::66")]),
                          delay=0.02, src=OFF_LINK[4])

        lab.use(Responder(server, "eth0", script))
        call = module(client, "gethostbyname4_r", "host.local")
        equal(call.addrs, [TRUTH])


if __name__ == "__main__":
    main()
