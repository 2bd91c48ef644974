/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets that mdns-helper starts with. */
#include "tools/helper/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "resolver/protocol.h"
#include "tools/helper/alarm.h"
#include "tools/helper/log.h"

#define BACKLOG 4096

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83 /* Linux 6.16 */
#endif

static const struct sockaddr_un address = {
	.sun_family = AF_UNIX, .sun_path = MDNS_HELPER_SOCKET};

static void take_passed(struct listening *listening, int fd)
{
	if (sd_is_socket_unix(fd, SOCK_SEQPACKET, 1, NULL, 0) > 0 &&
		listening->listener < 0) {
		listening->listener = fd;
		fcntl(fd, F_SETFL, O_NONBLOCK);
	} else if (sd_is_socket(fd, AF_NETLINK, SOCK_RAW, -1) > 0 &&
		   listening->netlink < 0) {
		listening->netlink = fd;
	} else if ((sd_is_socket(fd, AF_INET, SOCK_DGRAM, -1) > 0 ||
			   sd_is_socket(fd, AF_INET6, SOCK_DGRAM, -1) > 0) &&
		   listening->udp_count < LISTEN_UDP_MAX) {
		listening->udp[listening->udp_count++] = fd;
	} else {
		log_say(LOG_WARNING, NULL,
			"descriptor %d that was passed is of no use", fd);
		close(fd);
	}
}

static int take_all_passed(struct listening *listening)
{
	int i, count = sd_listen_fds(1);

	if (count < 0)
		return count;
	for (i = 0; i < count; i++)
		take_passed(listening, SD_LISTEN_FDS_START + i);
	return 0;
}

/* True if somebody takes connections there, or should: EAGAIN says that he has
 * more of them than he can take. */
static bool is_taken(void)
{
	int fd = socket(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool taken;

	if (fd < 0)
		return false;
	taken = connect(fd, (const struct sockaddr *)&address,
			sizeof(address)) == 0 ||
		errno == EAGAIN;
	close(fd);
	return taken;
}

/* Whoever may write into this folder is believed by every process, and every
 * process must be able to reach it, whatever our umask is. */
static int make_folder(void)
{
	if (mkdir(MDNS_HELPER_FOLDER, 0755) == 0)
		return chmod(MDNS_HELPER_FOLDER, 0755) < 0 ? -errno : 0;
	return errno == EEXIST ? 0 : -errno;
}

static int open_own(struct listening *listening)
{
	int fd, result = make_folder();

	if (result < 0)
		return result;
	if (is_taken())
		return -EADDRINUSE;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* Left behind by one that was killed. */
	unlink(MDNS_HELPER_SOCKET);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		chmod(MDNS_HELPER_SOCKET, 0666) < 0 ||
		listen(fd, BACKLOG) < 0) {
		result = -errno;
		close(fd);
		return result;
	}
	listening->listener = fd;
	return 0;
}

/* What a client sends along is not for us, and may take long to close. */
static int forbid_descriptors(int listener)
{
	return setsockopt(listener, SOL_SOCKET, SO_PASSRIGHTS, &(int){0},
		       sizeof(int)) == 0
		       ? 0
		       : alarm_open();
}

int listening_open(struct listening *listening)
{
	int result;

	*listening = (struct listening){.listener = -1, .netlink = -1};
	result = take_all_passed(listening);
	if (result == 0 && listening->listener < 0)
		result = open_own(listening);
	if (result == 0)
		result = forbid_descriptors(listening->listener);
	return result;
}

void listening_close(struct listening *listening)
{
	if (listening->listener >= 0)
		close(listening->listener);
	listening->listener = -1;
	/* UDP and netlink belong to those who have taken them over. */
}
