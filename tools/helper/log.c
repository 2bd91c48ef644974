/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What mdns-helper has to say, to the journal or to stderr. */
#include "config.h"

#include "tools/helper/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where in our sources it was said is of no use to whoever reads it. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define TEXT_MAX 512 /* octets of a message; what is beyond is cut off */

static bool to_journal;
static bool say_debug;

/* True if stderr is the very stream that systemd has connected to the journal
 * (systemd.exec(5), JOURNAL_STREAM), and not, say, a file. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device &&
	       st.st_ino == inode;
}

/* 0 or a negative errno value. */
static int write_journal(int priority, const char *link, const char *text)
{
	char message[sizeof("MESSAGE=") + TEXT_MAX];
	char level[sizeof("PRIORITY=7")];
	char name[sizeof("MDNS_LINK=") + 16];
	struct iovec field[3];
	int count = 2;

	snprintf(message, sizeof(message), "MESSAGE=%s", text);
	snprintf(level, sizeof(level), "PRIORITY=%d", priority & LOG_PRIMASK);
	field[0].iov_base = message;
	field[0].iov_len = strlen(message);
	field[1].iov_base = level;
	field[1].iov_len = strlen(level);
	if (link) {
		snprintf(name, sizeof(name), "MDNS_LINK=%s", link);
		field[2].iov_base = name;
		field[2].iov_len = strlen(name);
		count = 3;
	}
	return sd_journal_sendv(field, count);
}

static void write_stderr(const char *text)
{
	char line[sizeof("mdns-helper: \n") + TEXT_MAX];
	int size = snprintf(line, sizeof(line), "mdns-helper: %s\n", text);

	/* In one piece; nobody is left to be told if it fails. */
	if (size > 0 && write(STDERR_FILENO, line, (size_t)size) < 0)
		return;
}

/* Names from the network and of interfaces must not move anybody's cursor. */
static void replace_control(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void log_say(int priority, const char *link, const char *format, ...)
{
	char text[TEXT_MAX];
	size_t used = 0;
	va_list args;

	if (priority == LOG_DEBUG && !say_debug)
		return;
	if (link)
		used = (size_t)snprintf(text, sizeof(text), "%.15s: ", link);
	va_start(args, format);
	vsnprintf(text + used, sizeof(text) - used, format, args);
	va_end(args);
	replace_control(text);
	if (!to_journal || write_journal(priority, link, text) < 0)
		write_stderr(text);
}

void log_open(bool debug)
{
	say_debug = debug;
	to_journal = is_journal();
	/* libsystemd makes its socket when it is first used. */
	if (to_journal && write_journal(LOG_DEBUG, NULL, "starting") < 0)
		to_journal = false;
}
