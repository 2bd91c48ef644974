/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/rr_types: the table is the one of the requirements, and
 * what is compressed follows from it. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "tests/resolver/rr_world.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* The types to be had, by IANA's numbers; asked: they have no RDATA. */
static const struct {
	const char *name;
	uint16_t type;
	bool asked;
} wanted[] = {
	{"A", 1, false},
	{"NS", 2, false},
	{"CNAME", 5, false},
	{"SOA", 6, false},
	{"PTR", 12, false},
	{"HINFO", 13, false},
	{"MX", 15, false},
	{"TXT", 16, false},
	{"RP", 17, false},
	{"AFSDB", 18, false},
	{"RT", 21, false},
	{"SIG", 24, false},
	{"KEY", 25, false},
	{"PX", 26, false},
	{"AAAA", 28, false},
	{"LOC", 29, false},
	{"SRV", 33, false},
	{"NAPTR", 35, false},
	{"KX", 36, false},
	{"CERT", 37, false},
	{"DNAME", 39, false},
	{"OPT", 41, false},
	{"DS", 43, false},
	{"SSHFP", 44, false},
	{"IPSECKEY", 45, false},
	{"RRSIG", 46, false},
	{"NSEC", 47, false},
	{"DNSKEY", 48, false},
	{"DHCID", 49, false},
	{"NSEC3", 50, false},
	{"NSEC3PARAM", 51, false},
	{"TLSA", 52, false},
	{"SMIMEA", 53, false},
	{"HIP", 55, false},
	{"CDS", 59, false},
	{"CDNSKEY", 60, false},
	{"OPENPGPKEY", 61, false},
	{"CSYNC", 62, false},
	{"ZONEMD", 63, false},
	{"EUI48", 108, false},
	{"EUI64", 109, false},
	{"IXFR", 251, true},
	{"AXFR", 252, true},
	{"ANY", 255, true},
	{"URI", 256, false},
	{"CAA", 257, false},
	{"DLV", 32769, false},
};

static void check_mnemonic(uint16_t type, const char *name)
{
	char text[MDNS_RR_TYPE_TEXT_MAX];
	uint16_t parsed = 0;

	ck_assert_int_eq(mdns_rr_type_print(type, text, sizeof(text)),
		(int)strlen(name));
	ck_assert_str_eq(text, name);
	ck_assert_int_eq(mdns_rr_type_parse(name, strlen(name), &parsed), 0);
	ck_assert_uint_eq(parsed, type);
}

START_TEST(test_every_type_of_the_requirements)
{
	for (size_t i = 0; i < ROWS(wanted); i++) {
		const struct mdns_rr_type *row =
			mdns_rr_type_find(wanted[i].type);

		ck_assert_msg(row, "%s", wanted[i].name);
		ck_assert_str_eq(row->name, wanted[i].name);
		ck_assert_msg(
			(strcmp(row->layout, "u") == 0) == wanted[i].asked,
			"%s", row->name);
		check_mnemonic(wanted[i].type, wanted[i].name);
	}
}
END_TEST

START_TEST(test_rows_are_in_order)
{
	const struct mdns_rr_type *row, *other;
	int last = -1;
	size_t i, j;

	for (i = 0; (row = mdns_rr_type_at(i)); i++) {
		ck_assert_int_gt(row->type, last);
		last = row->type;
		ck_assert_ptr_eq(mdns_rr_type_find(row->type), row);
		ck_assert_str_eq(mdns_rr_type_layout(row->type), row->layout);
		ck_assert_uint_gt(strlen(row->layout), 0);
		ck_assert_uint_lt(strlen(row->layout), sizeof(row->layout));
		ck_assert_uint_lt(strlen(row->name), MDNS_RR_TYPE_TEXT_MAX);
		for (j = 0; (other = mdns_rr_type_at(j)); j++)
			ck_assert(i == j || strcmp(row->name, other->name));
	}
	ck_assert_uint_ge(i, ROWS(wanted));
	ck_assert_ptr_null(mdns_rr_type_at(i + 1));
	ck_assert_ptr_null(mdns_rr_type_find(0));
	ck_assert_ptr_null(mdns_rr_type_find(65535));
	ck_assert_str_eq(mdns_rr_type_layout(65535), "u");
}
END_TEST

START_TEST(test_every_number_both_ways)
{
	for (unsigned type = 0; type < 65536; type++) {
		char text[MDNS_RR_TYPE_TEXT_MAX];
		uint16_t parsed = (uint16_t)~type;
		int n = mdns_rr_type_print((uint16_t)type, text, sizeof(text));

		unit_assert(n > 0 && (size_t)n == strlen(text));
		unit_assert(mdns_rr_type_parse(text, (size_t)n, &parsed) == 0);
		unit_assert(parsed == type);

		/* RFC 3597 5: TYPEnnn is understood for a known one too. */
		parsed = (uint16_t)~type;
		n = snprintf(text, sizeof(text), "tyPE%u", type);
		unit_assert(mdns_rr_type_parse(text, (size_t)n, &parsed) == 0);
		unit_assert(parsed == type);
	}
}
END_TEST

START_TEST(test_what_is_no_type)
{
	static const char *const texts[] = {"", "TYPE", "TYPE65536", "TYPE-1",
		"TYPE1x", "TYPE 1", "TYPE99999999999", "TYP1", "AA", " A", "A ",
		"N", "NSEC3PARAMS", "*", "1", "\\A"};
	uint16_t type = 4711;

	for (size_t i = 0; i < ROWS(texts); i++) {
		int r = mdns_rr_type_parse(texts[i], strlen(texts[i]), &type);

		ck_assert_msg(r == MDNS_ERR_FORMAT, "%s", texts[i]);
		ck_assert_uint_eq(type, 4711);
	}
	/* Any case, and no more than len characters. */
	ck_assert_int_eq(mdns_rr_type_parse("nsec3Param", 10, &type), 0);
	ck_assert_uint_eq(type, 51);
	ck_assert_int_eq(mdns_rr_type_parse("nsec3Param", 5, &type), 0);
	ck_assert_uint_eq(type, 50);
}
END_TEST

START_TEST(test_type_needs_its_space)
{
	char text[16];

	for (size_t size = 0; size <= 10; size++) {
		int r = mdns_rr_type_print(65535, text, size);

		ck_assert_int_eq(r, size < 10 ? MDNS_ERR_SPACE : 9);
	}
	ck_assert_str_eq(text, "TYPE65535");
}
END_TEST

START_TEST(test_compressible_types)
{
	/* RFC 6762 18.14. */
	static const char *const names[] = {"NS", "CNAME", "PTR", "DNAME",
		"SOA", "MX", "AFSDB", "RT", "KX", "RP", "PX", "SRV", "NSEC"};
	const struct mdns_rr_type *row;

	for (size_t i = 0; (row = mdns_rr_type_at(i)); i++) {
		bool may = false;

		for (size_t j = 0; j < ROWS(names); j++)
			may = may || strcmp(names[j], row->name) == 0;
		ck_assert_msg((strchr(row->layout, 'N') != NULL) == may, "%s",
			row->name);
	}
}
END_TEST

/* Writes a record of a.local with the RDATA, and reads it again; the size of
 * its RDATA in the message. */
static size_t go_through_a_message(uint16_t type, const uint8_t *rdata,
	size_t size, uint8_t *ret_back, int *ret_len)
{
	static uint8_t buf[4096];
	struct mdns_name owner = unit_name("a.local");
	struct mdns_writer writer;
	struct mdns_reader reader;
	struct mdns_record record;
	int n;

	mdns_writer_init(&writer, buf, sizeof(buf), 0, 0x8400);
	mdns_writer_record(
		&writer, MDNS_SECTION_ANSWER, &owner, type, 0x8001, 120);
	mdns_rr_write(&writer, type, rdata, (uint16_t)size);
	mdns_writer_record_end(&writer);
	n = mdns_writer_end(&writer);
	ck_assert_int_gt(n, 0);
	mdns_reader_init(&reader, buf, (size_t)n);
	ck_assert(mdns_reader_record(&reader, &record));
	*ret_len = mdns_rr_expand(&reader, &record, ret_back, 2048);
	return record.rdlength;
}

START_TEST(test_vectors_through_a_message)
{
	const struct rr_vector *vector;

	for (size_t i = 0; (vector = rr_vector_at(i)); i++) {
		uint8_t rdata[512], back[2048];
		size_t size = unit_hex(vector->hex, rdata, sizeof(rdata));
		int n;

		go_through_a_message(vector->type, rdata, size, back, &n);
		ck_assert_msg(n == (int)size, "%s", vector->text);
		ck_assert_msg(
			memcmp(back, rdata, size) == 0, "%s", vector->text);
	}
}
END_TEST

START_TEST(test_only_those_are_compressed)
{
	/* Given RDATA that ends in the owner's name, a.local, */
	static const struct {
		uint16_t type;
		const char *before; /* hex */
		bool compressed;
	} rows[] = {
		{MDNS_TYPE_PTR, "", true},
		{MDNS_TYPE_MX, "000a", true},
		{MDNS_TYPE_SRV, "000000000050", true},
		{MDNS_TYPE_PX, "000a 00", true},
		{MDNS_TYPE_RP, "00", true},
		{35, "000a000a 00 00 00", false}, /* NAPTR */
		{55, "01020001 ff ff", false},    /* HIP */
		{45, "010300", false},            /* IPSECKEY */
		{16, "", false},                  /* TXT */
		{10, "", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t rdata[64], back[2048];
		size_t before = unit_hex(rows[i].before, rdata, sizeof(rdata));
		size_t size = before +
			      unit_hex("0161056c6f63616c00", rdata + before, 9);
		int n;

		/* then it is a pointer where it may be, */
		size_t rdlength = go_through_a_message(
			rows[i].type, rdata, size, back, &n);

		ck_assert_uint_eq(
			rdlength, rows[i].compressed ? before + 2 : size);
		/* and itself again when it is read. */
		ck_assert_int_eq(n, (int)size);
		ck_assert_mem_eq(back, rdata, size);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/rr_types");
	TCase *tcase = tcase_create("rr_types");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_every_type_of_the_requirements);
	tcase_add_test(tcase, test_rows_are_in_order);
	tcase_add_test(tcase, test_every_number_both_ways);
	tcase_add_test(tcase, test_what_is_no_type);
	tcase_add_test(tcase, test_type_needs_its_space);
	tcase_add_test(tcase, test_compressible_types);
	tcase_add_test(tcase, test_vectors_through_a_message);
	tcase_add_test(tcase, test_only_those_are_compressed);
	suite_add_tcase(suite, tcase);
	return suite;
}
