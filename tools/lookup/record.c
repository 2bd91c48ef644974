/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records in zone-file form and as JSON. */
#include "config.h"

#include "tools/lookup/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/rr.h"
#include "resolver/rr_text.h"
#include "resolver/zone.h"
#include "tools/lookup/json.h"

bool record_read(const struct mdns_reader *reader,
	const struct mdns_record *raw, uint8_t *buf, struct record *ret_record)
{
	struct record record = {
		.name = &raw->name,
		.type = raw->type,
		.rclass = raw->rclass,
		.cache_flush = raw->cache_flush,
		.ttl = raw->ttl,
		.rdata = reader->base + raw->rdata,
		.rdlength = raw->rdlength,
	};
	int size = mdns_rr_expand(reader, raw, buf, MDNS_MESSAGE_MAX);

	if (size >= 0) {
		record.rdata = buf;
		record.rdlength = (size_t)size;
	}
	*ret_record = record;
	return size >= 0;
}

void record_recall(const struct mdns_cached *cached, mdns_time now,
	struct mdns_name *name, struct record *ret_record)
{
	mdns_rrset_name(cached->set, name);
	ret_record->name = name;
	ret_record->type = cached->set->type;
	ret_record->rclass = cached->set->rclass;
	ret_record->cache_flush = cached->set->unique;
	ret_record->ttl = mdns_cached_left(cached, now);
	ret_record->rdata = cached->rdata;
	ret_record->rdlength = cached->rdlength;
}

char *record_data_text(const struct record *record)
{
	size_t size = MDNS_RR_TEXT_MAX(record->rdlength);
	char *text = malloc(size);

	if (text && mdns_rr_print(record->type, record->rdata, record->rdlength,
			    text, size) < 0)
		mdns_rr_print_unknown(
			record->rdata, record->rdlength, text, size);
	return text;
}

/* As the names inside of RDATA are printed. */
static void put_owner(
	char text[MDNS_NAME_TEXT_MAX + 1], const struct mdns_name *name)
{
	if (mdns_rr_print(MDNS_TYPE_PTR, name->wire, name->len, text,
		    MDNS_NAME_TEXT_MAX + 1) < 0)
		strcpy(text, ".");
}

static void put_class(char text[16], uint16_t rclass)
{
	if (rclass == MDNS_CLASS_IN)
		strcpy(text, "IN");
	else if (rclass == MDNS_CLASS_ANY)
		strcpy(text, "ANY");
	else
		snprintf(text, 16, "CLASS%u", rclass);
}

char *record_text(const struct record *record)
{
	char owner[MDNS_NAME_TEXT_MAX + 1];
	char type[MDNS_RR_TYPE_TEXT_MAX];
	char rclass[16];
	char *data = record_data_text(record);
	char *text = NULL;

	put_owner(owner, record->name);
	put_class(rclass, record->rclass);
	mdns_rr_type_print(record->type, type, sizeof(type));
	if (data && asprintf(&text, "%s  %u  %s  %s  %s", owner, record->ttl,
			    rclass, type, data) < 0)
		text = NULL;
	free(data);
	return text;
}

const char *record_fault(const struct record *record, bool sound)
{
	bool address =
		record->type == MDNS_TYPE_A || record->type == MDNS_TYPE_AAAA;

	if (!sound)
		return "malformed";
	if (record->type == MDNS_TYPE_OPT)
		return NULL;
	if (record->rclass != MDNS_CLASS_IN)
		return "not of class IN";
	if (record->ttl == 0)
		return "goodbye";
	if (address &&
		!mdns_zone_address_is_usable(record->rdata, record->rdlength))
		return "an address that is of no use";
	return NULL;
}

static void put_hex(struct json_object *object, const char *key,
	const uint8_t *octets, size_t size)
{
	char *text = malloc(2 * size + 1);
	size_t i;

	if (!text)
		return;
	text[0] = '\0';
	for (i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02x", octets[i]);
	json_put_text(object, key, text);
	free(text);
}

void record_put(struct json_object *object, const struct record *record)
{
	char type[MDNS_RR_TYPE_TEXT_MAX];
	char rclass[16];
	char *data = record_data_text(record);
	bool sound = data && strncmp(data, "\\#", 2) != 0;

	put_class(rclass, record->rclass);
	mdns_rr_type_print(record->type, type, sizeof(type));
	json_put_name(object, "name", record->name);
	json_put_text(object, "type", type);
	json_put_text(object, "class", rclass);
	json_put_number(object, "ttl", record->ttl);
	json_put_bool(object, "cache_flush", record->cache_flush);
	if (data)
		json_put_text(object, "data", data);
	if (!sound)
		put_hex(object, "rdata", record->rdata, record->rdlength);
	free(data);
}
