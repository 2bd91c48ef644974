/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/querier share: a querier on a virtual clock, whose
 * every packet is read and judged as it is sent, and those that it hears. */
#ifndef TESTS_RESOLVER_QUERIER_WORLD_H
#define TESTS_RESOLVER_QUERIER_WORLD_H

#include "resolver/querier.h"
#include "resolver/rr.h"
#include "tests/memory.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* No test starts at 0: points in time are not spans. */
#define START (INT64_C(987654321) * MDNS_MSEC + 17)
#define HOUR_MS INT64_C(3600000)
#define LINK 3
#define OTHER_LINK 4
#define A MDNS_TYPE_A
#define AAAA MDNS_TYPE_AAAA
#define PTR MDNS_TYPE_PTR
#define SRV 33
#define TXT 16
#define SERVICE "_ipp._tcp.local"

#define PACKETS_MAX 300
#define EVENTS_MAX 600

struct packet {
	mdns_time at;
	uint32_t ifindex;
	size_t size;
	uint8_t bytes[MDNS_MESSAGE_MAX];
};

struct event {
	mdns_time at;
	uint32_t ifindex;
	enum mdns_change change;
	unsigned data; /* the last octet of the record's data */
};

struct world {
	struct test_memory counted;
	struct mdns_querier querier;
	mdns_time now;
	struct packet packet[PACKETS_MAX]; /* sent */
	unsigned packets;
	unsigned more; /* so many packets before this one had TC */
	struct event event[EVENTS_MAX];
	unsigned events; /* all; the array has the first */
};

/* A querier at START: with one link whose port is shared with others, or
 * without any, or with other limits and a suffix (borrowed; may be NULL). There
 * is one at a time. */
struct world *given(uint64_t seed);
struct world *given_nothing(uint64_t seed);
struct world *given_limits(uint64_t seed,
	const struct mdns_querier_limits *limits,
	const struct mdns_name *suffix);
void given_link(
	struct world *w, uint32_t ifindex, uint16_t payload, bool alone);

/* Ends it, without events and without a loss. */
void then_all_is_given_back(struct world *w);

/* Questions of a client, on all links if not said otherwise. */
int try_start(
	struct world *w, uint32_t ifindex, const char *text, uint16_t type);
void start(struct world *w, const char *text, uint16_t type);
void stop(struct world *w, const char *text, uint16_t type);

/* What is in the cache, on LINK if not said otherwise. */
struct mdns_rrset *find_on(
	struct world *w, uint32_t ifindex, const char *text, uint16_t type);
struct mdns_rrset *find(struct world *w, const char *text, uint16_t type);
unsigned count_of(struct world *w, const char *text, uint16_t type);

/* Lets the time pass as a driver would, and wakes when it is due. */
void when_it_is(struct world *w, mdns_time then);
void when_ms_later(struct world *w, int64_t ms);
/* Sends all that is to be sent now; how many. */
unsigned when_writing(struct world *w);

/* Whether the packet asks that, and how: 1 QM, 2 QU. */
int packet_asks(const struct packet *packet, const char *text, uint16_t type);
uint16_t packet_count(const struct packet *packet, enum mdns_section section);
bool packet_is_truncated(const struct packet *packet);
void forget_packets(struct world *w);

/* When that was asked, in ms since START; how often. On LINK if not said
 * otherwise. */
unsigned asked_on(const struct world *w, uint32_t ifindex, const char *text,
	uint16_t type, int64_t ret_ms[PACKETS_MAX]);
unsigned asked(const struct world *w, const char *text, uint16_t type,
	int64_t ret_ms[PACKETS_MAX]);
unsigned times_asked(const struct world *w, const char *text, uint16_t type);

/* The events since the last call: "1000-7" says that a second after START the
 * record whose data ends with 7 was removed; + added, = updated. */
const char *story(struct world *w);

/* Datagrams that arrive, on LINK to the group from port 5353 if not said
 * otherwise. An address is unique, a pointer is shared, an NSEC says that there
 * is A and nothing else. */
extern const struct mdns_origin from_group;
extern const uint16_t only_a[];
enum mdns_verdict hear_from(struct world *w, const struct mdns_origin *origin,
	const struct unit_message *message);
enum mdns_verdict hear(struct world *w, const struct unit_message *message);
void hear_address(
	struct world *w, const char *text, const char *address, uint32_t ttl);
void hear_pointer(
	struct world *w, const char *text, const char *target, uint32_t ttl);
void hear_nsec(struct world *w, const char *text, uint32_t ttl);
void hear_query(
	struct world *w, const char *text, uint16_t type, uint16_t rclass);
void add_pointer(struct unit_message *m, const char *text, const char *target,
	uint32_t ttl);

#endif
