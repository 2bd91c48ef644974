#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The options of mdns-lookup, its manual page and its completions for bash, zsh
# and fish speak of the same things; and what bash offers where.

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "net"))

from lab import check, equal, main, program, test

ROOT = os.path.join(HERE, "..", "..")
TOOL = os.path.join(ROOT, "tools", "lookup")
BASH = os.path.join(TOOL, "completion", "bash", "mdns-lookup")
ZSH = os.path.join(TOOL, "completion", "zsh", "_mdns-lookup")
FISH = os.path.join(TOOL, "completion", "fish", "mdns-lookup.fish")
# Nobody asks for these: they are part of what carries records.
NOT_OFFERED = {"OPT", "TKEY", "TSIG", "IXFR", "AXFR", "MAILB", "MAILA"}


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def list_in(text, begin, end):
    found = re.search(re.escape(begin) + r"(.*?)" + end, text, re.S)
    check(found, "no list", begin)
    return found.group(1).replace("\\\n", " ").split()


# -- what there is ----------------------------------------------------------

def long_options():
    """name -> (its letter or None, whether it takes a value: no, required,
    optional)."""
    table = re.search(r"long_options\[\] = \{(.*?)\n\};",
                      read(TOOL, "options.c"), re.S).group(1)
    rows = re.findall(r'\{"([a-z0-9-]+)",\s*(no|required|optional)_argument,'
                      r"\s*NULL,\s*(?:'(.)'|(OPTION_\w+))\}", table)
    equal(len(rows), table.count('{"'), "rows of the table that are read")
    letters = {"OPTION_HELP": "h", "OPTION_VERSION": "V"}
    return {name: (letter or letters.get(code), value)
            for name, value, letter, code in rows}


def short_options():
    text = re.search(r'short_options\[\] = "([^"]*)"',
                     read(TOOL, "options.c")).group(1)
    return set(text) - {":"}


def record_types():
    rows = re.findall(r'\{\d+, "([A-Z0-9-]+)"',
                      read(ROOT, "resolver", "rr_types.c"))
    check(len(rows) > 40, "too few types:", rows)
    return set(rows) - NOT_OFFERED


def known_kinds():
    rows = re.findall(r'\{"(_[^"]+)"', read(TOOL, "services_types.c"))
    check(len(rows) > 40, "too few kinds of services:", rows)
    return set(rows) | {"_services._dns-sd._udp"}


def check_both(said, there, where):
    equal(sorted(set(there) - set(said)), [], f"what is not in {where}")
    equal(sorted(set(said) - set(there)), [], f"what is only in {where}")


# -- the manual -------------------------------------------------------------

@test
def every_letter_has_a_long_form():
    equal({letter for letter, _ in long_options().values() if letter},
          short_options(), "letters of the long options")


@test
def manual_has_every_option():
    words = re.findall(r"^\.It Fl .*$", read(TOOL, "mdns-lookup.1"), re.M)
    text = " ".join(words)
    check_both(re.findall(r"\\-([a-z][a-z0-9-]+)", text), long_options(),
               "the manual")
    check_both(re.findall(r"(?:Fl|,) ([a-zA-Z0-9])\b", text), short_options(),
               "the manual")
    letters = {name: letter for name, (letter, _) in long_options().items()
               if letter}
    for name, letter in letters.items():
        check(re.search(rf"Fl {letter} , \\-{name}\b", text),
              f"the manual has not -{letter}, --{name} side by side")


@test
def manual_speaks_of_no_other_option():
    named = set()
    for line in read(TOOL, "mdns-lookup.1").split("\n"):
        if line.startswith((".Fl", ".Pq Fl", ".Op Fl")):
            named |= set(re.findall(r"\\-([a-z][a-z0-9-]+)", line))
    for line in re.findall(r"^[$#] mdns-lookup .*$",
                           read(TOOL, "mdns-lookup.1"), re.M):
        named |= set(re.findall(r"--([a-z][a-z0-9-]+)", line))
    equal(sorted(named - set(long_options())), [], "no such options")


@test
def help_speaks_of_no_other_option():
    done = subprocess.run([program("", "mdns-lookup"), "--help"], text=True,
                          stdout=subprocess.PIPE, check=True, timeout=10)
    named = set(re.findall(r"--([a-z][a-z0-9-]+)", done.stdout))
    check(len(named) > 10, "too few:", named)
    equal(sorted(named - set(long_options())), [], "no such options")


# -- the three files --------------------------------------------------------

@test
def bash_has_every_option():
    words = list_in(read(BASH), 'options="', '"')
    check_both([w[2:] for w in words if w.startswith("--")], long_options(),
               "bash")
    check_both([w[1:] for w in words if not w.startswith("--")],
               short_options(), "bash")


@test
def zsh_has_every_option():
    text = read(ZSH)
    text = text[text.index("_arguments"):]
    # {-i,--interface}'[... or --all[...
    pairs = re.findall(r"\{-(.),--([a-z0-9-]+)\}'\[", text)
    equal(dict((name, letter) for letter, name in pairs),
          {name: letter for name, (letter, _) in long_options().items()
           if letter}, "letters in zsh")
    alone = re.findall(r"(?:'|\)|[a-z])--([a-z0-9-]+?)(=-)?\[(.*?)[\"']", text)
    check_both([name for name, _, _ in alone] + [n for _, n in pairs],
               long_options(), "zsh")
    for name, optional, rest in alone:
        value = long_options()[name][1]
        equal(bool(optional), value == "optional", f"= of --{name} in zsh")
        equal("]:" in rest, value != "no", f"a value of --{name} in zsh")


@test
def fish_has_every_option():
    rows = re.findall(r"^complete -c mdns-lookup (?:-s (\S) )?-l (\S+) (.*)$",
                      read(FISH), re.M)
    check_both([name for _, name, _ in rows], long_options(), "fish")
    for letter, name, rest in rows:
        equal(letter or None, long_options()[name][0], f"letter of --{name}")
        flags = re.sub(r"'[^']*'", "", rest)
        equal(bool(re.search(r" -[xr]\b", flags)),
              long_options()[name][1] == "required",
              f"a value of --{name} in fish")


@test
def types_and_kinds_are_there():
    lists = {
        "bash": (list_in(read(BASH), 'types="', '"'),
                 list_in(read(BASH), 'kinds="', '"')),
        "zsh": (list_in(read(ZSH), "types=(", r"\)"),
                list_in(read(ZSH), "kinds=(", r"\)")),
        "fish": (list_in(read(FISH), "for type in", r"\n +echo"),
                 list_in(read(FISH), "for kind in", r"\n +echo"))}
    for shell, (types, kinds) in lists.items():
        check_both(types, record_types(), shell)
        equal(sorted(set(kinds) - known_kinds()), [],
              f"kinds in {shell} that --types has no words for")
        equal(kinds, lists["bash"][1], f"kinds in {shell} and bash")
    check(len(lists["bash"][1]) > 30, "too few kinds")


@test
def tool_takes_what_is_offered():
    tool = program("", "mdns-lookup")
    for kind in list_in(read(BASH), 'kinds="', '"'):
        # No network here: 3 is what comes after the operands are read.
        done = subprocess.run([tool, "--browse", kind], text=True, timeout=10,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        equal(done.returncode, 3, f"status of --browse {kind}")
    types = list_in(read(BASH), 'types="', '"')
    for at in range(0, len(types), 16):
        done = subprocess.run([tool, "-t", ",".join(types[at:at + 16]),
                               "a.local"], text=True, timeout=10,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        equal(done.returncode, 3, f"status of -t {types[at:]}")


# -- bash -------------------------------------------------------------------

SCRIPT = r"""
source "$1" || exit
shift
[[ $(complete -p mdns-lookup) == "complete -F _mdns_lookup mdns-lookup" ]] ||
    exit
COMP_WORDS=(mdns-lookup "$@") COMP_CWORD=$#
_mdns_lookup mdns-lookup "${COMP_WORDS[COMP_CWORD]}" \
    "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def offered(*words, folder="/"):
    """What bash offers for the last of these words, as bash splits them."""
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", SCRIPT, "bash", BASH, *words],
        cwd=folder, text=True, stdin=subprocess.DEVNULL, timeout=10,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    equal((done.returncode, done.stderr), (0, ""), f"bash for {words}")
    return done.stdout.split("\n")[:-1] if done.stdout != "\n" else []


@test
def bash_offers_options():
    equal(offered("--w"), ["--watch"])
    equal(offered("--watch", "-"), offered("-"), "options after others")
    check_both([w[2:] for w in offered("--")], long_options(), "the offer")
    equal(offered("--", "--w"), [], "options behind --")
    equal(offered("a"), [], "a name")


@test
def bash_offers_values():
    equal(offered("-i", ""), sorted(os.listdir("/sys/class/net")))
    equal(offered("--interface", "l"), ["lo"])
    equal(offered("--interface", "=", "l"), ["lo"], "--interface=l")
    equal(offered("-i", "nosuch"), [])
    equal(offered("-t", "SR"), ["SRV"])
    equal(offered("--type", "AA"), ["AAAA"])
    equal(offered("-t", "A,SR"), ["A,SRV"])
    equal(offered("-t", "A,B,HTT"), ["A,B,HTTPS"])
    equal(offered("--color", "=", "a"), ["always", "auto"])
    equal(offered("--color", "="), ["always", "auto", "never"], "--color=")
    equal(offered("--color", "--js"), ["--json"], "--color has no value")
    for option in ("-w", "--timeout", "--unicast"):
        equal(offered(option, ""), [], option)


@test
def bash_offers_files():
    folder = "/run/some files"
    os.makedirs(folder)
    for name in ("one file", "one other"):
        open(os.path.join(folder, name), "w").close()
    both = ["one file", "one other"]
    for option in ("--pcap", "--read"):
        equal(sorted(offered(option, "o", folder=folder)), both, option)
        equal(sorted(offered(option, "=", "o", folder=folder)), both, option)
    equal(sorted(offered("--check-config", "=", "", folder=folder)), both)
    equal(offered("--check-config", "=", "one f", folder=folder), both[:1])
    equal(offered("--check-config", "one", folder=folder), [], "without =")


@test
def bash_offers_services():
    equal(offered("--browse", "_ip"), ["_ipp._tcp", "_ipps._tcp"])
    equal(offered("--browse", "-4", "_sftp"), ["_sftp-ssh._tcp"])
    check(len(offered("--browse", "")) > 30, "for nothing")
    equal(offered("--watch", "_ip"), [], "for --watch")
    equal(offered("--browse", "--res"), ["--resolve"])


main()
