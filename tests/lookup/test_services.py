#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --browse and --types: what they say of services that come and go
# (RFC 6763), in text, --short and JSON.

import json
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import peer
import wire
from lab import Lab, between, check, equal, main, pair, test
from scripted import Responder
from services import (IPP, KNOWN, LATE, META, PRINTER, SRV, Records, Tool, a,
                      below, good_service, multicast, ptr, run, service)


# -- browse -----------------------------------------------------------------

@test
def browse_tells_what_comes_and_goes():
    with Lab() as lab:
        client, server = pair(lab)
        script = Records(ptr(IPP, PRINTER), ptr(IPP, below("Zwei")))
        responder = lab.use(Responder(server, "eth0", script))
        tool = Tool(client, "--browse", "--short", "_ipp._tcp")
        tool.wait("^Zwei$")
        equal(tool.interrupt(), 0, "exit status")
        equal(tool.lines, ["My Printer 2.0", "Zwei"], "in their order")
        tool = Tool(client, "--browse", "_ipp._tcp")
        tool.wait(r"^\d\d:\d\d:\d\d\.\d{3}  \+  My Printer 2\.0 +  _ipp\._tcp"
                  r"  local  eth0$")
        tool.wait(r"\+  Zwei {20}  _ipp\._tcp  local  eth0$")
        since = time.monotonic()
        script.set(ptr(IPP, PRINTER))
        multicast(responder, ptr(IPP, below("Zwei"), ttl=0))
        gone = tool.wait(r"^\d\d:\d\d:\d\d\.\d{3}  -  Zwei +  _ipp\._tcp")
        between(tool.times[gone] - since, 1, 1 + LATE, "until it was told")
        equal(tool.interrupt(), 0, "exit status")
        equal(len(tool.lines), 3, f"lines ({tool.lines})")
        equal(tool.err, [])
        check(not any(t in (SRV, wire.TXT) for _, t in script.asked),
              "more was asked for than needed:", script.asked)


@test
def what_expires_is_told():
    with Lab() as lab:
        client, server = pair(lab)
        responder = lab.use(Responder(server, "eth0", Records()))
        tool = Tool(client, "--browse", "--json", "_ipp._tcp")
        time.sleep(0.3)
        multicast(responder, ptr(IPP, PRINTER, ttl=2))
        gone = tool.wait('"removed"', 4)
        equal(tool.interrupt(), 0, "exit status")
        between(tool.times[gone] - tool.times[0], 2 - 0.1, 2 + LATE,
                "until it was told")
        for seen, change in zip(tool.objects(), ("added", "removed")):
            good_service(seen, {
                "change": change, "name": r"My Printer 2\.0._ipp._tcp.local",
                "instance": "My Printer 2.0", "type": "_ipp._tcp",
                "domain": "local", "interface": "eth0"})


@test
def nobody_is_there():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(ptr(IPP, PRINTER))))
        status, lines, err = run(client, "--browse", "-w", "0.5", "_x._tcp")
        equal((status, lines, err), (1, [], "mdns-lookup: _x._tcp.local: "
              "nobody answered on eth0 within 0.5 s\n"))
        status, lines, err = run(client, "--types", "-w", "0.5")
        equal((status, lines, err), (1, [], "mdns-lookup: local: "
              "nobody answered on eth0 within 0.5 s\n"))
        # One of two is enough, and the other one is complained of.
        status, lines, err = run(client, "--browse", "--json", "-w", "0.7",
                                 "_x._tcp", "_ipp._tcp")
        equal(status, 0, "exit status")
        equal([json.loads(line)["kind"] for line in lines],
              ["service", "missing"])
        missing = json.loads(lines[1])
        equal((missing["query"], missing["reason"]),
              ("_x._tcp.local", "silence"))
        check("_x._tcp.local: nobody answered" in err, err)
        # Who interrupts has seen enough.
        for number in (signal.SIGINT, signal.SIGTERM):
            tool = Tool(client, "--browse", "_x._tcp")
            time.sleep(0.3)
            equal(tool.interrupt(number), 1, "exit status")
            equal((tool.lines, tool.err), ([], []))
        lonely = lab.host("lonely")
        status, lines, err = run(lonely, "--browse", "_ipp._tcp")
        equal((status, lines), (3, []))
        check("no interface can be asked:" in err, err)


@test
def short_says_each_name_once():
    with Lab() as lab:
        client, server = pair(lab)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24")
        script = Records(*service(), *service("B"))
        responder = lab.use(Responder(server, "eth0", script))
        lab.use(Responder(other, "eth0", Records(*service(), *service("C"))))
        tool = Tool(client, "--browse", "--short", "_ipp._tcp", "_ipp._tcp")
        tool.wait("^B$")
        tool.wait("^C$")
        script.set()
        multicast(responder, ptr(IPP, below("B"), ttl=0))
        time.sleep(1.2)
        multicast(responder, ptr(IPP, below("B")))
        time.sleep(0.2)
        equal(tool.interrupt(), 0, "exit status")
        equal(sorted(tool.lines), ["B", "C", "My Printer 2.0"])


@test
def both_links_are_told_apart():
    with Lab() as lab:
        client, server = pair(lab)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24")
        lab.use(Responder(server, "eth0", Records(*service())))
        lab.use(Responder(other, "eth0", Records(
            *service(port=9631, address="10.1.0.2"))))
        tool = Tool(client, "--browse", "--resolve", "--json", "-w", "1.5",
                    "_ipp._tcp")
        equal(tool.end(), 0, "exit status")
        equal(sorted((o["interface"], o["port"], o["addresses"])
                     for o in tool.objects()),
              [("eth0", 631, ["10.0.0.2"]), ("wlan0", 9631, ["10.1.0.2"])])
        status, lines, _ = run(client, "--resolve", "--short",
                               "My Printer 2.0._ipp._tcp")
        equal((status, sorted(lines)), (0, [
            "printer.local 631 10.0.0.2", "printer.local 9631 10.1.0.2"]))
        status, lines, _ = run(client, "--resolve", "--short", "-i", "wlan0",
                               "My Printer 2.0._ipp._tcp")
        equal((status, lines), (0, ["printer.local 9631 10.1.0.2"]))


HOSTILE = {
    "plain": b"plain",
    "two words": b"two words",
    "a.b\\c": rb"a.b\c",
    "Büro 打印机": "Büro 打印机".encode(),
    "new\\010line": b"new\nline",
    "\\027[2J\\027]0;title\\007": b"\x1b[2J\x1b]0;title\x07",
    "bad\\255\\192\\128": b"bad\xff\xc0\x80",
    "c1\\194\\155m": b"c1\xc2\x9bm",
    "nul\\000": b"nul\0",
    "del\\127": b"del\x7f",
    "x" * 63: b"x" * 63,
}


def printable(text):
    return all(c.isprintable() for c in text)


@test
def nothing_raw_is_shown():
    """In no format, and also not of hosts and TXT."""
    with Lab() as lab:
        client, server = pair(lab)
        records = []
        for label in HOSTILE.values():
            records += service(label, host=[label[:9], "local"],
                               strings=(b"k=" + label, label + b"=v"))
        lab.use(Responder(server, "eth0", Records(*records)))
        _, lines, _ = run(client, "--browse", "--short", "-w", "1",
                          "_ipp._tcp")
        equal(sorted(lines), sorted(HOSTILE), "instances")
        for options in ((), ("--resolve",), ("--json", "--resolve")):
            tool = Tool(client, "--browse", *options, "-w", "1.5",
                        "_ipp._tcp")
            equal(tool.end(), 0, "exit status")
            equal(len(tool.lines), len(HOSTILE), f"lines ({tool.lines})")
            for line in tool.lines:
                check(printable(line), "raw:", repr(line))
        equal({o["instance"] for o in tool.objects()}, set(HOSTILE))
        for seen in tool.objects():
            label = HOSTILE[seen["instance"]]
            text = printable(label.decode(errors="replace")) \
                and b"\xff" not in label
            value = {"key": "k"}
            if text:
                value["value"] = label.decode()
            else:
                value["hex"] = label.hex()
            check(value in seen["txt"], value, "is not in", seen["txt"])


@test
def names_are_typed_as_people_do():
    with Lab() as lab:
        client, server = pair(lab)
        records = []
        for label in HOSTILE.values():
            records += service(label)
        lab.use(Responder(server, "eth0", Records(*records)))
        for text in ("My Printer 2.0", "two words", "two\\032words",
                     "a.b\\\\c", "a\\.b\\\\c", "Büro 打印机", "BüRO 打印机",
                     "x" * 63):
            if text.startswith("My"):
                continue
            for domain in ("", ".local", ".LOCAL."):
                tool = Tool(client, "--resolve", "--short", "-w", "2",
                            f"{text}._ipp._tcp{domain}")
                equal((tool.end(), tool.lines, tool.err),
                      (0, ["printer.local 631 10.0.0.2"], []),
                      text + domain)


@test
def subtypes():
    with Lab() as lab:
        client, server = pair(lab)
        kind = "_color._sub." + IPP
        lab.use(Responder(server, "eth0", Records(
            *service(), *service("Grey"), ptr(kind, PRINTER),
            ptr(kind, below("alien", "_http._tcp.local")))))
        tool = Tool(client, "--browse", "--json", "-w", "0.7",
                    "_color._sub._ipp._tcp")
        equal(tool.end(), 0, "exit status")
        equal(len(tool.lines), 1, f"lines ({tool.lines})")
        good_service(tool.objects()[0], {
            "instance": "My Printer 2.0", "type": "_ipp._tcp",
            "subtype": "_color"}, {"subtype"})


@test
def two_hundred_at_once():
    with Lab() as lab:
        client, server = pair(lab)
        records = []
        for i in range(200):
            records += service(f"Printer {i:03}", host=f"host{i % 50}.local",
                               port=1000 + i, address=f"10.0.0.{i % 50 + 2}")
        lab.use(Responder(server, "eth0", Records(
            *dict.fromkeys(records))))
        tool = Tool(client, "--browse", "--resolve", "--json", "_ipp._tcp")
        tool.wait('"Printer 199"', 8)
        deadline = time.monotonic() + 6
        while len(tool.lines) < 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        equal(tool.interrupt(), 0, "exit status")
        seen = {o["instance"]: o for o in tool.objects()
                if o.get("addresses")}
        equal(len(seen), 200, f"resolved ({tool.err})")
        for i in range(200):
            one = seen[f"Printer {i:03}"]
            equal((one["host"], one["port"], one["addresses"]),
                  (f"host{i % 50}.local", 1000 + i,
                   [f"10.0.0.{i % 50 + 2}"]))


@test
def what_has_no_room_is_said_once():
    with Lab() as lab:
        client, server = pair(lab)
        kinds = [f"_k{i}._tcp.local" for i in range(10)]
        responder = lab.use(Responder(server, "eth0", Records()))
        tool = Tool(client, "--browse", "--json", *kinds)
        time.sleep(0.3)
        for kind in kinds:
            for at in range(0, 450, 50):
                multicast(responder, *(ptr(kind, below(f"{i}", kind))
                                       for i in range(at, at + 50)))
                time.sleep(0.01)
        time.sleep(1)
        equal(tool.interrupt(), 0, "exit status")
        equal(len(tool.lines), 4096, "lines")
        equal("".join(tool.err), "mdns-lookup: more services than there is "
              "room for; some are not shown\n")


@test
def what_cannot_be_asked_is_said_once():
    """4096 questions are asked on a link at most."""
    with Lab() as lab:
        client, server = pair(lab)
        kinds = [f"_k{i}._tcp.local" for i in range(5)]
        responder = lab.use(Responder(server, "eth0", lambda query: ()))
        tool = Tool(client, "--browse", "--resolve", "--json", *kinds)
        time.sleep(0.3)
        for kind in kinds:
            for at in range(0, 440, 40):
                multicast(responder, *(ptr(kind, below(f"{i}", kind))
                                       for i in range(at, at + 40)))
                time.sleep(0.01)
        deadline = time.monotonic() + 10
        while len(tool.lines) < 2200 and time.monotonic() < deadline:
            time.sleep(0.05)
        equal(tool.interrupt(), 0, "exit status")
        equal(len(tool.lines), 2200, "lines")
        equal("".join(tool.err), "mdns-lookup: more services than can be "
              "asked about at once; some are not resolved\n")


@test
def a_crowd_of_addresses_is_bounded():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(
            *service(), *(a("printer.local", f"10.0.1.{i}")
                          for i in range(40)))))
        status, lines, err = run(client, "--resolve", "--short",
                                 "My Printer 2.0._ipp._tcp")
        equal((status, len(lines), err), (0, 16, "mdns-lookup: a service has "
              "more servers or addresses than are shown\n"))


# -- kinds ------------------------------------------------------------------

@test
def types_are_listed():
    with Lab() as lab:
        client, server = pair(lab)
        script = Records(
            ptr(META, IPP), ptr(META, "_home-made._udp.local"),
            ptr(META, ["no type", "local"]))
        responder = lab.use(Responder(server, "eth0", script))
        tool = Tool(client, "--types")
        tool.wait(r"^\d\d:\d\d:\d\d\.\d{3}  \+  _ipp\._tcp +  local  eth0  "
                  r"printer \(IPP\)$")
        tool.wait(r"\+  _home-made\._udp +  local  eth0$")
        script.set()
        multicast(responder, ptr(META, IPP, ttl=0))
        tool.wait(r"  -  _ipp\._tcp")
        equal(tool.interrupt(), 0, "exit status")
        equal(len(tool.lines), 3, f"lines ({tool.lines})")
        script.set(ptr(META, IPP), ptr(META, "_home-made._udp.local"))
        for domain in ((), ("local",)):
            status, lines, _ = run(client, "--types", "--short", "-w", "0.7",
                                   *domain)
            equal((status, sorted(lines)),
                  (0, ["_home-made._udp", "_ipp._tcp"]))
        # As users of other tools know it; resolving them means nothing.
        status, lines, _ = run(client, "--browse", "--resolve", "--short",
                               "-w", "0.7", "_services._dns-sd._udp")
        equal((status, sorted(lines)), (0, ["_home-made._udp", "_ipp._tcp"]))
        status, lines, _ = run(client, "--browse", "--resolve", "-w", "0.7",
                               "_services._dns-sd._udp", "_ipp._tcp")
        equal((status, len(lines)), (0, 2), f"lines ({lines})")
        check(not any(t == SRV for _, t in script.asked), script.asked)
        status, lines, _ = run(client, "--types", "--json", "-w", "0.7")
        seen = sorted((json.loads(line) for line in lines),
                      key=lambda o: o["type"])
        for each in seen:
            check(each.pop("time"), "no time")
        equal(seen, [
            {"kind": "service-type", "change": "added",
             "type": "_home-made._udp", "domain": "local",
             "interface": "eth0"},
            {"kind": "service-type", "change": "added", "type": "_ipp._tcp",
             "domain": "local", "description": "printer (IPP)",
             "interface": "eth0"}])


# -- packets ----------------------------------------------------------------

@test
def verbose_shows_the_packets():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Records(*service())))
        status, lines, err = run(client, "--resolve", "-v", "--short",
                                 "My Printer 2.0._ipp._tcp")
        equal((status, lines), (0, ["printer.local 631 10.0.0.2"]))
        check("SRV" in err and "printer.local" in err, err)
        status, lines, err = run(client, "--browse", "--resolve", "-4", "-v",
                                 "--json", "-w", "1", "_ipp._tcp")
        equal((status, err), (0, ""))
        seen = [json.loads(line) for line in lines]
        equal({o["kind"] for o in seen}, {"packet", "service"})
        equal({o["transport"] for o in seen if o["kind"] == "packet"},
              {"IPv4"})


# -- the others -------------------------------------------------------------

AVAHI = """<?xml version="1.0" standalone='no'?>
<!DOCTYPE service-group SYSTEM "avahi-service.dtd">
<service-group>
  <name>Büro &amp; Co. on avahi</name>
  <service>
    <type>_ipp._tcp</type>
    <subtype>_color._sub._ipp._tcp</subtype>
    <port>631</port>
    <txt-record>rp=ipp/print</txt-record>
    <txt-record>note=2nd floor</txt-record>
  </service>
  <service><type>_ssh._tcp</type><port>22</port></service>
</service-group>
"""


@test
def avahi_publishes():
    with Lab() as lab:
        client, server = pair(lab)
        server.write("/etc/avahi/services/one.service", AVAHI)
        daemon = peer.avahi(server)
        peer.wait_ready(daemon, lambda: peer.said(
            daemon, "successfully established", 1), "its service")
        label = "Büro & Co. on avahi"
        status, lines, err = run(client, "--browse", "--resolve", "--json",
                                 "-w", "2.5", "_ipp._tcp")
        equal((status, len(lines), err), (0, 1, ""), f"all of {lines}")
        seen = json.loads(lines[0])
        good_service(seen, {"instance": label, "host": "avahi-host.local",
                            "port": 631, "txt": [
                                {"key": "note", "value": "2nd floor"},
                                {"key": "rp", "value": "ipp/print"}]
                            if seen["txt"][0]["key"] == "note" else [
                                {"key": "rp", "value": "ipp/print"},
                                {"key": "note", "value": "2nd floor"}]},
                     KNOWN)
        check("10.0.0.2" in seen["addresses"] and "fd00::2" in
              seen["addresses"], seen)
        status, lines, _ = run(client, "--browse", "--short", "-w", "1",
                               "_color._sub._ipp._tcp")
        equal((status, lines), (0, [label]))
        status, lines, _ = run(client, "--types", "--short", "-w", "1")
        equal((status, sorted(lines)), (0, ["_ipp._tcp", "_ssh._tcp"]))
        since = time.monotonic()
        status, lines, err = run(client, "--resolve", "--short",
                                 f"{label}._ssh._tcp")
        between(time.monotonic() - since, 0, 1.2, "time")
        equal((status, err), (0, ""))
        check("avahi-host.local 22 10.0.0.2" in lines, lines)
        tool = Tool(client, "--browse", "_ssh._tcp")
        tool.wait(r"\+  Büro & Co\. on avahi")
        daemon.terminate()
        tool.wait("  -  ", 4)
        equal(tool.interrupt(), 0, "exit status")


if __name__ == "__main__":
    main()
