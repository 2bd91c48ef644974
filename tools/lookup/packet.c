/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One mDNS message in full, as text; packet_line.c has the short form,
 * packet_json.c the JSON. */
#include "config.h"

#include "tools/lookup/packet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "resolver/rr.h"
#include "resolver/rr_text.h"
#include "resolver/zone.h"
#include "tools/lookup/packet_private.h"
#include "tools/lookup/record.h"

/* A message of 9000 octets with compression can say a hundred times as much;
 * the 9000 octets of an honest one are less than this as text. */
#define FULL_TEXT_MAX 65536

/* "[", an address, "]:65535". */
#define ENDPOINT_TEXT_MAX (INET6_ADDRSTRLEN + 9)

static struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
static unsigned suffix_count;

void packet_set_zones(const struct mdns_settings *settings)
{
	suffix_count = options_suffixes(settings, suffixes);
}

bool packet_is_response(const struct mdns_reader *reader)
{
	return (reader->header.flags & MDNS_FLAG_QR) != 0;
}

const char *packet_fault(const struct mdns_reader *reader,
	const struct mdns_record *raw, const struct record *record, bool sound)
{
	const char *fault;

	/* The known answers of others are not for us to believe. */
	if (!sound || !packet_is_response(reader))
		return sound ? NULL : "malformed";
	fault = record_fault(record, sound);
	if (fault || record->type == MDNS_TYPE_OPT)
		return fault;
	if (raw->section == MDNS_SECTION_AUTHORITY)
		return "in the authority section";
	if (mdns_zone_of(record->name, suffixes, suffix_count) ==
		MDNS_ZONE_NONE)
		return "not a .local name";
	return NULL;
}

const char *packet_kind(const struct packet *packet)
{
	struct mdns_reader reader;
	struct mdns_question question;
	bool one_shot = packet->source_port != 0
				? packet->source_port != MDNS_PORT
				: packet->way == MDNS_WAY_ONE_SHOT;

	mdns_reader_init(&reader, packet->message, packet->size);
	if (reader.err)
		return "malformed";
	if (packet_is_response(&reader))
		return "response";
	if (one_shot)
		return "one-shot";
	while (mdns_reader_question(&reader, &question))
		if (question.unicast_response)
			return "QU";
	return "QM";
}

const char *packet_verdict(const struct packet *packet)
{
	if (packet->out || !packet->judged)
		return NULL;
	return packet->echo ? "our own, heard again"
			    : mdns_verdict_text(packet->verdict);
}

bool packet_address_text(const struct packet *packet, const uint8_t address[16],
	char text[INET6_ADDRSTRLEN])
{
	static const uint8_t unknown[16];
	bool ipv6 = packet->transport == MDNS_IPV6;

	if (memcmp(address, unknown, ipv6 ? 16 : 4) == 0)
		return false;
	return inet_ntop(ipv6 ? AF_INET6 : AF_INET, address, text,
		       INET6_ADDRSTRLEN) != NULL;
}

const char *packet_paint(FILE *out, enum terminal_paint paint)
{
	/* Colour is for the terminal that standard output is; standard error
	 * may be a file at the same time. */
	if (out != stdout && terminal_is_live() && !isatty(fileno(out)))
		return "";
	return terminal_paint(paint);
}

void packet_time_text(
	const struct packet *packet, char text[PACKET_TIME_TEXT_MAX])
{
	time_t seconds = (time_t)(packet->realtime / 1000000000);
	struct tm day = {0};
	size_t used;

	if (packet->in_lookup) {
		snprintf(text, PACKET_TIME_TEXT_MAX, "%9.3f ms",
			packet->usec / 1000.0);
		return;
	}
	localtime_r(&seconds, &day);
	used = strftime(text, PACKET_TIME_TEXT_MAX, "%H:%M:%S", &day);
	snprintf(text + used, PACKET_TIME_TEXT_MAX - used, ".%03d",
		(int)(packet->realtime / 1000000 % 1000));
}

static void put_endpoint(const struct packet *packet, const uint8_t address[16],
	uint16_t port, char text[ENDPOINT_TEXT_MAX])
{
	char number[INET6_ADDRSTRLEN];
	bool known = packet_address_text(packet, address, number);
	bool ipv6 = known && packet->transport == MDNS_IPV6;
	size_t used;

	used = (size_t)snprintf(text, ENDPOINT_TEXT_MAX, "%s%s%s",
		ipv6 ? "[" : "", known ? number : "us", ipv6 ? "]" : "");
	if (known || port != 0)
		snprintf(text + used, ENDPOINT_TEXT_MAX - used, ":%u", port);
}

static void print_head(FILE *out, const struct packet *packet)
{
	char when[PACKET_TIME_TEXT_MAX];
	char from[ENDPOINT_TEXT_MAX], to[ENDPOINT_TEXT_MAX];
	const char *verdict = packet_verdict(packet);
	bool good = packet->echo || packet->verdict == MDNS_VERDICT_TAKEN ||
		    packet->verdict == MDNS_VERDICT_OTHER;

	packet_time_text(packet, when);
	put_endpoint(packet, packet->source, packet->source_port, from);
	put_endpoint(packet, packet->destination, packet->destination_port, to);
	fprintf(out, "%s%s%s", packet_paint(out, PAINT_FAINT), when,
		packet_paint(out, PAINT_PLAIN));
	if (packet->link[0] != '\0')
		fprintf(out, "  %s", packet->link);
	fprintf(out, "  %s  %s  %s -> %s  %s%s%s  %zu octets",
		packet->transport == MDNS_IPV6 ? "IPv6" : "IPv4",
		packet->out ? "sent" : "got ", from, to,
		packet_paint(out, PAINT_NAME), packet_kind(packet),
		packet_paint(out, PAINT_PLAIN), packet->size + packet->lost);
	if (verdict)
		fprintf(out, ": %s%s%s",
			packet_paint(out, good ? PAINT_GOOD : PAINT_WARN),
			verdict, packet_paint(out, PAINT_PLAIN));
	else if (!packet->out && packet->off_link)
		fputs(": from an address that is not on the link", out);
	fputc('\n', out);
}

static const struct packet_flag flags[] = {
	{MDNS_FLAG_QR, "QR"},
	{MDNS_FLAG_AA, "AA"},
	{MDNS_FLAG_TC, "TC"},
	{MDNS_FLAG_RD, "RD"},
	{MDNS_FLAG_RA, "RA"},
	{MDNS_FLAG_Z, "Z"},
	{MDNS_FLAG_AD, "AD"},
	{MDNS_FLAG_CD, "CD"},
	{0, ""},
};

const struct packet_flag *packet_flags(void)
{
	return flags;
}

/* Nothing for what every well-behaved message has there. */
static int print_header(FILE *out, const struct mdns_header *header)
{
	const struct packet_flag *flag;
	int used;

	if (header->id == 0 &&
		(header->flags == 0 ||
			header->flags == (MDNS_FLAG_QR | MDNS_FLAG_AA)))
		return 0;
	used = fprintf(out, "    header      id %u", header->id);
	for (flag = flags; flag->bit != 0; flag++)
		if (header->flags & flag->bit)
			used += fprintf(out, "  %s", flag->name);
	if (header->flags & MDNS_FLAG_OPCODE)
		used += fprintf(out, "  opcode %u", packet_opcode(header));
	if (header->flags & MDNS_FLAG_RCODE)
		used += fprintf(out, "  rcode %u",
			(unsigned)header->flags & MDNS_FLAG_RCODE);
	fputc('\n', out);
	return used + 1;
}

void packet_class_text(uint16_t rclass, char text[PACKET_CLASS_TEXT_MAX])
{
	if (rclass == MDNS_CLASS_IN)
		strcpy(text, "IN");
	else if (rclass == MDNS_CLASS_ANY)
		strcpy(text, "ANY");
	else
		snprintf(text, PACKET_CLASS_TEXT_MAX, "CLASS%u", rclass);
}

static int print_question(FILE *out, const struct mdns_question *question)
{
	char name[MDNS_NAME_TEXT_MAX + 1];
	char type[MDNS_RR_TYPE_TEXT_MAX];
	char rclass[PACKET_CLASS_TEXT_MAX];

	/* As the names of records are printed. */
	if (mdns_rr_print(MDNS_TYPE_PTR, question->name.wire,
		    question->name.len, name, sizeof(name)) < 0)
		return 0;
	mdns_rr_type_print(question->type, type, sizeof(type));
	packet_class_text(question->rclass, rclass);
	return fprintf(out, "    question    %s%s%s  %s  %s%s\n",
		packet_paint(out, PAINT_NAME), name,
		packet_paint(out, PAINT_PLAIN), rclass, type,
		question->unicast_response ? "  QU" : "");
}

/* RFC 6891 6.1: its class and TTL are something else. */
static int print_opt(FILE *out, const struct mdns_reader *reader,
	const struct mdns_record *raw, const struct record *record)
{
	const uint8_t *ttl = reader->base + raw->rdata - 6;
	unsigned payload =
		raw->rclass |
		(raw->cache_flush ? (unsigned)MDNS_CLASS_TOP_BIT : 0);
	char *data = record_data_text(record);
	int used = fprintf(out,
		"OPT  takes %u octets  version %u  flags 0x%02x%02x  %s",
		payload, ttl[1], ttl[2], ttl[3], data ? data : "");

	free(data);
	return used;
}

static int print_record(FILE *out, const struct mdns_reader *reader,
	const struct mdns_record *raw)
{
	static const char sections[MDNS_SECTIONS][11] = {
		"question", "answer", "authority", "additional"};
	uint8_t buf[MDNS_MESSAGE_MAX];
	struct record record;
	bool sound = record_read(reader, raw, buf, &record);
	const char *fault = packet_fault(reader, raw, &record, sound);
	int used = fprintf(out, "    %-10s  ", sections[raw->section]);

	if (record.type == MDNS_TYPE_OPT) {
		used += print_opt(out, reader, raw, &record);
	} else {
		char *text = record_text(&record);

		used += fprintf(out, "%s%s", text ? text : "(no memory)",
			record.cache_flush ? "  cache-flush" : "");
		free(text);
	}
	if (fault)
		used += fprintf(out, "%s  -- dropped: %s%s",
			packet_paint(out, PAINT_WARN), fault,
			packet_paint(out, PAINT_PLAIN));
	fputc('\n', out);
	return used + 1;
}

static void print_lost(FILE *out, const struct packet *packet)
{
	if (packet->lost > 0)
		fprintf(out,
			"    %s-- the capture lacks the last %zu octets%s\n",
			packet_paint(out, PAINT_WARN), packet->lost,
			packet_paint(out, PAINT_PLAIN));
}

/* What the header promised and what was there. */
static void print_rest(FILE *out, const struct packet *packet,
	const struct mdns_reader *reader, unsigned questions, unsigned records)
{
	size_t behind = packet->size - reader->pos;

	print_lost(out, packet);
	if (reader->err)
		fprintf(out,
			"    %s-- cut short after %u question%s and %u "
			"record%s%s\n",
			packet_paint(out, PAINT_BAD), questions,
			questions == 1 ? "" : "s", records,
			records == 1 ? "" : "s",
			packet_paint(out, PAINT_PLAIN));
	else if (behind > 0)
		fprintf(out, "    %s-- %zu octet%s behind the last record%s\n",
			packet_paint(out, PAINT_WARN), behind,
			behind == 1 ? "" : "s", packet_paint(out, PAINT_PLAIN));
	if (packet->size > MDNS_MESSAGE_MAX)
		fprintf(out, "    %s-- longer than mDNS allows (%d octets)%s\n",
			packet_paint(out, PAINT_WARN), MDNS_MESSAGE_MAX,
			packet_paint(out, PAINT_PLAIN));
}

static void print_full(FILE *out, const struct packet *packet)
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	unsigned questions = 0, records = 0, hidden = 0;
	int used;

	print_head(out, packet);
	if (packet->echo) /* all of it stands there already, as sent */
		return;
	mdns_reader_init(&reader, packet->message, packet->size);
	if (reader.err) {
		print_lost(out, packet);
		fprintf(out, "    %s-- not even a header%s\n",
			packet_paint(out, PAINT_BAD),
			packet_paint(out, PAINT_PLAIN));
		return;
	}
	used = print_header(out, &reader.header);
	while (mdns_reader_question(&reader, &question)) {
		questions++;
		if (used < FULL_TEXT_MAX)
			used += print_question(out, &question);
		else
			hidden++;
	}
	while (!reader.err && mdns_reader_record(&reader, &record)) {
		records++;
		if (used < FULL_TEXT_MAX)
			used += print_record(out, &reader, &record);
		else
			hidden++;
	}
	if (hidden > 0)
		fprintf(out, "    -- and %u more\n", hidden);
	print_rest(out, packet, &reader, questions, records);
}

void packet_print(FILE *out, const struct packet *packet, bool full,
	enum options_format format)
{
	terminal_wait_end();
	if (format == FORMAT_JSON)
		packet_print_json(packet);
	else if (full)
		print_full(out, packet);
	else
		packet_print_line(out, packet);
}
