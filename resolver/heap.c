/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A binary heap of things that fall due: the earliest on top. */
#include "resolver/heap.h"

#include <string.h>

#include "resolver/err.h"

void mdns_heap_init(struct mdns_heap *heap)
{
	heap->node = NULL;
	heap->count = 0;
	heap->room = 0;
}

void mdns_heap_close(struct mdns_heap *heap, const struct mdns_memory *memory)
{
	if (heap->node)
		memory->give(memory->context, heap->node,
			(heap->room + 1u) * sizeof(heap->node[0]));
	mdns_heap_init(heap);
}

int mdns_heap_reserve(struct mdns_heap *heap, uint32_t count,
	const struct mdns_memory *memory)
{
	uint32_t room = heap->room ? heap->room : 8;
	struct mdns_heap_node **node;

	if (count <= heap->room)
		return 0;
	while (room < count)
		room *= 2;
	node = memory->take(memory->context, (room + 1u) * sizeof(node[0]));
	if (!node)
		return MDNS_ERR_RESOURCE;
	if (heap->node)
		memcpy(node, heap->node, (heap->count + 1u) * sizeof(node[0]));
	else
		node[0] = NULL;
	if (heap->node)
		memory->give(memory->context, heap->node,
			(heap->room + 1u) * sizeof(node[0]));
	heap->node = node;
	heap->room = room;
	return 0;
}

static void place(
	struct mdns_heap *heap, struct mdns_heap_node *node, uint32_t at)
{
	heap->node[at] = node;
	node->place = at;
}

static void sift_up(struct mdns_heap *heap, struct mdns_heap_node *node)
{
	uint32_t at = node->place;

	for (; at > 1 && heap->node[at / 2]->due > node->due; at /= 2)
		place(heap, heap->node[at / 2], at);
	place(heap, node, at);
}

static void sift_down(struct mdns_heap *heap, struct mdns_heap_node *node)
{
	uint32_t at = node->place;

	for (;;) {
		uint32_t child = at * 2;

		if (child < heap->count &&
			heap->node[child + 1]->due < heap->node[child]->due)
			child++;
		if (child > heap->count || heap->node[child]->due >= node->due)
			break;
		place(heap, heap->node[child], at);
		at = child;
	}
	place(heap, node, at);
}

static void take_out(struct mdns_heap *heap, struct mdns_heap_node *node)
{
	struct mdns_heap_node *last = heap->node[heap->count--];
	uint32_t at = node->place;

	node->place = 0;
	if (last == node)
		return;
	place(heap, last, at);
	sift_up(heap, last);
	sift_down(heap, last);
}

void mdns_heap_set(
	struct mdns_heap *heap, struct mdns_heap_node *node, mdns_time due)
{
	node->due = due;
	if (due == MDNS_TIME_NEVER) {
		if (node->place > 0)
			take_out(heap, node);
		return;
	}
	if (node->place == 0)
		place(heap, node, ++heap->count);
	sift_up(heap, node);
	sift_down(heap, node);
}

struct mdns_heap_node *mdns_heap_top(const struct mdns_heap *heap)
{
	return heap->count > 0 ? heap->node[1] : NULL;
}

mdns_time mdns_heap_due(const struct mdns_heap *heap)
{
	return heap->count > 0 ? heap->node[1]->due : MDNS_TIME_NEVER;
}
