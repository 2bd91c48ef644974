#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Defects of glibc and of its modules that were published (tests/wounds.md): the
# calls and the answers that showed them.

import re

import wire
from calls import glibc, module, parse
from lab import Lab, Skip, check, equal, main, pair, program, shell, test
from scripted import Honest, Responder, Say, answer_name

ENTRY = "gethostbyname4_r"
FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
MANY = {"many.local": [f"10.0.1.{n}" for n in range(1, 17)]
        + [f"fd00::1:{n}" for n in range(1, 17)],
        "four.local": ["10.0.0.2"]}


def under_valgrind(client, call, *names, options=()):
    """glibc's call, without an error and without a block that was lost."""
    try:
        shell("valgrind", "--version")
    except FileNotFoundError:
        raise Skip("no valgrind here") from None
    done = client.run(
        "valgrind", "--quiet", "--leak-check=full", "--error-exitcode=99",
        "--errors-for-leak-kinds=definite", "--show-leak-kinds=definite",
        program("tests/nss", "glibc"), *options, call, *names, timeout=120)
    # "--12--" is valgrind talking about itself.
    said = re.findall(r"^==.*", done.stderr, re.MULTILINE)
    equal((done.returncode, said), (0, []), f"valgrind on {call} {options}")
    return parse(done.stdout)


@test
def every_flag_of_getaddrinfo():
    """glibc, CVE-2023-4806 (use after free) and CVE-2023-5156 (its mend lost
    memory): AF_INET6 with AI_CANONNAME, AI_ALL and AI_V4MAPPED, many addresses,
    and a module without gethostbyname3_r."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(MANY, nsec=True)))
        for options in (["-6", "-c", "-l", "-v"], ["-6", "-l", "-v"],
                        ["-6", "-c", "-v"], ["-c", "-l", "-v"], ["-4", "-c"]):
            calls = under_valgrind(client, "getaddrinfo", "many.local",
                                   "four.local", "many.local",
                                   options=[*options, "-n", "3"])
            equal({call.result for call in calls}, {"0"}, options)
            if "-c" in options:
                equal(calls[0].name, "many.local", f"name with {options}")
            if options == ["-6", "-c", "-l", "-v"]:
                equal(len(calls[0].addrs), 32, f"addresses with {options}")


@test
def actions_after_success():
    """glibc, CVE-2023-4813: the next service was asked although this one had
    found it, and what the first had said was gone by then."""
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest(MANY, nsec=True)))
        client.write("/etc/hosts", "127.0.0.1 localhost\n"
                     "192.0.2.9 many.local four.local\n")
        for action in ("continue", "merge"):
            client.nsswitch(f"dotlocal [SUCCESS={action}] files")
            for options in (["-c"], ["-6", "-c", "-l", "-v"], ["-4"]):
                calls = under_valgrind(client, "getaddrinfo", "many.local",
                                       "four.local", options=options)
                # With merge glibc 2.36 finds nothing, whatever the services.
                if action == "continue":
                    equal({call.result for call in calls}, {"0"}, options)
            for name in ("gethostbyname", "gethostbyname2"):
                calls = under_valgrind(client, name, "many.local",
                                       "four.local")
                if action == "continue":
                    equal({call.result for call in calls}, {"0"}, name)


@test
def large_answers():
    """glibc, CVE-2015-7547: two answers of more than 2,048 octets."""
    sizes = [2047, 2048, 2049, 4096, 8192, 8900, 8972, 9000]
    told = []

    def script(query):
        owner, _, _ = query.questions[0]
        size = int(wire.unescape(owner).split(".")[0][1:])
        options = dict(ttl=10, rclass=wire.IN)
        good = [wire.address(owner, text, **options)
                for text in ("10.0.0.2", "fd00::2")]
        rest = size - len(answer_name(query, good)) - len(owner) - 10
        junk = wire.record(owner, wire.TXT, b"\x41" * rest, **options)
        data = answer_name(query, [good[0], junk, good[1]])
        told.append(len(data))
        if query.legacy:
            yield Say(data)
            yield Say(data)

    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", script))
        for size in sizes:
            call = module(client, ENTRY, f"s{size}.local")
            equal((call.verdict, sorted(call.addrs)),
                  (FOUND, ["10.0.0.2", "fd00::2"]), f"{size} octets")
            calls = glibc(client, "getaddrinfo", f"s{size}.local",
                          options=["-n", "2"])
            equal([sorted(each.addrs) for each in calls],
                  [["10.0.0.2", "fd00::2"]] * 2, f"{size} octets")
        equal(sorted(set(told)), sizes, "what was said")


@test
def host_names_only():
    """glibc, CVE-2026-4438: the name of an address had characters that a shell
    understands."""
    said = {f"169.254.7.{n + 1}": label for n, label in enumerate(
        b"$(id) `id` a;b a|b a&b a>b a<b a\"b a'b a\\b a*b a~b a!b a#b a{b"
        b" a(b a)b a\nb".split(b" ") + [b"a b", b"a\0b", b"-a"])}

    def script(query):
        owner, rtype, _ = query.questions[0]
        for address, label in list(said.items()):
            if wire.unescape(owner) == wire.reverse_name(address) and \
                    query.legacy:
                yield Say(answer_name(query, [wire.ptr(
                    owner, wire.name([label, b"local"]), ttl=10,
                    rclass=wire.IN)]))

    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", script))
        said["169.254.7.250"] = b"fine"
        call = module(client, "gethostbyaddr_r", "169.254.7.250")
        equal((call.verdict, call.name), (FOUND, "fine.local"))
        del said["169.254.7.250"]
        # All at once: each waits for its whole time.
        running = [client.popen(program("tests/nss", "glibc"),
                                "gethostbyaddr", address) for address in said]
        for process, label in zip(running, said.values()):
            call, = parse(process.communicate(timeout=20)[0])
            check(call.result != "0" and not call.name, label, "became",
                  call.name)


@test
def scope_of_link_local_addresses_only():
    """nss-mdns 0.15.1 gave global addresses a scope, and mounts failed; others
    gave link-local ones none."""
    with Lab() as lab:
        client, server = pair(lab)
        local = server.link_local("eth0")
        wanted = {"10.0.0.2": 0, "169.254.9.9": 0, "fd00::2": 0,
                  "2001:db8::2": 0, local: client.ifindex("eth0")}
        lab.use(Responder(server, "eth0", Honest({"all.local": wanted})))
        equal(module(client, ENTRY, "all.local").scopes, wanted, "scopes")
        equal(glibc(client, "getaddrinfo", "all.local").scopes, wanted,
              "scopes by getaddrinfo")


if __name__ == "__main__":
    main()
