/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls the module in the conditions that hosts bring about: no descriptors,
 * no memory, small stacks, cancelled threads, forks and signals. */
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <nss.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOUND 0   /* a name that has addresses */
#define MISSING 1 /* a name that nobody has */

typedef enum nss_status name4_fn(const char *name, struct gaih_addrtuple **pat,
	char *buf, size_t size, int *errnop, int *herrnop, int32_t *ttlp);

static name4_fn *lookup;
static const char *names[2];
static unsigned complaints;
static FILE *out;

struct result {
	enum nss_status status;
	int err;
	int h_err;
	int64_t usec;
	char name[64]; /* that the module gave, if it found something */
	unsigned last; /* octet of the IPv4 address */
};

static void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complaints++;
	fputs("bad ", out);
	vfprintf(out, format, args);
	fputc('\n', out);
	va_end(args);
}

static int64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void sleep_msec(long msec)
{
	struct timespec ts = {msec / 1000, msec % 1000 * 1000000};

	while (nanosleep(&ts, &ts) < 0)
		;
}

static struct result call(const char *name)
{
	char buf[4096];
	struct gaih_addrtuple *tuples = NULL;
	struct result result = {0};
	int64_t start = now_usec();

	result.status = lookup(name, &tuples, buf, sizeof(buf), &result.err,
		&result.h_err, NULL);
	result.usec = now_usec() - start;
	if (result.status != NSS_STATUS_SUCCESS)
		return result;
	snprintf(result.name, sizeof(result.name), "%s", tuples->name);
	for (; tuples; tuples = tuples->next)
		if (tuples->family == AF_INET)
			result.last = ntohl(tuples->addr[0]) & 0xff;
	return result;
}

static void report(const char *what, struct result result)
{
	fprintf(out, "%s %d %d %lld\n", what, result.status, result.h_err,
		(long long)result.usec);
}

/* How many descriptors are open. */
static int count_open(void)
{
	struct rlimit limit;
	int count = 0;

	getrlimit(RLIMIT_NOFILE, &limit);
	for (int fd = 0; fd < (int)limit.rlim_cur && fd < 65536; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int count_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int octet;
	int count = 0;

	while (maps && (octet = getc(maps)) != EOF)
		count += octet == '\n';
	if (maps)
		fclose(maps);
	return count;
}

static void expect_open(int before)
{
	int after = count_open();

	if (after != before)
		complain("%d descriptors before, %d after", before, after);
}

/* Both kinds of name, descriptors compared. */
static void look_up_both(void)
{
	int before = count_open();

	report("found", call(names[FOUND]));
	expect_open(before);
	report("missing", call(names[MISSING]));
	expect_open(before);
}

static void move_out_up(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 100);

	out = fdopen(fd, "w");
	if (!out)
		exit(2);
	setvbuf(out, NULL, _IOLBF, 0);
}

static void run_closed(void)
{
	move_out_up();
	close(0);
	close(1);
	close(2);
	look_up_both();
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			complain("descriptor %d is open now", fd);
}

static void raise_limit(rlim_t wanted)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = wanted;
		if (limit.rlim_max < wanted)
			limit.rlim_max = wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
			fputs("skip no more descriptors allowed here\n", out);
			exit(0);
		}
	}
}

/* More than select() could take. */
static void run_many(void)
{
	int fd = -1;

	raise_limit(4096);
	for (int i = 0; i < 2000; i++)
		fd = open("/dev/null", O_RDONLY);
	if (fd < 2000)
		exit(2);
	look_up_both();
}

/* Leave free descriptors and see how the lookup ends. */
static void run_exhausted(void)
{
	int last = -1;

	for (;;) {
		int fd = open("/dev/null", O_RDONLY);

		if (fd < 0)
			break;
		last = fd;
	}
	for (int spare = 0; spare < 8; spare++) {
		char name[32];
		int before = count_open();

		snprintf(name, sizeof(name), "spare%d.local", spare);
		report("spare", call(name));
		expect_open(before);
		close(last--);
	}
}

static void run_nomem(void)
{
	struct rlimit limit = {1, 1};

	setrlimit(RLIMIT_AS, &limit);
	report("nomem", call(names[FOUND]));
}

static atomic_bool stop;

/* Looks at the descriptors that exist while a lookup waits. */
static void check_descriptor(int fd, unsigned *seen)
{
	char path[64];
	char target[64];
	ssize_t len;
	int flags = fcntl(fd, F_GETFD);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target) - 1);
	if (flags < 0 || len < 0)
		return; /* gone again */
	target[len] = 0;
	if (strncmp(target, "socket:", 7) != 0)
		return;
	++*seen;
	if (fd <= STDERR_FILENO)
		complain("the lookup uses descriptor %d", fd);
	if (!(flags & FD_CLOEXEC))
		complain("descriptor %d is not close-on-exec", fd);
}

static void *watch(void *context)
{
	unsigned *seen = context;

	while (!stop) {
		for (int fd = 0; fd < 200; fd++)
			check_descriptor(fd, seen);
		sleep_msec(1);
	}
	return NULL;
}

static void run_watch(void)
{
	pthread_t thread;
	unsigned seen = 0;

	move_out_up();
	pthread_create(&thread, NULL, watch, &seen);
	report("missing", call(names[MISSING]));
	close(0);
	close(1);
	close(2);
	report("missing", call("gone.local"));
	stop = true;
	pthread_join(thread, NULL);
	if (seen == 0)
		complain("no socket was seen: the watch saw nothing");
}

static struct result results[2];
static char *stack_base;

static void *call_both(void *context)
{
	char here;

	(void)context;
	stack_base = &here;
	results[FOUND] = call(names[FOUND]);
	results[MISSING] = call(names[MISSING]);
	return NULL;
}

#define PAINTED 65536
#define BUFFER 4096 /* of call() above, which is not the module's */

static void run_stack(void)
{
	pthread_t thread;
	pthread_attr_t attr;
	unsigned char *stack;
	size_t lowest = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	if (pthread_create(&thread, &attr, call_both, NULL) != 0)
		exit(2);
	pthread_join(thread, NULL);
	report("found", results[FOUND]);
	report("missing", results[MISSING]);

	/* How deep does it go? On fresh memory the lowest octet tells. Names
	 * of before are in the process cache, so these are others. */
	stack = mmap(NULL, PAINTED, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(stack, 0xa5, PAINTED);
	pthread_attr_setstack(&attr, stack, PAINTED);
	names[FOUND] = "deep.local";
	names[MISSING] = "deeper.local";
	if (pthread_create(&thread, &attr, call_both, NULL) != 0)
		exit(2);
	pthread_join(thread, NULL);
	while (stack[lowest] == 0xa5)
		lowest++;
	report("found", results[FOUND]);
	fprintf(out, "depth %zu\n",
		(size_t)(stack_base - (char *)stack) - lowest - BUFFER);
}

static void *call_missing(void *context)
{
	char name[32];

	snprintf(name, sizeof(name), "gone%u.local", *(unsigned *)context);
	call(name);
	pthread_testcancel();
	return NULL;
}

static void *wait_for_cancel(void *context)
{
	for (;;)
		pause();
	return context;
}

#define CANCELLED 24

/* A canceled thread at each 50 ms of a lookup; and nothing is left of it. */
static void run_cancel(void)
{
	static unsigned number[CANCELLED];
	pthread_t thread[CANCELLED];
	pthread_attr_t attr;
	int open_before;
	int maps_before;

	/* glibc keeps the stacks of threads, and loads libgcc_s to cancel
	 * the first: let it have all that before. */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (unsigned i = 0; i < CANCELLED; i++)
		pthread_create(&thread[i], &attr, wait_for_cancel, NULL);
	for (unsigned i = 0; i < CANCELLED; i++) {
		pthread_cancel(thread[i]);
		pthread_join(thread[i], NULL);
	}
	call(names[FOUND]);
	open_before = count_open();
	maps_before = count_maps();
	for (unsigned i = 0; i < CANCELLED; i++) {
		number[i] = i;
		pthread_create(&thread[i], &attr, call_missing, &number[i]);
	}
	for (unsigned i = 0; i < CANCELLED; i++) {
		pthread_cancel(thread[i]);
		sleep_msec(50);
	}
	for (unsigned i = 0; i < CANCELLED; i++) {
		void *value;

		pthread_join(thread[i], &value);
		if (value != PTHREAD_CANCELED)
			complain("thread %u was not cancelled", i);
	}
	expect_open(open_before);
	if (count_maps() > maps_before)
		complain("%d mappings before, %d after", maps_before,
			count_maps());
	report("found", call("after.local"));
}

/* The answer is that of poolN.local, not of what another thread asked. */
static bool look_up_pool(unsigned number)
{
	char name[32];
	struct result result;

	snprintf(name, sizeof(name), "pool%u.local", number);
	result = call(name);
	return result.status == NSS_STATUS_SUCCESS &&
	       strcmp(result.name, name) == 0 && result.last == number;
}

static void *look_up_on(void *context)
{
	unsigned number = *(unsigned *)context;

	for (unsigned i = 0; !stop; i++) {
		unsigned which = (i * 7 + number * 13) % 64;

		/* One thread waits for a missing one now and then; what the
		 * rest ask comes and goes in the process cache. */
		if (number == 0 && i % 10 == 9) {
			char name[32];

			snprintf(name, sizeof(name), "gone%u.local", which);
			call(name);
		} else if (!look_up_pool(which)) {
			complain("pool%u.local is not right", which);
		}
	}
	return NULL;
}

#define THREADS 4
#define CHILDREN 200

static void run_fork(void)
{
	static unsigned number[THREADS];
	pthread_t thread[THREADS];
	int before = count_open();
	unsigned failed = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		number[i] = i;
		pthread_create(&thread[i], NULL, look_up_on, &number[i]);
	}
	for (unsigned i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			bool right = true;

			alarm(8); /* a lock held for ever ends so */
			for (unsigned n = 0; n < 4; n++)
				right = look_up_pool((i + n / 3 * 31) % 64) &&
					right;
			_exit(!right);
		}
		if (pid < 0)
			complain("fork: %s", strerror(errno));
		sleep_msec(3);
	}
	for (unsigned i = 0; i < CHILDREN; i++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			failed++;
	}
	if (failed)
		complain("%u of %u children failed", failed, CHILDREN);
	stop = true;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	expect_open(before);
	fprintf(out, "children %u\n", CHILDREN);
}

static atomic_uint signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

static void run_signals(void)
{
	struct sigaction action = {.sa_handler = count_signal};
	struct itimerval timer = {{0, 1000}, {0, 1000}};
	sigset_t before;
	sigset_t after;

	sigaction(SIGALRM, &action, NULL); /* without SA_RESTART */
	sigprocmask(SIG_BLOCK, NULL, &before);
	setitimer(ITIMER_REAL, &timer, NULL);
	report("found", call(names[FOUND]));
	report("grace", call("four.local"));
	report("missing", call(names[MISSING]));
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);
	sigprocmask(SIG_BLOCK, NULL, &after);
	for (int number = 1; number < 32; number++)
		if (sigismember(&before, number) != sigismember(&after, number))
			complain("the mask of signal %d has changed", number);
	fprintf(out, "signals %u\n", signals);
}

static void *call_found(void *context)
{
	if (call(context).status != NSS_STATUS_SUCCESS)
		complain("not found in a thread");
	return NULL;
}

/* All at once the same name, which none of them has in the cache. */
static void run_threads(void)
{
	pthread_t thread[32];
	int before = count_open();

	for (unsigned i = 0; i < 32; i++)
		pthread_create(&thread[i], NULL, call_found,
			(void *)(uintptr_t)names[FOUND]);
	for (unsigned i = 0; i < 32; i++)
		pthread_join(thread[i], NULL);
	expect_open(before);
	report("found", call(names[FOUND]));
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{"cancel", run_cancel},
	{"closed", run_closed},
	{"exhausted", run_exhausted},
	{"fork", run_fork},
	{"many", run_many},
	{"nomem", run_nomem},
	{"signals", run_signals},
	{"stack", run_stack},
	{"threads", run_threads},
	{"watch", run_watch},
};

int main(int argc, char **argv)
{
	void *handle;

	out = stdout;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 5) {
		fputs("usage: storm MODULE MODE FOUND-NAME MISSING-NAME\n"
		      "prints: what, nss_status, h_errno, microseconds\n",
			stderr);
		return 2;
	}
	handle = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
	if (handle)
		lookup = (name4_fn *)dlsym(
			handle, "_nss_dotlocal_gethostbyname4_r");
	if (!lookup) {
		fprintf(stderr, "storm: %s\n", dlerror());
		return 2;
	}
	names[FOUND] = argv[3];
	names[MISSING] = argv[4];
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[2], modes[i].name) == 0) {
			modes[i].run();
			fflush(out);
			return complaints ? 1 : 0;
		}
	fprintf(stderr, "storm: no mode %s\n", argv[2]);
	return 2;
}
