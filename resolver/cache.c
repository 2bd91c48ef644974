/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The records heard on one link, until they expire (RFC 6762 10).
 *
 * Sets hang in hash buckets, records in their set and in one heap by what is
 * next to be done for them. For the case that it gets full, sets are also in
 * one of three lists: those that no client ever asked for, in the order in
 * which they were heard, those that one did, by their last use, and what is
 * wanted just now. The first list makes way first, the last one only for more
 * that is wanted; so junk only pushes out junk. */
#include "resolver/cache.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"

#define SECOND (1 * MDNS_SEC)
#define DOUBT_TIME (10 * MDNS_SEC) /* RFC 6762 10.4, 10.5 */
#define STAGES 4

/* All memory goes through these two, so that it is counted. */
static void *take(void *context, size_t size)
{
	struct mdns_cache *cache = context;
	void *memory;

	if (size > cache->limits.octets - cache->octets)
		return NULL;
	memory = cache->given.take(cache->given.context, size);
	if (memory)
		cache->octets += size;
	return memory;
}

static void give(void *context, void *memory, size_t size)
{
	struct mdns_cache *cache = context;

	cache->octets -= size;
	cache->given.give(cache->given.context, memory, size);
}

void mdns_cache_init(struct mdns_cache *cache, const struct mdns_memory *memory,
	const struct mdns_cache_limits *limits, uint64_t seed,
	void (*changed)(void *context, enum mdns_change change,
		const struct mdns_cached *record, mdns_time now),
	void *context)
{
	memset(cache, 0, sizeof(*cache));
	cache->given = *memory;
	cache->memory.take = take;
	cache->memory.give = give;
	cache->memory.context = cache;
	cache->limits = *limits;
	mdns_random_init(&cache->random, seed);
	cache->hash_seed = mdns_random_below(&cache->random, UINT32_MAX);
	cache->changed = changed;
	cache->context = context;
	mdns_heap_init(&cache->heap);
	mdns_table_init(&cache->sets);
}

static size_t set_size(size_t name_len)
{
	return sizeof(struct mdns_rrset) + name_len;
}

static size_t record_size(size_t rdlength)
{
	return sizeof(struct mdns_cached) + rdlength;
}

/* --- the lists by use --- */

enum { NEVER_USED, USED, WANTED, LISTS };

static unsigned list_of(const struct mdns_rrset *set)
{
	return set->wanted ? WANTED : set->used ? USED : NEVER_USED;
}

static void list_insert(struct mdns_cache *cache, struct mdns_rrset *set)
{
	unsigned list = list_of(set);

	set->newer = NULL;
	set->older = cache->newest[list];
	if (set->older)
		set->older->newer = set;
	else
		cache->oldest[list] = set;
	cache->newest[list] = set;
}

static void list_remove(struct mdns_cache *cache, struct mdns_rrset *set)
{
	unsigned list = list_of(set);

	if (set->newer)
		set->newer->older = set->older;
	else
		cache->newest[list] = set->older;
	if (set->older)
		set->older->newer = set->newer;
	else
		cache->oldest[list] = set->newer;
}

void mdns_cache_use(struct mdns_cache *cache, struct mdns_rrset *set)
{
	list_remove(cache, set);
	set->used = true;
	list_insert(cache, set);
}

/* --- finding --- */

void mdns_rrset_name(const struct mdns_rrset *set, struct mdns_name *ret_name)
{
	ret_name->len = set->name_len;
	memcpy(ret_name->wire, set->name, set->name_len);
}

static uint32_t hash_name(
	const struct mdns_cache *cache, const struct mdns_name *name)
{
	return mdns_name_hash_seeded(name, cache->hash_seed);
}

static bool set_has_name(
	const struct mdns_rrset *set, const struct mdns_name *name)
{
	return mdns_name_equal_wire(name, set->name, set->name_len);
}

struct mdns_rrset *mdns_cache_find(const struct mdns_cache *cache,
	const struct mdns_name *name, uint16_t type, uint16_t rclass)
{
	struct mdns_table_node *node =
		mdns_table_first(&cache->sets, hash_name(cache, name));

	for (; node; node = mdns_table_next(node)) {
		struct mdns_rrset *set = (struct mdns_rrset *)node;

		if (set->type == type && set->rclass == rclass &&
			set_has_name(set, name))
			return set;
	}
	return NULL;
}

struct mdns_rrset *mdns_cache_next_of_name(const struct mdns_cache *cache,
	const struct mdns_name *name, const struct mdns_rrset *set)
{
	struct mdns_table_node *node =
		set ? mdns_table_next(&set->node)
		    : mdns_table_first(&cache->sets, hash_name(cache, name));

	for (; node; node = mdns_table_next(node)) {
		struct mdns_rrset *next = (struct mdns_rrset *)node;

		if (next->rclass == MDNS_CLASS_IN && set_has_name(next, name))
			return next;
	}
	return NULL;
}

/* A few bits of a hash (FNV-1a), from a seed that nobody else knows: of 512
 * records of one set hardly any is compared in vain, whoever made them. */
static uint8_t tag_of(
	const struct mdns_rrset *set, const uint8_t *rdata, uint16_t rdlength)
{
	uint32_t hash = set->node.hash;
	unsigned i;

	for (i = 0; i < rdlength; i++)
		hash = (hash ^ rdata[i]) * 16777619u;
	return (uint8_t)(hash >> 24);
}

struct mdns_cached *mdns_rrset_find(
	const struct mdns_rrset *set, const uint8_t *rdata, uint16_t rdlength)
{
	struct mdns_cached *record = set->first;
	uint8_t tag = tag_of(set, rdata, rdlength);

	while (record && !(record->tag == tag && record->rdlength == rdlength &&
				 memcmp(record->rdata, rdata, rdlength) == 0))
		record = record->next;
	return record;
}

/* --- records in time --- */

static int64_t lifetime(const struct mdns_cached *record)
{
	return record->ttl * MDNS_SEC;
}

/* 80, 85, 90, 95 % of its life (RFC 6762 5.2). */
static mdns_time stage_begin(const struct mdns_cached *record, unsigned stage)
{
	return record->received +
	       lifetime(record) / 100 * (80 + 5 * (int64_t)stage);
}

bool mdns_cached_ends_early(const struct mdns_cached *record)
{
	return record->expiry != record->received + lifetime(record);
}

/* Sets what is next for the record: a refresh if it is wanted, its expiry
 * otherwise. Stages that are past are not made up for. */
static void schedule(
	struct mdns_cache *cache, struct mdns_cached *record, mdns_time now)
{
	mdns_time due = record->expiry;

	if (record->set->wanted && record->stage < STAGES &&
		!mdns_cached_ends_early(record)) {
		mdns_time stage;

		do {
			/* Up to 2 % later. */
			stage = stage_begin(record, record->stage) +
				lifetime(record) / 1000 *
					mdns_random_below(&cache->random, 21);
			if (stage > now)
				break;
		} while (++record->stage < STAGES);
		if (record->stage < STAGES && stage < due)
			due = stage;
	}
	mdns_heap_set(&cache->heap, &record->node, due);
}

static void end_in(struct mdns_cache *cache, struct mdns_cached *record,
	int64_t span, mdns_time now)
{
	if (now + span >= record->expiry)
		return;
	record->expiry = now + span;
	/* Refreshing is for what lives out its time. */
	mdns_heap_set(&cache->heap, &record->node, record->expiry);
	cache->changed(cache->context, MDNS_ENDING, record, now);
}

void mdns_cache_want(struct mdns_cache *cache, struct mdns_rrset *set,
	bool wanted, mdns_time now)
{
	struct mdns_cached *record;

	if (set->wanted == wanted)
		return;
	list_remove(cache, set);
	set->wanted = wanted;
	set->used = true; /* also when that is over */
	list_insert(cache, set);
	for (record = set->first; record; record = record->next) {
		record->aged = false;
		schedule(cache, record, now);
	}
}

void mdns_cache_asked(
	struct mdns_cache *cache, struct mdns_rrset *set, mdns_time now)
{
	struct mdns_cached *record;

	for (record = set->first; record; record = record->next) {
		uint8_t stage = record->stage;

		record->aged = false;
		while (stage < STAGES && now >= stage_begin(record, stage))
			stage++;
		if (!set->wanted || stage == record->stage)
			continue;
		record->stage = stage;
		schedule(cache, record, now);
	}
}

void mdns_cache_doubt(
	struct mdns_cache *cache, struct mdns_cached *record, mdns_time now)
{
	record->doubted = true;
	end_in(cache, record, DOUBT_TIME, now);
}

void mdns_cache_observe_query(
	struct mdns_cache *cache, struct mdns_cached *record, mdns_time now)
{
	if (now < record->received + SECOND ||
		(record->queries > 0 && now < record->observed + SECOND))
		return;
	record->observed = now;
	if (record->queries < UINT8_MAX)
		record->queries++;
	if (record->queries == 2)
		end_in(cache, record, DOUBT_TIME, now);
}

uint32_t mdns_cached_left(const struct mdns_cached *record, mdns_time now)
{
	return record->expiry <= now
		       ? 0
		       : (uint32_t)((record->expiry - now) / MDNS_SEC);
}

/* --- in and out --- */

static void free_set(struct mdns_cache *cache, struct mdns_rrset *set)
{
	mdns_table_remove(&cache->sets, &set->node);
	list_remove(cache, set);
	give(cache, set, set_size(set->name_len));
}

static void unlink_record(struct mdns_cached *record)
{
	struct mdns_cached **link = &record->set->first;

	while (*link != record)
		link = &(*link)->next;
	*link = record->next;
	record->set->count--;
}

/* One that is no longer in its set. */
static void free_record(struct mdns_cache *cache, struct mdns_cached *record)
{
	struct mdns_rrset *set = record->set;

	mdns_heap_set(&cache->heap, &record->node, MDNS_TIME_NEVER);
	cache->records--;
	give(cache, record, record_size(record->rdlength));
	if (!set->first)
		free_set(cache, set);
}

/* The event comes when the set no longer has the record, so that whoever looks
 * there sees how things stand. */
void mdns_cache_remove(
	struct mdns_cache *cache, struct mdns_cached *record, mdns_time now)
{
	unlink_record(record);
	cache->changed(cache->context, MDNS_REMOVED, record, now);
	free_record(cache, record);
}

static void remove_set(
	struct mdns_cache *cache, struct mdns_rrset *set, mdns_time now)
{
	bool last;

	do {
		last = !set->first->next;
		mdns_cache_remove(cache, set->first, now);
	} while (!last);
}

/* Gives up one set for something else; false if there is none to give up. */
static bool evict(struct mdns_cache *cache, const struct mdns_rrset *keep,
	bool wanted, mdns_time now)
{
	/* A set that is new and wanted pushes out the oldest wanted one: one of
	 * large records would leave no room for any other. */
	unsigned list, lists = wanted && !keep ? LISTS : WANTED;

	for (list = NEVER_USED; list < lists; list++) {
		struct mdns_rrset *set = cache->oldest[list];

		if (set && set == keep)
			set = set->newer;
		if (set) {
			cache->evicted += set->count;
			remove_set(cache, set, now);
			return true;
		}
		/* What grows pushes out nothing more useful than itself. */
		if (keep && list == list_of(keep))
			return false;
	}
	return false;
}

/* Whether the heap and the table grow for one more, and so double. */
static size_t growth(const struct mdns_cache *cache)
{
	size_t size = 0;

	if (cache->records >= cache->heap.room)
		size += (cache->heap.room + 5) * 2 * sizeof(void *);
	if (cache->sets.count >= cache->sets.buckets)
		size += (cache->sets.buckets + 8) * 2 * sizeof(void *);
	return size;
}

static bool has_room(const struct mdns_cache *cache, size_t size)
{
	return cache->records < cache->limits.records &&
	       size + growth(cache) <= cache->limits.octets - cache->octets;
}

/* Of a name with as many types as may be one goes that no client ever asked for:
 * somebody else may have filled it with those. */
static bool has_type_left(
	struct mdns_cache *cache, const struct mdns_name *name, mdns_time now)
{
	struct mdns_rrset *set = NULL, *junk = NULL;
	unsigned types = 0;

	while ((set = mdns_cache_next_of_name(cache, name, set))) {
		types++;
		if (list_of(set) == NEVER_USED)
			junk = set;
	}
	if (types < MDNS_TYPES_MAX)
		return true;
	if (!junk)
		return false;
	cache->evicted += junk->count;
	remove_set(cache, junk, now);
	return true;
}

static struct mdns_rrset *add_set(
	struct mdns_cache *cache, const struct mdns_heard *heard, mdns_time now)
{
	struct mdns_rrset *set;

	if (!has_type_left(cache, heard->name, now))
		return NULL;
	set = take(cache, set_size(heard->name->len));
	if (!set)
		return NULL;
	memset(set, 0, sizeof(*set));
	set->node.hash = hash_name(cache, heard->name);
	set->type = heard->type;
	set->rclass = heard->rclass;
	set->flushed = MDNS_TIME_NEVER;
	set->wanted = heard->wanted;
	set->used = heard->wanted;
	set->name_len = heard->name->len;
	memcpy(set->name, heard->name->wire, heard->name->len);
	if (mdns_table_add(&cache->sets, &set->node, &cache->memory) < 0) {
		give(cache, set, set_size(heard->name->len));
		return NULL;
	}
	list_insert(cache, set);
	return set;
}

static int add_record(struct mdns_cache *cache, struct mdns_rrset *set,
	const struct mdns_heard *heard, mdns_time now)
{
	size_t size = record_size(heard->rdlength) +
		      (set ? 0 : set_size(heard->name->len));
	struct mdns_cached *record;

	if (set &&
		set->count >= (heard->type == MDNS_TYPE_NSEC ? MDNS_NSEC_MAX
							     : MDNS_RRSET_MAX))
		return MDNS_ERR_RESOURCE;
	while (!has_room(cache, size))
		if (!evict(cache, set, heard->wanted, now))
			return MDNS_ERR_RESOURCE;
	if (mdns_heap_reserve(
		    &cache->heap, cache->records + 1, &cache->memory) < 0)
		return MDNS_ERR_RESOURCE;
	if (!set)
		set = add_set(cache, heard, now);
	if (!set)
		return MDNS_ERR_RESOURCE;
	record = take(cache, record_size(heard->rdlength));
	if (!record) {
		if (!set->first)
			free_set(cache, set);
		return MDNS_ERR_RESOURCE;
	}
	memset(record, 0, sizeof(*record));
	record->set = set;
	record->next = set->first;
	set->first = record;
	set->count++;
	cache->records++;
	record->rdlength = heard->rdlength;
	memcpy(record->rdata, heard->rdata, heard->rdlength);
	record->tag = tag_of(set, heard->rdata, heard->rdlength);
	record->received = now;
	record->ttl = heard->ttl;
	record->expiry = now + lifetime(record);
	set->unique = heard->cache_flush;
	schedule(cache, record, now);
	cache->changed(cache->context, MDNS_ADDED, record, now);
	return 0;
}

/* RFC 6762 10.2: what was heard more than a second ago and is not said again
 * goes in a second. Once is enough for all records of a message. */
static void flush_older(struct mdns_cache *cache, struct mdns_rrset *set,
	const struct mdns_cached *except, mdns_time now)
{
	struct mdns_cached *record;

	if (set->flushed == now)
		return;
	set->flushed = now;
	for (record = set->first; record; record = record->next)
		if (record != except && record->received < now - SECOND)
			end_in(cache, record, SECOND, now);
}

int mdns_cache_put(
	struct mdns_cache *cache, const struct mdns_heard *heard, mdns_time now)
{
	struct mdns_heard capped = *heard;
	struct mdns_rrset *set =
		mdns_cache_find(cache, heard->name, heard->type, heard->rclass);
	struct mdns_cached *record =
		set ? mdns_rrset_find(set, heard->rdata, heard->rdlength)
		    : NULL;

	if (capped.ttl > MDNS_CACHE_TTL_MAX)
		capped.ttl = MDNS_CACHE_TTL_MAX;
	if (capped.ttl == 0) { /* RFC 6762 10.1 */
		if (record)
			end_in(cache, record, SECOND, now);
		return 0;
	}
	if (set && heard->cache_flush)
		flush_older(cache, set, record, now);
	if (!record) {
		int err = add_record(cache, set, &capped, now);

		if (err < 0)
			cache->refused++;
		return err;
	}
	set->unique = heard->cache_flush;
	record->received = now;
	record->ttl = capped.ttl;
	record->expiry = now + lifetime(record);
	record->stage = 0;
	record->queries = 0;
	record->doubted = false;
	record->aged = false;
	schedule(cache, record, now);
	cache->changed(cache->context, MDNS_UPDATED, record, now);
	return 0;
}

/* NSEC RDATA as kept: the next name uncompressed, then the bitmaps. */
static bool nsec_denies(const struct mdns_cached *record, uint16_t type)
{
	struct mdns_reader reader = {.base = record->rdata,
		.size = record->rdlength,
		.end = record->rdlength};
	struct mdns_record whole = {
		.type = MDNS_TYPE_NSEC, .rdlength = record->rdlength};
	struct mdns_nsec nsec;

	return type < 256 && type != MDNS_TYPE_ANY &&
	       mdns_rr_read_nsec(&reader, &whole, &nsec) == 0 &&
	       !mdns_nsec_has(&nsec, type) &&
	       !mdns_nsec_has(&nsec, MDNS_TYPE_CNAME);
}

const struct mdns_cached *mdns_cache_denies(const struct mdns_cache *cache,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	const struct mdns_rrset *set =
		mdns_cache_find(cache, name, MDNS_TYPE_NSEC, MDNS_CLASS_IN);
	const struct mdns_cached *record = set ? set->first : NULL;

	for (; record; record = record->next)
		if (record->expiry > now && nsec_denies(record, type))
			return record;
	return NULL;
}

void mdns_cache_flush(struct mdns_cache *cache, mdns_time now)
{
	while (cache->heap.count > 0)
		mdns_cache_remove(cache,
			(struct mdns_cached *)mdns_heap_top(&cache->heap), now);
}

mdns_time mdns_cache_expiry(const struct mdns_cache *cache)
{
	return mdns_heap_due(&cache->heap);
}

void mdns_cache_expire(struct mdns_cache *cache, mdns_time now)
{
	while (mdns_heap_due(&cache->heap) <= now) {
		struct mdns_cached *record =
			(struct mdns_cached *)mdns_heap_top(&cache->heap);

		if (record->expiry <= now) {
			mdns_cache_remove(cache, record, now);
			continue;
		}
		record->stage++;
		record->aged = true;
		schedule(cache, record, now);
		cache->changed(cache->context, MDNS_REFRESH, record, now);
	}
}

void mdns_cache_close(struct mdns_cache *cache)
{
	while (cache->heap.count > 0) {
		struct mdns_cached *record =
			(struct mdns_cached *)mdns_heap_top(&cache->heap);

		unlink_record(record);
		free_record(cache, record);
	}
	mdns_heap_close(&cache->heap, &cache->memory);
	mdns_table_close(&cache->sets, &cache->memory);
}
