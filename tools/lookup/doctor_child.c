/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the C library that may take for ever, made by a child. */
#include "config.h"

#include "tools/lookup/doctor_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/sys.h"

static void __attribute__((noreturn))
be_child(doctor_child_work *work, const void *argument, int fd, size_t size)
{
	void *result = calloc(1, size);
	ssize_t written = -1;

	if (result) {
		work(argument, result);
		written = write(fd, result, size);
	}
	_exit(written == (ssize_t)size ? 0 : 1);
}

/* All of it comes at once: it is not more than PIPE_BUF. */
static int wait_for_result(const struct doctor *doctor, int fd, unsigned msec,
	void *result, size_t size)
{
	mdns_time end = mdns_sys_now() + msec * MDNS_MSEC;
	/* A descriptor of -1 is passed over. */
	struct pollfd fds[2] = {{.fd = fd, .events = POLLIN},
		{.fd = doctor->signals, .events = POLLIN}};
	int ready = 0;

	/* A signal, such as that of the child's end, cuts a wait short. */
	while (ready <= 0 && mdns_sys_now() < end)
		ready = mdns_sys_poll(fds, 2, end);
	if (ready <= 0 || fds[0].revents == 0 ||
		read(fd, result, size) != (ssize_t)size)
		return MDNS_ERR_NOT_FOUND;
	return 0;
}

int doctor_child_run(const struct doctor *doctor, doctor_child_work *work,
	const void *argument, unsigned msec, void *ret_result, size_t size)
{
	int ends[2], err;
	pid_t child;

	/* What is in the buffer would be printed by both. */
	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return MDNS_ERR_RESOURCE;
	child = fork();
	if (child == 0) {
		close(ends[0]);
		be_child(work, argument, ends[1], size);
	}
	close(ends[1]);
	err = MDNS_ERR_RESOURCE;
	if (child > 0) {
		err = wait_for_result(doctor, ends[0], msec, ret_result, size);
		kill(child, SIGKILL);
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(ends[0]);
	return err;
}
