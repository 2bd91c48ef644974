/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* growth: looks names up through any NSS module, as growth.py tells it to on
 * standard input, and says how long that took.
 *
 *	first FIRST COUNT STEP		host-FIRST, host-FIRST+STEP ..., once;
 *					with a STEP, so many as half a
 *					second allows; COUNT is no multiple
 *					of 7
 *	again FIRST COUNT MS		any of so many, again and again
 *	rate THREADS FIRST COUNT MS	the same in many threads at once
 *	missing NUMBER			missing-NUMBER, which nobody has
 *
 * The answer to each is a line: the median in ns (of rate: lookups a second),
 * how many lookups, how many of them found nothing (of missing: found
 * something), and how many a wrong address. first and again end early if
 * nothing is found. */
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/measure.h"

enum {
	THREADS_MAX = 64,
	AGAIN_MIN = 5,  /* lookups, however long they take */
	FAILED_MAX = 2, /* then that is how it is: each may take 10 s */
	STRIDE = 7,
	SAMPLE_MIN = 5,    /* lookups of first, if it leaves names out */
	SAMPLE_TIME = 500, /* ms; then these are enough */
	BATCH_MAX = 256,
	BATCH_TIME = 20000, /* ns: so long that the clock does not count */
	/* mdns-helper limits how many new names one user asks for. */
	FIRST_UID = 20000,
	NAMES_A_USER = 1000,
	NAMES_MAX = 1000, /* of rate */
	NAME_SIZE = 24,
};

struct count {
	unsigned long lookups, failed, wrong;
};

struct worker {
	pthread_t thread;
	uint32_t random;
	unsigned names;
	double until;
	struct count count;
};

struct name {
	unsigned number;
	char text[NAME_SIZE];
};

static struct count count;
static struct name names_made[NAMES_MAX]; /* before the clock starts */
static atomic_bool gate;

/* Its addresses, as growth.py tells the responder. */
static bool is_of(const struct gaih_addrtuple *tuple, unsigned number)
{
	const unsigned row = number / 200;
	const uint8_t four[4] = {10, (uint8_t)(100 + row / 200),
		(uint8_t)(row % 200), (uint8_t)(number % 200 + 1)};
	uint8_t six[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1};

	for (unsigned i = 0; i < 4; i++)
		six[15 - i] = (uint8_t)((number + 1) >> (8 * i));
	if (tuple->family == AF_INET)
		return memcmp(tuple->addr, four, sizeof(four)) == 0;
	return memcmp(tuple->addr, six, sizeof(six)) == 0;
}

static void name_make(unsigned number, struct name *ret_name)
{
	ret_name->number = number;
	snprintf(ret_name->text, NAME_SIZE, "host-%u.local", number);
}

static void look_up(const struct name *name, struct count *sum)
{
	char buffer[1024] __attribute__((aligned(16)));
	struct gaih_addrtuple *pat = NULL;
	int error = 0;
	int h_error = 0;
	bool right = true;

	sum->lookups++;
	if (bench_lookup(name->text, &pat, buffer, sizeof(buffer), &error,
		    &h_error, NULL) != NSS_STATUS_SUCCESS ||
		!pat) {
		sum->failed++;
		return;
	}
	for (; pat; pat = pat->next)
		right &= is_of(pat, name->number);
	sum->wrong += !right;
}

/* xorshift: which name is next must cost nothing. */
static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* --- the commands --- */

static void be_user(unsigned uid)
{
	/* Who cannot be another is told so by what fails. */
	if (seteuid(0) == 0 && uid != 0 && seteuid(uid) < 0)
		errno = 0;
}

static bool is_lost(void)
{
	return count.failed >= FAILED_MAX && count.failed > count.lookups / 10;
}

/* Not in their order: what comes early may be easier than what comes late. */
static void first(
	unsigned start, unsigned names, unsigned step, struct bench_row *row)
{
	double end = bench_now() + SAMPLE_TIME * 1e6;
	unsigned user = 0;

	for (unsigned i = 0; i < names && !is_lost(); i++) {
		struct name name;
		double time;

		if (step > 1 && i >= SAMPLE_MIN && bench_now() > end)
			break;

		name_make(start + (step > 1 ? i * STRIDE % names : i) * step,
			&name);
		if (i == 0 || name.number / NAMES_A_USER != user) {
			user = name.number / NAMES_A_USER;
			be_user(FIRST_UID + user);
		}
		time = bench_now();
		look_up(&name, &count);
		bench_row_add(row, bench_now() - time);
	}
	be_user(0);
}

/* Batches that are long enough for the clock, and not longer. */
static void again(
	unsigned start, unsigned names, unsigned ms, struct bench_row *row)
{
	double end = bench_now() + ms * 1e6;
	uint32_t random = 2463534242u;
	unsigned batch = 1;

	while ((count.lookups < AGAIN_MIN || bench_now() < end) && !is_lost()) {
		double time;

		for (unsigned i = 0; i < batch; i++)
			name_make(start + random_next(&random) % names,
				&names_made[i]);
		time = bench_now();
		for (unsigned i = 0; i < batch; i++)
			look_up(&names_made[i], &count);
		time = bench_now() - time;
		bench_row_add(row, time / batch);
		if (time < BATCH_TIME && batch < BATCH_MAX) {
			batch *= 2;
			row->count = 0;
		}
	}
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	uint32_t next;

	while (!atomic_load(&gate))
		usleep(1000);
	while (bench_now() < worker->until) {
		next = random_next(&worker->random) % worker->names;
		look_up(&names_made[next], &worker->count);
	}
	return NULL;
}

static double rate(
	unsigned threads, unsigned start, unsigned names, unsigned ms)
{
	static struct worker workers[THREADS_MAX];
	double begin;

	for (unsigned i = 0; i < names; i++)
		name_make(start + i, &names_made[i]);
	atomic_store(&gate, false);
	memset(workers, 0, sizeof(workers));
	for (unsigned i = 0; i < threads; i++) {
		workers[i].names = names;
		workers[i].random = 2463534242u + i * 7919;
		errno = pthread_create(
			&workers[i].thread, NULL, work, &workers[i]);
		if (errno != 0)
			bench_die("a thread");
	}
	begin = bench_now();
	for (unsigned i = 0; i < threads; i++)
		workers[i].until = begin + ms * 1e6;
	atomic_store(&gate, true);
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		count.lookups += workers[i].count.lookups;
		count.failed += workers[i].count.failed;
		count.wrong += workers[i].count.wrong;
	}
	return (double)count.lookups / ((bench_now() - begin) / 1e9);
}

static double missing(unsigned number)
{
	char buffer[1024] __attribute__((aligned(16)));
	struct gaih_addrtuple *pat = NULL;
	const char *name = bench_name("missing", number);
	int error = 0;
	int h_error = 0;
	double time = bench_now();

	if (bench_lookup(name, &pat, buffer, sizeof(buffer), &error, &h_error,
		    NULL) == NSS_STATUS_SUCCESS)
		count.failed++;
	count.lookups++;
	return bench_now() - time;
}

/* False: it is none of them. */
static bool obey(const char *line, double *ret_figure)
{
	static struct bench_row row;
	unsigned a, b, c, d;

	row.count = 0;
	if (sscanf(line, "first %u %u %u", &a, &b, &c) == 3 && b > 0) {
		first(a, b, c, &row);
	} else if (sscanf(line, "again %u %u %u", &a, &b, &c) == 3 && b > 0) {
		again(a, b, c, &row);
	} else if (sscanf(line, "rate %u %u %u %u", &a, &b, &c, &d) == 4 &&
		   a <= THREADS_MAX && c > 0 && c <= NAMES_MAX) {
		*ret_figure = rate(a, b, c, d);
		return true;
	} else if (sscanf(line, "missing %u", &a) == 1) {
		*ret_figure = missing(a);
		return true;
	} else {
		return false;
	}
	bench_row_sort(&row);
	*ret_figure = bench_row_at(&row, 0.5);
	return true;
}

int main(int argc, char **argv)
{
	char line[128];
	void *handle;

	if (argc != 3) {
		fputs("usage: growth MODULE PREFIX\n"
		      "In a namespace made by tests/bench/growth.py.\n",
			stderr);
		return 2;
	}
	handle = dlopen(argv[1], RTLD_NOW);
	snprintf(line, sizeof(line), "%s_gethostbyname4_r", argv[2]);
	if (handle)
		*(void **)&bench_lookup = dlsym(handle, line);
	if (!bench_lookup) {
		fprintf(stderr, "growth: %s\n", dlerror());
		return 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		double figure;

		memset(&count, 0, sizeof(count));
		if (!obey(line, &figure)) {
			fprintf(stderr, "growth: what is %s", line);
			return 2;
		}
		printf("%.1f %lu %lu %lu\n", figure, count.lookups,
			count.failed, count.wrong);
		fflush(stdout);
	}
	return 0;
}
