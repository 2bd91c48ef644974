/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lookup of the benchmark has found, as a letter. */
#include "tests/bench/found.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char kinds[] = BENCH_FOUND_LETTERS;

void bench_findings_put(struct bench_findings *findings, char found)
{
	findings->count[strchr(kinds, found) - kinds]++;
}

void bench_findings_print(const struct bench_findings *findings)
{
	for (unsigned i = 0; kinds[i]; i++)
		if (findings->count[i])
			printf(" %c%u", kinds[i], findings->count[i]);
	putchar('\n');
}

char bench_found_from_status(enum nss_status status)
{
	switch (status) {
	case NSS_STATUS_SUCCESS:
		return 'x';
	case NSS_STATUS_NOTFOUND:
		return 'n';
	case NSS_STATUS_TRYAGAIN:
		return 't';
	case NSS_STATUS_UNAVAIL:
	default:
		return 'u';
	}
}

void bench_seen_put(struct bench_seen *seen, const char *address)
{
	if (!strcmp(address, "192.0.2.10"))
		seen->four = true;
	else if (!strcmp(address, "2001:db8::10"))
		seen->six = true;
	else
		seen->other = true;
}

char bench_found_from_seen(const struct bench_seen *seen)
{
	if (seen->other || (!seen->four && !seen->six))
		return 'x';
	if (seen->scope)
		return 's';
	if (seen->four && seen->six)
		return 'b';
	return seen->four ? '4' : '6';
}

char bench_found_from_addresses(const struct gaih_addrtuple *pat)
{
	struct bench_seen seen = {0};

	for (; pat; pat = pat->next) {
		char text[INET6_ADDRSTRLEN] = "";

		inet_ntop(pat->family, pat->addr, text, sizeof(text));
		bench_seen_put(&seen, text);
		seen.scope |= pat->scopeid != 0;
	}
	return bench_found_from_seen(&seen);
}
