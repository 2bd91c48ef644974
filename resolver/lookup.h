/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blocking driver of the direct way: asks the links and waits. */
#ifndef MDNS_LOOKUP_H
#define MDNS_LOOKUP_H

#include "resolver/answer.h"
#include "resolver/response.h"
#include "resolver/settings.h"

/* A line for people (mdns-lookup, tests) about each datagram; out: it was sent
 * to the group on that link, in: it came from there and was judged so. */
struct mdns_lookup_event {
	bool out;
	uint32_t usec;             /* from the start of the lookup */
	struct mdns_origin origin; /* out: ifindex, transport and way only */
	enum mdns_verdict verdict; /* in only */
	const uint8_t *message;    /* borrowed during the call */
	size_t size;
};

struct mdns_lookup {
	const struct mdns_name *name;
	const struct mdns_settings *settings;
	unsigned ways;           /* mask of 1 << enum mdns_way */
	unsigned transports;     /* mask of 1 << enum mdns_family */
	const char *const *only; /* interfaces, globs allowed; NULL: all */
	unsigned only_count;
	bool group_first;
	bool recall; /* the links may be those of a look just now (look.h);
			only without `only` */
	/* May be NULL. Must not call back into the library. */
	void (*observe)(void *context, const struct mdns_lookup_event *event);
	void *context;
	/* May be NULL: called when there is something to read from other_fd,
	 * which somebody else may have an answer in. 0: go on; 1: end now with
	 * what is known; an enum mdns_err: end with that. */
	int (*heard)(void *context);
	int other_fd;
};

/* Asks the links and waits for the answer, settings->total_ms at most. Leaves
 * no descriptor, no memory and no thread behind; holds back cancellation
 * while it runs. What has come when the time is over is still read, at most 32
 * datagrams a socket: the process may have been stopped. Returns what
 * mdns_direct_result says, or MDNS_ERR_NO_LINK, MDNS_ERR_DENIED,
 * MDNS_ERR_TAKEN, MDNS_ERR_RESOURCE (also if it was stopped until nothing could
 * be asked in time), MDNS_ERR_NOT_OURS (the name is in none of our zones).
 * ret_fingerprint (may be NULL): of the links that were asked, 0 if they are
 * not known.
 * ret_answer is untouched on every failure but MDNS_ERR_NO_DATA, where it has
 * the name, presence and ttl. */
int mdns_lookup_run(const struct mdns_lookup *lookup,
	struct mdns_answer *ret_answer, uint64_t *ret_fingerprint);

#endif
