/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/direct share: one lookup on a virtual clock. */
#include <stdio.h>
#include <string.h>

#include "tests/resolver/direct_world.h"

void given(struct world *w)
{
	memset(w, 0, sizeof(*w));
	mdns_settings_init(&w->settings);
	w->ways = BOTH;
	w->links = 1;
}

struct unit_message *reply_at(struct world *w, unsigned ms)
{
	struct reply *reply = &w->reply[w->replies++];

	ck_assert_uint_le(w->replies, REPLIES_MAX);
	reply->ms = ms;
	reply->origin.ifindex = 3;
	reply->origin.port = 5353;
	reply->origin.way = MDNS_WAY_ONE_SHOT;
	reply->origin.on_link = true;
	unit_message_init(&reply->message, ID, 0x8400);
	return &reply->message;
}

struct unit_message *multicast_at(struct world *w, unsigned ms)
{
	struct unit_message *message = reply_at(w, ms);
	struct mdns_origin *origin = &w->reply[w->replies - 1].origin;

	origin->way = MDNS_WAY_GROUP;
	origin->to_group = true;
	unit_message_init(message, 0, 0x8400);
	return message;
}

void address(struct unit_message *message, const char *name, const char *text)
{
	unit_message_address(message, MDNS_SECTION_ANSWER, name, text, 120);
}

/* Looks at a query octet by octet, and notes it. */
static void note_query(struct world *w, unsigned ms, enum mdns_way way,
	const uint8_t *query, size_t size)
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	bool reverse = w->direct.subject.reverse;
	unsigned questions = 0, unicast = 0, types = 0;
	char kind;

	mdns_reader_init(&reader, query, size);
	ck_assert_int_eq(reader.err, 0);
	/* RFC 6762 18.1: id 0 through 5353; 18.2 to 18.11: no flag at all. */
	ck_assert_uint_eq(reader.header.id, way == MDNS_WAY_GROUP ? 0 : ID);
	ck_assert_uint_eq(reader.header.flags, 0);
	while (mdns_reader_question(&reader, &question)) {
		ck_assert(mdns_name_equal(
			&question.name, &w->direct.subject.name));
		ck_assert_uint_eq(question.rclass, 1);
		unicast += question.unicast_response;
		types |= question.type == 1    ? 1
			 : question.type == 28 ? 2
			 : question.type == 12 ? 4
					       : 8;
		questions++;
		w->last_name = question.name;
	}
	ck_assert(!mdns_reader_record(&reader, &record));
	ck_assert_int_eq(reader.err, 0);
	ck_assert_uint_eq(reader.pos, size);
	/* A and AAAA in one message, or PTR alone. */
	ck_assert_uint_eq(questions, reverse ? 1 : 2);
	ck_assert_uint_eq(types, reverse ? 4 : 3);
	ck_assert(unicast == 0 || unicast == questions);
	if (way == MDNS_WAY_ONE_SHOT)
		kind = unicast ? '!' : 'O';
	else
		kind = unicast ? 'Q' : 'M';
	snprintf(w->log + strlen(w->log), sizeof(w->log) - strlen(w->log),
		"%s%u %c", w->log[0] ? "; " : "", ms, kind);
}

static unsigned to_ms(mdns_time now)
{
	ck_assert_int_eq((now - START) % MDNS_MSEC, 0);
	return (unsigned)((now - START) / MDNS_MSEC);
}

void when_run(struct world *w, const char *text)
{
	struct mdns_name name = unit_name(text);
	struct mdns_direct *d = &w->direct;
	mdns_time now = START;
	unsigned next_reply = 0;
	unsigned steps = 0;

	memset(d, 0xee, sizeof(*d));
	ck_assert_int_eq(mdns_direct_init(d, &name, &w->settings, w->ways,
				 w->group_first, ID, now),
		0);
	while (!mdns_direct_is_over(d, now)) {
		uint8_t buf[MDNS_QUERY_MAX];
		enum mdns_way way;
		mdns_time next;
		int size;

		ck_assert_msg(++steps < 1000, "no end: %s", w->log);
		if (mdns_direct_next_send(d, &way) <= now) {
			if (w->fails & 1u << way) {
				mdns_direct_fail(d, way, now);
				continue;
			}
			if (way == MDNS_WAY_GROUP)
				mdns_direct_share(d, w->shared);
			size = mdns_direct_write(
				d, now, buf, sizeof(buf), &way);
			ck_assert_int_gt(size, 0);
			mdns_direct_set_sole_link(d, w->links == 1);
			note_query(w, to_ms(now), way, buf, (size_t)size);
			continue;
		}
		size = mdns_direct_write(d, now, buf, sizeof(buf), &way);
		ck_assert_int_eq(size, 0);

		next = mdns_direct_expiry(d);
		ck_assert_msg(next > now, "busy at %u ms", to_ms(now));
		if (next_reply < w->replies &&
			START + w->reply[next_reply].ms * MDNS_MSEC <= next) {
			struct reply *reply = &w->reply[next_reply++];

			now = START + reply->ms * MDNS_MSEC;
			reply->verdict = mdns_direct_read(d, &reply->origin,
				reply->message.bytes, reply->message.size, now);
		} else {
			now = next;
		}
	}
	w->ended = to_ms(now);
	w->result = mdns_direct_result(d);
}
