/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads the records of one service out of a cache. */
#include "config.h"

#include "tools/lookup/services_known.h"

#include <string.h>

#include "resolver/rr.h"
#include "resolver/zone.h"

static const uint16_t types[MDNS_FAMILIES] = {MDNS_TYPE_A, MDNS_TYPE_AAAA};

/* The records of one set that count, one after the other. */
struct walk {
	const struct mdns_cached *next;
	bool lasting; /* there are some that stay: only those */
	mdns_time now;
};

static const struct mdns_cached *walk_next(struct walk *walk)
{
	const struct mdns_cached *record = walk->next;

	while (record &&
		(record->expiry <= walk->now ||
			(walk->lasting && mdns_cached_ends_early(record))))
		record = record->next;
	walk->next = record ? record->next : NULL;
	return record;
}

static struct walk walk_begin(const struct mdns_cache *cache,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	const struct mdns_rrset *set =
		mdns_cache_find(cache, name, type, MDNS_CLASS_IN);
	struct walk walk = {set ? set->first : NULL, false, now};
	const struct mdns_cached *record;

	for (record = walk.next; record; record = record->next)
		if (record->expiry > now && !mdns_cached_ends_early(record))
			walk.lasting = true;
	return walk;
}

/* A total order, so that the same records always look the same. */
static int compare_srv(const struct mdns_srv *a, const struct mdns_srv *b)
{
	int order = mdns_srv_compare(a, b);

	if (order == 0)
		order = mdns_name_compare(&a->target, &b->target);
	return order != 0 ? order : (int)a->port - (int)b->port;
}

/* In its place; the last one makes way if there are too many. */
static void add_target(struct service_known *known, const struct mdns_srv *srv)
{
	unsigned at = known->target_count;

	while (at > 0 && compare_srv(srv, &known->target[at - 1].srv) < 0)
		at--;
	if (known->target_count < SERVICE_TARGETS_MAX)
		known->target_count++;
	else
		known->crowded = true;
	if (at == SERVICE_TARGETS_MAX)
		return;
	memmove(&known->target[at + 1], &known->target[at],
		(known->target_count - at - 1) * sizeof(known->target[0]));
	known->target[at].srv = *srv;
}

/* IPv4 first, link-local last. */
static int compare_address(
	const struct service_address *a, const struct service_address *b)
{
	size_t size = mdns_family_size((enum mdns_family)a->family);
	int scope;

	if (a->family != b->family)
		return a->family == MDNS_IPV4 ? -1 : 1;
	scope = (int)mdns_zone_address_needs_scope(a->bytes, size) -
		(int)mdns_zone_address_needs_scope(b->bytes, size);
	return scope != 0 ? scope : memcmp(a->bytes, b->bytes, size);
}

/* False if there is no room. */
static bool add_address(
	struct service_target *target, const struct service_address *address)
{
	unsigned at = target->address_count;

	if (at == SERVICE_ADDRESSES_MAX)
		return false;
	while (at > 0 &&
		compare_address(address, &target->address[at - 1]) < 0) {
		target->address[at] = target->address[at - 1];
		at--;
	}
	target->address[at] = *address;
	target->address_count++;
	return true;
}

static void read_addresses(const struct mdns_querier_link *link,
	enum mdns_family family, mdns_time now, struct service_target *target,
	bool *crowded)
{
	struct walk walk = walk_begin(
		&link->cache, &target->srv.target, types[family], now);
	size_t size = mdns_family_size(family);
	const struct mdns_cached *record;
	bool any = false;

	while ((record = walk_next(&walk))) {
		struct service_address address = {.family = (uint8_t)family};

		if (record->rdlength != size ||
			!mdns_zone_address_is_usable(record->rdata, size))
			continue;
		memcpy(address.bytes, record->rdata, size);
		if (!add_address(target, &address))
			*crowded = true;
		any = true;
	}
	target->open[family] =
		!any &&
		!mdns_cache_denies(&link->cache, &target->srv.target,
			types[family], now) &&
		mdns_zone_of(&target->srv.target, link->querier->suffixes,
			link->querier->suffix_count) != MDNS_ZONE_NONE;
}

void service_known_read(const struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, mdns_time now,
	struct service_known *ret_known)
{
	const struct mdns_querier_link *link =
		mdns_querier_find_link(querier, ifindex);
	const struct mdns_cached *record;
	struct mdns_srv srv;
	struct walk walk;
	unsigned i, family;

	memset(ret_known, 0, sizeof(*ret_known));
	if (!link)
		return;
	walk = walk_begin(&link->cache, name, MDNS_TYPE_SRV, now);
	while ((record = walk_next(&walk)))
		if (mdns_srv_read(record->rdata, record->rdlength, &srv) == 0)
			add_target(ret_known, &srv);
	for (i = 0; i < ret_known->target_count; i++)
		for (family = 0; family < MDNS_FAMILIES; family++)
			read_addresses(link, (enum mdns_family)family, now,
				&ret_known->target[i], &ret_known->crowded);
	ret_known->srv_denied =
		ret_known->target_count == 0 &&
		mdns_cache_denies(&link->cache, name, MDNS_TYPE_SRV, now);
	walk = walk_begin(&link->cache, name, MDNS_TYPE_TXT, now);
	while ((record = walk_next(&walk))) { /* there should be one only */
		ret_known->has_txt = true;
		ret_known->txt = record->rdata;
		ret_known->txt_len = record->rdlength;
	}
	if (!ret_known->has_txt)
		ret_known->has_txt = mdns_cache_denies(
			&link->cache, name, MDNS_TYPE_TXT, now);
}

enum service_state service_known_state(const struct service_known *known)
{
	enum service_state state = SERVICE_ALL;
	unsigned i;

	if (!known->has_txt || known->target_count == 0)
		return SERVICE_PARTIAL;
	for (i = 0; i < known->target_count; i++) {
		const struct service_target *target = &known->target[i];

		if (!target->open[MDNS_IPV4] && !target->open[MDNS_IPV6])
			continue;
		if (target->address_count == 0)
			return SERVICE_PARTIAL;
		state = SERVICE_ENOUGH;
	}
	return state;
}

/* FNV-1a: who makes two of them equal only keeps a change to himself. */
static uint64_t mix(uint64_t hash, const void *octets, size_t size)
{
	const uint8_t *octet = octets;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ octet[i]) * UINT64_C(0x100000001b3);
	return hash;
}

uint64_t service_known_digest(const struct service_known *known)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	unsigned i, k;

	for (i = 0; i < known->target_count; i++) {
		const struct service_target *target = &known->target[i];
		const struct mdns_srv *srv = &target->srv;

		hash = mix(hash, &srv->priority, sizeof(srv->priority));
		hash = mix(hash, &srv->weight, sizeof(srv->weight));
		hash = mix(hash, &srv->port, sizeof(srv->port));
		hash = mix(hash, srv->target.wire, srv->target.len);
		for (k = 0; k < target->address_count; k++)
			hash = mix(hash, &target->address[k],
				sizeof(target->address[k]));
	}
	hash = mix(hash, &known->has_txt, sizeof(known->has_txt));
	return known->txt ? mix(hash, known->txt, known->txt_len) : hash;
}
