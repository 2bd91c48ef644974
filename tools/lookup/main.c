/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mdns-lookup: asks the local network, and says who answered what. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/err.h"
#include "resolver/lookup.h"
#include "resolver/settings_file.h"
#include "tools/lookup/interfaces.h"
#include "tools/lookup/options.h"
#include "tools/lookup/print.h"
#include "tools/lookup/status.h"
#include "tools/lookup/watch.h"

#define ALL_WAYS (1U << MDNS_WAY_ONE_SHOT | 1U << MDNS_WAY_GROUP)

/* More than 64 links with names of 15 octets need. */
#define LINKS_TEXT_MAX 2048

struct check {
	const char *path;
	unsigned mistakes;
};

static void print_mistake(void *context, unsigned line, const char *why)
{
	struct check *check = context;

	printf("%s:%u: %s\n", check->path, line, why);
	check->mistakes++;
}

static enum options_status check_settings(const char *path)
{
	struct check check = {path, 0};
	struct mdns_settings settings;
	int err = mdns_settings_load(path, &settings, print_mistake, &check);

	if (err == MDNS_ERR_NOT_FOUND &&
		strcmp(path, MDNS_SETTINGS_PATH) == 0) {
		printf("%s: not there, so the defaults hold\n", path);
		return STATUS_FOUND;
	}
	if (err == MDNS_ERR_SPACE) {
		printf("%s: only the first %d octets are read\n", path,
			MDNS_SETTINGS_SIZE_MAX);
		return STATUS_NOT_FOUND;
	}
	if (err < 0) {
		print_problem(path, err == MDNS_ERR_NOT_FOUND
					    ? "no such file"
					    : "cannot be read");
		return STATUS_USAGE;
	}
	if (check.mistakes > 0)
		return STATUS_NOT_FOUND;
	printf("%s: no mistakes\n", path);
	return STATUS_FOUND;
}

static void count_mistake(void *context, unsigned line, const char *why)
{
	struct check *check = context;

	(void)line;
	(void)why;
	check->mistakes++;
}

static void load_settings(struct mdns_settings *ret_settings)
{
	struct check check = {MDNS_SETTINGS_PATH, 0};
	int err;

	mdns_settings_init(ret_settings);
	err = mdns_settings_load(
		MDNS_SETTINGS_PATH, ret_settings, count_mistake, &check);
	if (err < 0 && err != MDNS_ERR_NOT_FOUND && err != MDNS_ERR_SPACE)
		print_problem(MDNS_SETTINGS_PATH,
			"cannot be read, so the defaults hold");
	else if (check.mistakes > 0 || err == MDNS_ERR_SPACE)
		print_problem(MDNS_SETTINGS_PATH,
			"has mistakes; type: mdns-lookup --check-config");
}

static void explain_silence(const struct options_query *query,
	const struct mdns_lookup *lookup, const struct mdns_link_filter *filter,
	int err)
{
	char links[LINKS_TEXT_MAX];

	interfaces_print_asked(
		filter, lookup->transports, links, sizeof(links));
	print_problem(query->text, "nobody answered on %s within %g s%s", links,
		lookup->settings->total_ms / 1000.0,
		err == MDNS_ERR_PASS_ON
			? " (a program asks the next service, such as dns)"
			: "");
}

static enum options_status ask(const struct options *options,
	const struct mdns_settings *settings, const struct options_query *query)
{
	const char *scope[] = {query->iface};
	struct mdns_link_filter filter = {.settings = settings};
	struct mdns_lookup lookup = {
		.name = &query->name,
		.settings = settings,
		.ways = ALL_WAYS,
		.transports = options->transports,
		.observe = options->verbose ? print_event : NULL,
	};
	struct mdns_answer answer;
	int err;

	mdns_answer_init(&answer);
	if (query->iface[0] != '\0') {
		filter.only = scope;
		filter.only_count = 1;
	} else if (options->only_count > 0) {
		filter.only = options->only;
		filter.only_count = options->only_count;
	}
	lookup.only = filter.only;
	lookup.only_count = filter.only_count;

	err = mdns_lookup_run(&lookup, &answer, NULL);
	if (options->verbose && (err == 0 || err == MDNS_ERR_NO_DATA))
		print_remarks(query, &answer);
	switch (err) {
	case 0:
		print_answer(query, &answer);
		return STATUS_FOUND;
	case MDNS_ERR_NO_DATA:
		print_problem(query->text, "is there, but has no address");
		return STATUS_NOT_FOUND;
	case MDNS_ERR_NOT_FOUND:
	case MDNS_ERR_PASS_ON:
		explain_silence(query, &lookup, &filter, err);
		return STATUS_NOT_FOUND;
	case MDNS_ERR_NO_LINK:
		print_problem(query->text, "no interface could be asked:");
		interfaces_print_reasons(&filter, options->transports);
		return STATUS_NO_NETWORK;
	default:
		print_problem(query->text, "%s", mdns_err_text(err));
		return STATUS_NO_NETWORK;
	}
}

/* Every operand is checked before the first is asked for: nobody waits for the
 * answers of nine names to read of a slip in the tenth. */
static enum options_status ask_all(const struct options *options,
	enum options_status (*one)(const struct options *options,
		const struct mdns_settings *settings,
		const struct options_query *query))
{
	struct mdns_settings settings;
	struct options_query query;
	enum options_status status;
	enum options_status worst = STATUS_FOUND;
	int i;

	load_settings(&settings);
	options_fit_settings(options, &settings);
	for (i = 0; i < options->operand_count; i++)
		if (options_query_parse(options->operand[i], &settings,
			    &query) != STATUS_GO_ON)
			worst = STATUS_USAGE;
	if (worst != STATUS_FOUND)
		return worst;
	for (i = 0; i < options->operand_count; i++) {
		options_query_parse(options->operand[i], &settings, &query);
		status = one(options, &settings, &query);
		fflush(stdout);
		if (status > worst)
			worst = status;
	}
	return worst;
}

static enum options_status watch(const struct options *options)
{
	unsigned i, count = (unsigned)options->operand_count;
	struct options_query *queries = calloc(count, sizeof(*queries));
	enum options_status (*parse)(const char *text,
		const struct mdns_settings *settings,
		struct options_query *ret_query) =
		options->mode == MODE_BROWSE ? options_service_parse
					     : options_query_parse;
	struct mdns_settings settings;
	enum options_status status = STATUS_FOUND;

	if (!queries) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		return STATUS_NO_NETWORK;
	}
	load_settings(&settings);
	for (i = 0; i < count; i++)
		if (parse(options->operand[i], &settings, &queries[i]) !=
			STATUS_GO_ON)
			status = STATUS_USAGE;
	if (status == STATUS_FOUND)
		status = watch_run(options, &settings, queries, count);
	free(queries);
	return status;
}

static enum options_status act(const struct options *options)
{
	if (options->check)
		return check_settings(options->check);
	switch (options->mode) {
	case MODE_LOOKUP:
		return ask_all(options, ask);
	case MODE_WATCH:
	case MODE_BROWSE:
		return watch(options);
	case MODE_HELPER:
		return ask_all(options, status_ask);
	case MODE_RECONFIRM:
		return ask_all(options, status_reconfirm);
	case MODE_FLUSH:
		return status_flush();
	case MODE_STATUS:
		return status_show();
	}
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	struct options options;
	enum options_status status = options_parse(argc, argv, &options);

	if (status == STATUS_GO_ON)
		status = act(&options);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		print_problem("standard output", "cannot be written");
		return STATUS_USAGE;
	}
	return (int)status;
}
