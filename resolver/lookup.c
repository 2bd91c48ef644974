/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The blocking driver of the direct way: asks the links and waits. */
#include "resolver/lookup.h"

#include "resolver/direct.h"
#include "resolver/err.h"
#include "resolver/links.h"
#include "resolver/look.h"
#include "resolver/message.h"
#include "resolver/sockets.h"
#include "resolver/sys.h"

/* Datagrams read from one socket before the clock is looked at again. */
#define DRAIN_MAX 32

/* All that one lookup needs, in one anonymous mapping: no malloc, little
 * stack. What every lookup touches comes first; a page that is not touched
 * costs nothing, one that is some 2 microseconds. */
struct run {
	struct mdns_direct direct;
	struct mdns_sockets sockets;
	bool group_open;
	bool asked;       /* in time: silence means something */
	bool settled;     /* by what was heard, not by time */
	bool recalled;    /* the links are those of an earlier look */
	bool links_known; /* all of them, not only those with IPv4 */
	int ipv4;         /* what mdns_links_read_ipv4 said */
	const struct mdns_lookup *lookup;
	mdns_time start;
	mdns_time looked_at; /* boottime, just before the links are read */
	struct mdns_links links;
	uint8_t query[MDNS_QUERY_MAX];
	/* The kernel's list of addresses first, then what is received. */
	uint8_t buf[MDNS_MESSAGE_MAX];
};

static void report(struct run *run, const struct mdns_lookup_event *what)
{
	struct mdns_lookup_event event = *what;

	event.usec = (uint32_t)((mdns_sys_now() - run->start) / MDNS_USEC);
	run->lookup->observe(run->lookup->context, &event);
}

/* The links do not tell which of them took it, and need not: a query is the
 * same on each. */
static void report_sent(struct run *run, enum mdns_way way, size_t size)
{
	unsigned i, transport;

	for (i = 0; i < run->links.count; i++)
		for (transport = 0; transport < MDNS_FAMILIES; transport++) {
			struct mdns_lookup_event event = {.out = true,
				.message = run->query,
				.size = size};

			if (!run->links.link[i].has[transport] ||
				!(run->lookup->transports & 1u << transport))
				continue;
			event.origin.ifindex = run->links.link[i].ifindex;
			event.origin.transport = (uint8_t)transport;
			event.origin.way = (uint8_t)way;
			report(run, &event);
		}
}

static struct mdns_link_filter link_filter(const struct run *run)
{
	const struct mdns_link_filter filter = {run->lookup->settings,
		run->lookup->only, run->lookup->only_count};

	return filter;
}

/* First half: the links with IPv4. */
static void look_afresh(struct run *run)
{
	struct mdns_link_filter filter = link_filter(run);

	run->recalled = false;
	run->links_known = false;
	run->looked_at = mdns_sys_boottime();
	run->ipv4 = mdns_links_read_ipv4(&filter,
		mdns_sockets_open_one_shot(&run->sockets, MDNS_IPV4), run->buf,
		MDNS_LINKS_SCRATCH, &run->links);
}

/* Second half: all of them. */
static int know_links(struct run *run)
{
	struct mdns_link_filter filter = link_filter(run);
	int err;

	if (run->links_known)
		return 0;
	run->links_known = true;
	err = mdns_links_read_rest(
		&filter, run->ipv4, run->buf, MDNS_LINKS_SCRATCH, &run->links);
	if (err == 0 && run->lookup->recall)
		mdns_look_keep(&run->links, run->looked_at);
	return err;
}

/* 0, or why 5353 is not to be had. */
static int open_group(struct run *run)
{
	bool shared = false;
	int err;

	if (run->group_open)
		return 0;
	err = know_links(run);
	if (err == 0)
		err = mdns_sockets_open_group(&run->sockets, &run->links,
			run->lookup->transports, &shared);
	if (err < 0)
		return err;
	run->group_open = true;
	mdns_direct_share(&run->direct, shared);
	return 0;
}

/* To all links over all transports; 0, or why it could not be sent at all. The
 * first query of a lookup goes out over IPv4 before it is known what else there
 * is: the answer is on its way while the kernel is asked for the rest. */
/* NOLINTNEXTLINE(misc-no-recursion): once, see its end. */
static int send_query(struct run *run, enum mdns_way way, size_t size)
{
	unsigned sent, transports = run->lookup->transports;
	int err, rest;

	sent = mdns_sockets_send(&run->sockets, way, &run->links,
		transports & 1u << MDNS_IPV4, run->query, size, &err);
	rest = know_links(run);
	if (rest < 0 && sent == 0)
		return rest;
	/* All of them, if it was not even known who has IPv4. */
	if (run->ipv4 == 0 || sent > 0)
		transports &= ~(1u << MDNS_IPV4);
	sent += mdns_sockets_send(&run->sockets, way, &run->links, transports,
		run->query, size, err == MDNS_ERR_NO_LINK ? &err : &rest);
	if (sent > 0)
		return 0;
	if (!run->recalled)
		return err;
	/* The links that were known have gone. Once: they are no longer from
	 * memory then. */
	look_afresh(run);
	return send_query(run, way, size);
}

/* The process may have been stopped just before: what goes out when the time is
 * over has no chance of an answer. */
static void note_sent(struct run *run, enum mdns_way way, size_t size)
{
	if (!mdns_direct_is_over(&run->direct, mdns_sys_now()))
		run->asked = true;
	if (run->lookup->observe)
		report_sent(run, way, size);
}

/* Sends what is due. Returns why the last way that failed did, or 0. */
static int send_due(struct run *run)
{
	int failure = 0;

	for (;;) {
		mdns_time now = mdns_sys_now();
		enum mdns_way way;
		int err = 0, n;

		if (mdns_direct_next_send(&run->direct, &way) > now ||
			mdns_direct_is_over(&run->direct, now))
			return failure;
		/* No answer at once: there may be a link by now that an
		 * earlier look did not see. */
		if (run->direct.asked)
			look_afresh(run);
		if (way == MDNS_WAY_GROUP)
			err = open_group(run);
		if (err == 0) {
			n = mdns_direct_write(&run->direct, now, run->query,
				sizeof(run->query), &way);
			if (n <= 0)
				return failure;
			err = send_query(run, way, (size_t)n);
			if (err == 0)
				note_sent(run, way, (size_t)n);
		}
		if (err < 0) {
			mdns_direct_fail(&run->direct, way, now);
			failure = err;
		}
	}
}

/* Nothing that is still in a queue can matter: of several links each may have
 * answered, and then all that has come is taken. */
static bool is_enough(const struct run *run)
{
	return run->links.count == 1 && run->settled;
}

/* Reads until that time; MDNS_TIME_NEVER: whatever the time is. 0, or
 * MDNS_ERR_DENIED: what never can be read must not be waited for. */
static int drain(
	struct run *run, const struct mdns_socket *socket, mdns_time until)
{
	mdns_time now = mdns_sys_now();
	unsigned i;

	for (i = 0; i < DRAIN_MAX && now < until && !is_enough(run); i++) {
		struct mdns_lookup_event event = {.message = run->buf};
		mdns_time at = run->direct.end - 1;
		uint8_t hops = run->direct.hops;
		int n = mdns_sockets_receive(socket, &run->links, run->buf,
			sizeof(run->buf), &event.origin);

		if (n == MDNS_ERR_NO_LINK)
			continue;
		if (n < 0)
			return n == MDNS_ERR_DENIED ? n : 0;
		event.size = (size_t)n;
		now = mdns_sys_now();
		/* What is found after the end counts as come just before. */
		if (at > now)
			at = now;
		event.verdict = mdns_direct_read(
			&run->direct, &event.origin, run->buf, event.size, at);
		run->settled |= mdns_direct_is_over(&run->direct, at);
		/* An alias: nobody has been asked for its name yet. */
		if (run->direct.hops != hops)
			run->asked = false;
		if (run->lookup->observe)
			report(run, &event);
	}
	return 0;
}

/* 0 to go on, 1 to end with what is known, or why there is nothing. */
static int wait_and_read(struct run *run)
{
	const struct mdns_lookup *lookup = run->lookup;
	struct pollfd fds[MDNS_SOCKETS_MAX + 1];
	mdns_time end = run->start + lookup->settings->total_ms * MDNS_MSEC;
	unsigned i, count = run->sockets.count;
	int ready;

	mdns_direct_set_sole_link(&run->direct, run->links.count == 1);
	for (i = 0; i < count; i++) {
		fds[i].fd = run->sockets.socket[i].fd;
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	fds[count].fd = lookup->heard ? lookup->other_fd : -1;
	fds[count].events = POLLIN;
	fds[count].revents = 0;
	ready = mdns_sys_poll(fds, count + 1, mdns_direct_expiry(&run->direct));
	if (ready < 0)
		return mdns_sys_err(ready);
	for (i = 0; i < count; i++)
		if (fds[i].revents & POLLNVAL) /* the host closed it */
			return MDNS_ERR_RESOURCE;
		else if (fds[i].revents &&
			 drain(run, &run->sockets.socket[i], end) < 0)
			return MDNS_ERR_DENIED;
	return lookup->heard && fds[count].revents
		       ? lookup->heard(lookup->context)
		       : 0;
}

/* A process that was stopped, or had to wait for the processor, looks when the
 * time is over, and what it waited for may have come long ago. Some of each
 * socket, so that a flood does not hold it up. */
static void read_what_came(struct run *run)
{
	unsigned i;

	for (i = 0; i < run->sockets.count && !is_enough(run); i++)
		drain(run, &run->sockets.socket[i], MDNS_TIME_NEVER);
}

static int ask(struct run *run)
{
	const struct mdns_lookup *lookup = run->lookup;
	int err, failure;

	run->start = mdns_sys_now();
	err = mdns_direct_init(&run->direct, lookup->name, lookup->settings,
		lookup->ways, lookup->group_first, (uint16_t)mdns_sys_random(),
		run->start);
	if (err < 0)
		return err;
	run->recalled = lookup->recall &&
			mdns_look_recall(mdns_sys_boottime(), &run->links);
	if (run->recalled)
		run->links_known = true;
	else
		look_afresh(run);
	do {
		failure = send_due(run);
		if (mdns_direct_is_over(&run->direct, mdns_sys_now()))
			break;
		err = wait_and_read(run);
		if (err < 0)
			return err;
	} while (
		err == 0 && !mdns_direct_is_over(&run->direct, mdns_sys_now()));
	if (err == 0 && !run->settled)
		read_what_came(run);
	err = mdns_direct_result(&run->direct);
	if (err == MDNS_ERR_NO_LINK && failure < 0)
		return failure;
	/* That nobody answered says nothing then. */
	if (!run->asked &&
		(err == MDNS_ERR_NOT_FOUND || err == MDNS_ERR_PASS_ON))
		return MDNS_ERR_RESOURCE;
	return err;
}

int mdns_lookup_run(const struct mdns_lookup *lookup,
	struct mdns_answer *ret_answer, uint64_t *ret_fingerprint)
{
	int state = mdns_sys_hold_cancel();
	struct run *run = mdns_sys_map(sizeof(*run));
	int err = MDNS_ERR_RESOURCE;

	if (ret_fingerprint)
		*ret_fingerprint = 0;
	if (run) {
		run->lookup = lookup;
		err = ask(run);
		mdns_sockets_close(&run->sockets);
		if (ret_fingerprint)
			*ret_fingerprint = run->links.fingerprint;
		if (err == 0 || err == MDNS_ERR_NO_DATA)
			*ret_answer = run->direct.answer;
		mdns_sys_unmap(run, sizeof(*run));
	}
	mdns_sys_restore_cancel(state);
	return err;
}
