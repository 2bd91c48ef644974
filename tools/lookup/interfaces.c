/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interfaces were asked, and why the others were not, in words. */
#include "config.h"

#include "tools/lookup/interfaces.h"
#include "tools/lookup/print.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/sys.h"

/* mdns_links_read wants 8 KB of scratch. */
#define SCRATCH_SIZE 16384

static bool read_links(
	const struct mdns_link_filter *filter, struct mdns_links *ret_links)
{
	char scratch[SCRATCH_SIZE] __attribute__((aligned(16)));

	memset(ret_links, 0, sizeof(*ret_links));
	return mdns_links_read(filter, scratch, sizeof(scratch), ret_links) ==
	       0;
}

static bool can_ask(const struct mdns_link *link, unsigned transports)
{
	return (link->has[MDNS_IPV4] && (transports & 1U << MDNS_IPV4)) ||
	       (link->has[MDNS_IPV6] && (transports & 1U << MDNS_IPV6));
}

void interfaces_print_asked(const struct mdns_link_filter *filter,
	unsigned transports, char *buf, size_t size)
{
	struct mdns_links links;
	size_t used = 0;
	unsigned i;

	snprintf(buf, size, "no interface");
	if (!read_links(filter, &links))
		return;
	for (i = 0; i < links.count && used < size; i++)
		if (can_ask(&links.link[i], transports))
			used += (size_t)snprintf(buf + used, size - used,
				"%s%s", used > 0 ? ", " : "",
				links.link[i].name);
}

static const char *missing_text(unsigned transports)
{
	if (transports == 1U << MDNS_IPV4)
		return "has no IPv4 address to ask from";
	if (transports == 1U << MDNS_IPV6)
		return "has no IPv6 address to ask from";
	return "has no address to ask from";
}

/* mdns_links_read sees this and says nothing. */
bool interfaces_is_port(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s/brport", name);
	if (access(path, F_OK) == 0)
		return true;
	snprintf(path, sizeof(path), "/sys/class/net/%s/bonding_slave", name);
	return access(path, F_OK) == 0;
}

bool interfaces_is_there(const char *glob)
{
	struct if_nameindex *list = if_nameindex();
	bool there = !list; /* not known */
	unsigned i;

	for (i = 0; list && list[i].if_index != 0; i++)
		if (mdns_settings_glob(glob, list[i].if_name))
			there = true;
	if (list)
		if_freenameindex(list);
	return there;
}

static const char *reason_text(const struct mdns_link_filter *filter,
	const struct mdns_links *links, unsigned transports, const char *name,
	unsigned flags)
{
	static const char port[] =
		"part of a bridge or bond, which is asked instead";
	unsigned i;

	switch (mdns_link_judge(filter, name, flags)) {
	case MDNS_LINK_DOWN:
		return "down, or nothing is connected";
	case MDNS_LINK_LOOPBACK:
		return "loopback, leads nowhere";
	case MDNS_LINK_NO_MULTICAST:
		return "cannot multicast";
	case MDNS_LINK_POINT_TO_POINT:
		return "point-to-point, asked only if named by -i or by "
		       "interfaces in " MDNS_SETTINGS_PATH;
	case MDNS_LINK_BRIDGE_PORT:
		return port;
	case MDNS_LINK_DENIED:
		return filter->only ? "not named on the command line"
				    : "not allowed by " MDNS_SETTINGS_PATH;
	case MDNS_LINK_ELIGIBLE:
		break;
	}
	for (i = 0; i < links->count; i++)
		if (strcmp(links->link[i].name, name) == 0 &&
			can_ask(&links->link[i], transports))
			return "cannot send: a firewall, or no route";
	return interfaces_is_port(name) ? port : missing_text(transports);
}

bool interfaces_each(void (*each)(void *context, const char *name,
			     unsigned index, unsigned flags),
	void *context)
{
	struct if_nameindex *list = if_nameindex();
	int fd = mdns_sys_socket(AF_INET, SOCK_DGRAM, 0);
	unsigned i;

	for (i = 0; list && fd >= 0 && list[i].if_index != 0; i++) {
		struct ifreq request = {0};

		memcpy(request.ifr_name, list[i].if_name,
			strnlen(list[i].if_name, IF_NAMESIZE - 1));
		if (mdns_sys_ioctl(fd, SIOCGIFFLAGS, &request) >= 0)
			each(context, list[i].if_name, list[i].if_index,
				(unsigned short)request.ifr_flags);
	}
	if (list)
		if_freenameindex(list);
	if (fd < 0)
		return false;
	mdns_sys_close(fd);
	return list != NULL;
}

struct reasons {
	const struct mdns_link_filter *filter;
	unsigned transports;
	struct mdns_links links;
};

static void print_reason(
	void *context, const char *name, unsigned index, unsigned flags)
{
	const struct reasons *reasons = context;

	(void)index;
	fprintf(stderr, "  %-*s  %s\n", IF_NAMESIZE - 1, name,
		reason_text(reasons->filter, &reasons->links,
			reasons->transports, name, flags));
}

/* What was typed may be anything. */
static void print_absent(const char *typed)
{
	char name[IF_NAMESIZE];

	snprintf(name, sizeof(name), "%s", typed);
	print_clean(name);
	fprintf(stderr, "  %-*s  there is no such interface\n", IF_NAMESIZE - 1,
		name);
}

void interfaces_print_reasons(
	const struct mdns_link_filter *filter, unsigned transports)
{
	struct reasons reasons = {.filter = filter, .transports = transports};
	unsigned i;

	for (i = 0; filter->only && i < filter->only_count; i++)
		if (!interfaces_is_there(filter->only[i]))
			print_absent(filter->only[i]);
	/* What cannot be read has no addresses. */
	read_links(filter, &reasons.links);
	if (!interfaces_each(print_reason, &reasons))
		fputs("  (the interfaces cannot be listed here)\n", stderr);
}
