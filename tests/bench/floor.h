/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that a lookup can cost: what the benchmarks measure others by. Who
 * fails here ends the program with 1. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdbool.h>
#include <sys/types.h>

/* ns for a socket, a query for A and AAAA, the answer, close; both: over IPv4
 * and IPv6 at once. The namespace has a route for both groups. */
double bench_floor_exchange(const char *name, bool both);

/* A server on that path that answers each message of a connection; as large as
 * those of mdns-helper. Forks; the process to be ended. */
pid_t bench_floor_serve(const char *path);
/* ns to connect to it, send, receive and close. */
double bench_floor_converse(const char *path);

#endif
