/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clients of mdns-helper ask for, and what they are told. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "resolver/zone.h"
#include "tools/helper/clients_private.h"

static void reply_done(struct client *client, uint64_t id)
{
	struct mdns_reply_head head = {0};

	client_reply(client, &head, MDNS_REPLY_DONE, id, false);
}

void client_refuse(struct client *client, uint64_t id, int why)
{
	struct mdns_reply_head head = {.status = why};

	client->clients->refused++;
	client_reply(client, &head, MDNS_REPLY_REFUSED, id, false);
}

static bool is_ours(
	const struct mdns_querier *querier, const struct mdns_name *name)
{
	return mdns_zone_of(name, querier->suffixes, querier->suffix_count) !=
	       MDNS_ZONE_NONE;
}

/* --- RESOLVE --- */

static struct pending *find_free(struct client *client)
{
	unsigned i;

	for (i = 0; i < CLIENTS_REQUESTS_MAX; i++)
		if (!client->pending[i].waits)
			return &client->pending[i];
	return NULL;
}

static void reply_answer(struct client *client, const struct pending *pending,
	int status, const struct mdns_answer *answer)
{
	const struct clients_world *world = client->clients->world;
	struct mdns_reply_answer reply;
	bool give_map = world->map_fd >= 0 && pending->map != world->map_id &&
			client->map != world->map_id;

	memset(&reply.head, 0, sizeof(reply.head));
	reply.head.map = world->map_fd >= 0 ? world->map_id : 0;
	mdns_reply_encode(&reply, status, answer);
	/* Once for each connection: a descriptor on its way counts against our
	 * limit until it is read. */
	if (give_map)
		client->map = world->map_id;
	client_reply(
		client, &reply.head, MDNS_REPLY_ANSWER, pending->id, give_map);
	/* Who would hang up now, and wake us for that. */
	if (pending->once && !client->output)
		client_drop(client);
}

static void count_waiting(struct client *client, int change)
{
	client->waiting += (unsigned)change;
	client->user->waiting += (unsigned)change;
	client->clients->waiting += (unsigned)change;
}

static void reply_wait(const struct pending *pending)
{
	struct mdns_reply_head head = {0};

	/* Nobody has answered so far. */
	if (pending->asker.alone &&
		mdns_sys_boottime() - pending->asker.since >= NAMES_PATIENCE)
		head.status = MDNS_ERR_NOT_FOUND;
	client_reply(
		pending->client, &head, MDNS_REPLY_WAIT, pending->id, false);
}

/* Each question that nobody could answer from what is known goes out to the
 * network, and makes a name that is remembered for a while: so many at once, and
 * then so many a second. */
static bool may_ask(struct user *user, mdns_time now)
{
	int64_t due =
		(now - user->asks_since) / (MDNS_SEC / CLIENTS_ASKS_UID_SECOND);

	if (due > 0) {
		user->asks = user->asks > due ? user->asks - due : 0;
		user->asks_since = now;
	}
	return user->asks < CLIENTS_ASKS_UID_MAX;
}

static void handle_resolve(struct client *client,
	const struct mdns_request *request, const struct mdns_name *name,
	mdns_time now)
{
	struct clients *clients = client->clients;
	struct pending *pending = find_free(client);
	struct mdns_answer answer;
	int status = 0, result;

	if (request->deadline != 0 && request->deadline <= now) {
		client_refuse(client, request->id, MDNS_ERR_NOT_FOUND);
		return;
	}
	if (!pending || clients->waiting >= CLIENTS_WAITING_MAX ||
		client->user->waiting >= CLIENTS_WAITING_UID_MAX) {
		client_refuse(client, request->id, MDNS_ERR_RESOURCE);
		return;
	}
	if (!may_ask(client->user, now)) {
		client_refuse(client, request->id, MDNS_ERR_RESOURCE);
		return;
	}
	memset(pending, 0, sizeof(*pending));
	pending->client = client;
	pending->id = request->id;
	pending->map = request->map;
	pending->once = request->once;
	result = names_ask(clients->world->names, name, now, request->deadline,
		&pending->asker, &status, &answer);
	if (result < 0) {
		client_refuse(client, request->id, result);
	} else if (result > 0) {
		reply_answer(client, pending, status, &answer);
	} else {
		client->user->asks++;
		pending->waits = true;
		count_waiting(client, 1);
		clients_remind(clients);
		reply_wait(pending);
	}
}

void clients_tell_waiting(struct clients *clients)
{
	struct client *client, *next;
	unsigned i;

	for (client = clients->first; client; client = next) {
		next = client->next; /* it may be dropped */
		for (i = 0; i < CLIENTS_REQUESTS_MAX && client->waiting > 0;
			i++)
			if (client->pending[i].waits)
				reply_wait(&client->pending[i]);
	}
}

void clients_answer(struct clients *clients, struct asker *asker, int status,
	const struct mdns_answer *answer)
{
	struct pending *pending = (struct pending *)asker;
	struct client *client = pending->client;

	(void)clients;
	if (!pending->waits)
		return;
	pending->waits = false;
	count_waiting(client, -1);
	if (client->dead)
		return;
	reply_answer(client, pending, status, answer);
	client_rest(client, true);
}

/* --- WATCH and BROWSE --- */

static uint32_t hash_of(
	const struct clients *clients, const struct mdns_name *name)
{
	return mdns_name_hash_seeded(name, clients->world->querier->hash_seed);
}

static void reply_event(const struct watch *watch, uint32_t ifindex,
	enum mdns_event_change change, const struct mdns_cached *record,
	mdns_time now)
{
	const struct mdns_rrset *set = record->set;
	struct mdns_reply_event event;

	memset(&event, 0, sizeof(event));
	event.ifindex = ifindex;
	event.ttl = mdns_cached_left(record, now);
	event.change = (uint16_t)change;
	event.type = set->type;
	event.name_len = set->name_len;
	event.rdlength = record->rdlength;
	memcpy(event.name, set->name, set->name_len);
	if (record->rdlength <= MDNS_EVENT_RDATA_MAX)
		memcpy(event.rdata, record->rdata, record->rdlength);
	client_reply(
		watch->client, &event.head, MDNS_REPLY_EVENT, watch->id, false);
}

static bool wants(const struct watch *watch, uint32_t ifindex, uint16_t type)
{
	return (watch->ifindex == 0 || watch->ifindex == ifindex) &&
	       (watch->type == MDNS_TYPE_ANY || watch->type == type);
}

static void reply_known(
	const struct watch *watch, const struct mdns_name *name, mdns_time now)
{
	const struct mdns_querier *querier =
		watch->client->clients->world->querier;
	const struct mdns_querier_link *link = querier->links;

	for (; link; link = link->next) {
		const struct mdns_rrset *set = NULL;
		const struct mdns_cached *record;

		while ((set = mdns_cache_next_of_name(
				&link->cache, name, set))) {
			if (!wants(watch, link->ifindex, set->type))
				continue;
			for (record = set->first; record; record = record->next)
				if (record->expiry > now)
					reply_event(watch, link->ifindex,
						MDNS_EVENT_ADDED, record, now);
		}
	}
}

static void link_watch(struct watch *watch)
{
	struct client *client = watch->client;

	watch->next = client->watch;
	client->watch = watch;
	client->user->watches++;
}

/* stop: the question is still asked for it. */
static void free_watch(struct watch *watch, bool stop, mdns_time now)
{
	struct client *client = watch->client;
	struct clients *clients = client->clients;
	struct watch **at = &client->watch;
	struct mdns_name name;

	while (*at != watch)
		at = &(*at)->next;
	*at = watch->next;
	client->user->watches--;
	mdns_table_remove(&clients->watches, &watch->node);
	name.len = watch->name_len;
	memcpy(name.wire, watch->name, watch->name_len);
	if (stop)
		mdns_querier_stop(clients->world->querier, watch->ifindex,
			&name, watch->type, now);
	free(watch);
}

static struct watch *new_watch(struct client *client,
	const struct mdns_request *request, const struct mdns_name *name)
{
	struct clients *clients = client->clients;
	struct watch *watch;

	if (clients->watches.count >= CLIENTS_WATCHES_MAX ||
		client->user->watches >= CLIENTS_WATCHES_UID_MAX)
		return NULL;
	watch = calloc(1, sizeof(*watch) + name->len);
	if (!watch)
		return NULL;
	watch->node.hash = hash_of(clients, name);
	watch->client = client;
	watch->id = request->id;
	watch->ifindex = request->ifindex;
	watch->type = request->op == MDNS_REQUEST_BROWSE ? MDNS_TYPE_PTR
							 : request->type;
	watch->name_len = name->len;
	memcpy(watch->name, name->wire, name->len);
	if (mdns_table_add(&clients->watches, &watch->node, &clients_memory) <
		0) {
		free(watch);
		return NULL;
	}
	link_watch(watch);
	return watch;
}

static void handle_watch(struct client *client,
	const struct mdns_request *request, const struct mdns_name *name,
	mdns_time now)
{
	struct watch *watch = may_ask(client->user, now)
				      ? new_watch(client, request, name)
				      : NULL;
	int err;

	if (!watch) {
		client_refuse(client, request->id, MDNS_ERR_RESOURCE);
		return;
	}
	err = mdns_querier_start(client->clients->world->querier,
		watch->ifindex, name, watch->type, now);
	if (err < 0) {
		free_watch(watch, false, now);
		client_refuse(client, request->id, err);
		return;
	}
	client->user->asks++;
	reply_done(client, request->id);
	reply_known(watch, name, now);
}

/* The first watch of that name from node on, or NULL. */
static struct watch *find_watch(
	struct mdns_table_node *node, const struct mdns_name *name)
{
	for (; node; node = mdns_table_next(node)) {
		struct watch *watch = (struct watch *)node;

		if (mdns_name_equal_wire(name, watch->name, watch->name_len))
			return watch;
	}
	return NULL;
}

bool clients_watch(const struct clients *clients, const struct mdns_name *name)
{
	return clients->watches.count > 0 &&
	       find_watch(mdns_table_first(
				  &clients->watches, hash_of(clients, name)),
		       name);
}

void clients_changed(struct clients *clients, uint32_t ifindex,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now)
{
	struct mdns_name name;
	struct watch *watch;

	if (clients->watches.count == 0 ||
		record->set->rclass != MDNS_CLASS_IN ||
		(change != MDNS_ADDED && change != MDNS_REMOVED))
		return;
	mdns_rrset_name(record->set, &name);
	watch = find_watch(
		mdns_table_first(&clients->watches, hash_of(clients, &name)),
		&name);
	for (; watch; watch = find_watch(mdns_table_next(&watch->node), &name))
		if (wants(watch, ifindex, record->set->type))
			reply_event(watch, ifindex,
				change == MDNS_ADDED ? MDNS_EVENT_ADDED
						     : MDNS_EVENT_REMOVED,
				record, now);
}

/* Those of a client that were asked on that link alone. */
static void end_watches(struct client *client, uint32_t ifindex)
{
	struct watch *watch = client->watch;

	while (watch) {
		struct watch *next = watch->next;
		uint64_t id = watch->id;

		if (watch->ifindex == ifindex) {
			free_watch(watch, false, 0);
			client_refuse(client, id, MDNS_ERR_NO_LINK);
			client_rest(client, true);
		}
		watch = next;
	}
}

void clients_drop_link(struct clients *clients, uint32_t ifindex)
{
	struct client *client, *next;

	for (client = clients->first; client; client = next) {
		next = client->next; /* it may die of the news */
		end_watches(client, ifindex);
	}
	for (client = clients->dead; client; client = client->next)
		end_watches(client, ifindex);
}

/* --- RECONFIRM, FLUSH, STATUS --- */

static void handle_reconfirm(struct client *client,
	const struct mdns_request *request, const struct mdns_name *name,
	mdns_time now)
{
	struct mdns_querier *querier = client->clients->world->querier;
	int err = MDNS_ERR_NOT_OURS;

	if (is_ours(querier, name))
		err = may_ask(client->user, now)
			      ? mdns_querier_reconfirm(querier,
					request->ifindex, name, request->type,
					now)
			      : MDNS_ERR_RESOURCE;
	if (err < 0) {
		client_refuse(client, request->id, err);
		return;
	}
	client->user->asks++;
	reply_done(client, request->id);
}

static void handle_flush(
	struct client *client, const struct mdns_request *request)
{
	const struct clients_world *world = client->clients->world;

	if (client->user->uid != 0 && client->user->uid != geteuid()) {
		client_refuse(client, request->id, MDNS_ERR_DENIED);
		return;
	}
	world->flush(world->context);
	reply_done(client, request->id);
}

static void handle_status(
	struct client *client, const struct mdns_request *request)
{
	struct clients *clients = client->clients;
	const struct clients_world *world = clients->world;
	struct mdns_reply_status status;
	struct mdns_reply_link link;
	uint32_t links = 0;

	memset(&link, 0, sizeof(link));
	while (world->describe_link(world->context, links, &link)) {
		client_reply(client, &link.head, MDNS_REPLY_LINK, request->id,
			false);
		memset(&link, 0, sizeof(link));
		links++;
	}
	memset(&status, 0, sizeof(status));
	world->describe(world->context, &status);
	status.links = links;
	status.clients = clients->count;
	status.waiting = clients->waiting;
	status.watches = clients->watches.count;
	status.requests = clients->requests;
	status.refused = clients->refused;
	status.dropped = clients->dropped;
	client_reply(
		client, &status.head, MDNS_REPLY_STATUS, request->id, false);
}

void client_handle(struct client *client, const struct mdns_request *request)
{
	/* Of each request anew: to flush takes its own time, and time must not
	 * go back. */
	mdns_time now = mdns_sys_boottime();
	struct mdns_name name = {0};

	if (request->name_len > 0 && !mdns_request_name(request, &name)) {
		client_refuse(client, request->id, MDNS_ERR_FORMAT);
		client_drop(client);
		return;
	}
	if (client->foreign && request->name_len > 0) {
		client_refuse(client, request->id, MDNS_ERR_NO_LINK);
		return;
	}
	switch ((enum mdns_request_op)request->op) {
	case MDNS_REQUEST_RESOLVE:
		handle_resolve(client, request, &name, now);
		break;
	case MDNS_REQUEST_WATCH:
	case MDNS_REQUEST_BROWSE:
		handle_watch(client, request, &name, now);
		break;
	case MDNS_REQUEST_RECONFIRM:
		handle_reconfirm(client, request, &name, now);
		break;
	case MDNS_REQUEST_FLUSH:
		handle_flush(client, request);
		break;
	case MDNS_REQUEST_STATUS:
		handle_status(client, request);
		break;
	}
}

void client_forget(struct client *client)
{
	struct clients *clients = client->clients;
	unsigned i;

	for (i = 0; i < CLIENTS_REQUESTS_MAX; i++) {
		struct pending *pending = &client->pending[i];

		if (!pending->waits)
			continue;
		names_cancel(clients->world->names, &pending->asker);
		count_waiting(client, -1);
	}
	/* The questions that nobody wants any more leave the timers behind. */
	if (client->watch)
		clients->handled = true;
	while (client->watch)
		free_watch(client->watch, true, mdns_sys_boottime());
}
