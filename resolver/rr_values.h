/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Single values in RDATA as text and back: numbers, mnemonics, addresses,
 * times. */
#ifndef MDNS_RR_VALUES_H
#define MDNS_RR_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/rr_types.h"

/* ::ffff:255.255.255.255 is shorter than eight groups of four. */
#define MDNS_ADDRESS_TEXT_MAX 40
#define MDNS_DATE_TEXT_MAX 15 /* YYYYMMDDHHMMSS */

/* The len characters are a text without an end of its own, and all of it has to
 * fit. MDNS_ERR_FORMAT if it does not. */

/* Decimal digits and nothing else, at most max. */
int mdns_number_parse(
	const char *text, size_t len, uint32_t max, uint32_t *ret_value);

/* The value of a hex digit, -1 if it is none. */
int mdns_hex_value(char c);

/* True if the text is this word of upper case, in any case. */
bool mdns_word_is(const char *text, size_t len, const char *word);

/* Mnemonics of the values of a field: MDNS_RR_ALGORITHM (RFC 4034 A.1 and
 * IANA's) or MDNS_RR_CERTIFICATE (RFC 4398 2.1). NULL: the value has none. */
const char *mdns_mnemonic_find(enum mdns_rr_field field, unsigned value);
/* In any case. */
int mdns_mnemonic_parse(enum mdns_rr_field field, const char *text, size_t len,
	uint32_t *ret_value);

/* An address of 4 or 16 octets as inet_ntop has it (RFC 5952: the first of the
 * longest runs of two or more zeros is "::", and ::a.b.c.d and ::ffff:a.b.c.d
 * end as IPv4); with the NUL at most MDNS_ADDRESS_TEXT_MAX. */
void mdns_address_print(const uint8_t *bytes, size_t size, char *ret_text);
/* RFC 4291 2.2. No zeros before the parts of an IPv4 address: 010 is neither 8
 * nor 10. No scope. */
int mdns_address_parse(
	const char *text, size_t len, uint8_t *ret_bytes, size_t size);

/* Seconds since 1970, up to 2106-02-07 06:28:15, as YYYYMMDDHHMMSS (RFC 4034
 * 3.2), with the NUL. */
void mdns_date_print(uint32_t seconds, char ret_text[MDNS_DATE_TEXT_MAX]);
int mdns_date_parse(const char *text, size_t len, uint32_t *ret_seconds);

#endif
