/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lookups by many processes and threads at once, each answer compared with what
 * it must be: what the tests of mdns-helper load it with. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POOL 64
#define PAUSE_MSEC 20    /* of a thread, between two lookups */
#define LIFE_USEC 900000 /* of a process, then a fresh one takes its place */
#define TIMES_MAX 1000000
#define THREADS_MAX 64
#define PROCESSES_MAX 512
#define COMPLAINTS_MAX 5

typedef enum nss_status name4_fn(const char *name, struct gaih_addrtuple **pat,
	char *buf, size_t size, int *errnop, int *herrnop, int32_t *ttlp);

static name4_fn *lookup;

/* Shared by all processes. */
static struct shared {
	atomic_uint lookups, failed, wrong, go;
	uint32_t usec[TIMES_MAX];
} * shared;

static int64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void sleep_msec(long msec)
{
	struct timespec ts = {msec / 1000, msec % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* True if it has an IPv4 address, and only such that end in that octet. */
static bool is_right(const struct gaih_addrtuple *tuple, unsigned last)
{
	bool found = false;

	for (; tuple; tuple = tuple->next) {
		if (tuple->family != AF_INET)
			continue;
		if ((ntohl(tuple->addr[0]) & 0xff) != last)
			return false;
		found = true;
	}
	return found;
}

static bool look_up(const char *name, unsigned last)
{
	char buf[4096];
	struct gaih_addrtuple *tuples = NULL;
	int err = 0;
	int h_err = 0;
	int64_t start = now_usec();
	enum nss_status status =
		lookup(name, &tuples, buf, sizeof(buf), &err, &h_err, NULL);
	int64_t usec = now_usec() - start;
	unsigned number = atomic_fetch_add(&shared->lookups, 1);
	bool right = status == NSS_STATUS_SUCCESS && is_right(tuples, last);

	if (number < TIMES_MAX)
		shared->usec[number] = (uint32_t)usec;
	if (status != NSS_STATUS_SUCCESS) {
		if (atomic_fetch_add(&shared->failed, 1) < COMPLAINTS_MAX)
			printf("failed %s %d %d %d after %lld\n", name, status,
				err, h_err, (long long)usec);
	} else if (!right) {
		if (atomic_fetch_add(&shared->wrong, 1) < COMPLAINTS_MAX)
			printf("wrong %s after %lld\n", name, (long long)usec);
	}
	return right;
}

static void look_up_pool(unsigned number)
{
	char name[32];

	snprintf(name, sizeof(name), "pool%u.local", number % POOL);
	look_up(name, number % POOL);
}

static int64_t stop_at;

static void *look_up_on(void *context)
{
	unsigned number = *(unsigned *)context;

	for (unsigned i = 0; now_usec() < stop_at; i++) {
		look_up_pool(i * 7 + number * 13);
		sleep_msec(PAUSE_MSEC);
	}
	return NULL;
}

static void live(unsigned threads, int64_t end)
{
	static unsigned number[THREADS_MAX];
	pthread_t thread[THREADS_MAX];

	stop_at = now_usec() + LIFE_USEC;
	if (stop_at > end)
		stop_at = end;
	for (unsigned i = 0; i < threads; i++) {
		number[i] = i + (unsigned)getpid();
		if (pthread_create(&thread[i], NULL, look_up_on, &number[i]))
			exit(2);
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

static pid_t begin(unsigned threads, int64_t end)
{
	pid_t pid = fork();

	if (pid == 0) {
		live(threads, end);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

/* So many processes at any time, none for long. */
static int run_storm(unsigned processes, unsigned threads, int64_t seconds)
{
	int64_t end = now_usec() + seconds * 1000000;
	unsigned running = 0;
	int status;
	int bad = 0;

	for (; running < processes; running++)
		begin(threads, end);
	while (running && wait(&status) > 0) {
		if (status != 0) {
			printf("died %d\n", status);
			bad = 1;
		}
		running--;
		if (now_usec() < end) {
			begin(threads, end);
			running++;
		}
	}
	return bad;
}

/* All ask for one name at the same time, once. */
static int run_crowd(unsigned processes, const char *name, unsigned last)
{
	int status;
	int bad = 0;

	for (unsigned i = 0; i < processes; i++) {
		if (fork() == 0) {
			while (!shared->go)
				sleep_msec(1);
			look_up(name, last);
			fflush(stdout);
			_exit(0);
		}
	}
	sleep_msec(200);
	shared->go = 1;
	while (wait(&status) > 0)
		if (status != 0) {
			printf("died %d\n", status);
			bad = 1;
		}
	return bad;
}

static void mark(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		exit(2);
}

/* One lookup, and then more between two lines that strace shows. */
static int run_hits(const char *name, unsigned last, unsigned times)
{
	look_up(name, last);
	mark("begin\n");
	for (unsigned i = 0; i < times; i++)
		look_up(name, last);
	mark("end\n");
	return 0;
}

/* Children and grandchildren read what their parent has mapped. */
static int run_fork(const char *name, unsigned last, unsigned children)
{
	int status;
	int bad = 0;

	look_up(name, last);
	for (unsigned i = 0; i < children; i++) {
		if (fork() == 0) {
			alarm(8);
			look_up(name, last);
			if (fork() != 0) {
				wait(&status);
				_exit(status != 0);
			}
			for (unsigned n = 0; n < 10; n++)
				look_up(name, last);
			fflush(stdout);
			_exit(0);
		}
	}
	while (wait(&status) > 0)
		bad |= status != 0;
	return bad;
}

static int compare(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void report(void)
{
	unsigned count = shared->lookups;

	if (count > TIMES_MAX)
		count = TIMES_MAX;
	qsort(shared->usec, count, sizeof(shared->usec[0]), compare);
	printf("lookups %u\nfailed %u\nwrong %u\n", shared->lookups,
		shared->failed, shared->wrong);
	if (count)
		printf("p50 %u\np99 %u\np999 %u\nmax %u\n",
			shared->usec[count / 2],
			shared->usec[(uint64_t)count * 99 / 100],
			shared->usec[(uint64_t)count * 999 / 1000],
			shared->usec[count - 1]);
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

static void load(const char *module)
{
	void *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);

	if (handle)
		lookup = (name4_fn *)dlsym(
			handle, "_nss_dotlocal_gethostbyname4_r");
	if (!lookup) {
		fprintf(stderr, "load: %s\n", dlerror());
		exit(2);
	}
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		exit(2);
}

int main(int argc, char **argv)
{
	const char *mode = argc == 6 ? argv[2] : "";
	int bad;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 6)
		load(argv[1]);
	if (strcmp(mode, "storm") == 0 && number(argv[3]) <= PROCESSES_MAX &&
		number(argv[4]) <= THREADS_MAX) {
		bad = run_storm(
			number(argv[3]), number(argv[4]), number(argv[5]));
	} else if (strcmp(mode, "crowd") == 0 &&
		   number(argv[5]) <= PROCESSES_MAX) {
		bad = run_crowd(number(argv[5]), argv[3], number(argv[4]));
	} else if (strcmp(mode, "hits") == 0) {
		bad = run_hits(argv[3], number(argv[4]), number(argv[5]));
	} else if (strcmp(mode, "fork") == 0) {
		bad = run_fork(argv[3], number(argv[4]), number(argv[5]));
	} else {
		fputs("usage: load MODULE storm PROCESSES THREADS SECONDS\n"
		      "       load MODULE crowd|hits|fork NAME LAST-OCTET "
		      "TIMES\n"
		      "storm asks for pool0.local to pool63.local, whose IPv4 "
		      "addresses end in that number.\n"
		      "prints: lookups, failed, wrong, microseconds\n",
			stderr);
		return 2;
	}
	report();
	return bad;
}
