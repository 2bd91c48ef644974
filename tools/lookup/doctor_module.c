/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Is the module where glibc finds it, whole, and of the tool's version? */
#include "config.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <glob.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tools/lookup/doctor.h"
#include "tools/lookup/print.h"

#define MODULE "libnss_dotlocal.so.2"
#define INSTALL "sudo make install"
#define PATH_MAX_HERE 512

/* Where distributions and `make install` put libraries. What has many folders
 * in one has the triplet of the machine there, such as x86_64-linux-gnu. */
static const char folders[][32] = {"/lib", "/usr/lib", "/lib64", "/usr/lib64",
	"/usr/local/lib", "/usr/local/lib64", "/lib/*-linux-gnu*",
	"/usr/lib/*-linux-gnu*", "/usr/local/lib/*-linux-gnu*", "/lib32",
	"/usr/lib32", "/usr/libx32"};

/* What a file is, as its first octets tell. */
struct kind {
	bool elf;
	unsigned char bits; /* ELFCLASS32, ELFCLASS64 */
	unsigned char order;
	unsigned machine;
};

struct module {
	struct doctor *doctor;
	char path[PATH_MAX_HERE];    /* where the loader found it; or empty */
	struct kind ours;            /* of this program */
	char stray[PATH_MAX_HERE];   /* one that the loader does not take */
	char foreign[PATH_MAX_HERE]; /* one for another machine */
	bool has_32;
};

static bool read_kind(const char *path, struct kind *ret_kind)
{
	unsigned char head[20] = {0};
	FILE *stream = fopen(path, "re");
	size_t len;

	if (!stream)
		return false;
	len = fread(head, 1, sizeof(head), stream);
	fclose(stream);
	ret_kind->elf = len == sizeof(head) && !memcmp(head, ELFMAG, SELFMAG);
	ret_kind->bits = head[EI_CLASS];
	ret_kind->order = head[EI_DATA];
	ret_kind->machine = head[EI_DATA] == ELFDATA2MSB
				    ? (unsigned)head[18] << 8 | head[19]
				    : (unsigned)head[19] << 8 | head[18];
	return true;
}

static bool is_same_kind(const struct kind *a, const struct kind *b)
{
	return a->elf && b->elf && a->bits == b->bits && a->order == b->order &&
	       a->machine == b->machine;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static void look_at(struct module *module, const char *path)
{
	struct kind kind;

	if (!read_kind(path, &kind))
		return;
	if (kind.elf && kind.bits == ELFCLASS32)
		module->has_32 = true;
	if (kind.elf && !is_same_kind(&kind, &module->ours))
		snprintf(module->foreign, sizeof(module->foreign), "%s", path);
	else if (!is_same_file(path, module->path))
		snprintf(module->stray, sizeof(module->stray), "%s", path);
}

static void look_around(struct module *module)
{
	size_t i, k;

	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char pattern[PATH_MAX_HERE];
		glob_t found;

		snprintf(pattern, sizeof(pattern), "%s/" MODULE, folders[i]);
		if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
			continue;
		for (k = 0; k < found.gl_pathc; k++)
			look_at(module, found.gl_pathv[k]);
		globfree(&found);
	}
}

static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* True if ldconfig looks into the folder of that path. */
static bool is_known_folder(const char *path)
{
	size_t len = folder_len(path), i;
	bool known = false;
	char *line = NULL;
	size_t size = 0;
	glob_t files;

	for (i = 0; i < 4; i++) /* it looks there unasked */
		if (strncmp(folders[i], path, len) == 0 &&
			folders[i][len] == '\0')
			return true;
	if (glob("/etc/ld.so.conf", 0, NULL, &files) != 0)
		return false;
	glob("/etc/ld.so.conf.d/*.conf", GLOB_APPEND, NULL, &files);
	for (i = 0; i < files.gl_pathc; i++) {
		FILE *stream = fopen(files.gl_pathv[i], "re");

		while (stream && getline(&line, &size, stream) > 0)
			if (strcspn(line, " \t\n#") == len &&
				strncmp(line, path, len) == 0)
				known = true;
		if (stream)
			fclose(stream);
	}
	free(line);
	globfree(&files);
	return known;
}

/* --- it was not found --- */

static void say_stray(struct module *module)
{
	char remedy[2 * PATH_MAX_HERE];

	if (is_known_folder(module->stray))
		snprintf(remedy, sizeof(remedy), "sudo ldconfig");
	else
		snprintf(remedy, sizeof(remedy),
			"echo %.*s | sudo tee /etc/ld.so.conf.d/dotlocal.conf "
			"&& sudo ldconfig",
			(int)folder_len(module->stray), module->stray);
	doctor_say(module->doctor, DOCTOR_BAD, "module-path", remedy,
		"the module is %s, but the loader does not find it there",
		module->stray);
}

static void say_not_loaded(struct module *module, const char *why)
{
	char words[PATH_MAX_HERE];

	snprintf(words, sizeof(words), "%s", why);
	print_clean(words);
	if (!strstr(why, strerror(ENOENT)))
		doctor_say(module->doctor, DOCTOR_BAD, "module-broken", INSTALL,
			"the module cannot be loaded; the loader says: %s",
			words);
	else if (module->stray[0] != '\0')
		say_stray(module);
	else if (module->foreign[0] != '\0')
		doctor_say(module->doctor, DOCTOR_BAD, "module-machine",
			INSTALL,
			"the module %s is for another kind of machine or "
			"program than this one",
			module->foreign);
	else
		doctor_say(module->doctor, DOCTOR_BAD, "module-missing",
			INSTALL, "the module " MODULE " is not installed");
}

/* --- it was --- */

/* Found only since this program was told where to look. */
static bool is_by_environment(const char *path)
{
	const char *at = getenv("LD_LIBRARY_PATH");
	size_t len = folder_len(path);

	while (at && *at) {
		size_t size = strcspn(at, ":;"), bare = size;

		while (bare > 1 && at[bare - 1] == '/')
			bare--;
		if (bare == len && strncmp(at, path, len) == 0)
			return true;
		at += size + (at[size] != '\0');
	}
	return false;
}

static void check_version(struct module *module, void *handle)
{
	const char *version = dlsym(handle, "_nss_dotlocal_version");
	char words[32] = "older";

	if (version && strcmp(version, PACKAGE_VERSION) == 0) {
		doctor_say(module->doctor, DOCTOR_GOOD, "module", NULL,
			"the loader finds the module, version %s, at %s",
			version, module->path);
		return;
	}
	if (version)
		snprintf(words, sizeof(words), "%s", version);
	print_clean(words);
	doctor_say(module->doctor, DOCTOR_BAD, "module-version", INSTALL,
		"the module %s is of another version (%s) than mdns-lookup "
		"(%s)",
		module->path, words, PACKAGE_VERSION);
}

static void check_file(struct module *module)
{
	struct doctor *doctor = module->doctor;
	char remedy[PATH_MAX_HERE + 32];
	struct stat status;

	if (stat(module->path, &status) == 0 && !(status.st_mode & S_IROTH)) {
		snprintf(remedy, sizeof(remedy), "sudo chmod a+rx %s",
			module->path);
		doctor_say(doctor, DOCTOR_BAD, "module-permission", remedy,
			"the module %s cannot be read by all users",
			module->path);
	}
	if (is_by_environment(module->path))
		doctor_say(doctor, DOCTOR_NOTE, "module-environment", NULL,
			"the module was found by LD_LIBRARY_PATH: programs "
			"that are started without it take another one, or "
			"none");
	else if (module->stray[0] != '\0') {
		snprintf(remedy, sizeof(remedy), "sudo rm %s", module->stray);
		doctor_say(doctor, DOCTOR_NOTE, "module-copies", remedy,
			"there is another module, %s, which is not used",
			module->stray);
	}
}

static void check_32(struct module *module)
{
	static const char loaders[][32] = {
		"/lib/ld-linux.so.2", "/lib/ld-linux-armhf.so.3"};
	struct stat status;
	size_t i;

	if (sizeof(void *) == 4 || module->has_32)
		return;
	for (i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		if (stat(loaders[i], &status) == 0)
			doctor_say(module->doctor, DOCTOR_NOTE, "module-32bit",
				NULL,
				"this machine can run 32-bit programs, and "
				"there is no module for those");
}

void doctor_check_module(struct doctor *doctor)
{
	struct module module = {.doctor = doctor};
	struct link_map *map;
	void *handle;

	read_kind("/proc/self/exe", &module.ours);
	/* As glibc does it; programs that are static cannot. */
	handle = dlopen(MODULE, RTLD_NOW);
	if (!handle) {
		const char *why = dlerror();

		look_around(&module);
		say_not_loaded(&module, why ? why : "nothing");
		return;
	}
	if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0) {
		snprintf(module.path, sizeof(module.path), "%s", map->l_name);
		print_clean(module.path);
	}
	look_around(&module);
	check_version(&module, handle);
	check_file(&module);
	check_32(&module);
	/* It is not closed: it stays anyway (-z nodelete). */
}
