/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the operands of mdns-lookup mean, or what is wrong with them. */
#include "config.h"

#include "tools/lookup/operands.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/rr_text.h"
#include "resolver/service.h"
#include "resolver/zone.h"
#include "tools/lookup/print.h"

/* An address, perhaps with %interface. False if it is none. */
static bool parse_address(const char *text, struct options_query *query,
	uint8_t addr[16], size_t *ret_size)
{
	const char *percent = strchr(text, '%');
	size_t len = percent ? (size_t)(percent - text) : strlen(text);
	unsigned index;

	if (len >= INET6_ADDRSTRLEN)
		return false;
	memcpy(query->text, text, len);
	query->text[len] = '\0';
	if (inet_pton(AF_INET, query->text, addr) == 1)
		*ret_size = 4;
	else if (inet_pton(AF_INET6, query->text, addr) == 1)
		*ret_size = 16;
	else
		return false;
	/* One spelling of each address, as in the answers. */
	inet_ntop(*ret_size == 4 ? AF_INET : AF_INET6, addr, query->text,
		INET6_ADDRSTRLEN);
	if (!percent)
		return true;
	if (strlen(percent + 1) >= sizeof(query->iface))
		return false;
	strcpy(query->iface, percent + 1);
	index = (unsigned)strtoul(query->iface, NULL, 10);
	if (index > 0 && query->iface[strspn(query->iface, "0123456789")] == 0)
		if_indextoname(index, query->iface); /* or it stays as it is */
	return query->iface[0] != '\0';
}

unsigned options_suffixes(const struct mdns_settings *settings,
	struct mdns_name ret_suffixes[MDNS_SUFFIXES_MAX])
{
	unsigned count = 0;
	unsigned i;

	for (i = 0; i < settings->suffix_count; i++)
		if (mdns_name_parse(settings->suffix[i],
			    strlen(settings->suffix[i]),
			    &ret_suffixes[count]) == 0)
			count++;
	return count;
}

static enum mdns_zone zone_of(
	const struct mdns_name *name, const struct mdns_settings *settings)
{
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];

	return mdns_zone_of(
		name, suffixes, options_suffixes(settings, suffixes));
}

/* "_ipp._tcp", "_color._sub._ipp._tcp"; with a domain or without. */
static bool is_kind(
	const struct mdns_name *name, struct mdns_service *ret_service)
{
	return mdns_service_split(name, ret_service) == 0 &&
	       ret_service->instance == 0;
}

/* --- what is wrong --- */

/* A terminal would do anything with what is not even a name. */
static void complain_of_text(const char *text)
{
	char safe[64];
	size_t i;

	for (i = 0; i < sizeof(safe) - 1 && text[i] != '\0'; i++)
		safe[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	safe[i] = '\0';
	print_problem(safe[0] ? safe : "(empty)",
		"not a name (between two dots go 1 to 63 octets, in all at "
		"most 255) and not an address");
}

/* The same with what was left out. */
static const char *local_text(const struct options_query *query)
{
	static char text[MDNS_NAME_TEXT_MAX + 6];

	snprintf(text, sizeof(text), "%s.local", query->text);
	return text;
}

/* One label that is not followed by .local: what may have been meant. */
static void explain_word(const struct options_query *query)
{
	uint16_t type;

	if (strcasecmp(query->text, "local") == 0)
		print_problem(query->text,
			"this is the domain; type the name of a host in it, "
			"such as printer.local");
	else if (mdns_rr_type_parse(query->text, strlen(query->text), &type) ==
		 0)
		print_problem(query->text,
			"not a .local name; if the type of a record is meant, "
			"type: mdns-lookup -t %s NAME",
			query->text);
	else
		print_problem(query->text,
			"not a .local name; type: mdns-lookup %s",
			print_word(local_text(query)));
}

static void explain_foreign(const struct options_query *query)
{
	unsigned labels = mdns_name_labels(&query->name);

	if (labels == 0)
		print_problem(query->text,
			"this is the root; type the name of a host, such as "
			"printer.local");
	else if (query->name.wire[1] == '@')
		print_problem(query->text,
			"to ask one host only, type: mdns-lookup --unicast "
			"HOST NAME");
	else if (labels == 1)
		explain_word(query);
	else
		print_problem(query->text,
			"not a .local name, so the local network is not asked; "
			"type: getent ahosts %s",
			print_word(query->text));
}

static void explain_domain(const struct options_query *query)
{
	struct mdns_service service;

	if (is_kind(&query->name, &service))
		print_problem(query->text,
			"a kind of service, not a domain; type: mdns-lookup "
			"--browse %s",
			print_word(query->text));
	else
		print_problem(query->text,
			"not in .local, so the local network is not asked");
}

/* --- names --- */

static const struct mdns_name local = {7, "\5local"};

/* Of a kind of service, which without a domain has four labels at most, two of
 * them "_sub" and "_tcp": 64 + 5 + 64 + 5 + 7 octets. */
static void append_local(struct options_query *query)
{
	struct mdns_name *name = &query->name;

	memcpy(name->wire + name->len - 1, local.wire, local.len);
	name->len = (uint16_t)(name->len + local.len - 1);
	mdns_name_print_safe(name, query->text, sizeof(query->text));
}

/* A name in presentation form. */
static bool parse_name(const char *text, struct options_query *query)
{
	if (mdns_name_parse(text, strlen(text), &query->name) == 0 &&
		mdns_name_print_safe(
			&query->name, query->text, sizeof(query->text)) >= 0)
		return true;
	complain_of_text(text);
	return false;
}

/* The name of one service, as people type it: dots in "My Printer 2.0._ipp._tcp"
 * make no labels. */
static bool parse_instance(const char *text, struct options_query *query)
{
	struct mdns_service service;

	if (mdns_name_parse(text, strlen(text), &query->name) == 0 &&
		is_kind(&query->name, &service))
		return false;
	return mdns_service_parse(text, strlen(text), &local, &query->name) ==
		       0 &&
	       mdns_name_print_safe(
		       &query->name, query->text, sizeof(query->text)) >= 0;
}

static enum options_status parse_reverse(const struct options_query *from,
	const uint8_t addr[16], size_t size, struct options_query *ret_query)
{
	if (!mdns_zone_address_is_ours(addr, size)) {
		print_problem(from->text,
			"mDNS has names for 169.254.x.y and fe80:: addresses "
			"only; type: getent hosts %s",
			from->text);
		return STATUS_USAGE;
	}
	*ret_query = *from;
	mdns_name_from_address(addr, size, &ret_query->name);
	ret_query->reverse = true;
	ret_query->needs_scope = mdns_zone_address_needs_scope(addr, size);
	return STATUS_GO_ON;
}

/* With a domain, which for a service is .local if nobody says so. */
static bool parse_whole(const char *text, struct options_query *query)
{
	struct mdns_service service;

	if (parse_instance(text, query))
		return true;
	if (!parse_name(text, query))
		return false;
	if (is_kind(&query->name, &service) &&
		query->name.wire[service.domain] == 0)
		append_local(query);
	return true;
}

enum options_status options_query_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query)
{
	struct options_query query = {0};
	enum mdns_zone zone;
	uint8_t addr[16];
	size_t size = 0;

	if (parse_address(text, &query, addr, &size))
		return parse_reverse(&query, addr, size, ret_query);
	if (size > 0) {
		print_problem(query.text,
			"no interface is called what stands behind the %%");
		return STATUS_USAGE;
	}
	query.iface[0] = '\0';
	if (!parse_whole(text, &query))
		return STATUS_USAGE;
	zone = zone_of(&query.name, settings);
	if (zone == MDNS_ZONE_NONE) {
		explain_foreign(&query);
		return STATUS_USAGE;
	}
	query.reverse = zone == MDNS_ZONE_REVERSE;
	*ret_query = query;
	return STATUS_GO_ON;
}

/* What to type for a service, inside of single quotes: as people read it if
 * that means the same and ends no quotes, else escaped. */
static void print_typed(const struct options_query *query,
	const struct mdns_service *service, char *buf, size_t size)
{
	struct mdns_name rest = {
		.len = (uint16_t)(query->name.len - service->instance)};
	char instance[4 * MDNS_LABEL_MAX + 4], more[MDNS_NAME_TEXT_MAX];
	struct mdns_name again;

	snprintf(buf, size, "%s", query->text);
	memcpy(rest.wire, query->name.wire + service->instance, rest.len);
	if (mdns_service_print_instance(
		    &query->name, instance, sizeof(instance)) < 0 ||
		strchr(instance, '\'') ||
		mdns_name_print_safe(&rest, more, sizeof(more)) < 0)
		return;
	snprintf(buf, size, "%s.%s", instance, more);
	if (mdns_service_parse(buf, strlen(buf), &local, &again) < 0 ||
		!mdns_name_equal(&again, &query->name))
		snprintf(buf, size, "%s", query->text);
}

/* A service where something else was wanted. */
static void explain_instance(const struct options_query *query,
	const struct mdns_service *service, const char *wanted)
{
	char typed[4 * MDNS_LABEL_MAX + 5 + MDNS_NAME_TEXT_MAX];

	print_typed(query, service, typed, sizeof(typed));
	print_problem(query->text, "%s; type: mdns-lookup --resolve '%s'",
		wanted, typed);
}

enum options_status options_host_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query)
{
	struct mdns_service service;
	struct options_query query;
	enum options_status status =
		options_query_parse(text, settings, &query);

	if (status != STATUS_GO_ON)
		return status;
	if (mdns_service_split(&query.name, &service) < 0) {
		*ret_query = query;
		return STATUS_GO_ON;
	}
	if (service.instance > 0)
		explain_instance(&query, &service, "a service, not a host");
	else
		print_problem(query.text,
			"a kind of service, not a host; type: mdns-lookup "
			"--browse %s",
			print_word(query.text));
	return STATUS_USAGE;
}

enum options_status options_service_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query)
{
	struct options_query query = {.reverse = true};
	struct mdns_service service;

	if (parse_instance(text, &query)) {
		if (mdns_service_split(&query.name, &service) == 0)
			explain_instance(
				&query, &service, "one service, not a kind");
		return STATUS_USAGE;
	}
	if (!parse_name(text, &query))
		return STATUS_USAGE;
	if (!is_kind(&query.name, &service)) {
		print_problem(query.text,
			"not a kind of service; type, for printers: "
			"mdns-lookup --browse _ipp._tcp");
		return STATUS_USAGE;
	}
	if (query.name.wire[service.domain] == 0)
		append_local(&query);
	query.unicast = zone_of(&query.name, settings) == MDNS_ZONE_NONE;
	*ret_query = query;
	return STATUS_GO_ON;
}

enum options_status options_instance_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query)
{
	struct options_query query = {.reverse = true};
	struct mdns_service service;

	if (!parse_instance(text, &query)) {
		if (!parse_name(text, &query))
			return STATUS_USAGE;
		if (is_kind(&query.name, &service))
			print_problem(query.text,
				"a kind of service, not one; type: mdns-lookup "
				"--browse --resolve %s",
				print_word(query.text));
		else
			print_problem(query.text,
				"not the name of a service, such as "
				"\"My Printer._ipp._tcp\"; which there are: "
				"mdns-lookup --types, then --browse");
		return STATUS_USAGE;
	}
	query.unicast = zone_of(&query.name, settings) == MDNS_ZONE_NONE;
	*ret_query = query;
	return STATUS_GO_ON;
}

enum options_status options_unicast_parse(
	const char *text, const struct mdns_settings *settings)
{
	struct options_query query = {0};
	struct mdns_service service;
	uint8_t addr[16];
	size_t size;

	if (parse_address(text, &query, addr, &size))
		return STATUS_GO_ON;
	if (!parse_name(text, &query))
		return STATUS_USAGE;
	if (zone_of(&query.name, settings) != MDNS_ZONE_NONE &&
		mdns_service_split(&query.name, &service) < 0)
		return STATUS_GO_ON;
	print_problem("--unicast",
		"%s is neither an address nor the name of a host in .local",
		query.text);
	return STATUS_USAGE;
}

/* A domain of others: what is below it is in no zone of ours. The root is
 * none. */
static bool is_others(
	const struct mdns_name *name, const struct mdns_settings *settings)
{
	struct mdns_name below = {
		.len = (uint16_t)(name->len + 2), .wire = "\1x"};

	if (name->len == 1 || below.len > MDNS_NAME_MAX)
		return false;
	memcpy(below.wire + 2, name->wire, name->len);
	return zone_of(&below, settings) == MDNS_ZONE_NONE;
}

enum options_status options_domain_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query)
{
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	struct options_query query = {.reverse = true};
	unsigned i, count = options_suffixes(settings, suffixes);
	struct mdns_service service;
	enum mdns_zone zone;
	bool ours;

	if (!parse_name(text, &query))
		return STATUS_USAGE;
	zone = zone_of(&query.name, settings);
	ours = mdns_name_equal(&query.name, &local) ||
	       (zone != MDNS_ZONE_NONE && zone != MDNS_ZONE_REVERSE);
	for (i = 0; i < count; i++)
		if (mdns_name_equal(&query.name, &suffixes[i]))
			ours = true;
	query.unicast = !ours && is_others(&query.name, settings);
	if ((!ours && !query.unicast) || is_kind(&query.name, &service)) {
		explain_domain(&query);
		return STATUS_USAGE;
	}
	*ret_query = query;
	return STATUS_GO_ON;
}
