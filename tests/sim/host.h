/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripted hosts: responders as RFC 6762 wants them, and worse ones. */
#ifndef TESTS_SIM_HOST_H
#define TESTS_SIM_HOST_H

#include "tests/sim/sim.h"

struct sim_host *sim_host_open(struct sim *sim, unsigned index, uint32_t links);
/* Its number in the host; the record is copied. */
unsigned sim_host_add(struct sim_host *host, const struct sim_rr *rr);

/* Comes up: probes if it does that, then announces twice (8.1, 8.3). */
void sim_host_join(struct sim_host *host);
void sim_host_announce(struct sim_host *host, uint32_t mask);
/* Leaves with a goodbye (10.1), or without a word. */
void sim_host_leave(struct sim_host *host);
void sim_host_vanish(struct sim_host *host);
/* One record goes with a goodbye; another takes its place (8.4). */
void sim_host_withdraw(struct sim_host *host, unsigned record);
void sim_host_change(
	struct sim_host *host, unsigned record, const struct sim_rr *rr);

/* A datagram came. */
void sim_host_read(struct sim_host *host, unsigned link, unsigned from,
	const uint8_t *bytes, size_t size);

/* True if a living host on the link has had just that record since then. */
bool sim_host_has(const struct sim *sim, unsigned link, const struct sim_rr *rr,
	mdns_time since);

/* Nuisances, from nobody in particular: count records with names that nobody
 * asked for; a false address for that name, sent in all the ways that must
 * not be believed. */
void sim_flood(struct sim *sim, unsigned link, unsigned count, uint32_t ttl);
void sim_lie(struct sim *sim, unsigned link, unsigned peer,
	const struct mdns_name *name);

#endif
