/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sandbox_probe tries and what must go on working. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#include "tests/helper/sandbox_probe.h"

static int read_configuration(void)
{
	char octets[16];
	int fd = open("/etc/dotlocal.conf", O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = read(fd, octets, sizeof(octets)) > 0 ? 0 : EIO;
	close(fd);
	return error;
}

static int stat_configuration(void)
{
	struct stat st;

	return probe_result(stat("/etc/dotlocal.conf", &st));
}

static int join_ipv4(void)
{
	struct ip_mreqn request = {
		.imr_multiaddr.s_addr = htonl(0xe00000fb), /* 224.0.0.251 */
		.imr_ifindex = 1,
	};

	if (setsockopt(world.ipv4, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request,
		    sizeof(request)) < 0)
		return errno;
	return probe_result(setsockopt(world.ipv4, IPPROTO_IP,
		IP_DROP_MEMBERSHIP, &request, sizeof(request)));
}

static int join_ipv6(void)
{
	struct ipv6_mreq request = {.ipv6mr_interface = 1};

	inet_pton(AF_INET6, "ff02::fb", &request.ipv6mr_multiaddr);
	if (setsockopt(world.ipv6, IPPROTO_IPV6, IPV6_JOIN_GROUP, &request,
		    sizeof(request)) < 0)
		return errno;
	return probe_result(setsockopt(world.ipv6, IPPROTO_IPV6,
		IPV6_LEAVE_GROUP, &request, sizeof(request)));
}

static int leave_links(void)
{
	int group = RTNLGRP_LINK;

	return probe_result(setsockopt(world.netlink, SOL_NETLINK,
		NETLINK_DROP_MEMBERSHIP, &group, sizeof(group)));
}

/* All that is in the socket's queue, until the dump is done. */
static int dump_links(void)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg info;
	} request = {
		.head = {.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	};
	struct {
		_Alignas(struct nlmsghdr) char octets[32768];
	} reply;
	struct nlmsghdr *head;
	ssize_t size;
	int links = 0;

	if (send(world.netlink, &request, sizeof(request), 0) < 0)
		return errno;
	for (;;) {
		size = recv(world.netlink, &reply, sizeof(reply), 0);
		if (size < 0)
			return errno;
		for (head = (struct nlmsghdr *)&reply; NLMSG_OK(head, size);
			head = NLMSG_NEXT(head, size)) {
			if (head->nlmsg_type == NLMSG_DONE)
				return links > 0 ? 0 : ENODEV;
			links++;
		}
	}
}

/* A world.client that waits is taken in, looked at and given a descriptor. */
static int serve_client(void)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	struct iovec iov = {&world.memfd, 3}; /* any octets */
	union {
		struct cmsghdr head;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	char octets[8];
	int fd = accept4(
		world.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int error = 0;

	if (fd < 0)
		return errno;
	memset(&control, 0, sizeof(control));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &world.memfd, sizeof(int));
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){8192},
			sizeof(int)) < 0 ||
		recv(fd, octets, sizeof(octets), 0) != 3 ||
		sendmsg(fd, &message, MSG_NOSIGNAL) != 3)
		error = errno ? errno : EIO;
	if (shutdown(fd, SHUT_RDWR) < 0)
		error = errno;
	close(fd);
	return error;
}

/* To itself, over the loopback. */
static int send_datagram(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t size = sizeof(addr);
	char octets[8] = "hello";
	struct iovec iov = {octets, 5};
	struct msghdr message = {.msg_name = &addr,
		.msg_namelen = sizeof(addr),
		.msg_iov = &iov,
		.msg_iovlen = 1};

	if (getsockname(world.ipv4, (struct sockaddr *)&addr, &size) < 0)
		return errno;
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sendmsg(world.ipv4, &message, 0) < 0) /* no loopback: also fine */
		return errno == ENETUNREACH ? 0 : errno;
	return recvmsg(world.ipv4, &message, 0) == 5 ? 0 : errno;
}

static int map_memory(void)
{
	void *page = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, world.memfd, 0);

	if (page == MAP_FAILED)
		return errno;
	memset(page, 1, 4096);
	return probe_result(munmap(page, 4096));
}

static int allocate(void)
{
	char *small = malloc(64u << 10);
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (small == NULL || page == MAP_FAILED)
		return errno;
	small[0] = 1;
	free(small);
	page = mremap(page, 4096, 8192, MREMAP_MAYMOVE);
	return page == MAP_FAILED ? errno : probe_result(munmap(page, 8192));
}

static int clocks(void)
{
	struct timespec now;

	/* Past the vDSO. */
	return probe_result(syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now));
}

static int random_octets(void)
{
	char octets[8];

	return probe_result(syscall(SYS_getrandom, octets, sizeof(octets), 0));
}

static int on_event(sd_event_source *source, uint64_t usec, void *context)
{
	(void)usec;
	(*(int *)context)++;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int on_io(
	sd_event_source *source, int fd, uint32_t events, void *context)
{
	(void)source, (void)fd, (void)events, (void)context;
	return 0;
}

static int on_signal(sd_event_source *source,
	const struct signalfd_siginfo *info, void *context)
{
	(void)source, (void)info, (void)context;
	return 0;
}

/* A whole loop of sd-event, made inside: epoll, timerfd, signalfd. */
static int event_loop(void)
{
	sd_event *event = NULL;
	sigset_t set;
	int fired = 0, error;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return errno;
	error = sd_event_new(&event);
	if (error >= 0)
		error = sd_event_add_signal(
			event, NULL, SIGHUP, on_signal, NULL);
	if (error >= 0)
		error = sd_event_add_io(
			event, NULL, world.ipv6, EPOLLIN, on_io, NULL);
	if (error >= 0)
		error = sd_event_add_time_relative(
			event, NULL, CLOCK_BOOTTIME, 5000, 0, on_event, &fired);
	if (error >= 0)
		error = sd_event_loop(event);
	sd_event_unref(event);
	if (error < 0)
		return -error;
	return fired == 1 ? 0 : EIO;
}

/* What libsystemd sends must come in at NOTIFY_SOCKET. */
static int notify_systemd(void)
{
	char octets[32];
	int error = sd_notify(0, "WATCHDOG=1");
	ssize_t size;

	if (error <= 0)
		return error < 0 ? -error : EIO;
	size = recv(world.notify, octets, sizeof(octets), MSG_DONTWAIT);
	return size == 10 && memcmp(octets, "WATCHDOG=1", 10) == 0 ? 0 : errno;
}

/* A short message comes as it is, a long one as a descriptor. */
static int write_journal(void)
{
	static char field[20u << 20]; /* above what a socket takes */
	union {
		struct cmsghdr head;
		char octets[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr message = {
		.msg_control = &control, .msg_controllen = sizeof(control)};
	int error = sd_journal_send("MESSAGE=short", "PRIORITY=7", NULL);

	if (error < 0)
		return -error;
	if (recv(world.journal, field, sizeof(field), MSG_DONTWAIT) < 13)
		return errno ? errno : EIO;
	memset(field, 'x', sizeof(field) - 1);
	memcpy(field, "LONG=", 5);
	error = sd_journal_send("MESSAGE=long", "%s", field, NULL);
	if (error < 0)
		return -error;
	if (recvmsg(world.journal, &message, MSG_DONTWAIT) < 0)
		return errno;
	if (message.msg_controllen == 0)
		return EIO;
	memcpy(&error, CMSG_DATA(&control.head), sizeof(error));
	return probe_result(close(error));
}

static int set_timer(void)
{
	struct itimerspec when = {.it_value = {.tv_nsec = 1000}};
	uint64_t count;
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC), error = 0;

	if (fd < 0)
		return errno;
	if (timerfd_settime(fd, 0, &when, NULL) < 0 ||
		read(fd, &count, sizeof(count)) != sizeof(count))
		error = errno;
	close(fd);
	return error;
}

static int duplicate(void)
{
	int fd = fcntl(world.memfd, F_DUPFD_CLOEXEC, 3);

	return fd < 0 ? errno : probe_result(close(fd));
}

static int robust_list(void)
{
	struct {
		void *head;
		long offset;
		void *pending;
	} list = {&list, 0, NULL};

	return probe_result(syscall(SYS_set_robust_list, &list, sizeof(list)));
}

static int write_text(void)
{
	return probe_result(write(STDERR_FILENO, "", 0));
}

const struct probe probes_work[] = {
	{"read-configuration", read_configuration},
	{"stat-configuration", stat_configuration},
	{"join-ipv4", join_ipv4},
	{"join-ipv6", join_ipv6},
	{"dump-links", dump_links},
	{"leave-links", leave_links},
	{"serve-client", serve_client},
	{"send-datagram", send_datagram},
	{"map-memory", map_memory},
	{"allocate", allocate},
	{"clock", clocks},
	{"random", random_octets},
	{"event-loop", event_loop},
	{"notify", notify_systemd},
	{"journal", write_journal},
	{"timer", set_timer},
	{"duplicate", duplicate},
	{"robust-list", robust_list},
	{"write", write_text},
	{NULL, NULL},
};
