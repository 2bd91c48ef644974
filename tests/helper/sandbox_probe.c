/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Enters the sandbox of mdns-helper, then tries things and prints what came of
 * each: "ok", or an errno name. Run by sandbox.sh, which knows what is right,
 * in a folder of its own and with a /run and an /etc of its own.
 *
 *	sandbox_probe path|abstract|none|abort
 *
 * path, abstract: which kind of name NOTIFY_SOCKET has. none: the same as path
 * without a sandbox, to see that what is refused is refused by it; so nothing
 * here may do harm. abort: only that, inside. */
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/helper/sandbox_probe.h"
#include "tools/helper/sandbox.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

struct probe_world world;
static int status; /* /proc/self/status */

/* As this process is now: opened before, read after. */
static void print_status(void)
{
	static char text[8192];
	ssize_t size = pread(status, text, sizeof(text) - 1, 0);
	char *line, *end;

	if (size < 0)
		size = read(status, text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	for (line = text; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (end == NULL)
			break;
		*end = '\0';
		if (strncmp(line, "Cap", 3) == 0 ||
			strncmp(line, "NoNewPrivs:", 11) == 0 ||
			strncmp(line, "Seccomp:", 8) == 0)
			printf("%.*s %s\n", (int)strcspn(line, ":"), line,
				line + strcspn(line, "\t") + 1);
	}
}

/* A socket of our own at that path; NULL: at a name that the kernel chooses. */
static int bind_unix(int type, const char *path, struct sockaddr_un *ret_addr,
	socklen_t *ret_size)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(ret_addr->sun_family);

	memset(ret_addr, 0, sizeof(*ret_addr));
	ret_addr->sun_family = AF_UNIX;
	*ret_size = sizeof(*ret_addr);
	if (path != NULL) {
		unlink(path);
		size = sizeof(*ret_addr);
		snprintf(ret_addr->sun_path, sizeof(ret_addr->sun_path), "%s",
			path);
	}
	if (fd < 0 || bind(fd, (struct sockaddr *)ret_addr, size) < 0 ||
		getsockname(fd, (struct sockaddr *)ret_addr, ret_size) < 0) {
		perror(path ? path : "abstract socket");
		return -1;
	}
	return fd;
}

static bool open_network(void)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_nl nl = {.nl_family = AF_NETLINK};

	world.ipv4 = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	world.ipv6 = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	world.netlink =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	return world.ipv4 >= 0 && world.ipv6 >= 0 && world.netlink >= 0 &&
	       bind(world.ipv4, (struct sockaddr *)&in, sizeof(in)) == 0 &&
	       bind(world.netlink, (struct sockaddr *)&nl, sizeof(nl)) == 0;
}

/* Where sd_notify sends to. */
static bool open_notify(bool abstract)
{
	struct sockaddr_un addr;
	socklen_t size;
	char where[sizeof(addr.sun_path) + 1] = "/run/notify";

	world.notify =
		bind_unix(SOCK_DGRAM, abstract ? NULL : where, &addr, &size);
	if (world.notify < 0)
		return false;
	if (abstract)
		snprintf(where, sizeof(where), "@%.*s",
			(int)(size - offsetof(struct sockaddr_un, sun_path)) -
				1,
			addr.sun_path + 1);
	return setenv("NOTIFY_SOCKET", where, 1) == 0;
}

static bool open_sockets(void)
{
	struct sockaddr_un addr;
	socklen_t size;

	world.journal = bind_unix(SOCK_DGRAM, PROBE_JOURNAL, &addr, &size);
	world.elsewhere = bind_unix(
		SOCK_DGRAM, NULL, &world.elsewhere_addr, &world.elsewhere_size);
	world.listener = bind_unix(SOCK_SEQPACKET, NULL, &addr, &size);
	world.client = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	return world.journal >= 0 && world.elsewhere >= 0 &&
	       world.listener >= 0 && listen(world.listener, 1) == 0 &&
	       world.client >= 0 &&
	       connect(world.client, (struct sockaddr *)&addr, size) == 0 &&
	       send(world.client, "ask", 3, 0) == 3;
}

static bool open_files(void)
{
	world.memfd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	return world.memfd >= 0 && status >= 0 &&
	       ftruncate(world.memfd, 4096) == 0;
}

static bool enter(void)
{
	const char *missing = NULL;
	int error = sandbox_enter(&missing);

	if (error < 0) {
		fprintf(stderr, "sandbox_enter: %s\n", strerror(-error));
		return false;
	}
	printf("missing %s\n", missing ? missing : "nothing");
	return true;
}

static void run_all(const struct probe *probe)
{
	const char *name;
	int error;

	for (; probe->name != NULL; probe++) {
		errno = 0;
		error = probe->run();
		name = error == 0 ? "ok" : strerrorname_np(error);
		printf("%s %s\n", probe->name, name ? name : "?");
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc == 2 ? argv[1] : "";

	world.parent = getppid();
	if (!open_network() || !open_notify(strcmp(mode, "abstract") == 0) ||
		!open_sockets() || !open_files()) {
		perror("sandbox_probe: cannot prepare");
		return 99;
	}
	printf("landlock %ld\n",
		syscall(SYS_landlock_create_ruleset, NULL, 0, 1));
	if (strcmp(mode, "none") != 0 && !enter())
		return 1;
	fflush(stdout);
	if (strcmp(mode, "abort") == 0)
		abort();
	run_all(probes_refused);
	run_all(probes_work);
	print_status();
	return 0;
}
