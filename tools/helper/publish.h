/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory in which mdns-helper publishes its map, and its sign of life. */
#ifndef HELPER_PUBLISH_H
#define HELPER_PUBLISH_H

#include "resolver/map.h"

struct publish {
	struct mdns_map_writer writer;
	int fd; /* what clients get: nobody can write, shrink or grow it */
	void *memory;
	mdns_time promised; /* until when we have said to be there */
};

/* A new map. Every thread that dies takes its own with it, so call it in the
 * thread that runs the loop. 0 or a negative errno value. */
int publish_open(struct publish *publish);
/* Says to all readers that it is over. */
void publish_close(struct publish *publish);

/* As long as something in the map may be taken (wanted), promises at now to be
 * there for a little longer; returns when to be called again, or NEVER. */
mdns_time publish_beat(struct publish *publish, bool wanted, mdns_time now);

#endif
