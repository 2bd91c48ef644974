# SPDX-License-Identifier: LGPL-2.1-or-later
# What a hostile host may say to a one-shot query or to the group, besides what
# tests/net/test_trust.py has, and the lies that are lies to mdns-helper too.

import copy
import struct

import wire
from lab import TESTS
from scripted import Say, answer_name

import test_trust
from test_trust import LIE, LIES as TRUSTED, a, good, owner

TESTS.clear()  # those of test_trust are run there

LIES = dict(TRUSTED)


def lie(function):
    LIES[function.__name__.replace("_", "-") + ".local"] = function
    return function


def pointer(to):
    return struct.pack("!H", 0xC000 | to)


def raw(query, octets, answers=1, questions=0):
    """A message of whatever octets follow the header."""
    return struct.pack("!6H", query.id, wire.QR | wire.AA, questions, answers,
                       0, 0) + octets


def tail(rtype=wire.A, rdata=b"\x0a\0\0\x42", rclass=wire.IN, ttl=10):
    return struct.pack("!HHIH", rtype, rclass, ttl, len(rdata)) + rdata


@lie
def pointers_that_chase_each_other(query):
    return raw(query, pointer(14) + pointer(12) + tail())


@lie
def pointer_into_the_header(query):
    return raw(query, pointer(0) + tail())


@lie
def pointer_beyond_the_end(query):
    return raw(query, pointer(9000) + tail())


@lie
def name_of_256_octets(query):
    """The last label goes beyond 255; before it everything is fine."""
    name = b"\x3f" + b"x" * 63
    return raw(query, name * 3 + b"\x3e" + b"x" * 62 + b"\0" + tail()
               + owner(query) + tail())


@lie
def name_that_pointers_make_too_long(query):
    first = (b"\x3f" + b"x" * 63) * 3 + owner(query)
    return raw(query, first + tail(65280, b"") + (b"\x3f" + b"y" * 63)
               + pointer(12) + tail() + owner(query) + tail(), answers=3)


@lie
def label_of_64_octets(query):
    return raw(query, b"\x40" + b"x" * 64 + owner(query) + tail()
               + owner(query) + tail(), answers=2)


@lie
def name_cut_in_its_pointer(query):
    return raw(query, owner(query)[:-1] + b"\xc0")


@lie
def nine_thousand_octets_of_pointers(query):
    """Each to the one before, to the very end."""
    chain = b"".join(pointer(12 + 2 * max(0, i - 1)) for i in range(4460))
    return raw(query, chain, answers=700)


@lie
def nine_thousand_octets_of_counts(query):
    return struct.pack("!6H", query.id, wire.QR | wire.AA, 65535, 65535,
                       65535, 65535) + bytes(8900)


@lie
def counts_without_records(query):
    return raw(query, b"", answers=65535)


@lie
def records_without_counts(query):
    return raw(query, owner(query) + tail(), answers=0)


@lie
def questions_that_are_not_there(query):
    return raw(query, owner(query) + tail(), answers=1, questions=40)


@lie
def rdata_of_the_next_record(query):
    """An RDLENGTH that swallows the record behind it."""
    return raw(query, owner(query) + struct.pack("!HHIH", wire.A, 1, 10, 60)
               + b"\x0a\0\0\x42" + owner(query) + tail(), answers=2)


@lie
def empty_rdata(query):
    return answer_name(query, [
        wire.record(owner(query), rtype, b"", rclass=wire.IN)
        for rtype in (wire.A, wire.AAAA, wire.CNAME, wire.NSEC, wire.PTR)])


@lie
def alias_of_nothing(query):
    return answer_name(query, [wire.cname(
        owner(query), b"\xff\xff", rclass=wire.IN)])


@lie
def thousands_of_addresses_of_others(query):
    return raw(query, owner(query) + tail(65280, b"") + b"".join(
        b"\1y" + pointer(12) + tail() for _ in range(440)), answers=441)


# What counts for a one-shot only: in what is multicast the id is ignored, and
# so is the question (RFC 6762 6, 18.1); the source of what came to the group
# is on the link by definition (11); and some are about a second message.
ONE_SHOT_ONLY = ("wrong-id id-0 off-link other-question absent-says-a-stranger "
                 "other-type-in-question off-link-to-5353 group-from-wrong-port "
                 "group-query-with-an-answer").split()

TO_GROUP = {name: function for name, function in LIES.items()
            if name[:-len(".local")] not in ONE_SHOT_ONLY}


def part(query, name):
    """What a query asks for one of its names, as a query."""
    other = copy.copy(query)
    other.questions = [q for q in query.questions
                       if wire.unescape(q[0]) == name]
    return other


def to_group(thing):
    """The same to the group, whoever it was for."""
    if not isinstance(thing, Say):
        return Say(thing, to="group")
    return Say(thing.data, to="group", sport=thing.sport)
