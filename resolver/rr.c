/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RR types that the resolver itself understands, and their RDATA. */
#include "resolver/rr.h"

#include <string.h>

#include "resolver/err.h"

int mdns_rr_read_address(const struct mdns_reader *message,
	const struct mdns_record *record, uint8_t *ret_addr)
{
	size_t size = record->type == MDNS_TYPE_A ? 4 : 16;
	struct mdns_reader rdata;
	const uint8_t *addr;

	mdns_reader_rdata(message, record, &rdata);
	addr = mdns_reader_bytes(&rdata, size);
	if (!mdns_reader_done(&rdata))
		return MDNS_ERR_FORMAT;
	memcpy(ret_addr, addr, size);
	return 0;
}

int mdns_rr_read_name(const struct mdns_reader *message,
	const struct mdns_record *record, struct mdns_name *ret_name)
{
	struct mdns_reader rdata;
	struct mdns_name name;

	mdns_reader_rdata(message, record, &rdata);
	mdns_reader_name(&rdata, &name);
	if (!mdns_reader_done(&rdata))
		return MDNS_ERR_FORMAT;
	memcpy(ret_name, &name, offsetof(struct mdns_name, wire) + name.len);
	return 0;
}

/* RFC 4034 4.1.2: window blocks in ascending order, each of 1 to 32 octets.
 * Only block 0 is of use here, but the rest has to be well-formed too. */
int mdns_rr_read_nsec(const struct mdns_reader *message,
	const struct mdns_record *record, struct mdns_nsec *ret_nsec)
{
	struct mdns_nsec nsec = {{0}};
	struct mdns_reader rdata;
	struct mdns_name next;
	int last = -1;

	mdns_reader_rdata(message, record, &rdata);
	mdns_reader_name(&rdata, &next);
	while (!rdata.err && rdata.pos < rdata.end) {
		uint8_t window = mdns_reader_u8(&rdata);
		uint8_t size = mdns_reader_u8(&rdata);
		const uint8_t *bits = mdns_reader_bytes(&rdata, size);

		if (!bits || window <= last || size < 1 || size > 32)
			return MDNS_ERR_FORMAT;
		if (window == 0)
			memcpy(nsec.bitmap, bits, size);
		last = window;
	}
	/* Without any block it would say that nothing exists. */
	if (!mdns_reader_done(&rdata) || last < 0)
		return MDNS_ERR_FORMAT;
	*ret_nsec = nsec;
	return 0;
}

bool mdns_nsec_has(const struct mdns_nsec *nsec, uint16_t type)
{
	return type < 256 && (nsec->bitmap[type / 8] & 0x80 >> type % 8) != 0;
}
