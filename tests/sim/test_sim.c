/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes a small network from each seed, lets it live and looks whether the
 * queriers keep to the rules (invariants.c) and know the truth at the end.
 *
 *	test_sim                      a thousand short worlds
 *	test_sim --seeds 5000         more of them
 *	test_sim --first 301          beginning with another one
 *	test_sim --seed 17 --verbose  one again, with a log */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/host.h"
#include "tests/sim/sim.h"

#define SEEDS 1000
#define FAILURES_SHOWN 20

/* What a world is like. */
struct world {
	struct sim sim;
	unsigned links, peers, hosts;
	bool damage;
	mdns_time end; /* of the bad times */
	mdns_time gap; /* between two deeds, on average */
	uint32_t ttl_host, ttl_other;
};

static unsigned pick(struct world *world, unsigned below)
{
	return sim_random(&world->sim, below);
}

static uint32_t pick_ttl(struct world *world, const uint32_t *from)
{
	return from[pick(world, 4)];
}

/* --- what there is ------------------------------------------------------- */

static struct sim_rr random_address(
	struct world *world, unsigned host, uint16_t size)
{
	uint8_t bytes[16] = {0xfe, 0x80};
	char name[32];
	unsigned i;

	snprintf(name, sizeof(name), "Host-%u.local", host);
	for (i = 8; i < 16; i++)
		bytes[i] = (uint8_t)pick(world, 256);
	if (size == 4) {
		bytes[0] = 169;
		bytes[1] = 254;
		bytes[2] = (uint8_t)(1 + pick(world, 200));
		bytes[3] = (uint8_t)(1 + pick(world, 200));
	}
	return sim_rr_address(name, bytes, size, world->ttl_host);
}

/* A host with more services than fit a packet of known answers. */
static void make_crowd(struct world *world, unsigned index)
{
	struct sim_host *host = sim_host_open(
		&world->sim, index, 1u << pick(world, world->links));
	unsigned i;

	for (i = 0; i < 20; i++) {
		char instance[100];
		struct sim_rr rr;

		snprintf(instance, sizeof(instance),
			"thing %u of the many things of host %u._b._tcp.local",
			i, index);
		rr = sim_rr_pointer(
			"_b._tcp.local", instance, world->ttl_other);
		sim_host_add(host, &rr);
	}
}

/* Addresses are its first records. */
static void make_host(struct world *world, unsigned index)
{
	struct sim *sim = &world->sim;
	uint32_t links = 1u << pick(world, world->links);
	struct sim_host *host;
	struct sim_rr rr;
	char name[32], service[32], instance[64];
	unsigned i, services = pick(world, 3);

	if (sim_chance(sim, 300))
		links |= 1u << pick(world, world->links);
	host = sim_host_open(sim, index, links);
	host->nsec = sim_chance(sim, 700);
	host->probes = sim_chance(sim, 500);
	host->extra = sim_chance(sim, 500);
	host->late = sim_chance(sim, 200) ? 300 * MDNS_MSEC : 0;
	host->mute = !sim->quiet && sim_chance(sim, 200) ? 500 : 0;
	snprintf(name, sizeof(name), "Host-%u.local", index);
	rr = random_address(world, index, 4);
	sim_host_add(host, &rr);
	if (sim_chance(sim, 600)) {
		rr = random_address(world, index, 16);
		sim_host_add(host, &rr);
	}
	for (i = 0; i < services; i++) {
		snprintf(service, sizeof(service), "_%c._tcp.local",
			'a' + (char)i);
		snprintf(instance, sizeof(instance), "Thing-%u.%s", index,
			service);
		rr = sim_rr_pointer(service, instance, world->ttl_other);
		sim_host_add(host, &rr);
		rr = sim_rr_service(instance, 80, name, world->ttl_host);
		sim_host_add(host, &rr);
		rr = sim_rr_text(instance, "a=b", world->ttl_other);
		sim_host_add(host, &rr);
	}
}

static void peer_links_up(struct world *world, struct sim_peer *peer)
{
	static const uint16_t payloads[] = {512, 1452, 1472, 8952};
	unsigned i;

	for (i = 0; i < world->links; i++)
		if (i == 0 || sim_chance(&world->sim, 700))
			sim_peer_up(peer, i, payloads[pick(world, 4)],
				sim_chance(&world->sim, 500));
}

static void make_peer(struct world *world, unsigned index)
{
	struct sim *sim = &world->sim;
	struct sim_peer *peer = &sim->peer[index];

	if (sim_chance(sim, 150)) {
		/* All that is asked for fits, a flood does not. */
		peer->limits.questions = 64;
		peer->limits.cache.records = 250;
		peer->limits.cache.octets = 150000;
	}
	sim_peer_open(sim, index);
	peer->loopback = sim_chance(sim, 700);
	peer->late = sim_chance(sim, 300) ? 20 * MDNS_MSEC : 0;
	peer->memory_fails = !sim->quiet && sim_chance(sim, 100) ? 50 : 0;
	peer_links_up(world, peer);
}

static void make_weather(struct world *world)
{
	struct sim *sim = &world->sim;
	unsigned kind = pick(world, 10), i;

	sim->quiet = kind < 3;
	world->damage = kind == 9;
	for (i = 0; i < world->links; i++) {
		struct sim_weather *weather = &sim->weather[i];

		weather->delay_max = 1 + pick(world, 20) * MDNS_MSEC;
		if (sim->quiet)
			continue;
		weather->loss =
			pick(world, 2) ? pick(world, 100) : pick(world, 500);
		weather->twice = pick(world, 100);
		if (pick(world, 3) == 0)
			weather->delay_max =
				(1 + pick(world, 1500)) * MDNS_MSEC;
		weather->damage = world->damage ? 1 + pick(world, 100) : 0;
	}
}

static void make_world(struct world *world, uint64_t seed, FILE *log)
{
	static const uint32_t host_ttls[] = {10, 60, 120, 120};
	static const uint32_t other_ttls[] = {20, 120, 4500, 4500};
	static const mdns_time lengths[] = {
		60, 120, 300, 300, 600, 600, 1200, 1200, 3600, 86400};
	struct sim *sim = &world->sim;
	unsigned length, i;

	memset(world, 0, sizeof(*world));
	sim_init(sim, seed);
	sim->log = log;
	world->links = 1 + pick(world, 3);
	world->peers = 1 + pick(world, 3);
	world->hosts = 1 + pick(world, 8);
	world->ttl_host = pick_ttl(world, host_ttls);
	world->ttl_other = pick_ttl(world, other_ttls);
	make_weather(world);
	length = pick(world, 10);
	world->end = sim->now + lengths[length] * MDNS_SEC;
	world->gap = lengths[length] * MDNS_SEC / 60;
	sim_say(sim, "seed %llu: %u links, %u peers, %u hosts, %s%s",
		(unsigned long long)seed, world->links, world->peers,
		world->hosts, sim->quiet ? "quiet" : "rough",
		world->damage ? ", damage" : "");
	for (i = 0; i < world->hosts; i++)
		if (i > 0 && sim_chance(sim, 50))
			make_crowd(world, i);
		else
			make_host(world, i);
	for (i = 0; i < world->peers; i++)
		make_peer(world, i);
}

/* --- what happens -------------------------------------------------------- */

static struct sim_host *some_host(struct world *world)
{
	return &world->sim.host[pick(world, world->hosts)];
}

/* The last host stands in for another one with the same name. */
static void do_conflict(struct world *world)
{
	struct sim *sim = &world->sim;
	struct sim_host *host = &sim->host[SIM_HOSTS - 1];
	unsigned of = pick(world, world->hosts);
	struct sim_rr rr;

	if (sim->host[of].record[0].rr.type != MDNS_TYPE_A)
		return;
	if (host->alive) {
		sim_host_leave(host);
		return;
	}
	sim_host_open(sim, SIM_HOSTS - 1, sim->host[of].links);
	rr = random_address(world, of, 4);
	sim_host_add(host, &rr);
	host->nsec = false;
	sim_host_join(host);
}

static void do_host(struct world *world)
{
	struct sim_host *host = some_host(world);
	struct sim_rr rr;

	if (!host->alive) {
		sim_host_join(host);
		return;
	}
	switch (pick(world, 6)) {
	case 0:
		sim_host_leave(host);
		break;
	case 1:
		sim_host_vanish(host);
		break;
	case 2:
		if (host->record[0].rr.type != MDNS_TYPE_A)
			break;
		rr = random_address(
			world, (unsigned)(host - world->sim.host), 4);
		sim_host_change(host, 0, &rr);
		break;
	case 3: /* a service goes or comes back; they are behind the rest */
		if (host->records < 4)
			break;
		if (host->record[host->records - 3].gone) {
			rr = host->record[host->records - 3].rr;
			sim_host_change(host, host->records - 3, &rr);
		} else {
			sim_host_withdraw(host, host->records - 3);
		}
		break;
	case 4:
		sim_host_announce(host, UINT32_MAX);
		break;
	default:
		do_conflict(world);
		break;
	}
}

static uint16_t random_question(struct world *world, struct mdns_name *name)
{
	static const uint16_t types[] = {
		MDNS_TYPE_A, MDNS_TYPE_AAAA, MDNS_TYPE_A, MDNS_TYPE_ANY};
	static const char *const hosts[] = {
		"Host-%u.local", "host-%u.local", "HOST-%u.LOCAL"};
	unsigned host = pick(world, world->hosts);
	char text[64];

	switch (pick(world, 6)) {
	case 0:
	case 1:
		snprintf(text, sizeof(text), "_%c._TCP.local",
			'a' + (char)pick(world, 2));
		*name = sim_name(text);
		return MDNS_TYPE_PTR;
	case 2:
		snprintf(text, sizeof(text), "thing-%u._a._tcp.local", host);
		*name = sim_name(text);
		return pick(world, 2) ? SIM_TYPE_SRV : SIM_TYPE_TXT;
	case 3:
		*name = sim_name("nobody.local");
		return MDNS_TYPE_A;
	default:
		snprintf(text, sizeof(text), hosts[pick(world, 3)], host);
		*name = sim_name(text);
		return types[pick(world, 4)];
	}
}

static void do_client(struct world *world, struct sim_peer *peer)
{
	struct sim_ask *ask = &peer->ask[pick(world, SIM_ASKS)];
	uint32_t ifindex = 0;
	struct mdns_name name;
	uint16_t type;

	if (ask->busy) {
		struct sim_ask old = *ask;

		sim_peer_stop(peer, old.ifindex, &old.name, old.type);
		/* A closed window is often opened again at once. */
		if (pick(world, 4) == 0)
			sim_peer_start(peer, old.ifindex, &old.name, old.type);
		return;
	}
	type = random_question(world, &name);
	if (pick(world, 4) == 0) {
		unsigned link = pick(world, world->links);

		if (peer->links >> link & 1)
			ifindex = link + 1;
	}
	sim_peer_start(peer, ifindex, &name, type);
}

static void restart_peer(struct world *world, struct sim_peer *peer)
{
	sim_peer_close(peer);
	if (sim_failed(&world->sim))
		return;
	sim_peer_open(&world->sim, peer->node);
	peer_links_up(world, peer);
}

static void do_peer(struct world *world)
{
	struct sim *sim = &world->sim;
	struct sim_peer *peer = &sim->peer[pick(world, world->peers)];
	unsigned link = pick(world, world->links);
	struct mdns_name name;
	uint16_t type;

	if (peer->asleep) {
		sim_peer_sleep(peer, false);
		return;
	}
	switch (pick(world, 24)) {
	case 0:
		if (peer->links >> link & 1)
			sim_peer_down(peer, link);
		else
			sim_peer_up(peer, link, 1472, pick(world, 2) == 0);
		break;
	case 1: /* changed */
		sim_peer_up(peer, link, 1452, pick(world, 2) == 0);
		break;
	case 2:
	case 3:
		type = random_question(world, &name);
		if (type != MDNS_TYPE_ANY)
			sim_peer_doubt(peer, 0, &name, type);
		break;
	case 4:
		if (pick(world, 3) == 0)
			restart_peer(world, peer);
		break;
	case 5:
		if (pick(world, 3) == 0)
			sim_peer_sleep(peer, true);
		break;
	default:
		do_client(world, peer);
		break;
	}
}

static void do_nuisance(struct world *world)
{
	struct sim *sim = &world->sim;
	unsigned link = pick(world, world->links);
	struct mdns_name name;

	if (pick(world, 2) == 0) {
		sim_flood(sim, link, 1 + pick(world, 400),
			pick(world, 2) ? 120 : 4500);
	} else {
		random_question(world, &name);
		sim_lie(sim, link, pick(world, world->peers), &name);
	}
}

static void live(struct world *world)
{
	struct sim *sim = &world->sim;

	while (sim->now < world->end && !sim_failed(sim)) {
		unsigned what = pick(world, 20);
		mdns_time gap = 2 * world->gap;

		if (what < 6)
			do_host(world);
		else if (what < 19)
			do_peer(world);
		else
			do_nuisance(world);
		/* Bursts, and long waits between them. */
		if (pick(world, 3))
			gap = pick(world, 2) ? MDNS_SEC : 50 * MDNS_MSEC;
		sim_run(sim, sim->now + sim_between(sim, 0, gap));
	}
}

/* The weather clears, nobody lies; in the end all know the truth. */
static void settle(struct world *world)
{
	struct sim *sim = &world->sim;
	mdns_time length = 2 * (sim->now - 1000 * MDNS_SEC);
	uint32_t ttl = world->ttl_host > world->ttl_other ? world->ttl_host
							  : world->ttl_other;
	unsigned i;

	/* The gap in a series is at most what it has run, and an hour. */
	if (length > 2 * 3600 * MDNS_SEC)
		length = 2 * 3600 * MDNS_SEC;
	length += (120 + ttl * 13 / 10) * MDNS_SEC;
	sim_say(sim, "the weather clears");
	for (i = 0; i < SIM_LINKS; i++) {
		sim->weather[i].loss = sim->weather[i].twice = 0;
		sim->weather[i].damage = 0;
		sim->weather[i].delay_max = 2 * MDNS_MSEC;
	}
	if (sim->host[SIM_HOSTS - 1].alive)
		sim_host_leave(&sim->host[SIM_HOSTS - 1]);
	for (i = 0; i < SIM_HOSTS; i++)
		sim->host[i].mute = 0;
	for (i = 0; i < world->peers; i++) {
		sim->peer[i].memory_fails = 0;
		if (sim->peer[i].asleep)
			sim_peer_sleep(&sim->peer[i], false);
	}
	sim_run(sim, sim->now + length);
	for (i = 0; i < world->peers && !sim_failed(sim); i++)
		if (!world->damage && !sim->peer[i].memory_failed)
			sim_view_agree(&sim->peer[i]);
}

struct totals {
	uint64_t steps, packets, queries, removals;
	mdns_time time;
	size_t memory;
};

static bool run_seed(uint64_t seed, FILE *log, struct totals *totals)
{
	static struct world world;
	struct sim *sim = &world.sim;
	unsigned i;

	make_world(&world, seed, log);
	if (!sim_failed(sim))
		live(&world);
	if (!sim_failed(sim))
		settle(&world);
	totals->steps += sim->steps;
	totals->packets += sim->packets;
	totals->removals += sim->removals;
	totals->time += sim->now - 1000 * MDNS_SEC;
	for (i = 0; i < SIM_PEERS; i++) {
		totals->queries += sim->peer[i].packets;
		if (sim->peer[i].memory_most > totals->memory)
			totals->memory = sim->peer[i].memory_most;
	}
	sim_close(sim);
	if (sim_failed(sim))
		printf("seed %llu: %s\n", (unsigned long long)seed,
			sim->failure);
	return !sim_failed(sim);
}

int main(int argc, char **argv)
{
	uint64_t first = 1, count = SEEDS, seed, failed = 0;
	struct totals totals = {0, 0, 0, 0, 0, 0};
	clock_t start = clock();
	FILE *log = NULL;
	int i;

	for (i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (strcmp(argv[i], "--verbose") == 0) {
			log = stdout;
			continue;
		}
		if (strcmp(argv[i], "--seeds") == 0) {
			count = strtoull(value, NULL, 10);
		} else if (strcmp(argv[i], "--first") == 0) {
			first = strtoull(value, NULL, 10);
		} else if (strcmp(argv[i], "--seed") == 0) {
			first = strtoull(value, NULL, 10);
			count = 1;
		} else {
			count = 0;
		}
		if (count == 0) {
			fprintf(stderr,
				"usage: test_sim [--seeds N] [--first N] "
				"[--seed N] [--verbose]\n");
			return 2;
		}
		i++;
	}
	for (seed = first; seed < first + count; seed++)
		if (!run_seed(seed, log, &totals) &&
			++failed == FAILURES_SHOWN) {
			seed++;
			break;
		}
	printf("%llu worlds, %llu failed; %.1f days, %llu events, %llu "
	       "datagrams, %llu of them queries, %llu removals, %zu octets at "
	       "most; %.1f s of CPU\n",
		(unsigned long long)(seed - first), (unsigned long long)failed,
		(double)totals.time / (86400.0 * (double)MDNS_SEC),
		(unsigned long long)totals.steps,
		(unsigned long long)totals.packets,
		(unsigned long long)totals.queries,
		(unsigned long long)totals.removals, totals.memory,
		(double)(clock() - start) / CLOCKS_PER_SEC);
	if (failed)
		printf("replay one: test_sim --seed N --verbose\n");
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
