/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: a map that was written as it should be, then by somebody else:
 * words of the input, and entries whose octets are the input's and whose sum is
 * right. A reader finds what is true or, where the map was spoilt, at least
 * nothing that no answer may be. */
#include <linux/futex.h>
#include <stdatomic.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/map.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "map";

#define ID UINT64_C(0x0123456789abcdef)
#define NOW (INT64_C(123456) * MDNS_SEC)
#define PUTS_MAX 24
#define SPOILT_MAX 16
#define ENTRY_HEAD 32   /* octets before the name of an entry */
#define ADDRESS_LEAST 9 /* octets of an address in it */
#define SLOTS_OFFSET (MDNS_MAP_HEADER_SIZE + MDNS_MAP_BUCKETS * 4u)

/* Both ends are guarded: what is read there is noticed by the sanitizer. */
static _Alignas(4096) uint8_t memory[MDNS_MAP_SIZE];

struct put {
	struct mdns_name name;
	struct mdns_map_entry entry;
	struct mdns_answer answer;
	bool there;
};

static struct {
	struct mdns_map_writer writer;
	struct put put[PUTS_MAX];
	unsigned puts;
	size_t spoilt[SPOILT_MAX]; /* offsets of words */
	unsigned spoils, forged;   /* slots, of those behind the used ones */
} world;

static mdns_shelf_word *word_at(size_t offset)
{
	return (mdns_shelf_word *)(memory + offset);
}

static size_t bucket_of(const struct mdns_name *name)
{
	uint32_t hash = mdns_name_hash_seeded(name, (uint32_t)ID);

	return MDNS_MAP_HEADER_SIZE +
	       ((hash ^ hash >> 16) & (MDNS_MAP_BUCKETS - 1)) * 4u;
}

static struct mdns_map_slot *slot_at(unsigned index)
{
	return (struct mdns_map_slot *)(memory + SLOTS_OFFSET) + index;
}

/* 4.3 MB are too much to be set for each input: what was touched is. */
static void clean(void)
{
	unsigned i, slots = world.writer.used + world.forged;

	for (i = 0; i < world.puts; i++)
		*word_at(bucket_of(&world.put[i].name)) = 0;
	for (i = 0; i < world.spoils; i++)
		*word_at(world.spoilt[i]) = 0;
	memset(memory + SLOTS_OFFSET, 0, (size_t)slots * MDNS_MAP_SLOT_SIZE);
	world.puts = world.spoils = world.forged = 0;
	mdns_map_init(&world.writer, memory, ID);
	mdns_map_own(&world.writer, 1234);
	mdns_map_promise(&world.writer, NOW, NOW + MDNS_SEC);
}

static void forget(const struct mdns_name *name)
{
	unsigned i;

	for (i = 0; i < world.puts; i++)
		if (mdns_name_equal(&world.put[i].name, name))
			world.put[i].there = false;
}

static void put(struct fuzz_input *input)
{
	static const int statuses[] = {
		0, MDNS_ERR_NOT_FOUND, MDNS_ERR_PASS_ON, MDNS_ERR_NO_DATA};
	struct put *p = &world.put[world.puts];
	uint8_t kind = fuzz_u8(input);
	int r;

	fuzz_name(input, &p->name);
	forget(&p->name);
	world.puts++;
	p->entry.status = statuses[kind & 3];
	p->entry.expiry = NOW + (kind >> 4) * 100 * MDNS_MSEC;
	p->entry.fresh = p->entry.expiry - (kind >> 2 & 3) * 100 * MDNS_MSEC;
	fuzz_answer(input, p->entry.status, &p->answer);
	r = mdns_map_put(&world.writer, &p->name, &p->entry, &p->answer);
	FUZZ_CHECK(r == 0 || r == MDNS_ERR_SPACE || r == MDNS_ERR_RESOURCE);
	p->there = r == 0;
}

static void drop(struct fuzz_input *input)
{
	struct mdns_name name;

	fuzz_name(input, &name);
	forget(&name);
	mdns_map_drop(&world.writer, &name);
}

/* A word of the header, of a bucket, of a slot that is used, or anywhere. */
static void spoil(struct fuzz_input *input)
{
	uint8_t kind = fuzz_u8(input);
	size_t offset = fuzz_u16(input);

	switch (kind & 3) {
	case 0:
		offset = offset * 4 % sizeof(struct mdns_map_header);
		break;
	case 1:
		offset = world.puts > 0
				 ? bucket_of(
					   &world.put[offset % world.puts].name)
				 : MDNS_MAP_HEADER_SIZE;
		break;
	case 2:
		offset = SLOTS_OFFSET +
			 offset * 4 %
				 ((world.writer.used + 1) * MDNS_MAP_SLOT_SIZE);
		break;
	case 3:
		offset = offset * 65 * 4 % MDNS_MAP_SIZE;
		break;
	}
	world.spoilt[world.spoils++] = offset;
	if (kind & 4)
		*word_at(offset) = fuzz_u32(input);
	else
		*word_at(offset) ^= UINT32_C(1) << (kind >> 3);
}

/* As in resolver/map.c, written out once more. */
static uint64_t sum_of(const uint32_t *words, size_t used)
{
	uint64_t sum = ID + used;
	size_t i;

	for (i = 0; i < used; i += 2) {
		sum ^= words[i] | (uint64_t)words[i + 1] << 32;
		sum *= UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return sum;
}

/* An entry for that name, everything about it right but for what it says. */
static void forge(struct fuzz_input *input)
{
	uint32_t words[MDNS_MAP_SLOT_SIZE / 4 - 4] = {0};
	uint32_t index = world.writer.used + world.forged++;
	struct mdns_map_slot *slot = slot_at(index);
	struct put *p = &world.put[world.puts++];
	uint16_t used = fuzz_u8(input);
	uint32_t hash;
	uint64_t sum;
	size_t size, i;
	const uint8_t *bytes;

	fuzz_name(input, &p->name);
	p->there = false;
	forget(&p->name);
	hash = mdns_name_hash_seeded(&p->name, (uint32_t)ID);
	bytes = fuzz_bytes(input, sizeof(words), &size);
	memcpy(words, bytes, size);
	memcpy(words, &used, sizeof(used));
	words[1] = hash;
	sum = used <= sizeof(words) / 4 && used % 2 == 0 ? sum_of(words, used)
							 : 0;
	for (i = 0; i < sizeof(words) / 4; i++)
		slot->body[i] = words[i];
	slot->sum[0] = (uint32_t)sum;
	slot->sum[1] = (uint32_t)(sum >> 32);
	slot->shelf.sequence = 2;
	slot->next = *word_at(bucket_of(&p->name));
	*word_at(bucket_of(&p->name)) = index + 1;
}

static bool same_answer(
	const struct mdns_answer *a, const struct mdns_answer *b, int status)
{
	unsigned i, count = a->count;

	if (count == 0 && status == 0)
		count = 1; /* where a reverse answer came from */
	if (a->count != b->count || a->dropped != b->dropped ||
		memcmp(a->presence, b->presence, 2) != 0 ||
		!fuzz_same_octets(&a->name, &b->name))
		return false;
	for (i = 0; i < count; i++)
		if (memcmp(a->address[i].bytes, b->address[i].bytes, 16) != 0 ||
			a->address[i].family != b->address[i].family ||
			a->address[i].ifindex != b->address[i].ifindex)
			return false;
	return true;
}

/* Somewhere there is an entry of that name. */
static bool is_held(const struct mdns_name *name)
{
	unsigned i, slots = world.writer.used + world.forged;

	for (i = 0; i < slots; i++) {
		const uint8_t *body = (const uint8_t *)slot_at(i)->body;

		if (mdns_name_equal_wire(name, body + ENTRY_HEAD, name->len))
			return true;
	}
	return false;
}

static void look(const struct put *p, bool spoilt)
{
	struct mdns_answer answer;
	bool counts = p->there && p->entry.fresh > NOW;
	int status;

	if (!mdns_map_find(memory, ID, &p->name, NOW, &status, &answer)) {
		FUZZ_CHECK(spoilt || !counts);
		return;
	}
	FUZZ_CHECK(status == 0 || status == MDNS_ERR_NOT_FOUND ||
		   status == MDNS_ERR_PASS_ON || status == MDNS_ERR_NO_DATA);
	fuzz_check_answer(status, &answer);
	FUZZ_CHECK(is_held(&p->name));
	FUZZ_CHECK(ENTRY_HEAD + p->name.len +
			   answer.count * (size_t)ADDRESS_LEAST <=
		   MDNS_MAP_SLOT_SIZE - 16);
	if (world.forged > 0)
		return;
	/* One word that is wrong is noticed, wherever it is. */
	if (!spoilt || world.spoils == 1) {
		FUZZ_CHECK(counts && status == p->entry.status);
		FUZZ_CHECK(same_answer(&answer, &p->answer, status));
		FUZZ_CHECK(answer.ttl ==
			   (uint32_t)((p->entry.expiry - NOW) / MDNS_SEC));
	}
}

static void look_at_all(bool spoilt)
{
	unsigned i;

	for (i = 0; i < world.puts; i++) {
		unsigned j;
		bool last = true;

		/* The last of those with one name is what counts. */
		for (j = i + 1; j < world.puts; j++)
			last &= !mdns_name_equal(
				&world.put[i].name, &world.put[j].name);
		if (last)
			look(&world.put[i], spoilt);
	}
}

/* The writer's thread id stands there, and the kernel has not marked it. */
static void check_life(void)
{
	const struct mdns_map_header *header = (const void *)memory;

	FUZZ_CHECK(!mdns_map_is_alive(memory, ID, NOW) ||
		   ((header->owner & FUTEX_TID_MASK) != 0 &&
			   (header->owner & FUTEX_OWNER_DIED) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};

	clean();
	while (input.left > 0 && world.puts < PUTS_MAX / 2) {
		uint8_t what = fuzz_u8(&input) & 7;

		if (what == 7)
			break;
		else if (what == 6)
			drop(&input);
		else
			put(&input);
	}
	FUZZ_CHECK(mdns_map_is_alive(memory, ID, NOW));
	FUZZ_CHECK(!mdns_map_is_alive(memory, ID + 1, NOW));
	look_at_all(false);
	while (input.left > 0 && world.spoils < SPOILT_MAX &&
		world.puts < PUTS_MAX) {
		if (fuzz_u8(&input) & 1)
			forge(&input);
		else
			spoil(&input);
	}
	check_life();
	look_at_all(world.spoils + world.forged > 0);
	return 0;
}
