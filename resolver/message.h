/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS messages (RFC 1035 4, RFC 6762 18): a reader and a writer whose error
 * sticks, so that a caller may do a whole record and check once. */
#ifndef MDNS_MESSAGE_H
#define MDNS_MESSAGE_H

#include "resolver/name.h"

#define MDNS_MESSAGE_MAX 9000 /* RFC 6762 17 */
#define MDNS_HEADER_SIZE 12
#define MDNS_PORT 5353

/* Header flags (RFC 1035 4.1.1, RFC 6762 18.2 to 18.11). */
enum {
	MDNS_FLAG_QR = 0x8000,
	MDNS_FLAG_OPCODE = 0x7800,
	MDNS_FLAG_AA = 0x0400,
	MDNS_FLAG_TC = 0x0200,
	MDNS_FLAG_RD = 0x0100,
	MDNS_FLAG_RA = 0x0080,
	MDNS_FLAG_Z = 0x0040,
	MDNS_FLAG_AD = 0x0020,
	MDNS_FLAG_CD = 0x0010,
	MDNS_FLAG_RCODE = 0x000f,
};

/* The top bit of a class: unicast response wanted in a question (RFC 6762
 * 18.12), cache-flush in a record (18.13). */
#define MDNS_CLASS_TOP_BIT 0x8000

enum mdns_section {
	MDNS_SECTION_QUESTION,
	MDNS_SECTION_ANSWER,
	MDNS_SECTION_AUTHORITY,
	MDNS_SECTION_ADDITIONAL,
	MDNS_SECTIONS
};

struct mdns_header {
	uint16_t id;
	uint16_t flags;
	uint16_t count[MDNS_SECTIONS];
};

struct mdns_question {
	struct mdns_name name;
	uint16_t type;
	uint16_t rclass;       /* without the top bit */
	bool unicast_response; /* the QU bit */
};

struct mdns_record {
	struct mdns_name name;
	enum mdns_section section;
	uint16_t type;
	uint16_t rclass;  /* without the top bit */
	bool cache_flush; /* the top bit; meaningless for OPT */
	uint32_t ttl;   /* seconds; the top bit set counts as 0 (RFC 2181 8) */
	uint16_t rdata; /* offset of RDATA in the message */
	uint16_t rdlength; /* RDATA lies wholly inside the message */
};

/* Of the names that are read one after the other from one message, all together:
 * 750 records are all that 9,000 octets hold, and their names take a few each.
 * A message with more is malformed from there on: 127 a name, which one name may
 * have, would be a millisecond's work. Names in RDATA count for themselves. */
#define MDNS_POINTERS_MAX 8192

/* Borrows the message for as long as it is used. end is the end of what may be
 * read now: the message, or one record's RDATA. */
struct mdns_reader {
	const uint8_t *base;
	size_t size;
	size_t pos;
	size_t end;
	int err; /* 0 or MDNS_ERR_FORMAT; once set, reads give zeros */
	enum mdns_section section;
	uint16_t left;     /* entries left in section */
	uint16_t pointers; /* followed so far; see MDNS_POINTERS_MAX */
	struct mdns_header header;
};

/* Reads the header. A message above 65535 octets is an error. Policy about
 * what the header says is the caller's (resolver/response.h). */
void mdns_reader_init(
	struct mdns_reader *reader, const uint8_t *message, size_t size);

/* The next question, or the next record of any of the three sections, in the
 * order of the message; false at the end of them and on error (see err). What
 * came before an error is good: a message cut short still gives the records
 * that are whole (RFC 6762 does not need the rest). Asking for a record skips
 * the questions that are left. */
bool mdns_reader_question(
	struct mdns_reader *reader, struct mdns_question *ret_question);
bool mdns_reader_record(
	struct mdns_reader *reader, struct mdns_record *ret_record);

/* A reader of one record's RDATA: reads stop at its end, compression pointers
 * may still lead back into the message. Check mdns_reader_done after the last
 * field: RDATA is consumed to the last octet, or the record is no good. */
void mdns_reader_rdata(const struct mdns_reader *message,
	const struct mdns_record *record, struct mdns_reader *ret_rdata);
bool mdns_reader_done(const struct mdns_reader *reader);

uint8_t mdns_reader_u8(struct mdns_reader *reader);
uint16_t mdns_reader_u16(struct mdns_reader *reader);
uint32_t mdns_reader_u32(struct mdns_reader *reader);
/* size octets, borrowed from the message; NULL on error. */
const uint8_t *mdns_reader_bytes(struct mdns_reader *reader, size_t size);
/* A name, its compression undone. A pointer must lead to before the fragment
 * that it ends, and a name follows at most 127 of them, so a message costs at
 * most a fixed amount of work for each of its octets. On error ret_name is
 * the empty value (len 0). */
void mdns_reader_name(struct mdns_reader *reader, struct mdns_name *ret_name);

/* How many places of earlier names a writer remembers for compression. */
#define MDNS_WRITER_PLACES 64

/* Borrows the buffer. Nothing beyond size is ever touched. */
struct mdns_writer {
	uint8_t *base;
	size_t size;
	size_t pos;
	int err;         /* 0 or MDNS_ERR_SPACE; once set, writes do nothing */
	size_t rdlength; /* where the open record's RDLENGTH stands, or 0 */
	uint16_t count[MDNS_SECTIONS];
	uint16_t places;
	uint16_t place[MDNS_WRITER_PLACES];
};

void mdns_writer_init(struct mdns_writer *writer, uint8_t *buf, size_t size,
	uint16_t id, uint16_t flags);

/* Sections are written in the order of the message; that is the caller's duty.
 * rclass carries the top bit where it is wanted. */
void mdns_writer_question(struct mdns_writer *writer,
	const struct mdns_name *name, uint16_t type, uint16_t rclass);
/* Between these two come the writes of the RDATA. */
void mdns_writer_record(struct mdns_writer *writer, enum mdns_section section,
	const struct mdns_name *name, uint16_t type, uint16_t rclass,
	uint32_t ttl);
void mdns_writer_record_end(struct mdns_writer *writer);

void mdns_writer_u8(struct mdns_writer *writer, uint8_t value);
void mdns_writer_u16(struct mdns_writer *writer, uint16_t value);
void mdns_writer_u32(struct mdns_writer *writer, uint32_t value);
void mdns_writer_bytes(
	struct mdns_writer *writer, const void *bytes, size_t size);
/* compress: whether pointers to earlier names may be used. RFC 6762 18.14 has
 * the list of types in whose RDATA they may. Owner names always are. */
void mdns_writer_name(struct mdns_writer *writer, const struct mdns_name *name,
	bool compress);

/* Fills in the header's counts. Returns the size of the message, or
 * MDNS_ERR_SPACE. */
int mdns_writer_end(struct mdns_writer *writer);

#endif
