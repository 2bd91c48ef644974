/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks up many names once each, several at a time and no more than so many a
 * second, and compares the answers: what a lossy link leaves of them. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <nss.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT_MAX 65536
#define THREADS_MAX 256
#define COMPLAINTS_MAX 20

typedef enum nss_status name4_fn(const char *name, struct gaih_addrtuple **pat,
	char *buf, size_t size, int *errnop, int *herrnop, int32_t *ttlp);

static name4_fn *lookup;
static unsigned count, rate;
static int64_t began;
static atomic_uint next, found, failed, wrong;
static uint32_t times[COUNT_MAX]; /* microseconds */

static int64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void sleep_until(int64_t usec)
{
	struct timespec ts = {
		(time_t)(usec / 1000000), (long)(usec % 1000000 * 1000)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* hN.local has one IPv4 address, which ends in the 16 bits of N. */
static int is_right(const struct gaih_addrtuple *tuple, unsigned number)
{
	int right = 0;

	for (; tuple; tuple = tuple->next) {
		if (tuple->family != AF_INET)
			continue;
		if ((ntohl(tuple->addr[0]) & 0xffff) != number)
			return 0;
		right = 1;
	}
	return right;
}

static void look_up(unsigned number)
{
	char name[32], buf[4096];
	struct gaih_addrtuple *tuples = NULL;
	int err = 0, h_err = 0;
	int64_t start = now_usec();
	enum nss_status status;

	snprintf(name, sizeof(name), "h%u.local", number);
	status = lookup(name, &tuples, buf, sizeof(buf), &err, &h_err, NULL);
	times[number] = (uint32_t)(now_usec() - start);
	if (status != NSS_STATUS_SUCCESS) {
		if (atomic_fetch_add(&failed, 1) < COMPLAINTS_MAX)
			printf("%s failed: %d %d after %u us\n", name, status,
				h_err, times[number]);
	} else if (is_right(tuples, number)) {
		found++;
	} else {
		wrong++;
		printf("%s is wrong\n", name);
	}
}

static void *run(void *context)
{
	for (;;) {
		unsigned number = next++;

		if (number >= count)
			return context;
		sleep_until(began + (int64_t)number * 1000000 / rate);
		look_up(number);
	}
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static unsigned number_of(const char *text, unsigned most)
{
	unsigned long number = strtoul(text, NULL, 10);

	return number < 1 || number > most ? 0 : (unsigned)number;
}

int main(int argc, char **argv)
{
	pthread_t thread[THREADS_MAX];
	unsigned threads = 0, i;
	void *handle;

	if (argc == 5) {
		count = number_of(argv[2], COUNT_MAX);
		threads = number_of(argv[3], THREADS_MAX);
		rate = number_of(argv[4], 1000000);
	}
	if (!count || !threads || !rate) {
		fputs("usage: many MODULE COUNT THREADS LOOKUPS-A-SECOND\n"
		      "asks for h0.local, h1.local, ...\n"
		      "prints: found, failed, wrong, microseconds\n",
			stderr);
		return 2;
	}
	handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (handle)
		lookup = (name4_fn *)dlsym(
			handle, "_nss_dotlocal_gethostbyname4_r");
	if (!lookup) {
		fprintf(stderr, "many: %s\n", dlerror());
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	began = now_usec();
	for (i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, run, NULL))
			return 2;
	for (i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	qsort(times, count, sizeof(times[0]), compare);
	printf("found %u\nfailed %u\nwrong %u\n", found, failed, wrong);
	printf("p50 %u\np99 %u\np999 %u\nmax %u\n", times[count / 2],
		times[(uint64_t)count * 99 / 100],
		times[(uint64_t)count * 999 / 1000], times[count - 1]);
	return 0;
}
