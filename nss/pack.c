/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Laying an answer out in the caller's buffer, as glibc wants it. */
#include "nss/pack.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "resolver/err.h"
#include "resolver/zone.h"

/* What is left of the buffer. */
struct room {
	char *at;
	size_t left;
};

/* Aligned for any pointer or tuple; NULL if it does not fit. */
static void *take(struct room *room, size_t size)
{
	size_t align = _Alignof(struct gaih_addrtuple);
	size_t skip = -(uintptr_t)room->at & (align - 1);
	char *taken;

	if (room->left < skip || room->left - skip < size)
		return NULL;
	taken = room->at + skip;
	room->at = taken + size;
	room->left -= skip + size;
	return taken;
}

static char *take_name(struct room *room, const struct mdns_name *name)
{
	char *text = room->at;
	int len = mdns_name_print_safe(name, room->at, room->left);

	if (len < 0)
		return NULL;
	room->at += len + 1;
	room->left -= (size_t)len + 1;
	return text;
}

static void fill_tuple(struct gaih_addrtuple *tuple, char *name,
	const struct mdns_address *address)
{
	size_t size = mdns_family_size(address->family);

	memset(tuple, 0, sizeof(*tuple));
	tuple->name = name;
	tuple->family = address->family == MDNS_IPV4 ? AF_INET : AF_INET6;
	memcpy(tuple->addr, address->bytes, size);
	if (mdns_zone_address_needs_scope(address->bytes, size))
		tuple->scopeid = address->ifindex;
}

int nss_pack_tuples(const struct mdns_answer *answer, char *buffer,
	size_t buflen, struct gaih_addrtuple **pat)
{
	struct room room = {buffer, buflen};
	char *name = take_name(&room, &answer->name);
	unsigned preset = *pat ? 1 : 0;
	struct gaih_addrtuple *rest =
		take(&room, (answer->count - preset) * sizeof(*rest));
	struct gaih_addrtuple **link = pat;
	unsigned i;

	if (!name || !rest)
		return MDNS_ERR_SPACE;
	for (i = 0; i < answer->count; i++) {
		if (i >= preset)
			*link = rest++;
		fill_tuple(*link, name, &answer->address[i]);
		link = &(*link)->next;
	}
	return 0;
}

/* Everything of a hostent but the addresses themselves, of which there are
 * `count` of `size` octets: their list is there, and memory for them. */
static int lay_out(const struct mdns_answer *answer, enum mdns_family family,
	unsigned count, char *buffer, size_t buflen, struct hostent *host)
{
	struct room room = {buffer, buflen};
	size_t size = mdns_family_size(family);
	unsigned i;
	char *bytes;

	host->h_addrtype = family == MDNS_IPV4 ? AF_INET : AF_INET6;
	host->h_length = (int)size;
	host->h_aliases = take(&room, sizeof(char *));
	host->h_addr_list = take(&room, (count + 1) * sizeof(char *));
	bytes = take(&room, count * size);
	host->h_name = take_name(&room, &answer->name);
	if (!host->h_aliases || !host->h_addr_list || !bytes || !host->h_name)
		return MDNS_ERR_SPACE;
	host->h_aliases[0] = NULL;
	for (i = 0; i < count; i++)
		host->h_addr_list[i] = bytes + i * size;
	host->h_addr_list[count] = NULL;
	return 0;
}

int nss_pack_host(const struct mdns_answer *answer, enum mdns_family family,
	char *buffer, size_t buflen, struct hostent *ret_host)
{
	uint8_t index[MDNS_ADDRESSES_MAX], ipv4[MDNS_ADDRESSES_MAX];
	unsigned count = mdns_answer_unscoped(answer, family, index);
	struct hostent host;
	unsigned i;

	/* A link-local one is of no use without its scope, and who asks for
	 * IPv6 first (getent hosts, AI_V4MAPPED) would not see IPv4 then. */
	if (count == 0 ||
		(mdns_zone_address_needs_scope(answer->address[index[0]].bytes,
			 mdns_family_size(family)) &&
			mdns_answer_unscoped(answer, MDNS_IPV4, ipv4) > 0))
		return MDNS_ERR_NO_DATA;
	if (lay_out(answer, family, count, buffer, buflen, &host) < 0)
		return MDNS_ERR_SPACE;
	for (i = 0; i < count; i++)
		memcpy(host.h_addr_list[i], answer->address[index[i]].bytes,
			(size_t)host.h_length);
	*ret_host = host;
	return 0;
}

int nss_pack_reverse(const struct mdns_answer *answer, enum mdns_family family,
	const void *addr, char *buffer, size_t buflen, struct hostent *ret_host)
{
	struct hostent host;

	if (lay_out(answer, family, 1, buffer, buflen, &host) < 0)
		return MDNS_ERR_SPACE;
	memcpy(host.h_addr_list[0], addr, (size_t)host.h_length);
	*ret_host = host;
	return 0;
}

int nss_pack_name(const struct mdns_answer *answer, char *buffer, size_t buflen,
	char **ret_name)
{
	struct room room = {buffer, buflen};
	char *name = take_name(&room, &answer->name);

	if (!name)
		return MDNS_ERR_SPACE;
	*ret_name = name;
	return 0;
}
