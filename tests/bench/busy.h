/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A busy link: what fifty hosts say to the mDNS group, ten packets a second in
 * all, sent as fast as a listener can read them one by one. */
#ifndef BENCH_BUSY_H
#define BENCH_BUSY_H

#include <sys/types.h>

enum {
	BENCH_BUSY_HOSTS = 50,    /* busy-0.local and so on */
	BENCH_BUSY_PACKETS = 600, /* a minute */
};

/* Sends from the network namespace of that process, over that interface. */
void bench_busy_open(pid_t peer, const char *ifname);

/* What is said in a minute. */
void bench_busy_minute(void);

#endif
