/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages between a process and mdns-helper (pure): fixed sizes and
 * widths, the same for 32 and 64 bits; octet order is the machine's.
 *
 * Each message is one record of an AF_UNIX SOCK_SEQPACKET socket. A request is
 * answered by one reply, or by WAIT at once, again every 100 ms, and the last one
 * later:
 *
 *	RESOLVE            [WAIT ...] ANSWER
 *	WATCH, BROWSE      DONE, then EVENT until the client hangs up
 *	RECONFIRM, FLUSH   DONE
 *	STATUS             LINK for each link, then STATUS
 *	anything           REFUSED: with status why
 *
 * What is not of the right size and version to the octet is REFUSED with
 * MDNS_ERR_FORMAT, and then the helper hangs up. */
#ifndef MDNS_PROTOCOL_H
#define MDNS_PROTOCOL_H

#include <stddef.h>

#include "resolver/answer.h"
#include "resolver/clock.h"

#define MDNS_HELPER_FOLDER "/run/mdns-helper"
#define MDNS_HELPER_SOCKET MDNS_HELPER_FOLDER "/socket"

/* "mh" and a version: changes with any of the structures. */
#define MDNS_PROTOCOL 0x6d680001u

enum mdns_request_op {
	MDNS_REQUEST_RESOLVE = 1, /* a name, or an address by its .arpa name */
	MDNS_REQUEST_WATCH,       /* records of that name and type */
	MDNS_REQUEST_BROWSE,      /* a service type: its PTR records */
	MDNS_REQUEST_RECONFIRM,   /* may be wrong (RFC 6762 10.4) */
	MDNS_REQUEST_FLUSH,       /* forget everything; root and the helper's
				     own user only */
	MDNS_REQUEST_STATUS,
};

struct mdns_request {
	uint32_t protocol; /* MDNS_PROTOCOL */
	uint16_t op;       /* enum mdns_request_op */
	uint16_t type;     /* RR type of WATCH and RECONFIRM, else 0 */
	uint64_t id;       /* comes back in each reply */
	uint64_t map;      /* the map that the client has (map.h), or 0 */
	int64_t deadline;  /* boottime; RESOLVE: an answer later is of no use.
			      0: the helper's own limit */
	uint32_t ifindex;  /* WATCH, BROWSE, RECONFIRM: 0 is all links */
	uint16_t once;     /* RESOLVE: 1, the helper hangs up after the
			      ANSWER; else 0 */
	uint16_t name_len; /* 0 for FLUSH and STATUS */
	uint8_t name[MDNS_NAME_MAX]; /* wire form; 0 beyond name_len */
};

enum mdns_reply_kind {
	MDNS_REPLY_WAIT = 1, /* the network is being asked */
	MDNS_REPLY_ANSWER,
	MDNS_REPLY_DONE,
	MDNS_REPLY_EVENT,
	MDNS_REPLY_LINK,
	MDNS_REPLY_STATUS,
	MDNS_REPLY_REFUSED,
};

struct mdns_reply_head {
	uint32_t protocol;
	uint16_t kind; /* enum mdns_reply_kind */
	uint16_t unused;
	uint64_t id;
	int64_t now;    /* the helper's boottime */
	uint64_t map;   /* which map the helper has; if the client's is another
			   one, its descriptor comes with this reply
			   (SCM_RIGHTS). ANSWER only, else 0 */
	int32_t status; /* ANSWER: 0, MDNS_ERR_NOT_FOUND, _PASS_ON, _NO_DATA or
			   _NO_LINK; REFUSED: why; WAIT: MDNS_ERR_NOT_FOUND to
			   one of those who wait for a name that nobody answers:
			   it should ask by itself as well (names.h); else 0 */
	uint32_t unused2;
};

struct mdns_reply_address {
	uint8_t bytes[16];
	uint32_t ifindex;
	uint8_t family;    /* enum mdns_family */
	uint8_t transport; /* 0: not known any more */
	uint8_t way;       /* enum mdns_way */
	uint8_t unused;
};

struct mdns_reply_answer {
	struct mdns_reply_head head;
	uint32_t ttl;
	uint8_t presence[MDNS_FAMILIES];
	uint8_t count;
	uint8_t dropped;
	uint16_t name_len;
	uint8_t unused[6];
	uint8_t name[MDNS_NAME_MAX];
	struct mdns_reply_address address[MDNS_ADDRESSES_MAX];
};

enum mdns_event_change { MDNS_EVENT_ADDED = 1, MDNS_EVENT_REMOVED };

/* A record longer than this comes without its data, and says so. */
#define MDNS_EVENT_RDATA_MAX 1536

struct mdns_reply_event {
	struct mdns_reply_head head;
	uint32_t ifindex;
	uint32_t ttl; /* seconds that are left */
	uint16_t change;
	uint16_t type;
	uint16_t name_len;
	uint16_t rdlength; /* of the record; above the maximum: no data here */
	uint8_t name[MDNS_NAME_MAX];
	uint8_t rdata[MDNS_EVENT_RDATA_MAX]; /* names are not compressed */
};

struct mdns_reply_link {
	struct mdns_reply_head head;
	uint32_t ifindex;
	uint32_t records;
	uint32_t questions; /* being asked */
	uint32_t mtu;
	uint64_t packets_sent, packets_received;
	uint64_t malformed;
	uint8_t has[MDNS_FAMILIES];
	uint8_t joined[MDNS_FAMILIES];
	uint8_t unused[4];
	char name[16];
};

struct mdns_reply_status {
	struct mdns_reply_head head;
	int64_t started;    /* boottime */
	uint32_t links;     /* LINK replies that came before */
	uint32_t clients;   /* connections now, this one included */
	uint32_t names;     /* being asked for or remembered */
	uint32_t published; /* names in the map */
	uint32_t waiting;   /* requests that wait for the network */
	uint32_t watches;
	uint64_t requests; /* since the start */
	uint64_t hits;     /* answered at once */
	uint64_t asked;    /* for which the network was asked */
	uint64_t joined;   /* that joined a question under way */
	uint64_t refused;  /* over a limit, malformed */
	uint64_t dropped;  /* connections: idle, or not reading */
	uint64_t memory;   /* octets taken for records and names */
	uint64_t evicted;  /* records and names that made way */
};

/* Alike for 32 and 64 bits: no padding, 64 bits on multiples of 8. */
#define MDNS_PROTOCOL_AT(type, member, offset) \
	_Static_assert(offsetof(struct type, member) == (offset), \
		"layout of " #type "." #member)
#define MDNS_PROTOCOL_SIZE(type, size) \
	_Static_assert(sizeof(struct type) == (size), "size of " #type)
MDNS_PROTOCOL_AT(mdns_request, id, 8);
MDNS_PROTOCOL_AT(mdns_request, deadline, 24);
MDNS_PROTOCOL_AT(mdns_request, name, 40);
MDNS_PROTOCOL_SIZE(mdns_request, 296);
MDNS_PROTOCOL_AT(mdns_reply_head, id, 8);
MDNS_PROTOCOL_AT(mdns_reply_head, map, 24);
MDNS_PROTOCOL_AT(mdns_reply_head, status, 32);
MDNS_PROTOCOL_SIZE(mdns_reply_head, 40);
MDNS_PROTOCOL_AT(mdns_reply_address, ifindex, 16);
MDNS_PROTOCOL_SIZE(mdns_reply_address, 24);
MDNS_PROTOCOL_AT(mdns_reply_answer, name_len, 48);
MDNS_PROTOCOL_AT(mdns_reply_answer, name, 56);
MDNS_PROTOCOL_AT(mdns_reply_answer, address, 312);
MDNS_PROTOCOL_SIZE(mdns_reply_answer, 1080);
MDNS_PROTOCOL_AT(mdns_reply_event, change, 48);
MDNS_PROTOCOL_AT(mdns_reply_event, name, 56);
MDNS_PROTOCOL_AT(mdns_reply_event, rdata, 312);
MDNS_PROTOCOL_SIZE(mdns_reply_event, 1848);
MDNS_PROTOCOL_AT(mdns_reply_link, packets_sent, 56);
MDNS_PROTOCOL_AT(mdns_reply_link, has, 80);
MDNS_PROTOCOL_AT(mdns_reply_link, name, 88);
MDNS_PROTOCOL_SIZE(mdns_reply_link, 104);
MDNS_PROTOCOL_AT(mdns_reply_status, started, 40);
MDNS_PROTOCOL_AT(mdns_reply_status, requests, 72);
MDNS_PROTOCOL_AT(mdns_reply_status, evicted, 128);
MDNS_PROTOCOL_SIZE(mdns_reply_status, 136);

/* True if it is a request of this version: size, op, a type where one must be
 * and none elsewhere, a name likewise, and zeros where they must be. */
bool mdns_request_check(const void *octets, size_t size);

/* Octets of such a reply, 0 for what is no kind. */
size_t mdns_reply_size(unsigned kind);

/* True if it is a whole reply of this version of a known kind. */
bool mdns_reply_check(const void *octets, size_t size);

/* Fills all of a request. name may be NULL. */
void mdns_request_init(struct mdns_request *ret_request,
	enum mdns_request_op op, const struct mdns_name *name);

/* False if it is not a name. */
bool mdns_request_name(
	const struct mdns_request *request, struct mdns_name *ret_name);

/* The answer into all of a reply but head.id, .map and .now, and back.
 * Decoding trusts nothing: MDNS_ERR_FORMAT for a bad name or count, and
 * ret_answer is untouched then. */
void mdns_reply_encode(struct mdns_reply_answer *ret_reply, int status,
	const struct mdns_answer *answer);
int mdns_reply_decode(const struct mdns_reply_answer *reply, int *ret_status,
	struct mdns_answer *ret_answer);

#endif
