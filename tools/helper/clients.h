/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connections to mdns-helper: requests in, replies out, and limits, so
 * that no client can take from another.
 *
 * A connection is dropped if it has nothing under way for CLIENTS_IDLE_TIME,
 * if it sends what is no request, or if it does not read what it asked for.
 * What is over a limit is REFUSED with MDNS_ERR_RESOURCE, never met with
 * silence. A client that hangs up, one direction or both, costs nothing any
 * more. The map's descriptor goes to a connection once.
 *
 * Nothing here calls names_cancel or mdns_querier_stop from inside
 * clients_answer or clients_changed: that is done when the loop comes round.
 * Time is mdns_sys_boottime(). */
#ifndef HELPER_CLIENTS_H
#define HELPER_CLIENTS_H

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "resolver/protocol.h"
#include "tools/helper/names.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14 */
#endif

#define CLIENTS_IDLE_TIME (10 * MDNS_SEC)
/* Who waits for the network is told so again and again: a helper that hangs is
 * not to be mistaken for a network that is silent. */
#define CLIENTS_REMIND_TIME (100 * MDNS_MSEC)

/* In all, and for each uid (root as well). */
#define CLIENTS_MAX 4096
#define CLIENTS_UID_MAX 512
#define CLIENTS_WAITING_MAX 2048 /* RESOLVE requests under way */
#define CLIENTS_WAITING_UID_MAX 256
/* Names that had to be asked for on the network: at once, and then a second. */
#define CLIENTS_ASKS_UID_MAX 2000
#define CLIENTS_ASKS_UID_SECOND 200
#define CLIENTS_WATCHES_MAX 1024
#define CLIENTS_WATCHES_UID_MAX 128
#define CLIENTS_QUEUED_MAX (8u << 20) /* octets that wait to be read */
#define CLIENTS_QUEUED_UID_MAX (1u << 20)
/* And for each connection. */
#define CLIENTS_REQUESTS_MAX 16 /* RESOLVE under way */
#define CLIENTS_QUEUED_ONE_MAX (512u << 10)

/* What clients ask about; borrowed, must live longer than they do. */
struct clients_world {
	struct names *names;
	struct mdns_querier *querier;
	int map_fd;      /* -1: no map */
	uint64_t map_id; /* 0: no map */
	/* Whose links they are (SO_NETNS_COOKIE): clients in another network
	 * namespace have other ones, and are REFUSED with MDNS_ERR_NO_LINK all
	 * that is about links. 0: not known, or no such thing. */
	uint64_t netns;
	/* Before a batch of requests: time may have passed. */
	void (*begin)(void *context);
	/* All that follows from a change: packets, timers, waiting answers.
	 * Called once after each batch of requests. */
	void (*settle)(void *context);
	/* Forgets everything that was heard, and asks anew. */
	void (*flush)(void *context);
	/* Fills what only the main program knows: links one after the other
	 * (false: there is no index-th), and the totals but links, clients,
	 * waiting, watches, requests, refused and dropped, which are filled by
	 * the caller. So is head. All is zeros before. */
	bool (*describe_link)(
		void *context, unsigned index, struct mdns_reply_link *link);
	void (*describe)(void *context, struct mdns_reply_status *status);
	void *context;
	int64_t idle_time; /* 0: CLIENTS_IDLE_TIME */
};

struct clients;

/* Listens on a descriptor that is a listening SOCK_SEQPACKET socket, not
 * blocking, which stays the caller's. 0 or a negative errno value. */
int clients_open(struct clients **ret_clients, sd_event *event, int listener,
	const struct clients_world *world);
void clients_close(struct clients *clients);

/* From names: the answer for one of ours. */
void clients_answer(struct clients *clients, struct asker *asker, int status,
	const struct mdns_answer *answer);

/* From the querier: a record that somebody may watch. */
void clients_changed(struct clients *clients, uint32_t ifindex,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now);

/* After mdns_querier_drop_link: the questions of those who watch on just that
 * link have ended with it. They are REFUSED with MDNS_ERR_NO_LINK. */
void clients_drop_link(struct clients *clients, uint32_t ifindex);

/* True if somebody watches that name: what is heard of it is to be kept. */
bool clients_watch(const struct clients *clients, const struct mdns_name *name);

/* Connections now; the loop may end for idleness when there are none. */
unsigned clients_count(const struct clients *clients);

#endif
