/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --browse, --types and --resolve: what is asked, for how long, and what is said
 * at the end. */
#include "config.h"

#include "tools/lookup/services.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "tools/lookup/print.h"
#include "tools/lookup/services_private.h"
#include "tools/lookup/services_unicast.h"

/* How long --resolve asks if nobody says so. */
#define RESOLVE_MS 5000

static mdns_time earlier(mdns_time a, mdns_time b)
{
	return a < b ? a : b;
}

static void show_packet(void *context, const struct packet *packet)
{
	const struct services *services = context;

	terminal_wait_end();
	packet_print(stderr, packet, true, services->options.format);
}

/* Each once: whoever reads on is not to think that this is all. */
static void look_at_room(struct services *services)
{
	const struct {
		bool is_so;
		const char *text;
	} lacks[LACKS] = {
		{services->rows.refused, "more services than there is room "
					 "for; some are not shown"},
		{services->rows.unasked,
			"more services than can be asked about at once; some "
			"are not resolved"},
		{services->known_crowded, "a service has more servers or "
					  "addresses than are shown"},
	};
	unsigned i;

	for (i = 0; i < LACKS; i++) {
		if (!lacks[i].is_so || services->lacks[i])
			continue;
		services->lacks[i] = true;
		services->note = lacks[i].text;
		if (services->live)
			services->screen.dirty = true;
		else
			print_problem(NULL, "%s", lacks[i].text);
	}
}

/* --resolve: is there more to wait for? */
static mdns_time judge(struct services *services, mdns_time now)
{
	const struct row *row = NULL;
	mdns_time when = services->told_last;
	unsigned i, missing = 0;

	for (i = 0; i < services->count; i++)
		missing += !services->found[i];
	if (missing > 0) {
		if (services->count == 1)
			terminal_wait_show("waiting for an answer");
		else
			terminal_wait_show("waiting for %u of %u services",
				missing, services->count);
		return now + MDNS_SEC;
	}
	/* It may be on another link as well. */
	if (services->station->links.count > 1)
		when = services->told_last + SERVICES_GRACE;
	while ((row = rows_walk(&services->rows, row)))
		if (!row->told)
			when = services->told_last + SERVICES_SETTLE;
	services->done = now >= when;
	return when;
}

static mdns_time turn(void *context, mdns_time now)
{
	struct services *services = context;
	struct mdns_querier *querier = &services->station->querier;
	mdns_time when;
	unsigned i;

	/* A person waits; who browses does so for longer (RFC 6762 5.2). */
	for (i = 0; !services->started && i < services->count; i++)
		if (services->options.mode == MODE_RESOLVE) {
			mdns_querier_hurry(querier, &services->queries[i].name,
				MDNS_TYPE_SRV, now);
			mdns_querier_hurry(querier, &services->queries[i].name,
				MDNS_TYPE_TXT, now);
		}
	services->started = true;
	when = services_settle(services, now);
	look_at_room(services);
	if (services->live)
		when = earlier(when, screen_turn(&services->screen,
					     &services->rows, services->queries,
					     querier, services->note, now));
	if (services->options.mode == MODE_RESOLVE)
		when = earlier(when, judge(services, now));
	return when;
}

/* --- what was not found --- */

/* "SRV, TXT": what nobody has said. */
static void list_missing(
	const struct service_known *known, char *text, size_t size)
{
	char host[MDNS_NAME_TEXT_MAX];
	size_t used = 0;
	unsigned i;

	if (known->target_count == 0)
		used = (size_t)snprintf(text, size, "%s",
			known->srv_denied ? "SRV (it says that it has none)"
					  : "SRV");
	if (!known->has_txt && used < size)
		used += (size_t)snprintf(text + used, size - used, "%sTXT",
			used > 0 ? ", " : "");
	for (i = 0; i < known->target_count && used < size; i++) {
		const struct service_target *target = &known->target[i];

		if (target->address_count > 0 ||
			!(target->open[MDNS_IPV4] || target->open[MDNS_IPV6]))
			continue;
		if (mdns_name_print_safe(
			    &target->srv.target, host, sizeof(host)) >= 0)
			used += (size_t)snprintf(text + used, size - used,
				"%sthe address of %s", used > 0 ? ", " : "",
				host);
	}
}

/* --resolve: part of it is better than nothing. */
static void show_part(struct services *services, struct row *row, bool quiet)
{
	const struct service_known *known = &services->known;
	const struct options_query *query = &services->queries[row->query];
	struct service_view view = services_view(services, row);
	enum options_format format = services->options.format;
	char list[2 * MDNS_NAME_TEXT_MAX];

	services_read_known(services, row, mdns_sys_boottime());
	if (known->target_count > 0 || known->txt)
		service_print_found(&view, format);
	list_missing(known, list, sizeof(list));
	if (quiet)
		print_missing(format, query, 0, PRINT_INTERRUPTED, true,
			"it ended before there was an answer on %s for %s",
			row->link, list);
	else
		print_missing(format, query, 0,
			known->srv_denied ? PRINT_NO_DATA : PRINT_SILENCE,
			false, "nobody answered on %s within %g s for %s",
			row->link, services->options.total_ms / 1000.0, list);
}

static void explain(
	struct services *services, unsigned query, enum station_end end)
{
	static const struct {
		enum print_reason reason;
		const char *text;
	} ends[] = {
		[STATION_OVER] = {PRINT_SILENCE, "nobody answered"},
		[STATION_INTERRUPTED] = {PRINT_INTERRUPTED,
			"nobody answered until it was interrupted"},
		[STATION_FAILED] = {PRINT_NO_NETWORK,
			"there was nothing to ask on"},
	};
	const struct options_query *asked = &services->queries[query];
	struct row *row = NULL;
	bool part = false;

	while (services->options.mode == MODE_RESOLVE &&
		(row = rows_walk(&services->rows, row)))
		if (row->query == query) {
			show_part(services, row, end != STATION_OVER);
			part = true;
		}
	if (part)
		return;
	/* Who interrupts has seen enough; the rest has its complaint. */
	print_missing(services->options.format, asked, 0, ends[end].reason,
		true, "%s", ends[end].text);
	if (end == STATION_OVER)
		station_explain_silence(services->station, asked->text);
}

/* --- its life --- */

/* The list of kinds of that domain would have no name. */
static bool is_too_long(
	enum options_mode mode, const struct options_query *query)
{
	return mode == MODE_TYPES && !services_is_meta(&query->name) &&
	       query->name.len + SERVICES_META_SIZE > MDNS_NAME_MAX;
}

/* The questions behind the operands; for --types those behind domains. */
static void read_query(enum options_mode mode, const struct options_query *from,
	struct options_query *ret_query)
{
	struct mdns_name *name = &ret_query->name;
	size_t used = from->name.len;

	*ret_query = *from;
	/* With spaces as they are: that is how people know it. */
	if (mode == MODE_RESOLVE && mdns_name_is_text(name))
		mdns_name_print(name, ret_query->text, sizeof(ret_query->text));
	if (mode != MODE_TYPES || services_is_meta(name))
		return;
	memcpy(name->wire, SERVICES_META, SERVICES_META_SIZE);
	memcpy(name->wire + SERVICES_META_SIZE, from->name.wire, used);
	name->len = (uint16_t)(used + SERVICES_META_SIZE);
}

/* Whoever asks for the same twice is told once. */
static void add_query(
	struct services *services, const struct options_query *from)
{
	struct options_query *query = &services->queries[services->count];
	unsigned i;

	read_query(services->options.mode, from, query);
	for (i = 0; i < services->count; i++)
		if (mdns_name_equal(&services->queries[i].name, &query->name))
			return;
	services->count++;
}

static int start(struct services *services)
{
	mdns_time now = mdns_sys_boottime();
	unsigned i;
	int err = 0;

	for (i = 0; i < services->count && err == 0; i++) {
		const struct mdns_name *name = &services->queries[i].name;

		if (services->options.mode != MODE_RESOLVE) {
			err = station_ask(
				services->station, name, MDNS_TYPE_PTR, now);
			continue;
		}
		err = station_ask(services->station, name, MDNS_TYPE_SRV, now);
		if (err == 0)
			err = station_ask(
				services->station, name, MDNS_TYPE_TXT, now);
	}
	return err;
}

static enum options_status run(struct services *services)
{
	bool all = services->options.mode == MODE_RESOLVE;
	unsigned i, found = 0;
	enum station_end end;
	mdns_time now;
	int err = start(services);

	if (err < 0) {
		print_problem(NULL, "%s", mdns_err_text(err));
		return STATUS_NO_NETWORK;
	}
	terminal_wait_begin();
	end = station_run(services->station, &services->done);
	now = mdns_sys_boottime();
	services->over = true;
	services_settle(services, now);
	if (services->live)
		screen_close(&services->screen, &services->rows,
			services->queries, &services->station->querier,
			services->note, now);
	terminal_wait_end();
	for (i = 0; i < services->count; i++) {
		found += services->found[i];
		if (!services->found[i])
			explain(services, i, end);
	}
	if (found > 0 && (!all || found == services->count))
		return STATUS_FOUND;
	return end == STATION_FAILED && found == 0 ? STATUS_NO_NETWORK
						   : STATUS_NOT_FOUND;
}

/* Who browses what --types does gets what --types has. */
static bool asks_for_kinds(const struct options *options,
	const struct options_query *queries, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (!services_is_meta(&queries[i].name))
			return false;
	return options->mode == MODE_BROWSE && count > 0;
}

static void init(struct services *services, const struct options *options,
	const struct options_query *queries, unsigned count)
{
	static const struct options_query local = {
		.name = {7, "\5local"}, .text = "local"};
	unsigned i;

	services->options = *options;
	if (asks_for_kinds(options, queries, count))
		services->options.mode = MODE_TYPES;
	options = &services->options;
	if (options->mode == MODE_RESOLVE && options->total_ms == 0)
		services->options.total_ms = RESOLVE_MS;
	services->resolving =
		options->mode == MODE_RESOLVE ||
		(options->mode == MODE_BROWSE && options->resolve &&
			options->format != FORMAT_SHORT);
	/* Packets would be written all over the table. */
	services->live = options->mode != MODE_RESOLVE &&
			 options->format == FORMAT_TEXT && !options->verbose &&
			 terminal_is_live();
	for (i = 0; i < count; i++)
		add_query(services, &queries[i]);
	if (count == 0 && options->mode == MODE_TYPES)
		add_query(services, &local);
	rows_init(&services->rows, mdns_sys_random());
	screen_init(&services->screen, options->mode == MODE_TYPES,
		services->resolving);
}

/* One and the same loop does not wait for both. */
static bool is_mixed(const struct options_query *queries, unsigned count)
{
	unsigned i;

	for (i = 1; i < count; i++)
		if (queries[i].unicast != queries[0].unicast)
			return true;
	return false;
}

enum options_status services_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count)
{
	struct services *services = calloc(1, sizeof(*services));
	struct station *station = calloc(1, sizeof(*station));
	enum options_status status = STATUS_NO_NETWORK;
	struct station_events events = {
		.changed = services_hear, .turn = turn, .context = services};
	unsigned i;

	setlocale(LC_CTYPE, ""); /* how wide is a character? */
	if (is_mixed(queries, count)) {
		print_problem(NULL, "services in .local and in other domains "
				    "need a command each");
		status = STATUS_USAGE;
		goto out;
	}
	for (i = 0; i < count; i++)
		if (is_too_long(options->mode, &queries[i])) {
			print_problem(
				queries[i].text, "no domain: it is too long");
			status = STATUS_USAGE;
			goto out;
		}
	if (services) {
		services->station = station;
		services->queries =
			calloc(count + 1, sizeof(*services->queries));
		services->found = calloc(count + 1, sizeof(*services->found));
	}
	if (!services || !station || !services->queries || !services->found) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		goto out;
	}
	init(services, options, queries, count);
	if (services->count > 0 && services->queries[0].unicast) {
		status = services_unicast_run(&services->options, settings,
			services->queries, services->count);
		rows_close(&services->rows);
		goto out;
	}
	if (options->verbose)
		events.packet = show_packet;
	station_open(station, &services->options, settings, NULL, 0, &events);
	if (services->count > 0)
		status = run(services);
	station_close(station);
	rows_close(&services->rows);
out:
	if (services) {
		free(services->queries);
		free(services->found);
	}
	free(services);
	free(station);
	return status;
}
