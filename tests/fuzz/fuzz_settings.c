/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzz target: the input is the text of dotlocal.conf. */
#include <stdio.h>
#include <string.h>

#include "resolver/settings.h"
#include "tests/fuzz/fuzz.h"

const char fuzz_target[] = "settings";

struct complaints {
	unsigned count, last, lines;
};

static void complain(void *context, unsigned line, const char *why)
{
	struct complaints *complaints = context;

	FUZZ_CHECK(line > complaints->last && line <= complaints->lines);
	FUZZ_CHECK(why && why[0]);
	complaints->last = line;
	complaints->count++;
}

/* The octets behind the end are zeros: settings are compared as octets. */
static void check_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	FUZZ_CHECK(len > 0 && len < size);
	for (; len < size; len++)
		FUZZ_CHECK(text[len] == '\0');
}

static void check_settings(const struct mdns_settings *settings)
{
	unsigned i;

	FUZZ_CHECK(settings->total_ms >= 100 && settings->total_ms <= 30000);
	FUZZ_CHECK(settings->second_way_ms <= 30000);
	FUZZ_CHECK(settings->grace_ms <= 5000);
	for (i = 1; i < MDNS_RESENDS_MAX; i++)
		FUZZ_CHECK(settings->resend_ms[i] == 0 ||
			   (settings->resend_ms[i - 1] > 0 &&
				   settings->resend_ms[i] >
					   settings->resend_ms[i - 1]));
	FUZZ_CHECK(settings->deep_not_found <= 1);
	FUZZ_CHECK(settings->allow_count <= MDNS_GLOBS_MAX);
	FUZZ_CHECK(settings->deny_count <= MDNS_GLOBS_MAX);
	FUZZ_CHECK(settings->suffix_count <= MDNS_SUFFIXES_MAX);
	for (i = 0; i < settings->allow_count; i++)
		check_text(settings->allow[i], MDNS_GLOB_MAX);
	for (i = 0; i < settings->deny_count; i++)
		check_text(settings->deny[i], MDNS_GLOB_MAX);
	for (i = 0; i < settings->suffix_count; i++) {
		struct mdns_name name;

		check_text(settings->suffix[i], MDNS_SUFFIX_MAX);
		FUZZ_CHECK(mdns_name_parse(settings->suffix[i],
				   strlen(settings->suffix[i]), &name) == 0);
		FUZZ_CHECK(mdns_name_is_host(&name));
	}
}

static size_t add(char *text, size_t len, const char *word)
{
	size_t size = strlen(word);

	memcpy(text + len, word, size);
	return len + size;
}

static size_t add_number(
	char *text, size_t len, const char *before, uint32_t value)
{
	char word[40];

	snprintf(word, sizeof(word), "%s%ums", before, value);
	return add(text, len, word);
}

/* Settings as text again, which says the same. */
static void check_again(const struct mdns_settings *settings)
{
	char text[2048];
	struct mdns_settings again;
	struct complaints complaints = {.lines = 8};
	size_t len = 0;
	unsigned i;

	len = add_number(text, len, "timeout=", settings->total_ms);
	len = settings->second_way_ms > 0
		      ? add_number(text, len,
				"\nsecond-way=", settings->second_way_ms)
		      : add(text, len, "\nsecond-way=off");
	len = add_number(text, len, "\ngrace=", settings->grace_ms);
	len = add(text, len,
		settings->resend_ms[0] > 0 ? "\nresend=" : "\nresend=off");
	for (i = 0; i < MDNS_RESENDS_MAX && settings->resend_ms[i] > 0; i++)
		len = add_number(
			text, len, i > 0 ? ", " : " ", settings->resend_ms[i]);
	len = add(text, len, "\ninterfaces=");
	for (i = 0; i < settings->allow_count; i++)
		len = add(text, add(text, len, " "), settings->allow[i]);
	len = add(text, len, "\ndeny-interfaces=");
	for (i = 0; i < settings->deny_count; i++)
		len = add(text, add(text, len, " "), settings->deny[i]);
	len = add(text, len, "\nsuffixes=");
	for (i = 0; i < settings->suffix_count; i++)
		len = add(text, add(text, len, " "), settings->suffix[i]);
	len = add(text, len,
		settings->deep_not_found ? "\nmany-labels=not-found"
					 : "\nmany-labels=pass-on");
	mdns_settings_init(&again);
	mdns_settings_parse(&again, text, len, complain, &complaints);
	FUZZ_CHECK(complaints.count == 0);
	FUZZ_CHECK(memcmp(&again, settings, sizeof(again)) == 0);
}

/* Globs as everybody would write them, without a thought for time. */
static bool simple_glob(const char *glob, const char *name)
{
	if (*glob == '*')
		return simple_glob(glob + 1, name) ||
		       (*name && simple_glob(glob, name + 1));
	if (!*glob || !*name)
		return !*glob && !*name;
	return (*glob == '?' || *glob == *name) &&
	       simple_glob(glob + 1, name + 1);
}

static void check_globs(const struct mdns_settings *settings)
{
	static const char *const names[] = {"eth0", "wlan0", "br-lan", "aaab"};
	bool allowed, denied;
	unsigned i, j;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		allowed = denied = false;
		for (j = 0; j < settings->allow_count; j++)
			allowed |= simple_glob(settings->allow[j], names[i]);
		for (j = 0; j < settings->deny_count; j++)
			denied |= simple_glob(settings->deny[j], names[i]);
		FUZZ_CHECK(mdns_settings_interface(settings, names[i]) ==
			   (denied                             ? -1
				   : allowed                   ? 1
				   : settings->allow_count > 0 ? -1
							       : 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct complaints complaints = {.lines = 1};
	struct mdns_settings settings, quiet;
	size_t i;

	for (i = 0; i < size; i++)
		complaints.lines += text[i] == '\n';
	mdns_settings_init(&settings);
	quiet = settings;
	mdns_settings_parse(&settings, text, size, complain, &complaints);
	mdns_settings_parse(&quiet, text, size, NULL, NULL);
	FUZZ_CHECK(memcmp(&settings, &quiet, sizeof(settings)) == 0);
	check_settings(&settings);
	check_globs(&settings);
	check_again(&settings);
	return 0;
}
