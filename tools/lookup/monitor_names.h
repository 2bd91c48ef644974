/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which messages --monitor and --read show: those about the names that were
 * given, or all. */
#ifndef LOOKUP_MONITOR_NAMES_H
#define LOOKUP_MONITOR_NAMES_H

#include "tools/lookup/options.h"
#include "tools/lookup/packet.h"

struct monitor_names {
	struct mdns_name *name;
	unsigned count; /* 0: all */
};

/* Of the operands, which were complained of before if they are none. False if
 * memory has run out. */
bool monitor_names_open(struct monitor_names *names,
	const struct options *options, const struct mdns_settings *settings);
void monitor_names_close(struct monitor_names *names);

/* True if a question or record of it has one of the names or one below it, or
 * if a PTR, CNAME or SRV record leads there. */
bool monitor_names_match(
	const struct monitor_names *names, const struct packet *packet);

#endif
