/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/direct share: one lookup on a virtual clock, what
 * arrives meanwhile, and a log of what is sent. */
#ifndef TESTS_RESOLVER_DIRECT_WORLD_H
#define TESTS_RESOLVER_DIRECT_WORLD_H

#include "resolver/direct.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define ID 0x1234
#define BOTH (1u << MDNS_WAY_ONE_SHOT | 1u << MDNS_WAY_GROUP)
#define ONE_SHOT (1u << MDNS_WAY_ONE_SHOT)
#define GROUP (1u << MDNS_WAY_GROUP)
#define REPLIES_MAX 8

/* No test starts at 0: points in time are not spans. */
#define START (INT64_C(987654321) * MDNS_MSEC + 17)

/* Something that arrives at that time, and how. */
struct reply {
	unsigned ms;
	struct mdns_origin origin;
	struct unit_message message;
	enum mdns_verdict verdict; /* what became of it */
};

struct world {
	struct mdns_settings settings;
	unsigned ways;
	bool group_first;
	bool shared;
	unsigned links; /* known once something was sent */
	unsigned fails; /* ways by which nothing can be sent */
	struct reply reply[REPLIES_MAX];
	unsigned replies;
	struct mdns_direct direct;
	/* What was sent: "0 O; 100 Q; 400 M" with O for one-shot, Q for 5353
	 * with QU, M for 5353 with QM. */
	char log[256];
	struct mdns_name last_name; /* that was asked for */
	unsigned ended;             /* ms */
	int result;
};

/* The settings as they are by themselves, both ways, and no reply. */
void given(struct world *w);

/* A reply that arrives by the one-shot's socket, from where it should. */
struct unit_message *reply_at(struct world *w, unsigned ms);
struct unit_message *multicast_at(struct world *w, unsigned ms);
/* Adds to it. */
void address(struct unit_message *message, const char *name, const char *text);

/* The driver of resolver/direct.h, with a clock that jumps. Each query that is
 * sent is looked at octet by octet. */
void when_run(struct world *w, const char *text);

#endif
