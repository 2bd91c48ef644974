/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes messages to a capture file, in frames made for them. */
#include "config.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>
#include <unistd.h>

#include "tools/lookup/capture.h"
#include "tools/lookup/print.h"

#define SNAPLEN 262144

enum { SLL2_SIZE = 20, IPV4_SIZE = 20, IPV6_SIZE = 40, UDP_SIZE = 8 };
#define HEADERS_MAX (SLL2_SIZE + IPV6_SIZE + UDP_SIZE)

/* All that UDP can carry. */
#define MESSAGE_MAX (UINT16_MAX - UDP_SIZE - IPV4_SIZE)

/* The only one; the program has one --pcap. */
static struct {
	const char *path;
	FILE *file;
	pcap_t *pcap;
	pcap_dumper_t *dumper;
	uint16_t identification;
} output;

static enum options_status complain(const char *why)
{
	print_problem(output.path, "%s", why);
	return STATUS_USAGE;
}

/* All else that goes to standard output would spoil the file, so it goes to
 * standard error from here on. */
static FILE *open_standard_output(void)
{
	int fd = dup(STDOUT_FILENO);

	if (fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return NULL;
	return fdopen(fd, "w");
}

enum options_status capture_open_write(const char *path)
{
	bool standard;

	if (!path)
		return STATUS_GO_ON;
	standard = strcmp(path, "-") == 0;
	output.path = standard ? "--pcap" : path;
	if (standard && isatty(STDOUT_FILENO))
		return complain("standard output is a terminal; give a file or "
				"a pipe");
	output.file = standard ? open_standard_output() : fopen(path, "we");
	if (!output.file)
		return complain(strerror(errno));
	output.pcap = pcap_open_dead(DLT_LINUX_SLL2, SNAPLEN);
	if (output.pcap)
		output.dumper = pcap_dump_fopen(output.pcap, output.file);
	if (!output.dumper)
		return complain("out of memory");
	return STATUS_GO_ON;
}

static void put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & UINT16_MAX);
}

/* RFC 1071; an odd octet is the upper half of a word. */
static uint32_t add_words(uint32_t sum, const uint8_t *bytes, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum > UINT16_MAX)
		sum = (sum >> 16) + (sum & UINT16_MAX);
	return (uint16_t)~sum;
}

static void put_sll2(uint8_t *at, const struct packet *packet)
{
	/* PACKET_OUTGOING, PACKET_MULTICAST, PACKET_HOST */
	bool group = packet->transport == MDNS_IPV6
			     ? packet->destination[0] == 0xff
			     : (packet->destination[0] & 0xf0) == 0xe0;

	memset(at, 0, SLL2_SIZE);
	put16(at, packet->transport == MDNS_IPV6 ? 0x86dd : 0x0800);
	put32(at + 4, packet->ifindex);
	put16(at + 8, 1); /* ARPHRD_ETHER */
	at[10] = packet->out ? 4 : group ? 2 : 0;
}

static size_t put_ip(uint8_t *at, const struct packet *packet, size_t payload)
{
	if (packet->transport == MDNS_IPV6) {
		memset(at, 0, IPV6_SIZE);
		at[0] = 0x60;
		put16(at + 4, payload);
		at[6] = 17;
		at[7] = 255;
		memcpy(at + 8, packet->source, 16);
		memcpy(at + 24, packet->destination, 16);
		return IPV6_SIZE;
	}
	memset(at, 0, IPV4_SIZE);
	at[0] = 0x45;
	put16(at + 2, IPV4_SIZE + payload);
	put16(at + 4, output.identification++);
	at[8] = 255;
	at[9] = 17;
	memcpy(at + 12, packet->source, 4);
	memcpy(at + 16, packet->destination, 4);
	put16(at + 10, fold(add_words(0, at, IPV4_SIZE)));
	return IPV4_SIZE;
}

static uint16_t udp_checksum(
	const struct packet *packet, const uint8_t *udp, size_t payload)
{
	size_t size = packet->transport == MDNS_IPV6 ? 16 : 4;
	uint32_t sum = 17 + (uint32_t)payload;
	uint16_t checksum;

	sum = add_words(sum, packet->source, size);
	sum = add_words(sum, packet->destination, size);
	sum = add_words(sum, udp, UDP_SIZE);
	checksum = fold(add_words(sum, packet->message, packet->size));
	return checksum != 0 ? checksum : 0xffff; /* RFC 768 */
}

void capture_write(const struct packet *packet)
{
	static uint8_t frame[HEADERS_MAX + MESSAGE_MAX];
	struct pcap_pkthdr header = {0};
	size_t payload = UDP_SIZE + packet->size + packet->lost;
	size_t used = SLL2_SIZE;
	uint8_t *udp;

	/* What is heard again was on the wire once. */
	if (!output.dumper || packet->echo ||
		packet->size + packet->lost > MESSAGE_MAX)
		return;
	put_sll2(frame, packet);
	used += put_ip(frame + used, packet, payload);
	udp = frame + used;
	put16(udp, packet->source_port);
	put16(udp + 2, packet->destination_port);
	put16(udp + 4, payload);
	put16(udp + 6, 0);
	/* Of a part of the message there is no checksum. */
	if (packet->lost == 0)
		put16(udp + 6, udp_checksum(packet, udp, payload));
	used += UDP_SIZE;
	memcpy(frame + used, packet->message, packet->size);
	used += packet->size;
	header.ts.tv_sec = (time_t)(packet->realtime / 1000000000);
	header.ts.tv_usec = (suseconds_t)(packet->realtime / 1000 % 1000000);
	header.caplen = (bpf_u_int32)used;
	header.len = (bpf_u_int32)(used + packet->lost);
	pcap_dump((u_char *)output.dumper, &header, frame);
	/* Whoever looks at it in the meantime finds all of it. */
	pcap_dump_flush(output.dumper);
}

bool capture_close_write(void)
{
	bool failed;

	if (!output.dumper)
		return true;
	failed = pcap_dump_flush(output.dumper) != 0 || ferror(output.file);
	if (failed)
		complain("could not be written to the end");
	pcap_dump_close(output.dumper); /* and with it the file */
	pcap_close(output.pcap);
	output.dumper = NULL;
	return !failed;
}
