# SPDX-License-Identifier: LGPL-2.1-or-later
# Asks the compiler and the linker which flags they understand.

# MDNS_CFLAGS(VARIABLE, FLAGS): appends those that the compiler takes in
# silence.
AC_DEFUN([MDNS_CFLAGS], [
for mdns_flag in $2; do
	AC_MSG_CHECKING([whether $CC takes $mdns_flag])
	mdns_saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $mdns_flag"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([[extern int mdns_nothing;]])],
		[AC_MSG_RESULT([yes])
		AS_VAR_APPEND([$1], [" $mdns_flag"])],
		[AC_MSG_RESULT([no])])
	CFLAGS=$mdns_saved_CFLAGS
done])

# MDNS_LDFLAGS(VARIABLE, FLAGS): the same for the linker.
AC_DEFUN([MDNS_LDFLAGS], [
for mdns_flag in $2; do
	AC_MSG_CHECKING([whether the linker takes $mdns_flag])
	mdns_saved_LDFLAGS=$LDFLAGS
	LDFLAGS="$LDFLAGS -Wl,--fatal-warnings $mdns_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
		[AC_MSG_RESULT([yes])
		AS_VAR_APPEND([$1], [" $mdns_flag"])],
		[AC_MSG_RESULT([no])])
	LDFLAGS=$mdns_saved_LDFLAGS
done])

# MDNS_FORTIFY(VARIABLE): appends -D_FORTIFY_SOURCE=2 unless the builder or the
# distribution's compiler has an opinion, or does not optimise.
AC_DEFUN([MDNS_FORTIFY], [
AC_MSG_CHECKING([whether to add -D_FORTIFY_SOURCE=2])
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#if defined _FORTIFY_SOURCE || !defined __OPTIMIZE__
#error
#endif
]])],
	[AC_MSG_RESULT([yes])
	AS_VAR_APPEND([$1], [" -D_FORTIFY_SOURCE=2"])],
	[AC_MSG_RESULT([no])])])
