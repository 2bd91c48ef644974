/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-helper as the benchmark sees it. */
#include "tests/bench/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/sys.h"
#include "tests/bench/measure.h"

#define START_TIME (5 * MDNS_SEC)
#define REPLY_TIME (2 * MDNS_SEC)
#define FIRST_UID 20000
#define NAMES_A_USER 1000

static pid_t pid;

static void fail(const char *what)
{
	fprintf(stderr, "%s: mdns-helper: %s\n", program_invocation_short_name,
		what);
	exit(1);
}

static void pause_ms(long ms)
{
	const struct timespec time = {0, ms * 1000000};

	nanosleep(&time, NULL);
}

/* --- talking to it --- */

static int receive(int fd, union mdns_reply *ret_reply)
{
	int map;
	int kind = mdns_helper_receive(
		fd, mdns_sys_now() + REPLY_TIME, ret_reply, &map);

	if (kind >= 0 && map >= 0)
		close(map);
	return kind;
}

/* False if it does not answer; ret_joined: on some link. */
static bool read_status(struct bench_status *ret_status, bool *ret_joined)
{
	struct mdns_request request;
	union mdns_reply reply;
	int fd = mdns_helper_connect();
	int kind;

	if (fd < 0)
		return false;
	memset(ret_status, 0, sizeof(*ret_status));
	*ret_joined = false;
	mdns_request_init(&request, MDNS_REQUEST_STATUS, NULL);
	kind = mdns_helper_send(fd, &request);
	while (kind >= 0 && kind != MDNS_REPLY_STATUS) {
		kind = receive(fd, &reply);
		if (kind != MDNS_REPLY_LINK)
			continue;
		ret_status->heard += reply.link.packets_received;
		*ret_joined |= reply.link.joined[0] && reply.link.joined[1];
	}
	close(fd);
	if (kind < 0)
		return false;
	ret_status->hits = reply.status.hits;
	ret_status->asked = reply.status.asked;
	ret_status->published = reply.status.published;
	return true;
}

void bench_daemon_status(struct bench_status *ret_status)
{
	bool joined;

	if (!read_status(ret_status, &joined))
		fail("does not say how it is");
}

/* False: it says that it is too much at once. */
static bool ask(const char *text)
{
	struct mdns_request request;
	union mdns_reply reply;
	struct mdns_name name;
	int fd = mdns_helper_connect();
	int kind;

	if (fd < 0)
		fail("takes no connection");
	if (mdns_name_parse(text, strlen(text), &name) < 0)
		fail("no name");
	mdns_request_init(&request, MDNS_REQUEST_RESOLVE, &name);
	kind = mdns_helper_send(fd, &request);
	if (kind == 0)
		do
			kind = receive(fd, &reply);
		while (kind == MDNS_REPLY_WAIT);
	close(fd);
	if (kind == MDNS_REPLY_REFUSED &&
		reply.head.status == MDNS_ERR_RESOURCE)
		return false;
	if (kind != MDNS_REPLY_ANSWER || reply.answer.count == 0)
		fail("does not find a host that is there");
	return true;
}

void bench_daemon_ask(const char *kind, unsigned first, unsigned count)
{
	/* There is a limit on new names for each uid: many users do it sooner.
	 * Who cannot be many waits. */
	for (unsigned i = first; i < first + count; i++) {
		bool other = seteuid(FIRST_UID + i / NAMES_A_USER) == 0;
		unsigned tries = 0;

		while (!ask(bench_name(kind, i)))
			if (++tries > 600)
				fail("refuses for a minute");
			else
				pause_ms(100);
		if (other && seteuid(0) < 0)
			fail("cannot be asked by root again");
	}
}

/* --- coming and going --- */

static void run(const char *path, const char *log)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd >= 0) {
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
	}
	execl(path, path, (char *)NULL);
	bench_die(path);
}

void bench_daemon_start(const char *path, const char *log)
{
	mdns_time deadline = mdns_sys_now() + START_TIME;
	struct bench_status status;
	bool joined = false;

	pid = fork();
	if (pid < 0)
		bench_die("fork");
	if (pid == 0)
		run(path, log);
	while (!read_status(&status, &joined) || !joined) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			fail("ended at once");
		if (mdns_sys_now() > deadline)
			fail("is not there after 5 s");
		pause_ms(20);
	}
	/* What follows from the start is over. */
	pause_ms(200);
}

void bench_daemon_stop(void)
{
	int status;

	kill(pid, SIGTERM);
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		fail("did not end well");
	pid = 0;
}

/* --- what it takes --- */

double bench_daemon_cpu(void)
{
	struct timespec time;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
		clock_gettime(clock, &time) < 0)
		fail("has no clock");
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void bench_daemon_memory(struct bench_memory *ret_memory)
{
	char path[64];
	char line[256];
	FILE *file;

	memset(ret_memory, 0, sizeof(*ret_memory));
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "re");
	if (!file)
		bench_die(path);
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "Rss: %lu", &ret_memory->rss);
		sscanf(line, "Pss_Anon: %lu", &ret_memory->own);
		sscanf(line, "Pss_Shmem: %lu", &ret_memory->map);
		sscanf(line, "Pss_File: %lu", &ret_memory->file);
	}
	fclose(file);
}
