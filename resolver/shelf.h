/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A place in memory that many threads, or processes that share it, read and
 * write without a lock: a sequence lock whose data are atomic words.
 *
 * Nobody ever waits. A reader that meets a writer has a miss; a writer that
 * meets another one gives up. A child that was forked while another thread was
 * writing finds that shelf busy for good and goes without it: whatever is kept
 * here must be something one can do without. */
#ifndef MDNS_SHELF_H
#define MDNS_SHELF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 32 bits, because wider atomics are calls into libatomic on some machines. */
typedef _Atomic uint32_t mdns_shelf_word;

struct mdns_shelf {
	mdns_shelf_word sequence; /* odd while somebody writes; 0: empty */
};

/* Words for size octets. */
#define MDNS_SHELF_WORDS(size) (((size) + 3) / 4)

/* False if the shelf is empty or being written. What is loaded between the two
 * means something only if _end returns true. */
bool mdns_shelf_read_begin(
	const struct mdns_shelf *shelf, uint32_t *ret_sequence);
bool mdns_shelf_read_end(const struct mdns_shelf *shelf, uint32_t sequence);

/* False if somebody else is writing. */
bool mdns_shelf_write_begin(struct mdns_shelf *shelf);
void mdns_shelf_write_end(struct mdns_shelf *shelf);

/* size octets; the words that hold them are read and written whole. */
void mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size);
void mdns_shelf_store(mdns_shelf_word *to, const void *from, size_t size);

#endif
