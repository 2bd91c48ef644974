/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON, a line for each object. */
#include "config.h"

#include "tools/lookup/json.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "resolver/answer.h"
#include "resolver/err.h"
#include "tools/lookup/print.h"

#define FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* There was no memory for a part of the object under way. */
static bool lost;

struct json_object *json_begin(const char *kind)
{
	struct json_object *object = json_object_new_object();

	lost = object == NULL;
	json_put_text(object, "kind", kind);
	return object;
}

void json_put(
	struct json_object *object, const char *key, struct json_object *value)
{
	if (object && value && json_object_object_add(object, key, value) == 0)
		return;
	lost = true;
	json_object_put(value);
}

void json_add(struct json_object *array, struct json_object *value)
{
	if (array && value && json_object_array_add(array, value) == 0)
		return;
	lost = true;
	json_object_put(value);
}

void json_put_text(
	struct json_object *object, const char *key, const char *text)
{
	size_t len = strlen(text);
	char *safe = malloc(len * 4 + 1);
	size_t used = 0;

	if (!safe) {
		lost = true;
		return;
	}
	while (len > 0) {
		const uint8_t *octet = (const uint8_t *)text;
		/* json-c writes \u for what is left of ASCII. */
		size_t size = *octet < 0x80 ? 1 : mdns_name_char(octet, len);

		if (size == 0) {
			used += (size_t)sprintf(safe + used, "\\%03u", *octet);
			size = 1;
		} else {
			memcpy(safe + used, text, size);
			used += size;
		}
		text += size;
		len -= size;
	}
	json_put(object, key, json_object_new_string_len(safe, (int)used));
	free(safe);
}

void json_put_bool(struct json_object *object, const char *key, bool value)
{
	json_put(object, key, json_object_new_boolean(value));
}

void json_put_number(struct json_object *object, const char *key, int64_t value)
{
	json_put(object, key, json_object_new_int64(value));
}

void json_put_msec(struct json_object *object, const char *key, uint64_t usec)
{
	char text[32];

	snprintf(text, sizeof(text), "%.3f", (double)usec / 1000.0);
	json_put(object, key,
		json_object_new_double_s((double)usec / 1000.0, text));
}

void json_put_name(struct json_object *object, const char *key,
	const struct mdns_name *name)
{
	char text[MDNS_NAME_TEXT_MAX];

	if (mdns_name_print(name, text, sizeof(text)) >= 0)
		json_put_text(object, key, text);
}

void json_put_link(struct json_object *object, uint32_t ifindex)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(ifindex, name))
		snprintf(name, sizeof(name), "%u", ifindex);
	json_put_text(object, "interface", name);
}

void json_put_transport(struct json_object *object, uint8_t transport)
{
	json_put_text(
		object, "transport", transport == MDNS_IPV6 ? "IPv6" : "IPv4");
}

void json_put_time(struct json_object *object, int64_t realtime)
{
	time_t seconds = (time_t)(realtime / 1000000000);
	char text[48];
	struct tm day;
	size_t used;

	gmtime_r(&seconds, &day);
	used = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &day);
	snprintf(text + used, sizeof(text) - used, ".%06uZ",
		(unsigned)(realtime / 1000 % 1000000));
	json_put_text(object, "time", text);
}

void json_put_now(struct json_object *object)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_put_time(object, (int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
}

void json_end(struct json_object *object)
{
	const char *text =
		lost ? NULL : json_object_to_json_string_ext(object, FLAGS);

	if (text)
		puts(text);
	else
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
	json_object_put(object);
}
