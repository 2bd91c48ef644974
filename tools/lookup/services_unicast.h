/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --browse, --types and --resolve in domains of unicast DNS (RFC 6763): the name
 * servers of /etc/resolv.conf are asked. */
#ifndef LOOKUP_SERVICES_UNICAST_H
#define LOOKUP_SERVICES_UNICAST_H

#include "tools/lookup/options.h"

/* As services_run says, with lines on a terminal too. queries: their names are
 * those to ask for, with the meta query of --types; none is in a zone of ours.
 * --browse and --types ask again when the TTL of what they know is over.
 * STATUS_NO_NETWORK if no name server answers. */
enum options_status services_unicast_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count);

#endif
