# SPDX-License-Identifier: LGPL-2.1-or-later
# The rows of the benchmark, and what it makes of their figures: medians, the
# table, the rows that we lost, and bench.json.

import json
import os
import platform
import statistics
import time

OURS = ("dotlocal", "dotlocal+helper")
MARGIN = 1.05  # a row is lost if ours is so many times worse than the best
# Why there may be no figure though nothing went wrong.
IPV4_ONLY, FULL_ONLY = "IPv4 only", "only in the full run"
NO_VALGRIND, NO_NFTABLES = "no valgrind here", "no nftables here"
EXCUSES = (IPV4_ONLY, FULL_ONLY, NO_VALGRIND, NO_NFTABLES)


class Row:
    """One thing that is measured: the samples of each system, or why there
    are none."""

    def __init__(self, id, title, floor=None, unit="ns", better="lower"):
        self.id = id
        self.title = title
        self.floor = floor
        self.unit = unit
        self.better = better
        self.samples = {}
        self.sent = {}  # datagrams a lookup, of each system
        self.wrong = {}
        self.odd = {}  # answers of others, by (system, letter of compare.c)
        self.failed = {}

    def add(self, system, figure):
        self.samples.setdefault(system, []).append(figure)

    def why_not(self, system):
        if self.samples.get(system):
            return None
        if self.wrong.get(system):
            return f"no right answer in {self.wrong[system]} lookups"
        return self.failed.get(system, "not measured")

    def median(self, system):
        samples = self.samples.get(system)
        return part(samples, 0.5) if samples else None

    def json(self, systems, packets=None):
        """packets: the row that has those of this one."""
        values = {}
        for system in systems:
            if not self.samples.get(system):
                continue
            value = summary(self.samples[system])
            if packets and packets.samples.get(system):
                value["packets"] = packets.median(system)
            if self.sent.get(system):
                value["sent"] = round(part(self.sent[system], 0.5), 2)
            if self.wrong.get(system):
                value["wrong"] = self.wrong[system]
            if self.failed.get(system):
                value["failed"] = self.failed[system]
            values[system] = value
        return {"id": self.id, "title": self.title, "unit": self.unit,
                "better": self.better, "floor": self.floor, "values": values,
                "failed": {system: self.why_not(system) for system in systems
                           if system not in values}}


# The ids of the floors.
HASH, EXCHANGE, EXCHANGES = "hash", "exchange", "exchanges"
CONVERSE, GETENT, LOAD = "converse", "getent", "load"

FLOORS = (
    Row(HASH, "bare hash lookup"),
    Row(EXCHANGE, "bare exchange with the responder, IPv4"),
    Row(EXCHANGES, "bare exchange, IPv4 and IPv6 at once"),
    Row(CONVERSE, "bare AF_UNIX: connect, send, receive, close"),
    Row(GETENT, "getent ahosts, files only"),
    Row(LOAD, "dlopen of a library that does nothing"),
)

ROWS = (
    Row("load", "load: dlopen and dlsym", LOAD),
    Row("cold", "cold, a new name each time", EXCHANGES),
    Row("cold_process", "cold, first in a new process", EXCHANGES),
    Row("warm", "warm, the same process", HASH),
    Row("warm_p99", "warm, 99 of 100 within", HASH),
    Row("warm_process", "new process, the daemon knows", CONVERSE),
    Row("getent", "getent ahosts, the daemon knows", GETENT),
    Row("nsec", "IPv4-only host, with NSEC", EXCHANGES),
    Row("ipv4only", "IPv4-only host, without NSEC", EXCHANGES),
    Row("reverse", "reverse, 169.254/16", EXCHANGES),
    Row("reverse6", "reverse, fe80::/10", EXCHANGES),
    Row("missing", "missing name"),
    Row("missing_again", "missing name again", HASH),
    Row("missing_process", "missing name again, new process", CONVERSE),
    Row("reverse_miss", "reverse of nobody, 169.254/16"),
    Row("reverse6_miss", "reverse of nobody, fe80::/10"),
    Row("threads_1", "1 thread, 1000 names", None, "per_second", "higher"),
    Row("threads_2", "2 threads", None, "per_second", "higher"),
    Row("threads_8", "8 threads", None, "per_second", "higher"),
    Row("crowd_cold", "100 processes, one cold name", EXCHANGES),
    Row("crowd_warm", "100 processes, 100 warm names each", CONVERSE),
    Row("lost", "hosts not found, 30 % lost each way", None, "percent"),
    Row("packets_cold", "packets: cold", None, "packets"),
    Row("packets_nsec", "packets: IPv4-only, NSEC", None, "packets"),
    Row("packets_ipv4only", "packets: IPv4-only", None, "packets"),
    Row("packets_reverse", "packets: reverse", None, "packets"),
    Row("packets_missing", "packets: missing", None, "packets"),
    Row("packets_reverse_miss", "packets: reverse of nobody", None,
        "packets"),
    Row("dns", "unicast DNS queries, a cold lookup", None, "packets"),
    Row("dns_warm", "unicast DNS queries, a warm lookup", None, "packets"),
    Row("daemon_idle", "daemon, resident", None, "KiB"),
    Row("daemon_1000", "daemon, after 1000 names", None, "KiB"),
    Row("private", "memory of a process, not shared", None, "KiB"),
    Row("cpu_process", "CPU of the process, a warm lookup", HASH),
    Row("cpu_daemon", "CPU of the daemon, a warm lookup"),
    Row("cpu", "CPU of both"),
    Row("cpu_process_cold", "CPU of the process, a cold lookup", EXCHANGES),
    Row("cpu_daemon_cold", "CPU of the daemon, a cold lookup"),
    Row("cpu_cold", "CPU of both"),
    Row("instructions", "instructions of the process, warm", None, "instructions"),
)

# The rows of one process and what is found with each: its daemon, and both.
CPU = {"cpu_process": ("cpu_daemon", "cpu"),
       "cpu_process_cold": ("cpu_daemon_cold", "cpu_cold")}

# The rows whose packets are counted in rows of their own.
PACKETS = {"cold": "packets_cold", "nsec": "packets_nsec",
           "ipv4only": "packets_ipv4only", "reverse": "packets_reverse",
           "missing": "packets_missing",
           "reverse_miss": "packets_reverse_miss"}


def part(samples, share):
    if share == 0.5:
        return statistics.median(samples)
    ordered = sorted(samples)
    return ordered[int(share * (len(ordered) - 1) + 0.5)]


def summary(samples):
    return {"median": round(part(samples, 0.5), 2),
            "p10": round(part(samples, 0.1), 2),
            "p90": round(part(samples, 0.9), 2),
            "p99": round(part(samples, 0.99), 2), "count": len(samples)}


def text(value, unit):
    if unit == "ns":
        for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
            if value >= size:
                return f"{digits(value / size)} {name}"
        return f"{digits(value)} ns"
    if unit == "KiB":
        return (f"{digits(value / 1024)} MiB" if value >= 1024
                else f"{digits(value)} KiB")
    if unit == "per_second":
        return f"{value:,.0f}/s"
    if unit == "percent":
        return f"{digits(value)} %"
    return f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"


def digits(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def times(value, base):
    return f"{digits(value / base)}x" if base else "-"


def best_other(row, systems):
    """The best figure of those that are not ours, and whose it is."""
    there = [(row.median(each), each) for each in systems
             if each not in OURS and row.median(each) is not None]
    if not there:
        return None, None
    return min(there) if row.better == "lower" else max(there)


def is_lost(row, mine, other):
    if row.better == "lower":
        return mine > other * MARGIN
    return mine * MARGIN < other


def table(rows, floors, systems, titles):
    """The table, as lines. systems: their ids, ours first."""
    names = [titles[each] for each in systems]
    width = max(len(row.title) for row in rows)
    lines = [" " * width + "".join(f"  {name:>22}" for name in names)
             + f"  {'floor':>9}  {'to the best other, to the floor':<40}",
             " " * width + f"  {'median / 90 %':>22}" * len(names)]
    for row in rows:
        line = f"{row.title:<{width}}"
        for system in systems:
            cell = "-"
            if row.samples.get(system):
                cell = text(row.median(system), row.unit)
                if len(row.samples[system]) > 1 and row.unit != "packets":
                    cell += " / " + text(part(row.samples[system], 0.9),
                                         row.unit)
            line += f"  {cell:>22}"
        floor = floors.get(row.floor)
        base = floor and floor.samples and floor.median("floor")
        line += f"  {text(base, 'ns') if base else '-':>9}  "
        other, _ = best_other(row, systems)
        ratios = []
        for system in OURS:
            mine = row.median(system)
            if mine is None:
                continue
            ratios.append("/".join((
                times(mine, other) if other is not None else "-",
                times(mine, base) if base else "-")))
        lines.append(line + "  ".join(ratios))
    return lines


def sent_table(rows, systems):
    """What left each client for a lookup, its daemon's included, as lines."""
    rows = [row for row in rows if row.sent]
    if not rows:
        return []
    width = max(len(row.title) for row in rows)
    lines = ["", f"{'datagrams sent, a lookup':<{width}}"
             + "".join(f"  {system:>22}" for system in systems)]
    for row in rows:
        lines.append(f"{row.title:<{width}}" + "".join(
            f"  {digits(part(row.sent[system], 0.5)):>22}"
            if row.sent.get(system) else f"  {'-':>22}"
            for system in systems))
    return [*lines, ""]


def notes(rows, systems):
    """What the table does not show: why there is no figure, and answers that
    were not what they should be."""
    lines = []
    odd = {}
    absent = {}
    for row in rows:
        for system in systems:
            why = row.why_not(system)
            if why:
                absent.setdefault((system, why), []).append(row.title)
            elif row.failed.get(system):
                lines.append(f"FAILED: {row.title}: {system}: "
                             f"{row.failed[system]}; its figures are from "
                             "before")
            if row.wrong.get(system):
                lines.append(f"WRONG: {row.title}: {system}: "
                             f"{row.wrong[system]} lookups")
            for letter, what in (("4", "IPv4 only"), ("6", "IPv6 only"),
                                 ("s", "a scope on a global address")):
                if row.odd.get((system, letter)):
                    odd.setdefault((system, what), []).append(row.title)
    lines += [f"no figure: {system}: {why}: " + "; ".join(titles)
              for (system, why), titles in absent.items()]
    lines += [f"odd, but counted ({what}): {system}: "
              + "; ".join(titles) for (system, what), titles in odd.items()]
    return lines


def lost(rows, systems):
    """A line for each row that is lost, or one that says that there is none."""
    if all(best_other(row, systems)[0] is None for row in rows):
        return ["no row to compare: none of the others has a figure"]
    lines = []
    for row in rows:
        other, whose = best_other(row, systems)
        for system in OURS:
            mine = row.median(system)
            if other is None:
                continue
            if mine is None:
                why = row.why_not(system)
                if why not in EXCUSES:
                    lines.append(f"LOST: {row.title}: {system}: {why}")
            elif is_lost(row, mine, other):
                lines.append(f"LOST: {row.title}: {system} "
                             f"{text(mine, row.unit)}, {whose} "
                             f"{text(other, row.unit)}")
    return lines or ["no row lost"]


def machine():
    cpu = platform.machine()
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    return {"kernel": platform.release(), "cpu": cpu,
            "processors": len(os.sched_getaffinity(0)),
            "libc": " ".join(platform.libc_ver())}


def document(rows, floors, systems):
    """What bench.json holds; growth is filled in by growth.py."""
    by_id = {row.id: row for row in rows}
    return {"format": 1, "date": time.strftime("%Y-%m-%d"),
            "machine": machine(),
            "systems": [{"id": each.id, "title": each.title,
                         "version": each.version(), "module": each.service,
                         "daemon": each.daemon(),
                         "configuration": each.configuration}
                        for each in systems],
            "rows": [row.json([each.id for each in systems],
                              by_id.get(PACKETS.get(row.id)))
                     for row in rows],
            "floors": [{"id": floor.id, "title": floor.title, "unit": "ns",
                        **{key: value for key, value in
                           summary(floor.samples["floor"]).items()
                           if key in ("median", "p10", "p90")}}
                       for floor in floors.values() if floor.samples],
            "growth": []}


def write(path, document):
    """The whole file or the old one."""
    with open(path + ".new", "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    os.rename(path + ".new", path)
