/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup --status, --helper, --reconfirm and --flush: what mdns-helper
 * says, and what it is told to do. The network is not asked. */
#ifndef LOOKUP_STATUS_H
#define LOOKUP_STATUS_H

#include "tools/lookup/options.h"

/* Each of these complains on standard error: STATUS_NO_NETWORK if there is no
 * helper, it does not answer, or it refuses. */

/* What it is doing, to standard output. */
enum options_status status_show(const struct options *options);

/* Has it forget everything. */
enum options_status status_flush(const struct options *options);

/* Has it ask anew for what it knows of the query; STATUS_USAGE if its interface
 * is not there. */
enum options_status status_reconfirm(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *query);

/* Prints its answer; waits for settings->total_ms. STATUS_NOT_FOUND if it says
 * that there is none. */
enum options_status status_ask(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *query);

#endif
