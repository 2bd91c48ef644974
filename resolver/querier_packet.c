/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packets of the continuous querier: queries out, with their known answers,
 * and responses and other hosts' queries in. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/querier_private.h"
#include "resolver/rr.h"
#include "resolver/zone.h"

#define QU_LIFETIME (2 * MDNS_SEC) /* of a wish for unicast (RFC 6762 11) */
#define OWN_LIFETIME (1 * MDNS_SEC)
#define OWN_MAX \
	(sizeof(((struct mdns_querier_link *)0)->own) / \
		sizeof(((struct mdns_querier_link *)0)->own[0]))

/* --- our own queries, when they come back --- */

static uint64_t hash_packet(const uint8_t *message, size_t size)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ message[i]) * UINT64_C(1099511628211);
	return hash;
}

static void remember_own(struct mdns_querier_link *link, const uint8_t *message,
	size_t size, mdns_time now)
{
	link->own[link->own_next].hash = hash_packet(message, size);
	link->own[link->own_next].at = now;
	link->own_next = (uint8_t)((link->own_next + 1) % OWN_MAX);
}

static bool is_own(const struct mdns_querier_link *link, const uint8_t *message,
	size_t size, mdns_time now)
{
	uint64_t hash = hash_packet(message, size);
	size_t i;

	for (i = 0; i < OWN_MAX; i++)
		if (link->own[i].hash == hash &&
			now - link->own[i].at <= OWN_LIFETIME)
			return true;
	return false;
}

/* --- known answers (RFC 6762 7.1) --- */

static bool is_known_answer(const struct mdns_cached *record, mdns_time now)
{
	return !record->set->unique && !record->doubted &&
	       !mdns_cached_ends_early(record) &&
	       record->expiry - now >= record->ttl * MDNS_SEC / 2;
}

static void write_known_answer(struct mdns_writer *writer,
	const struct mdns_cached *record, mdns_time now)
{
	/* Whole seconds must not make less than half of it, or a goodbye. */
	uint32_t left = mdns_cached_left(record, now);
	uint32_t half = (record->ttl + 1) / 2;
	struct mdns_name name;

	mdns_rrset_name(record->set, &name);
	mdns_writer_record(writer, MDNS_SECTION_ANSWER, &name,
		record->set->type, MDNS_CLASS_IN, left < half ? half : left);
	mdns_rr_write(
		writer, record->set->type, record->rdata, record->rdlength);
	mdns_writer_record_end(writer);
}

/* The next set that answers such a question after `set` (NULL: the first). */
static struct mdns_rrset *next_answering(const struct mdns_querier_link *link,
	uint16_t type, const struct mdns_name *name,
	const struct mdns_rrset *set)
{
	if (type == MDNS_TYPE_ANY)
		return mdns_cache_next_of_name(&link->cache, name, set);
	return set ? NULL
		   : mdns_cache_find(&link->cache, name, type, MDNS_CLASS_IN);
}

/* What does not fit an empty packet is not said at all. */
static bool fits_alone(const struct mdns_cached *record, size_t size)
{
	return MDNS_HEADER_SIZE + record->set->name_len + 10u +
		       record->rdlength <=
	       size;
}

/* True if ANY of the name is asked for by the same query, and lists them all. */
static bool is_part_of_any(const struct mdns_querier_link *link,
	const struct mdns_asking *asking, const struct mdns_name *name)
{
	const struct mdns_asking *any;

	if (asking->type == MDNS_TYPE_ANY)
		return false;
	any = mdns_asking_find(link, name, MDNS_TYPE_ANY);
	return any && any->asked == asking->asked;
}

/* Writes the known answers of one question, from the link->batch_done-th on.
 * False if one did not fit: it comes first in the next packet. */
static bool write_answers_of(struct mdns_querier_link *link,
	struct mdns_writer *writer, const struct mdns_asking *asking,
	mdns_time now)
{
	const struct mdns_cached *record;
	struct mdns_rrset *set;
	struct mdns_name name;
	uint32_t n = 0;

	mdns_asking_name(asking, &name);
	if (is_part_of_any(link, asking, &name))
		set = NULL;
	else
		set = next_answering(link, asking->type, &name, NULL);
	for (; set; set = next_answering(link, asking->type, &name, set))
		for (record = set->first; record; record = record->next) {
			struct mdns_writer before = *writer;

			if (!is_known_answer(record, now) ||
				!fits_alone(record, writer->size) ||
				n++ < link->batch_done)
				continue;
			write_known_answer(writer, record, now);
			if (!writer->err) {
				link->batch_done++;
				continue;
			}
			*writer = before;
			return false;
		}
	link->batch_done = 0;
	return true;
}

/* Known answers of the batch, as many as fit; what is left stays in
 * link->batch, and then the packet says so by TC (7.2). */
static int finish_packet(struct mdns_querier_link *link,
	struct mdns_writer *writer, mdns_time now)
{
	int size;

	while (link->batch && write_answers_of(link, writer, link->batch, now))
		link->batch = link->batch->batch;
	size = mdns_writer_end(writer);
	if (size > 0 && link->batch)
		writer->base[2] |= MDNS_FLAG_TC >> 8;
	return size;
}

/* --- queries out --- */

/* A question that is due before its series goes on is due for a refresh. That
 * may have been put off by a second, and been answered meanwhile. */
static bool is_needed(const struct mdns_querier_link *link,
	const struct mdns_asking *asking, mdns_time now)
{
	const struct mdns_cached *record;
	struct mdns_rrset *set = NULL;
	struct mdns_name name;

	if (now >= asking->series)
		return true;
	mdns_asking_name(asking, &name);
	while ((set = next_answering(link, asking->type, &name, set)))
		for (record = set->first; record; record = record->next)
			if (record->aged && !mdns_cached_ends_early(record))
				return true;
	return false;
}

/* All questions that are due, as many as fit; the rest has the next packet. */
static void write_questions(struct mdns_querier_link *link,
	struct mdns_writer *writer, mdns_time now)
{
	struct mdns_asking **last = &link->batch;
	struct mdns_asking *asking;

	while ((asking = mdns_querier_link_due(link, now))) {
		struct mdns_writer before = *writer;
		bool unicast_wanted = link->alone && asking->fresh;
		struct mdns_rrset *set;
		struct mdns_name name;

		if (mdns_asking_is_over(link, asking, now))
			continue;
		if (!is_needed(link, asking, now)) {
			mdns_asking_put_off(link, asking);
			continue;
		}
		mdns_asking_name(asking, &name);
		mdns_writer_question(writer, &name, asking->type,
			unicast_wanted ? MDNS_CLASS_IN | MDNS_CLASS_TOP_BIT
				       : MDNS_CLASS_IN);
		if (writer->err) {
			*writer = before;
			return;
		}
		if (unicast_wanted)
			link->qu_until = now + QU_LIFETIME;
		asking->sent++;
		link->questions++;
		set = NULL;
		while ((set = next_answering(link, asking->type, &name, set)))
			mdns_cache_asked(&link->cache, set, now);
		mdns_asking_asked(link, asking, now >= asking->series, now);
		asking->asked = link->asked;
		asking->batch = NULL;
		*last = asking;
		last = &asking->batch;
	}
}

static int write_packet(struct mdns_querier_link *link, mdns_time now,
	uint8_t *buf, size_t size)
{
	bool more = link->batch != NULL;
	struct mdns_writer writer;
	int n;

	mdns_writer_init(&writer, buf, size, 0, 0);
	if (!more) {
		link->asked++;
		link->batch_done = 0;
		write_questions(link, &writer, now);
		if (!link->batch)
			return 0;
	}
	n = finish_packet(link, &writer, now);
	if (n <= MDNS_HEADER_SIZE) /* what was left has gone meanwhile */
		return 0;
	remember_own(link, buf, (size_t)n, now);
	link->packets++;
	return n;
}

int mdns_querier_write(struct mdns_querier *querier, mdns_time now,
	uint8_t *buf, size_t size, uint32_t *ret_ifindex)
{
	struct mdns_querier_link *link = querier->links;

	if (size < MDNS_QUERIER_PAYLOAD_LEAST)
		return MDNS_ERR_SPACE;
	for (; link; link = link->next) {
		size_t room = size < link->payload ? size : link->payload;

		while (link->batch || mdns_querier_link_due(link, now)) {
			int n = write_packet(link, now, buf, room);

			if (n > 0) {
				*ret_ifindex = link->ifindex;
				return n;
			}
		}
	}
	return 0;
}

/* --- responses in --- */

static void note_told(struct mdns_querier_link *link,
	const struct mdns_record *record, enum mdns_family transport,
	mdns_time now)
{
	struct mdns_asking *asking =
		mdns_asking_find(link, &record->name, record->type);

	if (asking && record->ttl > 0)
		asking->told[transport] = now;
}

static bool is_told(const struct mdns_asking *asking,
	enum mdns_family transport, mdns_time now)
{
	mdns_time told = asking->told[transport];

	return told != 0 && now - told <= MDNS_TOLD_TIME;
}

bool mdns_querier_is_told_without(const struct mdns_querier *querier,
	const struct mdns_name *name, enum mdns_family family, mdns_time now)
{
	static const uint16_t types[MDNS_FAMILIES] = {
		MDNS_TYPE_A, MDNS_TYPE_AAAA};
	const struct mdns_querier_link *link = querier->links;
	const struct mdns_asking *wanted, *other;

	if (!link || link->next)
		return false;
	wanted = mdns_asking_find(link, name, types[family]);
	other = mdns_asking_find(link, name, types[!family]);
	return wanted && other && is_told(other, MDNS_IPV4, now) &&
	       is_told(other, MDNS_IPV6, now) &&
	       !is_told(wanted, MDNS_IPV4, now) &&
	       !is_told(wanted, MDNS_IPV6, now);
}

static void read_record(struct mdns_querier_link *link,
	const struct mdns_reader *message, const struct mdns_record *record,
	enum mdns_family transport, mdns_time now)
{
	struct mdns_querier *querier = link->querier;
	struct mdns_heard heard = {.name = &record->name,
		.type = record->type,
		.rclass = record->rclass,
		.cache_flush = record->cache_flush,
		.ttl = record->ttl,
		.rdata = querier->rdata};
	int n;

	if (record->rclass != MDNS_CLASS_IN || record->type == MDNS_TYPE_OPT ||
		record->type == MDNS_TYPE_ANY)
		return;
	n = mdns_zone_of(&record->name, querier->suffixes,
		    querier->suffix_count) == MDNS_ZONE_NONE
		    ? MDNS_ERR_NOT_OURS
		    : mdns_rr_expand(message, record, querier->rdata,
			      sizeof(querier->rdata));
	if (n < 0) {
		link->dropped++;
		return;
	}
	heard.rdlength = (uint16_t)n;
	heard.wanted =
		mdns_querier_link_wants(link, &record->name, record->type);
	if (heard.wanted)
		note_told(link, record, transport, now);
	mdns_cache_put(&link->cache, &heard, now);
}

/* True if the message speaks of something that is worth keeping, or that has
 * been kept before: then it may have changed. */
static bool is_kept(
	const struct mdns_querier_link *link, const struct mdns_reader *message)
{
	const struct mdns_querier *querier = link->querier;
	struct mdns_reader reader = *message;
	struct mdns_record record;

	if (!querier->keeps)
		return true;
	while (mdns_reader_record(&reader, &record))
		if (record.section != MDNS_SECTION_AUTHORITY &&
			(querier->keeps(querier->context, &record.name) ||
				mdns_cache_next_of_name(
					&link->cache, &record.name, NULL)))
			return true;
	return false;
}

static void read_response(struct mdns_querier_link *link,
	const struct mdns_reader *message, enum mdns_family transport,
	mdns_time now)
{
	struct mdns_reader reader = *message;
	struct mdns_record record;

	if (!is_kept(link, message))
		return;
	while (mdns_reader_record(&reader, &record))
		if (record.section != MDNS_SECTION_AUTHORITY)
			read_record(link, message, &record, transport, now);
	if (reader.err)
		link->malformed++;
}

/* --- other hosts' queries in (RFC 6762 7.3, 10.5) ---
 *
 * Three passes, each linear: the questions mark what they are about with the
 * number of this query; the known answers mark the records that the asker has,
 * and unmark the question if we would not have said the same; what is still
 * marked then counts. */

static void mark_questions(
	struct mdns_querier_link *link, const struct mdns_reader *message)
{
	struct mdns_reader reader = *message;
	struct mdns_question question;

	while (mdns_reader_question(&reader, &question)) {
		struct mdns_asking *asking;

		if (question.unicast_response ||
			question.rclass != MDNS_CLASS_IN)
			continue;
		asking = mdns_asking_find(link, &question.name, question.type);
		if (asking)
			asking->heard = link->heard;
	}
}

/* Whoever asks that knows more than we do: our own question stands. */
static void unmark(struct mdns_querier_link *link, const struct mdns_name *name,
	uint16_t type)
{
	struct mdns_asking *asking = mdns_asking_find(link, name, type);

	if (asking)
		asking->heard = 0;
}

static void mark_known_answers(struct mdns_querier_link *link,
	const struct mdns_reader *message, mdns_time now)
{
	struct mdns_querier *querier = link->querier;
	struct mdns_reader reader = *message;
	struct mdns_record record;

	while (mdns_reader_record(&reader, &record)) {
		struct mdns_rrset *set;
		struct mdns_cached *known = NULL;
		int n;

		if (record.section != MDNS_SECTION_ANSWER)
			break;
		set = mdns_cache_find(
			&link->cache, &record.name, record.type, record.rclass);
		n = mdns_rr_expand(&reader, &record, querier->rdata,
			sizeof(querier->rdata));
		if (set && n >= 0)
			known = mdns_rrset_find(
				set, querier->rdata, (uint16_t)n);
		if (known)
			known->heard = link->heard;
		if (known && is_known_answer(known, now))
			continue;
		unmark(link, &record.name, record.type);
		unmark(link, &record.name, MDNS_TYPE_ANY);
	}
}

static void observe_set(
	struct mdns_querier_link *link, struct mdns_rrset *set, mdns_time now)
{
	struct mdns_cached *record;

	if (set->heard == link->heard)
		return;
	set->heard = link->heard;
	for (record = set->first; record; record = record->next)
		if (record->heard != link->heard)
			mdns_cache_observe_query(&link->cache, record, now);
}

static void count_question(struct mdns_querier_link *link,
	const struct mdns_question *question, mdns_time now)
{
	struct mdns_asking *asking =
		mdns_asking_find(link, &question->name, question->type);
	struct mdns_rrset *set = NULL;

	if (asking && asking->heard == link->heard) {
		asking->heard = 0;
		mdns_asking_heard(link, asking, now);
	}
	while ((set = next_answering(
			link, question->type, &question->name, set)))
		observe_set(link, set, now);
}

static void read_query(struct mdns_querier_link *link,
	const struct mdns_reader *message, mdns_time now)
{
	struct mdns_reader reader = *message;
	struct mdns_question question;

	/* More known answers follow (7.2): no telling yet what they leave. And
	 * a probe (8.1) asks for what nobody should have. */
	if ((message->header.flags & MDNS_FLAG_TC) ||
		message->header.count[MDNS_SECTION_AUTHORITY] > 0)
		return;
	if (++link->heard == 0)
		link->heard = 1;
	mark_questions(link, message);
	mark_known_answers(link, message, now);
	while (mdns_reader_question(&reader, &question))
		if (!question.unicast_response &&
			question.rclass == MDNS_CLASS_IN)
			count_question(link, &question, now);
}

enum mdns_verdict mdns_querier_read(struct mdns_querier *querier,
	const struct mdns_origin *origin, const uint8_t *message, size_t size,
	mdns_time now)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(querier, origin->ifindex);
	struct mdns_reader reader;
	enum mdns_verdict verdict;

	if (!link)
		return MDNS_VERDICT_OFF_LINK;
	mdns_reader_init(&reader, message, size);
	verdict = mdns_response_judge(&reader, origin, now < link->qu_until);
	if (verdict == MDNS_VERDICT_FORMAT)
		link->malformed++;
	if (verdict == MDNS_VERDICT_OTHER) {
		read_response(link, &reader, origin->transport, now);
		return MDNS_VERDICT_TAKEN;
	}
	if (verdict == MDNS_VERDICT_NOT_RESPONSE &&
		!(reader.header.flags & (MDNS_FLAG_OPCODE | MDNS_FLAG_RCODE)) &&
		origin->port == MDNS_PORT && origin->to_group &&
		!is_own(link, message, size, now))
		read_query(link, &reader, now);
	return verdict;
}
