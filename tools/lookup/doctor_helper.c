/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is mdns-helper there, does it answer, and does it hear what there is? */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/links.h"
#include "resolver/sys.h"
#include "tools/lookup/doctor.h"

#define START "sudo systemctl enable --now mdns-helper.socket"
#define RESTART "sudo systemctl restart mdns-helper.service"
#define RESTART_SOCKET "sudo systemctl restart mdns-helper.socket"

/* systemd may have to start it first. */
#define PATIENCE (2 * MDNS_SEC)

/* Ctrl-C is looked for this often. */
#define SLICE (100 * MDNS_MSEC)

/* What its STATUS said of the links. */
struct heard {
	unsigned count;
	uint32_t ifindex[MDNS_LINKS_MAX];
};

static void say_not_there(struct doctor *doctor)
{
	struct stat status;

	if (lstat(MDNS_HELPER_SOCKET, &status) == 0)
		doctor_say(doctor, DOCTOR_BAD, "helper-dead", RESTART_SOCKET,
			MDNS_HELPER_SOCKET
			" is there, but nobody listens: mdns-helper has ended");
	else
		doctor_say(doctor, DOCTOR_NOTE, "helper-absent", START,
			"mdns-helper is not running: each program asks the "
			"network itself, which works");
}

static void say_no_connection(struct doctor *doctor, int err)
{
	if (err == MDNS_ERR_NOT_FOUND)
		say_not_there(doctor);
	else if (err == MDNS_ERR_RESOURCE)
		doctor_say(doctor, DOCTOR_BAD, "helper-busy", RESTART,
			"mdns-helper has too much to do to take a connection");
	else if (access(MDNS_HELPER_SOCKET, W_OK) < 0)
		doctor_say(doctor, DOCTOR_BAD, "helper-permission",
			RESTART_SOCKET,
			"not everybody may connect to " MDNS_HELPER_SOCKET);
	else
		doctor_say(doctor, DOCTOR_BAD, "helper-owner",
			"sudo rm " MDNS_HELPER_SOCKET " && " RESTART_SOCKET,
			"somebody else listens at " MDNS_HELPER_SOCKET
			", neither root nor the owner of its folder, and is "
			"not believed");
}

/* kind: what came where STATUS should have. */
static void say_no_answer(
	struct doctor *doctor, int kind, const union mdns_reply *reply)
{
	if (kind == MDNS_ERR_NOT_FOUND)
		doctor_say(doctor, DOCTOR_BAD, "helper-hung", RESTART,
			"mdns-helper does not answer: each program waits %d ms "
			"for it in vain",
			(int)(MDNS_HELPER_PATIENCE / MDNS_MSEC));
	else if (kind == MDNS_ERR_DENIED)
		doctor_say(doctor, DOCTOR_BAD, "helper-hangs-up", RESTART,
			"mdns-helper hangs up instead of answering");
	else if (kind == MDNS_REPLY_REFUSED &&
		 reply->head.status == MDNS_ERR_RESOURCE)
		doctor_say(doctor, DOCTOR_BAD, "helper-busy", RESTART,
			"mdns-helper has too much to do to answer");
	else
		doctor_say(doctor, DOCTOR_BAD, "helper-version", RESTART,
			"mdns-helper is of another version than mdns-lookup");
}

static void check_link(struct doctor *doctor,
	const struct mdns_reply_link *link, struct heard *heard)
{
	unsigned i, deaf = 0;

	if (heard->count < MDNS_LINKS_MAX)
		heard->ifindex[heard->count++] = link->ifindex;
	for (i = 0; i < MDNS_FAMILIES; i++)
		if (link->has[i] && !link->joined[i])
			deaf |= 1U << i;
	if (deaf == 0)
		return;
	doctor_say(doctor, DOCTOR_BAD, "helper-deaf", RESTART,
		"mdns-helper hears nothing on %.*s over %s: port 5353 or the "
		"group was refused to it",
		(int)sizeof(link->name), link->name,
		deaf == 1U << MDNS_IPV4   ? "IPv4"
		: deaf == 1U << MDNS_IPV6 ? "IPv6"
					  : "IPv4 and IPv6");
}

static bool has_heard(const struct heard *heard, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < heard->count; i++)
		if (heard->ifindex[i] == ifindex)
			return true;
	return false;
}

/* Links that it would have to know by now; true if it does. */
static bool check_current(struct doctor *doctor, const struct heard *heard)
{
	char scratch[MDNS_LINKS_SCRATCH] __attribute__((aligned(16)));
	struct mdns_link_filter filter = {.settings = doctor->settings};
	struct mdns_links links;
	unsigned i;

	if (mdns_links_read(&filter, scratch, sizeof(scratch), &links) < 0)
		return true;
	for (i = 0; i < links.count; i++) {
		if (has_heard(heard, links.link[i].ifindex))
			continue;
		doctor_say(doctor, DOCTOR_BAD, "helper-links",
			"sudo systemctl reload mdns-helper.service",
			"mdns-helper does not ask on %s, as mdns-lookup does",
			links.link[i].name);
		return false;
	}
	return true;
}

static int receive(struct doctor *doctor, int fd, mdns_time until,
	union mdns_reply *ret_reply)
{
	mdns_time now;
	int kind;

	do {
		now = mdns_sys_now();
		kind = mdns_helper_receive(fd,
			now + SLICE < until ? now + SLICE : until, ret_reply,
			NULL);
	} while (kind == MDNS_ERR_NOT_FOUND && now + SLICE < until &&
		 !doctor_is_interrupted(doctor));
	return kind;
}

static void check_status(struct doctor *doctor, int fd)
{
	mdns_time until = mdns_sys_now() + PATIENCE;
	unsigned bad = doctor->count[DOCTOR_BAD];
	struct heard heard = {0};
	struct mdns_request request;
	union mdns_reply reply;
	int kind;

	mdns_request_init(&request, MDNS_REQUEST_STATUS, NULL);
	/* One that was refused as such has its reply there already. */
	mdns_helper_send(fd, &request);
	do {
		kind = receive(doctor, fd, until, &reply);
		if (kind == MDNS_REPLY_LINK)
			check_link(doctor, &reply.link, &heard);
	} while (kind == MDNS_REPLY_LINK || kind == MDNS_REPLY_WAIT);
	if (kind != MDNS_REPLY_STATUS) {
		say_no_answer(doctor, kind, &reply);
		return;
	}
	doctor->helper = true;
	if (check_current(doctor, &heard) && bad == doctor->count[DOCTOR_BAD])
		doctor_say(doctor, DOCTOR_GOOD, "helper", NULL,
			"mdns-helper answers, and asks on %u interface%s",
			heard.count, heard.count == 1 ? "" : "s");
}

void doctor_check_helper(struct doctor *doctor)
{
	int fd = mdns_helper_connect();

	doctor->helper = false;
	if (fd < 0) {
		say_no_connection(doctor, fd);
		return;
	}
	check_status(doctor, fd);
	mdns_sys_close(fd);
}
