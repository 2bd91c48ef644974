# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests of what the doctor sees of the network share: its findings, and
# hosts that answer it.

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "net"))

import wire
from lab import check, equal, pair, program
from scripted import Honest, Responder, Say, answer_name

KINDS = "_services._dns-sd._udp.local"
HOST = {"dual.local": ["10.0.0.2", "fd00::2"]}
CHAIN = "files dotlocal [NOTFOUND=return] dns"

# A workstation's: the reply to a query that left by multicast is not
# "established" for it, as it comes from another address.
WALL = """
table inet filter {
    chain in {
        type filter hook input priority 0; policy drop;
        iif lo accept
        ct state established,related accept
        meta l4proto icmpv6 accept
        %s
    }
}
"""


def wall(host, *rules):
    host.nft(WALL % "\n        ".join(rules))


class Everybody(Honest):
    """An honest responder that offers a service as well."""

    def records(self, query, legacy):
        answers, extra = super().records(query, legacy)
        options = dict(ttl=10, rclass=wire.IN) if legacy else dict(
            ttl=4500, rclass=wire.IN)
        for owner, rtype, _ in query.questions:
            if rtype == wire.PTR and wire.unescape(owner) == KINDS:
                answers.append(wire.ptr(owner, "_test._tcp.local", **options))
        return answers, extra


class Records:
    """A responder with records for one name: address texts or whole records,
    both ways; a call makes them of the owner's wire name and the TTL."""

    def __init__(self, name, make, ways=("one-shot", "group"), **say):
        self.name = name
        self.make = make
        self.ways = ways
        self.say = say
        self.last = {}

    def __call__(self, query):
        if self.name not in query.names:
            return
        way = "one-shot" if query.legacy else "group"
        if way not in self.ways:
            return
        owner = wire.name(self.name)
        if query.legacy:
            yield Say(answer_name(query, self.make(owner, 10, wire.IN)),
                      **self.say)
            return
        if query.time - self.last.get(query.family, -9) < 1:
            return  # RFC 6762 6
        self.last[query.family] = query.time
        yield Say(wire.message(
            answers=self.make(owner, 120, wire.IN | wire.FLUSH)), to="group",
            **self.say)


def addresses(*texts):
    return lambda owner, ttl, rclass: [
        wire.address(owner, text, ttl=ttl, rclass=rclass) for text in texts]


def honest_pair(lab, hosts=HOST, nsswitch=CHAIN, **options):
    """A client, and a server that answers for these hosts and with what it
    offers."""
    client, server = pair(lab, nsswitch)
    lab.use(Responder(server, "eth0", Everybody(hosts, **options)))
    return client, server


def neighbour(lab, name, address, script, **options):
    """One more host on the first link, that says what the script says."""
    host = lab.host(name)
    host.link(lab.links[0], "eth0", *address.split())
    lab.use(Responder(host, "eth0", script, **options))
    return host


class Doctor:
    """One run of mdns-lookup --doctor --json."""

    def __init__(self, host, *args, **env):
        start = time.monotonic()
        done = host.run(*self.argv(), "--json", *args, env=env)
        self.seconds = time.monotonic() - start
        self.status = done.returncode
        self.err = done.stderr
        objects = [json.loads(line) for line in done.stdout.splitlines()]
        check(objects, "nothing printed:", done)
        self.findings = [each for each in objects if each["kind"] == "finding"]
        self.summary = objects[-1]
        equal(self.summary["kind"], "summary", "the last object")

    @staticmethod
    def argv():
        return program("", "mdns-lookup"), "--doctor"

    def __repr__(self):
        return f"exit {self.status}, " + "".join(
            f"\n    {each['level']} {each['id']}: {each['text']} "
            f"{each.get('remedy')}" for each in self.findings) + self.err

    def all(self, id):
        return [each for each in self.findings if each["id"] == id]

    def none(self, *ids):
        for id in ids:
            check(not self.all(id), "there should be no", id, self)

    def one(self, id, level, *words, remedy=None, but=()):
        """Exactly one finding of that id has all the words; it is of that
        level. Returns it."""
        found = [each for each in self.all(id)
                 if all(word in each["text"] for word in words)]
        equal(len(found), 1, f"findings {id} with {words} ({self})")
        equal(found[0]["level"], level, f"level ({self})")
        if remedy:
            equal(found[0].get("remedy"), remedy, f"remedy ({self})")
        for word in but:
            check(word not in found[0]["text"], "says", word, self)
        return found[0]

    def ends(self, status):
        equal(self.status, status, f"exit status ({self})")
        if status == 0:
            equal(self.summary["bad"] + self.summary["unknown"], 0)
        else:
            check(self.summary["bad"] + self.summary["unknown"] > 0, self)
        check(self.seconds < 7, "took", self.seconds, self)
