/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a service is told, and what is asked before. */
#include "config.h"

#include <string.h>

#include "tools/lookup/services_private.h"

void services_read_known(
	struct services *services, const struct row *row, mdns_time now)
{
	service_known_read(&services->station->querier, row->ifindex,
		&row->name, now, &services->known);
}

static bool is_kind(const struct services *services, const struct row *row)
{
	return services_is_meta(&services->queries[row->query].name);
}

static bool is_resolved(const struct services *services, const struct row *row)
{
	return services->resolving && !is_kind(services, row);
}

struct service_view services_view(
	const struct services *services, const struct row *row)
{
	const struct service_view view = {&row->name,
		&services->queries[row->query].name, row->link,
		is_resolved(services, row) ? &services->known : NULL};

	return view;
}

static bool same_label(const uint8_t *a, const uint8_t *b)
{
	return a[0] == b[0] &&
	       strncasecmp((const char *)a + 1, (const char *)b + 1, a[0]) == 0;
}

/* For --short, which says each only once: on several links, by several
 * questions, or after it had gone. */
static bool was_said(const struct services *services, const struct row *row)
{
	const struct row *other = NULL;

	while ((other = rows_walk(&services->rows, other))) {
		if (other == row || !other->told)
			continue;
		if (is_kind(services, row)
				? mdns_name_equal(&other->name, &row->name)
				: same_label(other->name.wire, row->name.wire))
			return true;
	}
	return false;
}

static void tell(struct services *services, struct row *row, mdns_time now)
{
	enum service_change change =
		row->told ? SERVICE_UPDATED : SERVICE_ADDED;
	enum options_format format = services->options.format;
	struct service_view view = services_view(services, row);
	bool short_again = format == FORMAT_SHORT && was_said(services, row);

	row->told = true;
	row->told_digest = row->digest;
	row->differs_since = MDNS_TIME_NEVER;
	services->found[row->query] = true;
	services->told_last = now;
	if (services->live) {
		services->screen.dirty = true;
		return;
	}
	terminal_wait_end();
	if (is_resolved(services, row))
		services_read_known(services, row, now);
	if (services->options.mode == MODE_RESOLVE)
		service_print_found(&view, format);
	else if (!short_again)
		service_print_change(&view, change, format);
}

/* It has gone. For --short the row stays, to be known again. */
static void tell_gone(struct services *services, struct row *row, mdns_time now)
{
	struct service_view view = services_view(services, row);

	view.known = NULL;
	rows_leave(row, services->station, now);
	if (services->options.format == FORMAT_SHORT)
		return;
	if (services->live)
		services->screen.dirty = true;
	else if (row->told)
		service_print_change(
			&view, SERVICE_REMOVED, services->options.format);
	rows_drop(&services->rows, row);
}

/* Looks at what is known of it, and asks on. */
static void look(struct services *services, struct row *row, mdns_time now)
{
	bool hurry = services->options.mode == MODE_RESOLVE;
	enum service_state before = row->state;

	if (!hurry)
		rows_ask(&services->rows, row, services->station, now);
	services_read_known(services, row, now);
	rows_ask_hosts(&services->rows, row, services->station,
		&services->known, hurry, now);
	services->known_crowded |= services->known.crowded;
	row->state = service_known_state(&services->known);
	row->digest = service_known_digest(&services->known);
	row->stale = false;
	if (row->state == SERVICE_ENOUGH && before != SERVICE_ENOUGH)
		row->enough_since = now;
}

/* When it is to be told; NEVER: there is nothing, or not enough. */
static mdns_time due(const struct services *services, const struct row *row)
{
	bool one = services->options.mode == MODE_RESOLVE;

	if (row->differs_since == MDNS_TIME_NEVER || (one && row->told))
		return MDNS_TIME_NEVER;
	if (!is_resolved(services, row) || services->live ||
		row->state == SERVICE_ALL || (services->over && !one))
		return row->differs_since;
	if (row->state == SERVICE_ENOUGH)
		return services->over ? row->differs_since
				      : row->enough_since + SERVICES_GRACE;
	return one ? MDNS_TIME_NEVER : row->differs_since + SERVICES_SETTLE;
}

/* When it wants to be looked at again. The row may be no more. */
static mdns_time settle(
	struct services *services, struct row *row, mdns_time now)
{
	mdns_time when;

	if (row->records == 0) {
		tell_gone(services, row, now);
		return MDNS_TIME_NEVER;
	}
	if (is_resolved(services, row) && row->stale)
		look(services, row, now);
	if (row->told && row->digest == row->told_digest)
		row->differs_since = MDNS_TIME_NEVER;
	else if (row->differs_since == MDNS_TIME_NEVER)
		row->differs_since = now;
	when = due(services, row);
	if (when > now)
		return when;
	tell(services, row, now);
	return MDNS_TIME_NEVER;
}

mdns_time services_settle(struct services *services, mdns_time now)
{
	struct row *row = rows_take_changed(&services->rows);
	mdns_time first = MDNS_TIME_NEVER;

	while (row) {
		struct row *next = row->next_changed;
		mdns_time when = settle(services, row, now);

		if (when != MDNS_TIME_NEVER)
			rows_mark(&services->rows, row);
		if (when < first)
			first = when;
		row = next;
	}
	return first;
}
