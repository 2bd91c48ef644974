/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients.c (connections), clients_request.c (what they ask for) and
 * clients_reply.c (what they are told) share; for nobody else. */
#ifndef HELPER_CLIENTS_PRIVATE_H
#define HELPER_CLIENTS_PRIVATE_H

#include "tools/helper/clients.h"

/* All connections of one uid; stays until there are too many. */
struct user {
	struct mdns_table_node node; /* hash: of the uid */
	uint32_t uid;
	unsigned connections;
	unsigned waiting;
	unsigned watches;
	int64_t asks; /* not yet paid off by time */
	mdns_time asks_since;
	size_t queued;
};

/* A RESOLVE request that waits. */
struct pending {
	struct asker asker; /* first: names knows nothing else of it */
	struct client *client;
	uint64_t id;
	uint64_t map;
	bool once; /* and then we hang up */
	bool waits;
};

struct watch {
	struct mdns_table_node node; /* hash: of the name */
	struct watch *next;          /* of its client */
	struct client *client;
	uint64_t id;
	uint32_t ifindex; /* 0: all links */
	uint16_t type;
	uint16_t name_len;
	uint8_t name[]; /* wire form */
};

struct output;

struct client {
	struct clients *clients;
	struct client *next, *previous; /* of all that are not dead */
	struct client *newer, *older;   /* of those that may be idle */
	struct user *user;
	int fd;
	bool dead;       /* nobody may use it any more but those up the stack */
	bool heard;      /* by the epoll */
	bool foreign;    /* in another network namespace */
	bool rests;      /* is in the list of those that may be idle */
	uint8_t sent;    /* messages, up to SENT_FREELY + 1 */
	mdns_time since; /* it rests */
	uint64_t map;    /* the map that it was given, or 0 */
	struct output *output, **output_end; /* what it has yet to read */
	size_t queued;                       /* octets of that */
	unsigned waiting;
	struct pending pending[CLIENTS_REQUESTS_MAX];
	struct watch *watch;
};

struct clients {
	sd_event *event;
	const struct clients_world *world;
	int listener;
	int epoll;                  /* of all connections; see WAKES_AT_ONCE */
	sd_event_source *talking;   /* some of them have something to say */
	sd_event_source *accepting; /* the listener has somebody */
	sd_event_source *pause;     /* over: it may be asked again */
	sd_event_source *idle;      /* the one that rests longest is due */
	sd_event_source *reminder;  /* those who wait are told so again */
	sd_event_source *reaper;    /* there are dead ones, outside of `wake` */
	struct client *first;
	struct client *newest, *oldest; /* of those that may be idle */
	struct client *dead;            /* by next */
	struct mdns_table users, watches;
	unsigned count;
	unsigned waiting;
	size_t queued;
	mdns_time accepted; /* when there was somebody, mdns_sys_now */
	uint64_t round;     /* of the event loop, and in which */
	bool awake;         /* one of our own callbacks is up the stack */
	bool handled;       /* something that the world has to follow */
	uint64_t requests, refused, dropped; /* for STATUS */
};

extern const struct mdns_memory clients_memory; /* malloc */

/* From now on it is heard; and if it has replies to read, so is that there is
 * room for more. 0 or a negative errno value. */
int client_listen(struct client *client);

/* In clients_reply.c. Fills in what all heads have, and sends it or has it wait;
 * drops a client that does not read. give_map: the map's descriptor goes with
 * it. A dead client gets nothing. */
void client_reply(struct client *client, struct mdns_reply_head *head,
	enum mdns_reply_kind kind, uint64_t id, bool give_map);
/* There is room for some of what it has yet to read. */
void client_drain(struct client *client);
void client_forget_replies(struct client *client);
/* REFUSED with MDNS_ERR_RESOURCE, to whom there is no room for. */
void client_turn_away(int fd);
/* Before we hang up after a last word: a peer whose requests are still unread
 * then would see a reset connection in place of that word. */
void client_stop_reading(int fd);

/* Ends the connection, now; what it has is given back a little later, when
 * nobody up the stack can stumble over it. */
void client_drop(struct client *client);

/* After something has come or gone: it may be idle from now on, or is not any
 * more. moved: it has just said or read something. */
void client_rest(struct client *client, bool moved);

/* Somebody waits: begins to tell, if that is not under way. */
void clients_remind(struct clients *clients);

/* In clients_request.c. Tells all who wait. */
void clients_tell_waiting(struct clients *clients);
void client_refuse(struct client *client, uint64_t id, int why);
/* The request has been checked for its form. */
void client_handle(struct client *client, const struct mdns_request *request);
/* Gives up all that it waits for and watches. */
void client_forget(struct client *client);

#endif
