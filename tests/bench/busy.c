/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A busy link. Of the 600 packets a minute 100 are announcements, one of each
 * host over IPv4 and IPv6: addresses, service, text; 250 are questions of those
 * who browse, with what they know already; 250 are answers to others. */
#include "tests/bench/busy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "resolver/message.h"
#include "resolver/random.h"
#include "resolver/rr.h"
#include "tests/bench/measure.h"

#define UNIQUE (MDNS_CLASS_IN | MDNS_CLASS_TOP_BIT)
#define TTL_HOST 120   /* RFC 6762 10 */
#define TTL_OTHER 4500 /* the same */

/* Between two packets, so that each wakes the listener. */
#define PAUSE 60000 /* ns */

static int sockets[2];
static struct sockaddr_in group4 = {.sin_family = AF_INET};
static struct sockaddr_in6 group6 = {.sin6_family = AF_INET6};
static struct mdns_random numbers;
static const struct mdns_name service = {17, "\4_ipp\4_tcp\5local"};

/* --- sockets --- */

static void option_set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		bench_die("setsockopt");
}

static void open_ipv4(unsigned ifindex)
{
	const struct ip_mreqn link = {.imr_ifindex = (int)ifindex};
	struct sockaddr_in own = {
		.sin_family = AF_INET, .sin_port = htons(MDNS_PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		bench_die("socket");
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	option_set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 255);
	option_set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &link, sizeof(link)) <
			0 ||
		bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
		bench_die("port 5353 over IPv4");
	group4.sin_port = own.sin_port;
	group4.sin_addr.s_addr = htonl(0xe00000fb);
	sockets[0] = fd;
}

static void open_ipv6(unsigned ifindex)
{
	struct sockaddr_in6 own = {
		.sin6_family = AF_INET6, .sin6_port = htons(MDNS_PORT)};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		bench_die("socket");
	option_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	option_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
	option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
	if (bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0)
		bench_die("port 5353 over IPv6");
	group6.sin6_port = own.sin6_port;
	group6.sin6_scope_id = ifindex;
	inet_pton(AF_INET6, "ff02::fb", &group6.sin6_addr);
	sockets[1] = fd;
}

void bench_busy_open(pid_t peer, const char *ifname)
{
	int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	char path[64];
	int theirs;
	unsigned ifindex;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)peer);
	theirs = open(path, O_RDONLY | O_CLOEXEC);
	if (ours < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET) < 0)
		bench_die(path);
	ifindex = if_nametoindex(ifname);
	if (ifindex == 0)
		bench_die(ifname);
	open_ipv4(ifindex);
	open_ipv6(ifindex);
	if (setns(ours, CLONE_NEWNET) < 0)
		bench_die("setns");
	close(ours);
	close(theirs);
	mdns_random_init(&numbers, 1);
	/* A pause is as long as it says. */
	prctl(PR_SET_TIMERSLACK, 1ul);
}

/* --- messages --- */

static void host_name(unsigned host, struct mdns_name *ret_name)
{
	const char *text = bench_name("busy", host);

	if (mdns_name_parse(text, strlen(text), ret_name) < 0)
		bench_die(text);
}

static void instance_name(unsigned host, struct mdns_name *ret_name)
{
	char label[64];
	size_t len = (size_t)snprintf(
		label, sizeof(label), "Printer %u, first floor", host);

	ret_name->wire[0] = (uint8_t)len;
	memcpy(ret_name->wire + 1, label, len);
	memcpy(ret_name->wire + 1 + len, service.wire, service.len);
	ret_name->len = (uint16_t)(1 + len + service.len);
}

static void addresses_write(
	struct mdns_writer *writer, enum mdns_section section, unsigned host)
{
	const uint8_t a[4] = {192, 0, 2, (uint8_t)(100 + host)};
	const uint8_t aaaa[16] = {
		0x20, 0x01, 0x0d, 0xb8, [14] = 1, (uint8_t)(100 + host)};
	struct mdns_name name;

	host_name(host, &name);
	mdns_writer_record(
		writer, section, &name, MDNS_TYPE_A, UNIQUE, TTL_HOST);
	mdns_writer_bytes(writer, a, sizeof(a));
	mdns_writer_record_end(writer);
	mdns_writer_record(
		writer, section, &name, MDNS_TYPE_AAAA, UNIQUE, TTL_HOST);
	mdns_writer_bytes(writer, aaaa, sizeof(aaaa));
	mdns_writer_record_end(writer);
}

static void pointer_write(struct mdns_writer *writer, unsigned host)
{
	struct mdns_name instance;

	instance_name(host, &instance);
	mdns_writer_record(writer, MDNS_SECTION_ANSWER, &service, MDNS_TYPE_PTR,
		MDNS_CLASS_IN, TTL_OTHER);
	mdns_writer_name(writer, &instance, true);
	mdns_writer_record_end(writer);
}

static void service_write(
	struct mdns_writer *writer, enum mdns_section section, unsigned host)
{
	static const uint8_t text[] = "\11txtvers=1\10duplex=T"
				      "\25rp=printers/first/one";
	struct mdns_name instance, name;

	instance_name(host, &instance);
	host_name(host, &name);
	mdns_writer_record(
		writer, section, &instance, MDNS_TYPE_SRV, UNIQUE, TTL_HOST);
	mdns_writer_bytes(writer, "\0\0\0\0\2\167", 6);
	mdns_writer_name(writer, &name, true);
	mdns_writer_record_end(writer);
	mdns_writer_record(
		writer, section, &instance, MDNS_TYPE_TXT, UNIQUE, TTL_OTHER);
	mdns_writer_bytes(writer, text, sizeof(text) - 1);
	mdns_writer_record_end(writer);
}

static void announce(struct mdns_writer *writer, unsigned host)
{
	addresses_write(writer, MDNS_SECTION_ANSWER, host);
	pointer_write(writer, host);
	service_write(writer, MDNS_SECTION_ANSWER, host);
}

/* Who browses knows some of them (RFC 6762 7.1). */
static void question(struct mdns_writer *writer, unsigned host)
{
	mdns_writer_question(writer, &service, MDNS_TYPE_PTR, MDNS_CLASS_IN);
	for (unsigned i = 0; i < 5; i++)
		pointer_write(writer, (host + i) % BENCH_BUSY_HOSTS);
}

static void answer(struct mdns_writer *writer, unsigned host)
{
	if (mdns_random_below(&numbers, 2) == 0) {
		addresses_write(writer, MDNS_SECTION_ANSWER, host);
		return;
	}
	pointer_write(writer, host);
	service_write(writer, MDNS_SECTION_ADDITIONAL, host);
	addresses_write(writer, MDNS_SECTION_ADDITIONAL, host);
}

/* --- time --- */

static void send_out(bool ipv6, const uint8_t *bytes, size_t size)
{
	const struct timespec pause = {0, PAUSE};
	ssize_t sent;

	if (ipv6)
		sent = sendto(sockets[1], bytes, size, 0,
			(struct sockaddr *)&group6, sizeof(group6));
	else
		sent = sendto(sockets[0], bytes, size, 0,
			(struct sockaddr *)&group4, sizeof(group4));
	if (sent < 0)
		bench_die("a busy link");
	nanosleep(&pause, NULL);
}

/* Every sixth packet is an announcement, so that each host has two, one over
 * each transport. */
void bench_busy_minute(void)
{
	for (unsigned i = 0; i < BENCH_BUSY_PACKETS; i++) {
		unsigned host = mdns_random_below(&numbers, BENCH_BUSY_HOSTS);
		bool ask = i % 12 == 1 || i % 12 == 3 || i % 12 == 5 ||
			   i % 12 == 7 || i % 12 == 9;
		uint8_t bytes[1500];
		struct mdns_writer writer;
		int size;

		mdns_writer_init(&writer, bytes, sizeof(bytes), 0,
			ask ? 0 : MDNS_FLAG_QR | MDNS_FLAG_AA);
		if (i % 6 == 0)
			announce(&writer, i / 12);
		else if (ask)
			question(&writer, host);
		else
			answer(&writer, host);
		size = mdns_writer_end(&writer);
		if (size < 0)
			bench_die("a message is too long");
		send_out(i % 12 >= 6, bytes, (size_t)size);
	}
}
