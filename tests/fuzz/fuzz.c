/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets share. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_broken(const char *file, int line, const char *rule)
{
	fprintf(stderr, "%s:%d: broken: %s\n", file, line, rule);
	abort();
}

uint8_t fuzz_u8(struct fuzz_input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

uint16_t fuzz_u16(struct fuzz_input *input)
{
	unsigned high = fuzz_u8(input);

	return (uint16_t)(high << 8 | fuzz_u8(input));
}

uint32_t fuzz_u32(struct fuzz_input *input)
{
	uint32_t high = fuzz_u16(input);

	return high << 16 | fuzz_u16(input);
}

const uint8_t *fuzz_bytes(
	struct fuzz_input *input, size_t size, size_t *ret_size)
{
	const uint8_t *bytes = input->at;

	if (size > input->left)
		size = input->left;
	input->at += size;
	input->left -= size;
	*ret_size = size;
	return bytes;
}

/* Wire form whose labels have the lengths that the input says. */
static void any_name(struct fuzz_input *input, struct mdns_name *ret_name)
{
	unsigned most = fuzz_u8(input) + 1u;
	unsigned len = 0;

	while (len < most) {
		unsigned size = fuzz_u8(input) % 64, i;

		if (size == 0 || len + 1 + size > MDNS_NAME_MAX - 1)
			break;
		ret_name->wire[len++] = (uint8_t)size;
		for (i = 0; i < size; i++)
			ret_name->wire[len++] = fuzz_u8(input);
	}
	ret_name->wire[len++] = 0;
	ret_name->len = (uint16_t)len;
}

void fuzz_name(struct fuzz_input *input, struct mdns_name *ret_name)
{
	static const struct mdns_name names[] = {
		{9, "\1a\5local"},
		{9, "\1A\5LOCAL"},
		{9, "\1b\5local"},
		{11, "\1y\1x\5local"},
		{15, "\7printer\5local"},
		{26, "\0011\0011\003254\003169\7in-addr\4arpa"},
		{9, "\3com\3net"},
		{1, ""},
	};
	uint8_t kind = fuzz_u8(input);

	if (kind & 0x80)
		any_name(input, ret_name);
	else
		*ret_name = names[kind % (sizeof(names) / sizeof(names[0]))];
}

static void any_address(struct fuzz_input *input, struct mdns_address *address)
{
	static const uint8_t local[2][2] = {{169, 254}, {0xfe, 0x80}};
	uint8_t kind = fuzz_u8(input);
	size_t size;

	memset(address, 0, sizeof(*address));
	address->family = kind & 1;
	address->transport = kind >> 1 & 1;
	address->way = kind >> 2 & 1;
	address->ifindex = kind >> 4;
	size = mdns_family_size(address->family);
	address->bytes[0] = 10;
	address->bytes[size - 1] = fuzz_u8(input);
	if (kind & 8)
		memcpy(address->bytes, local[kind & 1], 2);
}

void fuzz_answer(
	struct fuzz_input *input, int status, struct mdns_answer *ret_answer)
{
	unsigned count = fuzz_u8(input) % 48, i;
	uint8_t kind = fuzz_u8(input);

	memset(ret_answer, 0, sizeof(*ret_answer));
	mdns_answer_init(ret_answer);
	ret_answer->ttl = fuzz_u32(input);
	ret_answer->presence[0] = kind % 3;
	ret_answer->presence[1] = kind / 3 % 3;
	if (status == 0 || kind & 0x80)
		fuzz_name(input, &ret_answer->name);
	for (i = 0; status == 0 && i < count; i++) {
		struct mdns_address address;

		any_address(input, &address);
		mdns_answer_add(ret_answer, &address);
	}
	/* The answer of a reverse lookup. */
	if (status == 0 && count == 0)
		ret_answer->address[0].ifindex = kind;
}

void fuzz_check_name(const struct mdns_name *name)
{
	struct mdns_name same;

	FUZZ_CHECK(name->len >= 1 && name->len <= MDNS_NAME_MAX);
	FUZZ_CHECK(mdns_name_from_wire(name->wire, name->len, &same) == 0);
}

void fuzz_check_answer(int status, const struct mdns_answer *answer)
{
	unsigned i;

	FUZZ_CHECK(answer->count <= MDNS_ADDRESSES_MAX);
	FUZZ_CHECK(answer->presence[0] <= MDNS_ABSENT);
	FUZZ_CHECK(answer->presence[1] <= MDNS_ABSENT);
	if (answer->name.len > 0)
		fuzz_check_name(&answer->name);
	for (i = 0; i < answer->count; i++) {
		const struct mdns_address *address = &answer->address[i];
		static const uint8_t zeros[12];

		FUZZ_CHECK(address->family < MDNS_FAMILIES);
		FUZZ_CHECK(address->transport < MDNS_FAMILIES);
		FUZZ_CHECK(address->way < MDNS_WAYS);
		FUZZ_CHECK(address->family == MDNS_IPV6 ||
			   memcmp(address->bytes + 4, zeros, 12) == 0);
	}
	FUZZ_CHECK(status <= 0);
}

bool fuzz_same_octets(const struct mdns_name *a, const struct mdns_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}
