/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/message share: messages as they are on a wire, and
 * names read out of one. */
#ifndef TESTS_RESOLVER_MESSAGE_WORLD_H
#define TESTS_RESOLVER_MESSAGE_WORLD_H

#include "resolver/message.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* In hex, for unit_hex. */
#define PRINTER "07 7072696e746572 05 6c6f63616c 00 "
#define HEADER "0000 0000 0000 0000 0000 0000 "

/* Messages as they are on a wire, in hex, to be cut and spoilt. */
extern const char *const good_messages[3];

/* Not the same name only: in the same case as well. */
bool same_octets(const struct mdns_name *a, const struct mdns_name *b);

/* Reads the name at an offset. Returns where the reader stands after it, or 0
 * if it was refused. */
size_t read_name(const uint8_t *bytes, size_t size, size_t at,
	struct mdns_name *ret_name);

#endif
