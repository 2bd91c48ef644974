/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: messages between a process and mdns-helper. The first octet
 * chooses the side, and whether the header is right to begin with. */
#include <string.h>

#include "resolver/err.h"
#include "resolver/protocol.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "protocol";

union message {
	struct mdns_reply_head head;
	struct mdns_request request;
	struct mdns_reply_answer answer;
	uint8_t octets[sizeof(struct mdns_reply_event)];
};

/* A request that is taken is one that could have been made. */
static void request(struct fuzz_input *input, bool helped, uint8_t kind)
{
	union message m;
	struct mdns_request again;
	struct mdns_name name = {.len = 0};
	size_t size;
	const uint8_t *octets = fuzz_bytes(input, sizeof(m), &size);
	bool taken;

	memset(&m, 0, sizeof(m));
	memcpy(&m, octets, size);
	if (helped) {
		m.request.protocol = MDNS_PROTOCOL;
		m.request.op = kind >> 2 & 7;
		size = sizeof(m.request);
	}
	taken = mdns_request_check(&m, size);
	if (!taken)
		return;
	FUZZ_CHECK(size == sizeof(m.request));
	FUZZ_CHECK(m.request.protocol == MDNS_PROTOCOL);
	FUZZ_CHECK(m.request.op >= MDNS_REQUEST_RESOLVE &&
		   m.request.op <= MDNS_REQUEST_STATUS);
	FUZZ_CHECK(
		m.request.once == 0 ||
		(m.request.once == 1 && m.request.op == MDNS_REQUEST_RESOLVE));
	if (m.request.name_len > 0) {
		FUZZ_CHECK(mdns_request_name(&m.request, &name));
		fuzz_check_name(&name);
	}
	mdns_request_init(&again, m.request.op, name.len > 0 ? &name : NULL);
	again.type = m.request.type;
	again.id = m.request.id;
	again.map = m.request.map;
	again.deadline = m.request.deadline;
	again.ifindex = m.request.ifindex;
	again.once = m.request.once;
	FUZZ_CHECK(memcmp(&again, &m.request, sizeof(again)) == 0);
	FUZZ_CHECK(!mdns_request_check(&m, size - 1));
}

static bool same_answer(
	const struct mdns_answer *a, const struct mdns_answer *b)
{
	/* A reverse answer tells in the first one where it came from. */
	unsigned i, count = a->count > 0 ? a->count : 1;

	if (a->ttl != b->ttl || memcmp(a->presence, b->presence, 2) != 0 ||
		a->count != b->count || a->dropped != b->dropped ||
		!fuzz_same_octets(&a->name, &b->name))
		return false;
	for (i = 0; i < count; i++)
		if (memcmp(a->address[i].bytes, b->address[i].bytes, 16) != 0 ||
			a->address[i].ifindex != b->address[i].ifindex ||
			a->address[i].family != b->address[i].family ||
			a->address[i].transport != b->address[i].transport ||
			a->address[i].way != b->address[i].way)
			return false;
	return true;
}

static void decode(const struct mdns_reply_answer *reply)
{
	struct mdns_answer answer, second;
	struct mdns_reply_answer again = {.head = reply->head};
	int status = 77, status_again, r;

	memset(&answer, 0xee, sizeof(answer));
	r = mdns_reply_decode(reply, &status, &answer);
	if (r < 0) {
		const uint8_t *octets = (const uint8_t *)&answer;
		size_t i;

		FUZZ_CHECK(r == MDNS_ERR_FORMAT && status == 77);
		for (i = 0; i < sizeof(answer); i += 7)
			FUZZ_CHECK(octets[i] == 0xee);
		return;
	}
	fuzz_check_answer(status, &answer);
	FUZZ_CHECK(status != 0 || answer.name.len > 0);
	mdns_reply_encode(&again, status, &answer);
	FUZZ_CHECK(mdns_reply_check(&again, sizeof(again)));
	FUZZ_CHECK(again.head.id == reply->head.id &&
		   again.head.now == reply->head.now &&
		   again.head.map == reply->head.map);
	FUZZ_CHECK(mdns_reply_decode(&again, &status_again, &second) == 0);
	FUZZ_CHECK(status == status_again && same_answer(&answer, &second));
}

static void reply(struct fuzz_input *input, bool helped, uint8_t kind)
{
	union message m;
	size_t size;
	const uint8_t *octets = fuzz_bytes(input, sizeof(m), &size);

	memset(&m, 0, sizeof(m));
	memcpy(&m, octets, size);
	if (helped) {
		m.head.protocol = MDNS_PROTOCOL;
		m.head.kind = kind & 4 ? kind >> 3 & 7 : MDNS_REPLY_ANSWER;
		size = mdns_reply_size(m.head.kind);
	}
	if (!mdns_reply_check(&m, size))
		return;
	FUZZ_CHECK(m.head.protocol == MDNS_PROTOCOL);
	FUZZ_CHECK(size == mdns_reply_size(m.head.kind) && size > 0);
	FUZZ_CHECK(m.head.kind >= MDNS_REPLY_WAIT &&
		   m.head.kind <= MDNS_REPLY_REFUSED);
	FUZZ_CHECK(!mdns_reply_check(&m, size - 1));
	if (m.head.kind == MDNS_REPLY_ANSWER)
		decode(&m.answer);
}

/* What the helper says is what the client hears. */
static void both(struct fuzz_input *input, uint8_t kind)
{
	static const int statuses[] = {0, MDNS_ERR_NOT_FOUND, MDNS_ERR_PASS_ON,
		MDNS_ERR_NO_DATA, MDNS_ERR_NO_LINK, MDNS_ERR_SPACE, 1, 0};
	struct mdns_reply_answer encoded;
	struct mdns_answer answer, heard;
	int status = statuses[kind >> 2 & 7], status_heard;

	memset(&encoded, 0, sizeof(encoded));
	fuzz_answer(input, status, &answer);
	mdns_reply_encode(&encoded, status, &answer);
	FUZZ_CHECK(mdns_reply_check(&encoded, sizeof(encoded)));
	if (mdns_reply_decode(&encoded, &status_heard, &heard) < 0) {
		FUZZ_CHECK(status == MDNS_ERR_SPACE || status == 1);
		return;
	}
	FUZZ_CHECK(status == status_heard && same_answer(&answer, &heard));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	uint8_t kind = fuzz_u8(&input);

	switch (kind & 3) {
	case 0:
		request(&input, false, kind);
		reply(&input, false, kind);
		break;
	case 1:
		request(&input, true, kind);
		break;
	case 2:
		reply(&input, true, kind);
		break;
	case 3:
		both(&input, kind);
		break;
	}
	return 0;
}
