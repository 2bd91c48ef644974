# SPDX-License-Identifier: LGPL-2.1-or-later
# What mdns-helper needs, and where its units go.

# MDNS_HELPER(MODULES): looks for these with pkg-config. Sets have_helper to
# yes or to why not, HELPER_CFLAGS and HELPER_LIBS.
AC_DEFUN([MDNS_HELPER], [
AC_ARG_ENABLE([helper],
	[AS_HELP_STRING([--disable-helper],
		[leave out mdns-helper; by default it is made if
		$1 are there])],
	[], [enable_helper=auto])
have_helper=
for mdns_module in $1; do
	AC_MSG_CHECKING([for $mdns_module, for mdns-helper])
	AS_IF([test "x$enable_helper" = xno], [AC_MSG_RESULT([not needed])],
		[PKG_CHECK_EXISTS([$mdns_module], [AC_MSG_RESULT([yes])],
			[AC_MSG_RESULT([no])
			AS_VAR_APPEND([have_helper], [" $mdns_module"])])])
done
AS_IF([test "x$enable_helper" = xno], [have_helper="no, as you wish"],
	[test "x$have_helper" != x],
	[have_helper="no, missing:$have_helper"],
	[PKG_CHECK_MODULES([HELPER], [$1], [have_helper=yes],
		[have_helper="no, pkg-config cannot say how to link it"])])
AS_IF([test "x$enable_helper" = xyes && test "x$have_helper" != xyes],
	[AC_MSG_ERROR([mdns-helper cannot be made, ${have_helper#no, } (Debian dnl
and Ubuntu: apt-get install libsystemd-dev libmnl-dev libseccomp-dev)])])
AM_CONDITIONAL([HELPER], [test "x$have_helper" = xyes])])

# MDNS_WITH_DIR(VARIABLE, DEFAULT, WHAT): a folder of systemd's. Below our own
# prefix, where systemd looks as well if that is /usr/local; /usr belongs to the
# distribution, which knows better.
AC_DEFUN([MDNS_WITH_DIR], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=DIR], [$3 @<:@$2@:>@])],
	[$1=$withval], [
	$1=
	AS_IF([test "x$prefix" = x/usr],
		[$1=$($PKG_CONFIG --variable=$1 systemd 2>/dev/null)])
	AS_IF([test "x$[]$1" = x], [$1='$2'])])
AS_CASE(["$[]$1"], [/*|'${'*], [],
	[AC_MSG_ERROR([--with-$1 needs an absolute path])])
AC_SUBST([$1])])
