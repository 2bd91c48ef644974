#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Capture files of mdns-lookup: --pcap as Wireshark reads it, --read of what
# other programs write, cut, damaged, or no capture at all.

import fcntl
import ipaddress
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import dns.message
import dns.rdatatype

import lab
import wire
from lab import GROUP, Lab, between, check, equal, main, pair, program
from lab import test
from packets import (by_json, by_tshark, join, packets, record_by_tcpdump,
                     record_by_tshark, same, split, tshark)
from scripted import Honest, Responder

ETHERNET, SLL2 = 1, 276
HOSTS = {"a.local": ["10.0.0.2", "fd00::2"], "b.local": ["10.0.0.3"]}
CHECKSUMS = ("-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")


def read(path, *args, **options):
    """mdns-lookup --read; the process as it ended."""
    return subprocess.run(
        [program("", "mdns-lookup"), *args, "--read", path], timeout=20,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        errors="backslashreplace", env={**os.environ, "TZ": "UTC"}, **options)


def fine(path, *args):
    done = read(path, *args)
    equal((done.returncode, done.stderr), (0, ""), path)
    return done.stdout


class Folder:
    def __enter__(self):
        self.path = tempfile.mkdtemp()
        return self

    def __exit__(self, *problem):
        shutil.rmtree(self.path)

    def file(self, name, octets=None):
        path = os.path.join(self.path, name)
        if octets is not None:
            with open(path, "wb") as file:
                file.write(octets)
        return path


def octets_of(path):
    with open(path, "rb") as file:
        return file.read()


def asked_pair(lab, hosts=None):
    client, server = pair(lab)
    lab.use(Responder(server, "eth0", Honest(hosts or HOSTS, nsec=True)))
    return client


def traffic(client):
    """Queries and answers of both families, unicast and multicast."""
    client.run(program("", "mdns-lookup"), "a.local")
    client.run(program("", "mdns-lookup"), "--watch", "-w", "0.4", "b.local")
    time.sleep(0.3)  # until the others have it


def ip_frame(message, source="10.0.0.2", ident=0):
    """An IP packet that no checksum makes good, from and to 5353."""
    udp = struct.pack("!4H", 5353, 5353, 8 + len(message), 0) + message
    packed = ipaddress.ip_address(source).packed
    if len(packed) == 16:
        return struct.pack("!IHBB", 6 << 28, len(udp), 17, 255) + packed \
            + ipaddress.ip_address(GROUP[6]).packed + udp
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), ident, 0, 255, 17,
                       0) + packed + ipaddress.ip_address(GROUP[4]).packed + udp


def on_terminal(columns, *args, **env):
    """What mdns-lookup writes to a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ,
                struct.pack("4H", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **env}
    if "NO_COLOR" not in env:
        environment.pop("NO_COLOR", None)
    process = subprocess.Popen([program("", "mdns-lookup"), *args],
                               stdout=theirs, env=environment)
    os.close(theirs)
    octets = b""
    try:
        while more := os.read(ours, 65536):
            octets += more
    except OSError:  # nobody has the other end any more
        pass
    os.close(ours)
    equal(process.wait(5), 0, "exit status")
    return octets.decode().replace("\r\n", "\n")


# -- what we write ----------------------------------------------------------

@test
def tshark_reads_what_we_write():
    """The same packets as on the wire: addresses, ports, octets; and nothing
    is wrong with the frames."""
    with Lab() as lab, Folder() as folder:
        client = asked_pair(lab)
        client.link(lab.new_link(), "wlan0", "10.1.0.1/24", "fd01::1/64")
        taps = {str(client.ifindex(name)): lab.use(client.capture(name))
                for name in ("eth0", "wlan0")}
        for i, args in enumerate((
                ("a.local",), ("-4", "b.local"), ("-w", "0.4", "no.local"),
                ("--watch", "-w", "0.5", "b.local"))):
            path = folder.file(f"{i}.pcap")
            for tap in taps.values():
                tap.forget()
            began = time.time()
            client.run(program("", "mdns-lookup"), "--pcap", path, *args)
            ended = time.time()
            link, frames = split(octets_of(path))
            equal(link, SLL2)
            # Warnings of protocols are about who asks what.
            wrong = tshark(path, *CHECKSUMS, "-Y", "_ws.malformed or "
                           "ip.checksum.status == 0 or "
                           "udp.checksum.status != 1 or (_ws.expert.severity "
                           ">= 6291456 and not _ws.expert.group == 150994944)")
            equal(wrong, "", f"what tshark finds wrong with {args}")
            words = ["-T", "fields"]
            for field in ("sll.ifindex", "sll.pkttype", "ip.src", "ipv6.src",
                          "udp.srcport", "ip.dst", "ipv6.dst", "udp.dstport",
                          "udp.payload"):
                words += ["-e", field]
            written = sorted(tuple(filter(None, line.split("\t")))
                             for line in tshark(path, *words).splitlines())
            seen = sorted(
                (index, "4" if p.out else "0" if p.dst not in GROUP.values()
                 else "2", p.src, str(p.sport), p.dst, str(p.dport),
                 p.data.hex())
                for index, tap in taps.items() for p in tap.mdns())
            # What came after the answer was nobody's any more.
            check(set(written) <= set(seen), "written, but not on the wire:",
                  set(written) - set(seen), "with", args)
            equal([one for one in seen if one[1] == "4"],
                  [one for one in written if one[1] == "4"],
                  f"packets sent with {args}")
            check(any(one[1] != "4" for one in written) or "no.local" in args,
                  "nothing received with", args)
            for when, _ in frames:
                between(when, began - 0.001, ended + 0.001, "time")
            same(by_json(fine(path, "--json")), by_tshark(path))


@test
def what_cannot_be_written_is_said():
    with Lab() as lab, Folder() as folder:
        client = asked_pair(lab)
        for path, why in ((folder.path, "Is a directory"),
                          (folder.file("no/such"),
                           "No such file or directory")):
            done = client.run(program("", "mdns-lookup"), "--pcap", path,
                              "a.local")
            equal((done.returncode, done.stdout, done.stderr),
                  (2, "", f"mdns-lookup: {path}: {why}\n"))
        done = client.run(program("", "mdns-lookup"), "--pcap", "/dev/full",
                          "a.local")
        equal(done.returncode, 2)
        equal(done.stderr,
              "mdns-lookup: /dev/full: could not be written to the end\n")


@test
def what_is_closed_is_not_the_file():
    """What would go to standard output or standard error is not in it."""
    with Lab() as lab, Folder() as folder:
        client = asked_pair(lab)
        for i, (closed, option, status) in enumerate(
                ((">&-", "-4", 2), ("2>&-", "-v", 0))):
            path = folder.file(f"{i}.pcap")
            done = client.run(
                "sh", "-c", f'exec "$1" {option} --pcap "$2" a.local '
                f'{closed}', "sh", program("", "mdns-lookup"), path)
            equal(done.returncode, status, closed)
            check("a.local" in fine(path), closed)


@test
def standard_output_is_the_file():
    """And what is printed otherwise goes to standard error."""
    with Lab() as lab, Folder() as folder:
        client = asked_pair(lab)
        path = folder.file("stdout.pcap")
        done = client.run(
            "sh", "-c", '"$1" --watch -w 0.4 --pcap - a.local >"$2"', "sh",
            program("", "mdns-lookup"), path)
        equal(done.returncode, 0, done.stderr)
        check("+  a.local  10.0.0.2" in done.stderr, done.stderr)
        packets(4, by_tshark(path))
        done = client.run("sh", "-c", '"$1" --pcap - --monitor -w 0.3 '
                          '| "$1" --read -', "sh", program("", "mdns-lookup"))
        equal((done.returncode, done.stdout), (1, ""))
        check("standard input: no mDNS message among its 0 packets"
              in done.stderr, done.stderr)
        # No terminal is filled with octets.
        ours, theirs = pty.openpty()
        process = client.popen(program("", "mdns-lookup"), "--pcap", "-",
                               "a.local", stdout=theirs,
                               stderr=subprocess.PIPE)
        os.close(theirs)
        _, err = process.communicate(timeout=10)
        os.close(ours)
        equal((process.returncode, err), (2, "mdns-lookup: --pcap: standard "
              "output is a terminal; give a file or a pipe\n"))


@test
def a_pipe_is_read_while_it_is_written():
    """Each packet when it comes, and whole lines when it is interrupted."""
    message = wire.message(answers=[wire.address("a.local", "10.0.0.2")])
    frame = (1e9, ip_frame(message))
    process = subprocess.Popen(
        [program("", "mdns-lookup"), "--json", "--read", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(join(101, [frame] * 20))
    process.stdin.flush()
    seen = b""
    while seen.count(b"\n") < 20:
        ready, _, _ = select.select([process.stdout], [], [], 5)
        check(ready, "after 5 s only", seen)
        seen += os.read(process.stdout.fileno(), 65536)
    process.send_signal(signal.SIGINT)
    seen += process.stdout.read()
    process.wait(5)
    process.stdin.close()
    equal([json.loads(line)["octets"] for line in seen.splitlines()],
          [len(message)] * 20)


# -- what others write ------------------------------------------------------

@test
def files_of_tcpdump_are_read():
    """Each link type that it has here, each precision and order of octets."""
    with Lab() as lab, Folder() as folder:
        client = asked_pair(lab)
        records = [
            lab.use(record_by_tcpdump(client, f"/run/{name}.pcap", ifname,
                                      *options))
            for name, ifname, options in (
                ("ethernet", "eth0", ()),
                ("nano", "eth0", ("--time-stamp-precision=nano",)),
                ("sll", "any", ("-y", "LINUX_SLL")),
                ("sll2", "any", ("-y", "LINUX_SLL2")))]
        traffic(client)
        for record in records:
            record.close()
        shown = {}
        for record in records:
            theirs = packets(5, by_tshark(record.path))
            text = fine(record.path, "--json")
            same(by_json(text), theirs, record.path)
            shown[os.path.basename(record.path)] = [
                json.loads(line) for line in text.splitlines()]
        for name, lines in shown.items():
            for line in lines:
                equal(line.get("interface"), str(client.ifindex("eth0"))
                      if name == "sll2.pcap" else None, name)
                own = line["from"] in ("10.0.0.1", "fd00::1",
                                       client.link_local("eth0"))
                equal(line["direction"], "sent" if own and "sll" in name
                      else "received", name)
        times = [line["time"] for line in shown["ethernet.pcap"]]
        equal([line["time"] for line in shown["nano.pcap"]], times, "times")
        stamps = tshark(records[0].path, "-t", "ud", "-T", "fields", "-e",
                        "frame.time_epoch").split()
        equal([re.sub(r".*:\d\d(\.\d{6})Z", r"\1", each) for each in times],
              [each[each.index("."):][:7] for each in stamps], "times")

        link, frames = split(octets_of(records[0].path))
        equal(link, ETHERNET)
        wanted = by_tshark(records[0].path)
        for name, number, front in (
                ("raw", 101, lambda ip: b""),
                ("ipv4", 228, None), ("ipv6", 229, None),
                ("null", 0, lambda ip: struct.pack(
                    "<I", 2 if ip[0] >> 4 == 4 else 30)),
                ("loop", 108, lambda ip: struct.pack(
                    ">I", 2 if ip[0] >> 4 == 4 else 24)),
                ("vlan", 1, lambda ip: bytes(12) + b"\x81\0\0\x07" + (
                    b"\x08\0" if ip[0] >> 4 == 4 else b"\x86\xdd"))):
            for order in "<>":
                for nano in (False, True):
                    some = [(when, frame[14:]) for when, frame in frames]
                    if front:
                        some = [(when, front(ip) + ip) for when, ip in some]
                    else:
                        some = [(when, ip) for when, ip in some
                                if ip[0] >> 4 == int(name[-1])]
                    path = folder.file(
                        f"{name}.pcap", join(number, some, order, nano))
                    here = [each for each in wanted if front
                            or (":" in each.source) == (name == "ipv6")]
                    text = fine(path, "--json")
                    same(by_json(text), here, path)
                    if front:
                        equal([json.loads(line)["time"] for line in
                               text.splitlines()], times, "times")


@test
def files_of_tshark_are_read():
    """Pcapng, of one interface and of several."""
    with Lab() as lab:
        client = asked_pair(lab)
        client.link(lab.new_link(), "wlan0", "10.1.0.1/24")
        one = lab.use(record_by_tshark(client, "/run/one.pcapng"))
        two = lab.use(record_by_tshark(client, "/run/two.pcapng", "-i",
                                       "wlan0", "-f", "udp port 5353"))
        traffic(client)
        for record in (one, two):
            record.close()
            same(by_json(fine(record.path, "--json")),
                 packets(5, by_tshark(record.path)))
        with open(one.path, "rb") as file:
            done = read("-", "--json", stdin=file)
        equal((done.returncode, done.stderr), (0, ""))
        equal(done.stdout, fine(one.path, "--json"), "of standard input")
        check(len(by_tshark(two.path)) > len(by_tshark(one.path)),
              "nothing of the other interface")


@test
def only_mdns_is_shown():
    with Lab() as lab:
        client = asked_pair(lab)
        record = lab.use(record_by_tcpdump(client, "/run/x.pcap", "eth0"))
        record.close()
        other = client.path("/run/other.pcap")
        frames = [(1.0, bytes(12) + b"\x08\x06" + bytes(28)),
                  (2.0, bytes(12) + b"\x08\0" + bytes(60)), (3.0, b"")]
        with open(other, "wb") as file:
            file.write(join(ETHERNET, frames))
        done = read(other)
        equal((done.returncode, done.stdout, done.stderr), (
            1, "", f"mdns-lookup: {other}: no mDNS message among its 3 "
            "packets\n"))
        traffic(client)
        done = read(record.path, "nobody.local")
        equal((done.returncode, done.stdout), (1, ""))


@test
def names_are_chosen():
    with Lab() as lab:
        client = asked_pair(lab)
        record = lab.use(record_by_tcpdump(client, "/run/x.pcap", "eth0"))
        traffic(client)
        record.close()
        for args in (("a.local",), ("A.LOCAL.", "nobody.local")):
            done = subprocess.run(
                [program("", "mdns-lookup"), "--read", record.path, "--json",
                 *args], stdout=subprocess.PIPE, text=True)
            equal(done.returncode, 0)
            same(by_json(done.stdout),
                 [each for each in by_tshark(record.path)
                  if "a.local" in dict(each.questions + each.records)])
        done = subprocess.run(
            [program("", "mdns-lookup"), "--read", record.path,
             "nobody.local"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        count = len(by_tshark(record.path))
        equal((done.returncode, done.stdout, done.stderr), (
            1, "", f"mdns-lookup: {record.path}: none of its {count} mDNS "
            "messages is about that\n"))


@test
def records_are_as_dnspython_has_them():
    """All of a message, section by section, as another decoder prints it."""
    owner = wire.name([b"a printer", b"_ipp", b"_tcp", b"local"])
    soa = (wire.name("ns.local") + wire.name("x.local")
           + struct.pack("!5I", 1, 2, 3, 4, 5))
    shared = ("PTR",)

    def record(owner, rtype, rdata, flush):
        shares = dns.rdatatype.to_text(rtype) in shared
        return wire.record(owner, rtype, rdata, ttl=75 + rtype,
                           rclass=wire.IN | (0 if shares else flush))

    def message_of(flush):
        return wire.message(
            id=7, flags=wire.QR | wire.AA | wire.TC, questions=[
                wire.question(owner, wire.ANY, wire.IN | wire.FLUSH),
                wire.question("_ipp._tcp.local", wire.PTR)],
            answers=[record(*each, flush) for each in (
                ("a.local", wire.A, bytes([10, 0, 0, 2])),
                ("a.local", wire.AAAA, b"\xfe\x80" + bytes(12) + b"\1\2"),
                ("_ipp._tcp.local", wire.PTR, owner),
                (owner, 33, b"\0\1\0\2\2\x77" + wire.name("a.local")),
                (owner, wire.TXT, b"\x09txtvers=1\x05a=\"b\"\x00"))],
            authority=[record(*each, flush) for each in (
                ("c.local", wire.CNAME, wire.name("a.local")),
                ("h.local", 13, b"\x04AMD6\x05Linux"),
                ("m.local", 15, b"\0\x0a" + wire.name("a.local")),
                ("s.local", 6, soa))],
            additional=[record(*each, flush) for each in (
                ("a.local", wire.NSEC, wire.name("a.local")
                 + b"\0\5\x40\0\0\x08\x40"),
                ("x.local", 257, b"\0\x05issueca.example"),
                ("l.local", 44, b"\x01\x01" + bytes(range(20))),
                ("u.local", 65280, b"\1\2\3"))])

    message = message_of(wire.FLUSH)
    with Folder() as folder:
        path = folder.file("x.pcap", join(101, [(1e9, ip_frame(message))]))
        packet = json.loads(fine(path, "--json"))
        text = fine(path, "-v")
    # It takes the top bit for a class of its own, whose data it cannot know.
    theirs = dns.message.from_wire(message_of(0), one_rr_per_rrset=True)
    equal(packet["id"], 7)
    equal(packet["flags"], ["QR", "AA", "TC"])
    equal([(q["name"], q["type"], q["class"], q["unicast_response"])
           for q in packet["questions"]],
          [("a printer._ipp._tcp.local", "ANY", "IN", True),
           ("_ipp._tcp.local", "PTR", "IN", False)])
    for ours, section, word in (
            ("answers", theirs.answer, "answer"),
            ("authorities", theirs.authority, "authority"),
            ("additionals", theirs.additional, "additional")):
        equal(len(packet[ours]), len(section), ours)
        for mine, other in zip(packet[ours], section):
            data = other[0].to_text()
            equal(mine["type"], dns.rdatatype.to_text(other.rdtype))
            # Sets of hex digits differ in case, nothing else may.
            equal(mine["data"].lower(), data.lower(), mine["type"])
            equal(mine["ttl"], other.ttl)
            flush = mine["type"] not in shared
            equal(mine["cache_flush"], flush, mine)
            name = other.name.to_text().replace(" ", r"\032")
            line = (f"    {word:<10}  {name}  {other.ttl}  IN  "
                    f"{mine['type']}  {mine['data']}"
                    + ("  cache-flush" if flush else ""))
            check(any(each.startswith(line) for each in text.splitlines()),
                  "no line", repr(line), "in", text)


@test
def lines_fit_the_terminal():
    """And have colours there, unless they are not wanted."""
    names = ["a.local", "printer-in-the-hall.local", "bücher.local",
             f"{'long' * 15}.{'name' * 15}.local"]
    frames = []
    for source in ("10.0.0.2", "255.255.255.255", "fe80::1",
                   "fe80::1234:5678:9abc:def0", "fd00::1234:5678:9abc:def0"):
        for count in range(1, 5):
            for flags in (0, wire.QR):
                message = wire.message(flags=flags, questions=[
                    wire.question(name, wire.A) for name in names[:count]
                    if not flags], answers=[
                    wire.address(name, "10.0.0.2") for name in names[-count:]
                    if flags])
                frames.append((1e9, ip_frame(message, source)))
    with Folder() as folder:
        path = folder.file("x.pcap", join(101, frames))
        for columns in (60, 80, 100, 120, 300):
            seen = on_terminal(columns, "--read", path)
            check("\x1b[" in seen, "no colour")
            seen = re.sub("\x1b\\[[0-9;]*m", "", seen).splitlines()
            equal(len(seen), len(frames), "lines")
            for line in seen:
                # The first item is shown in part at least.
                check(len(line) <= max(columns, 75), columns, repr(line))
                check(re.search(r"A\?? \S", line), repr(line))
            check(columns > 120 or any(len(line) > columns - 20
                                       for line in seen), "room is left")
        for args, env in ((("--color=never",), {}), ((), {"NO_COLOR": "1"}),
                          ((), {"TERM": "dumb"})):
            check("\x1b" not in on_terminal(80, *args, "--read", path, **env),
                  "colour with", args, env)
        check("\x1b[" in fine(path, "--color=always"), "no colour")
        check("\x1b" not in fine(path), "colour in a pipe")


@test
def lines_do_not_grow_for_ever():
    """However wide the terminal is; what is not shown is counted."""
    message = wire.message(flags=0, questions=[
        wire.question(f"n{i}.local", wire.A) for i in range(100)])
    with Folder() as folder:
        path = folder.file("x.pcap", join(101, [(1e9, ip_frame(message))]))
        seen = [on_terminal(columns, "--color=never", "--read", path)
                for columns in (500, 501, 5000)]
    equal(len(set(seen)), 1, f"different lines ({seen})")
    check(400 < len(seen[0]) <= 501, "octets of the line", len(seen[0]))
    more = re.search(r", (\d+) more\n$", seen[0])
    check(more, "not counted:", seen[0])
    equal(seen[0].count(".local") + int(more.group(1)), 100, "questions")


@test
def longer_than_mdns_allows():
    """RFC 6762 17: 9000 octets with the headers of IP and UDP; the records are
    shown all the same."""
    records = [wire.record(f"n{i}.local", wire.TXT, b"\xff" + b"x" * 255)
               for i in range(40)]
    with Folder() as folder:
        for count, said in ((30, 0), (40, 1)):
            path = folder.file(f"{count}.pcap", join(101, [
                (1e9, ip_frame(wire.message(answers=records[:count])))]))
            lines = fine(path, "-v").splitlines()
            equal(sum("  answer  " in line for line in lines), count)
            equal(sum(line.startswith("    -- longer than mDNS allows (")
                      for line in lines), said, f"said of {count}")


# -- what is no capture, or a damaged one -------------------------------------

def sample(folder, count=3):
    """A good file of so many packets, made here."""
    frames = []
    for i in range(count):
        message = wire.message(answers=[
            wire.address(f"host{i}.local", "10.0.0.2"),
            wire.ptr("_ipp._tcp.local", f"p{i}._ipp._tcp.local")])
        frames.append((1e9 + i, bytes(12) + b"\x08\0"
                       + ip_frame(message, ident=i)))
    return join(ETHERNET, frames), len(frames[-1][1]) + 16


@test
def a_cut_file_is_read_as_far_as_it_goes():
    """At every octet of the last packet, of both formats."""
    with Folder() as folder:
        octets, last = sample(folder)
        whole = folder.file("whole.pcap", octets)
        lines = fine(whole).splitlines()
        equal(len(lines), 3)
        newer = folder.file("whole.pcapng")
        subprocess.run(["editcap", "-F", "pcapng", whole, newer], check=True)
        modern = octets_of(newer)
        # The last block says its size at its end.
        block = struct.unpack("<I", modern[-4:])[0]
        check(last + 16 <= block <= last + 40, "the last block has", block)
        for octets, last in ((octets, last), (modern, block)):
            path = folder.file("cut", octets[:-last])
            equal(fine(path).splitlines(), lines[:2])
            for missing in range(1, last):
                path = folder.file("cut", octets[:-missing])
                done = read(path)
                equal((done.returncode, done.stdout.splitlines(),
                       done.stderr),
                      (1, lines[:2], f"mdns-lookup: {path}: cut short: it "
                       "ends inside of a packet\n"), f"{missing} missing")


@test
def a_short_snap_length_is_said():
    with Folder() as folder:
        octets, _ = sample(folder, 1)
        link, frames = split(octets)
        whole = frames[0][1]
        for snap in range(43, len(whole)):
            path = folder.file("x.pcap", join(link, frames, snap=snap))
            packet = json.loads(fine(path, "--json"))
            equal(packet["lost"], len(whole) - snap, "lost")
            equal(packet["octets"], len(whole) - 42, "octets")
            check("-- the capture lacks the last "
                  f"{len(whole) - snap} octets\n" in fine(path, "-v"))
            check("cut off by the capture\n" in fine(path)
                  or "more\n" in fine(path), fine(path))


@test
def no_capture_files():
    readme = os.path.join(lab.HERE, "..", "..", "README.md")
    with Folder() as folder:
        for path, why in (
                (readme, "not a capture file (pcap or pcapng)"),
                (folder.path, "a folder, not a file"),
                (folder.file("empty", b""), "empty, so not a capture file"),
                (folder.file("none"), "no such file"),
                (folder.file("short", b"\xd4\xc3\xb2\xa1\x02\0"),
                 "not a capture file (pcap or pcapng)"),
                (folder.file("wlan", join(105, [])), "its frames are of link "
                 "type IEEE802_11, which is not understood here"),
                (folder.file("odd", join(12345, [])), "its frames are of "
                 "link type 12345, which is not understood here"),
                (folder.file("zero", bytes(1000)),
                 "not a capture file (pcap or pcapng)"),
                (program("", "mdns-lookup"),
                 "not a capture file (pcap or pcapng)")):
            for args in ((), ("--json",), ("-v",)):
                done = read(path, *args)
                equal((done.returncode, done.stdout, done.stderr),
                      (2, "", f"mdns-lookup: {path}: {why}\n"))
        done = read("-", stdin=subprocess.DEVNULL)
        equal((done.returncode, done.stdout, done.stderr), (
            2, "", "mdns-lookup: standard input: empty, so not a capture "
            "file\n"))
        done = read("-", input="garbage" * 100)
        equal((done.returncode, done.stdout, done.stderr), (
            2, "", "mdns-lookup: standard input: not a capture file (pcap or "
            "pcapng)\n"))


def plain(done, what):
    check(done.returncode in (0, 1, 2), what, "ended with", done.returncode,
          done.stderr)
    for line in (done.stdout + done.stderr).splitlines():
        check(line.isprintable(), what, "gives", repr(line))
    check(len(done.stderr.splitlines()) <= 1, what, "says", done.stderr)
    check(done.returncode == 0 or done.stderr, what, "is not explained")


@test
def damaged_files():
    """Whatever is in a file, it is read or refused in one line."""
    seed = random.randrange(1 << 32)
    dice = random.Random(seed)
    with Folder() as folder:
        good, _ = sample(folder)
        for i in range(250):
            octets = bytearray(good if i % 5 else dice.randbytes(
                dice.randrange(300)))
            if i % 5 == 1:  # random packets in a good file
                frames = [(dice.random() * 2 ** 31,
                           dice.randbytes(dice.randrange(200)))
                          for _ in range(3)]
                octets = bytearray(join(dice.choice((0, 1, 101, 113, 276)),
                                        frames))
            for _ in range(dice.randrange(1, 6)):
                if octets and i % 5 > 1:
                    octets[dice.randrange(len(octets))] = dice.randrange(256)
            path = folder.file("x", bytes(octets))
            plain(read(path, *dice.choice(((), ("-v",), ("--json",)))),
                  f"file {i} of seed {seed}")


if __name__ == "__main__":
    main()
