/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Calls one entry point of an NSS module and prints all that it says; checks
 * by itself that pointers, guard octets, descriptors and errno are right. */
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <nss.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GUARD 64
#define GUARD_OCTET 0xa5
#define BUFFER_MAX 65536
#define ERRNO_MARK 12345

typedef enum nss_status name4_fn(const char *name, struct gaih_addrtuple **pat,
	char *buf, size_t size, int *errnop, int *herrnop, int32_t *ttlp);
typedef enum nss_status name3_fn(const char *name, int af,
	struct hostent *result, char *buf, size_t size, int *errnop,
	int *herrnop, int32_t *ttlp, char **canonp);
typedef enum nss_status name2_fn(const char *name, int af,
	struct hostent *result, char *buf, size_t size, int *errnop,
	int *herrnop);
typedef enum nss_status name_fn(const char *name, struct hostent *result,
	char *buf, size_t size, int *errnop, int *herrnop);
typedef enum nss_status addr2_fn(const void *addr, socklen_t len, int af,
	struct hostent *result, char *buf, size_t size, int *errnop,
	int *herrnop, int32_t *ttlp);
typedef enum nss_status addr_fn(const void *addr, socklen_t len, int af,
	struct hostent *result, char *buf, size_t size, int *errnop,
	int *herrnop);
typedef enum nss_status canon_fn(const char *name, char *buf, size_t size,
	char **result, int *errnop, int *herrnop);

static struct {
	int af;
	size_t size;
	unsigned align;
	bool preset;
	bool no_ttl;
} options = {AF_INET, 1024, 0, false, false};

/* One call: what went in, and what came out. */
struct call {
	const char *entry;
	void *function;
	const char *text;
	char *buf;
	size_t size;
	enum nss_status status;
	int err;
	int h_err;
	int32_t ttl;
	char *canon;
	struct hostent host;
	struct gaih_addrtuple preset;
	struct gaih_addrtuple *tuples;
	int64_t usec;
};

static unsigned complaints;

static void complain(const char *what)
{
	complaints++;
	printf("bad %s\n", what);
}

static int64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* A sum over the open descriptors and what they are. */
static uint64_t descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	uint64_t sum = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		char path[300];
		char target[256];
		ssize_t len;

		if (entry->d_name[0] == '.' ||
			atoi(entry->d_name) == dirfd(dir))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		len = readlink(path, target, sizeof(target));
		sum += (uint64_t)atoi(entry->d_name) * 1000003 + 1;
		for (ssize_t i = 0; i < len; i++)
			sum += (uint64_t)target[i] * (uint64_t)(i + 7);
	}
	closedir(dir);
	return sum;
}

static const char *status_text(enum nss_status status)
{
	switch (status) {
	case NSS_STATUS_SUCCESS:
		return "SUCCESS";
	case NSS_STATUS_NOTFOUND:
		return "NOTFOUND";
	case NSS_STATUS_UNAVAIL:
		return "UNAVAIL";
	case NSS_STATUS_TRYAGAIN:
		return "TRYAGAIN";
	case NSS_STATUS_RETURN:
		return "RETURN";
	}
	return "?";
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
		return "UNSET";
	}
}

static bool entry_is(const struct call *call, const char *name)
{
	return strcmp(call->entry, name) == 0;
}

static void invoke(struct call *call)
{
	uint8_t addr[16] = {0};
	int af = AF_INET;
	int32_t *ttlp = options.no_ttl ? NULL : &call->ttl;
	int64_t start;

	if (inet_pton(AF_INET6, call->text, addr) == 1)
		af = AF_INET6;
	else
		inet_pton(AF_INET, call->text, addr);
	call->err = -1;
	call->h_err = -99;
	call->ttl = -1;
	call->canon = NULL;
	memset(&call->host, 0, sizeof(call->host));
	memset(&call->preset, 0, sizeof(call->preset));
	call->tuples = options.preset ? &call->preset : NULL;
	errno = ERRNO_MARK;
	start = now_usec();
	if (entry_is(call, "gethostbyname4_r"))
		call->status = ((name4_fn *)call->function)(call->text,
			&call->tuples, call->buf, call->size, &call->err,
			&call->h_err, ttlp);
	else if (entry_is(call, "gethostbyname3_r"))
		call->status = ((name3_fn *)call->function)(call->text,
			options.af, &call->host, call->buf, call->size,
			&call->err, &call->h_err, ttlp, &call->canon);
	else if (entry_is(call, "gethostbyname2_r"))
		call->status = ((name2_fn *)call->function)(call->text,
			options.af, &call->host, call->buf, call->size,
			&call->err, &call->h_err);
	else if (entry_is(call, "gethostbyname_r"))
		call->status = ((name_fn *)call->function)(call->text,
			&call->host, call->buf, call->size, &call->err,
			&call->h_err);
	else if (entry_is(call, "gethostbyaddr2_r"))
		call->status = ((addr2_fn *)call->function)(addr,
			af == AF_INET ? 4 : 16, af, &call->host, call->buf,
			call->size, &call->err, &call->h_err, ttlp);
	else if (entry_is(call, "gethostbyaddr_r"))
		call->status = ((addr_fn *)call->function)(addr,
			af == AF_INET ? 4 : 16, af, &call->host, call->buf,
			call->size, &call->err, &call->h_err);
	else
		call->status = ((canon_fn *)call->function)(call->text,
			call->buf, call->size, &call->canon, &call->err,
			&call->h_err);
	call->usec = now_usec() - start;
	if (call->status == NSS_STATUS_SUCCESS && errno != ERRNO_MARK)
		complain("errno was touched on success");
	if (call->status != NSS_STATUS_SUCCESS && call->err == -1)
		complain("no errno was stored on failure");
}

/* Is the whole object in the caller's buffer, and aligned for its type? */
static bool inside(const struct call *call, const void *object, size_t size,
	size_t align, const char *what)
{
	uintptr_t at = (uintptr_t)object;
	uintptr_t base = (uintptr_t)call->buf;
	char text[80];

	if (at < base || at > base + call->size ||
		size > base + call->size - at) {
		snprintf(
			text, sizeof(text), "%s lies outside the buffer", what);
		complain(text);
		return false;
	}
	if (at % align != 0) {
		snprintf(text, sizeof(text), "%s is not aligned", what);
		complain(text);
		return false;
	}
	return true;
}

static void print_text(const struct call *call, const char *word,
	const char *text, const char *what)
{
	size_t room = (size_t)(call->buf + call->size - text);

	if (!inside(call, text, 1, 1, what))
		return;
	if (!memchr(text, 0, room)) {
		complain("a name has no end in the buffer");
		return;
	}
	printf("%s ", word);
	for (; *text; text++) {
		unsigned char octet = (unsigned char)*text;

		if (octet < 0x21 || octet == 0x7f)
			printf("\\x%02x", octet);
		else
			putchar(octet);
	}
	putchar('\n');
}

static void print_address(int af, const void *bytes, uint32_t scope)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(af, bytes, text, sizeof(text)))
		complain("address of an unknown family");
	else
		printf("addr %s %u\n", text, scope);
}

static void print_tuples(const struct call *call)
{
	const struct gaih_addrtuple *tuple = call->tuples;
	unsigned count = 0;

	if (!tuple)
		complain("success without a tuple");
	if (options.preset && tuple != &call->preset)
		complain("the preset tuple was not used");
	for (; tuple; tuple = tuple->next) {
		if (tuple != &call->preset &&
			!inside(call, tuple, sizeof(*tuple),
				_Alignof(struct gaih_addrtuple), "a tuple"))
			return;
		if (++count > 1000) {
			complain("the tuples have no end");
			return;
		}
		if (count == 1 || tuple->name)
			print_text(call, "name", tuple->name, "the name");
		print_address(tuple->family, tuple->addr, tuple->scopeid);
	}
}

static void print_hostent(const struct call *call)
{
	const struct hostent *host = &call->host;
	int size = host->h_addrtype == AF_INET ? 4 : 16;

	if (host->h_length != size)
		complain("h_length does not fit the family");
	print_text(call, "name", host->h_name, "h_name");
	if (!inside(call, host->h_aliases, sizeof(char *), _Alignof(char *),
		    "h_aliases") ||
		!inside(call, host->h_addr_list, sizeof(char *),
			_Alignof(char *), "h_addr_list"))
		return;
	for (char **alias = host->h_aliases; *alias; alias++)
		print_text(call, "alias", *alias, "an alias");
	for (char **addr = host->h_addr_list;; addr++) {
		if (!inside(call, addr, sizeof(*addr), _Alignof(char *),
			    "the address list"))
			return;
		if (!*addr)
			break;
		/* Programs read an IPv4 address as a 32-bit number. */
		if (inside(call, *addr, (size_t)size, 4, "an address"))
			print_address(host->h_addrtype, *addr, 0);
	}
}

static void print_call(const struct call *call)
{
	printf("call %s\nstatus %s\nerrno %d\nh_errno %s\nus %lld\n",
		call->text, status_text(call->status), call->err,
		h_errno_text(call->h_err), (long long)call->usec);
	if (call->status != NSS_STATUS_SUCCESS)
		return;
	if (call->ttl != -1)
		printf("ttl %d\n", call->ttl);
	if (call->canon)
		print_text(call, "canon", call->canon, "the canonical name");
	if (entry_is(call, "gethostbyname4_r"))
		print_tuples(call);
	else if (!entry_is(call, "getcanonname_r"))
		print_hostent(call);
}

/* One call with guard octets around the buffer and the descriptors compared. */
static void run(struct call *call, size_t size, unsigned align, bool watch)
{
	static _Alignas(16) unsigned char memory[BUFFER_MAX + 4 * GUARD];
	uint64_t before = watch ? descriptors() : 0;
	size_t start = GUARD + align;

	memset(memory, GUARD_OCTET, sizeof(memory));
	call->buf = (char *)memory + start;
	call->size = size;
	invoke(call);
	for (size_t i = 0; i < sizeof(memory); i++) {
		if (i == start)
			i += size;
		if (memory[i] != GUARD_OCTET) {
			complain("written outside the buffer");
			break;
		}
	}
	if (watch && descriptors() != before)
		complain("descriptors are not the same after the call");
}

/* Every buffer size at every alignment: ERANGE until it fits, then success. */
static void grow(struct call *call)
{
	for (unsigned align = 0; align < 16; align++) {
		size_t size = 0;
		unsigned wrong = complaints;

		for (;; size++) {
			run(call, size, align, size < 4);
			if (call->status == NSS_STATUS_SUCCESS)
				break;
			if (call->status != NSS_STATUS_TRYAGAIN ||
				call->err != ERANGE ||
				call->h_err != NETDB_INTERNAL)
				complain("too small did not give ERANGE");
			if (size == 8192 || complaints > wrong)
				break;
		}
		printf("align %u needs %zu\n", align, size);
		print_call(call);
		if (complaints > wrong)
			return;
	}
}

static void *load(const char *module, const char *entry)
{
	char symbol[64];
	void *handle = dlopen(module, RTLD_NOW | RTLD_LOCAL);
	void *function;

	if (!handle) {
		fprintf(stderr, "nsscall: %s\n", dlerror());
		exit(2);
	}
	snprintf(symbol, sizeof(symbol), "_nss_dotlocal_%s", entry);
	function = dlsym(handle, symbol);
	if (!function) {
		fprintf(stderr, "nsscall: %s\n", dlerror());
		exit(2);
	}
	return function;
}

static void usage(void)
{
	fputs("usage: nsscall [-6] [-b SIZE] [-a ALIGN] [-g] [-i] [-n TIMES] "
	      "[-p] [-t] MODULE ENTRY NAME|ADDRESS...\n"
	      "  -6  AF_INET6 where the entry takes a family\n"
	      "  -g  every buffer size at every alignment until it fits\n"
	      "  -i  wait for a line on standard input before each call but "
	      "the first\n"
	      "  -n  each name so many times\n"
	      "  -p  preset *pat, as nscd does\n"
	      "  -t  pass NULL for the ttl\n",
		stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	struct call call = {0};
	long times = 1;
	bool growing = false;
	bool waiting = false;
	bool first = true;
	int option;

	while ((option = getopt(argc, argv, "6b:a:gin:pt")) != -1) {
		switch (option) {
		case '6':
			options.af = AF_INET6;
			break;
		case 'b':
			options.size = strtoul(optarg, NULL, 10);
			break;
		case 'a':
			options.align = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'g':
			growing = true;
			break;
		case 'i':
			waiting = true;
			break;
		case 'n':
			times = strtol(optarg, NULL, 10);
			break;
		case 'p':
			options.preset = true;
			break;
		case 't':
			options.no_ttl = true;
			break;
		default:
			usage();
		}
	}
	if (argc - optind < 3 || options.size > BUFFER_MAX ||
		options.align > GUARD)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	call.entry = argv[optind + 1];
	call.function = load(argv[optind], call.entry);
	for (int i = optind + 2; i < argc; i++) {
		for (long n = 0; n < times; n++) {
			if (waiting && !first && getchar() == EOF)
				return 2;
			first = false;
			call.text = argv[i];
			if (growing) {
				grow(&call);
				continue;
			}
			run(&call, options.size, options.align, true);
			print_call(&call);
			fputs("end\n", stdout);
		}
	}
	return complaints ? 1 : 0;
}
