#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Does with a helper what systemd does by its units: makes the sockets, starts
# it when one of them has something, unprivileged and in a network namespace
# of its own, and again when it has been killed: run_units.py HELPER OPTION...
#
# Prints listening, `woken` and which socket, `started PID`, `ended STATUS`.

import ctypes
import fcntl
import os
import select
import signal
import socket
import sys
import time

FOLDER = "/run/mdns-helper"
NOBODY = 65534
FIRST = 3  # descriptor of the first socket, see sd_listen_fds(3)
RTMGRP = 1 | 0x10 | 0x100  # links, addresses of both families
CLONE_NEWNET = 0x40000000


def listener():
    path = FOLDER + "/socket"
    if os.path.lexists(path):
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    sock.bind(path)
    os.chmod(path, 0o666)
    sock.listen(4096)
    return sock


def port(family):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET:
        sock.bind(("224.0.0.251", 5353))
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("::", 5353))
    return sock


def route():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    sock.bind((0, RTMGRP))
    return sock


def run(argv, sockets, notify):
    """In the child: never returns."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        os._exit(1)
    # Out of the way first of where they have to be.
    high = [fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, 100) for sock in sockets]
    for i, fd in enumerate(high):
        os.dup2(fd, FIRST + i)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                   "LISTEN_FDS": str(len(sockets)),
                   "LISTEN_PID": str(os.getpid()), "NOTIFY_SOCKET": notify}
    os.execve(argv[0], argv, environment)


def wait_until_asked(sockets):
    ready = select.select(sockets, [], [])[0]
    print("woken", sockets.index(ready[0]), flush=True)


def main():
    argv = sys.argv[1:]
    sockets = [listener()]
    sockets += [port(socket.AF_INET) for _ in range(4)]
    sockets += [port(socket.AF_INET6), route()]
    for sock in sockets:
        sock.setblocking(False)
    notify = "/run/notify-units"
    if os.path.lexists(notify):
        os.unlink(notify)
    ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    ready.bind(notify)
    os.chmod(notify, 0o777)
    print("listening", flush=True)
    wait = True
    while True:
        if wait:
            wait_until_asked(sockets)
        pid = os.fork()
        if pid == 0:
            try:
                run(argv, sockets, notify)
            finally:
                os._exit(127)
        print("started", pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)
        wait = status == 0
        if os.WIFEXITED(status) and status:
            time.sleep(1)  # it would go on like that
        while select.select([ready], [], [], 0)[0]:
            ready.recv(4096)


main()
