/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/direct: one lookup's timetable, on a virtual clock. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/direct.h"
#include "resolver/err.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define ID 0x1234
#define BOTH (1u << MDNS_WAY_ONE_SHOT | 1u << MDNS_WAY_GROUP)
#define ONE_SHOT (1u << MDNS_WAY_ONE_SHOT)
#define GROUP (1u << MDNS_WAY_GROUP)
#define REPLIES_MAX 8

/* No test of this file starts at 0: points in time are not spans. */
#define START (INT64_C(987654321) * MDNS_MSEC + 17)

static const uint16_t only_a[] = {1, 0};
static const uint16_t only_txt[] = {16, 0};

/* Something that arrives at that time, and how. */
struct reply {
	unsigned ms;
	struct mdns_origin origin;
	struct unit_message message;
	enum mdns_verdict verdict; /* what became of it */
};

struct world {
	struct mdns_settings settings;
	unsigned ways;
	bool group_first;
	bool shared;
	unsigned fails; /* ways by which nothing can be sent */
	struct reply reply[REPLIES_MAX];
	unsigned replies;
	struct mdns_direct direct;
	/* What was sent: "0 O; 100 Q; 400 M" with O for one-shot, Q for 5353
	 * with QU, M for 5353 with QM. */
	char log[256];
	struct mdns_name last_name; /* that was asked for */
	unsigned ended;             /* ms */
	int result;
};

static void given(struct world *w)
{
	memset(w, 0, sizeof(*w));
	mdns_settings_init(&w->settings);
	w->ways = BOTH;
}

/* A reply that arrives by the one-shot's socket, from where it should. */
static struct unit_message *reply_at(struct world *w, unsigned ms)
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

static struct unit_message *multicast_at(struct world *w, unsigned ms)
{
	struct unit_message *message = reply_at(w, ms);
	struct mdns_origin *origin = &w->reply[w->replies - 1].origin;

	origin->way = MDNS_WAY_GROUP;
	origin->to_group = true;
	unit_message_init(message, 0, 0x8400);
	return message;
}

/* Unicast to port 5353: what QU asks for. */
static struct unit_message *unicast_5353_at(struct world *w, unsigned ms)
{
	struct unit_message *message = multicast_at(w, ms);

	w->reply[w->replies - 1].origin.to_group = false;
	return message;
}

static void address(
	struct unit_message *message, const char *name, const char *text)
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

/* The driver of resolver/direct.h, with a clock that jumps. */
static void when_run(struct world *w, const char *text)
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

/* ---- silence: what is sent when ---- */

START_TEST(test_timetable)
{
	static const struct {
		const char *what, *settings;
		unsigned ways;
		bool group_first, shared;
		const char *log;
		unsigned ended;
	} rows[] = {
		{"alone on the port", "", BOTH, false, false,
			"0 O; 100 Q; 400 O; 900 O", 1250},
		{"shared port", "", BOTH, false, true,
			"0 O; 100 M; 400 O; 1100 M", 1250},
		{"learnt", "", BOTH, true, false, "0 Q; 100 O; 400 O; 1000 M",
			1250},
		{"learnt, shared port", "", BOTH, true, true,
			"0 M; 100 O; 400 O; 1000 M", 1250},
		{"one-shot only", "", ONE_SHOT, false, false,
			"0 O; 400 O; 900 O", 1250},
		/* RFC 6762 5.2: a second between the first two */
		{"group only", "", GROUP, false, false, "0 Q; 1000 M", 1250},
		{"group only, shared", "", GROUP, false, true, "0 M; 1000 M",
			1250},
		{"group only, learnt", "", GROUP, true, false, "0 Q; 1000 M",
			1250},
		{"learnt, but one-shot only", "", ONE_SHOT, true, false,
			"0 O; 400 O; 900 O", 1250},

		{"no second way", "second-way = off", BOTH, false, false,
			"0 O; 400 O; 900 O", 1250},
		{"no resends", "resend = off", BOTH, false, false, "0 O; 100 Q",
			1250},
		{"no resends, shared", "resend = off", BOTH, false, true,
			"0 O; 100 M", 1250},
		{"neither", "resend = off\nsecond-way = off", BOTH, false,
			false, "0 O", 1250},
		{"other times",
			"timeout = 3s\nresend = 500ms 1s 2s\n"
			"second-way = 200ms",
			BOTH, false, false, "0 O; 200 Q; 500 O; 1000 O; 2000 O",
			3000},
		{"second way behind the first resend", "second-way = 500ms",
			BOTH, false, false, "0 O; 400 O; 500 Q; 900 O", 1250},
		{"second way behind all resends", "second-way = 1s", BOTH,
			false, false, "0 O; 400 O; 900 O; 1000 Q", 1250},
		{"not below the timeout", "timeout = 400ms\nsecond-way = 400ms",
			BOTH, false, false, "0 O", 400},
		{"short", "timeout = 100ms", BOTH, false, false, "0 O", 100},
		{"as often as can be", "resend = 200ms 300ms 400ms 500ms", BOTH,
			false, false, "0 O; 100 Q; 200 O; 300 O; 400 O; 500 O",
			1250},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		mdns_settings_parse(&w.settings, rows[i].settings,
			strlen(rows[i].settings), NULL, NULL);
		w.ways = rows[i].ways;
		w.group_first = rows[i].group_first;
		w.shared = rows[i].shared;
		when_run(&w, "printer.local");
		ck_assert_msg(!strcmp(w.log, rows[i].log), "%s: %s",
			rows[i].what, w.log);
		ck_assert_msg(w.ended == rows[i].ended, "%s: %u ms",
			rows[i].what, w.ended);
		ck_assert_int_eq(w.result, MDNS_ERR_NOT_FOUND);
	}
}
END_TEST

START_TEST(test_what_silence_means)
{
	static const struct {
		const char *name, *settings;
		int result;
	} rows[] = {
		{"printer.local", "", MDNS_ERR_NOT_FOUND},
		{"PRINTER.LOCAL", "", MDNS_ERR_NOT_FOUND},
		{"y.x.local", "", MDNS_ERR_PASS_ON},
		{"z.y.x.local", "", MDNS_ERR_PASS_ON},
		{"y.x.local", "many-labels = not-found", MDNS_ERR_NOT_FOUND},
		{"printer.local", "many-labels = not-found",
			MDNS_ERR_NOT_FOUND},
		{"x.home.example", "suffixes = home.example", MDNS_ERR_PASS_ON},
		{"x.home.example",
			"suffixes = home.example\nmany-labels = not-found",
			MDNS_ERR_PASS_ON},
		{"2.1.254.169.in-addr.arpa", "", MDNS_ERR_NOT_FOUND},
		{"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."
		 "8.e.f.ip6.arpa",
			"", MDNS_ERR_NOT_FOUND},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		mdns_settings_parse(&w.settings, rows[i].settings,
			strlen(rows[i].settings), NULL, NULL);
		when_run(&w, rows[i].name);
		ck_assert_msg(w.result == rows[i].result, "%s: %d",
			rows[i].name, w.result);
		ck_assert_uint_eq(w.ended, 1250);
	}
}
END_TEST

START_TEST(test_not_ours)
{
	static const char *const names[] = {"www.example.com", "local", "",
		"x.home.arpa", "1.0.0.127.in-addr.arpa", "x.lan"};

	for (size_t i = 0; i < ROWS(names); i++) {
		struct mdns_name name = unit_name(names[i]);
		struct mdns_settings settings;
		struct mdns_direct d;

		mdns_settings_init(&settings);
		ck_assert_int_eq(mdns_direct_init(&d, &name, &settings, BOTH,
					 false, ID, START),
			MDNS_ERR_NOT_OURS);
	}
}
END_TEST

START_TEST(test_longest_name_fits)
{
	struct world w;
	char text[256];

	/* Labels of 63, 63, 63, 56 and "local": 255 octets and the root's. */
	memset(text, 'x', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	strcpy(text + 192 + 56, ".local");
	given(&w);
	when_run(&w, text);
	ck_assert_uint_eq(w.last_name.len, MDNS_NAME_MAX);
	ck_assert_str_eq(w.log, "0 O; 100 Q; 400 O; 900 O");
}
END_TEST

START_TEST(test_woken_late)
{
	/* Given a process that slept for 800 ms, when it looks, then it does
	 * not catch up with a burst by one way. */
	struct mdns_name name = unit_name("printer.local");
	struct mdns_settings settings;
	struct mdns_direct d;
	uint8_t buf[MDNS_QUERY_MAX];
	enum mdns_way way;
	unsigned sent[MDNS_WAYS] = {0, 0};

	mdns_settings_init(&settings);
	ck_assert_int_eq(
		mdns_direct_init(&d, &name, &settings, BOTH, false, ID, START),
		0);
	mdns_direct_share(&d, true);
	while (mdns_direct_write(
		       &d, START + 950 * MDNS_MSEC, buf, sizeof(buf), &way) > 0)
		sent[way]++;
	ck_assert_uint_ge(sent[MDNS_WAY_ONE_SHOT], 1);
	ck_assert_uint_le(sent[MDNS_WAY_ONE_SHOT], 2);
	ck_assert_uint_le(sent[MDNS_WAY_GROUP], 1);
	ck_assert(!mdns_direct_is_over(&d, START + 950 * MDNS_MSEC));
	ck_assert(mdns_direct_is_over(&d, START + 1250 * MDNS_MSEC));
}
END_TEST

START_TEST(test_small_buffer)
{
	/* A query that does not fit is not half a query. */
	struct mdns_name name = unit_name("printer.local");

	for (size_t size = 0; size < 31 + 6; size++) {
		struct mdns_settings settings;
		struct mdns_direct d;
		uint8_t *buf = malloc(size);
		enum mdns_way way;

		mdns_settings_init(&settings);
		ck_assert_int_eq(mdns_direct_init(&d, &name, &settings, BOTH,
					 false, ID, START),
			0);
		ck_assert_int_le(
			mdns_direct_write(&d, START, buf, size, &way), 0);
		free(buf);
	}
}
END_TEST

/* ---- answers: when it is over ---- */

START_TEST(test_both_families_end_it)
{
	struct world w;
	struct unit_message *m;

	given(&w);
	m = reply_at(&w, 5);
	address(m, "printer.local", "10.0.0.1");
	address(m, "printer.local", "fe80::1");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 5);
	ck_assert_str_eq(w.log, "0 O");
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.count, 2);
	ck_assert_uint_eq(w.direct.answer.address[0].usec, 5000);
}
END_TEST

START_TEST(test_grace)
{
	static const struct {
		const char *what, *settings;
		unsigned a, aaaa; /* ms of their arrival, 0: never */
		unsigned ended;
		const char *log;
		unsigned count;
	} rows[] = {
		{"A only", "", 5, 0, 105, "0 O", 1},
		{"AAAA only", "", 0, 5, 105, "0 O", 1},
		{"AAAA in time", "", 5, 60, 60, "0 O", 2},
		{"A in time", "", 60, 5, 60, "0 O", 2},
		{"at the very end", "", 5, 105, 105, "0 O", 2},
		{"too late", "", 5, 106, 105, "0 O", 1},
		{"after the second query", "", 150, 0, 250, "0 O; 100 Q", 1},
		{"late: never beyond the total", "", 1200, 0, 1250,
			"0 O; 100 Q; 400 O; 900 O", 1},
		{"no grace", "grace = 0ms", 5, 60, 5, "0 O", 1},
		{"long grace", "grace = 5s", 5, 0, 1250, "0 O", 1},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;
		unsigned first = rows[i].a, second = rows[i].aaaa;
		const char *names[2] = {"10.0.0.1", "2001:db8::1"};
		bool swap = first == 0 || (second && second < first);

		given(&w);
		mdns_settings_parse(&w.settings, rows[i].settings,
			strlen(rows[i].settings), NULL, NULL);
		if (swap) {
			first = rows[i].aaaa;
			second = rows[i].a;
		}
		address(reply_at(&w, first), "printer.local", names[swap]);
		if (second)
			address(reply_at(&w, second), "printer.local",
				names[!swap]);
		when_run(&w, "printer.local");
		ck_assert_msg(w.ended == rows[i].ended, "%s: %u ms",
			rows[i].what, w.ended);
		ck_assert_msg(!strcmp(w.log, rows[i].log), "%s: %s",
			rows[i].what, w.log);
		ck_assert_int_eq(w.result, 0);
		ck_assert_uint_eq(w.direct.answer.count, rows[i].count);
	}
}
END_TEST

START_TEST(test_grace_starts_once)
{
	/* More of the same family does not put off the end. */
	struct world w;

	given(&w);
	address(reply_at(&w, 5), "printer.local", "10.0.0.1");
	address(reply_at(&w, 60), "printer.local", "10.0.0.2");
	address(reply_at(&w, 100), "printer.local", "10.0.0.3");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 105);
	ck_assert_uint_eq(w.direct.answer.count, 3);
}
END_TEST

START_TEST(test_nsec_spares_the_grace)
{
	struct world w;
	struct unit_message *m;

	given(&w);
	m = reply_at(&w, 5);
	address(m, "printer.local", "10.0.0.1");
	unit_message_nsec(
		m, MDNS_SECTION_ADDITIONAL, "printer.local", only_a, 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 5);
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.presence[MDNS_IPV6], MDNS_ABSENT);

	/* In two messages as well. */
	given(&w);
	address(reply_at(&w, 5), "printer.local", "10.0.0.1");
	unit_message_nsec(reply_at(&w, 20), MDNS_SECTION_ANSWER,
		"printer.local", only_a, 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 20);
	ck_assert_int_eq(w.result, 0);
}
END_TEST

START_TEST(test_nsec_of_both_is_no_data)
{
	struct world w;

	given(&w);
	unit_message_nsec(reply_at(&w, 5), MDNS_SECTION_ANSWER, "printer.local",
		only_txt, 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 5);
	ck_assert_int_eq(w.result, MDNS_ERR_NO_DATA);
}
END_TEST

START_TEST(test_others_do_not_end_it)
{
	struct world w;

	given(&w);
	address(reply_at(&w, 5), "scanner.local", "10.0.0.66");
	address(multicast_at(&w, 110), "scanner.local", "10.0.0.66");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 1250);
	ck_assert_int_eq(w.result, MDNS_ERR_NOT_FOUND);
	ck_assert_int_eq(w.reply[0].verdict, MDNS_VERDICT_OTHER);
	ck_assert_str_eq(w.log, "0 O; 100 Q; 400 O; 900 O");
}
END_TEST

START_TEST(test_result_is_sorted_with_the_smallest_ttl)
{
	struct world w;
	struct unit_message *m;
	uint8_t bytes[16];

	given(&w);
	m = reply_at(&w, 5);
	unit_message_address(
		m, MDNS_SECTION_ANSWER, "printer.local", "169.254.1.2", 120);
	unit_message_address(
		m, MDNS_SECTION_ANSWER, "printer.local", "10.0.0.1", 30);
	m = reply_at(&w, 6);
	unit_message_address(
		m, MDNS_SECTION_ANSWER, "printer.local", "2001:db8::1", 60);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 6);
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.ttl, 30);
	unit_address("10.0.0.1", bytes);
	ck_assert_mem_eq(w.direct.answer.address[0].bytes, bytes, 4);
	unit_address("169.254.1.2", bytes);
	ck_assert_mem_eq(w.direct.answer.address[2].bytes, bytes, 4);
}
END_TEST

START_TEST(test_reverse_ends_at_once)
{
	struct world w;
	struct mdns_name want = unit_name("printer.local");

	given(&w);
	unit_message_name(reply_at(&w, 7), MDNS_SECTION_ANSWER,
		"2.1.254.169.in-addr.arpa", 12, "printer.local", 120);
	when_run(&w, "2.1.254.169.in-addr.arpa");
	ck_assert_uint_eq(w.ended, 7);
	ck_assert_str_eq(w.log, "0 O");
	ck_assert_int_eq(w.result, 0);
	ck_assert(mdns_name_equal(&w.direct.answer.name, &want));
}
END_TEST

START_TEST(test_suffix_is_resolved_and_believed)
{
	struct world w;
	const char text[] = "suffixes = home.example";

	given(&w);
	mdns_settings_parse(&w.settings, text, sizeof(text) - 1, NULL, NULL);
	unit_message_name(reply_at(&w, 7), MDNS_SECTION_ANSWER,
		"2.1.254.169.in-addr.arpa", 12, "x.home.example", 120);
	when_run(&w, "2.1.254.169.in-addr.arpa");
	ck_assert_int_eq(w.result, 0);
}
END_TEST

/* ---- the second way in ---- */

START_TEST(test_unicast_to_5353)
{
	/* QU was asked, or not; and when is a unicast reply late? */
	static const struct {
		const char *what;
		bool shared;
		unsigned ms;
		enum mdns_verdict verdict;
	} rows[] = {
		{"before it was asked", false, 50, MDNS_VERDICT_UNWANTED},
		{"asked", false, 105, MDNS_VERDICT_TAKEN},
		{"within two seconds", false, 2099, MDNS_VERDICT_TAKEN},
		{"after that", false, 2101, MDNS_VERDICT_UNWANTED},
		{"shared: not asked", true, 105, MDNS_VERDICT_UNWANTED},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;

		given(&w);
		w.settings.total_ms = 3000;
		w.shared = rows[i].shared;
		address(unicast_5353_at(&w, rows[i].ms), "printer.local",
			"10.0.0.1");
		when_run(&w, "printer.local");
		ck_assert_msg(w.reply[0].verdict == rows[i].verdict, "%s: %s",
			rows[i].what, mdns_verdict_text(w.reply[0].verdict));
		ck_assert_int_eq(
			w.result == 0, rows[i].verdict == MDNS_VERDICT_TAKEN);
	}
}
END_TEST

START_TEST(test_multicast_answers_count_at_any_time)
{
	struct world w;

	given(&w);
	w.shared = true;
	address(multicast_at(&w, 103), "printer.local", "10.0.0.1");
	address(multicast_at(&w, 104), "printer.local", "fe80::1");
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 104);
	ck_assert_int_eq(w.result, 0);
	ck_assert_uint_eq(w.direct.answer.address[0].way, MDNS_WAY_GROUP);
}
END_TEST

/* ---- ways that fail ---- */

START_TEST(test_ways_that_fail)
{
	static const struct {
		const char *what, *settings;
		unsigned ways, fails;
		bool group_first;
		const char *log; /* only its begin if it ends in "..." */
		unsigned ended;
		int result;
	} rows[] = {
		{"both: over at once", "", BOTH, BOTH, false, "", 0,
			MDNS_ERR_NO_LINK},
		{"both, learnt", "", BOTH, BOTH, true, "", 0, MDNS_ERR_NO_LINK},
		{"the only one", "", ONE_SHOT, ONE_SHOT, false, "", 0,
			MDNS_ERR_NO_LINK},
		{"the only one, group", "", GROUP, GROUP, false, "", 0,
			MDNS_ERR_NO_LINK},
		{"5353 cannot be opened", "", BOTH, GROUP, false,
			"0 O; 100 O; 900 O", 1250, MDNS_ERR_NOT_FOUND},
		{"learnt, and now it fails", "", BOTH, GROUP, true, "0 O...",
			1250, MDNS_ERR_NOT_FOUND},
		{"one-shot fails: 5353 at once", "", BOTH, ONE_SHOT, false,
			"0 Q...", 1250, MDNS_ERR_NOT_FOUND},
		{"no second way, and the first fails", "second-way = off", BOTH,
			ONE_SHOT, false, "", 0, MDNS_ERR_NO_LINK},
		{"second way too late, and the first fails", "second-way = 2s",
			BOTH, ONE_SHOT, false, "", 0, MDNS_ERR_NO_LINK},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world w;
		size_t len = strlen(rows[i].log);

		given(&w);
		mdns_settings_parse(&w.settings, rows[i].settings,
			strlen(rows[i].settings), NULL, NULL);
		w.ways = rows[i].ways;
		w.fails = rows[i].fails;
		w.group_first = rows[i].group_first;
		when_run(&w, "printer.local");
		if (len > 3 && !strcmp(rows[i].log + len - 3, "..."))
			w.log[len - 3] = 0, len -= 3;
		else
			len++;
		ck_assert_msg(!strncmp(w.log, rows[i].log, len), "%s: %s",
			rows[i].what, w.log);
		ck_assert_msg(w.ended == rows[i].ended, "%s: %u ms",
			rows[i].what, w.ended);
		ck_assert_msg(w.result == rows[i].result, "%s: %d",
			rows[i].what, w.result);
	}
}
END_TEST

START_TEST(test_failure_after_an_answer_keeps_the_answer)
{
	/* Given an A, when every way is lost in the grace, then the A is the
	 * answer all the same. */
	struct world w;
	struct mdns_name name = unit_name("printer.local");
	struct reply *reply = &w.reply[0];
	uint8_t buf[MDNS_QUERY_MAX];
	enum mdns_way way;

	given(&w);
	address(reply_at(&w, 5), "printer.local", "10.0.0.1");
	ck_assert_int_eq(mdns_direct_init(&w.direct, &name, &w.settings, BOTH,
				 false, ID, START),
		0);
	ck_assert_int_gt(
		mdns_direct_write(&w.direct, START, buf, sizeof(buf), &way), 0);
	ck_assert_int_eq(
		mdns_direct_read(&w.direct, &reply->origin,
			reply->message.bytes, reply->message.size, START + 1),
		MDNS_VERDICT_TAKEN);
	mdns_direct_fail(&w.direct, MDNS_WAY_ONE_SHOT, START + 2);
	mdns_direct_fail(&w.direct, MDNS_WAY_GROUP, START + 2);
	ck_assert_int_eq(mdns_direct_result(&w.direct), 0);
	ck_assert_uint_eq(w.direct.answer.count, 1);
}
END_TEST

/* ---- CNAME across messages ---- */

START_TEST(test_cname_asks_again)
{
	struct world w;
	struct mdns_name real = unit_name("real.local");
	struct unit_message *m;

	/* Given an alias, and 20 ms later the addresses of its target, */
	given(&w);
	unit_message_name(reply_at(&w, 10), MDNS_SECTION_ANSWER,
		"printer.local", 5, "real.local", 120);
	m = reply_at(&w, 30);
	unit_message_question(m, "real.local", 1, 1);
	address(m, "real.local", "10.0.0.1");
	address(m, "real.local", "fe80::1");
	when_run(&w, "printer.local");

	/* then the target is asked for at once, and is the answer. */
	ck_assert_str_eq(w.log, "0 O; 10 O");
	ck_assert(mdns_name_equal(&w.last_name, &real));
	ck_assert_uint_eq(w.ended, 30);
	ck_assert_int_eq(w.result, 0);
	ck_assert(mdns_name_equal(&w.direct.answer.name, &real));
	ck_assert_uint_eq(w.direct.answer.count, 2);
}
END_TEST

START_TEST(test_cname_stays_within_the_total)
{
	struct world w;

	given(&w);
	unit_message_name(reply_at(&w, 1000), MDNS_SECTION_ANSWER,
		"printer.local", 5, "real.local", 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 1250);
	ck_assert_int_ne(w.result, 0);
}
END_TEST

START_TEST(test_cname_out_of_our_zones_is_not_asked)
{
	struct world w;

	given(&w);
	unit_message_name(reply_at(&w, 10), MDNS_SECTION_ANSWER,
		"printer.local", 5, "www.example.com", 120);
	when_run(&w, "printer.local");
	ck_assert_str_eq(w.log, "0 O; 100 Q; 400 O; 900 O");
	ck_assert_int_ne(w.result, 0);
}
END_TEST

START_TEST(test_cname_flood_is_bounded)
{
	/* Given somebody who answers every question with another alias, as
	 * often as he likes, then four are followed in all, and the packets
	 * that we send do not grow with his. */
	struct world w;
	struct mdns_name name = unit_name("printer.local");
	struct mdns_direct *d = &w.direct;
	unsigned sent = 0, followed = 0;
	char target[32], last[32] = "printer.local";

	given(&w);
	ck_assert_int_eq(
		mdns_direct_init(d, &name, &w.settings, BOTH, false, ID, START),
		0);
	for (unsigned i = 0; i < 2000; i++) {
		mdns_time now = START + i * (MDNS_MSEC / 2);
		struct mdns_name before;
		uint8_t buf[MDNS_QUERY_MAX];
		enum mdns_way way;

		while (mdns_direct_write(d, now, buf, sizeof(buf), &way) > 0)
			sent++;
		before = d->subject.name;
		w.replies = 0;
		snprintf(target, sizeof(target), "t%u.local", i);
		unit_message_name(reply_at(&w, 0), MDNS_SECTION_ANSWER, last, 5,
			target, 120);
		mdns_direct_read(d, &w.reply[0].origin,
			w.reply[0].message.bytes, w.reply[0].message.size, now);
		if (!mdns_name_equal(&before, &d->subject.name)) {
			followed++;
			strcpy(last, target);
		}
	}
	ck_assert_uint_eq(followed, MDNS_CNAME_HOPS);
	/* a whole timetable for the last, one query for those before */
	ck_assert_uint_le(sent, MDNS_CNAME_HOPS + 4);
	ck_assert(mdns_direct_is_over(d, START + 1250 * MDNS_MSEC));
}
END_TEST

START_TEST(test_cname_loop_across_messages)
{
	struct world w;

	given(&w);
	for (unsigned i = 0; i < REPLIES_MAX; i++)
		unit_message_name(reply_at(&w, 10 + i), MDNS_SECTION_ANSWER,
			i % 2 ? "b.local" : "printer.local", 5,
			i % 2 ? "printer.local" : "b.local", 120);
	when_run(&w, "printer.local");
	ck_assert_uint_eq(w.ended, 1250);
	ck_assert_int_ne(w.result, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/direct");
	TCase *tcase = tcase_create("direct");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_timetable);
	tcase_add_test(tcase, test_what_silence_means);
	tcase_add_test(tcase, test_not_ours);
	tcase_add_test(tcase, test_longest_name_fits);
	tcase_add_test(tcase, test_woken_late);
	tcase_add_test(tcase, test_small_buffer);
	tcase_add_test(tcase, test_both_families_end_it);
	tcase_add_test(tcase, test_grace);
	tcase_add_test(tcase, test_grace_starts_once);
	tcase_add_test(tcase, test_nsec_spares_the_grace);
	tcase_add_test(tcase, test_nsec_of_both_is_no_data);
	tcase_add_test(tcase, test_others_do_not_end_it);
	tcase_add_test(tcase, test_result_is_sorted_with_the_smallest_ttl);
	tcase_add_test(tcase, test_reverse_ends_at_once);
	tcase_add_test(tcase, test_suffix_is_resolved_and_believed);
	tcase_add_test(tcase, test_unicast_to_5353);
	tcase_add_test(tcase, test_multicast_answers_count_at_any_time);
	tcase_add_test(tcase, test_ways_that_fail);
	tcase_add_test(tcase, test_failure_after_an_answer_keeps_the_answer);
	tcase_add_test(tcase, test_cname_asks_again);
	tcase_add_test(tcase, test_cname_stays_within_the_total);
	tcase_add_test(tcase, test_cname_out_of_our_zones_is_not_asked);
	tcase_add_test(tcase, test_cname_flood_is_bounded);
	tcase_add_test(tcase, test_cname_loop_across_messages);
	suite_add_tcase(suite, tcase);
	return suite;
}
