/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of services on a terminal: rows by name, drawn anew when something
 * has changed. */
#ifndef LOOKUP_SERVICES_SCREEN_H
#define LOOKUP_SERVICES_SCREEN_H

#include "tools/lookup/services_rows.h"
#include "tools/lookup/table.h"

struct screen {
	struct table table;
	bool types;     /* rows are kinds of services */
	bool resolving; /* with what is known of each */
	bool dirty;     /* something has changed */
	mdns_time next; /* not to be drawn before */
};

void screen_init(struct screen *screen, bool types, bool resolving);

/* Draws if there is something new, at most 5 times a second, or if the terminal
 * has another size; for each row query[row->query] is what found it. note: a
 * line below the table, or NULL. When it wants to be called again at the
 * latest. */
mdns_time screen_turn(struct screen *screen, const struct rows *rows,
	const struct options_query *queries, const struct mdns_querier *querier,
	const char *note, mdns_time now);

/* Draws what is new, however soon, and leaves it there. */
void screen_close(struct screen *screen, const struct rows *rows,
	const struct options_query *queries, const struct mdns_querier *querier,
	const char *note, mdns_time now);

#endif
