/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/direct: one lookup's timetable, what it sends when and by
 * which way. Virtual time. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/direct_world.h"

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

/* ---- the second way in ---- */

/* Unicast to port 5353: what QU asks for. */
static struct unit_message *unicast_5353_at(struct world *w, unsigned ms)
{
	struct unit_message *message = multicast_at(w, ms);

	w->reply[w->replies - 1].origin.to_group = false;
	return message;
}

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

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/direct");
	TCase *direct = tcase_create("direct");

	tcase_set_timeout(direct, 30);
	tcase_add_test(direct, test_timetable);
	tcase_add_test(direct, test_what_silence_means);
	tcase_add_test(direct, test_not_ours);
	tcase_add_test(direct, test_longest_name_fits);
	tcase_add_test(direct, test_woken_late);
	tcase_add_test(direct, test_small_buffer);
	tcase_add_test(direct, test_unicast_to_5353);
	tcase_add_test(direct, test_multicast_answers_count_at_any_time);
	tcase_add_test(direct, test_ways_that_fail);
	tcase_add_test(direct, test_failure_after_an_answer_keeps_the_answer);
	suite_add_tcase(suite, direct);
	return suite;
}
