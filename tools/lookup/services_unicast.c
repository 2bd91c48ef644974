/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* --browse, --types and --resolve in domains of unicast DNS (RFC 6763). */
#include "config.h"

#include "tools/lookup/services_unicast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "resolver/zone.h"
#include "tools/lookup/print.h"
#include "tools/lookup/services_private.h"
#include "tools/lookup/services_unicast_ask.h"

/* Of each question; 256 KB or so. */
#define INSTANCES_MAX 1024
#define SRV_MAX 32
/* Between two times that a question is asked, in seconds; and after there was
 * nothing. */
#define AGAIN_MIN 10
#define AGAIN_MAX 3600
#define AGAIN_NOTHING 60

struct instance {
	struct mdns_name name;
	bool seen; /* in the last answer */
	bool told;
};

/* One operand of --browse or --types. */
struct listing {
	const struct options_query *query;
	mdns_time next; /* when it is asked */
	bool answered;  /* by any name server, ever */
	bool found;
	bool nothing; /* it was said that there is none */
	bool crowded; /* it was said that not all are shown */
	bool silent;  /* it was said that there was no answer */
	unsigned count;
	struct instance *instance; /* INSTANCES_MAX */
};

struct unicast {
	const struct options *options;
	struct unicast_asker asker;
	struct service_known known; /* scratch, with txt */
	uint8_t txt[MDNS_MESSAGE_MAX];
	struct mdns_srv srv[SRV_MAX];
};

static bool is_answer(enum unicast_result result)
{
	return result == UNICAST_RECORDS || result == UNICAST_NOTHING;
}

/* --- SRV, TXT, addresses --- */

static int compare_srv(const void *a, const void *b)
{
	return mdns_srv_compare(a, b);
}

static void read_targets(struct unicast *unicast, const struct mdns_name *name)
{
	struct service_known *known = &unicast->known;
	uint8_t rdata[6 + MDNS_NAME_MAX];
	struct unicast_walk walk;
	struct mdns_record record;
	unsigned i, count = 0;

	unicast_walk_begin(&unicast->asker, name, MDNS_TYPE_SRV, &walk);
	while (count < SRV_MAX && unicast_walk_next(&walk, &record)) {
		int size = mdns_rr_expand(
			&walk.reader, &record, rdata, sizeof(rdata));

		if (size >= 0 && mdns_srv_read(rdata, (size_t)size,
					 &unicast->srv[count]) == 0)
			count++;
	}
	qsort(unicast->srv, count, sizeof(unicast->srv[0]), compare_srv);
	for (i = 0; i < count && i < SERVICE_TARGETS_MAX; i++)
		known->target[i].srv = unicast->srv[i];
	known->target_count = i;
	known->crowded = i < count;
}

static void read_txt(struct unicast *unicast, const struct mdns_name *name)
{
	struct unicast_walk walk;
	struct mdns_record record;
	int size;

	unicast_walk_begin(&unicast->asker, name, MDNS_TYPE_TXT, &walk);
	if (!unicast_walk_next(&walk, &record))
		return;
	size = mdns_rr_expand(
		&walk.reader, &record, unicast->txt, sizeof(unicast->txt));
	if (size < 0)
		return;
	unicast->known.has_txt = true;
	unicast->known.txt = unicast->txt;
	unicast->known.txt_len = (size_t)size;
}

/* A link-local address is of no use without a link. */
static void read_addresses(struct unicast *unicast, enum mdns_family family,
	uint16_t type, struct service_target *target)
{
	size_t size = mdns_family_size(family);
	struct unicast_walk walk;
	struct mdns_record record;

	unicast_walk_begin(&unicast->asker, &target->srv.target, type, &walk);
	while (unicast_walk_next(&walk, &record)) {
		struct service_address address = {.family = (uint8_t)family};

		if (record.rdlength != size ||
			mdns_rr_read_address(
				&walk.reader, &record, address.bytes) < 0 ||
			!mdns_zone_address_is_usable(address.bytes, size) ||
			mdns_zone_address_needs_scope(address.bytes, size))
			continue;
		if (target->address_count == SERVICE_ADDRESSES_MAX) {
			unicast->known.crowded = true;
			return;
		}
		target->address[target->address_count++] = address;
	}
}

static enum unicast_result ask_addresses(
	struct unicast *unicast, struct service_target *target)
{
	static const uint16_t types[MDNS_FAMILIES] = {
		MDNS_TYPE_A, MDNS_TYPE_AAAA};
	enum unicast_result result = UNICAST_NOTHING;
	unsigned family;

	if (target->srv.target.len == 1) /* "not available" */
		return UNICAST_NOTHING;
	for (family = 0; family < MDNS_FAMILIES && is_answer(result);
		family++) {
		result = unicast_ask(
			&unicast->asker, &target->srv.target, types[family]);
		if (result == UNICAST_RECORDS)
			read_addresses(unicast, (enum mdns_family)family,
				types[family], target);
	}
	return result;
}

/* Into unicast->known: all of it if that is an answer. */
static enum unicast_result ask_known(
	struct unicast *unicast, const struct mdns_name *name)
{
	struct service_known *known = &unicast->known;
	enum unicast_result result;
	unsigned i;

	memset(known, 0, sizeof(*known));
	result = unicast_ask(&unicast->asker, name, MDNS_TYPE_SRV);
	if (result == UNICAST_RECORDS)
		read_targets(unicast, name);
	if (is_answer(result))
		result = unicast_ask(&unicast->asker, name, MDNS_TYPE_TXT);
	if (result == UNICAST_RECORDS)
		read_txt(unicast, name);
	for (i = 0; i < known->target_count && is_answer(result); i++)
		result = ask_addresses(unicast, &known->target[i]);
	if (known->crowded)
		print_problem(NULL, "a service has more servers or addresses "
				    "than are shown");
	return result;
}

/* --- why there is nothing --- */

static void print_nothing(const struct options *options,
	const struct options_query *query, bool quiet)
{
	char text[MDNS_NAME_TEXT_MAX] = "this domain";
	struct mdns_service service;
	struct mdns_name domain;

	if (mdns_service_split(&query->name, &service) == 0 &&
		mdns_name_from_wire(query->name.wire + service.domain,
			(size_t)query->name.len - service.domain, &domain) == 0)
		mdns_name_print_safe(&domain, text, sizeof(text));
	print_missing(options->format, query, 0, PRINT_NO_DATA, quiet,
		options->mode == MODE_TYPES
			? "no list of kinds of services in %s"
			: "no such service in %s",
		text);
}

#define NO_SERVER "no name server answers; type: cat /etc/resolv.conf"

static enum options_status explain(const struct options *options,
	const struct options_query *query, enum unicast_result result)
{
	switch (result) {
	case UNICAST_SILENCE:
	case UNICAST_LATE:
		print_missing(options->format, query, 0, PRINT_SILENCE, false,
			NO_SERVER);
		return STATUS_NO_NETWORK;
	case UNICAST_INTERRUPTED:
		print_missing(options->format, query, 0, PRINT_INTERRUPTED,
			true, "interrupted before there was an answer");
		return STATUS_NOT_FOUND;
	case UNICAST_NOTHING:
	case UNICAST_RECORDS:
		break;
	}
	print_nothing(options, query, false);
	return STATUS_NOT_FOUND;
}

/* --- --resolve --- */

static enum options_status resolve(
	struct unicast *unicast, const struct options_query *query)
{
	const struct service_known *known = &unicast->known;
	const struct options *options = unicast->options;
	const struct service_view view = {
		&query->name, &query->name, NULL, known};
	enum unicast_result result = ask_known(unicast, &query->name);

	terminal_wait_end();
	if (known->target_count == 0 && !known->txt)
		return explain(options, query, result);
	service_print_found(&view, options->format);
	if (!is_answer(result))
		print_missing(options->format, query, 0,
			result == UNICAST_INTERRUPTED ? PRINT_INTERRUPTED
						      : PRINT_SILENCE,
			result == UNICAST_INTERRUPTED,
			"no name server answered for the rest");
	else if (known->target_count == 0)
		print_missing(options->format, query, 0, PRINT_NO_DATA, false,
			"has no SRV record, so its host is not known");
	else
		return STATUS_FOUND;
	return STATUS_NOT_FOUND;
}

static enum options_status resolve_all(struct unicast *unicast,
	const struct options_query *queries, unsigned count)
{
	enum options_status worst = STATUS_FOUND;
	unsigned i;

	for (i = 0; i < count; i++) {
		enum options_status status;

		terminal_wait_show("waiting for an answer");
		status = resolve(unicast, &queries[i]);
		if (status > worst)
			worst = status;
	}
	return worst;
}

/* --- --browse and --types --- */

/* The size octets of a type, such as "_ipp._tcp". */
static bool read_type(const struct mdns_name *name, size_t at, size_t size,
	struct mdns_name *ret_type)
{
	uint8_t wire[MDNS_NAME_MAX];

	memcpy(wire, name->wire + at, size);
	wire[size] = 0;
	return mdns_name_from_wire(wire, size + 1, ret_type) == 0;
}

/* Does it answer the question? Its domain may be another one. */
static bool belongs(const struct mdns_name *asked, const struct mdns_name *name)
{
	struct mdns_service question, service;
	struct mdns_name wanted, type;

	if (mdns_service_split(asked, &question) < 0 ||
		mdns_service_split(name, &service) < 0 || service.subtype > 0)
		return false;
	if (services_is_meta(asked))
		return service.instance == 0;
	return service.instance > 0 &&
	       read_type(asked, question.subtype, question.type, &wanted) &&
	       read_type(name, service.instance, service.type, &type) &&
	       mdns_name_equal(&wanted, &type);
}

static void tell(struct unicast *unicast, const struct listing *listing,
	const struct mdns_name *name, enum service_change change,
	const struct service_known *known)
{
	const struct service_view view = {
		name, &listing->query->name, NULL, known};

	terminal_wait_end();
	service_print_change(&view, change, unicast->options->format);
}

static void note_instance(struct listing *listing, const struct mdns_name *name)
{
	struct instance *instance;
	unsigned i;

	for (i = 0; i < listing->count; i++)
		if (mdns_name_equal(&listing->instance[i].name, name)) {
			listing->instance[i].seen = true;
			return;
		}
	if (listing->count == INSTANCES_MAX) {
		if (!listing->crowded)
			print_problem(listing->query->text,
				"more services than there is room for; some "
				"are not shown");
		listing->crowded = true;
		return;
	}
	instance = &listing->instance[listing->count++];
	instance->name = *name;
	instance->seen = true;
	instance->told = false;
}

/* The names in the answer; for how long they are good, in seconds. */
static uint32_t read_names(const struct unicast *unicast,
	const struct mdns_name *asked, struct listing *listing)
{
	struct unicast_walk walk;
	struct mdns_record record;
	struct mdns_name name;

	unicast_walk_begin(&unicast->asker, asked, MDNS_TYPE_PTR, &walk);
	while (unicast_walk_next(&walk, &record))
		if (mdns_rr_read_name(&walk.reader, &record, &name) == 0 &&
			belongs(asked, &name))
			note_instance(listing, &name);
	return walk.ttl;
}

/* For --short what has gone stays, so that it is said only once. */
static void drop_unseen(struct unicast *unicast, struct listing *listing)
{
	unsigned i, kept = 0;

	if (unicast->options->format == FORMAT_SHORT)
		return;
	for (i = 0; i < listing->count; i++) {
		const struct instance *instance = &listing->instance[i];

		if (instance->seen)
			listing->instance[kept++] = *instance;
		else
			tell(unicast, listing, &instance->name, SERVICE_REMOVED,
				NULL);
	}
	listing->count = kept;
}

static enum unicast_result tell_new(
	struct unicast *unicast, struct listing *listing)
{
	const struct options *options = unicast->options;
	bool resolving = options->resolve && options->mode == MODE_BROWSE &&
			 options->format != FORMAT_SHORT;
	enum unicast_result result = UNICAST_RECORDS;
	unsigned i;

	/* Once it is over the rest is told as it is. */
	for (i = 0; i < listing->count; i++) {
		const struct mdns_name *name = &listing->instance[i].name;

		if (listing->instance[i].told)
			continue;
		listing->instance[i].told = true;
		listing->found = true;
		if (resolving) {
			memset(&unicast->known, 0, sizeof(unicast->known));
			if (result != UNICAST_LATE &&
				result != UNICAST_INTERRUPTED)
				result = ask_known(unicast, name);
		}
		tell(unicast, listing, name, SERVICE_ADDED,
			resolving ? &unicast->known : NULL);
	}
	return result;
}

static uint32_t between(uint32_t value, uint32_t least, uint32_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* An answer, or what there was in its place. */
static enum unicast_result ask_listing(
	struct unicast *unicast, struct listing *listing)
{
	const struct mdns_name *name = &listing->query->name;
	uint32_t again = AGAIN_NOTHING;
	enum unicast_result result;
	unsigned i;

	terminal_wait_show("waiting for an answer");
	result = unicast_ask(&unicast->asker, name, MDNS_TYPE_PTR);
	terminal_wait_end();
	if (is_answer(result)) {
		listing->answered = true;
		for (i = 0; i < listing->count; i++)
			listing->instance[i].seen = false;
		if (result == UNICAST_RECORDS)
			again = read_names(unicast, name, listing);
		drop_unseen(unicast, listing);
		result = tell_new(unicast, listing);
	}
	listing->next = mdns_sys_now() +
			between(again, AGAIN_MIN, AGAIN_MAX) * MDNS_SEC;
	return result;
}

/* At once, as whoever waits in vain wants to know it; JSON has it at the end. */
static void complain(struct listing *listing, const struct options *options,
	enum unicast_result result)
{
	struct options quiet = *options;

	quiet.format = FORMAT_TEXT;
	if (result == UNICAST_SILENCE && !listing->silent) {
		listing->silent = true;
		explain(&quiet, listing->query, result);
	}
	if (listing->answered && !listing->found && !listing->nothing) {
		listing->nothing = true;
		print_nothing(&quiet, listing->query, false);
	}
}

/* Of those that nobody has ever answered nothing is to be expected. */
static struct listing *find_next(struct listing *listings, unsigned count)
{
	struct listing *next = NULL;
	unsigned i;

	for (i = 0; i < count; i++) {
		struct listing *listing = &listings[i];

		if (listing->silent && !listing->answered)
			continue;
		if (!next || listing->next < next->next)
			next = listing;
	}
	return next;
}

/* Until it is over; how that came. */
static enum unicast_result go_on(
	struct unicast *unicast, struct listing *listings, unsigned count)
{
	enum unicast_result result = UNICAST_SILENCE;
	struct listing *listing;

	while ((listing = find_next(listings, count))) {
		result = unicast_wait(&unicast->asker, listing->next);
		if (result == UNICAST_NOTHING)
			result = ask_listing(unicast, listing);
		complain(listing, unicast->options, result);
		if (result == UNICAST_LATE || result == UNICAST_INTERRUPTED)
			break;
	}
	return result;
}

/* What is left to say of one that has found nothing. */
static enum options_status finish(const struct options *options,
	const struct listing *listing, enum unicast_result result)
{
	if (listing->answered) {
		print_nothing(options, listing->query, true);
		return STATUS_NOT_FOUND;
	}
	if (!listing->silent)
		return explain(options, listing->query, result);
	print_missing(options->format, listing->query, 0, PRINT_SILENCE, true,
		NO_SERVER);
	return STATUS_NO_NETWORK;
}

static enum options_status browse(struct unicast *unicast,
	const struct options_query *queries, unsigned count)
{
	struct listing *listings = calloc(count, sizeof(*listings));
	enum options_status worst = STATUS_FOUND;
	enum unicast_result result;
	unsigned i, found = 0;
	bool room = listings != NULL;

	for (i = 0; room && i < count; i++) {
		listings[i].query = &queries[i];
		listings[i].instance =
			calloc(INSTANCES_MAX, sizeof(*listings[i].instance));
		room = listings[i].instance != NULL;
	}
	if (!room) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		worst = STATUS_NO_NETWORK;
		goto out;
	}
	result = go_on(unicast, listings, count);
	for (i = 0; i < count; i++) {
		enum options_status status = STATUS_FOUND;

		if (listings[i].found)
			found++;
		else
			status = finish(unicast->options, &listings[i], result);
		if (status > worst)
			worst = status;
	}
	if (found > 0)
		worst = STATUS_FOUND;
out:
	for (i = 0; listings && i < count; i++)
		free(listings[i].instance);
	free(listings);
	return worst;
}

/* --- the whole --- */

enum options_status services_unicast_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count)
{
	struct unicast *unicast = calloc(1, sizeof(*unicast));
	struct unicast_asker *asker;
	enum options_status status;

	if (!unicast) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		return STATUS_NO_NETWORK;
	}
	unicast->options = options;
	asker = &unicast->asker;
	asker->suffix_count = options_suffixes(settings, asker->suffix);
	asker->end = MDNS_TIME_NEVER;
	if (options->total_ms > 0)
		asker->end = mdns_sys_now() + options->total_ms * MDNS_MSEC;
	asker->signals = station_open_signals();
	terminal_wait_begin();
	status = options->mode == MODE_RESOLVE
			 ? resolve_all(unicast, queries, count)
			 : browse(unicast, queries, count);
	terminal_wait_end();
	mdns_sys_close(asker->signals);
	free(unicast);
	return status;
}
