# SPDX-License-Identifier: LGPL-2.1-or-later
# The links of growth.py and who is on them: many hosts that announce
# themselves, many links of one client, and the queries that it sends.

import socket
import struct
import time

import lab


def addresses(number):
    """As is_of in growth.c has it."""
    row = number // 200
    return (f"10.{100 + row // 200}.{row % 200}.{number % 200 + 1}",
            f"2001:db8:1::{number + 1 >> 16:x}:{number + 1 & 0xffff:x}")


def hosts_lines(count):
    return [f"host-{i}.local {' '.join(addresses(i))}" for i in range(count)]


def announcements(first, last):
    """What the hosts say by themselves (RFC 6762 8.3), 20 of them in a
    message, as a busy reflector would."""
    for start in range(first, last, 20):
        message = bytearray()
        local = 0
        for i in range(start, min(start + 20, last)):
            four, six = addresses(i)
            owner = 12 + len(message)
            label = f"host-{i}".encode()
            message += bytes([len(label)]) + label
            if local:
                message += struct.pack("!H", 0xC000 | local)
            else:
                local = 12 + len(message)
                message += b"\5local\0"
            message += struct.pack("!HHIH", 1, 0x8001, 120, 4)
            message += socket.inet_pton(socket.AF_INET, four)
            message += struct.pack("!HHHIH", 0xC000 | owner, 28, 0x8001, 120,
                                   16)
            message += socket.inet_pton(socket.AF_INET6, six)
        count = 2 * (min(start + 20, last) - start)
        yield struct.pack("!6H", 0, 0x8400, 0, count, 0, 0) + message


# Not in every Python's socket module.
IP_MULTICAST_ALL, IPV6_MULTICAST_ALL = 49, 29


class Announcer:
    """Speaks for all hosts, from the responder's end of a client's link."""

    def __init__(self, responder, client):
        self.client = client
        ifname = f"wire{client.number}"
        index = responder.ifindex(ifname)
        self.sockets = []
        for family, group in ((socket.AF_INET, "224.0.0.251"),
                              (socket.AF_INET6, "ff02::fb")):
            each = responder.socket(family, socket.SOCK_DGRAM)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE,
                            ifname.encode())
            # It only speaks: what is asked is for the responder.
            if family == socket.AF_INET:
                each.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
                each.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL,
                                255)
                each.bind(("", 5353))
                self.sockets.append((each, (group, 5353)))
            else:
                each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                each.setsockopt(socket.IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
                each.setsockopt(socket.IPPROTO_IPV6,
                                socket.IPV6_MULTICAST_HOPS, 255)
                each.bind(("", 5353))
                self.sockets.append((each, (group, 5353, 0, index)))

    def announce(self, first, last):
        for i, message in enumerate(announcements(first, last)):
            for each, to in self.sockets:
                each.sendto(message, to)
            if i % 10 == 9:
                self.wait(32768)
        self.wait(0)
        self.settle()

    def wait(self, octets):
        """Until the client's daemon has read what was sent but for that, so
        that nothing is lost."""
        deadline = time.monotonic() + 30
        while self.unread() > octets:
            lab.check(time.monotonic() < deadline,
                      "the daemon does not read what is announced")
            time.sleep(0.001)

    def settle(self):
        """Until the daemon has no more work with it: that comes later."""
        deadline = time.monotonic() + 5
        used, now = -1, self.client.cpu()
        while now - used > 0.002 and time.monotonic() < deadline:
            time.sleep(0.1)
            used, now = now, self.client.cpu()

    def unread(self):
        most = 0
        for file in ("udp", "udp6"):
            with open(f"/proc/{self.client.host.holder.pid}/net/{file}") as f:
                for line in f:
                    words = line.split()
                    if words[1].endswith(":14E9"):
                        most = max(most, int(words[4].split(":")[1], 16))
        return most

    def close(self):
        for each, _ in self.sockets:
            each.close()


def is_query(datagram, protocol):
    """Not what avahi-daemon and systemd-resolved say of themselves."""
    return (protocol == 17 and len(datagram) > 10 and
            datagram[2:4] == b"\x14\xe9" and not datagram[10] & 0x80)


class Tap:
    """Counts the queries that a client sends, over all its links."""

    def __init__(self, host):
        self.socket = host.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(3))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.setblocking(False)

    def count(self):
        """Since the last time."""
        count = 0
        while True:
            try:
                packet, source = self.socket.recvfrom(2048)
            except BlockingIOError:
                return count
            out = source[2] == socket.PACKET_OUTGOING and source[0] != "lo"
            if out and packet[0] >> 4 == 4:
                count += is_query(packet[(packet[0] & 15) * 4:], packet[9])
            elif out and packet[0] >> 4 == 6:
                count += is_query(packet[40:], packet[6])

    def wait_silence(self):
        """A daemon may still be asking whether its host's name is taken."""
        deadline = time.monotonic() + 5
        time.sleep(0.3)
        while self.count() and time.monotonic() < deadline:
            time.sleep(0.3)

    def close(self):
        self.socket.close()


def more_links(grower, responder, count):
    """As many links as that, each a cable of its own to the responder. Their
    names there."""
    number = grower.number
    here, there, names = [], [], [f"wire{number}"]
    for i in range(1, count):
        mine, its = f"eth{i}", f"more{number}x{i}"
        names.append(its)
        here.append(f"link add {mine} type veth peer name {its} netns "
                    f"{responder.holder.pid}")
        for lines, name, last in ((here, mine, 1), (there, its, 2)):
            lines += [f"link set {name} up",
                      f"addr add 10.{10 + number}.{i}.{last}/24 dev {name}",
                      f"addr add 2001:db8:{number + 256:x}:{i:x}::{last}/64 "
                      f"dev {name} nodad"]
    for host, lines in ((grower.host, here), (responder, there)):
        done = host.run("ip", "-batch", "-",
                        input="".join(line + "\n" for line in lines))
        lab.check(done.returncode == 0, "ip -batch:", done.stderr)
    for line in grower.host.ip("-o link show").splitlines():
        if ": eth" in line:  # for systemd-resolved, as networkd would
            grower.host.write("/run/systemd/resolve/netif/" +
                              line.split(":")[0], "MDNS=yes\n")
    lab.until(lambda: grower.host.ip("-o link show").count("state UP") ==
              count, 5, "the links")
    return names
