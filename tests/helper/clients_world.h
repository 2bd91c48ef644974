/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of tools/helper/clients share: a listening socket in a folder
 * of its own, a real event loop that is run by hand, names that answer as their
 * labels say, and a querier that is told what is on the link. */
#ifndef TESTS_HELPER_CLIENTS_WORLD_H
#define TESTS_HELPER_CLIENTS_WORLD_H

#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/rr.h"
#include "tests/unit.h"
#include "tools/helper/clients.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define LINK 3
#define OTHER_LINK 4
#define SERVICE "_ipp._tcp.local"
#define SOMEBODY 1234 /* uids that are nobody's */
#define SOMEBODY_ELSE 4321
#define MAP_ID 77

struct world {
	sd_event *event;
	struct clients *clients;
	struct clients_world asked_about;
	struct names names; /* stays empty: see names_ask in clients_world.c */
	struct asker *waiting; /* newest first */
	struct mdns_querier querier;
	unsigned blocks; /* of memory that it has */
	int listener;
	char folder[64], path[96];
	unsigned asked, known, canceled, begun, settled, flushed;
	mdns_time deadline;     /* of the last one that was asked for */
	bool answers_in_settle; /* all who wait */
	int closes_in_settle;   /* before that; 0: none */
	unsigned links_described;
	uint64_t rounds; /* of the loop, ever */
};

/* A helper with two links and nothing known. There is one at a time. */
struct world *given_world(void);
/* Ends it; nothing may be left behind. */
void then_nothing_is_left(struct world *w);

/* Lets the loop run until nothing is left to do; how many rounds that took. */
unsigned loop(struct world *w);
/* The same, and goes on for that time. */
unsigned loop_for(struct world *w, unsigned ms);

/* Connects; another uid's connection needs root. -1 if the backlog is full. */
int dial(struct world *w);
int dial_as(struct world *w, unsigned uid);
bool can_be_others(void);
/* A connection that has been accepted. */
int dialled_as(struct world *w, unsigned uid);
void close_all(int *fds, unsigned count);

/* A request goes out; the loop does not run. type: of WATCH and RECONFIRM. */
struct mdns_request request_of(
	enum mdns_request_op op, const char *text, uint64_t id);
bool send_octets(int fd, const void *octets, size_t size);
bool ask(int fd, const struct mdns_request *request);
/* The same in one; there must be room for it. */
void send_request(int fd, enum mdns_request_op op, const char *text,
	uint16_t type, uint64_t id);
/* Sends it and lets the loop run. */
void tell(struct world *w, int fd, enum mdns_request_op op, const char *text,
	uint16_t type, uint64_t id);
void resolve(struct world *w, int fd, const char *text, uint64_t id);

/* The next reply: its kind; NOTHING, or ENDED if the helper has hung up. */
enum { NOTHING = 0, ENDED = -1 };
int next_reply(int fd, union mdns_reply *ret_reply, int *ret_fd);
/* What the next reply is, in short: "wait 7", "answer 7 0 192.0.2.1", "done 7",
 * "refused 7 -10", "+ 7 3 A 1" (event, id, link, type, last octet), "link 7",
 * "status 7", "nothing", "ended". */
const char *story(int fd);
/* Passes over a "wait" that has been there before. */
void then_next(int fd, const char *expected);
/* The same behind any number of others; how many. */
unsigned then_next_but(int fd, const char *others, const char *expected);

/* Names: whoever waits is told, the oldest or all. */
void when_answered(struct world *w);
void when_all_are_answered(struct world *w);
unsigned count_waiting_names(const struct world *w);

/* The link: a record is heard. */
void when_heard(struct world *w, uint32_t ifindex, const char *text,
	uint16_t type, const void *rdata, size_t size, uint32_t ttl);
void when_heard_address(struct world *w, uint32_t ifindex, const char *text,
	const char *address, uint32_t ttl);
/* A thousand addresses of a.local, then of b.local: a set has its limit. */
void when_heard_number(struct world *w, unsigned number);
unsigned questions(const struct world *w, uint32_t ifindex);

unsigned count_descriptors(void);

/* The n-th allocation from now on fails, and it alone; 0: none. */
extern unsigned allocation_that_fails;
extern unsigned allocations;

#endif
