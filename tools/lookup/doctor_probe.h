/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the doctor sees the network: the same questions by both ways at once, on
 * every link over every transport, and all that is heard then. */
#ifndef LOOKUP_DOCTOR_PROBE_H
#define LOOKUP_DOCTOR_PROBE_H

#include "resolver/clock.h"
#include "resolver/links.h"
#include "resolver/response.h"
#include "tools/lookup/doctor.h"

#define PROBE_QUESTIONS_MAX 3
#define PROBE_PATHS_MAX (MDNS_LINKS_MAX * MDNS_FAMILIES)

/* How long one takes at most. The group is asked a second time after a bit more
 * than a second: nobody multicasts a record more often (RFC 6762 6). */
#define PROBE_MSEC 1400

/* One link over one transport. */
struct probe_path {
	const struct mdns_link *link;
	enum mdns_family transport;
	bool listens; /* 5353 is open there */
	/* 0, or why no query leaves: MDNS_ERR_DENIED, MDNS_ERR_NO_LINK,
	 * MDNS_ERR_RESOURCE. That of MDNS_WAY_GROUP counts if it listens. */
	int failure[MDNS_WAYS];
	mdns_time sent_at[MDNS_WAYS];
};

/* A datagram; borrowed during the call. */
struct probe_heard {
	const struct probe_path *path;
	unsigned index; /* of the path */
	struct mdns_origin origin;
	uint32_t usec;  /* since the last query by that way on that path */
	bool from_us;   /* its source is an address of this host */
	bool our_query; /* one of those that the probe sent, come back */
	/* MDNS_VERDICT_OTHER: nothing speaks against it; of a reply to the
	 * one-shot it was looked at whether it has its id. */
	enum mdns_verdict verdict;
	const uint8_t *message;
	size_t size;
};

struct probe_question {
	const struct mdns_name *name;
	uint16_t type;
};

struct probe {
	const struct doctor *doctor; /* options, settings, the query's link */
	/* To which it adds that for all kinds of services: whoever offers any
	 * answers it (RFC 6763 9). */
	struct probe_question question[PROBE_QUESTIONS_MAX];
	unsigned question_count;
	/* For each datagram; true if that is enough: then it ends
	 * settle_msec later. */
	unsigned settle_msec;
	bool (*hear)(void *context, const struct probe_heard *heard);
	void *context;
	/* Filled in before anything is heard. */
	struct mdns_name kinds;
	struct mdns_links links;
	unsigned path_count;
	struct probe_path path[PROBE_PATHS_MAX];
};

/* Asks and listens. 0, or MDNS_ERR_NO_LINK, MDNS_ERR_DENIED, MDNS_ERR_RESOURCE
 * if there was nothing to listen with. */
int probe_run(struct probe *probe);

/* True if the message has a record of that name, any but a goodbye. */
bool probe_speaks_of(
	const struct probe_heard *heard, const struct mdns_name *name);

#endif
