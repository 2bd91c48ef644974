/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gives up privileges, then system calls. */
#include "tools/helper/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

/* --- Landlock: the kernel's structures, since older headers know less ------ */

#ifndef SYS_landlock_create_ruleset /* the same everywhere */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#ifndef O_PATH
#define O_PATH 010000000
#endif

#define LANDLOCK_VERSION 1u /* a flag: which version is it? */
#define LANDLOCK_RULE_BENEATH 1
#define LANDLOCK_READ_FILE (UINT64_C(1) << 2)

struct landlock_ruleset {
	uint64_t fs, net, scoped;
};

struct landlock_beneath {
	uint64_t allowed;
	int32_t folder;
} __attribute__((packed));

/* Every right that a version can take away, and so much of the structure as it
 * knows. */
static size_t fill_ruleset(struct landlock_ruleset *ruleset, long version)
{
	/* Files: 13 rights, then moving (2), truncating (3) and the ioctls of
	 * devices (5). */
	unsigned rights = 13;
	const char *notify = getenv("NOTIFY_SOCKET");

	memset(ruleset, 0, sizeof(*ruleset));
	if (version >= 2)
		rights++;
	if (version >= 3)
		rights++;
	if (version >= 5)
		rights++;
	ruleset->fs = (UINT64_C(1) << rights) - 1;
	if (version < 4)
		return offsetof(struct landlock_ruleset, net);
	ruleset->net = 3; /* TCP: bind, connect */
	if (version < 6)
		return offsetof(struct landlock_ruleset, scoped);
	ruleset->scoped = 2; /* signals to others */
	if (notify == NULL || notify[0] != '@')
		ruleset->scoped |= 1; /* abstract sockets of others */
	return sizeof(*ruleset);
}

/* /etc/dotlocal.conf may appear later, and an editor puts another file in its
 * place: a rule for the file itself would not see that. So it is the folder;
 * whom its other files belong to still counts. */
static int allow_configuration(int ruleset)
{
	struct landlock_beneath beneath = {.allowed = LANDLOCK_READ_FILE};
	int result = 0;

	beneath.folder = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (beneath.folder < 0)
		return errno == ENOENT ? 0 : -errno;
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_BENEATH,
		    &beneath, 0) < 0)
		result = -errno;
	close(beneath.folder);
	return result;
}

/* 1: this kernel has none. */
static int close_files(void)
{
	struct landlock_ruleset attr;
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	int ruleset, result;

	if (version < 1)
		return 1;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
		fill_ruleset(&attr, version), 0);
	if (ruleset < 0)
		return -errno;
	result = allow_configuration(ruleset);
	if (result == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		result = -errno;
	close(ruleset);
	return result;
}

/* --- seccomp --------------------------------------------------------------- */

/* What the event loop, its replies and libc do. Names that an architecture or
 * an old libseccomp does not know are passed over. */
static const char calls[][24] = {
	/* descriptors that are there already */
	"read",
	"readv",
	"write",
	"writev",
	"close",
	"lseek",
	"_llseek",
	"fcntl",
	"fcntl64",
	"dup",
	"fstat",
	"fstat64",
	"fstatat64",
	"newfstatat",
	"statx",
	/* clients, port 5353, rtnetlink, the journal */
	"accept",
	"accept4",
	"recv",
	"recvfrom",
	"recvmsg",
	"recvmmsg",
	"recvmmsg_time64",
	"send",
	"sendto",
	"sendmsg",
	"sendmmsg",
	"getsockopt",
	"getsockname",
	"shutdown",
	"memfd_create",
	/* sd-event */
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_settime64",
	"signalfd4",
	"eventfd2",
	/* time */
	"clock_gettime",
	"clock_gettime64",
	"clock_getres",
	"clock_getres_time64",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"gettimeofday",
	"nanosleep",
	"time",
	"timer_settime",
	"timer_settime64",
	/* memory; mmap and mprotect are below */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	/* itself */
	"exit",
	"exit_group",
	"futex",
	"futex_time64",
	"getegid",
	"getegid32",
	"geteuid",
	"geteuid32",
	"getgid",
	"getgid32",
	"getpid",
	"getrandom",
	"gettid",
	"getuid",
	"getuid32",
	"restart_syscall",
	"rseq",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sched_getaffinity",
	"sched_yield",
	"set_robust_list",
	"sigaltstack",
	"sigreturn",
	"sysinfo",
	"uname",
};

/* A socket option that may be set. */
struct option {
	int level, name;
};

static const struct option options[] = {
	{SOL_SOCKET, SO_SNDBUF},
	{IPPROTO_IP, IP_ADD_MEMBERSHIP},
	{IPPROTO_IP, IP_DROP_MEMBERSHIP},
	{IPPROTO_IPV6, IPV6_JOIN_GROUP},
	{IPPROTO_IPV6, IPV6_LEAVE_GROUP},
	/* at the end: a change of links is to start nobody */
	{SOL_NETLINK, NETLINK_DROP_MEMBERSHIP},
};

/* The arguments that matter here are ints: 32 bits, whatever is above. */
static struct scmp_arg_cmp is(unsigned arg, int value)
{
	return SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, UINT32_MAX, (uint32_t)value);
}

static struct scmp_arg_cmp has_none(unsigned arg, int bits)
{
	return SCMP_CMP64(arg, SCMP_CMP_MASKED_EQ, (uint32_t)bits, 0);
}

/* Adds a rule, unless this architecture has no such call. */
static int allow(scmp_filter_ctx filter, const char *name, unsigned count,
	const struct scmp_arg_cmp *args)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(
		filter, SCMP_ACT_ALLOW, call, count, args);
}

static int allow_1(
	scmp_filter_ctx filter, const char *name, struct scmp_arg_cmp condition)
{
	return allow(filter, name, 1, &condition);
}

static int allow_2(scmp_filter_ctx filter, const char *name,
	struct scmp_arg_cmp first, struct scmp_arg_cmp second)
{
	const struct scmp_arg_cmp both[2] = {first, second};

	return allow(filter, name, 2, both);
}

static int allow_memory(scmp_filter_ctx filter)
{
	int result = allow_1(filter, "mprotect", has_none(2, PROT_EXEC));

	if (result < 0)
		return result;
		/* Where there is mmap2, the arguments of mmap are in memory. */
#ifdef SYS_mmap2
	return allow_1(filter, "mmap2", has_none(2, PROT_EXEC));
#else
	return allow_1(filter, "mmap", has_none(2, PROT_EXEC));
#endif
}

/* sd_notify makes a datagram socket for each message. It can go to nobody who
 * waits for a connection, since connect is not allowed. */
static int allow_sockets(scmp_filter_ctx filter)
{
	int result;
	size_t i;

	result = allow_2(filter, "socket", is(0, AF_UNIX),
		SCMP_CMP64(1, SCMP_CMP_MASKED_EQ,
			UINT32_MAX & ~(uint32_t)(SOCK_CLOEXEC | SOCK_NONBLOCK),
			SOCK_DGRAM));
	for (i = 0; result == 0 && i < sizeof(options) / sizeof(*options); i++)
		result = allow_2(filter, "setsockopt", is(1, options[i].level),
			is(2, options[i].name));
#ifdef SYS_socketcall
	/* Where libc still goes through socketcall, the arguments are in memory
	 * and cannot be looked at: no capability and an empty network are all
	 * that remains there. */
	if (result == 0)
		result = allow_1(filter, "socketcall", is(0, SYS_SOCKET));
	if (result == 0)
		result = allow_1(filter, "socketcall", is(0, SYS_SETSOCKOPT));
#endif
	return result;
}

/* What is allowed with certain arguments only. */
static int allow_some(scmp_filter_ctx filter)
{
	int result = allow_memory(filter);

	if (result == 0)
		result = allow_sockets(filter);
	if (result == 0) /* reading */
		result = allow_1(filter, "openat",
			has_none(2, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND |
					    O_DIRECTORY));
	if (result == 0) /* abort() */
		result = allow_1(filter, "tgkill", is(0, getpid()));
	if (result == 0) /* the name of a memfd of the journal */
		result = allow_1(filter, "prctl", is(0, PR_GET_NAME));
	return result;
}

static bool have_seccomp(void)
{
	/* A kernel that knows filters looks for one at NULL. */
	return prctl(PR_SET_SECCOMP, 2 /* SECCOMP_MODE_FILTER */, NULL, 0, 0) <
		       0 &&
	       errno == EFAULT;
}

/* 1: this kernel has none. */
static int close_calls(void)
{
	scmp_filter_ctx filter;
	int result = 0;
	size_t i;

	if (!have_seccomp())
		return 1;
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (filter == NULL)
		return -ENOMEM;
	for (i = 0; result == 0 && i < sizeof(calls) / sizeof(*calls); i++)
		result = allow(filter, calls[i], 0, NULL);
	if (result == 0)
		result = allow_some(filter);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

/* --- privileges ------------------------------------------------------------ */

static bool holds_capability(const struct __user_cap_data_struct *data)
{
	unsigned i;

	for (i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		if ((data[i].effective | data[i].permitted |
			    data[i].inheritable) != 0)
			return true;
	return false;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	unsigned long i;

	/* The bounding set: who may not shrink it has nothing to gain from it,
	 * without exec. It ends where the kernel knows no more. */
	for (i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	/* Fails on kernels that have no ambient set. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	if (!holds_capability(data))
		return 0; /* under a unit capset may be forbidden */
	memset(data, 0, sizeof(data));
	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

static int drop_core(void)
{
	struct rlimit limit;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	if (getrlimit(RLIMIT_CORE, &limit) < 0)
		return -errno;
	if (limit.rlim_cur == 0 && limit.rlim_max == 0)
		return 0;
	limit.rlim_cur = limit.rlim_max = 0;
	return setrlimit(RLIMIT_CORE, &limit) < 0 ? -errno : 0;
}

static int drop_privileges(void)
{
	int result;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	result = drop_core();
	return result < 0 ? result : drop_capabilities();
}

int sandbox_enter(const char **ret_missing)
{
	sd_id128_t boot_id;
	int landlock, seccomp, result;

	/* sd-event spreads its wakeups by it: read once from a file, then
	 * remembered by the library. */
	sd_id128_get_boot(&boot_id);
	result = drop_privileges();
	if (result < 0)
		return result;
	landlock = close_files();
	if (landlock < 0)
		return landlock;
	seccomp = close_calls();
	if (seccomp < 0)
		return seccomp;
	if (landlock == 0)
		*ret_missing =
			seccomp == 0 ? NULL : "this kernel has no seccomp";
	else
		*ret_missing = seccomp == 0
				       ? "this kernel has no Landlock"
				       : "this kernel has neither Landlock nor "
					 "seccomp";
	return 0;
}
