/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages of a station, and its loop; its links are in station_links.c. */
#include "config.h"

#include "tools/lookup/station.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/sys.h"
#include "tools/lookup/capture.h"
#include "tools/lookup/interfaces.h"
#include "tools/lookup/print.h"
#include "tools/lookup/station_private.h"
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

/* "eth0, wlan0" of all links. */
#define LINKS_TEXT_MAX (MDNS_LINKS_MAX * (IF_NAMESIZE + 2))

/* --- what the querier tells --- */

static void tell_changed(void *context, uint32_t ifindex,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now)
{
	struct station *station = context;
	const struct mdns_link *link =
		mdns_links_find(&station->links, ifindex);

	if (link && station->events.changed)
		station->events.changed(
			station->events.context, link, change, record, now);
}

/* Who only listens has no use for what is heard. */
static bool keeps(void *context, const struct mdns_name *name)
{
	const struct station *station = context;

	(void)name;
	return station->events.changed || station->querier.standing.count > 0;
}

static void tell_packet(struct station *station, const struct mdns_link *link,
	struct mdns_lookup_event *event)
{
	struct packet packet;

	if (!station->events.packet && !station->options->pcap)
		return;
	event->message = station->buf;
	packet_from_event(event, false, &packet);
	if (link) /* by now the kernel may have forgotten its name */
		memcpy(packet.link, link->name, sizeof(packet.link));
	capture_write(&packet);
	if (station->events.packet)
		station->events.packet(station->events.context, &packet);
}

/* --- messages --- */

void station_drain(struct station *station, const struct mdns_socket *socket)
{
	unsigned i;

	for (i = 0; i < DRAIN_MAX; i++) {
		struct mdns_lookup_event event = {.out = false};
		int n = mdns_sockets_receive(socket, &station->links,
			station->buf, sizeof(station->buf), &event.origin);

		if (n == MDNS_ERR_NO_LINK)
			continue;
		if (n < 0)
			return;
		event.size = (size_t)n;
		event.verdict =
			mdns_querier_read(&station->querier, &event.origin,
				station->buf, event.size, mdns_sys_boottime());
		tell_packet(station,
			mdns_links_find(&station->links, event.origin.ifindex),
			&event);
	}
}

/* True if any transport took it. */
static bool send_on(
	struct station *station, const struct mdns_link *link, size_t size)
{
	bool sent = false;
	unsigned transport;
	int err;

	for (transport = 0; transport < MDNS_FAMILIES; transport++) {
		struct mdns_lookup_event event = {.out = true, .size = size};

		if (mdns_sockets_send_on(&station->sockets, link,
			    1u << transport, station->buf, size, &err) == 0)
			continue;
		sent = true;
		event.origin.ifindex = link->ifindex;
		event.origin.transport = (uint8_t)transport;
		event.origin.way = MDNS_WAY_GROUP;
		tell_packet(station, link, &event);
	}
	return sent;
}

static void send_due(struct station *station)
{
	uint32_t ifindex;
	int n;

	while ((n = mdns_querier_write(&station->querier, mdns_sys_boottime(),
			station->buf, sizeof(station->buf), &ifindex)) > 0) {
		const struct mdns_link *link =
			mdns_links_find(&station->links, ifindex);

		if (!link)
			continue;
		if (send_on(station, link, (size_t)n)) {
			station->sent = true;
		} else if (!station->complained) {
			station->complained = true;
			print_problem(link->name,
				"cannot send: a firewall, or no route");
		}
	}
}

/* --- questions --- */

int station_ask(struct station *station, const struct mdns_name *name,
	uint16_t type, mdns_time now)
{
	return mdns_querier_start(&station->querier, 0, name, type, now);
}

void station_leave(struct station *station, const struct mdns_name *name,
	uint16_t type, mdns_time now)
{
	mdns_querier_stop(&station->querier, 0, name, type, now);
}

/* --- the loop --- */

/* Waits until the point in time (boottime) at the latest. Returns 1 if it has
 * been told to stop, or nobody reads its output any more. */
static int wait_and_read(struct station *station, mdns_time until)
{
	enum { SIGNALS, OUTPUT, OTHERS };
	struct pollfd fds[OTHERS + MDNS_SOCKETS_MAX];
	unsigned count = station->sockets.count;
	unsigned i;
	int ready;

	fds[SIGNALS].fd = station->signals;
	fds[OUTPUT].fd = STDOUT_FILENO;
	for (i = 0; i < count; i++)
		fds[OTHERS + i].fd = station->sockets.socket[i].fd;
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
			station_drain(station, &station->sockets.socket[i]);
	return fds[SIGNALS].revents || fds[OUTPUT].revents ? 1 : 0;
}

static mdns_time earlier(mdns_time a, mdns_time b)
{
	return a < b ? a : b;
}

/* As wait_and_read, or 0 at the end of the time. */
static int run(struct station *station, const bool *stop)
{
	mdns_time now = mdns_sys_boottime();
	mdns_time end = MDNS_TIME_NEVER;
	mdns_time links_due = now + LINKS_INTERVAL;
	int result = 0;

	if (station->options->total_ms > 0)
		end = now + station->options->total_ms * MDNS_MSEC;
	for (;;) {
		mdns_time until = earlier(end, links_due);

		/* Before anything else, so that it is told of the last ones. */
		if (station->events.turn)
			until = earlier(
				until, station->events.turn(
					       station->events.context, now));
		if (result != 0 || now >= end || (stop && *stop) ||
			ferror(stdout))
			return result;
		send_due(station);
		result = wait_and_read(station,
			earlier(until, mdns_querier_expiry(&station->querier)));
		now = mdns_sys_boottime();
		mdns_querier_expire(&station->querier, now);
		if (now >= links_due) {
			station_look_at_links(station);
			links_due = now + LINKS_INTERVAL;
		}
	}
}

static enum station_end explain_no_network(
	const struct station *station, int err)
{
	print_problem(NULL,
		"no interface can be asked%s%s:", err < 0 ? ": " : "",
		err < 0 ? mdns_err_text(err) : "");
	interfaces_print_reasons(
		&station->filter, station->options->transports);
	return STATION_FAILED;
}

enum station_end station_run(struct station *station, const bool *stop)
{
	int result = station->err;

	if (result == 0) {
		result = station_find_links(station);
		if (result != MDNS_ERR_TAKEN &&
			(result < 0 || station->links.count == 0))
			return explain_no_network(station, result);
		if (result == 0)
			result = run(station, stop);
	}
	if (result < 0) {
		print_problem(NULL, "%s", mdns_err_text(result));
		return STATION_FAILED;
	}
	if (station->complained && !station->sent)
		return explain_no_network(station, 0);
	return result > 0 ? STATION_INTERRUPTED : STATION_OVER;
}

void station_explain_silence(const struct station *station, const char *text)
{
	char links[LINKS_TEXT_MAX];

	interfaces_print_asked(&station->filter, station->options->transports,
		links, sizeof(links));
	print_problem(text, "nobody answered on %s within %g s", links,
		station->options->total_ms / 1000.0);
}

/* --- its life --- */

int station_open_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM};
	struct sigaction old;
	sigset_t set, before;
	unsigned i;
	int fd;

	sigemptyset(&set);
	/* Who started us with one ignored, such as a shell in the background,
	 * wants it ignored. */
	for (i = 0; i < 2; i++)
		if (sigaction(numbers[i], NULL, &old) == 0 &&
			old.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0) /* then they end it at once, but they do end it */
		sigprocmask(SIG_SETMASK, &before, NULL);
	return fd;
}

/* The interfaces to look at, of options and of the caller. */
static void set_filter(struct station *station,
	const struct mdns_settings *settings, const char *const *only,
	unsigned only_count)
{
	const struct options *options = station->options;
	unsigned i, count = options->only_count + only_count;

	station->filter.settings = settings;
	if (count == 0)
		return;
	station->only = calloc(count, sizeof(*station->only));
	if (!station->only) {
		station->err = MDNS_ERR_RESOURCE;
		return;
	}
	for (i = 0; i < options->only_count; i++)
		station->only[i] = options->only[i];
	for (i = 0; i < only_count; i++)
		station->only[options->only_count + i] = only[i];
	station->filter.only = station->only;
	station->filter.only_count = count;
}

void station_open(struct station *station, const struct options *options,
	const struct mdns_settings *settings, const char *const *only,
	unsigned only_count, const struct station_events *events)
{
	const struct mdns_querier_limits limits = {
		.questions = STATION_QUESTIONS_MAX,
		.cache = {CACHE_RECORDS_MAX, CACHE_OCTETS_MAX},
	};
	uint64_t seed = (uint64_t)mdns_sys_random() << 32 | mdns_sys_random();
	struct mdns_memory memory;

	memset(station, 0, sizeof(*station));
	station->options = options;
	station->events = *events;
	station->memory_left = MEMORY_MAX;
	memory = memory_limited(&station->memory_left);
	set_filter(station, settings, only, only_count);
	station->signals = station_open_signals();
	if (station->signals < 0) /* there would be no end of it */
		station->err = MDNS_ERR_RESOURCE;
	/* Each line is there when it happens, also for the next program. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	mdns_querier_init(&station->querier, &memory, &limits, seed,
		station->suffixes,
		options_suffixes(settings, station->suffixes), tell_changed,
		station);
	station->querier.keeps = keeps;
}

void station_close(struct station *station)
{
	mdns_querier_close(&station->querier);
	mdns_sockets_close(&station->sockets);
	mdns_sys_close(station->signals);
	free(station->only);
}
