/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An end to what may take long in close. */
#include "tools/helper/alarm.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#define PERIOD 2000000 /* ns; close and lookups are over long before */

static timer_t timer;
static bool is_open;

static void on_alarm(int number)
{
	(void)number;
}

int alarm_open(void)
{
	const struct sigaction action = {.sa_handler = on_alarm};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	if (sigaction(SIGALRM, &action, NULL) < 0 ||
		sigprocmask(SIG_UNBLOCK, &set, NULL) < 0 ||
		timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
		return -errno;
	is_open = true;
	return 0;
}

static void set(long period)
{
	const struct itimerspec spec = {{0, period}, {0, period}};

	if (is_open)
		timer_settime(timer, 0, &spec, NULL);
}

void alarm_start(void)
{
	set(PERIOD);
}

void alarm_stop(void)
{
	set(0);
}
