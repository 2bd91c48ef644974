/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the unit tests share: a main, names, octets and raw messages. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/message.h"

/* Each test program defines this one; tests/unit.c has the main that runs it. */
Suite *unit_suite(void);

/* For what is checked many thousand times: check writes down every ck_assert,
 * also one that holds. */
#define unit_assert(condition) \
	do \
		if (!(condition)) \
			ck_abort_msg("not true: %s", #condition); \
	while (0)

/* Octets from hex digits, white space between them skipped; how many. */
size_t unit_hex(const char *hex, uint8_t *buf, size_t size);

/* A name from labels with dots between them, "" for the root. It knows no
 * escapes, and it is not mdns_name_parse: the tests are a second opinion. */
struct mdns_name unit_name(const char *text);

/* A name from its wire form in hex. */
struct mdns_name unit_name_hex(const char *hex);

/* A copy on the heap of exactly that size, so that a sanitizer or valgrind
 * sees a read of one octet too many. The caller frees it. */
uint8_t *unit_copy(const void *bytes, size_t size);

/* A message, built octet by octet without compression, and without the writer
 * of resolver/message.h. The header's counts are kept up to date. */
struct unit_message {
	size_t size;
	uint8_t bytes[MDNS_MESSAGE_MAX];
};

void unit_message_init(
	struct unit_message *message, uint16_t id, uint16_t flags);
void unit_message_question(struct unit_message *message, const char *name,
	uint16_t type, uint16_t rclass);
void unit_message_record(struct unit_message *message,
	enum mdns_section section, const char *name, uint16_t type,
	uint16_t rclass, uint32_t ttl, const void *rdata, size_t size);

/* Records of class IN with cache-flush, as a responder sends them. */
void unit_message_address(struct unit_message *message,
	enum mdns_section section, const char *name, const char *address,
	uint32_t ttl);
void unit_message_name(struct unit_message *message, enum mdns_section section,
	const char *name, uint16_t type, const char *target, uint32_t ttl);
/* types end with 0; all of them below 256. */
void unit_message_nsec(struct unit_message *message, enum mdns_section section,
	const char *name, const uint16_t *types, uint32_t ttl);

/* An address in text: 4 or 16 octets; how many. */
size_t unit_address(const char *text, uint8_t ret_bytes[16]);

#endif
