# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds DNS messages octet by octet, right or wrong, for the network tests.

import ipaddress
import struct

A, CNAME, PTR, TXT, AAAA = 1, 5, 12, 16, 28
OPT, NSEC, ANY = 41, 47, 255
IN = 1
FLUSH = 0x8000  # cache-flush in a record, QU in a question (RFC 6762 18)
QR, AA, TC = 0x8000, 0x0400, 0x0200


def name(value):
    """Wire form: of bytes as they are, of a list label by label, of text
    split at its dots."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        value = [label.encode() for label in value.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in value) + b"\0"


def question(owner, rtype, rclass=IN):
    return name(owner) + struct.pack("!HH", rtype, rclass)


def record(owner, rtype, rdata, ttl=120, rclass=IN | FLUSH, rdlength=None):
    if rdlength is None:
        rdlength = len(rdata)
    return (name(owner) + struct.pack("!HHIH", rtype, rclass, ttl, rdlength)
            + rdata)


def address(owner, text, **options):
    """An A or AAAA record, whichever the address is."""
    packed = ipaddress.ip_address(text).packed
    return record(owner, A if len(packed) == 4 else AAAA, packed, **options)


def ptr(owner, target, **options):
    return record(owner, PTR, name(target), **options)


def cname(owner, target, **options):
    return record(owner, CNAME, name(target), **options)


def nsec(owner, types, **options):
    """The restricted form of RFC 6762 6.1."""
    bitmap = bytearray(max(types) // 8 + 1)
    for rtype in types:
        bitmap[rtype // 8] |= 0x80 >> rtype % 8
    rdata = name(owner) + bytes([0, len(bitmap)]) + bytes(bitmap)
    return record(owner, NSEC, rdata, **options)


def message(id=0, flags=QR | AA, questions=(), answers=(), authority=(),
            additional=(), counts=None):
    if counts is None:
        counts = [len(part) for part in
                  (questions, answers, authority, additional)]
    return (struct.pack("!6H", id, flags, *counts) + b"".join(questions)
            + b"".join(answers) + b"".join(authority) + b"".join(additional))


def reverse_name(text):
    return ipaddress.ip_address(text).reverse_pointer


def unescape(owner):
    """Lower-case text of a wire name for use as a key; dots inside a label
    are kept apart by a backslash."""
    labels = []
    at = 0
    while owner[at]:
        label = owner[at + 1:at + 1 + owner[at]]
        labels.append(label.decode("utf-8", "replace").replace(".", "\\."))
        at += 1 + owner[at]
    return ".".join(labels).lower()


def expand(data, at):
    """The wire form of a name of a message without its pointers to earlier
    ones, and where it ends."""
    labels = b""
    while data[at] and data[at] < 0xC0:
        labels += data[at:at + 1 + data[at]]
        at += 1 + data[at]
    if not data[at]:
        return labels + b"\0", at + 1
    back = struct.unpack_from("!H", data, at)[0] & 0x3FFF
    if back >= at:
        raise ValueError("a pointer that does not lead back")
    return labels + expand(data, back)[0], at + 2


class Query:
    """A query as a responder gets it: only as much as it needs to answer."""

    def __init__(self, data, source, family, ifindex):
        self.data = data
        self.source = source  # address, port, ...
        self.family = family  # 4 or 6: what carried it
        self.ifindex = ifindex
        self.id, self.flags, count = struct.unpack_from("!3H", data)
        self.questions = []  # wire name, type, class
        at = 12
        for _ in range(count):
            owner, at = expand(data, at)
            rtype, rclass = struct.unpack_from("!HH", data, at)
            at += 4
            self.questions.append((owner, rtype, rclass))

    @property
    def legacy(self):
        """One-shot (RFC 6762 6.7)."""
        return self.source[1] != 5353

    @property
    def unicast(self):
        return self.legacy or any(q[2] & FLUSH for q in self.questions)

    @property
    def names(self):
        return {unescape(q[0]) for q in self.questions}

    def echo(self):
        return [q[0] + struct.pack("!HH", q[1], q[2] & ~FLUSH)
                for q in self.questions]
