/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RR types that the resolver itself understands, and their RDATA. */
#ifndef MDNS_RR_H
#define MDNS_RR_H

#include "resolver/message.h"

enum mdns_type {
	MDNS_TYPE_A = 1,
	MDNS_TYPE_CNAME = 5,
	MDNS_TYPE_PTR = 12,
	MDNS_TYPE_AAAA = 28,
	MDNS_TYPE_NSEC = 47,
	MDNS_TYPE_ANY = 255,
};

enum mdns_class {
	MDNS_CLASS_IN = 1,
	MDNS_CLASS_ANY = 255,
};

/* Which types the owner of an NSEC record has, as far as its window block 0
 * tells (RFC 6762 6.1: the restricted form has no other). */
struct mdns_nsec {
	uint8_t bitmap[32];
};

/* Each of these reads the RDATA of a record whose type has been checked, to
 * the last octet, or returns MDNS_ERR_FORMAT and leaves ret_ alone. */

/* A: 4 octets; AAAA: 16. */
int mdns_rr_read_address(const struct mdns_reader *message,
	const struct mdns_record *record, uint8_t *ret_addr);
/* PTR, CNAME. */
int mdns_rr_read_name(const struct mdns_reader *message,
	const struct mdns_record *record, struct mdns_name *ret_name);
/* NSEC. A next name other than the owner's is allowed (RFC 6762 6.1 says to
 * ignore it); a bitmap longer than 32 octets or cut short is an error. */
int mdns_rr_read_nsec(const struct mdns_reader *message,
	const struct mdns_record *record, struct mdns_nsec *ret_nsec);

/* True if the bitmap has the bit of type; types above 255 have none. */
bool mdns_nsec_has(const struct mdns_nsec *nsec, uint16_t type);

#endif
