/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS messages: a reader and a writer whose error sticks. */
#include "resolver/message.h"

#include <string.h>

#include "resolver/err.h"

#define POINTER_BITS 0xc0
#define POINTER_MAX 0x3fff
#define POINTERS_MAX 127 /* a name has no more labels than that */

void mdns_reader_init(
	struct mdns_reader *reader, const uint8_t *message, size_t size)
{
	unsigned i;

	memset(reader, 0, sizeof(*reader));
	reader->base = message;
	reader->size = size;
	reader->end = size;
	if (size > UINT16_MAX)
		reader->err = MDNS_ERR_FORMAT;
	reader->header.id = mdns_reader_u16(reader);
	reader->header.flags = mdns_reader_u16(reader);
	for (i = 0; i < MDNS_SECTIONS; i++)
		reader->header.count[i] = mdns_reader_u16(reader);
	if (reader->err)
		memset(&reader->header, 0, sizeof(reader->header));
	reader->section = MDNS_SECTION_QUESTION;
	reader->left = reader->header.count[MDNS_SECTION_QUESTION];
}

const uint8_t *mdns_reader_bytes(struct mdns_reader *reader, size_t size)
{
	const uint8_t *bytes = reader->base + reader->pos;

	if (reader->err || size > reader->end - reader->pos) {
		reader->err = MDNS_ERR_FORMAT;
		return NULL;
	}
	reader->pos += size;
	return bytes;
}

uint8_t mdns_reader_u8(struct mdns_reader *reader)
{
	const uint8_t *b = mdns_reader_bytes(reader, 1);

	return b ? b[0] : 0;
}

uint16_t mdns_reader_u16(struct mdns_reader *reader)
{
	const uint8_t *b = mdns_reader_bytes(reader, 2);
	unsigned value = b ? (unsigned)b[0] << 8 | b[1] : 0;

	return (uint16_t)value;
}

uint32_t mdns_reader_u32(struct mdns_reader *reader)
{
	const uint8_t *b = mdns_reader_bytes(reader, 4);

	return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
			       (uint32_t)b[2] << 8 | b[3]
		 : 0;
}

/* RFC 1035 4.1.4. Each pointer must lead to before the fragment it ends, so
 * fragments only go backwards and no loop is possible. end is where the first
 * fragment must stop; what lies behind a pointer may be anywhere before it. */
static int read_name(
	struct mdns_reader *reader, struct mdns_name *name, size_t *ret_pos)
{
	const uint8_t *base = reader->base;
	size_t fragment = reader->pos;
	size_t pos = fragment;
	size_t end = reader->end;
	size_t len = 0;
	unsigned pointers = 0;

	*ret_pos = 0; /* 0: no pointer seen yet */
	for (;;) {
		size_t octet;

		if (pos >= end)
			return MDNS_ERR_FORMAT;
		octet = base[pos];
		if ((octet & POINTER_BITS) == POINTER_BITS) {
			size_t target;

			if (pos + 1 >= end || ++pointers > POINTERS_MAX ||
				++reader->pointers > MDNS_POINTERS_MAX)
				return MDNS_ERR_FORMAT;
			target = (octet & ~(size_t)POINTER_BITS) << 8 |
				 base[pos + 1];
			if (target >= fragment || target < MDNS_HEADER_SIZE)
				return MDNS_ERR_FORMAT;
			if (*ret_pos == 0)
				*ret_pos = pos + 2;
			memcpy(name->wire + len - (pos - fragment),
				base + fragment, pos - fragment);
			end = fragment;
			fragment = pos = target;
			continue;
		}
		if (octet & POINTER_BITS) /* 0x40, 0x80: RFC 6891 5 */
			return MDNS_ERR_FORMAT;
		/* The label must leave room for the root, if it is not it. */
		if (octet + 1 > end - pos ||
			len + octet + 1 > MDNS_NAME_MAX - (octet ? 1 : 0))
			return MDNS_ERR_FORMAT;
		len += octet + 1;
		pos += octet + 1;
		if (octet == 0)
			break;
	}
	memcpy(name->wire + len - (pos - fragment), base + fragment,
		pos - fragment);
	name->len = (uint16_t)len;
	if (*ret_pos == 0)
		*ret_pos = pos;
	return 0;
}

void mdns_reader_name(struct mdns_reader *reader, struct mdns_name *ret_name)
{
	size_t pos;

	if (!reader->err)
		reader->err = read_name(reader, ret_name, &pos);
	if (reader->err)
		ret_name->len = 0;
	else
		reader->pos = pos;
}

/* Moves on to the next section that has entries left, but not past `last`. */
static bool find_section(struct mdns_reader *reader, enum mdns_section last)
{
	while (reader->left == 0 && reader->section < last) {
		reader->section++;
		reader->left = reader->header.count[reader->section];
	}
	return !reader->err && reader->left > 0 && reader->section <= last;
}

bool mdns_reader_question(
	struct mdns_reader *reader, struct mdns_question *ret_question)
{
	uint16_t rclass;

	if (!find_section(reader, MDNS_SECTION_QUESTION))
		return false;
	reader->left--;
	mdns_reader_name(reader, &ret_question->name);
	ret_question->type = mdns_reader_u16(reader);
	rclass = mdns_reader_u16(reader);
	ret_question->rclass = rclass & ~MDNS_CLASS_TOP_BIT & UINT16_MAX;
	ret_question->unicast_response = (rclass & MDNS_CLASS_TOP_BIT) != 0;
	return !reader->err;
}

bool mdns_reader_record(
	struct mdns_reader *reader, struct mdns_record *ret_record)
{
	uint16_t rclass;
	uint32_t ttl;

	while (reader->section == MDNS_SECTION_QUESTION && reader->left > 0) {
		struct mdns_question skipped;

		if (!mdns_reader_question(reader, &skipped))
			return false;
	}
	if (!find_section(reader, MDNS_SECTION_ADDITIONAL))
		return false;
	reader->left--;
	ret_record->section = reader->section;
	mdns_reader_name(reader, &ret_record->name);
	ret_record->type = mdns_reader_u16(reader);
	rclass = mdns_reader_u16(reader);
	ret_record->rclass = rclass & ~MDNS_CLASS_TOP_BIT & UINT16_MAX;
	ret_record->cache_flush = (rclass & MDNS_CLASS_TOP_BIT) != 0;
	ttl = mdns_reader_u32(reader);
	ret_record->ttl = ttl > INT32_MAX ? 0 : ttl; /* RFC 2181 8 */
	ret_record->rdlength = mdns_reader_u16(reader);
	ret_record->rdata = (uint16_t)reader->pos;
	mdns_reader_bytes(reader, ret_record->rdlength);
	return !reader->err;
}

void mdns_reader_rdata(const struct mdns_reader *message,
	const struct mdns_record *record, struct mdns_reader *ret_rdata)
{
	*ret_rdata = *message;
	ret_rdata->err = 0;
	ret_rdata->pos = record->rdata;
	ret_rdata->end = (size_t)record->rdata + record->rdlength;
}

bool mdns_reader_done(const struct mdns_reader *reader)
{
	return !reader->err && reader->pos == reader->end;
}

void mdns_writer_init(struct mdns_writer *writer, uint8_t *buf, size_t size,
	uint16_t id, uint16_t flags)
{
	memset(writer, 0, sizeof(*writer));
	writer->base = buf;
	/* RDLENGTH, offsets and TCP framing are 16 bits wide. */
	writer->size = size < UINT16_MAX ? size : UINT16_MAX;
	mdns_writer_u16(writer, id);
	mdns_writer_u16(writer, flags);
	mdns_writer_bytes(writer, "\0\0\0\0\0\0\0\0", 8);
}

void mdns_writer_bytes(
	struct mdns_writer *writer, const void *bytes, size_t size)
{
	if (writer->err || size > writer->size - writer->pos) {
		writer->err = MDNS_ERR_SPACE;
		return;
	}
	memcpy(writer->base + writer->pos, bytes, size);
	writer->pos += size;
}

void mdns_writer_u8(struct mdns_writer *writer, uint8_t value)
{
	mdns_writer_bytes(writer, &value, 1);
}

void mdns_writer_u16(struct mdns_writer *writer, uint16_t value)
{
	const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	mdns_writer_bytes(writer, bytes, sizeof(bytes));
}

void mdns_writer_u32(struct mdns_writer *writer, uint32_t value)
{
	mdns_writer_u16(writer, (uint16_t)(value >> 16));
	mdns_writer_u16(writer, (uint16_t)value);
}

/* The place of an earlier name that is just this one, from offset `from` of
 * its wire form on; 0 if there is none. */
static size_t find_place(const struct mdns_writer *writer,
	const struct mdns_name *name, size_t from)
{
	unsigned i;

	for (i = 0; i < writer->places; i++) {
		struct mdns_reader earlier = {.base = writer->base,
			.size = writer->pos,
			.end = writer->pos,
			.pos = writer->place[i]};
		struct mdns_name found;

		mdns_reader_name(&earlier, &found);
		/* Octet for octet: case is preserved (RFC 6762 16). */
		if (found.len == name->len - from &&
			memcmp(found.wire, name->wire + from, found.len) == 0)
			return writer->place[i];
	}
	return 0;
}

void mdns_writer_name(
	struct mdns_writer *writer, const struct mdns_name *name, bool compress)
{
	size_t from = 0;

	while (from + 1 < name->len) {
		size_t place = compress ? find_place(writer, name, from) : 0;

		if (place > 0) {
			mdns_writer_u16(
				writer, (uint16_t)(POINTER_BITS << 8 | place));
			return;
		}
		place = writer->pos;
		mdns_writer_bytes(writer, name->wire + from,
			(size_t)name->wire[from] + 1);
		if (place <= POINTER_MAX && !writer->err &&
			writer->places < MDNS_WRITER_PLACES)
			writer->place[writer->places++] = (uint16_t)place;
		from += (size_t)name->wire[from] + 1;
	}
	mdns_writer_u8(writer, 0);
}

void mdns_writer_question(struct mdns_writer *writer,
	const struct mdns_name *name, uint16_t type, uint16_t rclass)
{
	mdns_writer_name(writer, name, true);
	mdns_writer_u16(writer, type);
	mdns_writer_u16(writer, rclass);
	writer->count[MDNS_SECTION_QUESTION]++;
}

void mdns_writer_record(struct mdns_writer *writer, enum mdns_section section,
	const struct mdns_name *name, uint16_t type, uint16_t rclass,
	uint32_t ttl)
{
	mdns_writer_name(writer, name, true);
	mdns_writer_u16(writer, type);
	mdns_writer_u16(writer, rclass);
	mdns_writer_u32(writer, ttl);
	writer->rdlength = writer->pos;
	mdns_writer_u16(writer, 0);
	writer->count[section]++;
}

void mdns_writer_record_end(struct mdns_writer *writer)
{
	size_t size = writer->pos - writer->rdlength - 2;

	if (!writer->err) {
		writer->base[writer->rdlength] = (uint8_t)(size >> 8);
		writer->base[writer->rdlength + 1] = (uint8_t)size;
	}
	writer->rdlength = 0;
}

int mdns_writer_end(struct mdns_writer *writer)
{
	unsigned i;

	if (writer->err)
		return writer->err;
	for (i = 0; i < MDNS_SECTIONS; i++) {
		writer->base[4 + 2 * i] = (uint8_t)(writer->count[i] >> 8);
		writer->base[5 + 2 * i] = (uint8_t)writer->count[i];
	}
	return (int)writer->pos;
}
