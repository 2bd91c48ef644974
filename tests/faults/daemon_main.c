/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-helper's main by another name, for daemon.c. */
#define main daemon_main

int daemon_main(int argc, char **argv);

#include "tools/helper/main.c"
