/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is .local a zone of the unicast name servers as well? They are asked only if
 * that was wanted. */
#include "config.h"

#include <netdb.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>

#include "resolver/err.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/doctor_child.h"

#define PATIENCE_MSEC 2000

enum reply { NO_REPLY, ZONE, NO_ZONE };

/* Does the answer hold the record itself? That of the root in the authority
 * section says that there is no such zone. */
static bool has_soa(const unsigned char *message, int size)
{
	ns_msg msg;
	ns_rr record;
	int i;

	if (ns_initparse(message, size, &msg) < 0)
		return false;
	for (i = 0; i < ns_msg_count(msg, ns_s_an); i++)
		if (ns_parserr(&msg, ns_s_an, i, &record) == 0 &&
			ns_rr_type(record) == ns_t_soa)
			return true;
	return false;
}

static void ask(const void *argument, void *result)
{
	enum reply *reply = result;
	struct __res_state state = {0};
	unsigned char message[NS_MAXMSG];
	int size;

	(void)argument;
	*reply = NO_REPLY;
	if (res_ninit(&state) < 0)
		return;
	state.retry = 1;
	size = res_nquery(
		&state, "local.", ns_c_in, ns_t_soa, message, sizeof(message));
	if (size >= 0)
		*reply = has_soa(message, size) ? ZONE : NO_ZONE;
	else if (state.res_h_errno == HOST_NOT_FOUND ||
		 state.res_h_errno == NO_DATA)
		*reply = NO_ZONE;
	res_nclose(&state);
}

static void say_zone(struct doctor *doctor)
{
	if (doctor->behind[0] != '\0')
		doctor_say(doctor, DOCTOR_GOOD, "unicast-zone", NULL,
			"the name servers of this network have a zone local of "
			"their own; dns stands before dotlocal, so its names "
			"are found");
	else
		doctor_say_edit(doctor, DOCTOR_BAD, "unicast-zone",
			"/etc/nsswitch.conf", doctor->before,
			"the name servers of this network have a zone local of "
			"their own, which Multicast DNS does not know of (RFC "
			"6762 22.1, appendix G): its names of two labels, such "
			"as server.local, are not found, as for them the "
			"module says NOTFOUND; %s",
			doctor->settings->deep_not_found
				? "neither are longer ones, as many-labels is "
				  "set to not-found"
				: "longer ones, such as server.site.local, are "
				  "left to the name servers (UNAVAIL)");
}

/* There is no zone, as far as is known, for the sake of which dns would have to
 * stand before dotlocal. */
static void say_dns_first(struct doctor *doctor)
{
	if (doctor->behind[0] != '\0')
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-slow",
			"/etc/nsswitch.conf", doctor->behind, DOCTOR_DNS_FIRST);
}

void doctor_check_unicast(struct doctor *doctor)
{
	enum reply reply = NO_REPLY;

	if (!doctor->options->unicast_soa) {
		if (doctor->options->verbose)
			doctor_say(doctor, DOCTOR_NOTE, "unicast-not-asked",
				"mdns-lookup --doctor --unicast-soa",
				"whether the name servers have a zone local of "
				"their own was not asked, as that would tell "
				"them");
		return;
	}
	terminal_wait_show("asking the name servers ...");
	/* A child that was killed has not said anything: NO_REPLY. */
	doctor_child_run(
		doctor, ask, NULL, PATIENCE_MSEC, &reply, sizeof(reply));
	if (reply != ZONE)
		say_dns_first(doctor);
	switch (reply) {
	case ZONE:
		say_zone(doctor);
		break;
	case NO_ZONE:
		doctor_say(doctor, DOCTOR_GOOD, "unicast-zone", NULL,
			"the name servers have no zone local: all of .local "
			"is left to Multicast DNS");
		break;
	case NO_REPLY:
		doctor_say(doctor, DOCTOR_UNKNOWN, "unicast-zone",
			"cat /etc/resolv.conf",
			"the name servers of /etc/resolv.conf did not say "
			"within %d s whether they have a zone local",
			PATIENCE_MSEC / 1000);
	}
}
