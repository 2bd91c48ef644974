/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A sequence lock whose data are atomic words. */
#include "resolver/shelf.h"

#include <string.h>

bool mdns_shelf_read_begin(
	const struct mdns_shelf *shelf, uint32_t *ret_sequence)
{
	*ret_sequence =
		atomic_load_explicit(&shelf->sequence, memory_order_acquire);
	return *ret_sequence != 0 && *ret_sequence % 2 == 0;
}

bool mdns_shelf_read_end(const struct mdns_shelf *shelf, uint32_t sequence)
{
	return atomic_load_explicit(&shelf->sequence, memory_order_relaxed) ==
	       sequence;
}

bool mdns_shelf_write_begin(struct mdns_shelf *shelf)
{
	uint32_t sequence =
		atomic_load_explicit(&shelf->sequence, memory_order_relaxed);

	return sequence % 2 == 0 &&
	       atomic_compare_exchange_strong_explicit(&shelf->sequence,
		       &sequence, sequence + 1, memory_order_acquire,
		       memory_order_relaxed);
}

void mdns_shelf_write_end(struct mdns_shelf *shelf)
{
	uint32_t sequence =
		atomic_load_explicit(&shelf->sequence, memory_order_relaxed) +
		1;

	/* 0 means empty; skip it when the count comes round. */
	atomic_store_explicit(&shelf->sequence, sequence ? sequence : 2,
		memory_order_release);
}

/* Acquire and release on each word keep them between the two looks at the
 * sequence. That is free on x86 and, unlike fences, understood by
 * ThreadSanitizer. */
void mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size)
{
	uint8_t *octets = to;
	uint32_t word;

	for (; size >= sizeof(word); size -= sizeof(word)) {
		word = atomic_load_explicit(from++, memory_order_acquire);
		memcpy(octets, &word, sizeof(word));
		octets += sizeof(word);
	}
	if (size > 0) {
		word = atomic_load_explicit(from, memory_order_acquire);
		memcpy(octets, &word, size);
	}
}

void mdns_shelf_store(mdns_shelf_word *to, const void *from, size_t size)
{
	const uint8_t *octets = from;
	uint32_t word = 0;

	for (; size >= sizeof(word); size -= sizeof(word)) {
		memcpy(&word, octets, sizeof(word));
		atomic_store_explicit(to++, word, memory_order_release);
		octets += sizeof(word);
	}
	if (size > 0) {
		memcpy(&word, octets, size);
		atomic_store_explicit(to, word, memory_order_release);
	}
}
