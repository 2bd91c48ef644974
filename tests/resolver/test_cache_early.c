/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/cache: what ends before its time, because of a goodbye, a
 * cache flush, doubt, or what others ask in vain. Virtual time. */
#include <string.h>

#include "tests/resolver/cache_world.h"

/* ---- goodbye, RFC 6762 10.1 ---- */

START_TEST(test_goodbye_takes_a_second)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	hear(&w, "a.local", 2, 120, SHARED);
	when_ms_later(&w, 5000);
	story(&w);
	hear(&w, "a.local", 1, 0, SHARED);
	when_ms_later(&w, 999);
	ck_assert_ptr_nonnull(record(&w, "a.local", 1));
	when_ms_later(&w, 1);
	ck_assert_ptr_null(record(&w, "a.local", 1));
	ck_assert_ptr_nonnull(record(&w, "a.local", 2));
	/* And it is no update: nobody may take it for a sign of life. */
	ck_assert_str_eq(story(&w), "6000-1");
	then_all_is_given_back(&w);
}
END_TEST

/* Whoever tells others how long it lives hears of it at once, and once. */
START_TEST(test_ending_is_told)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	hear(&w, "a.local", 2, 120, SHARED);
	ck_assert_uint_eq(w.endings, 0);
	hear(&w, "a.local", 1, 0, SHARED);
	hear(&w, "a.local", 1, 0, SHARED);
	ck_assert_uint_eq(w.endings, 1);
	when_ms_later(&w, 2000);
	ck_assert_uint_eq(w.endings, 1);
	/* A flush: what is said again is not ending. */
	hear(&w, "a.local", 3, 120, FLUSH);
	ck_assert_uint_eq(w.endings, 2);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_goodbye_is_rescued)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	when_ms_later(&w, 5000);
	hear(&w, "a.local", 1, 0, SHARED);
	when_ms_later(&w, 999);
	hear(&w, "a.local", 1, 120, SHARED);
	when_ms_later(&w, 119999);
	ck_assert_ptr_nonnull(record(&w, "a.local", 1));
	when_ms_later(&w, 1);
	ck_assert_str_eq(story(&w), "0+1 5999=1 125999-1");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_goodbye_of_what_is_not_there)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 0, SHARED);
	hear(&w, "a.local", 1, 0, FLUSH);
	ck_assert_uint_eq(w.cache.records, 0);
	ck_assert_ptr_null(find(&w, "a.local"));
	hear(&w, "a.local", 1, 120, SHARED);
	hear(&w, "a.local", 2, 0, SHARED);
	hear(&w, "b.local", 1, 0, SHARED);
	hear_type(&w, "a.local", TXT, 1, 0, SHARED);
	when_ms_later(&w, 60000);
	ck_assert_str_eq(story(&w), "0+1");
	ck_assert_uint_eq(w.cache.sets.count, 1);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_goodbye_never_makes_it_live_longer)
{
	struct world w;

	/* Given a record with 400 ms to go, */
	given(&w);
	hear(&w, "a.local", 1, 2, SHARED);
	when_ms_later(&w, 1600);
	hear(&w, "a.local", 1, 0, SHARED);
	when_ms_later(&w, 5000);
	ck_assert_str_eq(story(&w), "0+1 2000-1");

	/* or one that is going already. */
	hear(&w, "a.local", 1, 120, SHARED);
	for (unsigned i = 0; i < 5; i++) {
		when_ms_later(&w, 300);
		hear(&w, "a.local", 1, 0, SHARED);
	}
	when_ms_later(&w, 5000);
	ck_assert_str_eq(story(&w), "6600+1 7900-1");
	then_all_is_given_back(&w);
}
END_TEST

/* ---- cache flush, RFC 6762 10.2 ---- */

START_TEST(test_cache_flush_spares_what_is_a_second_young)
{
	static const struct {
		int64_t age; /* ns */
		bool goes;
	} rows[] = {
		{0, false},
		{500 * MDNS_MSEC, false},
		{MDNS_SEC, false},
		{MDNS_SEC + 1, true},
		{60 * MDNS_SEC, true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		hear(&w, "a.local", 1, 120, FLUSH);
		when_it_is(&w, w.now + rows[i].age);
		hear(&w, "a.local", 2, 120, FLUSH);
		ck_assert(the_set(&w, "a.local")->unique);
		when_ms_later(&w, 999);
		ck_assert_ptr_nonnull(record(&w, "a.local", 1));
		when_ms_later(&w, 1);
		ck_assert_msg(!record(&w, "a.local", 1) == rows[i].goes,
			"age %lld ns", (long long)rows[i].age);
		ck_assert_ptr_nonnull(record(&w, "a.local", 2));
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_cache_flush_is_of_that_set_only)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	hear(&w, "a.local", 2, 120, SHARED);
	hear(&w, "b.local", 3, 120, SHARED);
	hear_type(&w, "a.local", TXT, 4, 120, SHARED);
	when_ms_later(&w, 2000);
	story(&w);
	hear(&w, "A.LOCAL", 5, 120, FLUSH);
	when_ms_later(&w, 10000);
	ck_assert_uint_eq(w.cache.records, 3);
	ck_assert_ptr_null(record(&w, "a.local", 1));
	ck_assert_ptr_null(record(&w, "a.local", 2));
	ck_assert_ptr_nonnull(record(&w, "b.local", 3));
	ck_assert_ptr_nonnull(find_type(&w, "a.local", TXT));
	ck_assert_ptr_nonnull(record(&w, "a.local", 5));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_a_burst_renews_the_whole_set)
{
	/* Given a set of three, announced again in a burst of three packets,
	 * each with cache-flush, then all three stay. */
	struct world w;

	given(&w);
	for (unsigned i = 1; i <= 3; i++)
		hear(&w, "a.local", i, 120, FLUSH);
	when_ms_later(&w, 60000);
	story(&w);
	for (unsigned i = 1; i <= 3; i++) {
		hear(&w, "a.local", i, 120, FLUSH);
		when_ms_later(&w, 10);
	}
	when_ms_later(&w, 100000);
	ck_assert_uint_eq(the_set(&w, "a.local")->count, 3);
	ck_assert_str_eq(story(&w), "60000=1 60010=2 60020=3");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_what_was_flushed_is_rescued)
{
	/* Given a host behind a bridge that finds its addresses flushed and
	 * says them again, then they stay. */
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 120, FLUSH);
	when_ms_later(&w, 5000);
	hear(&w, "a.local", 2, 120, FLUSH);
	when_ms_later(&w, 900);
	hear(&w, "a.local", 1, 120, FLUSH);
	when_ms_later(&w, 100000);
	ck_assert_uint_eq(the_set(&w, "a.local")->count, 2);
	ck_assert_str_eq(story(&w), "0+1 5000+2 5900=1");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_cache_flush_never_makes_it_live_longer)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 2, SHARED);
	when_ms_later(&w, 1500);
	hear(&w, "a.local", 2, 120, FLUSH);
	when_ms_later(&w, 5000);
	ck_assert_str_eq(story(&w), "0+1 1500+2 2000-1");

	/* And again and again, while it is going. */
	hear(&w, "a.local", 3, 120, SHARED);
	when_ms_later(&w, 5000);
	story(&w);
	for (unsigned i = 0; i < 8; i++) {
		hear(&w, "a.local", 2, 120, FLUSH);
		when_ms_later(&w, 300);
	}
	ck_assert_ptr_null(record(&w, "a.local", 3));
	ck_assert_int_eq(
		w.event[4].at - START, (INT64_C(11500) + 1000) * MDNS_MSEC);
	ck_assert_int_eq(w.event[4].change, MDNS_REMOVED);
	then_all_is_given_back(&w);
}
END_TEST

/* ---- doubt and observation, RFC 6762 10.4 and 10.5 ---- */

START_TEST(test_doubt)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 4500, FLUSH);
	hear(&w, "a.local", 2, 4500, FLUSH);
	hear(&w, "a.local", 3, 4500, FLUSH);
	when_ms_later(&w, 100000);
	story(&w);
	for (unsigned i = 1; i <= 2; i++) {
		struct mdns_cached *one = record(&w, "a.local", i);

		ck_assert(!one->doubted);
		mdns_cache_doubt(&w.cache, one, w.now);
		ck_assert(one->doubted);
	}
	when_ms_later(&w, 9999);
	hear(&w, "a.local", 2, 4500, SHARED);
	ck_assert(!the_record(&w, "a.local", 2)->doubted);
	when_ms_later(&w, 1000000);
	ck_assert_str_eq(story(&w), "109999=2 110000-1");
	ck_assert_uint_eq(the_set(&w, "a.local")->count, 2);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_doubt_never_makes_it_live_longer)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 5, SHARED);
	mdns_cache_doubt(&w.cache, record(&w, "a.local", 1), w.now);
	when_ms_later(&w, 20000);
	ck_assert_str_eq(story(&w), "0+1 5000-1");

	/* Doubting it again and again does not keep it. */
	hear(&w, "a.local", 1, 120, SHARED);
	for (unsigned i = 0; i < 5 && record(&w, "a.local", 1); i++) {
		mdns_cache_doubt(&w.cache, record(&w, "a.local", 1), w.now);
		when_ms_later(&w, 4000);
	}
	ck_assert_str_eq(story(&w), "20000+1 30000-1");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_queries_of_others)
{
	/* q: another host asks, 2: twice within a second, n: it does so 0.4 s
	 * later, h: it is heard again. */
	static const struct {
		const char *what;
		const char *script; /* one letter a second */
		const char *story;
	} rows[] = {
		{"one query says nothing", "q", "0+1 120000-1"},
		{"two that nobody answers", "qq", "0+1 12000-1"},
		{"one over IPv4 and IPv6", "2", "0+1 120000-1"},
		{"that, and one more", "2q", "0+1 12000-1"},
		{"within a second of it, twice", "hnn", "0+1 1000=1 121000-1"},
		{"then two that count", "hnnqq", "0+1 1000=1 13800-1"},
		{"a third does not put it off", "qqqqq", "0+1 12000-1"},
		{"answered after the first", "qhq", "0+1 2000=1 122000-1"},
		{"answered after the second", "qqh", "0+1 3000=1 123000-1"},
		{"answered, and then two more", "qqhqq", "0+1 3000=1 15000-1"},
		{"far apart", "q              q", "0+1 26000-1"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		hear(&w, "a.local", 1, 120, SHARED);
		for (const char *step = rows[i].script; *step; step++) {
			struct mdns_cached *one = record(&w, "a.local", 1);

			when_ms_later(&w, *step == 'n' ? 400 : 1000);
			if (strchr("q2n", *step))
				mdns_cache_observe_query(&w.cache, one, w.now);
			if (*step == '2')
				mdns_cache_observe_query(
					&w.cache, one, w.now + MDNS_SEC - 1);
			if (*step == 'h')
				hear(&w, "a.local", 1, 120, SHARED);
		}
		when_ms_later(&w, 200000);
		ck_assert_msg(!strcmp(rows[i].story, story(&w)), "%s: not %s",
			rows[i].what, rows[i].story);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_observation_never_makes_it_live_longer)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 5, SHARED);
	for (unsigned i = 0; i < 3; i++) {
		when_ms_later(&w, 1000);
		mdns_cache_observe_query(
			&w.cache, record(&w, "a.local", 1), w.now);
	}
	when_ms_later(&w, 20000);
	ck_assert_str_eq(story(&w), "0+1 5000-1");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_what_is_going_is_known_to_be)
{
	struct world w;

	given(&w);
	for (unsigned i = 1; i <= 4; i++)
		hear(&w, "a.local", i, 120, SHARED);
	when_ms_later(&w, 10000);
	hear(&w, "a.local", 1, 0, SHARED);
	mdns_cache_doubt(&w.cache, record(&w, "a.local", 2), w.now);
	ck_assert(mdns_cached_ends_early(the_record(&w, "a.local", 1)));
	ck_assert(mdns_cached_ends_early(the_record(&w, "a.local", 2)));
	ck_assert(!mdns_cached_ends_early(the_record(&w, "a.local", 3)));
	hear(&w, "a.local", 4, 120, FLUSH);
	ck_assert(mdns_cached_ends_early(the_record(&w, "a.local", 3)));
	ck_assert(!mdns_cached_ends_early(the_record(&w, "a.local", 4)));
	for (unsigned i = 1; i <= 3; i++) {
		hear(&w, "a.local", i, 120, SHARED);
		ck_assert(
			!mdns_cached_ends_early(the_record(&w, "a.local", i)));
	}
	then_all_is_given_back(&w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/cache_early");
	TCase *tcase = tcase_create("cache_early");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_goodbye_takes_a_second);
	tcase_add_test(tcase, test_ending_is_told);
	tcase_add_test(tcase, test_goodbye_is_rescued);
	tcase_add_test(tcase, test_goodbye_of_what_is_not_there);
	tcase_add_test(tcase, test_goodbye_never_makes_it_live_longer);
	tcase_add_test(tcase, test_cache_flush_spares_what_is_a_second_young);
	tcase_add_test(tcase, test_cache_flush_is_of_that_set_only);
	tcase_add_test(tcase, test_a_burst_renews_the_whole_set);
	tcase_add_test(tcase, test_what_was_flushed_is_rescued);
	tcase_add_test(tcase, test_cache_flush_never_makes_it_live_longer);
	tcase_add_test(tcase, test_doubt);
	tcase_add_test(tcase, test_doubt_never_makes_it_live_longer);
	tcase_add_test(tcase, test_queries_of_others);
	tcase_add_test(tcase, test_observation_never_makes_it_live_longer);
	tcase_add_test(tcase, test_what_is_going_is_known_to_be);
	suite_add_tcase(suite, tcase);
	return suite;
}
