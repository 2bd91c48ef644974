/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: names and records of DNS-SD. The first octet says what the rest
 * is: an instance as people type it, a name, TXT or SRV. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/service.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "service";

#define INSTANCE_MAX (64 * 4)

static size_t add(char *text, size_t len, const char *more, size_t size)
{
	memcpy(text + len, more, size);
	return len + size;
}

/* An instance that is shown is read again as the same name, unless it has to be
 * escaped: people type a backslash for itself. */
static void check_shown(const struct mdns_name *service_name,
	const struct mdns_service *service, const char *shown, size_t len)
{
	char text[INSTANCE_MAX + 1 + MDNS_NAME_TEXT_MAX];
	struct mdns_name rest, again;
	int n;

	if (service->instance == 0 || memchr(shown, '\\', len))
		return;
	rest.len = (uint16_t)(service_name->len - service->instance);
	memcpy(rest.wire, service_name->wire + service->instance, rest.len);
	add(text, add(text, 0, shown, len), ".", 1);
	n = mdns_name_print(&rest, text + len + 1, MDNS_NAME_TEXT_MAX);
	FUZZ_CHECK(n > 0);
	len += 1 + (size_t)n;
	if (len >= MDNS_NAME_TEXT_MAX)
		return;
	/* The last type in it counts, so a domain must not look like one. */
	if (mdns_service_parse(text, len, &rest, &again) == 0) {
		struct mdns_service other;

		FUZZ_CHECK(mdns_service_split(&again, &other) == 0);
		if (other.instance == service->instance &&
			rest.wire[service->domain - service->instance] != 0)
			FUZZ_CHECK(fuzz_same_octets(service_name, &again));
	}
}

static void check_split(const struct mdns_name *name)
{
	struct mdns_service service, untouched;
	char text[INSTANCE_MAX], tight[INSTANCE_MAX];
	int n, r;

	memset(&service, 0xee, sizeof(service));
	untouched = service;
	r = mdns_service_split(name, &service);
	n = mdns_service_print_instance(name, text, sizeof(text));
	FUZZ_CHECK(n >= 0 && n < INSTANCE_MAX && text[n] == '\0');
	FUZZ_CHECK(mdns_service_print_instance(name, tight, (size_t)n) ==
		   MDNS_ERR_SPACE);
	FUZZ_CHECK(
		mdns_service_print_instance(name, tight, (size_t)n + 1) == n);
	if (r < 0) {
		FUZZ_CHECK(r == MDNS_ERR_NAME && n == 0);
		FUZZ_CHECK(memcmp(&service, &untouched, sizeof(service)) == 0);
		return;
	}
	FUZZ_CHECK(service.domain ==
		   service.instance + service.subtype + service.type);
	FUZZ_CHECK(service.domain < name->len && service.type > 0);
	FUZZ_CHECK(service.instance == 0 || service.subtype == 0);
	FUZZ_CHECK(
		service.instance == 0 || service.instance == name->wire[0] + 1);
	FUZZ_CHECK((service.instance > 0) == (n > 0));
	FUZZ_CHECK(name->wire[service.instance + service.subtype + 1] == '_');
	mdns_service_fault(name, &service);
	check_shown(name, &service, text, (size_t)n);
}

static void from_text(const uint8_t *data, size_t size)
{
	static const struct mdns_name local = {7, "\5local"};
	struct mdns_name name = {.len = 0xeeee};
	int r = mdns_service_parse((const char *)data, size, &local, &name);

	if (r < 0) {
		FUZZ_CHECK(r == MDNS_ERR_NAME && name.len == 0xeeee);
		return;
	}
	fuzz_check_name(&name);
	check_split(&name);
}

static bool same_key(const char *a, const char *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		char x = a[i], y = b[i];

		if (x >= 'A' && x <= 'Z')
			x = (char)(x + 32);
		if (y >= 'A' && y <= 'Z')
			y = (char)(y + 32);
		if (x != y)
			return false;
	}
	return true;
}

static void from_txt(const uint8_t *data, size_t size)
{
	struct mdns_txt_pair pair, seen[64];
	size_t pos = 0, last = 0;
	unsigned pairs = 0, i;

	while (mdns_txt_next(data, size, &pos, &pair)) {
		const uint8_t *key = (const uint8_t *)pair.key;

		FUZZ_CHECK(pos > last && pos <= size);
		FUZZ_CHECK(pair.key_len > 0 && key > data + last);
		FUZZ_CHECK(key + pair.key_len <= data + pos);
		FUZZ_CHECK(!memchr(key, '=', pair.key_len));
		FUZZ_CHECK(pair.value ? pair.value == key + pair.key_len + 1
				      : pair.value_len == 0);
		FUZZ_CHECK(!pair.value ||
			   pair.value + pair.value_len == data + pos);
		for (i = 0; i < pairs; i++)
			FUZZ_CHECK(
				seen[i].key_len != pair.key_len ||
				!same_key(seen[i].key, pair.key, pair.key_len));
		mdns_txt_is_text(&pair);
		if (pairs < 64)
			seen[pairs++] = pair;
		last = pos;
	}
	for (pos = 0; pos < size && size - pos > data[pos];)
		pos += data[pos] + 1u;
	FUZZ_CHECK(mdns_txt_is_whole(data, size) == (pos == size));
}

static void from_srv(const uint8_t *data, size_t size)
{
	struct mdns_srv srv, other = {.priority = 1, .weight = 1};
	struct mdns_name name;
	bool good = size >= 7 &&
		    mdns_name_from_wire(data + 6, size - 6, &name) == 0;

	FUZZ_CHECK((mdns_srv_read(data, size, &srv) == 0) == good);
	if (!good)
		return;
	FUZZ_CHECK(fuzz_same_octets(&name, &srv.target));
	FUZZ_CHECK(srv.port == (data[4] << 8 | data[5]));
	FUZZ_CHECK(mdns_srv_compare(&srv, &srv) == 0);
	FUZZ_CHECK(mdns_srv_compare(&srv, &other) ==
		   -mdns_srv_compare(&other, &srv));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mdns_name name;
	uint8_t kind;

	if (size == 0)
		return 0;
	kind = *data++ & 3;
	size--;
	if (kind == 0)
		from_text(data, size);
	else if (kind == 1 && mdns_name_from_wire(data, size, &name) == 0)
		check_split(&name);
	else if (kind == 2)
		from_txt(data, size);
	else if (kind == 3)
		from_srv(data, size);
	return 0;
}
