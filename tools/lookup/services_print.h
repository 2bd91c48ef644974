/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mdns-lookup says of a service or a kind of services: a line, a block of
 * lines, JSON. */
#ifndef LOOKUP_SERVICES_PRINT_H
#define LOOKUP_SERVICES_PRINT_H

#include <time.h>

#include "tools/lookup/options.h"
#include "tools/lookup/services_known.h"

/* "14:03:07.120" */
#define SERVICE_CLOCK_MAX 16
/* Every octet of a label as \DDD. */
#define SERVICE_LABEL_MAX (MDNS_LABEL_MAX * 4 + 1)

enum service_change {
	SERVICE_ADDED,
	SERVICE_REMOVED,
	SERVICE_UPDATED,
	SERVICE_FOUND,
};

/* What there is to say of one; borrows. */
struct service_view {
	const struct mdns_name *name;
	const struct mdns_name *asked; /* by this question; where a subtype may
					  stand */
	const char *link; /* NULL: the unicast name servers said it */
	const struct service_known *known; /* NULL: not asked for */
};

/* The parts of a name, safe to print. */
struct service_text {
	char instance[SERVICE_LABEL_MAX]; /* empty: a kind of services */
	char subtype[SERVICE_LABEL_MAX];  /* "_color", or empty */
	char type[MDNS_NAME_TEXT_MAX];    /* "_ipp._tcp" */
	char domain[MDNS_NAME_TEXT_MAX];  /* "local" */
};

/* False if it is no such name. */
bool service_text_read(
	const struct service_view *view, struct service_text *ret_text);

/* The time of day, with milliseconds. */
void service_clock_print(
	const struct timespec *when, char text[SERVICE_CLOCK_MAX]);

/* --browse and --types. Text: "14:03:07.120  +  My Printer  _ipp._tcp  local
 * eth0", and what is known behind it: of several SRV records the first. SHORT:
 * only the instance, or the type. */
void service_print_change(const struct service_view *view,
	enum service_change change, enum options_format format);

/* --resolve. Text: a line for each thing, as far as it is known. SHORT: host,
 * port and address, a line for each address. JSON: an object for each SRV
 * record. */
void service_print_found(
	const struct service_view *view, enum options_format format);

/* Of one SRV record, in memory of malloc, or NULL: "10.0.0.2 fe80::1%eth0". */
char *service_addresses_text(
	const struct service_target *target, const char *link);
/* "rp=ipp/print  color=T", in memory of malloc, or NULL. */
char *service_txt_text(const struct service_known *known);

#endif
