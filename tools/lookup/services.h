/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup --browse, --types and --resolve: DNS-Based Service Discovery (RFC
 * 6763), live. */
#ifndef LOOKUP_SERVICES_H
#define LOOKUP_SERVICES_H

#include "tools/lookup/options.h"

/* --browse: a line, or a row of a table on a terminal, for each service of
 * these kinds that comes or goes, until SIGINT, SIGTERM or the end of
 * options->total_ms; with options->resolve each with its host, port, addresses
 * and TXT. --types: the same for kinds of services, with what people call them
 * (queries: the domains, which is one that says .local if there is no operand).
 * --resolve: all about each of these services; done when all is known.
 * STATUS_FOUND if anything (--resolve: all) was found. Names outside our zones
 * are asked for by unicast DNS (services_unicast.h). */
enum options_status services_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count);

#endif
