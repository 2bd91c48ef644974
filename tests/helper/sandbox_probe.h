/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of sandbox_probe share. */
#ifndef SANDBOX_PROBE_H
#define SANDBOX_PROBE_H

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define PROBE_JOURNAL "/run/systemd/journal/socket"

/* What the helper has open when it enters. */
struct probe_world {
	int ipv4, ipv6;       /* UDP */
	int netlink;          /* rtnetlink */
	int listener, client; /* SEQPACKET; the client has sent "ask" */
	int memfd;            /* of one page */
	int notify, journal;  /* where libsystemd sends to */
	int elsewhere;        /* an abstract socket at this address */
	struct sockaddr_un elsewhere_addr;
	socklen_t elsewhere_size;
	pid_t parent;
};

extern struct probe_world world;

/* run: 0 or an errno value. */
struct probe {
	const char *name; /* NULL: the last one */
	int (*run)(void);
};

extern const struct probe probes_refused[], probes_work[];

static inline int probe_result(long value)
{
	return value < 0 ? errno : 0;
}

#endif
