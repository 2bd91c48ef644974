/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names and TXT records of DNS-Based Service Discovery (RFC 6763). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/service.h"
#include "tests/unit.h"

/* --- names in their parts --- */

/* Sizes of instance, subtype and type; type 0: it is no service. */
static const struct {
	const char *name;
	uint8_t instance, subtype, type;
} parts[] = {
	{"_ipp._tcp.local", 0, 0, 10},
	{"_ipp._tcp", 0, 0, 10},
	{"_IPP._TCP.local", 0, 0, 10},
	{"_a._udp.example.com", 0, 0, 8},
	{"Printer._ipp._tcp.local", 8, 0, 10},
	{"_printer._ipp._tcp.local", 9, 0, 10},
	{"_color._sub._ipp._tcp.local", 0, 12, 10},
	{"_color._SUB._ipp._tcp", 0, 12, 10},
	{"_services._dns-sd._udp.local", 0, 0, 23},
	{"_Services._DNS-SD._udp", 0, 0, 23},
	{"x._dns-sd._udp.local", 2, 0, 13},
	{"_services._http._tcp.local", 10, 0, 11},
	{"_tcp._tcp.local", 0, 0, 10},
	{"_sub._ipp._tcp.local", 5, 0, 10},
	{"a._sub._ipp._tcp.local", 0, 7, 10},
	/* in use, if not as it should be */
	{"_nvstream_dbd._tcp.local", 0, 0, 19},
	{"_2024._tcp.local", 0, 0, 11},
	/* none */
	{"", 0, 0, 0},
	{"local", 0, 0, 0},
	{"printer.local", 0, 0, 0},
	{"_tcp.local", 0, 0, 0},
	{"_tcp", 0, 0, 0},
	{"ipp._tcp.local", 0, 0, 0},
	{"_._tcp.local", 0, 0, 0},
	{"_ipp._sctp.local", 0, 0, 0},
	{"_ipp._tcpx.local", 0, 0, 0},
	{"_ipp._tc.local", 0, 0, 0},
	{"a.b._ipp._tcp.local", 0, 0, 0},
	{"a.b._sub._ipp._tcp.local", 0, 0, 0},
	{"_ipp.x._tcp.local", 0, 0, 0},
	{"a._sub.b.local", 0, 0, 0},
	{"a._sub", 0, 0, 0},
};

START_TEST(names_have_parts)
{
	struct mdns_name name = unit_name(parts[_i].name);
	struct mdns_service service = {9, 9, 9, 9};
	int err = mdns_service_split(&name, &service);

	if (parts[_i].type == 0) {
		ck_assert_int_eq(err, MDNS_ERR_NAME);
		ck_assert_uint_eq(service.type, 9);
		return;
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(service.instance, parts[_i].instance);
	ck_assert_uint_eq(service.subtype, parts[_i].subtype);
	ck_assert_uint_eq(service.type, parts[_i].type);
	ck_assert_int_eq(service.domain,
		service.instance + service.subtype + service.type);
}
END_TEST

/* NULL: as it should be (RFC 6335 5.1). */
static const struct {
	const char *name, *fault;
} types[] = {
	{"_ipp._tcp.local", NULL},
	{"_a._tcp.local", NULL},
	{"_1a2._tcp.local", NULL},
	{"_spotify-connect._tcp.local", NULL}, /* 15 */
	{"x._sleep-proxy._udp.local", NULL},
	{"_c._sub._http._tcp", NULL},
	{"_services._dns-sd._udp", NULL},
	{"_spotify-connects._tcp.local", "15 characters"},
	{"_1234._tcp.local", "no letter"},
	{"_-a._tcp.local", "hyphen at an end"},
	{"_a-._tcp.local", "hyphen at an end"},
	{"_a--b._tcp.local", "two hyphens"},
	{"_a_b._tcp.local", "other than letters"},
	{"x._a_b._tcp.local", "other than letters"},
};

START_TEST(types_may_be_improper)
{
	struct mdns_name name = unit_name(types[_i].name);
	struct mdns_service service;
	const char *fault;

	ck_assert_int_eq(mdns_service_split(&name, &service), 0);
	fault = mdns_service_fault(&name, &service);
	if (types[_i].fault)
		ck_assert_msg(fault && strstr(fault, types[_i].fault), "%s: %s",
			types[_i].name, fault ? fault : "nothing");
	else
		ck_assert_msg(!fault, "%s: %s", types[_i].name, fault);
}
END_TEST

/* --- instances as people type them --- */

#define IPP "_ipp._tcp.local"

static const struct {
	const char *text;
	const char *label; /* NULL: it is no instance */
	const char *rest;
} typed[] = {
	{"Printer._ipp._tcp", "Printer", IPP},
	{"Printer._ipp._tcp.", "Printer", IPP},
	{"Printer._ipp._tcp.local", "Printer", IPP},
	{"Printer._ipp._tcp.example.com", "Printer", "_ipp._tcp.example.com"},
	{"My Printer 2.0._ipp._tcp", "My Printer 2.0", IPP},
	{"My\\032Printer\\0322\\.0._ipp._tcp.local", "My Printer 2.0", IPP},
	{"My\\ Printer\\ 2\\.0._ipp._tcp.local", "My Printer 2.0", IPP},
	{"B\xc3\xbcro._ipp._tcp", "B\xc3\xbcro", IPP},
	{"B\\195\\188ro._ipp._tcp", "B\xc3\xbcro", IPP},
	{"C:\\dir._ipp._tcp", "C:\\dir", IPP},
	{"C:\\\\dir._ipp._tcp", "C:\\dir", IPP},
	{"a\\099b._ipp._tcp", "acb", IPP},
	{"a\\299b._ipp._tcp", "a\\299b", IPP},
	{"a\\09._ipp._tcp", "a\\09", IPP},
	{"a.b.c._ipp._tcp", "a.b.c", IPP},
	{"a.._ipp._tcp", "a.", IPP},
	{"._ipp._udp._ipp._tcp", "._ipp._udp", IPP},
	{"_http._tcp._ipp._tcp", "_http._tcp", IPP},
	{"_x._ipp._tcp", "_x", IPP},
	{"<script>._ipp._tcp", "<script>", IPP},
	{"_ipp._tcp", NULL, NULL},
	{"_ipp._tcp.local", NULL, NULL},
	{"._ipp._tcp", NULL, NULL},
	{"\\._ipp._tcp", NULL, NULL},
	{"Printer", NULL, NULL},
	{"Printer.local", NULL, NULL},
	{"Printer._ipp._sctp", NULL, NULL},
	{"", NULL, NULL},
	{"a\nb._ipp._tcp", NULL, NULL},
	{"a\\010b._ipp._tcp", NULL, NULL},
	{"a\x7f._ipp._tcp", NULL, NULL},
	{"a\xff._ipp._tcp", NULL, NULL},
	{"a\\255._ipp._tcp", NULL, NULL},
	{"a\xc3._ipp._tcp", NULL, NULL},
	{"a._ipp._tcp..local", NULL, NULL},
};

START_TEST(instances_are_typed)
{
	const struct mdns_name local = unit_name("local");
	struct mdns_name name = unit_name("untouched"), rest;
	char text[MDNS_LABEL_MAX * 4 + 1];
	const char *label = typed[_i].label;
	size_t len = strlen(typed[_i].text);
	char *copy = (char *)unit_copy(typed[_i].text, len);
	int err = mdns_service_parse(copy, len, &local, &name);

	free(copy);
	if (!label) {
		ck_assert_int_eq(err, MDNS_ERR_NAME);
		ck_assert_uint_eq(name.wire[0], 9);
		return;
	}
	ck_assert_int_eq(err, 0);
	ck_assert_uint_eq(name.wire[0], strlen(label));
	ck_assert_mem_eq(name.wire + 1, label, strlen(label));
	rest = unit_name(typed[_i].rest);
	ck_assert_uint_eq(name.len, strlen(label) + 1 + rest.len);
	ck_assert_mem_eq(name.wire + strlen(label) + 1, rest.wire, rest.len);
	/* It is shown as it is meant. */
	ck_assert_int_eq(mdns_service_print_instance(&name, text, sizeof(text)),
		(int)strlen(label));
	ck_assert_str_eq(text, label);
}
END_TEST

START_TEST(instances_have_63_octets)
{
	const struct mdns_name local = unit_name("local");
	struct mdns_name name;
	char text[100];

	memset(text, 'x', 64);
	strcpy(text + 63, "._ipp._tcp");
	ck_assert_int_eq(
		mdns_service_parse(text, strlen(text), &local, &name), 0);
	ck_assert_uint_eq(name.wire[0], 63);
	strcpy(text + 63, "x._ipp._tcp");
	ck_assert_int_eq(mdns_service_parse(text, strlen(text), &local, &name),
		MDNS_ERR_NAME);
}
END_TEST

/* Each octet of 255: with its domain one too many. */
START_TEST(instances_have_255_octets_in_all)
{
	const struct mdns_name local = unit_name("local");
	struct mdns_name name;
	char text[400];
	size_t i, used;

	used = (size_t)sprintf(text, "i._a._tcp");
	for (i = 0; i < 3; i++) {
		text[used++] = '.';
		memset(text + used, 'd', 63);
		used += 63;
	}
	/* 2 + 3 + 5 + 3 * 64 + 1 = 203 octets; 52 more make 255. */
	text[used++] = '.';
	memset(text + used, 'e', 60);
	ck_assert_int_eq(mdns_service_parse(text, used + 52, &local, &name), 0);
	ck_assert_uint_eq(name.len, 256);
	ck_assert_int_eq(mdns_service_parse(text, used + 53, &local, &name),
		MDNS_ERR_NAME);
}
END_TEST

START_TEST(hostile_instances_are_shown_safely)
{
	/* A label of ESC [ 2 J, an octet that is no UTF-8, U+202E. */
	struct mdns_name name = unit_name_hex(
		"08 1b 5b 32 4a ff e2 80 ae 04 5f 69 70 70 04 5f 74 63 70 00");
	const char safe[] = "\\027[2J\\255\\226\\128\\174";
	char text[sizeof(safe)];
	size_t size;

	ck_assert_int_eq(mdns_service_print_instance(&name, text, sizeof(text)),
		(int)sizeof(safe) - 1);
	ck_assert_str_eq(text, safe);
	for (size = 0; size < sizeof(safe); size++) {
		char *exact = malloc(size + 1);

		ck_assert_int_eq(
			mdns_service_print_instance(&name, exact, size),
			MDNS_ERR_SPACE);
		free(exact);
	}
	name = unit_name("_ipp._tcp.local");
	ck_assert_int_eq(
		mdns_service_print_instance(&name, text, sizeof(text)), 0);
	ck_assert_str_eq(text, "");
	name = unit_name("printer.local");
	ck_assert_int_eq(
		mdns_service_print_instance(&name, text, sizeof(text)), 0);
}
END_TEST

/* --- TXT --- */

/* Strings as their lengths and octets; pairs as "key=value;", "key;" where
 * there is no "=". */
static const struct {
	const char *hex, *pairs;
	bool whole;
} txts[] = {
	{"", "", true}, {"00", "", true}, {"00 00 00", "", true},
	{"03 613d62", "a=b;", true}, {"01 61", "a;", true},
	{"02 613d", "a=;", true}, {"05 613d623d63", "a=b=c;", true},
	{"03 613d62 00 03 633d64", "a=b;c=d;", true},
	{"02 3d62 03 613d62", "a=b;", true},         /* =b */
	{"01 3d 01 61", "a;", true},                 /* = */
	{"03 613d62 03 413d63 01 61", "a=b;", true}, /* a=b A=c a */
	{"01 61 03 613d62", "a;", true}, {"03 207a3d", " z=;", true},
	{"03 61013d 03 623d63", "b=c;", true}, /* a control character */
	{"03 c3bc3d 03 623d63", "b=c;", true}, /* beyond ASCII */
	{"04 613d00ff", "a=\x01\xff;", true},  /* zero stands as 1 here */
	{"03 611f3d 03 623d63", "b=c;", true},
	{"03 617f3d 03 623d63", "b=c;", true},
	{"03 617e3d 03 623d63", "a~=;b=c;", true},
	{"03 613d62 05 633d", "a=b;", false},
	{"03 613d", "", false}, /* one octet short */
	{"05 613d", "", false}, {"ff", "", false},
	{"03 5b3d31 03 7b3d32", "[=1;{=2;", true}, /* differ in 0x20 only */
};

START_TEST(txt_has_pairs)
{
	uint8_t octets[64];
	size_t len = unit_hex(txts[_i].hex, octets, sizeof(octets));
	uint8_t *rdata = unit_copy(octets, len);
	struct mdns_txt_pair pair;
	char seen[128] = "";
	size_t used = 0, pos = 0;
	unsigned i;

	while (mdns_txt_next(rdata, len, &pos, &pair)) {
		memcpy(seen + used, pair.key, pair.key_len);
		used += pair.key_len;
		if (pair.value)
			seen[used++] = '=';
		for (i = 0; i < pair.value_len; i++)
			seen[used++] = pair.value[i] ? (char)pair.value[i] : 1;
		seen[used++] = ';';
		seen[used] = '\0';
	}
	ck_assert_str_eq(seen, txts[_i].pairs);
	ck_assert(mdns_txt_is_whole(rdata, len) == txts[_i].whole);
	free(rdata);
}
END_TEST

START_TEST(values_may_be_text)
{
	static const struct {
		const char *hex;
		bool text;
	} values[] = {{"", true}, {"6162", true}, {"20", true}, {"c3bc", true},
		{"00", false}, {"0a", false}, {"7f", false}, {"c3", false},
		{"61ff", false}, {"e280ae", false}};
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint8_t octets[8];
		struct mdns_txt_pair pair = {.key = "k", .key_len = 1};

		pair.value_len = (uint8_t)unit_hex(
			values[i].hex, octets, sizeof(octets));
		pair.value = octets;
		ck_assert_msg(mdns_txt_is_text(&pair) == values[i].text, "%s",
			values[i].hex);
	}
}
END_TEST

/* --- SRV --- */

START_TEST(srv_is_read)
{
	static const char whole[] = "0001 0002 0277 0161 056c6f63616c 00";
	uint8_t octets[64];
	size_t size, len = unit_hex(whole, octets, sizeof(octets));
	struct mdns_srv srv = {0};
	struct mdns_name target = unit_name("a.local");

	ck_assert_int_eq(mdns_srv_read(octets, len, &srv), 0);
	ck_assert_uint_eq(srv.priority, 1);
	ck_assert_uint_eq(srv.weight, 2);
	ck_assert_uint_eq(srv.port, 631);
	ck_assert(mdns_name_equal(&srv.target, &target));
	for (size = 0; size < len; size++) {
		uint8_t *cut = unit_copy(octets, size);

		ck_assert_int_eq(
			mdns_srv_read(cut, size, &srv), MDNS_ERR_FORMAT);
		free(cut);
	}
	octets[len] = 0;
	ck_assert_int_eq(mdns_srv_read(octets, len + 1, &srv), MDNS_ERR_FORMAT);
	ck_assert_uint_eq(srv.port, 631);
}
END_TEST

START_TEST(srvs_have_an_order)
{
	const struct mdns_srv first = {.priority = 1, .weight = 9};
	const struct mdns_srv second = {.priority = 1, .weight = 3};
	const struct mdns_srv third = {.priority = 2, .weight = 99};

	ck_assert_int_lt(mdns_srv_compare(&first, &second), 0);
	ck_assert_int_gt(mdns_srv_compare(&second, &first), 0);
	ck_assert_int_lt(mdns_srv_compare(&second, &third), 0);
	ck_assert_int_gt(mdns_srv_compare(&third, &first), 0);
	ck_assert_int_eq(mdns_srv_compare(&third, &third), 0);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

Suite *unit_suite(void)
{
	Suite *suite = suite_create("service");
	TCase *tcase = tcase_create("service");

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, names_have_parts, 0, COUNT(parts));
	tcase_add_loop_test(tcase, types_may_be_improper, 0, COUNT(types));
	tcase_add_loop_test(tcase, instances_are_typed, 0, COUNT(typed));
	tcase_add_test(tcase, instances_have_63_octets);
	tcase_add_test(tcase, instances_have_255_octets_in_all);
	tcase_add_test(tcase, hostile_instances_are_shown_safely);
	tcase_add_loop_test(tcase, txt_has_pairs, 0, COUNT(txts));
	tcase_add_test(tcase, values_may_be_text);
	tcase_add_test(tcase, srv_is_read);
	tcase_add_test(tcase, srvs_have_an_order);
	return suite;
}
