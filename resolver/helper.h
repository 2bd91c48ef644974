/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client of mdns-helper. Nothing here ever fails a lookup: what the helper
 * does not say, the network does. */
#ifndef MDNS_HELPER_H
#define MDNS_HELPER_H

#include "resolver/answer.h"
#include "resolver/clock.h"
#include "resolver/protocol.h"

/* A helper that lives says something within this time. One that does not is
 * asked no more than once in MDNS_HELPER_PENALTY, and then waited for no longer
 * than MDNS_HELPER_GLANCE, until it answers. */
#define MDNS_HELPER_PATIENCE (50 * MDNS_MSEC)
#define MDNS_HELPER_PENALTY (1 * MDNS_SEC)
#define MDNS_HELPER_GLANCE (1 * MDNS_MSEC)

/* Where there was none, none is looked for so soon again. */
#define MDNS_HELPER_ABSENCE (1 * MDNS_SEC)

/* Looks into the map, if this process has one: no system call. True if it has
 * an answer that counts now, 0 or a failure that is one (MDNS_ERR_NOT_FOUND,
 * _PASS_ON, _NO_DATA). now is boottime. */
bool mdns_helper_recall(const struct mdns_name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer);

/* Asks it, and takes its map along. True if it had an answer as above within
 * the time that the settings give a lookup. False: go the direct way; after
 * MDNS_HELPER_PATIENCE at most if the helper is not what it should be. Leaves no
 * descriptor; the map stays, one for each process. Holds back cancellation. */
bool mdns_helper_ask(const struct mdns_name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer);

/* The same, and where the helper hears nothing we ask by ourselves as well, by
 * one-shots, if it says that this is ours to do: until one of the two has an
 * answer. ret_aside: it is from those, and in no map; ret_fingerprint is that
 * of mdns_lookup_run then. */
bool mdns_helper_ask_along(const struct mdns_name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer, bool *ret_aside,
	uint64_t *ret_fingerprint);

/* --- for tools: one conversation at a time --- */

/* Connects, and makes sure that root or the owner of the socket's folder is at
 * the other end. The descriptor, to be closed by mdns_sys_close, or:
 * MDNS_ERR_NOT_FOUND (no helper), MDNS_ERR_DENIED (not allowed, or somebody
 * else is there), MDNS_ERR_RESOURCE (it has too much to do). */
int mdns_helper_connect(void);

int mdns_helper_send(int fd, const struct mdns_request *request);

/* The next reply: its kind, or MDNS_ERR_NOT_FOUND (none until then, monotonic),
 * MDNS_ERR_FORMAT (another version), MDNS_ERR_DENIED (it hung up). ret_fd:
 * a descriptor that came along, or -1; may be NULL, then none is kept. */
union mdns_reply {
	struct mdns_reply_head head;
	struct mdns_reply_answer answer;
	struct mdns_reply_event event;
	struct mdns_reply_link link;
	struct mdns_reply_status status;
};
int mdns_helper_receive(
	int fd, mdns_time until, union mdns_reply *ret_reply, int *ret_fd);

#endif
