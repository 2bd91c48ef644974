/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: one question for all who ask, what is an
 * answer, and what silence means. */
#include <stdio.h>
#include <string.h>

#include "tests/helper/names_world.h"

#define REVERSE "7.1.254.169.in-addr.arpa"
#define BOTH "10.0.0.1 fd00::1"

static void then_told(const struct scene *s, unsigned client, const char *what)
{
	ck_assert_str_eq(told(s, client), what);
}

static void when_denied(
	struct scene *s, const char *text, const uint16_t *has, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_nsec(&m, MDNS_SECTION_ANSWER, text, has, ttl);
	when_heard(s, &m);
}

static void when_pointer(
	struct scene *s, const char *text, const char *target, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	add_pointer(&m, text, target, ttl);
	when_heard(s, &m);
}

/* ---- one question ---- */

START_TEST(test_one_question_for_all)
{
	struct scene *s = given_scene();
	unsigned i;

	for (i = 0; i < 5; i++)
		when_asked(s, "a.local");
	/* At once, in one message. */
	ck_assert_uint_eq(s->w->packets, 1);
	ck_assert_int_eq(s->w->packet[0].at, START);
	ck_assert_uint_eq(packet_count(s->w->packet, MDNS_SECTION_QUESTION), 2);
	ck_assert_int_eq(packet_asks(s->w->packet, "a.local", A), 1);
	ck_assert_int_eq(packet_asks(s->w->packet, "a.local", AAAA), 1);
	after_ms(s, 1);
	when_address(s, "a.local", "10.0.0.1", 120);
	ck_assert_uint_eq(s->names.waiting, 5);
	when_address(s, "a.local", "fd00::1", 120);
	for (i = 0; i < 5; i++) {
		then_told(s, i, BOTH);
		ck_assert_int_eq(told_ms(s, i), 1);
	}
	ck_assert_uint_eq(s->names.waiting, 0);
	ck_assert_str_eq(known(s, "a.local"), BOTH);
	ck_assert_uint_eq(s->names.asked, 1);
	ck_assert_uint_eq(s->names.joined, 4);
	ck_assert_uint_eq(s->names.hits, 1);
	after_ms(s, HOUR_MS);
	ck_assert_uint_eq(s->w->packets, 1);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_names_of_a_moment_travel_together)
{
	struct scene *s = given_scene();
	char text[32];
	unsigned i;

	for (i = 0; i < 10; i++) {
		struct mdns_name name;

		snprintf(text, sizeof(text), "host-%u.local", i);
		name = unit_name(text);
		ask_only(s, &name, 0);
	}
	settle(s);
	ck_assert_uint_eq(s->w->packets, 1);
	ck_assert_uint_eq(
		packet_count(s->w->packet, MDNS_SECTION_QUESTION), 20);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_reverse)
{
	static const char *const names[] = {REVERSE,
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		"0.8.e.f.ip6.arpa"};

	for (unsigned i = 0; i < ROWS(names); i++) {
		struct scene *s = given_scene();
		unsigned client = when_asked(s, names[i]);

		ck_assert_uint_eq(s->w->packets, 1);
		ck_assert_uint_eq(
			packet_count(s->w->packet, MDNS_SECTION_QUESTION), 1);
		ck_assert_int_eq(packet_asks(s->w->packet, names[i], PTR), 1);
		after_ms(s, 2);
		/* What no host is called is no answer. */
		when_pointer(s, names[i], "no host.local", 120);
		when_pointer(s, names[i], "printer.example", 120);
		then_told(s, client, "waits");
		when_pointer(s, names[i], "printer.local", 120);
		then_told(s, client, "printer.local");
		ck_assert_int_eq(told_ms(s, client), 2);
		ck_assert_uint_eq(s->client[client].answer.count, 0);
		ck_assert_uint_eq(
			s->client[client].answer.address[0].ifindex, LINK);
		ck_assert_str_eq(map_says(s, names[i]), "printer.local");
		ck_assert_str_eq(known(s, names[i]), "printer.local");
		/* The questions have ended. */
		after_ms(s, 119 * 1000);
		ck_assert_uint_eq(s->w->packets, 1);
		after_ms(s, 2 * 1000);
		ck_assert_uint_eq(s->w->packets, 1);
		ck_assert_str_eq(map_says(s, names[i]), "-");
		then_nothing_is_left(s);
	}
}
END_TEST

START_TEST(test_silence)
{
	struct scene *s = given_scene();
	int64_t ms[PACKETS_MAX];
	unsigned client = when_asked(s, "a.local");

	after_ms(s, TOTAL_MS - 1);
	then_told(s, client, "waits");
	ck_assert_str_eq(map_says(s, "a.local"), "-");
	after_ms(s, HOUR_MS);
	then_told(s, client, "not found");
	ck_assert_int_eq(told_ms(s, client), TOTAL_MS);
	ck_assert_uint_eq(asked(s->w, "a.local", A, ms), 2);
	ck_assert_uint_eq(asked(s->w, "a.local", AAAA, ms), 2);
	ck_assert_int_eq(ms[0], 0);
	ck_assert_int_eq(ms[1], 1000);
	ck_assert_uint_eq(s->w->packets, 2);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_what_silence_means)
{
	static const struct {
		const char *name;
		bool deep_not_found;
		const char *said;
	} rows[] = {
		{"a.local", false, "not found"},
		{"a.local", true, "not found"},
		{"b.a.local", false, "pass on"},
		{"b.a.local", true, "not found"},
		{"a.corp.example", false, "pass on"},
		{REVERSE, false, "not found"},
		{REVERSE, true, "not found"},
	};
	const struct mdns_name suffix = unit_name("corp.example");

	for (unsigned i = 0; i < ROWS(rows); i++) {
		struct scene *s = given_scene_of(100, 100, 1000, &suffix);
		unsigned client;

		given_link(s->w, LINK, 1452, false);
		s->settings.deep_not_found = rows[i].deep_not_found;
		names_configure(&s->names, &s->settings);
		client = when_asked(s, rows[i].name);
		after_ms(s, TOTAL_MS);
		then_told(s, client, rows[i].said);
		ck_assert_int_eq(told_ms(s, client), TOTAL_MS);
		ck_assert_uint_eq(s->client[client].answer.count, 0);
		ck_assert_str_eq(map_says(s, rows[i].name), rows[i].said);
		ck_assert_str_eq(known(s, rows[i].name), rows[i].said);
		ck_assert_uint_eq(s->client[client + 1].answer.ttl, 0);
		then_nothing_is_left(s);
	}
}
END_TEST

START_TEST(test_settings)
{
	struct scene *s = given_scene();
	unsigned a, b;

	s->settings.total_ms = 500;
	s->settings.grace_ms = 30;
	names_configure(&s->names, &s->settings);
	a = when_asked(s, "a.local");
	b = when_asked(s, "b.local");
	when_address(s, "b.local", "10.0.0.1", 120);
	after_ms(s, HOUR_MS);
	ck_assert_int_eq(told_ms(s, a), 500);
	ck_assert_int_eq(told_ms(s, b), 30);
	/* The limit is the one of now, not the one of who asked first. */
	s->settings.total_ms = 5000;
	names_configure(&s->names, &s->settings);
	when_asked(s, "c.local");
	s->settings.total_ms = 500;
	names_configure(&s->names, &s->settings);
	a = when_asked_until(s, "c.local", 100000);
	b = when_asked(s, "c.local");
	after_ms(s, 500);
	ck_assert_str_eq(told(s, a), "not found");
	ck_assert_str_eq(told(s, b), "not found");
	ck_assert_str_eq(told(s, 2), "waits");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_not_ours)
{
	static const char *const names[] = {"a.example", "local", "",
		"1.0.0.127.in-addr.arpa", "local.example"};
	struct scene *s = given_scene();

	for (unsigned i = 0; i < ROWS(names); i++)
		then_told(s, when_asked(s, names[i]), "not ours");
	ck_assert_uint_eq(s->w->packets, 0);
	ck_assert_uint_eq(s->names.table.count, 0);
	then_nothing_is_left(s);
}
END_TEST

/* ---- both families ---- */

START_TEST(test_settled_at_once)
{
	static const uint16_t only_aaaa[] = {AAAA, 0}, none[] = {TXT, 0};
	struct scene *s = given_scene();
	unsigned a = when_asked(s, "a.local"), b = when_asked(s, "b.local"),
		 c = when_asked(s, "c.local"), d = when_asked(s, "d.local");

	after_ms(s, 3);
	when_address(s, "a.local", "10.0.0.1", 120);
	when_denied(s, "a.local", only_a, 120);
	when_denied(s, "b.local", only_aaaa, 120);
	when_address(s, "b.local", "fd00::1", 120);
	when_denied(s, "c.local", none, 120);
	when_denied(s, "d.local", only_a, 120);
	then_told(s, a, "10.0.0.1");
	then_told(s, b, "fd00::1");
	then_told(s, c, "no data");
	then_told(s, d, "waits");
	ck_assert_int_eq(told_ms(s, a), 3);
	ck_assert_int_eq(told_ms(s, b), 3);
	ck_assert_int_eq(told_ms(s, c), 3);
	ck_assert_uint_eq(s->client[a].answer.presence[MDNS_IPV6], MDNS_ABSENT);
	ck_assert_str_eq(known(s, "c.local"), "no data");
	ck_assert_str_eq(map_says(s, "c.local"), "no data");
	/* One is said not to be there, and the other stays silent. */
	after_ms(s, TOTAL_MS);
	then_told(s, d, "no data");
	ck_assert_int_eq(told_ms(s, d), TOTAL_MS);
	ck_assert_uint_eq(s->client[d].answer.presence[MDNS_IPV6], MDNS_ABSENT);
	ck_assert_uint_eq(s->client[d].answer.presence[MDNS_IPV4], MDNS_OPEN);
	ck_assert_str_eq(known(s, "d.local"), "no data");
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_grace)
{
	struct scene *s = given_scene();
	unsigned a = when_asked(s, "a.local"), b = when_asked(s, "b.local"),
		 c = when_asked(s, "c.local");

	after_ms(s, 50);
	when_address(s, "a.local", "10.0.0.1", 120);
	when_address(s, "b.local", "fd00::1", 120);
	after_ms(s, 60);
	/* Another address of the same family makes it no longer. */
	when_address(s, "a.local", "10.0.0.2", 120);
	when_address(s, "b.local", "10.0.0.1", 120);
	ck_assert_int_eq(told_ms(s, b), 110);
	after_ms(s, 1100 + 80 - 110);
	ck_assert_int_eq(told_ms(s, a), 50 + GRACE_MS);
	then_told(s, a, "10.0.0.2 10.0.0.1");
	/* Never longer than the whole. */
	when_address(s, "c.local", "10.0.0.3", 120);
	after_ms(s, 1000);
	then_told(s, c, "10.0.0.3");
	ck_assert_int_eq(told_ms(s, c), TOTAL_MS);
	/* And the next one does not wait for what was waited for in vain. */
	ck_assert_str_eq(known(s, "c.local"), "10.0.0.3");
	ck_assert_uint_eq(s->client[c].answer.presence[MDNS_IPV6], MDNS_OPEN);
	then_nothing_is_left(s);
}
END_TEST

/* ---- names ---- */

START_TEST(test_case_does_not_matter)
{
	struct scene *s = given_scene();
	unsigned a = when_asked(s, "Printer.LOCAL"),
		 b = when_asked(s, "pRINTER.local");

	ck_assert_uint_eq(s->w->packets, 1);
	ck_assert_uint_eq(s->names.table.count, 1);
	when_address(s, "PRINTER.local", "10.0.0.1", 120);
	when_address(s, "printer.Local", "fd00::1", 120);
	then_told(s, a, BOTH);
	then_told(s, b, BOTH);
	ck_assert_str_eq(map_says(s, "printer.local"), BOTH);
	ck_assert_str_eq(known(s, "PRINTER.LOCAL"), BOTH);
	then_nothing_is_left(s);
}
END_TEST

START_TEST(test_longest_name)
{
	struct scene *s = given_scene();
	char text[300], label[64];
	unsigned a;

	memset(label, 'x', 63);
	label[63] = 0;
	/* 3 * 64 + 57 + 6 + 1 = 256 with the root: 255 without it. */
	snprintf(text, sizeof(text), "%s.%s.%s.%.56s.local", label, label,
		label, label);
	ck_assert_uint_eq(unit_name(text).len, MDNS_NAME_MAX);
	a = when_asked(s, text);
	ck_assert_uint_eq(s->w->packets, 1);
	ck_assert_int_eq(packet_asks(s->w->packet, text, A), 1);
	after_ms(s, TOTAL_MS);
	then_told(s, a, "pass on");
	after_ms(s, MISSING_MS);
	a = when_asked(s, text);
	when_address(s, text, "10.0.0.1", 120);
	when_address(s, text, "fd00::1", 120);
	then_told(s, a, BOTH);
	/* Too long for the map, and remembered all the same. */
	ck_assert_str_eq(map_says(s, text), "-");
	ck_assert_str_eq(known(s, text), BOTH);
	then_nothing_is_left(s);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *t = tcase_create("names");

	tcase_add_test(t, test_one_question_for_all);
	tcase_add_test(t, test_names_of_a_moment_travel_together);
	tcase_add_test(t, test_reverse);
	tcase_add_test(t, test_silence);
	tcase_add_test(t, test_what_silence_means);
	tcase_add_test(t, test_settings);
	tcase_add_test(t, test_not_ours);
	tcase_add_test(t, test_settled_at_once);
	tcase_add_test(t, test_grace);
	tcase_add_test(t, test_case_does_not_matter);
	tcase_add_test(t, test_longest_name);
	suite_add_tcase(suite, t);
	return suite;
}
