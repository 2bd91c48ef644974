/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of mdns-lookup: what is asked, where and for how long. */
#ifndef LOOKUP_OPTIONS_H
#define LOOKUP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "resolver/answer.h"
#include "resolver/settings.h"
#include "tools/lookup/operands.h"
#include "tools/lookup/terminal.h"

enum options_mode {
	MODE_LOOKUP,  /* ask, print what is there, done */
	MODE_WATCH,   /* print how that changes */
	MODE_BROWSE,  /* services of a kind; with `resolve` all about each */
	MODE_TYPES,   /* which kinds of services there are */
	MODE_RESOLVE, /* one service by its name */
	MODE_MONITOR, /* each message on the links */
	MODE_READ,    /* each message of a capture file */
	MODE_DOCTOR,  /* what is wrong here */
	MODE_CHECK,   /* the settings file */
	MODE_HELPER,  /* mdns-helper's answer */
	MODE_RECONFIRM,
	MODE_FLUSH,
	MODE_STATUS,
	MODES
};

enum options_format {
	FORMAT_TEXT,
	FORMAT_SHORT, /* only what was asked for, one a line, for scripts */
	FORMAT_JSON,  /* one object a line, on standard output */
};

/* How the network is asked. */
enum options_way {
	WAY_DEFAULT,  /* as the module does: one-shot, then through 5353 */
	WAY_ONE_SHOT, /* from an ephemeral port only (RFC 6762 5.1) */
	WAY_QM,       /* from 5353, multicast answers wanted */
	WAY_QU,       /* from 5353, unicast answers wanted (5.4) */
	WAY_UNICAST,  /* sent to one host only (5.5) */
};

#define OPTIONS_TYPES_MAX 16

/* Borrows everything from argv. */
struct options {
	enum options_mode mode;
	enum options_format format;
	enum options_way way;
	const char *unicast; /* the host of WAY_UNICAST, as it was typed */
	unsigned transports; /* mask of 1 << enum mdns_family */
	const char *only[MDNS_GLOBS_MAX];
	unsigned only_count;
	uint16_t type[OPTIONS_TYPES_MAX]; /* of --type */
	unsigned type_count;              /* 0: addresses, or their names */
	uint32_t total_ms; /* 0: as the settings say, or without end */
	bool all;          /* collect until the time is over */
	bool resolve;      /* with MODE_BROWSE */
	bool verbose;
	bool no_helper;   /* only MODE_HELPER and later ask it anyway */
	bool unicast_soa; /* --doctor may ask the unicast name servers */
	const char *pcap; /* what was sent and seen goes there, or NULL */
	const char *file; /* of MODE_READ and MODE_CHECK */
	char **operand;
	int operand_count;
};

/* Reads argv, does --help and --version, has the terminal set up, and
 * complains on standard error. STATUS_GO_ON with ret_options filled, or what to
 * exit with. */
enum options_status options_parse(
	int argc, char **argv, struct options *ret_options);

/* Makes the settings fit the time given with -w. */
void options_fit_settings(
	const struct options *options, struct mdns_settings *settings);

#endif
