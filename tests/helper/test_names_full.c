/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: no room, no memory, and clients that ask or go
 * in the middle of an answer. */
#include <stdio.h>
#include <string.h>

#include "tests/helper/names_world.h"

#define BOTH "10.0.0.1 fd00::1"

static struct scene *given_limits_of(
	uint32_t names, uint32_t waiting, uint32_t questions)
{
	struct scene *s = given_scene_of(names, waiting, questions, NULL);

	given_link(s->w, LINK, 1452, false);
	return s;
}

static void when_both(struct scene *s, const char *text)
{
	when_address(s, text, "10.0.0.1", 120);
	when_address(s, text, "fd00::1", 120);
}

static bool is_remembered(const struct scene *s, const char *text)
{
	struct mdns_name name = unit_name(text);

	return names_keeps(&s->names, &name);
}

/* ---- limits ---- */

START_TEST(test_the_one_asked_longest_ago_makes_way)
{
	struct scene *s = given_limits_of(3, 100, 1000);

	when_asked(s, "a.local");
	when_both(s, "a.local");
	when_asked(s, "b.local");
	when_both(s, "b.local");
	when_asked(s, "c.local");
	when_both(s, "c.local");
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	ck_assert_uint_eq(s->names.evicted, 0);
	when_asked(s, "d.local");
	ck_assert_uint_eq(s->names.evicted, 1);
	ck_assert_uint_eq(s->names.table.count, 3);
	ck_assert(is_remembered(s, "a.local"));
	ck_assert(!is_remembered(s, "b.local"));
	ck_assert(is_remembered(s, "c.local"));
	ck_assert_str_eq(map_says(s, "a.local"), BOTH);
	ck_assert_str_eq(map_says(s, "b.local"), "-");
	ck_assert_str_eq(map_says(s, "c.local"), BOTH);
	when_both(s, "d.local");
	/* b's records are still there, and so it comes back without a word. */
	ck_assert_str_eq(known(s, "b.local"), BOTH);
	ck_assert(!is_remembered(s, "c.local"));
	ck_assert_uint_eq(s->names.evicted, 2);
	ck_assert_uint_eq(s->names.refused, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_who_is_waited_for_makes_no_way)
{
	struct scene *s = given_limits_of(3, 100, 1000);
	unsigned a = when_asked(s, "a.local"), d;

	when_asked(s, "b.local");
	when_both(s, "b.local");
	when_asked(s, "c.local");
	when_asked(s, "d.local"); /* in place of b, though a is older */
	ck_assert_uint_eq(s->names.evicted, 1);
	ck_assert(!is_remembered(s, "b.local"));
	d = when_asked(s, "e.local");
	ck_assert_str_eq(told(s, d), "refused");
	ck_assert_uint_eq(s->names.refused, 1);
	ck_assert_uint_eq(s->names.evicted, 1);
	ck_assert_uint_eq(s->names.waiting, 3);
	ck_assert_str_eq(told(s, a), "waits");
	/* One more for what is asked already is no matter. */
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "waits");
	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, a), "not found");
	ck_assert_str_eq(told(s, when_asked(s, "e.local")), "waits");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_limit_of_askers)
{
	struct scene *s = given_limits_of(100, 2, 1000);
	unsigned a, b, c;

	when_asked(s, "known.local");
	when_both(s, "known.local");
	a = when_asked(s, "a.local");
	b = when_asked(s, "b.local");
	c = when_asked(s, "a.local");
	ck_assert_str_eq(told(s, c), "refused");
	ck_assert_uint_eq(s->names.refused, 1);
	ck_assert_uint_eq(s->names.waiting, 2);
	/* What is known needs nobody to wait. */
	ck_assert_str_eq(known(s, "known.local"), BOTH);
	when_canceled(s, b);
	c = when_asked(s, "a.local");
	ck_assert_str_eq(told(s, c), "waits");
	when_both(s, "a.local");
	ck_assert_str_eq(told(s, a), BOTH);
	ck_assert_str_eq(told(s, c), BOTH);
	ck_assert_uint_eq(s->names.waiting, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_no_room_at_all)
{
	struct scene *s = given_limits_of(0, 100, 1000);

	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "refused");
	ck_assert_uint_eq(s->names.refused, 1);
	ck_assert_uint_eq(s->w->packets, 0);
	then_nothing_is_left(s);
}
END_TEST

/* A and AAAA are asked, or neither. */
START_TEST(test_no_room_for_questions)
{
	struct scene *s = given_limits_of(100, 100, 3);
	unsigned a = when_asked(s, "a.local"), b = when_asked(s, "b.local");

	ck_assert_str_eq(told(s, a), "waits");
	ck_assert_str_eq(told(s, b), "refused");
	ck_assert_uint_eq(s->names.refused, 1);
	ck_assert_uint_eq(s->names.table.count, 1);
	ck_assert_uint_eq(s->w->querier.links->askings.count, 2);
	ck_assert_str_eq(
		told(s, when_asked(s, "1.1.254.169.in-addr.arpa")), "waits");
	ck_assert_uint_eq(s->w->querier.links->askings.count, 3);
	then_nothing_is_left(s);
}
END_TEST

/* Somebody else who asks the same goes on asking. */
START_TEST(test_no_room_beside_another_client)
{
	struct scene *s = given_limits_of(100, 100, 1);

	start(s->w, "a.local", A); /* a watch */
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "refused");
	ck_assert_uint_eq(s->w->querier.standing.count, 1);
	ck_assert_uint_eq(s->w->querier.links->askings.count, 1);
	stop(s->w, "a.local", A);
	then_nothing_is_left(s);
}
END_TEST

/* Of some, something was heard that nobody has looked at yet. */
START_TEST(test_forgotten_before_it_is_looked_at)
{
	struct scene *s = given_limits_of(2, 100, 1000);
	struct mdns_name a = unit_name("a.local"), b = unit_name("b.local"),
			 c = unit_name("c.local");

	ask_only(s, &a, 0);
	when_canceled(s, 0);
	ask_only(s, &b, 0);
	ask_only(s, &c, 0); /* in place of a */
	settle(s);
	ck_assert_uint_eq(s->names.evicted, 1);
	when_both(s, "b.local");
	hear_address(s->w, "b.local", "10.0.0.2", 120);
	names_flush(&s->names, s->w->now);
	settle(s);
	ck_assert_uint_eq(s->names.table.count, 1);
	then_nothing_is_left(s);
}
END_TEST

/* Many names come and go: each of them once, and the map has what the names
 * have. */
START_TEST(test_many)
{
	struct scene *s = given_limits_of(50, 10, 1000);
	unsigned i;

	for (i = 0; i < 600; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i);
		when_asked(s, text);
		when_both(s, text);
		ck_assert_str_eq(told(s, i), BOTH);
		ck_assert_uint_le(s->names.table.count, 50);
		ck_assert_uint_eq(s->map.count, s->names.table.count);
		after_ms(s, 5);
		if (s->w->packets > 250)
			forget_packets(s->w);
	}
	ck_assert_uint_eq(s->names.evicted, 550);
	ck_assert_uint_eq(s->names.refused, 0);
	ck_assert_str_eq(map_says(s, "host-549.local"), "-");
	ck_assert_str_eq(map_says(s, "host-550.local"), BOTH);
	then_nothing_is_left(s);
}
END_TEST

/* ---- memory ---- */

/* A story that comes by every allocation that there is. */
static uint64_t tell_story(uint64_t refuse, bool one)
{
	struct scene *s = given_limits_of(7, 100, 1000);
	unsigned i, refused = 0;
	char text[32];
	uint64_t takes;

	given_both(s, "h0.local", 10);
	given_both(s, "h1.local", 10)->alias = "h2.local";
	given_both(s, "h2.local", 10);
	s->w->counted.takes = 0;
	s->w->counted.refuse = refuse;
	s->w->counted.refuse_one = one;
	for (i = 0; i < 24; i++) {
		snprintf(text, sizeof(text), "h%u.local", i % 8);
		when_asked(s, text);
		after_ms(s, 300);
		if (i == 12)
			names_flush(&s->names, s->w->now);
	}
	takes = s->w->counted.takes;
	for (i = 0; i < s->clients; i++)
		refused += s->client[i].result == MDNS_ERR_RESOURCE;
	ck_assert_uint_eq(s->names.refused, refused);
	ck_assert(refuse != 0 || refused == 0);
	/* With memory again all is well again. */
	s->w->counted.refuse = 0;
	after_ms(s, 20000);
	ck_assert_uint_eq(s->names.waiting, 0);
	for (i = 0; i < s->clients; i++)
		ck_assert(!s->client[i].waiting);
	i = when_asked(s, "h0.local");
	after_ms(s, 2);
	ck_assert_str_eq(told(s, i), BOTH);
	i = when_asked(s, "h1.local");
	after_ms(s, 10);
	ck_assert_str_eq(told(s, i), BOTH);
	then_nothing_is_left(s);
	return takes;
}

START_TEST(test_no_memory)
{
	uint64_t takes = tell_story(0, false), i;

	ck_assert_uint_gt(takes, 50);
	for (i = 1; i <= takes; i++) {
		tell_story(i, true);
		if (i <= 40)
			tell_story(i, false);
	}
}
END_TEST

/* ---- from inside the answer ---- */

static unsigned others; /* asked from there */

static void ask_the_same(struct scene *s, unsigned client)
{
	struct mdns_name name = unit_name("a.local");

	if (others++ == 0) {
		unsigned other = ask_only(s, &name, 0);

		ck_assert_int_ge(s->client[other].result, 0);
	}
	(void)client;
}

START_TEST(test_ask_the_same_again)
{
	for (unsigned clients = 1; clients <= 3; clients++) {
		struct scene *s = given_scene();
		unsigned i;

		others = 0;
		s->also = ask_the_same;
		for (i = 0; i < clients; i++)
			when_asked(s, "a.local");
		when_both(s, "a.local");
		settle(s);
		ck_assert_uint_eq(s->clients, clients + 1);
		for (i = 0; i < s->clients; i++)
			ck_assert_str_eq(told(s, i), BOTH);
		then_nothing_is_left(s);

		s = given_scene();
		others = 0;
		s->also = ask_the_same;
		for (i = 0; i < clients; i++)
			when_asked(s, "a.local");
		after_ms(s, TOTAL_MS);
		ck_assert_uint_eq(s->clients, clients + 1);
		for (i = 0; i < s->clients; i++)
			ck_assert_str_eq(told(s, i), "not found");
		then_nothing_is_left(s);

		s = given_scene_of(100, 100, 1000, NULL);
		others = 0;
		s->also = ask_the_same;
		for (i = 0; i < clients; i++)
			when_asked(s, "a.local");
		after_ms(s, TOTAL_MS);
		ck_assert_uint_eq(s->clients, clients + 1);
		for (i = 0; i < s->clients; i++)
			ck_assert_str_eq(told(s, i), "no link");
		/* Never at once, or there would be no end of it. */
		ck_assert(!s->client[clients].at_once);
		then_nothing_is_left(s);
	}
}
END_TEST

static void ask_another(struct scene *s, unsigned client)
{
	struct mdns_name name = unit_name("b.local");

	if (others++ < 3)
		ask_only(s, &name, 0);
	(void)client;
}

START_TEST(test_ask_another)
{
	struct scene *s = given_scene();
	unsigned a;

	others = 0;
	s->also = ask_another;
	a = when_asked(s, "a.local");
	when_asked_until(s, "a.local", 100);
	after_ms(s, 100);
	ck_assert_str_eq(told(s, a), "waits");
	ck_assert_str_eq(told(s, 2), "waits");
	ck_assert_uint_eq(times_asked(s->w, "b.local", A), 1);
	when_both(s, "a.local");
	when_both(s, "b.local");
	ck_assert_str_eq(told(s, a), BOTH);
	ck_assert_str_eq(told(s, 2), BOTH);
	ck_assert_str_eq(told(s, 3), BOTH);
	then_nothing_is_left(s);
}
END_TEST

/* ---- the end ---- */

START_TEST(test_close)
{
	struct scene *s = given_scene();
	unsigned i;

	when_asked(s, "known.local");
	when_both(s, "known.local");
	when_asked(s, "missing.local");
	after_ms(s, TOTAL_MS);
	for (i = 0; i < 5; i++) {
		when_asked(s, "a.local");
		when_asked(s, "b.local");
	}
	when_alias(s, "a.local", "c.local", 120);
	when_asked(s, "c.local");
	ck_assert_uint_eq(s->names.waiting, 11);
	ck_assert_uint_eq(s->map.count, 2);
	then_nothing_is_left(s); /* nobody is told */
}
END_TEST

START_TEST(test_close_with_all_undone)
{
	struct scene *s = given_scene();
	struct mdns_name name = unit_name("a.local");

	ask_only(s, &name, 0);
	ck_assert_int_eq(names_expiry(&s->names), 0);
	then_nothing_is_left(s);
	s = given_scene();
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_full");
	TCase *t = tcase_create("names_full");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_the_one_asked_longest_ago_makes_way);
	tcase_add_test(t, test_who_is_waited_for_makes_no_way);
	tcase_add_test(t, test_limit_of_askers);
	tcase_add_test(t, test_no_room_at_all);
	tcase_add_test(t, test_no_room_for_questions);
	tcase_add_test(t, test_no_room_beside_another_client);
	tcase_add_test(t, test_forgotten_before_it_is_looked_at);
	tcase_add_test(t, test_many);
	tcase_add_test(t, test_no_memory);
	tcase_add_test(t, test_ask_the_same_again);
	tcase_add_test(t, test_ask_another);
	tcase_add_test(t, test_close);
	tcase_add_test(t, test_close_with_all_undone);
	suite_add_tcase(suite, t);
	return suite;
}
