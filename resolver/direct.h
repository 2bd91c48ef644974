/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One direct lookup, sans-IO: what to send when, what to believe, when it is
 * over. No clock, no socket, no memory but its own; the same steps run under
 * the blocking driver (resolver/lookup.h) and under the tests' virtual clock.
 *
 *	mdns_direct_init(...)
 *	until mdns_direct_is_over(d):
 *		while ((n = mdns_direct_write(d, now, ..., &way)) > 0) send it
 *		wait for a datagram until mdns_direct_expiry(d)
 *		for each: mdns_direct_read(d, ...)
 *	mdns_direct_result(d)
 *
 * The timetable, in milliseconds after the start (defaults; RFC 6762 5.1):
 *	0	one-shot: id, ephemeral port, A and AAAA in one message
 *	100	the second way: from 5353, joined to the group; QU if we are
 *		alone on that port (15.1), QM if we share it
 *	400 900	the one-shot again. On a shared port the last of these goes
 *		through 5353 instead, 1 s after the first that did (5.2):
 *		behind a firewall that is the only way in, and a responder
 *		multicasts a record once a second at most (6)
 *	1250	silence is the answer
 * With an answer for one family, the other has its grace, and so have other
 * links; unless the only link has answered both questions over both transports:
 * then there is no such address. Where an NSEC record says so and there are
 * other links, they have a quarter of it. (A host that repeats both and sends the second
 * family later, in a message of its own over both transports, is found with the
 * first only. Nobody is known to do so.)
 * A process that has learnt that answers come through 5353 starts with that:
 * the two ways change places, and the last resend is by 5353 as well. Nothing
 * more is sent once an address is there. */
#ifndef MDNS_DIRECT_H
#define MDNS_DIRECT_H

#include "resolver/answer.h"
#include "resolver/clock.h"
#include "resolver/response.h"
#include "resolver/settings.h"
#include "resolver/zone.h"

/* One name twice, one of them compressed, fits: 12 + 256 + 4 + 6. */
#define MDNS_QUERY_MAX 512

#define MDNS_SENDS_MAX (MDNS_RESENDS_MAX + 2)

struct mdns_send {
	mdns_time at;
	uint8_t way; /* enum mdns_way */
};

/* Points into itself: not to be copied. */
struct mdns_direct {
	struct mdns_subject subject;
	struct mdns_answer answer;
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	const struct mdns_settings *settings;
	enum mdns_zone zone;
	bool group_first;
	bool shared;    /* somebody else has port 5353 */
	unsigned ways;  /* mask of those that may still be used */
	unsigned asked; /* mask of those by which something was sent */
	uint8_t hops;   /* CNAMEs followed so far */
	uint8_t sends;
	uint8_t next_send;
	struct mdns_send send[MDNS_SENDS_MAX];
	mdns_time start;
	mdns_time end;      /* of the whole; moves closer with an answer */
	mdns_time group_at; /* when 5353 was last asked, or NEVER */
	mdns_time qu_until; /* how long a unicast reply to 5353 is wanted */
	bool sole_link; /* there is one link only to ask on */
	unsigned told;  /* mask of transports by which a one-shot had both of
			   its questions answered */
};

/* group_first: the learnt order. id is random. ways: bit mask of (1 << enum
 * mdns_way) that may be used. settings are borrowed as long as direct is used.
 * MDNS_ERR_NOT_OURS if the name is in none of our zones. */
int mdns_direct_init(struct mdns_direct *direct, const struct mdns_name *name,
	const struct mdns_settings *settings, unsigned ways, bool group_first,
	uint16_t id, mdns_time now);

/* The next query that is due at now: its size, 0 if there is none. It goes to
 * the group on every link over both transports by ret_way. Before the first
 * one by MDNS_WAY_GROUP the caller opens that way and says by
 * mdns_direct_share whether it shares the port. */
int mdns_direct_write(struct mdns_direct *direct, mdns_time now, uint8_t *buf,
	size_t size, enum mdns_way *ret_way);

/* The way that the next send will use, and when; MDNS_TIME_NEVER if none. */
mdns_time mdns_direct_next_send(
	const struct mdns_direct *direct, enum mdns_way *ret_way);

void mdns_direct_share(struct mdns_direct *direct, bool shared);

/* The links to ask on are known, and there is one of them, or not. */
void mdns_direct_set_sole_link(struct mdns_direct *direct, bool sole_link);

/* Nothing could be sent that way and nothing will: no link, or forbidden. What
 * is still planned for it is dropped and the next send of the other way is due
 * at once, or a second after 5353 was asked last (RFC 6762 5.2); when no way is
 * left the lookup is over with MDNS_ERR_NO_LINK. */
void mdns_direct_fail(
	struct mdns_direct *direct, enum mdns_way way, mdns_time now);

enum mdns_verdict mdns_direct_read(struct mdns_direct *direct,
	const struct mdns_origin *origin, const uint8_t *message, size_t size,
	mdns_time now);

/* When something is next to be done; in the past means now. */
mdns_time mdns_direct_expiry(const struct mdns_direct *direct);
bool mdns_direct_is_over(const struct mdns_direct *direct, mdns_time now);

/* 0 with direct->answer filled and sorted, MDNS_ERR_NO_DATA (the name exists,
 * and no address of it was heard), MDNS_ERR_NOT_FOUND, MDNS_ERR_PASS_ON or
 * MDNS_ERR_NO_LINK. */
int mdns_direct_result(struct mdns_direct *direct);

#endif
