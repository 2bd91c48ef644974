/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links of this host that can be asked, and which addresses are on them. */
#ifndef MDNS_LINKS_H
#define MDNS_LINKS_H

#include "resolver/answer.h"
#include "resolver/settings.h"

#define MDNS_LOOPBACK_IFINDEX 1 /* in every network namespace */
#define MDNS_LINKS_SCRATCH 8192
#define MDNS_LINKS_MAX 32
#define MDNS_PREFIXES_MAX 128
#define MDNS_LINK_NAME_MAX 16 /* IFNAMSIZ */

struct mdns_link {
	uint32_t ifindex;
	bool has[MDNS_FAMILIES]; /* an address to ask from */
	char name[MDNS_LINK_NAME_MAX];
};

/* An address of this host with the prefix of its link. */
struct mdns_prefix {
	uint32_t ifindex;
	uint8_t family; /* enum mdns_family */
	uint8_t length; /* bits */
	bool own;       /* not the other end's */
	uint8_t bytes[16];
};

struct mdns_links {
	unsigned count;
	unsigned prefix_count;
	unsigned dropped;     /* links and addresses that did not fit */
	uint64_t fingerprint; /* the same as long as the eligible links and
				 their addresses are; never 0 */
	struct mdns_link link[MDNS_LINKS_MAX];
	struct mdns_prefix prefix[MDNS_PREFIXES_MAX];
};

/* What the driver asks of an interface before it counts as a link. */
struct mdns_link_filter {
	const struct mdns_settings *settings;
	const char *const *only; /* names or globs, NULL: all that settings
				    allow; wins over settings */
	unsigned only_count;
};

/* Why an interface is not asked; for people. */
enum mdns_link_state {
	MDNS_LINK_ELIGIBLE,
	MDNS_LINK_DOWN, /* not up, or no carrier */
	MDNS_LINK_LOOPBACK,
	MDNS_LINK_NO_MULTICAST,
	MDNS_LINK_POINT_TO_POINT, /* only if allowed by name */
	MDNS_LINK_BRIDGE_PORT,    /* the bridge is asked instead */
	MDNS_LINK_DENIED,         /* by the settings, or not in `only` */
};

/* Asks the kernel. buf is scratch of MDNS_LINKS_SCRATCH octets at least (not more, if
 * fingerprints are to be compared). 0 even if no link is
 * eligible; MDNS_ERR_DENIED or MDNS_ERR_RESOURCE if the kernel did not say.
 * Where a sandbox forbids netlink, only links with an IPv4 address are known,
 * and they are taken to have IPv6 as well. */
int mdns_links_read(const struct mdns_link_filter *filter, void *buf,
	size_t size, struct mdns_links *ret_links);

/* The same in two steps, so that a lookup can ask over IPv4 before it knows
 * all: the first takes some 2 microseconds, the second some 12. fd is any UDP
 * socket, or negative. What the first returns is passed to the second. */
int mdns_links_read_ipv4(const struct mdns_link_filter *filter, int fd,
	void *buf, size_t size, struct mdns_links *ret_links);
int mdns_links_read_rest(const struct mdns_link_filter *filter, int ipv4,
	void *buf, size_t size, struct mdns_links *links);

enum mdns_link_state mdns_link_judge(const struct mdns_link_filter *filter,
	const char *name, unsigned flags);

const struct mdns_link *mdns_links_find(
	const struct mdns_links *links, uint32_t ifindex);

/* True if a host with that address can be reached on the link without a
 * router: fe80::/10, or inside a prefix of ours there (RFC 6762 11). */
bool mdns_links_is_on_link(const struct mdns_links *links, uint32_t ifindex,
	enum mdns_family family, const uint8_t *addr);

/* The link that has this address as our own, or 0. */
uint32_t mdns_links_owner(const struct mdns_links *links,
	enum mdns_family family, const uint8_t *addr);

#endif
