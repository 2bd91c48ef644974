/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names that clients of mdns-helper ask for: asked on the network once,
 * however many ask; remembered as long as their records live; published in the
 * map; kept warm if they go on being asked for. No socket, no clock.
 *
 *	ASKING   somebody waits; questions are out. Forgotten when nobody does
 *	KNOWN    answered; follows what the caches hear of it
 *	MISSING  nobody answered; forgotten after NAMES_MISSING_TIME, or as soon
 *	         as something is heard of it
 *
 * Kept warm: readers of the map take an answer without telling anybody for the
 * first half of its life. Who asks in the second half is seen here, and then
 * the questions are started, so that the records are refreshed at 80 % of
 * their TTL (RFC 6762 5.2); once they are younger than half their TTL the
 * questions stop. So a name asked for more often than twice in its lifetime
 * never goes cold, and one that is not costs nothing.
 *
 * A family that was given up (nobody has said that it is not there) may be one
 * whose answer got lost: whoever asks is told the other at once, and it is asked
 * for again then; the next time no sooner than after 10, 20, 40 s ... an hour. */
#ifndef HELPER_NAMES_H
#define HELPER_NAMES_H

#include "resolver/gather.h"
#include "resolver/map.h"
#include "resolver/querier.h"
#include "resolver/settings.h"

#define NAMES_MISSING_TIME (5 * MDNS_SEC)
/* We may ask once a second (RFC 6762 5.2), which is not enough where packets
 * get lost; a process may ask by one-shots as often as it likes (5.1). A host
 * that is there has answered after this, or its answer is lost. */
#define NAMES_PATIENCE (250 * MDNS_MSEC)
/* However long the TTL: so long after it was asked for last a reader has to ask
 * once more. So the helper knows how soon nobody needs it any more. */
#define NAMES_FRESH_TIME (120 * MDNS_SEC)

struct name;

/* One waiting request. Lies in whoever waits; zeroed before the first use. */
struct asker {
	struct asker *next;
	struct name *name; /* NULL: it does not wait */
	mdns_time deadline;
	bool alone; /* of those who wait for a name that nobody has answered
		       the one who is to ask by itself as well, if that lasts
		       (NAMES_PATIENCE): of a crowd one does */
	mdns_time since;
};

struct names_limits {
	uint32_t names;   /* that are remembered or asked; the one asked for
			     longest ago makes way for another */
	uint32_t waiting; /* askers */
};

/* Points into itself: not to be copied or moved. */
struct names {
	struct mdns_querier *querier;
	struct mdns_map_writer *map; /* may be NULL */
	struct mdns_memory memory;
	struct names_limits limits;
	int64_t total; /* how long to ask */
	int64_t grace; /* for the other family, unless it was told without
			  (querier.h) */
	bool deep_not_found;  /* see settings.h */
	struct mdns_table table;
	struct mdns_heap heap;
	struct name *newest, *oldest; /* by when they were asked for last */
	struct name *dirty;           /* something was heard of them */
	uint32_t waiting;
	bool linked;           /* there was a link when it was last looked at */
	mdns_time fresh_until; /* nothing in the map is taken after that */
	/* Since the start: answered at once; for which the network was asked;
	 * that joined those; names that made way; that found no room. */
	uint64_t hits, asked, joined, evicted, refused;
	/* The answer for an asker that has waited; it does not wait any more.
	 * May call names_ask and names_cancel, nothing else. */
	void (*answered)(void *context, struct asker *asker, int status,
		const struct mdns_answer *answer);
	void *context;
};

/* settings: see names_configure; the rest is borrowed until names_close. */
void names_init(struct names *names, struct mdns_querier *querier,
	struct mdns_map_writer *map, const struct mdns_memory *memory,
	const struct names_limits *limits, const struct mdns_settings *settings,
	void (*answered)(void *context, struct asker *asker, int status,
		const struct mdns_answer *answer),
	void *context);
/* total_ms, grace_ms and deep_not_found from now on. */
void names_configure(struct names *names, const struct mdns_settings *settings);
/* Forgets all, without telling who waits. */
void names_close(struct names *names);

/* A client asks for the addresses of a name, or the name of an address by its
 * .arpa name. deadline: when it gives up; 0: our own limit. What is known is
 * known at once: 1, with ret_status (0, or MDNS_ERR_NOT_FOUND, _PASS_ON,
 * _NO_DATA) and ret_answer filled. Otherwise 0, and the asker is told later,
 * even if that is MDNS_ERR_NO_LINK. MDNS_ERR_NOT_OURS, MDNS_ERR_RESOURCE. */
int names_ask(struct names *names, const struct mdns_name *name, mdns_time now,
	mdns_time deadline, struct asker *asker, int *ret_status,
	struct mdns_answer *ret_answer);

/* The asker does not want to be told any more. */
void names_cancel(struct names *names, struct asker *asker);

/* From the querier: its `keeps` and (first) its `changed`. */
bool names_keeps(const struct names *names, const struct mdns_name *name);
void names_hear(struct names *names, const struct mdns_name *name);

/* All that has been heard, and all that is due. After each mdns_querier_read,
 * _expire, _add_link or _drop_link, and at names_expiry. */
mdns_time names_expiry(const struct names *names);
void names_expire(struct names *names, mdns_time now);

/* A link has come, or has changed: what was missing may be there; for those who
 * wait the time begins anew (to their own deadlines); and what is known and was
 * asked for lately is asked there as well. */
void names_retry(struct names *names, mdns_time now);

/* Forgets what is remembered; who waits goes on waiting. */
void names_flush(struct names *names, mdns_time now);

/* True if something in the map may be taken by a reader at now. */
bool names_are_fresh(const struct names *names, mdns_time now);

#endif
