/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fails every call to the kernel of every entry point, one after the other in
 * each way that there is, and pairs of them; says what came of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults/entries.h"
#include "tests/faults/kernel.h"

/* AddressSanitizer has mappings of its own, which come and go. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_MAPS 1
#endif
#endif
#if !defined(OWN_MAPS) && defined(__SANITIZE_ADDRESS__)
#define OWN_MAPS 1
#endif

#define MSEC INT64_C(1000000)
#define SEC INT64_C(1000000000)

/* The whole of a direct lookup, what a helper may cost before, and what a
 * machine with other things to do takes. */
#define TIME_MAX ((1250 + 50 + 700) * MSEC)
#define CALLS_MAX 2000
#define COMPLAINTS_MAX 40 /* that are printed */
#define TRIES 3
#define HANGS 30 /* seconds */

/* What a child says of its one call. */
struct report {
	bool done;
	enum verdict verdict;
	unsigned calls;
	struct kernel_hit hit[KERNEL_FAULTS_MAX];
	char complaint[200];
};

static const char *const verdicts[] = {"answered", "honest", "silent", "wrong"};

static struct report *report; /* shared with the child */
static bool has_helper;
static bool verbose;
static unsigned complaints;
static unsigned retried;
static bool *met; /* kinds of calls */

/* --- what a call must leave as it was --- */

struct state {
	unsigned descriptors;
	uint64_t maps;
	int cancel;
	sigset_t mask;
};

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

/* A sum over all lines but those of what grows by itself, and of the helper's
 * map, which stays. */
static uint64_t sum_maps(void)
{
	uint64_t sum = 0;
#ifndef OWN_MAPS
	static char text[65536];
	size_t len = 0;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	char *line, *rest = text;
	ssize_t n;

	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	text[len] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (!strstr(line, "[heap]") && !strstr(line, "[stack]") &&
			!strstr(line, "memfd:"))
			for (; *line; line++)
				sum = (sum ^ (uint8_t)*line) *
				      UINT64_C(1099511628211);
#endif
	return sum;
}

static void look(struct state *state)
{
	memset(state, 0, sizeof(*state));
	state->descriptors = count_descriptors();
	state->maps = sum_maps();
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state->cancel);
	sigprocmask(SIG_BLOCK, NULL, &state->mask);
}

static void compare(const struct state *before, const char *when)
{
	struct state after;
	const char *what = NULL;

	look(&after);
	if (kernel_closed_twice())
		what = "a descriptor was closed twice";
	else if (after.descriptors != before->descriptors)
		what = "descriptors are not as before";
	else if (after.maps != before->maps)
		what = "mappings are not as before";
	else if (after.cancel != before->cancel)
		what = "the cancel state is not as before";
	else if (memcmp(&after.mask, &before->mask, sizeof(after.mask)) != 0)
		what = "the signal mask is not as before";
	if (!what || report->verdict == WRONG)
		return;
	report->verdict = WRONG;
	snprintf(report->complaint, sizeof(report->complaint), "%s %s", what,
		when);
}

/* --- one call with faults, in a child --- */

static void complain(const char *what, int64_t number)
{
	if (report->verdict == WRONG)
		return;
	report->verdict = WRONG;
	snprintf(report->complaint, sizeof(report->complaint),
		"%s (%" PRId64 ")", what, number);
}

/* Where the process stood still for longer than a lookup takes, nobody was
 * heard in time, or not even asked. */
static bool may_be_silent(const struct entry *entry)
{
	return entry->expect == FOREIGN || kernel_stood_still() > 0;
}

/* Nothing fails now: it has to be as if nothing had happened. */
static void call_again(const struct entry *entry)
{
	char complaint[200] = "";
	enum verdict verdict;

	/* Silence is remembered for 2 s, and settings for one; that something
	 * has failed is not. */
	if (report->verdict == SILENT || entry->frail)
		kernel_step(3 * SEC);
	verdict = entry->call(entry, complaint);
	if (verdict != ANSWERED && report->verdict != WRONG) {
		report->verdict = WRONG;
		snprintf(report->complaint, sizeof(report->complaint),
			"afterwards, without a fault: verdict %d %.150s",
			verdict, complaint);
	}
}

static void run_child(const struct entry *entry,
	const struct kernel_fault *faults, unsigned count)
{
	struct state before;
	int64_t start, took;

	alarm(HANGS);
	for (int fd = 0; fd < 3 && entry->before == BARE; fd++)
		close(fd);
	if (entry->before >= WARM) {
		report->verdict = entry->call(entry, report->complaint);
		if (report->verdict != ANSWERED)
			complain("without a fault: verdict", report->verdict);
		if (report->verdict == WRONG)
			return;
	}
	if (entry->before == STALE)
		kernel_step(3 * SEC / 2);
	look(&before); /* twice: opendir itself may need memory */
	look(&before);
	start = kernel_now();
	kernel_arm(faults, count, report->hit);
	report->verdict = entry->call(entry, report->complaint);
	kernel_disarm();
	took = kernel_now() - start - kernel_stood_still();
	report->calls = kernel_calls();
	if (report->verdict == SILENT && !may_be_silent(entry))
		complain("a name that is there is said to be missing", 0);
	if (report->verdict == HONEST && count == 1 && !kernel_stood_still() &&
		(entry->frail ? kernel_is_harmless(&report->hit[0])
			      : !kernel_is_vital(&report->hit[0])))
		complain("it fails, but there was another way", 0);
	if (took > TIME_MAX)
		complain("ms, that is too long", took / MSEC);
	compare(&before, "after the call");
	call_again(entry);
	compare(&before, "after the next call");
}

/* Runs it in a child of its own, so that each begins in the same state. */
static void run_once(const struct entry *entry,
	const struct kernel_fault *faults, unsigned count)
{
	pid_t child;
	int status = 0;

	memset(report, 0, sizeof(*report));
	child = fork();
	if (child == 0) {
		run_child(entry, faults, count);
		report->done = true;
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("faults: a child");
		exit(2);
	}
	if (!report->done) {
		report->verdict = WRONG;
		snprintf(report->complaint, sizeof(report->complaint),
			"the process ended, signal %d, status %d",
			WTERMSIG(status), WEXITSTATUS(status));
	}
}

/* What is wrong because others had the processor is not so each time. */
static void run(const struct entry *entry, const struct kernel_fault *faults,
	unsigned count)
{
	/* Where silence is the answer there is nothing to wait for. */
	static const int64_t waits[2][TRIES] = {
		{8 * MSEC, 50 * MSEC, 400 * MSEC},
		{MSEC / 5, 10 * MSEC, 50 * MSEC},
	};
	bool silence = entry->expect == MISSING || entry->expect == DEEP;

	for (unsigned i = 0; i < TRIES; i++) {
		kernel_set_patience(waits[silence][i]);
		run_once(entry, faults, count);
		if (report->verdict != WRONG)
			return;
		retried++;
	}
	retried -= TRIES;
}

/* --- the walk --- */

struct sum {
	unsigned calls; /* without a fault */
	unsigned faults;
	unsigned verdict[WRONG + 1];
};

static void count(const struct entry *entry, const struct kernel_fault *faults,
	unsigned fault_count, struct sum *sum)
{
	char text[80];

	sum->faults++;
	sum->verdict[report->verdict]++;
	for (unsigned i = 0; i < fault_count; i++)
		if (report->hit[i].variants)
			met[report->hit[i].call] = true;
	if (report->verdict == WRONG && ++complaints > COMPLAINTS_MAX)
		return;
	if (report->verdict != WRONG &&
		(!verbose || report->verdict == ANSWERED))
		return;
	printf("%s %s:", verdicts[report->verdict], entry->label);
	for (unsigned i = 0; i < fault_count; i++) {
		kernel_describe(&faults[i], &report->hit[i], text);
		printf(" %s;", text);
	}
	printf(" %s\n", report->complaint);
	fflush(stdout);
}

static void print(const char *label, const struct sum *sum)
{
	printf("%-30s %6u %7u %9u %7u %7u %6u\n", label, sum->calls,
		sum->faults, sum->verdict[ANSWERED], sum->verdict[HONEST],
		sum->verdict[SILENT], sum->verdict[WRONG]);
	fflush(stdout);
}

static void add(struct sum *all, const struct sum *one)
{
	all->calls += one->calls;
	all->faults += one->faults;
	for (unsigned i = 0; i <= WRONG; i++)
		all->verdict[i] += one->verdict[i];
}

/* Every call in every way, until there are no more calls. */
static struct sum walk(const struct entry *entry)
{
	struct kernel_fault fault = {1, 0};
	struct sum sum = {0};

	/* Twice: the first one may be a helper's first as well. */
	run(entry, &fault, 0);
	run(entry, &fault, 0);
	sum.calls = report->calls;
	if (report->verdict != ANSWERED) {
		count(entry, &fault, 0, &sum);
		return sum;
	}
	while (fault.at < CALLS_MAX) {
		run(entry, &fault, 1);
		if (!report->hit[0].variants && report->verdict != WRONG)
			break;
		count(entry, &fault, 1, &sum);
		if (++fault.variant >= report->hit[0].variants) {
			fault.variant = 0;
			fault.at++;
		}
	}
	return sum;
}

static uint64_t random_state;

/* splitmix64 */
static unsigned random_below(unsigned end)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ z >> 31) % end);
}

static void walk_pairs(
	const struct sum *sums, unsigned entry_count, unsigned pairs)
{
	struct sum all = {0};

	while (pairs-- > 0) {
		unsigned which = random_below(entry_count);
		struct kernel_fault faults[2];

		while (sums[which].calls == 0)
			which = random_below(entry_count);
		for (unsigned i = 0; i < 2; i++) {
			/* The first fault may lead to more calls. */
			faults[i].at =
				1 + random_below(sums[which].calls * 5 / 4);
			faults[i].variant = random_below(1000);
		}
		run(&entries[which], faults, 2);
		count(&entries[which], faults, 2, &all);
	}
	print("pairs", &all);
}

static bool is_chosen(const struct entry *entry, const char *pattern)
{
	bool helper_only = strcmp(entry->label, "mdns_helper_*") == 0;

	return (has_helper || !helper_only) && strstr(entry->label, pattern);
}

static void usage(void)
{
	fputs("usage: faults [-H] [-o ENTRY] [-p PAIRS] [-s SEED] [-v]\n"
	      "  -H        there is a helper\n"
	      "  -o ENTRY  only entry points whose label contains that\n"
	      "  -v        each fault that was not answered\n"
	      "Run by test_faults.py, which makes the world for it.\n",
		stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	static struct sum sums[64];
	struct sum all = {0};
	const char *pattern = "";
	unsigned pairs = 0, i;
	uint64_t seed = 1;
	int option;

	while ((option = getopt(argc, argv, "Ho:p:s:v")) != -1)
		if (option == 'H')
			has_helper = true;
		else if (option == 'o')
			pattern = optarg;
		else if (option == 'p')
			pairs = (unsigned)strtoul(optarg, NULL, 10);
		else if (option == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (option == 'v')
			verbose = true;
		else
			usage();
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	met = calloc(kernel_calls_count(), sizeof(*met));
	if (report == MAP_FAILED || !met)
		return 2;
	printf("%-30s %6s %7s %9s %7s %7s %6s\n", "entry", "calls", "faults",
		"answered", "honest", "silent", "wrong");
	for (i = 0; entries[i].label; i++) {
		if (!is_chosen(&entries[i], pattern))
			continue;
		sums[i] = walk(&entries[i]);
		print(entries[i].label, &sums[i]);
		add(&all, &sums[i]);
	}
	print("all", &all);
	if (pairs > 0 && all.calls > 0) {
		printf("seed %" PRIu64 "\n", seed);
		random_state = seed;
		walk_pairs(sums, i, pairs);
	}
	printf("met");
	for (i = 0; i < kernel_calls_count(); i++)
		if (met[i])
			printf(" %s", kernel_call_name(i));
	printf("\nagain %u\nwrong in all: %u\n", retried, complaints);
	return complaints ? 1 : 0;
}
