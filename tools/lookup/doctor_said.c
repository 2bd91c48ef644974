/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who says what about one name: all records that a probe hears of it. */
#include "config.h"

#include "tools/lookup/doctor_said.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/rr.h"
#include "tools/lookup/record.h"

void said_print_source(
	uint8_t transport, const uint8_t source[16], char *buf, size_t size)
{
	if (!inet_ntop(transport == MDNS_IPV6 ? AF_INET6 : AF_INET, source, buf,
		    (socklen_t)size))
		buf[0] = '\0';
}

bool said_is_address(const struct said *said)
{
	return said->type == MDNS_TYPE_A || said->type == MDNS_TYPE_AAAA;
}

static bool is_wanted_type(const struct said_all *all, uint16_t type)
{
	if (all->reverse)
		return type == MDNS_TYPE_PTR;
	return type == MDNS_TYPE_A || type == MDNS_TYPE_AAAA;
}

/* Each reason of each host once. */
static void drop(struct said_all *all, const struct probe_heard *heard,
	const char *why, const char *data)
{
	struct said_drop *drop = &all->drop[all->drop_count];
	unsigned i;

	for (i = 0; i < all->drop_count; i++)
		if (all->drop[i].why == why &&
			memcmp(all->drop[i].source, heard->origin.source, 16) ==
				0)
			return;
	if (all->drop_count == SAID_DROPS_MAX)
		return;
	drop->ifindex = heard->origin.ifindex;
	drop->transport = heard->origin.transport;
	memcpy(drop->source, heard->origin.source, 16);
	drop->why = why;
	snprintf(drop->data, sizeof(drop->data), "%s", data ? data : "");
	all->drop_count++;
}

static bool is_known(const struct said_all *all, const struct said *new)
{
	unsigned i;

	for (i = 0; i < all->count; i++) {
		const struct said *said = &all->said[i];

		if (said->ifindex == new->ifindex &&
			said->transport == new->transport &&
			said->way == new->way &&
			said->type ==
				new->type &&memcmp(
					said->source, new->source, 16) == 0 &&
			strcmp(said->data, new->data) == 0)
			return true;
	}
	return false;
}

static void keep(struct said_all *all, const struct probe_heard *heard,
	const struct record *record)
{
	struct said *said = &all->said[all->count];
	size_t size = record->rdlength < sizeof(said->rdata)
			      ? record->rdlength
			      : sizeof(said->rdata);

	if (all->count == SAID_MAX)
		return;
	memset(said, 0, sizeof(*said));
	said->ifindex = heard->origin.ifindex;
	said->transport = heard->origin.transport;
	said->way = heard->origin.way;
	said->cache_flush = record->cache_flush;
	said->type = record->type;
	said->ttl = record->ttl;
	said->usec = heard->usec;
	memcpy(said->source, heard->origin.source, 16);
	memcpy(said->rdata, record->rdata, size);
	said->data = record_data_text(record);
	if (said->data && !is_known(all, said))
		all->count++;
	else
		free(said->data);
}

/* RFC 6762 6.1; that an alias has no address of its own says nothing. */
static void read_nsec(struct said_all *all, const struct mdns_reader *message,
	const struct mdns_record *raw)
{
	struct mdns_nsec nsec;

	if (mdns_rr_read_nsec(message, raw, &nsec) < 0 ||
		mdns_nsec_has(&nsec, MDNS_TYPE_CNAME))
		return;
	all->denied[MDNS_IPV4] |= !mdns_nsec_has(&nsec, MDNS_TYPE_A);
	all->denied[MDNS_IPV6] |= !mdns_nsec_has(&nsec, MDNS_TYPE_AAAA);
}

static void read_record(struct said_all *all, const struct probe_heard *heard,
	const struct mdns_reader *message, const struct mdns_record *raw)
{
	uint8_t buf[MDNS_MESSAGE_MAX];
	struct record record;
	bool sound = record_read(message, raw, buf, &record);
	const char *fault = record_fault(&record, sound);

	if (is_wanted_type(all, raw->type) && raw->ttl == 0) {
		all->goodbye = true;
	} else if (is_wanted_type(all, raw->type) && fault) {
		char *data = sound ? record_data_text(&record) : NULL;

		drop(all, heard, fault, data ? data : "malformed");
		free(data);
	} else if (fault) {
		return;
	} else if (is_wanted_type(all, raw->type)) {
		keep(all, heard, &record);
	} else if (raw->type == MDNS_TYPE_CNAME) {
		mdns_name_from_wire(record.rdata, record.rdlength, &all->alias);
	} else if (raw->type == MDNS_TYPE_NSEC) {
		read_nsec(all, message, raw);
	}
}

/* As resolver/direct.c does it. */
static void note_told(struct said_all *all, const struct probe_heard *heard)
{
	struct mdns_reader reader;
	struct mdns_question question;
	bool a = false, aaaa = false;

	mdns_reader_init(&reader, heard->message, heard->size);
	if (heard->origin.way != MDNS_WAY_ONE_SHOT ||
		reader.header.flags & MDNS_FLAG_TC)
		return;
	while (mdns_reader_question(&reader, &question)) {
		if (!mdns_name_equal(&question.name, &all->name))
			continue;
		a |= question.type == MDNS_TYPE_A;
		aaaa |= question.type == MDNS_TYPE_AAAA;
	}
	if (a && aaaa)
		all->told |= 1u << heard->origin.transport;
}

bool said_hear(struct said_all *all, const struct probe_heard *heard)
{
	struct mdns_reader reader;
	struct mdns_record raw;

	if (!heard->from_us)
		all->others = true;
	if (heard->verdict == MDNS_VERDICT_NOT_RESPONSE ||
		heard->verdict == MDNS_VERDICT_UNWANTED)
		return all->count > 0;
	if (heard->verdict != MDNS_VERDICT_OTHER) {
		/* An error may have no records at all, but came to our port. */
		if (heard->origin.way == MDNS_WAY_ONE_SHOT ||
			probe_speaks_of(heard, &all->name))
			drop(all, heard, mdns_verdict_text(heard->verdict),
				NULL);
		return all->count > 0;
	}
	note_told(all, heard);
	mdns_reader_init(&reader, heard->message, heard->size);
	while (mdns_reader_record(&reader, &raw)) {
		if (raw.section != MDNS_SECTION_AUTHORITY &&
			mdns_name_equal(&raw.name, &all->name))
			read_record(all, heard, &reader, &raw);
	}
	return all->count > 0;
}

void said_init(struct said_all *all, const struct mdns_name *name, bool reverse)
{
	memset(all, 0, sizeof(*all));
	all->name = *name;
	all->reverse = reverse;
}

static void add_question(
	const struct said_all *all, struct probe *probe, uint16_t type)
{
	probe->question[probe->question_count].name = &all->name;
	probe->question[probe->question_count++].type = type;
}

void said_add_questions(const struct said_all *all, struct probe *probe)
{
	if (all->reverse) {
		add_question(all, probe, MDNS_TYPE_PTR);
	} else {
		add_question(all, probe, MDNS_TYPE_A);
		add_question(all, probe, MDNS_TYPE_AAAA);
	}
}

void said_end(struct said_all *all, const struct probe *probe)
{
	all->asked = true;
	all->links = probe->links;
}

static bool hear(void *context, const struct probe_heard *heard)
{
	return said_hear(context, heard);
}

int said_collect(struct said_all *all, const struct doctor *doctor)
{
	struct probe probe = {.doctor = doctor,
		.settle_msec = SAID_SETTLE_MSEC,
		.hear = hear,
		.context = all};
	int err;

	said_add_questions(all, &probe);
	err = probe_run(&probe);
	if (err == 0)
		said_end(all, &probe);
	return err;
}

const char *said_link_name(const struct said_all *all, uint32_t ifindex)
{
	const struct mdns_link *link = mdns_links_find(&all->links, ifindex);

	return link ? link->name : "?";
}

void said_free(struct said_all *all)
{
	while (all->count > 0)
		free(all->said[--all->count].data);
}
