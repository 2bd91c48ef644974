/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --browse, --types and --resolve, between the files of which they are made. */
#ifndef LOOKUP_SERVICES_PRIVATE_H
#define LOOKUP_SERVICES_PRIVATE_H

#include "tools/lookup/options.h"
#include "tools/lookup/services_print.h"
#include "tools/lookup/services_rows.h"
#include "tools/lookup/services_screen.h"
#include "tools/lookup/station.h"

/* One line is to say all of a service: so long the rest is waited for, once
 * there is a port and an address, and otherwise. */
#define SERVICES_GRACE (250 * MDNS_MSEC)
#define SERVICES_SETTLE (1 * MDNS_SEC)

enum { LACKS = 3 };

struct services {
	struct options options;        /* with a time for --resolve */
	struct options_query *queries; /* each once */
	unsigned count;
	bool *found;    /* by query */
	bool resolving; /* SRV, TXT and addresses matter */
	bool live;      /* a table, not lines */
	bool started;
	bool over;           /* what is not told now never is */
	bool done;           /* --resolve: nothing is left to wait for */
	mdns_time told_last; /* when anything was */
	bool known_crowded;  /* some row's was */
	bool lacks[LACKS];   /* what had no room, and was told */
	const char *note;    /* the last of it, or NULL */
	struct rows rows;
	struct screen screen;
	struct service_known known; /* scratch */
	struct station *station;
};

/* "_services._dns-sd._udp": kinds are asked for (RFC 6763 9). */
#define SERVICES_META "\x09_services\x07_dns-sd\x04_udp"
#define SERVICES_META_SIZE (sizeof(SERVICES_META) - 1)
bool services_is_meta(const struct mdns_name *name);

/* For struct station_events: rows come, are marked as changed, or stale. */
void services_hear(void *context, const struct mdns_link *link,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now);

/* Looks at the rows that have changed, asks on, and tells what is to be told by
 * now (with `over`: at all). When it has to be called again at the latest. */
mdns_time services_settle(struct services *services, mdns_time now);

/* Into services->known. */
void services_read_known(
	struct services *services, const struct row *row, mdns_time now);
/* Borrows services->known, if they are resolved. */
struct service_view services_view(
	const struct services *services, const struct row *row);

#endif
