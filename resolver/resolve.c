/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a lookup goes: is it ours, the helper's map, the process cache, the
 * helper, then the direct way. */
#include "resolver/resolve.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/look.h"
#include "resolver/lookup.h"
#include "resolver/recent.h"
#include "resolver/settings_file.h"
#include "resolver/shelf.h"
#include "resolver/sys.h"
#include "resolver/zone.h"

#define NEGATIVE_LIFETIME (2 * MDNS_SEC)
#define LIFETIME_MAX 10 /* seconds (RFC 6762 6.7) */
/* However long a helper took that then died: two queries and a resend. */
#define TOTAL_LEAST 500 /* ms */

/* Whether answers come through 5353 only; any thread's latest lookup says. */
static mdns_shelf_word group_first;

static void learn_way(const struct mdns_answer *answer)
{
	/* A reverse answer has the way of its one name there. */
	uint32_t by_group = answer->address[0].way == MDNS_WAY_GROUP;

	if (atomic_load_explicit(&group_first, memory_order_relaxed) !=
		by_group)
		atomic_store_explicit(
			&group_first, by_group, memory_order_relaxed);
}

/* What has gone by since the lookup began is not waited for once more. */
static void spend(struct mdns_settings *settings, int64_t spent)
{
	uint32_t ms = spent > 0 ? (uint32_t)(spent / MDNS_MSEC) : 0;

	if (settings->total_ms <= TOTAL_LEAST)
		return;
	if (ms > settings->total_ms - TOTAL_LEAST)
		ms = settings->total_ms - TOTAL_LEAST;
	settings->total_ms -= ms;
}

static int ask_links(const struct mdns_name *name, mdns_time now,
	struct mdns_answer *answer, uint64_t *fingerprint)
{
	struct mdns_settings settings;
	bool group = atomic_load_explicit(&group_first, memory_order_relaxed);
	struct mdns_lookup lookup = {
		.name = name,
		.settings = &settings,
		.ways = 1u << MDNS_WAY_ONE_SHOT | 1u << MDNS_WAY_GROUP,
		.transports = 1u << MDNS_IPV4 | 1u << MDNS_IPV6,
		.recall = true,
		.group_first = group,
	};

	mdns_settings_current(now, &settings);
	/* It may have been learnt before that was forbidden. */
	if (settings.second_way_ms == 0)
		lookup.group_first = false;
	spend(&settings, mdns_sys_boottime() - now);
	return mdns_lookup_run(&lookup, answer, fingerprint);
}

static mdns_time lifetime(int status, const struct mdns_answer *answer)
{
	if (status == 0 || (status == MDNS_ERR_NO_DATA && answer->ttl < 2))
		return answer->ttl * MDNS_SEC;
	return NEGATIVE_LIFETIME;
}

/* Nobody is told to keep it for longer than we do ourselves. */
static void limit_ttl(struct mdns_answer *answer, uint32_t most)
{
	if (answer->ttl > most)
		answer->ttl = most;
}

/* What this process has found by itself goes to its cache. */
static void remember(const struct mdns_name *name, struct mdns_recent *recent,
	const struct mdns_answer *answer)
{
	mdns_time now = mdns_sys_boottime();

	recent->expiry = now + lifetime(recent->status, answer);
	mdns_recent_put(name, now, recent, answer);
}

/* The direct way. */
static int ask(const struct mdns_name *name, mdns_time now,
	struct mdns_answer *ret_answer)
{
	struct mdns_recent recent;

	mdns_answer_init(ret_answer);
	recent.status = ask_links(name, now, ret_answer, &recent.fingerprint);
	limit_ttl(ret_answer, LIFETIME_MAX);
	if (recent.status == 0)
		learn_way(ret_answer);
	if (recent.status == 0 || recent.status == MDNS_ERR_NO_DATA ||
		recent.status == MDNS_ERR_NOT_FOUND ||
		recent.status == MDNS_ERR_PASS_ON)
		remember(name, &recent, ret_answer);
	return recent.status;
}

/* The zone of a name that is not below .local: with suffixes configured it may
 * be ours all the same. */
static enum mdns_zone configured_zone(
	const struct mdns_name *name, mdns_time now)
{
	struct mdns_settings settings;
	struct mdns_name suffix;
	unsigned i;

	mdns_settings_current(now, &settings);
	for (i = 0; i < settings.suffix_count; i++)
		if (mdns_name_parse(settings.suffix[i],
			    strlen(settings.suffix[i]), &suffix) == 0 &&
			mdns_zone_of(name, &suffix, 1) == MDNS_ZONE_SUFFIX)
			return MDNS_ZONE_SUFFIX;
	return MDNS_ZONE_NONE;
}

static enum mdns_zone zone_of(const struct mdns_name *name, mdns_time now)
{
	enum mdns_zone zone = mdns_zone_of(name, NULL, 0);

	return zone == MDNS_ZONE_NONE ? configured_zone(name, now) : zone;
}

/* Whoever has taken mdns-helper over must not get more into a program than any
 * host on the link: addresses for a name, a host's name for an address. */
static bool is_sound(bool reverse, mdns_time now, int status,
	const struct mdns_answer *answer)
{
	enum mdns_zone zone;
	unsigned i;

	if (status != 0)
		return true;
	if (reverse) {
		zone = zone_of(&answer->name, now);
		return zone != MDNS_ZONE_NONE && zone != MDNS_ZONE_REVERSE &&
		       mdns_name_is_host(&answer->name);
	}
	for (i = 0; i < answer->count; i++)
		if (!mdns_zone_address_is_usable(answer->address[i].bytes,
			    mdns_family_size(answer->address[i].family)))
			return false;
	return answer->count > 0 && answer->name.len > 1;
}

static int resolve(const struct mdns_name *name, bool reverse, mdns_time now,
	struct mdns_answer *ret_answer)
{
	struct mdns_recent recent;
	bool aside;
	int status;

	if (mdns_helper_recall(name, now, &status, ret_answer) &&
		is_sound(reverse, now, status, ret_answer)) {
		limit_ttl(ret_answer, LIFETIME_MAX);
		return status;
	}
	if (mdns_recent_find(name, now, &recent, ret_answer) &&
		mdns_look_confirms(recent.fingerprint, now)) {
		limit_ttl(ret_answer,
			(uint32_t)((recent.expiry - now) / MDNS_SEC));
		return recent.status;
	}
	if (mdns_helper_ask_along(name, now, &recent.status, ret_answer, &aside,
		    &recent.fingerprint) &&
		is_sound(reverse, now, recent.status, ret_answer)) {
		limit_ttl(ret_answer, LIFETIME_MAX);
		if (aside)
			remember(name, &recent, ret_answer);
		return recent.status;
	}
	return ask(name, now, ret_answer);
}

int mdns_resolve_name(const char *text, struct mdns_answer *ret_answer)
{
	size_t len = strnlen(text, MDNS_NAME_TEXT_MAX);
	mdns_time now = mdns_sys_boottime();
	struct mdns_name name;
	enum mdns_zone zone;

	if (!mdns_zone_text_is_local(text, len) &&
		!mdns_settings_have_suffixes(now))
		return MDNS_ERR_NOT_OURS;
	if (!mdns_zone_text_is_plain(text, len) ||
		mdns_name_parse(text, len, &name) < 0 ||
		!mdns_name_is_text(&name))
		/* No host is called that, here or anywhere. */
		return mdns_zone_text_is_local(text, len) ? MDNS_ERR_NOT_FOUND
							  : MDNS_ERR_NOT_OURS;
	zone = zone_of(&name, now);
	/* The names of addresses have PTR records, not addresses. */
	if (zone == MDNS_ZONE_NONE || zone == MDNS_ZONE_REVERSE)
		return MDNS_ERR_NOT_OURS;
	return resolve(&name, false, now, ret_answer);
}

int mdns_resolve_address(
	const uint8_t *addr, size_t size, struct mdns_answer *ret_answer)
{
	struct mdns_name name;

	if (!mdns_zone_address_is_ours(addr, size))
		return MDNS_ERR_NOT_OURS;
	mdns_name_from_address(addr, size, &name);
	return resolve(&name, true, mdns_sys_boottime(), ret_answer);
}
