/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of mdns-lookup: what is asked, where and for how long. */
#ifndef LOOKUP_OPTIONS_H
#define LOOKUP_OPTIONS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

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

enum options_mode {
	MODE_LOOKUP, /* ask, print what is there, done */
	MODE_WATCH,  /* print how that changes */
	MODE_BROWSE, /* the same; operands are kinds of service */
	MODE_HELPER, /* ask mdns-helper only, from here on */
	MODE_RECONFIRM,
	MODE_FLUSH, /* no operands, from here on */
	MODE_STATUS,
};

/* Borrows everything from argv. */
struct options {
	enum options_mode mode;
	unsigned transports; /* mask of 1 << enum mdns_family */
	const char *only[MDNS_GLOBS_MAX];
	unsigned only_count;
	uint32_t total_ms; /* 0: as the settings say, or without end */
	bool verbose;
	const char *check; /* the file of --check-config, or NULL */
	char **operand;
	int operand_count;
};

/* The question behind one operand. */
struct options_query {
	struct mdns_name name;
	bool reverse;     /* a PTR is asked: an address, arpa name, service */
	bool needs_scope; /* text is an address that wants a %interface */
	char iface[IF_NAMESIZE];       /* what stood after the %, or empty */
	char text[MDNS_NAME_TEXT_MAX]; /* the operand, safe to print */
};

/* Reads argv, does --help and --version, and complains on standard error.
 * STATUS_GO_ON with ret_options filled, or what to exit with. */
enum options_status options_parse(
	int argc, char **argv, struct options *ret_options);

/* Reads one operand; settings say which suffixes are ours. Complains on
 * standard error. STATUS_GO_ON with ret_query filled, or STATUS_USAGE. */
enum options_status options_query_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query);

/* The same for a kind of service: "_ipp._tcp", with or without its domain. */
enum options_status options_service_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query);

/* The suffixes of the settings as names; returns how many. */
unsigned options_suffixes(const struct mdns_settings *settings,
	struct mdns_name ret_suffixes[MDNS_SUFFIXES_MAX]);

/* Makes the settings fit the time given with -w. */
void options_fit_settings(
	const struct options *options, struct mdns_settings *settings);

#endif
