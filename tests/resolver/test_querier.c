/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier: what is asked, when, on which links, and how.
 * Stories on a virtual clock. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/querier_world.h"

/* ---- the series, RFC 6762 5.2 ---- */

START_TEST(test_nothing_asked_nothing_sent)
{
	struct world *w = given(1);

	ck_assert(mdns_querier_expiry(&w->querier) == MDNS_TIME_NEVER);
	ck_assert_uint_eq(when_writing(w), 0);
	mdns_querier_expire(&w->querier, w->now);
	hear_address(w, "a.local", "10.0.0.1", 120);
	when_ms_later(w, HOUR_MS);
	ck_assert_uint_eq(w->packets, 0);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_first_query)
{
	bool seen[121] = {false};
	unsigned different = 0;

	for (uint64_t seed = 0; seed < 100; seed++) {
		struct world *w = given(seed);
		int64_t ms[PACKETS_MAX];

		start(w, "a.local", A);
		when_ms_later(w, 19);
		ck_assert_uint_eq(w->packets, 0);
		ck_assert_uint_eq(when_writing(w), 0);
		when_ms_later(w, 102);
		ck_assert_uint_eq(w->packets, 1);
		ck_assert_uint_eq(asked(w, "a.local", A, ms), 1);
		ck_assert_int_ge(w->packet[0].at, START + 20 * MDNS_MSEC);
		ck_assert_int_le(w->packet[0].at, START + 120 * MDNS_MSEC);
		ck_assert_uint_eq(w->packet[0].size, 12 + 9 + 4);
		ck_assert_uint_eq(w->packet[0].ifindex, LINK);
		different += !seen[ms[0]];
		seen[ms[0]] = true;
		then_all_is_given_back(w);
	}
	ck_assert_uint_gt(different, 30);
}
END_TEST

START_TEST(test_the_series_of_a_day)
{
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX];
	unsigned n;

	start(w, "a.local", A);
	when_ms_later(w, 24 * HOUR_MS);
	n = asked(w, "a.local", A, ms);
	ck_assert_uint_eq(n, w->packets);
	ck_assert_int_ge(ms[1] - ms[0], 1000);
	ck_assert_int_le(ms[1] - ms[0], 1200);
	for (unsigned i = 2; i < n; i++) {
		int64_t gap = ms[i] - ms[i - 1];

		ck_assert_msg(gap >= HOUR_MS - 1 ||
				      gap >= 2 * (ms[i - 1] - ms[i - 2]) - 1,
			"gap %u is %lld ms", i, (long long)gap);
		ck_assert_int_le(gap, HOUR_MS + 1000);
	}
	/* 12 doublings, then one an hour. */
	ck_assert_uint_ge(n, 13 + 22);
	ck_assert_uint_le(n, 13 + 24);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_same_seed_same_run)
{
	struct world *w;
	mdns_time first[3];

	for (uint64_t i = 0; i < 3; i++) {
		w = given(i / 2);
		start(w, "a.local", A);
		when_ms_later(w, 200);
		first[i] = w->packet[0].at;
		then_all_is_given_back(w);
	}
	ck_assert_int_eq(first[0], first[1]);
	ck_assert_int_ne(first[1], first[2]);
}
END_TEST

START_TEST(test_questions_travel_together)
{
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX], more[PACKETS_MAX];

	start(w, "a.local", A);
	start(w, "a.local", AAAA);
	start(w, "b.local", A);
	when_ms_later(w, 200);
	ck_assert_uint_eq(w->packets, 1);
	ck_assert_uint_eq(packet_count(w->packet, MDNS_SECTION_QUESTION), 3);
	when_ms_later(w, 70000);
	ck_assert_uint_eq(asked(w, "a.local", A, ms), 7);
	ck_assert_uint_eq(asked(w, "a.local", AAAA, more), 7);
	ck_assert_mem_eq(ms, more, 7 * sizeof(ms[0]));
	ck_assert_uint_eq(w->packets, 7);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_many_questions_fill_packets)
{
	/* Given 500 questions of some 20 octets, then each round takes 10
	 * packets or so and not 500. */
	struct world *w = given(1);
	uint64_t octets = 0;

	for (unsigned i = 0; i < 500; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%03u.local", i);
		start(w, text, A);
	}
	for (unsigned round = 0; round < 3; round++) {
		unsigned questions = 0;

		forget_packets(w);
		when_ms_later(w, round == 0 ? 200 : 1000 << (round - 1));
		for (unsigned i = 0; i < w->packets; i++) {
			octets += w->packet[i].size;
			questions += packet_count(
				&w->packet[i], MDNS_SECTION_QUESTION);
		}
		ck_assert_uint_eq(questions, 500);
		ck_assert_uint_le(w->packets, 9);
	}
	/* With compression, 15 + 4 octets each at most (18.14). */
	ck_assert_uint_le(octets, 3 * (9 * 20 + 500 * 20));
	ck_assert_uint_eq(
		mdns_querier_find_link(&w->querier, LINK)->questions, 1500);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_longest_name_fits)
{
	struct world *w = given_nothing(1);
	char text[256];

	memset(text, 'a', 255);
	text[63] = text[127] = text[191] = '.';
	memcpy(text + 248, ".local", 7); /* 254 characters, 256 octets */
	given_link(w, LINK, 512, false);
	start(w, text, A);
	start(w, text, AAAA);
	when_ms_later(w, 200);
	ck_assert_uint_eq(times_asked(w, text, A), 1);
	ck_assert_uint_eq(times_asked(w, text, AAAA), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_woken_late)
{
	/* Asleep for a day: one query, not all that were missed. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 200);
	forget_packets(w);
	w->now += 24 * HOUR_MS * MDNS_MSEC;
	mdns_querier_expire(&w->querier, w->now);
	ck_assert_uint_eq(when_writing(w), 1);
	ck_assert_uint_eq(when_writing(w), 0);
	when_ms_later(w, 999);
	ck_assert_uint_eq(w->packets, 1);
	then_all_is_given_back(w);
}
END_TEST

/* ---- interest ---- */

START_TEST(test_without_interest_it_is_quiet)
{
	struct world *w = given(1);

	start(w, "a.local", A);
	start(w, "A.LOCAL", A);
	start(w, "b.local", A);
	when_ms_later(w, 5000);
	hear_address(w, "b.local", "10.0.0.1", 120);
	stop(w, "a.local", A);
	stop(w, "b.local", A);
	forget_packets(w);
	when_ms_later(w, 5000);
	/* a has one user left. */
	ck_assert_uint_gt(times_asked(w, "a.local", A), 0);
	stop(w, "a.local", A);
	forget_packets(w);
	w->events = 0;
	when_ms_later(w, 24 * HOUR_MS);
	ck_assert_uint_eq(w->packets, 0);
	ck_assert_str_eq(story(w), "125000-1");
	ck_assert(mdns_querier_expiry(&w->querier) == MDNS_TIME_NEVER);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_stopped_before_the_first_query)
{
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 10);
	stop(w, "a.local", A);
	when_ms_later(w, HOUR_MS);
	ck_assert_uint_eq(w->packets, 0);
	ck_assert(mdns_querier_expiry(&w->querier) == MDNS_TIME_NEVER);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_clients_that_come_and_go_cost_one_query_a_second)
{
	/* judge_question has the second; here is the number. */
	struct world *w = given(1);

	for (unsigned i = 0; i < 500; i++) {
		start(w, "a.local", A);
		when_ms_later(w, 15);
		stop(w, "a.local", A);
		when_ms_later(w, 5);
	}
	ck_assert_uint_le(w->packets, 11);
	start(w, "a.local", A);
	forget_packets(w);
	when_ms_later(w, 1200);
	ck_assert_uint_ge(w->packets, 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_what_is_known_is_not_asked_for)
{
	/* Given a unique answer in the cache, a new client costs no packet
	 * until that is at 80 % of its time (RFC 6762 7.1). */
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX];

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	when_ms_later(w, 5000);
	stop(w, "a.local", A);
	story(w);
	forget_packets(w);
	when_ms_later(w, 5000);
	start(w, "a.local", A);
	when_ms_later(w, 85000);
	ck_assert_uint_eq(w->packets, 0);
	ck_assert_str_eq(story(w), ""); /* not told again */
	when_ms_later(w, 4000);
	ck_assert_uint_eq(asked(w, "a.local", A, ms), 1);
	ck_assert_int_ge(ms[0], 500 + 96000);
	ck_assert_int_le(ms[0], 500 + 98400);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_what_may_be_asked)
{
	static const struct {
		const char *text;
		int result;
	} rows[] = {
		{"a.local", 0},
		{"b.a.LOCAL", 0},
		{SERVICE, 0},
		{"2.1.254.169.in-addr.arpa", 0},
		{"www.example.com", MDNS_ERR_NOT_OURS},
		{"4.3.2.1.in-addr.arpa", MDNS_ERR_NOT_OURS},
		{"localhost", MDNS_ERR_NOT_OURS},
		{"", MDNS_ERR_NOT_OURS},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);

		ck_assert_int_eq(
			try_start(w, 0, rows[i].text, A), rows[i].result);
		ck_assert_int_eq(
			try_start(w, LINK, rows[i].text, PTR), rows[i].result);
		when_ms_later(w, 200);
		ck_assert_int_eq(w->packets == 0, rows[i].result != 0);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_suffixes_may_be_asked)
{
	static const struct mdns_querier_limits limits = {10, {10, 1 << 20}};
	struct mdns_name suffix = unit_name("home.example");
	struct world *w = given_limits(1, &limits, &suffix);

	given_link(w, LINK, 1452, false);
	ck_assert_int_eq(try_start(w, 0, "tv.home.example", A), 0);
	ck_assert_int_eq(
		try_start(w, 0, "tv.work.example", A), MDNS_ERR_NOT_OURS);
	hear_address(w, "tv.home.example", "10.0.0.1", 120);
	ck_assert_ptr_nonnull(find(w, "tv.home.example", A));
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_limit_of_questions)
{
	static const struct mdns_querier_limits limits = {2, {100, 1 << 20}};
	struct world *w = given_limits(1, &limits, NULL);

	given_link(w, LINK, 1452, false);
	ck_assert_int_eq(try_start(w, 0, "a.local", A), 0);
	ck_assert_int_eq(try_start(w, LINK, "b.local", A), 0);
	ck_assert_int_eq(try_start(w, LINK, "b.local", A), 0); /* the same */
	ck_assert_int_eq(try_start(w, 0, "c.local", A), MDNS_ERR_RESOURCE);
	ck_assert_int_eq(try_start(w, LINK, "c.local", A), MDNS_ERR_RESOURCE);
	when_ms_later(w, 5000);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 3);
	ck_assert_uint_eq(times_asked(w, "b.local", A), 3);
	ck_assert_uint_eq(times_asked(w, "c.local", A), 0);
	stop(w, "a.local", A);
	ck_assert_int_eq(try_start(w, 0, "c.local", A), 0);
	when_ms_later(w, 200);
	ck_assert_uint_eq(times_asked(w, "c.local", A), 1);
	then_all_is_given_back(w);
}
END_TEST

/* ---- links ---- */

START_TEST(test_questions_on_links_to_come)
{
	struct world *w = given_nothing(1);
	int64_t ms[PACKETS_MAX];

	ck_assert_int_eq(try_start(w, LINK, "a.local", A), MDNS_ERR_NO_LINK);
	start(w, "a.local", A);
	when_ms_later(w, 5000);
	ck_assert_uint_eq(w->packets, 0);
	given_link(w, LINK, 1452, false);
	when_ms_later(w, 5000);
	given_link(w, OTHER_LINK, 1452, false);
	when_ms_later(w, 5000);
	ck_assert_uint_eq(asked_on(w, LINK, "a.local", A, ms), 4);
	ck_assert_int_ge(ms[0], 5020);
	ck_assert_int_le(ms[0], 5120);
	ck_assert_uint_eq(asked_on(w, OTHER_LINK, "a.local", A, ms), 3);
	ck_assert_int_ge(ms[0], 10020);
	ck_assert_int_le(ms[0], 10120);
	stop(w, "a.local", A);
	forget_packets(w);
	given_link(w, 5, 1452, false);
	when_ms_later(w, HOUR_MS);
	ck_assert_uint_eq(w->packets, 0);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_each_link_has_its_own_truth)
{
	struct world *w = given(1);
	struct unit_message m;
	struct mdns_origin origin = from_group;
	int64_t ms[PACKETS_MAX];

	given_link(w, OTHER_LINK, 1452, false);
	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	ck_assert_ptr_nonnull(find_on(w, LINK, "a.local", A));
	ck_assert_ptr_null(find_on(w, OTHER_LINK, "a.local", A));
	when_ms_later(w, 10000);
	ck_assert_uint_eq(asked_on(w, LINK, "a.local", A, ms), 1);
	ck_assert_uint_eq(asked_on(w, OTHER_LINK, "a.local", A, ms), 4);

	/* The same name with another address is another host there. */
	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.2", 120);
	origin.ifindex = OTHER_LINK;
	ck_assert_int_eq(hear_from(w, &origin, &m), MDNS_VERDICT_TAKEN);
	when_ms_later(w, 5000);
	ck_assert_str_eq(story(w), "500+1 10500+2");
	ck_assert_uint_eq(w->event[0].ifindex, LINK);
	ck_assert_uint_eq(w->event[1].ifindex, OTHER_LINK);

	/* One that is not there. */
	origin.ifindex = 99;
	hear_from(w, &origin, &m);
	ck_assert_str_eq(story(w), "");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_a_link_goes)
{
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX];

	given_link(w, OTHER_LINK, 1452, false);
	start(w, "a.local", A);
	start(w, SERVICE, PTR);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	hear_pointer(w, SERVICE, "x._ipp._tcp.local", 4500);
	story(w);
	mdns_querier_drop_link(&w->querier, LINK, w->now);
	ck_assert_uint_eq(w->events, 2);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_int_eq(w->event[i].change, MDNS_REMOVED);
		ck_assert_uint_eq(w->event[i].ifindex, LINK);
	}
	ck_assert_ptr_null(mdns_querier_find_link(&w->querier, LINK));
	forget_packets(w);
	when_ms_later(w, 10000);
	ck_assert_uint_eq(asked_on(w, LINK, "a.local", A, ms), 0);
	ck_assert_uint_gt(asked_on(w, OTHER_LINK, "a.local", A, ms), 0);

	/* And comes back: a new series. */
	forget_packets(w);
	given_link(w, LINK, 1452, false);
	when_ms_later(w, 200);
	ck_assert_uint_eq(asked_on(w, LINK, "a.local", A, ms), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_a_link_changes)
{
	struct world *w = given_nothing(1);
	int64_t ms[PACKETS_MAX];

	given_link(w, LINK, 1452, true);
	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	when_ms_later(w, 10000);
	story(w);
	forget_packets(w);

	/* It is not known any more; it is asked again, and may be QU. */
	given_link(w, LINK, 1452, true);
	ck_assert_str_eq(story(w), "10500-1");
	ck_assert_ptr_null(find(w, "a.local", A));
	when_ms_later(w, 8000);
	ck_assert_uint_eq(asked(w, "a.local", A, ms), 4);
	ck_assert_int_ge(ms[0], 10500 + 20);
	ck_assert_int_le(ms[0], 10500 + 120);
	ck_assert_int_eq(packet_asks(&w->packet[0], "a.local", A), 2);
	ck_assert_int_eq(packet_asks(&w->packet[1], "a.local", A), 1);
	then_all_is_given_back(w);
}
END_TEST

/* ---- QU, RFC 6762 5.4 and 15.1 ---- */

START_TEST(test_qu_is_the_first_only_and_only_if_alone)
{
	for (unsigned alone = 0; alone < 2; alone++) {
		struct world *w = given_nothing(1);

		start(w, "a.local", A);
		start(w, SERVICE, PTR);
		given_link(w, LINK, 1452, alone);
		when_ms_later(w, 200);
		ck_assert_int_eq(packet_asks(&w->packet[0], "a.local", A),
			alone ? 2 : 1);
		ck_assert_int_eq(packet_asks(&w->packet[0], SERVICE, PTR),
			alone ? 2 : 1);
		hear_address(w, "a.local", "10.0.0.1", 120);
		hear_pointer(w, SERVICE, "x._ipp._tcp.local", 120);
		forget_packets(w);
		/* The rest of the series, refreshes, and after the loss. */
		when_ms_later(w, HOUR_MS);
		ck_assert_uint_gt(w->packets, 10);
		for (unsigned i = 0; i < w->packets; i++) {
			ck_assert_int_ne(
				packet_asks(&w->packet[i], "a.local", A), 2);
			ck_assert_int_ne(
				packet_asks(&w->packet[i], SERVICE, PTR), 2);
		}
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_unicast_answers)
{
	static const struct {
		const char *what;
		bool alone, on_link;
		unsigned ms; /* after the first query */
		enum mdns_verdict verdict;
	} rows[] = {
		{"asked for", true, true, 0, MDNS_VERDICT_TAKEN},
		{"in time", true, true, 1900, MDNS_VERDICT_TAKEN},
		{"too late", true, true, 2100, MDNS_VERDICT_UNWANTED},
		{"not asked for", false, true, 0, MDNS_VERDICT_UNWANTED},
		{"from afar", true, false, 0, MDNS_VERDICT_OFF_LINK},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given_nothing(1);
		struct mdns_origin origin = from_group;
		struct unit_message m;

		origin.to_group = false;
		origin.on_link = rows[i].on_link;
		unit_message_init(&m, 0, 0x8400);
		unit_message_address(
			&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
		given_link(w, LINK, 1452, rows[i].alone);
		start(w, "a.local", A);
		/* Before anything has been asked. */
		ck_assert_int_ne(hear_from(w, &origin, &m), MDNS_VERDICT_TAKEN);
		while (w->packets == 0)
			when_ms_later(w, 1);
		when_ms_later(w, rows[i].ms);
		ck_assert_msg(hear_from(w, &origin, &m) == rows[i].verdict,
			"%s", rows[i].what);
		ck_assert_int_eq(find(w, "a.local", A) != NULL,
			rows[i].verdict == MDNS_VERDICT_TAKEN);
		then_all_is_given_back(w);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/querier");
	TCase *tcase = tcase_create("querier");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_nothing_asked_nothing_sent);
	tcase_add_test(tcase, test_first_query);
	tcase_add_test(tcase, test_the_series_of_a_day);
	tcase_add_test(tcase, test_same_seed_same_run);
	tcase_add_test(tcase, test_questions_travel_together);
	tcase_add_test(tcase, test_many_questions_fill_packets);
	tcase_add_test(tcase, test_longest_name_fits);
	tcase_add_test(tcase, test_woken_late);
	tcase_add_test(tcase, test_without_interest_it_is_quiet);
	tcase_add_test(tcase, test_stopped_before_the_first_query);
	tcase_add_test(
		tcase, test_clients_that_come_and_go_cost_one_query_a_second);
	tcase_add_test(tcase, test_what_is_known_is_not_asked_for);
	tcase_add_test(tcase, test_what_may_be_asked);
	tcase_add_test(tcase, test_suffixes_may_be_asked);
	tcase_add_test(tcase, test_limit_of_questions);
	tcase_add_test(tcase, test_questions_on_links_to_come);
	tcase_add_test(tcase, test_each_link_has_its_own_truth);
	tcase_add_test(tcase, test_a_link_goes);
	tcase_add_test(tcase, test_a_link_changes);
	tcase_add_test(tcase, test_qu_is_the_first_only_and_only_if_alone);
	tcase_add_test(tcase, test_unicast_answers);
	suite_add_tcase(suite, tcase);
	return suite;
}
