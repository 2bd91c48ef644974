/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lookup found: addresses of a name, or the name of an address. */
#ifndef MDNS_ANSWER_H
#define MDNS_ANSWER_H

#include "resolver/name.h"

/* The most addresses of one name; a host with six on each of five links has
 * room. What is beyond is counted in dropped. */
#define MDNS_ADDRESSES_MAX 32

/* Index of a family in an answer. */
enum mdns_family { MDNS_IPV4, MDNS_IPV6, MDNS_FAMILIES };

/* By which way an answer came (design: how a lookup goes). */
enum mdns_way {
	MDNS_WAY_ONE_SHOT, /* an ephemeral port, RFC 6762 5.1 */
	MDNS_WAY_GROUP,    /* port 5353, joined to the group */
	MDNS_WAYS
};

enum mdns_presence {
	MDNS_OPEN,    /* nothing heard */
	MDNS_PRESENT, /* at least one address heard */
	MDNS_ABSENT,  /* an NSEC record says that there is none */
};

struct mdns_address {
	uint8_t bytes[16]; /* network order; IPv4 uses the first 4, rest 0 */
	uint32_t ifindex;  /* the link it was heard on */
	uint32_t usec;     /* from the start of the lookup to its arrival */
	uint8_t family;    /* enum mdns_family: A or AAAA */
	uint8_t transport; /* enum mdns_family: what carried the answer */
	uint8_t way;       /* enum mdns_way */
};

struct mdns_answer {
	uint32_t ttl;                    /* seconds, the smallest heard */
	uint8_t presence[MDNS_FAMILIES]; /* enum mdns_presence */
	uint8_t count;
	uint8_t dropped; /* addresses that did not fit, up to 255 */
	/* Canonical: the owner of the addresses, or the PTR's target; len 0 if
	 * nothing was found. */
	struct mdns_name name;
	/* For a reverse lookup address[0] tells where the name came from (its
	 * bytes are 0) and count stays 0. */
	struct mdns_address address[MDNS_ADDRESSES_MAX];
};

void mdns_answer_init(struct mdns_answer *answer);

/* Octets of an address of that family: 4 or 16. */
size_t mdns_family_size(enum mdns_family family);

/* Adds an address unless it is there already: the same bytes, and for
 * those that need a scope (fe80::/10) the same link. */
void mdns_answer_add(
	struct mdns_answer *answer, const struct mdns_address *address);

/* True if both families are settled (present or absent). */
bool mdns_answer_is_complete(const struct mdns_answer *answer);

/* Stable order in which programs should try them: routable before link-local,
 * otherwise as they came. */
void mdns_answer_sort(struct mdns_answer *answer);

/* The addresses of one family for an interface that cannot carry a scope:
 * writes their indices in order and returns how many. Link-local ones are left
 * out if there is another (glibc BZ 14413: they fail in connect). */
unsigned mdns_answer_unscoped(const struct mdns_answer *answer,
	enum mdns_family family, uint8_t ret_index[MDNS_ADDRESSES_MAX]);

#endif
