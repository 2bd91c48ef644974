/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading a response: is it to be believed, and what does it say about the one
 * name that was asked for? */
#include "resolver/response.h"

#include <string.h>

#include "resolver/rr.h"
#include "resolver/zone.h"

const char *mdns_verdict_text(enum mdns_verdict verdict)
{
	switch (verdict) {
	case MDNS_VERDICT_TAKEN:
		return "taken";
	case MDNS_VERDICT_OTHER:
		return "about other names";
	case MDNS_VERDICT_NOT_RESPONSE:
		return "not a response";
	case MDNS_VERDICT_OPCODE:
		return "opcode is not 0";
	case MDNS_VERDICT_RCODE:
		return "rcode is not 0";
	case MDNS_VERDICT_PORT:
		return "not from port 5353";
	case MDNS_VERDICT_OFF_LINK:
		return "from an address that is not on the link";
	case MDNS_VERDICT_UNWANTED:
		return "unicast, but not asked for";
	case MDNS_VERDICT_ID:
		return "another id";
	case MDNS_VERDICT_QUESTION:
		return "answers another question";
	case MDNS_VERDICT_FORMAT:
		return "malformed";
	}
	return "unknown";
}

static bool type_is_asked(const struct mdns_subject *subject, uint16_t type)
{
	if (subject->reverse)
		return type == MDNS_TYPE_PTR;
	return type == MDNS_TYPE_A || type == MDNS_TYPE_AAAA;
}

/* A reply to a one-shot query repeats the question (RFC 6762 6.7), or, from
 * cheap devices, has none at all; one of another question is not for us. */
static bool question_matches(
	const struct mdns_subject *subject, struct mdns_reader *reader)
{
	struct mdns_question question;

	if (reader->header.count[MDNS_SECTION_QUESTION] == 0)
		return true;
	while (mdns_reader_question(reader, &question))
		if ((question.type == MDNS_TYPE_ANY ||
			    type_is_asked(subject, question.type)) &&
			mdns_name_equal(&question.name, &subject->name))
			return true;
	return false;
}

enum mdns_verdict mdns_response_judge(const struct mdns_reader *reader,
	const struct mdns_origin *origin, bool unicast_wanted)
{
	uint16_t flags = reader->header.flags;

	if (reader->err)
		return MDNS_VERDICT_FORMAT;
	if (!(flags & MDNS_FLAG_QR))
		return MDNS_VERDICT_NOT_RESPONSE;
	if (flags & MDNS_FLAG_OPCODE) /* RFC 6762 18.3 */
		return MDNS_VERDICT_OPCODE;
	if (flags & MDNS_FLAG_RCODE) /* 18.11 */
		return MDNS_VERDICT_RCODE;
	if (origin->port != MDNS_PORT) /* 6, 11 */
		return MDNS_VERDICT_PORT;
	if (!origin->to_group && !origin->on_link) /* 11 */
		return MDNS_VERDICT_OFF_LINK;
	return origin->to_group || unicast_wanted ? MDNS_VERDICT_OTHER
						  : MDNS_VERDICT_UNWANTED;
}

/* A reply to a one-shot query has to match it as well. */
static enum mdns_verdict judge(const struct mdns_subject *subject,
	const struct mdns_origin *origin, struct mdns_reader *reader)
{
	bool one_shot = origin->way == MDNS_WAY_ONE_SHOT;
	enum mdns_verdict verdict = mdns_response_judge(
		reader, origin, one_shot || subject->unicast_wanted);

	if (verdict != MDNS_VERDICT_OTHER || !one_shot)
		return verdict;
	if (reader->header.id != subject->id)
		return MDNS_VERDICT_ID;
	return question_matches(subject, reader) ? MDNS_VERDICT_OTHER
						 : MDNS_VERDICT_QUESTION;
}

/* One response being read: the name that is looked for just now, which a
 * CNAME may have changed, and where what is found goes. */
struct reading {
	const struct mdns_subject *subject;
	const struct mdns_origin *origin;
	const struct mdns_reader *records; /* before the first record */
	struct mdns_answer *answer;
	struct mdns_name *wanted;
	uint32_t usec;
	bool taken;
};

static void note_ttl(struct reading *reading, const struct mdns_record *record)
{
	if (record->ttl < reading->answer->ttl)
		reading->answer->ttl = record->ttl;
	reading->taken = true;
}

/* The canonical name keeps the case in which the host itself spells it. */
static void note_name(struct mdns_answer *answer, const struct mdns_name *name)
{
	if (answer->name.len == 0)
		memcpy(&answer->name, name,
			offsetof(struct mdns_name, wire) + name->len);
}

static void fill_origin(
	const struct reading *reading, struct mdns_address *address)
{
	address->ifindex = reading->origin->ifindex;
	address->usec = reading->usec;
	address->transport = reading->origin->transport;
	address->way = reading->origin->way;
}

static void take_address(
	struct reading *reading, const struct mdns_record *record)
{
	struct mdns_address address;

	memset(&address, 0, sizeof(address));
	if (mdns_rr_read_address(reading->records, record, address.bytes) < 0)
		return;
	address.family = record->type == MDNS_TYPE_A ? MDNS_IPV4 : MDNS_IPV6;
	if (!mdns_zone_address_is_usable(
		    address.bytes, mdns_family_size(address.family)))
		return;
	fill_origin(reading, &address);
	mdns_answer_add(reading->answer, &address);
	note_name(reading->answer, &record->name);
	note_ttl(reading, record);
}

/* A host name goes to programs that may do anything with it, so it has to be
 * one, in a zone that this link may speak for. The first one stands. */
static void take_pointer(
	struct reading *reading, const struct mdns_record *record)
{
	struct mdns_name target;
	enum mdns_zone zone;

	if (mdns_rr_read_name(reading->records, record, &target) < 0 ||
		!mdns_name_is_host(&target))
		return;
	zone = mdns_zone_of(&target, reading->subject->suffixes,
		reading->subject->suffix_count);
	if (zone == MDNS_ZONE_NONE || zone == MDNS_ZONE_REVERSE ||
		reading->answer->name.len > 0)
		return;
	memset(&reading->answer->address[0], 0,
		sizeof(reading->answer->address[0]));
	fill_origin(reading, &reading->answer->address[0]);
	note_name(reading->answer, &target);
	note_ttl(reading, record);
}

/* RFC 6762 6.1: who owns the name says which types it has. An address beside
 * it is stronger than the claim that there is none. */
static void take_nsec(struct reading *reading, const struct mdns_record *record)
{
	static const uint16_t types[MDNS_FAMILIES] = {
		MDNS_TYPE_A, MDNS_TYPE_AAAA};
	uint8_t *presence = reading->answer->presence;
	struct mdns_nsec nsec;
	unsigned i;

	/* That an alias has no address of its own says nothing. */
	if (reading->subject->reverse ||
		mdns_rr_read_nsec(reading->records, record, &nsec) < 0 ||
		mdns_nsec_has(&nsec, MDNS_TYPE_CNAME))
		return;
	for (i = 0; i < MDNS_FAMILIES; i++)
		if (!mdns_nsec_has(&nsec, types[i]) && presence[i] == MDNS_OPEN)
			presence[i] = MDNS_ABSENT;
	note_name(reading->answer, &record->name);
	note_ttl(reading, record);
}

static bool is_wanted(
	const struct reading *reading, const struct mdns_record *record)
{
	return record->rclass == MDNS_CLASS_IN && record->ttl > 0 &&
	       record->section != MDNS_SECTION_AUTHORITY &&
	       mdns_name_equal(&record->name, reading->wanted);
}

static void read_records(struct reading *reading)
{
	struct mdns_reader reader = *reading->records;
	struct mdns_record record;

	while (mdns_reader_record(&reader, &record)) {
		if (!is_wanted(reading, &record))
			continue;
		if (record.type == MDNS_TYPE_NSEC)
			take_nsec(reading, &record);
		else if (!type_is_asked(reading->subject, record.type))
			continue;
		else if (record.type == MDNS_TYPE_PTR)
			take_pointer(reading, &record);
		else
			take_address(reading, &record);
	}
}

/* True if the wanted name has a CNAME here that may be followed; then the
 * target is what is wanted. */
static bool follow_alias(struct reading *reading)
{
	struct mdns_reader reader = *reading->records;
	struct mdns_record record;
	struct mdns_name target;

	while (mdns_reader_record(&reader, &record)) {
		enum mdns_zone zone;

		if (record.type != MDNS_TYPE_CNAME ||
			!is_wanted(reading, &record) ||
			mdns_rr_read_name(reading->records, &record, &target) <
				0)
			continue;
		zone = mdns_zone_of(&target, reading->subject->suffixes,
			reading->subject->suffix_count);
		if (zone == MDNS_ZONE_NONE || zone == MDNS_ZONE_REVERSE ||
			mdns_name_equal(&target, reading->wanted))
			continue;
		note_ttl(reading, &record);
		memcpy(reading->wanted, &target,
			offsetof(struct mdns_name, wire) + target.len);
		return true;
	}
	return false;
}

enum mdns_verdict mdns_response_read(const struct mdns_subject *subject,
	const struct mdns_origin *origin, const uint8_t *message, size_t size,
	uint32_t usec, struct mdns_answer *answer, struct mdns_name *ret_alias)
{
	struct mdns_reader reader;
	struct reading reading = {
		subject, origin, &reader, answer, ret_alias, usec, false};
	struct mdns_question question;
	enum mdns_verdict verdict;
	unsigned hops = 0;

	ret_alias->len = 0;
	mdns_reader_init(&reader, message, size);
	verdict = judge(subject, origin, &reader);
	if (verdict != MDNS_VERDICT_OTHER)
		return verdict;

	/* Several passes over the records follow; one over the questions is
	 * enough. */
	while (mdns_reader_question(&reader, &question))
		;
	*ret_alias = subject->name;
	read_records(&reading);
	while (answer->count == 0 && !subject->reverse &&
		hops++ < MDNS_CNAME_HOPS && follow_alias(&reading))
		read_records(&reading);
	if (answer->count > 0 || mdns_name_equal(ret_alias, &subject->name))
		ret_alias->len = 0;
	return reading.taken ? MDNS_VERDICT_TAKEN : MDNS_VERDICT_OTHER;
}
