/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the doctor sees the network: the same questions by both ways at once, on
 * every link over every transport, and all that is heard then. */
#include "config.h"

#include "tools/lookup/doctor_probe.h"

#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/sockets.h"
#include "resolver/sys.h"
#include "tools/lookup/capture.h"
#include "tools/lookup/packet.h"

/* Three times the longest name with its type and class, and the header. */
#define QUERY_MAX (PROBE_QUESTIONS_MAX * (MDNS_NAME_MAX + 4) + MDNS_HEADER_SIZE)

/* Datagrams read from one socket before the clock is looked at again. */
#define DRAIN_MAX 32

static const struct {
	unsigned msec;
	enum mdns_way way;
} timetable[] = {
	{0, MDNS_WAY_ONE_SHOT},
	{0, MDNS_WAY_GROUP},
	{500, MDNS_WAY_ONE_SHOT},
	{1100, MDNS_WAY_GROUP},
};
#define SENDS (sizeof(timetable) / sizeof(timetable[0]))

struct run {
	struct probe *probe;
	struct mdns_sockets sockets;
	uint16_t id; /* of the one-shot */
	uint8_t query[MDNS_WAYS][QUERY_MAX];
	size_t size[MDNS_WAYS];
	mdns_time start, end;
	uint8_t buf[MDNS_MESSAGE_MAX];
};

/* At the end: so no name is compressed in more than one step, which not every
 * device can read. */
static void ask_for_kinds(struct probe *probe)
{
	static const char kinds[] = "_services._dns-sd._udp.local";
	struct probe_question *question =
		&probe->question[probe->question_count++];

	mdns_name_parse(kinds, sizeof(kinds) - 1, &probe->kinds);
	question->name = &probe->kinds;
	question->type = MDNS_TYPE_PTR;
}

static void write_query(struct run *run, enum mdns_way way, uint16_t id)
{
	struct mdns_writer writer;
	unsigned i;
	int size;

	mdns_writer_init(&writer, run->query[way], QUERY_MAX, id, 0);
	for (i = 0; i < run->probe->question_count; i++)
		mdns_writer_question(&writer, run->probe->question[i].name,
			run->probe->question[i].type, MDNS_CLASS_IN);
	size = mdns_writer_end(&writer);
	run->size[way] = size > 0 ? (size_t)size : 0;
}

static int read_links(struct probe *probe)
{
	char scratch[MDNS_LINKS_SCRATCH] __attribute__((aligned(16)));
	const struct options *options = probe->doctor->options;
	const struct options_query *query = probe->doctor->query;
	const char *scope[1];
	struct mdns_link_filter filter = {.settings = probe->doctor->settings};

	if (query && query->iface[0] != '\0') {
		scope[0] = query->iface;
		filter.only = scope;
		filter.only_count = 1;
	} else if (options->only_count > 0) {
		filter.only = options->only;
		filter.only_count = options->only_count;
	}
	memset(&probe->links, 0, sizeof(probe->links));
	return mdns_links_read(
		&filter, scratch, sizeof(scratch), &probe->links);
}

static bool is_open(const struct run *run, const struct probe_path *path)
{
	unsigned i;

	for (i = 0; i < run->sockets.count; i++) {
		const struct mdns_socket *socket = &run->sockets.socket[i];

		if (socket->way == MDNS_WAY_GROUP &&
			socket->transport == path->transport &&
			(socket->ifindex == 0 ||
				socket->ifindex == path->link->ifindex))
			return true;
	}
	return false;
}

static int make_paths(struct run *run)
{
	struct probe *probe = run->probe;
	unsigned transports = probe->doctor->options->transports;
	unsigned i, transport;
	bool shared;

	/* A port that cannot be had shows by the paths that do not listen. */
	mdns_sockets_open_group(
		&run->sockets, &probe->links, transports, &shared);
	probe->path_count = 0;
	for (i = 0; i < probe->links.count; i++)
		for (transport = 0; transport < MDNS_FAMILIES; transport++) {
			struct probe_path *path =
				&probe->path[probe->path_count];

			if (!probe->links.link[i].has[transport] ||
				!(transports & 1u << transport))
				continue;
			memset(path, 0, sizeof(*path));
			path->link = &probe->links.link[i];
			path->transport = transport;
			path->listens = is_open(run, path);
			probe->path_count++;
		}
	return probe->path_count > 0 ? 0 : MDNS_ERR_NO_LINK;
}

/* For -v and --pcap. */
static void report(const struct run *run, struct mdns_lookup_event *event)
{
	const struct options *options = run->probe->doctor->options;
	struct packet packet;

	if (!options->verbose && !options->pcap)
		return;
	event->usec = (uint32_t)((mdns_sys_now() - run->start) / MDNS_USEC);
	packet_from_event(event, true, &packet);
	capture_write(&packet);
	if (!options->verbose)
		return;
	terminal_wait_end();
	packet_print(stderr, &packet, true, options->format);
}

static void report_sent(
	const struct run *run, const struct probe_path *path, enum mdns_way way)
{
	struct mdns_lookup_event event = {.out = true,
		.origin = {.ifindex = path->link->ifindex,
			.transport = (uint8_t)path->transport,
			.way = (uint8_t)way},
		.message = run->query[way],
		.size = run->size[way]};

	report(run, &event);
}

static void report_heard(const struct run *run, const struct probe_heard *heard)
{
	struct mdns_lookup_event event = {.origin = heard->origin,
		.verdict = heard->verdict,
		.message = heard->message,
		.size = heard->size};

	report(run, &event);
}

static int send_one_shot(struct run *run, const struct probe_path *path)
{
	int fd = mdns_sockets_open_one_shot(&run->sockets, path->transport);
	int result;

	if (fd < 0)
		return fd;
	result = mdns_socket_send(fd, path->transport, path->link->ifindex,
		run->query[MDNS_WAY_ONE_SHOT], run->size[MDNS_WAY_ONE_SHOT]);
	return result < 0 ? mdns_sys_err(result) : 0;
}

static int send_group(struct run *run, const struct probe_path *path)
{
	int err = MDNS_ERR_NO_LINK;
	unsigned sent;

	if (!path->listens)
		return err;
	sent = mdns_sockets_send_on(&run->sockets, path->link,
		1u << path->transport, run->query[MDNS_WAY_GROUP],
		run->size[MDNS_WAY_GROUP], &err);
	return sent > 0 ? 0 : err;
}

static void send_all(struct run *run, enum mdns_way way)
{
	unsigned i;

	for (i = 0; i < run->probe->path_count; i++) {
		struct probe_path *path = &run->probe->path[i];

		path->sent_at[way] = mdns_sys_now();
		path->failure[way] = way == MDNS_WAY_ONE_SHOT
					     ? send_one_shot(run, path)
					     : send_group(run, path);
		if (path->failure[way] == 0)
			report_sent(run, path, way);
	}
}

static bool is_our_query(const struct run *run, const struct probe_heard *heard,
	enum mdns_way way)
{
	return heard->size == run->size[way] &&
	       memcmp(heard->message, run->query[way], heard->size) == 0;
}

static void judge(const struct run *run, struct probe_heard *heard)
{
	bool one_shot = heard->origin.way == MDNS_WAY_ONE_SHOT;
	struct mdns_reader reader;

	mdns_reader_init(&reader, heard->message, heard->size);
	heard->verdict = mdns_response_judge(&reader, &heard->origin, one_shot);
	if (heard->verdict == MDNS_VERDICT_OTHER && one_shot &&
		reader.header.id != run->id)
		heard->verdict = MDNS_VERDICT_ID;
}

static void settle(struct run *run)
{
	mdns_time end = mdns_sys_now() + run->probe->settle_msec * MDNS_MSEC;

	if (end < run->end)
		run->end = end;
}

static void hear(struct run *run, struct probe_heard *heard)
{
	struct probe *probe = run->probe;
	unsigned i;

	for (i = 0; i < probe->path_count; i++)
		if (probe->path[i].transport == heard->origin.transport &&
			probe->path[i].link->ifindex == heard->origin.ifindex)
			break;
	if (i == probe->path_count)
		return;
	heard->path = &probe->path[i];
	heard->index = i;
	heard->usec =
		(uint32_t)((mdns_sys_now() -
				   heard->path->sent_at[heard->origin.way]) /
			   MDNS_USEC);
	heard->from_us = mdns_links_owner(&probe->links, heard->path->transport,
				 heard->origin.source) != 0;
	heard->our_query = heard->from_us &&
			   (is_our_query(run, heard, MDNS_WAY_GROUP) ||
				   is_our_query(run, heard, MDNS_WAY_ONE_SHOT));
	judge(run, heard);
	report_heard(run, heard);
	if (probe->hear(probe->context, heard))
		settle(run);
}

static void drain(struct run *run, const struct mdns_socket *socket)
{
	unsigned i;

	for (i = 0; i < DRAIN_MAX && mdns_sys_now() < run->end; i++) {
		struct probe_heard heard = {.message = run->buf};
		int n = mdns_sockets_receive(socket, &run->probe->links,
			run->buf, sizeof(run->buf), &heard.origin);

		if (n == MDNS_ERR_NO_LINK)
			continue;
		if (n < 0)
			return;
		heard.size = (size_t)n;
		hear(run, &heard);
	}
}

static void wait_and_read(struct run *run, mdns_time until)
{
	struct pollfd fds[MDNS_SOCKETS_MAX + 1];
	unsigned i, count = run->sockets.count;

	for (i = 0; i < count; i++) {
		fds[i].fd = run->sockets.socket[i].fd;
		fds[i].events = POLLIN;
		fds[i].revents = 0;
	}
	/* A descriptor of -1 is passed over. */
	fds[count].fd = run->probe->doctor->signals;
	fds[count].events = POLLIN;
	fds[count].revents = 0;
	if (mdns_sys_poll(fds, count + 1, until) <= 0)
		return;
	if (fds[count].revents)
		run->end = 0;
	for (i = 0; i < count; i++)
		if (fds[i].revents)
			drain(run, &run->sockets.socket[i]);
}

/* Nobody answers what was not sent: by no way, on no path. */
static bool is_mute(const struct run *run)
{
	const struct probe *probe = run->probe;
	unsigned i;

	for (i = 0; i < probe->path_count; i++)
		if (probe->path[i].failure[MDNS_WAY_ONE_SHOT] == 0 ||
			probe->path[i].failure[MDNS_WAY_GROUP] == 0)
			return false;
	return true;
}

static void ask(struct run *run)
{
	mdns_time start = mdns_sys_now();
	unsigned next = 0;

	run->start = start;
	run->end = start + PROBE_MSEC * MDNS_MSEC;
	while (mdns_sys_now() < run->end) {
		mdns_time until = run->end;

		while (next < SENDS &&
			start + timetable[next].msec * MDNS_MSEC <=
				mdns_sys_now())
			send_all(run, timetable[next++].way);
		/* Both ways have been tried at 0. */
		if (is_mute(run))
			break;
		if (next < SENDS &&
			start + timetable[next].msec * MDNS_MSEC < until)
			until = start + timetable[next].msec * MDNS_MSEC;
		terminal_wait_show("listening to the network ...");
		wait_and_read(run, until);
	}
}

int probe_run(struct probe *probe)
{
	struct run *run;
	int err = read_links(probe);

	if (err < 0)
		return err;
	run = mdns_sys_map(sizeof(*run));
	if (!run)
		return MDNS_ERR_RESOURCE;
	run->probe = probe;
	run->id = (uint16_t)mdns_sys_random();
	ask_for_kinds(probe);
	write_query(run, MDNS_WAY_ONE_SHOT, run->id);
	write_query(run, MDNS_WAY_GROUP, 0);
	err = make_paths(run);
	if (err == 0)
		ask(run);
	mdns_sockets_close(&run->sockets);
	mdns_sys_unmap(run, sizeof(*run));
	return err;
}

bool probe_speaks_of(
	const struct probe_heard *heard, const struct mdns_name *name)
{
	struct mdns_reader reader;
	struct mdns_record record;

	mdns_reader_init(&reader, heard->message, heard->size);
	while (mdns_reader_record(&reader, &record))
		if (record.ttl > 0 && mdns_name_equal(&record.name, name))
			return true;
	return false;
}
