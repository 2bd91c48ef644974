/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/response: what is believed of a response, and what is not,
 * whatever its octets are. */
#include <string.h>

#include "tests/resolver/response_world.h"

/* As given, but the message was multicast to 5353. */
static void given_group(struct scene *scene)
{
	given(scene);
	scene->origin.way = MDNS_WAY_GROUP;
	scene->origin.to_group = true;
	unit_message_init(&scene->message, 0, 0x8400);
}

static void flags(struct scene *scene, unsigned value)
{
	scene->message.bytes[2] = (uint8_t)(value >> 8);
	scene->message.bytes[3] = (uint8_t)value;
}

/* ---- whether it is believed ---- */

START_TEST(test_good_reply)
{
	struct scene s;
	const struct mdns_address *first;
	uint8_t bytes[16];

	given(&s);
	first = &s.answer.address[0];
	question(&s, "printer.local", 1);
	question(&s, "printer.local", 28);
	a(&s, "printer.local", "169.254.1.2");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);

	ck_assert_uint_eq(s.answer.count, 1);
	ck_assert(is_name(&s.answer.name, "printer.local"));
	ck_assert_uint_eq(s.answer.ttl, 120);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV4], MDNS_PRESENT);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_OPEN);
	ck_assert_uint_eq(s.alias.len, 0);
	unit_address("169.254.1.2", bytes);
	ck_assert_mem_eq(first->bytes, bytes, 16);
	ck_assert_uint_eq(first->ifindex, 3);
	ck_assert_uint_eq(first->usec, 777);
	ck_assert_uint_eq(first->family, MDNS_IPV4);
	ck_assert_uint_eq(first->transport, MDNS_IPV4);
	ck_assert_uint_eq(first->way, MDNS_WAY_ONE_SHOT);
}
END_TEST

START_TEST(test_good_multicast)
{
	struct scene s;

	given_group(&s);
	s.origin.transport = MDNS_IPV6;
	s.origin.ifindex = 9;
	a(&s, "printer.local", "fe80::1");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 1);
	ck_assert_uint_eq(s.answer.address[0].family, MDNS_IPV6);
	ck_assert_uint_eq(s.answer.address[0].transport, MDNS_IPV6);
	ck_assert_uint_eq(s.answer.address[0].way, MDNS_WAY_GROUP);
	ck_assert_uint_eq(s.answer.address[0].ifindex, 9);
}
END_TEST

START_TEST(test_one_fault_each)
{
	/* Given a message that would be taken, with one thing wrong. */
	static const struct {
		bool group;
		unsigned flags;
		uint16_t port;
		bool to_group, on_link, wanted;
		uint16_t id;
		enum mdns_verdict verdict;
	} rows[] = {
		/* one-shot */
		{0, 0x8400, 5353, 0, 1, 0, ID, MDNS_VERDICT_TAKEN},
		{0, 0x0400, 5353, 0, 1, 0, ID, MDNS_VERDICT_NOT_RESPONSE},
		{0, 0x0000, 5353, 0, 1, 0, ID, MDNS_VERDICT_NOT_RESPONSE},
		{0, 0x000f, 5353, 0, 1, 0, ID, MDNS_VERDICT_NOT_RESPONSE},
		{0, 0x8400, 5354, 0, 1, 0, ID, MDNS_VERDICT_PORT},
		{0, 0x8400, 53, 0, 1, 0, ID, MDNS_VERDICT_PORT},
		{0, 0x8400, 0xe914, 0, 1, 0, ID, MDNS_VERDICT_PORT},
		{0, 0x8400, 0, 0, 1, 0, ID, MDNS_VERDICT_PORT},
		{0, 0x8400, 5353, 0, 0, 0, ID, MDNS_VERDICT_OFF_LINK},
		{0, 0x8400, 5353, 0, 0, 1, ID, MDNS_VERDICT_OFF_LINK},
		{0, 0x8400, 5353, 0, 1, 0, ID + 1, MDNS_VERDICT_ID},
		{0, 0x8400, 5353, 0, 1, 0, 0, MDNS_VERDICT_ID},
		{0, 0x8400, 5353, 0, 1, 0, 0x3412, MDNS_VERDICT_ID},
		/* multicast to 5353: from anywhere, with any id (11, 18.1) */
		{1, 0x8400, 5353, 1, 1, 0, 0, MDNS_VERDICT_TAKEN},
		{1, 0x8400, 5353, 1, 0, 0, 0, MDNS_VERDICT_TAKEN},
		{1, 0x8400, 5353, 1, 1, 0, 0x7777, MDNS_VERDICT_TAKEN},
		{1, 0x8400, 5353, 1, 1, 1, ID, MDNS_VERDICT_TAKEN},
		{1, 0x0400, 5353, 1, 1, 0, 0, MDNS_VERDICT_NOT_RESPONSE},
		{1, 0x8400, 5354, 1, 1, 0, 0, MDNS_VERDICT_PORT},
		/* unicast to 5353: from the link, if it was asked for */
		{1, 0x8400, 5353, 0, 1, 1, 0, MDNS_VERDICT_TAKEN},
		{1, 0x8400, 5353, 0, 1, 1, 0x7777, MDNS_VERDICT_TAKEN},
		{1, 0x8400, 5353, 0, 0, 1, 0, MDNS_VERDICT_OFF_LINK},
		{1, 0x8400, 5353, 0, 1, 0, 0, MDNS_VERDICT_UNWANTED},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;
		enum mdns_verdict verdict;

		given(&s);
		unit_message_init(&s.message, rows[i].id, 0);
		flags(&s, rows[i].flags);
		s.origin.way =
			rows[i].group ? MDNS_WAY_GROUP : MDNS_WAY_ONE_SHOT;
		s.origin.port = rows[i].port;
		s.origin.to_group = rows[i].to_group;
		s.origin.on_link = rows[i].on_link;
		s.subject.unicast_wanted = rows[i].wanted;
		a(&s, "printer.local", "10.0.0.1");
		unit_message_nsec(
			&s.message, MORE, "printer.local", only_a, 120);
		verdict = when_read(&s);
		ck_assert_msg(verdict == rows[i].verdict, "row %zu: %s", i,
			mdns_verdict_text(verdict));
		if (verdict == MDNS_VERDICT_TAKEN)
			ck_assert(has(&s, "10.0.0.1"));
		else
			ck_assert_msg(nothing_learnt(&s), "row %zu", i);
		ck_assert_uint_eq(s.alias.len, 0);
	}
}
END_TEST

START_TEST(test_header_bits)
{
	/* RFC 6762 18.2 to 18.11: QR, opcode and rcode decide, the others are
	 * ignored. */
	for (unsigned bits = 0; bits < 0x10000; bits++) {
		struct scene s;
		enum mdns_verdict want, verdict;

		if (!(bits & 0x8000))
			want = MDNS_VERDICT_NOT_RESPONSE;
		else if (bits & 0x7800)
			want = MDNS_VERDICT_OPCODE;
		else if (bits & 0x000f)
			want = MDNS_VERDICT_RCODE;
		else
			want = MDNS_VERDICT_TAKEN;
		/* Two faults at once: either verdict is right. */
		if (!(bits & 0x8000) && bits & 0x780f)
			continue;
		if (bits & 0x7800 && bits & 0x000f)
			continue;
		given(&s);
		flags(&s, bits);
		a(&s, "printer.local", "10.0.0.1");
		verdict = when_read(&s);
		if (verdict != want)
			ck_abort_msg(
				"%04x: %s", bits, mdns_verdict_text(verdict));
		unit_assert(s.answer.count == (want == MDNS_VERDICT_TAKEN));
	}
}
END_TEST

START_TEST(test_not_even_a_header)
{
	struct scene s;

	for (size_t size = 0; size < 12; size++) {
		given(&s);
		ck_assert_int_eq(when_octets(&s, s.message.bytes, size),
			MDNS_VERDICT_FORMAT);
		ck_assert_uint_eq(s.alias.len, 0);
		ck_assert(nothing_learnt(&s));
	}
	/* A header and nothing else is fine, and about nobody. */
	given(&s);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_OTHER);
	ck_assert(nothing_learnt(&s));
}
END_TEST

START_TEST(test_repeated_question)
{
	static const struct {
		bool reverse;
		const char *name; /* NULL: none is repeated */
		uint16_t type;
		enum mdns_verdict verdict;
	} rows[] = {
		{false, NULL, 0, MDNS_VERDICT_TAKEN},
		{false, "printer.local", 1, MDNS_VERDICT_TAKEN},
		{false, "printer.local", 28, MDNS_VERDICT_TAKEN},
		{false, "printer.local", 255, MDNS_VERDICT_TAKEN},
		{false, "PRINTER.Local", 1, MDNS_VERDICT_TAKEN},
		{false, "printer.local", 16, MDNS_VERDICT_QUESTION},
		{false, "printer.local", 12, MDNS_VERDICT_QUESTION},
		{false, "printer.local", 5, MDNS_VERDICT_QUESTION},
		{false, "scanner.local", 1, MDNS_VERDICT_QUESTION},
		{false, "scanner.local", 255, MDNS_VERDICT_QUESTION},
		{false, "local", 1, MDNS_VERDICT_QUESTION},
		{false, "x.printer.local", 1, MDNS_VERDICT_QUESTION},
		{true, NULL, 0, MDNS_VERDICT_TAKEN},
		{true, "2.1.254.169.in-addr.arpa", 12, MDNS_VERDICT_TAKEN},
		{true, "2.1.254.169.IN-ADDR.ARPA", 255, MDNS_VERDICT_TAKEN},
		{true, "2.1.254.169.in-addr.arpa", 1, MDNS_VERDICT_QUESTION},
		{true, "3.1.254.169.in-addr.arpa", 12, MDNS_VERDICT_QUESTION},
	};

	for (unsigned group = 0; group < 2; group++)
		for (size_t i = 0; i < ROWS(rows); i++) {
			struct scene s;
			enum mdns_verdict verdict;

			if (rows[i].reverse)
				given_reverse(&s);
			else
				given(&s);
			if (group) {
				/* RFC 6762 6: the question does not matter. */
				s.origin.way = MDNS_WAY_GROUP;
				s.origin.to_group = true;
			}
			if (rows[i].name)
				question(&s, rows[i].name, rows[i].type);
			if (rows[i].reverse)
				ptr(&s, "printer.local");
			else
				a(&s, "printer.local", "10.0.0.1");
			verdict = when_read(&s);
			ck_assert_msg(verdict == (group ? MDNS_VERDICT_TAKEN
							: rows[i].verdict),
				"row %zu, group %u: %s", i, group,
				mdns_verdict_text(verdict));
			if (verdict != MDNS_VERDICT_TAKEN)
				ck_assert(nothing_learnt(&s));
		}
}
END_TEST

START_TEST(test_question_cut_short)
{
	/* A question is announced, but it is not there: nothing to believe. */
	struct scene s;

	given(&s);
	s.message.bytes[5] = 1;
	s.message.bytes[7] = 1;
	ck_assert_int_ne(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(nothing_learnt(&s));
}
END_TEST

START_TEST(test_truncated_bit_is_used)
{
	struct scene s;

	given(&s);
	flags(&s, 0x8600);
	a(&s, "printer.local", "10.0.0.1");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(has(&s, "10.0.0.1"));
}
END_TEST

START_TEST(test_verdict_texts)
{
	for (unsigned v = 0; v <= MDNS_VERDICT_FORMAT; v++) {
		const char *text = mdns_verdict_text((enum mdns_verdict)v);

		ck_assert_ptr_nonnull(text);
		ck_assert_uint_gt(strlen(text), 0);
		for (unsigned w = 0; w < v; w++)
			ck_assert_str_ne(
				text, mdns_verdict_text((enum mdns_verdict)w));
	}
	ck_assert_ptr_nonnull(mdns_verdict_text((enum mdns_verdict)1000));
}
END_TEST

/* ---- hostile ---- */

START_TEST(test_spoilt_octets_do_no_harm)
{
	uint32_t seed = 3;

	for (unsigned round = 0; round < 20000; round++) {
		struct scene s;
		size_t size;

		if (round & 1) {
			given_reverse(&s);
			ptr(&s, "printer.local");
		} else {
			given(&s);
		}
		question(&s, "printer.local", 1);
		cname(&s, "printer.local", "b.local");
		cname(&s, "b.local", "c.local");
		a(&s, "c.local", "10.0.0.1");
		unit_message_nsec(&s.message, MORE, "c.local", only_a, 120);
		s.origin.way = MDNS_WAY_GROUP;
		s.origin.to_group = true;
		for (unsigned i = 0; i <= round % 5; i++) {
			seed = seed * 1664525 + 1013904223;
			s.message
				.bytes[2 + (seed >> 8) % (s.message.size - 2)] =
				(uint8_t)(seed >> 24);
		}
		size = s.message.size - (round % 7 ? 0 : (seed >> 4) % 64);
		when_octets(&s, s.message.bytes, size);
		unit_assert(s.answer.count <= MDNS_ADDRESSES_MAX);
		unit_assert(s.answer.name.len <= MDNS_NAME_MAX);
		unit_assert(s.alias.len <= MDNS_NAME_MAX);
	}
}
END_TEST

START_TEST(test_many_records)
{
	/* As many as a message holds, all of them CNAMEs of somebody: the work
	 * is bounded, the addresses at the end are found. */
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "zz.local");
	while (s.message.size < MDNS_MESSAGE_MAX - 200)
		cname(&s, "q.local", "q.local");
	a(&s, "zz.local", "10.0.0.1");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(has(&s, "10.0.0.1"));
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/response");
	TCase *verdict = tcase_create("verdict");
	TCase *hostile = tcase_create("hostile");

	tcase_set_timeout(verdict, 30);
	tcase_add_test(verdict, test_good_reply);
	tcase_add_test(verdict, test_good_multicast);
	tcase_add_test(verdict, test_one_fault_each);
	tcase_add_test(verdict, test_header_bits);
	tcase_add_test(verdict, test_not_even_a_header);
	tcase_add_test(verdict, test_repeated_question);
	tcase_add_test(verdict, test_question_cut_short);
	tcase_add_test(verdict, test_truncated_bit_is_used);
	tcase_add_test(verdict, test_verdict_texts);
	suite_add_tcase(suite, verdict);

	tcase_set_timeout(hostile, 30);
	tcase_add_test(hostile, test_spoilt_octets_do_no_harm);
	tcase_add_test(hostile, test_many_records);
	suite_add_tcase(suite, hostile);
	return suite;
}
