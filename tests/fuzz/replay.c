/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target over stored inputs, without libFuzzer.
 *
 *	fuzz_NAME               all of tests/fuzz/corpus/NAME and crashes/NAME
 *	fuzz_NAME FILE ...      these files, and what is in these folders */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* No input may take that long, whatever watches over the machine's load. */
#define SECONDS_MAX 5

static unsigned inputs;

/* Of just that size, for the sanitizers. */
static uint8_t *read_file(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *octets = NULL;
	struct stat st;

	if (file && fstat(fileno(file), &st) == 0) {
		*ret_size = (size_t)st.st_size;
		octets = malloc(*ret_size ? *ret_size : 1);
		if (octets && fread(octets, 1, *ret_size, file) != *ret_size) {
			free(octets);
			octets = NULL;
		}
	}
	if (file)
		fclose(file);
	return octets;
}

static int replay_file(const char *path)
{
	struct timespec before, after;
	size_t size;
	uint8_t *octets = read_file(path, &size);
	double seconds;

	if (!octets) {
		perror(path);
		return -1;
	}
	/* The last line before an end tells which input it was. */
	printf("%s\n", path);
	fflush(stdout);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	LLVMFuzzerTestOneInput(octets, size);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	free(octets);
	inputs++;
	seconds = (double)(after.tv_sec - before.tv_sec) +
		  (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	if (seconds <= SECONDS_MAX)
		return 0;
	printf("%s: %.1f s\n", path, seconds);
	return -1;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay(const char *path)
{
	struct dirent **list;
	struct stat st;
	int n, i, r = 0;

	if (stat(path, &st) < 0) {
		perror(path);
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);
	n = scandir(path, &list, is_visible, alphasort);
	for (i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, list[i]->d_name);
		r |= replay_file(file);
		free(list[i]);
	}
	if (n < 0)
		return -1;
	free(list);
	return r;
}

static int replay_stored(const char *kind, bool must)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/fuzz/%s/%s",
		srcdir ? srcdir : ".", kind, fuzz_target);
	return must || access(path, F_OK) == 0 ? replay(path) : 0;
}

int main(int argc, char **argv)
{
	int i, r = 0;

	for (i = 1; i < argc; i++)
		r |= replay(argv[i]);
	if (argc == 1) {
		r |= replay_stored("corpus", true);
		r |= replay_stored("crashes", false);
	}
	printf("%s: %u inputs\n", fuzz_target, inputs);
	return r < 0 || inputs == 0;
}
