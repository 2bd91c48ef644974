/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lookups of any type and by any way: all operands in one go, and what is heard
 * of each. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/zone.h"
#include "tools/lookup/lookup_private.h"
#include "tools/lookup/print.h"

/* --- what is heard --- */

/* Two hosts may say the same; that is worth a line only if it says who. */
static bool is_there(const struct lookup_job *job, const struct record *record)
{
	const struct options *options = &job->lookup->options;
	const struct lookup_record *entry;

	if (options->format == FORMAT_JSON ||
		(options->format == FORMAT_TEXT && options->verbose))
		return false;
	for (entry = job->first; entry; entry = entry->next)
		if (entry->record.type == record->type &&
			entry->record.rdlength == record->rdlength &&
			memcmp(entry->rdata, record->rdata, record->rdlength) ==
				0 &&
			mdns_name_equal(&entry->name, record->name))
			return true;
	return false;
}

static void keep_record(struct lookup_job *job, const struct record *record,
	const struct packet *packet)
{
	struct lookup_record *entry = malloc(sizeof(*entry) + record->rdlength);

	if (!entry) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		return;
	}
	entry->next = NULL;
	entry->printed = false;
	entry->name = *record->name;
	entry->from = *packet;
	entry->from.message = NULL;
	entry->from.size = 0;
	entry->record = *record;
	entry->record.name = &entry->name;
	entry->record.rdata = entry->rdata;
	memcpy(entry->rdata, record->rdata, record->rdlength);
	if (job->last)
		job->last->next = entry;
	else
		job->first = entry;
	job->last = entry;
}

static void drop_records(struct lookup_job *job)
{
	while (job->first) {
		struct lookup_record *entry = job->first;

		job->first = entry->next;
		free(entry);
	}
	job->last = NULL;
}

/* --- what is printed --- */

static void fill_address(const struct lookup_job *job,
	const struct lookup_record *entry, struct mdns_address *address)
{
	memset(address, 0, sizeof(*address));
	address->ifindex = entry->from.ifindex;
	address->usec = entry->from.usec;
	address->transport = entry->from.transport;
	address->way = job->lookup->options.way == WAY_UNICAST
			       ? PRINT_WAY_UNICAST
			       : entry->from.way;
}

static void collect_addresses(
	const struct lookup_job *job, struct mdns_answer *answer)
{
	const struct lookup_record *entry;
	struct mdns_address address;

	for (entry = job->first; entry; entry = entry->next) {
		uint16_t type = entry->record.type;

		if (type != MDNS_TYPE_A && type != MDNS_TYPE_AAAA)
			continue;
		fill_address(job, entry, &address);
		address.family = type == MDNS_TYPE_A ? MDNS_IPV4 : MDNS_IPV6;
		memcpy(address.bytes, entry->rdata, entry->record.rdlength);
		mdns_answer_add(answer, &address);
		if (answer->name.len == 0)
			answer->name = entry->name;
	}
	mdns_answer_sort(answer);
}

/* Each name of the address that the module would hand out as well; true if there
 * is any. */
static bool print_names(const struct lookup_job *job)
{
	const struct lookup *lookup = job->lookup;
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	unsigned count = options_suffixes(&lookup->settings, suffixes);
	const struct lookup_record *entry;
	bool any = false;

	for (entry = job->first; entry; entry = entry->next) {
		struct mdns_answer answer;
		enum mdns_zone zone;

		mdns_answer_init(&answer);
		if (entry->record.type != MDNS_TYPE_PTR ||
			mdns_name_from_wire(entry->rdata,
				entry->record.rdlength, &answer.name) < 0)
			continue;
		zone = mdns_zone_of(&answer.name, suffixes, count);
		if (!mdns_name_is_host(&answer.name) ||
			zone == MDNS_ZONE_NONE || zone == MDNS_ZONE_REVERSE)
			continue;
		fill_address(job, entry, &answer.address[0]);
		print_found(lookup->options.format, &job->query, &answer);
		any = true;
	}
	return any;
}

static bool is_denied(const struct ask_question *question)
{
	return question->denied && !question->answered;
}

static void print_addresses(struct lookup_job *job)
{
	const struct options *options = &job->lookup->options;
	const struct ask_question *q = job->question;
	struct mdns_answer answer;
	bool there = job->first || is_denied(&q[0]);

	if (job->query.reverse) {
		if (!print_names(job))
			lookup_explain(job, 0, MDNS_ERR_NOT_FOUND, false);
		return;
	}
	mdns_answer_init(&answer);
	collect_addresses(job, &answer);
	if (is_denied(&q[0]))
		answer.presence[MDNS_IPV4] = MDNS_ABSENT;
	if (is_denied(&q[1]))
		answer.presence[MDNS_IPV6] = MDNS_ABSENT;
	/* From 5353 nothing else can be heard. */
	if (options->verbose && options->way != WAY_QM &&
		options->way != WAY_QU)
		print_remarks(&job->query, &answer);
	if (answer.count > 0)
		print_found(options->format, &job->query, &answer);
	else
		lookup_explain(job, 0,
			there || is_denied(&q[1]) ? MDNS_ERR_NO_DATA
						  : MDNS_ERR_NOT_FOUND,
			false);
}

static void print_records(struct lookup_job *job)
{
	struct lookup_record *entry;

	for (entry = job->first; entry; entry = entry->next) {
		if (!entry->printed)
			print_record(&job->lookup->options, &job->query,
				&entry->record, &entry->from);
		entry->printed = true;
	}
}

/* The types that were not heard. Silence about all of them is one thing. */
static void explain_types(struct lookup_job *job)
{
	bool silent = job->first == NULL, said = false;
	unsigned i;

	for (i = 0; i < job->question_count; i++)
		silent = silent && !job->question[i].denied;
	for (i = 0; i < job->question_count; i++) {
		const struct ask_question *q = &job->question[i];

		if (q->answered)
			continue;
		if (q->denied) {
			lookup_explain(job, q->type, MDNS_ERR_NO_DATA, false);
			continue;
		}
		lookup_explain(
			job, q->type, MDNS_ERR_NOT_FOUND, silent && said);
		said = true;
	}
}

static void print_end(struct lookup_job *job)
{
	bool typed = job->lookup->options.type_count > 0;

	if (job->err < 0)
		lookup_explain(job, 0, job->err, false);
	else if (typed)
		explain_types(job);
	else
		print_addresses(job);
}

/* Records of the operand whose turn it is as they come, all else when it is
 * known. */
static void print_jobs(struct lookup *lookup)
{
	while (lookup->printed < lookup->count) {
		struct lookup_job *job = &lookup->job[lookup->printed];

		if (lookup->options.type_count > 0)
			print_records(job);
		if (!job->done)
			break;
		print_end(job);
		drop_records(job);
		lookup->printed++;
	}
	fflush(stdout);
}

/* --- what ask tells --- */

static void found(void *context, const struct ask_question *question,
	const struct record *record, const struct packet *packet)
{
	struct lookup_job *job = question->owner;

	if (is_there(job, record))
		return;
	keep_record(job, record, packet);
	print_jobs(context);
}

static void settled(void *context, const struct ask_question *question)
{
	struct lookup_job *job = question->owner;
	unsigned i;

	for (i = 0; i < job->question_count; i++)
		if (&job->question[i] != question && !job->question[i].settled)
			return;
	job->done = true;
	print_jobs(context);
}

static void observe(void *context, const struct packet *packet)
{
	lookup_show_packet(context, NULL, packet);
}

static void wait_a_while(void *context)
{
	lookup_show_wait(context);
}

/* --- what is asked --- */

/* The questions of one operand; how many. */
static unsigned put_questions(
	struct lookup_job *job, struct ask_question *question)
{
	const struct options *options = &job->lookup->options;
	static const uint16_t addresses[] = {MDNS_TYPE_A, MDNS_TYPE_AAAA};
	static const uint16_t pointer[] = {MDNS_TYPE_PTR};
	const uint16_t *type = options->type;
	unsigned i, count = options->type_count;

	if (count == 0) {
		type = job->query.reverse ? pointer : addresses;
		count = job->query.reverse ? 1 : 2;
	}
	for (i = 0; i < count; i++) {
		question[i].name = &job->query.name;
		question[i].type = type[i];
		question[i].owner = job;
	}
	if (type == addresses) {
		question[0].partner = &question[1];
		question[1].partner = &question[0];
	}
	job->question = question;
	job->question_count = count;
	return count;
}

/* All operands that have the same interface as the job has, this one and those
 * behind it, in one go; question has room for theirs. Returns how many there
 * were. */
static unsigned ask_like(struct lookup_job *job, struct ask_question *question)
{
	struct lookup *lookup = job->lookup;
	struct lookup_job *end = lookup->job + lookup->count;
	struct ask ask = {
		.options = &lookup->options,
		.settings = &lookup->settings,
		.question = question,
		.signals = lookup->signals,
		.found = found,
		.settled = settled,
		.observe = lookup_shows_packets(lookup) ? observe : NULL,
		.wait = wait_a_while,
		.context = lookup,
	};
	struct lookup_job *other;
	int err = MDNS_ERR_NOT_FOUND;

	for (other = job; other < end; other++)
		if (strcmp(other->query.iface, job->query.iface) == 0)
			ask.count += put_questions(other, question + ask.count);
	lookup_put_filter(job, &ask.filter);
	if (!lookup->interrupted)
		err = ask_run(&ask, &lookup->interrupted);
	for (other = job; other < end; other++)
		if (strcmp(other->query.iface, job->query.iface) == 0) {
			other->done = true;
			/* All else is said by its questions. */
			if (err != 0 && err != MDNS_ERR_NO_DATA &&
				err != MDNS_ERR_NOT_FOUND &&
				!lookup->interrupted)
				other->err = err;
		}
	print_jobs(lookup);
	return ask.count;
}

void lookup_run_typed(struct lookup *lookup)
{
	unsigned each =
		lookup->options.type_count > 2 ? lookup->options.type_count : 2;
	struct ask_question *questions =
		calloc((size_t)lookup->count * each, sizeof(*questions));
	unsigned i, used = 0;

	for (i = 0; i < lookup->count; i++) {
		struct lookup_job *job = &lookup->job[i];

		if (!questions)
			lookup_explain(job, 0, MDNS_ERR_RESOURCE, false);
		else if (!job->question)
			used += ask_like(job, questions + used);
	}
	free(questions);
}
