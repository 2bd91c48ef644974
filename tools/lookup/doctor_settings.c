/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is /etc/dotlocal.conf understood, and can everybody read it? */
#include "config.h"

#include <sys/stat.h>

#include "resolver/err.h"
#include "resolver/settings_file.h"
#include "tools/lookup/doctor.h"

#define SHOWN_MAX 5 /* mistakes */

struct check {
	struct doctor *doctor;
	unsigned mistakes;
};

static void say_mistake(void *context, unsigned line, const char *why)
{
	struct check *check = context;

	if (check->mistakes++ < SHOWN_MAX)
		doctor_say(check->doctor, DOCTOR_BAD, "settings-mistake",
			"sudoedit " MDNS_SETTINGS_PATH,
			"line %u of " MDNS_SETTINGS_PATH " has no effect: %s",
			line, why);
}

void doctor_check_settings(struct doctor *doctor)
{
	struct check check = {doctor, 0};
	struct mdns_settings settings;
	struct stat status;
	bool there;
	int err = mdns_settings_load(
		MDNS_SETTINGS_PATH, &settings, say_mistake, &check);

	if (err == MDNS_ERR_NOT_FOUND) {
		doctor_say(doctor, DOCTOR_GOOD, "settings", NULL,
			"there is no " MDNS_SETTINGS_PATH
			": the defaults hold");
		return;
	}
	there = stat(MDNS_SETTINGS_PATH, &status) == 0;
	if (there && !S_ISREG(status.st_mode)) {
		doctor_say(doctor, DOCTOR_UNKNOWN, "settings-unknown", NULL,
			MDNS_SETTINGS_PATH
			" is no file that can be read: the defaults hold");
		return;
	}
	if (err == MDNS_ERR_DENIED || (there && !(status.st_mode & S_IROTH))) {
		doctor_say(doctor, DOCTOR_BAD, "settings-permission",
			"sudo chmod a+r " MDNS_SETTINGS_PATH,
			MDNS_SETTINGS_PATH
			" cannot be read by all users, so for some the "
			"defaults hold");
		return;
	}
	if (err == MDNS_ERR_SPACE)
		doctor_say(doctor, DOCTOR_BAD, "settings-long",
			"sudoedit " MDNS_SETTINGS_PATH,
			MDNS_SETTINGS_PATH
			" has more than %d octets: the rest is not read",
			MDNS_SETTINGS_SIZE_MAX);
	else if (err < 0)
		doctor_say(doctor, DOCTOR_UNKNOWN, "settings-unknown", NULL,
			MDNS_SETTINGS_PATH " could not be read: %s",
			mdns_err_text(err));
	else if (check.mistakes > SHOWN_MAX)
		doctor_say(doctor, DOCTOR_BAD, "settings-mistakes",
			"mdns-lookup --check-config",
			MDNS_SETTINGS_PATH " has %u mistakes in all",
			check.mistakes);
	else if (check.mistakes == 0)
		doctor_say(doctor, DOCTOR_GOOD, "settings", NULL,
			MDNS_SETTINGS_PATH " has no mistakes");
}
