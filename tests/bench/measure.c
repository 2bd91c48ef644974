/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmarks of lookups share. */
#include "tests/bench/measure.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

bench_lookup_call *bench_lookup;
unsigned bench_wrong;

void bench_die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		strerror(errno));
	exit(1);
}

pid_t bench_spawn(void)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		bench_die("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

void bench_join(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		bench_die("waitpid");
	if (status != 0) {
		fprintf(stderr, "%s: a child failed\n",
			program_invocation_short_name);
		exit(1);
	}
}

double bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

void *bench_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		bench_die("mmap");
	return memory;
}

double bench_crowd(unsigned count, void (*prepare)(void),
	void (*work)(unsigned self, void *context), void *context)
{
	double *end = bench_shared(BENCH_CROWD_MAX * sizeof(*end));
	pid_t pid[BENCH_CROWD_MAX];
	double start, last = 0;
	int gate[2];

	if (pipe(gate) < 0)
		bench_die("pipe");
	for (unsigned i = 0; i < count; i++) {
		char octet;

		pid[i] = bench_spawn();
		if (pid[i] != 0)
			continue;
		close(gate[1]);
		if (prepare)
			prepare();
		if (read(gate[0], &octet, 1) < 0)
			bench_die("read");
		work(i, context);
		end[i] = bench_now();
		_exit(0);
	}
	usleep(100000); /* all of them stand at the gate */
	start = bench_now();
	close(gate[1]);
	for (unsigned i = 0; i < count; i++) {
		bench_join(pid[i]);
		if (end[i] > last)
			last = end[i];
	}
	close(gate[0]);
	munmap(end, BENCH_CROWD_MAX * sizeof(*end));
	return last - start;
}

void bench_row_add(struct bench_row *row, double time)
{
	if (row->count < BENCH_ROUNDS_MAX)
		row->time[row->count++] = time;
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

void bench_row_sort(struct bench_row *row)
{
	qsort(row->time, row->count, sizeof(double), double_compare);
}

double bench_row_at(const struct bench_row *row, double part)
{
	if (row->count == 0)
		return 0;
	return row->time[(unsigned)(part * (double)(row->count - 1) + 0.5)];
}

unsigned long bench_packets_sent(const char *folder)
{
	static const char *const names[] = {"snmp", "snmp6"};
	unsigned long sum = 0;
	unsigned long out;
	char path[64];
	char line[1024];

	for (unsigned i = 0; i < 2; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		file = fopen(path, "re");
		if (!file)
			bench_die(path);
		while (fgets(line, sizeof(line), file))
			if (sscanf(line, "Udp: %*u %*u %*u %lu", &out) == 1 ||
				sscanf(line, "Udp6OutDatagrams %lu", &out) == 1)
				sum += out;
		fclose(file);
	}
	return sum;
}

void bench_module_load(const char *path)
{
	void *handle = dlopen(path, RTLD_NOW);

	if (handle)
		*(void **)&bench_lookup =
			dlsym(handle, "_nss_dotlocal_gethostbyname4_r");
	if (!bench_lookup) {
		fprintf(stderr, "%s: %s\n", program_invocation_short_name,
			dlerror());
		exit(1);
	}
}

double bench_lookup_measure(
	const char *name, enum nss_status expected, unsigned addresses)
{
	char buffer[1024] __attribute__((aligned(16)));
	struct gaih_addrtuple *pat = NULL;
	int error = 0;
	int h_error = 0;
	unsigned count = 0;
	double start = bench_now();
	enum nss_status status = bench_lookup(
		name, &pat, buffer, sizeof(buffer), &error, &h_error, NULL);
	double end = bench_now();

	if (status == NSS_STATUS_SUCCESS)
		for (; pat; pat = pat->next)
			count++;
	if (status != expected || count != addresses) {
		fprintf(stderr,
			"%s: %s: status %d with %u addresses, not %d "
			"with %u (errno %d, h_errno %d)\n",
			program_invocation_short_name, name, status, count,
			expected, addresses, error, h_error);
		exit(1);
	}
	return end - start;
}

const char *bench_name(const char *kind, unsigned number)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s-%u.local", kind, number);
	return name;
}

bool bench_hash_find(const char *name, char ret_answer[64])
{
	static struct {
		char name[64];
		char answer[64];
		double expiry;
	} slots[16];
	static bool filled;
	struct timespec t;
	uint32_t key = 2166136261u;
	unsigned slot;

	for (const char *c = name; *c; c++)
		key = (key ^ (uint8_t)*c) * 16777619u;
	slot = key % 16;
	if (!filled) {
		snprintf(
			slots[slot].name, sizeof(slots[slot].name), "%s", name);
		slots[slot].expiry = bench_now() + 3600e9;
		filled = true;
	}
	clock_gettime(CLOCK_BOOTTIME, &t);
	if (strcmp(slots[slot].name, name) != 0 ||
		(double)t.tv_sec * 1e9 > slots[slot].expiry)
		return false;
	memcpy(ret_answer, slots[slot].answer, 64);
	return true;
}

void bench_time_print(double ns)
{
	if (ns < 1e3)
		printf("  %7.0f ns", ns);
	else if (ns < 1e6)
		printf("  %7.1f us", ns / 1e3);
	else
		printf("  %7.1f ms", ns / 1e6);
}

void bench_row_print(struct bench_row *row, struct bench_row *beside)
{
	double ratio;

	bench_row_sort(row);
	bench_row_sort(beside);
	printf("%-36s", row->title);
	bench_time_print(bench_row_at(row, 0.5));
	bench_time_print(bench_row_at(row, 0.99));
	ratio = bench_row_at(row, 0.5) / bench_row_at(beside, 0.5);
	printf(ratio < 1000 ? "  %8.2f" : "  %8.0f", ratio);
	if (row->packets < 0)
		printf("  %7s\n", "");
	else
		printf("  %7.0f\n", row->packets);
}

void bench_expect(bool right, const char *what)
{
	if (right)
		return;
	printf("NOT AS IT SHOULD BE: %s\n", what);
	bench_wrong++;
}
