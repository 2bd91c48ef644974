/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two kinds of lookups share; nobody else includes it. */
#ifndef LOOKUP_LOOKUP_PRIVATE_H
#define LOOKUP_LOOKUP_PRIVATE_H

#include <pthread.h>

#include "resolver/clock.h"
#include "resolver/links.h"
#include "tools/lookup/ask.h"
#include "tools/lookup/lookup.h"
#include "tools/lookup/packet.h"

/* More than 32 links with names of 15 octets need. */
#define LOOKUP_LINKS_TEXT_MAX 1024

/* A record that was heard. */
struct lookup_record {
	struct lookup_record *next;
	bool printed;
	struct mdns_name name;
	struct packet from; /* without its message */
	struct record record;
	uint8_t rdata[];
};

/* One operand, and what is known of it. */
struct lookup_job {
	struct lookup *lookup;
	struct options_query query;
	const char *scope[1]; /* its interface */
	bool done;
	int err;
	struct mdns_answer answer;     /* of a plain one */
	struct ask_question *question; /* of a typed one, and how many */
	unsigned question_count;
	struct lookup_record *first, *last;
};

/* Everything by value: threads may be at it until the process ends. */
struct lookup {
	struct options options;
	struct mdns_settings settings;
	mdns_time start;
	int signals;           /* readable: stop */
	int wake;              /* readable: a job is done */
	pthread_mutex_t mutex; /* of all below, and of what is printed */
	bool interrupted;
	unsigned next;    /* job that nobody has begun */
	unsigned printed; /* jobs */
	enum options_status worst;
	char links[LOOKUP_LINKS_TEXT_MAX]; /* asked; empty: not known yet */
	unsigned count;
	struct lookup_job job[];
};

/* --- lookup.c --- */

/* The interfaces that the job's operand is asked for on. */
void lookup_put_filter(
	struct lookup_job *job, struct mdns_link_filter *ret_filter);

/* Something was sent or heard. job: on whose behalf, or NULL if several are. */
void lookup_show_packet(struct lookup *lookup, const struct lookup_job *job,
	const struct packet *packet);
bool lookup_shows_packets(const struct lookup *lookup);

/* A sign of life. */
void lookup_show_wait(struct lookup *lookup);

/* Says why there is nothing of that type (0: no address) and counts it for the
 * exit status. quiet: it has been said, but for JSON. */
void lookup_explain(struct lookup_job *job, uint16_t type, int err, bool quiet);

/* --- lookup_plain.c, lookup_typed.c: print everything; the caller frees the
 * lookup unless it is told that threads still use it. --- */

/* As the module does; false: threads still use it. */
bool lookup_run_plain(struct lookup *lookup);
void lookup_run_typed(struct lookup *lookup);

#endif
