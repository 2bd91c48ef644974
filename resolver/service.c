/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and TXT records of DNS-Based Service Discovery (RFC 6763). */
#include "resolver/service.h"

#include <string.h>

#include "resolver/err.h"

#define TYPE_MAX 15 /* without the underscore (RFC 6763 7.2) */

static bool is_letter(uint8_t octet)
{
	return (octet | 0x20) >= 'a' && (octet | 0x20) <= 'z';
}

static bool is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

/* --- names --- */

static const uint8_t *next_label(const uint8_t *label)
{
	return label + label[0] + 1;
}

static bool label_is(const uint8_t *label, const char *text)
{
	size_t i;

	for (i = 0; i < label[0] && text[i]; i++)
		if ((is_letter(label[i + 1]) ? label[i + 1] | 0x20
					     : label[i + 1]) != text[i])
			return false;
	return i == label[0] && text[i] == '\0';
}

/* Whether "_word" and "_tcp" or "_udp" stand here. */
static bool is_type(const uint8_t *label)
{
	if (label[0] < 2 || label[1] != '_')
		return false;
	label = next_label(label);
	return label_is(label, "_tcp") || label_is(label, "_udp");
}

int mdns_service_split(
	const struct mdns_name *name, struct mdns_service *ret_service)
{
	struct mdns_service service = {0};
	const uint8_t *first = name->wire;
	const uint8_t *second, *third, *type = NULL;

	if (name->len == 0 || first[0] == 0)
		return MDNS_ERR_NAME;
	second = next_label(first);
	if (is_type(first)) {
		type = first;
	} else if (second[0] != 0) {
		third = next_label(second);
		if (label_is(second, "_sub") && is_type(third)) {
			type = third;
			service.subtype = (uint8_t)(third - first);
		} else if (label_is(first, "_services") &&
			   label_is(second, "_dns-sd") && is_type(second)) {
			type = first;
		} else if (is_type(second)) {
			type = second;
			service.instance = (uint8_t)(second - first);
		}
	}
	if (!type)
		return MDNS_ERR_NAME;
	third = next_label(next_label(type));
	if (type == first && !is_type(first))
		third = next_label(third); /* the meta query has three */
	service.type = (uint8_t)(third - type);
	service.domain = (uint8_t)(third - first);
	*ret_service = service;
	return 0;
}

const char *mdns_service_fault(
	const struct mdns_name *name, const struct mdns_service *service)
{
	const uint8_t *label =
		name->wire + service->instance + service->subtype;
	unsigned len = label[0] - 1u;
	unsigned i, letters = 0;

	label += 2; /* behind the length and the underscore */
	if (len > TYPE_MAX)
		return "has more than 15 characters";
	for (i = 0; i < len; i++) {
		if (is_letter(label[i]))
			letters++;
		else if (label[i] == '-') {
			if (i == 0 || i == len - 1)
				return "has a hyphen at an end";
			if (label[i - 1] == '-')
				return "has two hyphens in a row";
		} else if (!is_digit(label[i]))
			return "has something other than letters, digits and "
			       "hyphens";
	}
	return letters > 0 ? NULL : "has no letter";
}

/* One octet of a label as people type it; how many characters it takes. */
static size_t read_octet(const char *text, size_t len, uint8_t *ret_octet)
{
	const uint8_t *s = (const uint8_t *)text;
	unsigned value;

	*ret_octet = s[0];
	if (s[0] != '\\' || len < 2)
		return 1;
	if (len >= 4 && is_digit(s[1]) && is_digit(s[2]) && is_digit(s[3])) {
		value = (s[1] - '0') * 100u + (s[2] - '0') * 10u + (s[3] - '0');
		if (value > 255)
			return 1;
		*ret_octet = (uint8_t)value;
		return 4;
	}
	if (is_letter(s[1]) || is_digit(s[1]))
		return 1;
	*ret_octet = s[1];
	return 2;
}

/* The last dot behind which a type stands; 0 if there is none. */
static size_t find_type(const char *text, size_t len, struct mdns_name *type)
{
	struct mdns_service service;
	struct mdns_name name;
	size_t found = 0;
	size_t i = 0;
	uint8_t octet;

	while (i < len) {
		size_t n = read_octet(text + i, len - i, &octet);

		/* What follows here cannot be a name if it is too long. */
		if (text[i] == '.' && i + 1 < len && text[i + 1] == '_' &&
			mdns_name_parse(text + i + 1, len - i - 1, &name) ==
				0 &&
			mdns_service_split(&name, &service) == 0) {
			found = i;
			*type = name;
		}
		i += n;
	}
	return found;
}

int mdns_service_parse(const char *text, size_t len,
	const struct mdns_name *domain, struct mdns_name *ret_name)
{
	uint8_t wire[2 * MDNS_NAME_MAX + 1 + MDNS_LABEL_MAX];
	struct mdns_service service;
	struct mdns_name type;
	size_t end, used, i = 0, label = 0;
	uint8_t octet;

	/* Each octet as \DDD, in all four times what fits. */
	if (len >= MDNS_NAME_TEXT_MAX)
		return MDNS_ERR_NAME;
	end = find_type(text, len, &type);
	if (end == 0)
		return MDNS_ERR_NAME;
	while (i < end) {
		i += read_octet(text + i, end - i, &octet);
		if (label == MDNS_LABEL_MAX)
			return MDNS_ERR_NAME;
		wire[++label] = octet;
	}
	for (i = 1; i <= label; i += used) {
		used = mdns_name_char(wire + i, label + 1 - i);
		if (used == 0)
			return MDNS_ERR_NAME;
	}
	wire[0] = (uint8_t)label;
	used = label + 1;
	mdns_service_split(&type, &service);
	memcpy(wire + used, type.wire, type.len);
	used += type.len;
	if (type.wire[service.domain] == 0) {
		memcpy(wire + used - 1, domain->wire, domain->len);
		used += domain->len - 1u;
	}
	return mdns_name_from_wire(wire, used, ret_name);
}

static bool put(
	char *buf, size_t size, size_t *used, const void *bytes, size_t len)
{
	if (size - *used <= len) /* the NUL as well */
		return false;
	memcpy(buf + *used, bytes, len);
	*used += len;
	return true;
}

int mdns_service_print_instance(
	const struct mdns_name *name, char *buf, size_t size)
{
	struct mdns_service service;
	size_t i, n, used = 0;

	if (size == 0)
		return MDNS_ERR_SPACE;
	if (mdns_service_split(name, &service) < 0)
		service.instance = 0;
	for (i = 1; i < service.instance; i += n) {
		const uint8_t *octet = name->wire + i;
		char escape[4] = {'\\', (char)('0' + *octet / 100),
			(char)('0' + *octet / 10 % 10),
			(char)('0' + *octet % 10)};

		n = mdns_name_char(octet, service.instance - i);
		if (!(n > 0 ? put(buf, size, &used, octet, n)
			    : put(buf, size, &used, escape, sizeof(escape))))
			return MDNS_ERR_SPACE;
		n += n == 0;
	}
	buf[used] = '\0';
	return (int)used;
}

/* --- TXT --- */

/* The string at pos as a pair; false if it is none (RFC 6763 6.4). */
static bool read_pair(const uint8_t *string, struct mdns_txt_pair *ret_pair)
{
	unsigned len = string[0];
	unsigned i;

	string++;
	for (i = 0; i < len && string[i] != '='; i++)
		if (string[i] < 0x20 || string[i] > 0x7e)
			return false;
	if (i == 0)
		return false;
	ret_pair->key = (const char *)string;
	ret_pair->key_len = (uint8_t)i;
	ret_pair->value = i < len ? string + i + 1 : NULL;
	ret_pair->value_len = (uint8_t)(i < len ? len - i - 1 : 0);
	return true;
}

static bool same_key(
	const struct mdns_txt_pair *a, const struct mdns_txt_pair *b)
{
	unsigned i;

	if (a->key_len != b->key_len)
		return false;
	for (i = 0; i < a->key_len; i++) {
		uint8_t x = (uint8_t)a->key[i], y = (uint8_t)b->key[i];

		if (x != y && !(is_letter(x) && (x | 0x20) == (y | 0x20)))
			return false;
	}
	return true;
}

/* Whether a string before pos has the key. */
static bool was_there(
	const uint8_t *rdata, size_t pos, const struct mdns_txt_pair *pair)
{
	struct mdns_txt_pair other;
	size_t i;

	for (i = 0; i < pos; i += rdata[i] + 1u)
		if (read_pair(rdata + i, &other) && same_key(&other, pair))
			return true;
	return false;
}

bool mdns_txt_next(const uint8_t *rdata, size_t len, size_t *pos,
	struct mdns_txt_pair *ret_pair)
{
	while (*pos < len && len - *pos > rdata[*pos]) {
		const size_t here = *pos;
		struct mdns_txt_pair pair;

		*pos += rdata[here] + 1u;
		if (read_pair(rdata + here, &pair) &&
			!was_there(rdata, here, &pair)) {
			*ret_pair = pair;
			return true;
		}
	}
	return false;
}

bool mdns_txt_is_whole(const uint8_t *rdata, size_t len)
{
	size_t pos = 0;

	while (pos < len && len - pos > rdata[pos])
		pos += rdata[pos] + 1u;
	return pos == len;
}

bool mdns_txt_is_text(const struct mdns_txt_pair *pair)
{
	unsigned i, n;

	for (i = 0; i < pair->value_len; i += n) {
		n = (unsigned)mdns_name_char(
			pair->value + i, pair->value_len - i);
		if (n == 0)
			return false;
	}
	return true;
}

/* --- SRV --- */

static uint16_t get_u16(const uint8_t *octets)
{
	return (uint16_t)(octets[0] << 8 | octets[1]);
}

int mdns_srv_read(const uint8_t *rdata, size_t len, struct mdns_srv *ret_srv)
{
	struct mdns_name target;

	if (len < 7 || mdns_name_from_wire(rdata + 6, len - 6, &target) < 0)
		return MDNS_ERR_FORMAT;
	ret_srv->priority = get_u16(rdata);
	ret_srv->weight = get_u16(rdata + 2);
	ret_srv->port = get_u16(rdata + 4);
	ret_srv->target = target;
	return 0;
}

int mdns_srv_compare(const struct mdns_srv *a, const struct mdns_srv *b)
{
	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return 0;
}
