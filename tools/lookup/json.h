/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON as mdns-lookup writes it: one object a line on standard output, each
 * with a "kind" that says which keys it has. mdns-lookup(1) lists the kinds and
 * their keys; what is there stays there, with the same meaning. */
#ifndef LOOKUP_JSON_H
#define LOOKUP_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "resolver/name.h"

/* {"kind": kind}. All of these take NULL, which is what there is when memory
 * ran out; json_end then says so instead of printing a part. One at a time. */
struct json_object *json_begin(const char *kind);

/* Text that is not well-formed UTF-8 has \DDD in the place of what is not. */
void json_put_text(
	struct json_object *object, const char *key, const char *text);
void json_put_bool(struct json_object *object, const char *key, bool value);
void json_put_number(
	struct json_object *object, const char *key, int64_t value);
/* Milliseconds with three digits behind the point. */
void json_put_msec(struct json_object *object, const char *key, uint64_t usec);
/* As mdns_name_print does it: spaces and UTF-8 as they are, dots inside of
 * labels escaped (RFC 6763 4.3), no dot at the end. */
void json_put_name(struct json_object *object, const char *key,
	const struct mdns_name *name);
/* The name of the link, or its number if it has gone. */
void json_put_link(struct json_object *object, uint32_t ifindex);
/* "IPv4" or "IPv6": "transport". */
void json_put_transport(struct json_object *object, uint8_t transport);
/* "time": the point of time (nanoseconds since 1970) as RFC 3339 in UTC with
 * microseconds. */
void json_put_time(struct json_object *object, int64_t realtime);
void json_put_now(struct json_object *object);
/* value becomes part of the object, or of the array. */
void json_put(
	struct json_object *object, const char *key, struct json_object *value);
void json_add(struct json_object *array, struct json_object *value);

/* Prints it and gives it back. */
void json_end(struct json_object *object);

#endif
