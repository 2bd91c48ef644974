/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam: every call that the library makes to the kernel. */
#include "resolver/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "resolver/err.h"

int mdns_sys_err(int result)
{
	switch (-result) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EAGAIN:
		return MDNS_ERR_RESOURCE;
	case ENODEV:
	case ENETDOWN:
	case ENETUNREACH:
		return MDNS_ERR_NO_LINK;
	case EADDRINUSE:
		return MDNS_ERR_TAKEN;
	default:
		return MDNS_ERR_DENIED;
	}
}

static mdns_time read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts); /* cannot fail for these clocks */
	return (mdns_time)ts.tv_sec * MDNS_SEC + ts.tv_nsec;
}

mdns_time mdns_sys_now(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

mdns_time mdns_sys_boottime(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint32_t mdns_sys_random(void)
{
	uint32_t value;

	/* The id is a weak secret anyway: the query is multicast. */
	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
		value = (uint32_t)((uint64_t)mdns_sys_now() *
					   UINT64_C(2654435761) >>
				   16);
	return value;
}

/* 0 to 2 belong to the host program even when it has closed them: what it
 * opens next is its new stdin, and must not be a socket of ours. */
static int above_stdio(int fd)
{
	int higher;

	if (fd < 0)
		return -errno;
	if (fd > 2)
		return fd;
	higher = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (higher < 0)
		higher = -errno;
	close(fd);
	return higher;
}

int mdns_sys_socket(int family, int type, int protocol)
{
	return above_stdio(
		socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

int mdns_sys_open(const char *path)
{
	return above_stdio(
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

void mdns_sys_close(int fd)
{
	close(fd);
}

int mdns_sys_setsockopt(
	int fd, int level, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, level, option, value, size) < 0 ? -errno : 0;
}

int mdns_sys_bind(int fd, const struct sockaddr *addr, socklen_t size)
{
	return bind(fd, addr, size) < 0 ? -errno : 0;
}

int mdns_sys_connect(int fd, const struct sockaddr *addr, socklen_t size)
{
	return connect(fd, addr, size) < 0 ? -errno : 0;
}

int mdns_sys_peer_uid(int fd, uid_t *ret_uid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	*ret_uid = peer.uid;
	return 0;
}

int mdns_sys_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) < 0 ? -errno : 0;
}

ssize_t mdns_sys_sendmsg(int fd, const struct msghdr *msg)
{
	ssize_t n = sendmsg(fd, msg, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n < 0 ? -errno : n;
}

ssize_t mdns_sys_recvmsg(int fd, struct msghdr *msg)
{
	ssize_t n = recvmsg(fd, msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	return n < 0 ? -errno : n;
}

/* Without the limit it might wait for ever. */
void mdns_sys_set_wait(int fd, int64_t time)
{
	struct timeval tv = {.tv_usec = (suseconds_t)(time / MDNS_USEC)};
	int off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0)
		ioctl(fd, FIONBIO, &off);
}

ssize_t mdns_sys_recvmsg_wait(int fd, struct msghdr *msg)
{
	ssize_t n = recvmsg(fd, msg, MSG_CMSG_CLOEXEC);

	return n < 0 ? -errno : n;
}

ssize_t mdns_sys_read(int fd, void *buf, size_t size)
{
	ssize_t n = read(fd, buf, size);

	return n < 0 ? -errno : n;
}

int mdns_sys_poll(struct pollfd *fds, nfds_t count, mdns_time until)
{
	mdns_time left = until - mdns_sys_now();
	struct timespec ts = {0, 0};
	int n;

	if (left > 0) {
		ts.tv_sec = (time_t)(left / MDNS_SEC);
		ts.tv_nsec = (long)(left % MDNS_SEC);
	}
	n = ppoll(fds, count, &ts, NULL);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n;
}

uint64_t mdns_sys_file_stamp(const char *path)
{
	struct stat st;
	uint64_t stamp;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	stamp = (uint64_t)st.st_ino * 31 + (uint64_t)st.st_size;
	stamp = stamp * 1000003 + (uint64_t)st.st_mtim.tv_sec;
	stamp = stamp * 1000003 + (uint64_t)st.st_mtim.tv_nsec;
	stamp = stamp * 1000003 + (uint64_t)st.st_ctim.tv_nsec;
	return stamp ? stamp : 1;
}

int mdns_sys_folder_owner(const char *path, uid_t *ret_uid)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*ret_uid = st.st_uid;
	return 0;
}

void *mdns_sys_map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void mdns_sys_unmap(void *memory, size_t size)
{
	munmap(memory, size);
}

void *mdns_sys_map_sealed(int fd, size_t size, void *where)
{
	int seals = fcntl(fd, F_GET_SEALS);
	void *memory;

	/* To ask for the size this way costs half of what fstat does. */
	if (seals < 0 || !(seals & F_SEAL_SHRINK) ||
		lseek(fd, 0, SEEK_END) != (off_t)size)
		return NULL;
	memory = mmap(where, size, PROT_READ,
		where ? MAP_SHARED | MAP_FIXED : MAP_SHARED, fd, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

int mdns_sys_hold_cancel(void)
{
	int state = PTHREAD_CANCEL_ENABLE;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	return state;
}

void mdns_sys_restore_cancel(int state)
{
	pthread_setcancelstate(state, &state);
}
