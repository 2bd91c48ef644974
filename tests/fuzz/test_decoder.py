#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our decoder beside dnspython, which shares no code with it: the seeds, each
of them cut after every octet, and a sample of bits turned over.

Every name and all RDATA here is read by dnspython; only the frame of a record,
which is six numbers, is read by this file. With CAMPAIGN=1 all bits are turned
over."""
import collections
import os
import random
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass

from lab import Failure, check, chosen, equal, test

PROGRAM = os.path.join(
    os.environ.get("BUILD", "build"), "tests/fuzz/decode")
FOLDER = os.path.join(HERE, "seeds")
FLIPS = 100 if os.environ.get("CAMPAIGN") else 6  # per cent

# Where the two differ by design.
DIFFERENCES = {
    "header": "a pointer into the header: no name is there (RFC 1035 4.1.4); "
              "dnspython reads what it finds",
    "overlap": "a name that runs on into the one that points to it: no encoder "
               "makes that; dnspython follows",
    "pointers": "more than 127 pointers in a name of 127 labels at most",
    "256": "255 octets and the root are a name in mDNS (RFC 6762 appendix C), "
           "and too long in DNS",
    "strict": "RDATA of a type that we only pass on: what is wrong inside it "
              "is found when it is printed (resolver/rr_text.h)",
    "compressed": "a compressed name in RDATA of a type beyond the list of RFC "
                  "6762 18.14: we pass the octets on, dnspython follows",
    "text": "dnspython writes such RDATA in another way than it read it",
}
# Their RDATA is checked to the last octet when a message is read.
CHECKED = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX",
           28: "AAAA", 33: "SRV", 39: "DNAME", 47: "NSEC"}

seen = collections.Counter()


def seeds():
    names = sorted(os.listdir(FOLDER))
    check(len(names) >= 200, len(names), "seeds")
    return [open(os.path.join(FOLDER, name), "rb").read() for name in names]


def ours(messages):
    done = subprocess.run(
        [PROGRAM], input=b"".join(struct.pack("!H", len(m)) + m
                                  for m in messages),
        stdout=subprocess.PIPE, timeout=250, check=True)
    lines = done.stdout.decode().splitlines()
    equal(len(lines), len(messages), "lines of decode")
    return lines


class Stop(Exception):
    """A message ends here."""


def refused_by_design(message, start):
    """Why we do not read a name that dnspython reads."""
    fragment = pos = start
    end = len(message)
    pointers = 0
    while True:
        if pos >= end:
            return "overlap"
        octet = message[pos]
        if octet >= 0xC0:
            pointers += 1
            if pos + 2 > end:
                return "overlap"
            target = (octet & 63) << 8 | message[pos + 1]
            if target < 12:
                return "header"
            if pointers > 127:
                return "pointers"
            end, fragment, pos = fragment, target, target
            continue
        if pos + 1 + octet > end:
            return "overlap"
        if octet == 0:
            return None
        pos += 1 + octet


def read_name(message, start):
    """The name there as wire form, and where it ends."""
    try:
        name, used = dns.name.from_wire(message, start)
    except (dns.exception.DNSException, IndexError, struct.error) as why:
        raise Stop(type(why).__name__)
    if refused_by_design(message, start):
        seen[refused_by_design(message, start)] += 1
        raise Stop
    return name.to_wire(), start + used


def is_long(message, start):
    """A name of 256 octets, which is one here, or one that needs it."""
    size, pos, jumps = 0, start, 0
    while pos < len(message) and jumps < 128:
        octet = message[pos]
        if octet >= 0xC0:
            if pos + 2 > len(message):
                return False
            pos = (octet & 63) << 8 | message[pos + 1]
            jumps += 1
        elif octet == 0:
            return size + 1 == 256
        elif octet > 63:
            return False
        else:
            size += octet + 1
            pos += octet + 1
    return False


def frame(message):
    """Questions and records as dnspython's names and the numbers between."""
    if len(message) < 12:
        raise Stop
    _, _, *counts = struct.unpack_from("!6H", message)
    pos = 12
    for section, count in enumerate(counts):
        for _ in range(count):
            start = pos
            try:
                name, pos = read_name(message, pos)
            except Stop:
                if is_long(message, start):
                    seen["256"] += 1
                    raise OverflowError
                raise
            size = 4 if section == 0 else 10
            if pos + size > len(message):
                raise Stop
            if section == 0:
                rdtype, rdclass = struct.unpack_from("!2H", message, pos)
                pos += 4
                yield ("Q", name, rdtype, rdclass)
                continue
            rdtype, rdclass, ttl, rdlength = struct.unpack_from(
                "!2HIH", message, pos)
            pos += 10
            if pos + rdlength > len(message):
                raise Stop
            yield ("R", section, name, rdtype, rdclass,
                   0 if ttl >> 31 else ttl, pos, rdlength)
            pos += rdlength


def check_rdata(message, rdtype, pos, size, found):
    """What we have for that RDATA against what dnspython makes of it."""
    raw = message[pos:pos + size].hex()
    try:
        rdata = dns.rdata.from_wire(
            dns.rdataclass.IN, rdtype, message, pos, size)
        wanted = rdata.to_wire().hex()
    except Exception as why:  # it raises whatever comes up, KeyError too
        if found == "-":
            return
        if rdtype not in CHECKED:
            equal(found, raw, f"RDATA of type {rdtype}, refused there ({why})")
            seen["strict"] += 1
            return
        if "255 octets" in str(why) or is_long(message, pos) or \
                any(is_long(message, at) for at in range(pos, pos + size)):
            seen["256"] += 1
            return
        raise Failure(f"{CHECKED[rdtype]}: we have {found} of {raw}, "
                      f"dnspython says {why}")
    if found == wanted:
        return
    if found == "-":
        for at in range(pos, pos + size):
            reason = refused_by_design(message, at)
            if reason and message[at] >= 0xC0 or \
                    reason and rdtype in (2, 5, 12, 39, 47):
                seen[reason] += 1
                return
        # An NSEC without any window says nothing (resolver/rr.h).
        if rdtype == 47 and len(wanted) // 2 == len(rdata.next.to_wire()):
            seen["strict"] += 1
            return
        raise Failure(f"type {rdtype}: we refuse {raw}, dnspython has {wanted}")
    if rdtype not in CHECKED and found == raw:
        seen["compressed" if any(message[at] >= 0xC0
                                 for at in range(pos, pos + size))
             else "text"] += 1
        return
    raise Failure(f"type {rdtype}: we have {found}, dnspython {wanted}")


def compare(message, line):
    words = line.split(" ")
    found = words[2:]
    parts, complete = [], True
    try:
        for part in frame(message):
            parts.append(part)
    except Stop:
        complete = False
    except OverflowError:
        return  # a name that is none there: nothing to compare from here on
    equal(words[0], "0" if complete else "1", "the error")
    equal(len(found), len(parts), "questions and records")
    for word, part in zip(found, parts):
        equal(word[0], part[0], "question or record")
        fields = word[2:].split(",")
        if part[0] == "Q":
            equal(fields, [part[1].hex(), str(part[2]),
                           str(part[3] & 0x7fff), str(part[3] >> 15)],
                  "question")
            continue
        _, section, name, rdtype, rdclass, ttl, pos, size = part
        equal(fields[:6], [str(section), name.hex(), str(rdtype),
                           str(rdclass & 0x7fff), str(rdclass >> 15),
                           str(ttl)], "record")
        check_rdata(message, rdtype, pos, size, fields[6])
    # And as a whole: what dnspython takes, we take.
    if not complete:
        return
    try:
        whole = dns.message.from_wire(
            message, one_rr_per_rrset=True, ignore_trailing=True)
    except Exception:
        return
    equal(len(whole.question), sum(p[0] == "Q" for p in parts), "questions")


def compare_all(messages):
    for message, line in zip(messages, ours(messages)):
        try:
            compare(message, line)
        except Failure as why:
            raise Failure(f"{message.hex()}: {why}")
    print(f"# {len(messages)} messages;",
          ", ".join(f"{kind}: {count}" for kind, count in sorted(
              seen.items())) or "no difference")
    seen.clear()


@test
def as_recorded():
    compare_all(seeds())


@test
def cut_everywhere():
    compare_all([m[:i] for m in seeds() for i in range(len(m))])


@test
def bits_turned_over():
    dice = random.Random(1)
    messages = []
    for seed in seeds():
        for bit in range(len(seed) * 8):
            if dice.randrange(100) < FLIPS:
                spoilt = bytearray(seed)
                spoilt[bit // 8] ^= 1 << bit % 8
                messages.append(bytes(spoilt))
    compare_all(messages)


def main():
    failed = 0
    for function in chosen():
        try:
            function()
            print(f"PASS {function.__name__}", flush=True)
        except Failure as why:
            print(f"FAIL {function.__name__}: {why}", flush=True)
            failed += 1
    sys.exit(1 if failed else 0)


main()
