/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The world of the simulator: its clock, its links, its queriers. */
#include "tests/sim/sim.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/sim/host.h"

/* --- the world ----------------------------------------------------------- */

void sim_init(struct sim *sim, uint64_t seed)
{
	unsigned i;

	memset(sim, 0, sizeof(*sim));
	sim->seed = seed;
	mdns_random_init(&sim->random, seed);
	for (i = 0; i < 8; i++) /* neighbouring seeds part */
		sim_random(sim, 2);
	/* Not 0, so that a time that was never set is noticed. */
	sim->now = 1000 * MDNS_SEC;
	for (i = 0; i < SIM_LINKS; i++) {
		/* Always the same: nothing is reordered. */
		sim->weather[i].delay_min = 100 * MDNS_USEC;
		sim->weather[i].delay_max = 100 * MDNS_USEC;
	}
}

void sim_close(struct sim *sim)
{
	size_t i;

	for (i = 0; i < SIM_PEERS; i++)
		sim_peer_close(&sim->peer[i]);
	for (i = 0; i < sim->events; i++)
		if (sim->event[i].owned)
			free(sim->event[i].what);
	free(sim->event);
	free(sim->sent);
	sim->event = NULL;
	sim->events = 0;
	sim->sent = NULL;
}

void sim_say(struct sim *sim, const char *format, ...)
{
	va_list list;

	if (!sim->log)
		return;
	fprintf(sim->log, "%12.6f ",
		(double)sim->now / (double)MDNS_SEC - 1000.0);
	va_start(list, format);
	vfprintf(sim->log, format, list);
	va_end(list);
	fputc('\n', sim->log);
}

void sim_fail(struct sim *sim, const char *format, ...)
{
	va_list list;
	int n;

	if (sim->failure[0])
		return;
	n = snprintf(sim->failure, sizeof(sim->failure),
		"at %.6f: ", (double)sim->now / (double)MDNS_SEC - 1000.0);
	va_start(list, format);
	vsnprintf(sim->failure + n, sizeof(sim->failure) - (size_t)n, format,
		list);
	va_end(list);
	sim_say(sim, "FAILED %s", sim->failure);
}

bool sim_failed(const struct sim *sim)
{
	return sim->failure[0] != '\0';
}

uint32_t sim_random(struct sim *sim, uint32_t below)
{
	return mdns_random_below(&sim->random, below);
}

bool sim_chance(struct sim *sim, unsigned per_mille)
{
	return per_mille > 0 && sim_random(sim, 1000) < per_mille;
}

mdns_time sim_between(struct sim *sim, mdns_time least, mdns_time most)
{
	mdns_time span = most - least;

	if (span <= 0)
		return least;
	if (span < INT32_MAX)
		return least + sim_random(sim, (uint32_t)span);
	return least + span / INT32_MAX * sim_random(sim, INT32_MAX);
}

/* --- what is to happen: a heap ------------------------------------------- */

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

void sim_plan(struct sim *sim, mdns_time at,
	void (*run)(struct sim *sim, void *what, unsigned arg), void *what,
	unsigned arg, bool owned)
{
	struct sim_event event = {
		at < sim->now ? sim->now : at, 0, run, what, arg, owned};
	size_t i;

	event.order = sim->order++;
	if (sim->events == sim->event_room) {
		sim->event_room = sim->event_room ? 2 * sim->event_room : 64;
		sim->event = realloc(
			sim->event, sim->event_room * sizeof(*sim->event));
		if (!sim->event)
			abort();
	}
	i = sim->events++;
	while (i > 0 && is_before(&event, &sim->event[(i - 1) / 2])) {
		sim->event[i] = sim->event[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	sim->event[i] = event;
}

static struct sim_event take_event(struct sim *sim)
{
	struct sim_event top = sim->event[0];
	struct sim_event last = sim->event[--sim->events];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= sim->events)
			break;
		if (child + 1 < sim->events &&
			is_before(&sim->event[child + 1], &sim->event[child]))
			child++;
		if (!is_before(&sim->event[child], &last))
			break;
		sim->event[i] = sim->event[child];
		i = child;
	}
	if (sim->events > 0)
		sim->event[i] = last;
	return top;
}

/* --- links --------------------------------------------------------------- */

struct datagram {
	unsigned link, from, to;
	bool damaged;
	struct mdns_origin origin;
	size_t size;
	uint8_t bytes[];
};

static void peer_read(struct sim_peer *peer, const struct datagram *datagram);

static void deliver(struct sim *sim, void *what, unsigned arg)
{
	struct datagram *datagram = what;
	unsigned to = datagram->to;

	(void)arg;
	if (to < SIM_PEERS)
		peer_read(&sim->peer[to], datagram);
	else if (to - SIM_NODE_HOST < SIM_HOSTS)
		sim_host_read(&sim->host[to - SIM_NODE_HOST], datagram->link,
			datagram->from, datagram->bytes, datagram->size);
}

static bool is_on_link(const struct sim *sim, unsigned node, unsigned link)
{
	if (node < SIM_PEERS)
		return sim->peer[node].running &&
		       sim->peer[node].links >> link & 1;
	node -= SIM_NODE_HOST;
	return sim->host[node].alive && sim->host[node].links >> link & 1;
}

static void send_one(struct sim *sim, const struct datagram *original)
{
	const struct sim_weather *weather = &sim->weather[original->link];
	bool own = original->from == original->to;
	size_t whole = sizeof(*original) + original->size;
	struct datagram *copy;

	if (!own && sim_chance(sim, weather->loss))
		return;
	copy = malloc(whole);
	if (!copy)
		abort();
	memcpy(copy, original, whole);
	if (!own && copy->size > 0 && sim_chance(sim, weather->damage)) {
		unsigned octets = 1 + sim_random(sim, 3);

		copy->damaged = true;
		sim->damaged = true;
		while (octets-- > 0)
			copy->bytes[sim_random(sim, (uint32_t)copy->size)] =
				(uint8_t)sim_random(sim, 256);
		if (sim_chance(sim, 200))
			copy->size = sim_random(sim, (uint32_t)copy->size);
	}
	sim_plan(sim,
		sim->now + (own ? 20 * MDNS_USEC
				: sim_between(sim, weather->delay_min,
					  weather->delay_max)),
		deliver, copy, 0, true);
}

void sim_send(struct sim *sim, unsigned link, unsigned from, unsigned to,
	uint16_t port, bool on_link, const uint8_t *bytes, size_t size)
{
	struct datagram *datagram = malloc(sizeof(*datagram) + size);
	unsigned node;

	if (!datagram)
		abort();
	sim->packets++;
	memset(datagram, 0, sizeof(*datagram));
	datagram->link = link;
	datagram->from = from;
	datagram->size = size;
	datagram->origin.ifindex = link + 1;
	datagram->origin.port = port;
	datagram->origin.transport = MDNS_IPV4;
	datagram->origin.way = MDNS_WAY_GROUP;
	datagram->origin.to_group = to == SIM_NODE_NOBODY;
	datagram->origin.on_link = on_link;
	datagram->origin.source[0] = 169;
	datagram->origin.source[1] = 254;
	datagram->origin.source[2] = 1;
	datagram->origin.source[3] = (uint8_t)(from + 1);
	memcpy(datagram->bytes, bytes, size);
	for (node = 0; node < SIM_PEERS + SIM_HOSTS; node++) {
		if (to != SIM_NODE_NOBODY && to != node)
			continue;
		if (!is_on_link(sim, node, link))
			continue;
		if (node == from &&
			(node >= SIM_PEERS || !sim->peer[node].loopback))
			continue;
		datagram->to = node;
		send_one(sim, datagram);
		if (sim_chance(sim, sim->weather[link].twice))
			send_one(sim, datagram);
	}
	free(datagram);
}

/* --- peers --------------------------------------------------------------- */

/* The size stands before the block, so that a wrong one is noticed. */
union block {
	size_t size;
	max_align_t align;
};

static void *peer_take(void *context, size_t size)
{
	struct sim_peer *peer = context;
	union block *block;

	if (sim_chance(peer->sim, peer->memory_fails)) {
		peer->memory_failed = true;
		return NULL;
	}
	block = malloc(sizeof(*block) + size);
	if (!block)
		abort();
	block->size = size;
	memset(block + 1, 0xa5, size);
	peer->memory += size;
	if (peer->memory > peer->memory_most)
		peer->memory_most = peer->memory;
	return block + 1;
}

static void peer_give(void *context, void *memory, size_t size)
{
	struct sim_peer *peer = context;
	union block *block;

	if (!memory)
		return;
	block = (union block *)memory - 1;
	if (block->size != size)
		sim_fail(peer->sim, "memory: %zu octets taken, %zu given back",
			block->size, size);
	peer->memory -= block->size;
	memset(memory, 0x5a, block->size);
	free(block);
}

static void peer_changed(void *context, uint32_t ifindex,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now)
{
	struct sim_peer *peer = context;

	if (now != peer->sim->now)
		sim_fail(peer->sim, "an event tells another time");
	if (ifindex < 1 || ifindex > SIM_LINKS) {
		sim_fail(peer->sim, "an event on interface %u", ifindex);
		return;
	}
	sim_view_changed(peer, ifindex - 1, change, record);
}

struct sim_peer *sim_peer_open(struct sim *sim, unsigned index)
{
	struct sim_peer *peer = &sim->peer[index];
	struct mdns_memory memory = {peer_take, peer_give, peer};
	unsigned i;

	peer->sim = sim;
	peer->node = index;
	peer->running = true;
	peer->asleep = false;
	peer->links = 0;
	peer->wake_for = -1;
	if (peer->limits.questions == 0) {
		peer->limits.questions = 256;
		peer->limits.cache.records = 2048;
		peer->limits.cache.octets = 1 << 20;
	}
	memset(peer->ask, 0, sizeof(peer->ask));
	for (i = 0; i < SIM_LINKS; i++)
		sim_view_init(&peer->view[i]);
	mdns_querier_init(&peer->querier, &memory, &peer->limits,
		sim->seed * 31 + index, NULL, 0, peer_changed, peer);
	return peer;
}

void sim_peer_close(struct sim_peer *peer)
{
	unsigned i;

	if (!peer->running)
		return;
	mdns_querier_close(&peer->querier);
	if (peer->memory > 0)
		sim_fail(peer->sim, "memory: %zu octets are left after close",
			peer->memory);
	for (i = 0; i < SIM_LINKS; i++)
		sim_view_close(&peer->view[i]);
	peer->running = false;
}

/* What was removed without a reason was given up to make room, or was not to
 * be removed. */
static uint64_t evicted(const struct sim_peer *peer, unsigned link)
{
	const struct mdns_querier_link *l =
		mdns_querier_find_link(&peer->querier, link + 1);

	return l ? l->cache.evicted : 0;
}

static void expect_evictions(
	struct sim_peer *peer, const uint64_t before[SIM_LINKS])
{
	unsigned i;

	for (i = 0; i < SIM_LINKS; i++) {
		if (peer->unexplained[i] > evicted(peer, i) - before[i])
			sim_fail(peer->sim,
				"peer %u, link %u: removed for no reason",
				peer->node, i + 1);
		peer->unexplained[i] = 0;
	}
}

static void peer_drive(struct sim_peer *peer)
{
	struct sim *sim = peer->sim;
	uint64_t before[SIM_LINKS];
	uint8_t buf[SIM_PACKET];
	uint32_t ifindex = 0;
	unsigned packets = 0, i;
	int n;

	for (i = 0; i < SIM_LINKS; i++)
		before[i] = evicted(peer, i);
	mdns_querier_expire(&peer->querier, sim->now);
	expect_evictions(peer, before);
	while ((n = mdns_querier_write(&peer->querier, sim->now, buf,
			sizeof(buf), &ifindex)) > 0) {
		if (ifindex < 1 || ifindex > SIM_LINKS ||
			!(peer->links >> (ifindex - 1) & 1)) {
			sim_fail(sim, "a query for a link that is not there");
			return;
		}
		sim_view_sent(peer, ifindex - 1, buf, (size_t)n);
		sim_send(sim, ifindex - 1, peer->node, SIM_NODE_NOBODY,
			MDNS_PORT, true, buf, (size_t)n);
		if (++packets > 2000) {
			sim_fail(sim, "peer %u: it never stops writing",
				peer->node);
			return;
		}
		if (sim_failed(sim))
			return;
	}
	if (n < 0)
		sim_fail(sim, "peer %u: write says %s", peer->node,
			mdns_err_text(n));
	if (mdns_querier_expiry(&peer->querier) <= sim->now)
		sim_fail(sim,
			"peer %u: expiry() is %.6f s ago, but all is done",
			peer->node,
			(double)(sim->now -
				 mdns_querier_expiry(&peer->querier)) /
				(double)MDNS_SEC);
	for (i = 0; i < SIM_LINKS; i++)
		if (peer->view[i].truncated)
			sim_fail(sim, "peer %u: TC, and no packet follows",
				peer->node);
}

static void peer_read(struct sim_peer *peer, const struct datagram *datagram)
{
	uint64_t before[SIM_LINKS];
	unsigned link = datagram->link, i;
	uint8_t *exact;

	if (!peer->running || peer->asleep || !(peer->links >> link & 1))
		return;
	for (i = 0; i < SIM_LINKS; i++)
		before[i] = evicted(peer, i);
	sim_view_before_read(peer, link, &datagram->origin, datagram->bytes,
		datagram->size, datagram->damaged, datagram->from);
	/* A copy of just that size, for the sanitizers. */
	exact = malloc(datagram->size ? datagram->size : 1);
	if (!exact)
		abort();
	memcpy(exact, datagram->bytes, datagram->size);
	mdns_querier_read(&peer->querier, &datagram->origin, exact,
		datagram->size, peer->sim->now);
	free(exact);
	sim_view_after_read(peer, link, &datagram->origin, datagram->bytes,
		datagram->size, datagram->damaged, datagram->from);
	expect_evictions(peer, before);
}

void sim_peer_up(
	struct sim_peer *peer, unsigned link, uint16_t payload, bool alone)
{
	int r;

	sim_say(peer->sim, "peer %u: link %u is up", peer->node, link + 1);
	peer->flushing = true;
	peer->flushing_link = link;
	r = mdns_querier_add_link(
		&peer->querier, link + 1, payload, alone, peer->sim->now);
	peer->flushing = false;
	if (r < 0) {
		if (!peer->memory_failed)
			sim_fail(peer->sim, "add_link: %s", mdns_err_text(r));
		/* It is there, or it is not. */
		if (!mdns_querier_find_link(&peer->querier, link + 1)) {
			peer->links &= ~(UINT32_C(1) << link);
			return;
		}
	}
	peer->links |= UINT32_C(1) << link;
	peer->payload[link] = payload;
	peer->alone[link] = alone;
	if (peer->view[link].shown > 0)
		sim_fail(peer->sim, "peer %u: %u records outlive their link",
			peer->node, peer->view[link].shown);
	sim_view_link(peer, link);
}

void sim_peer_down(struct sim_peer *peer, unsigned link)
{
	unsigned i;

	if (!(peer->links >> link & 1))
		return;
	sim_say(peer->sim, "peer %u: link %u is down", peer->node, link + 1);
	/* Questions on that link alone end with it. */
	for (i = 0; i < SIM_ASKS; i++)
		if (peer->ask[i].busy && peer->ask[i].ifindex == link + 1)
			sim_peer_stop(peer, link + 1, &peer->ask[i].name,
				peer->ask[i].type);
	peer->flushing = true;
	peer->flushing_link = link;
	mdns_querier_drop_link(&peer->querier, link + 1, peer->sim->now);
	peer->flushing = false;
	peer->links &= ~(UINT32_C(1) << link);
	if (peer->view[link].shown > 0)
		sim_fail(peer->sim, "peer %u: %u records outlive their link",
			peer->node, peer->view[link].shown);
}

bool sim_peer_start(struct sim_peer *peer, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type)
{
	struct sim_ask *ask = peer->ask;
	unsigned link;
	int r;

	while (ask < peer->ask + SIM_ASKS && ask->busy)
		ask++;
	if (ask == peer->ask + SIM_ASKS)
		return false;
	r = mdns_querier_start(
		&peer->querier, ifindex, name, type, peer->sim->now);
	if (r < 0) {
		if (!peer->memory_failed)
			sim_fail(peer->sim, "start: %s", mdns_err_text(r));
		return false;
	}
	sim_say(peer->sim, "peer %u: starts %s %u on %u", peer->node,
		sim_text(name), type, ifindex);
	for (link = 0; link < SIM_LINKS; link++)
		if (peer->links >> link & 1 &&
			(ifindex == 0 || ifindex == link + 1))
			sim_view_start(peer, link, name, type);
	ask->busy = true;
	ask->ifindex = ifindex;
	ask->name = *name;
	ask->type = type;
	return true;
}

void sim_peer_stop(struct sim_peer *peer, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type)
{
	struct sim_ask *ask;

	for (ask = peer->ask; ask < peer->ask + SIM_ASKS; ask++)
		if (ask->busy && ask->ifindex == ifindex && ask->type == type &&
			mdns_name_equal(&ask->name, name))
			break;
	if (ask == peer->ask + SIM_ASKS)
		return;
	sim_say(peer->sim, "peer %u: stops %s %u on %u", peer->node,
		sim_text(name), type, ifindex);
	ask->busy = false;
	mdns_querier_stop(&peer->querier, ifindex, name, type, peer->sim->now);
}

void sim_peer_doubt(struct sim_peer *peer, uint32_t ifindex,
	const struct mdns_name *name, uint16_t type)
{
	unsigned link;
	int r = mdns_querier_reconfirm(
		&peer->querier, ifindex, name, type, peer->sim->now);

	sim_say(peer->sim, "peer %u: doubts %s %u", peer->node, sim_text(name),
		type);
	if (r < 0 && !peer->memory_failed && r != MDNS_ERR_NO_LINK)
		sim_fail(peer->sim, "reconfirm: %s", mdns_err_text(r));
	for (link = 0; link < SIM_LINKS; link++)
		if (peer->links >> link & 1 &&
			(ifindex == 0 || ifindex == link + 1))
			sim_view_doubt(peer, link, name, type, r == 0);
}

void sim_peer_sleep(struct sim_peer *peer, bool asleep)
{
	sim_say(peer->sim, "peer %u: %s", peer->node,
		asleep ? "falls asleep" : "is awake");
	peer->asleep = asleep;
	peer->slept = true;
	peer->wake_for = -1;
	if (!asleep)
		peer_drive(peer);
}

bool sim_type_matches(uint16_t question, uint16_t record)
{
	return question == record || question == MDNS_TYPE_ANY;
}

bool sim_peer_wants(const struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type)
{
	const struct sim_ask *ask;

	for (ask = peer->ask; ask < peer->ask + SIM_ASKS; ask++)
		if (ask->busy &&
			(ask->ifindex == 0 || ask->ifindex == link + 1) &&
			sim_type_matches(ask->type, type) &&
			mdns_name_equal(&ask->name, name))
			return true;
	return false;
}

/* --- time ---------------------------------------------------------------- */

static mdns_time peer_wake(struct sim_peer *peer)
{
	mdns_time expiry;

	if (!peer->running || peer->asleep)
		return MDNS_TIME_NEVER;
	expiry = mdns_querier_expiry(&peer->querier);
	if (expiry == MDNS_TIME_NEVER)
		return expiry;
	if (expiry != peer->wake_for) {
		peer->wake_for = expiry;
		peer->wake = expiry + sim_between(peer->sim, 0, peer->late);
	}
	return peer->wake;
}

static mdns_time next_time(struct sim *sim)
{
	mdns_time next = sim->events ? sim->event[0].at : MDNS_TIME_NEVER;
	unsigned i;

	for (i = 0; i < SIM_PEERS; i++) {
		mdns_time wake = peer_wake(&sim->peer[i]);

		if (wake < next)
			next = wake;
	}
	return next;
}

void sim_run(struct sim *sim, mdns_time until)
{
	while (!sim_failed(sim)) {
		mdns_time next = next_time(sim);
		unsigned i;

		if (next > until)
			break;
		if (next > sim->now)
			sim->now = next;
		sim->steps++;
		if (sim->events && sim->event[0].at <= sim->now) {
			struct sim_event event = take_event(sim);

			event.run(sim, event.what, event.arg);
			if (event.owned)
				free(event.what);
		}
		for (i = 0; i < SIM_PEERS; i++)
			if (peer_wake(&sim->peer[i]) <= sim->now)
				peer_drive(&sim->peer[i]);
		for (i = 0; i < SIM_PEERS; i++)
			if (sim->peer[i].running && !sim->peer[i].asleep)
				sim_view_check(&sim->peer[i]);
	}
	if (!sim_failed(sim) && until > sim->now)
		sim->now = until;
}
