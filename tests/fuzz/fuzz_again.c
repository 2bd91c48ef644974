/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: the input is a message; what was read of it, written and read
 * again, is the same. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "again";

/* 9000 octets have 749 questions of 12 at most; pointers count 6 octets. */
#define ENTRIES_MAX 2048

struct entry {
	struct mdns_record record; /* a question's too: name, type, class */
	bool top_bit;
	uint16_t len;
	uint32_t rdata; /* where it is in the pool */
};

/* All that was understood of a message. */
struct content {
	struct mdns_header header;
	unsigned entries;
	size_t used;
	struct entry entry[ENTRIES_MAX];
	uint8_t pool[1 << 20];
};

static struct content first, second;

static struct entry *new_entry(struct content *content)
{
	return content->entries < ENTRIES_MAX &&
			       content->used + MDNS_MESSAGE_MAX <=
				       sizeof(content->pool)
		       ? &content->entry[content->entries]
		       : NULL;
}

static void copy_name(struct mdns_name *to, const struct mdns_name *from)
{
	memcpy(to, from, offsetof(struct mdns_name, wire) + from->len);
}

static int read_all(const uint8_t *data, size_t size, struct content *content)
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	struct entry *entry;

	content->entries = 0;
	content->used = 0;
	mdns_reader_init(&reader, data, size);
	content->header = reader.header;
	while ((entry = new_entry(content)) &&
		mdns_reader_question(&reader, &question)) {
		copy_name(&entry->record.name, &question.name);
		entry->record.section = MDNS_SECTION_QUESTION;
		entry->record.type = question.type;
		entry->record.rclass = question.rclass;
		entry->top_bit = question.unicast_response;
		content->entries++;
	}
	while ((entry = new_entry(content)) &&
		mdns_reader_record(&reader, &record)) {
		int n = mdns_rr_expand(&reader, &record,
			content->pool + content->used, MDNS_MESSAGE_MAX);

		if (n < 0)
			continue; /* only that one is lost */
		copy_name(&entry->record.name, &record.name);
		entry->record.section = record.section;
		entry->record.type = record.type;
		entry->record.rclass = record.rclass;
		entry->record.ttl = record.ttl;
		entry->top_bit = record.cache_flush;
		entry->len = (uint16_t)n;
		entry->rdata = (uint32_t)content->used;
		content->used += (size_t)n;
		content->entries++;
	}
	return reader.err;
}

static int write_all(const struct content *content, uint8_t *buf, size_t size)
{
	struct mdns_writer writer;
	unsigned i;

	mdns_writer_init(
		&writer, buf, size, content->header.id, content->header.flags);
	for (i = 0; i < content->entries; i++) {
		const struct entry *entry = &content->entry[i];
		const struct mdns_record *record = &entry->record;
		uint16_t rclass = record->rclass;

		if (entry->top_bit)
			rclass |= MDNS_CLASS_TOP_BIT;
		if (record->section == MDNS_SECTION_QUESTION) {
			mdns_writer_question(
				&writer, &record->name, record->type, rclass);
			continue;
		}
		mdns_writer_record(&writer, record->section, &record->name,
			record->type, rclass, record->ttl);
		mdns_rr_write(&writer, record->type,
			content->pool + entry->rdata, entry->len);
		mdns_writer_record_end(&writer);
	}
	return mdns_writer_end(&writer);
}

static void check_same(const struct entry *a, const struct entry *b)
{
	FUZZ_CHECK(fuzz_same_octets(&a->record.name, &b->record.name));
	FUZZ_CHECK(a->record.section == b->record.section);
	FUZZ_CHECK(a->record.type == b->record.type);
	FUZZ_CHECK(a->record.rclass == b->record.rclass);
	FUZZ_CHECK(a->top_bit == b->top_bit);
	if (a->record.section == MDNS_SECTION_QUESTION)
		return;
	FUZZ_CHECK(a->record.ttl == b->record.ttl);
	FUZZ_CHECK(a->len == b->len);
	FUZZ_CHECK(memcmp(first.pool + a->rdata, second.pool + b->rdata,
			   a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[UINT16_MAX + 1], same[UINT16_MAX + 1];
	unsigned i;
	int n;

	if (size > MDNS_MESSAGE_MAX)
		return 0;
	read_all(data, size, &first);
	n = write_all(&first, buf, sizeof(buf) - 1);
	if (n < 0) { /* pointers that this writer does not use */
		FUZZ_CHECK(n == MDNS_ERR_SPACE);
		return 0;
	}
	buf[n] = 0xa5; /* nobody's */
	FUZZ_CHECK(read_all(buf, (size_t)n, &second) == 0);
	FUZZ_CHECK(first.entries == second.entries);
	FUZZ_CHECK(first.header.id == second.header.id);
	FUZZ_CHECK(first.header.flags == second.header.flags);
	for (i = 0; i < first.entries; i++)
		check_same(&first.entry[i], &second.entry[i]);
	/* It fits just so much memory, and no octet less. */
	FUZZ_CHECK(write_all(&second, same, (size_t)n) == n);
	FUZZ_CHECK(memcmp(buf, same, (size_t)n) == 0);
	FUZZ_CHECK(write_all(&second, same, (size_t)n - 1) == MDNS_ERR_SPACE);
	return 0;
}
