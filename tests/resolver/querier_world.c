/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/querier share: a querier on a virtual clock. */
#include <stdio.h>
#include <string.h>

#include "tests/resolver/querier_world.h"

static void changed(void *context, uint32_t ifindex, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now)
{
	struct world *w = context;

	unit_assert(change != MDNS_REFRESH);
	if (change == MDNS_ENDING)
		return;
	unit_assert(now == w->now);
	if (w->events < EVENTS_MAX) {
		struct event *event = &w->event[w->events];

		event->at = now;
		event->ifindex = ifindex;
		event->change = change;
		event->data = record->rdlength
				      ? record->rdata[record->rdlength - 1]
				      : 0;
	}
	w->events++;
}

struct world *given_limits(uint64_t seed,
	const struct mdns_querier_limits *limits,
	const struct mdns_name *suffix)
{
	static struct world world;
	struct world *w = &world;
	struct mdns_memory memory;

	memset(w, 0, sizeof(*w));
	memory = test_memory_of(&w->counted);
	w->now = START;
	mdns_querier_init(&w->querier, &memory, limits, seed, suffix,
		suffix != NULL, changed, w);
	return w;
}

struct world *given_nothing(uint64_t seed)
{
	static const struct mdns_querier_limits limits = {
		1000, {10000, 1 << 22}};

	return given_limits(seed, &limits, NULL);
}

void given_link(struct world *w, uint32_t ifindex, uint16_t payload, bool alone)
{
	ck_assert_int_eq(mdns_querier_add_link(
				 &w->querier, ifindex, payload, alone, w->now),
		0);
}

struct world *given(uint64_t seed)
{
	struct world *w = given_nothing(seed);

	given_link(w, LINK, 1452, false);
	return w;
}

void then_all_is_given_back(struct world *w)
{
	unsigned events = w->events;

	mdns_querier_close(&w->querier);
	ck_assert_uint_eq(w->events, events);
	ck_assert_uint_eq(w->counted.blocks, 0);
	ck_assert_uint_eq(w->counted.octets, 0);
	ck_assert(!w->counted.wrong);
}

int try_start(
	struct world *w, uint32_t ifindex, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);

	return mdns_querier_start(&w->querier, ifindex, &name, type, w->now);
}

void start(struct world *w, const char *text, uint16_t type)
{
	unit_assert(try_start(w, 0, text, type) == 0);
}

void stop(struct world *w, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);

	mdns_querier_stop(&w->querier, 0, &name, type, w->now);
}

struct mdns_rrset *find_on(
	struct world *w, uint32_t ifindex, const char *text, uint16_t type)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(&w->querier, ifindex);
	struct mdns_name name = unit_name(text);

	return link ? mdns_cache_find(&link->cache, &name, type, 1) : NULL;
}

struct mdns_rrset *find(struct world *w, const char *text, uint16_t type)
{
	return find_on(w, LINK, text, type);
}

unsigned count_of(struct world *w, const char *text, uint16_t type)
{
	struct mdns_rrset *set = find(w, text, type);

	return set ? set->count : 0;
}

/* ---- what is sent ---- */

int packet_asks(const struct packet *packet, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);
	struct mdns_question question;
	struct mdns_reader reader;

	mdns_reader_init(&reader, packet->bytes, packet->size);
	while (mdns_reader_question(&reader, &question))
		if (question.type == type &&
			mdns_name_equal(&question.name, &name))
			return question.unicast_response ? 2 : 1;
	return 0;
}

uint16_t packet_count(const struct packet *packet, enum mdns_section section)
{
	struct mdns_reader reader;

	mdns_reader_init(&reader, packet->bytes, packet->size);
	return reader.header.count[section];
}

bool packet_is_truncated(const struct packet *packet)
{
	return packet->bytes[2] & 0x02;
}

static void judge_question(
	struct world *w, const struct packet *packet, unsigned index)
{
	struct mdns_question question, before;
	struct mdns_reader reader, other;
	struct mdns_querier_link *link =
		mdns_querier_find_link(&w->querier, packet->ifindex);

	mdns_reader_init(&reader, packet->bytes, packet->size);
	for (unsigned i = 0; i <= index; i++)
		unit_assert(mdns_reader_question(&reader, &question));
	unit_assert(question.rclass == MDNS_CLASS_IN);
	unit_assert(link->alone || !question.unicast_response);

	/* Never twice within a second, nor twice in a packet. */
	for (const struct packet *p = w->packet; p <= packet; p++) {
		unsigned i = 0;

		if (p->ifindex != packet->ifindex ||
			p->at <= packet->at - MDNS_SEC)
			continue;
		mdns_reader_init(&other, p->bytes, p->size);
		while (mdns_reader_question(&other, &before))
			unit_assert(
				(p == packet && i++ >= index) ||
				before.type != question.type ||
				!mdns_name_equal(&before.name, &question.name));
	}
}

/* A known answer is shared, has at least half its time left, and is about a
 * question of this packet or of the one that it continues. */
static void judge_answer(struct world *w, const struct packet *packet,
	const struct mdns_reader *reader, const struct mdns_record *record)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(&w->querier, packet->ifindex);
	struct mdns_rrset *set = mdns_cache_find(
		&link->cache, &record->name, record->type, record->rclass);
	const struct packet *p = packet;
	bool asked = false;

	unit_assert(record->section == MDNS_SECTION_ANSWER);
	unit_assert(record->rclass == MDNS_CLASS_IN);
	unit_assert(!record->cache_flush);
	unit_assert(set && !set->unique);
	if (record->type == PTR) {
		struct mdns_reader rdata;
		struct mdns_name name;
		struct mdns_cached *cached;
		int64_t left;

		mdns_reader_rdata(reader, record, &rdata);
		mdns_reader_name(&rdata, &name);
		unit_assert(mdns_reader_done(&rdata));
		cached = mdns_rrset_find(set, name.wire, name.len);
		unit_assert(cached && !cached->doubted);
		/* In whole seconds, and so that the responder does not take
		 * it for less than half (7.1). */
		left = cached->expiry - packet->at;
		unit_assert(record->ttl * MDNS_SEC > left - MDNS_SEC);
		unit_assert(record->ttl * MDNS_SEC < left + MDNS_SEC);
		unit_assert(record->ttl > 0 && 2 * record->ttl >= cached->ttl);
		unit_assert(2 * left >= cached->ttl * MDNS_SEC);
	}
	while (p > w->packet && packet_count(p, MDNS_SECTION_QUESTION) == 0)
		p--;
	for (; p <= packet && !asked; p++) {
		struct mdns_question question;
		struct mdns_reader questions;

		mdns_reader_init(&questions, p->bytes, p->size);
		while (mdns_reader_question(&questions, &question))
			asked |= mdns_name_equal(
					 &question.name, &record->name) &&
				 (question.type == record->type ||
					 question.type == MDNS_TYPE_ANY);
	}
	unit_assert(asked);
}

static void judge_packet(struct world *w, const struct packet *packet)
{
	struct mdns_querier_link *link =
		mdns_querier_find_link(&w->querier, packet->ifindex);
	struct mdns_reader reader, records;
	struct mdns_record record;
	unsigned questions, answers = 0;

	unit_assert(link);
	unit_assert(packet->size <= link->payload);
	mdns_reader_init(&reader, packet->bytes, packet->size);
	unit_assert(!reader.err);
	/* RFC 6762 18.1 to 18.11 */
	unit_assert(reader.header.id == 0);
	unit_assert((reader.header.flags & ~MDNS_FLAG_TC) == 0);
	unit_assert(reader.header.count[MDNS_SECTION_AUTHORITY] == 0);
	unit_assert(reader.header.count[MDNS_SECTION_ADDITIONAL] == 0);
	questions = reader.header.count[MDNS_SECTION_QUESTION];
	/* What follows a packet with TC has known answers only (7.2). */
	unit_assert((questions == 0) == (w->more > 0));
	records = reader;
	while (mdns_reader_record(&records, &record)) {
		judge_answer(w, packet, &reader, &record);
		answers++;
	}
	unit_assert(!records.err && records.pos == packet->size);
	unit_assert(answers == reader.header.count[MDNS_SECTION_ANSWER]);
	unit_assert(questions + answers > 0);
	for (unsigned i = 0; i < questions; i++)
		judge_question(w, packet, i);
}

unsigned when_writing(struct world *w)
{
	unsigned count = 0;

	for (;;) {
		uint8_t buf[MDNS_MESSAGE_MAX];
		uint32_t ifindex = 0;
		struct packet *packet = &w->packet[w->packets];
		int size = mdns_querier_write(
			&w->querier, w->now, buf, sizeof(buf), &ifindex);

		unit_assert(size >= 0);
		if (size == 0) {
			unit_assert(w->more == 0); /* immediately: 7.2 */
			return count;
		}
		unit_assert(++count < 1000);
		unit_assert(w->packets < PACKETS_MAX);
		packet->at = w->now;
		packet->ifindex = ifindex;
		packet->size = (size_t)size;
		memcpy(packet->bytes, buf, packet->size);
		judge_packet(w, packet);
		w->more = packet_is_truncated(packet) ? w->more + 1 : 0;
		w->packets++;
	}
}

void when_it_is(struct world *w, mdns_time then)
{
	unit_assert(then >= w->now);
	for (;;) {
		mdns_time due = mdns_querier_expiry(&w->querier);

		if (due > then)
			break;
		if (due > w->now)
			w->now = due;
		mdns_querier_expire(&w->querier, w->now);
		when_writing(w);
		/* Or a driver would never sleep again. */
		unit_assert(mdns_querier_expiry(&w->querier) > w->now);
	}
	w->now = then;
}

void when_ms_later(struct world *w, int64_t ms)
{
	when_it_is(w, w->now + ms * MDNS_MSEC);
}

static int64_t ms_of(mdns_time at)
{
	return (at - START) / MDNS_MSEC;
}

unsigned asked_on(const struct world *w, uint32_t ifindex, const char *text,
	uint16_t type, int64_t ret_ms[PACKETS_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < w->packets; i++)
		if (w->packet[i].ifindex == ifindex &&
			packet_asks(&w->packet[i], text, type))
			ret_ms[count++] = ms_of(w->packet[i].at);
	return count;
}

unsigned asked(const struct world *w, const char *text, uint16_t type,
	int64_t ret_ms[PACKETS_MAX])
{
	return asked_on(w, LINK, text, type, ret_ms);
}

unsigned times_asked(const struct world *w, const char *text, uint16_t type)
{
	int64_t ms[PACKETS_MAX];

	return asked(w, text, type, ms);
}

void forget_packets(struct world *w)
{
	w->packets = 0;
}

const char *story(struct world *w)
{
	static char text[8192];
	size_t len = 0;

	text[0] = 0;
	unit_assert(w->events <= EVENTS_MAX);
	for (unsigned i = 0; i < w->events; i++) {
		const struct event *event = &w->event[i];

		len += (size_t)snprintf(text + len, sizeof(text) - len,
			"%s%lld%c%u", i ? " " : "", (long long)ms_of(event->at),
			"+=-?"[event->change], event -> data);
		unit_assert(len < sizeof(text));
	}
	w->events = 0;
	return text;
}

/* ---- what is heard ---- */

const uint16_t only_a[] = {MDNS_TYPE_A, 0};

const struct mdns_origin from_group = {.ifindex = LINK,
	.port = 5353,
	.way = MDNS_WAY_GROUP,
	.to_group = true,
	.on_link = true,
	.source = {192, 0, 2, 9}};

enum mdns_verdict hear_from(struct world *w, const struct mdns_origin *origin,
	const struct unit_message *message)
{
	uint8_t *copy = unit_copy(message->bytes, message->size);
	enum mdns_verdict verdict = mdns_querier_read(
		&w->querier, origin, copy, message->size, w->now);

	free(copy);
	when_writing(w);
	return verdict;
}

enum mdns_verdict hear(struct world *w, const struct unit_message *message)
{
	return hear_from(w, &from_group, message);
}

void hear_address(
	struct world *w, const char *text, const char *address, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_address(&m, MDNS_SECTION_ANSWER, text, address, ttl);
	hear(w, &m);
}

/* A shared record: no cache-flush. */
void add_pointer(struct unit_message *m, const char *text, const char *target,
	uint32_t ttl)
{
	struct mdns_name name = unit_name(target);

	unit_message_record(
		m, MDNS_SECTION_ANSWER, text, PTR, 1, ttl, name.wire, name.len);
}

void hear_pointer(
	struct world *w, const char *text, const char *target, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	add_pointer(&m, text, target, ttl);
	hear(w, &m);
}

void hear_query(
	struct world *w, const char *text, uint16_t type, uint16_t rclass)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0);
	unit_message_question(&m, text, type, rclass);
	hear(w, &m);
}

void hear_nsec(struct world *w, const char *text, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_nsec(&m, MDNS_SECTION_ANSWER, text, only_a, ttl);
	hear(w, &m);
}
