/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map: answers that mdns-helper publishes in shared memory, and every
 * process reads without a system call (pure: memory and time are passed in).
 *
 * One writer, any number of readers in other processes that map it read-only.
 * A reader trusts nothing: each index is checked, each walk is bounded, each
 * entry stands under a sequence lock and has a checksum that is salted with
 * the map's id. Whatever is torn, stale, damaged or somebody else's is a miss.
 *
 *	header | buckets: entry + 1 of each chain | slots, one an entry
 *
 * Slots are used from the first on, so that few names touch few pages.
 *
 * Life and death: the header holds a futex word that the kernel itself marks
 * when the writing thread ends, however it ends (robust futex), and the time
 * until which the writer has promised to be there: a reader sees both without
 * asking anybody. */
#ifndef MDNS_MAP_H
#define MDNS_MAP_H

#include "resolver/answer.h"
#include "resolver/clock.h"
#include "resolver/shelf.h"

#define MDNS_MAP_VERSION 1u
#define MDNS_MAP_SLOTS 16384u
#define MDNS_MAP_BUCKETS 16384u /* a power of 2 */
#define MDNS_MAP_STEPS 16       /* entries that a reader looks at */
#define MDNS_MAP_SLOT_SIZE 256
#define MDNS_MAP_HEADER_SIZE 4096 /* buckets and slots begin on a page */
/* 4096 + 16384 * 4 + 16384 * 256: 4.1 MB of address space; of memory what is
 * used. */
#define MDNS_MAP_SIZE \
	(MDNS_MAP_HEADER_SIZE + MDNS_MAP_BUCKETS * 4u + \
		MDNS_MAP_SLOTS * MDNS_MAP_SLOT_SIZE)
/* A promise to be there never reaches farther than this. */
#define MDNS_MAP_PROMISE_MAX (90 * MDNS_SEC)

/* All of it is atomic words of 32 bits, see shelf.h. */
struct mdns_map_header {
	mdns_shelf_word magic;
	mdns_shelf_word version;
	mdns_shelf_word size;
	mdns_shelf_word id[2]; /* low, high; random; never both 0 */
	mdns_shelf_word owner; /* futex: the writer's thread id, 0 when it has
				  ended well; FUTEX_OWNER_DIED by the kernel */
	mdns_shelf_word until; /* milliseconds of boottime, modulo 2^32 */
};

struct mdns_map_slot {
	struct mdns_shelf shelf;
	mdns_shelf_word next; /* entry + 1, or 0; not covered by the sum */
	mdns_shelf_word sum[2];
	mdns_shelf_word body[MDNS_MAP_SLOT_SIZE / 4 - 4];
};

/* What an entry says besides the answer. */
struct mdns_map_entry {
	int32_t status;   /* 0, MDNS_ERR_NOT_FOUND, _PASS_ON, _NO_DATA */
	mdns_time expiry; /* of the records: the TTL is what is left of it */
	mdns_time fresh;  /* readers take it until then, at most expiry; later
			     the helper wants to be asked once more */
};

/* --- readers: memory is MDNS_MAP_SIZE octets, aligned to 8 --- */

/* Which map it is, or says it is. */
uint64_t mdns_map_id(const void *memory);

/* True if the writer lives and has promised to be there now, and it is the map
 * of that id. now is boottime. */
bool mdns_map_is_alive(const void *memory, uint64_t id, mdns_time now);

/* True if the name is there (in any case of letters) and counts at now.
 * ret_answer is filled for failures too, its ttl is what is left in whole
 * seconds; usec, way and transport of the addresses are 0. Otherwise both hold
 * garbage. Does not look at mdns_map_is_alive. */
bool mdns_map_find(const void *memory, uint64_t id,
	const struct mdns_name *name, mdns_time now, int *ret_status,
	struct mdns_answer *ret_answer);

/* --- the writer --- */

struct mdns_map_writer {
	void *memory;
	uint64_t id;
	uint32_t used;  /* slots that were ever used */
	uint32_t free;  /* the first of a chain of free ones, + 1; or 0 */
	uint32_t count; /* names there */
	uint64_t refused;
};

/* memory: MDNS_MAP_SIZE octets of zeros, aligned to 8, shared or not. id:
 * random, not 0. The map is not alive until mdns_map_promise. */
void mdns_map_init(struct mdns_map_writer *writer, void *memory, uint64_t id);

/* Takes the place of what is there under that name. MDNS_ERR_SPACE if it does
 * not fit a slot (long names, many addresses), MDNS_ERR_RESOURCE if there is
 * no slot or its chain is full; the name is not there then. */
int mdns_map_put(struct mdns_map_writer *writer, const struct mdns_name *name,
	const struct mdns_map_entry *entry, const struct mdns_answer *answer);

void mdns_map_drop(
	struct mdns_map_writer *writer, const struct mdns_name *name);

/* The writer will be there until then (cut to now + MDNS_MAP_PROMISE_MAX). */
void mdns_map_promise(
	struct mdns_map_writer *writer, mdns_time now, mdns_time until);

/* The futex word, for whoever registers it with the kernel; it holds thread
 * id `owner` from here on (0: the map is dead). */
uint32_t *mdns_map_own(struct mdns_map_writer *writer, uint32_t owner);

#endif
