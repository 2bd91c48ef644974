/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup --watch: asks on and on, and prints what changes. */
#ifndef LOOKUP_WATCH_H
#define LOOKUP_WATCH_H

#include "tools/lookup/options.h"

/* Asks for all queries (count of them, at least 1) on every link that is or
 * comes, until SIGINT, SIGTERM or the end of options->total_ms. An interface
 * in a query counts like one in options->only. STATUS_FOUND if anything was
 * found, else STATUS_NOT_FOUND; STATUS_NO_NETWORK if there was nothing to ask
 * on, with the reasons on standard error. */
enum options_status watch_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count);

#endif
