/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who says what about one name: all records that a probe hears of it. */
#ifndef LOOKUP_DOCTOR_SAID_H
#define LOOKUP_DOCTOR_SAID_H

#include "tools/lookup/doctor_probe.h"

#define SAID_MAX 128 /* records; two hosts with 32 addresses by both ways */
#define SAID_DROPS_MAX 4

/* How long to go on listening once there is one: for a second host that has the
 * name, and for multicast, which an access point may hold back for some hundred
 * milliseconds. */
#define SAID_SETTLE_MSEC 600

/* A record from one host, over one transport, by one way. */
struct said {
	uint32_t ifindex;
	uint8_t transport;
	uint8_t way;
	bool cache_flush;
	uint16_t type;
	uint32_t ttl;
	uint32_t usec;
	uint8_t source[16];
	uint8_t rdata[16]; /* of addresses */
	char *data;        /* as text, of malloc */
};

/* An answer, or a record in one, that no resolver believes, and why. */
struct said_drop {
	uint32_t ifindex;
	uint8_t transport;
	uint8_t source[16];
	const char *why; /* static */
	char data[64];   /* of the record; empty: the whole answer */
};

struct said_all {
	bool asked;                 /* the network was; else nothing is known */
	struct mdns_name name;      /* what was asked for */
	bool reverse;               /* a PTR, not addresses */
	struct mdns_links links;    /* where */
	bool others;                /* another host was heard at all */
	bool goodbye;               /* one took its record back */
	bool denied[MDNS_FAMILIES]; /* by an NSEC record */
	unsigned told; /* mask of transports by which a one-shot had both of
			  its questions answered */
	struct mdns_name alias; /* the target of a CNAME; len 0: none */
	unsigned count;
	unsigned drop_count;
	struct said said[SAID_MAX];
	struct said_drop drop[SAID_DROPS_MAX];
};

void said_init(
	struct said_all *all, const struct mdns_name *name, bool reverse);

/* The questions for a probe; the name is borrowed. */
void said_add_questions(const struct said_all *all, struct probe *probe);

/* For each datagram of that probe; true if there is a record by now. */
bool said_hear(struct said_all *all, const struct probe_heard *heard);

/* When the probe is over. */
void said_end(struct said_all *all, const struct probe *probe);

/* All of that, by a probe of its own; as probe_run. */
int said_collect(struct said_all *all, const struct doctor *doctor);

void said_free(struct said_all *all);

/* "10.0.0.2". */
void said_print_source(
	uint8_t transport, const uint8_t source[16], char *buf, size_t size);

/* "eth0" */
const char *said_link_name(const struct said_all *all, uint32_t ifindex);

bool said_is_address(const struct said *said);

#endif
