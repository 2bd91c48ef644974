/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the programs here share: a lookup by one of three ways into the module,
 * and what the process holds before and after. */
#ifndef TESTS_PROCESS_GUEST_H
#define TESTS_PROCESS_GUEST_H

#include <netdb.h>
#include <nss.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum nss_status guest_name4_fn(const char *name,
	struct gaih_addrtuple **pat, char *buf, size_t size, int *errnop,
	int *herrnop, int32_t *ttlp);

/* Lookups go by that function from now on. */
void guest_set_way(guest_name4_fn *name4);

/* dlopen and dlsym; or "getaddrinfo" or "gethostbyname" of the C library. Ends
 * the program if it cannot. Returns the handle, NULL for the latter. */
void *guest_load(const char *module);

/* True if it has that IPv4 address in 10.0.0.0/16, last two octets, and no
 * other. Never prints. */
bool guest_look_up(const char *name, unsigned last);

/* poolN.local, which has 10.0.1.N; N modulo 64. */
bool guest_look_up_pool(unsigned number);

/* All that can be left behind. */
struct guest_held {
	long descriptors;
	long threads;
	long kb; /* of all mappings */
};

void guest_count(struct guest_held *ret_held);

/* Complains of all that there is more of now. */
void guest_compare(const struct guest_held *before, const char *after_what);

/* Prints a line that begins with bad, and remembers. */
void guest_complain(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* The exit status: 1 if there was a complaint. */
int guest_end(void);

int64_t guest_usec(void);
void guest_sleep(int64_t usec);

/* 0 to below - 1; the same in each run with the same SEED in the environment,
 * which is printed. */
unsigned guest_random(unsigned below);

#endif
