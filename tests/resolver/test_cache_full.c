/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/cache: what makes way when there is no room, and much of
 * everything at random, against a model. Virtual time. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/cache_world.h"

/* ---- when it is full ---- */

static int hear_host(
	struct world *w, const char *what, unsigned number, unsigned flags)
{
	char text[32];

	snprintf(text, sizeof(text), "%s-%u.local", what, number);
	return hear_type(w, text, A, number, 4500, flags);
}

static struct mdns_rrset *find_host(
	struct world *w, const char *what, unsigned number)
{
	char text[32];

	snprintf(text, sizeof(text), "%s-%u.local", what, number);
	return find(w, text);
}

START_TEST(test_full_the_oldest_goes)
{
	struct world w;

	given_seeded(&w, 10, 1 << 20, 1);
	for (unsigned i = 0; i < 13; i++)
		ck_assert_int_eq(hear_host(&w, "host", i, SHARED), 0);
	ck_assert_uint_eq(w.cache.records, 10);
	ck_assert_uint_eq(w.cache.evicted, 3);
	ck_assert_uint_eq(w.cache.refused, 0);
	for (unsigned i = 0; i < 13; i++)
		ck_assert_int_eq(find_host(&w, "host", i) == NULL, i < 3);
	ck_assert_uint_eq(w.events, 16); /* with their events */
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_full_what_is_used_stays_longest)
{
	struct world w;

	given_seeded(&w, 10, 1 << 20, 1);
	for (unsigned i = 0; i < 10; i++)
		hear_host(&w, "host", i, SHARED);
	mdns_cache_use(&w.cache, find_host(&w, "host", 0));
	mdns_cache_use(&w.cache, find_host(&w, "host", 5));
	mdns_cache_use(&w.cache, find_host(&w, "host", 0));
	ck_assert(find_host(&w, "host", 0)->used);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(hear_host(&w, "junk", i, SHARED), 0);
	ck_assert_ptr_nonnull(find_host(&w, "host", 0));
	ck_assert_ptr_nonnull(find_host(&w, "host", 5));
	ck_assert_uint_eq(w.cache.evicted, 1000);

	/* If all are used, the one that was not for longest. */
	for (unsigned i = 992; i < 1000; i++)
		mdns_cache_use(&w.cache, find_host(&w, "junk", i));
	hear_host(&w, "more", 0, SHARED);
	ck_assert_ptr_null(find_host(&w, "host", 5));
	ck_assert_ptr_nonnull(find_host(&w, "host", 0));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_full_what_is_wanted_stays)
{
	struct world w;

	given_seeded(&w, 10, 1 << 20, 1);
	for (unsigned i = 0; i < 9; i++)
		hear_host(&w, "host", i, i % 2 ? WANTED : SHARED);
	for (unsigned i = 0; i < 9; i += 2)
		mdns_cache_want(
			&w.cache, find_host(&w, "host", i), true, w.now);
	for (unsigned i = 0; i < 1000; i++)
		hear_host(&w, "junk", i, SHARED);
	for (unsigned i = 0; i < 9; i++)
		ck_assert_ptr_nonnull(find_host(&w, "host", i));
	ck_assert_uint_eq(w.cache.evicted, 999);

	/* Junk makes way for what is wanted, and then no junk comes in, */
	ck_assert_int_eq(hear_host(&w, "host", 9, WANTED), 0);
	ck_assert_uint_eq(w.cache.evicted, 1000);
	ck_assert_uint_eq(w.cache.refused, 0);
	w.events = 0;
	ck_assert_int_eq(hear_host(&w, "junk", 0, SHARED), MDNS_ERR_RESOURCE);
	/* nor more of what is there. */
	ck_assert_int_eq(hear_type(&w, "host-9.local", A, 10, 4500, WANTED),
		MDNS_ERR_RESOURCE);
	ck_assert_uint_eq(w.cache.refused, 2);
	ck_assert_uint_eq(w.cache.evicted, 1000);
	ck_assert_uint_eq(w.events, 0);
	ck_assert_uint_eq(w.cache.records, 10);
	ck_assert_uint_eq(w.cache.sets.count, 10);

	/* What is there is still updated, and may say goodbye. */
	ck_assert_int_eq(hear_host(&w, "host", 9, WANTED), 0);
	ck_assert_int_eq(hear_type(&w, "host-9.local", A, 9, 0, WANTED), 0);
	when_ms_later(&w, 1000);
	ck_assert_uint_eq(w.cache.records, 9);

	/* When nobody wants it any more, it makes way like others. */
	ck_assert_int_eq(hear_host(&w, "host", 9, WANTED), 0);
	mdns_cache_want(&w.cache, find_host(&w, "host", 3), false, w.now);
	ck_assert_int_eq(hear_host(&w, "junk", 0, SHARED), 0);
	ck_assert_ptr_null(find_host(&w, "host", 3));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_full_of_one_wanted_set)
{
	/* Given a set that is wanted, and so large that there is room for
	 * nothing else, */
	struct world w;

	given_seeded(&w, 10, 1 << 20, 1);
	for (unsigned i = 0; i < 20; i++)
		hear_type(&w, "large.local", A, i, 4500, WANTED);
	ck_assert_uint_eq(the_set(&w, "large.local")->count, 10);
	ck_assert_int_eq(hear_host(&w, "junk", 0, SHARED), MDNS_ERR_RESOURCE);
	/* then it makes way for another that is wanted, with its events; */
	w.events = 0;
	ck_assert_int_eq(hear_host(&w, "host", 0, WANTED), 0);
	ck_assert_ptr_nonnull(find_host(&w, "host", 0));
	ck_assert_ptr_null(find(&w, "large.local"));
	ck_assert_uint_eq(w.events, 10 + 1);
	/* and when it is heard again it leaves others what they have. */
	for (unsigned i = 0; i < 20; i++)
		hear_type(&w, "large.local", A, i, 4500, WANTED);
	ck_assert_ptr_nonnull(find_host(&w, "host", 0));
	ck_assert_uint_eq(the_set(&w, "large.local")->count, 9);
	/* Of several it is the oldest. */
	ck_assert_int_eq(hear_host(&w, "host", 1, WANTED), 0);
	ck_assert_ptr_null(find_host(&w, "host", 0));
	ck_assert_ptr_nonnull(find(&w, "large.local"));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_full_of_one_set)
{
	/* One name with junk without end does not keep the rest out. */
	struct world w;

	given_seeded(&w, 10, 1 << 20, 1);
	for (unsigned i = 0; i < 100; i++)
		hear_type(&w, "junk.local", A, i, 120, SHARED);
	then_books_balance(&w);
	ck_assert_uint_le(w.cache.records, 10);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(hear_host(&w, "host", i, SHARED), 0);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_ptr_nonnull(find_host(&w, "host", i));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_junk_in_one_set_pushes_out_junk_only)
{
	/* Given answers that clients have used, and one name that somebody
	 * fills with addresses, be it the only junk there is. */
	for (unsigned junk = 0; junk < 3; junk++) {
		struct world w;

		given_seeded(&w, 100, 1 << 20, 1);
		for (unsigned i = 0; i < 50; i++) {
			hear_host(&w, "host", i, SHARED);
			mdns_cache_use(&w.cache, find_host(&w, "host", i));
		}
		for (unsigned i = 0; i < 10 * junk; i++)
			hear_host(&w, "junk", i, SHARED);
		for (unsigned i = 0; i < 500; i++)
			hear_type(&w, "flood.local", A, i, 4500, SHARED);
		for (unsigned i = 0; i < 50; i++)
			ck_assert_msg(find_host(&w, "host", i) != NULL,
				"host %u is lost", i);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_one_set_is_bounded)
{
	/* However much room there is: every put looks through the set. */
	struct world w;

	given_seeded(&w, 10000, 1 << 22, 1);
	for (unsigned i = 0; i < 2 * MDNS_RRSET_MAX; i++) {
		hear_type(&w, "junk.local", A, i, 4500, SHARED);
		unit_assert(the_set(&w, "junk.local")->count <= MDNS_RRSET_MAX);
	}
	ck_assert_uint_eq(the_set(&w, "junk.local")->count, MDNS_RRSET_MAX);
	ck_assert_uint_eq(w.cache.evicted + w.cache.refused, MDNS_RRSET_MAX);
	ck_assert_int_eq(hear_host(&w, "host", 1, SHARED), 0);
	/* What is there is still updated. */
	w.events = 0;
	ck_assert_int_eq(
		hear_rdata(&w, "junk.local", A,
			the_set(&w, "junk.local")->first->rdata, 4, 60, SHARED),
		0);
	ck_assert_uint_eq(w.events, 1);
	ck_assert_int_eq(w.event[0].change, MDNS_UPDATED);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_nsec_records_are_few)
{
	struct world w;

	given(&w);
	for (unsigned i = 0; i < 100; i++)
		hear_type(&w, "a.local", MDNS_TYPE_NSEC, i, 120, SHARED);
	ck_assert_uint_le(w.cache.records, MDNS_NSEC_MAX);
	ck_assert_uint_ge(w.cache.records, 1);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_limit_of_octets)
{
	struct world w;
	static uint8_t big[4000];

	given_seeded(&w, 1000, 20000, 1);
	for (unsigned i = 0; i < 100; i++) {
		char text[32];

		snprintf(text, sizeof(text), "junk-%u.local", i);
		ck_assert_int_eq(hear_rdata(&w, text, TXT, big, sizeof(big),
					 120, SHARED),
			0);
	}
	ck_assert_uint_ge(w.cache.records, 3);
	ck_assert_uint_le(w.counted.peak, 20000);
	ck_assert_uint_ge(w.cache.evicted, 95);
	then_all_is_given_back(&w);

	/* One that could never fit does not empty the cache first. */
	given_seeded(&w, 1000, 3000, 1);
	hear_host(&w, "host", 1, SHARED);
	ck_assert_int_eq(hear_rdata(&w, "junk.local", TXT, big, sizeof(big),
				 120, SHARED),
		MDNS_ERR_RESOURCE);
	ck_assert_uint_eq(w.cache.refused, 1);
	ck_assert_ptr_null(find_type(&w, "junk.local", TXT));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_no_limit_no_room)
{
	struct world w;

	given_seeded(&w, 0, 1 << 20, 1);
	ck_assert_int_eq(hear_host(&w, "host", 1, SHARED), MDNS_ERR_RESOURCE);
	then_all_is_given_back(&w);
	given_seeded(&w, 100, 0, 1);
	ck_assert_int_eq(hear_host(&w, "host", 1, SHARED), MDNS_ERR_RESOURCE);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_no_memory)
{
	/* Given that the i-th allocation fails (and all after it, or only that
	 * one), then some records are not there, and nothing else is wrong. */
	for (unsigned once = 0; once < 2; once++)
		for (uint64_t i = 1; i < 120; i++) {
			struct world w;
			unsigned taken = 0;

			given(&w);
			w.counted.refuse = i;
			w.counted.refuse_one = once;
			for (unsigned k = 0; k < 60; k++) {
				char text[32];
				bool fits;

				snprintf(text, sizeof(text), "host-%u.local",
					k / 2);
				fits = hear_type(&w, text, A, k, 1 + k,
					       k % 4 ? SHARED : WANTED) == 0;
				taken += fits;
				unit_assert(!record(&w, text, k) == !fits);
			}
			unit_assert(w.cache.records + w.cache.evicted == taken);
			unit_assert(once ? taken >= 59 : taken <= i);
			when_ms_later(&w, 100000);
			unit_assert(w.cache.records == 0);
			then_all_is_given_back(&w);
		}
}
END_TEST

/* ---- against a model ---- */

enum { NAMES = 5, TYPES = 2, DATAS = 5, ALL = NAMES * TYPES * DATAS };

struct known {
	bool there;
	mdns_time received, observed, expiry;
	unsigned queries;
	int shown; /* by the events */
};

struct model {
	struct world w;
	struct known known[ALL];
};

static unsigned index_of(const struct mdns_cached *one)
{
	unsigned name = one->set->name[1] - 'a';
	unsigned type = one->set->type == TXT;

	unit_assert(name < NAMES);
	return (name * TYPES + type) * DATAS + one->rdata[3];
}

static void model_changed(void *context, enum mdns_change change,
	const struct mdns_cached *one, mdns_time now)
{
	struct model *m = context;
	struct known *known = &m->known[index_of(one)];

	unit_assert(change != MDNS_REFRESH); /* nothing is wanted */
	unit_assert(known->shown == (change != MDNS_ADDED));
	known->shown = change != MDNS_REMOVED;
	changed(&m->w, change, one, now);
}

static void shorten(struct known *known, mdns_time expiry)
{
	if (expiry < known->expiry)
		known->expiry = expiry;
}

static void model_hear(struct model *m, unsigned i, uint32_t ttl, bool flush)
{
	mdns_time now = m->w.now;
	unsigned first = i - i % DATAS;

	if (flush)
		for (unsigned k = first; k < first + DATAS; k++)
			if (k != i && m->known[k].received < now - MDNS_SEC)
				shorten(&m->known[k], now + MDNS_SEC);
	if (ttl == 0) {
		shorten(&m->known[i], now + MDNS_SEC);
		return;
	}
	m->known[i].there = true;
	m->known[i].received = now;
	m->known[i].expiry = now + ttl * MDNS_SEC;
	m->known[i].queries = 0;
}

static void model_step(struct model *m, struct mdns_random *random)
{
	struct world *w = &m->w;
	unsigned i = mdns_random_below(random, ALL);
	char text[] = {(char)('a' + i / DATAS / TYPES), 0};
	uint16_t type = i / DATAS % TYPES ? TXT : A;
	uint8_t rdata[4] = {10, 0, 0, (uint8_t)(i % DATAS)};
	struct mdns_rrset *set = find_type(w, text, type);
	struct mdns_cached *one = set ? mdns_rrset_find(set, rdata, 4) : NULL;
	struct known *known = &m->known[i];
	bool flush = mdns_random_below(random, 3) == 0;
	uint32_t ttl = 1 + mdns_random_below(random, 20);

	switch (mdns_random_below(random, 10)) {
	default: /* heard */
		model_hear(m, i, ttl, flush);
		hear_type(w, text, type, i % DATAS, ttl, flush);
		break;
	case 0: /* goodbye, of a shared one */
		model_hear(m, i, 0, false);
		hear_type(w, text, type, i % DATAS, 0, SHARED);
		break;
	case 1:
		if (one) {
			mdns_cache_doubt(&w->cache, one, w->now);
			shorten(known, w->now + 10 * MDNS_SEC);
		}
		break;
	case 2:
		if (one) {
			mdns_cache_observe_query(&w->cache, one, w->now);
			if (w->now >= known->received + MDNS_SEC &&
				(known->queries == 0 ||
					w->now >= known->observed + MDNS_SEC)) {
				known->observed = w->now;
				if (++known->queries == 2)
					shorten(known, w->now + 10 * MDNS_SEC);
			}
		}
		break;
	case 3:
		if (one) {
			mdns_cache_remove(&w->cache, one, w->now);
			known->there = false;
		}
		break;
	case 4:
		if (set)
			mdns_cache_use(&w->cache, set);
		break;
	}
}

static void then_cache_is_as_the_model(struct model *m)
{
	mdns_time first = MDNS_TIME_NEVER;
	uint32_t records = 0, sets = 0;

	for (unsigned i = 0; i < ALL; i += DATAS) {
		char text[] = {(char)('a' + i / DATAS / TYPES), 0};
		struct mdns_rrset *set =
			find_type(&m->w, text, i / DATAS % TYPES ? TXT : A);
		unsigned count = 0;

		for (unsigned k = 0; k < DATAS; k++) {
			const uint8_t rdata[4] = {10, 0, 0, (uint8_t)k};
			struct known *known = &m->known[i + k];
			struct mdns_cached *one =
				set ? mdns_rrset_find(set, rdata, 4) : NULL;

			unit_assert(!one == !known->there);
			unit_assert(known->shown == known->there);
			if (!one)
				continue;
			unit_assert(one->expiry == known->expiry);
			if (one->expiry < first)
				first = one->expiry;
			count++;
		}
		unit_assert(!set == (count == 0));
		unit_assert(!set || set->count == count);
		records += count;
		sets += count > 0;
	}
	unit_assert(m->w.cache.records == records);
	unit_assert(m->w.cache.sets.count == sets);
	unit_assert(mdns_cache_expiry(&m->w.cache) == first);
}

START_TEST(test_against_a_model)
{
	static struct model m;
	struct mdns_random random;

	memset(&m, 0, sizeof(m));
	mdns_random_init(&random, (uint64_t)_i);
	given_seeded(&m.w, 1000, 1 << 20, (uint64_t)_i);
	m.w.cache.changed = model_changed;
	m.w.cache.context = &m;
	for (unsigned step = 0; step < 2000; step++) {
		when_it_is(&m.w,
			m.w.now + mdns_random_below(&random, 600) * MDNS_MSEC);
		for (unsigned i = 0; i < ALL; i++)
			if (m.known[i].expiry <= m.w.now)
				m.known[i].there = false;
		then_cache_is_as_the_model(&m);
		model_step(&m, &random);
		then_cache_is_as_the_model(&m);
	}
	then_all_is_given_back(&m.w);
}
END_TEST

/* Small limits, memory that fails now and then, everything at random: the books
 * balance, and what is wanted is there until its time has come. */
START_TEST(test_random_under_pressure)
{
	struct world w;
	struct mdns_random random;
	mdns_time wanted_until[20] = {0};

	mdns_random_init(&random, (uint64_t)_i + 1000);
	given_seeded(&w, 40, 12000, (uint64_t)_i);
	for (unsigned step = 0; step < 3000; step++) {
		uint32_t k = mdns_random_below(&random, 20);
		uint32_t ttl = 1 + mdns_random_below(&random, 300);
		uint32_t what = mdns_random_below(&random, 20);
		uint32_t junk = mdns_random_below(&random, 500);
		struct mdns_rrset *set;

		when_ms_later(&w, mdns_random_below(&random, 400));
		w.counted.refuse = 0;
		if (what == 0) {
			w.counted.refuse = w.counted.takes + 1;
			w.counted.refuse_one = true;
		}
		if (what < 4) {
			char text[32];

			snprintf(text, sizeof(text), "host-%u.local",
				(unsigned)k);
			if (!hear_type(&w, text, A, k, ttl, WANTED))
				wanted_until[k] = w.now + ttl * MDNS_SEC;
		} else {
			hear_host(&w, "junk", junk, junk & FLUSH);
		}
		set = find_host(&w, "junk", junk / 2);
		if (set && what % 5 == 0)
			mdns_cache_use(&w.cache, set);
		for (unsigned i = 0; i < 20; i++)
			unit_assert(!find_host(&w, "host", i) ==
				    (wanted_until[i] <= w.now));
		w.events = 0;
	}
	ck_assert_uint_gt(w.cache.evicted, 100);
	then_all_is_given_back(&w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/cache_full");
	TCase *tcase = tcase_create("cache_full");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_full_the_oldest_goes);
	tcase_add_test(tcase, test_full_what_is_used_stays_longest);
	tcase_add_test(tcase, test_full_what_is_wanted_stays);
	tcase_add_test(tcase, test_full_of_one_wanted_set);
	tcase_add_test(tcase, test_full_of_one_set);
	tcase_add_test(tcase, test_junk_in_one_set_pushes_out_junk_only);
	tcase_add_test(tcase, test_one_set_is_bounded);
	tcase_add_test(tcase, test_nsec_records_are_few);
	tcase_add_test(tcase, test_limit_of_octets);
	tcase_add_test(tcase, test_no_limit_no_room);
	tcase_add_test(tcase, test_no_memory);
	tcase_add_loop_test(tcase, test_against_a_model, 0, 30);
	tcase_add_loop_test(tcase, test_random_under_pressure, 0, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
