/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup --monitor and --read: each mDNS message on the links, or of a
 * file; one line each, or in full with -v. */
#ifndef LOOKUP_MONITOR_H
#define LOOKUP_MONITOR_H

#include "tools/lookup/options.h"

/* Until SIGINT, SIGTERM or the end of options->total_ms. Operands are names:
 * only messages that speak of one of them, or of what lies below it, are shown.
 * Listens to the links from below where it may, else, after saying so, to what
 * comes to port 5353. Sends nothing. What is heard is also written to
 * options->pcap, whomever it speaks of. STATUS_FOUND if anything was shown. */
enum options_status monitor_run(
	const struct options *options, const struct mdns_settings *settings);

/* The same for options->file. One that is cut short is read as far as it goes;
 * that is said, and the status is STATUS_NOT_FOUND, as it is for one without
 * any such message. What is no capture file at all: STATUS_USAGE. */
enum options_status monitor_read(const struct options *options);

#endif
