/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text to RDATA of any type; rr_text.c has the way there. */
#include "resolver/rr_text.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/message.h"
#include "resolver/rr_types.h"
#include "resolver/rr_values.h"
#include "resolver/rr_words.h"

/* From words to octets, field by field; both remember their first error. */
struct parser {
	struct mdns_words from;
	struct mdns_writer to;
};

static void fail(struct parser *parser, const char *why)
{
	mdns_words_fail(&parser->from, why);
}

static bool more(struct parser *parser)
{
	return mdns_words_more(&parser->from);
}

/* A word that may have quotes around it. */
static struct mdns_word next_any(struct parser *parser)
{
	return mdns_words_next(&parser->from);
}

static struct mdns_word next(struct parser *parser)
{
	return mdns_words_next_plain(&parser->from);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Where a later octet of size or so stands; it is filled in by set_u8. */
static size_t put_hole(struct parser *parser)
{
	mdns_writer_u8(&parser->to, 0);
	return parser->to.pos - 1;
}

static void set_u8(struct parser *parser, size_t hole, size_t value)
{
	if (!parser->to.err)
		parser->to.base[hole] = (uint8_t)value;
}

static void put_u8(struct parser *parser, unsigned value)
{
	mdns_writer_u8(&parser->to, (uint8_t)value);
}

static bool is_number(struct mdns_word word)
{
	size_t i;

	for (i = 0; i < word.len; i++)
		if (!is_digit(word.text[i]))
			return false;
	return word.len > 0;
}

/* A number of so many octets, to the RDATA. */
static uint32_t put_number(
	struct parser *parser, struct mdns_word word, unsigned octets)
{
	uint32_t max = octets == 1 ? 255 : octets == 2 ? 65535 : 4294967295;
	uint32_t value = 0;

	if (!is_number(word))
		fail(parser, "not a number");
	else if (mdns_number_parse(word.text, word.len, max, &value) < 0)
		fail(parser, octets == 1   ? "a number above 255"
			     : octets == 2 ? "a number above 65535"
					   : "a number above 4294967295");
	while (octets-- > 0)
		put_u8(parser, value >> 8 * octets);
	return value;
}

/* By its mnemonic or as a number. */
static void put_value(
	struct parser *parser, enum mdns_rr_field field, unsigned octets)
{
	struct mdns_word word = next(parser);
	uint32_t value;

	if (mdns_mnemonic_parse(field, word.text, word.len, &value) < 0)
		put_number(parser, word, octets);
	else if (octets == 1)
		put_u8(parser, value);
	else
		mdns_writer_u16(&parser->to, (uint16_t)value);
}

static void parse_address(struct parser *parser, char field)
{
	struct mdns_word word = next(parser);
	size_t size = field == MDNS_RR_IPV4 ? 4 : 16;
	uint8_t bytes[16] = {0};

	if (mdns_address_parse(word.text, word.len, bytes, size) < 0)
		fail(parser, size == 4 ? "not an IPv4 address"
				       : "not an IPv6 address");
	mdns_writer_bytes(&parser->to, bytes, size);
}

static void parse_name(struct parser *parser)
{
	struct mdns_word word = next(parser);
	struct mdns_name name;

	if ((word.len == 1 && word.text[0] == '@') ||
		mdns_name_parse(word.text, word.len, &name) < 0)
		fail(parser, "not a domain name");
	else
		mdns_writer_name(&parser->to, &name, false);
}

/* The octets that a word stands for (RFC 1035 5.1); how many. */
static size_t put_unescaped(struct parser *parser, struct mdns_word word)
{
	size_t i = 0, count = 0;

	while (i < word.len) {
		uint32_t octet = (uint8_t)word.text[i++];

		if (octet == '\\' && i < word.len && !is_digit(word.text[i])) {
			octet = (uint8_t)word.text[i++];
		} else if (octet == '\\') {
			if (word.len - i < 3 || mdns_number_parse(word.text + i,
							3, 255, &octet) < 0) {
				fail(parser, "a backslash without an octet "
					     "(\\000 to \\255)");
				return count;
			}
			i += 3;
		}
		put_u8(parser, octet);
		count++;
	}
	return count;
}

static void parse_string(struct parser *parser)
{
	size_t hole = put_hole(parser);
	size_t size = put_unescaped(parser, next_any(parser));

	if (size > 255)
		fail(parser, "a string of more than 255 octets");
	set_u8(parser, hole, size);
}

static void parse_strings(struct parser *parser)
{
	do
		parse_string(parser);
	while (more(parser));
}

static void parse_tag(struct parser *parser)
{
	size_t hole = put_hole(parser);
	struct mdns_word word = next(parser);
	size_t i;

	for (i = 0; i < word.len; i++)
		if (!is_digit(word.text[i]) &&
			!((word.text[i] | 0x20) >= 'a' &&
				(word.text[i] | 0x20) <= 'z'))
			fail(parser, "a tag that is not letters and digits");
	if (word.len > 255)
		fail(parser, "a tag of more than 255 letters");
	else if (word.len > 0)
		mdns_writer_bytes(&parser->to, word.text, word.len);
	set_u8(parser, hole, word.len);
}

static void parse_quoted(struct parser *parser, char field)
{
	size_t size = put_unescaped(parser, next_any(parser));

	if (size == 0 && field == MDNS_RR_QUOTED_SOME)
		fail(parser, "an empty text");
}

/* -1: not a digit of base64 (6 bits) or base32hex (5). */
static int base_value(char c, unsigned bits)
{
	if (bits == 4)
		return mdns_hex_value(c);
	if (bits == 5) {
		char upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;

		return is_digit(c)                    ? c - '0'
		       : upper >= 'A' && upper <= 'V' ? upper - 'A' + 10
						      : -1;
	}
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Digits of 4 (hex), 5 (base32hex) or 6 (base64) bits, in one word or more. */
struct digits {
	unsigned bits;
	unsigned value; /* bits that do not make an octet yet */
	unsigned held;  /* how many */
	size_t count;   /* characters */
	size_t padding; /* = at the end; base64 only */
};

static const char *bad_digits(unsigned bits)
{
	return bits == 4   ? "not pairs of hex digits"
	       : bits == 5 ? "not base32hex"
			   : "not base64";
}

static void put_digits(
	struct parser *parser, struct digits *digits, struct mdns_word word)
{
	size_t i;

	for (i = 0; i < word.len; i++) {
		int value = base_value(word.text[i], digits->bits);

		digits->count++;
		if (digits->bits == 6 && word.text[i] == '=') {
			digits->padding++;
			continue;
		}
		if (value < 0 || digits->padding > 0) {
			fail(parser, bad_digits(digits->bits));
			return;
		}
		digits->value =
			(digits->value << digits->bits | (unsigned)value) &
			0xfff;
		digits->held += digits->bits;
		if (digits->held >= 8) {
			digits->held -= 8;
			put_u8(parser, digits->value >> digits->held);
		}
	}
}

/* What is left over may be no whole digit, and zeros only: otherwise there
 * would be two texts for the same octets. */
static void end_digits(struct parser *parser, const struct digits *digits)
{
	unsigned left = digits->value & ((1u << digits->held) - 1);

	if (digits->held >= digits->bits || left != 0 ||
		(digits->bits == 6 &&
			(digits->count % 4 != 0 || digits->padding > 2)))
		fail(parser, bad_digits(digits->bits));
}

/* One word; how many octets it was. */
static size_t put_blob(
	struct parser *parser, struct mdns_word word, unsigned bits)
{
	struct digits digits = {.bits = bits};
	size_t start = parser->to.pos;

	put_digits(parser, &digits, word);
	end_digits(parser, &digits);
	return parser->to.pos - start;
}

static void parse_blob(struct parser *parser, unsigned bits, bool may_be_empty)
{
	struct digits digits = {.bits = bits};

	if (!may_be_empty && !more(parser))
		fail(parser, "something is missing at the end");
	while (more(parser))
		put_digits(parser, &digits, next(parser));
	end_digits(parser, &digits);
}

static void parse_salt(struct parser *parser)
{
	size_t hole = put_hole(parser);
	struct mdns_word word = next(parser);
	size_t size = 0;

	if (word.len != 1 || word.text[0] != '-')
		size = put_blob(parser, word, 4);
	if (size > 255)
		fail(parser, "a salt of more than 255 octets");
	set_u8(parser, hole, size);
}

static void parse_hash(struct parser *parser)
{
	size_t hole = put_hole(parser);
	size_t size = put_blob(parser, next(parser), 5);

	if (size > 255)
		fail(parser, "a hash of more than 255 octets");
	set_u8(parser, hole, size);
}

static uint16_t parse_type(struct parser *parser)
{
	struct mdns_word word = next(parser);
	uint16_t type = 0;

	if (mdns_rr_type_parse(word.text, word.len, &type) < 0)
		fail(parser, "not a record type");
	return type;
}

/* RFC 4034 3.2: YYYYMMDDHHMMSS, or seconds since 1970. */
static void parse_time(struct parser *parser)
{
	struct mdns_word word = next(parser);
	uint32_t seconds = 0;

	if (word.len <= 10) {
		put_number(parser, word, 4);
		return;
	}
	if (mdns_date_parse(word.text, word.len, &seconds) < 0)
		fail(parser, "not a time (YYYYMMDDHHMMSS, to 21060207062815)");
	mdns_writer_u32(&parser->to, seconds);
}

/* Sets the bit of a type in the blocks from `start` to the end, which it keeps
 * in order; makes room for its block or its octet if there is none yet. */
static void set_type(struct parser *parser, size_t start, uint16_t type)
{
	static const uint8_t zeros[34];
	struct mdns_writer *to = &parser->to;
	unsigned window = type >> 8, octet = (type & 255u) / 8;
	size_t need = octet + 3u, have = 0, pos = start, end = to->pos;

	while (pos < end && to->base[pos] < window)
		pos += 2u + to->base[pos + 1];
	if (pos < end && to->base[pos] == window)
		have = 2u + to->base[pos + 1];
	if (need > have) {
		mdns_writer_bytes(to, zeros, need - have);
		if (to->err)
			return;
		memmove(to->base + pos + need, to->base + pos + have,
			end - pos - have);
		memset(to->base + pos + have, 0, need - have);
		to->base[pos] = (uint8_t)window;
		to->base[pos + 1] = (uint8_t)(octet + 1);
	}
	to->base[pos + 2 + octet] |= (uint8_t)(0x80 >> type % 8);
}

static void parse_bitmap(struct parser *parser, char field)
{
	size_t start = parser->to.pos;

	if (field == MDNS_RR_BITMAP_SOME && !more(parser))
		fail(parser, "no record type");
	while (more(parser)) {
		uint16_t type = parse_type(parser);

		if (!parser->from.why && !parser->to.err)
			set_type(parser, start, type);
	}
}

static void parse_eui(struct parser *parser, char field)
{
	size_t i, size = field == MDNS_RR_EUI48 ? 6 : 8;
	struct mdns_word word = next(parser);

	if (word.len != 3 * size - 1) {
		fail(parser, size == 6 ? "not an EUI-48 (00-00-5e-00-53-2a)"
				       : "not an EUI-64 "
					 "(00-00-5e-ef-10-00-00-2a)");
		return;
	}
	for (i = 0; i < size; i++) {
		int high = mdns_hex_value(word.text[3 * i]);
		int low = mdns_hex_value(word.text[3 * i + 1]);

		if (high < 0 || low < 0 ||
			(i + 1 < size && word.text[3 * i + 2] != '-')) {
			fail(parser, "not hex digits with hyphens between");
			return;
		}
		put_u8(parser, (unsigned)(high << 4 | low));
	}
}

/* Digits with `places` of them, or fewer, behind a point, and then only zeros;
 * the value times ten to the power of `places`. */
static bool read_fixed(const char *text, size_t len, unsigned places,
	uint32_t max, uint32_t *ret_value)
{
	char digits[16];
	size_t n = 0, i = 0;

	for (; i < len && text[i] != '.' && n < 12; i++)
		digits[n++] = text[i];
	if (n == 0 || (i < len && text[i] != '.'))
		return false;
	if (i < len)
		i++;
	for (; places > 0; places--)
		digits[n++] = i < len ? text[i++] : '0';
	while (i < len && text[i] == '0')
		i++;
	return i == len && mdns_number_parse(digits, n, max, ret_value) == 0;
}

/* Degrees, and perhaps minutes and seconds, and the hemisphere. */
static void parse_angle(
	struct parser *parser, uint32_t degrees, const char hemisphere[2])
{
	static const uint32_t unit[3] = {3600000, 60000, 1};
	const uint32_t max[3] = {degrees, 59, 59999};
	uint32_t value = 0, part;
	struct mdns_word word = next(parser);
	unsigned i;
	int letter;

	for (i = 0; i < 3 && word.len > 0 && is_digit(word.text[0]); i++) {
		if (!read_fixed(word.text, word.len, i == 2 ? 3 : 0, max[i],
			    &part)) {
			fail(parser, "not degrees, minutes and seconds");
			return;
		}
		value += part * unit[i];
		word = next(parser);
	}
	if (i == 0 || value > degrees * 3600000)
		fail(parser, "not degrees, minutes and seconds");
	letter = word.len == 1 ? word.text[0] & ~0x20 : 0;
	if (letter == hemisphere[0])
		value = 0x80000000 + value;
	else if (letter == hemisphere[1])
		value = 0x80000000 - value;
	else
		fail(parser, hemisphere[0] == 'N' ? "neither N nor S"
						  : "neither E nor W");
	mdns_writer_u32(&parser->to, value);
}

/* Metres with an m or without, times ten to the power of `places`. */
static bool read_metres(struct mdns_word word, unsigned places, uint32_t max,
	uint32_t *ret_value)
{
	if (word.len > 0 && (word.text[word.len - 1] | 0x20) == 'm')
		word.len--;
	return read_fixed(word.text, word.len, places, max, ret_value);
}

/* Centimetres as a digit and a power of ten: up to 9e9, so that whole metres
 * have to be read as such. */
static uint8_t parse_size(struct parser *parser)
{
	struct mdns_word word = next(parser);
	uint32_t value = 0;
	uint8_t power = 0;

	if (read_metres(word, 0, 90000000, &value))
		power = value > 0 ? 2 : 0;
	else if (!read_metres(word, 2, 4294967295, &value))
		fail(parser, "not metres, at most 90000000");
	for (; value > 9 && value % 10 == 0; value /= 10)
		power++;
	if (value > 9)
		fail(parser, "a size that is not one digit and zeros");
	return (uint8_t)(value << 4 | power);
}

/* RFC 1876 3; what is left out at the end is 1m, 10000m and 10m. */
static void parse_location(struct parser *parser)
{
	uint8_t head[4] = {0, 0x12, 0x16, 0x13};
	size_t start = parser->to.pos;
	uint32_t altitude = 0;
	struct mdns_word word;
	bool below;
	unsigned i;

	mdns_writer_bytes(&parser->to, head, sizeof(head));
	parse_angle(parser, 90, "NS");
	parse_angle(parser, 180, "EW");
	word = next(parser);
	below = word.len > 0 && word.text[0] == '-';
	word.text += below;
	word.len -= below;
	if (!read_metres(word, 2, below ? 10000000 : 4284967295, &altitude))
		fail(parser, "not metres, -100000.00 to 42849672.95");
	mdns_writer_u32(
		&parser->to, below ? 10000000 - altitude : 10000000 + altitude);
	for (i = 1; i < 4 && more(parser); i++)
		head[i] = parse_size(parser);
	if (!parser->to.err)
		memcpy(parser->to.base + start, head, sizeof(head));
}

static void parse_gateway(struct parser *parser)
{
	uint32_t kind = put_number(parser, next(parser), 1);
	struct mdns_word word;

	put_number(parser, next(parser), 1);
	switch (kind) {
	case 0:
		word = next(parser);
		if (word.len != 1 || word.text[0] != '.')
			fail(parser, "a gateway that is not . (its type is 0)");
		break;
	case 1:
		parse_address(parser, MDNS_RR_IPV4);
		break;
	case 2:
		parse_address(parser, MDNS_RR_IPV6);
		break;
	case 3:
		parse_name(parser);
		break;
	default:
		fail(parser, "a gateway of an unknown type (0 to 3)");
	}
}

static void parse_host_identity(struct parser *parser)
{
	size_t hole = put_hole(parser);
	size_t size;

	put_number(parser, next(parser), 1);
	put_hole(parser);
	put_hole(parser);
	size = put_blob(parser, next(parser), 4);
	if (size > 255)
		fail(parser, "a host identity tag of more than 255 octets");
	set_u8(parser, hole, size);
	size = put_blob(parser, next(parser), 6);
	set_u8(parser, hole + 2, size >> 8);
	set_u8(parser, hole + 3, size & 255);
	while (more(parser))
		parse_name(parser);
}

static void parse_unknown(struct parser *parser)
{
	struct mdns_word word = next(parser);
	uint32_t size = 0;

	if (mdns_number_parse(word.text, word.len, 65535, &size) < 0)
		fail(parser, "not a length (\\# 4 0A000001)");
	parse_blob(parser, 4, true);
	if (parser->to.pos != size && !parser->to.err)
		fail(parser, "more or fewer octets than the length says");
}

static void parse_field(struct parser *parser, char field)
{
	switch ((enum mdns_rr_field)field) {
	case MDNS_RR_U8:
		put_number(parser, next(parser), 1);
		break;
	case MDNS_RR_U16:
		put_number(parser, next(parser), 2);
		break;
	case MDNS_RR_U32:
		put_number(parser, next(parser), 4);
		break;
	case MDNS_RR_IPV4:
	case MDNS_RR_IPV6:
		parse_address(parser, field);
		break;
	case MDNS_RR_NAME:
	case MDNS_RR_NAME_COMPRESSED:
		parse_name(parser);
		break;
	case MDNS_RR_STRING:
		parse_string(parser);
		break;
	case MDNS_RR_STRINGS:
		parse_strings(parser);
		break;
	case MDNS_RR_TAG:
		parse_tag(parser);
		break;
	case MDNS_RR_QUOTED:
	case MDNS_RR_QUOTED_SOME:
		parse_quoted(parser, field);
		break;
	case MDNS_RR_HEX:
		parse_blob(parser, 4, false);
		break;
	case MDNS_RR_BASE64:
	case MDNS_RR_BASE64_SOME:
		parse_blob(parser, 6, field == MDNS_RR_BASE64);
		break;
	case MDNS_RR_SALT:
		parse_salt(parser);
		break;
	case MDNS_RR_HASH:
		parse_hash(parser);
		break;
	case MDNS_RR_TYPE:
		mdns_writer_u16(&parser->to, parse_type(parser));
		break;
	case MDNS_RR_CERTIFICATE:
		put_value(parser, MDNS_RR_CERTIFICATE, 2);
		break;
	case MDNS_RR_ALGORITHM:
	case MDNS_RR_ALGORITHM_NAME:
		put_value(parser, MDNS_RR_ALGORITHM, 1);
		break;
	case MDNS_RR_TIME:
		parse_time(parser);
		break;
	case MDNS_RR_BITMAP:
	case MDNS_RR_BITMAP_SOME:
		parse_bitmap(parser, field);
		break;
	case MDNS_RR_EUI48:
	case MDNS_RR_EUI64:
		parse_eui(parser, field);
		break;
	case MDNS_RR_LOCATION:
		parse_location(parser);
		break;
	case MDNS_RR_GATEWAY:
		parse_gateway(parser);
		break;
	case MDNS_RR_HOST_IDENTITY:
		parse_host_identity(parser);
		break;
	case MDNS_RR_OPTIONS:
	case MDNS_RR_UNKNOWN:
		fail(parser, "a type without a text form (\\# 4 0A000001)");
		break;
	}
}

/* RFC 3597 5: the word \# stands before them. */
static bool starts_unknown(struct parser *parser)
{
	struct mdns_words words = parser->from;
	struct mdns_word word = {"", 0, false};

	if (mdns_words_more(&words))
		word = mdns_words_next(&words);
	if (word.quoted || word.len != 2 || memcmp(word.text, "\\#", 2) != 0)
		return false;
	parser->from = words;
	return true;
}

int mdns_rr_type_parse(const char *text, size_t len, uint16_t *ret_type)
{
	const struct mdns_rr_type *type;
	uint32_t value;
	size_t i;

	for (i = 0; (type = mdns_rr_type_at(i)); i++)
		if (mdns_word_is(text, len, type->name)) {
			*ret_type = type->type;
			return 0;
		}
	if (len < 5 || !mdns_word_is(text, 4, "TYPE") ||
		mdns_number_parse(text + 4, len - 4, UINT16_MAX, &value) < 0)
		return MDNS_ERR_FORMAT;
	*ret_type = (uint16_t)value;
	return 0;
}

int mdns_rr_parse(uint16_t type, const char *text, size_t len, uint8_t *buf,
	size_t size, const char **ret_why)
{
	struct parser parser = {.from = {.text = text, .len = len}};
	const char *field = mdns_rr_type_layout(type);

	parser.to.base = buf;
	parser.to.size = size < UINT16_MAX ? size : UINT16_MAX;
	if (starts_unknown(&parser))
		parse_unknown(&parser);
	else
		while (*field && !parser.from.why && !parser.to.err)
			parse_field(&parser, *field++);
	if (more(&parser) && !parser.to.err)
		fail(&parser, "something is left over at the end");
	if (parser.from.why) {
		*ret_why = parser.from.why;
		return MDNS_ERR_FORMAT;
	}
	return parser.to.err ? parser.to.err : (int)parser.to.pos;
}
