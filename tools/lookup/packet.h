/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One mDNS message as people see it: when, where, from whom, and all that is in
 * it. For -v, --monitor and --read. */
#ifndef LOOKUP_PACKET_H
#define LOOKUP_PACKET_H

#include <stdio.h>

#include "resolver/lookup.h"
#include "resolver/response.h"
#include "tools/lookup/options.h"

struct packet {
	int64_t realtime; /* nanoseconds since 1970 */
	bool in_lookup;   /* usec is shown, not the time of day */
	uint32_t usec;    /* since the start of the lookup */
	bool out;         /* sent by us */
	bool judged;      /* in only: verdict is what a resolver says */
	enum mdns_verdict verdict;
	bool echo; /* in only: what we have just sent, heard again */
	char link[IF_NAMESIZE]; /* empty: not known (a capture file) */
	uint32_t ifindex;       /* 0: not known */
	uint8_t transport;      /* enum mdns_family */
	uint8_t way;            /* enum mdns_way; MDNS_WAYS: not known */
	uint8_t source[16], destination[16];    /* IPv4: the first 4 octets; all
						 zeros: not known */
	uint16_t source_port, destination_port; /* 0: not known */
	bool off_link;
	const uint8_t *message;
	size_t size;
	size_t lost; /* octets behind it that the capture has not got */
};

/* The packet of an event now: of a lookup (in_lookup), or of those who watch.
 * Borrows its message. To be called while the sockets are open: what an event
 * does not tell, our own address and port, is asked of the kernel. */
void packet_from_event(const struct mdns_lookup_event *event, bool in_lookup,
	struct packet *ret_packet);

/* "one-shot", "QM", "QU" for a query, "response", or "malformed". A query is
 * QU if any of its questions has the bit, one-shot if it does not come from
 * port 5353. Static. */
const char *packet_kind(const struct packet *packet);

/* Which names a resolver believes: those in .local and the link-local reverse
 * zones, and from this call on those below the suffixes of the settings. */
void packet_set_zones(const struct mdns_settings *settings);

/* full: the first line and a line for each question and record, indented, with
 * what is dropped and why; otherwise one line with the most important of them.
 * As text or JSON by format (JSON is always full, "kind":"packet", and goes to
 * standard output whatever out is). */
void packet_print(FILE *out, const struct packet *packet, bool full,
	enum options_format format);

#endif
