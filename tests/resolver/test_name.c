/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/name: domain names, their order and their text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/name.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static bool same_octets(const struct mdns_name *a, const struct mdns_name *b)
{
	return a->len == b->len && !memcmp(a->wire, b->wire, a->len);
}

/* A name of one label of one octet. */
static struct mdns_name octet_name(unsigned octet)
{
	struct mdns_name name = unit_name("?");

	name.wire[1] = (uint8_t)octet;
	return name;
}

/* Labels of 63, 63, 63 and last octets. */
static struct mdns_name long_name(unsigned last, char fill)
{
	struct mdns_name name = {.len = 0};
	unsigned sizes[4] = {63, 63, 63, last};

	for (unsigned i = 0; i < 4; i++) {
		name.wire[name.len++] = (uint8_t)sizes[i];
		memset(name.wire + name.len, fill, sizes[i]);
		name.len = (uint16_t)(name.len + sizes[i]);
	}
	name.wire[name.len++] = 0;
	return name;
}

/* ---- text to wire ---- */

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

START_TEST(test_parse_table)
{
	static const struct {
		const char *text;
		const char *wire; /* NULL: not a name */
	} rows[] = {
		{"printer.local", "07 7072696e746572 05 6c6f63616c 00"},
		{"printer.local.", "07 7072696e746572 05 6c6f63616c 00"},
		{"PrInTeR.LOCAL", "07 5072496e546552 05 4c4f43414c 00"},
		{"a", "01 61 00"},
		{"B\xc3\xbcro.local", "05 42c3bc726f 05 6c6f63616c 00"},
		{"a b$;.local", "05 612062243b 05 6c6f63616c 00"},
		{"\xff\xfe", "02 fffe 00"},
		/* RFC 1035 5.1, RFC 6763 4.3 */
		{"a\\.b.local", "03 612e62 05 6c6f63616c 00"},
		{"a\\\\b.local", "03 615c62 05 6c6f63616c 00"},
		{"a\\032b", "03 612062 00"},
		{"a\\ b", "03 612062 00"},
		{"\\000", "01 00 00"},
		{"\\255", "01 ff 00"},
		{"\\0655", "02 4135 00"},
		{"\\065\\066", "02 4142 00"},
		{"\\a\\-", "02 612d 00"},
		{"local\\.", "06 6c6f63616c2e 00"},
		{"local\\..", "06 6c6f63616c2e 00"},
		{"\\046", "01 2e 00"},
		/* the root is what print makes of it */
		{".", "00"},
		/* not names */
		{"", NULL},
		{"..", NULL},
		{".local", NULL},
		{"a..local", NULL},
		{"a.local..", NULL},
		{"\\", NULL},
		{"a\\", NULL},
		{"a.local\\", NULL},
		{"\\256", NULL},
		{"\\300", NULL},
		{"\\999", NULL},
		{"\\2", NULL},
		{"\\25", NULL},
		{"\\2x5", NULL},
		{"\\25x", NULL},
		{"\\25.local", NULL},
		/* labels of 63 and 64 octets */
		{L63, "3f 6162636465666768696a6b6c6d6e6f707172737475767778797a"
		      "6162636465666768696a6b6c6d6e6f707172737475767778797a"
		      "6162636465666768696a6b 00"},
		{L63 "l", NULL},
		{L63 "\\.", NULL},
		{L63 "\\108", NULL},
		{"x." L63 "l.local", NULL},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name;
		size_t len = strlen(rows[i].text);
		char *text = (char *)unit_copy(rows[i].text, len);
		int r;

		memset(&name, 0x77, sizeof(name));
		r = mdns_name_parse(text, len, &name);
		free(text);
		if (rows[i].wire) {
			struct mdns_name want = unit_name_hex(rows[i].wire);

			ck_assert_msg(r == 0, "%s: %d", rows[i].text, r);
			ck_assert_msg(
				same_octets(&name, &want), "%s", rows[i].text);
		} else {
			ck_assert_msg(
				r == MDNS_ERR_NAME, "%s: %d", rows[i].text, r);
			ck_assert_msg(
				name.len == 0x7777 && name.wire[0] == 0x77,
				"%s touched its output", rows[i].text);
		}
	}
}
END_TEST

START_TEST(test_parse_takes_len_not_nul)
{
	struct mdns_name name;
	struct mdns_name zero = unit_name_hex("03 610062 00");
	struct mdns_name local = unit_name("local");

	ck_assert_int_eq(mdns_name_parse("a\0b", 3, &name), 0);
	ck_assert(same_octets(&name, &zero));
	ck_assert_int_eq(mdns_name_parse("localhost", 5, &name), 0);
	ck_assert(same_octets(&name, &local));
	ck_assert_int_eq(mdns_name_parse("x", 0, &name), MDNS_ERR_NAME);
}
END_TEST

START_TEST(test_parse_longest)
{
	char text[4 * 64 + 2];
	struct mdns_name name;
	struct mdns_name want = long_name(62, 'x');

	/* Given labels of 63, 63, 63 and 62: 255 octets before the root. */
	memset(text, 'x', sizeof(text));
	text[63] = text[127] = text[191] = '.';
	ck_assert_uint_eq(want.len, 256);
	ck_assert_int_eq(mdns_name_parse(text, 191 + 1 + 62, &name), 0);
	ck_assert(same_octets(&name, &want));
	text[191 + 1 + 62] = '.';
	ck_assert_int_eq(mdns_name_parse(text, 191 + 1 + 63, &name), 0);
	ck_assert(same_octets(&name, &want));

	/* One octet more is one too many. */
	text[191 + 1 + 62] = 'x';
	ck_assert_int_eq(
		mdns_name_parse(text, 191 + 1 + 63, &name), MDNS_ERR_NAME);

	/* So is a label more: 127 of one octet and one of two is all there
	 * can be. */
	for (unsigned i = 0; i < 127; i++)
		memcpy(text + 2 * i, "y.", 2);
	ck_assert_int_eq(mdns_name_parse(text, 254, &name), 0);
	ck_assert_uint_eq(name.len, 255);
	ck_assert_uint_eq(mdns_name_labels(&name), 127);
	text[254] = 'y';
	ck_assert_int_eq(mdns_name_parse(text, 255, &name), MDNS_ERR_NAME);
	memcpy(text + 252, "yy", 2);
	ck_assert_int_eq(mdns_name_parse(text, 254, &name), 0);
	ck_assert_uint_eq(name.len, 256);
}
END_TEST

/* ---- wire to text ---- */

START_TEST(test_print_table)
{
	static const struct {
		const char *wire;
		const char *text;
		const char *safe;
	} rows[] = {
		{"00", ".", "."},
		{"07 7072696e746572 05 6c6f63616c 00", "printer.local",
			"printer.local"},
		{"03 412d5f 00", "A-_", "A-_"},
		{"03 612e62 05 6c6f63616c 00", "a\\.b.local", "a\\046b.local"},
		{"03 615c62 00", "a\\\\b", "a\\092b"},
		{"03 612062 00", "a b", "a\\032b"},
		{"03 612462 00", "a$b", "a\\036b"},
		{"03 002762 00", "\\000'b", "\\000\\039b"},
		{"03 1f0a7f 00", "\\031\\010\\127", "\\031\\010\\127"},
		{"01 7e 00", "~", "\\126"},
		/* UTF-8 of two, three and four octets */
		{"02 c3bc 00", "\xc3\xbc", "\xc3\xbc"},
		{"03 e282ac 00", "\xe2\x82\xac", "\xe2\x82\xac"},
		{"03 efbbbf 00", "\xef\xbb\xbf", "\xef\xbb\xbf"},
		{"04 f09f96a8 00", "\xf0\x9f\x96\xa8", "\xf0\x9f\x96\xa8"},
		{"04 f48fbfbf 00", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
		/* not UTF-8: alone, cut short, overlong, surrogate, too big */
		{"01 80 00", "\x80", "\\128"},
		{"01 c3 00", "\xc3", "\\195"},
		{"02 c341 00",
			"\xc3"
			"A",
			"\\195A"},
		{"02 e282 01 ac 00", "\xe2\x82.\xac", "\\226\\130.\\172"},
		{"02 c080 00", "\xc0\x80", "\\192\\128"},
		{"02 c1bf 00", "\xc1\xbf", "\\193\\191"},
		{"03 e09fbf 00", "\xe0\x9f\xbf", "\\224\\159\\191"},
		{"03 eda080 00", "\xed\xa0\x80", "\\237\\160\\128"},
		{"04 f08fbfbf 00", "\xf0\x8f\xbf\xbf", "\\240\\143\\191\\191"},
		{"04 f4908080 00", "\xf4\x90\x80\x80", "\\244\\144\\128\\128"},
		{"01 ff 00", "\xff", "\\255"},
	};
	char buf[MDNS_NAME_TEXT_MAX];

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name = unit_name_hex(rows[i].wire);
		int r = mdns_name_print(&name, buf, sizeof(buf));

		ck_assert_int_eq(r, (int)strlen(rows[i].text));
		ck_assert_str_eq(buf, rows[i].text);
		r = mdns_name_print_safe(&name, buf, sizeof(buf));
		ck_assert_int_eq(r, (int)strlen(rows[i].safe));
		ck_assert_str_eq(buf, rows[i].safe);
	}
}
END_TEST

START_TEST(test_print_round_trip_of_every_octet)
{
	int (*const print[])(const struct mdns_name *, char *, size_t) = {
		mdns_name_print, mdns_name_print_safe};
	char buf[MDNS_NAME_TEXT_MAX];

	for (unsigned p = 0; p < ROWS(print); p++) {
		for (unsigned octet = 0; octet < 256; octet++) {
			struct mdns_name name = octet_name(octet);
			struct mdns_name back;
			int len = print[p](&name, buf, sizeof(buf));

			ck_assert_int_gt(len, 0);
			ck_assert_int_eq(
				mdns_name_parse(buf, (size_t)len, &back), 0);
			ck_assert_msg(same_octets(&name, &back), "%u: %s",
				octet, buf);
		}
		/* Pairs too: an escape must not swallow what comes next. */
		for (unsigned pair = 0; pair < 65536; pair++) {
			struct mdns_name name = unit_name("??");
			struct mdns_name back;
			int len;

			name.wire[1] = (uint8_t)(pair >> 8);
			name.wire[2] = (uint8_t)pair;
			len = print[p](&name, buf, sizeof(buf));
			unit_assert(len > 0);
			if (mdns_name_parse(buf, (size_t)len, &back) ||
				!same_octets(&name, &back))
				ck_abort_msg("%04x: %s", pair, buf);
		}
	}
}
END_TEST

START_TEST(test_print_longest_fits)
{
	/* Given the name that needs the most room: 251 control octets. */
	struct mdns_name name = long_name(62, 1);
	struct mdns_name back;
	char buf[MDNS_NAME_TEXT_MAX];
	int len = mdns_name_print(&name, buf, sizeof(buf));

	ck_assert_int_eq(len, 251 * 4 + 3);
	ck_assert_int_eq(mdns_name_parse(buf, (size_t)len, &back), 0);
	ck_assert(same_octets(&name, &back));
	ck_assert_int_eq(
		mdns_name_print_safe(&name, buf, sizeof(buf)), 251 * 4 + 3);
}
END_TEST

START_TEST(test_print_every_size)
{
	/* Room for the text and its NUL is enough, one octet less is not, and
	 * nothing beyond the size is touched whatever it is. */
	static const char *const names[] = {"printer.local", ""};
	struct mdns_name escapes = unit_name_hex("04 2e5c01c3 02 c3bc 00");
	int (*const print[])(const struct mdns_name *, char *, size_t) = {
		mdns_name_print, mdns_name_print_safe};

	for (unsigned n = 0; n < 3; n++) {
		struct mdns_name name = n < 2 ? unit_name(names[n]) : escapes;

		for (unsigned p = 0; p < ROWS(print); p++) {
			char full[64];
			int len = print[p](&name, full, sizeof(full));

			ck_assert_int_gt(len, 0);
			for (size_t size = 0; size <= (size_t)len + 1; size++) {
				char *buf = malloc(size);
				int r = print[p](&name, buf, size);

				if (size <= (size_t)len) {
					ck_assert_int_eq(r, MDNS_ERR_SPACE);
				} else {
					ck_assert_int_eq(r, len);
					ck_assert_str_eq(buf, full);
				}
				free(buf);
			}
		}
	}
}
END_TEST

/* ---- comparing ---- */

static unsigned fold(unsigned octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
}

START_TEST(test_equal_folds_ascii_only)
{
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			struct mdns_name x = octet_name(a);
			struct mdns_name y = octet_name(b);
			bool want = fold(a) == fold(b);
			int order = mdns_name_compare(&x, &y);

			if (mdns_name_equal(&x, &y) != want)
				ck_abort_msg("%02x %02x", a, b);
			if (want && mdns_name_hash(&x) != mdns_name_hash(&y))
				ck_abort_msg("hash %02x %02x", a, b);
			if ((order == 0) != want)
				ck_abort_msg("compare %02x %02x", a, b);
			if (!want && (order < 0) != (fold(a) < fold(b)))
				ck_abort_msg("order %02x %02x", a, b);
		}
}
END_TEST

START_TEST(test_equal_table)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{"printer.local", "printer.local", true},
		{"printer.local", "PRINTER.Local", true},
		{"printer.local", "printer", false},
		{"printer.local", "printer.local.x", false},
		{"printer.local", "printes.local", false},
		{"printer.local", "printer.locam", false},
		{"b\xc3\xbcro", "B\xc3\xbcRO", true},
		/* u with and without capital in UTF-8: not ASCII, no match */
		{"b\xc3\xbcro", "b\xc3\x9cro", false},
		{"", "", true},
		{"", "a", false},
		{"ab.c", "a.bc", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name a = unit_name(rows[i].a);
		struct mdns_name b = unit_name(rows[i].b);

		/* What lies beyond the end must not matter. */
		memset(b.wire + b.len, 0x5a, sizeof(b.wire) - b.len);
		ck_assert_msg(mdns_name_equal(&a, &b) == rows[i].equal, "%s %s",
			rows[i].a, rows[i].b);
		ck_assert_msg(mdns_name_equal(&b, &a) == rows[i].equal, "%s %s",
			rows[i].b, rows[i].a);
		ck_assert_msg((mdns_name_compare(&a, &b) == 0) == rows[i].equal,
			"%s %s", rows[i].a, rows[i].b);
		if (rows[i].equal)
			ck_assert_uint_eq(
				mdns_name_hash(&a), mdns_name_hash(&b));
	}
}
END_TEST

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

START_TEST(test_hash_spreads)
{
	uint32_t hash[1000];
	unsigned distinct = 1;

	for (unsigned i = 0; i < 1000; i++) {
		char text[32];
		struct mdns_name name;

		snprintf(text, sizeof(text), "host%u.local", i);
		name = unit_name(text);
		hash[i] = mdns_name_hash(&name);
	}
	qsort(hash, 1000, sizeof(hash[0]), by_value);
	for (unsigned i = 1; i < 1000; i++)
		distinct += hash[i] != hash[i - 1];
	ck_assert_uint_gt(distinct, 990);
}
END_TEST

START_TEST(test_compare_is_canonical)
{
	/* RFC 4034 6.1, with the root before and zero octets among them. */
	static const char *const sorted[] = {
		"00",
		"07 6578616d706c65 00",       /* example */
		"01 61 07 6578616d706c65 00", /* a.example */
		"08 796c6a6b6a6c6a6b 01 61 07 6578616d706c65 00",
		"01 5a 01 61 07 6578616d706c65 00",       /* Z.a.example */
		"04 7a414243 01 61 07 4558414d504c45 00", /* zABC.a.EXAMPLE */
		"01 7a 07 6578616d706c65 00",             /* z.example */
		"01 01 01 7a 07 6578616d706c65 00",       /* \001.z.example */
		"01 2a 01 7a 07 6578616d706c65 00",       /* *.z.example */
		"01 c8 01 7a 07 6578616d706c65 00",       /* \200.z.example */
		"02 7a00 07 6578616d706c65 00", /* absent before zero */
		"02 7a01 07 6578616d706c65 00",
	};

	for (size_t i = 0; i < ROWS(sorted); i++)
		for (size_t j = 0; j < ROWS(sorted); j++) {
			struct mdns_name a = unit_name_hex(sorted[i]);
			struct mdns_name b = unit_name_hex(sorted[j]);
			int r = mdns_name_compare(&a, &b);

			ck_assert_msg((r > 0) - (r < 0) == (i > j) - (i < j),
				"%s against %s: %d", sorted[i], sorted[j], r);
		}
}
END_TEST

/* ---- structure ---- */

START_TEST(test_labels)
{
	static const struct {
		const char *name;
		unsigned labels;
	} rows[] = {
		{"", 0},
		{"local", 1},
		{"printer.local", 2},
		{"y.x.local", 3},
		{"2.1.254.169.in-addr.arpa", 6},
	};
	struct mdns_name dotted = unit_name_hex("03 612e62 05 6c6f63616c 00");

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name = unit_name(rows[i].name);

		ck_assert_uint_eq(mdns_name_labels(&name), rows[i].labels);
	}
	/* A dot inside a label divides nothing. */
	ck_assert_uint_eq(mdns_name_labels(&dotted), 2);
}
END_TEST

START_TEST(test_is_under_at_label_boundaries)
{
	static const struct {
		const char *name, *zone;
		bool under;
	} rows[] = {
		{"x.local", "local", true},
		{"y.x.local", "local", true},
		{"X.LOCAL", "local", true},
		{"x.local", "LoCaL", true},
		{"local", "local", true},
		{"local", "LOCAL", true},
		{"xlocal", "local", false},
		{"y.xlocal", "local", false},
		{"local", "x.local", false},
		{"x.local", "y.local", false},
		{"x.local", "y.x.local", false},
		{"local.com", "local", false},
		{"x.locam", "local", false},
		{"ax.local", "x.local", false},
		{"a.x.local", "x.local", true},
		{"x.local", "", true},
		{"", "", true},
		{"", "local", false},
	};
	/* Seven octets in one label, and they end like 5 l o c a l. */
	struct mdns_name trick = unit_name_hex("07 78 05 6c6f63616c 00");
	struct mdns_name local = unit_name("local");

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name = unit_name(rows[i].name);
		struct mdns_name zone = unit_name(rows[i].zone);

		ck_assert_msg(mdns_name_is_under(&name, &zone) == rows[i].under,
			"%s under %s", rows[i].name, rows[i].zone);
	}
	ck_assert(!mdns_name_is_under(&trick, &local));
}
END_TEST

START_TEST(test_is_host)
{
	static const struct {
		const char *label; /* hex, before .local */
		bool host;
	} rows[] = {
		{"61", true},          /* a */
		{"31", true},          /* 1 */
		{"5f", true},          /* _ */
		{"41 2d 5a", true},    /* A-Z */
		{"61 2d 2d 62", true}, /* a--b */
		{"6d795f7063", true},  /* my_pc */
		{"c3bc", true},        /* u umlaut */
		{"e282ac 61", true},   /* euro sign */
		{"f09f96a8", true},    /* printer emoji */
		{"2d", false},         /* - */
		{"2d 61", false},      /* -a */
		{"61 2d", false},      /* a- */
		{"61 20 62", false},   /* space */
		{"61 2e 62", false},   /* a dot in the label */
		{"61 5c 62", false},   /* backslash */
		{"61 00", false},      /* NUL */
		{"61 0a", false},      /* newline */
		{"61 7f", false},      /* DEL */
		{"61 24 62", false},   /* $ */
		{"61 3b", false},      /* ; */
		{"60 61 60", false},   /* backquotes */
		{"61 2f 62", false},   /* / */
		{"2a", false},         /* * */
		{"61 25 62", false},   /* % */
		{"61 40", false},      /* @, before A */
		{"61 5b", false},      /* [, after Z */
		{"61 7b", false},      /* {, after z */
		{"61 3a", false},      /* :, after 9 */
		{"80", false},         /* not UTF-8 */
		{"61 c3", false},      /* cut short */
		{"c080", false},       /* overlong NUL */
		{"c0af", false},       /* overlong slash */
		{"eda080", false},     /* surrogate */
		{"f5808080", false},   /* beyond U+10FFFF */
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name name = {.len = 0};
		struct mdns_name tail = unit_name("local");
		uint8_t label[63];
		size_t size = unit_hex(rows[i].label, label, sizeof(label));

		name.wire[0] = (uint8_t)size;
		memcpy(name.wire + 1, label, size);
		memcpy(name.wire + 1 + size, tail.wire, tail.len);
		name.len = (uint16_t)(1 + size + tail.len);
		ck_assert_msg(mdns_name_is_host(&name) == rows[i].host, "%s",
			rows[i].label);

		/* Each label counts, not the first alone. */
		name = unit_name("a");
		name.wire[2] = (uint8_t)size;
		memcpy(name.wire + 3, label, size);
		memcpy(name.wire + 3 + size, tail.wire, tail.len);
		name.len = (uint16_t)(3 + size + tail.len);
		ck_assert_msg(mdns_name_is_host(&name) == rows[i].host, "a.%s",
			rows[i].label);
	}
}
END_TEST

START_TEST(test_is_text)
{
	static const struct {
		const char *label; /* hex, below .local */
		bool text;
	} rows[] = {
		{"61", true},
		{"61 20 62", true},    /* a space */
		{"61 24 2e 5c", true}, /* $ . and backslash */
		{"2d", true},          /* - */
		{"7e", true},          /* ~, the last before DEL */
		{"c3bc", true},        /* u umlaut */
		{"c2a0", true},        /* the first beyond the C1 controls */
		{"f48fbfbf", true},    /* the last there is */
		{"61 00", false},
		{"61 0a 62", false},
		{"1b", false},
		{"1f", false},
		{"7f", false},
		{"c280", false}, /* C1 controls */
		{"c29f", false},
		{"80", false},
		{"61 c3", false},
		{"c0af", false},
		{"eda080", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		for (unsigned second = 0; second < 2; second++) {
			struct mdns_name name = unit_name(second ? "x" : "");
			struct mdns_name tail = unit_name("local");
			size_t at = name.len - 1u;
			size_t size =
				unit_hex(rows[i].label, name.wire + at + 1, 63);

			name.wire[at] = (uint8_t)size;
			memcpy(name.wire + at + 1 + size, tail.wire, tail.len);
			name.len = (uint16_t)(at + 1 + size + tail.len);
			ck_assert_msg(mdns_name_is_text(&name) == rows[i].text,
				"%s, %u", rows[i].label, second);
		}
}
END_TEST

START_TEST(test_from_address)
{
	static const struct {
		const char *address, *name;
	} rows[] = {
		{"169.254.1.2", "2.1.254.169.in-addr.arpa"},
		{"0.0.0.0", "0.0.0.0.in-addr.arpa"},
		{"255.10.100.9", "9.100.10.255.in-addr.arpa"},
		/* RFC 3596 2.5 */
		{"4321:0:1:2:3:4:567:89ab",
			"b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0."
			"0.0.1.2.3.4.ip6.arpa"},
		{"fe80::223:32ff:feb1:2152",
			"2.5.1.2.1.b.e.f.f.f.2.3.3.2.2.0.0.0.0.0.0.0.0.0.0.0."
			"0.0.0.8.e.f.ip6.arpa"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_name want = unit_name(rows[i].name);
		struct mdns_name name;
		uint8_t bytes[16];
		size_t size = unit_address(rows[i].address, bytes);
		uint8_t *addr = unit_copy(bytes, size);

		mdns_name_from_address(addr, size, &name);
		free(addr);
		ck_assert_msg(same_octets(&name, &want), "%s", rows[i].name);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/name");
	TCase *tcase = tcase_create("name");

	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, test_parse_table);
	tcase_add_test(tcase, test_parse_takes_len_not_nul);
	tcase_add_test(tcase, test_parse_longest);
	tcase_add_test(tcase, test_print_table);
	tcase_add_test(tcase, test_print_round_trip_of_every_octet);
	tcase_add_test(tcase, test_print_longest_fits);
	tcase_add_test(tcase, test_print_every_size);
	tcase_add_test(tcase, test_equal_folds_ascii_only);
	tcase_add_test(tcase, test_equal_table);
	tcase_add_test(tcase, test_hash_spreads);
	tcase_add_test(tcase, test_compare_is_canonical);
	tcase_add_test(tcase, test_labels);
	tcase_add_test(tcase, test_is_under_at_label_boundaries);
	tcase_add_test(tcase, test_is_host);
	tcase_add_test(tcase, test_is_text);
	tcase_add_test(tcase, test_from_address);
	suite_add_tcase(suite, tcase);
	return suite;
}
