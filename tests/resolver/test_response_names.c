/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/response: the names it leads to, from an alias and from an
 * address. */
#include <string.h>

#include "tests/resolver/response_world.h"

static void given_suffix(struct scene *scene, const char *suffix)
{
	scene->suffix = unit_name(suffix);
	scene->subject.suffixes = &scene->suffix;
	scene->subject.suffix_count = 1;
}

/* ---- CNAME ---- */

START_TEST(test_cname_inside_the_message)
{
	for (unsigned before = 0; before < 2; before++) {
		struct scene s;

		given(&s);
		if (before)
			a(&s, "Real.local", "10.0.0.1");
		cname(&s, "printer.local", "real.local");
		if (!before)
			a(&s, "Real.local", "10.0.0.1");
		a(&s, "other.local", "10.0.0.66");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_uint_eq(s.answer.count, 1);
		ck_assert(has(&s, "10.0.0.1"));
		/* canonical: the owner of the addresses */
		ck_assert(is_name(&s.answer.name, "real.local"));
		ck_assert_uint_eq(s.alias.len, 0);
	}
}
END_TEST

START_TEST(test_cname_ttl_counts)
{
	/* The alias may go before the address does. */
	struct scene s;

	given(&s);
	unit_message_name(
		&s.message, ANSWER, "printer.local", 5, "real.local", 5);
	a(&s, "real.local", "10.0.0.1");
	when_read(&s);
	ck_assert_uint_eq(s.answer.ttl, 5);
}
END_TEST

START_TEST(test_cname_nsec_of_the_target)
{
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "real.local");
	a(&s, "real.local", "10.0.0.1");
	unit_message_nsec(&s.message, MORE, "real.local", only_a, 120);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV4], MDNS_PRESENT);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_ABSENT);
}
END_TEST

START_TEST(test_cname_nsec_of_the_alias_settles_nothing)
{
	/* An alias has a CNAME and no addresses, and its NSEC says just that:
	 * it must not turn into "the target has no addresses". */
	static const uint16_t only_cname[] = {5, 0};
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "real.local");
	a(&s, "real.local", "10.0.0.1");
	unit_message_nsec(&s.message, MORE, "printer.local", only_cname, 120);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(has(&s, "10.0.0.1"));
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_OPEN);

	/* The same without the address. */
	given(&s);
	cname(&s, "printer.local", "real.local");
	unit_message_nsec(&s.message, MORE, "printer.local", only_cname, 120);
	when_read(&s);
	ck_assert(is_name(&s.alias, "real.local"));
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV4], MDNS_OPEN);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_OPEN);
}
END_TEST

START_TEST(test_cname_alone_is_handed_back)
{
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "real.local");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert(is_name(&s.alias, "real.local"));

	/* The end of a chain, if the chain is here. */
	given(&s);
	cname(&s, "printer.local", "b.local");
	cname(&s, "b.local", "c.local");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(is_name(&s.alias, "c.local"));

	/* An address of somebody else is no address of the target. */
	given(&s);
	cname(&s, "printer.local", "real.local");
	a(&s, "other.local", "10.0.0.66");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert(is_name(&s.alias, "real.local"));
}
END_TEST

START_TEST(test_cname_chain)
{
	/* Given printer -> c1 -> ... -> cN with an address at the end, */
	for (unsigned hops = 1; hops <= 8; hops++)
		for (unsigned backwards = 0; backwards < 2; backwards++) {
			struct scene s;
			char names[9][16];

			strcpy(names[0], "printer.local");
			for (unsigned i = 1; i <= hops; i++) {
				strcpy(names[i], "c0.local");
				names[i][1] = (char)('0' + i);
			}
			given(&s);
			for (unsigned i = 0; i < hops; i++) {
				unsigned j = backwards ? hops - 1 - i : i;

				cname(&s, names[j], names[j + 1]);
			}
			a(&s, names[hops], "10.0.0.1");
			when_read(&s);

			/* then four are followed and no more. */
			ck_assert_msg(
				s.answer.count == (hops <= MDNS_CNAME_HOPS),
				"%u hops: %u", hops, s.answer.count);
			if (hops <= MDNS_CNAME_HOPS) {
				ck_assert(is_name(&s.answer.name, names[hops]));
				ck_assert_uint_eq(s.alias.len, 0);
			}
		}
}
END_TEST

START_TEST(test_cname_loops_end)
{
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "printer.local");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);

	given(&s);
	cname(&s, "printer.local", "b.local");
	cname(&s, "b.local", "printer.local");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);

	given(&s);
	cname(&s, "printer.local", "b.local");
	cname(&s, "b.local", "b.local");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);
}
END_TEST

START_TEST(test_cname_stays_in_our_zones)
{
	static const struct {
		const char *target;
		bool followed;
	} rows[] = {
		{"real.local", true},
		{"real.LOCAL", true},
		{"y.real.local", true},
		{"real.home.example", true}, /* the suffix */
		{"www.example.com", false},
		{"real.lan", false},
		{"xlocal", false},
		{"local", false},
		{"home.example", false},
		{"", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		given_suffix(&s, "home.example");
		cname(&s, "printer.local", rows[i].target);
		a(&s, rows[i].target, "10.0.0.1");
		when_read(&s);
		ck_assert_msg(s.answer.count == rows[i].followed, "%s",
			rows[i].target);
		ck_assert_uint_eq(s.alias.len, 0);

		given(&s);
		given_suffix(&s, "home.example");
		cname(&s, "printer.local", rows[i].target);
		when_read(&s);
		ck_assert_msg((s.alias.len > 0) == rows[i].followed, "%s",
			rows[i].target);

		/* Out of our zones and back in again is out. */
		if (rows[i].followed)
			continue;
		given(&s);
		given_suffix(&s, "home.example");
		cname(&s, "printer.local", rows[i].target);
		cname(&s, rows[i].target, "real.local");
		a(&s, "real.local", "10.0.0.1");
		when_read(&s);
		ck_assert_msg(s.answer.count == 0, "%s", rows[i].target);
	}
}
END_TEST

START_TEST(test_cname_that_does_not_count)
{
	static const struct {
		uint16_t rclass;
		uint32_t ttl;
	} rows[] = {{0x0003, 120}, {0x8001, 0}, {0x8001, 0x80000000}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;
		struct mdns_name target = unit_name("real.local");

		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 5,
			rows[i].rclass, rows[i].ttl, target.wire, target.len);
		a(&s, "real.local", "10.0.0.1");
		when_read(&s);
		ck_assert_msg(s.answer.count == 0, "row %zu", i);
		ck_assert_uint_eq(s.alias.len, 0);
	}
}
END_TEST

START_TEST(test_cname_to_itself_hides_no_other)
{
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "PRINTER.local");
	cname(&s, "printer.local", "b.local");
	a(&s, "b.local", "169.254.1.2");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(has(&s, "169.254.1.2"));
}
END_TEST

START_TEST(test_cname_into_the_reverse_zone)
{
	/* That zone is ours, but it has no hosts. */
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "2.1.254.169.in-addr.arpa");
	a(&s, "2.1.254.169.in-addr.arpa", "169.254.1.2");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_OTHER);
	ck_assert(nothing_learnt(&s));
	ck_assert_uint_eq(s.alias.len, 0);
}
END_TEST

START_TEST(test_dname_is_never_followed)
{
	struct scene s;

	given(&s);
	unit_message_name(
		&s.message, ANSWER, "printer.local", 39, "real.local", 120);
	unit_message_name(&s.message, ANSWER, "local", 39, "lan.local", 120);
	a(&s, "real.local", "10.0.0.1");
	a(&s, "printer.lan.local", "10.0.0.1");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert_uint_eq(s.alias.len, 0);
}
END_TEST

/* ---- reverse ---- */

START_TEST(test_reverse)
{
	struct scene s;
	static const uint8_t zeros[16];

	given_reverse(&s);
	memset(s.answer.address, 0xa5, sizeof(s.answer.address));
	question(&s, "2.1.254.169.in-addr.arpa", 12);
	ptr(&s, "Printer.local");
	a(&s, "printer.local", "169.254.1.2");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(is_name(&s.answer.name, "printer.local"));
	ck_assert_uint_eq(s.answer.ttl, 120);
	/* "address[0] tells where the name came from, count stays 0" */
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert_uint_eq(s.answer.address[0].ifindex, 3);
	ck_assert_uint_eq(s.answer.address[0].usec, 777);
	ck_assert_uint_eq(s.answer.address[0].transport, MDNS_IPV4);
	ck_assert_uint_eq(s.answer.address[0].way, MDNS_WAY_ONE_SHOT);
	ck_assert_mem_eq(s.answer.address[0].bytes, zeros, 16);
}
END_TEST

START_TEST(test_reverse_targets)
{
	static const struct {
		const char *target; /* wire form in hex */
		bool used;
	} rows[] = {
		{"07 7072696e746572 05 6c6f63616c 00", true},
		{"07 7072696e746572 05 4c4f43414c 00", true},
		{"01 61 01 62 05 6c6f63616c 00", true}, /* a.b.local */
		{"04 62c3bc72 05 6c6f63616c 00", true}, /* UTF-8 */
		{"01 61 04 686f6d65 07 6578616d706c65 00", true}, /* suffix */
		/* not under our zones */
		{"03 777777 07 6578616d706c65 03 636f6d 00", false},
		{"09 6c6f63616c686f7374 00", false}, /* localhost */
		{"05 6c6f63616c 00", false},         /* local itself */
		{"04 686f6d65 07 6578616d706c65 00", false}, {"00", false},
		{"07 78056c6f63616c 00", false}, /* looks like x.local */
		/* ours, but no place for hosts: 1.254.169.in-addr.arpa */
		{"0131 03323534 03313639 07696e2d61646472 0461727061 00",
			false},
		/* not host names */
		{"03 612062 05 6c6f63616c 00", false},   /* a space */
		{"03 612462 05 6c6f63616c 00", false},   /* $ */
		{"03 606060 05 6c6f63616c 00", false},   /* backquotes */
		{"03 610a62 05 6c6f63616c 00", false},   /* a newline */
		{"03 611b62 05 6c6f63616c 00", false},   /* escape */
		{"03 610062 05 6c6f63616c 00", false},   /* NUL */
		{"03 612e62 05 6c6f63616c 00", false},   /* a dot */
		{"02 2d61 05 6c6f63616c 00", false},     /* -a */
		{"02 612d 05 6c6f63616c 00", false},     /* a- */
		{"01 61 01 3b 05 6c6f63616c 00", false}, /* a.;.local */
		{"02 61ff 05 6c6f63616c 00", false},     /* not UTF-8 */
		{"01 61 05 6c6f63616c 00 00", false},    /* an octet over */
		{"01 61 05 6c6f63616c", false},          /* cut short */
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;
		uint8_t rdata[64];
		size_t size = unit_hex(rows[i].target, rdata, sizeof(rdata));

		given_reverse(&s);
		given_suffix(&s, "home.example");
		unit_message_record(&s.message, ANSWER,
			"2.1.254.169.in-addr.arpa", 12, 0x8001, 120, rdata,
			size);
		when_read(&s);
		ck_assert_msg((s.answer.name.len > 0) == rows[i].used, "%s",
			rows[i].target);

		/* A good one beside it wins, whatever it is. */
		if (rows[i].used)
			continue;
		ptr(&s, "good.local");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_msg(is_name(&s.answer.name, "good.local"), "%s",
			rows[i].target);
	}
}
END_TEST

START_TEST(test_reverse_the_first_stands)
{
	/* What comes behind it changes neither name nor TTL. */
	struct scene s;

	given_reverse(&s);
	ptr(&s, "one.local");
	unit_message_name(&s.message, ANSWER, "2.1.254.169.in-addr.arpa", 12,
		"two.local", 10);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(is_name(&s.answer.name, "one.local"));
	ck_assert_uint_eq(s.answer.ttl, 120);
}
END_TEST

START_TEST(test_reverse_that_does_not_count)
{
	struct mdns_name target = unit_name("printer.local");
	static const struct {
		const char *owner;
		uint16_t type, rclass;
		uint32_t ttl;
	} rows[] = {
		{"3.1.254.169.in-addr.arpa", 12, 0x8001, 120},
		{"printer.local", 12, 0x8001, 120},
		{"2.1.254.169.in-addr.arpa", 12, 0x8003, 120},
		{"2.1.254.169.in-addr.arpa", 12, 0x8001, 0},
		{"2.1.254.169.in-addr.arpa", 12, 0x8001, 0x80000001},
		{"2.1.254.169.in-addr.arpa", 2, 0x8001, 120},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given_reverse(&s);
		unit_message_record(&s.message, ANSWER, rows[i].owner,
			rows[i].type, rows[i].rclass, rows[i].ttl, target.wire,
			target.len);
		when_read(&s);
		ck_assert_msg(s.answer.name.len == 0, "row %zu", i);
		ck_assert_uint_eq(s.answer.count, 0);
	}
}
END_TEST

START_TEST(test_reverse_ignores_addresses)
{
	/* Somebody says that the reverse name itself has an address. */
	struct scene s;

	given_reverse(&s);
	a(&s, "2.1.254.169.in-addr.arpa", "10.0.0.1");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert_uint_eq(s.answer.name.len, 0);
}
END_TEST

START_TEST(test_forward_ignores_ptr)
{
	struct scene s;

	given(&s);
	unit_message_name(
		&s.message, ANSWER, "printer.local", 12, "other.local", 120);
	when_read(&s);
	ck_assert(nothing_learnt(&s));
	ck_assert_uint_eq(s.alias.len, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/response_names");
	TCase *names = tcase_create("names");

	tcase_set_timeout(names, 30);
	tcase_add_test(names, test_cname_inside_the_message);
	tcase_add_test(names, test_cname_ttl_counts);
	tcase_add_test(names, test_cname_nsec_of_the_target);
	tcase_add_test(names, test_cname_nsec_of_the_alias_settles_nothing);
	tcase_add_test(names, test_cname_alone_is_handed_back);
	tcase_add_test(names, test_cname_chain);
	tcase_add_test(names, test_cname_loops_end);
	tcase_add_test(names, test_cname_stays_in_our_zones);
	tcase_add_test(names, test_cname_that_does_not_count);
	tcase_add_test(names, test_cname_to_itself_hides_no_other);
	tcase_add_test(names, test_cname_into_the_reverse_zone);
	tcase_add_test(names, test_dname_is_never_followed);
	tcase_add_test(names, test_reverse);
	tcase_add_test(names, test_reverse_targets);
	tcase_add_test(names, test_reverse_the_first_stands);
	tcase_add_test(names, test_reverse_that_does_not_count);
	tcase_add_test(names, test_reverse_ignores_addresses);
	tcase_add_test(names, test_forward_ignores_ptr);
	suite_add_tcase(suite, names);
	return suite;
}
