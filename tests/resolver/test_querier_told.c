/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier: when there is nothing more to wait for, since a
 * host has told its addresses over both transports. */
#include "tests/resolver/querier_world.h"

#define STEPS_MAX 4

/* A response with these addresses of a.local, so late. */
struct step {
	int64_t ms;
	enum mdns_family transport;
	const char *address[2];
	uint32_t ttl;
};

static void add_address(
	struct unit_message *m, const char *address, uint32_t ttl)
{
	unit_message_address(m, MDNS_SECTION_ANSWER, "a.local", address, ttl);
}

static void hear_step(
	struct world *w, uint32_t ifindex, const struct step *step)
{
	struct mdns_origin origin = from_group;
	struct unit_message m;

	origin.ifindex = ifindex;
	origin.transport = (uint8_t)step->transport;
	unit_message_init(&m, 0, 0x8400);
	for (unsigned i = 0; i < 2; i++)
		if (step->address[i])
			add_address(&m, step->address[i], step->ttl);
	hear_from(w, &origin, &m);
}

static void hear_over(
	struct world *w, enum mdns_family transport, const char *address)
{
	const struct step step = {0, transport, {address}, 120};

	hear_step(w, LINK, &step);
}

static bool is_without(
	struct world *w, const char *text, enum mdns_family family)
{
	const struct mdns_name name = unit_name(text);

	return mdns_querier_is_told_without(&w->querier, &name, family, w->now);
}

static void start_both(struct world *w, const char *text)
{
	start(w, text, A);
	start(w, text, AAAA);
}

#define OVER_4 MDNS_IPV4
#define OVER_6 MDNS_IPV6
#define FOUR "10.0.0.1"
#define SIX "fd00::1"

START_TEST(test_what_has_to_be_heard)
{
	static const struct {
		const char *what;
		struct step step[STEPS_MAX];
		bool without_a, without_aaaa;
	} rows[] = {
		{"nothing", {{0}}, false, false},
		{"A over both",
			{{1, OVER_4, {FOUR}, 120}, {1, OVER_6, {FOUR}, 120}},
			false, true},
		{"in the other order",
			{{1, OVER_6, {FOUR}, 120}, {1, OVER_4, {FOUR}, 120}},
			false, true},
		{"AAAA over both",
			{{1, OVER_4, {SIX}, 120}, {1, OVER_6, {SIX}, 120}},
			true, false},
		{"A over IPv4 only",
			{{1, OVER_4, {FOUR}, 120}, {1, OVER_4, {FOUR}, 120}},
			false, false},
		{"A over IPv6 only",
			{{1, OVER_6, {FOUR}, 120}, {1, OVER_6, {FOUR}, 120}},
			false, false},
		{"as systemd-resolved does",
			{{1, OVER_4, {FOUR}, 120}, {1, OVER_6, {SIX}, 120}},
			false, false},
		{"the second has both",
			{{1, OVER_4, {FOUR}, 120},
				{1, OVER_6, {FOUR, SIX}, 120}},
			false, false},
		{"the first has both",
			{{1, OVER_4, {SIX, FOUR}, 120},
				{1, OVER_6, {FOUR}, 120}},
			false, false},
		{"one that nobody can use",
			{{1, OVER_4, {FOUR}, 120},
				{1, OVER_6, {FOUR, "::1"}, 120}},
			false, false},
		{"AAAA in a message of its own",
			{{1, OVER_4, {FOUR}, 120}, {1, OVER_4, {"::1"}, 120},
				{1, OVER_6, {FOUR}, 120}},
			false, false},
		{"2 s apart",
			{{1, OVER_4, {FOUR}, 120}, {2000, OVER_6, {FOUR}, 120}},
			false, true},
		{"more than 2 s apart",
			{{1, OVER_4, {FOUR}, 120}, {2001, OVER_6, {FOUR}, 120}},
			false, false},
		{"in the other order, more than 2 s apart",
			{{1, OVER_6, {FOUR}, 120}, {2001, OVER_4, {FOUR}, 120}},
			false, false},
		{"again and again over one",
			{{1, OVER_6, {FOUR}, 120}, {1900, OVER_4, {FOUR}, 120},
				{1900, OVER_4, {FOUR}, 120}},
			false, false},
		{"goodbye over one",
			{{1, OVER_4, {FOUR}, 120}, {1, OVER_6, {FOUR}, 0}},
			false, false},
		{"goodbye of the other family",
			{{1, OVER_4, {FOUR}, 120}, {1, OVER_6, {FOUR}, 120},
				{1, OVER_6, {SIX}, 0}},
			false, true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);

		start_both(w, "a.local");
		for (size_t k = 0; k < STEPS_MAX; k++) {
			if (!rows[i].step[k].address[0])
				break;
			when_ms_later(w, rows[i].step[k].ms);
			hear_step(w, LINK, &rows[i].step[k]);
		}
		ck_assert_msg(is_without(w, "a.local", MDNS_IPV4) ==
					      rows[i].without_a &&
				      is_without(w, "a.local", MDNS_IPV6) ==
					      rows[i].without_aaaa,
			"%s", rows[i].what);
		then_all_is_given_back(w);
	}
}
END_TEST

static struct world *given_told(void)
{
	struct world *w = given(1);

	start_both(w, "a.local");
	start_both(w, "b.local");
	hear_over(w, OVER_4, FOUR);
	hear_over(w, OVER_6, FOUR);
	ck_assert(is_without(w, "a.local", MDNS_IPV6));
	return w;
}

START_TEST(test_it_is_about_one_name)
{
	struct world *w = given_told();

	ck_assert(is_without(w, "A.LOCAL", MDNS_IPV6));
	ck_assert(!is_without(w, "b.local", MDNS_IPV6));
	ck_assert(!is_without(w, "c.local", MDNS_IPV6));
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_it_does_not_last)
{
	struct world *w = given_told();

	when_ms_later(w, 2000);
	ck_assert(is_without(w, "a.local", MDNS_IPV6));
	when_ms_later(w, 1);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	then_all_is_given_back(w);
}
END_TEST

/* Who asks for one family is told one. */
START_TEST(test_what_is_not_asked_for)
{
	static const uint16_t types[] = {A, AAAA, MDNS_TYPE_ANY};

	for (size_t i = 0; i < ROWS(types); i++) {
		struct world *w = given(1);

		start(w, "a.local", types[i]);
		hear_over(w, OVER_4, FOUR);
		hear_over(w, OVER_6, FOUR);
		ck_assert(!is_without(w, "a.local", MDNS_IPV6));
		ck_assert(!is_without(w, "a.local", MDNS_IPV4));
		start_both(w, "a.local");
		ck_assert(!is_without(w, "a.local", MDNS_IPV6));
		hear_over(w, OVER_4, FOUR);
		hear_over(w, OVER_6, FOUR);
		ck_assert(is_without(w, "a.local", MDNS_IPV6));
		then_all_is_given_back(w);
	}
}
END_TEST

/* The questions wait out their second, and somebody asks anew. */
START_TEST(test_what_was_heard_before_it_was_asked_for)
{
	struct world *w = given(1);

	start_both(w, "a.local");
	when_ms_later(w, 200);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 1);
	hear_over(w, OVER_4, FOUR);
	hear_over(w, OVER_6, FOUR);
	ck_assert(is_without(w, "a.local", MDNS_IPV6));
	stop(w, "a.local", A);
	stop(w, "a.local", AAAA);
	start_both(w, "a.local");
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	hear_over(w, OVER_4, FOUR);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	hear_over(w, OVER_6, FOUR);
	ck_assert(is_without(w, "a.local", MDNS_IPV6));
	/* One more who asks is no beginning. */
	start_both(w, "a.local");
	ck_assert_int_eq(try_start(w, LINK, "a.local", A), 0);
	ck_assert(is_without(w, "a.local", MDNS_IPV6));
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_only_one_link)
{
	static const struct step over[] = {
		{0, OVER_4, {FOUR}, 120}, {0, OVER_6, {FOUR}, 120}};
	struct world *w = given_told();

	given_link(w, OTHER_LINK, 1452, false);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	/* Even if both have told the same. */
	hear_step(w, OTHER_LINK, &over[0]);
	hear_step(w, OTHER_LINK, &over[1]);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	mdns_querier_drop_link(&w->querier, OTHER_LINK, w->now);
	ck_assert(is_without(w, "a.local", MDNS_IPV6));
	mdns_querier_drop_link(&w->querier, LINK, w->now);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_a_machine_that_has_just_started)
{
	struct world *w = given_nothing(1);

	w->now = 1 * MDNS_SEC;
	given_link(w, LINK, 1452, false);
	start_both(w, "a.local");
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	hear_over(w, OVER_4, FOUR);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	hear_over(w, OVER_6, FOUR);
	ck_assert(is_without(w, "a.local", MDNS_IPV6));
	then_all_is_given_back(w);
}
END_TEST

/* RFC 6762 10.3: another network, and another host of that name. */
START_TEST(test_a_link_that_has_changed)
{
	struct world *w = given_told();

	given_link(w, LINK, 1452, false);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	hear_over(w, OVER_4, FOUR);
	ck_assert(!is_without(w, "a.local", MDNS_IPV6));
	then_all_is_given_back(w);
}
END_TEST

/* What does not count as a response says nothing. */
START_TEST(test_only_what_is_believed)
{
	static const struct {
		const char *what;
		uint16_t flags, port;
		bool to_group;
		enum mdns_section section;
		uint16_t rdlength;
		bool told;
	} rows[] = {
		{"response", 0x8400, 5353, true, MDNS_SECTION_ANSWER, 4, true},
		{"additional", 0x8400, 5353, true, MDNS_SECTION_ADDITIONAL, 4,
			true},
		{"authority", 0x8400, 5353, true, MDNS_SECTION_AUTHORITY, 4,
			false},
		{"query", 0, 5353, true, MDNS_SECTION_ANSWER, 4, false},
		{"another port", 0x8400, 5354, true, MDNS_SECTION_ANSWER, 4,
			false},
		{"unicast that was not wanted", 0x8400, 5353, false,
			MDNS_SECTION_ANSWER, 4, false},
		{"malformed", 0x8400, 5353, true, MDNS_SECTION_ANSWER, 3,
			false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);
		struct mdns_origin origin = from_group;
		struct unit_message m;

		start_both(w, "a.local");
		hear_over(w, OVER_4, FOUR);
		origin.transport = MDNS_IPV6;
		origin.port = rows[i].port;
		origin.to_group = rows[i].to_group;
		unit_message_init(&m, 0, rows[i].flags);
		unit_message_record(&m, rows[i].section, "a.local", A, 0x8001,
			120, "\12\0\0\1", rows[i].rdlength);
		hear_from(w, &origin, &m);
		ck_assert_msg(
			is_without(w, "a.local", MDNS_IPV6) == rows[i].told,
			"%s", rows[i].what);
		then_all_is_given_back(w);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/querier_told");
	TCase *tcase = tcase_create("querier_told");

	tcase_add_test(tcase, test_what_has_to_be_heard);
	tcase_add_test(tcase, test_it_is_about_one_name);
	tcase_add_test(tcase, test_it_does_not_last);
	tcase_add_test(tcase, test_what_is_not_asked_for);
	tcase_add_test(tcase, test_what_was_heard_before_it_was_asked_for);
	tcase_add_test(tcase, test_only_one_link);
	tcase_add_test(tcase, test_a_machine_that_has_just_started);
	tcase_add_test(tcase, test_a_link_that_has_changed);
	tcase_add_test(tcase, test_only_what_is_believed);
	suite_add_tcase(suite, tcase);
	return suite;
}
