/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/message: the reader and the writer of DNS messages. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/message.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define PRINTER "07 7072696e746572 05 6c6f63616c 00 "
#define HEADER "0000 0000 0000 0000 0000 0000 "

static bool same_octets(const struct mdns_name *a, const struct mdns_name *b)
{
	return a->len == b->len && !memcmp(a->wire, b->wire, a->len);
}

/* ---- header ---- */

START_TEST(test_header_reads_every_bit)
{
	/* One bit set of the 96, all others clear. */
	for (unsigned bit = 0; bit < 96; bit++) {
		uint8_t bytes[MDNS_HEADER_SIZE] = {0};
		uint16_t want = (uint16_t)(0x8000u >> bit % 16);
		struct mdns_reader reader;
		uint16_t got[6];

		bytes[bit / 8] = (uint8_t)(0x80u >> bit % 8);
		mdns_reader_init(&reader, bytes, sizeof(bytes));
		ck_assert_int_eq(reader.err, 0);
		got[0] = reader.header.id;
		got[1] = reader.header.flags;
		memcpy(got + 2, reader.header.count, 4 * sizeof(got[0]));
		for (unsigned i = 0; i < 6; i++)
			ck_assert_msg(got[i] == (i == bit / 16 ? want : 0),
				"bit %u, word %u: %04x", bit, i, got[i]);
	}
}
END_TEST

START_TEST(test_header_writes_every_bit)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t words = 0x80000000u >> bit;
		uint8_t bytes[MDNS_HEADER_SIZE];
		uint8_t want[MDNS_HEADER_SIZE] = {(uint8_t)(words >> 24),
			(uint8_t)(words >> 16), (uint8_t)(words >> 8),
			(uint8_t)words};
		struct mdns_writer writer;

		memset(bytes, 0xee, sizeof(bytes));
		mdns_writer_init(&writer, bytes, sizeof(bytes),
			(uint16_t)(words >> 16), (uint16_t)words);
		ck_assert_int_eq(mdns_writer_end(&writer), MDNS_HEADER_SIZE);
		ck_assert_mem_eq(bytes, want, sizeof(want));
	}
}
END_TEST

START_TEST(test_header_flags_by_name)
{
	/* RFC 1035 4.1.1 and RFC 6762 18, as a packet on the wire has them. */
	static const struct {
		const char *bytes;
		unsigned flag;
	} rows[] = {
		{"0000 8000", MDNS_FLAG_QR},
		{"0000 7800", MDNS_FLAG_OPCODE},
		{"0000 0400", MDNS_FLAG_AA},
		{"0000 0200", MDNS_FLAG_TC},
		{"0000 0100", MDNS_FLAG_RD},
		{"0000 0080", MDNS_FLAG_RA},
		{"0000 0040", MDNS_FLAG_Z},
		{"0000 0020", MDNS_FLAG_AD},
		{"0000 0010", MDNS_FLAG_CD},
		{"0000 000f", MDNS_FLAG_RCODE},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t bytes[MDNS_HEADER_SIZE] = {0};
		struct mdns_reader reader;

		unit_hex(rows[i].bytes, bytes, sizeof(bytes));
		mdns_reader_init(&reader, bytes, sizeof(bytes));
		ck_assert_uint_eq(reader.header.flags, rows[i].flag);
	}
}
END_TEST

START_TEST(test_message_sizes)
{
	static uint8_t big[65536];
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;

	for (size_t size = 0; size < MDNS_HEADER_SIZE; size++) {
		uint8_t *bytes = unit_copy(big, size);

		mdns_reader_init(&reader, bytes, size);
		ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
		ck_assert(!mdns_reader_question(&reader, &question));
		ck_assert(!mdns_reader_record(&reader, &record));
		free(bytes);
	}
	mdns_reader_init(&reader, big, MDNS_HEADER_SIZE);
	ck_assert_int_eq(reader.err, 0);
	mdns_reader_init(&reader, big, 65535);
	ck_assert_int_eq(reader.err, 0);
	mdns_reader_init(&reader, big, 65536);
	ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
}
END_TEST

/* ---- plain reads ---- */

START_TEST(test_reads_and_sticky_error)
{
	uint8_t bytes[64];
	size_t size = unit_hex(
		HEADER "01 0203 04050607 0809 0a0b", bytes, sizeof(bytes));
	uint8_t *message = unit_copy(bytes, size);
	struct mdns_reader reader;
	struct mdns_name name;
	const uint8_t *got;

	/* Given eleven octets, when read one after the other, */
	mdns_reader_init(&reader, message, size);
	ck_assert_uint_eq(mdns_reader_u8(&reader), 0x01);
	ck_assert_uint_eq(mdns_reader_u16(&reader), 0x0203);
	ck_assert_uint_eq(mdns_reader_u32(&reader), 0x04050607);
	got = mdns_reader_bytes(&reader, 2);
	ck_assert_ptr_eq(got, message + MDNS_HEADER_SIZE + 7);
	ck_assert_int_eq(reader.err, 0);

	/* then one that is too long is an error, */
	ck_assert_uint_eq(mdns_reader_u32(&reader), 0);
	ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);

	/* which sticks: what would still fit is not given any more. */
	ck_assert_uint_eq(mdns_reader_u8(&reader), 0);
	ck_assert_uint_eq(mdns_reader_u16(&reader), 0);
	ck_assert_ptr_null(mdns_reader_bytes(&reader, 1));
	ck_assert_ptr_null(mdns_reader_bytes(&reader, SIZE_MAX));
	name = unit_name("x");
	mdns_reader_name(&reader, &name);
	ck_assert_uint_eq(name.len, 0);
	ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
	ck_assert(!mdns_reader_done(&reader));
	free(message);
}
END_TEST

START_TEST(test_reads_stop_at_the_end)
{
	/* Each kind of read, with one octet less than it needs. */
	static uint8_t zeros[MDNS_HEADER_SIZE + 3];

	for (unsigned kind = 0; kind < 4; kind++) {
		static const size_t need[] = {1, 2, 4, 3};
		size_t size = MDNS_HEADER_SIZE + need[kind] - 1;
		uint8_t *message = unit_copy(zeros, size);
		struct mdns_reader reader;

		mdns_reader_init(&reader, message, size);
		if (kind == 0)
			mdns_reader_u8(&reader);
		else if (kind == 1)
			mdns_reader_u16(&reader);
		else if (kind == 2)
			mdns_reader_u32(&reader);
		else
			ck_assert_ptr_null(mdns_reader_bytes(&reader, 3));
		ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
		free(message);
	}
}
END_TEST

/* ---- names ---- */

/* Reads the name at an offset. Returns where the reader stands after it, or 0
 * if it was refused. */
static size_t read_name(const uint8_t *bytes, size_t size, size_t at,
	struct mdns_name *ret_name)
{
	uint8_t *message = unit_copy(bytes, size);
	struct mdns_reader reader;
	size_t pos;

	mdns_reader_init(&reader, message, size);
	reader.pos = at;
	*ret_name = unit_name("before");
	mdns_reader_name(&reader, ret_name);
	pos = reader.pos;
	free(message);
	if (reader.err) {
		ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
		ck_assert_uint_eq(ret_name->len, 0);
		return 0;
	}
	return pos;
}

START_TEST(test_name_table)
{
	static const struct {
		const char *what, *bytes; /* after the header: offset 12 on */
		unsigned at;
		const char *wire; /* NULL: refused */
		unsigned pos;
	} rows[] = {
		{"plain", PRINTER, 12, PRINTER, 27},
		{"case is kept", "03 4162 43 00", 12, "03 416243 00", 17},
		{"root", "00 ff", 12, "00", 13},
		{"pointer", PRINTER "c00c", 27, PRINTER, 29},
		{"pointer to a part", PRINTER "01 61 c014", 27,
			"01 61 05 6c6f63616c 00", 31},
		{"pointer to a root", "00 01 61 c00c", 13, "01 61 00", 17},
		{"two pointers", "01 61 00 01 62 c00c 01 63 c00f", 19,
			"01 63 01 62 01 61 00", 23},
		{"what follows does not matter", "01 61 00 c00c ffff", 15,
			"01 61 00", 17},

		{"pointer to itself", "c00c", 12, NULL, 0},
		{"pointer to its own fragment", "01 61 c00c", 12, NULL, 0},
		{"pointer into its own fragment", "01 61 01 62 c00e", 12, NULL,
			0},
		{"pointer to its own second octet", "00 c00e", 13, NULL, 0},
		{"loop of two pointers", "c00e c00c", 12, NULL, 0},
		{"loop of two pointers, other end", "c00e c00c", 14, NULL, 0},
		{"loop with labels", "01 61 c010 01 62 c00c", 16, NULL, 0},
		{"forward pointer", "c00e 01 61 00", 12, NULL, 0},
		{"backward, then forward", "c00e 01 61 00 c00c", 17, NULL, 0},
		{"backward, then to itself", "01 61 c00c c00c", 16, NULL, 0},
		{"pointer past the end", "00 c0ff", 13, NULL, 0},
		{"pointer to the end", "00 c00f", 13, NULL, 0},
		{"highest pointer", "00 ffff", 13, NULL, 0},

		{"label type 0x40", "41 61 00", 12, NULL, 0},
		{"label type 0x40, low bits clear", "40 00", 12, NULL, 0},
		{"label type 0x80", "81 61 00", 12, NULL, 0},
		{"label type 0x80, as if a pointer", "01 61 00 800c", 15, NULL,
			0},
		{"label type 0x40, as if a pointer", "01 61 00 400c", 15, NULL,
			0},
		{"label type 0x40 at a pointer's end", "41 61 00 c00c", 15,
			NULL, 0},

		{"nothing", "", 12, NULL, 0},
		{"label cut short", "03 6162", 12, NULL, 0},
		{"label without octets", "01", 12, NULL, 0},
		{"no root", "01 61", 12, NULL, 0},
		{"pointer cut short", "01 61 00 c0", 15, NULL, 0},
		{"pointer cut short after a label", "00 01 61 c0", 13, NULL, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t bytes[128];
		size_t size = unit_hex(HEADER, bytes, sizeof(bytes));
		struct mdns_name name, want;
		size_t pos;

		size += unit_hex(
			rows[i].bytes, bytes + size, sizeof(bytes) - size);
		pos = read_name(bytes, size, rows[i].at, &name);
		ck_assert_msg(pos == rows[i].pos, "%s: ends at %zu",
			rows[i].what, pos);
		if (!rows[i].wire)
			continue;
		want = unit_name_hex(rows[i].wire);
		ck_assert_msg(same_octets(&name, &want), "%s", rows[i].what);
	}
}
END_TEST

START_TEST(test_name_label_types)
{
	/* Given a label of any first octet, with all the octets behind it that
	 * somebody could take for its own, then 1 to 63 are lengths and 0x40
	 * to 0xbf are refused (RFC 1035 4.1.4). */
	for (unsigned first = 1; first < 0xc0; first++) {
		uint8_t bytes[MDNS_HEADER_SIZE + 256] = {0};
		struct mdns_name name;
		size_t pos;

		bytes[12] = (uint8_t)first;
		memset(bytes + 13, 'x', first);
		pos = read_name(bytes, sizeof(bytes), 12, &name);
		ck_assert_msg(pos == (first < 64 ? 12 + 1 + first + 1 : 0),
			"%02x: %zu", first, pos);

		/* The same with its low six bits as the length. */
		memset(bytes + 13, 0, sizeof(bytes) - 13);
		memset(bytes + 13, 'x', first & 63);
		pos = read_name(bytes, sizeof(bytes), 12, &name);
		if (first >= 64)
			ck_assert_msg(pos == 0, "%02x: %zu", first, pos);
	}
}
END_TEST

START_TEST(test_name_pointer_into_header)
{
	/* RFC 1035 4.1.4: a pointer leads to a prior occurrence of a name, and
	 * the header has none. This one would read as "a." and as the root. */
	uint8_t bytes[64];
	size_t size = unit_hex(
		"0161 0000 0000 0000 0000 0000 c000", bytes, sizeof(bytes));
	struct mdns_name name;

	for (unsigned target = 0; target < MDNS_HEADER_SIZE; target++) {
		bytes[size - 1] = (uint8_t)target;
		ck_assert_msg(read_name(bytes, size, 12, &name) == 0,
			"pointer to %u", target);
	}
}
END_TEST

START_TEST(test_name_pointer_chain_is_bounded)
{
	/* Given "a." at 12, and pointers each to the one before, */
	uint8_t bytes[MDNS_HEADER_SIZE + 3 + 2 * 200] = {0};
	struct mdns_name name;
	struct mdns_name a = unit_name("a");
	size_t size = MDNS_HEADER_SIZE;

	size += unit_hex("01 61 00", bytes + size, 3);
	for (unsigned hops = 1; hops <= 200; hops++) {
		size_t target = hops == 1 ? MDNS_HEADER_SIZE : size - 2;
		size_t pos;

		bytes[size] = (uint8_t)(0xc0 | target >> 8);
		bytes[size + 1] = (uint8_t)target;
		size += 2;

		/* then 127 of them are followed and no more. */
		pos = read_name(bytes, size, size - 2, &name);
		if (hops <= 127) {
			ck_assert_msg(pos == size, "%u hops refused", hops);
			ck_assert(same_octets(&name, &a));
		} else {
			ck_assert_msg(pos == 0, "%u hops followed", hops);
		}
	}
}
END_TEST

START_TEST(test_name_length_limits)
{
	/* RFC 6762 appendix C: 255 octets and the root's. */
	uint8_t bytes[512] = {0};
	struct mdns_name name;
	size_t pos = MDNS_HEADER_SIZE;

	/* Given labels of 63, 63, 63 and 62, plain, */
	for (unsigned i = 0; i < 4; i++) {
		size_t label = i < 3 ? 63 : 62;

		bytes[pos] = (uint8_t)label;
		memset(bytes + pos + 1, 'x', label);
		pos += 1 + label;
	}
	bytes[pos++] = 0;
	ck_assert_uint_eq(read_name(bytes, pos, 12, &name), pos);
	ck_assert_uint_eq(name.len, 256);

	/* when the last label is an octet longer, then it is too long. */
	bytes[12 + 3 * 64] = 63;
	bytes[12 + 255] = 'x';
	ck_assert_uint_eq(bytes[12 + 256], 0);
	ck_assert_uint_eq(read_name(bytes, pos + 1, 12, &name), 0);

	/* The same through compression: 190 octets before, then 64 or 65. */
	bytes[12 + 3 * 64] = 0;
	pos = 12 + 3 * 64 + 1;
	bytes[pos] = 62;
	memset(bytes + pos + 1, 'y', 62);
	bytes[pos + 63] = 0xc0;
	bytes[pos + 64] = 12;
	ck_assert_uint_eq(read_name(bytes, pos + 65, pos, &name), pos + 65);
	ck_assert_uint_eq(name.len, 256);
	bytes[pos] = 63;
	bytes[pos + 63] = 'y';
	bytes[pos + 64] = 0xc0;
	bytes[pos + 65] = 12;
	ck_assert_uint_eq(read_name(bytes, pos + 66, pos, &name), 0);

	/* 127 labels of one octet and one of two are 256; one more is not. */
	memset(bytes + 12, 0, sizeof(bytes) - 12);
	for (unsigned i = 0; i < 127; i++)
		memcpy(bytes + 12 + 2 * i, "\1z", 2);
	ck_assert_uint_eq(read_name(bytes, 12 + 255, 12, &name), 12 + 255);
	ck_assert_uint_eq(name.len, 255);
	memcpy(bytes + 12 + 254, "\1z", 2);
	ck_assert_uint_eq(read_name(bytes, 12 + 257, 12, &name), 0);
}
END_TEST

START_TEST(test_name_in_rdata_stops_at_its_end)
{
	/* Given RDATA of a known length that names run out of: the octets
	 * behind it belong to the next record. */
	static const struct {
		const char *what, *rdata;
		unsigned rdlength;
		const char *wire; /* NULL: refused */
		bool done;
	} rows[] = {
		{"whole", "01 61 00", 3, "01 61 00", true},
		{"root left out", "01 61 00", 2, NULL, false},
		{"label left out", "01 61 00", 1, NULL, false},
		{"empty", "01 61 00", 0, NULL, false},
		{"one octet more", "01 61 00 00", 4, "01 61 00", false},
		{"pointer back", "c00c", 2, PRINTER, true},
		{"pointer cut in two", "c00c", 1, NULL, false},
		{"pointer to itself", "c025", 2, NULL, false},
		{"pointer to the rdlength", "c023", 2, "00", true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t bytes[128];
		size_t size = unit_hex("0000 8400 0000 0001 0000 0000" PRINTER
				       "000c 0001 00000078",
			bytes, sizeof(bytes));
		struct mdns_reader reader, rdata;
		struct mdns_record record;
		struct mdns_name name;

		/* The high octet of RDLENGTH is at 35: 0, a root. */
		bytes[size++] = 0;
		bytes[size++] = (uint8_t)rows[i].rdlength;
		ck_assert_uint_eq(size, 37);
		size += unit_hex(
			rows[i].rdata, bytes + size, sizeof(bytes) - size);
		size += unit_hex("01 62 00 00", bytes + size, 4);
		mdns_reader_init(&reader, bytes, size);
		ck_assert(mdns_reader_record(&reader, &record));
		ck_assert_uint_eq(record.rdata, 37);
		ck_assert_uint_eq(record.rdlength, rows[i].rdlength);

		mdns_reader_rdata(&reader, &record, &rdata);
		mdns_reader_name(&rdata, &name);
		ck_assert_msg(mdns_reader_done(&rdata) == rows[i].done, "%s",
			rows[i].what);
		if (rows[i].wire) {
			struct mdns_name want = unit_name_hex(rows[i].wire);

			ck_assert_msg(!rdata.err && same_octets(&name, &want),
				"%s", rows[i].what);
		} else {
			ck_assert_msg(rdata.err == MDNS_ERR_FORMAT, "%s",
				rows[i].what);
		}
		/* Whatever the RDATA is, the message goes on. */
		ck_assert_int_eq(reader.err, 0);
	}
}
END_TEST

START_TEST(test_reads_in_rdata_stop_at_its_end)
{
	/* Given RDATA of three octets and a record behind it, */
	struct unit_message message;
	struct mdns_reader reader, rdata;
	struct mdns_record record;

	unit_message_init(&message, 0, 0x8400);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "a.local", 16, 1, 1,
		"\1\2\3", 3);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "b.local", 16, 1, 1,
		"\4\5\6", 3);
	mdns_reader_init(&reader, message.bytes, message.size);
	ck_assert(mdns_reader_record(&reader, &record));

	/* then three are read and no fourth, however they are asked for. */
	mdns_reader_rdata(&reader, &record, &rdata);
	ck_assert_uint_eq(mdns_reader_u8(&rdata), 1);
	ck_assert(!mdns_reader_done(&rdata));
	ck_assert_uint_eq(mdns_reader_u16(&rdata), 0x0203);
	ck_assert(mdns_reader_done(&rdata));
	ck_assert_uint_eq(mdns_reader_u8(&rdata), 0);
	ck_assert_int_eq(rdata.err, MDNS_ERR_FORMAT);
	ck_assert(!mdns_reader_done(&rdata));

	mdns_reader_rdata(&reader, &record, &rdata);
	ck_assert_uint_eq(mdns_reader_u32(&rdata), 0);
	ck_assert_int_eq(rdata.err, MDNS_ERR_FORMAT);

	mdns_reader_rdata(&reader, &record, &rdata);
	ck_assert_ptr_null(mdns_reader_bytes(&rdata, 4));
	mdns_reader_rdata(&reader, &record, &rdata);
	ck_assert_ptr_nonnull(mdns_reader_bytes(&rdata, 3));
	ck_assert(mdns_reader_done(&rdata));

	/* An error in the RDATA is not one of the message. */
	ck_assert(mdns_reader_record(&reader, &record));
	ck_assert_int_eq(reader.err, 0);
}
END_TEST

/* ---- questions and records ---- */

START_TEST(test_question_fields)
{
	struct unit_message message;
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_name printer = unit_name("printer.local");

	unit_message_init(&message, 0, 0);
	unit_message_question(&message, "printer.local", 0x1234, 0x0001);
	unit_message_question(&message, "printer.local", 28, 0x8001);
	unit_message_question(&message, "printer.local", 255, 0xffff);
	mdns_reader_init(&reader, message.bytes, message.size);

	ck_assert(mdns_reader_question(&reader, &question));
	ck_assert(same_octets(&question.name, &printer));
	ck_assert_uint_eq(question.type, 0x1234);
	ck_assert_uint_eq(question.rclass, 1);
	ck_assert(!question.unicast_response);
	ck_assert(mdns_reader_question(&reader, &question));
	ck_assert_uint_eq(question.type, 28);
	ck_assert_uint_eq(question.rclass, 1);
	ck_assert(question.unicast_response);
	ck_assert(mdns_reader_question(&reader, &question));
	ck_assert_uint_eq(question.rclass, 0x7fff);
	ck_assert(question.unicast_response);
	ck_assert(!mdns_reader_question(&reader, &question));
	ck_assert_int_eq(reader.err, 0);
}
END_TEST

START_TEST(test_record_fields)
{
	static const struct {
		uint16_t wire_class;
		uint32_t wire_ttl;
		uint16_t rclass;
		bool flush;
		uint32_t ttl;
	} rows[] = {
		{0x0001, 120, 1, false, 120},
		{0x8001, 120, 1, true, 120},
		{0x80ff, 0, 255, true, 0},
		{0x7fff, 0x7fffffff, 0x7fff, false, 0x7fffffff},
		/* RFC 2181 8 */
		{0x8001, 0x80000000, 1, true, 0},
		{0x8001, 0x80000078, 1, true, 0},
		{0x8001, 0xffffffff, 1, true, 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct unit_message message;
		struct mdns_reader reader;
		struct mdns_record record;
		struct mdns_name printer = unit_name("printer.local");

		unit_message_init(&message, 0, 0x8400);
		unit_message_record(&message, MDNS_SECTION_ANSWER,
			"printer.local", 0xabcd, rows[i].wire_class,
			rows[i].wire_ttl, "12345", 5);
		mdns_reader_init(&reader, message.bytes, message.size);
		ck_assert(mdns_reader_record(&reader, &record));
		ck_assert(same_octets(&record.name, &printer));
		ck_assert_int_eq((int)record.section, MDNS_SECTION_ANSWER);
		ck_assert_uint_eq(record.type, 0xabcd);
		ck_assert_uint_eq(record.rclass, rows[i].rclass);
		ck_assert(record.cache_flush == rows[i].flush);
		ck_assert_uint_eq(record.ttl, rows[i].ttl);
		ck_assert_uint_eq(record.rdata, message.size - 5);
		ck_assert_uint_eq(record.rdlength, 5);
		ck_assert(!mdns_reader_record(&reader, &record));
		ck_assert_int_eq(reader.err, 0);
	}
}
END_TEST

START_TEST(test_records_of_all_sections)
{
	/* Given one question and 1, 2 and 1 records, when asked for records
	 * at once, then the question is skipped and each has its section. */
	static const struct {
		enum mdns_section section;
		uint16_t type;
	} rows[] = {
		{MDNS_SECTION_ANSWER, 101},
		{MDNS_SECTION_AUTHORITY, 102},
		{MDNS_SECTION_AUTHORITY, 103},
		{MDNS_SECTION_ADDITIONAL, 104},
	};
	struct unit_message message;
	struct mdns_reader reader;
	struct mdns_record record;
	struct mdns_question question;

	unit_message_init(&message, 0, 0x8400);
	unit_message_question(&message, "q.local", 1, 1);
	unit_message_question(&message, "q.local", 28, 1);
	for (size_t i = 0; i < ROWS(rows); i++)
		unit_message_record(&message, rows[i].section, "r.local",
			rows[i].type, 1, 1, "x", 1);

	for (unsigned first = 0; first < 3; first++) {
		mdns_reader_init(&reader, message.bytes, message.size);
		for (unsigned i = 0; i < first; i++)
			ck_assert(mdns_reader_question(&reader, &question));
		for (size_t i = 0; i < ROWS(rows); i++) {
			ck_assert(mdns_reader_record(&reader, &record));
			ck_assert_int_eq(record.section, rows[i].section);
			ck_assert_uint_eq(record.type, rows[i].type);
		}
		ck_assert(!mdns_reader_record(&reader, &record));
		ck_assert(!mdns_reader_question(&reader, &question));
		ck_assert_int_eq(reader.err, 0);
	}
}
END_TEST

START_TEST(test_empty_sections_are_skipped)
{
	struct unit_message message;
	struct mdns_reader reader;
	struct mdns_record record;

	unit_message_init(&message, 0, 0x8400);
	unit_message_record(
		&message, MDNS_SECTION_ADDITIONAL, "r.local", 9, 1, 1, "", 0);
	mdns_reader_init(&reader, message.bytes, message.size);
	ck_assert(mdns_reader_record(&reader, &record));
	ck_assert_int_eq(record.section, MDNS_SECTION_ADDITIONAL);
	ck_assert_uint_eq(record.rdlength, 0);
	ck_assert(!mdns_reader_record(&reader, &record));
	ck_assert_int_eq(reader.err, 0);
}
END_TEST

START_TEST(test_counts_that_lie)
{
	static const struct {
		const char *what;
		uint16_t count[MDNS_SECTIONS];
		unsigned records;
		int err;
	} rows[] = {
		{"true", {0, 2, 0, 0}, 2, 0},
		{"fewer than there are", {0, 1, 0, 0}, 1, 0},
		{"none", {0, 0, 0, 0}, 0, 0},
		{"one too many", {0, 3, 0, 0}, 2, MDNS_ERR_FORMAT},
		{"far too many", {0, 65535, 65535, 65535}, 2, MDNS_ERR_FORMAT},
		{"other sections", {0, 0, 1, 1}, 2, 0},
		{"too many at the end", {0, 2, 0, 1}, 2, MDNS_ERR_FORMAT},
		{"far too many questions", {65535, 2, 0, 0}, 0,
			MDNS_ERR_FORMAT},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct unit_message message;
		struct mdns_reader reader;
		struct mdns_record record;
		unsigned records = 0;
		uint8_t *bytes;

		unit_message_init(&message, 0, 0x8400);
		unit_message_record(&message, MDNS_SECTION_ANSWER, "a.local", 1,
			1, 1, "abcd", 4);
		unit_message_record(&message, MDNS_SECTION_ANSWER, "b.local", 1,
			1, 1, "efgh", 4);
		for (unsigned s = 0; s < MDNS_SECTIONS; s++) {
			message.bytes[4 + 2 * s] =
				(uint8_t)(rows[i].count[s] >> 8);
			message.bytes[5 + 2 * s] = (uint8_t)rows[i].count[s];
		}
		bytes = unit_copy(message.bytes, message.size);
		mdns_reader_init(&reader, bytes, message.size);
		while (mdns_reader_record(&reader, &record))
			records++;
		ck_assert_msg(records == rows[i].records, "%s: %u",
			rows[i].what, records);
		ck_assert_msg(reader.err == rows[i].err, "%s: %d", rows[i].what,
			reader.err);
		/* It stays over. */
		ck_assert(!mdns_reader_record(&reader, &record));
		free(bytes);
	}
}
END_TEST

START_TEST(test_rdlength_beyond_the_message)
{
	static const unsigned beyond[] = {1, 2, 255, 65530};

	for (size_t i = 0; i < ROWS(beyond); i++) {
		struct unit_message message;
		struct mdns_reader reader;
		struct mdns_record record;
		unsigned rdlength = 4 + beyond[i];
		uint8_t *bytes;

		/* Given a good record and one whose RDLENGTH is a lie, */
		unit_message_init(&message, 0, 0x8400);
		unit_message_record(&message, MDNS_SECTION_ANSWER, "a.local", 1,
			1, 1, "abcd", 4);
		unit_message_record(&message, MDNS_SECTION_ANSWER, "b.local", 1,
			1, 1, "efgh", 4);
		message.bytes[message.size - 6] = (uint8_t)(rdlength >> 8);
		message.bytes[message.size - 5] = (uint8_t)rdlength;
		bytes = unit_copy(message.bytes, message.size);

		/* then the good one is read, and no more. */
		mdns_reader_init(&reader, bytes, message.size);
		ck_assert(mdns_reader_record(&reader, &record));
		ck_assert(!mdns_reader_record(&reader, &record));
		ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
		free(bytes);
	}
}
END_TEST

/* Messages as they are on a wire, to be cut and spoilt. */
static const char *const good_messages[] = {
	/* the response of the primer: A, AAAA and NSEC of one host */
	"0000 8400 0000 0001 0000 0002" PRINTER
	"0001 8001 00007800 0004 996d075a"
	"c00c 001c 8001 00007800 0010 fe800000000000000223 32fffeb12152"
	"c00c 002f 8001 00007800 0008 c00c 0004 40000008",
	/* a legacy reply with the questions repeated */
	"1234 8400 0002 0002 0000 0000" PRINTER "0001 0001"
	"c00c 001c 0001"
	"c00c 0001 0001 0000000a 0004 a9fe0102"
	"c00c 001c 0001 0000000a 0010 fe80000000000000 0000000000000001",
	/* a reverse answer, its target compressed, an authority and an OPT */
	"0000 8400 0000 0001 0001 0001"
	"01 32 01 31 03 323534 03 313639 07 696e2d61646472 04 61727061 00"
	"000c 8001 00000078 000f 07 7072696e746572 05 6c6f63616c 00"
	"c030 0001 0001 00000000 0000"
	"00 0029 05a0 00000000 0004 00040000",
};

START_TEST(test_truncation_at_every_octet)
{
	for (size_t m = 0; m < ROWS(good_messages); m++) {
		uint8_t bytes[256];
		size_t size = unit_hex(good_messages[m], bytes, sizeof(bytes));
		struct mdns_record whole[8], record;
		size_t end[8];
		unsigned count = 0;
		struct mdns_reader reader;

		/* Given what the whole message says, */
		mdns_reader_init(&reader, bytes, size);
		while (mdns_reader_record(&reader, &whole[count]))
			end[count++] = reader.pos;
		unit_assert(reader.err == 0);
		unit_assert(count >= 2);
		unit_assert(end[count - 1] == size);

		/* when it is cut, then the records before the cut are what
		 * they were, and the reader knows that something is missing. */
		for (size_t cut = 0; cut < size; cut++) {
			uint8_t *part = unit_copy(bytes, cut);
			unsigned n = 0;

			mdns_reader_init(&reader, part, cut);
			while (mdns_reader_record(&reader, &record)) {
				unit_assert(n < count);
				unit_assert(end[n] <= cut);
				unit_assert(same_octets(
					&record.name, &whole[n].name));
				unit_assert(record.type == whole[n].type);
				unit_assert(record.ttl == whole[n].ttl);
				unit_assert(record.rdata == whole[n].rdata);
				unit_assert(
					record.rdlength == whole[n].rdlength);
				n++;
			}
			if (n < count)
				unit_assert(end[n] > cut);
			unit_assert(reader.err == MDNS_ERR_FORMAT);
			free(part);
		}
	}
}
END_TEST

START_TEST(test_spoilt_octets_do_no_harm)
{
	/* A small fuzzer with a fixed seed: whatever the octets are, the reader
	 * comes to an end, and stays inside the message. */
	uint32_t seed = 1;

	for (unsigned round = 0; round < 30000; round++) {
		uint8_t bytes[256];
		size_t size = unit_hex(
			good_messages[round % 3], bytes, sizeof(bytes));
		struct mdns_reader reader, rdata;
		struct mdns_question question;
		struct mdns_record record;
		struct mdns_name name;
		uint8_t *copy;

		for (unsigned i = 0; i < 1 + round % 4; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 8) % size] = (uint8_t)(seed >> 24);
		}
		copy = unit_copy(bytes, size);
		mdns_reader_init(&reader, copy, size);
		if (round & 1)
			while (mdns_reader_question(&reader, &question))
				unit_assert(question.name.len <= 256);
		while (mdns_reader_record(&reader, &record)) {
			unit_assert(record.name.len >= 1);
			unit_assert(record.name.len <= 256);
			unit_assert(record.rdata + record.rdlength <= size);
			mdns_reader_rdata(&reader, &record, &rdata);
			do
				mdns_reader_name(&rdata, &name);
			while (!rdata.err);
		}
		free(copy);
	}
}
END_TEST

/* ---- the writer ---- */

START_TEST(test_write_primer_query)
{
	struct mdns_name printer = unit_name("printer.local");
	struct mdns_writer writer;
	uint8_t want[64], buf[64];

	ck_assert_uint_eq(
		unit_hex("0000 0000 0001 0000 0000 0000" PRINTER "0001 0001",
			want, sizeof(want)),
		31);
	mdns_writer_init(&writer, buf, sizeof(buf), 0, 0);
	mdns_writer_question(&writer, &printer, 1, 1);
	ck_assert_int_eq(mdns_writer_end(&writer), 31);
	ck_assert_mem_eq(buf, want, 31);
}
END_TEST

/* Writes the primer's response (requirements M17). */
static int write_primer_response(struct mdns_writer *writer)
{
	struct mdns_name printer = unit_name("printer.local");
	uint8_t aaaa[16];

	unit_hex("fe800000000000000223 32fffeb12152", aaaa, sizeof(aaaa));
	mdns_writer_record(
		writer, MDNS_SECTION_ANSWER, &printer, 1, 0x8001, 0x7800);
	mdns_writer_u32(writer, 0x996d075a);
	mdns_writer_record_end(writer);
	mdns_writer_record(
		writer, MDNS_SECTION_ADDITIONAL, &printer, 28, 0x8001, 0x7800);
	mdns_writer_bytes(writer, aaaa, sizeof(aaaa));
	mdns_writer_record_end(writer);
	mdns_writer_record(
		writer, MDNS_SECTION_ADDITIONAL, &printer, 47, 0x8001, 0x7800);
	mdns_writer_name(writer, &printer, true);
	mdns_writer_u8(writer, 0);
	mdns_writer_u8(writer, 4);
	mdns_writer_u16(writer, 0x4000);
	mdns_writer_u16(writer, 0x0008);
	mdns_writer_record_end(writer);
	return mdns_writer_end(writer);
}

START_TEST(test_write_primer_response)
{
	struct mdns_writer writer;
	uint8_t want[128], buf[128];

	ck_assert_uint_eq(unit_hex(good_messages[0], want, sizeof(want)), 89);
	mdns_writer_init(&writer, buf, sizeof(buf), 0, 0x8400);
	ck_assert_int_eq(write_primer_response(&writer), 89);
	ck_assert_mem_eq(buf, want, 89);
}
END_TEST

START_TEST(test_write_never_past_the_size)
{
	/* For every size there is: all of it or MDNS_ERR_SPACE, and the octet
	 * behind the buffer is nobody's (the heap's guard sees it). */
	uint8_t want[128];

	unit_hex(good_messages[0], want, sizeof(want));
	for (size_t size = 0; size <= 100; size++) {
		uint8_t *buf = malloc(size + 8);
		uint8_t *tight = malloc(size);
		struct mdns_writer writer;
		int r;

		memset(buf, 0xcc, size + 8);
		mdns_writer_init(&writer, buf, size, 0, 0x8400);
		r = write_primer_response(&writer);
		ck_assert_int_eq(r, size < 89 ? MDNS_ERR_SPACE : 89);
		if (size >= 89)
			ck_assert_mem_eq(buf, want, 89);
		for (size_t i = size < 89 ? size : 89; i < size + 8; i++)
			ck_assert_uint_eq(buf[i], 0xcc);

		mdns_writer_init(&writer, tight, size, 0, 0x8400);
		ck_assert_int_eq(write_primer_response(&writer), r);
		free(buf);
		free(tight);
	}
}
END_TEST

START_TEST(test_write_error_sticks)
{
	uint8_t buf[32];
	uint8_t before[32];
	struct mdns_writer writer;
	struct mdns_name printer = unit_name("printer.local");
	struct mdns_name root = unit_name("");

	/* Given a buffer in which three octets are left, */
	mdns_writer_init(&writer, buf, 15, 0, 0);
	ck_assert_int_eq(writer.err, 0);

	/* when something does not fit, */
	mdns_writer_u32(&writer, 0xffffffff);
	ck_assert_int_eq(writer.err, MDNS_ERR_SPACE);
	memcpy(before, buf, sizeof(buf));

	/* then what would fit is not written either. */
	mdns_writer_u8(&writer, 0xff);
	mdns_writer_u16(&writer, 0xffff);
	mdns_writer_bytes(&writer, "abc", 3);
	mdns_writer_name(&writer, &root, true);
	mdns_writer_question(&writer, &printer, 1, 1);
	mdns_writer_record(
		&writer, MDNS_SECTION_ANSWER, &root, 1, 1, 0xffffffff);
	mdns_writer_record_end(&writer);
	ck_assert_int_eq(mdns_writer_end(&writer), MDNS_ERR_SPACE);
	ck_assert_mem_eq(buf, before, 15);
}
END_TEST

/* Writes bare names into one message and reads each again. Returns the octets
 * that the last one took. */
static size_t write_names(
	const struct mdns_name *names, unsigned count, size_t padding)
{
	static uint8_t buf[40000];
	size_t start[512], last = 0;
	struct mdns_writer writer;
	uint8_t octet = 0xff;

	ck_assert_uint_le(count, ROWS(start));
	mdns_writer_init(&writer, buf, sizeof(buf), 0, 0x8400);
	for (size_t i = 0; i < padding; i++)
		mdns_writer_bytes(&writer, &octet, 1);
	for (unsigned i = 0; i < count; i++) {
		start[i] = writer.pos;
		mdns_writer_name(&writer, &names[i], true);
		last = writer.pos - start[i];
	}
	ck_assert_int_eq(writer.err, 0);
	for (unsigned i = 0; i < count; i++) {
		struct mdns_name name;

		ck_assert_msg(read_name(buf, writer.pos, start[i], &name) != 0,
			"name %u is not readable", i);
		ck_assert_msg(mdns_name_equal(&name, &names[i]), "name %u", i);
		/* M12: case is kept. */
		ck_assert_msg(same_octets(&name, &names[i]), "name %u", i);
	}
	return last;
}

START_TEST(test_write_compression_table)
{
	static const struct {
		const char *first, *second;
		size_t octets; /* of the second */
	} rows[] = {
		{"printer.local", "printer.local", 2},
		{"printer.local", "local", 2},
		{"printer.local", "scanner.local", 8 + 2},
		{"printer.local", "a.printer.local", 2 + 2},
		{"printer.local", "printer.other", 8 + 6 + 1},
		{"printer.local", "xprinter.local", 9 + 2},
		{"printer.local", "xlocal", 7 + 1},
		{"printer.local", "printer", 8 + 1},
		{"local", "local.local", 6 + 2},
		/* a root is never worth a pointer */
		{"", "", 1},
		{"printer.local", "", 1},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name names[2] = {
			unit_name(rows[i].first), unit_name(rows[i].second)};
		size_t octets = write_names(names, 2, 0);

		ck_assert_msg(octets == rows[i].octets, "%s, %s: %zu octets",
			rows[i].first, rows[i].second, octets);
	}
}
END_TEST

START_TEST(test_write_keeps_case)
{
	/* A name in another case must come out as it went in: only a part that
	 * is the same octet for octet may be a pointer. */
	struct mdns_name names[3] = {unit_name("Printer.local"),
		unit_name("printer.local"), unit_name("PRINTER.LOCAL")};

	ck_assert_uint_eq(write_names(names, 2, 0), 8 + 2);
	write_names(names, 3, 0);
}
END_TEST

START_TEST(test_write_label_boundaries)
{
	/* One label that looks like two: x, 5, l, o, c, a, l. */
	struct mdns_name names[3] = {unit_name_hex("07 78056c6f63616c 00"),
		unit_name("local"), unit_name("x.local")};

	ck_assert_uint_eq(write_names(names, 2, 0), 7);
	ck_assert_uint_eq(write_names(names, 3, 0), 2 + 2);
}
END_TEST

START_TEST(test_write_on_request_only)
{
	/* RFC 6762 18.14: not in the RDATA of types that are not listed. */
	struct mdns_name printer = unit_name("printer.local");
	struct mdns_writer writer;
	uint8_t buf[128];

	mdns_writer_init(&writer, buf, sizeof(buf), 0, 0);
	mdns_writer_name(&writer, &printer, true);
	ck_assert_uint_eq(writer.pos, MDNS_HEADER_SIZE + 15);
	mdns_writer_name(&writer, &printer, false);
	ck_assert_uint_eq(writer.pos, MDNS_HEADER_SIZE + 15 + 15);
	ck_assert_mem_eq(buf + MDNS_HEADER_SIZE + 15, printer.wire, 15);

	/* Owner names always are: the second question takes 2 and 4. */
	mdns_writer_question(&writer, &printer, 28, 1);
	ck_assert_uint_eq(writer.pos, MDNS_HEADER_SIZE + 15 + 15 + 6);
}
END_TEST

START_TEST(test_write_pointers_have_14_bits)
{
	/* Given a name right before, at and behind the last offset that a
	 * pointer can express (0x3fff), when it is written again, then it is
	 * readable, and short only if it can be. */
	for (size_t at = 0x3ff0; at <= 0x4010; at++) {
		struct mdns_name names[2] = {
			unit_name("a.bc"), unit_name("a.bc")};
		size_t octets = write_names(names, 2, at - MDNS_HEADER_SIZE);

		/* "a" at `at`, "bc" 2 behind it. */
		if (at <= 0x3fff)
			ck_assert_uint_eq(octets, 2);
		else
			ck_assert_uint_eq(octets, 6);
	}
	/* Far beyond, where an offset cut to 14 bits would be small. */
	for (size_t at = 0x7ff0; at <= 0x8010; at++) {
		struct mdns_name names[3] = {unit_name("a.bc"),
			unit_name("d.bc"), unit_name("a.bc")};

		ck_assert_uint_eq(
			write_names(names, 3, at - MDNS_HEADER_SIZE), 6);
	}
}
END_TEST

START_TEST(test_write_more_names_than_places)
{
	/* Given more names than a writer remembers, then all are right, and the
	 * common end, seen first, is still shared. */
	static struct mdns_name names[500];

	for (unsigned i = 0; i < ROWS(names); i++) {
		names[i] = unit_name("xxx.local");
		names[i].wire[1] = (uint8_t)('a' + i % 26);
		names[i].wire[2] = (uint8_t)('a' + i / 26 % 26);
	}
	ck_assert_uint_eq(write_names(names, ROWS(names), 0), 4 + 2);
}
END_TEST

START_TEST(test_write_longest_names)
{
	struct mdns_name names[2];
	struct mdns_name *name = &names[0];

	/* 127 labels of one octet: each is a place of its own. */
	name->len = 0;
	for (unsigned i = 0; i < 127; i++) {
		name->wire[name->len++] = 1;
		name->wire[name->len++] = (uint8_t)('a' + i % 26);
	}
	name->wire[name->len++] = 0;
	names[1] = names[0];
	write_names(names, 2, 0);

	memset(name->wire, 'x', sizeof(name->wire));
	name->wire[0] = name->wire[64] = name->wire[128] = 63;
	name->wire[192] = 62;
	name->wire[255] = 0;
	name->len = 256;
	names[1] = names[0];
	ck_assert_uint_eq(write_names(names, 2, 0), 2);
}
END_TEST

START_TEST(test_write_counts_and_rdlength)
{
	struct mdns_name a = unit_name("a.local");
	struct mdns_writer writer;
	struct mdns_reader reader;
	struct mdns_record record;
	uint8_t buf[512];
	int size;

	/* Given 1, 2, 3 and 4 entries, each RDATA longer than the last, */
	mdns_writer_init(&writer, buf, sizeof(buf), 7, 0x8400);
	mdns_writer_question(&writer, &a, 1, 0x8001);
	for (unsigned s = 1; s < MDNS_SECTIONS; s++)
		for (unsigned i = 0; i <= s; i++) {
			mdns_writer_record(&writer, (enum mdns_section)s, &a,
				16, 0x8001, 10 * s);
			for (unsigned j = 0; j < 4 * s + i; j++)
				mdns_writer_u8(&writer, (uint8_t)j);
			mdns_writer_record_end(&writer);
		}
	size = mdns_writer_end(&writer);
	ck_assert_int_gt(size, 0);

	/* then the reader finds them so. */
	mdns_reader_init(&reader, buf, (size_t)size);
	for (unsigned s = 0; s < MDNS_SECTIONS; s++)
		ck_assert_uint_eq(reader.header.count[s], s + 1);
	for (unsigned s = 1; s < MDNS_SECTIONS; s++)
		for (unsigned i = 0; i <= s; i++) {
			ck_assert(mdns_reader_record(&reader, &record));
			ck_assert_uint_eq(record.section, s);
			ck_assert_uint_eq(record.ttl, 10 * s);
			ck_assert_uint_eq(record.rdlength, 4 * s + i);
		}
	ck_assert(!mdns_reader_record(&reader, &record));
	ck_assert_int_eq(reader.err, 0);
	ck_assert_uint_eq(reader.pos, (size_t)size);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/message");
	TCase *reader = tcase_create("reader");
	TCase *writer = tcase_create("writer");

	tcase_set_timeout(reader, 30);
	tcase_add_test(reader, test_header_reads_every_bit);
	tcase_add_test(reader, test_header_flags_by_name);
	tcase_add_test(reader, test_message_sizes);
	tcase_add_test(reader, test_reads_and_sticky_error);
	tcase_add_test(reader, test_reads_stop_at_the_end);
	tcase_add_test(reader, test_name_table);
	tcase_add_test(reader, test_name_label_types);
	tcase_add_test(reader, test_name_pointer_into_header);
	tcase_add_test(reader, test_name_pointer_chain_is_bounded);
	tcase_add_test(reader, test_name_length_limits);
	tcase_add_test(reader, test_name_in_rdata_stops_at_its_end);
	tcase_add_test(reader, test_reads_in_rdata_stop_at_its_end);
	tcase_add_test(reader, test_question_fields);
	tcase_add_test(reader, test_record_fields);
	tcase_add_test(reader, test_records_of_all_sections);
	tcase_add_test(reader, test_empty_sections_are_skipped);
	tcase_add_test(reader, test_counts_that_lie);
	tcase_add_test(reader, test_rdlength_beyond_the_message);
	tcase_add_test(reader, test_truncation_at_every_octet);
	tcase_add_test(reader, test_spoilt_octets_do_no_harm);
	suite_add_tcase(suite, reader);

	tcase_set_timeout(writer, 30);
	tcase_add_test(writer, test_header_writes_every_bit);
	tcase_add_test(writer, test_write_primer_query);
	tcase_add_test(writer, test_write_primer_response);
	tcase_add_test(writer, test_write_never_past_the_size);
	tcase_add_test(writer, test_write_error_sticks);
	tcase_add_test(writer, test_write_compression_table);
	tcase_add_test(writer, test_write_keeps_case);
	tcase_add_test(writer, test_write_label_boundaries);
	tcase_add_test(writer, test_write_on_request_only);
	tcase_add_test(writer, test_write_pointers_have_14_bits);
	tcase_add_test(writer, test_write_more_names_than_places);
	tcase_add_test(writer, test_write_longest_names);
	tcase_add_test(writer, test_write_counts_and_rdlength);
	suite_add_tcase(suite, writer);
	return suite;
}
