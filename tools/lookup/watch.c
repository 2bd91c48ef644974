/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup --watch and --browse: asks on and on, and prints what changes. */
#include "config.h"

#include "tools/lookup/watch.h"

#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/links.h"
#include "resolver/message.h"
#include "resolver/querier.h"
#include "resolver/rr.h"
#include "resolver/sockets.h"
#include "resolver/sys.h"
#include "tools/lookup/interfaces.h"
#include "tools/lookup/print.h"
#include "tools/memory.h"

/* How often the interfaces are looked at. */
#define LINKS_INTERVAL MDNS_SEC

/* Datagrams read from one socket before the clock is looked at again. */
#define DRAIN_MAX 32

/* What may be heard: 1 MB on each link holds some 5000 records, and on all 32
 * together with the questions no more than 40 MB. */
#define CACHE_OCTETS_MAX (1u << 20)
#define CACHE_RECORDS_MAX 8192
#define MEMORY_MAX (40u << 20)

struct watch {
	const struct options *options;
	const struct options_query *queries;
	unsigned count;
	bool *found;     /* by query */
	bool sent;       /* anything, ever */
	bool complained; /* that it could not send */
	bool full;       /* that answers had no room */
	bool stale;      /* the last change of links did not get through */
	struct mdns_link_filter filter;
	struct mdns_querier querier;
	struct mdns_sockets sockets;
	struct mdns_links links;
	int signals;
	uint8_t buf[MDNS_MESSAGE_MAX];
};

/* Called by the querier. Other records of the name, such as its NSEC, come
 * this way as well. */
static void print_changed(void *context, uint32_t ifindex,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now)
{
	struct watch *watch = context;
	const struct mdns_link *link = mdns_links_find(&watch->links, ifindex);
	struct mdns_name name;
	unsigned i;

	(void)now;
	if (!link || (change != MDNS_ADDED && change != MDNS_REMOVED))
		return;
	mdns_rrset_name(record->set, &name);
	for (i = 0; i < watch->count; i++) {
		const struct options_query *query = &watch->queries[i];

		if ((record->set->type == MDNS_TYPE_PTR) != query->reverse ||
			!mdns_name_equal(&query->name, &name))
			continue;
		if (print_change(
			    query, change == MDNS_ADDED, record, link->name))
			watch->found[i] = true;
	}
}

/* All questions on all links: mdns_querier_start or mdns_querier_stop. */
static int start_questions(struct watch *watch, mdns_time now)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < watch->count && err == 0; i++) {
		const struct options_query *query = &watch->queries[i];

		if (query->reverse) {
			err = mdns_querier_start(&watch->querier, 0,
				&query->name, MDNS_TYPE_PTR, now);
			continue;
		}
		err = mdns_querier_start(
			&watch->querier, 0, &query->name, MDNS_TYPE_A, now);
		if (err == 0)
			err = mdns_querier_start(&watch->querier, 0,
				&query->name, MDNS_TYPE_AAAA, now);
	}
	return err;
}

static void stop_questions(struct watch *watch, mdns_time now)
{
	unsigned i;

	for (i = 0; i < watch->count; i++) {
		const struct options_query *query = &watch->queries[i];

		if (query->reverse) {
			mdns_querier_stop(&watch->querier, 0, &query->name,
				MDNS_TYPE_PTR, now);
			continue;
		}
		mdns_querier_stop(
			&watch->querier, 0, &query->name, MDNS_TYPE_A, now);
		mdns_querier_stop(
			&watch->querier, 0, &query->name, MDNS_TYPE_AAAA, now);
	}
}

/* The links that the chosen transports can use, and as if they had no other. */
static int read_links(struct watch *watch, struct mdns_links *ret_links)
{
	int err = mdns_links_read(
		&watch->filter, watch->buf, sizeof(watch->buf), ret_links);
	unsigned transport, i, kept = 0;

	if (err < 0)
		return err;
	for (i = 0; i < ret_links->count; i++) {
		struct mdns_link link = ret_links->link[i];

		for (transport = 0; transport < MDNS_FAMILIES; transport++)
			if (!(watch->options->transports & 1U << transport))
				link.has[transport] = false;
		if (link.has[MDNS_IPV4] || link.has[MDNS_IPV6])
			ret_links->link[kept++] = link;
	}
	ret_links->count = kept;
	return 0;
}

/* The largest message that the link takes in one piece. */
static uint16_t read_payload(const struct mdns_link *link)
{
	struct ifreq request;
	int fd = mdns_sys_socket(AF_INET, SOCK_DGRAM, 0);
	uint16_t payload = mdns_querier_payload(0);

	if (fd < 0)
		return payload;
	memset(&request, 0, sizeof(request));
	memcpy(request.ifr_name, link->name, sizeof(request.ifr_name) - 1);
	if (mdns_sys_ioctl(fd, SIOCGIFMTU, &request) == 0)
		payload = mdns_querier_payload((uint32_t)request.ifr_mtu);
	mdns_sys_close(fd);
	return payload;
}

static void drain(struct watch *watch, const struct mdns_socket *socket)
{
	unsigned i;

	for (i = 0; i < DRAIN_MAX; i++) {
		struct mdns_lookup_event event = {.message = watch->buf};
		int n = mdns_sockets_receive(socket, &watch->links, watch->buf,
			sizeof(watch->buf), &event.origin);

		if (n == MDNS_ERR_NO_LINK)
			continue;
		if (n < 0)
			return;
		event.size = (size_t)n;
		event.verdict =
			mdns_querier_read(&watch->querier, &event.origin,
				watch->buf, event.size, mdns_sys_boottime());
		if (watch->options->verbose)
			print_event_now(&event);
	}
}

static bool has_gained(
	const struct mdns_link *old, const struct mdns_link *link)
{
	unsigned transport;

	for (transport = 0; transport < MDNS_FAMILIES; transport++)
		if (link->has[transport] && !(old && old->has[transport]))
			return true;
	return false;
}

/* What is there now takes the place of what was: sockets, links and questions
 * follow. */
static int change_links(struct watch *watch, const struct mdns_links *links)
{
	struct mdns_links before = watch->links;
	bool shared = false, gained = false;
	mdns_time now;
	unsigned i;
	int err = 0;

	for (i = 0; i < watch->sockets.count; i++)
		drain(watch, &watch->sockets.socket[i]);
	now = mdns_sys_boottime();
	for (i = 0; i < before.count; i++)
		if (!mdns_links_find(links, before.link[i].ifindex))
			mdns_querier_drop_link(
				&watch->querier, before.link[i].ifindex, now);
	watch->links = *links;
	mdns_sockets_close(&watch->sockets);
	if (links->count > 0)
		err = mdns_sockets_open_group(&watch->sockets, links,
			watch->options->transports, &shared);
	for (i = 0; i < links->count; i++) {
		const struct mdns_link *link = &links->link[i];
		struct mdns_querier_link *asked =
			mdns_querier_find_link(&watch->querier, link->ifindex);

		if (asked) {
			asked->alone = !shared;
			gained |= has_gained(
				mdns_links_find(&before, link->ifindex), link);
		} else if (mdns_querier_add_link(&watch->querier, link->ifindex,
				   read_payload(link), !shared, now) < 0) {
			err = MDNS_ERR_RESOURCE;
		}
	}
	/* Those who speak only what the link has just learnt have not been
	 * asked yet. What is known stays. */
	if (gained) {
		stop_questions(watch, now);
		if (start_questions(watch, now) < 0)
			err = MDNS_ERR_RESOURCE;
	}
	watch->stale = err < 0;
	return err;
}

/* True if sockets or questions have to follow; not for one address more. */
static bool links_differ(const struct mdns_links *a, const struct mdns_links *b)
{
	unsigned i;

	if (a->count != b->count)
		return true;
	for (i = 0; i < a->count; i++) {
		const struct mdns_link *other =
			mdns_links_find(b, a->link[i].ifindex);

		if (!other || memcmp(a->link[i].has, other->has,
				      sizeof(other->has)) != 0)
			return true;
	}
	return false;
}

static void look_at_links(struct watch *watch)
{
	struct mdns_links links;

	/* What cannot be read has not changed. */
	if (read_links(watch, &links) < 0)
		return;
	if (watch->stale || links_differ(&watch->links, &links))
		change_links(watch, &links); /* or again next time */
	else
		watch->links = links;
}

/* Once: whoever reads on is not to think that this is all. */
static void look_at_room(struct watch *watch)
{
	unsigned i;

	for (i = 0; i < watch->links.count && !watch->full; i++) {
		const struct mdns_link *link = &watch->links.link[i];
		const struct mdns_querier_link *asked =
			mdns_querier_find_link(&watch->querier, link->ifindex);

		if (!asked || asked->cache.refused == 0)
			continue;
		watch->full = true;
		print_problem(link->name,
			"more answers than there is room for; some are not "
			"shown");
	}
}

static void report_sent(
	const struct watch *watch, const struct mdns_link *link, size_t size)
{
	struct mdns_lookup_event event = {
		.out = true, .message = watch->buf, .size = size};
	unsigned transport;

	event.origin.ifindex = link->ifindex;
	event.origin.way = MDNS_WAY_GROUP;
	for (transport = 0; transport < MDNS_FAMILIES; transport++)
		if (link->has[transport]) {
			event.origin.transport = (uint8_t)transport;
			print_event_now(&event);
		}
}

static void send_due(struct watch *watch)
{
	uint32_t ifindex;
	int n, err;

	while ((n = mdns_querier_write(&watch->querier, mdns_sys_boottime(),
			watch->buf, sizeof(watch->buf), &ifindex)) > 0) {
		const struct mdns_link *link =
			mdns_links_find(&watch->links, ifindex);

		if (!link)
			continue;
		if (mdns_sockets_send_on(&watch->sockets, link,
			    watch->options->transports, watch->buf, (size_t)n,
			    &err) > 0) {
			watch->sent = true;
			if (watch->options->verbose)
				report_sent(watch, link, (size_t)n);
		} else if (!watch->complained) {
			watch->complained = true;
			print_problem(link->name,
				"cannot send: a firewall, or no route");
		}
	}
}

/* Waits until the point in time (boottime) at the latest. Returns 1 if it has
 * been told to stop, or nobody reads its output any more. */
static int wait_and_read(struct watch *watch, mdns_time until)
{
	enum { SIGNALS, OUTPUT, OTHERS };
	struct pollfd fds[OTHERS + MDNS_SOCKETS_MAX];
	unsigned count = watch->sockets.count;
	unsigned i;
	int ready;

	fds[SIGNALS].fd = watch->signals;
	fds[OUTPUT].fd = STDOUT_FILENO;
	for (i = 0; i < count; i++)
		fds[OTHERS + i].fd = watch->sockets.socket[i].fd;
	for (i = 0; i < OTHERS + count; i++) {
		fds[i].events = i == OUTPUT ? 0 : POLLIN;
		fds[i].revents = 0;
	}
	/* poll's clock stands still in suspend; the next look at the links
	 * bounds what that costs. */
	ready = mdns_sys_poll(fds, OTHERS + count,
		mdns_sys_now() + until - mdns_sys_boottime());
	if (ready < 0)
		return mdns_sys_err(ready);
	for (i = 0; i < count; i++)
		if (fds[OTHERS + i].revents)
			drain(watch, &watch->sockets.socket[i]);
	return fds[SIGNALS].revents || fds[OUTPUT].revents ? 1 : 0;
}

static mdns_time earlier(mdns_time a, mdns_time b)
{
	return a < b ? a : b;
}

/* Until it is told to stop (1), the time is over (0) or nothing more can be
 * done (an error). */
static int run(struct watch *watch)
{
	mdns_time now = mdns_sys_boottime();
	mdns_time end = MDNS_TIME_NEVER;
	mdns_time links_due = now + LINKS_INTERVAL;
	int result = 0;

	if (watch->options->total_ms > 0)
		end = now + watch->options->total_ms * MDNS_MSEC;
	while (result == 0 && now < end && !ferror(stdout)) {
		send_due(watch);
		result = wait_and_read(
			watch, earlier(earlier(end, links_due),
				       mdns_querier_expiry(&watch->querier)));
		now = mdns_sys_boottime();
		mdns_querier_expire(&watch->querier, now);
		if (now >= links_due) {
			look_at_links(watch);
			look_at_room(watch);
			links_due = now + LINKS_INTERVAL;
		}
	}
	return result;
}

/* A descriptor that is readable once it is time to stop. Who started us with a
 * signal ignored, such as a shell in the background, wants it ignored. */
static int open_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM};
	struct sigaction old;
	sigset_t set;
	unsigned i;

	sigemptyset(&set);
	for (i = 0; i < 2; i++)
		if (sigaction(numbers[i], NULL, &old) == 0 &&
			old.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum options_status explain_no_network(
	const struct watch *watch, int err)
{
	print_problem(NULL,
		"no interface can be asked%s%s:", err < 0 ? ": " : "",
		err < 0 ? mdns_err_text(err) : "");
	interfaces_print_reasons(&watch->filter, watch->options->transports);
	return STATUS_NO_NETWORK;
}

/* For those who wait a given time; who interrupts has seen enough. */
static void explain_silence(const struct watch *watch)
{
	char links[MDNS_LINKS_MAX * (IF_NAMESIZE + 2)];
	unsigned i;

	interfaces_print_asked(&watch->filter, watch->options->transports,
		links, sizeof(links));
	for (i = 0; i < watch->count; i++)
		if (!watch->found[i])
			print_problem(watch->queries[i].text,
				"nobody answered on %s within %g s", links,
				watch->options->total_ms / 1000.0);
}

static enum options_status run_and_explain(struct watch *watch)
{
	mdns_time now = mdns_sys_boottime();
	struct mdns_links links;
	enum options_status status = STATUS_NOT_FOUND;
	unsigned i;
	int result = start_questions(watch, now);

	if (result == 0) {
		result = read_links(watch, &links);
		if (result == 0 && links.count > 0)
			result = change_links(watch, &links);
		if (result < 0 || links.count == 0)
			return explain_no_network(watch, result);
		result = run(watch);
	}
	for (i = 0; i < watch->count; i++)
		if (watch->found[i])
			status = STATUS_FOUND;
	if (result < 0) {
		print_problem(NULL, "%s", mdns_err_text(result));
		return STATUS_NO_NETWORK;
	}
	if (status == STATUS_NOT_FOUND && !watch->sent)
		return explain_no_network(watch, 0);
	if (result == 0)
		explain_silence(watch);
	return status;
}

enum options_status watch_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count)
{
	size_t left = MEMORY_MAX;
	const struct mdns_memory memory = memory_limited(&left);
	const struct mdns_querier_limits limits = {
		.questions = 2 * count,
		.cache = {CACHE_RECORDS_MAX, CACHE_OCTETS_MAX},
	};
	uint64_t seed = (uint64_t)mdns_sys_random() << 32 | mdns_sys_random();
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];
	const char **only;
	struct watch *watch;
	enum options_status status = STATUS_NO_NETWORK;
	unsigned i, only_count = 0;

	only = calloc(options->only_count + count, sizeof(*only));
	watch = calloc(1, sizeof(*watch));
	if (watch)
		watch->found = calloc(count, sizeof(*watch->found));
	if (!only || !watch || !watch->found) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		goto out;
	}
	for (i = 0; i < options->only_count; i++)
		only[only_count++] = options->only[i];
	for (i = 0; i < count; i++)
		if (queries[i].iface[0] != '\0')
			only[only_count++] = queries[i].iface;
	watch->options = options;
	watch->queries = queries;
	watch->count = count;
	watch->filter.settings = settings;
	watch->filter.only = only_count > 0 ? only : NULL;
	watch->filter.only_count = only_count;
	watch->signals = open_signals();
	/* Each line is there when it happens, also for the next program. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	mdns_querier_init(&watch->querier, &memory, &limits, seed, suffixes,
		options_suffixes(settings, suffixes), print_changed, watch);
	status = run_and_explain(watch);
	mdns_querier_close(&watch->querier);
	mdns_sockets_close(&watch->sockets);
	mdns_sys_close(watch->signals);
out:
	if (watch)
		free(watch->found);
	free(watch);
	free(only);
	return status;
}
