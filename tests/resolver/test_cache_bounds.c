/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/cache: what happens at the very edge of a time, a limit or
 * a count. Virtual time. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/cache_world.h"

static int hear_number(struct world *w, unsigned number, unsigned flags)
{
	char text[32];

	snprintf(text, sizeof(text), "host-%03u.local", number);
	return hear_type(w, text, A, number, 4500, flags);
}

static struct mdns_rrset *find_number(struct world *w, unsigned number)
{
	char text[32];

	snprintf(text, sizeof(text), "host-%03u.local", number);
	return find(w, text);
}

START_TEST(test_memory_that_was_something_else)
{
	/* Given a cache in memory that is not empty, */
	struct mdns_cache_limits limits = {10, 1 << 20};
	struct mdns_memory memory;
	struct world w;

	memset(&w, 0, sizeof(w));
	memset(&w.cache, 0xa5, sizeof(w.cache));
	memory = test_memory_of(&w.counted);
	w.now = START;
	mdns_cache_init(&w.cache, &memory, &limits, 1, changed, &w);

	/* then it is an empty cache all the same. */
	ck_assert_uint_eq(w.cache.records, 0);
	ck_assert_uint_eq(w.cache.octets, 0);
	ck_assert_uint_eq(w.cache.evicted, 0);
	ck_assert_uint_eq(w.cache.refused, 0);
	for (unsigned i = 0; i < 12; i++)
		ck_assert_int_eq(hear_number(&w, i, SHARED), 0);
	ck_assert_uint_eq(w.cache.evicted, 2);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_nobody_knows_the_hash)
{
	/* Given two caches with other seeds, then a name hashes differently: who
	 * chooses the names cannot choose their buckets. */
	struct world a, b;

	given_seeded(&a, 10, 1 << 20, 1);
	given_seeded(&b, 10, 1 << 20, 2);
	hear(&a, "a.local", 1, 120, SHARED);
	hear(&b, "a.local", 1, 120, SHARED);
	ck_assert_uint_ne(the_set(&a, "a.local")->node.hash,
		the_set(&b, "a.local")->node.hash);
	then_all_is_given_back(&a);
	then_all_is_given_back(&b);
}
END_TEST

START_TEST(test_tags_tell_records_apart)
{
	/* Whichever octet of the data differs. A random tag would have some 160
	 * values of 256; this one need not be that good. */
	for (unsigned place = 0; place < 4; place++) {
		bool seen[256] = {false};
		unsigned distinct = 0;
		struct world w;

		given(&w);
		for (unsigned i = 0; i < 256; i++) {
			uint8_t rdata[4] = {10, 20, 30, 40};

			rdata[place] = (uint8_t)i;
			unit_assert(hear_rdata(&w, "a.local", A, rdata, 4, 120,
					    SHARED) == 0);
			seen[the_set(&w, "a.local")->first->tag] = true;
		}
		for (unsigned i = 0; i < 256; i++)
			distinct += seen[i];
		ck_assert_uint_gt(distinct, 50);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_tags_tell_long_records_apart)
{
	/* Also by their first octet, however many follow. */
	bool seen[256] = {false};
	unsigned distinct = 0;
	struct world w;

	given(&w);
	for (unsigned i = 0; i < 256; i++) {
		uint8_t rdata[100] = {(uint8_t)i};

		unit_assert(hear_rdata(&w, "a.local", TXT, rdata, sizeof(rdata),
				    120, SHARED) == 0);
		seen[find_type(&w, "a.local", TXT)->first->tag] = true;
	}
	for (unsigned i = 0; i < 256; i++)
		distinct += seen[i];
	ck_assert_uint_gt(distinct, 50);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_a_set_is_as_it_was_heard_last)
{
	struct world w;

	/* Shared or unique, */
	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	ck_assert(!the_set(&w, "a.local")->unique);
	hear(&w, "a.local", 1, 120, FLUSH);
	ck_assert(the_set(&w, "a.local")->unique);
	hear(&w, "a.local", 1, 120, SHARED);
	ck_assert(!the_set(&w, "a.local")->unique);

	/* and used from the start if somebody is asking for it. */
	hear(&w, "b.local", 1, 120, WANTED);
	ck_assert(!the_set(&w, "a.local")->used);
	ck_assert(the_set(&w, "b.local")->used);
	then_all_is_given_back(&w);
}
END_TEST

/* ---- times ---- */

START_TEST(test_a_nanosecond_decides)
{
	struct world w;

	/* A goodbye takes a second, no more and no less, */
	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	hear(&w, "a.local", 1, 0, SHARED);
	ck_assert_int_eq(mdns_cache_expiry(&w.cache), w.now + MDNS_SEC);

	/* a doubt ten, */
	hear(&w, "a.local", 1, 120, SHARED);
	mdns_cache_doubt(&w.cache, the_record(&w, "a.local", 1), w.now);
	ck_assert_int_eq(mdns_cache_expiry(&w.cache), w.now + 10 * MDNS_SEC);

	/* and so do two queries that nobody answers: these count from a second
	 * after the record on, and a second apart. */
	hear(&w, "a.local", 1, 120, SHARED);
	w.now += MDNS_SEC - 1;
	mdns_cache_observe_query(&w.cache, the_record(&w, "a.local", 1), w.now);
	ck_assert_uint_eq(the_record(&w, "a.local", 1)->queries, 0);
	w.now += 1;
	mdns_cache_observe_query(&w.cache, the_record(&w, "a.local", 1), w.now);
	ck_assert_uint_eq(the_record(&w, "a.local", 1)->queries, 1);
	w.now += MDNS_SEC - 1;
	mdns_cache_observe_query(&w.cache, the_record(&w, "a.local", 1), w.now);
	ck_assert_uint_eq(the_record(&w, "a.local", 1)->queries, 1);
	w.now += 1;
	mdns_cache_observe_query(&w.cache, the_record(&w, "a.local", 1), w.now);
	ck_assert_uint_eq(the_record(&w, "a.local", 1)->queries, 2);
	ck_assert_int_eq(mdns_cache_expiry(&w.cache), w.now + 10 * MDNS_SEC);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_flush_of_what_is_a_second_old)
{
	/* RFC 6762 10.2: "more than one second ago". */
	for (unsigned older = 0; older < 2; older++) {
		struct world w;

		given(&w);
		hear(&w, "a.local", 1, 120, SHARED);
		w.now += MDNS_SEC + older;
		hear(&w, "a.local", 2, 120, FLUSH);
		ck_assert_int_eq(
			mdns_cached_ends_early(the_record(&w, "a.local", 1)),
			older != 0);
		if (older)
			ck_assert_int_eq(
				mdns_cache_expiry(&w.cache), w.now + MDNS_SEC);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_what_goes_then_anyway_is_not_ending)
{
	/* Given a record with one second left, when it says goodbye, then that
	 * changes nothing, and nobody is told. A nanosecond more, and it does. */
	for (unsigned more = 0; more < 2; more++) {
		struct world w;

		given(&w);
		hear(&w, "a.local", 1, 120, SHARED);
		w.now += 119 * MDNS_SEC - more;
		hear(&w, "a.local", 1, 0, SHARED);
		ck_assert_uint_eq(w.endings, more);
		ck_assert_int_eq(
			mdns_cached_ends_early(the_record(&w, "a.local", 1)),
			more != 0);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_refresh_at_each_per_mille)
{
	/* RFC 6762 5.2: at 80, 85, 90 and 95 % of the life, and 0 to 2 % later:
	 * here in steps of 0.1 %, each of which comes. */
	bool seen[4][21] = {{false}};
	const mdns_time step = 1000 * MDNS_SEC / 1000;

	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct world w;

		given_seeded(&w, 10, 1 << 20, seed);
		hear(&w, "a.local", 1, 1000, WANTED);
		for (unsigned stage = 0; stage < 4; stage++) {
			mdns_time after = mdns_cache_expiry(&w.cache) - START;
			mdns_time late = after - (800 + 50 * stage) * step;

			unit_assert(late % step == 0);
			unit_assert(late >= 0 && late <= 20 * step);
			seen[stage][late / step] = true;
			w.now = START + after;
			mdns_cache_expire(&w.cache, w.now);
			unit_assert(w.events == 2 + stage);
		}
		/* Then no more: it expires. */
		unit_assert(mdns_cache_expiry(&w.cache) == START + 1000 * step);
		then_all_is_given_back(&w);
	}
	for (unsigned stage = 0; stage < 4; stage++)
		for (unsigned late = 0; late <= 20; late++)
			ck_assert_msg(seen[stage][late], "%u, %u", stage, late);
}
END_TEST

START_TEST(test_asked_just_when_a_stage_begins)
{
	/* A query at 80, 85, 90 or 95 % is that stage's; a nanosecond before it
	 * is not. */
	for (unsigned stage = 0; stage < 4; stage++)
		for (unsigned early = 0; early < 2; early++) {
			mdns_time begin = START + (800 + 50 * stage) * MDNS_SEC;
			mdns_time next = begin + 50 * MDNS_SEC;
			struct mdns_rrset *set;
			struct world w;
			mdns_time due;

			given(&w);
			hear(&w, "a.local", 1, 1000, WANTED);
			set = the_set(&w, "a.local");
			due = mdns_cache_expiry(&w.cache);
			w.now = begin - early;
			mdns_cache_asked(&w.cache, set, w.now);
			ck_assert_uint_eq(the_record(&w, "a.local", 1)->stage,
				stage + 1 - early);
			if (early && stage == 0) {
				/* Nothing is put off. */
				ck_assert_int_eq(
					mdns_cache_expiry(&w.cache), due);
			} else if (!early) {
				due = mdns_cache_expiry(&w.cache);
				ck_assert_int_ge(due, next);
				ck_assert_int_le(due, next + 20 * MDNS_SEC);
			}
			then_all_is_given_back(&w);
		}
}
END_TEST

START_TEST(test_wanted_just_when_a_stage_begins)
{
	/* What comes next is later than now, also if that stage would come
	 * without delay. */
	for (uint64_t seed = 1; seed <= 100; seed++) {
		struct world w;

		given_seeded(&w, 10, 1 << 20, seed);
		hear(&w, "a.local", 1, 1000, SHARED);
		w.now = START + 800 * MDNS_SEC;
		mdns_cache_want(&w.cache, the_set(&w, "a.local"), true, w.now);
		unit_assert(mdns_cache_expiry(&w.cache) > w.now);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_wanted_already)
{
	/* Then nothing is put off, and what is due stays due. */
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct world w;
		mdns_time due;

		given_seeded(&w, 10, 1 << 20, seed);
		hear(&w, "a.local", 1, 1000, WANTED);
		due = mdns_cache_expiry(&w.cache);
		mdns_cache_want(&w.cache, the_set(&w, "a.local"), true, w.now);
		ck_assert_int_eq(mdns_cache_expiry(&w.cache), due);
		when_it_is(&w, due);
		mdns_cache_want(&w.cache, the_set(&w, "a.local"), true, w.now);
		ck_assert(the_record(&w, "a.local", 1)->aged);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_not_wanted_already)
{
	/* Given junk that nobody wants, when that is said, it is junk still:
	 * it makes way for more of it. */
	struct world w;

	given_seeded(&w, 10, 1 << 20, 1);
	for (unsigned i = 0; i < 10; i++)
		hear_number(&w, i, SHARED);
	mdns_cache_want(&w.cache, find_number(&w, 0), false, w.now);
	ck_assert(!find_number(&w, 0)->used);
	hear_number(&w, 10, SHARED);
	ck_assert_ptr_null(find_number(&w, 0));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_there_are_four_stages)
{
	/* Also for a record that is over, and that nobody has taken out yet. */
	struct mdns_cached *one;
	struct mdns_rrset *set;
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 1000, WANTED);
	hear(&w, "b.local", 1, 1000, SHARED);
	w.now += 1100 * MDNS_SEC;
	set = the_set(&w, "a.local");
	one = the_record(&w, "a.local", 1);
	mdns_cache_asked(&w.cache, set, w.now);
	ck_assert_uint_eq(one->stage, 4);
	mdns_cache_want(&w.cache, set, false, w.now);
	mdns_cache_want(&w.cache, set, true, w.now);
	ck_assert_uint_eq(one->stage, 4);
	mdns_cache_want(&w.cache, the_set(&w, "b.local"), true, w.now);
	ck_assert_uint_eq(the_record(&w, "b.local", 1)->stage, 4);
	then_all_is_given_back(&w);
}
END_TEST

/* ---- counts ---- */

START_TEST(test_just_as_many_as_may_be)
{
	struct world w;

	/* NSEC records of a name, */
	given(&w);
	for (unsigned i = 0; i < MDNS_NSEC_MAX; i++)
		ck_assert_int_eq(hear_type(&w, "a.local", MDNS_TYPE_NSEC, i,
					 120, SHARED),
			0);
	ck_assert_int_eq(
		hear_type(&w, "a.local", MDNS_TYPE_NSEC, 99, 120, SHARED),
		MDNS_ERR_RESOURCE);
	ck_assert_uint_eq(w.cache.records, MDNS_NSEC_MAX);
	ck_assert_uint_eq(w.cache.refused, 1);

	/* types of a name that clients have asked for. */
	for (unsigned i = 0; i < MDNS_TYPES_MAX; i++)
		ck_assert_int_eq(hear_type(&w, "b.local", (uint16_t)(1000 + i),
					 1, 120, WANTED),
			0);
	ck_assert_int_eq(hear_type(&w, "b.local", 999, 1, 120, SHARED),
		MDNS_ERR_RESOURCE);
	ck_assert_ptr_null(find_type(&w, "b.local", 999));
	/* Of those that are there, more may come; and other names. */
	ck_assert_int_eq(hear_type(&w, "b.local", 1000, 2, 120, SHARED), 0);
	ck_assert_int_eq(hear_type(&w, "c.local", 999, 1, 120, SHARED), 0);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_types_that_nobody_asked_for_make_way)
{
	struct world w;
	unsigned left = 0;

	/* Given a name that somebody has filled with types, one of which a
	 * client has used, */
	given(&w);
	for (unsigned i = 0; i < MDNS_TYPES_MAX; i++)
		hear_type(
			&w, "a.local", (uint16_t)(1000 + i), 1, 86400, SHARED);
	mdns_cache_use(&w.cache, find_type(&w, "a.local", 1005));
	/* then what comes next is kept, wanted or not, and more than once; */
	ck_assert_int_eq(hear_type(&w, "a.local", A, 1, 120, WANTED), 0);
	ck_assert_int_eq(
		hear_type(&w, "a.local", MDNS_TYPE_AAAA, 1, 120, SHARED), 0);
	ck_assert_ptr_nonnull(find(&w, "a.local"));
	ck_assert_ptr_nonnull(find_type(&w, "a.local", MDNS_TYPE_AAAA));
	ck_assert_ptr_nonnull(find_type(&w, "a.local", 1005));
	/* one makes way for each, with its event. */
	for (unsigned i = 0; i < MDNS_TYPES_MAX; i++)
		left += find_type(&w, "a.local", (uint16_t)(1000 + i)) != NULL;
	ck_assert_uint_eq(left, MDNS_TYPES_MAX - 2);
	ck_assert_uint_eq(w.cache.sets.count, MDNS_TYPES_MAX);
	ck_assert_uint_eq(w.cache.evicted, 2);
	ck_assert_uint_eq(w.cache.refused, 0);
	/* And more junk pushes out junk only. */
	for (unsigned i = 0; i < 3 * MDNS_TYPES_MAX; i++)
		hear_type(
			&w, "a.local", (uint16_t)(2000 + i), 1, 86400, SHARED);
	ck_assert_ptr_nonnull(find(&w, "a.local"));
	ck_assert_ptr_nonnull(find_type(&w, "a.local", 1005));
	ck_assert_uint_eq(w.cache.sets.count, MDNS_TYPES_MAX);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_queries_are_counted_up_to_255)
{
	/* Given a record that nobody takes out when it is over, then the count
	 * of others' queries does not begin again. */
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	for (unsigned i = 1; i <= 300; i++) {
		w.now += MDNS_SEC;
		mdns_cache_observe_query(
			&w.cache, the_record(&w, "a.local", 1), w.now);
		unit_assert(the_record(&w, "a.local", 1)->queries ==
			    (i < UINT8_MAX ? i : UINT8_MAX));
	}
	ck_assert_uint_eq(w.endings, 1);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_what_was_wanted_has_been_used)
{
	struct world w;

	/* Given ten hosts, the oldest of which somebody has asked for, */
	given_seeded(&w, 10, 1 << 20, 1);
	for (unsigned i = 0; i < 10; i++)
		hear_number(&w, i, SHARED);
	mdns_cache_want(&w.cache, find_number(&w, 0), true, w.now);
	mdns_cache_want(&w.cache, find_number(&w, 0), false, w.now);
	/* then junk pushes out the other nine only. */
	for (unsigned i = 100; i < 150; i++)
		hear_number(&w, i, SHARED);
	ck_assert_ptr_nonnull(find_number(&w, 0));
	for (unsigned i = 1; i < 10; i++)
		ck_assert_ptr_null(find_number(&w, i));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_every_record_given_up_is_counted)
{
	struct world w;

	given_seeded(&w, 5, 1 << 20, 1);
	for (unsigned i = 0; i < 4; i++)
		hear(&w, "many.local", i, 120, SHARED);
	hear(&w, "one.local", 1, 120, SHARED);
	hear(&w, "other.local", 1, 120, SHARED);
	ck_assert_uint_eq(w.cache.evicted, 4);
	ck_assert_uint_eq(w.cache.records, 2);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_a_limit_may_be_used_up)
{
	/* Given what n hosts take, when that is the limit, then all of them
	 * are kept; and with an octet less, all but one. The heap and the table
	 * have no need to grow in between. */
	for (unsigned n = 4; n <= 8; n++) {
		struct world w;
		size_t octets;

		given(&w);
		for (unsigned i = 0; i < n; i++)
			ck_assert_int_eq(hear_number(&w, i, SHARED), 0);
		octets = w.counted.octets;
		then_all_is_given_back(&w);

		for (unsigned less = 0; less < 2; less++) {
			given_seeded(&w, 1000, octets - less, 1);
			for (unsigned i = 0; i < n; i++)
				ck_assert_int_eq(hear_number(&w, i, SHARED), 0);
			ck_assert_uint_eq(w.cache.evicted, less);
			ck_assert_uint_eq(w.cache.records, n - less);
			then_all_is_given_back(&w);
		}
	}
}
END_TEST

START_TEST(test_every_limit_has_room_for_the_next)
{
	/* Whatever the limit is: if the first host fits so does each that comes
	 * later, since the oldest make way, also where heap or table would have
	 * to grow for it. */
	unsigned most = 0;

	for (size_t octets = 200; octets < 9000; octets += 8) {
		struct world w;
		bool fits;

		given_seeded(&w, 1000, octets, 1);
		fits = hear_number(&w, 0, SHARED) == 0;
		for (unsigned i = 1; i < 60 && fits; i++) {
			if (hear_number(&w, i, SHARED) != 0)
				ck_abort_msg("%zu octets, host %u", octets, i);
			unit_assert(find_number(&w, i));
		}
		unit_assert(w.counted.peak <= octets);
		if (fits && w.cache.records > most)
			most = w.cache.records;
		unit_assert(octets < 1000 || fits);
		then_all_is_given_back(&w);
	}
	ck_assert_uint_ge(most, 33);
}
END_TEST

START_TEST(test_the_last_octet_of_a_limit)
{
	/* Given a host with one address and one with four, when the limit is
	 * what they take, then all are kept; with an octet less, the first host
	 * makes way. */
	for (unsigned less = 0; less < 2; less++) {
		struct world w;
		size_t octets;

		given(&w);
		hear_number(&w, 0, SHARED);
		for (unsigned i = 0; i < 4; i++)
			hear(&w, "many.local", i, 4500, SHARED);
		octets = w.counted.octets;
		then_all_is_given_back(&w);

		given_seeded(&w, 1000, octets - less, 1);
		hear_number(&w, 0, SHARED);
		for (unsigned i = 0; i < 4; i++)
			hear(&w, "many.local", i, 4500, SHARED);
		ck_assert_uint_eq(w.cache.evicted, less);
		ck_assert_int_eq(!find_number(&w, 0), less);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_room_for_heap_and_table)
{
	/* Given what 65 hosts take at most, which is when heap and table have
	 * to grow for the last one, and a kilobyte more, then all are kept. */
	size_t octets = 1 << 20;

	for (unsigned round = 0; round < 2; round++) {
		struct world w;

		given_seeded(&w, 1000, octets, 1);
		for (unsigned i = 0; i < 65; i++)
			hear_number(&w, i, SHARED);
		ck_assert_uint_eq(w.cache.records, 65);
		octets = w.counted.peak + 1024;
		then_all_is_given_back(&w);
	}
}
END_TEST

/* A host with many addresses after the other, in little memory. */
static void hear_hosts(unsigned many, size_t rdlength, size_t octets)
{
	struct world w;

	given_seeded(&w, 1000, octets, 1);
	for (unsigned i = 0; i < 60; i++) {
		uint8_t rdata[300] = {(uint8_t)i};
		struct mdns_rrset *set;
		char text[32];
		int err;

		snprintf(text, sizeof(text), "host-%03u.local", i / many);
		err = hear_rdata(&w, text, A, rdata, rdlength, 4500, SHARED);
		set = find(&w, text);
		unit_assert(err == 0 ||
			    w.cache.sets.count == (set != NULL ? 1 : 0));
		unit_assert(err < 0 || (set && mdns_rrset_find(set, rdata,
						       (uint16_t)rdlength)));
	}
	then_all_is_given_back(&w);
}

START_TEST(test_refused_only_if_nothing_can_make_way)
{
	/* Whatever the limit is, and whether heap and table grow at the same
	 * time or not: who is refused is alone. */
	for (size_t octets = 200; octets < 24000; octets += 24) {
		hear_hosts(1, 4, octets);
		hear_hosts(3, 4, octets);
		hear_hosts(3, 300, octets);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/cache_bounds");
	TCase *tcase = tcase_create("cache_bounds");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_memory_that_was_something_else);
	tcase_add_test(tcase, test_nobody_knows_the_hash);
	tcase_add_test(tcase, test_tags_tell_records_apart);
	tcase_add_test(tcase, test_tags_tell_long_records_apart);
	tcase_add_test(tcase, test_a_set_is_as_it_was_heard_last);
	tcase_add_test(tcase, test_a_nanosecond_decides);
	tcase_add_test(tcase, test_flush_of_what_is_a_second_old);
	tcase_add_test(tcase, test_what_goes_then_anyway_is_not_ending);
	tcase_add_test(tcase, test_refresh_at_each_per_mille);
	tcase_add_test(tcase, test_asked_just_when_a_stage_begins);
	tcase_add_test(tcase, test_wanted_just_when_a_stage_begins);
	tcase_add_test(tcase, test_wanted_already);
	tcase_add_test(tcase, test_not_wanted_already);
	tcase_add_test(tcase, test_there_are_four_stages);
	tcase_add_test(tcase, test_just_as_many_as_may_be);
	tcase_add_test(tcase, test_types_that_nobody_asked_for_make_way);
	tcase_add_test(tcase, test_queries_are_counted_up_to_255);
	tcase_add_test(tcase, test_what_was_wanted_has_been_used);
	tcase_add_test(tcase, test_every_record_given_up_is_counted);
	tcase_add_test(tcase, test_a_limit_may_be_used_up);
	tcase_add_test(tcase, test_every_limit_has_room_for_the_next);
	tcase_add_test(tcase, test_the_last_octet_of_a_limit);
	tcase_add_test(tcase, test_room_for_heap_and_table);
	tcase_add_test(tcase, test_refused_only_if_nothing_can_make_way);
	suite_add_tcase(suite, tcase);
	return suite;
}
