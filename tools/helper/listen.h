/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets that mdns-helper starts with: passed by systemd, or its own. */
#ifndef HELPER_LISTEN_H
#define HELPER_LISTEN_H

#include <stdbool.h>

#define LISTEN_UDP_MAX 16

struct listening {
	int listener; /* SOCK_SEQPACKET */
	int netlink;  /* rtnetlink, or -1: open one */
	int udp[LISTEN_UDP_MAX];
	unsigned udp_count;
};

/* Takes what systemd passes (sd_listen_fds), each by what it is; opens
 * MDNS_HELPER_SOCKET itself if no listener is among it. Its file stays when we
 * end: by then we may not remove it. The next one does. 0 or a negative errno
 * value: -EADDRINUSE if another helper is there. */
int listening_open(struct listening *listening);
void listening_close(struct listening *listening);

#endif
