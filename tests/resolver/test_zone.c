/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/zone: the tables that say which names are ours. */
#include <stdlib.h>
#include <string.h>

#include "resolver/zone.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* fe80::/10 in nibbles: 28 of them, then the first four of the address. */
#define NIBBLES_28 "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0."

START_TEST(test_zone_of)
{
	static const struct {
		const char *name;
		enum mdns_zone zone;
	} rows[] = {
		/* RFC 6762 3 */
		{"x.local", MDNS_ZONE_LOCAL},
		{"printer.local", MDNS_ZONE_LOCAL},
		{"PRINTER.LOCAL", MDNS_ZONE_LOCAL},
		{"printer.lOcAl", MDNS_ZONE_LOCAL},
		{"local.local", MDNS_ZONE_LOCAL},
		{"y.x.local", MDNS_ZONE_LOCAL_DEEP},
		{"y.x.LOCAL", MDNS_ZONE_LOCAL_DEEP},
		{"z.y.x.local", MDNS_ZONE_LOCAL_DEEP},
		{"_http._tcp.local", MDNS_ZONE_LOCAL_DEEP},
		{"www.example.com.local", MDNS_ZONE_LOCAL_DEEP},
		{"local", MDNS_ZONE_NONE},
		{"LOCAL", MDNS_ZONE_NONE},
		{"", MDNS_ZONE_NONE},
		{"xlocal", MDNS_ZONE_NONE},
		{"x.xlocal", MDNS_ZONE_NONE},
		{"x.locals", MDNS_ZONE_NONE},
		{"x.loca", MDNS_ZONE_NONE},
		{"localhost", MDNS_ZONE_NONE},
		{"x.localdomain", MDNS_ZONE_NONE},
		{"local.com", MDNS_ZONE_NONE},
		{"x.local.com", MDNS_ZONE_NONE},
		{"www.example.com", MDNS_ZONE_NONE},
		{"printer", MDNS_ZONE_NONE},
		/* RFC 8375: unicast */
		{"x.home.arpa", MDNS_ZONE_NONE},
		{"home.arpa", MDNS_ZONE_NONE},
		{"x.lan", MDNS_ZONE_NONE},

		/* RFC 6762 4: 169.254/16 */
		{"2.1.254.169.in-addr.arpa", MDNS_ZONE_REVERSE},
		{"2.1.254.169.IN-ADDR.ARPA", MDNS_ZONE_REVERSE},
		{"0.0.254.169.in-addr.arpa", MDNS_ZONE_REVERSE},
		{"255.255.254.169.in-addr.arpa", MDNS_ZONE_REVERSE},
		{"2.1.253.169.in-addr.arpa", MDNS_ZONE_NONE},
		{"2.1.255.169.in-addr.arpa", MDNS_ZONE_NONE},
		{"2.1.254.168.in-addr.arpa", MDNS_ZONE_NONE},
		{"2.1.254.170.in-addr.arpa", MDNS_ZONE_NONE},
		{"2.1.1254.169.in-addr.arpa", MDNS_ZONE_NONE},
		{"2.1.54.169.in-addr.arpa", MDNS_ZONE_NONE},
		{"169.254.1.2.in-addr.arpa", MDNS_ZONE_NONE},
		{"1.0.0.10.in-addr.arpa", MDNS_ZONE_NONE},
		{"1.0.0.127.in-addr.arpa", MDNS_ZONE_NONE},
		{"254.169.in-addr.arpa", MDNS_ZONE_NONE},
		{"169.in-addr.arpa", MDNS_ZONE_NONE},
		{"in-addr.arpa", MDNS_ZONE_NONE},
		{"2.1.254.169.in-addr.arpa.com", MDNS_ZONE_NONE},
		{"2.1.254.169.ip6.arpa", MDNS_ZONE_NONE},
		{"2.1.254.169", MDNS_ZONE_NONE},

		/* RFC 6762 4: fe80::/10 */
		{NIBBLES_28 "0.8.e.f.ip6.arpa", MDNS_ZONE_REVERSE},
		{NIBBLES_28 "0.9.e.f.ip6.arpa", MDNS_ZONE_REVERSE},
		{NIBBLES_28 "0.a.e.f.ip6.arpa", MDNS_ZONE_REVERSE},
		{NIBBLES_28 "f.b.e.f.ip6.arpa", MDNS_ZONE_REVERSE},
		{NIBBLES_28 "F.B.E.F.IP6.ARPA", MDNS_ZONE_REVERSE},
		{NIBBLES_28 "f.7.e.f.ip6.arpa", MDNS_ZONE_NONE},
		{NIBBLES_28 "0.c.e.f.ip6.arpa", MDNS_ZONE_NONE},
		{NIBBLES_28 "0.0.e.f.ip6.arpa", MDNS_ZONE_NONE},
		{NIBBLES_28 "0.8.d.f.ip6.arpa", MDNS_ZONE_NONE},
		{NIBBLES_28 "0.8.e.e.ip6.arpa", MDNS_ZONE_NONE},
		{NIBBLES_28 "1.0.0.2.ip6.arpa", MDNS_ZONE_NONE},
		{NIBBLES_28 "0.8.e.f.in-addr.arpa", MDNS_ZONE_NONE},
		{NIBBLES_28 "0.8.e.f.ip6.int", MDNS_ZONE_NONE},
		{"8.e.f.ip6.arpa", MDNS_ZONE_NONE},
		{"b.e.f.ip6.arpa", MDNS_ZONE_NONE},
		{"e.f.ip6.arpa", MDNS_ZONE_NONE},
		{"ip6.arpa", MDNS_ZONE_NONE},
		{"x8.e.f.ip6.arpa", MDNS_ZONE_NONE},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name = unit_name(rows[i].name);
		enum mdns_zone zone = mdns_zone_of(&name, NULL, 0);

		ck_assert_msg(zone == rows[i].zone, "%s is in %d", rows[i].name,
			(int)zone);
	}
}
END_TEST

START_TEST(test_zone_of_tricky_labels)
{
	/* Seven octets in one label that end like two: no x.local. */
	struct mdns_name one = unit_name_hex("07 78 05 6c6f63616c 00");
	/* A dot in a label: x\.y.local has two labels. */
	struct mdns_name dot = unit_name_hex("03 782e79 05 6c6f63616c 00");
	struct mdns_name nul = unit_name_hex("01 00 05 6c6f63616c 00");
	struct mdns_name dotted = unit_name_hex("07 782e6c6f63616c 00");

	ck_assert_int_eq(mdns_zone_of(&one, NULL, 0), MDNS_ZONE_NONE);
	ck_assert_int_eq(mdns_zone_of(&dot, NULL, 0), MDNS_ZONE_LOCAL);
	ck_assert_int_eq(mdns_zone_of(&nul, NULL, 0), MDNS_ZONE_LOCAL);
	ck_assert_int_eq(mdns_zone_of(&dotted, NULL, 0), MDNS_ZONE_NONE);
}
END_TEST

START_TEST(test_zone_of_suffixes)
{
	static const struct {
		const char *name;
		unsigned count; /* of suffixes that are configured */
		enum mdns_zone zone;
	} rows[] = {
		{"x.lan", 0, MDNS_ZONE_NONE},
		{"x.lan", 1, MDNS_ZONE_SUFFIX},
		{"X.LAN", 1, MDNS_ZONE_SUFFIX},
		{"y.x.lan", 1, MDNS_ZONE_SUFFIX},
		{"lan", 1, MDNS_ZONE_NONE},
		{"xlan", 1, MDNS_ZONE_NONE},
		{"x.lan.com", 1, MDNS_ZONE_NONE},
		{"x.corp.example", 1, MDNS_ZONE_NONE},
		{"x.corp.example", 2, MDNS_ZONE_SUFFIX},
		{"corp.example", 2, MDNS_ZONE_NONE},
		{"x.example", 2, MDNS_ZONE_NONE},
		{"xcorp.example", 2, MDNS_ZONE_NONE},
		{"x.lan", 2, MDNS_ZONE_SUFFIX},
		/* what is ours anyway stays what it was */
		{"x.local", 2, MDNS_ZONE_LOCAL},
		{"y.x.local", 2, MDNS_ZONE_LOCAL_DEEP},
		{"local", 2, MDNS_ZONE_NONE},
		{"2.1.254.169.in-addr.arpa", 2, MDNS_ZONE_REVERSE},
	};
	struct mdns_name suffixes[2] = {
		unit_name("lan"), unit_name("Corp.Example")};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name = unit_name(rows[i].name);
		enum mdns_zone zone =
			mdns_zone_of(&name, suffixes, rows[i].count);

		ck_assert_msg(zone == rows[i].zone, "%s of %u is in %d",
			rows[i].name, rows[i].count, (int)zone);
	}
}
END_TEST

static bool text_is_local(const char *text)
{
	size_t len = strlen(text);
	char *copy = (char *)unit_copy(text, len);
	bool r = mdns_zone_text_is_local(copy, len);

	free(copy);
	return r;
}

START_TEST(test_text_is_local)
{
	static const struct {
		const char *text;
		bool local;
	} rows[] = {
		{"x.local", true},
		{"x.local.", true},
		{"X.LOCAL", true},
		{"x.LoCaL.", true},
		{"y.x.local", true},
		{"x\\.y.local", true},
		{"b\xc3\xbcro.local", true},
		/* letter for letter: what is written otherwise is not meant */
		{"x.l\\ocal", false},
		{"x.\\108ocal", false},
		{"x.loca\\l.", false},
		/* the low bits of an a do not make an a */
		{"x.loc\x01l", false},
		{"", false},
		{"local", false},
		{"xlocal", false},
		{"x-local", false},
		{"x.local..", false},
		{".", false},
		{"x", false},
		{"local.com", false},
		{"x.local.com", false},
		{"localhost", false},
		{"x.localhost", false},
		{"www.example.com", false},
		{"www.example.com.", false},
		{"10.0.0.1", false},
		{"::1", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		ck_assert_msg(text_is_local(rows[i].text) == rows[i].local,
			"%s", rows[i].text);
}
END_TEST

START_TEST(test_text_is_plain)
{
	static const struct {
		const char *text;
		bool plain;
	} rows[] = {
		{"printer.local", true},
		{"PRINTER.local.", true},
		{"my_pc-2.local", true},
		{"10.0.0.1", true},
		{"b\xc3\xbcro.local", true},
		{"\xf0\x9f\x96\xa8.local", true},
		/* meant, because escaped */
		{"a\\.b.local", true},
		{"a\\032b.local", true},
		{"a\\\\b.local", true},
		{"a\\ b.local", true},
		{"a\\$b.local", true},
		/* the escape is of the backslash, not of what follows it */
		{"a\\\\$b.local", false},
		{"a\\\\ b.local", false},
		{"\\032 b.local", false},
		/* an attack, or an accident */
		{"$(id).local", false},
		{"a b.local", false},
		{"printer.local ", false},
		{" printer.local", false},
		{"printer.local\n", false},
		{"fe80::1%eth0", false},
		{"printer%eth0.local", false},
		{"http://x.local", false},
		{"x@y.local", false},
		{"x.local/y", false},
		{"x.local:80", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		size_t len = strlen(rows[i].text);
		char *text = (char *)unit_copy(rows[i].text, len);

		ck_assert_msg(
			mdns_zone_text_is_plain(text, len) == rows[i].plain,
			"%s", rows[i].text);
		free(text);
	}

	/* Every control character, and what is special to a shell or a URL. */
	for (unsigned octet = 0; octet < 128; octet++) {
		static const char special[] = " !\"#$%&'()*/:;<>?@[]`{|}~";
		char text[] = "a?b.local";

		text[1] = (char)octet;
		if (octet < 0x20 || octet == 0x7f || strchr(special, text[1]))
			ck_assert_msg(!mdns_zone_text_is_plain(
					      text, sizeof(text) - 1),
				"%02x", octet);
	}
}
END_TEST

static const struct {
	const char *address;
	bool ours, usable, needs_scope;
} addresses[] = {
	/* address                      ours   usable scope */
	{"169.254.0.0", true, true, false},
	{"169.254.1.2", true, true, false},
	{"169.254.255.255", true, true, false},
	{"169.253.255.255", false, true, false},
	{"169.255.0.0", false, true, false},
	{"168.254.1.2", false, true, false},
	{"10.0.0.1", false, true, false},
	{"192.168.1.1", false, true, false},
	{"153.109.7.90", false, true, false},
	{"1.0.0.1", false, true, false},
	{"126.255.255.255", false, true, false},
	{"128.0.0.0", false, true, false},
	{"223.255.255.255", false, true, false},
	{"0.0.0.0", false, false, false},
	{"127.0.0.0", false, false, false},
	{"127.0.0.1", false, false, false},
	{"127.255.255.255", false, false, false},
	{"224.0.0.0", false, false, false},
	{"224.0.0.251", false, false, false},
	{"239.255.255.255", false, false, false},
	{"255.255.255.255", false, false, false},

	{"fe80::", true, true, true},
	{"fe80::1", true, true, true},
	{"fe80:0:0:1::1", true, true, true},
	{"fe90::1", true, true, true},
	{"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true, true, true},
	{"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false, true, false},
	{"fec0::", false, true, false},
	{"fd80::1", false, true, false},
	{"fd00::1", false, true, false},
	{"2001:db8::1", false, true, false},
	{"feff:ffff::1", false, true, false},
	{"::", false, false, false},
	{"::1", false, false, false},
	{"::1:0:0:1", false, true, false},
	{"1::", false, true, false},
	{"1::1", false, true, false},
	{"ff00::", false, false, false},
	{"ff02::fb", false, false, false},
	{"ffff::1", false, false, false},
	{"::ffff:10.0.0.1", false, false, false},
	{"::ffff:169.254.1.2", false, false, false},
	{"::fffe:10.0.0.1", false, true, false},
	{"1::ffff:10.0.0.1", false, true, false},
	/* IPv4 tables must not be read in these: 127..., 224..., 0... */
	{"7f00:1::1", false, true, false},
	{"e000:fb::1", false, true, false},
	{"a9fe:102::1", false, true, false},
};

START_TEST(test_addresses)
{
	for (size_t i = 0; i < ROWS(addresses); i++) {
		uint8_t bytes[16];
		size_t size = unit_address(addresses[i].address, bytes);
		uint8_t *addr = unit_copy(bytes, size);

		ck_assert_msg(mdns_zone_address_is_ours(addr, size) ==
				      addresses[i].ours,
			"%s: ours?", addresses[i].address);
		ck_assert_msg(mdns_zone_address_is_usable(addr, size) ==
				      addresses[i].usable,
			"%s: usable?", addresses[i].address);
		ck_assert_msg(mdns_zone_address_needs_scope(addr, size) ==
				      addresses[i].needs_scope,
			"%s: scope?", addresses[i].address);
		free(addr);
	}
}
END_TEST

START_TEST(test_addresses_agree_with_their_names)
{
	/* An address is ours exactly if its reverse name is. */
	for (size_t i = 0; i < ROWS(addresses); i++) {
		uint8_t bytes[16];
		size_t size = unit_address(addresses[i].address, bytes);
		struct mdns_name name;

		mdns_name_from_address(bytes, size, &name);
		ck_assert_msg((mdns_zone_of(&name, NULL, 0) ==
				      MDNS_ZONE_REVERSE) == addresses[i].ours,
			"%s", addresses[i].address);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/zone");
	TCase *tcase = tcase_create("zone");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_zone_of);
	tcase_add_test(tcase, test_zone_of_tricky_labels);
	tcase_add_test(tcase, test_zone_of_suffixes);
	tcase_add_test(tcase, test_text_is_local);
	tcase_add_test(tcase, test_text_is_plain);
	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_addresses_agree_with_their_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
