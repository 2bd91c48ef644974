/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/message: the reader of DNS messages. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/message_world.h"

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

START_TEST(test_header_cut_short_says_nothing)
{
	/* Not even the words of it that are there. */
	uint8_t bytes[MDNS_HEADER_SIZE];
	static const struct mdns_header none;
	struct mdns_reader reader;

	memset(bytes, 0xff, sizeof(bytes));
	for (size_t size = 0; size < sizeof(bytes); size++) {
		mdns_reader_init(&reader, bytes, size);
		ck_assert_mem_eq(&reader.header, &none, sizeof(none));
	}
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

START_TEST(test_rdata_from_before_an_error)
{
	/* Given a good record and one that is cut short, */
	struct unit_message message;
	struct mdns_reader reader, rdata;
	struct mdns_record good, bad;

	unit_message_init(&message, 0, 0x8400);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "a.local", 16, 1, 1,
		"\1\2\3", 3);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "b.local", 16, 1, 1,
		"\4\5\6", 3);
	mdns_reader_init(&reader, message.bytes, message.size - 1);
	ck_assert(mdns_reader_record(&reader, &good));
	ck_assert(!mdns_reader_record(&reader, &bad));
	ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);

	/* then the good one's RDATA is as good as before. */
	mdns_reader_rdata(&reader, &good, &rdata);
	ck_assert_uint_eq(mdns_reader_u8(&rdata), 1);
	ck_assert_uint_eq(mdns_reader_u16(&rdata), 0x0203);
	ck_assert(mdns_reader_done(&rdata));
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

/* ---- cut and spoilt ---- */

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

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/message");
	TCase *reader = tcase_create("reader");

	tcase_set_timeout(reader, 30);
	tcase_add_test(reader, test_header_reads_every_bit);
	tcase_add_test(reader, test_header_flags_by_name);
	tcase_add_test(reader, test_message_sizes);
	tcase_add_test(reader, test_reads_and_sticky_error);
	tcase_add_test(reader, test_reads_stop_at_the_end);
	tcase_add_test(reader, test_reads_in_rdata_stop_at_its_end);
	tcase_add_test(reader, test_question_fields);
	tcase_add_test(reader, test_record_fields);
	tcase_add_test(reader, test_records_of_all_sections);
	tcase_add_test(reader, test_empty_sections_are_skipped);
	tcase_add_test(reader, test_counts_that_lie);
	tcase_add_test(reader, test_rdlength_beyond_the_message);
	tcase_add_test(reader, test_truncation_at_every_octet);
	tcase_add_test(reader, test_spoilt_octets_do_no_harm);
	tcase_add_test(reader, test_header_cut_short_says_nothing);
	tcase_add_test(reader, test_rdata_from_before_an_error);
	suite_add_tcase(suite, reader);
	return suite;
}
