/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup with a system that refuses: memory, files, sockets, processes.
 *
 *	REFUSE=N REFUSED=FILE refuse OPTIONS...
 *
 * The N-th of those calls of its own code (not of libraries) fails; its name is
 * in the file then. For tests/lookup/test_refused.py. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json_object.h>
#include <net/if.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_ulong calls;

static bool is_refused(const char *what, int why)
{
	const char *number = getenv("REFUSE");
	const char *path = getenv("REFUSED");
	int fd;

	if (!number || !path ||
		atomic_fetch_add(&calls, 1) + 1 != strtoul(number, NULL, 10))
		return false;
	fd = creat(path, 0600);
	if (fd >= 0) {
		dprintf(fd, "%s", what);
		close(fd);
	}
	errno = why;
	return true;
}

/* NAME is called with ARGS, of these types; it returns FAILED with errno WHY. */
#define REFUSE(type, name, types, args, failed, why) \
	type __real_##name types; \
	type __wrap_##name types; \
	type __wrap_##name types \
	{ \
		return is_refused(#name, why) ? (failed) : __real_##name args; \
	}

REFUSE(void *, malloc, (size_t size), (size), NULL, ENOMEM)
REFUSE(void *, calloc, (size_t count, size_t size), (count, size), NULL, ENOMEM)
REFUSE(void *, realloc, (void *old, size_t size), (old, size), NULL, ENOMEM)
REFUSE(char *, strdup, (const char *text), (text), NULL, ENOMEM)
REFUSE(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL,
	EMFILE)
REFUSE(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL, ENOMEM)
REFUSE(FILE *, popen, (const char *command, const char *mode), (command, mode),
	NULL, EMFILE)
REFUSE(FILE *, open_memstream, (char **text, size_t *size), (text, size), NULL,
	ENOMEM)
REFUSE(FILE *, fmemopen, (void *buf, size_t size, const char *mode),
	(buf, size, mode), NULL, ENOMEM)
REFUSE(void *, opendir, (const char *path), (path), NULL, EMFILE)
REFUSE(int, pipe2, (int ends[2], int flags), (ends, flags), -1, EMFILE)
REFUSE(pid_t, fork, (void), (), -1, EAGAIN)
REFUSE(int, socket, (int family, int kind, int protocol),
	(family, kind, protocol), -1, EMFILE)
REFUSE(int, getsockname, (int fd, struct sockaddr *addr, socklen_t *size),
	(fd, addr, size), -1, ENOBUFS)
REFUSE(int, fstat, (int fd, struct stat *status), (fd, status), -1, EIO)
REFUSE(int, stat, (const char *path, struct stat *status), (path, status), -1,
	EACCES)
REFUSE(int, signalfd, (int fd, const sigset_t *set, int flags),
	(fd, set, flags), -1, EMFILE)
REFUSE(int, eventfd, (unsigned value, int flags), (value, flags), -1, EMFILE)
REFUSE(int, sigaction,
	(int number, const struct sigaction *action, struct sigaction *old),
	(number, action, old), -1, EINVAL)
REFUSE(char *, if_indextoname, (unsigned ifindex, char *name), (ifindex, name),
	NULL, ENXIO)
REFUSE(struct if_nameindex *, if_nameindex, (void), (), NULL, ENOBUFS)
REFUSE(int, __res_ninit, (struct __res_state * state), (state), -1, EMFILE)
REFUSE(int, pthread_create,
	(pthread_t * thread, const pthread_attr_t *attr, void *(*run)(void *),
		void *context),
	(thread, attr, run, context), EAGAIN, EAGAIN)
REFUSE(int, dup, (int fd), (fd), -1, EMFILE)
REFUSE(int, dup2, (int fd, int to), (fd, to), -1, EMFILE)
REFUSE(struct json_object *, json_object_new_object, (void), (), NULL, ENOMEM)
REFUSE(struct json_object *, json_object_new_array, (void), (), NULL, ENOMEM)
REFUSE(struct json_object *, json_object_new_string, (const char *text), (text),
	NULL, ENOMEM)
REFUSE(int, json_object_object_add,
	(struct json_object * object, const char *key,
		struct json_object *value),
	(object, key, value), -1, ENOMEM)
REFUSE(int, json_object_array_add,
	(struct json_object * array, struct json_object *value), (array, value),
	-1, ENOMEM)

/* Those with open ends. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_asprintf(char **ret_text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **ret_text, int flag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

int __wrap_open(const char *path, int flags, ...)
{
	int mode = 0;

	if (flags & O_CREAT) {
		va_list args;

		va_start(args, flags);
		mode = va_arg(args, int);
		va_end(args);
	}
	return is_refused("open", EMFILE) ? -1 : __real_open(path, flags, mode);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return is_refused("ioctl", ENODEV) ? -1
					   : __real_ioctl(fd, request, arg);
}

int __wrap_asprintf(char **ret_text, const char *format, ...)
{
	va_list args;
	int n;

	if (is_refused("asprintf", ENOMEM))
		return -1;
	va_start(args, format);
	n = vasprintf(ret_text, format, args);
	va_end(args);
	return n;
}

int __wrap___asprintf_chk(char **ret_text, int flag, const char *format, ...)
{
	va_list args;
	int n;

	(void)flag;
	if (is_refused("asprintf", ENOMEM))
		return -1;
	va_start(args, format);
	n = vasprintf(ret_text, format, args);
	va_end(args);
	return n;
}
