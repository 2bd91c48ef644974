/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a response: is it to be believed, and what does it say about the one
 * name that was asked for? */
#ifndef MDNS_RESPONSE_H
#define MDNS_RESPONSE_H

#include "resolver/answer.h"
#include "resolver/message.h"

/* What is known of a received datagram besides its octets. */
struct mdns_origin {
	uint32_t ifindex;   /* the link it came in on */
	uint16_t port;      /* source port, host order */
	uint8_t transport;  /* enum mdns_family */
	uint8_t way;        /* enum mdns_way: by which socket */
	bool to_group;      /* its destination was the multicast group */
	bool on_link;       /* its source is an address of that link */
	uint8_t source[16]; /* IPv4 uses the first 4, the rest is 0 */
};

/* What is being asked. */
struct mdns_subject {
	struct mdns_name name;
	bool reverse;        /* PTR, not A and AAAA */
	bool unicast_wanted; /* QU asked through 5353 in the last 2 s */
	uint16_t id;         /* of the one-shot queries */
	const struct mdns_name *suffixes; /* believed besides .local */
	unsigned suffix_count;
};

enum mdns_verdict {
	MDNS_VERDICT_TAKEN,        /* it spoke of our name */
	MDNS_VERDICT_OTHER,        /* fine, but about other names */
	MDNS_VERDICT_NOT_RESPONSE, /* QR clear (RFC 6762 18.2) */
	MDNS_VERDICT_OPCODE,       /* RFC 6762 18.3 */
	MDNS_VERDICT_RCODE,        /* RFC 6762 18.11 */
	MDNS_VERDICT_PORT,         /* not from 5353 (RFC 6762 6, 11) */
	MDNS_VERDICT_OFF_LINK,     /* unicast from elsewhere (RFC 6762 11) */
	MDNS_VERDICT_UNWANTED,     /* unicast to 5353, QU not asked */
	MDNS_VERDICT_ID,           /* one-shot reply with another id */
	MDNS_VERDICT_QUESTION,     /* one-shot reply to another question */
	MDNS_VERDICT_FORMAT,       /* not even a header */
};

/* Static text for a verdict, for people; never NULL. */
const char *mdns_verdict_text(enum mdns_verdict verdict);

/* The rules for any response that came to port 5353 or to an ephemeral port:
 * header, source port, on-link. unicast_wanted: one to this host's address is
 * welcome. MDNS_VERDICT_OTHER if nothing speaks against it. */
enum mdns_verdict mdns_response_judge(const struct mdns_reader *reader,
	const struct mdns_origin *origin, bool unicast_wanted);

/* Judges the datagram and adds what it says about the subject to the answer,
 * as heard at usec into the lookup. Records that are malformed, of a class
 * other than IN, with TTL 0 (RFC 6762 10.1) or with an address that is not
 * usable are passed over, each at its own cost only; so is the authority section. A CNAME of the subject is
 * followed inside the message, MDNS_CNAME_HOPS at most and never out of our
 * zones; if no address of the target is here, ret_alias has the target, else
 * its len is 0. */
#define MDNS_CNAME_HOPS 4
enum mdns_verdict mdns_response_read(const struct mdns_subject *subject,
	const struct mdns_origin *origin, const uint8_t *message, size_t size,
	uint32_t usec, struct mdns_answer *answer, struct mdns_name *ret_alias);

#endif
