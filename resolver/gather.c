/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the caches of all links know about one name, as an answer. */
#include "resolver/gather.h"

#include <string.h>

#include "resolver/rr.h"
#include "resolver/zone.h"

static const uint16_t types[MDNS_FAMILIES] = {MDNS_TYPE_A, MDNS_TYPE_AAAA};

/* One link being looked through. */
struct gathering {
	const struct mdns_querier *querier;
	const struct mdns_querier_link *link;
	mdns_time now;
	struct mdns_gathered *gathered;
};

/* A record has had its say: how long is the whole good for? */
static void note_times(
	const struct gathering *gathering, const struct mdns_cached *record)
{
	struct mdns_gathered *gathered = gathering->gathered;
	uint32_t left = mdns_cached_left(record, gathering->now);

	if (record->expiry < gathered->expiry)
		gathered->expiry = record->expiry;
	if (left < gathered->answer.ttl)
		gathered->answer.ttl = left;
}

static void note_half(const struct gathering *gathering,
	const struct mdns_cached *record, unsigned which)
{
	mdns_time half = record->received + record->ttl * MDNS_SEC / 2;

	if (half < gathering->gathered->half[which])
		gathering->gathered->half[which] = half;
}

static void note_name(
	const struct gathering *gathering, const struct mdns_rrset *set)
{
	if (gathering->gathered->answer.name.len == 0)
		mdns_rrset_name(set, &gathering->gathered->answer.name);
}

/* The first record of the set that still lives, from `record` on. */
static const struct mdns_cached *next_alive(
	const struct gathering *gathering, const struct mdns_cached *record)
{
	while (record && record->expiry <= gathering->now)
		record = record->next;
	return record;
}

static const struct mdns_cached *first_of(const struct gathering *gathering,
	const struct mdns_name *name, uint16_t type)
{
	const struct mdns_rrset *set = mdns_cache_find(
		&gathering->link->cache, name, type, MDNS_CLASS_IN);

	return next_alive(gathering, set ? set->first : NULL);
}

/* True if what is about to go has been replaced already (RFC 6762 10.2): nobody
 * is to be sent to a host's old address for another second. */
static bool has_lasting(
	const struct gathering *gathering, const struct mdns_cached *record)
{
	for (; record; record = next_alive(gathering, record->next))
		if (!mdns_cached_ends_early(record))
			return true;
	return false;
}

static void gather_addresses(const struct gathering *gathering,
	const struct mdns_name *name, enum mdns_family family)
{
	const struct mdns_cached *record =
		first_of(gathering, name, types[family]);
	size_t size = mdns_family_size(family);
	bool lasting = has_lasting(gathering, record);

	for (; record; record = next_alive(gathering, record->next)) {
		struct mdns_address address;

		if ((lasting && mdns_cached_ends_early(record)) ||
			record->rdlength != size ||
			!mdns_zone_address_is_usable(record->rdata, size))
			continue;
		memset(&address, 0, sizeof(address));
		memcpy(address.bytes, record->rdata, size);
		address.ifindex = gathering->link->ifindex;
		address.family = (uint8_t)family;
		address.way = MDNS_WAY_GROUP;
		mdns_answer_add(&gathering->gathered->answer, &address);
		note_name(gathering, record->set);
		note_times(gathering, record);
		note_half(gathering, record, family);
	}
}

/* An address, on whatever link, is stronger than a word that there is none. */
static void gather_denial(const struct gathering *gathering,
	const struct mdns_name *name, enum mdns_family family)
{
	uint8_t *presence = &gathering->gathered->answer.presence[family];
	const struct mdns_cached *record = mdns_cache_denies(
		&gathering->link->cache, name, types[family], gathering->now);

	if (!record || *presence != MDNS_OPEN)
		return;
	*presence = MDNS_ABSENT;
	note_name(gathering, record->set);
	note_times(gathering, record);
}

/* The name in the RDATA of a PTR or CNAME record, if it is in a zone of ours
 * where hosts are. */
static bool read_target(const struct gathering *gathering,
	const struct mdns_cached *record, struct mdns_name *ret_name)
{
	const struct mdns_querier *querier = gathering->querier;
	enum mdns_zone zone;

	if (mdns_name_from_wire(record->rdata, record->rdlength, ret_name) < 0)
		return false;
	zone = mdns_zone_of(ret_name, querier->suffixes, querier->suffix_count);
	return zone != MDNS_ZONE_NONE && zone != MDNS_ZONE_REVERSE;
}

static void gather_pointer(
	const struct gathering *gathering, const struct mdns_name *name)
{
	struct mdns_answer *answer = &gathering->gathered->answer;
	const struct mdns_cached *record =
		first_of(gathering, name, MDNS_TYPE_PTR);
	struct mdns_name target;

	for (; record && answer->name.len == 0;
		record = next_alive(gathering, record->next)) {
		if (!read_target(gathering, record, &target) ||
			!mdns_name_is_host(&target))
			continue;
		answer->name = target;
		memset(&answer->address[0], 0, sizeof(answer->address[0]));
		answer->address[0].ifindex = gathering->link->ifindex;
		answer->address[0].way = MDNS_WAY_GROUP;
		note_times(gathering, record);
		note_half(gathering, record, 0);
	}
}

/* The target of the first CNAME that can be followed, in name. */
static bool follow_alias(
	const struct gathering *gathering, struct mdns_name *name)
{
	const struct mdns_cached *record =
		first_of(gathering, name, MDNS_TYPE_CNAME);
	struct mdns_name target;

	for (; record; record = next_alive(gathering, record->next))
		if (read_target(gathering, record, &target) &&
			!mdns_name_equal(&target, name)) {
			note_times(gathering, record);
			*name = target;
			return true;
		}
	return false;
}

static void gather_link(
	const struct gathering *gathering, const struct mdns_name *name)
{
	struct mdns_answer *answer = &gathering->gathered->answer;
	struct mdns_name wanted = *name;
	unsigned family, count, hops = 0;

	do {
		count = answer->count;
		for (family = 0; family < MDNS_FAMILIES; family++)
			gather_addresses(gathering, &wanted, family);
		for (family = 0; family < MDNS_FAMILIES; family++)
			gather_denial(gathering, &wanted, family);
	} while (answer->count == count && hops++ < MDNS_CNAME_HOPS &&
		 follow_alias(gathering, &wanted));
	if (!mdns_name_equal(&wanted, name))
		gathering->gathered->alias = wanted;
}

static void init(struct mdns_gathered *gathered)
{
	mdns_answer_init(&gathered->answer);
	gathered->half[0] = MDNS_TIME_NEVER;
	gathered->half[1] = MDNS_TIME_NEVER;
	gathered->expiry = MDNS_TIME_NEVER;
	gathered->alias.len = 0;
}

bool mdns_gather(const struct mdns_querier *querier,
	const struct mdns_name *name, bool reverse, mdns_time now,
	struct mdns_gathered *ret_gathered)
{
	struct gathering gathering = {querier, NULL, now, ret_gathered};
	const struct mdns_querier_link *link;

	init(ret_gathered);
	for (link = querier->links; link; link = link->next) {
		gathering.link = link;
		if (reverse)
			gather_pointer(&gathering, name);
		else
			gather_link(&gathering, name);
	}
	mdns_answer_sort(&ret_gathered->answer);
	if (ret_gathered->answer.name.len > 0 || ret_gathered->alias.len > 0)
		return true;
	init(ret_gathered); /* a CNAME may have led back to where it began */
	return false;
}
