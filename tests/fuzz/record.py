#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records what avahi-daemon, systemd-resolved and python3-zeroconf say, as
seeds for the fuzz targets, and adds the hand-made ones.

    tests/net/peers build; BUILD=build tests/fuzz/record.py

Everything happens in namespaces. The UDP payloads go to tests/fuzz/seeds, one a
file; what is there already under another name is not written again."""
import hashlib
import os
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

import peer
from calls import module
from lab import Lab, main, pair, test

SEEDS = os.path.join(HERE, "seeds")
EACH = 90  # of one program at most; with the hand-made ones some 200
LONG = "x" * 63 + ".local"
SERVICE = """<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group><name replace-wildcards="yes">Printer on %h</name>
<service><type>_ipp._tcp</type><subtype>_universal._sub._ipp._tcp</subtype>
<port>631</port><txt-record>rp=queue</txt-record>
<txt-record>note=second floor</txt-record></service>
<service><type>_ssh._tcp</type><port>22</port></service></service-group>
"""
QUESTIONS = [("_services._dns-sd._udp.local", 12), ("_ipp._tcp.local", 12),
             ("_universal._sub._ipp._tcp.local", 12), ("_ssh._tcp.local", 12),
             ("_test._tcp.local", 12), ("a test._test._tcp.local", 255),
             ("Printer on dual._ipp._tcp.local", 33),
             ("Printer on dual._ipp._tcp.local", 16),
             ("dual.local", 255), ("dual.local", 1), ("dual.local", 28),
             ("printer.local", 1), ("server.local", 255),
             ("2.0.0.10.in-addr.arpa", 12), ("nobody.local", 1)]


def known():
    return {hashlib.sha1(open(os.path.join(SEEDS, name), "rb").read()).digest()
            for name in os.listdir(SEEDS)}


def keep(kind, messages, most=EACH):
    """Writes those that are not there yet, the ids of queries aside."""
    have = known()
    number = len([n for n in os.listdir(SEEDS) if n.startswith(kind + "-")])
    for data in messages:
        if hashlib.sha1(data).digest() in have or number >= most:
            continue
        have.add(hashlib.sha1(data).digest())
        with open(os.path.join(SEEDS, f"{kind}-{number:03}"), "wb") as file:
            file.write(data)
        number += 1
    print(f"# {kind}: {number} seeds")


def wire_name(text):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in text.split(".")) + b"\0"


def ask(host, questions, sport=0, unicast=False):
    """Queries by hand, legacy ones (sport 0) or from 5353."""
    for name, rdtype in questions:
        query = struct.pack("!6H", 0 if sport else 0x4242, 0, 1, 0, 0, 0) + \
            wire_name(name) + struct.pack("!2H", rdtype,
                                          0x8001 if unicast else 1)
        with host.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            s.bind(("10.0.0.1", sport))
            s.sendto(query, ("224.0.0.251", 5353))
            time.sleep(0.1)


def ask_all(client):
    for name in ("dual.local", "four.local", LONG, "nobody.local",
                 "server.local", "printer.local"):
        module(client, "gethostbyname4_r", name)
    ask(client, QUESTIONS)
    ask(client, QUESTIONS, 5353)
    ask(client, QUESTIONS[:4], 5353, True)
    time.sleep(1)


def said(tap):
    return [packet.data for packet in tap.mdns()]


@test
def avahi():
    """Announcements, answers to all kinds of questions, goodbyes."""
    with Lab() as lab:
        client, server = pair(lab)
        tap = lab.use(client.capture("eth0"))
        server.write("/etc/avahi/services/printer.service", SERVICE)
        process = peer.avahi(server, name="dual", hosts=[
            ("four.local", "10.0.0.24"), (LONG, "10.0.0.25"),
            ("both.local", "10.0.0.26"), ("both.local", "fd00::26")])
        ask_all(client)
        process.terminate()
        process.wait(5)
        time.sleep(0.5)
        keep("avahi", said(tap))


@test
def resolved():
    with Lab() as lab:
        client, server = pair(lab)
        tap = lab.use(client.capture("eth0"))
        server.write("/etc/systemd/dnssd/printer.dnssd",
                     "[Service]\nName=%H\nType=_ipp._tcp\nPort=631\n"
                     "TxtText=rp=queue note=floor\n")
        process = peer.resolved(server)
        ask_all(client)
        process.terminate()
        process.wait(5)
        time.sleep(0.5)
        keep("resolved", said(tap))


ZEROCONF = """
import ipaddress, sys, time
from zeroconf import ServiceBrowser, ServiceInfo, Zeroconf
zeroconf = Zeroconf()
class Listener:
    def add_service(self, zeroconf, kind, name):
        zeroconf.get_service_info(kind, name, 1000)
    update_service = remove_service = lambda *args: None
browser = ServiceBrowser(
    zeroconf, ["_ipp._tcp.local.", "_test._tcp.local.", "_ssh._tcp.local."],
    Listener())
infos = []
for i in range(4):
    info = ServiceInfo(
        "_test._tcp.local.", f"a test {i}._test._tcp.local.", 80 + i,
        server="printer.local.", properties={"path": "/", "n": str(i)},
        addresses=[ipaddress.ip_address(a).packed for a in sys.argv[1:]])
    zeroconf.register_service(info)
    infos.append(info)
print("ready", flush=True)
time.sleep(4)
for info in infos:
    zeroconf.unregister_service(info)
zeroconf.close()
"""


@test
def zeroconf():
    """Services that come and go, and a browser that knows of avahi's."""
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0", "10.0.0.1/24", "fd00::1/64")
        server = lab.host("server")
        server.link(link, "eth0", "10.0.0.2/24", "fd00::2/64")
        other = lab.host("other")
        other.link(link, "eth0", "10.0.0.3/24", "fd00::3/64")
        other.write("/etc/avahi/services/printer.service", SERVICE)
        peer.avahi(other, name="dual")
        tap = lab.use(client.capture("eth0"))
        folder = os.path.dirname(peer.find(
            "usr/lib/python3/dist-packages/zeroconf"))
        process = peer.start(server, "/usr/bin/python3", "-c", ZEROCONF,
                             "10.0.0.2", "fd00::2",
                             env={"PYTHONPATH": folder})
        ask_all(client)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            print("# zeroconf goes on")
        time.sleep(0.3)
        keep("zeroconf", [p.data for p in tap.mdns()
                          if p.src in ("10.0.0.2", "10.0.0.1")
                          or p.src.startswith("fd00::2")
                          or p.src == server.link_local("eth0")])


# --- by hand -----------------------------------------------------------------

def message(flags, questions=(), answers=(), authority=(), additional=()):
    parts = (questions, answers, authority, additional)
    return struct.pack("!6H", 0, flags, *map(len, parts)) + \
        b"".join(b"".join(part) for part in parts)


def rr(name, rdtype, rdata, rclass=0x8001, ttl=120, rdlength=None):
    size = len(rdata) if rdlength is None else rdlength
    return name + struct.pack("!2HIH", rdtype, rclass, ttl, size) + rdata


A = wire_name("a.local")
HERE_POINTER = b"\xc0\x0c"


def by_hand():
    """What the programs do not send: one file a case, named."""
    soa = wire_name("ns.local") + wire_name("x.local") + struct.pack(
        "!5I", 1, 2, 3, 4, 5)
    longest = (b"\x3f" + b"y" * 63) * 3 + b"\x3e" + b"z" * 62 + b"\0"
    cases = {
        "empty": b"",
        "header": message(0),
        "header-cut": message(0)[:11],
        "counts-lie": struct.pack("!6H", 0, 0x8400, 65535, 65535, 65535, 65535),
        "two-addresses": message(0x8400, (), [
            rr(A, 1, b"\x0a\0\0\1"), rr(HERE_POINTER, 28,
                                        b"\xfe\x80" + b"\0" * 13 + b"\1")]),
        "rdata-short": message(0x8400, (), [rr(A, 1, b"\x0a\0\0"),
                                            rr(A, 1, b"\x0a\0\0\1")]),
        "rdata-long": message(0x8400, (), [rr(A, 1, b"\x0a\0\0\1\0"),
                                           rr(A, 1, b"\x0a\0\0\1")]),
        "rdlength-lies": message(0x8400, (), [
            rr(A, 1, b"\x0a\0\0\1", rdlength=400)]),
        "pointer-to-itself": message(0x8400, (), [
            rr(b"\xc0\x0c", 1, b"\x0a\0\0\1")]),
        "pointer-forward": message(0x8400, (), [
            rr(b"\xc0\x20", 1, b"\x0a\0\0\1"), rr(A, 1, b"\x0a\0\0\1")]),
        "pointer-loop": message(0x8400, (), [
            rr(b"\1a\xc0\x0e", 1, b"\x0a\0\0\1")]),
        "pointer-to-header": message(0x8400, (), [
            rr(b"\1a\xc0\x00", 1, b"\x0a\0\0\1")]),
        "pointers-many": message(0x8400, (), [
            rr(A, 12, b"".join(b"\1p" + struct.pack(
                "!H", 0xc000 | (12 if i == 0 else 31 + (i - 1) * 4))
                for i in range(200)), 1)]),
        "label-reserved": message(0, [b"\x41a\0\0\1\0\1"]),
        "label-reserved-80": message(0, [b"\x80a\0\0\1\0\1"]),
        "name-256": message(0, [longest + b"\0\1\0\1"]),
        "name-257": message(0, [b"\1x" + longest + b"\0\1\0\1"]),
        "nsec": message(0x8400, (), [
            rr(A, 47, HERE_POINTER + b"\0\4\x40\0\0\x08")]),
        "nsec-two-windows": message(0x8400, (), [
            rr(A, 47, HERE_POINTER + b"\0\1\x40\1\1\x40")]),
        "nsec-no-window": message(0x8400, (), [rr(A, 47, HERE_POINTER)]),
        "nsec-windows-backward": message(0x8400, (), [
            rr(A, 47, HERE_POINTER + b"\1\1\x40\0\1\x40")]),
        "nsec-bitmap-long": message(0x8400, (), [
            rr(A, 47, HERE_POINTER + b"\0\x21" + b"\1" * 33)]),
        "soa": message(0x8400, (), (), [rr(A, 6, soa)]),
        "srv": message(0x8400, (), [
            rr(A, 33, b"\0\1\0\2\0\x50" + HERE_POINTER)]),
        "txt-empty": message(0x8400, (), [rr(A, 16, b"\0"), rr(A, 16, b"")]),
        "txt-cut": message(0x8400, (), [rr(A, 16, b"\x09a=b")]),
        "cname-itself": message(0x8400, (), [rr(A, 5, HERE_POINTER)]),
        "cname-chain": message(0x8400, (), [
            rr(wire_name(f"c{i}.local"), 5, wire_name(f"c{i + 1}.local"))
            for i in range(8)] + [rr(wire_name("c8.local"), 1, b"\x0a\0\0\1")]),
        "dname": message(0x8400, (), [rr(A, 39, wire_name("b.local"))]),
        "reverse": message(0x8400, (), [
            rr(wire_name("1.1.254.169.in-addr.arpa"), 12,
               wire_name("a.local"))]),
        "reverse-shell": message(0x8400, (), [
            rr(wire_name("1.1.254.169.in-addr.arpa"), 12,
               b"\5$(id)\5local\0")]),
        "opt": message(0, [A + b"\0\1\0\1"], (), (), [
            rr(b"\0", 41, b"\0\4\0\4abcd", 1440, 0)]),
        "goodbye": message(0x8400, (), [rr(A, 1, b"\x0a\0\0\1", ttl=0)]),
        "ttl-negative": message(0x8400, (), [
            rr(A, 1, b"\x0a\0\0\1", ttl=0x80000001)]),
        "class-chaos": message(0x8400, (), [rr(A, 1, b"\x0a\0\0\1", 3)]),
        "rcode": message(0x8403, (), [rr(A, 1, b"\x0a\0\0\1")]),
        "opcode": message(0xa400, (), [rr(A, 1, b"\x0a\0\0\1")]),
        "truncated": message(0x0200, [A + b"\0\x0c\0\1"], [
            rr(HERE_POINTER, 12, wire_name("x.a.local"), 1)]),
        "legacy-repeats": message(0x8400, [A + b"\0\1\0\1"], [
            rr(HERE_POINTER, 1, b"\x0a\0\0\1", 1, 10)]),
        "many-addresses": message(0x8400, (), [
            rr(A if i == 0 else HERE_POINTER, 1, bytes([10, 0, 0, i + 1]))
            for i in range(40)]),
        "trailing": message(0x8400, (), [rr(A, 1, b"\x0a\0\0\1")]) + b"rest",
        "loopback": message(0x8400, (), [rr(A, 1, b"\x7f\0\0\1"),
                                         rr(A, 28, b"\0" * 15 + b"\1")]),
    }
    for name, data in cases.items():
        with open(os.path.join(SEEDS, f"hand-{name}"), "wb") as file:
            file.write(data)
    print(f"# by hand: {len(cases)} seeds")


@test
def hand_made():
    by_hand()


os.makedirs(SEEDS, exist_ok=True)
main()
