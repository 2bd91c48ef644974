/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/name: the edges, most of them in full. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/name.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* ---- characters ---- */

/* RFC 3629 3, from the other end: the octets of a code point; how many. */
static size_t encode(uint32_t point, uint8_t s[4])
{
	if (point < 0x80) {
		s[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		s[0] = (uint8_t)(0xc0 | point >> 6);
		s[1] = (uint8_t)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		s[0] = (uint8_t)(0xe0 | point >> 12);
		s[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		s[2] = (uint8_t)(0x80 | (point & 0x3f));
		return 3;
	}
	s[0] = (uint8_t)(0xf0 | point >> 18);
	s[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
	s[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
	s[3] = (uint8_t)(0x80 | (point & 0x3f));
	return 4;
}

/* Controls, surrogates, and what breaks or turns round a line. */
static bool can_be_shown(uint32_t point)
{
	return point >= 0x20 && !(point >= 0x7f && point <= 0x9f) &&
	       !(point >= 0xd800 && point <= 0xdfff) &&
	       !(point >= 0x2028 && point <= 0x202e) &&
	       !(point >= 0x2066 && point <= 0x2069);
}

START_TEST(test_every_code_point)
{
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		uint8_t s[4];
		size_t n = encode(point, s);
		size_t want = can_be_shown(point) ? n : 0;

		if (mdns_name_char(s, n) != want ||
			mdns_name_char(s, sizeof(s)) != want)
			ck_abort_msg("U+%04x", (unsigned)point);
		/* Cut short it is none. */
		if (n > 1 && mdns_name_char(s, n - 1) != 0)
			ck_abort_msg("U+%04x cut short", (unsigned)point);
	}
}
END_TEST

/* Whether some code point is encoded in just these octets. */
static bool is_encoded(const uint8_t *s, size_t n)
{
	uint32_t point = n == 2 ? s[0] & 0x1f : n == 3 ? s[0] & 0x0f : s[0] & 7;
	uint8_t back[4];

	for (size_t i = 1; i < n; i++)
		point = point << 6 | (s[i] & 0x3f);
	return encode(point, back) == n && memcmp(back, s, n) == 0 &&
	       point <= 0x10ffff && can_be_shown(point);
}

START_TEST(test_every_sequence)
{
	/* All of two octets and of three, and the edges of those of four. */
	static const uint8_t edge[] = {0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff};

	for (unsigned first = 0x80; first <= 0xff; first++) {
		size_t n = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

		for (unsigned i = 0; i < 256 * 256; i++) {
			uint8_t s[4] = {(uint8_t)first, (uint8_t)(i >> 8),
				(uint8_t)i, edge[i % ROWS(edge)]};
			size_t want = is_encoded(s, n) ? n : 0;

			if (mdns_name_char(s, sizeof(s)) != want)
				ck_abort_msg("%02x %02x %02x %02x", s[0], s[1],
					s[2], s[3]);
		}
	}
	/* ASCII: one octet, spaces and signs too. */
	ck_assert_uint_eq(mdns_name_char((const uint8_t *)" ", 1), 1);
	ck_assert_uint_eq(mdns_name_char((const uint8_t *)"$", 1), 1);
	ck_assert_uint_eq(mdns_name_char((const uint8_t *)"~", 1), 1);
}
END_TEST

/* ---- text ---- */

START_TEST(test_escapes_have_three_digits)
{
	/* Each of the three with the octets right before '0' and behind '9':
	 * as numbers most of them would be in range. */
	for (unsigned place = 1; place <= 3; place++)
		for (unsigned k = 0; k < 2; k++) {
			char text[] = "\\111.local";
			struct mdns_name name = {.len = 7};

			ck_assert_int_eq(
				mdns_name_parse(text, strlen(text), &name), 0);
			name.len = 7;
			text[place] = k ? ':' : '/';
			/* At the first place it is no number at all. */
			ck_assert_int_eq(
				mdns_name_parse(text, strlen(text), &name),
				place == 1 ? 0 : MDNS_ERR_NAME);
			ck_assert_uint_eq(name.len, place == 1 ? 11 : 7);
		}
}
END_TEST

/* ---- comparison ---- */

START_TEST(test_the_first_length_counts)
{
	/* "a.b" and a label of three octets, the second of which is 1. */
	struct mdns_name two = unit_name_hex("01 61 01 62 00");
	struct mdns_name one = unit_name_hex("03 61 01 62 00");

	ck_assert(!mdns_name_equal(&two, &one));
	ck_assert(!mdns_name_equal_wire(&two, one.wire, one.len));
	ck_assert_int_ne(mdns_name_compare(&two, &one), 0);
	ck_assert_uint_ne(mdns_name_hash(&two), mdns_name_hash(&one));
}
END_TEST

START_TEST(test_hash_is_the_same_in_every_build)
{
	/* A map of answers is read by other builds than it was written by. So
	 * these are FNV-1a of the folded wire form, for ever; computed by
	 * another program. */
	static const struct {
		const char *name;
		uint32_t seed, hash;
	} rows[] = {
		{"", 0, 0x050c5d1f},
		{"a", 0, 0x72baa635},
		{"A", 0, 0x72baa635},
		{"Printer.local", 0, 0xd87b2250},
		{"Printer.local", 1, 0xd20d15ab},
		{"Printer.local", 0xffffffff, 0x991e1dbd},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name = unit_name(rows[i].name);

		ck_assert_uint_eq(mdns_name_hash_seeded(&name, rows[i].seed),
			rows[i].hash);
		if (rows[i].seed == 0)
			ck_assert_uint_eq(mdns_name_hash(&name), rows[i].hash);
	}
}
END_TEST

START_TEST(test_each_bit_of_the_seed_counts)
{
	struct mdns_name name = unit_name("printer.local");

	for (unsigned i = 0; i < 32; i++)
		ck_assert_uint_ne(
			mdns_name_hash_seeded(&name, UINT32_C(1) << i),
			mdns_name_hash(&name));
}
END_TEST

/* ---- structure ---- */

START_TEST(test_never_filled_in)
{
	struct mdns_name none = {.len = 0};
	struct mdns_name root = unit_name(""), local = unit_name("local");

	/* Nothing lies under what is no name, and it lies under nothing. */
	ck_assert(!mdns_name_is_under(&local, &none));
	ck_assert(!mdns_name_is_under(&root, &none));
	ck_assert(!mdns_name_is_under(&none, &none));
	ck_assert(!mdns_name_is_under(&none, &root));
	ck_assert(!mdns_name_is_text(&none));
	ck_assert(!mdns_name_is_host(&none));
	/* The root has no label that could not be shown; but no host is it. */
	ck_assert(mdns_name_is_text(&root));
	ck_assert(!mdns_name_is_host(&root));
}
END_TEST

START_TEST(test_nothing_behind_the_name_counts)
{
	/* Hyphens and control characters there mean nothing. */
	static const uint8_t behind[] = {'-', 0x01, 0x80, 0xff, 0x00};

	for (size_t i = 0; i < ROWS(behind); i++) {
		struct mdns_name name = unit_name("printer.local");
		struct mdns_name longest = {.len = 0};

		memset(name.wire + name.len, behind[i],
			sizeof(name.wire) - name.len);
		ck_assert(mdns_name_is_host(&name));
		ck_assert(mdns_name_is_text(&name));
		ck_assert_uint_eq(mdns_name_labels(&name), 2);

		/* With nothing behind it at all. */
		for (unsigned k = 0; k < 4; k++) {
			unsigned label = k < 3 ? 63 : 62;

			longest.wire[longest.len++] = (uint8_t)label;
			memset(longest.wire + longest.len, 'x', label);
			longest.len = (uint16_t)(longest.len + label);
		}
		longest.wire[longest.len++] = 0;
		ck_assert_uint_eq(longest.len, MDNS_NAME_MAX);
		ck_assert(mdns_name_is_host(&longest));
		ck_assert(mdns_name_is_text(&longest));
		longest.wire[1] = ' ';
		ck_assert(!mdns_name_is_host(&longest));
		ck_assert(mdns_name_is_text(&longest));
		longest.wire[1] = 0x1f;
		ck_assert(!mdns_name_is_text(&longest));
	}
}
END_TEST

START_TEST(test_from_every_octet)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		const uint8_t addr[4] = {169, 254, 7, (uint8_t)octet};
		struct mdns_name name, want;
		char text[64];

		snprintf(
			text, sizeof(text), "%u.7.254.169.in-addr.arpa", octet);
		want = unit_name(text);
		mdns_name_from_address(addr, sizeof(addr), &name);
		ck_assert_uint_eq(name.len, want.len);
		ck_assert_mem_eq(name.wire, want.wire, want.len);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/name_bounds");
	TCase *tcase = tcase_create("name_bounds");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_every_code_point);
	tcase_add_test(tcase, test_every_sequence);
	tcase_add_test(tcase, test_escapes_have_three_digits);
	tcase_add_test(tcase, test_the_first_length_counts);
	tcase_add_test(tcase, test_hash_is_the_same_in_every_build);
	tcase_add_test(tcase, test_each_bit_of_the_seed_counts);
	tcase_add_test(tcase, test_never_filled_in);
	tcase_add_test(tcase, test_nothing_behind_the_name_counts);
	tcase_add_test(tcase, test_from_every_octet);
	suite_add_tcase(suite, tcase);
	return suite;
}
