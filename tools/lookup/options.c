/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of mdns-lookup: its options. */
#include "config.h"

#include "tools/lookup/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolver/answer.h"
#include "resolver/rr_text.h"
#include "tools/lookup/print.h"

/* Seconds of -w: a lookup's, and a day for those who go on. */
#define SECONDS_MAX 60
#define WATCH_SECONDS_MAX 86400

enum {
	OPTION_ALL = 256,
	OPTION_BROWSE,
	OPTION_CHECK,
	OPTION_COLOR,
	OPTION_DOCTOR,
	OPTION_FLUSH,
	OPTION_HELP,
	OPTION_HELPER,
	OPTION_JSON,
	OPTION_MONITOR,
	OPTION_NO_HELPER,
	OPTION_ONE_SHOT,
	OPTION_PCAP,
	OPTION_QM,
	OPTION_QU,
	OPTION_READ,
	OPTION_RECONFIRM,
	OPTION_RESOLVE,
	OPTION_SHORT,
	OPTION_STATUS,
	OPTION_TYPES,
	OPTION_UNICAST,
	OPTION_UNICAST_SOA,
	OPTION_VERSION,
	OPTION_WATCH,
};

static const char short_options[] = ":46hi:t:vVw:";
static const struct option long_options[] = {
	{"all", no_argument, NULL, OPTION_ALL},
	{"browse", no_argument, NULL, OPTION_BROWSE},
	{"check-config", optional_argument, NULL, OPTION_CHECK},
	{"color", optional_argument, NULL, OPTION_COLOR},
	{"doctor", no_argument, NULL, OPTION_DOCTOR},
	{"flush", no_argument, NULL, OPTION_FLUSH},
	{"help", no_argument, NULL, OPTION_HELP},
	{"helper", no_argument, NULL, OPTION_HELPER},
	{"interface", required_argument, NULL, 'i'},
	{"ipv4", no_argument, NULL, '4'},
	{"ipv6", no_argument, NULL, '6'},
	{"json", no_argument, NULL, OPTION_JSON},
	{"monitor", no_argument, NULL, OPTION_MONITOR},
	{"no-helper", no_argument, NULL, OPTION_NO_HELPER},
	{"one-shot", no_argument, NULL, OPTION_ONE_SHOT},
	{"pcap", required_argument, NULL, OPTION_PCAP},
	{"qm", no_argument, NULL, OPTION_QM},
	{"qu", no_argument, NULL, OPTION_QU},
	{"read", required_argument, NULL, OPTION_READ},
	{"reconfirm", no_argument, NULL, OPTION_RECONFIRM},
	{"resolve", no_argument, NULL, OPTION_RESOLVE},
	{"short", no_argument, NULL, OPTION_SHORT},
	{"status", no_argument, NULL, OPTION_STATUS},
	{"timeout", required_argument, NULL, 'w'},
	{"type", required_argument, NULL, 't'},
	{"types", no_argument, NULL, OPTION_TYPES},
	{"unicast", required_argument, NULL, OPTION_UNICAST},
	{"unicast-soa", no_argument, NULL, OPTION_UNICAST_SOA},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, OPTION_VERSION},
	{"watch", no_argument, NULL, OPTION_WATCH},
	{NULL, 0, NULL, 0},
};

/* What goes with which mode: one table for what would be many ifs. */
enum {
	WITH_NETWORK = 1, /* -4, -6, -i, --pcap */
	WITH_TIME = 2,
	WITH_LONG_TIME = 4, /* goes on for up to a day */
	WITH_WAY = 8,       /* and --type, --all */
	WITH_VERBOSE = 16,
	WITH_SHORT = 32,
	NEEDS_OPERAND = 64,
	TAKES_OPERAND = 128,
	TAKES_ONE = 256,
};

static const struct mode {
	const char *option; /* how it is called for */
	unsigned with;
	const char *missing; /* what to say where an operand is */
} modes[MODES] = {
	[MODE_LOOKUP] = {"a lookup",
		WITH_NETWORK | WITH_TIME | WITH_WAY | WITH_VERBOSE |
			WITH_SHORT | NEEDS_OPERAND,
		"a name or an address is missing, such as printer.local"},
	[MODE_WATCH] = {"--watch",
		WITH_NETWORK | WITH_TIME | WITH_LONG_TIME | WITH_VERBOSE |
			NEEDS_OPERAND,
		"a name or an address is missing, such as printer.local"},
	[MODE_BROWSE] = {"--browse",
		WITH_NETWORK | WITH_TIME | WITH_LONG_TIME | WITH_VERBOSE |
			WITH_SHORT | NEEDS_OPERAND,
		"a service is missing, such as _ipp._tcp; which there are "
		"says: mdns-lookup --types"},
	[MODE_TYPES] = {"--types",
		WITH_NETWORK | WITH_TIME | WITH_LONG_TIME | WITH_VERBOSE |
			WITH_SHORT | TAKES_OPERAND,
		NULL},
	[MODE_RESOLVE] = {"--resolve",
		WITH_NETWORK | WITH_TIME | WITH_VERBOSE | WITH_SHORT |
			NEEDS_OPERAND,
		"the name of a service is missing, such as "
		"\"My Printer._ipp._tcp\""},
	[MODE_MONITOR] = {"--monitor",
		WITH_NETWORK | WITH_TIME | WITH_LONG_TIME | WITH_VERBOSE |
			TAKES_OPERAND,
		NULL},
	[MODE_READ] = {"--read", WITH_VERBOSE | TAKES_OPERAND, NULL},
	[MODE_DOCTOR] = {"--doctor",
		WITH_NETWORK | WITH_TIME | WITH_VERBOSE | TAKES_OPERAND |
			TAKES_ONE,
		NULL},
	[MODE_CHECK] = {"--check-config", 0, NULL},
	[MODE_HELPER] = {"--helper", WITH_TIME | WITH_SHORT | NEEDS_OPERAND,
		"a name or an address is missing, such as printer.local"},
	[MODE_RECONFIRM] = {"--reconfirm", NEEDS_OPERAND,
		"a name or an address is missing, such as printer.local"},
	[MODE_FLUSH] = {"--flush", 0, NULL},
	[MODE_STATUS] = {"--status", 0, NULL},
};

static const char help[] =
	"Usage: mdns-lookup [OPTIONS] NAME|ADDRESS...\n"
	"Asks the local network, past the C library; says what is wrong if "
	"need be.\n"
	"\n"
	"  mdns-lookup printer.local        its addresses (169.254.1.7: its "
	"name)\n"
	"  mdns-lookup -t TXT,SRV NAME      records of any type: ANY, TYPE123\n"
	"  mdns-lookup --browse _ipp._tcp   services of a kind; --resolve: "
	"all of each\n"
	"  mdns-lookup --types              which kinds of services there are\n"
	"  mdns-lookup --resolve \"My Printer._ipp._tcp\"    host, port, TXT\n"
	"  mdns-lookup --watch nas.local    what comes and goes, until Ctrl-C\n"
	"  mdns-lookup --doctor [NAME]      why .local does not work, and what "
	"to type\n"
	"  mdns-lookup --monitor [NAME]     all messages; --read FILE: of a "
	"capture\n"
	"  mdns-lookup --status             mdns-helper; --helper NAME: its "
	"answer\n"
	"\n"
	"  -i, --interface IFACE   only there; globs, several\n"
	"  -4, -6                  carried by IPv4 only, by IPv6 only\n"
	"  -w, --timeout SECONDS   1.25 if the settings say nothing\n"
	"  -v, --verbose           each message sent and received\n"
	"  --short, --json         for scripts; status 0 found, 1 not, 2 "
	"usage, "
	"3 network\n"
	"  --all, --one-shot, --qm, --qu, --unicast HOST    how to ask\n"
	"  --pcap FILE             what was sent and seen, for Wireshark\n"
	"\n"
	"All options, with examples: man mdns-lookup\n";

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
	const struct mode *mode = &modes[options->mode];
	int most =
		mode->with & WITH_LONG_TIME ? WATCH_SECONDS_MAX : SECONDS_MAX;

	if (!text)
		return true;
	if (!(mode->with & WITH_TIME)) {
		print_problem("-w", "there is nothing to wait for with %s",
			mode->option);
		return false;
	}
	if (parse_seconds(text, &options->total_ms) &&
		options->total_ms <= (uint32_t)most * 1000)
		return true;
	print_problem("-w", "0.1 to %d seconds", most);
	return false;
}

/* "--browse --resolve", in any order, is a mode of its own. */
static bool set_mode(struct options *options, enum options_mode mode)
{
	if ((options->mode == MODE_BROWSE && mode == MODE_RESOLVE) ||
		(options->mode == MODE_RESOLVE && mode == MODE_BROWSE)) {
		options->mode = MODE_BROWSE;
		options->resolve = true;
		return true;
	}
	if (options->mode != MODE_LOOKUP && options->mode != mode) {
		print_problem(NULL, "%s and %s do not go together",
			modes[options->mode].option, modes[mode].option);
		return false;
	}
	options->mode = mode;
	return true;
}

static bool set_way(struct options *options, enum options_way way)
{
	if (options->way != WAY_DEFAULT && options->way != way) {
		print_problem(NULL, "only one of --one-shot, --qm, --qu and "
				    "--unicast");
		return false;
	}
	options->way = way;
	return true;
}

static bool set_format(struct options *options, enum options_format format)
{
	if (options->format != FORMAT_TEXT && options->format != format) {
		print_problem(NULL, "--short and --json do not go together");
		return false;
	}
	options->format = format;
	return true;
}

static bool add_interface(struct options *options, const char *name)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): -i has one */
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

/* "A", or "SRV,TXT,TYPE99". */
static bool add_types(struct options *options, const char *text)
{
	for (;;) {
		size_t len = strcspn(text, ",");
		uint16_t type;

		if (mdns_rr_type_parse(text, len, &type) < 0) {
			print_problem("-t",
				"%.*s is no type of records; such are A, "
				"AAAA, SRV, TXT, ANY and TYPE123",
				(int)(len > 0 && len < 40 ? len : 40),
				len > 0 ? text : "(nothing)");
			return false;
		}
		if (options->type_count == OPTIONS_TYPES_MAX) {
			print_problem(
				"-t", "at most %d of these", OPTIONS_TYPES_MAX);
			return false;
		}
		options->type[options->type_count++] = type;
		if (text[len] == '\0')
			return true;
		text += len + 1;
	}
}

static bool read_color(const char *text, enum terminal_color *ret_color)
{
	if (!text || strcmp(text, "always") == 0)
		*ret_color = COLOR_ALWAYS;
	else if (strcmp(text, "never") == 0)
		*ret_color = COLOR_NEVER;
	else if (strcmp(text, "auto") == 0)
		*ret_color = COLOR_AUTO;
	else {
		print_problem("--color", "auto, always or never");
		return false;
	}
	return true;
}

/* What was asked for that the mode has no use for: its name, or NULL. */
static const char *unused_option(const struct options *options, unsigned with)
{
	if (!(with & WITH_NETWORK)) {
		if (options->transports == 1U << MDNS_IPV4)
			return "-4";
		if (options->transports != 0)
			return "-6";
		if (options->only_count > 0)
			return "-i";
		if (options->pcap)
			return "--pcap";
	}
	if (!(with & WITH_WAY)) {
		static const char *const ways[] = {
			[WAY_ONE_SHOT] = "--one-shot",
			[WAY_QM] = "--qm",
			[WAY_QU] = "--qu",
			[WAY_UNICAST] = "--unicast"};

		if (options->way != WAY_DEFAULT)
			return ways[options->way];
		if (options->type_count > 0)
			return "-t";
		if (options->all)
			return "--all";
	}
	if (options->verbose && !(with & WITH_VERBOSE))
		return "-v";
	if (options->format == FORMAT_SHORT && !(with & WITH_SHORT))
		return "--short";
	if (options->unicast_soa && options->mode != MODE_DOCTOR)
		return "--unicast-soa";
	if (options->no_helper &&
		(options->mode >= MODE_HELPER || options->mode == MODE_DOCTOR))
		return "--no-helper";
	return NULL;
}

static bool fits_mode(const struct options *options)
{
	const struct mode *mode = &modes[options->mode];
	const char *unused = unused_option(options, mode->with);

	if (unused) {
		print_problem(unused, "has no use with %s", mode->option);
		return false;
	}
	if ((mode->with & NEEDS_OPERAND) && options->operand_count == 0) {
		print_problem(NULL, "%s", mode->missing);
		return false;
	}
	if (!(mode->with & (NEEDS_OPERAND | TAKES_OPERAND)) &&
		options->operand_count > 0) {
		print_problem(mode->option,
			options->mode == MODE_CHECK
				? "a file is given as --check-config=FILE, and "
				  "no name is looked up"
				: "no name goes with it");
		return false;
	}
	if ((mode->with & TAKES_ONE) && options->operand_count > 1) {
		print_problem(mode->option, "one name at a time");
		return false;
	}
	return true;
}

static bool is_known(int option)
{
	const struct option *known;

	for (known = long_options; known->name; known++)
		if (known->val == option)
			return true;
	return false;
}

/* The argument that getopt_long stopped at. Its own words for it would show an
 * argument as it is, and that may be anything. */
static void complain_of_option(int c, char **argv)
{
	const char *argument = argv[optind - 1];
	char letter[] = {'-', (char)optopt, '\0'};

	if (argument[0] == '\0') /* an empty value, what it is of is before */
		argument = argv[optind - 2];
	if (c == ':')
		print_problem(argument, "a value is missing behind it");
	else if (is_known(optopt)) /* so it came as "--verbose=3" */
		print_problem(argument, "it takes no value");
	else if (optopt != 0)
		print_problem(
			letter, "unknown option; type: mdns-lookup --help");
	else
		print_problem(argument,
			"unknown option, or several begin so; type: "
			"mdns-lookup --help");
}

/* One option. False: it was complained of. */
static bool read_option(int c, struct options *options, const char **seconds,
	enum terminal_color *color)
{
	switch (c) {
	case '4':
		options->transports |= 1U << MDNS_IPV4;
		return true;
	case '6':
		options->transports |= 1U << MDNS_IPV6;
		return true;
	case 'i':
		return add_interface(options, optarg);
	case 't':
		return add_types(options, optarg);
	case 'w':
		*seconds = optarg;
		return true;
	case 'v':
		options->verbose = true;
		return true;
	case OPTION_ALL:
		options->all = true;
		return true;
	case OPTION_BROWSE:
		return set_mode(options, MODE_BROWSE);
	case OPTION_CHECK:
		options->file = optarg ? optarg : MDNS_SETTINGS_PATH;
		return set_mode(options, MODE_CHECK);
	case OPTION_COLOR:
		return read_color(optarg, color);
	case OPTION_DOCTOR:
		return set_mode(options, MODE_DOCTOR);
	case OPTION_FLUSH:
		return set_mode(options, MODE_FLUSH);
	case OPTION_HELPER:
		return set_mode(options, MODE_HELPER);
	case OPTION_JSON:
		return set_format(options, FORMAT_JSON);
	case OPTION_MONITOR:
		return set_mode(options, MODE_MONITOR);
	case OPTION_NO_HELPER:
		/* It is not asked unless somebody says so. */
		options->no_helper = true;
		return true;
	case OPTION_ONE_SHOT:
		return set_way(options, WAY_ONE_SHOT);
	case OPTION_PCAP:
		options->pcap = optarg;
		return true;
	case OPTION_QM:
		return set_way(options, WAY_QM);
	case OPTION_QU:
		return set_way(options, WAY_QU);
	case OPTION_READ:
		options->file = optarg;
		return set_mode(options, MODE_READ);
	case OPTION_RECONFIRM:
		return set_mode(options, MODE_RECONFIRM);
	case OPTION_RESOLVE:
		return set_mode(options, MODE_RESOLVE);
	case OPTION_SHORT:
		return set_format(options, FORMAT_SHORT);
	case OPTION_STATUS:
		return set_mode(options, MODE_STATUS);
	case OPTION_TYPES:
		return set_mode(options, MODE_TYPES);
	case OPTION_UNICAST:
		options->unicast = optarg;
		return set_way(options, WAY_UNICAST);
	case OPTION_UNICAST_SOA:
		options->unicast_soa = true;
		return true;
	case OPTION_WATCH:
		return set_mode(options, MODE_WATCH);
	default:
		return false;
	}
}

enum options_status options_parse(
	int argc, char **argv, struct options *ret_options)
{
	struct options options = {0};
	enum terminal_color color = COLOR_AUTO;
	const char *seconds = NULL;
	int c;

	while ((c = getopt_long(
			argc, argv, short_options, long_options, NULL)) != -1) {
		if (c == ':' || c == '?') {
			complain_of_option(c, argv);
			return STATUS_USAGE;
		}
		if (c == OPTION_HELP || c == 'h') {
			fputs(help, stdout);
			return STATUS_FOUND;
		}
		if (c == OPTION_VERSION || c == 'V') {
			puts("mdns-lookup (" PACKAGE_NAME ") " PACKAGE_VERSION);
			return STATUS_FOUND;
		}
		/* Those that take a file or a host; the others say more. */
		if (c >= OPTION_ALL && optarg && optarg[0] == '\0') {
			complain_of_option(':', argv);
			return STATUS_USAGE;
		}
		if (!read_option(c, &options, &seconds, &color))
			return STATUS_USAGE;
	}
	options.operand = argv + optind;
	options.operand_count = argc - optind;
	if (!fits_mode(&options) || !read_seconds(seconds, &options))
		return STATUS_USAGE;
	if (options.transports == 0)
		options.transports = 1U << MDNS_IPV4 | 1U << MDNS_IPV6;
	terminal_init(color);
	*ret_options = options;
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
