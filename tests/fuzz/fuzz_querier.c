/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: the simulator's world (tests/sim), whose rules are checked after
 * every step, driven by a script: packets, times, questions, links. With
 * FUZZ_VERBOSE in the environment it says what happens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/gather.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sim/sim.h"

const char fuzz_target[] = "querier";

#define LINKS 2
#define PEERS 2
#define STEPS_MAX 64
#define NOBODY (SIM_NODE_HOST + 1)

static struct sim sim;

static const char *const names[] = {"a.local", "b.local", "A.LOCAL",
	"_ipp._tcp.local", "one._ipp._tcp.local", "two._ipp._tcp.local",
	"c.b.local", "1.1.254.169.in-addr.arpa"};
static const uint16_t types[] = {MDNS_TYPE_A, MDNS_TYPE_AAAA, MDNS_TYPE_PTR,
	SIM_TYPE_SRV, SIM_TYPE_TXT, 13 /* nobody has one */, MDNS_TYPE_ANY,
	MDNS_TYPE_CNAME};
/* None of a few seconds: its refresh is after its end then, for the second that
 * has to lie between two queries, which the watcher does not expect. */
static const uint32_t ttls[] = {0, 10, 20, 60, 120, 4500, 86400, 1000000};

static const char *choose_text(uint8_t kind)
{
	return names[kind % 8];
}

static struct mdns_name choose_name(uint8_t kind)
{
	return sim_name(choose_text(kind));
}

static uint16_t choose_type(uint8_t kind)
{
	return types[kind >> 3 & 7];
}

/* From a millisecond to a day, and nothing at all. */
static mdns_time choose_span(struct fuzz_input *input)
{
	uint8_t kind = fuzz_u8(input);
	uint8_t value = fuzz_u8(input);

	switch (kind & 3) {
	case 0:
		return value * MDNS_MSEC;
	case 1:
		return value * 10 * MDNS_MSEC;
	case 2:
		return value * MDNS_SEC;
	default:
		return value * 300 * MDNS_SEC;
	}
}

/* A record of a kind that the simulator's watcher understands. */
static struct sim_rr choose_record(struct fuzz_input *input)
{
	uint8_t kind = fuzz_u8(input);
	uint8_t more = fuzz_u8(input);
	const char *name = choose_text(kind);
	uint32_t ttl = ttls[more & 7];
	/* One name has no A, and its NSEC says so: whose NSEC says that a
	 * record is not there does not send it as well. Raw packets do. */
	static const uint8_t all_types[] = {
		0, 6, 0x40, 0x08, 0x80, 0x08, 0x40, 0x01};
	static const uint8_t without_a[] = {
		0, 6, 0, 0x08, 0x80, 0x08, 0x40, 0x01};
	bool only_v6 = kind % 8 == 6;
	uint8_t bytes[16] = {0xfe, 0x80};
	struct sim_rr rr;

	bytes[15] = more >> 6;
	switch (kind >> 3 & 7) {
	case 0:
	case 1:
		if (only_v6) {
			rr = sim_rr_address(name, bytes, 16, ttl);
			break;
		}
		bytes[0] = 10;
		bytes[3] = more >> 6;
		rr = sim_rr_address(name, bytes, 4, ttl);
		break;
	case 2:
		rr = sim_rr_address(name, bytes, 16, ttl);
		break;
	case 3:
	case 4:
		rr = sim_rr_pointer(name, names[3 + (more >> 6)], ttl);
		break;
	case 5:
		rr = sim_rr_service(name, more >> 6, names[more >> 6], ttl);
		break;
	case 6:
		rr = sim_rr_text(name, more >> 6 & 1 ? "a=b" : "", ttl);
		break;
	default: /* NSEC; the next name is its own */
		rr = sim_rr_pointer(name, name, ttl);
		rr.type = MDNS_TYPE_NSEC;
		memcpy(rr.rdata + rr.rdlength, only_v6 ? without_a : all_types,
			sizeof(all_types));
		rr.rdlength = (uint16_t)(rr.rdlength + sizeof(all_types));
		break;
	}
	/* A name whose records are shared, the others have their owner. The
	 * watcher knows no sets that are both; raw packets have them. */
	rr.flush = kind % 8 != 3;
	return rr;
}

/* A response, or a query of somebody else's with known answers. */
static void hear_written(struct fuzz_input *input, bool response)
{
	uint8_t buf[4096];
	struct mdns_writer writer;
	uint8_t kind = fuzz_u8(input);
	unsigned questions = kind & 3, records = kind >> 2 & 7, i;
	int n;

	if (response)
		questions = 0;
	mdns_writer_init(&writer, buf, sizeof(buf), 0,
		response ? MDNS_FLAG_QR | MDNS_FLAG_AA : 0);
	for (i = 0; i < questions; i++) {
		uint8_t what = fuzz_u8(input);
		struct mdns_name name = choose_name(what);

		mdns_writer_question(&writer, &name, types[what >> 3 & 7],
			what & 0x40 ? 0x8001 : 1);
	}
	for (i = 0; i < records; i++) {
		struct sim_rr rr = choose_record(input);

		sim_rr_write(
			&writer, MDNS_SECTION_ANSWER, &rr, rr.ttl, rr.flush);
	}
	n = mdns_writer_end(&writer);
	FUZZ_CHECK(n > 0);
	sim_send(&sim, kind >> 5 & 1, NOBODY, SIM_NODE_NOBODY,
		kind & 0x40 ? 5354 : MDNS_PORT, !(kind & 0x80), buf, (size_t)n);
}

/* Any octets at all, to the group or to one host. The watcher is told that they
 * were damaged on the way, so that it believes nothing of them. */
static void hear_raw(struct fuzz_input *input)
{
	uint8_t kind = fuzz_u8(input);
	unsigned link = kind & 1;
	size_t want = fuzz_u8(input) * 4u, size;
	const uint8_t *bytes = fuzz_bytes(input, want, &size);

	sim.weather[link].damage = 1000;
	sim_send(&sim, link, NOBODY, kind & 2 ? SIM_NODE_NOBODY : kind >> 2 & 1,
		kind & 0x40 ? 5354 : MDNS_PORT, !(kind & 0x80), bytes, size);
	sim.weather[link].damage = 0;
}

static void link_changes(struct fuzz_input *input, struct sim_peer *peer)
{
	static const uint16_t payloads[] = {512, 1452, 1472, 8952};
	uint8_t kind = fuzz_u8(input);
	unsigned link = kind & 1;

	if (kind & 2)
		sim_peer_down(peer, link);
	else
		sim_peer_up(peer, link, payloads[kind >> 2 & 3], kind >> 4 & 1);
}

/* What the caches of all links say of a name, at any time. */
static void gather(struct sim_peer *peer, uint8_t kind)
{
	struct mdns_name name = choose_name(kind);
	bool reverse = (kind % 8) == 7;
	struct mdns_gathered found;
	const struct mdns_answer *answer = &found.answer;
	bool known =
		mdns_gather(&peer->querier, &name, reverse, sim.now, &found);
	unsigned i;

	fuzz_check_answer(0, answer);
	if (!known) {
		FUZZ_CHECK(answer->count == 0 && answer->name.len == 0);
		FUZZ_CHECK(found.alias.len == 0);
		FUZZ_CHECK(found.expiry == MDNS_TIME_NEVER);
		return;
	}
	FUZZ_CHECK(found.expiry > sim.now);
	for (i = 0; i < MDNS_FAMILIES; i++)
		FUZZ_CHECK(found.half[i] == MDNS_TIME_NEVER ||
			   answer->presence[i] == MDNS_PRESENT || reverse ||
			   answer->presence[i] == MDNS_ABSENT);
	for (i = 0; i < answer->count; i++)
		FUZZ_CHECK(answer->presence[answer->address[i].family] ==
			   MDNS_PRESENT);
	FUZZ_CHECK(!reverse || answer->count == 0);
	if (found.alias.len > 0)
		fuzz_check_name(&found.alias);
}

static void step(struct fuzz_input *input)
{
	uint8_t what = fuzz_u8(input);
	struct sim_peer *peer = &sim.peer[what >> 4 & 1];
	uint32_t ifindex = what >> 5 & 3;
	struct mdns_name name;
	uint8_t kind;

	if (ifindex > LINKS ||
		(ifindex > 0 && !(peer->links >> (ifindex - 1) & 1)))
		ifindex = 0;
	switch (what & 15) {
	case 0:
	case 1:
	case 2:
		sim_run(&sim, sim.now + choose_span(input));
		break;
	case 3:
	case 4:
	case 5:
		hear_written(input, true);
		break;
	case 6:
		hear_written(input, false);
		break;
	case 7:
		hear_raw(input);
		break;
	case 8:
	case 9:
	case 10:
		kind = fuzz_u8(input);
		name = choose_name(kind);
		sim_peer_start(peer, ifindex, &name, choose_type(kind));
		break;
	case 11:
		kind = fuzz_u8(input);
		name = choose_name(kind);
		sim_peer_stop(peer, ifindex, &name, choose_type(kind));
		break;
	case 12: /* what is doubted is a type of its own, not ANY */
		kind = fuzz_u8(input);
		name = choose_name(kind);
		sim_peer_doubt(peer, ifindex, &name, types[kind >> 3 & 3]);
		break;
	case 13:
		link_changes(input, peer);
		break;
	case 14:
		gather(peer, fuzz_u8(input));
		break;
	case 15:
		kind = fuzz_u8(input);
		sim.weather[kind & 1].loss = (kind >> 1 & 7) * 100;
		sim.weather[kind & 1].delay_max =
			(1 + (kind >> 4) * 100) * MDNS_MSEC;
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	unsigned i, steps;
	uint8_t kind = fuzz_u8(&input);

	sim_init(&sim, kind);
	if (getenv("FUZZ_VERBOSE"))
		sim.log = stderr;
	for (i = 0; i < PEERS; i++) {
		struct sim_peer *peer = &sim.peer[i];

		if (kind >> i & 1) { /* room for what is asked for */
			peer->limits.questions = 64;
			peer->limits.cache.records = 250;
			peer->limits.cache.octets = 150000;
		}
		sim_peer_open(&sim, i);
		peer->loopback = kind >> 2 & 1;
		peer->late = kind >> 3 & 1 ? 20 * MDNS_MSEC : 0;
		peer->memory_fails = kind >> 4 & 1 ? 50 : 0;
		sim_peer_up(peer, 0, 1452, kind >> 5 & 1);
		if (kind >> 6 & 1)
			sim_peer_up(peer, 1, 512, false);
	}
	for (steps = 0; steps < STEPS_MAX && input.left > 0; steps++)
		step(&input);
	sim_run(&sim, sim.now + 2 * MDNS_SEC);
	sim_close(&sim);
	if (sim_failed(&sim)) {
		fprintf(stderr, "%s\n", sim.failure);
		abort();
	}
	return 0;
}
