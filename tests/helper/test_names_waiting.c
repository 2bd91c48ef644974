/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: who waits, for how long, and what is remembered
 * when nobody answers. */
#include "tests/helper/names_world.h"

#define BOTH "10.0.0.1 fd00::1"

static void then_told(const struct scene *s, unsigned client, const char *what)
{
	ck_assert_str_eq(told(s, client), what);
}

/* ---- who waits ---- */

START_TEST(test_deadlines)
{
	struct scene *s = given_scene();
	unsigned a = when_asked_until(s, "a.local", 300),
		 b = when_asked_until(s, "a.local", 100000),
		 c = when_asked_until(s, "a.local", 200),
		 d = when_asked_until(s, "a.local", 0),
		 e = when_asked_until(s, "a.local", -1000),
		 f = when_asked_until(s, "b.local", -1000);

	ck_assert_uint_eq(s->names.waiting, 3);
	ck_assert_int_eq(told_ms(s, d), 0);
	ck_assert_int_eq(told_ms(s, e), 0);
	ck_assert_int_eq(told_ms(s, f), 0);
	after_ms(s, 5000);
	ck_assert_int_eq(told_ms(s, c), 200);
	ck_assert_int_eq(told_ms(s, a), 300);
	ck_assert_int_eq(told_ms(s, b), TOTAL_MS);
	then_told(s, a, "not found");
	ck_assert_uint_eq(s->names.waiting, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_a_deadline_takes_what_there_is)
{
	struct scene *s = given_scene();
	unsigned a = when_asked_until(s, "a.local", 60),
		 b = when_asked(s, "a.local");

	after_ms(s, 50);
	when_address(s, "a.local", "10.0.0.1", 120);
	after_ms(s, 10);
	then_told(s, a, "10.0.0.1");
	ck_assert_int_eq(told_ms(s, a), 60);
	then_told(s, b, "waits");
	after_ms(s, 90);
	then_told(s, b, "10.0.0.1");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_cancel)
{
	struct scene *s = given_scene();
	unsigned a = when_asked(s, "a.local"), b = when_asked(s, "a.local"),
		 c = when_asked(s, "a.local"), d = when_asked(s, "d.local");

	when_canceled(s, b);
	ck_assert_uint_eq(s->names.waiting, 3);
	when_canceled(s, d);
	ck_assert_uint_eq(s->names.waiting, 2);
	after_ms(s, HOUR_MS);
	then_told(s, a, "not found");
	then_told(s, b, "canceled");
	then_told(s, c, "not found");
	then_told(s, d, "canceled");
	/* Nobody waits for d, but it does not go on for ever. */
	ck_assert_uint_le(times_asked(s->w, "d.local", A), 2);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_cancel_all_and_ask_again)
{
	struct scene *s = given_scene();
	unsigned a = when_asked(s, "a.local"), b;

	after_ms(s, 500);
	when_canceled(s, a);
	b = when_asked(s, "a.local");
	after_ms(s, 400);
	when_canceled(s, b);
	/* Nobody wants to know any more; and the question is not forgotten, so
	 * that who asks again at once does not send it again at once. */
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	after_ms(s, 1);
	ck_assert_uint_eq(s->names.table.count, 0);
	when_asked(s, "a.local");
	after_ms(s, 50);
	ck_assert_uint_eq(s->w->packets, 1);
	after_ms(s, 60);
	ck_assert_uint_eq(s->w->packets, 2);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_late_joiner)
{
	struct scene *s = given_scene();
	unsigned a = when_asked(s, "a.local"), b, c;

	after_ms(s, 900);
	b = when_asked(s, "a.local");
	ck_assert_uint_eq(s->w->packets, 1);
	after_ms(s, 200);
	c = when_asked_until(s, "A.Local", 50);
	when_address(s, "a.local", "10.0.0.1", 120);
	after_ms(s, 50);
	then_told(s, a, "waits");
	then_told(s, c, "10.0.0.1");
	ck_assert_int_eq(told_ms(s, c), 1150);
	when_address(s, "a.local", "fd00::1", 120);
	then_told(s, a, BOTH);
	then_told(s, b, BOTH);
	ck_assert_uint_eq(s->w->packets, 2);
	ck_assert_uint_eq(s->names.table.count, 1);
	then_nothing_is_left(s);
}
END_TEST

/* ---- negative answers ---- */

START_TEST(test_missing_is_remembered)
{
	struct scene *s = given_scene();
	mdns_time end;
	unsigned a, packets;

	a = when_asked(s, "a.local");
	after_ms(s, TOTAL_MS);
	then_told(s, a, "not found");
	end = s->w->now + NAMES_MISSING_TIME;
	ck_assert_str_eq(map_says_at(s, "a.local", end - 1), "not found");
	ck_assert_str_eq(map_says_at(s, "a.local", end), "-");
	ck_assert(names_are_fresh(&s->names, end - 1));
	ck_assert(!names_are_fresh(&s->names, end));
	/* To be asked about it makes it no longer. */
	after_ms(s, MISSING_MS - 1);
	ck_assert_str_eq(known(s, "a.local"), "not found");
	packets = s->w->packets;
	after_ms(s, 1);
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	a = when_asked(s, "a.local");
	then_told(s, a, "waits");
	ck_assert_uint_eq(s->w->packets, packets + 1);
	ck_assert_int_eq(s->w->packet[packets].at, s->w->now);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_missing_ends_with_an_announcement)
{
	struct scene *s = given_scene();
	unsigned a = when_asked(s, "a.local"), b = when_asked(s, "b.local");

	after_ms(s, TOTAL_MS + 1000);
	then_told(s, a, "not found");
	then_told(s, b, "not found");
	when_address(s, "a.local", "10.0.0.1", 120);
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	ck_assert_str_eq(map_says(s, "b.local"), "not found");
	/* The other family is open: no more than the grace. */
	a = when_asked(s, "a.local");
	after_ms(s, GRACE_MS);
	then_told(s, a, "10.0.0.1");
	ck_assert_str_eq(map_says(s, "a.local"), "10.0.0.1");
	when_address(s, "a.local", "fd00::1", 120);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	ck_assert_str_eq(known(s, "b.local"), "not found");
	then_nothing_is_left(s);
}
END_TEST

/* Asked at the very moment, before anything else has noticed. */
START_TEST(test_over_by_the_clock_alone)
{
	struct scene *s = given_scene();
	struct mdns_name a = unit_name("a.local"), b = unit_name("b.local");
	unsigned client;

	when_asked(s, "a.local");
	when_asked(s, "b.local");
	when_address(s, "b.local", "10.0.0.1", 10);
	after_ms(s, TOTAL_MS);
	then_told(s, 0, "not found");
	then_told(s, 1, "10.0.0.1");
	s->w->now += NAMES_MISSING_TIME;
	client = ask_only(s, &a, 0);
	then_told(s, client, "waits");
	settle(s);
	then_told(s, client, "waits");
	/* All begins anew, the grace included. */
	after_ms(s, 3000);
	s->w->now = START + 10 * MDNS_SEC;
	client = ask_only(s, &b, 0);
	then_told(s, client, "waits");
	settle(s);
	when_address(s, "b.local", "10.0.0.1", 10);
	then_told(s, client, "waits");
	after_ms(s, GRACE_MS);
	then_told(s, client, "10.0.0.1");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_no_link)
{
	struct scene *s = given_scene_of(100, 100, 1000, NULL);
	unsigned a = when_asked(s, "a.local"), b = when_asked(s, "b.a.local");

	then_told(s, a, "no link");
	then_told(s, b, "no link");
	ck_assert_int_eq(told_ms(s, a), 0);
	/* That is not remembered. */
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	ck_assert_uint_eq(s->names.table.count, 0);
	when_link(s, LINK);
	ck_assert_uint_eq(s->w->packets, 0);
	a = when_asked(s, "a.local");
	ck_assert_uint_eq(s->w->packets, 1);
	then_told(s, a, "waits");
	after_ms(s, 10);
	/* A link that goes while somebody waits. */
	when_no_link(s, LINK);
	after_ms(s, 2000);
	then_told(s, a, "no link");
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_waiting");
	TCase *t = tcase_create("names_waiting");

	tcase_add_test(t, test_deadlines);
	tcase_add_test(t, test_a_deadline_takes_what_there_is);
	tcase_add_test(t, test_cancel);
	tcase_add_test(t, test_cancel_all_and_ask_again);
	tcase_add_test(t, test_late_joiner);
	tcase_add_test(t, test_missing_is_remembered);
	tcase_add_test(t, test_missing_ends_with_an_announcement);
	tcase_add_test(t, test_over_by_the_clock_alone);
	tcase_add_test(t, test_no_link);
	suite_add_tcase(suite, t);
	return suite;
}
