/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of the small pure parts of the resolver at their edges: texts of
 * errors, shelves, and what is hardly ever written or asked. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/name.h"
#include "resolver/response.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "resolver/service.h"
#include "resolver/settings.h"
#include "resolver/shelf.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* ---- err.h: people tell errors apart by their texts ---- */

START_TEST(test_each_error_has_a_text_of_its_own)
{
	for (int i = 1; i >= MDNS_ERR_TAKEN - 1; i--) {
		const char *text = mdns_err_text(i);

		ck_assert_ptr_nonnull(text);
		ck_assert_msg(
			text[0] >= 'a' && text[0] <= 'z', "%d: %s", i, text);
		for (int k = 0; k > i; k--)
			ck_assert_msg(strcmp(text, mdns_err_text(k)) != 0,
				"%d and %d: %s", i, k, text);
	}
	ck_assert_str_eq(mdns_err_text(0), "no error");
	ck_assert_str_eq(mdns_err_text(MDNS_ERR_NOT_FOUND), "nobody answered");
	/* What is no error of ours, on either side. */
	ck_assert_str_eq(mdns_err_text(1), "unknown error");
	ck_assert_str_eq(mdns_err_text(MDNS_ERR_TAKEN - 1), "unknown error");
}
END_TEST

/* ---- shelf.h ---- */

START_TEST(test_shelf_has_one_writer)
{
	struct mdns_shelf shelf = {0};
	uint32_t sequence;

	ck_assert(mdns_shelf_write_begin(&shelf));
	ck_assert(!mdns_shelf_write_begin(&shelf));
	ck_assert(!mdns_shelf_read_begin(&shelf, &sequence));
	mdns_shelf_write_end(&shelf);
	ck_assert(mdns_shelf_read_begin(&shelf, &sequence));
	ck_assert(mdns_shelf_read_end(&shelf, sequence));
	/* And the next one, whom a reader notices in whatever state he is. */
	ck_assert(mdns_shelf_write_begin(&shelf));
	ck_assert(!mdns_shelf_read_end(&shelf, sequence));
	mdns_shelf_write_end(&shelf);
	ck_assert(!mdns_shelf_read_end(&shelf, sequence));
}
END_TEST

START_TEST(test_shelf_that_was_written_four_billion_times_is_not_empty)
{
	struct mdns_shelf shelf = {.sequence = UINT32_MAX - 1};
	uint32_t before, after;

	ck_assert(mdns_shelf_read_begin(&shelf, &before));
	ck_assert(mdns_shelf_write_begin(&shelf));
	mdns_shelf_write_end(&shelf);
	ck_assert(mdns_shelf_read_begin(&shelf, &after));
	ck_assert_uint_ne(after, before);
	ck_assert(!mdns_shelf_read_end(&shelf, before));
}
END_TEST

/* ---- name.h, service.h ---- */

START_TEST(test_name_that_is_none_is_no_zone)
{
	struct mdns_name host = unit_name("printer.local");
	struct mdns_name none = unit_name("_ipp._tcp.local");
	struct mdns_name root = unit_name("");
	struct mdns_service service = {9, 9, 9, 9};

	/* What its octets were before is never looked at. */
	none.len = 0;
	ck_assert(!mdns_name_is_under(&host, &none));
	ck_assert(mdns_name_is_under(&host, &root));
	ck_assert_int_eq(mdns_service_split(&none, &service), MDNS_ERR_NAME);
	ck_assert_uint_eq(service.type, 9);
}
END_TEST

START_TEST(test_service_text_that_no_name_has)
{
	static char text[MDNS_NAME_TEXT_MAX + 1];
	struct mdns_name domain = unit_name("local");
	struct mdns_name name = {.len = 77};

	/* A type at its end does not help. */
	memset(text, 'a', MDNS_NAME_TEXT_MAX);
	strcpy(text + MDNS_NAME_TEXT_MAX - 10, "._ipp._tcp");
	ck_assert_int_eq(
		mdns_service_parse(text, MDNS_NAME_TEXT_MAX, &domain, &name),
		MDNS_ERR_NAME);
	ck_assert_uint_eq(name.len, 77);
	/* Nothing is wrong with that type. */
	ck_assert_int_eq(mdns_service_parse(text + MDNS_NAME_TEXT_MAX - 14, 14,
				 &domain, &name),
		0);
}
END_TEST

/* ---- settings.h ---- */

START_TEST(test_second_way_at_once)
{
	/* 0 means off there, so at once is the least that there is. */
	static const struct {
		const char *text;
		uint32_t ms;
	} rows[] = {
		{"second-way = 0ms", 1},
		{"second-way = 0s", 1},
		{"second-way = 1ms", 1},
		{"second-way = 2ms", 2},
		{"second-way = off", 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_settings settings;

		mdns_settings_init(&settings);
		mdns_settings_parse(&settings, rows[i].text,
			strlen(rows[i].text), NULL, NULL);
		ck_assert_msg(settings.second_way_ms == rows[i].ms, "%s: %u",
			rows[i].text, settings.second_way_ms);
	}
}
END_TEST

/* ---- rr_text.h: what stands behind z in ASCII is no digit ---- */

START_TEST(test_no_digits)
{
	static const struct {
		uint16_t type;
		const char *good, *bad;
		int size;
	} rows[] = {
		/* NSEC3 (RFC 5155 3.3): base32hex */
		{50, "1 0 0 - 00 A", "1 0 0 - 0{ A", 5 + 1 + 1 + 3},
		{50, "1 0 0 - zz A", "1 0 0 - 0w A", -1},
		/* DNSKEY (RFC 4034 2.2): base64 */
		{48, "256 3 8 AAAA", "256 3 8 AAA{", 4 + 3},
		{48, "256 3 8 zzzz", "256 3 8 zzz~", 4 + 3},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t rdata[64];
		const char *why = NULL;
		int n = mdns_rr_parse(rows[i].type, rows[i].good,
			strlen(rows[i].good), rdata, sizeof(rdata), &why);

		if (rows[i].size < 0)
			ck_assert_int_eq(n, MDNS_ERR_FORMAT);
		else
			ck_assert_msg(n == rows[i].size, "%s: %d, %s",
				rows[i].good, n, why);
		why = NULL;
		n = mdns_rr_parse(rows[i].type, rows[i].bad,
			strlen(rows[i].bad), rdata, sizeof(rdata), &why);
		ck_assert_msg(n == MDNS_ERR_FORMAT, "%s: %d", rows[i].bad, n);
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/edges");
	TCase *tcase = tcase_create("edges");

	tcase_add_test(tcase, test_each_error_has_a_text_of_its_own);
	tcase_add_test(tcase, test_shelf_has_one_writer);
	tcase_add_test(tcase,
		test_shelf_that_was_written_four_billion_times_is_not_empty);
	tcase_add_test(tcase, test_name_that_is_none_is_no_zone);
	tcase_add_test(tcase, test_service_text_that_no_name_has);
	tcase_add_test(tcase, test_second_way_at_once);
	tcase_add_test(tcase, test_no_digits);
	suite_add_tcase(suite, tcase);
	return suite;
}
