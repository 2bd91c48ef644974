/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The operands of mdns-lookup: names, addresses and services as people type
 * them, and the questions behind them. */
#ifndef LOOKUP_OPERANDS_H
#define LOOKUP_OPERANDS_H

#include <net/if.h>
#include <stdbool.h>

#include "resolver/name.h"
#include "resolver/settings.h"

/* The exit status; mdns-lookup(1) has the same table. */
enum options_status {
	STATUS_GO_ON = -1, /* not an exit status: there is work to do */
	STATUS_FOUND = 0,
	STATUS_NOT_FOUND = 1,
	STATUS_USAGE = 2,
	STATUS_NO_NETWORK = 3,
};

/* The question behind one operand. */
struct options_query {
	struct mdns_name name;
	bool reverse;     /* a PTR is asked: an address, arpa name, service */
	bool needs_scope; /* text is an address that wants a %interface */
	bool unicast;     /* a service whose domain is none of ours */
	char iface[IF_NAMESIZE];       /* what stood after the %, or empty */
	char text[MDNS_NAME_TEXT_MAX]; /* the operand, safe to print */
};

/* Reads one operand: a name or an address; settings say which suffixes are ours.
 * Services may be there as well, by what options_instance_parse says; without a
 * domain they are in .local. Complains on standard error, with a line to type.
 * STATUS_GO_ON with ret_query filled, or STATUS_USAGE. */
enum options_status options_query_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query);

/* The same for what may have addresses: no services. */
enum options_status options_host_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query);

/* The same for a kind of service: "_ipp._tcp", with or without its domain. For
 * this and the two that follow a domain of others is good as well: `unicast`. */
enum options_status options_service_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query);

/* The same for a service by its name: "My Printer._ipp._tcp", with or without
 * its domain; spaces, dots and UTF-8 in the first label as people type them
 * (resolver/service.h). */
enum options_status options_instance_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query);

/* The same for a domain that has kinds of services: "local", or one below. */
enum options_status options_domain_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query);

/* The host of --unicast: any address, with %interface or without, or a name of
 * ours. STATUS_GO_ON, or STATUS_USAGE with a complaint. */
enum options_status options_unicast_parse(
	const char *text, const struct mdns_settings *settings);

/* The suffixes of the settings as names; returns how many. */
unsigned options_suffixes(const struct mdns_settings *settings,
	struct mdns_name ret_suffixes[MDNS_SUFFIXES_MAX]);

#endif
