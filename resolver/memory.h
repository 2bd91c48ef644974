/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the cache and the querier get their memory from: whoever drives them
 * brings it. */
#ifndef MDNS_MEMORY_H
#define MDNS_MEMORY_H

#include <stddef.h>

struct mdns_memory {
	/* Aligned for anything; NULL if there is none. */
	void *(*take)(void *context, size_t size);
	/* size is what was asked for. */
	void (*give)(void *context, void *memory, size_t size);
	void *context;
};

#endif
