/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup NAME...: what is asked once, and what was answered. */
#ifndef LOOKUP_LOOKUP_H
#define LOOKUP_LOOKUP_H

#include "tools/lookup/options.h"

/* Asks for all queries (count of them, at least 1) at once and prints the
 * answers in their order, each as soon as it and those before it are known.
 * Addresses, and names of addresses, are asked for as the module does, any type
 * or way of the options by tools/lookup/ask. The worst status of them. */
enum options_status lookup_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count);

#endif
