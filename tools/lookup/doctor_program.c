/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs are told: getaddrinfo, through nsswitch.conf and all that stands
 * in it, against what the network says. */
#include "config.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <nss.h>
#include <stdio.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/sys.h"
#include "resolver/zone.h"
#include "tools/lookup/chain.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/doctor_child.h"
#include "tools/lookup/doctor_name.h"
#include "tools/lookup/print.h"

#define PATIENCE_MSEC 10000
#define SERVICE_PATIENCE_MSEC 3000
#define SLOW_USEC 1000000
#define LIST_MAX 300
#define SERVICE_MAX 32
#define LINE_MAX_OCTETS 1024

/* What getaddrinfo is asked, or getnameinfo. */
struct call {
	char name[MDNS_NAME_TEXT_MAX];
	bool reverse; /* the name is an address, and its name is wanted */
	char service[SERVICE_MAX]; /* of nsswitch.conf; empty: all of them */
};

/* What it said; 1852 octets, and PIPE_BUF has 4096. */
struct told {
	int error;             /* as getaddrinfo returned it */
	char name[NI_MAXHOST]; /* of the address */
	uint32_t usec;
	unsigned count;
	struct {
		uint8_t family; /* enum mdns_family */
		uint8_t bytes[16];
	} address[MDNS_ADDRESSES_MAX];
};

static void keep_address(struct told *told, const struct addrinfo *info)
{
	uint8_t family = info->ai_family == AF_INET6 ? MDNS_IPV6 : MDNS_IPV4;
	const void *bytes;

	if (told->count == MDNS_ADDRESSES_MAX)
		return;
	if (family == MDNS_IPV6)
		bytes = &((const struct sockaddr_in6 *)info->ai_addr)
				 ->sin6_addr;
	else
		bytes = &((const struct sockaddr_in *)info->ai_addr)->sin_addr;
	told->address[told->count].family = family;
	memcpy(told->address[told->count++].bytes, bytes,
		mdns_family_size(family));
}

static void call_it(const void *argument, void *result)
{
	const struct call *call = argument;
	struct told *told = result;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL, *info;
	mdns_time start;

	if (call->service[0] != '\0')
		__nss_configure_lookup("hosts", call->service);
	start = mdns_sys_now();
	told->error = getaddrinfo(call->name, NULL, &hints, &list);
	told->usec = (uint32_t)((mdns_sys_now() - start) / MDNS_USEC);
	if (told->error != 0)
		return;
	for (info = list; info; info = info->ai_next)
		if (info->ai_family == AF_INET || info->ai_family == AF_INET6)
			keep_address(told, info);
	freeaddrinfo(list);
}

/* The other way round: the name of an address. */
static void call_back(const void *argument, void *result)
{
	const struct call *call = argument;
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	bool ipv4 = inet_pton(AF_INET, call->name, &in.sin_addr) == 1;
	struct told *told = result;
	mdns_time start;

	if (!ipv4)
		inet_pton(AF_INET6, call->name, &in6.sin6_addr);
	if (call->service[0] != '\0')
		__nss_configure_lookup("hosts", call->service);
	start = mdns_sys_now();
	told->error = getnameinfo(ipv4 ? (const void *)&in : (const void *)&in6,
		ipv4 ? sizeof(in) : sizeof(in6), told->name, sizeof(told->name),
		NULL, 0, NI_NAMEREQD);
	told->usec = (uint32_t)((mdns_sys_now() - start) / MDNS_USEC);
}

static int ask(const struct doctor *doctor, const struct call *call,
	struct told *ret_told)
{
	bool one = call->service[0] != '\0';

	terminal_wait_show("asking as programs do ...");
	return doctor_child_run(doctor, call->reverse ? call_back : call_it,
		call, one ? SERVICE_PATIENCE_MSEC : PATIENCE_MSEC, ret_told,
		sizeof(*ret_told));
}

static void list_addresses(const struct told *told, char *buf, size_t size)
{
	size_t used = 0;
	unsigned i;

	buf[0] = '\0';
	for (i = 0; i < told->count && used < size; i++) {
		char text[INET6_ADDRSTRLEN] = "";

		inet_ntop(told->address[i].family == MDNS_IPV6 ? AF_INET6
							       : AF_INET,
			told->address[i].bytes, text, sizeof(text));
		used += (size_t)snprintf(buf + used, size - used, "%s%s",
			used > 0 ? ", " : "", text);
	}
}

/* --- who says something else --- */

/* What stands behind "hosts:", or nothing. */
static void read_hosts_line(char *buf, size_t size)
{
	FILE *file = fopen("/etc/nsswitch.conf", "re");
	char line[LINE_MAX_OCTETS];

	buf[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		const char *text = line + strspn(line, " \t");

		if (strncmp(text, "hosts:", 6) == 0)
			snprintf(buf, size, "%s", text + 6);
	}
	if (file)
		fclose(file);
}

static bool tells(
	const struct told *told, const struct told *other, unsigned index)
{
	unsigned i;

	if (other->name[0] != '\0')
		return strcasecmp(told->name, other->name) == 0;
	for (i = 0; i < told->count; i++)
		if (memcmp(&told->address[i], &other->address[index],
			    sizeof(told->address[i])) == 0)
			return true;
	return false;
}

/* Which service says that address; false if none does now. */
static bool find_service(const struct doctor *doctor, struct call *call,
	const struct told *told, unsigned index)
{
	char line[LINE_MAX_OCTETS];
	struct chain chain;
	struct told one;
	unsigned i;

	read_hosts_line(line, sizeof(line));
	chain_parse(line, &chain);
	for (i = 0; i < chain.count; i++) {
		const struct chain_word *name = &chain.service[i].name;

		snprintf(call->service, SERVICE_MAX, "%.*s", (int)name->len,
			name->text);
		if (ask(doctor, call, &one) == 0 && one.error == 0 &&
			tells(&one, told, index))
			return true;
	}
	call->service[0] = '\0';
	return false;
}

/* The line of /etc/hosts that has the name, or the address, or 0. */
static unsigned find_in_hosts(const struct call *call)
{
	FILE *file = fopen("/etc/hosts", "re");
	char line[LINE_MAX_OCTETS], *word, *rest;
	unsigned number = 0, found = 0;

	while (file && !found && fgets(line, sizeof(line), file)) {
		number++;
		line[strcspn(line, "#\n")] = '\0';
		word = strtok_r(line, " \t", &rest);
		if (word && call->reverse && strcasecmp(word, call->name) == 0)
			found = number;
		while (word && (word = strtok_r(NULL, " \t", &rest)))
			if (!call->reverse && strcasecmp(word, call->name) == 0)
				found = number;
	}
	if (file)
		fclose(file);
	return found;
}

/* Whose word that address is: "line 3 of /etc/hosts", "the service dns of
 * /etc/nsswitch.conf". */
static void put_culprit(const struct doctor *doctor, struct call *call,
	const struct told *told, unsigned index, char *buf, size_t size,
	bool *ret_hosts)
{
	unsigned line;

	*ret_hosts = false;
	if (!find_service(doctor, call, told, index)) {
		snprintf(buf, size,
			"some service that does not say so any more");
		return;
	}
	line = strcmp(call->service, "files") == 0 ? find_in_hosts(call) : 0;
	*ret_hosts = line > 0;
	if (line > 0)
		snprintf(buf, size, "line %u of /etc/hosts", line);
	else
		snprintf(buf, size, "the service %s of /etc/nsswitch.conf",
			call->service);
}

/* --- with a name --- */

static bool is_in_network(const struct told *told, unsigned index)
{
	const struct mdns_answer *network = doctor_name_addresses();
	unsigned i;

	for (i = 0; i < network->count; i++)
		if (network->address[i].family == told->address[index].family &&
			memcmp(network->address[i].bytes,
				told->address[index].bytes, 16) == 0)
			return true;
	return false;
}

/* The first address that the network does not say, or told->count. */
static unsigned find_foreign(const struct told *told)
{
	unsigned i = 0;

	while (i < told->count && is_in_network(told, i))
		i++;
	return i;
}

static void say_foreign(struct doctor *doctor, struct call *call,
	const struct told *told, unsigned index)
{
	bool answered = doctor_name_addresses()->count > 0;
	const char *name = doctor->query->text;
	char list[LIST_MAX], culprit[LIST_MAX], remedy[MDNS_NAME_TEXT_MAX + 64];
	bool hosts;

	list_addresses(told, list, sizeof(list));
	put_culprit(
		doctor, call, told, index, culprit, sizeof(culprit), &hosts);
	if (hosts)
		snprintf(remedy, sizeof(remedy), "sudoedit /etc/hosts");
	else if (call->service[0] != '\0')
		snprintf(remedy, sizeof(remedy), "getent -s %s ahosts %s",
			call->service, print_word(name));
	else
		snprintf(remedy, sizeof(remedy), "getent ahosts %s",
			print_word(name));
	if (answered)
		doctor_say(doctor, DOCTOR_BAD, "program-differs", remedy,
			"programs are told %s for %s, which the network does "
			"not say: that is the word of %s",
			list, name, culprit);
	else
		doctor_say(doctor, DOCTOR_NOTE, "program-differs", remedy,
			"programs are told %s for %s, though nobody in the "
			"network answers: that is the word of %s",
			list, name, culprit);
}

static bool told_family(const struct told *told, uint8_t family)
{
	unsigned i;

	for (i = 0; i < told->count; i++)
		if (told->address[i].family == family)
			return true;
	return false;
}

static void check_families(struct doctor *doctor, const struct told *told)
{
	const struct mdns_answer *network = doctor_name_addresses();
	unsigned i;

	for (i = 0; i < network->count; i++) {
		uint8_t family = network->address[i].family;

		if (told_family(told, family))
			continue;
		doctor_say(doctor, DOCTOR_NOTE, "program-family", NULL,
			"programs are told no %s address of %s, although it "
			"has one",
			family == MDNS_IPV6 ? "IPv6" : "IPv4",
			doctor->query->text);
		return;
	}
}

static void say_found(struct doctor *doctor, const struct told *told)
{
	const char *name = doctor->query->text;
	char list[LIST_MAX];

	list_addresses(told, list, sizeof(list));
	doctor_say(doctor, DOCTOR_GOOD, "program", NULL,
		"programs are told what the network says for %s, after %.2f "
		"ms: %s",
		name, told->usec / 1000.0, list);
	check_families(doctor, told);
	if (told->usec > SLOW_USEC)
		doctor_say(doctor, DOCTOR_NOTE, "program-slow", NULL,
			"it takes programs %.1f s to find %s",
			told->usec / 1000000.0, name);
}

static void say_not_found(struct doctor *doctor, const struct told *told)
{
	const char *name = doctor->query->text;
	char remedy[MDNS_NAME_TEXT_MAX + 32];

	snprintf(remedy, sizeof(remedy), "getent -s dotlocal ahosts %s",
		print_word(name));
	if (doctor_name_addresses()->count == 0)
		doctor_say(doctor, DOCTOR_NOTE, "program", NULL,
			"programs do not find %s either, after %.1f s", name,
			told->usec / 1000000.0);
	else if (doctor->count[DOCTOR_BAD] > 0)
		doctor_say(doctor, DOCTOR_BAD, "program", NULL,
			"programs do not find %s, although it answers: see "
			"the first line marked BAD",
			name);
	else
		doctor_say(doctor, DOCTOR_BAD, "program", remedy,
			"programs do not find %s, although it answers: %s",
			name, gai_strerror(told->error));
}

static void say_elsewhere(struct doctor *doctor, const struct told *told)
{
	char list[LIST_MAX];

	list_addresses(told, list, sizeof(list));
	doctor_say(doctor, DOCTOR_NOTE, "program-elsewhere", NULL,
		"programs are told %s for %s, and not all of that was said "
		"where mdns-lookup was told to ask",
		list, doctor->query->text);
}

/* Programs ask everywhere. */
static bool is_limited(const struct doctor *doctor)
{
	return doctor->options->only_count > 0 ||
	       doctor->query->iface[0] != '\0' ||
	       doctor->options->transports !=
		       (1u << MDNS_IPV4 | 1u << MDNS_IPV6);
}

/* As a program has to write it; false if it has no text. */
static bool write_name(struct doctor *doctor, char ret_name[MDNS_NAME_TEXT_MAX])
{
	const char *safe = doctor->query->text;

	if (mdns_name_print(
		    &doctor->query->name, ret_name, MDNS_NAME_TEXT_MAX) < 0)
		return false;
	if (mdns_zone_text_is_plain(ret_name, strlen(ret_name)))
		return true;
	snprintf(ret_name, MDNS_NAME_TEXT_MAX, "%s", safe);
	doctor_say(doctor, DOCTOR_NOTE, "program-escape", NULL,
		"programs have to write %s in this way: with a character that "
		"a shell or a URL takes for its own, the module does not look "
		"for it",
		print_word(safe));
	return true;
}

static void check_name(struct doctor *doctor)
{
	struct call call = {.service = ""};
	struct told told;
	unsigned foreign;

	if (!write_name(doctor, call.name))
		return;
	if (ask(doctor, &call, &told) < 0) {
		doctor_say(doctor, DOCTOR_BAD, "program-hangs", NULL,
			"programs that ask for %s wait for more than %d s",
			doctor->query->text, PATIENCE_MSEC / 1000);
		return;
	}
	foreign = find_foreign(&told);
	if (told.error != 0)
		say_not_found(doctor, &told);
	else if (foreign < told.count && is_limited(doctor))
		say_elsewhere(doctor, &told);
	else if (foreign < told.count)
		say_foreign(doctor, &call, &told, foreign);
	else
		say_found(doctor, &told);
}

/* --- with an address --- */

static void say_other_name(struct doctor *doctor, struct call *call,
	const char *address, const struct told *told)
{
	bool answered = doctor_name_count() > 0;
	char culprit[LIST_MAX], remedy[INET6_ADDRSTRLEN + SERVICE_MAX + 32];
	bool hosts;

	put_culprit(doctor, call, told, 0, culprit, sizeof(culprit), &hosts);
	if (hosts)
		snprintf(remedy, sizeof(remedy), "sudoedit /etc/hosts");
	else if (call->service[0] != '\0')
		snprintf(remedy, sizeof(remedy), "getent -s %s hosts %s",
			call->service, address);
	else
		snprintf(remedy, sizeof(remedy), "getent hosts %s", address);
	doctor_say(doctor, answered ? DOCTOR_BAD : DOCTOR_NOTE,
		"program-differs", remedy,
		"programs are told that %s is %s, %s: that is the word of %s",
		doctor->query->text, told->name,
		answered ? "which the network does not say"
			 : "though nobody in the network answers",
		culprit);
}

static void check_address(struct doctor *doctor)
{
	struct call call = {.service = "", .reverse = true};
	const char *text = doctor->query->text;
	char remedy[INET6_ADDRSTRLEN + 32];
	char address[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	struct told told;

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "%"),
		text);
	if (inet_pton(AF_INET, address, bytes) != 1 &&
		inet_pton(AF_INET6, address, bytes) != 1)
		return; /* a name in .arpa, for which no program asks */
	snprintf(call.name, sizeof(call.name), "%s", address);
	snprintf(
		remedy, sizeof(remedy), "getent -s dotlocal hosts %s", address);
	if (ask(doctor, &call, &told) < 0) {
		doctor_say(doctor, DOCTOR_BAD, "program-hangs", NULL,
			"programs that ask for the name of %s wait for more "
			"than %d s",
			text, PATIENCE_MSEC / 1000);
		return;
	}
	print_clean(told.name);
	if (told.error == 0 && !doctor_name_is(told.name))
		say_other_name(doctor, &call, address, &told);
	else if (told.error == 0)
		doctor_say(doctor, DOCTOR_GOOD, "program", NULL,
			"programs are told what the network says for %s, after "
			"%.2f ms: %s",
			text, told.usec / 1000.0, told.name);
	else if (doctor_name_count() == 0)
		doctor_say(doctor, DOCTOR_NOTE, "program", NULL,
			"programs do not find a name for %s either, after %.1f "
			"s",
			text, told.usec / 1000000.0);
	else if (doctor->count[DOCTOR_BAD] > 0)
		doctor_say(doctor, DOCTOR_BAD, "program", NULL,
			"programs do not find the name of %s, although it "
			"answers: see the first line marked BAD",
			text);
	else
		doctor_say(doctor, DOCTOR_BAD, "program", remedy,
			"programs do not find the name of %s, although it "
			"answers: %s",
			text, gai_strerror(told.error));
}

/* --- without one: a name that nobody has --- */

static void check_nobody(struct doctor *doctor)
{
	struct mdns_settings usual;
	uint32_t msec = doctor->settings->total_ms, slow;
	char list[LIST_MAX], culprit[LIST_MAX];
	struct call call = {.service = ""};
	struct told told;
	bool hosts;

	/* Longer than the module waits, for which -w means nothing. */
	mdns_settings_init(&usual);
	slow = 1000 * (msec > usual.total_ms ? msec : usual.total_ms) +
	       SLOW_USEC / 2;
	snprintf(call.name, sizeof(call.name), "nobody-%08x.local",
		mdns_sys_random());
	if (ask(doctor, &call, &told) < 0) {
		doctor_say(doctor, DOCTOR_BAD, "program-hangs", NULL,
			"programs that ask for a name that nobody has wait for "
			"more than %d s",
			PATIENCE_MSEC / 1000);
	} else if (told.error == 0) {
		list_addresses(&told, list, sizeof(list));
		put_culprit(doctor, &call, &told, 0, culprit, sizeof(culprit),
			&hosts);
		doctor_say(doctor, DOCTOR_BAD, "program-nobody", NULL,
			"programs are told %s for a name that nobody has: that "
			"is the word of %s",
			list, culprit);
	} else if (told.usec > slow) {
		doctor_say(doctor, DOCTOR_NOTE, "program-nobody", NULL,
			"programs wait %.1f s to be told that nobody has a "
			"name: another service of /etc/nsswitch.conf is asked "
			"as well",
			told.usec / 1000000.0);
	} else {
		doctor_say(doctor, DOCTOR_GOOD, "program-nobody", NULL,
			"programs are told that nobody has a name after %.1f s",
			told.usec / 1000000.0);
	}
}

void doctor_check_program(struct doctor *doctor)
{
	if (!doctor->query)
		check_nobody(doctor);
	else if (!doctor->query->reverse)
		check_name(doctor);
	else
		check_address(doctor);
}
