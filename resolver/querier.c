/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The continuous querier: all its links, and the questions that stand on all of
 * them. One link is in querier_link.c, packets are in querier_packet.c. */
#include "resolver/querier.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/querier_private.h"
#include "resolver/zone.h"

void mdns_querier_init(struct mdns_querier *querier,
	const struct mdns_memory *memory,
	const struct mdns_querier_limits *limits, uint64_t seed,
	const struct mdns_name *suffixes, unsigned suffix_count,
	void (*changed)(void *context, uint32_t ifindex,
		enum mdns_change change, const struct mdns_cached *record,
		mdns_time now),
	void *context)
{
	memset(querier, 0, sizeof(*querier));
	querier->memory = *memory;
	querier->limits = *limits;
	mdns_random_init(&querier->random, seed);
	querier->hash_seed = (uint32_t)(seed ^ seed >> 32);
	querier->suffixes = suffixes;
	querier->suffix_count = suffix_count;
	querier->changed = changed;
	querier->context = context;
	mdns_table_init(&querier->standing);
}

/* --- links --- */

struct mdns_querier_link *mdns_querier_find_link(
	const struct mdns_querier *querier, uint32_t ifindex)
{
	struct mdns_querier_link *link = querier->links;

	while (link && link->ifindex != ifindex)
		link = link->next;
	return link;
}

static void drop(struct mdns_querier_link *link)
{
	struct mdns_querier_link **at = &link->querier->links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	mdns_querier_link_free(link);
}

uint16_t mdns_querier_payload(uint32_t mtu)
{
	const uint32_t headers = 40 + 8; /* IPv6 and UDP */

	if (mtu < MDNS_QUERIER_PAYLOAD_LEAST + headers)
		return MDNS_QUERIER_PAYLOAD_LEAST;
	if (mtu > MDNS_MESSAGE_MAX)
		mtu = MDNS_MESSAGE_MAX;
	return (uint16_t)(mtu - headers);
}

/* What stands on all links is asked on this one as well. */
static int start_all(struct mdns_querier_link *link, mdns_time now)
{
	struct mdns_table_node *node = NULL;

	while ((node = mdns_table_walk(&link->querier->standing, node))) {
		struct mdns_standing *standing = (struct mdns_standing *)node;
		struct mdns_name name;

		name.len = standing->name_len;
		memcpy(name.wire, standing->name, standing->name_len);
		if (mdns_querier_link_start(link, &name, standing->type, now) <
			0)
			return MDNS_ERR_RESOURCE;
	}
	return 0;
}

int mdns_querier_add_link(struct mdns_querier *querier, uint32_t ifindex,
	uint16_t payload, bool alone, mdns_time now)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(querier, ifindex);
	bool known = link;

	if (!known)
		link = mdns_querier_link_new(querier, ifindex, now);
	if (!link)
		return MDNS_ERR_RESOURCE;
	link->payload = payload < MDNS_QUERIER_PAYLOAD_LEAST
				? MDNS_QUERIER_PAYLOAD_LEAST
				: payload;
	link->alone = alone;
	if (known) {
		mdns_querier_link_renew(link, now);
		return 0;
	}
	link->next = querier->links;
	querier->links = link;
	if (start_all(link, now) == 0)
		return 0;
	drop(link);
	return MDNS_ERR_RESOURCE;
}

void mdns_querier_drop_link(
	struct mdns_querier *querier, uint32_t ifindex, mdns_time now)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(querier, ifindex);

	if (!link)
		return;
	mdns_querier_link_flush(link, now);
	drop(link);
}

/* --- questions --- */

static struct mdns_standing *find_standing(const struct mdns_querier *querier,
	const struct mdns_name *name, uint16_t type)
{
	struct mdns_table_node *node = mdns_table_first(
		&querier->standing, mdns_querier_hash(querier, name));

	for (; node; node = mdns_table_next(node)) {
		struct mdns_standing *standing = (struct mdns_standing *)node;

		if (standing->type == type &&
			mdns_name_equal_wire(
				name, standing->name, standing->name_len))
			return standing;
	}
	return NULL;
}

static void free_standing(
	struct mdns_querier *querier, struct mdns_standing *standing)
{
	mdns_table_remove(&querier->standing, &standing->node);
	mdns_querier_give(
		querier, standing, sizeof(*standing) + standing->name_len);
}

/* On every link or on none: one that has no room is found before a series
 * starts anywhere, a second time perhaps. */
static int start_standing(struct mdns_querier *querier,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_standing *standing = find_standing(querier, name, type);
	struct mdns_querier_link *link, *undo;

	if (standing) {
		standing->users++;
		return 0;
	}
	standing = mdns_querier_take(querier, sizeof(*standing) + name->len);
	if (!standing)
		return MDNS_ERR_RESOURCE;
	memset(standing, 0, sizeof(*standing));
	standing->node.hash = mdns_querier_hash(querier, name);
	standing->users = 1;
	standing->type = type;
	standing->name_len = name->len;
	memcpy(standing->name, name->wire, name->len);
	if (mdns_table_add(&querier->standing, &standing->node,
		    &querier->memory) < 0) {
		mdns_querier_give(
			querier, standing, sizeof(*standing) + name->len);
		return MDNS_ERR_RESOURCE;
	}
	for (link = querier->links; link; link = link->next) {
		if (mdns_asking_find_or_add(link, name, type))
			continue;
		for (undo = querier->links; undo != link; undo = undo->next)
			mdns_asking_is_over(
				undo, mdns_asking_find(undo, name, type), now);
		free_standing(querier, standing);
		return MDNS_ERR_RESOURCE;
	}
	for (link = querier->links; link; link = link->next)
		mdns_querier_link_start(link, name, type, now);
	return 0;
}

int mdns_querier_start(struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_querier_link *link;

	if (mdns_zone_of(name, querier->suffixes, querier->suffix_count) ==
		MDNS_ZONE_NONE)
		return MDNS_ERR_NOT_OURS;
	if (ifindex == 0)
		return start_standing(querier, name, type, now);
	link = mdns_querier_find_link(querier, ifindex);
	return link ? mdns_querier_link_start(link, name, type, now)
		    : MDNS_ERR_NO_LINK;
}

void mdns_querier_stop(struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_querier_link *link = querier->links;

	if (ifindex == 0) {
		struct mdns_standing *standing =
			find_standing(querier, name, type);

		if (!standing || --standing->users > 0)
			return;
		free_standing(querier, standing);
	}
	for (; link; link = link->next)
		if (ifindex == 0 || link->ifindex == ifindex)
			mdns_querier_link_stop(link, name, type, now);
}

void mdns_querier_hurry(struct mdns_querier *querier,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_querier_link *link = querier->links;

	for (; link; link = link->next)
		mdns_querier_link_hurry(link, name, type, now);
}

int mdns_querier_reconfirm(struct mdns_querier *querier, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_querier_link *link = querier->links;
	int err = 0;

	if (ifindex != 0 && !mdns_querier_find_link(querier, ifindex))
		return MDNS_ERR_NO_LINK;
	for (; link; link = link->next)
		if ((ifindex == 0 || link->ifindex == ifindex) &&
			mdns_querier_link_reconfirm(link, name, type, now) < 0)
			err = MDNS_ERR_RESOURCE;
	return err;
}

void mdns_querier_close(struct mdns_querier *querier)
{
	struct mdns_table_node *node;

	while (querier->links)
		drop(querier->links);
	while ((node = mdns_table_any(&querier->standing)))
		free_standing(querier, (struct mdns_standing *)node);
	mdns_table_close(&querier->standing, &querier->memory);
}

/* --- time --- */

mdns_time mdns_querier_expiry(const struct mdns_querier *querier)
{
	const struct mdns_querier_link *link = querier->links;
	mdns_time expiry = MDNS_TIME_NEVER;

	for (; link; link = link->next) {
		mdns_time cache = mdns_cache_expiry(&link->cache);
		mdns_time query = mdns_heap_due(&link->heap);

		if (link->batch)
			return 0;
		if (cache < expiry)
			expiry = cache;
		if (query < expiry)
			expiry = query;
	}
	return expiry;
}

void mdns_querier_expire(struct mdns_querier *querier, mdns_time now)
{
	struct mdns_querier_link *link = querier->links;

	for (; link; link = link->next)
		mdns_cache_expire(&link->cache, now);
}
