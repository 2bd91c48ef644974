/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/answer: duplicates, order, the scope rule and the cap. */
#include <stdio.h>
#include <string.h>

#include "resolver/answer.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct mdns_address address(const char *text, uint32_t ifindex)
{
	struct mdns_address a = {.ifindex = ifindex};

	a.family = unit_address(text, a.bytes) == 4 ? MDNS_IPV4 : MDNS_IPV6;
	return a;
}

static void add(struct mdns_answer *answer, const char *text, uint32_t ifindex)
{
	struct mdns_address a = address(text, ifindex);

	mdns_answer_add(answer, &a);
}

static bool is_at(const struct mdns_answer *answer, unsigned index,
	const char *text, uint32_t ifindex)
{
	struct mdns_address a = address(text, ifindex);
	const struct mdns_address *b = &answer->address[index];

	return a.family == b->family && a.ifindex == b->ifindex &&
	       !memcmp(a.bytes, b->bytes, sizeof(a.bytes));
}

START_TEST(test_init)
{
	struct mdns_answer answer;

	memset(&answer, 0xee, sizeof(answer));
	mdns_answer_init(&answer);
	ck_assert_uint_eq(answer.name.len, 0);
	ck_assert_uint_eq(answer.count, 0);
	ck_assert_uint_eq(answer.dropped, 0);
	ck_assert_uint_eq(answer.presence[MDNS_IPV4], MDNS_OPEN);
	ck_assert_uint_eq(answer.presence[MDNS_IPV6], MDNS_OPEN);
	ck_assert(!mdns_answer_is_complete(&answer));
	ck_assert_uint_eq(mdns_family_size(MDNS_IPV4), 4);
	ck_assert_uint_eq(mdns_family_size(MDNS_IPV6), 16);
}
END_TEST

START_TEST(test_add_keeps_what_it_is_given)
{
	struct mdns_answer answer;
	struct mdns_address a = address("fe80::1", 7);

	a.usec = 123456;
	a.transport = MDNS_IPV4;
	a.way = MDNS_WAY_GROUP;
	mdns_answer_init(&answer);
	mdns_answer_add(&answer, &a);
	ck_assert_uint_eq(answer.count, 1);
	ck_assert_mem_eq(answer.address[0].bytes, a.bytes, 16);
	ck_assert_uint_eq(answer.address[0].ifindex, 7);
	ck_assert_uint_eq(answer.address[0].usec, 123456);
	ck_assert_uint_eq(answer.address[0].family, MDNS_IPV6);
	ck_assert_uint_eq(answer.address[0].transport, MDNS_IPV4);
	ck_assert_uint_eq(answer.address[0].way, MDNS_WAY_GROUP);
	ck_assert_uint_eq(answer.presence[MDNS_IPV6], MDNS_PRESENT);
	ck_assert_uint_eq(answer.presence[MDNS_IPV4], MDNS_OPEN);
}
END_TEST

START_TEST(test_add_duplicates)
{
	static const struct {
		const char *first;
		uint32_t first_link;
		const char *second;
		uint32_t second_link;
		unsigned count;
	} rows[] = {
		{"10.0.0.1", 2, "10.0.0.1", 2, 1},
		{"10.0.0.1", 2, "10.0.0.2", 2, 2},
		{"2001:db8::1", 2, "2001:db8::1", 2, 1},
		/* the same host, reached over two links */
		{"10.0.0.1", 2, "10.0.0.1", 3, 1},
		{"2001:db8::1", 2, "2001:db8::1", 3, 1},
		/* fe80::/10: what it means depends on the link */
		{"fe80::1", 2, "fe80::1", 2, 1},
		{"fe80::1", 2, "fe80::1", 3, 2},
		/* 169.254/16 cannot say which link it means: the two would be
		 * one and the same to a program */
		{"169.254.1.2", 2, "169.254.1.2", 2, 1},
		{"169.254.1.2", 2, "169.254.1.2", 3, 1},
		/* the same octets, but of another family */
		{"10.0.0.1", 2, "a00:1::", 2, 2},
		/* they differ in the last octet only */
		{"2001:db8::1", 2, "2001:db8::2", 2, 2},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_answer answer;

		mdns_answer_init(&answer);
		add(&answer, rows[i].first, rows[i].first_link);
		add(&answer, rows[i].second, rows[i].second_link);
		ck_assert_msg(answer.count == rows[i].count, "%s %s: %u",
			rows[i].first, rows[i].second, answer.count);
		ck_assert(is_at(&answer, 0, rows[i].first, rows[i].first_link));
		ck_assert_uint_eq(answer.dropped, 0);
	}
}
END_TEST

START_TEST(test_add_cap)
{
	struct mdns_answer answer;
	char text[32];

	/* Given as many as there is room for, */
	mdns_answer_init(&answer);
	for (unsigned i = 0; i < MDNS_ADDRESSES_MAX; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", i);
		add(&answer, text, 2);
	}
	ck_assert_uint_eq(answer.count, MDNS_ADDRESSES_MAX);
	ck_assert_uint_eq(answer.dropped, 0);

	/* then one that is there already is no loss, */
	add(&answer, "10.0.0.31", 2);
	ck_assert_uint_eq(answer.dropped, 0);

	/* and what is new is counted. */
	add(&answer, "10.0.1.1", 2);
	add(&answer, "fe80::1", 2);
	ck_assert_uint_eq(answer.count, MDNS_ADDRESSES_MAX);
	ck_assert_uint_eq(answer.dropped, 2);
	ck_assert(is_at(&answer, 31, "10.0.0.31", 2));
}
END_TEST

START_TEST(test_dropped_does_not_wrap)
{
	struct mdns_answer answer;
	char text[32];

	mdns_answer_init(&answer);
	for (unsigned i = 0; i < 600; i++) {
		snprintf(text, sizeof(text), "10.0.%u.%u", i / 256, i % 256);
		add(&answer, text, 2);
	}
	ck_assert_uint_eq(answer.count, MDNS_ADDRESSES_MAX);
	ck_assert_uint_eq(answer.dropped, 255);
}
END_TEST

START_TEST(test_is_complete)
{
	static const struct {
		enum mdns_presence ipv4, ipv6;
		bool complete;
	} rows[] = {
		{MDNS_OPEN, MDNS_OPEN, false},
		{MDNS_OPEN, MDNS_PRESENT, false},
		{MDNS_OPEN, MDNS_ABSENT, false},
		{MDNS_PRESENT, MDNS_OPEN, false},
		{MDNS_PRESENT, MDNS_PRESENT, true},
		{MDNS_PRESENT, MDNS_ABSENT, true},
		{MDNS_ABSENT, MDNS_OPEN, false},
		{MDNS_ABSENT, MDNS_PRESENT, true},
		{MDNS_ABSENT, MDNS_ABSENT, true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_answer answer;

		mdns_answer_init(&answer);
		answer.presence[MDNS_IPV4] = (uint8_t)rows[i].ipv4;
		answer.presence[MDNS_IPV6] = (uint8_t)rows[i].ipv6;
		ck_assert_msg(
			mdns_answer_is_complete(&answer) == rows[i].complete,
			"row %zu", i);
	}
}
END_TEST

START_TEST(test_sort)
{
	/* Given routable and link-local ones in turn, */
	struct mdns_answer answer;

	mdns_answer_init(&answer);
	add(&answer, "fe80::9", 2);
	add(&answer, "10.0.0.9", 2);
	add(&answer, "169.254.1.9", 2);
	add(&answer, "2001:db8::9", 2);
	add(&answer, "fe80::1", 3);
	add(&answer, "10.0.0.1", 3);
	add(&answer, "169.254.1.1", 3);
	add(&answer, "fd00::1", 3);

	/* then the routable ones come first, otherwise as they came, */
	for (unsigned times = 0; times < 2; times++) {
		mdns_answer_sort(&answer);
		ck_assert_uint_eq(answer.count, 8);
		ck_assert(is_at(&answer, 0, "10.0.0.9", 2));
		ck_assert(is_at(&answer, 1, "2001:db8::9", 2));
		ck_assert(is_at(&answer, 2, "10.0.0.1", 3));
		ck_assert(is_at(&answer, 3, "fd00::1", 3));
		ck_assert(is_at(&answer, 4, "fe80::9", 2));
		ck_assert(is_at(&answer, 5, "169.254.1.9", 2));
		ck_assert(is_at(&answer, 6, "fe80::1", 3));
		ck_assert(is_at(&answer, 7, "169.254.1.1", 3));
	}
	/* and sorting it once more changed nothing. */
}
END_TEST

START_TEST(test_sort_sizes)
{
	/* None, one, and all there is room for: nothing is lost. */
	for (unsigned count = 0; count <= MDNS_ADDRESSES_MAX; count++) {
		struct mdns_answer answer;
		unsigned routable = count / 2;
		char text[32];

		mdns_answer_init(&answer);
		for (unsigned i = 0; i < count; i++) {
			snprintf(text, sizeof(text),
				i % 2 ? "10.0.0.%u" : "169.254.0.%u", i);
			add(&answer, text, 2);
		}
		mdns_answer_sort(&answer);
		ck_assert_uint_eq(answer.count, count);
		for (unsigned i = 0; i < count; i++) {
			if (i < routable)
				snprintf(text, sizeof(text), "10.0.0.%u",
					2 * i + 1);
			else
				snprintf(text, sizeof(text), "169.254.0.%u",
					2 * (i - routable));
			ck_assert_msg(is_at(&answer, i, text, 2), "%u of %u", i,
				count);
		}
	}
}
END_TEST

START_TEST(test_unscoped)
{
	static const struct {
		const char *what;
		const char *addresses[5];
		enum mdns_family family;
		unsigned count;
		uint8_t index[4];
	} rows[] = {
		{"nothing", {NULL}, MDNS_IPV6, 0, {0}},
		{"other family only", {"10.0.0.1"}, MDNS_IPV6, 0, {0}},
		{"one", {"2001:db8::1"}, MDNS_IPV6, 1, {0}},
		{"IPv4, in order", {"10.0.0.2", "fe80::1", "10.0.0.1"},
			MDNS_IPV4, 2, {0, 2}},
		{"IPv6, in order", {"2001:db8::2", "10.0.0.1", "2001:db8::1"},
			MDNS_IPV6, 2, {0, 2}},
		{"link-local beside another",
			{"fe80::1", "2001:db8::1", "fe80::2"}, MDNS_IPV6, 1,
			{1}},
		{"link-local only", {"fe80::2", "fe80::1"}, MDNS_IPV6, 2,
			{0, 1}},
		/* an IPv4 address is no other way to satisfy AF_INET6 */
		{"link-local only, and IPv4",
			{"fe80::2", "10.0.0.1", "fe80::1"}, MDNS_IPV6, 2,
			{0, 2}},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_answer answer;
		uint8_t index[MDNS_ADDRESSES_MAX];
		unsigned count;

		mdns_answer_init(&answer);
		for (unsigned j = 0; rows[i].addresses[j]; j++)
			add(&answer, rows[i].addresses[j], 2);
		memset(index, 0xee, sizeof(index));
		count = mdns_answer_unscoped(&answer, rows[i].family, index);
		ck_assert_msg(
			count == rows[i].count, "%s: %u", rows[i].what, count);
		for (unsigned j = 0; j < count; j++)
			ck_assert_msg(index[j] == rows[i].index[j], "%s: %u",
				rows[i].what, index[j]);
	}
}
END_TEST

START_TEST(test_unscoped_ipv4_link_local_stays_reachable)
{
	/* 169.254/16 needs no scope; the routable one is tried first. */
	struct mdns_answer answer;
	uint8_t index[MDNS_ADDRESSES_MAX];

	mdns_answer_init(&answer);
	add(&answer, "169.254.1.2", 2);
	ck_assert_uint_eq(mdns_answer_unscoped(&answer, MDNS_IPV4, index), 1);
	add(&answer, "10.0.0.1", 2);
	mdns_answer_sort(&answer);
	ck_assert_uint_ge(mdns_answer_unscoped(&answer, MDNS_IPV4, index), 1);
	ck_assert(is_at(&answer, index[0], "10.0.0.1", 2));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/answer");
	TCase *tcase = tcase_create("answer");

	tcase_add_test(tcase, test_init);
	tcase_add_test(tcase, test_add_keeps_what_it_is_given);
	tcase_add_test(tcase, test_add_duplicates);
	tcase_add_test(tcase, test_add_cap);
	tcase_add_test(tcase, test_dropped_does_not_wrap);
	tcase_add_test(tcase, test_is_complete);
	tcase_add_test(tcase, test_sort);
	tcase_add_test(tcase, test_sort_sizes);
	tcase_add_test(tcase, test_unscoped);
	tcase_add_test(tcase, test_unscoped_ipv4_link_local_stays_reachable);
	suite_add_tcase(suite, tcase);
	return suite;
}
