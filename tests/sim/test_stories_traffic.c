/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stories of one querier on a small network, about less traffic (RFC 6762 7 and
 * 6.1), trust and bounds; the clock is the simulator's, and its watcher looks
 * on all the time. */
#include <stdio.h>
#include <string.h>

#include "tests/sim/stories_world.h"

/* --- 7: less traffic ------------------------------------------------------ */

START_TEST(test_question_of_another_counts_as_ours)
{
	struct sim_peer *peer = given_peer();
	mdns_time first, heard;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(2500 * MDNS_MSEC);
	ck_assert_uint_eq(sim.sents, 2); /* the next is due at 3 s */
	first = sent_at(0);
	when_another_asks("_IPP._tcp.local", MDNS_TYPE_PTR, MDNS_CLASS_IN);
	heard = sim.now;
	when_passed(3 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 2);
	when_passed(2 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 3);
	then_between(
		sent_at(2) - heard, 4 * MDNS_SEC, 4 * MDNS_SEC + MDNS_MSEC);
	ck_assert_int_gt(sent_at(2), first);
	then_all_is_well();
}
END_TEST

/* A neighbour that asks all the time asks for us as well, but does not bring us
 * to an hour between two queries within minutes. */
START_TEST(test_busy_neighbour_does_not_slow_us_down)
{
	struct sim_peer *peer = given_peer();
	size_t before;
	unsigned i;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(2500 * MDNS_MSEC);
	for (i = 0; i < 600 / 16; i++) {
		when_another_asks(BROWSE, MDNS_TYPE_PTR, MDNS_CLASS_IN);
		when_passed(16 * MDNS_SEC);
	}
	before = sim.sents;
	when_passed(1100 * MDNS_SEC);
	ck_assert_uint_gt(sim.sents, before);
	then_all_is_well();
}
END_TEST

START_TEST(test_question_of_another_that_does_not_count)
{
	struct sim_peer *peer = given_peer();
	struct mdns_name target = sim_name("known to him." BROWSE);
	struct unit_message message;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(2500 * MDNS_MSEC);
	/* It has a known answer that we do not have: we would not hear it. */
	unit_message_init(&message, 0, 0);
	unit_message_question(&message, BROWSE, MDNS_TYPE_PTR, MDNS_CLASS_IN);
	unit_message_record(&message, MDNS_SECTION_ANSWER, BROWSE,
		MDNS_TYPE_PTR, MDNS_CLASS_IN, 4500, target.wire, target.len);
	when_heard(&message);
	/* QU: its answer may be unicast. */
	when_another_asks(BROWSE, MDNS_TYPE_PTR, 0x8001);
	/* another type, another name */
	when_another_asks(BROWSE, MDNS_TYPE_A, MDNS_CLASS_IN);
	when_another_asks(PRINTER, MDNS_TYPE_PTR, MDNS_CLASS_IN);
	when_passed(MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 3);
	ck_assert_int_eq(sent_at(2) - sent_at(1), 2 * MDNS_SEC);
	/* and hearsay is not kept (7.1) */
	ck_assert_uint_eq(sim_peer_shows(peer, 0, BROWSE, MDNS_TYPE_PTR), 0);
	then_all_is_well();
}
END_TEST

START_TEST(test_known_answers_fill_several_packets)
{
	struct sim_peer *peer = given_peer();
	uint64_t packets;
	size_t i, first;
	unsigned answers = 0;

	sim_peer_down(peer, 0);
	sim_peer_up(peer, 0, 512, false);
	for (i = 0; i < 4; i++)
		given_services((unsigned)i, 15);
	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(900 * MDNS_MSEC);
	ck_assert_uint_eq(sim.sents, 1);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, BROWSE, MDNS_TYPE_PTR), 60);

	first = sim.sents;
	packets = sim.packets;
	when_passed(MDNS_SEC);
	ck_assert_uint_ge(sim.sents - first, 4);
	for (i = first; i < sim.sents; i++) {
		ck_assert_uint_eq(sim.sent[i].questions, i == first ? 1 : 0);
		ck_assert_uint_eq(sim.sent[i].flags,
			i + 1 < sim.sents ? MDNS_FLAG_TC : 0);
		ck_assert_int_eq(sent_at(i), sent_at(first));
		answers += sim.sent[i].answers;
	}
	ck_assert_uint_eq(answers, 60);
	/* Nobody has anything to add. */
	ck_assert_uint_eq(sim.packets - packets, sim.sents - first);
	then_all_is_well();
}
END_TEST

START_TEST(test_known_answers_end_at_half_their_ttl)
{
	struct sim_peer *peer = given_peer();
	struct sim_host *host = given_services(0, 1);
	size_t i;

	when_asked(peer, BROWSE, MDNS_TYPE_PTR);
	when_passed(MDNS_SEC / 2);
	sim_host_vanish(host);
	when_passed(3600 * MDNS_SEC);
	for (i = 1; i < sim.sents; i++)
		ck_assert_uint_eq(sim.sent[i].answers,
			sent_at(i) - sent_at(0) < 2250 * MDNS_SEC ? 1 : 0);
	then_all_is_well();
}
END_TEST

/* --- 6.1: what is not there ----------------------------------------------- */

START_TEST(test_nsec_ends_the_series)
{
	struct sim_peer *peer = given_peer();

	given_printer(120);
	when_asked(peer, PRINTER, MDNS_TYPE_AAAA);
	when_passed(119 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 1);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_AAAA), 0);
	/* Its time is over: perhaps there is one now. */
	when_passed(3 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 2);
	then_all_is_well();
}
END_TEST

START_TEST(test_nsec_of_other_types_does_not)
{
	struct sim_peer *peer = given_peer();
	static const uint16_t types[] = {MDNS_TYPE_A, 0};
	struct unit_message message;

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	unit_message_init(&message, 0, 0x8400);
	unit_message_nsec(&message, MDNS_SECTION_ANSWER, PRINTER, types, 120);
	when_heard(&message);
	when_passed(20 * MDNS_SEC);
	ck_assert_uint_eq(sim.sents, 5);
	then_all_is_well();
}
END_TEST

START_TEST(test_malformed_nsec_does_no_harm)
{
	struct sim_peer *peer = given_peer();
	struct unit_message message;

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	unit_message_init(&message, 0, 0x8400);
	unit_message_record(&message, MDNS_SECTION_ANSWER, PRINTER,
		MDNS_TYPE_NSEC, 0x8001, 120, "\x00\x00\x00\x00\x01\x40", 6);
	unit_message_address(
		&message, MDNS_SECTION_ANSWER, PRINTER, "169.254.7.1", 120);
	when_heard(&message);
	when_passed(20 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	then_all_is_well();
}
END_TEST

/* --- trust, and bounds ---------------------------------------------------- */

START_TEST(test_unicast_answer_counts_for_two_seconds)
{
	struct unit_message message;
	struct sim_peer *peer = given_peer();

	sim_peer_up(peer, 0, 1472, true);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(MDNS_SEC);
	ck_assert(sim.sent[0].unicast);
	unit_message_init(&message, 0, 0x8400);
	unit_message_address(
		&message, MDNS_SECTION_ANSWER, PRINTER, "169.254.7.1", 120);
	/* off the link */
	sim_send(&sim, 0, SIM_NODE_NOBODY, 0, MDNS_PORT, false, message.bytes,
		message.size);
	when_passed(500 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	/* on it */
	sim_send(&sim, 0, SIM_NODE_NOBODY, 0, MDNS_PORT, true, message.bytes,
		message.size);
	when_passed(100 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	/* too late */
	when_passed(3 * MDNS_SEC);
	unit_message_init(&message, 0, 0x8400);
	unit_message_address(
		&message, MDNS_SECTION_ANSWER, PRINTER, "169.254.7.2", 120);
	sim_send(&sim, 0, SIM_NODE_NOBODY, 0, MDNS_PORT, true, message.bytes,
		message.size);
	when_passed(100 * MDNS_MSEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	then_all_is_well();
}
END_TEST

START_TEST(test_lies_are_not_believed)
{
	struct sim_peer *peer = given_peer();
	struct mdns_name name = sim_name(PRINTER);

	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(MDNS_SEC);
	sim_lie(&sim, 0, 0, &name);
	when_passed(5 * MDNS_SEC);
	ck_assert_uint_eq(sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 0);
	then_all_is_well();
}
END_TEST

START_TEST(test_junk_pushes_out_only_junk)
{
	const struct mdns_querier_link *link;
	struct sim_peer *peer;
	unsigned i;

	sim_init(&sim, 7);
	peer = &sim.peer[0];
	peer->limits.questions = 16;
	peer->limits.cache.records = 100;
	peer->limits.cache.octets = 32768;
	sim_peer_open(&sim, 0);
	sim_peer_up(peer, 0, 1472, false);
	given_printer(4500);
	when_asked(peer, PRINTER, MDNS_TYPE_A);
	when_passed(MDNS_SEC);
	for (i = 0; i < 50; i++) {
		sim_flood(&sim, 0, 400, 4500);
		when_passed(MDNS_SEC);
		ck_assert_uint_eq(
			sim_peer_shows(peer, 0, PRINTER, MDNS_TYPE_A), 1);
	}
	link = mdns_querier_find_link(&peer->querier, 1);
	ck_assert(link != NULL);
	ck_assert_uint_gt(link->cache.evicted, 10000);
	ck_assert_uint_le(peer->memory_most, 65536);
	then_all_is_well();
}
END_TEST

START_TEST(test_what_was_wanted_makes_way)
{
	struct sim_peer *peer;
	unsigned i;

	sim_init(&sim, 7);
	peer = &sim.peer[0];
	peer->limits.questions = 16;
	peer->limits.cache.records = 20;
	peer->limits.cache.octets = 32768;
	sim_peer_open(&sim, 0);
	sim_peer_up(peer, 0, 1472, false);
	for (i = 0; i < 60; i++) {
		char name[32];

		snprintf(name, sizeof(name), "printer-%u.local", i);
		when_asked(peer, name, MDNS_TYPE_A);
		when_another_says(name, "169.254.7.1", 4500);
		when_passed(MDNS_SEC);
		ck_assert_uint_eq(
			sim_peer_shows(peer, 0, name, MDNS_TYPE_A), 1);
		when_stopped(peer, name, MDNS_TYPE_A);
	}
	then_all_is_well();
}
END_TEST

START_TEST(test_same_seed_same_run)
{
	mdns_time times[2][64];
	unsigned run;

	for (run = 0; run < 2; run++) {
		struct sim_peer *peer = given_peer();
		size_t i;

		given_services(0, 3);
		given_printer(60);
		when_asked(peer, BROWSE, MDNS_TYPE_PTR);
		when_asked(peer, PRINTER, MDNS_TYPE_A);
		when_passed(600 * MDNS_SEC);
		memset(times[run], 0, sizeof(times[run]));
		for (i = 0; i < sim.sents && i < 64; i++)
			times[run][i] = sent_at(i);
		then_all_is_well();
	}
	ck_assert_mem_eq(times[0], times[1], sizeof(times[0]));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create(
		"resolver/querier, in the simulator: traffic and trust");
	TCase *traffic = tcase_create("7 traffic");
	TCase *trust = tcase_create("trust");

	tcase_add_test(traffic, test_question_of_another_counts_as_ours);
	tcase_add_test(traffic, test_busy_neighbour_does_not_slow_us_down);
	tcase_add_test(traffic, test_question_of_another_that_does_not_count);
	tcase_add_test(traffic, test_known_answers_fill_several_packets);
	tcase_add_test(traffic, test_known_answers_end_at_half_their_ttl);
	tcase_add_test(traffic, test_nsec_ends_the_series);
	tcase_add_test(traffic, test_nsec_of_other_types_does_not);
	tcase_add_test(traffic, test_malformed_nsec_does_no_harm);
	suite_add_tcase(suite, traffic);

	tcase_add_test(trust, test_unicast_answer_counts_for_two_seconds);
	tcase_add_test(trust, test_lies_are_not_believed);
	tcase_add_test(trust, test_junk_pushes_out_only_junk);
	tcase_add_test(trust, test_what_was_wanted_makes_way);
	tcase_add_test(trust, test_same_seed_same_run);
	suite_add_tcase(suite, trust);
	return suite;
}
