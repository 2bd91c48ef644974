/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one table of RR types: number, mnemonic, and how the RDATA is laid out.
 * resolver/rr copies RDATA by it, resolver/rr_text prints and parses by it. */
#ifndef MDNS_RR_TYPES_H
#define MDNS_RR_TYPES_H

#include <stddef.h>
#include <stdint.h>

/* A layout is a string of these, a letter for each field, in the order of the
 * wire. "The rest" goes to the end of the RDATA, so it comes last. */
enum mdns_rr_field {
	MDNS_RR_U8 = '1', /* unsigned, decimal in text */
	MDNS_RR_U16 = '2',
	MDNS_RR_U32 = '4',
	MDNS_RR_IPV4 = 'a',
	MDNS_RR_IPV6 = 'A',
	MDNS_RR_NAME = 'n',
	MDNS_RR_NAME_COMPRESSED = 'N', /* may be; RFC 6762 18.14 */
	MDNS_RR_STRING = 's',          /* length octet, so many octets */
	MDNS_RR_STRINGS = 'S',         /* the rest: one or more of them */
	MDNS_RR_TAG = 'k',    /* length octet, letters and digits (RFC 8659) */
	MDNS_RR_QUOTED = 'q', /* the rest: one quoted text */
	MDNS_RR_QUOTED_SOME = 'Q',    /* not an empty one */
	MDNS_RR_HEX = 'x',            /* the rest, at least one octet */
	MDNS_RR_BASE64 = 'b',         /* the rest, possibly nothing */
	MDNS_RR_BASE64_SOME = 'B',    /* at least one octet */
	MDNS_RR_SALT = 'p',           /* length octet, hex, or "-" for none */
	MDNS_RR_HASH = 'h',           /* length octet, base32hex; not empty */
	MDNS_RR_TYPE = 't',           /* 16 bits, by mnemonic */
	MDNS_RR_CERTIFICATE = 'c',    /* 16 bits, by mnemonic (RFC 4398 2.1) */
	MDNS_RR_ALGORITHM = 'g',      /* 8 bits (RFC 4034 A.1), as a number */
	MDNS_RR_ALGORITHM_NAME = 'G', /* by mnemonic */
	MDNS_RR_TIME = 'd',        /* 32 bits, YYYYMMDDHHMMSS (RFC 4034 3.2) */
	MDNS_RR_BITMAP = 'm',      /* the rest: types (RFC 4034 4.1.2) */
	MDNS_RR_BITMAP_SOME = 'M', /* at least one block */
	MDNS_RR_EUI48 = 'e',
	MDNS_RR_EUI64 = 'E',
	MDNS_RR_LOCATION = 'L', /* the whole of LOC, version 0 (RFC 1876) */
	MDNS_RR_GATEWAY = 'I',  /* its type, algorithm, itself (RFC 4025) */
	MDNS_RR_HOST_IDENTITY = 'H', /* the whole of HIP (RFC 8005) */
	MDNS_RR_OPTIONS = 'o', /* the rest, of OPT: RFC 3597 form in text */
	MDNS_RR_UNKNOWN = 'u', /* the rest: RFC 3597 form in text */
};

struct mdns_rr_type {
	uint16_t type;
	char name[11];   /* upper case */
	char layout[11]; /* of enum mdns_rr_field */
};

/* The type's row, or NULL if it has none. */
const struct mdns_rr_type *mdns_rr_type_find(uint16_t type);

/* The rows in ascending order of types, for i from 0 on; NULL behind the last.
 * Some are of types that are only asked for (ANY) or that have no text of their
 * own here; their layout is "u". */
const struct mdns_rr_type *mdns_rr_type_at(size_t i);

/* "u" for a type without a row. */
const char *mdns_rr_type_layout(uint16_t type);

#endif
