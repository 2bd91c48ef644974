/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines and the JSON of --browse, --types and --resolve. */
#include "config.h"

#include "tools/lookup/services_print.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/zone.h"
#include "tools/lookup/json.h"
#include "tools/lookup/services_types.h"
#include "tools/lookup/table.h"
#include "tools/lookup/terminal.h"

#define ADDRESS_TEXT_MAX (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)
#define NAME_WIDTH_MIN 24

static const struct {
	const char *word;
	char sign;
	enum terminal_paint paint;
} changes[] = {
	[SERVICE_ADDED] = {"added", '+', PAINT_GOOD},
	[SERVICE_REMOVED] = {"removed", '-', PAINT_BAD},
	[SERVICE_UPDATED] = {"updated", '~', PAINT_WARN},
	[SERVICE_FOUND] = {"found", '=', PAINT_GOOD},
};

/* --- the parts --- */

/* len octets of labels from `at` on, as text. */
static void put_labels(char text[MDNS_NAME_TEXT_MAX],
	const struct mdns_name *name, size_t at, size_t len)
{
	struct mdns_name part;

	part.len = (uint16_t)(len + 1);
	memcpy(part.wire, name->wire + at, len);
	part.wire[len] = 0;
	if (mdns_name_print_safe(&part, text, MDNS_NAME_TEXT_MAX) < 0)
		text[0] = '\0';
}

static void put_subtype(
	char text[SERVICE_LABEL_MAX], const struct mdns_name *asked)
{
	char label[MDNS_NAME_TEXT_MAX];
	struct mdns_service service;

	text[0] = '\0';
	if (mdns_service_split(asked, &service) < 0 || service.subtype == 0)
		return;
	put_labels(label, asked, 0, asked->wire[0] + 1u);
	if (strlen(label) < SERVICE_LABEL_MAX)
		strcpy(text, label);
}

bool service_text_read(
	const struct service_view *view, struct service_text *ret_text)
{
	const struct mdns_name *name = view->name;
	struct mdns_service service;

	if (mdns_service_split(name, &service) < 0 || service.subtype > 0 ||
		mdns_service_print_instance(name, ret_text->instance,
			sizeof(ret_text->instance)) < 0)
		return false;
	put_subtype(ret_text->subtype, view->asked);
	put_labels(ret_text->type, name, service.instance, service.type);
	put_labels(ret_text->domain, name, service.domain,
		name->len - 1u - service.domain);
	return true;
}

void service_clock_print(
	const struct timespec *when, char text[SERVICE_CLOCK_MAX])
{
	struct tm day;
	size_t used;

	localtime_r(&when->tv_sec, &day);
	used = strftime(text, SERVICE_CLOCK_MAX, "%H:%M:%S", &day);
	snprintf(text + used, SERVICE_CLOCK_MAX - used, ".%03d",
		(int)(when->tv_nsec / 1000000 % 1000));
}

static void put_address(char text[ADDRESS_TEXT_MAX],
	const struct service_address *address, const char *link)
{
	bool scope = mdns_zone_address_needs_scope(address->bytes,
		mdns_family_size((enum mdns_family)address->family));
	size_t used;

	inet_ntop(address->family == MDNS_IPV6 ? AF_INET6 : AF_INET,
		address->bytes, text, INET6_ADDRSTRLEN);
	used = strlen(text);
	if (scope && link)
		snprintf(text + used, ADDRESS_TEXT_MAX - used, "%%%s", link);
}

static void put_host(
	char text[MDNS_NAME_TEXT_MAX], const struct service_target *target)
{
	if (mdns_name_print_safe(
		    &target->srv.target, text, MDNS_NAME_TEXT_MAX) < 0)
		text[0] = '\0';
}

char *service_addresses_text(
	const struct service_target *target, const char *link)
{
	char *text = calloc(target->address_count + 1, ADDRESS_TEXT_MAX + 1);
	size_t used = 0;
	unsigned i;

	for (i = 0; text && i < target->address_count; i++) {
		if (i > 0)
			text[used++] = ' ';
		put_address(text + used, &target->address[i], link);
		used += strlen(text + used);
	}
	return text;
}

/* Of both where the text ends. */
static char *put_octets(char *text, const void *octets, size_t len)
{
	memcpy(text, octets, len);
	text[len] = '\0';
	return text + len;
}

static char *put_hex(char *text, const uint8_t *octet, size_t len)
{
	*text = '\0';
	for (; len > 0; octet++, len--)
		text += sprintf(text, "%02x", *octet);
	return text;
}

/* "key", "key=", "key=value" or "key=0x00ff" (RFC 6763 6.4). Keys are printable
 * ASCII, and values that are not text are hex, so all of it can be shown. */
#define PAIR_TEXT_MAX (255 * 2 + 4)
static char *put_pair(char *text, const struct mdns_txt_pair *pair)
{
	text = put_octets(text, pair->key, pair->key_len);
	if (!pair->value)
		return text;
	*text++ = '=';
	if (mdns_txt_is_text(pair))
		return put_octets(text, pair->value, pair->value_len);
	text += sprintf(text, "0x");
	return put_hex(text, pair->value, pair->value_len);
}

char *service_txt_text(const struct service_known *known)
{
	struct mdns_txt_pair pair;
	/* "k=v" of 4 octets is "k=0xff" and two spaces, the longest for it. */
	char *text = malloc(known->txt_len * 4 + PAIR_TEXT_MAX);
	char *end = text;
	size_t pos = 0;

	if (!text)
		return NULL;
	*text = '\0';
	while (mdns_txt_next(known->txt, known->txt_len, &pos, &pair)) {
		if (end != text)
			end += sprintf(end, "  ");
		end = put_pair(end, &pair);
	}
	return text;
}

/* --- text --- */

static const char *link_word(const struct service_view *view)
{
	return view->link ? view->link : "unicast";
}

static void print_known(const struct service_known *known, const char *link)
{
	const struct service_target *target = &known->target[0];
	char host[MDNS_NAME_TEXT_MAX];
	char *text;

	if (known->target_count > 0) {
		put_host(host, target);
		printf("  %s:%u", host, target->srv.port);
		text = service_addresses_text(target, link);
		if (text && text[0])
			printf("  %s", text);
		free(text);
	}
	text = service_txt_text(known);
	if (text && text[0])
		printf("  %s", text);
	free(text);
}

/* Columns stand below each other: as wide as the widest so far. */
static void print_column(const char *text, unsigned *width)
{
	unsigned used = table_text_width(text);

	if (used > *width)
		*width = used;
	printf("%s%*s  ", text, (int)(*width - used), "");
}

static void print_line(const struct service_view *view,
	const struct service_text *text, enum service_change change)
{
	static unsigned name_width = NAME_WIDTH_MIN, type_width, domain_width;
	const char *description = services_describe_type(text->type);
	char clock[SERVICE_CLOCK_MAX];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	service_clock_print(&now, clock);
	printf("%s  %s%c%s  ", clock, terminal_paint(changes[change].paint),
		changes[change].sign, terminal_paint(PAINT_PLAIN));
	if (text->instance[0]) {
		print_column(text->instance, &name_width);
		print_column(text->type, &type_width);
	} else {
		print_column(text->type, &name_width);
	}
	print_column(text->domain, &domain_width);
	fputs(link_word(view), stdout);
	if (!text->instance[0] && description)
		printf("  %s", description);
	if (view->known)
		print_known(view->known, view->link);
	putchar('\n');
}

static void print_key(const char *key, const char *value)
{
	printf("%s%-10s%s %s\n", terminal_paint(PAINT_FAINT), key,
		terminal_paint(PAINT_PLAIN), value);
}

static void print_target(const struct service_target *target, const char *link)
{
	char text[MDNS_NAME_TEXT_MAX];
	unsigned i;

	put_host(text, target);
	print_key("host:", target->srv.target.len == 1
				   ? ". (says that it is not available)"
				   : text);
	snprintf(text, sizeof(text), "%u", target->srv.port);
	print_key("port:", text);
	for (i = 0; i < target->address_count; i++) {
		put_address(text, &target->address[i], link);
		print_key("address:", text);
	}
}

/* What people type has spaces and dots: that is how it is shown. */
static void print_block(
	const struct service_view *view, const struct service_text *text)
{
	const struct service_known *known = view->known;
	struct mdns_txt_pair pair;
	char buf[PAIR_TEXT_MAX];
	static bool before;
	size_t pos = 0;
	unsigned i;

	if (before)
		putchar('\n');
	before = true;
	print_key("service:", text->instance);
	print_key("type:", text->type);
	print_key("domain:", text->domain);
	print_key("interface:", link_word(view));
	for (i = 0; i < known->target_count; i++) {
		const struct mdns_srv *srv = &known->target[i].srv;

		print_target(&known->target[i], view->link);
		if (known->target_count == 1)
			continue;
		snprintf(buf, sizeof(buf), "%u", srv->priority);
		print_key("priority:", buf);
		snprintf(buf, sizeof(buf), "%u", srv->weight);
		print_key("weight:", buf);
	}
	while (mdns_txt_next(known->txt, known->txt_len, &pos, &pair)) {
		put_pair(buf, &pair);
		print_key("txt:", buf);
	}
}

static void print_short(const struct service_view *view)
{
	char host[MDNS_NAME_TEXT_MAX];
	unsigned i, k;

	for (i = 0; i < view->known->target_count; i++) {
		const struct service_target *target = &view->known->target[i];
		char address[ADDRESS_TEXT_MAX];

		put_host(host, target);
		for (k = 0; k < target->address_count; k++) {
			put_address(address, &target->address[k], view->link);
			printf("%s %u %s\n", host, target->srv.port, address);
		}
	}
}

/* --- JSON --- */

static struct json_object *pair_object(const struct mdns_txt_pair *pair)
{
	struct json_object *object = json_object_new_object();
	char text[PAIR_TEXT_MAX];

	put_octets(text, pair->key, pair->key_len);
	json_put_text(object, "key", text);
	if (!pair->value)
		return object;
	if (mdns_txt_is_text(pair)) {
		put_octets(text, pair->value, pair->value_len);
		json_put_text(object, "value", text);
	} else {
		put_hex(text, pair->value, pair->value_len);
		json_put_text(object, "hex", text);
	}
	return object;
}

static void put_txt(
	struct json_object *object, const struct service_known *known)
{
	struct json_object *array;
	struct mdns_txt_pair pair;
	size_t pos = 0;

	if (!known->has_txt)
		return;
	array = json_object_new_array();
	while (mdns_txt_next(known->txt, known->txt_len, &pos, &pair))
		json_add(array, pair_object(&pair));
	json_put(object, "txt", array);
}

static void put_target(struct json_object *object,
	const struct service_target *target, const char *link)
{
	struct json_object *array = json_object_new_array();
	unsigned i;

	json_put_name(object, "host", &target->srv.target);
	json_put_number(object, "port", target->srv.port);
	json_put_number(object, "priority", target->srv.priority);
	json_put_number(object, "weight", target->srv.weight);
	for (i = 0; i < target->address_count; i++) {
		char text[ADDRESS_TEXT_MAX];

		put_address(text, &target->address[i], link);
		json_add(array, json_object_new_string(text));
	}
	json_put(object, "addresses", array);
}

/* target: of view->known, or NULL. */
static void print_json(const struct service_view *view,
	const struct service_text *text, const struct service_target *target,
	enum service_change change)
{
	bool kind = text->instance[0] == '\0';
	const char *description = services_describe_type(text->type);
	struct json_object *object =
		json_begin(kind ? "service-type" : "service");

	json_put_now(object);
	json_put_text(object, "change", changes[change].word);
	if (!kind) {
		json_put_name(object, "name", view->name);
		json_put_text(object, "instance", text->instance);
	}
	json_put_text(object, "type", text->type);
	if (text->subtype[0])
		json_put_text(object, "subtype", text->subtype);
	json_put_text(object, "domain", text->domain);
	if (kind && description)
		json_put_text(object, "description", description);
	if (view->link)
		json_put_text(object, "interface", view->link);
	if (target)
		put_target(object, target, view->link);
	if (view->known)
		put_txt(object, view->known);
	json_end(object);
}

/* --- either --- */

void service_print_change(const struct service_view *view,
	enum service_change change, enum options_format format)
{
	const struct service_known *known = view->known;
	struct service_text text;

	if (!service_text_read(view, &text))
		return;
	switch (format) {
	case FORMAT_TEXT:
		print_line(view, &text, change);
		break;
	case FORMAT_SHORT:
		puts(text.instance[0] ? text.instance : text.type);
		break;
	case FORMAT_JSON:
		print_json(view, &text,
			known && known->target_count > 0 ? &known->target[0]
							 : NULL,
			change);
		break;
	}
}

void service_print_found(
	const struct service_view *view, enum options_format format)
{
	const struct service_known *known = view->known;
	struct service_text text;
	unsigned i;

	if (!service_text_read(view, &text))
		return;
	switch (format) {
	case FORMAT_TEXT:
		print_block(view, &text);
		break;
	case FORMAT_SHORT:
		print_short(view);
		break;
	case FORMAT_JSON:
		for (i = 0; i < known->target_count; i++)
			print_json(
				view, &text, &known->target[i], SERVICE_FOUND);
		if (known->target_count == 0)
			print_json(view, &text, NULL, SERVICE_FOUND);
		break;
	}
}
