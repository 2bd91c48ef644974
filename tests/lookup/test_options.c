/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/lookup/options: what -w makes of the times of the settings. */
#include <string.h>

#include "tests/unit.h"
#include "tools/lookup/options.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

START_TEST(test_times_that_fit)
{
	static const struct {
		const char *settings;
		uint32_t total, second_way, grace;
		uint32_t resend[MDNS_RESENDS_MAX];
	} rows[] = {
		/* -w not given: nothing changes */
		{"timeout = 2s", 0, 100, 100, {400, 900}},
		{"second-way = 20s\ngrace = 5s", 0, 20000, 5000, {400, 900}},
		/* what would come too late comes at the end */
		{"", 50, 50, 50, {0}},
		{"second-way = 2s\ngrace = 3s", 1000, 1000, 1000, {400, 900}},
		{"second-way = 2s\ngrace = 3s", 2500, 2000, 2500,
			{400, 900, 1800}},
		{"", 100, 100, 100, {0}},
		{"", 401, 100, 100, {400}},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct options options = {.total_ms = rows[i].total};
		struct mdns_settings settings;
		uint32_t total;

		mdns_settings_init(&settings);
		mdns_settings_parse(&settings, rows[i].settings,
			strlen(rows[i].settings), NULL, NULL);
		total = rows[i].total ? rows[i].total : settings.total_ms;
		options_fit_settings(&options, &settings);
		ck_assert_uint_eq(settings.total_ms, total);
		ck_assert_uint_eq(settings.second_way_ms, rows[i].second_way);
		ck_assert_uint_eq(settings.grace_ms, rows[i].grace);
		for (unsigned k = 0; k < MDNS_RESENDS_MAX; k++)
			ck_assert_msg(
				settings.resend_ms[k] == rows[i].resend[k],
				"row %zu: resend %u is %u", i, k,
				settings.resend_ms[k]);
	}
}
END_TEST

START_TEST(test_resends_while_somebody_waits)
{
	struct options options = {.total_ms = 20000};
	struct mdns_settings settings;

	/* Each twice as late as the one before, as long as there is room for
	 * one, and none at the very end. */
	mdns_settings_init(&settings);
	options_fit_settings(&options, &settings);
	for (unsigned k = 1; k < MDNS_RESENDS_MAX; k++) {
		ck_assert_uint_gt(
			settings.resend_ms[k], settings.resend_ms[k - 1]);
		ck_assert_uint_lt(settings.resend_ms[k], 20000);
	}
	/* A full list stays as it is. */
	mdns_settings_init(&settings);
	mdns_settings_parse(&settings, "resend = 1s 2s 3s 4s", 20, NULL, NULL);
	options_fit_settings(&options, &settings);
	for (unsigned k = 0; k < MDNS_RESENDS_MAX; k++)
		ck_assert_uint_eq(settings.resend_ms[k], 1000 * (k + 1));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("lookup/options");
	TCase *tcase = tcase_create("options");

	tcase_add_test(tcase, test_times_that_fit);
	tcase_add_test(tcase, test_resends_while_somebody_waits);
	suite_add_tcase(suite, tcase);
	return suite;
}
