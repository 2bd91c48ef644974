/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules: what RFC 6762 lets a querier send and show, checked after every
 * event against the watcher's view (view.c). */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/host.h"
#include "tests/sim/view.h"

#define HOUR (3600 * MDNS_SEC)

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
	struct sim_seen *seen = *sim_view_bucket(view, &question->name);
	mdns_time now = peer->sim->now;
	unsigned any = question->type == MDNS_TYPE_ANY, found = 0, soon = 0;
	bool old = false;

	for (; seen; seen = seen->next) {
		unsigned *refreshed = &seen->refreshed[any];
		unsigned past = sim_seen_refreshes(seen, now, 82);

		if (!sim_seen_answers(seen, question) || seen->goodbye)
			continue;
		old |= sim_seen_refreshes(seen, now, 80) > 0;
		if (seen->loose ||
			*refreshed < sim_seen_refreshes(seen, now, 80)) {
			*refreshed =
				*refreshed + 1 > past ? *refreshed + 1 : past;
			found++;
		} else if (*refreshed <
			   sim_seen_refreshes(seen, now + MDNS_SEC, 80)) {
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
		sim_asked_get(view, &question->name, question->type, false);
	const char *silent, *wrong = NULL;

	if (!asked || (now > asked->doubt_until &&
			      !sim_peer_asks(peer, link, &question->name,
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
		silent = sim_asked_silent(peer, view, question);
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
	struct sim_seen *seen = sim_seen_find(view, rr);
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
			*sim_view_bucket(view, &view->question[i].name);

		for (; seen; seen = seen->next) {
			const struct sim_seen *other = seen;
			mdns_time left =
				seen->heard + seen->rr.ttl * MDNS_SEC - now;

			if (!sim_seen_answers(seen, &view->question[i]) ||
				seen->loose || seen->goodbye || seen->doubted ||
				seen->rr.flush ||
				seen->rr.type == MDNS_TYPE_NSEC ||
				seen->batch == view->batch ||
				sim_seen_fails(seen) ||
				2 * (left - MDNS_SEC) < seen->rr.ttl * MDNS_SEC)
				continue;
			/* One unique record makes the set unique. */
			for (other = *sim_view_bucket(view, &seen->rr.name);
				other; other = other->next)
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
	view->own_sum[view->own_next] = sim_sum(bytes, size);
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
	struct sim_seen *seen = *sim_view_bucket(view, &ask->name);
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
			seen = sim_seen_find(view, &record->rr);
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
