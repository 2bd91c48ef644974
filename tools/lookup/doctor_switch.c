/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Does /etc/nsswitch.conf lead to the module, and is nothing in its way? */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "tools/lookup/chain.h"
#include "tools/lookup/doctor.h"
#include "tools/lookup/print.h"

#define PATH "/etc/nsswitch.conf"
#define OURS "dotlocal"
#define USUAL "hosts: files dotlocal [NOTFOUND=return] dns"
#define USUAL_ZONE "hosts: files dns dotlocal [NOTFOUND=return]"

/* What was found out about the lines of the file. */
struct file {
	char *hosts; /* what stands behind the last hosts line's colon */
	unsigned hosts_lines;
	bool hosts_is_open; /* that line has no newline */
	bool commented;     /* a hosts line behind a # */
	char misspelt[16];  /* Hosts, HOSTS */
	bool refused;       /* for some other line of it */
};

/* --- the new line --- */

struct text {
	char octets[DOCTOR_TEXT_MAX];
	size_t used;
};

static void add(struct text *text, const char *word, size_t len)
{
	size_t left = sizeof(text->octets) - text->used;

	if (len + 2 > left)
		return;
	text->octets[text->used++] = ' ';
	memcpy(text->octets + text->used, word, len);
	text->used += len;
	text->octets[text->used] = '\0';
}

static void add_service(struct text *text, const struct chain_service *service)
{
	add(text, service->name.text, service->name.len);
	if (service->actions.len > 0)
		add(text, service->actions.text, service->actions.len);
}

/* Ours. dns: and that before it, for its zone local; it may not end the search
 * there. */
static void add_ours(struct text *text, bool dns)
{
	static const char ours[] = OURS " [NOTFOUND=return]";

	if (dns)
		add(text, "dns", 3);
	add(text, ours, sizeof(ours) - 1);
}

static bool is_ours(const struct chain_service *service)
{
	return service->name.len == strlen(OURS) &&
	       strncasecmp(service->name.text, OURS, strlen(OURS)) == 0;
}

static bool is_mdns(const struct chain_service *service)
{
	return service->name.len >= 4 &&
	       memcmp(service->name.text, "mdns", 4) == 0;
}

/* Ends the search for a .local name that it does not know. UNAVAIL: when it is
 * not there itself, but files always is. */
static bool ends_search(const struct chain_service *service)
{
	return service->ends[CHAIN_NOTFOUND] ||
	       (service->ends[CHAIN_UNAVAIL] && !chain_is(service, "files"));
}

static bool belongs_behind(const struct chain_service *service)
{
	return chain_is(service, "dns") || chain_is(service, "resolve") ||
	       chain_is(service, "wins") || is_mdns(service) ||
	       ends_search(service);
}

/* The same services in the same order, without what glibc does not understand,
 * and with ours where it is reached; dns: with that before it. */
static const char *compose(
	const struct chain *chain, bool dns, struct text *ret_text)
{
	bool placed = false;
	unsigned i;

	ret_text->used =
		(size_t)snprintf(ret_text->octets, DOCTOR_TEXT_MAX, "hosts:");
	for (i = 0; i < chain->count; i++) {
		const struct chain_service *service = &chain->service[i];

		/* What was meant as a comment. */
		if (service->name.text[0] == '#')
			break;
		if (is_ours(service))
			continue;
		if (!placed && belongs_behind(service)) {
			add_ours(ret_text, dns);
			placed = true;
		}
		if (!dns || !chain_is(service, "dns"))
			add_service(ret_text, service);
	}
	if (!placed)
		add_ours(ret_text, dns);
	return ret_text->octets;
}

/* --- reading --- */

/* The name of the database, cut off in place, and what stands behind its colon;
 * NULL for a line that glibc skips. */
static char *split(char *line, char **ret_rest)
{
	char *name = line + strspn(line, " ");
	char *end = name + strcspn(name, " :");

	if (end == name || *end == '\0')
		return NULL;
	*ret_rest = end + strspn(end, " :");
	*end = '\0';
	return name;
}

static bool is_database(const char *name)
{
	static const char databases[][16] = {"aliases", "ethers", "group",
		"group_compat", "gshadow", "hosts", "initgroups", "netgroup",
		"networks", "passwd", "passwd_compat", "protocols", "publickey",
		"rpc", "services", "shadow", "shadow_compat"};
	size_t i;

	for (i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		if (strcmp(databases[i], name) == 0)
			return true;
	return false;
}

static void check_other(struct doctor *doctor, struct file *file,
	const char *database, const char *rest)
{
	struct chain chain;
	struct text text;
	unsigned i;

	chain_parse(rest, &chain);
	if (!chain.refused)
		return;
	text.used = (size_t)snprintf(
		text.octets, sizeof(text.octets), "%s:", database);
	for (i = 0; i < chain.count; i++)
		add_service(&text, &chain.service[i]);
	file->refused = true;
	doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-grammar", PATH,
		text.octets,
		"glibc does not understand \"%.*s\" in the %s line of " PATH
		" and therefore uses no line of it: every lookup fails",
		(int)chain.bad.len, chain.bad.text, database);
}

static void note_comment(struct file *file, char *line)
{
	char *rest, *name = split(line + strspn(line, " #"), &rest);

	if (name && strcmp(name, "hosts") == 0)
		file->commented = true;
}

static void take_line(
	struct doctor *doctor, struct file *file, char *line, bool open)
{
	char *name, *rest;

	if (line[strspn(line, " ")] == '#') {
		note_comment(file, line);
		return;
	}
	name = split(line, &rest);
	if (!name)
		return;
	if (strcmp(name, "hosts") == 0) {
		free(file->hosts);
		file->hosts = strdup(rest);
		file->hosts_lines++;
		file->hosts_is_open = open;
	} else if (strcasecmp(name, "hosts") == 0) {
		snprintf(file->misspelt, sizeof(file->misspelt), "%s", name);
	} else if (!open && is_database(name)) {
		check_other(doctor, file, name, rest);
	}
}

static void read_lines(struct doctor *doctor, FILE *stream, struct file *file)
{
	char *line = NULL, *at;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stream)) > 0) {
		bool open = line[len - 1] != '\n';

		for (at = line; *at; at++)
			if (isspace((unsigned char)*at))
				*at = ' ';
		print_clean(line);
		take_line(doctor, file, line, open);
	}
	free(line);
}

/* --- findings --- */

static void say_order(struct doctor *doctor, const struct chain *chain,
	const struct chain_service *service)
{
	struct text text, name;
	const char *remedy = compose(chain, false, &text);
	const char *result;

	name.used = 0;
	add_service(&name, service);
	if (service->ends[CHAIN_NOTFOUND])
		result = is_mdns(service)
				 ? "while avahi-daemon runs, dotlocal is never "
				   "asked"
			 : chain_is(service, "resolve")
				 ? "while systemd-resolved runs, dotlocal is "
				   "never asked"
				 : "dotlocal is never asked";
	else
		result = "dotlocal is never asked where that does not work";
	doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-order", PATH, remedy,
		"\"%s\" stands before dotlocal in the hosts line of " PATH
		" and ends the search: %s",
		name.octets + 1, result);
}

/* What stands before ours; true if ours is reached. */
static bool check_before(
	struct doctor *doctor, const struct chain *chain, unsigned ours)
{
	struct text text;
	unsigned i;

	for (i = 0; i < ours; i++) {
		const struct chain_service *service = &chain->service[i];

		if (ends_search(service)) {
			say_order(doctor, chain, service);
			return false;
		}
	}
	for (i = 0; i < ours; i++) {
		const struct chain_service *service = &chain->service[i];
		int len = (int)service->name.len;
		const char *name = service->name.text;

		if (chain_is(service, "dns") && doctor->options->unicast_soa)
			snprintf(doctor->behind, sizeof(doctor->behind), "%s",
				compose(chain, false, &text));
		else if (chain_is(service, "dns"))
			doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-slow",
				PATH, compose(chain, false, &text),
				DOCTOR_DNS_FIRST
				", which is right only if they have a zone "
				"local (--unicast-soa asks them)");
		else if (chain_is(service, "wins"))
			doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-slow",
				PATH, compose(chain, false, &text),
				"wins stands before dotlocal in the hosts line "
				"of " PATH
				": each .local name is sent to name servers "
				"first, which takes time and gives it away");
		else if (chain_is(service, "resolve"))
			doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-slow",
				PATH, compose(chain, false, &text),
				"resolve stands before dotlocal in the hosts "
				"line of " PATH
				": systemd-resolved is asked first, which may "
				"take seconds");
		else if (is_mdns(service))
			doctor_say_edit(doctor, DOCTOR_NOTE, "nsswitch-mdns",
				PATH, compose(chain, false, &text),
				"%.*s stands before dotlocal in the hosts line "
				"of " PATH
				": while avahi-daemon runs it is asked first, "
				"and a name that it does not know costs "
				"seconds",
				len, name);
		else
			continue;
		break;
	}
	return true;
}

/* True if the actions of ours are wrong. Behind the last service they mean
 * nothing. For names that are not ours it says UNAVAIL. */
static bool check_actions(
	struct doctor *doctor, const struct chain *chain, unsigned ours)
{
	const struct chain_service *service = &chain->service[ours];
	struct text text;

	if (ours + 1 == chain->used ||
		(service->ends[CHAIN_SUCCESS] && !service->ends[CHAIN_UNAVAIL]))
		return false;
	doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-actions", PATH,
		compose(chain, false, &text),
		"\"%.*s\" behind dotlocal in the hosts line of " PATH " %s",
		(int)service->actions.len, service->actions.text,
		service->ends[CHAIN_UNAVAIL]
			? "ends the search for every name that is not in .local"
			: "lets the search go on when dotlocal has the answer");
	return true;
}

static void check_behind(
	struct doctor *doctor, const struct chain *chain, unsigned ours)
{
	struct text text;
	unsigned i;

	for (i = ours + 1; i < chain->used; i++)
		if (chain_is(&chain->service[i], OURS))
			doctor_say_edit(doctor, DOCTOR_NOTE, "nsswitch-twice",
				PATH, compose(chain, false, &text),
				"dotlocal stands more than once in the hosts "
				"line of " PATH ": the first one counts");
	if (check_actions(doctor, chain, ours) ||
		chain->service[ours].ends[CHAIN_NOTFOUND])
		return;
	for (i = ours + 1; i < chain->used; i++)
		if (chain_is(&chain->service[i], "dns") ||
			chain_is(&chain->service[i], "resolve"))
			break;
	if (i < chain->used)
		doctor_say_edit(doctor, DOCTOR_NOTE, "nsswitch-notfound", PATH,
			compose(chain, false, &text),
			"behind dotlocal in the hosts line of " PATH
			" there is no [NOTFOUND=return]: a .local name that "
			"nobody has is sent to name servers");
}

static void say_missing(
	struct doctor *doctor, const struct file *file, const char *remedy)
{
	if (file->misspelt[0] != '\0')
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-hosts", PATH,
			remedy,
			"there is no hosts line in " PATH
			": \"%s\" is not written in small letters",
			file->misspelt);
	else
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-hosts", PATH,
			remedy, "there is no hosts line in " PATH "%s",
			file->commented ? " that is no comment" : "");
}

/* True if glibc takes the line as it is meant. */
static bool check_grammar(struct doctor *doctor, const struct chain *chain)
{
	struct text text;
	unsigned i;

	for (i = 0; i < chain->used; i++)
		if (chain->service[i].name.text[0] == '#') {
			doctor_say_edit(doctor, DOCTOR_NOTE, "nsswitch-comment",
				PATH, compose(chain, false, &text),
				"the # in the hosts line of " PATH
				" begins no comment for glibc 2.33 and later, "
				"which take the words behind it for services");
			break;
		}
	if (chain->bad.len == 0)
		return true;
	if (chain->refused)
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-grammar", PATH,
			compose(chain, false, &text),
			"glibc does not understand \"%.*s\" in the hosts line "
			"of " PATH
			" and therefore uses no line of it: every lookup fails",
			(int)chain->bad.len, chain->bad.text);
	else
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-grammar", PATH,
			compose(chain, false, &text),
			"glibc reads the hosts line of " PATH
			" only up to \"%.*s\", since that does not follow a "
			"service",
			(int)chain->bad.len, chain->bad.text);
	return false;
}

static void say_not_there(struct doctor *doctor, const struct chain *chain)
{
	struct text text;
	unsigned i;

	for (i = 0; i < chain->used; i++)
		if (is_ours(&chain->service[i]))
			break;
	if (i < chain->used)
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-missing", PATH,
			compose(chain, false, &text),
			"the hosts line of " PATH
			" names %.*s: it is written dotlocal",
			(int)chain->service[i].name.len,
			chain->service[i].name.text);
	else
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-missing", PATH,
			compose(chain, false, &text),
			"the hosts line of " PATH
			" does not name dotlocal, so no program asks it");
}

static void check_hosts(struct doctor *doctor, const struct file *file)
{
	unsigned bad = doctor->count[DOCTOR_BAD];
	struct text before;
	struct chain chain;
	unsigned ours;

	chain_parse(file->hosts, &chain);
	compose(&chain, true, &before);
	memcpy(doctor->before, before.octets, sizeof(doctor->before));
	if (file->hosts_lines > 1)
		doctor_say(doctor, DOCTOR_NOTE, "nsswitch-lines", NULL,
			"there are %u hosts lines in " PATH
			": only the last one counts",
			file->hosts_lines);
	if (file->hosts_is_open)
		doctor_say(doctor, DOCTOR_BAD, "nsswitch-newline",
			"echo | sudo tee -a " PATH,
			"the hosts line is the last one of " PATH
			" and has no end of line, so glibc passes over it");
	if (!check_grammar(doctor, &chain))
		return;
	ours = chain_find(&chain, OURS);
	if (ours == chain.count) {
		say_not_there(doctor, &chain);
		return;
	}
	if (!check_before(doctor, &chain, ours))
		return;
	check_behind(doctor, &chain, ours);
	if (bad == doctor->count[DOCTOR_BAD] && !file->hosts_is_open &&
		!file->refused)
		doctor_say(doctor, DOCTOR_GOOD, "nsswitch", NULL,
			"the hosts line of " PATH " leads to dotlocal");
}

static FILE *open_file(struct doctor *doctor)
{
	FILE *stream = fopen(PATH, "re");
	int why = errno;
	struct stat status;

	if (!stream && (why == ENOENT || why == ENOTDIR)) {
		doctor_say_edit(doctor, DOCTOR_BAD, "nsswitch-file", PATH,
			USUAL,
			"there is no " PATH
			", so programs ask files and dns only");
		return NULL;
	}
	if (stream && fstat(fileno(stream), &status) == 0 &&
		(status.st_mode & S_IROTH))
		return stream;
	doctor_say(doctor, DOCTOR_BAD, "nsswitch-permission",
		"sudo chmod a+r " PATH,
		PATH " can be read by %s, so the programs of others ask files "
		     "and dns only",
		stream ? "some users only" : "other users only");
	return stream;
}

void doctor_check_switch(struct doctor *doctor)
{
	struct file file = {0};
	FILE *stream = open_file(doctor);

	snprintf(doctor->before, sizeof(doctor->before), USUAL_ZONE);
	if (!stream)
		return;
	read_lines(doctor, stream, &file);
	fclose(stream);
	if (file.hosts)
		check_hosts(doctor, &file);
	else
		say_missing(doctor, &file, USUAL);
	free(file.hosts);
}
