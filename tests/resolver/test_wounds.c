/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Defects that others had and were published (tests/wounds.md): the messages
 * that showed them, told to ours. */
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "tests/resolver/querier_world.h"

#define NSEC3 50
#define CNAME MDNS_TYPE_CNAME
#define MANY 100000

static const struct mdns_querier_limits small = {
	.questions = 100, .cache = {.records = 500, .octets = 200000}};

static uint32_t records(const struct world *w)
{
	return w->querier.links->cache.records;
}

static uint32_t in_heap(const struct world *w)
{
	return w->querier.links->cache.heap.count;
}

/* As the reply to a one-shot lookup of that name. */
static enum mdns_verdict lookup_reads(const char *text, bool reverse,
	const struct unit_message *m, struct mdns_answer *ret_answer)
{
	struct mdns_subject subject = {
		.name = unit_name(text), .reverse = reverse, .id = 77};
	struct mdns_origin origin = {.ifindex = LINK,
		.port = 5353,
		.transport = MDNS_IPV4,
		.way = MDNS_WAY_ONE_SHOT,
		.on_link = true};
	struct mdns_name alias = {.len = 0};
	uint8_t *copy = unit_copy(m->bytes, m->size);
	enum mdns_verdict verdict;

	mdns_answer_init(ret_answer);
	verdict = mdns_response_read(
		&subject, &origin, copy, m->size, 0, ret_answer, &alias);
	free(copy);
	return verdict;
}

/* resolved, CVE-2017-9217: it looked at the first question, and there was
 * none. */
START_TEST(test_response_without_a_question)
{
	struct mdns_answer answer;
	struct unit_message m;
	struct world *w = given(1);

	start(w, "a.local", A);
	unit_message_init(&m, 77, 0x8400);
	ck_assert_int_eq(lookup_reads("a.local", false, &m, &answer),
		MDNS_VERDICT_OTHER);
	ck_assert_uint_eq(answer.count, 0);
	hear(w, &m);
	ck_assert_uint_eq(records(w), 0);
	unit_message_address(
		&m, MDNS_SECTION_ANSWER, "a.local", "10.0.0.1", 120);
	ck_assert_int_eq(lookup_reads("a.local", false, &m, &answer),
		MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(answer.count, 1);
	hear(w, &m);
	ck_assert_uint_eq(count_of(w, "a.local", A), 1);
	then_all_is_given_back(w);
}
END_TEST

/* glibc, CVE-2026-4437: the name of an address was taken from a section that is
 * not the answer. An mDNS responder may put it in the additional section, but
 * not in the authority section, and counts decide which is which. */
START_TEST(test_name_of_an_address_in_the_wrong_section)
{
	const char *reverse = "7.0.254.169.in-addr.arpa";
	struct mdns_answer answer;
	struct unit_message m;

	unit_message_init(&m, 77, 0x8400);
	unit_message_name(
		&m, MDNS_SECTION_AUTHORITY, reverse, PTR, "evil.local", 120);
	ck_assert_int_eq(
		lookup_reads(reverse, true, &m, &answer), MDNS_VERDICT_OTHER);
	ck_assert_uint_eq(answer.name.len, 0);
	/* It lies behind all that the header counts. */
	m.bytes[9] = 0;
	ck_assert_int_eq(
		lookup_reads(reverse, true, &m, &answer), MDNS_VERDICT_OTHER);
	ck_assert_uint_eq(answer.name.len, 0);
	/* It is a question, by the header: its octets are no record's. */
	m.bytes[5] = 1;
	ck_assert_int_ne(
		lookup_reads(reverse, true, &m, &answer), MDNS_VERDICT_TAKEN);
	ck_assert_uint_eq(answer.name.len, 0);
	/* And the same octets where they belong. */
	m.bytes[5] = 0;
	m.bytes[7] = 1;
	ck_assert_int_eq(
		lookup_reads(reverse, true, &m, &answer), MDNS_VERDICT_TAKEN);
	ck_assert_uint_gt(answer.name.len, 0);
}
END_TEST

/* avahi, CVE-2023-38472: a record without RDATA. */
START_TEST(test_no_rdata_of_any_type)
{
	static const uint8_t nothing[1];
	char text[MDNS_RR_TEXT_MAX(0)];
	const struct mdns_rr_type *row;
	struct unit_message m;
	struct world *w = given(1);

	for (size_t i = 0; (row = mdns_rr_type_at(i)); i++) {
		int len = mdns_rr_print(
			row->type, nothing, 0, text, sizeof(text));

		ck_assert_msg(len == MDNS_ERR_FORMAT || len > 0 ||
				      (len == 0 && text[0] == '\0'),
			"%s: %d", row->name, len);
		ck_assert_int_gt(
			mdns_rr_print_unknown(nothing, 0, text, sizeof(text)),
			0);
		unit_message_init(&m, 0, 0x8400);
		unit_message_record(&m, MDNS_SECTION_ANSWER, "a.local",
			row->type, 0x8001, 120, nothing, 0);
		unit_message_address(&m, MDNS_SECTION_ANSWER, "b.local",
			"10.0.0.2", (uint32_t)(120 + i));
		hear(w, &m);
		/* What has no place for nothing is not kept. */
		ck_assert_uint_eq(count_of(w, "b.local", A), 1);
	}
	ck_assert_uint_eq(count_of(w, "a.local", A), 0);
	ck_assert_uint_eq(count_of(w, "a.local", AAAA), 0);
	ck_assert_uint_eq(count_of(w, "a.local", PTR), 0);
	ck_assert_uint_eq(count_of(w, "a.local", SRV), 0);
	then_all_is_given_back(w);
}
END_TEST

/* avahi, CVE-2023-38469: RDATA that is larger than it thought one could be, and
 * that it wanted to send. */
START_TEST(test_rdata_as_large_as_a_message)
{
	uint8_t rdata[8900];
	struct unit_message m;
	struct world *w = given(1);

	memset(rdata, 0, sizeof(rdata));
	start(w, "big.local", TXT);
	for (size_t size = 1; size <= sizeof(rdata); size += 1271) {
		unit_message_init(&m, 0, 0x8400);
		/* Shared, so that it is a known answer in our queries. */
		unit_message_record(&m, MDNS_SECTION_ANSWER, "big.local", TXT,
			1, 120, rdata, size);
		hear(w, &m);
	}
	ck_assert_uint_eq(count_of(w, "big.local", TXT), 8);
	when_ms_later(w, 5000);
	ck_assert_uint_gt(w->packets, 0);
	then_all_is_given_back(w);
}
END_TEST

/* mDNSResponder, VU#143335 (CVE-2015-7987): NSEC3 records that were copied
 * without a look at their lengths. */
START_TEST(test_nsec3_that_lies)
{
	/* Hash, flags, iterations, then a salt and a hash with their lengths. */
	static const char *const lies[] = {"01", "0100", "01000001",
		"01000001 ff", "01000001 04 aabbcc", "01000001 00",
		"01000001 00 00", "01000001 00 ff aabb",
		"01000001 02 aabb 14 0102", "01000001 00 01 aa 00",
		"01000001 00 01 aa 00 21", "01000001 00 01 aa 00 ff 00",
		"01000001 00 01 aa 00 00"};
	char text[MDNS_RR_TEXT_MAX(300)];
	uint8_t rdata[300];

	for (size_t i = 0; i < ROWS(lies); i++) {
		size_t len = unit_hex(lies[i], rdata, sizeof(rdata));
		uint8_t *copy = unit_copy(rdata, len);

		ck_assert_msg(mdns_rr_print(NSEC3, copy, len, text,
				      sizeof(text)) == MDNS_ERR_FORMAT,
			"%s", lies[i]);
		free(copy);
	}
	ck_assert_int_gt(
		mdns_rr_print(NSEC3, rdata,
			unit_hex("01000001 00 01 aa", rdata, sizeof(rdata)),
			text, sizeof(text)),
		0);
}
END_TEST

/* avahi, CVE-2023-38470, -38471, -38473: names whose text it escaped or took
 * apart, and did not expect. */
START_TEST(test_names_that_were_not_expected)
{
	static const char *const texts[] = {"A\\.B", "A\\.B.local", "", ".",
		"\\", "\\.", "a\\", "a.\\", "\\256.local", "\\25", "-1", "a-",
		"a-2147483648", "a-99999999999999999999", "\\000.local", "..",
		".a", "a..b", ".b.c", "a.b.."};
	char back[MDNS_NAME_TEXT_MAX];
	struct mdns_name name, again;
	unsigned good = 0;

	for (size_t i = 0; i < ROWS(texts); i++) {
		size_t len = strlen(texts[i]);
		char *copy = (char *)unit_copy(texts[i], len);

		if (mdns_name_parse(copy, len, &name) == 0) {
			good++;
			ck_assert_int_gt(
				mdns_name_print(&name, back, sizeof(back)), 0);
			ck_assert_int_eq(
				mdns_name_parse(back, strlen(back), &again), 0);
			ck_assert_msg(
				mdns_name_equal(&name, &again), "%s", texts[i]);
		}
		free(copy);
	}
	ck_assert_uint_ge(good, 7);
}
END_TEST

/* avahi, CVE-2026-24401: a name that is an alias of itself. And a use after
 * free of a later avahi: two aliases of one name, and a loop behind them. */
START_TEST(test_alias_of_itself)
{
	static const char *const from[] = {
		"x.local", "x.local", "z.local", "a.local"};
	static const char *const to[] = {
		"z.local", "a.local", "a.local", "z.local"};
	struct mdns_answer answer;
	struct unit_message m;
	struct world *w = given(1);

	start(w, "h.local", A);
	start(w, "x.local", A);
	unit_message_init(&m, 77, 0x8400);
	unit_message_name(
		&m, MDNS_SECTION_ANSWER, "h.local", CNAME, "h.local", 120);
	lookup_reads("h.local", false, &m, &answer);
	ck_assert_uint_eq(answer.count, 0);
	hear(w, &m);
	unit_message_init(&m, 77, 0x8400);
	for (size_t i = 0; i < ROWS(from); i++)
		unit_message_name(
			&m, MDNS_SECTION_ANSWER, from[i], CNAME, to[i], 10);
	lookup_reads("x.local", false, &m, &answer);
	ck_assert_uint_eq(answer.count, 0);
	hear(w, &m);
	when_ms_later(w, 30000);
	ck_assert_uint_le(w->packets, 30);
	then_all_is_given_back(w);
}
END_TEST

/* python-zeroconf, CVE-2026-47184: unique names without end. */
START_TEST(test_unique_names_without_end)
{
	struct world *w = given_limits(1, &small, NULL);
	size_t after_some = 0;
	char text[64];

	given_link(w, LINK, 1452, false);
	start(w, "wanted.local", A);
	hear_address(w, "wanted.local", "10.0.0.9", 120);
	for (unsigned i = 0; i < MANY / 4; i++) {
		snprintf(text, sizeof(text), "junk-%05u.local", i);
		hear_address(w, text, "10.0.0.1", 120);
		if (i == 2000)
			after_some = w->counted.peak;
	}
	unit_assert(records(w) <= small.cache.records);
	unit_assert(in_heap(w) <= small.cache.records);
	unit_assert(w->counted.peak <= after_some);
	ck_assert_uint_eq(count_of(w, "wanted.local", A), 1);
	then_all_is_given_back(w);
}
END_TEST

/* The same, its second way: one record, and every TTL left an entry in the heap
 * of what is to expire. */
START_TEST(test_one_record_with_shifting_ttls)
{
	struct world *w = given(1);
	size_t octets;

	hear_address(w, "a.local", "10.0.0.1", 120);
	octets = w->counted.octets;
	for (uint32_t i = 0; i < MANY; i++)
		hear_address(w, "a.local", "10.0.0.1", 100 + i % 4000);
	ck_assert_uint_eq(records(w), 1);
	ck_assert_uint_eq(in_heap(w), 1);
	ck_assert_uint_eq(w->counted.octets, octets);
	then_all_is_given_back(w);
}
END_TEST

/* python-zeroconf, CVE-2026-48045: a query with the TC bit was kept until the
 * rest of it should come, one queue for each source, and sources can be made
 * up. */
START_TEST(test_queries_cut_short_of_anybody)
{
	struct world *w = given(1);
	struct mdns_origin origin = from_group;
	struct unit_message m;
	size_t peak = 0;
	char text[64];

	start(w, SERVICE, PTR);
	hear_pointer(w, SERVICE, "x." SERVICE, 120);
	for (uint32_t i = 0; i < MANY / 4; i++) {
		unit_message_init(&m, 0, 0x0200);
		unit_message_question(&m, SERVICE, PTR, 1);
		snprintf(text, sizeof(text), "%u." SERVICE, i);
		add_pointer(&m, SERVICE, text, 4500);
		memcpy(origin.source + 1, &i, 3);
		hear_from(w, &origin, &m);
		if (i == 100)
			peak = w->counted.peak;
	}
	/* Nothing is kept of them, and nothing in them is believed. */
	ck_assert_uint_eq(w->counted.peak, peak);
	ck_assert_uint_eq(records(w), 1);
	then_all_is_given_back(w);
}
END_TEST

/* avahi, CVE-2017-6519, and resolved, CVE-2017-9445: an answer that is larger
 * than the question, to whoever asked. We have none: a query of another has no
 * reply, whatever is known, and no packet is larger than the link takes. */
START_TEST(test_no_reply_to_anybody)
{
	struct world *w = given(1);
	struct mdns_origin origin = from_group;
	struct unit_message m;

	hear_address(w, "a.local", "10.0.0.1", 120);
	for (unsigned i = 0; i < 8; i++) {
		origin.to_group = i & 1;
		origin.on_link = i & 2;
		origin.port = i & 4 ? 5353 : 40000;
		unit_message_init(&m, (uint16_t)i, 0);
		unit_message_question(&m, "a.local", 255, 0x8001);
		unit_message_question(
			&m, "_services._dns-sd._udp.local", PTR, 0x8001);
		hear_from(w, &origin, &m);
		when_ms_later(w, 1500);
	}
	ck_assert_uint_eq(w->packets, 0);
	then_all_is_given_back(w);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("wounds");
	TCase *tcase = tcase_create("wounds");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_response_without_a_question);
	tcase_add_test(tcase, test_name_of_an_address_in_the_wrong_section);
	tcase_add_test(tcase, test_no_rdata_of_any_type);
	tcase_add_test(tcase, test_rdata_as_large_as_a_message);
	tcase_add_test(tcase, test_nsec3_that_lies);
	tcase_add_test(tcase, test_names_that_were_not_expected);
	tcase_add_test(tcase, test_alias_of_itself);
	tcase_add_test(tcase, test_unique_names_without_end);
	tcase_add_test(tcase, test_one_record_with_shifting_ttls);
	tcase_add_test(tcase, test_queries_cut_short_of_anybody);
	tcase_add_test(tcase, test_no_reply_to_anybody);
	suite_add_tcase(suite, tcase);
	return suite;
}
