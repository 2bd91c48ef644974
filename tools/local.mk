# SPDX-License-Identifier: LGPL-2.1-or-later
# The two commands of the README are scripts; nothing to build.
EXTRA_DIST += tools/setup tools/demo
