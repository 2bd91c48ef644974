/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many threads in the module at once, names and addresses, while children are
 * forked. The module's objects are linked into it, so that ThreadSanitizer sees
 * them, and valgrind knows their lines. */
#include "tests/process/guest.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 32
#define CHILD_EVERY 200000    /* microseconds */
#define REVERSE "169.254.1.1" /* which is pool1.local */

guest_name4_fn _nss_dotlocal_gethostbyname4_r;
enum nss_status _nss_dotlocal_gethostbyaddr2_r(const void *addr, socklen_t len,
	int af, struct hostent *host, char *buffer, size_t buflen, int *errnop,
	int *h_errnop, int32_t *ttlp);

static int64_t end;
static atomic_uint lookups;

static bool look_up_reverse(void)
{
	struct in_addr addr;
	struct hostent host;
	char buf[2048];
	int err, h_err;

	inet_pton(AF_INET, REVERSE, &addr);
	return _nss_dotlocal_gethostbyaddr2_r(&addr, sizeof(addr), AF_INET,
		       &host, buf, sizeof(buf), &err, &h_err,
		       NULL) == NSS_STATUS_SUCCESS &&
	       strcmp(host.h_name, "pool1.local") == 0;
}

static void *look_up_on(void *context)
{
	unsigned number = *(unsigned *)context;

	for (unsigned i = 0; guest_usec() < end; i++) {
		if (number == 0 && i % 20 == 19) {
			guest_look_up("nobody.local", 0);
		} else if (i % 16 == 15) {
			if (!look_up_reverse())
				guest_complain("the name of " REVERSE);
		} else if (!guest_look_up_pool(i * 7 + number * 13)) {
			guest_complain(
				"pool%u.local", (i * 7 + number * 13) % 64);
		}
		lookups++;
	}
	return NULL;
}

static void fork_one(unsigned number)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(!guest_look_up_pool(number));
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		guest_complain("child %u", number);
}

int main(int argc, char **argv)
{
	static unsigned number[THREADS_MAX];
	pthread_t thread[THREADS_MAX];
	unsigned count = argc == 3 ? (unsigned)atoi(argv[1]) : 0;
	struct guest_held before, after;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (count < 1 || count > THREADS_MAX) {
		fputs("usage: threads THREADS SECONDS\n"
		      "asks for pool0.local to pool63.local, which have "
		      "10.0.1.N, nobody.local and " REVERSE "\n",
			stderr);
		return 2;
	}
	guest_set_way(_nss_dotlocal_gethostbyname4_r);
	guest_count(&before);
	end = guest_usec() + atoi(argv[2]) * INT64_C(1000000);
	for (unsigned i = 0; i < count; i++) {
		number[i] = i;
		if (pthread_create(&thread[i], NULL, look_up_on, &number[i]))
			return 2;
	}
	for (unsigned i = 0; guest_usec() < end; i++) {
		guest_sleep(CHILD_EVERY);
		fork_one(i);
	}
	for (unsigned i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	guest_count(&after);
	if (after.descriptors != before.descriptors)
		guest_complain("%ld descriptors before, %ld after",
			before.descriptors, after.descriptors);
	printf("lookups %u\n", lookups);
	return guest_end();
}
