/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small network with a clock of its own: links that lose and delay, hosts
 * that answer, queriers that ask, and somebody who watches all of it.
 *
 * Nothing sleeps and nothing is random but by the seed: the same seed gives
 * the same run. The first rule that is broken is written down in `failure`,
 * and the world stands still from then on. */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <stdio.h>

#include "resolver/querier.h"
#include "resolver/rr.h"

#define SIM_LINKS 4 /* their interface indices are 1 and up */
#define SIM_PEERS 4
#define SIM_HOSTS 12
#define SIM_ASKS 16
#define SIM_RECORDS 32 /* of one host; a mask of them is 32 bits wide */
#define SIM_PACKET 9000

enum {
	SIM_TYPE_TXT = 16,
	SIM_TYPE_SRV = 33,
};

struct sim;

/* How a link treats each datagram for each of its receivers; per mille. */
struct sim_weather {
	unsigned loss;
	unsigned twice;
	unsigned damage; /* some octets change; the checksum does not see it */
	mdns_time delay_min;
	mdns_time delay_max; /* more than the gaps between packets: reorders */
};

struct sim_event {
	mdns_time at;
	uint64_t order; /* what was planned first happens first */
	void (*run)(struct sim *sim, void *what, unsigned arg);
	void *what;
	unsigned arg;
	bool owned; /* what is freed afterwards */
};

/* A record with its RDATA free of compression. */
struct sim_rr {
	struct mdns_name name;
	uint16_t type;
	bool flush;
	uint32_t ttl;
	uint16_t rdlength;
	uint8_t rdata[600];
};

/* A responder (host.c). */
struct sim_record {
	struct sim_rr rr;
	bool gone; /* withdrawn: is not answered any more */
	mdns_time since;
	mdns_time sent[SIM_LINKS]; /* when it was last multicast; -1: never */
};

struct sim_pending {
	bool busy;
	unsigned link;
	unsigned from;   /* node that asked */
	uint32_t mask;   /* of records; */
	uint32_t nsec;   /* of records whose owner name gets an NSEC */
	uint32_t listed; /* known answers: not to be sent to this one */
	bool unicast;
	bool truncated; /* more known answers are to come */
	mdns_time due;
};

struct sim_host {
	struct sim *sim;
	unsigned node;
	uint32_t links; /* bit 0 is interface 1 */
	bool alive;
	bool nsec;      /* says what it does not have */
	bool probes;    /* asks before it announces */
	bool extra;     /* sends related records as additional ones */
	unsigned mute;  /* per mille of answers that it forgets */
	mdns_time late; /* added to each answer, at most */
	unsigned records;
	struct sim_record record[SIM_RECORDS];
	struct sim_pending pending[16];
};

/* What the watcher knows of one record at one querier on one link. */
struct sim_seen {
	struct sim_seen *next;
	struct sim_rr rr;
	bool shown;   /* ADDED and not yet REMOVED */
	bool loose;   /* came in a damaged packet: only so much is known */
	bool goodbye; /* or flushed: about to go */
	bool doubted;
	mdns_time heard;
	mdns_time earliest, latest; /* may be removed from, must be until */
	/* Queries that its age explains, so far: of its type, and of ANY. */
	unsigned refreshed[2];
	unsigned foreign; /* others' queries for it without an answer */
	unsigned clean;   /* the same, without any doubt about them */
	mdns_time foreign_at, clean_at;
	uint64_t batch; /* the last one in which it was a known answer */
};

/* And of one question. */
struct sim_asked {
	struct sim_asked *next;
	struct mdns_name name;
	uint16_t type;
	bool ever, qu, heard_ever;
	mdns_time last;  /* sent by us */
	mdns_time heard; /* sent by others, which counts as ours (7.3) */
	mdns_time turn;  /* either, or something like it */
	mdns_time since; /* a client is interested */
	mdns_time start; /* of the series, and its queries so far */
	unsigned count;
	unsigned extra;        /* refreshes that others of the set explain */
	mdns_time doubt_until; /* asked again because of doubt (10.4) */
	unsigned doubt_turns;  /* how often, by whomever */
};

#define SIM_BUCKETS 256
#define SIM_OWN 8

struct sim_view {
	struct sim_seen *bucket[SIM_BUCKETS];
	struct sim_asked *asked;
	uint32_t shown;
	mdns_time deadline; /* no shown record's `latest` is before it */
	bool qu_ever;
	mdns_time qu_at;
	/* The query under way, which may be several packets. */
	bool truncated;
	mdns_time batch_at;
	uint64_t batch;
	unsigned questions;
	struct mdns_question question[128];
	/* Our last packets. */
	size_t own_size[SIM_OWN];
	uint32_t own_sum[SIM_OWN];
	mdns_time own_at[SIM_OWN];
	unsigned own_next;
};

struct sim_ask {
	bool busy;
	uint32_t ifindex; /* 0: all */
	struct mdns_name name;
	uint16_t type;
};

/* A machine with a querier and a client of it. */
struct sim_peer {
	struct sim *sim;
	unsigned node;
	bool running;
	bool asleep;
	bool slept;
	bool loopback; /* hears its own multicasts, as is usual */
	uint32_t links;
	uint16_t payload[SIM_LINKS];
	bool alone[SIM_LINKS];
	mdns_time late; /* wakes up that much too late, at most */
	mdns_time wake, wake_for;
	struct mdns_querier_limits limits;
	struct mdns_querier querier;
	struct sim_view view[SIM_LINKS];
	struct sim_ask ask[SIM_ASKS];
	/* Memory that the querier has, and how often it gets none. */
	size_t memory;
	size_t memory_most;
	unsigned memory_fails;
	bool memory_failed;
	/* While one of its functions runs. */
	bool flushing;
	unsigned flushing_link;
	unsigned unexplained[SIM_LINKS];
	const struct sim_rr *heard; /* of the packet being read */
	unsigned heard_count;
	bool heard_damaged;
	uint64_t packets;
};

/* A query as it was sent, for the stories. */
struct sim_sent {
	mdns_time at;
	unsigned peer;
	unsigned link;
	uint16_t flags;
	uint16_t questions;
	uint16_t answers;
	bool unicast;  /* the first question's QU bit */
	uint16_t type; /* of the first question */
	size_t size;
	struct mdns_name name;
};

struct sim {
	mdns_time now;
	uint64_t seed;
	struct mdns_random random;
	FILE *log;
	bool quiet;   /* nothing is lost, and everybody means well */
	bool damaged; /* a datagram was, once */
	char failure[600];

	struct sim_event *event;
	size_t events, event_room;
	uint64_t order;

	struct sim_weather weather[SIM_LINKS];
	struct sim_peer peer[SIM_PEERS];
	struct sim_host host[SIM_HOSTS];

	uint64_t steps, packets, removals;
	uint64_t batch;
	bool keep_sent;
	struct sim_sent *sent;
	size_t sents, sent_room;
};

/* Nodes on the links: the peers, then the hosts, then nobody. */
#define SIM_NODE_HOST SIM_PEERS
#define SIM_NODE_NOBODY 200

void sim_init(struct sim *sim, uint64_t seed);
/* Closes all queriers; what they do not give back is a failure. */
void sim_close(struct sim *sim);

void sim_say(struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sim_fail(struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool sim_failed(const struct sim *sim);

uint32_t sim_random(struct sim *sim, uint32_t below);
bool sim_chance(struct sim *sim, unsigned per_mille);
mdns_time sim_between(struct sim *sim, mdns_time least, mdns_time most);

/* Plans something; runs until that time, or until a rule is broken. */
void sim_plan(struct sim *sim, mdns_time at,
	void (*run)(struct sim *sim, void *what, unsigned arg), void *what,
	unsigned arg, bool owned);
void sim_run(struct sim *sim, mdns_time until);

/* To all on the link if `to` is SIM_NODE_NOBODY. The origin's transport and
 * source are filled in; port and on_link may be lies. */
void sim_send(struct sim *sim, unsigned link, unsigned from, unsigned to,
	uint16_t port, bool on_link, const uint8_t *bytes, size_t size);

/* Peers. */
struct sim_peer *sim_peer_open(struct sim *sim, unsigned index);
void sim_peer_close(struct sim_peer *peer);
void sim_peer_up(
	struct sim_peer *peer, unsigned link, uint16_t payload, bool alone);
void sim_peer_down(struct sim_peer *peer, unsigned link);
bool sim_peer_start(struct sim_peer *peer, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type);
void sim_peer_stop(struct sim_peer *peer, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type);
void sim_peer_doubt(struct sim_peer *peer, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type);
/* Hears and does nothing until woken; time goes on meanwhile. */
void sim_peer_sleep(struct sim_peer *peer, bool asleep);
/* How many records it shows for that question on that link. */
unsigned sim_peer_shows(const struct sim_peer *peer, unsigned link,
	const char *name, uint16_t type);

/* The watcher (view.c). */
void sim_view_init(struct sim_view *view);
void sim_view_close(struct sim_view *view);
/* Interest begins or ends; the link is new. */
void sim_view_start(struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type);
void sim_view_link(struct sim_peer *peer, unsigned link);
/* certain: it was not refused for want of memory. */
void sim_view_doubt(struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type, bool certain);
void sim_view_changed(struct sim_peer *peer, unsigned link,
	enum mdns_change change, const struct mdns_cached *record);
/* Around mdns_querier_read. */
void sim_view_before_read(struct sim_peer *peer, unsigned link,
	const struct mdns_origin *origin, const uint8_t *bytes, size_t size,
	bool damaged, unsigned from);
void sim_view_after_read(struct sim_peer *peer, unsigned link,
	const struct mdns_origin *origin, const uint8_t *bytes, size_t size,
	bool damaged, unsigned from);
/* The rules (invariants.c). */
void sim_view_sent(struct sim_peer *peer, unsigned link, const uint8_t *bytes,
	size_t size);
/* After each event, and when all should be right at last. */
void sim_view_check(struct sim_peer *peer);
void sim_view_agree(struct sim_peer *peer);

/* True if a client of the peer asks for such a record there. */
bool sim_peer_wants(const struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type);
bool sim_type_matches(uint16_t question, uint16_t record);

/* Wire (wire.c): reads a record, its RDATA made free of compression; false if
 * it is malformed. Text of names for the log: static, four in turn. */
bool sim_rr_read(const struct mdns_reader *reader,
	const struct mdns_record *record, struct sim_rr *ret_rr);
void sim_rr_write(struct mdns_writer *writer, enum mdns_section section,
	const struct sim_rr *rr, uint32_t ttl, bool flush);
bool sim_rr_equal(const struct sim_rr *a, const struct sim_rr *b);
/* True if an NSEC record denies the type. */
bool sim_rr_denies(const struct sim_rr *rr, uint16_t type);
struct mdns_name sim_name(const char *text);
const char *sim_text(const struct mdns_name *name);

/* Makers of records. */
struct sim_rr sim_rr_address(
	const char *name, const uint8_t *bytes, uint16_t size, uint32_t ttl);
struct sim_rr sim_rr_pointer(
	const char *name, const char *target, uint32_t ttl);
struct sim_rr sim_rr_service(
	const char *name, uint16_t port, const char *target, uint32_t ttl);
struct sim_rr sim_rr_text(const char *name, const char *text, uint32_t ttl);

#endif
