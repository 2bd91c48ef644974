/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The questions for one name: all of them for who waits, and those that keep it
 * warm. When is the business of names.c. */
#include <string.h>

#include "resolver/rr.h"
#include "tools/helper/names_private.h"

#define REST_GAP (10 * MDNS_SEC)
#define REST_GAP_MAX (3600 * MDNS_SEC)

void name_text(const struct name *name, struct mdns_name *ret_name)
{
	ret_name->len = name->name_len;
	memcpy(ret_name->wire, name->wire, name->name_len);
}

unsigned name_questions_of(const struct name *name)
{
	return name->reverse ? 1 : MDNS_FAMILIES;
}

static uint16_t type_of(const struct name *name, unsigned which)
{
	if (name->reverse)
		return MDNS_TYPE_PTR;
	return which == MDNS_IPV4 ? MDNS_TYPE_A : MDNS_TYPE_AAAA;
}

int name_start_one(
	struct names *names, struct name *name, unsigned which, mdns_time now)
{
	struct mdns_name text;
	int err;

	if (name->started[which])
		return 0;
	name_text(name, &text);
	err = mdns_querier_start(
		names->querier, 0, &text, type_of(name, which), now);
	name->started[which] = err == 0;
	return err;
}

static void stop_one(
	struct names *names, struct name *name, unsigned which, mdns_time now)
{
	struct mdns_name text;

	if (!name->started[which])
		return;
	name->started[which] = false;
	name_text(name, &text);
	mdns_querier_stop(names->querier, 0, &text, type_of(name, which), now);
}

void name_stop(struct names *names, struct name *name, mdns_time now)
{
	unsigned i;

	for (i = 0; i < name_questions_of(name); i++)
		stop_one(names, name, i, now);
}

/* Everything, for somebody who waits. */
int name_start(struct names *names, struct name *name, mdns_time now)
{
	struct mdns_name text;
	unsigned i;
	int err = 0;

	for (i = 0; i < name_questions_of(name) && err == 0; i++)
		err = name_start_one(names, name, i, now);
	if (err < 0) {
		name_stop(names, name, now);
		return err;
	}
	name_text(name, &text);
	for (i = 0; i < name_questions_of(name); i++)
		mdns_querier_hurry(
			names->querier, &text, type_of(name, i), now);
	return 0;
}

/* Asked for in the second half of its life: it is to be refreshed. If there is
 * no room for that it just expires. */
void name_warm(struct names *names, struct name *name,
	const struct mdns_gathered *gathered, mdns_time now)
{
	unsigned i;

	for (i = 0; i < name_questions_of(name); i++)
		if (now >= gathered->half[i])
			name_start_one(names, name, i, now);
}

/* It has been, or is not there. */
void name_cool(struct names *names, struct name *name,
	const struct mdns_gathered *gathered, mdns_time now)
{
	unsigned i;

	for (i = 0; i < name_questions_of(name); i++)
		if (now < gathered->half[i])
			stop_one(names, name, i, now);
}

void name_ask_rest(struct names *names, struct name *name,
	const struct mdns_gathered *gathered, mdns_time now)
{
	unsigned i;

	if (name->reverse || now < name->again)
		return;
	for (i = 0; i < MDNS_FAMILIES; i++) {
		if (gathered->answer.presence[i] != MDNS_OPEN ||
			name_start_one(names, name, i, now) < 0)
			continue;
		name->hold = now + names->total;
		name->again_gap *= 2;
		if (name->again_gap == 0)
			name->again_gap = REST_GAP;
		if (name->again_gap > REST_GAP_MAX)
			name->again_gap = REST_GAP_MAX;
		name->again = now + name->again_gap;
	}
}

/* Until when readers need not tell that they have taken it. */
mdns_time name_fresh_until(
	const struct name *name, const struct mdns_gathered *gathered)
{
	mdns_time fresh = gathered->expiry;
	unsigned i;

	for (i = 0; i < name_questions_of(name); i++)
		if (!name->started[i] && gathered->half[i] < fresh)
			fresh = gathered->half[i];
	return fresh;
}
