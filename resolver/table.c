/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hash table of things that bring their own links. */
#include "resolver/table.h"

#include <string.h>

#include "resolver/err.h"

#define SMALLEST 16

void mdns_table_init(struct mdns_table *table)
{
	table->bucket = NULL;
	table->buckets = 0;
	table->count = 0;
}

size_t mdns_table_size(uint32_t buckets)
{
	return buckets * sizeof(struct mdns_table_node *);
}

void mdns_table_close(
	struct mdns_table *table, const struct mdns_memory *memory)
{
	if (table->bucket)
		memory->give(memory->context, table->bucket,
			mdns_table_size(table->buckets));
	mdns_table_init(table);
}

static void insert(struct mdns_table *table, struct mdns_table_node *node)
{
	uint32_t at = node->hash & (table->buckets - 1);

	node->next = table->bucket[at];
	table->bucket[at] = node;
}

static int grow(struct mdns_table *table, const struct mdns_memory *memory)
{
	struct mdns_table larger = {.count = table->count,
		.buckets = table->buckets ? table->buckets * 2 : SMALLEST};
	uint32_t i;

	larger.bucket =
		memory->take(memory->context, mdns_table_size(larger.buckets));
	if (!larger.bucket)
		return table->bucket ? 0 : MDNS_ERR_RESOURCE;
	memset(larger.bucket, 0, mdns_table_size(larger.buckets));
	for (i = 0; i < table->buckets; i++) {
		struct mdns_table_node *node = table->bucket[i];

		while (node) {
			struct mdns_table_node *next = node->next;

			insert(&larger, node);
			node = next;
		}
	}
	mdns_table_close(table, memory);
	*table = larger;
	return 0;
}

int mdns_table_add(struct mdns_table *table, struct mdns_table_node *node,
	const struct mdns_memory *memory)
{
	if (table->count >= table->buckets && grow(table, memory) < 0)
		return MDNS_ERR_RESOURCE;
	insert(table, node);
	table->count++;
	return 0;
}

void mdns_table_remove(struct mdns_table *table, struct mdns_table_node *node)
{
	struct mdns_table_node **link =
		&table->bucket[node->hash & (table->buckets - 1)];

	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	table->count--;
}

static struct mdns_table_node *skip(struct mdns_table_node *node, uint32_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node;
}

struct mdns_table_node *mdns_table_first(
	const struct mdns_table *table, uint32_t hash)
{
	return table->buckets == 0
		       ? NULL
		       : skip(table->bucket[hash & (table->buckets - 1)], hash);
}

struct mdns_table_node *mdns_table_next(const struct mdns_table_node *node)
{
	return skip(node->next, node->hash);
}

static struct mdns_table_node *first_from(
	const struct mdns_table *table, uint32_t at)
{
	for (; at < table->buckets; at++)
		if (table->bucket[at])
			return table->bucket[at];
	return NULL;
}

struct mdns_table_node *mdns_table_any(const struct mdns_table *table)
{
	return first_from(table, 0);
}

struct mdns_table_node *mdns_table_walk(
	const struct mdns_table *table, const struct mdns_table_node *node)
{
	if (!node)
		return first_from(table, 0);
	if (node->next)
		return node->next;
	return first_from(table, (node->hash & (table->buckets - 1)) + 1);
}
