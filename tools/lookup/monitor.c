/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shows each mDNS message on the links, or of a file. */
#include "config.h"

#include "tools/lookup/monitor.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/sys.h"
#include "tools/lookup/capture.h"
#include "tools/lookup/interfaces.h"
#include "tools/lookup/monitor_names.h"
#include "tools/lookup/print.h"
#include "tools/lookup/station.h"

/* How often the interfaces are looked at. */
#define LINKS_INTERVAL MDNS_SEC

/* Messages read from one link before the others have their turn. */
#define DRAIN_MAX 64

/* "eth0, wlan0" of all links. */
#define LINKS_TEXT_MAX (MDNS_LINKS_MAX * (IF_NAMESIZE + 2))

/* A link; capture is NULL where it cannot be listened to, which was said. */
struct listener {
	uint32_t ifindex;
	struct capture *capture;
};

struct monitor {
	const struct options *options;
	struct mdns_link_filter filter;
	struct monitor_names names;
	struct mdns_links links;
	struct listener listener[MDNS_LINKS_MAX];
	unsigned count;
	uint64_t shown;
	bool heard;      /* anything, also what is about other names */
	uint64_t missed; /* of links that have gone */
	const char *why; /* the last that cannot be listened to */
	char buf[MDNS_LINKS_SCRATCH] __attribute__((aligned(16)));
};

static void show(struct monitor *monitor, const struct packet *packet)
{
	if (!(monitor->options->transports & 1U << packet->transport))
		return;
	monitor->heard = true;
	if (!monitor_names_match(&monitor->names, packet))
		return;
	monitor->shown++;
	packet_print(stdout, packet, monitor->options->verbose,
		monitor->options->format);
}

/* --- from below --- */

static bool is_own(const struct mdns_links *links, const struct packet *packet)
{
	unsigned i;

	for (i = 0; i < links->prefix_count; i++) {
		const struct mdns_prefix *prefix = &links->prefix[i];

		if (prefix->ifindex == packet->ifindex &&
			prefix->family == packet->transport &&
			memcmp(prefix->bytes, packet->source,
				mdns_family_size(packet->transport)) == 0)
			return true;
	}
	return false;
}

static void close_listener(struct monitor *monitor, unsigned i)
{
	if (!monitor->listener[i].capture)
		return;
	monitor->missed += capture_missed(monitor->listener[i].capture);
	capture_close(monitor->listener[i].capture);
	monitor->listener[i].capture = NULL;
}

static void drop_listener(struct monitor *monitor, unsigned i)
{
	close_listener(monitor, i);
	monitor->listener[i] = monitor->listener[--monitor->count];
}

/* False if the link has gone. */
static bool drain(struct monitor *monitor, struct capture *capture)
{
	struct packet packet;
	const char *why;
	unsigned i;

	for (i = 0; i < DRAIN_MAX; i++) {
		switch (capture_next(capture, &packet, &why)) {
		case CAPTURE_PACKET:
			packet.out = is_own(&monitor->links, &packet);
			packet.off_link = !mdns_links_is_on_link(
				&monitor->links, packet.ifindex,
				packet.transport, packet.source);
			capture_write(&packet);
			show(monitor, &packet);
			break;
		case CAPTURE_NOTHING:
			return true;
		case CAPTURE_END:
		case CAPTURE_CUT:
		case CAPTURE_BROKEN:
			return false;
		}
	}
	return true;
}

static bool is_wanted(
	const struct monitor *monitor, const struct mdns_link *link)
{
	unsigned transport;

	for (transport = 0; transport < MDNS_FAMILIES; transport++)
		if (link->has[transport] &&
			(monitor->options->transports & 1U << transport))
			return true;
	return false;
}

static bool has_listener(const struct monitor *monitor, uint32_t ifindex)
{
	unsigned i;

	for (i = 0; i < monitor->count; i++)
		if (monitor->listener[i].ifindex == ifindex)
			return true;
	return false;
}

/* Complains if told to. */
static void open_listener(
	struct monitor *monitor, const struct mdns_link *link, bool complain)
{
	struct listener *listener = &monitor->listener[monitor->count++];

	listener->ifindex = link->ifindex;
	listener->capture = capture_open_link(link->name, &monitor->why);
	if (!listener->capture && complain)
		print_problem(
			link->name, "cannot be listened to: %s", monitor->why);
}

/* What can be listened to follows what is there. Returns an error of
 * mdns_links_read, or 0. */
static int look_at_links(struct monitor *monitor, bool complain)
{
	struct mdns_links *links = &monitor->links;
	unsigned i;
	int err = mdns_links_read(
		&monitor->filter, monitor->buf, sizeof(monitor->buf), links);

	if (err < 0)
		return err;
	for (i = monitor->count; i-- > 0;) {
		const struct mdns_link *link =
			mdns_links_find(links, monitor->listener[i].ifindex);

		if (!link || !is_wanted(monitor, link))
			drop_listener(monitor, i);
	}
	for (i = 0; i < links->count; i++)
		if (is_wanted(monitor, &links->link[i]) &&
			!has_listener(monitor, links->link[i].ifindex) &&
			monitor->count < MDNS_LINKS_MAX)
			open_listener(monitor, &links->link[i], complain);
	return 0;
}

static bool is_listening(const struct monitor *monitor)
{
	unsigned i;

	for (i = 0; i < monitor->count; i++)
		if (monitor->listener[i].capture)
			return true;
	return false;
}

/* True if it is time to stop: a signal, or nobody reads what is printed. */
static bool wait_and_read(struct monitor *monitor, int signals, mdns_time until)
{
	enum { SIGNALS, OUTPUT, OTHERS };
	struct pollfd fds[OTHERS + MDNS_LINKS_MAX];
	unsigned i, count = monitor->count;

	memset(fds, 0, sizeof(fds));
	fds[SIGNALS].fd = signals;
	fds[SIGNALS].events = POLLIN;
	fds[OUTPUT].fd = STDOUT_FILENO;
	for (i = 0; i < count; i++) {
		struct capture *capture = monitor->listener[i].capture;

		fds[OTHERS + i].fd = capture ? capture_fd(capture) : -1;
		fds[OTHERS + i].events = POLLIN;
	}
	if (mdns_sys_poll(fds, OTHERS + count, until) < 0)
		return true;
	/* From the last on, since the last takes the place of one that goes. */
	for (i = count; i-- > 0;)
		if (fds[OTHERS + i].revents &&
			!drain(monitor, monitor->listener[i].capture))
			drop_listener(monitor, i);
	return fds[SIGNALS].revents || fds[OUTPUT].revents;
}

static void say_where(const struct monitor *monitor, const char *what)
{
	char links[LINKS_TEXT_MAX];

	interfaces_print_asked(&monitor->filter, monitor->options->transports,
		links, sizeof(links));
	if (what)
		print_problem(NULL, "%s on %s within %g s", what, links,
			monitor->options->total_ms / 1000.0);
	else
		terminal_wait_show("listening on %s; Ctrl-C ends", links);
}

/* Returns whether it ended because the time was over. */
static bool listen_from_below(struct monitor *monitor)
{
	mdns_time now = mdns_sys_now();
	mdns_time end = MDNS_TIME_NEVER;
	mdns_time links_due = now + LINKS_INTERVAL;
	int signals = station_open_signals();
	bool stop = false;
	unsigned i;

	/* Each line is there when it happens, also for the next program. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	terminal_wait_begin();
	if (monitor->options->total_ms > 0)
		end = now + monitor->options->total_ms * MDNS_MSEC;
	while (!stop && now < end && !ferror(stdout)) {
		stop = wait_and_read(
			monitor, signals, end < links_due ? end : links_due);
		now = mdns_sys_now();
		if (now < links_due)
			continue;
		look_at_links(monitor, true);
		links_due = now + LINKS_INTERVAL;
		if (monitor->shown == 0)
			say_where(monitor, NULL);
	}
	terminal_wait_end();
	for (i = 0; i < monitor->count; i++)
		close_listener(monitor, i);
	if (monitor->missed > 0)
		print_problem(NULL,
			"%llu messages came too fast to be read and are not "
			"shown",
			(unsigned long long)monitor->missed);
	mdns_sys_close(signals);
	return !stop;
}

/* --- by port 5353 --- */

static void show_heard(void *context, const struct packet *packet)
{
	struct packet copy = *packet;

	copy.judged = false; /* we have asked for nothing */
	show(context, &copy);
}

static enum options_status listen_to_port(
	struct monitor *monitor, const struct mdns_settings *settings)
{
	const struct station_events events = {
		.packet = show_heard, .context = monitor};
	struct station *station = calloc(1, sizeof(*station));
	enum station_end end;

	if (!station) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		return STATUS_NO_NETWORK;
	}
	station_open(station, monitor->options, settings, NULL, 0, &events);
	end = station_run(station, NULL);
	station_close(station);
	free(station);
	if (end == STATION_FAILED)
		return STATUS_NO_NETWORK;
	if (end == STATION_OVER && monitor->shown == 0)
		say_where(monitor, monitor->heard
					   ? "nothing about that was heard"
					   : "nothing was heard");
	return monitor->shown > 0 ? STATUS_FOUND : STATUS_NOT_FOUND;
}

static enum options_status explain_no_network(
	const struct monitor *monitor, int err)
{
	print_problem(NULL,
		"no interface can be listened to%s%s:", err < 0 ? ": " : "",
		err < 0 ? mdns_err_text(err) : "");
	interfaces_print_reasons(
		&monitor->filter, monitor->options->transports);
	return STATUS_NO_NETWORK;
}

static enum options_status run(
	struct monitor *monitor, const struct mdns_settings *settings)
{
	int err = look_at_links(monitor, false);
	unsigned i;

	if (err < 0 || monitor->count == 0)
		return explain_no_network(monitor, err);
	if (!is_listening(monitor)) {
		print_problem(NULL,
			"only what comes to port 5353 is shown, not what "
			"others send to one another: %s",
			monitor->why);
		return listen_to_port(monitor, settings);
	}
	/* Now it is worth a complaint if one of several cannot. */
	for (i = monitor->count; i-- > 0;)
		if (!monitor->listener[i].capture)
			drop_listener(monitor, i);
	look_at_links(monitor, true);
	if (listen_from_below(monitor) && monitor->shown == 0)
		say_where(monitor, monitor->heard
					   ? "nothing about that was heard"
					   : "nothing was heard");
	return monitor->shown > 0 ? STATUS_FOUND : STATUS_NOT_FOUND;
}

static struct monitor *open_monitor(
	const struct options *options, const struct mdns_settings *settings)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (monitor && monitor_names_open(&monitor->names, options, settings)) {
		monitor->options = options;
		monitor->filter.settings = settings;
		if (options->only_count > 0) {
			monitor->filter.only = options->only;
			monitor->filter.only_count = options->only_count;
		}
		return monitor;
	}
	free(monitor);
	print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
	return NULL;
}

static void close_monitor(struct monitor *monitor)
{
	monitor_names_close(&monitor->names);
	free(monitor);
}

enum options_status monitor_run(
	const struct options *options, const struct mdns_settings *settings)
{
	struct monitor *monitor = open_monitor(options, settings);
	enum options_status status;

	if (!monitor)
		return STATUS_NO_NETWORK;
	status = run(monitor, settings);
	close_monitor(monitor);
	return status;
}

/* --- a file --- */

static enum options_status read_all(
	struct monitor *monitor, struct capture *capture, const char *path)
{
	enum capture_result result;
	uint64_t packets = 0;
	struct packet packet;
	const char *why;

	while ((result = capture_next(capture, &packet, &why)) ==
		CAPTURE_PACKET) {
		packets++;
		show(monitor, &packet);
		if (ferror(stdout))
			return STATUS_NOT_FOUND;
	}
	if (result == CAPTURE_CUT) {
		print_problem(path, "cut short: it ends inside of a packet");
		return STATUS_NOT_FOUND;
	}
	if (result != CAPTURE_END) {
		print_problem(path, "cannot be read on: %s", why);
		return STATUS_NOT_FOUND;
	}
	if (monitor->shown > 0)
		return STATUS_FOUND;
	if (packets > 0)
		print_problem(path,
			"none of its %llu mDNS messages is about "
			"that",
			(unsigned long long)packets);
	else
		print_problem(path, "no mDNS message among its %llu packets",
			(unsigned long long)capture_skipped(capture));
	return STATUS_NOT_FOUND;
}

enum options_status monitor_read(const struct options *options)
{
	const char *path = strcmp(options->file, "-") == 0 ? "standard input"
							   : options->file;
	struct mdns_settings settings;
	enum options_status status = STATUS_USAGE;
	struct monitor *monitor;
	struct capture *capture;
	const char *why;

	/* What comes through a pipe may never end: Ctrl-C leaves whole lines. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	mdns_settings_init(&settings);
	monitor = open_monitor(options, &settings);
	if (!monitor)
		return STATUS_NO_NETWORK;
	capture = capture_open_file(options->file, &why);
	if (capture) {
		status = read_all(monitor, capture, path);
		capture_close(capture);
	} else {
		print_problem(path, "%s", why);
	}
	close_monitor(monitor);
	return status;
}
