/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RDATA of any type to text; rr_text_parse.c has the way back. */
#include "resolver/rr_text.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/message.h"
#include "resolver/rr_types.h"
#include "resolver/rr_values.h"

/* len goes on counting where buf is full. */
struct text {
	char *buf;
	size_t size;
	size_t len;
};

static void put(struct text *text, char c)
{
	if (text->len < text->size)
		text->buf[text->len] = c;
	text->len++;
}

static void put_all(struct text *text, const char *s)
{
	while (*s)
		put(text, *s++);
}

/* Decimal, with zeros before it up to that many digits. */
static void put_padded(struct text *text, uint32_t value, unsigned width)
{
	char digits[10]; /* 4294967295 */
	unsigned n = 0;

	for (; value > 0 || n < width; value /= 10)
		digits[n++] = (char)('0' + value % 10);
	while (n > 0)
		put(text, digits[--n]);
}

static void put_number(struct text *text, uint32_t value)
{
	put_padded(text, value, 1);
}

/* A space, if this is not the first word. */
static void put_space(struct text *text)
{
	if (text->len > 0)
		put(text, ' ');
}

static int end_text(const struct text *text)
{
	if (text->len >= text->size)
		return MDNS_ERR_SPACE;
	text->buf[text->len] = '\0';
	return (int)text->len;
}

/* Octets as they stand in text: \X for those in `special`, \DDD for what is
 * not printable ASCII. A space is special in names only, as \032. */
static void put_escaped(struct text *text, const uint8_t *bytes, size_t size,
	const char *special)
{
	size_t i;

	for (i = 0; i < size; i++) {
		uint8_t c = bytes[i];

		if (c < 0x20 || c > 0x7e || (c == ' ' && special[0] == ' ')) {
			put(text, '\\');
			put_padded(text, c, 3);
			continue;
		}
		if (strchr(special, c))
			put(text, '\\');
		put(text, (char)c);
	}
}

static void put_quoted(struct text *text, const uint8_t *bytes, size_t size)
{
	put_space(text);
	put(text, '"');
	put_escaped(text, bytes, size, "\"\\");
	put(text, '"');
}

static void put_hex(struct text *text, const uint8_t *bytes, size_t size)
{
	static const char digits[16] = "0123456789ABCDEF";
	size_t i;

	for (i = 0; i < size; i++) {
		put(text, digits[bytes[i] >> 4]);
		put(text, digits[bytes[i] & 15]);
	}
}

/* RFC 4648: base64 is 6 bits a character, padded to fours; base32hex is 5, and
 * NSEC3 has it without padding (RFC 5155 3.3). */
static void put_base(
	struct text *text, const uint8_t *bytes, size_t size, unsigned bits)
{
	static const char base64[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	static const char base32hex[32] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
	const char *digits = bits == 6 ? base64 : base32hex;
	unsigned held = 0, value = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		value = (value << 8 | bytes[i]) & 0xffff;
		for (held += 8; held >= bits; held -= bits)
			put(text, digits[value >> (held - bits) &
					  ((1u << bits) - 1)]);
	}
	if (held > 0)
		put(text, digits[value << (bits - held) & ((1u << bits) - 1)]);
	for (i = size; bits == 6 && i % 3 != 0; i++)
		put(text, '=');
}

static void put_unknown(struct text *text, const uint8_t *bytes, size_t size)
{
	put_all(text, "\\# ");
	put_number(text, (uint32_t)size);
	if (size > 0)
		put(text, ' ');
	put_hex(text, bytes, size);
}

static void fail(struct mdns_reader *reader)
{
	reader->err = MDNS_ERR_FORMAT;
}

/* How much is left; an error if it is less than `least`. */
static size_t rest(struct mdns_reader *reader, size_t least)
{
	size_t size = reader->end - reader->pos;

	if (size < least)
		fail(reader);
	return reader->err ? 0 : size;
}

static void print_number(
	struct mdns_reader *reader, struct text *text, char field)
{
	put_space(text);
	if (field == MDNS_RR_U8)
		put_number(text, mdns_reader_u8(reader));
	else if (field == MDNS_RR_U16)
		put_number(text, mdns_reader_u16(reader));
	else
		put_number(text, mdns_reader_u32(reader));
}

static void print_address(
	struct mdns_reader *reader, struct text *text, char field)
{
	size_t size = field == MDNS_RR_IPV4 ? 4 : 16;
	const uint8_t *bytes = mdns_reader_bytes(reader, size);
	char address[MDNS_ADDRESS_TEXT_MAX];

	if (!bytes)
		return;
	mdns_address_print(bytes, size, address);
	put_space(text);
	put_all(text, address);
}

/* Not mdns_reader_name: here a compression pointer leads nowhere. */
static void print_name(struct mdns_reader *reader, struct text *text)
{
	size_t total = 0;

	put_space(text);
	for (;;) {
		uint8_t size = mdns_reader_u8(reader);
		const uint8_t *label = mdns_reader_bytes(reader, size);

		total += size + 1u;
		if (size > MDNS_LABEL_MAX || total > MDNS_NAME_MAX)
			fail(reader);
		if (reader->err)
			return;
		if (size > 0)
			put_escaped(text, label, size, " \".();\\@$");
		if (size > 0 || total == 1)
			put(text, '.');
		if (size == 0)
			return;
	}
}

static void print_string(struct mdns_reader *reader, struct text *text)
{
	uint8_t size = mdns_reader_u8(reader);
	const uint8_t *bytes = mdns_reader_bytes(reader, size);

	if (bytes)
		put_quoted(text, bytes, size);
}

static void print_strings(struct mdns_reader *reader, struct text *text)
{
	do
		print_string(reader, text);
	while (!reader->err && reader->pos < reader->end);
}

static bool is_letter_or_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static void print_tag(struct mdns_reader *reader, struct text *text)
{
	uint8_t size = mdns_reader_u8(reader);
	const uint8_t *bytes = mdns_reader_bytes(reader, size);
	size_t i;

	if (!bytes || size == 0) {
		fail(reader);
		return;
	}
	put_space(text);
	for (i = 0; i < size; i++) {
		if (!is_letter_or_digit(bytes[i]))
			fail(reader);
		put(text, (char)bytes[i]);
	}
}

static void print_rest(
	struct mdns_reader *reader, struct text *text, char field)
{
	bool may_be_empty = field == MDNS_RR_QUOTED || field == MDNS_RR_BASE64;
	size_t size = rest(reader, may_be_empty ? 0 : 1);
	const uint8_t *bytes = mdns_reader_bytes(reader, size);

	if (!bytes)
		return;
	if (field == MDNS_RR_QUOTED || field == MDNS_RR_QUOTED_SOME) {
		put_quoted(text, bytes, size);
		return;
	}
	if (size == 0)
		return;
	put_space(text);
	if (field == MDNS_RR_HEX)
		put_hex(text, bytes, size);
	else
		put_base(text, bytes, size, 6);
}

static void print_salt(struct mdns_reader *reader, struct text *text)
{
	uint8_t size = mdns_reader_u8(reader);
	const uint8_t *bytes = mdns_reader_bytes(reader, size);

	if (!bytes)
		return;
	put_space(text);
	put_hex(text, bytes, size);
	if (size == 0)
		put(text, '-');
}

static void print_hash(struct mdns_reader *reader, struct text *text)
{
	uint8_t size = mdns_reader_u8(reader);
	const uint8_t *bytes = mdns_reader_bytes(reader, size);

	if (!bytes || size == 0) {
		fail(reader);
		return;
	}
	put_space(text);
	put_base(text, bytes, size, 5);
}

static void put_type(struct text *text, uint16_t type)
{
	const struct mdns_rr_type *found = mdns_rr_type_find(type);

	put_space(text);
	if (found) {
		put_all(text, found->name);
	} else {
		put_all(text, "TYPE");
		put_number(text, type);
	}
}

static void put_value(
	struct text *text, enum mdns_rr_field field, unsigned value)
{
	const char *name = mdns_mnemonic_find(field, value);

	put_space(text);
	if (name)
		put_all(text, name);
	else
		put_number(text, value);
}

static void print_time(struct mdns_reader *reader, struct text *text)
{
	char time[MDNS_DATE_TEXT_MAX];

	mdns_date_print(mdns_reader_u32(reader), time);
	put_space(text);
	put_all(text, time);
}

/* RFC 4034 4.1.2: blocks in ascending order, none empty, and no zero octets at
 * the end of one. */
static void print_bitmap(
	struct mdns_reader *reader, struct text *text, char field)
{
	int last = -1;

	rest(reader, field == MDNS_RR_BITMAP_SOME ? 1 : 0);
	while (!reader->err && reader->pos < reader->end) {
		uint8_t window = mdns_reader_u8(reader);
		uint8_t size = mdns_reader_u8(reader);
		const uint8_t *bits = mdns_reader_bytes(reader, size);
		unsigned i;

		if (!bits || window <= last || size < 1 || size > 32 ||
			bits[size - 1] == 0) {
			fail(reader);
			return;
		}
		for (i = 0; i < size * 8u; i++)
			if (bits[i / 8] & 0x80 >> i % 8)
				put_type(text, (uint16_t)(window * 256u + i));
		last = window;
	}
}

static void print_eui(struct mdns_reader *reader, struct text *text, char field)
{
	static const char digits[16] = "0123456789abcdef";
	size_t i, size = field == MDNS_RR_EUI48 ? 6 : 8;
	const uint8_t *bytes = mdns_reader_bytes(reader, size);

	if (!bytes)
		return;
	put_space(text);
	for (i = 0; i < size; i++) {
		if (i > 0)
			put(text, '-');
		put(text, digits[bytes[i] >> 4]);
		put(text, digits[bytes[i] & 15]);
	}
}

/* Thousandths of a second of arc from the equator or the prime meridian, which
 * are at 2^31. */
static void print_angle(struct mdns_reader *reader, struct text *text,
	uint32_t degrees, const char hemisphere[2])
{
	uint32_t value = mdns_reader_u32(reader);
	bool second = value < 0x80000000;

	value = second ? 0x80000000 - value : value - 0x80000000;
	if (value > degrees * 3600000)
		fail(reader);
	put_space(text);
	put_number(text, value / 3600000);
	put(text, ' ');
	put_number(text, value / 60000 % 60);
	put(text, ' ');
	put_number(text, value / 1000 % 60);
	put(text, '.');
	put_padded(text, value % 1000, 3);
	put(text, ' ');
	put(text, hemisphere[second]);
}

/* Centimetres as a digit and a power of ten; metres in text, with cents only
 * where it is less than one. */
static void put_size(
	struct mdns_reader *reader, struct text *text, uint8_t size)
{
	unsigned digit = size >> 4, power = size & 15;

	if (digit > 9 || power > 9 || (digit == 0 && power > 0))
		fail(reader);
	put_space(text);
	if (power < 2) {
		put_all(text, "0.");
		put_padded(text, power == 0 ? digit : digit * 10, 2);
	} else {
		put_number(text, digit);
		for (; power > 2; power--)
			put(text, '0');
	}
	put(text, 'm');
}

static void print_location(struct mdns_reader *reader, struct text *text)
{
	const uint8_t *head = mdns_reader_bytes(reader, 4);
	uint32_t altitude;
	unsigned i;

	if (!head || head[0] != 0) {
		fail(reader);
		return;
	}
	print_angle(reader, text, 90, "NS");
	print_angle(reader, text, 180, "EW");
	/* Centimetres above 100 km below sea level. */
	altitude = mdns_reader_u32(reader);
	put(text, ' ');
	if (altitude < 10000000)
		put(text, '-');
	altitude =
		altitude < 10000000 ? 10000000 - altitude : altitude - 10000000;
	put_number(text, altitude / 100);
	put(text, '.');
	put_padded(text, altitude % 100, 2);
	put(text, 'm');
	for (i = 1; i < 4; i++)
		put_size(reader, text, head[i]);
}

static void print_gateway(struct mdns_reader *reader, struct text *text)
{
	uint8_t kind = mdns_reader_u8(reader);
	uint8_t algorithm = mdns_reader_u8(reader);

	put_space(text);
	put_number(text, kind);
	put_space(text);
	put_number(text, algorithm);
	switch (kind) {
	case 0:
		put_all(text, " .");
		break;
	case 1:
		print_address(reader, text, MDNS_RR_IPV4);
		break;
	case 2:
		print_address(reader, text, MDNS_RR_IPV6);
		break;
	case 3:
		print_name(reader, text);
		break;
	default:
		fail(reader);
	}
}

static void print_host_identity(struct mdns_reader *reader, struct text *text)
{
	uint8_t tag_size = mdns_reader_u8(reader);
	uint8_t algorithm = mdns_reader_u8(reader);
	uint16_t key_size = mdns_reader_u16(reader);
	const uint8_t *tag = mdns_reader_bytes(reader, tag_size);
	const uint8_t *key = mdns_reader_bytes(reader, key_size);

	if (!tag || !key || tag_size == 0 || key_size == 0) {
		fail(reader);
		return;
	}
	put_space(text);
	put_number(text, algorithm);
	put_space(text);
	put_hex(text, tag, tag_size);
	put_space(text);
	put_base(text, key, key_size, 6);
	while (!reader->err && reader->pos < reader->end)
		print_name(reader, text);
}

/* RFC 6891 6.1.2: code, length, so many octets. */
static void print_options(struct mdns_reader *reader, struct text *text)
{
	while (!reader->err && reader->pos < reader->end) {
		mdns_reader_u16(reader);
		mdns_reader_bytes(reader, mdns_reader_u16(reader));
	}
	put_unknown(text, reader->base, reader->size);
}

static void print_unknown(struct mdns_reader *reader, struct text *text)
{
	size_t size = rest(reader, 0);

	put_unknown(text, mdns_reader_bytes(reader, size), size);
}

static void print_field(
	struct mdns_reader *reader, struct text *text, char field)
{
	switch ((enum mdns_rr_field)field) {
	case MDNS_RR_U8:
	case MDNS_RR_U16:
	case MDNS_RR_U32:
	case MDNS_RR_ALGORITHM:
		print_number(reader, text,
			field == MDNS_RR_ALGORITHM ? MDNS_RR_U8 : field);
		break;
	case MDNS_RR_IPV4:
	case MDNS_RR_IPV6:
		print_address(reader, text, field);
		break;
	case MDNS_RR_NAME:
	case MDNS_RR_NAME_COMPRESSED:
		print_name(reader, text);
		break;
	case MDNS_RR_STRING:
		print_string(reader, text);
		break;
	case MDNS_RR_STRINGS:
		print_strings(reader, text);
		break;
	case MDNS_RR_TAG:
		print_tag(reader, text);
		break;
	case MDNS_RR_QUOTED:
	case MDNS_RR_QUOTED_SOME:
	case MDNS_RR_HEX:
	case MDNS_RR_BASE64:
	case MDNS_RR_BASE64_SOME:
		print_rest(reader, text, field);
		break;
	case MDNS_RR_SALT:
		print_salt(reader, text);
		break;
	case MDNS_RR_HASH:
		print_hash(reader, text);
		break;
	case MDNS_RR_TYPE:
		put_type(text, mdns_reader_u16(reader));
		break;
	case MDNS_RR_CERTIFICATE:
		put_value(text, MDNS_RR_CERTIFICATE, mdns_reader_u16(reader));
		break;
	case MDNS_RR_ALGORITHM_NAME:
		put_value(text, MDNS_RR_ALGORITHM, mdns_reader_u8(reader));
		break;
	case MDNS_RR_TIME:
		print_time(reader, text);
		break;
	case MDNS_RR_BITMAP:
	case MDNS_RR_BITMAP_SOME:
		print_bitmap(reader, text, field);
		break;
	case MDNS_RR_EUI48:
	case MDNS_RR_EUI64:
		print_eui(reader, text, field);
		break;
	case MDNS_RR_LOCATION:
		print_location(reader, text);
		break;
	case MDNS_RR_GATEWAY:
		print_gateway(reader, text);
		break;
	case MDNS_RR_HOST_IDENTITY:
		print_host_identity(reader, text);
		break;
	case MDNS_RR_OPTIONS:
		print_options(reader, text);
		break;
	case MDNS_RR_UNKNOWN:
		print_unknown(reader, text);
		break;
	}
}

int mdns_rr_type_print(uint16_t type, char *buf, size_t size)
{
	struct text text = {buf, size, 0};

	put_type(&text, type);
	return end_text(&text);
}

int mdns_rr_print(
	uint16_t type, const uint8_t *rdata, size_t len, char *buf, size_t size)
{
	struct mdns_reader reader = {.base = rdata, .size = len, .end = len};
	struct text text = {buf, size, 0};
	const char *field = mdns_rr_type_layout(type);

	if (len > UINT16_MAX)
		return MDNS_ERR_FORMAT;
	while (*field && !reader.err)
		print_field(&reader, &text, *field++);
	if (!mdns_reader_done(&reader))
		return MDNS_ERR_FORMAT;
	return end_text(&text);
}

int mdns_rr_print_unknown(
	const uint8_t *rdata, size_t len, char *buf, size_t size)
{
	struct text text = {buf, size, 0};

	if (len > UINT16_MAX)
		return MDNS_ERR_FORMAT;
	put_unknown(&text, rdata, len);
	return end_text(&text);
}
