/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses, and the names of addresses, as the module asks for them: a thread
 * an operand, so that many take no longer than one. */
#include "config.h"

#include <sched.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "resolver/err.h"
#include "resolver/lookup.h"
#include "resolver/sys.h"
#include "tools/lookup/lookup_private.h"
#include "tools/lookup/print.h"

/* Each has some sockets. */
#define WORKERS_MAX 32

#define TICK (250 * MDNS_MSEC)

static void observe(void *context, const struct mdns_lookup_event *event)
{
	const struct lookup_job *job = context;
	struct packet packet;

	/* It remembers what was sent, by whichever thread. */
	pthread_mutex_lock(&job->lookup->mutex);
	packet_from_event(event, true, &packet);
	pthread_mutex_unlock(&job->lookup->mutex);
	lookup_show_packet(job->lookup, job, &packet);
}

static int run_job(struct lookup_job *job, struct mdns_answer *ret_answer)
{
	const struct lookup *state = job->lookup;
	unsigned one_shot = 1U << MDNS_WAY_ONE_SHOT;
	struct mdns_link_filter filter;
	struct mdns_lookup lookup = {
		.name = &job->query.name,
		.settings = &state->settings,
		.ways = state->options.way == WAY_ONE_SHOT
				? one_shot
				: one_shot | 1U << MDNS_WAY_GROUP,
		.transports = state->options.transports,
		.observe = lookup_shows_packets(state) ? observe : NULL,
		.context = job,
	};

	lookup_put_filter(job, &filter);
	lookup.only = filter.only;
	lookup.only_count = filter.only_count;
	return mdns_lookup_run(&lookup, ret_answer, NULL);
}

static void *work(void *context)
{
	static const uint64_t one = 1;
	struct lookup *lookup = context;
	struct mdns_answer answer;

	/* With descriptors of its own, packet_from_event finds its port. */
	if (lookup_shows_packets(lookup))
		unshare(CLONE_FILES);
	pthread_mutex_lock(&lookup->mutex);
	while (lookup->next < lookup->count && !lookup->interrupted) {
		struct lookup_job *job = &lookup->job[lookup->next++];
		int err;

		pthread_mutex_unlock(&lookup->mutex);
		mdns_answer_init(&answer);
		err = run_job(job, &answer);
		pthread_mutex_lock(&lookup->mutex);
		job->err = err;
		job->answer = answer;
		job->done = true;
		eventfd_write(lookup->wake, one);
	}
	pthread_mutex_unlock(&lookup->mutex);
	return NULL;
}

static void print_job(struct lookup_job *job)
{
	const struct options *options = &job->lookup->options;

	if (!job->done)
		job->err = MDNS_ERR_NOT_FOUND;
	else if (options->verbose &&
		 (job->err == 0 || job->err == MDNS_ERR_NO_DATA))
		print_remarks(&job->query, &job->answer);
	if (job->err == 0)
		print_found(options->format, &job->query, &job->answer);
	else
		lookup_explain(job, 0, job->err, false);
	fflush(stdout);
}

/* What is known, in the order of the operands; at the end of it all the rest. */
static void print_jobs(struct lookup *lookup)
{
	while (lookup->printed < lookup->count &&
		(lookup->interrupted || lookup->job[lookup->printed].done))
		print_job(&lookup->job[lookup->printed++]);
}

/* Until all is printed. */
static void wait_and_print(struct lookup *lookup)
{
	struct pollfd fds[] = {{.fd = lookup->signals, .events = POLLIN},
		{.fd = lookup->wake, .events = POLLIN}};
	bool over = false;
	eventfd_t value;

	while (!over) {
		int ready = mdns_sys_poll(fds, 2, mdns_sys_now() + TICK);

		pthread_mutex_lock(&lookup->mutex);
		if (ready > 0 && fds[1].revents)
			eventfd_read(lookup->wake, &value);
		if (ready < 0 || (ready > 0 && fds[0].revents))
			lookup->interrupted = true;
		print_jobs(lookup);
		lookup_show_wait(lookup);
		over = lookup->printed == lookup->count;
		pthread_mutex_unlock(&lookup->mutex);
	}
}

bool lookup_run_plain(struct lookup *lookup)
{
	pthread_t thread[WORKERS_MAX];
	unsigned workers = 0;

	lookup->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	while (lookup->wake >= 0 && workers < WORKERS_MAX &&
		workers < lookup->count &&
		pthread_create(&thread[workers], NULL, work, lookup) == 0)
		workers++;
	if (workers == 0) {
		while (lookup->printed < lookup->count)
			lookup_explain(&lookup->job[lookup->printed++], 0,
				MDNS_ERR_RESOURCE, false);
	} else {
		wait_and_print(lookup);
		/* Their lookups are not to be hurried. */
		if (lookup->interrupted) {
			while (workers > 0)
				pthread_detach(thread[--workers]);
			return false;
		}
	}
	while (workers > 0)
		pthread_join(thread[--workers], NULL);
	mdns_sys_close(lookup->wake);
	return true;
}
