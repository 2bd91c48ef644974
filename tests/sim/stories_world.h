/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the stories share: one querier on a link of the simulator, the hosts
 * there, what a client does, and what others say. */
#ifndef TESTS_SIM_STORIES_WORLD_H
#define TESTS_SIM_STORIES_WORLD_H

#include "tests/sim/host.h"
#include "tests/sim/sim.h"
#include "tests/unit.h"

#define PRINTER "printer.local"
#define BROWSE "_ipp._tcp.local"
#define START (1000 * MDNS_SEC)

extern struct sim sim; /* too large for the stack */

/* One peer on one link, alone on its port, always in time. */
struct sim_peer *given_peer(void);
/* A host with one address; it is there already and says nothing. */
struct sim_host *given_printer(uint32_t ttl);
/* A host with that many services, there already. */
struct sim_host *given_services(unsigned index, unsigned count);
/* Its address ends with last. */
struct sim_rr address(const char *name, uint8_t last, uint32_t ttl);

/* What the client does. */
void when_asked(struct sim_peer *peer, const char *text, uint16_t type);
void when_stopped(struct sim_peer *peer, const char *text, uint16_t type);
void when_doubted(struct sim_peer *peer, const char *text, uint16_t type);

/* From somebody who is no host of the simulator. */
void when_heard(const struct unit_message *message);
void when_another_asks(const char *name, uint16_t type, uint16_t rclass);
void when_another_says(const char *name, const char *text, uint32_t ttl);

/* Lets the time pass; the watcher must not have seen anything. */
void when_passed(mdns_time span);

/* When we sent our packet with that index, which must be there. */
mdns_time sent_at(size_t i);
void then_between(mdns_time what, mdns_time least, mdns_time most);
/* Ends it; the watcher must not have seen anything. */
void then_all_is_well(void);

#endif
