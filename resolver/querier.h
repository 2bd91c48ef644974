/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The continuous querier (RFC 6762 5.2): all questions on all links, sans-IO.
 *
 *	mdns_querier_init, _add_link for each link, _start for each question
 *	for ever:
 *		while ((n = mdns_querier_write(q, now, ..., &ifindex)) > 0)
 *			send it from port 5353 to the group on that link
 *		wait for a datagram until mdns_querier_expiry(q)
 *		for each: mdns_querier_read(q, ...)
 *		mdns_querier_expire(q, now)
 *
 * What is found is told by `changed` as it happens (all that is kept, asked for
 * or not), and can be looked up in each link's cache. Time is boottime; it is passed in and never goes back.
 *
 * What it does: the first query 20 to 120 ms after the start, together with
 * what else starts then; the next after 1 s, then 2, 4 ... up to an hour
 * (5.2); QU in the first if the link's port is ours alone (5.4, 15.1); known
 * answers with at least half their TTL left (7.1), over several packets if
 * need be (7.2); another host's same question counts as ours (7.3); a unique
 * answer, or an NSEC record that denies the type, ends the series; wanted
 * records are refreshed at 80, 85, 90 and 95 % of their TTL (5.2); the same
 * question is never sent twice within a second. */
#ifndef MDNS_QUERIER_H
#define MDNS_QUERIER_H

#include "resolver/answer.h"
#include "resolver/cache.h"
#include "resolver/message.h"
#include "resolver/response.h"

struct mdns_querier_limits {
	uint32_t questions;             /* a link */
	struct mdns_cache_limits cache; /* a link */
};

/* A question on one link. */
struct mdns_asking {
	struct mdns_table_node node;
	struct mdns_heap_node timer; /* due: the next query for it */
	struct mdns_asking *batch;   /* next of those that travel together */
	mdns_time last;   /* when it was last asked, by us or by others (7.3);
			      MDNS_TIME_NEVER: not yet */
	mdns_time series; /* when the series goes on, or NEVER: it has ended */
	mdns_time until;  /* of a reconfirmation (10.4); 0: none */
	int64_t interval; /* to the query after the next of the series */
	uint32_t users;   /* clients; 0 if only `until` keeps it */
	uint32_t sent;    /* queries of ours that had it */
	uint32_t asked;   /* in which query of ours */
	uint32_t heard;   /* in which query of others */
	/* When a record of just that name and type was last heard, a goodbye
	 * aside, over IPv4 and over IPv6; 0: not since the last question about
	 * that name was new. */
	mdns_time told[MDNS_FAMILIES];
	uint16_t type;
	uint16_t name_len;
	bool fresh;     /* nothing asked yet: the first may be QU */
	uint8_t name[]; /* wire form */
};

struct mdns_querier_link {
	struct mdns_querier_link *next;
	struct mdns_querier *querier;
	uint32_t ifindex;
	uint16_t payload; /* the largest message: the MTU without headers */
	bool alone;       /* port 5353 is ours: QU is allowed */
	struct mdns_cache cache;
	struct mdns_heap heap; /* timers of the questions */
	struct mdns_table askings;
	mdns_time gather;   /* when the new questions go out together */
	mdns_time qu_until; /* unicast answers are wanted until then (11) */
	/* The packet under way: the questions whose known answers have yet to
	 * be written, and how many of the first one's have been. */
	struct mdns_asking *batch;
	uint32_t batch_done;
	/* Our own queries come back by multicast loopback, over IPv4 and IPv6:
	 * hashes of the last few. */
	struct {
		uint64_t hash;
		mdns_time at;
	} own[64];
	uint8_t own_next;
	uint32_t asked; /* queries of ours, counted without what follows TC */
	uint32_t heard; /* queries of others, counted */
	bool leaving;   /* being dropped: nothing starts anew */
	/* For people and tests: packets and questions sent, questions that
	 * others asked for us, messages and records that were malformed or not
	 * to be believed. */
	uint64_t packets, questions, suppressed, malformed, dropped;
};

/* A question on every link, those to come included. */
struct mdns_standing {
	struct mdns_table_node node;
	uint32_t users;
	uint16_t type;
	uint16_t name_len;
	uint8_t name[];
};

/* Points into itself: not to be copied or moved. */
struct mdns_querier {
	struct mdns_memory memory;
	struct mdns_querier_limits limits;
	struct mdns_random random;
	uint32_t hash_seed;               /* others choose the names */
	const struct mdns_name *suffixes; /* believed besides .local */
	unsigned suffix_count;
	/* All but REFRESH. Must not call back. */
	void (*changed)(void *context, uint32_t ifindex,
		enum mdns_change change, const struct mdns_cached *record,
		mdns_time now);
	void *context;
	/* Which names are worth keeping; NULL: all in our zones. A message that
	 * speaks of one of them is kept whole, any other not at all. Set it
	 * after mdns_querier_init; must not call back. */
	bool (*keeps)(void *context, const struct mdns_name *name);
	struct mdns_querier_link *links;
	struct mdns_table standing;
	uint8_t rdata[MDNS_MESSAGE_MAX]; /* scratch */
};

/* seed: of the delays. suffixes are borrowed. */
void mdns_querier_init(struct mdns_querier *querier,
	const struct mdns_memory *memory,
	const struct mdns_querier_limits *limits, uint64_t seed,
	const struct mdns_name *suffixes, unsigned suffix_count,
	void (*changed)(void *context, uint32_t ifindex,
		enum mdns_change change, const struct mdns_cached *record,
		mdns_time now),
	void *context);
/* Gives all memory back, without events. */
void mdns_querier_close(struct mdns_querier *querier);

/* The largest message that a link of that MTU takes in one piece, between 512
 * octets and what RFC 6762 17 allows. */
uint16_t mdns_querier_payload(uint32_t mtu);

/* A link that is there now, with all standing questions. payload: see
 * mdns_querier_payload. MDNS_ERR_RESOURCE. Adding it again
 * means that it has changed: everything is flushed and asked anew (10.3). */
int mdns_querier_add_link(struct mdns_querier *querier, uint32_t ifindex,
	uint16_t payload, bool alone, mdns_time now);
/* It is gone: what was heard there is removed, with events. Starts on just that
 * link end with it and want no stop. */
void mdns_querier_drop_link(
	struct mdns_querier *querier, uint32_t ifindex, mdns_time now);
struct mdns_querier_link *mdns_querier_find_link(
	const struct mdns_querier *querier, uint32_t ifindex);

/* Somebody wants to know: on one link, or on all (ifindex 0). Each start wants
 * its stop. What is in the cache already is not told again. MDNS_ERR_RESOURCE;
 * MDNS_ERR_NO_LINK if there is no such link; MDNS_ERR_NOT_OURS for a name in
 * none of our zones. class is IN; type may be ANY. */
int mdns_querier_start(struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type, mdns_time now);
void mdns_querier_stop(struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type, mdns_time now);

/* A person waits for it: unless it is answered, it is asked at once, or when a
 * second has passed since it was asked last, and its series begins anew. The
 * delay of 20 to 120 ms is for what a common event starts on many hosts (5.2).
 */
void mdns_querier_hurry(struct mdns_querier *querier,
	const struct mdns_name *name, uint16_t type, mdns_time now);

/* What is known of it may be wrong (10.4): asked at once, at least twice, and
 * what nobody confirms in 10 s is removed. Type ANY: all of that name, each type
 * by a question of its own. On all links if ifindex is 0.
 * MDNS_ERR_RESOURCE, MDNS_ERR_NO_LINK. */
int mdns_querier_reconfirm(struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type, mdns_time now);

/* True if there is no point in waiting for addresses of that family: both are
 * asked for, on the only link there is, and in the last MDNS_TOLD_TIME the
 * other one was heard over IPv4 and over IPv6, and this one not at all. Who
 * sends one should send both (6.2); systemd-resolved has A over IPv4 only and
 * AAAA over IPv6 only, so over one transport that proves nothing. It is no
 * denial (6.1): some may come, now or later, and nothing is kept of it. */
#define MDNS_TOLD_TIME (2 * MDNS_SEC)
bool mdns_querier_is_told_without(const struct mdns_querier *querier,
	const struct mdns_name *name, enum mdns_family family, mdns_time now);

/* A datagram that came to port 5353. Queries of others are read as well (7.3,
 * 10.5). way of origin does not matter. */
enum mdns_verdict mdns_querier_read(struct mdns_querier *querier,
	const struct mdns_origin *origin, const uint8_t *message, size_t size,
	mdns_time now);

/* The next query that is due: its size and link, or 0. buf should have the
 * links' payload; MDNS_ERR_SPACE if it is below 512 octets. */
int mdns_querier_write(struct mdns_querier *querier, mdns_time now,
	uint8_t *buf, size_t size, uint32_t *ret_ifindex);

/* When something is next to be done, or MDNS_TIME_NEVER: a query to write or
 * something to expire. */
mdns_time mdns_querier_expiry(const struct mdns_querier *querier);
void mdns_querier_expire(struct mdns_querier *querier, mdns_time now);

#endif
