/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the map share: memory with guards around it, answers, and
 * names that meet in one chain. */
#ifndef TESTS_MAP_WORLD_H
#define TESTS_MAP_WORLD_H

#include "resolver/map.h"

#define MAP_ID UINT64_C(0x0123456789abcdef)
#define MAP_NOW (INT64_C(123456) * MDNS_SEC)
#define MAP_CHAIN_MAX 40

/* MDNS_MAP_SIZE octets of zeros between two pages that nobody may touch. */
void *map_world_memory(void);

/* An answer with that name ("" for none at all) and addresses, as text with a
 * space between them; each on a link of its own. */
struct mdns_answer map_world_answer(
	const char *canonical, const char *addresses);

/* Puts it; 0 or what mdns_map_put says. */
int map_world_put(struct mdns_map_writer *writer, const char *name, int status,
	mdns_time expiry, const struct mdns_answer *answer);

/* The same but for ttl, and no usec, way and transport in found. */
bool map_world_same(
	const struct mdns_answer *found, const struct mdns_answer *put);

/* The words of the map as its header describes it. */
mdns_shelf_word *map_world_bucket(void *memory, unsigned index);
struct mdns_map_slot *map_world_slot(void *memory, unsigned index);

/* Names that all belong to one chain of the map with MAP_ID; the buckets of
 * different kinds are different. At most MAP_CHAIN_MAX. */
void map_world_chain(
	unsigned kind, unsigned count, struct mdns_name *ret_names);

#endif
