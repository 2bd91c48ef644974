/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one host that --unicast asks: who it is, and how a message gets there. */
#include "config.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/rr.h"
#include "resolver/sys.h"
#include "resolver/zone.h"
#include "tools/lookup/ask_private.h"

/* "fe80::1%eth0", also with the number of the interface. 0, MDNS_ERR_NAME if it
 * is no address, MDNS_ERR_NO_LINK if there is no such interface. */
static int parse_target(const char *text, struct ask_target *ret_target)
{
	struct ask_target target = {.known = true};
	const char *percent = strchr(text, '%');
	size_t len = percent ? (size_t)(percent - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN];

	if (len >= sizeof(addr))
		return MDNS_ERR_NAME;
	memcpy(addr, text, len);
	addr[len] = '\0';
	if (inet_pton(AF_INET6, addr, target.bytes) == 1)
		target.family = MDNS_IPV6;
	else if (inet_pton(AF_INET, addr, target.bytes) == 1)
		target.family = MDNS_IPV4;
	else
		return MDNS_ERR_NAME;
	if (percent) {
		target.ifindex = if_nametoindex(percent + 1);
		if (target.ifindex == 0)
			target.ifindex =
				(uint32_t)strtoul(percent + 1, NULL, 10);
		if (target.ifindex == 0)
			return MDNS_ERR_NO_LINK;
	}
	*ret_target = target;
	return 0;
}

/* What is heard of the host while it is looked up. */
struct host {
	const struct ask *outer;
	struct mdns_answer answer;
};

static void note_address(void *context, const struct ask_question *question,
	const struct record *record, const struct packet *packet)
{
	struct host *host = context;
	struct mdns_address address = {.ifindex = packet->ifindex};

	(void)question;
	if (record->type == MDNS_TYPE_A)
		address.family = MDNS_IPV4;
	else if (record->type == MDNS_TYPE_AAAA)
		address.family = MDNS_IPV6;
	else
		return;
	memcpy(address.bytes, record->rdata, record->rdlength);
	mdns_answer_add(&host->answer, &address);
}

static void observe_host(void *context, const struct packet *packet)
{
	const struct ask *outer = ((const struct host *)context)->outer;

	outer->observe(outer->context, packet);
}

static void wait_for_host(void *context)
{
	const struct ask *outer = ((const struct host *)context)->outer;

	outer->wait(outer->context);
}

/* Asks for both its families. */
static int look_up(const struct ask_run *run, const struct mdns_name *name,
	struct mdns_answer *ret_answer, bool *ret_interrupted)
{
	const struct ask *outer = run->ask;
	struct host host = {.outer = outer};
	struct options options = *outer->options;
	struct ask_question question[] = {
		{.name = name, .type = MDNS_TYPE_A, .partner = &question[1]},
		{.name = name, .type = MDNS_TYPE_AAAA, .partner = &question[0]},
	};
	struct ask ask = {.options = &options,
		.settings = outer->settings,
		.filter = outer->filter,
		.question = question,
		.count = 2,
		.signals = outer->signals,
		.found = note_address,
		.observe = outer->observe ? observe_host : NULL,
		.wait = outer->wait ? wait_for_host : NULL,
		.context = &host};
	int err;

	options.way = WAY_DEFAULT;
	options.all = false;
	mdns_answer_init(&host.answer);
	err = ask_run(&ask, ret_interrupted);
	mdns_answer_sort(&host.answer);
	*ret_answer = host.answer;
	return host.answer.count > 0 ? 0
	       : err == 0 || err == MDNS_ERR_NO_DATA ||
			       err == MDNS_ERR_NOT_FOUND
		       ? MDNS_ERR_NAME
		       : err;
}

/* The first of its addresses that the transports allow. */
static int find_host(
	struct ask_run *run, const char *text, bool *ret_interrupted)
{
	struct mdns_answer answer;
	struct mdns_name name;
	unsigned i;
	int err;

	if (mdns_name_parse(text, strlen(text), &name) < 0 ||
		mdns_zone_of(&name, run->suffixes, run->suffix_count) ==
			MDNS_ZONE_NONE)
		return MDNS_ERR_NAME;
	err = look_up(run, &name, &answer, ret_interrupted);
	if (err < 0)
		return err;
	for (i = 0; i < answer.count; i++) {
		const struct mdns_address *address = &answer.address[i];

		if (!(run->ask->options->transports & 1U << address->family))
			continue;
		run->target.known = true;
		run->target.family = address->family;
		memcpy(run->target.bytes, address->bytes, 16);
		if (mdns_zone_address_needs_scope(
			    address->bytes, mdns_family_size(address->family)))
			run->target.ifindex = address->ifindex;
		return 0;
	}
	return MDNS_ERR_NAME;
}

int ask_find_target(struct ask_run *run, bool *ret_interrupted)
{
	const char *text = run->ask->options->unicast;
	int err = parse_target(text, &run->target);

	if (err == MDNS_ERR_NAME)
		err = find_host(run, text, ret_interrupted);
	return err;
}

/* To the target on that link; 0 or a negative errno value. */
static int send_to(int fd, const struct ask_target *target, uint32_t ifindex,
	const uint8_t *message, size_t size)
{
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} to = {0};
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)message, size};
	struct msghdr msg = {.msg_name = &to,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control};
	ssize_t n;

	if (target->family == MDNS_IPV4) {
		struct in_pktinfo info = {.ipi_ifindex = (int)ifindex};

		to.in.sin_family = AF_INET;
		to.in.sin_port = htons(MDNS_PORT);
		memcpy(&to.in.sin_addr, target->bytes, 4);
		msg.msg_namelen = sizeof(to.in);
		control.align.cmsg_level = IPPROTO_IP;
		control.align.cmsg_type = IP_PKTINFO;
		control.align.cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(&control.align), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
	} else {
		struct in6_pktinfo info = {.ipi6_ifindex = ifindex};

		to.in6.sin6_family = AF_INET6;
		to.in6.sin6_port = htons(MDNS_PORT);
		to.in6.sin6_scope_id = ifindex;
		memcpy(&to.in6.sin6_addr, target->bytes, 16);
		msg.msg_namelen = sizeof(to.in6);
		control.align.cmsg_level = IPPROTO_IPV6;
		control.align.cmsg_type = IPV6_PKTINFO;
		control.align.cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(&control.align), &info, sizeof(info));
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
	}
	n = mdns_sys_sendmsg(fd, &msg);
	return n < 0 ? (int)n : 0;
}

int ask_send_unicast(struct ask_run *run, size_t size)
{
	const struct ask_target *target = &run->target;
	int fd, err = MDNS_ERR_NO_LINK;
	unsigned i, sent = 0;

	if (!(run->ask->options->transports & 1U << target->family))
		return MDNS_ERR_NO_LINK;
	fd = mdns_sockets_open_one_shot(&run->sockets, target->family);
	if (fd < 0)
		return fd;
	for (i = 0; i < run->links.count; i++) {
		const struct mdns_link *link = &run->links.link[i];
		int result;

		/* An answer from off the link would not be believed (RFC 6762
		 * 11). */
		if (target->ifindex != 0
				? target->ifindex != link->ifindex
				: !mdns_links_is_on_link(&run->links,
					  link->ifindex, target->family,
					  target->bytes))
			continue;
		result = send_to(fd, target, link->ifindex, run->query, size);
		if (result < 0) {
			err = mdns_sys_err(result);
			continue;
		}
		sent++;
		ask_report_sent(
			run, link, target->family, MDNS_WAY_ONE_SHOT, size);
	}
	return sent > 0 ? 0 : err;
}
