/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stories of one querier on a small network, about what it forgets and what it
 * doubts (RFC 6762 10); the clock is the simulator's, and its watcher looks on
 * all the time. */
#include "tests/sim/stories_world.h"

/* --- 10: what goes -------------------------------------------------------- */

START_TEST(test_goodbye_takes_a_second)
{
	struct sim_peer *peer = given_peer();
	struct sim_host *host = given_printer(120);

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	sim_host_leave(host);
	when_passed(990 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	when_passed(20 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	then_all_is_well();
}
END_TEST

START_TEST(test_goodbye_and_rescue)
{
	struct sim_peer *peer = given_peer();

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	when_another_says(PRINTER, "169.254.7.1", 0);
	when_passed(500 * MDNS_MSEC);
	when_another_says(PRINTER, "169.254.7.1", 120);
	when_passed(60 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_eq(sim.sents, 1);
	then_all_is_well();
}
END_TEST

START_TEST(test_second_goodbye_does_not_prolong)
{
	struct sim_peer *peer = given_peer();

	when_another_says(PRINTER, "169.254.7.1", 120);
	when_passed(10 * MDNS_SEC);
	when_another_says(PRINTER, "169.254.7.1", 0);
	when_passed(900 * MDNS_MSEC);
	when_another_says(PRINTER, "169.254.7.1", 0);
	when_passed(110 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	then_all_is_well();
}
END_TEST

/* 10.2 */
START_TEST(test_new_address_pushes_out_the_old_one)
{
	struct sim_peer *peer = given_peer();
	struct sim_host *host = given_printer(120);
	struct sim_rr rr = address(PRINTER, 2, 120);

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	sim_host_change(host, 0, &rr);
	when_passed(990 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 2);
	when_passed(20 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	when_passed(60 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 1);
	then_all_is_well();
}
END_TEST

START_TEST(test_burst_of_packets_is_one_set)
{
	struct sim_peer *peer = given_peer();

	when_another_says(PRINTER, "169.254.7.1", 120);
	when_passed(900 * MDNS_MSEC);
	when_another_says(PRINTER, "169.254.7.2", 120);
	when_passed(60 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 2);
	then_all_is_well();
}
END_TEST

START_TEST(test_shared_records_do_not_push)
{
	struct sim_peer *peer = given_peer();
	struct sim_host *host;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	host = given_services(0, 1);
	sim_host_announce(host, 1);
	when_passed(30 * MDNS_SEC);
	host = given_services(1, 1);
	sim_host_announce(host, 1);
	when_passed(30 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, BROWSE, MDNS_TYPE_PTR), 2);
	then_all_is_well();
}
END_TEST

/* 10.3 */
START_TEST(test_link_flap_forgets_and_asks_anew)
{
	struct sim_peer *peer = given_peer();
	mdns_time up;
	size_t before;

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 1);
	ck_assert(!sim.sent[0].unicast);
	sim_peer_down(peer, 0);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	when_passed(100 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 1);

	/* The port is ours alone this time: QU (5.4). */
	sim_peer_up(peer, 0, 1472, true);
	up = sim.now;
	when_passed(MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 2);
	then_between(sent_at(1) - up, 20 * MDNS_MSEC, 120 * MDNS_MSEC);
	ck_assert(sim.sent[1].unicast);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);

	/* It is told again that it is there: it has changed. */
	when_passed(10 * MDNS_SEC);
	before = sim.sents;
	sim_peer_up(peer, 0, 1472, true);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	when_passed(MDNS_SEC);
	ck_assert_uint_eq(sim.sents, before + 1);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	then_all_is_well();
}
END_TEST

/* 10.4 */
START_TEST(test_reconfirm_what_has_vanished)
{
	struct sim_peer *peer = given_peer();
	struct sim_host *host = given_printer(120);
	mdns_time doubted;

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	sim_host_vanish(host);
	when_doubted(peer, PRINTER, MDNS_TYPE_A);
	doubted = sim.now;
	when_passed(9900 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_ge(sim.sents, 1 + 2);
	then_between(sent_at(1) - doubted, 0, 120 * MDNS_MSEC);
	when_passed(200 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	then_all_is_well();
}
END_TEST

START_TEST(test_reconfirm_what_is_there)
{
	struct sim_peer *peer = given_peer();

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	when_doubted(peer, PRINTER, MDNS_TYPE_A);
	when_passed(60 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_le(sim.sents, 4);
	then_all_is_well();
}
END_TEST

START_TEST(test_reconfirm_without_a_client)
{
	struct sim_peer *peer = given_peer();

	when_another_says(PRINTER, "169.254.7.1", 4500);
	when_passed(10 * MDNS_SEC);
	when_doubted(peer, PRINTER, MDNS_TYPE_A);
	when_passed(9900 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_ge(sim.sents, 2);
	when_passed(200 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	ck_assert_uint_le(sim.sents, 4);
	when_passed(600 * MDNS_SEC);
	ck_assert_uint_le(sim.sents, 4);
	then_all_is_well();
}
END_TEST

/* Two hosts have the name, and the answer of one is not enough. */
START_TEST(test_reconfirm_asks_twice)
{
	struct sim_peer *peer = given_peer();

	when_another_says(PRINTER, "169.254.7.1", 120);
	when_another_says(PRINTER, "169.254.7.2", 120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(5 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 0);
	when_doubted(peer, PRINTER, MDNS_TYPE_A);
	when_passed(150 * MDNS_MSEC);
	ck_assert_uint_eq(sim.sents, 1);
	when_another_says(PRINTER, "169.254.7.1", 120);
	when_passed(900 * MDNS_MSEC);
	ck_assert_uint_eq(sim.sents, 2);
	when_another_says(PRINTER, "169.254.7.2", 120);
	when_passed(60 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 2);
	ck_assert_uint_eq(sim.sents, 2);
	then_all_is_well();
}
END_TEST

/* 10.5 */
START_TEST(test_failures_of_others_are_observed)
{
	struct sim_peer *peer = given_peer();
	struct sim_host *host = given_printer(120);

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	sim_host_vanish(host);
	when_another_asks(PRINTER, MDNS_TYPE_A, MDNS_CLASS_IN);
	when_passed(20 * MDNS_SEC); /* one says nothing */
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	when_another_asks(PRINTER, MDNS_TYPE_ANY, MDNS_CLASS_IN);
	when_passed(9900 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	ck_assert_uint_eq(sim.sents, 1); /* none of our own */
	when_passed(200 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	then_all_is_well();
}
END_TEST

START_TEST(test_answered_queries_of_others_do_no_harm)
{
	struct sim_peer *peer = given_peer();
	unsigned i;

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	for (i = 0; i < 100; i++) {
		when_passed((i % 7) * 300 * MDNS_MSEC);
		when_another_asks(PRINTER, MDNS_TYPE_A, MDNS_CLASS_IN);
	}
	when_passed(20 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	then_all_is_well();
}
END_TEST

/* A responder multicasts a record at most once a second (6): a query within
 * that second has no answer, and that means nothing. */
START_TEST(test_queries_within_the_second_mean_nothing)
{
	struct sim_peer *peer = given_peer();

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(130 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	/* in another case, or it would look like our own that comes back */
	when_another_asks("Printer.local", MDNS_TYPE_A, MDNS_CLASS_IN);
	when_passed(100 * MDNS_MSEC);
	when_another_asks(PRINTER, MDNS_TYPE_ANY, MDNS_CLASS_IN);
	when_passed(30 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	then_all_is_well();
}
END_TEST

START_TEST(test_unicast_and_known_queries_mean_nothing)
{
	struct sim_peer *peer = given_peer();
	struct unit_message message;
	unsigned i;

	when_another_says(PRINTER, "169.254.7.1", 120);
	when_passed(5 * MDNS_SEC);
	for (i = 0; i < 4; i++) {
		/* QU: the answer may be unicast */
		when_another_asks(PRINTER, MDNS_TYPE_A, 0x8001);
		/* it is known: no answer is needed */
		unit_message_init(&message, 0, 0);
		unit_message_question(
			&message, PRINTER, MDNS_TYPE_A, MDNS_CLASS_IN);
		unit_message_record(&message, MDNS_SECTION_ANSWER, PRINTER,
			MDNS_TYPE_A, MDNS_CLASS_IN, 120, "\xa9\xfe\x07\x01", 4);
		when_heard(&message);
		when_passed(2 * MDNS_SEC);
	}
	when_passed(30 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	then_all_is_well();
}
END_TEST

START_TEST(test_suspend_ages_the_cache)
{
	struct sim_peer *peer = given_peer();
	size_t before;

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(10 * MDNS_SEC);
	sim_peer_sleep(peer, true);
	when_passed(3600 * MDNS_SEC);
	before = sim.sents;
	sim_peer_sleep(peer, false);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	when_passed(MDNS_SEC);
	ck_assert_uint_eq(sim.sents, before + 1);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	then_all_is_well();
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite =
		suite_create("resolver/querier, in the simulator: cache");
	TCase *cache = tcase_create("10 cache");

	tcase_add_test(cache, test_goodbye_takes_a_second);
	tcase_add_test(cache, test_goodbye_and_rescue);
	tcase_add_test(cache, test_second_goodbye_does_not_prolong);
	tcase_add_test(cache, test_new_address_pushes_out_the_old_one);
	tcase_add_test(cache, test_burst_of_packets_is_one_set);
	tcase_add_test(cache, test_shared_records_do_not_push);
	tcase_add_test(cache, test_link_flap_forgets_and_asks_anew);
	tcase_add_test(cache, test_reconfirm_what_has_vanished);
	tcase_add_test(cache, test_reconfirm_what_is_there);
	tcase_add_test(cache, test_reconfirm_without_a_client);
	tcase_add_test(cache, test_reconfirm_asks_twice);
	tcase_add_test(cache, test_failures_of_others_are_observed);
	tcase_add_test(cache, test_answered_queries_of_others_do_no_harm);
	tcase_add_test(cache, test_queries_within_the_second_mean_nothing);
	tcase_add_test(cache, test_unicast_and_known_queries_mean_nothing);
	tcase_add_test(cache, test_suspend_ages_the_cache);
	suite_add_tcase(suite, cache);
	return suite;
}
