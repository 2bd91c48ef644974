# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the helper programs that call the module or glibc, and reads what they
# print.

import lab


class Call:
    """What one call said."""

    def __init__(self, text):
        self.text = text
        self.status = self.h_errno = self.result = None
        self.name = self.canon = self.ttl = self.errno = None
        self.us = 0
        self.addrs = []   # text of the addresses, in order
        self.scopes = {}  # address -> scope id
        self.pairs = []   # both together
        self.aliases = []

    @property
    def ms(self):
        return self.us / 1000

    @property
    def verdict(self):
        return (self.status, self.h_errno)

    def __repr__(self):
        said = self.result or f"{self.status}/{self.h_errno}"
        return f"<{self.text}: {said} {self.addrs} {self.ms:.1f} ms>"


def parse(output):
    calls = []
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        if word == "call":
            calls.append(Call(rest))
        elif word == "bad":
            raise lab.Failure(f"{rest} ({output.strip()!r})")
        elif word == "addr":
            address, scope = rest.split(" ")
            calls[-1].addrs.append(address)
            calls[-1].scopes[address] = int(scope)
            calls[-1].pairs.append((address, int(scope)))
        elif word == "alias":
            calls[-1].aliases.append(rest)
        elif word in ("us", "ttl", "errno"):
            setattr(calls[-1], word, int(rest))
        elif word in ("status", "h_errno", "result", "name", "canon"):
            setattr(calls[-1], word, rest)
    return calls


def finish(process, timeout=20):
    """All calls of a program that was started with popen."""
    try:
        output, _ = process.communicate(timeout=timeout)
    except lab.subprocess.TimeoutExpired:
        lab.end(process)
        raise lab.Failure(f"no end after {timeout} s") from None
    calls = parse(output)
    lab.equal(process.returncode, 0, f"exit status ({output.strip()!r})")
    return calls


def start_module(host, entry, *names, options=(), under=()):
    return host.popen(*under, lab.program("tests/nss", "nsscall"), *options,
                      lab.MODULE, entry, *names)


def module(host, entry, *names, options=(), under=(), timeout=20):
    """Calls of an entry point of the module; one Call if one name."""
    calls = finish(start_module(host, entry, *names, options=options,
                                under=under), timeout)
    lab.equal(len(calls) >= len(names), True, "a call for each name")
    return calls[0] if len(calls) == 1 else calls


def glibc(host, call, *names, options=(), timeout=20):
    """Calls of glibc's functions in a program of its own."""
    calls = finish(host.popen(lab.program("tests/nss", "glibc"), *options,
                              call, *names), timeout)
    return calls[0] if len(calls) == 1 else calls


class Stepwise:
    """A program that makes its next call only when told to."""

    def __init__(self, host, argv):
        self.process = host.popen(*argv)

    def next(self, first=False):
        if not first:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        lines = []
        while not lines or lines[-1] != "end\n":
            line = self.process.stdout.readline()
            lab.check(line, "the program ended early:", lines)
            lines.append(line)
        return parse("".join(lines))[0]

    def close(self):
        lab.end(self.process)


def module_stepwise(host, entry, *names, options=()):
    return Stepwise(host, [lab.program("tests/nss", "nsscall"), "-i", *options,
                           lab.MODULE, entry, *names])


def glibc_stepwise(host, call, *names, options=()):
    return Stepwise(host, [lab.program("tests/nss", "glibc"), "-i", *options,
                           call, *names])
