#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# What dotlocal.conf changes in a lookup, also while a program runs.

import time

from calls import glibc, module, module_stepwise
from lab import Lab, between, equal, main, pair, test
from scripted import Honest, NameServer, Responder

FOUND = ("SUCCESS", "NETDB_SUCCESS")
SILENCE = ("NOTFOUND", "HOST_NOT_FOUND")
NOT_OURS = ("UNAVAIL", "NO_RECOVERY")
NO_LINK = ("UNAVAIL", "TRY_AGAIN")
SOON = 60
CONF = "/etc/dotlocal.conf"


@test
def times():
    with Lab() as lab:
        client, server = pair(lab)
        client.write(CONF, "timeout = 300ms\nresend = 50ms 200ms\n"
                     "second-way = off\ngrace = 20ms\n")
        # Over both transports it would have said all that there is.
        lab.use(Responder(server, "eth0", Honest(
            {"four.local": ["10.0.0.2"]}), families=(4,)))
        tap = lab.use(client.capture("eth0"))
        call = module(client, "gethostbyname4_r", "nobody.local")
        equal(call.verdict, SILENCE)
        between(call.ms, 298, 340)
        asked = [p for p in tap.asked() if p.family == 4]
        equal([round((p.time - asked[0].time) * 20) for p in asked],
              [0, 1, 4], "times of the queries in 50 ms")
        equal([p for p in asked if p.sport == 5353], [], "from 5353")
        call = module(client, "gethostbyname4_r", "four.local")
        between(call.ms, 18, 20 + SOON)


@test
def interfaces():
    with Lab() as lab:
        client, server = pair(lab)
        lab.use(Responder(server, "eth0", Honest({"dual.local":
                                                  ["10.0.0.2", "fd00::2"]})))
        other = lab.new_link()
        client.link(other, "wlan0", "10.9.0.1/24", "fd09::1/64")
        taps = {name: lab.use(client.capture(name))
                for name in ("eth0", "wlan0")}
        for text, asked in (
                ("", {"eth0", "wlan0"}),
                ("interfaces = eth*\n", {"eth0"}),
                ("interfaces = eth0, wlan0\ndeny-interfaces = w???0\n",
                 {"eth0"}),
                ("deny-interfaces = eth*\n", {"wlan0"}),
                ("deny-interfaces = *\n", set())):
            client.write(CONF, text)
            for tap in taps.values():
                tap.forget()
            call = module(client, "gethostbyname4_r", "dual.local")
            equal({name for name, tap in taps.items() if tap.asked()}, asked,
                  f"asked with {text!r}")
            equal(call.verdict, FOUND if "eth0" in asked else
                  SILENCE if asked else NO_LINK, repr(text))


@test
def many_labels():
    with Lab() as lab:
        client, _ = pair(lab)
        client.write(CONF, "timeout = 200ms\nmany-labels = not-found\n")
        call = module(client, "gethostbyname4_r", "www.printer.local")
        equal(call.verdict, SILENCE)


@test
def suffixes():
    with Lab() as lab:
        client, server = pair(lab, "files dotlocal [NOTFOUND=return] dns")
        dns = lab.use(NameServer(client))
        client.write(CONF, "timeout = 200ms\nsuffixes = home.example lan\n")
        lab.use(Responder(server, "eth0", Honest(
            {"nas.home.example": ["10.0.0.2"], "nas.lan": ["10.0.0.3"]},
            nsec=True)))
        tap = lab.use(client.capture("eth0"))
        for name, address in (("nas.home.example", "10.0.0.2"),
                              ("NAS.lan.", "10.0.0.3")):
            call = module(client, "gethostbyname4_r", name)
            equal(call.verdict, FOUND, name)
            equal(call.addrs, [address], name)
        call = glibc(client, "getaddrinfo", "other.lan", options=["-4"])
        equal(call.addrs, [dns.address], "silence, then dns")
        tap.forget()
        for name in ("nas.example", "home.example", "xhome.example", "lan"):
            call = module(client, "gethostbyname4_r", name)
            equal(call.verdict, NOT_OURS, name)
        equal(tap.mdns(), [], "packets for others")


@test
def change_in_a_running_program():
    with Lab() as lab:
        client, _ = pair(lab)
        client.write(CONF, "timeout = 200ms\n")
        step = lab.use(module_stepwise(
            client, "gethostbyname4_r", *[f"n{n}.local" for n in range(4)]))
        between(step.next(first=True).ms, 198, 240, "at the start")
        client.write(CONF, "timeout = 400ms\n")
        time.sleep(1.1)
        between(step.next().ms, 398, 440, "a second after the change")
        client.run("rm", CONF)
        time.sleep(1.1)
        between(step.next().ms, 1245, 1300, "without the file")
        client.write(CONF, "timeout = 300ms\n")
        time.sleep(1.1)
        between(step.next().ms, 298, 340, "with a new one")


@test
def mistakes_have_no_effect():
    with Lab() as lab:
        client, _ = pair(lab)
        client.write(CONF, "nonsense\ntimeout = 5\ntimeout = 250ms\n"
                     "grace = soon\n\0\xff\n" + "# " + "x" * 3000 + "\n")
        call = module(client, "gethostbyname4_r", "nobody.local")
        equal(call.verdict, SILENCE)
        between(call.ms, 248, 290)
        client.run("sh", "-c", f"rm {CONF}; mkdir {CONF}")
        call = module(client, "gethostbyname4_r", "nobody.local")
        between(call.ms, 1245, 1300, "with a folder in its place")
        client.run("sh", "-c", f"rmdir {CONF}; mkfifo {CONF}")
        call = module(client, "gethostbyname4_r", "nobody.local", timeout=5)
        between(call.ms, 1245, 1300, "with a fifo in its place")


if __name__ == "__main__":
    main()
