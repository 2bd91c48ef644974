/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of the map share: memory with guards around it, answers, and
 * names that meet in one chain. */
#include "tests/resolver/map_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/unit.h"

#define PAGE 4096

void *map_world_memory(void)
{
	uint8_t *all = mmap(NULL, PAGE + MDNS_MAP_SIZE + PAGE, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(all != MAP_FAILED);
	ck_assert_uint_eq(MDNS_MAP_SIZE % PAGE, 0);
	ck_assert_int_eq(
		mprotect(all + PAGE, MDNS_MAP_SIZE, PROT_READ | PROT_WRITE), 0);
	return all + PAGE;
}

struct mdns_answer map_world_answer(
	const char *canonical, const char *addresses)
{
	struct mdns_answer answer;
	uint32_t link = 2;

	/* What nobody fills in is not to be used. */
	memset(&answer, 0xa5, sizeof(answer));
	mdns_answer_init(&answer);
	answer.ttl = 77;
	if (*canonical)
		answer.name = unit_name(canonical);
	while (*addresses) {
		size_t len = strcspn(addresses, " ");
		struct mdns_address address = {.ifindex = link++,
			.usec = 1234,
			.transport = MDNS_IPV6,
			.way = MDNS_WAY_GROUP};
		char text[64];

		unit_assert(len < sizeof(text));
		memcpy(text, addresses, len);
		text[len] = '\0';
		if (unit_address(text, address.bytes) == 16)
			address.family = MDNS_IPV6;
		mdns_answer_add(&answer, &address);
		addresses += len + (addresses[len] == ' ');
	}
	return answer;
}

int map_world_put(struct mdns_map_writer *writer, const char *text, int status,
	mdns_time expiry, const struct mdns_answer *answer)
{
	struct mdns_name name = unit_name(text);
	struct mdns_map_entry entry = {status, expiry, expiry};

	return mdns_map_put(writer, &name, &entry, answer);
}

static bool same_address(
	const struct mdns_address *found, const struct mdns_address *put)
{
	return memcmp(found->bytes, put->bytes, 16) == 0 &&
	       found->ifindex == put->ifindex && found->family == put->family &&
	       found->usec == 0 && found->way == 0 && found->transport == 0;
}

bool map_world_same(
	const struct mdns_answer *found, const struct mdns_answer *put)
{
	if (found->presence[0] != put->presence[0] ||
		found->presence[1] != put->presence[1] ||
		found->count != put->count || found->dropped != put->dropped ||
		found->name.len != put->name.len ||
		memcmp(found->name.wire, put->name.wire, put->name.len) != 0)
		return false;
	for (unsigned i = 0; i < put->count; i++)
		if (!same_address(&found->address[i], &put->address[i]))
			return false;
	return true;
}

mdns_shelf_word *map_world_bucket(void *memory, unsigned index)
{
	unit_assert(index < MDNS_MAP_BUCKETS);
	return (mdns_shelf_word *)((uint8_t *)memory + MDNS_MAP_HEADER_SIZE) +
	       index;
}

struct mdns_map_slot *map_world_slot(void *memory, unsigned index)
{
	unit_assert(index < MDNS_MAP_SLOTS);
	return (struct mdns_map_slot *)((uint8_t *)memory +
					MDNS_MAP_HEADER_SIZE +
					MDNS_MAP_BUCKETS * 4) +
	       index;
}

/* The batch-th set of names, as many as there are slots: the slots are used one
 * after the other, so an entry's index says which name it has. */
static struct mdns_name batch_name(unsigned batch, unsigned index)
{
	char text[32];

	snprintf(text, sizeof(text), "h%u-%u.local", batch, index);
	return unit_name(text);
}

void map_world_chain(unsigned kind, unsigned count, struct mdns_name *ret_names)
{
	struct mdns_answer answer = map_world_answer("", "");
	struct mdns_map_entry entry = {-5, MAP_NOW, MAP_NOW};
	struct mdns_map_writer writer;
	unsigned found = 0;

	unit_assert(count <= MAP_CHAIN_MAX);
	for (unsigned batch = 0; found < count; batch++) {
		void *memory = map_world_memory();
		uint32_t next;

		mdns_map_init(&writer, memory, MAP_ID);
		for (unsigned i = 0; i < MDNS_MAP_SLOTS; i++) {
			struct mdns_name name = batch_name(batch, i);

			unit_assert(mdns_map_put(&writer, &name, &entry,
					    &answer) == 0);
		}
		next = *map_world_bucket(memory, 1000 + kind);
		while (next != 0 && found < count) {
			ret_names[found++] = batch_name(batch, next - 1);
			next = map_world_slot(memory, next - 1)->next;
		}
		munmap((uint8_t *)memory - PAGE, PAGE + MDNS_MAP_SIZE + PAGE);
	}
}
