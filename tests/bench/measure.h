/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmarks of lookups share: rows of times, the module, packets
 * counted, and the table that comes out. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <netdb.h>
#include <nss.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { BENCH_ROUNDS_MAX = 2000 };

struct bench_row {
	const char *title;
	double time[BENCH_ROUNDS_MAX]; /* ns */
	unsigned count;
	double packets; /* for one; negative: not counted */
};

/* Says why, with errno, and ends the program with 1. */
void bench_die(const char *what) __attribute__((noreturn));

/* fork; the child ends with its parent. Dies if it fails. */
pid_t bench_spawn(void);
/* Dies if the child did not end with 0. */
void bench_join(pid_t pid);

double bench_now(void); /* ns, monotonic */

/* Zeroed memory that children share; dies if there is none. */
void *bench_shared(size_t size);

/* So many processes, BENCH_CROWD_MAX at most: prepare (or NULL) in each of them, and
 * then, at once, work. ns from there until the last one was done. */
#define BENCH_CROWD_MAX 100
double bench_crowd(unsigned count, void (*prepare)(void),
	void (*work)(unsigned self, void *context), void *context);

/* Beyond BENCH_ROUNDS_MAX they are left out. */
void bench_row_add(struct bench_row *row, double time);
void bench_row_sort(struct bench_row *row);
/* The row must have been sorted. part: 0.5 is the median. */
double bench_row_at(const struct bench_row *row, double part);

/* Sorts both, and prints median, p99, how many times the other's median, and
 * packets if they were counted. */
void bench_row_print(struct bench_row *row, struct bench_row *beside);

/* ns, with a unit, 12 columns. */
void bench_time_print(double ns);

/* Datagrams sent so far over both families in the network namespace of a
 * process: "/proc/self/net", "/proc/PID/net". */
unsigned long bench_packets_sent(const char *folder);

/* --- the module --- */

typedef enum nss_status bench_lookup_call(const char *name,
	struct gaih_addrtuple **pat, char *buffer, size_t size, int *errnop,
	int *h_errnop, int32_t *ttlp);
extern bench_lookup_call *bench_lookup;

void bench_module_load(const char *path);

/* How long it took; dies if the lookup does not give that status and that many
 * addresses. */
double bench_lookup_measure(
	const char *name, enum nss_status expected, unsigned addresses);

/* KIND-NUMBER.local; valid until the next call. */
const char *bench_name(const char *kind, unsigned number);

/* The bare minimum of a cache: hash the name, look at the clock, compare,
 * copy. */
bool bench_hash_find(const char *name, char ret_answer[64]);

/* --- the verdict --- */

/* How many were not as they should be, of all that bench_expect has seen. */
extern unsigned bench_wrong;
void bench_expect(bool right, const char *what);

#endif
