/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which interfaces are asked, and why the others are not. */
#include "config.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/links.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/interfaces.h"
#include "tools/lookup/print.h"

#define SETTING_MAX 512 /* a line of dotlocal.conf: 16 names of 15 and more */

struct links {
	struct doctor *doctor;
	struct mdns_link_filter filter;
	struct mdns_links found;
	unsigned ports; /* of bridges and the like */
	char port_names[256];
};

static bool can_ask(const struct doctor *doctor, const struct mdns_link *link)
{
	unsigned transports = doctor->options->transports;

	return (link->has[MDNS_IPV4] && (transports & 1U << MDNS_IPV4)) ||
	       (link->has[MDNS_IPV6] && (transports & 1U << MDNS_IPV6));
}

/* Appends to a list of things; what does not fit is left out. */
static void list(char *text, size_t size, const char *separator,
	const char *before, const char *name)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s%s%s", used > 0 ? separator : "",
		before, name);
}

/* --- the lines for dotlocal.conf --- */

/* Allowing one interface by name denies all that are not named. */
static void compose_allow(
	const struct links *links, const char *name, char *buf, size_t size)
{
	const struct mdns_settings *settings = links->doctor->settings;
	char names[SETTING_MAX] = "";
	unsigned i;

	for (i = 0; i < settings->allow_count; i++)
		list(names, sizeof(names), " ", "", settings->allow[i]);
	for (i = 0; i < links->found.count && settings->allow_count == 0; i++)
		list(names, sizeof(names), " ", "", links->found.link[i].name);
	if (name)
		list(names, sizeof(names), " ", "", name);
	snprintf(buf, size, "interfaces = %s", names);
}

/* The list without what denies this one. False if that is not what denies it;
 * commented out if nothing stays. */
static bool compose_deny(
	const struct links *links, const char *name, char *buf, size_t size)
{
	const struct mdns_settings *settings = links->doctor->settings;
	char names[SETTING_MAX] = "";
	bool denied = false;
	unsigned i;

	for (i = 0; i < settings->deny_count; i++)
		if (mdns_settings_glob(settings->deny[i], name))
			denied = true;
		else
			list(names, sizeof(names), " ", "", settings->deny[i]);
	snprintf(buf, size, names[0] ? "deny-interfaces = %s" : "#%s",
		names[0] ? names : "deny-interfaces =");
	return denied;
}

/* --- why one is not asked --- */

static bool has_no_ipv6(const char *name)
{
	char path[96];
	FILE *stream;
	int octet = EOF;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6",
		name);
	stream = fopen(path, "re");
	if (stream) {
		octet = getc(stream);
		fclose(stream);
	}
	return octet == '1';
}

static void say_no_address(struct links *links, const char *name)
{
	unsigned transports = links->doctor->options->transports;
	char remedy[96];

	if ((transports & 1U << MDNS_IPV6) && has_no_ipv6(name))
		snprintf(remedy, sizeof(remedy),
			"sudo sysctl -w net/ipv6/conf/%s/disable_ipv6=0", name);
	else
		snprintf(remedy, sizeof(remedy), "sudo dhclient %s", name);
	doctor_say(links->doctor, DOCTOR_NOTE, "link-address", remedy,
		"%s is not asked: it has no %saddress to ask from", name,
		transports == 1U << MDNS_IPV4   ? "IPv4 "
		: transports == 1U << MDNS_IPV6 ? "IPv6 "
						: "");
}

static void say_denied(struct links *links, const char *name)
{
	char remedy[SETTING_MAX + 32];
	bool denied;

	if (links->filter.only) /* whoever typed -i wants it so */
		return;
	denied = compose_deny(links, name, remedy, sizeof(remedy));
	if (!denied)
		compose_allow(links, name, remedy, sizeof(remedy));
	doctor_say_edit(links->doctor, DOCTOR_NOTE, "link-denied",
		MDNS_SETTINGS_PATH, remedy,
		"%s is not asked: %s in " MDNS_SETTINGS_PATH " %s it", name,
		denied ? "deny-interfaces" : "interfaces",
		denied ? "forbids" : "does not name");
}

static void say_reason(struct links *links, const char *name, unsigned flags)
{
	struct doctor *doctor = links->doctor;
	char remedy[SETTING_MAX + 32];

	switch (mdns_link_judge(&links->filter, name, flags)) {
	case MDNS_LINK_LOOPBACK:
		break;
	case MDNS_LINK_DOWN:
		snprintf(
			remedy, sizeof(remedy), "sudo ip link set %s up", name);
		if (flags & IFF_UP)
			doctor_say(doctor, DOCTOR_NOTE, "link-carrier", NULL,
				"%s is not asked: nothing is connected to it",
				name);
		else
			doctor_say(doctor, DOCTOR_NOTE, "link-down", remedy,
				"%s is not asked: it is down", name);
		break;
	case MDNS_LINK_NO_MULTICAST:
		snprintf(remedy, sizeof(remedy),
			"sudo ip link set %s multicast on", name);
		doctor_say(doctor, DOCTOR_NOTE, "link-multicast", remedy,
			"%s is not asked: multicast is turned off there", name);
		break;
	case MDNS_LINK_POINT_TO_POINT:
		compose_allow(links, name, remedy, sizeof(remedy));
		doctor_say_edit(doctor, DOCTOR_NOTE, "link-point-to-point",
			MDNS_SETTINGS_PATH, remedy,
			"%s is not asked: it is a point-to-point link, such as "
			"a VPN, and nobody has named it",
			name);
		break;
	case MDNS_LINK_DENIED:
		say_denied(links, name);
		break;
	case MDNS_LINK_BRIDGE_PORT:
	case MDNS_LINK_ELIGIBLE:
		if (interfaces_is_port(name)) {
			links->ports++;
			list(links->port_names, sizeof(links->port_names), ", ",
				"", name);
		} else if (links->found.count < MDNS_LINKS_MAX) {
			say_no_address(links, name);
		}
		break;
	}
}

static void say_other(
	void *context, const char *name, unsigned index, unsigned flags)
{
	struct links *links = context;
	const struct mdns_link *link = mdns_links_find(&links->found, index);

	if (!link || !can_ask(links->doctor, link))
		say_reason(links, name, flags);
}

static void say_others(struct links *links)
{
	interfaces_each(say_other, links);
	if (links->ports > 0)
		doctor_say(links->doctor, DOCTOR_NOTE, "link-port", NULL,
			"not asked, since the bridge or bond that they are "
			"part of is asked instead: %s",
			links->port_names);
}

/* --- the whole --- */

static void say_asked(struct links *links)
{
	static const char *const words[2][2] = {
		{"", " (IPv6)"}, {" (IPv4)", " (IPv4, IPv6)"}};
	struct doctor *doctor = links->doctor;
	char text[DOCTOR_TEXT_MAX] = "";
	unsigned i;

	for (i = 0; i < links->found.count; i++) {
		const struct mdns_link *link = &links->found.link[i];

		if (!can_ask(doctor, link))
			continue;
		list(text, sizeof(text), ", ", "", link->name);
		list(text, sizeof(text), "", "",
			words[link->has[MDNS_IPV4]][link->has[MDNS_IPV6]]);
	}
	doctor->links = text[0] != '\0';
	if (doctor->links)
		doctor_say(doctor, DOCTOR_GOOD, "links", NULL,
			"these interfaces are asked: %s", text);
	else
		doctor_say(doctor, DOCTOR_BAD, "links", NULL,
			"there is no interface that can be asked%s",
			links->filter.only ? " among those that -i names" : "");
}

/* Nobody would type -i for one that is not there. */
static void say_absent(struct links *links)
{
	char name[IF_NAMESIZE];
	unsigned i;

	for (i = 0; links->filter.only && i < links->filter.only_count; i++) {
		if (interfaces_is_there(links->filter.only[i]))
			continue;
		snprintf(name, sizeof(name), "%s", links->filter.only[i]);
		print_clean(name);
		doctor_say(links->doctor, DOCTOR_NOTE, "link-absent", "ip link",
			"there is no interface %s, which -i names", name);
	}
}

static void say_dropped(struct links *links)
{
	struct doctor *doctor = links->doctor;
	char remedy[SETTING_MAX + 32];

	if (links->found.dropped == 0)
		return;
	if (links->found.count < MDNS_LINKS_MAX) {
		doctor_say(doctor, DOCTOR_NOTE, "link-addresses", NULL,
			"there are more than %d addresses on the interfaces: "
			"%u of them are not looked at",
			MDNS_PREFIXES_MAX, links->found.dropped);
		return;
	}
	snprintf(remedy, sizeof(remedy), "interfaces = %s",
		links->found.link[0].name);
	doctor_say_edit(doctor, DOCTOR_BAD, "link-many", MDNS_SETTINGS_PATH,
		remedy,
		"there are more than %d interfaces, and only so many are "
		"asked: name those that matter",
		MDNS_LINKS_MAX);
}

void doctor_check_links(struct doctor *doctor)
{
	char scratch[MDNS_LINKS_SCRATCH] __attribute__((aligned(16)));
	struct links links = {.doctor = doctor};
	int err;

	links.filter.settings = doctor->settings;
	if (doctor->options->only_count > 0) {
		links.filter.only = doctor->options->only;
		links.filter.only_count = doctor->options->only_count;
	}
	err = mdns_links_read(
		&links.filter, scratch, sizeof(scratch), &links.found);
	if (err < 0) {
		doctor_say(doctor, DOCTOR_UNKNOWN, "links-unknown", NULL,
			"the kernel does not say which interfaces there are: "
			"%s",
			mdns_err_text(err));
		return;
	}
	say_asked(&links);
	say_absent(&links);
	say_dropped(&links);
	say_others(&links);
}
