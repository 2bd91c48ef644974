/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/lookup/chain: a line of nsswitch.conf as glibc reads it; glibc
 * itself is asked what it refuses. */
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"
#include "tools/lookup/chain.h"

#define ROUNDS 20000

static struct chain chain;

/* "name-statuses that end the search" of each service: S, N, U, T. */
static const char *summary(void)
{
	static const char letters[] = "SNUT";
	static char text[2048];
	size_t used = 0;
	unsigned i, k;

	text[0] = '\0';
	for (i = 0; i < chain.count; i++) {
		const struct chain_service *service = &chain.service[i];

		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s%.*s-", i > 0 ? " " : "", (int)service->name.len,
			service->name.text);
		for (k = 0; k < CHAIN_STATUSES; k++)
			if (service->ends[k])
				text[used++] = letters[k];
		text[used] = '\0';
	}
	return text;
}

static void parse(const char *text)
{
	/* So that a sanitizer sees a read of one octet too many. */
	static char *copy;

	free(copy);
	copy = (char *)unit_copy(text, strlen(text) + 1);
	chain_parse(copy, &chain);
}

START_TEST(test_what_glibc_takes)
{
	static const struct {
		const char *text, *wanted;
	} lines[] = {
		{"", ""},
		{" \t\n", ""},
		{"files dns", "files-S dns-S"},
		{"files[NOTFOUND=return]dns", "files-SN dns-S"},
		{" a [ notfound = Return unavail=RETURN ] b ", "a-SNU b-S"},
		{"a [!UNAVAIL=return] b", "a-SNT b-S"},
		{"a [!SUCCESS=return] b", "a-SNUT b-S"},
		{"a [SUCCESS=continue] b", "a- b-S"},
		{"a [!UNAVAIL=return NOTFOUND=continue]", "a-ST"},
		{"a [SUCCESS=merge] b", "a- b-S"},
		{"a # b", "a-S #-S b-S"},
		{"a \\\n b", "a-S \\-S b-S"},
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		parse(lines[i].text);
		ck_assert_str_eq(summary(), lines[i].wanted);
		ck_assert(!chain.refused);
		ck_assert_uint_eq(chain.used, chain.count);
		ck_assert_uint_eq(chain.bad.len, 0);
	}
}
END_TEST

START_TEST(test_what_it_does_not)
{
	static const struct {
		const char *text, *wanted, *bad;
		bool refused;
		unsigned used;
	} lines[] = {
		{"a [x] b", "a-S b-S", "[x]", true, 0},
		{"a b [] c", "a-S b-S c-S", "[]", true, 1},
		{"a [NOTFOUND] b", "a-S b-S", "[NOTFOUND]", true, 0},
		{"a [NOTFOUND=x] b", "a-S b-S", "[NOTFOUND=x]", true, 0},
		{"a [NOTFOUND=return", "a-S", "[NOTFOUND=return", true, 0},
		{"a [!] b", "a-S b-S", "[!]", true, 0},
		/* It stops there, and says nothing. */
		{"[NOTFOUND=return] a", "a-S", "[NOTFOUND=return]", false, 0},
		{"a [UNAVAIL=return] [x] b", "a-SU b-S", "[x]", false, 1},
		{"a [UNAVAIL=return] [x] b [y]", "a-SU b-S", "[x]", false, 1},
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		parse(lines[i].text);
		ck_assert_str_eq(summary(), lines[i].wanted);
		ck_assert_uint_eq(chain.refused, lines[i].refused);
		ck_assert_uint_eq(chain.used, lines[i].used);
		ck_assert_uint_eq(chain.bad.len, strlen(lines[i].bad));
		ck_assert_mem_eq(chain.bad.text, lines[i].bad, chain.bad.len);
	}
}
END_TEST

START_TEST(test_find)
{
	parse("files dotlocalx dotl DotLocal dotlocal dns");
	ck_assert_uint_eq(chain_find(&chain, "dotlocal"), 4);
	ck_assert_uint_eq(chain_find(&chain, "dotloca"), chain.count);
	ck_assert(chain_is(&chain.service[0], "files"));
	ck_assert(!chain_is(&chain.service[0], "file"));
}
END_TEST

START_TEST(test_many_services)
{
	char text[4 * CHAIN_SERVICES_MAX + 16] = "";
	unsigned i;

	for (i = 0; i < CHAIN_SERVICES_MAX + 3; i++)
		strcat(text, " s");
	parse(text);
	ck_assert_uint_eq(chain.count, CHAIN_SERVICES_MAX);
	ck_assert_uint_eq(chain.used, CHAIN_SERVICES_MAX);
}
END_TEST

START_TEST(test_as_glibc)
{
	static const char *const words[] = {"a", "b", " ", " ", "[", "[", "]",
		"]", "!", "=", "=", "NOTFOUND", "unavail", "SUCCESS",
		"TRYAGAIN", "return", "Continue", "merge", "[NOTFOUND=return]",
		"UNAVAIL=return", "\t", "\n", "#"};
	const unsigned count = sizeof(words) / sizeof(words[0]);
	unsigned round, refused = 0;

	srandom(1);
	for (round = 0; round < ROUNDS; round++) {
		unsigned i, pieces = (unsigned)random() % 12;
		char text[12 * 24] = "";
		bool takes;

		for (i = 0; i < pieces; i++)
			strcat(text, words[(unsigned long)random() % count]);
		parse(text);
		takes = __nss_configure_lookup("hosts", text) == 0;
		if (takes == chain.refused)
			ck_abort_msg("glibc %s \"%s\"",
				takes ? "takes" : "refuses", text);
		refused += chain.refused;
	}
	ck_assert_uint_gt(refused, ROUNDS / 20);
	ck_assert_uint_lt(refused, ROUNDS / 20 * 19);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("chain");
	TCase *tests = tcase_create("chain");

	tcase_add_test(tests, test_what_glibc_takes);
	tcase_add_test(tests, test_what_it_does_not);
	tcase_add_test(tests, test_find);
	tcase_add_test(tests, test_many_services);
	/* Before that it takes what it understands of a line. */
	if (__GLIBC_PREREQ(2, 33))
		tcase_add_test(tests, test_as_glibc);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
