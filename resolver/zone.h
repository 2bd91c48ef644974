/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which names are resolved by Multicast DNS, and which are to be believed. */
#ifndef MDNS_ZONE_H
#define MDNS_ZONE_H

#include "resolver/name.h"

enum mdns_zone {
	MDNS_ZONE_NONE,       /* not ours: no packet */
	MDNS_ZONE_LOCAL,      /* x.local (RFC 6762 3) */
	MDNS_ZONE_LOCAL_DEEP, /* y.x.local: may be a unicast zone as well */
	MDNS_ZONE_REVERSE,    /* 169.254/16 and fe80::/10 (RFC 6762 4) */
	MDNS_ZONE_SUFFIX,     /* below a suffix from the configuration */
};

/* suffixes are the configured extra ones, count of them; may be NULL if count
 * is 0. The zone apexes themselves ("local") name no host: NONE. */
enum mdns_zone mdns_zone_of(const struct mdns_name *name,
	const struct mdns_name *suffixes, unsigned count);

/* True if the text ends in ".local" or ".local.", in any case but letter for
 * letter; for the fast way out of foreign names, and for what to say of a text
 * that cannot be parsed. */
bool mdns_zone_text_is_local(const char *text, size_t len);

/* False for text that no host is called: a control character, a space or a
 * character that a shell or a URL takes for its own, unless it is escaped (`\.`
 * and `\032` are meant, `$(id)` is an attack), and addresses with a %scope. */
bool mdns_zone_text_is_plain(const char *text, size_t len);

/* True if this address's reverse name is ours: 169.254/16, fe80::/10. size is
 * 4 or 16. */
bool mdns_zone_address_is_ours(const uint8_t *addr, size_t size);

/* False for what must not be handed to a program, whoever says it: the
 * unspecified, loopback, multicast, broadcast and v4-mapped addresses. */
bool mdns_zone_address_is_usable(const uint8_t *addr, size_t size);

/* fe80::/10: means something only together with an interface. */
bool mdns_zone_address_needs_scope(const uint8_t *addr, size_t size);

#endif
