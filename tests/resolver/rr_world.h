/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RDATA of every type for the tests: vectors, and any amount at random. */
#ifndef TESTS_RESOLVER_RR_WORLD_H
#define TESTS_RESOLVER_RR_WORLD_H

#include <stddef.h>
#include <stdint.h>

struct rr_vector {
	uint16_t type;
	const char *hex;
	const char *text; /* as mdns_rr_print gives it */
};

/* For i from 0 on; NULL behind the last. */
const struct rr_vector *rr_vector_at(size_t i);

/* The same seed gives the same numbers; any seed will do. */
struct rr_random {
	uint64_t state;
};

/* 0 to limit - 1. */
uint32_t rr_random(struct rr_random *random, uint32_t limit);

/* RDATA that is well-formed for its type, from the layout in
 * resolver/rr_types; its size. The largest: HIP with 4 + 255 + 300 octets and
 * three names, NAPTR, TXT of 6 * 256. */
#define RR_RANDOM_MAX 2048
size_t rr_random_rdata(
	struct rr_random *random, uint16_t type, uint8_t buf[RR_RANDOM_MAX]);

#endif
