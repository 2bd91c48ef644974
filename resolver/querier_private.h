/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What querier.c (all links), querier_link.c (one of them, and time) and
 * querier_packet.c (packets) share. */
#ifndef MDNS_QUERIER_PRIVATE_H
#define MDNS_QUERIER_PRIVATE_H

#include "resolver/querier.h"

/* Between two queries for the same question (RFC 6762 5.2). */
#define MDNS_QUERIER_GAP (1 * MDNS_SEC)

/* Any question fits such a message. */
#define MDNS_QUERIER_PAYLOAD_LEAST 512

static inline void *mdns_querier_take(
	const struct mdns_querier *querier, size_t size)
{
	return querier->memory.take(querier->memory.context, size);
}

static inline void mdns_querier_give(
	const struct mdns_querier *querier, void *memory, size_t size)
{
	querier->memory.give(querier->memory.context, memory, size);
}

static inline uint32_t mdns_querier_hash(
	const struct mdns_querier *querier, const struct mdns_name *name)
{
	return mdns_name_hash_seeded(name, querier->hash_seed);
}

/* --- one question on one link --- */

void mdns_asking_name(
	const struct mdns_asking *asking, struct mdns_name *ret_name);

struct mdns_asking *mdns_asking_find(const struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type);

/* The same, or a new one that nobody asks yet; NULL if there is no room. */
struct mdns_asking *mdns_asking_find_or_add(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type);

/* It has been asked now: sets its next time. advance:
 * that was the next query of its series, not one to refresh something. */
void mdns_asking_asked(struct mdns_querier_link *link,
	struct mdns_asking *asking, bool advance, mdns_time now);

/* Another host has asked it, and would be content with what we would have said
 * we know (7.3): it counts as ours if we were about to ask as well. */
void mdns_asking_heard(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now);

/* It need not be asked before its series goes on. */
void mdns_asking_put_off(
	struct mdns_querier_link *link, struct mdns_asking *asking);

/* True if nobody asks it any more; then it has been freed. */
bool mdns_asking_is_over(struct mdns_querier_link *link,
	struct mdns_asking *asking, mdns_time now);

/* --- one link --- */

/* Not yet among those of the querier; NULL if there is no memory. */
struct mdns_querier_link *mdns_querier_link_new(
	struct mdns_querier *querier, uint32_t ifindex, mdns_time now);

/* It is no longer among those of the querier. */
void mdns_querier_link_free(struct mdns_querier_link *link);

/* Forgets what was heard there, and asks nothing because of that. */
void mdns_querier_link_flush(struct mdns_querier_link *link, mdns_time now);

/* The link is another one now: nothing heard there counts, and every question
 * begins anew, QU included (RFC 6762 10.3, 5.4). */
void mdns_querier_link_renew(struct mdns_querier_link *link, mdns_time now);

/* As the functions of querier.h, on this link only. */
int mdns_querier_link_start(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now);
void mdns_querier_link_stop(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now);
void mdns_querier_link_hurry(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now);
int mdns_querier_link_reconfirm(struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type, mdns_time now);

/* The question that is due first, if it is due by now; or NULL. */
struct mdns_asking *mdns_querier_link_due(
	const struct mdns_querier_link *link, mdns_time now);

/* True if a client asks for such records. */
bool mdns_querier_link_wants(const struct mdns_querier_link *link,
	const struct mdns_name *name, uint16_t type);

#endif
