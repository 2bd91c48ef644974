/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/rr_text, from octets to text. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "tests/resolver/rr_world.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static char text[MDNS_RR_TEXT_MAX(65535)];

/* Prints from a copy of just that size. */
static int print(uint16_t type, const uint8_t *rdata, size_t size)
{
	uint8_t *copy = unit_copy(rdata, size);
	int n = mdns_rr_print(type, copy, size, text, sizeof(text));

	free(copy);
	return n;
}

static int print_hex(uint16_t type, const char *hex)
{
	uint8_t rdata[1024];

	return print(type, rdata, unit_hex(hex, rdata, sizeof(rdata)));
}

START_TEST(test_vectors)
{
	const struct rr_vector *vector;
	size_t i;

	for (i = 0; (vector = rr_vector_at(i)); i++) {
		int n = print_hex(vector->type, vector->hex);

		ck_assert_msg(n > 0, "%s: %d", vector->text, n);
		ck_assert_str_eq(text, vector->text);
		ck_assert_int_eq(n, (int)strlen(text));
	}
	ck_assert_uint_gt(i, 70);
}
END_TEST

START_TEST(test_a_vector_for_each_layout)
{
	const struct mdns_rr_type *row;
	const struct rr_vector *vector;

	for (size_t i = 0; (row = mdns_rr_type_at(i)); i++) {
		bool found = strcmp(row->layout, "u") == 0;

		for (size_t j = 0; (vector = rr_vector_at(j)); j++)
			found = found || vector->type == row->type;
		ck_assert_msg(found, "%s", row->name);
	}
}
END_TEST

/* Types whose RDATA may end sooner or later: with a blob, a text, names or
 * blocks of types that go on as long as there are octets. */
static bool is_open(uint16_t type)
{
	const char *layout = mdns_rr_type_layout(type);

	return strchr("SqQxbBmMHou", layout[strlen(layout) - 1]);
}

START_TEST(test_cut_short_and_gone_on)
{
	const struct rr_vector *vector;
	unsigned closed = 0, other = 0;

	for (size_t i = 0; (vector = rr_vector_at(i)); i++) {
		uint8_t rdata[520];
		size_t size = unit_hex(vector->hex, rdata, 512);

		for (size_t cut = 0; cut <= size + 3; cut++) {
			int n;

			if (cut > size)
				rdata[cut - 1] = 0;
			if (cut == size)
				continue;
			n = print(vector->type, rdata, cut);
			if (!is_open(vector->type)) {
				ck_assert_msg(n == MDNS_ERR_FORMAT,
					"%s: %zu octets", vector->text, cut);
				closed++;
			} else if (n < 0) {
				ck_assert_int_eq(n, MDNS_ERR_FORMAT);
			} else {
				/* It is something else then. */
				ck_assert_str_ne(text, vector->text);
				other++;
			}
		}
	}
	ck_assert_uint_gt(closed, 500);
	ck_assert_uint_gt(other, 500);
}
END_TEST

START_TEST(test_malformed)
{
	static const struct {
		const char *what;
		uint16_t type;
		const char *hex;
	} rows[] = {
		{"A of nothing", 1, ""},
		{"a compression pointer", 12, "c000"},
		{"the same behind a label", 12, "0161 c000"},
		{"label type 01", 12, "41 61 00"},
		{"label of 64", 12,
			"40 6161616161616161 6161616161616161"
			"6161616161616161 6161616161616161"
			"6161616161616161 6161616161616161"
			"6161616161616161 6161616161616161 00"},
		{"a root behind the root", 12, "00 00"},
		{"no root", 12, "0161"},
		{"TXT without a string", 16, ""},
		{"string beyond the end", 16, "03 6161"},
		{"HINFO with one string", 13, "01 61"},
		{"HINFO with three", 13, "0000 00"},
		{"LOC of version 1", 29, "01121613 80000000 80000000 00989680"},
		{"LOC: 90.001 degrees north", 29,
			"00121613 934fd901 80000000 00989680"},
		{"LOC: and south", 29, "00121613 6cb026ff 80000000 00989680"},
		{"LOC: beyond 180 degrees", 29,
			"00121613 80000000 a69fb201 00989680"},
		{"LOC: and west", 29, "00121613 80000000 59604dff 00989680"},
		{"LOC: digit 10", 29, "00a21613 80000000 80000000 00989680"},
		{"LOC: power 10", 29, "00121a13 80000000 80000000 00989680"},
		{"LOC: no metres times ten", 29,
			"00121601 80000000 80000000 00989680"},
		{"CERT without a certificate", 37, "0001 0000 05"},
		{"OPT: an option cut short", 41, "000a 0004 000000"},
		{"OPT: half a code", 41, "00"},
		{"OPT: no length", 41, "000a"},
		{"DS without a digest", 43, "0001 05 01"},
		{"gateway of type 4", 45, "0a 04 02 00"},
		{"gateway cut short", 45, "0a 01 02 c00002"},
		{"RRSIG without a signature", 46,
			"0001 05 00 00000000 00000000 00000000 0000 00"},
		{"NSEC without types", 47, "00"},
		{"NSEC: block 0 twice", 47, "00 00 01 40 00 01 40"},
		{"NSEC: blocks turned round", 47, "00 01 01 40 00 01 40"},
		{"NSEC: an empty block", 47, "00 00 00"},
		{"NSEC: 33 octets", 47,
			"00 00 21 40000000 00000000 00000000 00000000"
			"00000000 00000000 00000000 00000000 01"},
		{"NSEC: a zero at the end", 47, "00 00 02 40 00"},
		{"NSEC: a block cut short", 47, "00 00 02 40"},
		{"NSEC: half a block's head", 47, "00 00 01 40 01"},
		{"DNSKEY without a key", 48, "0100 03 05"},
		{"DHCID of nothing", 49, ""},
		{"NSEC3: no hash", 50, "01 00 0000 00 00"},
		{"NSEC3: salt beyond the end", 50, "01 00 0000 05 aabb"},
		{"NSEC3PARAM: salt too long", 51, "01 00 0000 01 aabb"},
		{"TLSA without data", 52, "000001"},
		{"HIP without a tag", 55, "00 02 0001 ff"},
		{"HIP without a key", 55, "01 02 0000 ff"},
		{"HIP: key beyond the end", 55, "01 02 0002 ff ff"},
		{"HIP: a server cut short", 55, "01 02 0001 ff ff 0161"},
		{"CSYNC: an empty block", 62, "00000000 0000 00 00"},
		{"EUI48 of five", 108, "00005e0053"},
		{"EUI64 of nine", 109, "00005e0053 00005e00"},
		{"URI of nothing", 256, "000a 0001"},
		{"CAA without a tag", 257, "00 00"},
		{"CAA: a tag with a hyphen", 257, "00 03 612d62"},
		{"CAA: with a space", 257, "00 03 612062"},
		{"CAA: a tag beyond the end", 257, "00 06 6973737565"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		int n = print_hex(rows[i].type, rows[i].hex);

		ck_assert_msg(n == MDNS_ERR_FORMAT, "%s: %d", rows[i].what, n);
	}
}
END_TEST

START_TEST(test_longest_name)
{
	uint8_t wire[MDNS_NAME_MAX + 2];
	size_t size = 0;

	/* 255 octets and the root: 3 * 64 + 63. */
	for (unsigned i = 0; i < 4; i++) {
		size_t label = i < 3 ? 63 : 62;

		wire[size++] = (uint8_t)label;
		memset(wire + size, '"', label);
		size += label;
	}
	wire[size++] = 0;
	ck_assert_uint_eq(size, MDNS_NAME_MAX);
	ck_assert_int_eq(print(12, wire, size), 2 * 251 + 4);

	wire[192]++;
	wire[255] = '"';
	wire[256] = 0;
	ck_assert_int_eq(print(12, wire, size + 1), MDNS_ERR_FORMAT);
}
END_TEST

START_TEST(test_longest_text)
{
	/* Every type from 256 on, in 255 blocks of 34 octets. */
	static uint8_t rdata[1 + 255 * 34];
	size_t size = 1;
	int n;

	for (unsigned window = 1; window < 256; window++) {
		rdata[size++] = (uint8_t)window;
		rdata[size++] = 32;
		memset(rdata + size, 0xff, 32);
		size += 32;
	}
	n = print(47, rdata, size);
	ck_assert_int_gt(n, 255 * 256 * 8);
	ck_assert_uint_lt((size_t)n, MDNS_RR_TEXT_MAX(size));
	ck_assert_msg(strstr(text, " TYPE65534 TYPE65535"), "the end");

	/* Other dense ones. */
	ck_assert_uint_lt((size_t)print_hex(46, /* RRSIG */
				  "ffff ff ff ffffffff ffffffff ffffffff ffff"
				  "00 ff"),
		MDNS_RR_TEXT_MAX(20));
	ck_assert_uint_lt(
		(size_t)print_hex(29, "00999999 6cb02700 59604e00 ffffffff"),
		MDNS_RR_TEXT_MAX(16));
	ck_assert_uint_lt((size_t)print_hex(12, "00"), MDNS_RR_TEXT_MAX(1));
	ck_assert_uint_lt((size_t)print_hex(10, ""), MDNS_RR_TEXT_MAX(0));
}
END_TEST

START_TEST(test_every_size_of_buffer)
{
	const struct rr_vector *vector;

	for (size_t i = 0; (vector = rr_vector_at(i)); i++) {
		uint8_t rdata[512];
		size_t size = unit_hex(vector->hex, rdata, sizeof(rdata));
		size_t need = strlen(vector->text) + 1;

		for (size_t space = 0; space <= need; space++) {
			char *buf = malloc(space);
			int n = mdns_rr_print(
				vector->type, rdata, size, buf, space);

			if (space < need) {
				ck_assert_int_eq(n, MDNS_ERR_SPACE);
			} else {
				ck_assert_int_eq(n, (int)need - 1);
				ck_assert_str_eq(buf, vector->text);
			}
			free(buf);
		}
	}
}
END_TEST

START_TEST(test_format_before_space)
{
	const uint8_t rdata[5] = {10, 0, 0, 1, 0};

	ck_assert_int_eq(mdns_rr_print(1, rdata, 5, text, 1), MDNS_ERR_FORMAT);
	ck_assert_int_eq(mdns_rr_print(1, rdata, 4, text, 1), MDNS_ERR_SPACE);
}
END_TEST

START_TEST(test_unknown_form)
{
	const uint8_t rdata[] = {0x0a, 0x00, 0x00, 0x01, 0xfe};
	char small[13];

	/* RFC 3597 5, for any type and any octets. */
	ck_assert_int_eq(
		mdns_rr_print_unknown(rdata, 5, text, sizeof(text)), 15);
	ck_assert_str_eq(text, "\\# 5 0A000001FE");
	ck_assert_int_eq(
		mdns_rr_print_unknown(rdata, 0, text, sizeof(text)), 4);
	ck_assert_str_eq(text, "\\# 0");
	ck_assert_int_eq(mdns_rr_print_unknown(rdata, 4, small, sizeof(small)),
		MDNS_ERR_SPACE);
	ck_assert_int_eq(
		mdns_rr_print_unknown(rdata, 3, small, sizeof(small)), 11);
}
END_TEST

START_TEST(test_no_more_than_65535_octets)
{
	uint8_t *rdata = calloc(1, 65536);

	ck_assert_int_gt(print(10, rdata, 65535), 131070);
	ck_assert_int_eq(print(10, rdata, 65536), MDNS_ERR_FORMAT);
	ck_assert_int_eq(
		mdns_rr_print_unknown(rdata, 65536, text, sizeof(text)),
		MDNS_ERR_FORMAT);
	free(rdata);
}
END_TEST

START_TEST(test_escapes)
{
	/* Every octet, in a string and in a name. */
	for (unsigned octet = 0; octet < 256; octet++) {
		const uint8_t string[2] = {1, (uint8_t)octet};
		const uint8_t name[3] = {1, (uint8_t)octet, 0};
		bool plain = octet >= 0x20 && octet < 0x7f;
		char want[16];

		if (octet == '"' || octet == '\\')
			snprintf(want, sizeof(want), "\"\\%c\"", octet);
		else
			snprintf(want, sizeof(want),
				plain ? "\"%c\"" : "\"\\%03u\"", octet);
		ck_assert_int_gt(print(16, string, 2), 0);
		ck_assert_str_eq(text, want);

		if (octet > 0x20 && strchr("\".();\\@$", (int)octet))
			snprintf(want, sizeof(want), "\\%c.", octet);
		else
			snprintf(want, sizeof(want),
				plain && octet != ' ' ? "%c." : "\\%03u.",
				octet);
		ck_assert_int_gt(print(12, name, 3), 0);
		ck_assert_str_eq(text, want);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/rr_text");
	TCase *tcase = tcase_create("rr_text");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_vectors);
	tcase_add_test(tcase, test_a_vector_for_each_layout);
	tcase_add_test(tcase, test_cut_short_and_gone_on);
	tcase_add_test(tcase, test_malformed);
	tcase_add_test(tcase, test_longest_name);
	tcase_add_test(tcase, test_longest_text);
	tcase_add_test(tcase, test_every_size_of_buffer);
	tcase_add_test(tcase, test_format_before_space);
	tcase_add_test(tcase, test_unknown_form);
	tcase_add_test(tcase, test_no_more_than_65535_octets);
	tcase_add_test(tcase, test_escapes);
	suite_add_tcase(suite, tcase);
	return suite;
}
