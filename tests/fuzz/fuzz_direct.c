/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: one lookup on a virtual clock. The input says the settings, what
 * is asked, and which packets come when and how. */
#include <string.h>

#include "resolver/direct.h"
#include "resolver/err.h"
#include "resolver/rr.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/told.h"

const char fuzz_target[] = "direct";

#define START (INT64_C(987654321) * MDNS_MSEC + 17)
#define ID 0x1234

struct lookup {
	const uint8_t *octets; /* the whole input */
	struct fuzz_input input;
	struct mdns_settings settings;
	struct mdns_direct direct;
	struct mdns_name asked;
	mdns_time now;
	mdns_time group_at; /* 5353 was asked for `asked` */
	mdns_time qu_at;
	unsigned ways, failed;
	unsigned sent, aliases;
	bool found;
	bool sleeps; /* it may be stopped, and go on late */
};

/* Times in settings: 0 to 30 s, mostly such as people choose. */
static uint32_t choose_ms(struct fuzz_input *input, uint32_t usual)
{
	uint8_t kind = fuzz_u8(input);

	return kind & 1 ? fuzz_u16(input) % 30001u : usual;
}

static void choose_settings(
	struct fuzz_input *input, struct mdns_settings *ret_settings)
{
	uint8_t kind = fuzz_u8(input);
	unsigned i;

	mdns_settings_init(ret_settings);
	if (kind & 1) {
		uint32_t at = 0;

		ret_settings->total_ms = choose_ms(input, 1250);
		if (ret_settings->total_ms < 100)
			ret_settings->total_ms = 100;
		ret_settings->second_way_ms = choose_ms(input, 100);
		ret_settings->grace_ms = choose_ms(input, 100) % 5001;
		for (i = 0; i < MDNS_RESENDS_MAX; i++) {
			uint32_t gap = fuzz_u16(input) % 4000u;

			at = gap > 0 ? at + gap : 0;
			ret_settings->resend_ms[i] = at;
			if (at == 0)
				break;
		}
		for (; i < MDNS_RESENDS_MAX; i++)
			ret_settings->resend_ms[i] = 0;
	}
	ret_settings->deep_not_found = kind >> 1 & 1;
	if (kind & 4) {
		ret_settings->suffix_count = 1;
		memcpy(ret_settings->suffix[0], "example", 8);
	}
}

/* Looks at a query octet by octet. */
static void check_query(
	struct lookup *l, enum mdns_way way, const uint8_t *query, size_t size)
{
	bool reverse = l->direct.subject.reverse;
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	unsigned questions = 0, unicast = 0, types = 0;

	mdns_reader_init(&reader, query, size);
	FUZZ_CHECK(reader.err == 0);
	FUZZ_CHECK(reader.header.id == (way == MDNS_WAY_GROUP ? 0 : ID));
	FUZZ_CHECK(reader.header.flags == 0);
	while (mdns_reader_question(&reader, &question)) {
		FUZZ_CHECK(fuzz_same_octets(
			&question.name, &l->direct.subject.name));
		FUZZ_CHECK(question.rclass == MDNS_CLASS_IN);
		unicast += question.unicast_response;
		types |= question.type == MDNS_TYPE_A      ? 1
			 : question.type == MDNS_TYPE_AAAA ? 2
			 : question.type == MDNS_TYPE_PTR  ? 4
							   : 8;
		questions++;
	}
	FUZZ_CHECK(!mdns_reader_record(&reader, &record));
	FUZZ_CHECK(reader.err == 0 && reader.pos == size);
	FUZZ_CHECK(questions == (reverse ? 1 : 2));
	FUZZ_CHECK(types == (reverse ? 4 : 3));
	/* QU only as the first question there (RFC 6762 5.4). */
	FUZZ_CHECK(
		unicast == 0 ||
		(unicast == questions && way == MDNS_WAY_GROUP &&
			!l->direct.shared && l->group_at == MDNS_TIME_NEVER));
	if (unicast > 0)
		l->qu_at = l->now;
}

/* What is planned is in order, or it would be sent late. */
static void check_plan(const struct mdns_direct *direct)
{
	unsigned i;

	FUZZ_CHECK(direct->sends <= MDNS_SENDS_MAX);
	for (i = direct->next_send + 1u; i < direct->sends; i++)
		FUZZ_CHECK(direct->send[i - 1].at <= direct->send[i].at);
}

static void send_all(struct lookup *l)
{
	uint8_t buf[MDNS_QUERY_MAX];
	unsigned last = MDNS_WAYS;
	enum mdns_way way;
	int n;

	check_plan(&l->direct);
	while (mdns_direct_next_send(&l->direct, &way) <= l->now) {
		if (l->failed & 1u << way) {
			mdns_direct_fail(&l->direct, way, l->now);
			FUZZ_CHECK(!(l->direct.ways & 1u << way));
			last = MDNS_WAYS; /* the other one is due at once */
			continue;
		}
		n = mdns_direct_write(
			&l->direct, l->now, buf, sizeof(buf), &way);
		FUZZ_CHECK(n > 0 && (size_t)n <= sizeof(buf));
		if (!fuzz_same_octets(&l->asked, &l->direct.subject.name)) {
			l->asked = l->direct.subject.name;
			l->group_at = MDNS_TIME_NEVER;
		}
		check_query(l, way, buf, (size_t)n);
		check_plan(&l->direct);
		/* Nothing more is sent once an address is there. */
		FUZZ_CHECK(!l->found);
		FUZZ_CHECK(++l->sent <= MDNS_SENDS_MAX * (1 + l->aliases));
		/* What is late is sent once. */
		FUZZ_CHECK(way != last);
		last = way;
		if (way != MDNS_WAY_GROUP)
			continue;
		/* RFC 6762 5.2 */
		FUZZ_CHECK(l->group_at == MDNS_TIME_NEVER ||
			   l->now - l->group_at >= MDNS_SEC);
		l->group_at = l->now;
	}
	FUZZ_CHECK(mdns_direct_write(
			   &l->direct, l->now, buf, sizeof(buf), &way) == 0);
}

/* The next packet of the input. */
static void hear(struct lookup *l)
{
	static uint8_t copy[1500];
	struct mdns_name before = l->direct.subject.name;
	uint8_t kind = fuzz_u8(&l->input);
	struct mdns_origin origin = {
		.ifindex = 3,
		.port = kind & 1 ? 5354 : MDNS_PORT,
		.way = kind & 2 ? MDNS_WAY_GROUP : MDNS_WAY_ONE_SHOT,
		.to_group = (kind & 4) != 0,
		.on_link = !(kind & 8),
		.transport = kind >> 4 & 1,
	};
	size_t want = fuzz_u16(&l->input) % sizeof(copy), size;
	const uint8_t *bytes = fuzz_bytes(&l->input, want, &size);
	enum mdns_verdict verdict;

	memcpy(copy, bytes, size);
	if (kind & 0x20 && size >= 2) { /* the right id */
		copy[0] = ID >> 8;
		copy[1] = ID & 0xff;
	}
	verdict = mdns_direct_read(&l->direct, &origin, copy, size, l->now);
	if (verdict == MDNS_VERDICT_TAKEN) {
		FUZZ_CHECK(origin.port == MDNS_PORT);
		FUZZ_CHECK(origin.to_group || origin.on_link);
		FUZZ_CHECK(origin.way == MDNS_WAY_ONE_SHOT || origin.to_group ||
			   (l->qu_at != MDNS_TIME_NEVER &&
				   l->now - l->qu_at <= 2 * MDNS_SEC));
		if (!fuzz_same_octets(&before, &l->direct.subject.name))
			l->aliases++;
	}
	FUZZ_CHECK(l->aliases <= MDNS_CNAME_HOPS);
	l->found |= l->direct.answer.count > 0;
	/* All that came so far may have said it. */
	told_check_answer(&l->direct.subject, &origin, &l->direct.answer,
		l->octets, (size_t)(l->input.at - l->octets));
}

static void check_result(struct lookup *l)
{
	int result = mdns_direct_result(&l->direct);
	const struct mdns_answer *answer = &l->direct.answer;
	bool local = false;
	unsigned i;

	switch (result) {
	case 0:
		FUZZ_CHECK(answer->name.len > 0);
		FUZZ_CHECK(answer->count > 0 || l->direct.subject.reverse);
		break;
	case MDNS_ERR_NO_DATA:
		FUZZ_CHECK(answer->count == 0 && answer->name.len > 0);
		break;
	case MDNS_ERR_NO_LINK:
		FUZZ_CHECK(l->direct.ways == 0 && answer->count == 0);
		break;
	case MDNS_ERR_NOT_FOUND:
	case MDNS_ERR_PASS_ON:
		FUZZ_CHECK(answer->count == 0 && answer->name.len == 0);
		break;
	default:
		fuzz_broken(__FILE__, __LINE__, "a result of the contract");
	}
	/* Sorted: what is routable comes first. */
	for (i = 0; i < answer->count; i++) {
		const uint8_t *b = answer->address[i].bytes;
		bool is = answer->address[i].family == MDNS_IPV4
				  ? b[0] == 169 && b[1] == 254
				  : b[0] == 0xfe && (b[1] & 0xc0) == 0x80;

		FUZZ_CHECK(is || !local);
		local = is;
	}
}

/* Where 5353 is all there is and nobody answers, it is asked each second. */
static void check_each_second(const struct lookup *l)
{
	uint32_t seconds = (l->settings.total_ms + 999) / 1000;

	if (l->ways == 1u << MDNS_WAY_GROUP && l->failed == 0 && !l->sleeps &&
		l->aliases == 0 && l->direct.answer.name.len == 0)
		FUZZ_CHECK(
			l->sent ==
			(seconds < MDNS_SENDS_MAX ? seconds : MDNS_SENDS_MAX));
}

static void run(struct lookup *l)
{
	mdns_time end = START + l->settings.total_ms * MDNS_MSEC;
	unsigned steps = 0;

	while (!mdns_direct_is_over(&l->direct, l->now)) {
		mdns_time next;

		FUZZ_CHECK(++steps < 1000);
		send_all(l);
		if (mdns_direct_is_over(&l->direct, l->now))
			break;
		next = mdns_direct_expiry(&l->direct);
		FUZZ_CHECK(next > l->now && next <= end);
		if (l->input.left > 0 && steps < 200) {
			mdns_time at =
				l->now + fuzz_u16(&l->input) * 100 * MDNS_USEC;

			if (at < next || (l->sleeps && at < end)) {
				l->now = at;
				hear(l);
				continue;
			}
		}
		l->now = next;
	}
	FUZZ_CHECK(l->now <= end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lookup l;
	struct mdns_name name;
	uint8_t kind;

	l.octets = l.input.at = data;
	l.input.left = size;
	l.now = START;
	l.group_at = l.qu_at = MDNS_TIME_NEVER;
	l.sent = l.aliases = 0;
	l.found = false;
	kind = fuzz_u8(&l.input);
	fuzz_name(&l.input, &name);
	choose_settings(&l.input, &l.settings);
	l.asked = name;
	l.ways = (kind & 3) == 0 ? 3 : kind & 3;
	l.failed = kind >> 4 & 3;
	l.sleeps = kind >> 6 & 1;
	if (mdns_direct_init(&l.direct, &name, &l.settings, l.ways,
		    kind >> 2 & 1, ID, l.now) < 0)
		return 0;
	mdns_direct_share(&l.direct, kind >> 3 & 1);
	run(&l);
	check_each_second(&l);
	check_result(&l);
	return 0;
}
