#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# What programs are told: the status table, names in all spellings, reverse
# lookups, and that nothing foreign costs a packet.

import re
import socket

import wire
from calls import finish, glibc, module, start_module
from lab import MODULE, Lab, Skip, between, check, equal, main, pair
from lab import program, test
from scripted import Honest, NameServer, Responder, Say, answer_name

FOUND = ("SUCCESS", "NETDB_SUCCESS")
NO_DATA = ("NOTFOUND", "NO_DATA")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
DEEP = ("UNAVAIL", "NO_RECOVERY")
NOT_OURS = ("UNAVAIL", "NO_RECOVERY")
NO_LINK = ("UNAVAIL", "TRY_AGAIN")
ERANGE = ("TRYAGAIN", "NETDB_INTERNAL")

HOST = {"dual.local": ["10.0.0.2", "fd00::2"], "four.local": ["10.0.0.2"],
        "six.local": ["fd00::2"], "deep.dual.local": ["10.0.0.3"]}
BEHIND = "files dotlocal [NOTFOUND=return] dns"

# Each entry point that looks up a name, and the family that it is asked for.
BY_NAME = [("gethostbyname4_r", (), "both"), ("gethostbyname3_r", (), "4"),
           ("gethostbyname3_r", ("-6",), "6"), ("gethostbyname2_r", (), "4"),
           ("gethostbyname2_r", ("-6",), "6"), ("gethostbyname_r", (), "4")]


def ask_all(client, name):
    """All the ways of asking for a name, in one process each."""
    for entry, options, family in BY_NAME:
        yield (f"{entry} {' '.join(options)}".strip(), family,
               module(client, entry, name, options=options))


def getent(client, database, name):
    """Exit status, and the addresses that it prints."""
    done = client.run("getent", database, name)
    return done.returncode, re.findall(r"^(\S+)", done.stdout, re.M)


@test
def found():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        wanted = {"both": ["10.0.0.2", "fd00::2"], "4": ["10.0.0.2"],
                  "6": ["fd00::2"]}
        for what, family, call in ask_all(client, "dual.local"):
            equal(call.verdict, FOUND, what)
            equal(sorted(call.addrs), wanted[family], what)
            equal(call.name, "dual.local", what)
            equal(call.aliases, [], what)
        call = module(client, "getcanonname_r", "dual.local")
        equal(call.verdict, FOUND)
        equal(call.canon, "dual.local")
        for options, addrs in (((), wanted["both"]), (("-4",), wanted["4"]),
                               (("-6",), wanted["6"])):
            call = glibc(client, "getaddrinfo", "dual.local", options=options)
            equal(call.result, "0", options)
            equal(sorted(call.addrs), addrs, options)
        equal(glibc(client, "gethostbyname", "dual.local").addrs,
              ["10.0.0.2"])
        equal(glibc(client, "gethostbyname2", "dual.local",
                    options=["-6"]).addrs, ["fd00::2"])
        equal(getent(client, "hosts", "dual.local"), (0, ["fd00::2"]))
        status, addrs = getent(client, "ahosts", "dual.local")
        equal((status, set(addrs)), (0, {"10.0.0.2", "fd00::2"}))


@test
def family_that_is_not_there():
    """With an NSEC, and when just the other family answers."""
    for nsec in (True, False):
        with Lab() as lab:
            client, server = pair(lab)
            lab.use(Responder(server, "eth0", Honest(
                HOST, nsec=nsec, split=not nsec)))
            low, high = (0, 60) if nsec else (95, 160)
            for name, options, other in (("four.local", ["-6"], ["-4"]),
                                         ("six.local", [], ["-6"])):
                for entry in ("gethostbyname2_r", "gethostbyname3_r"):
                    call = module(client, entry, name, options=options)
                    equal(call.verdict, NO_DATA, f"{entry} {name}")
                    between(call.ms, low, high, f"{entry} {name}")
                call = glibc(client, "getaddrinfo", name,
                             options=options or ["-4"])
                equal(call.result, "EAI_NODATA", name)
                call = glibc(client, "getaddrinfo", name, options=other)
                equal(call.result, "0", name)
            equal(module(client, "gethostbyname_r", "six.local").verdict,
                  NO_DATA)
            equal(glibc(client, "gethostbyname", "six.local").result,
                  "NO_DATA")
            equal(getent(client, "hosts", "four.local"), (0, ["10.0.0.2"]))
            # It asks with AI_V4MAPPED.
            status, addrs = getent(client, "ahostsv6", "four.local")
            equal((status, set(addrs)), (0, {"::ffff:10.0.0.2"}))


@test
def neither_family_is_there():
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            if query.legacy:
                yield Say(answer_name(query, [], nsec=[wire.nsec(
                    query.questions[0][0], [wire.TXT], rclass=wire.IN)]))

        lab.use(Responder(server, "eth0", script))
        call = module(client, "gethostbyname4_r", "text.local")
        equal(call.verdict, NO_DATA)
        between(call.ms, 0, 160)
        equal(glibc(client, "getaddrinfo", "text.local").result,
              "EAI_NODATA")


@test
def silence():
    with Lab() as lab:
        client, _ = pair(lab)
        for what, _, call in ask_all(client, "nobody.local"):
            equal(call.verdict, SILENCE, what)
            between(call.ms, 1245, 1400, what)
        for options in ((), ("-4",), ("-6",)):
            call = glibc(client, "getaddrinfo", "nobody.local",
                         options=options)
            equal(call.result, "EAI_NONAME", options)
        equal(glibc(client, "gethostbyname", "nobody.local").result,
              "HOST_NOT_FOUND")
        # Two calls (AAAA, then A), one wait.
        done = client.run("sh", "-c", "time -p getent hosts nobody.local")
        wall = float(re.search(r"real (\S+)", done.stderr).group(1))
        equal(done.returncode, 2, "getent hosts")
        between(wall, 1.2, 1.5, "getent hosts")


@test
def silence_with_more_labels():
    with Lab() as lab:
        client, _ = pair(lab)
        for what, _, call in ask_all(client, "nobody.corp.local"):
            equal(call.verdict, DEEP, what)
            between(call.ms, 1245, 1400, what)
        _, again = module(client, "gethostbyname4_r",
                          *["nobody.corp.local"] * 2)
        equal(again.verdict, DEEP, "again")
        between(again.ms, 0, 300, "again")
        # Only an unspecified family keeps what the module said.
        call = glibc(client, "getaddrinfo", "nobody.corp.local")
        equal(call.result, "EAI_NONAME")


@test
def no_link():
    with Lab() as lab:
        client = lab.host("client")
        for name in ("nobody.local", "nobody.corp.local"):
            for what, _, call in ask_all(client, name):
                equal(call.verdict, NO_LINK, f"{what} {name}")
                between(call.ms, 0, 60, what)
        for options in ((), ("-4",), ("-6",)):
            call = glibc(client, "getaddrinfo", "nobody.local",
                         options=options)
            equal(call.result, "EAI_AGAIN", options)
        equal(glibc(client, "gethostbyname", "nobody.local").result,
              "TRY_AGAIN")
        call = module(client, "gethostbyaddr_r", "169.254.3.4")
        equal(call.verdict, NO_LINK)


@test
def dns_behind():
    """What is ours never reaches a name server; what is not, at once."""
    with Lab() as lab:
        client, server = pair(lab, BEHIND)
        dns = lab.use(NameServer(client))
        lab.use(Responder(server, "eth0", Honest(HOST)))
        tap = lab.use(client.capture("eth0"))

        call = glibc(client, "getaddrinfo", "dual.local")
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
        for name in ("nobody.local", "nobody.local."):
            call = glibc(client, "getaddrinfo", name)
            equal(call.result, "EAI_NONAME", name)
        equal(glibc(client, "getaddrinfo", "four.local",
                    options=["-6"]).result, "EAI_NODATA")
        equal(getent(client, "hosts", "nobody.local")[0], 2)
        equal(dns.asked, [], "names that reached the name server")

        call = glibc(client, "getaddrinfo", "nobody.corp.local",
                     options=["-4"])
        equal(call.addrs, [dns.address], "three labels, then dns")
        call = glibc(client, "getaddrinfo", "deep.dual.local",
                     options=["-4"])
        equal(call.addrs, ["10.0.0.3"], "three labels, on the link")
        equal(set(dns.asked), {"nobody.corp.local"})

        tap.forget()
        for name in ("www.example.com", "local.example.com", "xlocal.test",
                     "printer.home.arpa", "home.arpa", "localdomain.test"):
            call = glibc(client, "getaddrinfo", name, options=["-4"])
            equal(call.addrs, [dns.address], name)
        for address in ("192.0.2.1", "fd00::77", "169.253.1.1", "fec0::1"):
            call = glibc(client, "gethostbyaddr", address)
            equal(call.name, "from.dns.test", address)
        equal(tap.mdns(), [], "mDNS packets")


@test
def search_list_appends_nothing_to_ours():
    with Lab() as lab:
        client, _ = pair(lab, BEHIND)
        dns = lab.use(NameServer(client))
        client.write("/etc/resolv.conf", "nameserver 127.0.0.1\n"
                     "search corp.test local\n")
        tap = lab.use(client.capture("eth0"))
        call = glibc(client, "getaddrinfo", "nobody.local")
        equal(call.result, "EAI_NONAME")
        names = {q[0] for p in tap.asked() for q in p.questions}
        equal(names, {"nobody.local"})
        equal(dns.asked, [])


@test
def no_link_with_dns_behind():
    with Lab() as lab:
        client = lab.host("client", BEHIND)
        lab.use(NameServer(client))
        call = glibc(client, "getaddrinfo", "www.example.com",
                     options=["-4"])
        equal(call.addrs, ["192.0.2.53"])


@test
def canonical_name_and_ttl():
    with Lab() as lab:
        client, server = pair(lab)

        def script(query):
            if query.legacy and "alias.local" in query.names:
                options = dict(ttl=7, rclass=wire.IN)
                yield Say(answer_name(query, [
                    wire.cname(query.questions[0][0], "Real.local", **options),
                    wire.address("Real.local", "10.0.0.2", **options),
                    wire.address("Real.local", "fd00::2", **options)]))
            elif query.legacy:
                yield from Honest({"long.local": ["10.0.0.2", "fd00::2"]})(
                    query)

        lab.use(Responder(server, "eth0", script))
        call = module(client, "gethostbyname4_r", "alias.local")
        equal(call.verdict, FOUND)
        equal(call.name, "Real.local")
        between(call.ttl, 1, 7, "ttl")
        call = module(client, "gethostbyname3_r", "alias.local")
        equal(call.canon, "Real.local")
        between(call.ttl, 1, 7, "ttl")
        between(module(client, "gethostbyname4_r", "long.local").ttl, 1, 10,
                "ttl")
        for options in (["-c"], ["-c", "-4"], ["-c", "-6"]):
            call = glibc(client, "getaddrinfo", "alias.local",
                         options=options)
            equal(call.name, "Real.local", f"AI_CANONNAME {options}")


@test
def preset_pat():
    """nscd passes a tuple of its own, and no ttl is wanted by others."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for options in (["-p"], ["-t"], ["-p", "-t"]):
            call = module(client, "gethostbyname4_r", "dual.local",
                          options=options)
            equal(call.verdict, FOUND, options)
            equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"], options)


@test
def v4mapped_and_addrconfig():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(HOST, nsec=True)))
        call = glibc(client, "getaddrinfo", "four.local",
                     options=["-6", "-v"])
        equal(call.addrs, ["::ffff:10.0.0.2"])
        call = glibc(client, "getaddrinfo", "dual.local",
                     options=["-6", "-v"])
        equal(call.addrs, ["fd00::2"])
        call = glibc(client, "getaddrinfo", "dual.local", options=["-a"])
        equal(sorted(call.addrs), ["10.0.0.2", "fd00::2"])
    with Lab() as lab:  # a host without IPv6
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0", "10.0.0.1/24")
        client.run("sh", "-c", "ip -6 addr flush dev eth0; "
                   "ip -6 addr flush dev lo")
        server = lab.host("server")
        server.link(link, "eth0", "10.0.0.2/24", "fd00::2/64")
        lab.use(Responder(server, "eth0", Honest(HOST)))
        for options in (["-a"], ["-a", "-c"]):
            call = glibc(client, "getaddrinfo", "dual.local", options=options)
            equal(call.addrs, ["10.0.0.2"], options)
        equal(getent(client, "ahostsv6", "dual.local")[0], 2)


@test
def spellings():
    """What a user may type, and the labels that must be asked for."""
    long = "x" * 63
    # 3 x 64 + 57 + 6 octets and the root's (RFC 6762 appendix C): the most.
    longest = ".".join([long] * 3 + ["y" * 56, "local"])
    cases = [
        ("dual.local.", [b"dual", b"local"]),
        ("DUAL.Local", [b"dual", b"local"]),
        ("dual.LOCAL.", [b"dual", b"local"]),
        ("d\\117al.local", [b"dual", b"local"]),
        ("du\\al.local", [b"dual", b"local"]),
        ("bücher.local", ["bücher".encode(), b"local"]),
        ("プリンター.local", ["プリンター".encode(), b"local"]),
        ("under_score.local", [b"under_score", b"local"]),
        ("3com-x.local", [b"3com-x", b"local"]),
        ("a\\.b.local", [b"a.b", b"local"]),
        (long + ".local", [long.encode(), b"local"]),
        (longest, [label.encode() for label in longest.split(".")]),
    ]
    equal(len(wire.name(longest)), 256, "octets of the longest name")
    with Lab() as lab:
        client, server = pair(lab)
        heard = []

        def script(query):
            if not query.legacy:
                return
            owner = query.questions[0][0]
            heard.append(owner)
            yield Say(answer_name(query, [
                wire.address(owner, "10.0.0.2", ttl=10, rclass=wire.IN),
                wire.address(owner, "fd00::2", ttl=10, rclass=wire.IN)]))

        lab.use(Responder(server, "eth0", script))
        for text, labels in cases:
            del heard[:]
            call = module(client, "gethostbyname4_r", text)
            equal(call.verdict, FOUND, text)
            equal(len(call.addrs), 2, text)
            check(wire.name(labels) in [each.lower() for each in heard],
                  text, "was asked for as", heard)
            check(not call.name.endswith("."), "dot at the end of", call.name)
        # Case is ASCII's alone, and there is no punycode.
        call = glibc(client, "getaddrinfo", "BÜCHER.local", options=["-c"])
        equal(call.result, "0")
        equal(heard[-1].lower(), wire.name("bÜcher.local"))


HOSTILE = [
    "", ".", "..", "...", ".local", "..local", "a..local", "local", "local.",
    "LOCAL", "a.local..", ".a.local", "x" * 64 + ".local",
    ".".join(["x" * 63] * 3 + ["y" * 57, "local"]),  # one more than may be
    "x." * 200 + "local", "x" * 5000, "x" * 5000 + ".local",
    "\\.local", "a\\", "a\\.local\\", "\\256.local", "\\25.local",
    "10.0.0.2", "10.2", "0x7f000001", "169.254.1.1", "fe80::1",
    "fe80::1%eth0", "::1", "::ffff:10.0.0.2", "[fe80::1]", "dual.local%eth0",
    "%eth0", "-", "*", "localhost", "a", "locals", "a.locale",
    "254.169.in-addr.arpa", "local.\n", "\n", "\x7f", " ",
    "$(reboot)", "`id`", "a;b", "../../etc/passwd", "a|b.com", "<x>.org",
]
# Below .local: nobody can have these as a host name.
HOSTILE_LOCAL = [
    "a b.local", "a\tb.local", "a\nb.local", "\x01.local", "\x7f.local",
    "$(reboot).local", "`id`.local", "a;b.local", "a|b.local", "a&b.local",
    "<a>.local", "'a'.local", '"a".local', "a/b.local", "../x.local",
    "*.local", "?.local", "a%b.local", "a\\010b.local", "a\\000b.local",
]


@test
def hostile_names():
    with Lab() as lab:
        client, server = pair(lab)
        tap = lab.use(client.capture("eth0"))
        for names in (HOSTILE, HOSTILE_LOCAL):
            for entry, options, _ in BY_NAME:
                calls = module(client, entry, *names, options=options)
                for name, call in zip(names, calls):
                    check(call.status in ("UNAVAIL", "NOTFOUND"),
                          f"{entry} {name[:70]!r} gives", call.verdict)
                    between(call.ms, 0, 5, f"{entry} {name[:70]!r}")
        asked = {q[0] for p in tap.asked() for q in p.questions}
        equal(asked, set(), "asked for")
        equal(tap.mdns(), [], "packets")


@test
def foreign_names_open_nothing():
    """No socket, no file: one look whether the configuration has changed."""
    with Lab() as lab:
        client, _ = pair(lab)
        done = client.run(
            "strace", "-f", "-o", "/run/trace",
            program("tests/nss", "nsscall"), MODULE,
            "gethostbyname4_r", "www.example.com", "mark.example.com")
        if done.returncode == 127:
            raise Skip("no strace here")
        equal(done.returncode, 0, done.stderr)
        trace = client.read("/run/trace")
        calls = re.findall(r"^\d+ +(\w+)\((.*)", trace, re.M)
        for name, rest in calls:
            check(name != "socket", "socket:", rest)
            check("dotlocal.conf" not in rest or not name.startswith("open"),
                  "opened", rest)


@test
def reverse():
    with Lab() as lab:
        link = lab.new_link()
        client = lab.host("client")
        client.link(link, "eth0", "169.254.1.1/16")
        server = lab.host("server")
        server.link(link, "eth0", "169.254.7.7/16")
        local = server.link_local("eth0")
        lab.use(Responder(server, "eth0", Honest(
            {"printer.local": ["169.254.7.7", local]},
            names={"169.254.7.7": "printer.local", local: "printer.local"})))
        tap = lab.use(client.capture("eth0"))
        for address in ("169.254.7.7", local):
            tap.forget()
            for entry in ("gethostbyaddr_r", "gethostbyaddr2_r"):
                call = module(client, entry, address)
                equal(call.verdict, FOUND, f"{entry} {address}")
                equal(call.name, "printer.local")
                equal(call.addrs, [address])
                between(call.ms, 0, 60, f"{entry} {address}")
            between(call.ttl, 1, 10, "ttl")
            for packet in tap.asked():
                equal([q[:2] for q in packet.questions],
                      [(wire.reverse_name(address), "PTR")])
            equal(len(tap.asked()), 4, "packets of two lookups")
            equal(glibc(client, "gethostbyaddr", address).name,
                  "printer.local")
            scoped = address + ("%eth0" if ":" in address else "")
            call = glibc(client, "getnameinfo", scoped)
            equal(call.result, "0", scoped)
            equal(call.name.split("%")[0], "printer.local")
            done = client.run("getent", "hosts", address)
            equal(done.stdout.split(), [address, "printer.local"])
        # Silence, and again at once.
        calls = module(client, "gethostbyaddr_r", "169.254.9.9",
                       "169.254.9.9")
        equal([c.verdict for c in calls], [SILENCE] * 2)
        between(calls[0].ms, 1245, 1400)
        between(calls[1].ms, 0, 5)
        equal(glibc(client, "getnameinfo", "fe80::9%eth0").result,
              "EAI_NONAME")


@test
def reverse_of_other_addresses_sends_nothing():
    with Lab() as lab:
        client, server = pair(lab)
        tap = lab.use(client.capture("eth0"))
        addresses = ["10.0.0.2", "192.168.1.1", "169.253.255.255",
                     "169.255.0.0", "127.0.0.1", "0.0.0.0", "224.0.0.251",
                     "255.255.255.255", "fd00::2", "fec0::1", "fe00::1",
                     "ff02::1", "::1", "::", "::ffff:169.254.1.1",
                     "2001:db8::1"]
        for entry in ("gethostbyaddr_r", "gethostbyaddr2_r"):
            for call in module(client, entry, *addresses):
                equal(call.verdict, NOT_OURS, call.text)
                between(call.ms, 0, 5, call.text)
        equal(tap.mdns(), [], "packets")


LENGTHS = f"""
import ctypes, socket
module = ctypes.CDLL({MODULE!r})
for family, octets, length in {{rows}}:
    h_err = ctypes.c_int()
    print(module._nss_dotlocal_gethostbyaddr_r(
        octets.ljust(32, b"\\0"), length, family,
        ctypes.create_string_buffer(64), ctypes.create_string_buffer(1024),
        1024, ctypes.byref(ctypes.c_int()), ctypes.byref(h_err)), h_err.value)
"""


@test
def reverse_of_wrong_lengths_sends_nothing():
    four = socket.inet_aton("169.254.1.1")
    six = socket.inet_pton(socket.AF_INET6, "fe80::1")
    rows = [(int(family), octets, length)
            for family, octets, lengths in (
                (socket.AF_INET, four, (0, 3, 5, 16)),
                (socket.AF_INET6, six, (0, 4, 15, 17)),
                (socket.AF_INET6, four, (4,)), (socket.AF_INET, six, (16,)))
            for length in lengths]
    with Lab() as lab:
        client, _ = pair(lab)
        tap = lab.use(client.capture("eth0"))
        done = client.run("/usr/bin/python3", "-c", LENGTHS.format(rows=rows))
        equal(done.stdout, "-1 3\n" * len(rows), done.stderr)  # NOT_OURS
        equal(tap.mdns(), [], "packets")


@test
def bad_reverse_names_are_dropped():
    bad = [["evil host", "local"], ["www", "example", "com"],
           ["a$b", "local"], ["\x1b[2J", "local"], ["a\nb", "local"],
           ["-rf", "local"], ["a;reboot", "local"], ["local"], [],
           ["a.b", "local"], ["\xff\xfe", "local"]]
    with Lab() as lab:
        client, server = pair(lab)
        targets = {}
        for at, labels in enumerate(bad):
            owner = wire.reverse_name(f"169.254.0.{at + 1}")
            targets[owner] = b"".join(
                bytes([len(l)]) + l.encode("latin-1") for l in labels) + b"\0"

        def script(query):
            for owner, rtype, _ in query.questions:
                target = targets.get(wire.unescape(owner))
                if target and query.legacy:
                    yield Say(answer_name(query, [wire.ptr(
                        owner, target, ttl=10, rclass=wire.IN)]))

        lab.use(Responder(server, "eth0", script))
        running = [start_module(client, "gethostbyaddr_r",
                                f"169.254.0.{at + 1}")
                   for at in range(len(bad))]
        for labels, process in zip(bad, running):
            call = finish(process)[0]
            check(call.status == "NOTFOUND", repr(labels), "gives",
                  call.verdict, call.name)
        good = {wire.reverse_name("169.254.1.200"): "a.local"}
        targets.update({k: wire.name(v) for k, v in good.items()})
        call = module(client, "gethostbyaddr_r", "169.254.1.200")
        equal(call.name, "a.local", "a good one by the same script")


@test
def too_small_a_buffer_costs_no_second_packet():
    with Lab() as lab:
        client, server = pair(lab)
        many = {"many.local": [f"10.0.0.{n}" for n in range(2, 14)]
                + [f"fd00::{n}" for n in range(2, 14)]}
        lab.use(Responder(server, "eth0", Honest(
            many, names={"169.254.7.7": "printer.local"})))
        tap = lab.use(client.capture("eth0"))
        for entry, options, _ in [*BY_NAME, ("getcanonname_r", (), "")]:
            tap.forget()
            call = module(client, entry, "many.local",
                          options=["-g", *options])
            for each in call if isinstance(call, list) else [call]:
                equal(each.verdict, FOUND, entry)
            equal(len(tap.asked()), 2, f"packets of {entry}")
        tap.forget()
        module(client, "gethostbyaddr_r", "169.254.7.7", options=["-g"])
        equal(len(tap.asked()), 2, "packets of gethostbyaddr_r")
        # Through glibc, whose first buffer is too small for these.
        tap.forget()
        call = glibc(client, "getaddrinfo", "many.local")
        equal(len(call.addrs), 24)
        equal(len(tap.asked()), 2, "packets of getaddrinfo")


@test
def link_local_without_scope_comes_last_or_not_at_all():
    """gethostbyname2_r cannot say on which link a fe80 address is."""
    with Lab() as lab:
        client, server = pair(lab)
        local = server.link_local("eth0")
        lab.use(Responder(server, "eth0", Honest(
            {"mixed.local": [local, "fd00::2"], "only.local": [local]},
            nsec=True)))
        call = module(client, "gethostbyname4_r", "mixed.local")
        equal(call.addrs, ["fd00::2", local])
        equal(call.scopes, {"fd00::2": 0, local: client.ifindex("eth0")})
        for entry in ("gethostbyname2_r", "gethostbyname3_r"):
            call = module(client, entry, "mixed.local", options=["-6"])
            equal(call.addrs, ["fd00::2"], entry)
            call = module(client, entry, "only.local", options=["-6"])
            equal(call.addrs, [local], entry)
        call = glibc(client, "getaddrinfo", "only.local")
        equal(call.scopes, {local: client.ifindex("eth0")})


if __name__ == "__main__":
    main()
