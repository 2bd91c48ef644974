/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows: finding them, and the questions that each of them asks. */
#include "config.h"

#include "tools/lookup/services_rows.h"

#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "tools/memory.h"

/* Buckets for ROWS_MAX, the old ones as well while the table grows. */
#define TABLE_OCTETS_MAX (4 * ROWS_MAX * sizeof(void *))

static const uint16_t own_types[2] = {MDNS_TYPE_SRV, MDNS_TYPE_TXT};
static const uint16_t host_types[MDNS_FAMILIES] = {MDNS_TYPE_A, MDNS_TYPE_AAAA};

void rows_init(struct rows *rows, uint32_t seed)
{
	memset(rows, 0, sizeof(*rows));
	mdns_table_init(&rows->table);
	rows->memory_left = TABLE_OCTETS_MAX;
	rows->memory = memory_limited(&rows->memory_left);
	rows->seed = seed;
	rows->changed_end = &rows->changed;
}

void rows_close(struct rows *rows)
{
	struct mdns_table_node *node;

	while ((node = mdns_table_any(&rows->table)))
		rows_drop(rows, (struct row *)node);
	mdns_table_close(&rows->table, &rows->memory);
}

struct row *rows_find(const struct rows *rows, const struct mdns_name *name,
	unsigned query, uint32_t ifindex)
{
	struct mdns_table_node *node = mdns_table_first(
		&rows->table, mdns_name_hash_seeded(name, rows->seed));

	for (; node; node = mdns_table_next(node)) {
		struct row *row = (struct row *)node;

		if (row->query == query && row->ifindex == ifindex &&
			mdns_name_equal(&row->name, name))
			return row;
	}
	return NULL;
}

struct row *rows_add(struct rows *rows, const struct mdns_name *name,
	unsigned query, const struct mdns_link *link)
{
	struct row *row =
		rows->table.count < ROWS_MAX ? calloc(1, sizeof(*row)) : NULL;

	if (row) {
		row->node.hash = mdns_name_hash_seeded(name, rows->seed);
		row->query = query;
		row->ifindex = link->ifindex;
		memcpy(row->link, link->name, sizeof(row->link));
		clock_gettime(CLOCK_REALTIME, &row->since);
		row->differs_since = MDNS_TIME_NEVER;
		row->name = *name;
		if (mdns_table_add(&rows->table, &row->node, &rows->memory) ==
			0)
			return row;
	}
	rows->refused = true;
	free(row);
	return NULL;
}

void rows_drop(struct rows *rows, struct row *row)
{
	mdns_table_remove(&rows->table, &row->node);
	free(row->host);
	free(row);
}

struct row *rows_walk(const struct rows *rows, const struct row *row)
{
	return (struct row *)mdns_table_walk(
		&rows->table, row ? &row->node : NULL);
}

void rows_mark(struct rows *rows, struct row *row)
{
	if (row->is_changed)
		return;
	row->is_changed = true;
	row->next_changed = NULL;
	*rows->changed_end = row;
	rows->changed_end = &row->next_changed;
}

struct row *rows_take_changed(struct rows *rows)
{
	struct row *first = rows->changed, *row;

	for (row = first; row; row = row->next_changed)
		row->is_changed = false;
	rows->changed = NULL;
	rows->changed_end = &rows->changed;
	return first;
}

static void mark_stale(struct rows *rows, struct row *row)
{
	row->stale = true;
	rows_mark(rows, row);
}

static void mark_own(
	struct rows *rows, const struct mdns_name *name, uint32_t ifindex)
{
	struct mdns_table_node *node = mdns_table_first(
		&rows->table, mdns_name_hash_seeded(name, rows->seed));

	for (; node; node = mdns_table_next(node)) {
		struct row *row = (struct row *)node;

		if (row->ifindex == ifindex &&
			mdns_name_equal(&row->name, name))
			mark_stale(rows, row);
	}
}

static void mark_of_host(
	struct rows *rows, const struct mdns_name *name, uint32_t ifindex)
{
	struct row *row = NULL;
	unsigned i;

	while ((row = rows_walk(rows, row))) {
		if (row->ifindex != ifindex || row->stale)
			continue;
		for (i = 0; i < row->host_count; i++)
			if (mdns_name_equal(&row->host[i].name, name))
				mark_stale(rows, row);
	}
}

void rows_mark_known(struct rows *rows, const struct mdns_name *name,
	uint16_t type, uint32_t ifindex)
{
	if (type == MDNS_TYPE_SRV || type == MDNS_TYPE_TXT ||
		type == MDNS_TYPE_NSEC)
		mark_own(rows, name, ifindex);
	if (type == MDNS_TYPE_A || type == MDNS_TYPE_AAAA ||
		type == MDNS_TYPE_NSEC)
		mark_of_host(rows, name, ifindex);
}

static bool ask(struct rows *rows, struct station *station,
	const struct mdns_name *name, uint16_t type, mdns_time now)
{
	int err = station_ask(station, name, type, now);

	if (err == MDNS_ERR_RESOURCE)
		rows->unasked = true;
	return err == 0; /* or it is in no zone of ours */
}

void rows_ask(struct rows *rows, struct row *row, struct station *station,
	mdns_time now)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (!row->asked[i])
			row->asked[i] = ask(
				rows, station, &row->name, own_types[i], now);
}

static void leave_host(
	const struct row_host *host, struct station *station, mdns_time now)
{
	unsigned i;

	for (i = 0; i < MDNS_FAMILIES; i++)
		if (host->asked[i])
			station_leave(station, &host->name, host_types[i], now);
}

static bool has_host(const struct row *row, const struct service_known *known)
{
	unsigned i;

	if (row->host_count != known->target_count)
		return false;
	for (i = 0; i < row->host_count; i++)
		if (!mdns_name_equal(
			    &row->host[i].name, &known->target[i].srv.target))
			return false;
	return true;
}

void rows_ask_hosts(struct rows *rows, struct row *row, struct station *station,
	const struct service_known *known, bool hurry, mdns_time now)
{
	struct row_host *old = row->host, *host = NULL;
	unsigned i, k, old_count = row->host_count;

	if (has_host(row, known))
		return;
	if (known->target_count > 0) {
		host = calloc(known->target_count, sizeof(*host));
		if (!host) {
			rows->unasked = true;
			return;
		}
	}
	/* First the new ones, so that none is left and asked at once. */
	for (i = 0; i < known->target_count; i++) {
		host[i].name = known->target[i].srv.target;
		for (k = 0; k < MDNS_FAMILIES; k++) {
			host[i].asked[k] = ask(rows, station, &host[i].name,
				host_types[k], now);
			if (hurry)
				mdns_querier_hurry(&station->querier,
					&host[i].name, host_types[k], now);
		}
	}
	row->host = host;
	row->host_count = known->target_count;
	for (i = 0; i < old_count; i++)
		leave_host(&old[i], station, now);
	free(old);
}

void rows_leave(struct row *row, struct station *station, mdns_time now)
{
	unsigned i;

	for (i = 0; i < 2; i++)
		if (row->asked[i])
			station_leave(station, &row->name, own_types[i], now);
	for (i = 0; i < row->host_count; i++)
		leave_host(&row->host[i], station, now);
	free(row->host);
	row->host = NULL;
	row->host_count = 0;
	row->asked[0] = row->asked[1] = false;
}
