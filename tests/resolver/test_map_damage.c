/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/map: whatever stands in the memory, a reader finds what is
 * right or nothing, and soon. The memory ends at guard pages. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/map_world.h"
#include "tests/unit.h"

#define LATER (MAP_NOW + 100 * MDNS_SEC)
#define NAMES 8
#define CHAIN 4 /* of them, the first, are in one chain */

static uint8_t *memory;
static struct mdns_map_writer writer;
static struct mdns_name names[NAMES];
static struct mdns_answer put[NAMES];

static const struct {
	const char *canonical;
	const char *addresses;
	int status;
} kinds[NAMES] = {
	{"one.local", "10.0.0.1 fe80::1", 0},
	{"two.local", "10.0.0.2", 0},
	{"", "", MDNS_ERR_NOT_FOUND},
	{"four.local", "10.0.0.4 10.0.1.4 10.0.2.4 fe80::4 2001:db8::4", 0},
	{"a-long-canonical-name-of-many-octets.local", "2001:db8::5", 0},
	{"reverse.local", "", 0},
	{"seven.local", "", MDNS_ERR_NO_DATA},
	{"", "", MDNS_ERR_PASS_ON},
};

/* Given a live map with a few names of every kind, slot i for the i-th. */
static void set_up(void)
{
	memory = map_world_memory();
	mdns_map_init(&writer, memory, MAP_ID);
	mdns_map_own(&writer, 1234);
	mdns_map_promise(&writer, MAP_NOW, MAP_NOW + MDNS_SEC);
	map_world_chain(0, CHAIN, names);
	map_world_chain(1, NAMES - CHAIN, names + CHAIN);
	for (unsigned i = 0; i < NAMES; i++) {
		struct mdns_map_entry entry = {kinds[i].status, LATER, LATER};

		put[i] = map_world_answer(
			kinds[i].canonical, kinds[i].addresses);
		if (put[i].count == 0) {
			memset(&put[i].address[0], 0, sizeof(put->address[0]));
			put[i].address[0].ifindex = 7;
		}
		ck_assert_int_eq(
			mdns_map_put(&writer, &names[i], &entry, &put[i]), 0);
	}
}

/* True if the name is found; the test fails if something else is. */
static bool right_or_missed(unsigned i)
{
	struct mdns_answer answer;
	int status;

	if (!mdns_map_find(
		    memory, MAP_ID, &names[i], MAP_NOW, &status, &answer))
		return false;
	unit_assert(status == kinds[i].status);
	unit_assert(map_world_same(&answer, &put[i]));
	unit_assert(answer.ttl == 100);
	unit_assert(answer.count != 0 || status != 0 ||
		    answer.address[0].ifindex == 7);
	return true;
}

static unsigned count_found(void)
{
	unsigned found = 0;

	for (unsigned i = 0; i < NAMES; i++)
		found += right_or_missed(i);
	return found;
}

static uint64_t random_state;

static uint32_t random_word(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
		       UINT64_C(1442695040888963407);
	return (uint32_t)(random_state >> 32);
}

START_TEST(test_header_flips)
{
	size_t id_end = offsetof(struct mdns_map_header, owner);

	ck_assert(mdns_map_is_alive(memory, MAP_ID, MAP_NOW));
	for (size_t at = 0; at < sizeof(struct mdns_map_header); at++) {
		for (unsigned flip = 1; flip < 256; flip++) {
			bool alive;

			memory[at] ^= (uint8_t)flip;
			alive = mdns_map_is_alive(memory, MAP_ID, MAP_NOW);
			unit_assert(at >= id_end || !alive);
			unit_assert(count_found() == NAMES);
			memory[at] ^= (uint8_t)flip;
		}
	}
	ck_assert(mdns_map_is_alive(memory, MAP_ID, MAP_NOW));
}
END_TEST

START_TEST(test_bucket_flips)
{
	unsigned buckets = 0;

	for (unsigned b = 0; b < MDNS_MAP_BUCKETS; b++) {
		uint8_t *octets = (uint8_t *)map_world_bucket(memory, b);

		if (*map_world_bucket(memory, b) == 0)
			continue;
		buckets++;
		for (unsigned at = 0; at < 4; at++) {
			for (unsigned flip = 1; flip < 256; flip++) {
				unsigned found;

				octets[at] ^= (uint8_t)flip;
				found = count_found();
				unit_assert(found >= CHAIN && found < NAMES);
				octets[at] ^= (uint8_t)flip;
			}
		}
	}
	ck_assert_uint_eq(buckets, 2);
	ck_assert_uint_eq(count_found(), NAMES);
}
END_TEST

/* Octets of a slot that the entry there makes use of. */
static size_t used_octets(unsigned slot)
{
	uint32_t word = map_world_slot(memory, slot)->body[0];
	uint16_t used;

	memcpy(&used, &word, sizeof(used));
	return offsetof(struct mdns_map_slot, body) + used * 4u;
}

START_TEST(test_slot_flips)
{
	size_t next = offsetof(struct mdns_map_slot, next);
	unsigned in_chain, lost = 0;

	for (unsigned slot = 0; slot < NAMES; slot++) {
		uint8_t *octets = (uint8_t *)map_world_slot(memory, slot);

		in_chain = slot < CHAIN ? CHAIN : NAMES - CHAIN;
		for (size_t at = 0; at < MDNS_MAP_SLOT_SIZE; at++) {
			for (unsigned flip = 1; flip < 256; flip++) {
				unsigned found;
				bool here;

				octets[at] ^= (uint8_t)flip;
				found = count_found();
				here = right_or_missed(slot);
				octets[at] ^= (uint8_t)flip;
				lost += !here;

				/* The links may be lost, else it is only this
				 * one, and that for certain: but for another
				 * sequence and for what is not used. */
				if (at >= next && at < next + 4)
					unit_assert(
						here &&
						found >= NAMES - in_chain + 1);
				else if (at < next)
					unit_assert(found >= NAMES - 1);
				else if (at < used_octets(slot))
					unit_assert(
						!here && found == NAMES - 1);
				else
					unit_assert(found == NAMES);
			}
		}
	}
	ck_assert_uint_gt(lost, 0);
	ck_assert_uint_eq(count_found(), NAMES);
}
END_TEST

START_TEST(test_the_rest_is_random)
{
	/* Each block of the map that is not in use, one after the other. */
	for (size_t at = 256; at < MDNS_MAP_SIZE; at += 256) {
		uint32_t old[64];

		memcpy(old, memory + at, 256);
		for (unsigned i = 0; i < 64; i++)
			if (old[i] == 0) {
				uint32_t word = random_word();

				memcpy(memory + at + 4 * i, &word, 4);
			}
		count_found();
		memcpy(memory + at, old, 256);
	}
	ck_assert_uint_eq(count_found(), NAMES);
}
END_TEST

START_TEST(test_links_that_go_round)
{
	/* Chains that lead into themselves, and ones that lead out of the map,
	 * from the memory's very end as well. */
	static const uint32_t links[] = {0, 1, 2, CHAIN, NAMES, NAMES + 1,
		MDNS_MAP_SLOTS - 1, MDNS_MAP_SLOTS, MDNS_MAP_SLOTS + 1,
		UINT32_MAX, UINT32_MAX - 1, 1u << 24, 1u << 31};
	unsigned count = sizeof(links) / sizeof(links[0]);

	memcpy(map_world_slot(memory, MDNS_MAP_SLOTS - 1),
		map_world_slot(memory, 0), MDNS_MAP_SLOT_SIZE);
	for (unsigned i = 0; i < count * count * count; i++) {
		map_world_slot(memory, 3)->next = links[i % count];
		map_world_slot(memory, 2)->next = links[i / count % count];
		map_world_slot(memory, MDNS_MAP_SLOTS - 1)->next =
			links[i / count / count];
		unit_assert(count_found() >= NAMES - CHAIN);
	}
	for (unsigned i = 0; i < MDNS_MAP_SLOTS; i++) {
		map_world_slot(memory, i)->next =
			random_word() % MDNS_MAP_SLOTS + 1;
		*map_world_bucket(memory, i % MDNS_MAP_BUCKETS) =
			random_word() % MDNS_MAP_SLOTS + 1;
	}
	for (unsigned i = 0; i < 10000; i++) {
		*map_world_bucket(memory, random_word() % MDNS_MAP_BUCKETS) =
			random_word() % NAMES + 1;
		count_found();
	}
}
END_TEST

START_TEST(test_all_random)
{
	struct mdns_answer answer;
	int status;

	for (unsigned round = 0; round < 10; round++) {
		for (size_t at = 0; at < MDNS_MAP_SIZE; at += 4) {
			uint32_t word = random_word();

			memcpy(memory + at, &word, 4);
		}
		/* Some chains that hold together, and sequences that are even:
		 * otherwise hardly a slot would be looked at. */
		for (unsigned i = 0; round > 1 && i < MDNS_MAP_SLOTS; i++) {
			struct mdns_map_slot *slot = map_world_slot(memory, i);

			slot->next %= MDNS_MAP_SLOTS;
			slot->shelf.sequence &= ~1u;
			*map_world_bucket(memory, i) %= MDNS_MAP_SLOTS;
		}
		unit_assert(!mdns_map_is_alive(memory, MAP_ID, MAP_NOW));
		for (unsigned i = 0; i < 20000; i++) {
			struct mdns_name name = names[i % NAMES];

			name.wire[1] = (uint8_t)random_word();
			unit_assert(!mdns_map_find(memory, MAP_ID, &name,
				MAP_NOW, &status, &answer));
		}
	}
}
END_TEST

/* The checksum once more, so that a body that is wrong in itself is read. */
static void sum_again(struct mdns_map_slot *slot, unsigned used)
{
	uint64_t sum = MAP_ID + used;

	for (unsigned i = 0; i < used; i += 2) {
		sum ^= slot->body[i] | (uint64_t)slot->body[i + 1] << 32;
		sum *= UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	slot->sum[0] = (uint32_t)sum;
	slot->sum[1] = (uint32_t)(sum >> 32);
}

/* Whatever comes out of it must be an answer that a program can live with. */
static bool sane_or_missed(unsigned i)
{
	struct mdns_answer answer;
	struct mdns_name name;
	int status;

	memset(&answer, 0xee, sizeof(answer));
	if (!mdns_map_find(
		    memory, MAP_ID, &names[i], MAP_NOW, &status, &answer))
		return false;
	unit_assert(status == 0 || status == MDNS_ERR_NOT_FOUND ||
		    status == MDNS_ERR_PASS_ON || status == MDNS_ERR_NO_DATA);
	unit_assert(answer.presence[0] <= MDNS_ABSENT &&
		    answer.presence[1] <= MDNS_ABSENT);
	unit_assert(answer.count <= MDNS_ADDRESSES_MAX);
	unit_assert(
		answer.name.len == 0 || mdns_name_from_wire(answer.name.wire,
						answer.name.len, &name) == 0);
	for (unsigned k = 0; k < answer.count; k++) {
		const struct mdns_address *address = &answer.address[k];

		unit_assert(address->family < MDNS_FAMILIES);
		unit_assert(address->usec == 0 && address->transport == 0 &&
			    address->way == 0);
		for (unsigned b = 4; address->family == 0 && b < 16; b++)
			unit_assert(address->bytes[b] == 0);
	}
	return true;
}

START_TEST(test_a_sum_that_agrees)
{
	struct mdns_map_slot saved;
	unsigned found = 0;

	/* One octet wrong, any other value: all that an entry has. */
	for (unsigned n = 0; n < NAMES; n++) {
		struct mdns_map_slot *slot = map_world_slot(memory, n);
		unsigned used = (unsigned)(used_octets(n) - 16) / 4;
		uint8_t *octets = (uint8_t *)slot->body;

		memcpy(&saved, slot, sizeof(saved));
		sum_again(slot, used);
		ck_assert(right_or_missed(n));
		for (size_t at = 0; at < used * 4; at++) {
			for (unsigned flip = 1; flip < 256; flip++) {
				octets[at] ^= (uint8_t)flip;
				sum_again(slot, used);
				found += sane_or_missed(n);
				octets[at] ^= (uint8_t)flip;
			}
		}
		/* Fewer words than it has, or more: what is beyond does not
		 * count, even if it is there. */
		for (unsigned words = 0; words <= 60; words += 2) {
			octets[0] = (uint8_t)used;
			sum_again(slot, used);
			unit_assert(right_or_missed(n));
			octets[0] = (uint8_t)words;
			sum_again(slot, words);
			unit_assert(right_or_missed(n) == (words >= used));
		}
		memcpy(slot, &saved, sizeof(saved));
		/* Any count of used words, and what is beyond at random. */
		for (unsigned i = 0; i < 100000; i++) {
			uint32_t some = random_word();

			for (size_t at = used * 4; at < 240; at++)
				octets[at] = (uint8_t)random_word();
			if (i % 3 == 0)
				octets[0] = (uint8_t)(some % 31 * 2);
			octets[6 + some % 26] = (uint8_t)(some >> 8);
			octets[32 + some % 60] = (uint8_t)(some >> 16);
			if (octets[0] <= 60 && octets[1] == 0)
				sum_again(slot, octets[0] & ~1u);
			found += sane_or_missed(n);
			memcpy(slot, &saved, sizeof(saved));
		}
	}
	ck_assert_uint_gt(found, 1000);
	ck_assert_uint_eq(count_found(), NAMES);
}
END_TEST

START_TEST(test_a_writer_with_damaged_free_slots)
{
	struct mdns_map_entry entry = {0, LATER, LATER};

	/* A free slot that leads nowhere: the next ones are those never used. */
	mdns_map_drop(&writer, &names[1]);
	map_world_slot(memory, 1)->next = UINT32_MAX / 2;
	for (unsigned i = 0; i < 3; i++) {
		struct mdns_name name = names[0];

		name.wire[1] = (uint8_t)('A' + i);
		ck_assert_int_eq(
			mdns_map_put(&writer, &name, &entry, &put[0]), 0);
		ck_assert_uint_eq(writer.used, NAMES + i);
	}
}
END_TEST

START_TEST(test_a_writer_in_a_damaged_map)
{
	/* Its memory is its own; but if it is not, it stays inside it. */
	for (unsigned i = 0; i < 20000; i++) {
		struct mdns_map_entry entry = {0, LATER, LATER};
		unsigned n = random_word() % NAMES;
		uint8_t *octet = (uint8_t *)map_world_slot(
			memory, random_word() % (NAMES + 2));

		octet[random_word() % 20] ^= (uint8_t)random_word();
		*map_world_bucket(memory, random_word() % MDNS_MAP_BUCKETS) =
			random_word();
		if (random_word() % 2 == 0)
			mdns_map_drop(&writer, &names[n]);
		else
			mdns_map_put(&writer, &names[n], &entry, &put[0]);
		sane_or_missed(n);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/map damage");
	TCase *tcase = tcase_create("damage");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, test_header_flips);
	tcase_add_test(tcase, test_bucket_flips);
	tcase_add_test(tcase, test_slot_flips);
	tcase_add_test(tcase, test_the_rest_is_random);
	tcase_add_test(tcase, test_links_that_go_round);
	tcase_add_test(tcase, test_all_random);
	tcase_add_test(tcase, test_a_sum_that_agrees);
	tcase_add_test(tcase, test_a_writer_with_damaged_free_slots);
	tcase_add_test(tcase, test_a_writer_in_a_damaged_map);
	suite_add_tcase(suite, tcase);
	return suite;
}
