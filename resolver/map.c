/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map of answers in shared memory. */
#include "resolver/map.h"

#include <linux/futex.h>
#include <string.h>

#include "resolver/err.h"

#define MAGIC 0x6d646e73u /* "mdns" */
#define BODY_WORDS (MDNS_MAP_SLOT_SIZE / 4 - 4)
#define SAME UINT16_MAX

/* How an entry begins in the body of its slot, alike for 32 and 64 bits. The
 * name follows, the canonical name if it is another one, and the addresses:
 * each a family, a link and 4 or 16 octets. 32 octets here, so a name of 20
 * with an address of each family takes 82 of 240. */
struct head {
	uint16_t used; /* words of the body, these included; even */
	uint16_t name_len;
	uint32_t hash; /* of the name */
	int64_t expiry;
	int64_t fresh;
	uint16_t canonical_len; /* 0: there is none; SAME: it is the name */
	int16_t status;
	uint8_t presence[MDNS_FAMILIES];
	uint8_t count;
	uint8_t dropped;
};

struct body {
	uint32_t word[BODY_WORDS];
};

_Static_assert(sizeof(mdns_shelf_word) == 4, "an atomic word is a word");
_Static_assert(sizeof(struct mdns_map_header) == 28 &&
		       offsetof(struct mdns_map_header, owner) == 20,
	"the header");
_Static_assert(sizeof(struct mdns_map_slot) == MDNS_MAP_SLOT_SIZE &&
		       offsetof(struct mdns_map_slot, body) == 16,
	"a slot");
_Static_assert(offsetof(struct head, expiry) == 8 &&
		       offsetof(struct head, canonical_len) == 24 &&
		       sizeof(struct head) == 32,
	"the head of an entry");
_Static_assert(BODY_WORDS % 2 == 0, "the words are summed in pairs");
_Static_assert(
	(MDNS_MAP_BUCKETS & (MDNS_MAP_BUCKETS - 1)) == 0, "a power of 2");

static uint32_t load(const mdns_shelf_word *word)
{
	return atomic_load_explicit(word, memory_order_acquire);
}

static void store(mdns_shelf_word *word, uint32_t value)
{
	atomic_store_explicit(word, value, memory_order_release);
}

static uint32_t to_msec(mdns_time time)
{
	return (uint32_t)(time / MDNS_MSEC);
}

/* Where the bucket of that hash begins in the memory, and a slot. The high
 * bits of the hash are the better ones. */
static size_t bucket_offset(uint32_t hash)
{
	uint32_t index = (hash ^ hash >> 16) & (MDNS_MAP_BUCKETS - 1);

	return MDNS_MAP_HEADER_SIZE + index * sizeof(mdns_shelf_word);
}

static size_t slot_offset(uint32_t index)
{
	return MDNS_MAP_HEADER_SIZE +
	       MDNS_MAP_BUCKETS * sizeof(mdns_shelf_word) +
	       (size_t)index * MDNS_MAP_SLOT_SIZE;
}

/* For each pair of words a step that can be undone, so that no other value of
 * one word gives the same sum. */
static uint64_t sum_body(uint64_t id, const struct body *body, size_t used)
{
	uint64_t sum = id + used;
	size_t i;

	for (i = 0; i < used; i += 2) {
		sum ^= body->word[i] | (uint64_t)body->word[i + 1] << 32;
		sum *= UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 32;
	}
	return sum;
}

/* --- an entry and its octets ---------------------------------------------- */

/* A reverse answer has a count of 0 and still tells in address[0] where it
 * came from. */
static unsigned address_records(int status, unsigned count)
{
	return count == 0 && status == 0 ? 1 : count;
}

/* Both ways of copying stop at the end, and say so. */
struct cursor {
	uint8_t *at;
	size_t left;
	bool bad;
};

static uint8_t *advance(struct cursor *cursor, size_t size)
{
	uint8_t *at = cursor->at;

	if (size > cursor->left)
		cursor->bad = true;
	if (cursor->bad)
		return NULL;
	cursor->at += size;
	cursor->left -= size;
	return at;
}

static void put(struct cursor *cursor, const void *from, size_t size)
{
	uint8_t *to = advance(cursor, size);

	if (to)
		memcpy(to, from, size);
}

static void get(struct cursor *cursor, void *to, size_t size)
{
	const uint8_t *from = advance(cursor, size);

	if (from)
		memcpy(to, from, size);
}

static bool same_octets(const struct mdns_name *a, const struct mdns_name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

static int encode(const struct mdns_name *name, uint32_t hash,
	const struct mdns_map_entry *entry, const struct mdns_answer *answer,
	struct body *ret_body)
{
	unsigned i, records = address_records(entry->status, answer->count);
	bool same = same_octets(name, &answer->name);
	struct cursor cursor = {
		(uint8_t *)ret_body + sizeof(struct head),
		sizeof(*ret_body) - sizeof(struct head),
		answer->count > MDNS_ADDRESSES_MAX,
	};
	struct head head = {
		.name_len = name->len,
		.hash = hash,
		.expiry = entry->expiry,
		.fresh = entry->fresh,
		.canonical_len = same ? SAME : answer->name.len,
		.status = (int16_t)entry->status,
		.presence = {answer->presence[0], answer->presence[1]},
		.count = answer->count,
		.dropped = answer->dropped,
	};

	memset(ret_body, 0, sizeof(*ret_body));
	put(&cursor, name->wire, name->len);
	if (!same)
		put(&cursor, answer->name.wire, answer->name.len);
	for (i = 0; i < records && !cursor.bad; i++) {
		const struct mdns_address *address = &answer->address[i];

		put(&cursor, &address->family, 1);
		put(&cursor, &address->ifindex, 4);
		put(&cursor, address->bytes, mdns_family_size(address->family));
	}
	if (cursor.bad)
		return MDNS_ERR_SPACE;
	head.used = (uint16_t)((sizeof(*ret_body) - cursor.left + 7) / 8 * 2);
	memcpy(ret_body, &head, sizeof(head));
	return 0;
}

static bool status_counts(int status)
{
	return status == 0 || status == MDNS_ERR_NOT_FOUND ||
	       status == MDNS_ERR_PASS_ON || status == MDNS_ERR_NO_DATA;
}

static bool decode_name(
	struct cursor *cursor, size_t len, struct mdns_name *name)
{
	const uint8_t *wire = advance(cursor, len);

	return wire && mdns_name_from_wire(wire, len, name) == 0;
}

static bool decode_address(struct cursor *cursor, struct mdns_address *address)
{
	memset(address, 0, sizeof(*address));
	get(cursor, &address->family, 1);
	get(cursor, &address->ifindex, 4);
	if (address->family >= MDNS_FAMILIES)
		return false;
	get(cursor, address->bytes, mdns_family_size(address->family));
	return !cursor->bad;
}

/* What the body says of that name now; the body is a copy, and its `used` has
 * been checked. */
static bool decode(struct body *body, const struct mdns_name *name,
	mdns_time now, int *ret_status, struct mdns_answer *ret_answer)
{
	struct cursor cursor;
	struct head head;
	const uint8_t *wire;
	uint64_t seconds;
	unsigned i, records;

	memcpy(&head, body, sizeof(head));
	cursor.at = (uint8_t *)body + sizeof(head);
	cursor.left = head.used * sizeof(uint32_t) - sizeof(head);
	cursor.bad = false;
	wire = advance(&cursor, head.name_len);
	if (!wire || !mdns_name_equal_wire(name, wire, head.name_len) ||
		head.expiry <= now || head.fresh <= now ||
		!status_counts(head.status) || head.presence[0] > MDNS_ABSENT ||
		head.presence[1] > MDNS_ABSENT ||
		head.count > MDNS_ADDRESSES_MAX)
		return false;

	seconds = ((uint64_t)head.expiry - (uint64_t)now) / MDNS_SEC;
	*ret_status = head.status;
	ret_answer->ttl = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
	memcpy(ret_answer->presence, head.presence, sizeof(head.presence));
	ret_answer->count = head.count;
	ret_answer->dropped = head.dropped;
	if (head.canonical_len == 0) {
		ret_answer->name.len = 0;
	} else if (head.canonical_len == SAME) {
		ret_answer->name.len = head.name_len;
		memcpy(ret_answer->name.wire, wire, head.name_len);
	} else if (!decode_name(
			   &cursor, head.canonical_len, &ret_answer->name)) {
		return false;
	}
	records = address_records(head.status, head.count);
	if (records == 0)
		memset(&ret_answer->address[0], 0,
			sizeof(ret_answer->address[0]));
	for (i = 0; i < records; i++)
		if (!decode_address(&cursor, &ret_answer->address[i]))
			return false;
	return true;
}

/* --- slots ---------------------------------------------------------------- */

/* A copy of what the slot holds, if it is whole and of that hash. */
static bool read_slot(const struct mdns_map_slot *slot, uint64_t id,
	uint32_t hash, struct body *ret_body)
{
	struct head head;
	uint32_t sequence;
	uint64_t sum;

	if (!mdns_shelf_read_begin(&slot->shelf, &sequence))
		return false;
	mdns_shelf_load(&head, slot->body, offsetof(struct head, expiry));
	if (head.hash != hash || head.used % 2 != 0 ||
		head.used < sizeof(head) / sizeof(uint32_t) ||
		head.used > BODY_WORDS)
		return false;
	sum = load(&slot->sum[0]) | (uint64_t)load(&slot->sum[1]) << 32;
	mdns_shelf_load(ret_body, slot->body, head.used * sizeof(uint32_t));
	/* What was checked counts, whatever the memory says by now. */
	memcpy(ret_body, &head.used, sizeof(head.used));
	return mdns_shelf_read_end(&slot->shelf, sequence) &&
	       sum_body(id, ret_body, head.used) == sum;
}

/* The only writer there is, so the shelf is never busy. */
static void write_slot(
	struct mdns_map_slot *slot, uint64_t id, const struct body *body)
{
	struct head head;
	uint64_t sum;

	memcpy(&head, body, sizeof(head));
	sum = sum_body(id, body, head.used);
	mdns_shelf_write_begin(&slot->shelf);
	store(&slot->sum[0], (uint32_t)sum);
	store(&slot->sum[1], (uint32_t)(sum >> 32));
	mdns_shelf_store(slot->body, body, head.used * sizeof(uint32_t));
	mdns_shelf_write_end(&slot->shelf);
}

static void clear_slot(struct mdns_map_slot *slot)
{
	mdns_shelf_write_begin(&slot->shelf);
	store(&slot->body[0], 0);
	mdns_shelf_write_end(&slot->shelf);
}

/* --- readers -------------------------------------------------------------- */

uint64_t mdns_map_id(const void *memory)
{
	const struct mdns_map_header *header = memory;

	return load(&header->id[0]) | (uint64_t)load(&header->id[1]) << 32;
}

bool mdns_map_is_alive(const void *memory, uint64_t id, mdns_time now)
{
	const struct mdns_map_header *header = memory;
	uint32_t owner = load(&header->owner);
	uint32_t left = load(&header->until) - to_msec(now);

	return load(&header->magic) == MAGIC &&
	       load(&header->version) == MDNS_MAP_VERSION &&
	       load(&header->size) == MDNS_MAP_SIZE &&
	       mdns_map_id(memory) == id && (owner & FUTEX_TID_MASK) != 0 &&
	       (owner & FUTEX_OWNER_DIED) == 0 && left > 0 &&
	       left <= MDNS_MAP_PROMISE_MAX / MDNS_MSEC;
}

bool mdns_map_find(const void *memory, uint64_t id,
	const struct mdns_name *name, mdns_time now, int *ret_status,
	struct mdns_answer *ret_answer)
{
	const uint8_t *base = memory;
	uint32_t hash = mdns_name_hash_seeded(name, (uint32_t)id);
	uint32_t next =
		load((const mdns_shelf_word *)(base + bucket_offset(hash)));
	struct body body;
	unsigned i;

	/* The slot that we stand in may get another name and so another chain
	 * at any time: that is a miss, and never a walk without an end. */
	for (i = 0; i < MDNS_MAP_STEPS && next - 1 < MDNS_MAP_SLOTS; i++) {
		const struct mdns_map_slot *slot =
			(const void *)(base + slot_offset(next - 1));

		if (read_slot(slot, id, hash, &body) &&
			decode(&body, name, now, ret_status, ret_answer))
			return true;
		next = load(&slot->next);
	}
	return false;
}

/* --- the writer ----------------------------------------------------------- */

static struct mdns_map_slot *slot_at(
	const struct mdns_map_writer *writer, uint32_t index)
{
	return (void *)((uint8_t *)writer->memory + slot_offset(index));
}

/* Where a name is, or would be. */
struct place {
	mdns_shelf_word *bucket;
	mdns_shelf_word *link; /* that leads to it, or ends the chain */
	uint32_t entry;        /* its index + 1; 0: it is not there */
	unsigned steps;        /* entries that were passed over */
};

static void find_place(const struct mdns_map_writer *writer,
	const struct mdns_name *name, uint32_t hash, struct place *ret_place)
{
	uint8_t *base = writer->memory;
	struct place place = {.steps = 0};
	struct head head;
	struct body body;

	place.bucket = (mdns_shelf_word *)(base + bucket_offset(hash));
	place.link = place.bucket;
	for (; place.steps < MDNS_MAP_STEPS; place.steps++) {
		struct mdns_map_slot *slot;

		place.entry = load(place.link);
		if (place.entry - 1 >= MDNS_MAP_SLOTS) {
			place.entry = 0;
			break;
		}
		slot = slot_at(writer, place.entry - 1);
		if (read_slot(slot, writer->id, hash, &body)) {
			memcpy(&head, &body, sizeof(head));
			if (mdns_name_equal_wire(name,
				    (const uint8_t *)&body + sizeof(head),
				    head.name_len))
				break;
		}
		place.link = &slot->next;
		place.entry = 0;
	}
	*ret_place = place;
}

static void drop(struct mdns_map_writer *writer, const struct place *place)
{
	struct mdns_map_slot *slot = slot_at(writer, place->entry - 1);

	clear_slot(slot);
	store(place->link, load(&slot->next));
	store(&slot->next, writer->free);
	writer->free = place->entry;
	writer->count--;
}

/* An unused slot's index + 1, or 0. */
static uint32_t take_slot(struct mdns_map_writer *writer)
{
	uint32_t entry = writer->free;

	if (entry - 1 < MDNS_MAP_SLOTS)
		writer->free = load(&slot_at(writer, entry - 1)->next);
	else if (writer->used < MDNS_MAP_SLOTS)
		entry = ++writer->used;
	else
		entry = 0;
	return entry;
}

void mdns_map_init(struct mdns_map_writer *writer, void *memory, uint64_t id)
{
	struct mdns_map_header *header = memory;

	*writer = (struct mdns_map_writer){.memory = memory, .id = id};
	store(&header->version, MDNS_MAP_VERSION);
	store(&header->size, MDNS_MAP_SIZE);
	store(&header->id[0], (uint32_t)id);
	store(&header->id[1], (uint32_t)(id >> 32));
	store(&header->magic, MAGIC);
}

int mdns_map_put(struct mdns_map_writer *writer, const struct mdns_name *name,
	const struct mdns_map_entry *entry, const struct mdns_answer *answer)
{
	uint32_t hash = mdns_name_hash_seeded(name, (uint32_t)writer->id);
	struct mdns_map_slot *slot;
	struct place place;
	struct body body;

	find_place(writer, name, hash, &place);
	if (encode(name, hash, entry, answer, &body) != 0) {
		if (place.entry)
			drop(writer, &place);
		writer->refused++;
		return MDNS_ERR_SPACE;
	}
	if (place.entry) {
		write_slot(slot_at(writer, place.entry - 1), writer->id, &body);
		return 0;
	}
	if (place.steps < MDNS_MAP_STEPS)
		place.entry = take_slot(writer);
	if (!place.entry) {
		writer->refused++;
		return MDNS_ERR_RESOURCE;
	}
	slot = slot_at(writer, place.entry - 1);
	write_slot(slot, writer->id, &body);
	store(&slot->next, load(place.bucket));
	store(place.bucket, place.entry);
	writer->count++;
	return 0;
}

void mdns_map_drop(struct mdns_map_writer *writer, const struct mdns_name *name)
{
	struct place place;

	find_place(writer, name,
		mdns_name_hash_seeded(name, (uint32_t)writer->id), &place);
	if (place.entry)
		drop(writer, &place);
}

void mdns_map_promise(
	struct mdns_map_writer *writer, mdns_time now, mdns_time until)
{
	struct mdns_map_header *header = writer->memory;

	if (until > now + MDNS_MAP_PROMISE_MAX)
		until = now + MDNS_MAP_PROMISE_MAX;
	if (until < now)
		until = now;
	store(&header->until, to_msec(until));
}

uint32_t *mdns_map_own(struct mdns_map_writer *writer, uint32_t owner)
{
	struct mdns_map_header *header = writer->memory;

	store(&header->owner, owner);
	return (uint32_t *)&header->owner;
}
