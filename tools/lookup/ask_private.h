/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of ask share; nobody else includes it. */
#ifndef LOOKUP_ASK_PRIVATE_H
#define LOOKUP_ASK_PRIVATE_H

#include "resolver/clock.h"
#include "resolver/message.h"
#include "resolver/sockets.h"
#include "tools/lookup/ask.h"

/* 1280 octets, which every link with IPv6 takes in one piece, less 48 of
 * headers. One question is 260 at most. */
#define ASK_QUERY_MAX 1232

/* Records that are told of; 8 octets are kept of each. */
#define ASK_HEARD_MAX 4096

/* The host of --unicast. */
struct ask_target {
	bool known;
	uint8_t family;    /* enum mdns_family */
	uint8_t bytes[16]; /* IPv4: the first 4, the rest is 0 */
	uint32_t ifindex;  /* where it is; 0: on any link that has it */
};

struct ask_run {
	struct ask *ask;
	struct ask_target target;
	struct mdns_sockets sockets;
	struct mdns_links links;
	bool group_open;
	bool shared;     /* somebody else has port 5353 */
	bool sent;       /* anything, ever */
	unsigned failed; /* mask of the ways by which nothing can be sent */
	uint16_t id;
	uint32_t seed;
	mdns_time start;
	mdns_time end;
	mdns_time qu_until; /* how long a unicast reply to 5353 is wanted */
	unsigned suffix_count;
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	unsigned heard_count;
	bool full; /* that was complained of */
	uint64_t heard[ASK_HEARD_MAX];
	uint8_t query[ASK_QUERY_MAX];
	uint8_t buf[MDNS_MESSAGE_MAX];
	uint8_t rdata[MDNS_MESSAGE_MAX];
};

/* --- ask.c --- */

/* What is shown of a message now; fills in its time. */
void ask_report(const struct ask_run *run, struct mdns_lookup_event *event,
	struct packet *ret_packet);
/* Tells of run->query. */
void ask_report_sent(struct ask_run *run, const struct mdns_link *link,
	unsigned transport, enum mdns_way way, size_t size);

/* --- ask_read.c --- */

/* Judges one message, takes what it says, tells of it, and settles what is
 * answered. */
void ask_read(
	struct ask_run *run, struct mdns_lookup_event *event, mdns_time now);

/* --- ask_unicast.c --- */

/* Who is meant by options->unicast: MDNS_ERR_NAME (also if it was interrupted),
 * or MDNS_ERR_NO_LINK if its interface is not there. */
int ask_find_target(struct ask_run *run, bool *ret_interrupted);
/* run->query to it; 0, MDNS_ERR_NO_LINK if it is on none of our links, or why it
 * could not be sent. */
int ask_send_unicast(struct ask_run *run, size_t size);

#endif
