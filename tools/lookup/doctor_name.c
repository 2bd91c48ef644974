/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the network says about the name that names are not found by: who answers
 * for it, with what, and what is odd about that. */
#include "config.h"

#include "tools/lookup/doctor_name.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "resolver/zone.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/doctor_said.h"
#include "tools/lookup/print.h"

#define LIST_MAX 400 /* of a finding's text */
#define REMEDY_MAX (MDNS_NAME_TEXT_MAX + 80)

/* Announcements live for 120 s or 75 min (RFC 6762 10), replies to a one-shot
 * for 10 s (6.7). */
#define TTL_SHORT 10
#define TTL_LONG 86400

#define NAMES_MAX 4 /* of one address */

static struct mdns_answer addresses;
static struct mdns_name names[NAMES_MAX];
static unsigned name_count;
static struct said_all first_said;

struct said_all *doctor_name_said(void)
{
	return &first_said;
}

const struct mdns_answer *doctor_name_addresses(void)
{
	return &addresses;
}

unsigned doctor_name_count(void)
{
	return name_count;
}

bool doctor_name_is(const char *host)
{
	struct mdns_name name;
	unsigned i;

	if (mdns_name_parse(host, strlen(host), &name) < 0)
		return false;
	for (i = 0; i < name_count; i++)
		if (mdns_name_equal(&names[i], &name))
			return true;
	return false;
}

struct look {
	struct doctor *doctor;
	char text[MDNS_NAME_TEXT_MAX]; /* of the name */
	struct said_all *said;
};

static const char *transport_text(unsigned transport)
{
	return transport == MDNS_IPV6 ? "IPv6" : "IPv4";
}

static const char *where_text(const struct look *look)
{
	return look->said->links.count > 1 ? "any interface"
					   : look->said->links.link[0].name;
}

/* --- answers --- */

static bool said_before(const struct look *look, unsigned index)
{
	const struct said *said = &look->said->said[index];
	unsigned i;

	for (i = 0; i < index; i++)
		if (look->said->said[i].ifindex == said->ifindex &&
			look->said->said[i].type == said->type &&
			strcmp(look->said->said[i].data, said->data) == 0)
			return true;
	return false;
}

/* "A 10.0.0.2, AAAA fd00::2" */
static void list_data(
	const struct look *look, const struct mdns_link *link, char *buf)
{
	size_t used = 0;
	unsigned i;

	buf[0] = '\0';
	for (i = 0; i < look->said->count && used < LIST_MAX; i++) {
		const struct said *said = &look->said->said[i];

		if (said->ifindex != link->ifindex || said_before(look, i))
			continue;
		used += (size_t)snprintf(buf + used, LIST_MAX - used, "%s%s %s",
			used > 0 ? ", " : "",
			said->type == MDNS_TYPE_A      ? "A"
			: said->type == MDNS_TYPE_AAAA ? "AAAA"
						       : "PTR",
			said->data);
	}
}

static void say_link(struct look *look, const struct mdns_link *link)
{
	uint32_t soonest = UINT32_MAX;
	bool over[MDNS_FAMILIES] = {false, false};
	char list[LIST_MAX];
	unsigned i;

	for (i = 0; i < look->said->count; i++) {
		const struct said *said = &look->said->said[i];

		if (said->ifindex != link->ifindex)
			continue;
		over[said->transport] = true;
		if (said->usec < soonest)
			soonest = said->usec;
	}
	if (soonest == UINT32_MAX)
		return;
	list_data(look, link, list);
	doctor_say(look->doctor, DOCTOR_GOOD, "name-answers", NULL,
		"%s answers on %s over %s after %.2f ms: %s", look->text,
		link->name,
		over[MDNS_IPV4] && over[MDNS_IPV6] ? "IPv4 and IPv6"
		: over[MDNS_IPV4]                  ? "IPv4"
						   : "IPv6",
		soonest / 1000.0, list);
}

static void say_answers(struct look *look)
{
	unsigned i;

	for (i = 0; i < look->said->links.count; i++)
		say_link(look, &look->said->links.link[i]);
}

/* --- families --- */

static bool has_type(const struct look *look, uint16_t type)
{
	unsigned i;

	for (i = 0; i < look->said->count; i++)
		if (look->said->said[i].type == type)
			return true;
	return false;
}

/* Over both transports of the only link: then nobody waits, see
 * resolver/direct.h. Programs ask on all links, whatever -i says. */
static bool is_told_by_both(const struct look *look)
{
	return look->said->links.count == 1 &&
	       look->doctor->options->only_count == 0 &&
	       look->said->told == (1u << MDNS_IPV4 | 1u << MDNS_IPV6);
}

static void check_families(struct look *look)
{
	static const uint16_t types[MDNS_FAMILIES] = {
		MDNS_TYPE_A, MDNS_TYPE_AAAA};
	unsigned family;

	for (family = 0; family < MDNS_FAMILIES; family++)
		if (has_type(look, types[family]))
			continue;
		else if (look->said->denied[family])
			doctor_say(look->doctor, DOCTOR_GOOD, "name-family",
				NULL,
				"%s says that it has no %s address (NSEC), so "
				"nobody waits for one",
				look->text, transport_text(family));
		else if (is_told_by_both(look))
			doctor_say(look->doctor, DOCTOR_GOOD, "name-family",
				NULL,
				"%s has no %s address; nobody waits for one, "
				"as it answers over IPv4 and IPv6",
				look->text, transport_text(family));
		else
			doctor_say(look->doctor, DOCTOR_NOTE, "name-family",
				NULL,
				"%s has no %s address and does not say so by "
				"an NSEC record: lookups wait %u ms for it",
				look->text, transport_text(family),
				look->doctor->settings->grace_ms);
}

static void check_link_local(struct look *look)
{
	unsigned i;

	/* An IPv4 address has zeros behind it, and never begins so. */
	for (i = 0; i < look->said->count; i++)
		if (!mdns_zone_address_needs_scope(
			    look->said->said[i].rdata, 16))
			return;
	doctor_say(look->doctor, DOCTOR_NOTE, "name-link-local", NULL,
		"%s has link-local IPv6 addresses only: programs that do not "
		"keep the interface with the address cannot connect",
		look->text);
}

/* --- one name, two hosts --- */

static bool is_same_host(const struct said *a, const struct said *b)
{
	return a->ifindex == b->ifindex && a->transport == b->transport &&
	       memcmp(a->source, b->source, 16) == 0;
}

/* Does the host of b say what a says? */
static bool agrees(
	const struct look *look, const struct said *a, const struct said *b)
{
	unsigned i;

	for (i = 0; i < look->said->count; i++) {
		const struct said *said = &look->said->said[i];

		if (is_same_host(said, b) && said->type == a->type &&
			strcmp(said->data, a->data) == 0)
			return true;
	}
	return false;
}

/* Each says something of the same type that the other does not. What a host
 * says on another link or over the other transport may well be less. */
static bool are_two(
	const struct look *look, const struct said *a, const struct said *b)
{
	return a->ifindex == b->ifindex && a->transport == b->transport &&
	       a->type == b->type && !is_same_host(a, b) &&
	       !agrees(look, a, b) && !agrees(look, b, a);
}

static void check_duplicate(struct look *look)
{
	char one[INET6_ADDRSTRLEN], other[INET6_ADDRSTRLEN];
	const struct said *said = look->said->said;
	unsigned i, j;

	for (i = 0; i < look->said->count; i++)
		for (j = 0; j < i; j++) {
			if (!are_two(look, &said[i], &said[j]))
				continue;
			said_print_source(said[j].transport, said[j].source,
				one, sizeof(one));
			said_print_source(said[i].transport, said[i].source,
				other, sizeof(other));
			doctor_say(look->doctor, DOCTOR_BAD, "name-duplicate",
				NULL,
				"two hosts on %s call themselves %s (or one "
				"that is plugged in twice): %s says %s, and %s "
				"says %s; rename one of them",
				said_link_name(look->said, said[i].ifindex),
				look->text, one, said[j].data, other,
				said[i].data);
			return;
		}
}

/* --- oddities of records --- */

static void say_ttl(struct look *look, const struct said *said)
{
	char source[INET6_ADDRSTRLEN];

	said_print_source(
		said->transport, said->source, source, sizeof(source));
	if (said->ttl >= TTL_LONG)
		doctor_say(look->doctor, DOCTOR_NOTE, "name-ttl", NULL,
			"%s lets caches keep %s for %u hours (TTL %u s, usual "
			"are 120): a change of address is noticed late",
			source, look->text, said->ttl / 3600, said->ttl);
	else
		doctor_say(look->doctor, DOCTOR_NOTE, "name-ttl", NULL,
			"%s lets caches keep %s for only %u s (usual are "
			"120): it is asked for all the time",
			source, look->text, said->ttl);
}

static void check_ttl(struct look *look)
{
	unsigned i;

	for (i = 0; i < look->said->count; i++) {
		const struct said *said = &look->said->said[i];

		if (said->ttl < TTL_LONG &&
			(said->ttl >= TTL_SHORT ||
				said->way == MDNS_WAY_ONE_SHOT))
			continue;
		say_ttl(look, said);
		return;
	}
}

/* RFC 6762 10.2; a reply to a one-shot must not have it (6.7). */
static void check_cache_flush(struct look *look)
{
	char source[INET6_ADDRSTRLEN];
	unsigned i;

	for (i = 0; i < look->said->count; i++) {
		const struct said *said = &look->said->said[i];

		if (said->way == MDNS_WAY_ONE_SHOT || said->cache_flush)
			continue;
		said_print_source(
			said->transport, said->source, source, sizeof(source));
		doctor_say(look->doctor, DOCTOR_NOTE, "name-flush", NULL,
			"%s does not say that %s is its own (no cache-flush "
			"bit): caches keep its old addresses beside the new",
			source, look->text);
		return;
	}
}

static void check_dropped(struct look *look)
{
	/* If something was good, this is but odd. */
	enum doctor_level level =
		look->said->count > 0 ? DOCTOR_NOTE : DOCTOR_BAD;
	char remedy[REMEDY_MAX];
	unsigned i;

	snprintf(remedy, sizeof(remedy), "mdns-lookup -v %s",
		print_word(look->text));
	for (i = 0; i < look->said->drop_count; i++) {
		const struct said_drop *drop = &look->said->drop[i];
		char source[INET6_ADDRSTRLEN];

		said_print_source(
			drop->transport, drop->source, source, sizeof(source));
		doctor_say(look->doctor, level, "name-dropped", remedy,
			"%s answers for %s on %s, but that is passed over: "
			"%s%s%s",
			source, look->text,
			said_link_name(look->said, drop->ifindex), drop->why,
			drop->data[0] ? ": " : "", drop->data);
	}
}

static void check_characters(struct look *look)
{
	if (!look->said->reverse && !mdns_name_is_host(&look->said->name))
		doctor_say(look->doctor, DOCTOR_NOTE, "name-characters", NULL,
			"%s has characters that host names do not have: some "
			"programs do not take it",
			look->text);
}

/* --- nobody answers --- */

static void say_nobody(struct look *look)
{
	if (look->said->denied[MDNS_IPV4] || look->said->denied[MDNS_IPV6])
		doctor_say(look->doctor, DOCTOR_BAD, "name-silence", NULL,
			"%s is there and says that it has no address",
			look->text);
	else if (look->said->goodbye)
		doctor_say(look->doctor, DOCTOR_BAD, "name-silence", NULL,
			"%s has just said goodbye: it is shutting down or "
			"changing its name",
			look->text);
	else if (look->said->drop_count > 0)
		return; /* there is a finding for each */
	else if (look->doctor->deaf)
		doctor_say(look->doctor, DOCTOR_UNKNOWN, "name-silence", NULL,
			"whether anybody answers for %s does not show before "
			"what is marked BAD above is mended",
			look->text);
	else if (look->said->others)
		doctor_say(look->doctor, DOCTOR_BAD, "name-silence",
			"mdns-lookup --types",
			"nobody answers for %s on %s, though other hosts are "
			"heard: it is off or asleep, has %s, or is "
			"in another network (VLAN, guest WLAN, VPN)",
			look->text, where_text(look),
			look->said->reverse ? "no name in Multicast DNS"
					    : "another name");
	else
		doctor_say(look->doctor, DOCTOR_UNKNOWN, "name-silence",
			"mdns-lookup --monitor",
			"nobody answers for %s on %s, and no other host is "
			"heard at all: it is off, in another network, or "
			"multicast is dropped on the way",
			look->text, where_text(look));
}

/* --- mdns-helper --- */

static bool has_address(const struct mdns_address *address)
{
	unsigned i;

	for (i = 0; i < addresses.count; i++)
		if (addresses.address[i].family == address->family &&
			memcmp(addresses.address[i].bytes, address->bytes,
				16) == 0)
			return true;
	return false;
}

/* It is asked for the name that was typed, and what the network said is in
 * `addresses`. */
static void check_stale(struct doctor *doctor)
{
	const struct options_query *query = doctor->query;
	mdns_time now = mdns_sys_boottime();
	char remedy[REMEDY_MAX];
	struct mdns_answer answer;
	int status;
	unsigned i;

	if (!doctor->helper || query->reverse || query->iface[0] != '\0')
		return;
	mdns_answer_init(&answer);
	if (!mdns_helper_ask(&query->name, now, &status, &answer) ||
		status != 0)
		return;
	for (i = 0; i < answer.count; i++)
		if (has_address(&answer.address[i]))
			return;
	snprintf(remedy, sizeof(remedy), "mdns-lookup --reconfirm %s",
		print_word(query->text));
	doctor_say(doctor, DOCTOR_BAD, "name-stale", remedy,
		"mdns-helper remembers %s, but %s", query->text,
		addresses.count > 0 ? "with other addresses than the network"
				    : "nobody in the network answers for it");
}

/* --- all of it --- */

static void note_addresses(struct look *look)
{
	unsigned i;

	for (i = 0; i < look->said->count; i++) {
		const struct said *said = &look->said->said[i];
		struct mdns_address address = {.ifindex = said->ifindex,
			.family = said->type == MDNS_TYPE_A ? MDNS_IPV4
							    : MDNS_IPV6,
			.transport = said->transport,
			.way = said->way,
			.usec = said->usec};

		if (!said_is_address(said))
			continue;
		memcpy(address.bytes, said->rdata,
			mdns_family_size(address.family));
		mdns_answer_add(&addresses, &address);
	}
}

static void note_names(struct look *look)
{
	unsigned i;

	for (i = 0; i < look->said->count && name_count < NAMES_MAX; i++) {
		const char *text = look->said->said[i].data;
		struct mdns_name *name = &names[name_count];

		if (mdns_name_parse(text, strlen(text), name) == 0)
			name_count++;
	}
}

/* True if the name is an alias of *ret_target, which is to be looked at. */
static bool say_alias(struct look *look, struct mdns_name *ret_target)
{
	const struct mdns_name *alias = &look->said->alias;
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	char target[MDNS_NAME_TEXT_MAX];
	enum mdns_zone zone;

	if (alias->len == 0 || look->said->count > 0)
		return false;
	mdns_name_print_safe(alias, target, sizeof(target));
	zone = mdns_zone_of(alias, suffixes,
		options_suffixes(look->doctor->settings, suffixes));
	if (zone == MDNS_ZONE_NONE || zone == MDNS_ZONE_REVERSE ||
		mdns_name_equal(alias, &look->said->name)) {
		doctor_say(look->doctor, DOCTOR_BAD, "name-alias", NULL,
			"%s is an alias of %s, which is not followed, as the "
			"network may not speak for that name",
			look->text, target);
		return false;
	}
	doctor_say(look->doctor, DOCTOR_NOTE, "name-alias", NULL,
		"%s is an alias of %s", look->text, target);
	*ret_target = *alias;
	return true;
}

static void say_all(struct look *look)
{
	check_characters(look);
	check_dropped(look);
	if (look->said->count == 0) {
		if (look->said->alias.len == 0)
			say_nobody(look);
		return;
	}
	say_answers(look);
	if (look->said->reverse) {
		note_names(look);
		return;
	}
	note_addresses(look);
	check_duplicate(look);
	check_families(look);
	check_link_local(look);
	check_ttl(look);
	check_cache_flush(look);
}

/* True if it is an alias of *ret_target. */
static bool look_at(struct doctor *doctor, struct said_all *said,
	const char *text, struct mdns_name *ret_target)
{
	struct look look = {.doctor = doctor, .said = said};
	bool more;

	snprintf(look.text, sizeof(look.text), "%s", text);
	more = say_alias(&look, ret_target);
	say_all(&look);
	return more;
}

/* What the name is an alias of is asked for afresh. */
static void follow(struct doctor *doctor, struct mdns_name *target)
{
	struct said_all *said = malloc(sizeof(*said));
	char text[MDNS_NAME_TEXT_MAX];
	unsigned hops;
	bool more = said != NULL;

	for (hops = 0; more && hops < MDNS_CNAME_HOPS; hops++) {
		mdns_name_print_safe(target, text, sizeof(text));
		terminal_wait_show("asking for %s ...", text);
		said_init(said, target, false);
		more = said_collect(said, doctor) == 0 &&
		       look_at(doctor, said, text, target);
		said_free(said);
	}
	free(said);
}

void doctor_check_name(struct doctor *doctor)
{
	struct mdns_name target;

	mdns_answer_init(&addresses);
	name_count = 0;
	if (!doctor->query || !first_said.asked)
		return;
	if (look_at(doctor, &first_said, doctor->query->text, &target))
		follow(doctor, &target);
	said_free(&first_said);
	check_stale(doctor);
}
