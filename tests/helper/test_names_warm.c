/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: what goes on being asked for is refreshed in
 * time, and nothing else is. */
#include <stdio.h>
#include <string.h>

#include "tests/helper/names_world.h"

#define BOTH "10.0.0.1 fd00::1"
#define MINUTES_MS (10 * 60 * 1000)

/* What a process does: the map if it says something, or the helper. True if
 * the helper was asked. */
static bool when_read(struct scene *s, const char *text, const char *what)
{
	const char *said = map_says(s, text);

	if (strcmp(said, "-") != 0) {
		ck_assert_str_eq(said, what);
		return false;
	}
	ck_assert_str_eq(told(s, when_asked(s, text)), what);
	return true;
}

/* Between two queries for the same. */
static void then_8_s_apart(
	const struct scene *s, const char *text, uint16_t type)
{
	int64_t ms[PACKETS_MAX];
	unsigned count = asked(s->w, text, type, ms), i;

	for (i = 1; i < count; i++)
		ck_assert_int_ge(ms[i] - ms[i - 1], 8000);
}

/* Asked every so often for ten minutes, after a first answer. */
static void when_used(
	struct scene *s, const char *text, int64_t every_ms, const char *what)
{
	int64_t end = now_ms(s) + MINUTES_MS;

	when_asked(s, text);
	after_ms(s, every_ms);
	ck_assert_str_eq(told(s, s->clients - 1), what);
	while (now_ms(s) < end) {
		when_read(s, text, what);
		after_ms(s, every_ms);
	}
}

/* The host says all that it has, or just what it is asked. */
static void warm_for_ten_minutes(bool additional)
{
	struct scene *s = given_scene();
	struct host *host = given_both(s, "a.local", 10);
	unsigned packets;

	host->additional = additional;
	when_used(s, "a.local", 3000, BOTH);
	ck_assert_uint_eq(s->names.asked, 1);
	then_8_s_apart(s, "a.local", A);
	then_8_s_apart(s, "a.local", AAAA);
	ck_assert_uint_ge(s->w->packets, 600 / 9);
	/* No host is asked for what it has just said. */
	if (additional)
		ck_assert_uint_le(s->w->packets, 1 + 600 / 8);
	ck_assert_uint_eq(host->asked, s->w->packets);
	/* Not asked for any more: no more than the refresh under way. */
	packets = s->w->packets;
	after_ms(s, HOUR_MS);
	ck_assert_uint_le(s->w->packets, packets + (additional ? 1 : 2));
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	ck_assert_uint_eq(s->names.table.count, 0);
	ck_assert(!names_are_fresh(&s->names, s->w->now));
	then_nothing_is_left(s);
}

START_TEST(test_warm_for_ten_minutes)
{
	warm_for_ten_minutes(true);
	warm_for_ten_minutes(false);
}
END_TEST

/* One that says that it has no IPv6 together with its IPv4 (6.2). */
START_TEST(test_warm_with_a_denial)
{
	struct scene *s = given_scene();
	struct host *host = given_host(s, "a.local");

	host->address[MDNS_IPV4] = "10.0.0.1";
	host->ttl[MDNS_IPV4] = host->denial_ttl = 10;
	host->additional = true;
	when_used(s, "a.local", 3000, "10.0.0.1");
	ck_assert_uint_eq(s->names.asked, 1);
	then_8_s_apart(s, "a.local", A);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_warm_reverse)
{
	static const char *const name = "7.1.254.169.in-addr.arpa";
	struct scene *s = given_scene();
	struct host *host = given_host(s, name);

	host->pointer = "printer.local";
	host->ttl[0] = 10;
	when_used(s, name, 3000, "printer.local");
	ck_assert_uint_eq(s->names.asked, 1);
	then_8_s_apart(s, name, PTR);
	then_nothing_is_left(s);
}
END_TEST

/* The longest life that the name of a host has (10): asked twice in it. */
START_TEST(test_warm_for_an_hour)
{
	struct scene *s = given_scene();
	int64_t end;

	given_both(s, "a.local", 120)->additional = true;
	when_asked(s, "a.local");
	after_ms(s, 100);
	for (end = now_ms(s) + HOUR_MS; now_ms(s) < end;) {
		when_read(s, "a.local", BOTH);
		after_ms(s, 50000);
	}
	ck_assert_uint_eq(s->names.asked, 1);
	ck_assert_uint_le(s->w->packets, 1 + 3600 / 96);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_asked_in_the_first_half_only)
{
	struct scene *s = given_scene();
	unsigned i;

	given_both(s, "a.local", 10);
	when_asked(s, "a.local");
	after_ms(s, 1);
	for (i = 0; i < 49; i++) {
		ck_assert_str_eq(known(s, "a.local"), BOTH);
		after_ms(s, 100);
	}
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->w->packets, 1);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

/* Asked once in the second half: one refresh, and then no more. */
START_TEST(test_one_refresh)
{
	struct scene *s = given_scene();

	given_both(s, "a.local", 100)->additional = true;
	when_asked(s, "a.local");
	after_ms(s, 50001);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	after_ms(s, 29000);
	ck_assert_uint_eq(s->w->packets, 1);
	after_ms(s, 4000);
	ck_assert_uint_eq(s->w->packets, 2);
	ck_assert_int_ge(s->w->packet[1].at, START + 80 * MDNS_SEC);
	ck_assert_int_le(s->w->packet[1].at, START + 82 * MDNS_SEC + MDNS_SEC);
	/* Fresh again, and for the first half only. */
	ck_assert_str_eq(map_says(s, "a.local"), BOTH);
	ck_assert_str_eq(
		map_says_at(s, "a.local", s->w->packet[1].at + 49 * MDNS_SEC),
		BOTH);
	ck_assert_str_eq(
		map_says_at(s, "a.local", s->w->packet[1].at + 51 * MDNS_SEC),
		"-");
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->w->packets, 2);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

/* A host that has gone without a word: asked at 80, 85, 90 and 95 %, then
 * forgotten. */
START_TEST(test_nobody_answers_the_refresh)
{
	struct scene *s = given_scene();
	struct host *host = given_both(s, "a.local", 100);
	unsigned packets;

	when_asked(s, "a.local");
	after_ms(s, 60000);
	host->away = true;
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	ck_assert_str_eq(
		map_says_at(s, "a.local", s->w->now + 39 * MDNS_SEC), BOTH);
	after_ms(s, 41000);
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	ck_assert_uint_eq(s->names.table.count, 0);
	packets = s->w->packets;
	ck_assert_uint_ge(packets, 1 + 4);
	ck_assert_uint_le(packets, 1 + 2 * 4);
	after_ms(s, HOUR_MS);
	ck_assert_uint_le(s->w->packets, packets);
	then_nothing_is_left(s);
}
END_TEST

/* Announced meanwhile: no refresh is needed. */
START_TEST(test_an_announcement_ends_the_refresh)
{
	struct scene *s = given_scene();

	when_asked(s, "a.local");
	when_address(s, "a.local", "10.0.0.1", 100);
	when_address(s, "a.local", "fd00::1", 100);
	after_ms(s, 60000);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	after_ms(s, 10000);
	when_address(s, "a.local", "10.0.0.1", 100);
	when_address(s, "a.local", "fd00::1", 100);
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->w->packets, 1);
	then_nothing_is_left(s);
}
END_TEST

/* The two families live for different times: the shorter one is refreshed, and
 * it alone. */
START_TEST(test_two_lives)
{
	struct scene *s = given_scene();
	struct host *host = given_both(s, "a.local", 10);
	int64_t ms[PACKETS_MAX];
	unsigned a, aaaa;

	host->ttl[MDNS_IPV4] = 120;
	when_used(s, "a.local", 3000, BOTH);
	ck_assert_uint_eq(s->names.asked, 1);
	a = asked(s->w, "a.local", A, ms);
	aaaa = asked(s->w, "a.local", AAAA, ms);
	ck_assert_uint_ge(a, 1 + 600 / 120);
	ck_assert_uint_le(a, 1 + 600 / 96);
	ck_assert_uint_ge(aaaa, 60);
	ck_assert_uint_le(aaaa, 1 + 600 / 8);
	then_nothing_is_left(s);
}
END_TEST

/* An idle helper: once all is forgotten nothing is left to wake for. */
START_TEST(test_idle)
{
	struct scene *s = given_scene();

	given_both(s, "a.local", 10);
	when_used(s, "a.local", 3000, BOTH);
	when_asked(s, "b.local");
	after_ms(s, 60000);
	ck_assert(names_expiry(&s->names) == MDNS_TIME_NEVER);
	ck_assert(mdns_querier_expiry(&s->w->querier) == MDNS_TIME_NEVER);
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_warm");
	TCase *t = tcase_create("names_warm");

	tcase_add_test(t, test_warm_for_ten_minutes);
	tcase_add_test(t, test_warm_with_a_denial);
	tcase_add_test(t, test_warm_reverse);
	tcase_add_test(t, test_warm_for_an_hour);
	tcase_add_test(t, test_asked_in_the_first_half_only);
	tcase_add_test(t, test_one_refresh);
	tcase_add_test(t, test_nobody_answers_the_refresh);
	tcase_add_test(t, test_an_announcement_ends_the_refresh);
	tcase_add_test(t, test_two_lives);
	tcase_add_test(t, test_idle);
	suite_add_tcase(suite, t);
	return suite;
}
