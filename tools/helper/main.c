/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-helper: privileges only shrink on the way to the event loop. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tools/helper/log.h"
#include "tools/helper/sandbox.h"
#include "tools/helper/service.h"

#define USER "mdns-helper"
#define IDLE_SECONDS_MAX 86400

enum { EXIT_USAGE = 2 };

enum { OPTION_EXIT_IDLE = 256, OPTION_HELP, OPTION_VERSION };

static const struct option long_options[] = {
	{"debug", no_argument, NULL, 'd'},
	{"exit-idle-time", required_argument, NULL, OPTION_EXIT_IDLE},
	{"help", no_argument, NULL, OPTION_HELP},
	{"version", no_argument, NULL, OPTION_VERSION},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"Usage: mdns-helper [--exit-idle-time=SECONDS] [-d]\n"
	"\n"
	"Keeps what is known of .local names, for all programs of this "
	"machine. It is\n"
	"started by systemd (systemctl enable --now mdns-helper.socket), or by "
	"hand;\n"
	"it stays in the foreground.\n"
	"\n"
	"  --exit-idle-time=SECONDS  end after so long with nothing to do, 1 "
	"to "
	"86400\n"
	"  -d, --debug               say more\n"
	"  --help, --version\n"
	"\n"
	"What it knows: mdns-lookup --status. More: man mdns-helper\n";

struct options {
	bool debug;
	unsigned idle_seconds; /* 0: never end */
};

static bool parse_seconds(const char *text, unsigned *ret_seconds)
{
	unsigned long seconds;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	seconds = strtoul(text, &end, 10);
	if (*end != '\0' || seconds < 1 || seconds > IDLE_SECONDS_MAX)
		return false;
	*ret_seconds = (unsigned)seconds;
	return true;
}

/* -1: go on; else the exit status. */
static int parse_options(int argc, char **argv, struct options *options)
{
	int c;

	while ((c = getopt_long(argc, argv, "d", long_options, NULL)) != -1)
		switch (c) {
		case 'd':
			options->debug = true;
			break;
		case OPTION_EXIT_IDLE:
			if (parse_seconds(optarg, &options->idle_seconds))
				break;
			fprintf(stderr,
				"mdns-helper: --exit-idle-time=%s: a whole "
				"number of seconds is needed, 1 to %d\n",
				optarg, IDLE_SECONDS_MAX);
			return EXIT_USAGE;
		case OPTION_HELP:
			fputs(help, stdout);
			return EXIT_SUCCESS;
		case OPTION_VERSION:
			puts("mdns-helper (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			fputs("Try: mdns-helper --help\n", stderr);
			return EXIT_USAGE;
		}
	if (optind == argc)
		return -1;
	fprintf(stderr, "mdns-helper: %s: there is nothing to name here\n",
		argv[optind]);
	return EXIT_USAGE;
}

/* 0-2 stay what they are, or become nothing: what is opened later must not be
 * taken for them. */
static int fill_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* As many connections as we want to be able to have. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (limit.rlim_cur < CLIENTS_MAX + 64) {
		limit.rlim_cur = limit.rlim_max < CLIENTS_MAX + 64
					 ? limit.rlim_max
					 : CLIENTS_MAX + 64;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Started by hand as root: a user of its own, if there is one. */
static int drop_user(void)
{
	const struct passwd *user;

	if (geteuid() != 0)
		return 0;
	user = getpwnam(USER);
	if (!user) {
		log_say(LOG_NOTICE, NULL,
			"there is no user " USER ": staying root, without "
			"its powers");
		return 0;
	}
	if (setgroups(0, NULL) < 0 ||
		setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
		setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		return -errno;
	return 0;
}

static int enter_sandbox(void)
{
	const char *missing;
	int result = drop_user();

	if (result < 0) {
		log_say(LOG_ERR, NULL, "cannot become " USER ": %s",
			strerror(-result));
		return result;
	}
	result = sandbox_enter(&missing);
	if (result < 0)
		log_say(LOG_ERR, NULL, "cannot enter the sandbox: %s",
			strerror(-result));
	else if (missing)
		log_say(LOG_NOTICE, NULL, "%s", missing);
	return result;
}

int main(int argc, char **argv)
{
	static struct service service;
	struct options options = {0};
	int result = parse_options(argc, argv, &options);

	if (result >= 0)
		return result;
	if (fill_stdio() < 0)
		return EXIT_FAILURE;
	/* An error to be told, not the end. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	log_open(options.debug);
	raise_limits();
	result = service_open(&service, options.idle_seconds * MDNS_SEC);
	if (result == 0)
		result = enter_sandbox();
	if (result == 0)
		result = service_run(&service);
	service_close(&service);
	return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
