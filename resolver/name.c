/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain names: wire form, comparison without case, text both ways, .arpa. */
#include "resolver/name.h"

#include <string.h>

#include "resolver/err.h"

static uint8_t fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static bool is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

static bool is_word(uint8_t octet)
{
	uint8_t c = fold(octet);

	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
}

/* One escape after its backslash; the octets consumed, 0 if it is bad. */
static size_t read_escape(const char *text, size_t len, uint8_t *ret_octet)
{
	unsigned value;

	if (len == 0)
		return 0;
	if (!is_digit((uint8_t)text[0])) {
		*ret_octet = (uint8_t)text[0];
		return 1;
	}
	if (len < 3 || !is_digit((uint8_t)text[1]) ||
		!is_digit((uint8_t)text[2]))
		return 0;
	value = (unsigned)(text[0] - '0') * 100 +
		(unsigned)(text[1] - '0') * 10 + (unsigned)(text[2] - '0');
	if (value > 255)
		return 0;
	*ret_octet = (uint8_t)value;
	return 3;
}

int mdns_name_parse(const char *text, size_t len, struct mdns_name *ret_name)
{
	struct mdns_name name;
	size_t label = 0; /* where the open label's length octet stands */
	size_t pos = 1;
	size_t i = 0;

	if (len == 0)
		return MDNS_ERR_NAME;
	if (len == 1 && text[0] == '.') {
		ret_name->len = 1;
		ret_name->wire[0] = 0;
		return 0;
	}
	while (i < len) {
		uint8_t octet = (uint8_t)text[i++];

		if (octet == '.') {
			if (pos == label + 1)
				return MDNS_ERR_NAME;
			name.wire[label] = (uint8_t)(pos - label - 1);
			label = pos++;
			continue;
		}
		if (octet == '\\') {
			size_t n = read_escape(text + i, len - i, &octet);

			if (n == 0)
				return MDNS_ERR_NAME;
			i += n;
		}
		/* The last octet is kept free for the root. */
		if (pos - label > MDNS_LABEL_MAX || pos >= MDNS_NAME_MAX - 1)
			return MDNS_ERR_NAME;
		name.wire[pos++] = octet;
	}
	if (pos > label + 1) { /* no dot at the end */
		name.wire[label] = (uint8_t)(pos - label - 1);
		label = pos++;
	}
	name.wire[label] = 0;
	name.len = (uint16_t)pos;
	memcpy(ret_name, &name, offsetof(struct mdns_name, wire) + pos);
	return 0;
}

int mdns_name_from_wire(
	const uint8_t *wire, size_t len, struct mdns_name *ret_name)
{
	size_t pos = 0;

	if (len > MDNS_NAME_MAX)
		return MDNS_ERR_NAME;
	while (pos + 1 < len) {
		if (wire[pos] == 0 || wire[pos] > MDNS_LABEL_MAX)
			return MDNS_ERR_NAME;
		pos += (size_t)wire[pos] + 1;
	}
	if (pos + 1 != len || wire[pos] != 0)
		return MDNS_ERR_NAME;
	ret_name->len = (uint16_t)len;
	memcpy(ret_name->wire, wire, len);
	return 0;
}

/* Octets of the well-formed UTF-8 sequence beyond ASCII at s, 0 if there is
 * none (RFC 3629: no surrogates, nothing overlong, nothing above U+10FFFF) or
 * it does things to a terminal. */
static size_t utf8_length(const uint8_t *s, size_t len)
{
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	size_t i;

	if (s[0] < 0xc2 || s[0] > 0xf4 || len < n)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
		(s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	/* U+0080 to U+009F are control characters too; U+2028 to U+202E and
	 * U+2066 to U+2069 break or turn round the line they are shown in. */
	if ((s[0] == 0xc2 && s[1] < 0xa0) ||
		(s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0xa8 &&
			s[2] <= 0xae) ||
		(s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9))
		return 0;
	return n;
}

/* Octets of the character at s that may stand in a host's label, 0 if it may
 * not; with `any` all of ASCII but the control characters may. */
static size_t char_length(const uint8_t *s, size_t len, bool any)
{
	if (s[0] >= 0x80)
		return utf8_length(s, len);
	return is_word(s[0]) || (any && s[0] >= 0x20 && s[0] != 0x7f);
}

size_t mdns_name_char(const uint8_t *s, size_t len)
{
	return char_length(s, len, true);
}

struct text {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct text *text, uint8_t octet)
{
	if (text->len < text->size)
		text->buf[text->len] = (char)octet;
	text->len++;
}

static void put_decimal(struct text *text, uint8_t octet)
{
	put_char(text, '\\');
	put_char(text, (uint8_t)('0' + octet / 100));
	put_char(text, (uint8_t)('0' + octet / 10 % 10));
	put_char(text, (uint8_t)('0' + octet % 10));
}

static void put_label(
	struct text *text, const uint8_t *label, size_t len, bool safe)
{
	size_t i = 0;

	while (i < len) {
		size_t n = safe ? char_length(label + i, len - i, false)
				: label[i] >= 0x20 && label[i] != 0x7f;

		if (n == 0)
			put_decimal(text, label[i++]);
		else if (label[i] == '.' || label[i] == '\\')
			put_char(text, '\\');
		for (; n > 0; n--)
			put_char(text, label[i++]);
	}
}

static int print(
	const struct mdns_name *name, char *buf, size_t size, bool safe)
{
	struct text text = {buf, size, 0};
	size_t pos = 0;

	if (name->len <= 1)
		put_char(&text, '.');
	while (pos + 1 < name->len) {
		size_t len = name->wire[pos];

		if (pos > 0)
			put_char(&text, '.');
		put_label(&text, name->wire + pos + 1, len, safe);
		pos += len + 1;
	}
	if (text.len >= size)
		return MDNS_ERR_SPACE;
	buf[text.len] = '\0';
	return (int)text.len;
}

int mdns_name_print(const struct mdns_name *name, char *buf, size_t size)
{
	return print(name, buf, size, false);
}

int mdns_name_print_safe(const struct mdns_name *name, char *buf, size_t size)
{
	return print(name, buf, size, true);
}

/* Length octets are at most 63 and so never taken for letters: whole wire
 * forms can be folded and compared octet by octet. */
static bool equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t i;

	/* Mostly they are spelt alike. */
	if (memcmp(a, b, len) == 0)
		return true;
	for (i = 0; i < len; i++)
		if (a[i] != b[i] && fold(a[i]) != fold(b[i]))
			return false;
	return true;
}

bool mdns_name_equal(const struct mdns_name *a, const struct mdns_name *b)
{
	return a->len == b->len && equal(a->wire, b->wire, a->len);
}

bool mdns_name_equal_wire(
	const struct mdns_name *name, const uint8_t *wire, size_t len)
{
	return name->len == len && equal(name->wire, wire, len);
}

uint32_t mdns_name_hash_seeded(const struct mdns_name *name, uint32_t seed)
{
	uint32_t hash = 2166136261u ^ seed; /* FNV-1a */
	size_t i;

	for (i = 0; i < name->len; i++)
		hash = (hash ^ fold(name->wire[i])) * 16777619u;
	return hash;
}

uint32_t mdns_name_hash(const struct mdns_name *name)
{
	return mdns_name_hash_seeded(name, 0);
}

/* Offsets of the labels, root last; returns how many without the root. */
static unsigned label_offsets(const struct mdns_name *name, uint8_t offset[128])
{
	unsigned count = 0;
	size_t pos = 0;

	while (pos + 1 < name->len && count < 127) {
		offset[count++] = (uint8_t)pos;
		pos += (size_t)name->wire[pos] + 1;
	}
	return count;
}

static int compare_label(const uint8_t *a, const uint8_t *b)
{
	unsigned i;

	for (i = 1; i <= a[0] && i <= b[0]; i++)
		if (fold(a[i]) != fold(b[i]))
			return fold(a[i]) < fold(b[i]) ? -1 : 1;
	return (a[0] > b[0]) - (a[0] < b[0]);
}

int mdns_name_compare(const struct mdns_name *a, const struct mdns_name *b)
{
	uint8_t at_a[128], at_b[128];
	unsigned na = label_offsets(a, at_a);
	unsigned nb = label_offsets(b, at_b);

	while (na > 0 && nb > 0) {
		int order = compare_label(
			a->wire + at_a[--na], b->wire + at_b[--nb]);

		if (order != 0)
			return order;
	}
	return (na > nb) - (na < nb);
}

unsigned mdns_name_labels(const struct mdns_name *name)
{
	uint8_t offset[128];

	return label_offsets(name, offset);
}

bool mdns_name_is_under(
	const struct mdns_name *name, const struct mdns_name *zone)
{
	size_t pos = 0;

	while (pos < name->len && (size_t)name->len - pos > zone->len)
		pos += (size_t)name->wire[pos] + 1;
	return zone->len > 0 && (size_t)name->len - pos == zone->len &&
	       equal(name->wire + pos, zone->wire, zone->len);
}

static bool label_is_text(const uint8_t *label, size_t len, bool any)
{
	size_t i = 0, n;

	for (; i < len; i += n) {
		n = char_length(label + i, len - i, any);
		if (n == 0)
			return false;
	}
	return true;
}

bool mdns_name_is_text(const struct mdns_name *name)
{
	size_t pos = 0;

	while (pos + 1 < name->len) {
		size_t len = name->wire[pos];

		if (!label_is_text(name->wire + pos + 1, len, true))
			return false;
		pos += len + 1;
	}
	return name->len > 0;
}

bool mdns_name_is_host(const struct mdns_name *name)
{
	size_t pos = 0;

	while (pos + 1 < name->len) {
		const uint8_t *label = name->wire + pos + 1;
		size_t len = name->wire[pos];

		if (label[0] == '-' || label[len - 1] == '-' ||
			!label_is_text(label, len, false))
			return false;
		pos += len + 1;
	}
	return name->len > 1;
}

static void put_wire(struct mdns_name *name, const void *bytes, size_t size)
{
	memcpy(name->wire + name->len, bytes, size);
	name->len = (uint16_t)(name->len + size);
}

void mdns_name_from_address(
	const uint8_t *addr, size_t size, struct mdns_name *ret_name)
{
	static const char hex[16] = "0123456789abcdef";
	size_t i = size;

	ret_name->len = 0;
	while (i-- > 0) {
		if (size == 4) {
			uint8_t label[4], digits = 0, v = addr[i];

			if (v >= 100)
				label[++digits] = (uint8_t)('0' + v / 100);
			if (v >= 10)
				label[++digits] = (uint8_t)('0' + v / 10 % 10);
			label[++digits] = (uint8_t)('0' + v % 10);
			label[0] = digits;
			put_wire(ret_name, label, digits + 1u);
		} else {
			const uint8_t nibbles[4] = {1,
				(uint8_t)hex[addr[i] & 15], 1,
				(uint8_t)hex[addr[i] >> 4]};

			put_wire(ret_name, nibbles, 4);
		}
	}
	if (size == 4)
		put_wire(ret_name, "\7in-addr\4arpa", 14);
	else
		put_wire(ret_name, "\3ip6\4arpa", 10);
}
