/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the clients of mdns-helper are told, and what they have yet to read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "resolver/err.h"
#include "resolver/sys.h"
#include "tools/helper/clients_private.h"

/* What was sent and not read yet is the kernel's, but we are charged for it (the
 * unit has MemoryMax=), and the peer may keep it when we have hung up. */
#define SEND_BUFFER 8192
/* A lookup is one or two messages; it is not to cost one more system call. */
#define SENT_FREELY 2
/* What a peer can have sent that is still unread is bounded by its socket. */
#define UNREAD_MAX 4096

/* A reply that waits to be read. The end of most is zeros (names and data are
 * shorter than they may be); those are not kept. */
struct output {
	struct output *next;
	size_t size;
	size_t kept;
	bool give_map;
	uint8_t octets[];
};

/* One message; 0 or a negative errno value. */
static int send_message(
	int fd, const void *octets, size_t kept, size_t size, const int *map_fd)
{
	static const uint8_t zeros[sizeof(struct mdns_reply_event)];
	union {
		struct cmsghdr align;
		uint8_t octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[2] = {{(void *)(uintptr_t)octets, kept},
		{(void *)(uintptr_t)zeros, size - kept}};
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = size > kept ? 2 : 1};
	ssize_t n;

	if (map_fd) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), map_fd, sizeof(int));
	}
	do
		n = mdns_sys_sendmsg(fd, &msg);
	while (n == -EINTR);
	return n < 0 ? (int)n : 0;
}

_Static_assert(
	sizeof(struct mdns_reply_event) >= sizeof(struct mdns_reply_answer),
	"an event is the longest reply: see the zeros");

static int send_to(struct client *client, const void *octets, size_t kept,
	size_t size, bool give_map)
{
	const struct clients_world *world = client->clients->world;
	bool has_map = give_map && world->map_fd >= 0;
	int result;

	if (client->sent <= SENT_FREELY && client->sent++ == SENT_FREELY)
		setsockopt(client->fd, SOL_SOCKET, SO_SNDBUF,
			&(int){SEND_BUFFER}, sizeof(int));
	result = send_message(client->fd, octets, kept, size,
		has_map ? &world->map_fd : NULL);
	/* Too many descriptors are under way to those who do not take them.
	 * Without the map it is an answer all the same. */
	if (result == -ETOOMANYREFS)
		result = send_message(client->fd, octets, kept, size, NULL);
	return result;
}

static void free_output(struct client *client)
{
	struct output *output = client->output;
	size_t size = sizeof(*output) + output->kept;

	client->output = output->next;
	if (!client->output)
		client->output_end = &client->output;
	client->queued -= size;
	client->user->queued -= size;
	client->clients->queued -= size;
	free(output);
}

void client_forget_replies(struct client *client)
{
	while (client->output)
		free_output(client);
}

static void listen_or_drop(struct client *client)
{
	if (client_listen(client) < 0)
		client_drop(client);
}

static size_t without_zeros(const uint8_t *octets, size_t size)
{
	while (size > 0 && octets[size - 1] == 0)
		size--;
	return size;
}

/* False if the client has to go: it does not read, or there is no memory. */
static bool queue(
	struct client *client, const void *octets, size_t size, bool give_map)
{
	struct clients *clients = client->clients;
	size_t kept = without_zeros(octets, size);
	size_t taken = sizeof(struct output) + kept;
	struct output *output;

	if (client->queued + taken > CLIENTS_QUEUED_ONE_MAX ||
		client->user->queued + taken > CLIENTS_QUEUED_UID_MAX ||
		clients->queued + taken > CLIENTS_QUEUED_MAX)
		return false;
	output = malloc(taken);
	if (!output)
		return false;
	output->next = NULL;
	output->size = size;
	output->kept = kept;
	output->give_map = give_map;
	memcpy(output->octets, octets, kept);
	*client->output_end = output;
	client->output_end = &output->next;
	client->queued += taken;
	client->user->queued += taken;
	clients->queued += taken;
	if (client->output == output)
		listen_or_drop(client);
	return true;
}

static void fill_head(
	struct mdns_reply_head *head, enum mdns_reply_kind kind, uint64_t id)
{
	head->protocol = MDNS_PROTOCOL;
	head->kind = (uint16_t)kind;
	head->id = id;
	head->now = mdns_sys_boottime();
}

void client_reply(struct client *client, struct mdns_reply_head *head,
	enum mdns_reply_kind kind, uint64_t id, bool give_map)
{
	size_t size = mdns_reply_size(kind);
	int result = -EAGAIN;

	if (client->dead)
		return;
	fill_head(head, kind, id);
	if (!client->output)
		result = send_to(client, head, size, size, give_map);
	if (result == -EAGAIN) {
		if (queue(client, head, size, give_map)) {
			client_rest(client, false);
			return;
		}
		client->clients->dropped++;
	}
	if (result < 0)
		client_drop(client);
}

void client_drain(struct client *client)
{
	int result = 0;
	bool moved = false;

	while (client->output && result == 0) {
		const struct output *output = client->output;

		result = send_to(client, output->octets, output->kept,
			output->size, output->give_map);
		if (result == 0) {
			free_output(client);
			moved = true;
		}
	}
	if (result < 0 && result != -EAGAIN) {
		client_drop(client);
		return;
	}
	if (!client->output)
		listen_or_drop(client);
	client_rest(client, moved);
}

/* --- the last word --- */

void client_stop_reading(int fd)
{
	unsigned i;

	shutdown(fd, SHUT_RD);
	for (i = 0; i < UNREAD_MAX; i++)
		if (recv(fd, NULL, 0, MSG_DONTWAIT | MSG_TRUNC) <= 0)
			return;
}

void client_turn_away(int fd)
{
	struct mdns_reply_head head = {.status = MDNS_ERR_RESOURCE};
	size_t size = mdns_reply_size(MDNS_REPLY_REFUSED);

	fill_head(&head, MDNS_REPLY_REFUSED, 0);
	send_message(fd, &head, size, size, NULL);
	client_stop_reading(fd);
}
