/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/settings: dotlocal.conf(5), line by line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/settings.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* The lines that were complained of, in order. */
struct complaints {
	unsigned count;
	unsigned line[64];
};

static void complain(void *context, unsigned line, const char *why)
{
	struct complaints *complaints = context;

	ck_assert_ptr_nonnull(why);
	ck_assert_uint_gt(strlen(why), 0);
	ck_assert_uint_lt(complaints->count, ROWS(complaints->line));
	complaints->line[complaints->count++] = line;
}

static struct complaints parse_octets(
	struct mdns_settings *settings, const char *text, size_t size)
{
	struct complaints complaints = {.count = 0};
	char *copy = (char *)unit_copy(text, size);

	mdns_settings_parse(settings, copy, size, complain, &complaints);
	free(copy);
	return complaints;
}

/* The defaults and then the text. */
static struct complaints parse(struct mdns_settings *settings, const char *text)
{
	memset(settings, 0, sizeof(*settings));
	mdns_settings_init(settings);
	return parse_octets(settings, text, strlen(text));
}

static bool is_default(const struct mdns_settings *settings)
{
	return settings->total_ms == 1250 && settings->second_way_ms == 100 &&
	       settings->grace_ms == 100 && settings->resend_ms[0] == 400 &&
	       settings->resend_ms[1] == 900 && settings->resend_ms[2] == 0 &&
	       !settings->deep_not_found && !settings->allow_count &&
	       !settings->deny_count && !settings->suffix_count;
}

START_TEST(test_defaults)
{
	struct mdns_settings settings;

	memset(&settings, 0xee, sizeof(settings));
	mdns_settings_init(&settings);
	ck_assert_uint_eq(settings.total_ms, 1250);
	ck_assert_uint_eq(settings.second_way_ms, 100);
	ck_assert_uint_eq(settings.grace_ms, 100);
	ck_assert_uint_eq(settings.resend_ms[0], 400);
	ck_assert_uint_eq(settings.resend_ms[1], 900);
	ck_assert_uint_eq(settings.resend_ms[2], 0);
	ck_assert_uint_eq(settings.deep_not_found, 0);
	ck_assert(is_default(&settings));
}
END_TEST

START_TEST(test_lines_without_effect)
{
	static const char *const texts[] = {
		"",
		"\n",
		"\n\n\n",
		"  \t \n",
		"# timeout = 2s",
		"#timeout = 2s\n",
		"   # timeout = 2s\n",
		"#",
		"##\n#",
	};

	for (size_t i = 0; i < ROWS(texts); i++) {
		struct mdns_settings settings;
		struct complaints c = parse(&settings, texts[i]);

		ck_assert_msg(c.count == 0, "'%s'", texts[i]);
		ck_assert_msg(is_default(&settings), "'%s'", texts[i]);
	}
}
END_TEST

START_TEST(test_ways_to_write_a_line)
{
	static const char *const texts[] = {
		"timeout = 2s\n",
		"timeout = 2s",
		"timeout=2s",
		"timeout=2s\n",
		"  timeout\t=\t2s  \n",
		"timeout = 2000ms\n",
		"timeout = 2.0s\n",
		"timeout = 2s # two seconds\n",
		"timeout = 2s# two seconds\n",
		"# a comment\n\ntimeout = 2s\n\n",
		"timeout = 3s\ntimeout = 2s\n",
	};

	for (size_t i = 0; i < ROWS(texts); i++) {
		struct mdns_settings settings;
		struct complaints c = parse(&settings, texts[i]);

		ck_assert_msg(c.count == 0, "'%s'", texts[i]);
		ck_assert_msg(settings.total_ms == 2000, "'%s': %u", texts[i],
			settings.total_ms);
	}
}
END_TEST

START_TEST(test_times)
{
	static const struct {
		const char *value;
		unsigned timeout; /* 0: a mistake */
	} rows[] = {
		{"250ms", 250},
		{"1s", 1000},
		{"1.25s", 1250},
		{"1.5s", 1500},
		{"2.125s", 2125},
		{"0.1s", 100},
		{"100ms", 100},
		{"30s", 30000},
		{"30000ms", 30000},
		/* out of range: 100ms to 30s */
		{"99ms", 0},
		{"0ms", 0},
		{"0s", 0},
		{"30001ms", 0},
		{"30.001s", 0},
		{"31s", 0},
		/* so large that it would be small again */
		{"4294968296ms", 0},
		{"4294968s", 0},
		{"18446744073709552616ms", 0},
		{"99999999999999999999999999s", 0},
		/* not a time */
		{"1250", 0},
		{"1250 ms", 0},
		{"1.5ms", 0},
		{"1m", 0},
		{"1sec", 0},
		{"1ms1", 0},
		{"1s2s", 0},
		{"1s 2s", 0},
		{"-1s", 0},
		{"+1s", 0},
		{"1,5s", 0},
		{"1..5s", 0},
		{"0x100ms", 0},
		{"1e3ms", 0},
		{"s", 0},
		{"ms", 0},
		{".s", 0},
		{"off", 0},
		{"= 2s", 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_settings settings;
		char text[64];
		struct complaints c;

		snprintf(text, sizeof(text), "timeout = %s\n", rows[i].value);
		c = parse(&settings, text);
		if (rows[i].timeout) {
			ck_assert_msg(c.count == 0, "%s", text);
			ck_assert_msg(settings.total_ms == rows[i].timeout,
				"%s%u", text, settings.total_ms);
		} else {
			ck_assert_msg(
				c.count == 1 && c.line[0] == 1, "%s", text);
			ck_assert_msg(is_default(&settings), "%s", text);
		}
	}
}
END_TEST

START_TEST(test_grace_and_second_way)
{
	static const struct {
		const char *text;
		unsigned grace, second_way;
		bool mistake;
	} rows[] = {
		{"grace = 0ms", 0, 100, false},
		{"grace = 50ms", 50, 100, false},
		{"grace = 5s", 5000, 100, false},
		{"grace = 5001ms", 100, 100, true},
		{"grace = off", 100, 100, true},
		{"grace = 4294967296ms", 100, 100, true},
		{"second-way = 250ms", 100, 250, false},
		{"second-way = 1s", 100, 1000, false},
		{"second-way = off", 100, 0, false},
		{"second-way = on", 100, 100, true},
		{"second-way = 100", 100, 100, true},
		{"second-way =", 100, 100, true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_settings settings;
		struct complaints c = parse(&settings, rows[i].text);

		ck_assert_msg(c.count == rows[i].mistake, "%s", rows[i].text);
		ck_assert_msg(settings.grace_ms == rows[i].grace, "%s: %u",
			rows[i].text, settings.grace_ms);
		ck_assert_msg(settings.second_way_ms == rows[i].second_way,
			"%s: %u", rows[i].text, settings.second_way_ms);
	}
}
END_TEST

START_TEST(test_resend)
{
	static const struct {
		const char *value;
		unsigned ms[5];
		bool mistake;
	} rows[] = {
		{"300ms", {300}, false},
		{"300ms 600ms", {300, 600}, false},
		{"300ms, 600ms", {300, 600}, false},
		{"300ms,600ms", {300, 600}, false},
		{"0.3s 600ms 1s", {300, 600, 1000}, false},
		{"1ms 2ms 3ms 4ms", {1, 2, 3, 4}, false},
		{"off", {0}, false},
		{"1ms 2ms 3ms 4ms 5ms", {400, 900}, true},
		{"600ms 300ms", {400, 900}, true},
		{"300ms 300ms", {400, 900}, true},
		{"300ms 600", {400, 900}, true},
		{"300ms off", {400, 900}, true},
		{"never", {400, 900}, true},
		{"", {400, 900}, true},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_settings settings;
		char text[64];
		struct complaints c;

		snprintf(text, sizeof(text), "resend = %s", rows[i].value);
		c = parse(&settings, text);
		ck_assert_msg(c.count == rows[i].mistake, "%s", text);
		for (unsigned j = 0; j < MDNS_RESENDS_MAX; j++)
			ck_assert_msg(settings.resend_ms[j] == rows[i].ms[j],
				"%s: %u", text, settings.resend_ms[j]);
	}
}
END_TEST

START_TEST(test_resend_shorter_overrides_longer)
{
	struct mdns_settings settings;
	struct complaints c = parse(&settings,
		"resend = 100ms 200ms 300ms 400ms\nresend = 150ms\n");

	ck_assert_uint_eq(c.count, 0);
	ck_assert_uint_eq(settings.resend_ms[0], 150);
	ck_assert_uint_eq(settings.resend_ms[1], 0);
}
END_TEST

START_TEST(test_many_labels)
{
	struct mdns_settings settings;

	ck_assert_uint_eq(parse(&settings, "many-labels = not-found").count, 0);
	ck_assert_uint_eq(settings.deep_not_found, 1);
	ck_assert_uint_eq(parse(&settings, "many-labels = not-found\n"
					   "many-labels = pass-on\n")
				  .count,
		0);
	ck_assert_uint_eq(settings.deep_not_found, 0);
	ck_assert_uint_eq(parse(&settings, "many-labels = yes").count, 1);
	ck_assert_uint_eq(settings.deep_not_found, 0);
	ck_assert_uint_eq(
		parse(&settings, "many-labels = not-found pass-on").count, 1);
	ck_assert_uint_eq(settings.deep_not_found, 0);
}
END_TEST

START_TEST(test_interface_lists)
{
	struct mdns_settings settings;
	struct complaints c =
		parse(&settings, "interfaces = eth0 wlan*, en?\n"
				 "deny-interfaces = docker*,veth*\n");

	ck_assert_uint_eq(c.count, 0);
	ck_assert_uint_eq(settings.allow_count, 3);
	ck_assert_str_eq(settings.allow[0], "eth0");
	ck_assert_str_eq(settings.allow[1], "wlan*");
	ck_assert_str_eq(settings.allow[2], "en?");
	ck_assert_uint_eq(settings.deny_count, 2);
	ck_assert_str_eq(settings.deny[0], "docker*");
	ck_assert_str_eq(settings.deny[1], "veth*");

	/* A later line overrides, it does not add. */
	c = parse_octets(&settings, "interfaces = br0", 16);
	ck_assert_uint_eq(c.count, 0);
	ck_assert_uint_eq(settings.allow_count, 1);
	ck_assert_str_eq(settings.allow[0], "br0");
	ck_assert_uint_eq(settings.deny_count, 2);
}
END_TEST

/* key = item0 item1 ... with that many items. */
static void list_line(char *text, size_t size, const char *key, unsigned items)
{
	size_t len = (size_t)snprintf(text, size, "%s =", key);

	for (unsigned i = 0; i < items; i++)
		len += (size_t)snprintf(text + len, size - len, " item%u", i);
}

START_TEST(test_list_limits)
{
	static const struct {
		const char *key;
		unsigned max;
	} keys[] = {
		{"interfaces", 16},
		{"deny-interfaces", 16},
		{"suffixes", 4},
	};

	for (size_t k = 0; k < ROWS(keys); k++)
		for (unsigned items = 1; items <= 40; items++) {
			struct mdns_settings settings;
			unsigned count[3];
			char text[512];
			struct complaints c;

			list_line(text, sizeof(text), keys[k].key, items);
			c = parse(&settings, text);
			count[0] = settings.allow_count;
			count[1] = settings.deny_count;
			count[2] = settings.suffix_count;
			if (items <= keys[k].max) {
				ck_assert_msg(c.count == 0, "%s", text);
				ck_assert_uint_eq(count[k], items);
			} else {
				/* A bad line has no effect at all. */
				ck_assert_msg(c.count == 1, "%s", text);
				ck_assert_msg(
					is_default(&settings), "%s", text);
			}
		}
}
END_TEST

START_TEST(test_item_limits)
{
	struct mdns_settings settings;
	struct complaints c;
	char text[256];

	/* An interface name is 15 octets at most, */
	c = parse(&settings, "interfaces = eth0 abcdefghijklmno");
	ck_assert_uint_eq(c.count, 0);
	ck_assert_str_eq(settings.allow[1], "abcdefghijklmno");
	c = parse(&settings, "interfaces = eth0 abcdefghijklmnop");
	ck_assert_uint_eq(c.count, 1);
	ck_assert(is_default(&settings));
	c = parse(&settings, "deny-interfaces = abcdefghijklmnop");
	ck_assert_uint_eq(c.count, 1);
	ck_assert(is_default(&settings));

	/* a suffix 63. */
	snprintf(text, sizeof(text), "suffixes = %031d.%031d", 0, 0);
	c = parse(&settings, text);
	ck_assert_uint_eq(c.count, 0);
	ck_assert_uint_eq(strlen(settings.suffix[0]), 63);
	snprintf(text, sizeof(text), "suffixes = %031d.%032d", 0, 0);
	c = parse(&settings, text);
	ck_assert_uint_eq(c.count, 1);
	ck_assert(is_default(&settings));
}
END_TEST

START_TEST(test_suffixes)
{
	static const struct {
		const char *value;
		unsigned count; /* 0: a mistake */
	} rows[] = {
		{"lan", 1},
		{"lan, corp.example", 2},
		{"b\xc3\xbcro.example", 1},
		{"a..b", 0},
		{".lan", 0},
		{"lan a..b", 0},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_settings settings;
		char text[64];
		struct complaints c;

		snprintf(text, sizeof(text), "suffixes = %s\n", rows[i].value);
		c = parse(&settings, text);
		ck_assert_msg(c.count == !rows[i].count, "%s", text);
		ck_assert_msg(
			settings.suffix_count == rows[i].count, "%s", text);
		for (unsigned j = 0; j < settings.suffix_count; j++) {
			struct mdns_name name;

			ck_assert_int_eq(
				mdns_name_parse(settings.suffix[j],
					strlen(settings.suffix[j]), &name),
				0);
		}
	}
}
END_TEST

START_TEST(test_complaints_have_line_numbers)
{
	/* Given good and bad lines, */
	static const char text[] = "# 1\n"
				   "timeout = 2s\n"
				   "timeuot = 3s\n" /* 3: unknown key */
				   "\n"
				   "grace = soon\n" /* 5: bad value */
				   "grace = 200ms\n"
				   "just words\n"  /* 7: no = */
				   "= 5s\n"        /* 8: no key */
				   "many-labels\n" /* 9: no value */
				   "second-way = 300ms\n"
				   "Local = 1s"; /* 11: and no newline */
	static const unsigned bad[] = {3, 5, 7, 8, 9, 11};
	struct mdns_settings settings, quiet;
	struct complaints c = parse(&settings, text);

	/* then the bad ones are reported and the good ones count, */
	ck_assert_uint_eq(c.count, ROWS(bad));
	for (size_t i = 0; i < ROWS(bad); i++)
		ck_assert_uint_eq(c.line[i], bad[i]);
	ck_assert_uint_eq(settings.total_ms, 2000);
	ck_assert_uint_eq(settings.grace_ms, 200);
	ck_assert_uint_eq(settings.second_way_ms, 300);

	/* and without somebody to complain to it is the same. */
	memset(&quiet, 0, sizeof(quiet));
	mdns_settings_init(&quiet);
	mdns_settings_parse(&quiet, text, sizeof(text) - 1, NULL, NULL);
	ck_assert_mem_eq(&quiet, &settings, sizeof(settings));
}
END_TEST

START_TEST(test_a_bad_line_leaves_the_earlier_one)
{
	struct mdns_settings settings;
	struct complaints c = parse(&settings,
		"timeout = 2s\ntimeout = 99s\n"
		"interfaces = eth0\ninterfaces = eth1 longer-than-a-name-is\n"
		"resend = 300ms\nresend = 350ms 100ms\n");

	ck_assert_uint_eq(c.count, 3);
	ck_assert_uint_eq(settings.total_ms, 2000);
	ck_assert_uint_eq(settings.allow_count, 1);
	ck_assert_str_eq(settings.allow[0], "eth0");
	ck_assert_uint_eq(settings.resend_ms[0], 300);
	ck_assert_uint_eq(settings.resend_ms[1], 0);
}
END_TEST

START_TEST(test_keys_are_whole_words)
{
	static const char *const texts[] = {"timeou = 2s", "timeout2 = 2s",
		"timeout x = 2s", "x timeout = 2s", "time out = 2s",
		"resen = 1s", "second_way = 2s", "interface = eth0"};

	for (size_t i = 0; i < ROWS(texts); i++) {
		struct mdns_settings settings;
		struct complaints c = parse(&settings, texts[i]);

		ck_assert_msg(c.count == 1, "%s", texts[i]);
		ck_assert_msg(is_default(&settings), "%s", texts[i]);
	}
}
END_TEST

START_TEST(test_nul_octets)
{
	static const struct {
		const char *text;
		size_t size;
	} rows[] = {
#define NEXT "\ngrace = 200ms\n"
#define TEXT(literal) {literal NEXT, sizeof(literal NEXT) - 1}
		TEXT("\0"),
		TEXT("timeout\0 = 2s"),
		TEXT("timeout = 2s\0"),
		TEXT("timeout = \0"
		     "2s"),
		TEXT("interfaces = eth0\0eth1"),
		TEXT("suffixes = lan\0x"),
		TEXT("many-labels = not-found\0"),
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_settings settings;
		struct complaints c;

		memset(&settings, 0, sizeof(settings));
		mdns_settings_init(&settings);
		c = parse_octets(&settings, rows[i].text, rows[i].size);
		ck_assert_msg(c.count == 1 && c.line[0] == 1, "row %zu: %u", i,
			c.count);
		/* The next line counts, and only that one. */
		ck_assert_uint_eq(settings.grace_ms, 200);
		settings.grace_ms = 100;
		ck_assert_msg(is_default(&settings), "row %zu", i);
	}
}
END_TEST

START_TEST(test_very_long_lines)
{
	static const char *const starts[] = {"x", "timeout = 2s",
		"timeout = ", "interfaces = eth0", "suffixes = lan", "# "};
	static char text[MDNS_SETTINGS_SIZE_MAX];

	for (size_t i = 0; i < ROWS(starts); i++) {
		struct mdns_settings settings;
		struct complaints c;
		size_t len = strlen(starts[i]);
		bool comment = starts[i][0] == '#';

		memset(text, 'y', sizeof(text));
		memcpy(text, starts[i], len);
		memcpy(text + 8000, "\ngrace = 200ms", 14);
		memset(&settings, 0, sizeof(settings));
		mdns_settings_init(&settings);
		c = parse_octets(&settings, text, 8014);
		ck_assert_msg(c.count == !comment, "%s...", starts[i]);
		if (!comment)
			ck_assert_uint_eq(c.line[0], 1);
		ck_assert_uint_eq(settings.grace_ms, 200);
		settings.grace_ms = 100;
		ck_assert_msg(is_default(&settings), "%s...", starts[i]);
	}
}
END_TEST

START_TEST(test_line_numbers_beyond_a_byte)
{
	static char text[MDNS_SETTINGS_SIZE_MAX];
	struct mdns_settings settings;
	struct complaints c;

	memset(text, '\n', 3000);
	memcpy(text + 3000, "x = 1", 5);
	memset(&settings, 0, sizeof(settings));
	mdns_settings_init(&settings);
	c = parse_octets(&settings, text, 3005);
	ck_assert_uint_eq(c.count, 1);
	ck_assert_uint_eq(c.line[0], 3001);
}
END_TEST

static void count_only(void *context, unsigned line, const char *why)
{
	unsigned *count = context;

	(void)line;
	(void)why;
	(*count)++;
}

START_TEST(test_garbage_does_no_harm)
{
	/* Pieces of good lines and of nonsense in random order, fixed seed:
	 * whatever comes out is within what the manual allows. */
	static const char *const pieces[] = {"timeout", "grace", "resend",
		"second-way", "interfaces", "deny-interfaces", "suffixes",
		"many-labels", "=", " = ", "\n", "\n", " ", ",", "1s", "250ms",
		"40s", "0ms", "off", "not-found", "#", "\\", "*", "?", "a.b",
		"..", "\t", "999999999999", "eth0", "\xff", "averylongword-"};
	uint32_t seed = 7;

	for (unsigned round = 0; round < 20000; round++) {
		struct mdns_settings s;
		char text[512];
		size_t len = 0;
		unsigned complaints = 0;
		char *copy;

		while (len < 400) {
			const char *piece;

			seed = seed * 1664525 + 1013904223;
			piece = pieces[(seed >> 16) % ROWS(pieces)];
			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
			if ((seed >> 8) % 40 == 0)
				break;
		}
		copy = (char *)unit_copy(text, len);
		mdns_settings_init(&s);
		mdns_settings_parse(&s, copy, len, count_only, &complaints);
		free(copy);
		unit_assert(s.total_ms >= 100 && s.total_ms <= 30000);
		unit_assert(s.grace_ms <= 5000);
		for (unsigned i = 1; i < MDNS_RESENDS_MAX; i++)
			unit_assert(s.resend_ms[i] == 0 ||
				    s.resend_ms[i] > s.resend_ms[i - 1]);
		unit_assert(s.deep_not_found <= 1);
		unit_assert(s.allow_count <= MDNS_GLOBS_MAX);
		unit_assert(s.deny_count <= MDNS_GLOBS_MAX);
		unit_assert(s.suffix_count <= MDNS_SUFFIXES_MAX);
		for (unsigned i = 0; i < s.allow_count; i++)
			unit_assert(strnlen(s.allow[i], MDNS_GLOB_MAX) <
				    MDNS_GLOB_MAX);
		for (unsigned i = 0; i < s.deny_count; i++)
			unit_assert(strnlen(s.deny[i], MDNS_GLOB_MAX) <
				    MDNS_GLOB_MAX);
		for (unsigned i = 0; i < s.suffix_count; i++)
			unit_assert(strnlen(s.suffix[i], MDNS_SUFFIX_MAX) <
				    MDNS_SUFFIX_MAX);
	}
}
END_TEST

/* ---- globs ---- */

START_TEST(test_globs)
{
	static const struct {
		const char *glob, *name;
		bool match;
	} rows[] = {
		{"eth0", "eth0", true},
		{"eth0", "eth1", false},
		{"eth0", "eth", false},
		{"eth", "eth0", false},
		{"eth0", "ETH0", false},
		{"eth*", "eth0", true},
		{"eth*", "eth", true},
		{"eth*", "et", false},
		{"eth*", "xeth0", false},
		{"*", "", true},
		{"*", "lo", true},
		{"**", "lo", true},
		{"*0", "eth0", true},
		{"*0", "eth01", false},
		{"*0", "eth00", true},
		{"e*0", "e0", true},
		{"e*h*0", "eth0", true},
		{"e*h*0", "et0", false},
		{"?", "a", true},
		{"?", "", false},
		{"?", "ab", false},
		{"eth?", "eth0", true},
		{"eth?", "eth", false},
		{"eth?", "eth10", false},
		{"?*", "a", true},
		{"?*", "", false},
		{"*?", "a", true},
		{"*?", "abc", true},
		{"*?", "", false},
		{"*.10", "eth0.10", true},
		{"*.10", "eth0.100", false},
		{"", "", true},
		{"", "a", false},
		{"*ab", "aab", true},
		{"*aab", "aaab", true},
		{"*a*b", "xaxbxb", true},
		{"*a*b", "xbxa", false},
		/* nothing else is special */
		{"[e]th0", "eth0", false},
		{"[e]th0", "[e]th0", true},
		{"\\*", "*", false},
		{"eth{0,1}", "eth0", false},
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		ck_assert_msg(mdns_settings_glob(rows[i].glob, rows[i].name) ==
				      rows[i].match,
			"%s on %s", rows[i].glob, rows[i].name);
}
END_TEST

START_TEST(test_glob_that_would_explode)
{
	/* Given *a*a*a...b and a long row of a, then the answer is no, and it
	 * comes before check's timeout. */
	char glob[128], name[2048];
	size_t len = 0;

	while (len < 100) {
		glob[len++] = '*';
		glob[len++] = 'a';
	}
	glob[len++] = 'b';
	glob[len] = 0;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	ck_assert(!mdns_settings_glob(glob, name));
	ck_assert(!mdns_settings_glob("*a*a*a*b", name));
	name[sizeof(name) - 2] = 'b';
	ck_assert(mdns_settings_glob(glob, name));
}
END_TEST

START_TEST(test_interface)
{
	static const struct {
		const char *text, *name;
		int r;
	} rows[] = {
		{"", "eth0", 0},
		{"interfaces = eth0", "eth0", 1},
		{"interfaces = eth0", "eth1", -1},
		{"interfaces = eth* wlan0", "wlan0", 1},
		{"interfaces = eth* wlan0", "wlan1", -1},
		{"deny-interfaces = docker*", "docker0", -1},
		{"deny-interfaces = docker*", "eth0", 0},
		/* deny wins */
		{"interfaces = *\ndeny-interfaces = eth1", "eth0", 1},
		{"interfaces = *\ndeny-interfaces = eth1", "eth1", -1},
		{"interfaces = eth1\ndeny-interfaces = eth1", "eth1", -1},
		{"deny-interfaces = *", "eth0", -1},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct mdns_settings settings;
		int r;

		ck_assert_uint_eq(parse(&settings, rows[i].text).count, 0);
		r = mdns_settings_interface(&settings, rows[i].name);
		ck_assert_msg(r == rows[i].r, "%s, %s: %d", rows[i].text,
			rows[i].name, r);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/settings");
	TCase *text = tcase_create("text");
	TCase *globs = tcase_create("globs");

	tcase_set_timeout(text, 30);
	tcase_add_test(text, test_defaults);
	tcase_add_test(text, test_lines_without_effect);
	tcase_add_test(text, test_ways_to_write_a_line);
	tcase_add_test(text, test_times);
	tcase_add_test(text, test_grace_and_second_way);
	tcase_add_test(text, test_resend);
	tcase_add_test(text, test_resend_shorter_overrides_longer);
	tcase_add_test(text, test_many_labels);
	tcase_add_test(text, test_interface_lists);
	tcase_add_test(text, test_list_limits);
	tcase_add_test(text, test_item_limits);
	tcase_add_test(text, test_suffixes);
	tcase_add_test(text, test_complaints_have_line_numbers);
	tcase_add_test(text, test_a_bad_line_leaves_the_earlier_one);
	tcase_add_test(text, test_keys_are_whole_words);
	tcase_add_test(text, test_nul_octets);
	tcase_add_test(text, test_very_long_lines);
	tcase_add_test(text, test_line_numbers_beyond_a_byte);
	tcase_add_test(text, test_garbage_does_no_harm);
	suite_add_tcase(suite, text);

	tcase_add_test(globs, test_globs);
	tcase_add_test(globs, test_glob_that_would_explode);
	tcase_add_test(globs, test_interface);
	suite_add_tcase(suite, globs);
	return suite;
}
