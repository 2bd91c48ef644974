/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests of resolver/message share: messages as they are on a wire. */
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "tests/resolver/message_world.h"

const char *const good_messages[3] = {
	/* the response of the primer: A, AAAA and NSEC of one host */
	"0000 8400 0000 0001 0000 0002" PRINTER
	"0001 8001 00007800 0004 996d075a"
	"c00c 001c 8001 00007800 0010 fe800000000000000223 32fffeb12152"
	"c00c 002f 8001 00007800 0008 c00c 0004 40000008",
	/* a legacy reply with the questions repeated */
	"1234 8400 0002 0002 0000 0000" PRINTER "0001 0001"
	"c00c 001c 0001"
	"c00c 0001 0001 0000000a 0004 a9fe0102"
	"c00c 001c 0001 0000000a 0010 fe80000000000000 0000000000000001",
	/* a reverse answer, its target compressed, an authority and an OPT */
	"0000 8400 0000 0001 0001 0001"
	"01 32 01 31 03 323534 03 313639 07 696e2d61646472 04 61727061 00"
	"000c 8001 00000078 000f 07 7072696e746572 05 6c6f63616c 00"
	"c030 0001 0001 00000000 0000"
	"00 0029 05a0 00000000 0004 00040000",
};

bool same_octets(const struct mdns_name *a, const struct mdns_name *b)
{
	return a->len == b->len && !memcmp(a->wire, b->wire, a->len);
}

size_t read_name(const uint8_t *bytes, size_t size, size_t at,
	struct mdns_name *ret_name)
{
	uint8_t *message = unit_copy(bytes, size);
	struct mdns_reader reader;
	size_t pos;

	mdns_reader_init(&reader, message, size);
	reader.pos = at;
	*ret_name = unit_name("before");
	mdns_reader_name(&reader, ret_name);
	pos = reader.pos;
	free(message);
	if (reader.err) {
		ck_assert_int_eq(reader.err, MDNS_ERR_FORMAT);
		ck_assert_uint_eq(ret_name->len, 0);
		return 0;
	}
	return pos;
}
