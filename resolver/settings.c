/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What dotlocal.conf can set: defaults, and the parser of its text (pure). */
#include "resolver/settings.h"

#include <string.h>

void mdns_settings_init(struct mdns_settings *ret_settings)
{
	memset(ret_settings, 0, sizeof(*ret_settings));
	ret_settings->total_ms = 1250;
	ret_settings->second_way_ms = 100;
	ret_settings->grace_ms = 100;
	ret_settings->resend_ms[0] = 400;
	ret_settings->resend_ms[1] = 900;
}

/* A stretch of the file's text. */
struct span {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct span trim(struct span s)
{
	while (s.len > 0 && is_blank(s.text[0]))
		s.text++, s.len--;
	while (s.len > 0 && is_blank(s.text[s.len - 1]))
		s.len--;
	return s;
}

static bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && memcmp(s.text, word, s.len) == 0;
}

/* Takes the next word of a list off its front; empty at the end. */
static struct span take_word(struct span *list)
{
	struct span word;

	while (list->len > 0 &&
		(is_blank(list->text[0]) || list->text[0] == ','))
		list->text++, list->len--;
	word.text = list->text;
	word.len = 0;
	while (list->len > 0 && !is_blank(list->text[0]) &&
		list->text[0] != ',')
		list->text++, list->len--, word.len++;
	return word;
}

/* `250ms`, `2s`, `1.25s`; false if it is none or above a minute. */
static bool read_time(struct span s, uint32_t *ret_ms)
{
	uint32_t whole = 0, part = 0, scale = 1000;
	size_t i = 0;

	while (i < s.len && s.text[i] >= '0' && s.text[i] <= '9' &&
		whole <= 60000)
		whole = whole * 10 + (uint32_t)(s.text[i++] - '0');
	if (i == 0 || whole > 60000)
		return false;
	if (s.len - i == 2 && memcmp(s.text + i, "ms", 2) == 0) {
		*ret_ms = whole;
		return true;
	}
	if (i + 1 < s.len && s.text[i] == '.')
		for (i++; i < s.len && s.text[i] >= '0' && s.text[i] <= '9';
			i++) {
			scale /= 10;
			part += (uint32_t)(s.text[i] - '0') * scale;
		}
	if (s.len - i != 1 || s.text[i] != 's' || s.text[i - 1] == '.' ||
		whole > 60)
		return false;
	*ret_ms = whole * 1000 + part;
	return true;
}

/* Each of these takes a value as a whole or says what is wrong with it and
 * changes nothing. */

static const char *set_total(struct mdns_settings *settings, struct span value)
{
	uint32_t ms;

	if (!read_time(value, &ms) || ms < 100 || ms > 30000)
		return "timeout is a time from 100ms to 30s";
	settings->total_ms = ms;
	return NULL;
}

static const char *set_second_way(
	struct mdns_settings *settings, struct span value)
{
	uint32_t ms = 0;

	if (!span_is(value, "off") && (!read_time(value, &ms) || ms > 30000))
		return "second-way is a time up to 30s, or off";
	/* 0 in the settings means never; a millisecond is soon enough. */
	settings->second_way_ms = span_is(value, "off") ? 0 : ms ? ms : 1;
	return NULL;
}

static const char *set_grace(struct mdns_settings *settings, struct span value)
{
	uint32_t ms;

	if (!read_time(value, &ms) || ms > 5000)
		return "grace is a time from 0ms to 5s";
	settings->grace_ms = ms;
	return NULL;
}

static const char *set_resend(struct mdns_settings *settings, struct span value)
{
	uint32_t ms[MDNS_RESENDS_MAX] = {0};
	unsigned n = 0;

	if (!span_is(value, "off")) {
		struct span word;

		while ((word = take_word(&value)).len > 0) {
			if (n == MDNS_RESENDS_MAX || !read_time(word, &ms[n]) ||
				ms[n] == 0 || ms[n] > 30000 ||
				(n > 0 && ms[n] <= ms[n - 1]))
				return "resend is up to 4 ascending times, or "
				       "off";
			n++;
		}
		if (n == 0)
			return "resend is up to 4 ascending times, or off";
	}
	memcpy(settings->resend_ms, ms, sizeof(ms));
	return NULL;
}

static const char *set_globs(char globs[MDNS_GLOBS_MAX][MDNS_GLOB_MAX],
	uint8_t *count, struct span value)
{
	struct span list = value, word;
	uint8_t n = 0;

	while ((word = take_word(&list)).len > 0)
		if (n++ == MDNS_GLOBS_MAX)
			return "at most 16 interfaces";
		else if (word.len >= MDNS_GLOB_MAX ||
			 memchr(word.text, '\0', word.len))
			return "an interface name has at most 15 characters";
	memset(globs, 0, MDNS_GLOBS_MAX * MDNS_GLOB_MAX);
	*count = n;
	for (n = 0; (word = take_word(&value)).len > 0; n++)
		memcpy(globs[n], word.text, word.len);
	return NULL;
}

static const char *set_allow(struct mdns_settings *settings, struct span value)
{
	return set_globs(settings->allow, &settings->allow_count, value);
}

static const char *set_deny(struct mdns_settings *settings, struct span value)
{
	return set_globs(settings->deny, &settings->deny_count, value);
}

static const char *set_suffixes(
	struct mdns_settings *settings, struct span value)
{
	struct span list = value, word;
	uint8_t n = 0;

	while ((word = take_word(&list)).len > 0) {
		struct mdns_name name;

		if (n++ == MDNS_SUFFIXES_MAX)
			return "at most 4 suffixes";
		if (word.len >= MDNS_SUFFIX_MAX)
			return "a suffix has at most 63 characters";
		if (mdns_name_parse(word.text, word.len, &name) < 0 ||
			!mdns_name_is_host(&name))
			return "a suffix is a domain name";
	}
	memset(settings->suffix, 0, sizeof(settings->suffix));
	settings->suffix_count = n;
	for (n = 0; (word = take_word(&value)).len > 0; n++)
		memcpy(settings->suffix[n], word.text, word.len);
	return NULL;
}

static const char *set_many_labels(
	struct mdns_settings *settings, struct span value)
{
	if (!span_is(value, "pass-on") && !span_is(value, "not-found"))
		return "many-labels is pass-on or not-found";
	settings->deep_not_found = span_is(value, "not-found");
	return NULL;
}

static const char *set_line(struct mdns_settings *settings, struct span line)
{
	const char *equals = memchr(line.text, '=', line.len);
	struct span key = {line.text, 0}, value;

	if (!equals)
		return "a line is `key = value`";
	key.len = (size_t)(equals - line.text);
	value.text = equals + 1;
	value.len = line.len - key.len - 1;
	key = trim(key);
	value = trim(value);

	if (span_is(key, "timeout"))
		return set_total(settings, value);
	if (span_is(key, "second-way"))
		return set_second_way(settings, value);
	if (span_is(key, "grace"))
		return set_grace(settings, value);
	if (span_is(key, "resend"))
		return set_resend(settings, value);
	if (span_is(key, "interfaces"))
		return set_allow(settings, value);
	if (span_is(key, "deny-interfaces"))
		return set_deny(settings, value);
	if (span_is(key, "suffixes"))
		return set_suffixes(settings, value);
	if (span_is(key, "many-labels"))
		return set_many_labels(settings, value);
	return "unknown key";
}

void mdns_settings_parse(struct mdns_settings *settings, const char *text,
	size_t size, mdns_settings_complaint *complain, void *context)
{
	unsigned number = 0;

	while (size > 0) {
		const char *newline = memchr(text, '\n', size);
		struct span line = {text, size};
		const char *comment, *why = NULL;

		number++;
		if (newline)
			line.len = (size_t)(newline - text);
		size -= line.len + (newline ? 1 : 0);
		text += line.len + (newline ? 1 : 0);
		comment = memchr(line.text, '#', line.len);
		if (comment)
			line.len = (size_t)(comment - line.text);
		line = trim(line);
		if (line.len > 0)
			why = set_line(settings, line);
		if (why && complain)
			complain(context, number, why);
	}
}

/* One star is remembered at a time: when the rest does not match, the last
 * star takes one character more. Length of both is bounded by 15. */
bool mdns_settings_glob(const char *glob, const char *name)
{
	const char *star = NULL, *retry = NULL;

	while (*name) {
		if (*glob == '*') {
			star = ++glob;
			retry = name;
		} else if (*glob && (*glob == '?' || *glob == *name)) {
			glob++;
			name++;
		} else if (star) {
			glob = star;
			name = ++retry;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return !*glob;
}

static bool matches(
	const char (*globs)[MDNS_GLOB_MAX], unsigned count, const char *name)
{
	unsigned i;

	for (i = 0; i < count; i++)
		if (mdns_settings_glob(globs[i], name))
			return true;
	return false;
}

int mdns_settings_interface(
	const struct mdns_settings *settings, const char *name)
{
	if (matches(settings->deny, settings->deny_count, name))
		return -1;
	if (settings->allow_count == 0)
		return 0;
	return matches(settings->allow, settings->allow_count, name) ? 1 : -1;
}
