/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The links of a station as they come and go: sockets and questions follow. */
#include "config.h"

#include <string.h>
#include <sys/ioctl.h>

#include "resolver/err.h"
#include "resolver/sys.h"
#include "tools/lookup/print.h"
#include "tools/lookup/station_private.h"

/* The links that the chosen transports can use, and as if they had no other. */
static int read_links(struct station *station, struct mdns_links *ret_links)
{
	int err = mdns_links_read(&station->filter, station->buf,
		sizeof(station->buf), ret_links);
	unsigned transport, i, kept = 0;

	if (err < 0)
		return err;
	for (i = 0; i < ret_links->count; i++) {
		struct mdns_link link = ret_links->link[i];

		for (transport = 0; transport < MDNS_FAMILIES; transport++)
			if (!(station->options->transports & 1U << transport))
				link.has[transport] = false;
		if (link.has[MDNS_IPV4] || link.has[MDNS_IPV6])
			ret_links->link[kept++] = link;
	}
	ret_links->count = kept;
	return 0;
}

/* The largest message that the link takes in one piece. */
static uint16_t read_payload(const struct mdns_link *link)
{
	struct ifreq request;
	int fd = mdns_sys_socket(AF_INET, SOCK_DGRAM, 0);
	uint16_t payload = mdns_querier_payload(0);

	if (fd < 0)
		return payload;
	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, link->name, sizeof(request.ifr_name) - 1);
	if (mdns_sys_ioctl(fd, SIOCGIFMTU, &request) == 0)
		payload = mdns_querier_payload((uint32_t)request.ifr_mtu);
	mdns_sys_close(fd);
	return payload;
}

static bool has_gained(
	const struct mdns_link *old, const struct mdns_link *link)
{
	unsigned transport;

	for (transport = 0; transport < MDNS_FAMILIES; transport++)
		if (link->has[transport] && !(old && old->has[transport]))
			return true;
	return false;
}

/* Begins the questions on that link anew; what is known there stays. */
static int ask_again(
	struct mdns_querier *querier, uint32_t ifindex, mdns_time now)
{
	struct mdns_table_node *node = NULL;
	int err = 0;

	while ((node = mdns_table_walk(&querier->standing, node))) {
		const struct mdns_standing *standing =
			(const struct mdns_standing *)node;
		struct mdns_name name;

		name.len = standing->name_len;
		memcpy(name.wire, standing->name, standing->name_len);
		mdns_querier_stop(querier, ifindex, &name, standing->type, now);
		if (mdns_querier_start(
			    querier, ifindex, &name, standing->type, now) < 0)
			err = MDNS_ERR_RESOURCE;
	}
	return err;
}

/* One that is there now; old: what it was, NULL if it was not there. */
static int change_link(struct station *station, const struct mdns_link *old,
	const struct mdns_link *link, bool alone, mdns_time now)
{
	struct mdns_querier_link *asked =
		mdns_querier_find_link(&station->querier, link->ifindex);

	if (!asked)
		return mdns_querier_add_link(&station->querier, link->ifindex,
			read_payload(link), alone, now);
	asked->alone = alone;
	/* Those who speak only what the link has just learnt have not been
	 * asked yet. */
	if (has_gained(old, link))
		return ask_again(&station->querier, link->ifindex, now);
	return 0;
}

/* What is there now takes the place of what was: sockets, links and questions
 * follow. */
static int change_links(struct station *station, const struct mdns_links *links)
{
	struct mdns_links before = station->links;
	bool shared = false;
	mdns_time now;
	unsigned i;
	int err = 0;

	for (i = 0; i < station->sockets.count; i++)
		station_drain(station, &station->sockets.socket[i]);
	now = mdns_sys_boottime();
	for (i = 0; i < before.count; i++)
		if (!mdns_links_find(links, before.link[i].ifindex))
			mdns_querier_drop_link(
				&station->querier, before.link[i].ifindex, now);
	station->links = *links;
	mdns_sockets_close(&station->sockets);
	if (links->count > 0)
		err = mdns_sockets_open_group(&station->sockets, links,
			station->options->transports, &shared);
	for (i = 0; i < links->count; i++) {
		const struct mdns_link *link = &links->link[i];

		if (change_link(station,
			    mdns_links_find(&before, link->ifindex), link,
			    !shared, now) < 0)
			err = MDNS_ERR_RESOURCE;
	}
	station->stale = err < 0;
	return err;
}

/* True if sockets or questions have to follow; not for one address more. */
static bool links_differ(const struct mdns_links *a, const struct mdns_links *b)
{
	unsigned i;

	if (a->count != b->count)
		return true;
	for (i = 0; i < a->count; i++) {
		const struct mdns_link *other =
			mdns_links_find(b, a->link[i].ifindex);

		if (!other || memcmp(a->link[i].has, other->has,
				      sizeof(other->has)) != 0)
			return true;
	}
	return false;
}

/* Once: whoever reads on is not to think that this is all. */
static void look_at_room(struct station *station)
{
	unsigned i;

	for (i = 0; i < station->links.count && !station->full; i++) {
		const struct mdns_link *link = &station->links.link[i];
		const struct mdns_querier_link *asked = mdns_querier_find_link(
			&station->querier, link->ifindex);

		if (!asked || asked->cache.refused == 0)
			continue;
		station->full = true;
		print_problem(link->name,
			"more answers than there is room for; some are not "
			"shown");
	}
}

int station_find_links(struct station *station)
{
	struct mdns_links links;
	int err = read_links(station, &links);

	if (err < 0 || links.count == 0)
		return err;
	return change_links(station, &links);
}

void station_look_at_links(struct station *station)
{
	struct mdns_links links;

	/* What cannot be read has not changed. */
	if (read_links(station, &links) == 0) {
		if (station->stale || links_differ(&station->links, &links))
			change_links(station, &links); /* or again next time */
		else
			station->links = links;
	}
	look_at_room(station);
}
