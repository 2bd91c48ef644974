/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/cache: what is remembered, found, removed and denied, and
 * for how long. Virtual time. */
#include <stdio.h>
#include <string.h>

#include "tests/resolver/cache_world.h"

/* ---- keys ---- */

START_TEST(test_empty)
{
	struct world w;

	given(&w);
	ck_assert_ptr_null(find(&w, "printer.local"));
	ck_assert(mdns_cache_expiry(&w.cache) == MDNS_TIME_NEVER);
	mdns_cache_expire(&w.cache, w.now);
	mdns_cache_flush(&w.cache, w.now);
	ck_assert_uint_eq(w.counted.blocks, 0);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_a_record_is_found_until_it_expires)
{
	struct world w;
	struct mdns_cached *one;

	given(&w);
	hear(&w, "printer.local", 1, 120, SHARED);
	one = record(&w, "printer.local", 1);
	ck_assert_ptr_nonnull(one);
	ck_assert_uint_eq(one->ttl, 120);
	ck_assert_int_eq(one->received, START);
	ck_assert_int_eq(one->expiry, START + 120 * MDNS_SEC);
	ck_assert_uint_eq(one->rdlength, 4);
	ck_assert_ptr_eq(one->set, find(&w, "printer.local"));
	ck_assert_uint_eq(one->set->count, 1);
	ck_assert(!one->set->unique);
	ck_assert(mdns_cache_expiry(&w.cache) == START + 120 * MDNS_SEC);

	when_ms_later(&w, 119999);
	ck_assert_ptr_nonnull(record(&w, "printer.local", 1));
	when_ms_later(&w, 1);
	ck_assert_ptr_null(find(&w, "printer.local"));
	ck_assert_str_eq(story(&w), "0+1 120000-1");
	ck_assert(mdns_cache_expiry(&w.cache) == MDNS_TIME_NEVER);
	ck_assert_uint_eq(w.cache.sets.count, 0);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_name_type_and_class_are_the_key)
{
	struct world w;
	struct mdns_name name = unit_name("printer.local");
	const uint8_t rdata[4] = {10, 0, 0, 9};
	struct mdns_heard other_class = {
		&name, A, 3, false, false, 120, rdata, 4};

	given(&w);
	hear(&w, "printer.local", 1, 120, SHARED);
	hear_type(&w, "printer.local", TXT, 2, 120, SHARED);
	hear(&w, "scanner.local", 3, 120, SHARED);
	hear(&w, "printer.local", 4, 120, SHARED);
	ck_assert_int_eq(mdns_cache_put(&w.cache, &other_class, w.now), 0);

	ck_assert_uint_eq(w.cache.records, 5);
	ck_assert_uint_eq(w.cache.sets.count, 4);
	ck_assert_uint_eq(the_set(&w, "printer.local")->count, 2);
	ck_assert_uint_eq(find_type(&w, "printer.local", TXT)->count, 1);
	ck_assert_uint_eq(the_set(&w, "scanner.local")->count, 1);
	ck_assert_ptr_null(find_type(&w, "scanner.local", TXT));
	ck_assert_ptr_null(find(&w, "local"));
	ck_assert_ptr_null(find(&w, "x.printer.local"));
	ck_assert_ptr_null(find(&w, "printer.loca"));
	ck_assert_ptr_nonnull(mdns_cache_find(&w.cache, &name, A, 3));
	ck_assert_ptr_null(mdns_cache_find(&w.cache, &name, A, 2));
	ck_assert_ptr_null(mdns_cache_find(&w.cache, &name, TXT, 3));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_case_is_ignored_and_kept)
{
	struct world w;
	struct mdns_name heard = unit_name("PrinTer.Local"), name;

	given(&w);
	hear(&w, "PrinTer.Local", 1, 120, SHARED);
	hear(&w, "printer.LOCAL", 2, 120, SHARED);
	hear(&w, "printer.local", 1, 120, SHARED);
	ck_assert_str_eq(story(&w), "0+1 0+2 0=1");
	ck_assert_uint_eq(w.cache.sets.count, 1);
	ck_assert_ptr_nonnull(find(&w, "PRINTER.LOCAL"));
	memset(&name, 0, sizeof(name));
	mdns_rrset_name(find(&w, "printer.local"), &name);
	ck_assert_uint_eq(name.len, heard.len);
	ck_assert_mem_eq(name.wire, heard.wire, heard.len);

	/* Only ASCII letters: RFC 6762 16. */
	hear(&w, "\xc3\x84.local", 3, 120, SHARED);
	ck_assert_ptr_null(find(&w, "\xc3\xa4.local"));
	hear(&w, "a[.local", 4, 120, SHARED);
	ck_assert_ptr_null(find(&w, "a{.local"));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_data_of_every_size)
{
	struct world w;
	static uint8_t big[8900];
	struct mdns_rrset *set;

	given(&w);
	memset(big, 'x', sizeof(big));
	ck_assert_int_eq(hear_rdata(&w, "a.local", TXT, big, 0, 120, 0), 0);
	ck_assert_int_eq(hear_rdata(&w, "a.local", TXT, big, 1, 120, 0), 0);
	ck_assert_int_eq(
		hear_rdata(&w, "a.local", TXT, big, sizeof(big), 120, 0), 0);
	set = find_type(&w, "a.local", TXT);
	ck_assert_uint_eq(set->count, 3);
	ck_assert_uint_eq(mdns_rrset_find(set, big, 0)->rdlength, 0);
	ck_assert_uint_eq(mdns_rrset_find(set, big, 1)->rdlength, 1);
	ck_assert_mem_eq(mdns_rrset_find(set, big, sizeof(big))->rdata, big,
		sizeof(big));
	/* The begin of another is not the same data. */
	ck_assert_ptr_null(mdns_rrset_find(set, big, 2));
	big[0] = 'y';
	ck_assert_ptr_null(mdns_rrset_find(set, big, 1));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_longest_name)
{
	struct world w;
	char text[256];
	struct mdns_name want, name;

	memset(text, 'a', 255);
	text[63] = text[127] = text[191] = '.';
	text[254] = 0;
	want = unit_name(text);
	ck_assert_uint_eq(want.len, 256);
	given(&w);
	hear(&w, text, 1, 120, SHARED);
	ck_assert_ptr_nonnull(find(&w, text));
	mdns_rrset_name(find(&w, text), &name);
	ck_assert_uint_eq(name.len, 256);
	ck_assert_mem_eq(name.wire, want.wire, 256);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_ten_thousand_names)
{
	struct world w;

	given_seeded(&w, 10000, 1 << 23, 1);
	for (unsigned i = 0; i < 10000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i);
		hear(&w, text, i, 1 + i % 100, SHARED);
	}
	ck_assert_uint_eq(w.cache.records, 10000);
	for (unsigned i = 0; i < 10000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "HOST-%u.local", i);
		unit_assert(record(&w, text, i));
	}
	/* Half of them go; the others stay. */
	when_ms_later(&w, 50000);
	ck_assert_uint_eq(w.cache.records, 5000);
	for (unsigned i = 0; i < 10000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i);
		unit_assert(!record(&w, text, i) == (1 + i % 100 <= 50));
	}
	when_ms_later(&w, 50000);
	ck_assert_uint_eq(w.cache.records, 0);
	ck_assert_uint_eq(w.cache.sets.count, 0);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_all_types_of_a_name)
{
	struct world w;
	struct mdns_name name = unit_name("printer.LOCAL");
	struct mdns_name none = unit_name("nobody.local");
	const uint8_t rdata[4] = {10, 0, 0, 9};
	struct mdns_heard other_class = {
		&name, A, 3, false, false, 120, rdata, 4};
	unsigned seen = 0, count = 0;

	given(&w);
	for (unsigned i = 0; i < 500; i++) {
		char text[32];

		snprintf(text, sizeof(text), "junk-%u.local", i);
		hear(&w, text, i, 120, SHARED);
	}
	for (uint16_t type = 1; type <= 6; type++) {
		hear_type(&w, "printer.local", type, 1, 120, SHARED);
		hear_type(&w, "printer.local", type, 2, 120, SHARED);
	}
	mdns_cache_put(&w.cache, &other_class, w.now);
	for (struct mdns_rrset *set =
			mdns_cache_next_of_name(&w.cache, &name, NULL);
		set; set = mdns_cache_next_of_name(&w.cache, &name, set)) {
		ck_assert_uint_eq(set->rclass, 1);
		ck_assert_uint_eq(set->count, 2);
		seen |= 1u << set->type;
		count++;
	}
	ck_assert_uint_eq(count, 6);
	ck_assert_uint_eq(seen, 0x7e);
	ck_assert_ptr_null(mdns_cache_next_of_name(&w.cache, &none, NULL));
	then_all_is_given_back(&w);
}
END_TEST

/* ---- time ---- */

START_TEST(test_ttl_is_capped)
{
	static const struct {
		uint32_t ttl, counts_as;
	} rows[] = {
		{1, 1},
		{86399, 86399},
		{86400, 86400},
		{86401, 86400},
		{0x7fffffff, 86400},
		{UINT32_MAX, 86400},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		hear(&w, "a.local", 1, rows[i].ttl, SHARED);
		ck_assert_uint_eq(
			the_record(&w, "a.local", 1)->ttl, rows[i].counts_as);
		when_it_is(&w, START + rows[i].counts_as * MDNS_SEC - 1);
		ck_assert_ptr_nonnull(record(&w, "a.local", 1));
		when_it_is(&w, w.now + 1);
		ck_assert_ptr_null(record(&w, "a.local", 1));
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_seconds_left)
{
	struct world w;
	const struct mdns_cached *one;

	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	one = record(&w, "a.local", 1);
	ck_assert_uint_eq(mdns_cached_left(one, START), 120);
	ck_assert_uint_eq(mdns_cached_left(one, START + 1), 119);
	ck_assert_uint_eq(mdns_cached_left(one, START + MDNS_SEC), 119);
	ck_assert_uint_eq(mdns_cached_left(one, START + 119 * MDNS_SEC), 1);
	ck_assert_uint_eq(mdns_cached_left(one, START + 119 * MDNS_SEC + 1), 0);
	ck_assert_uint_eq(mdns_cached_left(one, START + 120 * MDNS_SEC), 0);
	/* Woken late. */
	ck_assert_uint_eq(mdns_cached_left(one, START + 121 * MDNS_SEC), 0);
	ck_assert_uint_eq(mdns_cached_left(one, START + 86400 * MDNS_SEC), 0);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_heard_again_its_time_starts_anew)
{
	struct world w;

	given(&w);
	hear(&w, "a.local", 1, 120, SHARED);
	when_ms_later(&w, 100000);
	hear(&w, "a.local", 1, 60, SHARED);
	ck_assert_uint_eq(the_record(&w, "a.local", 1)->ttl, 60);
	ck_assert_int_eq(the_record(&w, "a.local", 1)->received, w.now);
	when_ms_later(&w, 200000);
	/* A shorter TTL counts as well. */
	hear(&w, "a.local", 1, 4500, SHARED);
	hear(&w, "a.local", 1, 10, SHARED);
	when_ms_later(&w, 20000);
	ck_assert_str_eq(
		story(&w), "0+1 100000=1 160000-1 300000+1 300000=1 310000-1");
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_many_expire_in_order)
{
	struct world w;

	given(&w);
	hear(&w, "c.local", 3, 3, SHARED);
	hear(&w, "a.local", 1, 1, SHARED);
	hear(&w, "b.local", 2, 2, SHARED);
	hear(&w, "b.local", 4, 4, SHARED);
	story(&w);
	when_ms_later(&w, 10000);
	ck_assert_str_eq(story(&w), "1000-1 2000-2 3000-3 4000-4");

	/* Woken late: all that is due goes at once. */
	for (unsigned i = 1; i <= 100; i++)
		hear(&w, "d.local", i, i, SHARED);
	w.now += 50 * MDNS_SEC;
	mdns_cache_expire(&w.cache, w.now);
	ck_assert_uint_eq(w.cache.records, 50);
	ck_assert_uint_eq(the_set(&w, "d.local")->count, 50);
	ck_assert_ptr_null(record(&w, "d.local", 50));
	ck_assert_ptr_nonnull(record(&w, "d.local", 51));
	then_all_is_given_back(&w);
}
END_TEST

/* ---- removal ---- */

START_TEST(test_remove)
{
	struct world w;

	given(&w);
	for (unsigned i = 1; i <= 3; i++)
		hear(&w, "a.local", i, 10 * i, SHARED);
	when_ms_later(&w, 1000);
	story(&w);
	mdns_cache_remove(&w.cache, record(&w, "a.local", 2), w.now);
	ck_assert_ptr_null(record(&w, "a.local", 2));
	ck_assert_uint_eq(the_set(&w, "a.local")->count, 2);
	mdns_cache_remove(&w.cache, record(&w, "a.local", 1), w.now);
	ck_assert(mdns_cache_expiry(&w.cache) == START + 30 * MDNS_SEC);
	mdns_cache_remove(&w.cache, record(&w, "a.local", 3), w.now);
	ck_assert_ptr_null(find(&w, "a.local"));
	ck_assert(mdns_cache_expiry(&w.cache) == MDNS_TIME_NEVER);
	when_ms_later(&w, 60000);
	ck_assert_str_eq(story(&w), "1000-2 1000-1 1000-3");
	ck_assert_uint_eq(w.cache.evicted, 0);
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_flush)
{
	struct world w;

	given(&w);
	for (unsigned i = 0; i < 200; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i / 2);
		hear(&w, text, i, 120, i % 3 ? WANTED : SHARED);
	}
	w.events = 0;
	mdns_cache_flush(&w.cache, w.now);
	ck_assert_uint_eq(w.events, 200);
	for (unsigned i = 0; i < 200; i++)
		ck_assert_int_eq(w.event[i].change, MDNS_REMOVED);
	ck_assert_uint_eq(w.cache.records, 0);
	ck_assert_uint_eq(w.cache.sets.count, 0);
	ck_assert_ptr_null(find(&w, "host-0.local"));
	ck_assert(mdns_cache_expiry(&w.cache) == MDNS_TIME_NEVER);

	/* And it can be used again. */
	hear(&w, "host-0.local", 1, 120, SHARED);
	ck_assert_ptr_nonnull(record(&w, "host-0.local", 1));
	then_all_is_given_back(&w);
}
END_TEST

/* ---- NSEC, RFC 6762 6.1 ---- */

static void hear_nsec(
	struct world *w, const char *text, const char *rdata, uint32_t ttl)
{
	uint8_t buf[300];
	size_t size = unit_hex(rdata, buf, sizeof(buf));

	ck_assert_int_eq(
		hear_rdata(w, text, MDNS_TYPE_NSEC, buf, size, ttl, FLUSH), 0);
}

/* a.local, A and TXT. */
#define NSEC_A_TXT "01 61 05 6c6f63616c 00  00 03 40 00 80"

static bool denies(struct world *w, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);

	return mdns_cache_denies(&w->cache, &name, type, w->now);
}

START_TEST(test_nsec_denies_until_it_expires)
{
	struct world w;

	given(&w);
	ck_assert(!denies(&w, "a.local", MDNS_TYPE_AAAA));
	hear_nsec(&w, "a.local", NSEC_A_TXT, 120);
	ck_assert(denies(&w, "a.local", MDNS_TYPE_AAAA));
	ck_assert(denies(&w, "A.local", MDNS_TYPE_AAAA));
	ck_assert(denies(&w, "a.local", 33));
	ck_assert(denies(&w, "a.local", 255 - 1));
	ck_assert(!denies(&w, "a.local", MDNS_TYPE_A));
	ck_assert(!denies(&w, "a.local", TXT));
	ck_assert(!denies(&w, "b.local", MDNS_TYPE_AAAA));

	/* It does not look at the clock of somebody else. */
	w.now += 120 * MDNS_SEC - 1;
	ck_assert(denies(&w, "a.local", MDNS_TYPE_AAAA));
	w.now += 1;
	ck_assert(!denies(&w, "a.local", MDNS_TYPE_AAAA));
	mdns_cache_expire(&w.cache, w.now);
	ck_assert(!denies(&w, "a.local", MDNS_TYPE_AAAA));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_nsec_says_nothing_of_types_above_255)
{
	/* The restricted form has no place for them. And ANY is no type that a
	 * name could lack. */
	struct world w;

	given(&w);
	hear_nsec(&w, "a.local", NSEC_A_TXT, 120);
	ck_assert(!denies(&w, "a.local", 256));
	ck_assert(!denies(&w, "a.local", 256 + 28));
	ck_assert(!denies(&w, "a.local", 65535));
	ck_assert(!denies(&w, "a.local", MDNS_TYPE_ANY));
	then_all_is_given_back(&w);
}
END_TEST

START_TEST(test_bad_nsec_denies_nothing)
{
	static const struct {
		const char *what, *rdata;
		bool denies;
	} rows[] = {
		{"good", NSEC_A_TXT, true},
		{"another next name", "01 62 00 00 01 40", true},
		{"empty", "", false},
		{"no bitmap", "01 61 05 6c6f63616c 00", false},
		{"bitmap cut short", "01 61 05 6c6f63616c 00 00 03 40 00",
			false},
		{"name cut short", "05 6c6f", false},
		{"length 0", "01 61 05 6c6f63616c 00 00 00", false},
		{"a pointer to nowhere", "c00c 00 01 40", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		hear_nsec(&w, "a.local", rows[i].rdata, 120);
		ck_assert_msg(denies(&w, "a.local", 28) == rows[i].denies, "%s",
			rows[i].what);
		then_all_is_given_back(&w);
	}
}
END_TEST

START_TEST(test_new_nsec_replaces_the_old)
{
	struct world w;

	/* Given a host that has just got an IPv6 address, and says so, */
	given(&w);
	hear_nsec(&w, "a.local", NSEC_A_TXT, 120);
	when_ms_later(&w, 5000);
	hear_nsec(
		&w, "a.local", "01 61 05 6c6f63616c 00 00 04 40 00 00 08", 120);
	/* then the second of the old one later it is denied no more. */
	when_ms_later(&w, 1000);
	ck_assert(!denies(&w, "a.local", MDNS_TYPE_AAAA));
	ck_assert(denies(&w, "a.local", TXT));
	then_all_is_given_back(&w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/cache");
	TCase *tcase = tcase_create("cache");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_a_record_is_found_until_it_expires);
	tcase_add_test(tcase, test_name_type_and_class_are_the_key);
	tcase_add_test(tcase, test_case_is_ignored_and_kept);
	tcase_add_test(tcase, test_data_of_every_size);
	tcase_add_test(tcase, test_longest_name);
	tcase_add_test(tcase, test_ten_thousand_names);
	tcase_add_test(tcase, test_all_types_of_a_name);
	tcase_add_test(tcase, test_ttl_is_capped);
	tcase_add_test(tcase, test_seconds_left);
	tcase_add_test(tcase, test_heard_again_its_time_starts_anew);
	tcase_add_test(tcase, test_many_expire_in_order);
	tcase_add_test(tcase, test_remove);
	tcase_add_test(tcase, test_flush);
	tcase_add_test(tcase, test_nsec_denies_until_it_expires);
	tcase_add_test(tcase, test_nsec_says_nothing_of_types_above_255);
	tcase_add_test(tcase, test_bad_nsec_denies_nothing);
	tcase_add_test(tcase, test_new_nsec_replaces_the_old);
	suite_add_tcase(suite, tcase);
	return suite;
}
