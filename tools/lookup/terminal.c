/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Escape sequences, and whether they are wanted. */
#include "config.h"

#include "tools/lookup/terminal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static bool color, live, waits;
static struct timespec wait_began;
static int wait_width; /* of the line that stands there, 0: none */

static bool is_smart(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

void terminal_init(enum terminal_color wanted)
{
	const char *no = getenv("NO_COLOR");

	live = is_smart(STDOUT_FILENO);
	waits = is_smart(STDERR_FILENO);
	color = wanted == COLOR_ALWAYS ||
		(wanted == COLOR_AUTO && live && !(no && no[0]));
}

const char *terminal_paint(enum terminal_paint paint)
{
	static const char *const sequence[] = {
		[PAINT_PLAIN] = "\033[0m",
		[PAINT_GOOD] = "\033[32m",
		[PAINT_BAD] = "\033[31;1m",
		[PAINT_WARN] = "\033[33m",
		[PAINT_FAINT] = "\033[2m",
		[PAINT_NAME] = "\033[1m",
	};

	return color ? sequence[paint] : "";
}

bool terminal_is_live(void)
{
	return live;
}

static void size_of(int fd, unsigned *ret_columns, unsigned *ret_rows)
{
	struct winsize size = {0};

	ioctl(fd, TIOCGWINSZ, &size);
	*ret_columns = size.ws_col > 0 ? size.ws_col : 80;
	*ret_rows = size.ws_row > 0 ? size.ws_row : 24;
}

void terminal_size(unsigned *ret_columns, unsigned *ret_rows)
{
	size_of(STDOUT_FILENO, ret_columns, ret_rows);
}

void terminal_wait_begin(void)
{
	clock_gettime(CLOCK_MONOTONIC, &wait_began);
}

void terminal_wait_show(const char *format, ...)
{
	struct timespec now;
	char line[200];
	unsigned columns, rows;
	va_list args;
	int width;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!waits ||
		(now.tv_sec - wait_began.tv_sec) * 1000 +
				(now.tv_nsec - wait_began.tv_nsec) / 1000000 <
			1000)
		return;
	va_start(args, format);
	width = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (width < 0)
		return;
	/* Where it goes, and standard output may be elsewhere. */
	size_of(STDERR_FILENO, &columns, &rows);
	if (width >= (int)sizeof(line)) /* what was the last does not show */
		width = (int)sizeof(line) - 2;
	if (width >= (int)columns)
		width = (int)columns - 1;
	while (width > 0 && ((unsigned char)line[width] & 0xc0) == 0x80)
		width--; /* not in the middle of a character */
	fprintf(stderr, "\r%.*s\033[K", width, line);
	fflush(stderr);
	wait_width = width;
}

void terminal_wait_end(void)
{
	if (wait_width > 0) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	wait_width = 0;
}
