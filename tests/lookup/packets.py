# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of --monitor, --read and --pcap share: captures made by other
# programs, and what each says of a packet in a form that can be compared.

import collections
import json
import os
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import dns.rdatatype

from lab import Failure, Skip, check, equal, until
from schema import check_lines

FIELDS = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "udp.srcport",
          "udp.dstport", "dns.id", "dns.qry.name", "dns.qry.type",
          "dns.resp.name", "dns.resp.type")

# In the background it may be ignored, and the tool would ignore it as well.
signal.signal(signal.SIGINT, signal.default_int_handler)

Seen = collections.namedtuple(
    "Seen", "source sport destination dport id questions records")


def tshark(path, *more):
    done = subprocess.run(["tshark", "-n", "-r", path, *more], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check(not done.returncode, "tshark:", done.stderr)
    return done.stdout


def by_tshark(path):
    """Each mDNS packet of a file as tshark decodes it."""
    words = ["-Y", "udp.port == 5353", "-T", "json"]
    for field in FIELDS:
        words += ["-e", field]
    seen = []
    for packet in json.loads(tshark(path, *words)):
        layers = packet["_source"]["layers"]

        def many(name):
            return [each.replace("<Root>", "") for each in
                    layers.get(name, [])]

        def one(*names):
            return [each for name in names for each in many(name)][0]

        seen.append(Seen(
            one("ip.src", "ipv6.src"), int(one("udp.srcport")),
            one("ip.dst", "ipv6.dst"), int(one("udp.dstport")),
            int(one("dns.id"), 16),
            list(zip(many("dns.qry.name"), map(int, many("dns.qry.type")))),
            list(zip(many("dns.resp.name"),
                     map(int, many("dns.resp.type"))))))
    return seen


def entries(of):
    return [(entry["name"].rstrip("."),
             int(dns.rdatatype.from_text(entry["type"]))) for entry in of]


def by_json(text):
    """The same from what mdns-lookup --json prints."""
    packets = check_lines(text, "packet")
    return [Seen(packet["from"], packet["from_port"], packet["to"],
                 packet["to_port"], packet["id"],
                 entries(packet["questions"]),
                 entries(packet["answers"] + packet["authorities"]
                         + packet["additionals"])) for packet in packets]


def same(ours, theirs, what="packets"):
    """In any order: each program has a clock of its own."""
    ours = collections.Counter(map(repr, ours))
    theirs = collections.Counter(map(repr, theirs))
    check(ours == theirs, what, "differ; only here:", list(ours - theirs),
          "only there:", list(theirs - ours))


class Recording:
    """A capture by another program until it is ended: tcpdump or tshark."""

    def __init__(self, host, path, *argv, ready):
        self.path = host.path(path)
        self.log = self.path + ".log"
        with open(self.log, "w") as file:
            try:
                self.process = host.popen(*argv, stdout=file)
            except FileNotFoundError as why:
                raise Skip(str(why)) from None
        until(lambda: ready in self.said() or self.process.poll() is not None,
              10, ready)
        if self.process.poll() is not None:
            raise Skip(f"{argv[0]}: {self.said().strip()}")

    def said(self):
        with open(self.log) as file:
            return file.read()

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(10)


def record_by_tshark(host, path, *options):
    """Pcapng, of eth0."""
    record = Recording(host, path, "tshark", "-n", "-i", "eth0", "-w", path,
                       "-f", "udp port 5353", *options, ready="Capturing on")
    time.sleep(0.5)  # it says so before it does
    return record


def record_by_tcpdump(host, path, ifname, *options):
    return Recording(host, path, "tcpdump", "-n", "-U", "--immediate-mode",
                     "-i", ifname, "-w",
                     path, *options, "udp port 5353", ready="listening on")


# -- capture files, octet by octet -------------------------------------------

def split(octets):
    """A file of little-endian microseconds: link type and (time, frame)."""
    equal(octets[:4], b"\xd4\xc3\xb2\xa1", "magic")
    link = struct.unpack_from("<I", octets, 20)[0]
    frames, at = [], 24
    while at < len(octets):
        seconds, rest, size, _ = struct.unpack_from("<4I", octets, at)
        frames.append((seconds + rest / 1e6, octets[at + 16:at + 16 + size]))
        at += 16 + size
    return link, frames


def join(link, frames, order="<", nano=False, snap=262144):
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    octets = struct.pack(order + "IHHIIII", magic, 2, 4, 0, 0, snap, link)
    for when, frame in frames:
        rest = round(when % 1 * 1e6) * (1000 if nano else 1)
        octets += struct.pack(order + "4I", int(when), rest,
                              min(snap, len(frame)), len(frame)) + frame[:snap]
    return octets


def packets(count, of):
    if len(of) < count:
        raise Failure(f"only {len(of)} packets, at least {count} wanted")
    return of
