/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/rr: RDATA is read to the last octet or not at all. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* A response with one record of printer.local (whose name is at 12) and the
 * given RDATA, and something behind it that must not be taken for it. */
struct given {
	uint8_t *bytes; /* on the heap */
	struct mdns_reader reader;
	struct mdns_record record;
};

static void given_rdata(
	struct given *given, uint16_t type, const uint8_t *rdata, size_t size)
{
	struct unit_message message;

	unit_message_init(&message, 0, 0x8400);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "printer.local",
		type, 0x8001, 120, rdata, size);
	unit_message_record(&message, MDNS_SECTION_ADDITIONAL, "x.local", type,
		0x8001, 120, rdata, size);
	given->bytes = unit_copy(message.bytes, message.size);
	mdns_reader_init(&given->reader, given->bytes, message.size);
	ck_assert(mdns_reader_record(&given->reader, &given->record));
}

static void given_hex(struct given *given, uint16_t type, const char *hex)
{
	uint8_t rdata[512];
	size_t size = unit_hex(hex, rdata, sizeof(rdata));

	given_rdata(given, type, rdata, size);
}

START_TEST(test_primer_response)
{
	/* The 89 octets of requirements M17: A, AAAA and NSEC of one host. */
	uint8_t bytes[128], want[16], addr[16];
	size_t size = unit_hex("0000 8400 0000 0001 0000 0002"
			       "07 7072696e746572 05 6c6f63616c 00"
			       "0001 8001 00007800 0004 996d075a"
			       "c00c 001c 8001 00007800 0010"
			       "fe80000000000000 022332fffeb12152"
			       "c00c 002f 8001 00007800 0008 c00c 0004"
			       "40000008",
		bytes, sizeof(bytes));
	struct mdns_name printer = unit_name("printer.local");
	struct mdns_reader reader;
	struct mdns_record record;
	struct mdns_nsec nsec;

	ck_assert_uint_eq(size, 89);
	mdns_reader_init(&reader, bytes, size);
	ck_assert_uint_eq(reader.header.flags, 0x8400);

	ck_assert(mdns_reader_record(&reader, &record));
	ck_assert_uint_eq(record.type, MDNS_TYPE_A);
	ck_assert_uint_eq(record.ttl, 30720);
	ck_assert(record.cache_flush);
	ck_assert_int_eq(mdns_rr_read_address(&reader, &record, addr), 0);
	ck_assert_uint_eq(unit_address("153.109.7.90", want), 4);
	ck_assert_mem_eq(addr, want, 4);

	ck_assert(mdns_reader_record(&reader, &record));
	ck_assert_uint_eq(record.type, MDNS_TYPE_AAAA);
	ck_assert(mdns_name_equal(&record.name, &printer));
	ck_assert_int_eq(mdns_rr_read_address(&reader, &record, addr), 0);
	unit_address("fe80::223:32ff:feb1:2152", want);
	ck_assert_mem_eq(addr, want, 16);

	ck_assert(mdns_reader_record(&reader, &record));
	ck_assert_uint_eq(record.type, MDNS_TYPE_NSEC);
	ck_assert_int_eq(mdns_rr_read_nsec(&reader, &record, &nsec), 0);
	for (uint16_t type = 0; type < 512; type++)
		ck_assert_msg(
			mdns_nsec_has(&nsec, type) == (type == 1 || type == 28),
			"type %u", type);

	ck_assert(!mdns_reader_record(&reader, &record));
	ck_assert_int_eq(reader.err, 0);
	ck_assert_uint_eq(reader.pos, 89);
}
END_TEST

START_TEST(test_address_has_one_size)
{
	/* M6: 4 octets are an A and 16 are an AAAA, nothing else is. */
	static const uint16_t types[] = {MDNS_TYPE_A, MDNS_TYPE_AAAA};
	static const size_t sizes[] = {4, 16};
	uint8_t rdata[32];

	for (unsigned i = 0; i < sizeof(rdata); i++)
		rdata[i] = (uint8_t)(0x10 + i);
	for (unsigned t = 0; t < 2; t++)
		for (size_t size = 0; size < 32; size++) {
			struct given given;
			uint8_t addr[16], untouched[16];
			int r;

			memset(addr, 0xee, sizeof(addr));
			memset(untouched, 0xee, sizeof(untouched));
			given_rdata(&given, types[t], rdata, size);
			r = mdns_rr_read_address(
				&given.reader, &given.record, addr);
			free(given.bytes);
			if (size == sizes[t]) {
				ck_assert_int_eq(r, 0);
				ck_assert_mem_eq(addr, rdata, size);
				if (size < 16)
					ck_assert_mem_eq(addr + size, untouched,
						16 - size);
			} else {
				ck_assert_int_eq(r, MDNS_ERR_FORMAT);
				ck_assert_mem_eq(addr, untouched, 16);
			}
		}
}
END_TEST

START_TEST(test_bad_record_does_not_spoil_the_rest)
{
	struct unit_message message;
	struct mdns_reader reader;
	struct mdns_record record;
	uint8_t addr[16];
	static const int want[3] = {0, MDNS_ERR_FORMAT, 0};

	/* Given an A, an A of five octets and an AAAA, */
	unit_message_init(&message, 0, 0x8400);
	unit_message_address(
		&message, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "a.local", 1, 1, 120,
		"12345", 5);
	unit_message_address(
		&message, MDNS_SECTION_ANSWER, "a.local", "fe80::1", 120);

	/* then the one in the middle alone is no good. */
	mdns_reader_init(&reader, message.bytes, message.size);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(mdns_reader_record(&reader, &record));
		ck_assert_int_eq(
			mdns_rr_read_address(&reader, &record, addr), want[i]);
		ck_assert_int_eq(reader.err, 0);
	}
	ck_assert(!mdns_reader_record(&reader, &record));
	ck_assert_int_eq(reader.err, 0);
}
END_TEST

START_TEST(test_name_rdata)
{
	static const struct {
		const char *rdata;
		const char *name; /* NULL: malformed */
	} rows[] = {
		{"01 61 05 6c6f63616c 00", "a.local"},
		{"01 61 c014", "a.local"}, /* 0x14: local, in the owner */
		{"c00c", "printer.local"},
		{"00", ""},
		{"01 61 c014 00", NULL}, /* an octet left over */
		{"01 61 05 6c6f63616c 00 00", NULL},
		{"01 61 05 6c6f63616c", NULL}, /* the root is missing */
		{"01 61 c0", NULL},
		{"", NULL},
		{"c025", NULL}, /* 0x25: itself */
		{"41 61 00", NULL},
		{"ffff", NULL},
	};
	static const uint16_t types[] = {MDNS_TYPE_PTR, MDNS_TYPE_CNAME};

	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned t = 0; t < 2; t++) {
			struct given given;
			struct mdns_name name = unit_name("before");
			struct mdns_name before = name;
			int r;

			given_hex(&given, types[t], rows[i].rdata);
			r = mdns_rr_read_name(
				&given.reader, &given.record, &name);
			free(given.bytes);
			if (rows[i].name) {
				struct mdns_name want = unit_name(rows[i].name);

				ck_assert_msg(r == 0, "%s", rows[i].rdata);
				ck_assert(mdns_name_equal(&name, &want));
			} else {
				ck_assert_msg(r == MDNS_ERR_FORMAT, "%s",
					rows[i].rdata);
				ck_assert_mem_eq(&name, &before, sizeof(name));
			}
		}
}
END_TEST

START_TEST(test_nsec_table)
{
	static const struct {
		const char *what, *rdata;
		int r;
		bool a, aaaa;
	} rows[] = {
		{"A alone", "c00c 00 01 40", 0, true, false},
		{"AAAA alone", "c00c 00 04 00000008", 0, false, true},
		{"both", "c00c 00 04 40000008", 0, true, true},
		{"neither: TXT", "c00c 00 03 000080", 0, false, false},
		{"the name in full",
			"07 7072696e746572 05 6c6f63616c 00 00 01 40", 0, true,
			false},
		/* RFC 6762 6.1: what the next name is does not matter */
		{"another next name", "01 78 c014 00 01 40", 0, true, false},
		{"a root", "00 00 01 40", 0, true, false},
		{"zeros at the end", "c00c 00 08 4000000000000000", 0, true,
			false},

		{"bitmap cut short", "c00c 00 04 400000", MDNS_ERR_FORMAT,
			false, false},
		{"bitmap missing", "c00c 00 04", MDNS_ERR_FORMAT, false, false},
		{"length missing", "c00c 00", MDNS_ERR_FORMAT, false, false},
		{"an octet left over", "c00c 00 01 40 00", MDNS_ERR_FORMAT,
			false, false},
		/* RFC 4034 4.1.2: more blocks, in ascending order */
		{"two blocks", "c00c 00 01 40 01 01 40", 0, true, false},
		{"block 1 first", "c00c 01 01 40 00 01 40", MDNS_ERR_FORMAT,
			false, false},
		{"block 0 twice", "c00c 00 01 40 00 01 40", MDNS_ERR_FORMAT,
			false, false},
		{"second block cut short", "c00c 00 01 40 01 02 40",
			MDNS_ERR_FORMAT, false, false},
		/* as python-zeroconf of Debian 12 writes it */
		{"16-bit fields", "c00c 0000 0001 40", MDNS_ERR_FORMAT, false,
			false},
		/* RFC 4034 4.1.2: at least one block; none must not become "it
		 * has no address" */
		{"no block at all", "c00c", MDNS_ERR_FORMAT, false, false},
		{"length 0", "c00c 00 00", MDNS_ERR_FORMAT, false, false},
		{"no name", "", MDNS_ERR_FORMAT, false, false},
		{"pointer to itself", "c025 00 01 40", MDNS_ERR_FORMAT, false,
			false},
		{"name beyond the end", "05 61 00 01 40", MDNS_ERR_FORMAT,
			false, false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct given given;
		struct mdns_nsec nsec, untouched;
		int r;

		memset(&nsec, 0xee, sizeof(nsec));
		untouched = nsec;
		given_hex(&given, MDNS_TYPE_NSEC, rows[i].rdata);
		r = mdns_rr_read_nsec(&given.reader, &given.record, &nsec);
		free(given.bytes);
		ck_assert_msg(r == rows[i].r, "%s: %d", rows[i].what, r);
		if (r) {
			ck_assert_msg(!memcmp(&nsec, &untouched, sizeof(nsec)),
				"%s", rows[i].what);
			continue;
		}
		ck_assert_msg(mdns_nsec_has(&nsec, MDNS_TYPE_A) == rows[i].a,
			"%s", rows[i].what);
		ck_assert_msg(
			mdns_nsec_has(&nsec, MDNS_TYPE_AAAA) == rows[i].aaaa,
			"%s", rows[i].what);
	}
}
END_TEST

START_TEST(test_nsec_bitmap_lengths)
{
	/* 1 to 32 octets are what the restricted form has. */
	for (size_t length = 1; length <= 40; length++) {
		uint8_t rdata[64] = {0xc0, 0x0c, 0x00, (uint8_t)length};
		struct given given;
		struct mdns_nsec nsec;
		int r;

		memset(rdata + 4, 0xff, length);
		memset(&nsec, 0xee, sizeof(nsec));
		given_rdata(&given, MDNS_TYPE_NSEC, rdata, 4 + length);
		r = mdns_rr_read_nsec(&given.reader, &given.record, &nsec);
		free(given.bytes);
		if (length > 32) {
			ck_assert_int_eq(r, MDNS_ERR_FORMAT);
			continue;
		}
		ck_assert_int_eq(r, 0);
		for (uint16_t type = 0; type < 300; type++)
			ck_assert_msg(mdns_nsec_has(&nsec, type) ==
					      (type < 8 * length),
				"%zu octets, type %u", length, type);
	}
}
END_TEST

START_TEST(test_nsec_without_block_0)
{
	/* Given only types from 256 on, then it has none of those below. */
	struct given given;
	struct mdns_nsec nsec;

	given_hex(&given, MDNS_TYPE_NSEC, "c00c 01 01 40");
	ck_assert_int_eq(
		mdns_rr_read_nsec(&given.reader, &given.record, &nsec), 0);
	free(given.bytes);
	for (uint16_t type = 0; type < 256; type++)
		unit_assert(!mdns_nsec_has(&nsec, type));
}
END_TEST

START_TEST(test_nsec_every_bit)
{
	struct mdns_nsec nsec;

	for (unsigned bit = 0; bit < 256; bit++) {
		memset(&nsec, 0, sizeof(nsec));
		nsec.bitmap[bit / 8] = (uint8_t)(0x80 >> bit % 8);
		for (uint16_t type = 0; type < 256; type++)
			unit_assert(
				mdns_nsec_has(&nsec, type) == (type == bit));
	}
	/* Types above 255 have no bit, whatever is in the bitmap. */
	memset(&nsec, 0xff, sizeof(nsec));
	for (unsigned type = 256; type < 65536; type++)
		unit_assert(!mdns_nsec_has(&nsec, (uint16_t)type));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/rr");
	TCase *tcase = tcase_create("rr");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_primer_response);
	tcase_add_test(tcase, test_address_has_one_size);
	tcase_add_test(tcase, test_bad_record_does_not_spoil_the_rest);
	tcase_add_test(tcase, test_name_rdata);
	tcase_add_test(tcase, test_nsec_table);
	tcase_add_test(tcase, test_nsec_bitmap_lengths);
	tcase_add_test(tcase, test_nsec_without_block_0);
	tcase_add_test(tcase, test_nsec_every_bit);
	suite_add_tcase(suite, tcase);
	return suite;
}
