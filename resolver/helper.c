/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client of mdns-helper. */
#include "resolver/helper.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "resolver/err.h"
#include "resolver/map.h"
#include "resolver/settings_file.h"
#include "resolver/shelf.h"
#include "resolver/sys.h"

/* A helper that has started to ask says so, and goes on saying so. */
#define SILENCE_MAX (250 * MDNS_MSEC)

/* What is known is said within a moment. To wait for that in recvmsg spares the
 * system call of poll, which takes over then because it is exact. */
#define WAIT (20 * MDNS_MSEC)

#define QUESTION_ID 1 /* the only one of its connection */

/* --- the map of this process ---
 *
 * Readers hold no lock, so a map is never unmapped under them: a helper that
 * was started anew has its map put into the other of two places, and the one
 * after that takes, in one step, the place of the first. Who still read that
 * finds sums that do not match. */
static _Atomic(void *) places[2];
static mdns_shelf_word current;   /* index of the place in use */
static struct mdns_shelf placing; /* held while a place is being changed */

/* Milliseconds of boottime modulo 2^32; 0: the helper is as it should be. */
static mdns_shelf_word shunned_until;

static void *current_map(void)
{
	uint32_t index = atomic_load_explicit(&current, memory_order_acquire);

	return atomic_load_explicit(&places[index % 2], memory_order_acquire);
}

/* A child that was forked in the middle of this keeps the map that it has. */
static void take_map(int fd)
{
	uint32_t index;
	void *memory;

	if (!mdns_shelf_write_begin(&placing))
		return;
	index = atomic_load_explicit(&current, memory_order_relaxed) + 1;
	memory = mdns_sys_map_sealed(fd, MDNS_MAP_SIZE,
		atomic_load_explicit(&places[index % 2], memory_order_relaxed));
	if (memory) {
		atomic_store_explicit(
			&places[index % 2], memory, memory_order_release);
		atomic_store_explicit(&current, index, memory_order_release);
	}
	mdns_shelf_write_end(&placing);
}

bool mdns_helper_recall(const struct mdns_name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer)
{
	const void *memory = current_map();
	uint64_t id;

	if (!memory)
		return false;
	id = mdns_map_id(memory);
	return mdns_map_is_alive(memory, id, now) &&
	       mdns_map_find(memory, id, name, now, ret_status, ret_answer);
}

/* --- a helper that is not what it should be is left alone --- */

static uint32_t to_msec(mdns_time time)
{
	return (uint32_t)(time / MDNS_MSEC);
}

/* How long to wait for its first word; 0: do not ask. */
static int64_t patience(mdns_time now)
{
	uint32_t until =
		atomic_load_explicit(&shunned_until, memory_order_relaxed);

	if (until == 0)
		return MDNS_HELPER_PATIENCE;
	if ((int32_t)(until - to_msec(now)) > 0 &&
		until - to_msec(now) <= MDNS_HELPER_PENALTY / MDNS_MSEC)
		return 0;
	return MDNS_HELPER_GLANCE;
}

static void shun(mdns_time now)
{
	uint32_t until = to_msec(now + MDNS_HELPER_PENALTY);

	atomic_store_explicit(
		&shunned_until, until ? until : 1, memory_order_relaxed);
}

static void trust(void)
{
	if (atomic_load_explicit(&shunned_until, memory_order_relaxed) != 0)
		atomic_store_explicit(&shunned_until, 0, memory_order_relaxed);
}

/* --- talking to it --- */

/* The socket's folder says who may be at the other end. */
static int open_socket(uid_t *ret_owner)
{
	static const struct sockaddr_un addr = {
		.sun_family = AF_UNIX, .sun_path = MDNS_HELPER_SOCKET};
	int fd, result;

	/* In a folder of /run only root, and who has it from root, can put
	 * anything. And where there is none this is all that it costs. */
	if (mdns_sys_folder_owner(MDNS_HELPER_FOLDER, ret_owner) < 0)
		return MDNS_ERR_NOT_FOUND;
	fd = mdns_sys_socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (fd < 0)
		return mdns_sys_err(fd);
	result = mdns_sys_connect(
		fd, (const struct sockaddr *)&addr, sizeof(addr));
	if (result == 0)
		return fd;
	mdns_sys_close(fd);
	if (result == -ENOENT || result == -ECONNREFUSED)
		return MDNS_ERR_NOT_FOUND;
	return mdns_sys_err(result);
}

static int check_peer(int fd, uid_t owner)
{
	uid_t peer;
	int result = mdns_sys_peer_uid(fd, &peer);

	if (result < 0)
		return mdns_sys_err(result);
	return peer == 0 || peer == owner ? 0 : MDNS_ERR_DENIED;
}

int mdns_helper_connect(void)
{
	uid_t owner = 0;
	int fd = open_socket(&owner);
	int err;

	if (fd < 0)
		return fd;
	err = check_peer(fd, owner);
	if (err == 0)
		return fd;
	mdns_sys_close(fd);
	return err;
}

int mdns_helper_send(int fd, const struct mdns_request *request)
{
	struct iovec iov = {(void *)(uintptr_t)request, sizeof(*request)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = mdns_sys_sendmsg(fd, &msg);

	return n < 0 ? mdns_sys_err((int)n) : 0;
}

/* The descriptor that came along; there is room for one. */
static int passed_fd(struct msghdr *msg)
{
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
	int fd;

	if (!cmsg || cmsg->cmsg_level != SOL_SOCKET ||
		cmsg->cmsg_type != SCM_RIGHTS ||
		cmsg->cmsg_len != CMSG_LEN(sizeof(fd)))
		return -1;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
	return fd;
}

/* One whole message of at most size octets; as mdns_helper_receive. waits: first
 * a moment in recvmsg itself, as mdns_sys_set_wait has said. */
static int receive(int fd, bool waits, mdns_time until, void *buf, size_t size,
	int *ret_fd)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = {buf, size};
	struct mdns_reply_head head;

	for (;; waits = false) {
		struct msghdr msg = {.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = ret_fd ? &control : NULL,
			/* Not CMSG_SPACE: its padding holds a second one. */
			.msg_controllen = ret_fd ? CMSG_LEN(sizeof(int)) : 0};
		struct pollfd poll = {fd, POLLIN, 0};
		int result = waits ? 0 : mdns_sys_poll(&poll, 1, until);
		ssize_t n = waits ? mdns_sys_recvmsg_wait(fd, &msg)
				  : mdns_sys_recvmsg(fd, &msg);

		if (n == -EAGAIN || n == -EINTR) {
			if (result < 0)
				return mdns_sys_err(result);
			if (mdns_sys_now() >= until)
				return MDNS_ERR_NOT_FOUND;
			continue;
		}
		if (n <= 0)
			return MDNS_ERR_DENIED;
		if (ret_fd)
			*ret_fd = passed_fd(&msg);
		if ((msg.msg_flags & MSG_TRUNC) ||
			!mdns_reply_check(buf, (size_t)n)) {
			if (ret_fd && *ret_fd >= 0)
				mdns_sys_close(*ret_fd);
			return MDNS_ERR_FORMAT;
		}
		memcpy(&head, buf, sizeof(head));
		return head.kind;
	}
}

int mdns_helper_receive(
	int fd, mdns_time until, union mdns_reply *ret_reply, int *ret_fd)
{
	return receive(fd, false, until, ret_reply, sizeof(*ret_reply), ret_fd);
}

/* --- a lookup --- */

/* True if the clocks of both ends are one: in another time namespace the times
 * in the map would mean something else. */
static bool is_same_clock(mdns_time theirs)
{
	mdns_time ours = mdns_sys_boottime();

	return theirs <= ours + MDNS_SEC && theirs >= ours - MDNS_SEC;
}

/* An answer, or what else came: 0 or why there is none. first: how long to wait
 * for its first word. */
static int read_answer(int fd, int64_t first, mdns_time deadline,
	int *ret_status, struct mdns_answer *ret_answer)
{
	struct mdns_reply_answer reply;
	mdns_time until = mdns_sys_now() + first;
	bool waits = true;

	for (;; waits = false) {
		int map = -1, kind, err;

		kind = receive(fd, waits, until < deadline ? until : deadline,
			&reply, sizeof(reply), &map);
		if (kind < 0)
			return kind;
		trust();
		if (reply.head.id != QUESTION_ID ||
			(kind != MDNS_REPLY_WAIT &&
				kind != MDNS_REPLY_ANSWER)) {
			if (map >= 0)
				mdns_sys_close(map);
			return MDNS_ERR_DENIED;
		}
		if (map >= 0) {
			if (is_same_clock(reply.head.now))
				take_map(map);
			mdns_sys_close(map);
		}
		if (kind == MDNS_REPLY_WAIT) {
			until = mdns_sys_now() + SILENCE_MAX;
			continue;
		}
		err = mdns_reply_decode(&reply, ret_status, ret_answer);
		if (err == 0 && *ret_status == MDNS_ERR_NO_LINK)
			return MDNS_ERR_NO_LINK;
		return err;
	}
}

static int send_question(int fd, const struct mdns_name *name, mdns_time now)
{
	const void *memory = current_map();
	uint32_t total = mdns_settings_last_total();
	struct mdns_request request;

	mdns_request_init(&request, MDNS_REQUEST_RESOLVE, name);
	request.id = QUESTION_ID;
	request.once = 1;
	request.map = memory ? mdns_map_id(memory) : 0;
	/* Otherwise its own limit, which it has from the same file. */
	if (total > 0)
		request.deadline = now + total * MDNS_MSEC;
	return mdns_helper_send(fd, &request);
}

/* When the lookup has to be over, monotonic. */
static mdns_time find_deadline(mdns_time now)
{
	struct mdns_settings settings;

	mdns_settings_current(now, &settings);
	return mdns_sys_now() - (mdns_sys_boottime() - now) +
	       settings.total_ms * MDNS_MSEC;
}

/* While the helper is at work, what else there is to do: nothing that it says is
 * believed before we know who it is. */
static int converse(int fd, uid_t owner, const struct mdns_name *name,
	int64_t first, mdns_time now, int *ret_status,
	struct mdns_answer *ret_answer)
{
	mdns_time deadline;
	int err = send_question(fd, name, now);

	if (err < 0)
		return err;
	deadline = find_deadline(now);
	err = check_peer(fd, owner);
	if (err < 0)
		return err;
	if (first > 2 * WAIT)
		mdns_sys_set_wait(fd, WAIT);
	/* The answer may come at the very end. */
	return read_answer(fd, first, deadline + MDNS_HELPER_PATIENCE,
		ret_status, ret_answer);
}

bool mdns_helper_ask(const struct mdns_name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer)
{
	int64_t first = patience(now);
	uid_t owner = 0;
	int state, fd, err;

	if (first == 0)
		return false;
	state = mdns_sys_hold_cancel();
	fd = open_socket(&owner);
	err = fd;
	if (fd >= 0) {
		err = converse(
			fd, owner, name, first, now, ret_status, ret_answer);
		mdns_sys_close(fd);
	}
	mdns_sys_restore_cancel(state);
	/* It hangs, or speaks another language. One that has gone (DENIED) is
	 * back at once. */
	if (fd >= 0 && (err == MDNS_ERR_NOT_FOUND || err == MDNS_ERR_FORMAT))
		shun(now);
	return err == 0;
}
