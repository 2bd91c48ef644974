/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/rr_text with any amount of RDATA: there and back, for each
 * type that has a row, and for one that has none. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr_text.h"
#include "resolver/rr_types.h"
#include "tests/resolver/rr_world.h"
#include "tests/unit.h"

enum {
	WELL_FORMED = 1000, /* for each type */
	OCTETS = 100000,
	TEXTS = 3000,
	OCTETS_MAX = 40,
};

static char text[MDNS_RR_TEXT_MAX(RR_RANDOM_MAX)];

static uint16_t type_at(size_t i)
{
	const struct mdns_rr_type *row = mdns_rr_type_at(i);

	return row ? row->type : 65280;
}

static size_t count_types(void)
{
	size_t count = 0;

	while (mdns_rr_type_at(count))
		count++;
	return count + 1;
}

static void check_comes_back(uint16_t type, const uint8_t *rdata, size_t size,
	const char *printed, size_t len)
{
	uint8_t back[RR_RANDOM_MAX];
	const char *why = "";
	int n = mdns_rr_parse(type, printed, len, back, sizeof(back), &why);

	if (n != (int)size || (size && memcmp(back, rdata, size) != 0))
		ck_abort_msg("type %u, %s: %d %s", type, printed, n, why);
}

START_TEST(test_well_formed)
{
	uint16_t type = type_at((size_t)_i);
	struct rr_random random = {type};

	for (unsigned i = 0; i < WELL_FORMED; i++) {
		uint8_t buf[RR_RANDOM_MAX];
		size_t size = rr_random_rdata(&random, type, buf);
		uint8_t *rdata = unit_copy(buf, size);
		int n = mdns_rr_print(type, rdata, size, text, sizeof(text));

		if (n < 0) {
			mdns_rr_print_unknown(rdata, size, text, sizeof(text));
			ck_abort_msg("type %u, %s", type, text);
		}
		unit_assert((size_t)n == strlen(text));
		unit_assert((size_t)n < MDNS_RR_TEXT_MAX(size));
		check_comes_back(type, rdata, size, text, (size_t)n);

		n = mdns_rr_print_unknown(rdata, size, text, sizeof(text));
		unit_assert(n > 0);
		check_comes_back(type, rdata, size, text, (size_t)n);
		free(rdata);
	}
}
END_TEST

/* Octets at random: small numbers are what sizes, kinds and windows are made
 * of. Or well-formed RDATA with some octets changed. */
static size_t any_octets(
	struct rr_random *random, uint16_t type, uint8_t buf[RR_RANDOM_MAX])
{
	size_t size = rr_random(random, OCTETS_MAX);
	uint32_t bits = rr_random(random, 8), changes;

	if (rr_random(random, 4)) {
		for (size_t i = 0; i < size; i++)
			buf[i] = (uint8_t)(rr_random(random, 256) >>
					   (rr_random(random, 3) ? bits : 0));
		return size;
	}
	size = rr_random_rdata(random, type, buf);
	for (changes = 1 + rr_random(random, 3); changes > 0; changes--)
		if (size > 0)
			buf[rr_random(random, (uint32_t)size)] =
				(uint8_t)rr_random(random, 256);
	return size - (size > 0 && rr_random(random, 4) == 0);
}

START_TEST(test_any_octets)
{
	uint16_t type = type_at((size_t)_i);
	struct rr_random random = {(uint64_t)type << 32};
	/* A read beyond the end of the RDATA is one beyond the end of this. */
	uint8_t *block = malloc(RR_RANDOM_MAX);
	unsigned good = 0, bad = 0;

	ck_assert(block);
	for (unsigned i = 0; i < OCTETS; i++) {
		uint8_t buf[RR_RANDOM_MAX];
		size_t size = any_octets(&random, type, buf);
		uint8_t *rdata = block + RR_RANDOM_MAX - size;
		int n;

		memcpy(rdata, buf, size);
		n = mdns_rr_print(type, rdata, size, text, sizeof(text));
		if (n < 0) {
			unit_assert(n == MDNS_ERR_FORMAT);
			bad++;
			continue;
		}
		good++;
		unit_assert((size_t)n == strlen(text));
		check_comes_back(type, rdata, size, text, (size_t)n);
	}
	free(block);
	ck_assert_msg(good > OCTETS / 100, "type %u: %u", type, good);
	ck_assert_msg(bad > OCTETS / 100 || *mdns_rr_type_layout(type) == 'u',
		"type %u: %u", type, bad);
}
END_TEST

/* Breaks a text in one or two places. */
static size_t spoil(struct rr_random *random, char *words, size_t len)
{
	static const char letters[] = "\"\\ ();@.-:#=0129azAZ\n\t\377";
	uint32_t times = 1 + rr_random(random, 2);

	while (times-- > 0 && len > 0) {
		size_t at = rr_random(random, (uint32_t)len);

		switch (rr_random(random, 3)) {
		case 0: /* another character */
			words[at] =
				letters[rr_random(random, sizeof(letters) - 1)];
			break;
		case 1: /* one less */
			memmove(words + at, words + at + 1, len - at - 1);
			len--;
			break;
		default: /* the end is gone */
			len = at;
		}
	}
	return len;
}

START_TEST(test_spoilt_texts)
{
	uint16_t type = type_at((size_t)_i);
	struct rr_random random = {type + 1000000u};

	for (unsigned i = 0; i < TEXTS; i++) {
		uint8_t buf[RR_RANDOM_MAX], rdata[RR_RANDOM_MAX];
		size_t size = rr_random_rdata(&random, type, buf);
		int n = mdns_rr_print(type, buf, size, text, sizeof(text));
		const char *why = NULL;
		size_t len;
		char *words;

		unit_assert(n >= 0);
		len = spoil(&random, text, (size_t)n);
		words = (char *)unit_copy(text, len);
		n = mdns_rr_parse(type, words, len, rdata, sizeof(rdata), &why);
		free(words);
		if (n < 0) {
			unit_assert(n == MDNS_ERR_FORMAT && why);
			continue;
		}
		/* What is read prints, and comes back. */
		size = (size_t)n;
		n = mdns_rr_print(type, rdata, size, text, sizeof(text));
		if (n < 0) /* only \# lets through what is malformed */
			unit_assert(strchr("uo", *mdns_rr_type_layout(type)));
		else
			check_comes_back(type, rdata, size, text, (size_t)n);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/rr_text");
	TCase *tcase = tcase_create("random");
	int types = (int)count_types();

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_well_formed, 0, types);
	tcase_add_loop_test(tcase, test_any_octets, 0, types);
	tcase_add_loop_test(tcase, test_spoilt_texts, 0, types);
	suite_add_tcase(suite, tcase);
	return suite;
}
