/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup --watch: asks on and on, and prints what changes. */
#include "config.h"

#include "tools/lookup/watch.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "resolver/zone.h"
#include "tools/lookup/json.h"
#include "tools/lookup/print.h"
#include "tools/lookup/record.h"
#include "tools/lookup/station.h"

/* What an operand's name leads to, itself included: as long as the chain of
 * aliases that a lookup follows. */
#define NAMES_MAX (1 + MDNS_CNAME_HOPS)

#define CLOCK_TEXT_MAX 16
#define ASKED_TEXT_MAX (MDNS_NAME_TEXT_MAX + 1 + IF_NAMESIZE)
#define DATA_TEXT_MAX (MDNS_NAME_TEXT_MAX + 1 + IF_NAMESIZE)

struct watched_name {
	struct mdns_name name;
	bool alias; /* it is one on some link, and is asked whether it still is
		     */
};

/* One operand. */
struct watched {
	const struct options_query *query;
	bool found;
	unsigned count;
	struct watched_name name[NAMES_MAX]; /* the first is the operand's */
};

struct watch {
	const struct options *options;
	struct watched *watched;
	unsigned count;
	bool found;   /* anything for any of them */
	bool aliases; /* one has come or gone since the last turn */
	struct station station;
};

/* --- a line --- */

static void put_clock(char text[CLOCK_TEXT_MAX])
{
	struct timespec now;
	struct tm day;
	size_t used;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &day);
	used = strftime(text, CLOCK_TEXT_MAX, "%H:%M:%S", &day);
	snprintf(text + used, CLOCK_TEXT_MAX - used, ".%03d",
		(int)(now.tv_nsec / 1000000));
}

/* The operand again, with the link if it means nothing without. */
static void put_asked(char text[ASKED_TEXT_MAX],
	const struct options_query *query, const char *link)
{
	snprintf(text, ASKED_TEXT_MAX, "%s%s%s", query->text,
		query->needs_scope ? "%" : "", query->needs_scope ? link : "");
}

/* What the record says, safe to print. False if it says nothing. */
static bool put_data(char text[DATA_TEXT_MAX], const struct mdns_cached *record,
	const char *link)
{
	struct mdns_name name;
	size_t used;

	if (record->set->type == MDNS_TYPE_PTR) {
		if (record->rdlength > MDNS_NAME_MAX)
			return false;
		name.len = record->rdlength;
		memcpy(name.wire, record->rdata, record->rdlength);
		return mdns_name_print_safe(&name, text, DATA_TEXT_MAX) >= 0;
	}
	if (!inet_ntop(record->set->type == MDNS_TYPE_A ? AF_INET : AF_INET6,
		    record->rdata, text, INET6_ADDRSTRLEN))
		return false;
	used = strlen(text);
	if (mdns_zone_address_needs_scope(record->rdata, record->rdlength))
		snprintf(text + used, DATA_TEXT_MAX - used, "%%%s", link);
	return true;
}

static void print_text(const struct options_query *query, bool added,
	const struct mdns_cached *record, const char *link)
{
	char when[CLOCK_TEXT_MAX];
	char asked[ASKED_TEXT_MAX];
	char data[DATA_TEXT_MAX];
	char owner[MDNS_NAME_TEXT_MAX] = "";
	struct mdns_name name;

	if (!put_data(data, record, link))
		return;
	put_clock(when);
	put_asked(asked, query, link);
	mdns_rrset_name(record->set, &name);
	if (!mdns_name_equal(&query->name, &name))
		mdns_name_print_safe(&name, owner, sizeof(owner));
	terminal_wait_end();
	printf("%s%s%s  %s%c  %s  %s%s  %s%s%s\n", terminal_paint(PAINT_FAINT),
		when, terminal_paint(PAINT_PLAIN),
		terminal_paint(added ? PAINT_GOOD : PAINT_BAD),
		added ? '+' : '-', asked, data, terminal_paint(PAINT_PLAIN),
		link, owner[0] ? "  is " : "", owner);
}

static void print_json(const struct options_query *query, bool added,
	const struct mdns_cached *record, const char *link, mdns_time now)
{
	struct json_object *object = json_begin("change");
	struct mdns_name name;
	struct record whole;

	record_recall(record, now, &name, &whole);
	json_put_now(object);
	json_put_text(object, "change", added ? "added" : "removed");
	json_put_text(object, "query", query->text);
	record_put(object, &whole);
	json_put_text(object, "interface", link);
	json_end(object);
}

static void show_change(struct watch *watch, struct watched *watched,
	bool added, const struct mdns_cached *record, const char *link,
	mdns_time now)
{
	watched->found = true;
	watch->found = true;
	if (watch->options->format == FORMAT_JSON)
		print_json(watched->query, added, record, link, now);
	else
		print_text(watched->query, added, record, link);
}

/* --- aliases --- */

/* The one of them with that name, or NULL. */
static const struct watched_name *find_name(
	const struct watched *watched, const struct mdns_name *name)
{
	unsigned i;

	for (i = 0; i < watched->count; i++)
		if (mdns_name_equal(&watched->name[i].name, name))
			return &watched->name[i];
	return NULL;
}

/* What that name is an alias of, on that link, goes to the end of the list. */
static void add_targets(
	const struct mdns_cache *cache, unsigned at, struct watched *watched)
{
	const struct mdns_rrset *set = mdns_cache_find(
		cache, &watched->name[at].name, MDNS_TYPE_CNAME, MDNS_CLASS_IN);
	const struct mdns_cached *record = set ? set->first : NULL;

	for (; record; record = record->next) {
		struct watched_name *next = &watched->name[watched->count];
		struct mdns_name target;

		watched->name[at].alias = true;
		if (record->rdlength > MDNS_NAME_MAX)
			continue;
		target.len = record->rdlength;
		memcpy(target.wire, record->rdata, record->rdlength);
		/* Once: so a circle of them ends. */
		if (watched->count == NAMES_MAX || find_name(watched, &target))
			continue;
		next->name = target;
		next->alias = false;
		watched->count++;
	}
}

/* Where the operand leads by what is known now. */
static void follow(const struct watch *watch, const struct watched *watched,
	struct watched *ret_watched)
{
	const struct mdns_querier_link *link;
	unsigned i;

	ret_watched->query = watched->query;
	ret_watched->count = 1;
	ret_watched->name[0].name = watched->query->name;
	for (i = 0; i < ret_watched->count; i++) {
		ret_watched->name[i].alias = false;
		for (link = watch->station.querier.links; link;
			link = link->next)
			add_targets(&link->cache, i, ret_watched);
	}
}

/* The addresses of that name that are known: a line for each. */
static void print_known(struct watch *watch, struct watched *watched,
	bool added, const struct mdns_name *name, mdns_time now)
{
	static const uint16_t types[] = {MDNS_TYPE_A, MDNS_TYPE_AAAA};
	const struct mdns_links *links = &watch->station.links;
	unsigned i, t;

	for (i = 0; i < links->count; i++) {
		const struct mdns_link *link = &links->link[i];
		const struct mdns_querier_link *asked = mdns_querier_find_link(
			&watch->station.querier, link->ifindex);

		for (t = 0; asked && t < 2; t++) {
			const struct mdns_rrset *set = mdns_cache_find(
				&asked->cache, name, types[t], MDNS_CLASS_IN);
			const struct mdns_cached *record =
				set ? set->first : NULL;

			for (; record; record = record->next)
				show_change(watch, watched, added, record,
					link->name, now);
		}
	}
}

static int ask_addresses(
	struct watch *watch, const struct mdns_name *name, mdns_time now)
{
	int err = station_ask(&watch->station, name, MDNS_TYPE_A, now);

	if (err == 0)
		err = station_ask(&watch->station, name, MDNS_TYPE_AAAA, now);
	return err;
}

static void leave_addresses(
	struct watch *watch, const struct mdns_name *name, mdns_time now)
{
	station_leave(&watch->station, name, MDNS_TYPE_A, now);
	station_leave(&watch->station, name, MDNS_TYPE_AAAA, now);
}

/* What follow found takes the place of what was. Whoever is an alias is asked
 * for that as well, so that it is refreshed in time. */
static void change_names(struct watch *watch, struct watched *watched,
	const struct watched *next, mdns_time now)
{
	const struct watched before = *watched;
	unsigned i;

	watched->count = next->count;
	memcpy(watched->name, next->name, sizeof(watched->name));
	for (i = 0; i < next->count; i++) {
		const struct watched_name *name = &next->name[i];
		const struct watched_name *old =
			find_name(&before, &name->name);

		/* A name outside of our zones is not asked for, and nothing is
		 * known of it. */
		if (!old) {
			ask_addresses(watch, &name->name, now);
			print_known(watch, watched, true, &name->name, now);
		}
		if (name->alias && !(old && old->alias))
			station_ask(&watch->station, &name->name,
				MDNS_TYPE_CNAME, now);
	}
	for (i = 0; i < before.count; i++) {
		const struct watched_name *old = &before.name[i];
		const struct watched_name *name = find_name(next, &old->name);

		if (!name) {
			print_known(watch, watched, false, &old->name, now);
			leave_addresses(watch, &old->name, now);
		}
		if (old->alias && !(name && name->alias))
			station_leave(&watch->station, &old->name,
				MDNS_TYPE_CNAME, now);
	}
}

static void follow_all(struct watch *watch, mdns_time now)
{
	unsigned i;

	for (i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->watched[i];
		struct watched next = {0};

		if (watched->query->reverse)
			continue;
		follow(watch, watched, &next);
		change_names(watch, watched, &next, now);
	}
}

/* --- what the station tells --- */

static void changed(void *context, const struct mdns_link *link,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now)
{
	struct watch *watch = context;
	uint16_t type = record->set->type;
	struct mdns_name name;
	unsigned i;

	if (change != MDNS_ADDED && change != MDNS_REMOVED)
		return;
	if (type == MDNS_TYPE_CNAME)
		watch->aliases = true;
	if (type != MDNS_TYPE_A && type != MDNS_TYPE_AAAA &&
		type != MDNS_TYPE_PTR)
		return;
	mdns_rrset_name(record->set, &name);
	for (i = 0; i < watch->count; i++) {
		struct watched *watched = &watch->watched[i];

		if ((type == MDNS_TYPE_PTR) == watched->query->reverse &&
			find_name(watched, &name))
			show_change(watch, watched, change == MDNS_ADDED,
				record, link->name, now);
	}
}

static mdns_time turn(void *context, mdns_time now)
{
	struct watch *watch = context;

	if (watch->aliases) {
		watch->aliases = false;
		follow_all(watch, now);
	}
	if (!watch->found && watch->options->format == FORMAT_TEXT)
		terminal_wait_show("nobody has answered so far; Ctrl-C ends");
	return MDNS_TIME_NEVER;
}

static void show_packet(void *context, const struct packet *packet)
{
	const struct watch *watch = context;

	terminal_wait_end();
	packet_print(stderr, packet, true, watch->options->format);
}

/* --- the whole --- */

static int start_questions(struct watch *watch)
{
	mdns_time now = mdns_sys_boottime();
	unsigned i;
	int err = 0;

	for (i = 0; i < watch->count && err == 0; i++) {
		const struct options_query *query = watch->watched[i].query;

		if (query->reverse)
			err = station_ask(&watch->station, &query->name,
				MDNS_TYPE_PTR, now);
		else
			err = ask_addresses(watch, &query->name, now);
	}
	return err;
}

/* For those who wait a given time; who interrupts has seen enough. */
static void explain_silence(const struct watch *watch)
{
	unsigned i;

	for (i = 0; i < watch->count; i++)
		if (!watch->watched[i].found)
			station_explain_silence(
				&watch->station, watch->watched[i].query->text);
}

static enum options_status run(struct watch *watch)
{
	enum station_end end;
	int err = start_questions(watch);

	if (err < 0) {
		print_problem(NULL, "%s", mdns_err_text(err));
		return STATUS_NO_NETWORK;
	}
	terminal_wait_begin();
	end = station_run(&watch->station, NULL);
	terminal_wait_end();
	if (end == STATION_OVER)
		explain_silence(watch);
	if (watch->found)
		return STATUS_FOUND;
	return end == STATION_FAILED ? STATUS_NO_NETWORK : STATUS_NOT_FOUND;
}

enum options_status watch_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count)
{
	struct watch *watch = calloc(1, sizeof(*watch));
	struct watched *watched = calloc(count, sizeof(*watched));
	const char **only = calloc(count, sizeof(*only));
	enum options_status status = STATUS_NO_NETWORK;
	struct station_events events = {
		.changed = changed, .turn = turn, .context = watch};
	unsigned i, only_count = 0;

	if (!watch || !watched || !only) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		goto out;
	}
	for (i = 0; i < count; i++) {
		watched[i].query = &queries[i];
		watched[i].count = 1;
		watched[i].name[0].name = queries[i].name;
		if (queries[i].iface[0] != '\0')
			only[only_count++] = queries[i].iface;
	}
	watch->options = options;
	watch->watched = watched;
	watch->count = count;
	if (options->verbose)
		events.packet = show_packet;
	station_open(
		&watch->station, options, settings, only, only_count, &events);
	status = run(watch);
	station_close(&watch->station);
out:
	free(only);
	free(watched);
	free(watch);
	return status;
}
