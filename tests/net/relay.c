/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* relay INTERFACE INTERFACE [DELAY-MS [SPREAD-MS [TWICE% [SPOIL%]]]]: carries
 * the frames of each to the other, later, sometimes twice, out of order, or with
 * one octet of the UDP data changed and the checksum mended, so that it arrives.
 * For the namespaces of the tests only. */
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define HELD_MAX 4096
#define FRAME_MAX 2048

struct frame {
	int64_t due; /* milliseconds; 0: free */
	unsigned to;
	size_t size;
	uint8_t octets[FRAME_MAX];
};

static struct frame held[HELD_MAX];
static int fds[2];
static unsigned delay, spread, twice, spoil; /* ms, ms, %, % */

static int64_t now_msec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool happens(unsigned percent)
{
	return (unsigned)(random() % 100) < percent;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* Where UDP begins, or 0. */
static size_t find_udp(const uint8_t *frame, size_t size)
{
	if (size > 14 + 20 + 8 && get16(frame + 12) == 0x0800 &&
		frame[14 + 9] == IPPROTO_UDP &&
		(get16(frame + 14 + 6) & 0x3fff) == 0)
		return 14 + (size_t)(frame[14] & 15) * 4;
	if (size > 14 + 40 + 8 && get16(frame + 12) == 0x86dd &&
		frame[14 + 6] == IPPROTO_UDP)
		return 14 + 40;
	return 0;
}

/* The frames come from a veth pair, where the sum is often left to hardware that
 * is not there: so it is made anew, of the whole. */
static void mend_checksum(uint8_t *frame, size_t udp)
{
	bool ipv4 = frame[12] == 0x08;
	const uint8_t *addresses = frame + 14 + (ipv4 ? 12 : 8);
	size_t length = get16(frame + udp + 4), i;
	uint32_t sum = IPPROTO_UDP + (uint32_t)length;

	frame[udp + 6] = frame[udp + 7] = 0;
	for (i = 0; i < (ipv4 ? 8u : 32u); i += 2)
		sum += get16(addresses + i);
	for (i = 0; i + 1 < length; i += 2)
		sum += get16(frame + udp + i);
	if (length % 2)
		sum += (uint32_t)frame[udp + length - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum & 0xffff;
	if (sum == 0)
		sum = 0xffff;
	frame[udp + 6] = (uint8_t)(sum >> 8);
	frame[udp + 7] = (uint8_t)sum;
}

static void spoil_octet(uint8_t *frame, size_t udp, size_t size)
{
	size_t length = get16(frame + udp + 4);

	if (length <= 8 || udp + length > size)
		return;
	frame[udp + 8 + (size_t)random() % (length - 8)] ^=
		(uint8_t)(1 + random() % 255);
}

static void hold(const uint8_t *frame, size_t size, unsigned to)
{
	size_t udp = find_udp(frame, size), i;

	for (i = 0; i < HELD_MAX && held[i].due; i++)
		;
	if (i == HELD_MAX)
		return;
	memcpy(held[i].octets, frame, size);
	held[i].size = size;
	held[i].to = to;
	held[i].due = now_msec();
	if (udp == 0) /* neighbours find each other without delay */
		return;
	held[i].due += delay;
	if (spread > 0)
		held[i].due += (int64_t)(random() % (long)spread);
	if (happens(spoil))
		spoil_octet(held[i].octets, udp, size);
	if (udp + get16(held[i].octets + udp + 4) <= size)
		mend_checksum(held[i].octets, udp);
}

static void receive(unsigned from)
{
	uint8_t frame[FRAME_MAX];
	struct sockaddr_ll source;
	socklen_t length = sizeof(source);
	ssize_t n = recvfrom(fds[from], frame, sizeof(frame), MSG_DONTWAIT,
		(struct sockaddr *)&source, &length);

	if (n <= 14 || source.sll_pkttype == PACKET_OUTGOING)
		return;
	hold(frame, (size_t)n, !from);
	if (happens(twice))
		hold(frame, (size_t)n, !from);
}

/* How long until the next one is due; -1: there is none. */
static int send_due(void)
{
	int64_t now = now_msec(), next = -1;
	size_t i;

	for (i = 0; i < HELD_MAX; i++) {
		if (!held[i].due)
			continue;
		if (held[i].due <= now) {
			if (send(fds[held[i].to], held[i].octets, held[i].size,
				    0) < 0)
				perror("relay: send");
			held[i].due = 0;
		} else if (next < 0 || held[i].due < next) {
			next = held[i].due;
		}
	}
	return next < 0 ? -1 : (int)(next - now);
}

static int open_link(const char *ifname)
{
	struct sockaddr_ll link = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(ifname)};
	struct packet_mreq all = {
		.mr_ifindex = link.sll_ifindex, .mr_type = PACKET_MR_PROMISC};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || link.sll_ifindex == 0 ||
		bind(fd, (struct sockaddr *)&link, sizeof(link)) < 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all,
			sizeof(all)) < 0) {
		perror(ifname);
		exit(2);
	}
	return fd;
}

int main(int argc, char **argv)
{
	unsigned *const numbers[4] = {&delay, &spread, &twice, &spoil};
	int i;

	if (argc < 3 || argc > 7) {
		fputs("usage: relay INTERFACE INTERFACE [DELAY-MS [SPREAD-MS "
		      "[TWICE% [SPOIL%]]]]\n",
			stderr);
		return 2;
	}
	for (i = 3; i < argc; i++)
		*numbers[i - 3] = (unsigned)strtoul(argv[i], NULL, 10);
	for (i = 0; i < 2; i++)
		fds[i] = open_link(argv[1 + i]);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		struct pollfd polls[2] = {
			{fds[0], POLLIN, 0}, {fds[1], POLLIN, 0}};

		poll(polls, 2, send_due());
		for (i = 0; i < 2; i++)
			if (polls[i].revents)
				receive((unsigned)i);
	}
}
