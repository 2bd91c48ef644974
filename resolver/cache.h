/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records heard on one link, until they expire (RFC 6762 10).
 *
 * Keyed by name, type and class. A lookup costs a hash; the next expiry is on
 * top of a heap. What is wanted (some question is being asked for it) is
 * refreshed in time, and given up only for a new set that is wanted as well;
 * what is not wanted just expires. All memory is the caller's and bounded.
 *
 * Time: boottime, passed in, never going backwards. */
#ifndef MDNS_CACHE_H
#define MDNS_CACHE_H

#include "resolver/clock.h"
#include "resolver/heap.h"
#include "resolver/memory.h"
#include "resolver/name.h"
#include "resolver/random.h"
#include "resolver/table.h"

#define MDNS_CACHE_TTL_MAX 86400 /* seconds; longer ones count as this */
/* Records of one set: each put looks through them, and a packet has hundreds:
 * 700 x 512 looks are a millisecond at most. A name has one NSEC record. */
#define MDNS_RRSET_MAX 512
#define MDNS_NSEC_MAX 4
/* Sets of one name: they share a bucket. One that no client asked for makes way
 * for another. */
#define MDNS_TYPES_MAX 32

struct mdns_rrset;

/* One record. Read-only for all but cache.c; good until the cache changes. */
struct mdns_cached {
	struct mdns_heap_node node; /* due: next refresh, or expiry */
	struct mdns_rrset *set;
	mdns_time received;
	mdns_time observed; /* the last of `queries` */
	mdns_time expiry;
	/* In its set. Whoever looks through one reads this and the RDATA: they
	 * lie close together. */
	struct mdns_cached *next;
	uint32_t ttl;     /* seconds, as received (capped) */
	uint32_t heard;   /* in which query of others (querier_packet.c) */
	uint8_t stage;    /* 0 to 3: refresh at 80, 85, 90, 95 %; 4: none */
	uint8_t queries;  /* by others, unanswered (RFC 6762 10.5) */
	bool doubted : 1; /* being reconfirmed (10.4): no known answer */
	bool aged : 1; /* a refresh has come due, and was not asked for yet */
	uint8_t tag;   /* of rdata: most others need not be compared */
	uint16_t rdlength;
	uint8_t rdata[]; /* names in it are not compressed */
};

/* All records of one name, type and class on the link. */
struct mdns_rrset {
	struct mdns_table_node node;      /* hash: of the name */
	struct mdns_rrset *newer, *older; /* by use; see cache.c */
	struct mdns_cached *first;
	mdns_time flushed; /* when the cache-flush bit last did its work */
	uint32_t heard;    /* in which query of others (querier_packet.c) */
	uint16_t type;
	uint16_t rclass;
	uint16_t count; /* records */
	bool unique;    /* the cache-flush bit was set (RFC 6762 10.2) */
	bool wanted;
	bool used; /* a client has asked for it */
	uint16_t name_len;
	uint8_t name[]; /* wire form, case as heard first */
};

enum mdns_change {
	MDNS_ADDED,   /* a record that was not there */
	MDNS_UPDATED, /* the same data heard again: its time starts anew */
	MDNS_REMOVED, /* expired, said goodbye, flushed, or given up */
	MDNS_ENDING,  /* it goes before its TTL is over (goodbye, flush, doubt),
			 unless it is heard again: then it is UPDATED */
	MDNS_REFRESH, /* a wanted one is at 80, 85, 90 or 95 % of its TTL
			   (5.2): ask for it, now */
};

struct mdns_cache_limits {
	uint32_t records;
	size_t octets; /* of all memory taken */
};

/* Points into itself: not to be copied or moved. */
struct mdns_cache {
	struct mdns_memory given;  /* by the caller */
	struct mdns_memory memory; /* the same, counted against the limit */
	struct mdns_cache_limits limits;
	struct mdns_random random;
	uint32_t hash_seed;
	/* Called from inside put, expire, flush ...; must not change the
	 * cache. record and its set are good during the call. */
	void (*changed)(void *context, enum mdns_change change,
		const struct mdns_cached *record, mdns_time now);
	void *context;

	struct mdns_heap heap;
	struct mdns_table sets;
	uint32_t records;
	size_t octets;
	/* Ends of the three lists by use: never used, used, wanted. */
	struct mdns_rrset *newest[3], *oldest[3];

	/* What it gave up or did not take, for people. */
	uint64_t evicted; /* made way for something else */
	uint64_t refused; /* no room, and nothing could make way */
};

void mdns_cache_init(struct mdns_cache *cache, const struct mdns_memory *memory,
	const struct mdns_cache_limits *limits, uint64_t seed,
	void (*changed)(void *context, enum mdns_change change,
		const struct mdns_cached *record, mdns_time now),
	void *context);

/* Gives all memory back, without events. */
void mdns_cache_close(struct mdns_cache *cache);

/* A record heard. rdata has no compression. wanted: a question for it is
 * active. TTL 0 is a goodbye: a record that is there goes in a second, unless
 * it is heard again (10.1). cache_flush: what else is in the set and was heard
 * more than a second ago goes in a second (10.2). 0, or MDNS_ERR_RESOURCE if
 * there was no room (nothing is lost by it but this record). */
struct mdns_heard {
	const struct mdns_name *name;
	uint16_t type;
	uint16_t rclass; /* without the top bit */
	bool cache_flush;
	bool wanted;
	uint32_t ttl;
	const uint8_t *rdata;
	uint16_t rdlength;
};
int mdns_cache_put(struct mdns_cache *cache, const struct mdns_heard *heard,
	mdns_time now);

/* The set, or NULL if nothing of it is there. Does not look at expiry: call
 * mdns_cache_expire before, or check each record. */
struct mdns_rrset *mdns_cache_find(const struct mdns_cache *cache,
	const struct mdns_name *name, uint16_t type, uint16_t rclass);

/* The first, or after `set` the next set of any type of that name (class IN);
 * NULL at the end. */
struct mdns_rrset *mdns_cache_next_of_name(const struct mdns_cache *cache,
	const struct mdns_name *name, const struct mdns_rrset *set);

/* The record of that data, or NULL. */
struct mdns_cached *mdns_rrset_find(
	const struct mdns_rrset *set, const uint8_t *rdata, uint16_t rdlength);

/* The owner name, as a name. */
void mdns_rrset_name(const struct mdns_rrset *set, struct mdns_name *ret_name);

/* The NSEC record that denies the type to that name (6.1), or NULL. */
const struct mdns_cached *mdns_cache_denies(const struct mdns_cache *cache,
	const struct mdns_name *name, uint16_t type, mdns_time now);

/* A client has just used the set: it is given up later than others. */
void mdns_cache_use(struct mdns_cache *cache, struct mdns_rrset *set);

/* Somebody began or ceased to ask for it: refreshes begin or end. */
void mdns_cache_want(struct mdns_cache *cache, struct mdns_rrset *set,
	bool wanted, mdns_time now);

/* It may have gone (10.4): unless it is heard again it goes in 10 s. Asking is
 * the caller's duty. */
void mdns_cache_doubt(
	struct mdns_cache *cache, struct mdns_cached *record, mdns_time now);

/* A query for it has gone out: what is due for a refresh has had it, each
 * record of the set. */
void mdns_cache_asked(
	struct mdns_cache *cache, struct mdns_rrset *set, mdns_time now);

/* Somebody else has asked for it by multicast, and does not know it: if that
 * happens twice and nobody answers, it goes 10 s later (10.5). Queries within a
 * second of the record or of each other count as none: the first are not
 * answered (6), the others are the same one over IPv4 and IPv6. */
void mdns_cache_observe_query(
	struct mdns_cache *cache, struct mdns_cached *record, mdns_time now);

/* True if it goes before its TTL is over: goodbye, flush, doubt. */
bool mdns_cached_ends_early(const struct mdns_cached *record);

/* Whole seconds that are left, rounded down. */
uint32_t mdns_cached_left(const struct mdns_cached *record, mdns_time now);

/* Removes it, with its event. */
void mdns_cache_remove(
	struct mdns_cache *cache, struct mdns_cached *record, mdns_time now);

/* Removes everything, with events: the link has changed (10.3). */
void mdns_cache_flush(struct mdns_cache *cache, mdns_time now);

/* When something is next to be done, or MDNS_TIME_NEVER; and does all that is
 * due by now. */
mdns_time mdns_cache_expiry(const struct mdns_cache *cache);
void mdns_cache_expire(struct mdns_cache *cache, mdns_time now);

#endif
