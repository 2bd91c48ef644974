/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Those who go on asking (--watch, --browse, --resolve) or just listen
 * (--monitor): the links of this host as they come and go, port 5353, a
 * querier, and the loop around them until it is time to stop. */
#ifndef LOOKUP_STATION_H
#define LOOKUP_STATION_H

#include "resolver/links.h"
#include "resolver/querier.h"
#include "resolver/sockets.h"
#include "tools/lookup/options.h"
#include "tools/lookup/packet.h"

/* Questions on each link: services have three, hosts two. */
#define STATION_QUESTIONS_MAX 4096

/* Any may be NULL. They must not stop the station. */
struct station_events {
	/* As of the querier; must not call back into it. link: where. */
	void (*changed)(void *context, const struct mdns_link *link,
		enum mdns_change change, const struct mdns_cached *record,
		mdns_time now);
	/* Each message sent and heard; the querier has read it already. */
	void (*packet)(void *context, const struct packet *packet);
	/* At the start and after each turn, when all that had come is told of:
	 * starts and stops questions, draws, says when it wants to be called at
	 * the latest (MDNS_TIME_NEVER: when something comes). */
	mdns_time (*turn)(void *context, mdns_time now);
	void *context;
};

/* Points into itself: not to be copied or moved; large, so from calloc. */
struct station {
	const struct options *options;
	struct station_events events;
	struct mdns_link_filter filter;
	const char **only; /* of the filter */
	struct mdns_querier querier;
	struct mdns_sockets sockets;
	struct mdns_links links;
	size_t memory_left;
	int signals;
	int err;         /* of station_open, for station_run to tell */
	bool sent;       /* anything, ever */
	bool complained; /* that it could not send */
	bool full;       /* that answers had no room */
	bool stale;      /* the last change of links did not get through */
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	/* A message, and what the kernel says of the links. */
	uint8_t buf[MDNS_MESSAGE_MAX] __attribute__((aligned(16)));
};

/* Takes what it needs; asks and sends nothing. only: names or globs besides
 * those of options, count of them; settings, options and what `only` points to
 * are borrowed. */
void station_open(struct station *station, const struct options *options,
	const struct mdns_settings *settings, const char *const *only,
	unsigned only_count, const struct station_events *events);
void station_close(struct station *station);

/* mdns_querier_start and _stop on all links; before it runs, or from `turn`. */
int station_ask(struct station *station, const struct mdns_name *name,
	uint16_t type, mdns_time now);
void station_leave(struct station *station, const struct mdns_name *name,
	uint16_t type, mdns_time now);

enum station_end {
	STATION_OVER,        /* options->total_ms, or *stop set by an event */
	STATION_INTERRUPTED, /* SIGINT, SIGTERM, or nobody reads standard
				output any more */
	STATION_FAILED, /* no link to ask on, none that could be sent on, or
				no memory; that was complained of, and is
				STATUS_NO_NETWORK to who has found nothing */
};
/* stop may be NULL. */
enum station_end station_run(struct station *station, const bool *stop);

/* "nobody answered on ... within ... s", for that operand. */
void station_explain_silence(const struct station *station, const char *text);

/* A descriptor that is readable once SIGINT or SIGTERM has come; they do
 * nothing else from then on. One that is ignored stays so. */
int station_open_signals(void);

#endif
