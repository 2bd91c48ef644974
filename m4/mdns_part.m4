# SPDX-License-Identifier: LGPL-2.1-or-later
# What may be left out, and where files for systemd and for shells go.

# MDNS_PART(PART, PROGRAM, MODULES, PACKAGES): a program that is made if
# pkg-config knows these modules; people get them with these packages. Sets
# have_PART to yes or to why not, PART_CFLAGS and PART_LIBS (in capitals).
AC_DEFUN([MDNS_PART], [
AC_ARG_ENABLE([$1],
	[AS_HELP_STRING([--disable-$1],
		[leave out $2; by default it is made if $3 are there])],
	[], [enable_$1=auto])
have_$1=
for mdns_module in $3; do
	AC_MSG_CHECKING([for $mdns_module, for $2])
	AS_IF([test "x$enable_$1" = xno], [AC_MSG_RESULT([not needed])],
		[PKG_CHECK_EXISTS([$mdns_module], [AC_MSG_RESULT([yes])],
			[AC_MSG_RESULT([no])
			AS_VAR_APPEND([have_$1], [" $mdns_module"])])])
done
AS_IF([test "x$enable_$1" = xno], [have_$1="no, as you wish"],
	[test "x$have_$1" != x], [have_$1="no, missing:$have_$1"],
	[PKG_CHECK_MODULES(m4_toupper([$1]), [$3], [have_$1=yes],
		[have_$1="no, pkg-config cannot say how to link it"])])
AS_IF([test "x$enable_$1" = xyes && test "x$have_$1" != xyes],
	[mdns_why=$(echo "$have_$1" | sed 's/^no, //')
	mdns_packages="Debian and Ubuntu: apt-get install $4"
	AC_MSG_ERROR([$2 cannot be made, $mdns_why ($mdns_packages)])])
AM_CONDITIONAL(m4_toupper([$1]), [test "x$have_$1" = xyes])])

# MDNS_WITH_DIR(VARIABLE, DEFAULT, WHAT): a folder of systemd's or of a shell's
# completion. Below our own prefix, where they look as well if that is
# /usr/local; /usr belongs to the distribution, which knows better, and says so
# by pkg-config for systemd.
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
