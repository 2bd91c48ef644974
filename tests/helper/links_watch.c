/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests: runs tools/helper/links.c and prints what it tells. */
#include "config.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/helper/links.h"

static const char *const change_names[] = {
	[LINK_CAME] = "came",
	[LINK_WENT] = "went",
	[LINK_GAINED] = "gained",
	[LINK_CHANGED] = "changed",
};

static void print_link(const char *what, const struct link *link)
{
	printf("%s %s has=%s%s mtu=%u index=%u addresses=%u state=%d\n", what,
		link->name, link->has[MDNS_IPV4] ? "4" : "",
		link->has[MDNS_IPV6] ? "6" : "", link->mtu, link->ifindex,
		link->address_count, (int)link->state);
}

static void print_change(
	void *context, enum links_change change, struct link *link)
{
	unsigned *told = context;

	++*told;
	print_link(change_names[change], link);
	/* The next time it comes this is to be 0 again. */
	if (link->sent != 0 && change == LINK_CAME)
		printf("dirty\n");
	link->sent = 1;
}

static void print_status(const struct links *links, unsigned told)
{
	struct rusage usage;
	unsigned i;

	for (i = 0; i < links->count; i++)
		print_link("link", links->link[i]);
	getrusage(RUSAGE_SELF, &usage);
	printf("status count=%u dropped=%u overruns=%llu told=%u cpu=%lld\n",
		links->count, links->dropped,
		(unsigned long long)links->overruns, told,
		(long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
				1000000 +
			usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void print_owner(const struct links *links, const char *text)
{
	uint8_t addr[16];

	if (inet_pton(AF_INET, text, addr) == 1)
		printf("owner %u\n", links_owner(links, MDNS_IPV4, addr));
	else if (inet_pton(AF_INET6, text, addr) == 1)
		printf("owner %u\n", links_owner(links, MDNS_IPV6, addr));
}

static int open_netlink(int size)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK,
		.nl_groups =
			RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) ||
		bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		perror("netlink");
		exit(1);
	}
	return fd;
}

static unsigned read_port_id(int fd)
{
	struct sockaddr_nl addr = {0};
	socklen_t size = sizeof(addr);

	getsockname(fd, (struct sockaddr *)&addr, &size);
	return addr.nl_pid;
}

/* hold and go: as if the process had something else to do meanwhile. */
static void obey(struct links *links, struct mdns_settings *settings,
	const char *line, unsigned told, bool *held)
{
	if (strcmp(line, "hold") == 0) {
		*held = true;
	} else if (strcmp(line, "go") == 0) {
		*held = false;
	} else if (strcmp(line, "status") == 0) {
		print_status(links, told);
	} else if (strncmp(line, "owner ", 6) == 0) {
		print_owner(links, line + 6);
	} else if (strncmp(line, "settings ", 9) == 0) {
		mdns_settings_init(settings);
		mdns_settings_parse(
			settings, line + 9, strlen(line + 9), NULL, NULL);
		links_judge(links, settings);
	}
	printf("done %s\n", line);
}

int main(int argc, char **argv)
{
	struct mdns_settings settings;
	struct links links;
	unsigned told = 0;
	int fd = -1, result;
	bool held = false;

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	mdns_settings_init(&settings);
	if (argc == 3 && strcmp(argv[1], "--rcvbuf") == 0)
		fd = open_netlink(atoi(argv[2]));
	else if (argc == 3 && strcmp(argv[1], "--passed") == 0)
		fd = atoi(argv[2]);
	result = links_open(&links, fd, &settings, print_change, &told);
	if (result < 0) {
		printf("failed %s\n", strerror(-result));
		return 1;
	}
	printf("ready %u\n", read_port_id(links.fd));
	for (;;) {
		struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0},
			{held ? -1 : links.fd, POLLIN, 0}};
		char line[256];

		if (poll(fds, 2, -1) < 0)
			break;
		if (fds[1].revents)
			links_read(&links);
		if (!fds[0].revents)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			break;
		line[strcspn(line, "\n")] = '\0';
		obey(&links, &settings, line, told, &held);
	}
	links_close(&links);
	return 0;
}
