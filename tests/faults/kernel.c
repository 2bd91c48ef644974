/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls that resolver/sys.c makes, in place of libc's: they are counted, and
 * the n-th fails, or does half of what it should. */
#include "tests/faults/kernel.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define SEC INT64_C(1000000000)
#define MSEC INT64_C(1000000)

/* What is no errno value. */
enum {
	SPECIAL = 10000,
	CUT_0, /* a datagram that ends after so many octets */
	CUT_1,
	CUT_11,
	CUT_HALF,
	CUT_LAST,      /* one octet is missing */
	TRUNCATED,     /* half of it, and the kernel says that there was more */
	NO_CONTROL,    /* without its descriptors and origin */
	LOST,          /* on its way */
	READY_NOT,     /* poll says that there is something */
	READY_ERROR,   /* POLLERR */
	READY_CLOSED,  /* POLLNVAL: the host closed our descriptor */
	EARLY,         /* nothing, and before the time */
	OTHER,         /* another size, another user */
	STOPPED,       /* the process, for 2 s */
	STOPPED_LONG,  /* for an hour */
	SUSPENDED,     /* the machine, for an hour: boottime only */
	ANOTHER_CLOCK, /* boottime an hour back: another time namespace */
};

static const struct {
	int what;
	const char *name;
} specials[] = {
	{CUT_0, "empty datagram"},
	{CUT_1, "datagram of 1 octet"},
	{CUT_11, "datagram of 11 octets"},
	{CUT_HALF, "half a datagram"},
	{CUT_LAST, "datagram without its last octet"},
	{TRUNCATED, "truncated datagram"},
	{NO_CONTROL, "no control message"},
	{LOST, "datagram lost"},
	{READY_NOT, "ready with nothing there"},
	{READY_ERROR, "POLLERR"},
	{READY_CLOSED, "POLLNVAL"},
	{EARLY, "back too early"},
	{OTHER, "something else"},
	{STOPPED, "process stopped for 2 s"},
	{STOPPED_LONG, "process stopped for an hour"},
	{SUSPENDED, "suspended for an hour"},
	{ANOTHER_CLOCK, "boottime back by an hour"},
};

enum call {
	CALL_BIND,
	CALL_CLOCK_GETTIME,
	CALL_CLOSE,
	CALL_CONNECT,
	CALL_FCNTL,
	CALL_GETRANDOM,
	CALL_GETSOCKOPT,
	CALL_IOCTL,
	CALL_LSEEK,
	CALL_MMAP,
	CALL_OPEN,
	CALL_PPOLL,
	CALL_READ,
	CALL_RECVMSG,
	CALL_SENDMSG,
	CALL_SETSOCKOPT,
	CALL_SOCKET,
	CALL_STAT,
	CALLS
};

#define WAYS_MAX 20

/* In which ways each can go wrong: by its manual page, and EPERM, EACCES and
 * ENOSYS, which a sandbox gives for anything. munmap of a whole mapping and
 * pthread_setcancelstate cannot fail. */
static const struct {
	const char *name;
	int ways[WAYS_MAX];
} table[CALLS] = {
	[CALL_BIND] = {"bind", {EADDRINUSE, EADDRNOTAVAIL, EACCES, EPERM,
				       ENOMEM, ENODEV, EINVAL}},
	[CALL_CLOCK_GETTIME] = {"clock_gettime",
		{STOPPED, STOPPED_LONG, SUSPENDED, ANOTHER_CLOCK}},
	/* The descriptor is gone all the same. */
	[CALL_CLOSE] = {"close", {EINTR, EIO}},
	[CALL_CONNECT] = {"connect", {ENOENT, ECONNREFUSED, EAGAIN, EACCES,
					     EPERM, ENOMEM, EINTR, EPROTOTYPE}},
	[CALL_FCNTL] = {"fcntl", {EMFILE, EINVAL, EPERM, EACCES}},
	[CALL_GETRANDOM] = {"getrandom", {EAGAIN, EINTR, ENOSYS, EPERM, OTHER}},
	[CALL_GETSOCKOPT] = {"getsockopt",
		{ENOPROTOOPT, ENOMEM, EPERM, EACCES, OTHER}},
	[CALL_IOCTL] = {"ioctl", {ENODEV, ENXIO, EADDRNOTAVAIL, ENOTTY, EPERM,
					 EACCES, ENOMEM, EINVAL}},
	[CALL_LSEEK] = {"lseek", {EINVAL, ESPIPE, EPERM, OTHER}},
	[CALL_MMAP] = {"mmap", {ENOMEM, EAGAIN, EPERM, EACCES, ENODEV}},
	[CALL_OPEN] = {"open", {ENOENT, EMFILE, ENFILE, ENOMEM, EACCES, EPERM,
				       EINTR, ELOOP, EIO}},
	[CALL_PPOLL] = {"ppoll", {EINTR, ENOMEM, EINVAL, EPERM, READY_NOT,
					 READY_ERROR, READY_CLOSED, EARLY}},
	[CALL_READ] = {"read", {EINTR, EAGAIN, EIO, ENOMEM, EPERM, CUT_1}},
	[CALL_RECVMSG] = {"recvmsg",
		{EAGAIN, EINTR, ENOMEM, ENOBUFS, ECONNREFUSED, ECONNRESET,
			EHOSTUNREACH, ENETDOWN, EPERM, CUT_0, CUT_1, CUT_11,
			CUT_HALF, CUT_LAST, TRUNCATED, NO_CONTROL, LOST}},
	[CALL_SENDMSG] = {"sendmsg",
		{EAGAIN, EINTR, ENOBUFS, ENOMEM, EPERM, EACCES, ENETUNREACH,
			EHOSTUNREACH, ENETDOWN, ENODEV, EADDRNOTAVAIL, EMSGSIZE,
			ECONNREFUSED, ECONNRESET, EPIPE, EINVAL, LOST}},
	[CALL_SETSOCKOPT] = {"setsockopt",
		{ENOPROTOOPT, ENOMEM, ENOBUFS, ENODEV, EADDRINUSE,
			EADDRNOTAVAIL, EPERM, EACCES, EINVAL}},
	[CALL_SOCKET] = {"socket",
		{EMFILE, ENFILE, ENOMEM, ENOBUFS, EACCES, EPERM, EAFNOSUPPORT,
			EPROTONOSUPPORT}},
	[CALL_STAT] = {"stat",
		{ENOENT, ENOTDIR, EACCES, EPERM, ENOMEM, ELOOP, EIO}},
};

static struct {
	bool armed;
	unsigned calls;
	unsigned count;
	struct kernel_fault fault[KERNEL_FAULTS_MAX];
	struct kernel_hit *hits;
	bool closed_twice;
	bool leaves_clocks;
	int64_t stood_still;
	int64_t patience;
	int64_t offset[2]; /* of the monotonic clock and of boottime */
} kernel = {.patience = INT64_MAX};

/* --- for the test --- */

void kernel_arm(const struct kernel_fault *faults, unsigned count,
	struct kernel_hit *hits)
{
	kernel.hits = hits;
	memcpy(kernel.fault, faults, count * sizeof(*faults));
	kernel.count = count;
	kernel.calls = 0;
	kernel.stood_still = 0;
	kernel.armed = true;
}

void kernel_disarm(void)
{
	kernel.armed = false;
}

void kernel_leave_clocks(void)
{
	kernel.leaves_clocks = true;
}

unsigned kernel_calls(void)
{
	return kernel.calls;
}

bool kernel_closed_twice(void)
{
	return kernel.closed_twice;
}

int64_t kernel_stood_still(void)
{
	return kernel.stood_still;
}

bool kernel_is_vital(const struct kernel_hit *hit)
{
	if (hit->call == CALL_PPOLL)
		return (hit->what < SPECIAL && hit->what != EINTR) ||
		       hit->what == READY_CLOSED;
	return hit->call == CALL_MMAP ||
	       (hit->call == CALL_RECVMSG && hit->what == EPERM);
}

bool kernel_is_harmless(const struct kernel_hit *hit)
{
	if (hit->call == CALL_CLOSE || hit->call == CALL_GETRANDOM)
		return true;
	if (hit->what == EINTR || hit->what == CUT_1)
		return hit->call == CALL_READ ||
		       (hit->what == EINTR &&
			       (hit->call == CALL_PPOLL ||
				       hit->call == CALL_RECVMSG));
	return hit->what == READY_NOT || hit->what == EARLY ||
	       (hit->what == EAGAIN && hit->call == CALL_RECVMSG);
}

unsigned kernel_calls_count(void)
{
	return CALLS;
}

const char *kernel_call_name(unsigned call)
{
	return table[call].name;
}

void kernel_describe(const struct kernel_fault *fault,
	const struct kernel_hit *hit, char buf[80])
{
	const char *what = strerrorname_np(hit->what);

	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
		if (specials[i].what == hit->what)
			what = specials[i].name;
	if (hit->variants == 0)
		snprintf(buf, 80, "call %u is not made", fault->at);
	else
		snprintf(buf, 80, "call %u (%u), %s: %s", fault->at,
			fault->variant, table[hit->call].name,
			what ? what : "?");
}

void kernel_set_patience(int64_t patience)
{
	kernel.patience = patience;
}

void kernel_step(int64_t span)
{
	kernel.offset[0] += span;
	kernel.offset[1] += span;
}

/* --- the calls --- */

/* Of one call: 0, or how it goes wrong. */
static int gate(enum call call)
{
	unsigned ways = 0;
	int what = 0;

	if (!kernel.armed ||
		(kernel.leaves_clocks && call == CALL_CLOCK_GETTIME))
		return 0;
	kernel.calls++;
	while (ways < WAYS_MAX && table[call].ways[ways])
		ways++;
	for (unsigned i = 0; i < kernel.count; i++)
		if (kernel.fault[i].at == kernel.calls) {
			what = table[call].ways[kernel.fault[i].variant % ways];
			kernel.hits[i].variants = ways;
			kernel.hits[i].call = call;
			kernel.hits[i].what = what;
		}
	return what;
}

static int refuse(int what)
{
	errno = what;
	return -1;
}

/* The linker puts each __wrap_ where its plain name is called (--wrap). */
int __real_clock_gettime(clockid_t clock, struct timespec *ts);
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

static void move_clocks(int what)
{
	int64_t stop = what == STOPPED        ? 2 * SEC
		       : what == STOPPED_LONG ? 3600 * SEC
					      : 0;

	kernel.offset[0] += stop;
	kernel.offset[1] += stop;
	kernel.stood_still += stop;
	if (what == SUSPENDED)
		kernel.offset[1] += 3600 * SEC;
	if (what == ANOTHER_CLOCK)
		kernel.offset[1] -= 3600 * SEC;
}

static void move_time(struct timespec *ts, int64_t span)
{
	int64_t time = (int64_t)ts->tv_sec * SEC + ts->tv_nsec + span;

	ts->tv_sec = (time_t)(time / SEC);
	ts->tv_nsec = (long)(time % SEC);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	int result;

	move_clocks(gate(CALL_CLOCK_GETTIME));
	result = __real_clock_gettime(clock, ts);
	move_time(ts, kernel.offset[clock == CLOCK_BOOTTIME]);
	return result;
}

int64_t kernel_now(void)
{
	struct timespec ts;

	__real_clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SEC + ts.tv_nsec + kernel.offset[0];
}

ssize_t __real_getrandom(void *buf, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags)
{
	int what = gate(CALL_GETRANDOM);

	if (what == OTHER)
		return (ssize_t)size / 2;
	return what ? refuse(what) : __real_getrandom(buf, size, flags);
}

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol)
{
	int what = gate(CALL_SOCKET);

	return what ? refuse(what) : __real_socket(family, type, protocol);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	int what = gate(CALL_OPEN);
	va_list list;
	int mode;

	va_start(list, flags);
	mode = va_arg(list, int); /* nobody looks at it without O_CREAT */
	va_end(list);
	return what ? refuse(what) : __real_open(path, flags, mode);
}

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int what = gate(CALL_CLOSE);
	int result = __real_close(fd);

	if (result < 0 && errno == EBADF)
		kernel.closed_twice = true;
	return what ? refuse(what) : result;
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...)
{
	int what = gate(CALL_FCNTL);
	va_list list;
	int arg;

	va_start(list, command);
	arg = va_arg(list, int);
	va_end(list);
	return what ? refuse(what) : __real_fcntl(fd, command, arg);
}

int __real_setsockopt(
	int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(
	int fd, int level, int option, const void *value, socklen_t size);
int __wrap_setsockopt(
	int fd, int level, int option, const void *value, socklen_t size)
{
	int what = gate(CALL_SETSOCKOPT);

	return what ? refuse(what)
		    : __real_setsockopt(fd, level, option, value, size);
}

int __real_getsockopt(
	int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(
	int fd, int level, int option, void *value, socklen_t *size);
int __wrap_getsockopt(
	int fd, int level, int option, void *value, socklen_t *size)
{
	int what = gate(CALL_GETSOCKOPT);
	int result;

	if (what && what != OTHER)
		return refuse(what);
	result = __real_getsockopt(fd, level, option, value, size);
	if (what == OTHER && *size == sizeof(struct ucred))
		((struct ucred *)value)->uid = 12345;
	return result;
}

int __real_bind(int fd, const struct sockaddr *addr, socklen_t size);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t size);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t size)
{
	int what = gate(CALL_BIND);

	return what ? refuse(what) : __real_bind(fd, addr, size);
}

int __real_connect(int fd, const struct sockaddr *addr, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t size);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t size)
{
	int what = gate(CALL_CONNECT);

	return what ? refuse(what) : __real_connect(fd, addr, size);
}

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	int what = gate(CALL_IOCTL);
	va_list list;
	void *arg;

	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	return what ? refuse(what) : __real_ioctl(fd, request, arg);
}

ssize_t __real_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *msg, int flags)
{
	int what = gate(CALL_SENDMSG);

	if (what == LOST)
		return (ssize_t)msg->msg_iov->iov_len;
	return what ? refuse(what) : __real_sendmsg(fd, msg, flags);
}

/* The kernel closes what there is no room for. */
static void drop_control(struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	int fd;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
		if (cmsg->cmsg_level == SOL_SOCKET &&
			cmsg->cmsg_type == SCM_RIGHTS) {
			memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
			__real_close(fd);
		}
	msg->msg_controllen = 0;
	msg->msg_flags |= MSG_CTRUNC;
}

/* Of a datagram of that size so much is left, and nothing shows the rest. */
static ssize_t cut(struct msghdr *msg, ssize_t size, int what)
{
	ssize_t left = what == CUT_0      ? 0
		       : what == CUT_1    ? 1
		       : what == CUT_11   ? 11
		       : what == CUT_LAST ? size - 1
					  : size / 2;

	if (left >= size)
		return size;
	memset((char *)msg->msg_iov->iov_base + left, 0xee,
		(size_t)(size - left));
	if (what == TRUNCATED)
		msg->msg_flags |= MSG_TRUNC;
	return left;
}

ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	int what = gate(CALL_RECVMSG);
	ssize_t size;

	if (what && what < SPECIAL)
		return refuse(what);
	size = __real_recvmsg(fd, msg, flags);
	if (what == 0 || size <= 0)
		return size;
	if (what == NO_CONTROL) {
		drop_control(msg);
		return size;
	}
	if (what == LOST) {
		drop_control(msg);
		return refuse(EAGAIN);
	}
	return cut(msg, size, what);
}

ssize_t __real_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size);
ssize_t __wrap_read(int fd, void *buf, size_t size)
{
	int what = gate(CALL_READ);

	if (what == CUT_1)
		return __real_read(fd, buf, 1);
	return what ? refuse(what) : __real_read(fd, buf, size);
}

static int pretend(struct pollfd *fds, nfds_t count, short events)
{
	int ready = 0;

	for (nfds_t i = 0; i < count; i++) {
		fds[i].revents = fds[i].fd < 0 ? 0 : events;
		ready += fds[i].revents != 0;
	}
	return ready;
}

int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
	const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
	const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait,
	const sigset_t *mask)
{
	int what = gate(CALL_PPOLL);
	int64_t time = (int64_t)wait->tv_sec * SEC + wait->tv_nsec;
	struct timespec real = *wait;
	int result;

	if (what == READY_NOT)
		return pretend(fds, count, POLLIN);
	if (what == READY_ERROR)
		return pretend(fds, count, POLLERR);
	if (what == READY_CLOSED)
		return pretend(fds, count, POLLNVAL);
	if (what == EARLY)
		return pretend(fds, 0, 0);
	if (what)
		return refuse(what);
	if (time > kernel.patience) {
		real.tv_sec = (time_t)(kernel.patience / SEC);
		real.tv_nsec = (long)(kernel.patience % SEC);
	}
	result = __real_ppoll(fds, count, &real, mask);
	if (result == 0 && time > kernel.patience)
		kernel_step(time - kernel.patience);
	return result;
}

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st)
{
	int what = gate(CALL_STAT);

	return what ? refuse(what) : __real_stat(path, st);
}

off_t __real_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence);
off_t __wrap_lseek(int fd, off_t offset, int whence)
{
	int what = gate(CALL_LSEEK);

	if (what == OTHER)
		return 4096;
	return what ? refuse(what) : __real_lseek(fd, offset, whence);
}

void *__real_mmap(void *where, size_t size, int protection, int flags, int fd,
	off_t offset);
void *__wrap_mmap(void *where, size_t size, int protection, int flags, int fd,
	off_t offset);
void *__wrap_mmap(void *where, size_t size, int protection, int flags, int fd,
	off_t offset)
{
	int what = gate(CALL_MMAP);

	if (what) {
		errno = what;
		return MAP_FAILED;
	}
	return __real_mmap(where, size, protection, flags, fd, offset);
}
