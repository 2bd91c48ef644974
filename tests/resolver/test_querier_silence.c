/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier: what it takes for silence, and how it lives on
 * when there is no memory. Stories on a virtual clock. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/querier_world.h"

/* ---- silence, RFC 6762 10.4 and 10.5 ---- */

START_TEST(test_queries_that_nobody_answers)
{
	enum { KNOWN = 1, LEGACY = 2, DIRECT = 4, ANSWERED = 8, QU = 16 };
	static const struct {
		const char *what;
		uint16_t type;
		unsigned queries, how;
		bool goes;
	} rows[] = {
		{"one", A, 1, 0, false},
		{"two", A, 2, 0, true},
		{"five", A, 5, 0, true},
		{"ANY", MDNS_TYPE_ANY, 2, 0, true},
		{"another type", AAAA, 2, 0, false},
		{"who knows it already", A, 2, KNOWN, false},
		{"one-shot: the answer is unicast", A, 2, LEGACY, false},
		{"unicast: likewise", A, 2, DIRECT, false},
		{"QU: likewise", A, 2, QU, false},
		{"answered", A, 2, ANSWERED, false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);
		unsigned k;

		start(w, "a.local", A);
		when_ms_later(w, 500);
		hear_address(w, "a.local", "10.0.0.1", 4500);
		when_ms_later(w, 99500);
		forget_packets(w);
		story(w);
		for (k = 0; k < rows[i].queries; k++) {
			struct mdns_origin origin = from_group;
			struct unit_message m;

			unit_message_init(&m, 0, 0);
			unit_message_question(&m, "a.local", rows[i].type,
				rows[i].how & QU ? 0x8001 : 1);
			if (rows[i].how & KNOWN)
				unit_message_record(&m, MDNS_SECTION_ANSWER,
					"a.local", A, 1, 4400, "\12\0\0\1", 4);
			if (rows[i].how & LEGACY)
				origin.port = 40000;
			if (rows[i].how & DIRECT)
				origin.to_group = false;
			hear_from(w, &origin, &m);
			when_ms_later(w, 2000);
		}
		if (rows[i].how & ANSWERED) {
			hear_address(w, "a.local", "10.0.0.1", 4500);
			story(w);
		}
		/* Ten seconds after the second one; asking ourselves is what we
		 * SHOULD NOT. */
		when_it_is(w, START + 111999 * MDNS_MSEC);
		ck_assert_ptr_nonnull(find(w, "a.local", A));
		ck_assert_uint_eq(w->packets, 0);
		when_ms_later(w, 20000);
		ck_assert_msg(!strcmp(story(w), rows[i].goes ? "112000-1" : ""),
			"%s", rows[i].what);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_one_query_over_both_families_is_one)
{
	/* Another host sends it over IPv4 and IPv6, and the answer is lost:
	 * that is not yet two queries. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 99500);
	hear_query(w, "a.local", A, 1);
	when_ms_later(w, 1);
	hear_query(w, "a.local", A, 1);
	when_ms_later(w, 30000);
	ck_assert_str_eq(story(w), "500+1");
	then_all_is_given_back(w);
}
END_TEST

static int reconfirm(
	struct world *w, uint32_t ifindex, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);

	return mdns_querier_reconfirm(
		&w->querier, ifindex, &name, type, w->now);
}

START_TEST(test_reconfirm)
{
	/* With a client that is interested, or without; confirmed, or not. */
	for (unsigned row = 0; row < 8; row++) {
		bool interest = row & 1, confirmed = row & 2;
		struct world *w = given(row);
		int64_t ms[PACKETS_MAX];
		unsigned n;

		start(w, "a.local", A);
		when_ms_later(w, 500);
		hear_address(w, "a.local", "10.0.0.1", 4500);
		when_ms_later(w, 99500);
		if (!interest)
			stop(w, "a.local", A);
		forget_packets(w);
		story(w);
		ck_assert_int_eq(
			reconfirm(w, row & 4 ? LINK : 0, "a.local", A), 0);
		if (confirmed) {
			when_ms_later(w, 1500);
			ck_assert_uint_ge(times_asked(w, "a.local", A), 1);
			hear_address(w, "a.local", "10.0.0.1", 4500);
			ck_assert_str_eq(story(w), "101500=1");
			when_ms_later(w, 8499);
		} else {
			when_ms_later(w, 9999);
		}
		ck_assert_ptr_nonnull(find(w, "a.local", A));
		n = asked(w, "a.local", A, ms);
		ck_assert_int_le(ms[0], 100000 + 120);
		if (!confirmed) {
			ck_assert_uint_ge(n, 2);
			ck_assert_uint_le(n, 5);
		}
		when_ms_later(w, 1);
		ck_assert_str_eq(story(w), confirmed ? "" : "110000-1");
		forget_packets(w);
		when_ms_later(w, 900000);
		if (!interest || confirmed)
			ck_assert_uint_eq(w->packets, 0);
		if (!interest)
			ck_assert(mdns_querier_expiry(&w->querier) >=
				  START + 4500 * MDNS_SEC);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_reconfirm_of_a_shared_record)
{
	/* What is in doubt is no known answer: nobody would confirm it. */
	static const uint32_t ttls[] = {4500, 15};

	for (size_t i = 0; i < ROWS(ttls); i++) {
		struct world *w = given(1);

		start(w, SERVICE, PTR);
		when_ms_later(w, 99000);
		hear_pointer(w, SERVICE, "x._ipp._tcp.local", ttls[i]);
		when_ms_later(w, 1000);
		forget_packets(w);
		story(w);
		ck_assert_int_eq(reconfirm(w, 0, SERVICE, PTR), 0);
		when_ms_later(w, 9999);
		ck_assert_uint_ge(times_asked(w, SERVICE, PTR), 2);
		for (unsigned k = 0; k < w->packets; k++)
			ck_assert_uint_eq(packet_count(&w->packet[k],
						  MDNS_SECTION_ANSWER),
				0);
		when_ms_later(w, 1);
		ck_assert_uint_eq(w->events, 1);
		ck_assert_str_eq(story(w), "110000-0");
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_reconfirm_of_two)
{
	/* Given two hosts that both claim a name, when only one of them answers
	 * the first query (the other had multicast its record less than a
	 * second before, 6), then the second query gives that one a chance. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	hear_address(w, "a.local", "10.0.0.2", 4500);
	when_ms_later(w, 99500);
	story(w);
	forget_packets(w);
	ck_assert_int_eq(reconfirm(w, 0, "a.local", A), 0);
	when_ms_later(w, 200);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 1);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 5000);
	ck_assert_uint_ge(times_asked(w, "a.local", A), 2);
	hear_address(w, "a.local", "10.0.0.2", 4500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 60000);
	ck_assert_uint_eq(count_of(w, "a.local", A), 2);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_reconfirm_again_and_again)
{
	/* A client that keeps complaining keeps nothing alive, and costs a
	 * query a second at most. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 99500);
	story(w);
	forget_packets(w);
	for (unsigned i = 0; i < 150; i++) {
		reconfirm(w, 0, "a.local", A);
		when_ms_later(w, 100);
	}
	ck_assert_str_eq(story(w), "110000-1");
	ck_assert_uint_le(w->packets, 16);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_reconfirm_of_any)
{
	/* Given a name with two types, when all of it is in doubt and one of
	 * them is confirmed, then the other one goes; and nobody else's. */
	struct world *w = given(1);

	hear_address(w, "a.local", "10.0.0.1", 4500);
	hear_address(w, "a.local", "fe80::2", 4500);
	hear_address(w, "b.local", "10.0.0.3", 4500);
	when_ms_later(w, 100000);
	story(w);
	forget_packets(w);
	ck_assert_int_eq(reconfirm(w, 0, "a.local", MDNS_TYPE_ANY), 0);
	when_ms_later(w, 1500);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 2);
	ck_assert_uint_eq(times_asked(w, "a.local", AAAA), 2);
	ck_assert_uint_eq(times_asked(w, "b.local", A), 0);
	ck_assert_uint_eq(times_asked(w, "a.local", MDNS_TYPE_ANY), 0);
	hear_address(w, "a.local", "fe80::2", 4500);
	when_ms_later(w, 20000);
	ck_assert_str_eq(story(w), "101500=2 110000-1");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_reconfirm_of_nothing)
{
	struct world *w = given(1);

	ck_assert_int_eq(reconfirm(w, 99, "a.local", A), MDNS_ERR_NO_LINK);
	reconfirm(w, 0, "www.example.com", A);
	reconfirm(w, 0, "a.local", A);
	when_ms_later(w, HOUR_MS);
	ck_assert_uint_le(w->packets, 5);
	ck_assert_uint_eq(times_asked(w, "www.example.com", A), 0);
	ck_assert_str_eq(story(w), "");
	ck_assert(mdns_querier_expiry(&w->querier) == MDNS_TIME_NEVER);
	then_all_is_given_back(w);
}
END_TEST

/* ---- no memory ---- */

/* Everything once, with whatever fails; false if nothing did. */
static bool live_with(uint64_t refuse, bool once)
{
	struct world *w = given_nothing(refuse);
	unsigned started = 0;
	bool failed;

	w->counted.refuse = refuse;
	w->counted.refuse_one = once;
	for (unsigned i = 0; i < 20; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i);
		if (i == 10) {
			mdns_querier_add_link(
				&w->querier, LINK, 1452, true, w->now);
			mdns_querier_add_link(
				&w->querier, OTHER_LINK, 512, false, w->now);
		}
		if (try_start(w, i % 3 ? 0 : LINK, text, A) == 0)
			started |= 1u << i;
	}
	when_ms_later(w, 1500);
	for (unsigned i = 0; i < 20; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i);
		if (mdns_querier_find_link(&w->querier, LINK))
			hear_address(w, text, "10.0.0.1", 10 + i);
		reconfirm(w, 0, text, A);
	}
	failed = w->counted.takes >= refuse;
	when_ms_later(w, 30000);
	for (unsigned i = 0; i < 20; i++) {
		char text[32];
		struct mdns_name name;

		snprintf(text, sizeof(text), "host-%u.local", i);
		name = unit_name(text);
		if (started & 1u << i)
			mdns_querier_stop(&w->querier, i % 3 ? 0 : LINK, &name,
				A, w->now);
	}
	forget_packets(w);
	when_ms_later(w, HOUR_MS);
	unit_assert(w->packets == 0);
	mdns_querier_drop_link(&w->querier, OTHER_LINK, w->now);
	then_all_is_given_back(w);
	return failed;
}

START_TEST(test_no_memory)
{
	for (unsigned once = 0; once < 2; once++) {
		uint64_t i = 1;

		while (live_with(i, once))
			i++;
		ck_assert_uint_gt(i, 40);
	}
}
END_TEST

START_TEST(test_a_start_that_fails_changes_no_series)
{
	/* Given a record in doubt on two links, when a client asks for it and
	 * there is no memory for that on one of them, then each link goes on
	 * asking as it did. */
	uint64_t nth = 0;
	int err = MDNS_ERR_RESOURCE;

	while (err < 0) {
		struct world *w = given(1);
		struct mdns_origin origin = from_group;
		int64_t ms[PACKETS_MAX];
		struct unit_message m;

		given_link(w, OTHER_LINK, 1452, false);
		/* Questions on one link of their own. */
		ck_assert_int_eq(try_start(w, OTHER_LINK, "b.local", A), 0);
		unit_message_init(&m, 0, 0x8400);
		unit_message_address(
			&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 4500);
		origin.ifindex = OTHER_LINK;
		hear_from(w, &origin, &m);
		when_ms_later(w, 100000);
		forget_packets(w);
		ck_assert_int_eq(reconfirm(w, OTHER_LINK, "a.local", A), 0);
		when_ms_later(w, 1);
		w->counted.refuse = w->counted.takes + ++nth;
		w->counted.refuse_one = true;
		err = try_start(w, 0, "a.local", A);
		when_ms_later(w, 3500);
		ck_assert_uint_eq(asked_on(w, OTHER_LINK, "a.local", A, ms), 3);
		ck_assert_int_eq(ms[0], 100000);
		ck_assert_int_eq(ms[1], 101000);
		ck_assert_int_eq(ms[2], err < 0 ? 103000 : 102000);
		if (err < 0)
			ck_assert_uint_eq(times_asked(w, "a.local", A), 0);
		then_all_is_given_back(w);
	}
	ck_assert_uint_gt(nth, 3);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/querier_silence");
	TCase *tcase = tcase_create("querier_silence");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_queries_that_nobody_answers);
	tcase_add_test(tcase, test_one_query_over_both_families_is_one);
	tcase_add_test(tcase, test_reconfirm);
	tcase_add_test(tcase, test_reconfirm_of_a_shared_record);
	tcase_add_test(tcase, test_reconfirm_of_two);
	tcase_add_test(tcase, test_reconfirm_again_and_again);
	tcase_add_test(tcase, test_reconfirm_of_any);
	tcase_add_test(tcase, test_reconfirm_of_nothing);
	tcase_add_test(tcase, test_no_memory);
	tcase_add_test(tcase, test_a_start_that_fails_changes_no_series);
	suite_add_tcase(suite, tcase);
	return suite;
}
