/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One record as people see it: a line as in a zone file and in dig, or JSON. */
#ifndef LOOKUP_RECORD_H
#define LOOKUP_RECORD_H

#include <json-c/json.h>

#include "resolver/cache.h"
#include "resolver/message.h"

/* Borrows rdata, which has no compression in it. */
struct record {
	const struct mdns_name *name;
	uint16_t type;
	uint16_t rclass; /* without the top bit */
	bool cache_flush;
	uint32_t ttl; /* seconds; of what is known for a while: that are left */
	const uint8_t *rdata;
	size_t rdlength;
};

/* A record of a message; buf (MDNS_MESSAGE_MAX octets) takes its RDATA. False
 * if it is malformed: then rdata is as it stands in the message. ret_record
 * points to raw->name. */
bool record_read(const struct mdns_reader *reader,
	const struct mdns_record *raw, uint8_t *buf, struct record *ret_record);

/* A record of a cache, with the TTL that is left; name is where its name goes.
 */
void record_recall(const struct mdns_cached *cached, mdns_time now,
	struct mdns_name *name, struct record *ret_record);

/* "printer.local.  120  IN  A  192.168.1.7", in memory of malloc, or NULL.
 * Printable ASCII only. */
char *record_text(const struct record *record);
/* Only the data of it: "192.168.1.7". What is malformed for its type has the
 * form of RFC 3597. */
char *record_data_text(const struct record *record);

/* Why a record is passed over by a resolver though the message is good: static
 * text, or NULL if it is believed. Class, malformed data, an address that is of
 * no use (zone.h), a goodbye. sound: what record_read returned. */
const char *record_fault(const struct record *record, bool sound);

/* "name", "type", "class", "ttl", "cache_flush", "data", and "rdata" in hex where
 * data has the form of RFC 3597. */
void record_put(struct json_object *object, const struct record *record);

#endif
