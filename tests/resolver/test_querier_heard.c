/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier: what it hears from others and believes. Stories on
 * a virtual clock. */
#include <stdio.h>
#include <string.h>

#include "tests/resolver/querier_world.h"

/* ---- others ask, RFC 6762 7.3 ---- */

START_TEST(test_duplicate_questions)
{
	enum {
		KNOWN = 1,
		UNKNOWN = 2,
		OLD = 4,
		LEGACY = 8,
		DIRECT = 16,
		RESPONSE = 32,
		OPCODE = 64
	};
	static const struct {
		const char *what, *name;
		uint16_t type, rclass;
		unsigned how;
		bool counts;
	} rows[] = {
		{"the same", SERVICE, PTR, 1, 0, true},
		{"other case", "_IPP._tcp.LOCAL", PTR, 1, 0, true},
		{"knows what we know", SERVICE, PTR, 1, KNOWN, true},
		{"knows more", SERVICE, PTR, 1, UNKNOWN, false},
		{"knows more, and what we know", SERVICE, PTR, 1,
			KNOWN | UNKNOWN, false},
		{"knows what we do not send along", SERVICE, PTR, 1, OLD,
			false},
		{"QU: the answer is not for us", SERVICE, PTR, 0x8001, 0,
			false},
		{"another type", SERVICE, A, 1, 0, false},
		{"another class", SERVICE, PTR, 3, 0, false},
		{"another name", "_ipps._tcp.local", PTR, 1, 0, false},
		{"a one-shot query: likewise", SERVICE, PTR, 1, LEGACY, false},
		{"a unicast query: likewise", SERVICE, PTR, 1, DIRECT, false},
		{"the question of a response", SERVICE, PTR, 1, RESPONSE,
			false},
		{"another opcode", SERVICE, PTR, 1, OPCODE, false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);
		struct mdns_origin origin = from_group;
		struct unit_message m;
		int64_t ms[PACKETS_MAX];
		unsigned n;

		/* Given what we know, and a query due at about 7 s, */
		start(w, SERVICE, PTR);
		when_ms_later(w, 200);
		hear_pointer(w, SERVICE, "old._ipp._tcp.local", 10);
		hear_pointer(w, SERVICE, "known._ipp._tcp.local", 4500);
		when_ms_later(w, 6500);
		forget_packets(w);

		/* when another host asks at 6.7 s, */
		unit_message_init(&m, 0,
			rows[i].how & RESPONSE ? 0x8400
			: rows[i].how & OPCODE ? 0x2800
					       : 0);
		unit_message_question(
			&m, rows[i].name, rows[i].type, rows[i].rclass);
		if (rows[i].how & KNOWN)
			add_pointer(&m, SERVICE, "known._ipp._tcp.local", 4400);
		if (rows[i].how & UNKNOWN)
			add_pointer(&m, SERVICE, "news._ipp._tcp.local", 4400);
		if (rows[i].how & OLD)
			add_pointer(&m, SERVICE, "old._ipp._tcp.local", 8);
		if (rows[i].how & LEGACY)
			origin.port = 40000;
		if (rows[i].how & DIRECT)
			origin.to_group = false;
		hear_from(w, &origin, &m);

		/* then ours is not sent, or is; */
		when_ms_later(w, 1000);
		n = asked(w, SERVICE, PTR, ms);
		ck_assert_msg(n == !rows[i].counts, "%s: asked %u times",
			rows[i].what, n);
		ck_assert_uint_eq(
			mdns_querier_find_link(&w->querier, LINK)->suppressed,
			rows[i].counts);
		/* and nothing of his known answers is believed. */
		ck_assert_uint_le(count_of(w, SERVICE, PTR), 2);
		when_ms_later(w, 20000);
		ck_assert_uint_ge(times_asked(w, SERVICE, PTR), 1);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_another_asks_before_our_first)
{
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX];
	unsigned n;

	start(w, "a.local", A);
	when_ms_later(w, 10);
	hear_query(w, "a.local", A, 1);
	when_ms_later(w, 8000);
	/* As if we had asked at 10 ms: 1 s, 2 s, 4 s. */
	n = asked(w, "a.local", A, ms);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_ge(ms[0], 1010);
	ck_assert_int_le(ms[0], 1130);
	ck_assert_int_ge(ms[1] - ms[0], 2000);
	ck_assert_int_ge(ms[2] - ms[1], 2 * (ms[1] - ms[0]));
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_our_own_queries_come_back)
{
	/* Multicast loops back to the sender: that is no other host. Neither
	 * the series nor the age of what nobody confirms may change. */
	struct world *w = given(1);
	int64_t ms[PACKETS_MAX];
	unsigned fed = 0, n;

	start(w, SERVICE, PTR);
	when_ms_later(w, 200);
	hear_pointer(w, SERVICE, "x._ipp._tcp.local", 200);
	for (unsigned i = 0; i < 19979; i++) {
		when_ms_later(w, 10);
		for (; fed < w->packets; fed++) {
			struct unit_message m;

			m.size = w->packet[fed].size;
			memcpy(m.bytes, w->packet[fed].bytes, m.size);
			hear(w, &m);
		}
	}
	ck_assert_ptr_nonnull(find(w, SERVICE, PTR)); /* 199.99 s */
	n = asked(w, SERVICE, PTR, ms);
	ck_assert_uint_ge(n, 8 + 3);
	for (unsigned i = 0; i < 6; i++) {
		ck_assert_int_ge(ms[i + 1] - ms[i], (1000 << i) - 1);
		ck_assert_int_le(ms[i + 1] - ms[i], (1000 << i) + 100);
	}
	ck_assert_uint_eq(
		mdns_querier_find_link(&w->querier, LINK)->suppressed, 0);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_our_own_queries_come_back_over_both_families)
{
	/* Given a driver that sends each query over IPv4 and over IPv6, and a
	 * host that has gone without a word, then nobody takes our refreshes
	 * for the queries of others (10.5): the record lives out its time. */
	struct world *w = given(1);
	unsigned fed = 0;

	start(w, "a.local", A);
	when_ms_later(w, 200);
	hear_address(w, "a.local", "10.0.0.1", 1000);
	for (unsigned i = 0; i < 9999; i++) {
		when_ms_later(w, 100);
		for (; fed < w->packets; fed++) {
			struct unit_message m;

			m.size = w->packet[fed].size;
			memcpy(m.bytes, w->packet[fed].bytes, m.size);
			hear(w, &m);
			hear(w, &m);
		}
	}
	ck_assert_uint_ge(w->packets, 5);
	ck_assert_str_eq(story(w), "200+1");
	when_ms_later(w, 100);
	ck_assert_str_eq(story(w), "1000200-1");
	then_all_is_given_back(w);
}
END_TEST

/* ---- what is believed, RFC 6762 6, 11, 18 ---- */

START_TEST(test_verdicts)
{
	static const struct {
		const char *what;
		uint16_t id, flags, port;
		enum mdns_verdict verdict;
	} rows[] = {
		{"plain", 0, 0x8400, 5353, MDNS_VERDICT_TAKEN},
		{"any id", 0x1234, 0x8400, 5353, MDNS_VERDICT_TAKEN},
		{"no AA", 0, 0x8000, 5353, MDNS_VERDICT_TAKEN},
		{"TC", 0, 0x8600, 5353, MDNS_VERDICT_TAKEN},
		{"RD RA Z AD CD", 0, 0x85f0, 5353, MDNS_VERDICT_TAKEN},
		{"a query", 0, 0x0000, 5353, MDNS_VERDICT_NOT_RESPONSE},
		{"opcode 1", 0, 0x8c00, 5353, MDNS_VERDICT_OPCODE},
		{"opcode 15", 0, 0xfc00, 5353, MDNS_VERDICT_OPCODE},
		{"rcode 1", 0, 0x8401, 5353, MDNS_VERDICT_RCODE},
		{"rcode 15", 0, 0x840f, 5353, MDNS_VERDICT_RCODE},
		{"port 53", 0, 0x8400, 53, MDNS_VERDICT_PORT},
		{"port 5354", 0, 0x8400, 5354, MDNS_VERDICT_PORT},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);
		struct mdns_origin origin = from_group;
		struct unit_message m;

		start(w, "a.local", A);
		when_ms_later(w, 500);
		unit_message_init(&m, rows[i].id, rows[i].flags);
		unit_message_question(&m, "x.local", A, 1); /* ignored */
		unit_message_address(
			&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
		origin.port = rows[i].port;
		/* Another subnet on the same wire. */
		origin.on_link = false;
		ck_assert_msg(hear_from(w, &origin, &m) == rows[i].verdict,
			"%s", rows[i].what);
		ck_assert_int_eq(find(w, "a.local", A) != NULL,
			rows[i].verdict == MDNS_VERDICT_TAKEN);
		ck_assert_uint_eq(
			w->events, rows[i].verdict == MDNS_VERDICT_TAKEN);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_every_length_of_a_message)
{
	/* Cut anywhere: the records that are whole count. */
	struct unit_message m, cut;
	size_t first, header = 12;

	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
	first = m.size;
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.2", 120);
	for (size_t size = 0; size <= m.size; size++) {
		struct world *w = given(1);
		enum mdns_verdict verdict;

		start(w, "a.local", A);
		cut = m;
		cut.size = size;
		verdict = hear(w, &cut);
		ck_assert_int_eq(
			(int)w->events, (size >= first) + (size == m.size));
		if (size < header)
			ck_assert_int_eq(verdict, MDNS_VERDICT_FORMAT);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_a_bad_record_does_not_spoil_the_good)
{
	/* The bad one stands between two good ones. */
	static const uint8_t octets[64] = {10, 0, 0, 9};
	static const struct {
		const char *what, *name;
		uint16_t type, rclass;
		size_t size;
	} rows[] = {
		{"A of 3 octets", "a.local", A, 0x8001, 3},
		{"A of 5 octets", "a.local", A, 0x8001, 5},
		{"A of none", "a.local", A, 0x8001, 0},
		{"AAAA of 4 octets", "a.local", AAAA, 0x8001, 4},
		{"PTR that does not end", "a.local", PTR, 0x8001, 4},
		{"SRV of 4 octets", "a.local", SRV, 0x8001, 4},
		{"NSEC without a name", "a.local", 47, 0x8001, 4},
		{"another class", "a.local", A, 3, 4},
		{"class ANY", "a.local", A, 0x80ff, 4},
		{"a foreign name", "www.example.com", A, 0x8001, 4},
		{"a foreign address", "9.0.0.10.in-addr.arpa", A, 0x8001, 4},
		{"OPT", "", 41, 1440, 4},
		{"OPT of a name", "a.local", 41, 0x8001, 4},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);
		struct unit_message m;

		start(w, "a.local", A);
		start(w, "a.local", MDNS_TYPE_ANY);
		unit_message_init(&m, 0, 0x8400);
		unit_message_address(
			&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
		unit_message_record(&m, MDNS_SECTION_ANSWER, rows[i].name,
			rows[i].type, rows[i].rclass, 120, octets,
			rows[i].size);
		unit_message_address(&m, MDNS_SECTION_ADDITIONAL, "a.local",
			"10.0.0.2", 120);
		ck_assert_int_eq(hear(w, &m), MDNS_VERDICT_TAKEN);
		ck_assert_msg(w->events == 2, "%s: %s", rows[i].what, story(w));
		ck_assert_uint_eq(count_of(w, "a.local", A), 2);
		ck_assert_uint_eq(mdns_querier_find_link(&w->querier, LINK)
					  ->cache.records,
			2);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_goodbye_with_the_top_bit)
{
	/* TTLs with the top bit count as 0 (RFC 2181 8). */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 0x80000078);
	when_ms_later(w, 5000);
	ck_assert_str_eq(story(w), "500+1 2000-1");
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_names_in_data_are_uncompressed)
{
	/* Given a pointer and a service whose targets are compressed, */
	static const char message[] =
		"0000 8400 0000 0003 0000 0000"
		"045f697070 045f746370 056c6f63616c 00" /* 12: _ipp._tcp.local */
		"000c 0001 00001194 0004 0178 c00c"     /* x._ipp._tcp.local */
		"0178 c00c 0021 8001 00000078 000a 0001 0002 0003 0161 c016"
		"0161 c016 0005 8001 00000078 0004 0162 c016";
	struct world *w = given(1);
	struct mdns_name instance = unit_name("x._ipp._tcp.local");
	struct mdns_name host = unit_name("a.local");
	struct mdns_name alias = unit_name("b.local");
	struct unit_message m;
	uint8_t srv[300] = {0, 1, 0, 2, 0, 3};

	m.size = unit_hex(message, m.bytes, sizeof(m.bytes));
	memcpy(srv + 6, host.wire, host.len);
	start(w, SERVICE, PTR);
	start(w, "x._ipp._tcp.local", SRV);
	start(w, "a.local", A);
	ck_assert_int_eq(hear(w, &m), MDNS_VERDICT_TAKEN);

	/* then the cache has them whole. */
	ck_assert_ptr_nonnull(mdns_rrset_find(
		find(w, SERVICE, PTR), instance.wire, instance.len));
	ck_assert(!find(w, SERVICE, PTR)->unique);
	ck_assert_ptr_nonnull(mdns_rrset_find(find(w, "x._ipp._tcp.local", SRV),
		srv, (uint16_t)(6 + host.len)));
	ck_assert(find(w, "x._ipp._tcp.local", SRV)->unique);
	/* A CNAME answers whatever is asked of the name (6). */
	ck_assert_ptr_nonnull(mdns_rrset_find(
		find(w, "a.local", MDNS_TYPE_CNAME), alias.wire, alias.len));

	/* Known answers are compressed where they may be (18.14), and read the
	 * same: the judge has decoded them. */
	forget_packets(w);
	when_ms_later(w, 2000);
	ck_assert_uint_ge(w->packets, 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_any_gets_everything)
{
	struct world *w = given(1);
	struct unit_message m;

	start(w, "a.local", MDNS_TYPE_ANY);
	when_ms_later(w, 500);
	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "fe80::2", 120);
	unit_message_record(
		&m, MDNS_SECTION_ANSWER, "a.local", TXT, 1, 4500, "\1\3", 2);
	hear(w, &m);
	ck_assert_uint_eq(w->events, 3);
	forget_packets(w);
	/* Of these, only the shared one is a known answer. */
	when_ms_later(w, 1000);
	for (unsigned i = 0; i < w->packets; i++)
		ck_assert_uint_le(
			packet_count(&w->packet[i], MDNS_SECTION_ANSWER), 1);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_junk_does_not_push_out_what_is_wanted)
{
	static const struct mdns_querier_limits limits = {10, {20, 1 << 20}};
	struct world *w = given_limits(1, &limits, NULL);

	given_link(w, LINK, 1452, false);
	start(w, "a.local", A);
	start(w, SERVICE, PTR);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 120);
	hear_pointer(w, SERVICE, "x._ipp._tcp.local", 4500);
	for (unsigned i = 0; i < 2000; i++) {
		char text[32];

		snprintf(text, sizeof(text), "junk-%u.local", i);
		hear_address(w, text, "10.9.9.9", 4500);
	}
	ck_assert_ptr_nonnull(find(w, "a.local", A));
	ck_assert_ptr_nonnull(find(w, SERVICE, PTR));
	ck_assert_uint_le(
		mdns_querier_find_link(&w->querier, LINK)->cache.records, 20);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_known_answers_and_probes_of_others_are_not_believed)
{
	struct world *w = given(1);
	struct unit_message m;

	start(w, "a.local", A);
	start(w, SERVICE, PTR);
	when_ms_later(w, 500);
	unit_message_init(&m, 0, 0);
	unit_message_question(&m, SERVICE, PTR, 1);
	unit_message_question(&m, "a.local", MDNS_TYPE_ANY, 1);
	add_pointer(&m, SERVICE, "x._ipp._tcp.local", 4500);
	unit_message_address(
		&m, MDNS_SECTION_AUTHORITY, "a.local", "10.0.0.1", 120);
	hear(w, &m);
	/* Nor has a response anything to say there. */
	unit_message_init(&m, 0, 0x8400);
	unit_message_address(
		&m, MDNS_SECTION_AUTHORITY, "a.local", "10.0.0.1", 120);
	hear(w, &m);
	ck_assert_uint_eq(w->events, 0);
	ck_assert_ptr_null(find(w, "a.local", A));
	ck_assert_ptr_null(find(w, SERVICE, PTR));
	then_all_is_given_back(w);
}
END_TEST

/* ---- noise ---- */

START_TEST(test_noise)
{
	/* Messages with some octets changed, as queries and as responses. */
	struct world *w = given((uint64_t)_i);
	struct mdns_random random;
	static const uint16_t types[] = {A, AAAA, PTR, SRV, TXT, MDNS_TYPE_ANY};

	mdns_random_init(&random, (uint64_t)_i);
	for (size_t i = 0; i < ROWS(types); i++)
		start(w, i % 2 ? "a.local" : SERVICE, types[i]);
	for (unsigned round = 0; round < 2000; round++) {
		struct unit_message m;
		struct mdns_origin origin = from_group;

		unit_message_init(&m, 0, round % 3 ? 0x8400 : 0);
		unit_message_question(&m, SERVICE, PTR, 1);
		unit_message_address(
			&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
		add_pointer(&m, SERVICE, "x._ipp._tcp.local", 30);
		unit_message_nsec(
			&m, MDNS_SECTION_ANSWER, "a.local", only_a, 120);
		for (uint32_t n = mdns_random_below(&random, 6); n > 0; n--)
			m.bytes[mdns_random_below(&random, (uint32_t)m.size)] =
				(uint8_t)mdns_random_below(&random, 256);
		if (mdns_random_below(&random, 4) == 0)
			m.size = mdns_random_below(&random, (uint32_t)m.size);
		origin.to_group = mdns_random_below(&random, 8) > 0;
		hear_from(w, &origin, &m);
		when_ms_later(w, mdns_random_below(&random, 500));
		if (w->packets > PACKETS_MAX / 2) {
			/* The judge needs those of the last second. */
			when_ms_later(w, 1000);
			forget_packets(w);
		}
	}
	then_all_is_given_back(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/querier_heard");
	TCase *tcase = tcase_create("querier_heard");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_duplicate_questions);
	tcase_add_test(tcase, test_another_asks_before_our_first);
	tcase_add_test(tcase, test_our_own_queries_come_back);
	tcase_add_test(
		tcase, test_our_own_queries_come_back_over_both_families);
	tcase_add_test(tcase, test_verdicts);
	tcase_add_test(tcase, test_every_length_of_a_message);
	tcase_add_test(tcase, test_a_bad_record_does_not_spoil_the_good);
	tcase_add_test(tcase, test_goodbye_with_the_top_bit);
	tcase_add_test(tcase, test_names_in_data_are_uncompressed);
	tcase_add_test(tcase, test_any_gets_everything);
	tcase_add_test(tcase, test_junk_does_not_push_out_what_is_wanted);
	tcase_add_test(tcase,
		test_known_answers_and_probes_of_others_are_not_believed);
	tcase_add_loop_test(tcase, test_noise, 0, 20);
	suite_add_tcase(suite, tcase);
	return suite;
}
