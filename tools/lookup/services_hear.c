/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is heard of services, and which rows it makes or changes. */
#include "config.h"

#include <string.h>

#include "resolver/rr.h"
#include "tools/lookup/services_private.h"

bool services_is_meta(const struct mdns_name *name)
{
	return name->len > SERVICES_META_SIZE &&
	       strncasecmp((const char *)name->wire, SERVICES_META,
		       SERVICES_META_SIZE) == 0;
}

/* True for an instance, or a kind, that answers the question. */
static bool belongs(const struct mdns_name *asked, const struct mdns_name *name)
{
	struct mdns_service question, service;
	struct mdns_name type;

	if (mdns_service_split(asked, &question) < 0 ||
		mdns_service_split(name, &service) < 0 || service.subtype > 0)
		return false;
	if (services_is_meta(asked))
		return service.instance == 0;
	return service.instance > 0 &&
	       mdns_name_from_wire(asked->wire + question.subtype,
		       (size_t)asked->len - question.subtype, &type) == 0 &&
	       mdns_name_equal_wire(&type, name->wire + service.instance,
		       (size_t)name->len - service.instance);
}

static void count_pointer(struct services *services, unsigned query,
	const struct mdns_link *link, enum mdns_change change,
	const struct mdns_name *name)
{
	struct row *row =
		rows_find(&services->rows, name, query, link->ifindex);

	if (change == MDNS_ADDED) {
		if (!row)
			row = rows_add(&services->rows, name, query, link);
		if (!row)
			return;
		if (row->records++ == 0)
			row->stale = true;
	} else if (change == MDNS_REMOVED && row && row->records > 0) {
		row->records--;
	} else {
		return;
	}
	rows_mark(&services->rows, row);
}

static void hear_pointer(struct services *services,
	const struct mdns_link *link, enum mdns_change change,
	const struct mdns_cached *record, const struct mdns_name *owner)
{
	struct mdns_name name;
	unsigned i;

	if (services->options.mode == MODE_RESOLVE ||
		mdns_name_from_wire(record->rdata, record->rdlength, &name) < 0)
		return;
	for (i = 0; i < services->count; i++)
		if (mdns_name_equal(&services->queries[i].name, owner) &&
			belongs(owner, &name))
			count_pointer(services, i, link, change, &name);
}

/* With --resolve the name is known, and what is heard of it makes the row. */
static void hear_operand(struct services *services,
	const struct mdns_link *link, const struct mdns_name *name)
{
	unsigned i;

	for (i = 0; i < services->count; i++) {
		struct row *row;

		if (!mdns_name_equal(&services->queries[i].name, name) ||
			rows_find(&services->rows, name, i, link->ifindex))
			continue;
		row = rows_add(&services->rows, name, i, link);
		if (row)
			row->records = 1;
	}
}

void services_hear(void *context, const struct mdns_link *link,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now)
{
	struct services *services = context;
	uint16_t type = record->set->type;
	struct mdns_name name;

	(void)now;
	mdns_rrset_name(record->set, &name);
	if (type == MDNS_TYPE_PTR) {
		hear_pointer(services, link, change, record, &name);
		return;
	}
	if (!services->resolving)
		return;
	if (services->options.mode == MODE_RESOLVE && change == MDNS_ADDED &&
		(type == MDNS_TYPE_SRV || type == MDNS_TYPE_TXT ||
			type == MDNS_TYPE_NSEC))
		hear_operand(services, link, &name);
	rows_mark_known(&services->rows, &name, type, link->ifindex);
}
