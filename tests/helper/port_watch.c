/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests: runs tools/helper/port.c and prints what it hears. */
#include "config.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/err.h"
#include "tools/helper/port.h"

#define PASSED_MAX 16

static void print_heard(struct port *port, unsigned index)
{
	uint8_t buf[512];
	struct mdns_origin origin;
	char source[INET6_ADDRSTRLEN];
	int n;

	while ((n = port_receive(port, index, buf, sizeof(buf), &origin)) >=
		0) {
		inet_ntop(origin.transport == MDNS_IPV4 ? AF_INET : AF_INET6,
			origin.source, source, sizeof(source));
		printf("heard %d index=%u group=%d from=%s port=%u way=%d "
		       "on_link=%d text=%.*s\n",
			origin.transport == MDNS_IPV4 ? 4 : 6, origin.ifindex,
			origin.to_group, source, origin.port, origin.way,
			origin.on_link, n, (const char *)buf);
	}
	if (n != MDNS_ERR_NOT_FOUND)
		printf("failed receive %d\n", n);
}

/* join, leave or send, 4 or 6, the link's number, and a text to send. */
static void obey(struct port *port, const char *line)
{
	char verb[8], text[64] = "";
	unsigned family, ifindex;
	enum mdns_family transport;
	int result = 0;

	if (sscanf(line, "%7s %u %u %63s", verb, &family, &ifindex, text) < 3)
		return;
	transport = family == 4 ? MDNS_IPV4 : MDNS_IPV6;
	if (strcmp(verb, "join") == 0)
		result = port_join(port, transport, ifindex);
	else if (strcmp(verb, "leave") == 0)
		port_leave(port, transport, ifindex);
	else
		result = port_send(port, transport, ifindex,
			(const uint8_t *)text, strlen(text));
	printf("done %d\n", result);
}

int main(int argc, char **argv)
{
	struct port port;
	int passed[PASSED_MAX];
	unsigned i, count = 0;
	bool may_open = true;
	int result;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	/* --only: opens none of its own; else descriptors that came along. */
	for (i = 1; i < (unsigned)argc && count < PASSED_MAX; i++) {
		if (strcmp(argv[i], "--only") == 0)
			may_open = false;
		else
			passed[count++] = atoi(argv[i]);
	}
	result = port_open(&port, passed, count, may_open);
	if (result < 0) {
		printf("failed %d\n", result);
		return 1;
	}
	printf("ready");
	for (i = 0; i < port.count; i++)
		printf(" %d", port.socket[i].transport == MDNS_IPV4 ? 4 : 6);
	printf("\n");
	for (;;) {
		struct pollfd fds[1 + PORT_SOCKETS] = {
			{STDIN_FILENO, POLLIN, 0}};
		char line[256];

		for (i = 0; i < port.count; i++) {
			fds[1 + i].fd = port.socket[i].fd;
			fds[1 + i].events = POLLIN;
		}
		if (poll(fds, 1 + port.count, -1) < 0)
			break;
		for (i = 0; i < port.count; i++)
			if (fds[1 + i].revents)
				print_heard(&port, i);
		if (!fds[0].revents)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			break;
		obey(&port, line);
	}
	port_close(&port);
	return 0;
}
