/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier at its edges: names that meet in the hash table,
 * small buffers, links that change under way, stops of what never started.
 * Stories on a virtual clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/gather.h"
#include "tests/resolver/querier_world.h"

static struct mdns_querier_link *the_link(struct world *w)
{
	return mdns_querier_find_link(&w->querier, LINK);
}

/* ---- two names that have the same hash are two names ---- */

#define NAMES 400000

struct hashed {
	uint32_t hash, number;
};

/* "qwertyuiop.local": a hash spreads what is not too much alike. */
static void name_of(uint32_t number, char ret_text[17])
{
	struct mdns_random random;

	mdns_random_init(&random, number);
	for (int i = 0; i < 10; i++)
		ret_text[i] = (char)('a' + mdns_random_below(&random, 26));
	strcpy(ret_text + 10, ".local");
}

static int compare(const void *a, const void *b)
{
	const struct hashed *first = a, *second = b;

	return (first->hash > second->hash) - (first->hash < second->hash);
}

/* A pair with that seed: among so many there are some 18. */
static void find_pair(uint32_t seed, char ret_text[2][17])
{
	struct hashed *all = calloc(NAMES, sizeof(*all));
	uint32_t i;

	ck_assert_ptr_nonnull(all);
	for (i = 0; i < NAMES; i++) {
		char text[17];
		struct mdns_name name;

		name_of(i, text);
		name = unit_name(text);
		all[i].number = i;
		all[i].hash = mdns_name_hash_seeded(&name, seed);
	}
	qsort(all, NAMES, sizeof(*all), compare);
	for (i = 1; i < NAMES; i++)
		if (all[i].hash == all[i - 1].hash)
			break;
	ck_assert_uint_lt(i, NAMES);
	name_of(all[i - 1].number, ret_text[0]);
	name_of(all[i].number, ret_text[1]);
	free(all);
}

START_TEST(test_questions_that_meet)
{
	struct world *w = given(1);
	char text[2][17];
	int64_t ms[PACKETS_MAX];

	find_pair(w->querier.hash_seed, text);
	start(w, text[0], A);
	start(w, text[1], A);
	when_ms_later(w, 500);
	ck_assert_uint_eq(asked(w, text[0], A, ms), 1);
	ck_assert_uint_eq(asked(w, text[1], A, ms), 1);
	/* The answer to one ends that series only. */
	hear_address(w, text[0], "10.0.0.1", 4500);
	forget_packets(w);
	when_ms_later(w, 10000);
	ck_assert_uint_eq(times_asked(w, text[0], A), 0);
	ck_assert_uint_ge(times_asked(w, text[1], A), 3);
	/* Each is stopped by itself, whichever came first. */
	stop(w, text[0], A);
	forget_packets(w);
	when_ms_later(w, 20000);
	ck_assert_uint_ge(times_asked(w, text[1], A), 1);
	start(w, text[0], A);
	stop(w, text[1], A);
	forget_packets(w);
	when_ms_later(w, 2 * HOUR_MS);
	ck_assert_uint_eq(times_asked(w, text[1], A), 0);
	ck_assert_uint_ge(times_asked(w, text[0], A), 4); /* refreshes */
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_records_that_meet)
{
	struct world *w = given(1);
	struct mdns_rrset *set;
	struct mdns_name name;
	char text[2][17];

	find_pair(the_link(w)->cache.hash_seed, text);
	for (unsigned i = 0; i < 2; i++) {
		hear_address(w, text[i], i ? "10.0.0.2" : "10.0.0.1", 4500);
		ck_assert_uint_eq(find(w, text[1], A) != NULL, i);
	}
	for (unsigned i = 0; i < 2; i++) {
		set = find(w, text[i], A);
		ck_assert_ptr_nonnull(set);
		ck_assert_uint_eq(set->count, 1);
		ck_assert_uint_eq(set->first->rdata[3], i + 1);
		/* Alone among those of its name. */
		name = unit_name(text[i]);
		ck_assert_ptr_eq(mdns_cache_next_of_name(
					 &the_link(w)->cache, &name, NULL),
			set);
		ck_assert_ptr_null(mdns_cache_next_of_name(
			&the_link(w)->cache, &name, set));
	}
	then_all_is_given_back(w);
}
END_TEST

/* ---- sizes ---- */

START_TEST(test_small_buffer)
{
	struct world *w = given(1);
	uint8_t buf[512];
	uint32_t ifindex = 77;
	unsigned questions = 0, packets = 0;
	int size;

	for (unsigned i = 0; i < 60; i++) {
		char text[32];

		snprintf(text, sizeof(text), "a-host-number-%u.local", i);
		start(w, text, A);
	}
	w->now += 200 * MDNS_MSEC;
	ck_assert_int_eq(
		mdns_querier_write(&w->querier, w->now, buf, 511, &ifindex),
		MDNS_ERR_SPACE);
	ck_assert_uint_eq(ifindex, 77);
	/* The link takes 1452 octets, the buffer less. */
	while ((size = mdns_querier_write(
			&w->querier, w->now, buf, 512, &ifindex)) > 0) {
		struct mdns_reader reader;

		ck_assert_int_le(size, 512);
		mdns_reader_init(&reader, buf, (size_t)size);
		questions += reader.header.count[MDNS_SECTION_QUESTION];
		packets++;
	}
	ck_assert_int_eq(size, 0);
	ck_assert_uint_eq(questions, 60);
	ck_assert_uint_ge(packets, 3);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_link_that_takes_next_to_nothing)
{
	struct world *w = given_nothing(1);

	/* Any question must fit: header, name, type, class. */
	given_link(w, LINK, 100, false);
	ck_assert_uint_eq(the_link(w)->payload, 512);
	given_link(w, LINK, 511, false);
	ck_assert_uint_eq(the_link(w)->payload, 512);
	given_link(w, LINK, 513, false);
	ck_assert_uint_eq(the_link(w)->payload, 513);
	then_all_is_given_back(w);
}
END_TEST

/* ---- known answers that go while they are being said ---- */

/* Two packets of them; the first has been written. */
static struct world *given_half_a_query(void)
{
	struct world *w = given(1);
	uint8_t buf[MDNS_MESSAGE_MAX];
	uint32_t ifindex;
	int size;

	for (unsigned i = 0; i < 40; i++) {
		char text[64];

		snprintf(text, sizeof(text),
			"an instance with a long name %u." SERVICE, i);
		hear_pointer(w, SERVICE, text, 4500);
	}
	start(w, SERVICE, PTR);
	w->now += 200 * MDNS_MSEC;
	size = mdns_querier_write(
		&w->querier, w->now, buf, sizeof(buf), &ifindex);
	ck_assert_int_gt(size, 0);
	ck_assert(buf[2] & 0x02); /* TC: more follows */
	return w;
}

START_TEST(test_rest_of_a_query_is_due_at_once)
{
	struct world *w = given_half_a_query();
	uint8_t buf[MDNS_MESSAGE_MAX];
	uint32_t ifindex;

	ck_assert_int_le(mdns_querier_expiry(&w->querier), w->now);
	ck_assert_int_gt(mdns_querier_write(&w->querier, w->now, buf,
				 sizeof(buf), &ifindex),
		0);
	ck_assert(!(buf[2] & 0x02));
	ck_assert_int_gt(mdns_querier_expiry(&w->querier), w->now);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_rest_of_a_query_has_gone)
{
	struct world *w = given_half_a_query();
	uint8_t buf[MDNS_MESSAGE_MAX];
	uint32_t ifindex;
	uint64_t packets = the_link(w)->packets;

	mdns_cache_flush(&the_link(w)->cache, w->now);
	ck_assert_int_eq(mdns_querier_write(&w->querier, w->now, buf,
				 sizeof(buf), &ifindex),
		0);
	ck_assert_uint_eq(the_link(w)->packets, packets);
	ck_assert_int_gt(mdns_querier_expiry(&w->querier), w->now);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_rest_of_a_query_whose_question_was_stopped)
{
	struct world *w = given_half_a_query();
	uint8_t buf[MDNS_MESSAGE_MAX];
	uint32_t ifindex;

	/* It may go on or end; it must not read what has been given back. */
	w->now += 2 * MDNS_SEC;
	stop(w, SERVICE, PTR);
	while (mdns_querier_write(
		       &w->querier, w->now, buf, sizeof(buf), &ifindex) > 0)
		;
	ck_assert_int_gt(mdns_querier_expiry(&w->querier), w->now);
	then_all_is_given_back(w);
}
END_TEST

/* ---- starts and stops ---- */

START_TEST(test_stop_of_what_never_started)
{
	struct world *w = given(1);
	struct mdns_name name = unit_name("a.local");
	int64_t ms[PACKETS_MAX];

	stop(w, "a.local", A);
	mdns_querier_stop(&w->querier, LINK, &name, A, w->now);
	mdns_querier_stop(&w->querier, 99, &name, A, w->now);
	/* Nor does it take a user from another. */
	start(w, "a.local", A);
	mdns_querier_stop(&w->querier, LINK, &name, AAAA, w->now);
	when_ms_later(w, 500);
	ck_assert_uint_eq(asked(w, "a.local", A, ms), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_stop_of_what_only_a_reconfirmation_keeps)
{
	struct world *w = given(1);
	struct mdns_name name = unit_name("a.local");

	hear_address(w, "a.local", "10.0.0.1", 4500);
	ck_assert_int_eq(
		mdns_querier_reconfirm(&w->querier, 0, &name, A, w->now), 0);
	mdns_querier_stop(&w->querier, LINK, &name, A, w->now);
	when_ms_later(w, 60000);
	/* It went on all the same. */
	ck_assert_uint_ge(times_asked(w, "a.local", A), 2);
	ck_assert_str_eq(story(w), "0+1 10000-1");
	/* And is over. */
	ck_assert_int_eq(mdns_querier_expiry(&w->querier), MDNS_TIME_NEVER);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_question_that_waits_out_its_second_makes_room)
{
	static const struct mdns_querier_limits one = {1, {1000, 1 << 20}};
	struct world *w = given_limits(1, &one, NULL);

	given_link(w, LINK, 1452, false);
	start(w, "a.local", A);
	ck_assert_int_eq(try_start(w, LINK, "b.local", A), MDNS_ERR_RESOURCE);
	when_ms_later(w, 500);
	stop(w, "a.local", A); /* asked less than a second ago */
	start(w, "b.local", A);
	when_ms_later(w, 500);
	ck_assert_uint_eq(times_asked(w, "b.local", A), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_link_that_changes_before_a_doubt_was_asked)
{
	struct world *w = given(1);
	struct mdns_name name = unit_name("a.local");

	hear_address(w, "a.local", "10.0.0.1", 4500);
	ck_assert_int_eq(
		mdns_querier_reconfirm(&w->querier, 0, &name, A, w->now), 0);
	/* What was in doubt has gone: nothing is left to be asked. */
	given_link(w, LINK, 1452, false);
	when_ms_later(w, 60000);
	ck_assert_uint_eq(w->packets, 0);
	ck_assert_str_eq(story(w), "0+1 0-1");
	ck_assert_int_eq(mdns_querier_expiry(&w->querier), MDNS_TIME_NEVER);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_nobody_is_told)
{
	static const struct mdns_querier_limits limits = {10, {100, 1 << 20}};
	struct world *w = given_limits(1, &limits, NULL);

	/* `changed` may be left out: then the caches alone tell. */
	w->querier.changed = NULL;
	given_link(w, LINK, 1452, false);
	hear_address(w, "a.local", "10.0.0.1", 1);
	ck_assert_uint_eq(count_of(w, "a.local", A), 1);
	when_ms_later(w, 2000);
	ck_assert_uint_eq(count_of(w, "a.local", A), 0);
	then_all_is_given_back(w);
}
END_TEST

/* ---- other hosts' queries ---- */

START_TEST(test_query_with_more_behind_it)
{
	/* An OPT record, as some append, takes nothing from the question (7.3);
	 * a known answer that we would not give does, whether its type is asked
	 * for or ANY. */
	for (int row = 0; row < 6; row++) {
		uint16_t type = row < 3 ? PTR : MDNS_TYPE_ANY;
		struct mdns_name target = unit_name("x." SERVICE);
		struct world *w = given(1);
		struct unit_message m;

		unit_message_init(&m, 0, 0);
		unit_message_question(&m, SERVICE, type, 1);
		if (row % 3 > 0)
			unit_message_record(&m,
				row % 3 == 1 ? MDNS_SECTION_ADDITIONAL
					     : MDNS_SECTION_ANSWER,
				SERVICE, PTR, 1, 4500, target.wire, target.len);
		start(w, SERVICE, type);
		/* Queries at some 100, 1100 and 3100 ms; heard shortly before
		 * the third. */
		when_ms_later(w, 2700);
		ck_assert_uint_eq(w->packets, 2);
		hear(w, &m);
		ck_assert_uint_eq(the_link(w)->suppressed, row % 3 < 2);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_query_number_four_billion)
{
	/* The mark of "not in this query" is 0, so no query has that number. */
	struct world *w = given(1);
	struct unit_message m;

	start(w, "a.local", A);
	when_ms_later(w, 2700); /* the third is due soon */
	ck_assert_uint_eq(w->packets, 2);
	the_link(w)->heard = UINT32_MAX;
	/* Who knows another answer than we do asks for himself. */
	unit_message_init(&m, 0, 0);
	unit_message_question(&m, "a.local", A, 1);
	unit_message_record(
		&m, MDNS_SECTION_ANSWER, "a.local", A, 1, 120, "\12\0\0\1", 4);
	hear(w, &m);
	ck_assert_uint_eq(the_link(w)->suppressed, 0);
	hear_query(w, "a.local", A, 1);
	ck_assert_uint_eq(the_link(w)->suppressed, 1);
	then_all_is_given_back(w);
}
END_TEST

/* ---- gather.h: a cache of anybody's records ---- */

static void put(struct world *w, const char *text, uint16_t type,
	const void *rdata, uint16_t rdlength)
{
	struct mdns_name name = unit_name(text);
	const struct mdns_heard heard = {.name = &name,
		.type = type,
		.rclass = 1,
		.ttl = 120,
		.rdata = rdata,
		.rdlength = rdlength};

	ck_assert_int_eq(
		mdns_cache_put(&the_link(w)->cache, &heard, w->now), 0);
}

START_TEST(test_gather_reads_no_further_than_the_record)
{
	struct mdns_name host = unit_name("a.local");
	struct mdns_name reverse = unit_name("7.1.254.169.in-addr.arpa");
	struct mdns_gathered found;
	struct world *w = given(1);

	put(w, "a.local", A, "\12\0\0\1\1", 5);
	put(w, "a.local", AAAA, "\12\0\0\1", 4);
	put(w, "7.1.254.169.in-addr.arpa", PTR, "\5print", 6);
	ck_assert(!mdns_gather(&w->querier, &host, false, w->now, &found));
	ck_assert(!mdns_gather(&w->querier, &reverse, true, w->now, &found));
	/* What is in order beside it counts. */
	put(w, "a.local", A, "\12\0\0\2", 4);
	put(w, "7.1.254.169.in-addr.arpa", PTR, "\5print\5local", 13);
	ck_assert(mdns_gather(&w->querier, &host, false, w->now, &found));
	ck_assert_uint_eq(found.answer.count, 1);
	ck_assert_uint_eq(found.answer.address[0].bytes[3], 2);
	ck_assert(mdns_gather(&w->querier, &reverse, true, w->now, &found));
	then_all_is_given_back(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/querier_edges");
	TCase *tcase = tcase_create("querier_edges");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_questions_that_meet);
	tcase_add_test(tcase, test_records_that_meet);
	tcase_add_test(tcase, test_small_buffer);
	tcase_add_test(tcase, test_link_that_takes_next_to_nothing);
	tcase_add_test(tcase, test_rest_of_a_query_is_due_at_once);
	tcase_add_test(tcase, test_rest_of_a_query_has_gone);
	tcase_add_test(tcase, test_rest_of_a_query_whose_question_was_stopped);
	tcase_add_test(tcase, test_stop_of_what_never_started);
	tcase_add_test(tcase, test_stop_of_what_only_a_reconfirmation_keeps);
	tcase_add_test(
		tcase, test_question_that_waits_out_its_second_makes_room);
	tcase_add_test(tcase, test_link_that_changes_before_a_doubt_was_asked);
	tcase_add_test(tcase, test_nobody_is_told);
	tcase_add_test(tcase, test_query_with_more_behind_it);
	tcase_add_test(tcase, test_query_number_four_billion);
	tcase_add_test(tcase, test_gather_reads_no_further_than_the_record);
	suite_add_tcase(suite, tcase);
	return suite;
}
