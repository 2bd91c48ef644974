# SPDX-License-Identifier: LGPL-2.1-or-later
# Responders that say exactly what a test wants them to, true or not.

import heapq
import select
import socket
import struct
import threading
import time

import wire

GROUP = {4: "224.0.0.251", 6: "ff02::fb"}
IP_PKTINFO = 8


class Say:
    """Something to send: octets, when, where to and where from."""

    def __init__(self, data, delay=0, to=None, via=None, sport=5353, src=None):
        self.data = data
        self.delay = delay
        self.to = to    # None: the asker; "group"; or (address, port)
        self.via = via  # 4 or 6; None: as the query came
        self.sport = sport
        self.src = src  # another source address that the host has


class Responder:
    """Listens on 5353 of one interface and sends what the script says.

    script(query) gets a wire.Query and gives Say objects. queries keeps all
    that were heard."""

    def __init__(self, host, ifname, script, families=(4, 6)):
        self.host = host
        self.ifindex = host.ifindex(ifname)
        self.script = script
        self.queries = []
        self.sockets = {}
        self.pending = []
        self.order = 0
        self.error = None
        for family in families:
            self.sockets[family, 5353] = self.open(family, 5353)
            self.join(self.sockets[family, 5353], family)
        self.wake, self.waker = socket.socketpair()
        self.wake.setblocking(False)
        self.stop = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def open(self, family, port):
        af = socket.AF_INET if family == 4 else socket.AF_INET6
        sock = self.host.socket(af, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == 4:
            sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                            struct.pack("4s4si", b"", b"", self.ifindex))
            sock.bind(("", port))
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS,
                            255)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF,
                            self.ifindex)
            sock.bind(("::", port))
        sock.setblocking(False)
        return sock

    def join(self, sock, family):
        if family == 4:
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                            struct.pack("4s4si", socket.inet_aton(GROUP[4]),
                                        b"", self.ifindex))
        else:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                            socket.inet_pton(socket.AF_INET6, GROUP[6])
                            + struct.pack("i", self.ifindex))

    def run(self):
        try:
            while not self.stop:
                self.step()
        except Exception as why:  # seen by close()
            self.error = why

    def step(self):
        timeout = None
        if self.pending:
            timeout = max(0, self.pending[0][0] - time.monotonic())
        listening = [s for (_, port), s in self.sockets.items()
                     if port == 5353]
        ready, _, _ = select.select([self.wake, *listening], [], [], timeout)
        for sock in ready:
            if sock is self.wake:
                self.wake.recv(100)
            else:
                self.read(sock)
        while self.pending and self.pending[0][0] <= time.monotonic():
            _, _, say, query = heapq.heappop(self.pending)
            self.send(say, query)

    def read(self, sock):
        data, control, _, source = sock.recvmsg(9100, 256)
        now = time.monotonic()
        family = 4 if sock.family == socket.AF_INET else 6
        ifindex = 0
        for _, _, info in control:
            at = 0 if family == 4 else 16
            ifindex = struct.unpack_from("i", info, at)[0]
        if ifindex != self.ifindex or len(data) < 12 or data[2] & 0x80:
            return
        try:
            query = wire.Query(data, source, family, ifindex)
        except (IndexError, ValueError, struct.error):
            return  # spoilt on its way
        query.time = now
        self.queries.append(query)
        for say in self.script(query) or ():
            if say.delay:
                self.push(now + say.delay, say, query)
            else:
                self.send(say, query)

    def push(self, when, say, query):
        self.order += 1
        heapq.heappush(self.pending, (when, self.order, say, query))

    def send(self, say, query):
        family = say.via or query.family
        to = say.to or query.source
        if to == "group":
            to = (GROUP[family], 5353)
        if family == 6:
            to = (to[0].split("%")[0], to[1], 0, self.ifindex)
        key = (family, say.sport)
        if key not in self.sockets:
            self.sockets[key] = self.open(*key)
        control = []
        if say.src and family == 4:
            control = [(socket.IPPROTO_IP, IP_PKTINFO, struct.pack(
                "i4s4s", self.ifindex, socket.inet_aton(say.src), b""))]
        elif say.src:
            control = [(socket.IPPROTO_IPV6, socket.IPV6_PKTINFO,
                        socket.inet_pton(socket.AF_INET6, say.src)
                        + struct.pack("i", self.ifindex))]
        self.sockets[key].sendmsg([say.data], control, 0, to)

    def close(self):
        self.stop = True
        self.waker.send(b"x")
        self.thread.join(5)
        for sock in [*self.sockets.values(), self.wake, self.waker]:
            sock.close()
        if self.error:
            raise self.error


def answer_name(query, records, ttl=10, nsec=None, question=True, flags=None):
    """One unicast reply to a one-shot query, as RFC 6762 6.7 wants it."""
    return wire.message(
        id=query.id, flags=wire.QR | wire.AA if flags is None else flags,
        questions=query.echo() if question else (), answers=records,
        additional=nsec or ())


class Honest:
    """The script of a well-behaved responder.

    hosts: name -> list of addresses. nsec: say which families there are not.
    split: A over IPv4 only and AAAA over IPv6 only, as systemd-resolved does.
    names: reverse names -> host name. delay: seconds before each answer."""

    def __init__(self, hosts=None, nsec=False, split=False, names=None,
                 delay=0):
        self.hosts = {k.lower(): v for k, v in (hosts or {}).items()}
        self.names = {wire.reverse_name(a): n for a, n in
                      (names or {}).items()}
        self.nsec = nsec
        self.split = split
        self.delay = delay
        self.last = {}  # when a name was last multicast (RFC 6762 6)

    def records(self, query, legacy):
        options = dict(ttl=10, rclass=wire.IN) if legacy else dict(ttl=120)
        answers, extra = [], []
        done = set()
        for owner, rtype, _ in query.questions:
            key = wire.unescape(owner)
            if rtype == wire.PTR and key in self.names:
                answers.append(wire.ptr(owner, self.names[key], **options))
            if rtype not in (wire.A, wire.AAAA, wire.ANY) \
                    or key not in self.hosts or (key, rtype) in done:
                continue
            done.add((key, rtype))
            present = set()
            for text in self.hosts[key]:
                kind = wire.AAAA if ":" in text else wire.A
                present.add(kind)
                if self.split and (kind == wire.AAAA) != (query.family == 6):
                    continue
                if kind == rtype or rtype == wire.ANY:
                    answers.append(wire.address(owner, text, **options))
            if self.nsec and rtype not in present and not extra:
                extra.append(wire.nsec(owner, sorted(present), **options))
        return answers, extra

    def __call__(self, query):
        if query.legacy:
            answers, extra = self.records(query, True)
            if answers or extra:
                yield Say(answer_name(query, answers, nsec=extra),
                          delay=self.delay)
            return
        answers, extra = self.records(query, False)
        if not answers and not extra:
            return
        data = wire.message(answers=answers, additional=extra)
        if query.unicast:
            yield Say(data, delay=self.delay)
            return
        key = (query.family, *sorted(query.names))
        if query.time - self.last.get(key, -9) < 1:
            return
        self.last[key] = query.time
        yield Say(data, to="group", delay=self.delay)


class NameServer:
    """A unicast DNS server on 127.0.0.1 of a host that knows every name, and
    remembers who was asked for."""

    def __init__(self, host, address="192.0.2.53"):
        self.address = address
        self.asked = []
        self.socket = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            data, source = self.socket.recvfrom(4096)
            if not data:
                return
            query = wire.Query(data, source, 4, 0)
            owner, rtype, _ = query.questions[0]
            self.asked.append(wire.unescape(owner))
            answers = []
            if rtype == wire.A:
                answers = [wire.address(owner, self.address, rclass=wire.IN)]
            elif rtype == wire.PTR:
                answers = [wire.ptr(owner, "from.dns.test", rclass=wire.IN)]
            reply = wire.message(id=query.id, flags=0x8580,
                                 questions=query.echo(), answers=answers)
            self.socket.sendto(reply, source)

    def close(self):
        address = self.socket.getsockname()
        self.socket.sendto(b"", address)
        self.thread.join(5)
        self.socket.close()
