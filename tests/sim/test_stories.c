/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stories of one querier on a small network, each about one section of RFC
 * 6762; the clock is the simulator's, and its watcher looks on all the time. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/host.h"
#include "tests/sim/sim.h"
#include "tests/unit.h"

#define PRINTER "printer.local"
#define BROWSE "_ipp._tcp.local"
#define START (1000 * MDNS_SEC)

static struct sim sim; /* too large for the stack */

/* One peer on one link, alone on its port, always in time. */
static struct sim_peer *given_peer(void)
{
	struct sim_peer *peer;

	sim_init(&sim, 1);
	sim.keep_sent = true;
	sim.quiet = true;
	peer = sim_peer_open(&sim, 0);
	peer->loopback = true;
	sim_peer_up(peer, 0, 1472, false);
	return peer;
}

static void then_all_is_well(void)
{
	ck_assert_msg(!sim_failed(&sim), "%s", sim.failure);
	sim_close(&sim);
	ck_assert_msg(!sim_failed(&sim), "%s", sim.failure);
}

static void when_asked(struct sim_peer *peer, const char *text, uint16_t type)
{
	struct mdns_name name = sim_name(text);

	ck_assert(sim_peer_start(peer, 0, &name, type));
}

static void when_stopped(struct sim_peer *peer, const char *text, uint16_t type)
{
	struct mdns_name name = sim_name(text);

	sim_peer_stop(peer, 0, &name, type);
}

static void when_doubted(struct sim_peer *peer, const char *text, uint16_t type)
{
	struct mdns_name name = sim_name(text);

	sim_peer_doubt(peer, 0, &name, type);
}

static void when_passed(mdns_time span)
{
	sim_run(&sim, sim.now + span);
	ck_assert_msg(!sim_failed(&sim), "%s", sim.failure);
}

static struct sim_rr address(const char *name, uint8_t last, uint32_t ttl)
{
	uint8_t bytes[4] = {169, 254, 7, last};

	return sim_rr_address(name, bytes, 4, ttl);
}

/* A host with one address; it is there already and says nothing. */
static struct sim_host *given_printer(uint32_t ttl)
{
	struct sim_host *host = sim_host_open(&sim, 0, 1);
	struct sim_rr rr = address(PRINTER, 1, ttl);

	sim_host_add(host, &rr);
	host->alive = true;
	return host;
}

/* A host with that many services, there already. */
static struct sim_host *given_services(unsigned index, unsigned count)
{
	struct sim_host *host = sim_host_open(&sim, index, 1);
	unsigned i;

	for (i = 0; i < count; i++) {
		char name[100];
		struct sim_rr rr;

		snprintf(name, sizeof(name),
			"printer number %u on floor %u." BROWSE, i, index);
		rr = sim_rr_pointer(BROWSE, name, 4500);
		sim_host_add(host, &rr);
	}
	host->alive = true;
	return host;
}

/* From somebody who is no host of the simulator. */
static void when_heard(const struct unit_message *message)
{
	sim_send(&sim, 0, SIM_NODE_NOBODY, SIM_NODE_NOBODY, MDNS_PORT, true,
		message->bytes, message->size);
}

static void when_another_asks(const char *name, uint16_t type, uint16_t rclass)
{
	struct unit_message message;

	unit_message_init(&message, 0, 0);
	unit_message_question(&message, name, type, rclass);
	when_heard(&message);
}

static void when_another_says(const char *name, const char *text, uint32_t ttl)
{
	struct unit_message message;

	unit_message_init(&message, 0, 0x8400);
	unit_message_address(&message, MDNS_SECTION_ANSWER, name, text, ttl);
	when_heard(&message);
}

static mdns_time sent_at(size_t i)
{
	ck_assert_uint_lt(i, sim.sents);
	return sim.sent[i].at;
}

static void then_between(mdns_time what, mdns_time least, mdns_time most)
{
	ck_assert_msg(what >= least && what <= most, "%f s, not %f to %f",
		(double)what / 1e9, (double)least / 1e9, (double)most / 1e9);
}

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
	Suite *suite = suite_create("resolver/querier, in the simulator");
	TCase *series = tcase_create("5 queries");
	TCase *cache = tcase_create("10 cache");
	TCase *traffic = tcase_create("7 traffic");
	TCase *trust = tcase_create("trust");

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
