/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain names: wire form, comparison without case, text both ways, .arpa. */
#ifndef MDNS_NAME_H
#define MDNS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 255 octets and the root's (RFC 6762 appendix C). */
#define MDNS_NAME_MAX 256
#define MDNS_LABEL_MAX 63
/* Every octet of 255 as \DDD, the dots between them, and the NUL. */
#define MDNS_NAME_TEXT_MAX (255 * 4 + 1)

/* Uncompressed wire form, case as it was given; len counts the root's zero
 * octet, so it is 1 for the root and 0 only for a name never filled in.
 * Octets beyond len mean nothing. */
struct mdns_name {
	uint16_t len;
	uint8_t wire[MDNS_NAME_MAX];
};

/* Presentation form to wire form. The dot at the end is optional; `\.`, `\\`,
 * `\DDD` and `\` before any other octet are escapes (RFC 1035 5.1, RFC 6763
 * 4.3). Any octet may stand in a label. MDNS_ERR_NAME for an empty text, an
 * empty label, a bad escape, a label above 63 or a name above 255 octets. */
int mdns_name_parse(const char *text, size_t len, struct mdns_name *ret_name);

/* A name from exactly len octets of uncompressed wire form, the root at the end
 * and nowhere else. MDNS_ERR_NAME: they are not one. */
int mdns_name_from_wire(
	const uint8_t *wire, size_t len, struct mdns_name *ret_name);

/* Presentation form without the dot at the end (the root is "."): dots and
 * backslashes are escaped, control octets are \DDD, all else is as it is
 * (RFC 6763 4.3). Needs MDNS_NAME_TEXT_MAX octets at most; returns the length
 * without the NUL, or MDNS_ERR_SPACE. */
int mdns_name_print(const struct mdns_name *name, char *buf, size_t size);

/* The same, but whatever is not a letter, digit, hyphen, underscore or part of
 * well-formed UTF-8 becomes \DDD, so that no program that gets it is surprised
 * by a space, a quote or a dollar sign. */
int mdns_name_print_safe(const struct mdns_name *name, char *buf, size_t size);

/* Octets of the character at s, of which len (at least 1) are there, that can
 * be shown as it is: ASCII but for control characters, or well-formed UTF-8
 * (RFC 3629) that does nothing to a terminal. 0 if it cannot. */
size_t mdns_name_char(const uint8_t *s, size_t len);

/* ASCII letters match without case, nothing else does (RFC 6762 16). */
bool mdns_name_equal(const struct mdns_name *a, const struct mdns_name *b);
/* The same against a wire form that lies somewhere else. */
bool mdns_name_equal_wire(
	const struct mdns_name *name, const uint8_t *wire, size_t len);

/* The same for equal names. Where others choose the names (a cache) the seed
 * is random, so that they cannot choose all of them into one bucket. */
uint32_t mdns_name_hash(const struct mdns_name *name);
uint32_t mdns_name_hash_seeded(const struct mdns_name *name, uint32_t seed);

/* Canonical order (RFC 4034 6.1): root first, lower case. <0, 0, >0. */
int mdns_name_compare(const struct mdns_name *a, const struct mdns_name *b);

/* Labels without the root. */
unsigned mdns_name_labels(const struct mdns_name *name);

/* True if name is zone or lies below it. */
bool mdns_name_is_under(
	const struct mdns_name *name, const struct mdns_name *zone);

/* True if each label could be a host's: letters, digits, hyphens, underscores
 * and well-formed UTF-8 beyond ASCII, and no hyphen at either end. */
bool mdns_name_is_host(const struct mdns_name *name);

/* True if each label is well-formed UTF-8 without control characters (RFC 6762
 * 16, RFC 5198). */
bool mdns_name_is_text(const struct mdns_name *name);

/* The owner name of the PTR record of an address: d.c.b.a.in-addr.arpa from 4
 * octets, 32 nibbles and ip6.arpa from 16; size is 4 or 16. */
void mdns_name_from_address(
	const uint8_t *addr, size_t size, struct mdns_name *ret_name);

#endif
