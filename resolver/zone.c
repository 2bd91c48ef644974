/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which names are resolved by Multicast DNS, and which are to be believed. */
#include "resolver/zone.h"

#include <string.h>

static const struct mdns_name zone_local = {7, "\5local"};
static const struct mdns_name zone_ipv4 = {22, "\003254\003169\7in-addr\4arpa"};
/* fe80::/10 is four zones of the third nibble (RFC 6762 4). */
static const struct mdns_name zone_ipv6[4] = {
	{16, "\0018\1e\1f\3ip6\4arpa"},
	{16, "\0019\1e\1f\3ip6\4arpa"},
	{16, "\1a\1e\1f\3ip6\4arpa"},
	{16, "\1b\1e\1f\3ip6\4arpa"},
};

static bool is_below(const struct mdns_name *name, const struct mdns_name *zone)
{
	return name->len > zone->len && mdns_name_is_under(name, zone);
}

enum mdns_zone mdns_zone_of(const struct mdns_name *name,
	const struct mdns_name *suffixes, unsigned count)
{
	unsigned i;

	if (is_below(name, &zone_local))
		return name->wire[0] + 1u + zone_local.len == name->len
			       ? MDNS_ZONE_LOCAL
			       : MDNS_ZONE_LOCAL_DEEP;
	if (is_below(name, &zone_ipv4))
		return MDNS_ZONE_REVERSE;
	for (i = 0; i < 4; i++)
		if (is_below(name, &zone_ipv6[i]))
			return MDNS_ZONE_REVERSE;
	for (i = 0; i < count; i++)
		if (is_below(name, &suffixes[i]))
			return MDNS_ZONE_SUFFIX;
	return MDNS_ZONE_NONE;
}

bool mdns_zone_text_is_local(const char *text, size_t len)
{
	static const char local[] = "local";
	size_t i;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len < 7 || text[len - 6] != '.')
		return false;
	for (i = 0; i < 5; i++)
		if ((text[len - 5 + i] | 0x20) != local[i])
			return false;
	return true;
}

bool mdns_zone_text_is_plain(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		uint8_t octet = (uint8_t)text[i];
		uint8_t letter = octet | 0x20;

		if (octet == '\\')
			i++; /* an escape says what it means */
		else if (octet < 0x80 && !(letter >= 'a' && letter <= 'z') &&
			 !(octet >= '0' && octet <= '9') && octet != '-' &&
			 octet != '_' && octet != '.')
			return false;
	}
	return true;
}

bool mdns_zone_address_needs_scope(const uint8_t *addr, size_t size)
{
	return size == 16 && addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

bool mdns_zone_address_is_ours(const uint8_t *addr, size_t size)
{
	return mdns_zone_address_needs_scope(addr, size) ||
	       (size == 4 && addr[0] == 169 && addr[1] == 254);
}

bool mdns_zone_address_is_usable(const uint8_t *addr, size_t size)
{
	static const uint8_t zero[16];

	if (size == 4)
		return addr[0] != 0 && addr[0] != 127 &&
		       (addr[0] & 0xf0) != 0xe0 &&
		       memcmp(addr, "\xff\xff\xff\xff", 4) != 0;
	if (addr[0] == 0xff)
		return false;
	if (memcmp(addr, zero, 10) != 0)
		return true;
	if (addr[10] == 0xff && addr[11] == 0xff) /* ::ffff:a.b.c.d */
		return false;
	return memcmp(addr, zero, 15) != 0 || addr[15] > 1; /* ::, ::1 */
}
