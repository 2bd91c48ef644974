# SPDX-License-Identifier: LGPL-2.1-or-later
# The guest rules that can be seen on the built module.
guest_tests = \
	tests/guest/constructors.sh \
	tests/guest/core.sh \
	tests/guest/exports.sh \
	tests/guest/frames.sh \
	tests/guest/imports.sh \
	tests/guest/includes.sh \
	tests/guest/needed.sh \
	tests/guest/segments.sh \
	tests/guest/size.sh

TESTS += $(guest_tests)
EXTRA_DIST += $(guest_tests) tests/guest/common.sh tests/guest/symbols.allow
