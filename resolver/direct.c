/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One direct lookup, sans-IO: what to send when, what to believe, when it is
 * over. */
#include "resolver/direct.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"

#define GROUP_GAP (1 * MDNS_SEC)   /* between two questions (RFC 6762 5.2) */
#define QU_LIFETIME (2 * MDNS_SEC) /* of a wish for unicast (RFC 6762 11) */

static void add_send(struct mdns_direct *direct, mdns_time at, unsigned way)
{
	if (!(direct->ways & 1u << way) || at >= direct->end ||
		direct->sends == MDNS_SENDS_MAX)
		return;
	direct->send[direct->sends].at = at;
	direct->send[direct->sends].way = (uint8_t)way;
	direct->sends++;
}

/* A plain list of at most six, in order of time: moved entries find their
 * place by one pass. */
static void sort_sends(struct mdns_direct *direct)
{
	unsigned i;

	for (i = direct->next_send + 1u; i < direct->sends; i++) {
		struct mdns_send moved = direct->send[i];
		unsigned j = i;

		for (; j > direct->next_send &&
			direct->send[j - 1].at > moved.at;
			j--)
			direct->send[j] = direct->send[j - 1];
		direct->send[j] = moved;
	}
}

/* The timetable of the header, from now on. */
static void plan(struct mdns_direct *direct, mdns_time now)
{
	const struct mdns_settings *settings = direct->settings;
	bool group =
		direct->ways == 1u << MDNS_WAY_GROUP ||
		(direct->group_first && (direct->ways & 1u << MDNS_WAY_GROUP));
	unsigned first = group ? MDNS_WAY_GROUP : MDNS_WAY_ONE_SHOT;
	unsigned second = group ? MDNS_WAY_ONE_SHOT : MDNS_WAY_GROUP;
	unsigned i;

	direct->sends = 0;
	direct->next_send = 0;
	direct->told = 0;
	add_send(direct, now, first);
	if (settings->second_way_ms > 0)
		add_send(direct, now + settings->second_way_ms * MDNS_MSEC,
			second);
	for (i = 0; i < MDNS_RESENDS_MAX && settings->resend_ms[i] > 0; i++)
		add_send(direct, now + settings->resend_ms[i] * MDNS_MSEC,
			MDNS_WAY_ONE_SHOT);
	/* Where 5353 is all there is, it has the gap between its questions to
	 * keep. */
	for (i = 1; direct->ways == 1u << MDNS_WAY_GROUP; i++) {
		if (now + i * GROUP_GAP >= direct->end ||
			direct->sends == MDNS_SENDS_MAX)
			break;
		add_send(direct, now + i * GROUP_GAP, MDNS_WAY_GROUP);
	}
	sort_sends(direct);
}

/* A way that nothing was sent by and nothing will be is no way. */
static void forget_idle_ways(struct mdns_direct *direct)
{
	unsigned used = direct->asked, i;

	for (i = direct->next_send; i < direct->sends; i++)
		used |= 1u << direct->send[i].way;
	direct->ways &= used;
}

int mdns_direct_init(struct mdns_direct *direct, const struct mdns_name *name,
	const struct mdns_settings *settings, unsigned ways, bool group_first,
	uint16_t id, mdns_time now)
{
	unsigned i, suffixes = 0;

	for (i = 0; i < settings->suffix_count; i++)
		if (mdns_name_parse(settings->suffix[i],
			    strlen(settings->suffix[i]),
			    &direct->suffixes[suffixes]) == 0)
			suffixes++;
	direct->zone = mdns_zone_of(name, direct->suffixes, suffixes);
	if (direct->zone == MDNS_ZONE_NONE)
		return MDNS_ERR_NOT_OURS;
	direct->subject.name = *name;
	direct->subject.reverse = direct->zone == MDNS_ZONE_REVERSE;
	direct->subject.unicast_wanted = false;
	direct->subject.id = id;
	direct->subject.suffixes = direct->suffixes;
	direct->subject.suffix_count = suffixes;
	mdns_answer_init(&direct->answer);
	direct->settings = settings;
	direct->group_first = group_first;
	direct->shared = false;
	direct->sole_link = false;
	direct->ways = ways;
	direct->hops = 0;
	direct->start = now;
	direct->end = now + settings->total_ms * MDNS_MSEC;
	direct->group_at = MDNS_TIME_NEVER;
	direct->qu_until = now;
	direct->asked = 0;
	plan(direct, now);
	forget_idle_ways(direct);
	return 0;
}

/* 5353 has been asked now, which may be late: what is planned for it waits for
 * its gap. */
static void keep_group_gap(struct mdns_direct *direct, mdns_time now)
{
	unsigned i;

	for (i = direct->next_send; i < direct->sends; i++)
		if (direct->send[i].way == MDNS_WAY_GROUP &&
			direct->send[i].at < now + GROUP_GAP)
			direct->send[i].at = now + GROUP_GAP;
}

/* 5353 has been asked now for the first time: if that is the way that matters,
 * the last resend goes there too, as soon as it may. */
static void plan_group_again(struct mdns_direct *direct, mdns_time now)
{
	struct mdns_send *last = &direct->send[direct->sends - 1];

	if (!(direct->shared || direct->group_first) ||
		direct->next_send >= direct->sends ||
		last->way != MDNS_WAY_ONE_SHOT || last->at == direct->start ||
		now + GROUP_GAP >= direct->end)
		return;
	last->way = MDNS_WAY_GROUP;
	last->at = now + GROUP_GAP;
}

static int write_query(struct mdns_direct *direct, enum mdns_way way,
	bool unicast_wanted, uint8_t *buf, size_t size)
{
	const struct mdns_name *name = &direct->subject.name;
	uint16_t rclass = unicast_wanted ? MDNS_CLASS_IN | MDNS_CLASS_TOP_BIT
					 : MDNS_CLASS_IN;
	struct mdns_writer writer;

	mdns_writer_init(&writer, buf, size,
		way == MDNS_WAY_ONE_SHOT ? direct->subject.id : 0, 0);
	if (direct->subject.reverse) {
		mdns_writer_question(&writer, name, MDNS_TYPE_PTR, rclass);
	} else {
		mdns_writer_question(&writer, name, MDNS_TYPE_A, rclass);
		mdns_writer_question(&writer, name, MDNS_TYPE_AAAA, rclass);
	}
	return mdns_writer_end(&writer);
}

int mdns_direct_write(struct mdns_direct *direct, mdns_time now, uint8_t *buf,
	size_t size, enum mdns_way *ret_way)
{
	enum mdns_way way;
	bool unicast_wanted;

	if (direct->next_send == direct->sends ||
		direct->send[direct->next_send].at > now)
		return 0;
	way = direct->send[direct->next_send++].way;
	/* After a long sleep several are due; once is enough. */
	while (direct->next_send < direct->sends &&
		direct->send[direct->next_send].at <= now &&
		direct->send[direct->next_send].way == way)
		direct->next_send++;
	unicast_wanted = way == MDNS_WAY_GROUP && !direct->shared &&
			 direct->group_at == MDNS_TIME_NEVER;
	if (way == MDNS_WAY_GROUP) {
		bool again = direct->group_at != MDNS_TIME_NEVER;

		direct->group_at = now;
		if (unicast_wanted)
			direct->qu_until = now + QU_LIFETIME;
		keep_group_gap(direct, now);
		if (!again)
			plan_group_again(direct, now);
		sort_sends(direct);
	}
	direct->asked |= 1u << way;
	*ret_way = way;
	return write_query(direct, way, unicast_wanted, buf, size);
}

mdns_time mdns_direct_next_send(
	const struct mdns_direct *direct, enum mdns_way *ret_way)
{
	if (direct->next_send == direct->sends)
		return MDNS_TIME_NEVER;
	*ret_way = direct->send[direct->next_send].way;
	return direct->send[direct->next_send].at;
}

void mdns_direct_share(struct mdns_direct *direct, bool shared)
{
	direct->shared = shared;
}

void mdns_direct_set_sole_link(struct mdns_direct *direct, bool sole_link)
{
	direct->sole_link = sole_link;
}

void mdns_direct_fail(
	struct mdns_direct *direct, enum mdns_way way, mdns_time now)
{
	unsigned i, kept = direct->next_send;
	struct mdns_send *next;
	mdns_time at = now;

	direct->ways &= ~(1u << way);
	for (i = kept; i < direct->sends; i++)
		if (direct->send[i].way != way)
			direct->send[kept++] = direct->send[i];
	direct->sends = (uint8_t)kept;
	forget_idle_ways(direct);
	if (direct->next_send == direct->sends)
		return;
	next = &direct->send[direct->next_send];
	if (next->way == MDNS_WAY_GROUP &&
		direct->group_at != MDNS_TIME_NEVER &&
		direct->group_at + GROUP_GAP > at)
		at = direct->group_at + GROUP_GAP;
	if (next->at > at)
		next->at = at;
}

/* A reply to a one-shot that repeats both its questions (RFC 6762 6.7) is all
 * that its host says over that transport. Over the other it may say more:
 * systemd-resolved has A for IPv4 and AAAA for IPv6. */
static void note_told(struct mdns_direct *direct,
	const struct mdns_origin *origin, const uint8_t *message, size_t size)
{
	struct mdns_reader reader;
	struct mdns_question question;
	bool a = false, aaaa = false;

	mdns_reader_init(&reader, message, size);
	if (origin->way != MDNS_WAY_ONE_SHOT ||
		reader.header.flags & MDNS_FLAG_TC)
		return;
	while (mdns_reader_question(&reader, &question)) {
		if (!mdns_name_equal(&question.name, &direct->subject.name))
			continue;
		a |= question.type == MDNS_TYPE_A;
		aaaa |= question.type == MDNS_TYPE_AAAA;
	}
	if (a && aaaa)
		direct->told |= 1u << origin->transport;
}

static bool is_told_by_both(const struct mdns_direct *direct)
{
	return direct->sole_link &&
	       direct->told == (1u << MDNS_IPV4 | 1u << MDNS_IPV6);
}

/* An NSEC record speaks for its own link (RFC 6762 6.1): on another one the host
 * may have the other family, and says so about now. */
static bool is_denied(const struct mdns_answer *answer)
{
	return answer->presence[MDNS_IPV4] == MDNS_ABSENT ||
	       answer->presence[MDNS_IPV6] == MDNS_ABSENT;
}

/* Something was heard of the name: is it enough, or is there something still
 * worth waiting for? */
static void settle(struct mdns_direct *direct, mdns_time now)
{
	const struct mdns_answer *answer = &direct->answer;
	mdns_time end = now;

	if (direct->subject.reverse) {
		if (answer->name.len == 0)
			return;
	} else if (!mdns_answer_is_complete(answer)) {
		if (answer->count == 0)
			return;
		if (!is_told_by_both(direct))
			end = now + direct->settings->grace_ms * MDNS_MSEC;
	} else if (!direct->sole_link && is_denied(answer)) {
		end = now + direct->settings->grace_ms * MDNS_MSEC / 4;
	}
	direct->sends = direct->next_send;
	if (end < direct->end)
		direct->end = end;
}

enum mdns_verdict mdns_direct_read(struct mdns_direct *direct,
	const struct mdns_origin *origin, const uint8_t *message, size_t size,
	mdns_time now)
{
	uint32_t usec = (uint32_t)((now - direct->start) / MDNS_USEC);
	struct mdns_name alias;
	enum mdns_verdict verdict;

	direct->subject.unicast_wanted = now < direct->qu_until;
	verdict = mdns_response_read(&direct->subject, origin, message, size,
		usec, &direct->answer, &alias);
	if (verdict != MDNS_VERDICT_TAKEN)
		return verdict;
	if (alias.len > 0 && direct->answer.count == 0) {
		if (direct->hops < MDNS_CNAME_HOPS) {
			direct->hops++;
			direct->subject.name = alias;
			direct->group_at = MDNS_TIME_NEVER;
			plan(direct, now);
		}
		return verdict;
	}
	note_told(direct, origin, message, size);
	settle(direct, now);
	return verdict;
}

mdns_time mdns_direct_expiry(const struct mdns_direct *direct)
{
	if (direct->next_send < direct->sends &&
		direct->send[direct->next_send].at < direct->end)
		return direct->send[direct->next_send].at;
	return direct->end;
}

bool mdns_direct_is_over(const struct mdns_direct *direct, mdns_time now)
{
	return direct->ways == 0 || now >= direct->end;
}

int mdns_direct_result(struct mdns_direct *direct)
{
	struct mdns_answer *answer = &direct->answer;

	if (direct->subject.reverse ? answer->name.len > 0
				    : answer->count > 0) {
		mdns_answer_sort(answer);
		return 0;
	}
	if (answer->name.len > 0)
		return MDNS_ERR_NO_DATA;
	if (direct->ways == 0)
		return MDNS_ERR_NO_LINK;
	switch (direct->zone) {
	case MDNS_ZONE_LOCAL_DEEP:
		return direct->settings->deep_not_found ? MDNS_ERR_NOT_FOUND
							: MDNS_ERR_PASS_ON;
	case MDNS_ZONE_SUFFIX:
		return MDNS_ERR_PASS_ON;
	default:
		return MDNS_ERR_NOT_FOUND;
	}
}
