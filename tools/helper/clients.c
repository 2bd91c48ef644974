/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connections to mdns-helper: who comes, who goes, and what is read from
 * them. What they ask for is in clients_request.c, what they are told in
 * clients_reply.c. */
#include "tools/helper/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/sys.h"
#include "tools/helper/alarm.h"
#include "tools/helper/clients_private.h"

#define ACCEPTS_A_WAKE 64
/* Most come alone: to look whether there is another is a system call, and who has
 * just been answered may wait for the processor that we have. */
#define CROWD_TIME (100 * MDNS_USEC)
#define USERS_MAX (CLIENTS_MAX + 1024)
#define READS_A_WAKE 16
/* sd_event_run looks at all that is ready and then serves one of them: with 500
 * connections that talk all the time it is busy with looking only (measured:
 * 200 ms for a round of 512). So they have an epoll of their own, of which so
 * many are served at a time; the kernel takes them in turns. */
#define WAKES_AT_ONCE 64
/* So many connections of a uid can ask as much at a time as one of them. */
#define READS_SHARED_BY 8
/* When there is no descriptor left, and none that could be taken back. */
#define PAUSE_TIME (100 * MDNS_MSEC)
/* One request of each length and one octet more, so that too long shows. */
#define REQUEST_SIZE (sizeof(struct mdns_request) + 1)

static void *take(void *context, size_t size)
{
	(void)context;
	return malloc(size);
}

static void give(void *context, void *memory, size_t size)
{
	(void)context;
	(void)size;
	free(memory);
}

const struct mdns_memory clients_memory = {take, give, NULL};

static uint64_t to_usec(mdns_time time)
{
	return (uint64_t)(time / MDNS_USEC) + 1; /* never too early */
}

/* --- users --- */

static struct user *find_user(const struct clients *clients, uint32_t uid)
{
	struct mdns_table_node *node = mdns_table_first(&clients->users, uid);

	return (struct user *)node; /* the hash is the uid: there is one */
}

/* Who has no connection now is kept: for what it has asked for lately, and
 * because it is soon back. */
static void forget_users(struct clients *clients)
{
	struct mdns_table_node *node = mdns_table_walk(&clients->users, NULL);

	while (node) {
		struct mdns_table_node *next =
			mdns_table_walk(&clients->users, node);
		struct user *user = (struct user *)node;

		if (user->connections == 0) {
			mdns_table_remove(&clients->users, node);
			free(user);
		}
		node = next;
	}
}

static struct user *take_user(struct clients *clients, uint32_t uid)
{
	struct user *user = find_user(clients, uid);

	if (user)
		return user;
	if (clients->users.count >= USERS_MAX)
		forget_users(clients);
	user = calloc(1, sizeof(*user));
	if (!user)
		return NULL;
	user->uid = uid;
	user->node.hash = uid;
	if (mdns_table_add(&clients->users, &user->node, &clients_memory) < 0) {
		free(user);
		return NULL;
	}
	return user;
}

/* --- those that may be idle, by since when --- */

static mdns_time idle_time(const struct clients *clients)
{
	return clients->world->idle_time ? clients->world->idle_time
					 : CLIENTS_IDLE_TIME;
}

static void unlink_rest(struct client *client)
{
	struct clients *clients = client->clients;

	if (!client->rests)
		return;
	client->rests = false;
	*(client->newer ? &client->newer->older : &clients->newest) =
		client->older;
	*(client->older ? &client->older->newer : &clients->oldest) =
		client->newer;
}

/* The timer stays as it is while it runs: a lookup that comes and goes in
 * between costs no system call for it. */
static void arm_idle(struct clients *clients)
{
	mdns_time due = clients->oldest->since + idle_time(clients);

	if (sd_event_source_get_enabled(clients->idle, NULL) > 0)
		return;
	sd_event_source_set_time(clients->idle, to_usec(due));
	sd_event_source_set_enabled(clients->idle, SD_EVENT_ONESHOT);
}

void client_rest(struct client *client, bool moved)
{
	struct clients *clients = client->clients;
	/* Whoever does not read is on the way out, whatever else he wants. */
	bool rests =
		!client->dead &&
		(client->output || (client->waiting == 0 && !client->watch));

	if (rests && client->rests && !moved)
		return;
	unlink_rest(client);
	if (!rests)
		return;
	client->rests = true;
	client->since = mdns_sys_boottime();
	client->newer = NULL;
	client->older = clients->newest;
	*(clients->newest ? &clients->newest->newer : &clients->oldest) =
		client;
	clients->newest = client;
	arm_idle(clients);
}

/* --- the end of one --- */

void client_drop(struct client *client)
{
	struct clients *clients = client->clients;

	if (client->dead)
		return;
	client->dead = true;
	unlink_rest(client);
	/* Room for the others of its uid, at once. */
	client_forget_replies(client);
	/* It may be readable, or hung up, for ever. */
	if (client->heard)
		epoll_ctl(clients->epoll, EPOLL_CTL_DEL, client->fd, NULL);
	if (client->next)
		client->next->previous = client->previous;
	*(client->previous ? &client->previous->next : &clients->first) =
		client->next;
	client->next = clients->dead;
	clients->dead = client;
	clients->count--;
	if (!clients->awake)
		sd_event_source_set_enabled(clients->reaper, SD_EVENT_ONESHOT);
}

static void free_client(struct client *client)
{
	client_forget(client);
	close(client->fd);
	client->user->connections--;
	free(client);
}

static void reap(struct clients *clients)
{
	struct client *client;

	while ((client = clients->dead)) {
		clients->dead = client->next;
		free_client(client);
	}
}

/* At the beginning of each of our callbacks: to read and to close may take long
 * if a client wants that. */
static void wake(struct clients *clients)
{
	clients->awake = true;
	alarm_start();
}

/* At the end of each of our callbacks. To settle may be the end of others. */
static void settle(struct clients *clients)
{
	do {
		reap(clients);
		if (clients->handled) {
			clients->handled = false;
			clients->world->settle(clients->world->context);
		}
	} while (clients->dead || clients->handled);
	clients->awake = false;
	alarm_stop();
}

static int on_reaper(sd_event_source *source, void *userdata)
{
	struct clients *clients = userdata;

	(void)source;
	wake(clients);
	settle(clients);
	return 0;
}

static int on_idle(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct clients *clients = userdata;
	mdns_time now = mdns_sys_boottime();

	(void)source;
	(void)usec;
	wake(clients);
	while (clients->oldest &&
		clients->oldest->since + idle_time(clients) <= now) {
		clients->dropped++;
		client_drop(clients->oldest);
	}
	if (clients->oldest)
		arm_idle(clients);
	settle(clients);
	return 0;
}

/* --- those who wait --- */

void clients_remind(struct clients *clients)
{
	if (sd_event_source_get_enabled(clients->reminder, NULL) > 0)
		return;
	sd_event_source_set_time(clients->reminder,
		to_usec(mdns_sys_boottime() + CLIENTS_REMIND_TIME));
	sd_event_source_set_enabled(clients->reminder, SD_EVENT_ONESHOT);
}

static int on_reminder(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct clients *clients = userdata;

	(void)source;
	(void)usec;
	wake(clients);
	clients_tell_waiting(clients);
	if (clients->waiting > 0)
		clients_remind(clients);
	settle(clients);
	return 0;
}

/* --- requests --- */

int client_listen(struct client *client)
{
	struct epoll_event event = {
		.events =
			EPOLLIN | EPOLLRDHUP | (client->output ? EPOLLOUT : 0u),
		.data.ptr = client,
	};
	int op = client->heard ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (epoll_ctl(client->clients->epoll, op, client->fd, &event) < 0)
		return -errno;
	client->heard = true;
	return 0;
}

/* One request, if there is one. Descriptors that come along are thrown away by
 * the kernel: there is no room for them. Whoever sends some means no good. */
static bool read_request(struct client *client)
{
	union {
		struct mdns_request request;
		uint8_t octets[REQUEST_SIZE];
	} buf;
	struct iovec iov = {&buf, REQUEST_SIZE};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = mdns_sys_recvmsg(client->fd, &msg);

	if (n == -EAGAIN)
		return false;
	if (n == -EINTR)
		return true;
	if (n <= 0 || msg.msg_flags & MSG_CTRUNC) {
		client_drop(client);
		return false;
	}
	client->clients->requests++;
	if (!mdns_request_check(&buf, (size_t)n)) {
		client_refuse(client, 0, MDNS_ERR_FORMAT);
		client_stop_reading(client->fd);
		client_drop(client);
		return false;
	}
	client->clients->handled = true;
	client_handle(client, &buf.request);
	return true;
}

static void serve(struct client *client, uint32_t events)
{
	/* Many connections of one uid take their turns faster, so that those of
	 * another wait for them no longer than for a few. */
	unsigned share = client->user->connections / READS_SHARED_BY + 1;
	unsigned i;

	if (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR))
		client_drop(client);
	if (!client->dead && events & EPOLLOUT)
		client_drain(client);
	if (client->dead || !(events & EPOLLIN))
		return;
	for (i = 0; i < READS_A_WAKE; i += share)
		if (!read_request(client) || client->dead)
			break;
	client_rest(client, true);
}

static int on_talking(
	sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct clients *clients = userdata;
	struct epoll_event ready[WAKES_AT_ONCE];
	int i, count = epoll_wait(fd, ready, WAKES_AT_ONCE, 0);

	(void)source;
	(void)events;
	wake(clients);
	clients->world->begin(clients->world->context);
	/* One of them may be dead by what another one said; not freed yet. */
	for (i = 0; i < count; i++)
		serve(ready[i].data.ptr, ready[i].events);
	settle(clients);
	return 0;
}

/* --- the listener --- */

static void refuse_connection(struct clients *clients, int fd)
{
	clients->refused++;
	client_turn_away(fd);
	close(fd);
}

static bool is_foreign(const struct clients *clients, int fd)
{
	uint64_t netns;
	socklen_t size = sizeof(netns);

	return clients->world->netns != 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &netns, &size) ==
		       0 &&
	       netns != clients->world->netns;
}

static struct client *new_client(
	struct clients *clients, int fd, struct user *user)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		return NULL;
	client->clients = clients;
	client->user = user;
	client->fd = fd;
	client->foreign = is_foreign(clients, fd);
	client->output_end = &client->output;
	client->next = clients->first;
	if (clients->first)
		clients->first->previous = client;
	clients->first = client;
	clients->count++;
	user->connections++;
	return client;
}

/* Most have asked by now, want one answer and are gone: this saves them a round
 * of the event loop. Who has many connections takes turns, see serve. */
static void welcome(struct client *client)
{
	if (client->user->connections < READS_SHARED_BY)
		read_request(client);
	if (!client->dead && !client->heard && client_listen(client) < 0) {
		client_refuse(client, 0, MDNS_ERR_RESOURCE);
		client_stop_reading(client->fd);
		client_drop(client);
	}
	client_rest(client, true);
}

static void add_connection(struct clients *clients, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	struct client *client = NULL;
	struct user *user;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
		close(fd);
		return;
	}
	user = clients->count < CLIENTS_MAX ? take_user(clients, peer.uid)
					    : NULL;
	if (user && user->connections < CLIENTS_UID_MAX)
		client = new_client(clients, fd, user);
	if (client)
		welcome(client);
	else
		refuse_connection(clients, fd);
}

/* Takes a descriptor back from whoever has done nothing for longest. */
static bool drop_oldest(struct clients *clients)
{
	if (!clients->oldest)
		return false;
	clients->dropped++;
	client_drop(clients->oldest);
	reap(clients);
	return true;
}

/* Without a descriptor to give, accept says so even if nobody is there. */
static bool is_somebody_there(int listener)
{
	struct pollfd poll = {.fd = listener, .events = POLLIN};

	return mdns_sys_poll(&poll, 1, 0) > 0;
}

/* Who is waiting stays readable: without this the loop would spin. */
static void pause_accepting(struct clients *clients)
{
	sd_event_source_set_enabled(clients->accepting, SD_EVENT_OFF);
	sd_event_source_set_time(
		clients->pause, to_usec(mdns_sys_boottime() + PAUSE_TIME));
	sd_event_source_set_enabled(clients->pause, SD_EVENT_ONESHOT);
}

static int on_pause(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct clients *clients = userdata;

	(void)source;
	(void)usec;
	sd_event_source_set_enabled(clients->accepting, SD_EVENT_ON);
	return 0;
}

static int on_listener(
	sd_event_source *source, int fd, uint32_t events, void *userdata)
{
	struct clients *clients = userdata;
	mdns_time now = mdns_sys_now();
	uint64_t round = 0;
	unsigned i, count;

	(void)source;
	(void)events;
	wake(clients);
	/* If others have had a turn since, ours may not come soon again. */
	sd_event_get_iteration(clients->event, &round);
	count = round != clients->round + 1 ||
				now - clients->accepted < CROWD_TIME
			? ACCEPTS_A_WAKE
			: 1;
	clients->round = round;
	clients->accepted = now;
	clients->world->begin(clients->world->context);
	for (i = 0; i < count; i++) {
		int peer =
			accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (peer >= 0) {
			add_connection(clients, peer);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno == EAGAIN || !is_somebody_there(fd))
			break;
		/* EMFILE, ENFILE, ENOMEM, ENOBUFS. */
		if (drop_oldest(clients))
			continue;
		pause_accepting(clients);
		break;
	}
	settle(clients);
	return 0;
}

/* --- all of them --- */

/* Timers and the reaper are there from the start: later there may be neither
 * memory nor descriptors for them. */
static int add_sources(struct clients *clients)
{
	int result = sd_event_add_io(clients->event, &clients->accepting,
		clients->listener, EPOLLIN, on_listener, clients);

	if (result >= 0)
		result = sd_event_add_io(clients->event, &clients->talking,
			clients->epoll, EPOLLIN, on_talking, clients);
	if (result >= 0)
		result = sd_event_add_time(clients->event, &clients->pause,
			CLOCK_BOOTTIME, 0, 1, on_pause, clients);
	if (result >= 0)
		result = sd_event_source_set_enabled(
			clients->pause, SD_EVENT_OFF);
	if (result >= 0)
		result = sd_event_add_time(clients->event, &clients->idle,
			CLOCK_BOOTTIME, 0, MDNS_SEC / MDNS_USEC, on_idle,
			clients);
	if (result >= 0)
		result = sd_event_source_set_enabled(
			clients->idle, SD_EVENT_OFF);
	if (result >= 0)
		result = sd_event_add_time(clients->event, &clients->reminder,
			CLOCK_BOOTTIME, 0, 10 * MDNS_MSEC / MDNS_USEC,
			on_reminder, clients);
	if (result >= 0)
		result = sd_event_source_set_enabled(
			clients->reminder, SD_EVENT_OFF);
	if (result >= 0)
		result = sd_event_add_defer(
			clients->event, &clients->reaper, on_reaper, clients);
	if (result >= 0)
		result = sd_event_source_set_enabled(
			clients->reaper, SD_EVENT_OFF);
	return result < 0 ? result : 0;
}

int clients_open(struct clients **ret_clients, sd_event *event, int listener,
	const struct clients_world *world)
{
	struct clients *clients = calloc(1, sizeof(*clients));
	int result;

	if (!clients)
		return -ENOMEM;
	clients->event = sd_event_ref(event);
	clients->world = world;
	clients->listener = listener;
	mdns_table_init(&clients->users);
	mdns_table_init(&clients->watches);
	clients->epoll = epoll_create1(EPOLL_CLOEXEC);
	result = clients->epoll < 0 ? -errno : add_sources(clients);
	if (result < 0) {
		clients_close(clients);
		return result;
	}
	*ret_clients = clients;
	return 0;
}

void clients_close(struct clients *clients)
{
	if (!clients)
		return;
	wake(clients);
	while (clients->first)
		client_drop(clients->first);
	reap(clients);
	sd_event_source_disable_unref(clients->talking);
	if (clients->epoll >= 0)
		close(clients->epoll);
	sd_event_source_disable_unref(clients->accepting);
	sd_event_source_disable_unref(clients->pause);
	sd_event_source_disable_unref(clients->idle);
	sd_event_source_disable_unref(clients->reminder);
	sd_event_source_disable_unref(clients->reaper);
	forget_users(clients);
	mdns_table_close(&clients->users, &clients_memory);
	mdns_table_close(&clients->watches, &clients_memory);
	sd_event_unref(clients->event);
	free(clients);
}

unsigned clients_count(const struct clients *clients)
{
	return clients->count;
}
