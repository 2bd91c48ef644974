#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --doctor: do programs get what the network says, and is .local a
# zone of the unicast name servers as well?

import json
import signal
import struct
import time

from doctoring import CHAIN, Doctor, Everybody, honest_pair
import wire
from lab import Lab, between, check, equal, main, pair, test
from scripted import Honest, NameServer, Responder

SOA = 6
NXDOMAIN = 3


class Server(NameServer):
    """A unicast name server that says what the script says: rcode, answers and
    authorities for a wire name and type, or None for silence."""

    def __init__(self, host, script):
        self.script = script
        super().__init__(host)

    def run(self):
        while True:
            data, source = self.socket.recvfrom(4096)
            if not data:
                return
            query = wire.Query(data, source, 4, 0)
            owner, rtype, _ = query.questions[0]
            self.asked.append((wire.unescape(owner), rtype))
            said = self.script(owner, rtype)
            if said is None:
                continue
            rcode, answers, authority = said
            self.socket.sendto(wire.message(
                id=query.id, flags=0x8180 | rcode, questions=query.echo(),
                answers=answers, authority=authority), source)


def soa(owner):
    return wire.record(owner, SOA, wire.name("dc1.corp.local") + wire.name(
        "admin.corp.local") + struct.pack("!5I", 1, 2, 3, 4, 5), rclass=wire.IN)


def root_says_no(owner, rtype):
    return NXDOMAIN, [], [soa(b"\0")]


def has_zone(owner, rtype):
    if owner == wire.name("local") and rtype == SOA:
        return 0, [soa(owner)], []
    return root_says_no(owner, rtype)


# -- the zone in unicast DNS ------------------------------------------------

@test
def unicast_zone():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        server = lab.use(Server(client, has_zone))
        done = Doctor(client, "--unicast-soa", "dual.local")
        done.one("unicast-zone", "bad", "a zone local of their own",
                 "RFC 6762 22.1", "server.local, are not found", "NOTFOUND",
                 "server.site.local, are left to the name servers (UNAVAIL)",
                 remedy="hosts: files dns dotlocal [NOTFOUND=return]")
        equal(server.asked, [("local", SOA)], "asked of the name server")
        done.ends(1)
        client.write("/etc/dotlocal.conf", "many-labels = not-found\n")
        Doctor(client, "--unicast-soa", "dual.local").one(
            "unicast-zone", "bad", "neither are longer ones",
            but=["UNAVAIL"])


@test
def dns_stands_first():
    """What is right there depends on the zone, and is said when it is known;
    what is put into the file is right afterwards."""
    usual = "files dns dotlocal [NOTFOUND=return]"
    lines = (
        (CHAIN, usual),
        ("files myhostname dotlocal [NOTFOUND=return] resolve "
         "[!UNAVAIL=return] dns", "files myhostname dns dotlocal "
         "[NOTFOUND=return] resolve [!UNAVAIL=return]"),
        ("files", usual),
    )
    with Lab() as lab:
        client, _ = honest_pair(lab)
        lab.use(Server(client, has_zone))
        for line, new in lines:
            client.nsswitch(line)
            Doctor(client, "--unicast-soa", "-w", "0.3").one(
                "unicast-zone", "bad", remedy="hosts: " + new)
            client.nsswitch(new)
            done = Doctor(client, "--unicast-soa", "-w", "0.3")
            done.one("unicast-zone", "good", "a zone local of their own",
                     "dns stands before dotlocal")
            done.one("nsswitch", "good")
            done.none("nsswitch-slow")
        # Who does not ask them cannot know.
        Doctor(client, "-w", "0.3").one(
            "nsswitch-slow", "bad", "only if they have a zone local "
            "(--unicast-soa asks them)")
    with Lab() as lab:
        client, _ = honest_pair(lab, nsswitch=usual)
        lab.use(Server(client, root_says_no))
        done = Doctor(client, "--unicast-soa", "-w", "0.3")
        done.one("nsswitch-slow", "bad", "dns stands before dotlocal",
                 remedy="hosts: " + CHAIN, but=["only if"])
        done.one("unicast-zone", "good", "have no zone local")
        done.ends(1)


@test
def no_unicast_zone():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        lab.use(Server(client, root_says_no))
        done = Doctor(client, "--unicast-soa", "dual.local")
        done.one("unicast-zone", "good", "have no zone local")
        done.ends(0)
    with Lab() as lab:
        client, _ = honest_pair(lab)
        # No error and nothing: the SOA of the root is not that of the zone.
        lab.use(Server(client, lambda owner, rtype: (0, [], [soa(b"\0")])))
        Doctor(client, "--unicast-soa", "dual.local").one(
            "unicast-zone", "good", "have no zone local")
    with Lab() as lab:
        client, _ = honest_pair(lab)
        # Nor is something else that it says.
        lab.use(Server(client, lambda owner, rtype: (0, [wire.cname(
            owner, "portal.example", rclass=wire.IN)], [])))
        Doctor(client, "--unicast-soa", "dual.local").one(
            "unicast-zone", "good", "have no zone local")


@test
def no_word_of_the_name_servers():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        client.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        lab.use(Server(client, lambda owner, rtype: None))
        done = Doctor(client, "--unicast-soa", "dual.local")
        done.one("unicast-zone", "unknown", "did not say within 2 s",
                 remedy="cat /etc/resolv.conf")
        done.ends(1)
        between(done.seconds, 2, 6)


@test
def name_servers_are_not_asked_unless_told_to():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        server = lab.use(Server(client, has_zone))
        Doctor(client, "dual.local").none("unicast-zone", "unicast-not-asked")
        Doctor(client).none("unicast-zone", "unicast-not-asked")
        equal(server.asked, [], "asked of the name server")
        done = client.run(*Doctor.argv(), "-v", "-4", "dual.local")
        check("was not asked, as that would tell them\n      type: mdns-lookup "
              "--doctor --unicast-soa\n" in done.stdout, done)
        equal(server.asked, [], "asked of the name server with -v")


# -- Ctrl-C -----------------------------------------------------------------

@test
def interrupted():
    """Whatever it waits for: the end is what was found until then."""
    with Lab() as lab:
        client, server = honest_pair(lab, nsswitch="files dns")
        client.write("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                     "options timeout:30 attempts:1\n")
        lab.use(Server(client, lambda owner, rtype: None))
        for args, wait, what, last in (
                (("nosuch.local",), 0.7, "what leaves and comes back",
                 "nsswitch-missing"),
                (("dual.local",), 2, "what programs are told", "name-answers"),
                (("--unicast-soa", "dual.local"), 1.5,
                 ".local in unicast DNS", "name-answers")):
            for json_too in (False, True):
                process = client.popen(*Doctor.argv(), *args,
                                       *["--json"][:json_too])
                time.sleep(wait)
                start = time.monotonic()
                process.send_signal(signal.SIGINT)
                out, _ = process.communicate(timeout=5)
                between(time.monotonic() - start, 0, 0.5, "to the end")
                equal(process.returncode, 1, f"exit status ({out})")
                said = f"it was interrupted while looking at {what}"
                if json_too:
                    objects = [json.loads(line) for line in out.splitlines()]
                    equal((objects[-2]["id"], objects[-2]["text"]),
                          ("interrupted", said), out)
                    equal(objects[-1]["kind"], "summary", "the last")
                    check(any(each["id"] == last for each in objects[:-2]),
                          out)
                else:
                    lines = out.splitlines()
                    check(lines[-3] == "?     " + said, out)
                    check(lines[-1].startswith("1 thing is wrong: "), out)
                check("hang" not in out, "what was not waited for is said:",
                      out)


# -- programs ---------------------------------------------------------------

@test
def programs_agree():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        done = Doctor(client, "dual.local")
        found = done.one("program", "good", "programs are told what the "
                         "network says for dual.local", "10.0.0.2", "fd00::2")
        ms = float(found["text"].split("after ")[1].split()[0])
        between(ms, 0.01, 500, "milliseconds")
        done.none("program-family", "program-slow", "program-differs")
        done.ends(0)


@test
def programs_do_not_reach_the_module():
    with Lab() as lab:
        client, _ = honest_pair(lab, nsswitch="files dns")
        done = Doctor(client, "dual.local")
        done.one("program", "bad", "programs do not find dual.local, although "
                 "it answers: see the first line marked BAD")
        done.ends(1)


@test
def programs_read_hosts():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        client.write("/etc/hosts", "127.0.0.1 localhost\n# dual.local\n"
                     "10.9.9.9 other DUAL.Local # x\n")
        done = Doctor(client, "dual.local")
        done.one("program-differs", "bad", "programs are told 10.9.9.9 for "
                 "dual.local, which the network does not say", "the word of "
                 "line 3 of /etc/hosts", remedy="sudoedit /etc/hosts")
        done.none("program")
        done.ends(1)
        # That is how one names a host that does not speak Multicast DNS.
        client.write("/etc/hosts", "10.9.9.9 far.local\n")
        done = Doctor(client, "far.local")
        done.one("program-differs", "note", "programs are told 10.9.9.9 for "
                 "far.local, though nobody in the network answers",
                 "line 1 of /etc/hosts")


@test
def names_of_addresses():
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        client.write("/etc/dotlocal.conf", "timeout = 300ms\n")
        client.write("/etc/hosts", "127.0.0.1 localhost\n")
        lab.use(Responder(server, "eth0", Everybody(
            names={"169.254.7.1": "four.local", "fe80::77": "six.local"})))
        for address, name in (("169.254.7.1", "four.local"),
                              ("fe80::77%eth0", "six.local")):
            done = Doctor(client, address)
            done.one("program", "good", "programs are told what the network "
                     f"says for {address.split('%')[0]}, after", f": {name}")
            done.ends(0)
        Doctor(client, "169.254.7.9").one(
            "program", "note",
            "programs do not find a name for 169.254.7.9 either")
        # No program asks for the name of that.
        Doctor(client, "1.7.254.169.in-addr.arpa").none("program")

        client.write("/etc/hosts", "127.0.0.1 localhost\n"
                     "169.254.7.1 other.local\n169.254.7.9 nine.local\n")
        done = Doctor(client, "169.254.7.1")
        done.one("program-differs", "bad", "programs are told that "
                 "169.254.7.1 is other.local, which the network does not say",
                 "the word of line 2 of /etc/hosts",
                 remedy="sudoedit /etc/hosts")
        done.ends(1)
        Doctor(client, "169.254.7.9").one(
            "program-differs", "note", "169.254.7.9 is nine.local, though "
            "nobody in the network answers", "line 3 of /etc/hosts")
        client.nsswitch("dns")
        Doctor(client, "169.254.7.1").one(
            "program", "bad", "programs do not find the name of 169.254.7.1, "
            "although it answers: see the first line marked BAD")


@test
def programs_ask_everywhere():
    """What was not asked for cannot be missed."""
    with Lab() as lab:
        client, _ = honest_pair(lab, split=True)
        done = Doctor(client, "-4", "dual.local")
        done.one("program-elsewhere", "note", "programs are told ", "fd00::2",
                 "not all of that was said where mdns-lookup was told to ask")
        done.none("program-differs")
        done.ends(0)
        second = lab.new_link()
        client.link(second, "wlan0", "10.1.0.1/24")
        other = lab.host("other")
        other.link(second, "eth0", "10.1.0.2/24")
        lab.use(Responder(other, "eth0", Honest({"far.local": ["10.1.0.2"]})))
        done = Doctor(client, "-i", "eth0", "far.local")
        done.one("program-elsewhere", "note", "10.1.0.2")
        done = Doctor(client, "far.local")
        done.one("program", "good", "10.1.0.2")


@test
def programs_are_told_by_dns():
    with Lab() as lab:
        client, _ = honest_pair(
            lab, nsswitch="files dns [!UNAVAIL=return] dotlocal")
        lab.use(Server(client, lambda owner, rtype: (0, [wire.address(
            owner, "192.0.2.1", rclass=wire.IN)] if rtype == wire.A else [],
            [])))
        done = Doctor(client, "dual.local")
        done.one("program-differs", "bad", "192.0.2.1", "that is the word of "
                 "the service dns of /etc/nsswitch.conf",
                 remedy="getent -s dns ahosts dual.local")


class Fickle:
    """A name server's script: something else each time that it is asked for
    addresses or names."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def __call__(self, owner, rtype):
        if rtype == wire.AAAA:
            return 0, [], []
        said = self.answers[0]
        if len(self.answers) > 1:
            del self.answers[0]
        if rtype == wire.PTR:
            return 0, [wire.ptr(owner, said, rclass=wire.IN)], []
        return 0, [wire.address(owner, said, rclass=wire.IN)], []


@test
def whose_word_it_was_does_not_show():
    """Nobody is accused of what he does not say when he is asked alone."""
    with Lab() as lab:
        client, server = pair(lab, "files dns [!UNAVAIL=return] dotlocal")
        lab.use(Responder(server, "eth0", Everybody(
            {"dual.local": ["10.0.0.2"]}, names={"169.254.7.1": "host.local"})))
        names = lab.use(Server(client, Fickle("192.0.2.1", "192.0.2.2")))
        done = Doctor(client, "-w", "0.5", "dual.local")
        done.one("program-differs", "bad", "programs are told 192.0.2.1 for "
                 "dual.local, which the network does not say: that is the "
                 "word of some service that does not say so any more",
                 remedy="getent ahosts dual.local")
        done.ends(1)
        names.script = Fickle("one.test", "two.test")
        done = Doctor(client, "-w", "0.5", "169.254.7.1")
        done.one("program-differs", "bad", "programs are told that "
                 "169.254.7.1 is one.test, which the network does not say",
                 "the word of some service that does not say so any more",
                 remedy="getent hosts 169.254.7.1")
        done.ends(1)
        # One that goes on saying so is named.
        done = Doctor(client, "-w", "0.5", "169.254.7.1")
        done.one("program-differs", "bad", "169.254.7.1 is two.test", "the "
                 "word of the service dns of /etc/nsswitch.conf",
                 remedy="getent -s dns hosts 169.254.7.1")


@test
def a_name_that_the_network_may_not_say():
    """It is heard, and no program is told it."""
    with Lab() as lab:
        client, server = pair(lab, CHAIN)
        client.write("/etc/dotlocal.conf", "timeout = 300ms\n")
        lab.use(Responder(server, "eth0", Everybody(
            names={"169.254.7.1": "www.example"})))
        done = Doctor(client, "169.254.7.1")
        done.one("name-answers", "good", "PTR www.example")
        done.one("program", "bad", "programs do not find the name of "
                 "169.254.7.1, although it answers: ",
                 remedy="getent -s dotlocal hosts 169.254.7.1")
        done.ends(1)


@test
def programs_miss_a_family():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        client.write("/etc/hosts", "10.0.0.2 dual.local\n")
        done = Doctor(client, "dual.local")
        done.one("program", "good", "dual.local")
        done.one("program-family", "note", "programs are told no IPv6 address "
                 "of dual.local, although it has one")


@test
def programs_are_slow():
    with Lab() as lab:
        client, _ = honest_pair(lab, nsswitch="dns dotlocal")
        client.write("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                     "options timeout:2 attempts:1\n")
        lab.use(Server(client, lambda owner, rtype: None))
        done = Doctor(client, "dual.local")
        done.one("program-slow", "note", "it takes programs 2.",
                 "s to find dual.local")


@test
def programs_hang():
    with Lab() as lab:
        client, _ = honest_pair(lab, nsswitch="dns")
        client.write("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                     "options timeout:30 attempts:1\n")
        lab.use(Server(client, lambda owner, rtype: None))
        done = Doctor(client, "dual.local")
        done.one("program-hangs", "bad", "programs that ask for dual.local "
                 "wait for more than 10 s")
        between(done.seconds, 10, 13)
        # Nobody is left behind.
        equal(client.run("pgrep", "-f", "--ns", str(client.holder.pid),
                         "mdns-lookup --doctor").stdout, "")


@test
def names_of_nobody():
    with Lab() as lab:
        client, _ = honest_pair(lab)
        tap = lab.use(client.capture("eth0"))
        done = Doctor(client)
        done.one("program-nobody", "good", "told that nobody has a name after "
                 "1.3 s")
        asked = {q[0] for p in tap.asked() for q in p.questions
                 if q[0].startswith("nobody-")}
        equal(len(asked), 1, f"random names ({asked})")
        tap.forget()
        Doctor(client)
        check(asked.isdisjoint(q[0] for p in tap.asked()
                               for q in p.questions), "the same again")


@test
def names_of_nobody_that_somebody_has():
    with Lab() as lab:
        client, _ = honest_pair(lab, nsswitch="files dns")
        lab.use(Server(client, lambda owner, rtype: (0, [wire.address(
            owner, "192.0.2.1", rclass=wire.IN)] if rtype == wire.A else [],
            [])))
        done = Doctor(client)
        done.one("program-nobody", "bad", "programs are told 192.0.2.1 for a "
                 "name that nobody has", "the service dns")
        done.ends(1)


@test
def names_of_nobody_take_long():
    with Lab() as lab:
        client, _ = honest_pair(lab, nsswitch="files dotlocal dns")
        client.write("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                     "options timeout:2 attempts:1\n")
        lab.use(Server(client, lambda owner, rtype: None))
        done = Doctor(client)
        found = done.one("program-nobody", "note", "programs wait ",
                         "another service of /etc/nsswitch.conf is asked")
        between(float(found["text"].split()[2]), 3, 6)


if __name__ == "__main__":
    main()
