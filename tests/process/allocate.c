/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program whose malloc fails when told to: never inside the module, which does
 * without; at the n-th call inside getaddrinfo, for each n until none fails. */
#include "tests/process/guest.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS_MAX 2000 /* of malloc, in one lookup */
#define CHILD_SECONDS 20

#define EXPORT __attribute__((visibility("default")))

/* glibc's own, behind the names that everybody calls. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static bool counting;
static long calls;   /* while counting */
static long fail_at; /* which of them fails; 0: none; below 0: all */
static long live;    /* pieces, of all time */
static long failed;

/* True if this call is to fail. Only one thread runs here. */
static bool fails(void)
{
	if (!counting)
		return false;
	calls++;
	if (fail_at >= 0 && calls != fail_at)
		return false;
	failed++;
	errno = ENOMEM;
	return true;
}

EXPORT void *malloc(size_t size)
{
	void *memory = fails() ? NULL : __libc_malloc(size);

	live += memory != NULL;
	return memory;
}

EXPORT void *calloc(size_t count, size_t size)
{
	void *memory = fails() ? NULL : __libc_calloc(count, size);

	live += memory != NULL;
	return memory;
}

EXPORT void *realloc(void *old, size_t size)
{
	void *memory = fails() ? NULL : __libc_realloc(old, size);

	live += memory && !old;
	live -= !memory && old && size == 0;
	return memory;
}

EXPORT void free(void *memory)
{
	live -= memory != NULL;
	__libc_free(memory);
}

/* Is it ours that the C library calls? */
static void prove_malloc(void)
{
	counting = true;
	fail_at = -1;
	if (strdup("text") || calls != 1)
		guest_complain("malloc is not ours");
	counting = false;
	calls = failed = 0;
}

/* Names come straight to the module, while every malloc fails. */
static void run_module(int count, char **names)
{
	counting = true;
	fail_at = -1;
	for (int i = 0; i < count; i++) {
		bool found = guest_look_up(names[i], 2);

		counting = false;
		printf("%s %s\n", names[i], found ? "found" : "not-found");
		counting = true;
	}
	counting = false;
	if (calls)
		guest_complain("%ld calls of malloc in the module", calls);
}

/* One lookup in a child; warm: after one that had the module loaded. Otherwise
 * the C library has read nsswitch.conf, and no more: at that it dereferences NULL
 * when malloc fails (glibc 2.36, nss_database_check_reload_and_get). Its exit
 * status: 0 found, 1 not, 2 something is left, 3 none failed. */
static int look_up_failing(const char *name, long n, bool warm)
{
	struct guest_held before, after;
	long live_before;
	bool found;

	alarm(CHILD_SECONDS);
	if (warm && !guest_look_up(name, 2))
		return 1;
	guest_look_up("localhost", 0);
	guest_count(&before);
	live_before = live;
	fail_at = n;
	calls = 0;
	counting = true;
	found = guest_look_up(name, 2);
	counting = false;
	guest_count(&after);
	if (after.descriptors != before.descriptors ||
		(warm && live != live_before)) {
		guest_complain("malloc %ld failed: %ld descriptors, %ld "
			       "pieces more",
			n, after.descriptors - before.descriptors,
			live - live_before);
		return 2;
	}
	if (!failed)
		return found ? 3 : 1;
	/* What did not go well once goes well with memory. */
	if (warm && !guest_look_up(name, 2)) {
		guest_complain("malloc %ld failed, and so did all after", n);
		return 2;
	}
	return found ? 0 : 1;
}

static void run_glibc(const char *name, bool warm)
{
	long found = 0, not_found = 0, n;

	for (n = 1; n <= CALLS_MAX; n++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			int result = look_up_failing(name, n, warm);

			fflush(stdout);
			_exit(result);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			exit(2);
		if (!WIFEXITED(status) || WEXITSTATUS(status) == 2) {
			guest_complain("malloc %ld failed: wait status %#x", n,
				status);
			break;
		}
		if (WEXITSTATUS(status) == 3)
			break;
		found += WEXITSTATUS(status) == 0;
		not_found += WEXITSTATUS(status) == 1;
	}
	printf("calls %ld\nfound %ld\nnot-found %ld\n", n - 1, found,
		not_found);
}

int main(int argc, char **argv)
{
	static char line[BUFSIZ];

	setvbuf(stdout, line, _IOLBF, sizeof(line));
	prove_malloc();
	if (argc >= 4 && strcmp(argv[1], "module") == 0) {
		guest_load(argv[2]);
		run_module(argc - 3, argv + 3);
	} else if (argc == 3 && strcmp(argv[1], "cold") == 0) {
		run_glibc(argv[2], false);
	} else if (argc == 3 && strcmp(argv[1], "warm") == 0) {
		run_glibc(argv[2], true);
	} else {
		fputs("usage: allocate module MODULE NAME...\n"
		      "       allocate cold|warm NAME\n"
		      "expects 10.0.0.2, and localhost in /etc/hosts; cold: "
		      "the "
		      "module is not loaded yet\n",
			stderr);
		return 2;
	}
	return guest_end();
}
