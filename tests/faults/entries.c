/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The entry points that are called while things fail: how, and what each may
 * say. */
#include "tests/faults/entries.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nss/module.h"
#include "resolver/err.h"
#include "resolver/helper.h"
#include "resolver/lookup.h"
#include "resolver/settings_file.h"
#include "resolver/sys.h"
#include "tests/faults/kernel.h"

#define GUARD 64
#define GUARD_OCTET 0xa5
#define MARK 12345 /* in errno and *errnop: untouched */
#define TTL_MAX 10 /* RFC 6762 6.7 */
#define SMALL 8

enum nss_how { BYNAME4, BYNAME3, BYNAME2, BYNAME, BYADDR2, BYADDR, CANON };
#define PRESET 16 /* *pat is set, as by nscd */
#define ALIAS 32  /* errnop is &errno, as by glibc */

static enum verdict wrong(char *complaint, const char *what)
{
	snprintf(complaint, 200, "%s", what);
	return WRONG;
}

/* --- the functions of the module --- */

/* All that a call may write to; compared octet by octet where it must not. */
struct outputs {
	struct hostent host;
	struct gaih_addrtuple preset;
	struct gaih_addrtuple *tuples;
	char *canon;
	int32_t ttl;
	char memory[1024 + 2 * GUARD];
};

struct said {
	enum nss_status status;
	int err;
	int h_err;
};

static void prepare(struct outputs *out, const struct entry *entry)
{
	memset(out, GUARD_OCTET, sizeof(*out));
	out->tuples = entry->how & PRESET ? &out->preset : NULL;
}

static size_t buffer_size(const struct entry *entry)
{
	return entry->expect == TOO_SMALL ? SMALL : 1024;
}

static struct said invoke(
	const struct entry *entry, struct outputs *out, int *errnop)
{
	char *buf = out->memory + GUARD;
	size_t size = buffer_size(entry);
	struct said said = {.h_err = MARK};
	uint8_t addr[16];
	socklen_t len = entry->af == AF_INET ? 4 : 16;

	switch (entry->how % PRESET) {
	case BYNAME4:
		said.status = _nss_dotlocal_gethostbyname4_r(entry->text,
			&out->tuples, buf, size, errnop, &said.h_err,
			&out->ttl);
		break;
	case BYNAME3:
		said.status = _nss_dotlocal_gethostbyname3_r(entry->text,
			entry->af, &out->host, buf, size, errnop, &said.h_err,
			&out->ttl, &out->canon);
		break;
	case BYNAME2:
		said.status = _nss_dotlocal_gethostbyname2_r(entry->text,
			entry->af, &out->host, buf, size, errnop, &said.h_err);
		break;
	case BYNAME:
		said.status = _nss_dotlocal_gethostbyname_r(entry->text,
			&out->host, buf, size, errnop, &said.h_err);
		break;
	case BYADDR2:
		inet_pton(entry->af, entry->text, addr);
		said.status = _nss_dotlocal_gethostbyaddr2_r(addr, len,
			entry->af, &out->host, buf, size, errnop, &said.h_err,
			&out->ttl);
		break;
	case BYADDR:
		inet_pton(entry->af, entry->text, addr);
		said.status = _nss_dotlocal_gethostbyaddr_r(addr, len,
			entry->af, &out->host, buf, size, errnop, &said.h_err);
		break;
	default:
		said.status = _nss_dotlocal_getcanonname_r(entry->text, buf,
			size, &out->canon, errnop, &said.h_err);
		break;
	}
	return said;
}

/* What the world in test_faults.py has. */
static bool is_address(int af, const void *bytes)
{
	uint8_t wanted[16];
	size_t size = af == AF_INET ? 4 : 16;

	inet_pton(af, af == AF_INET ? "10.0.0.2" : "fd00::2", wanted);
	return memcmp(bytes, wanted, size) == 0;
}

static bool are_tuples(const struct gaih_addrtuple *tuple, const char *name)
{
	unsigned seen[2] = {0, 0};

	for (; tuple; tuple = tuple->next) {
		if ((tuple->family != AF_INET && tuple->family != AF_INET6) ||
			!is_address(tuple->family, tuple->addr) ||
			(tuple->name && strcmp(tuple->name, name) != 0))
			return false;
		seen[tuple->family == AF_INET6]++;
	}
	return seen[0] == 1 && seen[1] == 1;
}

static bool is_host(const struct entry *entry, const struct hostent *host)
{
	uint8_t reverse[16];
	bool by_address = entry->how % PRESET >= BYADDR2;
	const char *name = by_address ? "lonely.local" : entry->text;

	inet_pton(entry->af, by_address ? entry->text : "::", reverse);
	return host->h_addrtype == entry->af &&
	       host->h_length == (entry->af == AF_INET ? 4 : 16) &&
	       strcmp(host->h_name, name) == 0 && !host->h_aliases[0] &&
	       host->h_addr_list[0] && !host->h_addr_list[1] &&
	       (by_address ? memcmp(host->h_addr_list[0], reverse,
				     (size_t)host->h_length) == 0
			   : is_address(entry->af, host->h_addr_list[0]));
}

static enum verdict judge_success(
	const struct entry *entry, const struct outputs *out, char *complaint)
{
	unsigned how = entry->how % PRESET;

	if (entry->expect != FOUND)
		return wrong(complaint, "success, but there is no answer");
	if (how == BYNAME4     ? !are_tuples(out->tuples, entry->text)
		: how == CANON ? strcmp(out->canon, entry->text) != 0
			       : !is_host(entry, &out->host))
		return wrong(complaint, "a wrong or partial answer");
	if ((entry->how & PRESET) && out->tuples != &out->preset)
		return wrong(complaint, "the preset tuple is not the first");
	if (how == BYNAME3 && out->canon != out->host.h_name)
		return wrong(complaint, "no canonical name");
	if ((how == BYNAME4 || how == BYNAME3 || how == BYADDR2) &&
		(out->ttl < 0 || out->ttl > TTL_MAX))
		return wrong(complaint, "a wrong ttl");
	return ANSWERED;
}

/* status, h_errno and errno together, as nss/status.c has them. */
static bool is_triple(
	const struct said *said, enum nss_status status, int h_err, int err)
{
	return said->status == status && said->h_err == h_err &&
	       said->err == err;
}

static enum verdict judge_failure(
	const struct entry *entry, const struct said *said, char *complaint)
{
	bool missing =
		is_triple(said, NSS_STATUS_NOTFOUND, HOST_NOT_FOUND, ENOENT);
	bool passed_on =
		is_triple(said, NSS_STATUS_UNAVAIL, NO_RECOVERY, ENOENT);

	if (is_triple(said, NSS_STATUS_UNAVAIL, TRY_AGAIN, ENETUNREACH) ||
		is_triple(said, NSS_STATUS_UNAVAIL, TRY_AGAIN, EACCES) ||
		is_triple(said, NSS_STATUS_UNAVAIL, TRY_AGAIN, ENOMEM))
		return HONEST;
	if (entry->expect == TOO_SMALL &&
		is_triple(said, NSS_STATUS_TRYAGAIN, NETDB_INTERNAL, ERANGE))
		return ANSWERED;
	if (entry->expect == NO_DATA_THERE &&
		is_triple(said, NSS_STATUS_NOTFOUND, NO_DATA, ENOENT))
		return ANSWERED;
	if (missing)
		return entry->expect == MISSING ? ANSWERED : SILENT;
	if (passed_on && entry->expect >= DEEP && entry->expect <= FOREIGN)
		return ANSWERED;
	/* Settings that cannot be read mean the defaults: no suffixes. */
	if (passed_on && entry->frail)
		return HONEST;
	snprintf(complaint, 200, "status %d, h_errno %d, errno %d: no such",
		said->status, said->h_err, said->err);
	return WRONG;
}

/* The whole of it on failure; what is around the buffer always. */
static bool is_untouched(
	const struct entry *entry, const struct said *said, struct outputs *out)
{
	size_t size = buffer_size(entry);
	static struct outputs fresh;

	prepare(&fresh, entry);
	/* Its own pointer, or NULL. */
	fresh.tuples = entry->how & PRESET ? &out->preset : NULL;
	if (said->status == NSS_STATUS_SUCCESS)
		memcpy(&fresh, out, offsetof(struct outputs, memory));
	/* What did not fit may have been begun. */
	if (said->status == NSS_STATUS_SUCCESS ||
		said->status == NSS_STATUS_TRYAGAIN)
		memcpy(fresh.memory + GUARD, out->memory + GUARD, size);
	return memcmp(&fresh, out, sizeof(fresh)) == 0;
}

static enum verdict call_nss(const struct entry *entry, char *complaint)
{
	static struct outputs out;
	int own = MARK, *errnop = entry->how & ALIAS ? &errno : &own;
	struct said said;
	int left;

	prepare(&out, entry);
	errno = MARK;
	said = invoke(entry, &out, errnop);
	left = errno;
	said.err = entry->how & ALIAS ? left : own;
	if (!is_untouched(entry, &said, &out))
		return wrong(complaint, "an output was touched");
	if (!(entry->how & ALIAS) && left != MARK)
		return wrong(complaint, "errno was touched");
	if (said.status != NSS_STATUS_SUCCESS)
		return judge_failure(entry, &said, complaint);
	if (said.err != MARK || said.h_err != NETDB_SUCCESS)
		return wrong(complaint, "errno or h_errno is set on success");
	return judge_success(entry, &out, complaint);
}

/* --- the functions of the library that the tools call --- */

static enum verdict call_lookup(const struct entry *entry, char *complaint)
{
	struct mdns_settings settings;
	struct mdns_name name;
	struct mdns_answer answer, before;
	const struct mdns_lookup lookup = {.name = &name,
		.settings = &settings,
		.ways = entry->how,
		.transports = 1u << MDNS_IPV4 | 1u << MDNS_IPV6};
	unsigned i;
	int err;

	mdns_settings_init(&settings);
	mdns_name_parse(entry->text, strlen(entry->text), &name);
	memset(&answer, GUARD_OCTET, sizeof(answer));
	before = answer;
	err = mdns_lookup_run(&lookup, &answer, NULL);
	if (err < 0 && memcmp(&before, &answer, sizeof(answer)) != 0)
		return wrong(complaint, "the answer was touched on failure");
	if (err == MDNS_ERR_DENIED || err == MDNS_ERR_TAKEN ||
		err == MDNS_ERR_NO_LINK || err == MDNS_ERR_RESOURCE)
		return HONEST;
	if (err == MDNS_ERR_NOT_FOUND)
		return entry->expect == MISSING ? ANSWERED : SILENT;
	if (err < 0 || entry->expect != FOUND)
		return wrong(complaint, mdns_err_text(err));
	if (answer.count != 2)
		return wrong(complaint, "not both addresses");
	for (i = 0; i < 2; i++)
		if (!is_address(answer.address[i].family == MDNS_IPV4
					? AF_INET
					: AF_INET6,
			    answer.address[i].bytes))
			return wrong(complaint, "a wrong address");
	return ANSWERED;
}

/* All that mdns-lookup --status says, up to its end. */
static enum verdict call_status(const struct entry *entry, char *complaint)
{
	struct mdns_request request;
	union mdns_reply reply;
	int fd = mdns_helper_connect();
	int kind, passed = -1;

	(void)entry;
	if (fd == MDNS_ERR_NOT_FOUND || fd == MDNS_ERR_DENIED ||
		fd == MDNS_ERR_RESOURCE)
		return HONEST;
	if (fd < 3)
		return wrong(complaint, "a descriptor below 3");
	mdns_request_init(&request, MDNS_REQUEST_STATUS, NULL);
	request.id = 7;
	kind = mdns_helper_send(fd, &request);
	while (kind >= 0) {
		kind = mdns_helper_receive(
			fd, mdns_sys_now() + MDNS_SEC, &reply, &passed);
		if (kind >= 0 && passed >= 0)
			mdns_sys_close(passed);
		if (kind == MDNS_REPLY_STATUS || kind == MDNS_REPLY_DONE)
			break;
	}
	mdns_sys_close(fd);
	if (kind >= 0)
		return reply.head.id == 7 ? ANSWERED
					  : wrong(complaint, "another's reply");
	if (kind < MDNS_ERR_RESOURCE || kind == MDNS_ERR_NOT_OURS)
		return wrong(complaint, mdns_err_text(kind));
	return HONEST;
}

static enum verdict call_settings(const struct entry *entry, char *complaint)
{
	struct mdns_settings settings;
	int err = mdns_settings_load(entry->text, &settings, NULL, NULL);

	if (err == 0)
		return settings.suffix_count == 1 &&
				       strcmp(settings.suffix[0],
					       "home.example") == 0
			       ? ANSWERED
			       : wrong(complaint, "not what the file says");
	if (settings.suffix_count != 0)
		return wrong(complaint, "half a file on failure");
	if (err == MDNS_ERR_NOT_FOUND || err == MDNS_ERR_DENIED ||
		err == MDNS_ERR_RESOURCE)
		return HONEST;
	return wrong(complaint, mdns_err_text(err));
}

/* --- the table --- */

#define ONE_SHOT (1u << MDNS_WAY_ONE_SHOT)
#define GROUP (1u << MDNS_WAY_GROUP)
#define NAME "dual.local"
#define LONELY4 "169.254.7.7"
#define LONELY6 "fe80::7:7"

const struct entry entries[] = {
	{"gethostbyname4_r", call_nss, NAME, 0, COLD, FOUND, BYNAME4, false},
	{"gethostbyname4_r, bare", call_nss, NAME, 0, BARE, FOUND, BYNAME4,
		false},
	{"gethostbyname4_r, again", call_nss, NAME, 0, WARM, FOUND, BYNAME4,
		false},
	{"gethostbyname4_r, later", call_nss, NAME, 0, STALE, FOUND, BYNAME4,
		false},
	{"gethostbyname4_r, as nscd", call_nss, NAME, 0, STALE, FOUND,
		BYNAME4 | PRESET, false},
	{"gethostbyname4_r, as glibc", call_nss, NAME, 0, STALE, FOUND,
		BYNAME4 | ALIAS, false},
	{"gethostbyname4_r, nobody", call_nss, "nobody.local", 0, COLD, MISSING,
		BYNAME4, false},
	{"gethostbyname4_r, nobody deep", call_nss, "no.body.local", 0, STALE,
		DEEP, BYNAME4, false},
	{"gethostbyname4_r, foreign", call_nss, "www.example.com", 0, COLD,
		FOREIGN, BYNAME4, false},
	{"gethostbyname4_r, ERANGE", call_nss, NAME, 0, STALE, TOO_SMALL,
		BYNAME4, false},
	{"gethostbyname4_r, a suffix", call_nss, "nas.home.example", 0, COLD,
		FOUND, BYNAME4, true},
	{"gethostbyname3_r", call_nss, NAME, AF_INET6, COLD, FOUND, BYNAME3,
		false},
	{"gethostbyname2_r", call_nss, NAME, AF_INET6, STALE, FOUND, BYNAME2,
		false},
	{"gethostbyname2_r, no AAAA", call_nss, "four.local", AF_INET6, COLD,
		NO_DATA_THERE, BYNAME2, false},
	{"gethostbyname_r", call_nss, NAME, AF_INET, STALE, FOUND, BYNAME,
		false},
	{"getcanonname_r", call_nss, NAME, 0, STALE, FOUND, CANON, false},
	{"gethostbyaddr2_r", call_nss, LONELY4, AF_INET, COLD, FOUND, BYADDR2,
		false},
	{"gethostbyaddr2_r, later", call_nss, LONELY6, AF_INET6, STALE, FOUND,
		BYADDR2, false},
	{"gethostbyaddr_r", call_nss, LONELY4, AF_INET, STALE, FOUND, BYADDR,
		false},
	{"gethostbyaddr_r, foreign", call_nss, "192.0.2.1", AF_INET, COLD,
		FOREIGN, BYADDR, false},
	{"mdns_lookup_run", call_lookup, NAME, 0, COLD, FOUND, ONE_SHOT | GROUP,
		false},
	{"mdns_lookup_run, 5353", call_lookup, NAME, 0, COLD, FOUND, GROUP,
		true},
	{"mdns_lookup_run, nobody", call_lookup, "nobody.local", 0, COLD,
		MISSING, ONE_SHOT | GROUP, false},
	{"mdns_settings_load", call_settings, "/etc/dotlocal.conf", 0, COLD,
		FOUND, 0, true},
	{"mdns_helper_*", call_status, "", 0, COLD, FOUND, 0, true},
	{NULL, NULL, NULL, 0, COLD, FOUND, 0, false},
};
