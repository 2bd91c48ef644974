/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One mDNS message as JSON. */
#include "config.h"

#include "resolver/rr.h"
#include "resolver/rr_text.h"
#include "tools/lookup/json.h"
#include "tools/lookup/packet_private.h"

static void put_flags(
	struct json_object *object, const struct mdns_header *header)
{
	struct json_object *array = json_object_new_array();
	const struct packet_flag *flag;

	for (flag = packet_flags(); array && flag->bit != 0; flag++)
		if (header->flags & flag->bit)
			json_add(array, json_object_new_string(flag->name));
	json_put(object, "flags", array);
}

static struct json_object *question_object(const struct mdns_question *question)
{
	struct json_object *object = json_object_new_object();
	char type[MDNS_RR_TYPE_TEXT_MAX];
	char rclass[PACKET_CLASS_TEXT_MAX];

	mdns_rr_type_print(question->type, type, sizeof(type));
	packet_class_text(question->rclass, rclass);
	json_put_name(object, "name", &question->name);
	json_put_text(object, "type", type);
	json_put_text(object, "class", rclass);
	json_put_bool(object, "unicast_response", question->unicast_response);
	return object;
}

static struct json_object *record_object(
	const struct mdns_reader *reader, const struct mdns_record *raw)
{
	struct json_object *object = json_object_new_object();
	uint8_t buf[MDNS_MESSAGE_MAX];
	struct record record;
	bool sound = record_read(reader, raw, buf, &record);
	const char *fault = packet_fault(reader, raw, &record, sound);

	record_put(object, &record);
	if (fault)
		json_put_text(object, "dropped", fault);
	return object;
}

static void put_entries(struct json_object *object, const struct packet *packet)
{
	static const char keys[MDNS_SECTIONS][12] = {
		"questions", "answers", "authorities", "additionals"};
	struct json_object *array[MDNS_SECTIONS];
	struct mdns_reader reader;
	struct mdns_question question;
	struct mdns_record record;
	unsigned i;

	mdns_reader_init(&reader, packet->message, packet->size);
	if (!reader.err) {
		json_put_number(object, "id", reader.header.id);
		put_flags(object, &reader.header);
		json_put_number(
			object, "opcode", packet_opcode(&reader.header));
		json_put_number(
			object, "rcode", reader.header.flags & MDNS_FLAG_RCODE);
	}
	for (i = 0; i < MDNS_SECTIONS; i++)
		array[i] = json_object_new_array();
	while (mdns_reader_question(&reader, &question))
		json_add(array[MDNS_SECTION_QUESTION],
			question_object(&question));
	while (!reader.err && mdns_reader_record(&reader, &record))
		json_add(
			array[record.section], record_object(&reader, &record));
	for (i = 0; i < MDNS_SECTIONS; i++)
		json_put(object, keys[i], array[i]);
	if (reader.err)
		json_put_bool(object, "malformed", true);
}

static void put_endpoint(struct json_object *object, const char *key,
	const char *port_key, const struct packet *packet,
	const uint8_t address[16], uint16_t port)
{
	char text[INET6_ADDRSTRLEN];
	bool known = packet_address_text(packet, address, text);

	if (known)
		json_put_text(object, key, text);
	if (known || port != 0)
		json_put_number(object, port_key, port);
}

void packet_print_json(const struct packet *packet)
{
	struct json_object *object = json_begin("packet");

	json_put_time(object, packet->realtime);
	if (packet->in_lookup)
		json_put_msec(object, "elapsed_ms", packet->usec);
	json_put_text(object, "direction", packet->out ? "sent" : "received");
	if (packet->link[0] != '\0')
		json_put_text(object, "interface", packet->link);
	json_put_transport(object, packet->transport);
	put_endpoint(object, "from", "from_port", packet, packet->source,
		packet->source_port);
	put_endpoint(object, "to", "to_port", packet, packet->destination,
		packet->destination_port);
	json_put_text(object, "query_kind", packet_kind(packet));
	if (!packet->out && packet->judged)
		json_put_text(
			object, "verdict", mdns_verdict_text(packet->verdict));
	json_put_number(
		object, "octets", (int64_t)(packet->size + packet->lost));
	if (packet->lost > 0)
		json_put_number(object, "lost", (int64_t)packet->lost);
	put_entries(object, packet);
	json_end(object);
}
