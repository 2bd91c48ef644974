/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An end to what may take long in close.
 *
 * A client can send a TCP socket along with its request. To throw that away is to
 * close it, and its SO_LINGER says how long we wait there: an hour, if he
 * likes. A signal ends that wait. Linux 6.16 lets us do without: see
 * listening_open. */
#ifndef HELPER_ALARM_H
#define HELPER_ALARM_H

/* From now on alarm_start works; before, it and alarm_stop do nothing. Before
 * the sandbox. 0 or a negative errno value. */
int alarm_open(void);

/* SIGALRM, which nobody handles, every two milliseconds in between. */
void alarm_start(void);
void alarm_stop(void);

#endif
