/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A binary heap of things that fall due: the earliest on top. */
#ifndef MDNS_HEAP_H
#define MDNS_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/clock.h"
#include "resolver/memory.h"

/* Lies inside the thing itself. */
struct mdns_heap_node {
	mdns_time due;
	uint32_t place; /* 1 and up; 0: in no heap */
};

struct mdns_heap {
	struct mdns_heap_node **node; /* node[1] is on top */
	uint32_t count;
	uint32_t room;
};

void mdns_heap_init(struct mdns_heap *heap);
void mdns_heap_close(struct mdns_heap *heap, const struct mdns_memory *memory);

/* Makes sure that the heap can hold that many without another allocation. 0 or
 * MDNS_ERR_RESOURCE. */
int mdns_heap_reserve(struct mdns_heap *heap, uint32_t count,
	const struct mdns_memory *memory);

/* Puts the node in, or moves it: the thing is due then. MDNS_TIME_NEVER takes
 * it out. Room for it must have been reserved. */
void mdns_heap_set(
	struct mdns_heap *heap, struct mdns_heap_node *node, mdns_time due);

/* The earliest, or NULL. */
struct mdns_heap_node *mdns_heap_top(const struct mdns_heap *heap);
mdns_time mdns_heap_due(const struct mdns_heap *heap); /* or NEVER */

#endif
