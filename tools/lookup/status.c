/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mdns-lookup has to do with mdns-helper. */
#include "config.h"

#include "tools/lookup/status.h"

#include <inttypes.h>
#include <stdio.h>

#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "tools/lookup/json.h"
#include "tools/lookup/print.h"

/* It answers in a millisecond; this is for one that has much to do. */
#define PATIENCE (2 * MDNS_SEC)

/* A wait may be long enough to say so this often. */
#define SLICE (250 * MDNS_MSEC)

/* Without a helper: what mdns_helper_connect returned. */
static const char *connect_problem(int err)
{
	if (err == MDNS_ERR_NOT_FOUND)
		return "not running, so programs ask the network themselves; "
		       "to start it, type: systemctl start "
		       "mdns-helper.socket";
	if (err == MDNS_ERR_DENIED)
		return "no access to " MDNS_HELPER_SOCKET
		       ", or somebody else has it";
	return "has too much to do";
}

/* kind: what mdns_helper_receive returned, and is not what was asked for. */
static const char *reply_problem(int kind, const union mdns_reply *reply)
{
	static char refused[80];

	if (kind == MDNS_ERR_NOT_FOUND)
		return "does not answer";
	if (kind == MDNS_ERR_DENIED)
		return "has hung up";
	if (kind != MDNS_REPLY_REFUSED)
		return "is of another version; type: systemctl restart "
		       "mdns-helper.service";
	if (reply->head.status == MDNS_ERR_RESOURCE)
		return "has too much to do";
	if (reply->head.status == MDNS_ERR_DENIED)
		return "only root may do that";
	snprintf(refused, sizeof(refused), "refused: %s",
		mdns_err_text(reply->head.status));
	return refused;
}

/* What comes next but for WAIT, or why nothing does. */
static int receive(int fd, mdns_time until, union mdns_reply *ret_reply)
{
	for (;;) {
		mdns_time now = mdns_sys_now();
		mdns_time slice = now + SLICE < until ? now + SLICE : until;
		int kind = mdns_helper_receive(fd, slice, ret_reply, NULL);

		if (kind == MDNS_REPLY_WAIT ||
			(kind == MDNS_ERR_NOT_FOUND && slice < until)) {
			terminal_wait_show("waiting for mdns-helper");
			continue;
		}
		terminal_wait_end();
		return kind;
	}
}

/* Sends a request; what the first reply was. */
static int converse(int fd, const struct mdns_request *request, mdns_time until,
	union mdns_reply *ret_reply)
{
	terminal_wait_begin();
	/* One that was refused as such has its reply there already. */
	mdns_helper_send(fd, request);
	return receive(fd, until, ret_reply);
}

/* A request that is just done; NULL, or why it was not. */
static const char *order(const struct mdns_request *request)
{
	union mdns_reply reply;
	int fd = mdns_helper_connect();
	int kind;

	if (fd < 0)
		return connect_problem(fd);
	kind = converse(fd, request, mdns_sys_now() + PATIENCE, &reply);
	mdns_sys_close(fd);
	return kind == MDNS_REPLY_DONE ? NULL : reply_problem(kind, &reply);
}

/* How an order ended; query may be NULL. */
static enum options_status report(const struct options *options,
	const char *request, const struct options_query *query,
	const char *problem)
{
	struct json_object *object;

	if (problem) {
		print_problem("mdns-helper", "%s", problem);
		return STATUS_NO_NETWORK;
	}
	if (options->format != FORMAT_JSON)
		return STATUS_FOUND;
	object = json_begin("done");
	json_put_text(object, "request", request);
	if (query)
		json_put_text(object, "query", query->text);
	json_end(object);
	return STATUS_FOUND;
}

/* --- --status --- */

static const char *transport_text(const struct mdns_reply_link *link)
{
	static const char *const texts[2][2] = {
		{"no address", "IPv6"}, {"IPv4", "IPv4 and IPv6"}};

	return texts[link->has[MDNS_IPV4] != 0][link->has[MDNS_IPV6] != 0];
}

static bool is_joined(
	const struct mdns_reply_link *link, enum mdns_family transport)
{
	return !link->has[transport] || link->joined[transport];
}

static int64_t age_seconds(const struct mdns_reply_status *status)
{
	mdns_time age = status->head.now - status->started;

	return age > 0 ? age / MDNS_SEC : 0;
}

static void put_link_object(const struct mdns_reply_link *link)
{
	struct json_object *object = json_begin("link");
	char name[sizeof(link->name) + 1];

	snprintf(name, sizeof(name), "%.*s", (int)sizeof(link->name),
		link->name);
	json_put_text(object, "interface", name);
	json_put_bool(object, "ipv4", link->has[MDNS_IPV4]);
	json_put_bool(object, "ipv6", link->has[MDNS_IPV6]);
	json_put_bool(object, "ipv4_joined", link->joined[MDNS_IPV4]);
	json_put_bool(object, "ipv6_joined", link->joined[MDNS_IPV6]);
	json_put_number(object, "records", link->records);
	json_put_number(object, "questions_open", link->questions);
	json_put_number(object, "packets_sent", (int64_t)link->packets_sent);
	json_put_number(
		object, "packets_received", (int64_t)link->packets_received);
	json_put_number(object, "packets_malformed", (int64_t)link->malformed);
	json_end(object);
}

static void put_status_object(const struct mdns_reply_status *status)
{
	struct json_object *object = json_begin("status");
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{"connections", status->clients},
		{"waiting", status->waiting},
		{"watches", status->watches},
		{"names", status->names},
		{"names_in_map", status->published},
		{"requests", status->requests},
		{"refused", status->refused},
		{"known", status->hits},
		{"asked", status->asked},
		{"joined", status->joined},
		{"connections_dropped", status->dropped},
		{"evicted", status->evicted},
		{"memory", status->memory},
	};
	unsigned i;

	json_put_number(object, "running_s", age_seconds(status));
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_put_number(
			object, numbers[i].key, (int64_t)numbers[i].value);
	json_end(object);
}

static void print_link(const struct mdns_reply_link *link)
{
	bool deaf4 = !is_joined(link, MDNS_IPV4);
	bool deaf6 = !is_joined(link, MDNS_IPV6);

	printf("%s%.*s%s: %s%s%s%s%s; records: %" PRIu32 ", questions: %" PRIu32
	       "; packets sent: %" PRIu64 ", received: %" PRIu64
	       ", malformed: %" PRIu64 "\n",
		terminal_paint(PAINT_NAME), (int)sizeof(link->name), link->name,
		terminal_paint(PAINT_PLAIN), transport_text(link),
		deaf4 || deaf6 ? terminal_paint(PAINT_WARN) : "",
		deaf4 ? " (hears nothing over IPv4)" : "",
		deaf6 ? " (hears nothing over IPv6)" : "",
		deaf4 || deaf6 ? terminal_paint(PAINT_PLAIN) : "",
		link->records, link->questions, link->packets_sent,
		link->packets_received, link->malformed);
}

static void print_age(int64_t seconds)
{
	if (seconds >= 86400)
		printf("running: %" PRId64 " d %" PRId64 " h\n",
			seconds / 86400, seconds / 3600 % 24);
	else if (seconds >= 3600)
		printf("running: %" PRId64 " h %" PRId64 " min\n",
			seconds / 3600, seconds / 60 % 60);
	else
		printf("running: %" PRId64 " min %" PRId64 " s\n", seconds / 60,
			seconds % 60);
}

static void print_status(const struct mdns_reply_status *status)
{
	print_age(age_seconds(status));
	printf("connections: %" PRIu32 ", requests that wait: %" PRIu32
	       ", watches: %" PRIu32 "\n",
		status->clients, status->waiting, status->watches);
	printf("names: %" PRIu32 ", in the map: %" PRIu32 "\n", status->names,
		status->published);
	printf("requests: %" PRIu64 ", refused: %" PRIu64 "\n",
		status->requests, status->refused);
	printf("lookups known at once: %" PRIu64
	       ", that asked the network: %" PRIu64
	       ", that joined those: %" PRIu64 "\n",
		status->hits, status->asked, status->joined);
	printf("connections dropped: %" PRIu64
	       ", records and names that made way: %" PRIu64 "\n",
		status->dropped, status->evicted);
	printf("memory: %" PRIu64 " KB\n", (status->memory + 1023) / 1024);
	if (status->links == 0)
		printf("%sno interface can be asked%s\n",
			terminal_paint(PAINT_BAD), terminal_paint(PAINT_PLAIN));
}

enum options_status status_show(const struct options *options)
{
	bool json = options->format == FORMAT_JSON;
	mdns_time until = mdns_sys_now() + PATIENCE;
	struct mdns_request request;
	union mdns_reply reply;
	int fd = mdns_helper_connect();
	int kind;

	if (fd < 0)
		return report(options, NULL, NULL, connect_problem(fd));
	mdns_request_init(&request, MDNS_REQUEST_STATUS, NULL);
	kind = converse(fd, &request, until, &reply);
	for (; kind == MDNS_REPLY_LINK; kind = receive(fd, until, &reply))
		(json ? put_link_object : print_link)(&reply.link);
	mdns_sys_close(fd);
	if (kind != MDNS_REPLY_STATUS)
		return report(options, NULL, NULL, reply_problem(kind, &reply));
	(json ? put_status_object : print_status)(&reply.status);
	return STATUS_FOUND;
}

/* --- --flush and --reconfirm --- */

enum options_status status_flush(const struct options *options)
{
	struct mdns_request request;

	mdns_request_init(&request, MDNS_REQUEST_FLUSH, NULL);
	return report(options, "flush", NULL, order(&request));
}

static const char *reconfirm_type(
	const struct options_query *query, uint32_t ifindex, uint16_t type)
{
	struct mdns_request request;

	mdns_request_init(&request, MDNS_REQUEST_RECONFIRM, &query->name);
	request.type = type;
	request.ifindex = ifindex;
	return order(&request);
}

enum options_status status_reconfirm(const struct options *options,
	const struct mdns_settings *settings, const struct options_query *query)
{
	uint32_t ifindex = if_nametoindex(query->iface);
	const char *problem;

	(void)settings;
	if (query->iface[0] != '\0' && ifindex == 0) {
		print_problem(
			query->text, "no such interface: %s", query->iface);
		return STATUS_USAGE;
	}
	if (query->reverse) {
		problem = reconfirm_type(query, ifindex, MDNS_TYPE_PTR);
	} else {
		problem = reconfirm_type(query, ifindex, MDNS_TYPE_A);
		if (!problem)
			problem =
				reconfirm_type(query, ifindex, MDNS_TYPE_AAAA);
	}
	return report(options, "reconfirm", query, problem);
}

/* --- --helper --- */

/* It was not mdns-helper's word: what it says is about itself. */
static enum options_status fail(const struct options *options,
	const struct options_query *query, const char *problem)
{
	print_problem("mdns-helper", "%s", problem);
	print_missing(options->format, query, 0, PRINT_ERROR, true,
		"mdns-helper: %s", problem);
	return STATUS_NO_NETWORK;
}

static enum options_status print_result(enum options_format format,
	const struct options_query *query, int status,
	struct mdns_answer *answer, uint32_t usec)
{
	unsigned i, count = answer->count > 0 ? answer->count : 1;

	switch (status) {
	case 0:
		/* A reverse answer has a count of 0, see answer.h. */
		for (i = 0; i < count; i++) {
			answer->address[i].usec = usec;
			answer->address[i].way = MDNS_WAYS;
		}
		print_found(format, query, answer);
		return STATUS_FOUND;
	case MDNS_ERR_NO_LINK:
		print_missing(format, query, 0, PRINT_NO_NETWORK, false,
			"mdns-helper has no interface to ask on");
		return STATUS_NO_NETWORK;
	case MDNS_ERR_NO_DATA:
		print_missing(format, query, 0, PRINT_NO_DATA, false,
			"is there, but has no address");
		return STATUS_NOT_FOUND;
	case MDNS_ERR_NOT_FOUND:
	case MDNS_ERR_PASS_ON:
		print_missing(format, query, 0, PRINT_SILENCE, false,
			"mdns-helper says: %s", mdns_err_text(status));
		return STATUS_NOT_FOUND;
	default:
		print_missing(format, query, 0, PRINT_ERROR, false,
			"mdns-helper says: %s", mdns_err_text(status));
		return STATUS_NOT_FOUND;
	}
}

enum options_status status_ask(const struct options *options,
	const struct mdns_settings *settings, const struct options_query *query)
{
	mdns_time start = mdns_sys_now();
	int64_t total = settings->total_ms * MDNS_MSEC;
	struct mdns_request request;
	struct mdns_answer answer;
	union mdns_reply reply;
	int fd, kind, status;

	if (query->iface[0] != '\0') {
		print_problem(query->text,
			"mdns-helper asks on all interfaces: leave out %%%s",
			query->iface);
		return STATUS_USAGE;
	}
	fd = mdns_helper_connect();
	if (fd < 0)
		return fail(options, query, connect_problem(fd));
	mdns_request_init(&request, MDNS_REQUEST_RESOLVE, &query->name);
	request.deadline = mdns_sys_boottime() + total;
	kind = converse(fd, &request, start + total + PATIENCE, &reply);
	mdns_sys_close(fd);
	if (kind != MDNS_REPLY_ANSWER)
		return fail(options, query, reply_problem(kind, &reply));
	if (mdns_reply_decode(&reply.answer, &status, &answer) < 0)
		return fail(
			options, query, reply_problem(MDNS_ERR_FORMAT, &reply));
	return print_result(options->format, query, status, &answer,
		(uint32_t)((mdns_sys_now() - start) / MDNS_USEC));
}
