/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that resolver/sys.c makes, in place of libc's: they are counted, and
 * the n-th fails, or does half of what it should. They do what libc does as long
 * as nothing is armed. */
#ifndef TESTS_FAULTS_KERNEL_H
#define TESTS_FAULTS_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_FAULTS_MAX 2

/* The at-th call from when it is armed, from 1, goes wrong in the variant-th of
 * the ways that this call has (modulo their number). */
struct kernel_fault {
	unsigned at;
	unsigned variant;
};

/* What became of it. */
struct kernel_hit {
	unsigned variants; /* of the call that it met; 0: it met none */
	unsigned call;     /* a number below kernel_calls_count() */
	int what;
};

/* hits: as many as faults, zeroed; they are written as each is met. */
void kernel_arm(const struct kernel_fault *faults, unsigned count,
	struct kernel_hit *hits);
void kernel_disarm(void);
/* They are not stepped and do not count: who waits by a clock of its own (epoll)
 * would be of two minds. */
void kernel_leave_clocks(void);

/* Since it was armed. */
unsigned kernel_calls(void);
/* A descriptor was closed that was not open, at any time. */
bool kernel_closed_twice(void);
/* A fault moved the monotonic clock by so much. */
int64_t kernel_stood_still(void);

/* There is no other way than through this call: memory, waiting, being allowed
 * to hear at all. Whatever else fails alone, a lookup goes on. */
bool kernel_is_vital(const struct kernel_hit *hit);

/* It says only: once more. That must not show, not even where there is one way
 * only. */
bool kernel_is_harmless(const struct kernel_hit *hit);

unsigned kernel_calls_count(void);
const char *kernel_call_name(unsigned call);
/* "3rd call, socket: EMFILE"; 80 octets. */
void kernel_describe(const struct kernel_fault *fault,
	const struct kernel_hit *hit, char buf[80]);

/* A poll waits really for so long at most; then the clocks are put to where
 * they would be, so that silence costs no time. Nanoseconds. */
void kernel_set_patience(int64_t patience);
/* Both clocks, as the library sees them. */
void kernel_step(int64_t span);
int64_t kernel_now(void); /* monotonic */

#endif
