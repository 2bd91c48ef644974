#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# mdns-lookup --doctor, what it says of the files of this host: nsswitch.conf,
# the module and dotlocal.conf. Each finding is caused, and its words, its
# remedy and the exit status are checked.

import os
import subprocess

from doctoring_system import CONF, FAST, GOOD_LINE, NOWHERE, SOON
from doctoring_system import Doctor, Somebody, served, text_of
from lab import MODULE, Lab, Skip, check, equal, main, pair, program, shell
from lab import test

# -- the form ------------------------------------------------------------

@test
def form_and_status():
    with Lab() as lab:
        client = served(lab)
        client.nsswitch("files dns")
        client.write(CONF, "tiemout = 1s\n")
        done = text_of(client, *FAST)
        equal(done.returncode, 1, f"exit status ({done})")
        lines = done.stdout.splitlines()
        missing = ("the hosts line of /etc/nsswitch.conf does not name "
                   "dotlocal, so no program asks it")
        equal(lines[:2], [f"BAD   {missing}",
                          "      put into /etc/nsswitch.conf: hosts: "
                          "files dotlocal [NOTFOUND=return] dns"])
        at = lines.index("BAD   line 1 of /etc/dotlocal.conf has no effect: "
                         "unknown key")
        equal(lines[at + 1], "      type: sudoedit /etc/dotlocal.conf")
        equal(lines[-2], "")
        check(lines[-1].endswith(f" things are wrong, the first: {missing}"),
              lines[-1])
        check("ok    these interfaces are asked: eth0 (IPv4, IPv6)" in lines,
              done.stdout)
        equal(Doctor(client, *FAST).status, 1)
        done = text_of(client, *FAST, "--color=always")
        check("\033[31;1mBAD \033[0m  the hosts" in done.stdout, done.stdout)
        done = text_of(client, *NOWHERE)
        equal(done.returncode, 3, "exit status without a network")


@test
def all_is_well():
    with Lab() as lab:
        client = served(lab, None)
        doctor = Doctor(client)
        equal((doctor.summary["bad"], doctor.summary["unknown"]), (0, 0),
              doctor)
        equal(doctor.status, 0, doctor)
        doctor.has("nsswitch", "good", "leads to dotlocal")
        doctor.has("module", "good", MODULE)
        doctor.has("settings", "good", "the defaults hold")
        doctor.has("links", "good", "eth0 (IPv4, IPv6)")
        doctor.has("port", "good", "nobody else has port 5353")
        doctor.has("helper-absent", "note", "not running", remedy="sudo "
                   "systemctl enable --now mdns-helper.socket")
        done = text_of(client)
        equal((done.stdout.splitlines()[-1], done.returncode),
              ("all is well", 0))


@test
def not_known_is_not_well():
    with Lab() as lab:
        client, _ = pair(lab, GOOD_LINE)
        client.write(CONF, SOON)
        done = text_of(client, *FAST)
        equal(done.returncode, 1, f"exit status ({done})")
        check(done.stdout.splitlines()[-1].startswith(
            "nothing is known to be wrong, but: nobody answers on eth0 over "
            "IPv4"), done.stdout)


@test
def controls_stay_out():
    with Lab() as lab:
        client = lab.host("client")
        client.nsswitch("files \x1b]0;x\x07\udc9b [NOTFOUND=return] dotlocal"
                        .encode("utf-8", "surrogateescape")
                        .decode("latin-1"))
        client.write(CONF, SOON + "\x1b[2J = 1\n")
        client.link(lab.new_link(), "e\x1b[2J", "10.0.0.1/24")
        done = text_of(client)
        check(all(line.isprintable() and line.isascii()
                  for line in done.stdout.splitlines()), repr(done.stdout))
        check("?]0;x?" in done.stdout and "asked: e?[2J" in done.stdout,
              done.stdout)


# -- nsswitch.conf --------------------------------------------------------

# What stands behind "hosts:", what is found, a word of it, the new line, and
# whether a program reaches dotlocal: getent is asked as well.
LINES = [
    (GOOD_LINE, "nsswitch", "leads to", None, True),
    ("files myhostname dotlocal [!UNAVAIL=return] dns", "nsswitch", "", None,
     True),
    ("files\tdotlocal[ notfound = Return ]dns", "nsswitch", "", None, True),
    ("files [!NOTFOUND=return] dotlocal", "nsswitch", "", None, True),
    ("dotlocal", "nsswitch", "", None, True),
    ("files [UNAVAIL=return] dotlocal [NOTFOUND=return]", "nsswitch", "", None,
     True),
    ("files dns", "nsswitch-missing", "does not name dotlocal",
     GOOD_LINE, False),
    ("", "nsswitch-missing", "", "dotlocal [NOTFOUND=return]", False),
    ("files DotLocal dns", "nsswitch-missing", "names DotLocal", GOOD_LINE,
     False),
    ("files [NOTFOUND=return] dotlocal", "nsswitch-order",
     '"files [NOTFOUND=return]" stands before dotlocal',
     "dotlocal [NOTFOUND=return] files [NOTFOUND=return]", False),
    ("files myhostname [!UNAVAIL=return] dotlocal dns", "nsswitch-order",
     "dotlocal is never asked", "files dotlocal [NOTFOUND=return] "
     "myhostname [!UNAVAIL=return] dns", None),
    ("files nosuch [UNAVAIL=return] dotlocal dns", "nsswitch-order",
     "where that does not work", "files dotlocal [NOTFOUND=return] "
     "nosuch [UNAVAIL=return] dns", False),
    ("files mdns4_minimal [NOTFOUND=return] dotlocal dns", "nsswitch-order",
     "while avahi-daemon runs, dotlocal is never asked",
     "files dotlocal [NOTFOUND=return] mdns4_minimal [NOTFOUND=return] dns",
     None),
    ("files mdns_minimal [NOTFOUND=return] dns dotlocal", "nsswitch-order",
     '"mdns_minimal [NOTFOUND=return]"', "files dotlocal [NOTFOUND=return] "
     "mdns_minimal [NOTFOUND=return] dns", None),
    ("mymachines resolve [!UNAVAIL=return] files dotlocal dns",
     "nsswitch-order", "while systemd-resolved runs", "mymachines dotlocal "
     "[NOTFOUND=return] resolve [!UNAVAIL=return] files dns", None),
    ("files dns [NOTFOUND=return] dotlocal", "nsswitch-order",
     '"dns [NOTFOUND=return]"',
     "files dotlocal [NOTFOUND=return] dns [NOTFOUND=return]", None),
    ("files dns dotlocal [NOTFOUND=return]", "nsswitch-slow",
     "dns stands before dotlocal", GOOD_LINE, True),
    ("files resolve dotlocal [NOTFOUND=return] dns", "nsswitch-slow",
     "systemd-resolved is asked first",
     "files dotlocal [NOTFOUND=return] resolve dns", None),
    ("files mdns4 dotlocal [NOTFOUND=return] dns", "nsswitch-mdns",
     "mdns4 stands before dotlocal",
     "files dotlocal [NOTFOUND=return] mdns4 dns", None),
    ("files dotlocal dns", "nsswitch-notfound", "no [NOTFOUND=return]",
     GOOD_LINE, True),
    ("files dotlocal [!SUCCESS=return] dns", "nsswitch-actions",
     '"[!SUCCESS=return]" behind dotlocal', GOOD_LINE, True),
    ("files dotlocal [UNAVAIL=return] dns", "nsswitch-actions",
     "ends the search for every name that is not in .local", GOOD_LINE, True),
    ("files dotlocal [SUCCESS=continue NOTFOUND=return] dns",
     "nsswitch-actions", "lets the search go on", GOOD_LINE, None),
    ("files dotlocal [!SUCCESS=return]", "nsswitch", "leads to", None, True),
    ("files dotlocal [SUCCESS=continue]", "nsswitch", "leads to", None, True),
    ("files dotlocal [NOTFOUND=return] dotlocal dns", "nsswitch-twice",
     "more than once", GOOD_LINE, True),
    ("files # dotlocal [NOTFOUND=return]", "nsswitch-comment",
     "begins no comment", "files dotlocal [NOTFOUND=return]", True),
    ("files [NOTFUOND=return] dotlocal dns", "nsswitch-grammar",
     '"[NOTFUOND=return]"', GOOD_LINE, False),
    ("files [NOTFOUND=retrun] dotlocal", "nsswitch-grammar",
     "every lookup fails", "files dotlocal [NOTFOUND=return]", False),
    ("files [NOTFOUND=return", "nsswitch-grammar", '"[NOTFOUND=return"',
     "files dotlocal [NOTFOUND=return]", False),
    ("files [SUCCESS=return] [NOTFOUND=continue] dotlocal dns",
     "nsswitch-grammar", 'only up to "[NOTFOUND=continue]"',
     "files [SUCCESS=return] dotlocal [NOTFOUND=return] dns", False),
    ("files \\", "nsswitch-missing", "does not name",
     "files \\ dotlocal [NOTFOUND=return]", False),
]


@test
def hosts_lines():
    level = {"nsswitch": "good", "nsswitch-mdns": "note",
             "nsswitch-notfound": "note", "nsswitch-twice": "note",
             "nsswitch-comment": "note"}
    with Lab() as lab:
        client = served(lab)
        for line, id, word, new, reached in LINES:
            client.nsswitch(line)
            doctor = Doctor(client, *NOWHERE)
            doctor.has(id, level.get(id, "bad"), word,
                       remedy=new and "hosts: " + new)
            doctor.only("nsswitch", *{id} | (
                {"nsswitch"} if level.get(id) == "note" else set()))
            if reached is not None:
                done = client.run("getent", "ahosts", "four.local")
                equal("10.0.0.4" in done.stdout, reached,
                      f"getent with {line!r} ({done})")
            if new and reached is False:
                client.nsswitch(new)
                Doctor(client, *NOWHERE).only("nsswitch", "nsswitch")
                check(client.run("getent", "ahosts", "four.local").stdout,
                      "the remedy does not help:", new)


def reaches(client):
    return "10.0.0.4" in client.run("getent", "ahosts", "four.local").stdout


@test
def whole_files():
    usual = "hosts: " + GOOD_LINE
    path = "/etc/nsswitch.conf"
    with Lab() as lab:
        client = served(lab)
        for text, id, word, reached in [
                (f"{usual}\n", "nsswitch", "leads", True),
                (f"  hosts : {GOOD_LINE}\n", "nsswitch", "leads", True),
                (f"hosts {GOOD_LINE}\n", "nsswitch", "leads", True),
                (f"automount: files [x]\n{usual}\n", "nsswitch", "leads",
                 True),
                (f": files\n\nhosts", "nsswitch-hosts", "no hosts line",
                 False),
                (f": files\nnonsense\n\n{usual}\n", "nsswitch", "leads",
                 True),
                ("passwd: files\n", "nsswitch-hosts", "no hosts line", False),
                (f"#{usual}\n", "nsswitch-hosts", "that is no comment",
                 False),
                (f"Hosts: {GOOD_LINE}\n", "nsswitch-hosts",
                 '"Hosts" is not written in small letters', False)]:
            client.write(path, text)
            doctor = Doctor(client, *NOWHERE)
            doctor.only("nsswitch", id)
            bad = id != "nsswitch"
            doctor.has(id, "bad" if bad else "good", word,
                       remedy=usual if bad else None)
            equal(reaches(client), reached, f"getent with {text!r}")

        client.write(path, f"passwd: files\n{usual}")
        doctor = Doctor(client, *NOWHERE)
        doctor.only("nsswitch", "nsswitch-newline")
        doctor.has("nsswitch-newline", "bad", "no end of line",
                   remedy=f"echo | sudo tee -a {path}")
        check(not reaches(client), "glibc takes the last line")

        client.write(path, f"hosts: files\n{usual}\n")
        doctor = Doctor(client, *NOWHERE)
        doctor.only("nsswitch", "nsswitch", "nsswitch-lines")
        doctor.has("nsswitch-lines", "note", "2 hosts lines", "the last one")
        check(reaches(client), "glibc does not take the last line")

        client.write(path, f"passwd: files [x] systemd\n{usual}\n")
        doctor = Doctor(client, *NOWHERE)
        doctor.only("nsswitch", "nsswitch-grammar")
        doctor.has("nsswitch-grammar", "bad", '"[x]" in the passwd line',
                   remedy="passwd: files systemd")
        check(not reaches(client), "glibc takes a line behind a wrong one")

        client.write(path, usual + "\n")
        os.chmod(client.path(path), 0o600)
        Doctor(client, *NOWHERE).has(
            "nsswitch-permission", "bad", "some users only",
            remedy=f"sudo chmod a+r {path}")
        doctor = Doctor(Somebody(client), *NOWHERE)
        doctor.only("nsswitch", "nsswitch-permission")
        doctor.has("nsswitch-permission", "bad", "other users only",
                   remedy=f"sudo chmod a+r {path}")

        os.unlink(client.path(path))
        doctor = Doctor(client, *NOWHERE)
        doctor.only("nsswitch", "nsswitch-file")
        doctor.has("nsswitch-file", "bad", f"there is no {path}",
                   remedy=usual)
        check(not reaches(client), "glibc needs no file")


# -- the module -----------------------------------------------------------

LOCAL = "/usr/local/lib"
NAME = os.path.basename(MODULE)


def bare_host(lab):
    """A host with a /usr/local/lib of its own, and no module anywhere."""
    host = lab.host("client")
    for folder in (LOCAL, "/var/cache/ldconfig"):
        if os.path.isdir(folder):
            host.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs",
                     folder)
    host.write("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
    return host


def look(host):
    """Without LD_LIBRARY_PATH, as programs are run."""
    return Doctor(host, *NOWHERE, LD_LIBRARY_PATH="")


def install(host, folder, change=lambda octets: octets):
    os.makedirs(host.path(folder), exist_ok=True)
    with open(MODULE, "rb") as file:
        octets = file.read()
    with open(host.path(f"{folder}/{NAME}"), "wb") as file:
        file.write(change(octets))
    os.chmod(host.path(f"{folder}/{NAME}"), 0o755)


@test
def module_is_looked_for():
    with Lab() as lab:
        host = bare_host(lab)
        look(host).has("module-missing", "bad", "is not installed",
                       remedy="sudo make install")
        install(host, LOCAL)
        found = f"{LOCAL}/{NAME}"
        look(host).has(
            "module-path", "bad", found, remedy=f"echo {LOCAL} | sudo tee "
            "/etc/ld.so.conf.d/dotlocal.conf && sudo ldconfig")
        host.write("/etc/ld.so.conf.d/libc.conf", f"# usual\n{LOCAL}\n")
        look(host).has("module-path", "bad", found, remedy="sudo ldconfig")
        shell(*host.argv(["ldconfig"]))
        doctor = look(host)
        doctor.has("module", "good", found, "version")
        doctor.none("module-environment", "module-copies")
        other = LOCAL + "/x86_64-linux-gnu"
        install(host, other)
        look(host).has("module-copies", "note", f"{other}/{NAME}",
                       remedy=f"sudo rm {other}/{NAME}")
        os.chmod(host.path(found), 0o700)
        look(host).has("module-permission", "bad", found,
                       remedy=f"sudo chmod a+rx {found}")
        Doctor(host, *NOWHERE).has("module-environment", "note",
                                   "LD_LIBRARY_PATH")


@test
def module_is_no_good():
    version = program_version()

    def older(octets):
        check(octets.count(version + b"\0") == 1, "where is the version?")
        return octets.replace(version + b"\0", b"0.\x1b.9\0"[:len(version)]
                              .ljust(len(version), b"\0") + b"\0")

    def nameless(octets):
        return octets.replace(b"_nss_dotlocal_version",
                              b"_nss_dotlocal_nothing")

    with Lab() as lab:
        host = bare_host(lab)
        host.write("/etc/ld.so.conf", LOCAL + "\n")
        install(host, LOCAL)
        shell(*host.argv(["ldconfig"]))
        install(host, LOCAL, older)
        look(host).has("module-version", "bad", "another version (0.?.9)",
                       version.decode(), remedy="sudo make install")
        install(host, LOCAL, nameless)
        look(host).has("module-version", "bad", "another version (older)",
                       remedy="sudo make install")
        install(host, LOCAL, lambda octets: octets[:200])
        look(host).has("module-broken", "bad", "the loader says: ",
                       remedy="sudo make install")
        # Another machine's: EM_AARCH64, or x86-64 where that is ours.
        install(host, LOCAL, lambda octets: octets[:18] + bytes(
            [62 if octets[18] == 183 else 183]) + octets[19:])
        look(host).has("module-machine", "bad", f"{LOCAL}/{NAME}",
                       remedy="sudo make install")


def program_version():
    done = subprocess.run([program("", "mdns-lookup"), "--version"],
                          stdout=subprocess.PIPE)
    return done.stdout.split()[-1] if b"(" not in done.stdout else \
        done.stdout.split(b")")[-1].split()[0]


@test
def programs_of_32_bits():
    with Lab() as lab:
        host = bare_host(lab)
        loader = any(os.path.exists(path) for path in (
            "/lib/ld-linux.so.2", "/lib/ld-linux-armhf.so.3"))
        equal(len(Doctor(host, *NOWHERE).all("module-32bit")), loader,
              "notes on 32 bits")
        install(host, LOCAL, lambda octets: octets[:4] + b"\x01" + octets[5:])
        Doctor(host, *NOWHERE).none("module-32bit")
        if not loader:
            raise Skip("no loader of 32 bits here")


# -- dotlocal.conf --------------------------------------------------------

@test
def settings_are_checked():
    path = CONF
    with Lab() as lab:
        host = lab.host("client")
        Doctor(host, *NOWHERE).has("settings", "good", "the defaults hold")
        host.write(path, "timeout = 1s\n")
        Doctor(host, *NOWHERE).has("settings", "good", "no mistakes")
        host.write(path, "timeout = 1s\ntimeout = 1\n")
        doctor = Doctor(host, *NOWHERE)
        doctor.has("settings-mistake", "bad", f"line 2 of {path}",
                   "timeout is a time", remedy=f"sudoedit {path}")
        doctor.none("settings", "settings-mistakes")
        equal(doctor.err, "", "standard error")
        host.write(path, "x = 1\n" * 9)
        doctor = Doctor(host, *NOWHERE)
        equal(len(doctor.all("settings-mistake")), 5, "mistakes shown")
        doctor.has("settings-mistakes", "bad", "9 mistakes",
                   remedy="mdns-lookup --check-config")
        host.write(path, "#" * 8193)
        Doctor(host, *NOWHERE).has("settings-long", "bad", "8192 octets",
                                   remedy=f"sudoedit {path}")
        os.unlink(host.path(path))
        os.mkdir(host.path(path))
        doctor = Doctor(host, *NOWHERE)
        doctor.has("settings-unknown", "unknown", f"{path} is no file")
        doctor.none("settings")
        os.rmdir(host.path(path))
        host.write(path, "timeout = 1s\n")
        os.chmod(host.path(path), 0o640)
        for each in (host, Somebody(host)):
            doctor = Doctor(each, *NOWHERE)
            doctor.has("settings-permission", "bad", "by all users",
                       remedy=f"sudo chmod a+r {path}")
            doctor.none("settings")


if __name__ == "__main__":
    main()
