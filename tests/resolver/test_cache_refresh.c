/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/cache: when a record that is wanted is asked for again.
 * Virtual time. */
#include "tests/resolver/cache_world.h"

/* ---- refresh, RFC 6762 5.2 ---- */

/* True if the events are refreshes at these percentages, up to 2 % later, and
 * then the removal at 100 %. heard: when the TTL began. */
static void then_refreshes(struct world *w, mdns_time heard, uint32_t ttl,
	const unsigned *percent, unsigned count)
{
	int64_t one = ttl * MDNS_SEC / 100;

	ck_assert_uint_eq(w->events, count + 1);
	for (unsigned i = 0; i < count; i++) {
		int64_t at = w->event[i].at - heard;

		ck_assert_int_eq(w->event[i].change, MDNS_REFRESH);
		ck_assert_msg(
			at >= percent[i] * one && at <= (percent[i] + 2) * one,
			"TTL %u: at %lld ms instead of %u %%", (unsigned)ttl,
			(long long)(at / MDNS_MSEC), percent[i]);
	}
	ck_assert_int_eq(w->event[count].change, MDNS_REMOVED);
	ck_assert_int_eq(w->event[count].at, heard + ttl * MDNS_SEC);
}

static const unsigned all_four[] = {80, 85, 90, 95};

START_TEST(test_wanted_is_refreshed)
{
	static const uint32_t ttls[] = {1, 2, 10, 120, 4500, 86400};

	for (size_t i = 0; i < ROWS(ttls); i++)
		for (uint64_t seed = 0; seed < 50; seed++) {
			struct world w;

			given_seeded(&w, 1000, 1 << 20, seed);
			hear(&w, "a.local", 1, ttls[i], WANTED);
			ck_assert(the_set(&w, "a.local")->wanted);
			w.events = 0;
			when_it_is(&w, START + 2 * ttls[i] * MDNS_SEC);
			then_refreshes(&w, START, ttls[i], all_four, 4);
			then_all_is_given_back(&w);
		}
}
END_TEST

START_TEST(test_refresh_has_jitter)
{
	/* Of 100 queriers that heard the same at the same time, few ask in the
	 * same hundredth of the 2 %. */
	unsigned hits[100] = {0};

	for (uint64_t seed = 0; seed < 100; seed++) {
		struct world w;
		int64_t jitter;

		given_seeded(&w, 1000, 1 << 20, seed);
		hear(&w, "a.local", 1, 4500, WANTED);
		w.events = 0;
		when_it_is(&w, START + 4500 * MDNS_SEC);
		jitter = w.event[0].at - START - 3600 * MDNS_SEC;
		ck_assert_int_ge(jitter, 0);
		ck_assert_int_le(jitter, 90 * MDNS_SEC);
		hits[jitter * 99 / (90 * MDNS_SEC)]++;
		then_all_is_given_back(&w);
	}
	for (unsigned i = 0; i < 100; i++)
		ck_assert_uint_lt(hits[i], 10);
}
END_TEST

START_TEST(test_not_wanted_just_expires)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 4500, SHARED);
	ck_assert(!the_set(&w, "a.local")->wanted);
	ck_assert(mdns_cache_expiry(&w.cache) == START + 4500 * MDNS_SEC);
	when_ms_later(&w, 5000000);
	ck_assert_str_eq(story(&w), "0+1 4500000-1");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_interest_comes_and_goes)
{
	static const struct {
		const char *what;
		int64_t begin, end; /* % of TTL; 100: never */
		unsigned percent[4], count;
	} rows[] = {
		{"from the start", 0, 100, {80, 85, 90, 95}, 4},
		{"half way", 50, 100, {80, 85, 90, 95}, 4},
		{"late", 83, 100, {85, 90, 95}, 3},
		{"later", 88, 100, {90, 95}, 2},
		{"too late", 98, 100, {0}, 0},
		{"ended before", 0, 60, {0}, 0},
		{"ended in the middle", 10, 88, {80, 85}, 2},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		hear(&w, "a.local", 1, 1000, SHARED);
		when_ms_later(&w, rows[i].begin * 10000);
		w.events = 0;
		mdns_cache_want(&w.cache, find(&w, "a.local"), true, w.now);
		if (rows[i].end < 100) {
			when_it_is(&w, START + rows[i].end * 10 * MDNS_SEC);
			mdns_cache_want(
				&w.cache, find(&w, "a.local"), false, w.now);
		}
		when_it_is(&w, START + 2000 * MDNS_SEC);
		ck_assert_msg(w.events == rows[i].count + 1, "%s: %s",
			rows[i].what, story(&w));
		then_refreshes(&w, START, 1000, rows[i].percent, rows[i].count);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_heard_again_refreshes_start_anew)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 100, WANTED);
	when_ms_later(&w, 88000); /* two refreshes have been */
	ck_assert_uint_eq(w.events, 3);
	hear(&w, "a.local", 1, 100, WANTED);
	w.events = 0;
	when_ms_later(&w, 200000);
	then_refreshes(&w, START + 88 * MDNS_SEC, 100, all_four, 4);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_each_record_of_a_wanted_set_is_refreshed)
{
	struct world w;
	unsigned refreshes[3] = {0};

	given(&w);
	hear(&w, "a.local", 1, 100, WANTED);
	when_ms_later(&w, 10000);
	hear(&w, "a.local", 2, 200, WANTED);
	when_ms_later(&w, 300000);
	for (unsigned i = 0; i < w.events; i++)
		if (w.event[i].change == MDNS_REFRESH)
			refreshes[w.event[i].data]++;
	ck_assert_uint_eq(refreshes[1], 4);
	ck_assert_uint_eq(refreshes[2], 4);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_one_query_refreshes_the_whole_set)
{
	/* Given 20 records that were heard together, when the first is due and
	 * the question is asked, then the others have had this refresh. */
	struct world w;
	unsigned refreshes = 0;

	given(&w);
	for (unsigned i = 1; i <= 20; i++)
		hear(&w, "a.local", i, 1000, WANTED);
	hear(&w, "a.local", 21, 2000, WANTED);
	w.events = 0;
	for (unsigned stage = 0; stage < 4; stage++) {
		unsigned before;

		when_it_is(&w, mdns_cache_expiry(&w.cache));
		before = w.events;
		ck_assert_int_eq(w.event[before - 1].change, MDNS_REFRESH);
		ck_assert_int_ge(w.now, START + (800 + 50 * stage) * MDNS_SEC);
		mdns_cache_asked(&w.cache, the_set(&w, "a.local"), w.now);
		when_it_is(&w, START + (840 + 50 * stage) * MDNS_SEC);
		refreshes += w.events - before;
	}
	ck_assert_uint_eq(refreshes, 0);
	when_it_is(&w, START + 1000 * MDNS_SEC);
	ck_assert_uint_eq(the_set(&w, "a.local")->count, 1);
	/* That was no refresh for the one that has longer to go. */
	w.events = 0;
	when_it_is(&w, START + 2000 * MDNS_SEC);
	then_refreshes(&w, START, 2000, all_four, 4);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_woken_late)
{
	struct world w;

	/* Two refreshes are due: asking once is enough, but asked it is. */
	given(&w);
	hear(&w, "a.local", 1, 100, WANTED);
	w.events = 0;
	w.now = START + 88 * MDNS_SEC;
	mdns_cache_expire(&w.cache, w.now);
	ck_assert_uint_eq(w.events, 1);
	ck_assert_int_eq(w.event[0].change, MDNS_REFRESH);
	ck_assert(mdns_cache_expiry(&w.cache) > w.now);
	when_ms_later(&w, 100000);
	ck_assert_uint_eq(w.events, 4); /* 90, 95, gone */
	then_all_is_given_back(&w);

	/* Nothing is left of it: no more refreshes. */
	given(&w);
	hear(&w, "a.local", 1, 100, WANTED);
	w.now = START + 100 * MDNS_SEC;
	mdns_cache_expire(&w.cache, w.now);
	ck_assert_str_eq(story(&w), "0+1 100000-1");
	ck_assert(mdns_cache_expiry(&w.cache) == MDNS_TIME_NEVER);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_what_is_going_is_not_refreshed)
{
	/* Its last second or ten are not "80 % of its TTL". */
	enum { GOODBYE, FLUSHED, DOUBTED, OBSERVED, WAYS };

	for (unsigned way = 0; way < WAYS; way++) {
		struct world w;

		given(&w);
		hear(&w, "a.local", 1, 4500, WANTED);
		when_ms_later(&w, 10000);
		story(&w);
		switch (way) {
		case GOODBYE:
			hear(&w, "a.local", 1, 0, WANTED);
			break;
		case FLUSHED:
			hear(&w, "a.local", 2, 4500, FLUSH | WANTED);
			break;
		case DOUBTED:
			mdns_cache_doubt(
				&w.cache, record(&w, "a.local", 1), w.now);
			break;
		case OBSERVED:
			mdns_cache_observe_query(
				&w.cache, record(&w, "a.local", 1), w.now);
			when_ms_later(&w, 1000);
			mdns_cache_observe_query(
				&w.cache, record(&w, "a.local", 1), w.now);
			break;
		}
		when_ms_later(&w, 20000);
		ck_assert_str_eq(story(&w), way == GOODBYE   ? "11000-1"
					    : way == FLUSHED ? "10000+2 11000-1"
					    : way == OBSERVED ? "21000-1"
							      : "20000-1");
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_what_is_going_is_not_refreshed_for_a_new_client)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 100, WANTED);
	when_ms_later(&w, 75000);
	mdns_cache_doubt(&w.cache, record(&w, "a.local", 1), w.now);
	mdns_cache_want(&w.cache, the_set(&w, "a.local"), false, w.now);
	mdns_cache_want(&w.cache, the_set(&w, "a.local"), true, w.now);
	when_ms_later(&w, 50000);
	ck_assert_str_eq(story(&w), "0+1 85000-1");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_rescued_is_refreshed_again)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 100, WANTED);
	when_ms_later(&w, 10000);
	hear(&w, "a.local", 1, 0, WANTED);
	when_ms_later(&w, 500);
	hear(&w, "a.local", 1, 100, WANTED);
	w.events = 0;
	when_ms_later(&w, 200000);
	then_refreshes(&w, START + 10500 * MDNS_MSEC, 100, all_four, 4);
	then_all_is_given_back(&w);
}
END_TEST

/* ---- a refresh that has come due, and was not asked for yet ---- */

/* Two records, of which the first has come due. */
static void given_a_refresh_that_is_due(struct world *w)
{
	given(w);
	hear(w, "a.local", 1, 1000, WANTED);
	hear(w, "a.local", 2, 2000, WANTED);
	ck_assert(!the_record(w, "a.local", 1)->aged);
	when_it_is(w, mdns_cache_expiry(&w->cache));
	ck_assert(the_record(w, "a.local", 1)->aged);
	ck_assert(!the_record(w, "a.local", 2)->aged);
}

START_TEST(test_what_is_asked_for_is_no_longer_due)
{
	struct world w;

	given_a_refresh_that_is_due(&w);
	mdns_cache_asked(&w.cache, the_set(&w, "a.local"), w.now);
	ck_assert(!the_record(&w, "a.local", 1)->aged);
	ck_assert(!the_record(&w, "a.local", 2)->aged);

	/* The next one is, at 85 %. */
	when_it_is(&w, mdns_cache_expiry(&w.cache));
	ck_assert_int_ge(w.now, START + 850 * MDNS_SEC);
	ck_assert(the_record(&w, "a.local", 1)->aged);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_what_is_heard_again_is_no_longer_due)
{
	struct world w;

	given_a_refresh_that_is_due(&w);
	/* Another record of the set says nothing of this one. */
	hear(&w, "a.local", 2, 2000, WANTED);
	ck_assert(the_record(&w, "a.local", 1)->aged);
	hear(&w, "a.local", 1, 1000, WANTED);
	ck_assert(!the_record(&w, "a.local", 1)->aged);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_what_is_not_wanted_is_not_due)
{
	struct world w;

	/* Given nobody who wants it any more, then it is not due; */
	given_a_refresh_that_is_due(&w);
	mdns_cache_want(&w.cache, the_set(&w, "a.local"), false, w.now);
	ck_assert(!the_record(&w, "a.local", 1)->aged);
	ck_assert(!the_record(&w, "a.local", 2)->aged);

	/* nor is it for the next client, before the next refresh. */
	mdns_cache_want(&w.cache, the_set(&w, "a.local"), true, w.now);
	ck_assert(!the_record(&w, "a.local", 1)->aged);
	when_it_is(&w, START + 850 * MDNS_SEC - 1);
	ck_assert(!the_record(&w, "a.local", 1)->aged);
	when_it_is(&w, START + 870 * MDNS_SEC);
	ck_assert(the_record(&w, "a.local", 1)->aged);
	then_all_is_given_back(&w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/cache_refresh");
	TCase *tcase = tcase_create("cache_refresh");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_wanted_is_refreshed);
	tcase_add_test(tcase, test_refresh_has_jitter);
	tcase_add_test(tcase, test_not_wanted_just_expires);
	tcase_add_test(tcase, test_interest_comes_and_goes);
	tcase_add_test(tcase, test_heard_again_refreshes_start_anew);
	tcase_add_test(tcase, test_each_record_of_a_wanted_set_is_refreshed);
	tcase_add_test(tcase, test_one_query_refreshes_the_whole_set);
	tcase_add_test(tcase, test_woken_late);
	tcase_add_test(tcase, test_what_is_going_is_not_refreshed);
	tcase_add_test(
		tcase, test_what_is_going_is_not_refreshed_for_a_new_client);
	tcase_add_test(tcase, test_rescued_is_refreshed_again);
	tcase_add_test(tcase, test_what_is_asked_for_is_no_longer_due);
	tcase_add_test(tcase, test_what_is_heard_again_is_no_longer_due);
	tcase_add_test(tcase, test_what_is_not_wanted_is_not_due);
	suite_add_tcase(suite, tcase);
	return suite;
}
