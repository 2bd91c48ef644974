/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the programs here share: lookups, and what a process holds. */
#include "tests/process/guest.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static guest_name4_fn *way;
static bool by_host; /* by gethostbyname_r, not getaddrinfo */
static atomic_uint complaints;

void guest_set_way(guest_name4_fn *name4)
{
	way = name4;
}

void *guest_load(const char *module)
{
	void *handle;

	by_host = strcmp(module, "gethostbyname") == 0;
	if (by_host || strcmp(module, "getaddrinfo") == 0)
		return NULL;
	handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	if (handle)
		way = (guest_name4_fn *)dlsym(
			handle, "_nss_dotlocal_gethostbyname4_r");
	if (!way) {
		fprintf(stderr, "%s\n", dlerror());
		exit(2);
	}
	return handle;
}

static bool is_it(uint32_t addr, unsigned last)
{
	return ntohl(addr) == (UINT32_C(10) << 24 | last);
}

static bool look_up_by_module(const char *name, unsigned last)
{
	char buf[4096];
	struct gaih_addrtuple *tuple = NULL;
	bool found = false;
	int err, h_err;

	if (way(name, &tuple, buf, sizeof(buf), &err, &h_err, NULL) !=
		NSS_STATUS_SUCCESS)
		return false;
	for (; tuple; tuple = tuple->next) {
		if (tuple->family != AF_INET)
			continue;
		if (!is_it(tuple->addr[0], last))
			return false;
		found = true;
	}
	return found;
}

static bool look_up_by_gethostbyname(const char *name, unsigned last)
{
	struct hostent host, *result = NULL;
	char buf[4096];
	uint32_t addr;
	int h_err;

	if (gethostbyname_r(name, &host, buf, sizeof(buf), &result, &h_err) !=
			0 ||
		!result || host.h_addrtype != AF_INET || !host.h_addr_list[0])
		return false;
	memcpy(&addr, host.h_addr_list[0], sizeof(addr));
	return is_it(addr, last) && !host.h_addr_list[1];
}

static bool look_up_by_getaddrinfo(const char *name, unsigned last)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *list;
	bool found = false, right = true;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return false;
	for (struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		struct sockaddr_in sin;

		if (ai->ai_family != AF_INET)
			continue;
		memcpy(&sin, ai->ai_addr, sizeof(sin));
		found = true;
		right = right && is_it(sin.sin_addr.s_addr, last);
	}
	freeaddrinfo(list);
	return found && right;
}

bool guest_look_up(const char *name, unsigned last)
{
	if (way)
		return look_up_by_module(name, last);
	return by_host ? look_up_by_gethostbyname(name, last)
		       : look_up_by_getaddrinfo(name, last);
}

bool guest_look_up_pool(unsigned number)
{
	char name[32];

	snprintf(name, sizeof(name), "pool%u.local", number % 64);
	return guest_look_up(name, 1 << 8 | number % 64);
}

/* Entries of a folder of /proc/self. */
static long count_entries(const char *path)
{
	DIR *dir = opendir(path);
	long count = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

void guest_count(struct guest_held *ret_held)
{
	FILE *file;
	long pages = -1;

	/* The first one makes room for all that counting needs. */
	for (int i = 0; i < 2; i++) {
		ret_held->descriptors = count_entries("/proc/self/fd");
		ret_held->threads = count_entries("/proc/self/task");
		file = fopen("/proc/self/statm", "re");
		if (!file || fscanf(file, "%ld", &pages) != 1)
			guest_complain("no /proc/self/statm");
		if (file)
			fclose(file);
		ret_held->kb = pages * (sysconf(_SC_PAGESIZE) / 1024);
	}
}

void guest_compare(const struct guest_held *before, const char *after_what)
{
	struct guest_held now;

	/* A thread that was joined may still be on its way out. */
	for (int i = 0; i < 100; i++) {
		guest_count(&now);
		if (now.threads <= before->threads)
			break;
		guest_sleep(10000);
	}
	if (now.descriptors != before->descriptors)
		guest_complain("%ld descriptors before, %ld after %s",
			before->descriptors, now.descriptors, after_what);
	if (now.threads != before->threads)
		guest_complain("%ld threads before, %ld after %s",
			before->threads, now.threads, after_what);
	if (now.kb > before->kb)
		guest_complain("%ld KB mapped before, %ld after %s", before->kb,
			now.kb, after_what);
}

void guest_complain(const char *format, ...)
{
	va_list args;

	complaints++;
	flockfile(stdout);
	va_start(args, format);
	fputs("bad ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
	funlockfile(stdout);
}

int guest_end(void)
{
	fflush(stdout);
	return complaints ? 1 : 0;
}

int64_t guest_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void guest_sleep(int64_t usec)
{
	struct timespec ts = {
		(time_t)(usec / 1000000), (long)(usec % 1000000 * 1000)};

	while (nanosleep(&ts, &ts) < 0)
		;
}

unsigned guest_random(unsigned below)
{
	static uint64_t state;

	if (state == 0) {
		const char *text = getenv("SEED");

		state = text ? strtoull(text, NULL, 10)
			     : (uint64_t)guest_usec();
		printf("seed %llu\n", (unsigned long long)state);
		state |= 1;
	}
	state = state * UINT64_C(6364136223846793005) +
		UINT64_C(1442695040888963407);
	return (unsigned)(state >> 33) % below;
}
