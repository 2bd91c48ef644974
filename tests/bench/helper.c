/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mdns-helper is good for and what it costs: lookups through the built
 * module with it and without, its memory, its CPU time on a busy link.
 * tests/bench/run --helper makes the network for it. */
#include "config.h"

#include <errno.h>
#include <nss.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/protocol.h"
#include "tests/bench/busy.h"
#include "tests/bench/daemon.h"
#include "tests/bench/floor.h"
#include "tests/bench/measure.h"

/* tests/bench/run has names for all of them: dual-N.local and host-N.local
 * have an address of each family, busy-N.local as well, missing-N.local does
 * not exist. */
enum {
	ROUNDS_PROCESS = 500,
	ROUNDS_ABSENT = 2000,
	ROUNDS_NAME = 300,
	ROUNDS_AGAIN = 200,
	ROUNDS_HIT = 200, /* batches */
	BATCH = 1000,     /* calls */
	HIT_NAMES = 1000,
	CROWD = BENCH_CROWD_MAX, /* processes, and names for each of them */
	CROWD_RUNS = 3,
	HOSTS_FEW = 1000,
	HOSTS_MANY = 10000,
	MINUTES = 60,
	QUIET = 6, /* seconds */
};

#define BARE_SOCKET "/run/bench-bare"

/* Filled in by processes that have just been forked. */
static struct shared {
	struct bench_row bare;
	struct bench_row warm_process, direct_process, vain_process;
	struct bench_row cold, direct_cold;
	struct bench_row missing_again;
	struct bench_row absent;
	struct bench_row hash, hit, hits, direct_hit;
	_Atomic uint64_t worst;  /* the longest lookup of a crowd */
	_Atomic unsigned failed; /* lookups of a crowd */
} * shared;

/* A hundred processes at once. */
static struct crowd {
	struct bench_row time;  /* from the start to the end of the last */
	struct bench_row worst; /* the longest lookup */
	unsigned failed;
} crowd_direct, crowd_cold, crowd_warm;

static const char *module_path, *helper_path, *log_path, *ifname;
static pid_t peer;
static unsigned next_name; /* of dual-N.local: never asked for so far */

static void titles_set(void)
{
	shared->bare.title = "bare: connect, send, receive, close";
	shared->warm_process.title = "first in a new process, helper knows";
	shared->direct_process.title = "  without helper";
	shared->vain_process.title = "  its folder is there, but no helper";
	shared->cold.title = "a name that nobody knows, by helper";
	shared->direct_cold.title = "  without helper";
	shared->missing_again.title = "missing name again, another process";
	shared->absent.title = "looking for a helper in vain";
	shared->hash.title = "bare hash lookup";
	shared->hit.title = "the map, the same name again";
	shared->hits.title = "the map, 1000 names by turns";
	shared->direct_hit.title = "  without helper: the process cache";
	crowd_direct.time.title = "without helper";
	crowd_cold.time.title = "helper, nobody has asked before";
	crowd_warm.time.title = "helper knows all";
}

/* --- processes --- */

/* In a process that has the module, and knows as little as a program that has
 * just been started. */
static void in_child(void (*work)(unsigned argument), unsigned argument)
{
	pid_t pid = bench_spawn();

	if (pid == 0) {
		work(argument);
		_exit(0);
	}
	bench_join(pid);
}

/* Both ways: asked and answered. */
static double packets(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/net", (int)peer);
	return (double)(bench_packets_sent("/proc/self/net") +
			bench_packets_sent(path));
}

/* --- the bare exchange --- */

static void bare_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void bare_measure(unsigned unused)
{
	(void)unused;
	bench_row_add(&shared->bare, bench_floor_converse(BARE_SOCKET));
}

/* --- one lookup --- */

static struct bench_row *row; /* where the next child puts what it sees */

static void name_measure(unsigned number)
{
	bench_row_add(row, bench_lookup_measure(bench_name("dual", number),
				   NSS_STATUS_SUCCESS, 2));
}

static void missing_measure(unsigned number)
{
	bench_row_add(row, bench_lookup_measure(bench_name("missing", number),
				   NSS_STATUS_NOTFOUND, 0));
}

/* Each in a process of its own, with a name of its own. */
static void processes_measure(struct bench_row *into)
{
	double before = packets();

	row = into;
	for (unsigned i = 0; i < ROUNDS_NAME; i++)
		in_child(name_measure, next_name++);
	into->packets = (packets() - before) / ROUNDS_NAME;
}

/* A process that has looked something up before. */
static void names_measure(unsigned first)
{
	bench_lookup_measure(bench_name("dual", first), NSS_STATUS_SUCCESS, 2);
	for (unsigned i = 1; i < ROUNDS_NAME; i++)
		name_measure(first + i);
}

static void fresh_names_measure(struct bench_row *into)
{
	double before = packets();

	row = into;
	in_child(names_measure, next_name);
	next_name += ROUNDS_NAME;
	into->packets = (packets() - before) / ROUNDS_NAME;
}

/* What it costs once a second where there is none. */
static void absent_measure(void)
{
	for (unsigned i = 0; i < ROUNDS_ABSENT; i++) {
		double start = bench_now();

		if (mdns_helper_connect() != MDNS_ERR_NOT_FOUND)
			bench_die("there is a helper already");
		bench_row_add(&shared->absent, bench_now() - start);
	}
	shared->absent.packets = 0;
}

/* By turns, so that noise hits both. */
static void warm_measure(void)
{
	struct bench_status first, last;
	pid_t bare = bench_floor_serve(BARE_SOCKET);
	double before;

	bench_daemon_ask("dual", next_name, 1);
	in_child(bare_measure, 0);
	shared->bare.count = 0;
	bench_daemon_status(&first);
	before = packets();
	row = &shared->warm_process;
	for (unsigned i = 0; i < ROUNDS_PROCESS; i++) {
		in_child(bare_measure, 0);
		in_child(name_measure, next_name);
	}
	row->packets = packets() - before;
	shared->bare.packets = 0;
	bench_daemon_status(&last);
	bench_expect(last.hits - first.hits == ROUNDS_PROCESS,
		"the first lookups of processes did not go to the helper");
	bare_stop(bare);
	next_name++;
}

static void missing_again_measure(void)
{
	double before;

	row = &shared->missing_again;
	in_child(missing_measure, 0);
	row->count = 0;
	before = packets();
	for (unsigned i = 0; i < ROUNDS_AGAIN; i++)
		in_child(missing_measure, 0);
	row->packets = packets() - before;
}

/* --- hits --- */

static char hit_names[HIT_NAMES][32];

static enum nss_status look_up(const char *name)
{
	char buffer[1024] __attribute__((aligned(16)));
	struct gaih_addrtuple *pat = NULL;
	int error, h_error;

	return bench_lookup(
		name, &pat, buffer, sizeof(buffer), &error, &h_error, NULL);
}

static void hit(const char *name)
{
	if (look_up(name) != NSS_STATUS_SUCCESS)
		bench_die("a hit");
}

/* count: how many names, the same over and over. */
static void hits_measure(unsigned count)
{
	char answer[64] = {0};
	volatile char sink = 0;

	/* The first brings the map, the rest touches each page of it. */
	for (unsigned i = 0; i < count; i++)
		hit(hit_names[i]);
	for (unsigned i = 0; i < ROUNDS_HIT; i++) {
		double start = bench_now();

		for (unsigned j = 0; j < BATCH; j++)
			hit(hit_names[j % count]);
		bench_row_add(row, (bench_now() - start) / BATCH);
		start = bench_now();
		for (unsigned j = 0; j < BATCH; j++)
			sink = (char)(sink +
				      bench_hash_find(hit_names[0], answer) +
				      answer[0]);
		bench_row_add(&shared->hash, (bench_now() - start) / BATCH);
	}
}

static void hits_run(struct bench_row *into, unsigned count)
{
	double before = packets();

	row = into;
	in_child(hits_measure, count);
	into->packets = packets() - before;
}

static void hits_traced(unsigned count)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		bench_die("ptrace");
	/* The first brings the map. */
	hit(hit_names[0]);
	raise(SIGSTOP);
	for (unsigned i = 0; i < count; i++)
		hit(hit_names[0]);
}

/* The system calls of a process that looks something up so many times, its end
 * included. */
static unsigned calls_count(unsigned hits)
{
	unsigned stops = 0;
	pid_t pid = bench_spawn();
	int status;

	if (pid == 0) {
		hits_traced(hits);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	while (WIFSTOPPED(status)) {
		if (ptrace(PTRACE_SYSCALL, pid, NULL, NULL) < 0)
			bench_die("ptrace");
		waitpid(pid, &status, 0);
		stops += WIFSTOPPED(status);
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		bench_die("a traced child failed");
	/* Going in and coming out; of the last one only the first is seen. */
	return (stops + 1) / 2;
}

/* --- many at once --- */

static void keep_most(_Atomic uint64_t *most, double value)
{
	uint64_t old = atomic_load(most);

	while ((uint64_t)value > old &&
		!atomic_compare_exchange_weak(most, &old, (uint64_t)value))
		;
}

/* All names, beginning with another one in each process. */
static void crowd_work(unsigned self, void *first)
{
	for (unsigned i = 0; i < CROWD; i++) {
		unsigned number = *(unsigned *)first + (self + i) % CROWD;
		double start = bench_now();

		if (look_up(bench_name("dual", number)) != NSS_STATUS_SUCCESS)
			shared->failed++;
		keep_most(&shared->worst, bench_now() - start);
	}
}

static void crowd_run(unsigned first, struct crowd *crowd)
{
	shared->worst = 0;
	shared->failed = 0;
	bench_row_add(
		&crowd->time, bench_crowd(CROWD, NULL, crowd_work, &first));
	bench_row_add(&crowd->worst, (double)shared->worst);
	crowd->failed += shared->failed;
}

/* One run; names that were asked for before if warm. */
static void crowd_measure(struct crowd *crowd, bool warm)
{
	double before = packets();

	if (!warm)
		next_name += CROWD;
	crowd_run(next_name - CROWD, crowd);
	crowd->time.packets += (packets() - before) / CROWD_RUNS;
}

/* --- memory and CPU --- */

static void memory_print(const char *what, struct bench_memory *ret_memory)
{
	bench_daemon_memory(ret_memory);
	printf("%-36s  %7lu kB  %7lu kB  %7lu kB  %7lu kB\n", what,
		ret_memory->rss, ret_memory->own, ret_memory->map,
		ret_memory->file);
}

static void memory_measure(void)
{
	struct bench_memory memory;
	struct bench_status status;

	bench_daemon_start(helper_path, log_path);
	printf("\n%-36s  %10s  %10s  %10s  %10s\n", "memory of the helper",
		"resident", "own", "the map", "libraries");
	memory_print("nobody has asked", &memory);
	bench_daemon_ask("host", 0, HOSTS_FEW);
	memory_print("1,000 hosts", &memory);
	bench_daemon_ask("host", HOSTS_FEW, HOSTS_MANY - HOSTS_FEW);
	memory_print("10,000 hosts", &memory);
	bench_daemon_status(&status);
	printf("%36s  %lu of them are in the map\n", "",
		(unsigned long)status.published);
	bench_expect(status.published >= HOSTS_MANY,
		"not all of 10,000 hosts are in the map");
	bench_expect(memory.rss < 100000, "10,000 hosts take 100 MB");
	bench_daemon_stop();
}

/* asked: they are asked for once a minute. Seconds of CPU. */
static double hour_measure(const char *what, bool asked)
{
	struct bench_status first, last;
	const double count = MINUTES * BENCH_BUSY_PACKETS;
	double sent, cpu;

	bench_daemon_start(helper_path, log_path);
	if (asked)
		bench_daemon_ask("busy", 0, BENCH_BUSY_HOSTS);
	bench_daemon_status(&first);
	cpu = bench_daemon_cpu();
	sent = (double)bench_packets_sent("/proc/self/net");
	for (unsigned minute = 0; minute < MINUTES; minute++) {
		bench_busy_minute();
		if (asked)
			bench_daemon_ask("busy", 0, BENCH_BUSY_HOSTS);
	}
	cpu = bench_daemon_cpu() - cpu;
	sent = (double)bench_packets_sent("/proc/self/net") - sent;
	bench_daemon_status(&last);
	printf("%-36s  %8.2f s  %7.1f us  %7.0f\n", what, cpu,
		cpu / count * 1e6, sent);
	bench_expect((double)(last.heard - first.heard) >= 0.99 * count,
		"the helper has not heard all of the hour");
	bench_expect(sent <= 10, "what others say makes the helper send");
	bench_expect(cpu < 60, "an hour of a busy link takes 60 s of CPU");
	return cpu;
}

static void hours_measure(void)
{
	double cpu;

	bench_busy_open(peer, ifname);
	printf("\n%-36s  %10s  %10s  %7s\n",
		"an hour of a busy link, fifty hosts", "CPU", "a packet",
		"sent");
	hour_measure("nobody has asked for any of them", false);
	bench_daemon_stop();
	hour_measure("each of them is asked for each minute", true);
	/* As long as somebody may read the map. */
	cpu = bench_daemon_cpu();
	sleep(QUIET);
	cpu = bench_daemon_cpu() - cpu;
	printf("%-36s  %8.2f s\n", "an hour of nothing, with a map in use",
		cpu * 3600 / QUIET);
	bench_daemon_stop();
}

/* --- the whole --- */

static void measure_without(void)
{
	absent_measure();
	processes_measure(&shared->direct_process);
	fresh_names_measure(&shared->direct_cold);
	snprintf(hit_names[0], sizeof(hit_names[0]), "%s",
		bench_name("dual", next_name++));
	hits_run(&shared->direct_hit, 1);
	for (unsigned i = 0; i < CROWD_RUNS; i++)
		crowd_measure(&crowd_direct, false);
	if (mkdir(MDNS_HELPER_FOLDER, 0755) < 0)
		bench_die(MDNS_HELPER_FOLDER);
	processes_measure(&shared->vain_process);
}

static void measure_with(unsigned *ret_calls)
{
	bench_daemon_start(helper_path, log_path);
	warm_measure();
	fresh_names_measure(&shared->cold);
	missing_again_measure();
	for (unsigned i = 0; i < CROWD_RUNS; i++) {
		crowd_measure(&crowd_cold, false);
		crowd_measure(&crowd_warm, true);
	}
	for (unsigned i = 0; i < HIT_NAMES; i++)
		snprintf(hit_names[i], sizeof(hit_names[i]), "%s",
			bench_name("host", i));
	bench_daemon_ask("host", 0, HIT_NAMES);
	hits_run(&shared->hit, 1);
	hits_run(&shared->hits, HIT_NAMES);
	*ret_calls = calls_count(BATCH) - calls_count(0);
	bench_daemon_stop();
}

/* Times are bounded ten times above what they should be. */
static void bounds_check(unsigned calls)
{
	double bare = bench_row_at(&shared->bare, 0.5);

	bench_expect(bench_row_at(&shared->warm_process, 0.5) <= 15 * bare,
		"the first lookup of a process takes 15 bare exchanges");
	bench_expect(shared->warm_process.packets <= 0,
		"what the helper knows is sent for");
	bench_expect(bench_row_at(&shared->hit, 0.5) <= 3000,
		"a hit in the map takes 3 us");
	bench_expect(calls == 0, "a hit in the map makes system calls");
	bench_expect(shared->hit.packets + shared->hits.packets <= 0,
		"a hit in the map sends");
	bench_expect(bench_row_at(&shared->missing_again, 0.5) <= 10e6,
		"a missing name takes 10 ms when the helper knows");
	bench_expect(shared->missing_again.packets <= 0,
		"a name that the helper knows to be missing is sent for");
	/* A question over each transport and its answer: 4. */
	bench_expect(shared->cold.packets <= 40,
		"a name that nobody knows sends 40 packets");
	bench_expect(crowd_cold.time.packets <= 10 * 4 * CROWD,
		"a name is asked for again and again");
	/* On a machine that is very busy some do not wait for the helper. */
	bench_expect(crowd_warm.time.packets <= 10 * 4 * CROWD,
		"names that the helper knows are sent for");
	bench_expect(crowd_cold.failed + crowd_warm.failed == 0,
		"lookups of a hundred processes at once have failed");
}

static void crowd_print(struct crowd *crowd)
{
	crowd->worst.title = "  its longest lookup";
	crowd->worst.packets = -1;
	bench_row_print(&crowd->time, &crowd_direct.time);
	bench_row_print(&crowd->worst, &crowd_direct.worst);
	if (crowd->failed > 0)
		printf("  lookups that failed, of %d: %u\n",
			CROWD * CROWD * CROWD_RUNS, crowd->failed);
}

static void table_print(unsigned calls)
{
	printf("%-36s  %10s  %10s  %8s  %7s\n", "one lookup, A and AAAA",
		"median", "p99", "x bare", "packets");
	bench_row_print(&shared->bare, &shared->bare);
	bench_row_print(&shared->warm_process, &shared->bare);
	bench_row_print(&shared->direct_process, &shared->bare);
	bench_row_print(&shared->vain_process, &shared->bare);
	bench_row_print(&shared->cold, &shared->bare);
	bench_row_print(&shared->direct_cold, &shared->bare);
	bench_row_print(&shared->missing_again, &shared->bare);
	bench_row_print(&shared->absent, &shared->bare);
	printf("%-36s  %10s  %10s  %8s\n", "in batches of 1000", "", "",
		"x hash");
	bench_row_print(&shared->hash, &shared->hash);
	bench_row_print(&shared->hit, &shared->hash);
	bench_row_print(&shared->hits, &shared->hash);
	bench_row_print(&shared->direct_hit, &shared->hash);
	printf("1000 hits in the map: %u system calls\n", calls);
	printf("\n%-36s  %10s  %10s  %8s  %7s\n",
		"100 processes, 100 names each", "median", "worst", "x direct",
		"packets");
	crowd_print(&crowd_direct);
	crowd_print(&crowd_cold);
	crowd_print(&crowd_warm);
}

int main(int argc, char **argv)
{
	unsigned calls;

	if (argc != 6) {
		fprintf(stderr,
			"usage: %s MODULE HELPER LOG PEER-PID PEER-INTERFACE\n"
			"In namespaces made by tests/bench/run --helper.\n",
			program_invocation_short_name);
		return 2;
	}
	module_path = argv[1];
	helper_path = argv[2];
	log_path = argv[3];
	peer = (pid_t)strtol(argv[4], NULL, 10);
	ifname = argv[5];
	shared = bench_shared(sizeof(*shared));
	titles_set();
	bench_module_load(module_path);
	measure_without();
	measure_with(&calls);
	table_print(calls);
	memory_measure();
	hours_measure();
	bounds_check(calls);
	return bench_wrong != 0;
}
