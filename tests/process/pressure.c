/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Threads cancelled and processes forked at random times, the module loaded
 * again and again, timers that never rest: is every answer right, and is nothing
 * left behind? */
#include "tests/process/guest.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 16
#define CANCELLED_AFTER 30000 /* microseconds, at most */
#define FORKED_AFTER 6000
#define CHILD_SECONDS 10 /* a lock that is held for ever ends so */

static const char *module;
static atomic_bool stop;
static unsigned numbers[THREADS];

static void start(pthread_t *thread, void *(*run)(void *), unsigned number)
{
	static pthread_attr_t attr;
	static bool ready;

	if (!ready) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, 262144);
		ready = true;
	}
	numbers[number] = number;
	if (pthread_create(thread, &attr, run, &numbers[number]) != 0)
		exit(2);
}

/* --- cancel --- */

static void *look_up_until_cancelled(void *context)
{
	unsigned number = *(unsigned *)context;

	for (unsigned i = 0;; i++) {
		pthread_testcancel();
		/* Some wait for what does not come. */
		if (number == 0)
			guest_look_up("nobody.local", 0);
		else if (!guest_look_up_pool(i * 7 + number * 13))
			guest_complain("pool of thread %u", number);
	}
	return NULL;
}

static void cancel_all(void)
{
	pthread_t thread[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		start(&thread[i], look_up_until_cancelled, i);
	for (unsigned i = 0; i < THREADS; i++) {
		guest_sleep(guest_random(CANCELLED_AFTER));
		pthread_cancel(thread[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		void *value;

		pthread_join(thread[i], &value);
		if (value != PTHREAD_CANCELED)
			guest_complain("thread %u was not cancelled", i);
	}
}

static void run_cancel(int64_t end)
{
	struct guest_held before;
	unsigned count = 0;

	/* Stacks, libgcc_s and the map of mdns-helper come with the first. */
	cancel_all();
	guest_count(&before);
	do {
		cancel_all();
		count += THREADS;
	} while (guest_usec() < end);
	guest_compare(&before, "cancelling");
	if (!guest_look_up_pool(3))
		guest_complain("no lookup after cancelling");
	printf("cancelled %u\n", count);
}

/* --- fork --- */

static void *look_up_until_stopped(void *context)
{
	unsigned number = *(unsigned *)context;

	for (unsigned i = 0; !stop; i++)
		if (number == 0 && i % 10 == 9)
			guest_look_up("nobody.local", 0);
		else if (!guest_look_up_pool(i * 7 + number * 13))
			guest_complain("pool of thread %u", number);
	return NULL;
}

static void be_a_child(unsigned number)
{
	bool right = true;

	alarm(CHILD_SECONDS);
	for (unsigned n = 0; n < 4; n++)
		right = guest_look_up_pool(number + n / 3 * 31) && right;
	_exit(!right);
}

static unsigned reap(int flags)
{
	unsigned failed = 0;
	int status;

	while (waitpid(-1, &status, flags) > 0)
		if (status != 0) {
			failed++;
			guest_complain("a child ended with %#x", status);
		}
	return failed;
}

static void run_fork(int64_t end)
{
	pthread_t thread[THREADS];
	struct guest_held before;
	unsigned count = 0;

	for (unsigned i = 0; i < 2; i++) {
		/* The first time it is about what threads leave anyway. */
		for (unsigned n = 0; n < THREADS; n++)
			start(&thread[n], look_up_until_stopped, n);
		while (i == 1 && guest_usec() < end) {
			pid_t pid = fork();

			if (pid == 0)
				be_a_child(count);
			if (pid < 0)
				guest_complain("fork: %s", strerror(errno));
			count++;
			guest_sleep(guest_random(FORKED_AFTER));
			reap(WNOHANG);
		}
		stop = true;
		for (unsigned n = 0; n < THREADS; n++)
			pthread_join(thread[n], NULL);
		stop = false;
		if (i == 0)
			guest_count(&before);
	}
	reap(0);
	guest_compare(&before, "forking");
	printf("children %u\n", count);
}

/* --- reload --- */

#define RELOADS 10000

static void run_reload(int64_t end)
{
	struct guest_held before;

	(void)end;
	guest_look_up_pool(0);
	guest_count(&before);
	for (unsigned i = 0; i < RELOADS; i++) {
		void *handle = guest_load(module);

		if (!handle)
			break;
		if (i % 50 == 0 && !guest_look_up_pool(i / 50))
			guest_complain("pool after %u times", i);
		dlclose(handle);
	}
	guest_compare(&before, "dlopen and dlclose");
	if (!guest_look_up_pool(1))
		guest_complain("the module is not there any more");
	printf("loaded %u\n", RELOADS);
}

/* --- signals --- */

static atomic_uint signals;

static void count_signal(int number)
{
	(void)number;
	signals++;
}

/* All threads get some, wherever they are: ITIMER_REAL picks one of them. */
static void run_signals(int64_t end)
{
	struct sigaction action = {.sa_handler = count_signal};
	struct itimerval timer = {{0, 1000}, {0, 1000}};
	pthread_t thread[THREADS];

	sigaction(SIGALRM, &action, NULL); /* without SA_RESTART */
	setitimer(ITIMER_REAL, &timer, NULL);
	for (unsigned i = 0; i < THREADS; i++)
		start(&thread[i], look_up_until_stopped, i);
	while (guest_usec() < end)
		for (unsigned i = 0; i < THREADS; i++) {
			pthread_kill(thread[i], SIGALRM);
			guest_sleep(100);
		}
	stop = true;
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);
	printf("signals %u\n", signals);
}

static const struct {
	const char *name;
	void (*run)(int64_t end);
} modes[] = {
	{"cancel", run_cancel},
	{"fork", run_fork},
	{"reload", run_reload},
	{"signals", run_signals},
};

int main(int argc, char **argv)
{
	int64_t begin = guest_usec();

	setvbuf(stdout, NULL, _IOLBF, 0);
	mallopt(M_ARENA_MAX, 1); /* an arena a thread would look like a leak */
	if (argc == 4) {
		module = argv[1];
		guest_load(module);
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
			if (strcmp(argv[2], modes[i].name) != 0)
				continue;
			modes[i].run(begin + atoi(argv[3]) * INT64_C(1000000));
			return guest_end();
		}
	}
	fputs("usage: pressure MODULE|WAY cancel|fork|reload|signals "
	      "SECONDS\n"
	      "asks for pool0.local to pool63.local, which have 10.0.1.N, and "
	      "for nobody.local; WAY is getaddrinfo or gethostbyname\n",
		stderr);
	return 2;
}
