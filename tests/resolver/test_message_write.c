/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/message: the writer of DNS messages. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/message_world.h"

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

/* Writes that many names of one label without compression, and then the last of
 * them with it: the octets that this one takes. */
static size_t write_again(unsigned count)
{
	struct mdns_writer writer;
	struct mdns_name name = unit_name("xx");
	uint8_t buf[4 * MDNS_WRITER_PLACES + 64];
	size_t before;

	mdns_writer_init(&writer, buf, sizeof(buf), 0, 0);
	for (unsigned i = 0; i < count; i++) {
		name.wire[1] = (uint8_t)('a' + i % 26);
		name.wire[2] = (uint8_t)('a' + i / 26);
		mdns_writer_name(&writer, &name, false);
	}
	before = writer.pos;
	mdns_writer_name(&writer, &name, true);
	ck_assert_int_eq(writer.err, 0);
	ck_assert_uint_le(writer.places, MDNS_WRITER_PLACES);
	return writer.pos - before;
}

START_TEST(test_write_remembers_as_many_as_it_says)
{
	ck_assert_uint_eq(write_again(1), 2);
	ck_assert_uint_eq(write_again(MDNS_WRITER_PLACES), 2);
	ck_assert_uint_eq(write_again(MDNS_WRITER_PLACES + 1), 4);
}
END_TEST

START_TEST(test_write_sizes_of_16_bits)
{
	/* However large the buffer is, a message has 65535 octets at most, and
	 * never one more than the buffer. */
	static uint8_t buf[65540], filling[65540];

	for (size_t size = 65530; size <= sizeof(buf); size++) {
		size_t most = size < 65535 ? size : 65535;
		struct mdns_writer writer;

		mdns_writer_init(&writer, buf, size, 0, 0);
		mdns_writer_bytes(&writer, filling, most - MDNS_HEADER_SIZE);
		ck_assert_int_eq(writer.err, 0);
		ck_assert_int_eq(mdns_writer_end(&writer), (int)most);
		mdns_writer_u8(&writer, 0);
		ck_assert_int_eq(writer.err, MDNS_ERR_SPACE);
		ck_assert_int_eq(mdns_writer_end(&writer), MDNS_ERR_SPACE);
	}
}
END_TEST

START_TEST(test_write_hundreds_of_entries)
{
	/* Counts above 255, in each section another. */
	static uint8_t buf[65535];
	struct mdns_name a = unit_name("a.local");
	struct mdns_writer writer;
	struct mdns_reader reader;
	int size;

	mdns_writer_init(&writer, buf, sizeof(buf), 0, 0);
	for (unsigned i = 0; i < 0x0102; i++)
		mdns_writer_question(&writer, &a, 1, 1);
	for (unsigned s = 1; s < MDNS_SECTIONS; s++)
		for (unsigned i = 0; i < 0x0102 + 0x0101 * s; i++) {
			mdns_writer_record(
				&writer, (enum mdns_section)s, &a, 16, 1, 10);
			ck_assert_uint_eq(writer.rdlength, writer.pos - 2);
			mdns_writer_record_end(&writer);
			ck_assert_uint_eq(writer.rdlength, 0);
		}
	size = mdns_writer_end(&writer);
	ck_assert_int_gt(size, 0);
	mdns_reader_init(&reader, buf, (size_t)size);
	for (unsigned s = 0; s < MDNS_SECTIONS; s++)
		ck_assert_uint_eq(reader.header.count[s], 0x0102 + 0x0101 * s);
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
	Suite *suite = suite_create("resolver/message_write");
	TCase *writer = tcase_create("writer");

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
	tcase_add_test(writer, test_write_remembers_as_many_as_it_says);
	tcase_add_test(writer, test_write_sizes_of_16_bits);
	tcase_add_test(writer, test_write_hundreds_of_entries);
	suite_add_tcase(suite, writer);
	return suite;
}
