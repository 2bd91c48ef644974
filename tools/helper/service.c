/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ties mdns-helper together. */
#include "tools/helper/service.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/settings_file.h"
#include "resolver/sys.h"
#include "tools/helper/alarm.h"
#include "tools/helper/log.h"
#include "tools/memory.h"

/* Datagrams read from one socket before others have their turn. */
#define DRAIN_MAX 64

/* On each link some 20,000 records of 200 octets, and all together no more
 * than this: what is kept is what somebody has asked for. */
#define MEMORY_MAX (32u << 20)
#define CACHE_RECORDS_MAX 32768
#define CACHE_OCTETS_MAX (4u << 20)
#define QUESTIONS_MAX 8192 /* on a link */

/* Datagrams that may wait for us in one socket when we end. */
#define UNREAD_MAX 65536

/* How late a timer may be. */
#define TIMER_ACCURACY 1000 /* microseconds */

/* The clocks drift apart by this much only in suspend. */
#define SLEPT (1 * MDNS_SEC)

/* --- out --- */

/* What cannot be sent is not sent: the series goes on, and a link that has
 * gone is about to be heard of. */
static void send_due(struct service *service, mdns_time now)
{
	uint32_t ifindex;
	int n;

	while ((n = mdns_querier_write(&service->querier, now, service->buf,
			sizeof(service->buf), &ifindex)) > 0) {
		struct link *link = links_find(&service->links, ifindex);
		unsigned transport;

		for (transport = 0; link && transport < MDNS_FAMILIES;
			transport++)
			if (link->has[transport] &&
				port_send(&service->port, transport, ifindex,
					service->buf, (size_t)n) == 0)
				link->sent++;
	}
}

/* --- time --- */

static mdns_time earlier(mdns_time a, mdns_time b)
{
	return a < b ? a : b;
}

static void renew_links(struct service *service, mdns_time now);

/* Who slept may have woken on another network (RFC 6762 10.3): before anybody is
 * told what was known on the old one. Between the two clocks' readings we may
 * have been stopped ourselves. */
static void notice_suspend(struct service *service)
{
	mdns_time before = mdns_sys_now();
	mdns_time now = mdns_sys_boottime();
	int64_t asleep = now - before;

	if (mdns_sys_now() - before > SLEPT / 2)
		return;
	if (asleep - service->asleep > SLEPT) {
		log_say(LOG_INFO, NULL, "woken up; all is asked anew");
		names_flush(&service->names, now);
		renew_links(service, now);
	}
	service->asleep = asleep;
}

/* Before anybody is told anything: who gets an answer with the map may look into
 * that before we are done here. */
static void begin(void *context)
{
	struct service *service = context;

	notice_suspend(service);
	publish_beat(&service->publish, true, mdns_sys_boottime());
}

/* When to end, if that is wanted and nothing happens until then. */
static mdns_time idle_end(struct service *service, mdns_time now)
{
	if (clients_count(service->clients) > 0 || service->names.waiting > 0 ||
		names_are_fresh(&service->names, now)) {
		service->idle = 0;
		return names_are_fresh(&service->names, now)
			       ? service->names.fresh_until
			       : MDNS_TIME_NEVER;
	}
	if (service->idle == 0)
		service->idle = now;
	return service->idle + service->idle_exit;
}

static void set_timer(struct service *service, mdns_time due)
{
	uint64_t usec = due < 0 ? 0 : (uint64_t)due / 1000 + 1;

	sd_event_source_set_time(
		service->timer, due == MDNS_TIME_NEVER ? UINT64_MAX : usec);
}

/* All that follows from what has come in, or from time. */
static void settle(void *context)
{
	struct service *service = context;
	mdns_time now, due;

	notice_suspend(service);
	now = mdns_sys_boottime();
	publish_beat(&service->publish, service->names.waiting > 0, now);
	mdns_querier_expire(&service->querier, now);
	names_expire(&service->names, now);
	send_due(service, now);
	due = earlier(mdns_querier_expiry(&service->querier),
		names_expiry(&service->names));
	due = earlier(due, publish_beat(&service->publish,
				   names_are_fresh(&service->names, now), now));
	if (service->idle_exit > 0) {
		mdns_time end = idle_end(service, now);

		if (service->idle != 0 && end <= now)
			sd_event_exit(service->event, 0);
		due = earlier(due, end);
	}
	set_timer(service, due);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *context)
{
	(void)source, (void)usec, (void)context; /* before_wait follows */
	return 0;
}

/* Not a post source, which takes a round of the loop for itself: who has just
 * been answered may wait for the processor that we have. */
static int before_wait(sd_event_source *source, void *context)
{
	(void)source;
	settle(context);
	return 0;
}

/* It is never off: before_wait comes with it. */
static int add_timer(struct service *service)
{
	int result = sd_event_add_time(service->event, &service->timer,
		CLOCK_BOOTTIME, 0, TIMER_ACCURACY, on_timer, service);

	if (result >= 0)
		result = sd_event_source_set_prepare(
			service->timer, before_wait);
	return result < 0 ? result
			  : sd_event_source_set_enabled(
				    service->timer, SD_EVENT_ON);
}

/* --- what is heard --- */

static void record_changed(void *context, uint32_t ifindex,
	enum mdns_change change, const struct mdns_cached *record,
	mdns_time now)
{
	struct service *service = context;
	struct mdns_name name;

	mdns_rrset_name(record->set, &name);
	names_hear(&service->names, &name);
	clients_changed(service->clients, ifindex, change, record, now);
}

static bool keeps(void *context, const struct mdns_name *name)
{
	const struct service *service = context;

	return names_keeps(&service->names, name) ||
	       clients_watch(service->clients, name);
}

static int on_packet(
	sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct service *service = context;
	unsigned index = 0, i;

	(void)source, (void)events;
	notice_suspend(service);
	while (index < service->port.count &&
		service->port.socket[index].fd != fd)
		index++;
	for (i = 0; i < DRAIN_MAX; i++) {
		struct mdns_origin origin;
		struct link *link;
		int n = port_receive(&service->port, index, service->buf,
			sizeof(service->buf), &origin);

		if (n < 0)
			break;
		/* A responder on this very host. */
		if (origin.ifindex == MDNS_LOOPBACK_IFINDEX)
			origin.ifindex = links_owner(&service->links,
				origin.transport, origin.source);
		link = links_find(&service->links, origin.ifindex);
		if (!link)
			continue;
		link->received++;
		mdns_querier_read(&service->querier, &origin, service->buf,
			(size_t)n, mdns_sys_boottime());
	}
	return 0;
}

static void answered(void *context, struct asker *asker, int status,
	const struct mdns_answer *answer)
{
	struct service *service = context;

	clients_answer(service->clients, asker, status, answer);
}

/* --- links --- */

static void join_link(struct service *service, struct link *link)
{
	unsigned transport;

	for (transport = 0; transport < MDNS_FAMILIES; transport++) {
		int err;

		if (link->joined[transport] == link->has[transport])
			continue;
		if (!link->has[transport]) {
			port_leave(&service->port, transport, link->ifindex);
			link->joined[transport] = false;
			continue;
		}
		err = port_join(&service->port, transport, link->ifindex);
		link->joined[transport] = err == 0;
		if (err < 0)
			log_say(LOG_WARNING, link->name,
				"cannot join the mDNS group over %s: %s",
				transport == MDNS_IPV4 ? "IPv4" : "IPv6",
				mdns_err_text(err));
	}
}

static void leave_link(struct service *service, struct link *link)
{
	unsigned transport;

	for (transport = 0; transport < MDNS_FAMILIES; transport++) {
		if (link->joined[transport])
			port_leave(&service->port, transport, link->ifindex);
		link->joined[transport] = false;
	}
}

static void add_link(
	struct service *service, const struct link *link, mdns_time now)
{
	if (mdns_querier_add_link(&service->querier, link->ifindex,
		    mdns_querier_payload(link->mtu), false, now) < 0)
		log_say(LOG_ERR, link->name, "no memory to ask there");
	names_retry(&service->names, now);
}

static void renew_links(struct service *service, mdns_time now)
{
	struct mdns_querier_link *asked = service->querier.links;

	for (; asked; asked = asked->next) {
		const struct link *link =
			links_find(&service->links, asked->ifindex);

		if (link)
			add_link(service, link, now);
	}
}

static void link_changed(
	void *context, enum links_change change, struct link *link)
{
	struct service *service = context;
	mdns_time now = mdns_sys_boottime();
	struct mdns_querier_link *asked;

	switch (change) {
	case LINK_CAME:
	case LINK_GAINED:
		log_say(LOG_DEBUG, link->name, "asked from now on%s%s",
			link->has[MDNS_IPV4] ? ", IPv4" : "",
			link->has[MDNS_IPV6] ? ", IPv6" : "");
		join_link(service, link);
		add_link(service, link, now);
		break;
	case LINK_WENT:
		log_say(LOG_DEBUG, link->name, "not asked any more");
		leave_link(service, link);
		mdns_querier_drop_link(&service->querier, link->ifindex, now);
		clients_drop_link(service->clients, link->ifindex);
		break;
	case LINK_CHANGED:
		join_link(service, link);
		asked = mdns_querier_find_link(
			&service->querier, link->ifindex);
		if (asked)
			asked->payload = mdns_querier_payload(link->mtu);
		break;
	}
}

static int on_netlink(
	sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct service *service = context;

	(void)source, (void)fd, (void)events;
	links_read(&service->links);
	return 0;
}

/* --- what clients want --- */

static void flush(void *context)
{
	struct service *service = context;
	mdns_time now = mdns_sys_boottime();

	names_flush(&service->names, now);
	renew_links(service, now);
}

static bool describe_link(
	void *context, unsigned index, struct mdns_reply_link *reply)
{
	const struct service *service = context;
	const struct mdns_querier_link *asked = service->querier.links;
	const struct link *link;
	unsigned i;

	while (asked && index-- > 0)
		asked = asked->next;
	if (!asked)
		return false;
	reply->ifindex = asked->ifindex;
	reply->records = asked->cache.records;
	reply->questions = asked->askings.count;
	reply->malformed = asked->malformed;
	link = links_find(&service->links, asked->ifindex);
	if (!link)
		return true;
	reply->mtu = link->mtu;
	reply->packets_sent = link->sent;
	reply->packets_received = link->received;
	for (i = 0; i < MDNS_FAMILIES; i++) {
		reply->has[i] = link->has[i];
		reply->joined[i] = link->joined[i];
	}
	memcpy(reply->name, link->name, sizeof(reply->name));
	return true;
}

static void describe(void *context, struct mdns_reply_status *reply)
{
	const struct service *service = context;
	const struct names *names = &service->names;
	const struct mdns_querier_link *link = service->querier.links;

	reply->started = service->started;
	reply->names = names->table.count;
	reply->published = service->publish.writer.count;
	reply->waiting = names->waiting;
	reply->hits = names->hits;
	reply->asked = names->asked;
	reply->joined = names->joined;
	reply->memory = MEMORY_MAX - service->memory_left;
	reply->evicted = names->evicted;
	for (; link; link = link->next)
		reply->evicted += link->cache.evicted;
}

/* --- settings and signals --- */

static void complain(void *context, unsigned line, const char *why)
{
	(void)context;
	log_say(LOG_WARNING, NULL, MDNS_SETTINGS_PATH ":%u: %s", line, why);
}

/* What cannot be read changes nothing: it may say which links not to ask. */
static void read_settings(struct service *service)
{
	struct mdns_settings settings;
	unsigned i, count = 0;
	int err;

	mdns_settings_init(&settings);
	err = mdns_settings_load(MDNS_SETTINGS_PATH, &settings, complain, NULL);
	if (err == MDNS_ERR_SPACE)
		complain(NULL, 0, "too long: the rest is not read");
	else if (err < 0 && err != MDNS_ERR_NOT_FOUND) {
		log_say(LOG_ERR, NULL, MDNS_SETTINGS_PATH " cannot be read: %s",
			mdns_err_text(err));
		return;
	}
	service->settings = settings;
	for (i = 0; i < settings.suffix_count; i++)
		if (mdns_name_parse(settings.suffix[i],
			    strlen(settings.suffix[i]),
			    &service->suffixes[count]) == 0)
			count++;
	service->querier.suffix_count = count;
	log_say(LOG_DEBUG, NULL, "read " MDNS_SETTINGS_PATH);
}

static int on_hangup(sd_event_source *source,
	const struct signalfd_siginfo *info, void *context)
{
	struct service *service = context;

	(void)source, (void)info;
	read_settings(service);
	names_configure(&service->names, &service->settings);
	links_judge(&service->links, &service->settings);
	flush(service);
	return 0;
}

static int add_signals(struct service *service)
{
	sigset_t set;
	int result;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	/* Without a handler they end the loop. */
	result = sd_event_add_signal(service->event, NULL, SIGTERM, NULL, NULL);
	if (result >= 0)
		result = sd_event_add_signal(
			service->event, NULL, SIGINT, NULL, NULL);
	if (result >= 0)
		result = sd_event_add_signal(
			service->event, NULL, SIGHUP, on_hangup, service);
	return result;
}

/* --- opening --- */

static int fail(const char *what, int result)
{
	log_say(LOG_ERR, NULL, "%s: %s", what, strerror(-result));
	return result;
}

static void open_names(struct service *service)
{
	const struct mdns_memory memory = memory_limited(&service->memory_left);
	const struct mdns_querier_limits querier = {
		.questions = QUESTIONS_MAX,
		.cache = {CACHE_RECORDS_MAX, CACHE_OCTETS_MAX},
	};
	const struct names_limits names = {
		.names = MDNS_MAP_SLOTS, .waiting = CLIENTS_WAITING_MAX};
	uint64_t seed = (uint64_t)mdns_sys_random() << 32 | mdns_sys_random();
	int result;

	service->memory_left = MEMORY_MAX;
	mdns_querier_init(&service->querier, &memory, &querier, seed,
		service->suffixes, 0, record_changed, service);
	service->querier.keeps = keeps;
	mdns_settings_init(&service->settings);
	read_settings(service);
	names_init(&service->names, &service->querier, &service->publish.writer,
		&memory, &names, &service->settings, answered, service);
	result = publish_open(&service->publish);
	if (result == 0)
		return;
	/* Then every lookup asks us. */
	service->names.map = NULL;
	log_say(LOG_WARNING, NULL, "cannot publish a map: %s",
		strerror(-result));
}

/* Whose links we see: the sockets', wherever this process is put. */
static uint64_t find_netns(const struct service *service)
{
	uint64_t netns;
	socklen_t size = sizeof(netns);

	return getsockopt(service->port.socket[0].fd, SOL_SOCKET,
		       SO_NETNS_COOKIE, &netns, &size) == 0
		       ? netns
		       : 0;
}

static int open_event(struct service *service)
{
	const struct clients_world world = {
		.names = &service->names,
		.querier = &service->querier,
		.map_fd = service->publish.fd,
		.map_id = service->publish.writer.id,
		.netns = find_netns(service),
		.begin = begin,
		.settle = settle,
		.flush = flush,
		.describe_link = describe_link,
		.describe = describe,
		.context = service,
	};
	unsigned i;
	/* The default one asks for our thread id twice a round. */
	int result = sd_event_new(&service->event);

	service->world = world;

	if (result >= 0)
		result = add_signals(service);
	if (result >= 0)
		result = add_timer(service);
	for (i = 0; i < service->port.count && result >= 0; i++)
		result = sd_event_add_io(service->event, NULL,
			service->port.socket[i].fd, EPOLLIN, on_packet,
			service);
	if (result >= 0)
		result = clients_open(&service->clients, service->event,
			service->listening.listener, &service->world);
	return result;
}

/* The links come last: what they start needs everything else. */
static int open_links(struct service *service)
{
	int result = links_open(&service->links, service->listening.netlink,
		&service->settings, link_changed, service);

	if (result == 0)
		result = sd_event_add_io(service->event, NULL,
			service->links.fd, EPOLLIN, on_netlink, service);
	return result;
}

int service_open(struct service *service, int64_t idle_exit)
{
	int result;

	memset(service, 0, sizeof(*service));
	service->links.fd = -1;
	service->publish.fd = -1;
	service->idle_exit = idle_exit;
	service->started = mdns_sys_boottime();
	service->asleep = service->started - mdns_sys_now();
	result = listening_open(&service->listening);
	if (result == -EADDRINUSE)
		return fail("another mdns-helper is there", result);
	if (result < 0)
		return fail("cannot listen at " MDNS_HELPER_SOCKET, result);
	if (port_open(&service->port, service->listening.udp,
		    service->listening.udp_count,
		    service->listening.udp_count == 0) < 0)
		return fail("cannot have UDP port 5353", -EADDRINUSE);
	open_names(service);
	result = open_event(service);
	if (result < 0)
		return fail("cannot start", result);
	result = open_links(service);
	return result < 0 ? fail("cannot see the links", result) : 0;
}

int service_run(struct service *service)
{
	int result = sd_event_set_watchdog(service->event, true);

	if (result < 0)
		return fail("cannot have a watchdog", result);
	settle(service);
	sd_notifyf(
		0, "READY=1\nSTATUS=%u interfaces known", service->links.count);
	result = sd_event_loop(service->event);
	sd_notify(0, "STOPPING=1");
	return result < 0 ? fail("the event loop ended", result) : 0;
}

/* Sockets that systemd keeps would go on hearing, and it would start us again
 * for each packet. */
static void leave_links(struct service *service)
{
	unsigned i;

	for (i = 0; i < service->links.count; i++)
		leave_link(service, service->links.link[i]);
}

/* And for what has come in already. */
static void empty(int fd)
{
	unsigned i;

	for (i = 0; fd >= 0 && i < UNREAD_MAX; i++)
		if (recv(fd, NULL, 0, MSG_DONTWAIT | MSG_TRUNC) < 0)
			return;
}

static void leave_sockets(struct service *service)
{
	unsigned i;

	leave_links(service);
	for (i = 0; i < service->port.count; i++)
		empty(service->port.socket[i].fd);
	empty(service->links.fd);
}

void service_close(struct service *service)
{
	alarm_start();
	leave_sockets(service);
	if (service->clients)
		clients_close(service->clients);
	names_close(&service->names);
	publish_close(&service->publish);
	mdns_querier_close(&service->querier);
	links_close(&service->links);
	port_close(&service->port);
	listening_close(&service->listening);
	sd_event_source_unref(service->timer);
	sd_event_unref(service->event);
}
