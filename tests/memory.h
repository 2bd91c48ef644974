/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory for the tests and benchmarks of cache and querier: counted, and with
 * an end where one is wanted. */
#ifndef TESTS_MEMORY_H
#define TESTS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "resolver/memory.h"

struct test_memory {
	size_t octets; /* out now, as asked for */
	size_t peak;
	uint64_t blocks; /* out now */
	uint64_t takes;  /* since ever */
	uint64_t refuse; /* this take, counted from 1, and all after it fail;
			    0: none */
	bool refuse_one; /* this take only */
	bool wrong;      /* given back with another size than it was taken */
};

/* In front of each block: its size. */
union test_memory_head {
	size_t size;
	max_align_t align;
};

static inline void *test_memory_take(void *context, size_t size)
{
	struct test_memory *memory = context;
	union test_memory_head *head;
	uint64_t number = ++memory->takes;

	if (memory->refuse && (memory->refuse_one ? number == memory->refuse
						  : number >= memory->refuse))
		return NULL;
	head = malloc(sizeof(*head) + size);
	if (!head)
		abort();
	head->size = size;
	memory->blocks++;
	memory->octets += size;
	if (memory->octets > memory->peak)
		memory->peak = memory->octets;
	return head + 1;
}

static inline void test_memory_give(void *context, void *block, size_t size)
{
	struct test_memory *memory = context;
	union test_memory_head *head = block;

	if (!block) {
		memory->wrong = true;
		return;
	}
	head--;
	if (head->size != size)
		memory->wrong = true;
	memory->blocks--;
	memory->octets -= head->size;
	free(head);
}

static inline struct mdns_memory test_memory_of(struct test_memory *memory)
{
	struct mdns_memory callbacks = {
		test_memory_take, test_memory_give, memory};

	return callbacks;
}

#endif
