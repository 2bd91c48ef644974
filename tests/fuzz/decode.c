/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages on standard input, each behind its size (16 bits, octets in the
 * order of the network); a line for each on standard output, for
 * test_decoder.py:
 *
 *	ERR FLAGS Q:NAME,TYPE,CLASS,QU R:SECTION,NAME,TYPE,CLASS,FLUSH,TTL,RDATA
 *
 * ERR is 1 if it ended before its header says, names and RDATA (compression
 * undone; - if it is malformed) are hex. */
#include <stdio.h>

#include "resolver/rr.h"

static void print_hex(const uint8_t *octets, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		printf("%02x", octets[i]);
}

static void decode(const uint8_t *octets, size_t size)
{
	static uint8_t rdata[MDNS_MESSAGE_MAX];
	struct mdns_reader reader, end;
	struct mdns_question question;
	struct mdns_record record;

	mdns_reader_init(&end, octets, size);
	while (mdns_reader_record(&end, &record))
		;
	mdns_reader_init(&reader, octets, size);
	printf("%d %04x", end.err != 0, reader.header.flags);
	while (mdns_reader_question(&reader, &question)) {
		printf(" Q:");
		print_hex(question.name.wire, question.name.len);
		printf(",%u,%u,%u", question.type, question.rclass,
			question.unicast_response);
	}
	while (mdns_reader_record(&reader, &record)) {
		int n = mdns_rr_expand(&reader, &record, rdata, sizeof(rdata));

		printf(" R:%u,", record.section);
		print_hex(record.name.wire, record.name.len);
		printf(",%u,%u,%u,%u,", record.type, record.rclass,
			record.cache_flush, record.ttl);
		if (n < 0)
			putchar('-');
		else
			print_hex(rdata, (size_t)n);
	}
	putchar('\n');
}

int main(void)
{
	static uint8_t octets[UINT16_MAX];
	int high, low;

	while ((high = getchar()) != EOF && (low = getchar()) != EOF) {
		size_t size = (size_t)(high << 8 | low);

		if (fread(octets, 1, size, stdin) != size)
			return 1;
		decode(octets, size);
	}
	return 0;
}
