/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The services that --browse, --types and --resolve know of: one row for each
 * on each link, for each question that found it. */
#ifndef LOOKUP_SERVICES_ROWS_H
#define LOOKUP_SERVICES_ROWS_H

#include <time.h>

#include "resolver/memory.h"
#include "resolver/table.h"
#include "tools/lookup/services_known.h"
#include "tools/lookup/station.h"

/* With the hosts below that is some 8 MB at most. */
#define ROWS_MAX 4096

/* A host that a row asks for. */
struct row_host {
	struct mdns_name name;
	bool asked[MDNS_FAMILIES];
};

struct row {
	struct mdns_table_node node; /* by name */
	struct row *next_changed;
	bool is_changed;  /* it is in that list */
	unsigned query;   /* which question */
	unsigned records; /* that name it; 0: it has gone */
	uint32_t ifindex;
	char link[IF_NAMESIZE];
	struct timespec since; /* time of day */
	bool told;             /* that it is there */
	bool stale;            /* `digest` and `state` are to be read anew */
	bool asked[2];         /* SRV, TXT */
	uint64_t digest;       /* of what is known now */
	uint64_t told_digest;  /* of what was told last */
	enum service_state state;
	mdns_time differs_since; /* from what was told; NEVER: it does not */
	mdns_time enough_since;  /* SERVICE_ENOUGH is its state */
	unsigned host_count;
	struct row_host *host;
	struct mdns_name name;
};

struct rows {
	struct mdns_table table;
	struct mdns_memory memory; /* for the table */
	size_t memory_left;
	uint32_t seed;
	struct row *changed, **changed_end; /* a list, in order */
	bool refused;                       /* there was one too many */
	bool unasked;                       /* or a question */
};

/* Not to be copied or moved. */
void rows_init(struct rows *rows, uint32_t seed);
void rows_close(struct rows *rows);

struct row *rows_find(const struct rows *rows, const struct mdns_name *name,
	unsigned query, uint32_t ifindex);
/* A new one with all zeros beside what is given; NULL, and `refused`, if there
 * is no room. */
struct row *rows_add(struct rows *rows, const struct mdns_name *name,
	unsigned query, const struct mdns_link *link);
/* row must not be in the list. */
void rows_drop(struct rows *rows, struct row *row);

/* Row after row, as mdns_table_walk. */
struct row *rows_walk(const struct rows *rows, const struct row *row);

/* The list so far, which is empty then: next_changed leads on. */
struct row *rows_take_changed(struct rows *rows);
/* It is to be looked at: puts it into the list. */
void rows_mark(struct rows *rows, struct row *row);
/* All that a record of that name and type on the link says something about: the
 * instances of that name, and those whose host it is. They are stale. */
void rows_mark_known(struct rows *rows, const struct mdns_name *name,
	uint16_t type, uint32_t ifindex);

/* Its SRV and TXT records are asked for. */
void rows_ask(struct rows *rows, struct row *row, struct station *station,
	mdns_time now);
/* The hosts of `known` are asked for, and no others any more. hurry: somebody
 * waits for them. */
void rows_ask_hosts(struct rows *rows, struct row *row, struct station *station,
	const struct service_known *known, bool hurry, mdns_time now);
/* Nothing is asked for it any more. */
void rows_leave(struct row *row, struct station *station, mdns_time now);

#endif
