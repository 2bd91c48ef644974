/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of mdns-lookup, and what its operands mean. */
#include "config.h"

#include "tools/lookup/options.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/answer.h"
#include "resolver/zone.h"
#include "tools/lookup/print.h"

/* Seconds of -w: a lookup's, and a day for those who watch. */
#define SECONDS_MAX 60
#define WATCH_SECONDS_MAX 86400

enum {
	OPTION_BROWSE = 256,
	OPTION_CHECK,
	OPTION_FLUSH,
	OPTION_HELP,
	OPTION_HELPER,
	OPTION_RECONFIRM,
	OPTION_STATUS,
	OPTION_VERSION,
	OPTION_WATCH,
};

static const struct option long_options[] = {
	{"browse", no_argument, NULL, OPTION_BROWSE},
	{"check-config", optional_argument, NULL, OPTION_CHECK},
	{"flush", no_argument, NULL, OPTION_FLUSH},
	{"help", no_argument, NULL, OPTION_HELP},
	{"helper", no_argument, NULL, OPTION_HELPER},
	{"reconfirm", no_argument, NULL, OPTION_RECONFIRM},
	{"status", no_argument, NULL, OPTION_STATUS},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"watch", no_argument, NULL, OPTION_WATCH},
	{NULL, 0, NULL, 0},
};

static const char help[] =
	"Usage: mdns-lookup [-4|-6] [-i IFACE] [-w SECONDS] [-v] "
	"NAME|ADDRESS...\n"
	"       mdns-lookup --watch [OPTIONS] NAME|ADDRESS...\n"
	"       mdns-lookup --browse [OPTIONS] SERVICE...\n"
	"       mdns-lookup --helper|--reconfirm NAME|ADDRESS...\n"
	"       mdns-lookup --status | --flush | --check-config[=FILE]\n"
	"\n"
	"Asks the local network for .local names and link-local addresses.\n"
	"\n"
	"  -4, -6      ask over IPv4 or over IPv6 only (default: both)\n"
	"  -i IFACE    ask on this interface only; may be repeated, "
	"takes * and ?\n"
	"  -w SECONDS  give up after this time, 0.1 to 60 (default: 1.25)\n"
	"  -v          show each message sent and received, and what became "
	"of it\n"
	"  --watch     go on until Ctrl-C; print what comes (+) and goes (-)\n"
	"  --browse    the same for the services of a kind, such as _ipp._tcp\n"
	"  --helper    ask mdns-helper, as programs do while it runs\n"
	"  --reconfirm, --flush  have it ask anew for a name; forget all\n"
	"  --status    what it knows and does\n"
	"  --check-config[=FILE]  show the mistakes in " MDNS_SETTINGS_PATH "\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0 all found, 1 something not found, 2 wrong usage,\n"
	"3 no network or no mdns-helper to ask. More, with examples: "
	"man mdns-lookup\n";

static enum options_status usage(void)
{
	fputs("Try: mdns-lookup --help\n", stderr);
	return STATUS_USAGE;
}

/* Digits and at most one dot: not the rest of what strtod takes. */
static bool parse_seconds(const char *text, uint32_t *ret_ms)
{
	char *end;
	double seconds;

	if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0')
		return false;
	seconds = strtod(text, &end);
	if (*end != '\0' || !(seconds >= 0.1 && seconds <= WATCH_SECONDS_MAX))
		return false;
	*ret_ms = (uint32_t)(seconds * 1000 + 0.5);
	return true;
}

/* How long is allowed is known only when all options have been read. */
static bool read_seconds(const char *text, struct options *options)
{
	bool watches =
		options->mode == MODE_WATCH || options->mode == MODE_BROWSE;
	int most = watches ? WATCH_SECONDS_MAX : SECONDS_MAX;

	if (!text || (parse_seconds(text, &options->total_ms) &&
			     options->total_ms <= (uint32_t)most * 1000))
		return true;
	print_problem("-w", "0.1 to %d seconds", most);
	return false;
}

static bool set_mode(struct options *options, enum options_mode mode)
{
	if (options->mode != MODE_LOOKUP && options->mode != mode) {
		print_problem(NULL, "only one of --watch, --browse, --helper, "
				    "--reconfirm, --flush and --status");
		return false;
	}
	options->mode = mode;
	return true;
}

static bool add_interface(struct options *options, const char *name)
{
	if (name[0] == '\0') {
		print_problem("-i", "the name of an interface is missing");
		return false;
	}
	if (options->only_count == MDNS_GLOBS_MAX) {
		print_problem("-i", "at most %d of these", MDNS_GLOBS_MAX);
		return false;
	}
	options->only[options->only_count++] = name;
	return true;
}

/* What mdns-helper is asked has fewer options. */
static bool fits_helper(const struct options *options)
{
	if (options->mode < MODE_HELPER)
		return true;
	if (options->transports != 0 || options->only_count > 0 ||
		options->verbose) {
		print_problem(NULL,
			"-4, -6, -i and -v are for asking the network, "
			"not mdns-helper");
		return false;
	}
	if (options->mode != MODE_HELPER && options->total_ms > 0) {
		print_problem("-w", "there is nothing to wait for");
		return false;
	}
	return true;
}

static bool has_its_operands(const struct options *options)
{
	bool wants = !options->check && options->mode < MODE_FLUSH;

	if (!wants && options->operand_count > 0 && !options->check) {
		print_problem(
			options->mode == MODE_FLUSH ? "--flush" : "--status",
			"no name goes with it");
		return false;
	}
	if (!wants || options->operand_count > 0)
		return true;
	print_problem(NULL, options->mode == MODE_BROWSE
				    ? "a service is missing, such as _ipp._tcp"
				    : "a name or an address is missing");
	return false;
}

enum options_status options_parse(
	int argc, char **argv, struct options *ret_options)
{
	struct options options = {0};
	const char *seconds = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "46i:w:v", long_options, NULL)) !=
		-1) {
		switch (c) {
		case '4':
			options.transports |= 1U << MDNS_IPV4;
			break;
		case '6':
			options.transports |= 1U << MDNS_IPV6;
			break;
		case 'i':
			if (!add_interface(&options, optarg))
				return usage();
			break;
		case 'w':
			seconds = optarg;
			break;
		case 'v':
			options.verbose = true;
			break;
		case OPTION_BROWSE:
			if (!set_mode(&options, MODE_BROWSE))
				return usage();
			break;
		case OPTION_WATCH:
			if (!set_mode(&options, MODE_WATCH))
				return usage();
			break;
		case OPTION_FLUSH:
			if (!set_mode(&options, MODE_FLUSH))
				return usage();
			break;
		case OPTION_HELPER:
			if (!set_mode(&options, MODE_HELPER))
				return usage();
			break;
		case OPTION_RECONFIRM:
			if (!set_mode(&options, MODE_RECONFIRM))
				return usage();
			break;
		case OPTION_STATUS:
			if (!set_mode(&options, MODE_STATUS))
				return usage();
			break;
		case OPTION_CHECK:
			options.check = optarg ? optarg : MDNS_SETTINGS_PATH;
			break;
		case OPTION_HELP:
			fputs(help, stdout);
			return STATUS_FOUND;
		case OPTION_VERSION:
			puts("mdns-lookup (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return STATUS_FOUND;
		default:
			return usage();
		}
	}
	if (!read_seconds(seconds, &options) || !fits_helper(&options))
		return usage();
	if (options.transports == 0)
		options.transports = 1U << MDNS_IPV4 | 1U << MDNS_IPV6;
	options.operand = argv + optind;
	options.operand_count = argc - optind;
	if (!has_its_operands(&options))
		return usage();
	if (options.check &&
		(options.operand_count > 0 || options.mode != MODE_LOOKUP)) {
		print_problem("--check-config",
			"a file is given as --check-config=FILE, and no name "
			"is looked up");
		return usage();
	}
	*ret_options = options;
	return STATUS_GO_ON;
}

/* An address, perhaps with %interface. False if it is none. */
static bool parse_address(const char *text, struct options_query *query,
	uint8_t addr[16], size_t *ret_size)
{
	const char *percent = strchr(text, '%');
	size_t len = percent ? (size_t)(percent - text) : strlen(text);
	unsigned index;

	if (len >= INET6_ADDRSTRLEN)
		return false;
	memcpy(query->text, text, len);
	query->text[len] = '\0';
	if (inet_pton(AF_INET, query->text, addr) == 1)
		*ret_size = 4;
	else if (inet_pton(AF_INET6, query->text, addr) == 1)
		*ret_size = 16;
	else
		return false;
	/* One spelling of each address, as in the answers. */
	inet_ntop(*ret_size == 4 ? AF_INET : AF_INET6, addr, query->text,
		INET6_ADDRSTRLEN);
	if (!percent)
		return true;
	if (strlen(percent + 1) >= sizeof(query->iface))
		return false;
	strcpy(query->iface, percent + 1);
	index = (unsigned)strtoul(query->iface, NULL, 10);
	if (index > 0 && query->iface[strspn(query->iface, "0123456789")] == 0)
		if_indextoname(index, query->iface); /* or it stays as it is */
	return query->iface[0] != '\0';
}

unsigned options_suffixes(const struct mdns_settings *settings,
	struct mdns_name ret_suffixes[MDNS_SUFFIXES_MAX])
{
	unsigned count = 0;
	unsigned i;

	for (i = 0; i < settings->suffix_count; i++)
		if (mdns_name_parse(settings->suffix[i],
			    strlen(settings->suffix[i]),
			    &ret_suffixes[count]) == 0)
			count++;
	return count;
}

static enum mdns_zone zone_of(
	const struct mdns_name *name, const struct mdns_settings *settings)
{
	struct mdns_name suffixes[MDNS_SUFFIXES_MAX];

	return mdns_zone_of(
		name, suffixes, options_suffixes(settings, suffixes));
}

static void explain_foreign(const struct options_query *query)
{
	if (mdns_name_labels(&query->name) > 1)
		print_problem(query->text,
			"not a .local name, so the local network is not asked; "
			"type: getent ahosts %s",
			query->text);
	else if (mdns_name_labels(&query->name) == 0 ||
		 strcasecmp(query->text, "local") == 0)
		print_problem(query->text,
			"this is the domain; type the name of a host in it, "
			"such as printer.local");
	else
		print_problem(query->text,
			"not a .local name; type: mdns-lookup %s.local",
			query->text);
}

/* Not even a name: there is no saying what a terminal would do with it. */
static void complain_of_text(const char *text)
{
	char safe[64];
	size_t i;

	for (i = 0; text[i] != '\0' && i < sizeof(safe) - 1; i++)
		safe[i] = text[i] > ' ' && text[i] <= '~' ? text[i] : '?';
	safe[i] = '\0';
	print_problem(safe[0] ? safe : "(empty)",
		"not a name (between two dots go 1 to 63 octets, in all at "
		"most 255) and not an address");
}

enum options_status options_query_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query)
{
	struct options_query query = {0};
	enum mdns_zone zone;
	uint8_t addr[16];
	size_t size;

	if (parse_address(text, &query, addr, &size)) {
		if (!mdns_zone_address_is_ours(addr, size)) {
			print_problem(query.text,
				"mDNS has names for 169.254.x.y and fe80:: "
				"addresses only; type: getent hosts %s",
				query.text);
			return STATUS_USAGE;
		}
		mdns_name_from_address(addr, size, &query.name);
		query.reverse = true;
		query.needs_scope = mdns_zone_address_needs_scope(addr, size);
		*ret_query = query;
		return STATUS_GO_ON;
	}

	if (mdns_name_parse(text, strlen(text), &query.name) < 0 ||
		mdns_name_print_safe(
			&query.name, query.text, sizeof(query.text)) < 0) {
		complain_of_text(text);
		return STATUS_USAGE;
	}
	query.iface[0] = '\0';
	zone = zone_of(&query.name, settings);
	if (zone == MDNS_ZONE_NONE) {
		explain_foreign(&query);
		return STATUS_USAGE;
	}
	query.reverse = zone == MDNS_ZONE_REVERSE;
	*ret_query = query;
	return STATUS_GO_ON;
}

static bool is_protocol(const uint8_t *label)
{
	return label[0] == 4 &&
	       (strncasecmp((const char *)label + 1, "_tcp", 4) == 0 ||
		       strncasecmp((const char *)label + 1, "_udp", 4) == 0);
}

/* Where the domain starts in a name such as _ipp._tcp.local or
 * _color._sub._ipp._tcp (RFC 6763 7); NULL if it is no such name. */
static const uint8_t *find_domain(const struct mdns_name *name)
{
	const uint8_t *last = NULL;
	const uint8_t *label;

	for (label = name->wire; label[0] != 0; label += label[0] + 1) {
		if (last && is_protocol(label))
			return last[1] == '_' ? label + label[0] + 1 : NULL;
		last = label;
	}
	return NULL;
}

enum options_status options_service_parse(const char *text,
	const struct mdns_settings *settings, struct options_query *ret_query)
{
	static const uint8_t local[] = {5, 'l', 'o', 'c', 'a', 'l', 0};
	struct options_query query = {.reverse = true};
	struct mdns_name *name = &query.name;
	const uint8_t *domain;

	if (mdns_name_parse(text, strlen(text), name) < 0 ||
		mdns_name_print_safe(name, query.text, sizeof(query.text)) <
			0) {
		complain_of_text(text);
		return STATUS_USAGE;
	}
	domain = find_domain(name);
	if (!domain) {
		print_problem(query.text,
			"not a kind of service; type, for printers: "
			"mdns-lookup --browse _ipp._tcp");
		return STATUS_USAGE;
	}
	if (domain[0] == 0 && name->len + sizeof(local) - 1 <= MDNS_NAME_MAX) {
		memcpy(name->wire + name->len - 1, local, sizeof(local));
		name->len = (uint16_t)(name->len + sizeof(local) - 1);
		mdns_name_print_safe(name, query.text, sizeof(query.text));
	}
	if (zone_of(name, settings) == MDNS_ZONE_NONE) {
		print_problem(query.text,
			"not in .local, so the local network is not asked");
		return STATUS_USAGE;
	}
	*ret_query = query;
	return STATUS_GO_ON;
}

void options_fit_settings(
	const struct options *options, struct mdns_settings *settings)
{
	uint32_t total = options->total_ms;
	uint32_t *resend = settings->resend_ms;
	unsigned n = 0;

	if (total == 0)
		return;
	settings->total_ms = total;
	if (settings->second_way_ms > total)
		settings->second_way_ms = total;
	if (settings->grace_ms > total)
		settings->grace_ms = total;
	while (n < MDNS_RESENDS_MAX && resend[n] > 0 && resend[n] < total)
		n++;
	/* Somebody who waits longer wants to be asking, not only listening. */
	for (; n > 0 && n < MDNS_RESENDS_MAX && resend[n - 1] < total / 2; n++)
		resend[n] = resend[n - 1] * 2;
	while (n < MDNS_RESENDS_MAX)
		resend[n++] = 0;
}
