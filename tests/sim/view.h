/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What view.c (what was heard) and invariants.c (what was sent) share. */
#ifndef TESTS_SIM_VIEW_H
#define TESTS_SIM_VIEW_H

#include "tests/sim/sim.h"

/* NULL if it was never heard. */
struct sim_seen *sim_seen_find(struct sim_view *view, const struct sim_rr *rr);
/* All records of a name are in one bucket. */
struct sim_seen **sim_view_bucket(
	struct sim_view *view, const struct mdns_name *name);
/* NULL if it is not there and is not to be made. */
struct sim_asked *sim_asked_get(struct sim_view *view,
	const struct mdns_name *name, uint16_t type, bool make);
/* True if a client asks just that. */
bool sim_peer_asks(const struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type);
/* How many times for a refresh have begun at its age, with 80 for percent, or
 * have ended, with 82. */
unsigned sim_seen_refreshes(
	const struct sim_seen *seen, mdns_time now, int percent);
bool sim_seen_fails(const struct sim_seen *seen);
bool sim_seen_answers(
	const struct sim_seen *seen, const struct mdns_question *question);
/* Why there is nothing to ask for, or NULL. */
const char *sim_asked_silent(struct sim_peer *peer, struct sim_view *view,
	const struct mdns_question *question);
uint32_t sim_sum(const uint8_t *bytes, size_t size);

#endif
