/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier: what an answer changes; it ends the series, is
 * refreshed, and goes along as a known answer. Stories on a virtual clock. */
#include <stdio.h>

#include "tests/resolver/querier_world.h"

/* ---- what ends the series ---- */

START_TEST(test_unique_answer_ends_the_series)
{
	struct world *w = given(1);

	start(w, "a.local", A);
	start(w, "a.local", AAAA);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	forget_packets(w);
	when_ms_later(w, 90000);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 0);
	ck_assert_uint_eq(times_asked(w, "a.local", AAAA), 6);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_refresh)
{
	static const unsigned percent[] = {80, 85, 90, 95};

	for (uint64_t seed = 0; seed < 20; seed++) {
		struct world *w = given(seed);
		int64_t ms[PACKETS_MAX];

		start(w, "a.local", A);
		when_ms_later(w, 500);
		hear_address(w, "a.local", "10.0.0.1", 1000);
		forget_packets(w);
		when_ms_later(w, 999999);
		ck_assert_uint_eq(asked(w, "a.local", A, ms), 4);
		for (unsigned i = 0; i < 4; i++) {
			ck_assert_int_ge(ms[i], 500 + percent[i] * 10000);
			ck_assert_int_le(ms[i], 500 + (percent[i] + 2) * 10000);
		}
		ck_assert_ptr_nonnull(find(w, "a.local", A));
		when_ms_later(w, 1);
		ck_assert_str_eq(story(w), "500+1 1000500-1");

		/* The client still wants to know. */
		forget_packets(w);
		when_ms_later(w, HOUR_MS);
		ck_assert_uint_ge(times_asked(w, "a.local", A), 1);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_refresh_that_is_answered)
{
	/* One query for each life of the record, and it never goes. */
	struct world *w = given(1);
	unsigned seen = 0;

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	forget_packets(w);
	story(w);
	for (unsigned i = 0; i < 600; i++) {
		when_ms_later(w, 1000);
		if (w->packets > seen) {
			seen = w->packets;
			hear_address(w, "a.local", "10.0.0.1", 120);
		}
	}
	ck_assert_uint_ge(seen, 600 / 99);
	ck_assert_uint_le(seen, 600 / 96);
	for (unsigned i = 0; i < w->events; i++)
		ck_assert_int_eq(w->event[i].change, MDNS_UPDATED);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_short_ttls_cost_one_query_a_second_at_most)
{
	/* 80, 85, 90 and 95 % of these are less than a second apart. */
	for (uint32_t ttl = 1; ttl <= 10; ttl++) {
		struct world *w = given(ttl);

		start(w, "a.local", A);
		when_ms_later(w, 500);
		for (unsigned i = 0; i < 20; i++) {
			hear_address(w, "a.local", "10.0.0.1", ttl);
			when_ms_later(w, ttl * 1000 - 1);
		}
		ck_assert_uint_le(w->packets, 20 * ttl + 1);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_refresh_of_what_has_gone)
{
	/* Given an old answer that was asked for in vain, and a short-lived one
	 * whose refresh has to wait for its second, when that one has gone by
	 * then, then nothing is asked before the old one is due again. */
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct world *w = given(seed);

		start(w, SERVICE, PTR);
		when_ms_later(w, 500);
		hear_pointer(w, SERVICE, "old._ipp._tcp.local", 1000);
		when_ms_later(w, 880000 - 500);
		hear_pointer(w, SERVICE, "short._ipp._tcp.local", 10);
		when_ms_later(w, 7000);
		forget_packets(w);
		when_ms_later(w, 3000);
		ck_assert_uint_eq(times_asked(w, SERVICE, PTR), 2);
		ck_assert_uint_eq(count_of(w, SERVICE, PTR), 1);
		when_ms_later(w, 10000);
		ck_assert_uint_eq(times_asked(w, SERVICE, PTR), 2);
		when_ms_later(w, 21000);
		ck_assert_uint_eq(times_asked(w, SERVICE, PTR), 3);
		then_all_is_given_back(w);
	}
}
END_TEST

/* When the last record heard is due for a refresh, just after somebody else has
 * asked for it, then it is put off. Returns when it was due. */
static mdns_time when_refresh_is_put_off(
	struct world *w, const char *text, uint16_t type)
{
	mdns_time due = find(w, text, type)->first->node.due;

	when_it_is(w, due - 500 * MDNS_MSEC);
	hear_query(w, text, type, 1);
	forget_packets(w);
	when_it_is(w, due + 50 * MDNS_MSEC);
	ck_assert_uint_eq(w->packets, 0);
	return due;
}

START_TEST(test_refresh_that_was_put_off_and_is_answered)
{
	for (unsigned answered = 0; answered < 2; answered++) {
		struct world *w = given(1);
		mdns_time due;

		start(w, SERVICE, PTR);
		when_ms_later(w, 500);
		hear_pointer(w, SERVICE, "x._ipp._tcp.local", 1000);
		due = when_refresh_is_put_off(w, SERVICE, PTR);
		if (answered)
			hear_pointer(w, SERVICE, "x._ipp._tcp.local", 1000);
		when_it_is(w, due + 499 * MDNS_MSEC);
		ck_assert_uint_eq(w->packets, 0);

		/* When a second has passed it is asked for, if it has not been
		 * heard by then. */
		when_it_is(w, due + 10 * MDNS_SEC);
		ck_assert_uint_eq(times_asked(w, SERVICE, PTR), !answered);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_refresh_that_was_put_off_and_stopped)
{
	/* Given an address whose refresh is put off, a client that goes and one
	 * that comes, and another address, that is young and so answers. */
	static const uint8_t third[] = {10, 0, 0, 3};
	struct world *w = given(1);
	struct unit_message m;
	mdns_time due;

	start(w, "a.local", A);
	when_ms_later(w, 500);
	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.2", 4500);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 1000);
	ck_assert_int_eq(hear(w, &m), MDNS_VERDICT_TAKEN);
	due = when_refresh_is_put_off(w, "a.local", A);
	stop(w, "a.local", A);
	start(w, "a.local", A);

	/* When a third address is due for a refresh, is put off too, and has
	 * gone by then, */
	unit_message_init(&m, 0, 0x8400);
	unit_message_record(&m, MDNS_SECTION_ANSWER, "a.local", A, 1, 1, third,
		sizeof(third));
	ck_assert_int_eq(hear(w, &m), MDNS_VERDICT_TAKEN);
	when_it_is(w, due + 480 * MDNS_MSEC);
	hear_query(w, "a.local", A, 1);
	when_it_is(w, due + 1200 * MDNS_MSEC);
	ck_assert_uint_eq(count_of(w, "a.local", A), 2);

	/* then nothing is asked before the first is due again, at 85 %. */
	when_it_is(w, START + 850500 * MDNS_MSEC - 1);
	ck_assert_uint_eq(w->packets, 0);
	when_ms_later(w, 20001);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_refreshes_of_a_set_travel_together)
{
	/* 100 records of one set, each due at another time within the 2 %: that
	 * is four queries, not four hundred, nor one a second for 20 s. */
	struct world *w = given(1);

	start(w, SERVICE, PTR);
	when_ms_later(w, 500);
	for (unsigned i = 0; i < 100; i++) {
		char text[64];

		snprintf(text, sizeof(text), "p%u._ipp._tcp.local", i);
		hear_pointer(w, SERVICE, text, 1000);
	}
	when_ms_later(w, 700000); /* between two queries of the series */
	forget_packets(w);
	when_ms_later(w, 299999);
	ck_assert_uint_eq(w->packets, 4);
	ck_assert_uint_eq(times_asked(w, SERVICE, PTR), 4);
	ck_assert_uint_eq(count_of(w, SERVICE, PTR), 100);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_nsec_ends_the_series)
{
	struct world *w = given(1);

	start(w, "a.local", A);
	start(w, "a.local", AAAA);
	start(w, "a.local", TXT);
	start(w, "b.local", AAAA);
	when_ms_later(w, 500);
	hear_nsec(w, "A.local", 120);
	forget_packets(w);
	when_ms_later(w, 90000);
	ck_assert_uint_eq(times_asked(w, "a.local", AAAA), 0);
	ck_assert_uint_eq(times_asked(w, "a.local", TXT), 0);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 6);
	ck_assert_uint_eq(times_asked(w, "b.local", AAAA), 6);

	/* When it has expired, the client wants to know again. */
	forget_packets(w);
	when_ms_later(w, HOUR_MS);
	ck_assert_uint_ge(times_asked(w, "a.local", AAAA), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_nsec_does_not_end_any)
{
	struct world *w = given(1);

	start(w, "a.local", MDNS_TYPE_ANY);
	start(w, "a.local", 300);
	when_ms_later(w, 500);
	hear_nsec(w, "a.local", 120);
	forget_packets(w);
	when_ms_later(w, 60000);
	ck_assert_uint_eq(times_asked(w, "a.local", MDNS_TYPE_ANY), 5);
	ck_assert_uint_eq(times_asked(w, "a.local", 300), 5);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_shared_answers_do_not_end_the_series)
{
	struct world *w = given(1);

	start(w, SERVICE, PTR);
	when_ms_later(w, 500);
	hear_pointer(w, SERVICE, "x._ipp._tcp.local", 4500);
	when_ms_later(w, 70000);
	ck_assert_uint_eq(times_asked(w, SERVICE, PTR), 7);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_goodbye_of_a_unique_answer)
{
	/* Gone with a goodbye, and later back with another address. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	when_ms_later(w, 5000);
	hear_address(w, "a.local", "10.0.0.1", 0);
	when_ms_later(w, 5000);
	ck_assert_str_eq(story(w), "500+1 6500-1");
	hear_address(w, "a.local", "10.0.0.2", 120);
	ck_assert_str_eq(story(w), "10500+2");
	then_all_is_given_back(w);
}
END_TEST

/* ---- known answers, RFC 6762 7.1 and 7.2 ---- */

START_TEST(test_known_answers_until_half_their_time)
{
	/* Given an answer of 20 s at 0.5 s, when we ask at about 1, 3, 7, 15
	 * and 31 s, then it is sent along while 10 s or more are left. */
	struct world *w = given(1);
	unsigned with = 0, without = 0;

	start(w, SERVICE, PTR);
	when_ms_later(w, 500);
	hear_pointer(w, SERVICE, "x._ipp._tcp.local", 20);
	forget_packets(w);
	when_ms_later(w, 15900);
	for (unsigned i = 0; i < w->packets; i++) {
		const struct packet *packet = &w->packet[i];
		bool young = packet->at <= START + 10500 * MDNS_MSEC;

		ck_assert_int_eq(
			packet_count(packet, MDNS_SECTION_ANSWER), young);
		with += young;
		without += !young;
	}
	ck_assert_uint_eq(with, 3);
	ck_assert_uint_ge(without, 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_known_answers_once_if_any_is_asked_as_well)
{
	/* Given a client that wants PTR and one that wants all of a name, when
	 * both questions travel together, then an answer is listed once. */
	for (unsigned order = 0; order < 2; order++) {
		struct world *w = given(1);
		unsigned together = 0;

		start(w, SERVICE, order ? PTR : MDNS_TYPE_ANY);
		start(w, SERVICE, order ? MDNS_TYPE_ANY : PTR);
		when_ms_later(w, 500);
		hear_pointer(w, SERVICE, "x._ipp._tcp.local", 4500);
		hear_pointer(w, SERVICE, "y._ipp._tcp.local", 4500);
		forget_packets(w);
		when_ms_later(w, 10000);
		for (unsigned i = 0; i < w->packets; i++) {
			const struct packet *packet = &w->packet[i];

			ck_assert(packet_asks(packet, SERVICE, PTR) ||
				  packet_asks(packet, SERVICE, MDNS_TYPE_ANY));
			ck_assert_uint_eq(
				packet_count(packet, MDNS_SECTION_ANSWER), 2);
			together += packet_asks(packet, SERVICE, PTR) &&
				    packet_asks(packet, SERVICE, MDNS_TYPE_ANY);
		}
		ck_assert_uint_ge(together, 2);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_known_answers_with_short_ttls)
{
	/* Whole seconds of a time that is not whole: never 0, which would be a
	 * goodbye, and never less than half. The judge looks at each. */
	for (uint32_t ttl = 1; ttl <= 5; ttl++)
		for (unsigned age = 10; age < ttl * 1000; age += 50) {
			struct world *w = given(age);
			mdns_time due;

			start(w, SERVICE, PTR);
			when_ms_later(w, 7200); /* 1 s, 3 s, 7 s ago */
			due = mdns_querier_expiry(&w->querier);
			when_it_is(w, due - age * MDNS_MSEC);
			hear_pointer(w, SERVICE, "x._ipp._tcp.local", ttl);
			forget_packets(w);
			when_it_is(w, due);
			if (age <= ttl * 500) {
				ck_assert_uint_eq(w->packets, 1);
				ck_assert_uint_eq(packet_count(w->packet,
							  MDNS_SECTION_ANSWER),
					1);
			}
			then_all_is_given_back(w);
		}
}
END_TEST

START_TEST(test_unique_records_are_no_known_answers)
{
	/* Two hosts with different ideas: the same name shared and unique. The
	 * judge looks at each packet; here is that there was one. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	when_ms_later(w, 120000);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 5);
	for (unsigned i = 0; i < w->packets; i++)
		ck_assert_uint_eq(
			packet_count(&w->packet[i], MDNS_SECTION_ANSWER), 0);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_known_answers_over_several_packets)
{
	static const unsigned counts[] = {1, 5, 10, 11, 12, 13, 14, 15, 16, 17,
		18, 19, 20, 40, 60, 100, 200, 500};
	static const uint16_t payloads[] = {512, 1452, 8952};

	for (size_t p = 0; p < ROWS(payloads); p++)
		for (size_t c = 0; c < ROWS(counts); c++) {
			struct world *w = given_nothing(1);
			unsigned known = 0;
			size_t octets = 0;

			given_link(w, LINK, payloads[p], false);
			start(w, SERVICE, PTR);
			start(w, "other.local", A);
			when_ms_later(w, 500);
			for (unsigned i = 0; i < counts[c]; i++) {
				char text[80];

				snprintf(text, sizeof(text),
					"printer-%u-%.*s._ipp._tcp.local", i,
					(int)(i % 30),
					"abcdefghijklmnopqrstuvwxyz0123");
				hear_pointer(w, SERVICE, text, 4500);
			}
			forget_packets(w);
			when_ms_later(w, 800);
			ck_assert_uint_ge(w->packets, 1);
			ck_assert_uint_eq(times_asked(w, SERVICE, PTR), 1);
			ck_assert_uint_eq(times_asked(w, "other.local", A), 1);
			for (unsigned i = 0; i < w->packets; i++) {
				known += packet_count(
					&w->packet[i], MDNS_SECTION_ANSWER);
				octets += w->packet[i].size;
				ck_assert_int_eq(
					packet_is_truncated(&w->packet[i]),
					i + 1 < w->packets);
				ck_assert_int_eq(
					w->packet[i].at, w->packet[0].at);
			}
			/* All of them, once, and the packets are full. */
			ck_assert_uint_eq(known, counts[c]);
			ck_assert_uint_le(
				w->packets - 1, octets / (payloads[p] - 100u));
			then_all_is_given_back(w);
		}
}
END_TEST

START_TEST(test_known_answer_that_fits_no_packet)
{
	struct world *w = given_nothing(1);
	static const uint8_t rdata[700] = {255};
	struct unit_message m;

	given_link(w, LINK, 512, false);
	start(w, "a.local", TXT);
	when_ms_later(w, 500);
	unit_message_init(&m, 0, 0x8400);
	unit_message_record(&m, MDNS_SECTION_ANSWER, "a.local", TXT, 1, 4500,
		rdata, sizeof(rdata));
	unit_message_record(
		&m, MDNS_SECTION_ANSWER, "a.local", TXT, 1, 4500, rdata, 20);
	ck_assert_int_eq(hear(w, &m), MDNS_VERDICT_TAKEN);
	when_ms_later(w, 10000);
	/* It is left out, and nothing hangs on it. */
	ck_assert_uint_eq(times_asked(w, "a.local", TXT), 4);
	ck_assert_uint_eq(w->packets, 4);
	ck_assert_uint_eq(packet_count(&w->packet[3], MDNS_SECTION_ANSWER), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_known_answers_of_a_stopped_question)
{
	/* It is stopped, or the link goes, between two packets with TC. */
	for (unsigned way = 0; way < 3; way++) {
		struct world *w = given_nothing(1);
		uint8_t buf[MDNS_MESSAGE_MAX];
		uint32_t ifindex;
		int size = 0;

		given_link(w, LINK, 512, false);
		start(w, SERVICE, PTR);
		when_ms_later(w, 500);
		for (unsigned i = 0; i < 100; i++) {
			char text[64];

			snprintf(text, sizeof(text), "p%u._ipp._tcp.local", i);
			hear_pointer(w, SERVICE, text, 4500);
		}
		w->now = mdns_querier_expiry(&w->querier);
		mdns_querier_expire(&w->querier, w->now);
		size = mdns_querier_write(
			&w->querier, w->now, buf, sizeof(buf), &ifindex);
		ck_assert_int_gt(size, 0);
		ck_assert(buf[2] & 0x02);
		if (way == 0)
			stop(w, SERVICE, PTR);
		if (way == 1)
			mdns_querier_drop_link(&w->querier, LINK, w->now);
		if (way == 2)
			given_link(w, LINK, 512, false);
		for (unsigned i = 0; i < 20; i++)
			size = mdns_querier_write(&w->querier, w->now, buf,
				sizeof(buf), &ifindex);
		ck_assert_int_eq(size, 0);
		then_all_is_given_back(w);
	}
}
END_TEST

/* ---- a day ---- */

START_TEST(test_a_browse_of_a_day_is_quiet)
{
	/* Given a printer that answers as RFC 6762 says, when somebody browses
	 * for a day, then it is always shown, and there is a query or two an
	 * hour. */
	struct world *w = given(1);
	mdns_time end = START + 24 * HOUR_MS * MDNS_MSEC;

	start(w, SERVICE, PTR);
	while (w->now < end) {
		unsigned before = w->packets;

		when_it_is(w, mdns_querier_expiry(&w->querier));
		if (w->packets == before ||
			packet_count(&w->packet[w->packets - 1],
				MDNS_SECTION_ANSWER) > 0)
			continue;
		when_ms_later(w, 50);
		hear_pointer(w, SERVICE, "x._ipp._tcp.local", 4500);
	}
	ck_assert_uint_ge(w->packets, 13 + 22);
	ck_assert_uint_le(w->packets, 13 + 48);
	ck_assert_uint_ge(w->events, 24);
	for (unsigned i = 0; i < w->events; i++)
		ck_assert_int_eq(
			w->event[i].change, i ? MDNS_UPDATED : MDNS_ADDED);
	then_all_is_given_back(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/querier_known");
	TCase *tcase = tcase_create("querier_known");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_unique_answer_ends_the_series);
	tcase_add_test(tcase, test_refresh);
	tcase_add_test(tcase, test_refresh_that_is_answered);
	tcase_add_test(tcase, test_short_ttls_cost_one_query_a_second_at_most);
	tcase_add_test(tcase, test_refresh_of_what_has_gone);
	tcase_add_test(tcase, test_refresh_that_was_put_off_and_is_answered);
	tcase_add_test(tcase, test_refresh_that_was_put_off_and_stopped);
	tcase_add_test(tcase, test_refreshes_of_a_set_travel_together);
	tcase_add_test(tcase, test_nsec_ends_the_series);
	tcase_add_test(tcase, test_nsec_does_not_end_any);
	tcase_add_test(tcase, test_shared_answers_do_not_end_the_series);
	tcase_add_test(tcase, test_goodbye_of_a_unique_answer);
	tcase_add_test(tcase, test_known_answers_until_half_their_time);
	tcase_add_test(tcase, test_known_answers_once_if_any_is_asked_as_well);
	tcase_add_test(tcase, test_known_answers_with_short_ttls);
	tcase_add_test(tcase, test_unique_records_are_no_known_answers);
	tcase_add_test(tcase, test_known_answers_over_several_packets);
	tcase_add_test(tcase, test_known_answer_that_fits_no_packet);
	tcase_add_test(tcase, test_known_answers_of_a_stopped_question);
	tcase_add_test(tcase, test_a_browse_of_a_day_is_quiet);
	suite_add_tcase(suite, tcase);
	return suite;
}
