/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/rr_values: beside what libc makes of the same. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resolver/err.h"
#include "resolver/rr_values.h"
#include "tests/resolver/rr_world.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

START_TEST(test_numbers)
{
	static const struct {
		const char *text;
		uint32_t max, value;
		int r;
	} rows[] = {
		{"0", 0, 0, 0},
		{"255", 255, 255, 0},
		{"256", 255, 0, MDNS_ERR_FORMAT},
		{"007", 255, 7, 0},
		{"4294967295", 4294967295, 4294967295, 0},
		{"4294967296", 4294967295, 0, MDNS_ERR_FORMAT},
		{"18446744073709551617", 4294967295, 0, MDNS_ERR_FORMAT},
		{"", 255, 0, MDNS_ERR_FORMAT},
		{"-1", 255, 0, MDNS_ERR_FORMAT},
		{"+1", 255, 0, MDNS_ERR_FORMAT},
		{"1 ", 255, 0, MDNS_ERR_FORMAT},
		{"0x1", 255, 0, MDNS_ERR_FORMAT},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint32_t value = 4711;
		int r = mdns_number_parse(rows[i].text, strlen(rows[i].text),
			rows[i].max, &value);

		ck_assert_msg(r == rows[i].r, "%s", rows[i].text);
		ck_assert_uint_eq(value, r ? 4711 : rows[i].value);
	}
}
END_TEST

START_TEST(test_mnemonics_both_ways)
{
	static const enum mdns_rr_field fields[2] = {
		MDNS_RR_ALGORITHM, MDNS_RR_CERTIFICATE};
	unsigned count = 0;

	for (unsigned f = 0; f < 2; f++)
		for (unsigned value = 0; value < 65536; value++) {
			const char *name = mdns_mnemonic_find(fields[f], value);
			uint32_t back = 0;

			if (!name)
				continue;
			count++;
			unit_assert(mdns_mnemonic_parse(fields[f], name,
					    strlen(name), &back) == 0);
			unit_assert(back == value);
		}
	ck_assert_uint_eq(count, 17 + 10);
	ck_assert_str_eq(
		mdns_mnemonic_find(MDNS_RR_ALGORITHM, 7), "RSASHA1-NSEC3-SHA1");
	ck_assert_str_eq(
		mdns_mnemonic_find(MDNS_RR_ALGORITHM, 13), "ECDSAP256SHA256");
	ck_assert_str_eq(mdns_mnemonic_find(MDNS_RR_CERTIFICATE, 1), "PKIX");
	ck_assert_str_eq(mdns_mnemonic_find(MDNS_RR_CERTIFICATE, 253), "URI");
	ck_assert_ptr_null(mdns_mnemonic_find(MDNS_RR_ALGORITHM, 9));
}
END_TEST

START_TEST(test_addresses_as_inet_ntop)
{
	struct rr_random random = {1};

	for (unsigned i = 0; i < 200000; i++) {
		char text[MDNS_ADDRESS_TEXT_MAX], want[INET6_ADDRSTRLEN];
		uint8_t bytes[16], back[16];
		size_t size = i % 8 ? 16 : 4;
		uint32_t zeros = rr_random(&random, 256);

		for (unsigned j = 0; j < 8; j++) {
			uint32_t group =
				zeros >> j & 1 ? 0
					       : rr_random(&random, 65536) >>
							 rr_random(&random, 16);

			if (rr_random(&random, 8) == 0)
				group = 0xffff;
			bytes[2 * j] = (uint8_t)(group >> 8);
			bytes[2 * j + 1] = (uint8_t)group;
		}
		memset(text, 'x', sizeof(text));
		mdns_address_print(bytes, size, text);
		inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, want,
			sizeof(want));
		if (strcmp(text, want) != 0)
			ck_abort_msg("%s is not %s", text, want);
		memset(back, 0xee, sizeof(back));
		unit_assert(mdns_address_parse(
				    text, strlen(text), back, size) == 0);
		unit_assert(memcmp(back, bytes, size) == 0);
		unit_assert(size == 16 || back[4] == 0xee);
	}
}
END_TEST

START_TEST(test_addresses_as_inet_pton)
{
	/* Short texts of what addresses are made of, many of them none. */
	static const char letters[] = "0123af:::...1F";
	struct rr_random random = {2};
	unsigned good = 0;

	for (unsigned i = 0; i < 1000000; i++) {
		char text[32];
		uint8_t bytes[16], want[16];
		size_t len = 1 + rr_random(&random, 22), size = i % 4 ? 16 : 4;
		int r;

		for (size_t j = 0; j < len; j++)
			text[j] = letters[rr_random(
				&random, sizeof(letters) - 1)];
		text[len] = '\0';
		r = mdns_address_parse(text, len, bytes, size);
		if ((inet_pton(size == 4 ? AF_INET : AF_INET6, text, want) ==
			    1) != (r == 0))
			ck_abort_msg("%s: %d", text, r);
		unit_assert(r || memcmp(bytes, want, size) == 0);
		good += !r;
	}
	ck_assert_uint_gt(good, 1000);
}
END_TEST

START_TEST(test_addresses_table)
{
	static const struct {
		const char *text;
		size_t size;
		bool good;
	} rows[] = {
		{"0.0.0.0", 4, true},
		{"255.255.255.255", 4, true},
		{"1.2.3", 4, false},
		{"1.2.3.4.5", 4, false},
		{"1.2.3.4.", 4, false},
		{".1.2.3.4", 4, false},
		{"1.2.3.256", 4, false},
		{"1.2.3.04", 4, false},
		{"1.2.3.4 ", 4, false},
		{"1..3.4", 4, false},
		{"", 4, false},
		{"", 16, false},
		{":", 16, false},
		{"::", 16, true},
		{":::", 16, false},
		{"::1", 16, true},
		{"1::", 16, true},
		{":1::", 16, false},
		{"1:", 16, false},
		{"1:2:3:4:5:6:7:8", 16, true},
		{"1:2:3:4:5:6:7:8:", 16, false},
		{"1:2:3:4:5:6:7:8:9", 16, false},
		{"1:2:3:4:5:6:7", 16, false},
		{"1:2:3:4:5:6:7::", 16, true},
		{"::2:3:4:5:6:7:8", 16, true},
		{"1::3:4:5:6:7:8:9", 16, false},
		{"::1:2:3:4:5:6:7:8", 16, false},
		{"1::2::3", 16, false},
		{"12345::", 16, false},
		{"00001::", 16, false},
		{"g::", 16, false},
		{"::1.2.3.4", 16, true},
		{"1:2:3:4:5:6:1.2.3.4", 16, true},
		{"1:2:3:4:5:6:7:1.2.3.4", 16, false},
		{"1:2:3:4:5:1.2.3.4", 16, false},
		{"::1.2.3.4:5", 16, false},
		{"fe80::1%eth0", 16, false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		/* On the heap, so that a look beyond the end is noticed. */
		size_t len = strlen(rows[i].text);
		char *text = (char *)unit_copy(rows[i].text, len);
		uint8_t bytes[16];
		int r = mdns_address_parse(text, len, bytes, rows[i].size);

		free(text);
		ck_assert_msg((r == 0) == rows[i].good, "%s", rows[i].text);
	}
}
END_TEST

static void check_date(uint32_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm tm;
	char text[MDNS_DATE_TEXT_MAX], want[32];
	uint32_t back = ~seconds;

	gmtime_r(&time, &tm);
	strftime(want, sizeof(want), "%Y%m%d%H%M%S", &tm);
	mdns_date_print(seconds, text);
	if (strcmp(text, want) != 0)
		ck_abort_msg("%u: %s is not %s", seconds, text, want);
	unit_assert(mdns_date_parse(text, strlen(text), &back) == 0);
	unit_assert(back == seconds);
}

START_TEST(test_dates_as_gmtime)
{
	/* Each day, at another time of it, and the last second. */
	for (uint64_t s = 0; s <= UINT32_MAX; s += 86400 + 61)
		check_date((uint32_t)s);
	for (uint64_t s = 86399; s <= UINT32_MAX; s += 86400)
		check_date((uint32_t)s);
	check_date(UINT32_MAX);
}
END_TEST

START_TEST(test_what_is_no_date)
{
	static const char *const texts[] = {"", "2003032217310",
		"200303221731033", "19691231235959", "20030022173103",
		"20031322173103", "20030300173103", "20030332173103",
		"20030431173103", "20030229173103", "21000229000000",
		"20030322240000", "20030322236000", "20030322235960",
		"21060207062816", "21061231235959", "21070101000000",
		"2003-3-2217310", "2003032217310x"};
	uint32_t seconds = 4711;

	for (size_t i = 0; i < ROWS(texts); i++) {
		int r = mdns_date_parse(texts[i], strlen(texts[i]), &seconds);

		ck_assert_msg(r == MDNS_ERR_FORMAT, "%s", texts[i]);
		ck_assert_uint_eq(seconds, 4711);
	}
	ck_assert_int_eq(mdns_date_parse("20000229000000", 14, &seconds), 0);
	ck_assert_int_eq(mdns_date_parse("21040229000000", 14, &seconds), 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/rr_values");
	TCase *tcase = tcase_create("rr_values");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_numbers);
	tcase_add_test(tcase, test_mnemonics_both_ways);
	tcase_add_test(tcase, test_addresses_as_inet_ntop);
	tcase_add_test(tcase, test_addresses_as_inet_pton);
	tcase_add_test(tcase, test_addresses_table);
	tcase_add_test(tcase, test_dates_as_gmtime);
	tcase_add_test(tcase, test_what_is_no_date);
	suite_add_tcase(suite, tcase);
	return suite;
}
