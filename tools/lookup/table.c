/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Draws tables on a terminal. */
#include "config.h"

#include "tools/lookup/table.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "resolver/name.h"
#include "tools/lookup/terminal.h"

#define GAP 2    /* between two columns */
#define LEAST 10 /* so much of a column says something */

/* One character: its octets, and the columns it takes. */
struct glyph {
	const char *text;
	size_t size;
	unsigned width;
};

/* text is not at its end. What the locale cannot show is a question mark. */
static struct glyph read_glyph(const char *text)
{
	const uint8_t *octet = (const uint8_t *)text;
	struct glyph glyph = {text, mdns_name_char(octet, strnlen(text, 4)), 1};
	uint32_t value = octet[0];
	size_t i;
	int width;

	if (glyph.size == 0) {
		glyph.text = "?";
		glyph.size = 1;
		return glyph;
	}
	if (glyph.size > 1)
		value &= 0x7fu >> glyph.size;
	for (i = 1; i < glyph.size; i++)
		value = value << 6 | (octet[i] & 0x3fu);
	width = wcwidth((wchar_t)value);
	if (width >= 0)
		glyph.width = (unsigned)width;
	else
		glyph.text = "?";
	return glyph;
}

/* Octets that it is written with. */
static size_t written(const struct glyph *glyph)
{
	return glyph->text[0] == '?' ? 1 : glyph->size;
}

unsigned table_text_width(const char *text)
{
	unsigned width = 0;

	while (*text) {
		struct glyph glyph = read_glyph(text);

		width += glyph.width;
		text += glyph.size;
	}
	return width;
}

/* As many whole characters as go into that many columns; how many they take. */
static unsigned put_head(FILE *out, const char *text, unsigned width)
{
	unsigned used = 0;

	while (*text) {
		struct glyph glyph = read_glyph(text);

		if (used + glyph.width > width)
			break;
		fwrite(glyph.text, 1, written(&glyph), out);
		used += glyph.width;
		text += glyph.size;
	}
	return used;
}

/* Exactly that many columns (at least 1), or fewer if it is the last cell. */
static void put_cell(FILE *out, const char *text, unsigned width, bool last)
{
	unsigned used = table_text_width(text);

	if (used > width) {
		used = put_head(out, text, width - 1) + 1;
		fputs(wcwidth(L'\x2026') == 1 ? "\u2026" : "~", out);
	} else {
		used = put_head(out, text, width);
	}
	for (; !last && used < width + GAP; used++)
		putc(' ', out);
}

void table_init(struct table *table, const struct table_column *column,
	unsigned columns)
{
	memset(table, 0, sizeof(*table));
	table->column = column;
	table->columns = columns;
}

/* A line with titles, one below, one for the cursor. */
unsigned table_room(void)
{
	unsigned columns, rows;

	terminal_size(&columns, &rows);
	return rows > 4 ? rows - 3 : 1;
}

bool table_is_outgrown(const struct table *table)
{
	unsigned columns, rows;

	terminal_size(&columns, &rows);
	return table->width != columns || table->height != rows;
}

static void drop_rows(struct table *table)
{
	unsigned i;

	for (i = 0; i < table->rows * table->columns; i++)
		free(table->cell[i]);
	free(table->cell);
	table->cell = NULL;
	table->rows = 0;
}

void table_add(struct table *table, const char *const *cells)
{
	size_t used = (size_t)table->rows * table->columns;
	char **more =
		realloc(table->cell, (used + table->columns) * sizeof(*more));
	unsigned i;

	if (!more)
		return;
	table->cell = more;
	for (i = 0; i < table->columns; i++) {
		more[used + i] = strdup(cells[i]);
		if (!more[used + i]) {
			while (i > 0)
				free(more[used + --i]);
			return;
		}
	}
	table->rows++;
}

static const char *cell(const struct table *table, unsigned row, unsigned i)
{
	return table->cell[row * table->columns + i];
}

/* How wide the column has to be to show all of it; 0: it is empty. */
static unsigned natural_width(const struct table *table, unsigned i)
{
	unsigned title = table_text_width(table->column[i].title);
	unsigned row, width, most = 0;

	for (row = 0; row < table->rows; row++) {
		width = table_text_width(cell(table, row, i));
		if (width > most)
			most = width;
	}
	return most > 0 && most < title ? title : most;
}

/* What the columns take, with the gap behind each; none counts for more than
 * `most`. */
static unsigned total_width(
	const struct table *table, const unsigned *widths, unsigned most)
{
	unsigned i, total = 0;

	for (i = 0; i < table->columns; i++)
		if (widths[i] > 0)
			total += (widths[i] < most ? widths[i] : most) + GAP;
	return total;
}

/* False if there is none to leave out. */
static bool leave_one_out(const struct table *table, unsigned *widths)
{
	unsigned i, last = 0;

	for (i = 1; i < table->columns; i++)
		if (widths[i] > 0 &&
			(widths[last] == 0 || table->column[i].rank >
						      table->column[last].rank))
			last = i;
	if (table->column[last].rank == 0)
		return false;
	widths[last] = 0;
	return true;
}

/* How wide each column is to be; 0: left out. */
static void fit(const struct table *table, unsigned *widths)
{
	/* The last column of the terminal stays free: what a terminal does
	 * behind it differs. The last cell has no gap. */
	const unsigned room = table->width - 1 + GAP;
	unsigned i, total;

	for (i = 0; i < table->columns; i++)
		widths[i] = natural_width(table, i);
	while (total_width(table, widths, LEAST) > room)
		if (!leave_one_out(table, widths))
			break;
	for (total = total_width(table, widths, UINT_MAX); total > room;
		total--) {
		unsigned widest = 0;

		for (i = 1; i < table->columns; i++)
			if (widths[i] > widths[widest])
				widest = i;
		if (widths[widest] <= 1)
			return; /* a terminal for ants */
		widths[widest]--;
	}
}

/* A row, or the titles. */
static void put_row(FILE *out, const struct table *table,
	const unsigned *widths, const unsigned *row)
{
	unsigned i, last = 0;

	for (i = 0; i < table->columns; i++)
		if (widths[i] > 0)
			last = i;
	fputs("\r\033[K", out);
	for (i = 0; i < table->columns; i++)
		if (widths[i] > 0)
			put_cell(out,
				row ? cell(table, *row, i)
				    : table->column[i].title,
				widths[i], i == last);
}

static void put_all(FILE *out, struct table *table, const char *below)
{
	unsigned widths[TABLE_COLUMNS_MAX];
	unsigned row, lines = 0;

	fit(table, widths);
	if (table->rows > 0) {
		fputs(terminal_paint(PAINT_NAME), out);
		put_row(out, table, widths, NULL);
		fputs(terminal_paint(PAINT_PLAIN), out);
		putc('\n', out);
		lines++;
	}
	for (row = 0; row < table->rows; row++, lines++) {
		put_row(out, table, widths, &row);
		putc('\n', out);
	}
	if (below) {
		fputs("\r\033[K", out);
		fputs(terminal_paint(PAINT_FAINT), out);
		put_cell(out, below, table->width - 1, true);
		fputs(terminal_paint(PAINT_PLAIN), out);
		putc('\n', out);
		lines++;
	}
	table->drawn = lines;
}

void table_draw(struct table *table, const char *below)
{
	bool first = table->width == 0, outgrown = table_is_outgrown(table);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	terminal_size(&table->width, &table->height);
	if (table->width < 2)
		table->width = 2;
	if (!out) {
		drop_rows(table);
		return;
	}
	if (first)
		fputs("\033[?25l", out); /* no cursor */
	else if (outgrown)
		fputs("\033[H\033[2J", out); /* where the lines are now differs
						by terminal */
	else if (table->drawn > 0)
		fprintf(out, "\033[%uA", table->drawn);
	put_all(out, table, below);
	fputs("\033[J", out);
	drop_rows(table);
	/* All at once, so that nothing flickers. */
	if (fclose(out) == 0) {
		fwrite(text, 1, size, stdout);
		fflush(stdout);
	}
	free(text);
}

void table_close(struct table *table)
{
	drop_rows(table);
	if (table->width > 0) {
		fputs("\033[?25h", stdout);
		fflush(stdout);
	}
}
