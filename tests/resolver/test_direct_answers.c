/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/direct: which answers end a lookup, and which lead it on.
 * Virtual time. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/direct_world.h"

static const uint16_t only_a[] = {1, 0};
static const uint16_t only_txt[] = {16, 0};

/* ---- answers: when it is over ---- */

START_TEST(test_both_families_end_it)
{
	struct world w;
	struct unit_message *m;

	given(&w);
	m = reply_at(&w, 5);
	address(m, "printer.local", "10.0.0.1");
	address(m, "printer.local", "fe80::1");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 5);
	ck_assert_str_eq(w.log, "0 O");
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.count, 2);
	ck_assert_uint_eq(w.direct.answer.address[0].usec, 5000);
}
END_TEST

START_TEST(test_grace)
{
	static const struct {
		const char *what, *settings;
		unsigned a, aaaa; /* ms of their arrival, 0: never */
		unsigned ended;
		const char *log;
		unsigned count;
	} rows[] = {
		{"A only", "", 5, 0, 105, "0 O", 1},
		{"AAAA only", "", 0, 5, 105, "0 O", 1},
		{"AAAA in time", "", 5, 60, 60, "0 O", 2},
		{"A in time", "", 60, 5, 60, "0 O", 2},
		{"at the very end", "", 5, 105, 105, "0 O", 2},
		{"too late", "", 5, 106, 105, "0 O", 1},
		{"after the second query", "", 150, 0, 250, "0 O; 100 Q", 1},
		{"late: never beyond the total", "", 1200, 0, 1250,
			"0 O; 100 Q; 400 O; 900 O", 1},
		{"no grace", "grace = 0ms", 5, 60, 5, "0 O", 1},
		{"long grace", "grace = 5s", 5, 0, 1250, "0 O", 1},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;
		unsigned first = rows[i].a, second = rows[i].aaaa;
		const char *names[2] = {"10.0.0.1", "2001:db8::1"};
		bool swap = first == 0 || (second && second < first);

		given(&w);
		mdns_settings_parse(&w.settings, rows[i].settings,
			strlen(rows[i].settings), NULL, NULL);
		if (swap) {
			first = rows[i].aaaa;
			second = rows[i].a;
		}
		address(reply_at(&w, first), "printer.local", names[swap]);
		if (second)
			address(reply_at(&w, second), "printer.local",
				names[!swap]);
		when_run(&w, "printer.local");
		ck_assert_msg(w.ended == rows[i].ended, "%s: %u ms",
			rows[i].what, w.ended);
		ck_assert_msg(!strcmp(w.log, rows[i].log), "%s: %s",
			rows[i].what, w.log);
		ck_assert_int_eq(w.result, 0);
		ck_assert_uint_eq(w.direct.answer.count, rows[i].count);
	}
}
END_TEST

START_TEST(test_grace_starts_once)
{
	/* More of the same family does not put off the end. */
	struct world w;

	given(&w);
	address(reply_at(&w, 5), "printer.local", "10.0.0.1");
	address(reply_at(&w, 60), "printer.local", "10.0.0.2");
	address(reply_at(&w, 100), "printer.local", "10.0.0.3");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 105);
	ck_assert_uint_eq(w.direct.answer.count, 3);
}
END_TEST

START_TEST(test_both_transports_spare_the_grace)
{
	enum {
		A = 1,
		AAAA = 2,
		OTHER = 4,
		TC = 8,
		MORE_LINKS = 16,
		TO_5353 = 32
	};
	static const struct {
		const char *what;
		unsigned how[2]; /* the replies, at 5 and at 10 ms */
		unsigned ended;
	} rows[] = {
		{"both repeat both", {A | AAAA, A | AAAA}, 10},
		{"no questions", {0, 0}, 105},
		{"one of them has none", {A | AAAA, 0}, 105},
		{"A only", {A | AAAA, A}, 105},
		{"AAAA only", {AAAA, A | AAAA}, 105},
		{"of another name", {A | AAAA, A | OTHER}, 105},
		{"there is more", {A | AAAA, A | AAAA | TC}, 105},
		{"of several links", {A | AAAA, A | AAAA | MORE_LINKS}, 105},
		{"not to a one-shot", {A | AAAA, A | AAAA | TO_5353}, 105},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		for (unsigned k = 0; k < 2; k++) {
			unsigned how = rows[i].how[k], ms = k ? 10 : 5;
			struct unit_message *m = reply_at(&w, ms);

			if (how & TO_5353) {
				w.replies--;
				m = multicast_at(&w, ms);
			}
			if (how & TC)
				unit_message_init(m, ID, 0x8600);
			if (how & A)
				unit_message_question(m, "printer.local", 1, 1);
			if (how & AAAA)
				unit_message_question(
					m, "printer.local", 28, 1);
			if (how & OTHER)
				unit_message_question(m, "other.local", 28, 1);
			address(m, "printer.local", "10.0.0.1");
			w.reply[k].origin.transport = (uint8_t)k;
			w.links = how & MORE_LINKS ? 2 : 1;
		}
		when_run(&w, "printer.local");
		ck_assert_msg(w.ended == rows[i].ended, "%s: %u ms",
			rows[i].what, w.ended);
		ck_assert_int_eq(w.result, 0);
		ck_assert_uint_eq(w.direct.answer.count, 1);
	}
}
END_TEST

START_TEST(test_nsec_spares_the_grace)
{
	struct world w;
	struct unit_message *m;

	given(&w);
	m = reply_at(&w, 5);
	address(m, "printer.local", "10.0.0.1");
	unit_message_nsec(
		m, MDNS_SECTION_ADDITIONAL, "printer.local", only_a, 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 5);
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.presence[MDNS_IPV6], MDNS_ABSENT);

	/* In two messages as well. */
	given(&w);
	address(reply_at(&w, 5), "printer.local", "10.0.0.1");
	unit_message_nsec(reply_at(&w, 20), MDNS_SECTION_ANSWER,
		"printer.local", only_a, 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 20);
	ck_assert_int_eq(w.result, 0);
}
END_TEST

/* An NSEC record speaks for its own link (RFC 6762 6.1). */
START_TEST(test_nsec_leaves_other_links_a_little)
{
	struct world w;
	struct unit_message *m;

	given(&w);
	w.links = 2;
	m = reply_at(&w, 5);
	address(m, "printer.local", "10.0.0.1");
	unit_message_nsec(
		m, MDNS_SECTION_ADDITIONAL, "printer.local", only_a, 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 5 + 100 / 4);
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.count, 1);

	given(&w);
	w.links = 2;
	m = reply_at(&w, 5);
	address(m, "printer.local", "10.0.0.1");
	unit_message_nsec(
		m, MDNS_SECTION_ADDITIONAL, "printer.local", only_a, 120);
	address(reply_at(&w, 20), "printer.local", "fd00::1");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 20);
	ck_assert_uint_eq(w.direct.answer.count, 2);
}
END_TEST

START_TEST(test_nsec_of_both_is_no_data)
{
	struct world w;

	given(&w);
	unit_message_nsec(reply_at(&w, 5), MDNS_SECTION_ANSWER, "printer.local",
		only_txt, 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 5);
	ck_assert_int_eq(w.result, MDNS_ERR_NO_DATA);
}
END_TEST

START_TEST(test_others_do_not_end_it)
{
	struct world w;

	given(&w);
	address(reply_at(&w, 5), "scanner.local", "10.0.0.66");
	address(multicast_at(&w, 110), "scanner.local", "10.0.0.66");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 1250);
	ck_assert_int_eq(w.result, MDNS_ERR_NOT_FOUND);
	ck_assert_int_eq(w.reply[0].verdict, MDNS_VERDICT_OTHER);
	ck_assert_str_eq(w.log, "0 O; 100 Q; 400 O; 900 O");
}
END_TEST

START_TEST(test_result_is_sorted_with_the_smallest_ttl)
{
	struct world w;
	struct unit_message *m;
	uint8_t bytes[16];

	given(&w);
	m = reply_at(&w, 5);
	unit_message_address(
		m, MDNS_SECTION_ANSWER, "printer.local", "169.254.1.2", 120);
	unit_message_address(
		m, MDNS_SECTION_ANSWER, "printer.local", "10.0.0.1", 30);
	m = reply_at(&w, 6);
	unit_message_address(
		m, MDNS_SECTION_ANSWER, "printer.local", "2001:db8::1", 60);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 6);
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.ttl, 30);
	unit_address("10.0.0.1", bytes);
	ck_assert_mem_eq(w.direct.answer.address[0].bytes, bytes, 4);
	unit_address("169.254.1.2", bytes);
	ck_assert_mem_eq(w.direct.answer.address[2].bytes, bytes, 4);
}
END_TEST

START_TEST(test_reverse_ends_at_once)
{
	struct world w;
	struct mdns_name want = unit_name("printer.local");

	given(&w);
	unit_message_name(reply_at(&w, 7), MDNS_SECTION_ANSWER,
		"2.1.254.169.in-addr.arpa", 12, "printer.local", 120);
	when_run(&w, "2.1.254.169.in-addr.arpa");
	ck_assert_uint_eq(w.ended, 7);
	ck_assert_str_eq(w.log, "0 O");
	ck_assert_int_eq(w.result, 0);
	ck_assert(mdns_name_equal(&w.direct.answer.name, &want));
}
END_TEST

START_TEST(test_suffix_is_resolved_and_believed)
{
	struct world w;
	const char text[] = "suffixes = home.example";

	given(&w);
	mdns_settings_parse(&w.settings, text, sizeof(text) - 1, NULL, NULL);
	unit_message_name(reply_at(&w, 7), MDNS_SECTION_ANSWER,
		"2.1.254.169.in-addr.arpa", 12, "x.home.example", 120);
	when_run(&w, "2.1.254.169.in-addr.arpa");
	ck_assert_int_eq(w.result, 0);
}
END_TEST

/* ---- CNAME across messages ---- */

START_TEST(test_cname_asks_again)
{
	struct world w;
	struct mdns_name real = unit_name("real.local");
	struct unit_message *m;

	/* Given an alias, and 20 ms later the addresses of its target, */
	given(&w);
	unit_message_name(reply_at(&w, 10), MDNS_SECTION_ANSWER,
		"printer.local", 5, "real.local", 120);
	m = reply_at(&w, 30);
	unit_message_question(m, "real.local", 1, 1);
	address(m, "real.local", "10.0.0.1");
	address(m, "real.local", "fe80::1");
	when_run(&w, "printer.local");

	/* then the target is asked for at once, and is the answer. */
	ck_assert_str_eq(w.log, "0 O; 10 O");
	ck_assert(mdns_name_equal(&w.last_name, &real));
	ck_assert_uint_eq(w.ended, 30);
	ck_assert_int_eq(w.result, 0);
	ck_assert(mdns_name_equal(&w.direct.answer.name, &real));
	ck_assert_uint_eq(w.direct.answer.count, 2);
}
END_TEST

START_TEST(test_cname_stays_within_the_total)
{
	struct world w;

	given(&w);
	unit_message_name(reply_at(&w, 1000), MDNS_SECTION_ANSWER,
		"printer.local", 5, "real.local", 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 1250);
	ck_assert_int_ne(w.result, 0);
}
END_TEST

START_TEST(test_cname_out_of_our_zones_is_not_asked)
{
	struct world w;

	given(&w);
	unit_message_name(reply_at(&w, 10), MDNS_SECTION_ANSWER,
		"printer.local", 5, "www.example.com", 120);
	when_run(&w, "printer.local");
	ck_assert_str_eq(w.log, "0 O; 100 Q; 400 O; 900 O");
	ck_assert_int_ne(w.result, 0);
}
END_TEST

START_TEST(test_cname_flood_is_bounded)
{
	/* Given somebody who answers every question with another alias, as
	 * often as he likes, then four are followed in all, and the packets
	 * that we send do not grow with his. */
	struct world w;
	struct mdns_name name = unit_name("printer.local");
	struct mdns_direct *d = &w.direct;
	unsigned sent = 0, followed = 0;
	char target[32], last[32] = "printer.local";

	given(&w);
	ck_assert_int_eq(
		mdns_direct_init(d, &name, &w.settings, BOTH, false, ID, START),
		0);
	for (unsigned i = 0; i < 2000; i++) {
		mdns_time now = START + i * (MDNS_MSEC / 2);
		struct mdns_name before;
		uint8_t buf[MDNS_QUERY_MAX];
		enum mdns_way way;

		while (mdns_direct_write(d, now, buf, sizeof(buf), &way) > 0)
			sent++;
		before = d->subject.name;
		w.replies = 0;
		snprintf(target, sizeof(target), "t%u.local", i);
		unit_message_name(reply_at(&w, 0), MDNS_SECTION_ANSWER, last, 5,
			target, 120);
		mdns_direct_read(d, &w.reply[0].origin,
			w.reply[0].message.bytes, w.reply[0].message.size, now);
		if (!mdns_name_equal(&before, &d->subject.name)) {
			followed++;
			strcpy(last, target);
		}
	}
	ck_assert_uint_eq(followed, MDNS_CNAME_HOPS);
	/* a whole timetable for the last, one query for those before */
	ck_assert_uint_le(sent, MDNS_CNAME_HOPS + 4);
	ck_assert(mdns_direct_is_over(d, START + 1250 * MDNS_MSEC));
}
END_TEST

START_TEST(test_cname_loop_across_messages)
{
	struct world w;

	given(&w);
	for (unsigned i = 0; i < REPLIES_MAX; i++)
		unit_message_name(reply_at(&w, 10 + i), MDNS_SECTION_ANSWER,
			i % 2 ? "b.local" : "printer.local", 5,
			i % 2 ? "printer.local" : "b.local", 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 1250);
	ck_assert_int_ne(w.result, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/direct_answers");
	TCase *answers = tcase_create("answers");

	tcase_set_timeout(answers, 30);
	tcase_add_test(answers, test_both_families_end_it);
	tcase_add_test(answers, test_grace);
	tcase_add_test(answers, test_grace_starts_once);
	tcase_add_test(answers, test_both_transports_spare_the_grace);
	tcase_add_test(answers, test_nsec_spares_the_grace);
	tcase_add_test(answers, test_nsec_leaves_other_links_a_little);
	tcase_add_test(answers, test_nsec_of_both_is_no_data);
	tcase_add_test(answers, test_others_do_not_end_it);
	tcase_add_test(answers, test_result_is_sorted_with_the_smallest_ttl);
	tcase_add_test(answers, test_reverse_ends_at_once);
	tcase_add_test(answers, test_suffix_is_resolved_and_believed);
	tcase_add_test(answers, test_cname_asks_again);
	tcase_add_test(answers, test_cname_stays_within_the_total);
	tcase_add_test(answers, test_cname_out_of_our_zones_is_not_asked);
	tcase_add_test(answers, test_cname_flood_is_bounded);
	tcase_add_test(answers, test_cname_loop_across_messages);
	suite_add_tcase(suite, answers);
	return suite;
}
