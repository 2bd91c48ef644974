/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The order in which the doctor looks, how its findings are said, and the sum
 * of them. */
#include "config.h"

#include "tools/lookup/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "resolver/sys.h"
#include "tools/lookup/json.h"
#include "tools/lookup/station.h"

static const char *const level_names[] = {
	[DOCTOR_GOOD] = "good",
	[DOCTOR_NOTE] = "note",
	[DOCTOR_UNKNOWN] = "unknown",
	[DOCTOR_BAD] = "bad",
};

static const struct {
	char word[8];
	enum terminal_paint paint;
} level_marks[] = {
	[DOCTOR_GOOD] = {"ok", PAINT_GOOD},
	[DOCTOR_NOTE] = {"note", PAINT_FAINT},
	[DOCTOR_UNKNOWN] = {"?", PAINT_WARN},
	[DOCTOR_BAD] = {"BAD", PAINT_BAD},
};

/* Names may hold UTF-8 that was looked at already; controls are never right. */
static void drop_controls(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

static void print_finding(enum doctor_level level, const char *text,
	const char *where, const char *remedy)
{
	const char *plain = terminal_paint(PAINT_PLAIN);

	terminal_wait_end();
	printf("%s%-4s%s  %s\n", terminal_paint(level_marks[level].paint),
		level_marks[level].word, plain, text);
	if (remedy && where)
		printf("      put into %s: %s%s%s\n", where,
			terminal_paint(PAINT_NAME), remedy, plain);
	else if (remedy)
		printf("      type: %s%s%s\n", terminal_paint(PAINT_NAME),
			remedy, plain);
}

static void print_finding_json(enum doctor_level level, const char *id,
	const char *text, const char *remedy)
{
	struct json_object *object = json_begin("finding");

	json_put_text(object, "id", id);
	json_put_text(object, "level", level_names[level]);
	json_put_text(object, "text", text);
	if (remedy)
		json_put_text(object, "remedy", remedy);
	json_end(object);
}

bool doctor_is_interrupted(const struct doctor *doctor)
{
	struct pollfd poll = {.fd = doctor->signals, .events = POLLIN};

	return doctor->signals >= 0 && mdns_sys_poll(&poll, 1, 0) > 0;
}

static void __attribute__((format(printf, 6, 0)))
say(struct doctor *doctor, enum doctor_level level, const char *id,
	const char *where, const char *remedy, const char *format, va_list args)
{
	char text[DOCTOR_TEXT_MAX], line[DOCTOR_TEXT_MAX];

	vsnprintf(text, sizeof(text), format, args);
	drop_controls(text);
	if (remedy) {
		snprintf(line, sizeof(line), "%s", remedy);
		drop_controls(line);
		remedy = line;
	}
	/* What is bad takes the place of what is only not known. */
	if (level >= DOCTOR_UNKNOWN && doctor->count[DOCTOR_BAD] == 0 &&
		/* cppcheck-suppress arrayIndexOutOfBoundsCond; BAD is last */
		(level == DOCTOR_BAD || doctor->count[level] == 0))
		snprintf(doctor->first, sizeof(doctor->first), "%s", text);
	doctor->count[level]++;
	if (doctor->options->format == FORMAT_JSON)
		print_finding_json(level, id, text, remedy);
	else
		print_finding(level, text, where, remedy);
	/* The next one may take a while. */
	fflush(stdout);
}

static void __attribute__((format(printf, 4, 5)))
say_at_last(struct doctor *doctor, enum doctor_level level, const char *id,
	const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(doctor, level, id, NULL, NULL, format, args);
	va_end(args);
}

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *id,
	const char *remedy, const char *format, ...)
{
	va_list args;

	if (doctor_is_interrupted(doctor))
		return;
	va_start(args, format);
	say(doctor, level, id, NULL, remedy, format, args);
	va_end(args);
}

void doctor_say_edit(struct doctor *doctor, enum doctor_level level,
	const char *id, const char *file, const char *line, const char *format,
	...)
{
	va_list args;

	if (doctor_is_interrupted(doctor))
		return;
	va_start(args, format);
	say(doctor, level, id, file, line, format, args);
	va_end(args);
}

static void sum_up_json(const struct doctor *doctor)
{
	struct json_object *object = json_begin("summary");
	unsigned i;

	for (i = 0; i <= DOCTOR_BAD; i++)
		json_put_number(object, level_names[i], doctor->count[i]);
	json_end(object);
}

static void sum_up(const struct doctor *doctor)
{
	unsigned bad = doctor->count[DOCTOR_BAD];
	unsigned unknown = doctor->count[DOCTOR_UNKNOWN];

	terminal_wait_end();
	if (doctor->options->format == FORMAT_JSON) {
		sum_up_json(doctor);
		return;
	}
	putchar('\n');
	if (bad == 1)
		printf("1 thing is wrong: %s\n", doctor->first);
	else if (bad > 1)
		printf("%u things are wrong, the first: %s\n", bad,
			doctor->first);
	else if (unknown > 0)
		printf("nothing is known to be wrong, but: %s\n",
			doctor->first);
	else
		puts("all is well");
}

enum options_status doctor_run(const struct options *options,
	const struct mdns_settings *settings, const struct options_query *query)
{
	static const struct {
		void (*check)(struct doctor *doctor);
		const char *what;
	} parts[] = {
		{doctor_check_switch, "nsswitch.conf"},
		{doctor_check_module, "the module"},
		{doctor_check_settings, "the settings"},
		{doctor_check_links, "the interfaces"},
		{doctor_check_port, "port 5353"},
		{doctor_check_helper, "mdns-helper"},
		{doctor_check_ways, "what leaves and comes back"},
		{doctor_check_name, "the name"},
		{doctor_check_unicast, ".local in unicast DNS"},
		{doctor_check_program, "what programs are told"},
	};
	struct doctor doctor = {
		.options = options, .settings = settings, .query = query};
	bool interrupted = false;
	unsigned i;

	doctor.signals = station_open_signals();
	terminal_wait_begin();
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]) && !interrupted; i++) {
		terminal_wait_show("looking at %s ...", parts[i].what);
		parts[i].check(&doctor);
		interrupted = doctor_is_interrupted(&doctor);
		if (interrupted)
			say_at_last(&doctor, DOCTOR_UNKNOWN, "interrupted",
				"it was interrupted while looking at %s",
				parts[i].what);
	}
	sum_up(&doctor);
	mdns_sys_close(doctor.signals);
	if (!doctor.links && !interrupted)
		return STATUS_NO_NETWORK;
	return doctor.count[DOCTOR_BAD] + doctor.count[DOCTOR_UNKNOWN] > 0
		       ? STATUS_NOT_FOUND
		       : STATUS_FOUND;
}
