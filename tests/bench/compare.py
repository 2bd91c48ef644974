#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Measures this module, nss-mdns with avahi-daemon and nss-resolve with
# systemd-resolved side by side: the same names, the same responder, by turns.
#
#	tests/bench/compare.py [--quick] BENCH.json
#
# Exit status 1: a wrong answer of ours, or one of ours has failed. Slowness is no
# failure.

import argparse
import concurrent.futures
import contextlib
import copy
import glob
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import figures
import systems
from systems import Client, System

import lab
import wire

WARM = "dual-0.local"
NAMES = 6000  # dual-N.local
MANY = 1000  # many-N.local: those that are all warm at once
LOSSY = 4000  # lossy-N.local: asked for where packets get lost
LOSS = 30  # of a hundred, each way
ABSENT = 10000  # auto-N.local: from here on nobody has that address
WAITS = 1e9  # ns: no network takes so long
SLOW = 15  # seconds for one row of one system, if it has 3 figures
# What these rows find is one of many lookups; "cpu" says what warm ones send.
BATCHES = ("warm", "warm_p99", "private")
# There is nothing in it since glibc 2.34.
BARE_LIBRARY = systems.MODULES + "/libnss_files.so.2"


class Wrong(Exception):
    """A figure that cannot be had; the text says why."""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def auto4(number):
    return f"169.254.{1 + number // 256}.{number % 256}"


def auto6(number):
    return f"fe80::a:{number:x}"


def hosts():
    """The responder's file."""
    both = " ".join(systems.ADDRESSES)
    return [*(f"dual-{i}.local {both}" for i in range(NAMES)),
            *(f"many-{i}.local {both}" for i in range(MANY)),
            *(f"lossy-{i}.local {both}" for i in range(LOSSY)),
            *(f"ipv4-{i}.local {systems.ADDRESSES[0]}" for i in range(1000)),
            *(f"nsec-{i}.local {systems.ADDRESSES[0]} nsec"
              for i in range(3000)),
            *(f"auto-{i}.local {auto4(i)} {auto6(i)}" for i in range(3000))]


class Bare(System):
    """No module and no daemon: where the floors are measured."""
    id = "floor"
    hosts = "files"


class Bench:
    def __init__(self, quick):
        self.quick = quick
        self.rows = {row.id: row for row in copy.deepcopy(figures.ROWS)}
        self.floors = {floor.id: floor
                       for floor in copy.deepcopy(figures.FLOORS)}
        self.program = lab.program("tests/bench", "compare")
        self.clients = []
        self.bare = self.responder = None
        self.next = {}
        self.spent = {}
        self.broken = False  # one of ours

    def set_up(self, laboratory):
        responder = self.responder = laboratory.host("responder")
        self.bare = Client(laboratory, Bare(), 0, responder)
        self.bare.host.write("/etc/hosts", "127.0.0.1 localhost\n" + "".join(
            f"{address} {WARM}\n" for address in systems.ADDRESSES))
        for path in glob.glob("/lib*/*/libnss_files.so.2")[:1]:
            shutil.copy(path, self.bare.host.path(BARE_LIBRARY))
        for number, system in enumerate(systems.SYSTEMS, 1):
            try:
                self.clients.append(
                    Client(laboratory, system, number, responder))
            except lab.Skip as why:
                self.give_up(system, why)
        systems.respond(responder, hosts(), [
            f"wire{each.number}" for each in [self.bare, *self.clients]])
        for client in list(self.clients):
            try:
                client.start()
            except (lab.Skip, lab.Failure) as why:
                self.broken |= (client.system.id in figures.OURS and
                                isinstance(why, lab.Failure))
                self.give_up(client.system, why)
                self.clients.remove(client)

    def give_up(self, system, why):
        say(f"without {system.id}: {why}")
        for row in self.rows.values():
            row.failed[system.id] = str(why)

    # -- names ---------------------------------------------------------------

    def new(self, kind, count):
        """The first of so many numbers that nobody has asked for."""
        # The first ones are those of the slow rounds.
        first = self.next.get(kind, 10)
        self.next[kind] = first + count
        return first

    # -- running -------------------------------------------------------------

    def run(self, client, *words, timeout=120):
        """The lines that compare prints, cut into words."""
        if client.process and client.process.poll() is not None:
            raise Wrong("its daemon has ended")
        process = client.popen(
            self.program, client.path, client.system.service or "none",
            *(str(word) for word in words))
        out, err = self.finish(process, timeout)
        if process.returncode:
            raise Wrong(f"{words[0]}: " + (
                err.strip() or f"ended with {process.returncode}"))
        return [line.split() for line in out.splitlines()]

    def finish(self, process, timeout):
        try:
            return process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Wrong(f"not finished after {timeout} s") from None

    def attempt(self, ids, client, function, *arguments):
        """Who fails in these rows stays in the others."""
        try:
            return function(client, *arguments)
        except (Wrong, lab.Failure) as why:
            say(f"{client.system.id}: {', '.join(ids)}: {why}")
            self.broken |= client.system.id in figures.OURS
            for id in ids:
                self.rows[id].failed[client.system.id] = str(why)
            return None

    def run_counted(self, client, row, *words):
        """The same, and what was sent for each lookup."""
        before = client.sent()
        lines = self.run(client, *words)
        lookups = sum(int(finding[1:]) for line in lines
                      for finding in line[1:])
        if lookups and row.id not in BATCHES:
            row.sent.setdefault(client.system.id, []).append(
                (client.sent() - before) / lookups)
        return lines

    def judge(self, row, client, wanted, findings):
        """How many of the findings are right, or of others nearly so.
        wanted: letters."""
        system = client.system.id
        right = 0
        for finding in findings:
            letter, count = finding[0], int(finding[1:])
            if letter in wanted:
                right += count
            elif system not in figures.OURS and letter in \
                    ("46s" if "b" in wanted else "s" if "4" in wanted
                     else ""):
                row.odd[system, letter] = \
                    row.odd.get((system, letter), 0) + count
                right += count
            else:
                row.wrong[system] = row.wrong.get(system, 0) + count
        return right

    def take(self, id, client, wanted, *words):
        """Runs compare; what it found right goes into the row."""
        row = self.rows[id]
        system = client.system.id
        if system in row.failed:
            return []
        start = time.monotonic()
        lines = self.attempt([id], client, self.run_counted, row,
                             *words) or []
        spent = self.spent.get((id, system), 0)
        self.spent[id, system] = spent + time.monotonic() - start
        for line in lines:
            if not wanted or self.judge(row, client, wanted, line[1:]):
                row.add(system, float(line[0]))
        return lines

    def enough(self, id, client):
        """A slow system has had its time in this row."""
        count = len(self.rows[id].samples.get(client.system.id, ()))
        return (self.spent.get((id, client.system.id), 0) >
                (2 if self.quick else SLOW) and
                count >= (1 if self.quick else 3))

    def both(self, client):
        return "4" if client.system.wanted == "IPv4" else "b"

    # -- rows by turns -------------------------------------------------------

    def floor_round(self, count):
        client = self.bare
        for id, *words in (
                (figures.HASH, "floor-hash", 3),
                (figures.EXCHANGE, "floor-exchange", 1, count, 0),
                (figures.EXCHANGES, "floor-exchange", 1, count, 1),
                (figures.CONVERSE, "floor-converse", count),
                (figures.GETENT, "getent", WARM, max(2, count // 5), 1000),
                (figures.LOAD, "load-bare", count, BARE_LIBRARY)):
            if self.floors[id].failed:
                continue
            try:
                for line in self.run(client, *words):
                    self.floors[id].add("floor", float(line[0]))
            except Wrong as why:
                self.floors[id].failed["floor"] = str(why)
                say(f"no floor: {self.floors[id].title}: {why}")

    def fast_round(self, count, share):
        """count: lookups, if they are done in share ms."""
        names = {kind: self.new(kind, count) for kind in ("nsec", "ipv4")}
        # Both ways of a cold lookup, and not the same names twice.
        cold, process, cpu = (self.new("dual", count) for _ in range(3))
        address, address6 = self.new("auto", count), self.new("auto", count)
        for id, words in (
                ("load", ("load", count)),
                ("cold", ("names", WARM, "dual", cold, count, share)),
                ("cold_process", ("processes", "dual", process, 1, count,
                                  share)),
                ("warm", ("warm", WARM, 10, share)),
                ("warm_p99", ("slow", WARM)),
                ("warm_process", ("processes", "dual", 0, 0, count, share)),
                ("getent", ("getent", WARM, max(2, count // 5), share)),
                ("nsec", ("names", WARM, "nsec", names["nsec"], count,
                          share)),
                ("ipv4only", ("names", WARM, "ipv4", names["ipv4"], count,
                              share)),
                ("reverse", ("reverse", 4, address, count, share)),
                ("reverse6", ("reverse", 6, address6, count, share)),
                ("private", ("memory", WARM)),
                ("cpu_process", ("cpu", WARM, 20000, share)),
                ("cpu_process_cold", ("cpu-names", WARM, "dual", cpu, count,
                                      share))):
            for client in self.clients:
                if self.enough(id, client):
                    continue
                if id == "reverse6" and client.system.wanted == "IPv4":
                    self.rows[id].failed[client.system.id] = \
                        figures.IPV4_ONLY
                    continue
                self.fast_row(id, client, words)

    def fast_row(self, id, client, words):
        if id in ("nsec", "ipv4only"):
            wanted = "4"
        elif id.startswith("reverse"):
            wanted = "r"
        elif id == "load":
            wanted = ""
        else:
            wanted = self.both(client)
        if id in ("warm_process", "getent"):
            # The daemon knows it from here on.
            self.attempt([id], client, self.run, "processes", "dual", 0, 0,
                         1, 1)
        before = self.attempt([id], client, Client.cpu)
        figures_before = len(self.rows[id].samples.get(client.system.id, ()))
        lines = self.take(id, client, wanted, *words)
        after = self.attempt([id], client, Client.cpu)
        if id in figures.CPU and None not in (before, after) and \
                len(self.rows[id].samples.get(client.system.id, ())) > \
                figures_before:
            # With the one before, for which the process had to connect.
            count = sum(int(each[1:]) for each in lines[0][1:])
            daemon = (after - before) * 1e9 / count
            of_daemon, of_both = figures.CPU[id]
            self.rows[of_daemon].add(client.system.id, daemon)
            self.rows[of_both].add(client.system.id,
                                   daemon + float(lines[0][0]))

    # -- rows that wait, for all systems at once -----------------------------

    def slow_round(self, number):
        """What no system answers at once. It is waiting that takes the time,
        and so they all wait together."""
        jobs = []
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            for job, *ids in (
                    (self.miss, "missing", "missing_again"),
                    (self.miss_processes, "missing", "missing_process"),
                    (self.miss_packets, "packets_missing"),
                    (self.miss_reverse, "reverse_miss",
                     "packets_reverse_miss"),
                    (self.miss_reverse6, "reverse6_miss"),
                    (self.four_nsec, "nsec", "packets_nsec"),
                    (self.four_only, "ipv4only", "packets_ipv4only")):
                for client in self.clients:
                    jobs.append(pool.submit(self.attempt, ids, client, job,
                                            number))
                # Who asks for several names in one packet is not to.
                time.sleep(0.15)
        for job in jobs:
            job.result()

    def nothing(self, client):
        """What a lookup in vain may say; ours: that there is no such name."""
        return "n" if client.system.id in figures.OURS else "nut"

    def put(self, id, client, line):
        row = self.rows[id]
        if self.judge(row, client, self.nothing(client), line[1:]):
            row.add(client.system.id, float(line[0]))

    def miss(self, client, number):
        lines = self.run(client, "again", "missing", number)
        self.put("missing", client, lines[0])
        self.put("missing_again", client, lines[1])

    def miss_processes(self, client, number):
        number += 1000
        lines = self.run(client, "processes", "missing", number, 0, 2, 60000)
        self.put("missing", client, lines[0])
        self.put("missing_process", client, lines[1])

    def miss_packets(self, client, number):
        number += 2000
        self.count("packets_missing", client, [f"missing-{number}.local"],
                   "processes", "missing", number, 0, 1, 60000)

    def miss_reverse(self, client, number):
        number += ABSENT
        lines, _ = self.count(
            "packets_reverse_miss", client,
            [wire.reverse_name(auto4(number))], "reverse", 4, number, 1, 1000)
        self.put("reverse_miss", client, lines[0])

    def miss_reverse6(self, client, number):
        if client.system.wanted == "IPv4":
            self.rows["reverse6_miss"].failed[client.system.id] = \
                figures.IPV4_ONLY
            return
        self.put("reverse6_miss", client, self.run(
            client, "reverse", 6, number + ABSENT, 1, 1000)[0])

    def four_nsec(self, client, number):
        self.four("nsec", "nsec", client, number)

    def four_only(self, client, number):
        self.four("ipv4only", "ipv4", client, number)

    def four(self, id, kind, client, number):
        """Counts packets; the time of those who wait for IPv6 is taken here,
        that of the others when they are alone."""
        name = f"{kind}-{number}.local"
        lines, _ = self.count("packets_" + id, client, [name], "names", WARM,
                              kind, number, 1, 60000)
        system = client.system.id
        if float(lines[0][0]) > WAITS and self.judge(
                self.rows[id], client, "4", lines[0][1:]):
            self.rows[id].add(system, float(lines[0][0]))
            self.spent[id, system] = SLOW + 1

    # -- packets -------------------------------------------------------------

    def count(self, id, client, names, *words):
        """The packets about each of these names while compare runs, both
        ways. Its lines, and the DNS queries to any nameserver."""
        tap, loopback = (lab.Capture(client.host, each)
                         for each in ("eth0", "lo"))
        try:
            lines = self.run(client, *words)
            seen = [packet.data.lower() for packet in tap.packets(0.3)
                    if 5353 in (packet.sport, packet.dport)]
            asked = sum(packet.out and packet.dport == 53 for packet in
                        [*tap.packets(), *loopback.packets()])
        finally:
            tap.close()
            loopback.close()
        for name in names:
            # What follows may be compressed.
            octets = wire.name(name.split(".")[0])[:-1]
            if name.endswith(".arpa"):
                octets = wire.name(".".join(name.split(".")[:2]))[:-1]
            self.rows[id].add(client.system.id,
                              sum(octets in data for data in seen))
        return lines, asked

    def packets(self, client, dual, auto, count):
        self.count("packets_cold", client,
                   [f"dual-{dual + i}.local" for i in range(count)],
                   "names", WARM, "dual", dual, count, 60000)
        self.count("packets_reverse", client,
                   [wire.reverse_name(auto4(auto + i)) for i in range(count)],
                   "reverse", 4, auto, count, 60000)
        _, asked = self.count("dns", client, (), "processes", "dual",
                              dual + count, 1, count, 60000)
        self.rows["dns"].add(client.system.id, asked / count)
        _, asked = self.count("dns_warm", client, (), "cpu", WARM, 99, 60000)
        self.rows["dns_warm"].add(client.system.id, asked / 100)

    def packets_round(self, count):
        dual, auto = self.new("dual", 2 * count), self.new("auto", count)
        for client in self.clients:
            self.attempt(("packets_cold", "packets_reverse", "dns",
                          "dns_warm"), client, self.packets, dual, auto,
                         count)

    # -- many at once --------------------------------------------------------

    def memory(self, id):
        for client in self.clients:
            resident = self.attempt([id], client, Client.memory)
            if resident is not None:
                self.rows[id].add(client.system.id, resident)

    def fill(self, count):
        """The daemons know the names from here on, as far as they keep them.
        Warm is what is asked for again soon after."""
        with concurrent.futures.ThreadPoolExecutor(len(self.clients)) as pool:
            for client in self.clients:
                pool.submit(self.attempt, ["daemon_1000"], client, self.run,
                            "fill", "many", 0, count, 50, 0)

    def many_round(self, milliseconds):
        self.fill(MANY)
        for threads in (1, 2, 8):
            for client in self.clients:
                self.attempt([f"threads_{threads}"], client, self.threads,
                             threads, milliseconds)
        cold = self.new("dual", 1)
        for id, *words in (("crowd_cold", "dual", cold, 1),
                           ("crowd_warm", "many", 0, 100)):
            for client in self.clients:
                self.attempt([id], client, self.crowd, id, *words)

    def threads(self, client, threads, milliseconds):
        row = self.rows[f"threads_{threads}"]
        rate, *findings = self.run_counted(client, row, "threads", "many", 0, MANY,
                                   threads, milliseconds)[0]
        right = self.judge(row, client, self.both(client), findings)
        if right:
            total = sum(int(each[1:]) for each in findings)
            row.add(client.system.id, float(rate) * right / total)

    def crowd(self, client, id, *words):
        row = self.rows[id]
        spent, *findings = self.run_counted(client, row, "crowd", *words)[0]
        wrong = row.wrong.get(client.system.id, 0)
        self.judge(row, client, self.both(client), findings)
        if row.wrong.get(client.system.id, 0) == wrong:
            row.add(client.system.id, float(spent))

    # -- links that lose packets ---------------------------------------------

    @contextlib.contextmanager
    def losing(self, percent):
        """Of what comes in at either end of each cable so much gets lost; who
        has sent it does not notice."""
        ends = [(client.host, ["eth0"]) for client in self.clients]
        ends.append((self.responder, [f"wire{client.number}"
                                      for client in self.clients]))
        try:
            for host, names in ends:
                chains = "".join(
                    f"chain {name} {{ type filter hook ingress device {name} "
                    "priority 0; meta l4proto udp numgen random mod 100 < "
                    f"{percent} drop; }}\n" for name in names)
                host.nft(f"table netdev loss {{\n{chains}}}\n")
            yield
        finally:
            for host, _ in ends:
                host.run("nft", "delete table netdev loss")

    def not_found(self, client, first, count):
        """How many of the hosts, all of which are there, in a hundred."""
        row = self.rows["lost"]
        # What a daemon asks for in one message gets lost together: 64 threads
        # with pauses ask for some 15 names a second.
        _, *findings = self.run_counted(client, row, "fill", "lossy", first,
                                        count, min(count, 64), 6000)[0]
        missed = sum(int(each[1:]) for each in findings
                     if each[0] in self.nothing(client))
        self.judge(row, client, self.both(client),
                   [each for each in findings
                    if each[0] not in self.nothing(client)])
        row.add(client.system.id, 100 * missed / count)

    def loss_round(self, count):
        first = self.new("lossy", count)
        try:
            with self.losing(LOSS), concurrent.futures.ThreadPoolExecutor(
                    len(self.clients)) as pool:
                for client in self.clients:
                    pool.submit(self.attempt, ["lost"], client,
                                self.not_found, first, count)
        except lab.Skip as why:
            say(why)
            for client in self.clients:
                self.rows["lost"].failed[client.system.id] = \
                    figures.NO_NFTABLES

    # -- instructions --------------------------------------------------------

    def collected(self, client, count):
        """The instructions of a process that looks up count times, and once
        before."""
        process = client.popen(
            "valgrind", "--tool=callgrind",
            "--callgrind-out-file=/dev/null", self.program, client.path,
            client.system.service, "cpu", WARM, str(count), "60000")
        text = self.finish(process, 60)[1]
        found = re.search(r"Collected : (\d+)", text)
        if not found:
            raise Wrong("callgrind: " + text.strip()[-200:])
        return int(found[1])

    def instructions(self, client):
        row = self.rows["instructions"]
        if self.quick:
            row.failed[client.system.id] = figures.FULL_ONLY
            return
        if not shutil.which("valgrind"):
            row.failed[client.system.id] = figures.NO_VALGRIND
            return
        few = self.collected(client, 10)
        row.add(client.system.id, (self.collected(client, 110) - few) / 100)

    # -- the whole -----------------------------------------------------------

    def measure(self):
        fast, count, share, slow, many, milliseconds, lossy = \
            (2, 10, 150, 1, 1, 150, 40) if self.quick else \
            (15, 50, 250, 3, 5, 400, 1000)
        time.sleep(2)  # resolved probes for its own name
        self.memory("daemon_idle")
        say(f"{MANY} names")
        self.fill(MANY)
        self.memory("daemon_1000")
        for number in range(slow):
            say(f"names and addresses that nobody has, {number + 1} of {slow}")
            self.slow_round(number)
        for number in range(fast):
            say(f"one at a time, {number + 1} of {fast}")
            self.floor_round(count)
            self.fast_round(count, share)
        say("packets")
        self.packets_round(3 if self.quick else 11)
        for number in range(many):
            say(f"many at once, {number + 1} of {many}")
            self.many_round(milliseconds)
        say("packets get lost")
        self.loss_round(lossy)
        say("instructions")
        for client in self.clients:
            self.attempt(["instructions"], client, self.instructions)

    def report(self, path):
        rows = list(self.rows.values())
        every = systems.SYSTEMS
        ids = [each.id for each in every]
        print("\n".join(figures.table(
            rows, self.floors, ids,
            {each.id: each.id for each in every})))
        print("\n".join(figures.sent_table(rows, ids)))
        for floor in self.floors.values():
            if floor.samples:
                print(f"floor: {floor.title}: "
                      f"{figures.text(floor.median('floor'), 'ns')}")
        for each in every:
            print(f"{each.id}: {each.title}, {each.version()}, "
                  f"{each.daemon() or 'no daemon'}: {each.configuration}")
        print("\n".join([*figures.notes(rows, ids),
                         *figures.lost(rows, ids)]))
        document = figures.document(rows, self.floors, every)
        figures.write(path, document)
        return self.broken or any(row.wrong.get(mine) for row in rows
                                  for mine in figures.OURS)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true",
                        help="few rounds: about a minute in all")
    parser.add_argument("file", metavar="BENCH.json")
    options = parser.parse_args()
    systems.enter("compare.py")
    lab.shell("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    os.makedirs(os.path.dirname(os.path.abspath(options.file)), exist_ok=True)
    start = time.monotonic()
    bench = Bench(options.quick)
    try:
        with lab.Lab() as laboratory:
            bench.set_up(laboratory)
            bench.measure()
    except (lab.Skip, lab.Failure) as why:
        sys.exit(f"compare: {why}")
    say(f"{time.monotonic() - start:.0f} s")
    sys.exit(1 if bench.report(options.file) else 0)


if __name__ == "__main__":
    main()
