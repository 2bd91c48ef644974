/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process cache: what was found out lately, in a few fixed slots of static
 * memory. Safe for any number of threads, and after fork. */
#ifndef MDNS_RECENT_H
#define MDNS_RECENT_H

#include "resolver/answer.h"
#include "resolver/clock.h"

/* 32 slots of about 1.7 KB; pages that are not used cost nothing. */
#define MDNS_RECENT_SLOTS 32

/* What an entry may say besides success: MDNS_ERR_NOT_FOUND, _PASS_ON and
 * _NO_DATA. */
struct mdns_recent {
	int32_t status;
	uint64_t fingerprint; /* of the links that were asked */
	mdns_time expiry;     /* boottime */
};

/* True if the name is there and has not expired; ret_answer is filled (for a
 * failure too: its presence may say something). Otherwise ret_answer holds
 * garbage. now is boottime. */
bool mdns_recent_find(const struct mdns_name *name, mdns_time now,
	struct mdns_recent *ret_recent, struct mdns_answer *ret_answer);

/* Keeps it, in place of the same name's, an empty slot, or what expires next.
 * If that slot is being written just now, nothing is kept. */
void mdns_recent_put(const struct mdns_name *name, mdns_time now,
	const struct mdns_recent *recent, const struct mdns_answer *answer);

#endif
