#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The side-by-side benchmark: each row has a figure for every system or says why
# not, what it writes is what is promised, and wrong answers are seen. How fast
# anybody is does not matter here.

import collections
import contextlib
import io
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "net")]

import compare as side
import figures
import lab
import systems
from lab import Lab, Skip, between, check, equal, main, test

UNITS = {"ns", "per_second", "KiB", "packets", "instructions", "percent"}
# Why a system may have no figure in a short run.
REASONS = {"IPv4 only", "only in the full run"}
NUMBER = (int, float)


def compare(client, *words):
    """The lines that it prints."""
    done = subprocess.run(
        client.argv(lab.program("tests/bench", "compare"), client.path,
                    client.system.service, *words),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    equal(done.returncode, 0, done.stderr)
    return [line.split() for line in done.stdout.splitlines()]


def client_of(laboratory, lines, system=None):
    """A client of ours and a responder that says these lines."""
    responder = laboratory.host("responder")
    client = systems.Client(laboratory, system or systems.Dotlocal(), 1,
                            responder)
    systems.respond(responder, lines, ["wire1"])
    return client.start()


@test
def what_is_found():
    """compare tells right answers from wrong ones."""
    with Lab() as laboratory:
        client = client_of(laboratory, [
            "dual-0.local 192.0.2.10 2001:db8::10",
            "dual-1.local 192.0.2.10", "dual-2.local 2001:db8::10",
            "dual-3.local 192.0.2.11 2001:db8::10",
            "dual-4.local 192.0.2.10 2001:db8::11",
            "auto-0.local 169.254.1.0 fe80::a:0",
            "another.local 169.254.1.1 fe80::a:1"])
        for number, letter in ((0, "b"), (1, "4"), (2, "6"), (3, "x"),
                               (4, "x"), (5, "n")):
            lines = compare(client, "processes", "dual", str(number), "0",
                            "1", "5000")
            equal([line[1] for line in lines], [letter + "1"],
                  f"dual-{number}")
        for family in "46":
            equal([line[1] for line in compare(
                client, "reverse", family, "0", "2", "5000")], ["r1", "x1"],
                f"IPv{family} addresses")
        # Known so far: one; the others are not there.
        rate = compare(client, "threads", "dual", "0", "2", "2", "50")[0]
        check(float(rate[0]) > 0, "rate", rate)
        equal({each[0] for each in rate[1:]}, {"b", "4"}, "of both names")
        crowd = compare(client, "crowd", "dual", "0", "1")[0]
        equal(crowd[1:], ["b100"], "a hundred processes")


def right_document(document):
    """The promised form; growth.py checks its own."""
    equal(document["format"], 1)
    equal(sorted(document), sorted(
        "format date machine systems rows floors growth".split()))
    equal(sorted(document["machine"]),
          sorted("kernel cpu processors libc".split()))
    equal([each["id"] for each in document["systems"]],
          [each.id for each in systems.SYSTEMS], "systems")
    for each in document["systems"]:
        equal(sorted(each), sorted(
            "id title version module daemon configuration".split()))
    floors = {floor["id"]: floor for floor in document["floors"]}
    equal(sorted(floors), sorted(floor.id for floor in figures.FLOORS))
    for floor in floors.values():
        check(0 < floor["p10"] <= floor["median"] <= floor["p90"], floor)
    equal([row["id"] for row in document["rows"]],
          [row.id for row in figures.ROWS], "rows")
    for row in document["rows"]:
        check(row["unit"] in UNITS and row["better"] in ("lower", "higher"),
              row)
        check(row["floor"] is None or row["floor"] in floors, row)
        for value in row["values"].values():
            check({"median", "p10", "p90", "p99", "count"} <= set(value) <=
                  {"median", "p10", "p90", "p99", "count", "packets",
                   "sent", "wrong", "failed"}, value)
            check(all(isinstance(each, NUMBER) for key, each in value.items()
                      if key != "failed"), value)
            check(0 <= value["p10"] <= value["median"] <= value["p90"] <=
                  value["p99"] and value["count"] > 0, row["id"], value)


@test
def side_by_side():
    path = os.path.join(lab.BUILD, "tests", "bench", "test_compare.json")
    done = subprocess.run(
        [os.path.join(HERE, "compare.py"), "--quick", path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=280)
    print("# " + done.stdout.replace("\n", "\n# "))
    equal(done.returncode, 0, done.stderr)
    with open(path) as file:
        document = json.load(file)
    right_document(document)
    ids = {each.id for each in systems.SYSTEMS}
    absent = set()
    for row in document["rows"]:
        equal(set(row["values"]) | set(row["failed"]), ids, row["id"])
        check(not set(row["values"]) & set(row["failed"]), row)
        for system in figures.OURS:
            check("wrong" not in row["values"].get(system, {}), row)
        absent |= {(system, why) for system, why in row["failed"].items()
                   if why not in REASONS}
    missing = [why for system, why in absent if "has not unpacked" in why
               and system not in figures.OURS]
    if missing:
        raise Skip("; ".join(sorted(set(missing))))
    equal(absent, set(), "without a figure")
    seen = {row["id"]: {system: value["median"] for system, value
                        in row["values"].items()} for row in document["rows"]}
    # What is so at any speed: who asks, and who does not.
    for system in figures.OURS:
        equal((seen["dns"][system], seen["dns_warm"][system]), (0, 0),
              f"DNS queries of {system}")
        asks_and_waits(seen, system)
    # And nss-mdns asks a nameserver each time: it is counted.
    for row in "dns", "dns_warm":
        check(seen[row]["mdns4_minimal+avahi"] >= 1, row, seen[row])
    for row in ("cpu_daemon", "cpu_daemon_cold", "daemon_idle", "daemon_1000",
                "private"):
        check(all(value > 0 for system, value in seen[row].items()
                  if system != "dotlocal"), row, seen[row])
    # A question leaves over both transports; what is known costs nothing.
    sent = {row["id"]: {system: value.get("sent") for system, value
                        in row["values"].items()} for row in document["rows"]}
    for system in figures.OURS:
        between(sent["cold"][system], 2, 2.5, f"sent, cold, {system}")
        between(sent["cpu_process"][system], 0, 0.01, f"sent, warm, {system}")
        check(sent["crowd_cold"][system] is not None, sent["crowd_cold"])
        # Of 40 hosts one in four has to be asked for again.
        between(sent["lost"][system], 2.05 if system == "dotlocal" else 0.5,
                8, f"sent where packets get lost, {system}")
        between(seen["lost"][system], 0, 20, f"hosts not found, {system}")
    equal(round(sent["warm_process"]["dotlocal+helper"], 1), 0,
          "sent, new process, with mdns-helper")
    losses = [line for line in done.stdout.splitlines()
              if line.startswith("LOST: ") or line == "no row lost"]
    check(losses, "nothing about lost rows")


@test
def wrong_answers():
    """What is wrong makes no figure, and the end is 1 if it is ours."""
    path = os.path.join(lab.BUILD, "tests", "bench", "test_wrong.json")
    client = collections.namedtuple("Client", "system")
    ours, _, four, both, _ = (client(each) for each in systems.SYSTEMS)
    for who, wanted, finding, right, status in (
            (ours, "b", "b1", 1, 0), (ours, "b", "49", 0, 1),
            (ours, "b", "s1", 0, 1), (ours, "b", "x2", 0, 1),
            (ours, "n", "u1", 0, 1), (ours, "r", "x1", 0, 1),
            (four, "4", "s3", 3, 0), (both, "b", "41", 1, 0),
            (both, "b", "n1", 0, 0), (both, "4", "61", 0, 0)):
        bench = side.Bench(True)
        row = bench.rows["cold"]
        equal(bench.judge(row, who, wanted, [finding]), right,
              f"{finding} for {who.system.id}")
        equal(sum(row.wrong.values()), 0 if right else int(finding[1:]),
              finding)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            equal(bench.report(path), bool(status), finding)
        equal("WRONG: " in out.getvalue(), not right, finding)


@test
def one_of_ours_fails():
    """Then the end is 1, with figures of the others or without."""
    path = os.path.join(lab.BUILD, "tests", "bench", "test_failed.json")
    client = collections.namedtuple("Client", "system")

    def fail(client):
        raise side.Wrong("ended with -6")

    for number, status in ((0, True), (1, True), (2, False), (4, False)):
        bench = side.Bench(True)
        bench.attempt(["cold"], client(systems.SYSTEMS[number]), fail)
        with contextlib.redirect_stdout(io.StringIO()):
            equal(bench.report(path), status, number)


def asks_and_waits(seen, system):
    """Ours sends something in the rows that need it, and nobody waits for a
    host that is there."""
    check(seen["packets_cold"][system] >= 2, "packets, cold:",
          seen["packets_cold"])
    check(seen["packets_missing"][system] >= 2, "packets, missing:",
          seen["packets_missing"])
    check(seen["missing"][system] >= 1.2e9, "missing:", seen["missing"])


@test
def lost_rows():
    """Ours is compared with the best of the others, either way up."""
    ids = [each.id for each in systems.SYSTEMS]
    others = [each for each in ids if each not in figures.OURS]

    def row(better, mine, *theirs):
        row = figures.Row("row", "a row", None, "ns", better)
        for system, figure in ((figures.OURS[0], mine),
                               *zip(others, theirs)):
            row.add(system, figure)
        row.failed[figures.OURS[1]] = figures.IPV4_ONLY
        return row

    for better, mine, theirs, is_lost in (
            ("lower", 100, (100, 200, 300), False),
            ("lower", 104, (100, 200, 300), False),
            ("lower", 106, (300, 100, 200), True),
            ("lower", 106, (300, 200), False),
            ("lower", 1, (0, 2), True),
            ("higher", 100, (100, 50, 20), False),
            ("higher", 96, (100, 50), False),
            ("higher", 94, (50, 100), True),
            ("higher", 106, (100, 50), False)):
        lines = figures.lost([row(better, mine, *theirs)], ids)
        equal(lines != ["no row lost"], is_lost, f"{better} {mine} {theirs}")
        equal(len(lines), 1)
    # Ours has none, and it is no excuse; or it failed after a while.
    row_without = row("lower", 1, 100)
    row_without.samples.pop(figures.OURS[0])
    row_without.failed[figures.OURS[0]] = "ended with -6"
    lines = figures.lost([row_without], ids)
    check(len(lines) == 1 and "ended with -6" in lines[0], lines)
    row_before = row("lower", 1, 100)
    row_before.failed[figures.OURS[0]] = "ended with -6"
    check("FAILED: a row: dotlocal: ended with -6" in
          "\n".join(figures.notes([row_before], ids)), "nothing of that")
    equal(row_before.json(ids)["values"][figures.OURS[0]]["failed"],
          "ended with -6")
    # Nobody else has a figure: that is no victory, and it is said why.
    alone = row("lower", 5)
    alone.failed[others[0]] = "does not start"
    alone.wrong[others[1]] = 3
    lines = figures.lost([alone], ids)
    check(len(lines) == 1 and "none of the others" in lines[0], lines)
    text = "\n".join(figures.notes([alone], ids))
    check("does not start" in text and "no right answer in 3" in text, text)
    equal(figures.part([5, 1, 4, 2, 3], 0.5), 3)
    equal(figures.part(range(101), 0.9), 90)


if __name__ == "__main__":
    main()
