/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links of this host, kept up to date by rtnetlink (through libmnl).
 *
 * All that the kernel says is read first, and then each link that is different
 * from what was told last is told once: a link that flaps a thousand times a
 * minute costs the others nothing, and itself little. */
#ifndef HELPER_LINKS_H
#define HELPER_LINKS_H

#include "resolver/links.h"

#define LINKS_MAX 1024        /* interfaces that are known, eligible or not */
#define LINK_ADDRESSES_MAX 32 /* of one, half a family; more: not compared */

struct link_address {
	uint8_t family;    /* enum mdns_family */
	uint8_t bytes[16]; /* ours; IPv4 uses the first 4, the rest is 0 */
};

struct link {
	uint32_t ifindex;
	uint32_t mtu;
	unsigned flags; /* IFF_ */
	bool port;      /* of a bridge, bond or team (not of a VRF) */
	enum mdns_link_state state;
	bool has[MDNS_FAMILIES]; /* an address to ask from, not tentative */
	char name[MDNS_LINK_NAME_MAX];
	unsigned address_count;
	struct link_address address[LINK_ADDRESSES_MAX]; /* sorted */
	/* For the caller; 0 when the link comes. */
	bool joined[MDNS_FAMILIES];
	uint64_t sent, received;
};

enum links_change {
	LINK_CAME, /* it can be asked, by what `has` says */
	LINK_WENT, /* it cannot any more; the struct is good during the call */
	LINK_GAINED,  /* it has a transport that it did not have, or a carrier
			 that was lost in between: what was heard there may be
			 of another network (RFC 6762 10.3) */
	LINK_CHANGED, /* another name, MTU or address, or a transport less */
};

struct links {
	int fd;
	bool own; /* fd is ours to close */
	const struct mdns_settings *settings;
	void (*changed)(
		void *context, enum links_change change, struct link *link);
	void *context;
	unsigned count;
	unsigned dropped;  /* that did not fit, since everything was asked */
	uint64_t overruns; /* the kernel had more to say than we could take, and
			      was asked for everything anew */
	struct link *link[LINKS_MAX]; /* by malloc, unordered */
	/* Whatever the reading needs besides. */
	struct links_reading *reading;
};

/* fd: an rtnetlink socket of somebody else's, which is subscribed to links and
 * addresses of both families until links_close, or -1 to open one. settings are borrowed (allow and deny lists). Asks for everything
 * and waits for it (the kernel answers at once; a second at most), telling
 * LINK_CAME for each link that can be asked. 0 or a negative errno value. */
int links_open(struct links *links, int fd,
	const struct mdns_settings *settings,
	void (*changed)(
		void *context, enum links_change change, struct link *link),
	void *context);
void links_close(struct links *links);

/* Call when fd is readable. Reads all that is there (a few thousand messages
 * at most), then tells, links that went before others. Only messages from the
 * kernel (port id 0) count. changed must not call this. */
void links_read(struct links *links);

/* Other settings: judges every link anew. */
void links_judge(struct links *links, const struct mdns_settings *settings);

struct link *links_find(const struct links *links, uint32_t ifindex);

/* The link that has this address as our own, or 0. */
uint32_t links_owner(const struct links *links, enum mdns_family family,
	const uint8_t *addr);

#endif
