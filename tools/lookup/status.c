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
#include "tools/lookup/print.h"

/* It answers in a millisecond; this is for one that has much to do. */
#define PATIENCE (2 * MDNS_SEC)

static enum options_status explain_connect(int err)
{
	if (err == MDNS_ERR_NOT_FOUND)
		print_problem("mdns-helper",
			"not running, so programs ask the network themselves; "
			"to start it, type: systemctl start "
			"mdns-helper.socket");
	else if (err == MDNS_ERR_DENIED)
		print_problem("mdns-helper", "no access to " MDNS_HELPER_SOCKET
					     ", or somebody else has it");
	else
		print_problem("mdns-helper", "has too much to do");
	return STATUS_NO_NETWORK;
}

/* kind: what mdns_helper_receive returned, and is not what was asked for. */
static enum options_status explain_reply(
	int kind, const union mdns_reply *reply)
{
	if (kind == MDNS_ERR_NOT_FOUND)
		print_problem("mdns-helper", "does not answer");
	else if (kind == MDNS_ERR_DENIED)
		print_problem("mdns-helper", "has hung up");
	else if (kind != MDNS_REPLY_REFUSED)
		print_problem("mdns-helper",
			"is of another version; type: systemctl restart "
			"mdns-helper.service");
	else if (reply->head.status == MDNS_ERR_RESOURCE)
		print_problem("mdns-helper", "has too much to do");
	else if (reply->head.status == MDNS_ERR_DENIED)
		print_problem("mdns-helper", "only root may do that");
	else
		print_problem("mdns-helper", "refused: %s",
			mdns_err_text(reply->head.status));
	return STATUS_NO_NETWORK;
}

/* What comes next but for WAIT, or why nothing does. */
static int receive(int fd, mdns_time until, union mdns_reply *ret_reply)
{
	int kind;

	do
		kind = mdns_helper_receive(fd, until, ret_reply, NULL);
	while (kind == MDNS_REPLY_WAIT);
	return kind;
}

/* Sends a request; what the first reply was. */
static int converse(int fd, const struct mdns_request *request, mdns_time until,
	union mdns_reply *ret_reply)
{
	/* One that was refused as such has its reply there already. */
	mdns_helper_send(fd, request);
	return receive(fd, until, ret_reply);
}

/* A request that is just done. */
static enum options_status order(const struct mdns_request *request)
{
	union mdns_reply reply;
	int fd = mdns_helper_connect();
	int kind;

	if (fd < 0)
		return explain_connect(fd);
	kind = converse(fd, request, mdns_sys_now() + PATIENCE, &reply);
	mdns_sys_close(fd);
	return kind == MDNS_REPLY_DONE ? STATUS_FOUND
				       : explain_reply(kind, &reply);
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

static void print_link(const struct mdns_reply_link *link)
{
	printf("%.*s: %s%s%s; records: %" PRIu32 ", questions: %" PRIu32
	       "; packets sent: %" PRIu64 ", received: %" PRIu64
	       ", malformed: %" PRIu64 "\n",
		(int)sizeof(link->name), link->name, transport_text(link),
		is_joined(link, MDNS_IPV4) ? "" : " (hears nothing over IPv4)",
		is_joined(link, MDNS_IPV6) ? "" : " (hears nothing over IPv6)",
		link->records, link->questions, link->packets_sent,
		link->packets_received, link->malformed);
}

static void print_age(mdns_time age)
{
	int64_t seconds = age > 0 ? age / MDNS_SEC : 0;

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
	print_age(status->head.now - status->started);
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
		printf("no interface can be asked\n");
}

enum options_status status_show(void)
{
	mdns_time until = mdns_sys_now() + PATIENCE;
	struct mdns_request request;
	union mdns_reply reply;
	int fd = mdns_helper_connect();
	int kind;

	if (fd < 0)
		return explain_connect(fd);
	mdns_request_init(&request, MDNS_REQUEST_STATUS, NULL);
	kind = converse(fd, &request, until, &reply);
	for (; kind == MDNS_REPLY_LINK; kind = receive(fd, until, &reply))
		print_link(&reply.link);
	mdns_sys_close(fd);
	if (kind != MDNS_REPLY_STATUS)
		return explain_reply(kind, &reply);
	print_status(&reply.status);
	return STATUS_FOUND;
}

/* --- --flush and --reconfirm --- */

enum options_status status_flush(void)
{
	struct mdns_request request;

	mdns_request_init(&request, MDNS_REQUEST_FLUSH, NULL);
	return order(&request);
}

static enum options_status reconfirm_type(
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
	enum options_status status;

	(void)options;
	(void)settings;
	if (query->iface[0] != '\0' && ifindex == 0) {
		print_problem(
			query->text, "no such interface: %s", query->iface);
		return STATUS_USAGE;
	}
	if (query->reverse)
		return reconfirm_type(query, ifindex, MDNS_TYPE_PTR);
	status = reconfirm_type(query, ifindex, MDNS_TYPE_A);
	if (status == STATUS_FOUND)
		status = reconfirm_type(query, ifindex, MDNS_TYPE_AAAA);
	return status;
}

/* --- --helper --- */

static enum options_status print_result(const struct options_query *query,
	int status, struct mdns_answer *answer, uint32_t usec)
{
	unsigned i, count = answer->count > 0 ? answer->count : 1;

	switch (status) {
	case 0:
		/* A reverse answer has a count of 0, see answer.h. */
		for (i = 0; i < count; i++) {
			answer->address[i].usec = usec;
			answer->address[i].way = MDNS_WAYS;
		}
		print_answer(query, answer);
		return STATUS_FOUND;
	case MDNS_ERR_NO_LINK:
		print_problem(
			query->text, "mdns-helper has no interface to ask on");
		return STATUS_NO_NETWORK;
	case MDNS_ERR_NO_DATA:
		print_problem(query->text, "is there, but has no address");
		return STATUS_NOT_FOUND;
	default:
		print_problem(query->text, "mdns-helper says: %s",
			mdns_err_text(status));
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

	(void)options;
	if (query->iface[0] != '\0') {
		print_problem(query->text,
			"mdns-helper asks on all interfaces: leave out %%%s",
			query->iface);
		return STATUS_USAGE;
	}
	fd = mdns_helper_connect();
	if (fd < 0)
		return explain_connect(fd);
	mdns_request_init(&request, MDNS_REQUEST_RESOLVE, &query->name);
	request.deadline = mdns_sys_boottime() + total;
	kind = converse(fd, &request, start + total + PATIENCE, &reply);
	mdns_sys_close(fd);
	if (kind != MDNS_REPLY_ANSWER)
		return explain_reply(kind, &reply);
	if (mdns_reply_decode(&reply.answer, &status, &answer) < 0)
		return explain_reply(MDNS_ERR_FORMAT, &reply);
	return print_result(query, status, &answer,
		(uint32_t)((mdns_sys_now() - start) / MDNS_USEC));
}
