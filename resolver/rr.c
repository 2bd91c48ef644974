/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RR types that the resolver itself understands, and their RDATA. */
#include "resolver/rr.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/rr_types.h"

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

/* Octets of a field that always has as many; 0: another kind. */
static size_t fixed_size(char field)
{
	switch ((enum mdns_rr_field)field) {
	case MDNS_RR_U8:
		return 1;
	case MDNS_RR_U16:
		return 2;
	case MDNS_RR_U32:
	case MDNS_RR_IPV4:
		return 4;
	case MDNS_RR_IPV6:
		return 16;
	default:
		return 0;
	}
}

static void copy_bytes(
	struct mdns_reader *from, struct mdns_writer *to, size_t size)
{
	const uint8_t *bytes = mdns_reader_bytes(from, size);

	if (bytes)
		mdns_writer_bytes(to, bytes, size);
}

/* RDATA from one place to another, field by field. From the first field on that
 * is neither of a fixed size nor a name that may be compressed, it is copied as
 * it is: no such name comes behind one. */
static void copy_rdata(struct mdns_reader *from, struct mdns_writer *to,
	uint16_t type, bool compress)
{
	const char *field = mdns_rr_type_layout(type);

	for (; *field; field++) {
		struct mdns_name name;

		if (*field != MDNS_RR_NAME_COMPRESSED) {
			size_t size = fixed_size(*field);

			if (size == 0)
				break;
			copy_bytes(from, to, size);
			continue;
		}
		mdns_reader_name(from, &name);
		if (from->err)
			break;
		if (compress)
			mdns_writer_name(to, &name, true);
		else
			mdns_writer_bytes(to, name.wire, name.len);
	}
	if (*field)
		copy_bytes(from, to, from->end - from->pos);
}

int mdns_rr_expand(const struct mdns_reader *message,
	const struct mdns_record *record, uint8_t *buf, size_t size)
{
	struct mdns_writer writer = {.base = buf, .size = size};
	struct mdns_reader rdata;
	struct mdns_nsec nsec;

	if (record->type == MDNS_TYPE_NSEC &&
		mdns_rr_read_nsec(message, record, &nsec) < 0)
		return MDNS_ERR_FORMAT;
	mdns_reader_rdata(message, record, &rdata);
	copy_rdata(&rdata, &writer, record->type, false);
	if (!mdns_reader_done(&rdata))
		return MDNS_ERR_FORMAT;
	return writer.err ? writer.err : (int)writer.pos;
}

void mdns_rr_write(struct mdns_writer *writer, uint16_t type,
	const uint8_t *rdata, uint16_t rdlength)
{
	struct mdns_reader reader = {
		.base = rdata, .size = rdlength, .end = rdlength};

	copy_rdata(&reader, writer, type, true);
}
