/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stories of one querier on a small network, about what it asks and when (RFC
 * 6762 5); the clock is the simulator's, and its watcher looks on all the
 * time. */
#include <stdio.h>

#include "tests/sim/stories_world.h"

/* --- 5.2: the series ------------------------------------------------------ */

START_TEST(test_a_day_of_browsing_in_vain)
{
	struct sim_peer *peer = given_peer();
	mdns_time gap = MDNS_SEC;
	size_t i;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(86400 * MDNS_SEC);

	then_between(sent_at(0) - START, 20 * MDNS_MSEC, 120 * MDNS_MSEC);
	for (i = 1; i < sim.sents; i++) {
		ck_assert_int_eq(sent_at(i) - sent_at(i - 1), gap);
		ck_assert_uint_eq(sim.sent[i].questions, 1);
		ck_assert_uint_eq(sim.sent[i].answers, 0);
		gap = gap * 2 < 3600 * MDNS_SEC ? gap * 2 : 3600 * MDNS_SEC;
	}
	/* 1 + 2 + 4 ... + 2048 s, then 22 hours. */
	ck_assert_uint_eq(sim.sents, 13 + 22);
	then_all_is_well();
}
END_TEST

START_TEST(test_a_day_of_browsing_with_printers)
{
	struct sim_peer *peer = given_peer();
	uint64_t answers;
	unsigned i;

	for (i = 0; i < 5; i++)
		given_services(i, 2);
	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	for (i = 0; i < 86400 / 100; i++) {
		when_passed(100 * MDNS_SEC);
		ck_assert_uint_eq(
			sim_peer_shows(peer, 0, BROWSE, MDNS_TYPE_PTR), 10);
	}
	/* The series (35), and for each of the ten records a refresh of its
	 * own each 80 % of 75 minutes, 24 in a day, at the very most. */
	ck_assert_uint_le(sim.sents, 35 + 10 * 24);
	/* Known answers keep the hosts quiet: about one answer of each host
	 * for each of its records and each refresh. */
	answers = sim.packets - sim.sents;
	ck_assert_uint_le(answers, 5 * 2 * 25);
	then_all_is_well();
}
END_TEST

START_TEST(test_first_delay_is_spread)
{
	mdns_time least = MDNS_SEC, most = 0;
	unsigned seed;

	for (seed = 1; seed < 100; seed++) {
		struct sim_peer *peer;
		mdns_time delay;

		sim_init(&sim, seed);
		sim.keep_sent = true;
		peer = sim_peer_open(&sim, 0);
		sim_peer_up(peer, 0, 1472, false);
		when_asked(peer, BROWSE, MDNS_TYPE_PTR);
		when_passed(MDNS_SEC / 2);
		ck_assert_uint_eq(sim.sents, 1);
		delay = sent_at(0) - START;
		then_between(delay, 20 * MDNS_MSEC, 120 * MDNS_MSEC);
		if (delay < least)
			least = delay;
		if (delay > most)
			most = delay;
		then_all_is_well();
	}
	ck_assert_int_lt(least, 40 * MDNS_MSEC);
	ck_assert_int_gt(most, 100 * MDNS_MSEC);
}
END_TEST

START_TEST(test_unique_answer_ends_the_series)
{
	struct sim_peer *peer = given_peer();

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(95 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_eq(sim.sents, 1);
	then_all_is_well();
}
END_TEST

START_TEST(test_unique_answer_in_cache_needs_no_query)
{
	struct sim_peer *peer = given_peer();

	when_another_says(PRINTER, "169.254.7.1", 120);
	when_passed(10 * MDNS_SEC);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(80 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 0);
	then_all_is_well();
}
END_TEST

/* 5.3 */
START_TEST(test_questions_travel_together)
{
	struct sim_peer *peer = given_peer();

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_asked(peer, PRINTER, MDNS_TYPE_AAAA);
	when_passed(10 * MDNS_MSEC);
	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(20 * MDNS_SEC);
	/* 0, 1, 3, 7, 15 s. */
	ck_assert_uint_le(sim.sents, 10);
	ck_assert_uint_ge(sim.sent[0].questions, 2);
	then_all_is_well();
}
END_TEST

START_TEST(test_many_questions_fill_several_packets)
{
	struct sim_peer *peer = given_peer();
	unsigned i, questions = 0;

	sim_peer_down(peer, 0);
	sim_peer_up(peer, 0, 512, false);
	for (i = 0; i < SIM_ASKS; i++) {
		char name[100];

		snprintf(name, sizeof(name),
			"a-host-with-a-rather-long-name-that-has-number-%u"
			".local",
			i);
		when_asked(peer, name, MDNS_TYPE_A);
	}
	when_passed(MDNS_SEC / 2);
	ck_assert_uint_ge(sim.sents, 2);
	ck_assert_uint_le(sim.sents, 3);
	for (i = 0; i < sim.sents; i++) {
		ck_assert_uint_eq(sim.sent[i].flags, 0);
		ck_assert_int_eq(sent_at(i), sent_at(0));
		questions += sim.sent[i].questions;
	}
	ck_assert_uint_eq(questions, SIM_ASKS);
	then_all_is_well();
}
END_TEST

START_TEST(test_stop_and_start_is_not_twice_in_a_second)
{
	struct sim_peer *peer = given_peer();
	unsigned i;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	for (i = 0; i < 20; i++) {
		when_passed(150 * MDNS_MSEC);
		when_stopped(peer, BROWSE, MDNS_TYPE_PTR);
		when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	}
	when_passed(MDNS_SEC);
	ck_assert_uint_ge(sim.sents, 2);
	then_all_is_well(); /* the watcher has looked at the gaps */
}
END_TEST

START_TEST(test_no_query_after_the_last_stop)
{
	struct sim_peer *peer = given_peer();

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_asked(peer, BROWSE, MDNS_TYPE_PTR); /* a second client */
	when_passed(5 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 3);
	when_stopped(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(5 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 4);
	when_stopped(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(86400 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 4);
	then_all_is_well();
}
END_TEST

/* --- 5.2: refreshes ------------------------------------------------------- */

START_TEST(test_refreshes_of_what_has_vanished)
{
	struct sim_peer *peer = given_peer();
	struct sim_host *host = given_printer(120);
	mdns_time heard;
	int i;

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	heard = sent_at(0);
	sim_host_vanish(host);

	sim_run(&sim, heard + 120 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_eq(sim.sents, 1 + 4);
	for (i = 0; i < 4; i++) /* 80, 85, 90, 95 %, and 2 % */
		then_between(sent_at((size_t)i + 1) - heard,
			(80 + 5 * i) * 120 * MDNS_SEC / 100,
			(82 + 5 * i) * 120 * MDNS_SEC / 100 + 10 * MDNS_MSEC);

	sim_run(&sim, heard + 120 * MDNS_SEC + 10 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	/* Somebody still wants it: the series begins anew. */
	when_passed(2 * MDNS_SEC);
	ck_assert_uint_ge(sim.sents, 1 + 4 + 2);
	then_all_is_well();
}
END_TEST

START_TEST(test_refreshes_that_are_answered)
{
	struct sim_peer *peer = given_peer();
	size_t i;

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(1200 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_ge(sim.sents, 1 + 12);
	for (i = 1; i < sim.sents; i++)
		then_between(sent_at(i) - sent_at(i - 1), 96 * MDNS_SEC,
			98400 * MDNS_MSEC + 10 * MDNS_MSEC);
	then_all_is_well();
}
END_TEST

START_TEST(test_refreshes_are_jittered)
{
	mdns_time least = 200 * MDNS_SEC, most = 0;
	unsigned seed;

	for (seed = 1; seed < 60; seed++) {
		struct sim_peer *peer;
		mdns_time gap;

		sim_init(&sim, seed);
		sim.keep_sent = true;
		peer = sim_peer_open(&sim, 0);
		sim_peer_up(peer, 0, 1472, false);
		given_printer(100);
		when_asked(peer, PRINTER, MDNS_TYPE_A);
		when_passed(83 * MDNS_SEC);
		ck_assert_uint_eq(sim.sents, 2);
		gap = sent_at(1) - sent_at(0);
		if (gap < least)
			least = gap;
		if (gap > most)
			most = gap;
		then_all_is_well();
	}
	then_between(least, 80 * MDNS_SEC, 80500 * MDNS_MSEC);
	then_between(most, 81500 * MDNS_MSEC, 82010 * MDNS_MSEC);
}
END_TEST

START_TEST(test_no_refresh_of_what_nobody_wants)
{
	struct sim_peer *peer = given_peer();

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	when_stopped(peer, PRINTER, MDNS_TYPE_A);
	when_passed(20 * MDNS_SEC);
	/* Nor does it wake anybody up before it expires. */
	ck_assert_int_ge(mdns_querier_expiry(&peer->querier),
		sent_at(0) + 120 * MDNS_SEC);
	when_passed(80 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	when_passed(20 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	ck_assert_uint_eq(sim.sents, 1);
	then_all_is_well();
}
END_TEST

START_TEST(test_interest_that_begins_late_refreshes)
{
	struct sim_peer *peer = given_peer();

	when_another_says(PRINTER, "169.254.7.1", 100);
	when_passed(50 * MDNS_SEC);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(49 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 4);
	then_between(sent_at(0) - START, 80 * MDNS_SEC, 82010 * MDNS_MSEC);
	then_all_is_well();
}
END_TEST

/* 5.4, 15.1 */
START_TEST(test_only_the_first_query_is_qu)
{
	struct sim_peer *peer = given_peer();
	size_t i;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	sim_peer_down(peer, 0);
	sim_peer_up(peer, 0, 1472, true);
	when_passed(100 * MDNS_SEC);
	ck_assert(sim.sent[0].unicast);
	ck_assert_uint_ge(sim.sents, 6);
	for (i = 1; i < sim.sents; i++)
		ck_assert(!sim.sent[i].unicast);
	then_all_is_well();
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/querier, in the simulator");
	TCase *series = tcase_create("5 queries");

	tcase_set_timeout(series, 60);
	tcase_add_test(series, test_a_day_of_browsing_in_vain);
	tcase_add_test(series, test_a_day_of_browsing_with_printers);
	tcase_add_test(series, test_first_delay_is_spread);
	tcase_add_test(series, test_unique_answer_ends_the_series);
	tcase_add_test(series, test_unique_answer_in_cache_needs_no_query);
	tcase_add_test(series, test_questions_travel_together);
	tcase_add_test(series, test_many_questions_fill_several_packets);
	tcase_add_test(series, test_stop_and_start_is_not_twice_in_a_second);
	tcase_add_test(series, test_no_query_after_the_last_stop);
	tcase_add_test(series, test_refreshes_of_what_has_vanished);
	tcase_add_test(series, test_refreshes_that_are_answered);
	tcase_add_test(series, test_refreshes_are_jittered);
	tcase_add_test(series, test_no_refresh_of_what_nobody_wants);
	tcase_add_test(series, test_interest_that_begins_late_refreshes);
	tcase_add_test(series, test_only_the_first_query_is_qu);
	suite_add_tcase(suite, series);
	return suite;
}
