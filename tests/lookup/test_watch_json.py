#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --watch for programs: JSON, and the capture file.

import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from lab import Lab, Skip, between, check, equal, main, pair, test
from schema import check_line
from scripted import Responder
from watching import Records, Watch, a, multicast, speaker


def objects(watch, kind=None):
    """All that it has written to standard output, checked."""
    # Each line is no row of text, so it stands there as it is.
    return [check_line(row.data, kind) for row in watch.rows]


@test
def each_change_is_an_object():
    with Lab() as lab:
        client, server = pair(lab)
        owner = wire.reverse_name("169.254.3.4")
        responder = speaker(lab, server)
        watch = Watch(client, "--watch", "--json", "NAS.local", "169.254.3.4",
                      "www.local")
        time.sleep(0.3)
        multicast(responder, wire.address("nas.local", "fe80::8"),
                  wire.cname("www.local", "nas.local"),
                  wire.nsec("nas.local", [wire.AAAA]),
                  wire.ptr(owner, wire.name([b"a b.\xc3\xa9\x1b", b"local"]),
                           rclass=wire.IN))
        time.sleep(0.3)
        equal(len(watch.rows), 3, f"lines there at once ({watch.rows})")
        multicast(responder, wire.address("nas.local", "fe80::8", ttl=0))
        time.sleep(1.3)
        equal(watch.interrupt(), 0, "exit status")
        equal(watch.err, [], "standard error")
        found = objects(watch, "change")
        for one in found:
            day = time.strptime(one.pop("time")[:19], "%Y-%m-%dT%H:%M:%S")
            off = time.mktime(time.gmtime(watch.start)) - time.mktime(day)
            between(off, -4, 0, "time, off by")
        address = {"kind": "change", "change": "added", "query": "NAS.local",
                   "name": "nas.local", "type": "AAAA", "class": "IN",
                   "ttl": 120, "cache_flush": True, "data": "fe80::8",
                   "interface": "eth0"}
        name = dict(address, query="169.254.3.4", name=owner, type="PTR",
                    cache_flush=False)
        alias = dict(address, query="www.local")
        added, gone = found[:3], found[3:]
        for one in added:
            # A whole second may have gone by just then.
            check(one.pop("ttl") in (119, 120), one)
            if one["type"] == "PTR":
                text = one.pop("data")
                check("\x1b" not in text and text.endswith(".local."), text)
        for one in (address, name, alias):
            del one["ttl"]
        del name["data"]
        for one in (address, name, alias):
            check(one in added, one, "is not in", added)
        for one in gone:
            check(one.pop("ttl") <= 1, one)
        equal(sorted(one["query"] for one in gone), ["NAS.local", "www.local"],
              "what has gone")
        for one in (address, alias):
            check(dict(one, change="removed") in gone, one, gone)


@test
def nothing_is_no_object():
    """But words on standard error, as ever."""
    with Lab() as lab:
        client, _ = pair(lab)
        watch = Watch(client, "--watch", "--json", "-w", "0.3", "x.local")
        equal(watch.end(3), 1, "exit status")
        equal(watch.rows, [], "standard output")
        equal(watch.err, ["mdns-lookup: x.local: nobody answered on eth0 "
                          "within 0.3 s\n"], "standard error")


@test
def messages_are_objects_too():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            a("me.local", "10.0.0.2"), a("me.local", "fd00::2"))))
        watch = Watch(client, "--watch", "--json", "-v", "-w", "0.6",
                      "me.local")
        equal(watch.end(3), 0, "exit status")
        equal(watch.err, [], "standard error")
        found = objects(watch)
        equal({one["kind"] for one in found}, {"packet", "change"}, "kinds")
        for transport in ("IPv4", "IPv6"):
            sent = [one for one in found if one["kind"] == "packet" and
                    one["direction"] == "sent" and
                    one["transport"] == transport]
            equal(len(sent), 1, f"sent over {transport}")
            equal((sent[0]["interface"], sent[0]["query_kind"],
                   sent[0]["to_port"]), ("eth0", "QU", 5353), "what was sent")
            equal(sorted(q["type"] for q in sent[0]["questions"]),
                  ["A", "AAAA"], "questions")
            got = [one for one in found if one["kind"] == "packet" and
                   one["direction"] == "received" and
                   one["transport"] == transport and
                   one["query_kind"] == "response"]
            equal([one["data"] for one in got[0]["answers"]],
                  ["10.0.0.2", "fd00::2"], "answers")
            # Our own queries come back to us.
            check(any(one["kind"] == "packet" and
                      one["direction"] == "received" and
                      one["query_kind"] == "QU" for one in found), found)


def decode(path):
    done = subprocess.run(
        ["tshark", "-r", path, "-T", "fields", "-E", "separator=;",
         "-e", "_ws.col.Protocol", "-e", "dns.flags.response",
         "-e", "dns.qry.name", "-e", "ip.src", "-e", "ip.dst",
         "-e", "ipv6.dst", "-e", "udp.srcport", "-e", "udp.dstport",
         "-e", "dns.a", "-e", "sll.pkttype", "-e", "_ws.malformed"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
    equal(done.returncode, 0, f"status of tshark: {done.stderr}")
    return [line.split(";") for line in done.stdout.splitlines()]


@test
def the_capture_file_is_one():
    """What was sent is in it, and what came, for other programs to read."""
    if subprocess.run(["sh", "-c", "command -v tshark"],
                      stdout=subprocess.DEVNULL).returncode:
        raise Skip("no tshark here")
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            a("me.local", "10.0.0.2")), families=(4,)))
        path = client.path("/etc/watch.pcap")
        watch = Watch(client, "--watch", "-w", "1.5", "--pcap",
                      "/etc/watch.pcap", "me.local")
        equal(watch.end(4), 0, "exit status")
        equal(watch.seen(), [("+", "10.0.0.2")], "lines")
        frames = decode(path)
        equal({frame[0] for frame in frames}, {"MDNS"}, "protocols")
        equal({frame[-1] for frame in frames}, {""}, "malformed")
        queries = [frame for frame in frames if frame[1] in ("0", "False")]
        answers = [frame for frame in frames if frame[1] in ("1", "True")]
        for to4, to6 in (("224.0.0.251", ""), ("", "ff02::fb")):
            seen = [frame for frame in queries
                    if (frame[4], frame[5]) == (to4, to6)]
            # Once, though we hear them ourselves.
            equal(len(seen), 2, f"queries to {to4}{to6}")
            for frame in seen:
                check("me.local" in frame[2], frame)
                equal(frame[6:8], ["5353", "5353"], "ports")
                equal(frame[9], "4", "sent by us (PACKET_OUTGOING)")
        equal({(frame[3], frame[8]) for frame in answers},
              {("10.0.0.2", "10.0.0.2")}, "answers")


if __name__ == "__main__":
    main()
