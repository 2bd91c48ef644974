/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of tools/helper/sandbox on kernels that this machine does not have:
 * each version of Landlock, no seccomp, and each call refused once. The kernel
 * and libseccomp are fakes: nothing is given up for good. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit.h"
#include "tools/helper/sandbox.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* As linux/landlock.h numbers them, everywhere. */
#define CREATE_RULESET 444
#define ADD_RULE 445
#define RESTRICT_SELF 446
#define RULESET_FD 1000

static struct {
	long landlock; /* version; 0: there is none */
	bool entering; /* only then is anything a fake */
	bool seccomp;
	bool no_etc;
	bool powerless; /* no capability is held */
	rlim_t core;
	const char *unknown; /* a system call that this architecture lacks */
	/* What came. */
	unsigned calls, refuse; /* the refuse-th call fails; 0: none */
	char refused[64];
	char log[128]; /* what was given up, in order */
	uint64_t ruleset[3];
	size_t ruleset_size;
	uint64_t beneath;
	unsigned rules;
} kernel;

static bool is_refused(const char *what)
{
	if (++kernel.calls != kernel.refuse)
		return false;
	snprintf(kernel.refused, sizeof(kernel.refused), "%s", what);
	errno = EPERM;
	return true;
}

static void note(const char *what)
{
	if (kernel.log[0])
		strcat(kernel.log, " ");
	strcat(kernel.log, what);
}

long __wrap_syscall(long number, ...);
int __wrap_prctl(int option, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_close(int fd);
/* What libcheck and the sanitizers call, where they are linked statically. */
long __real_syscall(long number, ...);
int __real_prctl(int option, ...);
int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
int __real_getrlimit(int resource, struct rlimit *limit);
int __real_setrlimit(int resource, const struct rlimit *limit);
int __wrap_getrlimit(int resource, struct rlimit *limit);
int __wrap_setrlimit(int resource, const struct rlimit *limit);
scmp_filter_ctx __wrap_seccomp_init(uint32_t action);
void __wrap_seccomp_release(scmp_filter_ctx filter);
int __wrap_seccomp_syscall_resolve_name(const char *name);
int __wrap_seccomp_rule_add_array(scmp_filter_ctx filter, uint32_t action,
	int call, unsigned count, const struct scmp_arg_cmp *args);
int __wrap_seccomp_load(scmp_filter_ctx filter);

static long create_ruleset(const void *attr, size_t size)
{
	if (kernel.landlock == 0) {
		errno = ENOSYS;
		return -1;
	}
	if (!attr)
		return kernel.landlock;
	ck_assert_uint_le(size, sizeof(kernel.ruleset));
	memcpy(kernel.ruleset, attr, size);
	kernel.ruleset_size = size;
	return RULESET_FD;
}

static long give_capabilities(struct __user_cap_data_struct *data)
{
	memset(data, 0, _LINUX_CAPABILITY_U32S_3 * sizeof(*data));
	/* In one place only, the last that is looked at. */
	if (!kernel.powerless)
		data[_LINUX_CAPABILITY_U32S_3 - 1].inheritable = 1;
	return 0;
}

static long take_capabilities(const struct __user_cap_data_struct *data)
{
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		ck_assert_uint_eq(data[i].effective | data[i].permitted |
					  data[i].inheritable,
			0);
	note("capabilities");
	return 0;
}

long __wrap_syscall(long number, ...)
{
	va_list args;
	const void *first, *second, *third = NULL;
	long arg[6];

	va_start(args, number);
	if (!kernel.entering) {
		for (unsigned i = 0; i < ROWS(arg); i++)
			arg[i] = va_arg(args, long);
		va_end(args);
		return __real_syscall(
			number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
	}
	first = va_arg(args, const void *);
	second = va_arg(args, const void *);
	if (number == ADD_RULE)
		third = va_arg(args, const void *);
	va_end(args);
	switch (number) {
	case CREATE_RULESET:
		return is_refused(first ? "ruleset" : "version")
			       ? -1
			       : create_ruleset(first, (size_t)second);
	case ADD_RULE:
		if (is_refused("rule"))
			return -1;
		memcpy(&kernel.beneath, third, sizeof(kernel.beneath));
		return 0;
	case RESTRICT_SELF:
		if (is_refused("restrict"))
			return -1;
		note("files");
		return 0;
	case SYS_capget:
		return is_refused("capget")
			       ? -1
			       : give_capabilities(
					 (struct __user_cap_data_struct *)
						 second);
	case SYS_capset:
		return is_refused("capset") ? -1 : take_capabilities(second);
	default:
		ck_abort_msg("system call %ld", number);
		return -1;
	}
}

int __wrap_prctl(int option, ...)
{
	va_list args;
	unsigned long arg[4];

	va_start(args, option);
	for (unsigned i = 0; i < ROWS(arg); i++)
		arg[i] = va_arg(args, unsigned long);
	va_end(args);
	if (!kernel.entering)
		return __real_prctl(option, arg[0], arg[1], arg[2], arg[3]);
	switch (option) {
	case PR_SET_NO_NEW_PRIVS:
		if (is_refused("no new privileges"))
			return -1;
		note("privileges");
		return 0;
	case PR_SET_DUMPABLE:
		if (is_refused("dumpable"))
			return -1;
		note("memory");
		return 0;
	case PR_CAPBSET_READ: /* this kernel knows three */
		return is_refused("bounding set") || arg[0] >= 3 ? -1 : 1;
	case PR_CAPBSET_DROP:
		return is_refused("bounding set") ? -1 : 0;
	case PR_CAP_AMBIENT:
		return is_refused("ambient set") ? -1 : 0;
	case PR_SET_SECCOMP:
		if (is_refused("seccomp"))
			return -1;
		errno = kernel.seccomp ? EFAULT : EINVAL;
		return -1;
	default:
		ck_abort_msg("prctl %d", option);
		return -1;
	}
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list args;
	int mode;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (!kernel.entering)
		return __real_open(path, flags, mode);
	ck_assert_str_eq(path, "/etc");
	ck_assert_int_eq(flags & O_ACCMODE, 0);
	if (is_refused("open"))
		return -1;
	errno = ENOENT;
	return kernel.no_etc ? -1 : RULESET_FD + 1;
}

int __wrap_close(int fd)
{
	if (!kernel.entering)
		return __real_close(fd);
	ck_assert_int_ge(fd, RULESET_FD);
	return 0;
}

int __wrap_getrlimit(int resource, struct rlimit *limit)
{
	if (!kernel.entering)
		return __real_getrlimit(resource, limit);
	ck_assert_int_eq(resource, RLIMIT_CORE);
	if (is_refused("getrlimit"))
		return -1;
	limit->rlim_cur = 0;
	limit->rlim_max = kernel.core;
	return 0;
}

int __wrap_setrlimit(int resource, const struct rlimit *limit)
{
	if (!kernel.entering)
		return __real_setrlimit(resource, limit);
	ck_assert_int_eq(resource, RLIMIT_CORE);
	ck_assert_uint_eq(limit->rlim_cur, 0);
	ck_assert_uint_eq(limit->rlim_max, 0);
	if (is_refused("setrlimit"))
		return -1;
	note("core");
	return 0;
}

scmp_filter_ctx __wrap_seccomp_init(uint32_t action)
{
	static char filter;

	ck_assert_uint_eq(action, SCMP_ACT_ERRNO(EPERM));
	return is_refused("memory for the filter") ? NULL : &filter;
}

void __wrap_seccomp_release(scmp_filter_ctx filter)
{
	ck_assert_ptr_nonnull(filter);
}

int __wrap_seccomp_syscall_resolve_name(const char *name)
{
	return kernel.unknown && !strcmp(name, kernel.unknown) ? __NR_SCMP_ERROR
							       : 7;
}

int __wrap_seccomp_rule_add_array(scmp_filter_ctx filter, uint32_t action,
	int call, unsigned count, const struct scmp_arg_cmp *args)
{
	ck_assert_ptr_nonnull(filter);
	ck_assert_uint_eq(action, SCMP_ACT_ALLOW);
	ck_assert_int_eq(call, 7);
	ck_assert_int_eq(count > 0, args != NULL);
	if (is_refused("filter"))
		return -ENOMEM;
	kernel.rules++;
	return 0;
}

int __wrap_seccomp_load(scmp_filter_ctx filter)
{
	ck_assert_ptr_nonnull(filter);
	if (is_refused("load"))
		return -EPERM;
	note("calls");
	return 0;
}

/* --- the tests --- */

static const char untouched[] = "untouched";

static void given(long landlock, bool seccomp)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.landlock = landlock;
	kernel.seccomp = seccomp;
	kernel.core = RLIM_INFINITY;
	unsetenv("NOTIFY_SOCKET");
}

static const char *enter(int *ret_result)
{
	const char *missing = untouched;

	kernel.entering = true;
	*ret_result = sandbox_enter(&missing);
	kernel.entering = false;
	return missing;
}

START_TEST(test_all_is_given_up_in_that_order)
{
	int result;

	given(6, true);
	ck_assert_ptr_null(enter(&result));
	ck_assert_int_eq(result, 0);
	/* Without new privileges first: who is not root may not do the rest
	 * otherwise. And the calls last: they are needed for the others. */
	ck_assert_str_eq(
		kernel.log, "privileges memory core capabilities files calls");
	/* Files may be read below /etc, and nothing else. */
	ck_assert_uint_eq(kernel.beneath, 1 << 2);
	ck_assert_uint_gt(kernel.rules, 90);
}
END_TEST

START_TEST(test_versions_of_landlock)
{
	/* Rights of files, of TCP, scopes, and how much of the structure the
	 * kernel knows (Documentation/userspace-api/landlock.rst). */
	static const struct {
		long version;
		const char *notify;
		uint64_t files, net, scoped;
		size_t size;
	} rows[] = {
		{1, NULL, 0x1fff, 0, 0, 8},
		{2, NULL, 0x3fff, 0, 0, 8},
		{3, NULL, 0x7fff, 0, 0, 8},
		{4, NULL, 0x7fff, 3, 0, 16},
		{5, NULL, 0xffff, 3, 0, 16},
		{6, NULL, 0xffff, 3, 3, 24},
		{6, "/run/systemd/notify", 0xffff, 3, 3, 24},
		/* or it could not be told that we are ready */
		{6, "@notify", 0xffff, 3, 2, 24},
		{99, NULL, 0xffff, 3, 3, 24},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		int result;

		given(rows[i].version, true);
		if (rows[i].notify)
			setenv("NOTIFY_SOCKET", rows[i].notify, 1);
		ck_assert_ptr_null(enter(&result));
		ck_assert_int_eq(result, 0);
		ck_assert_uint_eq(kernel.ruleset[0], rows[i].files);
		ck_assert_uint_eq(kernel.ruleset[1], rows[i].net);
		ck_assert_uint_eq(kernel.ruleset[2], rows[i].scoped);
		ck_assert_uint_eq(kernel.ruleset_size, rows[i].size);
	}
}
END_TEST

START_TEST(test_what_the_kernel_lacks_is_said)
{
	static const struct {
		long landlock;
		bool seccomp;
		const char *missing, *log;
	} rows[] = {
		{0, true, "this kernel has no Landlock",
			"privileges memory core capabilities calls"},
		{1, false, "this kernel has no seccomp",
			"privileges memory core capabilities files"},
		{0, false, "this kernel has neither Landlock nor seccomp",
			"privileges memory core capabilities"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		int result;

		given(rows[i].landlock, rows[i].seccomp);
		ck_assert_str_eq(enter(&result), rows[i].missing);
		ck_assert_int_eq(result, 0);
		ck_assert_str_eq(kernel.log, rows[i].log);
	}
}
END_TEST

START_TEST(test_what_is_not_there_needs_not_be_given_up)
{
	unsigned rules;
	int result;

	/* Under a unit: no capability and no core; setting them may be
	 * forbidden there. */
	given(6, true);
	kernel.powerless = true;
	kernel.core = 0;
	ck_assert_ptr_null(enter(&result));
	ck_assert_int_eq(result, 0);
	ck_assert_str_eq(kernel.log, "privileges memory files calls");
	rules = kernel.rules;

	/* No /etc: no rule for it. */
	given(6, true);
	kernel.no_etc = true;
	ck_assert_ptr_null(enter(&result));
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(kernel.beneath, 0);

	/* A call that this architecture does not have. */
	given(6, true);
	kernel.unknown = "clock_gettime64";
	ck_assert_ptr_null(enter(&result));
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(kernel.rules, rules - 1);
}
END_TEST

/* Not to be had on every kernel, and nothing hangs on them; the version and
 * seccomp are those that a message is about. */
static bool is_dispensable(const char *what)
{
	return !strcmp(what, "bounding set") || !strcmp(what, "ambient set") ||
	       !strcmp(what, "version") || !strcmp(what, "seccomp");
}

START_TEST(test_each_call_refused)
{
	unsigned n, failed = 0;

	for (n = 1;; n++) {
		const char *missing;
		int result;

		given(6, true);
		kernel.refuse = n;
		missing = enter(&result);
		if (!kernel.refused[0])
			break;
		if (is_dispensable(kernel.refused)) {
			ck_assert_msg(result == 0, "%s", kernel.refused);
			continue;
		}
		/* No way into the event loop. */
		ck_assert_msg(result < 0, "%s", kernel.refused);
		ck_assert_ptr_eq(missing, untouched);
		ck_assert_ptr_null(strstr(kernel.log, "calls"));
		failed++;
	}
	ck_assert_uint_gt(failed, 100);
}
END_TEST

Suite *unit_suite(void)
{
	Suite *suite = suite_create("helper/sandbox_kernels");
	TCase *tcase = tcase_create("sandbox_kernels");

	tcase_add_test(tcase, test_all_is_given_up_in_that_order);
	tcase_add_test(tcase, test_versions_of_landlock);
	tcase_add_test(tcase, test_what_the_kernel_lacks_is_said);
	tcase_add_test(tcase, test_what_is_not_there_needs_not_be_given_up);
	tcase_add_test(tcase, test_each_call_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
