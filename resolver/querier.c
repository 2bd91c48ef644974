/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The continuous querier: links and questions, their series and their timers,
 * and what each change of the cache means for them. Packets are in
 * querier_packet.c. */
#include "resolver/querier.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/querier_private.h"
#include "resolver/rr.h"
#include "resolver/zone.h"

#define FIRST_INTERVAL (1 * MDNS_SEC) /* RFC 6762 5.2 */
#define LAST_INTERVAL (3600 * MDNS_SEC)
#define DELAY_LEAST (20 * MDNS_MSEC)
#define DELAY_MOST (120 * MDNS_MSEC)
#define RECONFIRM_TIME (10 * MDNS_SEC) /* 10.4 */

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

static uint32_t hash_of(
	const struct mdns_querier *querier, const struct mdns_name *name)
{
	return mdns_name_hash_seeded(name, querier->hash_seed);
}

static void *take(const struct mdns_querier *querier, size_t size)
{
	return querier->memory.take(querier->memory.context, size);
}

static void give(const struct mdns_querier *querier, void *memory, size_t size)
{
	querier->memory.give(querier->memory.context, memory, size);
}

static struct mdns_asking *asking_of_timer(struct mdns_heap_node *timer)
{
	return (struct mdns_asking *)((uint8_t *)timer -
				      offsetof(struct mdns_asking, timer));
}

/* --- the time of the next query --- */

/* Not before a second has passed since the last one. */
static void ask_at(struct mdns_querier_link *link, struct mdns_asking *asking,
	mdns_time when)
{
	if (asking->last != MDNS_TIME_NEVER && when != MDNS_TIME_NEVER &&
		when < asking->last + MDNS_QUERIER_GAP)
		when = asking->last + MDNS_QUERIER_GAP;
	/* One that only a reconfirmation keeps ends with it. */
	if (asking->users == 0 && asking->until < when)
		when = asking->until;
	mdns_heap_set(&link->heap, &asking->timer, when);
}

/* 20 to 120 ms from now, together with others that start about now. */
static mdns_time first_delay(struct mdns_querier_link *link, mdns_time now)
{
	if (link->gather < now + DELAY_LEAST || link->gather > now + DELAY_MOST)
		link->gather =
			now + DELAY_LEAST +
			mdns_random_below(&link->querier->random,
				(DELAY_MOST - DELAY_LEAST) / MDNS_USEC + 1) *
				MDNS_USEC;
	return link->gather;
}

/* True if what is in the cache leaves nothing to ask for until it is to be
 * refreshed: a unique answer in its first 80 %, or word that there is none. */
static bool is_answered(const struct mdns_querier_link *link,
	const struct mdns_asking *asking, mdns_time now)
{
	struct mdns_name name;
	const struct mdns_rrset *set;
	const struct mdns_cached *record;
	bool answered = false;

	if (asking->type == MDNS_TYPE_ANY)
		return false;
	mdns_asking_name(asking, &name);
	set = mdns_cache_find(&link->cache, &name, asking->type, MDNS_CLASS_IN);
	for (record = set && set->unique ? set->first : NULL; record;
		record = record->next)
		if (record->doubted) /* it is to be asked for twice (10.4) */
			return false;
		else if (record->expiry - now > record->ttl * MDNS_SEC / 5)
			answered = true;
	return answered || (!set && mdns_cache_denies(&link->cache, &name,
					    asking->type, now));
}

static void start_series(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now)
{
	asking->interval = FIRST_INTERVAL;
	asking->series = is_answered(link, asking, now)
				 ? MDNS_TIME_NEVER
				 : first_delay(link, now);
	ask_at(link, asking, asking->series);
}

void mdns_asking_asked(struct mdns_querier_link *link,
	struct mdns_asking *asking, bool advance, mdns_time now)
{
	asking->last = now;
	asking->fresh = false;
	if (asking->series != MDNS_TIME_NEVER && is_answered(link, asking, now))
		asking->series = MDNS_TIME_NEVER;
	if (asking->series != MDNS_TIME_NEVER && advance) {
		asking->series = now + asking->interval;
		asking->interval = asking->interval > LAST_INTERVAL / 2
					   ? LAST_INTERVAL
					   : asking->interval * 2;
	}
	ask_at(link, asking, asking->series);
}

void mdns_asking_heard(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now)
{
	/* About to: within half of the gap that leads to our next query. That
	 * gap is half of `interval`. */
	mdns_time soon = now + asking->interval / 4;

	if (asking->timer.place > 0 && asking->timer.due <= soon) {
		link->suppressed++;
		mdns_asking_asked(link, asking, asking->series <= soon, now);
		return;
	}
	/* A refresh that comes due just now can wait for those answers. */
	asking->last = now;
	if (asking->timer.place > 0)
		ask_at(link, asking, asking->timer.due);
}

void mdns_asking_put_off(
	struct mdns_querier_link *link, struct mdns_asking *asking)
{
	ask_at(link, asking, asking->series);
}

/* --- questions of one link --- */

void mdns_asking_name(
	const struct mdns_asking *asking, struct mdns_name *ret_name)
{
	ret_name->len = asking->name_len;
	memcpy(ret_name->wire, asking->name, asking->name_len);
}

struct mdns_asking *mdns_asking_find(const struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type)
{
	struct mdns_table_node *node =
		mdns_table_first(&link->askings, hash_of(link->querier, name));

	for (; node; node = mdns_table_next(node)) {
		struct mdns_asking *asking = (struct mdns_asking *)node;

		if (asking->type == type &&
			mdns_name_equal_wire(
				name, asking->name, asking->name_len))
			return asking;
	}
	return NULL;
}

bool mdns_querier_link_wants(const struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type)
{
	const struct mdns_table_node *node =
		mdns_table_first(&link->askings, hash_of(link->querier, name));

	for (; node; node = mdns_table_next(node)) {
		const struct mdns_asking *asking =
			(const struct mdns_asking *)node;

		if (asking->users > 0 &&
			(asking->type == type ||
				asking->type == MDNS_TYPE_ANY) &&
			mdns_name_equal_wire(
				name, asking->name, asking->name_len))
			return true;
	}
	return false;
}

/* After a question has come or gone: what it is for is refreshed, or not. */
static void update_wanted(struct mdns_querier_link *link,
	const struct mdns_name *name, mdns_time now)
{
	struct mdns_rrset *set = NULL;

	while ((set = mdns_cache_next_of_name(&link->cache, name, set)))
		mdns_cache_want(&link->cache, set,
			mdns_querier_link_wants(link, name, set->type), now);
}

static size_t asking_size(size_t name_len)
{
	return sizeof(struct mdns_asking) + name_len;
}

static void free_asking(
	struct mdns_querier_link *link, struct mdns_asking *asking)
{
	struct mdns_asking *other;

	/* A list of known answers that loses a question just ends early. */
	for (other = link->batch; other; other = other->batch)
		if (other == asking) {
			link->batch = NULL;
			break;
		}
	mdns_heap_set(&link->heap, &asking->timer, MDNS_TIME_NEVER);
	mdns_table_remove(&link->askings, &asking->node);
	give(link->querier, asking, asking_size(asking->name_len));
}

/* Makes room: a question that only waits out its second may go. */
static void reclaim_asking(struct mdns_querier_link *link)
{
	struct mdns_table_node *node = NULL;

	while ((node = mdns_table_walk(&link->askings, node)))
		if (((struct mdns_asking *)node)->users == 0) {
			free_asking(link, (struct mdns_asking *)node);
			return;
		}
}

static struct mdns_asking *add_asking(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type)
{
	const struct mdns_memory *memory = &link->querier->memory;
	struct mdns_asking *asking;

	if (link->askings.count >= link->querier->limits.questions)
		reclaim_asking(link);
	if (link->askings.count >= link->querier->limits.questions ||
		mdns_heap_reserve(
			&link->heap, link->askings.count + 1, memory) < 0)
		return NULL;
	asking = take(link->querier, asking_size(name->len));
	if (!asking)
		return NULL;
	memset(asking, 0, sizeof(*asking));
	asking->node.hash = hash_of(link->querier, name);
	asking->type = type;
	asking->fresh = true;
	asking->last = MDNS_TIME_NEVER;
	asking->series = MDNS_TIME_NEVER;
	asking->name_len = name->len;
	memcpy(asking->name, name->wire, name->len);
	if (mdns_table_add(&link->askings, &asking->node, memory) < 0) {
		give(link->querier, asking, asking_size(name->len));
		return NULL;
	}
	return asking;
}

static struct mdns_asking *find_or_add_asking(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type)
{
	struct mdns_asking *asking = mdns_asking_find(link, name, type);

	return asking ? asking : add_asking(link, name, type);
}

/* Calls what for each question about that name. */
static void for_each_of_name(struct mdns_querier_link *link,
	const struct mdns_name *name, mdns_time now,
	void (*what)(struct mdns_querier_link *link, struct mdns_asking *asking,
		mdns_time now))
{
	struct mdns_table_node *node =
		mdns_table_first(&link->askings, hash_of(link->querier, name));

	for (; node; node = mdns_table_next(node)) {
		struct mdns_asking *asking = (struct mdns_asking *)node;

		if (mdns_name_equal_wire(name, asking->name, asking->name_len))
			what(link, asking, now);
	}
}

static void forget_told(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now)
{
	(void)link, (void)now;
	memset(asking->told, 0, sizeof(asking->told));
}

static int start_on(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_asking *asking = find_or_add_asking(link, name, type);

	if (!asking)
		return MDNS_ERR_RESOURCE;
	if (asking->users++ > 0)
		return 0;
	for_each_of_name(link, name, now, forget_told);
	update_wanted(link, name, now);
	start_series(link, asking, now);
	return 0;
}

static void stop_on(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_asking *asking = mdns_asking_find(link, name, type);

	if (!asking || asking->users == 0 || --asking->users > 0)
		return;
	/* Whoever starts it again at once must not ask again at once. */
	if (asking->until <= now && asking->last != MDNS_TIME_NEVER) {
		asking->until = asking->last + MDNS_QUERIER_GAP;
		asking->series = MDNS_TIME_NEVER;
	}
	if (asking->until > now)
		ask_at(link, asking, asking->series);
	else
		free_asking(link, asking);
	update_wanted(link, name, now);
}

static int reconfirm_set(
	struct mdns_querier_link *link, struct mdns_rrset *set, mdns_time now)
{
	struct mdns_cached *record = set->first;
	struct mdns_asking *asking;
	struct mdns_name name;

	if (!record)
		return 0;
	mdns_rrset_name(set, &name);
	asking = find_or_add_asking(link, &name, set->type);
	if (!asking)
		return MDNS_ERR_RESOURCE;
	for (; record; record = record->next)
		mdns_cache_doubt(&link->cache, record, now);
	asking->until = now + RECONFIRM_TIME;
	asking->fresh = false;
	asking->interval = FIRST_INTERVAL;
	asking->series = now;
	ask_at(link, asking, now);
	return 0;
}

/* ANY: each set of the name, by its own type, so that each is answered. */
static int reconfirm_on(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_rrset *set = NULL;
	int err = 0;

	while ((set = mdns_cache_next_of_name(&link->cache, name, set)))
		if (set->rclass == MDNS_CLASS_IN &&
			(type == MDNS_TYPE_ANY || type == set->type) &&
			reconfirm_set(link, set, now) < 0)
			err = MDNS_ERR_RESOURCE;
	return err;
}

bool mdns_asking_is_over(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now)
{
	if (asking->users > 0 || asking->until > now)
		return false;
	free_asking(link, asking);
	return true;
}

/* --- what changes in the cache --- */

static void end_series(
	struct mdns_querier_link *link, struct mdns_asking *asking)
{
	asking->series = MDNS_TIME_NEVER;
	ask_at(link, asking, MDNS_TIME_NEVER);
}

static void end_if_answered(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now)
{
	/* Most have ended long ago, and a set may be large. */
	if ((asking->series != MDNS_TIME_NEVER || asking->timer.place > 0) &&
		is_answered(link, asking, now))
		end_series(link, asking);
}

static void restart_if_open(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now)
{
	const struct mdns_rrset *set;
	struct mdns_name name;

	mdns_asking_name(asking, &name);
	set = mdns_cache_find(&link->cache, &name, asking->type, MDNS_CLASS_IN);
	/* What is left has its own time, and restarts it when that is over. */
	if (asking->users > 0 && asking->series == MDNS_TIME_NEVER &&
		!(set && set->first) && !is_answered(link, asking, now))
		start_series(link, asking, now);
	/* And one that was in doubt may have been the last open point. */
	else if (asking->series != MDNS_TIME_NEVER &&
		 is_answered(link, asking, now))
		end_series(link, asking);
}

/* A record has gone: the questions that it answered are open again. An NSEC
 * record has answered those of all types. */
static void restart_removed(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_asking *asking = mdns_asking_find(link, name, type);

	if (type == MDNS_TYPE_NSEC)
		for_each_of_name(link, name, now, restart_if_open);
	else if (asking)
		restart_if_open(link, asking, now);
}

static void refresh(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_asking *asking = mdns_asking_find(link, name, type);

	if (!asking || asking->users == 0)
		asking = mdns_asking_find(link, name, MDNS_TYPE_ANY);
	if (asking && asking->users > 0 &&
		(asking->timer.place == 0 || asking->timer.due > now))
		ask_at(link, asking, now);
}

/* From the cache, about one record. */
static void cache_changed(void *context, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now)
{
	struct mdns_querier_link *link = context;
	struct mdns_querier *querier = link->querier;
	uint16_t type = record->set->type;
	struct mdns_name name;

	mdns_rrset_name(record->set, &name);
	if (change == MDNS_REFRESH) {
		refresh(link, &name, type, now);
		return;
	}
	if (record->set->rclass == MDNS_CLASS_IN && !link->leaving &&
		change != MDNS_ENDING) {
		if (change == MDNS_REMOVED)
			restart_removed(link, &name, type, now);
		else if (record->set->unique || type == MDNS_TYPE_NSEC)
			for_each_of_name(link, &name, now, end_if_answered);
	}
	if (querier->changed)
		querier->changed(
			querier->context, link->ifindex, change, record, now);
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

static void forget_questions(struct mdns_querier_link *link)
{
	struct mdns_table_node *node;

	while ((node = mdns_table_any(&link->askings)))
		free_asking(link, (struct mdns_asking *)node);
}

static void free_link(struct mdns_querier_link *link)
{
	struct mdns_querier *querier = link->querier;
	struct mdns_querier_link **at = &querier->links;

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	forget_questions(link);
	mdns_cache_close(&link->cache);
	mdns_heap_close(&link->heap, &querier->memory);
	mdns_table_close(&link->askings, &querier->memory);
	give(querier, link, sizeof(*link));
}

/* The link is another one now: nothing heard there counts, and every question
 * begins anew, QU included (RFC 6762 10.3, 5.4). */
static void renew_link(struct mdns_querier_link *link, mdns_time now)
{
	struct mdns_table_node *node = NULL;

	link->leaving = true;
	mdns_cache_flush(&link->cache, now);
	link->leaving = false;
	link->batch = NULL;
	link->qu_until = now;
	while ((node = mdns_table_walk(&link->askings, node))) {
		struct mdns_asking *asking = (struct mdns_asking *)node;

		asking->fresh = true;
		forget_told(link, asking, now);
		/* What was in doubt has gone; that it was asked has not. */
		if (asking->until > now)
			asking->until =
				asking->last != MDNS_TIME_NEVER &&
						asking->last + MDNS_QUERIER_GAP >
							now
					? asking->last + MDNS_QUERIER_GAP
					: now;
		if (asking->users > 0)
			start_series(link, asking, now);
		else
			end_series(link, asking);
	}
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

int mdns_querier_add_link(struct mdns_querier *querier, uint32_t ifindex,
	uint16_t payload, bool alone, mdns_time now)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(querier, ifindex);
	struct mdns_table_node *node = NULL;

	if (payload < MDNS_QUERIER_PAYLOAD_LEAST)
		payload = MDNS_QUERIER_PAYLOAD_LEAST;
	if (link) {
		link->payload = payload;
		link->alone = alone;
		renew_link(link, now);
		return 0;
	}
	link = take(querier, sizeof(*link));
	if (!link)
		return MDNS_ERR_RESOURCE;
	memset(link, 0, sizeof(*link));
	link->querier = querier;
	link->ifindex = ifindex;
	link->payload = payload;
	link->alone = alone;
	link->gather = now;
	link->qu_until = now;
	mdns_heap_init(&link->heap);
	mdns_table_init(&link->askings);
	mdns_cache_init(&link->cache, &querier->memory, &querier->limits.cache,
		mdns_random_below(&querier->random, UINT32_MAX), cache_changed,
		link);
	link->next = querier->links;
	querier->links = link;
	while ((node = mdns_table_walk(&querier->standing, node))) {
		struct mdns_standing *standing = (struct mdns_standing *)node;
		struct mdns_name name;

		name.len = standing->name_len;
		memcpy(name.wire, standing->name, standing->name_len);
		if (start_on(link, &name, standing->type, now) < 0) {
			free_link(link);
			return MDNS_ERR_RESOURCE;
		}
	}
	return 0;
}

void mdns_querier_drop_link(
	struct mdns_querier *querier, uint32_t ifindex, mdns_time now)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(querier, ifindex);

	if (!link)
		return;
	link->leaving = true;
	mdns_cache_flush(&link->cache, now);
	free_link(link);
}

/* --- questions --- */

static struct mdns_standing *find_standing(const struct mdns_querier *querier,
	const struct mdns_name *name, uint16_t type)
{
	struct mdns_table_node *node =
		mdns_table_first(&querier->standing, hash_of(querier, name));

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
	give(querier, standing, sizeof(*standing) + standing->name_len);
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
	standing = take(querier, sizeof(*standing) + name->len);
	if (!standing)
		return MDNS_ERR_RESOURCE;
	memset(standing, 0, sizeof(*standing));
	standing->node.hash = hash_of(querier, name);
	standing->users = 1;
	standing->type = type;
	standing->name_len = name->len;
	memcpy(standing->name, name->wire, name->len);
	if (mdns_table_add(&querier->standing, &standing->node,
		    &querier->memory) < 0) {
		give(querier, standing, sizeof(*standing) + name->len);
		return MDNS_ERR_RESOURCE;
	}
	for (link = querier->links; link; link = link->next) {
		if (find_or_add_asking(link, name, type))
			continue;
		for (undo = querier->links; undo != link; undo = undo->next)
			mdns_asking_is_over(
				undo, mdns_asking_find(undo, name, type), now);
		free_standing(querier, standing);
		return MDNS_ERR_RESOURCE;
	}
	for (link = querier->links; link; link = link->next)
		start_on(link, name, type, now);
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
	return link ? start_on(link, name, type, now) : MDNS_ERR_NO_LINK;
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
			stop_on(link, name, type, now);
}

void mdns_querier_hurry(struct mdns_querier *querier,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_querier_link *link = querier->links;

	for (; link; link = link->next) {
		struct mdns_asking *asking = mdns_asking_find(link, name, type);

		if (!asking || asking->series == MDNS_TIME_NEVER)
			continue;
		asking->interval = FIRST_INTERVAL;
		asking->series = now;
		ask_at(link, asking, now);
	}
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
			reconfirm_on(link, name, type, now) < 0)
			err = MDNS_ERR_RESOURCE;
	return err;
}

void mdns_querier_close(struct mdns_querier *querier)
{
	struct mdns_table_node *node;

	while (querier->links)
		free_link(querier->links);
	while ((node = mdns_table_any(&querier->standing)))
		free_standing(querier, (struct mdns_standing *)node);
	mdns_table_close(&querier->standing, &querier->memory);
}

/* --- time --- */

struct mdns_asking *mdns_querier_link_due(
	const struct mdns_querier_link *link, mdns_time now)
{
	return mdns_heap_due(&link->heap) <= now
		       ? asking_of_timer(mdns_heap_top(&link->heap))
		       : NULL;
}

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
