/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What names.c (the states) and names_question.c (what is asked for a name)
 * share; for nobody else. */
#ifndef HELPER_NAMES_PRIVATE_H
#define HELPER_NAMES_PRIVATE_H

#include "tools/helper/names.h"

enum state { ASKING, KNOWN, MISSING };

struct name {
	struct mdns_table_node node;
	struct mdns_heap_node timer; /* due: when to look at it again */
	struct name *newer, *older;  /* by when it was asked for last */
	struct name *next_dirty;
	bool dirty;
	uint8_t state; /* enum state */
	uint8_t hops;  /* aliases from what a client asked for to here */
	bool reverse;
	/* By family; a reverse name has only the first. */
	bool started[MDNS_FAMILIES];  /* the querier asks for it */
	bool given_up[MDNS_FAMILIES]; /* the host is there without: silence, or
					 its own word */
	struct asker *askers;
	struct asker follows; /* the alias that it is; see ask_alias */
	mdns_time asked;      /* by a client, last */
	mdns_time hold;    /* KNOWN: a link that is new, or for a family that is
			    open, is asked until then */
	mdns_time end;     /* ASKING: when silence is the answer; MISSING: when
			    that is forgotten */
	mdns_time again;   /* KNOWN: when a family that is open is next asked */
	int64_t again_gap; /* since it was; 0: never yet */
	int status;        /* MISSING: what is said */
	bool published;    /* in the map */
	bool busy;         /* those who waited are being told: it stays */
	uint16_t name_len;
	uint8_t wire[];
};

void name_text(const struct name *name, struct mdns_name *ret_name);

/* How many questions it has: one a family, or one for a reverse name. */
unsigned name_questions_of(const struct name *name);

/* Starts one of them, if it is not; MDNS_ERR_RESOURCE. */
int name_start_one(
	struct names *names, struct name *name, unsigned which, mdns_time now);
/* All of them, at once; none if there is no room for one. */
int name_start(struct names *names, struct name *name, mdns_time now);
void name_stop(struct names *names, struct name *name, mdns_time now);

/* Starts those whose records are past half their life; stops those whose are
 * not, or are not there. */
void name_warm(struct names *names, struct name *name,
	const struct mdns_gathered *gathered, mdns_time now);
void name_cool(struct names *names, struct name *name,
	const struct mdns_gathered *gathered, mdns_time now);

/* It is asked for and known, but for a family of which nothing was heard: that
 * may have got lost, and is asked for again; less and less often (RFC 6762
 * 5.2). */
void name_ask_rest(struct names *names, struct name *name,
	const struct mdns_gathered *gathered, mdns_time now);

/* Until when readers need not tell that they have taken it. */
mdns_time name_fresh_until(
	const struct name *name, const struct mdns_gathered *gathered);

#endif
