/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of tools/helper/names share: names on a querier and a virtual
 * clock. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tests/helper/names_world.h"

/* Taken from the heap for each request and freed as soon as it does not wait
 * any more, so that a sanitizer sees who still looks at it. */
struct waiting {
	struct asker asker;
	unsigned client;
};

static struct scene scene;
static const uint16_t types[MDNS_FAMILIES] = {A, AAAA};

/* ---- what the names call, and what is called in their stead ---- */

static void (*querier_changed)(void *context, uint32_t ifindex,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now);

static void changed(void *context, uint32_t ifindex, enum mdns_change change,
	const struct mdns_cached *record, mdns_time now)
{
	struct mdns_name name;

	mdns_rrset_name(record->set, &name);
	names_hear(&scene.names, &name);
	querier_changed(context, ifindex, change, record, now);
}

static bool keeps(void *context, const struct mdns_name *name)
{
	(void)context;
	return names_keeps(&scene.names, name);
}

static void release(struct client *client)
{
	free(client->waiting);
	client->waiting = NULL;
}

static void answered(void *context, struct asker *asker, int status,
	const struct mdns_answer *answer)
{
	struct scene *s = context;
	struct waiting *waiting = (struct waiting *)asker;
	unsigned number = waiting->client;
	struct client *client = &s->client[number];

	unit_assert(s == &scene);
	unit_assert(client->waiting == waiting);
	unit_assert(asker->name == NULL);
	unit_assert(s->w->now <= client->deadline);
	client->status = status;
	client->answer = *answer;
	client->at = s->w->now;
	release(client);
	if (s->also)
		s->also(s, number);
}

/* ---- the scene ---- */

struct scene *given_scene_of(uint32_t names, uint32_t waiting,
	uint32_t questions, const struct mdns_name *suffix)
{
	const struct mdns_querier_limits limits = {questions, {10000, 1 << 22}};
	const struct names_limits names_limits = {names, waiting};
	struct scene *s = &scene;
	struct mdns_memory memory;

	memset(s, 0, sizeof(*s));
	s->w = given_limits(1, &limits, suffix);
	querier_changed = s->w->querier.changed;
	s->w->querier.changed = changed;
	s->w->querier.keeps = keeps;
	memory = test_memory_of(&s->w->counted);
	mdns_settings_init(&s->settings);
	ck_assert_uint_eq(s->settings.total_ms, TOTAL_MS);
	ck_assert_uint_eq(s->settings.grace_ms, GRACE_MS);
	mdns_map_init(&s->map, calloc(1, MDNS_MAP_SIZE), MAP_ID);
	unit_assert(s->map.memory);
	names_init(&s->names, &s->w->querier, &s->map, &memory, &names_limits,
		&s->settings, answered, s);
	return s;
}

struct scene *given_scene(void)
{
	struct scene *s = given_scene_of(100, 100, 1000, NULL);

	given_link(s->w, LINK, 1452, false);
	return s;
}

struct host *given_host(struct scene *s, const char *name)
{
	struct host *host = &s->host[s->hosts++];

	unit_assert(s->hosts <= HOSTS_MAX);
	memset(host, 0, sizeof(*host));
	host->name = name;
	host->due = MDNS_TIME_NEVER;
	return host;
}

struct host *given_both(struct scene *s, const char *name, uint32_t ttl)
{
	struct host *host = given_host(s, name);

	host->address[MDNS_IPV4] = "10.0.0.1";
	host->address[MDNS_IPV6] = "fd00::1";
	host->ttl[MDNS_IPV4] = host->ttl[MDNS_IPV6] = ttl;
	return host;
}

void then_nothing_is_left(struct scene *s)
{
	unsigned i;

	s->also = NULL;
	for (i = 0; i < s->clients; i++)
		s->client[i].deadline = 0; /* nobody is told any more */
	names_close(&s->names);
	ck_assert_uint_eq(s->names.waiting, 0);
	ck_assert_uint_eq(s->map.count, 0);
	ck_assert_uint_eq(s->w->querier.standing.count, 0);
	for (i = 0; i < s->clients; i++)
		release(&s->client[i]);
	then_all_is_given_back(s->w);
	free(s->map.memory);
}

/* ---- hosts ---- */

static void see_packet(struct scene *s, const struct packet *packet)
{
	unsigned i, family;

	for (i = 0; i < s->hosts; i++) {
		struct host *host = &s->host[i];
		bool asked = false;

		if (host->away || packet->ifindex != LINK)
			continue;
		for (family = 0; family < MDNS_FAMILIES; family++)
			if (packet_asks(packet, host->name, types[family])) {
				host->wanted[family] = true;
				asked = true;
			}
		if (host->pointer && packet_asks(packet, host->name, PTR))
			asked = true;
		if (asked && host->due == MDNS_TIME_NEVER)
			host->due = packet->at + MDNS_MSEC;
	}
}

static void deny(
	const struct host *host, struct unit_message *m, unsigned family)
{
	static const uint16_t only_aaaa[] = {AAAA, 0}, none[] = {TXT, 0};

	unit_message_nsec(m, MDNS_SECTION_ANSWER, host->name,
		host->address[!family] ? (family ? only_a : only_aaaa) : none,
		host->denial_ttl);
}

static void answer_of_host(struct scene *s, struct host *host)
{
	struct unit_message m;
	bool denied = false, any = false;
	unsigned family;

	host->due = MDNS_TIME_NEVER;
	host->asked++;
	unit_message_init(&m, 0, 0x8400);
	for (family = 0; family < MDNS_FAMILIES; family++) {
		bool wanted = host->wanted[family] || host->additional;

		host->wanted[family] = false;
		if (host->alias || host->pointer)
			continue;
		if (host->address[family] && wanted) {
			unit_message_address(&m, MDNS_SECTION_ANSWER,
				host->name, host->address[family],
				host->ttl[family]);
			any = true;
		} else if (!host->address[family] && host->denial_ttl > 0 &&
			   wanted && !denied) {
			deny(host, &m, family);
			denied = any = true;
		}
	}
	if (host->alias || host->pointer) {
		unit_message_name(&m, MDNS_SECTION_ANSWER, host->name,
			host->alias ? CNAME : PTR,
			host->alias ? host->alias : host->pointer,
			host->ttl[0]);
		any = true;
	}
	if (any)
		when_heard(s, &m);
}

static mdns_time hosts_due(const struct scene *s)
{
	mdns_time due = MDNS_TIME_NEVER;
	unsigned i;

	for (i = 0; i < s->hosts; i++)
		if (s->host[i].due < due)
			due = s->host[i].due;
	return due;
}

/* ---- time ---- */

void settle(struct scene *s)
{
	mdns_querier_expire(&s->w->querier, s->w->now);
	names_expire(&s->names, s->w->now);
	unit_assert(names_expiry(&s->names) > s->w->now);
	when_writing(s->w);
	if (s->seen > s->w->packets) /* they were forgotten */
		s->seen = 0;
	for (; s->seen < s->w->packets; s->seen++)
		see_packet(s, &s->w->packet[s->seen]);
}

static mdns_time due_next(const struct scene *s)
{
	mdns_time querier = mdns_querier_expiry(&s->w->querier);
	mdns_time names = names_expiry(&s->names), hosts = hosts_due(s);
	mdns_time due = querier < names ? querier : names;

	return due < hosts ? due : hosts;
}

void when_time_is(struct scene *s, mdns_time then)
{
	unit_assert(then >= s->w->now);
	for (;;) {
		mdns_time due = due_next(s);
		unsigned i;

		if (due > then)
			break;
		if (due > s->w->now)
			s->w->now = due;
		for (i = 0; i < s->hosts; i++)
			if (s->host[i].due <= s->w->now)
				answer_of_host(s, &s->host[i]);
		settle(s);
		/* Or a driver would never sleep again. */
		unit_assert(due_next(s) > s->w->now);
	}
	s->w->now = then;
}

void after_ms(struct scene *s, int64_t ms)
{
	when_time_is(s, s->w->now + ms * MDNS_MSEC);
}

static int64_t ms_of(mdns_time at)
{
	return (at - START) / MDNS_MSEC;
}

int64_t now_ms(const struct scene *s)
{
	return ms_of(s->w->now);
}

/* ---- clients ---- */

unsigned ask_only(
	struct scene *s, const struct mdns_name *name, mdns_time deadline)
{
	struct client *client = &s->client[s->clients];
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	mdns_time limit = s->w->now + s->names.total;

	unit_assert(waiting && s->clients < CLIENTS_MAX);
	memset(client, 0, sizeof(*client));
	waiting->client = s->clients;
	client->waiting = waiting;
	client->deadline = deadline == 0 || deadline > limit ? limit : deadline;
	if (client->deadline < s->w->now)
		client->deadline = s->w->now;
	client->result = names_ask(&s->names, name, s->w->now, deadline,
		&waiting->asker, &client->status, &client->answer);
	unit_assert(client->result <= 1);
	if (client->result != 0) {
		unit_assert(!waiting->asker.name);
		client->at_once = true;
		client->at = s->w->now;
		release(client);
	}
	return s->clients++;
}

unsigned when_asked(struct scene *s, const char *text)
{
	struct mdns_name name = unit_name(text);
	unsigned client = ask_only(s, &name, 0);

	settle(s);
	return client;
}

unsigned when_asked_until(struct scene *s, const char *text, int64_t ms)
{
	struct mdns_name name = unit_name(text);
	unsigned client = ask_only(s, &name, s->w->now + ms * MDNS_MSEC);

	settle(s);
	return client;
}

void when_canceled(struct scene *s, unsigned client)
{
	struct waiting *waiting = s->client[client].waiting;

	unit_assert(waiting);
	names_cancel(&s->names, &waiting->asker);
	unit_assert(!waiting->asker.name);
	names_cancel(&s->names, &waiting->asker); /* it does no harm */
	release(&s->client[client]);
	s->client[client].status = MDNS_ERR_NAME;
}

/* ---- what is heard ---- */

void when_heard_on(
	struct scene *s, uint32_t ifindex, const struct unit_message *m)
{
	struct mdns_origin origin = from_group;

	origin.ifindex = ifindex;
	hear_from(s->w, &origin, m);
	settle(s);
}

void when_heard(struct scene *s, const struct unit_message *m)
{
	when_heard_on(s, LINK, m);
}

void when_address_on(struct scene *s, uint32_t ifindex, const char *text,
	const char *address, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_address(&m, MDNS_SECTION_ANSWER, text, address, ttl);
	when_heard_on(s, ifindex, &m);
}

void when_address(
	struct scene *s, const char *text, const char *address, uint32_t ttl)
{
	when_address_on(s, LINK, text, address, ttl);
}

void when_alias(
	struct scene *s, const char *text, const char *target, uint32_t ttl)
{
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	unit_message_name(&m, MDNS_SECTION_ANSWER, text, CNAME, target, ttl);
	when_heard(s, &m);
}

void when_link(struct scene *s, uint32_t ifindex)
{
	given_link(s->w, ifindex, 1452, false);
	names_retry(&s->names, s->w->now);
	settle(s);
}

void when_no_link(struct scene *s, uint32_t ifindex)
{
	mdns_querier_drop_link(&s->w->querier, ifindex, s->w->now);
	settle(s);
}

/* ---- what came of it ---- */

static const char *addresses_text(const struct mdns_answer *answer)
{
	static char text[MDNS_ADDRESSES_MAX * 64];
	size_t len = 0;
	unsigned i;

	for (i = 0; i < answer->count; i++) {
		const struct mdns_address *address = &answer->address[i];
		char one[INET6_ADDRSTRLEN];

		unit_assert(inet_ntop(
			address->family == MDNS_IPV4 ? AF_INET : AF_INET6,
			address->bytes, one, sizeof(one)));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
			len ? " " : "", one);
		if (strncmp(one, "fe80:", 5) == 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				"%%%u", address->ifindex);
	}
	return text;
}

const char *answer_text(int status, const struct mdns_answer *answer)
{
	static char text[MDNS_NAME_TEXT_MAX];

	switch (status) {
	case 0:
		if (answer->count > 0)
			return addresses_text(answer);
		unit_assert(answer->name.len > 0);
		mdns_name_print(&answer->name, text, sizeof(text));
		return text;
	case MDNS_ERR_NAME:
		return "canceled";
	case MDNS_ERR_NOT_FOUND:
		return "not found";
	case MDNS_ERR_PASS_ON:
		return "pass on";
	case MDNS_ERR_NO_DATA:
		return "no data";
	case MDNS_ERR_NO_LINK:
		return "no link";
	default:
		return "?";
	}
}

const char *told(const struct scene *s, unsigned number)
{
	const struct client *client = &s->client[number];

	unit_assert(number < s->clients);
	if (client->waiting)
		return "waits";
	if (client->result == MDNS_ERR_RESOURCE)
		return "refused";
	if (client->result == MDNS_ERR_NOT_OURS)
		return "not ours";
	return answer_text(client->status, &client->answer);
}

int64_t told_ms(const struct scene *s, unsigned number)
{
	unit_assert(!s->client[number].waiting);
	return ms_of(s->client[number].at);
}

const char *map_says_at(const struct scene *s, const char *text, mdns_time at)
{
	struct mdns_name name = unit_name(text);
	struct mdns_answer answer;
	int status;

	if (!mdns_map_find(s->map.memory, MAP_ID, &name, at, &status, &answer))
		return "-";
	return answer_text(status, &answer);
}

const char *map_says(const struct scene *s, const char *text)
{
	return map_says_at(s, text, s->w->now);
}

const char *known(struct scene *s, const char *text)
{
	unsigned packets = s->w->packets;
	unsigned client = when_asked(s, text);

	ck_assert(s->client[client].at_once);
	ck_assert_uint_eq(s->w->packets, packets);
	return told(s, client);
}
