/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of tools/helper/names share: names on a querier and a virtual
 * clock, clients that ask, and hosts that answer what they are asked. */
#ifndef TESTS_HELPER_NAMES_WORLD_H
#define TESTS_HELPER_NAMES_WORLD_H

#include "resolver/err.h"
#include "tests/resolver/querier_world.h"
#include "tools/helper/names.h"

#define CNAME MDNS_TYPE_CNAME
#define TOTAL_MS 1250 /* defaults of settings.c */
#define GRACE_MS 100
#define MISSING_MS (NAMES_MISSING_TIME / MDNS_MSEC)
#define MAP_ID UINT64_C(0x1234567890abcdef)
#define CLIENTS_MAX 700
#define HOSTS_MAX 4

/* One request, and what came of it. */
struct client {
	struct waiting *waiting; /* NULL: it does not wait */
	mdns_time deadline;      /* by then it must have been told */
	mdns_time at;            /* when it was told */
	bool at_once;            /* by names_ask itself */
	int result;              /* of names_ask */
	int status;
	struct mdns_answer answer;
};

/* It answers a millisecond after a question, to the group on LINK. */
struct host {
	const char *name;
	const char *address[MDNS_FAMILIES]; /* NULL: it has none */
	uint32_t ttl[MDNS_FAMILIES];
	uint32_t denial_ttl; /* NSEC about what it has not; 0: it is silent */
	bool additional;     /* says what was not asked as well (6.1, 6.2) */
	const char *alias;   /* it has just this CNAME, with ttl[0] */
	const char *pointer; /* the same, PTR */
	bool away;
	unsigned asked; /* queries that it answered */
	mdns_time due;  /* of the answer; NEVER: none */
	bool wanted[MDNS_FAMILIES];
};

struct scene {
	struct world *w;
	struct names names;
	struct mdns_settings settings;
	struct mdns_map_writer map;
	struct client client[CLIENTS_MAX];
	unsigned clients;
	struct host host[HOSTS_MAX];
	unsigned hosts;
	unsigned seen; /* packets that the hosts have read */
	/* Called from inside `answered`, after it was noted; may be NULL. */
	void (*also)(struct scene *s, unsigned client);
};

/* One link, 100 names, 100 askers; or something else. There is one at a time.
 * suffix may be NULL. */
struct scene *given_scene(void);
struct scene *given_scene_of(uint32_t names, uint32_t waiting,
	uint32_t questions, const struct mdns_name *suffix);
/* A host that has yet to get its addresses. */
struct host *given_host(struct scene *s, const char *name);
/* The usual one: "10.0.0.1" and "fd00::1", both with that TTL. */
struct host *given_both(struct scene *s, const char *name, uint32_t ttl);
/* Ends it: who waits is not told, and nothing is left. */
void then_nothing_is_left(struct scene *s);

/* A client asks; its number. Then all goes its way at the same moment. */
unsigned when_asked(struct scene *s, const char *text);
unsigned when_asked_until(struct scene *s, const char *text, int64_t ms);
/* The same without what follows, and with any deadline. */
unsigned ask_only(
	struct scene *s, const struct mdns_name *name, mdns_time deadline);
void when_canceled(struct scene *s, unsigned client);

/* What the driver does after each thing that happens, and as time passes. */
void settle(struct scene *s);
void when_time_is(struct scene *s, mdns_time then);
void after_ms(struct scene *s, int64_t ms);
/* Since START. */
int64_t now_ms(const struct scene *s);

/* A response comes in, and all that follows. */
void when_heard(struct scene *s, const struct unit_message *m);
void when_heard_on(
	struct scene *s, uint32_t ifindex, const struct unit_message *m);
void when_address(
	struct scene *s, const char *text, const char *address, uint32_t ttl);
void when_address_on(struct scene *s, uint32_t ifindex, const char *text,
	const char *address, uint32_t ttl);
void when_alias(
	struct scene *s, const char *text, const char *target, uint32_t ttl);
void when_link(struct scene *s, uint32_t ifindex);
void when_no_link(struct scene *s, uint32_t ifindex);

/* In short: "10.0.0.1 fd00::1", "fe80::1%3", "printer.local", "not found",
 * "pass on", "no data", "no link"; "waits"; "refused", "not ours". */
const char *answer_text(int status, const struct mdns_answer *answer);
const char *told(const struct scene *s, unsigned client);
/* When, in ms since START. */
int64_t told_ms(const struct scene *s, unsigned client);
/* What a reader finds in the map, "-" if nothing. */
const char *map_says(const struct scene *s, const char *text);
const char *map_says_at(const struct scene *s, const char *text, mdns_time at);
/* Asked and answered at once without a packet. */
const char *known(struct scene *s, const char *text);

#endif
