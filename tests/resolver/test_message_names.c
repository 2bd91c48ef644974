/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/message: names as the reader finds them, with pointers and
 * limits. */
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/message_world.h"

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

START_TEST(test_name_is_never_longer_than_its_memory)
{
	/* Given 63, 63, 63, 62 and n octets in labels, a pointer behind them,
	 * when it is read, then it is refused before it is copied. */
	for (unsigned n = 1; n <= 63; n++) {
		struct {
			struct mdns_name name;
			uint8_t behind[64];
		} memory;
		uint8_t bytes[512] = {0};
		struct mdns_reader reader;
		size_t pos = MDNS_HEADER_SIZE + 1; /* the root at 12 */

		for (unsigned i = 0; i < 5; i++) {
			unsigned label = i < 3 ? 63 : i < 4 ? 62 : n;

			bytes[pos] = (uint8_t)label;
			memset(bytes + pos + 1, 'x', label);
			pos += 1 + label;
		}
		bytes[pos++] = 0xc0;
		bytes[pos++] = MDNS_HEADER_SIZE;
		mdns_reader_init(&reader, bytes, pos);
		reader.pos = MDNS_HEADER_SIZE + 1;
		memset(&memory, 0x5a, sizeof(memory));
		mdns_reader_name(&reader, &memory.name);
		ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
		for (size_t i = 0; i < sizeof(memory.behind); i++)
			ck_assert_uint_eq(memory.behind[i], 0x5a);
	}
}
END_TEST

START_TEST(test_name_ends_where_the_pointer_to_it_came_from)
{
	/* Given "a" and a pointer at 13 that leads to 12, where a label of four
	 * octets begins: those of this very name. No name is inside itself. */
	uint8_t bytes[32];
	size_t size = unit_hex(HEADER "04 01 61 c00c 00", bytes, sizeof(bytes));
	struct mdns_name name;

	ck_assert_uint_eq(read_name(bytes, size, 13, &name), 0);
	/* From 12 on it is a name. */
	ck_assert_uint_eq(read_name(bytes, size, 12, &name), size);

	/* Nor one that runs on into it by its length octet only, */
	size = unit_hex(HEADER "01 01 61 c00c 00", bytes, sizeof(bytes));
	ck_assert_uint_eq(read_name(bytes, size, 13, &name), 0);
	/* or has no end before it. */
	size = unit_hex(HEADER "01 62 01 61 c00c 00", bytes, sizeof(bytes));
	ck_assert_uint_eq(read_name(bytes, size, 14, &name), 0);
	/* One that ends right before it is good. */
	size = unit_hex(HEADER "01 62 00 01 61 c00c", bytes, sizeof(bytes));
	ck_assert_uint_eq(read_name(bytes, size, 15, &name), size);
	ck_assert_uint_eq(name.len, 5);
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

/* A chain of 127 pointers, and as many records as go, each named by all of it:
 * what is before the limit is good. */
START_TEST(test_pointers_of_a_message)
{
	uint8_t message[MDNS_MESSAGE_MAX] = {0};
	size_t at = MDNS_HEADER_SIZE, link = at;
	struct mdns_reader reader;
	struct mdns_record record;
	unsigned i, count;

	message[7] = 1; /* records follow; more of them than are counted here */
	message[6] = 2;
	/* The first record: its name is the root, the chain is its RDATA. */
	message[at + 2] = 16; /* TXT */
	message[at + 4] = 1;
	message[at + 10] = 2 * 126;
	at += 11;
	for (i = 0; i < 126; i++, at += 2) {
		message[at] = 0xc0;
		message[at + 1] = (uint8_t)link;
		if (link > 0xff)
			message[at] |= 1;
		link = at;
	}
	for (; at + 12 <= sizeof(message); at += 12) {
		message[at] = (uint8_t)(0xc0 | link >> 8);
		message[at + 1] = (uint8_t)link;
		message[at + 3] = 16;
		message[at + 5] = 1;
	}
	mdns_reader_init(&reader, message, at);
	for (count = 0; mdns_reader_record(&reader, &record); count++)
		ck_assert_uint_eq(record.name.len, 1);
	ck_assert_uint_eq(count, 1 + MDNS_POINTERS_MAX / 127);
	ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
}
END_TEST

START_TEST(test_just_as_many_pointers_as_may_be)
{
	/* Given a name that is one pointer, when it is read again and again by
	 * the same reader, then it is read as often as the limit says. */
	uint8_t bytes[32];
	size_t size = unit_hex(HEADER "01 61 00 c00c", bytes, sizeof(bytes));
	struct mdns_reader reader;
	struct mdns_name name;

	mdns_reader_init(&reader, bytes, size);
	for (unsigned i = 0; i < MDNS_POINTERS_MAX; i++) {
		reader.pos = size - 2;
		mdns_reader_name(&reader, &name);
		unit_assert(name.len == 3);
	}
	ck_assert_int_eq(reader.err, 0);
	reader.pos = size - 2;
	mdns_reader_name(&reader, &name);
	ck_assert_uint_eq(name.len, 0);
	ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/message_names");
	TCase *names = tcase_create("names");

	tcase_set_timeout(names, 30);
	tcase_add_test(names, test_name_table);
	tcase_add_test(names, test_name_label_types);
	tcase_add_test(names, test_name_pointer_into_header);
	tcase_add_test(names, test_name_pointer_chain_is_bounded);
	tcase_add_test(names, test_name_length_limits);
	tcase_add_test(names, test_name_in_rdata_stops_at_its_end);
	tcase_add_test(names, test_pointers_of_a_message);
	tcase_add_test(names, test_name_is_never_longer_than_its_memory);
	tcase_add_test(names, test_name_ends_where_the_pointer_to_it_came_from);
	tcase_add_test(names, test_just_as_many_pointers_as_may_be);
	suite_add_tcase(suite, names);
	return suite;
}
