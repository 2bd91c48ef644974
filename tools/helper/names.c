/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names that clients of mdns-helper ask for. */
#include "tools/helper/names.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/zone.h"
#include "tools/helper/names_private.h"

void names_init(struct names *names, struct mdns_querier *querier,
	struct mdns_map_writer *map, const struct mdns_memory *memory,
	const struct names_limits *limits, const struct mdns_settings *settings,
	void (*answered)(void *context, struct asker *asker, int status,
		const struct mdns_answer *answer),
	void *context)
{
	memset(names, 0, sizeof(*names));
	names->querier = querier;
	names->map = map;
	names->memory = *memory;
	names->limits = *limits;
	names_configure(names, settings);
	names->answered = answered;
	names->context = context;
	mdns_table_init(&names->table);
	mdns_heap_init(&names->heap);
}

void names_configure(struct names *names, const struct mdns_settings *settings)
{
	names->total = settings->total_ms * MDNS_MSEC;
	names->grace = settings->grace_ms * MDNS_MSEC;
	names->deep_not_found = settings->deep_not_found;
}

static struct name *name_of_timer(struct mdns_heap_node *timer)
{
	return (struct name *)((uint8_t *)timer - offsetof(struct name, timer));
}

/* Whoever asks chooses the names: not all of them into one bucket. */
static uint32_t hash_of(const struct names *names, const struct mdns_name *name)
{
	return mdns_name_hash_seeded(name, names->querier->hash_seed);
}

static struct name *find(
	const struct names *names, const struct mdns_name *wanted)
{
	struct mdns_table_node *node =
		mdns_table_first(&names->table, hash_of(names, wanted));

	for (; node; node = mdns_table_next(node)) {
		struct name *name = (struct name *)node;

		if (mdns_name_equal_wire(wanted, name->wire, name->name_len))
			return name;
	}
	return NULL;
}

/* --- the order by use --- */

static void unlink_use(struct names *names, struct name *name)
{
	*(name->newer ? &name->newer->older : &names->newest) = name->older;
	*(name->older ? &name->older->newer : &names->oldest) = name->newer;
}

static void link_newest(struct names *names, struct name *name)
{
	name->newer = NULL;
	name->older = names->newest;
	*(names->newest ? &names->newest->newer : &names->oldest) = name;
	names->newest = name;
}

/* --- what is published --- */

static void withdraw(struct names *names, struct name *name)
{
	struct mdns_name text;

	if (!name->published)
		return;
	name->published = false;
	name_text(name, &text);
	mdns_map_drop(names->map, &text);
}

static void publish(struct names *names, struct name *name, int status,
	const struct mdns_answer *answer, mdns_time expiry, mdns_time fresh,
	mdns_time now)
{
	struct mdns_map_entry entry = {status, expiry, fresh};
	struct mdns_name text;

	if (!names->map)
		return;
	if (entry.fresh > name->asked + NAMES_FRESH_TIME)
		entry.fresh = name->asked + NAMES_FRESH_TIME;
	if (entry.fresh <= now) {
		withdraw(names, name);
		return;
	}
	name_text(name, &text);
	name->published = mdns_map_put(names->map, &text, &entry, answer) == 0;
	if (name->published && entry.fresh > names->fresh_until)
		names->fresh_until = entry.fresh;
}

/* --- coming and going --- */

static size_t name_size(size_t len)
{
	return sizeof(struct name) + len;
}

static void unlink_dirty(struct names *names, struct name *name)
{
	struct name **at = &names->dirty;

	if (!name->dirty)
		return;
	while (*at != name)
		at = &(*at)->next_dirty;
	*at = name->next_dirty;
	name->dirty = false;
}

static void make_dirty(struct names *names, struct name *name)
{
	if (name->dirty)
		return;
	name->dirty = true;
	name->next_dirty = names->dirty;
	names->dirty = name;
}

/* Who still waits for it is not told. */
static void forget(struct names *names, struct name *name, mdns_time now)
{
	while (name->askers)
		names_cancel(names, name->askers);
	name_stop(names, name, now);
	withdraw(names, name);
	names_cancel(names, &name->follows);
	unlink_dirty(names, name);
	unlink_use(names, name);
	mdns_heap_set(&names->heap, &name->timer, MDNS_TIME_NEVER);
	mdns_table_remove(&names->table, &name->node);
	names->memory.give(
		names->memory.context, name, name_size(name->name_len));
}

/* Of those that nobody has to do with the one asked for longest ago: first of
 * what nobody has answered, or somebody could make room with names that nobody
 * has. */
static struct name *find_idle(const struct names *names, bool known)
{
	struct name *name = names->oldest;

	while (name &&
		(name->askers || name->busy || (name->state == KNOWN) != known))
		name = name->newer;
	return name;
}

static bool make_room(struct names *names, mdns_time now)
{
	struct name *name = find_idle(names, false);

	if (!name)
		name = find_idle(names, true);
	if (!name)
		return false;
	names->evicted++;
	forget(names, name, now);
	return true;
}

static struct name *add(
	struct names *names, const struct mdns_name *text, mdns_time now)
{
	struct name *name;

	if (names->table.count >= names->limits.names && !make_room(names, now))
		return NULL;
	if (mdns_heap_reserve(
		    &names->heap, names->table.count + 1, &names->memory) < 0)
		return NULL;
	name = names->memory.take(names->memory.context, name_size(text->len));
	if (!name)
		return NULL;
	memset(name, 0, sizeof(*name));
	name->node.hash = hash_of(names, text);
	name->reverse = mdns_zone_of(text, NULL, 0) == MDNS_ZONE_REVERSE;
	name->name_len = text->len;
	memcpy(name->wire, text->wire, text->len);
	if (mdns_table_add(&names->table, &name->node, &names->memory) < 0) {
		names->memory.give(
			names->memory.context, name, name_size(text->len));
		return NULL;
	}
	link_newest(names, name);
	return name;
}

void names_close(struct names *names)
{
	struct mdns_table_node *node;

	while ((node = mdns_table_any(&names->table)))
		forget(names, (struct name *)node, 0);
	mdns_heap_close(&names->heap, &names->memory);
	mdns_table_close(&names->table, &names->memory);
}

/* --- what is known of one --- */

/* True if it is the whole answer: nothing is open but what has been waited for
 * in vain. */
static bool is_enough(
	const struct name *name, const struct mdns_gathered *gathered)
{
	const struct mdns_answer *answer = &gathered->answer;
	unsigned family;

	if (name->reverse)
		return answer->name.len > 0;
	for (family = 0; family < MDNS_FAMILIES; family++)
		if (answer->presence[family] == MDNS_OPEN &&
			!(name->given_up[family] && answer->count > 0))
			return false;
	return true;
}

static bool has_something(
	const struct name *name, const struct mdns_gathered *gathered)
{
	return name->reverse ? gathered->answer.name.len > 0
			     : gathered->answer.count > 0;
}

static int status_found(
	const struct name *name, const struct mdns_gathered *gathered)
{
	return has_something(name, gathered) ? 0 : MDNS_ERR_NO_DATA;
}

/* What silence means. */
static int status_missing(const struct names *names, const struct name *name)
{
	struct mdns_name text;

	if (!names->querier->links)
		return MDNS_ERR_NO_LINK;
	name_text(name, &text);
	switch (mdns_zone_of(&text, names->querier->suffixes,
		names->querier->suffix_count)) {
	case MDNS_ZONE_LOCAL_DEEP:
		return names->deep_not_found ? MDNS_ERR_NOT_FOUND
					     : MDNS_ERR_PASS_ON;
	case MDNS_ZONE_SUFFIX:
		return MDNS_ERR_PASS_ON;
	default:
		return MDNS_ERR_NOT_FOUND;
	}
}

/* An asker is told, or if it is another name of which this is the alias, that
 * one is looked at again. */
static void tell(struct names *names, struct asker *asker, int status,
	const struct mdns_answer *answer)
{
	asker->name = NULL;
	if (asker->deadline == MDNS_TIME_NEVER) {
		make_dirty(
			names, (struct name *)((uint8_t *)asker -
					       offsetof(struct name, follows)));
		return;
	}
	names->waiting--;
	names->answered(names->context, asker, status, answer);
}

static void tell_all(struct names *names, struct name *name, int status,
	const struct mdns_answer *answer)
{
	struct asker *asker;

	name->busy = true;
	while ((asker = name->askers)) {
		name->askers = asker->next;
		tell(names, asker, status, answer);
	}
	name->busy = false;
}

/* If that is all that will be heard. */
static int status_so_far(const struct names *names, const struct name *name,
	struct mdns_gathered *gathered)
{
	if (has_something(name, gathered))
		return 0;
	/* One family is said not to be there, and nothing was heard of the
	 * other: the host is. */
	if (gathered->answer.name.len > 0)
		return MDNS_ERR_NO_DATA;
	gathered->answer.ttl = 0;
	return status_missing(names, name);
}

static struct asker *take_late(struct name *name, mdns_time now)
{
	struct asker **at = &name->askers;
	struct asker *asker;

	while (*at && (*at)->deadline > now)
		at = &(*at)->next;
	asker = *at;
	if (asker)
		*at = asker->next;
	return asker;
}

/* Those whose time is over before ours is. */
static void tell_late(struct names *names, struct name *name, mdns_time now,
	struct mdns_gathered *gathered)
{
	int status = status_so_far(names, name, gathered);
	struct asker *asker;

	/* Each may cancel others: from the beginning again. */
	name->busy = true;
	while ((asker = take_late(name, now)))
		tell(names, asker, status, &gathered->answer);
	name->busy = false;
	if (!name->askers)
		make_dirty(names, name); /* nobody wants to know any more */
}

static mdns_time earliest_deadline(const struct name *name, mdns_time end)
{
	const struct asker *asker = name->askers;

	for (; asker; asker = asker->next)
		if (asker->deadline < end)
			end = asker->deadline;
	return end;
}

/* --- the states --- */

/* The name that it is an alias of is a name like any other, so that what is
 * heard of that is kept. */
static void know_alias(
	struct names *names, const struct mdns_name *target, mdns_time now)
{
	struct name *other = find(names, target);

	/* Nobody makes way for it: that might be the name at hand. */
	if (other || names->table.count >= names->limits.names)
		return;
	other = add(names, target, now);
	if (!other)
		return;
	other->state = KNOWN;
	other->asked = now;
	make_dirty(names, other);
}

/* It is there, or was found before: the map has it from now on. */
static void know(struct names *names, struct name *name,
	const struct mdns_gathered *gathered, mdns_time now)
{
	unsigned family;

	name->state = KNOWN;
	for (family = 0; family < MDNS_FAMILIES; family++)
		name->given_up[family] =
			gathered->answer.presence[family] != MDNS_PRESENT;
	if (now >= name->hold)
		name_cool(names, name, gathered, now);
	/* When the other name's records change nobody looks at this one: what
	 * goes by way of an alias is gathered anew for each who asks. */
	if (gathered->alias.len > 0) {
		withdraw(names, name);
		know_alias(names, &gathered->alias, now);
	} else {
		publish(names, name, status_found(name, gathered),
			&gathered->answer, gathered->expiry,
			name_fresh_until(name, gathered), now);
	}
	mdns_heap_set(&names->heap, &name->timer,
		now < name->hold && name->hold < gathered->expiry
			? name->hold
			: gathered->expiry);
}

static void miss(struct names *names, struct name *name, int status,
	const struct mdns_name *alias, mdns_time now)
{
	struct mdns_answer nothing;

	name->state = MISSING;
	name->status = status;
	/* Without a link there is no telling. */
	name->end = now + (status == MDNS_ERR_NO_LINK ? 0 : NAMES_MISSING_TIME);
	name_stop(names, name, now);
	mdns_answer_init(&nothing);
	nothing.ttl = 0;
	/* An alias is not published: see know. */
	if (status != MDNS_ERR_NO_LINK && alias->len == 0)
		publish(names, name, status, &nothing, name->end, name->end,
			now);
	mdns_heap_set(&names->heap, &name->timer, name->end);
}

static void join(struct name *name, struct asker *asker, mdns_time deadline)
{
	asker->name = name;
	asker->deadline = deadline;
	asker->next = name->askers;
	name->askers = asker;
}

static struct name *begin(
	struct names *names, struct name *name, mdns_time now);

/* It is an alias of a name of which nothing is known: that one is asked for
 * like any other, and we are told. NEVER is no deadline of a client. False if
 * that has been done already, in vain, or if it leads too far: a host can
 * answer each question with the alias of one more name. */
static bool ask_alias(struct names *names, struct name *name,
	const struct mdns_name *target, mdns_time now)
{
	struct name *other = find(names, target);

	if (name->follows.name || other == name)
		return true;
	if (other ? other->state != ASKING : name->hops >= MDNS_CNAME_HOPS)
		return false;
	if (!other && names->table.count < names->limits.names) {
		other = add(names, target, now);
		if (other) {
			other->hops = (uint8_t)(name->hops + 1);
			other = begin(names, other, now);
		}
	}
	if (other) {
		other->asked = now;
		join(other, &name->follows, MDNS_TIME_NEVER);
	}
	return true;
}

/* Nobody need ask besides us any more. */
static void release(struct name *name)
{
	struct asker *asker;

	for (asker = name->askers; asker; asker = asker->next)
		asker->alone = false;
}

/* How long to wait for the family that is open. */
static int64_t grace_of(const struct names *names, const struct name *name,
	const struct mdns_gathered *gathered, mdns_time now)
{
	struct mdns_name text;
	unsigned family;

	name_text(name, &text);
	for (family = 0; family < MDNS_FAMILIES; family++)
		if (gathered->answer.presence[family] == MDNS_OPEN &&
			!mdns_querier_is_told_without(
				names->querier, &text, family, now))
			return names->grace;
	return 0;
}

static void look_asking(struct names *names, struct name *name,
	struct mdns_gathered *gathered, bool known, mdns_time now)
{
	int64_t grace;
	int status;

	if (!name->askers) {
		forget(names, name, now);
		return;
	}
	if (known && is_enough(name, gathered)) {
		status = status_found(name, gathered);

		know(names, name, gathered, now);
		tell_all(names, name, status, &gathered->answer);
		return;
	}
	if (!names->querier->links ||
		(gathered->alias.len > 0 && gathered->answer.count == 0 &&
			!ask_alias(names, name, &gathered->alias, now)))
		name->end = now;
	if (has_something(name, gathered)) {
		release(name);
		grace = grace_of(names, name, gathered, now);
		if (name->end > now + grace)
			name->end = now + grace;
	}
	if (now < name->end) {
		tell_late(names, name, now, gathered);
		mdns_heap_set(&names->heap, &name->timer,
			earliest_deadline(name, name->end));
		return;
	}
	status = status_so_far(names, name, gathered);
	if (status == 0)
		know(names, name, gathered, now);
	else
		miss(names, name, status, &gathered->alias, now);
	tell_all(names, name, status, &gathered->answer);
}

/* Something was heard of it, or its time has come. */
static void look(struct names *names, struct name *name, mdns_time now)
{
	struct mdns_gathered gathered;
	struct mdns_name text;
	bool known;

	name_text(name, &text);
	known = mdns_gather(
		names->querier, &text, name->reverse, now, &gathered);
	switch ((enum state)name->state) {
	case ASKING:
		look_asking(names, name, &gathered, known, now);
		break;
	case KNOWN:
		if (known && is_enough(name, &gathered))
			know(names, name, &gathered, now);
		else
			forget(names, name, now);
		break;
	case MISSING:
		/* That it is an alias says nothing new, nor what has been
		 * told. */
		if (has_something(name, &gathered) ||
			(known && is_enough(name, &gathered)) ||
			(gathered.answer.name.len > 0 &&
				name->status != MDNS_ERR_NO_DATA) ||
			now >= name->end)
			forget(names, name, now);
		break;
	}
}

/* The questions go out. NULL if there is no room for them; then the name has
 * been forgotten. */
static struct name *begin(struct names *names, struct name *name, mdns_time now)
{
	withdraw(names, name);
	name->state = ASKING;
	memset(name->given_up, 0, sizeof(name->given_up));
	name->end = now + names->total;
	if (name_start(names, name, now) < 0) {
		forget(names, name, now);
		return NULL;
	}
	mdns_heap_set(
		&names->heap, &name->timer, earliest_deadline(name, name->end));
	return name;
}

/* What is known of it, if that is all there is to know. */
static bool recall(struct names *names, struct name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer)
{
	struct mdns_gathered gathered;
	struct mdns_name text;
	bool known;

	name_text(name, &text);
	known = mdns_gather(
		names->querier, &text, name->reverse, now, &gathered);
	if (name->state == MISSING && now < name->end &&
		!has_something(name, &gathered)) {
		mdns_answer_init(ret_answer);
		ret_answer->ttl = 0;
		*ret_status = name->status;
		return name->status != MDNS_ERR_NO_LINK;
	}
	if (!known || !is_enough(name, &gathered))
		return false;
	name_warm(names, name, &gathered, now);
	name_ask_rest(names, name, &gathered, now);
	know(names, name, &gathered, now);
	*ret_status = status_found(name, &gathered);
	*ret_answer = gathered.answer;
	return true;
}

int names_ask(struct names *names, const struct mdns_name *text, mdns_time now,
	mdns_time deadline, struct asker *asker, int *ret_status,
	struct mdns_answer *ret_answer)
{
	mdns_time limit = now + names->total;
	struct name *name;

	if (mdns_zone_of(text, names->querier->suffixes,
		    names->querier->suffix_count) == MDNS_ZONE_NONE)
		return MDNS_ERR_NOT_OURS;
	name = find(names, text);
	if (name) {
		unlink_use(names, name);
		link_newest(names, name);
	} else if (names->waiting < names->limits.waiting) {
		name = add(names, text, now);
	}
	if (!name)
		goto refused;
	name->asked = now;
	name->hops = 0;
	if (!name->askers && recall(names, name, now, ret_status, ret_answer)) {
		names->hits++;
		return 1;
	}
	if (names->waiting >= names->limits.waiting)
		goto refused;
	if (name->askers) {
		names->joined++;
	} else {
		names->asked++;
		name = begin(names, name, now);
		if (!name)
			goto refused;
	}
	names->waiting++;
	asker->alone = !name->askers;
	asker->since = now;
	join(name, asker, deadline == 0 || deadline > limit ? limit : deadline);
	/* Its deadline may come first; and without a link it is told at once. */
	make_dirty(names, name);
	return 0;
refused:
	names->refused++;
	return MDNS_ERR_RESOURCE;
}

void names_cancel(struct names *names, struct asker *asker)
{
	struct name *name = asker->name;
	struct asker **at;

	if (!name)
		return;
	at = &name->askers;
	while (*at != asker)
		at = &(*at)->next;
	*at = asker->next;
	asker->name = NULL;
	/* It may have its answer now, and the others not. */
	if (asker->alone && name->askers)
		name->askers->alone = true;
	asker->alone = false;
	if (asker->deadline != MDNS_TIME_NEVER)
		names->waiting--;
	/* Nobody wants to know any more. */
	if (!name->askers && name->state == ASKING)
		make_dirty(names, name);
}

/* --- what is heard, and time --- */

bool names_keeps(const struct names *names, const struct mdns_name *name)
{
	return find(names, name) != NULL;
}

void names_hear(struct names *names, const struct mdns_name *text)
{
	struct name *name = find(names, text);

	if (name)
		make_dirty(names, name);
}

mdns_time names_expiry(const struct names *names)
{
	return names->dirty ? 0 : mdns_heap_due(&names->heap);
}

void names_expire(struct names *names, mdns_time now)
{
	bool linked = names->querier->links != NULL;

	/* Who waits, and what was missing, has nobody to hope for now. */
	if (names->linked && !linked)
		names_retry(names, now);
	names->linked = linked;
	while (names->dirty || mdns_heap_due(&names->heap) <= now) {
		struct name *name = names->dirty;

		if (name)
			unlink_dirty(names, name);
		else
			name = name_of_timer(mdns_heap_top(&names->heap));
		look(names, name, now);
	}
}

/* On a link that is new nothing has been heard of it. If there is no room to
 * ask there, it goes without. */
static void ask_anew(struct names *names, struct name *name, mdns_time now)
{
	unsigned i;

	if (name->state == ASKING) {
		name->end = now + names->total;
		name_start(names, name, now);
	} else if (now - name->asked < NAMES_FRESH_TIME) {
		name->hold = now + names->total;
		for (i = 0; i < name_questions_of(name); i++)
			name_start_one(names, name, i, now);
	}
	make_dirty(names, name);
}

void names_retry(struct names *names, mdns_time now)
{
	struct name *name = names->oldest;

	while (name) {
		struct name *newer = name->newer;

		if (name->state == MISSING)
			forget(names, name, now);
		else
			ask_anew(names, name, now);
		name = newer;
	}
}

void names_flush(struct names *names, mdns_time now)
{
	struct name *name = names->oldest;

	while (name) {
		struct name *newer = name->newer;

		if (name->state != ASKING)
			forget(names, name, now);
		name = newer;
	}
}

bool names_are_fresh(const struct names *names, mdns_time now)
{
	return names->fresh_until > now;
}
