/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The watcher: what RFC 6762 lets a querier show and send, checked after every
 * event.
 *
 * It reads the same datagrams as the querier and keeps for each record the
 * time from which it may be removed and the time until which it must be; for
 * each question when it may be sent again. It shares no code with the cache
 * and the querier. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/host.h"
#include "tests/sim/sim.h"

#define HOUR (3600 * MDNS_SEC)
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

static uint32_t sum_of(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 2166136261u;
	size_t i;

	for (i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum;
}

/* All records of a name are in one bucket. */
static struct sim_seen **bucket_of(
	struct sim_view *view, const struct mdns_name *name)
{
	return &view->bucket[mdns_name_hash(name) % SIM_BUCKETS];
}

static struct sim_seen *find_seen(
	struct sim_view *view, const struct sim_rr *rr)
{
	struct sim_seen *seen = *bucket_of(view, &rr->name);

	while (seen && !sim_rr_equal(&seen->rr, rr))
		seen = seen->next;
	return seen;
}

static struct sim_seen *make_seen(
	struct sim_view *view, const struct sim_rr *rr)
{
	struct sim_seen *seen = calloc(1, sizeof(*seen));
	struct sim_seen **bucket = bucket_of(view, &rr->name);

	if (!seen)
		abort();
	seen->rr = *rr;
	seen->next = *bucket;
	*bucket = seen;
	return seen;
}

static void drop_seen(struct sim_view *view, struct sim_seen *seen)
{
	struct sim_seen **at = bucket_of(view, &seen->rr.name);

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

static struct sim_asked *get_asked(struct sim_view *view,
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
static bool is_asked_for(const struct sim_peer *peer, unsigned link,
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
static unsigned refreshes_of(
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
static bool is_failing(const struct sim_seen *seen)
{
	return seen->earliest < seen->heard + seen->rr.ttl * MDNS_SEC;
}

static bool is_answer(
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
static const char *reason_to_be_silent(struct sim_peer *peer,
	struct sim_view *view, const struct mdns_question *question)
{
	struct sim_seen *seen = *bucket_of(view, &question->name);

	for (; seen; seen = seen->next) {
		if (seen->loose || seen->goodbye || seen->doubted ||
			is_failing(seen))
			continue;
		if (question->type != MDNS_TYPE_ANY && seen->rr.flush &&
			refreshes_of(seen, peer->sim->now, 80) == 0 &&
			is_answer(seen, question))
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
		get_asked(&peer->view[link], name, type, true);

	/* A second client does not begin a second series. */
	if (is_asked_for(peer, link, name, type))
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
			get_asked(
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
	struct sim_seen *seen = *bucket_of(view, name);
	struct sim_asked *asked = get_asked(view, name, type, true);
	mdns_time end = peer->sim->now + 10 * MDNS_SEC;

	/* RFC 6762 10.4: at least two queries, and 10 s. */
	asked->doubt_until = end;
	asked->doubt_turns = 0;
	restart(peer, asked);
	for (; seen; seen = seen->next) {
		if (!seen->shown || !sim_type_matches(type, seen->rr.type) ||
			!mdns_name_equal(&seen->rr.name, name))
			continue;
		seen->doubted = true;
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
	struct sim_seen *seen = *bucket_of(view, &rr->name);
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
	struct sim_seen *seen = find_seen(view, rr);
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
			view->own_sum[i] == sum_of(bytes, size))
			return true;
	return false;
}

/* RFC 6762 10.5. What is surely a query that should have had that answer
 * makes it go; what may be one allows it. */
static void observe(struct sim_peer *peer, struct sim_view *view,
	const struct mdns_question *question, bool certain)
{
	struct sim_seen *seen = *bucket_of(view, &question->name);
	mdns_time now = peer->sim->now;
	mdns_time end = now + 10 * MDNS_SEC;

	for (; seen; seen = seen->next) {
		if (!seen->shown ||
			!sim_type_matches(question->type, seen->rr.type) ||
			!mdns_name_equal(&seen->rr.name, &question->name))
			continue;
		if (++seen->foreign >= 2 && end < seen->earliest)
			seen->earliest = end;
		if (!certain || seen->loose ||
			seen->rr.type == MDNS_TYPE_NSEC ||
			now - seen->heard < MDNS_SEC ||
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
		asked = get_asked(view, &question.name, question.type, false);
		sim_say(peer->sim, "peer %u: link %u hears the question %s %u",
			peer->node, link + 1, sim_text(&question.name),
			question.type);
		if (!asked || question.unicast_response)
			continue;
		/* 7.3. One that was asked a moment ago, by whomever, has had
		 * its turn; one that has its answer is not about to be. */
		if (certain && question.rclass == MDNS_CLASS_IN &&
			is_asked_for(
				peer, link, &question.name, question.type) &&
			peer->sim->now - asked->turn >= MDNS_SEC &&
			!reason_to_be_silent(peer, view, &question)) {
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
		const struct sim_seen *seen = find_seen(view, &heard[i]);

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
	asked = get_asked(view, &rr->name, rr->type, false);
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
		for (other = *bucket_of(view, &rr->name); other;
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
	seen = find_seen(view, &rr);
	if (sim->log)
		sim_say(sim, "peer %u: link %u %s %s %u ttl %u sum %08x",
			peer->node, link + 1, names[change], sim_text(&rr.name),
			rr.type, rr.ttl, sum_of(rr.rdata, rr.rdlength));
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

/* --- what the querier sends ---------------------------------------------- */

/* The time from the first query of a series to the one of that number: gaps
 * of 1 s, 2 s, 4 s ... an hour (RFC 6762 5.2). */
static mdns_time series_offset(unsigned number)
{
	mdns_time offset = 0, gap = MDNS_SEC;

	while (number-- > 0) {
		offset += gap;
		gap = gap * 2 < HOUR ? gap * 2 : HOUR;
	}
	return offset;
}

/* A refresh: of all that is old enough. If the time of another record comes
 * within the second that must lie between two queries, there may be one more,
 * unless all has been heard by then. */
static bool is_refresh(struct sim_peer *peer, struct sim_view *view,
	const struct mdns_question *question, struct sim_asked *asked)
{
	struct sim_seen *seen = *bucket_of(view, &question->name);
	mdns_time now = peer->sim->now;
	unsigned any = question->type == MDNS_TYPE_ANY, found = 0, soon = 0;
	bool old = false;

	for (; seen; seen = seen->next) {
		unsigned *refreshed = &seen->refreshed[any];
		unsigned past = refreshes_of(seen, now, 82);

		if (!is_answer(seen, question) || seen->goodbye)
			continue;
		old |= refreshes_of(seen, now, 80) > 0;
		if (seen->loose || *refreshed < refreshes_of(seen, now, 80)) {
			*refreshed =
				*refreshed + 1 > past ? *refreshed + 1 : past;
			found++;
		} else if (*refreshed <
			   refreshes_of(seen, now + MDNS_SEC, 80)) {
			soon++;
		}
	}
	if (found > 0) {
		asked->extra += soon;
		return true;
	}
	if (!old || asked->extra == 0)
		return false;
	asked->extra--;
	return true;
}

static void check_question(struct sim_peer *peer, unsigned link,
	const struct mdns_question *question)
{
	struct sim_view *view = &peer->view[link];
	struct sim *sim = peer->sim;
	mdns_time now = sim->now;
	struct sim_asked *asked =
		get_asked(view, &question->name, question->type, false);
	const char *silent, *wrong = NULL;

	if (!asked || (now > asked->doubt_until &&
			      !is_asked_for(peer, link, &question->name,
				      question->type))) {
		wrong = "nobody is interested";
	} else if (asked->ever && now - asked->last < MDNS_SEC) {
		wrong = "sent twice within a second";
	} else if (asked->heard_ever && asked->heard >= asked->since &&
		   now - asked->heard < MDNS_SEC) {
		wrong = "somebody else has just asked that (7.3)";
	} else if (question->unicast_response &&
		   !(peer->alone[link] && asked->qu)) {
		wrong = "QU is not allowed here";
	} else if (!is_refresh(peer, view, question, asked)) {
		silent = reason_to_be_silent(peer, view, question);
		if (silent && now > asked->doubt_until)
			wrong = silent;
		else if (now < asked->start + series_offset(asked->count))
			wrong = "too soon in its series";
		else if (asked->count == 0 && asked->start == asked->since &&
			 now > asked->doubt_until &&
			 now - asked->since < 20 * MDNS_MSEC)
			wrong = "its first delay is below 20 ms";
		asked->count++;
	}
	if (wrong) {
		sim_fail(sim, "peer %u, link %u: asks %s %u, but: %s",
			peer->node, link + 1, sim_text(&question->name),
			question->type, wrong);
		return;
	}
	asked->ever = true;
	asked->qu = false;
	asked->last = asked->turn = now;
	asked->doubt_turns++;
	if (question->unicast_response) {
		view->qu_ever = true;
		view->qu_at = now;
	}
}

static bool is_asked_now(const struct sim_view *view, const struct sim_rr *rr)
{
	unsigned i;

	for (i = 0; i < view->questions; i++)
		if (sim_type_matches(view->question[i].type, rr->type) &&
			mdns_name_equal(&view->question[i].name, &rr->name))
			return true;
	return false;
}

/* RFC 6762 7.1, 10.2. */
static const char *wrong_known_answer(struct sim_peer *peer,
	struct sim_view *view, const struct mdns_record *record,
	const struct sim_rr *rr)
{
	struct sim_seen *seen = find_seen(view, rr);
	mdns_time left;

	if (record->section != MDNS_SECTION_ANSWER)
		return "not in the answer section";
	if (record->cache_flush)
		return "has the cache-flush bit";
	if (!is_asked_now(view, rr))
		return "answers no question of this query";
	if (!seen || !seen->shown)
		return "is not known";
	if (seen->batch == view->batch)
		return "is there twice";
	seen->batch = view->batch;
	if (seen->loose)
		return NULL;
	if (seen->rr.flush)
		return "is unique";
	if (seen->goodbye || seen->doubted)
		return "has said goodbye or is in doubt";
	left = seen->heard + seen->rr.ttl * MDNS_SEC - peer->sim->now;
	if (2 * left < seen->rr.ttl * MDNS_SEC)
		return "has less than half its TTL left";
	if (rr->ttl * MDNS_SEC > left + MDNS_SEC ||
		rr->ttl * MDNS_SEC < left - MDNS_SEC)
		return "has another TTL than is left";
	return NULL;
}

/* Nothing that should have been listed was left out. */
static void check_list_complete(struct sim_peer *peer, unsigned link)
{
	struct sim_view *view = &peer->view[link];
	mdns_time now = peer->sim->now;
	unsigned i;

	for (i = 0; i < view->questions; i++) {
		struct sim_seen *seen =
			*bucket_of(view, &view->question[i].name);

		for (; seen; seen = seen->next) {
			const struct sim_seen *other = seen;
			mdns_time left =
				seen->heard + seen->rr.ttl * MDNS_SEC - now;

			if (!is_answer(seen, &view->question[i]) ||
				seen->loose || seen->goodbye || seen->doubted ||
				seen->rr.flush ||
				seen->rr.type == MDNS_TYPE_NSEC ||
				seen->batch == view->batch ||
				is_failing(seen) ||
				2 * (left - MDNS_SEC) < seen->rr.ttl * MDNS_SEC)
				continue;
			/* One unique record makes the set unique. */
			for (other = *bucket_of(view, &seen->rr.name); other;
				other = other->next)
				if (other->rr.flush &&
					other->rr.type == seen->rr.type &&
					mdns_name_equal(&other->rr.name,
						&seen->rr.name))
					break;
			if (!other)
				sim_fail(peer->sim,
					"peer %u, link %u: %s %u is not among "
					"the known answers",
					peer->node, link + 1,
					sim_text(&seen->rr.name),
					seen->rr.type);
		}
	}
}

static void keep(struct sim_peer *peer, unsigned link,
	const struct mdns_header *header, size_t size)
{
	const struct sim_view *view = &peer->view[link];
	struct sim *sim = peer->sim;
	struct sim_sent *sent;

	if (!sim->keep_sent)
		return;
	if (sim->sents == sim->sent_room) {
		sim->sent_room = sim->sent_room ? 2 * sim->sent_room : 64;
		sim->sent =
			realloc(sim->sent, sim->sent_room * sizeof(*sim->sent));
		if (!sim->sent)
			abort();
	}
	sent = &sim->sent[sim->sents++];
	memset(sent, 0, sizeof(*sent));
	sent->at = sim->now;
	sent->peer = peer->node;
	sent->link = link;
	sent->flags = header->flags;
	sent->questions = header->count[MDNS_SECTION_QUESTION];
	sent->answers = header->count[MDNS_SECTION_ANSWER];
	sent->size = size;
	if (sent->questions > 0) {
		sent->unicast = view->question[0].unicast_response;
		sent->name = view->question[0].name;
		sent->type = view->question[0].type;
	}
}

void sim_view_sent(
	struct sim_peer *peer, unsigned link, const uint8_t *bytes, size_t size)
{
	struct sim_view *view = &peer->view[link];
	struct sim *sim = peer->sim;
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	struct sim_rr rr;
	const char *wrong = NULL;
	bool follows = view->truncated;
	unsigned i, answers = 0;

	peer->packets++;
	for (i = 0; i < SIM_LINKS; i++)
		if (i != link && peer->view[i].truncated)
			wrong = "it comes between the packets of another link";
	mdns_reader_init(&reader, bytes, size);
	if (size > peer->payload[link])
		wrong = "it is larger than the link allows";
	else if (reader.err)
		wrong = "it has no header";
	else if (reader.header.id != 0 ||
		 (reader.header.flags & ~MDNS_FLAG_TC) != 0)
		wrong = "id and flags must be 0 but for TC (18)";
	else if (reader.header.count[MDNS_SECTION_AUTHORITY] ||
		 reader.header.count[MDNS_SECTION_ADDITIONAL])
		wrong = "it has records that no query has";
	else if (follows && reader.header.count[MDNS_SECTION_QUESTION])
		wrong = "questions in what follows a truncated packet (7.2)";
	else if (follows && !reader.header.count[MDNS_SECTION_ANSWER])
		wrong = "nothing in what follows a truncated packet";
	else if (!follows && !reader.header.count[MDNS_SECTION_QUESTION])
		wrong = "no question, and it follows nothing";
	else if (follows && view->batch_at != sim->now)
		wrong = "known answers do not follow at once (7.2)";
	if (!follows) {
		view->questions = 0;
		view->batch = ++sim->batch;
		view->batch_at = sim->now;
	}
	while (!wrong && mdns_reader_question(&reader, &question)) {
		sim_say(sim, "peer %u: link %u asks %s %u%s", peer->node,
			link + 1, sim_text(&question.name), question.type,
			question.unicast_response ? " QU" : "");
		if (question.rclass != MDNS_CLASS_IN)
			wrong = "its class is not IN";
		if (view->questions < 128)
			view->question[view->questions++] = question;
		check_question(peer, link, &question);
	}
	while (!wrong && mdns_reader_record(&reader, &record)) {
		answers++;
		if (record.rclass != MDNS_CLASS_IN ||
			!sim_rr_read(&reader, &record, &rr)) {
			wrong = "a known answer that is malformed";
			break;
		}
		wrong = wrong_known_answer(peer, view, &record, &rr);
		if (wrong)
			sim_say(sim, "that known answer: %s %u",
				sim_text(&rr.name), rr.type);
	}
	if (!wrong && (reader.err || reader.pos != size))
		wrong = "it does not end where it should";
	if (wrong)
		sim_fail(sim, "peer %u, link %u: a bad query: %s", peer->node,
			link + 1, wrong);
	sim_say(sim, "peer %u: link %u sends %zu octets, %u known%s",
		peer->node, link + 1, size, answers,
		reader.header.flags & MDNS_FLAG_TC ? ", TC" : "");
	view->truncated = (reader.header.flags & MDNS_FLAG_TC) != 0;
	if (!view->truncated && view->questions < 128)
		check_list_complete(peer, link);
	view->own_size[view->own_next] = size;
	view->own_sum[view->own_next] = sum_of(bytes, size);
	view->own_at[view->own_next] = sim->now;
	view->own_next = (view->own_next + 1) % SIM_OWN;
	keep(peer, link, &reader.header, size);
}

/* --- after each event ---------------------------------------------------- */

static void check_deadlines(struct sim_peer *peer, unsigned link)
{
	struct sim_view *view = &peer->view[link];
	mdns_time now = peer->sim->now;
	unsigned i;

	if (now < view->deadline)
		return;
	view->deadline = MDNS_TIME_NEVER;
	for (i = 0; i < SIM_BUCKETS; i++) {
		struct sim_seen *seen;

		for (seen = view->bucket[i]; seen; seen = seen->next) {
			if (!seen->shown)
				continue;
			/* late: 0, if it always wakes up in time */
			if (now - seen->latest >= peer->late &&
				seen->latest != MDNS_TIME_NEVER)
				sim_fail(peer->sim,
					"peer %u, link %u: shown %.6f s too "
					"long: %s %u",
					peer->node, link + 1,
					(double)(now - seen->latest) /
						(double)MDNS_SEC,
					sim_text(&seen->rr.name),
					seen->rr.type);
			if (seen->latest < view->deadline)
				view->deadline = seen->latest;
		}
	}
}

void sim_view_check(struct sim_peer *peer)
{
	size_t room = 4096;
	unsigned i;

	for (i = 0; i < SIM_LINKS; i++) {
		const struct mdns_querier_link *l;

		check_deadlines(peer, i);
		if (!(peer->links >> i & 1))
			continue;
		l = mdns_querier_find_link(&peer->querier, i + 1);
		if (!l) {
			sim_fail(peer->sim, "link %u is lost", i + 1);
			return;
		}
		if (l->cache.records != peer->view[i].shown)
			sim_fail(peer->sim,
				"peer %u, link %u: %u records are kept, %u "
				"were told",
				peer->node, i + 1, l->cache.records,
				peer->view[i].shown);
		if (l->cache.records > peer->limits.cache.records ||
			l->cache.octets > peer->limits.cache.octets)
			sim_fail(peer->sim, "peer %u, link %u: too many",
				peer->node, i + 1);
		/* A question with its name, its places in the heap and in the
		 * hash, and the same once more for the standing one. */
		room += sizeof(*l) + peer->limits.cache.octets +
			SIM_ASKS * (sizeof(struct mdns_asking) + 256 + 64) * 2 +
			16384;
	}
	if (peer->memory > room)
		sim_fail(peer->sim,
			"peer %u: %zu octets of memory, %zu at most",
			peer->node, peer->memory, room);
}

/* --- at last ------------------------------------------------------------- */

static void agree_on(
	struct sim_peer *peer, unsigned link, const struct sim_ask *ask)
{
	struct sim_view *view = &peer->view[link];
	struct sim *sim = peer->sim;
	struct sim_seen *seen = *bucket_of(view, &ask->name);
	unsigned h, i;

	for (; seen; seen = seen->next)
		if (seen->shown && seen->rr.type != MDNS_TYPE_NSEC &&
			sim_type_matches(ask->type, seen->rr.type) &&
			mdns_name_equal(&seen->rr.name, &ask->name) &&
			!sim_host_has(sim, link, &seen->rr, sim->now))
			sim_fail(sim,
				"at the end peer %u shows on link %u what is "
				"not there: %s %u",
				peer->node, link + 1, sim_text(&ask->name),
				seen->rr.type);
	for (h = 0; h < SIM_HOSTS; h++) {
		const struct sim_host *host = &sim->host[h];

		if (!host->alive || !(host->links >> link & 1))
			continue;
		for (i = 0; i < host->records; i++) {
			const struct sim_record *record = &host->record[i];

			if (record->gone ||
				!sim_type_matches(ask->type, record->rr.type) ||
				!mdns_name_equal(&record->rr.name, &ask->name))
				continue;
			seen = find_seen(view, &record->rr);
			if (!seen || !seen->shown)
				sim_fail(sim,
					"at the end peer %u does not show on "
					"link %u what is there: %s %u of host "
					"%u",
					peer->node, link + 1,
					sim_text(&ask->name), record->rr.type,
					h);
		}
	}
}

void sim_view_agree(struct sim_peer *peer)
{
	unsigned link, i;

	for (link = 0; link < SIM_LINKS; link++) {
		if (!(peer->links >> link & 1))
			continue;
		for (i = 0; i < SIM_ASKS; i++)
			if (peer->ask[i].busy &&
				(peer->ask[i].ifindex == 0 ||
					peer->ask[i].ifindex == link + 1))
				agree_on(peer, link, &peer->ask[i]);
	}
}

unsigned sim_peer_shows(const struct sim_peer *peer, unsigned link,
	const char *name, uint16_t type)
{
	struct mdns_name wanted = sim_name(name);
	const struct sim_seen *seen =
		peer->view[link].bucket[mdns_name_hash(&wanted) % SIM_BUCKETS];
	unsigned count = 0;

	for (; seen; seen = seen->next)
		if (seen->shown && sim_type_matches(type, seen->rr.type) &&
			mdns_name_equal(&seen->rr.name, &wanted))
			count++;
	return count;
}
