/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the caches of all links know about one name, as an answer. */
#ifndef MDNS_GATHER_H
#define MDNS_GATHER_H

#include "resolver/querier.h"

struct mdns_gathered {
	struct mdns_answer
		answer; /* sorted; ttl is the smallest that is left */
	/* When the first record of that family, or the PTR record (in
	 * half[0]), has half its TTL left; NEVER: there is none. */
	mdns_time half[MDNS_FAMILIES];
	mdns_time expiry;       /* when the first one goes; NEVER: none */
	struct mdns_name alias; /* what the name's CNAMEs lead to, whether or
				      not anything is known of that; len 0: it
				      has none */
};

/* Addresses and denials (NSEC) of the name, or its PTR target if reverse: the
 * first that is a well-formed host name in our zones. Addresses that are not
 * usable are passed over, records that have expired as well. A CNAME is
 * followed inside a link, MDNS_CNAME_HOPS at most. True if anything is known:
 * a presence that is not MDNS_OPEN, or an alias; else ret has nothing but
 * initial values. */
bool mdns_gather(const struct mdns_querier *querier,
	const struct mdns_name *name, bool reverse, mdns_time now,
	struct mdns_gathered *ret_gathered);

#endif
