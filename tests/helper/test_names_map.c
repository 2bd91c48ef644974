/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: what is in the map, for how long, and that it
 * follows what is heard and which links there are. */
#include <stdio.h>
#include <string.h>

#include "tests/helper/names_world.h"

#define BOTH "10.0.0.1 fd00::1"
#define SEC MDNS_SEC

static void then_map(const struct scene *s, const char *text, const char *what)
{
	ck_assert_str_eq(map_says(s, text), what);
}

/* A reader takes it until just before that. */
static void then_map_until(const struct scene *s, const char *text,
	const char *what, mdns_time end)
{
	ck_assert_str_eq(map_says_at(s, text, end - 1), what);
	ck_assert_str_eq(map_says_at(s, text, end), "-");
}

/* a.local is known by both its addresses, heard just now. */
static struct scene *given_known(uint32_t ttl)
{
	struct scene *s = given_scene();

	when_asked(s, "a.local");
	when_address(s, "a.local", "10.0.0.1", ttl);
	when_address(s, "a.local", "fd00::1", ttl);
	then_map(s, "a.local", BOTH);
	return s;
}

/* ---- how long ---- */

START_TEST(test_first_half)
{
	struct scene *s = given_known(120);
	mdns_time heard = s->w->now;

	then_map_until(s, "a.local", BOTH, heard + 60 * SEC);
	/* Asked for again in that half, nothing changes. */
	after_ms(s, 59000);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	ck_assert_uint_eq(s->client[s->clients - 1].answer.ttl, 61);
	then_map_until(s, "a.local", BOTH, heard + 60 * SEC);
	ck_assert(names_are_fresh(&s->names, heard + 60 * SEC - 1));
	ck_assert(!names_are_fresh(&s->names, heard + 60 * SEC));
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_second_half)
{
	struct scene *s = given_known(120);
	mdns_time heard = s->w->now;

	after_ms(s, 60000);
	then_map(s, "a.local", "-");
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	then_map_until(s, "a.local", BOTH, heard + 120 * SEC);
	ck_assert(names_are_fresh(&s->names, heard + 120 * SEC - 1));
	ck_assert(!names_are_fresh(&s->names, heard + 120 * SEC));
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_never_fresh_for_long)
{
	struct scene *s = given_known(4500);
	mdns_time heard = s->w->now;
	struct mdns_name name = unit_name("a.local");
	struct mdns_answer answer;
	int status;

	then_map_until(s, "a.local", BOTH, heard + NAMES_FRESH_TIME);
	/* What it says of its life is true all the same. */
	ck_assert(mdns_map_find(
		s->map.memory, MAP_ID, &name, heard + SEC, &status, &answer));
	ck_assert_uint_eq(answer.ttl, 4499);
	after_ms(s, 121000);
	then_map(s, "a.local", "-");
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	then_map_until(s, "a.local", BOTH, s->w->now + NAMES_FRESH_TIME);
	/* In the second half as well. */
	after_ms(s, 2200 * 1000);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	then_map_until(s, "a.local", BOTH, s->w->now + NAMES_FRESH_TIME);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_the_shorter_life_counts)
{
	struct scene *s = given_scene();
	mdns_time heard = s->w->now;

	when_asked(s, "a.local");
	when_address(s, "a.local", "10.0.0.1", 120);
	when_address(s, "a.local", "fd00::1", 10);
	then_map_until(s, "a.local", BOTH, heard + 5 * SEC);
	after_ms(s, 7000);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	ck_assert_uint_eq(s->client[1].answer.ttl, 3);
	then_map_until(s, "a.local", BOTH, heard + 10 * SEC);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_expiry)
{
	struct scene *s = given_known(10);

	after_ms(s, 9999);
	ck_assert_uint_eq(s->names.table.count, 1);
	after_ms(s, 1);
	then_map(s, "a.local", "-");
	ck_assert_uint_eq(s->map.count, 0);
	ck_assert_uint_eq(s->names.table.count, 0);
	ck_assert_uint_eq(s->w->packets, 1);
	/* Then it is asked for anew. */
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "waits");
	ck_assert_uint_eq(s->w->packets, 2);
	then_nothing_is_left(s);
}
END_TEST

/* One that is given up in silence, though it was told with one family only,
 * does not go as long as that family lives. */
START_TEST(test_one_family_expires)
{
	struct scene *s = given_scene();

	when_asked(s, "a.local");
	when_address(s, "a.local", "10.0.0.1", 10);
	after_ms(s, 200);
	then_map(s, "a.local", "10.0.0.1");
	when_address(s, "a.local", "fd00::1", 120);
	then_map(s, "a.local", BOTH);
	after_ms(s, 9800);
	/* Neither is IPv4 denied, nor has anybody waited for it since. */
	then_map(s, "a.local", "-");
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "waits");
	after_ms(s, GRACE_MS);
	ck_assert_str_eq(told(s, 1), "fd00::1");
	then_map(s, "a.local", "fd00::1");
	then_nothing_is_left(s);
}
END_TEST

/* What was waited for in vain counts only beside an address. */
START_TEST(test_the_last_family_is_denied)
{
	static const uint16_t only_aaaa[] = {AAAA, 0};
	struct scene *s = given_scene();
	struct unit_message m;

	when_asked(s, "a.local");
	when_address(s, "a.local", "10.0.0.1", 120);
	after_ms(s, 200);
	then_map(s, "a.local", "10.0.0.1");
	unit_message_init(&m, 0, 0x8400);
	unit_message_nsec(&m, MDNS_SECTION_ANSWER, "a.local", only_aaaa, 120);
	unit_message_address(&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 0);
	when_heard(s, &m);
	after_ms(s, 1000);
	then_map(s, "a.local", "-");
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "waits");
	when_address(s, "a.local", "fd00::1", 120);
	ck_assert_str_eq(told(s, 1), "fd00::1");
	then_nothing_is_left(s);
}
END_TEST

/* ---- what is heard ---- */

START_TEST(test_goodbye)
{
	struct scene *s = given_known(120);
	struct unit_message m;

	after_ms(s, 5000);
	unit_message_init(&m, 0, 0x8400);
	unit_message_address(&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 0);
	unit_message_address(&m, MDNS_SECTION_ANSWER, "a.local", "fd00::1", 0);
	when_heard(s, &m);
	after_ms(s, 1000);
	then_map(s, "a.local", "-");
	ck_assert_uint_eq(s->map.count, 0);
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "waits");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_goodbye_of_one_address)
{
	struct scene *s = given_known(120);

	when_address(s, "a.local", "10.0.0.2", 120);
	then_map(s, "a.local", "10.0.0.2 10.0.0.1 fd00::1");
	when_address(s, "a.local", "10.0.0.1", 0);
	after_ms(s, 1000);
	then_map(s, "a.local", "10.0.0.2 fd00::1");
	ck_assert_str_eq(known(s, "a.local"), "10.0.0.2 fd00::1");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_goodbye_taken_back)
{
	struct scene *s = given_known(120);

	when_address(s, "a.local", "10.0.0.1", 0);
	after_ms(s, 500);
	when_address(s, "a.local", "10.0.0.1", 120);
	after_ms(s, 5000);
	then_map(s, "a.local", BOTH);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_another_address)
{
	struct scene *s = given_known(120);

	after_ms(s, 5000);
	when_address(s, "a.local", "10.0.0.9", 120); /* cache flush */
	after_ms(s, 1000);
	then_map(s, "a.local", "10.0.0.9 fd00::1");
	ck_assert_str_eq(known(s, "a.local"), "10.0.0.9 fd00::1");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_heard_again_lives_longer)
{
	struct scene *s = given_known(10);
	unsigned i;

	for (i = 0; i < 5; i++) {
		after_ms(s, 9000);
		when_address(s, "a.local", "10.0.0.1", 10);
		when_address(s, "a.local", "fd00::1", 10);
		then_map_until(s, "a.local", BOTH, s->w->now + 5 * SEC);
	}
	ck_assert_uint_eq(s->w->packets, 1);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_addresses_that_nobody_has)
{
	static const char *const addresses[] = {"0.0.0.0", "127.0.0.1",
		"224.0.0.251", "255.255.255.255", "::", "::1", "ff02::fb",
		"::ffff:10.0.0.1"};
	struct scene *s = given_scene();
	unsigned client = when_asked(s, "a.local");

	for (unsigned i = 0; i < ROWS(addresses); i++)
		when_address(s, "a.local", addresses[i], 120);
	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, client), "not found");
	then_map(s, "a.local", "not found");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_no_data)
{
	static const uint16_t none[] = {TXT, 0};
	struct scene *s = given_scene();
	mdns_time heard = s->w->now;
	struct unit_message m;

	when_asked(s, "a.local");
	unit_message_init(&m, 0, 0x8400);
	unit_message_nsec(&m, MDNS_SECTION_ANSWER, "a.local", none, 20);
	when_heard(s, &m);
	then_map_until(s, "a.local", "no data", heard + 20 * SEC);
	when_address(s, "a.local", "10.0.0.1", 120);
	then_map(s, "a.local", "10.0.0.1");
	then_nothing_is_left(s);
}
END_TEST

/* ---- links ---- */

START_TEST(test_a_link_goes)
{
	struct scene *s = given_known(120);

	when_link(s, OTHER_LINK);
	when_address_on(s, OTHER_LINK, "a.local", "10.1.0.1", 120);
	when_address_on(s, OTHER_LINK, "a.local", "fe80::1", 120);
	when_address(s, "a.local", "fe80::1", 120);
	after_ms(s, 1100);
	then_map(s, "a.local", "10.1.0.1 10.0.0.1 fd00::1 fe80::1%4 fe80::1%3");
	when_no_link(s, LINK);
	then_map(s, "a.local", "10.1.0.1 fe80::1%4");
	ck_assert_str_eq(known(s, "a.local"), "10.1.0.1 fe80::1%4");
	when_no_link(s, OTHER_LINK);
	then_map(s, "a.local", "-");
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_the_last_link_goes)
{
	struct scene *s = given_known(120);

	when_no_link(s, LINK);
	then_map(s, "a.local", "-");
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "no link");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_a_link_comes)
{
	struct scene *s = given_known(120);
	unsigned b = when_asked(s, "b.local"), c, packets;

	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, b), "not found");
	c = when_asked(s, "c.local");
	packets = s->w->packets;
	when_link(s, OTHER_LINK);
	/* What was missing may be there; what is known is known. */
	then_map(s, "a.local", BOTH);
	then_map(s, "b.local", "-");
	b = when_asked(s, "b.local");
	ck_assert_str_eq(told(s, b), "waits");
	/* On both links, and who waits is asked for on the new one too. */
	after_ms(s, 200);
	ck_assert_uint_eq(asked_on(s->w, OTHER_LINK, "b.local", A,
				  (int64_t[PACKETS_MAX]){0}),
		1);
	ck_assert_uint_eq(asked_on(s->w, OTHER_LINK, "c.local", AAAA,
				  (int64_t[PACKETS_MAX]){0}),
		1);
	ck_assert_uint_gt(s->w->packets, packets);
	when_address_on(s, OTHER_LINK, "b.local", "10.1.0.1", 120);
	when_address_on(s, OTHER_LINK, "b.local", "fd01::1", 120);
	when_address_on(s, OTHER_LINK, "c.local", "fe80::1", 120);
	when_address_on(s, OTHER_LINK, "c.local", "169.254.0.1", 120);
	ck_assert_str_eq(told(s, b), "10.1.0.1 fd01::1");
	ck_assert_str_eq(told(s, c), "169.254.0.1 fe80::1%4");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_a_link_is_another_one)
{
	struct scene *s = given_known(120);

	after_ms(s, 1100);
	/* Added again: all that was heard there is gone (10.3). */
	when_link(s, LINK);
	then_map(s, "a.local", "-");
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "waits");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_flush)
{
	struct scene *s = given_known(120);
	unsigned b = when_asked(s, "b.local"), c;

	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, b), "not found");
	c = when_asked(s, "c.local");
	after_ms(s, 1100);
	names_flush(&s->names, s->w->now);
	when_link(s, LINK);
	then_map(s, "a.local", "-");
	then_map(s, "b.local", "-");
	ck_assert_uint_eq(s->names.table.count, 1);
	ck_assert_str_eq(told(s, c), "waits");
	when_address(s, "c.local", "10.0.0.1", 120);
	when_address(s, "c.local", "fd00::1", 120);
	ck_assert_str_eq(told(s, c), BOTH);
	ck_assert_str_eq(told(s, when_asked(s, "a.local")), "waits");
	ck_assert_str_eq(told(s, when_asked(s, "b.local")), "waits");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_flush_alone_forgets_no_record)
{
	struct scene *s = given_known(120);

	names_flush(&s->names, s->w->now);
	settle(s);
	then_map(s, "a.local", "-");
	ck_assert_uint_eq(s->map.count, 0);
	/* The caches still know: no question is needed. */
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	then_map(s, "a.local", BOTH);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_retry)
{
	struct scene *s = given_known(120);
	unsigned b = when_asked(s, "b.local"), c;

	after_ms(s, TOTAL_MS);
	c = when_asked(s, "c.local");
	names_retry(&s->names, s->w->now);
	settle(s);
	then_map(s, "a.local", BOTH);
	then_map(s, "b.local", "-");
	ck_assert_str_eq(told(s, b), "not found");
	ck_assert_str_eq(told(s, c), "waits");
	ck_assert_uint_eq(s->names.table.count, 2);
	ck_assert_str_eq(told(s, when_asked(s, "b.local")), "waits");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_without_a_map)
{
	struct scene *s = given_scene();
	unsigned a, b;

	s->names.map = NULL;
	a = when_asked(s, "a.local");
	b = when_asked(s, "b.local");
	when_address(s, "a.local", "10.0.0.1", 10);
	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, a), "10.0.0.1");
	ck_assert_str_eq(told(s, b), "not found");
	ck_assert(!names_are_fresh(&s->names, s->w->now));
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_map");
	TCase *t = tcase_create("names_map");

	tcase_add_test(t, test_first_half);
	tcase_add_test(t, test_second_half);
	tcase_add_test(t, test_never_fresh_for_long);
	tcase_add_test(t, test_the_shorter_life_counts);
	tcase_add_test(t, test_expiry);
	tcase_add_test(t, test_one_family_expires);
	tcase_add_test(t, test_the_last_family_is_denied);
	tcase_add_test(t, test_goodbye);
	tcase_add_test(t, test_goodbye_of_one_address);
	tcase_add_test(t, test_goodbye_taken_back);
	tcase_add_test(t, test_another_address);
	tcase_add_test(t, test_heard_again_lives_longer);
	tcase_add_test(t, test_addresses_that_nobody_has);
	tcase_add_test(t, test_no_data);
	tcase_add_test(t, test_a_link_goes);
	tcase_add_test(t, test_the_last_link_goes);
	tcase_add_test(t, test_a_link_comes);
	tcase_add_test(t, test_a_link_is_another_one);
	tcase_add_test(t, test_flush);
	tcase_add_test(t, test_flush_alone_forgets_no_record);
	tcase_add_test(t, test_retry);
	tcase_add_test(t, test_without_a_map);
	suite_add_tcase(suite, t);
	return suite;
}
