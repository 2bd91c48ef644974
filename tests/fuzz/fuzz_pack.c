/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: an answer and a buffer of any size and alignment, packed in all
 * the ways of nss/pack.h. */
#include <string.h>
#include <sys/socket.h>

#include "nss/pack.h"
#include "resolver/err.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "pack";

/* 32 tuples of 40 octets, the longest name as text, and some more. */
#define ROOM 4096
#define GUARD 64

static struct {
	char before[GUARD];
	_Alignas(16) char room[ROOM];
	char after[GUARD];
} memory;

struct call {
	const struct mdns_answer *answer;
	enum mdns_family family;
	char *buffer;
	size_t buflen;
	size_t text; /* of the name, with the NUL */
};

static bool is_inside(const struct call *call, const void *at, size_t size)
{
	const char *p = at;

	return p >= call->buffer && size <= call->buflen &&
	       p <= call->buffer + call->buflen - size;
}

static size_t align_up(size_t value)
{
	size_t align = _Alignof(struct gaih_addrtuple);

	return (value + align - 1) / align * align;
}

static void check_text(const struct call *call, const char *text)
{
	struct mdns_name name;

	FUZZ_CHECK(is_inside(call, text, call->text));
	FUZZ_CHECK(strnlen(text, call->text) == call->text - 1);
	FUZZ_CHECK(mdns_name_parse(text, call->text - 1, &name) == 0);
	FUZZ_CHECK(fuzz_same_octets(&name, &call->answer->name));
}

static bool is_aligned(const void *at, size_t align)
{
	return (uintptr_t)at % align == 0;
}

static void check_tuple(const struct call *call,
	const struct gaih_addrtuple *tuple, const struct mdns_address *address)
{
	bool ipv4 = address->family == MDNS_IPV4;
	bool scoped = !ipv4 && address->bytes[0] == 0xfe &&
		      (address->bytes[1] & 0xc0) == 0x80;

	check_text(call, tuple->name);
	FUZZ_CHECK(tuple->family == (ipv4 ? AF_INET : AF_INET6));
	FUZZ_CHECK(memcmp(tuple->addr, address->bytes, 16) == 0);
	FUZZ_CHECK(tuple->scopeid == (scoped ? address->ifindex : 0));
}

static void tuples(const struct call *call, bool preset)
{
	struct gaih_addrtuple own, untouched, *pat = preset ? &own : NULL;
	const struct gaih_addrtuple *tuple;
	size_t start = (size_t)(call->buffer - memory.room);
	size_t need = align_up(start + call->text) - start +
		      (call->answer->count - (preset ? 1u : 0u)) * sizeof(own);
	unsigned i;
	int r;

	memset(&own, 0xee, sizeof(own));
	untouched = own;
	r = nss_pack_tuples(call->answer, call->buffer, call->buflen, &pat);
	FUZZ_CHECK(r == (need <= call->buflen ? 0 : MDNS_ERR_SPACE));
	if (r < 0) {
		FUZZ_CHECK(pat == (preset ? &own : NULL));
		FUZZ_CHECK(memcmp(&own, &untouched, sizeof(own)) == 0);
		return;
	}
	FUZZ_CHECK(!preset || pat == &own);
	tuple = pat;
	for (i = 0; i < call->answer->count; i++, tuple = tuple->next) {
		FUZZ_CHECK(tuple == &own ||
			   (is_inside(call, tuple, sizeof(*tuple)) &&
				   is_aligned(tuple,
					   _Alignof(struct gaih_addrtuple))));
		check_tuple(call, tuple, &call->answer->address[i]);
	}
	FUZZ_CHECK(!tuple);
}

static void check_host(
	const struct call *call, const struct hostent *host, unsigned count)
{
	size_t size = call->family == MDNS_IPV4 ? 4 : 16;
	unsigned i;

	check_text(call, host->h_name);
	FUZZ_CHECK(host->h_length == (int)size);
	FUZZ_CHECK(host->h_addrtype ==
		   (call->family == MDNS_IPV4 ? AF_INET : AF_INET6));
	FUZZ_CHECK(is_inside(call, host->h_aliases, sizeof(char *)));
	FUZZ_CHECK(is_aligned(host->h_aliases, _Alignof(char *)));
	FUZZ_CHECK(!host->h_aliases[0]);
	FUZZ_CHECK(is_inside(
		call, host->h_addr_list, (count + 1) * sizeof(char *)));
	FUZZ_CHECK(is_aligned(host->h_addr_list, _Alignof(char *)));
	for (i = 0; i < count; i++) {
		FUZZ_CHECK(is_inside(call, host->h_addr_list[i], size));
		FUZZ_CHECK(is_aligned(host->h_addr_list[i], 4));
	}
	FUZZ_CHECK(!host->h_addr_list[count]);
}

/* What a hostent with so many addresses takes from this buffer on. */
static size_t host_needs(const struct call *call, unsigned count)
{
	size_t start = (size_t)(call->buffer - memory.room);
	size_t size = call->family == MDNS_IPV4 ? 4 : 16;
	size_t at = align_up(start) + sizeof(char *);

	at = align_up(at) + (count + 1) * sizeof(char *);
	at = align_up(at) + count * size + call->text;
	return at - start;
}

static void host(const struct call *call)
{
	const struct mdns_answer *answer = call->answer;
	struct hostent result, untouched;
	unsigned global = 0, local = 0, ipv4 = 0, count, i, n = 0;
	int r;

	for (i = 0; i < answer->count; i++) {
		const struct mdns_address *address = &answer->address[i];
		bool scoped = address->family == MDNS_IPV6 &&
			      address->bytes[0] == 0xfe;

		if (address->family == call->family)
			*(scoped ? &local : &global) += 1;
		ipv4 += address->family == MDNS_IPV4;
	}
	/* Without its scope one is no better than none, where IPv4 would do. */
	count = global > 0 || ipv4 > 0 ? global : local;
	memset(&result, 0xee, sizeof(result));
	untouched = result;
	r = nss_pack_host(
		answer, call->family, call->buffer, call->buflen, &result);
	FUZZ_CHECK(r == (count == 0 ? MDNS_ERR_NO_DATA
				: host_needs(call, count) <= call->buflen
					? 0
					: MDNS_ERR_SPACE));
	if (r < 0) {
		FUZZ_CHECK(memcmp(&result, &untouched, sizeof(result)) == 0);
		return;
	}
	check_host(call, &result, count);
	for (i = 0; i < answer->count; i++) {
		const struct mdns_address *address = &answer->address[i];
		bool scoped = address->family == MDNS_IPV6 &&
			      address->bytes[0] == 0xfe;

		if (address->family == call->family && scoped == (global == 0))
			FUZZ_CHECK(
				memcmp(result.h_addr_list[n++], address->bytes,
					(size_t)result.h_length) == 0);
	}
	FUZZ_CHECK(n == count);
}

static void reverse(const struct call *call)
{
	const uint8_t *addr = call->answer->address[0].bytes;
	struct hostent result, untouched;
	int r;

	memset(&result, 0xee, sizeof(result));
	untouched = result;
	r = nss_pack_reverse(call->answer, call->family, addr, call->buffer,
		call->buflen, &result);
	FUZZ_CHECK(r ==
		   (host_needs(call, 1) <= call->buflen ? 0 : MDNS_ERR_SPACE));
	if (r < 0) {
		FUZZ_CHECK(memcmp(&result, &untouched, sizeof(result)) == 0);
		return;
	}
	check_host(call, &result, 1);
	FUZZ_CHECK(memcmp(result.h_addr_list[0], addr,
			   (size_t)result.h_length) == 0);
}

static void name(const struct call *call)
{
	char *text = NULL;
	int r = nss_pack_name(call->answer, call->buffer, call->buflen, &text);

	FUZZ_CHECK(r == (call->text <= call->buflen ? 0 : MDNS_ERR_SPACE));
	FUZZ_CHECK((r == 0) == (text != NULL));
	if (text)
		check_text(call, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[MDNS_NAME_TEXT_MAX];
	struct fuzz_input input = {data, size};
	uint8_t kind = fuzz_u8(&input);
	unsigned start = fuzz_u8(&input) % 16;
	uint16_t buflen = fuzz_u16(&input) % (ROOM - 16 - GUARD);
	struct mdns_answer answer;
	struct call call = {
		&answer, kind >> 2 & 1, memory.room + start, buflen, 0};
	unsigned i;

	memset(memory.before, 0xa5, GUARD);
	memset(memory.room, 0xa5, start);
	memset(memory.room + start + buflen, 0xa5, GUARD);
	fuzz_answer(&input, 0, &answer);
	call.text =
		(size_t)mdns_name_print_safe(&answer.name, text, sizeof(text)) +
		1;
	switch (kind & 3) {
	case 0:
		if (answer.count > 0)
			tuples(&call, kind >> 3 & 1);
		break;
	case 1:
		host(&call);
		break;
	case 2:
		reverse(&call);
		break;
	case 3:
		name(&call);
		break;
	}
	/* Nothing was written beside the buffer. */
	for (i = 0; i < start; i++)
		FUZZ_CHECK((uint8_t)memory.room[i] == 0xa5);
	for (i = 0; i < GUARD; i++)
		FUZZ_CHECK((uint8_t)memory.room[start + buflen + i] == 0xa5);
	return 0;
}
