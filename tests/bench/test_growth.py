#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# How the systems grow, and the picture of it: right and wrong answers are told
# apart, each chart has a figure for every system or says why not, and the
# picture shows what is in the file. How fast anybody is does not matter here.

import copy
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as etree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "net")]

import chart
import growth
import lab
import systems
import wires
from lab import Lab, Skip, check, equal, main, test

SVG = "{http://www.w3.org/2000/svg}"


@test
def answers():
    """growth counts what is not found and what is wrong."""
    lines = wires.hosts_lines(40)
    lines[3] = f"host-3.local 10.100.0.5 {wires.addresses(3)[1]}"
    lines[4] = f"host-4.local {wires.addresses(4)[0]} 2001:db8:1::99"
    lines[5] = "missing-5.local 192.0.2.5"
    with Lab() as place:
        responder = place.host("responder", "files")
        grower = growth.Grower(place, systems.Dotlocal(), 1, responder)
        systems.respond(responder, lines, ["wire1"])
        grower.start()
        grower.wait(0)

        def told(*words):
            told = grower.tell(*words)
            check(told.figure > 0, words, "took", told.figure)
            return told.lookups, told.failed, told.wrong

        equal(told("first", 6, 15, 2), (15, 0, 0), "all are there")
        equal(told("first", 0, 3, 3), (3, 0, 1), "0, 3 and 6")
        equal(told("first", 0, 6, 1), (6, 1, 2), "3 and 4 wrong, 5 missing")
        lookups, failed, wrong = told("again", 0, 3, 20)
        check(lookups >= 5 and (failed, wrong) == (0, 0), lookups, failed,
              wrong)
        lookups, failed, wrong = told("again", 3, 2, 20)
        check(lookups == wrong > 0 and not failed, lookups, failed, wrong)
        lookups, failed, wrong = told("rate", 4, 2, 2, 50)
        check(0 < wrong < lookups and not failed, lookups, failed, wrong)
        equal(told("missing", 4), (1, 0, 0), "nobody has missing-4")
        equal(told("missing", 5), (1, 1, 0), "somebody has missing-5")
        grower.stop()


@test
def queries():
    """What is counted as a packet of a lookup."""
    for flags, port, protocol, wanted in (
            (0x0000, 5353, 17, True), (0x0200, 5353, 17, True),
            (0x8400, 5353, 17, False), (0x0000, 53, 17, False),
            (0x0000, 5353, 6, False)):
        datagram = struct.pack("!8H", 40000, port, 16, 0, 1, flags, 1, 0)
        equal(wires.is_query(datagram, protocol), wanted,
              f"{flags:#x} to {port}, protocol {protocol}")
    equal(wires.is_query(b"\0\0\x14\xe9\0\0\0\0", 17), False, "no message")


class Client:
    system = systems.Dotlocal()


@test
def verdict():
    """A wrong answer of anybody and a lost host of ours are problems; what the
    others do not find is said."""
    ours, theirs = Client(), Client()
    theirs.system = systems.Resolved()

    def put(client, id, *lines):
        charts = growth.Charts({**growth.QUICK, "links": (10, 20)})
        for line in lines:
            charts.put(id, client, 10, growth.Told(line))
        one = charts[id]
        return (one.lines[client.system.id][0],
                one.failed.get(client.system.id), len(charts.problems))

    equal(put(ours, "hosts_first", "5.0 15 0 0"), (5.0, None, 0))
    equal(put(ours, "hosts_first", "5.0 15 1 0")[2], 0, "one lost packet")
    equal(put(ours, "hosts_first", "5.0 15 2 0")[2], 1, "two not found")
    equal(put(ours, "hosts_first", "5.0 15 0 1")[2], 1, "a wrong one")
    equal(put(theirs, "hosts_first", "5.0 15 0 1")[2], 1, "theirs is wrong")
    equal(put(theirs, "hosts_first", "5.0 4 3 0"),
          (None, "at 10: 3 of 4 lookups found nothing", 0))
    equal(put(theirs, "hosts_first", "5.0 15 1 0"), (5.0, None, 0))
    equal(put(ours, "hosts_first", "5 9 0 0", "2 9 0 0", "900 9 0 0")[0], 5)
    equal(put(ours, "hosts_first", "5 9 0 0", "2 9 1 0", "9 9 1 0")[2], 1,
          "one lost in two of three rounds")
    equal(put(theirs, "links_missing", "5.0 1 1 0")[1:],
          ("at 10: found a name that nobody has", 1))


@test
def quick():
    """Skips if the others' programs are not there."""
    path = os.path.join(lab.BUILD, "tests", "bench", "test_growth.json")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        json.dump({"format": 1, "rows": "others'"}, file)
    done = subprocess.run(
        [os.path.join(HERE, "growth.py"), "--quick", path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=280)
    print("# " + done.stdout.replace("\n", "\n# "))
    equal(done.returncode, 0, done.stdout[-1000:] + done.stderr[-1000:])
    with open(path) as file:
        bench = json.load(file)
    equal(bench["rows"], "others'", "what was in the file")
    charts = {each["id"]: each for each in bench["growth"]}
    equal(list(charts), list(growth.Charts(growth.QUICK).all), "charts")
    absent = set()
    for each in charts.values():
        right_chart(each)
        absent |= {(system, why) for system, why in each["failed"].items()
                   if why != "no daemon"}
        equal(set(each["lines"]) | set(each["failed"]),
              {system.id for system in systems.SYSTEMS}, each["id"])
    missing = {why for system, why in absent if "has not unpacked" in why
               and not system.startswith("dotlocal")}
    if missing:
        raise Skip("; ".join(sorted(missing)))
    equal(absent, set(), "without a figure")
    # What is so at any speed.
    for system in ("dotlocal", "dotlocal+helper"):
        one, four = charts["links_packets"]["lines"][system]
        check(one >= 2 and four >= 8, system, "sends", one, four)
        check(min(charts["links_missing"]["lines"][system]) >= 1.2e9,
              system, "does not wait")
    equal(charts["hosts_memory"]["failed"], {"dotlocal": "no daemon"})


def right_chart(each):
    equal(set(each), set("id title x_title unit better x lines failed note"
                         .split()), each["id"])
    check(each["unit"] in ("ns", "KiB", "per_second", "packets"), each)
    check(each["better"] in ("lower", "higher"), each)
    equal(len(each["x"]), 2, "points")
    for system, line in each["lines"].items():
        equal(len(line), len(each["x"]), f"points of {system}")
        check(all(value is None or value > 0 for value in line), line)
        check(None not in line or system in each["failed"],
              each["id"], system, "says not why")


# -- the picture ----------------------------------------------------------

def small_bench():
    ids = [each.id for each in systems.SYSTEMS]
    row = dict(unit="ns", better="lower", floor="exchanges")
    return {
        "format": 1, "date": "2026-01-02",
        "machine": {"kernel": "6.1", "cpu": "A <very> fast & cheap one",
                    "processors": 2, "libc": "glibc 2.36"},
        "systems": [{"id": each.id, "title": each.title, "version": "1",
                     "module": each.service, "daemon": None,
                     "configuration": ""} for each in systems.SYSTEMS],
        "floors": [{"id": "exchanges", "title": "bare", "unit": "ns",
                    "median": 20000}],
        "rows": [
            {"id": "cold", "title": "cold <lookup>", **row, "failed": {},
             "values": {id: {"median": 70e3 * 12 ** i}
                        for i, id in enumerate(ids)}},
            {"id": "missing", "title": "missing name", **row,
             "failed": {ids[3]: "did not <start>"},
             "values": {id: {"median": 1.25e9} for id in ids[:3]}}],
        "growth": [
            {"id": "hosts_first", "title": "First & last", "x_title": "hosts",
             "unit": "ns", "better": "lower", "x": [10, 100, 10000],
             "lines": {ids[0]: [100, 200, 300], ids[1]: [100, 210, 999.9],
                       ids[4]: [5e3, None, None]},
             "failed": {ids[4]: "at 100: found nothing"},
             "note": "What & why"},
            {"id": "hosts_memory", "title": "Memory", "x_title": "hosts",
             "unit": "KiB", "better": "lower", "x": [10, 100],
             "lines": {ids[1]: [4096, 8192]}, "failed": {}}]}


def draw(bench):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("in", "out")]
        with open(paths[0], "w") as file:
            json.dump(bench, file)
        done = subprocess.run([os.path.join(HERE, "chart.py"), *paths],
                              stderr=subprocess.PIPE, text=True, timeout=20)
        equal(done.returncode, 0, done.stderr)
        with open(paths[1], encoding="utf-8") as file:
            return file.read()


@test
def picture():
    bench = small_bench()
    text = draw(bench)
    equal(draw(bench), text, "the same once more")
    check(len(text.encode()) < 30000, "octets:", len(text))
    root = etree.fromstring(text)
    equal(root.tag, SVG + "svg")
    width, height = (float(root.get(each)) for each in ("width", "height"))
    check(root.get("aria-label") and root.find(SVG + "title").text)
    check("cold <lookup>: dotlocal 70 µs" in root.find(SVG + "desc").text,
          root.find(SVG + "desc").text)
    words = [each.text for each in root.iter(SVG + "text")]
    for word in ("70 µs", "840 µs", "1.25 s", "Cold <lookup>",
                 "did not <start>", "not measured", "First & last", "hosts",
                 "10k", "nss-dotlocal", "5 MiB", "floor", "finds nothing",
                 "A <very> fast & cheap one", "2026-01-02",
                 "What & why"):
        check(any(word in each for each in words), "no", word, "in", words)
    # All of it is on the panel.
    for each in root.iter(SVG + "text"):
        check(20 < float(each.get("x")) < width - 20 and
              10 < float(each.get("y")) < height - 5, each.attrib)
    for each in root.iter(SVG + "path"):
        for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", each.get("d")):
            check(0 < float(x) < width and 0 < float(y) < height, x, y)


@test
def bars_are_to_scale():
    """12 times as long a time is always the same piece more."""
    root = etree.fromstring(draw(small_bench()))
    bars = [float(each.get("width")) for each in root.iter(SVG + "rect")
            if each.get("height") == "9"]
    equal(len(bars), 8, "bars")
    steps = [b - a for a, b in zip(bars, bars[1:5])]
    check(max(steps) - min(steps) < 0.3 and min(steps) > 20, bars)
    equal(len(set(bars[5:])), 1, "the three that are alike")
    # And so is the floor: 20 us is as far from 70 us as it should be.
    decade = steps[0] / math.log10(12)
    floor = next(each for each in root.iter(SVG + "path")
                 if each.get("class") == "f" and "V" in each.get("d"))
    left = next(float(each.get("x")) for each in root.iter(SVG + "rect")
                if each.get("height") == "9")
    at = float(re.match(r"M([\d.]+)", floor.get("d")).group(1))
    check(abs(left + bars[0] - at - decade * math.log10(3.5)) < 0.5, at, left,
          bars)


@test
def lines_are_to_scale():
    bench = small_bench()
    growing = bench["growth"][0]
    growing["lines"] = {"dotlocal": [100, 1000, 100000]}
    growing["failed"] = {}
    growing["x"] = [20, 60, 540]
    root = etree.fromstring(draw(bench))
    line = next(each for each in root.iter(SVG + "path")
                if each.get("class") == "l")
    points = [(float(x), float(y)) for x, y in
              re.findall(r"[ML]([\d.]+) ([\d.]+)", line.get("d"))]
    equal(len(points), 3, "points")
    (x0, y0), (x1, y1), (x2, y2) = points
    check(abs((x2 - x1) - 2 * (x1 - x0)) < 0.5, "across", points)
    right = next(float(re.search(r"H([\d.]+)$", each.get("d")).group(1))
                 for each in root.iter(SVG + "path")
                 if each.get("class") == "g" and "H" in each.get("d"))
    check(0 <= right - x2 < 6, "it ends at", x2, "and the axis at", right)
    check(abs((y1 - y2) - 2 * (y0 - y1)) < 0.5 and y0 > y1, "up", points)


@test
def figures():
    for value, unit, text in (
            (170.4, "ns", "170 ns"), (999.9, "ns", "1 µs"),
            (66100, "ns", "66.1 µs"), (101.6e6, "ns", "102 ms"),
            (7.654e9, "ns", "7.65 s"), (10e9, "ns", "10 s"),
            (512, "KiB", "512 KiB"), (15565, "KiB", "15.2 MiB"),
            (2389840, "per_second", "2.39 M/s"), (12968, "per_second",
                                                  "13 k/s"),
            (8, "packets", "8"), (1050, "packets", "1.05 k")):
        equal(chart.figure(value, unit), text, f"{value} {unit}")


@test
def parts_of_a_bench():
    """Whatever is left out, what is there is drawn."""
    whole = small_bench()
    for part in ("rows", "growth", "floors", "systems", "machine", "date"):
        bench = copy.deepcopy(whole)
        del bench[part]
        etree.fromstring(draw(bench))
    words = [each.text for each in etree.fromstring(draw(
        {"growth": whole["growth"]})).iter(SVG + "text")]
    check("First & last" in words and "dotlocal" in words, words)
    etree.fromstring(draw({"format": 1}))


if __name__ == "__main__":
    main()
