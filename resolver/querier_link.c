/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One link of the continuous querier: its questions, their series and their
 * timers, and what each change of its cache means for them. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/querier_private.h"
#include "resolver/rr.h"

#define FIRST_INTERVAL (1 * MDNS_SEC) /* RFC 6762 5.2 */
#define LAST_INTERVAL (3600 * MDNS_SEC)
#define DELAY_LEAST (20 * MDNS_MSEC)
#define DELAY_MOST (120 * MDNS_MSEC)
#define RECONFIRM_TIME (10 * MDNS_SEC) /* 10.4 */

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
	struct mdns_table_node *node = mdns_table_first(
		&link->askings, mdns_querier_hash(link->querier, name));

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
	const struct mdns_table_node *node = mdns_table_first(
		&link->askings, mdns_querier_hash(link->querier, name));

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
	mdns_querier_give(link->querier, asking, asking_size(asking->name_len));
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
	asking = mdns_querier_take(link->querier, asking_size(name->len));
	if (!asking)
		return NULL;
	memset(asking, 0, sizeof(*asking));
	asking->node.hash = mdns_querier_hash(link->querier, name);
	asking->type = type;
	asking->fresh = true;
	asking->last = MDNS_TIME_NEVER;
	asking->series = MDNS_TIME_NEVER;
	asking->name_len = name->len;
	memcpy(asking->name, name->wire, name->len);
	if (mdns_table_add(&link->askings, &asking->node, memory) < 0) {
		mdns_querier_give(
			link->querier, asking, asking_size(name->len));
		return NULL;
	}
	return asking;
}

struct mdns_asking *mdns_asking_find_or_add(struct mdns_querier_link *link,
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
	struct mdns_table_node *node = mdns_table_first(
		&link->askings, mdns_querier_hash(link->querier, name));

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

int mdns_querier_link_start(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_asking *asking = mdns_asking_find_or_add(link, name, type);

	if (!asking)
		return MDNS_ERR_RESOURCE;
	if (asking->users++ > 0)
		return 0;
	for_each_of_name(link, name, now, forget_told);
	update_wanted(link, name, now);
	start_series(link, asking, now);
	return 0;
}

void mdns_querier_link_stop(struct mdns_querier_link *link,
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
	asking = mdns_asking_find_or_add(link, &name, set->type);
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
int mdns_querier_link_reconfirm(struct mdns_querier_link *link,
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

void mdns_querier_link_hurry(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	struct mdns_asking *asking = mdns_asking_find(link, name, type);

	if (!asking || asking->series == MDNS_TIME_NEVER)
		return;
	asking->interval = FIRST_INTERVAL;
	asking->series = now;
	ask_at(link, asking, now);
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

/* --- the link itself --- */

struct mdns_querier_link *mdns_querier_link_new(
	struct mdns_querier *querier, uint32_t ifindex, mdns_time now)
{
	struct mdns_querier_link *link =
		mdns_querier_take(querier, sizeof(*link));

	if (!link)
		return NULL;
	memset(link, 0, sizeof(*link));
	link->querier = querier;
	link->ifindex = ifindex;
	link->gather = now;
	link->qu_until = now;
	mdns_heap_init(&link->heap);
	mdns_table_init(&link->askings);
	mdns_cache_init(&link->cache, &querier->memory, &querier->limits.cache,
		mdns_random_below(&querier->random, UINT32_MAX), cache_changed,
		link);
	return link;
}

void mdns_querier_link_free(struct mdns_querier_link *link)
{
	struct mdns_querier *querier = link->querier;
	struct mdns_table_node *node;

	while ((node = mdns_table_any(&link->askings)))
		free_asking(link, (struct mdns_asking *)node);
	mdns_cache_close(&link->cache);
	mdns_heap_close(&link->heap, &querier->memory);
	mdns_table_close(&link->askings, &querier->memory);
	mdns_querier_give(querier, link, sizeof(*link));
}

void mdns_querier_link_flush(struct mdns_querier_link *link, mdns_time now)
{
	link->leaving = true;
	mdns_cache_flush(&link->cache, now);
	link->leaving = false;
}

void mdns_querier_link_renew(struct mdns_querier_link *link, mdns_time now)
{
	struct mdns_table_node *node = NULL;

	mdns_querier_link_flush(link, now);
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

struct mdns_asking *mdns_querier_link_due(
	const struct mdns_querier_link *link, mdns_time now)
{
	return mdns_heap_due(&link->heap) <= now
		       ? asking_of_timer(mdns_heap_top(&link->heap))
		       : NULL;
}
