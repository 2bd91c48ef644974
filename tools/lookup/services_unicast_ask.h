/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks the name servers of /etc/resolv.conf, and reads what they answer. */
#ifndef LOOKUP_SERVICES_UNICAST_ASK_H
#define LOOKUP_SERVICES_UNICAST_ASK_H

#include "resolver/clock.h"
#include "resolver/message.h"
#include "resolver/settings.h"

/* A message over TCP can be no longer. */
#define UNICAST_MESSAGE_MAX 65535

/* The first two are answers. */
enum unicast_result {
	UNICAST_RECORDS,
	UNICAST_NOTHING, /* there is no such name, or no such record of it */
	UNICAST_SILENCE, /* no server gave an answer */
	UNICAST_LATE,    /* nor did one until `end` */
	UNICAST_INTERRUPTED,
};

/* Large, so from calloc; the caller fills in the first part. */
struct unicast_asker {
	int signals;   /* readable: stop; -1: nobody will say so */
	mdns_time end; /* of mdns_sys_now; may be MDNS_TIME_NEVER */
	unsigned suffix_count;
	struct mdns_name suffix[MDNS_SUFFIXES_MAX];
	/* What it heard last: good until it asks again. */
	size_t size;
	uint8_t message[UNICAST_MESSAGE_MAX];
};

/* Blocks until there is an answer, asker->end or a signal. Of a name in a zone
 * of Multicast DNS nobody is asked: UNICAST_NOTHING (RFC 6762 3). */
enum unicast_result unicast_ask(struct unicast_asker *asker,
	const struct mdns_name *name, uint16_t type);

/* Waits until then: UNICAST_NOTHING, or UNICAST_LATE if asker->end is before,
 * or UNICAST_INTERRUPTED. */
enum unicast_result unicast_wait(
	const struct unicast_asker *asker, mdns_time until);

/* The records of the answer that have the type that was asked for, one after
 * the other; aliases of the name are followed. */
struct unicast_walk {
	struct mdns_reader reader;
	struct mdns_name name; /* where the aliases lead */
	uint16_t type;
	uint32_t ttl; /* the least of aliases and records so far, in seconds */
};

void unicast_walk_begin(const struct unicast_asker *asker,
	const struct mdns_name *name, uint16_t type,
	struct unicast_walk *ret_walk);
bool unicast_walk_next(
	struct unicast_walk *walk, struct mdns_record *ret_record);

#endif
