/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/protocol: only whole and well-formed messages get through,
 * and what was put into one comes out again. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/protocol.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* --- requests ------------------------------------------------------------- */

static const struct {
	enum mdns_request_op op;
	bool name, type;
} ops[] = {
	{MDNS_REQUEST_RESOLVE, true, false},
	{MDNS_REQUEST_WATCH, true, true},
	{MDNS_REQUEST_BROWSE, true, false},
	{MDNS_REQUEST_RECONFIRM, true, true},
	{MDNS_REQUEST_FLUSH, false, false},
	{MDNS_REQUEST_STATUS, false, false},
};

static struct mdns_request make_request(unsigned i)
{
	struct mdns_name name = unit_name("printer.local");
	struct mdns_request request;

	memset(&request, 0xee, sizeof(request));
	mdns_request_init(&request, ops[i].op, ops[i].name ? &name : NULL);
	if (ops[i].type)
		request.type = 28;
	request.id = UINT64_C(0x1122334455667788);
	request.map = UINT64_MAX;
	request.deadline = INT64_MAX;
	request.ifindex = UINT32_MAX;
	return request;
}

/* A copy at an odd address and of exactly that size is looked at. */
static bool check(bool (*function)(const void *octets, size_t size),
	const void *octets, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	bool good;

	unit_assert(copy);
	memcpy(copy + 1, octets, size);
	good = function(copy + 1, size);
	free(copy);
	return good;
}

static bool check_request(const struct mdns_request *request)
{
	return check(mdns_request_check, request, sizeof(*request));
}

START_TEST(test_requests_that_are_good)
{
	struct mdns_name name = unit_name("printer.local"), got;

	for (unsigned i = 0; i < ROWS(ops); i++) {
		struct mdns_request request = make_request(i);

		ck_assert_uint_eq(request.protocol, MDNS_PROTOCOL);
		ck_assert_uint_eq(request.op, ops[i].op);
		ck_assert_uint_eq(request.once, 0);
		ck_assert(check_request(&request));
		ck_assert_int_eq(
			mdns_request_name(&request, &got), ops[i].name);
		if (ops[i].name) {
			ck_assert_uint_eq(got.len, name.len);
			ck_assert_mem_eq(got.wire, name.wire, name.len);
		}
	}
}
END_TEST

START_TEST(test_init_leaves_nothing_of_before)
{
	struct mdns_name name = unit_name("printer.local");
	struct mdns_request a, b;

	memset(&a, 0, sizeof(a));
	memset(&b, 0xff, sizeof(b));
	mdns_request_init(&a, MDNS_REQUEST_RESOLVE, &name);
	mdns_request_init(&b, MDNS_REQUEST_RESOLVE, &name);
	ck_assert_mem_eq(&a, &b, sizeof(a));
	ck_assert_int_eq(a.deadline, 0);
	ck_assert_uint_eq(a.map, 0);
}
END_TEST

START_TEST(test_requests_of_every_size)
{
	static uint8_t octets[4096];

	for (unsigned i = 0; i < ROWS(ops); i++) {
		struct mdns_request request = make_request(i);

		memset(octets, 0, sizeof(octets));
		memcpy(octets, &request, sizeof(request));
		for (size_t size = 0; size <= sizeof(octets); size++)
			unit_assert(check(mdns_request_check, octets, size) ==
				    (size == sizeof(request)));
	}
}
END_TEST

START_TEST(test_every_op)
{
	struct mdns_request request = make_request(0);

	for (unsigned op = 0; op <= UINT16_MAX; op++) {
		bool plain =
			op == MDNS_REQUEST_RESOLVE || op == MDNS_REQUEST_BROWSE;
		bool typed = op == MDNS_REQUEST_WATCH ||
			     op == MDNS_REQUEST_RECONFIRM;

		request.op = (uint16_t)op;
		request.type = 0;
		unit_assert(check_request(&request) == plain);
		request.type = 1;
		unit_assert(check_request(&request) == typed);
	}
}
END_TEST

START_TEST(test_another_version)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		struct mdns_request request = make_request(0);

		request.protocol ^= UINT32_C(1) << bit;
		ck_assert(!check_request(&request));
	}
}
END_TEST

START_TEST(test_a_name_where_one_must_be)
{
	for (unsigned i = 0; i < ROWS(ops); i++) {
		struct mdns_request request = make_request(i);

		if (ops[i].name) {
			request.name_len = 0;
			memset(request.name, 0, sizeof(request.name));
		} else {
			request.name_len = 1; /* the root */
		}
		ck_assert(!check_request(&request));
	}
}
END_TEST

START_TEST(test_names_that_are_none)
{
	static const char *const bad[] = {
		"07 7072696e746572 05 6c6f63616c",    /* no root */
		"07 7072696e746572 00 05 6c6f63616c", /* in the middle */
		"07 7072696e746572 c0 0c",            /* compressed */
		"40 7072696e746572 05 6c6f63616c 00", /* label of 64 */
		"08 7072696e746572 05 6c6f63616c 00", /* beyond the end */
		"00 00",
		"01 61 00 01",
	};
	struct mdns_request request;
	struct mdns_name name, before;

	for (unsigned i = 0; i < ROWS(bad); i++) {
		request = make_request(0);
		memset(request.name, 0, sizeof(request.name));
		request.name_len = (uint16_t)unit_hex(
			bad[i], request.name, sizeof(request.name));
		ck_assert_msg(!check_request(&request), "%s", bad[i]);
		memset(&name, 0x5a, sizeof(name));
		before = name;
		ck_assert(!mdns_request_name(&request, &name));
		ck_assert_mem_eq(&name, &before, sizeof(name));
	}
	/* Any length but the right one. */
	request = make_request(0);
	for (unsigned len = 0; len <= UINT16_MAX; len++) {
		request.name_len = (uint16_t)len;
		unit_assert(check_request(&request) == (len == 15));
		unit_assert(mdns_request_name(&request, &name) == (len == 15));
	}
	/* The longest is one of 256 octets. */
	memset(request.name, 'x', sizeof(request.name));
	request.name[0] = request.name[64] = request.name[128] = 63;
	request.name[192] = 62;
	request.name[255] = 0;
	request.name_len = 256;
	ck_assert(check_request(&request));
	ck_assert(mdns_request_name(&request, &name));
	ck_assert_uint_eq(name.len, 256);
}
END_TEST

START_TEST(test_zeros_where_they_must_be)
{
	struct mdns_request request = make_request(0);

	for (unsigned i = request.name_len; i < sizeof(request.name); i++) {
		request.name[i] = 1;
		ck_assert(!check_request(&request));
		request.name[i] = 0;
	}
	ck_assert(check_request(&request));
	for (unsigned i = 0; i < ROWS(ops); i++) {
		request = make_request(i);
		request.once = 1;
		ck_assert(check_request(&request) ==
			  (ops[i].op == MDNS_REQUEST_RESOLVE));
		for (unsigned bit = 1; bit < 16; bit++) {
			request.once = (uint16_t)(1u << bit);
			ck_assert(!check_request(&request));
		}
	}
	for (unsigned i = 0; i < ROWS(ops); i++) {
		request = make_request(i);
		request.type = ops[i].type ? 0 : 1;
		ck_assert(!check_request(&request));
		request = make_request(i);
		request.name[255] = 1;
		ck_assert(!check_request(&request));
	}
}
END_TEST

/* --- replies -------------------------------------------------------------- */

START_TEST(test_sizes_are_settled)
{
	/* What another version of this program, or one of 32 bits, counts on.
	 * Who changes these changes MDNS_PROTOCOL. */
	static const size_t sizes[] = {0, 40, 1080, 40, 1848, 104, 136, 40};

	ck_assert_uint_eq(MDNS_PROTOCOL, 0x6d680001u);
	ck_assert_uint_eq(sizeof(struct mdns_request), 296);
	for (unsigned kind = 0; kind <= UINT16_MAX; kind++)
		unit_assert(mdns_reply_size(kind) ==
			    (kind < ROWS(sizes) ? sizes[kind] : 0));
	ck_assert_uint_eq(mdns_reply_size(UINT32_MAX), 0);
	ck_assert_uint_eq(mdns_reply_size(0x10001), 0);
}
END_TEST

START_TEST(test_replies_of_every_size)
{
	static uint8_t octets[4096];

	for (unsigned kind = 0; kind <= 9; kind++) {
		struct mdns_reply_head head = {
			.protocol = MDNS_PROTOCOL, .kind = (uint16_t)kind};
		bool known = kind >= 1 && kind <= 7;

		memcpy(octets, &head, sizeof(head));
		for (size_t size = 0; size <= sizeof(octets); size++)
			unit_assert(check(mdns_reply_check, octets, size) ==
				    (known && size == mdns_reply_size(kind)));
		head.protocol++;
		memcpy(octets, &head, sizeof(head));
		for (size_t size = 0; size <= sizeof(octets); size++)
			unit_assert(!check(mdns_reply_check, octets, size));
	}
}
END_TEST

static struct mdns_answer make_answer(unsigned count)
{
	struct mdns_answer answer;

	memset(&answer, 0, sizeof(answer));
	mdns_answer_init(&answer);
	answer.ttl = 4500;
	answer.dropped = 200;
	answer.name = unit_name("Printer.local");
	for (unsigned i = 0; i < count; i++) {
		struct mdns_address address = {
			.ifindex = i + 2,
			.usec = 99,
			.family = i % 2,
			.transport = i / 2 % 2,
			.way = i / 4 % 2,
		};

		memset(address.bytes, (int)i + 1, i % 2 ? 16 : 4);
		mdns_answer_add(&answer, &address);
	}
	return answer;
}

static bool same_answer(
	const struct mdns_answer *got, const struct mdns_answer *sent)
{
	unsigned records = sent->count ? sent->count : 1;

	if (got->ttl != sent->ttl || got->count != sent->count ||
		got->dropped != sent->dropped ||
		got->presence[0] != sent->presence[0] ||
		got->presence[1] != sent->presence[1] ||
		got->name.len != sent->name.len ||
		memcmp(got->name.wire, sent->name.wire, sent->name.len) != 0)
		return false;
	for (unsigned i = 0; i < records; i++) {
		struct mdns_address a = got->address[i], b = sent->address[i];

		if (a.usec != 0 || memcmp(a.bytes, b.bytes, 16) != 0 ||
			a.ifindex != b.ifindex || a.family != b.family ||
			a.transport != b.transport || a.way != b.way)
			return false;
	}
	return true;
}

static void round_trip(int status, const struct mdns_answer *sent)
{
	struct mdns_reply_answer reply;
	struct mdns_answer got;
	int got_status = 77;

	memset(&reply, 0xee, sizeof(reply));
	memset(&got, 0xee, sizeof(got));
	mdns_reply_encode(&reply, status, sent);
	/* Who sends it fills in the rest of the head, before or after. */
	ck_assert_uint_eq(reply.head.id, UINT64_C(0xeeeeeeeeeeeeeeee));
	ck_assert_uint_eq(reply.head.map, UINT64_C(0xeeeeeeeeeeeeeeee));
	ck_assert(reply.head.now == (int64_t)UINT64_C(0xeeeeeeeeeeeeeeee));
	ck_assert(check(mdns_reply_check, &reply, sizeof(reply)));
	ck_assert_uint_eq(reply.head.kind, MDNS_REPLY_ANSWER);
	ck_assert_int_eq(mdns_reply_decode(&reply, &got_status, &got), 0);
	ck_assert_int_eq(got_status, status);
	ck_assert(same_answer(&got, sent));
}

START_TEST(test_round_trips)
{
	static const int failures[] = {MDNS_ERR_NOT_FOUND, MDNS_ERR_PASS_ON,
		MDNS_ERR_NO_DATA, MDNS_ERR_NO_LINK};
	struct mdns_answer answer;

	for (unsigned count = 1; count <= MDNS_ADDRESSES_MAX; count++) {
		answer = make_answer(count);
		round_trip(0, &answer);
	}
	answer = make_answer(0);
	for (unsigned i = 0; i < ROWS(failures); i++) {
		round_trip(failures[i], &answer);
		answer.presence[i % 2] = MDNS_ABSENT;
	}
	answer.name.len = 0;
	round_trip(MDNS_ERR_NOT_FOUND, &answer);

	/* A reverse answer: only a name, and where it came from. */
	answer = make_answer(0);
	answer.address[0].ifindex = 17;
	answer.address[0].way = MDNS_WAY_GROUP;
	answer.address[0].transport = MDNS_IPV6;
	round_trip(0, &answer);
}
END_TEST

START_TEST(test_encode_leaves_nothing_of_before)
{
	struct mdns_answer answer = make_answer(3);
	struct mdns_reply_answer a, b;

	memset(&a, 0, sizeof(a));
	memset(&b, 0xff, sizeof(b));
	b.head.id = b.head.map = 0;
	b.head.now = 0;
	memset(&answer.address[3], 0x5a,
		sizeof(answer.address) - 3 * sizeof(answer.address[0]));
	memset(answer.name.wire + answer.name.len, 0x5a, 100);
	mdns_reply_encode(&a, 0, &answer);
	mdns_reply_encode(&b, 0, &answer);
	ck_assert_mem_eq(&a, &b, sizeof(a));
	for (unsigned i = answer.name.len; i < sizeof(a.name); i++)
		ck_assert_uint_eq(a.name[i], 0);
	ck_assert_uint_eq(a.address[3].ifindex, 0);
	/* Nor of what a failure has no use for. */
	answer.count = 0;
	mdns_reply_encode(&a, MDNS_ERR_NOT_FOUND, &answer);
	ck_assert_uint_eq(a.address[0].ifindex, 0);
}
END_TEST

static struct mdns_reply_answer good_reply(void)
{
	struct mdns_answer answer = make_answer(4);
	struct mdns_reply_answer reply;

	memset(&reply, 0, sizeof(reply));
	mdns_reply_encode(&reply, 0, &answer);
	return reply;
}

/* 0 or MDNS_ERR_FORMAT, and then nothing was touched. */
static int decode(const struct mdns_reply_answer *reply)
{
	struct mdns_answer answer, before;
	int status = 77, result;

	memset(&answer, 0x5a, sizeof(answer));
	before = answer;
	result = mdns_reply_decode(reply, &status, &answer);
	if (result != 0) {
		unit_assert(result == MDNS_ERR_FORMAT);
		unit_assert(status == 77);
		unit_assert(memcmp(&answer, &before, sizeof(answer)) == 0);
	}
	return result;
}

START_TEST(test_decode_trusts_nothing)
{
	struct mdns_reply_answer good = good_reply(), reply;

	ck_assert_int_eq(decode(&good), 0);
	for (unsigned value = 0; value < 256; value++) {
		uint8_t octet = (uint8_t)value;

		reply = good;
		reply.count = octet;
		/* What is beyond the four is zeros: an IPv4 address. */
		unit_assert((decode(&reply) == 0) == (value <= 32));
		for (unsigned family = 0; family < MDNS_FAMILIES; family++) {
			reply = good;
			reply.presence[family] = octet;
			unit_assert((decode(&reply) == 0) == (value <= 2));
		}
		for (unsigned i = 0; i < 4; i++) {
			/* IPv4 has 12 zeros behind it. */
			reply = good;
			reply.address[i].family = octet;
			unit_assert((decode(&reply) == 0) ==
				    (value == 1 || value == i % 2));
			reply = good;
			reply.address[i].transport = octet;
			unit_assert((decode(&reply) == 0) == (value <= 1));
			reply = good;
			reply.address[i].way = octet;
			unit_assert((decode(&reply) == 0) == (value <= 1));
		}
	}
	for (unsigned i = 4; i < 16; i++) {
		reply = good;
		reply.address[2].bytes[i] = 1;
		ck_assert_int_eq(decode(&reply), MDNS_ERR_FORMAT);
	}
	/* Nor is where a reverse answer came from believed. */
	reply = good;
	reply.count = 0;
	reply.address[0].family = 2;
	ck_assert_int_eq(decode(&reply), MDNS_ERR_FORMAT);
}
END_TEST

START_TEST(test_decode_bad_names)
{
	struct mdns_reply_answer good = good_reply(), reply;

	for (unsigned len = 0; len <= UINT16_MAX; len++) {
		reply = good;
		reply.name_len = (uint16_t)len;
		unit_assert((decode(&reply) == 0) == (len == 15));
	}
	for (unsigned value = 0; value < 256; value++) {
		reply = good;
		reply.name[0] = (uint8_t)value;
		unit_assert(
			(decode(&reply) == 0) == (value == 7 || value == 13));
	}
	/* What was not found has none, or a good one. */
	reply = good;
	reply.count = 0;
	reply.name_len = 0;
	ck_assert_int_eq(decode(&reply), MDNS_ERR_FORMAT);
	reply.head.status = MDNS_ERR_NOT_FOUND;
	ck_assert_int_eq(decode(&reply), 0);
	reply.name_len = 14;
	ck_assert_int_eq(decode(&reply), MDNS_ERR_FORMAT);
}
END_TEST

START_TEST(test_decode_every_status)
{
	struct mdns_reply_answer reply = good_reply();

	for (int status = -300; status <= 300; status++) {
		reply.head.status = status;
		ck_assert_int_eq(decode(&reply) == 0,
			status == 0 || (status <= -5 && status >= -8));
	}
	reply.head.status = INT32_MIN;
	ck_assert_int_eq(decode(&reply), MDNS_ERR_FORMAT);
}
END_TEST

START_TEST(test_decode_only_an_answer)
{
	struct mdns_reply_answer reply;

	for (unsigned kind = 0; kind <= UINT16_MAX; kind++) {
		reply = good_reply();
		reply.head.kind = (uint16_t)kind;
		unit_assert(
			(decode(&reply) == 0) == (kind == MDNS_REPLY_ANSWER));
	}
	reply = good_reply();
	reply.head.protocol++;
	ck_assert_int_eq(decode(&reply), MDNS_ERR_FORMAT);
}
END_TEST

START_TEST(test_decode_octets_at_random)
{
	uint64_t state = 1;

	/* Nothing but a crash, or a sanitizer, can go wrong here. */
	for (unsigned i = 0; i < 100000; i++) {
		struct mdns_reply_answer reply = good_reply();

		for (unsigned n = 0; n < 1 + i % 4; n++) {
			state = state * UINT64_C(6364136223846793005) + 1;
			((uint8_t *)&reply)[(state >> 32) % sizeof(reply)] =
				(uint8_t)(state >> 56);
		}
		decode(&reply);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/protocol");
	TCase *tcase = tcase_create("protocol");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_requests_that_are_good);
	tcase_add_test(tcase, test_init_leaves_nothing_of_before);
	tcase_add_test(tcase, test_requests_of_every_size);
	tcase_add_test(tcase, test_every_op);
	tcase_add_test(tcase, test_another_version);
	tcase_add_test(tcase, test_a_name_where_one_must_be);
	tcase_add_test(tcase, test_names_that_are_none);
	tcase_add_test(tcase, test_zeros_where_they_must_be);
	tcase_add_test(tcase, test_sizes_are_settled);
	tcase_add_test(tcase, test_replies_of_every_size);
	tcase_add_test(tcase, test_round_trips);
	tcase_add_test(tcase, test_encode_leaves_nothing_of_before);
	tcase_add_test(tcase, test_decode_trusts_nothing);
	tcase_add_test(tcase, test_decode_bad_names);
	tcase_add_test(tcase, test_decode_every_status);
	tcase_add_test(tcase, test_decode_only_an_answer);
	tcase_add_test(tcase, test_decode_octets_at_random);
	suite_add_tcase(suite, tcase);
	return suite;
}
