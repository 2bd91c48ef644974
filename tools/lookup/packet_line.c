/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One mDNS message in one line, with as much of it as has room. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/rr.h"
#include "resolver/rr_text.h"
#include "tools/lookup/packet_private.h"

#define COLUMNS_PIPED 200
#define COLUMNS_MAX 500
#define COLUMNS_WIDE 120 /* room for a column of IPv6 addresses */
#define ITEMS_COLUMNS_MIN 24

#define MORE_COLUMNS 12 /* ", 99999 more" */
#define DATA_MAX 60     /* of what only looks like noise when it is longer */

/* Two names, a type, a TTL. */
#define ITEM_TEXT_MAX (2 * MDNS_NAME_TEXT_MAX + 64)

struct line {
	char text[COLUMNS_MAX * 4 + 1]; /* UTF-8 */
	size_t used;
	unsigned columns; /* used so far */
	unsigned limit;
	unsigned reserve; /* for how many more there are */
	unsigned shown;
	unsigned hidden;
};

/* Of UTF-8; those of double width are rare enough. */
static unsigned columns_of(const char *text)
{
	unsigned columns = 0;

	for (; *text != '\0'; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

static void append(struct line *line, const char *text, unsigned columns)
{
	const char *end = text;
	size_t len;

	while (*end != '\0' &&
		(columns > 0 || ((unsigned char)*end & 0xc0) == 0x80)) {
		if (((unsigned char)*end & 0xc0) != 0x80)
			columns--;
		end++;
	}
	len = (size_t)(end - text);
	if (len > sizeof(line->text) - 1 - line->used)
		return;
	memcpy(line->text + line->used, text, len);
	line->used += len;
	line->text[line->used] = '\0';
	line->columns = columns_of(line->text);
}

/* The first is cut to fit; of those behind it whole ones only, and once one has
 * no room the rest is counted. */
static void add(struct line *line, const char *item)
{
	unsigned wanted = columns_of(item);
	unsigned room = line->limit - line->reserve;

	if (line->shown == 0) {
		if (wanted > room) {
			append(line, item, room - 3);
			append(line, "...", 3);
		} else {
			append(line, item, wanted);
		}
		line->shown++;
	} else if (line->hidden == 0 && line->columns + 2 + wanted <= room) {
		append(line, ", ", 2);
		append(line, item, wanted);
		line->shown++;
	} else {
		line->hidden++;
	}
}

static void add_question(
	struct line *line, const struct mdns_question *question)
{
	char item[ITEM_TEXT_MAX];
	char name[MDNS_NAME_TEXT_MAX];
	char type[MDNS_RR_TYPE_TEXT_MAX];

	if (line->hidden > 0) {
		line->hidden++;
		return;
	}
	mdns_rr_type_print(question->type, type, sizeof(type));
	if (mdns_name_print_safe(&question->name, name, sizeof(name)) < 0)
		return;
	snprintf(item, sizeof(item), "%s? %s", type, name);
	add(line, item);
}

/* Names as everywhere else, so that UTF-8 in them can be read. */
static void put_data(char text[MDNS_NAME_TEXT_MAX], const struct record *record)
{
	struct mdns_name target;
	char *data;

	if ((record->type == MDNS_TYPE_PTR ||
		    record->type == MDNS_TYPE_CNAME) &&
		mdns_name_from_wire(record->rdata, record->rdlength, &target) ==
			0 &&
		mdns_name_print_safe(&target, text, MDNS_NAME_TEXT_MAX) >= 0)
		return;
	data = record_data_text(record);
	snprintf(text, MDNS_NAME_TEXT_MAX, "%.*s%s", DATA_MAX, data ? data : "",
		data && strlen(data) > DATA_MAX ? "..." : "");
	free(data);
}

static void add_record(struct line *line, const struct mdns_reader *reader,
	const struct mdns_record *raw)
{
	char item[ITEM_TEXT_MAX];
	char name[MDNS_NAME_TEXT_MAX];
	char data[MDNS_NAME_TEXT_MAX];
	char type[MDNS_RR_TYPE_TEXT_MAX];
	char ttl[24] = "goodbye";
	uint8_t buf[MDNS_MESSAGE_MAX];
	struct record record;
	bool sound;

	if (raw->type == MDNS_TYPE_OPT)
		return;
	if (line->hidden > 0) {
		line->hidden++;
		return;
	}
	sound = record_read(reader, raw, buf, &record);
	mdns_rr_type_print(record.type, type, sizeof(type));
	if (mdns_name_print_safe(record.name, name, sizeof(name)) < 0)
		return;
	put_data(data, &record);
	if (record.ttl > 0)
		snprintf(ttl, sizeof(ttl), "%u s", record.ttl);
	snprintf(item, sizeof(item), "%s %s %s (%s)", type, name, data,
		sound ? ttl : "malformed");
	add(line, item);
}

static void add_count(struct line *line, unsigned count, const char *what)
{
	char item[32];

	if (count == 0)
		return;
	snprintf(item, sizeof(item), "%u %s", count, what);
	add(line, item);
}

static void add_header(struct line *line, const struct mdns_header *header)
{
	char item[32];

	if (header->flags & MDNS_FLAG_OPCODE) {
		snprintf(
			item, sizeof(item), "opcode %u", packet_opcode(header));
		add(line, item);
	}
	if (header->flags & MDNS_FLAG_RCODE) {
		snprintf(item, sizeof(item), "rcode %u",
			(unsigned)header->flags & MDNS_FLAG_RCODE);
		add(line, item);
	}
	if (header->flags & MDNS_FLAG_TC)
		add(line, "TC");
}

/* The names of addresses are long and rarely what somebody looks for, so they
 * come behind all others. */
static bool is_arpa(const struct mdns_name *name)
{
	static const struct mdns_name arpa = {6, "\4arpa"};

	return mdns_name_is_under(name, &arpa);
}

static void add_entries(
	struct line *line, const struct packet *packet, bool arpa)
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	bool response;

	mdns_reader_init(&reader, packet->message, packet->size);
	response = packet_is_response(&reader);
	/* A one-shot's answer repeats the question. */
	while (mdns_reader_question(&reader, &question))
		if ((!response ||
			    reader.header.count[MDNS_SECTION_ANSWER] == 0) &&
			is_arpa(&question.name) == arpa)
			add_question(line, &question);
	while (response && !reader.err && mdns_reader_record(&reader, &record))
		if (is_arpa(&record.name) == arpa)
			add_record(line, &reader, &record);
}

static void fill_line(struct line *line, const struct packet *packet)
{
	unsigned count[MDNS_SECTIONS] = {0};
	struct mdns_reader reader;
	struct mdns_record record;
	unsigned i, entries = 0;

	mdns_reader_init(&reader, packet->message, packet->size);
	if (reader.err) {
		if (packet->lost > 0)
			add(line, "cut off by the capture");
		return;
	}
	for (i = 0; i < MDNS_SECTIONS; i++)
		entries += reader.header.count[i];
	line->reserve = entries > 1 ? MORE_COLUMNS : 0;
	add_header(line, &reader.header);
	add_entries(line, packet, false);
	add_entries(line, packet, true);
	while (mdns_reader_record(&reader, &record))
		count[record.section]++;
	if (!packet_is_response(&reader)) {
		add_count(line, count[MDNS_SECTION_ANSWER], "known");
		/* A probe proposes what it wants to have (RFC 6762 8.2). */
		add_count(line, count[MDNS_SECTION_AUTHORITY], "proposed");
	}
	if (packet->lost > 0)
		add(line, "cut off by the capture");
	else if (reader.err)
		add(line, "the rest is malformed");
}

static enum terminal_paint paint_of(const char *kind)
{
	if (strcmp(kind, "response") == 0)
		return PAINT_GOOD;
	return strcmp(kind, "malformed") == 0 ? PAINT_BAD : PAINT_NAME;
}

/* Of a long address the ends tell most. */
static void shorten(char text[INET6_ADDRSTRLEN], size_t columns)
{
	size_t len = strlen(text);
	size_t front = columns / 2 - 1;
	size_t back = columns - front - 2;

	if (len <= columns)
		return;
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the rest follows */
	memcpy(text + front, "..", 2);
	memmove(text + front + 2, text + len - back, back + 1);
}

void packet_print_line(FILE *out, const struct packet *packet)
{
	/* What came before tells how wide the columns are. */
	static int link_width, from_width;
	const char *kind = packet_kind(packet);
	char when[PACKET_TIME_TEXT_MAX];
	char from[INET6_ADDRSTRLEN];
	struct line line = {.limit = COLUMNS_PIPED};
	unsigned head, rows;

	if (terminal_is_live())
		terminal_size(&line.limit, &rows);
	if (line.limit > COLUMNS_MAX)
		line.limit = COLUMNS_MAX;
	packet_time_text(packet, when);
	if (!packet_address_text(packet, packet->source, from))
		strcpy(from, packet->out ? "us" : "?");
	if ((int)strlen(packet->link) > link_width)
		link_width = (int)strlen(packet->link);
	if (line.limit < COLUMNS_WIDE)
		shorten(from, INET_ADDRSTRLEN - 1);
	if ((int)strlen(from) > from_width)
		from_width = (int)strlen(from);
	head = (unsigned)strlen(when) + (unsigned)link_width +
	       (unsigned)from_width + 9 + 6;
	if (link_width > 0)
		head += 2;
	line.limit = line.limit > head + ITEMS_COLUMNS_MIN ? line.limit - head
							   : ITEMS_COLUMNS_MIN;
	fill_line(&line, packet);
	fprintf(out, "%s%s%s  ", packet_paint(out, PAINT_FAINT), when,
		packet_paint(out, PAINT_PLAIN));
	if (link_width > 0)
		fprintf(out, "%-*s  ", link_width, packet->link);
	fprintf(out, "%-*s  %s%-9s%s  %s", from_width, from,
		packet_paint(out, paint_of(kind)), kind,
		packet_paint(out, PAINT_PLAIN), line.text);
	if (line.hidden > 0)
		fprintf(out, ", %u more", line.hidden);
	fputc('\n', out);
}
