/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripted hosts: responders as RFC 6762 wants them, and worse ones. */
#include "tests/sim/host.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_TYPES 256

struct sim_host *sim_host_open(struct sim *sim, unsigned index, uint32_t links)
{
	struct sim_host *host = &sim->host[index];

	memset(host, 0, sizeof(*host));
	host->sim = sim;
	host->node = SIM_NODE_HOST + index;
	host->links = links;
	host->nsec = true;
	return host;
}

unsigned sim_host_add(struct sim_host *host, const struct sim_rr *rr)
{
	struct sim_record *record = &host->record[host->records];
	unsigned i;

	if (host->records == SIM_RECORDS)
		abort();
	record->rr = *rr;
	record->gone = false;
	for (i = 0; i < SIM_LINKS; i++)
		record->sent[i] = -1;
	return host->records++;
}

static uint32_t all_of(const struct sim_host *host)
{
	uint32_t mask = 0;
	unsigned i;

	for (i = 0; i < host->records; i++)
		if (!host->record[i].gone)
			mask |= UINT32_C(1) << i;
	return mask;
}

/* All of a unique set, or nothing of it (RFC 6762 10.2). */
static uint32_t whole_sets(const struct sim_host *host, uint32_t mask)
{
	unsigned i, j;

	for (i = 0; i < host->records; i++)
		for (j = 0; j < host->records; j++)
			if (mask >> i & 1 && host->record[i].rr.flush &&
				!host->record[j].gone &&
				host->record[j].rr.type ==
					host->record[i].rr.type &&
				mdns_name_equal(&host->record[j].rr.name,
					&host->record[i].rr.name))
				mask |= UINT32_C(1) << j;
	return mask;
}

/* --- sending ------------------------------------------------------------- */

static void put_nsec(struct sim_host *host, struct mdns_writer *writer,
	enum mdns_section section, const struct sim_rr *of)
{
	uint8_t bitmap[RECORD_TYPES / 8] = {0};
	struct sim_rr nsec;
	size_t last = 0;
	unsigned i;

	for (i = 0; i < host->records; i++) {
		uint16_t type = host->record[i].rr.type;

		if (host->record[i].gone ||
			!mdns_name_equal(&host->record[i].rr.name, &of->name))
			continue;
		bitmap[type / 8] |= (uint8_t)(0x80 >> type % 8);
		if (type / 8u > last)
			last = type / 8u;
	}
	memset(&nsec, 0, sizeof(nsec));
	nsec.name = of->name;
	nsec.type = MDNS_TYPE_NSEC;
	memcpy(nsec.rdata, of->name.wire, of->name.len);
	nsec.rdata[of->name.len] = 0;
	nsec.rdata[of->name.len + 1] = (uint8_t)(last + 1);
	memcpy(nsec.rdata + of->name.len + 2, bitmap, last + 1);
	nsec.rdlength = (uint16_t)(of->name.len + 2u + last + 1u);
	sim_rr_write(writer, section, &nsec, of->ttl, true);
}

/* ttl_0: a goodbye. */
static void respond(struct sim_host *host, unsigned link, unsigned to,
	uint32_t mask, uint32_t nsec, bool ttl_0)
{
	struct sim *sim = host->sim;
	struct mdns_writer writer;
	uint8_t bytes[SIM_PACKET];
	unsigned i;
	int size;

	mdns_writer_init(
		&writer, bytes, sizeof(bytes), 0, MDNS_FLAG_QR | MDNS_FLAG_AA);
	for (i = 0; i < host->records; i++) {
		struct sim_record *record = &host->record[i];

		if (!(mask >> i & 1))
			continue;
		sim_rr_write(&writer, MDNS_SECTION_ANSWER, &record->rr,
			ttl_0 ? 0 : record->rr.ttl, record->rr.flush);
		if (to == SIM_NODE_NOBODY)
			record->sent[link] = sim->now;
	}
	for (i = 0; i < host->records; i++)
		if (nsec >> i & 1)
			put_nsec(host, &writer,
				mask ? MDNS_SECTION_ADDITIONAL
				     : MDNS_SECTION_ANSWER,
				&host->record[i].rr);
	size = mdns_writer_end(&writer);
	if (size < 0)
		abort();
	sim_say(sim, "host %u: link %u %s%s of %#x, nsec %#x",
		host->node - SIM_NODE_HOST, link + 1,
		to == SIM_NODE_NOBODY ? "multicast" : "unicast",
		ttl_0 ? " goodbye" : "", mask, nsec);
	sim_send(sim, link, host->node, to, MDNS_PORT, true, bytes,
		(size_t)size);
}

/* The same on all its links. */
static void respond_everywhere(struct sim_host *host, uint32_t mask, bool ttl_0)
{
	unsigned link;

	for (link = 0; link < SIM_LINKS && mask; link++)
		if (host->links >> link & 1)
			respond(host, link, SIM_NODE_NOBODY, mask, 0, ttl_0);
}

static void run_announce(struct sim *sim, void *what, unsigned arg)
{
	struct sim_host *host = what;

	(void)sim;
	if (host->alive)
		respond_everywhere(
			host, whole_sets(host, arg & all_of(host)), false);
}

void sim_host_announce(struct sim_host *host, uint32_t mask)
{
	struct sim *sim = host->sim;

	/* RFC 6762 8.3: twice, a second apart; and a bit more, so that the
	 * rule of 6 of one a second holds. */
	sim_plan(sim, sim->now, run_announce, host, mask, false);
	sim_plan(sim, sim->now + MDNS_SEC + MDNS_MSEC, run_announce, host, mask,
		false);
}

static void run_probe(struct sim *sim, void *what, unsigned arg)
{
	struct sim_host *host = what;
	struct mdns_writer writer;
	uint8_t bytes[SIM_PACKET];
	unsigned i, link;
	int size;

	if (!host->alive)
		return;
	mdns_writer_init(&writer, bytes, sizeof(bytes), 0, 0);
	for (i = 0; i < host->records; i++)
		if (host->record[i].rr.flush)
			mdns_writer_question(&writer, &host->record[i].rr.name,
				MDNS_TYPE_ANY,
				arg == 0 ? 0x8000 | MDNS_CLASS_IN
					 : MDNS_CLASS_IN);
	for (i = 0; i < host->records; i++)
		if (host->record[i].rr.flush)
			sim_rr_write(&writer, MDNS_SECTION_AUTHORITY,
				&host->record[i].rr, host->record[i].rr.ttl,
				false);
	size = mdns_writer_end(&writer);
	for (link = 0; link < SIM_LINKS && size > 0; link++)
		if (host->links >> link & 1)
			sim_send(sim, link, host->node, SIM_NODE_NOBODY,
				MDNS_PORT, true, bytes, (size_t)size);
}

static void run_announce_all(struct sim *sim, void *what, unsigned arg)
{
	(void)sim;
	(void)arg;
	sim_host_announce(what, UINT32_MAX);
}

void sim_host_join(struct sim_host *host)
{
	struct sim *sim = host->sim;
	mdns_time start = sim->now;
	unsigned i, j;

	sim_say(sim, "host %u: joins", host->node - SIM_NODE_HOST);
	host->alive = true;
	memset(host->pending, 0, sizeof(host->pending));
	for (i = 0; i < host->records; i++) {
		host->record[i].since = sim->now;
		for (j = 0; j < SIM_LINKS; j++)
			host->record[i].sent[j] = -1;
	}
	if (host->probes)
		for (i = 0; i < 3; i++) { /* RFC 6762 8.1 */
			sim_plan(sim, start, run_probe, host, i, false);
			start += 250 * MDNS_MSEC;
		}
	sim_plan(sim, start, run_announce_all, host, 0, false);
}

void sim_host_leave(struct sim_host *host)
{
	if (!host->alive)
		return;
	respond_everywhere(host, all_of(host), true);
	sim_host_vanish(host);
}

void sim_host_vanish(struct sim_host *host)
{
	sim_say(host->sim, "host %u: is gone", host->node - SIM_NODE_HOST);
	host->alive = false;
	memset(host->pending, 0, sizeof(host->pending));
}

void sim_host_withdraw(struct sim_host *host, unsigned record)
{
	if (host->alive && !host->record[record].gone)
		respond_everywhere(host, UINT32_C(1) << record, true);
	host->record[record].gone = true;
}

void sim_host_change(
	struct sim_host *host, unsigned record, const struct sim_rr *rr)
{
	unsigned i;

	host->record[record].rr = *rr;
	host->record[record].gone = false;
	host->record[record].since = host->sim->now;
	for (i = 0; i < SIM_LINKS; i++)
		host->record[record].sent[i] = -1;
	if (host->alive)
		sim_host_announce(host, UINT32_C(1) << record);
}

/* --- answering ----------------------------------------------------------- */

static void run_pending(struct sim *sim, void *what, unsigned arg)
{
	struct sim_host *host = what;
	struct sim_pending *pending = &host->pending[arg];
	struct sim_pending now = *pending;
	uint32_t mask = now.mask & ~now.listed & all_of(host);
	bool recent = true; /* multicast within a quarter of its TTL (5.4) */
	unsigned i, to = SIM_NODE_NOBODY;

	if (!host->alive || !now.busy || now.due > sim->now)
		return;
	pending->busy = false;
	if (sim_chance(sim, host->mute))
		return;
	mask = whole_sets(host, mask);
	for (i = 0; i < host->records; i++) {
		const struct sim_record *record = &host->record[i];
		mdns_time sent = record->sent[now.link];

		if (mask >> i & 1 &&
			(sent < 0 || sim->now - sent >
					     record->rr.ttl * MDNS_SEC / 4))
			recent = false;
	}
	if (now.unicast && recent)
		to = now.from;
	/* RFC 6762 6: a record at most once a second by multicast. A set is
	 * sent as a whole or not at all. */
	for (i = 0; i < host->records && to == SIM_NODE_NOBODY; i++) {
		const struct sim_record *record = &host->record[i];
		mdns_time sent = record->sent[now.link];

		if (mask >> i & 1 && sent >= 0 && sim->now - sent < MDNS_SEC)
			mask &= ~(UINT32_C(1) << i);
	}
	if (mask || now.nsec)
		respond(host, now.link, to, mask, now.nsec, false);
}

/* Reads the known answers; those with at least half the TTL are not sent. */
static void read_known(struct sim_host *host, struct mdns_reader *reader,
	struct sim_pending *pending)
{
	struct mdns_record record;
	struct sim_rr rr;
	unsigned i;

	while (mdns_reader_record(reader, &record)) {
		if (record.section != MDNS_SECTION_ANSWER ||
			!sim_rr_read(reader, &record, &rr))
			continue;
		for (i = 0; i < host->records; i++)
			if (sim_rr_equal(&host->record[i].rr, &rr) &&
				2 * rr.ttl >= host->record[i].rr.ttl)
				pending->listed |= UINT32_C(1) << i;
	}
}

static void take_question(const struct sim_host *host,
	const struct mdns_question *question, struct sim_pending *pending)
{
	uint32_t mask = 0;
	int owned = -1;
	unsigned i;

	for (i = 0; i < host->records; i++) {
		const struct sim_rr *rr = &host->record[i].rr;

		if (!mdns_name_equal(&rr->name, &question->name))
			continue;
		if (rr->flush)
			owned = (int)i;
		if (sim_type_matches(question->type, rr->type) &&
			!host->record[i].gone)
			mask |= UINT32_C(1) << i;
	}
	if (!mask && owned >= 0 && host->nsec) /* 6.1 */
		pending->nsec |= UINT32_C(1) << owned;
	pending->mask |= mask;
}

/* What belongs to it as well (RFC 6763 12), half of the time. */
static void add_extra(const struct sim_host *host, struct sim_pending *pending)
{
	if (host->extra && pending->mask && sim_chance(host->sim, 500))
		pending->mask |= all_of(host);
}

static void schedule(struct sim_host *host, struct sim_pending *pending)
{
	struct sim *sim = host->sim;
	bool shared = false;
	mdns_time delay;
	unsigned i;

	for (i = 0; i < host->records; i++)
		if (pending->mask >> i & 1 && !host->record[i].rr.flush)
			shared = true;
	if (pending->truncated) /* RFC 6762 6, 7.2 */
		delay = sim_between(sim, 400 * MDNS_MSEC, 500 * MDNS_MSEC);
	else if (shared)
		delay = sim_between(sim, 20 * MDNS_MSEC, 120 * MDNS_MSEC);
	else
		delay = sim_between(sim, 0, 5 * MDNS_MSEC);
	pending->due = sim->now + delay + sim_between(sim, 0, host->late);
	pending->busy = true;
	sim_plan(sim, pending->due, run_pending, host,
		(unsigned)(pending - host->pending), false);
}

void sim_host_read(struct sim_host *host, unsigned link, unsigned from,
	const uint8_t *bytes, size_t size)
{
	struct mdns_reader reader;
	struct mdns_question question;
	struct sim_pending *pending = NULL, *free_one = NULL;
	unsigned i;

	mdns_reader_init(&reader, bytes, size);
	if (!host->alive || reader.err || reader.header.flags & MDNS_FLAG_QR ||
		reader.header.flags & (MDNS_FLAG_OPCODE | MDNS_FLAG_RCODE))
		return;
	for (i = 0; i < 16; i++) {
		if (host->pending[i].busy && host->pending[i].truncated &&
			host->pending[i].link == link &&
			host->pending[i].from == from)
			pending = &host->pending[i];
		else if (!host->pending[i].busy)
			free_one = &host->pending[i];
	}
	if (reader.header.count[MDNS_SECTION_QUESTION] == 0) {
		/* More known answers of a query that was truncated. */
		if (!pending)
			return;
		read_known(host, &reader, pending);
		if (reader.header.flags & MDNS_FLAG_TC)
			schedule(host, pending);
		return;
	}
	if (!free_one)
		return;
	pending = free_one;
	memset(pending, 0, sizeof(*pending));
	pending->link = link;
	pending->from = from;
	pending->truncated = (reader.header.flags & MDNS_FLAG_TC) != 0;
	pending->unicast = true;
	while (mdns_reader_question(&reader, &question)) {
		take_question(host, &question, pending);
		if (!question.unicast_response)
			pending->unicast = false;
	}
	read_known(host, &reader, pending);
	add_extra(host, pending);
	if (pending->mask || pending->nsec)
		schedule(host, pending);
}

bool sim_host_has(const struct sim *sim, unsigned link, const struct sim_rr *rr,
	mdns_time since)
{
	unsigned h, i;

	for (h = 0; h < SIM_HOSTS; h++) {
		const struct sim_host *host = &sim->host[h];

		if (!host->alive || !(host->links >> link & 1))
			continue;
		for (i = 0; i < host->records; i++)
			if (!host->record[i].gone &&
				host->record[i].since <= since &&
				sim_rr_equal(&host->record[i].rr, rr))
				return true;
	}
	return false;
}

/* --- nuisances ----------------------------------------------------------- */

void sim_flood(struct sim *sim, unsigned link, unsigned count, uint32_t ttl)
{
	struct mdns_writer writer;
	uint8_t bytes[SIM_PACKET];
	int size;

	sim_say(sim, "a flood of %u on link %u", count, link + 1);
	while (count > 0) {
		unsigned some = count < 40 ? count : 40;

		count -= some;
		mdns_writer_init(&writer, bytes, sizeof(bytes), 0,
			MDNS_FLAG_QR | MDNS_FLAG_AA);
		while (some-- > 0) {
			char name[64];
			uint8_t address[4] = {10, 1, 2, 3};
			struct sim_rr rr;

			snprintf(name, sizeof(name), "junk-%u-%u.local",
				sim_random(sim, 1 << 30), some);
			rr = sim_rr_address(name, address, 4, ttl);
			sim_rr_write(&writer, MDNS_SECTION_ANSWER, &rr, ttl,
				sim_chance(sim, 500));
		}
		size = mdns_writer_end(&writer);
		if (size < 0)
			abort();
		sim_send(sim, link, SIM_NODE_NOBODY, SIM_NODE_NOBODY, MDNS_PORT,
			true, bytes, (size_t)size);
	}
}

static void lie_once(struct sim *sim, unsigned link, unsigned to,
	uint16_t flags, uint16_t port, bool on_link, bool question,
	const struct mdns_name *name)
{
	uint8_t address[4] = {10, 66, 66, (uint8_t)sim_random(sim, 250)};
	/* short, for a lie that comes just after a QU question is believed */
	struct sim_rr rr = sim_rr_address("x.local", address, 4, 10);
	struct mdns_writer writer;
	uint8_t bytes[SIM_PACKET];
	int size;

	rr.name = *name;
	mdns_writer_init(&writer, bytes, sizeof(bytes), 0, flags);
	if (question)
		mdns_writer_question(&writer, name, MDNS_TYPE_A, MDNS_CLASS_IN);
	sim_rr_write(&writer, MDNS_SECTION_ANSWER, &rr, rr.ttl, !question);
	size = mdns_writer_end(&writer);
	if (size < 0)
		abort();
	sim_send(sim, link, SIM_NODE_NOBODY, to, port, on_link, bytes,
		(size_t)size);
}

void sim_lie(struct sim *sim, unsigned link, unsigned peer,
	const struct mdns_name *name)
{
	const uint16_t answer = MDNS_FLAG_QR | MDNS_FLAG_AA;

	sim_say(sim, "lies about %s on link %u", sim_text(name), link + 1);
	/* unicast, from off the link */
	lie_once(sim, link, peer, answer, MDNS_PORT, false, false, name);
	/* unicast, on the link, but not asked for by QU */
	if (!sim->peer[peer].alone[link])
		lie_once(sim, link, peer, answer, MDNS_PORT, true, false, name);
	/* to the group, from another port */
	lie_once(sim, link, SIM_NODE_NOBODY, answer, 5354, true, false, name);
	/* opcode, rcode */
	lie_once(sim, link, SIM_NODE_NOBODY, answer | 0x0800, MDNS_PORT, true,
		false, name);
	lie_once(sim, link, SIM_NODE_NOBODY, answer | 3, MDNS_PORT, true, false,
		name);
	/* known answers of somebody else's query are hearsay (7.1) */
	lie_once(sim, link, SIM_NODE_NOBODY, 0, MDNS_PORT, true, true, name);
}
