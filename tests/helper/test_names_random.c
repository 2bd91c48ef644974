/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/names: anything in any order, against a model of what
 * has been said on which link and for how long. */
#include <stdio.h>
#include <string.h>

#include "resolver/gather.h"
#include "tests/helper/names_world.h"

#define SEEDS 200
#define STEPS 2000
#define LINKS 2
#define VALUES 3 /* addresses of a family that a name may have */
#define REVERSE "7.1.254.169.in-addr.arpa"

enum { PLAIN = 4, ALIASES = 2, NAMES = PLAIN + ALIASES + 2 };

static const char *const names[NAMES] = {"n0.local", "N1.local",
	"deep.n2.local", "n3.local", "w0.local", "w1.local", REVERSE,
	"nobody.local"};
static const char *const targets[] = {"n0.local", "n1.local", "w0.local"};
static const char *const values[MDNS_FAMILIES][VALUES] = {
	{"10.0.0.0", "10.0.0.1", "169.254.0.2"},
	{"fd00::", "fe80::1", "fd00::2"},
};

/* Until when what was said may be told, and when it was said. */
struct said {
	mdns_time until, at;
};

static struct said said[LINKS][PLAIN][MDNS_FAMILIES][VALUES];
static bool link_is[LINKS];
static unsigned asked_name[CLIENTS_MAX];
static struct scene *scene;
static uint64_t state;

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

static uint32_t ifindex_of(unsigned link)
{
	return link == 0 ? LINK : OTHER_LINK;
}

/* ---- what must be true ---- */

static bool may_be_told(
	unsigned name, const struct mdns_address *address, mdns_time now)
{
	unsigned value, link;

	for (value = 0; value < VALUES; value++) {
		uint8_t bytes[16];

		unit_address(values[address->family][value], bytes);
		if (memcmp(bytes, address->bytes, 16) != 0)
			continue;
		for (link = 0; link < LINKS; link++)
			if (said[link][name][address->family][value].until >
					now &&
				address->ifindex == ifindex_of(link))
				return true;
	}
	return false;
}

/* Somebody has said each address of just that name. Of an alias each link may
 * say something else, so that there any of the names will do. */
static void judge_answer(unsigned name, const struct mdns_answer *answer)
{
	unsigned i, other;

	unit_assert(answer->count == 0 || name < PLAIN + ALIASES);
	for (i = 0; i < answer->count; i++) {
		bool said_so = false;

		for (other = 0; other < PLAIN; other++)
			if (other == name || name >= PLAIN)
				said_so |= may_be_told(other,
					&answer->address[i], scene->w->now);
		unit_assert(said_so);
	}
}

/* What the map has is what the caches have, no more and no less. */
static void judge_map(unsigned name)
{
	struct mdns_name text = unit_name(names[name]);
	mdns_time now = scene->w->now;
	struct mdns_gathered gathered;
	struct mdns_answer answer;
	int status;
	bool known;

	if (!mdns_map_find(
		    scene->map.memory, MAP_ID, &text, now, &status, &answer))
		return;
	unit_assert(names_are_fresh(&scene->names, now));
	unit_assert(names_keeps(&scene->names, &text));
	known = mdns_gather(&scene->w->querier, &text,
		strcmp(names[name], REVERSE) == 0, now, &gathered);
	if (status == 0 && answer.count == 0) {
		unit_assert(
			mdns_name_equal(&answer.name, &gathered.answer.name));
	} else if (status == 0) {
		unit_assert(answer.count == gathered.answer.count);
		/* A second before the end, it may not know yet. */
		unit_assert(answer.ttl == gathered.answer.ttl ||
			    gathered.answer.ttl <= 1);
		unit_assert(memcmp(answer.presence, gathered.answer.presence,
				    sizeof(answer.presence)) == 0);
		for (unsigned i = 0; i < answer.count; i++)
			unit_assert(memcmp(answer.address[i].bytes,
					    gathered.answer.address[i].bytes,
					    16) == 0);
		judge_answer(name, &answer);
	} else if (status == MDNS_ERR_NO_DATA) {
		/* What denied one family may have gone since. */
		unit_assert(gathered.answer.count == 0);
	} else {
		/* At most it is known of what it is an alias. */
		unit_assert(!known || gathered.alias.len > 0);
	}
}

static void judge_all(void)
{
	unsigned i;

	for (i = 0; i < NAMES; i++)
		judge_map(i);
	unit_assert(scene->names.table.count <= scene->names.limits.names);
	unit_assert(scene->map.count <= scene->names.table.count);
}

static void judge_client(struct scene *s, unsigned number)
{
	const struct client *client = &s->client[number];

	if (client->status == 0)
		judge_answer(asked_name[number], &client->answer);
	else
		unit_assert(client->answer.count == 0);
	unit_assert(client->status != MDNS_ERR_NO_LINK || !s->w->querier.links);
}

/* ---- what happens ---- */

static void say_address(unsigned link)
{
	static const uint32_t ttls[] = {0, 0, 1, 5, 10, 120, 4500};
	unsigned name = below(PLAIN), family = below(MDNS_FAMILIES);
	unsigned value = below(VALUES), i;
	uint32_t ttl = ttls[below(ROWS(ttls))];
	struct said *set = said[link][name][family];
	mdns_time now = scene->w->now;

	for (i = 0; i < VALUES && ttl > 0; i++)
		if (i != value && set[i].at < now - MDNS_SEC &&
			set[i].until > now + MDNS_SEC)
			set[i].until = now + MDNS_SEC;
	if (ttl > 0) {
		set[value].until = now + ttl * MDNS_SEC;
		set[value].at = now;
	} else if (set[value].until > now + MDNS_SEC) {
		set[value].until = now + MDNS_SEC;
	}
	when_address_on(scene, ifindex_of(link), names[name],
		values[family][value], ttl);
}

static void say_something_else(unsigned link)
{
	static const uint16_t only_aaaa[] = {AAAA, 0}, none[] = {TXT, 0};
	static const uint16_t *const has[] = {only_a, only_aaaa, none};
	static const uint32_t ttls[] = {0, 2, 10, 120};
	uint32_t ttl = ttls[below(ROWS(ttls))];
	struct unit_message m;

	unit_message_init(&m, 0, 0x8400);
	switch (below(4)) {
	case 0:
		unit_message_nsec(&m, MDNS_SECTION_ANSWER, names[below(PLAIN)],
			has[below(ROWS(has))], ttl);
		break;
	case 1:
		unit_message_name(&m, MDNS_SECTION_ANSWER, "w0.local", CNAME,
			targets[below(2)], ttl);
		break;
	case 2:
		unit_message_name(&m, MDNS_SECTION_ANSWER, "w1.local", CNAME,
			targets[below(3)], ttl);
		break;
	default:
		unit_message_name(&m, MDNS_SECTION_ANSWER, REVERSE, PTR,
			names[below(PLAIN)], ttl);
		break;
	}
	when_heard_on(scene, ifindex_of(link), &m);
}

static void ask_something(void)
{
	unsigned index = below(NAMES), client;
	struct mdns_name name = unit_name(names[index]);
	mdns_time deadline = 0;

	if (scene->clients == CLIENTS_MAX)
		return;
	asked_name[scene->clients] = index;
	if (below(3) == 0)
		deadline = scene->w->now + below(2000) * MDNS_MSEC;
	client = ask_only(scene, &name, deadline);
	if (scene->client[client].result == 1)
		judge_client(scene, client);
	settle(scene);
}

static void cancel_something(void)
{
	unsigned i, from = scene->clients > 20 ? scene->clients - 20 : 0;

	for (i = from; i < scene->clients; i++)
		if (scene->client[i].waiting && below(2) == 0)
			when_canceled(scene, i);
	settle(scene);
}

static void change_link(unsigned link)
{
	unsigned choice = below(3);

	/* A new link has no past; see judge_question. */
	forget_packets(scene->w);
	memset(said[link], 0, sizeof(said[link]));
	link_is[link] = choice > 0;
	if (link_is[link])
		when_link(scene, ifindex_of(link));
	else
		when_no_link(scene, ifindex_of(link));
}

static void pass_time(void)
{
	static const int64_t most_ms[] = {5, 150, 1500, 8000, 100000};
	int64_t most = most_ms[below(ROWS(most_ms))];

	after_ms(scene, below((unsigned)most));
	settle(scene);
}

static void step(void)
{
	unsigned link = below(LINKS), choice = below(200);

	if (scene->w->packets > PACKETS_MAX / 2)
		forget_packets(scene->w);
	if (choice < 60) {
		ask_something();
	} else if (choice < 70) {
		cancel_something();
	} else if (choice < 110 && link_is[link]) {
		say_address(link);
	} else if (choice < 125 && link_is[link]) {
		say_something_else(link);
	} else if (choice == 125) {
		change_link(link);
	} else if (choice == 126) {
		names_flush(&scene->names, scene->w->now);
		settle(scene);
	} else {
		pass_time();
	}
	judge_all();
}

static uint64_t at_once, answers, joined, evicted; /* of all lives */

static void live(uint64_t seed)
{
	unsigned i;

	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	memset(said, 0, sizeof(said));
	scene = given_scene_of(2 + below(12), 1000, 1000, NULL);
	scene->also = judge_client;
	given_link(scene->w, LINK, 1452, false);
	link_is[0] = true;
	link_is[1] = false;
	for (i = 0; i < STEPS; i++)
		step();
	/* Nobody asks any more: everybody is told, and nothing is left. */
	after_ms(scene, TOTAL_MS);
	for (i = 0; i < scene->clients; i++) {
		unit_assert(!scene->client[i].waiting);
		at_once += scene->client[i].at_once;
		answers += scene->client[i].status == 0;
	}
	unit_assert(scene->names.waiting == 0);
	joined += scene->names.joined;
	evicted += scene->names.evicted;
	unit_assert(scene->names.hits + scene->names.asked +
			    scene->names.joined + scene->names.refused ==
		    scene->clients);
	for (i = 0; i < 100; i++) {
		after_ms(scene, 90000);
		forget_packets(scene->w);
	}
	unit_assert(scene->names.table.count == 0);
	unit_assert(scene->map.count == 0);
	unit_assert(names_expiry(&scene->names) == MDNS_TIME_NEVER);
	unit_assert(!names_are_fresh(&scene->names, scene->w->now));
	then_nothing_is_left(scene);
}

START_TEST(test_lives)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		live(seed);
	/* They were worth living. */
	ck_assert_uint_gt(at_once, 50 * SEEDS);
	ck_assert_uint_gt(answers, 50 * SEEDS);
	ck_assert_uint_gt(joined, 10 * SEEDS);
	ck_assert_uint_gt(evicted, 10 * SEEDS);
}
END_TEST

/* The same, and it ends in the middle of it all. */
START_TEST(test_sudden_ends)
{
	for (uint64_t seed = 1000; seed < 1200; seed++) {
		state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
		memset(said, 0, sizeof(said));
		scene = given_scene_of(2 + below(12), 1000, 1000, NULL);
		scene->also = judge_client;
		given_link(scene->w, LINK, 1452, false);
		link_is[0] = true;
		link_is[1] = false;
		for (unsigned i = 0, end = below(300); i < end; i++)
			step();
		then_nothing_is_left(scene);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("names_random");
	TCase *t = tcase_create("names_random");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_lives);
	tcase_add_test(t, test_sudden_ends);
	suite_add_tcase(suite, t);
	return suite;
}
