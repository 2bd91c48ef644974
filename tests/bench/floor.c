/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that a lookup can cost: bare exchanges over UDP and AF_UNIX. */
#include "tests/bench/floor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "resolver/protocol.h"
#include "tests/bench/measure.h"

static size_t query_write(const char *name, uint8_t buf[512])
{
	static const uint8_t header[12] = {0x12, 0x34, 0, 0, 0, 2};
	static const uint8_t end_a[] = {0, 0, 1, 0, 1};
	/* The same name once more, by a pointer. */
	static const uint8_t aaaa[] = {0xc0, 12, 0, 28, 0, 1};
	size_t pos = sizeof(header);

	memcpy(buf, header, sizeof(header));
	while (*name) {
		size_t len = strcspn(name, ".");

		buf[pos++] = (uint8_t)len;
		memcpy(buf + pos, name, len);
		pos += len;
		name += len + (name[len] == '.');
	}
	memcpy(buf + pos, end_a, sizeof(end_a));
	pos += sizeof(end_a);
	memcpy(buf + pos, aaaa, sizeof(aaaa));
	return pos + sizeof(aaaa);
}

static int query_send(int family, const uint8_t *query, size_t size)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(5353)};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(5353)};
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t sent;

	in.sin_addr.s_addr = htonl(0xe00000fb);
	in6.sin6_addr.s6_addr[0] = 0xff;
	in6.sin6_addr.s6_addr[1] = 0x02;
	in6.sin6_addr.s6_addr[15] = 0xfb;
	if (family == AF_INET)
		sent = sendto(
			fd, query, size, 0, (struct sockaddr *)&in, sizeof(in));
	else
		sent = sendto(fd, query, size, 0, (struct sockaddr *)&in6,
			sizeof(in6));
	if (sent < 0)
		bench_die("floor");
	return fd;
}

double bench_floor_exchange(const char *name, bool both)
{
	uint8_t query[512];
	uint8_t reply[2][1500];
	size_t size = query_write(name, query);
	double start = bench_now();
	int fd = query_send(AF_INET, query, size);
	int fd6 = both ? query_send(AF_INET6, query, size) : -1;
	ssize_t got = recv(fd, reply[0], sizeof(reply[0]), 0);
	ssize_t got6 = both ? recv(fd6, reply[1], sizeof(reply[1]), 0) : 0;
	double end;

	close(fd);
	if (both)
		close(fd6);
	end = bench_now();
	if (got < (ssize_t)size || memcmp(reply[0], query, 2) != 0 ||
		(both && got6 < (ssize_t)size))
		bench_die("floor: no answer");
	return end - start;
}

static struct sockaddr_un address_from(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return address;
}

static void serve(int listener)
{
	static uint8_t buf[sizeof(struct mdns_reply_answer)];

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (recv(fd, buf, sizeof(buf), 0) !=
				sizeof(struct mdns_request) ||
			send(fd, buf, sizeof(buf), MSG_NOSIGNAL) < 0)
			bench_die("floor: the server");
		close(fd);
	}
}

pid_t bench_floor_serve(const char *path)
{
	struct sockaddr_un address = address_from(path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	pid_t pid;

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, 128) < 0)
		bench_die(path);
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		bench_die("fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(fd);
	}
	close(fd);
	return pid;
}

double bench_floor_converse(const char *path)
{
	static uint8_t buf[sizeof(struct mdns_reply_answer)];
	struct sockaddr_un address = address_from(path);
	double start = bench_now();
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ssize_t got;
	double end;

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		send(fd, buf, sizeof(struct mdns_request), MSG_NOSIGNAL) < 0)
		bench_die("floor");
	got = recv(fd, buf, sizeof(buf), 0);
	close(fd);
	end = bench_now();
	if (got != sizeof(buf))
		bench_die("floor: no reply");
	return end - start;
}
