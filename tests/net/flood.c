/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Multicasts answers that nobody has asked for, as many a second as wanted:
 * what a link full of noise, or of malice, looks like. For the namespaces of
 * the tests only. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 32
#define SIZE 128
#define PORT 5353

enum kind { UNIQUE, TTLS, SERVICES, NOISE };

static const char kinds[][9] = {"unique", "ttls", "services", "noise"};

static uint64_t dice = 88172645463325252u;

static uint64_t roll(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return dice;
}

static int64_t now_nsec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static uint8_t *put(uint8_t *at, const void *octets, size_t size)
{
	memcpy(at, octets, size);
	return at + size;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	const uint32_t big = htonl(value);

	return put(at, &big, 4);
}

/* A label of nine octets. */
static uint8_t *put_number(uint8_t *at, uint32_t number)
{
	char text[16];

	snprintf(text, sizeof(text), "%08u", number % 100000000);
	*at++ = 8;
	return put(at, text, 8);
}

/* Of the next batch: noise comes in all sizes. */
static size_t make_size(enum kind kind)
{
	switch (kind) {
	case UNIQUE:
		return 42;
	case TTLS:
		return 41;
	case SERVICES:
		return 51;
	case NOISE:
		break;
	}
	return 12 + (size_t)(roll() % (SIZE - 12));
}

static void make(enum kind kind, uint32_t number, uint8_t *packet, size_t size)
{
	static const uint8_t header[12] = {0, 0, 0x84, 0, 0, 0, 0, 1};
	uint8_t *at = put(packet, header, sizeof(header));
	size_t i;

	switch (kind) {
	case UNIQUE:
		at = put_number(at, number);
		at = put(at, "\5local\0\0\1\x80\1\0\0\x11\x94\0\4", 17);
		break;
	case TTLS:
		at = put(at, "\7shifter\5local\0\0\1\x80\1", 19);
		at = put32(at, 1 + number % 4500);
		at = put(at, "\0\4", 2);
		break;
	case SERVICES:
		at = put(at, "\5_junk\4_tcp\5local\0\0\14\0\1\0\0\x11\x94\0\13",
			28);
		at = put_number(at, number);
		at = put(at, "\xc0\14", 2);
		break;
	case NOISE:
		for (i = 12; i < size; i++)
			packet[i] = (uint8_t)roll();
		return;
	}
	if (kind != SERVICES)
		at = put32(at, 0x0a090000 + number % 250);
	if ((size_t)(at - packet) != size) {
		fprintf(stderr, "flood: a packet of %td octets\n", at - packet);
		exit(2);
	}
}

static int open_port(const char *ifname)
{
	const int on = 1, hops = 255;
	struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_port = htons(PORT)};
	struct sockaddr_in to = from;
	struct ip_mreqn link = {.imr_ifindex = (int)if_nametoindex(ifname)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, "224.0.0.251", &to.sin_addr);
	if (fd < 0 || link.imr_ifindex == 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &link,
			sizeof(link)) < 0 ||
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &hops,
			sizeof(hops)) < 0 ||
		bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0 ||
		connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("flood");
		exit(2);
	}
	return fd;
}

/* One after the other, all of one size. Who sends them as segments of one
 * message spares the kernel half of the work. */
static void send_all(int fd, const uint8_t *octets, size_t size, unsigned count)
{
	const int segment = (int)size;

	while ((setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment,
			sizeof(segment)) < 0 ||
		       send(fd, octets, size * count, 0) < 0) &&
		(errno == ENOBUFS || errno == EAGAIN))
		;
}

static void flood(int fd, enum kind kind, uint32_t count, uint32_t rate)
{
	static uint8_t octets[BATCH * SIZE];
	int64_t start = now_nsec();
	uint32_t number = 0;
	double seconds;

	while (number < count) {
		int64_t due = start + (int64_t)number * 1000000000 / rate;
		struct timespec ts = {
			(time_t)(due / 1000000000), (long)(due % 1000000000)};
		size_t size = make_size(kind);
		unsigned i;

		if (due > now_nsec())
			clock_nanosleep(
				CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		for (i = 0; i < BATCH && number < count; i++)
			make(kind, number++, octets + i * size, size);
		send_all(fd, octets, size, i);
	}
	seconds = (double)(now_nsec() - start) / 1e9;
	printf("sent %u in %.2f s\n", number, seconds);
}

int main(int argc, char **argv)
{
	unsigned kind;

	for (kind = 0; argc == 5 && kind <= NOISE; kind++)
		if (strcmp(argv[2], kinds[kind]) == 0) {
			flood(open_port(argv[1]), (enum kind)kind,
				(uint32_t)strtoul(argv[3], NULL, 10),
				(uint32_t)strtoul(argv[4], NULL, 10));
			return 0;
		}
	fputs("usage: flood INTERFACE unique|ttls|services|noise COUNT "
	      "PACKETS-A-SECOND\n",
		stderr);
	return 2;
}
