/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the network says about the name: from the part of the doctor that asks
 * for it, and for those that compare. */
#ifndef LOOKUP_DOCTOR_NAME_H
#define LOOKUP_DOCTOR_NAME_H

#include "resolver/answer.h"
#include "tools/lookup/doctor_said.h"

/* doctor_check_ways asks for the name along with what it wants to know itself,
 * and puts here what it hears of it: nobody is asked twice. Static. */
struct said_all *doctor_name_said(void);

/* The addresses that doctor_check_name heard, of the alias's target if it is
 * one; count 0 before, and if there were none. Static. */
const struct mdns_answer *doctor_name_addresses(void);

/* The names that it heard, if an address was asked for: how many, and whether
 * that is one of them. */
unsigned doctor_name_count(void);
bool doctor_name_is(const char *host);

#endif
