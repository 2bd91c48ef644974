/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: who has told its addresses over both transports
 * of the only link is not waited for, and everybody else has the grace. */
#include "tests/helper/names_world.h"

#define FOUR "10.0.0.1"
#define SIX "fd00::1"
#define BOTH "10.0.0.1 fd00::1"
#define STEPS_MAX 3

/* A response with these addresses of a.local, so late. */
struct step {
	int64_t ms;
	enum mdns_family transport;
	const char *address[2];
	bool denial; /* and an NSEC: only A */
};

static void when_told(
	struct scene *s, uint32_t ifindex, const struct step *step)
{
	struct mdns_origin origin = from_group;
	struct unit_message m;

	origin.ifindex = ifindex;
	origin.transport = (uint8_t)step->transport;
	unit_message_init(&m, 0, 0x8400);
	for (unsigned i = 0; i < 2; i++)
		if (step->address[i])
			unit_message_address(&m, MDNS_SECTION_ANSWER, "a.local",
				step->address[i], 120);
	if (step->denial)
		unit_message_nsec(
			&m, MDNS_SECTION_ADDITIONAL, "a.local", only_a, 120);
	hear_from(s->w, &origin, &m);
	settle(s);
}

static void when_told_over(
	struct scene *s, enum mdns_family transport, const char *address)
{
	const struct step step = {0, transport, {address}, false};

	when_told(s, LINK, &step);
}

#define OVER_4 MDNS_IPV4
#define OVER_6 MDNS_IPV6

START_TEST(test_how_long)
{
	static const struct {
		const char *what;
		struct step step[STEPS_MAX];
		unsigned links;
		uint32_t grace;
		const char *said;
		int64_t ms;
	} rows[] = {
		{"A over both",
			{{5, OVER_4, {FOUR}, 0}, {5, OVER_6, {FOUR}, 0}}, 1,
			100, FOUR, 10},
		{"AAAA over both",
			{{5, OVER_6, {SIX}, 0}, {5, OVER_4, {SIX}, 0}}, 1, 100,
			SIX, 10},
		{"A over IPv4 only",
			{{5, OVER_4, {FOUR}, 0}, {5, OVER_4, {FOUR}, 0}}, 1,
			100, FOUR, 105},
		{"A over IPv6 only",
			{{5, OVER_6, {FOUR}, 0}, {5, OVER_6, {FOUR}, 0}}, 1,
			100, FOUR, 105},
		{"as systemd-resolved does",
			{{5, OVER_4, {FOUR}, 0}, {5, OVER_6, {SIX}, 0}}, 1, 100,
			BOTH, 10},
		{"the second has both",
			{{5, OVER_4, {FOUR}, 0}, {5, OVER_6, {FOUR, SIX}, 0}},
			1, 100, BOTH, 10},
		{"the second has one that nobody can use",
			{{5, OVER_4, {FOUR}, 0}, {5, OVER_6, {FOUR, "::1"}, 0}},
			1, 100, FOUR, 105},
		{"two links", {{5, OVER_4, {FOUR}, 0}, {5, OVER_6, {FOUR}, 0}},
			2, 100, FOUR, 105},
		{"2 s apart",
			{{5, OVER_4, {FOUR}, 0}, {2000, OVER_6, {FOUR}, 0}}, 1,
			5000, FOUR, 2005},
		{"more than 2 s apart",
			{{5, OVER_4, {FOUR}, 0}, {2001, OVER_6, {FOUR}, 0}}, 1,
			5000, FOUR, 5005},
		{"NSEC, over one", {{5, OVER_4, {FOUR}, true}}, 1, 100, FOUR,
			5},
	};

	for (unsigned i = 0; i < ROWS(rows); i++) {
		struct scene *s = given_scene();
		unsigned a, b;

		if (rows[i].links == 2)
			when_link(s, OTHER_LINK);
		s->settings.total_ms = 20000;
		s->settings.grace_ms = rows[i].grace;
		names_configure(&s->names, &s->settings);
		a = when_asked(s, "a.local");
		b = when_asked(s, "a.local");
		for (unsigned k = 0; k < STEPS_MAX; k++) {
			if (!rows[i].step[k].address[0])
				break;
			after_ms(s, rows[i].step[k].ms);
			when_told(s, rows[i].links == 2 ? OTHER_LINK : LINK,
				&rows[i].step[k]);
		}
		after_ms(s, 20000);
		ck_assert_msg(told_ms(s, a) == rows[i].ms, "%s: %lld",
			rows[i].what, (long long)told_ms(s, a));
		ck_assert_int_eq(told_ms(s, b), rows[i].ms);
		ck_assert_str_eq(told(s, a), rows[i].said);
		then_nothing_is_left(s);
	}
}
END_TEST

/* It is as if the grace had passed: known to all, and open. */
START_TEST(test_what_comes_of_it)
{
	struct scene *s = given_scene();
	unsigned client = when_asked(s, "a.local");

	when_told_over(s, OVER_4, FOUR);
	ck_assert_str_eq(told(s, client), "waits");
	when_told_over(s, OVER_6, FOUR);
	ck_assert_str_eq(told(s, client), FOUR);
	ck_assert_uint_eq(
		s->client[client].answer.presence[MDNS_IPV6], MDNS_OPEN);
	ck_assert_str_eq(known(s, "a.local"), FOUR);
	ck_assert_str_eq(map_says(s, "a.local"), FOUR);
	/* Long after it was told; and for whoever came next it was asked once
	 * more, since it is open. */
	after_ms(s, 50000);
	ck_assert_str_eq(known(s, "a.local"), FOUR);
	ck_assert_uint_eq(s->w->packets, 2);
	ck_assert_uint_eq(times_asked(s->w, "a.local", A), 1);
	/* It is no denial: what comes all the same is taken. */
	when_told_over(s, OVER_4, SIX);
	ck_assert_str_eq(map_says(s, "a.local"), BOTH);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	then_nothing_is_left(s);
}
END_TEST

/* What was said to somebody else, before, is no answer to this question. */
START_TEST(test_the_next_question_begins_anew)
{
	struct scene *s = given_scene();
	unsigned client;

	when_asked_until(s, "a.local", 10);
	after_ms(s, 5);
	when_told_over(s, OVER_6, FOUR);
	after_ms(s, 10); /* who has asked gives up */
	ck_assert_str_eq(told(s, 0), FOUR);
	ck_assert_uint_eq(s->names.table.count, 0);
	client = when_asked(s, "a.local");
	when_told_over(s, OVER_4, FOUR);
	ck_assert_str_eq(told(s, client), "waits");
	after_ms(s, GRACE_MS);
	ck_assert_str_eq(told(s, client), FOUR);
	ck_assert_int_eq(told_ms(s, client), 15 + GRACE_MS);
	then_nothing_is_left(s);
}
END_TEST

/* The host's own name was not asked for: no telling what it would have said. */
START_TEST(test_alias)
{
	struct scene *s = given_scene();
	unsigned client = when_asked(s, "alias.local");

	for (unsigned transport = 0; transport < MDNS_FAMILIES; transport++) {
		struct mdns_origin origin = from_group;
		struct unit_message m;

		origin.transport = (uint8_t)transport;
		unit_message_init(&m, 0, 0x8400);
		unit_message_name(&m, MDNS_SECTION_ANSWER, "alias.local", CNAME,
			"a.local", 120);
		unit_message_address(
			&m, MDNS_SECTION_ADDITIONAL, "a.local", FOUR, 120);
		hear_from(s->w, &origin, &m);
		settle(s);
	}
	ck_assert_str_eq(told(s, client), "waits");
	after_ms(s, GRACE_MS);
	ck_assert_str_eq(told(s, client), FOUR);
	ck_assert_int_eq(told_ms(s, client), GRACE_MS);
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_told");
	TCase *t = tcase_create("names_told");

	tcase_add_test(t, test_how_long);
	tcase_add_test(t, test_what_comes_of_it);
	tcase_add_test(t, test_the_next_question_begins_anew);
	tcase_add_test(t, test_alias);
	suite_add_tcase(suite, t);
	return suite;
}
