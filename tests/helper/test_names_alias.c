/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: names that are aliases of others (CNAME). */
#include <stdio.h>
#include <string.h>

#include "tests/helper/names_world.h"

#define BOTH "10.0.0.1 fd00::1"

static void then_name_is(
	const struct scene *s, unsigned client, const char *text)
{
	struct mdns_name name = unit_name(text);

	ck_assert(mdns_name_equal(&s->client[client].answer.name, &name));
}

/* All in one message, as RFC 6762 wants it. */
static void when_all_is_said(struct scene *s, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_name(
		&m, MDNS_SECTION_ANSWER, "www.local", CNAME, "a.local", ttl);
	unit_message_address(
		&m, MDNS_SECTION_ADDITIONAL, "a.local", "10.0.0.1", ttl);
	unit_message_address(
		&m, MDNS_SECTION_ADDITIONAL, "a.local", "fd00::1", ttl);
	when_heard(s, &m);
}

START_TEST(test_all_in_one_message)
{
	struct scene *s = given_scene();
	unsigned client = when_asked(s, "www.local");

	when_all_is_said(s, 120);
	ck_assert_str_eq(told(s, client), BOTH);
	then_name_is(s, client, "a.local");
	ck_assert_uint_eq(s->w->packets, 1);
	/* The next one gets it at once, though not from the map. */
	ck_assert_str_eq(known(s, "www.local"), BOTH);
	then_name_is(s, client + 1, "a.local");
	ck_assert_str_eq(map_says(s, "www.local"), "-");
	ck_assert_str_eq(map_says(s, "a.local"), BOTH);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_known_target)
{
	struct scene *s = given_scene();
	unsigned client;

	given_both(s, "a.local", 120);
	when_asked(s, "a.local");
	after_ms(s, 2000);
	client = when_asked(s, "www.local");
	when_alias(s, "www.local", "a.local", 120);
	ck_assert_str_eq(told(s, client), BOTH);
	ck_assert_int_eq(told_ms(s, client), 2000);
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 1);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_unknown_target)
{
	struct scene *s = given_scene();
	struct host *host = given_both(s, "a.local", 120);
	unsigned client, other;

	client = when_asked(s, "www.local");
	other = when_asked_until(s, "www.local", 30);
	after_ms(s, 100);
	ck_assert_str_eq(told(s, other), "not found");
	when_alias(s, "www.local", "a.local", 120);
	ck_assert_str_eq(told(s, client), "waits");
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 1);
	ck_assert_uint_eq(times_asked(s->w, "a.local", AAAA), 1);
	ck_assert_uint_eq(s->names.waiting, 1);
	after_ms(s, 10);
	ck_assert_str_eq(told(s, client), BOTH);
	ck_assert_int_eq(told_ms(s, client), 101);
	then_name_is(s, client, "a.local");
	ck_assert_uint_eq(host->asked, 1);
	ck_assert_uint_eq(s->names.waiting, 0);
	ck_assert_str_eq(known(s, "www.local"), BOTH);
	ck_assert_str_eq(map_says(s, "a.local"), BOTH);
	then_nothing_is_left(s);
}
END_TEST

/* The alias of one family only: the grace is for it too. */
START_TEST(test_target_of_one_family)
{
	struct scene *s = given_scene();
	struct host *host = given_both(s, "a.local", 120);
	unsigned client = when_asked(s, "www.local");

	host->address[MDNS_IPV6] = NULL;
	when_alias(s, "www.local", "a.local", 120);
	after_ms(s, 500);
	ck_assert_str_eq(told(s, client), "10.0.0.1");
	ck_assert_int_le(told_ms(s, client), 1 + 2 * GRACE_MS);
	then_nothing_is_left(s);
}
END_TEST

/* What came along with the alias is not asked for. */
START_TEST(test_half_of_the_target)
{
	struct scene *s = given_scene();
	unsigned client = when_asked(s, "www.local");
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_name(
		&m, MDNS_SECTION_ANSWER, "www.local", CNAME, "a.local", 120);
	unit_message_address(
		&m, MDNS_SECTION_ADDITIONAL, "a.local", "10.0.0.1", 120);
	when_heard(s, &m);
	after_ms(s, GRACE_MS);
	ck_assert_str_eq(told(s, client), "10.0.0.1");
	ck_assert_int_eq(told_ms(s, client), GRACE_MS);
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 0);
	ck_assert_uint_eq(times_asked(s->w, "a.local", AAAA), 0);
	then_nothing_is_left(s);
}
END_TEST

/* The target lives shorter than the alias, and both go with it. */
START_TEST(test_the_target_expires)
{
	struct scene *s = given_scene();

	when_asked(s, "www.local");
	when_all_is_said(s, 10);
	when_alias(s, "www.local", "a.local", 120);
	after_ms(s, 9900);
	ck_assert_str_eq(known(s, "www.local"), BOTH);
	after_ms(s, 30000);
	ck_assert_uint_eq(s->names.table.count, 0);
	ck_assert_str_eq(told(s, when_asked(s, "www.local")), "waits");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_silent_target)
{
	struct scene *s = given_scene();
	unsigned client = when_asked(s, "www.local"), packets;

	when_alias(s, "www.local", "a.local", 120);
	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, client), "not found");
	ck_assert_int_eq(told_ms(s, client), TOTAL_MS);
	after_ms(s, 2 * TOTAL_MS);
	packets = s->w->packets;
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->w->packets, packets);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_target_out_of_our_zones)
{
	static const char *const targets[] = {
		"a.example", "local", "1.1.254.169.in-addr.arpa", "www.local"};

	for (unsigned i = 0; i < ROWS(targets); i++) {
		struct scene *s = given_scene();
		unsigned client = when_asked(s, "www.local");

		when_alias(s, "www.local", targets[i], 120);
		ck_assert_uint_eq(s->w->packets, 1);
		ck_assert_uint_eq(s->names.table.count, 1);
		after_ms(s, TOTAL_MS);
		ck_assert_str_eq(told(s, client), "not found");
		ck_assert_uint_eq(s->w->packets, 2);
		then_nothing_is_left(s);
	}
}
END_TEST

/* www -> c1 -> c2 ... and the last one has the addresses. */
static const char *chain(unsigned hops)
{
	struct scene *s = given_scene();
	unsigned client = when_asked(s, "c0.local"), i;
	static char said[100];
	char text[32], target[32];
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	for (i = 0; i < hops; i++) {
		snprintf(text, sizeof(text), "c%u.local", i);
		snprintf(target, sizeof(target), "c%u.local", i + 1);
		unit_message_name(
			&m, MDNS_SECTION_ANSWER, text, CNAME, target, 120);
	}
	snprintf(text, sizeof(text), "c%u.local", hops);
	unit_message_address(&m, MDNS_SECTION_ANSWER, text, "10.0.0.1", 120);
	unit_message_address(&m, MDNS_SECTION_ANSWER, text, "fd00::1", 120);
	when_heard(s, &m);
	if (hops <= MDNS_CNAME_HOPS) {
		ck_assert_int_eq(told_ms(s, client), 0);
		then_name_is(s, client, text);
	}
	after_ms(s, TOTAL_MS);
	snprintf(said, sizeof(said), "%s", told(s, client));
	after_ms(s, HOUR_MS);
	then_nothing_is_left(s);
	return said;
}

START_TEST(test_chains)
{
	ck_assert_str_eq(chain(0), BOTH);
	ck_assert_str_eq(chain(1), BOTH);
	ck_assert_str_eq(chain(MDNS_CNAME_HOPS), BOTH);
	ck_assert_str_eq(chain(MDNS_CNAME_HOPS + 1), "not found");
}
END_TEST

/* A loop ends, and nobody goes on asking. */
START_TEST(test_short_loops)
{
	static const unsigned lengths[] = {2, 4};

	for (unsigned n = 0; n < ROWS(lengths); n++) {
		struct scene *s = given_scene();
		unsigned client = when_asked(s, "c0.local"), i;
		char text[32], target[32];

		for (i = 0; i < lengths[n]; i++) {
			snprintf(text, sizeof(text), "c%u.local", i);
			snprintf(target, sizeof(target), "c%u.local",
				(i + 1) % lengths[n]);
			when_alias(s, text, target, 120);
		}
		after_ms(s, TOTAL_MS);
		ck_assert_str_eq(told(s, client), "not found");
		after_ms(s, HOUR_MS);
		ck_assert_uint_eq(s->names.table.count, 0);
		then_nothing_is_left(s);
	}
}
END_TEST

/* A host whose every answer is the alias of one more name: it is asked for a
 * few of them, while somebody may still wait, and then for no more. */
START_TEST(test_alias_without_end)
{
	struct scene *s = given_scene_of(1000, 100, 2000, NULL);
	char text[32], target[32];
	unsigned client, i;

	given_link(s->w, LINK, 1452, false);
	client = when_asked(s, "c0.local");
	for (i = 0; i < 250; i++) {
		snprintf(text, sizeof(text), "c%u.local", i);
		snprintf(target, sizeof(target), "c%u.local", i + 1);
		when_alias(s, text, target, 120);
		after_ms(s, 10);
		if (times_asked(s->w, target, A) == 0)
			break;
	}
	ck_assert_uint_ge(i, MDNS_CNAME_HOPS);

	ck_assert_uint_le(i, 2 * MDNS_CNAME_HOPS);
	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, client), "not found");
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

/* The last of them is as good a name as any when a client asks for it. */
START_TEST(test_alias_at_the_end_is_asked_for)
{
	struct scene *s = given_scene();
	unsigned client, i;
	char text[32], target[32];

	when_asked(s, "c0.local");
	for (i = 0; i < MDNS_CNAME_HOPS; i++) {
		snprintf(text, sizeof(text), "c%u.local", i);
		snprintf(target, sizeof(target), "c%u.local", i + 1);
		when_alias(s, text, target, 120);
	}
	client = when_asked(s, target);
	given_both(s, "a.local", 120);
	when_alias(s, target, "a.local", 120);
	after_ms(s, 10);
	ck_assert_str_eq(told(s, client), BOTH);
	then_name_is(s, client, "a.local");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_goodbye_of_the_target)
{
	struct scene *s = given_scene();
	struct unit_message m;

	when_asked(s, "www.local");
	when_all_is_said(s, 120);
	after_ms(s, 2000);
	ck_assert_str_eq(known(s, "www.local"), BOTH);
	unit_message_init(&m, 0, 0x8400);
	unit_message_address(&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 0);
	when_heard(s, &m);
	after_ms(s, 1000);
	/* IPv4 is open again: whoever asks waits no longer than the grace. */
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	ck_assert_str_eq(told(s, when_asked(s, "www.local")), "waits");
	after_ms(s, GRACE_MS);
	ck_assert_str_eq(told(s, s->clients - 1), "fd00::1");
	when_address(s, "a.local", "fd00::1", 0);
	after_ms(s, 1000);
	ck_assert_str_eq(map_says(s, "www.local"), "-");
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	ck_assert_str_eq(told(s, when_asked(s, "www.local")), "waits");
	after_ms(s, TOTAL_MS);
	ck_assert_str_eq(told(s, s->clients - 1), "not found");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_goodbye_of_the_alias)
{
	struct scene *s = given_scene();

	when_asked(s, "www.local");
	when_all_is_said(s, 120);
	after_ms(s, 2000);
	when_alias(s, "www.local", "a.local", 0);
	after_ms(s, 1000);
	ck_assert_str_eq(told(s, when_asked(s, "www.local")), "waits");
	ck_assert_str_eq(map_says(s, "a.local"), BOTH);
	then_nothing_is_left(s);
}
END_TEST

/* The target's new address is told at once. */
START_TEST(test_target_changes)
{
	struct scene *s = given_scene();

	when_asked(s, "www.local");
	when_all_is_said(s, 120);
	after_ms(s, 2000);
	when_address(s, "a.local", "10.0.0.9", 120);
	after_ms(s, 1000);
	ck_assert_str_eq(known(s, "www.local"), "10.0.0.9 fd00::1");
	ck_assert_str_eq(map_says(s, "a.local"), "10.0.0.9 fd00::1");
	then_nothing_is_left(s);
}
END_TEST

/* Several names are aliases of one: it is asked for once. */
START_TEST(test_many_aliases_of_one)
{
	struct scene *s = given_scene();
	unsigned client[3], i;

	given_both(s, "a.local", 120);
	client[0] = when_asked(s, "x.local");
	client[1] = when_asked(s, "y.local");
	client[2] = when_asked(s, "z.local");
	when_alias(s, "x.local", "a.local", 120);
	when_alias(s, "y.local", "a.local", 120);
	when_alias(s, "z.local", "a.local", 120);
	when_canceled(s, client[1]);
	after_ms(s, 10);
	for (i = 0; i < 3; i++)
		ck_assert_str_eq(
			told(s, client[i]), i == 1 ? "canceled" : BOTH);
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 1);
	ck_assert_str_eq(known(s, "y.local"), BOTH);
	ck_assert_uint_eq(s->names.waiting, 0);
	then_nothing_is_left(s);
}
END_TEST

/* Whoever asks for the target itself joins. */
START_TEST(test_target_asked_as_well)
{
	struct scene *s = given_scene();
	unsigned client, other;

	given_both(s, "a.local", 120);
	client = when_asked(s, "www.local");
	when_alias(s, "www.local", "a.local", 120);
	other = when_asked(s, "a.local");
	ck_assert_uint_eq(s->names.asked, 1);
	ck_assert_uint_eq(s->names.joined, 1);
	after_ms(s, 10);
	ck_assert_str_eq(told(s, client), BOTH);
	ck_assert_str_eq(told(s, other), BOTH);
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 1);
	then_nothing_is_left(s);
}
END_TEST

/* Without room for the target: not found, and no harm. */
START_TEST(test_no_room_for_the_target)
{
	struct scene *s = given_scene_of(1, 100, 1000, NULL);
	unsigned client;

	given_link(s->w, LINK, 1452, false);
	client = when_asked(s, "www.local");
	when_alias(s, "www.local", "a.local", 120);
	ck_assert_uint_eq(s->names.table.count, 1);
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 0);
	when_all_is_said(s, 120);
	ck_assert_str_eq(told(s, client), BOTH);
	ck_assert_uint_eq(s->names.table.count, 1);
	ck_assert_str_eq(known(s, "www.local"), BOTH);
	then_nothing_is_left(s);
}
END_TEST

/* Followers are in nobody's way when all ends. */
START_TEST(test_close_with_followers)
{
	struct scene *s = given_scene();

	when_asked(s, "x.local");
	when_asked(s, "y.local");
	when_alias(s, "x.local", "a.local", 120);
	when_alias(s, "y.local", "a.local", 120);
	ck_assert_uint_eq(s->names.table.count, 3);
	then_nothing_is_left(s);

	s = given_scene();
	when_asked(s, "x.local");
	when_alias(s, "x.local", "a.local", 120);
	names_flush(&s->names, s->w->now);
	settle(s);
	ck_assert_uint_eq(s->names.waiting, 1);
	when_no_link(s, LINK);
	after_ms(s, 5000);
	ck_assert_str_eq(told(s, 0), "no link");
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_alias");
	TCase *t = tcase_create("names_alias");

	tcase_add_test(t, test_all_in_one_message);
	tcase_add_test(t, test_known_target);
	tcase_add_test(t, test_unknown_target);
	tcase_add_test(t, test_target_of_one_family);
	tcase_add_test(t, test_half_of_the_target);
	tcase_add_test(t, test_the_target_expires);
	tcase_add_test(t, test_silent_target);
	tcase_add_test(t, test_target_out_of_our_zones);
	tcase_add_test(t, test_chains);
	tcase_add_test(t, test_short_loops);
	tcase_add_test(t, test_alias_without_end);
	tcase_add_test(t, test_alias_at_the_end_is_asked_for);
	tcase_add_test(t, test_goodbye_of_the_target);
	tcase_add_test(t, test_goodbye_of_the_alias);
	tcase_add_test(t, test_target_changes);
	tcase_add_test(t, test_many_aliases_of_one);
	tcase_add_test(t, test_target_asked_as_well);
	tcase_add_test(t, test_no_room_for_the_target);
	tcase_add_test(t, test_close_with_followers);
	suite_add_tcase(suite, t);
	return suite;
}
