/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the cache of one link knows about one service: SRV, TXT, and the
 * addresses of the host that the SRV record names (RFC 6763 5, 6). */
#ifndef LOOKUP_SERVICES_KNOWN_H
#define LOOKUP_SERVICES_KNOWN_H

#include "resolver/answer.h"
#include "resolver/querier.h"
#include "resolver/service.h"

/* Nobody has more than two or three; all are some 3 KB. */
#define SERVICE_TARGETS_MAX 4
#define SERVICE_ADDRESSES_MAX 16

struct service_address {
	uint8_t family; /* enum mdns_family */
	uint8_t bytes[16];
};

/* One SRV record. */
struct service_target {
	struct mdns_srv srv;
	/* Neither an address of that family nor word that there is none. Never
	 * for a host in no zone of ours, or the root: nobody is asked. */
	bool open[MDNS_FAMILIES];
	unsigned address_count;
	struct service_address address[SERVICE_ADDRESSES_MAX];
};

struct service_known {
	bool crowded;    /* there are more records than go in here */
	bool srv_denied; /* by an NSEC record: it has none */
	bool has_txt;    /* or word that there is none, which is the same as an
			    empty one (6.1) */
	const uint8_t *txt; /* of the cache: good until that changes */
	size_t txt_len;
	unsigned target_count;
	struct service_target target[SERVICE_TARGETS_MAX]; /* by priority and
							      weight */
};

/* ret_known is nothing but zeros if nothing is known. What is about to go
 * (10.1, 10.2 of RFC 6762) counts only where nothing else is there. */
void service_known_read(const struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, mdns_time now,
	struct service_known *ret_known);

enum service_state {
	SERVICE_PARTIAL, /* there is more to hear */
	SERVICE_ENOUGH,  /* every host has an address, not of each family */
	SERVICE_ALL,
};
enum service_state service_known_state(const struct service_known *known);

/* Differs where what is known does. */
uint64_t service_known_digest(const struct service_known *known);

#endif
