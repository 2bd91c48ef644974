/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup: asks the local network, and says who answered what. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolver/err.h"
#include "resolver/settings_file.h"
#include "tools/lookup/capture.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/json.h"
#include "tools/lookup/lookup.h"
#include "tools/lookup/monitor.h"
#include "tools/lookup/options.h"
#include "tools/lookup/packet.h"
#include "tools/lookup/print.h"
#include "tools/lookup/services.h"
#include "tools/lookup/status.h"
#include "tools/lookup/terminal.h"
#include "tools/lookup/watch.h"

struct check {
	const char *path;
	enum options_format format;
	unsigned mistakes;
};

static void print_mistake(void *context, unsigned line, const char *why)
{
	struct check *check = context;

	check->mistakes++;
	if (check->format == FORMAT_JSON) {
		struct json_object *object = json_begin("mistake");

		json_put_text(object, "file", check->path);
		json_put_number(object, "line", line);
		json_put_text(object, "text", why);
		json_end(object);
		return;
	}
	printf("%s:%u: %s\n", check->path, line, why);
}

/* The word on the whole file. */
static void print_checked(const struct check *check, const char *text)
{
	if (check->format == FORMAT_JSON) {
		struct json_object *object = json_begin("settings");

		json_put_text(object, "file", check->path);
		json_put_number(object, "mistakes", check->mistakes);
		json_put_text(object, "text", text);
		json_end(object);
		return;
	}
	printf("%s: %s\n", check->path, text);
}

static enum options_status check_settings(const struct options *options)
{
	const char *path = options->file;
	struct check check = {path, options->format, 0};
	struct mdns_settings settings;
	char text[64];
	int err = mdns_settings_load(path, &settings, print_mistake, &check);

	if (err == MDNS_ERR_NOT_FOUND &&
		strcmp(path, MDNS_SETTINGS_PATH) == 0) {
		print_checked(&check, "not there, so the defaults hold");
		return STATUS_FOUND;
	}
	if (err == MDNS_ERR_SPACE) {
		snprintf(text, sizeof(text),
			"only the first %d octets are read",
			MDNS_SETTINGS_SIZE_MAX);
		check.mistakes++;
		print_checked(&check, text);
		return STATUS_NOT_FOUND;
	}
	if (err < 0) {
		print_problem(path, err == MDNS_ERR_NOT_FOUND
					    ? "no such file"
					    : "cannot be read");
		return STATUS_USAGE;
	}
	if (check.mistakes > 0) {
		/* People have read them already, and want no sum. */
		if (check.format == FORMAT_JSON)
			print_checked(&check, "has mistakes");
		return STATUS_NOT_FOUND;
	}
	print_checked(&check, "no mistakes");
	return STATUS_FOUND;
}

static void count_mistake(void *context, unsigned line, const char *why)
{
	struct check *check = context;

	(void)line;
	(void)why;
	check->mistakes++;
}

static void load_settings(
	const struct options *options, struct mdns_settings *ret_settings)
{
	struct check check = {MDNS_SETTINGS_PATH, options->format, 0};
	int err;

	mdns_settings_init(ret_settings);
	if (options->mode == MODE_CHECK || options->mode == MODE_READ ||
		options->mode >= MODE_FLUSH)
		return; /* these want none */
	err = mdns_settings_load(
		MDNS_SETTINGS_PATH, ret_settings, count_mistake, &check);
	if (options->mode == MODE_DOCTOR)
		return; /* it says all of it itself */
	if (err < 0 && err != MDNS_ERR_NOT_FOUND && err != MDNS_ERR_SPACE)
		print_problem(MDNS_SETTINGS_PATH,
			"cannot be read, so the defaults hold");
	else if (check.mistakes > 0 || err == MDNS_ERR_SPACE)
		print_problem(MDNS_SETTINGS_PATH,
			"has mistakes; type: mdns-lookup --check-config");
}

/* How an operand is read in that mode. */
static enum options_status parse_operand(const struct options *options,
	const char *text, const struct mdns_settings *settings,
	struct options_query *ret_query)
{
	switch (options->mode) {
	case MODE_BROWSE:
		return options_service_parse(text, settings, ret_query);
	case MODE_RESOLVE:
		return options_instance_parse(text, settings, ret_query);
	case MODE_TYPES:
		return options_domain_parse(text, settings, ret_query);
	case MODE_MONITOR:
	case MODE_READ:
		return options_query_parse(text, settings, ret_query);
	default:
		/* Of a type that was chosen anything may have records. */
		return options->type_count > 0
			       ? options_query_parse(text, settings, ret_query)
			       : options_host_parse(text, settings, ret_query);
	}
}

/* Of those that say more than one thing the worst counts. */
static enum options_status each(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count,
	enum options_status (*one)(const struct options *options,
		const struct mdns_settings *settings,
		const struct options_query *query))
{
	enum options_status worst = STATUS_FOUND;
	unsigned i;

	for (i = 0; i < count; i++) {
		enum options_status status =
			one(options, settings, &queries[i]);

		fflush(stdout);
		if (status > worst)
			worst = status;
	}
	return worst;
}

static enum options_status run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count)
{
	switch (options->mode) {
	case MODE_LOOKUP:
		return lookup_run(options, settings, queries, count);
	case MODE_WATCH:
		return watch_run(options, settings, queries, count);
	case MODE_BROWSE:
	case MODE_TYPES:
	case MODE_RESOLVE:
		return services_run(options, settings, queries, count);
	case MODE_MONITOR:
		return monitor_run(options, settings);
	case MODE_DOCTOR:
		return doctor_run(
			options, settings, count > 0 ? queries : NULL);
	case MODE_HELPER:
		return each(options, settings, queries, count, status_ask);
	case MODE_RECONFIRM:
		return each(
			options, settings, queries, count, status_reconfirm);
	case MODE_FLUSH:
		return status_flush(options);
	case MODE_STATUS:
		return status_show(options);
	case MODE_CHECK:
		return check_settings(options);
	case MODE_READ:
		return monitor_read(options);
	case MODES:
		break;
	}
	return STATUS_USAGE;
}

/* Every operand is checked before the first is asked for: nobody waits for the
 * answers of nine names to read of a slip in the tenth. */
static enum options_status act(const struct options *options)
{
	unsigned i, count = (unsigned)options->operand_count;
	struct options_query *queries = calloc(count + 1, sizeof(*queries));
	struct mdns_settings settings;
	enum options_status status = STATUS_FOUND;

	if (!queries) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		return STATUS_NO_NETWORK;
	}
	load_settings(options, &settings);
	options_fit_settings(options, &settings);
	packet_set_zones(&settings);
	for (i = 0; i < count; i++)
		if (parse_operand(options, options->operand[i], &settings,
			    &queries[i]) != STATUS_GO_ON)
			status = STATUS_USAGE;
	if (options->unicast && options_unicast_parse(options->unicast,
					&settings) != STATUS_GO_ON)
		status = STATUS_USAGE;
	if (status == STATUS_FOUND)
		status = capture_open_write(options->pcap);
	if (status == STATUS_GO_ON || status == STATUS_FOUND) {
		status = run(options, &settings, queries, count);
		if (!capture_close_write())
			status = STATUS_USAGE;
	}
	free(queries);
	return status;
}

/* Who starts us with one of the three closed would have what belongs there in
 * the next file that is opened. With these each use fails as if it were closed. */
static void hold_standard(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null",
				(fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) |
					O_CLOEXEC) < 0)
			(void)!open("/", O_PATH | O_CLOEXEC);
}

int main(int argc, char **argv)
{
	struct options options;
	enum options_status status;

	hold_standard();
	status = options_parse(argc, argv, &options);
	if (status == STATUS_GO_ON)
		status = act(&options);
	terminal_wait_end();
	if (fflush(stdout) != 0 || ferror(stdout)) {
		print_problem("standard output", "cannot be written");
		return STATUS_USAGE;
	}
	return (int)status;
}
