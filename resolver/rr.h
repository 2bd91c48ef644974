/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RR types that the resolver itself understands, and their RDATA. */
#ifndef MDNS_RR_H
#define MDNS_RR_H

#include "resolver/message.h"

enum mdns_type {
	MDNS_TYPE_A = 1,
	MDNS_TYPE_NS = 2,
	MDNS_TYPE_CNAME = 5,
	MDNS_TYPE_SOA = 6,
	MDNS_TYPE_PTR = 12,
	MDNS_TYPE_MX = 15,
	MDNS_TYPE_TXT = 16,
	MDNS_TYPE_RP = 17,
	MDNS_TYPE_AFSDB = 18,
	MDNS_TYPE_RT = 21,
	MDNS_TYPE_PX = 26,
	MDNS_TYPE_AAAA = 28,
	MDNS_TYPE_SRV = 33,
	MDNS_TYPE_KX = 36,
	MDNS_TYPE_DNAME = 39,
	MDNS_TYPE_OPT = 41,
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

/* Any type: writes the RDATA to buf with the compression of the names in it
 * undone (for the types of RFC 6762 18.14; no other has any). Its size,
 * MDNS_ERR_FORMAT if it is malformed, or MDNS_ERR_SPACE; MDNS_MESSAGE_MAX octets
 * are always enough for a message of that size. Only those names, what stands
 * before them, addresses and NSEC are looked at; mdns_rr_print of
 * resolver/rr_text.h knows what is malformed in any type. */
int mdns_rr_expand(const struct mdns_reader *message,
	const struct mdns_record *record, uint8_t *buf, size_t size);

/* The reverse: the RDATA of an open record, its names compressed where they may
 * be. rdata must have come from mdns_rr_expand. */
void mdns_rr_write(struct mdns_writer *writer, uint16_t type,
	const uint8_t *rdata, uint16_t rdlength);

/* True if the bitmap has the bit of type; types above 255 have none. */
bool mdns_nsec_has(const struct mdns_nsec *nsec, uint16_t type);

#endif
