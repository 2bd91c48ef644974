/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/map: what is put into the map of answers is found by a
 * reader, as long as it counts. */
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "resolver/err.h"
#include "tests/resolver/map_world.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define LATER (MAP_NOW + 100 * MDNS_SEC)
#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void *memory;
static struct mdns_map_writer writer;
static struct mdns_answer answer;
static int status;

static void set_up(void)
{
	memory = map_world_memory();
	mdns_map_init(&writer, memory, MAP_ID);
}

static bool find_name(const struct mdns_name *name, mdns_time now)
{
	memset(&answer, 0xee, sizeof(answer));
	status = 99;
	return mdns_map_find(memory, MAP_ID, name, now, &status, &answer);
}

static bool find(const char *text, mdns_time now)
{
	struct mdns_name name = unit_name(text);

	return find_name(&name, now);
}

/* An answer whose only address ends in that number. */
static struct mdns_answer numbered(const struct mdns_name *name, unsigned i)
{
	struct mdns_answer one = map_world_answer("", "10.0.0.0");

	one.name = *name;
	one.address[0].bytes[2] = (uint8_t)(i >> 8);
	one.address[0].bytes[3] = (uint8_t)i;
	return one;
}

static int put_numbered(const struct mdns_name *name, unsigned i)
{
	struct mdns_answer one = numbered(name, i);
	struct mdns_map_entry entry = {0, LATER, LATER};

	return mdns_map_put(&writer, name, &entry, &one);
}

static bool find_numbered(const struct mdns_name *name, unsigned i)
{
	struct mdns_answer one = numbered(name, i);

	return find_name(name, MAP_NOW) && status == 0 &&
	       map_world_same(&answer, &one);
}

/* --- what is put is found ------------------------------------------------- */

START_TEST(test_empty)
{
	ck_assert(!find("printer.local", MAP_NOW));
	ck_assert(!find("", MAP_NOW));
}
END_TEST

START_TEST(test_every_kind_of_answer)
{
	static const struct {
		const char *name;
		int status;
		const char *canonical;
		const char *addresses;
	} rows[] = {
		{"both.local", 0, "both.local", "10.0.0.9 fe80::9"},
		{"four.local", 0, "four.local", "10.0.0.9"},
		{"six.local", 0, "six.local", "2001:db8::1"},
		{"many.local", 0, "many.local",
			"10.0.0.1 fe80::1 10.0.0.2 2001:db8::1 fe80::2"},
		{"alias.local", 0, "canonical.local", "10.0.0.9 fe80::9"},
		{"CASE.local", 0, "case.LOCAL", "10.0.0.9"},
		{"longer.local", 0, L63 "." L63 ".local", "10.0.0.9"},
		{"5.1.254.169.in-addr.arpa", 0, "printer.local", ""},
		{"none.local", MDNS_ERR_NO_DATA, "none.local", ""},
		{"nothing.local", MDNS_ERR_NO_DATA, "", ""},
		{"missing.local", MDNS_ERR_NOT_FOUND, "", ""},
		{"passed.on.local", MDNS_ERR_PASS_ON, "", ""},
		{"", MDNS_ERR_PASS_ON, "", ""},
	};
	struct mdns_answer put[ROWS(rows)];

	/* Given one of each, with all that is not an address as well, */
	for (unsigned i = 0; i < ROWS(rows); i++) {
		put[i] = map_world_answer(rows[i].canonical, rows[i].addresses);
		put[i].dropped = (uint8_t)(250 + i % 6);
		if (put[i].presence[MDNS_IPV6] == MDNS_OPEN)
			put[i].presence[MDNS_IPV6] = MDNS_ABSENT;
		if (put[i].count == 0 && rows[i].status == 0) {
			memset(&put[i].address[0], 0, sizeof(put->address[0]));
			put[i].address[0].ifindex = 4321;
			put[i].address[0].usec = 5;
		}
		ck_assert_int_eq(map_world_put(&writer, rows[i].name,
					 rows[i].status, LATER, &put[i]),
			0);
	}
	ck_assert_uint_eq(writer.count, ROWS(rows));

	/* then each is found by readers that cannot write. */
	ck_assert_int_eq(mprotect(memory, MDNS_MAP_SIZE, PROT_READ), 0);
	for (unsigned i = 0; i < ROWS(rows); i++) {
		ck_assert_msg(find(rows[i].name, MAP_NOW), "%s", rows[i].name);
		ck_assert_int_eq(status, rows[i].status);
		ck_assert_uint_eq(answer.ttl, 100);
		ck_assert_msg(
			map_world_same(&answer, &put[i]), "%s", rows[i].name);
		if (answer.count == 0)
			ck_assert_uint_eq(answer.address[0].ifindex,
				status == 0 ? 4321 : 0);
	}
}
END_TEST

START_TEST(test_any_case_of_letters)
{
	struct mdns_answer put = map_world_answer("Printer.local", "10.0.0.9");

	map_world_put(&writer, "Printer.local", 0, LATER, &put);
	ck_assert(find("pRINTER.LOCAL", MAP_NOW));
	ck_assert(map_world_same(&answer, &put));
	ck_assert(!find("printes.local", MAP_NOW));
	ck_assert(!find("x.printer.local", MAP_NOW));
	ck_assert(!find("local", MAP_NOW));
}
END_TEST

START_TEST(test_the_same_name_is_replaced)
{
	struct mdns_answer first = map_world_answer("a.local", "10.0.0.1");
	struct mdns_answer second =
		map_world_answer("A.local", "10.0.0.2 fe80::2 fe80::3");

	map_world_put(&writer, "a.local", 0, LATER, &first);
	map_world_put(&writer, "A.local", 0, LATER, &second);
	ck_assert_uint_eq(writer.count, 1);
	ck_assert(find("a.local", MAP_NOW));
	ck_assert(map_world_same(&answer, &second));

	/* By less as well, */
	map_world_put(&writer, "a.local", 0, LATER, &first);
	ck_assert(find("a.local", MAP_NOW));
	ck_assert(map_world_same(&answer, &first));

	/* and old news do not come back when the new ones are over. */
	map_world_put(&writer, "a.local", 0, MAP_NOW, &first);
	ck_assert(!find("a.local", MAP_NOW));
	ck_assert_uint_eq(writer.count, 1);
}
END_TEST

START_TEST(test_what_does_not_fit)
{
	struct mdns_name name;
	struct mdns_map_entry entry = {0, LATER, LATER};
	unsigned fitted = 0, refused = 0;

	/* Names of every length, with as many addresses as there may be: */
	name = unit_name(L63 "." L63 "." L63);
	for (unsigned len = 2; len < 256; len += 1 + len / 16) {
		for (unsigned n = 1; n <= MDNS_ADDRESSES_MAX; n++) {
			struct mdns_answer put = map_world_answer("", "");
			struct mdns_name one = {.len = 0};
			int result;

			while (one.len < len) {
				unsigned label = len - one.len - 1;

				if (label > 63)
					label = label == 64 ? 62 : 63;
				one.wire[one.len] = (uint8_t)label;
				memset(one.wire + one.len + 1, 'x', label);
				one.len = (uint16_t)(one.len + 1 + label);
			}
			one.wire[one.len++] = 0;
			put.name = one;
			for (unsigned i = 0; i < n; i++) {
				struct mdns_address a = {
					.family = i % 2, .ifindex = i};

				memset(a.bytes, (int)i + 1, i % 2 ? 16 : 4);
				mdns_answer_add(&put, &a);
			}
			/* a small one is there, and then this one or none. */
			ck_assert_int_eq(
				put_numbered(&one, 1) == 0, one.len + 9 <= 208);
			result = mdns_map_put(&writer, &one, &entry, &put);
			if (result == 0) {
				fitted++;
				unit_assert(find_name(&one, MAP_NOW));
				unit_assert(map_world_same(&answer, &put));
			} else {
				refused++;
				unit_assert(result == MDNS_ERR_SPACE);
				unit_assert(!find_name(&one, MAP_NOW));
				unit_assert(len > 60 || n > 6);
			}
			mdns_map_drop(&writer, &one);
			unit_assert(writer.count == 0);
		}
	}
	ck_assert_uint_gt(fitted, 100);
	ck_assert_uint_gt(refused, 100);
	ck_assert_uint_ge(writer.refused, refused);
	ck_assert_uint_eq(writer.used, 1);

	/* More addresses than an answer can have are not read at all. */
	answer = map_world_answer("", "");
	answer.count = 200;
	ck_assert_int_eq(
		mdns_map_put(&writer, &name, &entry, &answer), MDNS_ERR_SPACE);
	answer.count = 200;
	ck_assert_int_eq(map_world_put(&writer, "a", -5, LATER, &answer),
		MDNS_ERR_SPACE);
}
END_TEST

/* --- time ----------------------------------------------------------------- */

START_TEST(test_until_it_expires_or_is_not_fresh)
{
	struct mdns_name name = unit_name("a.local");
	struct mdns_answer put = map_world_answer("a.local", "10.0.0.1");
	struct mdns_map_entry entry = {
		0, MAP_NOW + 10 * MDNS_SEC, MAP_NOW + 5 * MDNS_SEC};

	ck_assert_int_eq(mdns_map_put(&writer, &name, &entry, &put), 0);
	ck_assert(find_name(&name, entry.fresh - 1));
	ck_assert(!find_name(&name, entry.fresh));
	ck_assert(!find_name(&name, entry.expiry));

	/* What is fresh for longer than it lives is over all the same. */
	entry.fresh = entry.expiry + MDNS_SEC;
	ck_assert_int_eq(mdns_map_put(&writer, &name, &entry, &put), 0);
	ck_assert(find_name(&name, entry.expiry - 1));
	ck_assert(!find_name(&name, entry.expiry));
	ck_assert(!find_name(&name, MDNS_TIME_NEVER));
}
END_TEST

START_TEST(test_ttl_is_what_is_left)
{
	static const struct {
		int64_t left;
		uint32_t ttl;
	} rows[] = {
		{100 * MDNS_SEC, 100},
		{100 * MDNS_SEC - 1, 99},
		{MDNS_SEC, 1},
		{MDNS_SEC - 1, 0},
		{1, 0},
	};
	struct mdns_answer put = map_world_answer("a.local", "10.0.0.1");

	map_world_put(&writer, "a.local", 0, LATER, &put);
	for (unsigned i = 0; i < ROWS(rows); i++) {
		ck_assert(find("a.local", LATER - rows[i].left));
		ck_assert_uint_eq(answer.ttl, rows[i].ttl);
	}
	map_world_put(&writer, "a.local", 0, MDNS_TIME_NEVER, &put);
	ck_assert(find("a.local", MAP_NOW));
	ck_assert_uint_eq(answer.ttl, UINT32_MAX);
}
END_TEST

/* --- many names ----------------------------------------------------------- */

static struct mdns_name host(unsigned number)
{
	char text[32];

	snprintf(text, sizeof(text), "host%u.local", number);
	return unit_name(text);
}

START_TEST(test_full_and_room_again)
{
	struct mdns_name name;

	/* Given as many names as there are slots, */
	for (unsigned i = 0; i < MDNS_MAP_SLOTS; i++) {
		name = host(i);
		unit_assert(put_numbered(&name, i) == 0);
	}
	ck_assert_uint_eq(writer.count, MDNS_MAP_SLOTS);
	ck_assert_uint_eq(writer.refused, 0);

	/* then one more does not fit, though a new answer for an old name
	 * does; */
	name = host(MDNS_MAP_SLOTS);
	ck_assert_int_eq(put_numbered(&name, 1), MDNS_ERR_RESOURCE);
	ck_assert_uint_eq(writer.refused, 1);
	ck_assert(!find_name(&name, MAP_NOW));
	name = host(7);
	ck_assert_int_eq(put_numbered(&name, 7), 0);
	for (unsigned i = 0; i < MDNS_MAP_SLOTS; i++) {
		name = host(i);
		unit_assert(find_numbered(&name, i));
	}

	/* and when every third one goes there is room for as many. */
	for (unsigned i = 0; i < MDNS_MAP_SLOTS; i += 3) {
		name = host(i);
		mdns_map_drop(&writer, &name);
		mdns_map_drop(&writer, &name);
	}
	for (unsigned i = 0; i < MDNS_MAP_SLOTS; i += 3) {
		name = host(MDNS_MAP_SLOTS + i);
		unit_assert(put_numbered(&name, i) == 0);
	}
	ck_assert_uint_eq(writer.count, MDNS_MAP_SLOTS);
	ck_assert_int_eq(put_numbered(&(struct mdns_name){1, {0}}, 1),
		MDNS_ERR_RESOURCE);
	for (unsigned i = 0; i < MDNS_MAP_SLOTS; i++) {
		name = host(i);
		unit_assert(find_name(&name, MAP_NOW) == (i % 3 != 0));
		name = host(MDNS_MAP_SLOTS + i);
		unit_assert(find_numbered(&name, i) == (i % 3 == 0));
	}
}
END_TEST

START_TEST(test_few_names_touch_few_slots)
{
	struct mdns_name name;

	for (unsigned i = 0; i < 1000; i++) {
		name = host(i);
		ck_assert_int_eq(put_numbered(&name, i), 0);
		if (i >= 3) {
			name = host(i - 3);
			mdns_map_drop(&writer, &name);
		}
	}
	ck_assert_uint_eq(writer.count, 3);
	ck_assert_uint_le(writer.used, 4);
}
END_TEST

START_TEST(test_a_chain)
{
	enum { ALL = MDNS_MAP_STEPS + 1 };
	struct mdns_name chain[ALL];

	/* Given as many names in one chain as a reader looks at, */
	map_world_chain(0, ALL, chain);
	for (unsigned i = 0; i < MDNS_MAP_STEPS; i++)
		ck_assert_int_eq(put_numbered(&chain[i], i), 0);
	for (unsigned i = 0; i < MDNS_MAP_STEPS; i++)
		ck_assert(find_numbered(&chain[i], i));

	/* then another one would not be seen there: it is refused; */
	ck_assert_int_eq(put_numbered(&chain[ALL - 1], 99), MDNS_ERR_RESOURCE);
	ck_assert(!find_name(&chain[ALL - 1], MAP_NOW));
	ck_assert_uint_eq(writer.refused, 1);

	/* and whichever goes, the others stay and there is room. */
	for (unsigned gone = 0; gone < MDNS_MAP_STEPS; gone++) {
		mdns_map_drop(&writer, &chain[gone]);
		ck_assert(!find_name(&chain[gone], MAP_NOW));
		ck_assert_int_eq(put_numbered(&chain[ALL - 1], 99), 0);
		ck_assert(find_numbered(&chain[ALL - 1], 99));
		for (unsigned i = 0; i < MDNS_MAP_STEPS; i++)
			ck_assert(find_numbered(&chain[i], i) == (i != gone));
		mdns_map_drop(&writer, &chain[ALL - 1]);
		ck_assert_int_eq(put_numbered(&chain[gone], gone), 0);
	}
	ck_assert_uint_eq(writer.used, MDNS_MAP_STEPS);
	for (unsigned i = 0; i < ALL; i++)
		mdns_map_drop(&writer, &chain[i]);
	ck_assert_uint_eq(writer.count, 0);
}
END_TEST

START_TEST(test_a_reader_in_a_slot_that_changes_hands)
{
	struct mdns_name chain[3], other;
	uint32_t first;
	unsigned i;

	/* Given a reader that has just come to the first of three names, */
	map_world_chain(0, 3, chain);
	map_world_chain(1, 1, &other);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(put_numbered(&chain[i], i), 0);
	for (i = 0; (first = *map_world_bucket(memory, i)) == 0;)
		i++;

	/* when that one is dropped, then the reader finds nothing there; */
	mdns_map_drop(&writer, &chain[2]);
	*map_world_bucket(memory, i) = first;
	ck_assert(!find_name(&chain[2], MAP_NOW));
	ck_assert(!find_name(&chain[0], MAP_NOW) || find_numbered(chain, 0));

	/* when its slot is taken for a name of another chain, neither; */
	ck_assert_int_eq(put_numbered(&other, 7), 0);
	*map_world_bucket(memory, i) = first;
	ck_assert(!find_name(&chain[2], MAP_NOW));
	ck_assert(!find_name(&chain[0], MAP_NOW) || find_numbered(chain, 0));
	ck_assert(find_numbered(&other, 7));
}
END_TEST

START_TEST(test_while_it_is_written)
{
	struct mdns_name chain[2];
	struct mdns_shelf *shelf = &map_world_slot(memory, 1)->shelf;

	/* The other names of the chain are found past it. */
	map_world_chain(0, 2, chain);
	put_numbered(&chain[0], 0);
	put_numbered(&chain[1], 1);
	ck_assert(find_numbered(&chain[1], 1));
	shelf->sequence++;
	ck_assert(!find_name(&chain[1], MAP_NOW));
	ck_assert(find_numbered(&chain[0], 0));
	shelf->sequence++;
	ck_assert(find_numbered(&chain[1], 1));
}
END_TEST

/* --- whose map it is, and does he live ------------------------------------ */

START_TEST(test_another_map)
{
	struct mdns_name name = host(1);
	uint8_t *copy;
	unsigned bits;

	put_numbered(&name, 1);
	for (bits = 0; bits < 64; bits++)
		ck_assert(!mdns_map_find(memory, MAP_ID ^ UINT64_C(1) << bits,
			&name, MAP_NOW, &status, &answer));

	/* Entries of another map, with the same chains, do not count. */
	copy = map_world_memory();
	memcpy(copy, memory, MDNS_MAP_SIZE);
	for (bits = 32; bits < 64; bits++) {
		uint64_t id = MAP_ID ^ UINT64_C(1) << bits;

		mdns_map_init(&writer, copy, id);
		ck_assert(!mdns_map_find(
			copy, id, &name, MAP_NOW, &status, &answer));
	}
}
END_TEST

START_TEST(test_is_alive)
{
	/* until and now: since MAP_NOW, in nanoseconds */
	static const struct {
		const char *what;
		uint32_t owner;
		int64_t until;
		int64_t now;
		bool alive;
	} rows[] = {
		{"well", 1234, 60 * MDNS_SEC, 0, true},
		{"others wait for it", 1234 | FUTEX_WAITERS, MDNS_SEC, 0, true},
		{"the largest id", FUTEX_TID_MASK, MDNS_SEC, 0, true},
		{"ended well", 0, 60 * MDNS_SEC, 0, false},
		{"ended well, others wait", FUTEX_WAITERS, MDNS_SEC, 0, false},
		{"killed", FUTEX_OWNER_DIED, MDNS_SEC, 0, false},
		{"killed, its id left", FUTEX_OWNER_DIED | 1234, MDNS_SEC, 0,
			false},
		{"in its last moment", 1, 2 * MDNS_SEC,
			2 * MDNS_SEC - MDNS_MSEC, true},
		{"promise over", 1, 2 * MDNS_SEC, 2 * MDNS_SEC, false},
		{"long over", 1, 2 * MDNS_SEC, 3600 * MDNS_SEC, false},
		{"days over", 1, 2 * MDNS_SEC, 2000000 * MDNS_SEC, false},
		{"no promise", 1, 0, 0, false},
		{"for the past", 1, -MDNS_SEC, 0, false},
		{"for the far past", 1, -123456 * MDNS_SEC, 0, false},
		{"the longest", 1, MDNS_MAP_PROMISE_MAX, 0, true},
		{"for a round of the clock ago", 1,
			MDNS_SEC - (INT64_C(1) << 32) * MDNS_MSEC, 0, false},
		{"longer is cut", 1, 86400 * MDNS_SEC, 0, true},
		{"cut, its last moment", 1, MDNS_TIME_NEVER - MAP_NOW,
			MDNS_MAP_PROMISE_MAX - MDNS_MSEC, true},
		{"cut, and over", 1, MDNS_TIME_NEVER - MAP_NOW,
			MDNS_MAP_PROMISE_MAX, false},
		{"made in the future", 1, MDNS_MAP_PROMISE_MAX, -MDNS_MSEC,
			false},
	};

	ck_assert(!mdns_map_is_alive(memory, MAP_ID, MAP_NOW));
	for (unsigned i = 0; i < ROWS(rows); i++) {
		uint32_t *word = mdns_map_own(&writer, rows[i].owner);

		ck_assert_uint_eq(*word, rows[i].owner);
		mdns_map_promise(&writer, MAP_NOW, MAP_NOW + rows[i].until);
		ck_assert_msg(mdns_map_is_alive(memory, MAP_ID,
				      MAP_NOW + rows[i].now) == rows[i].alive,
			"%s", rows[i].what);
	}
}
END_TEST

START_TEST(test_is_alive_goes_round)
{
	/* 2^32 milliseconds after the start of the machine, about 50 days. */
	mdns_time now = (INT64_C(1) << 32) * MDNS_MSEC - MDNS_SEC;

	mdns_map_own(&writer, 1);
	mdns_map_promise(&writer, now, now + 10 * MDNS_SEC);
	ck_assert(mdns_map_is_alive(memory, MAP_ID, now));
	ck_assert(mdns_map_is_alive(memory, MAP_ID, now + 9 * MDNS_SEC));
	ck_assert(!mdns_map_is_alive(memory, MAP_ID, now + 10 * MDNS_SEC));
	ck_assert(!mdns_map_is_alive(memory, MAP_ID, now - 100 * MDNS_SEC));
}
END_TEST

START_TEST(test_is_alive_only_by_its_id)
{
	ck_assert_uint_eq(mdns_map_id(memory), MAP_ID);
	mdns_map_own(&writer, 1234);
	mdns_map_promise(&writer, MAP_NOW, MAP_NOW + MDNS_SEC);
	ck_assert(mdns_map_is_alive(memory, MAP_ID, MAP_NOW));
	ck_assert(!mdns_map_is_alive(memory, MAP_ID + 1, MAP_NOW));
	ck_assert(!mdns_map_is_alive(
		memory, MAP_ID ^ UINT64_C(1) << 63, MAP_NOW));
	ck_assert(!mdns_map_is_alive(memory, 0, MAP_NOW));
	mdns_map_own(&writer, 0);
	ck_assert(!mdns_map_is_alive(memory, MAP_ID, MAP_NOW));
}
END_TEST

START_TEST(test_the_futex_word_is_the_kernels)
{
	/* The kernel wants it on a multiple of 4 and inside the map. */
	uint32_t *word = mdns_map_own(&writer, 5);
	size_t offset = (size_t)((uint8_t *)word - (uint8_t *)memory);

	ck_assert_uint_eq(offset % 4, 0);
	ck_assert_uint_lt(offset, MDNS_MAP_HEADER_SIZE);
	mdns_map_promise(&writer, MAP_NOW, MAP_NOW + MDNS_SEC);
	*word = FUTEX_OWNER_DIED;
	ck_assert(!mdns_map_is_alive(memory, MAP_ID, MAP_NOW));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/map");
	TCase *tcase = tcase_create("map");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_every_kind_of_answer);
	tcase_add_test(tcase, test_any_case_of_letters);
	tcase_add_test(tcase, test_the_same_name_is_replaced);
	tcase_add_test(tcase, test_what_does_not_fit);
	tcase_add_test(tcase, test_until_it_expires_or_is_not_fresh);
	tcase_add_test(tcase, test_ttl_is_what_is_left);
	tcase_add_test(tcase, test_full_and_room_again);
	tcase_add_test(tcase, test_few_names_touch_few_slots);
	tcase_add_test(tcase, test_a_chain);
	tcase_add_test(tcase, test_a_reader_in_a_slot_that_changes_hands);
	tcase_add_test(tcase, test_while_it_is_written);
	tcase_add_test(tcase, test_another_map);
	tcase_add_test(tcase, test_is_alive);
	tcase_add_test(tcase, test_is_alive_goes_round);
	tcase_add_test(tcase, test_is_alive_only_by_its_id);
	tcase_add_test(tcase, test_the_futex_word_is_the_kernels);
	suite_add_tcase(suite, tcase);
	return suite;
}
