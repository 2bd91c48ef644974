/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is made of the messages that come while something is asked. */
#include "config.h"

#include <string.h>

#include "resolver/rr.h"
#include "resolver/zone.h"
#include "tools/lookup/ask_private.h"
#include "tools/lookup/print.h"

/* A reply to a one-shot repeats one of our questions, or none at all. */
static bool question_matches(
	const struct ask_run *run, const struct mdns_reader *message)
{
	struct mdns_reader reader = *message;
	struct mdns_question question;
	unsigned i;

	if (reader.header.count[MDNS_SECTION_QUESTION] == 0)
		return true;
	while (mdns_reader_question(&reader, &question))
		for (i = 0; i < run->ask->count; i++) {
			const struct ask_question *q = &run->ask->question[i];

			if (question.type == q->type &&
				mdns_name_equal(&question.name, &q->wanted))
				return true;
		}
	return false;
}

/* RFC 6762 5.1, 6.7 and 11, as resolver/response does it for addresses. */
static enum mdns_verdict judge(const struct ask_run *run,
	const struct mdns_origin *origin, const struct mdns_reader *reader,
	mdns_time now)
{
	bool one_shot = origin->way == MDNS_WAY_ONE_SHOT;
	enum mdns_verdict verdict = mdns_response_judge(
		reader, origin, one_shot || now < run->qu_until);

	if (verdict != MDNS_VERDICT_OTHER || !one_shot)
		return verdict;
	if (run->target.known &&
		memcmp(origin->source, run->target.bytes, 16) != 0)
		return MDNS_VERDICT_UNWANTED;
	if (reader->header.id != run->id)
		return MDNS_VERDICT_ID;
	return question_matches(run, reader) ? MDNS_VERDICT_OTHER
					     : MDNS_VERDICT_QUESTION;
}

static uint64_t add_hash(uint64_t hash, const void *octets, size_t size)
{
	const uint8_t *octet = octets;
	size_t i;

	for (i = 0; i < size; i++) /* FNV-1a */
		hash = (hash ^ octet[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* True if this is the first time that it is said there by that host. The seed
 * keeps others from making two that look alike. */
static bool is_news(struct ask_run *run, const struct ask_question *q,
	const struct record *record, const struct packet *packet)
{
	uint32_t name = mdns_name_hash_seeded(record->name, run->seed);
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ run->seed;
	unsigned i;

	hash = add_hash(hash, &q, sizeof(q));
	hash = add_hash(hash, &name, sizeof(name));
	hash = add_hash(hash, &packet->ifindex, sizeof(packet->ifindex));
	hash = add_hash(hash, packet->source, sizeof(packet->source));
	hash = add_hash(hash, &record->type, sizeof(record->type));
	hash = add_hash(hash, record->rdata, record->rdlength);
	for (i = 0; i < run->heard_count; i++)
		if (run->heard[i] == hash)
			return false;
	if (run->heard_count == ASK_HEARD_MAX) {
		if (!run->full)
			print_problem(NULL, "more answers than there is room "
					    "for; some are not shown");
		run->full = true;
		return false;
	}
	run->heard[run->heard_count++] = hash;
	return true;
}

/* Whether the bitmap of an NSEC record, which record_read found to be sound, has
 * the type (RFC 4034 4.1.2). */
static bool nsec_has(const struct record *record, uint16_t type)
{
	const uint8_t *at = record->rdata;
	const uint8_t *end = at + record->rdlength;
	unsigned octet = (type & 0xffu) / 8;

	while (*at != 0)
		at += *at + 1;
	for (at++; at < end; at += 2 + at[1])
		if (at[0] == type >> 8)
			return octet < at[1] &&
			       (at[2 + octet] & 0x80 >> type % 8) != 0;
	return false;
}

/* A CNAME is followed a few hops, and never out of our zones. */
static void note_alias(struct ask_run *run, struct ask_question *q,
	const struct record *record)
{
	struct mdns_name target;
	enum mdns_zone zone;

	if (q->hops == MDNS_CNAME_HOPS ||
		mdns_name_from_wire(record->rdata, record->rdlength, &target) <
			0)
		return;
	zone = mdns_zone_of(&target, run->suffixes, run->suffix_count);
	if (zone == MDNS_ZONE_NONE || zone == MDNS_ZONE_REVERSE ||
		mdns_name_equal(&target, &q->wanted))
		return;
	q->alias = target;
}

static void take_record(struct ask_run *run, struct ask_question *q,
	const struct record *record, const struct packet *packet)
{
	struct ask *ask = run->ask;
	bool asked = q->type == MDNS_TYPE_ANY || q->type == record->type;

	/* That an alias has no record of its own says nothing. */
	if (!asked && record->type == MDNS_TYPE_NSEC)
		q->denied |= !nsec_has(record, q->type) &&
			     !nsec_has(record, MDNS_TYPE_CNAME);
	if (!asked && record->type != MDNS_TYPE_CNAME)
		return;
	if (asked) {
		q->heard = true;
		q->shared |= !record->cache_flush;
	} else {
		note_alias(run, q, record);
	}
	q->answered |= asked;
	if (is_news(run, q, record, packet))
		ask->found(ask->context, q, record, packet);
}

/* All records once; true if any is about a name that is wanted. */
static bool read_records(struct ask_run *run, const struct mdns_reader *message,
	const struct packet *packet)
{
	struct mdns_reader reader = *message;
	struct mdns_record raw;
	bool taken = false;

	while (mdns_reader_record(&reader, &raw)) {
		struct record record;
		bool sound = record_read(&reader, &raw, run->rdata, &record);
		unsigned i;

		if (raw.section == MDNS_SECTION_AUTHORITY ||
			record_fault(&record, sound))
			continue;
		for (i = 0; i < run->ask->count; i++) {
			struct ask_question *q = &run->ask->question[i];

			if (!mdns_name_equal(&q->wanted, &raw.name))
				continue;
			taken = true;
			take_record(run, q, &record, packet);
		}
	}
	return taken;
}

/* Goes on with the names that aliases lead to; true if there is one. */
static bool follow_aliases(struct ask_run *run)
{
	bool any = false;
	unsigned i;

	for (i = 0; i < run->ask->count; i++) {
		struct ask_question *q = &run->ask->question[i];

		if (q->alias.len == 0)
			continue;
		q->wanted = q->alias;
		q->alias.len = 0;
		q->hops++;
		q->moved = true;
		any = true;
	}
	return any;
}

/* When no more is waited for. Of several links each may have an answer of its
 * own, and so may every host for what is not unique. */
static void settle(struct ask_run *run, struct ask_question *q, mdns_time now)
{
	mdns_time grace = run->ask->settings->grace_ms * MDNS_MSEC;
	bool unique = q->type != MDNS_TYPE_ANY && !q->shared;
	mdns_time end = unique && run->links.count == 1 ? now : now + grace;

	if (!q->heard && !q->denied)
		return;
	if (end < q->settled_at)
		q->settled_at = end;
	if (q->heard && q->partner && q->partner->settled_at == MDNS_TIME_NEVER)
		q->partner->settled_at = now + grace;
}

static void take_message(struct ask_run *run, const struct mdns_reader *message,
	struct packet *packet, mdns_time now)
{
	struct ask *ask = run->ask;
	unsigned i;

	for (i = 0; i < ask->count; i++) {
		ask->question[i].heard = false;
		ask->question[i].shared = false;
		ask->question[i].moved = false;
	}
	do {
		if (read_records(run, message, packet))
			packet->verdict = MDNS_VERDICT_TAKEN;
	} while (follow_aliases(run));
	for (i = 0; i < ask->count; i++) {
		struct ask_question *q = &ask->question[i];

		settle(run, q, now);
		/* The target was not in the message. */
		if (q->moved && q->settled_at == MDNS_TIME_NEVER) {
			q->began = now;
			memset(q->sends, 0, sizeof(q->sends));
		}
	}
}

void ask_read(
	struct ask_run *run, struct mdns_lookup_event *event, mdns_time now)
{
	struct ask *ask = run->ask;
	struct mdns_reader reader;
	struct packet packet;

	mdns_reader_init(&reader, event->message, event->size);
	event->verdict = judge(run, &event->origin, &reader, now);
	ask_report(run, event, &packet);
	if (event->verdict == MDNS_VERDICT_OTHER)
		take_message(run, &reader, &packet, now);
	if (ask->observe)
		ask->observe(ask->context, &packet);
}
