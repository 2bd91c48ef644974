/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-bench: how long a lookup through the built module takes, beside the
 * least that any lookup must do. tests/bench/run --module makes the network for
 * it. */
#include "config.h"

#include <netdb.h>
#include <nss.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/floor.h"
#include "tests/bench/measure.h"

/* How often each row is measured. tests/bench/run has names for all of them:
 * dual-N.local has both families, ipv4-N.local one, nsec-N.local one and says
 * so, missing-N.local does not exist. */
enum {
	ROUNDS_PROCESS = 300,
	ROUNDS_NAME = 2000,
	ROUNDS_NSEC = 500,
	ROUNDS_IPV4 = 20,
	ROUNDS_MISSING = 3,
	ROUNDS_WARM = 200, /* batches */
	BATCH = 1000,      /* calls */
	ROUNDS_PACKETS = 11,
};

static struct bench_row floor_one = {
	.title = "floor: socket, query, answer, close"};
static struct bench_row floor_two = {
	.title = "floor over IPv4 and IPv6 at once"};
static struct bench_row load = {.title = "dlopen and dlsym of the module"};
static struct bench_row cold_process = {
	.title = "cold: first in a new process"};
static struct bench_row cold_name = {.title = "cold: a new name each time"};
static struct bench_row cold_nsec = {.title = "cold: IPv4-only host with NSEC"};
static struct bench_row cold_ipv4 = {
	.title = "cold: IPv4-only host without NSEC"};
static struct bench_row missing = {.title = "missing name"};
static struct bench_row missing_again = {.title = "missing name, asked again"};
static struct bench_row hash = {.title = "bare hash lookup"};
static struct bench_row warm = {.title = "warm: the same name again"};

static const char *module_path;

static unsigned long packets_sent(void)
{
	return bench_packets_sent("/proc/self/net");
}

/* Forks before anything was loaded or looked up, so that the child knows as
 * little as a program that has just been started. */
static void process_measure(unsigned number, double *shared)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		bench_die("fork");
	if (pid == 0) {
		double start = bench_now();

		bench_module_load(module_path);
		shared[0] = bench_now() - start;
		shared[1] = bench_lookup_measure(
			bench_name("dual", number), NSS_STATUS_SUCCESS, 2);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) < 0 || status != 0) {
		fputs("mdns-bench: a child failed\n", stderr);
		exit(1);
	}
}

static void warm_measure(void)
{
	const char *name = bench_name("dual", 0);
	char answer[64] = {0};
	volatile char sink = 0;

	bench_lookup_measure(name, NSS_STATUS_SUCCESS, 2);
	for (unsigned i = 0; i < ROUNDS_WARM; i++) {
		char buffer[1024] __attribute__((aligned(16)));
		double start = bench_now();
		double middle;

		for (unsigned j = 0; j < BATCH; j++)
			sink = (char)(sink + bench_hash_find(name, answer) +
				      answer[0]);
		middle = bench_now();
		for (unsigned j = 0; j < BATCH; j++) {
			struct gaih_addrtuple *pat = NULL;
			int error, h_error;

			if (bench_lookup(name, &pat, buffer, sizeof(buffer),
				    &error, &h_error,
				    NULL) != NSS_STATUS_SUCCESS)
				bench_die("warm");
		}
		bench_row_add(&warm, (bench_now() - middle) / BATCH);
		bench_row_add(&hash, (middle - start) / BATCH);
	}
}

/* Not timed: how many datagrams one call sends. The median, so that one
 * retransmission on a busy machine does not count. */
static void packets_measure(struct bench_row *row, const char *kind,
	unsigned first, enum nss_status expected, unsigned addresses)
{
	struct bench_row counts = {.count = 0};

	for (unsigned i = 0; i < ROUNDS_PACKETS; i++) {
		unsigned long before = packets_sent();

		bench_lookup_measure(
			bench_name(kind, first + i), expected, addresses);
		bench_row_add(&counts, (double)(packets_sent() - before));
	}
	bench_row_sort(&counts);
	row->packets = bench_row_at(&counts, 0.5);
}

static void missing_measure(void)
{
	for (unsigned i = 0; i < ROUNDS_MISSING; i++) {
		const char *name = bench_name("missing", i);
		unsigned long start = packets_sent();
		unsigned long middle;

		bench_row_add(&missing,
			bench_lookup_measure(name, NSS_STATUS_NOTFOUND, 0));
		middle = packets_sent();
		bench_row_add(&missing_again,
			bench_lookup_measure(name, NSS_STATUS_NOTFOUND, 0));
		missing.packets = (double)(middle - start);
		missing_again.packets = (double)(packets_sent() - middle);
	}
}

static void measure(void)
{
	unsigned long before;
	unsigned name = 0;
	double *shared = bench_shared(2 * sizeof(double));

	before = packets_sent();
	bench_floor_exchange(bench_name("dual", name), false);
	floor_one.packets = (double)(packets_sent() - before);
	before = packets_sent();
	bench_floor_exchange(bench_name("dual", name), true);
	floor_two.packets = (double)(packets_sent() - before);

	for (unsigned i = 0; i < ROUNDS_PROCESS; i++) {
		before = packets_sent();
		process_measure(name++, shared);
		cold_process.packets = (double)(packets_sent() - before);
		bench_row_add(&load, shared[0]);
		bench_row_add(&cold_process, shared[1]);
	}
	bench_module_load(module_path);
	load.packets = 0;
	/* Floor and lookup by turns, so that noise hits both, and without a
	 * pause: waking an idle processor takes longer than all the rest. */
	for (unsigned i = 0; i < ROUNDS_NAME; i++) {
		bench_row_add(&floor_one,
			bench_floor_exchange(bench_name("dual", name), false));
		bench_row_add(&cold_name,
			bench_lookup_measure(bench_name("dual", name),
				NSS_STATUS_SUCCESS, 2));
		bench_row_add(&floor_two,
			bench_floor_exchange(bench_name("dual", name), true));
		name++;
		if (i >= ROUNDS_NSEC)
			continue;
		bench_row_add(
			&cold_nsec, bench_lookup_measure(bench_name("nsec", i),
					    NSS_STATUS_SUCCESS, 1));
	}
	for (unsigned i = 0; i < ROUNDS_IPV4; i++)
		bench_row_add(
			&cold_ipv4, bench_lookup_measure(bench_name("ipv4", i),
					    NSS_STATUS_SUCCESS, 1));
	packets_measure(&cold_name, "dual", name, NSS_STATUS_SUCCESS, 2);
	packets_measure(&cold_nsec, "nsec", ROUNDS_NSEC, NSS_STATUS_SUCCESS, 1);
	packets_measure(&cold_ipv4, "ipv4", ROUNDS_IPV4, NSS_STATUS_SUCCESS, 1);
	missing_measure();

	before = packets_sent();
	warm_measure();
	/* The first of them is cold. */
	warm.packets = (double)(packets_sent() - before) - cold_name.packets;
	hash.packets = 0;
}

/* Times are bounded ten times above what they should be, so that only a wait
 * in the wrong place fails, never a busy machine. */
static void bounds_check(void)
{
	double base = bench_row_at(&floor_one, 0.5);
	double cold = bench_row_at(&cold_name, 0.5);

	bench_expect(cold <= 30 * base, "a cold lookup is over 30 floors");
	bench_expect(bench_row_at(&cold_process, 0.5) <= 60 * base,
		"the first lookup of a process is over 60 floors");
	bench_expect(bench_row_at(&cold_nsec, 0.5) <= 10 * cold,
		"NSEC does not spare the wait");
	bench_expect(bench_row_at(&cold_ipv4, 0.5) <= cold + 1e9,
		"an IPv4-only host takes 1 s more");
	bench_expect(bench_row_at(&missing, 0.5) <= 13e9,
		"a missing name takes 13 s");
	bench_expect(bench_row_at(&missing_again, 0.5) <= 10e6,
		"a missing name takes 10 ms when it is asked for again");
	bench_expect(
		bench_row_at(&warm, 0.5) <= 3000, "a warm lookup takes 3 us");
	/* One a transport on the one link, RFC 6762 5.1. */
	bench_expect(cold_name.packets <= 2, "a cold lookup sends more than 2");
	bench_expect(cold_nsec.packets <= 2, "with NSEC it sends more than 2");
	bench_expect(missing.packets <= 8, "a missing name sends more than 8");
	bench_expect(missing_again.packets <= 0, "asked again, it sends");
	bench_expect(warm.packets <= 0, "a warm lookup sends");
}

static int table(void)
{
	measure();
	printf("%-36s  %10s  %10s  %8s  %7s\n", "one lookup, A and AAAA",
		"median", "p99", "x floor", "packets");
	bench_row_print(&floor_one, &floor_one);
	bench_row_print(&floor_two, &floor_one);
	bench_row_print(&load, &floor_one);
	bench_row_print(&cold_process, &floor_one);
	bench_row_print(&cold_name, &floor_one);
	bench_row_print(&cold_nsec, &floor_one);
	bench_row_print(&cold_ipv4, &floor_one);
	bench_row_print(&missing, &floor_one);
	bench_row_print(&missing_again, &floor_one);
	printf("%-36s  %10s  %10s  %8s\n", "in batches of 1000", "", "",
		"x hash");
	bench_row_print(&hash, &hash);
	bench_row_print(&warm, &hash);
	bounds_check();
	return bench_wrong != 0;
}

/* For strace: the writes fail, and are seen. */
static int calls(char **names)
{
	double time;

	bench_module_load(module_path);
	for (; *names; names++) {
		char begin[128];

		snprintf(begin, sizeof(begin), "lookup of %s", *names);
		if (write(-1, begin, strlen(begin)) >= 0)
			return 1;
		time = bench_lookup_measure(*names, NSS_STATUS_SUCCESS, 2);
		if (write(-1, "done", 4) >= 0)
			return 1;
		printf("%s: %.1f us\n", *names, time / 1e3);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fputs("usage: mdns-bench MODULE [NAME...]\n"
		      "In a namespace made by tests/bench/run --module. With "
		      "names: "
		      "only looks these up, for strace.\n",
			stderr);
		return 2;
	}
	module_path = argv[1];
	if (argc > 2)
		return calls(argv + 2);
	return table();
}
