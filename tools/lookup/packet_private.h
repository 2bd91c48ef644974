/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of packet.h share. */
#ifndef LOOKUP_PACKET_PRIVATE_H
#define LOOKUP_PACKET_PRIVATE_H

#include <netinet/in.h>

#include "tools/lookup/packet.h"
#include "tools/lookup/record.h"

#define PACKET_TIME_TEXT_MAX 24  /* "4294967.295 ms", "23:59:59.999" */
#define PACKET_CLASS_TEXT_MAX 16 /* "CLASS65535" */

struct packet_flag {
	uint16_t bit;
	char name[6];
};

/* The flags of the header, in their order; the last has no bit. */
const struct packet_flag *packet_flags(void);

static inline unsigned packet_opcode(const struct mdns_header *header)
{
	return (unsigned)(header->flags & MDNS_FLAG_OPCODE) >> 11;
}

/* What became of a packet that was heard, or NULL if nobody has judged. */
const char *packet_verdict(const struct packet *packet);

bool packet_is_response(const struct mdns_reader *reader);

/* Why a resolver passes over the record, which record_read gave and whether it
 * was sound; static, or NULL. */
const char *packet_fault(const struct mdns_reader *reader,
	const struct mdns_record *raw, const struct record *record, bool sound);

/* Of the source or the destination; false if it is not known. */
bool packet_address_text(const struct packet *packet, const uint8_t address[16],
	char text[INET6_ADDRSTRLEN]);

void packet_time_text(
	const struct packet *packet, char text[PACKET_TIME_TEXT_MAX]);
void packet_class_text(uint16_t rclass, char text[PACKET_CLASS_TEXT_MAX]);

/* terminal_paint, if out goes to a terminal as well. */
const char *packet_paint(FILE *out, enum terminal_paint paint);

void packet_print_line(FILE *out, const struct packet *packet);
void packet_print_json(const struct packet *packet);

#endif
