/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/response: what is believed of a response, and what it
 * says about the one name that was asked for. */
#include <stdlib.h>
#include <string.h>

#include "resolver/response.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define ID 0x1234
#define ANSWER MDNS_SECTION_ANSWER
#define MORE MDNS_SECTION_ADDITIONAL

static const uint16_t only_a[] = {1, 0};
static const uint16_t only_aaaa[] = {28, 0};
static const uint16_t a_and_aaaa[] = {1, 28, 0};
static const uint16_t only_txt[] = {16, 0};

/* Somebody who asks for printer.local and has sent a one-shot query; a message
 * that came in reply to it from where it should; and what became of it. */
struct scene {
	struct mdns_subject subject;
	struct mdns_origin origin;
	struct unit_message message;
	struct mdns_answer answer;
	struct mdns_name alias;
	struct mdns_name suffix;
};

static void given(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	scene->subject.name = unit_name("printer.local");
	scene->subject.id = ID;
	scene->origin.ifindex = 3;
	scene->origin.port = 5353;
	scene->origin.transport = MDNS_IPV4;
	scene->origin.way = MDNS_WAY_ONE_SHOT;
	scene->origin.on_link = true;
	unit_message_init(&scene->message, ID, 0x8400);
	mdns_answer_init(&scene->answer);
}

/* The same, but the message was multicast to 5353. */
static void given_group(struct scene *scene)
{
	given(scene);
	scene->origin.way = MDNS_WAY_GROUP;
	scene->origin.to_group = true;
	unit_message_init(&scene->message, 0, 0x8400);
}

static void given_reverse(struct scene *scene)
{
	given(scene);
	scene->subject.name = unit_name("2.1.254.169.in-addr.arpa");
	scene->subject.reverse = true;
}

static void given_suffix(struct scene *scene, const char *suffix)
{
	scene->suffix = unit_name(suffix);
	scene->subject.suffixes = &scene->suffix;
	scene->subject.suffix_count = 1;
}

static enum mdns_verdict when_octets(
	struct scene *scene, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = unit_copy(bytes, size);
	enum mdns_verdict verdict;

	scene->alias = unit_name("garbage");
	verdict = mdns_response_read(&scene->subject, &scene->origin, copy,
		size, 777, &scene->answer, &scene->alias);
	free(copy);
	return verdict;
}

static enum mdns_verdict when_read(struct scene *scene)
{
	return when_octets(scene, scene->message.bytes, scene->message.size);
}

static void next_message(struct scene *scene)
{
	unit_message_init(&scene->message, ID, 0x8400);
}

static void a(struct scene *scene, const char *name, const char *address)
{
	unit_message_address(&scene->message, ANSWER, name, address, 120);
}

static void cname(struct scene *scene, const char *name, const char *target)
{
	unit_message_name(&scene->message, ANSWER, name, 5, target, 120);
}

static void ptr(struct scene *scene, const char *target)
{
	unit_message_name(&scene->message, ANSWER, "2.1.254.169.in-addr.arpa",
		12, target, 120);
}

static void question(struct scene *scene, const char *name, uint16_t type)
{
	unit_message_question(&scene->message, name, type, 1);
}

static void flags(struct scene *scene, unsigned value)
{
	scene->message.bytes[2] = (uint8_t)(value >> 8);
	scene->message.bytes[3] = (uint8_t)value;
}

static bool has(const struct scene *scene, const char *address)
{
	uint8_t bytes[16];
	size_t size = unit_address(address, bytes);
	uint8_t family = size == 4 ? MDNS_IPV4 : MDNS_IPV6;

	for (unsigned i = 0; i < scene->answer.count; i++)
		if (scene->answer.address[i].family == family &&
			!memcmp(scene->answer.address[i].bytes, bytes, 16))
			return true;
	return false;
}

static bool nothing_learnt(const struct scene *scene)
{
	return scene->answer.count == 0 && scene->answer.name.len == 0 &&
	       scene->answer.presence[MDNS_IPV4] == MDNS_OPEN &&
	       scene->answer.presence[MDNS_IPV6] == MDNS_OPEN;
}

static bool is_name(const struct mdns_name *name, const char *text)
{
	struct mdns_name want = unit_name(text);

	return name->len > 0 && mdns_name_equal(name, &want);
}

/* ---- whether it is believed ---- */

START_TEST(test_good_reply)
{
	struct scene s;
	const struct mdns_address *first = &s.answer.address[0];
	uint8_t bytes[16];

	given(&s);
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

/* ---- addresses ---- */

START_TEST(test_other_names_only)
{
	static const char *const names[] = {"scanner.local", "local",
		"x.printer.local", "printer.local.x", "xprinter.local",
		"printer", "printer.lan", ""};

	for (size_t i = 0; i < ROWS(names); i++) {
		struct scene s;

		given(&s);
		a(&s, names[i], "10.0.0.1");
		unit_message_nsec(&s.message, MORE, names[i], only_a, 120);
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_OTHER);
		ck_assert_msg(nothing_learnt(&s), "%s", names[i]);
		ck_assert_uint_eq(s.alias.len, 0);
	}
}
END_TEST

START_TEST(test_all_addresses_are_collected)
{
	struct scene s;

	given(&s);
	a(&s, "printer.local", "10.0.0.1");
	a(&s, "scanner.local", "10.0.0.66");
	a(&s, "PRINTER.LOCAL", "10.0.0.2");
	a(&s, "printer.local", "10.0.0.1");
	unit_message_address(
		&s.message, MORE, "printer.local", "2001:db8::1", 120);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 3);
	ck_assert(has(&s, "10.0.0.1"));
	ck_assert(has(&s, "10.0.0.2"));
	ck_assert(has(&s, "2001:db8::1"));
	ck_assert(mdns_answer_is_complete(&s.answer));

	/* A second message, from another link, adds to it. */
	next_message(&s);
	s.origin.ifindex = 4;
	a(&s, "printer.local", "10.0.0.1");
	a(&s, "printer.local", "10.0.0.3");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 4);
	ck_assert(has(&s, "10.0.0.3"));
	ck_assert_uint_eq(s.answer.address[3].ifindex, 4);
}
END_TEST

START_TEST(test_class_ttl_and_flush)
{
	static const struct {
		uint16_t rclass;
		uint32_t ttl;
		bool used;
	} rows[] = {
		{0x0001, 120, true},
		{0x8001, 120, true}, /* RFC 6762 18.13: not a class */
		{0x8001, 1, true},
		{0x8001, 0x7fffffff, true},
		{0x0003, 120, false}, /* CHAOS */
		{0x8003, 120, false},
		{0x00ff, 120, false},
		{0x4001, 120, false},
		{0x0000, 120, false},
		{0x8000, 120, false},
		{0x8001, 0, false},          /* RFC 6762 10.1: goodbye */
		{0x8001, 0x80000000, false}, /* RFC 2181 8: counts as 0 */
		{0x8001, 0x80000078, false},
		{0x8001, 0xffffffff, false},
	};
	uint8_t rdata[16];

	unit_address("10.0.0.1", rdata);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 1,
			rows[i].rclass, rows[i].ttl, rdata, 4);
		when_read(&s);
		ck_assert_msg(s.answer.count == rows[i].used, "row %zu", i);
		if (!rows[i].used)
			ck_assert_msg(nothing_learnt(&s), "row %zu", i);

		/* It never costs the record beside it. */
		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 1,
			rows[i].rclass, rows[i].ttl, rdata, 4);
		a(&s, "printer.local", "10.0.0.2");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_msg(has(&s, "10.0.0.2"), "row %zu", i);
	}
}
END_TEST

START_TEST(test_smallest_ttl)
{
	static const struct {
		uint32_t ttl[3], want;
	} rows[] = {
		{{120, 60, 90}, 60},
		{{10, 60, 90}, 10},
		{{120, 60, 7}, 7},
		/* a goodbye is passed over, its 0 as well */
		{{120, 0, 90}, 90},
	};
	static const char *const addresses[] = {
		"10.0.0.1", "10.0.0.2", "2001:db8::1"};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		unit_message_address(
			&s.message, ANSWER, "scanner.local", "10.0.0.9", 1);
		for (unsigned j = 0; j < 3; j++)
			unit_message_address(&s.message, ANSWER,
				"printer.local", addresses[j], rows[i].ttl[j]);
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_uint_eq(s.answer.ttl, rows[i].want);
	}
}
END_TEST

START_TEST(test_unusable_addresses)
{
	static const char *const unusable[] = {"0.0.0.0", "127.0.0.1",
		"224.0.0.251", "255.255.255.255", "::", "::1", "ff02::fb",
		"::ffff:10.0.0.1"};

	for (size_t i = 0; i < ROWS(unusable); i++) {
		struct scene s;

		given(&s);
		a(&s, "printer.local", unusable[i]);
		when_read(&s);
		ck_assert_msg(nothing_learnt(&s), "%s", unusable[i]);

		a(&s, "printer.local", "10.0.0.1");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_uint_eq(s.answer.count, 1);
		ck_assert_msg(has(&s, "10.0.0.1"), "%s", unusable[i]);
	}
}
END_TEST

START_TEST(test_malformed_records_are_passed_over)
{
	static const struct {
		uint16_t type;
		const char *rdata;
	} rows[] = {
		{1, "0a000001 00"},
		{1, "0a0000"},
		{1, ""},
		{28, "0a000001"},
		{28, "20010db8000000000000000000000001 00"},
		{5, "01 61 00 00"},
		{5, "c0ff"},
		{47, "c00c 00 04 4000"},
		{47, "c00c 00 21 40"},
		{47, ""},
		{47, "ffff 00 01 40"},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned first = 0; first < 2; first++) {
			struct scene s;
			uint8_t rdata[64];
			size_t size =
				unit_hex(rows[i].rdata, rdata, sizeof(rdata));

			given(&s);
			if (!first)
				a(&s, "printer.local", "10.0.0.7");
			unit_message_record(&s.message, ANSWER, "printer.local",
				rows[i].type, 0x8001, 120, rdata, size);
			if (first)
				a(&s, "printer.local", "10.0.0.7");
			ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
			ck_assert_msg(
				s.answer.count == 1 && has(&s, "10.0.0.7"),
				"row %zu", i);
			ck_assert_uint_eq(s.alias.len, 0);
			ck_assert_uint_eq(
				s.answer.presence[MDNS_IPV6], MDNS_OPEN);
		}
}
END_TEST

START_TEST(test_message_cut_short_is_used_as_far_as_it_goes)
{
	struct scene s;
	size_t first, whole;

	given(&s);
	a(&s, "printer.local", "10.0.0.1");
	first = s.message.size;
	a(&s, "printer.local", "10.0.0.2");
	whole = s.message.size;
	for (size_t cut = 12; cut < whole; cut++) {
		mdns_answer_init(&s.answer);
		when_octets(&s, s.message.bytes, cut);
		ck_assert_uint_eq(s.answer.count, cut >= first);
		if (cut >= first)
			ck_assert(has(&s, "10.0.0.1"));
	}
}
END_TEST

/* ---- NSEC (RFC 6762 6.1) ---- */

START_TEST(test_nsec)
{
	static const struct {
		const char *what;
		const char *address; /* beside it, or NULL */
		const char *owner;
		const uint16_t *types;
		enum mdns_presence presence[MDNS_FAMILIES];
	} rows[] = {
		{"no AAAA", "10.0.0.1", "printer.local", only_a,
			{MDNS_PRESENT, MDNS_ABSENT}},
		{"no A", "2001:db8::1", "printer.local", only_aaaa,
			{MDNS_ABSENT, MDNS_PRESENT}},
		{"both there, one shown", "10.0.0.1", "printer.local",
			a_and_aaaa, {MDNS_PRESENT, MDNS_OPEN}},
		{"neither", NULL, "printer.local", only_txt,
			{MDNS_ABSENT, MDNS_ABSENT}},
		{"NSEC alone", NULL, "printer.local", only_a,
			{MDNS_OPEN, MDNS_ABSENT}},
		{"other case", "10.0.0.1", "Printer.LOCAL", only_a,
			{MDNS_PRESENT, MDNS_ABSENT}},
		/* what it says, and what is there: the address wins */
		{"contradiction", "10.0.0.1", "printer.local", only_aaaa,
			{MDNS_PRESENT, MDNS_OPEN}},
		{"another name", "10.0.0.1", "scanner.local", only_a,
			{MDNS_PRESENT, MDNS_OPEN}},
		{"name above", "10.0.0.1", "local", only_a,
			{MDNS_PRESENT, MDNS_OPEN}},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned nsec_first = 0; nsec_first < 2; nsec_first++) {
			struct scene s;

			given(&s);
			if (rows[i].address && !nsec_first)
				a(&s, "printer.local", rows[i].address);
			unit_message_nsec(&s.message, ANSWER, rows[i].owner,
				rows[i].types, 120);
			if (rows[i].address && nsec_first)
				a(&s, "printer.local", rows[i].address);
			ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
			for (unsigned f = 0; f < MDNS_FAMILIES; f++)
				ck_assert_msg(s.answer.presence[f] ==
						      rows[i].presence[f],
					"%s, family %u: %u", rows[i].what, f,
					s.answer.presence[f]);
		}
}
END_TEST

START_TEST(test_nsec_does_not_take_back_an_address)
{
	struct scene s;

	given(&s);
	a(&s, "printer.local", "2001:db8::1");
	when_read(&s);
	next_message(&s);
	unit_message_nsec(&s.message, ANSWER, "printer.local", only_a, 120);
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 1);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_PRESENT);
}
END_TEST

START_TEST(test_nsec_that_does_not_count)
{
	/* Of another class, or a goodbye. */
	static const struct {
		uint16_t rclass;
		uint32_t ttl;
	} rows[] = {{0x8003, 120}, {0x8001, 0}, {0x8001, 0x80000000}};
	uint8_t rdata[32];
	size_t size = unit_hex("07 7072696e746572 05 6c6f63616c 00 00 01 40",
		rdata, sizeof(rdata));

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 47,
			rows[i].rclass, rows[i].ttl, rdata, size);
		a(&s, "printer.local", "10.0.0.1");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_msg(s.answer.presence[MDNS_IPV6] == MDNS_OPEN,
			"row %zu", i);
	}
}
END_TEST

/* ---- CNAME ---- */

START_TEST(test_cname_inside_the_message)
{
	for (unsigned before = 0; before < 2; before++) {
		struct scene s;

		given(&s);
		if (before)
			a(&s, "Real.local", "10.0.0.1");
		cname(&s, "printer.local", "real.local");
		if (!before)
			a(&s, "Real.local", "10.0.0.1");
		a(&s, "other.local", "10.0.0.66");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_uint_eq(s.answer.count, 1);
		ck_assert(has(&s, "10.0.0.1"));
		/* canonical: the owner of the addresses */
		ck_assert(is_name(&s.answer.name, "real.local"));
		ck_assert_uint_eq(s.alias.len, 0);
	}
}
END_TEST

START_TEST(test_cname_ttl_counts)
{
	/* The alias may go before the address does. */
	struct scene s;

	given(&s);
	unit_message_name(
		&s.message, ANSWER, "printer.local", 5, "real.local", 5);
	a(&s, "real.local", "10.0.0.1");
	when_read(&s);
	ck_assert_uint_eq(s.answer.ttl, 5);
}
END_TEST

START_TEST(test_cname_nsec_of_the_target)
{
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "real.local");
	a(&s, "real.local", "10.0.0.1");
	unit_message_nsec(&s.message, MORE, "real.local", only_a, 120);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV4], MDNS_PRESENT);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_ABSENT);
}
END_TEST

START_TEST(test_cname_nsec_of_the_alias_settles_nothing)
{
	/* An alias has a CNAME and no addresses, and its NSEC says just that:
	 * it must not turn into "the target has no addresses". */
	static const uint16_t only_cname[] = {5, 0};
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "real.local");
	a(&s, "real.local", "10.0.0.1");
	unit_message_nsec(&s.message, MORE, "printer.local", only_cname, 120);
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(has(&s, "10.0.0.1"));
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_OPEN);

	/* The same without the address. */
	given(&s);
	cname(&s, "printer.local", "real.local");
	unit_message_nsec(&s.message, MORE, "printer.local", only_cname, 120);
	when_read(&s);
	ck_assert(is_name(&s.alias, "real.local"));
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV4], MDNS_OPEN);
	ck_assert_uint_eq(s.answer.presence[MDNS_IPV6], MDNS_OPEN);
}
END_TEST

START_TEST(test_cname_alone_is_handed_back)
{
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "real.local");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert(is_name(&s.alias, "real.local"));

	/* The end of a chain, if the chain is here. */
	given(&s);
	cname(&s, "printer.local", "b.local");
	cname(&s, "b.local", "c.local");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(is_name(&s.alias, "c.local"));

	/* An address of somebody else is no address of the target. */
	given(&s);
	cname(&s, "printer.local", "real.local");
	a(&s, "other.local", "10.0.0.66");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert(is_name(&s.alias, "real.local"));
}
END_TEST

START_TEST(test_cname_chain)
{
	/* Given printer -> c1 -> ... -> cN with an address at the end, */
	for (unsigned hops = 1; hops <= 8; hops++)
		for (unsigned backwards = 0; backwards < 2; backwards++) {
			struct scene s;
			char names[9][16];

			strcpy(names[0], "printer.local");
			for (unsigned i = 1; i <= hops; i++) {
				strcpy(names[i], "c0.local");
				names[i][1] = (char)('0' + i);
			}
			given(&s);
			for (unsigned i = 0; i < hops; i++) {
				unsigned j = backwards ? hops - 1 - i : i;

				cname(&s, names[j], names[j + 1]);
			}
			a(&s, names[hops], "10.0.0.1");
			when_read(&s);

			/* then four are followed and no more. */
			ck_assert_msg(
				s.answer.count == (hops <= MDNS_CNAME_HOPS),
				"%u hops: %u", hops, s.answer.count);
			if (hops <= MDNS_CNAME_HOPS) {
				ck_assert(is_name(&s.answer.name, names[hops]));
				ck_assert_uint_eq(s.alias.len, 0);
			}
		}
}
END_TEST

START_TEST(test_cname_loops_end)
{
	struct scene s;

	given(&s);
	cname(&s, "printer.local", "printer.local");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);

	given(&s);
	cname(&s, "printer.local", "b.local");
	cname(&s, "b.local", "printer.local");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);

	given(&s);
	cname(&s, "printer.local", "b.local");
	cname(&s, "b.local", "b.local");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);
}
END_TEST

START_TEST(test_cname_stays_in_our_zones)
{
	static const struct {
		const char *target;
		bool followed;
	} rows[] = {
		{"real.local", true},
		{"real.LOCAL", true},
		{"y.real.local", true},
		{"real.home.example", true}, /* the suffix */
		{"www.example.com", false},
		{"real.lan", false},
		{"xlocal", false},
		{"local", false},
		{"home.example", false},
		{"", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given(&s);
		given_suffix(&s, "home.example");
		cname(&s, "printer.local", rows[i].target);
		a(&s, rows[i].target, "10.0.0.1");
		when_read(&s);
		ck_assert_msg(s.answer.count == rows[i].followed, "%s",
			rows[i].target);
		ck_assert_uint_eq(s.alias.len, 0);

		given(&s);
		given_suffix(&s, "home.example");
		cname(&s, "printer.local", rows[i].target);
		when_read(&s);
		ck_assert_msg((s.alias.len > 0) == rows[i].followed, "%s",
			rows[i].target);

		/* Out of our zones and back in again is out. */
		if (rows[i].followed)
			continue;
		given(&s);
		given_suffix(&s, "home.example");
		cname(&s, "printer.local", rows[i].target);
		cname(&s, rows[i].target, "real.local");
		a(&s, "real.local", "10.0.0.1");
		when_read(&s);
		ck_assert_msg(s.answer.count == 0, "%s", rows[i].target);
	}
}
END_TEST

START_TEST(test_cname_that_does_not_count)
{
	static const struct {
		uint16_t rclass;
		uint32_t ttl;
	} rows[] = {{0x0003, 120}, {0x8001, 0}, {0x8001, 0x80000000}};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;
		struct mdns_name target = unit_name("real.local");

		given(&s);
		unit_message_record(&s.message, ANSWER, "printer.local", 5,
			rows[i].rclass, rows[i].ttl, target.wire, target.len);
		a(&s, "real.local", "10.0.0.1");
		when_read(&s);
		ck_assert_msg(s.answer.count == 0, "row %zu", i);
		ck_assert_uint_eq(s.alias.len, 0);
	}
}
END_TEST

START_TEST(test_dname_is_never_followed)
{
	struct scene s;

	given(&s);
	unit_message_name(
		&s.message, ANSWER, "printer.local", 39, "real.local", 120);
	unit_message_name(&s.message, ANSWER, "local", 39, "lan.local", 120);
	a(&s, "real.local", "10.0.0.1");
	a(&s, "printer.lan.local", "10.0.0.1");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert_uint_eq(s.alias.len, 0);
}
END_TEST

/* ---- reverse ---- */

START_TEST(test_reverse)
{
	struct scene s;
	static const uint8_t zeros[16];

	given_reverse(&s);
	question(&s, "2.1.254.169.in-addr.arpa", 12);
	ptr(&s, "Printer.local");
	a(&s, "printer.local", "169.254.1.2");
	ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
	ck_assert(is_name(&s.answer.name, "printer.local"));
	ck_assert_uint_eq(s.answer.ttl, 120);
	/* "address[0] tells where the name came from, count stays 0" */
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert_uint_eq(s.answer.address[0].ifindex, 3);
	ck_assert_uint_eq(s.answer.address[0].usec, 777);
	ck_assert_uint_eq(s.answer.address[0].transport, MDNS_IPV4);
	ck_assert_uint_eq(s.answer.address[0].way, MDNS_WAY_ONE_SHOT);
	ck_assert_mem_eq(s.answer.address[0].bytes, zeros, 16);
}
END_TEST

START_TEST(test_reverse_targets)
{
	static const struct {
		const char *target; /* wire form in hex */
		bool used;
	} rows[] = {
		{"07 7072696e746572 05 6c6f63616c 00", true},
		{"07 7072696e746572 05 4c4f43414c 00", true},
		{"01 61 01 62 05 6c6f63616c 00", true}, /* a.b.local */
		{"04 62c3bc72 05 6c6f63616c 00", true}, /* UTF-8 */
		{"01 61 04 686f6d65 07 6578616d706c65 00", true}, /* suffix */
		/* not under our zones */
		{"03 777777 07 6578616d706c65 03 636f6d 00", false},
		{"09 6c6f63616c686f7374 00", false}, /* localhost */
		{"05 6c6f63616c 00", false},         /* local itself */
		{"04 686f6d65 07 6578616d706c65 00", false}, {"00", false},
		{"07 78056c6f63616c 00", false}, /* looks like x.local */
		/* not host names */
		{"03 612062 05 6c6f63616c 00", false},   /* a space */
		{"03 612462 05 6c6f63616c 00", false},   /* $ */
		{"03 606060 05 6c6f63616c 00", false},   /* backquotes */
		{"03 610a62 05 6c6f63616c 00", false},   /* a newline */
		{"03 611b62 05 6c6f63616c 00", false},   /* escape */
		{"03 610062 05 6c6f63616c 00", false},   /* NUL */
		{"03 612e62 05 6c6f63616c 00", false},   /* a dot */
		{"02 2d61 05 6c6f63616c 00", false},     /* -a */
		{"02 612d 05 6c6f63616c 00", false},     /* a- */
		{"01 61 01 3b 05 6c6f63616c 00", false}, /* a.;.local */
		{"02 61ff 05 6c6f63616c 00", false},     /* not UTF-8 */
		{"01 61 05 6c6f63616c 00 00", false},    /* an octet over */
		{"01 61 05 6c6f63616c", false},          /* cut short */
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;
		uint8_t rdata[64];
		size_t size = unit_hex(rows[i].target, rdata, sizeof(rdata));

		given_reverse(&s);
		given_suffix(&s, "home.example");
		unit_message_record(&s.message, ANSWER,
			"2.1.254.169.in-addr.arpa", 12, 0x8001, 120, rdata,
			size);
		when_read(&s);
		ck_assert_msg((s.answer.name.len > 0) == rows[i].used, "%s",
			rows[i].target);

		/* A good one beside it wins, whatever it is. */
		if (rows[i].used)
			continue;
		ptr(&s, "good.local");
		ck_assert_int_eq(when_read(&s), MDNS_VERDICT_TAKEN);
		ck_assert_msg(is_name(&s.answer.name, "good.local"), "%s",
			rows[i].target);
	}
}
END_TEST

START_TEST(test_reverse_that_does_not_count)
{
	struct mdns_name target = unit_name("printer.local");
	static const struct {
		const char *owner;
		uint16_t type, rclass;
		uint32_t ttl;
	} rows[] = {
		{"3.1.254.169.in-addr.arpa", 12, 0x8001, 120},
		{"printer.local", 12, 0x8001, 120},
		{"2.1.254.169.in-addr.arpa", 12, 0x8003, 120},
		{"2.1.254.169.in-addr.arpa", 12, 0x8001, 0},
		{"2.1.254.169.in-addr.arpa", 12, 0x8001, 0x80000001},
		{"2.1.254.169.in-addr.arpa", 2, 0x8001, 120},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s;

		given_reverse(&s);
		unit_message_record(&s.message, ANSWER, rows[i].owner,
			rows[i].type, rows[i].rclass, rows[i].ttl, target.wire,
			target.len);
		when_read(&s);
		ck_assert_msg(s.answer.name.len == 0, "row %zu", i);
		ck_assert_uint_eq(s.answer.count, 0);
	}
}
END_TEST

START_TEST(test_reverse_ignores_addresses)
{
	/* Somebody says that the reverse name itself has an address. */
	struct scene s;

	given_reverse(&s);
	a(&s, "2.1.254.169.in-addr.arpa", "10.0.0.1");
	when_read(&s);
	ck_assert_uint_eq(s.answer.count, 0);
	ck_assert_uint_eq(s.answer.name.len, 0);
}
END_TEST

START_TEST(test_forward_ignores_ptr)
{
	struct scene s;

	given(&s);
	unit_message_name(
		&s.message, ANSWER, "printer.local", 12, "other.local", 120);
	when_read(&s);
	ck_assert(nothing_learnt(&s));
	ck_assert_uint_eq(s.alias.len, 0);
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
	TCase *content = tcase_create("content");

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

	tcase_set_timeout(content, 30);
	tcase_add_test(content, test_other_names_only);
	tcase_add_test(content, test_all_addresses_are_collected);
	tcase_add_test(content, test_class_ttl_and_flush);
	tcase_add_test(content, test_smallest_ttl);
	tcase_add_test(content, test_unusable_addresses);
	tcase_add_test(content, test_malformed_records_are_passed_over);
	tcase_add_test(
		content, test_message_cut_short_is_used_as_far_as_it_goes);
	tcase_add_test(content, test_nsec);
	tcase_add_test(content, test_nsec_does_not_take_back_an_address);
	tcase_add_test(content, test_nsec_that_does_not_count);
	tcase_add_test(content, test_cname_inside_the_message);
	tcase_add_test(content, test_cname_ttl_counts);
	tcase_add_test(content, test_cname_nsec_of_the_target);
	tcase_add_test(content, test_cname_nsec_of_the_alias_settles_nothing);
	tcase_add_test(content, test_cname_alone_is_handed_back);
	tcase_add_test(content, test_cname_chain);
	tcase_add_test(content, test_cname_loops_end);
	tcase_add_test(content, test_cname_stays_in_our_zones);
	tcase_add_test(content, test_cname_that_does_not_count);
	tcase_add_test(content, test_dname_is_never_followed);
	tcase_add_test(content, test_reverse);
	tcase_add_test(content, test_reverse_targets);
	tcase_add_test(content, test_reverse_that_does_not_count);
	tcase_add_test(content, test_reverse_ignores_addresses);
	tcase_add_test(content, test_forward_ignores_ptr);
	tcase_add_test(content, test_spoilt_octets_do_no_harm);
	tcase_add_test(content, test_many_records);
	suite_add_tcase(suite, content);
	return suite;
}
