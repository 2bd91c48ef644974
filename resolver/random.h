/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random numbers for delays and jitter, from a seed that is an argument: the
 * same seed gives the same run. Not for secrets. */
#ifndef MDNS_RANDOM_H
#define MDNS_RANDOM_H

#include <stdint.h>

struct mdns_random {
	uint64_t state;
};

static inline void mdns_random_init(struct mdns_random *random, uint64_t seed)
{
	random->state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* 0 to below; below > 0. xorshift64*, its upper half. */
static inline uint32_t mdns_random_below(
	struct mdns_random *random, uint32_t below)
{
	uint64_t x = random->state ? random->state : 1;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	random->state = x;
	x = x * UINT64_C(0x2545f4914f6cdd1d) >> 32;
	return (uint32_t)(x * below >> 32);
}

#endif
