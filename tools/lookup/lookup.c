/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks once, and prints the answers. */
#include "config.h"

#include "tools/lookup/lookup.h"

#include <stdio.h>
#include <stdlib.h>

#include "resolver/err.h"
#include "resolver/rr_text.h"
#include "resolver/sys.h"
#include "tools/lookup/capture.h"
#include "tools/lookup/interfaces.h"
#include "tools/lookup/lookup_private.h"
#include "tools/lookup/print.h"
#include "tools/lookup/station.h"
#include "tools/lookup/terminal.h"

void lookup_put_filter(
	struct lookup_job *job, struct mdns_link_filter *ret_filter)
{
	const struct options *options = &job->lookup->options;
	struct mdns_link_filter filter = {.settings = &job->lookup->settings};

	/* The scope of an address is stronger than -i. */
	if (job->query.iface[0] != '\0') {
		job->scope[0] = job->query.iface;
		filter.only = job->scope;
		filter.only_count = 1;
	} else if (options->only_count > 0) {
		filter.only = options->only;
		filter.only_count = options->only_count;
	}
	*ret_filter = filter;
}

bool lookup_shows_packets(const struct lookup *lookup)
{
	return lookup->options.verbose || lookup->options.pcap;
}

/* The lookups of several operands run at once. Nothing comes from them any more
 * when the end of it all has been printed. */
void lookup_show_packet(struct lookup *lookup, const struct lookup_job *job,
	const struct packet *packet)
{
	pthread_mutex_lock(&lookup->mutex);
	if (!lookup->interrupted) {
		capture_write(packet);
		if (lookup->options.verbose) {
			terminal_wait_end();
			fflush(stdout);
			if (job && lookup->count > 1 &&
				lookup->options.format != FORMAT_JSON)
				fprintf(stderr, "%s: ", job->query.text);
			packet_print(
				stderr, packet, true, lookup->options.format);
		}
	}
	pthread_mutex_unlock(&lookup->mutex);
}

void lookup_show_wait(struct lookup *lookup)
{
	unsigned seconds =
		(unsigned)((mdns_sys_now() - lookup->start) / MDNS_SEC);
	struct lookup_job *job = &lookup->job[lookup->printed];
	unsigned left = lookup->count - lookup->printed;
	struct mdns_link_filter filter;

	if (left == 0 || seconds == 0)
		return;
	if (lookup->links[0] == '\0') {
		lookup_put_filter(job, &filter);
		interfaces_print_asked(&filter, lookup->options.transports,
			lookup->links, sizeof(lookup->links));
	}
	if (left > 1)
		terminal_wait_show("asking %s for %s and %u more ... %u s",
			lookup->links, job->query.text, left - 1, seconds);
	else
		terminal_wait_show("asking %s for %s ... %u s", lookup->links,
			job->query.text, seconds);
}

/* Something was heard of the operand, though not that type. */
static bool is_alive(const struct lookup_job *job)
{
	unsigned i;

	for (i = 0; i < job->question_count; i++)
		if (job->question[i].denied)
			return true;
	return job->first != NULL;
}

static void explain_silence(
	struct lookup_job *job, uint16_t type, int err, bool quiet)
{
	const struct lookup *lookup = job->lookup;
	char links[LOOKUP_LINKS_TEXT_MAX];
	char name[MDNS_RR_TYPE_TEXT_MAX];
	struct mdns_link_filter filter;

	lookup_put_filter(job, &filter);
	interfaces_print_asked(
		&filter, lookup->options.transports, links, sizeof(links));
	if (type != 0 && is_alive(job)) {
		mdns_rr_type_print(type, name, sizeof(name));
		print_missing(lookup->options.format, &job->query, type,
			PRINT_SILENCE, quiet,
			"no %s record was heard on %s within %g s", name, links,
			lookup->settings.total_ms / 1000.0);
		return;
	}
	print_missing(lookup->options.format, &job->query, type, PRINT_SILENCE,
		quiet, "nobody answered on %s within %g s%s", links,
		lookup->settings.total_ms / 1000.0,
		err == MDNS_ERR_PASS_ON
			? " (a program asks the next service, such as dns)"
			: "");
}

static void explain_no_data(struct lookup_job *job, uint16_t type)
{
	enum options_format format = job->lookup->options.format;
	char name[MDNS_RR_TYPE_TEXT_MAX];

	if (type == 0) {
		print_missing(format, &job->query, 0, PRINT_NO_DATA, false,
			"is there, but has no address");
		return;
	}
	mdns_rr_type_print(type, name, sizeof(name));
	print_missing(format, &job->query, type, PRINT_NO_DATA, false,
		"is there, but has no %s record", name);
}

/* Nothing was sent: there is nowhere to send, or it was not let out. */
static void explain_no_link(struct lookup_job *job, int err)
{
	const struct options *options = &job->lookup->options;
	struct mdns_link_filter filter;

	if (options->way == WAY_UNICAST)
		print_problem(job->query.text,
			"%s is on no interface that can be asked, and mDNS "
			"goes no further:",
			options->unicast);
	else
		print_problem(job->query.text, "no interface could be asked:");
	lookup_put_filter(job, &filter);
	interfaces_print_reasons(&filter, options->transports);
	print_missing(options->format, &job->query, 0,
		err == MDNS_ERR_DENIED ? PRINT_DENIED : PRINT_NO_NETWORK, true,
		"no interface could be asked");
}

void lookup_explain(struct lookup_job *job, uint16_t type, int err, bool quiet)
{
	struct lookup *lookup = job->lookup;
	enum options_format format = lookup->options.format;
	enum options_status status = STATUS_NOT_FOUND;

	switch (err) {
	case MDNS_ERR_NO_DATA:
		explain_no_data(job, type);
		break;
	case MDNS_ERR_NOT_FOUND:
	case MDNS_ERR_PASS_ON:
		if (lookup->interrupted)
			print_missing(format, &job->query, type,
				PRINT_INTERRUPTED, quiet,
				"no answer before it was interrupted");
		else
			explain_silence(job, type, err, quiet);
		break;
	case MDNS_ERR_NO_LINK:
	case MDNS_ERR_DENIED:
		if (err == MDNS_ERR_DENIED &&
			lookup->options.way == WAY_UNICAST)
			print_missing(format, &job->query, 0, PRINT_DENIED,
				quiet, "%s", mdns_err_text(err));
		else
			explain_no_link(job, err);
		status = STATUS_NO_NETWORK;
		break;
	case MDNS_ERR_NAME:
		print_missing(format, &job->query, 0, PRINT_SILENCE, quiet,
			"not asked: the host of --unicast, %s, is not known",
			lookup->options.unicast);
		break;
	default:
		print_missing(format, &job->query, 0, PRINT_ERROR, quiet, "%s",
			mdns_err_text(err));
		status = STATUS_NO_NETWORK;
	}
	if (status > lookup->worst)
		lookup->worst = status;
}

static bool is_plain(const struct options *options)
{
	return options->type_count == 0 && !options->all &&
	       (options->way == WAY_DEFAULT || options->way == WAY_ONE_SHOT);
}

enum options_status lookup_run(const struct options *options,
	const struct mdns_settings *settings,
	const struct options_query *queries, unsigned count)
{
	struct lookup *lookup =
		calloc(1, sizeof(*lookup) + count * sizeof(lookup->job[0]));
	enum options_status status;
	bool over = true;
	unsigned i;

	if (!lookup) {
		print_problem(NULL, "%s", mdns_err_text(MDNS_ERR_RESOURCE));
		return STATUS_NO_NETWORK;
	}
	lookup->options = *options;
	lookup->settings = *settings;
	lookup->start = mdns_sys_now();
	lookup->signals = station_open_signals();
	lookup->count = count;
	pthread_mutex_init(&lookup->mutex, NULL);
	for (i = 0; i < count; i++) {
		lookup->job[i].lookup = lookup;
		lookup->job[i].query = queries[i];
	}
	terminal_wait_begin();
	if (is_plain(options))
		over = lookup_run_plain(lookup);
	else
		lookup_run_typed(lookup);
	terminal_wait_end();
	status = lookup->worst;
	if (!over)
		return status; /* the process ends as well */
	mdns_sys_close(lookup->signals);
	pthread_mutex_destroy(&lookup->mutex);
	free(lookup);
	return status;
}
