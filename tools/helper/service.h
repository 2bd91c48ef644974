/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ties mdns-helper together: packets, links, clients and time come in by
 * sd-event, and all that follows from them goes out. */
#ifndef HELPER_SERVICE_H
#define HELPER_SERVICE_H

#include <systemd/sd-event.h>

#include "tools/helper/clients.h"
#include "tools/helper/links.h"
#include "tools/helper/listen.h"
#include "tools/helper/port.h"
#include "tools/helper/publish.h"

/* Points into itself: not to be copied or moved. */
struct service {
	sd_event *event;
	sd_event_source *timer;
	struct mdns_settings settings;
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	struct listening listening;
	struct port port;
	struct links links;
	struct publish publish;
	struct mdns_querier querier;
	struct names names;
	struct clients_world world;
	struct clients *clients;
	size_t memory_left;
	mdns_time started; /* boottime */
	int64_t asleep;    /* boottime less monotonic: grows in suspend */
	int64_t idle_exit; /* after so long with nothing to do; 0: never */
	mdns_time idle;    /* since when there is nothing to do; 0: there is */
	uint8_t buf[MDNS_MESSAGE_MAX];
};

/* Everything that needs a privilege, or makes a descriptor. 0 or a negative
 * errno value; what went wrong has been said then. */
int service_open(struct service *service, int64_t idle_exit);

/* Says READY and works until it is told to stop. 0 or a negative errno value. */
int service_run(struct service *service);

void service_close(struct service *service);

#endif
