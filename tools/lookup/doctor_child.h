/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls of the C library that may take for ever, made by a child. */
#ifndef LOOKUP_DOCTOR_CHILD_H
#define LOOKUP_DOCTOR_CHILD_H

#include <stddef.h>

#include "tools/lookup/doctor.h"

/* In a child of its own: fills in result (size octets, zero at first). Must
 * not print. */
typedef void doctor_child_work(const void *argument, void *result);

/* 0 with the result of the child, MDNS_ERR_NOT_FOUND if it was not done within
 * that time (then it is killed) or has died, or MDNS_ERR_RESOURCE. size: at
 * most PIPE_BUF. Interrupted, it is as if the time were over. */
int doctor_child_run(const struct doctor *doctor, doctor_child_work *work,
	const void *argument, unsigned msec, void *ret_result, size_t size);

#endif
