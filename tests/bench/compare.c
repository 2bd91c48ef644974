/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compare: measures lookups through the entry points of any NSS module, in the
 * namespace that it is started in. tests/bench/compare.py asks for a few rounds
 * of one row of one system at a time.
 *
 * A line for each round: the figure, and how many lookups found what, by the
 * letters of tests/bench/found.h. */
#include "config.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/floor.h"
#include "tests/bench/found.h"
#include "tests/bench/measure.h"

enum {
	BATCH = 100, /* lookups: the clock is no small part of a warm one */
	SINGLES = 1000,
	THREADS_MAX = 64,
	HASHES = 10000,
};

#define FLOOR_SOCKET "/run/bench-floor"

typedef enum nss_status reverse_call(const void *address, socklen_t size,
	int family, struct hostent *result, char *buffer, size_t buffer_size,
	int *errnop, int *h_errnop);

static const char *module_path, *service;
static reverse_call *reverse_lookup;

static void round_print(double figure, char found)
{
	printf("%.1f %c1\n", figure, found);
}

/* --- the module --- */

static void *symbol(void *handle, const char *entry)
{
	char name[128];
	void *function;

	snprintf(name, sizeof(name), "_nss_%s_%s", service, entry);
	function = dlsym(handle, name);
	if (!function) {
		fprintf(stderr, "compare: %s\n", dlerror());
		exit(1);
	}
	return function;
}

static void load(void)
{
	void *handle = dlopen(module_path, RTLD_NOW);

	if (!handle) {
		fprintf(stderr, "compare: %s\n", dlerror());
		exit(1);
	}
	*(void **)&bench_lookup = symbol(handle, "gethostbyname4_r");
}

static void load_reverse(void)
{
	void *handle = dlopen(module_path, RTLD_NOW);

	if (handle)
		*(void **)&reverse_lookup = symbol(handle, "gethostbyaddr_r");
}

static char look_up(const char *name, double *ret_time)
{
	char buffer[1024] __attribute__((aligned(16)));
	struct gaih_addrtuple *pat = NULL;
	int error = 0;
	int h_error = 0;
	double start = bench_now();
	enum nss_status status = bench_lookup(
		name, &pat, buffer, sizeof(buffer), &error, &h_error, NULL);

	*ret_time = bench_now() - start;
	if (status != NSS_STATUS_SUCCESS)
		return bench_found_from_status(status);
	return bench_found_from_addresses(pat);
}

/* The lookup and nothing else. */
static enum nss_status look_up_bare(const char *name)
{
	char buffer[1024] __attribute__((aligned(16)));
	struct gaih_addrtuple *pat = NULL;
	int error, h_error;

	return bench_lookup(
		name, &pat, buffer, sizeof(buffer), &error, &h_error, NULL);
}

/* auto-N.local has 169.254.1.0 + N and fe80::a:0 + N. */
static char look_up_reverse(int family, unsigned number, double *ret_time)
{
	uint8_t address[16] = {0xfe, 0x80};
	char buffer[1024] __attribute__((aligned(16)));
	struct hostent result = {0};
	int error = 0;
	int h_error = 0;
	enum nss_status status;
	double start;

	if (family == AF_INET) {
		address[0] = 169;
		address[1] = 254;
		address[2] = (uint8_t)(1 + number / 256);
		address[3] = (uint8_t)number;
	} else {
		address[13] = 0x0a;
		address[14] = (uint8_t)(number / 256);
		address[15] = (uint8_t)number;
	}
	start = bench_now();
	status = reverse_lookup(address, family == AF_INET ? 4 : 16, family,
		&result, buffer, sizeof(buffer), &error, &h_error);
	*ret_time = bench_now() - start;
	if (status != NSS_STATUS_SUCCESS)
		return bench_found_from_status(status);
	return strcmp(result.h_name, bench_name("auto", number)) ? 'x' : 'r';
}

/* --- rows; each has its words of the command line --- */

static unsigned number_from(const char *word)
{
	return (unsigned)strtoul(word, NULL, 10);
}

/* When a slow system has had its share of the time. */
static double deadline_from(const char *milliseconds)
{
	return bench_now() + (double)number_from(milliseconds) * 1e6;
}

/* COUNT */
static void row_load(char **words)
{
	for (unsigned i = number_from(words[0]); i > 0; i--) {
		pid_t pid = bench_spawn();

		if (pid == 0) {
			double start = bench_now();

			load();
			printf("%.1f\n", bench_now() - start);
			fflush(stdout);
			_exit(0);
		}
		bench_join(pid);
	}
}

/* COUNT PATH: of a library that does nothing. */
static void row_load_bare(char **words)
{
	for (unsigned i = number_from(words[0]); i > 0; i--) {
		pid_t pid = bench_spawn();

		if (pid == 0) {
			double start = bench_now();
			void *handle = dlopen(words[1], RTLD_NOW);

			/* Nothing of that name: looking for it is the row. */
			(void)dlsym(handle, "_nss_none_gethostbyname4_r");
			printf("%.1f\n", bench_now() - start);
			fflush(stdout);
			_exit(handle ? 0 : 1);
		}
		bench_join(pid);
	}
}

/* WARM KIND FIRST COUNT MILLISECONDS: in a process that has looked up WARM
 * before. */
static void row_names(char **words)
{
	unsigned first = number_from(words[2]);
	unsigned count = number_from(words[3]);
	double deadline = deadline_from(words[4]);
	double time;
	char found;

	load();
	look_up(words[0], &time);
	for (unsigned i = 0; i < count; i++) {
		found = look_up(bench_name(words[1], first + i), &time);
		round_print(time, found);
		if (bench_now() > deadline)
			break;
	}
}

/* KIND FIRST STEP COUNT MILLISECONDS: each is the first of its process; the
 * same name each time if STEP is 0. */
static void row_processes(char **words)
{
	unsigned first = number_from(words[1]);
	unsigned step = number_from(words[2]);
	unsigned count = number_from(words[3]);
	double deadline = deadline_from(words[4]);

	for (unsigned i = 0; i < count && bench_now() < deadline; i++) {
		pid_t pid = bench_spawn();

		if (pid == 0) {
			double time;
			char found;

			load();
			found = look_up(
				bench_name(words[0], first + i * step), &time);
			round_print(time, found);
			fflush(stdout);
			_exit(0);
		}
		bench_join(pid);
	}
}

/* NAME COUNT MILLISECONDS */
static void row_warm(char **words)
{
	unsigned count = number_from(words[1]);
	double deadline = deadline_from(words[2]);
	double time;
	char found = look_up((load(), words[0]), &time);

	for (unsigned i = 0; i < count && bench_now() < deadline; i++) {
		double start = bench_now();

		for (unsigned j = 0; j < BATCH; j++)
			if (look_up_bare(words[0]) != NSS_STATUS_SUCCESS)
				found = 'x';
		round_print((bench_now() - start) / BATCH, found);
	}
}

/* NAME: what 99 of 100 calls do not exceed. */
static void row_slow(char **words)
{
	static struct bench_row row;
	double time;
	char found;

	load();
	look_up(words[0], &time);
	do {
		found = look_up(words[0], &time);
		bench_row_add(&row, time);
	} while (row.count < SINGLES && strchr("b46s", found));
	bench_row_sort(&row);
	round_print(bench_row_at(&row, 0.99), found);
}

/* KIND NUMBER: twice, in one process. */
static void row_again(char **words)
{
	double time;
	char found;

	load();
	for (unsigned i = 0; i < 2; i++) {
		found = look_up(
			bench_name(words[0], number_from(words[1])), &time);
		round_print(time, found);
		fflush(stdout);
	}
}

/* FAMILY FIRST COUNT MILLISECONDS */
static void row_reverse(char **words)
{
	int family = !strcmp(words[0], "4") ? AF_INET : AF_INET6;
	unsigned first = number_from(words[1]);
	unsigned count = number_from(words[2]);
	double deadline = deadline_from(words[3]);

	load_reverse();
	for (unsigned i = 0; i < count && bench_now() < deadline; i++) {
		double time;
		char found = look_up_reverse(family, first + i, &time);

		round_print(time, found);
	}
}

/* --- many at once --- */

static struct {
	const char *kind;
	unsigned first, names, threads;
	bool once;      /* each name by one of them, and no more */
	unsigned pause; /* before each of those, up to so many ms */
	_Atomic bool stop;
	_Atomic unsigned long done;
	struct bench_findings findings;
} work;

static void *thread_run(void *argument)
{
	unsigned self = *(unsigned *)argument;
	unsigned long done = 0;

	for (unsigned i = self; !work.stop; i += work.once ? work.threads : 1) {
		unsigned number = i;
		char name[64];
		double time;

		if (work.once && i >= work.names)
			break;
		if (work.pause > 0)
			usleep(number * 2654435761u % (work.pause * 1000));
		/* Each begins with another one. */
		if (!work.once)
			number = (i + self * (work.names / work.threads)) %
				 work.names;
		snprintf(name, sizeof(name), "%s-%u.local", work.kind,
			work.first + number);
		bench_findings_put(&work.findings, look_up(name, &time));
		done++;
	}
	work.done += done;
	return NULL;
}

static void threads_run(unsigned milliseconds)
{
	pthread_t thread[THREADS_MAX];
	unsigned self[THREADS_MAX];

	for (unsigned i = 0; i < work.threads; i++) {
		self[i] = i;
		if (pthread_create(&thread[i], NULL, thread_run, &self[i]))
			bench_die("pthread_create");
	}
	if (milliseconds) {
		usleep(milliseconds * 1000);
		work.stop = true;
	}
	for (unsigned i = 0; i < work.threads; i++)
		pthread_join(thread[i], NULL);
}

static void work_set(char **words)
{
	work.kind = words[0];
	work.first = number_from(words[1]);
	work.names = number_from(words[2]);
	work.threads = number_from(words[3]);
	if (work.threads == 0 || work.threads > THREADS_MAX ||
		work.names < work.threads) {
		fputs("compare: so many threads cannot be\n", stderr);
		exit(2);
	}
}

/* KIND FIRST NAMES THREADS MILLISECONDS: lookups a second. */
static void row_threads(char **words)
{
	double start, end;

	work_set(words);
	load();
	start = bench_now();
	threads_run(number_from(words[4]));
	end = bench_now();
	printf("%.1f", (double)work.done / ((end - start) / 1e9));
	bench_findings_print(&work.findings);
}

/* KIND FIRST NAMES THREADS MILLISECONDS: each name once; whatever remembers it
 * does then. So that names are not asked for together, each thread waits up to
 * that long before each of them. */
static void row_fill(char **words)
{
	double start;

	work_set(words);
	work.once = true;
	work.pause = number_from(words[4]);
	load();
	start = bench_now();
	threads_run(0);
	printf("%.1f", bench_now() - start);
	bench_findings_print(&work.findings);
}

struct crowd {
	const char *kind;
	unsigned first, names;
	struct bench_findings *findings;
};

/* All names, beginning with another one in each process. */
static void crowd_work(unsigned self, void *context)
{
	const struct crowd *crowd = context;
	double time;

	for (unsigned i = 0; i < crowd->names; i++)
		bench_findings_put(crowd->findings,
			look_up(bench_name(crowd->kind,
					crowd->first +
						(self + i) % crowd->names),
				&time));
}

/* KIND FIRST NAMES: by 100 processes at once, each of them all names. */
static void row_crowd(char **words)
{
	struct crowd crowd = {words[0], number_from(words[1]),
		number_from(words[2]), bench_shared(sizeof(*crowd.findings))};

	printf("%.1f", bench_crowd(BENCH_CROWD_MAX, load, crowd_work, &crowd));
	bench_findings_print(crowd.findings);
}

/* --- getent --- */

static char found_from_getent(FILE *file)
{
	struct bench_seen seen = {0};
	bool empty = true;
	char line[256];

	while (fgets(line, sizeof(line), file)) {
		size_t size = strcspn(line, " %\n");

		seen.scope |= line[size] == '%';
		line[size] = '\0';
		bench_seen_put(&seen, line);
		empty = false;
	}
	return empty ? 'n' : bench_found_from_seen(&seen);
}

/* NAME COUNT MILLISECONDS: from the start of the program to its end. */
static void row_getent(char **words)
{
	static char getent[] = "getent";
	static char ahosts[] = "ahosts";
	char *const argv[] = {getent, ahosts, words[0], NULL};
	unsigned count = number_from(words[1]);
	double deadline = deadline_from(words[2]);

	for (unsigned i = 0; i < count && bench_now() < deadline; i++) {
		posix_spawn_file_actions_t actions;
		double start = bench_now();
		int out[2];
		double end;
		FILE *file;
		pid_t pid;
		int status;

		if (pipe(out) < 0)
			bench_die("pipe");
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_adddup2(&actions, out[1], 1);
		posix_spawn_file_actions_addclose(&actions, out[0]);
		posix_spawn_file_actions_addclose(&actions, out[1]);
		errno = posix_spawnp(
			&pid, argv[0], &actions, NULL, argv, environ);
		if (errno)
			bench_die("getent");
		close(out[1]);
		if (waitpid(pid, &status, 0) < 0)
			bench_die("waitpid");
		end = bench_now();
		posix_spawn_file_actions_destroy(&actions);
		file = fdopen(out[0], "r");
		if (!file)
			bench_die("fdopen");
		round_print(end - start, found_from_getent(file));
		fclose(file);
	}
}

/* --- what it takes --- */

static unsigned long own_kib(void)
{
	unsigned long kib = 0;
	char line[256];
	FILE *file = fopen("/proc/self/smaps_rollup", "re");

	if (!file)
		bench_die("/proc/self/smaps_rollup");
	while (fgets(line, sizeof(line), file))
		sscanf(line, "Anonymous: %lu", &kib);
	fclose(file);
	return kib;
}

/* NAME: KiB that no other process can share, and were not there before. */
static void row_memory(char **words)
{
	unsigned long before;
	double time;
	char found;

	/* What only reading that file takes. */
	own_kib();
	before = own_kib();
	load();
	found = look_up(words[0], &time);
	round_print((double)own_kib() - (double)before, found);
}

static double cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* NAME COUNT MILLISECONDS: ns of processor time of this process, for one. What
 * it finds is followed by how many there were. */
static void row_cpu(char **words)
{
	unsigned count = number_from(words[1]);
	double deadline = deadline_from(words[2]);
	unsigned done = 0;
	double time, start;
	char found;

	load();
	found = look_up(words[0], &time);
	start = cpu_now();
	while (done < count) {
		if (look_up_bare(words[0]) != NSS_STATUS_SUCCESS)
			found = 'x';
		/* Looking at the clock is not to count. */
		if (++done % BATCH == 0 && bench_now() > deadline)
			break;
	}
	printf("%.1f %c%u\n", (cpu_now() - start) / done, found, done);
}

/* WARM KIND FIRST COUNT MILLISECONDS: the same, with a new name each time. */
static void row_cpu_names(char **words)
{
	struct bench_findings findings = {0};
	unsigned first = number_from(words[2]);
	unsigned count = number_from(words[3]);
	double deadline = deadline_from(words[4]);
	unsigned done = 0;
	double time, start, used;

	load();
	look_up(words[0], &time);
	start = cpu_now();
	do
		bench_findings_put(&findings,
			look_up(bench_name(words[1], first + done), &time));
	while (++done < count && bench_now() < deadline);
	used = cpu_now() - start;
	printf("%.1f", used / done);
	bench_findings_print(&findings);
}

/* --- the floors --- */

/* FIRST COUNT BOTH */
static void row_floor_exchange(char **words)
{
	unsigned first = number_from(words[0]);
	unsigned count = number_from(words[1]);
	bool both = number_from(words[2]);

	for (unsigned i = 0; i < count; i++)
		printf("%.1f\n", bench_floor_exchange(
					 bench_name("dual", first + i), both));
}

/* COUNT */
static void row_floor_converse(char **words)
{
	pid_t server = bench_floor_serve(FLOOR_SOCKET);

	bench_floor_converse(FLOOR_SOCKET);
	for (unsigned i = number_from(words[0]); i > 0; i--)
		printf("%.1f\n", bench_floor_converse(FLOOR_SOCKET));
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	unlink(FLOOR_SOCKET);
}

/* COUNT */
static void row_floor_hash(char **words)
{
	const char *name = bench_name("dual", 0);
	char answer[64] = {0};
	volatile char sink = 0;

	for (unsigned i = number_from(words[0]); i > 0; i--) {
		double start = bench_now();

		for (unsigned j = 0; j < HASHES; j++)
			sink = (char)(sink + bench_hash_find(name, answer) +
				      answer[0]);
		printf("%.2f\n", (bench_now() - start) / HASHES);
	}
}

static const struct {
	const char *name;
	int words;
	void (*run)(char **words);
} rows[] = {
	{"load", 1, row_load},
	{"load-bare", 2, row_load_bare},
	{"names", 5, row_names},
	{"processes", 5, row_processes},
	{"warm", 3, row_warm},
	{"slow", 1, row_slow},
	{"again", 2, row_again},
	{"reverse", 4, row_reverse},
	{"threads", 5, row_threads},
	{"fill", 5, row_fill},
	{"crowd", 3, row_crowd},
	{"getent", 3, row_getent},
	{"memory", 1, row_memory},
	{"cpu", 3, row_cpu},
	{"cpu-names", 5, row_cpu_names},
	{"floor-exchange", 3, row_floor_exchange},
	{"floor-converse", 1, row_floor_converse},
	{"floor-hash", 1, row_floor_hash},
};

int main(int argc, char **argv)
{
	for (unsigned i = 0; argc > 3 && i < sizeof(rows) / sizeof(rows[0]);
		i++) {
		if (strcmp(argv[3], rows[i].name) != 0 ||
			argc != 4 + rows[i].words)
			continue;
		module_path = argv[1];
		service = argv[2];
		rows[i].run(argv + 4);
		return 0;
	}
	fputs("usage: compare MODULE SERVICE ROW WORD...\n"
	      "In a namespace made by tests/bench/run.\n",
		stderr);
	return 2;
}
