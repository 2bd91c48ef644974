/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal that somebody may sit at: colour, width, lines that are drawn
 * anew, and a sign of life while he waits. Where output goes to a file or a
 * pipe none of it is there. */
#ifndef LOOKUP_TERMINAL_H
#define LOOKUP_TERMINAL_H

#include <stdbool.h>

enum terminal_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* To be called once. AUTO: if standard output is a terminal, NO_COLOR is not
 * set or empty (no-color.org), and TERM is not "dumb". */
void terminal_init(enum terminal_color color);

enum terminal_paint {
	PAINT_PLAIN, /* ends any other */
	PAINT_GOOD,
	PAINT_BAD,
	PAINT_WARN,
	PAINT_FAINT,
	PAINT_NAME,
};

/* What to print before a text of that sort (PAINT_PLAIN: behind it): an escape
 * sequence, or "" where there is no colour. Static. */
const char *terminal_paint(enum terminal_paint paint);

/* True if standard output is a terminal on which lines can be drawn anew. */
bool terminal_is_live(void);

/* Columns and rows of it now; 80 and 24 where nobody knows. */
void terminal_size(unsigned *ret_columns, unsigned *ret_rows);

/* Something takes time: if standard error is a terminal and more than a second
 * has gone by since the last terminal_wait_begin, shows that line there, over
 * the last one. May be called often. */
void terminal_wait_begin(void);
void terminal_wait_show(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
/* Takes the line away again, if there is one; to be called before anything
 * else is printed (print_problem does it by itself). */
void terminal_wait_end(void);

#endif
