/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lookups under a seccomp filter that ends the process at any system call that
 * is not on the module's published list, and what it prints needs. */
#include "tests/process/guest.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <getopt.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum nss_status addr2_fn(const void *addr, socklen_t len, int af,
	struct hostent *result, char *buf, size_t size, int *errnop,
	int *herrnop, int32_t *ttlp);

static guest_name4_fn *name4;
static addr2_fn *addr2;
static char text[8192]; /* what one call prints */

static void add(scmp_filter_ctx filter, uint32_t action, const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR ||
		seccomp_rule_add(filter, action, number, 0) < 0) {
		fprintf(stderr, "sealed: no system call %s\n", name);
		exit(2);
	}
}

/* Each line of the list begins with the name of a call, save for comments. */
static void add_list(scmp_filter_ctx filter, const char *path,
	const char *without, uint32_t instead)
{
	FILE *file = fopen(path, "re");
	char line[512];
	char name[64];
	bool left_out = !without;

	if (!file) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == '#' || sscanf(line, "%63s", name) != 1)
			continue;
		if (without && strcmp(name, without) == 0) {
			left_out = true;
			if (instead != SCMP_ACT_KILL_PROCESS)
				add(filter, instead, name);
			continue;
		}
		add(filter, SCMP_ACT_ALLOW, name);
	}
	fclose(file);
	if (!left_out) {
		fprintf(stderr, "sealed: %s is not on the list\n", without);
		exit(2);
	}
}

static void seal(const char *path, const char *without, uint32_t instead)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

	if (!filter)
		exit(2);
	add_list(filter, path, without, instead);
	/* To say what came of it, and to end. */
	add(filter, SCMP_ACT_ALLOW, "write");
	add(filter, SCMP_ACT_ALLOW, "exit_group");
	if (seccomp_load(filter) < 0) {
		puts("skip no seccomp here");
		exit(0);
	}
	/* Not released: its memory might go back to the kernel. */
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, sizeof(text) - len, format, args);
	va_end(args);
}

static const char *status_text(enum nss_status status)
{
	static const char words[][12] = {
		"TRYAGAIN", "UNAVAIL", "NOTFOUND", "SUCCESS", "RETURN"};

	return words[status - NSS_STATUS_TRYAGAIN];
}

static void call(const char *name)
{
	char buf[4096];
	char addr_text[INET6_ADDRSTRLEN];
	struct in_addr addr;
	struct gaih_addrtuple *tuple = NULL;
	struct hostent host;
	int64_t start = guest_usec();
	bool reverse = inet_pton(AF_INET, name, &addr) == 1;
	enum nss_status status;
	int err, h_err;

	status = reverse ? addr2(&addr, sizeof(addr), AF_INET, &host, buf,
				   sizeof(buf), &err, &h_err, NULL)
			 : name4(name, &tuple, buf, sizeof(buf), &err, &h_err,
				   NULL);
	text[0] = 0;
	say("call %s\nus %lld\nstatus %s\n", name,
		(long long)(guest_usec() - start), status_text(status));
	if (status == NSS_STATUS_SUCCESS && reverse)
		say("name %s\n", host.h_name);
	for (; tuple; tuple = tuple->next) {
		inet_ntop(tuple->family, tuple->addr, addr_text,
			sizeof(addr_text));
		say("addr %s 0\n", addr_text);
	}
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(2);
}

static void usage(void)
{
	fputs("usage: sealed [-c] [-x CALL] [-e ERRNO] LIST MODULE "
	      "NAME|ADDRESS...\n"
	      "  -c  close stdin\n"
	      "  -x  leave that call out of the list\n"
	      "  -e  let it fail with that errno, do not kill\n",
		stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *without = NULL;
	uint32_t instead = SCMP_ACT_KILL_PROCESS;
	void *handle;
	int option;

	while ((option = getopt(argc, argv, "ce:x:")) != -1) {
		if (option == 'c')
			close(STDIN_FILENO);
		else if (option == 'e')
			instead = SCMP_ACT_ERRNO(
				(uint32_t)strtoul(optarg, NULL, 10) & 0xffff);
		else if (option == 'x')
			without = optarg;
		else
			usage();
	}
	if (argc - optind < 3)
		usage();
	handle = guest_load(argv[optind + 1]);
	name4 = (guest_name4_fn *)dlsym(
		handle, "_nss_dotlocal_gethostbyname4_r");
	addr2 = (addr2_fn *)dlsym(handle, "_nss_dotlocal_gethostbyaddr2_r");
	seal(argv[optind], without, instead);
	for (int i = optind + 2; i < argc; i++)
		call(argv[i]);
	_exit(0);
}
