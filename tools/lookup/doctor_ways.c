/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does a query leave, does it come back, does anybody answer it: on each link,
 * over each transport. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/doctor_firewall.h"
#include "tools/lookup/doctor_name.h"
#include "tools/lookup/doctor_probe.h"

#define REMEDY_MAX 256

/* What came in on one path. */
struct seen {
	bool own;       /* our query, by way of 5353 */
	bool others;    /* anything of another host, by way of 5353 */
	bool ourselves; /* an answer of a responder on this host */
	bool replied;   /* to the one-shot, by unicast */
	bool answered;  /* through 5353 */
	uint32_t replied_usec;
	uint32_t answered_usec;
};

struct ways {
	struct doctor *doctor;
	struct probe probe;
	struct said_all *said; /* of the name, if there is one */
	struct seen seen[PROBE_PATHS_MAX];
	bool anybody; /* another host has answered on any path */
};

static bool has_all(const struct ways *ways)
{
	unsigned i;

	for (i = 0; i < ways->probe.path_count; i++) {
		const struct seen *seen = &ways->seen[i];

		if (!seen->own || !seen->replied || !seen->answered)
			return false;
	}
	return true;
}

/* That it answers one of our questions. */
static bool is_answer(const struct ways *ways, const struct probe_heard *heard)
{
	unsigned i;

	if (heard->verdict != MDNS_VERDICT_OTHER)
		return false;
	for (i = 0; i < ways->probe.question_count; i++)
		if (probe_speaks_of(heard, ways->probe.question[i].name))
			return true;
	return false;
}

static bool hear(void *context, const struct probe_heard *heard)
{
	struct ways *ways = context;
	struct seen *seen = &ways->seen[heard->index];

	if (heard->our_query) {
		seen->own = true;
	} else if (heard->from_us) {
		seen->ourselves |= is_answer(ways, heard);
	} else if (heard->origin.way == MDNS_WAY_ONE_SHOT) {
		if (!seen->replied && is_answer(ways, heard)) {
			seen->replied = true;
			seen->replied_usec = heard->usec;
		}
	} else if (heard->origin.to_group) {
		seen->others = true;
		if (!seen->answered && is_answer(ways, heard)) {
			seen->answered = true;
			seen->answered_usec = heard->usec;
		}
	}
	/* The name may have more to say than that it is there. */
	if (ways->said && !said_hear(ways->said, heard))
		return false;
	return has_all(ways);
}

static const char *transport_text(const struct probe_path *path)
{
	return path->transport == MDNS_IPV6 ? "IPv6" : "IPv4";
}

static void say_no_way_out(struct doctor *doctor, const struct probe_path *path)
{
	bool one_shot = path->failure[MDNS_WAY_ONE_SHOT] < 0;
	int err = path->failure[one_shot ? MDNS_WAY_ONE_SHOT : MDNS_WAY_GROUP];
	const char *link = path->link->name;
	char buf[REMEDY_MAX];

	if (err == MDNS_ERR_DENIED) {
		doctor_say(doctor, DOCTOR_BAD, "way-out",
			firewall_remedy(FIREWALL_OUT, path->transport, link,
				buf, sizeof(buf)),
			"no query leaves by %s over %s: a firewall of this "
			"machine drops what goes to port 5353",
			link, transport_text(path));
		return;
	}
	snprintf(buf, sizeof(buf),
		path->transport == MDNS_IPV6
			? "sudo ip -6 route add multicast ff00::/8 dev %s "
			  "table local"
			: "sudo ip route add 224.0.0.0/4 dev %s",
		link);
	doctor_say(doctor, DOCTOR_BAD, "way-out",
		err == MDNS_ERR_NO_LINK ? buf : NULL,
		"no query leaves by %s over %s: %s", link, transport_text(path),
		err == MDNS_ERR_NO_LINK ? "there is no route for multicast"
					: mdns_err_text(err));
}

static void say_no_way_in(struct doctor *doctor, const struct probe_path *path,
	const struct seen *seen)
{
	/* Then a lookup of the module's own needs no multicast. */
	bool harmless = seen->replied && !doctor->helper;
	char buf[REMEDY_MAX];

	doctor_say(doctor, harmless ? DOCTOR_NOTE : DOCTOR_BAD, "way-in",
		firewall_remedy(FIREWALL_IN, path->transport, path->link->name,
			buf, sizeof(buf)),
		"multicast to port 5353 does not come in on %s over %s, not "
		"even our own: a firewall of this machine drops it%s",
		path->link->name, transport_text(path),
		harmless ? "; names are found, but --watch, --browse and "
			   "mdns-helper would hear nothing"
			 : "");
}

static void say_replies_lost(struct doctor *doctor,
	const struct probe_path *path, const struct seen *seen)
{
	uint32_t wait = doctor->settings->second_way_ms;
	char buf[REMEDY_MAX], loss[80];

	if (wait > 0)
		snprintf(loss, sizeof(loss),
			"lookups take %u ms longer because of it", wait);
	else
		snprintf(loss, sizeof(loss),
			"no name is found as long as second-way is off");
	doctor_say(doctor, DOCTOR_BAD, "replies",
		firewall_remedy(FIREWALL_REPLIES, path->transport,
			path->link->name, buf, sizeof(buf)),
		"answers on %s over %s come to port 5353 only (after %.2f ms): "
		"a firewall of this machine drops the replies that go from "
		"port 5353 to the port that asked, and %s",
		path->link->name, transport_text(path),
		seen->answered_usec / 1000.0, loss);
}

static void say_good(struct doctor *doctor, const struct probe_path *path,
	const struct seen *seen)
{
	char group[80] = "";

	if (seen->answered)
		snprintf(group, sizeof(group),
			", through port 5353 after %.2f ms",
			seen->answered_usec / 1000.0);
	doctor_say(doctor, DOCTOR_GOOD, "answers", NULL,
		"on %s over %s queries leave and answers come back: to the "
		"port that asked after %.2f ms%s",
		path->link->name, transport_text(path),
		seen->replied_usec / 1000.0, group);
}

/* Replies come, and no multicast of anybody else. */
static void say_one_ear(struct doctor *doctor, const struct probe_path *path)
{
	char buf[REMEDY_MAX];

	snprintf(buf, sizeof(buf), "mdns-lookup --monitor -i %s",
		path->link->name);
	if (path->listens)
		doctor_say(doctor, DOCTOR_NOTE, "multicast-lost", buf,
			"on %s over %s replies come back, but no multicast of "
			"another host: a switch or access point (IGMP or MLD "
			"snooping) may drop it; names are found, but --watch, "
			"--browse and mdns-helper miss changes",
			path->link->name, transport_text(path));
	else
		doctor_say(doctor, DOCTOR_NOTE, "way-in-unknown", NULL,
			"on %s over %s replies come back; whether multicast "
			"does cannot be seen, as another program keeps port "
			"5353 for itself",
			path->link->name, transport_text(path));
}

static void say_silence(const struct ways *ways, const struct probe_path *path,
	const struct seen *seen)
{
	char buf[REMEDY_MAX];

	snprintf(buf, sizeof(buf), "mdns-lookup --monitor -i %s",
		path->link->name);
	if (seen->others)
		doctor_say(ways->doctor, DOCTOR_NOTE, "silence", NULL,
			"other hosts are heard on %s over %s, but none "
			"answered within %.1f s",
			path->link->name, transport_text(path),
			PROBE_MSEC / 1000.0);
	else
		/* Somewhere there is an answer, so this need not be a fault. */
		doctor_say(ways->doctor,
			ways->anybody ? DOCTOR_NOTE : DOCTOR_UNKNOWN, "silence",
			buf,
			"nobody%s answers on %s over %s: no other host there "
			"offers anything by Multicast DNS, or its firewall, a "
			"switch or the access point drops it",
			seen->ourselves ? " but this machine itself" : "",
			path->link->name, transport_text(path));
}

/* That a query leaves there, and something comes back or could. */
static bool is_open(const struct probe_path *path, const struct seen *seen)
{
	bool sent = path->failure[MDNS_WAY_ONE_SHOT] == 0 ||
		    path->failure[MDNS_WAY_GROUP] == 0;

	return sent &&
	       (!path->listens || seen->own || seen->others || seen->replied);
}

static void say_path(const struct ways *ways, const struct probe_path *path,
	const struct seen *seen)
{
	struct doctor *doctor = ways->doctor;

	if (path->failure[MDNS_WAY_ONE_SHOT] < 0 ||
		(path->listens && path->failure[MDNS_WAY_GROUP] < 0))
		say_no_way_out(doctor, path);
	else if (path->listens && !seen->own && !seen->others)
		say_no_way_in(doctor, path, seen);
	else if (seen->replied && seen->others)
		say_good(doctor, path, seen);
	else if (seen->replied)
		say_one_ear(doctor, path);
	else if (seen->answered)
		say_replies_lost(doctor, path, seen);
	else
		say_silence(ways, path, seen);
}

void doctor_check_ways(struct doctor *doctor)
{
	struct ways ways = {
		.doctor = doctor, .probe = {.doctor = doctor, .hear = hear}};
	unsigned i;
	int err;

	if (!doctor->links)
		return; /* that was said */
	ways.probe.context = &ways;
	if (doctor->query) {
		ways.said = doctor_name_said();
		ways.probe.settle_msec = SAID_SETTLE_MSEC;
		said_init(ways.said, &doctor->query->name,
			doctor->query->reverse);
		said_add_questions(ways.said, &ways.probe);
	}
	err = probe_run(&ways.probe);
	if (err == MDNS_ERR_NO_LINK && doctor->query &&
		doctor->query->iface[0] != '\0') {
		doctor_say(doctor, DOCTOR_UNKNOWN, "ways", NULL,
			"the network was not asked: %s is no interface that "
			"can be asked",
			doctor->query->iface);
		return;
	}
	if (err < 0) {
		doctor_say(doctor, DOCTOR_UNKNOWN, "ways", NULL,
			"the network cannot be asked from here: %s",
			mdns_err_text(err));
		return;
	}
	if (ways.said)
		said_end(ways.said, &ways.probe);
	doctor->deaf = true;
	for (i = 0; i < ways.probe.path_count; i++) {
		const struct seen *seen = &ways.seen[i];

		ways.anybody |= seen->replied || seen->answered;
		if (is_open(&ways.probe.path[i], seen))
			doctor->deaf = false;
	}
	for (i = 0; i < ways.probe.path_count; i++)
		say_path(&ways, &ways.probe.path[i], &ways.seen[i]);
}
