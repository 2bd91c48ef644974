/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One question or several, asked until they are answered: what is sent when, and
 * the loop around it. */
#include "config.h"

#include "tools/lookup/ask.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "tools/lookup/ask_private.h"
#include "tools/lookup/print.h"

/* Datagrams read from one socket before the clock is looked at again. */
#define DRAIN_MAX 32

#define QU_LIFETIME (2 * MDNS_SEC) /* of a wish for unicast (RFC 6762 11) */
#define TICK (250 * MDNS_MSEC)

static mdns_time earlier(mdns_time a, mdns_time b)
{
	return a < b ? a : b;
}

static bool is_by_group(const struct ask_run *run)
{
	enum options_way way = run->ask->options->way;

	return way == WAY_QM || way == WAY_QU;
}

/* --- what is sent when --- */

static mdns_time next_one_shot(
	const struct ask_run *run, const struct ask_question *q)
{
	const struct mdns_settings *settings = run->ask->settings;
	unsigned sent = q->sends[MDNS_WAY_ONE_SHOT];

	if (is_by_group(run))
		return MDNS_TIME_NEVER;
	if (sent == 0)
		return q->began;
	if (sent > MDNS_RESENDS_MAX || settings->resend_ms[sent - 1] == 0)
		return MDNS_TIME_NEVER;
	return q->began + settings->resend_ms[sent - 1] * MDNS_MSEC;
}

/* After the first at 1, 3, 7 ... s: at least a second between the first two,
 * and from then on twice the last gap (RFC 6762 5.2). */
static mdns_time next_group(
	const struct ask_run *run, const struct ask_question *q)
{
	const struct mdns_settings *settings = run->ask->settings;
	enum options_way way = run->ask->options->way;
	unsigned sent = q->sends[MDNS_WAY_GROUP];

	if (way == WAY_ONE_SHOT || way == WAY_UNICAST || sent > 16)
		return MDNS_TIME_NEVER;
	if (sent > 0)
		return q->group_last + (1 << (sent - 1)) * MDNS_SEC;
	if (way != WAY_DEFAULT || run->failed & 1U << MDNS_WAY_ONE_SHOT)
		return q->began;
	if (settings->second_way_ms == 0)
		return MDNS_TIME_NEVER;
	return q->began + settings->second_way_ms * MDNS_MSEC;
}

/* With --all the hosts that have not been heard yet are asked as well. */
static bool is_open(const struct ask_run *run, const struct ask_question *q)
{
	return run->ask->options->all || q->settled_at == MDNS_TIME_NEVER;
}

static mdns_time next_send(const struct ask_run *run,
	const struct ask_question *q, enum mdns_way way)
{
	if (run->failed & 1U << way || !is_open(run, q))
		return MDNS_TIME_NEVER;
	return way == MDNS_WAY_GROUP ? next_group(run, q)
				     : next_one_shot(run, q);
}

/* Of all questions. */
static mdns_time next_round(const struct ask_run *run, enum mdns_way way)
{
	mdns_time next = MDNS_TIME_NEVER;
	unsigned i;

	for (i = 0; i < run->ask->count; i++)
		next = earlier(
			next, next_send(run, &run->ask->question[i], way));
	return next;
}

/* Whether a unicast answer to 5353 is wanted. */
static bool is_qu(const struct ask_run *run, const struct ask_question *q)
{
	/* As the module does. */
	if (run->ask->options->way == WAY_DEFAULT)
		return !run->shared && q->sends[MDNS_WAY_GROUP] == 0;
	return run->ask->options->way == WAY_QU;
}

/* As many questions that are due as go into a message, which counts as sent: its
 * size, 0 if there is none. */
static size_t write_query(struct ask_run *run, enum mdns_way way, mdns_time now)
{
	const struct ask *ask = run->ask;
	bool group = way == MDNS_WAY_GROUP;
	struct mdns_writer writer;
	unsigned i;
	int size;

	mdns_writer_init(&writer, run->query, sizeof(run->query),
		group ? 0 : run->id, 0);
	for (i = 0; i < ask->count; i++) {
		const struct mdns_writer before = writer;
		struct ask_question *q = &ask->question[i];
		uint16_t rclass = MDNS_CLASS_IN;

		if (next_send(run, q, way) > now)
			continue;
		if (group && is_qu(run, q))
			rclass |= MDNS_CLASS_TOP_BIT;
		mdns_writer_question(&writer, &q->wanted, q->type, rclass);
		if (writer.err) {
			writer = before;
			break;
		}
		if (rclass != MDNS_CLASS_IN)
			run->qu_until = now + QU_LIFETIME;
		if (group)
			q->group_last = now;
		q->sends[way]++;
	}
	size = mdns_writer_end(&writer);
	return size > MDNS_HEADER_SIZE ? (size_t)size : 0;
}

/* Of our end; 0 if it is not known. */
static uint16_t own_port(
	const struct ask_run *run, const struct mdns_origin *origin)
{
	unsigned i;

	for (i = 0; i < run->sockets.count; i++) {
		const struct mdns_socket *socket = &run->sockets.socket[i];
		/* The port stands at the same place in both. */
		struct sockaddr_in6 addr = {0};
		socklen_t size = sizeof(addr);

		if (socket->way == origin->way &&
			socket->transport == origin->transport &&
			getsockname(socket->fd, (struct sockaddr *)&addr,
				&size) == 0)
			return ntohs(addr.sin6_port);
	}
	return 0;
}

void ask_report(const struct ask_run *run, struct mdns_lookup_event *event,
	struct packet *ret_packet)
{
	event->usec = (uint32_t)((mdns_sys_now() - run->start) / MDNS_USEC);
	packet_from_event(event, true, ret_packet);
	if (event->out)
		ret_packet->source_port = own_port(run, &event->origin);
	else
		ret_packet->destination_port = own_port(run, &event->origin);
}

void ask_report_sent(struct ask_run *run, const struct mdns_link *link,
	unsigned transport, enum mdns_way way, size_t size)
{
	struct mdns_lookup_event event = {
		.out = true, .message = run->query, .size = size};
	struct packet packet;

	if (!run->ask->observe)
		return;
	event.origin.ifindex = link->ifindex;
	event.origin.transport = (uint8_t)transport;
	event.origin.way = (uint8_t)way;
	ask_report(run, &event, &packet);
	if (run->target.known) {
		memcpy(packet.destination, run->target.bytes, 16);
		packet.destination_port = MDNS_PORT;
	}
	run->ask->observe(run->ask->context, &packet);
}

/* To the group, or the one host. The links do not tell which of them took it. */
static int send_message(struct ask_run *run, enum mdns_way way, size_t size)
{
	unsigned i, transport, transports = run->ask->options->transports;
	int err;

	if (run->target.known)
		return ask_send_unicast(run, size);
	if (mdns_sockets_send(&run->sockets, way, &run->links, transports,
		    run->query, size, &err) == 0)
		return err;
	for (i = 0; i < run->links.count; i++)
		for (transport = 0; transport < MDNS_FAMILIES; transport++)
			if (run->links.link[i].has[transport] &&
				transports & 1U << transport)
				ask_report_sent(run, &run->links.link[i],
					transport, way, size);
	return 0;
}

static int open_group(struct ask_run *run)
{
	const struct options *options = run->ask->options;
	int err;

	if (run->group_open)
		return 0;
	err = mdns_sockets_open_group(
		&run->sockets, &run->links, options->transports, &run->shared);
	if (err < 0)
		return err;
	run->group_open = true;
	if (run->shared && options->way == WAY_QU)
		print_problem("--qu",
			"another program here has port 5353, and unicast "
			"answers may go to it alone; try --one-shot");
	return 0;
}

/* One round by that way: all questions that are due. */
static int send_round(struct ask_run *run, enum mdns_way way, mdns_time now)
{
	size_t size;
	int err;

	if (way == MDNS_WAY_GROUP) {
		err = open_group(run);
		if (err < 0)
			return err;
	}
	while ((size = write_query(run, way, now)) > 0) {
		err = send_message(run, way, size);
		if (err < 0)
			return err;
		run->sent = true;
	}
	return 0;
}

/* Sends what is due. A way by which nothing can be sent is no way; when none is
 * left, and nothing was sent, why. */
static int send_due(struct ask_run *run)
{
	static const unsigned all =
		1U << MDNS_WAY_ONE_SHOT | 1U << MDNS_WAY_GROUP;

	for (;;) {
		mdns_time now = mdns_sys_now();
		mdns_time one_shot = next_round(run, MDNS_WAY_ONE_SHOT);
		mdns_time group = next_round(run, MDNS_WAY_GROUP);
		enum mdns_way way =
			group < one_shot ? MDNS_WAY_GROUP : MDNS_WAY_ONE_SHOT;
		int err;

		if (earlier(one_shot, group) > now)
			return 0;
		err = send_round(run, way, now);
		if (err == 0)
			continue;
		run->failed |= 1U << way;
		if (!run->sent &&
			(run->failed == all ||
				run->ask->options->way != WAY_DEFAULT))
			return err;
	}
}

/* --- what comes back --- */

static void drain(struct ask_run *run, const struct mdns_socket *socket)
{
	unsigned i;

	for (i = 0; i < DRAIN_MAX; i++) {
		struct mdns_lookup_event event = {.message = run->buf};
		int n = mdns_sockets_receive(socket, &run->links, run->buf,
			sizeof(run->buf), &event.origin);

		if (n == MDNS_ERR_NO_LINK)
			continue;
		if (n < 0)
			return;
		event.size = (size_t)n;
		ask_read(run, &event, mdns_sys_now());
	}
}

/* Tells of the questions for which nothing more is waited; true if there is no
 * other. */
static bool settle(struct ask_run *run, mdns_time now)
{
	struct ask *ask = run->ask;
	bool over = !ask->options->all;
	unsigned i;

	for (i = 0; i < ask->count; i++) {
		struct ask_question *q = &ask->question[i];

		if (ask->options->all || q->settled_at > now) {
			over = false;
			continue;
		}
		if (!q->settled && ask->settled)
			ask->settled(ask->context, q);
		q->settled = true;
	}
	return over;
}

static mdns_time next_turn(const struct ask_run *run, mdns_time now)
{
	mdns_time next = earlier(run->end, now + TICK);
	unsigned i;

	for (i = 0; i < run->ask->count && !run->ask->options->all; i++)
		if (!run->ask->question[i].settled)
			next = earlier(next, run->ask->question[i].settled_at);
	return earlier(next, earlier(next_round(run, MDNS_WAY_ONE_SHOT),
				     next_round(run, MDNS_WAY_GROUP)));
}

/* 1: it is to stop. */
static int wait_and_read(struct ask_run *run)
{
	struct pollfd fds[1 + MDNS_SOCKETS_MAX];
	unsigned i, count = run->sockets.count;
	int ready;

	fds[0] = (struct pollfd){.fd = run->ask->signals, .events = POLLIN};
	for (i = 0; i < count; i++)
		fds[1 + i] = (struct pollfd){
			.fd = run->sockets.socket[i].fd, .events = POLLIN};
	ready = mdns_sys_poll(fds, 1 + count, next_turn(run, mdns_sys_now()));
	if (ready < 0)
		return mdns_sys_err(ready);
	for (i = 0; i < count; i++)
		if (fds[1 + i].revents)
			drain(run, &run->sockets.socket[i]);
	return fds[0].revents ? 1 : 0;
}

static int result_of(const struct ask *ask)
{
	int result = 0;
	unsigned i;

	for (i = 0; i < ask->count; i++) {
		const struct ask_question *q = &ask->question[i];

		if (!q->answered && !q->denied)
			return MDNS_ERR_NOT_FOUND;
		if (!q->answered)
			result = MDNS_ERR_NO_DATA;
	}
	return result;
}

static int run_questions(struct ask_run *run, bool *ret_interrupted)
{
	struct ask *ask = run->ask;
	unsigned i;
	int result;

	run->start = run->qu_until = mdns_sys_now();
	for (i = 0; i < ask->count; i++)
		ask->question[i].began = run->start;
	run->end = run->start + ask->settings->total_ms * MDNS_MSEC;
	do {
		result = send_due(run);
		if (result < 0)
			return result;
		result = wait_and_read(run);
		if (result < 0)
			return result;
		if (ask->wait)
			ask->wait(ask->context);
	} while (result == 0 && !settle(run, mdns_sys_now()) &&
		 mdns_sys_now() < run->end);
	*ret_interrupted = result > 0;
	return result_of(ask);
}

static int read_links(struct ask_run *run)
{
	memset(&run->links, 0, sizeof(run->links));
	return mdns_links_read(
		&run->ask->filter, run->buf, MDNS_LINKS_SCRATCH, &run->links);
}

int ask_run(struct ask *ask, bool *ret_interrupted)
{
	struct ask_run *run = calloc(1, sizeof(*run));
	unsigned i;
	int err;

	*ret_interrupted = false;
	if (!run)
		return MDNS_ERR_RESOURCE;
	for (i = 0; i < ask->count; i++) {
		struct ask_question *q = &ask->question[i];

		q->wanted = *q->name;
		q->settled_at = MDNS_TIME_NEVER;
	}
	run->ask = ask;
	run->id = (uint16_t)mdns_sys_random();
	run->seed = mdns_sys_random();
	run->suffix_count = options_suffixes(ask->settings, run->suffixes);
	err = read_links(run);
	if (err == 0 && ask->options->way == WAY_UNICAST)
		err = ask_find_target(run, ret_interrupted);
	if (err == 0)
		err = run_questions(run, ret_interrupted);
	mdns_sockets_close(&run->sockets);
	free(run);
	return err;
}
