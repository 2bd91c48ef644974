/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/lookup/packet: what is said of a message, honest or not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit.h"
#include "tools/lookup/packet.h"

#define RESPONSE (MDNS_FLAG_QR | MDNS_FLAG_AA)
#define ROUNDS 20000

static const uint8_t group[16] = {224, 0, 0, 251};
static const uint8_t host[16] = {192, 168, 1, 7};

static struct unit_message message;
static char *text;
static size_t text_size;

/* Noon and a bit, UTC: the tests set TZ. */
static struct packet packet_of(const struct unit_message *from)
{
	struct packet packet = {
		.realtime = INT64_C(1700049600123456789),
		.link = "eth0",
		.ifindex = 2,
		.transport = MDNS_IPV4,
		.way = MDNS_WAYS,
		.source_port = MDNS_PORT,
		.destination_port = MDNS_PORT,
		.message = from->bytes,
		.size = from->size,
	};

	memcpy(packet.source, host, 16);
	memcpy(packet.destination, group, 16);
	return packet;
}

/* What is printed of it stands in text until the next call. */
static void print(const struct packet *packet, bool full)
{
	FILE *out;
	struct packet copy = *packet;
	uint8_t *octets = unit_copy(packet->message, packet->size);

	free(text);
	out = open_memstream(&text, &text_size);
	ck_assert_ptr_nonnull(out);
	copy.message = octets;
	packet_print(out, &copy, full, FORMAT_TEXT);
	fclose(out);
	free(octets);
}

static void begin(uint16_t flags)
{
	unit_message_init(&message, 0, flags);
}

static void address(const char *name, const char *value, uint32_t ttl)
{
	unit_message_address(&message, MDNS_SECTION_ANSWER, name, value, ttl);
}

static void says(const char *words)
{
	ck_assert_msg(
		strstr(text, words) != NULL, "no \"%s\" in:\n%s", words, text);
}

static void does_not_say(const char *words)
{
	ck_assert_msg(
		strstr(text, words) == NULL, "\"%s\" in:\n%s", words, text);
}

START_TEST(test_response_in_full)
{
	struct packet packet;

	begin(RESPONSE);
	address("printer.local", "192.168.1.7", 120);
	unit_message_nsec(&message, MDNS_SECTION_ADDITIONAL, "printer.local",
		(const uint16_t[]){1, 28, 0}, 120);
	packet = packet_of(&message);
	packet.judged = true;
	packet.verdict = MDNS_VERDICT_TAKEN;
	print(&packet, true);
	ck_assert_str_eq(text,
		"12:00:00.123  eth0  IPv4  got   192.168.1.7:5353 -> "
		"224.0.0.251:5353  response  87 octets: taken\n"
		"    answer      printer.local.  120  IN  A  192.168.1.7  "
		"cache-flush\n"
		"    additional  printer.local.  120  IN  NSEC  printer.local. "
		"A AAAA  cache-flush\n");
}
END_TEST

START_TEST(test_query_in_full)
{
	struct packet packet;

	begin(MDNS_FLAG_TC);
	unit_message_question(&message, "printer.local", 1, 0x8001);
	unit_message_question(&message, "_ipp._tcp.local", 12, 1);
	unit_message_name(&message, MDNS_SECTION_ANSWER, "_ipp._tcp.local", 12,
		"a._ipp._tcp.local", 60);
	packet = packet_of(&message);
	packet.in_lookup = true;
	packet.usec = 12345;
	packet.out = true;
	memset(packet.source, 0, 16);
	print(&packet, true);
	ck_assert_str_eq(text,
		"   12.345 ms  eth0  IPv4  sent  us:5353 -> 224.0.0.251:5353  "
		"QU  98 octets\n"
		"    header      id 0  TC\n"
		"    question    printer.local.  IN  A  QU\n"
		"    question    _ipp._tcp.local.  IN  PTR\n"
		"    answer      _ipp._tcp.local.  60  IN  PTR  "
		"a._ipp._tcp.local.  cache-flush\n");
}
END_TEST

/* What was sent by us stands there already. */
START_TEST(test_echo)
{
	struct packet packet;

	begin(0);
	unit_message_question(&message, "printer.local", 1, 1);
	packet = packet_of(&message);
	packet.judged = true;
	packet.echo = true;
	packet.verdict = MDNS_VERDICT_NOT_RESPONSE;
	print(&packet, true);
	ck_assert_str_eq(text,
		"12:00:00.123  eth0  IPv4  got   192.168.1.7:5353 -> "
		"224.0.0.251:5353  QM  31 octets: our own, heard again\n");
}
END_TEST

START_TEST(test_ipv6_and_header)
{
	struct packet packet;

	unit_message_init(
		&message, 4711, RESPONSE | MDNS_FLAG_RD | 2 << 11 | 3);
	packet = packet_of(&message);
	packet.transport = MDNS_IPV6;
	packet.source[0] = 0xfe;
	packet.source[1] = 0x80;
	memset(packet.source + 2, 0, 14);
	packet.link[0] = '\0';
	packet.lost = 7;
	packet.judged = true;
	packet.verdict = MDNS_VERDICT_OPCODE;
	print(&packet, true);
	says("12:00:00.123  IPv6  got   [fe80::]:5353 -> [e000:fb::]:5353  "
	     "response  19 octets: opcode is not 0\n");
	says("    header      id 4711  QR  AA  RD  opcode 2  rcode 3\n");
	says("    -- the capture lacks the last 7 octets\n");
}
END_TEST

START_TEST(test_kinds)
{
	static const struct {
		const char *kind;
		uint16_t flags;
		uint16_t port;
		uint8_t way;
		uint16_t rclass;
	} table[] = {
		{"QM", 0, 5353, MDNS_WAYS, 1},
		{"QU", 0, 5353, MDNS_WAYS, 0x8001},
		{"one-shot", 0, 40000, MDNS_WAYS, 1},
		{"one-shot", 0, 40000, MDNS_WAYS, 0x8001},
		{"one-shot", 0, 0, MDNS_WAY_ONE_SHOT, 1},
		{"QM", 0, 0, MDNS_WAY_GROUP, 1},
		{"response", RESPONSE, 5353, MDNS_WAYS, 1},
		{"response", RESPONSE, 40000, MDNS_WAYS, 1},
	};
	struct packet packet;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		begin(table[i].flags);
		unit_message_question(&message, "a.local", 1, 1);
		unit_message_question(&message, "a.local", 28, table[i].rclass);
		packet = packet_of(&message);
		packet.source_port = table[i].port;
		packet.way = table[i].way;
		ck_assert_str_eq(packet_kind(&packet), table[i].kind);
	}
	for (packet.size = 0; packet.size < 12; packet.size++)
		ck_assert_str_eq(packet_kind(&packet), "malformed");
	packet.size = 12;
	ck_assert_str_eq(packet_kind(&packet), "response");
}
END_TEST

/* Whatever the resolver passes over, and nothing else. */
START_TEST(test_dropped)
{
	static const uint8_t short_address[3] = {10, 0, 0};
	struct mdns_settings settings;
	struct packet packet;

	begin(RESPONSE);
	address("good.local", "10.0.0.1", 120);
	address("gone.local", "10.0.0.2", 0);
	address("loop.local", "127.0.0.1", 120);
	address("www.example.com", "10.0.0.3", 120);
	address("3.0.0.10.in-addr.arpa", "10.0.0.4", 120);
	address("7.1.254.169.in-addr.arpa", "10.0.0.5", 120);
	address("nas.home.example", "10.0.0.6", 120);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "short.local", 1,
		0x8001, 120, short_address, 3);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "chaos.local", 16, 3,
		120, "\1x", 2);
	unit_message_address(&message, MDNS_SECTION_AUTHORITY, "auth.local",
		"10.0.0.7", 120);
	unit_message_record(
		&message, MDNS_SECTION_ADDITIONAL, "", 41, 1440, 0, "", 0);
	packet = packet_of(&message);
	print(&packet, true);
	says("10.0.0.1  cache-flush\n");
	says("10.0.0.2  cache-flush  -- dropped: goodbye\n");
	says("127.0.0.1  cache-flush  -- dropped: an address that is of no "
	     "use\n");
	says("10.0.0.3  cache-flush  -- dropped: not a .local name\n");
	says("10.0.0.4  cache-flush  -- dropped: not a .local name\n");
	says("10.0.0.5  cache-flush\n");
	says("10.0.0.6  cache-flush  -- dropped: not a .local name\n");
	says("short.local.  120  IN  A  \\# 3 0A0000  cache-flush  -- dropped: "
	     "malformed\n");
	says("chaos.local.  120  CLASS3  TXT  \"x\"  -- dropped: not of class "
	     "IN\n");
	says("10.0.0.7  cache-flush  -- dropped: in the authority section\n");
	says("    additional  OPT  takes 1440 octets  version 0  flags 0x0000  "
	     "\\# 0\n");

	mdns_settings_init(&settings);
	settings.suffix_count = 1;
	strcpy(settings.suffix[0], "home.example");
	packet_set_zones(&settings);
	print(&packet, true);
	says("10.0.0.6  cache-flush\n");
	says("10.0.0.3  cache-flush  -- dropped: not a .local name\n");
	settings.suffix_count = 0;
	packet_set_zones(&settings);
}
END_TEST

START_TEST(test_known_answers_are_not_dropped)
{
	static const uint8_t short_address[3] = {10, 0, 0};
	struct packet packet;

	begin(0);
	unit_message_question(&message, "a.example.com", 255, 1);
	address("a.example.com", "127.0.0.1", 0);
	unit_message_address(
		&message, MDNS_SECTION_AUTHORITY, "a.local", "10.0.0.7", 120);
	packet = packet_of(&message);
	print(&packet, true);
	does_not_say("dropped");
	unit_message_record(&message, MDNS_SECTION_AUTHORITY, "short.local", 1,
		0x8001, 120, short_address, 3);
	packet = packet_of(&message);
	print(&packet, true);
	says("-- dropped: malformed");
}
END_TEST

/* The entries that are whole in so many octets, told from the sizes of all. */
static unsigned whole(const size_t *ends, unsigned count, size_t size)
{
	unsigned i;

	for (i = 0; i < count && ends[i] <= size; i++)
		;
	return i;
}

START_TEST(test_cut_at_every_octet)
{
	size_t question_end, ends[3];
	struct packet packet;
	size_t size;
	char rest[80];

	begin(RESPONSE);
	unit_message_question(&message, "a.local", 1, 1);
	question_end = message.size;
	address("a.local", "10.0.0.1", 120);
	ends[0] = message.size;
	address("a.local", "fd00::1", 120);
	ends[1] = message.size;
	unit_message_name(&message, MDNS_SECTION_ADDITIONAL, "b.local", 12,
		"c.local", 120);
	ends[2] = message.size;
	packet = packet_of(&message);
	for (size = 0; size < message.size; size++) {
		unsigned records = whole(ends, 3, size);

		packet.size = size;
		print(&packet, true);
		if (size < 12) {
			says("  malformed  ");
			says("    -- not even a header\n");
			continue;
		}
		snprintf(rest, sizeof(rest),
			"    -- cut short after %u question%s and %u "
			"record%s\n",
			size >= question_end, size >= question_end ? "" : "s",
			records, records == 1 ? "" : "s");
		says(rest);
		print(&packet, false);
		says(records > 0 ? ", the rest is malformed\n"
				 : "  the rest is malformed\n");
	}
	packet.size = message.size;
	print(&packet, true);
	does_not_say("--");
	message.size += 3;
	packet.size = message.size;
	print(&packet, true);
	says("    -- 3 octets behind the last record\n");
}
END_TEST

static void check_line(const char *wanted, uint16_t source_port)
{
	struct packet packet = packet_of(&message);

	packet.source_port = source_port;
	print(&packet, false);
	ck_assert_str_eq(text, wanted);
}

START_TEST(test_one_line)
{
#define HEAD "12:00:00.123  eth0  192.168.1.7  "
	begin(0);
	unit_message_question(&message, "1.0.0.10.in-addr.arpa", 12, 1);
	unit_message_question(&message, "_ipp._tcp.local", 12, 1);
	unit_message_question(&message, "a.local", 28, 0x8001);
	address("a.local", "10.0.0.1", 120);
	address("a.local", "10.0.0.2", 120);
	unit_message_address(
		&message, MDNS_SECTION_AUTHORITY, "a.local", "10.0.0.3", 120);
	check_line(HEAD "QU         PTR? _ipp._tcp.local, AAAA? a.local, "
			"PTR? 1.0.0.10.in-addr.arpa, 2 known, 1 proposed\n",
		5353);

	begin(RESPONSE | MDNS_FLAG_TC | 1 << 11 | 5);
	unit_message_question(&message, "a.local", 1, 1);
	address("a.local", "192.168.1.7", 120);
	address("b.local", "192.168.1.8", 0);
	unit_message_record(
		&message, MDNS_SECTION_ANSWER, "c.local", 1, 1, 120, "\1\2", 2);
	unit_message_name(&message, MDNS_SECTION_ADDITIONAL, "_ipp._tcp.local",
		12, "b\xc3\xbcro._ipp._tcp.local", 4500);
	unit_message_record(
		&message, MDNS_SECTION_ADDITIONAL, "", 41, 1440, 0, "", 0);
	check_line(HEAD "response   opcode 1, rcode 5, TC, A a.local "
			"192.168.1.7 (120 s), A b.local 192.168.1.8 "
			"(goodbye), A c.local \\# 2 0102 (malformed), 1 "
			"more\n",
		5353);

	begin(RESPONSE);
	unit_message_name(&message, MDNS_SECTION_ADDITIONAL, "_ipp._tcp.local",
		12, "b\xc3\xbcro._ipp._tcp.local", 4500);
	check_line(HEAD "response   PTR _ipp._tcp.local b\xc3\xbcro._ipp._tcp."
			"local (4500 s)\n",
		5353);

	begin(0);
	unit_message_question(&message, "a.local", 1, 1);
	check_line(HEAD "one-shot   A? a.local\n", 40000);
	message.size = 5;
	check_line(HEAD "malformed  \n", 5353);
#undef HEAD
}
END_TEST

static size_t columns(const char *line)
{
	size_t count = 0;

	for (; *line && *line != '\n'; line++)
		count += ((unsigned char)*line & 0xc0) != 0x80;
	return count;
}

/* The line stays in its 200 columns, whatever is to be said, and all entries
 * are shown or counted. */
START_TEST(test_line_is_bounded)
{
	char label[70] = "";
	unsigned records, i, more;
	struct packet packet;

	for (records = 1; records < 60; records++) {
		begin(RESPONSE);
		for (i = 0; i < records; i++) {
			size_t at, len = 1 + (records * 7 + i * 5) % 30;

			for (at = 0; at < len; at++)
				memcpy(label + 2 * at, "\xc3\xbc", 2);
			strcpy(label + 2 * len, ".local");
			address(label, "10.0.0.1", 120);
		}
		packet = packet_of(&message);
		print(&packet, false);
		ck_assert_uint_le(columns(text), 200);
		more = 0;
		if (strstr(text, " more\n")) {
			more = (unsigned)atoi(strrchr(text, ',') + 1);
			/* The next one, 57 columns at most, had no room. */
			ck_assert_uint_ge(columns(text), 200 - 12 - 57);
		}
		for (i = 0; strstr(text, "(120 s)"); i++)
			memcpy(strstr(text, "(120 s)"), "*", 1);
		ck_assert_uint_eq(i + more, records);
	}
	/* One that has no room is cut, between characters. */
	begin(RESPONSE);
	unit_message_record(&message, MDNS_SECTION_ANSWER,
		"\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc."
		"012345678901234567890123456789012345678901234567890123456789."
		"012345678901234567890123456789012345678901234567890123456789."
		"012345678901234567890123456789012345678901234567890123456789."
		"local",
		16, 1, 120, "\1x", 2);
	packet = packet_of(&message);
	print(&packet, false);
	ck_assert_uint_le(columns(text), 200);
	ck_assert_uint_ge(columns(text), 180);
	says("...\n");
}
END_TEST

/* Nothing but printable ASCII or well-formed UTF-8 between line ends. */
static void check_text(void)
{
	const unsigned char *at = (const unsigned char *)text;

	for (; *at != '\0'; at++) {
		unit_assert(*at == '\n' || (*at >= ' ' && *at != 0x7f));
		/* C1 control characters */
		unit_assert(!(at[0] == 0xc2 && at[1] < 0xa0));
		if (*at < 0x80)
			continue;
		unit_assert(*at >= 0xc2 && *at < 0xf5);
		unit_assert((at[1] & 0xc0) == 0x80);
		at += *at < 0xe0 ? 1 : *at < 0xf0 ? 2 : 3;
		unit_assert((*at & 0xc0) == 0x80);
	}
	unit_assert(strlen(text) == text_size);
}

START_TEST(test_terminal_is_out_of_reach)
{
	static const char evil[] = "\x1b]0;x\x07.\x9b"
				   "2J.\xc2\x9bq 'x\x7f\n.local";
	struct packet packet;

	begin(RESPONSE);
	unit_message_question(&message, evil, 1, 1);
	address(evil, "10.0.0.1", 120);
	unit_message_name(
		&message, MDNS_SECTION_ANSWER, "a.local", 12, evil, 120);
	unit_message_record(&message, MDNS_SECTION_ANSWER, "t.local", 16, 1,
		120, "\7\x1b[2J\x9bx\n", 8);
	packet = packet_of(&message);
	print(&packet, true);
	check_text();
	says("\\027");
	print(&packet, false);
	check_text();
	says("\\027");
}
END_TEST

/* Names that pointers make out of two octets each. */
START_TEST(test_hostile_message_is_bounded)
{
	struct packet packet;
	size_t name_end;
	unsigned entries = 0;

	begin(RESPONSE);
	unit_message_question(&message,
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1."
		"local",
		1, 1);
	name_end = message.size;
	while (message.size + 14 <= MDNS_MESSAGE_MAX) {
		static const uint8_t record[14] = {
			0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 1, 0, 2, 0xc0, 12};

		memcpy(message.bytes + message.size, record, 14);
		message.size += 14;
		entries++;
	}
	message.bytes[6] = (uint8_t)(entries >> 8);
	message.bytes[7] = (uint8_t)entries;
	packet = packet_of(&message);
	print(&packet, true);
	check_text();
	ck_assert_uint_gt(text_size, 60000);
	ck_assert_uint_lt(text_size, 70000);
	says("    -- and ");
	print(&packet, false);
	check_text();
	ck_assert_uint_le(columns(text), 200);
	/* As many octets of which no record can be made. */
	memset(message.bytes + name_end, 0xff, message.size - name_end);
	print(&packet, true);
	says("    -- cut short after 1 question and 0 records\n");
	ck_assert_uint_lt(text_size, 2000);
}
END_TEST

static uint32_t state = 1;

static uint32_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

START_TEST(test_random)
{
	struct packet packet;
	unsigned i, change;

	for (i = 0; i < ROUNDS; i++) {
		begin(i % 2 ? RESPONSE : 0);
		unit_message_question(&message, "a.local", 1, 1);
		address("a.local", "10.0.0.1", 120);
		unit_message_name(&message, MDNS_SECTION_ANSWER, "b.local", 33,
			"c.local", 120);
		unit_message_nsec(&message, MDNS_SECTION_ADDITIONAL, "a.local",
			(const uint16_t[]){1, 0}, 120);
		unit_message_record(&message, MDNS_SECTION_ADDITIONAL, "", 41,
			1440, 0, "\0\4\0\1\0", 5);
		for (change = next_random() % 8; change > 0; change--)
			message.bytes[next_random() % message.size] =
				(uint8_t)next_random();
		packet = packet_of(&message);
		packet.size =
			i % 3 ? packet.size : next_random() % (packet.size + 1);
		print(&packet, i % 4 < 2);
		check_text();
		ck_assert_uint_lt(text_size, 10000);
	}
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("packet");
	TCase *tests = tcase_create("packet");

	setenv("TZ", "UTC", 1);
	tcase_add_test(tests, test_response_in_full);
	tcase_add_test(tests, test_query_in_full);
	tcase_add_test(tests, test_echo);
	tcase_add_test(tests, test_ipv6_and_header);
	tcase_add_test(tests, test_kinds);
	tcase_add_test(tests, test_dropped);
	tcase_add_test(tests, test_known_answers_are_not_dropped);
	tcase_add_test(tests, test_cut_at_every_octet);
	tcase_add_test(tests, test_one_line);
	tcase_add_test(tests, test_line_is_bounded);
	tcase_add_test(tests, test_terminal_is_out_of_reach);
	tcase_add_test(tests, test_hostile_message_is_bounded);
	tcase_add_test(tests, test_random);
	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	return suite;
}
