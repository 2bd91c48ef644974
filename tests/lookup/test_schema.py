#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# --json in every mode keeps to what mdns-lookup(1) says, and what the manual
# says is whole.

import json
import os
import re
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))
sys.path.insert(0, os.path.join(HERE, "..", "helper"))

import wire
from helper import Helper
from lab import Failure, Lab, check, equal, main, pair, program, test
from schema import SCHEMA, check_line, check_lines
from scripted import Responder, Say, answer_name

# Nobody may take one of these away.
KINDS = {"answer", "record", "missing", "change", "service", "service-type",
         "packet", "finding", "summary", "link", "status", "done", "settings",
         "mistake"}
SRV = 33

KIND = wire.name([b"_ipp", b"_tcp", b"local"])
PRINTER = wire.name([b"My Printer 2.0", b"_ipp", b"_tcp", b"local"])
HOST = wire.name("printer.local")
META = wire.name([b"_services", b"_dns-sd", b"_udp", b"local"])
INSTANCE = "My Printer 2.0._ipp._tcp"


def say(query, *records):
    return Say(answer_name(query, list(records)),
               to=None if query.legacy or query.unicast else "group")


def printer(query):
    """A printer with all that is needed, and a TXT that is not text."""
    found = []
    for owner, kind, _ in query.questions:
        folded = owner.lower()
        if folded == META:
            found.append(wire.ptr(owner, KIND, ttl=10))
        if folded == KIND:
            found.append(wire.ptr(owner, PRINTER, ttl=10))
        if owner == PRINTER and kind in (SRV, wire.ANY):
            found.append(wire.record(
                owner, SRV, struct.pack("!3H", 0, 0, 631) + HOST, ttl=10))
        if owner == PRINTER and kind in (wire.TXT, wire.ANY):
            found.append(wire.record(
                owner, wire.TXT, b"\7note=hi\1a\5b=\0\1\2", ttl=10))
        if folded == HOST and kind in (wire.A, wire.ANY):
            found.append(wire.address(owner, "10.0.0.2", ttl=10))
        if folded == HOST and kind in (65280, wire.ANY):
            found.append(wire.record(owner, 65280, b"\1\2", ttl=10))
        if folded == wire.name(wire.reverse_name("169.254.7.1")):
            found.append(wire.ptr(owner, HOST, ttl=10))
    if found:
        yield say(query, *found)


def lines(host, *args, status=0):
    done = host.run(program("", "mdns-lookup"), "--json", *args)
    equal(done.returncode, status, f"status of {args} ({done.stderr})")
    return check_lines(done.stdout)


def kinds(found):
    return {line["kind"] for line in found}


def with_printer(lab):
    client, server = pair(lab)
    lab.use(Responder(server, "eth0", printer))
    return client


# -- the manual and its reader ----------------------------------------------

@test
def manual_has_every_kind_and_key():
    equal(set(SCHEMA.kinds), KINDS, "kinds")
    used = set()
    for name, keys in [*SCHEMA.kinds.items(), *SCHEMA.objects.items()]:
        check(keys, name, "has no keys")
        for key in keys:
            check(SCHEMA.key(key, name), key, "of", name, "is not explained")
        used |= set(keys)
    said = {key if isinstance(key, str) else key[0] for key in SCHEMA.keys}
    equal(sorted(said - used), [], "keys that no kind has")
    for what, values in SCHEMA.keys.values():
        check(what.replace("list of ", "") in
              {"text", "number", "boolean", *SCHEMA.objects}, "type", what)
        check(values is None or len(values) > 1, "values", values)


GOOD = {"kind": "answer", "query": "a.local", "name": "a.local",
        "address": "10.0.0.1", "interface": "eth0", "transport": "IPv4",
        "way": "one-shot", "elapsed_ms": 0.25}
PACKET = {"kind": "packet", "time": "2026-11-22T04:11:17.000001Z",
          "direction": "sent", "transport": "IPv6", "query_kind": "QM",
          "octets": 31, "flags": ["AA"], "questions": [
              {"name": "a.local", "type": "A", "class": "IN",
               "unicast_response": False}]}


@test
def what_is_not_in_the_manual_is_refused():
    check_line(json.dumps(GOOD))
    check_line(json.dumps(PACKET), "packet")

    def refused(words, base, **change):
        line = {**base, **change}
        text = json.dumps({k: v for k, v in line.items() if v is not None})
        try:
            check_line(text)
        except Failure as failure:
            check(words in str(failure), "says:", failure)
        else:
            raise Failure(f"taken: {text}")

    refused("unknown kind", GOOD, kind="answers")
    refused("unknown kind", GOOD, kind=None)
    refused("answer has an unknown key: ttl", GOOD, ttl=1)
    refused("answer has no way", GOOD, way=None)
    check_line(json.dumps({k: v for k, v in GOOD.items()
                           if k not in ("address", "transport")}))
    refused("is none of", GOOD, way="carrier pigeon")
    refused("is no text", GOOD, address=1)
    refused("is no number", GOOD, elapsed_ms="0.25")
    refused("is no number", GOOD, elapsed_ms=True)
    refused("not RFC 3339", PACKET, time="2026-11-22 04:11:17")
    refused("is no text", PACKET, flags=[1])
    refused("is not a list", PACKET, flags="AA")
    refused("question has no class", PACKET, questions=[
        {"name": "a", "type": "A", "unicast_response": False}])
    refused("is no boolean", PACKET, questions=[
        {**PACKET["questions"][0], "unicast_response": 1}])
    refused("unknown key: port", PACKET, questions=[
        {**PACKET["questions"][0], "port": 1}])
    for text in ("", "[]", "{", '{"kind":"done","request":"flush"}x',
                 '{"kind":"done","kind":"done","request":"flush"}'):
        try:
            check_line(text)
        except Failure:
            continue
        raise Failure(f"taken: {text}")


# -- mdns-lookup ------------------------------------------------------------

@test
def lookups():
    with Lab() as lab:
        client = with_printer(lab)
        found = lines(client, "printer.local", "169.254.7.1", "--all", "-w",
                      "0.5")
        equal(kinds(found), {"answer"})
        equal({(line["query"], line["address"], line["name"])
               for line in found},
              {("printer.local", "10.0.0.2", "printer.local"),
               ("169.254.7.1", "169.254.7.1", "printer.local")})
        (one,) = lines(client, wire.reverse_name("169.254.7.1"))
        equal((one["kind"], one["name"]), ("answer", "printer.local"))
        found = lines(client, "nosuch.local", "-w", "0.3", status=1)
        equal([(line["kind"], line["reason"]) for line in found],
              [("missing", "silence")])
        found = lines(client, "-i", "nosuch0", "a.local", status=3)
        equal([(line["kind"], line["reason"]) for line in found],
              [("missing", "no-network")])
        found = lines(client, "-t", "TXT,SRV", INSTANCE)
        equal({(line["kind"], line["type"]) for line in found},
              {("record", "TXT"), ("record", "SRV")})
        found = lines(client, "-4", "-t", "TYPE65280", "printer.local")
        equal([(line["type"], line["rdata"]) for line in found],
              [("TYPE65280", "0102")])
        found = lines(client, "-t", "MX", "printer.local", "-w", "0.3",
                      status=1)
        equal([(line["kind"], line["type"]) for line in found],
              [("missing", "MX")])


@test
def packets():
    with Lab() as lab:
        client = with_printer(lab)
        path = client.path("/run/pcap")
        found = lines(client, "-v", "-t", "ANY", "printer.local", "--pcap",
                      path)
        equal(kinds(found), {"packet", "record"})
        seen = [line for line in found if line["kind"] == "packet"]
        equal({line["direction"] for line in seen}, {"sent", "received"})
        equal({line["query_kind"] for line in seen}, {"one-shot", "response"})
        for line in seen:
            check("elapsed_ms" in line and "from_port" in line, line)
            check("verdict" in line or line["direction"] == "sent", line)
        again = lines(client, "--read", path)
        equal(kinds(again), {"packet"})
        equal([line["octets"] for line in again],
              [line["octets"] for line in seen], "octets in the file")
        again = lines(client, "--read", path, "_ipp._tcp", status=1)
        equal(again, [], "messages that speak of something else")


@test
def watching():
    with Lab() as lab:
        client = with_printer(lab)
        found = lines(client, "--watch", "-v", "-w", "1", "printer.local")
        equal(kinds(found), {"packet", "change"})
        equal({line["data"] for line in found if line["kind"] == "change"},
              {"10.0.0.2"})
        found = lines(client, "--monitor", "-w", "0.5", status=1)
        equal(found, [], "of a silent link")


@test
def services():
    with Lab() as lab:
        client = with_printer(lab)
        found = lines(client, "--browse", "--resolve", "-w", "1", "_ipp._tcp")
        equal(kinds(found), {"service"})
        equal({line["instance"] for line in found}, {"My Printer 2.0"})
        found = lines(client, "--types", "-w", "1")
        equal({(line["kind"], line["type"]) for line in found},
              {("service-type", "_ipp._tcp")})
        (one,) = lines(client, "--resolve", INSTANCE)
        equal((one["change"], one["host"], one["port"]),
              ("found", "printer.local", 631))
        equal(one["addresses"], ["10.0.0.2"])
        equal(one["txt"], [{"key": "note", "value": "hi"}, {"key": "a"},
                           {"key": "b", "hex": "000102"}])
        found = lines(client, "--resolve", "-w", "0.3", "x._ipp._tcp",
                      status=1)
        equal(kinds(found), {"missing"})


@test
def doctor():
    with Lab() as lab:
        client = with_printer(lab)
        done = client.run(program("", "mdns-lookup"), "--json", "--doctor",
                          "printer.local")
        found = check_lines(done.stdout)
        equal(kinds(found), {"finding", "summary"})
        equal(found[-1]["kind"], "summary", "the last line")
        for level in ("good", "note", "unknown", "bad"):
            equal(found[-1][level],
                  len([line for line in found if line.get("level") == level]),
                  level)
        for line in found[:-1]:
            check(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", line["id"]), line)


@test
def helper():
    with Lab() as lab:
        client = with_printer(lab)
        equal(lines(client, "--status", status=3), [], "without mdns-helper")
        equal(lines(client, "--flush", status=3), [])
        equal([(line["kind"], line["reason"]) for line in
               lines(client, "--helper", "a.local", status=3)],
              [("missing", "error")])
        lab.use(Helper(client))
        found = lines(client, "--helper", "printer.local", "169.254.7.1")
        equal({(line["kind"], line["query"], line["address"], line["name"],
                line["way"], line["interface"]) for line in found},
              {("answer", "printer.local", "10.0.0.2", "printer.local",
                "helper", "eth0"),
               ("answer", "169.254.7.1", "169.254.7.1", "printer.local",
                "helper", "eth0")})
        found = lines(client, "--helper", "-w", "0.5", "nosuch.local",
                      status=1)
        equal([(line["kind"], line["reason"]) for line in found],
              [("missing", "silence")])
        equal(lines(client, "--reconfirm", "printer.local", "169.254.7.1"),
              [{"kind": "done", "request": "reconfirm", "query": query}
               for query in ("printer.local", "169.254.7.1")])
        link, status = lines(client, "--status")
        equal((link["kind"], link["interface"], link["ipv4"], link["ipv6"],
               link["ipv4_joined"], link["ipv6_joined"]),
              ("link", "eth0", True, True, True, True))
        equal(status["kind"], "status")
        equal((status["connections"], status["asked"] >= 2,
               status["requests"] >= 4), (1, True, True), status)
        equal(lines(client, "--flush"), [{"kind": "done", "request": "flush"}])
        text = client.run(program("", "mdns-lookup"), "--status").stdout
        check("eth0: IPv4 and IPv6; records:" in text, "text:", text)
        equal(client.run(program("", "mdns-lookup"), "--helper", "--short",
                         "printer.local").stdout, "10.0.0.2\n", "--short")


@test
def settings():
    with Lab() as lab:
        client = lab.host("client")
        path = client.path("/run/conf")
        with open(path, "w") as file:
            file.write("timeout = 1s\ntiemout = 1s\n\nx\n")
        found = lines(client, f"--check-config={path}", status=1)
        equal([(line["kind"], line.get("line"), line.get("mistakes"))
               for line in found],
              [("mistake", 2, None), ("mistake", 4, None),
               ("settings", None, 2)])
        (one,) = lines(client, "--check-config")
        equal((one["kind"], one["file"], one["mistakes"]),
              ("settings", "/etc/dotlocal.conf", 0))


main()
