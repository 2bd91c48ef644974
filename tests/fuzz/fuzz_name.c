/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: the input is a name, as text and as wire form. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/zone.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "name";

typedef int print_function(
	const struct mdns_name *name, char *buf, size_t size);

/* It parses back to the same octets, and needs just that much memory. */
static void check_print(const struct mdns_name *name, print_function *print)
{
	static char text[MDNS_NAME_TEXT_MAX + 1];
	static char tight[MDNS_NAME_TEXT_MAX + 1];
	struct mdns_name back;
	int n = print(name, text, MDNS_NAME_TEXT_MAX);

	FUZZ_CHECK(n > 0 && n < MDNS_NAME_TEXT_MAX);
	FUZZ_CHECK(memchr(text, '\0', MDNS_NAME_TEXT_MAX) == text + n);
	FUZZ_CHECK(mdns_name_parse(text, (size_t)n, &back) == 0);
	FUZZ_CHECK(fuzz_same_octets(name, &back));
	tight[n + 1] = 'x';
	FUZZ_CHECK(print(name, tight, (size_t)n + 1) == n);
	FUZZ_CHECK(memcmp(text, tight, (size_t)n + 1) == 0);
	tight[n] = 'x';
	FUZZ_CHECK(print(name, tight, (size_t)n) == MDNS_ERR_SPACE);
	FUZZ_CHECK(tight[n] == 'x' && tight[n + 1] == 'x');
}

/* No octet of it surprises anybody. */
static void check_safe(const struct mdns_name *name)
{
	static char text[MDNS_NAME_TEXT_MAX];
	int i, n = mdns_name_print_safe(name, text, sizeof(text));

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		FUZZ_CHECK(c >= 0x80 || (c >= '0' && c <= '9') ||
			   (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			   c == '-' || c == '_' || c == '.' || c == '\\');
	}
}

static void check_case(const struct mdns_name *name)
{
	struct mdns_name other = *name;
	size_t i = 0;

	while (other.wire[i] != 0) {
		size_t end = i + other.wire[i] + 1u;

		for (i++; i < end; i++)
			if ((other.wire[i] | 0x20) >= 'a' &&
				(other.wire[i] | 0x20) <= 'z')
				other.wire[i] ^= 0x20;
	}
	FUZZ_CHECK(mdns_name_equal(name, &other));
	FUZZ_CHECK(mdns_name_equal_wire(name, other.wire, other.len));
	FUZZ_CHECK(mdns_name_hash(name) == mdns_name_hash(&other));
	FUZZ_CHECK(mdns_name_hash_seeded(name, 7) ==
		   mdns_name_hash_seeded(&other, 7));
	FUZZ_CHECK(mdns_name_compare(name, &other) == 0);
	FUZZ_CHECK(
		mdns_zone_of(name, NULL, 0) == mdns_zone_of(&other, NULL, 0));
}

static void check_alone(const struct mdns_name *name)
{
	fuzz_check_name(name);
	check_print(name, mdns_name_print);
	check_print(name, mdns_name_print_safe);
	check_safe(name);
	check_case(name);
	FUZZ_CHECK(mdns_name_is_under(name, name));
	FUZZ_CHECK(mdns_name_labels(name) <= 127);
	FUZZ_CHECK((mdns_name_labels(name) == 0) == (name->len == 1));
	FUZZ_CHECK(!mdns_name_is_host(name) || mdns_name_is_text(name));
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void check_pair(const struct mdns_name *a, const struct mdns_name *b)
{
	int order = sign(mdns_name_compare(a, b));
	bool equal = mdns_name_equal(a, b);

	FUZZ_CHECK(order == -sign(mdns_name_compare(b, a)));
	FUZZ_CHECK(equal == (order == 0));
	FUZZ_CHECK(equal == mdns_name_equal(b, a));
	FUZZ_CHECK(equal == mdns_name_equal_wire(a, b->wire, b->len));
	FUZZ_CHECK(!equal || mdns_name_hash(a) == mdns_name_hash(b));
	FUZZ_CHECK(equal ==
		   (mdns_name_is_under(a, b) && mdns_name_is_under(b, a)));
	/* What is below another one comes after it. */
	FUZZ_CHECK(equal || !mdns_name_is_under(a, b) ||
		   (order > 0 && mdns_name_labels(a) > mdns_name_labels(b)));
}

/* The fast way to see that a text is ours, and the slow one. */
static void check_zone(
	const char *text, size_t size, const struct mdns_name *name)
{
	bool local = mdns_zone_text_is_local(text, size);

	mdns_zone_text_is_plain(text, size);
	if (!memchr(text, '\\', size) && name)
		FUZZ_CHECK(local ==
			   (mdns_zone_of(name, NULL, 0) == MDNS_ZONE_LOCAL ||
				   mdns_zone_of(name, NULL, 0) ==
					   MDNS_ZONE_LOCAL_DEEP));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mdns_name last = {1, ""};
	const char *text = (const char *)data;
	struct mdns_name name = {.len = 0xeeee};
	size_t half = size / 2;
	int r;

	r = mdns_name_parse(text, size, &name);
	if (r == 0) {
		check_alone(&name);
		check_pair(&name, &last);
		last = name;
		check_zone(text, size, &name);
	} else {
		FUZZ_CHECK(r == MDNS_ERR_NAME && name.len == 0xeeee);
		check_zone(text, size, NULL);
	}
	name.len = 0xeeee;
	r = mdns_name_from_wire(data, size, &name);
	if (r == 0) {
		FUZZ_CHECK(name.len == size);
		FUZZ_CHECK(memcmp(name.wire, data, size) == 0);
		check_alone(&name);
	} else {
		FUZZ_CHECK(r == MDNS_ERR_NAME && name.len == 0xeeee);
	}
	/* A name with its own end, which often is a zone of it. */
	if (size > 2 && mdns_name_parse(text, size, &name) == 0) {
		struct mdns_name end;

		if (mdns_name_parse(text + half, size - half, &end) == 0)
			check_pair(&name, &end);
	}
	if (size > 0)
		FUZZ_CHECK(mdns_name_char(data, size) <= size);
	return 0;
}
