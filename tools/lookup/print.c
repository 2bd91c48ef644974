/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines that mdns-lookup writes. */
#include "config.h"

#include "tools/lookup/print.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr_text.h"
#include "tools/lookup/json.h"
#include "tools/lookup/terminal.h"

#define ADDRESS_TEXT_MAX (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)
#define ASKED_TEXT_MAX (MDNS_NAME_TEXT_MAX + 1 + IF_NAMESIZE)
#define MISSING_TEXT_MAX 1536

struct row {
	char address[ADDRESS_TEXT_MAX];
	char link[IF_NAMESIZE];
	char time[24];
	const char *transport;
};

void print_problem(const char *subject, const char *format, ...)
{
	char line[2 * MDNS_NAME_TEXT_MAX + 256];
	size_t used = 0;
	size_t i;
	va_list args;

	if (subject)
		used = (size_t)snprintf(line, sizeof(line), "%s: ", subject);
	if (used < sizeof(line)) {
		va_start(args, format);
		vsnprintf(line + used, sizeof(line) - used, format, args);
		va_end(args);
	}
	for (i = 0; line[i] != '\0'; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	terminal_wait_end();
	/* The answers so far stand before the complaint, also in a log. */
	fflush(stdout);
	fprintf(stderr, "mdns-lookup: %s\n", line);
}

void print_clean(char *text)
{
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

const char *print_word(const char *name)
{
	static char word[MDNS_NAME_TEXT_MAX + 8]; /* and ".local" */

	if (!strchr(name, '\\'))
		return name;
	snprintf(word, sizeof(word), "'%s'", name);
	return word;
}

static void put_link(char text[IF_NAMESIZE], uint32_t ifindex)
{
	if (!if_indextoname(ifindex, text)) /* it may be gone by now */
		snprintf(text, IF_NAMESIZE, "%u", ifindex);
}

static void put_time(char *text, size_t size, uint32_t usec)
{
	snprintf(text, size, "%.*f ms", usec < 1000 ? 2 : 1, usec / 1000.0);
}

static const char *transport_text(uint8_t transport)
{
	return transport == MDNS_IPV6 ? "IPv6" : "IPv4";
}

static void fill_row(const struct mdns_address *address, struct row *row)
{
	put_link(row->link, address->ifindex);
	put_time(row->time, sizeof(row->time), address->usec);
	row->transport = address->way == MDNS_WAYS
				 ? "helper"
				 : transport_text(address->transport);
}

static void add_scope(char text[ADDRESS_TEXT_MAX], const char *link)
{
	size_t used = strlen(text);

	snprintf(text + used, ADDRESS_TEXT_MAX - used, "%%%s", link);
}

static bool is_link_local(const struct mdns_address *address)
{
	return address->family == MDNS_IPV6 && address->bytes[0] == 0xfe &&
	       (address->bytes[1] & 0xc0) == 0x80;
}

/* The operand again, with the link if it means nothing without. */
static void put_asked(char text[ASKED_TEXT_MAX],
	const struct options_query *query, const char *link)
{
	snprintf(text, ASKED_TEXT_MAX, "%s%s%s", query->text,
		query->needs_scope ? "%" : "", query->needs_scope ? link : "");
}

static const char *way_text(uint8_t way)
{
	switch (way) {
	case MDNS_WAY_ONE_SHOT:
		return "one-shot";
	case MDNS_WAY_GROUP:
		return "group";
	case PRINT_WAY_UNICAST:
		return "unicast";
	default:
		return "helper";
	}
}

/* An object for one of the addresses, or for their name; text: what is asked, or
 * the address that was found. */
static void put_answer(const struct options_query *query,
	const struct mdns_answer *answer, const struct mdns_address *address,
	const char *text)
{
	struct json_object *object = json_begin("answer");

	json_put_text(object, "query", query->text);
	json_put_name(object, "name", &answer->name);
	if (text)
		json_put_text(object, "address", text);
	json_put_link(object, address->ifindex);
	if (address->way != MDNS_WAYS)
		json_put_transport(object, address->transport);
	json_put_text(object, "way", way_text(address->way));
	json_put_msec(object, "elapsed_ms", address->usec);
	json_end(object);
}

/* False for an operand such as 1.7.254.169.in-addr.arpa. */
static bool is_address(const char *text)
{
	uint8_t addr[16];

	return inet_pton(AF_INET, text, addr) == 1 ||
	       inet_pton(AF_INET6, text, addr) == 1;
}

static void print_name_of_address(enum options_format format,
	const struct options_query *query, const struct mdns_answer *answer)
{
	char name[MDNS_NAME_TEXT_MAX];
	char asked[ASKED_TEXT_MAX];
	struct row row;

	fill_row(&answer->address[0], &row);
	if (mdns_name_print_safe(&answer->name, name, sizeof(name)) < 0)
		return;
	put_asked(asked, query, row.link);
	if (format == FORMAT_JSON)
		put_answer(query, answer, &answer->address[0],
			is_address(query->text) ? asked : NULL);
	else if (format == FORMAT_SHORT)
		puts(name);
	else
		printf("%s  %s%s%s  %s  %s  %s%s%s\n", asked,
			terminal_paint(PAINT_NAME), name,
			terminal_paint(PAINT_PLAIN), row.link, row.transport,
			terminal_paint(PAINT_FAINT), row.time,
			terminal_paint(PAINT_PLAIN));
}

static int widest(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > width ? len : width;
}

static void print_rows(const struct options_query *query,
	const struct mdns_answer *answer, const struct row *rows)
{
	char alias[MDNS_NAME_TEXT_MAX] = "";
	int address_width = 0;
	int link_width = 0;
	unsigned i;

	if (!mdns_name_equal(&query->name, &answer->name))
		mdns_name_print_safe(&answer->name, alias, sizeof(alias));
	for (i = 0; i < answer->count; i++) {
		address_width = widest(address_width, rows[i].address);
		link_width = widest(link_width, rows[i].link);
	}
	for (i = 0; i < answer->count; i++)
		printf("%s%s%s  %-*s  %-*s  %s  %s%s%s%s%s\n",
			terminal_paint(PAINT_NAME), query->text,
			terminal_paint(PAINT_PLAIN), address_width,
			rows[i].address, link_width, rows[i].link,
			rows[i].transport, terminal_paint(PAINT_FAINT),
			rows[i].time, terminal_paint(PAINT_PLAIN),
			alias[0] ? "  is " : "", alias);
}

void print_found(enum options_format format, const struct options_query *query,
	const struct mdns_answer *answer)
{
	struct row rows[MDNS_ADDRESSES_MAX];
	unsigned i;

	terminal_wait_end();
	if (query->reverse) {
		print_name_of_address(format, query, answer);
		return;
	}
	for (i = 0; i < answer->count; i++) {
		const struct mdns_address *address = &answer->address[i];

		fill_row(address, &rows[i]);
		inet_ntop(address->family == MDNS_IPV6 ? AF_INET6 : AF_INET,
			address->bytes, rows[i].address, INET6_ADDRSTRLEN);
		if (is_link_local(address))
			add_scope(rows[i].address, rows[i].link);
		if (format == FORMAT_JSON)
			put_answer(query, answer, address, rows[i].address);
		else if (format == FORMAT_SHORT)
			puts(rows[i].address);
	}
	if (format == FORMAT_TEXT)
		print_rows(query, answer, rows);
	if (answer->dropped > 0)
		print_problem(query->text, "%u more addresses left out",
			answer->dropped);
}

static void put_source(char text[INET6_ADDRSTRLEN], const struct packet *packet)
{
	inet_ntop(packet->transport == MDNS_IPV6 ? AF_INET6 : AF_INET,
		packet->source, text, INET6_ADDRSTRLEN);
}

static void put_record(const struct options *options,
	const struct options_query *query, const struct record *record,
	const struct packet *from)
{
	struct json_object *object = json_begin("record");
	char source[INET6_ADDRSTRLEN];

	put_source(source, from);
	json_put_text(object, "query", query->text);
	record_put(object, record);
	json_put_text(object, "interface", from->link);
	json_put_transport(object, from->transport);
	json_put_text(object, "way",
		way_text(options->way == WAY_UNICAST ? PRINT_WAY_UNICAST
						     : from->way));
	json_put_text(object, "from", source);
	json_put_number(object, "from_port", from->source_port);
	json_put_msec(object, "elapsed_ms", from->usec);
	json_end(object);
}

/* The owner's name stands before the first space: it has none itself. */
static void print_line(const char *text)
{
	int owner = (int)strcspn(text, " ");

	printf("%s%.*s%s%s", terminal_paint(PAINT_NAME), owner, text,
		terminal_paint(PAINT_PLAIN), text + owner);
}

/* A comment, so that the whole is still a line of a zone file. */
static void print_source(const struct packet *from)
{
	char source[INET6_ADDRSTRLEN];
	char when[24];

	put_source(source, from);
	put_time(when, sizeof(when), from->usec);
	printf("%s  ; from %s on %s, %s%s", terminal_paint(PAINT_FAINT), source,
		from->link, when, terminal_paint(PAINT_PLAIN));
}

void print_record(const struct options *options,
	const struct options_query *query, const struct record *record,
	const struct packet *from)
{
	bool alone = options->format == FORMAT_SHORT;
	char *text;

	terminal_wait_end();
	if (options->format == FORMAT_JSON) {
		put_record(options, query, record, from);
		return;
	}
	text = alone ? record_data_text(record) : record_text(record);
	if (!text) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		return;
	}
	if (alone)
		fputs(text, stdout);
	else
		print_line(text);
	if (options->verbose && !alone)
		print_source(from);
	putchar('\n');
	free(text);
}

static const char *reason_text(enum print_reason reason)
{
	switch (reason) {
	case PRINT_SILENCE:
		return "silence";
	case PRINT_NO_DATA:
		return "no-data";
	case PRINT_NO_NETWORK:
		return "no-network";
	case PRINT_DENIED:
		return "denied";
	case PRINT_INTERRUPTED:
		return "interrupted";
	case PRINT_ERROR:
		break;
	}
	return "error";
}

void print_missing(enum options_format format,
	const struct options_query *query, uint16_t type,
	enum print_reason reason, bool quiet, const char *why, ...)
{
	char text[MISSING_TEXT_MAX];
	char name[MDNS_RR_TYPE_TEXT_MAX];
	va_list args;

	va_start(args, why);
	vsnprintf(text, sizeof(text), why, args);
	va_end(args);
	if (!quiet)
		print_problem(query->text, "%s", text);
	if (format == FORMAT_JSON) {
		struct json_object *object = json_begin("missing");

		json_put_text(object, "query", query->text);
		if (type != 0 &&
			mdns_rr_type_print(type, name, sizeof(name)) >= 0)
			json_put_text(object, "type", name);
		json_put_text(object, "reason", reason_text(reason));
		json_put_text(object, "text", text);
		json_end(object);
	}
}

void print_remarks(
	const struct options_query *query, const struct mdns_answer *answer)
{
	unsigned count = query->reverse ? 1 : answer->count;
	bool only_group = count > 0;
	unsigned i;

	for (i = 0; i < count; i++)
		if (answer->address[i].way != MDNS_WAY_GROUP)
			only_group = false;
	if (only_group)
		print_problem(query->text,
			"heard through port 5353 only; if that is so each "
			"time, a firewall drops the replies to other ports");
	if (!query->reverse && answer->presence[MDNS_IPV4] == MDNS_ABSENT)
		print_problem(query->text, "says that it has no IPv4 address");
	if (!query->reverse && answer->presence[MDNS_IPV6] == MDNS_ABSENT)
		print_problem(query->text, "says that it has no IPv6 address");
}
