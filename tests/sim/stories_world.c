/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the stories share: one querier, a printer, and what others say. */
#include <stdio.h>

#include "tests/sim/stories_world.h"

struct sim sim;

struct sim_peer *given_peer(void)
{
	struct sim_peer *peer;

	sim_init(&sim, 1);
	sim.keep_sent = true;
	sim.quiet = true;
	peer = sim_peer_open(&sim, 0);
	peer->loopback = true;
	sim_peer_up(peer, 0, 1472, false);
	return peer;
}

void then_all_is_well(void)
{
	ck_assert_msg(!sim_failed(&sim), "%s", sim.failure);
	sim_close(&sim);
	ck_assert_msg(!sim_failed(&sim), "%s", sim.failure);
}

void when_asked(struct sim_peer *peer, const char *text, uint16_t type)
{
	struct mdns_name name = sim_name(text);

	ck_assert(sim_peer_start(peer, 0, &name, type));
}

void when_stopped(struct sim_peer *peer, const char *text, uint16_t type)
{
	struct mdns_name name = sim_name(text);

	sim_peer_stop(peer, 0, &name, type);
}

void when_doubted(struct sim_peer *peer, const char *text, uint16_t type)
{
	struct mdns_name name = sim_name(text);

	sim_peer_doubt(peer, 0, &name, type);
}

void when_passed(mdns_time span)
{
	sim_run(&sim, sim.now + span);
	ck_assert_msg(!sim_failed(&sim), "%s", sim.failure);
}

struct sim_rr address(const char *name, uint8_t last, uint32_t ttl)
{
	uint8_t bytes[4] = {169, 254, 7, last};

	return sim_rr_address(name, bytes, 4, ttl);
}

struct sim_host *given_printer(uint32_t ttl)
{
	struct sim_host *host = sim_host_open(&sim, 0, 1);
	struct sim_rr rr = address(PRINTER, 1, ttl);

	sim_host_add(host, &rr);
	host->alive = true;
	return host;
}

struct sim_host *given_services(unsigned index, unsigned count)
{
	struct sim_host *host = sim_host_open(&sim, index, 1);
	unsigned i;

	for (i = 0; i < count; i++) {
		char name[100];
		struct sim_rr rr;

		snprintf(name, sizeof(name),
			"printer number %u on floor %u." BROWSE, i, index);
		rr = sim_rr_pointer(BROWSE, name, 4500);
		sim_host_add(host, &rr);
	}
	host->alive = true;
	return host;
}

void when_heard(const struct unit_message *message)
{
	sim_send(&sim, 0, SIM_NODE_NOBODY, SIM_NODE_NOBODY, MDNS_PORT, true,
		message->bytes, message->size);
}

void when_another_asks(const char *name, uint16_t type, uint16_t rclass)
{
	struct unit_message message;

	unit_message_init(&message, 0, 0);
	unit_message_question(&message, name, type, rclass);
	when_heard(&message);
}

void when_another_says(const char *name, const char *text, uint32_t ttl)
{
	struct unit_message message;

	unit_message_init(&message, 0, 0x8400);
	unit_message_address(&message, MDNS_SECTION_ANSWER, name, text, ttl);
	when_heard(&message);
}

mdns_time sent_at(size_t i)
{
	ck_assert_uint_lt(i, sim.sents);
	return sim.sent[i].at;
}

void then_between(mdns_time what, mdns_time least, mdns_time most)
{
	ck_assert_msg(what >= least && what <= most, "%f s, not %f to %f",
		(double)what / 1e9, (double)least / 1e9, (double)most / 1e9);
}
