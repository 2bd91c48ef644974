/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines that mdns-lookup writes. */
#include "config.h"

#include "tools/lookup/print.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_TEXT_MAX (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

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
	row->transport = transport_text(address->transport);
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

static void print_name_of_address(
	const struct options_query *query, const struct mdns_answer *answer)
{
	char name[MDNS_NAME_TEXT_MAX];
	char asked[MDNS_NAME_TEXT_MAX + IF_NAMESIZE];
	struct row row;

	fill_row(&answer->address[0], &row);
	if (mdns_name_print_safe(&answer->name, name, sizeof(name)) < 0)
		return;
	snprintf(asked, sizeof(asked), "%s%s%s", query->text,
		query->needs_scope ? "%" : "",
		query->needs_scope ? row.link : "");
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

void print_event(void *context, const struct mdns_lookup_event *event)
{
	const struct mdns_origin *origin = &event->origin;
	char link[IF_NAMESIZE];

	(void)context;
	put_link(link, origin->ifindex);
	fprintf(stderr, "%9.3f ms  %s  %s  %s %s  %zu octets",
		event->usec / 1000.0, link, transport_text(origin->transport),
		event->out ? "sent" : "got ",
		origin->way == MDNS_WAY_GROUP ? "group   " : "one-shot",
		event->size);
	if (!event->out)
		fprintf(stderr, " from port %u%s, to %s: %s", origin->port,
			origin->on_link ? "" : " off the link",
			origin->to_group ? "the group" : "us",
			mdns_verdict_text(event->verdict));
	fputc('\n', stderr);
}
