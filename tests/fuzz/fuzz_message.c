/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: the input is a message; all questions and records of it. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/rr_text.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "message";

static uint8_t rdata[MDNS_MESSAGE_MAX], again[MDNS_MESSAGE_MAX];
static const char printable[] = " !\"#$%&'()*+,-./0123456789:;<=>?@"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
				"abcdefghijklmnopqrstuvwxyz{|}~";
static char text[MDNS_RR_TEXT_MAX(MDNS_MESSAGE_MAX)];

static void check_state(const struct mdns_reader *reader)
{
	FUZZ_CHECK(reader->err == 0 || reader->err == MDNS_ERR_FORMAT);
	FUZZ_CHECK(reader->pos <= reader->size);
	FUZZ_CHECK(reader->end == reader->size);
	FUZZ_CHECK(reader->section < MDNS_SECTIONS);
}

/* The name at pos, by the words of the header and with other means: it ends
 * before `end`, and each part of it before the part that points to it. */
static bool simple_name(
	const uint8_t *data, size_t pos, size_t end, struct mdns_name *ret_name)
{
	unsigned part, len = 0;

	for (part = 0; part <= 127; part++) {
		size_t start = pos;

		while (pos < end && data[pos] >= 1 && data[pos] <= 63) {
			size_t size = data[pos] + 1u;

			if (size > end - pos || len + size >= MDNS_NAME_MAX)
				return false;
			memcpy(ret_name->wire + len, data + pos, size);
			len += (unsigned)size;
			pos += size;
		}
		if (pos >= end)
			return false;
		if (data[pos] == 0) {
			ret_name->wire[len++] = 0;
			ret_name->len = (uint16_t)len;
			return true;
		}
		if (data[pos] < 0xc0 || end - pos < 2)
			return false;
		pos = (data[pos] & 0x3fu) << 8 | data[pos + 1];
		if (pos < MDNS_HEADER_SIZE || pos >= start)
			return false;
		end = start;
	}
	return false;
}

/* Reads the name at pos in both ways. */
static void check_simple(const struct mdns_reader *reader, size_t pos)
{
	struct mdns_name simple = {.len = 0}, name = {.len = 0xeeee};
	struct mdns_reader at = *reader;
	bool is = simple_name(reader->base, pos, reader->size, &simple);

	at.pos = pos;
	at.err = 0;
	mdns_reader_name(&at, &name);
	FUZZ_CHECK(is == (at.err == 0));
	FUZZ_CHECK(is ? fuzz_same_octets(&simple, &name) : name.len == 0);
}

/* RFC 4034 4.1.2, for the octets behind the next name. */
static bool simple_bitmap(const uint8_t *at, size_t left)
{
	int last = -1;

	while (left >= 2) {
		if (at[0] <= last || at[1] == 0 || at[1] > 32 ||
			left < at[1] + 2u)
			return false;
		last = at[0];
		left -= at[1] + 2u;
		at += at[1] + 2u;
	}
	return left == 0 && last >= 0;
}

/* What is printed parses back to the same octets. */
static void check_text(uint16_t type, size_t len)
{
	const char *why = NULL;
	int n = mdns_rr_print(type, rdata, len, text, sizeof(text));

	if (n < 0) {
		FUZZ_CHECK(n == MDNS_ERR_FORMAT);
		n = mdns_rr_print_unknown(rdata, len, text, sizeof(text));
	}
	FUZZ_CHECK(n > 0 && strlen(text) == (size_t)n);
	FUZZ_CHECK(strspn(text, printable) == (size_t)n);
	FUZZ_CHECK((size_t)n < MDNS_RR_TEXT_MAX(len));
	n = mdns_rr_parse(type, text, (size_t)n, again, sizeof(again), &why);
	FUZZ_CHECK(n == (int)len && memcmp(again, rdata, len) == 0);
}

static size_t wire_len(const uint8_t *wire)
{
	size_t len = 0;

	while (wire[len] != 0)
		len += wire[len] + 1u;
	return len + 1;
}

/* The readers of single types take what the one for all types takes. */
static void check_readers(const struct mdns_reader *reader,
	const struct mdns_record *record, int expanded)
{
	struct mdns_name name = {.len = 0};
	struct mdns_nsec nsec;
	uint8_t addr[16];
	int r;

	switch (record->type) {
	case MDNS_TYPE_A:
	case MDNS_TYPE_AAAA:
		r = mdns_rr_read_address(reader, record, addr);
		FUZZ_CHECK((r == 0) == (expanded >= 0));
		FUZZ_CHECK(
			r < 0 ||
			(expanded == (record->type == MDNS_TYPE_A ? 4 : 16) &&
				memcmp(addr, rdata, (size_t)expanded) == 0));
		break;
	case MDNS_TYPE_PTR:
	case MDNS_TYPE_CNAME:
		r = mdns_rr_read_name(reader, record, &name);
		FUZZ_CHECK((r == 0) == (expanded >= 0));
		FUZZ_CHECK(r < 0 ||
			   (name.len == expanded &&
				   memcmp(name.wire, rdata, name.len) == 0));
		break;
	case MDNS_TYPE_NSEC:
		r = mdns_rr_read_nsec(reader, record, &nsec);
		FUZZ_CHECK((r == 0) == (expanded >= 0));
		FUZZ_CHECK(r < 0 || !mdns_nsec_has(&nsec, 256));
		if (r == 0) {
			size_t next = wire_len(rdata);

			FUZZ_CHECK(simple_bitmap(
				rdata + next, (size_t)expanded - next));
		}
		break;
	default:
		break;
	}
}

static void check_record(
	const struct mdns_reader *reader, const struct mdns_record *record)
{
	int n;

	fuzz_check_name(&record->name);
	FUZZ_CHECK(record->section >= MDNS_SECTION_ANSWER);
	FUZZ_CHECK(record->section == reader->section);
	FUZZ_CHECK(record->rclass < MDNS_CLASS_TOP_BIT);
	FUZZ_CHECK(record->ttl <= INT32_MAX);
	FUZZ_CHECK(record->rdata >= MDNS_HEADER_SIZE + 11);
	FUZZ_CHECK(record->rdata + (size_t)record->rdlength == reader->pos);
	n = mdns_rr_expand(reader, record, rdata, sizeof(rdata));
	check_readers(reader, record, n);
	if (n < 0) {
		FUZZ_CHECK(n == MDNS_ERR_FORMAT ||
			   (n == MDNS_ERR_SPACE &&
				   reader->size > MDNS_MESSAGE_MAX));
		return;
	}
	FUZZ_CHECK((size_t)n <= sizeof(rdata));
	if (n > 0)
		FUZZ_CHECK(mdns_rr_expand(reader, record, again,
				   (size_t)n - 1) == MDNS_ERR_SPACE);
	check_text(record->type, (size_t)n);
}

/* Records alone: the questions are passed over, the rest is the same. */
static void check_skipping(const uint8_t *data, size_t size, unsigned records,
	const struct mdns_reader *end)
{
	struct mdns_reader reader;
	struct mdns_record record;
	unsigned found = 0;

	mdns_reader_init(&reader, data, size);
	while (mdns_reader_record(&reader, &record))
		found++;
	FUZZ_CHECK(found == records && reader.err == end->err);
	FUZZ_CHECK(reader.err || reader.pos == end->pos);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	unsigned count[MDNS_SECTIONS] = {0}, i;
	size_t pos = MDNS_HEADER_SIZE;
	enum mdns_section section = MDNS_SECTION_ANSWER;

	mdns_reader_init(&reader, data, size);
	for (i = 0; i < size && i < 64; i++)
		check_simple(&reader, i);
	FUZZ_CHECK((reader.err == 0) ==
		   (size >= MDNS_HEADER_SIZE && size <= UINT16_MAX));
	while (mdns_reader_question(&reader, &question)) {
		check_state(&reader);
		check_simple(&reader, pos);
		fuzz_check_name(&question.name);
		FUZZ_CHECK(question.rclass < MDNS_CLASS_TOP_BIT);
		FUZZ_CHECK(reader.pos >= pos + 5);
		pos = reader.pos;
		count[MDNS_SECTION_QUESTION]++;
	}
	while (mdns_reader_record(&reader, &record)) {
		check_state(&reader);
		FUZZ_CHECK(reader.pos >= pos + 11);
		FUZZ_CHECK(record.section >= section);
		check_simple(&reader, pos);
		check_simple(&reader, record.rdata);
		check_record(&reader, &record);
		pos = reader.pos;
		section = record.section;
		count[section]++;
	}
	check_state(&reader);
	for (i = 0; i < MDNS_SECTIONS; i++)
		FUZZ_CHECK(reader.err ? count[i] <= reader.header.count[i]
				      : count[i] == reader.header.count[i]);
	/* The error sticks. */
	if (reader.err) {
		FUZZ_CHECK(!mdns_reader_record(&reader, &record));
		FUZZ_CHECK(mdns_reader_u32(&reader) == 0);
		FUZZ_CHECK(!mdns_reader_bytes(&reader, 0));
	}
	check_skipping(data, size,
		count[MDNS_SECTION_ANSWER] + count[MDNS_SECTION_AUTHORITY] +
			count[MDNS_SECTION_ADDITIONAL],
		&reader);
	return 0;
}
