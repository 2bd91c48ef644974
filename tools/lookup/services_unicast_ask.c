/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks the name servers of /etc/resolv.conf, and reads what they answer. */
#include "config.h"

#include "tools/lookup/services_unicast_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <resolv.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/rr.h"
#include "resolver/sys.h"
#include "resolver/zone.h"

/* As many as glibc and most servers follow. */
#define ALIASES_MAX 8

/* --- the child --- */

/* What the child writes: how it went in one octet, then the message. */
static void write_all(int fd, const uint8_t *octets, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, octets, size);

		if (written < 0)
			_exit(1);
		octets += written;
		size -= (size_t)written;
	}
}

static void __attribute__((noreturn))
be_child(const char *name, uint16_t type, int fd, uint8_t *message)
{
	struct __res_state state = {0};
	uint8_t result = UNICAST_SILENCE;
	int size = -1;

	if (res_ninit(&state) == 0) {
		size = res_nquery(&state, name, ns_c_in, type, message,
			UNICAST_MESSAGE_MAX);
		if (size >= 0)
			result = UNICAST_RECORDS;
		else if (state.res_h_errno == HOST_NOT_FOUND ||
			 state.res_h_errno == NO_DATA)
			result = UNICAST_NOTHING;
	}
	if (size > UNICAST_MESSAGE_MAX)
		size = UNICAST_MESSAGE_MAX;
	write_all(fd, &result, 1);
	if (size > 0)
		write_all(fd, message, (size_t)size);
	_exit(0);
}

/* --- who waits for it --- */

/* Until fd (-1: none) is readable: UNICAST_RECORDS. */
static enum unicast_result wait_for(
	const struct unicast_asker *asker, int fd, mdns_time until)
{
	enum { CHILD, SIGNALS, OUTPUT, COUNT };
	struct pollfd fds[COUNT] = {{.fd = fd, .events = POLLIN},
		{.fd = asker->signals, .events = POLLIN},
		{.fd = STDOUT_FILENO}};
	mdns_time end = until < asker->end ? until : asker->end;

	for (;;) {
		int ready = mdns_sys_poll(fds, COUNT, end);

		if (ready < 0 || (ready > 0 && (fds[SIGNALS].revents ||
						       fds[OUTPUT].revents)))
			return UNICAST_INTERRUPTED;
		if (ready > 0)
			return UNICAST_RECORDS;
		if (mdns_sys_now() >= end)
			return end == asker->end ? UNICAST_LATE
						 : UNICAST_NOTHING;
	}
}

enum unicast_result unicast_wait(
	const struct unicast_asker *asker, mdns_time until)
{
	fflush(stdout);
	return wait_for(asker, -1, until);
}

static enum unicast_result read_result(struct unicast_asker *asker, int fd)
{
	enum unicast_result result;
	uint8_t word = UNICAST_SILENCE;
	ssize_t got = 0;

	result = wait_for(asker, fd, MDNS_TIME_NEVER);
	if (result != UNICAST_RECORDS)
		return result;
	/* A child that has died has heard nothing. */
	if (read(fd, &word, 1) != 1 || word > UNICAST_SILENCE)
		return UNICAST_SILENCE;
	asker->size = 0;
	do {
		result = wait_for(asker, fd, MDNS_TIME_NEVER);
		if (result != UNICAST_RECORDS)
			return result;
		got = read(fd, asker->message + asker->size,
			sizeof(asker->message) - asker->size);
		if (got > 0)
			asker->size += (size_t)got;
	} while (got > 0);
	return (enum unicast_result)word;
}

/* Those below the ends of our zones, and the ends themselves. */
static bool is_ours(
	const struct unicast_asker *asker, const struct mdns_name *name)
{
	static const struct mdns_name local = {7, "\5local"};
	unsigned i;

	for (i = 0; i < asker->suffix_count; i++)
		if (mdns_name_is_under(name, &asker->suffix[i]))
			return true;
	return mdns_name_is_under(name, &local) ||
	       mdns_zone_of(name, asker->suffix, asker->suffix_count) !=
		       MDNS_ZONE_NONE;
}

enum unicast_result unicast_ask(struct unicast_asker *asker,
	const struct mdns_name *name, uint16_t type)
{
	enum unicast_result result = UNICAST_SILENCE;
	char text[MDNS_NAME_TEXT_MAX];
	int ends[2];
	pid_t child;

	if (is_ours(asker, name))
		return UNICAST_NOTHING;
	if (mdns_name_print_safe(name, text, sizeof(text)) < 0 ||
		pipe2(ends, O_CLOEXEC) < 0)
		return UNICAST_SILENCE;
	/* What is in the buffer would be printed by both. */
	fflush(NULL);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		be_child(text, type, ends[1], asker->message);
	}
	close(ends[1]);
	if (child > 0) {
		result = read_result(asker, ends[0]);
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return result;
}

/* --- the answer --- */

static bool next_of(struct mdns_reader *reader, const struct mdns_name *name,
	uint16_t type, struct mdns_record *ret_record)
{
	while (mdns_reader_record(reader, ret_record) &&
		ret_record->section == MDNS_SECTION_ANSWER)
		if (ret_record->type == type &&
			ret_record->rclass == MDNS_CLASS_IN &&
			mdns_name_equal(&ret_record->name, name))
			return true;
	return false;
}

void unicast_walk_begin(const struct unicast_asker *asker,
	const struct mdns_name *name, uint16_t type,
	struct unicast_walk *ret_walk)
{
	struct unicast_walk walk = {
		.name = *name, .type = type, .ttl = UINT32_MAX};
	struct mdns_record alias;
	unsigned i;

	for (i = 0; i < ALIASES_MAX; i++) {
		mdns_reader_init(&walk.reader, asker->message, asker->size);
		if (!next_of(&walk.reader, &walk.name, MDNS_TYPE_CNAME,
			    &alias) ||
			mdns_rr_read_name(&walk.reader, &alias, &walk.name) < 0)
			break;
		if (alias.ttl < walk.ttl)
			walk.ttl = alias.ttl;
	}
	mdns_reader_init(&walk.reader, asker->message, asker->size);
	*ret_walk = walk;
}

bool unicast_walk_next(
	struct unicast_walk *walk, struct mdns_record *ret_record)
{
	struct mdns_record record;

	if (!next_of(&walk->reader, &walk->name, walk->type, &record))
		return false;
	if (record.ttl < walk->ttl)
		walk->ttl = record.ttl;
	*ret_record = record;
	return true;
}
