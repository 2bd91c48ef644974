/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/cache share: a cache on a virtual clock, what it
 * hears, and a diary of its events. */
#ifndef TESTS_RESOLVER_CACHE_WORLD_H
#define TESTS_RESOLVER_CACHE_WORLD_H

#include "resolver/cache.h"
#include "resolver/rr.h"
#include "tests/memory.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* No test starts at 0: points in time are not spans. */
#define START (INT64_C(987654321) * MDNS_MSEC + 17)
#define A MDNS_TYPE_A
#define TXT 16

struct event {
	mdns_time at;
	enum mdns_change change;
	unsigned data; /* last octet of the record's data */
};

struct world {
	struct test_memory counted;
	struct mdns_cache cache;
	mdns_time now;
	struct event event[512];
	unsigned events;  /* all; the array has the first */
	unsigned endings; /* MDNS_ENDING, which are no events of the diary */
	int shown;        /* to somebody who hears the events only */
};

/* An empty cache at START; with room for 1000 records if not said otherwise. */
void given(struct world *w);
void given_seeded(
	struct world *w, uint32_t records, size_t octets, uint64_t seed);

/* What is always true; it is looked at after every step. */
void then_books_balance(const struct world *w);
/* Ends it, without events and without a loss. */
void then_all_is_given_back(struct world *w);

/* Lets the time pass, and does what is due when it is. */
void when_it_is(struct world *w, mdns_time then);
void when_ms_later(struct world *w, int64_t ms);

/* Records heard: an A record if not said otherwise, of four octets, whose last
 * two are data. */
enum { SHARED = 0, FLUSH = 1, WANTED = 2 };
int hear_rdata(struct world *w, const char *text, uint16_t type,
	const void *rdata, size_t size, uint32_t ttl, unsigned flags);
int hear_type(struct world *w, const char *text, uint16_t type, unsigned data,
	uint32_t ttl, unsigned flags);
void hear(struct world *w, const char *text, unsigned data, uint32_t ttl,
	unsigned flags);

/* What is there, or NULL. */
struct mdns_rrset *find_type(struct world *w, const char *text, uint16_t type);
struct mdns_rrset *find(struct world *w, const char *text);
struct mdns_cached *record(struct world *w, const char *text, unsigned data);
/* What must be there. */
struct mdns_rrset *the_set(struct world *w, const char *text);
struct mdns_cached *the_record(
	struct world *w, const char *text, unsigned data);

/* A callback that writes down the event; context is the world. */
void changed(void *context, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now);

/* The events since the last call: "1000-7" says that a second after START the
 * record with data 7 was removed; + added, = updated, ? refresh. */
const char *story(struct world *w);

#endif
