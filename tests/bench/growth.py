#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# How the systems of systems.py grow: with hosts on the link, names in the
# cache, threads and links.
#
#	tests/bench/growth.py [--quick] [BENCH.json]
#
# Prints a table for each, and puts them as "growth" into BENCH.json (without
# one: bench/bench.json of the build folder), whose other parts stay. Exit
# status 1: somebody gave a wrong answer, or our module found nothing where
# there is something. Slowness is no failure. BUILD is the build folder.

import concurrent.futures
import json
import os
import select
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "net")]

import figures
import lab
import systems
import wires

PREFIX = "_nss_"
FIRSTS = 33  # lookups of names that were not asked for before, in a round
AGAIN_MS = 100
RATE_MS = 250
RATE_NAMES = 1000
SPARE = 64  # names for warming up
CHUNK = 5000  # names that are learnt at a time
LINK_HOSTS = 128
PATIENCE = 120  # s: beyond, a command hangs
# In each of the rounds the systems take turns; the median of them counts.
FULL = {"rounds": 3,
        "hosts": (10, 100, 1000, 10000),
        "names": (10, 100, 1000, 10000, 100000),
        "threads": (1, 2, 4, 8, 16, 32, 64),
        "links": (1, 2, 4, 8, 16, 32)}
QUICK = {"rounds": 1, "hosts": (10, 1000), "names": (10, 1000),
         "threads": (1, 8), "links": (1, 4)}


BEGIN = time.monotonic()


def say(*text):
    print(f"{time.monotonic() - BEGIN:5.1f}", *text, file=sys.stderr,
          flush=True)


# What no figure says.
NOTES = {
    "hosts_first": "Hosts that have announced themselves are known to "
                   "avahi-daemon and systemd-resolved before anybody asks; "
                   "the others ask.",
    "names_again": "Known names: a process keeps 32, mdns-helper 16,384, the "
                   "others 4,096 records (2,048 hosts). Beyond, the network "
                   "is asked; avahi-daemon finds nothing."}


# -- what comes out -------------------------------------------------------

class Chart:
    """One thing that was measured, over one thing that grows."""

    def __init__(self, id, title, x_title, unit, better, x):
        self.head = dict(id=id, title=title, x_title=x_title, unit=unit,
                         better=better, x=list(x))
        self.lines = {}
        self.failed = {}
        self.note = NOTES.get(id, "")

    def add(self, system, x, value):
        line = self.lines.setdefault(system, [None] * len(self.head["x"]))
        line[self.head["x"].index(x)] = value

    def fail(self, system, why):
        self.failed.setdefault(system, str(why))

    def json(self):
        return {**self.head, "lines": in_order(self.lines),
                "failed": in_order(self.failed), "note": self.note}

    def text(self):
        """A table; below each figure how many times the first it is."""
        head = self.head
        rows = [f"{head['title']} ({head['better']} is better)",
                f"{head['x_title']:<24}" + "".join(f"{x:>12,}"
                                                   for x in head["x"])]
        for system, line in in_order(self.lines).items():
            first = next((v for v in line if v), None)
            rows.append(f"{system:<24}" + "".join(
                f"{'-' if v is None else figures.text(v, head['unit']):>12}"
                for v in line))
            if first:
                rows.append(f"{'':<24}" + "".join(
                    f"{'' if v is None else figures.times(v, first):>12}"
                    for v in line))
        rows += [f"{system:<24} {why}" for system, why in
                 in_order(self.failed).items()]
        if self.note:
            rows.append(self.note)
        return "\n".join(rows) + "\n"


def in_order(lines):
    return {each.id: lines[each.id] for each in systems.SYSTEMS
            if each.id in lines}


class Charts:
    def __init__(self, points):
        hosts, names, threads, links = (points[key] for key in (
            "hosts", "names", "threads", "links"))
        on_link = "hosts on the link, announced"
        in_cache = "names known"
        self.all = {each.head["id"]: each for each in (
            Chart("hosts_first", "First lookup of a host", on_link, "ns",
                  "lower", hosts),
            Chart("hosts_again", "The same host again", on_link, "ns",
                  "lower", hosts),
            Chart("hosts_memory", "Resident memory of the daemon", on_link,
                  "KiB", "lower", hosts),
            Chart("names_again", "Lookup of a known name", in_cache, "ns",
                  "lower", names),
            Chart("names_memory", "Resident memory of the daemon", in_cache,
                  "KiB", "lower", names),
            Chart("threads_rate", "Lookups a second, 1,000 known names",
                  "threads", "per_second", "higher", threads),
            Chart("links_first", "First lookup of a host", "links", "ns",
                  "lower", links),
            Chart("links_missing", "A name that nobody has", "links", "ns",
                  "lower", links),
            Chart("links_packets", "Packets sent for a host", "links",
                  "packets", "lower", links),
            Chart("links_missing_packets", "Packets sent for a missing name",
                  "links", "packets", "lower", links))}
        self.rounds = points["rounds"]
        self.told = {}  # by chart, system and point
        self.problems = {}
        self.lost = set()  # what found nothing, and is not asked for more

    def __getitem__(self, id):
        return self.all[id]

    def fail(self, kind, system, why):
        """All charts of that kind are without this system, or end early."""
        for id, chart in self.all.items():
            if id.startswith(kind):
                chart.fail(system, why)

    def put(self, id, client, x, told):
        """One round's figure of growth.c, and what was not right about it."""
        chart, system = self[id], client.system.id
        rounds = self.told.setdefault((id, system, x), [])
        rounds.append(told)
        values = [each.figure for each in rounds if each.figure is not None]
        lookups, failed, wrong = (sum(getattr(each, word) for each in rounds)
                                  for word in ("lookups", "failed", "wrong"))
        # The time that it takes to find nothing is another thing.
        lost = id != "links_missing" and failed > lookups / 2
        chart.add(system, x, statistics.median(values)
                  if values and not lost else None)
        if lost:
            self.lost.add((id, system))
        if id == "links_missing" and failed:
            text = "found a name that nobody has"
        elif wrong:
            text = f"{wrong} of {lookups} answers were wrong"
        elif failed:
            text = f"{failed} of {lookups} lookups found nothing"
        else:
            return
        text = f"at {x:,}: {text}"
        # A packet may be lost on a machine that is very busy.
        many = failed > max(1, lookups / 100)
        if wrong or id == "links_missing" or (
                many and system in figures.OURS):
            self.problems[id, system, x] = \
                f"{system}: {chart.head['title']}, {text}"
        elif not many:
            return
        chart.fail(system, text)

    def break_off(self, kind, system, where, why):
        """It cannot go on; with one of ours that is a problem, unless it was
        not built."""
        self.fail(kind, system, f"{where}: {why}")
        if system in figures.OURS and not isinstance(why, lab.Skip):
            self.problems[kind, system, where] = f"{system}: {where}: {why}"


# -- the clients ----------------------------------------------------------

class Told:
    def __init__(self, line):
        words = line.split()
        self.figure = float(words[0])
        self.lookups, self.failed, self.wrong = map(int, words[1:])


class Grower:
    """One system and a process that looks up through its module."""

    def __init__(self, place, system, number, responder):
        self.system = system
        self.number = number
        self.client = systems.Client(place, system, number, responder)
        self.host = self.client.host
        self.process = None

    def start(self):
        """Ready when a name is found."""
        self.client.start()
        self.process = self.host.popen(
            lab.program("tests/bench", "growth"), self.client.path,
            PREFIX + self.system.service, stderr=subprocess.STDOUT)

    def wait(self, number):
        """A daemon may still be finding its links."""
        deadline = time.monotonic() + 20
        while self.tell("first", number, 1, 1).failed:
            lab.check(time.monotonic() < deadline, "it finds nothing")
            time.sleep(0.05)

    def tell(self, *words):
        self.process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        lab.check(ready, *words, "takes more than", PATIENCE, "s")
        line = self.process.stdout.readline()
        lab.check(line and line[0].isdigit(), *words, "ended:", line.strip())
        return Told(line)

    def stop(self):
        if self.process:
            lab.end(self.process)
            self.process = None
        self.client.stop()


def growers(place, responder, charts, kind, chosen, first_number=0):
    """Those that could be made, started and found a name."""
    started = []
    for number, system in enumerate(chosen, first_number):
        try:
            grower = Grower(place, system, number, responder)
            started.append(grower)
        except (lab.Skip, lab.Failure, OSError) as why:
            charts.break_off(kind, system.id, "cannot be run here", why)
    return started


def each(growing, charts, kind, x, work):
    """In turn; who fails is not asked again. The others go on."""
    for grower in list(growing):
        try:
            work(grower)
        except (lab.Skip, lab.Failure, OSError) as why:
            say(f"{grower.system.id}: {why}")
            charts.break_off(kind, grower.system.id, f"at {x:,}", why)
            growing.remove(grower)
            grower.stop()


def is_ours(grower):
    """Ours keep what somebody has asked for, the others all that they hear."""
    return grower.system.id.startswith("dotlocal")


# A child ends with the thread that has started it, so these stay.
STARTERS = concurrent.futures.ThreadPoolExecutor(len(systems.SYSTEMS))


def start_all(growing, charts, kind, x, spare):
    """At the same time: most of it is waiting."""
    def start(grower):
        grower.start()
        grower.wait(spare)
    begun = {grower.number: STARTERS.submit(start, grower)
             for grower in growing}
    concurrent.futures.wait(begun.values())
    each(growing, charts, kind, x, lambda grower: begun[grower.number].result())


def memory(charts, id, grower, x):
    if grower.client.pid:
        charts[id].add(grower.system.id, x, grower.client.memory())
    else:
        charts[id].fail(grower.system.id, "no daemon")


# -- what is measured -----------------------------------------------------

def in_turns(growing, charts, kind, x, work):
    """work(grower, number of the round)"""
    for i in range(charts.rounds):
        each(growing, charts, kind, x, lambda grower: work(grower, i))


def learn(announcers, grower, last, x):
    """Each gets to know the names in the way in which it does. What was told
    of it, without figures."""
    if not is_ours(grower):
        announcers[grower.number].announce(0, x)
        return []
    all = []
    for start in range(last, x, CHUNK):
        all.append(grower.tell("first", start, min(CHUNK, x - start), 1))
        all[-1].figure = None
    return all


def grow_hosts(growing, announcers, charts, points, spare):
    """All hosts have announced themselves; then some of them that nobody has
    asked for yet are looked up, and one of those again."""
    last = 0
    start_all(growing, charts, "hosts", points[0], spare)
    for x in points:
        say(f"hosts on the link: {x:,}")
        count = min(FIRSTS, (x - last) // charts.rounds)
        step = (x - last) // count

        def announce(grower):
            if ("hosts_first", grower.system.id) not in charts.lost:
                announcers[grower.number].announce(0, x)

        def work(grower, i):
            if ("hosts_first", grower.system.id) in charts.lost:
                return
            charts.put("hosts_first", grower, x,
                       grower.tell("first", last + i, count, step))
            charts.put("hosts_again", grower, x,
                       grower.tell("again", last + i, 1, AGAIN_MS))
            if i == 0:
                memory(charts, "hosts_memory", grower, x)
        each(growing, charts, "hosts", x, announce)
        in_turns(growing, charts, "hosts", x, work)
        last = x
    for grower in growing:
        grower.stop()


def grow_names(growing, announcers, charts, points, spare):
    """Any of the names that it knows by then is looked up."""
    last = 0
    start_all(growing, charts, "names", points[0], spare)
    for x in points:
        say(f"names in the cache: {x:,}")

        def know(grower):
            if ("names_again", grower.system.id) in charts.lost:
                return
            for told in learn(announcers, grower, last, x):
                charts.put("names_again", grower, x, told)
            memory(charts, "names_memory", grower, x)

        def work(grower, _):
            if ("names_again", grower.system.id) not in charts.lost:
                charts.put("names_again", grower, x,
                           grower.tell("again", 0, x, AGAIN_MS))
        each(growing, charts, "names", x, know)
        in_turns(growing, charts, "names", x, work)
        last = x
    for grower in growing:
        grower.stop()


def grow_threads(growing, announcers, charts, points, spare):
    start_all(growing, charts, "threads", points[0], spare)
    each(growing, charts, "threads", points[0],
         lambda grower: learn(announcers, grower, 0, RATE_NAMES))
    for x in points:
        say(f"threads: {x}")
        in_turns(growing, charts, "threads", x, lambda grower, _: charts.put(
            "threads_rate", grower, x, grower.tell(
                "rate", x, 0, RATE_NAMES, RATE_MS)))
    for grower in growing:
        grower.stop()


def grow_links(place, charts, points, chosen):
    """The waits for missing names of all of them go on beside each other and
    beside what comes next: they are nothing but waiting."""
    waiting = []
    number = 0
    for x in points:
        say(f"links: {x}")
        growing = []
        for system in chosen:
            responder = place.host(f"responder{number}", "files")
            # The kernel lets a socket join 20 links; a responder with 32 of
            # them knows that.
            responder.run("sysctl", "-qw",
                          "net.ipv4.igmp_max_memberships=100")
            for grower in growers(place, responder, charts, "links",
                                  [system], number):
                grower.responder = responder
                growing.append(grower)
            number += 1

        def wire(grower):
            names = wires.more_links(grower, grower.responder, x)
            systems.respond(grower.responder, wires.hosts_lines(LINK_HOSTS),
                            names)
        each(growing, charts, "links", x, wire)
        start_all(growing, charts, "links", x, 0)

        # Three rounds' names, one after the other, then those of packets.
        each(growing, charts, "links", x,
             lambda grower: grower.tell("first", 1, 2, 1))
        in_turns(growing, charts, "links", x, lambda grower, i: charts.put(
            "links_first", grower, x,
            grower.tell("first", 3 + i, FIRSTS, 3)))

        def packets(grower):
            grower.tap = place.use(wires.Tap(grower.host))
            grower.tap.wait_silence()
            counts = []
            for i in range(3):
                grower.tap.count()
                grower.tell("first", 3 + FIRSTS * 3 + i, 1, 1)
                time.sleep(0.02)
                counts.append(grower.tap.count())
            charts["links_packets"].add(grower.system.id, x,
                                        statistics.median(counts))
        each(growing, charts, "links", x, packets)

        def missing(grower, x):
            grower.tap.count()
            try:
                told = grower.tell("missing", x)
                charts.put("links_missing", grower, x, told)
                charts["links_missing_packets"].add(grower.system.id, x,
                                                    grower.tap.count())
            except (lab.Failure, OSError) as why:
                charts.break_off("links_missing", grower.system.id,
                                 f"at {x:,}", why)
            grower.stop()
        for grower in growing:
            thread = threading.Thread(target=missing, args=(grower, x))
            thread.start()
            waiting.append(thread)
    say("the last missing names")
    for thread in waiting:
        thread.join()


def grow(points, chosen):
    charts = Charts(points)
    most = max(points["hosts"][-1], points["names"][-1], RATE_NAMES)
    with lab.Lab() as place:
        responder = place.host("responder", "files")
        growing = growers(place, responder, charts, "", chosen)
        systems.respond(responder, wires.hosts_lines(most + SPARE),
                        [f"wire{grower.number}" for grower in growing])
        announcers = {
            grower.number: place.use(wires.Announcer(responder, grower.client))
            for grower in growing}
        for i, (kind, part) in enumerate((
                ("hosts", grow_hosts), ("names", grow_names),
                ("threads", grow_threads))):
            part(list(growing), announcers, charts, points[kind], most + i)
    with lab.Lab() as place:
        grow_links(place, charts, points["links"], chosen)
    return charts


def one_user():
    """Without root there is no other's id."""
    with open("/proc/self/uid_map") as file:
        return int(file.read().split()[2]) < 65536


def main():
    arguments = [each for each in sys.argv[1:] if each != "--quick"]
    quick = "--quick" in sys.argv[1:]
    if len(arguments) > 1 or any(each.startswith("-") for each in arguments):
        sys.exit("usage: tests/bench/growth.py [--quick] [BENCH.json]")
    path = os.path.abspath(arguments[0] if arguments else
                           os.path.join(lab.BUILD, "bench", "bench.json"))
    systems.enter("growth.py")
    lab.shell("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    points = QUICK if quick else FULL
    if one_user():
        say("not root: no more than 1,000 names, as mdns-helper limits how "
            "many new ones a user asks for")
        points = {**points, "names": tuple(x for x in points["names"]
                                           if x <= 1000)}
    charts = grow(points, systems.SYSTEMS)
    for chart in charts.all.values():
        print(chart.text())
    for problem in charts.problems.values():
        print(f"WRONG: {problem}")
    bench = figures.document([], {}, systems.SYSTEMS)
    if os.path.exists(path):
        with open(path) as file:
            bench = json.load(file)
    bench["growth"] = [chart.json() for chart in charts.all.values()]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    figures.write(path, bench)
    sys.exit(1 if charts.problems else 0)


if __name__ == "__main__":
    main()
