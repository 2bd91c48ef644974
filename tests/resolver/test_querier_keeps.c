/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier: what is worth keeping, questions in a hurry, and
 * the size of its messages. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/querier_world.h"

static const char *kept;     /* the one name that is worth keeping */
static unsigned times_tried; /* how often that was asked */

static bool keeps(void *context, const struct mdns_name *name)
{
	struct mdns_name wanted = unit_name(kept);

	unit_assert(context);
	times_tried++;
	return mdns_name_equal(name, &wanted);
}

static struct world *given_kept(const char *text)
{
	struct world *w = given(1);

	kept = text;
	times_tried = 0;
	w->querier.keeps = keeps;
	return w;
}

static uint32_t records(const struct world *w)
{
	return w->querier.links->cache.records;
}

/* ---- keeps ---- */

START_TEST(test_all_is_kept)
{
	struct world *w = given(1);

	hear_address(w, "a.local", "10.0.0.1", 120);
	hear_pointer(w, SERVICE, "x." SERVICE, 120);
	ck_assert_uint_eq(records(w), 2);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_only_what_is_wanted)
{
	struct world *w = given_kept("a.local");

	hear_address(w, "b.local", "10.0.0.2", 120);
	ck_assert_uint_eq(records(w), 0);
	ck_assert_uint_gt(times_tried, 0);
	ck_assert_str_eq(story(w), "");
	hear_address(w, "A.Local", "10.0.0.1", 120);
	ck_assert_uint_eq(records(w), 1);
	ck_assert_str_eq(story(w), "0+1");
	then_all_is_given_back(w);
}
END_TEST

/* One that speaks of it is kept whole, wherever it does so. */
START_TEST(test_kept_whole)
{
	static const enum mdns_section sections[] = {
		MDNS_SECTION_ANSWER, MDNS_SECTION_ADDITIONAL};

	for (unsigned i = 0; i < ROWS(sections); i++) {
		struct world *w = given_kept("a.local");
		struct unit_message m;

		unit_message_init(&m, 0, 0x8400);
		unit_message_address(
			&m, MDNS_SECTION_ANSWER, "b.local", "10.0.0.2", 120);
		unit_message_address(
			&m, sections[i], "a.local", "10.0.0.1", 120);
		unit_message_address(&m, MDNS_SECTION_ADDITIONAL, "c.local",
			"10.0.0.3", 120);
		hear(w, &m);
		ck_assert_uint_eq(records(w), 3);
		then_all_is_given_back(w);
	}
}
END_TEST

/* The authority section is a probe's, and no answer (8.2). */
START_TEST(test_authority_does_not_count)
{
	struct world *w = given_kept("a.local");
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "b.local", "10.0.0.2", 120);
	unit_message_address(
		&m, MDNS_SECTION_AUTHORITY, "a.local", "10.0.0.1", 120);
	hear(w, &m);
	ck_assert_uint_eq(records(w), 0);
	then_all_is_given_back(w);
}
END_TEST

/* What has been kept before may have changed: a goodbye, another address. */
START_TEST(test_kept_before)
{
	struct world *w = given_kept("a.local");
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
	unit_message_address(
		&m, MDNS_SECTION_ADDITIONAL, "b.local", "10.0.0.2", 120);
	hear(w, &m);
	ck_assert_uint_eq(records(w), 2);
	kept = "nobody.local";
	hear_address(w, "b.local", "10.0.0.7", 120);
	ck_assert_uint_eq(records(w), 3);
	hear_address(w, "a.local", "10.0.0.1", 0);
	when_ms_later(w, 1000);
	ck_assert_uint_eq(count_of(w, "a.local", A), 0);
	ck_assert_uint_eq(count_of(w, "b.local", A), 2);
	/* Once it has gone, it is a stranger. */
	hear_address(w, "a.local", "10.0.0.1", 120);
	ck_assert_uint_eq(count_of(w, "a.local", A), 0);
	then_all_is_given_back(w);
}
END_TEST

/* Of another link is another matter. */
START_TEST(test_kept_on_its_link)
{
	struct world *w = given_kept("a.local");
	struct mdns_origin origin = from_group;
	struct unit_message m;

	given_link(w, OTHER_LINK, 1452, false);
	hear_address(w, "a.local", "10.0.0.1", 120);
	kept = "nobody.local";
	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.2", 120);
	origin.ifindex = OTHER_LINK;
	ck_assert_int_eq(hear_from(w, &origin, &m), MDNS_VERDICT_TAKEN);
	ck_assert(!find_on(w, OTHER_LINK, "a.local", A));
	hear(w, &m);
	ck_assert_uint_eq(count_of(w, "a.local", A), 2);
	then_all_is_given_back(w);
}
END_TEST

/* A flood of what nobody wants costs no memory. */
START_TEST(test_flood)
{
	struct world *w = given_kept("a.local");
	size_t octets = w->counted.octets;
	uint64_t takes = w->counted.takes;

	for (unsigned i = 0; i < 1000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "junk-%u.local", i);
		hear_address(w, text, "10.0.0.2", 4500);
	}
	ck_assert_uint_eq(w->counted.octets, octets);
	ck_assert_uint_eq(w->counted.takes, takes);
	then_all_is_given_back(w);
}
END_TEST

/* A message cut short speaks of what is whole. */
START_TEST(test_cut_short)
{
	struct world *w = given_kept("b.local");
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "b.local", "10.0.0.2", 120);
	m.size--;
	hear(w, &m);
	ck_assert_uint_eq(records(w), 0);
	kept = "a.local";
	hear(w, &m);
	ck_assert_uint_eq(records(w), 1);
	ck_assert_uint_eq(w->querier.links->malformed, 1);
	then_all_is_given_back(w);
}
END_TEST

/* What others ask is not about what is kept: their questions count (7.3). */
START_TEST(test_questions_of_others_count)
{
	struct world *w = given_kept("nobody.local");
	struct unit_message m;

	start(w, "a.local", A);
	when_ms_later(w, 900);
	forget_packets(w);
	unit_message_init(&m, 0, 0);
	unit_message_question(&m, "b.local", A, 1);
	unit_message_question(&m, "a.local", A, 1);
	hear(w, &m);
	when_ms_later(w, 900);
	ck_assert_uint_eq(w->packets, 0);
	then_all_is_given_back(w);
}
END_TEST

/* ---- hurry ---- */

static void hurry(struct world *w, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);

	mdns_querier_hurry(&w->querier, &name, type, w->now);
}

START_TEST(test_at_once)
{
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX];

	start(w, "a.local", A);
	start(w, "a.local", AAAA);
	start(w, "b.local", A);
	hurry(w, "A.local", A);
	hurry(w, "a.local", AAAA);
	ck_assert(mdns_querier_expiry(&w->querier) <= w->now);
	ck_assert_uint_eq(when_writing(w), 1);
	ck_assert_uint_eq(packet_count(w->packet, MDNS_SECTION_QUESTION), 2);
	ck_assert_int_eq(packet_asks(w->packet, "a.local", A), 1);
	ck_assert_int_eq(packet_asks(w->packet, "b.local", A), 0);
	/* From there on as ever. */
	when_ms_later(w, 10000);
	ck_assert_uint_eq(asked(w, "a.local", A, ms), 4);
	ck_assert_int_eq(ms[0], 0);
	ck_assert_int_eq(ms[1], 1000);
	ck_assert_int_eq(ms[2], 3000);
	ck_assert_int_eq(ms[3], 7000);
	ck_assert_uint_eq(asked(w, "b.local", A, ms), 4);
	ck_assert_int_ge(ms[0], 20);
	ck_assert_int_le(ms[0], 120);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_every_link_hurries)
{
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX];

	given_link(w, OTHER_LINK, 1452, true);
	start(w, "a.local", A);
	hurry(w, "a.local", A);
	ck_assert_uint_eq(when_writing(w), 2);
	ck_assert_uint_eq(asked(w, "a.local", A, ms), 1);
	ck_assert_uint_eq(asked_on(w, OTHER_LINK, "a.local", A, ms), 1);
	/* Still the first one: unicast where the port is ours (5.4). */
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(packet_asks(&w->packet[i], "a.local", A),
			w->packet[i].ifindex == OTHER_LINK ? 2 : 1);
	then_all_is_given_back(w);
}
END_TEST

/* Never twice in a second. */
START_TEST(test_hurry_that_comes_late)
{
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 200);
	ck_assert_uint_eq(w->packets, 1);
	hurry(w, "a.local", A);
	ck_assert_uint_eq(when_writing(w), 0);
	when_ms_later(w, 1100);
	ck_assert_uint_eq(w->packets, 2);
	/* The series begins anew: the next one after a second, not two. */
	hurry(w, "a.local", A);
	when_ms_later(w, 1500);
	ck_assert_uint_eq(w->packets, 3);
	/* Stopped and started again: the second is not over. */
	stop(w, "a.local", A);
	start(w, "a.local", A);
	hurry(w, "a.local", A);
	when_ms_later(w, 200);
	stop(w, "a.local", A);
	start(w, "a.local", A);
	hurry(w, "a.local", A);
	ck_assert_uint_le(when_writing(w), 1); /* judged there */
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_hurry_without_need)
{
	struct world *w = given(1);

	/* Nobody has started it. */
	hurry(w, "a.local", A);
	ck_assert_uint_eq(when_writing(w), 0);
	ck_assert(mdns_querier_expiry(&w->querier) == MDNS_TIME_NEVER);
	/* It is known already. */
	hear_address(w, "a.local", "10.0.0.1", 120);
	start(w, "a.local", A);
	hurry(w, "a.local", A);
	ck_assert_uint_eq(when_writing(w), 0);
	when_ms_later(w, 60000);
	ck_assert_uint_eq(w->packets, 0);
	/* Another type, another name. */
	start(w, "b.local", A);
	hurry(w, "b.local", AAAA);
	hurry(w, "c.local", A);
	ck_assert_uint_eq(when_writing(w), 0);
	then_all_is_given_back(w);
	w = given_nothing(1);
	start(w, "a.local", A);
	hurry(w, "a.local", A);
	ck_assert_uint_eq(when_writing(w), 0);
	then_all_is_given_back(w);
}
END_TEST

/* ---- payload ---- */

START_TEST(test_payload)
{
	/* The MTU without 40 octets of IPv6 and 8 of UDP; what 17 allows is
	 * 9000 with these headers. */
	static const struct {
		uint32_t mtu;
		uint16_t payload;
	} rows[] = {
		{0, 512},
		{1, 512},
		{512, 512},
		{559, 512},
		{560, 512},
		{561, 513},
		{1280, 1232},
		{1500, 1452},
		{8999, 8951},
		{9000, 8952},
		{9001, 8952},
		{65536, 8952},
		{65584, 8952},
		{UINT32_MAX, 8952},
	};

	for (unsigned i = 0; i < ROWS(rows); i++)
		ck_assert_uint_eq(
			mdns_querier_payload(rows[i].mtu), rows[i].payload);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("querier_keeps");
	TCase *t = tcase_create("querier_keeps");

	tcase_add_test(t, test_all_is_kept);
	tcase_add_test(t, test_only_what_is_wanted);
	tcase_add_test(t, test_kept_whole);
	tcase_add_test(t, test_authority_does_not_count);
	tcase_add_test(t, test_kept_before);
	tcase_add_test(t, test_kept_on_its_link);
	tcase_add_test(t, test_flood);
	tcase_add_test(t, test_cut_short);
	tcase_add_test(t, test_questions_of_others_count);
	tcase_add_test(t, test_at_once);
	tcase_add_test(t, test_every_link_hurries);
	tcase_add_test(t, test_hurry_that_comes_late);
	tcase_add_test(t, test_hurry_without_need);
	tcase_add_test(t, test_payload);
	suite_add_tcase(suite, t);
	return suite;
}
