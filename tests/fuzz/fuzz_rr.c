/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: two octets choose a type and a way; the rest is RDATA or text of
 * it, to be turned into the other and back. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "rr";

#define SIZE_MAX_IN 4096

static char text[MDNS_RR_TEXT_MAX(SIZE_MAX_IN)];
static char tight[MDNS_RR_TEXT_MAX(SIZE_MAX_IN)];
static uint8_t wire[SIZE_MAX_IN], message[SIZE_MAX_IN + 23];

/* RDATA that is well-formed is taken as it is out of a message as well. */
static void check_expand(uint16_t type, const uint8_t *rdata, size_t size)
{
	struct mdns_reader reader;
	struct mdns_record record;
	uint8_t head[23] = {0};

	head[7] = 1; /* one answer, whose name is the root */
	head[13] = (uint8_t)(type >> 8);
	head[14] = (uint8_t)type;
	head[16] = MDNS_CLASS_IN;
	head[21] = (uint8_t)(size >> 8);
	head[22] = (uint8_t)size;
	memcpy(message, head, sizeof(head));
	memcpy(message + sizeof(head), rdata, size);
	mdns_reader_init(&reader, message, sizeof(head) + size);
	FUZZ_CHECK(mdns_reader_record(&reader, &record));
	FUZZ_CHECK(record.type == type && record.rdlength == size);
	FUZZ_CHECK(mdns_rr_expand(&reader, &record, wire, sizeof(wire)) ==
		   (int)size);
	FUZZ_CHECK(memcmp(wire, rdata, size) == 0);
}

static void from_wire(uint16_t type, const uint8_t *rdata, size_t size)
{
	const char *why = NULL;
	int n = mdns_rr_print(type, rdata, size, text, sizeof(text));

	if (n < 0) {
		FUZZ_CHECK(n == MDNS_ERR_FORMAT);
		FUZZ_CHECK(mdns_rr_print(type, rdata, size, text, 0) ==
			   MDNS_ERR_FORMAT);
		return;
	}
	FUZZ_CHECK((size_t)n < MDNS_RR_TEXT_MAX(size));
	FUZZ_CHECK(memchr(text, '\0', sizeof(text)) == text + n);
	while (n > 0 && text[n - 1] >= ' ' && text[n - 1] <= '~')
		n--;
	FUZZ_CHECK(n == 0);
	n = (int)strlen(text);
	FUZZ_CHECK(mdns_rr_parse(type, text, (size_t)n, wire, sizeof(wire),
			   &why) == (int)size);
	FUZZ_CHECK(memcmp(wire, rdata, size) == 0);
	FUZZ_CHECK(mdns_rr_print(type, rdata, size, tight, (size_t)n + 1) == n);
	FUZZ_CHECK(memcmp(tight, text, (size_t)n + 1) == 0);
	tight[n] = 'x';
	FUZZ_CHECK(mdns_rr_print(type, rdata, size, tight, (size_t)n) ==
		   MDNS_ERR_SPACE);
	FUZZ_CHECK(tight[n] == 'x');
	if (size > 0)
		FUZZ_CHECK(mdns_rr_parse(type, text, (size_t)n, wire, size - 1,
				   &why) == MDNS_ERR_SPACE);
	check_expand(type, rdata, size);
}

static void from_text(uint16_t type, const char *words, size_t len)
{
	static uint8_t rdata[SIZE_MAX_IN];
	const char *why = NULL;
	int n = mdns_rr_parse(type, words, len, rdata, sizeof(rdata), &why);

	FUZZ_CHECK(n >= 0 || n == MDNS_ERR_SPACE || n == MDNS_ERR_FORMAT);
	FUZZ_CHECK((n == MDNS_ERR_FORMAT) == (why != NULL));
	if (n < 0)
		return;
	FUZZ_CHECK((size_t)n <= sizeof(rdata));
	/* The form of RFC 3597 may say what is malformed for its type. */
	if (mdns_rr_print(type, rdata, (size_t)n, text, sizeof(text)) < 0) {
		FUZZ_CHECK(memchr(words, '#', len) != NULL);
		n = mdns_rr_print_unknown(rdata, (size_t)n, text, sizeof(text));
		FUZZ_CHECK(n > 0);
		return;
	}
	from_wire(type, rdata, (size_t)n);
}

static void check_type(uint16_t type)
{
	char word[MDNS_RR_TYPE_TEXT_MAX];
	uint16_t back;
	int n = mdns_rr_type_print(type, word, sizeof(word));

	FUZZ_CHECK(n > 0 && word[n] == '\0');
	FUZZ_CHECK(mdns_rr_type_parse(word, (size_t)n, &back) == 0);
	FUZZ_CHECK(back == type);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static size_t types;
	struct fuzz_input input = {data, size};
	uint8_t way = fuzz_u8(&input);
	uint16_t type;

	while (mdns_rr_type_at(types))
		types++;
	if (way & 0x80)
		type = fuzz_u16(&input);
	else
		type = mdns_rr_type_at(fuzz_u8(&input) % types)->type;
	if (input.left > SIZE_MAX_IN)
		input.left = SIZE_MAX_IN;
	check_type(type);
	if (way & 1)
		from_text(type, (const char *)input.at, input.left);
	else
		from_wire(type, input.at, input.left);
	return 0;
}
