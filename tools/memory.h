/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory with an end, from malloc, for what others can make grow. */
#ifndef TOOLS_MEMORY_H
#define TOOLS_MEMORY_H

#include <stdlib.h>

#include "resolver/memory.h"

/* What is left is counted down in *context, a size_t. */
static inline void *memory_take(void *context, size_t size)
{
	size_t *left = context;
	void *memory;

	if (size > *left)
		return NULL;
	memory = malloc(size);
	if (memory)
		*left -= size;
	return memory;
}

static inline void memory_give(void *context, void *memory, size_t size)
{
	size_t *left = context;

	if (!memory)
		return;
	free(memory);
	*left += size;
}

/* left is borrowed. */
static inline struct mdns_memory memory_limited(size_t *left)
{
	const struct mdns_memory memory = {memory_take, memory_give, left};

	return memory;
}

#endif
