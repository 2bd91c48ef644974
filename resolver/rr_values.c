/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single values in RDATA as text and back: numbers, mnemonics, addresses,
 * times. */
#include "resolver/rr_values.h"

#include <string.h>

#include "resolver/err.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int mdns_number_parse(
	const char *text, size_t len, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return MDNS_ERR_FORMAT;
		value = value * 10 + (unsigned)(text[i] - '0');
		if (value > max)
			return MDNS_ERR_FORMAT;
	}
	if (len == 0)
		return MDNS_ERR_FORMAT;
	*ret_value = (uint32_t)value;
	return 0;
}

int mdns_hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool mdns_word_is(const char *text, size_t len, const char *word)
{
	size_t i;

	for (i = 0; i < len && word[i]; i++) {
		char c = text[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (c != word[i])
			return false;
	}
	return i == len && !word[i];
}

static const struct {
	uint8_t value;
	char field; /* of enum mdns_rr_field */
	char name[19];
} mnemonics[] = {
	{1, MDNS_RR_ALGORITHM, "RSAMD5"},
	{2, MDNS_RR_ALGORITHM, "DH"},
	{3, MDNS_RR_ALGORITHM, "DSA"},
	{4, MDNS_RR_ALGORITHM, "ECC"},
	{5, MDNS_RR_ALGORITHM, "RSASHA1"},
	{6, MDNS_RR_ALGORITHM, "DSA-NSEC3-SHA1"},
	{7, MDNS_RR_ALGORITHM, "RSASHA1-NSEC3-SHA1"},
	{8, MDNS_RR_ALGORITHM, "RSASHA256"},
	{10, MDNS_RR_ALGORITHM, "RSASHA512"},
	{12, MDNS_RR_ALGORITHM, "ECC-GOST"},
	{13, MDNS_RR_ALGORITHM, "ECDSAP256SHA256"},
	{14, MDNS_RR_ALGORITHM, "ECDSAP384SHA384"},
	{15, MDNS_RR_ALGORITHM, "ED25519"},
	{16, MDNS_RR_ALGORITHM, "ED448"},
	{252, MDNS_RR_ALGORITHM, "INDIRECT"},
	{253, MDNS_RR_ALGORITHM, "PRIVATEDNS"},
	{254, MDNS_RR_ALGORITHM, "PRIVATEOID"},
	{1, MDNS_RR_CERTIFICATE, "PKIX"},
	{2, MDNS_RR_CERTIFICATE, "SPKI"},
	{3, MDNS_RR_CERTIFICATE, "PGP"},
	{4, MDNS_RR_CERTIFICATE, "IPKIX"},
	{5, MDNS_RR_CERTIFICATE, "ISPKI"},
	{6, MDNS_RR_CERTIFICATE, "IPGP"},
	{7, MDNS_RR_CERTIFICATE, "ACPKIX"},
	{8, MDNS_RR_CERTIFICATE, "IACPKIX"},
	{253, MDNS_RR_CERTIFICATE, "URI"},
	{254, MDNS_RR_CERTIFICATE, "OID"},
};

#define MNEMONICS (sizeof(mnemonics) / sizeof(mnemonics[0]))

const char *mdns_mnemonic_find(enum mdns_rr_field field, unsigned value)
{
	size_t i;

	for (i = 0; i < MNEMONICS; i++)
		if (mnemonics[i].field == (char)field &&
			mnemonics[i].value == value)
			return mnemonics[i].name;
	return NULL;
}

int mdns_mnemonic_parse(enum mdns_rr_field field, const char *text, size_t len,
	uint32_t *ret_value)
{
	size_t i;

	for (i = 0; i < MNEMONICS; i++)
		if (mnemonics[i].field == (char)field &&
			mdns_word_is(text, len, mnemonics[i].name)) {
			*ret_value = mnemonics[i].value;
			return 0;
		}
	return MDNS_ERR_FORMAT;
}

static char *put_padded(char *to, uint32_t value, unsigned width)
{
	char digits[10]; /* 4294967295 */
	unsigned n = 0;

	for (; value > 0 || n < width; value /= 10)
		digits[n++] = (char)('0' + value % 10);
	while (n > 0)
		*to++ = digits[--n];
	return to;
}

static char *put_ipv4(char *to, const uint8_t *bytes)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		if (i > 0)
			*to++ = '.';
		to = put_padded(to, bytes[i], 1);
	}
	return to;
}

static char *put_group(char *to, unsigned value)
{
	static const char digits[16] = "0123456789abcdef";
	unsigned shift = 12;

	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (;; shift -= 4) {
		*to++ = digits[value >> shift & 15];
		if (shift == 0)
			return to;
	}
}

/* The first of the longest runs of zeros; it returns how many, at least 2. */
static unsigned find_zeros(const unsigned group[8], unsigned *ret_start)
{
	unsigned i, run, zeros = 1;

	for (i = 0; i < 8; i += run + 1) {
		for (run = 0; i + run < 8 && group[i + run] == 0;)
			run++;
		if (run > zeros) {
			zeros = run;
			*ret_start = i;
		}
	}
	return zeros;
}

static char *put_ipv6(char *to, const uint8_t *bytes)
{
	unsigned group[8], start = 8, zeros, i;

	for (i = 0; i < 8; i++)
		group[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
	zeros = find_zeros(group, &start);
	for (i = 0; i < 8; i++) {
		if (i == start) {
			*to++ = ':';
			*to++ = ':';
			i += zeros;
			if (i == 8)
				break;
		} else if (i > 0) {
			*to++ = ':';
		}
		if (i == 6 && start == 0 &&
			(zeros == 6 || (zeros == 5 && group[5] == 0xffff)))
			return put_ipv4(to, bytes + 12);
		to = put_group(to, group[i]);
	}
	return to;
}

void mdns_address_print(const uint8_t *bytes, size_t size, char *ret_text)
{
	*(size == 4 ? put_ipv4 : put_ipv6)(ret_text, bytes) = '\0';
}

static int parse_ipv4(const char *text, size_t len, uint8_t *ret_bytes)
{
	unsigned part;

	for (part = 0; part < 4; part++) {
		uint32_t value;
		size_t n = 0;

		while (n < len && is_digit(text[n]))
			n++;
		if (mdns_number_parse(text, n, 255, &value) < 0 ||
			(n > 1 && text[0] == '0'))
			return MDNS_ERR_FORMAT;
		ret_bytes[part] = (uint8_t)value;
		if (part < 3 && (n == len || text[n++] != '.'))
			return MDNS_ERR_FORMAT;
		text += n;
		len -= n;
	}
	return len == 0 ? 0 : MDNS_ERR_FORMAT;
}

/* Up to four hex digits; how many. */
static size_t read_group(const char *text, size_t len, uint8_t bytes[2])
{
	unsigned value = 0;
	size_t n = 0;

	for (; n < len && n < 4 && mdns_hex_value(text[n]) >= 0; n++)
		value = value << 4 | (unsigned)mdns_hex_value(text[n]);
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
	return n;
}

/* Groups with colons between them, where one "::" may stand for zeros. */
static int parse_ipv6(const char *text, size_t len, uint8_t bytes[16])
{
	size_t at = 0, i = 0, n;
	size_t gap = 17; /* where the zeros are; 17: nowhere */

	if (len >= 2 && text[0] == ':' && text[1] == ':') {
		gap = 0;
		i = 2;
	}
	while (i < len) {
		if (at <= 12 &&
			parse_ipv4(text + i, len - i, bytes + at) == 0) {
			at += 4;
			break;
		}
		if (at == 16)
			return MDNS_ERR_FORMAT;
		n = read_group(text + i, len - i, bytes + at);
		if (n == 0)
			return MDNS_ERR_FORMAT;
		at += 2;
		i += n;
		if (i == len)
			break;
		if (text[i++] != ':' || i == len)
			return MDNS_ERR_FORMAT;
		if (text[i] == ':') {
			if (gap <= 16)
				return MDNS_ERR_FORMAT;
			gap = at;
			i++;
		}
	}
	if (gap > 16)
		return at == 16 ? 0 : MDNS_ERR_FORMAT;
	if (at == 16) /* it has to stand for something */
		return MDNS_ERR_FORMAT;
	memmove(bytes + 16 - (at - gap), bytes + gap, at - gap);
	memset(bytes + gap, 0, 16 - at);
	return 0;
}

int mdns_address_parse(
	const char *text, size_t len, uint8_t *ret_bytes, size_t size)
{
	uint8_t bytes[16];
	int r = size == 4 ? parse_ipv4(text, len, bytes)
			  : parse_ipv6(text, len, bytes);

	if (r == 0)
		memcpy(ret_bytes, bytes, size);
	return r;
}

/* Both ways count days from 1 March 1968, and months from March: then the leap
 * day is the last of its four years, and month m begins on day (153 m + 2) / 5
 * of its year. */
enum {
	DAYS_TO_1970 = 671,
	DAYS_TO_2100 = 48212, /* 1 March 2100; there is no leap day before it */
};

void mdns_date_print(uint32_t seconds, char ret_text[MDNS_DATE_TEXT_MAX])
{
	uint32_t days = seconds / 86400 + DAYS_TO_1970;
	uint32_t year, month;
	char *to = ret_text;

	if (days >= DAYS_TO_2100)
		days++;
	year = 1968 + days / 1461 * 4;
	days %= 1461;
	month = days == 1460 ? 3 : days / 365; /* for now, the year of four */
	year += month;
	days -= month * 365;
	month = (5 * days + 2) / 153;
	days -= (153 * month + 2) / 5;
	if (month >= 10)
		year++;
	to = put_padded(to, year, 4);
	to = put_padded(to, month >= 10 ? month - 9 : month + 3, 2);
	to = put_padded(to, days + 1, 2);
	to = put_padded(to, seconds / 3600 % 24, 2);
	to = put_padded(to, seconds / 60 % 60, 2);
	to = put_padded(to, seconds % 60, 2);
	*to = '\0';
}

int mdns_date_parse(const char *text, size_t len, uint32_t *ret_seconds)
{
	static const uint8_t digits[6] = {4, 2, 2, 2, 2, 2};
	static const uint16_t least[6] = {1970, 1, 1, 0, 0, 0};
	static const uint16_t most[6] = {2106, 12, 31, 23, 59, 59};
	static const uint8_t month_days[12] = {
		31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t part[6], year, month, days;
	uint64_t seconds;
	unsigned i;

	if (len != MDNS_DATE_TEXT_MAX - 1)
		return MDNS_ERR_FORMAT;
	for (i = 0; i < 6; text += digits[i++])
		if (mdns_number_parse(text, digits[i], most[i], &part[i]) < 0 ||
			part[i] < least[i])
			return MDNS_ERR_FORMAT;
	year = part[0];
	month = part[1];
	if (part[2] > month_days[month - 1] ||
		(month == 2 && part[2] == 29 &&
			(year % 4 != 0 || year == 2100)))
		return MDNS_ERR_FORMAT;
	year -= month < 3 ? 1969 : 1968;
	month = month < 3 ? month + 9 : month - 3;
	days = year * 365 + year / 4 + (153 * month + 2) / 5 + part[2] - 1;
	if (days > DAYS_TO_2100)
		days--;
	seconds = (uint64_t)(days - DAYS_TO_1970) * 86400 + part[3] * 3600 +
		  part[4] * 60 + part[5];
	if (seconds > UINT32_MAX)
		return MDNS_ERR_FORMAT;
	*ret_seconds = (uint32_t)seconds;
	return 0;
}
