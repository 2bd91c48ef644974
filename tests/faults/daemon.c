/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fails every call to the kernel that mdns-helper makes through resolver/sys.h
 * or by itself, one after the other in each way that there is: while it starts,
 * serves and ends. It ends with a word about why, or it serves; and whatever it
 * does, no lookup fails. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "resolver/protocol.h"
#include "tests/faults/entries.h"
#include "tests/faults/kernel.h"

#define MSEC INT64_C(1000000)
#define SEC INT64_C(1000000000)
#define LOG "/run/faults.log"
#define START_MAX (5 * SEC)
#define END_MAX (5 * SEC)
#define CLOSED_TWICE 77 /* exit status */

int daemon_main(int argc, char **argv);

/* Shared with the children. */
static struct {
	struct kernel_hit hit;
	unsigned calls;
	enum verdict verdict;
	char complaint[200];
} * report;

static const char *wrong; /* NULL: nothing so far */
static bool verbose;

static void complain(const char *what)
{
	if (!wrong)
		wrong = what;
}

static void pause_a_little(void)
{
	const struct timespec ts = {0, MSEC};

	nanosleep(&ts, NULL);
}

static pid_t start(const struct kernel_fault *fault)
{
	static char name[] = "mdns-helper";
	char *argv[] = {name, NULL};
	pid_t child;
	int fd;

	unlink(MDNS_HELPER_SOCKET);
	child = fork();
	if (child != 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(LOG, O_WRONLY | O_TRUNC);
	dup2(fd, STDERR_FILENO);
	close(fd);
	kernel_leave_clocks();
	kernel_arm(fault, 1, &report->hit);
	fd = daemon_main(1, argv);
	kernel_disarm();
	report->calls = kernel_calls();
	_exit(kernel_closed_twice() ? CLOSED_TWICE : fd);
}

/* Waits for its end until then; false if it goes on. */
static bool has_ended(pid_t child, int64_t until, int *status)
{
	for (;;) {
		if (waitpid(child, status, WNOHANG) == child)
			return true;
		if (kernel_now() >= until)
			return false;
		pause_a_little();
	}
}

static bool is_listening(void)
{
	const struct sockaddr_un addr = {
		.sun_family = AF_UNIX, .sun_path = MDNS_HELPER_SOCKET};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool connected =
		connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0;

	close(fd);
	return connected;
}

static const struct entry *find_entry(const char *label)
{
	const struct entry *entry = entries;

	while (strcmp(entry->label, label) != 0)
		entry++;
	return entry;
}

/* In a child: this process must not remember anything. */
static enum verdict ask(const char *label)
{
	pid_t child;
	int status = 0;

	/* Before there is a child, which may be done before we go on. */
	report->verdict = WRONG;
	child = fork();
	if (child == 0) {
		alarm(10);
		report->verdict = find_entry(label)->call(
			find_entry(label), report->complaint);
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status)) /* SIGALRM: it hung */
		snprintf(report->complaint, sizeof(report->complaint),
			"(signal %d)", WTERMSIG(status));
	return report->verdict;
}

static bool has_said_why(void)
{
	struct stat st;

	return stat(LOG, &st) == 0 && st.st_size > 0;
}

static void judge_end(
	const struct kernel_fault *fault, int status, bool was_told)
{
	if (WIFSIGNALED(status))
		complain("a signal ended it");
	else if (WEXITSTATUS(status) == CLOSED_TWICE)
		complain("a descriptor was closed twice");
	else if (was_told && WEXITSTATUS(status) != 0)
		complain("it failed to end");
	else if (!was_told && WEXITSTATUS(status) != EXIT_FAILURE)
		complain("it ended as if all were well");
	/* Of its very first call nobody can be told: that opens stderr. */
	else if (!was_told && !has_said_why() && fault->at != 1)
		complain("it ended without a word");
}

static void end(const struct kernel_fault *fault, pid_t child)
{
	int status;

	kill(child, SIGTERM);
	if (!has_ended(child, kernel_now() + END_MAX, &status)) {
		complain("it does not end");
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		return;
	}
	judge_end(fault, status, true);
}

static enum verdict run(const struct kernel_fault *fault)
{
	pid_t child;
	int64_t until = kernel_now() + START_MAX;
	enum verdict asked;
	bool ended = false, listens = false;
	int status;

	wrong = NULL;
	memset(report, 0, sizeof(*report));
	child = start(fault);
	while (!(ended = has_ended(child, 0, &status)) &&
		!(listens = is_listening()) && kernel_now() < until)
		pause_a_little();
	if (!ended && !listens)
		complain("it neither serves nor ends");
	asked = ask("gethostbyname4_r");
	if (asked != ANSWERED)
		complain(asked == HONEST   ? "a lookup fails"
			 : asked == SILENT ? "a lookup finds nothing"
					   : "a lookup is wrong");
	/* The first may be what fails; and an end takes time where others have
	 * the processor. */
	if (!ended && ask("mdns_helper_*") != ANSWERED &&
		ask("mdns_helper_*") != ANSWERED &&
		!(ended = has_ended(child, kernel_now() + END_MAX, &status)))
		complain("it lives, but does not serve");
	if (ended)
		judge_end(fault, status, false);
	else
		end(fault, child);
	return wrong ? WRONG : ended ? HONEST : ANSWERED;
}

static void print(const struct kernel_fault *fault, enum verdict verdict)
{
	char text[80];

	if (verdict != WRONG && (!verbose || verdict == ANSWERED))
		return;
	kernel_describe(fault, &report->hit, text);
	printf("%s mdns-helper: %s; %s %s\n",
		verdict == WRONG ? "wrong" : "ended", text, wrong ? wrong : "",
		report->complaint);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct kernel_fault fault = {0, 0};
	unsigned verdicts[WRONG + 1] = {0};
	unsigned calls;

	verbose = argc == 2 && strcmp(argv[1], "-v") == 0;
	if (argc != 1 && !verbose) {
		fputs("usage: daemon [-v]\nRun by test_faults.py.\n", stderr);
		return 2;
	}
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mkdir(MDNS_HELPER_FOLDER, 0755);
	close(open(LOG, O_WRONLY | O_CREAT, 0600));
	if (report == MAP_FAILED || run(&fault) != ANSWERED) {
		print(&fault, WRONG);
		return 1;
	}
	calls = report->calls;
	for (fault.at = 1; fault.at <= calls; fault.at++)
		for (fault.variant = 0; fault.variant == 0 ||
					fault.variant < report->hit.variants;
			fault.variant++) {
			enum verdict verdict = run(&fault);

			if (verdict == WRONG) /* or others had the processor */
				verdict = run(&fault);
			verdicts[verdict]++;
			print(&fault, verdict);
		}
	printf("mdns-helper: %u calls, %u faults: %u served, %u ended, "
	       "%u wrong\n",
		calls, verdicts[ANSWERED] + verdicts[HONEST] + verdicts[WRONG],
		verdicts[ANSWERED], verdicts[HONEST], verdicts[WRONG]);
	return verdicts[WRONG] ? 1 : 0;
}
