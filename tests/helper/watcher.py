# SPDX-License-Identifier: LGPL-2.1-or-later
# The drivers of the helper's parts while they run: their lines, our commands.

import os
import subprocess
import sys
import threading
import time

NET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net")
sys.path.insert(0, NET)

from lab import check, program

PATIENCE = 5  # seconds that a busy machine may take for something


class Watcher:
    """A driver. With fds, which are passed on, it is in a network namespace
    that has no links."""

    def __init__(self, host, name, *args, fds=(), under=()):
        argv = [*under, program("tests/helper", name), *args, *map(str, fds)]
        if fds:
            argv = ["unshare", "-n", *argv]
        self.process = host.popen(*argv, stderr=subprocess.STDOUT,
                                  pass_fds=fds)
        self.lines = []
        self.at = 0
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.strip())

    def wait(self, start, seconds=PATIENCE, after=0):
        """The first line, at or behind a place, that begins like that."""
        deadline = time.monotonic() + seconds
        while True:
            for line in list(self.lines[after:]):
                if (line + " ").startswith(start + " "):
                    return line
            check(time.monotonic() < deadline, "after", seconds, "s no line",
                  repr(start), "in", self.lines[after:])
            time.sleep(0.005)

    def command(self, text, answer="done"):
        """Its answer; what the kernel had said before has been read then."""
        after = len(self.lines)
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        return self.wait(answer, after=after)

    def new(self):
        """The lines since the last call, but for answers."""
        lines = self.lines[self.at:]
        self.at += len(lines)
        return [line for line in lines if not line.startswith("done")]
