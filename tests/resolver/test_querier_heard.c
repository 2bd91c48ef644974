/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/querier: what it hears from others and believes, and what it
 * takes for silence. Stories on a virtual clock. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
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

/* ---- silence, RFC 6762 10.4 and 10.5 ---- */

START_TEST(test_queries_that_nobody_answers)
{
	enum { KNOWN = 1, LEGACY = 2, DIRECT = 4, ANSWERED = 8, QU = 16 };
	static const struct {
		const char *what;
		uint16_t type;
		unsigned queries, how;
		bool goes;
	} rows[] = {
		{"one", A, 1, 0, false},
		{"two", A, 2, 0, true},
		{"five", A, 5, 0, true},
		{"ANY", MDNS_TYPE_ANY, 2, 0, true},
		{"another type", AAAA, 2, 0, false},
		{"who knows it already", A, 2, KNOWN, false},
		{"one-shot: the answer is unicast", A, 2, LEGACY, false},
		{"unicast: likewise", A, 2, DIRECT, false},
		{"QU: likewise", A, 2, QU, false},
		{"answered", A, 2, ANSWERED, false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct world *w = given(1);
		unsigned k;

		start(w, "a.local", A);
		when_ms_later(w, 500);
		hear_address(w, "a.local", "10.0.0.1", 4500);
		when_ms_later(w, 99500);
		forget_packets(w);
		story(w);
		for (k = 0; k < rows[i].queries; k++) {
			struct mdns_origin origin = from_group;
			struct unit_message m;

			unit_message_init(&m, 0, 0);
			unit_message_question(&m, "a.local", rows[i].type,
				rows[i].how & QU ? 0x8001 : 1);
			if (rows[i].how & KNOWN)
				unit_message_record(&m, MDNS_SECTION_ANSWER,
					"a.local", A, 1, 4400, "\12\0\0\1", 4);
			if (rows[i].how & LEGACY)
				origin.port = 40000;
			if (rows[i].how & DIRECT)
				origin.to_group = false;
			hear_from(w, &origin, &m);
			when_ms_later(w, 2000);
		}
		if (rows[i].how & ANSWERED) {
			hear_address(w, "a.local", "10.0.0.1", 4500);
			story(w);
		}
		/* Ten seconds after the second one; asking ourselves is what we
		 * SHOULD NOT. */
		when_it_is(w, START + 111999 * MDNS_MSEC);
		ck_assert_ptr_nonnull(find(w, "a.local", A));
		ck_assert_uint_eq(w->packets, 0);
		when_ms_later(w, 20000);
		ck_assert_msg(!strcmp(story(w), rows[i].goes ? "112000-1" : ""),
			"%s", rows[i].what);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_one_query_over_both_families_is_one)
{
	/* Another host sends it over IPv4 and IPv6, and the answer is lost:
	 * that is not yet two queries. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 99500);
	hear_query(w, "a.local", A, 1);
	when_ms_later(w, 1);
	hear_query(w, "a.local", A, 1);
	when_ms_later(w, 30000);
	ck_assert_str_eq(story(w), "500+1");
	then_all_is_given_back(w);
}
END_TEST

static int reconfirm(
	struct world *w, uint32_t ifindex, const char *text, uint16_t type)
{
	struct mdns_name name = unit_name(text);

	return mdns_querier_reconfirm(
		&w->querier, ifindex, &name, type, w->now);
}

START_TEST(test_reconfirm)
{
	/* With a client that is interested, or without; confirmed, or not. */
	for (unsigned row = 0; row < 8; row++) {
		bool interest = row & 1, confirmed = row & 2;
		struct world *w = given(row);
		int64_t ms[PACKETS_MAX];
		unsigned n;

		start(w, "a.local", A);
		when_ms_later(w, 500);
		hear_address(w, "a.local", "10.0.0.1", 4500);
		when_ms_later(w, 99500);
		if (!interest)
			stop(w, "a.local", A);
		forget_packets(w);
		story(w);
		ck_assert_int_eq(
			reconfirm(w, row & 4 ? LINK : 0, "a.local", A), 0);
		if (confirmed) {
			when_ms_later(w, 1500);
			ck_assert_uint_ge(times_asked(w, "a.local", A), 1);
			hear_address(w, "a.local", "10.0.0.1", 4500);
			ck_assert_str_eq(story(w), "101500=1");
			when_ms_later(w, 8499);
		} else {
			when_ms_later(w, 9999);
		}
		ck_assert_ptr_nonnull(find(w, "a.local", A));
		n = asked(w, "a.local", A, ms);
		ck_assert_int_le(ms[0], 100000 + 120);
		if (!confirmed) {
			ck_assert_uint_ge(n, 2);
			ck_assert_uint_le(n, 5);
		}
		when_ms_later(w, 1);
		ck_assert_str_eq(story(w), confirmed ? "" : "110000-1");
		forget_packets(w);
		when_ms_later(w, 900000);
		if (!interest || confirmed)
			ck_assert_uint_eq(w->packets, 0);
		if (!interest)
			ck_assert(mdns_querier_expiry(&w->querier) >=
				  START + 4500 * MDNS_SEC);
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_reconfirm_of_a_shared_record)
{
	/* What is in doubt is no known answer: nobody would confirm it. */
	static const uint32_t ttls[] = {4500, 15};

	for (size_t i = 0; i < ROWS(ttls); i++) {
		struct world *w = given(1);

		start(w, SERVICE, PTR);
		when_ms_later(w, 99000);
		hear_pointer(w, SERVICE, "x._ipp._tcp.local", ttls[i]);
		when_ms_later(w, 1000);
		forget_packets(w);
		story(w);
		ck_assert_int_eq(reconfirm(w, 0, SERVICE, PTR), 0);
		when_ms_later(w, 9999);
		ck_assert_uint_ge(times_asked(w, SERVICE, PTR), 2);
		for (unsigned k = 0; k < w->packets; k++)
			ck_assert_uint_eq(packet_count(&w->packet[k],
						  MDNS_SECTION_ANSWER),
				0);
		when_ms_later(w, 1);
		ck_assert_uint_eq(w->events, 1);
		ck_assert_str_eq(story(w), "110000-0");
		then_all_is_given_back(w);
	}
}
END_TEST

START_TEST(test_reconfirm_of_two)
{
	/* Given two hosts that both claim a name, when only one of them answers
	 * the first query (the other had multicast its record less than a
	 * second before, 6), then the second query gives that one a chance. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	hear_address(w, "a.local", "10.0.0.2", 4500);
	when_ms_later(w, 99500);
	story(w);
	forget_packets(w);
	ck_assert_int_eq(reconfirm(w, 0, "a.local", A), 0);
	when_ms_later(w, 200);
	ck_assert_uint_eq(times_asked(w, "a.local", A), 1);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 5000);
	ck_assert_uint_ge(times_asked(w, "a.local", A), 2);
	hear_address(w, "a.local", "10.0.0.2", 4500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 60000);
	ck_assert_uint_eq(count_of(w, "a.local", A), 2);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_reconfirm_again_and_again)
{
	/* A client that keeps complaining keeps nothing alive, and costs a
	 * query a second at most. */
	struct world *w = given(1);

	start(w, "a.local", A);
	when_ms_later(w, 500);
	hear_address(w, "a.local", "10.0.0.1", 4500);
	when_ms_later(w, 99500);
	story(w);
	forget_packets(w);
	for (unsigned i = 0; i < 150; i++) {
		reconfirm(w, 0, "a.local", A);
		when_ms_later(w, 100);
	}
	ck_assert_str_eq(story(w), "110000-1");
	ck_assert_uint_le(w->packets, 16);
	then_all_is_given_back(w);
}
END_TEST

START_TEST(test_reconfirm_of_nothing)
{
	struct world *w = given(1);

	ck_assert_int_eq(reconfirm(w, 99, "a.local", A), MDNS_ERR_NO_LINK);
	reconfirm(w, 0, "www.example.com", A);
	reconfirm(w, 0, "a.local", A);
	when_ms_later(w, HOUR_MS);
	ck_assert_uint_le(w->packets, 5);
	ck_assert_uint_eq(times_asked(w, "www.example.com", A), 0);
	ck_assert_str_eq(story(w), "");
	ck_assert(mdns_querier_expiry(&w->querier) == MDNS_TIME_NEVER);
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

/* ---- no memory, and noise ---- */

/* Everything once, with whatever fails; false if nothing did. */
static bool live_with(uint64_t refuse, bool once)
{
	struct world *w = given_nothing(refuse);
	unsigned started = 0;
	bool failed;

	w->counted.refuse = refuse;
	w->counted.refuse_one = once;
	for (unsigned i = 0; i < 20; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i);
		if (i == 10) {
			mdns_querier_add_link(
				&w->querier, LINK, 1452, true, w->now);
			mdns_querier_add_link(
				&w->querier, OTHER_LINK, 512, false, w->now);
		}
		if (try_start(w, i % 3 ? 0 : LINK, text, A) == 0)
			started |= 1u << i;
	}
	when_ms_later(w, 1500);
	for (unsigned i = 0; i < 20; i++) {
		char text[32];

		snprintf(text, sizeof(text), "host-%u.local", i);
		if (mdns_querier_find_link(&w->querier, LINK))
			hear_address(w, text, "10.0.0.1", 10 + i);
		reconfirm(w, 0, text, A);
	}
	failed = w->counted.takes >= refuse;
	when_ms_later(w, 30000);
	for (unsigned i = 0; i < 20; i++) {
		char text[32];
		struct mdns_name name;

		snprintf(text, sizeof(text), "host-%u.local", i);
		name = unit_name(text);
		if (started & 1u << i)
			mdns_querier_stop(&w->querier, i % 3 ? 0 : LINK, &name,
				A, w->now);
	}
	forget_packets(w);
	when_ms_later(w, HOUR_MS);
	unit_assert(w->packets == 0);
	mdns_querier_drop_link(&w->querier, OTHER_LINK, w->now);
	then_all_is_given_back(w);
	return failed;
}

START_TEST(test_no_memory)
{
	for (unsigned once = 0; once < 2; once++) {
		uint64_t i = 1;

		while (live_with(i, once))
			i++;
		ck_assert_uint_gt(i, 40);
	}
}
END_TEST

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
	tcase_add_test(tcase, test_queries_that_nobody_answers);
	tcase_add_test(tcase, test_one_query_over_both_families_is_one);
	tcase_add_test(tcase, test_reconfirm);
	tcase_add_test(tcase, test_reconfirm_of_a_shared_record);
	tcase_add_test(tcase, test_reconfirm_of_two);
	tcase_add_test(tcase, test_reconfirm_again_and_again);
	tcase_add_test(tcase, test_reconfirm_of_nothing);
	tcase_add_test(tcase, test_verdicts);
	tcase_add_test(tcase, test_every_length_of_a_message);
	tcase_add_test(tcase, test_a_bad_record_does_not_spoil_the_good);
	tcase_add_test(tcase, test_goodbye_with_the_top_bit);
	tcase_add_test(tcase, test_names_in_data_are_uncompressed);
	tcase_add_test(tcase, test_any_gets_everything);
	tcase_add_test(tcase, test_junk_does_not_push_out_what_is_wanted);
	tcase_add_test(tcase,
		test_known_answers_and_probes_of_others_are_not_believed);
	tcase_add_test(tcase, test_no_memory);
	tcase_add_loop_test(tcase, test_noise, 0, 20);
	suite_add_tcase(suite, tcase);
	return suite;
}
