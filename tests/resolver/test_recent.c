/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/recent: the process cache, on a clock of its own. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/recent.h"
#include "resolver/shelf.h"
#include "tests/unit.h"

#define START (INT64_C(123456) * MDNS_SEC)

/* An answer whose only address ends in that number. */
static void put(const char *text, unsigned number, int status, mdns_time now,
	mdns_time expiry)
{
	struct mdns_name name = unit_name(text);
	struct mdns_recent recent = {status, 0x1122334455667788u, expiry};
	struct mdns_answer answer;
	struct mdns_address a = {.family = MDNS_IPV4, .ifindex = 3};

	mdns_answer_init(&answer);
	answer.ttl = 120;
	if (status == 0) {
		a.bytes[0] = 10;
		a.bytes[3] = (uint8_t)number;
		answer.name = name;
		mdns_answer_add(&answer, &a);
	} else {
		answer.presence[MDNS_IPV6] = MDNS_ABSENT;
	}
	mdns_recent_put(&name, now, &recent, &answer);
}

static struct mdns_recent found;
static struct mdns_answer answer;

static bool find(const char *text, mdns_time now)
{
	struct mdns_name name = unit_name(text);

	memset(&found, 0xee, sizeof(found));
	memset(&answer, 0xee, sizeof(answer));
	return mdns_recent_find(&name, now, &found, &answer);
}

START_TEST(test_empty)
{
	ck_assert(!find("printer.local", START));
	ck_assert(!find("", START));
}
END_TEST

START_TEST(test_what_is_put_is_found)
{
	struct mdns_name name = unit_name("printer.local");
	uint8_t bytes[16];

	put("printer.local", 9, 0, START, START + 10 * MDNS_SEC);
	ck_assert(!find("scanner.local", START));
	ck_assert(!find("x.printer.local", START));
	/* in any case */
	ck_assert(find("PRINTER.Local", START + 1));
	ck_assert_int_eq(found.status, 0);
	ck_assert(found.fingerprint == 0x1122334455667788u);
	ck_assert(found.expiry == START + 10 * MDNS_SEC);
	ck_assert(mdns_name_equal(&answer.name, &name));
	ck_assert_uint_eq(answer.ttl, 120);
	ck_assert_uint_eq(answer.count, 1);
	ck_assert_uint_eq(answer.dropped, 0);
	ck_assert_uint_eq(answer.presence[MDNS_IPV4], MDNS_PRESENT);
	ck_assert_uint_eq(answer.presence[MDNS_IPV6], MDNS_OPEN);
	unit_address("10.0.0.9", bytes);
	ck_assert_mem_eq(answer.address[0].bytes, bytes, 16);
	ck_assert_uint_eq(answer.address[0].ifindex, 3);
}
END_TEST

START_TEST(test_expiry)
{
	put("printer.local", 9, 0, START, START + 10 * MDNS_SEC);
	ck_assert(find("printer.local", START + 10 * MDNS_SEC - 1));
	ck_assert(!find("printer.local", START + 10 * MDNS_SEC));
	ck_assert(!find("printer.local", START + 1000 * MDNS_SEC));
}
END_TEST

START_TEST(test_failures_are_kept)
{
	static const int status[] = {
		MDNS_ERR_NOT_FOUND, MDNS_ERR_PASS_ON, MDNS_ERR_NO_DATA};

	for (unsigned i = 0; i < 3; i++) {
		put("printer.local", 0, status[i], START, START + 2 * MDNS_SEC);
		ck_assert(find("printer.local", START + MDNS_SEC));
		ck_assert_int_eq(found.status, status[i]);
		ck_assert_uint_eq(answer.count, 0);
		ck_assert_uint_eq(answer.presence[MDNS_IPV6], MDNS_ABSENT);
		ck_assert(!find("printer.local", START + 2 * MDNS_SEC));
	}
}
END_TEST

START_TEST(test_the_same_name_is_replaced)
{
	/* Given a name that is put many times, its case changing, */
	put("other.local", 1, 0, START, START + 10 * MDNS_SEC);
	for (unsigned i = 0; i < 100; i++)
		put(i % 2 ? "printer.local" : "PRINTER.local", i, 0, START,
			START + 5 * MDNS_SEC);

	/* then the last counts, and nobody else had to go. */
	ck_assert(find("printer.local", START));
	ck_assert_uint_eq(answer.address[0].bytes[3], 99);
	ck_assert(find("other.local", START));

	/* Old news do not come back when the new ones expire first. */
	put("printer.local", 200, 0, START, START + 1);
	ck_assert(!find("printer.local", START + 2));
}
END_TEST

START_TEST(test_what_expires_next_makes_room)
{
	char text[32];

	/* Given as many names as there are slots, the seventh the next to
	 * expire, */
	for (unsigned i = 0; i < MDNS_RECENT_SLOTS; i++) {
		snprintf(text, sizeof(text), "host%u.local", i);
		put(text, i, 0, START, START + (i == 7 ? 3 : 10) * MDNS_SEC);
	}
	for (unsigned i = 0; i < MDNS_RECENT_SLOTS; i++) {
		snprintf(text, sizeof(text), "host%u.local", i);
		ck_assert_msg(find(text, START), "%s", text);
		ck_assert_uint_eq(answer.address[0].bytes[3], i);
	}

	/* when one more is put, then that one goes and no other. */
	put("new.local", 77, 0, START, START + 10 * MDNS_SEC);
	ck_assert(find("new.local", START));
	for (unsigned i = 0; i < MDNS_RECENT_SLOTS; i++) {
		snprintf(text, sizeof(text), "host%u.local", i);
		ck_assert_msg(find(text, START) == (i != 7), "%s", text);
	}
}
END_TEST

START_TEST(test_expired_ones_make_room_first)
{
	char text[32];

	for (unsigned i = 0; i < MDNS_RECENT_SLOTS; i++) {
		snprintf(text, sizeof(text), "host%u.local", i);
		put(text, i, 0, START, START + (i == 20 ? 1 : 9) * MDNS_SEC);
	}
	put("new.local", 77, 0, START + 5 * MDNS_SEC, START + 6 * MDNS_SEC);
	ck_assert(!find("host20.local", START));
	for (unsigned i = 0; i < MDNS_RECENT_SLOTS; i++) {
		snprintf(text, sizeof(text), "host%u.local", i);
		ck_assert_msg(i == 20 || find(text, START + 5 * MDNS_SEC), "%s",
			text);
	}
}
END_TEST

START_TEST(test_the_largest_answer)
{
	/* 32 addresses, and a name of 255 octets and the root's. */
	struct mdns_name name;
	struct mdns_answer full;
	struct mdns_recent recent = {0, 1, START + MDNS_SEC};

	memset(name.wire, 'x', sizeof(name.wire));
	name.wire[0] = name.wire[64] = name.wire[128] = 63;
	name.wire[192] = 62;
	name.wire[255] = 0;
	name.len = 256;
	mdns_answer_init(&full);
	full.name = name;
	full.ttl = 5;
	for (unsigned i = 0; i < MDNS_ADDRESSES_MAX; i++) {
		struct mdns_address a = {.family = MDNS_IPV6,
			.ifindex = i,
			.usec = 1000 * i,
			.transport = MDNS_IPV4,
			.way = MDNS_WAY_GROUP};

		memset(a.bytes, (int)i, sizeof(a.bytes));
		mdns_answer_add(&full, &a);
	}
	mdns_recent_put(&name, START, &recent, &full);
	ck_assert(mdns_recent_find(&name, START, &found, &answer));
	ck_assert(mdns_name_equal(&answer.name, &name));
	ck_assert_uint_eq(answer.count, MDNS_ADDRESSES_MAX);
	ck_assert_mem_eq(answer.address, full.address, sizeof(full.address));
}
END_TEST

START_TEST(test_reverse_keeps_where_it_came_from)
{
	struct mdns_name name = unit_name("2.1.254.169.in-addr.arpa");
	struct mdns_name host = unit_name("printer.local");
	struct mdns_recent recent = {0, 1, START + MDNS_SEC};
	struct mdns_answer reverse;

	mdns_answer_init(&reverse);
	memset(&reverse.address[0], 0, sizeof(reverse.address[0]));
	reverse.name = host;
	reverse.address[0].ifindex = 4;
	mdns_recent_put(&name, START, &recent, &reverse);
	ck_assert(find("2.1.254.169.in-addr.arpa", START));
	ck_assert(mdns_name_equal(&answer.name, &host));
	ck_assert_uint_eq(answer.count, 0);
	ck_assert_uint_eq(answer.address[0].ifindex, 4);
}
END_TEST

START_TEST(test_a_child_has_its_own)
{
	int status;
	pid_t pid;

	put("printer.local", 9, 0, START, START + MDNS_SEC);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		bool good = find("printer.local", START);

		put("scanner.local", 1, 0, START, START + MDNS_SEC);
		good = good && find("scanner.local", START);
		_exit(good ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(!find("scanner.local", START));
	ck_assert(find("printer.local", START));
}
END_TEST

/* Another thread puts a second answer, before the load of that number. */
static unsigned loads, second_comes;

void __real_mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size);
void __wrap_mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size);

/* An answer whose every part says which one it is. */
static void put_whole(unsigned number)
{
	struct mdns_name name = unit_name("printer.local");
	struct mdns_recent recent = {0, number, START + MDNS_SEC};
	struct mdns_address a = {.family = MDNS_IPV4, .ifindex = number};
	struct mdns_answer whole;

	mdns_answer_init(&whole);
	whole.name = name;
	whole.ttl = number;
	mdns_answer_add(&whole, &a);
	mdns_recent_put(&name, START, &recent, &whole);
}

void __wrap_mdns_shelf_load(void *to, const mdns_shelf_word *from, size_t size)
{
	if (++loads == second_comes)
		put_whole(2);
	__real_mdns_shelf_load(to, from, size);
}

START_TEST(test_what_is_found_is_one_answer)
{
	unsigned seen = 0;

	for (unsigned i = 1; i < 12; i++) {
		second_comes = 0;
		put_whole(1);
		loads = 0;
		second_comes = i;
		if (!find("printer.local", START))
			continue;
		seen++;
		ck_assert_uint_eq(answer.ttl, (unsigned)found.fingerprint);
		ck_assert_uint_eq(answer.address[0].ifindex, answer.ttl);
	}
	/* When nobody came in between it was there. */
	ck_assert_uint_gt(seen, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/recent");
	TCase *tcase = tcase_create("recent");

	/* Static memory: each test is a process of its own (CK_FORK). */
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_what_is_put_is_found);
	tcase_add_test(tcase, test_expiry);
	tcase_add_test(tcase, test_failures_are_kept);
	tcase_add_test(tcase, test_the_same_name_is_replaced);
	tcase_add_test(tcase, test_what_expires_next_makes_room);
	tcase_add_test(tcase, test_expired_ones_make_room_first);
	tcase_add_test(tcase, test_the_largest_answer);
	tcase_add_test(tcase, test_reverse_keeps_where_it_came_from);
	tcase_add_test(tcase, test_a_child_has_its_own);
	tcase_add_test(tcase, test_what_is_found_is_one_answer);
	suite_add_tcase(suite, tcase);
	return suite;
}
