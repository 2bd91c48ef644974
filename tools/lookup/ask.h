/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question or several, of any type and by any way, asked until they are
 * answered; what mdns_lookup_run (addresses, as the module asks) does not do. */
#ifndef LOOKUP_ASK_H
#define LOOKUP_ASK_H

#include "resolver/links.h"
#include "resolver/lookup.h"
#include "tools/lookup/options.h"
#include "tools/lookup/packet.h"
#include "tools/lookup/record.h"

struct ask_question {
	const struct mdns_name *name;
	uint16_t type;
	void *owner; /* the caller's own */
	/* The other family of the same host, or NULL: an answer to that shows
	 * that the host is alive, and then this one has a grace left. */
	struct ask_question *partner;
	bool answered; /* a record of it was heard, or where an alias leads */
	bool denied;   /* an NSEC record says that there is none (6.1) */
	bool settled;  /* no more is waited for */

	/* Private to ask. */
	struct mdns_name wanted; /* the name, or where its alias leads */
	struct mdns_name alias;  /* of `wanted`, just heard; len 0: none */
	unsigned hops;
	mdns_time began;      /* to ask for `wanted` */
	mdns_time group_last; /* asked through 5353 */
	unsigned sends[MDNS_WAYS];
	mdns_time settled_at; /* NEVER as long as it is open */
	/* By the message at hand: a record came, one without cache-flush, an
	 * alias was followed. */
	bool heard, shared, moved;
};

struct ask {
	const struct options *options; /* way, unicast, transports, all */
	const struct mdns_settings *settings; /* times, suffixes */
	struct mdns_link_filter filter;
	struct ask_question *question; /* name, type and partner are set */
	unsigned count;
	int signals; /* readable: stop; -1: nobody will say so */
	/* Each record that answers a question (its name and type, any type for
	 * ANY, a CNAME for every type, and the records of its target), once for
	 * each link it was heard on and each source that said it, so that two
	 * hosts with one name show. Both are borrowed during the call. */
	void (*found)(void *context, const struct ask_question *question,
		const struct record *record, const struct packet *packet);
	/* No more of that question is waited for; not at the end of it all. May
	 * be NULL. */
	void (*settled)(void *context, const struct ask_question *question);
	/* Each message sent and heard; may be NULL. */
	void (*observe)(void *context, const struct packet *packet);
	/* About four times a second; may be NULL. */
	void (*wait)(void *context);
	void *context;
};

/* Asks by options->way: at 0, and again as settings->resend_ms says (from 5353
 * after 1, 3, 7 ... s, RFC 6762 5.2), until each question is answered or denied
 * on some link and a grace has gone by (not on the only link, if all records
 * were unique), or until settings->total_ms is over; with options->all always
 * until then. WAY_DEFAULT: one-shot, and after settings->second_way_ms through
 * 5353 as well. WAY_UNICAST goes to port 5353 of options->unicast, an address
 * with or without %interface, or a name that is looked up first, and believes an
 * answer from nobody else (RFC 6762 5.5, 6.7).
 *
 * What is not to be believed (mdns_response_judge) is observed but never found.
 * A signal ends it as if the time were over; then *ret_interrupted is true.
 * 0 if every question was answered, MDNS_ERR_NO_DATA if each was answered or
 * denied, MDNS_ERR_NOT_FOUND, MDNS_ERR_NO_LINK, MDNS_ERR_DENIED,
 * MDNS_ERR_TAKEN, MDNS_ERR_RESOURCE, MDNS_ERR_NAME: that host of --unicast is
 * not known. */
int ask_run(struct ask *ask, bool *ret_interrupted);

#endif
