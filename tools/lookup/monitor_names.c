/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which messages speak of a name. */
#include "config.h"

#include "tools/lookup/monitor_names.h"

#include <stdlib.h>

#include "resolver/rr.h"

bool monitor_names_open(struct monitor_names *names,
	const struct options *options, const struct mdns_settings *settings)
{
	int i;

	names->count = 0;
	names->name = calloc(
		(size_t)options->operand_count + 1, sizeof(*names->name));
	if (!names->name)
		return false;
	for (i = 0; i < options->operand_count; i++) {
		struct options_query query;

		if (options_query_parse(options->operand[i], settings,
			    &query) == STATUS_GO_ON)
			names->name[names->count++] = query.name;
	}
	return true;
}

void monitor_names_close(struct monitor_names *names)
{
	free(names->name);
}

static bool is_one(
	const struct monitor_names *names, const struct mdns_name *name)
{
	unsigned i;

	for (i = 0; i < names->count; i++)
		if (mdns_name_is_under(name, &names->name[i]))
			return true;
	return false;
}

static bool leads_to_one(const struct monitor_names *names,
	const struct mdns_reader *reader, const struct mdns_record *record)
{
	struct mdns_reader rdata;
	struct mdns_name target;

	mdns_reader_rdata(reader, record, &rdata);
	if (record->type == MDNS_TYPE_SRV)
		mdns_reader_bytes(&rdata, 6); /* priority, weight, port */
	else if (record->type != MDNS_TYPE_PTR &&
		 record->type != MDNS_TYPE_CNAME)
		return false;
	mdns_reader_name(&rdata, &target);
	return mdns_reader_done(&rdata) && is_one(names, &target);
}

bool monitor_names_match(
	const struct monitor_names *names, const struct packet *packet)
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;

	if (names->count == 0)
		return true;
	mdns_reader_init(&reader, packet->message, packet->size);
	while (mdns_reader_question(&reader, &question))
		if (is_one(names, &question.name))
			return true;
	while (!reader.err && mdns_reader_record(&reader, &record))
		if (is_one(names, &record.name) ||
			leads_to_one(names, &reader, &record))
			return true;
	return false;
}
