/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules for an answer that was read from messages. */
#include "tests/fuzz/told.h"

#include <string.h>

#include "resolver/zone.h"
#include "tests/fuzz/fuzz.h"

/* Written out once more, not by resolver/zone. */
static bool is_usable(const uint8_t *b, size_t size)
{
	static const uint8_t zeros[16], ones[4] = {255, 255, 255, 255};

	if (size == 4)
		return b[0] != 127 && b[0] >> 4 != 14 &&
		       memcmp(b, zeros, 4) != 0 && memcmp(b, ones, 4) != 0;
	return b[0] != 0xff && memcmp(b, zeros, 16) != 0 &&
	       !(memcmp(b, zeros, 15) == 0 && b[15] == 1) &&
	       !(memcmp(b, zeros, 10) == 0 && b[10] == 0xff && b[11] == 0xff);
}

static void check_address(const struct mdns_origin *origin,
	const struct mdns_address *address, const uint8_t *octets, size_t size)
{
	size_t len = mdns_family_size(address->family);

	FUZZ_CHECK(is_usable(address->bytes, len));
	FUZZ_CHECK(memmem(octets, size, address->bytes, len) != NULL);
	FUZZ_CHECK(address->ifindex == origin->ifindex);
}

void told_check_answer(const struct mdns_subject *subject,
	const struct mdns_origin *origin, const struct mdns_answer *answer,
	const uint8_t *octets, size_t size)
{
	bool present[MDNS_FAMILIES] = {false, false};
	unsigned i;

	fuzz_check_answer(0, answer);
	for (i = 0; i < answer->count; i++) {
		check_address(origin, &answer->address[i], octets, size);
		present[answer->address[i].family] = true;
	}
	for (i = 0; i < MDNS_FAMILIES; i++)
		FUZZ_CHECK(!present[i] || answer->presence[i] == MDNS_PRESENT);
	for (i = 0; i < MDNS_FAMILIES && answer->dropped == 0; i++)
		FUZZ_CHECK(present[i] || answer->presence[i] != MDNS_PRESENT);
	FUZZ_CHECK(answer->ttl == UINT32_MAX ||
		   (answer->ttl > 0 && answer->ttl <= INT32_MAX));
	if (subject->reverse) {
		FUZZ_CHECK(answer->count == 0);
		if (answer->name.len > 0) {
			enum mdns_zone zone = mdns_zone_of(&answer->name,
				subject->suffixes, subject->suffix_count);

			FUZZ_CHECK(mdns_name_is_host(&answer->name));
			FUZZ_CHECK(zone != MDNS_ZONE_NONE &&
				   zone != MDNS_ZONE_REVERSE);
			FUZZ_CHECK(
				answer->address[0].ifindex == origin->ifindex);
		}
	} else {
		FUZZ_CHECK(answer->count == 0 || answer->name.len > 0);
	}
}
