/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the unit tests share: a main, names, octets and raw messages. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"

static unsigned hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = strchr(digits, tolower((unsigned char)digit));

	unit_assert(digit && found);
	return (unsigned)(found - digits);
}

size_t unit_hex(const char *hex, uint8_t *buf, size_t size)
{
	size_t count = 0;

	for (;;) {
		while (isspace((unsigned char)*hex))
			hex++;
		if (!*hex)
			return count;
		unit_assert(count < size);
		buf[count++] =
			(uint8_t)(hex_digit(hex[0]) << 4 | hex_digit(hex[1]));
		hex += 2;
	}
}

struct mdns_name unit_name(const char *text)
{
	struct mdns_name name;

	/* Fresh octets beyond the end, so that a use of them is noticed. */
	memset(&name, 0xa5, sizeof(name));
	name.len = 0;
	while (*text) {
		size_t label = strcspn(text, ".");

		unit_assert(label > 0);
		unit_assert(label <= MDNS_LABEL_MAX);
		unit_assert(name.len + 1 + label < MDNS_NAME_MAX);
		name.wire[name.len] = (uint8_t)label;
		memcpy(name.wire + name.len + 1, text, label);
		name.len = (uint16_t)(name.len + 1 + label);
		text += label;
		if (*text == '.')
			text++;
	}
	name.wire[name.len++] = 0;
	return name;
}

struct mdns_name unit_name_hex(const char *hex)
{
	struct mdns_name name;

	memset(&name, 0xa5, sizeof(name));
	name.len = (uint16_t)unit_hex(hex, name.wire, sizeof(name.wire));
	return name;
}

uint8_t *unit_copy(const void *bytes, size_t size)
{
	uint8_t *copy = malloc(size);

	unit_assert(copy);
	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

static void put(struct unit_message *message, const void *bytes, size_t size)
{
	unit_assert(message->size + size <= sizeof(message->bytes));
	if (size > 0)
		memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

static void put_u16(struct unit_message *message, uint16_t value)
{
	uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	put(message, octets, sizeof(octets));
}

static void put_name(struct unit_message *message, const char *text)
{
	struct mdns_name name = unit_name(text);

	put(message, name.wire, name.len);
}

static void count_one(struct unit_message *message, enum mdns_section section)
{
	if (++message->bytes[4 + 2 * section + 1] == 0)
		message->bytes[4 + 2 * section]++;
}

void unit_message_init(
	struct unit_message *message, uint16_t id, uint16_t flags)
{
	static const uint8_t counts[8];

	message->size = 0;
	put_u16(message, id);
	put_u16(message, flags);
	put(message, counts, sizeof(counts));
}

void unit_message_question(struct unit_message *message, const char *name,
	uint16_t type, uint16_t rclass)
{
	put_name(message, name);
	put_u16(message, type);
	put_u16(message, rclass);
	count_one(message, MDNS_SECTION_QUESTION);
}

void unit_message_record(struct unit_message *message,
	enum mdns_section section, const char *name, uint16_t type,
	uint16_t rclass, uint32_t ttl, const void *rdata, size_t size)
{
	put_name(message, name);
	put_u16(message, type);
	put_u16(message, rclass);
	put_u16(message, (uint16_t)(ttl >> 16));
	put_u16(message, (uint16_t)ttl);
	put_u16(message, (uint16_t)size);
	put(message, rdata, size);
	count_one(message, section);
}

void unit_message_address(struct unit_message *message,
	enum mdns_section section, const char *name, const char *address,
	uint32_t ttl)
{
	uint8_t bytes[16];
	size_t size = unit_address(address, bytes);

	unit_message_record(message, section, name, size == 4 ? 1 : 28, 0x8001,
		ttl, bytes, size);
}

void unit_message_name(struct unit_message *message, enum mdns_section section,
	const char *name, uint16_t type, const char *target, uint32_t ttl)
{
	struct mdns_name wire = unit_name(target);

	unit_message_record(
		message, section, name, type, 0x8001, ttl, wire.wire, wire.len);
}

void unit_message_nsec(struct unit_message *message, enum mdns_section section,
	const char *name, const uint16_t *types, uint32_t ttl)
{
	struct mdns_name next = unit_name(name);
	uint8_t rdata[MDNS_NAME_MAX + 2 + 32] = {0};
	uint8_t *bitmap = rdata + next.len + 2;
	size_t used = 1;

	memcpy(rdata, next.wire, next.len);
	for (; *types; types++) {
		size_t octet = *types / 8u;

		ck_assert_uint_lt(octet, 32);
		bitmap[octet] |= (uint8_t)(0x80u >> (*types % 8u));
		if (octet >= used)
			used = octet + 1;
	}
	rdata[next.len] = 0;
	rdata[next.len + 1] = (uint8_t)used;
	unit_message_record(message, section, name, 47, 0x8001, ttl, rdata,
		next.len + 2u + used);
}

size_t unit_address(const char *text, uint8_t ret_bytes[16])
{
	memset(ret_bytes, 0, 16);
	if (inet_pton(AF_INET, text, ret_bytes) == 1)
		return 4;
	ck_assert_msg(inet_pton(AF_INET6, text, ret_bytes) == 1, "%s", text);
	return 16;
}

int main(void)
{
	SRunner *runner = srunner_create(unit_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
