/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: what was wrong once. */
#include <stdio.h>
#include <string.h>

#include "resolver/gather.h"
#include "tests/helper/names_world.h"

#define BOTH "10.0.0.1 fd00::1"

static struct scene *given_limits_of(uint32_t names, uint32_t waiting)
{
	struct scene *s = given_scene_of(names, waiting, 1000, NULL);

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

/* ---- from inside the answer ---- */

static unsigned others;

static void ask_for_b(struct scene *s, unsigned client)
{
	struct mdns_name name = unit_name("b.local");

	if (others++ == 0)
		ask_only(s, &name, 0);
	(void)client;
}

/* 1. The name at hand is the one that makes way for another. */
START_TEST(test_mended_ask_when_full)
{
	struct scene *s = given_limits_of(1, 100);

	others = 0;
	s->also = ask_for_b;
	when_asked(s, "a.local");
	when_both(s, "a.local");
	ck_assert_str_eq(told(s, 0), BOTH);
	ck_assert_str_eq(told(s, 1), "refused");
	then_nothing_is_left(s);
}
END_TEST

/* The same, when only one's own deadline is over. */
START_TEST(test_mended_ask_when_full_and_late)
{
	struct scene *s = given_limits_of(1, 100);

	others = 0;
	s->also = ask_for_b;
	when_asked_until(s, "a.local", 100);
	after_ms(s, 200);
	ck_assert_str_eq(told(s, 0), "not found");
	then_nothing_is_left(s);
}
END_TEST

static void cancel_others(struct scene *s, unsigned client)
{
	unsigned i;

	for (i = 0; i < s->clients; i++)
		if (i != client && s->client[i].waiting)
			when_canceled(s, i);
}

/* 2. A client that goes because of an answer takes its other requests along. */
START_TEST(test_mended_cancel_others_when_late)
{
	for (unsigned late = 0; late < 3; late++) {
		struct scene *s = given_scene();
		unsigned i;

		s->also = cancel_others;
		for (i = 0; i < 3; i++)
			when_asked_until(s, "a.local", i == late ? 100 : 500);
		after_ms(s, 200);
		for (i = 0; i < 3; i++)
			ck_assert_str_eq(told(s, i),
				i == late ? "not found" : "canceled");
		ck_assert_uint_eq(s->names.waiting, 0);
		then_nothing_is_left(s);
	}
}
END_TEST

START_TEST(test_mended_cancel_others)
{
	struct scene *s = given_scene();
	unsigned i;

	s->also = cancel_others;
	for (i = 0; i < 3; i++)
		when_asked(s, "a.local");
	when_both(s, "a.local");
	ck_assert_uint_eq(s->names.waiting, 0);
	then_nothing_is_left(s);
}
END_TEST

/* ---- no room ---- */

/* 3. Who is refused because too many wait leaves nothing behind, and nothing
 * makes way for it. */
START_TEST(test_mended_refused_leaves_nothing)
{
	struct scene *s = given_limits_of(2, 1);

	when_asked(s, "known.local");
	when_both(s, "known.local");
	when_asked(s, "a.local");
	ck_assert_str_eq(told(s, when_asked(s, "b.local")), "refused");
	ck_assert(!is_remembered(s, "b.local"));
	ck_assert(is_remembered(s, "known.local"));
	ck_assert_uint_eq(s->names.table.count, 2);
	ck_assert_str_eq(map_says(s, "known.local"), BOTH);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_mended_refused_leaves_nothing_for_ever)
{
	struct scene *s = given_limits_of(100, 1);

	when_asked(s, "a.local");
	ck_assert_str_eq(told(s, when_asked(s, "b.local")), "refused");
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

/* ---- aliases ---- */

/* 4. Three aliases of one another: "nothing is asked when nobody asks". */
static void loop_of(unsigned length)
{
	struct scene *s = given_scene();
	unsigned packets, i;
	static const char *const names[] = {
		"c0.local", "c1.local", "c2.local", "c3.local", "c4.local"};

	when_asked(s, "c0.local");
	after_ms(s, 1);
	for (i = 0; i < length; i++)
		when_alias(s, names[i], names[(i + 1) % length], 4500);
	for (i = 0; i < length; i++) { /* as they are asked, they answer */
		after_ms(s, 1);
		when_alias(s, names[i], names[(i + 1) % length], 4500);
	}
	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, 0), "not found");
	after_ms(s, 10 * TOTAL_MS);
	packets = s->w->packets;
	for (i = 0; i < 200; i++)
		after_ms(s, 1000);
	ck_assert_uint_eq(s->w->packets, packets);
	then_nothing_is_left(s);
}

START_TEST(test_mended_loop)
{
	loop_of(3);
}
END_TEST

START_TEST(test_mended_long_loop)
{
	loop_of(5);
}
END_TEST

/* 5. What nobody answered is remembered, if it is an alias as well. */
START_TEST(test_mended_missing_alias_is_remembered)
{
	struct scene *s = given_scene();
	unsigned packets;

	when_asked(s, "www.local");
	after_ms(s, 100);
	when_alias(s, "www.local", "a.local", 120);
	after_ms(s, 2 * TOTAL_MS);
	ck_assert_str_eq(told(s, 0), "not found");
	packets = s->w->packets;
	ck_assert_str_eq(told(s, when_asked(s, "www.local")), "not found");
	ck_assert_uint_eq(s->w->packets, packets);
	then_nothing_is_left(s);
}
END_TEST

/* And a target that is known to be missing is not asked for again. */
START_TEST(test_mended_missing_target_is_remembered)
{
	struct scene *s = given_scene();
	unsigned asked_for;

	when_asked(s, "a.local");
	after_ms(s, TOTAL_MS + 1000);
	asked_for = times_asked(s->w, "a.local", A);
	when_asked(s, "www.local");
	when_alias(s, "www.local", "a.local", 120);
	after_ms(s, 3 * TOTAL_MS);
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), asked_for);
	then_nothing_is_left(s);
}
END_TEST

/* ---- warm ---- */

/* 6. A host without IPv6 that says so when it is asked for it, and only then
 * (6.1; that it says so with its IPv4 as well is a SHOULD, 6.2). */
START_TEST(test_mended_warm_with_a_denial_when_asked)
{
	struct scene *s = given_scene();
	struct host *host = given_host(s, "a.local");
	int64_t end = now_ms(s) + 600000;

	host->address[MDNS_IPV4] = "10.0.0.1";
	host->ttl[MDNS_IPV4] = host->denial_ttl = 10;
	when_asked(s, "a.local");
	after_ms(s, 200);
	while (now_ms(s) < end) {
		if (strcmp(map_says(s, "a.local"), "-") == 0)
			ck_assert_str_eq(
				told(s, when_asked(s, "a.local")), "10.0.0.1");
		after_ms(s, 3000);
	}
	then_nothing_is_left(s);
}
END_TEST

/* 7. A host without IPv6 that says nothing about it: one query each 8 s. */
START_TEST(test_mended_warm_with_silence)
{
	struct scene *s = given_scene();
	struct host *host = given_host(s, "a.local");
	int64_t end = now_ms(s) + 600000;

	host->address[MDNS_IPV4] = "10.0.0.1";
	host->ttl[MDNS_IPV4] = 10;
	when_asked(s, "a.local");
	after_ms(s, 3000);
	while (now_ms(s) < end) {
		if (strcmp(map_says(s, "a.local"), "-") == 0)
			ck_assert_str_eq(
				told(s, when_asked(s, "a.local")), "10.0.0.1");
		after_ms(s, 3000);
	}
	/* And for IPv6 after 3, 13, 33, 73, 153, 313 s, twice each. */
	ck_assert_uint_le(s->w->packets, 2 + 600 / 8 + 2 * 6);
	then_nothing_is_left(s);
}
END_TEST

/* 14. An answer that got lost: the family is there for whoever comes next but
 * one, and for those who read the map; and nobody waits for it. */
START_TEST(test_mended_lost_family)
{
	static const char *const alone[] = {"10.0.0.1", "fd00::1"};

	for (unsigned lost = 0; lost < MDNS_FAMILIES; lost++) {
		struct scene *s = given_scene();
		struct host *host = given_both(s, "a.local", 120);
		const char *address = host->address[lost];
		unsigned client;

		host->address[lost] = NULL;
		when_asked(s, "a.local");
		after_ms(s, 2000);
		ck_assert_str_eq(told(s, 0), alone[!lost]);
		host->address[lost] = address;
		client = when_asked(s, "a.local");
		ck_assert(s->client[client].at_once);
		ck_assert_str_eq(told(s, client), alone[!lost]);
		after_ms(s, 200);
		ck_assert_str_eq(map_says(s, "a.local"), BOTH);
		ck_assert_str_eq(known(s, "a.local"), BOTH);
		/* Nobody has asked any more: neither do we. */
		after_ms(s, 2 * TOTAL_MS);
		ck_assert_uint_eq(times_asked(s->w, "a.local", A), 2 - lost);
		ck_assert_uint_eq(times_asked(s->w, "a.local", AAAA), 1 + lost);
		then_nothing_is_left(s);
	}
}
END_TEST

/* If nobody ever answers it is asked for less and less often, in the end once
 * an hour, and no longer than somebody asks. Here that is 5 minutes each second,
 * and then 5 hours each minute; a question is up to 120 ms late. */
START_TEST(test_mended_silent_family)
{
	struct scene *s = given_scene();
	struct host *host = given_host(s, "a.local");
	int64_t ms[PACKETS_MAX], last = 0, gap = 0, end;
	unsigned i, count, rounds = 0;

	host->address[MDNS_IPV4] = "10.0.0.1";
	host->ttl[MDNS_IPV4] = 3600;
	when_asked(s, "a.local");
	after_ms(s, 3000);
	for (i = 0; i < 600; i++) {
		after_ms(s, i < 300 ? 1000 : 60000);
		ck_assert_str_eq(told(s, when_asked(s, "a.local")), "10.0.0.1");
	}
	end = now_ms(s) + TOTAL_MS;
	after_ms(s, 3 * HOUR_MS);
	count = asked(s->w, "a.local", AAAA, ms);
	for (i = 1; i < count; i++) {
		if (ms[i] - ms[i - 1] <= TOTAL_MS)
			continue; /* the second of a round */
		if (rounds++ > 0) {
			ck_assert_int_ge(ms[i] - last, gap - 120);
			ck_assert_int_le(ms[i] - last, gap + 60120);
		}
		gap = rounds == 1 ? 10000 : 2 * gap;
		if (gap > HOUR_MS)
			gap = HOUR_MS;
		last = ms[i];
	}
	ck_assert_int_eq(gap, HOUR_MS);
	ck_assert_uint_ge(rounds, 12);
	ck_assert_int_le(ms[count - 1], end);
	then_nothing_is_left(s);
}
END_TEST

/* 8. Once nobody asks: no query later than one refresh, with two lives. */
START_TEST(test_mended_two_lives_end)
{
	struct scene *s = given_scene();
	struct host *host = given_both(s, "a.local", 1000);
	unsigned packets;

	host->ttl[MDNS_IPV6] = 10;
	when_asked(s, "a.local");
	when_address(s, "a.local", "10.0.0.1", 1000);
	when_address(s, "a.local", "fd00::1", 10);
	after_ms(s, 495000);
	when_asked(s, "a.local");
	after_ms(s, 5500);
	when_asked(s, "a.local"); /* in the second half of both */
	packets = s->w->packets;
	after_ms(s, HOUR_MS);
	ck_assert_uint_le(s->w->packets, packets + 2);
	then_nothing_is_left(s);
}
END_TEST

/* ---- others ---- */

/* 9. To flush and ask again is no way to ask twice in a second (5.2). */
START_TEST(test_mended_flush_is_no_flood)
{
	struct scene *s = given_scene();
	unsigned i;

	for (i = 0; i < 10; i++) {
		when_asked(s, "a.local");
		when_both(s, "a.local");
		names_flush(&s->names, s->w->now);
		when_link(s, LINK);
		after_ms(s, 10);
	}
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 1);
	then_nothing_is_left(s);
}
END_TEST

/* 10. A deadline that ends early is told the same as all: a denial says that
 * the host is there. */
START_TEST(test_mended_no_data_by_deadline)
{
	struct scene *s = given_scene();
	struct unit_message m;

	when_asked_until(s, "a.local", 1000);
	unit_message_init(&m, 0, 0x8400);
	unit_message_nsec(&m, MDNS_SECTION_ANSWER, "a.local", only_a, 120);
	when_heard(s, &m);
	after_ms(s, 1000);
	ck_assert_str_eq(told(s, 0), "no data");
	then_nothing_is_left(s);
}
END_TEST

/* 11. No link at all: at once, whatever is remembered, and whoever waits. */
START_TEST(test_mended_no_link_at_once)
{
	struct scene *s = given_scene();

	when_asked(s, "a.local");
	when_no_link(s, LINK);
	ck_assert_str_eq(told(s, 0), "no link");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_mended_no_link_after_missing)
{
	struct scene *s = given_scene();

	when_asked(s, "a.local");
	after_ms(s, TOTAL_MS);
	when_no_link(s, LINK);
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "no link");
	then_nothing_is_left(s);
}
END_TEST

/* 12. An alias of an alias of itself leads nowhere: then there are initial
 * values only. */
START_TEST(test_mended_gather_of_a_loop)
{
	struct scene *s = given_scene();
	struct mdns_name name = unit_name("a.local");
	struct mdns_gathered gathered;

	when_asked(s, "a.local");
	when_alias(s, "a.local", "b.local", 120);
	when_alias(s, "b.local", "a.local", 120);
	ck_assert(!mdns_gather(
		&s->w->querier, &name, false, s->w->now, &gathered));
	ck_assert(gathered.expiry == MDNS_TIME_NEVER);
	ck_assert_uint_eq(gathered.answer.ttl, UINT32_MAX);
	then_nothing_is_left(s);
}
END_TEST

/* 13. Who has waited for nothing is told the same TTL as who comes later. */
START_TEST(test_mended_ttl_of_nothing)
{
	struct scene *s = given_scene();

	when_asked(s, "a.local");
	after_ms(s, TOTAL_MS);
	known(s, "a.local");
	ck_assert_uint_eq(s->client[1].answer.ttl, 0);
	ck_assert_uint_eq(s->client[0].answer.ttl, 0);
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_mended");
	TCase *t = tcase_create("names_mended");

	tcase_add_test(t, test_mended_ask_when_full);
	tcase_add_test(t, test_mended_ask_when_full_and_late);
	tcase_add_test(t, test_mended_cancel_others_when_late);
	tcase_add_test(t, test_mended_cancel_others);
	tcase_add_test(t, test_mended_refused_leaves_nothing);
	tcase_add_test(t, test_mended_refused_leaves_nothing_for_ever);
	tcase_add_test(t, test_mended_loop);
	tcase_add_test(t, test_mended_long_loop);
	tcase_add_test(t, test_mended_missing_alias_is_remembered);
	tcase_add_test(t, test_mended_missing_target_is_remembered);
	tcase_add_test(t, test_mended_warm_with_a_denial_when_asked);
	tcase_add_test(t, test_mended_warm_with_silence);
	tcase_add_test(t, test_mended_lost_family);
	tcase_add_test(t, test_mended_silent_family);
	tcase_add_test(t, test_mended_two_lives_end);
	tcase_add_test(t, test_mended_flush_is_no_flood);
	tcase_add_test(t, test_mended_no_data_by_deadline);
	tcase_add_test(t, test_mended_no_link_at_once);
	tcase_add_test(t, test_mended_no_link_after_missing);
	tcase_add_test(t, test_mended_gather_of_a_loop);
	tcase_add_test(t, test_mended_ttl_of_nothing);
	suite_add_tcase(suite, t);
	return suite;
}
