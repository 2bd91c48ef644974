/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Points in time, as the whole library passes them around. */
#ifndef MDNS_CLOCK_H
#define MDNS_CLOCK_H

#include <stdint.h>

/* Nanoseconds since a fixed but arbitrary point. Always a point in time, never
 * a span; spans are plain int64_t built from the units below. Which clock it
 * comes from is said where it is taken: deadlines use CLOCK_MONOTONIC, the
 * ages of cached answers CLOCK_BOOTTIME, so that suspend counts. */
typedef int64_t mdns_time;

#define MDNS_TIME_NEVER INT64_MAX
#define MDNS_USEC INT64_C(1000)
#define MDNS_MSEC INT64_C(1000000)
#define MDNS_SEC INT64_C(1000000000)

#endif
