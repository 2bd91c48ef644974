/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The seam: every call that the library makes to the kernel, and nothing else.
 * Tests link another implementation of these in its place. All return 0 or
 * more, or a negative errno value; errno itself is left to sys.c. */
#ifndef MDNS_SYS_H
#define MDNS_SYS_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "resolver/clock.h"

/* One of these results as an error of the library: MDNS_ERR_RESOURCE for what
 * runs out, MDNS_ERR_NO_LINK for what is not there, MDNS_ERR_TAKEN for a port
 * that is somebody else's alone, MDNS_ERR_DENIED for all else. */
int mdns_sys_err(int result);

/* CLOCK_MONOTONIC, for deadlines, and CLOCK_BOOTTIME, for ages. */
mdns_time mdns_sys_now(void);
mdns_time mdns_sys_boottime(void);

/* Never blocks; falls back to the clock where the kernel has none to give. */
uint32_t mdns_sys_random(void);

/* A descriptor above 2, close-on-exec and non-blocking. */
int mdns_sys_socket(int family, int type, int protocol);
int mdns_sys_open(const char *path);
void mdns_sys_close(int fd);

int mdns_sys_setsockopt(
	int fd, int level, int option, const void *value, socklen_t size);
int mdns_sys_bind(int fd, const struct sockaddr *addr, socklen_t size);
/* Does not wait: -EAGAIN if the listener's queue is full. */
int mdns_sys_connect(int fd, const struct sockaddr *addr, socklen_t size);
/* Who listens at the other end of a connected AF_UNIX socket. */
int mdns_sys_peer_uid(int fd, uid_t *ret_uid);
int mdns_sys_ioctl(int fd, unsigned long request, void *arg);
/* No SIGPIPE; never blocks. */
ssize_t mdns_sys_sendmsg(int fd, const struct msghdr *msg);
ssize_t mdns_sys_recvmsg(int fd, struct msghdr *msg);
/* Has the next one wait for that long, about: 10 ms more or less. It may not
 * take effect, then that one does not block either. */
void mdns_sys_set_wait(int fd, int64_t time);
ssize_t mdns_sys_recvmsg_wait(int fd, struct msghdr *msg);
ssize_t mdns_sys_read(int fd, void *buf, size_t size);

/* Waits until the point in time at the latest; the number that are ready. A
 * signal ends the wait early with 0. */
int mdns_sys_poll(struct pollfd *fds, nfds_t count, mdns_time until);

/* Identity of a file's content: changes whenever the file does; 0 if there is
 * none that could be read. */
uint64_t mdns_sys_file_stamp(const char *path);

/* Whose folder that is; -ENOTDIR if it is none. */
int mdns_sys_folder_owner(const char *path, uid_t *ret_uid);

/* Zeroed memory, private, not the host program's heap; NULL if there is none. */
void *mdns_sys_map(size_t size);
void mdns_sys_unmap(void *memory, size_t size);

/* Memory of somebody else's, read-only and shared: of exactly that size, and
 * sealed so that it cannot shrink (touching what is gone would be SIGBUS).
 * where: NULL, or a mapping of the same size whose place it takes at once.
 * NULL if it is not so, or cannot be had. */
void *mdns_sys_map_sealed(int fd, size_t size, void *where);

/* Holds back pthread_cancel until restored, so that it leaks nothing. */
int mdns_sys_hold_cancel(void);
void mdns_sys_restore_cancel(int state);

#endif
