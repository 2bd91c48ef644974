/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lookup of the benchmark has found, as a letter: is it what it should
 * be? */
#ifndef BENCH_FOUND_H
#define BENCH_FOUND_H

#include <nss.h>
#include <stdbool.h>

/* b  192.0.2.10 and 2001:db8::10, which all its hosts have
 * 4  the first of them only
 * 6  the second only
 * s  they are right, but with a scope, which is for fe80::/10
 * r  the right name of an address
 * n  not found
 * t  try again
 * u  unavailable
 * x  something else */
#define BENCH_FOUND_LETTERS "b46srntux"

struct bench_findings {
	_Atomic unsigned count[sizeof(BENCH_FOUND_LETTERS) - 1];
};

void bench_findings_put(struct bench_findings *findings, char found);
/* A word for each that there was, and the end of the line. */
void bench_findings_print(const struct bench_findings *findings);

/* Zeroed before the first address. */
struct bench_seen {
	bool four, six, scope, other;
};

void bench_seen_put(struct bench_seen *seen, const char *address);
char bench_found_from_seen(const struct bench_seen *seen);

char bench_found_from_addresses(const struct gaih_addrtuple *pat);
/* Success is for the others to tell: `x`. */
char bench_found_from_status(enum nss_status status);

#endif
