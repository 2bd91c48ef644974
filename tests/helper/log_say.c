/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For the tests: says one thing by tools/helper/log.c.
 * log_say [--debug] PRIORITY LINK|- TEXT */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/helper/log.h"

int main(int argc, char **argv)
{
	const struct rlimit none = {0, 0};
	bool debug = argc == 5 && strcmp(argv[1], "--debug") == 0;

	if (argc < 4)
		return 2;
	argv += argc - 3;
	log_open(debug);
	/* From here on there is no new descriptor, as in the sandbox. */
	setrlimit(RLIMIT_NOFILE, &none);
	log_say(atoi(argv[0]), strcmp(argv[1], "-") == 0 ? NULL : argv[1], "%s",
		argv[2]);
	_exit(0); /* a sanitizer would want descriptors now */
}
