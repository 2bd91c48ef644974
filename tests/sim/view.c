/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The watcher's own view of what a querier hears: from when on a record may be
 * removed, until when it must be, and what it may show at all.
 *
 * It reads the same datagrams as the querier, and shares no code with the cache
 * and the querier. */
#include "tests/sim/view.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/host.h"

#define TTL_MAX 86400

/* --- what was heard ------------------------------------------------------ */

void sim_view_init(struct sim_view *view)
{
	memset(view, 0, sizeof(*view));
	view->deadline = MDNS_TIME_NEVER;
}

void sim_view_close(struct sim_view *view)
{
	unsigned i;

	for (i = 0; i < SIM_BUCKETS; i++)
		while (view->bucket[i]) {
			struct sim_seen *next = view->bucket[i]->next;

			free(view->bucket[i]);
			view->bucket[i] = next;
		}
	while (view->asked) {
		struct sim_asked *next = view->asked->next;

		free(view->asked);
		view->asked = next;
	}
}

uint32_t sim_sum(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 2166136261u;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum;
}

/* All records of a name are in one bucket. */
struct sim_seen **sim_view_bucket(
	struct sim_view *view, const struct mdns_name *name)
{
	return &view->bucket[mdns_name_hash(name) % SIM_BUCKETS];
}

struct sim_seen *sim_seen_find(struct sim_view *view, const struct sim_rr *rr)
{
	struct sim_seen *seen = *sim_view_bucket(view, &rr->name);

	while (seen && !sim_rr_equal(&seen->rr, rr))
		seen = seen->next;
	return seen;
}

static struct sim_seen *make_seen(
	struct sim_view *view, const struct sim_rr *rr)
{
	struct sim_seen *seen = calloc(1, sizeof(*seen));
	struct sim_seen **bucket = sim_view_bucket(view, &rr->name);

	if (!seen)
		abort();
	seen->rr = *rr;
	seen->next = *bucket;
	*bucket = seen;
	return seen;
}

static void drop_seen(struct sim_view *view, struct sim_seen *seen)
{
	struct sim_seen **at = sim_view_bucket(view, &seen->rr.name);

	while (*at != seen)
		at = &(*at)->next;
	*at = seen->next;
	free(seen);
}

static void set_latest(
	struct sim_view *view, struct sim_seen *seen, mdns_time latest)
{
	seen->latest = latest;
	if (latest < view->deadline)
		view->deadline = latest;
}

struct sim_asked *sim_asked_get(struct sim_view *view,
	const struct mdns_name *name, uint16_t type, bool make)
{
	struct sim_asked *asked = view->asked;

	while (asked &&
		!(asked->type == type && mdns_name_equal(&asked->name, name)))
		asked = asked->next;
	if (asked || !make)
		return asked;
	asked = calloc(1, sizeof(*asked));
	if (!asked)
		abort();
	asked->name = *name;
	asked->type = type;
	asked->next = view->asked;
	view->asked = asked;
	return asked;
}

/* True if a client asks just that. */
bool sim_peer_asks(const struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type)
{
	const struct sim_ask *ask;

	for (ask = peer->ask; ask < peer->ask + SIM_ASKS; ask++)
		if (ask->busy && ask->type == type &&
			(ask->ifindex == 0 || ask->ifindex == link + 1) &&
			mdns_name_equal(&ask->name, name))
			return true;
	return false;
}

/* --- what answers a question ---------------------------------------------- */

/* How many times for a refresh have begun at its age: from 80, 85, 90, 95 % on;
 * or have ended: 2 % later. */
unsigned sim_seen_refreshes(
	const struct sim_seen *seen, mdns_time now, int percent)
{
	mdns_time age = now - seen->heard;
	mdns_time step = seen->rr.ttl * MDNS_SEC / 100;
	unsigned count = 0;

	while (count < 4 && age >= step * (percent + 5 * (int)count))
		count++;
	return count;
}

/* Others asked for it in vain, or something else lets it end early. */
bool sim_seen_fails(const struct sim_seen *seen)
{
	return seen->earliest < seen->heard + seen->rr.ttl * MDNS_SEC;
}

bool sim_seen_answers(
	const struct sim_seen *seen, const struct mdns_question *question)
{
	return seen->shown && sim_type_matches(question->type, seen->rr.type) &&
	       mdns_name_equal(&seen->rr.name, &question->name);
}

static bool is_denial(
	const struct sim_seen *seen, const struct mdns_question *question)
{
	return seen->shown && sim_rr_denies(&seen->rr, question->type) &&
	       question->type != MDNS_TYPE_ANY &&
	       mdns_name_equal(&seen->rr.name, &question->name);
}

/* A unique answer that is not old, or a denial: there is no reason to go on
 * (5.2, 6.1). */
const char *sim_asked_silent(struct sim_peer *peer, struct sim_view *view,
	const struct mdns_question *question)
{
	struct sim_seen *seen = *sim_view_bucket(view, &question->name);

	for (; seen; seen = seen->next) {
		if (seen->loose || seen->goodbye || seen->doubted ||
			sim_seen_fails(seen))
			continue;
		if (question->type != MDNS_TYPE_ANY && seen->rr.flush &&
			sim_seen_refreshes(seen, peer->sim->now, 80) == 0 &&
			sim_seen_answers(seen, question))
			return "a unique answer is there";
		if (is_denial(seen, question))
			return "an NSEC record denies it";
	}
	return NULL;
}

static void restart(struct sim_peer *peer, struct sim_asked *asked)
{
	asked->start = peer->sim->now;
	asked->count = 0;
}

void sim_view_start(struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type)
{
	struct sim_asked *asked =
		sim_asked_get(&peer->view[link], name, type, true);

	/* A second client does not begin a second series. */
	if (sim_peer_asks(peer, link, name, type))
		return;
	asked->since = peer->sim->now;
	asked->qu = true;
	restart(peer, asked);
}

void sim_view_link(struct sim_peer *peer, unsigned link)
{
	struct sim_asked *asked;
	struct sim_ask *ask;

	peer->view[link].qu_ever = false;
	for (ask = peer->ask; ask < peer->ask + SIM_ASKS; ask++)
		if (ask->busy)
			sim_asked_get(
				&peer->view[link], &ask->name, ask->type, true);
	for (asked = peer->view[link].asked; asked; asked = asked->next) {
		asked->since = peer->sim->now;
		asked->qu = true;
		asked->ever = false;
		asked->doubt_until = 0;
		restart(peer, asked);
	}
}

void sim_view_doubt(struct sim_peer *peer, unsigned link,
	const struct mdns_name *name, uint16_t type, bool certain)
{
	struct sim_view *view = &peer->view[link];
	struct sim_seen *seen = *sim_view_bucket(view, name);
	struct sim_asked *asked = sim_asked_get(view, name, type, true);
	mdns_time end = peer->sim->now + 10 * MDNS_SEC;

	/* RFC 6762 10.4: at least two queries, and 10 s. */
	asked->doubt_until = end;
	asked->doubt_turns = 0;
	restart(peer, asked);
	for (; seen; seen = seen->next) {
		if (!seen->shown || !sim_type_matches(type, seen->rr.type) ||
			!mdns_name_equal(&seen->rr.name, name))
			continue;
		/* Without memory it may be doubted or not. */
		seen->doubted = true;
		seen->loose |= !certain;
		if (end < seen->earliest)
			seen->earliest = end;
		if (end < seen->latest && certain)
			set_latest(view, seen, end);
	}
}

/* --- a datagram for the querier ------------------------------------------ */

#define HEARD_MAX 1000

static struct sim_rr heard[HEARD_MAX];

/* RFC 6762 6, 11, 18.3, 18.11. */
static bool is_acceptable(const struct sim_peer *peer, unsigned link,
	const struct mdns_origin *origin, const struct mdns_reader *reader)
{
	const struct sim_view *view = &peer->view[link];
	uint16_t flags = reader->header.flags;

	if (reader->err || !(flags & MDNS_FLAG_QR) ||
		flags & (MDNS_FLAG_OPCODE | MDNS_FLAG_RCODE) ||
		origin->port != MDNS_PORT)
		return false;
	if (origin->to_group)
		return true;
	return origin->on_link && view->qu_ever &&
	       peer->sim->now - view->qu_at <= 2 * MDNS_SEC;
}

void sim_view_before_read(struct sim_peer *peer, unsigned link,
	const struct mdns_origin *origin, const uint8_t *bytes, size_t size,
	bool damaged, unsigned from)
{
	struct mdns_reader reader;
	struct mdns_record record;

	(void)from;
	peer->heard = heard;
	peer->heard_count = 0;
	peer->heard_damaged = damaged;
	mdns_reader_init(&reader, bytes, size);
	if (!is_acceptable(peer, link, origin, &reader))
		return;
	while (peer->heard_count < HEARD_MAX &&
		mdns_reader_record(&reader, &record))
		if ((record.rclass == MDNS_CLASS_IN || damaged) &&
			sim_rr_read(
				&reader, &record, &heard[peer->heard_count]))
			peer->heard_count++;
}

/* RFC 6762 10.2. */
static void flush_others(struct sim_peer *peer, struct sim_view *view,
	const struct sim_rr *rr, bool damaged)
{
	struct sim_seen *seen = *sim_view_bucket(view, &rr->name);
	mdns_time now = peer->sim->now;
	mdns_time end = now + MDNS_SEC;

	for (; seen; seen = seen->next) {
		if (!seen->shown || seen->rr.type != rr->type ||
			sim_rr_equal(&seen->rr, rr) ||
			!mdns_name_equal(&seen->rr.name, &rr->name) ||
			(!seen->loose && now - seen->heard < MDNS_SEC))
			continue;
		if (end < seen->earliest)
			seen->earliest = end;
		if (rr->ttl > 0 && !damaged && !seen->loose &&
			now - seen->heard > MDNS_SEC) {
			seen->goodbye |= end < seen->latest;
			if (end < seen->latest)
				set_latest(view, seen, end);
		}
	}
}

static void hear(struct sim_peer *peer, struct sim_view *view,
	const struct sim_rr *rr, bool damaged)
{
	struct sim_seen *seen = sim_seen_find(view, rr);
	mdns_time now = peer->sim->now;
	uint32_t ttl = rr->ttl < TTL_MAX ? rr->ttl : TTL_MAX;
	mdns_time end = now + (ttl ? ttl : 1) * MDNS_SEC;

	if (seen && seen->shown && ttl == 0) { /* 10.1 */
		if (damaged)
			seen->loose = true;
		else
			seen->goodbye |= end < seen->latest;
		if (end < seen->earliest)
			seen->earliest = end;
		if (end < seen->latest && !damaged)
			set_latest(view, seen, end);
	} else if (seen && ttl > 0) {
		if (damaged) {
			seen->loose = true;
			if (end > seen->latest)
				set_latest(view, seen, end);
			if (end < seen->earliest)
				seen->earliest = end;
		} else {
			seen->loose = false;
			seen->earliest = end;
			set_latest(view, seen, end);
		}
		seen->heard = now;
		seen->goodbye = seen->doubted = false;
		seen->refreshed[0] = seen->refreshed[1] = 0;
		seen->clean = 0;
		if (!damaged) /* perhaps it was not taken */
			seen->foreign = 0;
		seen->rr.ttl = ttl;
		seen->rr.flush = rr->flush;
	}
	if (rr->flush)
		flush_others(peer, view, rr, damaged);
}

/* --- queries of others --------------------------------------------------- */

/* It may be taken for one of its own that came back. */
static bool is_like_own(const struct sim_view *view, const uint8_t *bytes,
	size_t size, mdns_time now)
{
	unsigned i;

	for (i = 0; i < SIM_OWN; i++)
		if (view->own_size[i] == size &&
			now - view->own_at[i] <= MDNS_SEC &&
			view->own_sum[i] == sim_sum(bytes, size))
			return true;
	return false;
}

/* RFC 6762 10.5. What is surely a query that should have had that answer
 * makes it go; what may be one allows it. */
static void observe(struct sim_peer *peer, struct sim_view *view,
	const struct mdns_question *question, bool certain)
{
	struct sim_seen *seen = *sim_view_bucket(view, &question->name);
	mdns_time now = peer->sim->now;
	mdns_time end = now + 10 * MDNS_SEC;

	for (; seen; seen = seen->next) {
		if (!seen->shown ||
			!sim_type_matches(question->type, seen->rr.type) ||
			!mdns_name_equal(&seen->rr.name, &question->name))
			continue;
		/* Within a second it must not be answered again (6), and what
		 * comes twice is one query. */
		if (!seen->loose &&
			(now - seen->heard < MDNS_SEC ||
				(seen->foreign > 0 &&
					now - seen->foreign_at < MDNS_SEC)))
			continue;
		seen->foreign_at = now;
		if (++seen->foreign >= 2 && end < seen->earliest)
			seen->earliest = end;
		if (!certain || seen->loose ||
			seen->rr.type == MDNS_TYPE_NSEC ||
			(seen->clean && now - seen->clean_at < MDNS_SEC))
			continue;
		seen->clean_at = now;
		if (++seen->clean == 2 && end < seen->latest)
			set_latest(view, seen, end);
	}
}

static void overhear(struct sim_peer *peer, unsigned link,
	const struct mdns_origin *origin, const uint8_t *bytes, size_t size,
	bool damaged)
{
	struct sim_view *view = &peer->view[link];
	struct mdns_reader reader;
	struct mdns_question question;
	bool certain;

	mdns_reader_init(&reader, bytes, size);
	if (reader.err || reader.header.flags & MDNS_FLAG_QR ||
		!origin->to_group)
		return;
	certain = !damaged && origin->port == MDNS_PORT &&
		  reader.header.flags == 0 &&
		  reader.header.count[MDNS_SECTION_ANSWER] == 0 &&
		  reader.header.count[MDNS_SECTION_AUTHORITY] == 0 &&
		  !is_like_own(view, bytes, size, peer->sim->now);
	while (mdns_reader_question(&reader, &question)) {
		struct sim_asked *asked;

		/* Whether it has the record as a known answer does not matter
		 * for what is allowed. */
		if (question.unicast_response && !damaged)
			continue;
		observe(peer, view, &question, certain);
		asked = sim_asked_get(
			view, &question.name, question.type, false);
		sim_say(peer->sim, "peer %u: link %u hears the question %s %u",
			peer->node, link + 1, sim_text(&question.name),
			question.type);
		if (!asked || question.unicast_response)
			continue;
		/* 7.3. One that was asked a moment ago, by whomever, has had
		 * its turn; one that has its answer is not about to be. */
		if (certain && question.rclass == MDNS_CLASS_IN &&
			sim_peer_asks(
				peer, link, &question.name, question.type) &&
			peer->sim->now - asked->turn >= MDNS_SEC &&
			!sim_asked_silent(peer, view, &question)) {
			asked->heard_ever = true;
			asked->heard = peer->sim->now;
		}
		asked->turn = peer->sim->now;
		asked->doubt_turns++;
	}
}

void sim_view_after_read(struct sim_peer *peer, unsigned link,
	const struct mdns_origin *origin, const uint8_t *bytes, size_t size,
	bool damaged, unsigned from)
{
	struct sim_view *view = &peer->view[link];
	unsigned i;

	for (i = 0; i < peer->heard_count; i++)
		hear(peer, view, &heard[i], damaged);
	/* What somebody wants must be there now. */
	for (i = 0; i < peer->heard_count && !damaged; i++) {
		const struct sim_seen *seen = sim_seen_find(view, &heard[i]);

		if (heard[i].ttl > 0 && !(seen && seen->shown) &&
			!peer->memory_failed && !peer->sim->damaged &&
			heard[i].type != MDNS_TYPE_NSEC &&
			sim_peer_wants(
				peer, link, &heard[i].name, heard[i].type))
			sim_fail(peer->sim,
				"peer %u, link %u: heard and wanted, but not "
				"shown: %s %u",
				peer->node, link + 1, sim_text(&heard[i].name),
				heard[i].type);
	}
	if (from != peer->node)
		overhear(peer, link, origin, bytes, size, damaged);
	peer->heard_count = 0;
}

/* --- what the querier tells ---------------------------------------------- */

static bool is_heard(const struct sim_peer *peer, const struct sim_rr *rr)
{
	unsigned i;

	for (i = 0; i < peer->heard_count; i++) {
		if (peer->heard[i].type != rr->type ||
			!mdns_name_equal(&peer->heard[i].name, &rr->name))
			continue;
		if (peer->heard_damaged ||
			(peer->heard[i].ttl > 0 &&
				sim_rr_equal(&peer->heard[i], rr)))
			return true;
	}
	return false;
}

static void removed(struct sim_peer *peer, unsigned link, struct sim_seen *seen)
{
	struct sim_view *view = &peer->view[link];
	struct sim *sim = peer->sim;
	const struct sim_rr *rr = &seen->rr;
	bool flushed = peer->flushing && peer->flushing_link == link;
	struct sim_asked *asked;
	struct sim_seen *other;

	sim->removals++;
	seen->shown = false;
	view->shown--;
	if (!flushed && sim->now < seen->earliest) {
		peer->unexplained[link]++;
		if (sim_peer_wants(peer, link, &rr->name, rr->type) &&
			!peer->memory_failed)
			sim_fail(sim,
				"peer %u, link %u: removed while wanted and "
				"not due for %.6f s: %s %u",
				peer->node, link + 1,
				(double)(seen->earliest - sim->now) /
					(double)MDNS_SEC,
				sim_text(&rr->name), rr->type);
	}
	asked = sim_asked_get(view, &rr->name, rr->type, false);
	if (seen->doubted && !flushed && !peer->slept && !peer->memory_failed &&
		asked && sim->now >= asked->doubt_until &&
		sim->now < seen->heard + rr->ttl * MDNS_SEC &&
		asked->doubt_turns < 2)
		sim_fail(sim,
			"peer %u, link %u: reconfirmed by %u queries only "
			"(10.4): %s %u",
			peer->node, link + 1, asked->doubt_turns,
			sim_text(&rr->name), rr->type);
	for (asked = view->asked; asked; asked = asked->next) {
		if (!mdns_name_equal(&asked->name, &rr->name) ||
			!(sim_type_matches(asked->type, rr->type) ||
				sim_rr_denies(rr, asked->type)))
			continue;
		if (sim->quiet && !flushed && !seen->goodbye && !peer->slept &&
			asked->since < seen->heard &&
			sim_peer_wants(peer, link, &rr->name, rr->type) &&
			sim_host_has(sim, link, rr, seen->heard))
			sim_fail(sim,
				"peer %u, link %u: removed, but it is there "
				"and nothing was lost: %s %u",
				peer->node, link + 1, sim_text(&rr->name),
				rr->type);
		/* The last answer has gone: the question is open again. */
		for (other = *sim_view_bucket(view, &rr->name); other;
			other = other->next)
			if (other->shown &&
				sim_type_matches(asked->type, other->rr.type) &&
				mdns_name_equal(&other->rr.name, &rr->name))
				break;
		if (!other)
			restart(peer, asked);
	}
	drop_seen(view, seen);
}

void sim_view_changed(struct sim_peer *peer, unsigned link,
	enum mdns_change change, const struct mdns_cached *record)
{
	static const char names[][8] = {"ADDED", "UPDATED", "REMOVED"};
	struct sim_view *view = &peer->view[link];
	struct sim *sim = peer->sim;
	struct sim_seen *seen;
	struct sim_rr rr;

	if (change == MDNS_ENDING) /* REMOVED follows, or UPDATED */
		return;
	mdns_rrset_name(record->set, &rr.name);
	rr.type = record->set->type;
	rr.rdlength = record->rdlength;
	rr.ttl = record->ttl;
	rr.flush = record->set->unique;
	if (change > MDNS_REMOVED || rr.rdlength > sizeof(rr.rdata)) {
		sim_fail(sim, "an event that must not come out");
		return;
	}
	memcpy(rr.rdata, record->rdata, rr.rdlength);
	seen = sim_seen_find(view, &rr);
	if (sim->log)
		sim_say(sim, "peer %u: link %u %s %s %u ttl %u sum %08x",
			peer->node, link + 1, names[change], sim_text(&rr.name),
			rr.type, rr.ttl, sim_sum(rr.rdata, rr.rdlength));
	if (change == MDNS_REMOVED) {
		if (seen && seen->shown)
			removed(peer, link, seen);
		else
			sim_fail(sim,
				"peer %u, link %u: REMOVED what was not there",
				peer->node, link + 1);
		return;
	}
	if ((change == MDNS_ADDED) == (seen && seen->shown)) {
		sim_fail(sim, "peer %u, link %u: %s, but it is %sthere: %s %u",
			peer->node, link + 1, names[change],
			seen && seen->shown ? "" : "not ", sim_text(&rr.name),
			rr.type);
		return;
	}
	if (!is_heard(peer, &rr)) {
		sim_fail(sim,
			"peer %u, link %u: shown, but no response that counts "
			"has it: %s %u",
			peer->node, link + 1, sim_text(&rr.name), rr.type);
		return;
	}
	if (change == MDNS_ADDED) {
		if (!seen)
			seen = make_seen(view, &rr);
		seen->shown = true;
		view->shown++;
		seen->heard = sim->now;
		seen->loose = peer->heard_damaged;
		seen->earliest = sim->now;
		set_latest(view, seen, MDNS_TIME_NEVER);
		if (seen->loose)
			seen->latest = sim->now + TTL_MAX * MDNS_SEC;
	}
}
