/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Records as the simulator has them: read, written, compared, made. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

struct mdns_name sim_name(const char *text)
{
	struct mdns_name name;

	memset(&name, 0, sizeof(name));
	if (mdns_name_parse(text, strlen(text), &name) < 0)
		abort();
	return name;
}

const char *sim_text(const struct mdns_name *name)
{
	static char text[4][MDNS_NAME_TEXT_MAX];
	static unsigned next;
	char *buf = text[next++ % 4];

	if (mdns_name_print_safe(name, buf, MDNS_NAME_TEXT_MAX) < 0)
		buf[0] = '\0';
	return buf;
}

static bool put(struct sim_rr *rr, const void *bytes, size_t size)
{
	if (!bytes || size > sizeof(rr->rdata) - rr->rdlength)
		return false;
	memcpy(rr->rdata + rr->rdlength, bytes, size);
	rr->rdlength = (uint16_t)(rr->rdlength + size);
	return true;
}

bool sim_rr_read(const struct mdns_reader *reader,
	const struct mdns_record *record, struct sim_rr *ret_rr)
{
	struct mdns_reader rdata;
	struct mdns_name name;
	size_t plain; /* octets before the name, then those behind it */

	ret_rr->name = record->name;
	ret_rr->type = record->type;
	ret_rr->flush = record->cache_flush;
	ret_rr->ttl = record->ttl;
	ret_rr->rdlength = 0;
	mdns_reader_rdata(reader, record, &rdata);
	if (record->type == SIM_TYPE_SRV || record->type == MDNS_TYPE_PTR ||
		record->type == MDNS_TYPE_CNAME ||
		record->type == MDNS_TYPE_NSEC) {
		plain = record->type == SIM_TYPE_SRV ? 6 : 0;
		if (!put(ret_rr, mdns_reader_bytes(&rdata, plain), plain))
			return false;
		mdns_reader_name(&rdata, &name);
		if (rdata.err || !put(ret_rr, name.wire, name.len))
			return false;
	}
	plain = rdata.end - rdata.pos;
	return put(ret_rr, mdns_reader_bytes(&rdata, plain), plain) &&
	       mdns_reader_done(&rdata);
}

void sim_rr_write(struct mdns_writer *writer, enum mdns_section section,
	const struct sim_rr *rr, uint32_t ttl, bool flush)
{
	size_t plain = rr->type == SIM_TYPE_SRV ? 6 : 0;
	struct mdns_name name;

	mdns_writer_record(writer, section, &rr->name, rr->type,
		MDNS_CLASS_IN | (flush ? MDNS_CLASS_TOP_BIT : 0), ttl);
	mdns_writer_bytes(writer, rr->rdata, plain);
	if (rr->type == MDNS_TYPE_PTR || rr->type == SIM_TYPE_SRV ||
		rr->type == MDNS_TYPE_NSEC) {
		size_t len = 0;

		while (rr->rdata[plain + len])
			len += rr->rdata[plain + len] + 1u;
		name.len = (uint16_t)(len + 1);
		memcpy(name.wire, rr->rdata + plain, name.len);
		mdns_writer_name(writer, &name, true); /* 18.14 */
		plain += name.len;
	}
	mdns_writer_bytes(writer, rr->rdata + plain, rr->rdlength - plain);
	mdns_writer_record_end(writer);
}

bool sim_rr_equal(const struct sim_rr *a, const struct sim_rr *b)
{
	return a->type == b->type && a->rdlength == b->rdlength &&
	       memcmp(a->rdata, b->rdata, a->rdlength) == 0 &&
	       mdns_name_equal(&a->name, &b->name);
}

bool sim_rr_denies(const struct sim_rr *rr, uint16_t type)
{
	size_t pos = 0;

	if (rr->type != MDNS_TYPE_NSEC || type >= 256)
		return false;
	while (pos < rr->rdlength && rr->rdata[pos])
		pos += rr->rdata[pos] + 1u;
	pos++;
	if (pos + 2 > rr->rdlength)
		return false;
	if (rr->rdata[pos] != 0) /* no block 0: no types below 256 */
		return true;
	if (type / 8 >= rr->rdata[pos + 1])
		return true;
	pos += 2u + type / 8u;
	return pos < rr->rdlength && !(rr->rdata[pos] & 0x80 >> type % 8);
}

static struct sim_rr make(const char *name, uint16_t type, uint32_t ttl)
{
	struct sim_rr rr;

	memset(&rr, 0, sizeof(rr));
	rr.name = sim_name(name);
	rr.type = type;
	rr.ttl = ttl;
	rr.flush = true;
	return rr;
}

struct sim_rr sim_rr_address(
	const char *name, const uint8_t *bytes, uint16_t size, uint32_t ttl)
{
	struct sim_rr rr =
		make(name, size == 4 ? MDNS_TYPE_A : MDNS_TYPE_AAAA, ttl);

	put(&rr, bytes, size);
	return rr;
}

struct sim_rr sim_rr_pointer(const char *name, const char *target, uint32_t ttl)
{
	struct sim_rr rr = make(name, MDNS_TYPE_PTR, ttl);
	struct mdns_name to = sim_name(target);

	rr.flush = false; /* shared */
	put(&rr, to.wire, to.len);
	return rr;
}

struct sim_rr sim_rr_service(
	const char *name, uint16_t port, const char *target, uint32_t ttl)
{
	struct sim_rr rr = make(name, SIM_TYPE_SRV, ttl);
	struct mdns_name to = sim_name(target);
	uint8_t head[6] = {
		0, 0, 0, 0, (uint8_t)(port >> 8), (uint8_t)(port & 0xff)};

	put(&rr, head, sizeof(head));
	put(&rr, to.wire, to.len);
	return rr;
}

struct sim_rr sim_rr_text(const char *name, const char *text, uint32_t ttl)
{
	struct sim_rr rr = make(name, SIM_TYPE_TXT, ttl);
	uint8_t len = (uint8_t)strlen(text);

	put(&rr, &len, 1);
	put(&rr, text, len);
	return rr;
}
