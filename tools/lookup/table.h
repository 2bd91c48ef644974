/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table that is drawn anew in place on the terminal (terminal_is_live), cut
 * to its size. */
#ifndef LOOKUP_TABLE_H
#define LOOKUP_TABLE_H

#include <stdbool.h>

#define TABLE_COLUMNS_MAX 8

struct table_column {
	const char *title;
	unsigned rank; /* where there is no room the highest is left out first;
			  0: never */
};

struct table {
	const struct table_column *column;
	unsigned columns;
	char **cell; /* row by row */
	unsigned rows;
	unsigned drawn;         /* lines of it that stand on the terminal */
	unsigned width, height; /* of the terminal at that time; 0: never */
};

/* column is borrowed; columns: at most TABLE_COLUMNS_MAX. */
void table_init(struct table *table, const struct table_column *column,
	unsigned columns);

/* Rows that the terminal has room for now, besides the titles and a line below
 * them. */
unsigned table_room(void);

/* True if the terminal has another size than at the last draw. */
bool table_is_outgrown(const struct table *table);

/* Copies the cells; safe text without control characters, UTF-8. What does not
 * fit into memory is left out. */
void table_add(struct table *table, const char *const *cells);

/* Draws the rows added since the last time over what was drawn then, the line
 * `below` (NULL: none) under them, and forgets them. Columns that are empty in
 * all rows are left out, then those that would leave too little of the others;
 * the widest are cut until all fit. */
void table_draw(struct table *table, const char *below);

/* What was drawn last stays, with the cursor below it. */
void table_close(struct table *table);

/* The columns that the text takes, in the locale's idea of each character. */
unsigned table_text_width(const char *text);

#endif
