/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints what glibc's own calls say about names and addresses, and how long
 * they took: what a program sees that knows nothing of the module. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static struct {
	int af;
	int flags;
} options = {AF_UNSPEC, 0};

static int64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static const char *eai_text(int code)
{
	switch (code) {
	case 0:
		return "0";
	case EAI_BADFLAGS:
		return "EAI_BADFLAGS";
	case EAI_NONAME:
		return "EAI_NONAME";
	case EAI_AGAIN:
		return "EAI_AGAIN";
	case EAI_FAIL:
		return "EAI_FAIL";
	case EAI_FAMILY:
		return "EAI_FAMILY";
	case EAI_MEMORY:
		return "EAI_MEMORY";
	case EAI_SYSTEM:
		return "EAI_SYSTEM";
	case EAI_OVERFLOW:
		return "EAI_OVERFLOW";
	case EAI_NODATA:
		return "EAI_NODATA";
	case EAI_ADDRFAMILY:
		return "EAI_ADDRFAMILY";
	default:
		return "EAI_?";
	}
}

static const char *h_errno_text(int h_err)
{
	switch (h_err) {
	case NETDB_INTERNAL:
		return "NETDB_INTERNAL";
	case NETDB_SUCCESS:
		return "NETDB_SUCCESS";
	case HOST_NOT_FOUND:
		return "HOST_NOT_FOUND";
	case TRY_AGAIN:
		return "TRY_AGAIN";
	case NO_RECOVERY:
		return "NO_RECOVERY";
	case NO_DATA:
		return "NO_DATA";
	default:
		return "?";
	}
}

static void print_result(const char *result, int64_t start)
{
	printf("result %s\nus %lld\n", result, (long long)(now_usec() - start));
}

static void run_getaddrinfo(const char *name)
{
	struct addrinfo hints = {.ai_family = options.af,
		.ai_flags = options.flags,
		.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	int64_t start = now_usec();
	int err = getaddrinfo(name, NULL, &hints, &list);

	print_result(eai_text(err), start);
	if (err)
		return;
	if (list->ai_canonname)
		printf("name %s\n", list->ai_canonname);
	for (struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		char text[INET6_ADDRSTRLEN];
		uint32_t scope = 0;
		struct sockaddr_in sin;
		struct sockaddr_in6 sin6;

		if (ai->ai_family == AF_INET6) {
			memcpy(&sin6, ai->ai_addr, sizeof(sin6));
			inet_ntop(
				AF_INET6, &sin6.sin6_addr, text, sizeof(text));
			scope = sin6.sin6_scope_id;
		} else {
			memcpy(&sin, ai->ai_addr, sizeof(sin));
			inet_ntop(AF_INET, &sin.sin_addr, text, sizeof(text));
		}
		printf("addr %s %u\n", text, scope);
	}
	freeaddrinfo(list);
}

static void print_hostent(const struct hostent *host)
{
	char text[INET6_ADDRSTRLEN];

	printf("name %s\n", host->h_name);
	for (char **alias = host->h_aliases; *alias; alias++)
		printf("alias %s\n", *alias);
	for (char **addr = host->h_addr_list; *addr; addr++) {
		inet_ntop(host->h_addrtype, *addr, text, sizeof(text));
		printf("addr %s 0\n", text);
	}
}

/* The _r calls as programs use them: a bigger buffer as often as asked. */
static void run_hostent(const char *call, const char *text)
{
	static char buf[65536];
	struct hostent host;
	struct hostent *found = NULL;
	int h_err = 0;
	int err = ERANGE;
	int af = options.af == AF_UNSPEC ? AF_INET : options.af;
	uint8_t addr[16];
	socklen_t len = 16;
	int64_t start = now_usec();

	if (inet_pton(AF_INET, text, addr) == 1)
		len = 4;
	else
		inet_pton(AF_INET6, text, addr);
	for (size_t size = 64; err == ERANGE && size <= sizeof(buf);
		size *= 2) {
		if (strcmp(call, "gethostbyname") == 0)
			err = gethostbyname_r(
				text, &host, buf, size, &found, &h_err);
		else if (strcmp(call, "gethostbyname2") == 0)
			err = gethostbyname2_r(
				text, af, &host, buf, size, &found, &h_err);
		else
			err = gethostbyaddr_r(addr, len,
				len == 4 ? AF_INET : AF_INET6, &host, buf, size,
				&found, &h_err);
	}
	print_result(found ? "0" : h_errno_text(h_err), start);
	if (found)
		print_hostent(found);
}

static void run_getnameinfo(const char *text)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
	struct addrinfo *list = NULL;
	char host[NI_MAXHOST];
	int64_t start;
	int err = getaddrinfo(text, NULL, &hints, &list);

	if (err) {
		fprintf(stderr, "glibc: %s: %s\n", text, gai_strerror(err));
		exit(2);
	}
	start = now_usec();
	err = getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof(host),
		NULL, 0, NI_NAMEREQD);
	print_result(eai_text(err), start);
	if (!err)
		printf("name %s\n", host);
	freeaddrinfo(list);
}

static void usage(void)
{
	fputs("usage: glibc [-4|-6] [-a] [-c] [-l] [-v] [-i] [-n TIMES] CALL "
	      "NAME|ADDRESS...\n"
	      "CALL is getaddrinfo, gethostbyname, gethostbyname2, "
	      "gethostbyaddr or getnameinfo.\n"
	      "  -a, -c, -l, -v  AI_ADDRCONFIG, AI_CANONNAME, AI_ALL, "
	      "AI_V4MAPPED\n"
	      "  -i  wait for a line on standard input before each call but "
	      "the first\n",
		stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	long times = 1;
	bool waiting = false;
	bool first = true;
	int option;

	while ((option = getopt(argc, argv, "46aciln:v")) != -1) {
		switch (option) {
		case '4':
			options.af = AF_INET;
			break;
		case '6':
			options.af = AF_INET6;
			break;
		case 'a':
			options.flags |= AI_ADDRCONFIG;
			break;
		case 'c':
			options.flags |= AI_CANONNAME;
			break;
		case 'i':
			waiting = true;
			break;
		case 'l':
			options.flags |= AI_ALL;
			break;
		case 'n':
			times = strtol(optarg, NULL, 10);
			break;
		case 'v':
			options.flags |= AI_V4MAPPED;
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 2)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = optind + 1; i < argc; i++) {
		for (long n = 0; n < times; n++) {
			if (waiting && !first && getchar() == EOF)
				return 2;
			first = false;
			printf("call %s\n", argv[i]);
			if (strcmp(argv[optind], "getaddrinfo") == 0)
				run_getaddrinfo(argv[i]);
			else if (strcmp(argv[optind], "getnameinfo") == 0)
				run_getnameinfo(argv[i]);
			else
				run_hostent(argv[optind], argv[i]);
			fputs("end\n", stdout);
		}
	}
	return 0;
}
