/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RDATA of any type to text and back, in the form of zone files and of dig. */
#ifndef MDNS_RR_TEXT_H
#define MDNS_RR_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* "NSEC3PARAM", "TYPE65535" and the NUL. */
#define MDNS_RR_TYPE_TEXT_MAX 11

/* So much is always enough for len octets of RDATA: an octet of a type bitmap
 * can be eight types of nine characters and a space. */
#define MDNS_RR_TEXT_MAX(len) ((len)*80 + 32)

/* The mnemonic, or TYPEnnn (RFC 3597 5). Returns the length without the NUL, or
 * MDNS_ERR_SPACE. */
int mdns_rr_type_print(uint16_t type, char *buf, size_t size);

/* A mnemonic or TYPEnnn, in any case. MDNS_ERR_FORMAT if it is neither. */
int mdns_rr_type_parse(const char *text, size_t len, uint16_t *ret_type);

/* One line for the len octets of RDATA (rdata is not NULL even for none),
 * without compression, as mdns_rr_expand makes them: fields with one space
 * between them, names absolute with the dot at the end, character-strings in
 * quotes, octets of either beyond printable ASCII as \DDD, hex and base32hex in
 * upper case, blobs in one piece. A type without a layout in resolver/rr_types
 * gets the form of RFC 3597 5.
 *
 * What is printed parses back to the same octets. So RDATA that is malformed
 * for its type, or spelt as no text would give it (a type bitmap with zero
 * octets at the end, a LOC of a version that is not 0), is MDNS_ERR_FORMAT,
 * whatever the size of the buffer; mdns_rr_print_unknown is for those. Returns
 * the length without the NUL, or MDNS_ERR_SPACE; then what is in buf means
 * nothing. */
int mdns_rr_print(uint16_t type, const uint8_t *rdata, size_t len, char *buf,
	size_t size);

/* The form of RFC 3597 5, `\# 4 0A000001`: any octets of any type. */
int mdns_rr_print_unknown(
	const uint8_t *rdata, size_t len, char *buf, size_t size);

/* The way back: len characters of text to octets of RDATA, the names in it not
 * compressed. All that mdns_rr_print gives is understood, and besides what zone
 * files have (RFC 1035 5.1, RFC 3597 5): any white space and line ends, comments
 * from a semicolon on, parentheses around lines (taken as white space), words
 * in quotes or not, \DDD and \X escapes, mnemonics for DNSSEC algorithms, blobs
 * in several pieces, names without the dot at the end (there is no origin: they
 * are absolute, and @ alone is none). Not understood: TTLs with units in SOA,
 * mnemonics for the flags of KEY.
 *
 * The form of RFC 3597 is understood for every type, and its octets are taken
 * as they are: they may be malformed for a type that has a layout, which
 * mdns_rr_print finds out.
 *
 * Returns the length of the RDATA, MDNS_ERR_FORMAT with *ret_why a static text
 * that says what is wrong ("a number above 65535"), or MDNS_ERR_SPACE if it is
 * longer than size or 65535 octets. buf may be written to in any case, ret_why
 * is only for MDNS_ERR_FORMAT. */
int mdns_rr_parse(uint16_t type, const char *text, size_t len, uint8_t *buf,
	size_t size, const char **ret_why);

#endif
