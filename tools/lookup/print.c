/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines that mdns-lookup writes. */
#include "config.h"

#include "tools/lookup/print.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "resolver/rr.h"
#include "resolver/zone.h"

#define ADDRESS_TEXT_MAX (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)
#define ASKED_TEXT_MAX (MDNS_NAME_TEXT_MAX + 1 + IF_NAMESIZE)
#define CLOCK_TEXT_MAX 16

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
	/* The answers so far stand before the complaint, also in a log. */
	fflush(stdout);
	fprintf(stderr, "mdns-lookup: %s\n", line);
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

static void print_name_of_address(
	const struct options_query *query, const struct mdns_answer *answer)
{
	char name[MDNS_NAME_TEXT_MAX];
	char asked[ASKED_TEXT_MAX];
	struct row row;

	fill_row(&answer->address[0], &row);
	if (mdns_name_print_safe(&answer->name, name, sizeof(name)) < 0)
		return;
	put_asked(asked, query, row.link);
	printf("%s  %s  %s  %s  %s\n", asked, name, row.link, row.transport,
		row.time);
}

static int widest(int width, const char *text)
{
	int len = (int)strlen(text);

	return len > width ? len : width;
}

void print_answer(
	const struct options_query *query, const struct mdns_answer *answer)
{
	struct row rows[MDNS_ADDRESSES_MAX];
	char alias[MDNS_NAME_TEXT_MAX] = "";
	int address_width = 0;
	int link_width = 0;
	unsigned i;

	if (query->reverse) {
		print_name_of_address(query, answer);
		return;
	}
	if (!mdns_name_equal(&query->name, &answer->name))
		mdns_name_print_safe(&answer->name, alias, sizeof(alias));
	for (i = 0; i < answer->count; i++) {
		const struct mdns_address *address = &answer->address[i];

		fill_row(address, &rows[i]);
		inet_ntop(address->family == MDNS_IPV6 ? AF_INET6 : AF_INET,
			address->bytes, rows[i].address, INET6_ADDRSTRLEN);
		if (is_link_local(address))
			add_scope(rows[i].address, rows[i].link);
		address_width = widest(address_width, rows[i].address);
		link_width = widest(link_width, rows[i].link);
	}
	for (i = 0; i < answer->count; i++)
		printf("%s  %-*s  %-*s  %s  %s%s%s\n", query->text,
			address_width, rows[i].address, link_width,
			rows[i].link, rows[i].transport, rows[i].time,
			alias[0] ? "  is " : "", alias);
	if (answer->dropped > 0)
		print_problem(query->text, "%u more addresses left out",
			answer->dropped);
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

static void print_message(
	const char *when, const struct mdns_lookup_event *event)
{
	const struct mdns_origin *origin = &event->origin;
	char link[IF_NAMESIZE];

	put_link(link, origin->ifindex);
	fprintf(stderr, "%s  %s  %s  %s %s  %zu octets", when, link,
		transport_text(origin->transport), event->out ? "sent" : "got ",
		origin->way == MDNS_WAY_GROUP ? "group   " : "one-shot",
		event->size);
	if (!event->out)
		fprintf(stderr, " from port %u%s, to %s: %s", origin->port,
			origin->on_link ? "" : " off the link",
			origin->to_group ? "the group" : "us",
			mdns_verdict_text(event->verdict));
	fputc('\n', stderr);
}

void print_event(void *context, const struct mdns_lookup_event *event)
{
	char when[24];

	(void)context;
	snprintf(when, sizeof(when), "%9.3f ms", event->usec / 1000.0);
	print_message(when, event);
}

static void put_clock(char text[CLOCK_TEXT_MAX])
{
	struct timespec now;
	struct tm day;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &day);
	used = strftime(text, CLOCK_TEXT_MAX, "%H:%M:%S", &day);
	snprintf(text + used, CLOCK_TEXT_MAX - used, ".%03d",
		(int)(now.tv_nsec / 1000000));
}

void print_event_now(const struct mdns_lookup_event *event)
{
	char when[CLOCK_TEXT_MAX];

	put_clock(when);
	print_message(when, event);
}

/* What the record says, safe to print. False if it says nothing to people. */
static bool put_data(char text[MDNS_NAME_TEXT_MAX],
	const struct mdns_cached *record, const char *link)
{
	struct mdns_name name;

	switch (record->set->type) {
	case MDNS_TYPE_A:
	case MDNS_TYPE_AAAA:
		if (!inet_ntop(record->rdlength == 4 ? AF_INET : AF_INET6,
			    record->rdata, text, INET6_ADDRSTRLEN))
			return false;
		if (record->rdlength == 16 &&
			mdns_zone_address_needs_scope(record->rdata, 16))
			add_scope(text, link);
		return true;
	case MDNS_TYPE_PTR:
		if (record->rdlength > MDNS_NAME_MAX)
			return false;
		name.len = record->rdlength;
		memcpy(name.wire, record->rdata, record->rdlength);
		return mdns_name_print_safe(&name, text, MDNS_NAME_TEXT_MAX) >=
		       0;
	default:
		return false;
	}
}

bool print_change(const struct options_query *query, bool added,
	const struct mdns_cached *record, const char *link)
{
	char when[CLOCK_TEXT_MAX];
	char asked[ASKED_TEXT_MAX];
	char data[MDNS_NAME_TEXT_MAX];

	if (!put_data(data, record, link))
		return false;
	put_clock(when);
	put_asked(asked, query, link);
	printf("%s  %c  %s  %s  %s\n", when, added ? '+' : '-', asked, data,
		link);
	return true;
}
