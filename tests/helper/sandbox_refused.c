/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sandbox_probe tries and what must be refused. Nothing here may do harm:
 * it is tried without the sandbox as well. */
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/helper/sandbox_probe.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static int make_socket(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int socket_ipv4(void)
{
	return make_socket(AF_INET, SOCK_DGRAM, 0);
}

static int socket_ipv6(void)
{
	return make_socket(AF_INET6, SOCK_STREAM, 0);
}

static int socket_netlink(void)
{
	return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int socket_packet(void)
{
	return make_socket(AF_PACKET, SOCK_DGRAM, 0);
}

static int socket_unix_stream(void)
{
	return make_socket(AF_UNIX, SOCK_STREAM, 0);
}

static int connect_unix(void)
{
	struct sockaddr_un addr = {AF_UNIX, PROBE_JOURNAL};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

	if (fd < 0)
		return ENODEV; /* that must work: another probe says so */
	error = probe_result(
		connect(fd, (struct sockaddr *)&addr, sizeof(addr)));
	close(fd);
	return error;
}

/* Unless NOTIFY_SOCKET is one. */
static int send_abstract(void)
{
	return probe_result(sendto(world.elsewhere, "hello", 5, 0,
		(struct sockaddr *)&world.elsewhere_addr,
		world.elsewhere_size));
}

static int bind_udp(void)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};

	return probe_result(
		bind(world.ipv4, (struct sockaddr *)&addr, sizeof(addr)));
}

static int exec(void)
{
	return probe_result(execl("/nosuchprogram", "nosuchprogram", NULL));
}

static int exec_descriptor(void)
{
	return probe_result(
		syscall(SYS_execveat, -1, "", NULL, NULL, AT_EMPTY_PATH));
}

static int reap(long pid)
{
	if (pid < 0)
		return errno;
	if (pid == 0)
		_exit(0);
	waitpid((pid_t)pid, NULL, 0);
	return 0;
}

static int fork_process(void)
{
	return reap(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int fork_clone3(void)
{
	struct {
		uint64_t field[8];
	} args = {{0, 0, 0, 0, SIGCHLD}};

	return reap(syscall(SYS_clone3, &args, sizeof(args)));
}

static int new_namespace(void)
{
	return probe_result(unshare(CLONE_FILES));
}

static int trace(void)
{
	return probe_result(ptrace(PTRACE_PEEKDATA, world.parent, NULL, NULL));
}

static int read_memory(void)
{
	return probe_result(syscall(
		SYS_process_vm_readv, world.parent, NULL, 0UL, NULL, 0UL, 0UL));
}

static int kill_parent(void)
{
	return probe_result(kill(world.parent, 0));
}

/* Nobody: who is there, is refused by Landlock as well. */
static int kill_thread(void)
{
	return probe_result(syscall(SYS_tgkill, 0x3fffffff, 0x3fffffff, 0));
}

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int open_write(void)
{
	return try_open("file", O_WRONLY);
}

static int open_read_write(void)
{
	return try_open("/dev/null", O_RDWR);
}

static int open_create(void)
{
	return try_open("new", O_RDONLY | O_CREAT);
}

static int open_truncate(void)
{
	return try_open("file", O_RDONLY | O_TRUNC);
}

static int open_elsewhere(void)
{
	return try_open("/usr/lib/os-release", O_RDONLY);
}

static int open_proc(void)
{
	return try_open("/proc/self/status", O_RDONLY);
}

static int open_folder(void)
{
	return try_open("/etc", O_RDONLY);
}

static int open_folder_as_such(void)
{
	return try_open("/etc", O_RDONLY | O_DIRECTORY);
}

static int remove_file(void)
{
	return probe_result(unlink("nosuchfile"));
}

static int make_folder(void)
{
	return probe_result(mkdir("folder", 0700));
}

static int change_mode(void)
{
	return probe_result(chmod("nosuchfile", 0600));
}

static int mprotect_exec(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int error = probe_result(mprotect(page, 4096, PROT_READ | PROT_EXEC));

	munmap(page, 4096);
	return error;
}

static int mmap_exec(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return errno;
	munmap(page, 4096);
	return 0;
}

static int become_root(void)
{
	return probe_result(syscall(SYS_setuid, 0));
}

static int mount_something(void)
{
	return probe_result(mount("none", "/nosuchfolder", "tmpfs", 0, NULL));
}

static int change_root(void)
{
	return probe_result(chroot("/"));
}

static int bpf(void)
{
	return probe_result(syscall(SYS_bpf, 0, NULL, 0));
}

static int io_uring(void)
{
	return probe_result(syscall(SYS_io_uring_setup, 1, NULL));
}

static int fault_handler(void)
{
	return probe_result(syscall(SYS_userfaultfd, O_CLOEXEC | 1));
}

static int perf_events(void)
{
	return probe_result(syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0UL));
}

static int keys(void)
{
	return probe_result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID,
		KEY_SPEC_SESSION_KEYRING, 0));
}

static int be_dumpable(void)
{
	return probe_result(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static int old_personality(void)
{
	return probe_result(personality(READ_IMPLIES_EXEC));
}

static int core_limit(void)
{
	struct rlimit limit = {0, 0};

	return probe_result(setrlimit(RLIMIT_CORE, &limit));
}

static int type_into_terminal(void)
{
	return probe_result(ioctl(STDIN_FILENO, TIOCSTI, "x"));
}

static int filter_socket(void)
{
	int value = 0;

	return probe_result(setsockopt(world.ipv4, SOL_SOCKET, SO_DETACH_FILTER,
		&value, sizeof(value)));
}

static int secret_memory(void)
{
	return probe_result(syscall(SYS_memfd_secret, 0));
}

const struct probe probes_refused[] = {
	{"socket-ipv4", socket_ipv4},
	{"socket-ipv6", socket_ipv6},
	{"socket-netlink", socket_netlink},
	{"socket-packet", socket_packet},
	{"socket-unix-stream", socket_unix_stream},
	{"connect", connect_unix},
	{"send-abstract", send_abstract},
	{"bind", bind_udp},
	{"setsockopt-filter", filter_socket},
	{"exec", exec},
	{"exec-descriptor", exec_descriptor},
	{"fork", fork_process},
	{"fork-clone3", fork_clone3},
	{"unshare", new_namespace},
	{"ptrace", trace},
	{"process-vm-readv", read_memory},
	{"kill", kill_parent},
	{"tgkill", kill_thread},
	{"open-write", open_write},
	{"open-read-write", open_read_write},
	{"open-create", open_create},
	{"open-truncate", open_truncate},
	{"open-elsewhere", open_elsewhere},
	{"open-proc", open_proc},
	{"open-folder", open_folder},
	{"open-folder-as-such", open_folder_as_such},
	{"unlink", remove_file},
	{"mkdir", make_folder},
	{"chmod", change_mode},
	{"mprotect-exec", mprotect_exec},
	{"mmap-exec", mmap_exec},
	{"setuid", become_root},
	{"mount", mount_something},
	{"chroot", change_root},
	{"bpf", bpf},
	{"io-uring", io_uring},
	{"userfaultfd", fault_handler},
	{"perf-event", perf_events},
	{"keyctl", keys},
	{"prctl-dumpable", be_dumpable},
	{"personality", old_personality},
	{"setrlimit", core_limit},
	{"ioctl", type_into_terminal},
	{"memfd-secret", secret_memory},
	{NULL, NULL},
};
