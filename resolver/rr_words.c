/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A text in the form of zone files (RFC 1035 5.1), word by word. */
#include "resolver/rr_words.h"

bool mdns_words_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '(' || c == ')';
}

void mdns_words_fail(struct mdns_words *words, const char *why)
{
	if (!words->why)
		words->why = why;
}

bool mdns_words_more(struct mdns_words *words)
{
	bool comment = false;

	for (; words->pos < words->len && !words->why; words->pos++) {
		char c = words->text[words->pos];

		if (c == '\n')
			comment = false;
		else if (c == ';')
			comment = true;
		else if (!comment && !mdns_words_is_space(c))
			return true;
	}
	return false;
}

/* To what ends the word, past what is escaped. */
static void skip_word(struct mdns_words *words, bool quoted)
{
	while (words->pos < words->len) {
		char c = words->text[words->pos];

		if (c == '"' ||
			(!quoted && (c == ';' || mdns_words_is_space(c))))
			return;
		if (c == '\\' && words->pos + 1 < words->len)
			words->pos++;
		words->pos++;
	}
}

struct mdns_word mdns_words_next(struct mdns_words *words)
{
	struct mdns_word word = {"", 0, false};
	size_t start;

	if (!mdns_words_more(words)) {
		mdns_words_fail(words, "something is missing at the end");
		return word;
	}
	word.quoted = words->text[words->pos] == '"';
	words->pos += word.quoted;
	start = words->pos;
	skip_word(words, word.quoted);
	if (word.quoted && words->pos == words->len) {
		mdns_words_fail(words, "a quote that is not closed");
		return word;
	}
	word.text = words->text + start;
	word.len = words->pos - start;
	words->pos += word.quoted;
	if (words->pos < words->len && words->text[words->pos] != ';' &&
		!mdns_words_is_space(words->text[words->pos])) {
		mdns_words_fail(words, "no space beside a quote");
		word.len = 0;
	}
	return word;
}

struct mdns_word mdns_words_next_plain(struct mdns_words *words)
{
	struct mdns_word word = mdns_words_next(words);

	if (word.quoted) {
		mdns_words_fail(words, "quotes around what is not a string");
		word.len = 0;
	}
	return word;
}
