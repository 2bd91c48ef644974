/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of resolver/name: a name from octets that somebody else wrote. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/name.h"
#include "tests/unit.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Exactly len octets are read; a failure leaves the name alone. */
static bool from_wire(
	const uint8_t *wire, size_t len, struct mdns_name *ret_name)
{
	uint8_t *copy = unit_copy(wire, len);
	struct mdns_name before;
	int result;

	memset(ret_name, 0x5a, sizeof(*ret_name));
	before = *ret_name;
	result = mdns_name_from_wire(copy, len, ret_name);
	if (result == 0) {
		unit_assert(ret_name->len == len);
		unit_assert(memcmp(ret_name->wire, wire, len) == 0);
	} else {
		unit_assert(result == MDNS_ERR_NAME);
		unit_assert(memcmp(ret_name, &before, sizeof(before)) == 0);
	}
	free(copy);
	return result == 0;
}

START_TEST(test_table)
{
	static const struct {
		const char *wire;
		bool good;
	} rows[] = {
		{"", false},
		{"00", true},
		{"01 61 00", true},
		{"07 7072696e746572 05 6c6f63616c 00", true},
		{"07 5052494e544552 05 4c4f43414c 00", true},
		{"01 00 00", true}, /* any octet may stand in a label */
		{"02 c00c 00", true},
		/* the root is missing, or is not the end */
		{"01", false},
		{"01 61", false},
		{"05 6c6f63616c", false},
		{"00 00", false},
		{"00 01 61 00", false},
		{"01 61 00 00", false},
		{"01 61 00 01 62 00", false},
		/* a label that goes on beyond the end */
		{"02 61 00", false},
		{"03 61 00", false},
		{"3f 61 00", false},
		/* compression, and the other two kinds that are none */
		{"c0 00", false},
		{"01 61 c0 00", false},
		{"40 61 00", false},
		{"80 61 00", false},
		{"ff", false},
		{"ff 00", false},
	};
	uint8_t wire[64];
	struct mdns_name name;

	for (unsigned i = 0; i < ROWS(rows); i++) {
		size_t len = unit_hex(rows[i].wire, wire, sizeof(wire));

		ck_assert_msg(from_wire(wire, len, &name) == rows[i].good, "%s",
			rows[i].wire);
	}
}
END_TEST

START_TEST(test_labels_of_every_length)
{
	uint8_t wire[600];
	struct mdns_name name;

	for (unsigned label = 0; label < 256; label++) {
		memset(wire, 'x', sizeof(wire));
		wire[0] = (uint8_t)label;
		wire[label + 1] = 0;
		ck_assert_int_eq(from_wire(wire, label + 2, &name),
			label >= 1 && label <= 63);
		ck_assert(!from_wire(wire, label + 1, &name) || label == 0);
		ck_assert(!from_wire(wire, label + 3, &name));
	}
}
END_TEST

START_TEST(test_names_of_every_length)
{
	/* All labels of one octet (127 of them, and one of two), and then as
	 * long as they may be. */
	for (unsigned longest = 1; longest <= 63; longest += 62) {
		for (unsigned len = 1; len <= 300; len++) {
			uint8_t wire[300];
			struct mdns_name name;
			unsigned pos = 0;

			memset(wire, 'x', sizeof(wire));
			while (pos + 1 < len) {
				unsigned label = len - pos - 2;

				if (label > longest + 1)
					label = longest;
				else if (label > 63)
					label = 62;
				wire[pos] = (uint8_t)label;
				pos += label + 1;
			}
			wire[len - 1] = 0;
			ck_assert_int_eq(from_wire(wire, len, &name),
				len <= MDNS_NAME_MAX && len != 2);
		}
	}
}
END_TEST

START_TEST(test_every_single_flip)
{
	/* The length octets of a name hold each other up: only another letter
	 * or a division that comes out even is a name still. */
	struct mdns_name good = unit_name("a.bc.local"), name;

	for (unsigned at = 0; at < good.len; at++) {
		for (unsigned value = 0; value < 256; value++) {
			struct mdns_name flipped = good;
			bool letter = at != 0 && at != 2 && at != 5 &&
				      at != good.len - 1u;
			bool is_name;

			flipped.wire[at] = (uint8_t)value;
			is_name = from_wire(flipped.wire, flipped.len, &name);
			ck_assert_int_eq(
				is_name, letter || value == good.wire[at] ||
						 (at == 0 && value == 4) ||
						 (at == 0 && value == 10) ||
						 (at == 2 && value == 8));
		}
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("resolver/name from the wire");
	TCase *tcase = tcase_create("wire");

	tcase_add_test(tcase, test_table);
	tcase_add_test(tcase, test_labels_of_every_length);
	tcase_add_test(tcase, test_names_of_every_length);
	tcase_add_test(tcase, test_every_single_flip);
	suite_add_tcase(suite, tcase);
	return suite;
}
