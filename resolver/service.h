/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and TXT records of DNS-Based Service Discovery (RFC 6763); pure. */
#ifndef MDNS_SERVICE_H
#define MDNS_SERVICE_H

#include "resolver/name.h"

/* The parts of a service name (4.1, 7.1), in octets of its wire form. */
struct mdns_service {
	uint8_t instance; /* size of the first label, 0: there is none */
	uint8_t subtype;  /* size of "_color._sub", 0: there is none */
	uint8_t type;     /* size of "_ipp._tcp", which follows these */
	uint8_t domain;   /* where the domain begins */
};

/* "Instance._ipp._tcp.local", "_ipp._tcp.local", "_color._sub._ipp._tcp.local",
 * also with no domain at all. The type of the meta query of section 9 is
 * "_services._dns-sd._udp". MDNS_ERR_NAME if it is none of these. What stands
 * in the place of "_ipp" may be any label that begins with an underscore: not
 * all that is in use is as it should be. */
int mdns_service_split(
	const struct mdns_name *name, struct mdns_service *ret_service);

/* What is wrong with that label, as static text, or NULL (7.2, RFC 6335 5.1):
 * up to 15 letters, digits and hyphens, one letter at least, no hyphen at an
 * end or beside another. */
const char *mdns_service_fault(
	const struct mdns_name *name, const struct mdns_service *service);

/* An instance as people type it: the first label is any text of 1 to 63 octets
 * of UTF-8 without control characters (4.1.1), in which dots, spaces and
 * backslashes mean themselves; a type and perhaps a domain, in presentation
 * form, follow. \DDD, and a backslash before what is neither a letter nor a
 * digit, are escapes (RFC 1035 5.1, RFC 6763 4.3). So "My Printer 2.0._ipp._tcp"
 * and "My\032Printer\0322\.0._ipp._tcp.local" are one. The type is the last
 * pair of labels that can be one. If there is no domain, `domain` is appended.
 * MDNS_ERR_NAME. */
int mdns_service_parse(const char *text, size_t len,
	const struct mdns_name *domain, struct mdns_name *ret_name);

/* The instance's label as people read it: not escaped; control characters and
 * octets that are not UTF-8 as \DDD. Its length, or MDNS_ERR_SPACE; 64 * 4
 * octets are always enough. "" if there is none. */
int mdns_service_print_instance(
	const struct mdns_name *name, char *buf, size_t size);

/* --- TXT (6) --- */

/* One key of a TXT record; borrows. value NULL: "key" without "=" (6.4). */
struct mdns_txt_pair {
	const char *key;
	const uint8_t *value;
	uint8_t key_len;
	uint8_t value_len;
};

/* The next pair of the RDATA from *pos on (0 at first), in their order. Strings
 * that are empty, start with "=" or whose key is not printable ASCII are passed
 * over, as is a key that was there before in any case of its letters (6.4).
 * False at the end, or where a string is cut short. A record of one zero octet,
 * or of none, has no pairs (6.1). */
bool mdns_txt_next(const uint8_t *rdata, size_t len, size_t *pos,
	struct mdns_txt_pair *ret_pair);

/* False where the RDATA is cut short in the middle of a string. */
bool mdns_txt_is_whole(const uint8_t *rdata, size_t len);

/* True if the value is well-formed UTF-8 without control characters, so that it
 * can be shown as text. */
bool mdns_txt_is_text(const struct mdns_txt_pair *pair);

/* --- SRV (RFC 2782) --- */

struct mdns_srv {
	uint16_t priority, weight, port;
	struct mdns_name target; /* the root: no such service */
};

/* RDATA without compression, to the last octet; MDNS_ERR_FORMAT. */
int mdns_srv_read(const uint8_t *rdata, size_t len, struct mdns_srv *ret_srv);

/* The order in which clients try them: lower priority first; of equal ones the
 * heavier. <0, 0, >0. */
int mdns_srv_compare(const struct mdns_srv *a, const struct mdns_srv *b);

#endif
