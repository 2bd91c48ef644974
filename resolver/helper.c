/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client of mdns-helper. */
#include "resolver/helper.h"

#include <errno.h>
#include <string.h>
#include <sys/un.h>

#include "resolver/err.h"
#include "resolver/lookup.h"
#include "resolver/map.h"
#include "resolver/settings_file.h"
#include "resolver/shelf.h"
#include "resolver/sys.h"

/* A helper that has started to ask says so, and goes on saying so. */
#define SILENCE_MAX (250 * MDNS_MSEC)

/* What is known is said within a moment. To wait for that in recvmsg spares the
 * system call of poll, which takes over then because it is exact. */
#define WAIT (20 * MDNS_MSEC)

/* In the time of a lookup it says WAIT five times. */
#define LATE_MAX 32

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

/* Until when, in milliseconds of boottime modulo 2^32; 0: not so. */
static mdns_shelf_word shunned_until; /* it is not as it should be */
static mdns_shelf_word absent_until;  /* it is not there */

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

static void set_until(mdns_shelf_word *until, mdns_time end)
{
	uint32_t msec = to_msec(end);

	atomic_store_explicit(until, msec ? msec : 1, memory_order_relaxed);
}

/* span: how far ahead it was set, at most. */
static bool is_until(const mdns_shelf_word *until, int64_t span, mdns_time now)
{
	uint32_t end = atomic_load_explicit(until, memory_order_relaxed);
	uint32_t left = end - to_msec(now);

	return end != 0 && left != 0 && left <= to_msec(span);
}

/* It does what it should. */
static void trust(void)
{
	if (atomic_load_explicit(&shunned_until, memory_order_relaxed) != 0)
		atomic_store_explicit(&shunned_until, 0, memory_order_relaxed);
}

/* How long to wait for its first word; 0: do not ask. */
static int64_t patience(mdns_time now)
{
	if (is_until(&absent_until, MDNS_HELPER_ABSENCE, now) ||
		is_until(&shunned_until, MDNS_HELPER_PENALTY, now))
		return 0;
	return atomic_load_explicit(&shunned_until, memory_order_relaxed) == 0
		       ? MDNS_HELPER_PATIENCE
		       : MDNS_HELPER_GLANCE;
}

/* --- talking to it --- */

/* As mdns_sys_connect. Not to look first whether there is one saves who has it
 * a twentieth of the first lookup of each process. */
static int open_socket(void)
{
	static const struct sockaddr_un addr = {
		.sun_family = AF_UNIX, .sun_path = MDNS_HELPER_SOCKET};
	int fd = mdns_sys_socket(AF_UNIX, SOCK_SEQPACKET, 0);
	int result;

	if (fd < 0)
		return fd;
	result = mdns_sys_connect(
		fd, (const struct sockaddr *)&addr, sizeof(addr));
	if (result == 0)
		return fd;
	mdns_sys_close(fd);
	return result;
}

/* In a folder of /run only root, and who has it from root, can put anything:
 * the socket's folder says who may be at the other end. */
static int check_peer(int fd)
{
	uid_t owner, peer;
	int result = mdns_sys_folder_owner(MDNS_HELPER_FOLDER, &owner);

	if (result < 0)
		return mdns_sys_err(result);
	result = mdns_sys_peer_uid(fd, &peer);
	if (result < 0)
		return mdns_sys_err(result);
	return peer == 0 || peer == owner ? 0 : MDNS_ERR_DENIED;
}

int mdns_helper_connect(void)
{
	int fd = open_socket();
	int err;

	if (fd == -ENOENT || fd == -ECONNREFUSED)
		return MDNS_ERR_NOT_FOUND;
	if (fd < 0)
		return mdns_sys_err(fd);
	err = check_peer(fd);
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
		/* Before the look: the process may be stopped after it. */
		bool last = !waits && mdns_sys_now() >= until;
		ssize_t n = waits ? mdns_sys_recvmsg_wait(fd, &msg)
				  : mdns_sys_recvmsg(fd, &msg);

		if (n == -EAGAIN || n == -EINTR) {
			if (result < 0)
				return mdns_sys_err(result);
			if (last)
				return MDNS_ERR_NOT_FOUND;
			continue;
		}
		if (n < 0)
			return MDNS_ERR_DENIED;
		/* An empty message, too, may have one with it. */
		if (ret_fd)
			*ret_fd = passed_fd(&msg);
		if (n == 0 || (msg.msg_flags & MSG_TRUNC) ||
			!mdns_reply_check(buf, (size_t)n)) {
			if (ret_fd && *ret_fd >= 0)
				mdns_sys_close(*ret_fd);
			return n == 0 ? MDNS_ERR_DENIED : MDNS_ERR_FORMAT;
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

/* One lookup's conversation. */
struct talk {
	int fd;
	const struct mdns_name *name;
	struct mdns_settings settings;
	mdns_time end;   /* of the lookup */
	mdns_time until; /* it has to say something */
	bool waits;      /* for its first word, in recvmsg */
	bool invited;    /* to ask by ourselves as well */
	uint8_t late;    /* times it said WAIT when that was over */
	int *ret_status;
	struct mdns_answer *ret_answer;
	bool along; /* may ask by ourselves as well */
	bool aside; /* and have found it so */
	uint64_t fingerprint;
	int err; /* PENDING, 0 with an answer, or why there will be none */
};

#define PENDING 1

static void read_reply(struct talk *talk)
{
	/* The answer may come at the very end. */
	mdns_time last = talk->end + MDNS_HELPER_PATIENCE;
	struct mdns_reply_answer reply;
	int map = -1, kind;

	kind = receive(talk->fd, talk->waits,
		talk->until < last ? talk->until : last, &reply, sizeof(reply),
		&map);
	talk->waits = false;
	talk->err = kind;
	if (kind < 0)
		return;
	trust();
	if (map >= 0 && reply.head.id == QUESTION_ID &&
		(kind == MDNS_REPLY_WAIT || kind == MDNS_REPLY_ANSWER) &&
		is_same_clock(reply.head.now))
		take_map(map);
	if (map >= 0)
		mdns_sys_close(map);
	if (reply.head.id != QUESTION_ID ||
		(kind != MDNS_REPLY_WAIT && kind != MDNS_REPLY_ANSWER)) {
		talk->err = MDNS_ERR_DENIED;
	} else if (kind == MDNS_REPLY_WAIT) {
		talk->until = mdns_sys_now() + SILENCE_MAX;
		if (reply.head.status == MDNS_ERR_NOT_FOUND)
			talk->invited = true;
		/* We may have been stopped: its answer is behind this then. One
		 * that only ever says so hangs as well. */
		talk->err = mdns_sys_now() < last || ++talk->late < LATE_MAX
				    ? PENDING
				    : MDNS_ERR_NOT_FOUND;
	} else {
		talk->err = mdns_reply_decode(
			&reply, talk->ret_status, talk->ret_answer);
		if (talk->err == 0 && *talk->ret_status == MDNS_ERR_NO_LINK)
			talk->err = MDNS_ERR_NO_LINK;
	}
}

/* While we ask by ourselves. Its answer is as good as ours; that it has none
 * ends it too, but for what we have. */
static int heard(void *context)
{
	struct talk *talk = context;

	read_reply(talk);
	if (talk->err == PENDING)
		return 0;
	return talk->err == 0 && *talk->ret_status != 0 ? 1
							: MDNS_ERR_NOT_FOUND;
}

/* Where a question and its answer get lost three times in ten each, two
 * transports leave one try in four without an answer. The helper may ask once
 * a second (RFC 6762 5.2), which is twice in the time that a lookup has: 7 %
 * fail. One-shots may be repeated (5.1), and their answers are unicast, which
 * no responder holds back (6) and a wireless link repeats: five of them, and
 * 0.26 to the power of 6 is 0.03 %. Who wants no resends has none. */
static void ask_aside(struct talk *talk)
{
	static const uint16_t resend_ms[MDNS_RESENDS_MAX] = {
		200, 400, 600, 800};
	struct mdns_lookup lookup = {
		.name = talk->name,
		.settings = &talk->settings,
		.ways = 1u << MDNS_WAY_ONE_SHOT,
		.transports = 1u << MDNS_IPV4 | 1u << MDNS_IPV6,
		.recall = true,
		.context = talk,
		.heard = heard,
		.other_fd = talk->fd,
	};
	mdns_time now = mdns_sys_now();
	uint64_t fingerprint;
	unsigned i;
	int err;

	if (talk->settings.resend_ms[0] == 0 || talk->end - now < MDNS_MSEC)
		return;
	talk->settings.total_ms = (uint32_t)((talk->end - now) / MDNS_MSEC);
	talk->settings.second_way_ms = 0;
	for (i = 0; i < MDNS_RESENDS_MAX; i++)
		talk->settings.resend_ms[i] = resend_ms[i];
	err = mdns_lookup_run(&lookup, talk->ret_answer, &fingerprint);
	if (err != 0 && (err != MDNS_ERR_NO_DATA || talk->err != PENDING))
		return;
	*talk->ret_status = err;
	talk->aside = true;
	talk->fingerprint = fingerprint;
	talk->err = 0;
}

static int read_answer(struct talk *talk)
{
	bool aside = false;

	do {
		read_reply(talk);
		if (talk->err == PENDING && talk->along && talk->invited &&
			!aside) {
			aside = true;
			ask_aside(talk);
		}
	} while (talk->err == PENDING);
	return talk->err;
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

/* While the helper is at work, what else there is to do: nothing that it says is
 * believed before we know who it is. */
static int converse(struct talk *talk, int64_t first, mdns_time now)
{
	int err = send_question(talk->fd, talk->name, now);

	if (err < 0)
		return err;
	mdns_settings_current(now, &talk->settings);
	talk->end = mdns_sys_now() - (mdns_sys_boottime() - now) +
		    talk->settings.total_ms * MDNS_MSEC;
	err = check_peer(talk->fd);
	if (err < 0)
		return err;
	if (first > 2 * WAIT)
		mdns_sys_set_wait(talk->fd, WAIT);
	talk->until = mdns_sys_now() + first;
	return read_answer(talk);
}

static bool ask(struct talk *talk, mdns_time now)
{
	int64_t first = patience(now);
	int state, err = MDNS_ERR_NOT_FOUND;

	if (first == 0)
		return false;
	state = mdns_sys_hold_cancel();
	talk->fd = open_socket();
	if (talk->fd >= 0) {
		err = converse(talk, first, now);
		mdns_sys_close(talk->fd);
	} else if (talk->fd == -ENOENT) {
		set_until(&absent_until, now + MDNS_HELPER_ABSENCE);
	}
	mdns_sys_restore_cancel(state);
	/* It hangs, or speaks another language. One that has gone (DENIED) is
	 * back at once. */
	if (talk->fd >= 0 &&
		(err == MDNS_ERR_NOT_FOUND || err == MDNS_ERR_FORMAT))
		set_until(&shunned_until, now + MDNS_HELPER_PENALTY);
	return err == 0;
}

bool mdns_helper_ask(const struct mdns_name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer)
{
	struct talk talk = {.name = name,
		.waits = true,
		.ret_status = ret_status,
		.ret_answer = ret_answer};

	return ask(&talk, now);
}

bool mdns_helper_ask_along(const struct mdns_name *name, mdns_time now,
	int *ret_status, struct mdns_answer *ret_answer, bool *ret_aside,
	uint64_t *ret_fingerprint)
{
	struct talk talk = {.name = name,
		.waits = true,
		.along = true,
		.ret_status = ret_status,
		.ret_answer = ret_answer};
	bool answered = ask(&talk, now);

	*ret_aside = talk.aside;
	*ret_fingerprint = talk.fingerprint;
	return answered;
}
