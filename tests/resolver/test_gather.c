/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/gather: what all caches together know about a name. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "resolver/gather.h"
#include "tests/resolver/querier_world.h"

#define CNAME MDNS_TYPE_CNAME
#define REVERSE "7.1.254.169.in-addr.arpa"

static struct mdns_gathered found;

static bool gather(struct world *w, const char *text)
{
	struct mdns_name name = unit_name(text);

	memset(&found, 0xa5, sizeof(found));
	return mdns_gather(&w->querier, &name, strstr(text, ".arpa") != NULL,
		w->now, &found);
}

static bool is_name(const struct mdns_name *name, const char *text)
{
	struct mdns_name other = unit_name(text);

	return mdns_name_equal(name, &other);
}

/* "10.0.0.1@3 fe80::1@4" */
static const char *addresses(void)
{
	static char text[MDNS_ADDRESSES_MAX * 64];
	size_t len = 0;
	unsigned i;

	text[0] = 0;
	for (i = 0; i < found.answer.count; i++) {
		const struct mdns_address *address = &found.answer.address[i];
		char one[INET6_ADDRSTRLEN];

		ck_assert_uint_eq(address->way, MDNS_WAY_GROUP);
		ck_assert_uint_eq(address->usec, 0);
		inet_ntop(address->family == MDNS_IPV4 ? AF_INET : AF_INET6,
			address->bytes, one, sizeof(one));
		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"%s%s@%u", len ? " " : "", one, address->ifindex);
	}
	return text;
}

static void then_nothing_is_known(struct world *w, const char *text)
{
	ck_assert(!gather(w, text));
	ck_assert_uint_eq(found.answer.ttl, UINT32_MAX);
	ck_assert_uint_eq(found.answer.count, 0);
	ck_assert_uint_eq(found.answer.dropped, 0);
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV4], MDNS_OPEN);
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV6], MDNS_OPEN);
	ck_assert_uint_eq(found.answer.name.len, 0);
	ck_assert_uint_eq(found.alias.len, 0);
	ck_assert(found.half[0] == MDNS_TIME_NEVER);
	ck_assert(found.half[1] == MDNS_TIME_NEVER);
	ck_assert(found.expiry == MDNS_TIME_NEVER);
}

static void hear_on(
	struct world *w, uint32_t ifindex, const struct unit_message *m)
{
	struct mdns_origin origin = from_group;

	origin.ifindex = ifindex;
	hear_from(w, &origin, m);
}

static void hear_address_on(struct world *w, uint32_t ifindex, const char *text,
	const char *address, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_address(&m, MDNS_SECTION_ANSWER, text, address, ttl);
	hear_on(w, ifindex, &m);
}

static void hear_alias_on(struct world *w, uint32_t ifindex, const char *text,
	const char *target, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_name(&m, MDNS_SECTION_ANSWER, text, CNAME, target, ttl);
	hear_on(w, ifindex, &m);
}

static void hear_alias(
	struct world *w, const char *text, const char *target, uint32_t ttl)
{
	hear_alias_on(w, LINK, text, target, ttl);
}

/* ---- addresses ---- */

START_TEST(test_nothing)
{
	struct world *w = given(1);

	then_nothing_is_known(w, "a.local");
	then_nothing_is_known(w, REVERSE);
	hear_address(w, "b.local", "10.0.0.1", 120);
	then_nothing_is_known(w, "a.local");
	then_all_is_given_back(w);
	w = given_nothing(1);
	then_nothing_is_known(w, "a.local");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_addresses)
{
	struct world *w = given(1);

	hear_address(w, "A.local", "10.0.0.1", 120);
	ck_assert(gather(w, "a.LOCAL"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3");
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV4], MDNS_PRESENT);
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV6], MDNS_OPEN);
	hear_address(w, "a.local", "fd00::1", 120);
	ck_assert(gather(w, "a.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3 fd00::1@3");
	ck_assert(is_name(&found.answer.name, "a.local"));
	ck_assert_uint_eq(found.alias.len, 0);
	/* The last one for programs to try. */
	hear_address(w, "a.local", "169.254.0.1", 120);
	ck_assert(gather(w, "a.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3 fd00::1@3 169.254.0.1@3");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_times)
{
	struct world *w = given(1);
	mdns_time first = w->now, second;

	hear_address(w, "a.local", "10.0.0.1", 120);
	when_ms_later(w, 10500);
	second = w->now;
	hear_address(w, "a.local", "fd00::1", 30);
	ck_assert(gather(w, "a.local"));
	ck_assert(found.half[MDNS_IPV4] == first + 60 * MDNS_SEC);
	ck_assert(found.half[MDNS_IPV6] == second + 15 * MDNS_SEC);
	ck_assert(found.expiry == second + 30 * MDNS_SEC);
	ck_assert_uint_eq(found.answer.ttl, 30);
	when_ms_later(w, 20000);
	ck_assert(gather(w, "a.local"));
	ck_assert_uint_eq(found.answer.ttl, 10);
	/* An odd TTL has its half, too. */
	hear_address(w, "a.local", "fd00::1", 5);
	ck_assert(gather(w, "a.local"));
	ck_assert(found.half[MDNS_IPV6] == w->now + 2500 * MDNS_MSEC);
	ck_assert(found.expiry == w->now + 5 * MDNS_SEC);
	when_ms_later(w, 6000);
	ck_assert(gather(w, "a.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3");
	ck_assert(found.half[MDNS_IPV4] == first + 60 * MDNS_SEC);
	ck_assert(found.half[MDNS_IPV6] == MDNS_TIME_NEVER);
	ck_assert(found.expiry == first + 120 * MDNS_SEC);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_goodbye_and_expiry)
{
	struct world *w = given(1);

	hear_address(w, "a.local", "10.0.0.1", 120);
	hear_address(w, "a.local", "10.0.0.2", 120);
	hear_address(w, "a.local", "10.0.0.1", 0);
	/* What is about to go is not told beside what stays. */
	ck_assert(gather(w, "a.local"));
	ck_assert_str_eq(addresses(), "10.0.0.2@3");
	ck_assert(found.expiry == w->now + 120 * MDNS_SEC);
	hear_address(w, "b.local", "10.0.0.1", 120);
	hear_address(w, "b.local", "10.0.0.1", 0);
	ck_assert(gather(w, "b.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3");
	ck_assert(found.expiry == w->now + MDNS_SEC);
	/* By its time it has gone, even if the cache was not told to look. */
	w->now += MDNS_SEC;
	then_nothing_is_known(w, "b.local");
	ck_assert(gather(w, "a.local"));
	w->now += 118 * MDNS_SEC;
	ck_assert(gather(w, "a.local"));
	ck_assert_uint_eq(found.answer.ttl, 1);
	w->now += MDNS_SEC;
	then_nothing_is_known(w, "a.local");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_not_usable)
{
	static const char *const bad[] = {"0.0.0.0", "127.0.0.1", "224.0.0.251",
		"255.255.255.255", "::", "::1", "ff02::fb", "::ffff:10.0.0.1"};
	struct world *w = given(1);

	for (unsigned i = 0; i < ROWS(bad); i++) {
		hear_address(w, "a.local", bad[i], 10);
		hear_address(w, "b.local", bad[i], 10);
	}
	then_nothing_is_known(w, "a.local");
	hear_address(w, "b.local", "10.0.0.9", 120);
	ck_assert(gather(w, "b.local"));
	ck_assert_str_eq(addresses(), "10.0.0.9@3");
	ck_assert_uint_eq(found.answer.ttl, 120);
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV6], MDNS_OPEN);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_links)
{
	struct world *w = given(1);

	given_link(w, OTHER_LINK, 1452, false);
	hear_address(w, "a.local", "10.0.0.1", 120);
	hear_address_on(w, OTHER_LINK, "a.local", "10.0.0.1", 20);
	hear_address(w, "a.local", "fe80::1", 120);
	hear_address_on(w, OTHER_LINK, "a.local", "fe80::1", 120);
	hear_address_on(w, OTHER_LINK, "a.local", "10.0.0.4", 120);
	ck_assert(gather(w, "a.local"));
	/* The same address is the same host's, but with a scope it is two. */
	ck_assert_str_eq(
		addresses(), "10.0.0.4@4 10.0.0.1@4 fe80::1@4 fe80::1@3");
	ck_assert_uint_eq(found.answer.ttl, 20);
	mdns_querier_drop_link(&w->querier, OTHER_LINK, w->now);
	ck_assert(gather(w, "a.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3 fe80::1@3");
	ck_assert_uint_eq(found.answer.ttl, 120);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_many)
{
	struct world *w = given(1);
	char text[32];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "10.0.0.%u", i + 1);
		hear_address(w, "a.local", text, 120);
	}
	ck_assert(gather(w, "a.local"));
	ck_assert_uint_eq(found.answer.count, MDNS_ADDRESSES_MAX);
	ck_assert_uint_eq(found.answer.dropped, 40 - MDNS_ADDRESSES_MAX);
	then_all_is_given_back(w);
}
END_TEST

/* ---- denials ---- */

START_TEST(test_denial)
{
	static const uint16_t none[] = {TXT, 0}, alias[] = {CNAME, 0};
	struct world *w = given(1);
	struct unit_message m;
	mdns_time heard = w->now;

	hear_nsec(w, "a.local", 60);
	ck_assert(gather(w, "a.local"));
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV4], MDNS_OPEN);
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV6], MDNS_ABSENT);
	ck_assert_uint_eq(found.answer.count, 0);
	ck_assert(is_name(&found.answer.name, "a.local"));
	ck_assert(found.expiry == heard + 60 * MDNS_SEC);
	/* There is nothing to be refreshed. */
	ck_assert(found.half[MDNS_IPV6] == MDNS_TIME_NEVER);
	ck_assert_uint_eq(found.answer.ttl, 60);
	hear_address(w, "a.local", "10.0.0.1", 120);
	ck_assert(gather(w, "a.local"));
	ck_assert(mdns_answer_is_complete(&found.answer));
	ck_assert(found.expiry == heard + 60 * MDNS_SEC);
	/* An address is stronger, on whatever link. */
	given_link(w, OTHER_LINK, 1452, false);
	hear_address_on(w, OTHER_LINK, "a.local", "fd00::1", 120);
	ck_assert(gather(w, "a.local"));
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV6], MDNS_PRESENT);
	mdns_querier_drop_link(&w->querier, OTHER_LINK, w->now);
	w->now += 60 * MDNS_SEC;
	ck_assert(gather(w, "a.local"));
	ck_assert_uint_eq(found.answer.presence[MDNS_IPV6], MDNS_OPEN);

	unit_message_init(&m, 0, 0x8400);
	unit_message_nsec(&m, MDNS_SECTION_ANSWER, "n.local", none, 120);
	/* What has an alias is not denied an address. */
	unit_message_nsec(&m, MDNS_SECTION_ANSWER, "x.local", alias, 120);
	hear(w, &m);
	ck_assert(gather(w, "n.local"));
	ck_assert(mdns_answer_is_complete(&found.answer));
	ck_assert_uint_eq(found.answer.count, 0);
	then_nothing_is_known(w, "x.local");
	then_all_is_given_back(w);
}
END_TEST

/* The link that denies comes first, or last: that makes no difference. */
START_TEST(test_denial_of_one_link)
{
	for (unsigned turn = 0; turn < 2; turn++) {
		struct world *w = given(1);
		struct unit_message m;
		uint32_t denies = turn ? LINK : OTHER_LINK;

		given_link(w, OTHER_LINK, 1452, false);
		unit_message_init(&m, 0, 0x8400);
		unit_message_nsec(
			&m, MDNS_SECTION_ANSWER, "a.local", only_a, 120);
		hear_on(w, denies, &m);
		hear_address_on(
			w, turn ? OTHER_LINK : LINK, "a.local", "fd00::1", 120);
		ck_assert(gather(w, "a.local"));
		ck_assert_uint_eq(
			found.answer.presence[MDNS_IPV6], MDNS_PRESENT);
		ck_assert_uint_eq(found.answer.count, 1);
		then_all_is_given_back(w);
	}
}
END_TEST

/* ---- reverse ---- */

START_TEST(test_pointer)
{
	struct world *w = given(1);

	hear_pointer(w, REVERSE, "printer.example", 10);
	hear_pointer(w, REVERSE, "two words.local", 20);
	hear_pointer(w, REVERSE, "local", 20);
	hear_pointer(w, REVERSE, "1.1.254.169.in-addr.arpa", 20);
	then_nothing_is_known(w, REVERSE);
	hear_pointer(w, REVERSE, "printer.local", 120);
	ck_assert(gather(w, REVERSE));
	ck_assert(is_name(&found.answer.name, "printer.local"));
	ck_assert_uint_eq(found.answer.count, 0);
	ck_assert_uint_eq(found.answer.address[0].ifindex, LINK);
	ck_assert_uint_eq(found.answer.address[0].way, MDNS_WAY_GROUP);
	ck_assert_uint_eq(found.answer.address[0].bytes[0], 0);
	ck_assert_uint_eq(found.answer.ttl, 120);
	ck_assert(found.expiry == w->now + 120 * MDNS_SEC);
	ck_assert(found.half[0] == w->now + 60 * MDNS_SEC);
	w->now += 120 * MDNS_SEC;
	then_nothing_is_known(w, REVERSE);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_pointers_of_two_links)
{
	struct world *w = given(1);
	struct unit_message m;

	given_link(w, OTHER_LINK, 1452, false);
	hear_pointer(w, REVERSE, "a.local", 120);
	ck_assert(gather(w, REVERSE));
	ck_assert_uint_eq(found.answer.address[0].ifindex, LINK);
	unit_message_init(&m, 0, 0x8400);
	add_pointer(&m, REVERSE, "b.local", 10);
	hear_on(w, OTHER_LINK, &m);
	/* One of them, with its own link and life. */
	ck_assert(gather(w, REVERSE));
	if (is_name(&found.answer.name, "a.local")) {
		ck_assert_uint_eq(found.answer.address[0].ifindex, LINK);
		ck_assert_uint_eq(found.answer.ttl, 120);
	} else {
		ck_assert(is_name(&found.answer.name, "b.local"));
		ck_assert_uint_eq(found.answer.address[0].ifindex, OTHER_LINK);
		ck_assert_uint_eq(found.answer.ttl, 10);
	}
	/* Addresses of such a name are none of its business. */
	hear_address(w, "c.local", "10.0.0.1", 5);
	ck_assert(gather(w, REVERSE));
	ck_assert_uint_ge(found.answer.ttl, 10);
	then_all_is_given_back(w);
}
END_TEST

/* ---- aliases ---- */

START_TEST(test_alias)
{
	struct world *w = given(1);
	mdns_time heard = w->now;

	hear_alias(w, "www.local", "a.local", 40);
	ck_assert(gather(w, "www.local"));
	ck_assert(is_name(&found.alias, "a.local"));
	ck_assert_uint_eq(found.answer.count, 0);
	ck_assert_uint_eq(found.answer.name.len, 0);
	ck_assert(found.expiry == heard + 40 * MDNS_SEC);
	hear_address(w, "a.local", "10.0.0.1", 120);
	ck_assert(gather(w, "www.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3");
	ck_assert(is_name(&found.alias, "a.local"));
	ck_assert(is_name(&found.answer.name, "a.local"));
	ck_assert_uint_eq(found.answer.ttl, 40);
	ck_assert(found.half[MDNS_IPV4] == heard + 60 * MDNS_SEC);
	/* The target's denial is the alias's. */
	hear_nsec(w, "a.local", 10);
	ck_assert(gather(w, "www.local"));
	ck_assert(mdns_answer_is_complete(&found.answer));
	ck_assert_uint_eq(found.answer.ttl, 10);
	/* Its own address comes first. */
	hear_address(w, "www.local", "10.0.0.2", 120);
	ck_assert(gather(w, "www.local"));
	ck_assert_str_eq(addresses(), "10.0.0.2@3");
	ck_assert_uint_eq(found.alias.len, 0);
	ck_assert(is_name(&found.answer.name, "www.local"));
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_alias_expired)
{
	struct world *w = given(1);

	hear_alias(w, "www.local", "a.local", 10);
	hear_address(w, "a.local", "10.0.0.1", 120);
	w->now += 10 * MDNS_SEC;
	then_nothing_is_known(w, "www.local");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_chain)
{
	struct world *w = given(1);

	hear_alias(w, "c0.local", "c1.local", 120);
	hear_alias(w, "c1.local", "c2.local", 120);
	hear_alias(w, "c2.local", "c3.local", 120);
	hear_alias(w, "c3.local", "c4.local", 120);
	hear_alias(w, "c4.local", "c5.local", 120);
	hear_address(w, "c5.local", "10.0.0.1", 120);
	/* Four hops, and no more. */
	ck_assert_int_eq(MDNS_CNAME_HOPS, 4);
	ck_assert(gather(w, "c1.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3");
	ck_assert(is_name(&found.alias, "c5.local"));
	ck_assert(gather(w, "c0.local"));
	ck_assert_str_eq(addresses(), "");
	ck_assert(is_name(&found.alias, "c4.local"));
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_alias_that_cannot_be_followed)
{
	static const char *const targets[] = {
		"a.example", "local", REVERSE, "www.local", "WWW.local"};
	struct world *w = given(1);

	hear_address(w, "a.example", "10.0.0.1", 120);
	for (unsigned i = 0; i < ROWS(targets); i++) {
		hear_alias(w, "www.local", targets[i], 120);
		then_nothing_is_known(w, "www.local");
	}
	/* Another one that can. */
	hear_alias(w, "www.local", "b.local", 120);
	ck_assert(gather(w, "www.local"));
	ck_assert(is_name(&found.alias, "b.local"));
	then_all_is_given_back(w);
}
END_TEST

/* An alias counts on its own link, and so does what it leads to. */
START_TEST(test_alias_inside_a_link)
{
	struct world *w = given(1);

	given_link(w, OTHER_LINK, 1452, false);
	hear_alias(w, "www.local", "a.local", 120);
	hear_address_on(w, OTHER_LINK, "a.local", "10.0.0.1", 120);
	ck_assert(gather(w, "www.local"));
	ck_assert_uint_eq(found.answer.count, 0);
	ck_assert(is_name(&found.alias, "a.local"));
	/* One link says where it leads, the other one what it is. */
	hear_address_on(w, OTHER_LINK, "www.local", "10.0.0.2", 120);
	ck_assert(gather(w, "www.local"));
	ck_assert_str_eq(addresses(), "10.0.0.2@4");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_suffix)
{
	static const struct mdns_querier_limits limits = {10, {100, 1 << 20}};
	const struct mdns_name suffix = unit_name("corp.example");
	struct world *w = given_limits(1, &limits, &suffix);

	given_link(w, LINK, 1452, false);
	hear_alias(w, "www.local", "a.corp.example", 120);
	hear_address(w, "a.corp.example", "10.0.0.1", 120);
	ck_assert(gather(w, "www.local"));
	ck_assert_str_eq(addresses(), "10.0.0.1@3");
	hear_pointer(w, REVERSE, "a.corp.example", 120);
	ck_assert(gather(w, REVERSE));
	ck_assert(is_name(&found.answer.name, "a.corp.example"));
	then_all_is_given_back(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("gather");
	TCase *t = tcase_create("gather");

	tcase_add_test(t, test_nothing);
	tcase_add_test(t, test_addresses);
	tcase_add_test(t, test_times);
	tcase_add_test(t, test_goodbye_and_expiry);
	tcase_add_test(t, test_not_usable);
	tcase_add_test(t, test_links);
	tcase_add_test(t, test_many);
	tcase_add_test(t, test_denial);
	tcase_add_test(t, test_denial_of_one_link);
	tcase_add_test(t, test_pointer);
	tcase_add_test(t, test_pointers_of_two_links);
	tcase_add_test(t, test_alias);
	tcase_add_test(t, test_alias_expired);
	tcase_add_test(t, test_chain);
	tcase_add_test(t, test_alias_that_cannot_be_followed);
	tcase_add_test(t, test_alias_inside_a_link);
	tcase_add_test(t, test_suffix);
	suite_add_tcase(suite, t);
	return suite;
}
