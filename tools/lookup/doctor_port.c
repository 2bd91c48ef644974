/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who else has port 5353, and can it be shared with them? */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/links.h"
#include "resolver/sockets.h"
#include "resolver/sys.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/print.h"

#define PORT 5353
#define SOCKETS_MAX 128 /* what is beyond them is not named */
#define ROOT_SEES "sudo mdns-lookup --doctor"

struct holder {
	uint64_t inode;
	uint8_t transports; /* mask of 1 << enum mdns_family */
	unsigned uid;
	unsigned pid; /* 0: not known */
	char name[17];
};

struct port {
	unsigned count;
	unsigned unknown; /* of them have no pid here */
	struct holder holder[SOCKETS_MAX];
};

/* --- who --- */

static void read_sockets(
	struct port *port, const char *path, enum mdns_family transport)
{
	char line[512];
	FILE *stream = fopen(path, "re");

	while (stream && fgets(line, sizeof(line), stream)) {
		unsigned number, uid;
		uint64_t inode;

		/* slot: address:port remote:port state queues timer
		 * retransmits uid timeout inode */
		if (sscanf(line,
			    "%*s %*[0-9A-F]:%x %*s %*s %*s %*s %*s %u %*s "
			    "%" SCNu64,
			    &number, &uid, &inode) != 3 ||
			number != PORT || port->count == SOCKETS_MAX)
			continue;
		port->holder[port->count++] = (struct holder){.inode = inode,
			.transports = (uint8_t)(1U << transport),
			.uid = uid};
	}
	if (stream)
		fclose(stream);
}

static void read_name(unsigned pid, char name[17])
{
	char path[64];
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	stream = fopen(path, "re");
	if (!stream)
		return;
	if (fgets(name, 17, stream))
		name[strcspn(name, "\n")] = '\0';
	fclose(stream);
	print_clean(name);
}

static void note_process(struct port *port, uint64_t inode, unsigned pid)
{
	unsigned i;

	for (i = 0; i < port->count; i++) {
		struct holder *holder = &port->holder[i];

		/* Of several that inherited it the oldest is the one. */
		if (holder->inode != inode || holder->pid != 0)
			continue;
		holder->pid = pid;
		read_name(pid, holder->name);
	}
}

static void search_process(struct port *port, unsigned pid)
{
	char path[64], target[64];
	struct dirent *entry;
	uint64_t inode;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		ssize_t len = readlinkat(dirfd(folder), entry->d_name, target,
			sizeof(target) - 1);

		if (len < 0)
			continue;
		target[len] = '\0';
		if (sscanf(target, "socket:[%" SCNu64, &inode) == 1)
			note_process(port, inode, pid);
	}
	if (folder)
		closedir(folder);
}

static void search_processes(struct port *port)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		unsigned long pid = strtoul(entry->d_name, NULL, 10);

		if (pid > 0)
			search_process(port, (unsigned)pid);
	}
	if (folder)
		closedir(folder);
}

/* A daemon has a socket a family, or many; it is one holder. */
static void merge(struct port *port)
{
	unsigned i, k, kept = 0;

	for (i = 0; i < port->count; i++) {
		const struct holder *holder = &port->holder[i];

		for (k = 0; k < kept; k++)
			if (port->holder[k].pid == holder->pid &&
				port->holder[k].uid == holder->uid)
				break;
		if (k < kept)
			port->holder[k].transports |= holder->transports;
		else
			port->holder[kept++] = *holder;
	}
	port->count = kept;
	for (i = 0; i < kept; i++)
		port->unknown += port->holder[i].pid == 0;
}

static void find_holders(struct port *port)
{
	read_sockets(port, "/proc/net/udp", MDNS_IPV4);
	read_sockets(port, "/proc/net/udp6", MDNS_IPV6);
	if (port->count > 0)
		search_processes(port);
	merge(port);
}

/* The holders of a port of these transports, as "chrome (process 12), ...". */
static void print_holders(
	const struct port *port, unsigned transports, char *buf, size_t size)
{
	size_t used = 0;
	unsigned i;

	snprintf(buf, size, "somebody");
	for (i = 0; i < port->count && used < size; i++) {
		const struct holder *holder = &port->holder[i];
		const char *separator = used > 0 ? ", " : "";

		if (!(holder->transports & transports))
			continue;
		if (holder->pid != 0)
			used += (size_t)snprintf(buf + used, size - used,
				"%s%s (process %u)", separator, holder->name,
				holder->pid);
		else
			used += (size_t)snprintf(buf + used, size - used,
				"%sa process of user %u", separator,
				holder->uid);
	}
}

/* --- can it be shared --- */

/* 0, or a negative errno value. Bound to the group, as it is beside others. */
static int try_share(enum mdns_family transport, uint32_t scope)
{
	int fd = mdns_socket_open(transport);
	int result;

	if (fd < 0)
		return fd;
	result = mdns_socket_share(fd, transport, true, scope);
	mdns_sys_close(fd);
	return result;
}

/* The transports on which there is a link, and the port is refused. */
static unsigned find_refused(struct doctor *doctor, int *ret_why)
{
	char scratch[MDNS_LINKS_SCRATCH] __attribute__((aligned(16)));
	struct mdns_link_filter filter = {.settings = doctor->settings,
		.only = doctor->options->only_count > 0 ? doctor->options->only
							: NULL,
		.only_count = doctor->options->only_count};
	unsigned refused = 0, done = 0, i, k;
	struct mdns_links links;

	if (mdns_links_read(&filter, scratch, sizeof(scratch), &links) < 0)
		return 0;
	for (i = 0; i < links.count; i++)
		for (k = 0; k < MDNS_FAMILIES; k++) {
			int result;

			if (!links.link[i].has[k] || (done & 1U << k) ||
				!(doctor->options->transports & 1U << k))
				continue;
			done |= 1U << k;
			result = try_share(
				(enum mdns_family)k, links.link[i].ifindex);
			if (result < 0) {
				refused |= 1U << k;
				*ret_why = result;
			}
		}
	return refused;
}

static const char *transports_text(unsigned transports)
{
	return transports == 1U << MDNS_IPV4   ? "IPv4"
	       : transports == 1U << MDNS_IPV6 ? "IPv6"
					       : "IPv4 and IPv6";
}

static const struct holder *find_holder(
	const struct port *port, unsigned transports)
{
	unsigned i;

	for (i = 0; i < port->count; i++)
		if (port->holder[i].transports & transports)
			return &port->holder[i];
	return NULL;
}

static void say_taken(
	struct doctor *doctor, const struct port *port, unsigned refused)
{
	char holders[DOCTOR_TEXT_MAX / 2], remedy[64];
	const struct holder *first = find_holder(port, refused);
	unsigned transports = refused;

	if (!first) {
		/* A socket of IPv6 may hold the port of both. */
		transports = ~0U;
		first = find_holder(port, transports);
	}
	print_holders(port, transports, holders, sizeof(holders));
	if (first && strcmp(first->name, "avahi-daemon") == 0) {
		doctor_say_edit(doctor, DOCTOR_BAD, "port-taken",
			"/etc/avahi/avahi-daemon.conf",
			"disallow-other-stacks=no",
			"%s has port 5353 of %s for itself: answers to the "
			"group are not heard",
			holders, transports_text(refused));
		return;
	}
	snprintf(remedy, sizeof(remedy), ROOT_SEES);
	if (first && first->pid != 0)
		snprintf(remedy, sizeof(remedy), "sudo kill %u", first->pid);
	doctor_say(doctor, DOCTOR_BAD, "port-taken", remedy,
		"%s has port 5353 of %s for itself: answers to the group are "
		"not heard",
		holders, transports_text(refused));
}

void doctor_check_port(struct doctor *doctor)
{
	char holders[DOCTOR_TEXT_MAX / 2];
	struct port port = {0};
	unsigned refused;
	int why = 0;

	find_holders(&port);
	refused = find_refused(doctor, &why);
	if (refused != 0 && why == -EADDRINUSE) {
		say_taken(doctor, &port, refused);
		return;
	}
	if (refused != 0) {
		doctor_say(doctor, DOCTOR_BAD, "port-denied", NULL,
			"port 5353 of %s is refused to this program: %s",
			transports_text(refused), strerror(-why));
		return;
	}
	if (port.count == 0) {
		doctor_say(doctor, DOCTOR_GOOD, "port", NULL,
			"nobody else has port 5353");
		return;
	}
	print_holders(&port, ~0U, holders, sizeof(holders));
	doctor_say(doctor, DOCTOR_NOTE, "port-shared",
		port.unknown > 0 && geteuid() != 0 ? ROOT_SEES : NULL,
		"port 5353 is shared with %s%s", holders,
		port.unknown > 0 && geteuid() != 0
			? "; root sees which that are"
			: "");
}
