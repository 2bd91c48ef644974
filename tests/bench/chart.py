#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Draws bench.json as one SVG picture: the main rows side by side as bars, and
# below how each system grows. The same figures give the same picture.
#
#	tests/bench/chart.py BENCH.json OUT.svg

import json
import math
import sys
from xml.sax.saxutils import escape

WIDTH = 960
EDGE = 28
ROWS = ("cold", "warm", "warm_process", "missing", "missing_again",
        "ipv4only")
GROWTH = ("hosts_first", "hosts_again", "hosts_memory",
          "names_again", "names_memory", "threads_rate",
          "links_first", "links_missing", "links_packets")
# Told apart by who does not see all colours, too (Okabe and Ito).
COLOURS = {"dotlocal": "#0072b2", "dotlocal+helper": "#009e73",
           "mdns4_minimal+avahi": "#e69f00", "mdns_minimal+avahi": "#d55e00",
           "resolve+resolved": "#b5609a"}
OTHERS = ("#444444", "#7a5195", "#8c6d31", "#3b8ea5")
STYLE = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",\
Arial,sans-serif;font-size:12px;fill:#24292f}
.h1{font-size:21px;font-weight:600}
.h2{font-size:15px;font-weight:600}
.h3{font-size:12.5px;font-weight:600}
.s{font-size:11px;fill:#57606a}
.v{font-size:10.5px}
.e{text-anchor:end}
.m{text-anchor:middle}
.g{stroke:#d8dee4;stroke-width:1;fill:none}
.a{stroke:#8c959f;stroke-width:1;fill:none}
.f{stroke:#24292f;stroke-width:2}
.l{fill:none;stroke-width:1.6;stroke-linejoin:round}
.d{fill:none;stroke-width:5.5;stroke-linecap:round}
.x{fill:none;stroke-width:1.8}
"""


# -- words and figures ----------------------------------------------------

def number(value):
    """Three digits, no more: the rest is noise."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def figure(value, unit):
    steps = {"ns": ((1e9, " s"), (1e6, " ms"), (1e3, " µs"), (0, " ns")),
             "KiB": ((1024, " MiB"), (0, " KiB")),
             "per_second": ((1e6, " M/s"), (1e3, " k/s"), (0, "/s"))}
    # 999.7 us is 1 ms.
    for size, name in steps.get(unit, ((1e6, " M"), (1e3, " k"), (0, ""))):
        if value * 1.0005 >= size:
            return number(value / (size or 1)) + name
    return number(value)


def short(x):
    """1000 as 1k: for an axis."""
    for size, name in ((1000000, "M"), (1000, "k")):
        if x >= size and x % size == 0:
            return f"{x // size}{name}"
    return str(x)


def wrapped(text, width):
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def at(value):
    """A coordinate."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


class Log:
    """A logarithmic axis: where a value lies, and where lines are drawn. It
    begins and ends at 1, 2 or 5 of a decade, or at whole ones if there are
    many; what is beyond by a twentieth may stick out. unit is what 1 on it is:
    KiB are shown as MiB."""

    def __init__(self, values, start, end, unit=1):
        low, high = min(values) / unit, max(values) / unit
        self.steps = (1, 2, 5) if high / low < 60 else (1,)
        self.marks = [step * 10.0 ** i for i in range(-12, 15)
                      for step in self.steps]
        first = max(i for i, each in enumerate(self.marks)
                    if each <= low * 1.05)
        last = min(i for i, each in enumerate(self.marks)
                   if each >= high / 1.05)
        self.marks = [each * unit for each in
                      self.marks[first:max(last, first + 1) + 1]]
        self.span(self.marks[0], self.marks[-1])
        self.start, self.end = start, end

    def span(self, low, high):
        self.low, self.high = math.log10(low), math.log10(high)

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def lines(self, most):
        return self.marks[::math.ceil(len(self.marks) / most)]


# -- the picture ----------------------------------------------------------

class Picture:
    def __init__(self, bench):
        self.bench = bench
        self.parts = []
        self.systems = self.find_systems()
        self.crosses = False

    def find_systems(self):
        """(id, title) in order: of bench.json, and whatever else has lines."""
        found = {each["id"]: each.get("title", each["id"])
                 for each in self.bench.get("systems", ())}
        for chart in self.bench.get("growth", ()):
            for system in chart["lines"]:
                found.setdefault(system, system)
        for row in self.bench.get("rows", ()):
            for system in row["values"]:
                found.setdefault(system, system)
        return found

    def colour(self, system):
        if system in COLOURS:
            return COLOURS[system]
        others = [each for each in self.systems if each not in COLOURS]
        return OTHERS[others.index(system) % len(OTHERS)]

    def text(self, x, y, words, style=""):
        style = f' class="{style}"' if style else ""
        self.parts.append(
            f'<text x="{at(x)}" y="{at(y)}"{style}>{escape(words)}</text>')

    def path(self, style, steps, more=""):
        self.parts.append(f'<path class="{style}"{more} d="{steps}"/>')

    def head(self, y):
        self.text(EDGE, y, "Looking up .local names, side by side", "h1")
        self.text(EDGE, y + 20, "Medians of one run in network namespaces, "
                  "each system in turn, the same names, the same responder. "
                  "Axes are logarithmic.", "s")
        y += 46
        across = (WIDTH - 2 * EDGE) / 3
        for i, (system, title) in enumerate(self.systems.items()):
            # Ours in the first line, with the floor beside them.
            place = i if i < 2 or len(self.systems) != 5 else i + 1
            x = EDGE + place % 3 * across
            line = y + place // 3 * 20
            self.parts.append(
                f'<rect x="{at(x)}" y="{at(line - 9)}" width="18" height="10" '
                f'rx="2" fill="{self.colour(system)}"/>')
            self.text(x + 25, line, title)
        lines = math.ceil(len(self.systems) / 3)
        if self.has_floors():
            x = EDGE + 2 * across
            self.path("f", f"M{at(x + 9)} {at(y - 11)}v14")
            self.text(x + 25, y, "the floor: the least that it can take")
        return y + lines * 20 + 8

    def has_floors(self):
        return len(self.systems) == 5 and bool(self.bench.get("floors"))

    # bars

    def bars(self, y):
        rows = {row["id"]: row for row in self.bench.get("rows", ())}
        rows = [rows[id] for id in ROWS if id in rows]
        values = [each["median"] for row in rows
                  for each in row["values"].values() if each["median"] > 0]
        if not values:
            return y
        floors = {each["id"]: each["median"]
                  for each in self.bench.get("floors", ())
                  if self.has_floors()}
        floor_values = [floors[row["floor"]] for row in rows
                        if row.get("floor") in floors]
        left, right = EDGE + 196, WIDTH - EDGE - 66
        axis = Log(values + floor_values, left, right)
        self.text(EDGE, y + 14, "One lookup", "h2")
        self.text(left, y + 14, "shorter is better", "s")
        y += 30
        top = y
        holder = len(self.parts)
        for row in rows:
            y = self.bar_group(row, axis, floors.get(row.get("floor")), y)
        lines = []
        for value in axis.lines(9):
            lines.append(f"M{at(axis.at(value))} {at(top - 4)}V{at(y - 6)}")
            self.text(axis.at(value), y + 8, figure(value, "ns"), "s m")
        # The grid lies below the bars.
        self.parts.insert(holder,
                          f'<path class="g" d="{"".join(lines)}"/>')
        return y + 28

    def bar_group(self, row, axis, floor, y):
        height, step = 9, 11.5
        middle = y + len(self.systems) * step / 2
        words = wrapped(row["title"][:1].upper() + row["title"][1:], 24)
        for i, line in enumerate(words):
            self.text(EDGE, middle + 4 + (i - (len(words) - 1) / 2) * 15, line,
                      "h3")
        first = y
        for system in self.systems:
            value = row["values"].get(system, {}).get("median")
            if value is not None and value > 0:
                end = axis.at(value)
                self.parts.append(
                    f'<rect x="{at(axis.start)}" y="{at(y)}" '
                    f'width="{at(max(end - axis.start, 1))}" '
                    f'height="{height}" rx="1.5" '
                    f'fill="{self.colour(system)}"/>')
                # Clear of the floor's mark.
                beside = floor and 0 <= axis.at(floor) - end < 56
                self.text(axis.at(floor) + 6 if beside else end + 5, y + 8.3,
                          figure(value, row["unit"]), "v")
            else:
                why = row.get("failed", {}).get(system, "not measured")
                self.text(axis.start + 5, y + 8.3, cut(why, 90), "v s")
            y += step
        if floor:
            self.path("f", f"M{at(axis.at(floor))} {at(first - 3)}"
                      f"V{at(y + 0.5)}")
        return y + 11

    # how it grows

    def growth(self, y):
        charts = {each["id"]: each for each in self.bench.get("growth", ())}
        charts = [charts[id] for id in GROWTH if id in charts]
        charts = [each for each in charts if values_of(each)]
        if not charts:
            return y
        self.text(EDGE, y + 14, "How it grows", "h2")
        y += 38
        across = (WIDTH - 2 * EDGE + 26) / 3
        for i, chart in enumerate(charts):
            self.small(chart, EDGE + i % 3 * across, y + i // 3 * 208,
                       across - 26)
        return y + math.ceil(len(charts) / 3) * 208 - 4

    def small(self, chart, x, y, width):
        left, right = x + 50, x + width - 6
        top, bottom = y + 26, y + 150
        self.text(x, y, chart["title"], "h3")
        self.text(x, y + 14, f"{chart['better']} is better", "s")
        across = Log(chart["x"], left + 8, right - 4)
        if len(chart["x"]) > 1:
            # The points themselves are the ends of this axis.
            across.span(chart["x"][0], chart["x"][-1])
        up = Log(values_of(chart), bottom, top,
                 1024 if chart["unit"] == "KiB" else 1)
        grid = ""
        for value in up.lines(5):
            grid += f"M{at(left)} {at(up.at(value))}H{at(right)}"
            self.text(left - 6, up.at(value) + 4,
                      figure(value, chart["unit"]), "s e")
        self.path("g", grid)
        ticks = f"M{at(left)} {at(top)}V{at(bottom)}H{at(right)}"
        for value in chart["x"]:
            ticks += f"M{at(across.at(value))} {at(bottom)}v4"
            self.text(across.at(value), bottom + 17, short(value), "s m")
        self.path("a", ticks)
        self.text((left + right) / 2, bottom + 32, chart["x_title"], "s m")
        # Ours last, so that they are on top.
        drawn = [system for system in reversed(self.systems)
                 if system in chart["lines"]]
        points = {system: self.points(chart, system, across, up)
                  for system in drawn}
        crossed = {}
        for i, system in enumerate(drawn):
            # Dots that later ones hide are so much larger that a ring is left.
            self.line(chart, system, points[system],
                      [point for later in drawn[i + 1:]
                       for point in points[later]])
            self.missing(chart, system, across, top, crossed)

    def points(self, chart, system, across, up):
        """Where each figure of a line lies; None: there is none."""
        return [None if value is None or value <= 0 else
                (across.at(x), up.at(value))
                for x, value in zip(chart["x"], chart["lines"][system])]

    def line(self, chart, system, points, later):
        steps, dots = "", {}
        pen = "M"
        for point in points:
            if not point:
                pen = "M"
                continue
            place = f"{at(point[0])} {at(point[1])}"
            hidden = sum(1 for other in later if other and
                         math.dist(point, other) < 2)
            steps += pen + place
            dots[hidden] = dots.get(hidden, "") + f"M{place}h0"
            pen = "L"
        more = f' stroke="{self.colour(system)}"'
        if steps:
            self.path("l", steps, more)
        for hidden, places in sorted(dots.items()):
            self.path("d", places, more + (
                f' style="stroke-width:{5.5 + 3 * hidden}"' if hidden else ""))

    def missing(self, chart, system, across, top, crossed):
        """A cross where a system that is at fault has no figure. crossed: how
        many there are at each point."""
        if system not in chart.get("failed", {}):
            return
        crosses = ""
        for x, value in zip(chart["x"], chart["lines"][system]):
            if value is None:
                beside = crossed[x] = crossed.get(x, -1) + 1
                crosses += (f"M{at(across.at(x) - 3.5 - 11 * beside)} "
                            f"{at(top - 3.5)}l7 7m0-7l-7 7")
        if crosses:
            self.crosses = True
            self.path("x", crosses, f' stroke="{self.colour(system)}"')

    def foot(self, y):
        if self.crosses:
            self.text(EDGE, y, "× finds nothing: so many names do not fit "
                      "its cache; or it could not be run", "s")
            y += 17
        for chart in self.bench.get("growth", ()):
            if chart.get("note") and chart["id"] in GROWTH:
                for line in wrapped(chart["note"], 150):
                    self.text(EDGE, y, line, "s")
                    y += 15
                y += 2
        machine = self.bench.get("machine", {})
        words = [self.bench.get("date")]
        if machine:
            words += [f"{machine.get('cpu')}, {machine.get('processors')} "
                      "processors", f"Linux {machine.get('kernel')}",
                      machine.get("libc")]
        words = " · ".join(word for word in words if word)
        if words:
            self.text(EDGE, y, words, "s")
            y += 17
        versions = [f"{each.get('module')} {each.get('version')}" +
                    (f" + {each['daemon']}" if each.get("daemon") else "")
                    for each in self.bench.get("systems", ())
                    if each.get("version")]
        for line in wrapped(" · ".join(versions), 150) if versions else ():
            self.text(EDGE, y, line, "s")
            y += 15
        return y

    def describe(self):
        """For those who hear the picture."""
        sentences = []
        rows = {row["id"]: row for row in self.bench.get("rows", ())}
        for row in (rows[id] for id in ROWS if id in rows):
            figures = [f"{system} "
                       f"{figure(row['values'][system]['median'], row['unit'])}"
                       for system in self.systems if system in row["values"]]
            sentences.append(f"{row['title']}: {', '.join(figures)}")
        return "; ".join(sentences) or "How lookups grow with hosts, names, \
threads and links"

    def draw(self):
        y = self.head(44)
        y = self.bars(y + 10)
        y = self.growth(y + 6)
        height = math.ceil(self.foot(y + 8) + 4)
        title = "Looking up .local names, side by side"
        return "\n".join((
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-label="{title}">',
            f"<title>{title}</title>",
            f"<desc>{escape(self.describe())}</desc>",
            f"<style>{STYLE}</style>",
            f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" '
            'rx="8" fill="#fff" stroke="#d0d7de"/>',
            *self.parts, "</svg>", ""))


def values_of(chart):
    return [value for line in chart["lines"].values() for value in line
            if value is not None and value > 0]


def cut(text, length):
    return text if len(text) <= length else text[:length - 1] + "…"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: tests/bench/chart.py BENCH.json OUT.svg")
    with open(sys.argv[1]) as file:
        bench = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(Picture(bench).draw())


if __name__ == "__main__":
    main()
