/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/rr_text, from text to octets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "tests/resolver/rr_world.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static uint8_t rdata[70000];
static const char *why;

/* Parses a copy of just that length. */
static int parse(uint16_t type, const char *text)
{
	size_t len = strlen(text);
	char *copy = (char *)unit_copy(text, len);
	int n;

	why = "untouched";
	n = mdns_rr_parse(type, copy, len, rdata, sizeof(rdata), &why);
	free(copy);
	return n;
}

START_TEST(test_vectors)
{
	const struct rr_vector *vector;

	for (size_t i = 0; (vector = rr_vector_at(i)); i++) {
		uint8_t want[512];
		size_t size = unit_hex(vector->hex, want, sizeof(want));
		int n = parse(vector->type, vector->text);

		ck_assert_msg(n == (int)size, "%s: %s", vector->text, why);
		ck_assert_msg(
			memcmp(rdata, want, size) == 0, "%s", vector->text);
		ck_assert_str_eq(why, "untouched");
	}
}
END_TEST

START_TEST(test_what_zone_files_have)
{
	static const struct {
		uint16_t type;
		const char *text, *hex;
	} rows[] = {
		/* white space, comments, parentheses */
		{1, "  10.0.0.1\t", "0a000001"},
		{1, "10.0.0.1;comment", "0a000001"},
		{1, "; before\n10.0.0.1", "0a000001"},
		{15, "10\r\n\t mail.", "000a 046d61696c 00"},
		{6, "a. b. ( 1 ; serial\n 2 ; refresh\n 3 4 5 )",
			"016100 016200 00000001 00000002 00000003 00000004"
			"00000005"},
		{15, "(10)(a)", "000a 016100"},
		/* names: without the dot, with escapes, in any spelling */
		{12, "a.local", "0161 056c6f63616c 00"},
		{12, "A.\\108ocal.", "0141 056c6f63616c 00"},
		{12, "My\\ Printer\\.", "0b4d79205072696e7465722e 00"},
		{12, "caf\303\251.", "05636166c3a9 00"},
		{12, "\\@", "0140 00"},
		{12, "\\\".", "0122 00"},
		/* numbers with zeros before them */
		{15, "0010 .", "000a 00"},
		/* strings: bare, quoted, with escapes */
		{16, "a \"b c\" d\\ e \\\"", "0161 03622063 03642065 0122"},
		{16, "\"\\097\\\\\\\"\\;;()\"", "07615c223b3b2829"},
		{16, "a=b;c", "03613d62"},
		{16, "\"\"", "00"},
		{16, "\303\244", "02c3a4"},
		{16, "#", "0123"},
		{13, "a b", "0161 0162"},
		{256, "1 2 uri", "0001 0002 757269"},
		{257, "0 Issue x", "00 05 4973737565 78"},
		/* hex, base64 and base32hex: cases, pieces */
		{43, "1 5 1 ab CDe F01", "0001 05 01 abcdef01"},
		{61, "AQ I D", "010203"},
		{61, "A Q = =", "01"},
		{50, "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr",
			"01 00 0000 00 14 174eb2409fe28bcb4887a1836f957f0a8425"
			"e27b"},
		{51, "1 0 0 aAbB", "01 00 0000 02 aabb"},
		/* mnemonics or numbers */
		{43, "1 rsasha1 1 00", "0001 05 01 00"},
		{48, "256 3 ECDSAP256SHA256 AA==", "0100 03 0d 00"},
		{37, "pkix 0 rsasha256 AA==", "0001 0000 08 00"},
		{37, "1 0 8 AA==", "0001 0000 08 00"},
		{37, "URI 0 0 AA==", "00fd 0000 00 00"},
		{46, "a 5 0 0 0 4294967295 0 . AA==",
			"0001 05 00 00000000 00000000 ffffffff 0000 00 00"},
		{46, "TYPE1 5 0 0 19700101000001 20000229000000 0 . AA==",
			"0001 05 00 00000000 00000001 38bb0c00 0000 00 00"},
		/* bitmaps: any order, twice, known ones as TYPEnnn */
		{47, ". AAAA TYPE1 A TYPE256 TYPE0",
			"00 00 04 c0000008 01 01 80"},
		{47, ". TYPE65535 A",
			"00 00 01 40 ff 20"
			"00000000000000000000000000000000"
			"00000000000000000000000000000001"},
		{47, ". TYPE300 TYPE700 TYPE260 TYPE5",
			"00 00 01 04 01 06 080000000008 02 18"
			"000000000000000000000000000000000000000000000008"},
		{62, "0 0", "00000000 0000"},
		/* addresses: every form of RFC 4291 2.2 */
		{28, "FE80:0::0:1", "fe80000000000000 0000000000000001"},
		{28, "::ffff:10.0.0.1", "0000000000000000 0000ffff0a000001"},
		{108, "00-00-5E-00-53-2A", "00005e00532a"},
		/* LOC: what may be left out, and the m (RFC 1876 3) */
		{29, "42 N 71 W 0", "00121613 89032100 70c3da80 00989680"},
		{29, "42 21 N 71 6 18.5 w -24.5m 30m 0.10",
			"00331113 89165ae0 70be13fc 00988cee"},
		{29, "0 0 0 s 0 0 0 e 100000.00m 90000000.00m 1.00m 0",
			"00991200 80000000 80000000 01312d00"},
		/* gateways */
		{45, "1 0 0 .", "010000"},
		/* RFC 3597, also of known types, also malformed */
		{1, "\\# 4 0a000001", "0a000001"},
		{1, "\\# 3 0A 00 00 ; short", "0a0000"},
		{1, "\\# ( 4\n0a0\n00001 )", "0a000001"},
		{16, "\\# 0", ""},
		{65280, "\\# 0", ""},
		{65280, "\\# 1 fF", "ff"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t want[512];
		size_t size = unit_hex(rows[i].hex, want, sizeof(want));
		int n = parse(rows[i].type, rows[i].text);

		ck_assert_msg(n >= 0, "%s: %s", rows[i].text, why);
		ck_assert_msg(n == (int)size, "%s: %d", rows[i].text, n);
		ck_assert_msg(
			memcmp(rdata, want, size) == 0, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(test_what_is_wrong_is_named)
{
	static const char missing[] = "something is missing at the end";
	static const char left[] = "something is left over at the end";
	static const char place[] = "not degrees, minutes and seconds";
	static const char date[] =
		"not a time (YYYYMMDDHHMMSS, to 21060207062815)";
	static const char escape[] =
		"a backslash without an octet (\\000 to \\255)";
	static const char unequal[] =
		"more or fewer octets than the length says";
	static const struct {
		uint16_t type;
		const char *text, *why;
	} rows[] = {
		{1, "", missing},
		{1, " ; 10.0.0.1", missing},
		{1, "10.0.0", "not an IPv4 address"},
		{1, "::1", "not an IPv4 address"},
		{1, "10.0.0.1 10.0.0.2", left},
		{1, "\"10.0.0.1\"", "quotes around what is not a string"},
		{28, "10.0.0.1", "not an IPv6 address"},
		{28, "fe80::1%eth0", "not an IPv6 address"},
		{12, "", missing},
		{12, "a..b", "not a domain name"},
		{12, "@", "not a domain name"},
		{12, "\"a\"", "quotes around what is not a string"},
		{12, "a\\256", "not a domain name"},
		{12, "a\"b\"", "no space beside a quote"},
		{12, "a b", left},
		{15, "x mail.", "not a number"},
		{15, "-1 mail.", "not a number"},
		{15, "65536 mail.", "a number above 65535"},
		{15, "10", missing},
		{6, "a. b. 1 2 3 4 4294967296", "a number above 4294967295"},
		{6, "a. b. 1 2 3 4 1h", "not a number"},
		{13, "a", missing},
		{13, "a b c", left},
		{16, "", missing},
		{16, "\"a", "a quote that is not closed"},
		{16, "\"a\\\"", "a quote that is not closed"},
		{16, "\"a\"b", "no space beside a quote"},
		{16, "a\"b\"", "no space beside a quote"},
		{16, "\\256", escape},
		{16, "\\25", escape},
		{16, "\\2x5", escape},
		{16, "a\\", escape},
		{29, "N", place},
		{29, "91 N 0 E 0m", place},
		{29, "90 0 0.001 N 0 E 0m", place},
		{29, "0 60 N 0 E 0m", place},
		{29, "0 0 60 N 0 E 0m", place},
		{29, "0 0 0.0001 N 0 E 0m", place},
		{29, "0 0.5 N 0 E 0m", place},
		{29, "0 0 0 0 N 0 E 0m", "neither N nor S"},
		{29, "0 E 0 N 0m", "neither N nor S"},
		{29, "0 N 0 S 0m", "neither E nor W"},
		{29, "0 N 181 E 0m", place},
		{29, "0 N 0 E", missing},
		{29, "0 N 0 E m", "not metres, -100000.00 to 42849672.95"},
		{29, "0 N 0 E 0.001", "not metres, -100000.00 to 42849672.95"},
		{29, "0 N 0 E -100000.01",
			"not metres, -100000.00 to 42849672.95"},
		{29, "0 N 0 E 42849672.96",
			"not metres, -100000.00 to 42849672.95"},
		{29, "0 N 0 E 0 25m", "a size that is not one digit and zeros"},
		{29, "0 N 0 E 0 90000001", "not metres, at most 90000000"},
		{29, "0 N 0 E 0 -1", "not metres, at most 90000000"},
		{29, "0 N 0 E 0 1 1 1 1", left},
		{37, "PKIY 0 0 AA==", "not a number"},
		{37, "65536 0 0 AA==", "a number above 65535"},
		{37, "0 0 256 AA==", "a number above 255"},
		{37, "0 0 0", missing},
		{43, "1 1 1", missing},
		{43, "1 1 1 a", "not pairs of hex digits"},
		{43, "1 1 1 ag", "not pairs of hex digits"},
		{43, "1 1 1 \"aa\"", "quotes around what is not a string"},
		{45, "1 4 0 .", "a gateway of an unknown type (0 to 3)"},
		{45, "1 0 0 a", "a gateway that is not . (its type is 0)"},
		{45, "1 1 0 .", "not an IPv4 address"},
		{45, "1 2 0 1.2.3.4", "not an IPv6 address"},
		{46, "B 5 0 0 0 0 0 . AA==", "not a record type"},
		{46, "A 5 0 0 20030229000000 0 0 . AA==", date},
		{46, "A 5 0 0 20031301000000 0 0 . AA==", date},
		{46, "A 5 0 0 2003010100000 0 0 . AA==", date},
		{46, "A 5 0 0 21060207062816 0 0 . AA==", date},
		{46, "A 5 0 0 4294967296 0 0 . AA==",
			"a number above 4294967295"},
		{47, ".", "no record type"},
		{47, ". A TYPE65536", "not a record type"},
		{48, "256 3 5 A", "not base64"},
		{48, "256 3 5 AA", "not base64"},
		{48, "256 3 5 AA=", "not base64"},
		{48, "256 3 5 AAA==", "not base64"},
		{48, "256 3 5 AB==", "not base64"},
		{48, "256 3 5 AA==AA==", "not base64"},
		{48, "256 3 5 AA==AAAA", "not base64"},
		{48, "256 3 5 A=AA", "not base64"},
		{48, "256 3 5 A===", "not base64"},
		{48, "256 3 5 ====", "not base64"},
		{48, "256 3 5 AAAA====", "not base64"},
		{48, "256 3 5 A-==", "not base64"},
		{48, "256 3 NONE AA==", "not a number"},
		{50, "1 0 0 - W0", "not base32hex"},
		{50, "1 0 0 - 0", "not base32hex"},
		{50, "1 0 0 - 01", "not base32hex"},
		{50, "1 0 0 - 00=", "not base32hex"},
		{50, "1 0 0 -", missing},
		{51, "1 0 0 --", "not pairs of hex digits"},
		{51, "1 0 0 abc", "not pairs of hex digits"},
		{55, "2 - AA==", "not pairs of hex digits"},
		{55, "2 ff", missing},
		{55, "2 ff AA== a..b", "not a domain name"},
		{108, "00-00-5e-00-53", "not an EUI-48 (00-00-5e-00-53-2a)"},
		{108, "00:00:5e:00:53:2a",
			"not hex digits with hyphens between"},
		{108, "00-00-5e-00-53-2g",
			"not hex digits with hyphens between"},
		{108, "00-00-5e-00-53:2a",
			"not hex digits with hyphens between"},
		{109, "00-00-5e-00-53-2a",
			"not an EUI-64 (00-00-5e-ef-10-00-00-2a)"},
		{256, "1 2 \"\"", "an empty text"},
		{256, "1 2", missing},
		{257, "0 is-sue x", "a tag that is not letters and digits"},
		{257, "0 [ x", "a tag that is not letters and digits"},
		{257, "0 issue", missing},
		{257, "0 issue a b", left},
		{1, "\\#", missing},
		{1, "\\# x", "not a length (\\# 4 0A000001)"},
		{1, "\\# 65536 00", "not a length (\\# 4 0A000001)"},
		{1, "\\# 4 0a0000", unequal},
		{1, "\\# 4 0a00000102", unequal},
		{1, "\\# 0 00", unequal},
		{1, "\\# 1 0g", "not pairs of hex digits"},
		{1, "\\# 1 000", "not pairs of hex digits"},
		{1, "\\#4 0a000001", "not an IPv4 address"},
		{1, "\"\\#\" 1 00", "quotes around what is not a string"},
		{41, "0", "a type without a text form (\\# 4 0A000001)"},
		{65280, "x", "a type without a text form (\\# 4 0A000001)"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		int n = parse(rows[i].type, rows[i].text);

		ck_assert_msg(n == MDNS_ERR_FORMAT, "%s: %d", rows[i].text, n);
		ck_assert_msg(strcmp(why, rows[i].why) == 0, "%u %s: %s",
			rows[i].type, rows[i].text, why);
	}
}
END_TEST

/* `before`, then count times c, then `behind`. */
static int parse_long(uint16_t type, const char *before, size_t count, char c,
	const char *behind)
{
	static char text[140000];
	size_t len = strlen(before);

	memcpy(text, before, len);
	memset(text + len, c, count);
	strcpy(text + len + count, behind);
	return parse(type, text);
}

START_TEST(test_limits)
{
	ck_assert_int_eq(parse_long(16, "", 255, 'a', ""), 256);
	ck_assert_int_eq(parse_long(16, "", 256, 'a', ""), MDNS_ERR_FORMAT);
	ck_assert_str_eq(why, "a string of more than 255 octets");
	ck_assert_int_eq(parse_long(257, "0 ", 255, 'a', " x"), 258);
	ck_assert_int_eq(
		parse_long(257, "0 ", 256, 'a', " x"), MDNS_ERR_FORMAT);
	ck_assert_str_eq(why, "a tag of more than 255 letters");
	ck_assert_int_eq(parse_long(51, "1 0 0 ", 510, 'a', ""), 260);
	ck_assert_int_eq(
		parse_long(51, "1 0 0 ", 512, 'a', ""), MDNS_ERR_FORMAT);
	ck_assert_str_eq(why, "a salt of more than 255 octets");
	ck_assert_int_eq(parse_long(50, "1 0 0 - ", 408, 'a', ""), 261);
	ck_assert_int_eq(
		parse_long(50, "1 0 0 - ", 416, 'a', ""), MDNS_ERR_FORMAT);
	ck_assert_str_eq(why, "a hash of more than 255 octets");
	ck_assert_int_eq(parse_long(55, "2 ", 510, 'a', " AA=="), 260);
	ck_assert_int_eq(
		parse_long(55, "2 ", 512, 'a', " AA=="), MDNS_ERR_FORMAT);
	ck_assert_str_eq(why, "a host identity tag of more than 255 octets");
	ck_assert_int_eq(parse_long(12, "", 63, 'a', "."), 65);
	ck_assert_int_eq(parse_long(12, "", 64, 'a', "."), MDNS_ERR_FORMAT);

	/* RDLENGTH has 16 bits. */
	ck_assert_int_eq(
		parse_long(1, "\\# 65535 ", 2 * 65535, '0', ""), 65535);
	ck_assert_int_eq(parse_long(52, "0 0 0 ", 2 * 65532, '0', ""), 65535);
	ck_assert_int_eq(
		parse_long(52, "0 0 0 ", 2 * 65533, '0', ""), MDNS_ERR_SPACE);
}
END_TEST

START_TEST(test_every_size_of_buffer)
{
	const struct rr_vector *vector;

	for (size_t i = 0; (vector = rr_vector_at(i)); i++) {
		uint8_t want[512];
		size_t size = unit_hex(vector->hex, want, sizeof(want));

		for (size_t space = 0; space <= size; space++) {
			uint8_t *buf = malloc(space);
			int n = mdns_rr_parse(vector->type, vector->text,
				strlen(vector->text), buf, space, &why);

			ck_assert_msg(n == (space < size ? MDNS_ERR_SPACE
							 : (int)size),
				"%s into %zu: %d", vector->text, space, n);
			free(buf);
		}
	}
}
END_TEST

START_TEST(test_every_text_cut_short)
{
	const struct rr_vector *vector;

	/* It ends well or with a reason, and never looks beyond the end. */
	for (size_t i = 0; (vector = rr_vector_at(i)); i++) {
		size_t len = strlen(vector->text);

		for (size_t cut = 0; cut < len; cut++) {
			char *copy = (char *)unit_copy(vector->text, cut);
			int n;

			why = NULL;
			n = mdns_rr_parse(vector->type, copy, cut, rdata,
				sizeof(rdata), &why);
			free(copy);
			unit_assert(n >= 0 || (n == MDNS_ERR_FORMAT && why));
		}
	}
}
END_TEST

START_TEST(test_all_types_in_one_bitmap)
{
	/* Given all 65536 of them, the last first, */
	static char text[65536 * 10 + 3] = ". ";
	static uint8_t buf[1 + 256 * 34];
	size_t len = 2;
	int n;

	for (unsigned type = 65536; type-- > 0;)
		len += (size_t)snprintf(
			text + len, sizeof(text) - len, "TYPE%u ", type);

	/* then all blocks are full and in order. */
	n = mdns_rr_parse(47, text, len, buf, sizeof(buf), &why);
	ck_assert_int_eq(n, sizeof(buf));
	for (unsigned window = 0; window < 256; window++) {
		const uint8_t *block = buf + 1 + window * 34;

		ck_assert_uint_eq(block[0], window);
		ck_assert_uint_eq(block[1], 32);
		for (unsigned i = 2; i < 34; i++)
			unit_assert(block[i] == 0xff);
	}
	ck_assert_int_eq(
		mdns_rr_parse(47, text, len, buf, sizeof(buf) - 1, &why),
		MDNS_ERR_SPACE);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/rr_text_parse");
	TCase *tcase = tcase_create("rr_text_parse");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_vectors);
	tcase_add_test(tcase, test_what_zone_files_have);
	tcase_add_test(tcase, test_what_is_wrong_is_named);
	tcase_add_test(tcase, test_limits);
	tcase_add_test(tcase, test_every_size_of_buffer);
	tcase_add_test(tcase, test_every_text_cut_short);
	tcase_add_test(tcase, test_all_types_in_one_bitmap);
	suite_add_tcase(suite, tcase);
	return suite;
}
