# SPDX-License-Identifier: LGPL-2.1-or-later
# What mdns-lookup(1) says about JSON, read from the manual page itself, and
# whether a line of mdns-lookup keeps to it.

import datetime
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

from lab import Failure, check, equal

PAGE = os.path.join(HERE, "..", "..", "tools", "lookup", "mdns-lookup.1")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


class Schema:
    """kinds and objects: name -> {key: must it be there}. keys: name or
    (name, kind) -> (type, the values it may have)."""

    def __init__(self, page):
        self.kinds, self.objects, self.keys = {}, {}, {}
        part, items = None, []
        for line in page.split("\n"):
            if line.startswith((".Sh ", ".Ss ")):
                part = line[4:]
            elif line.startswith(".It Li "):
                items = self._item(line[7:], part)
            elif line.startswith(".Dl ") and part in ("Kinds",
                                                      "Objects in lists"):
                where = self.kinds if part == "Kinds" else self.objects
                where[items[0]] = {word.strip("[]"): word[0] != "["
                                   for word in line[4:].split()}

    def _item(self, text, part):
        names, _, about = text.partition(" No ")
        names = names.split(" , ")
        if part == "Keys":
            form = re.fullmatch(r"\(([a-z -]+)(?:: ([^;]*))?(?:; of (\S+))?\)",
                                about)
            check(form, "the manual says in a form of its own:", text)
            kind, values = form.group(3), form.group(2)
            for name in names:
                key = (name, kind) if kind else name
                check(key not in self.keys, key, "stands there twice")
                self.keys[key] = form.group(1), values and values.split(", ")
        return names

    def key(self, name, kind):
        return self.keys.get((name, kind)) or self.keys.get(name)

    def fits(self, value, what, values, kind):
        if what.startswith("list of "):
            of = what[8:]
            check(isinstance(value, list), "is not a list:", repr(value))
            for one in value:
                if of in self.objects:
                    self.object(one, of, self.objects[of])
                else:
                    self.fits(one, of, values, kind)
            return
        if what == "number":
            good = (isinstance(value, (int, float)) and
                    not isinstance(value, bool))
        else:
            good = isinstance(value, {"text": str, "boolean": bool}[what])
        check(good, "is no", what + ":", repr(value))
        check(not values or value in values, "is none of", values, repr(value))

    def object(self, found, kind, keys):
        check(isinstance(found, dict), "not an object:", repr(found))
        for key, must in keys.items():
            check(key in found or not must, kind, "has no", key)
        for key, value in found.items():
            check(key in keys, kind, "has an unknown key:", key)
            try:
                self.fits(value, *self.key(key, kind), kind)
            except Failure as failure:
                raise Failure(f"{key} of {kind} {failure}")


def _unique(pairs):
    keys = [key for key, _ in pairs]
    check(len(keys) == len(set(keys)), "a key is there twice:", keys)
    return dict(pairs)


with open(PAGE, encoding="utf-8") as file:
    SCHEMA = Schema(file.read())


def check_line(line, kind=None):
    """A line of standard output, as an object, if all of it is as the manual
    says; kind: which one it should be."""
    try:
        found = json.loads(line, object_pairs_hook=_unique)
    except ValueError as error:
        raise Failure(f"no JSON: {line!r}: {error}")
    check(isinstance(found, dict), "not an object:", repr(line))
    seen = found.get("kind")
    check(isinstance(seen, str) and seen in SCHEMA.kinds, "unknown kind:",
          repr(line))
    if kind:
        equal(seen, kind, f"the kind of {line!r}")
    rest = {key: value for key, value in found.items() if key != "kind"}
    SCHEMA.object(rest, seen, SCHEMA.kinds[seen])
    if "time" in found:
        check(re.fullmatch(TIME, found["time"]), "not RFC 3339:", line)
        datetime.datetime.strptime(found["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
    return found


def check_lines(text, kind=None):
    """All of standard output."""
    check(text == "" or text.endswith("\n"), "the last line is cut:", text)
    return [check_line(line, kind) for line in text.splitlines()]
