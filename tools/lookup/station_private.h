/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What station.c (messages, the loop) and station_links.c (links) share. */
#ifndef LOOKUP_STATION_PRIVATE_H
#define LOOKUP_STATION_PRIVATE_H

#include "tools/lookup/station.h"

/* Reads what waits in that socket, a few dozen messages at most. */
void station_drain(struct station *station, const struct mdns_socket *socket);

/* At the start: the links and all that goes with them. 0 even if there is none;
 * an error of enum mdns_err. */
int station_find_links(struct station *station);

/* The same if they have changed; and complains, once, if what was heard on one
 * has no more room. To be called every second or so. */
void station_look_at_links(struct station *station);

#endif
