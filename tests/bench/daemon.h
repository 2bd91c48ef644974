/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-helper as the benchmark sees it: started, asked, weighed, ended. One at
 * a time; whatever goes wrong ends the benchmark. */
#ifndef BENCH_DAEMON_H
#define BENCH_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

/* Returns when it answers and has joined the group on a link. Its log goes to
 * the file. */
void bench_daemon_start(const char *path, const char *log);
void bench_daemon_stop(void);

/* CPU seconds so far, user and system: what utime and stime of /proc/PID/stat
 * say in ticks. */
double bench_daemon_cpu(void);

/* KiB, from /proc/PID/smaps_rollup. What it shares counts in part. */
struct bench_memory {
	unsigned long rss;
	unsigned long own;  /* anonymous */
	unsigned long map;  /* what it publishes */
	unsigned long file; /* program and libraries */
};
void bench_daemon_memory(struct bench_memory *ret_memory);

struct bench_status {
	uint64_t hits;  /* requests answered at once */
	uint64_t asked; /* for which the network was asked */
	uint64_t published;
	uint64_t heard; /* packets */
};
void bench_daemon_status(struct bench_status *ret_status);

/* Each of these over a connection of its own, KIND-FIRST.local and so on;
 * dies if one has no address. */
void bench_daemon_ask(const char *kind, unsigned first, unsigned count);

#endif
