/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The messages between a process and mdns-helper. */
#include "resolver/protocol.h"

#include <string.h>

#include "resolver/err.h"

static bool is_zero(const uint8_t *octets, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (octets[i] != 0)
			return false;
	return true;
}

/* What a request of that kind says besides; false if there is none. */
static bool op_needs(unsigned op, bool *ret_name, bool *ret_type)
{
	switch ((enum mdns_request_op)op) {
	case MDNS_REQUEST_RESOLVE:
	case MDNS_REQUEST_BROWSE:
		*ret_name = true;
		*ret_type = false;
		return true;
	case MDNS_REQUEST_WATCH:
	case MDNS_REQUEST_RECONFIRM:
		*ret_name = true;
		*ret_type = true;
		return true;
	case MDNS_REQUEST_FLUSH:
	case MDNS_REQUEST_STATUS:
		*ret_name = false;
		*ret_type = false;
		return true;
	}
	return false;
}

bool mdns_request_check(const void *octets, size_t size)
{
	struct mdns_request request;
	struct mdns_name name;
	bool has_name, has_type;

	if (size != sizeof(request))
		return false;
	memcpy(&request, octets, sizeof(request));
	if (request.protocol != MDNS_PROTOCOL ||
		request.once > (request.op == MDNS_REQUEST_RESOLVE) ||
		!op_needs(request.op, &has_name, &has_type) ||
		(request.type != 0) != has_type ||
		(request.name_len != 0) != has_name)
		return false;
	return (!has_name || mdns_request_name(&request, &name)) &&
	       is_zero(request.name + request.name_len,
		       sizeof(request.name) - request.name_len);
}

size_t mdns_reply_size(unsigned kind)
{
	switch ((enum mdns_reply_kind)kind) {
	case MDNS_REPLY_WAIT:
	case MDNS_REPLY_DONE:
	case MDNS_REPLY_REFUSED:
		return sizeof(struct mdns_reply_head);
	case MDNS_REPLY_ANSWER:
		return sizeof(struct mdns_reply_answer);
	case MDNS_REPLY_EVENT:
		return sizeof(struct mdns_reply_event);
	case MDNS_REPLY_LINK:
		return sizeof(struct mdns_reply_link);
	case MDNS_REPLY_STATUS:
		return sizeof(struct mdns_reply_status);
	}
	return 0;
}

bool mdns_reply_check(const void *octets, size_t size)
{
	struct mdns_reply_head head;

	if (size < sizeof(head))
		return false;
	memcpy(&head, octets, sizeof(head));
	return head.protocol == MDNS_PROTOCOL &&
	       size == mdns_reply_size(head.kind);
}

void mdns_request_init(struct mdns_request *ret_request,
	enum mdns_request_op op, const struct mdns_name *name)
{
	memset(ret_request, 0, sizeof(*ret_request));
	ret_request->protocol = MDNS_PROTOCOL;
	ret_request->op = (uint16_t)op;
	if (name) {
		ret_request->name_len = name->len;
		memcpy(ret_request->name, name->wire, name->len);
	}
}

bool mdns_request_name(
	const struct mdns_request *request, struct mdns_name *ret_name)
{
	return mdns_name_from_wire(
		       request->name, request->name_len, ret_name) == 0;
}

/* A reverse answer has a count of 0 and still tells in address[0] where it
 * came from. */
static unsigned address_records(int status, unsigned count)
{
	return count == 0 && status == 0 ? 1 : count;
}

void mdns_reply_encode(struct mdns_reply_answer *ret_reply, int status,
	const struct mdns_answer *answer)
{
	struct mdns_reply_head head = {
		.protocol = MDNS_PROTOCOL,
		.kind = MDNS_REPLY_ANSWER,
		.id = ret_reply->head.id,
		.now = ret_reply->head.now,
		.map = ret_reply->head.map,
		.status = status,
	};
	unsigned i, records = address_records(status, answer->count);

	memset(ret_reply, 0, sizeof(*ret_reply));
	ret_reply->head = head;
	ret_reply->ttl = answer->ttl;
	memcpy(ret_reply->presence, answer->presence, MDNS_FAMILIES);
	ret_reply->count = answer->count;
	ret_reply->dropped = answer->dropped;
	ret_reply->name_len = answer->name.len;
	memcpy(ret_reply->name, answer->name.wire, answer->name.len);
	for (i = 0; i < records; i++) {
		const struct mdns_address *from = &answer->address[i];
		struct mdns_reply_address *to = &ret_reply->address[i];

		memcpy(to->bytes, from->bytes, mdns_family_size(from->family));
		to->ifindex = from->ifindex;
		to->family = from->family;
		to->transport = from->transport;
		to->way = from->way;
	}
}

static bool address_check(const struct mdns_reply_address *address)
{
	size_t size;

	if (address->family >= MDNS_FAMILIES ||
		address->transport >= MDNS_FAMILIES ||
		address->way >= MDNS_WAYS)
		return false;
	size = mdns_family_size(address->family);
	return is_zero(address->bytes + size, sizeof(address->bytes) - size);
}

static bool status_check(int status)
{
	return status == 0 || status == MDNS_ERR_NOT_FOUND ||
	       status == MDNS_ERR_PASS_ON || status == MDNS_ERR_NO_DATA ||
	       status == MDNS_ERR_NO_LINK;
}

int mdns_reply_decode(const struct mdns_reply_answer *reply, int *ret_status,
	struct mdns_answer *ret_answer)
{
	int status = reply->head.status;
	struct mdns_name name = {.len = 0};
	unsigned i, records;

	if (!mdns_reply_check(reply, sizeof(*reply)) || !status_check(status) ||
		reply->presence[MDNS_IPV4] > MDNS_ABSENT ||
		reply->presence[MDNS_IPV6] > MDNS_ABSENT ||
		reply->count > MDNS_ADDRESSES_MAX)
		return MDNS_ERR_FORMAT;
	/* What was found has a name; what was not found may have one. */
	if ((reply->name_len != 0 || status == 0) &&
		mdns_name_from_wire(reply->name, reply->name_len, &name) != 0)
		return MDNS_ERR_FORMAT;
	records = address_records(status, reply->count);
	for (i = 0; i < records; i++)
		if (!address_check(&reply->address[i]))
			return MDNS_ERR_FORMAT;

	*ret_status = status;
	ret_answer->ttl = reply->ttl;
	memcpy(ret_answer->presence, reply->presence, MDNS_FAMILIES);
	ret_answer->count = reply->count;
	ret_answer->dropped = reply->dropped;
	ret_answer->name = name;
	memset(&ret_answer->address[0], 0, sizeof(ret_answer->address[0]));
	for (i = 0; i < records; i++) {
		const struct mdns_reply_address *from = &reply->address[i];
		struct mdns_address *to = &ret_answer->address[i];

		memcpy(to->bytes, from->bytes, sizeof(to->bytes));
		to->ifindex = from->ifindex;
		to->usec = 0;
		to->family = from->family;
		to->transport = from->transport;
		to->way = from->way;
	}
	return 0;
}
