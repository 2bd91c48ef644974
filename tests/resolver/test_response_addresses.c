/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/response: which addresses the name has that was asked
 * for, and which it says it has not. */
#include "tests/resolver/response_world.h"

static const uint16_t only_aaaa[] = {28, 0};
static const uint16_t a_and_aaaa[] = {1, 28, 0};
static const uint16_t only_txt[] = {16, 0};

static void next_message(struct scene *scene)
{
	unit_message_init(&scene->message, ID, 0x8400);
}

/* ---- addresses ---- */

START_TEST(test_other_names_only)
{
	static const char *const names[] = {"scanner.local", "local",
		"x.printer.local", "printer.local.x", "xprinter.local",
		"printer", "printer.lan", ""};

	for (size_t i = 0; i < ROWS(names); i++) {
		struct scene s;

		given(&s);
		a(&s, names[i], "10.0.0.1");
		unit_message_nsec(&s.message, MORE, names[i], only_a, 120);
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_OTHER);
		ck_assert_msg(nothing_learnt(&s), "%s", names[i]);
		ck_assert_uint_eq(s.alias.len, 0);
	}
}
END_TEST

START_TEST(test_all_addresses_are_collected)
{
	struct scene s;

	given(&s);
	a(&s, "printer.local", "10.0.0.1");
	a(&s, "scanner.local", "10.0.0.66");
	a(&s, "PRINTER.LOCAL", "10.0.0.2");
	a(&s, "printer.local", "10.0.0.1");
	unit_message_address(
		&s.message, MORE, "printer.local", "2001:db8::1", 120);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 3);
	ck_assert(has(&s, "10.0.0.1"));
	ck_assert(has(&s, "10.0.0.2"));
	ck_assert(has(&s, "2001:db8::1"));
	ck_assert(mdns_answer_is_complete(&s.answer));

	/* A second message, from another link, adds to it. */
	next_message(&s);
	s.origin.ifindex = 4;
	a(&s, "printer.local", "10.0.0.1");
	a(&s, "printer.local", "10.0.0.3");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 4);
	ck_assert(has(&s, "10.0.0.3"));
	ck_assert_uint_eq(s.answer.address[3].ifindex, 4);
}
END_TEST

START_TEST(test_class_ttl_and_flush)
{
	static const struct {
		uint16_t rclass;
		uint32_t ttl;
		bool used;
	} rows[] = {
		{0x0001, 120, true},
		{0x8001, 120, true}, /* RFC 6762 18.13: not a class */
		{0x8001, 1, true},
		{0x8001, 0x7fffffff, true},
		{0x0003, 120, false}, /* CHAOS */
		{0x8003, 120, false},
		{0x00ff, 120, false},
		{0x4001, 120, false},
		{0x0000, 120, false},
		{0x8000, 120, false},
		{0x8001, 0, false},          /* RFC 6762 10.1: goodbye */
		{0x8001, 0x80000000, false}, /* RFC 2181 8: counts as 0 */
		{0x8001, 0x80000078, false},
		{0x8001, 0xffffffff, false},
	};
	uint8_t rdata[16];

	unit_address("10.0.0.1", rdata);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 1,
			rows[i].rclass, rows[i].ttl, rdata, 4);
		when_read(&s);
		ck_assert_msg(s.answer.count == rows[i].used, "row %zu", i);
		if (!rows[i].used)
			ck_assert_msg(nothing_learnt(&s), "row %zu", i);

		/* It never costs the record beside it. */
		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 1,
			rows[i].rclass, rows[i].ttl, rdata, 4);
		a(&s, "printer.local", "10.0.0.2");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_msg(has(&s, "10.0.0.2"), "row %zu", i);
	}
}
END_TEST

START_TEST(test_smallest_ttl)
{
	static const struct {
		uint32_t ttl[3], want;
	} rows[] = {
		{{120, 60, 90}, 60},
		{{10, 60, 90}, 10},
		{{120, 60, 7}, 7},
		/* a goodbye is passed over, its 0 as well */
		{{120, 0, 90}, 90},
	};
	static const char *const addresses[] = {
		"10.0.0.1", "10.0.0.2", "2001:db8::1"};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		unit_message_address(
			&s.message, ANSWER, "scanner.local", "10.0.0.9", 1);
		for (unsigned j = 0; j < 3; j++)
			unit_message_address(&s.message, ANSWER,
				"printer.local", addresses[j], rows[i].ttl[j]);
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_uint_eq(s.answer.ttl, rows[i].want);
	}
}
END_TEST

START_TEST(test_unusable_addresses)
{
	static const char *const unusable[] = {"0.0.0.0", "127.0.0.1",
		"224.0.0.251", "255.255.255.255", "::", "::1", "ff02::fb",
		"::ffff:10.0.0.1"};

	for (size_t i = 0; i < ROWS(unusable); i++) {
		struct scene s;

		given(&s);
		a(&s, "printer.local", unusable[i]);
		when_read(&s);
		ck_assert_msg(nothing_learnt(&s), "%s", unusable[i]);

		a(&s, "printer.local", "10.0.0.1");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_uint_eq(s.answer.count, 1);
		ck_assert_msg(has(&s, "10.0.0.1"), "%s", unusable[i]);
	}
}
END_TEST

START_TEST(test_malformed_records_are_passed_over)
{
	static const struct {
		uint16_t type;
		const char *rdata;
	} rows[] = {
		{1, "0a000001 00"},
		{1, "0a0000"},
		{1, ""},
		{28, "0a000001"},
		{28, "20010db8000000000000000000000001 00"},
		{5, "01 61 00 00"},
		{5, "c0ff"},
		{47, "c00c 00 04 4000"},
		{47, "c00c 00 21 40"},
		{47, ""},
		{47, "ffff 00 01 40"},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned first = 0; first < 2; first++) {
			struct scene s;
			uint8_t rdata[64];
			size_t size =
				unit_hex(rows[i].rdata, rdata, sizeof(rdata));

			given(&s);
			if (!first)
				a(&s, "printer.local", "10.0.0.7");
			unit_message_record(&s.message, ANSWER, "printer.local",
				rows[i].type, 0x8001, 120, rdata, size);
			if (first)
				a(&s, "printer.local", "10.0.0.7");
			ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
			ck_assert_msg(
				s.answer.count == 1 && has(&s, "10.0.0.7"),
				"row %zu", i);
			ck_assert_uint_eq(s.alias.len, 0);
			ck_assert_uint_eq(
				s.answer.presence[MDNS_IPV6], MDNS_OPEN);
		}
}
END_TEST

START_TEST(test_message_cut_short_is_used_as_far_as_it_goes)
{
	struct scene s;
	size_t first, whole;

	given(&s);
	a(&s, "printer.local", "10.0.0.1");
	first = s.message.size;
	a(&s, "printer.local", "10.0.0.2");
	whole = s.message.size;
	for (size_t cut = 12; cut < whole; cut++) {
		mdns_answer_init(&s.answer);
		when_octets(&s, s.message.bytes, cut);
		ck_assert_uint_eq(s.answer.count, cut >= first);
		if (cut >= first)
			ck_assert(has(&s, "10.0.0.1"));
	}
}
END_TEST

/* ---- NSEC (RFC 6762 6.1) ---- */

START_TEST(test_nsec)
{
	static const struct {
		const char *what;
		const char *address; /* beside it, or NULL */
		const char *owner;
		const uint16_t *types;
		enum mdns_presence presence[MDNS_FAMILIES];
	} rows[] = {
		{"no AAAA", "10.0.0.1", "printer.local", only_a,
			{MDNS_PRESENT, MDNS_ABSENT}},
		{"no A", "2001:db8::1", "printer.local", only_aaaa,
			{MDNS_ABSENT, MDNS_PRESENT}},
		{"both there, one shown", "10.0.0.1", "printer.local",
			a_and_aaaa, {MDNS_PRESENT, MDNS_OPEN}},
		{"neither", NULL, "printer.local", only_txt,
			{MDNS_ABSENT, MDNS_ABSENT}},
		{"NSEC alone", NULL, "printer.local", only_a,
			{MDNS_OPEN, MDNS_ABSENT}},
		{"other case", "10.0.0.1", "Printer.LOCAL", only_a,
			{MDNS_PRESENT, MDNS_ABSENT}},
		/* what it says, and what is there: the address wins */
		{"contradiction", "10.0.0.1", "printer.local", only_aaaa,
			{MDNS_PRESENT, MDNS_OPEN}},
		{"another name", "10.0.0.1", "scanner.local", only_a,
			{MDNS_PRESENT, MDNS_OPEN}},
		{"name above", "10.0.0.1", "local", only_a,
			{MDNS_PRESENT, MDNS_OPEN}},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned nsec_first = 0; nsec_first < 2; nsec_first++) {
			struct scene s;

			given(&s);
			if (rows[i].address && !nsec_first)
				a(&s, "printer.local", rows[i].address);
			unit_message_nsec(&s.message, ANSWER, rows[i].owner,
				rows[i].types, 120);
			if (rows[i].address && nsec_first)
				a(&s, "printer.local", rows[i].address);
			ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
			for (unsigned f = 0; f < MDNS_FAMILIES; f++)
				ck_assert_msg(s.answer.presence[f] ==
						      rows[i].presence[f],
					"%s, family %u: %u", rows[i].what, f,
					s.answer.presence[f]);
		}
}
END_TEST

START_TEST(test_nsec_does_not_take_back_an_address)
{
	struct scene s;

	given(&s);
	a(&s, "printer.local", "2001:db8::1");
	when_read(&s);
	next_message(&s);
	unit_message_nsec(&s.message, ANSWER, "printer.local", only_a, 120);
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 1);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_PRESENT);
}
END_TEST

START_TEST(test_nsec_that_does_not_count)
{
	/* Of another class, or a goodbye. */
	static const struct {
		uint16_t rclass;
		uint32_t ttl;
	} rows[] = {{0x8003, 120}, {0x8001, 0}, {0x8001, 0x80000000}};
	uint8_t rdata[32];
	size_t size = unit_hex("07 7072696e746572 05 6c6f63616c 00 00 01 40",
		rdata, sizeof(rdata));

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 47,
			rows[i].rclass, rows[i].ttl, rdata, size);
		a(&s, "printer.local", "10.0.0.1");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_msg(s.answer.presence[MDNS_IPV6] == MDNS_OPEN,
			"row %zu", i);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/response_addresses");
	TCase *addresses = tcase_create("addresses");

	tcase_set_timeout(addresses, 30);
	tcase_add_test(addresses, test_other_names_only);
	tcase_add_test(addresses, test_all_addresses_are_collected);
	tcase_add_test(addresses, test_class_ttl_and_flush);
	tcase_add_test(addresses, test_smallest_ttl);
	tcase_add_test(addresses, test_unusable_addresses);
	tcase_add_test(addresses, test_malformed_records_are_passed_over);
	tcase_add_test(
		addresses, test_message_cut_short_is_used_as_far_as_it_goes);
	tcase_add_test(addresses, test_nsec);
	tcase_add_test(addresses, test_nsec_does_not_take_back_an_address);
	tcase_add_test(addresses, test_nsec_that_does_not_count);
	suite_add_tcase(suite, addresses);
	return suite;
}
