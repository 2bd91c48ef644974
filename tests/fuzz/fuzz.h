/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the fuzz targets share: one function a target, an input that is read
 * piece by piece, and rules that end the program where they are broken.
 *
 * A target is a file fuzz_NAME.c. libFuzzer calls its function with inputs that
 * it makes (tests/run --fuzz); replay.c with those that are stored. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resolver/answer.h"

/* The folder of its corpus in tests/fuzz/corpus. */
extern const char fuzz_target[];

/* 0; what is wrong ends the program. The octets are not to be kept. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A rule of a contract that must hold for every input. */
#define FUZZ_CHECK(rule) \
	((rule) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #rule))
_Noreturn void fuzz_broken(const char *file, int line, const char *rule);

/* The input; beyond its end everything is 0. */
struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

uint8_t fuzz_u8(struct fuzz_input *input);
uint16_t fuzz_u16(struct fuzz_input *input);
uint32_t fuzz_u32(struct fuzz_input *input);
/* As many of these octets as there are; never NULL. */
const uint8_t *fuzz_bytes(
	struct fuzz_input *input, size_t size, size_t *ret_size);

/* Some name: one of a few, or any that has at most 256 octets. */
void fuzz_name(struct fuzz_input *input, struct mdns_name *ret_name);

/* Some answer as the resolver may give it for that status (0 or an enum
 * mdns_err): all of it is set, what has no meaning to 0. */
void fuzz_answer(
	struct fuzz_input *input, int status, struct mdns_answer *ret_answer);

/* Rules for names and answers that came from wherever. */
void fuzz_check_name(const struct mdns_name *name);
void fuzz_check_answer(int status, const struct mdns_answer *answer);
bool fuzz_same_octets(const struct mdns_name *a, const struct mdns_name *b);

#endif
