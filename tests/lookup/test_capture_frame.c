/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/lookup/capture_frame: the message in a frame of any kind, and
 * nothing beyond the octets that were captured. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"
#include "tools/lookup/capture_frame.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

#define ETHERNET "01005e0000fb 020000000001 "
#define UDP "14e9 14e9 000c 0000 " /* 5353 to 5353, 4 octets */
#define DATA "6d646e73"
#define IPV4(protocol, fragment, size) \
	"45 00 " size " 0001 " fragment " ff " protocol " 0000 c0a80107 " \
	"e00000fb "
#define IPV4_UDP IPV4("11", "0000", "0020") UDP DATA
#define IPV6(next, size) \
	"60000000 " size " " next " ff " \
	"fe800000000000000000000000000007 " \
	"ff0200000000000000000000000000fb "
#define IPV6_UDP IPV6("11", "000c") UDP DATA

static bool read_frame(enum frame_kind kind, const uint8_t *bytes, size_t size,
	struct packet *ret_packet)
{
	static uint8_t *copy;

	free(copy);
	copy = unit_copy(bytes, size);
	return frame_read(kind, copy, size, ret_packet);
}

static bool read_hex(
	enum frame_kind kind, const char *hex, struct packet *ret_packet)
{
	uint8_t bytes[2048];

	return read_frame(
		kind, bytes, unit_hex(hex, bytes, sizeof(bytes)), ret_packet);
}

static const struct {
	enum frame_kind kind;
	const char *hex;
	size_t padding; /* octets behind the message */
} good[] = {
	{FRAME_ETHERNET, ETHERNET "0800" IPV4_UDP, 0},
	{FRAME_ETHERNET, ETHERNET "0800" IPV4_UDP "000000000000", 6},
	{FRAME_ETHERNET, ETHERNET "86dd" IPV6_UDP, 0},
	{FRAME_ETHERNET, ETHERNET "86dd" IPV6_UDP "0000", 2},
	{FRAME_ETHERNET, ETHERNET "8100 0007 0800" IPV4_UDP, 0},
	{FRAME_ETHERNET, ETHERNET "88a8 0007 8100 0008 86dd" IPV6_UDP, 0},
	{FRAME_ETHERNET,
		ETHERNET "8100 0001 8100 0002 8100 0003 8100 0004 "
			 "0800" IPV4_UDP,
		0},
	{FRAME_SLL, "0000 0001 0006 0200000000010000 0800" IPV4_UDP, 0},
	{FRAME_SLL, "0000 0001 0006 0200000000010000 86dd" IPV6_UDP, 0},
	{FRAME_SLL, "0000 0001 0006 0200000000010000 8100 0007 0800" IPV4_UDP,
		0},
	{FRAME_SLL2, "0800 0000 00000003 0001 00 06 0200000000010000" IPV4_UDP,
		0},
	{FRAME_SLL2, "86dd 0000 00000003 0001 00 06 0200000000010000" IPV6_UDP,
		0},
	{FRAME_RAW, IPV4_UDP, 0},
	{FRAME_RAW, IPV6_UDP, 0},
	{FRAME_NULL, "00000002" IPV4_UDP, 0},
	{FRAME_NULL, "1e000000" IPV6_UDP, 0},
	/* options, an identification, don't fragment */
	{FRAME_RAW,
		"46 00 0024 1234 4000 ff 11 0000 c0a80107 e00000fb "
		"94040000 " UDP DATA,
		0},
	/* hop-by-hop, routing and destination options */
	{FRAME_RAW,
		IPV6("00", "002c") "2b 00 050200000100 "
				   "3c 01 0000000000000000000000000000 "
				   "11 00 010400000000" UDP DATA "00000000",
		4},
	/* authentication of 16 octets */
	{FRAME_RAW,
		IPV6("33",
			"001c") "11 02 0000000000000000000000000000" UDP DATA,
		0},
	/* a fragment that is the whole */
	{FRAME_RAW, IPV6("2c", "0014") "11 00 0000 12345678" UDP DATA, 0},
};

START_TEST(test_every_kind)
{
	static const uint8_t ipv4[4] = {192, 168, 1, 7};
	static const uint8_t ipv4_group[4] = {224, 0, 0, 251};
	uint8_t ipv6[16], ipv6_group[16];
	struct packet packet;
	size_t i;

	unit_address("fe80::7", ipv6);
	unit_address("ff02::fb", ipv6_group);
	for (i = 0; i < ROWS(good); i++) {
		ck_assert_msg(read_hex(good[i].kind, good[i].hex, &packet),
			"%s", good[i].hex);
		ck_assert_uint_eq(packet.size, 4);
		ck_assert_uint_eq(packet.lost, 0);
		ck_assert_mem_eq(packet.message, "mdns", 4);
		ck_assert_uint_eq(packet.source_port, 5353);
		ck_assert_uint_eq(packet.destination_port, 5353);
		ck_assert_uint_eq(packet.way, MDNS_WAYS);
		ck_assert(!packet.out && !packet.judged && !packet.in_lookup);
		if (packet.transport == MDNS_IPV6) {
			ck_assert_mem_eq(packet.source, ipv6, 16);
			ck_assert_mem_eq(packet.destination, ipv6_group, 16);
		} else {
			ck_assert_mem_eq(packet.source, ipv4, 4);
			ck_assert_mem_eq(packet.destination, ipv4_group, 4);
		}
		ck_assert_str_eq(
			packet.link, good[i].kind == FRAME_SLL2 ? "3" : "");
		ck_assert_uint_eq(
			packet.ifindex, good[i].kind == FRAME_SLL2 ? 3 : 0);
	}
}
END_TEST

START_TEST(test_cut_at_every_octet)
{
	uint8_t bytes[2048];
	struct packet packet;
	size_t i, size, whole, headers;

	for (i = 0; i < ROWS(good); i++) {
		size = unit_hex(good[i].hex, bytes, sizeof(bytes));
		whole = size - good[i].padding;
		headers = whole - 4;
		for (size = 0; size < whole; size++) {
			bool found =
				read_frame(good[i].kind, bytes, size, &packet);

			ck_assert_msg(found == (size >= headers), "%s: %zu",
				good[i].hex, size);
			if (!found)
				continue;
			ck_assert_uint_eq(packet.size, size - headers);
			ck_assert_uint_eq(packet.lost, whole - size);
		}
	}
}
END_TEST

START_TEST(test_passed_over)
{
	static const struct {
		enum frame_kind kind;
		const char *hex;
	} table[] = {
		{FRAME_RAW, ""},
		{FRAME_RAW, "50"},
		/* not IP, too many tags */
		{FRAME_ETHERNET, ETHERNET "0806" IPV4_UDP},
		{FRAME_ETHERNET,
			ETHERNET "8100 0001 8100 0002 8100 0003 8100 0004 "
				 "8100 0005 0800" IPV4_UDP},
		{FRAME_SLL, "0000 0001 0006 0200000000010000 0806" IPV4_UDP},
		/* TCP, a later fragment, lengths that cannot be */
		{FRAME_RAW, IPV4("06", "0000", "0020") UDP DATA},
		{FRAME_RAW, IPV4("11", "0001", "0020") UDP DATA},
		{FRAME_RAW, IPV4("11", "2001", "0020") UDP DATA},
		{FRAME_RAW, IPV4("11", "0000", "0013") UDP DATA},
		{FRAME_RAW, IPV4("11", "0000", "001b") UDP DATA},
		{FRAME_RAW,
			"44 00 0020 0001 0000 ff 11 0000 c0a80107 e00000fb" UDP
				DATA},
		{FRAME_RAW,
			"4f 00 0020 0001 0000 ff 11 0000 c0a80107 e00000fb" UDP
				DATA},
		{FRAME_RAW, IPV4("11", "0000", "0020") "14e9 14e9 0007 0000"},
		{FRAME_RAW,
			IPV4("11", "0000", "0020") "0035 0035 000c 0000" DATA},
		{FRAME_RAW, IPV6("06", "000c") UDP DATA},
		{FRAME_RAW, IPV6("11", "0007") UDP DATA},
		{FRAME_RAW, IPV6("2c", "0014") "11 00 0008 12345678" UDP DATA},
		{FRAME_RAW, IPV6("2c", "0014") "11 00 fff9 12345678" UDP DATA},
		{FRAME_RAW, IPV6("00", "0014") "11 ff 0104 00000000" UDP DATA},
		{FRAME_RAW, IPV6("3b", "000c") UDP DATA},
	};
	struct packet packet;
	size_t i;

	for (i = 0; i < ROWS(table); i++)
		ck_assert_msg(!read_hex(table[i].kind, table[i].hex, &packet),
			"%s", table[i].hex);
}
END_TEST

START_TEST(test_either_port)
{
	struct packet packet;

	ck_assert(read_hex(FRAME_RAW,
		IPV4("11", "0000", "0020") "14e9 9c40 000c 0000" DATA,
		&packet));
	ck_assert_uint_eq(packet.source_port, 5353);
	ck_assert_uint_eq(packet.destination_port, 40000);
	ck_assert(read_hex(FRAME_RAW,
		IPV4("11", "0000", "0020") "9c40 14e9 000c 0000" DATA,
		&packet));
	ck_assert_uint_eq(packet.source_port, 40000);
	ck_assert_uint_eq(packet.destination_port, 5353);
}
END_TEST

START_TEST(test_outgoing)
{
	struct packet packet;

	ck_assert(read_hex(FRAME_SLL,
		"0004 0001 0006 0200000000010000 0800" IPV4_UDP, &packet));
	ck_assert(packet.out);
	ck_assert(read_hex(FRAME_SLL2,
		"0800 0000 00010003 0001 04 06 0200000000010000" IPV4_UDP,
		&packet));
	ck_assert(packet.out);
	ck_assert_uint_eq(packet.ifindex, 65539);
	ck_assert_str_eq(packet.link, "65539");
}
END_TEST

/* What the later fragments had is lost, and so is what UDP promised beyond
 * the end of IP. */
START_TEST(test_lost)
{
	struct packet packet;

	ck_assert(read_hex(FRAME_RAW,
		IPV4("11", "2000", "0020") "14e9 14e9 0100 0000" DATA,
		&packet));
	ck_assert_uint_eq(packet.size, 4);
	ck_assert_uint_eq(packet.lost, 244);
	ck_assert(read_hex(FRAME_RAW,
		IPV6("2c",
			"0014") "11 00 0001 12345678 14e9 14e9 0100 0000" DATA
				"ffff",
		&packet));
	ck_assert_uint_eq(packet.size, 4);
	ck_assert_uint_eq(packet.lost, 244);
	/* An empty one is one, whatever IP has behind it. */
	ck_assert(read_hex(FRAME_RAW,
		IPV4("11", "0000", "0020") "14e9 14e9 0008 0000" DATA,
		&packet));
	ck_assert_uint_eq(packet.size, 0);
	ck_assert_uint_eq(packet.lost, 0);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("capture_frame");
	TCase *tests = tcase_create("capture_frame");

	tcase_add_test(tests, test_every_kind);
	tcase_add_test(tests, test_cut_at_every_octet);
	tcase_add_test(tests, test_passed_over);
	tcase_add_test(tests, test_either_port);
	tcase_add_test(tests, test_outgoing);
	tcase_add_test(tests, test_lost);
	suite_add_tcase(suite, tests);
	return suite;
}
