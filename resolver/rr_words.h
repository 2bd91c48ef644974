/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text in the form of zone files (RFC 1035 5.1), word by word. */
#ifndef MDNS_RR_WORDS_H
#define MDNS_RR_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Borrows the text. The first error sticks: there are no words behind it. */
struct mdns_words {
	const char *text;
	size_t len;
	size_t pos;
	const char *why; /* static, says what is wrong; NULL: nothing */
};

/* Borrowed from the text, escapes as they were written. */
struct mdns_word {
	const char *text; /* without the quotes */
	size_t len;
	bool quoted;
};

/* White space, line ends, parentheses; comments go from ; to the line's end. */
bool mdns_words_is_space(char c);

/* True if there is another word. */
bool mdns_words_more(struct mdns_words *words);

/* The next word, or after an error (there is none, its quotes are not closed)
 * an empty one. */
struct mdns_word mdns_words_next(struct mdns_words *words);

/* The same; quotes around it are an error. */
struct mdns_word mdns_words_next_plain(struct mdns_words *words);

/* An error of the caller's, if there is none yet. */
void mdns_words_fail(struct mdns_words *words, const char *why);

#endif
