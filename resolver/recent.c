/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process cache. */
#include "resolver/recent.h"

#include <string.h>

#include "resolver/shelf.h"

#define ANSWER_HEAD offsetof(struct mdns_answer, name)

/* Each part is stored only as far as it is used, so a hit copies some 150
 * octets of these. */
struct slot {
	mdns_shelf_word recent[MDNS_SHELF_WORDS(sizeof(struct mdns_recent))];
	mdns_shelf_word name[MDNS_SHELF_WORDS(sizeof(struct mdns_name))];
	/* The answer in three pieces: what precedes its name, the name, and as
	 * many addresses as there are. */
	mdns_shelf_word head[MDNS_SHELF_WORDS(ANSWER_HEAD)];
	mdns_shelf_word canonical[MDNS_SHELF_WORDS(sizeof(struct mdns_name))];
	mdns_shelf_word address[MDNS_SHELF_WORDS(
		MDNS_ADDRESSES_MAX * sizeof(struct mdns_address))];
};

/* What is looked at of each slot, apart from the rest: a process that has just
 * started would touch all their pages in vain (12 faults, 8 us). */
struct front {
	struct mdns_shelf shelf;
	mdns_shelf_word hash; /* of the name; a hint, checked again inside */
	/* Milliseconds of boottime as 32 bits, for the choice of a victim. */
	mdns_shelf_word expiry_hint;
};

static struct front fronts[MDNS_RECENT_SLOTS];
static struct slot slots[MDNS_RECENT_SLOTS];

static uint32_t to_msec(mdns_time time)
{
	return (uint32_t)(time / MDNS_MSEC);
}

static void load_name(struct mdns_name *to, mdns_shelf_word *from)
{
	size_t head = offsetof(struct mdns_name, wire);
	uint16_t len;

	mdns_shelf_load(to, from, head);
	len = to->len <= MDNS_NAME_MAX ? to->len : 0;
	mdns_shelf_load(to, from, head + len);
	to->len = len; /* a writer may have come between */
}

static void store_name(mdns_shelf_word *to, const struct mdns_name *from)
{
	mdns_shelf_store(
		to, from, offsetof(struct mdns_name, wire) + from->len);
}

/* A reverse answer has a count of 0 and still something to say in address[0];
 * so has, at no harm, a failure. */
static size_t addresses_size(const struct mdns_answer *answer)
{
	return (answer->count ? answer->count : 1u) *
	       sizeof(answer->address[0]);
}

static void load_answer(struct mdns_answer *to, struct slot *from)
{
	mdns_shelf_load(to, from->head, ANSWER_HEAD);
	if (to->count > MDNS_ADDRESSES_MAX)
		to->count = 0;
	load_name(&to->name, from->canonical);
	mdns_shelf_load(to->address, from->address, addresses_size(to));
}

static bool read_slot(unsigned index, const struct mdns_name *name,
	struct mdns_recent *recent, struct mdns_answer *answer)
{
	struct slot *slot = &slots[index];
	struct mdns_name key;
	uint32_t sequence;

	if (!mdns_shelf_read_begin(&fronts[index].shelf, &sequence))
		return false;
	load_name(&key, slot->name);
	if (!mdns_name_equal(&key, name))
		return false;
	mdns_shelf_load(recent, slot->recent, sizeof(*recent));
	load_answer(answer, slot);
	return mdns_shelf_read_end(&fronts[index].shelf, sequence);
}

bool mdns_recent_find(const struct mdns_name *name, mdns_time now,
	struct mdns_recent *ret_recent, struct mdns_answer *ret_answer)
{
	uint32_t hash = mdns_name_hash(name);
	unsigned i;

	for (i = 0; i < MDNS_RECENT_SLOTS; i++)
		if (atomic_load_explicit(
			    &fronts[i].hash, memory_order_relaxed) == hash &&
			read_slot(i, name, ret_recent, ret_answer) &&
			now < ret_recent->expiry)
			return true;
	return false;
}

/* The slot that holds the name, or else the one that is nearest to its end;
 * an empty one has been at it since the machine started. MDNS_RECENT_SLOTS: all
 * are being written. */
static unsigned choose_slot(uint32_t hash, mdns_time now)
{
	uint32_t msec = to_msec(now);
	unsigned best = MDNS_RECENT_SLOTS;
	int32_t best_left = 0;
	unsigned i;

	for (i = 0; i < MDNS_RECENT_SLOTS; i++) {
		struct front *front = &fronts[i];
		uint32_t sequence = atomic_load_explicit(
			&front->shelf.sequence, memory_order_relaxed);
		int32_t left =
			(int32_t)(atomic_load_explicit(&front->expiry_hint,
					  memory_order_relaxed) -
				  msec);

		if (sequence % 2 == 1)
			continue;
		if (sequence == 0)
			left = INT32_MIN;
		else if (atomic_load_explicit(
				 &front->hash, memory_order_relaxed) == hash)
			return i;
		if (best == MDNS_RECENT_SLOTS || left < best_left) {
			best = i;
			best_left = left;
		}
	}
	return best;
}

void mdns_recent_put(const struct mdns_name *name, mdns_time now,
	const struct mdns_recent *recent, const struct mdns_answer *answer)
{
	uint32_t hash = mdns_name_hash(name);
	unsigned index = choose_slot(hash, now);
	struct front *front = &fronts[index % MDNS_RECENT_SLOTS];
	struct slot *slot = &slots[index % MDNS_RECENT_SLOTS];

	if (index == MDNS_RECENT_SLOTS ||
		!mdns_shelf_write_begin(&front->shelf))
		return;
	mdns_shelf_store(slot->recent, recent, sizeof(*recent));
	store_name(slot->name, name);
	mdns_shelf_store(slot->head, answer, ANSWER_HEAD);
	store_name(slot->canonical, &answer->name);
	mdns_shelf_store(
		slot->address, answer->address, addresses_size(answer));
	atomic_store_explicit(&front->hash, hash, memory_order_relaxed);
	atomic_store_explicit(&front->expiry_hint, to_msec(recent->expiry),
		memory_order_relaxed);
	mdns_shelf_write_end(&front->shelf);
}
