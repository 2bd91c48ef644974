/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hash table of things that bring their own links. */
#ifndef MDNS_TABLE_H
#define MDNS_TABLE_H

#include <stdint.h>

#include "resolver/memory.h"

/* Lies inside the thing itself, first. */
struct mdns_table_node {
	struct mdns_table_node *next; /* in its bucket */
	uint32_t hash;
};

struct mdns_table {
	struct mdns_table_node **bucket;
	uint32_t buckets; /* a power of 2, or 0 */
	uint32_t count;
};

void mdns_table_init(struct mdns_table *table);
/* Gives the buckets back; the things are the caller's. */
void mdns_table_close(
	struct mdns_table *table, const struct mdns_memory *memory);

/* What a table takes for that many buckets, in octets. */
size_t mdns_table_size(uint32_t buckets);

/* node->hash must be set. Grows the table when it is full; if there is no
 * memory for that the chains get longer. 0, or MDNS_ERR_RESOURCE if there is
 * no table at all. */
int mdns_table_add(struct mdns_table *table, struct mdns_table_node *node,
	const struct mdns_memory *memory);
void mdns_table_remove(struct mdns_table *table, struct mdns_table_node *node);

/* The first node of that hash, or NULL; and the next one behind a node. */
struct mdns_table_node *mdns_table_first(
	const struct mdns_table *table, uint32_t hash);
struct mdns_table_node *mdns_table_next(const struct mdns_table_node *node);

/* Any node, or NULL if the table is empty; for taking it apart. */
struct mdns_table_node *mdns_table_any(const struct mdns_table *table);

/* The node after `node` (NULL: the first) in no particular order, or NULL at
 * the end. The table must not change meanwhile. */
struct mdns_table_node *mdns_table_walk(
	const struct mdns_table *table, const struct mdns_table_node *node);

#endif
