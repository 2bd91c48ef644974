/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of services as rows of a table. */
#include "config.h"

#include "tools/lookup/services_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lookup/services_print.h"
#include "tools/lookup/services_types.h"

#define INTERVAL (200 * MDNS_MSEC)
#define LOOK_INTERVAL (1 * MDNS_SEC) /* at the size of the terminal */
#define TXT_MAX 1024 /* octets, more than a line of the terminal shows */

enum {
	COLUMN_INSTANCE,
	COLUMN_TYPE,
	COLUMN_HOST,
	COLUMN_PORT,
	COLUMN_ADDRESS,
	COLUMN_TXT,
	COLUMN_LINK,
	COLUMN_SINCE,
	COLUMNS
};

static const struct table_column service_columns[COLUMNS] = {
	[COLUMN_INSTANCE] = {"Service", 0},
	[COLUMN_TYPE] = {"Type", 5},
	[COLUMN_HOST] = {"Host", 4},
	[COLUMN_PORT] = {"Port", 2},
	[COLUMN_ADDRESS] = {"Address", 1},
	[COLUMN_TXT] = {"TXT", 7},
	[COLUMN_LINK] = {"On", 3},
	[COLUMN_SINCE] = {"Since", 6},
};

enum { KIND_TYPE, KIND_TEXT, KIND_DOMAIN, KIND_LINK, KIND_SINCE, KINDS };

static const struct table_column kind_columns[KINDS] = {
	[KIND_TYPE] = {"Type", 0},
	[KIND_TEXT] = {"What it is", 1},
	[KIND_DOMAIN] = {"Domain", 3},
	[KIND_LINK] = {"On", 2},
	[KIND_SINCE] = {"Since", 4},
};

void screen_init(struct screen *screen, bool types, bool resolving)
{
	memset(screen, 0, sizeof(*screen));
	screen->types = types;
	screen->resolving = resolving;
	screen->dirty = true; /* that there is nothing yet */
	if (types)
		table_init(&screen->table, kind_columns, KINDS);
	else
		table_init(&screen->table, service_columns, COLUMNS);
}

/* By the first label, then the rest, then the link. */
static int compare(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;
	struct mdns_name first[2];
	const struct row *row[2] = {x, y};
	unsigned i;
	int order;

	for (i = 0; i < 2; i++) {
		size_t len = row[i]->name.wire[0] + 1u;

		first[i].len = (uint16_t)(len + 1);
		memcpy(first[i].wire, row[i]->name.wire, len);
		first[i].wire[len] = 0;
	}
	order = mdns_name_compare(&first[0], &first[1]);
	if (order == 0)
		order = mdns_name_compare(&x->name, &y->name);
	if (order == 0)
		order = strcmp(x->link, y->link);
	return order != 0 ? order : (int)x->query - (int)y->query;
}

/* Those that are there now, by name, in memory of malloc; NULL: none. */
static const struct row **sort(const struct rows *rows, unsigned *ret_count)
{
	const struct row **sorted =
		calloc(rows->table.count + 1, sizeof(*sorted));
	const struct row *row = NULL;
	unsigned count = 0;

	while (sorted && (row = rows_walk(rows, row)))
		if (row->records > 0)
			sorted[count++] = row;
	if (sorted)
		qsort(sorted, count, sizeof(*sorted), compare);
	*ret_count = count;
	return sorted;
}

static void add_kind(struct screen *screen, const struct row *row,
	const struct service_text *text, const char *since)
{
	const char *known = services_describe_type(text->type);
	const char *cells[KINDS] = {
		[KIND_TYPE] = text->type,
		[KIND_TEXT] = known ? known : "",
		[KIND_DOMAIN] = text->domain,
		[KIND_LINK] = row->link,
		[KIND_SINCE] = since,
	};

	table_add(&screen->table, cells);
}

static void add_service(struct screen *screen, const struct row *row,
	const struct service_text *text, const struct service_known *known,
	const char *since)
{
	const char *cells[COLUMNS] = {
		[COLUMN_INSTANCE] = text->instance,
		[COLUMN_TYPE] = text->type,
		[COLUMN_HOST] = "",
		[COLUMN_PORT] = "",
		[COLUMN_ADDRESS] = "",
		[COLUMN_TXT] = "",
		[COLUMN_LINK] = row->link,
		[COLUMN_SINCE] = since,
	};
	char host[MDNS_NAME_TEXT_MAX], port[8];
	char *addresses = NULL, *txt = NULL;

	if (known && known->target_count > 0) {
		const struct service_target *target = &known->target[0];

		if (mdns_name_print_safe(
			    &target->srv.target, host, sizeof(host)) >= 0)
			cells[COLUMN_HOST] = host;
		snprintf(port, sizeof(port), "%u", target->srv.port);
		cells[COLUMN_PORT] = port;
		addresses = service_addresses_text(target, row->link);
		if (addresses)
			cells[COLUMN_ADDRESS] = addresses;
	}
	if (known)
		txt = service_txt_text(known);
	if (txt)
		cells[COLUMN_TXT] = txt;
	table_add(&screen->table, cells);
	free(addresses);
	free(txt);
}

static void add_row(struct screen *screen, const struct row *row,
	const struct options_query *queries, const struct mdns_querier *querier,
	mdns_time now)
{
	const struct service_view view = {
		&row->name, &queries[row->query].name, row->link, NULL};
	char since[SERVICE_CLOCK_MAX];
	struct service_known known;
	struct service_text text;

	if (!service_text_read(&view, &text))
		return;
	service_clock_print(&row->since, since);
	since[strcspn(since, ".")] = '\0'; /* seconds will do */
	if (screen->types) {
		add_kind(screen, row, &text, since);
		return;
	}
	if (screen->resolving) {
		service_known_read(
			querier, row->ifindex, &row->name, now, &known);
		/* Of thousands of pairs each is compared with all others. */
		if (known.txt_len > TXT_MAX)
			known.txt_len = TXT_MAX;
	}
	add_service(
		screen, row, &text, screen->resolving ? &known : NULL, since);
}

static void draw(struct screen *screen, const struct rows *rows,
	const struct options_query *queries, const struct mdns_querier *querier,
	const char *note, mdns_time now)
{
	unsigned i, count, shown, room = table_room();
	const struct row **sorted = sort(rows, &count);
	char below[200] = "";

	screen->next = now + INTERVAL;
	if (!sorted)
		return; /* no memory: next time, perhaps */
	shown = count < room ? count : room;
	for (i = 0; i < shown; i++)
		add_row(screen, sorted[i], queries, querier, now);
	free(sorted);
	if (count == 0)
		snprintf(below, sizeof(below), "nobody has answered yet");
	else if (count > shown)
		snprintf(below, sizeof(below), "and %u more%s%s", count - shown,
			note ? "; " : "", note ? note : "");
	else if (note)
		snprintf(below, sizeof(below), "%s", note);
	table_draw(&screen->table, below[0] ? below : NULL);
	screen->dirty = false;
}

mdns_time screen_turn(struct screen *screen, const struct rows *rows,
	const struct options_query *queries, const struct mdns_querier *querier,
	const char *note, mdns_time now)
{
	if (table_is_outgrown(&screen->table))
		screen->dirty = true;
	if (screen->dirty && now >= screen->next)
		draw(screen, rows, queries, querier, note, now);
	return screen->dirty ? screen->next : now + LOOK_INTERVAL;
}

void screen_close(struct screen *screen, const struct rows *rows,
	const struct options_query *queries, const struct mdns_querier *querier,
	const char *note, mdns_time now)
{
	if (screen->dirty)
		draw(screen, rows, queries, querier, note, now);
	table_close(&screen->table);
}
