/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lookup found: addresses of a name, or the name of an address. */
#include "resolver/answer.h"

#include <string.h>

#include "resolver/zone.h"

size_t mdns_family_size(enum mdns_family family)
{
	return family == MDNS_IPV4 ? 4 : 16;
}

void mdns_answer_init(struct mdns_answer *answer)
{
	answer->name.len = 0;
	answer->ttl = UINT32_MAX;
	answer->presence[MDNS_IPV4] = MDNS_OPEN;
	answer->presence[MDNS_IPV6] = MDNS_OPEN;
	answer->count = 0;
	answer->dropped = 0;
}

static bool needs_scope(const struct mdns_address *address)
{
	return mdns_zone_address_needs_scope(
		address->bytes, mdns_family_size(address->family));
}

void mdns_answer_add(
	struct mdns_answer *answer, const struct mdns_address *address)
{
	unsigned i;

	answer->presence[address->family] = MDNS_PRESENT;
	for (i = 0; i < answer->count; i++) {
		const struct mdns_address *known = &answer->address[i];

		if (known->family == address->family &&
			memcmp(known->bytes, address->bytes, 16) == 0 &&
			(known->ifindex == address->ifindex ||
				!needs_scope(address)))
			return;
	}
	if (answer->count == MDNS_ADDRESSES_MAX) {
		if (answer->dropped < UINT8_MAX)
			answer->dropped++;
		return;
	}
	answer->address[answer->count++] = *address;
}

bool mdns_answer_is_complete(const struct mdns_answer *answer)
{
	return answer->presence[MDNS_IPV4] != MDNS_OPEN &&
	       answer->presence[MDNS_IPV6] != MDNS_OPEN;
}

/* 169.254/16 works without a scope, but is a last resort as well. */
static bool is_link_local(const struct mdns_address *address)
{
	return mdns_zone_address_is_ours(
		address->bytes, mdns_family_size(address->family));
}

void mdns_answer_sort(struct mdns_answer *answer)
{
	unsigned i, j;

	for (i = 1; i < answer->count; i++) {
		struct mdns_address moved = answer->address[i];

		if (is_link_local(&moved))
			continue;
		for (j = i; j > 0 && is_link_local(&answer->address[j - 1]);
			j--)
			answer->address[j] = answer->address[j - 1];
		answer->address[j] = moved;
	}
}

unsigned mdns_answer_unscoped(const struct mdns_answer *answer,
	enum mdns_family family, uint8_t ret_index[MDNS_ADDRESSES_MAX])
{
	unsigned n = 0, pass, i;

	/* Those that do without a scope; if there is none, the others. */
	for (pass = 0; pass < 2 && n == 0; pass++)
		for (i = 0; i < answer->count; i++)
			if (answer->address[i].family == family &&
				needs_scope(&answer->address[i]) == (pass == 1))
				ret_index[n++] = (uint8_t)i;
	return n;
}
