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

/* RDATA that has names in it: octets before them, how many, and octets behind
 * them (ANY_TAIL: as many as there are). RFC 6762 18.14. */
#define ANY_TAIL 255
struct layout {
	uint8_t type;
	uint8_t head;
	uint8_t names;
	uint8_t tail;
};

static const struct layout layouts[] = {
	{MDNS_TYPE_A, 4, 0, 0},
	{MDNS_TYPE_NS, 0, 1, 0},
	{MDNS_TYPE_CNAME, 0, 1, 0},
	{MDNS_TYPE_SOA, 0, 2, 20},
	{MDNS_TYPE_PTR, 0, 1, 0},
	{MDNS_TYPE_MX, 2, 1, 0},
	{MDNS_TYPE_RP, 0, 2, 0},
	{MDNS_TYPE_AFSDB, 2, 1, 0},
	{MDNS_TYPE_RT, 2, 1, 0},
	{MDNS_TYPE_PX, 2, 2, 0},
	{MDNS_TYPE_AAAA, 16, 0, 0},
	{MDNS_TYPE_SRV, 6, 1, 0},
	{MDNS_TYPE_KX, 2, 1, 0},
	{MDNS_TYPE_DNAME, 0, 1, 0},
	{MDNS_TYPE_NSEC, 0, 1, ANY_TAIL},
};

static const struct layout *find_layout(uint16_t type)
{
	static const struct layout plain = {0, 0, 0, ANY_TAIL};
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return &plain;
}

static void copy_bytes(
	struct mdns_reader *from, struct mdns_writer *to, size_t size)
{
	const uint8_t *bytes = mdns_reader_bytes(from, size);

	if (bytes)
		mdns_writer_bytes(to, bytes, size);
}

/* RDATA from one place to another, part by part. */
static void copy_rdata(struct mdns_reader *from, struct mdns_writer *to,
	uint16_t type, bool compress)
{
	const struct layout *layout = find_layout(type);
	unsigned i;

	copy_bytes(from, to, layout->head);
	for (i = 0; i < layout->names; i++) {
		struct mdns_name name;

		mdns_reader_name(from, &name);
		if (!from->err)
			mdns_writer_name(to, &name, compress);
	}
	copy_bytes(from, to,
		layout->tail == ANY_TAIL ? from->end - from->pos
					 : layout->tail);
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
