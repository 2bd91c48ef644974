/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/cache share: a cache on a virtual clock. */
#include <stdio.h>
#include <string.h>

#include "tests/resolver/cache_world.h"

void changed(void *context, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now)
{
	struct world *w = context;

	unit_assert(now == w->now);
	unit_assert(record->set);
	if (change == MDNS_ENDING) {
		w->endings++;
		return;
	}
	if (w->events < ROWS(w->event)) {
		struct event *event = &w->event[w->events];

		event->at = now;
		event->change = change;
		event->data = record->rdlength
				      ? record->rdata[record->rdlength - 1]
				      : 0;
	}
	w->events++;
	w->shown += change == MDNS_ADDED;
	w->shown -= change == MDNS_REMOVED;
}

void given_seeded(
	struct world *w, uint32_t records, size_t octets, uint64_t seed)
{
	struct mdns_cache_limits limits = {records, octets};
	struct mdns_memory memory;

	memset(w, 0, sizeof(*w));
	memory = test_memory_of(&w->counted);
	w->now = START;
	mdns_cache_init(&w->cache, &memory, &limits, seed, changed, w);
}

void given(struct world *w)
{
	given_seeded(w, 1000, 1 << 20, 1);
}

void then_books_balance(const struct world *w)
{
	unit_assert(w->cache.octets == w->counted.octets);
	unit_assert(w->cache.octets <= w->cache.limits.octets);
	unit_assert(w->cache.records <= w->cache.limits.records);
	unit_assert((uint32_t)w->shown == w->cache.records);
	unit_assert(!w->counted.wrong);
}

void then_all_is_given_back(struct world *w)
{
	unsigned events = w->events;

	then_books_balance(w);
	mdns_cache_close(&w->cache);
	ck_assert_uint_eq(w->events, events);
	ck_assert_uint_eq(w->counted.blocks, 0);
	ck_assert_uint_eq(w->counted.octets, 0);
	ck_assert(!w->counted.wrong);
}

void when_it_is(struct world *w, mdns_time then)
{
	unit_assert(then >= w->now);
	for (;;) {
		mdns_time due = mdns_cache_expiry(&w->cache);

		if (due > then)
			break;
		unit_assert(due >= w->now);
		w->now = due;
		mdns_cache_expire(&w->cache, w->now);
		unit_assert(mdns_cache_expiry(&w->cache) > w->now);
	}
	w->now = then;
	then_books_balance(w);
}

void when_ms_later(struct world *w, int64_t ms)
{
	when_it_is(w, w->now + ms * MDNS_MSEC);
}

int hear_rdata(struct world *w, const char *text, uint16_t type,
	const void *rdata, size_t size, uint32_t ttl, unsigned flags)
{
	struct mdns_name name = unit_name(text);
	uint8_t *copy = unit_copy(rdata, size);
	struct mdns_heard heard = {
		.name = &name,
		.type = type,
		.rclass = 1,
		.cache_flush = (flags & FLUSH) != 0,
		.wanted = (flags & WANTED) != 0,
		.ttl = ttl,
		.rdata = copy,
		.rdlength = (uint16_t)size,
	};
	int result = mdns_cache_put(&w->cache, &heard, w->now);

	free(copy);
	then_books_balance(w);
	return result;
}

int hear_type(struct world *w, const char *text, uint16_t type, unsigned data,
	uint32_t ttl, unsigned flags)
{
	const uint8_t rdata[4] = {10, 0, (uint8_t)(data >> 8), (uint8_t)data};

	return hear_rdata(w, text, type, rdata, 4, ttl, flags);
}

void hear(struct world *w, const char *text, unsigned data, uint32_t ttl,
	unsigned flags)
{
	unit_assert(hear_type(w, text, A, data, ttl, flags) == 0);
}

struct mdns_rrset *find_type(struct world *w, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);

	return mdns_cache_find(&w->cache, &name, type, 1);
}

struct mdns_rrset *find(struct world *w, const char *text)
{
	return find_type(w, text, A);
}

struct mdns_cached *record(struct world *w, const char *text, unsigned data)
{
	const uint8_t rdata[4] = {10, 0, (uint8_t)(data >> 8), (uint8_t)data};
	struct mdns_rrset *set = find(w, text);

	return set ? mdns_rrset_find(set, rdata, 4) : NULL;
}

struct mdns_rrset *the_set(struct world *w, const char *text)
{
	struct mdns_rrset *set = find(w, text);

	unit_assert(set);
	return set;
}

struct mdns_cached *the_record(struct world *w, const char *text, unsigned data)
{
	struct mdns_cached *one = record(w, text, data);

	unit_assert(one);
	return one;
}

const char *story(struct world *w)
{
	static char text[4096];
	size_t len = 0;

	text[0] = 0;
	unit_assert(w->events <= ROWS(w->event));
	for (unsigned i = 0; i < w->events; i++) {
		const struct event *event = &w->event[i];

		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"%s%lld%c%u", i ? " " : "",
			(long long)((event->at - START) / MDNS_MSEC),
			"+=-?"[event->change], event -> data);
		unit_assert(len < sizeof(text));
	}
	w->events = 0;
	return text;
}
