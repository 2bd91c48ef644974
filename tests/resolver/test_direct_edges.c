/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/direct at its edges: settings that are half wrong, ways
 * that fail late, aliases that come too late or lead nowhere. Virtual time. */
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/direct_world.h"

#define REVERSE_ZONE "4.1.254.169.in-addr.arpa"

START_TEST(test_suffix_that_is_no_name_spoils_no_other)
{
	struct world w;

	given(&w);
	w.settings.suffix_count = 3;
	strcpy(w.settings.suffix[0], "a..b");
	strcpy(w.settings.suffix[1], "lan.example");
	strcpy(w.settings.suffix[2], "");
	address(reply_at(&w, 3), "printer.lan.example", "10.0.0.1");
	when_run(&w, "printer.lan.example");
	ck_assert_int_eq(w.reply[0].verdict, MDNS_VERDICT_TAKEN);
	ck_assert_int_eq(w.result, 0);
	/* And nothing else is ours by it. */
	{
		struct mdns_name name = unit_name("printer.example");

		ck_assert_int_eq(mdns_direct_init(&w.direct, &name, &w.settings,
					 BOTH, false, ID, START),
			MDNS_ERR_NOT_OURS);
	}
}
END_TEST

/* The one-shot cannot be sent any more at ms; 5353 was asked at 0. */
static mdns_time next_send_after_failure(unsigned ms)
{
	struct mdns_name name = unit_name("printer.local");
	uint8_t buf[MDNS_QUERY_MAX];
	struct world w;
	enum mdns_way way = MDNS_WAY_ONE_SHOT;
	mdns_time now = START, next;

	given(&w);
	w.settings.total_ms = 5000;
	memset(w.settings.resend_ms, 0, sizeof(w.settings.resend_ms));
	w.settings.resend_ms[0] = 3000;
	w.settings.second_way_ms = 200;
	ck_assert_int_eq(mdns_direct_init(&w.direct, &name, &w.settings, BOTH,
				 true, ID, now),
		0);
	mdns_direct_share(&w.direct, true);
	ck_assert_int_gt(
		mdns_direct_write(&w.direct, now, buf, sizeof(buf), &way), 0);
	ck_assert_int_eq(way, MDNS_WAY_GROUP);
	/* What is planned: 200 one-shot, and 5353 at 1000. */
	now = START + ms * MDNS_MSEC;
	w.direct.send[w.direct.sends - 1].at = START + 4000 * MDNS_MSEC;
	mdns_direct_fail(&w.direct, MDNS_WAY_ONE_SHOT, now);
	next = mdns_direct_next_send(&w.direct, &way);
	ck_assert_int_eq(way, MDNS_WAY_GROUP);
	return (next - START) / MDNS_MSEC;
}

START_TEST(test_the_other_way_is_due_at_once_or_after_a_second)
{
	/* RFC 6762 5.2: a second between two questions, and no longer. */
	ck_assert_int_eq(next_send_after_failure(200), 1000);
	ck_assert_int_eq(next_send_after_failure(999), 1000);
	ck_assert_int_eq(next_send_after_failure(1000), 1000);
	ck_assert_int_eq(next_send_after_failure(2500), 2500);
}
END_TEST

START_TEST(test_alias_beside_an_address_is_not_followed)
{
	struct world w;
	struct unit_message *late;

	/* An address first, then, within the grace, that it is an alias. */
	given(&w);
	address(reply_at(&w, 5), "printer.local", "10.0.0.1");
	late = reply_at(&w, 20);
	unit_message_name(late, MDNS_SECTION_ANSWER, "printer.local", 5,
		"other.local", 120);
	when_run(&w, "printer.local");
	ck_assert_str_eq(w.log, "0 O");
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.count, 1);
	ck_assert_uint_eq(w.direct.answer.address[0].bytes[3], 1);
	ck_assert_uint_eq(w.ended, 105);
}
END_TEST

START_TEST(test_targets_that_are_addresses)
{
	/* The name of an address is the name of no host, for a pointer as for
	 * an alias. */
	struct world w;
	struct unit_message *m;

	given(&w);
	m = reply_at(&w, 5);
	unit_message_name(m, MDNS_SECTION_ANSWER, "3.1.254.169.in-addr.arpa",
		12, REVERSE_ZONE, 120);
	when_run(&w, "3.1.254.169.in-addr.arpa");
	ck_assert_int_eq(w.reply[0].verdict, MDNS_VERDICT_OTHER);
	ck_assert_int_eq(w.result, MDNS_ERR_NOT_FOUND);

	given(&w);
	m = reply_at(&w, 5);
	unit_message_name(
		m, MDNS_SECTION_ANSWER, "printer.local", 5, REVERSE_ZONE, 120);
	address(m, REVERSE_ZONE, "10.0.0.1");
	when_run(&w, "printer.local");
	ck_assert_int_eq(w.reply[0].verdict, MDNS_VERDICT_OTHER);
	ck_assert_int_eq(w.result, MDNS_ERR_NOT_FOUND);

	/* The same with names of hosts. */
	given(&w);
	m = reply_at(&w, 5);
	unit_message_name(m, MDNS_SECTION_ANSWER, "3.1.254.169.in-addr.arpa",
		12, "printer.local", 120);
	when_run(&w, "3.1.254.169.in-addr.arpa");
	ck_assert_int_eq(w.result, 0);
	given(&w);
	m = reply_at(&w, 5);
	unit_message_name(
		m, MDNS_SECTION_ANSWER, "printer.local", 5, "other.local", 120);
	address(m, "other.local", "10.0.0.1");
	when_run(&w, "printer.local");
	ck_assert_int_eq(w.result, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/direct_edges");
	TCase *tcase = tcase_create("direct_edges");

	tcase_add_test(tcase, test_suffix_that_is_no_name_spoils_no_other);
	tcase_add_test(
		tcase, test_the_other_way_is_due_at_once_or_after_a_second);
	tcase_add_test(tcase, test_alias_beside_an_address_is_not_followed);
	tcase_add_test(tcase, test_targets_that_are_addresses);
	suite_add_tcase(suite, tcase);
	return suite;
}
